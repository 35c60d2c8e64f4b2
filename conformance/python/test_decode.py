"""mqspec decode: bytes to notation, with every fault."""

import json
import pathlib
import subprocess

import pytest


def objects(run):
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture
def decode(run, check):
    """The packets that decode --json --hex makes of lines of hex, each checked by the schema."""

    def call(*lines, protocol="5.0", side="client"):
        done = run("decode", "--json", "--hex", "--protocol", protocol, "--from", side,
                   stdin="\n".join(lines))
        packets = objects(done)
        for packet in packets:
            check("decode", packet)
        assert done.returncode == (1 if any(p["faults"] or "missing" in p for p in packets) else 0)
        return packets

    return call


# Hex, version, side, and the faults: rule, offset, size.
FAULTS = [
    ("c0 00", "5.0", "client", []),
    ("80 09 | 0001 | 00 | 0003 612f62 01", "5.0", "client", [("v5 MQTT-3.8.1-1", 0, 1)]),
    ("c1 00", "5.0", "client", [("v5 MQTT-2.1.3-1", 0, 1)]),
    ("c1 00", "3.1.1", "client", [("v311 MQTT-2.2.2-1", 0, 1)]),
    ("82 03 | 0001 | 00", "5.0", "client", [("v5 MQTT-3.8.3-2", 5, 0)]),
    ("d0 00", "5.0", "client", [("v5 X5-2.1.2-2", 0, 1)]),
]


@pytest.mark.parametrize(("line", "protocol", "side", "faults"), FAULTS)
def test_each_fault_is_named_with_its_bytes(decode, line, protocol, side, faults):
    [packet] = decode(line, protocol=protocol, side=side)
    assert packet["version"] == protocol
    assert packet["size"] == len(bytes.fromhex(line.replace("|", "").split("#")[0]))
    assert [f["rule"] for f in packet["faults"]] == [rule for rule, _, _ in faults]
    for found, (_, offset, _) in zip(packet["faults"], faults):
        assert found["offset"] == offset
        assert found["level"] == "MUST"


def test_every_fault_of_a_packet_is_reported(decode):
    # CONNECT of 3.1.1: reserved flag, Will QoS 3 without a Will, password without user name.
    [packet] = decode("10 10 0004 4d515454 04 59 003c 0002 6162 0000", protocol="3.1.1")
    assert len(packet["faults"]) >= 3


def test_offsets_count_from_the_start_of_the_input(decode):
    packets = decode("c000", "# a comment", "", "30 05 0003 612f62", "e000")
    assert [p["offset"] for p in packets] == [0, 2, 9]
    assert [p["type"] for p in packets] == ["PINGREQ", "PUBLISH", "DISCONNECT"]


def test_text_points_at_the_bytes(run):
    done = run("decode", "--hex", "80 09 | 0001 | 00 | 0003 612f62 01")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[0].startswith("SUBSCRIBE ") and "# 5.0, 11 bytes at 0" in lines[0]
    assert lines[1] == "#   80 09 00 01 00 00 03 61 2f 62 01"
    assert lines[2] == "#   ^^"
    assert lines[3].startswith("#   v5 MQTT-3.8.1-1, MUST, malformed, byte 0: ")


def test_text_of_a_long_packet_shows_the_bytes_around_the_fault(run):
    done = run("decode", "--hex", "82 39 0001 00" + " 0003 612f62 01" * 8 + " 0003 612f62 41")
    shown = [line for line in done.stdout.splitlines() if line.startswith("#   …")]
    assert done.returncode == 1
    assert shown and all(len(line) < 90 for line in shown)


def test_the_version_follows_connect(run, check):
    connect_311 = "100f 0004 4d515454 04 02 003c 0003 616263"
    done = run("decode", "--json", "--hex", "--from", "client",
               stdin=f"c000\n{connect_311}\n8208 0001 0003 612f62 01\n")
    packets = objects(done)
    for packet in packets:
        check("decode", packet)
    assert [p["version"] for p in packets] == ["5.0", "3.1.1", "3.1.1"]
    assert done.returncode == 0, done.stdout


def test_protocol_has_the_last_word(run):
    connect_311 = "100f 0004 4d515454 04 02 003c 0003 616263"
    done = run("decode", "--json", "--hex", "--protocol", "5.0", connect_311)
    [packet] = objects(done)
    assert packet["version"] == "5.0"
    assert packet["faults"]
    assert done.returncode == 1


def test_a_guessed_version_is_admitted(run):
    done = run("decode", "--hex", "8208 0001 0003 612f62 01")
    assert done.returncode == 1
    assert "judged as 5.0" in done.stderr


def test_raw_stream_that_ends_inside_a_packet(run, check, tmp_path):
    path = tmp_path / "cut"
    path.write_bytes(bytes.fromhex("c000 3007 0003 61"))
    done = run("decode", "--json", path)
    packets = objects(done)
    assert done.returncode == 1
    assert [p["offset"] for p in packets] == [0, 2]
    assert packets[1]["missing"] == 4
    assert packets[1]["notation"] == "RAW h'3007000361'"
    check("decode", packets[1])
    assert "offset 2: ends inside a PUBLISH" in done.stderr


