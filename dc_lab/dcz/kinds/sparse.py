"""Sparse: the values that are not zero, and the gaps between them."""

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import ArrayKind, Choice, Data, Found
from dc_lab.dcz.parts import gaps, plain
from dc_lab.dcz.survey import Survey


class Sparse(ArrayKind):
    number = 1
    name = "sparse"

    def cost(self, survey: Survey, below: float) -> Choice | None:
        size, index_bits = gaps.cost(survey, plain.cost)
        return Choice(size, self.number, index_bits)

    def write(self, survey: Survey, choice: Choice) -> Data:
        number = gaps.entries(survey, choice.index_bits)
        values, zeros_before = survey.patterns.lay_out(number, choice.index_bits)
        found = [gaps.write(survey, zeros_before), plain.write(survey, values)]
        return self.data(survey, [gaps.write_number(number)], found)

    def read(self, reader: Reader, header: Header) -> Found:
        number = gaps.read_number(reader, header)
        zeros_before, index_stream = gaps.read(reader, number)
        values, stream = plain.read(reader, number, header)
        array = gaps.place(reader, values, zeros_before, header)
        return self.found(array, [index_stream, stream], header)
