"""mqspec replay: what a broker with a defect did is done again, with the defect and without it."""

import json
import pathlib
import subprocess

import pytest

from middle import fragile

CAPTURES = pathlib.Path(__file__).resolve().parents[2] / "corpus" / "captures"

# A defect of the reference broker, and a case that finds it: what goes wrong is a packet, an
# answer that does not come, a close, or something that only two connections show.
DEFECTS = [
    ("v311:MQTT-3.6.1-1/blind-pubrel-flags", "malformed/pubrel-flags[flags=0]@3.1.1"),
    ("v311:MQTT-3.3.1-4/blind-publish-qos", "malformed/publish-qos-3[flags=0x6]@3.1.1"),
    ("v311:MQTT-2.3.1-7", "subscribe/suback-repeats-the-identifier[id=1]@3.1.1"),
    ("v5:MQTT-2.2.1-5/pubrel", "qos/broker-completes-a-qos-2-delivery@5.0"),
    ("v5:MQTT-3.8.3-4/blind-options-no-local",
     "subscribe/no-local-on-a-share-closes-the-connection[q=0]@5.0"),
    ("v5:MQTT-2.2.1-6/unsuback", "subscribe/answers-to-several-requests-do-not-mix@5.0"),
    ("v5:X5-3.8.2.1.2-1/blind-subscribe-subscription-identifier-range",
     "properties/subscription-identifier-0@5.0"),
    ("v311:MQTT-1.5.3-2/blind-subscribe-filter-nul",
     "malformed/filter-with-u0000[bad=h'610062']@3.1.1"),
    ("v5:MQTT-4.8.2-1/blind-share-name-empty",
     "subscribe/ill-formed-share-is-not-granted[f=$share//t]@5.0"),
    ("v311:X311-7.1-1/blind-short", "malformed/subscribe-cut[n=1]@3.1.1"),
    ("v5:MQTT-3.2.2-2", "session/none-after-clean-start@5.0"),
]


def capture(run, url, case, folder, *options):
    done = run("test", url, "--evidence", folder, "--only", case, *options)
    assert done.returncode == 1, done.stdout
    (path,) = folder.glob("*.pcapng")
    return path


def replay(run, *arguments):
    done = run("replay", "--json", *arguments)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("defect, case", DEFECTS)
def test_a_failure_is_reproduced_where_it_was_and_nowhere_else(run, serve, tmp_path, defect, case):
    faulty = serve("--defect", defect)
    path = capture(run, faulty, case, tmp_path)
    status, now = replay(run, path, faulty)
    assert (status, now["outcome"]) == (0, "reproduced"), now
    status, now = replay(run, path, serve())
    assert status == 1 and now["outcome"] in ("gone", "different"), now
    assert now["differences"]


def test_the_same_is_said_in_words(run, serve, tmp_path):
    defect, case = DEFECTS[2]
    path = capture(run, serve("--defect", defect), case, tmp_path)
    done = run("replay", path, serve())
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("gone: the broker does not break v311 MQTT-")


def test_what_a_scenario_expects_is_said_to_be_unjudged(run, serve, tmp_path):
    """That a message is retained only its scenario knows: no rule is broken by what comes."""
    url = serve("--defect", "v311:MQTT-3.3.1-8")
    capture(run, url, "retain/outlives-the-publishers-session@3.1.1", tmp_path)
    [scenario] = tmp_path.glob("*.mqs")
    unjudged = "what the scenario expects is not judged: `mqspec test URL --suite-dir FILE` does"
    status, now = replay(run, scenario, url)
    assert (status, now["outcome"], unjudged in now["why"]) == (1, "gone", True)
    done = run("minimise", scenario, url, "--out", tmp_path / "short")
    assert done.returncode == 1 and unjudged in done.stderr
    assert run("test", url, "--suite-dir", scenario).returncode == 1


def test_what_was_said_can_be_kept(run, serve, tmp_path):
    defect, case = DEFECTS[2]
    faulty = serve("--defect", defect)
    path, live = capture(run, faulty, case, tmp_path / "e"), tmp_path / "live.pcapng"
    status, _ = replay(run, path, faulty, "--save", live)
    assert status == 0
    assert run("lint", "--side", "server", live).returncode == 1


def test_a_delivery_that_comes_later_is_acknowledged_later(run, mosquitto, tmp_path):
    """Aedes delivers on PUBLISH, Mosquitto on PUBREL: what answers the delivery has to wait for it."""
    live = tmp_path / "live.pcapng"
    status, now = replay(run, CAPTURES / "aedes.pcapng", mosquitto.url, "--save", live)
    assert (status, now["outcome"], now["differences"]) == (0, "reproduced", [])
    assert run("lint", "--side", "client", live).returncode == 0


