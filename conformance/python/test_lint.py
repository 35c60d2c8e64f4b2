"""mqspec lint: who broke what in a capture."""

import json
import pathlib
import struct
import subprocess

import pytest

from reports import Reports

TLS_12 = pathlib.Path(__file__).resolve().parents[2] / "corpus/captures/tls-1.2.pcapng"  # its keys are not inside
CASE = "malformed/pingreq-flags[flags=0x1]@5.0"


@pytest.fixture(name="capture", scope="module")
def make_capture(run, mosquitto, tmp_path_factory):
    """Mosquitto answers a PINGREQ with a reserved flag: both sides break a rule."""
    folder = tmp_path_factory.mktemp("evidence")
    assert run("test", mosquitto.url, "--evidence", folder, "--only", CASE).returncode == 1
    (path,) = folder.glob("*.pcapng")
    return path


def lint(run, check, *arguments):
    done = run("lint", "--json", *arguments)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        check("lint", line)
    return done, lines[:-1], lines[-1]["summary"]


def test_both_sides_are_judged(run, check, capture):
    done, breaches, summary = lint(run, check, capture)
    assert done.returncode == 1
    assert [(b["frame"], b["side"], b["rule"], b["level"], b["notation"]) for b in breaches] == [
        (6, "client", "v5 MQTT-2.1.3-1", "MUST", "PINGREQ !flags=0x01"),
        (7, "server", "v5 MQTT-4.13.1-1", "MUST", "PINGRESP"),
    ]
    assert (summary["connections"], summary["packets"]) == (1, 5)
    assert summary["client"] == summary["server"] == {"MUST": 1, "SHOULD": 0}


def test_frames_are_counted_as_wireshark_does(run, check, capture):
    _, breaches, _ = lint(run, check, capture)
    types = subprocess.run(
        ["tshark", "-r", capture, "-Y", f"frame.number == {breaches[0]['frame']}", "-T", "fields",
         "-e", "mqtt.msgtype"], check=True, text=True, capture_output=True).stdout.strip()
    assert types == "12"


def test_text_names_frame_time_connection_side_and_rule(run, capture):
    done = run("lint", capture)
    assert done.stdout.startswith("frame 6  0.00")
    assert " s  #1 client  v5 MQTT-2.1.3-1 (MUST): " in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "5 packets on 1 connection: client broke 1 MUST, 0 SHOULD; server broke 1 MUST, 0 SHOULD")


def test_a_side_that_broke_nothing_is_no_failure(run, tmp_path):
    path = tmp_path / "client.hex"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 c1 00\n")
    assert run("lint", "--side", "client", path).returncode == 1
    assert run("lint", "--side", "server", path).returncode == 0


def test_a_good_session_is_good(run, check, tmp_path):
    path = tmp_path / "good.hex"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | e0 00\n")
    done, breaches, summary = lint(run, check, path)
    assert (done.returncode, breaches, summary["packets"]) == (0, [], 2)


def test_what_joined_midway_is_judged_with_a_version_only(run, check, tmp_path):
    path = tmp_path / "midway.hex"
    path.write_text("c1 00\n")
    done, breaches, summary = lint(run, check, path)
    assert (done.returncode, breaches, summary["unversioned"], summary["judged"]) == (2, [], 1, 0)
    assert done.stderr.count("\n") == 1
    assert "nothing was judged: no CONNECT names the version; --protocol VERSION gives it" in done.stderr
    done, breaches, _ = lint(run, check, "--protocol", "3.1.1", path)
    assert done.returncode == 1
    assert "v311 MQTT-2.2.2-1" in [b["rule"] for b in breaches]


@pytest.mark.parametrize("path", [__file__, "/etc/passwd"])
def test_what_is_no_mqtt_is_not_green(run, check, tmp_path, path):
    reports = Reports(tmp_path, check)
    done = run("lint", "--junit", reports.paths["junit"], path)
    assert done.returncode == 2 and "nothing was judged: " in done.stderr
    assert "nothing was judged: " in reports.junit()[0][0].find("error").get("message")


