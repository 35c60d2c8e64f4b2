"""What all commands have in common: help, wrong usage, and output that cannot be written."""

import re
import subprocess

import pytest

COMMANDS = {"test", "probe", "decode", "encode", "list"}


@pytest.fixture(scope="module")
def commands(run):
    """Those that mqspec --help lists."""
    return re.findall(r"^  ([a-z]+)  +", run("--help").stdout, re.MULTILINE)


def test_help_lists_the_commands(run, commands):
    assert COMMANDS <= set(commands)
    for arguments in (["-h"], ["help"]):
        done = run(*arguments)
        assert done.returncode == 0
        assert done.stdout == run("--help").stdout
    assert run().returncode == 2


def test_version(run):
    done = run("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"mqspec \d+\.\d+\.\d+\n", done.stdout)


def test_each_command_has_help_with_examples(run, commands):
    for command in commands:
        done = run(command, "--help")
        assert done.returncode == 0
        assert done.stderr == ""
        assert done.stdout.count(f"mqspec {command}") >= 4, command
        assert "Examples\n" in done.stdout
        assert "Exit status" in done.stdout
        assert max(len(line) for line in done.stdout.splitlines()) < 80
        assert run("help", command).stdout == done.stdout


def test_the_examples_name_options_that_exist(run, commands):
    for command in commands:
        manual, examples = run(command, "--help").stdout.split("Examples\n")
        for option in re.findall(rf"(?m)^  mqspec {command} .*?(--[a-z-]+)", examples):
            assert option in manual, f"{command} {option}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tset"], '"tset" is no command'),
        (["test"], "expected one URL"),
        (["test", "mqtt://a", "mqtt://b"], '"mqtt://b": one URL is expected, and nothing else'),
        (["test", "mqtt://a", "--only", "MQTT-3.8.3-2"], "named with its version: v5:MQTT-3.8.3-2"),
        (["test", "--wrong"], "--wrong is no option"),
        (["test", "-x"], "-x is no option"),
        (["test", "--jobs"], "--jobs wants a value"),
        (["test", "--strict=yes", "mqtt://a"], "--strict takes no value"),
        (["test", "--jobs", "0", "mqtt://a"], "--jobs 0: expected a number from 1 to 1000"),
        (["test", "--jobs", "-3", "mqtt://a"], "--jobs -3: expected a number"),
        (["test", "--timeout", "soon", "mqtt://a"], "--timeout soon: expected seconds"),
        (["test", "--timeout", "0", "mqtt://a"], "--timeout 0: expected seconds"),
        (["test", "--protocol", "4", "mqtt://a"], "--protocol 4: expected 3.1, 3.1.1, 5.0"),
        (["test", "--protocol", "3.1,", "mqtt://a"], "--protocol 3.1,: expected"),
        (["test", "--json", "-", "--tap", "-", "mqtt://a"], "only one report"),
        (["test", "--json", "/nonexistent/x", "mqtt://a"], "cannot write /nonexistent/x"),
        (["test", "--junit", "/", "mqtt://a"], "cannot write /: Is a directory"),
        (["test", "--known", "/nonexistent", "mqtt://a"], "cannot read /nonexistent"),
        (["test", "--suite-dir", "/nonexistent", "mqtt://a"], "cannot read /nonexistent"),
        (["test", "http://a"], "http"),
        (["test", "mqtt://"], "mqtt://"),
        (["test", "mqtt://host:99999"], "1 to 65535"),
        (["probe"], "expected one URL"),
        (["probe", "--wrong"], "--wrong is no option"),
        (["decode", "--from", "broker"], "--from broker: expected client or server"),
        (["decode", "--protocol", "5"], "--protocol 5: expected 3.1, 3.1.1 or 5.0"),
        (["decode", "--limit", "x"], "--limit x: expected a number"),
        (["encode", "--wrong"], "--wrong is no option"),
        (["list", "--cases", "--requirements"], "exclude each other"),
        (["list", "--json"], "--json goes with --requirements"),
        (["list", "--requirements", "--only", "v5:MQTT-9-9"], "there is none that --only"),
        (["list", "--defects", "--only", "v5:MQTT-9-9"], "there is none that --only"),
        (["list", "subscribe"], '"subscribe": no argument was expected'),
        (["lint", "--wrong"], "--wrong is no option"),
        (["lint", "/"], "Is a directory"),
        (["lint", "--keylog"], "--keylog wants a value"),
        (["convert", "--wrong"], "--wrong is no option"),
        (["convert", "/", "/tmp/x.mqs"], "Is a directory"),
        (["replay", "--wrong"], "--wrong is no option"),
        (["replay", "/", "mqtt://127.0.0.1:1"], "Is a directory"),
        (["replay", "/dev/null", "mqtt://127.0.0.1:1"], "no bytes in it"),
        (["replay", "/dev/null", "http://a"], "http"),
        (["replay", "/dev/null", "mqtt://a", "--save", "/"], "cannot write /: Is a directory"),
        (["minimise", "--wrong"], "--wrong is no option"),
        (["minimise", "/", "mqtt://127.0.0.1:1"], "Is a directory"),
        (["minimise", "/dev/null", "mqtt://127.0.0.1:1", "--times", "0"], "--times 0: expected"),
        (["report", "--wrong"], "--wrong is no option"),
        (["report", "/", "--html", "/nonexistent/x"], "cannot "),
        (["proxy", "--wrong"], "--wrong is no option"),
        (["proxy", "mqtt://127.0.0.1:0", "mqtt://127.0.0.1:1", "--record", "/"], "cannot write /: Is a directory"),
        (["proxy", "mqtt://127.0.0.1:0", "mqtt://127.0.0.1:1", "--interval", "0"], "--interval 0: expected"),
        (["serve", "--wrong"], "--wrong is no option"),
        (["serve", "mqtt://127.0.0.1:0", "--defect", "none"], "none"),
        (["mutants", "--wrong"], "--wrong is no option"),
        (["mutants", "--json", "/nonexistent/x"], "cannot write /nonexistent/x"),
        (["test", "mqtt://a", "--html", "/nonexistent/x"], "cannot write /nonexistent/x"),
        (["test", "mqtt://a", "--markdown", "/"], "cannot write /: Is a directory"),
        (["test", "mqtt://a", "--evidence", "/dev/null"], "--evidence /dev/null: it is no folder"),
        (["test", "mqtt://a", "--known", "/"], "cannot read /: Is a directory"),
        (["test", "mqtt://a", "--suite-dir", "/dev/null"], "/dev/null"),
        (["test", "mqtt://a", "--write-known", "/"], "cannot write /: Is a directory"),
    ],
)
def test_wrong_usage_is_one_clear_line(run, arguments, message):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_is_an_error(mqspec, commands, serve):
    """Whether what is lost fills a block of it or not, and whoever wrote it out."""
    run_of_cases = ["test", serve(), "--only", "ping/*"]
    for arguments in (["--version"], ["list", "--requirements"], run_of_cases, *([name, "--help"] for name in commands)):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([mqspec, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("mqspec: cannot write the output: "), arguments


def test_a_reader_that_goes_away_is_no_error(mqspec):
    producer = subprocess.Popen([mqspec, "list", "--requirements", "--json"], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    producer.stdout.read(10)
    producer.stdout.close()
    assert producer.stderr.read() == b""
    producer.stderr.close()
    assert producer.wait(timeout=30) == 0
