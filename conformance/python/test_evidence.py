"""--evidence: files about red cases that Wireshark and mqspec itself can read."""

import subprocess

import pytest

CASE = "malformed/pingreq-flags[flags=0x1]@5.0"
NAME = "malformed-pingreq-flags[flags=0x1]@5.0"


@pytest.fixture(name="folder")
def make_folder(run, mosquitto, tmp_path):
    folder = tmp_path / "evidence"
    done = run("test", mosquitto.url, "--evidence", folder, "--only", CASE)
    assert done.returncode == 1
    return folder


def tshark(path, *fields):
    words = [word for field in fields for word in ("-e", field)]
    return subprocess.run(["tshark", "-r", path, "-T", "fields", *words], check=True, text=True,
                          capture_output=True).stdout.splitlines()


def test_a_red_case_leaves_three_files(mosquitto, folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{NAME}.mqs", f"{NAME}.pcapng", f"{NAME}.txt"]
    story = (folder / f"{NAME}.txt").read_text()
    assert story.startswith(f"FAIL {CASE}\nmqspec ")
    assert f", {mosquitto.url}, mosquitto version 2." in story.splitlines()[1]
    assert "breaks    v5 MQTT-2.1.3-1 (MUST" in story
    assert "PINGREQ !flags=0x01" in story


def test_the_capture_opens_in_tshark_and_says_the_verdict(folder):
    lines = tshark(folder / f"{NAME}.pcapng", "mqtt.msgtype", "frame.comment")
    assert [line.split("\t")[0] for line in lines if line.strip()] == ["1", "2", "12", "13", "14"]
    answer = next(line for line in lines if line.startswith("13"))
    assert "FAIL: the packet was answered first" in answer and "v5 MQTT-2.1.3-1" in answer


def test_the_scenario_alone_gives_the_same_verdict(run, mosquitto, folder):
    done = run("test", mosquitto.url, "--suite-dir", folder / f"{NAME}.mqs", "--protocol", "5.0")
    assert done.returncode == 1
    assert f"FAIL    {CASE}" in done.stdout
    assert "1 case: 0 passed, 1 failed" in done.stdout


def test_secrets_do_not_reach_a_capture(run, mosquitto, tmp_path):
    url = mosquitto.url.replace("mqtt://", "mqtt://alice:hunter2@")
    done = run("test", url, "--evidence", tmp_path, "--evidence-all", "--only", CASE)
    assert done.returncode == 1
    data = (tmp_path / f"{NAME}.pcapng").read_bytes()
    assert b"alice" in data and b"*******" in data
    for path in tmp_path.iterdir():
        assert b"hunter2" not in path.read_bytes()


def test_a_folder_that_cannot_be_is_refused_before_the_run(run, tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    done = run("test", "mqtt://127.0.0.1:1", "--evidence", path)
    assert (done.returncode, done.stderr) == (
        2, f"mqspec test: --evidence {path}: it is no folder\n")
