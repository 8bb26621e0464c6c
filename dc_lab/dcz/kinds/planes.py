"""Planes: the bytes of all values by their place, so that exponents are coded apart from mantissas.

What a trained network's floats have in common is their exponent: of its eight bits some two or three say something.
The mantissa looks like chance. Mixed in one stream, as dense has them, neither is coded well (Zhang and others 2025,
DFloat11). A float is turned by one bit first, so that its sign goes behind the mantissa, and the exponent of float32
and bfloat16 is a byte of its own.
"""

import numpy as np

from dc_lab.coding import bits
from dc_lab.dcz import streams
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import ArrayKind, Choice, Data, Found
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.values import from_bytes
from dc_lab.support.dtypes import is_float


class Planes(ArrayKind):
    number = 6
    name = "planes"
    version = 4

    def holds(self, dtype: np.dtype, half: bool) -> bool:
        return not half and dtype.itemsize > 1

    def cost(self, survey: Survey, below: float) -> Choice | None:
        """Only where it was asked for, or the file needs version 4 anyway."""
        if not survey.planes or survey.itemsize_in_memory == 1:
            return None
        counts = np.zeros((survey.itemsize_in_memory, 256), np.int64)
        for start in range(0, survey.size, bits.CHUNK):
            turned = _turned(survey.patterns.patterns[start : start + bits.CHUNK], survey.patterns.dtype)
            for place in range(len(counts)):
                counts[place] += np.bincount(_plane(turned, place), minlength=256)
        return Choice(sum(streams.plan(each, survey.coder).size for each in counts), self.number)

    def write(self, survey: Survey, choice: Choice) -> Data:
        turned = _turned(survey.patterns.patterns, survey.patterns.dtype)
        places = range(survey.itemsize_in_memory)
        found = [streams.encode(_plane(turned, place), survey.coder) for place in places]
        return self.data(survey, [], found)._replace(half=False)

    def read(self, reader: Reader, header: Header) -> Found:
        reader.field = "planes"
        width = header.dtype.itemsize
        turned, found = np.zeros(header.size, f"<u{width}"), []
        # The highest byte comes first.
        for place in range(width):
            plane, stream = streams.decode(reader, "plain", header.size, 255)
            turned.view(np.uint8).reshape(-1, width)[:, width - 1 - place] = plane
            found.append(stream)
        patterns = turned
        if is_float(header.dtype):
            patterns = turned >> turned.dtype.type(1) | turned << turned.dtype.type(8 * width - 1)
        values = from_bytes(reader, patterns.view(np.uint8), header.dtype, header.dtype)
        return self.found(values, found, header)


def _turned(patterns: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Bit patterns of floats turned to the left by one bit: exponent, mantissa, sign. Others as they are."""
    if not is_float(dtype):
        return patterns
    one, rest = patterns.dtype.type(1), patterns.dtype.type(8 * patterns.itemsize - 1)
    return patterns << one | patterns >> rest


def _plane(turned: np.ndarray, place: int) -> np.ndarray:
    """The byte at this place of each pattern, counted from the highest."""
    return (turned >> turned.dtype.type(8 * (turned.itemsize - 1 - place))).astype(np.uint8)
