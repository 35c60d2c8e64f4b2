"""What a story has at hand: brokers, clients, and an ear on the loopback."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import paho.mqtt.client as paho

TOP = pathlib.Path(__file__).resolve().parents[2]
MQTTJS = TOP / "build" / "zoo" / "mqttjs"
MQTTJS_VERSION = "5.16.0"
PATIENCE_S = 20
VERSIONS = {"3.1": paho.MQTTv31, "3.1.1": paho.MQTTv311, "5.0": paho.MQTTv5}


class CannotRun(Exception):
    """A broker or client that this machine has not."""


def fetch(needs):
    """What no Debian package holds; without a network, or npm, its stories are left out."""
    if "mqttjs" in needs and shutil.which("npm") and not (MQTTJS / "node_modules" / "mqtt").exists():
        subprocess.run(["npm", "install", "--prefix", MQTTJS, "--no-save", "--no-fund", "--no-audit",
                        f"mqtt@{MQTTJS_VERSION}"], check=False, stdout=subprocess.DEVNULL)
    if "aedes" in needs:
        subprocess.run([TOP / "ci" / "brokers" / "aedes", "install"], check=False, cwd=TOP,
                       stdout=subprocess.DEVNULL)


def wait_for(what, description):
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(description)
        time.sleep(0.01)


class World:
    def __init__(self, folder, midway):
        self.folder = folder
        self.midway = midway  # the story says itself when to listen
        self.raw = folder / "raw.pcapng"
        self.keys = folder / "keys"
        self.running = contextlib.ExitStack()
        self.dumpcap = None

    # ---- the ear ----

    def listen(self, *ports):
        """To brokers' ports only: paho, too, has connections, to itself."""
        only = " or ".join(f"tcp port {port}" for port in ports)
        self.dumpcap = subprocess.Popen(["dumpcap", "-q", "-i", "lo", "-f", only, "-w", self.raw],
                                        stderr=subprocess.PIPE, text=True)
        line = ""
        while not line.startswith("File:"):
            line = self.dumpcap.stderr.readline()
            if not line:
                raise CannotRun("dumpcap may not capture")

    def hush(self):
        time.sleep(0.4)  # dumpcap takes from the kernel what is a while old
        self.dumpcap.send_signal(signal.SIGINT)
        self.dumpcap.communicate(timeout=PATIENCE_S)
        self.dumpcap = None

    def close(self):
        self.running.close()
        if self.dumpcap:
            self.dumpcap.kill()
            self.dumpcap.communicate()

    # ---- brokers ----

    def mosquitto(self, *lines, port=1883):
        """Of IPv4 and IPv6; `lines` are added to its configuration. 2.0.11 does not start where all
        its listeners are of WebSocket, so there is one more."""
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text("\n".join([
            "user root", "persistence false", "set_tcp_nodelay true", "allow_anonymous true",
            "listener 1", f"listener {port}", *lines, ""]))
        environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
        broker = subprocess.Popen(["mosquitto", "-c", configuration], stderr=(self.folder / "log").open("w"),
                                  env=environment)
        self.running.callback(broker.wait)
        self.running.callback(broker.terminate)
        wait_for(lambda: listens(port), "Mosquitto")
        if not self.midway:
            self.listen(port)

    def launch(self, name, *transports):
        """A broker of ci/brokers; returns its URLs: that of TCP, and of further transports."""
        environment = {**os.environ, "MQSPEC_BROKER_DIR": str(self.folder), "MQSPEC_PORT": "1883"}

        def call(*words):
            done = subprocess.run([TOP / "ci" / "brokers" / name, *words], cwd=TOP, env=environment,
                                  stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode == 4 or words[0] == "start" and done.returncode != 0:
                raise CannotRun(f"{name} does not run on this machine")
            return urllib.parse.urlsplit(done.stdout.strip())

        urls = [call("start")]
        self.running.callback(call, "stop")
        urls += [call("url", transport) for transport in transports]
        self.listen(*(url.port for url in urls))
        return urls

    def certificate(self):
        """The authority's file; server.crt and server.key are beside it."""
        subject = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        self.openssl("req", "-x509", *subject, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=a test")
        self.openssl("req", *subject, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
        (self.folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1\n")
        self.openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                     "-CAcreateserial", "-extfile", "server.ext", "-out", "server.crt")
        return self.folder / "ca.crt"

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    # ---- clients ----

    def publish(self, *words, port=1883):
        subprocess.run(["mosquitto_pub", "-p", str(port), *words], check=False, timeout=PATIENCE_S,
                       capture_output=True)

    @contextlib.contextmanager
    def subscriber(self, *words, port=1883):
        """A mosquitto_sub that has subscribed, or has all it wants (-C) already. In the end it has, or is
        dead."""
        process = subprocess.Popen(["stdbuf", "-oL", "mosquitto_sub", "-p", str(port), "-d", *words],
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while "Subscribed" not in (line := process.stdout.readline()):
            if not line and process.wait(PATIENCE_S) != 0:
                raise CannotRun("mosquitto_sub could not subscribe")
            if not line:
                break
        yield process
        process.communicate(timeout=PATIENCE_S)

    def paho(self, client_id, version, **options):
        return Paho(self, client_id, version, **options)

    def mqttjs(self, **options):
        """One visit by client.mjs: subscribes, publishes to itself, and leaves."""
        if not (MQTTJS / "node_modules" / "mqtt").exists():
            raise CannotRun("MQTT.js is not there: no npm, or no network to get it")
        program = MQTTJS / "client.mjs"  # a module is looked for beside the program
        shutil.copyfile(pathlib.Path(__file__).with_name("client.mjs"), program)
        words = [f"{name}={value}" for name, value in options.items()]
        subprocess.run(["node", program, *words], check=True, timeout=PATIENCE_S)

    def bytes(self, *packets, port=1883):
        """Sends packets in hex, each after an answer to the last, until the broker closes."""
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
            for packet in packets:
                connection.sendall(bytes.fromhex(packet))
                answer = connection.recv(65536)
            while answer:
                answer = connection.recv(65536)


    def tls(self, ca, port):
        """A mere TLS connection."""
        return self.context(ca, ssl.TLSVersion.TLSv1_3).wrap_socket(
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S), server_hostname="127.0.0.1")

    def context(self, ca, version):
        """Of a client, whose keys are written down."""
        context = ssl.create_default_context(cafile=str(ca))
        context.minimum_version = context.maximum_version = version
        context.keylog_filename = str(self.keys)
        return context


def listens(port):
    """Asks the system, not the broker: a look that is no connection."""
    tables = (pathlib.Path("/proc/net") / name for name in ("tcp", "tcp6"))
    rows = [line.split() for table in tables for line in table.read_text().splitlines()]
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


class Paho:
    """A connected paho client; every call waits until it is answered."""

    def __init__(self, world, client_id, version, port=1883, transport="tcp", path="/mqtt", ca=None,
                 tls=None, clean=True, keep_alive=60, properties=None, user=None, will=None):
        self.version = version
        self.messages = []
        self.granted = threading.Event()
        self.connected = threading.Event()
        self.gone = threading.Event()
        first = {} if version == "5.0" else {"clean_session": clean}
        self.client = paho.Client(client_id=client_id, protocol=VERSIONS[version], transport=transport, **first)
        self.client.on_connect = lambda *_: self.connected.set()
        self.client.on_subscribe = lambda *_: self.granted.set()
        self.client.on_disconnect = lambda *_: self.gone.set()
        self.client.on_message = lambda _client, _data, message: self.messages.append(message)
        if user:
            self.client.username_pw_set(*user)
        if will:
            self.client.will_set(**will)
        if transport == "websockets":
            self.client.ws_set_options(path=path)
        if ca:
            self.client.tls_set_context(world.context(ca, tls))
        later = {"clean_start": clean, "properties": properties} if version == "5.0" else {}
        self.client.connect("127.0.0.1", port, keep_alive, **later)
        self.client.loop_start()
        if not self.connected.wait(PATIENCE_S):
            raise TimeoutError("CONNACK")

    def subscribe(self, topic, **options):
        self.granted.clear()
        self.client.subscribe(topic, **options)
        if not self.granted.wait(PATIENCE_S):
            raise TimeoutError("SUBACK")

    def publish(self, topic, payload, qos=0, **options):
        self.client.publish(topic, payload, qos, **options).wait_for_publish(PATIENCE_S)

    def expect(self, count):
        wait_for(lambda: len(self.messages) >= count, "messages")

    def freeze(self):
        """Sends nothing more, not even PINGREQ, and reads nothing; the connection stays."""
        self.client.loop_stop()

    def leave(self):
        self.client.disconnect()
        self.gone.wait(PATIENCE_S)
        self.client.loop_stop()
