"""mqspec report --html: the page of several runs, in a headless Chromium that is driven like a reader's."""

import copy
import json
import urllib.parse

import pytest

from browser import (  # noqa: F401 - make_… are fixtures
    HOSTILE, POLICY, UNSEEN, By, Keys, Page, axe_complaints, html_complaints, make_browser, make_tools)

RULE = "v5 MQTT-3.8.3-4"
CASE = "subscribe/no-local-on-a-share-closes-the-connection[q=1]@5.0"
PLACES = [{"view": "rules"}, {"view": "rule", "rule": RULE, "run": "bad"}, {"view": "steps"}, {"view": "words", "all": "1"},
          {"view": "case", "run": "bad", "id": CASE}]


@pytest.fixture(scope="module", name="results")
def make_results(run, serve_all, tmp_path_factory):
    """Of the reference broker: as it is, and with a defect, in this order of time."""
    folder = tmp_path_factory.mktemp("results")
    results = {}
    for day, name, options in ((1, "good", ()), (2, "bad", ("--defect", RULE.replace(" ", ":")))):
        run("test", serve_all(*options), "--only", "ping/*", "--only", "subscribe/*", "--quiet",
            "--json", folder / f"{name}.json")
        results[name] = json.loads((folder / f"{name}.json").read_text())
        results[name]["started"] = f"2026-01-0{day}T00:00:00Z"
        results[name]["target"]["broker"] = f"mine 1.{day}"
    return results


@pytest.fixture(scope="module", name="show")
def make_show(run, browser, tmp_path_factory):
    """show({label: report, …}): the page that compares them."""

    def call(reports):
        folder = tmp_path_factory.mktemp("page")
        for label, report in reports.items():
            (folder / f"{label}.json").write_text(json.dumps(report))
        done = run("report", *(folder / f"{label}.json" for label in reports), "--quiet", "--html", folder / "page.html")
        assert done.returncode == 0, done.stderr
        return Page(browser, folder / "page.html")

    return call


@pytest.fixture(scope="module", name="page")
def make_page(results, show):
    return show({"good": results["good"], "bad": results["bad"]})


def test_no_view_complains_or_asks_for_anything(page):
    for place in PLACES:
        assert page.open(**place) == []
        assert page.script("return performance.getEntriesByType('resource').length") == 0
        assert page.find("h1").text != ""
    assert page.policy() == POLICY


def test_the_matrix_says_who_breaks_what_and_leads_to_each_cell(page):
    page.open(view="rules")
    assert [head.text for head in page.all(".matrix thead th")] == ["Rule", "good", "bad"]
    [row] = [row for row in page.all(".matrix tbody tr") if RULE in row.text]
    cells = row.find_elements(By.CSS_SELECTOR, "td a")
    assert [cell.text for cell in cells] == ["✓", "3"]
    assert cells[1].get_attribute("aria-label") == f"{RULE}, bad: breaks it in 3 cases"
    page.go(cells[1].click)
    assert page.find("h1").text == RULE
    assert page.find(".panel.here").text.startswith("bad\n")
    assert "is a Protocol Error" in page.text()
    assert page.find("[data-run=good]").text.endswith("KEPT keeps it in 3 cases")
    page.find(".panel.here details summary").click()
    page.go(page.find(".panel.here a[href*='q%3D1']").click)
    assert page.find("h1").text == CASE.removesuffix("@5.0")
    assert page.find(".guilty .label").text == "SUBACK id=1 [1]"
    assert "good PASS" in page.text()
    assert f"--only '{CASE}'" in page.text()


def test_rules_are_searched_and_filtered(page):
    page.open(view="rules")
    page.find("input[type=search]").send_keys("no local shared")
    assert [code.text for code in page.all(".matrix tbody code")] == [RULE]
    assert "q=no+local+shared" in page.browser.current_url
    page.open(view="rules", by="good")
    assert RULE not in page.find(".matrix tbody").text
    page.open(view="rules", differ="1", version="5.0")
    assert RULE in page.find(".matrix tbody").text


