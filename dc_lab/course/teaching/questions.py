"""What a question of an exam is: a function that draws its numbers and works out its answer."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Drawn:
    """A question with its numbers.

    Attributes
    ----------
    text : Markdown, with all that the answer needs.
    answer : Markdown, as it stands in the key.
    worked : how to get there, in a line or two.
    value : the answer, not rounded: a number, or a tuple of numbers or texts.
    given : the numbers that were drawn, by name. Tests work the answer out from them in another way.
    """

    text: str
    answer: str
    worked: str
    value: Any
    given: Mapping[str, Any]


@dataclass(frozen=True)
class ExamQuestion:
    """A question of the bank: the lesson, its place among the lesson's questions, its points, and what draws it."""

    lesson: str
    number: int
    title: str
    points: int
    draw: Callable[[np.random.Generator], Drawn]

    @property
    def id(self) -> str:
        """Such as "02-1"."""
        return f"{self.lesson}-{self.number}"

    def drawn(self, seed: int) -> Drawn:
        """The question with the numbers of a seed, which are the same whatever else is on the sheet."""
        return self.draw(np.random.default_rng([seed, zlib.crc32(self.id.encode())]))


KNOWN: list[ExamQuestion] = []
"""What `asks` was called for, in the order of the modules; `bank.all_questions` has them by lesson."""


def asks(
    lesson: str, title: str, points: int
) -> Callable[[Callable[[np.random.Generator], Drawn]], Callable[[np.random.Generator], Drawn]]:
    """The function below is one more question of this lesson.

    Points are for steps: 1 for one of them, 2 for two or three, 3 where a procedure is gone through by hand.
    """

    def add(draw: Callable[[np.random.Generator], Drawn]) -> Callable[[np.random.Generator], Drawn]:
        number = 1 + sum(question.lesson == lesson for question in KNOWN)
        KNOWN.append(ExamQuestion(lesson, number, title, points, draw))
        return draw

    return add


# --- how numbers are written ---


def several(values: Any, places: int | None = None) -> str:
    """Numbers in a row: "3, 0, 5", or with so many decimals. A minus sign is that of the keyboard."""
    return ", ".join(str(value) if places is None else f"{value:.{places}f}" for value in values)


def block(*lines: str) -> str:
    """Lines that keep their spaces, as a block of code."""
    return "\n".join(["", "", "```text", *lines, "```"])
