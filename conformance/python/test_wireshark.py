"""The plugin in a real tshark: what lint says of a capture, its expert infos say too."""

import json

import pytest

from conftest import TOP

CASES = [
    "malformed/pingreq-flags[flags=0x1]@3.1.1",
    "malformed/pingreq-flags[flags=0x1]@5.0",
    "flow/next-connection-may-take-less@5.0",
    "subscribe/no-local-on-a-share-closes-the-connection[q=1]@5.0",
]
CORPUS = ["malformed-3.1.1", "malformed-5.0", "pingreq-flags-websocket"]
FIELDS = ("frame.number", "mqspec.rule", "mqspec.side", "mqspec.level")


@pytest.fixture(name="captures", scope="module")
def make_captures(run, mosquitto, tmp_path_factory):
    folder = tmp_path_factory.mktemp("captures")
    only = [word for case in CASES for word in ("--only", case)]
    assert run("test", mosquitto.url, "--evidence", folder, *only).returncode == 1
    paths = sorted(folder.glob("*.pcapng"))
    assert len(paths) == len(CASES)
    return paths + [TOP / "corpus" / "captures" / f"{name}.pcapng" for name in CORPUS]


def of_lint(run, path):
    lines = [json.loads(line) for line in run("lint", "--json", path).stdout.splitlines()]
    return [(str(b["frame"]), b["rule"], b["side"], b["level"]) for b in lines if "rule" in b]


def of_tshark(tshark, path, *options):
    words = [word for field in FIELDS for word in ("-e", field)]
    out = tshark(path, "-Y", "mqspec", "-T", "fields", "-E", "aggregator=;", *words, *options)
    found = []
    for line in out.splitlines():
        frame, *columns = line.split("\t")
        found += [(frame, *values) for values in zip(*(c.split(";") for c in columns))]
    return found


@pytest.mark.parametrize("passes", [(), ("-2",)])
def test_the_plugin_says_what_lint_says(run, tshark, captures, passes):
    for path in captures:
        expected = of_lint(run, path)
        assert expected and of_tshark(tshark, path, *passes) == expected


def test_breaches_are_expert_infos_and_can_be_filtered_for(tshark, captures):
    path = next(path for path in captures if "pingreq" in path.name and "@5.0" in path.name)
    assert "v5 MQTT-2.1.3-1, client: " in tshark(path, "-q", "-z", "expert,error")
    assert tshark(path, "-Y", 'mqspec.side == "server"').count("\n") == 1
    assert tshark(path, "-Y", 'mqspec.fault == "v5 MQTT-2.1.3-1"').count("\n") == 1


def test_a_good_capture_has_none(run, tshark, tmp_path):
    good, path = tmp_path / "good.hex", tmp_path / "good.pcapng"
    good.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | c0 00 | e0 00\n")
    assert run("convert", good, path).returncode == 0
    assert of_tshark(tshark, path) == []
    assert tshark(path, "-Y", "mqtt").count("\n") == 3
