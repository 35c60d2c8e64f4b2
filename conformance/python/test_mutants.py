"""mqspec mutants and mqspec serve: the reference broker in virtual time and on a socket."""

import json
import re
import signal
import subprocess

import pytest

PING = """
scenario "ping/is-answered"
proves v5 MQTT-3.12.4-1

client c
c -> PINGREQ
c <- PINGRESP   proves v5 MQTT-3.12.4-1
"""


@pytest.fixture
def serve(mqspec):
    """serve("--defect", …) starts the reference broker on a free port and returns its URL."""
    processes = []

    def start(*options):
        process = subprocess.Popen(
            [mqspec, "serve", "mqtt://127.0.0.1:0", *options], stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        ready = process.stderr.readline()
        return re.fullmatch(r"mqspec serve: ready at (mqtt://127\.0\.0\.1:\d+)\n", ready)[1]

    yield start
    for process in processes:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.fixture
def suite(tmp_path):
    """A folder with one scenario."""
    (tmp_path / "ping.mqs").write_text(PING)
    return tmp_path


def test_a_defect_is_killed_and_the_report_says_by_whom(run, suite, tmp_path):
    report = tmp_path / "mutants.json"
    done = run("mutants", "--suite-dir", suite, "--defect", "v5:MQTT-3.12.4-1", "--json", report)
    assert done.returncode == 0
    assert "1 of 1 defects killed" in done.stdout
    result = json.loads(report.read_text())
    assert result["clean"]["pass"] == 1 and result["clean"]["fail"] == 0
    assert result["duration_ms"] >= 0
    assert [(d["id"], d["rule"], d["killed_by"]) for d in result["defects"]] == [
        ("v5:MQTT-3.12.4-1", "v5 MQTT-3.12.4-1", ["ping/is-answered@5.0"])
    ]


def test_a_survivor_is_named_and_fails(run, suite):
    done = run("mutants", "--suite-dir", suite, "--defect", "v5:MQTT-3.8.3-2")
    assert done.returncode == 1
    assert "SURVIVES" in done.stdout


@pytest.mark.parametrize("command", ["mutants", "serve"])
def test_an_unknown_defect_is_a_complaint(run, command):
    url = ["mqtt://127.0.0.1:0"] if command == "serve" else []
    done = run(command, "--defect", "v5:MQTT-0", *url)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "v5:MQTT-0" in done.stderr


def test_the_broker_is_good_or_bad_as_wanted(run, serve):
    wanted = ["--only", "retain/*", "--protocol", "3.1.1", "--quiet"]
    assert run("test", serve(), *wanted).returncode == 0
    assert run("test", serve("--defect", "v311:MQTT-3.3.1-9"), *wanted).returncode == 1


def test_a_variant_is_served_and_turns_nothing_red(run, serve):
    url = serve("--variant", "copy-each", "--variant", "delivers-at-pubrel")
    assert run("test", url, "--only", "qos/*", "--protocol", "3.1.1", "--quiet").returncode == 0


def test_variants_and_brokers_that_are_none_are_in_the_report(run, check, suite, tmp_path):
    report = tmp_path / "mutants.json"
    done = run("mutants", "--suite-dir", suite, "--json", report)
    assert done.returncode == 1  # what acknowledges everything passes it
    result = json.loads(report.read_text())
    assert {defect["rule"] for defect in result["defects"]} == {"v5 MQTT-3.12.4-1"}, "of what it proves"
    check("mutants", result)
    variants = {variant["name"]: variant for variant in result["variants"]}
    assert variants["copy-each"]["fail"] == [] and "v5" in variants["copy-each"]["allows"]
    assert result["lenient"]["wrong"] == []
    degenerate = {broker["name"]: broker["pass"] for broker in result["degenerate"]}
    assert degenerate["echoes"] == []
    assert degenerate["only-acknowledges"] == ["ping/is-answered@5.0"]


def test_the_list_names_variants(run):
    done = run("list", "--variants")
    assert done.returncode == 0
    assert "copy-each  sends a copy for each subscription that matches (" in done.stdout


def test_the_list_names_defects(run):
    done = run("list", "--defects", "--protocol", "5.0")
    assert done.returncode == 0
    assert all(line.startswith("v5:") for line in done.stdout.splitlines())
    assert "v5:MQTT-3.8.3-2/blind-subscribe-empty" in done.stdout
