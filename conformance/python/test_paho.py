"""Tutorial programs on paho-mqtt, a real Mosquitto, and mqspec decode reading what they sent."""

import json
import pathlib
import subprocess
import urllib.parse

import pytest

from recorder import Recorder

HERE = pathlib.Path(__file__).parent
PYTHON = "/usr/bin/python3"
COUNT = 5


def start(program, port, *options):
    return subprocess.Popen(
        [PYTHON, HERE / program, "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def decode(mqspec, path, data, protocol, side):
    path.write_bytes(data)
    command = [mqspec, "decode", "--json", "--protocol", protocol, "--from", side, path]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    packets = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, run.stdout + run.stderr
    assert sum(packet["size"] for packet in packets) == len(data)
    return packets


def exchange(port, protocol, qos, topic, pattern):
    """Runs the subscriber and then the publisher, each behind a recorder of its own."""
    heard, said = Recorder(port), Recorder(port)
    options = ("--protocol", protocol, "--qos", str(qos), "--count", str(COUNT))
    sub = start("paho_subscriber.py", heard.port, "--topic", pattern, *options)
    assert sub.stdout.readline() == "subscribed\n", sub.communicate()[1]
    pub = start("paho_publisher.py", said.port, "--topic", topic, *options)
    for program in (pub, sub):
        _, errors = program.communicate(timeout=30)
        assert program.returncode == 0, errors
    heard.wait()
    said.wait()
    return heard, said


def count(packets, kind):
    return sum(packet["type"] == kind for packet in packets)


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("protocol", ["3.1", "3.1.1", "5.0"])
def test_what_paho_sends_is_in_order_and_decoded(mqspec, mosquitto_port, tmp_path, protocol, qos):
    heard, said = exchange(mosquitto_port, protocol, qos, "topic_test1/a", "topic_test1/#")
    published = decode(mqspec, tmp_path / "pub", bytes(said.client), protocol, "client")
    acked = decode(mqspec, tmp_path / "sub", bytes(heard.client), protocol, "client")
    delivered = decode(mqspec, tmp_path / "broker", bytes(heard.server), protocol, "server")

    assert [p["faults"] for p in published + acked if p["faults"]] == []
    assert published[0]["type"] == "CONNECT"
    assert published[0]["version"] == protocol
    assert 'client-id="pub-client-1"' in published[0]["notation"]
    assert " clean-start " in published[0]["notation"]
    assert published[-1]["type"] == "DISCONNECT"
    assert count(published, "PUBLISH") == COUNT
    assert count(published, "PUBREL") == (COUNT if qos == 2 else 0)
    assert count(delivered, "PUBLISH") == COUNT
    assert count(acked, {0: "PUBLISH", 1: "PUBACK", 2: "PUBREC"}[qos]) == (COUNT if qos else 0)
    for number, packet in enumerate(p for p in delivered if p["type"] == "PUBLISH"):
        assert f'payload="messages: {number}"' in packet["notation"]
        assert 'topic="topic_test1/a"' in packet["notation"]


@pytest.mark.parametrize(
    ("pattern", "topic"),
    [("topic_test1/+", "topic_test1/a"), ("topic_test1/#", "topic_test1/a/c"), ("#", "topic_test1")],
)
def test_wildcards_of_the_tutorial(mqspec, mosquitto_port, tmp_path, pattern, topic):
    heard, _ = exchange(mosquitto_port, "3.1.1", 1, topic, pattern)
    delivered = decode(mqspec, tmp_path / "broker", bytes(heard.server), "3.1.1", "server")
    assert count(delivered, "PUBLISH") == COUNT


def test_a_session_that_is_kept_gets_what_came_meanwhile(mqspec, mosquitto_port, tmp_path):
    options = ("--client-id", "kept-client-1", "--qos", "1", "--topic", "topic_test2/#", "--keep-session")
    sub = start("paho_subscriber.py", mosquitto_port, *options, "--count", "0")
    assert sub.communicate(timeout=30)[0].startswith("subscribed\n")
    pub = start("paho_publisher.py", mosquitto_port, "--qos", "1", "--topic", "topic_test2/a/c")
    assert pub.wait(timeout=30) == 0
    heard = Recorder(mosquitto_port)
    sub = start("paho_subscriber.py", heard.port, *options, "--count", str(COUNT))
    out, errors = sub.communicate(timeout=30)
    assert sub.returncode == 0, errors
    assert out.count("from `topic_test2/a/c` topic") == COUNT
    heard.wait()
    sent = decode(mqspec, tmp_path / "sub", bytes(heard.client), "3.1.1", "client")
    delivered = decode(mqspec, tmp_path / "broker", bytes(heard.server), "3.1.1", "server")
    assert "clean-start=0" in sent[0]["notation"]
    assert "session-present" in delivered[0]["notation"]
    assert count(sent, "PUBACK") == COUNT


def test_a_retained_message_is_there_for_who_comes_later(mqspec, mosquitto_port, tmp_path):
    said, heard = Recorder(mosquitto_port), Recorder(mosquitto_port)
    pub = start("paho_publisher.py", said.port, "--topic", "topic_test3/a", "--retain", "--count", "1")
    assert pub.wait(timeout=30) == 0
    sub = start("paho_subscriber.py", heard.port, "--topic", "topic_test3/+", "--count", "1")
    assert "Received `messages: 0` from `topic_test3/a` topic" in sub.communicate(timeout=30)[0]
    said.wait()
    heard.wait()
    sent = decode(mqspec, tmp_path / "pub", bytes(said.client), "3.1.1", "client")
    delivered = decode(mqspec, tmp_path / "broker", bytes(heard.server), "3.1.1", "server")
    for packets in (sent, delivered):
        assert [" retain" in p["notation"] for p in packets if p["type"] == "PUBLISH"] == [True]


@pytest.mark.parametrize("transport", ["tls", "ws", "wss"])
def test_tutorial_programs_over_other_transports(mosquitto, transport):
    url, *ca = mosquitto.options(transport)
    port = urllib.parse.urlsplit(url).port
    how = [*ca, *(("--transport", "websockets") if "ws" in transport else ())]
    how += ["--topic", f"over/{transport}", "--qos", "1"]
    sub = start("paho_subscriber.py", port, *how)
    assert sub.stdout.readline() == "subscribed\n", sub.communicate()[1]
    pub = start("paho_publisher.py", port, *how)
    for program in (pub, sub):
        output, errors = program.communicate(timeout=30)
        assert program.returncode == 0, errors
    assert [line for line in output.splitlines() if "messages: " in line] == [
        f"Received `messages: {number}` from `over/{transport}` topic" for number in range(COUNT)]
