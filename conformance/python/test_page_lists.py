"""mqspec test --html: its lists hold what is asked for, its links lead to what they say. The run is a short
one, of the reference broker with two defects."""

import json

import pytest

from browser import By, Page, Select, make_browser  # noqa: F401 - make_… are fixtures

MUST, SHOULD = "v5 MQTT-3.8.3-4", "v31 X31-2.1-12"
CASE = "subscribe/no-local-on-a-share-closes-the-connection"
VIEWS = ("overview", "rules", "cases", "behaviour", "skipped")
FOLDERS = ("--only", "ping/*", "--only", "subscribe/*", "--only", "auth/*", "--only", "retain/live*")


@pytest.fixture(scope="module", name="page")
def make_page(run, serve_all, browser, tmp_path_factory):
    """Cases of five verdicts: one that breaks the MUST is known."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "known.txt").write_text(f"{CASE}[q=1]@5.0  {MUST}  # so it is\n")
    url = serve_all("--defect", MUST.replace(" ", ":"), "--defect", SHOULD.replace(" ", ":"))
    tested = run("test", url, *FOLDERS, "--quiet", "--known", folder / "known.txt",
                 "--html", folder / "run.html", "--json", folder / "run.json")
    assert tested.returncode == 1, tested.stdout + tested.stderr
    page = Page(browser, folder / "run.html")
    page.report = json.loads((folder / "run.json").read_text())
    return page


def verdict(case):
    return "known" if case["known"] else case["verdict"]


def is_wanted(case, **wanted):
    """What each word of the address asks of a case."""
    asks = {
        "verdict": lambda word: word == verdict(case) or
        (word == "red" and case["verdict"] not in ("pass", "skip")),
        "chapter": lambda word: case["id"].startswith(f"{word}/"),
        "version": lambda word: case["version"] == word,
        "rule": lambda word: word in case["requirements"] + case["broken"],
        "reason": lambda word: case["reason"] == word,
        "q": lambda words: all(word in f"{case['id']}@{case['version']} {case['reason']}".lower()
                               for word in words.split()),
    }
    return all(asks[name](word) for name, word in wanted.items())


def counted(count, word):
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


@pytest.mark.parametrize("wanted", [
    {}, {"verdict": "fail"}, {"verdict": "known"}, {"verdict": "warn"}, {"verdict": "skip"},
    {"verdict": "red"}, {"chapter": "ping"}, {"version": "3.1.1"}, {"rule": MUST}, {"rule": SHOULD},
    {"reason": "needs denied-topic: --denied-topic names none"}, {"q": "no-local share"},
    {"chapter": "subscribe", "version": "5.0", "verdict": "red"}, {"chapter": "ping", "verdict": "fail"},
], ids=str)
def test_a_list_of_cases_has_those_that_are_asked_for(page, wanted):
    expected = sorted((verdict(c).upper(), c["id"], c["version"]) for c in page.report["cases"] if is_wanted(c, **wanted))
    assert (expected == []) == (wanted.get("chapter") == "ping" and "verdict" in wanted)
    page.open(view="cases", **wanted)
    for button in page.all(".more button:last-of-type"):
        button.click()
    shown = page.script("""
        return [...document.querySelectorAll("tbody tr")].map((row) =>
            [".badge", "th", "td:nth-child(3)"].map((part) => row.querySelector(part).textContent))""")
    assert sorted(map(tuple, shown)) == expected
    assert page.find("main [role=status]").text == counted(len(expected), "case")
    assert ("Nothing matches." in page.text()) == (expected == [])
    chosen = {select.find_element(By.XPATH, "..").text.split("\n")[0]: Select(select).first_selected_option.get_attribute("value")
              for select in page.all(".filters select")}
    assert chosen == {"Verdict": wanted.get("verdict", ""), "Chapter": wanted.get("chapter", ""),
                      "MQTT": wanted.get("version", "")}


def test_what_is_chosen_is_shown_and_stands_in_the_address(page):
    page.open(view="cases")
    for name, word in (("Verdict", "red"), ("MQTT", "5.0"), ("Chapter", "subscribe")):
        Select(page.find(".filters").find_element(By.XPATH, f".//label[starts-with(., '{name}')]/select")).select_by_value(word)
    assert page.find("main [role=status]").text == "3 cases"
    assert page.browser.current_url.endswith("#view=cases&verdict=red&version=5.0&chapter=subscribe")
    page.find("input[type=search]").send_keys("Q=2")
    assert [row.text for row in page.all("tbody th")] == [f"{CASE}[q=2]"]
    page.find("input[type=search]").send_keys(" nothing has this")
    assert page.find("main [role=status]").text == "0 cases"
    assert "Nothing matches." in page.text() and page.all("table") == []


@pytest.mark.parametrize("wanted", [
    {"level": "SHOULD"}, {"version": "3.1"}, {"version": "5.0", "level": "MUST"},
    {"q": "x31-3.8"}, {"state": "broken"}, {"state": "warned"}, {"q": "matches nothing at all"},
], ids=str)
def test_a_list_of_rules_has_those_that_are_asked_for(page, run, wanted):
    rows = [json.loads(line) for line in run("list", "--requirements", "--json").stdout.splitlines()]
    space = {"3.1": "v31", "3.1.1": "v311", "5.0": "v5"}
    broken = {"broken": [MUST], "warned": [SHOULD]}
    expected = [rule for row in rows for rule in [f"{space[row['version']]} {row['id']}"]
                if wanted.get("level", "") in row["level"] and wanted.get("version", row["version"]) == row["version"]
                and rule in broken.get(wanted.get("state"), [rule])
                and wanted.get("q", "").upper() in f"{rule} {row['text']}".upper()]
    page.open(view="rules", **wanted)
    for button in page.all(".more button:last-of-type"):
        button.click()
    assert page.script("return [...document.querySelectorAll('tbody th code')].map((e) => e.textContent)") == expected
    assert page.find("main [role=status]").text == counted(len(expected), "rule")


# --- links --------------------------------------------------------------------------------------

# Follows each link of what is shown, as a click does, and says what it leads to.
FOLLOW = """
    const done = arguments[arguments.length - 1];
    const main = document.getElementById("main");
    const links = [...document.querySelectorAll("main a[href^='#'], #views a")].map((a) => ({
        href: a.getAttribute("href"), text: a.textContent, count: a.querySelector(".count, .figure")?.textContent ?? ""}));
    const found = new Map(links.map((link) => [link.href + link.text, link]));
    (async () => {
        for (const link of found.values()) {
            const before = location.href;
            location.hash = link.href;
            if (location.href !== before)
                await new Promise((go) => addEventListener("hashchange", go, {once: true}));
            Object.assign(link, {view: main.dataset.view, h1: main.querySelector("h1").textContent,
                status: main.querySelector("[role=status]")?.textContent ?? "", focused: document.activeElement.tagName});
        }
        done([...found.values()]);
    })();"""


@pytest.mark.parametrize("place", [
    {"view": "overview"}, {"view": "rules", "q": "3.8.3-4"}, {"view": "cases", "verdict": "red"}, {"view": "skipped"},
    {"view": "case", "id": f"{CASE}[q=1]@5.0"}, {"view": "cases", "rule": SHOULD},
], ids=lambda place: place["view"])
def test_each_link_leads_to_what_it_says(page, place):
    ids = {case["id"] for case in page.report["cases"]}
    page.open(**place)
    links = page.browser.execute_async_script(FOLLOW)
    assert len(links) > 5
    for link in links:
        words = link["text"].replace(",", "").split()
        count = link["count"] or (words[0] if words[1:] in (["case"], ["cases"]) else "")
        assert link["href"].startswith(f"#view={link['view']}"), link
        assert link["status"].split(" ")[0] not in ("0", "") or link["view"] not in ("cases", "rules"), link
        assert count == "" or link["status"] == counted(int(count), "case"), link
        if link["view"] == "case":
            name = "" if "←" in link["text"] or "→" in link["text"] else link["text"].split("@")[0]
            assert link["h1"] in ids and link["h1"].startswith(name), link
        if place["view"] == "overview" and "rule=" in link["href"]:
            assert "verdict=red" in link["href"], link
        if "/" in link["text"]:
            assert link["view"] == "case", link
        if link["text"].startswith(("v5 ", "v311 ", "v31 ")):
            assert link["view"] == "rules", link
    if place["view"] == "case":
        assert [link["h1"] for link in links if "previous" in link["text"] or "next" in link["text"]] == [
            f"{CASE}[q={q}]" for q in (0, 2)]
    assert {link["text"]: link["view"] for link in links if link["text"].lower() in VIEWS} == {
        view.capitalize(): view for view in VIEWS}
    assert page.complaints() == []


# --- what is told first -------------------------------------------------------------------------


def test_what_went_wrong_with_the_run_is_told_first(page, run, browser, tmp_path):
    report = {**page.report, "died": "in flight: a/b", "interrupted": True, "not_cleaned": ["session of a"],
              "stale": [{"line": 7, "case": "ping/x@5.0", "requirement": None}]}
    (tmp_path / "run.json").write_text(json.dumps(report))
    assert run("report", tmp_path / "run.json", "--quiet", "--html", tmp_path / "run.html").returncode == 0
    odd = Page(browser, tmp_path / "run.html")
    assert odd.open(view="overview") == []
    assert [notice.text for notice in odd.all(".notice")] == [
        "The broker died: in flight: a/b", "The run was interrupted: what follows is a part of it.",
        "Line 7 of the list of known failures is stale: ping/x@5.0 did not fail.", "Not cleaned up: session of a"]
    page.open(view="overview")
    assert page.all(".notice") == []
    assert [line.text for line in page.all(".broken-head .badge")] == ["MUST", "SHOULD"]


def test_behaviour_is_shown_by_version(page):
    def table(caption):
        [found] = [table for table in page.all("table") if table.find_element(By.CSS_SELECTOR, "caption").text.startswith(caption)]
        return {row.find_element(By.CSS_SELECTOR, "th code").text:
                [cell.text.split("\n")[0] for cell in row.find_elements(By.CSS_SELECTOR, "td")]
                for row in found.find_elements(By.CSS_SELECTOR, "tbody tr")}

    def by_version(entries, word):
        return {name: [next((word(e) for e in entries if (e["name"], e["version"]) == (name, version)), "–")
                       for version in page.report["target"]["versions"]] for name in {e["name"] for e in entries}}

    page.open(view="behaviour")
    profile = page.report["profile"]
    assert table("Announced") == by_version([e for e in profile if e["announced"]], lambda e: e["word"])
    assert table("Observed") == by_version([e for e in profile if not e["announced"]], lambda e: e["word"])
    assert table("Found by trying") == by_version(page.report["capabilities"], lambda e: "yes" if e["present"] else "no")


# --- a run in which all is well -----------------------------------------------------------------


def test_a_run_without_a_red_case(run, serve, browser, tmp_path):
    done = run("test", serve(), "--only", "ping/*", "--html", tmp_path / "run.html", "--json", tmp_path / "run.json")
    assert done.returncode == 0
    passed = json.loads((tmp_path / "run.json").read_text())["summary"]["pass"]
    page = Page(browser, tmp_path / "run.html")
    assert page.open(view="overview") == []
    assert "No rule was found broken, " in page.find(".headline").text
    assert [tile.text.split("\n")[:2] for tile in page.all(".tiles li")] == [[str(passed), "PASS"]]
    assert page.all(".broken, .plain, .notice, .badge") == []
    assert page.open(view="skipped") == [] and "Nothing was skipped." in page.text()
    assert page.open(view="cases", verdict="red") == [] and "Nothing matches." in page.text()
    assert page.open(view="case", id="ping/pingreq-is-answered@5.0") == []
    headings = [heading.text for heading in page.all("h2")]
    assert "What it is about" in headings and "What the broker did" not in headings
    assert page.all(".diagram .verdict, .guilty, .after") == []
