"""What is asked for: ranges, contradictions, rules that fit nothing, and what it comes to for one tensor."""

import math

import pytest

from dc_lab.checkpoints.rules import Asked, Rule, Settings

SHAPES = {"conv1.weight": (8, 4, 5, 5), "ip1.weight": (40, 30), "ip1.bias": (40,)}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked(keep=["nothing*"]), r"no weights match 'nothing\*'; there are conv1.weight, ip1.weight, ip1.bias"),
        (Asked(max_change=0), "the largest change must be a percentage above 0, got 0"),
        (Asked(max_change=math.nan), "the largest change must be a percentage above 0, got nan"),
        (Asked(max_change=2, bits=[Rule("*", 4)]), "a largest change chooses the bits by itself"),
        (Asked(max_change=2, densities=[Rule("*", 0.4)]), "a largest change chooses the bits by itself"),
        (Asked(lossless=True, half=True), "lossless leaves everything as it is"),
        (Asked(lossless=True, bits=[Rule("*", 4)]), "lossless leaves everything as it is"),
        (Asked(densities=[Rule("fc9", 0.5)]), "no weights match 'fc9'"),
        (Asked(bits=[Rule("*", 17)]), "bits must be a whole number from 1 to 16, got 17"),
    ],
)
def test_what_cannot_be_asked(asked, message):
    with pytest.raises(ValueError, match=message):
        asked.check(SHAPES)


def test_what_it_comes_to():
    asked = Asked([Rule("*", 0.5)], [Rule("ip1", 3)], keep=["conv1"])
    asked.check(SHAPES)
    assert asked.settings("conv1.weight", 4) == Settings(exact=True)
    assert asked.settings("ip1.weight", 2) == Settings(0.5, 3)
    assert asked.settings("ip1.bias", 1) == Settings(None, None)
    assert Asked().settings("conv1.weight", 4) == Settings(None, 8)
    assert Asked(half=True, max_change=2.0).settings("ip1.weight", 2) == Settings(None, 5, True, 2.0)
    assert Asked(lossless=True).settings("ip1.bias", 1) == Settings(exact=True)
    assert Asked(keep=["ip1.bias"]).settings("ip1.bias", 1) == Settings(exact=True)
