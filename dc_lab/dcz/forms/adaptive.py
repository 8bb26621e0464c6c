"""A stream coded adaptively: chances are learned on the way, so no table is stored. A bit takes some microseconds."""

import numpy as np

from dc_lab.coding import adaptive
from dc_lab.dcz import limits
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import NO_CODE, Coded, Form, Plan, Request, Stream
from dc_lab.dcz.varint import varint


class Adaptive(Form):
    number = 4
    name = "adaptive"
    coder = "smallest"
    version = 3

    def cost(self, counts: np.ndarray, symbols: int, below: float) -> Plan | None:
        """None: the order of the numbers decides, which counts do not tell. See `trials`."""
        return None

    def trials(self, counts: np.ndarray, symbols: int, period: int) -> list[Plan]:
        """Places modulo `period` told apart, or not; for streams that leave enough decisions to the rest of a file."""
        width = (len(counts) - 1).bit_length()
        if symbols < 2 or 2 * width * int(counts.sum()) > limits.MAX_DECISIONS:
            return []
        return [Plan(self.number, 0, NO_CODE, b"", period=each) for each in sorted({1, period})]

    def write(self, values: np.ndarray, plan: Plan) -> Coded:
        width = int(values.max()).bit_length()
        payload, decisions = adaptive.encode(values, width, plan.period)
        head = bytes([self.number, (plan.period - 1) << 4 | width - 1])
        return Coded(head + varint(len(payload)) + payload, decisions, self.version)

    def read(self, reader: Reader, request: Request) -> tuple[np.ndarray, Stream]:
        part, count, most, _ = request
        shape = reader.byte("tables")
        period, width = (shape >> 4) + 1, (shape & 15) + 1
        if width > most.bit_length():
            raise reader.error(f"values are {width} bits wide, expected 1 to {most.bit_length()}")
        payload = reader.counted(part)
        # What is decided here is not left for the rest of the file.
        try:
            values, decisions = adaptive.decode(payload, count, width, period, reader.decisions)
        except ValueError as error:
            raise reader.error(str(error)) from None
        reader.decisions -= decisions
        highest = int(values.max()) if count else 0
        if highest > most:
            raise reader.error(f"value {highest}, expected at most {most}")
        if highest.bit_length() != width:
            raise reader.error(f"values up to {highest} said to be {width} bits wide")
        return values, self.found(reader, request, 2**width, width, 8 * len(payload))
