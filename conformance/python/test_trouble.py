"""When a run does not go well: no broker, one that dies, Ctrl-C. Reports are valid all the same."""

import contextlib
import os
import signal
import socket
import subprocess
import threading

import pytest


def retained(port):
    """What a new subscriber to everything gets at once."""
    done = subprocess.run(
        ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-t", "#", "-v", "-W", "1", "--retained-only"],
        capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


# --- no broker -----------------------------------------------------------------------------------


def test_a_refused_port_leaves_valid_reports(run, free_port, reports):
    done = run("test", f"mqtt://127.0.0.1:{free_port}", *reports.options)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert f":{free_port}: connection refused" in done.stderr
    assert reports.verdicts() == {}
    assert "connection refused" in reports.json()["failed"]
    assert reports.junit().get("errors") == "1"
    assert any(line.startswith("Bail out! ") for line in reports.tap())


@pytest.fixture(params=["silence", "HTTP", "an end"])
def stranger(request):
    """The port of a program that is no broker."""

    def serve(server):
        with contextlib.suppress(OSError):
            while True:
                peer = server.accept()[0]
                peers.append(peer)
                if request.param == "HTTP":
                    peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                elif request.param == "an end":
                    peer.close()

    peers = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("command", ["test", "probe"])
def test_what_is_no_broker_is_told_in_one_line(run, stranger, command):
    done = run(command, f"mqtt://127.0.0.1:{stranger}", "--timeout", "1")
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"what listens at mqtt://127.0.0.1:{stranger} does not answer as an MQTT broker" in done.stderr


@pytest.mark.parametrize("command", ["replay", "minimise"])
def test_nothing_is_played_to_what_is_no_broker(run, stranger, command, tmp_path):
    path = tmp_path / "a.hex"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | c0 00\n")
    done = run(command, path, f"mqtt://127.0.0.1:{stranger}")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"mqspec {command}: what listens at mqtt://127.0.0.1:{stranger} does not"
                                  " answer as an MQTT broker does: no ")
    assert [file.name for file in tmp_path.iterdir()] == ["a.hex"]


@pytest.mark.parametrize("command", ["test", "probe"])
def test_a_host_or_port_that_does_not_exist_is_named(run, free_port, command):
    for url, message in ((f"mqtt://127.0.0.1:{free_port}", "connection refused"),
                         ("mqtt://host.invalid", "cannot find the host")):
        done = run(command, url)
        assert done.returncode == 3
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert url in done.stderr and message in done.stderr


# --- Ctrl-C --------------------------------------------------------------------------------------


