"""corpus/captures/: lint says of each what stands beside it, and tshark's own dissector sees the same packets."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from conftest import TOP

sys.path.insert(0, str(TOP / "ci" / "captures"))
from stories import STORIES  # noqa: E402  (its folder is known only now)

CAPTURES = TOP / "corpus" / "captures"
NAMES = [story.name for story in STORIES]
TYPES = ("RESERVED CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK "
         "PINGREQ PINGRESP DISCONNECT AUTH").split()
STRING = r'"((?:[^"\\]|\\.)*)"'


def test_every_story_has_its_capture():
    assert len(NAMES) >= 20
    for ending in ("pcapng", "txt"):
        assert sorted(path.stem for path in CAPTURES.glob(f"*.{ending}")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_lint_says_what_it_said(run, name):
    """After a change of its wording: ci/captures/make --expect, and a look at the difference."""
    expected = (CAPTURES / f"{name}.txt").read_text()
    command = expected.splitlines()[0].removeprefix("$ mqspec ")
    done = run(*command.split(), cwd=CAPTURES)
    assert f"$ mqspec {command}\n{done.stdout}{done.stderr}" == expected


def test_a_frame_that_the_capture_lost_is_nobodys_fault(run, tmp_path):
    """Each frame in turn is taken out: behind it things are unknown, not wrong."""
    path = tmp_path / "lost.pcapng"
    for frame in range(1, 34):
        subprocess.run(["editcap", CAPTURES / "paho-5.0.pcapng", path, str(frame)], check=True)
        assert "MUST)" not in run("lint", path).stdout, frame


# ---- set beside tshark ----

def of_notation(packet):
    """frame, type, topics, packet identifier, codes."""
    notation = packet["notation"]
    listed = re.search(r" \[(.*)\]", notation)
    topics = re.findall(rf"[ {{]topic={STRING}", notation)
    codes = re.findall(r" reason=(\w+)", notation)
    if listed and packet["type"].startswith(("SUBSCRIBE", "UNSUBSCRIBE")):
        topics = re.findall(STRING, listed[1])
    elif listed:
        codes = listed[1].replace(",", "").split()
    [identifier] = re.findall(r" id=(\d+)", notation) or [None]
    return (packet["frame"], packet["type"], topics, identifier, [int(code, 0) for code in codes])


def ours(run, name, folder):
    options = (CAPTURES / f"{name}.txt").read_text().splitlines()[0].split()[4:]
    listed = folder / "packets.jsonl"
    done = run("convert", f"{name}.pcapng", listed, *options, cwd=CAPTURES)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in listed.read_text().splitlines()]


# Where a Topic Alias stands alone, tshark shows the topic that it stands for, and we what was sent.
ALIASED = ""
PUBLISH = "3"
CODES = re.compile(r"mqtt\.(conack\.val|suback\.qos|\w+\.reason_code)")


def of_pdml(frame, mqtt):
    fields = [(field.get("name"), field.get("show")) for field in mqtt.iter("field")]
    first = dict(reversed(fields))
    topics = [shown for name, shown in fields if name in ("mqtt.topic", "mqtt.willtopic")]
    codes = [int(shown, 0) for name, shown in fields if CODES.fullmatch(name)]
    if first["mqtt.msgtype"] == PUBLISH and first.get("mqtt.topic_len") == "0":
        topics = [ALIASED]
    return (frame, TYPES[int(first["mqtt.msgtype"])], topics, first.get("mqtt.msgid"), codes)


def theirs(tshark, name):
    """Port 8883 is TLS with MQTT inside; of another one tshark must be told."""
    pdml = tshark(CAPTURES / f"{name}.pcapng", "-Y", "mqtt", "-T", "pdml", "-J", "mqtt")
    packets = []
    for packet in xml.etree.ElementTree.fromstring(pdml):
        frame = int(packet.find("proto[@name='geninfo']/field[@name='num']").get("show"))
        packets += [of_pdml(frame, mqtt) for mqtt in packet.findall("proto[@name='mqtt']")]
    return packets


@pytest.mark.parametrize("name", NAMES)
def test_tshark_sees_the_same(run, check, tshark, tmp_path, name):
    """4.0 has MQTT over TCP and TLS; what it is given of WebSocket our plugin has unwrapped."""
    listed = ours(run, name, tmp_path)
    for packet in listed:
        check("convert", packet)
    packets = [of_notation(packet) for packet in listed]
    assert packets and packets == theirs(tshark, name)