def test_what_is_new_is_told_first(page):
    page.open(view="rules")
    assert page.find(".notice").text.startswith("bad since good: 3 new, 0 mended, ")
    assert page.find(".notice a").get_attribute("href").endswith("#view=steps")
    page.open(view="steps")
    assert page.find("h2").text == "bad since good"
    assert "NEW 3 cases" in page.find("h3").text
    assert RULE in page.find(".families").text


# --- each kind of change and of cell -------------------------------------------------------------

SHOULD, EVERYWHERE = "v31 X31-3.8-2", "v5 MQTT-3.12.4-1"
PING, WARNED = "ping/pingreq-is-answered", "subscribe/repeated-request-in-3.1-is-answered"


def key(case):
    return f"{case['id']}@{case['version']}"


@pytest.fixture(scope="module", name="three")
def make_three(results, show):
    """Two runs of one broker, and one of another that speaks 5.0 only."""
    old, young, other = (copy.deepcopy(results[name]) for name in ("bad", "bad", "good"))
    young.update(started="2026-01-05T00:00:00Z")
    other["target"].update(broker="other 1", versions=["5.0"])
    other["cases"] = [case for case in other["cases"] if case["version"] == "5.0"]
    for report in (old, young, other):
        [case] = [case for case in report["cases"] if key(case) == f"{PING}@5.0"]
        case.update(verdict="fail", broken=[EVERYWHERE])
    for case in young["cases"]:
        if key(case) == CASE:
            case.update(verdict="pass", broken=[])
        elif key(case) == f"{PING}@3.1":
            case.update(verdict="blocked", reason="nothing came")
        elif key(case) == f"{WARNED}@3.1":
            case.update(verdict="warn", broken=[SHOULD])
    young["cases"] = [case for case in young["cases"] if "no-local-on-a-share" not in case["id"] or "q=2" not in case["id"]]
    for report in (old, young, other):
        report["capabilities"] = [{"version": "5.0", "name": "wildcards", "present": report is not young, "why_not": ""}]
        report["profile"] = [{"version": version, "name": name, "word": word, "announced": False} for version, name, word in
                             (("5.0", "overlap", "one" if report is old else "copies"), ("3.1", "takeover", "silent"))]
    other["profile"].pop()
    return show({"old": old, "young": young, "other": other})


def shown_rules(page):
    return [code.text for code in page.all(".matrix tbody th code")]


def test_each_kind_of_change_names_its_cases_where_they_were_red(three):
    three.open(view="rules")
    assert three.find(".notice.fail").text == "young since old: 1 new, 1 mended, 2 still red"
    three.open(view="steps")
    assert [head.text for head in three.all("h2")] == ["young since old"]
    assert [head.text.split(" case")[0] for head in three.all("h3")] == [
        "NEW 1", "MENDED 1", "STILL RED 2", "NOT TRIED AGAIN 1"]
    links = [[urllib.parse.parse_qs(link.get_attribute("href").partition("#")[2])
              for link in part.find_elements(By.CSS_SELECTOR, "a[href*='view=case']")] for part in three.all(".families")]
    family = CASE.partition("[")[0]
    assert [sorted((link["run"][0], link["id"][0]) for link in part) for part in links] == [
        [("young", f"{PING}@3.1")], [("old", CASE)],
        [("young", f"{PING}@5.0"), ("young", f"{family}[q=0]@5.0")], [("old", f"{family}[q=2]@5.0")]]


def test_a_cell_shows_how_each_run_stands(three):
    three.open(view="rules")
    cells = {row.find_element(By.CSS_SELECTOR, "code").text: [cell.text for cell in row.find_elements(By.CSS_SELECTOR, "td")]
             for row in three.all(".matrix tbody tr")}
    assert cells == {RULE: ["3", "1", "✓"], EVERYWHERE: ["1", "1", "1"], SHOULD: ["✓", "1", "–"]}
    runs = [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "td.number")][:2] for row in three.all(".runs tbody tr")]
    assert runs == [["2", "·"], ["2", "1"], ["1", "·"]]  # MUST and SHOULD broken
    three.open(view="rule", rule=SHOULD)
    assert "WARN does not follow it in 1 case" in three.find("[data-run=young]").text
    assert three.find("[data-run=other]").text.endswith("NOT RUN MQTT 3.1 is not spoken, or was not asked for")
    three.open(view="case", run="young", id=f"{PING}@3.1")
    assert three.find("h1 + p").text.startswith("BLOCKED young · mine 1.2 · MQTT 3.1")
    assert [line.text for line in three.all(".plain li")] == [
        "old PASS the broker does what is asked", "other MQTT 3.1 is not spoken, or was not asked for"]


