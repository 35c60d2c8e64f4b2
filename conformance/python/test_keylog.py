"""TLS in captures, opened with a key log; and captures of which something is missing or broken."""

import os
import subprocess

import pytest

from conftest import TOP

CAPTURES = TOP / "corpus" / "captures"
TLS_12 = CAPTURES / "tls-1.2.pcapng"  # its keys are beside it
TLS_13 = CAPTURES / "tls-1.3.pcapng"  # its keys are inside
KEYS = CAPTURES / "tls-1.2.keys"


def test_a_real_client_with_a_real_broker(run, tmp_path):
    """Certificates, traffic, key log and capture are all of this moment."""
    made = subprocess.run([TOP / "ci" / "captures" / "make", "--into", tmp_path, "tls-1.2"],
                          capture_output=True, text=True, check=False, timeout=60)
    if made.returncode == 4:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    path = tmp_path / "tls-1.2.pcapng"
    assert run("lint", path).returncode == 2
    done = run("lint", path, "--keylog", tmp_path / "tls-1.2.keys")
    assert done.returncode == 0 and done.stdout.startswith("29 packets on 1 connection: client broke 0")


def test_replay_and_convert_open_it_too(run, serve, tmp_path):
    plain = tmp_path / "plain.pcapng"
    assert run("convert", TLS_12, plain, "--keylog", KEYS).returncode == 0
    assert run("lint", plain).stdout.startswith("29 packets on 1 connection")
    done = run("replay", TLS_12, serve(), "--keylog", KEYS)
    assert done.returncode in (0, 1) and done.stderr == ""
    wrong = run("replay", TLS_12, "mqtt://127.0.0.1:1")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "no MQTT in it: " in wrong.stderr and "1 of TLS, 1 without a key" in wrong.stderr


@pytest.mark.parametrize("path, options, environment, why", [
    (TLS_12, (), {}, "1 of TLS, 1 without a key (--keylog FILE)"),
    (TLS_12, ("--keylog", "/nonexistent"), {}, "the key log /nonexistent: No such file or directory"),
    (TLS_12, ("--keylog", CAPTURES), {}, f"the key log {CAPTURES}: Is a directory"),
    (TLS_12, ("--keylog", os.devnull), {}, f"{os.devnull} opens none of the 1 TLS connections"),
    (TLS_12, ("--keylog", KEYS), {"PATH": "/nonexistent"}, "TLS is opened by tshark, which is not there"),
    (TLS_13, (), {"PATH": "/nonexistent"}, "TLS is opened by tshark, which is not there"),
])
def test_what_is_in_the_way_is_said_in_one_line(run, path, options, environment, why):
    done = run("lint", path, *options, env={**os.environ, **environment})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.endswith(f"{why}\n")


def test_a_tshark_that_fails(run, tmp_path):
    fake = tmp_path / "tshark"
    fake.write_text("#!/bin/sh\nexit 7\n")
    fake.chmod(0o755)
    done = run("lint", TLS_13, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 2 and done.stderr.endswith("tshark gave up, with status 7\n")


def test_what_comes_through_a_pipe_cannot_be_opened(run):
    done = run("lint", "-", stdin=TLS_13.read_bytes(), text=False)
    assert done.returncode == 2 and b"TLS is opened in files only" in done.stderr


def test_keys_inside_serve_without_being_asked_for(run):
    done = run("lint", TLS_13)
    assert done.returncode == 0 and done.stdout.startswith("17 packets on 1 connection")


def records(data):
    """Offsets of the ciphertext of the records with application data."""
    at, header = 0, b"\x17\x03\x03"
    while (at := data.find(header, at) + 1) > 0:
        yield at + 4


@pytest.mark.parametrize("nth", [-1, -5, -10])
def test_behind_a_broken_record_nothing_is_known(run, tmp_path, nth):
    """One bit of a record is turned: what came before is judged, nobody is blamed for the rest."""
    path = tmp_path / "broken.pcapng"
    data = bytearray(TLS_13.read_bytes())
    data[list(records(data))[nth]] ^= 1
    path.write_bytes(data)
    done = run("lint", path)
    assert done.returncode == 0 and "note: 1 direction could not be followed to its end" in done.stdout
    assert "client broke 0 MUST, 0 SHOULD; server broke 0 MUST, 0 SHOULD" in done.stdout


def test_a_cut_file_with_tls_is_judged_as_far_as_it_goes(run, tmp_path):
    path = tmp_path / "cut.pcapng"
    path.write_bytes(TLS_13.read_bytes()[:-700])
    done = run("lint", path)
    assert done.returncode == 2 and "the file ends inside a block" in done.stderr
    assert "packets on 1 connection: client broke 0 MUST" in done.stdout


@pytest.mark.parametrize("name, size, note", [
    ("paho-5.0", 400, "packets are not there whole, or too large: not judged"),
    ("paho-websocket-5.0", 100, "no MQTT in it: "),
    ("mosquitto-5.0", 40, ", 52 frames that end inside a header"),
])
def test_what_a_short_snapshot_length_cut_is_nobodys_fault(run, tmp_path, name, size, note):
    path = tmp_path / "short.pcapng"
    subprocess.run(["editcap", "-s", str(size), CAPTURES / f"{name}.pcapng", path], check=True)
    for command in (("lint", path), ("convert", path, tmp_path / "short.mqs")):
        done = run(*command)
        assert done.returncode in (0, 2) and done.stderr.count("\n") == (done.returncode == 2)
        if command[0] == "lint":
            assert note in done.stdout + done.stderr
            assert "(MUST)" not in done.stdout


@pytest.mark.parametrize("begin, found", [(b"\n  a text", "0x0a202061"), (b"a text", "0x61")])
@pytest.mark.parametrize("command", ["lint", "convert", "replay"])
def test_a_file_that_is_no_capture(run, tmp_path, command, begin, found):
    path = tmp_path / "other.pcapng"
    path.write_bytes(begin + bytes(100))
    target = {"convert": [tmp_path / "out.mqs"], "replay": ["mqtt://127.0.0.1:1"]}.get(command, [])
    done = run(command, path, *target, "--format", "capture")
    assert done.returncode == 2
    assert done.stderr == f"mqspec {command}: {path}: offset 0: expected a pcap or pcapng file, found {found}\n"
