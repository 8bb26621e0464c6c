"""Plain values: their bytes as a stream, one symbol a byte."""

import numpy as np

from dc_lab.dcz import streams
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import Coded, Stream
from dc_lab.dcz.header import Header
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.values import from_bytes, to_bytes


def cost(survey: Survey, zeros: int) -> int:
    """Bytes of all values that are not zero, and so many zeros."""
    counts = survey.byte_counts.copy()
    counts[0] += zeros * survey.itemsize
    return streams.plan(counts, survey.coder).size


def write(survey: Survey, patterns: np.ndarray) -> Coded:
    """The stream of these values, given as bit patterns."""
    return streams.encode(to_bytes(patterns, survey.half), survey.coder, survey.itemsize)


def read(reader: Reader, count: int, header: Header) -> tuple[np.ndarray, Stream]:
    """`count` values, in an array that may be written to."""
    reader.field = "values"
    content, stream = streams.decode(reader, "plain", count * header.stored.itemsize, 255)
    content = content if content.flags.writeable else content.copy()  # a constant is only a view of one byte
    return from_bytes(reader, content, header.stored, header.dtype), stream