def test_what_is_judged_in_part_is_told(run, check, tmp_path):
    path = tmp_path / "both.hex"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | e0 00\nc0 00\n")
    done, _, summary = lint(run, check, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (summary["packets"], summary["judged"], summary["unversioned"]) == (3, 2, 1)
    assert "note: 1 connection was not judged: no CONNECT names its version" in run("lint", path).stdout


def test_one_connection_of_many(run, check, tmp_path):
    lines, path = tmp_path / "two.hex", tmp_path / "two.pcapng"
    lines.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 c1 00\n"
                     "10 0d 0004 4d515454 04 02 003c 0001 62 e0 00\n")
    assert run("convert", lines, path).returncode == 0
    done, breaches, summary = lint(run, check, "--connection", "2", path)
    assert (done.returncode, breaches, summary["connections"]) == (0, [], 1)
    assert lint(run, check, path)[0].returncode == 1


CONNECTS = {"3.1": "100f 0006 4d5149736470 03 02 003c 0001 61",
            "3.1.1": "100d 0004 4d515454 04 02 003c 0001 61",
            "5.0": "100e 0004 4d515454 05 02 003c 00 0001 61"}
CONTINUATION, TEXT, BINARY, FINAL = 0, 1, 2, 0x80


def frame(kind, payload):
    mask = bytes((7, 1, 9, 3))
    return bytes((kind, 0x80 | len(payload))) + mask + bytes(
        byte ^ mask[i % 4] for i, byte in enumerate(payload))


@pytest.mark.parametrize("version, rules", [
    ("3.1", []), ("3.1.1", ["v311 MQTT-6.0.0-1"]), ("5.0", ["v5 MQTT-6.0.0-1"])])
def test_websocket_is_unwrapped_and_its_frames_are_judged(run, check, tmp_path, version, rules):
    """CONNECT is spread over two frames, DISCONNECT is in a text frame, of which 3.1 says nothing."""
    raw, path = tmp_path / "raw", tmp_path / "ws.pcapng"
    connect = bytes.fromhex(CONNECTS[version])
    raw.write_bytes(b"GET /mqtt HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                    b"sec-websocket-protocol: mqtt\r\n\r\n"
                    + frame(BINARY, connect[:5]) + frame(FINAL | CONTINUATION, connect[5:])
                    + frame(FINAL | BINARY, b"\xc0\x00") + frame(FINAL | TEXT, b"\xe0\x00"))
    assert run("convert", "--format", "binary", raw, path).returncode == 0
    done, breaches, summary = lint(run, check, path)
    assert [b["rule"] for b in breaches] == rules
    assert (summary["connections"], summary["packets"]) == (1, 3)
    assert done.returncode == (1 if rules else 0)


def test_several_files_keep_their_names(run, check, capture, tmp_path):
    other = tmp_path / "other.hex"
    other.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 e0 00\n")
    done = run("lint", "--json", capture, other)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        check("lint", line)
    assert [line["summary"]["file"] for line in lines if "summary" in line] == [
        str(capture), str(other)]
    assert done.returncode == 1


def test_a_cut_file_is_judged_as_far_as_it_goes(run, check, capture, tmp_path):
    path = tmp_path / "cut.pcapng"
    path.write_bytes(capture.read_bytes()[:-20])
    done, breaches, _ = lint(run, check, path)
    assert (done.returncode, len(breaches)) == (2, 2)
    assert "the file ends inside a block" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("side, failures", [("both", 2), ("server", 1)])
def test_junit_has_a_case_for_each_rule_that_a_side_broke(
        run, check, capture, tmp_path, side, failures):
    reports = Reports(tmp_path, check)
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(capture.read_bytes()[:-20])
    done = run("lint", "--side", side, "--junit", reports.paths["junit"], capture, cut)
    assert done.returncode == 2
    root = reports.junit()
    assert [(suite.get("name"), suite.get("failures"), suite.get("errors")) for suite in root] == [
        (str(capture), str(failures), "0"), (str(cut), str(failures), "1")]
    assert [(case.get("classname"), case.get("name")) for case in root[0]] == [
        (str(capture), "client v5 MQTT-2.1.3-1"), (str(capture), "server v5 MQTT-4.13.1-1")]
    assert "frame 7  " in root[0][1].find("failure").text
    assert "the file ends inside a block" in root[1][0].find("error").get("message")


