"""Dense: every value, zeros included, one after the other."""

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import ArrayKind, Choice, Data, Found
from dc_lab.dcz.parts import plain
from dc_lab.dcz.survey import Survey


class Dense(ArrayKind):
    number = 0
    name = "dense"

    def cost(self, survey: Survey, below: float) -> Choice | None:
        return Choice(plain.cost(survey, survey.zeros), self.number)

    def write(self, survey: Survey, choice: Choice) -> Data:
        values, _ = survey.patterns.lay_out(survey.size, 0)
        return self.data(survey, [], [plain.write(survey, values)])

    def read(self, reader: Reader, header: Header) -> Found:
        values, stream = plain.read(reader, header.size, header)
        return self.found(values, [stream], header)