@pytest.mark.parametrize(("wanted", "rules"), [
    ({}, [RULE, EVERYWHERE, SHOULD]), ({"level": "must"}, [RULE, EVERYWHERE]), ({"level": "should"}, [SHOULD]),
    ({"version": "3.1"}, [SHOULD]), ({"by": "other"}, [EVERYWHERE]), ({"by": "young"}, [RULE, EVERYWHERE, SHOULD]),
    ({"differ": "1"}, [RULE, SHOULD]), ({"q": "pingreq"}, [EVERYWHERE]), ({"q": "nobody asks this"}, []),
], ids=str)
def test_the_matrix_has_the_rules_that_are_asked_for(three, wanted, rules):
    three.open(view="rules", **wanted)
    assert shown_rules(three) == rules
    count = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    of = "" if len(rules) == 3 else " of 3"
    assert three.find("[role=status]").text == f"{count}{of} broken by one of them at least"


def test_words_are_shown_where_they_differ(three):
    def rows():
        return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in three.all(".words tbody tr")]

    three.open(view="words")
    differing = [["overlap", "5.0", "one", "copies", "copies"], ["wildcards", "5.0", "yes", "no", "yes"]]
    assert rows() == differing
    three.open(view="words", all="1")
    assert rows() == [differing[0], ["takeover", "3.1", "silent", "silent", "–"], differing[1]]


def test_runs_that_have_nothing_in_common(results, show):
    """Other versions, nothing red, no case at all."""
    empty = {**results["good"], "cases": [], "profile": [], "capabilities": []}
    page = show({"empty": {**empty, "failed": "cannot connect", "duration_ms": 0}, "good": results["good"]})
    for place in PLACES:
        assert page.open(**place) == []
    assert page.find("h1").text == "No such case"
    page.open(view="rules")
    assert "cannot connect" in page.find(".runs").text


def test_hostile_text_is_text(results, show):
    reports = {"good": results["good"], "bad": copy.deepcopy(results["bad"])}
    bad = reports["bad"]
    text = " ".join(HOSTILE)
    bad["target"]["broker"] = text
    bad["profile"].append({"version": "5.0", "name": "hostile", "word": text, "announced": True})
    for case in bad["cases"]:
        case.update({key: text for key in ("reason", "expected", "actual")})
        for event in case["transcript"]:
            event["text"] = f"PUBLISH payload={json.dumps(text)}"
    bad["cases"][0].update(id=f"ping/x[p={text}]", verdict="fail", broken=[RULE])
    page = show({**reports, text.replace("/", "")[:80]: {**bad, "started": "2026-01-03T00:00:00Z"}})
    for place in [*PLACES, {"view": "case", "run": "bad", "id": f"ping/x[p={text}]@5.0"}, {"view": "rule", "rule": text}]:
        assert page.open(**place) == []
        assert page.browser.title != "owned"
        assert page.all("main img, main script, main style") == []
        assert not UNSEEN & set(page.script("return document.getElementById('main').textContent"))
    assert page.find("h1").text == "No such rule"


def test_dark_keyboard_and_telephone(page):
    ground = "return getComputedStyle(document.body).backgroundColor"
    page.open(view="rules")
    light = page.script(ground)
    page.open(view="rules", dark=True)
    assert page.script(ground) != light
    page.go(lambda: page.find(".matrix tbody a").send_keys(Keys.ENTER))
    assert page.focused().tag_name == "h1"
    for place in PLACES:
        page.open(width=400, **place)
        assert page.script("return document.documentElement.scrollWidth") <= 400, place


def test_axe_finds_nothing_serious(page, tools):
    assert axe_complaints(page, tools, PLACES) == []


def test_page_and_views_are_valid_html(page, tools, tmp_path):
    assert html_complaints(page, tools, PLACES, [page.path], tmp_path) == ""
