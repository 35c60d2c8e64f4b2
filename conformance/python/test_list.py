"""mqspec list: scenarios, cases, requirements."""

import csv
import json
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[2]


def rows_of(done, check):
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        check("requirements", row)
    return rows


def test_scenarios_have_names_versions_and_comments(run):
    done = run("list")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1].split()
    assert last[1] == "scenarios," and last[3] == "cases"
    assert int(last[0]) > 0 and int(last[2]) >= int(last[0])
    assert "    proves v5 MQTT-" in done.stdout


def test_cases_are_named_once(run):
    cases = run("list", "--cases").stdout.split("\n")[:-1]
    assert len(cases) == len(set(cases))
    assert all(case.endswith(("@3.1", "@3.1.1", "@5.0")) for case in cases)
    counted = int(run("list").stdout.splitlines()[-1].split()[2])
    assert len(cases) == counted


def test_only_and_skip_select(run):
    every = run("list", "--cases").stdout.splitlines()
    connect = run("list", "--cases", "--only", "connect/*").stdout.splitlines()
    rest = run("list", "--cases", "--skip", "connect/*").stdout.splitlines()
    assert connect and all(case.startswith("connect/") for case in connect)
    assert sorted(connect + rest) == sorted(every)
    one = run("list", "--cases", "--only", connect[0]).stdout.splitlines()
    assert one == connect[:1]
    v5 = run("list", "--cases", "--protocol", "5.0").stdout.splitlines()
    assert v5 == [case for case in every if case.endswith("@5.0")]


def test_requirements_are_all_rows_of_all_catalogues(run, check):
    rows = rows_of(run("list", "--requirements", "--json"), check)
    listed = [(row["version"], row["id"], row["level"], row["observable"]) for row in rows]
    expected = []
    for name in ("mqtt-3.1", "mqtt-3.1.1", "mqtt-3.1.1-unnumbered", "mqtt-5.0", "mqtt-5.0-unnumbered"):
        path = TOP / "conformance" / "requirements" / f"{name}.tsv"
        with path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                version = name.split("-")[1]
                expected.append((version, row["id"], row["level"], row["server_observable"]))
    assert listed == expected


def test_status_and_scenarios_agree(run, check):
    rows = rows_of(run("list", "--requirements", "--json"), check)
    names = {line.split("@")[0].split("[")[0]
             for case in (run("list", "--cases"), run("list", "--cases", "--only", "probe/*"))
             for line in case.stdout.splitlines()}
    for row in rows:
        assert (row["status"] == "proved") == bool(row["scenarios"])
        assert (row["why"] == "") == (row["status"] == "proved")
        assert set(row["scenarios"]) <= names
    assert any(row["status"] == "proved" for row in rows)


def test_requirements_of_a_selection(run, check):
    rows = rows_of(run("list", "--requirements", "--json", "--only", "v5:MQTT-3.8.3-*"), check)
    assert {row["id"] for row in rows} == {f"MQTT-3.8.3-{n}" for n in range(1, 6)}
    assert {row["version"] for row in rows} == {"5.0"}


def test_defects_and_variants_of_a_selection(run):
    lines = run("list", "--defects", "--only", "v5:MQTT-3.3.1-9").stdout.splitlines()
    assert len(lines) > 1 and all(line.startswith("v5:MQTT-3.3.1-9") for line in lines)
    [line] = run("list", "--variants", "--only", "no-retain").stdout.splitlines()
    assert line.startswith("no-retain  ")


def test_a_requirement_says_what_it_asks(run):
    lines = run("list", "--requirements", "--only", "v5 MQTT-3.8.3-4").stdout.splitlines()
    assert lines[1] == "    Setting No Local on a Shared Subscription is a Protocol Error."
    assert lines[-1].split()[:3] == ["5.0", "1", "1"]
    assert "catalogue" in lines[-2], "catalogues without a row are left out"


def test_a_need_that_nobody_asks_for_is_a_mistake(run, tmp_path):
    (tmp_path / "a.mqs").write_text('scenario "mine/a"\nproves v5 MQTT-3.1.4-5\nneeds websocket, wildcard\n'
                                    "client c\nc -> PINGREQ\nc <- PINGRESP\n")
    done = run("list", "--suite-dir", tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path}/a.mqs:1: mine/a needs `wildcard`, but there is no scenario probe/wildcard" in done.stderr


def test_the_table_ends_with_counts(run):
    lines = run("list", "--requirements").stdout.splitlines()
    assert lines[-6].split()[:3] == ["catalogue", "rows", "proved"]
    assert lines[-2].split()[:2] == ["5.0", "251"]


def test_a_suite_folder_is_read_in_order_and_complained_of(run, tmp_path):
    good = 'scenario "mine/{}"\nproves v5 MQTT-3.1.4-5\nversions 5.0\n\nclient c\nc -> PINGREQ\n' \
           "c <- PINGRESP\n"
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.mqs").write_text(good.format("two"))
    (tmp_path / "a.mqs").write_text(good.format("one"))
    (tmp_path / "ignored.txt").write_text("nothing")
    done = run("list", "--cases", "--suite-dir", tmp_path)
    assert done.stdout == "mine/one@5.0\nmine/two@5.0\n"
    (tmp_path / "c.mqs").write_text(good.format("three") + "c -> PINGPONG\n")
    done = run("list", "--suite-dir", tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path}/c.mqs:8:6: " in done.stderr
    assert done.stderr.splitlines()[1:] == ["c -> PINGPONG", "     ^~~~~~~~"]


def test_an_empty_folder_has_no_suite(run, tmp_path):
    done = run("list", "--suite-dir", tmp_path)
    assert done.returncode == 2
    assert "no scenario" in done.stderr
