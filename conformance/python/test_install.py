"""libmqc as others use it: installed and found by pkg-config, or the folder codec/ copied.

The program that is built is the one that README.md shows.
"""

import os
import re
import shutil
import subprocess

import pytest

from conftest import TOP

README = (TOP / "README.md").read_text()
[PROGRAM, SHOWN] = re.search(r"```c\n(.*?)```\n\n((?:    [^\n]*\n)+)", README, re.DOTALL).groups()
EXPECTED = SHOWN.replace("    ", "")


def command(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program of README.md, in a folder of its own."""
    path = tmp_path_factory.mktemp("program") / "program.c"
    path.write_text(PROGRAM)
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where `make install` has put things, as a package builder calls it."""
    folder = tmp_path_factory.mktemp("installed")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command("make", "-s", "-C", TOP, "install", "PREFIX=/usr", f"DESTDIR={folder}", env=environment)
    return folder


@pytest.fixture(scope="module")
def flags(installed):
    """flags("--libs", "--static"): what pkg-config says of the installed library."""
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(installed / "usr/lib/pkgconfig"),
                   "PKG_CONFIG_SYSROOT_DIR": str(installed)}
    return lambda *words: command("pkg-config", *words, "mqc", env=environment).split()


def test_what_is_installed(installed):
    files = {str(path.relative_to(installed / "usr")) for path in installed.rglob("*") if path.is_file()}
    assert {"bin/mqspec", "lib/libmqc.a", "lib/libmqc.so", "lib/libmqc.so.0", "lib/pkgconfig/mqc.pc",
            "include/mqc/codec/packet.h", "include/mqc/codec/rules.def"} <= files
    assert {"share/man/man1/mqspec.1", "share/bash-completion/completions/mqspec",
            "share/doc/mqspec/NOTATION.md"} <= files
    assert not [name for name in files if "test" in name]
    assert command(installed / "usr/bin/mqspec", "list", "--cases", cwd="/")


def test_a_program_with_the_shared_library(program, installed, flags):
    binary = program.with_name("shared")
    command("cc", *flags("--cflags"), program, *flags("--libs"), "-o", binary)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(installed / "usr/lib")}
    assert command(binary, env=environment) == EXPECTED
    assert "libmqc.so.0" in command("readelf", "-d", binary)


def test_a_program_with_the_static_library(program, flags):
    binary = program.with_name("static")
    command("cc", *flags("--cflags"), program, "-static", *flags("--libs", "--static"), "-o", binary)
    assert command(binary) == EXPECTED


def test_headers_need_nothing_else(program, flags, installed):
    source = program.with_name("header.c")
    for header in sorted((installed / "usr/include/mqc/codec").glob("*.h")):
        source.write_text(f'#include "codec/{header.name}"\n')
        command("cc", *flags("--cflags"), "-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", source)


def test_the_folder_can_be_copied(program, tmp_path):
    shutil.copytree(TOP / "codec", tmp_path / "codec")
    sources = [path for path in sorted((tmp_path / "codec").glob("*.c"))
               if not path.stem.endswith(("_test", "_bench"))]
    command("cc", "-std=c17", "-Wall", "-Wextra", "-Werror", f"-I{tmp_path}", program, *sources,
            "-o", tmp_path / "copied")
    assert command(tmp_path / "copied") == EXPECTED


def test_the_library_needs_libc_only_and_does_not_allocate(installed):
    library = installed / "usr/lib/libmqc.so.0"
    needed = re.findall(r"NEEDED.*\[(.*)\]", command("readelf", "-d", library))
    assert needed == ["libc.so.6"]
    wanted = set(re.findall(r" U (\w+)", command("nm", "-D", library)))
    assert wanted <= {"memcpy", "memset", "memcmp", "memmove", "memchr", "strlen", "strcmp", "strncmp",
                      "strchr", "strcspn", "__assert_fail", "__stack_chk_fail"}, wanted


def test_what_was_installed_can_be_taken_away(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    for target in ("install", "uninstall"):
        command("make", "-s", "-C", TOP, target, "PREFIX=/usr", f"DESTDIR={tmp_path}", env=environment)
        files = [path for path in tmp_path.rglob("*") if not path.is_dir()]
        assert bool(files) == (target == "install")


def test_the_manual_page_has_all_commands(installed):
    page = (installed / "usr/share/man/man1/mqspec.1").read_text()
    for name in ("test", "replay", "mutants"):
        assert f"\n.SH MQSPEC {name.upper()}\n" in page
        for line in command(installed / "usr/bin/mqspec", name, "--help").splitlines():
            assert line.replace("\\", "\\e").replace("-", "\\-") in page


@pytest.mark.parametrize(("words", "some"), [
    (["mqspec", "mi"], {"minimise"}),
    (["mqspec", "test", "--ju"], {"--junit"}),
    (["mqspec", "list", "--protocol", "3"], {"3.1", "3.1.1"}),
    (["mqspec", "test", "--only", "ping/without"], {"ping/without-keep-alive"}),
    (["mqspec", "test", "--only", "pin"], {"ping/"}),
])
def test_bash_completes(installed, words, some):
    script = (f"PATH={installed}/usr/bin:$PATH; . {installed}/usr/share/bash-completion/completions/mqspec\n"
              f"COMP_WORDS=({' '.join(words)}) COMP_CWORD={len(words) - 1}; _mqspec; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    assert some <= set(command("bash", "-c", script).splitlines())