def test_what_is_missing_in_a_capture_is_said(run, serve, tmp_path):
    """Frames cut to 80 bytes, and a file that ends inside a frame: the rest is played."""
    whole, snapped, cut = CAPTURES / "paho-5.0.pcapng", tmp_path / "s.pcapng", tmp_path / "c.pcapng"
    subprocess.run(["editcap", "-s", "80", whole, snapped], check=True)
    cut.write_bytes(whole.read_bytes()[:-50])
    url = serve()
    done = run("replay", "--json", snapped, url)
    assert "not there whole" in done.stderr or "followed to their end" in done.stderr
    missing = json.loads(done.stdout)["missing"]
    assert missing["not_whole"] + missing["blind"] > 0 and not missing["broken_off"]
    done = run("replay", "--json", cut, url)
    assert done.stderr.startswith(f"note: {cut} breaks off, and is played as far as it goes: offset ")
    assert json.loads(done.stdout)["missing"]["broken_off"] and done.returncode in (0, 1)
    cut.write_bytes(whole.read_bytes()[:100])
    assert run("replay", cut, url).returncode == 2


def test_what_it_leaves_can_be_cleaned_up(run, serve, tmp_path):
    """A session that is kept, and a retained message: without --clean both are there the next time."""
    path, url = tmp_path / "left.hex", serve()
    path.write_text("10 0d 0004 4d515454 04 00 003c 0001 61 | 82 06 0001 0001 74 00 | 31 04 0001 74 78"
                    " | c0 00 | e0 00\n")

    def said(*options):
        live = tmp_path / "live.pcapng"
        assert run("replay", path, url, "--save", live, *options).returncode in (0, 1)
        return run("convert", live, "-").stdout

    for _ in range(2):
        text = said("--clean")
        assert "session-present=0" in text and text.count("<- PUBLISH") == 1
    kept = tmp_path / "kept.pcapng"
    run("replay", path, url, "--clean", "--save", kept)
    assert run("replay", kept, url).stdout == "reproduced: the broker answers as in the recording\n"
    again = run("replay", kept, url)
    assert again.returncode == 1 and "kept sessions of these clients" in again.stderr
    text = said()
    assert "session-present=1" in text and text.count("<- PUBLISH") == 2


def test_credentials_and_names_are_rewritten(run, serve, tmp_path):
    path, live = tmp_path / "c.hex", tmp_path / "live.pcapng"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | e0 00\n")
    url = serve().replace("mqtt://", "mqtt://alice:secret@")
    status, _ = replay(run, path, url, "--rename", "-again", "--save", live)
    assert status in (0, 1)
    sent = tmp_path / "sent.hex"
    assert run("convert", live, sent).returncode == 0
    text = run("decode", "--hex", sent).stdout
    assert 'client-id="a-again"' in text and 'username="alice" password="secret"' in text


SUBSCRIBER = "10 0d 0004 4d515454 04 02 003c 0001 61 | 82 06 0001 0001 74 00 | c0 00 | e0 00\n"


def test_then_and_now_are_told_apart(run, serve, tmp_path):
    """A capture of a faulty broker played to a good one, and the other way round."""
    path, bad, good = (tmp_path / name for name in ("c.hex", "bad.pcapng", "good.pcapng"))
    path.write_text(SUBSCRIBER)
    faulty, sound = serve("--defect", "v311:MQTT-2.3.1-7"), serve()
    run("replay", path, faulty, "--save", bad)
    run("replay", path, sound, "--save", good)
    rule = "v311 MQTT-2.3.1-7"
    for capture_file, url, outcome, word, then, now in (
            (bad, sound, "gone", "then", [rule], []), (good, faulty, "different", "now", [], [rule])):
        status, told = replay(run, capture_file, url, "--patience", "0.5")
        assert (status, told["outcome"], told["rounds"]) == (1, outcome, 1)
        assert (rule in told["broken_then"], rule in told["broken_now"]) == (rule in then, rule in now), told
        lines = run("replay", capture_file, url, "--patience", "0.5").stdout.splitlines()
        assert {line for line in lines if rule in line and line.startswith("broken")} == {f"broken {word:4}  {rule}"}
        [frame] = {d["frame"] for d in told["differences"] if "SUBACK" in d["text"] and d["frame"]} or [None]
        assert frame is None or any(line.startswith(f"frame {frame}  #1  ") for line in lines), lines
        if capture_file == bad:
            shown = subprocess.run(["tshark", "-r", bad, "-Y", "mqtt.msgtype == 9", "-T", "fields", "-e", "frame.number"],
                                   check=True, text=True, capture_output=True).stdout
            assert frame == int(shown)


