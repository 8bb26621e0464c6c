"""Shared values: a codebook of those that differ, and for each entry the code of its value as a stream."""

import numpy as np

from dc_lab import huffman
from dc_lab.coding import bits
from dc_lab.dcz import streams
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import Coded, Stream
from dc_lab.dcz.header import Header
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.values import from_bytes, to_bytes
from dc_lab.dcz.varint import varint


def pays(survey: Survey, below: float) -> bool:
    """Whether codebook and codes may take fewer than `below` bytes: with codes at their entropy they would."""
    counts = survey.code_counts
    if counts is None:
        return False
    return survey.itemsize * len(counts) + huffman.entropy(counts) * survey.kept / 8 < below


def cost(survey: Survey, others: int) -> int:
    """Bytes of codebook and codes, with so many others beside those of the values: zeros or fillers."""
    counts = survey.code_counts
    assert counts is not None
    return survey.itemsize * len(counts) + streams.plan(np.append(counts, others), survey.coder).size


def shared(survey: Survey) -> tuple[np.ndarray, np.ndarray]:
    """(codebook as patterns, codes of the entries that are not zero); only where `pays` has said yes."""
    assert survey.shared is not None
    return survey.shared


def write_book(survey: Survey, codebook: np.ndarray) -> bytes:
    """The codebook, given as bit patterns, behind its length."""
    return varint(len(codebook)) + to_bytes(codebook, survey.half).tobytes()


def write(survey: Survey, codes: np.ndarray) -> Coded:
    """The stream of the codes."""
    return streams.encode(codes, survey.coder)


def read_book(reader: Reader, header: Header, most: int) -> np.ndarray:
    """The codebook, of one value to `most` of them."""
    reader.field = "codebook"
    most = min(most, (reader.end - reader.at) // header.stored.itemsize)
    length = reader.varint("codebook", most, "the codebook's length")
    if length == 0:
        raise reader.error("the codebook is empty")
    raw = reader.take(length * header.stored.itemsize, "codebook")
    return from_bytes(reader, raw, header.stored, header.dtype)


def read(reader: Reader, number: int, codebook: np.ndarray) -> tuple[np.ndarray, Stream]:
    """The values that so many codes stand for."""
    reader.field = "codes"
    codes, stream = streams.decode(reader, "values", number, len(codebook) - 1)
    return lookup(codebook, codes), stream


def lookup(codebook: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """codebook[codes]; a piece at a time, since NumPy turns what it looks up into int64."""
    values = np.empty(len(codes), codebook.dtype)
    for start in range(0, len(codes), bits.CHUNK):
        piece = slice(start, start + bits.CHUNK)
        values[piece] = codebook[codes[piece]]
    return values