CONNECT = "10 0d 0004 4d515454 04 02 003c 0001 61"


@pytest.fixture(name="recorded")
def make_recorded(run, serve, tmp_path):
    """A flag is reserved: the server sets it on the second connection, the client on the third."""
    lines, path = tmp_path / "two.hex", tmp_path / "recorded.pcapng"
    lines.write_text(f"{CONNECT} | c0 00 | e0 00\n{CONNECT} | 82 06 0001 0001 62 00 | c0 00\n{CONNECT} | c1 00\n")
    run("replay", lines, serve("--defect", "v311:MQTT-2.2.2-1/suback"), "--save", path)
    return path


def test_a_breach_is_found_at_its_frame_time_and_connection(run, check, recorded):
    _, breaches, summary = lint(run, check, recorded)
    found = sorted((b["connection"], b["side"], b["rule"], b["notation"].split()[0]) for b in breaches)
    assert found == [
        (2, "server", "v311 MQTT-2.2.2-1", "SUBACK"), (3, "client", "v311 MQTT-2.2.2-1", "PINGREQ")]
    assert summary["client"]["MUST"] == summary["server"]["MUST"] == 1
    lines = run("lint", recorded).stdout.splitlines()
    for breach, line in zip(breaches, lines[::2]):
        assert line.startswith(f"frame {breach['frame']}  {breach['time']:.6f} s  #{breach['connection']} {breach['side']}  {breach['rule']} (MUST): ")
    assert run("lint", "--quiet", recorded).stdout.splitlines() == lines[-1:]


def test_time_and_connection_are_those_of_the_frame(run, check):
    path = TLS_12.parent / "malformed-5.0.pcapng"
    _, breaches, _ = lint(run, check, path)
    shown = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "frame.time_relative", "-e", "tcp.stream"],
                           check=True, text=True, capture_output=True).stdout.splitlines()
    times = {breach["frame"]: float(shown[breach["frame"] - 1].split()[0]) for breach in breaches}
    begin = breaches[0]["time"] - times[breaches[0]["frame"]]
    assert begin <= 0 and len(set(times.values())) > 2
    for breach in breaches:
        assert abs(breach["time"] - times[breach["frame"]] - begin) < 2e-6
    streams = [int(shown[breach["frame"] - 1].split()[1]) for breach in breaches]
    assert [breach["connection"] for breach in breaches] == [1 + sorted(set(streams)).index(stream) for stream in streams]


def test_junit_tells_sides_and_versions_apart(run, check, recorded, tmp_path):
    """One number is two rules: v311 MQTT-3.8.3-4 is of QoS 3, v5 MQTT-3.8.3-4 of No Local on a share."""
    reports = Reports(tmp_path, check)
    versions = tmp_path / "versions.hex"
    versions.write_text(f"{CONNECT} | 82 06 0001 0001 62 03\n"
                        "10 0e 0004 4d515454 05 02 003c 00 0001 61 | 82 10 0001 00 000a 24 7368617265 2f 67 2f 62 04\n")
    run("lint", "--junit", reports.paths["junit"], recorded, versions)
    names = [[case.get("name") for case in suite] for suite in reports.junit()]
    assert {"client v311 MQTT-2.2.2-1", "server v311 MQTT-2.2.2-1"} <= set(names[0])
    assert {"client v311 MQTT-3.8.3-4", "client v5 MQTT-3.8.3-4", "server"} <= set(names[1])