def hear_hangups():
    """These tests may themselves run under nohup, which makes that ignored."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def start(mqspec, url, *options):
    """Starts a run and waits until its first case has passed."""
    process = subprocess.Popen([mqspec, "test", url, "--verbose", *options], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, preexec_fn=hear_hangups)
    for line in process.stdout:
        if line.startswith("PASS"):
            return process
    return pytest.fail(str(process.communicate()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_cleans_up_and_reports(mqspec, mosquitto, reports, number):
    before = retained(mosquitto.port)
    process = start(mqspec, mosquitto.url, "--only", "retain/*", "--only", "will/*", *reports.options)
    process.send_signal(number)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == ""
    assert out.splitlines()[-1].startswith("interrupted: ")
    assert "not run" in out.splitlines()[-1]
    assert reports.json()["interrupted"] is True
    assert "pass" in reports.verdicts().values()
    assert reports.junit().find("testsuite").get("name") == "run"
    assert retained(mosquitto.port) == before


def test_a_second_interrupt_ends_at_once(mqspec, mortal):
    """The broker stands still, so that tidying up cannot be over when the second one comes."""
    process = start(mqspec, mortal.url, "--only", "will/*")
    os.kill(mortal.pid, signal.SIGSTOP)
    try:
        process.send_signal(signal.SIGINT)
        assert any(line.startswith("interrupted: cleaning up") for line in process.stdout)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
    finally:
        os.kill(mortal.pid, signal.SIGCONT)
    assert process.returncode == 130
    assert "not run" not in out  # the summary of a run that came to its end


def test_a_whole_run_leaves_nothing_behind(run, mortal):
    before = retained(mortal.port)
    done = run("test", mortal.url, "--only", "retain/new*", "--only", "retain/stored*", "--only", "session/subscriptions*")
    assert " cases: " in done.stdout and done.returncode in (0, 1), done.stderr
    assert retained(mortal.port) == before


# --- a broker that dies --------------------------------------------------------------------------


def test_a_broker_that_dies_is_told(mqspec, mortal, reports):
    process = start(mqspec, mortal.url, *reports.options)
    os.kill(mortal.pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "the broker died: " in out
    assert "in flight: " in reports.json()["died"]
    assert reports.junit().find("testsuite").get("name") == "broker"
    assert set(reports.verdicts().values()) <= {"pass", "fail", "warn", "blocked", "skip"}
    assert any(line.startswith("Bail out! ") for line in reports.tap())


# --- --exec --------------------------------------------------------------------------------------


@pytest.fixture
def fragile(mosquitto, free_port):
    """(URL, command) of a broker that aborts when a client sends the word it is given."""
    program = os.path.join(os.path.dirname(__file__), "fragile.py")
    return (f"mqtt://127.0.0.1:{free_port}",
            f"exec /usr/bin/python3 {program} {free_port} {mosquitto.port} {{}}")


@pytest.fixture
def suite(tmp_path):
    """Scenarios that publish a word each."""
    folder = tmp_path / "suite"
    folder.mkdir()
    for word in ("apple", "pear", "plum", "quince", "cherry"):
        (folder / f"{word}.mqs").write_text(
            f'scenario "fruit/{word}"\nproves v5 MQTT-3.3.4-1\nversions 5.0\n\nclient c\n'
            f'c -> PUBLISH qos=1 id=1 topic="${{T}}/a" payload="{word}"\nc <- PUBACK id=1\n')
    return folder


def is_listened_at(url):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) == 0


def test_exec_starts_the_broker_and_stops_it(run, fragile, suite, reports):
    url, command = fragile
    done = run("test", url, "--exec", command.format("no-such-word"), "--suite-dir", suite, *reports.options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(reports.verdicts().values()) == {"pass"}
    assert not is_listened_at(url)


def test_exec_restarts_it_and_names_the_case_that_killed_it(run, fragile, suite, reports, tmp_path):
    url, command = fragile
    done = run("test", url, "--exec", command.format("plum"), "--suite-dir", suite, *reports.options,
               env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 1
    assert reports.verdicts() == {f"fruit/{word}@5.0": "fail" if word == "plum" else "pass"
                                  for word in ("apple", "pear", "plum", "quince", "cherry")}
    assert "fruit/plum@5.0 kills the broker: signal 6" in done.stdout
    [killer] = [case for case in reports.json()["cases"] if case["verdict"] == "fail"]
    assert killer["actual"].startswith("signal 6")
    log = killer["reason"].rsplit(" ", 1)[1]
    with open(log, encoding="utf-8") as file:
        assert "assertion failed: plum" in file.read()
    assert not is_listened_at(url)


def test_exec_names_every_killer(run, fragile, suite, reports, tmp_path):
    url, command = fragile
    for word in ("apple", "cherry"):
        path = suite / f"{word}.mqs"
        path.write_text(path.read_text().replace(f'payload="{word}"', 'payload="plum"'))
    done = run("test", url, "--exec", command.format("plum"), "--suite-dir", suite, *reports.options,
               env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 1
    assert sorted(case for case, verdict in reports.verdicts().items() if verdict == "fail") == [
        "fruit/apple@5.0", "fruit/cherry@5.0", "fruit/plum@5.0"]
    assert done.stdout.count(" kills the broker: signal 6") == 3


def test_exec_of_a_broker_that_does_not_start(run, free_port, tmp_path):
    url = f"mqtt://127.0.0.1:{free_port}"
    done = run("test", url, "--exec", "echo no licence; exit 7", env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 3
    assert "the broker of --exec does not start: exit status 7 (no licence); its output is in " in done.stderr
    with open(done.stderr.rsplit(" ", 1)[1].strip(), encoding="utf-8") as log:
        assert log.read() == "no licence\n"


def test_exec_does_not_take_another_broker_for_its_own(run, mosquitto):
    done = run("test", mosquitto.url, "--exec", "sleep 100")
    assert done.returncode == 3
    assert "something listens at" in done.stderr


def test_exec_ends_with_the_run(mqspec, fragile, suite):
    url, command = fragile
    (suite / "long.mqs").write_text('scenario "fruit/long"\nversions 5.0\n\nclient c\nwait 20s\n'
                                    "c -> PINGREQ\nc <- PINGRESP\n")
    process = start(mqspec, url, "--exec", command.format("no-such-word"), "--suite-dir", str(suite))
    assert is_listened_at(url)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not is_listened_at(url)
