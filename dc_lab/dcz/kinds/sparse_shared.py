"""Sparse shared: a codebook, and the codes of the values that are not zero with the gaps between them."""

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import ArrayKind, Choice, Data, Found
from dc_lab.dcz.limits import MAX_CODEBOOK
from dc_lab.dcz.parts import codes, gaps
from dc_lab.dcz.survey import Survey


class SparseShared(ArrayKind):
    number = 3
    name = "sparse shared"

    def cost(self, survey: Survey, below: float) -> Choice | None:
        if not codes.pays(survey, below):
            return None
        size, index_bits = gaps.cost(survey, codes.cost)
        return Choice(size, self.number, index_bits)

    def write(self, survey: Survey, choice: Choice) -> Data:
        codebook, of_kept = codes.shared(survey)
        # One code past the codebook stands for a filler.
        number = gaps.entries(survey, choice.index_bits)
        symbols, zeros_before = survey.patterns.lay_out(number, choice.index_bits, of_kept, len(codebook))
        head = [gaps.write_number(number), codes.write_book(survey, codebook)]
        return self.data(survey, head, [gaps.write(survey, zeros_before), codes.write(survey, symbols)])

    def read(self, reader: Reader, header: Header) -> Found:
        number = gaps.read_number(reader, header)
        codebook = codes.read_book(reader, header, MAX_CODEBOOK)
        zeros_before, index_stream = gaps.read(reader, number)
        # A filler reads as a zero behind the codebook's own values.
        codebook = np.append(codebook, np.zeros(1, codebook.dtype))
        values, stream = codes.read(reader, number, codebook)
        array = gaps.place(reader, values, zeros_before, header)
        return self.found(array, [index_stream, stream], header)
