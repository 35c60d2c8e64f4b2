"""Which cases run: --only, --skip, --protocol, --suite, --suite-dir, --intrusive, --list."""

import pytest

SCENARIO = """\
scenario "mine/{name}"
proves   v5 MQTT-3.12.4-1
{header}
client c
c -> PINGREQ
c <- PINGRESP
"""


@pytest.fixture
def folder(tmp_path):
    """folder(one="", two="since 1.1"): a suite of scenarios with these header lines."""

    def write(**scenarios):
        for name, header in scenarios.items():
            path = tmp_path / "suite" / name / "case.mqs"
            path.parent.mkdir(parents=True)
            path.write_text(SCENARIO.format(name=name, header=header))
        return tmp_path / "suite"

    return write


@pytest.fixture
def ran(run, mosquitto, reports):
    """The cases that mqspec test runs with these options."""

    def call(*options):
        done = run("test", mosquitto.url, *options, *reports.options)
        assert done.returncode == 0, done.stdout + done.stderr
        cases = set(reports.verdicts())
        assert set(run("test", "--list", *options).stdout.splitlines()) == cases
        return cases

    return call


def test_only_takes_names_globs_cases_and_requirements(ran):
    name = ran("--only", "ping/pingreq-is-answered")
    assert name == {f"ping/pingreq-is-answered@{version}" for version in ("3.1", "3.1.1", "5.0")}
    assert ran("--only", "ping/pingreq-is-answered@5.0") == {"ping/pingreq-is-answered@5.0"}
    assert all(case.startswith("ping/") for case in ran("--only", "ping"))
    assert ran("--only", "ping/*") == ran("--only", "ping") > name
    assert name <= ran("--only", "ping/*answered*")
    assert {"ping/pingreq-is-answered@5.0"} <= ran("--only", "v5:MQTT-3.12.4-1")
    assert all(case.endswith("@3.1.1") for case in ran("--only", "v311:MQTT-3.12.4-1"))
    member = "connect/extreme-values-are-accepted[p=topic-alias-maximum=0]"
    assert ran("--only", member) == {f"{member}@5.0"}
    assert member + "@5.0" in ran("--only", "connect/extreme-values-are-accepted")


def test_skip_takes_the_same(ran):
    every = ran("--only", "ping/*")
    assert ran("--only", "ping/*", "--skip", "*@3.1") == {c for c in every if not c.endswith("@3.1")}
    proving = ran("--only", "v5:MQTT-3.12.4-1", "--only", "v311:MQTT-3.12.4-1") & every
    rest = ran("--only", "ping/*", "--skip", "v5:MQTT-3.12.4-1", "--skip", "v311:MQTT-3.12.4-1")
    assert rest == every - proving


def test_protocol_limits_the_versions(run, mosquitto, reports):
    run("test", mosquitto.url, "--only", "ping/*", "--protocol", "3.1,3.1.1", *reports.options)
    assert {case.rsplit("@")[1] for case in reports.verdicts()} == {"3.1", "3.1.1"}
    assert reports.json()["target"]["versions"] == ["3.1", "3.1.1"]


def test_suite_leaves_out_what_came_later(ran, folder):
    path = folder(always="", early="since 1.0", later="since 1.1", much="since 1.10")

    def names(*options):
        return {case.split("@")[0] for case in ran("--suite-dir", path, *options)}

    assert names() == {"mine/always", "mine/early", "mine/later", "mine/much"}
    assert names("--suite", "1.0") == {"mine/always", "mine/early"}
    assert names("--suite", "1.1") == {"mine/always", "mine/early", "mine/later"}
    assert names("--suite", "2.0") == names()


@pytest.mark.parametrize(("header", "reason"), [("intrusive", "it may harm others"), ("slow", "it takes up to")])
def test_some_cases_run_only_when_asked_for(run, mosquitto, folder, reports, header, reason):
    path = folder(plain="", special=header)
    assert run("test", "--list", "--suite-dir", path).stdout == "mine/plain@5.0\n"
    done = run("test", mosquitto.url, "--suite-dir", path, *reports.options)
    assert reports.verdicts() == {"mine/plain@5.0": "pass", "mine/special@5.0": "skip"}
    assert f"skipped 1: {reason}" in done.stdout
    run("test", mosquitto.url, "--suite-dir", path, f"--{header}", *reports.options)
    assert reports.verdicts() == {"mine/plain@5.0": "pass", "mine/special@5.0": "pass"}


def test_a_capability_that_is_missing_is_a_reason_to_skip(run, mosquitto, folder, reports):
    path = folder(needy="needs no-retain")
    done = run("test", mosquitto.url, "--suite-dir", path, *reports.options)
    assert reports.verdicts() == {"mine/needy@5.0": "skip"}
    assert "skipped 1: needs no-retain: " in done.stdout


def test_list_needs_no_broker(run):
    done = run("test", "--list", "--only", "ping/*")
    assert done.returncode == 0
    assert "ping/pingreq-is-answered@5.0" in done.stdout.splitlines()
    assert run("test", "mqtt://127.0.0.1:1", "--list").returncode == 0


@pytest.mark.parametrize("command", [["test", "URL"], ["test", "--list"], ["list"], ["list", "--cases"]])
@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_pattern_that_means_nothing_is_wrong_usage(run, mosquitto, command, option):
    words = [mosquitto.url if word == "URL" else word for word in command]
    done = run(*words, option, "nothing/like-this")
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{option} nothing/like-this: no case" in done.stderr


def test_no_case_at_all_is_red(run, mosquitto):
    done = run("test", mosquitto.url, "--only", "ping/*", "--skip", "ping/*")
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith("0 cases: 0 passed in ")
    assert last.endswith(" s: the options, and the versions that the broker accepts, leave none")


def test_a_scenario_that_plays_a_server_is_left_out_loudly(run, mosquitto, tmp_path):
    (tmp_path / "a.mqs").write_text('scenario "mine/a"\nversions 3.1.1\nserver s\ns <- CONNECT\ns -> CONNACK\n')
    done = run("test", mosquitto.url, "--suite-dir", tmp_path)
    assert done.returncode == 1
    assert done.stderr == "mqspec test: 1 scenario with a `server` is left out: here mqspec plays clients\n"


def test_a_bad_scenario_is_pointed_at(run, folder):
    path = folder(good="")
    (path / "bad.mqs").write_text('scenario "mine/bad"\nversions 5.0\n\nclient c\nc <- PINGPONG\n')
    done = run("test", "mqtt://127.0.0.1:1", "--suite-dir", path)
    assert done.returncode == 2
    assert f"{path}/bad.mqs:5:6: " in done.stderr
    assert done.stderr.splitlines()[1:] == ["c <- PINGPONG", "     ^~~~~~~~"]
