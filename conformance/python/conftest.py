"""What all tests share: the program, its schemas, and a Mosquitto on a free port of 127.0.0.1."""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import random
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import urllib.parse

import jsonschema
import pytest

from reports import Reports

TOP = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def mqspec():
    """The program; MQSPEC in the environment names another one, such as a build with sanitizers."""
    path = pathlib.Path(os.environ.get("MQSPEC", TOP / "build" / "mqspec"))
    if not path.exists():
        pytest.fail(f"{path} is not there: run make first")
    return path


@pytest.fixture(scope="session")
def run(mqspec):
    """run("decode", "--hex", "c000") -> CompletedProcess with text output."""

    def call(*arguments, stdin="", text=True, timeout=60, **options):
        words = [mqspec, *(str(argument) for argument in arguments)]
        data = stdin if text or isinstance(stdin, bytes) else stdin.encode()
        return subprocess.run(
            words, input=data, capture_output=True, text=text, timeout=timeout, check=False, **options
        )

    return call


@pytest.fixture(scope="session")
def terminal(mqspec):
    """terminal("test", url) -> what a terminal of 24 lines is sent, in full."""

    def call(*arguments, columns=80, cwd=None):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm"}
        environment.pop("NO_COLOR", None)
        words = [mqspec, *(str(argument) for argument in arguments)]
        process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, env=environment,
                                   cwd=cwd)
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # what the last reader gone makes of a read
            while data := os.read(master, 65536):
                shown += data
        os.close(master)
        process.wait(timeout=60)
        return shown.decode()

    return call


@pytest.fixture(scope="session")
def check():
    """check("decode", object): the object is what conformance/schema/decode.schema.json says."""
    validators = {}
    for path in (TOP / "conformance" / "schema").glob("*.schema.json"):
        schema = json.loads(path.read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        validators[path.name.split(".")[0]] = jsonschema.Draft7Validator(schema)

    def validate(name, value):
        validators[name].validate(value)

    return validate


@pytest.fixture
def reports(tmp_path, check):
    """Where a run is to leave its reports, and their readers."""
    return Reports(tmp_path, check)


class Broker:
    """A Mosquitto of one's own. `folder` holds its files; stop() is done by the fixtures."""

    def __init__(self, folder):
        self.environment = {**os.environ, "MQSPEC_BROKER_DIR": str(folder)}
        self.url = self._launch("start")
        self.port = urllib.parse.urlsplit(self.url).port
        self.pid = int(self._launch("pid"))
        self.ca = self._launch("ca")

    def options(self, transport):
        """The URL over tcp, unix, tls, ws or wss, and the options that go with it."""
        url = self._launch("url", transport)
        return [url, "--ca", self.ca] if transport in ("tls", "wss") else [url]

    def _launch(self, *words):
        run = subprocess.run(
            [TOP / "ci" / "brokers" / "mosquitto", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
        )
        return run.stdout.strip()

    def stop(self):
        self._launch("stop")


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory):
    """One broker for all tests that leave it as they found it."""
    broker = Broker(tmp_path_factory.mktemp("mosquitto"))
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def mosquitto_port(mosquitto):
    return mosquitto.port


def unused_port():
    """A port of 127.0.0.1 at which nobody listens. It is not of those that the system hands out, so that no test
    beside this one gets it before it is used."""
    first_of_others = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", random.randrange(10000, max(20000, first_of_others))))
            return probe.getsockname()[1]


@pytest.fixture
def free_port():
    return unused_port()


@pytest.fixture
def mortal(tmp_path):
    """A broker of the test's own, which it may kill."""
    broker = Broker(tmp_path / "mortal")
    yield broker
    broker.stop()


def serving(mqspec):
    """serve("--defect", ID) -> the URL of a reference broker of one's own."""
    running = []

    def start(*options):
        broker = subprocess.Popen([mqspec, "serve", "mqtt://127.0.0.1:0", *options],
                                  stderr=subprocess.PIPE, text=True)
        running.append(broker)
        ready = broker.stderr.readline().split()
        assert ready[:4] == ["mqspec", "serve:", "ready", "at"], ready
        return ready[4]

    yield start
    for broker in running:
        broker.terminate()
        broker.communicate(timeout=30)


make_serve = pytest.fixture(name="serve")(serving)
make_serve_all = pytest.fixture(name="serve_all", scope="module")(serving)  # for all tests of a module


@pytest.fixture(name="tshark", scope="session")
def make_tshark(mqspec):
    """tshark(FILE, OPTION…) with the plugin, and with the keys beside the file. As root it ignores a user's
    plugins: then somebody else runs it, who must be able to read the folder."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="mqspec-"))
    home.chmod(0o755)
    subprocess.run(["make", "-s", "install-wireshark", f"HOME={home}"], check=True,
                   cwd=mqspec.parents[1])
    words = ["tshark"]
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words]

    def readable(path, name):
        copy = home / name
        shutil.copyfile(path, copy)
        copy.chmod(0o644)
        return copy

    def run_tshark(path, *options):
        capture = readable(path, "capture.pcapng")
        keys = pathlib.Path(path).with_suffix(".keys")
        if keys.exists():
            options += ("-o", f"tls.keylog_file:{readable(keys, 'keys')}")
        return subprocess.run([*words, "-r", capture, *options], check=True, text=True,
                              capture_output=True, env={**os.environ, "HOME": str(home)}).stdout

    yield run_tshark
    shutil.rmtree(home)
