"""mqspec convert: one conversation in all its forms, and files that are not what they say."""

import json
import subprocess

import pytest

from conftest import TOP

# A session in 3.1.1 that ends inside a packet, and one in 5.0 with a reserved flag in PINGREQ.
HEX = (
    "100d00044d5154540402003c000161 320900036161 6200076869 8209",
    "# a comment",
    "10 0e 0004 4d515454 05 02 003c 00 0001 62 | c1 00 | e0 00",
)
CLEAN = [line.replace(" ", "").replace("|", "") for line in HEX if not line.startswith("#")]


@pytest.fixture(name="hex_file")
def make_hex_file(tmp_path):
    path = tmp_path / "two clients.hex"
    path.write_text("\n".join(HEX) + "\n")
    return path


def convert(run, *arguments):
    done = run("convert", *arguments)
    assert (done.returncode, done.stderr) == (0, "")


def clients(path):
    """The client's bytes of each connection in a capture, as tshark puts them together."""
    lines = subprocess.run(
        ["tshark", "-r", path, "-Y", "tcp.dstport == 1883 && tcp.len > 0", "-T", "fields",
         "-e", "tcp.stream", "-e", "tcp.payload"],
        check=True, text=True, capture_output=True).stdout.split("\n")
    streams = {}
    for stream, payload in (line.split("\t") for line in lines if line):
        streams[stream] = streams.get(stream, "") + payload
    return list(streams.values())


def test_hex_survives_the_way_through_pcapng_and_pcap(run, hex_file, tmp_path):
    captured, old, back = tmp_path / "a.pcapng", tmp_path / "a.pcap", tmp_path / "b.hex"
    convert(run, hex_file, captured)
    assert clients(captured) == CLEAN
    subprocess.run(["editcap", "-F", "pcap", captured, old], check=True)
    for capture in (captured, old):
        convert(run, capture, back)
        assert back.read_text().split() == CLEAN


def test_a_scenario_says_what_was_sent_and_what_is_wrong_with_it(run, hex_file, tmp_path):
    path = tmp_path / "session.mqs"
    convert(run, hex_file, path)
    text = path.read_text()
    assert 'scenario "captured/two-clients"' in text
    assert "client c1 manual @3.1.1\nc1 -> CONNECT clean-start keep-alive=60 client-id=\"a\"\n" in text
    assert "c2 -> PINGREQ !flags=0x01   breaks v5 MQTT-2.1.3-1\n" in text
    done = run("test", "--suite-dir", path, "--list")
    assert (done.returncode, done.stdout) == (0, "captured/two-clients@3.1.1\n")


CAPTURES = [path for path in sorted((TOP / "corpus" / "captures").glob("*.pcapng"))
            if not path.stem.startswith("tls")]  # which needs tshark, and keys


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_captures_become_scenarios_that_are_read(run, path, tmp_path):
    out = tmp_path / "out.mqs"
    convert(run, path, out)
    done = run("test", "--suite-dir", out, "--list")
    assert done.returncode == 0, done.stderr


def test_a_capture_repeats(run, hex_file, tmp_path):
    path = tmp_path / "many.pcapng"
    convert(run, hex_file, path, "--repeat", "3")
    assert clients(path) == 3 * CLEAN


@pytest.fixture(scope="module", name="story")
def make_story():
    """A capture of Mosquitto with paho, and what tshark says of each packet."""
    path = TOP / "corpus" / "captures" / "paho-3.1.1.pcapng"
    shown = subprocess.run(
        ["tshark", "-r", path, "-Y", "mqtt", "-T", "fields", "-e", "frame.number", "-e", "frame.time_relative",
         "-e", "tcp.dstport", "-e", "mqtt.msgtype"], check=True, text=True, capture_output=True).stdout
    return path, [line.split("\t") for line in shown.splitlines()]


def test_packets_of_a_capture_as_json_lines(run, check, story, tmp_path):
    path, shown = story
    convert(run, path, tmp_path / "a.jsonl")
    packets = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    for packet in packets:
        check("convert", packet)
    types = ["CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE",
             "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT"]
    expected = [(int(frame), "client" if port == "1883" else "server", types[int(kind) - 1])
                for frame, _, port, kinds in shown for kind in kinds.split(",")]
    assert sorted((p["frame"], p["side"], p["type"]) for p in packets) == sorted(expected)
    times = {int(frame): float(time) for frame, time, *_ in shown}
    begin = packets[0]["time"] - times[packets[0]["frame"]]
    assert all(abs(p["time"] - times[p["frame"]] - begin) < 2e-6 for p in packets) and begin <= 0 and packets[-1]["time"] > 0.001


