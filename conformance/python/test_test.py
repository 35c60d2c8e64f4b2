"""mqspec test and probe, end to end against a real Mosquitto."""

import json
import os
import signal
import socket
import subprocess
import time
import xml.etree.ElementTree

import pytest

QUICK = ("--only", "ping/*", "--only", "subscribe/*")


def read_json(path, check):
    report = json.loads(path.read_text())
    check("test-report", report)
    return report


def read_junit(path):
    """The root; its counts have been compared with what it holds."""
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == "testsuites"
    for scope in [root, *root.findall("testsuite")]:
        cases = list(scope.iter("testcase"))
        assert int(scope.get("tests")) == len(cases)
        for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(scope.get(attribute)) == sum(c.find(kind) is not None for c in cases)
    return root


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def retained(port):
    """Topics that a new subscriber to everything gets."""
    done = subprocess.run(
        ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-t", "#", "-v", "-W", "1",
         "--retained-only"],
        capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def test_reports_agree_with_each_other(run, check, mosquitto, tmp_path):
    files = {name: tmp_path / name for name in ("json", "junit", "tap")}
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    done = run("test", mosquitto.url, *QUICK, *options)
    assert done.returncode in (0, 1), done.stderr
    report = read_json(files["json"], check)
    root = read_junit(files["junit"])
    tap = files["tap"].read_text().splitlines()
    names = [f"{case['id']}@{case['version']}" for case in report["cases"]]
    assert names and len(names) == len(set(names))
    assert report["target"]["url"] == mosquitto.url
    assert "2." in report["target"]["broker"]
    assert sum(report["summary"].values()) == len(names)
    assert sorted(f"{c.get('name')}@{c.get('classname')}" for c in root.iter("testcase")) == sorted(names)
    assert tap[:2] == ["TAP version 14", f"1..{len(names)}"]
    assert sum(line.startswith(("ok ", "not ok ")) for line in tap) == len(names)
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"{len(names)} cases: {report['summary']['pass']} passed")
    assert sorted(tmp_path.iterdir()) == sorted(files.values())


