"""mqspec minimise: a long capture of a failure becomes a short one that still fails."""

import json
import re

import pytest

from middle import fragile

NOISE = [
    "10 0d 0004 4d515454 04 02 003c 0001 78 | 82 06 0001 0001 78 00 | c0 00 | 30 04 0001 78 79 | e0 00",
    "10 0d 0004 4d515454 04 02 003c 0001 7a | c0 00 | 30 04 0001 78 79 | 30 04 0001 78 79 | e0 00",
]

# A defect of the reference broker, what finds it, and the rule that it breaks.
FAILURES = [
    ("v311:MQTT-2.3.1-7", "10 0d 0004 4d515454 04 02 003c 0001 61 | c0 00 | 82 06 0009 0001 62 01 |"
     " c0 00 | e0 00"),
    ("v5:MQTT-2.2.1-6/unsuback", "10 0e 0004 4d515454 05 02 003c 00 0001 61 | 82 07 0001 00 0001 62 00"
     " | a2 06 0002 00 0001 62 | c0 00 | e0 00"),
    ("v5:MQTT-3.1.2-24", None),
]


@pytest.mark.parametrize("defect, hex_line", [f for f in FAILURES if f[1] is not None])
def test_what_matters_is_left(run, serve, tmp_path, defect, hex_line):
    url = serve("--defect", defect)
    path = tmp_path / "long.hex"
    path.write_text("\n".join([NOISE[0], hex_line, NOISE[1]]) + "\n")
    done = run("minimise", "--json", path, url)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["outcome"] == "reproduced" and result["failure"].startswith("the broker breaks v")
    assert (result["connections"], result["packets"] <= 3) == (1, True), result
    again = run("replay", "--json", result["files"]["pcapng"], url)
    assert (again.returncode, json.loads(again.stdout)["outcome"]) == (0, "reproduced")
    assert run("replay", result["files"]["pcapng"], serve()).returncode == 1


def test_credentials_may_be_given(run, serve, tmp_path):
    """The broker asks for none; the player puts them into each CONNECT however often they are cut."""
    url = serve("--defect", FAILURES[0][0])
    path = tmp_path / "long.hex"
    path.write_text(FAILURES[0][1] + "\n")
    done = run("minimise", "--json", path, url, "--as", "alice:secret")
    assert (done.returncode, json.loads(done.stdout)["packets"]) == (0, 2), done.stderr


def test_the_scenario_that_is_left_fails_in_the_suite(run, serve, tmp_path):
    url = serve("--defect", FAILURES[0][0])
    path = tmp_path / "long.hex"
    path.write_text("\n".join([*NOISE, FAILURES[0][1]]) + "\n")
    assert run("minimise", path, url, "--out", tmp_path / "short").returncode == 0
    text = (tmp_path / "short.mqs").read_text()
    assert re.match(r"# Happens  the broker breaks v311 MQTT-2.3.1-7: SUBACK with ", text)
    assert "\n# Expected v311 MQTT-2.3.1-7 (MUST, MQTT 3.1.1, section 2.3.1): " in text
    assert re.search(r"\n# By hand  \(echo 10[0-9a-f]+ \| xxd -r -p; sleep 2\) \| nc 127.0.0.1 \d+ \| xxd\n", text)
    done = run("test", url, "--suite-dir", tmp_path / "short.mqs")
    assert done.returncode == 1 and "FAIL    captured/minimised@3.1.1" in done.stdout


def test_a_failure_of_two_connections_keeps_both(run, serve, tmp_path):
    """A packet is larger than the subscriber allows: that takes a publisher and a subscriber, or one of both."""
    url = serve("--defect", FAILURES[2][0])
    done = run("test", url, "--evidence", tmp_path, "--only",
               "flow/maximum-packet-size-is-exact@5.0")
    assert done.returncode == 1
    (path,) = tmp_path.glob("*.pcapng")
    done = run("minimise", "--json", path, url, "--out", tmp_path / "short")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["packets"] <= 7 and 1 <= result["connections"] <= 2


def test_the_failure_that_is_asked_for_is_kept(run, serve, tmp_path):
    """Of two rules that the broker breaks the first one would be taken."""
    url = serve("--defect", FAILURES[0][0], "--defect", "v311:MQTT-3.3.1-4/blind-publish-qos")
    path = tmp_path / "long.hex"
    path.write_text(f"{FAILURES[0][1]}\n10 0d 0004 4d515454 04 02 003c 0001 62 | 36 05 0001 61 0001 | c0 00\n")
    for goal, rule, packets in (((), "v311 MQTT-2.3.1-7", 2), (("--goal", "v311:MQTT-4.8.0-1"), "v311 MQTT-4.8.0-1", 2)):
        done = run("minimise", "--json", path, url, *goal, "--out", tmp_path / "short")
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert (result["failure"], result["packets"]) == (f"the broker breaks {rule}", packets)
    for goal in ("death", "v5:MQTT-3.3.4-9"):
        done = run("minimise", path, url, "--goal", goal)
        assert (done.returncode, done.stderr) == (1, "mqspec minimise: what is asked for does not happen\n")


