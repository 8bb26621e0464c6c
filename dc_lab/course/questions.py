"""The verdict on the answer to a question: a number or a choice."""

from typing import Any

from dc_lab.course.exercises import Question
from dc_lab.course.given import is_handed_back
from dc_lab.course.values import as_float, close, describe, plain, show
from dc_lab.course.verdicts import Verdict, handed_back_verdict, mistake_lines, not_tried, title, wrong


def judge_value(question: Question, answer: Any) -> Verdict:
    """The verdict on a number or a choice. Raises for nothing that the answer is."""
    if answer is None or answer is ...:
        return not_tried(question)
    if is_handed_back(question, answer):
        return handed_back_verdict(question)
    try:
        value = plain(answer)
    except Exception:
        return wrong(question, f"{_asked_for(question)}, but got something else.")
    if question.kind == "choice":
        return _judge_choice(question, value)
    number, right = as_float(value), float(question.value)
    if number is None:
        return wrong(question, f"{_asked_for(question)}, but got {describe(value)}.")
    if close(right, number, question.tolerance):
        return Verdict("correct", f"{title(question)}: correct.")
    size = "too large" if number > right else "too small" if number < right else "not a number"
    for mistake in question.wrong:
        if _is_that(mistake.value, number, question.tolerance):
            lines = [f"{title(question)}: not right yet. {show(value)} is {size}.", *mistake_lines(mistake)]
            return Verdict("wrong", "\n".join(lines), mistake.name)
    return wrong(question, f"{show(value)} is {size}.")


def _judge_choice(question: Question, value: Any) -> Verdict:
    letter = value.strip().strip(".:()").strip().lower() if isinstance(value, str) else None
    if letter not in question.choices:
        return wrong(question, f"{_asked_for(question)}, but got {show(value)}.")
    if letter == question.value:
        return Verdict("correct", f"{title(question)}: correct.")
    for mistake in question.wrong:
        if _is_that(mistake.value, letter, question.tolerance):
            lines = [f"{title(question)}: not right yet. {letter} is not it.", *mistake_lines(mistake)]
            return Verdict("wrong", "\n".join(lines), mistake.name)
    return wrong(question, f"{letter} is not it.")


def _is_that(wrong: Any, given: Any, tolerance: float) -> bool:
    if callable(wrong):
        return bool(wrong(given))
    if isinstance(given, str) or isinstance(wrong, str):
        return bool(wrong == given)
    return bool(close(wrong, given, tolerance))


def _asked_for(question: Question) -> str:
    if question.kind == "choice":
        return f"The answer is one of {', '.join(question.choices)}, as text"
    return "The answer is a number"
