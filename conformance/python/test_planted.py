"""Planted failures, from a capture to a bug report: a broker with a defect is captured among other
traffic; replay has to find the failure again, minimise to leave 5 packets at most, and what it leaves to
fail that broker and no good one."""

import concurrent.futures
import json
import os
import re
import socket
import subprocess
import sys

import pytest

from conftest import unused_port

FRAGILE = os.path.join(os.path.dirname(__file__), "fragile.py")

BEFORE = """
client n1
n1 -> SUBSCRIBE id=5 ["noise/#" qos=1, "more/+/noise" qos=0]
n1 <- SUBACK id=5 [_, _]
client n2
n2 -> PUBLISH topic="noise/one" payload="not this"
n2 -> PINGREQ
n2 <- PINGRESP
"""
AFTER = """
n2 -> PUBLISH topic="more/of/noise" payload="nor this"
n2 -> PINGREQ
n2 <- PINGRESP
n1 -> UNSUBSCRIBE id=6 ["noise/#"]
n1 <- UNSUBACK
n2 disconnect
"""
DELIVERY = """
client s
s -> SUBSCRIBE id=1 ["t" qos=2]
s <- SUBACK id=1 [2]
client p
p -> PUBLISH qos=2 id=9 topic="t" payload="hello"
p <- PUBREC id=9
s <- PUBLISH id=$m
"""

# name: how the broker fails, the version, what a client does; connections of which the failure needs.
DEFECTS = {
    "suback-of-another": ("v311:MQTT-2.3.1-7", "3.1.1", 1,
                          'client c\nc -> SUBSCRIBE id=9 ["a" qos=1]\nc <- SUBACK\n'),
    "unsuback-of-another": ("v5:MQTT-2.2.1-6/unsuback", "5.0", 1,
                            'client c\nc -> UNSUBSCRIBE id=9 ["a"]\nc <- UNSUBACK\n'),
    "second-connack": ("v5:MQTT-3.1.0-2/answered", "5.0", 1,
                       "client c\nc -> CONNECT  breaks v5 X5-3.1-1\nc <- CONNACK | closed\n"),
    "qos-3-taken": ("v311:MQTT-3.3.1-4/blind-publish-qos", "3.1.1", 1,
                    'client c\nc -> PUBLISH qos=3 id=1 topic="a" payload="x"  breaks any\n'
                    "c <- closed | nothing\n"),
    "reserved-flag": ("v311:MQTT-2.2.2-1/suback", "3.1.1", 1,
                      'client c\nc -> SUBSCRIBE id=9 ["a" qos=1]\nc <- SUBACK\n'),
    "ping-unanswered": ("v311:MQTT-3.12.4-1", "3.1.1", 1, "client c\nc -> PINGREQ\n"),
    "publish-unanswered": ("v5:MQTT-4.3.2-4", "5.0", 1,
                           'client c\nc -> PUBLISH qos=1 id=3 topic="a" payload="x"\n'),
    "pubrec-unanswered": ("v5:MQTT-4.3.3-4", "5.0", 2, DELIVERY + "s -> PUBREC id=$m\n"),
    "delivered-twice": ("v5:MQTT-4.3.3-10/twice", "5.0", 2, DELIVERY),
    "copy-delivered": ("v311:MQTT-4.3.3-2", "3.1.1", 2, DELIVERY +
                       'p -> PUBLISH dup qos=2 id=9 topic="t" payload="hello"\np <- PUBREC\n'),
    "too-many-open": ("v5:MQTT-3.3.4-9", "5.0", 2,
                      'client s receive-maximum=1\ns -> SUBSCRIBE id=1 ["t" qos=1]\ns <- SUBACK\n'
                      'client p\np -> PUBLISH qos=1 id=1 topic="t"\np <- PUBACK\n'
                      'p -> PUBLISH qos=1 id=2 topic="t"\np <- PUBACK\n'),
    "too-large": ("v5:MQTT-3.1.2-24", "5.0", 2,
                  'client s maximum-packet-size=40\ns -> SUBSCRIBE id=1 ["t"]\ns <- SUBACK\n'
                  'client p\np -> PUBLISH topic="t" payload=fill(100)\n'),
    "silence-ends-it": ("v5:X5-3.1.2.10-1", "5.0", 1,
                        "client c keep-alive=0\nc -> PINGREQ\nc <- PINGRESP\nwait 2100ms\n"),
}
GATES = {
    "dies": ("abort", "5.0", 1, 'client c\nc -> PUBLISH topic="a/killer" payload="x"\n'),
    "dies-of-two": ("two", "3.1.1", 2,
                    'client s\ns -> SUBSCRIBE id=1 ["killer"]\ns <- SUBACK\n'
                    'client p\np -> PUBLISH topic="killer" payload="x"\n'),
    "hangs": ("hang", "3.1.1", 1, 'client c\nc -> SUBSCRIBE id=1 ["killer" qos=2]\n'),
    "ends-the-connection": ("drop", "5.0", 1, 'client c\nc -> SUBSCRIBE id=1 ["killer" qos=2]\n'),
    "dies-late": ("late", "3.1.1", 1, 'client c\nwait 2100ms\nc -> PUBLISH topic="killer" payload="x"\n'),
}
KINDS = {**DEFECTS, **GATES}
PACED = {"silence-ends-it", "dies-late"}  # they need a pause of more than a second


