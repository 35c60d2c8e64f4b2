"""mqspec test --html: the page of a run, in a headless Chromium that is driven like a reader's."""

import json
import re

import pytest

from browser import (  # noqa: F401 - make_… are fixtures
    HOSTILE, POLICY, TOP, UNSEEN, By, Keys, Page, axe_complaints, html_complaints, make_browser, make_tools)

RED = "subscribe/no-local-on-a-share-closes-the-connection[q=1]@5.0"
VIEWS = ("overview", "rules", "cases", "behaviour", "skipped")

HOSTILE_SCENARIOS = """
# <img src=x onerror="document.title = 'owned'"> </script> is what a comment may say.
scenario "hostile/texts"
proves   v5 MQTT-3.3.1-1
versions 5.0
vary     $p in {values}

client c
c -> SUBSCRIBE id=1 ["${{T}}/#" qos=0]
c <- SUBACK id=1 [0]
c -> PUBLISH topic="${{T}}/</script>" payload=$p
c <- PUBLISH payload="nobody sends this"
"""


@pytest.fixture(scope="module", name="whole")
def make_whole(run, mosquitto, browser, tmp_path_factory):
    """The page of a whole run against Mosquitto; its reds are known, so that none is run again."""
    folder = tmp_path_factory.mktemp("whole")
    tested = run("test", mosquitto.url, "--known", TOP / "ci/brokers/mosquitto.known", "--quiet",
                 "--html", folder / "run.html", "--json", folder / "run.json")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    page = Page(browser, folder / "run.html")
    page.report = json.loads((folder / "run.json").read_text())
    return page


@pytest.fixture(scope="module", name="hostile")
def make_hostile(run, mosquitto, browser, tmp_path_factory):
    """The page of cases that fail on what was delivered to them."""
    folder = tmp_path_factory.mktemp("hostile")
    values = [json.dumps(text, ensure_ascii=False) for text in HOSTILE] + ["h'fffe00'", '"x"*1000000']
    (folder / "hostile.mqs").write_text(HOSTILE_SCENARIOS.format(values=", ".join(values)))
    tested = run("test", mosquitto.url, "--suite-dir", folder / "hostile.mqs", "--quiet",
                 "--html", folder / "run.html", "--json", folder / "run.json")
    assert tested.returncode == 1, tested.stdout + tested.stderr
    page = Page(browser, folder / "run.html")
    page.report = json.loads((folder / "run.json").read_text())
    assert len(page.report["cases"]) == len(values)
    return page


# --- what is there ------------------------------------------------------------------------------


def test_no_view_complains_or_asks_for_anything(whole):
    for view in VIEWS:
        assert whole.open(view=view) == []
        assert whole.script("return performance.getEntriesByType('resource').length") == 0
        assert whole.find("h1").text != ""
        assert whole.find("nav [aria-current]").get_attribute("data-view") == view
    assert whole.policy() == POLICY


def test_whole_run_fits(whole):
    assert whole.path.stat().st_size <= 5_000_000


def test_overview_counts_what_the_report_counts(whole):
    whole.open(view="overview")
    counts = {tile.find_element(By.CSS_SELECTOR, ".name").text.lower():
              int(tile.find_element(By.CSS_SELECTOR, ".count").text.replace(",", ""))
              for tile in whole.all(".tiles li")}
    assert counts == {verdict: count for verdict, count in whole.report["summary"].items() if count > 0}
    broken = {rule for case in whole.report["cases"] if case["verdict"] == "fail" for rule in case["broken"]}
    shown = {line.find_element(By.CSS_SELECTOR, "code").text for line in whole.all(".broken > li")}
    assert broken <= shown


def test_every_row_of_the_catalogues_is_there(whole, run):
    rows = run("list", "--requirements", "--json").stdout.splitlines()
    whole.open(view="rules")
    whole.find(".more button:last-of-type").click()
    assert len(whole.all("tbody tr")) == len(rows)
    assert whole.all("tbody tr .badge.fail") != []


