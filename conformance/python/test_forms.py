"""What lint, replay, minimise and convert read: one session in all its forms, and the same from each."""

import json
import socketserver
import subprocess
import threading

import pytest

BEGIN = bytes.fromhex("100d 0004 4d515454 04 02 003c 0001 61" "82 06 0001 0001 62 00")
GOOD, BROKEN = BEGIN + bytes.fromhex("c000"), BEGIN + bytes.fromhex("c100")
SCENARIO = """# A client asks for a topic, and whether the broker is there.
scenario "forms/one"
versions 3.1.1
client c manual
c -> CONNECT client-id="a" clean-start
c <- CONNACK
c -> SUBSCRIBE id=1 ["b"]
c <- SUBACK id=1 [_]
c -> %s
"""
FORMS = {
    "hex": (lambda data: data.hex().encode(), None),
    "binary": (lambda data: data, "binary"),
    "packets": (lambda data: bytes([0x05]) + data, "packets"),
    "sessions": (lambda data: bytes([2, 1, 0, 10]) + data[:10] + bytes([0, len(data) - 10]) + data[10:],
                 "sessions"),
    "scenario": (lambda data: (SCENARIO % ("PINGREQ" if data == GOOD else "PINGREQ !flags=1 breaks any")
                               ).encode(), None),
}


@pytest.fixture(name="form", params=FORMS)
def make_form(request, tmp_path):
    """form(bytes) -> a file of this form, and the options that name it."""
    make, name = FORMS[request.param]

    def write(data):
        path = tmp_path / "file"
        path.write_bytes(make(data))
        return [path, *(["--format", name] if name else [])]

    return write


def test_each_form_has_the_same_bytes(run, form, tmp_path):
    out = tmp_path / "out.hex"
    assert run("convert", *form(GOOD), out).returncode == 0
    assert out.read_text() == GOOD.hex() + "\n"


def test_each_form_is_judged(run, form):
    lines = [json.loads(line) for line in run("lint", "--json", *form(BROKEN)).stdout.splitlines()]
    assert [(b["side"], b["rule"]) for b in lines if b.get("level") == "MUST"] == [
        ("client", "v311 MQTT-2.2.2-1")]


def test_each_form_is_replayed_and_cut_down(run, serve, form, tmp_path):
    path, faulty = form(GOOD), serve("--defect", "v311:MQTT-2.3.1-7")
    assert json.loads(run("replay", "--json", *path, serve()).stdout)["outcome"] == "gone"
    done = run("replay", "--json", *path, faulty)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "reproduced")
    done = run("minimise", "--json", *path, faulty, "--out", tmp_path / "short")
    assert (done.returncode, json.loads(done.stdout)["packets"]) == (0, 2)


class Rude(socketserver.BaseRequestHandler):
    """A broker that ends a connection when it is asked whether it is there."""

    def handle(self):
        while data := self.request.recv(1000):
            if data.startswith(b"\xc0") or data.endswith(b"\xc0\x00"):
                return
            self.request.sendall(bytes.fromhex("20020000" if data[0] == 0x10 else "9003000100"))


def test_an_end_that_a_scenario_does_not_expect_is_a_failure(run, tmp_path):
    path = tmp_path / "short.mqs"
    path.write_text(SCENARIO % "PINGREQ" + "c <- PINGRESP\n")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Rude) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"mqtt://127.0.0.1:{server.server_address[1]}"
        done = run("replay", path, url)
        assert (done.returncode, done.stdout) == (
            0, "reproduced: the broker ends a connection of its own accord\n")
        path.write_text(SCENARIO % "PINGREQ" + "c <- closed\n")
        assert run("replay", path, url).returncode == 1
        server.shutdown()


def test_a_broken_scenario_is_pointed_at(run, tmp_path):
    path = tmp_path / "broken.mqs"
    path.write_text(SCENARIO.replace("SUBACK", "SUBBACK") % "PINGREQ")
    done = run("lint", path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"mqspec lint: {path}: 8:6: ")


def test_a_connection_joined_midway_is_given_a_connect(run, serve, tmp_path):
    """The handshake, CONNECT and CONNACK are not in the capture."""
    faulty = serve("--defect", "v311:MQTT-2.2.2-1/suback")
    lines, whole, midway = (tmp_path / name for name in ("one.hex", "whole.pcapng", "midway.pcapng"))
    lines.write_text(GOOD.hex())
    run("replay", lines, faulty, "--save", whole)
    subprocess.run(["editcap", whole, midway, "1-4", "7"], check=True)
    options = [midway, "--protocol", "3.1.1", "--port", "1883"]
    assert json.loads(run("lint", "--json", *options).stdout.splitlines()[-1])["summary"]["midway"] == 1
    done = run("replay", "--json", *options, faulty)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "reproduced"), done.stdout
    assert json.loads(run("replay", "--json", *options, serve()).stdout)["outcome"] == "gone"
    done = run("minimise", "--json", *options, faulty, "--out", tmp_path / "short")
    assert (done.returncode, json.loads(done.stdout)["packets"]) == (0, 2)
