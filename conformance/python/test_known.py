"""Lists of known failures: --known and --write-known."""

import re

import pytest

WRONG = """\
scenario "mine/wrong"
proves v5 MQTT-3.12.4-1, v311 MQTT-3.12.4-1
versions 3.1.1, 5.0

client c
c -> PINGREQ
c <- PUBACK id=1
"""

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


@pytest.fixture
def suite(tmp_path):
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "wrong.mqs").write_text(WRONG)
    (folder / "blocked.mqs").write_text(BLOCKED)
    return folder


@pytest.fixture
def judge(run, mosquitto, suite, tmp_path, reports):
    """judge("mine/wrong@5.0 …", …): the run of the suite with this list of known failures."""

    def call(*lines, options=()):
        known = tmp_path / "known"
        known.write_text("".join(f"{line}\n" for line in lines))
        return run("test", mosquitto.url, "--suite-dir", suite, "--known", known, *options, *reports.options)

    return call


V311 = "mine/wrong@3.1.1  v311 MQTT-3.12.4-1  # answers"
V5 = "mine/wrong@5.0  v5 MQTT-3.12.4-1  # answers"
OTHER = "mine/blocked@5.0  -  # no such answer"


def test_all_that_is_listed_is_known(judge, reports):
    done = judge(V311, V5, OTHER)
    assert done.returncode == 0, done.stdout
    assert "(3 known)" in done.stdout
    report = reports.json()
    assert report["summary"]["known"] == 3 and report["stale"] == []
    assert {case["known"] for case in report["cases"]} == {"answers", "no such answer"}
    skipped = [c.find("skipped").get("message") for c in reports.junit().iter("testcase")]
    assert skipped and all(message.startswith("known: ") for message in skipped)
    assert sum(" # TODO known: " in line for line in reports.tap()) == 3


def test_what_is_not_listed_is_red(judge):
    done = judge(V311, OTHER)
    assert done.returncode == 1
    assert "FAIL    mine/wrong@5.0" in done.stdout and "mine/wrong@3.1.1" not in done.stdout


def test_a_list_is_exact_about_the_rule(judge):
    done = judge(V311, "mine/wrong@5.0  v5 MQTT-3.8.4-1  # another rule", OTHER)
    assert done.returncode == 1
    assert "FAIL    mine/wrong@5.0" in done.stdout
    assert ":2: mine/wrong@5.0 did not fail by v5 MQTT-3.8.4-1" in done.stdout


def test_a_glob_names_cases_each_of_which_must_fail(judge, suite):
    glob = "mine/wrong*@5.0  v5 MQTT-3.12.4-1  # all"
    other = WRONG.replace("mine/wrong", "mine/wrong-too").replace(", v311 MQTT-3.12.4-1", "").replace("3.1.1, ", "")
    (suite / "other.mqs").write_text(other)
    assert judge(glob, V311, OTHER).returncode == 0
    (suite / "other.mqs").write_text(other.replace("PUBACK id=1", "PINGRESP"))
    done = judge(glob, V311, OTHER)
    assert done.returncode == 1
    assert "known:1: mine/wrong-too@5.0 " in done.stdout


def test_an_entry_that_does_not_fail_any_more_is_stale(judge, suite, reports):
    (suite / "wrong.mqs").write_text(WRONG.replace("PUBACK id=1", "PINGRESP"))
    done = judge(V311, V5, OTHER)
    assert done.returncode == 1
    stale = [line for line in done.stdout.splitlines() if line.startswith("stale: ")]
    assert [re.search(r"known:(\d): (\S+)", line).groups() for line in stale] == [
        ("1", "mine/wrong@3.1.1"), ("2", "mine/wrong@5.0")]
    assert [entry["line"] for entry in reports.json()["stale"]] == [1, 2]


def test_an_entry_whose_case_did_not_run_is_not_stale(judge, suite):
    assert judge(V311, V5, OTHER, options=("--protocol", "3.1.1")).returncode == 0
    assert judge(V311, V5, OTHER, options=("--skip", "mine/blocked")).returncode == 0
    (suite / "blocked.mqs").write_text(BLOCKED.replace("versions 5.0", "versions 5.0\nneeds no-retain"))
    assert judge(V311, V5, OTHER).returncode == 0


@pytest.mark.parametrize(
    ("range_", "known"),
    [("[2.0.0..2.9]", True), ("[2.0..]", True), ("[..99]", True), ("[1.0..1.9]", False), ("[3.0..]", False)],
)
def test_a_range_limits_an_entry_to_versions_of_the_broker(judge, range_, known):
    ranged = V5.replace("  #", f"  {range_}  #")
    assert judge(V311, ranged, OTHER).returncode == (0 if known else 1)


def test_an_entry_for_other_versions_of_the_broker_is_not_stale(judge, suite):
    (suite / "wrong.mqs").write_text(WRONG.replace("PUBACK id=1", "PINGRESP"))
    assert judge(V5.replace("  #", "  [..1.6]  #"), OTHER).returncode == 0


def test_what_is_written_is_exactly_what_is_red(run, judge, mosquitto, suite, tmp_path):
    written = tmp_path / "written"
    done = run("test", mosquitto.url, "--suite-dir", suite, "--write-known", written)
    assert done.returncode == 1
    lines = [line for line in written.read_text().splitlines() if not line.startswith("#")]
    named = [line.split("  ")[:2] for line in lines]
    assert sorted(named) == [["mine/blocked@5.0", "-"], ["mine/wrong@3.1.1", "v311 MQTT-3.12.4-1"],
                             ["mine/wrong@5.0", "v5 MQTT-3.12.4-1"]]
    assert judge(*lines).returncode == 0


def test_reasons_that_were_given_are_kept(judge, tmp_path):
    written = tmp_path / "written"
    assert judge(V5, options=("--write-known", written)).returncode == 1
    lines = [line for line in written.read_text().splitlines() if "mine/" in line]
    assert len(lines) == 3
    assert [line.split("# ")[1] for line in lines if line.startswith("mine/wrong@5.0")] == ["answers"]


def test_a_bad_list_is_pointed_at(run, tmp_path):
    known = tmp_path / "known"
    known.write_text("connect/accepted@5.0  v5 MQTT-0.0.0-0  # no such rule\n")
    done = run("test", "mqtt://127.0.0.1:1", "--known", known)
    assert done.returncode == 2
    assert f"{known}:1:23: " in done.stderr
    assert done.stderr.splitlines()[2].startswith(" " * 22 + "^")


@pytest.mark.parametrize("line", ["mine/wrong@5.0", "mine/wrong  v5 MQTT-3.12.4-1  # no version",
                                  "mine/wrong@5.0  v5 MQTT-3.12.4-1",
                                  "mine/wrong@5.0  v5 MQTT-3.12.4-1  [2.0  # open"])
def test_an_entry_has_a_case_a_rule_and_a_reason(judge, line):
    done = judge(line)
    assert done.returncode == 2
    assert ":1:" in done.stderr