def test_a_broker_that_nobody_starts_again(run, serve, free_port, tmp_path):
    path = tmp_path / "dies.mqs"
    path.write_text('scenario "dies/once"\nversions 5.0\nclient c\nc -> PINGREQ\nc <- PINGRESP\nc -> SUBSCRIBE id=1 ["killer"]\n')
    with fragile(free_port, serve(), "abort") as url:
        done = run("minimise", "--json", path, url, "--out", tmp_path / "short")
    assert done.returncode == 0
    assert done.stderr == ("mqspec minimise: the broker is gone, and nobody starts it again (--exec would): this is how far"
                           " it came\n")
    assert json.loads(done.stdout)["failure"] == "the broker dies"
    assert "killer" in (tmp_path / "short.mqs").read_text()


def test_nothing_is_wrong(run, serve, tmp_path):
    path = tmp_path / "good.hex"
    path.write_text(NOISE[0] + "\n")
    done = run("minimise", path, serve())
    assert (done.returncode, done.stderr) == (
        1, "mqspec minimise: nothing is wrong with what the broker does\n")


def test_a_broker_may_end_what_does_not_begin_with_connect(run, serve, tmp_path):
    path = tmp_path / "stranger.bin"
    path.write_bytes(b"GIF89a, which is no MQTT")
    done = run("minimise", path, serve())
    assert (done.returncode, done.stderr) == (
        1, "mqspec minimise: nothing is wrong with what the broker does\n")


def test_where_it_cannot_write_it_does_not_begin(run, tmp_path):
    path = tmp_path / "good.hex"
    path.write_text(NOISE[0] + "\n")
    done = run("minimise", path, "mqtt://127.0.0.1:1", "--out", "/nonexistent/short")
    assert (done.returncode, done.stderr) == (
        2, "mqspec minimise: cannot write /nonexistent/short.mqs: No such file or directory\n")


def test_a_broker_that_dies_is_started_again(run, free_port, tmp_path):
    """A broker that ends when it meets UNSUBSCRIBE: the shell stands in for one that crashes."""
    killer = tmp_path / "broker"
    killer.write_text(f"""#!/usr/bin/python3
import socket
server = socket.create_server(("127.0.0.1", {free_port}))
while True:
    peer = server.accept()[0]
    peer.settimeout(5)
    data = b""
    try:
        while more := peer.recv(1000):
            if more[0] == 0x10:
                peer.sendall(bytes.fromhex("20020000"))
            data += more
            if bytes.fromhex("a205") in more:
                raise SystemExit(139)
            if more[-2:] == bytes.fromhex("e000"):
                break
    except OSError:
        pass
    peer.close()
""")
    killer.chmod(0o755)
    path = tmp_path / "crash.hex"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | c0 00 | a2 05 0002 0001 62 | c0 00\n")
    done = run("minimise", "--json", path, f"mqtt://127.0.0.1:{free_port}", "--exec", killer)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["failure"], result["packets"]) == ("the broker dies", 1)
    assert (tmp_path / "crash-min.hex").read_text().startswith("a205")


def test_what_fails_now_and_then_is_tried_often_enough(run, serve, free_port, tmp_path):
    """Each third SUBSCRIBE of this topic ends the connection: the confidence is that of three tries."""
    path = tmp_path / "often.mqs"
    path.write_text('scenario "often/fails"\nversions 5.0\nclient c\n'
                    "c -> PINGREQ\nc <- PINGRESP\nc -> SUBSCRIBE id=1 [\"killer\"]\nc <- SUBACK\n")
    with fragile(free_port, serve(), "third") as url:
        text = run("minimise", path, url, "--times", "3", "--out", tmp_path / "short").stdout
    assert "\n2 of 3 packets, " in text
    assert ("\nit failed in 33 % of the plays of the whole; each cut was tried up to 3 times, which shows"
            " one that still fails with 70.4 % confidence\n") in text


@pytest.mark.parametrize("arguments, why", [
    ((), "expected FILE and URL, such as night.pcapng mqtt://127.0.0.1"),
    (("--goal", "fun", "a", "b"),
     "--goal fun: expected death, hang, close or a rule, such as v5:MQTT-3.3.4-9"),
    (("--goal", "http://a", "a", "b"),
     "--goal http://a: expected death, hang, close or a rule, such as v5:MQTT-3.3.4-9"),
    (("--goal", "v5:MQTT-99.9.9-9", "a", "b"), "--goal v5:MQTT-99.9.9-9: there is no such rule"),
    (("/nonexistent", "mqtt://127.0.0.1"), "/nonexistent: No such file or directory"),
])
def test_wrong_usage(run, arguments, why):
    done = run("minimise", *arguments)
    assert (done.returncode, done.stderr) == (2, f"mqspec minimise: {why}\n")
