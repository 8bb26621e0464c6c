"""Lab 11: the fewest bytes for a pruned layer, and a reader that makes the layer of them again."""

import zlib
from typing import Any

import numpy as np

from dc_lab.course.lab import Codec, Coded, LabError, Score, came_back
from dc_lab.course.lessons.lesson_11 import lab_layers
from dc_lab.course.lessons.lesson_11.lab_reference import decode, encode
from dc_lab.course.lessons.returned import coded

MOST_SOURCE = 3_000
"""Bytes of the decoder's source, compressed. It is not counted, so it has no room for what belongs in the bytes."""


def problem(levels: np.ndarray, decoded: Any) -> str | None:
    """What is wrong with a decoded layer, in words; None if it is the layer."""
    if not isinstance(decoded, np.ndarray) or decoded.dtype.kind not in "iu" or decoded.shape != levels.shape:
        return f"decode has to return an array of whole numbers of shape {levels.shape}, not {came_back(decoded)}."
    wrong = int(np.count_nonzero(decoded != levels))
    if wrong:
        first = tuple(int(place) for place in np.argwhere(decoded != levels)[0])
        return f"{wrong:,} of {levels.size:,} levels do not come back; the first is {first}."
    return None


def measure(found: Coded) -> Score:
    """Bytes a layer. The decoder's source is not counted.

    Raises
    ------
    LabError : a layer does not come back, or the source of the decoder is longer than MOST_SOURCE.
    """
    coded(found, "layer", problem)
    if found.code_bytes > MOST_SOURCE:
        raise LabError(
            f"The decoder's source, with what it imports from mine, takes {found.code_bytes:,} bytes when zlib has "
            f"compressed it. It is not counted, but {MOST_SOURCE:,} are the most: a layer belongs in the bytes."
        )
    each = ", ".join(f"{len(payload):,}" for payload in found.payloads)
    return Score(sum(map(len, found.payloads)) / len(found.payloads), f"The layers take {each} bytes.")


def rivals() -> dict[str, float]:
    """Bytes of one of the lab's layers, on average, for ways that know nothing of neighbours; then the course's."""
    layers = lab_layers.load()
    ways: dict[str, list[float]] = {
        "a byte an entry": [levels.size for levels in layers],
        "one bit an entry, four a value": [levels.size / 8 + np.count_nonzero(levels) / 2 for levels in layers],
        "zlib": [len(zlib.compress(levels.tobytes(), 9)) for levels in layers],
    }
    return {way: float(np.mean(sizes)) for way, sizes in ways.items()} | {"the course's coder": LAB.reference_score}


LAB = Codec(
    id="11.lab",
    title="The fewest bytes for a layer",
    minutes=30,
    name="encode",
    stub='''
def encode(levels):
    """A layer as bytes, from a uint8 array (300, 784): 0 is a removed weight, 1 to 16 a value."""
    raise NotImplementedError("your turn")


def decode(data, shape):
    """The layer that `encode` was given, from its bytes; `shape` is (300, 784)."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=lab_layers.load,
    measure=measure,
    better="lower",
    unit="bytes a layer",
    seconds=120,
    reference=encode,
    reference_score=8010.0,
    decoder="decode",
    told=lambda levels: [levels.shape],
    reference_decoder=decode,
)