def test_a_length_that_does_not_end_loses_the_stream(run, check, tmp_path):
    path = tmp_path / "broken"
    path.write_bytes(bytes.fromhex("c000 30ffffffff c000"))
    done = run("decode", "--json", path)
    packets = objects(done)
    assert done.returncode == 1
    assert len(packets) == 2
    assert packets[1]["faults"][0]["rule"] == "v5 X5-1.5.5-1"
    check("decode", packets[1])
    assert "offset 2" in done.stderr


def test_hex_lines_do_not_disturb_each_other(run):
    done = run("decode", "--json", "--hex", stdin="30 07 00\nc0 00\n30ffffffff\nd0 00\n")
    assert [p["type"] for p in objects(done)] == ["PUBLISH", "PINGREQ", "PUBLISH", "PINGRESP"]
    assert done.returncode == 1


def test_standard_input_is_read_by_default_and_for_a_dash(run):
    for arguments in ([], ["-"]):
        done = run("decode", *arguments, stdin=b"\xc0\x00", text=False)
        assert done.returncode == 0
        assert done.stdout.startswith(b"PINGREQ")


def test_several_inputs_stand_for_themselves(run, tmp_path):
    (tmp_path / "one").write_bytes(b"\xc0\x00")
    (tmp_path / "two").write_bytes(b"\xe0\x00\x82")
    done = run("decode", "--json", tmp_path / "one", tmp_path / "two")
    assert done.returncode == 1
    assert [(p["type"], p["offset"]) for p in objects(done)] == [("PINGREQ", 0), ("DISCONNECT", 0), ("SUBSCRIBE", 2)]
    assert f"{tmp_path}/two: offset 2: ends inside a SUBSCRIBE" in done.stderr
    done = run("decode", tmp_path / "none", tmp_path / "one")
    assert done.returncode == 2
    assert done.stdout.startswith("PINGREQ")


def test_what_is_printed_can_be_encoded(run, decode):
    lines = [
        "100f 0004 4d515454 04 02 003c 0003 616263",
        "80 09 | 0001 | 00 | 0003 612f62 01",
        "30 07 0003 612f62 00 ff",
        "f1 03 01 02 03",
        "30 03 0005 61",
    ]
    text = run("decode", "--hex", "--protocol", "5.0", stdin="\n".join(lines)).stdout
    back = run("encode", "--protocol", "5.0", stdin=text)
    assert back.returncode == 0, back.stderr
    expected = [line.replace(" ", "").replace("|", "") for line in lines]
    assert back.stdout.split() == expected


def test_secrets_can_be_concealed(run):
    connect = "101d 0004 4d515454 04 c2 003c 0003 616263 0004 75736572 0006 736563726574"
    assert "secret" in run("decode", "--hex", connect).stdout
    concealed = run("decode", "--hex", "--conceal", connect).stdout
    assert "<concealed>" in concealed
    assert "secret" not in concealed


def test_long_strings_can_be_cut(run):
    publish = "30 69 0003 612f62 00" + "78" * 99
    assert len(run("decode", "--hex", publish).stdout) > 100
    assert len(run("decode", "--hex", "--limit", 10, publish).stdout) < 100


def test_large_input_streams(run, tmp_path):
    path = tmp_path / "large"
    packet = bytes.fromhex("30 8708 0003 612f62") + b"x" * 1026
    path.write_bytes(packet * 20000)
    done = run("decode", "--json", "--protocol", "3.1.1", path)
    last = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0
    assert last["offset"] == len(packet) * 19999


@pytest.mark.parametrize(
    ("text", "message"),
    [("c0 0", "standard input:1:5: the last byte has one digit only"),
     ("c000\nzz", "standard input:2:1: expected a hex digit")],
)
def test_bad_hex_is_pointed_at(run, text, message):
    done = run("decode", "--hex", stdin=text)
    assert done.returncode == 2
    assert message in done.stderr


def test_hex_without_hex_is_told_of(run):
    done = run("decode", stdin="c000\n")
    assert done.returncode == 1 and "the input looks like hex text, which --hex reads" in done.stderr
    assert "looks like hex" not in run("decode", "--hex", stdin="c000\n").stderr
    capture = next((pathlib.Path(__file__).resolve().parents[2] / "corpus" / "captures").glob("*.pcapng"))
    assert "looks like a capture, which mqspec lint judges" in run("decode", capture).stderr
    done = run("decode", "c0 00")
    assert done.returncode == 2 and "--hex takes it for a packet" in done.stderr


def test_an_unreadable_file_is_named(run, tmp_path):
    for path in (tmp_path / "none", tmp_path):
        done = run("decode", path)
        assert done.returncode == 2
        assert str(path) in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_goes_away_is_no_error(mqspec):
    producer = subprocess.Popen(
        [mqspec, "decode", "--protocol", "3.1.1"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    producer.stdout.close()
    try:
        producer.stdin.write(b"\xc0\x00" * 200000)
        producer.stdin.close()
    except BrokenPipeError:
        pass
    assert producer.stderr.read() == b""
    producer.stderr.close()
    assert producer.wait(timeout=30) == 0