def test_rules_are_searched_and_filtered(whole):
    whole.open(view="rules")
    whole.find("input[type=search]").send_keys("v5 MQTT-3.8.3-4")
    assert [row.text for row in whole.all("tbody th code")] == ["v5 MQTT-3.8.3-4"]
    assert "Shared Subscription" in whole.find("tbody").text
    assert whole.find("[role=status]").text == "1 rule"
    assert "q=v5+MQTT-3.8.3-4" in whole.browser.current_url
    whole.open(view="rules", state="unseen", version="5.0")
    assert {badge.text for badge in whole.all("tbody .badge")} == {"Not observable"}
    assert all(row.text.startswith("v5 ") for row in whole.all("tbody th code"))


def test_cases_are_searched_filtered_and_linked(whole):
    whole.open(view="cases")
    assert len(whole.all("tbody tr")) < len(whole.report["cases"])  # the others when asked for
    whole.find(".more button:last-of-type").click()
    assert len(whole.all("tbody tr")) == len(whole.report["cases"])
    whole.open(view="cases", verdict="known", q="no-local-on-a-share")
    found = whole.all("tbody th a")
    assert [link.text for link in found] == [
        f"subscribe/no-local-on-a-share-closes-the-connection[q={q}]" for q in (0, 1, 2)]
    whole.go(found[1].click)
    assert whole.find("h1").text == "subscribe/no-local-on-a-share-closes-the-connection[q=1]"
    whole.go(whole.browser.back)
    assert len(whole.all("tbody th a")) == 3


# --- one case -----------------------------------------------------------------------------------


def test_one_red_case_tells_the_whole_story(whole):
    assert whole.open(view="case", id=RED) == []
    text = whole.text()
    for word in ("v5 MQTT-3.8.3-4", "MUST NOT", "section 3.8.3.1", "is a Protocol Error",  # the rule
                 "the packet was answered first", "closed reason=0x82", "SUBACK id=1 [1]",  # what came
                 f"mqspec test {whole.report['target']['url']} --only 'subscribe/no-local",  # how again
                 "c -> SUBSCRIBE id=1", "conformance/subscribe/shared.mqs, line "):
        assert word in text, word
    assert whole.find(".guilty .label").text == "SUBACK id=1 [1]"
    assert "the packet was answered first" in whole.find(".guilty + .verdict").text


ENDS = {"opened": "connects", "closed": "closes (FIN)", "reset": "resets (RST)", "peer-closed": "closes (FIN)",
        "peer-reset": "resets (RST)"}


def test_the_diagram_tells_who_said_what_to_whom(whole):
    """In cases of one client, one for each way in which a connection ends."""
    simple = [case for case in whole.report["cases"] if len({event["peer"] for event in case["transcript"]}) == 1]
    chosen = {}
    for end in ENDS:
        for case in [case for case in simple if any(event["event"] == end for event in case["transcript"])][:1]:
            chosen[f"{case['id']}@{case['version']}"] = case
    assert len(chosen) > 2
    for key, case in chosen.items():
        whole.open(view="case", id=key)
        rows = whole.script("""
            return [...document.querySelectorAll(".event")].map((row) => [row.querySelector(".time").textContent,
                row.querySelector(".hidden").textContent.split(", ")[1], row.querySelector(".label").textContent,
                ...["x1", "x2"].map((end) => row.querySelector(".shaft").getAttribute(end))])""")
        assert rows == [
            [f"{event['time_ms'] / 1000:.3f}", f"{event['peer']} to broker: " if to_broker else f"broker to {event['peer']}: ",
             ENDS.get(event["event"], event["text"]), *(["10%", "90%"] if to_broker else ["90%", "10%"])]
            for event in case["transcript"] if event["event"] not in ("breach", "note")
            for to_broker in [event["event"] in ("opened", "sent", "closed", "reset")]]


