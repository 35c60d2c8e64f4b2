"""mqspec report: finished runs, alone and compared. No broker is needed but for the reference one."""

import copy
import json
import re

import pytest

from test_markdown import Page

RULE = "v5 MQTT-3.8.3-4"
QUICK = ("--only", "ping/*", "--only", "subscribe/no-local-on-a-share*", "--quiet")


@pytest.fixture(scope="module")
def results(tmp_path_factory, run, serve_all):
    """The results of a broker that keeps a rule, and of one that breaks it."""
    folder = tmp_path_factory.mktemp("results")
    for name, options in (("good", ()), ("bad", ("--defect", RULE.replace(" ", ":")))):
        run("test", serve_all(*options), *QUICK, "--json", folder / f"{name}.json")
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("good", "bad")}


@pytest.fixture
def write(tmp_path):
    """write(name, report, **changes) -> the file with it, members changed."""

    def call(name, report, **changes):
        path = tmp_path / f"{name}.json"
        report = {**copy.deepcopy(report), **changes}
        path.write_text(json.dumps(report))
        return path

    return call


def row(text, start):
    [line] = [line for line in text.splitlines() if line.startswith(start)]
    return line[len(start):].split()


def test_who_breaks_what(run, results, write):
    target = results["bad"]["target"]
    paths = [write("one", results["good"]), write("two", results["bad"], target={**target, "broker": "other 1.0"})]
    done = run("report", *paths)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("A  one: ")
    assert done.stdout.splitlines()[1].startswith("B  two: other 1.0, MQTT ")
    assert row(done.stdout, RULE + " ")[:2] == [".", "3"]
    assert row(done.stdout, "requirements broken, MUST ") == [".", "1"]
    assert " since " not in done.stdout


def test_what_is_new_mended_and_still_red(run, results, write):
    """The order of time is that of the runs, not of the command line."""
    bad, good = results["bad"], results["good"]
    target = {**bad["target"], "broker": "mine 1.0"}
    old = write("old", bad, started="2026-01-01T00:00:00Z", target=target)
    half = copy.deepcopy(good)
    [first, second, third] = [i for i, c in enumerate(bad["cases"]) if c["verdict"] == "fail"]
    half["cases"][first] = bad["cases"][first]
    del half["cases"][third]
    young = write("young", half, started="2026-01-02T00:00:00Z", target={**target, "broker": "mine 1.1"})
    done = run("report", young, old)
    assert "\nA since B: 0 new, 1 mended, 1 still red, 1 not tried again\n" in done.stdout
    assert f"  mended  {bad['cases'][second]['id']}@5.0\n" in done.stdout
    old = write("old", bad, started="2026-01-03T00:00:00Z", target=target)
    done = run("report", young, old)
    assert "\nB since A: 2 new, 0 mended, 1 still red\n" in done.stdout
    assert "  new     subscribe/no-local-on-a-share-closes-the-connection, 2 cases: " in done.stdout
    done = run("report", young, old, "--verbose")
    assert len(re.findall(r"^  new     .*\[q=.\]@5.0: ", done.stdout, re.MULTILINE)) == 2


def test_a_broker_without_a_name_is_known_by_its_url_or_by_the_user(run, results, write):
    def compare(first, second, *options):
        paths = [write(f"at-{i}", results["bad"], started=f"2026-01-0{i}T00:00:00Z",
                       target={**results["bad"]["target"], "broker": "", "url": url})
                 for i, url in enumerate((first, second), 1)]
        return "B since A" in run("report", *paths, *options).stdout

    assert compare("mqtt://a", "mqtt://a")
    assert not compare("mqtt://a", "mqtt://b")
    assert compare("mqtt://a", "mqtt://b", "--one-broker")