def test_packets_of_hex_as_json_lines(run, check, hex_file, tmp_path):
    """There are no frames, and no times; what is no whole packet is RAW."""
    convert(run, hex_file, tmp_path / "a.jsonl")
    packets = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    for packet in packets:
        check("convert", packet)
    assert [(p["connection"], p["side"], p["version"], p["type"], p["size"]) for p in packets] == [
        (1, "client", "3.1.1", "CONNECT", 15), (1, "client", "3.1.1", "PUBLISH", 11),
        (1, "client", "3.1.1", "SUBSCRIBE", 2), (2, "client", "5.0", "CONNECT", 16), (2, "client", "5.0", "PINGREQ", 2),
        (2, "client", "5.0", "DISCONNECT", 2)]
    assert [packets[i]["notation"] for i in (1, 2, 4)] == [
        'PUBLISH qos=1 id=7 topic="aab" payload="hi"', "RAW h'8209'", "PINGREQ !flags=0x01"]
    assert not {"frame", "time"} & set(packets[0])


def test_output_that_cannot_be_written(run, hex_file, tmp_path):
    (tmp_path / "folder.hex").mkdir()
    (tmp_path / "full.hex").symlink_to("/dev/full")
    for path, why in ((tmp_path / "no" / "a.hex", "No such file or directory"), (tmp_path / "folder.hex", "Is a directory"),
                      (tmp_path / "full.hex", "No space left on device")):
        done = run("convert", hex_file, path)
        assert (done.returncode, done.stderr) == (2, f"mqspec convert: cannot write {path}: {why}\n")


def test_a_scenario_has_no_more_connections_than_there_is_room_for(run, tmp_path):
    path = tmp_path / "many.hex"
    for count, status in ((64, 0), (65, 2)):
        path.write_text(f"{CLEAN[1]}\n" * count)
        done = run("convert", path, tmp_path / "many.mqs")
        assert done.returncode == status, done.stderr
    assert done.stderr == "mqspec convert: 65 connections, but a scenario has 64 at most: choose with --connection\n"


def test_bytes_are_the_bytes_of_one_client(run, tmp_path):
    raw, path = tmp_path / "crash", tmp_path / "crash.hex"
    raw.write_bytes(bytes.fromhex(CLEAN[1]))
    convert(run, raw, path)
    assert path.read_text().split() == CLEAN[1:]


@pytest.mark.parametrize("content, why", [
    (b"10 0d 0g\n", "line 1, column 8: expected pairs of hex digits"),
    (b"c000\n10 0\n", "line 2, column 5: expected pairs of hex digits"),
    (b"", "no bytes in it"),
    (b"\x0a\x0d\x0d\x0a????????", "a section header without byte order: 3f3f3f3f"),
])
def test_what_is_wrong_with_a_file_is_said_in_one_line(run, tmp_path, content, why):
    path = tmp_path / "bad"
    path.write_bytes(content)
    done = run("convert", path, tmp_path / "out.mqs", *(["--format", "hex"] if b"g" in content else []))
    assert done.returncode == 2
    assert done.stderr.startswith(f"mqspec convert: {path}: ") and done.stderr.endswith(f"{why}\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments, why", [
    ((), "expected IN and OUT, such as night.pcapng night.mqs"),
    (("a", "b.txt"), "b.txt: expected a name that ends in .mqs, .pcapng, .hex or .jsonl"),
    (("/nonexistent", "b.mqs"), "/nonexistent: No such file or directory"),
    (("--format", "x", "a", "b.mqs"), "--format x: expected capture, scenario, hex, binary, packets or sessions"),
    (("--port", "0", "a", "b.mqs"), None),
])
def test_wrong_usage(run, arguments, why):
    done = run("convert", *arguments)
    assert done.returncode == 2
    assert why is None or done.stderr == f"mqspec convert: {why}\n"


def test_a_cut_capture_gives_what_it_has(run, hex_file, tmp_path):
    path, back = tmp_path / "a.pcapng", tmp_path / "b.hex"
    convert(run, hex_file, path)
    path.write_bytes(path.read_bytes()[:-60])
    done = run("convert", path, back)
    assert done.returncode == 2 and "the file ends inside a block" in done.stderr
    assert back.read_text().split() == CLEAN