def test_what_fails_now_and_then_is_played_until_it_does(run, serve, free_port, tmp_path):
    """Each third SUBSCRIBE of this topic ends the connection."""
    path = tmp_path / "often.mqs"
    path.write_text('scenario "often/fails"\nversions 5.0\nclient c\nc -> SUBSCRIBE id=1 ["killer"]\nc <- SUBACK\n')
    with fragile(free_port, serve(), "third") as url:
        assert replay(run, path, url)[0] == 1
        status, told = replay(run, path, url, "--times", "9")
        assert (status, told["outcome"], told["rounds"]) == (0, "reproduced", 2)
        done = run("replay", path, url, "--times", "2")
        assert done.returncode == 1 and done.stdout.endswith(" (round 2)\n")


def sent(run, path, url, *options):
    """What the client said this time, in notation, and when."""
    live, lines = path.with_suffix(".live.pcapng"), path.with_suffix(".jsonl")
    assert run("replay", path, url, "--save", live, *options).returncode in (0, 1)
    assert run("convert", live, lines).returncode == 0
    packets = map(json.loads, lines.read_text().splitlines())
    return [(packet["time"], packet["notation"]) for packet in packets if packet["side"] == "client"]


def test_raw_is_as_it_was(run, serve, tmp_path):
    path = tmp_path / "c.hex"
    path.write_text(SUBSCRIBER)
    changes = ("--rename", "-again", "--as", "alice:secret")
    assert 'client-id="a-again"' in sent(run, path, serve(), *changes)[0][1]
    assert sent(run, path, serve(), "--raw", *changes)[0][1] == 'CONNECT clean-start keep-alive=60 client-id="a"'


def test_the_pace_is_that_of_the_capture_where_it_is_asked_for(run, serve, tmp_path):
    """A client waits for half a second. No play may be faster than it is told."""
    path, url = tmp_path / "slow.mqs", serve()
    path.write_text('scenario "slow/one"\nversions 3.1.1\nclient c\nc -> PINGREQ\nc <- PINGRESP\nwait 500ms\n'
                    "c -> PINGREQ\nc <- PINGRESP\nc <- PUBLISH within 100ms\n")
    slow = capture(run, url, "slow/one@3.1.1", tmp_path, "--suite-dir", path)

    def pause(*options):
        times = [time for time, text in sent(run, slow, url, *options) if text == "PINGREQ"]
        return times[1] - times[0]

    assert pause("--pace", "real") >= 0.45
    assert pause("--pace", "x2.5") >= 0.18


def test_what_was_said_cannot_be_kept(run, serve, tmp_path):
    path, full = tmp_path / "c.hex", tmp_path / "full.pcapng"
    path.write_text(SUBSCRIBER)
    full.symlink_to("/dev/full")
    done = run("replay", path, serve(), "--save", full)
    assert (done.returncode, done.stderr) == (2, f"mqspec replay: cannot write {full}: No space left on device\n")
    assert done.stdout.splitlines()[-1].startswith("gone: ")


def test_a_broker_that_is_not_there(run, free_port, tmp_path):
    path = tmp_path / "c.hex"
    path.write_text("10 0d 0004 4d515454 04 02 003c 0001 61 | e0 00\n")
    done = run("replay", path, f"mqtt://127.0.0.1:{free_port}")
    assert done.returncode == 3
    assert done.stderr.startswith("mqspec replay: cannot connect to mqtt://127.0.0.1:")


@pytest.mark.parametrize("arguments, why", [
    ((), "expected FILE and URL, such as night.pcapng mqtt://127.0.0.1"),
    (("/nonexistent", "mqtt://127.0.0.1"), "/nonexistent: No such file or directory"),
    *((("--pace", pace, "a", "b"), f"--pace {pace}: expected fast, real, or x and a number, 0.001 to 1000000")
      for pace in ("slow", "x", "x.", "x0", "x-1", "xinf", "xnan", "x0x2", "x1000001")),
    (("--as", "me", "a", "b"), "--as: expected USER:PASSWORD"),
    (("a", "mqtt://a", "--save", "/nonexistent/b.pcapng"),
     "cannot write /nonexistent/b.pcapng: No such file or directory"),
])
def test_wrong_usage(run, arguments, why):
    done = run("replay", *arguments)
    assert (done.returncode, done.stderr) == (2, f"mqspec replay: {why}\n")
