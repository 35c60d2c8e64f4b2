"""The colours of the pages: every text can be read on every ground, in light and in dark."""

import pathlib
import re

import pytest

CSS = "".join(path.read_text() for path in sorted(
    (pathlib.Path(__file__).resolve().parents[2] / "harness/report").glob("*.css")))
COLOURS = {name: pair for name, *pair in re.findall(r"--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)", CSS)}
# How much of its own tone is in the ground of a badge, of a remark, of a cell.
SHARES = [int(share) / 100 for share in re.findall(r"color-mix\(in srgb, var\(--tone\) (\d+)%, var\(--ground\)", CSS)]
TEXTS = ("text", "quiet", "accent", "pass", "fail", "warn", "blocked", "flaky", "error", "known", "skip")


def parts(colour):
    return [int(colour[i:i + 2], 16) for i in (0, 2, 4)]


def mixed(colour, share, ground):
    """color-mix(in srgb, colour share, ground)"""
    return [a * share + b * (1 - share) for a, b in zip(parts(colour), parts(ground))]


def luminance(colour):
    """As WCAG 2.2 defines it."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", TEXTS)
def test_text_stands_out(name, theme):
    """From the page, from what is raised, from a ground of its own tone and from marked bytes."""
    now = {key: pair[theme == "dark"] for key, pair in COLOURS.items()}
    grounds = {"ground": parts(now["ground"]), "raised": parts(now["raised"]),
               "own tone": mixed(now[name], max(SHARES), now["ground"])}
    if name == "text":
        grounds["mark"] = mixed(now["bar-fail"], 0.24, now["ground"])
    assert {key: round(contrast(parts(now[name]), ground), 2) for key, ground in grounds.items()
            if contrast(parts(now[name]), ground) < 4.5} == {}
