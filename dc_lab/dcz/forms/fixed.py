"""A stream whose numbers take the same width each, as many bits as the largest one needs."""

import numpy as np

from dc_lab.coding import bits
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import NO_CODE, Coded, Form, Plan, Request, Stream


class Fixed(Form):
    number = 1
    name = "fixed"

    def cost(self, counts: np.ndarray, symbols: int, below: float) -> Plan | None:
        """Two bytes, and the width of the highest symbol for each number."""
        if symbols < 2:
            return None
        size = 2 + (int(counts.sum()) * (len(counts) - 1).bit_length() + 7) // 8
        return Plan(self.number, size, NO_CODE, b"") if size < below else None

    def write(self, values: np.ndarray, plan: Plan) -> Coded:
        width = int(values.max()).bit_length()
        return Coded(bytes([self.number, width]) + bits.pack(values, width))

    def read(self, reader: Reader, request: Request) -> tuple[np.ndarray, Stream]:
        part, count, most, head = request
        width = reader.byte(head)
        if not 1 <= width <= most.bit_length():
            raise reader.error(f"values are {width} bits wide, expected 1 to {most.bit_length()}")
        payload = reader.take((count * width + 7) // 8, part)
        if not bits.is_padded(payload, count * width):
            raise reader.error("the padding after the last value is not zero")
        values = bits.unpack(payload, count, width)
        if count and int(values.max()) > most:
            raise reader.error(f"value {values.max()}, expected at most {most}")
        return values, self.found(reader, request, 2**width, width, count * width)