def test_one_result_is_told_again(run, results, write):
    done = run("report", write("bad", results["bad"]))
    assert done.returncode == 0
    assert "FAIL    subscribe/no-local-on-a-share-closes-the-connection[q=0]@5.0" in done.stdout
    assert f"breaks    {RULE} (MUST NOT, section 3.8.3.1): Setting No Local" in done.stdout
    assert re.fullmatch(r"\d+ cases: \d+ passed, 3 failed.* in \d+\.\d s", done.stdout.splitlines()[-1])
    page = Page(run("report", write("bad", results["bad"]), "--markdown", "-").stdout)
    assert page.texts["h3"] == ["Breaks 1 requirement"]


BAD = {
    "nothing": (b"", "no JSON: line 1: "),
    "no JSON": (b"<html>", "no JSON: line 1: "),
    "ill-formed": (b'{"tool": "\xff"}', "no JSON: line 1: "),
    "another object": (b'{"a": 1}', "no result of mqspec test --json"),
    "a list": (b"[]", "no result of mqspec test --json"),
    "another tool": (b'{"tool": "other 1"}', "no result of mqspec test --json"),
    "cut short": (b'{"tool": "mqspec 0.1.0"}', 'the report: "command" is not a text'),
}


@pytest.mark.parametrize(("data", "why"), BAD.values(), ids=BAD)
def test_what_is_no_result_is_told_in_a_line(run, tmp_path, data, why):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    done = run("report", path)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith(f"mqspec report: {path}: {why}")


def test_results_that_do_not_go_together(run, results, write, tmp_path):
    one = write("one", results["good"])
    copied = write("two", results["good"])
    later = copy.deepcopy(results["bad"])
    later["cases"][-1]["broken"] = ["v5 MQTT-99.9.9-9"]
    other = write("other", results["bad"], tool="mqspec 9.0.0")
    for words, status, why in (
        ((), 2, "expected results of mqspec test --json"),
        ((one, one), 2, f"{one}: the same run as {one}"),
        ((one, copied), 2, f"{copied}: the same run as {one}"),
        ((tmp_path / "none.json",), 2, f"cannot read {tmp_path / 'none.json'}: No such file or directory"),
        ((tmp_path,), 2, f"cannot read {tmp_path}: Is a directory"),
        ((write("later", later, tool="mqspec 9.0.0"),), 2, "mqspec 9.0.0 wrote it and names v5 MQTT-99.9.9-9, which "),
        ((one, other), 0, "a case that only one of them has says nothing of a broker"),
    ):
        done = run("report", *words)
        assert (done.returncode, len(done.stderr.splitlines())) == (status, 1), done.stderr
        assert why in done.stderr


MEMBERS = ["command", "target", "started", "duration_ms", "interrupted", "failed", "died", "strict", "settle_ms",
           "reruns", "summary", "capabilities", "profile", "stale", "not_cleaned", "cases"]


def test_every_member_that_the_schema_demands_is_demanded(run, results, write):
    for member in MEMBERS:
        report = {key: value for key, value in results["bad"].items() if key != member}
        done = run("report", write("bad", report))
        assert done.returncode == 2, member
    for member in results["bad"]["cases"][0]:
        report = copy.deepcopy(results["bad"])
        del report["cases"][0][member]
        done = run("report", write("bad", report))
        assert (done.returncode, member in done.stderr) == (2, True), member


def members_of(value, path=()):
    """The paths of all members, of lists only the first ones."""
    items = value.items() if isinstance(value, dict) else list(enumerate(value))[:1] if isinstance(value, list) else ()
    for key, below in items:
        yield (*path, key)
        yield from members_of(below, (*path, key))


def test_an_odd_value_is_told_or_taken(run, results, write):
    """Whatever stands in the place of a member, of a red case above all."""
    report = copy.deepcopy(results["bad"])
    report["cases"] = [case for case in report["cases"] if case["verdict"] == "fail"][:1]
    for path in members_of(report):
        for odd in (-1, 0, 2**31 - 1, 2**63 - 1, "", "\033[2J\u202e", None, [], {}, [{}]):
            made = copy.deepcopy(report)
            place = made
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = odd
            done = run("report", write("odd", made), "--markdown", "-")
            assert done.returncode in (0, 2) and (done.returncode == 0) == (done.stderr == ""), (path, odd, done)
            assert "\033" not in done.stdout + done.stderr and "\u202e" not in done.stdout, (path, odd, done)