def test_junit_escapes_and_tells_the_first_ten(run, check, tmp_path):
    reports = Reports(tmp_path, check)
    path, broken = tmp_path / "a<b>&\"c.hex", tmp_path / "x<&>.mqs"
    path.write_text(f"{CONNECT} | 82 08 0001 0003 3c2326 00\n" * 12)  # a filter <#&
    broken.write_text('scenario "a/b"\nversions 5.0\nclient c\nc -> SUBSCRIBE id=1 ["a" qso=1]\n')
    assert run("lint", "--junit", reports.paths["junit"], path, broken).returncode == 2
    suites = reports.junit()
    assert [(suite.get("name"), suite[0].get("classname")) for suite in suites] == [(str(p), str(p)) for p in (path, broken)]
    [case] = [case for case in suites[0] if case.get("name") == "client v311 MQTT-4.7.1-2"]
    lines = case.find("failure").text.splitlines()
    assert lines[1::2][:10] == ['    SUBSCRIBE id=1 ["<#&" qos=0]'] * 10
    assert [line.split("#")[1].split(":")[0] for line in lines[::2][:10]] == [str(n) for n in range(1, 11)]
    assert lines[20:] == ["and 2 more"]
    message = suites[1][0].find("error").get("message")
    assert '"qso"' in message and run("lint", broken).stderr == f"mqspec lint: {broken}: {message}\n"


@pytest.mark.parametrize("options, status, failures", [((), 0, "0"), (("--strict",), 1, "1"),
                                                       (("--strict", "--side", "server"), 0, "0")])
def test_what_should_not_be_counts_where_that_is_asked_for(run, check, tmp_path, options, status, failures):
    """A control character in a topic."""
    reports = Reports(tmp_path, check)
    path = tmp_path / "escape.hex"
    path.write_text(f"{CONNECT} | 30 05 0001 1b 78 79\n")
    done, breaches, summary = lint(run, check, *options, "--junit", reports.paths["junit"], path)
    assert (done.returncode, [b["level"] for b in breaches]) == (status, ["SHOULD"])
    assert (summary["client"], summary["server"]) == ({"MUST": 0, "SHOULD": 1}, {"MUST": 0, "SHOULD": 0})
    root = reports.junit()
    assert root.get("failures") == failures
    [case] = [case for case in root[0] if case.get("name") == "client v311 X311-1.5.3-1"]
    [part] = case
    assert (part.tag, part.get("type")) == (("failure", "WARN") if failures == "1" else ("system-out", None))


def test_what_is_not_there_is_noted(run, check, tmp_path):
    """Frames cut to 80 bytes; a length that never ends; a session that begins before the capture."""
    hexes, whole, snapped, midway = (tmp_path / name for name in ("a.hex", "a.pcapng", "snapped.pcapng", "midway.pcapng"))
    hexes.write_text(f"{CONNECT} | 30 50 0001 61 {'78' * 77} | 30 50 0001 61 {'78' * 77} | c0 00\n")
    assert run("convert", hexes, whole).returncode == 0
    subprocess.run(["editcap", "-s", "80", whole, snapped], check=True)
    subprocess.run(["editcap", "-r", whole, midway, "5-99"], check=True)
    for path, options, member, note in (
        (snapped, (), "not_whole", "note: 2 packets are not there whole, or too large: not judged"),
        (midway, ("--protocol", "3.1.1", "--port", "1883"), "midway",
         "note: 1 connection began before the capture: what it had open is unknown"),
        (midway, ("--port", "1883"), "unversioned",
         "note: 1 connection was not judged: no CONNECT names its version, and no --protocol"),
    ):
        _, _, summary = lint(run, check, *options, path)
        notes = [line for line in run("lint", *options, path).stdout.splitlines() if line.startswith("note: ")]
        assert summary[member] == int(note.split()[1]) and note in notes, (summary, notes)


def test_junit_of_a_good_session_passes(run, check, tmp_path):
    reports = Reports(tmp_path, check)
    path = tmp_path / "good.hex"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | e0 00\n")
    assert run("lint", "--junit", reports.paths["junit"], path).returncode == 0
    root = reports.junit()
    assert [(case.get("name"), len(case)) for case in root[0]] == [("client", 0), ("server", 0)]


def ethernet(*frames, link=1):
    """A pcap file."""
    return struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link) + b"".join(
        struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame for frame in frames)


