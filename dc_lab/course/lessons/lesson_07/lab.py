"""Lab 07: the smallest payload for rows of symbols, the decoder counted."""

from typing import Any

import numpy as np

from dc_lab.course.lab import Codec, Coded, Score, came_back
from dc_lab.course.lessons.lesson_07 import lab_rows
from dc_lab.course.lessons.lesson_07.lab_decoder import decode
from dc_lab.course.lessons.lesson_07.lab_reference import encode
from dc_lab.course.lessons.returned import coded


def problem(row: np.ndarray, decoded: Any) -> str | None:
    """What is wrong with a decoded row, in words; None if it is the row."""
    if not isinstance(decoded, np.ndarray) or decoded.dtype.kind not in "iu" or decoded.shape != row.shape:
        return f"decode has to return an array of {len(row):,} whole numbers, not {came_back(decoded)}."
    wrong = np.flatnonzero(decoded != row)
    if len(wrong):
        return f"{len(wrong):,} of {len(row):,} symbols do not come back; the first is number {wrong[0]:,}."
    return None


def measure(found: Coded) -> Score:
    """Bytes a row, the decoder's source shared among all.

    Raises
    ------
    LabError : a row does not come back.
    """
    return coded(found, "row", problem)


LAB = Codec(
    id="07.lab",
    title="The fewest bytes for a row of symbols",
    minutes=30,
    name="encode",
    stub='''
def encode(symbols):
    """A row of symbols as bytes, from a uint8 array (n,)."""
    raise NotImplementedError("your turn")


def decode(data, shape):
    """The row that `encode` was given, from its bytes; `shape` is (n,)."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=lab_rows.load,
    measure=measure,
    better="lower",
    unit="bytes a row",
    seconds=60,
    reference=encode,
    reference_score=4206.83,
    decoder="decode",
    told=lambda row: [row.shape],
    reference_decoder=decode,
)