LIMIT = 65000  # bytes of Markdown
HOSTILE = "a`b``|<script>alert(1)</script>\n@team #1 www.evil.example \u2028\u202e ]]> \\| "


# What is very long is left out in places where less is shown, cut.
@pytest.mark.parametrize("more", [0, 100000])
def test_hostile_text_stays_text(run, results, write, more):
    hostile = HOSTILE + "x" * more
    report = copy.deepcopy(results["bad"])
    report["target"].update(broker=hostile, url=f"mqtt://127.0.0.1:1/{hostile}")
    report["profile"] = [{"version": "5.0", "name": name, "word": hostile, "announced": name == "server-reference"}
                         for name in ("server-reference", "overlap")]
    for case in report["cases"]:
        case.update(reason=hostile, expected=hostile, actual=hostile)
        for event in case["transcript"]:
            event.update(text=hostile)
    for case, verdict in zip(report["cases"], ("blocked", "skip", "flaky", "error", "warn")):
        case.update(verdict=verdict, broken=[], file=hostile, id=f"{case['id']}[x={hostile}]")
        report["summary"][verdict] = 1
    one, two = write("one|`a`", report), write("two", results["good"], target=report["target"])
    for paths in ([one], [one, two], [two, one]):
        done = run("report", *paths, "--markdown", "-")
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.encode()) <= LIMIT
        assert "\u202e" not in done.stdout
        page = Page(done.stdout)
        assert not {"a", "script", "img", "em"} & set(page.tags)
        assert page.texts["h2"] != []
        if len(paths) > 1:
            labels = ["one\\u{7C}`a`", "two"][::1 if paths[0] == one else -1]
            assert ["requirement", *labels, "what the standard asks"] in page.rows
        text = run("report", *paths).stdout
        assert not {"\u202e", "\u2028", "\033", "\r"} & set(text)
        assert "\n@team" not in text


def test_what_is_too_much_for_a_comment_is_left_out_and_counted(run, results, write):
    """A run in which all is wrong: each part has its room, and says how much is not there."""
    rules = [f"{ {'3.1': 'v31', '3.1.1': 'v311', '5.0': 'v5'}[row['version']] } {row['id']}" for row in
             map(json.loads, run("list", "--requirements", "--json").stdout.splitlines())]
    report = copy.deepcopy(results["bad"])
    [red] = [case for case in report["cases"] if case["verdict"] == "fail" and "[q=0]" in case["id"]]
    event = {**red["transcript"][-1], "text": "PUBLISH " + "x" * 400}

    def cases(verdict, count, **changes):
        return [{**red, "id": f"flood/{verdict}[n={i}{'n' * 150}]", "verdict": verdict, "broken": [],
                 "reason": f"{i} {'r' * 150}", **changes} for i in range(count)]

    red["decided"] = 1
    report["cases"] = [*({**case, "broken": [rule], "transcript": [event] * (12 if i < 30 else 1)}
                         for i, (case, rule) in enumerate(zip(cases("fail", len(rules)), rules))),
                       *(case for verdict in ("blocked", "error", "flaky", "skip") for case in cases(verdict, 100))]
    before = {**results["good"], "started": "2025-01-01T00:00:00Z", "cases": cases("fail", 200)}
    for i, case in enumerate(before["cases"]):
        case["id"] = f"before/{i}[n={'n' * 150}]"
    report["cases"] += [{**case, "verdict": "pass"} for case in before["cases"][:100]]  # the others are not tried again
    for i, case in enumerate(report["cases"][:len(rules)]):
        case["id"] += f"[{i}]"
    known = copy.deepcopy(report)
    for case in known["cases"][:len(rules)]:
        case["known"] = "so it is"
    warned = copy.deepcopy(report)
    for case in warned["cases"][:len(rules)]:
        case["verdict"] = "warn"
    for day, made in enumerate((report, known, warned), 1):
        made["started"] = f"2026-01-0{day}T00:00:00Z"
        made["summary"] = {**{verdict: 0 for verdict in made["summary"]}, "blocked": 100, "error": 100, "flaky": 100, "skip": 100,
                           ("known" if made is known else made["cases"][0]["verdict"]): len(rules)}
        made["profile"] = [{"version": "5.0", "name": f"n{i}", "word": ("a" if made is report else "b") * 190, "announced": i % 2 == 0}
                           for i in range(400)]
    paths = [write("red", report), write("known", known), write("warned", warned),
             write("before", before)]
    for some in ([paths[0]], [paths[1]], [paths[2]], [paths[0], paths[3]], paths):
        done = run("report", *some, "--markdown", "-")
        assert done.returncode == 0, done.stderr
        assert 15000 < len(done.stdout.encode()) <= LIMIT
        assert len(re.findall(r"^… and \d+ more$", done.stdout, re.MULTILINE)) >= 3
        assert done.stdout.count("<details>") == done.stdout.count("</details>") > 0


