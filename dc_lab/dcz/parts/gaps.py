"""Gaps: the zeros before each stored entry, as a stream (paper, section 2, figure 2; see `dc_lab.sparse`).

Where a run of zeros is longer than a gap may be, zeros are stored to bridge it: the fillers.
"""

from collections.abc import Callable

import numpy as np

from dc_lab import sparse
from dc_lab.dcz import streams
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import Coded, Stream
from dc_lab.dcz.header import Header
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.varint import varint


def cost(survey: Survey, values_cost: Callable[[Survey, int], int]) -> tuple[int, int]:
    """(bytes, index bits) at which gaps, and values by `values_cost(survey, fillers)`, are smallest together."""
    return min(
        (gaps_size + values_cost(survey, fillers), index_bits) for index_bits, fillers, gaps_size in survey.gap_sizes
    )


def entries(survey: Survey, index_bits: int) -> int:
    """How many entries are stored, fillers included."""
    return int(np.dot(survey.often, (survey.runs >> index_bits) + 1))


def write_number(number: int) -> bytes:
    """How many entries are stored."""
    return varint(number)


def write(survey: Survey, gaps: np.ndarray) -> Coded:
    """The stream of the gaps."""
    return streams.encode(gaps, survey.coder)


def read_number(reader: Reader, header: Header) -> int:
    """How many entries are stored; there are no more than the tensor has."""
    reader.field = "entries"
    return reader.varint("index", header.size, "the number of entries")


def read(reader: Reader, number: int) -> tuple[np.ndarray, Stream]:
    """The gaps of so many entries."""
    reader.field = "gaps"
    return streams.decode(reader, "index", number, 2**sparse.MAX_INDEX_BITS - 1)


def place(reader: Reader, values: np.ndarray, gaps: np.ndarray, header: Header) -> np.ndarray:
    """The tensor: each value behind its gap of zeros, zeros behind the last one.

    Raises
    ------
    ArchiveError : an entry beyond the end of the tensor.
    """
    try:
        return sparse.from_relative(values, gaps, header.shape)
    except ValueError as error:
        raise reader.error(str(error)) from None
