"""mqspec encode: notation to bytes."""

import pytest


@pytest.mark.parametrize(
    ("text", "protocol", "expected"),
    [
        ("PINGREQ", "5.0", "c000"),
        ('PUBLISH topic="a/b" payload="hi"', "3.1.1", "30070003612f626869"),
        ('PUBLISH topic="a/b" payload="hi"', "5.0", "30080003612f62006869"),
        ('SUBSCRIBE !flags=0 id=1 ["a/b" qos=1]', "5.0", "80090001000003612f6201"),
        ("RAW h'00ff'", "5.0", "00ff"),
    ],
)
def test_one_packet_an_argument(run, text, protocol, expected):
    done = run("encode", "--protocol", protocol, text)
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected + "\n"


def test_one_packet_a_line(run):
    done = run("encode", stdin="# a comment\n\nPINGREQ  # ping\nPINGRESP\r\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "c000\nd000\n"


def test_raw_bytes(run):
    done = run("encode", "--raw", "PINGREQ", "PINGRESP", text=False)
    assert done.stdout == b"\xc0\x00\xd0\x00"


def test_a_large_packet(run):
    done = run("encode", "--raw", "--protocol", "3.1.1",
               'PUBLISH topic="a" payload=fill(2000000)', text=False)
    assert done.returncode == 0
    assert len(done.stdout) == 2000000 + 3 + 4 + 1 - 1


def test_an_error_has_a_caret(run):
    done = run("encode", 'PUBLISH topic="a" qqs=1')
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert done.stdout == ""
    assert lines[0].startswith("mqspec encode: column 19: ")
    assert lines[1] == '  PUBLISH topic="a" qqs=1'
    assert lines[2] == "  " + " " * 18 + "^~~"


def test_an_error_in_a_line_has_its_number(run):
    done = run("encode", stdin="PINGREQ\nPINGPONG\n")
    assert done.returncode == 2
    assert done.stdout == "c000\n"
    assert done.stderr.startswith("mqspec encode: line 2, column 1: ")
