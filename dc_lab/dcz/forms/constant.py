"""A stream whose numbers are all the same, or that has none: the number alone."""

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import NO_CODE, Coded, Form, Plan, Request, Stream
from dc_lab.dcz.varint import varint


class Constant(Form):
    number = 0
    name = "constant"

    def cost(self, counts: np.ndarray, symbols: int, below: float) -> Plan | None:
        """A byte and the number."""
        if symbols > 1:
            return None
        size = 1 + len(varint(max(len(counts) - 1, 0)))
        return Plan(self.number, size, NO_CODE, b"") if size < below else None

    def write(self, values: np.ndarray, plan: Plan) -> Coded:
        return Coded(bytes([self.number]) + varint(int(values[0]) if len(values) else 0))

    def read(self, reader: Reader, request: Request) -> tuple[np.ndarray, Stream]:
        value = reader.varint(request.head, request.most, "the value")
        # However many there are, they take no memory: all are a view of one number.
        values = np.broadcast_to(np.array(value, np.uint8 if value < 256 else np.uint16), request.length)
        return values, self.found(reader, request, 1, value.bit_length(), 0)
