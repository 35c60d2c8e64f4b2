"""What the console shows, letter by letter: golden/NAME.txt. `make golden` writes these files anew, to be
read with git diff before they are committed."""

import os
import re
import shlex
import subprocess

import pytest

from conftest import TOP

GOLDEN = TOP / "conformance" / "python" / "golden"
SUITE = "conformance/python/golden/scenarios.txt"

# What differs from run to run becomes something of the same size, so that lines are broken where they were.
VARIABLE = [
    (r"\r\x1b\[K(?:\d+/\d+ +\d+ red[^\r\n]*)?", ""),
    (r"\r\n", "\n"),
    (r"127\.0\.0\.1:\d{5}", "127.0.0.1:PORT!"),
    (r"(mqspec|m|gm?)[0-9a-z]{10}(?=/|[a-z]{2,}\"|[^0-9a-z])", r"\1RUN-OF-IT!"),
    (r"\bm[0-9a-z]{10}(?=[a-z]+\")", "mRUN-OF-IT!"),
    (r"\d+\.\d{3}(?=  | : )", "0.000"),
    (r"(?m)^((?:\x1b\[[0-9;]*m)?[A-Z]+ *(?:\x1b\[0m)?) {1,6}\d+ ms", r"\1 TIME ms"),
    (r"in \d+\.\d s", "in 0.0 s"),
    (r"mqspec \d+\.\d+\.\d+", "mqspec 0.0.0"),
    (r"20\d\d-\d\d-\d\d", "2026-01-01"),
]


# The same where the line was cut in the midst of it.
CUT = r"(client-id=\"m|mqspec|/gm)([0-9a-z]{1,10})…"


def normal(text):
    for pattern, word in VARIABLE:
        text = re.sub(pattern, word, text)
    return re.sub(CUT, lambda cut: f"{cut[1]}{'RUN-OF-IT!'[:len(cut[2])]}…", text)


@pytest.fixture(scope="module")
def url(mqspec):
    """A reference broker with a defect."""
    broker = subprocess.Popen([mqspec, "serve", "mqtt://127.0.0.1:0", "--defect", "v5:MQTT-3.8.3-4"],
                              stderr=subprocess.PIPE, text=True)
    yield broker.stderr.readline().split()[4]
    broker.terminate()
    broker.communicate(timeout=30)


@pytest.fixture(scope="module")
def results(run, url, tmp_path_factory):
    """Two results, the second by a broker that breaks what the first one keeps."""
    folder = tmp_path_factory.mktemp("results")
    for name, only in (("monday", "golden/kept"), ("tuesday", "golden/*")):
        run("test", url, "--suite-dir", SUITE, "--only", only, "--jobs", "1", "--quiet",
            "--json", folder / f"{name}.json", cwd=TOP)
    return folder


TEST = f"test URL --suite-dir {SUITE} --jobs 1"

# name: command; where it goes: a pipe, or a terminal of so many columns.
SHOWS = {
    "test": (TEST, None),
    "test-80": (TEST, 80),
    "test-50": (TEST, 50),
    "test-no-color": (f"{TEST} --no-color --only golden/kept", 80),
    "test-quiet": (f"{TEST} --quiet", None),
    "test-verbose": (f"{TEST} --verbose", None),
    "test-trace": (f"{TEST} --trace --only golden/blocked --only golden/broken[q=1]", None),
    "test-trace-80": (f"{TEST} --trace --only golden/blocked --only golden/broken[q=1]", 80),
    "test-known": (f"{TEST} --known conformance/python/golden/known.txt", None),
    "report": ("report RESULTS/monday.json RESULTS/tuesday.json", None),
    "report-80": ("report RESULTS/monday.json RESULTS/tuesday.json", 80),
    "report-one": ("report RESULTS/tuesday.json", None),
}


@pytest.mark.parametrize("name", SHOWS)
def test_the_console_shows(run, terminal, url, results, name):
    command, columns = SHOWS[name]
    words = [word.replace("URL", url).replace("RESULTS", str(results)) for word in shlex.split(command)]
    if columns is None:
        done = run(*words, cwd=TOP)
        shown = done.stdout + done.stderr
    else:
        shown = terminal(*words, columns=columns, cwd=TOP)
    shown = normal(shown.replace(str(results), "RESULTS"))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(shown)
    assert shown == golden.read_text()
    if columns is not None:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
        # The head and the last line say what they must, and a command is there to be copied.
        whole = (" alone ", " where ", "skipped ", "section ", "golden ", "3: 3 cases ")
        lines = [line for line in plain.splitlines()[1:-1] if not line.replace("        ", " ").startswith(whole)]
        assert [line for line in lines if len(line) > columns] == []
