"""The score of a lab: measured, shown beside the course's, and kept on a local board."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from dc_lab.course import work
from dc_lab.course.display import Message, show
from dc_lab.course.lab import Lab, LabError, labs_of, names_of
from dc_lab.course.lab_process import run
from dc_lab.course.verdicts import wrapped
from dc_lab.support import files

BOARD = "board.json"
"""Where a work folder keeps its scores, a list each lab."""

_boards: dict[str, list[float]] = {}
"""Scores of this session, where there is no work folder."""


def score(lab: Lab, *functions: Any) -> float | None:
    """Run a learner's function, show its score and the board, and return the score; None where there is none.

    Raises
    ------
    TypeError : not as many functions as the lab has.
    """
    names = names_of(lab)
    if len(functions) != len(names):
        raise TypeError(f"{lab.id} takes {' and '.join(names)}, got {len(functions)} of {len(names)}")
    if any(function is None or function is ... or _is_a_stub(function) for function in functions):
        text = f"{lab.id} {lab.title}: not tried yet. {lab.minutes} minutes."
        show(Message("not tried", text))
        return None
    began = time.perf_counter()
    try:
        result = run(lab, *functions)
        found = lab.measure(result)
    except LabError as error:
        lines = [f"{lab.id} {lab.title}: no score.", *_lines(str(error))]
        show(Message("wrong", "\n".join(lines)))
        return None
    took = time.perf_counter() - began
    before = _add_to_board(lab, found.value)
    lines = [f"{lab.id} {lab.title}: {found.value:.2f} {lab.unit}", *wrapped(f"{found.text} It took {took:.0f} s.")]
    show(Message("correct", "\n".join([*lines, *board(lab, before, found.value)])))
    return found.value


def _lines(text: str) -> list[str]:
    return [line for part in text.split("\n") for line in ([part] if part.startswith("  ") else wrapped(part))]


def _is_a_stub(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and "NotImplementedError" in code.co_names and len(code.co_names) == 1


def board(lab: Lab, scores: Sequence[float], now: float | None = None) -> list[str]:
    """The scores so far and the reference to beat, the best first."""
    rows = [(lab.reference_score, "the course's")]  # before its equals
    rows += [(value, f"the course's, {name}") for name, value in lab.others.items()]
    if now is not None:
        rows.append((now, "yours, now"))
    rows += [(value, "yours") for value in dict.fromkeys(scores) if value != now]
    rows.sort(key=lambda row: row[0], reverse=lab.better == "higher")
    return [f"  {place:2d}  {value:8.2f} {lab.unit}  {by}" for place, (value, by) in enumerate(rows[:10], 1)]


def _add_to_board(lab: Lab, value: float) -> list[float]:
    """Keep a score; returns those that were there before."""
    folder = work.find()
    if folder is None:
        before = list(_boards.get(lab.id, ()))
        _boards.setdefault(lab.id, []).append(value)
        return before
    with folder.changing():  # which holds the folder's lock
        found = _stored(folder)
        before = found.get(lab.id, [])
        files.write(folder.state / BOARD, json.dumps({**found, lab.id: [*before, value]}, indent=1).encode())
    return before


def _stored(folder: work.Folder) -> dict[str, list[float]]:
    """The scores of all labs in a work folder; none where the file is not there, or is not what was written."""
    try:
        found = json.loads((folder.state / BOARD).read_text(encoding="utf-8"))
        return {name: [float(each) for each in scores] for name, scores in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def scores(folder: work.Folder | None) -> dict[str, list[float]]:
    """All scores so far by lab: in a work folder, or those of this session where it is None."""
    return _boards if folder is None else _stored(folder)


def progress_lines(lesson: str, known: Mapping[str, Sequence[float]]) -> list[str]:
    """A line each lab of a lesson: its minutes, the best of the `known` scores, and the one to beat."""
    lines = []
    for lab in labs_of(lesson):
        best = (max if lab.better == "higher" else min)(known.get(lab.id, ()), default=None)
        standing = "no score yet" if best is None else f"best {best:.2f} {lab.unit}"
        lines.append(f"{lab.id} {lab.title}, {lab.minutes} min: {standing}; the course's {lab.reference_score:.2f}")
    return lines
