"""Dense shared: a codebook, and the code of every value, zeros included."""

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import ArrayKind, Choice, Data, Found
from dc_lab.dcz.limits import MAX_CODEBOOK
from dc_lab.dcz.parts import codes
from dc_lab.dcz.survey import Survey


class DenseShared(ArrayKind):
    number = 2
    name = "dense shared"

    def cost(self, survey: Survey, below: float) -> Choice | None:
        if not codes.pays(survey, below):
            return None
        zero = survey.itemsize if survey.zeros else 0
        return Choice(codes.cost(survey, survey.zeros) + zero, self.number)

    def write(self, survey: Survey, choice: Choice) -> Data:
        codebook, of_kept = codes.shared(survey)
        symbols, _ = survey.patterns.lay_out(survey.size, 0, of_kept, len(codebook))
        # Zero is one more value of the codebook, the last.
        if survey.zeros:
            codebook = np.append(codebook, codebook.dtype.type(0))
        return self.data(survey, [codes.write_book(survey, codebook)], [codes.write(survey, symbols)])

    def read(self, reader: Reader, header: Header) -> Found:
        codebook = codes.read_book(reader, header, MAX_CODEBOOK + 1)
        values, stream = codes.read(reader, header.size, codebook)
        return self.found(values, [stream], header)