def test_a_pipe_gets_plain_text(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*")
    assert "\033" not in done.stdout and "\r" not in done.stdout
    assert done.stderr == ""


def test_a_report_on_standard_output_has_it_alone(run, check, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*", "--json", "-")
    check("test-report", json.loads(done.stdout))
    assert "passed" in done.stderr


def test_quiet_is_one_line(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*", "--quiet")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1


def test_protocol_limits_the_versions(run, check, mosquitto, tmp_path):
    path = tmp_path / "report"
    run("test", mosquitto.url, *QUICK, "--protocol", "3.1,3.1.1", "--json", path)
    report = read_json(path, check)
    assert {case["version"] for case in report["cases"]} <= {"3.1", "3.1.1"}
    assert report["target"]["versions"] == ["3.1", "3.1.1"]


def test_list_needs_no_broker(run):
    done = run("test", "--list", "--only", "ping/*")
    assert done.returncode == 0
    assert "ping/pingreq-is-answered@5.0" in done.stdout.splitlines()
    assert run("test", "mqtt://127.0.0.1:1", "--list").returncode == 0


def test_a_pattern_that_means_nothing_is_wrong_usage(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "nothing/like-this")
    assert done.returncode == 2
    assert "--only nothing/like-this: no case" in done.stderr


def test_no_case_at_all_is_red(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*", "--skip", "ping/*")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("0 cases: 0 passed in ")


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


def test_a_failure_is_told_with_its_evidence(run, check, mosquitto, wrong, tmp_path):
    path = tmp_path / "report"
    done = run("test", mosquitto.url, "--suite-dir", wrong, "--json", path)
    assert done.returncode == 1
    for part in ("FAIL    mine/wrong@5.0", "v5 MQTT-3.12.4-1 (MUST, section 3.12.4): ",
                 "expected  PUBACK id=1", "actual    PINGRESP", "c      -> PINGREQ",
                 f"{wrong}/wrong.mqs:8", f"--suite-dir '{wrong}' --only 'mine/wrong@5.0'"):
        assert part in done.stdout
    failed = [case for case in read_json(path, check)["cases"] if case["verdict"] == "fail"]
    assert [case["broken"] for case in failed] == [["v311 MQTT-3.12.4-1"], ["v5 MQTT-3.12.4-1"]]
    assert all(case["runs"] == 2 for case in failed)


def test_known_failures_are_written_and_read(run, check, mosquitto, wrong, tmp_path):
    known, path = tmp_path / "known", tmp_path / "report"
    junit = tmp_path / "junit"
    suite = ("--suite-dir", wrong)
    assert run("test", mosquitto.url, *suite, "--write-known", known).returncode == 1
    done = run("test", mosquitto.url, *suite, "--known", known, "--json", path, "--junit", junit)
    assert done.returncode == 0, done.stdout
    assert "(2 known)" in done.stdout
    assert read_json(path, check)["summary"]["known"] == 2
    skipped = [c.find("skipped").get("message") for c in read_junit(junit).iter("testcase")]
    assert all(message.startswith("known: ") for message in skipped)
    (wrong / "wrong.mqs").write_text(WRONG.replace("PUBACK id=1", "PINGRESP"))
    done = run("test", mosquitto.url, *suite, "--known", known)
    assert done.returncode == 1
    assert f"stale: {known}:3: mine/wrong@" in done.stdout


def test_a_bad_list_of_known_failures_is_pointed_at(run, tmp_path):
    known = tmp_path / "known"
    known.write_text("connect/accepted@5.0  v5 MQTT-0.0.0-0  # no such rule\n")
    done = run("test", "mqtt://127.0.0.1:1", "--known", known)
    assert done.returncode == 2
    assert f"{known}:1:23: " in done.stderr
    assert done.stderr.splitlines()[2].startswith(" " * 22 + "^")


def test_a_bad_scenario_is_pointed_at(run, wrong):
    (wrong / "wrong.mqs").write_text(WRONG + "c <- PINGPONG\n")
    done = run("test", "mqtt://127.0.0.1:1", "--suite-dir", wrong)
    assert done.returncode == 2
    assert "wrong.mqs:9:6: " in done.stderr


def test_an_unreachable_broker_leaves_valid_reports(run, check, tmp_path):
    url = f"mqtt://127.0.0.1:{free_port()}"
    files = {name: tmp_path / name for name in ("json", "junit", "tap")}
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    done = run("test", url, *options)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert str(url.split(":")[-1]) in done.stderr
    report = read_json(files["json"], check)
    assert report["failed"] and report["cases"] == []
    assert read_junit(files["junit"]).get("errors") == "1"
    assert "Bail out!" in files["tap"].read_text()
    assert run("probe", url).returncode == 3


def test_a_host_that_does_not_exist(run):
    done = run("test", "mqtt://host.invalid")
    assert done.returncode == 3
    assert "host.invalid" in done.stderr


def test_a_port_where_no_broker_answers(run):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mqtt://127.0.0.1:{silent.getsockname()[1]}"
        done = run("test", url, "--timeout", "2")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_secrets_appear_nowhere(run, mosquitto, tmp_path):
    files = [tmp_path / name for name in ("json", "junit", "tap")]
    url = mosquitto.url.replace("mqtt://", "mqtt://alice:s3cr3t-w0rd@")
    done = run("test", url, "--only", "connect/*", "--trace", "--json", files[0], "--junit", files[1],
               "--tap", files[2])
    shown = done.stdout + done.stderr + "".join(path.read_text() for path in files)
    assert "connect/" in shown
    for secret in ("s3cr3t-w0rd", b"s3cr3t-w0rd".hex()):
        assert secret not in shown


def start(mqspec, url, *options):
    """Starts a whole run and waits until its cases have begun."""
    process = subprocess.Popen(
        [mqspec, "test", url, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = process.stdout.readline()
    assert first.startswith("mqspec "), process.communicate()
    time.sleep(0.5)
    return process


def test_ctrl_c_cleans_up_and_reports(mqspec, check, mosquitto, tmp_path):
    path, junit = tmp_path / "json", tmp_path / "junit"
    before = retained(mosquitto.port)
    process = start(mqspec, mosquitto.url, "--json", path, "--junit", junit)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == ""
    assert out.splitlines()[-1].startswith("interrupted: ")
    report = read_json(path, check)
    assert report["interrupted"] is True
    read_junit(junit)
    assert retained(mosquitto.port) == before


def test_a_broker_that_dies_is_told(mqspec, check, mortal, tmp_path):
    path, junit = tmp_path / "json", tmp_path / "junit"
    process = start(mqspec, mortal.url, "--json", path, "--junit", junit)
    os.kill(mortal.pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "the broker died: " in out
    assert read_json(path, check)["died"]
    assert read_junit(junit).find("testsuite").get("name") == "broker"


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
    check("test-report", json.loads(done.stdout))
