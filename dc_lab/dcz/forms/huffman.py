"""A stream in Huffman codes: the table of their lengths, the sizes of the lanes, the codes."""

import numpy as np

from dc_lab import huffman
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms import nested
from dc_lab.dcz.forms.form import Coded, Form, Plan, Request, Stream, counts_of
from dc_lab.dcz.varint import varint

MIN_LANE, MAX_LANE = 2**8, 2**12
MAX_CODE = 12


class Huffman(Form):
    number = 2
    name = "huffman"
    coder = "huffman"

    def cost(self, counts: np.ndarray, symbols: int, below: float) -> Plan | None:
        """The table, the payload's length, and for each number the code of its symbol; the lanes are left out."""
        if symbols < 2:
            return None
        lengths = huffman.code_lengths(counts)
        payload_bits = int(np.dot(counts, lengths.astype(np.int64)))
        table = varint(len(counts)) + nested.write(lengths)
        size = 2 + len(table) + len(varint(payload_bits)) + (payload_bits + 7) // 8
        return Plan(self.number, size, lengths, table) if size < below else None

    def write(self, values: np.ndarray, plan: Plan) -> Coded:
        # All codes in a row, and how many bits each lane of them takes.
        stream_bits = int(np.dot(counts_of(values), plan.code.astype(np.int64)))
        lane = huffman.lane_size(len(values), stream_bits)
        payload, lane_bits = huffman.encode(values, plan.code, lane)
        # The lanes' bits are stored as the shortest, and what the others have more; a single lane has no size.
        shortest = int(lane_bits.min())
        lanes = varint(0 if len(lane_bits) == 1 else lane) + varint(shortest)
        if len(lane_bits) > 1:
            lanes += nested.write(lane_bits - shortest)
        return Coded(b"".join([bytes([self.number]), plan.table, lanes, payload]))

    def read(self, reader: Reader, request: Request) -> tuple[np.ndarray, Stream]:
        part, count, most, _ = request
        lengths = _read_lengths(reader, count, most)
        lane, lane_bits = _read_lanes(reader, count)
        total = int(lane_bits.sum())
        payload = reader.take((total + 7) // 8, part)
        try:
            values = huffman.decode(payload, lengths, count, lane or count, lane_bits)
        except ValueError as error:
            raise reader.error(str(error)) from None
        alphabet = len(lengths)
        return values, self.found(reader, request, alphabet, (alphabet - 1).bit_length(), total)


def _read_lengths(reader: Reader, count: int, most: int) -> np.ndarray:
    """The code length of each symbol, 0 for one without a code."""
    alphabet = reader.varint("tables", most + 1, "the alphabet's size")
    lengths = nested.read(reader, "tables", alphabet, huffman.MAX_LENGTH)
    # Every row of bits must mean something, and no code be longer than a writer makes it.
    symbols = np.count_nonzero(lengths)
    if not 2 <= symbols <= count or not huffman.is_complete(lengths):
        raise reader.error(f"the code lengths are not those of a complete prefix code for {count} values")
    if lengths.max() > max(MAX_CODE, int(symbols - 1).bit_length()):
        raise reader.error(f"a code of {lengths.max()} bits for {symbols} symbols")
    return lengths


def _read_lanes(reader: Reader, count: int) -> tuple[int, np.ndarray]:
    """(codes in a lane, 0 for a single lane of all; bits that each lane takes)."""
    # A code has a bit or more, so we see right away whether so many can be there.
    if count > 8 * (reader.end - reader.at):
        raise reader.error(f"{count} codes do not fit into the {reader.end - reader.at} bytes left")
    lane = reader.varint("lanes", MAX_LANE, "the lane size")
    if lane == 0 and count >= huffman.SINGLE_LANE:
        raise reader.error(f"{count} codes in a single lane, expected fewer than {huffman.SINGLE_LANE}")
    if lane and not MIN_LANE <= lane < count:
        raise reader.error(f"lane size is {lane}, expected {MIN_LANE} to below the {count} codes")
    shortest = reader.varint("lanes", huffman.MAX_LENGTH * (lane or count), "the shortest lane")
    if lane == 0:
        return lane, np.array([shortest], np.int64)
    extra = nested.read(reader, "lanes", -(-count // lane), huffman.MAX_LENGTH * lane)
    return lane, extra.astype(np.int64) + shortest