def test_what_was_passed_over_is_told_in_every_form(run, check, tmp_path):
    """A good session among TLS without its keys, half a packet and a link of unknown type."""
    fragment = (bytes(12) + b"\x08\x00" + bytes.fromhex("4500 0018 0001 2001 4006 0000 7f000001 7f000001")
                + bytes(4))
    good, odd, user, path = (tmp_path / f"{name}.pcapng" for name in ("good", "odd", "user", "all"))
    (tmp_path / "good.hex").write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | e0 00\n")
    assert run("convert", tmp_path / "good.hex", good).returncode == 0
    odd.write_bytes(ethernet(fragment, fragment, fragment[:20]))
    user.write_bytes(ethernet(bytes(40), link=147))
    subprocess.run(["mergecap", "-w", path, good, TLS_12, odd, user], check=True)
    reports = Reports(tmp_path, check)
    done, breaches, summary = lint(run, check, "--junit", reports.paths["junit"], path)
    assert (done.returncode, breaches, summary["packets"]) == (0, [], 2)
    assert [summary[name] for name in ("tls_without_key", "fragments", "cut", "unknown_links")] == [1, 2, 1, 1]
    notes = [line for line in run("lint", path).stdout.splitlines(keepends=True) if line.startswith("note: ")]
    assert len(notes) == 4
    assert reports.junit()[0].find("system-out").text == "".join(notes)


def test_a_scenario_that_waits_has_no_late_answers(run, tmp_path):
    """What the broker says to it is not there, so that nothing of it can be late."""
    path = tmp_path / "slow.mqs"
    path.write_text('scenario "a/slow-one"\nversions 5.0\nclient c\nwait 15s\nc -> PINGREQ\nwait 15s\n')
    done = run("lint", path)
    assert (done.returncode, done.stdout) == (
        0, "2 packets on 1 connection: client broke 0 MUST, 0 SHOULD; server broke 0 MUST, 0 SHOULD\n")


def test_a_pipe_will_do(run, capture):
    done = run("lint", "-", stdin=capture.read_bytes(), text=False)
    assert done.returncode == 1 and b"v5 MQTT-2.1.3-1" in done.stdout


@pytest.mark.parametrize("arguments, why", [
    ((), "expected a file, such as night.pcapng"),
    (("/nonexistent",), "/nonexistent: No such file or directory"),
    (("--junit", "-", "x"), "--junit -: expected a file, for standard output has the breaches"),
    (("--junit", "/", "x"), "cannot write /: Is a directory"),
    (("--side", "me", "x"), "--side me: expected client, server or both"),
    (("--protocol", "4", "x"), None),
])
def test_wrong_usage(run, arguments, why):
    done = run("lint", *arguments)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert why is None or done.stderr == f"mqspec lint: {why}\n"


@pytest.mark.parametrize("name, begin, why", [
    ("night.pcapng", b"GIF89a", "expected a pcap or pcapng file, found 0x47"),
    ("night.pcap.gz", b"\x1f\x8b\x08\x00", "found 0x1f: it is compressed, gzip -dc unpacks it"),
    ("empty.cap", b"", "expected a pcap or pcapng file, found nothing"),
])
def test_what_is_named_as_a_capture_is_not_taken_for_a_clients_bytes(
        run, tmp_path, name, begin, why):
    path = tmp_path / name
    path.write_bytes(begin)
    done = run("lint", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"mqspec lint: {path}: offset 0: ") and why in done.stderr


def test_a_connection_that_is_not_there_is_told(run, capture):
    done = run("lint", "--connection", "9", capture)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no such connection in it; it has 1 with MQTT" in done.stderr


def test_a_capture_without_mqtt_says_so(run, tmp_path):
    raw, path = tmp_path / "banner", tmp_path / "other.pcapng"
    raw.write_bytes(b"SSH-2.0-test\r\n")
    assert run("convert", "--format", "binary", raw, path).returncode == 0
    done = run("lint", path)
    assert done.returncode == 2
    assert "no MQTT in it: 5 frames, 1 TCP connection, 0 of TLS; --port PORT, if it is MQTT" in done.stderr