def test_what_changed_is_told_in_markdown_too(run, results, write):
    bad, good = ({**results[name], "target": {**results[name]["target"], "broker": "mine 1"}} for name in ("bad", "good"))
    half = copy.deepcopy(good)
    [first, second, third] = [i for i, case in enumerate(bad["cases"]) if case["verdict"] == "fail"]
    half["cases"][first] = bad["cases"][first]
    for i in (0, 1):
        half["cases"][i] = {**bad["cases"][first], "id": half["cases"][i]["id"], "version": half["cases"][i]["version"]}
    del half["cases"][third]
    old, young = write("old", bad, started="2026-01-01T00:00:00Z"), write("young", half, started="2026-01-02T00:00:00Z")
    text = run("report", old, young, "--markdown", "-").stdout
    page = Page(text)
    assert "young since old: 2 new, 1 mended, 1 still red, 1 not tried again" in page.texts["h3"]
    new, mended, gone = (text.index(word) for word in ("\nNew:\n", "<summary>Mended</summary>", "<summary>Not tried again</summary>"))
    for begin, index in ((new, 0), (mended, second), (gone, third)):
        case = bad["cases"][index]
        assert text[begin:].split("\n- ")[1].startswith(f"`{case['id']}@{case['version']}`")
    assert [row[1:3] for row in page.rows if row[0] == RULE] == [["3", "3"]]


def test_a_case_is_told_once_however_much_it_breaks(run, results, write):
    report = copy.deepcopy(results["bad"])
    [red] = [case for case in report["cases"] if "[q=0]" in case["id"] and case["broken"]]
    red["broken"].append("v5 MQTT-3.12.4-1")
    page = Page(run("report", write("bad", report), "--markdown", "-").stdout)
    assert page.texts["h3"] == ["Breaks 2 requirements"]
    assert "".join(page.texts["pre"]).count("FAIL ") == 1


def test_a_run_that_could_not_begin_says_why(run, free_port, tmp_path):
    run("test", f"mqtt://127.0.0.1:{free_port}", "--json", tmp_path / "run.json")
    assert "nothing could be tested: cannot connect" in run("report", tmp_path / "run.json").stdout


def test_only_one_report_goes_to_standard_output(run, results, write):
    one = write("one", results["good"])
    assert run("report", one, "--html", "-").stdout.startswith("<!doctype html>\n")
    done = run("report", one, "--html", "-", "--markdown", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mqspec report: only one report can go to standard output\n"


def test_the_page_of_one_run_is_that_of_test_html(run, serve, tmp_path):
    paths = {name: tmp_path / name for name in ("run.json", "run.html", "again.html")}
    run("test", serve(), *QUICK, "--json", paths["run.json"], "--html", paths["run.html"])
    assert run("report", paths["run.json"], "--html", paths["again.html"], "--quiet").returncode == 0
    assert paths["again.html"].read_bytes() == paths["run.html"].read_bytes()
