"""README.md is true: what it shows of the program is what the program says."""

import re
import signal
import subprocess

import pytest

from conftest import TOP

README = (TOP / "README.md").read_text()

# What differs from run to run: names made up, times, counts that grow with the suite.
VARIABLE = [
    (r"mqtt://127\.0\.0\.1:\d+", "URL"),
    (r'client-id="[^"]*"', "client-id"),
    (r"\bg?m?[0-9a-z]{6,}/mqspec[0-9a-z]+/", "SHARE/TOPIC/"),
    (r"\d{4}-\d\d-\d\dT[0-9:]{8}Z", "DATE"),
    (r"(?m)^( +)\d+\.\d{3}  ", r"\1TIME  "),
    (r"\d+\.\d s$", "TIME"),
    (r"\.mqs:\d+", ".mqs:LINE"),
    (r"\b\d+ (cases?|passed|failed|warned|skipped|known|ms)\b", r"N \1"),
    (r"\[\d+ defects?\]", "[DEFECTS]"),
    (r"(?m)^([a-z-]+) +(?:(?:\d+|\.) *){2,8}$", r"\1 COUNTS"),
]


def examples():
    """(command, output) of each command that a console block shows."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for command in re.split(r"(?m)^\$ ", block)[1:]:
            words, _, output = command.partition("\n")
            yield words, output


def normal(text):
    for variable, word in VARIABLE:
        text = re.sub(variable, word, text, flags=re.MULTILINE)
    return text


def pattern(shown):
    """A regular expression: a line `…` stands for any lines, a line that ends in it for any end."""
    lines = normal(shown).splitlines()
    return "".join(r"(?:.*\n)*" if line == "…" else re.escape(line.removesuffix("…"))
                   + (".*" if line.endswith("…") else "") + r"\n" for line in lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readme")


def shell(mqspec, mosquitto, folder, command):
    line = re.sub("^mqspec ", f"{mqspec} ", command).replace("mqtt://127.0.0.1:1883", mosquitto.url)
    done = subprocess.run(line, shell=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=120)
    return normal(done.stdout)


WHOLE = "mqspec test mqtt://127.0.0.1:1883"
PROXY = "mqspec proxy "  # waits for clients
CAPTURE = "night.pcapng"  # the reader's own; test_lint.py and its neighbours have such files


def is_plain(command):
    return command != WHOLE and CAPTURE not in command and not command.startswith(PROXY)


@pytest.mark.parametrize(("command", "shown"), [e for e in examples() if is_plain(e[0])], ids=lambda _: "")
def test_a_command_says_what_is_shown(mqspec, mosquitto, folder, command, shown):
    said = shell(mqspec, mosquitto, folder, command)
    assert re.fullmatch(pattern(shown), said), f"{command}\n{said}"


def test_the_failure_that_is_shown(mqspec, mosquitto, folder):
    """The whole run takes long; the case whose failure is shown does not."""
    [shown] = [shown for command, shown in examples() if command == WHOLE]
    said = shell(mqspec, mosquitto, folder, f"{WHOLE} --only 'subscribe/no-local-on-a-share*'")
    for part in shown.split("…\n")[:2]:
        assert normal(part) in said


def test_the_proxy_that_is_shown(mqspec, mosquitto, folder):
    [(command, shown)] = [example for example in examples() if example[0].startswith(PROXY)]
    [client] = re.findall("`(mosquitto_pub -p 1884 [^`]*)`", README)
    words = command.replace(":1884", ":0").replace("mqtt://127.0.0.1:1883", mosquitto.url).split()
    proxy = subprocess.Popen([mqspec, *words[1:]], cwd=folder, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    ready = proxy.stderr.readline()
    port = ready.strip().rsplit(":", 1)[1]
    subprocess.run(client.replace("1884", port).split(), check=True, timeout=60)
    proxy.send_signal(signal.SIGINT)
    said, complaints = proxy.communicate(timeout=60)
    assert complaints == ""

    def without_times(text):
        return re.sub(r"(?m)^ +\d+\.\d{6} |127\.0\.0\.1:\d+$", "", text)

    assert re.fullmatch(pattern(without_times(shown)), normal(without_times(ready + said))), said


def test_the_scenario_that_is_shown_is_the_one_in_the_suite(run):
    [scenario] = re.findall(r"```\n(# .*?)```", README, re.DOTALL)
    assert scenario in (TOP / "conformance/subscribe/shared.mqs").read_text()


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README):
        assert (TOP / target).exists(), target
    headings = {re.sub(r"[^a-z -]", "", line[3:].lower()).replace(" ", "-")
                for line in README.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings


def test_every_option_that_is_named_exists(run):
    commands = re.findall(r"^  ([a-z]+)  +", run("--help").stdout, re.MULTILINE)
    manuals = "".join(run(command, "--help").stdout for command in commands)
    for option in set(re.findall(r"`(--[a-z-]+)", README)):
        assert option in manuals, option
