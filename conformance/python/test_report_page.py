"""mqspec report --html: the page of several runs, in a headless Chromium that is driven like a reader's."""

import copy
import json
import subprocess

import pytest

from browser import (  # noqa: F401 - make_… are fixtures
    HOSTILE, By, Keys, Page, axe_complaints, html_complaints, make_browser, make_tools)

RULE = "v5 MQTT-3.8.3-4"
CASE = "subscribe/no-local-on-a-share-closes-the-connection[q=1]@5.0"
PLACES = [{"view": "rules"}, {"view": "rule", "rule": RULE, "run": "bad"}, {"view": "steps"}, {"view": "words", "all": "1"},
          {"view": "case", "run": "bad", "id": CASE}]


@pytest.fixture(scope="module", name="results")
def make_results(mqspec, run, tmp_path_factory):
    """Of the reference broker: as it is, and with a defect, in this order of time."""
    folder = tmp_path_factory.mktemp("results")
    results = {}
    for day, name, options in ((1, "good", ()), (2, "bad", ("--defect", RULE.replace(" ", ":")))):
        broker = subprocess.Popen([mqspec, "serve", "mqtt://127.0.0.1:0", *options], stderr=subprocess.PIPE, text=True)
        url = broker.stderr.readline().split()[4]
        run("test", url, "--only", "ping/*", "--only", "subscribe/*", "--quiet", "--json", folder / f"{name}.json")
        broker.terminate()
        broker.communicate(timeout=30)
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


def test_the_matrix_says_who_breaks_what_and_leads_to_each_cell(page):
    page.open(view="rules")
    assert [head.text for head in page.all(".matrix thead th")] == ["Rule", "good", "bad"]
    [row] = [row for row in page.all(".matrix tbody tr") if RULE in row.text]
    cells = row.find_elements(By.CSS_SELECTOR, "td a")
    assert [cell.text for cell in cells] == ["✓", "3"]
    assert cells[1].get_attribute("aria-label") == f"{RULE}, bad: breaks it in 3 cases"
    cells[1].click()
    assert page.find("h1").text == RULE
    assert page.find(".panel.here").text.startswith("bad\n")
    assert "is a Protocol Error" in page.text()
    assert page.find("[data-run=good]").text.endswith("KEPT keeps it in 3 cases")
    page.find(".panel.here details summary").click()
    page.find(".panel.here a[href*='q%3D1']").click()
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
    bad["profile"].append({"version": "5.0", "name": text, "word": text, "announced": True})
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
    assert page.find("h1").text == "No such rule"


def test_dark_keyboard_and_telephone(page):
    ground = "return getComputedStyle(document.body).backgroundColor"
    page.open(view="rules")
    light = page.script(ground)
    page.open(view="rules", dark=True)
    assert page.script(ground) != light
    page.find(".matrix tbody a").send_keys(Keys.ENTER)
    assert page.focused().tag_name == "h1"
    for place in PLACES:
        page.open(width=400, **place)
        assert page.script("return document.documentElement.scrollWidth") <= 400, place


def test_axe_finds_nothing_serious(page, tools):
    assert axe_complaints(page, tools, PLACES) == []


def test_page_and_views_are_valid_html(page, tools, tmp_path):
    assert html_complaints(page, tools, PLACES, [page.path], tmp_path) == ""
