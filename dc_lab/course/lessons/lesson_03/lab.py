"""Lab 03: the fewest bytes for the positions of `ip1`, in any form that decodes."""

from typing import Any

import numpy as np

from dc_lab.course.lab import Codec, Coded, Score, came_back
from dc_lab.course.lessons.lesson_03 import lab_masks
from dc_lab.course.lessons.lesson_03.lab_decoder import decode
from dc_lab.course.lessons.lesson_03.lab_reference import encode
from dc_lab.course.lessons.returned import coded


def problem(mask: np.ndarray, decoded: Any) -> str | None:
    """What is wrong with a decoded mask, in words; None if it is the mask."""
    if not isinstance(decoded, np.ndarray) or decoded.dtype != np.bool_ or decoded.shape != mask.shape:
        return f"decode has to return a boolean array of shape {mask.shape}, not {came_back(decoded)}."
    wrong = int(np.count_nonzero(decoded != mask))
    if wrong:
        first = tuple(int(place) for place in np.argwhere(decoded != mask)[0])
        return f"{wrong:,} of {mask.size:,} positions do not come back; the first is {first}."
    return None


def measure(found: Coded) -> Score:
    """Bytes a mask, the decoder's source shared among all.

    Raises
    ------
    LabError : a mask does not come back.
    """
    return coded(found, "mask", problem)


LAB = Codec(
    id="03.lab",
    title="The fewest bytes for positions",
    minutes=30,
    name="encode",
    stub='''
def encode(mask):
    """The positions as bytes, from a boolean array (300, 784)."""
    raise NotImplementedError("your turn")


def decode(data, shape):
    """The mask that `encode` was given, from its bytes."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=lab_masks.load,
    measure=measure,
    better="lower",
    unit="bytes a mask",
    seconds=60,
    reference=encode,
    reference_score=4666.2,
    decoder="decode",
    told=lambda mask: [mask.shape],
    reference_decoder=decode,
)