def test_a_packet_is_taken_apart(whole):
    whole.open()
    for text, fields in (
        (r"""PUBLISH dup topic="a\" b" payload=h'00'""", [["dup", "yes"], ["topic", r'"a\" b"'], ["payload", "h'00'"]]),
        ('SUBSCRIBE id=1 ["a b" qos=1, "[" qos=2]', [["id", "1"], ["filters", '"a b" qos=1, "[" qos=2']]),
        ("SUBACK id=1 [0 1]", [["id", "1"], ["codes", "0 1"]]), ("PINGREQ", []),
    ):
        assert whole.script("return fieldsOf(arguments[0])", text) == fields
    shown = whole.script("return byteLines(arguments[0], [{offset: 17, size: 1}]).outerHTML", bytes(range(0x40, 0x52)).hex())
    assert re.sub("<(?!/?mark)[^>]*>", "", shown) == (
        "0000  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO\n"
        "0010  50 <mark>51</mark>" + " " * 45 + "P<mark>Q</mark>\n")
    events = [{"event": "received", "text": text} for text in ("PINGRESP", "SUBACK", "PINGRESP", "PINGRESP")]
    assert whole.script("return guiltyIndex({actual: 'PINGRESP', decided: 3}, arguments[0])", events) == 2


def test_what_was_sent_can_be_sent_without_mqspec(whole, run):
    """The bytes of what the client had sent when the verdict fell."""
    whole.open(view="case", id=RED)
    whole.find("details summary").click()
    host, port = whole.report["target"]["url"].removeprefix("mqtt://").split(":")
    command = re.fullmatch(rf"echo ([0-9a-f]+) \| xxd -r -p \| nc -w 3 {re.escape(host)} {port} \| xxd", whole.find("details pre").text)
    said = run("decode", "--protocol", "5.0", "--from", "client", "--json", "--hex", command.group(1)).stdout.splitlines()
    case = next(case for case in whole.report["cases"] if f"{case['id']}@{case['version']}" == RED)
    sent = [event["text"] for event in case["transcript"][:case["decided"]] if event["event"] == "sent"]
    assert [json.loads(line)["notation"] for line in said] == sent and len(sent) == 2
    assert whole.find(".source mark").text.startswith("c <- closed reason=0x82")


def test_fields_and_bytes_come_on_demand(whole):
    whole.open(view="case", id="malformed/puback-flags[flags=0x1]@5.0")
    assert whole.all(".bytes") == []
    next(row for row in whole.all("button.row") if "!flags" in row.text).click()
    detail = whole.find(".detail:not([hidden])")
    assert "!flags\n0x01" in detail.find_element(By.CSS_SELECTOR, ".fields").text
    assert detail.find_element(By.CSS_SELECTOR, ".bytes").text.split()[:4] == ["0000", "41", "02", "00"]
    assert detail.find_element(By.CSS_SELECTOR, ".bytes mark").text == "41"  # the flags, as sent on purpose
    assert "v5 MQTT-2.1.3-1" in detail.text


def test_every_case_that_did_not_pass_has_a_diagram(whole):
    whole.open(view="cases")
    lacking = whole.script("""
        return cases.filter((c) => !["pass", "skip"].includes(c.verdict)).filter((c) => {
            const box = el("div", {}, ...showCase({id: c.key}).flat(Infinity).filter((part) => part));
            return box.querySelectorAll(".diagram svg.wires path.head").length === 0
                || box.querySelectorAll(".diagram .verdict").length !== 1;
        }).map((c) => c.key)""")
    assert lacking == []
    assert whole.complaints() == []


# --- readers ------------------------------------------------------------------------------------


def test_dark_follows_the_system_until_one_is_chosen(whole):
    ground = "return getComputedStyle(document.body).backgroundColor"
    whole.open()
    light = whole.script(ground)
    whole.open(dark=True)
    dark = whole.script(ground)
    assert light == "rgb(255, 255, 255)" != dark
    whole.find("#theme").click()
    assert whole.script(ground) == light
    whole.find("#theme").click()
    assert whole.script(ground) == dark
    whole.script("localStorage.clear()")


def test_keyboard_is_enough(whole):
    whole.open(view="case", id=RED)
    whole.find("body").send_keys(Keys.TAB)
    assert whole.focused().text == "Skip to content"
    whole.press(Keys.ENTER)
    assert whole.focused().get_attribute("id") == "main"
    for _ in range(20):
        whole.press(Keys.TAB)
        if "row" in whole.focused().get_attribute("class"):
            break
    assert whole.focused().get_attribute("aria-expanded") == "false"
    whole.press(Keys.ENTER)
    assert whole.focused().get_attribute("aria-expanded") == "true"
    assert whole.find(".detail:not([hidden]) .fields").text != ""
    # A new view takes the focus along to its heading.
    whole.go(lambda: whole.find("nav a[data-view=rules]").send_keys(Keys.ENTER))
    assert whole.focused().text == "Rules"


