"""`predict`: a guess before a curve. It is drawn into the figure; nobody says right or wrong."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dc_lab.course.display import Message, show
from dc_lab.course.exercises import lesson_numbers, listed
from dc_lab.course.values import as_float, describe, plain


@dataclass(frozen=True)
class Prediction:
    """A question to which a learner guesses the answer before it is measured.

    Attributes
    ----------
    id : lesson and letter, such as "02.a".
    question : as the page asks it.
    unit : of the guess, such as "%".
    low, high : between them lies every guess that means something.
    """

    id: str
    question: str
    unit: str
    low: float = 0.0
    high: float = math.inf


guesses: dict[str, float] = {}
"""What was guessed in this session."""


def take(prediction: Prediction, guess: Any) -> float | None:
    """Keep a guess and return it; None, with a word on it, where there is none or it is no number in range."""
    unit = f" {prediction.unit}" if prediction.unit else ""
    if guess is None or guess is ...:
        show(Message("not tried", f"{prediction.id} no guess yet. Put a number in place of the dots before you go on."))
        return None
    try:
        value = as_float(plain(guess))
    except Exception:
        value = None
    if value is None or not math.isfinite(value):
        kind = describe(plain(guess)) if not isinstance(guess, float) else str(guess)
        show(Message("not tried", f"{prediction.id} a guess is a number, got {kind}."))
        return None
    if not prediction.low <= value <= prediction.high:
        limits = f"between {prediction.low:g} and {prediction.high:g}{unit}"
        show(Message("not tried", f"{prediction.id} expected a guess {limits}, got {value:g}."))
        return None
    guesses[prediction.id] = value
    show(
        Message(
            "hint", f"{prediction.id} your guess: {value:g}{unit}. The next figure shows it beside what was measured."
        )
    )
    return value


def find_prediction(prediction_id: str) -> Prediction:
    """The prediction of this id.

    Raises
    ------
    ValueError : there is none.
    """
    number = str(prediction_id).partition(".")[0]
    if number not in lesson_numbers():
        raise ValueError(f"no lesson {number!r} with predictions; there are {', '.join(lesson_numbers())}")
    known: Sequence[Prediction] = listed(number, "PREDICTIONS")
    for prediction in known:
        if prediction.id == prediction_id:
            return prediction
    raise ValueError(f"no prediction {prediction_id!r}; there are {', '.join(p.id for p in known) or 'none'}")