class Brokers:
    """A good broker, and a faulty one that begins anew with each `with`."""

    def __init__(self, mqspec, failure, good):
        self.mqspec, self.good = mqspec, good
        self.port = unused_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.is_gate = failure in GATES
        self.command = ([sys.executable, FRAGILE, str(self.port), good.rpartition(":")[2], "killer",
                         GATES[failure][0]] if self.is_gate else
                        [str(mqspec), "serve", self.url, "--defect", DEFECTS[failure][0]])

    def __enter__(self):
        self.broker = subprocess.Popen(self.command, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self.url
            except ConnectionError:
                try:
                    self.broker.wait(timeout=0.1)
                except subprocess.TimeoutExpired:
                    pass
        raise AssertionError(f"{self.command} does not listen")

    def __exit__(self, *_):
        self.broker.kill()
        self.broker.wait()


def read(done):
    assert done.stdout.startswith("{"), done.stderr
    return json.loads(done.stdout)


def investigate(run, brokers, failure, folder):
    """What each step says of this failure."""
    _, version, _, steps = KINDS[failure]
    pace = ["--pace", "real"] if failure in PACED else []
    traffic, capture, short = (folder / name for name in ("all.mqs", "night.pcapng", "short"))
    traffic.write_text(f'scenario "planted/{failure}"\nversions {version}\n{BEFORE}{steps}{AFTER}')
    found = {}
    patient = {"timeout": 300}  # a dozen plays and more, each with its pauses, beside all others
    with brokers as url:
        run("replay", traffic, url, "--save", capture, "--patience", "0.3", *pace)
    with brokers as url:
        found["replayed"] = read(run("replay", "--json", capture, url, *pace))
    if failure in PACED:
        with brokers as url:
            found["in-haste"] = read(run("minimise", "--json", capture, url, "--out", short))
    if brokers.is_gate:
        found["minimised"] = read(run("minimise", "--json", capture, brokers.url, "--out", short,
                                      "--exec", " ".join(brokers.command), *pace, **patient))
    else:
        with brokers as url:
            found["minimised"] = read(run("minimise", "--json", capture, url, "--out", short, *pace,
                                          **patient))
    found["report"] = short.with_suffix(".mqs").read_text()
    with brokers as url:
        found["again"] = read(run("replay", "--json", f"{short}.mqs", url, *pace))
    found["elsewhere"] = read(run("replay", "--json", f"{short}.mqs", brokers.good, *pace))
    found["mended"] = run("test", brokers.good, "--suite-dir", f"{short}.mqs")
    return found


@pytest.fixture(name="found", scope="module")
def make_found(run, mqspec, tmp_path_factory):
    """All failures at once: most of the time is waiting."""
    goods = [subprocess.Popen([mqspec, "serve", "mqtt://127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
             for _ in KINDS]
    urls = [good.stderr.readline().split()[4] for good in goods]
    with concurrent.futures.ThreadPoolExecutor(len(KINDS)) as pool:
        yield {failure: pool.submit(investigate, run, Brokers(mqspec, failure, url), failure,
                                    tmp_path_factory.mktemp(failure))
               for failure, url in zip(KINDS, urls)}
    for good in goods:
        good.terminate()
        good.communicate(timeout=30)


@pytest.mark.parametrize("failure", KINDS)
def test_a_planted_failure_becomes_a_short_report(found, failure):
    result = found[failure].result()
    assert result["replayed"]["outcome"] == "reproduced", result["replayed"]
    minimised = result["minimised"]
    assert minimised["packets"] <= 5, result["report"]
    assert minimised["connections"] == KINDS[failure][2], result["report"]
    assert "noise" not in result["report"]
    assert result["again"]["outcome"] == "reproduced", result["report"]
    assert result["elsewhere"]["outcome"] == "gone", result["report"]
    assert result["mended"].returncode == 0, result["report"] + result["mended"].stdout


@pytest.mark.parametrize("failure", sorted(PACED))
def test_a_pause_that_it_takes_is_kept_and_shortened(found, failure):
    result = found[failure].result()
    assert result["in-haste"] == {"outcome": "gone"}
    [wait] = re.findall(r"^wait (\d+)ms$", result["report"], re.M)
    assert 1000 <= int(wait) < 2100, result["report"]
    assert " --pace real\n" in result["report"]
