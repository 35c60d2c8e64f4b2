"""mqspec test --markdown, read as GitHub reads it: by cmark-gfm, tables and autolinks on."""

import html.parser
import subprocess

import pytest


class Page(html.parser.HTMLParser):
    """What a reader is shown: `tags`, the text of each element by its tag, tables by row."""

    def __init__(self, markdown):
        super().__init__()
        command = ["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "tagfilter", "-e", "strikethrough"]
        done = subprocess.run(command, input=markdown, capture_output=True, text=True, check=True)
        self.tags, self.texts, self.rows, self._open = [], {}, [], []
        self.feed(done.stdout)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, _attributes):
        self.tags.append(tag)
        if tag in ("br", "hr", "input"):
            return
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        for tag in self._open:
            self.texts[tag][-1] += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data


@pytest.fixture
def summary(run, tmp_path):
    """summary(url, …): what the run leaves, as a page, and its exit status."""

    def call(*words):
        path = tmp_path / "summary.md"
        done = run("test", *words, "--markdown", path)
        text = path.read_text()
        assert len(text.encode()) <= 65000
        return Page(text), done.returncode

    return call


FAULTY = ("--only", "ping/*", "--only", "subscribe/no-local-on-a-share*", "--protocol", "5.0")


def test_what_is_broken_stands_in_a_table_with_our_wording(summary, serve):
    page, status = summary(serve("--defect", "v5:MQTT-3.8.3-4"), *FAULTY)
    assert status == 1
    assert page.texts["h2"][0].endswith(": 3 failed")
    assert page.texts["h3"] == ["Breaks 1 requirement"]
    [row] = [row for row in page.rows if row[0].startswith("v5 MQTT-3.8.3-4")]
    assert row[1:] == ["Setting No Local on a Shared Subscription is a Protocol Error.", "3"]
    assert "FAIL subscribe/no-local-on-a-share" in page.texts["pre"][0]
    assert "--only 'subscribe/no-local-on-a-share" in page.texts["pre"][0]
    assert "Limits announced" in page.texts["summary"]
    assert not {"a", "script", "img"} & set(page.tags)


def test_only_what_is_new_is_shown_first(summary, run, serve, tmp_path):
    url = serve("--defect", "v5:MQTT-3.8.3-4")
    known = tmp_path / "known.txt"
    run("test", url, *FAULTY, "--write-known", known)
    page, status = summary(url, *FAULTY, "--known", known)
    assert status == 0
    assert page.texts["h2"][0].endswith(": nothing new, 3 known failures")
    assert "h3" not in page.texts
    assert "Known failures: 1 requirement" in page.texts["summary"]
    page, status = summary(serve(), *FAULTY, "--known", known)
    assert status == 1
    assert page.texts["h2"][0].endswith(": 3 stale entries in the list of known failures")
    assert page.texts["h3"] == ["Stale: does not fail any more, and is listed as known"]
    assert len(page.texts["li"][:3]) == 3


def test_a_run_that_could_not_begin_says_why(summary, free_port):
    page, status = summary(f"mqtt://127.0.0.1:{free_port}")
    assert status == 3
    assert page.texts["h2"][0].endswith(": nothing could be tested")
    assert "refused" in page.texts["pre"][0]
