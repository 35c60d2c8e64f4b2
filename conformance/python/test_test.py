"""mqspec test and probe against a real Mosquitto: what is shown, and what is in the reports."""

import json
import re

import pytest

# Red, warned, skipped and passed cases, none of them one that waits for what does not come.
QUICK = ("--only", "ping/*", "--only", "subscribe/*", "--skip", "subscribe/no-local-can-be-taken-back",
         "--only", "connect/second-connect-ends-the-connection")


def test_reports_agree_with_each_other(run, mosquitto, reports, tmp_path):
    done = run("test", mosquitto.url, *QUICK, *reports.options)
    verdicts = reports.verdicts()
    report = reports.json()
    assert done.returncode == 1, done.stderr
    assert {"pass", "fail", "warn", "skip"} <= set(verdicts.values())
    assert report["target"]["url"] == mosquitto.url
    assert "2." in report["target"]["broker"]
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"{len(verdicts)} cases: {report['summary']['pass']} passed")
    assert sorted(tmp_path.iterdir()) == sorted(reports.paths.values())
    reds = [case for case in report["cases"] if case["verdict"] == "fail"]
    assert all(case["broken"] and case["transcript"] and case["expected"] for case in reds)


def test_a_pipe_gets_plain_text(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*")
    assert done.returncode == 0
    assert "\033" not in done.stdout and "\r" not in done.stdout
    assert done.stderr == ""


def test_a_terminal_gets_progress_and_colour(terminal, mosquitto):
    shown = terminal("test", mosquitto.url, *QUICK)
    assert "\r\033[K0/" in shown
    assert "\033[1;31mFAIL" in shown
    quiet = terminal("test", mosquitto.url, *QUICK, "--no-color", "--quiet")
    assert "\033" not in quiet


def test_a_report_on_standard_output_has_it_alone(run, check, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*", "--json", "-")
    check("test-report", json.loads(done.stdout))
    assert "passed" in done.stderr


def test_quiet_is_one_line(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*", "--quiet")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1


def test_verbose_has_a_line_for_each_case(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*", "--verbose")
    cases = run("test", "--list", "--only", "ping/*").stdout.splitlines()
    shown = re.findall(r"^PASS    +\d+ ms  (.*)$", done.stdout, re.MULTILINE)
    assert sorted(shown) == sorted(cases)


def test_trace_has_the_packets_of_each_case(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/pingreq-is-answered@3.1.1", "--trace")
    shown = [line.split(maxsplit=2)[1:] for line in done.stdout.splitlines() if line.startswith("    0.")]
    assert ["|-------->|", "PINGREQ"] in shown
    assert ["|<--------|", "PINGRESP"] in shown


WRONG = """\
# Claims that PINGREQ is not answered: every broker fails it.
scenario "mine/wrong"
proves v5 MQTT-3.12.4-1, v311 MQTT-3.12.4-1
versions 3.1.1, 5.0

client c
c -> PINGREQ
c <- PUBACK id=1
"""


@pytest.fixture
def wrong(tmp_path):
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "wrong.mqs").write_text(WRONG)
    return folder


def test_a_failure_is_told_with_its_evidence(run, mosquitto, wrong, reports):
    done = run("test", mosquitto.url, "--suite-dir", wrong, *reports.options)
    assert done.returncode == 1
    for part in ("FAIL    mine/wrong@5.0", "v5 MQTT-3.12.4-1 (MUST, section 3.12.4): ",
                 "expected  PUBACK id=1", "actual    PINGRESP", "c      -> PINGREQ",
                 f"{wrong}/wrong.mqs:8", f"--suite-dir '{wrong}' --only 'mine/wrong@5.0'"):
        assert part in done.stdout
    assert set(reports.verdicts().values()) == {"fail"}
    cases = reports.json()["cases"]
    assert [case["broken"] for case in cases] == [["v311 MQTT-3.12.4-1"], ["v5 MQTT-3.12.4-1"]]
    assert all(case["runs"] == 2 for case in cases)
    alone = re.search(r"alone +mqspec (test .*)", done.stdout).group(1)
    again = run(*[word.strip("'") for word in alone.split()])
    assert again.returncode == 1
    assert again.stdout.splitlines()[-1].startswith("1 case: 0 passed, 1 failed")


BLOCKED = """\
scenario "mine/blocked"
proves v5 MQTT-3.12.4-1
versions 5.0

client c
c -> PINGREQ
c <- PUBACK id=1
c -> PINGREQ
c <- PINGRESP    proves v5 MQTT-3.12.4-1
"""


def test_a_line_that_proves_nothing_is_blocked(run, mosquitto, wrong, reports):
    (wrong / "wrong.mqs").write_text(BLOCKED)
    done = run("test", mosquitto.url, "--suite-dir", wrong, *reports.options)
    assert done.returncode == 1
    assert "BLOCKED mine/blocked@5.0" in done.stdout
    assert reports.verdicts() == {"mine/blocked@5.0": "blocked"}


def test_a_case_that_does_not_end_in_time_is_ended(run, mosquitto, wrong, reports):
    (wrong / "wrong.mqs").write_text(WRONG.replace("PUBACK id=1", "PINGRESP\nc <- PINGRESP"))
    done = run("test", mosquitto.url, "--suite-dir", wrong, "--timeout", "2", "--jobs", "1",
               *reports.options)
    assert done.returncode == 2
    assert set(reports.verdicts().values()) == {"error"}
    assert "ERROR   mine/wrong@5.0" in done.stdout


VAIN = """\
scenario "mine/vain"
proves v5 MQTT-3.12.4-1
versions 5.0

client c
c -> PINGREQ
c <- PINGRESP
c <- nothing
"""


def test_sabotage_is_noticed(run, mosquitto, reports):
    """It breaks a MUST, a SHOULD and silence; a case that is red before says nothing."""
    done = run("test", mosquitto.url, "--sabotage", "--only", "ping/*", "--only", "errors/second-connect-is-named",
               "--only", "subscribe/no-local-on-a-share-closes-the-connection[q=1]", *reports.options)
    assert done.returncode == 0, done.stdout
    verdicts = reports.verdicts()
    assert verdicts["errors/second-connect-is-named@5.0"] == "pass"
    assert set(verdicts.values()) == {"pass"}


def test_sabotage_of_what_comes_unasked_is_noticed_too(run, mosquitto, wrong, reports):
    (wrong / "wrong.mqs").write_text(VAIN)
    assert run("test", mosquitto.url, "--sabotage", "--suite-dir", wrong, *reports.options).returncode == 0
    assert reports.verdicts() == {"mine/vain@5.0": "pass"}


def test_sabotage_finds_a_case_that_is_red_anyway(run, mosquitto, wrong, reports):
    (wrong / "wrong.mqs").write_text(BLOCKED)
    done = run("test", mosquitto.url, "--sabotage", "--suite-dir", wrong, *reports.options)
    assert reports.verdicts() == {"mine/blocked@5.0": "skip"}
    assert "skipped 1: red before proving line 1 of 1 was reached" in done.stdout


def test_strict_makes_a_warning_red(run, mosquitto, reports):
    case = "connect/second-connect-ends-the-connection@5.0"
    assert run("test", mosquitto.url, "--only", case).returncode == 0
    done = run("test", mosquitto.url, "--only", case, "--strict", *reports.options)
    assert done.returncode == 1
    assert reports.verdicts() == {case: "warn"}
    assert reports.junit().get("failures") == "1"


@pytest.mark.parametrize("way", ["URL", "option", "option with ="])
def test_secrets_appear_nowhere(run, mosquitto, reports, way):
    options = {"URL": [mosquitto.url.replace("mqtt://", "mqtt://alice:s3cr3t-w0rd@")],
               "option": [mosquitto.url, "--user", "alice", "--password", "s3cr3t-w0rd"],
               "option with =": ["--user=alice", "--password=s3cr3t-w0rd", mosquitto.url]}[way]
    done = run("test", *options, "--only", "connect/*", "--skip", "connect/second-connect-publishes-the-will",
               "--trace", *reports.options)
    shown = done.stdout + done.stderr + "".join(path.read_text() for path in reports.paths.values())
    assert 'username="alice"' in shown
    for secret in ("s3cr3t-w0rd", b"s3cr3t-w0rd".hex()):
        assert secret not in shown


def test_the_command_for_one_case_says_what_to_fill_in(run, mosquitto, wrong):
    url = mosquitto.url.replace("mqtt://", "mqtt://alice:s3cr3t-w0rd@")
    done = run("test", url, "--suite-dir", wrong, "--segment", "1")
    assert f"alone     mqspec test {mosquitto.url} --user 'alice' --password '***' --segment '1' " in done.stdout


def test_probe_is_one_screen(run, check, mosquitto):
    done = run("probe", mosquitto.url)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == mosquitto.url
    assert "mosquitto version 2." in lines[1]
    assert lines[2].split()[-3:] == ["3.1,", "3.1.1,", "5.0"]
    assert len(lines) <= 50
    assert "qos2" in done.stdout
    done = run("probe", mosquitto.url, "--json")
    report = json.loads(done.stdout)
    check("test-report", report)
    assert report["cases"] == []
    assert {"qos2", "retain"} <= {one["name"] for one in report["capabilities"]}


def test_probe_of_one_version(run, mosquitto):
    report = json.loads(run("probe", mosquitto.url, "--protocol", "3.1.1", "--json").stdout)
    assert report["target"]["versions"] == ["3.1.1"]
    assert {one["version"] for one in report["capabilities"]} == {"3.1.1"}


@pytest.mark.parametrize("variant", ["no-shares", "maximum-qos-0"])
def test_what_is_announced_as_missing_is_not_asked_for(run, serve, variant):
    report = json.loads(run("probe", serve("--variant", variant), "--json").stdout)
    assert not [one for one in report["capabilities"] if "itself breaks" in one["why_not"]]
