"""Guesses are kept and shown; nobody says whether they are right."""

from typing import Any

import numpy as np
import pytest

from dc_lab.course import predictions
from dc_lab.course.predictions import Prediction, find_prediction, take

ERROR = Prediction("98.a", "How many are wrong?", "%", 0, 100)


@pytest.mark.parametrize(("guess", "value"), [(30, 30.0), (0.5, 0.5), (np.float32(2), 2.0), (0, 0.0), (100, 100.0)])
def test_a_guess_comes_back(guess: Any, value: float, capsys: pytest.CaptureFixture[str]) -> None:
    assert take(ERROR, guess) == value == predictions.guesses["98.a"]
    assert capsys.readouterr().out.startswith(f"98.a your guess: {value:g} %.")


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (..., "no guess yet"), (None, "no guess yet"), ("30", "a guess is a number, got a text of 2 characters"),
        (101, "expected a guess between 0 and 100 %, got 101"), (-1, "between 0 and 100"),
        (float("nan"), "a guess is a number, got nan"), ([1, 2], "got a list of 2"), (print, "got a builtin"),
        (True, "got a bool"),
    ],
)  # fmt: skip
def test_what_is_no_guess(guess: Any, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert take(ERROR, guess) is None
    assert said in capsys.readouterr().out


def test_one_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"no lesson '77' with predictions"):
        find_prediction("77.a")
    with pytest.raises(ValueError, match=r"no prediction '01\.zz'"):
        find_prediction("01.zz")
