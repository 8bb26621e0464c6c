"""A stream coded by rANS: the table of frequencies, a state for each lane, the words that the lanes share."""

import numpy as np

from dc_lab.coding import bits, rans
from dc_lab.dcz import limits
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms import nested
from dc_lab.dcz.forms.form import Coded, Form, Plan, Request, Stream
from dc_lab.dcz.varint import varint

STEP_BYTES = 4
"""An rANS stream has at least so many bytes a step of its lanes: the Python loop over them is in proportion."""
MAX_SYMBOLS_A_BYTE = 1024
MAX_LANE_BITS = 16
PRECISIONS = (9, 10, 11, 12, 14)
"""What frequencies may sum to, as exponents of 2, beside the least that the symbols allow."""


class RANS(Form):
    number = 3
    name = "rans"
    coder = "rans"
    version = 3
    exact = False

    def cost(self, counts: np.ndarray, symbols: int, below: float) -> Plan | None:
        """The best of a few precisions: the finer the frequencies, the shorter the payload and the longer the table."""
        if not 2 <= symbols <= 2**rans.MAX_PRECISION:
            return None
        number, least, best = int(counts.sum()), (symbols - 1).bit_length(), None
        for precision in (least, *(k for k in PRECISIONS if k > least)):
            frequencies = rans.quantize(counts, precision)
            payload_bytes = rans.cost(counts, frequencies) / 8
            lanes = _lanes(number, payload_bytes)
            size = 2 + 3 * lanes + int(payload_bytes)  # of a state's four bytes, about one is worth what it costs
            if size >= below:
                continue
            table = _write_frequencies(frequencies)
            size += len(table) + len(varint(size // 2))
            # The table of a stream is half as large as a reader allows for its bytes, since these are an estimate.
            if size < below and (precision == least or 2 << precision <= limits.TABLE_ENTRIES_A_BYTE * size):
                best, below = Plan(self.number, size, frequencies, table, lanes), size
        return best

    def write(self, values: np.ndarray, plan: Plan) -> Coded:
        # Where the estimated payload was a little too large, it has too few bytes a step: more lanes, fewer steps.
        lanes = plan.lanes
        while True:
            states, words = rans.encode(values, plan.code, lanes)
            if STEP_BYTES * -(-len(values) // lanes) <= 4 * lanes + 2 * len(words):
                break
            lanes *= 2
        head = bytes([lanes.bit_length() - 1]) + varint(len(words))
        payload = states.astype("<u4").tobytes() + words.astype("<u2").tobytes()
        return Coded(b"".join([bytes([self.number]), plan.table, head, payload]), version=self.version)

    def read(self, reader: Reader, request: Request) -> tuple[np.ndarray, Stream]:
        part, count, most, _ = request
        frequencies = _read_frequencies(reader, count, most)
        reader.table_entries -= int(frequencies.sum())
        if reader.table_entries < 0:
            raise reader.error(
                "the tables of the streams so far have more entries than a file of this size may ask for"
            )
        lanes, number = _read_lanes(reader, count)
        states = np.frombuffer(reader.take(4 * lanes, "lanes"), "<u4")
        words = np.frombuffer(reader.take(2 * number, part), "<u2")
        try:
            values = rans.decode(states, words, frequencies, count)
        except ValueError as error:
            raise reader.error(str(error)) from None
        alphabet = len(frequencies)
        return values, self.found(reader, request, alphabet, (alphabet - 1).bit_length(), 16 * number)


def _lanes(count: int, payload_bytes: float) -> int:
    """Lanes of an rANS stream, a power of two: as many as a reader insists on; more if under 0.5 % of the stream."""
    lanes = 1
    while 1000 * lanes <= payload_bytes or -(-count // lanes) * STEP_BYTES > 0.98 * payload_bytes + 3 * lanes:
        lanes *= 2
    return lanes


def _read_lanes(reader: Reader, count: int) -> tuple[int, int]:
    """(lanes, words): how many there are of each."""
    lane_bits = reader.byte("lanes")
    if lane_bits > MAX_LANE_BITS or 1 << lane_bits > count:
        raise reader.error(f"2**{lane_bits} lanes for {count} values, expected at most 2**{MAX_LANE_BITS}")
    lanes = 1 << lane_bits
    number = reader.varint("lanes", (reader.end - reader.at) // 2, "the number of words")
    size = 4 * lanes + 2 * number
    if STEP_BYTES * -(-count // lanes) > size or count > MAX_SYMBOLS_A_BYTE * size:
        raise reader.error(f"{count} values in {lanes} lanes of {size} bytes: too many for their size")
    return lanes, number


def _write_frequencies(frequencies: np.ndarray) -> bytes:
    """The number of bits of each frequency as a stream, then the bits below the highest one, packed."""
    lengths = np.searchsorted(1 << np.arange(17), frequencies, side="right").astype(np.uint8)
    below = frequencies[lengths > 0] - (1 << lengths[lengths > 0].astype(np.uint32) - 1)
    return varint(len(frequencies)) + nested.write(lengths) + bits.pack(below, lengths[lengths > 0] - 1)


def _read_frequencies(reader: Reader, count: int, most: int) -> np.ndarray:
    """The frequency of each symbol, int64 (alphabet,), 0 for one that has none; they sum to a power of two."""
    # First how many bits each frequency has; its highest one is not stored.
    alphabet = reader.varint("tables", most + 1, "the alphabet's size")
    lengths = nested.read(reader, "tables", alphabet, rans.MAX_PRECISION + 1)
    shown = lengths[lengths > 0].astype(np.int64) - 1
    if not 2 <= len(shown) <= count:
        raise reader.error(f"frequencies of {len(shown)} symbols for {count} values")
    # The bits from each start on, down to as many as the frequency has below its highest.
    starts = np.cumsum(shown) - shown
    below = reader.take((int(shown.sum()) + 7) // 8, "tables")
    window = bits.windows(below)[starts >> 5] << (starts & 31).astype(np.uint64) >> np.uint64(32)
    frequencies = np.zeros(alphabet, np.int64)
    frequencies[lengths > 0] = (1 << shown) + (window >> (32 - shown).astype(np.uint64)).astype(np.int64)
    total = int(frequencies.sum())
    if total & (total - 1) or total > 1 << rans.MAX_PRECISION:
        raise reader.error(f"frequencies sum to {total}, expected a power of 2 up to {1 << rans.MAX_PRECISION}")
    if not bits.is_padded(below, int(shown.sum())):
        raise reader.error("the padding after the last frequency is not zero")
    return frequencies