def test_paper_shows_the_story_without_the_controls(whole):
    whole.open(media="print", dark=True, view="case",
               id=RED)
    assert not whole.find("nav").is_displayed()
    assert whole.find(".diagram").is_displayed()
    assert "is a Protocol Error" in whole.text()
    assert whole.script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    printed = whole.browser.execute_cdp_cmd("Page.printToPDF", {})
    assert len(printed["data"]) > 10_000


def test_a_run_that_could_not_begin_says_why(run, browser, free_port, tmp_path):
    tested = run("test", f"mqtt://127.0.0.1:{free_port}", "--html", tmp_path / "run.html")
    assert tested.returncode == 3
    page = Page(browser, tmp_path / "run.html")
    for view in VIEWS:
        assert page.open(view=view) == []
    page.open()
    assert "Nothing could be run" in page.text() and "No case was run" in page.text()


def test_nothing_is_wider_than_a_telephone(whole):
    for place in [{"view": view} for view in VIEWS] + [{"view": "case", "id": "malformed/puback-flags[flags=0x1]@5.0"}]:
        whole.open(width=400, **place)
        assert whole.script("return document.documentElement.scrollWidth") <= 400, place


# --- hostile input ------------------------------------------------------------------------------


def test_what_the_broker_sent_is_text(hostile):
    for case in hostile.report["cases"]:
        assert hostile.open(view="case", id=f"{case['id']}@5.0") == []
        hostile.find(".guilty button").click()
        assert hostile.browser.title.startswith("hostile/texts")
        assert hostile.all("main img, main script, main style") == []
        assert hostile.find(".guilty .label b").text == "PUBLISH"
        assert not UNSEEN & set(hostile.script("return document.getElementById('main').textContent"))
    hostile.open(view="case", id=f"{hostile.report['cases'][0]['id']}@5.0")
    assert HOSTILE[0] in hostile.find(".guilty .label").text
    assert "<img src=x" in hostile.find(".about").text


def test_hostile_text_is_text_in_all_views(hostile):
    for view in VIEWS:
        assert hostile.open(view=view) == []
        assert "owned" not in hostile.browser.title
    hostile.open(view="cases", q="</script>")
    assert len(hostile.all("tbody tr")) == len(hostile.report["cases"])  # the topic has it
    hostile.open(view="<script>", id="'\"><img src=x onerror=alert(1)>")
    assert hostile.find("nav [aria-current]").text == "Overview"
    assert hostile.open(view="case", id="<img src=x onerror=alert(1)>") == []
    assert hostile.find("h1").text == "No such case"


def test_a_long_payload_is_cut_with_a_note(hostile):
    case = next(case for case in hostile.report["cases"] if "1000000" in case["id"])
    hostile.open(view="case", id=f"{case['id']}@5.0")
    hostile.find(".guilty button").click()
    assert "The first 4096 of 1,000,0" in hostile.find(".detail:not([hidden])").text
    assert hostile.path.stat().st_size < 5_000_000


# --- by tools of others -------------------------------------------------------------------------


# All kinds of view, with few rows: each is looked at whole.
CHECKED = [
    {"view": "overview"}, {"view": "rules", "q": "3.1.2-2"}, {"view": "cases", "q": "users"},
    {"view": "cases", "rule": "v5 MQTT-3.8.3-4"}, {"view": "behaviour"}, {"view": "skipped"},
    {"view": "case", "id": "flow/too-large-message-is-dropped-and-the-next-one-comes[q=1]@5.0"},
]


def test_axe_finds_nothing_serious(whole, tools):
    assert axe_complaints(whole, tools, CHECKED) == []


def test_page_and_views_are_valid_html(whole, hostile, tools, tmp_path):
    assert html_complaints(whole, tools, CHECKED, [hostile.path], tmp_path) == ""
