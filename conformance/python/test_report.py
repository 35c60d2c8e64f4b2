"""mqspec report: finished runs, alone and compared. No broker is needed but for the reference one."""

import copy
import json
import re
import subprocess

import pytest

from test_markdown import Page

RULE = "v5 MQTT-3.8.3-4"
QUICK = ("--only", "ping/*", "--only", "subscribe/no-local-on-a-share*", "--quiet")


@pytest.fixture(scope="module")
def results(tmp_path_factory, mqspec, run):
    """The results of a broker that keeps a rule, and of one that breaks it."""
    folder = tmp_path_factory.mktemp("results")
    for name, options in (("good", ()), ("bad", ("--defect", RULE.replace(" ", ":")))):
        broker = subprocess.Popen([mqspec, "serve", "mqtt://127.0.0.1:0", *options],
                                  stderr=subprocess.PIPE, text=True)
        url = broker.stderr.readline().split()[4]
        run("test", url, *QUICK, "--json", folder / f"{name}.json")
        broker.terminate()
        broker.communicate(timeout=30)
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


HOSTILE = "a`b``|<script>alert(1)</script>\n@team #1 www.evil.example \u2028\u202e ]]> \\| " + "x" * 100000


def test_hostile_text_stays_text(run, results, write):
    report = copy.deepcopy(results["bad"])
    report["target"]["broker"] = HOSTILE
    report["profile"] = [{"version": "5.0", "name": "server-reference", "word": HOSTILE, "announced": True}]
    for case in report["cases"]:
        case.update(reason=HOSTILE, expected=HOSTILE, actual=HOSTILE)
        for event in case["transcript"]:
            event.update(text=HOSTILE)
    report["cases"][0].update(verdict="blocked", broken=[])
    report["summary"]["blocked"] = 1
    one, two = write("one", report), write("two", results["good"], target=report["target"])
    for paths in ([one], [one, two], [two, one]):
        done = run("report", *paths, "--markdown", "-")
        assert done.returncode == 0, done.stderr
        assert len(done.stdout) < 65536
        assert "\u202e" not in done.stdout
        page = Page(done.stdout)
        assert not {"a", "script", "img", "em"} & set(page.tags)
        assert page.texts["h2"] != []
        text = run("report", *paths).stdout
        assert not {"\u202e", "\u2028", "\033", "\r"} & set(text)


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
