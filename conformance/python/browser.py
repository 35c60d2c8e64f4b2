"""A headless Chromium that is driven like a reader's, and tools of others that look at its pages."""

import json
import pathlib
import shutil
import subprocess
import urllib.parse

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]

webdriver = pytest.importorskip("selenium.webdriver", reason="needs python3-selenium")
if not shutil.which("chromium") or not shutil.which("chromedriver"):
    pytest.skip("needs chromium and chromium-driver", allow_module_level=True)

from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.select import Select  # noqa: E402, F401

# What a broker may send, and what must not become markup, end the data or turn the text around.
HOSTILE = [
    "</script><script>document.title = 'owned'</script>",
    "<!-- <script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "'\"&lt;&amp;&#60;",
    "]]></style></html>",
    "\u2028 and \u2029, \u202egnp.exe",
    "javascript:alert(1)",
]

POLICY = ("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
          "form-action 'none'; require-trusted-types-for 'script'")

# What a reader would not see, or what turns the text behind it around.
UNSEEN = set("\u2028\u2029\u202e")


class Page:
    """One page in the browser."""

    def __init__(self, browser, path):
        self.browser = browser
        self.path = path

    def open(self, width=1280, dark=False, media="", **place):
        """Loads it anew and shows what the words name; returns the console's complaints."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        self.browser.get("about:blank")
        self.browser.get(self.path.as_uri() + self.hash_of(place))
        return self.complaints()

    def go(self, act):
        """Does what leads to another view, and waits until that is shown."""
        self.script("window.shown = new Promise((go) => addEventListener('hashchange', go, {once: true}))")
        act()
        self.browser.execute_async_script("const done = arguments[0]; window.shown.then(() => done())")

    @staticmethod
    def hash_of(place):
        return "#" + urllib.parse.urlencode(place)

    def complaints(self):
        return [line["message"] for line in self.browser.get_log("browser")]

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self):
        return self.find("main").text

    def policy(self):
        return self.find("meta[http-equiv='Content-Security-Policy']").get_attribute("content")

    def press(self, *keys):
        self.browser.switch_to.active_element.send_keys(*keys)

    def focused(self):
        return self.browser.switch_to.active_element


@pytest.fixture(scope="module", name="browser")
def make_browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    yield browser
    browser.quit()


@pytest.fixture(scope="module", name="tools")
def make_tools():
    fetched = subprocess.run([TOP / "ci/page-tools"], capture_output=True, text=True, timeout=300, check=False)
    if fetched.returncode == 4:
        pytest.skip(fetched.stderr.strip())
    assert fetched.returncode == 0, fetched.stderr
    return TOP / "build/page-tools/node_modules"


def axe_complaints(page, tools, places):
    """What axe-core has against these views, packets opened; the last one also dark, on a telephone."""
    axe = (tools / "axe-core" / "axe.min.js").read_text()
    found = []
    for dark, width, some in ((False, 1280, places), (True, 400, places[-1:])):
        for place in some:
            page.open(width=width, dark=dark, **place)
            for row in page.all("button.row")[:3]:
                row.click()
            page.script(axe)
            result = page.browser.execute_async_script(
                "axe.run(document, {resultTypes: ['violations']}).then(arguments[arguments.length - 1])")
            found += [f"{place} {dark} {item['id']} {item['impact']}: {node['html']} {node['failureSummary']}"
                      for item in result["violations"] for node in item["nodes"][:3]]
    return found


def html_complaints(page, tools, places, files, folder):
    """What html-validate has against these files, and against these views as they are shown."""
    files = list(files)
    for i, place in enumerate(places):
        page.open(**place)
        for row in page.all("button.row")[:3]:
            row.click()
        body = page.script("""
            const copy = document.documentElement.cloneNode(true);
            copy.querySelectorAll("script, [style]").forEach((e) => e.tagName === "SCRIPT" ? e.remove() : e.removeAttribute("style"));
            return copy.outerHTML""")
        files.append(folder / f"{i}.html")
        files[-1].write_text(f"<!doctype html>\n{body}\n")
    (folder / ".htmlvalidate.json").write_text(json.dumps({"root": True, "extends": ["html-validate:standard"]}))
    checked = subprocess.run(
        [tools / ".bin" / "html-validate", "--config", folder / ".htmlvalidate.json", *files],
        capture_output=True, text=True, timeout=120, check=False)
    return "" if checked.returncode == 0 else checked.stdout + checked.stderr
