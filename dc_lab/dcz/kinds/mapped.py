"""Mapped: a codebook, and for each entry whether it is there, its sign and its rank, all coded adaptively."""

import math

import numpy as np

from dc_lab.coding import adaptive
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.adaptive import Adaptive
from dc_lab.dcz.forms.form import Coded, Stream
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import ArrayKind, Choice, Data, Found
from dc_lab.dcz.limits import MAX_CODEBOOK
from dc_lab.dcz.parts import codes
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.varint import varint
from dc_lab.support.dtypes import is_float

MAX_STRIDE = 64


class Mapped(ArrayKind):
    number = 5
    name = "mapped"
    version = 3

    def cost(self, survey: Survey, below: float) -> Choice | None:
        """None: where the entries stand decides, which counts do not tell. See `trials`."""
        return None

    def trials(self, survey: Survey, below: float) -> list[Choice]:
        """Tried wherever a codebook may pay."""
        return [Choice(0, self.number)] if codes.pays(survey, below) else []

    def write(self, survey: Survey, choice: Choice) -> Data:
        codebook, of_kept = codes.shared(survey)
        negative = _negative(codebook.view(survey.patterns.dtype))
        columns = _columns(survey.shape)
        # The codes with the sign of their values, counted away from zero, which is 0: -2, -1, 1, 2, ...
        symbols, _ = survey.patterns.lay_out(survey.size, 0, of_kept.astype(np.int32) + 1)
        signed = np.where(symbols > negative, symbols - negative, symbols - negative - 1)
        signed[symbols == 0] = 0
        stride = _stride(symbols != 0, columns)
        payload, decisions = adaptive.encode_map(signed, negative, len(codebook) - negative, columns, stride)
        stream = Coded(varint(stride) + varint(len(payload)) + payload, decisions, self.version)
        return self.data(survey, [codes.write_book(survey, codebook)], [stream])

    def read(self, reader: Reader, header: Header) -> Found:
        codebook = codes.read_book(reader, header, MAX_CODEBOOK)
        reader.field = "map"
        columns = _columns(header.shape)
        if header.size == 0:
            raise reader.error("a map of a tensor without entries")
        stride = reader.varint("map", MAX_STRIDE, "the stride")
        if not 1 <= stride <= max(columns - 1, 1):
            raise reader.error(f"the stride is {stride}, expected 1 to below the {columns} columns")
        payload = reader.counted("map")
        # What is decided here is not left for the rest of the file.
        negative = _negative(codebook)
        positive = len(codebook) - negative
        try:
            signed, decisions = adaptive.decode_map(
                payload, header.size, negative, positive, columns, stride, reader.decisions
            )
        except ValueError as error:
            raise reader.error(str(error)) from None
        reader.decisions -= decisions
        # Zero stands between the negative values and the others.
        book = np.concatenate([codebook[:negative], np.zeros(1, codebook.dtype), codebook[negative:]])
        width = len(codebook).bit_length()
        stream = Stream(reader.tensor or "", "map", Adaptive.name, header.size, len(book), width, 8 * len(payload))
        return self.found(codes.lookup(book, signed + negative), [stream], header)


def _negative(codebook: np.ndarray) -> int:
    """How many values have their sign bit set; by the writer's order they are the first ones."""
    if codebook.dtype.kind != "i" and not is_float(codebook.dtype):
        return 0
    return int(np.count_nonzero(codebook.view(f"i{codebook.itemsize}") < 0))


def _columns(shape: tuple[int, ...]) -> int:
    """Entries in a row: all that belong to one index of the first dimension, as to one neuron or filter."""
    return math.prod(shape[1:]) if len(shape) > 1 else max(math.prod(shape), 1)


def _stride(there: np.ndarray, columns: int) -> int:
    """How far away the neighbour above is: the distance of 2 or more at which entries stand together most often."""
    together = [int(np.count_nonzero(there[d:] & there[:-d])) for d in range(2, min(columns, MAX_STRIDE + 1))]
    return 2 + int(np.argmax(together)) if together else 1
