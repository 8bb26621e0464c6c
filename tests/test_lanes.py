"""Lanes: decoded in blocks of any size, few enough to cost little. `test_huffman` has the coder as a whole."""

import math

import numpy as np
import pytest

from dc_lab import huffman
from dc_lab.coding import bits, lanes


@pytest.mark.parametrize("at_once", [1, 3, 8, 9, 100])
def test_lanes_decoded_in_blocks(at_once, rng, monkeypatch):
    """Wherever a block of lanes ends, also just before or behind the last, shorter lane."""
    monkeypatch.setattr(lanes, "AT_ONCE", at_once)
    for count in (62, 63, 64):
        symbols = rng.geometric(0.3, count) % 11
        lengths = huffman.code_lengths(np.bincount(symbols, minlength=11))
        payload, lane_bits = huffman.encode(symbols, lengths, 7)
        back = lanes.decode(payload, lengths, huffman.decoding_table(lengths), count, 7, lane_bits)
        assert back.tolist() == symbols.tolist()


@pytest.mark.parametrize("chunk", [1, 7, 32, 999])
@pytest.mark.parametrize("lane", [1, 5, 40, 1000])
def test_encoded_piece_by_piece(chunk, lane, monkeypatch, rng):
    symbols = rng.geometric(0.3, 1000) % 11
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=12))
    whole, whole_bits = huffman.encode(symbols, lengths, lane)
    monkeypatch.setattr(bits, "CHUNK", chunk)
    payload, lane_bits = huffman.encode(symbols, lengths, lane)
    assert (payload, lane_bits.tolist()) == (whole, whole_bits.tolist())
    symbols[-1] = 11
    with pytest.raises(ValueError, match="symbol 11 has no code: its length is 0"):
        huffman.encode(symbols, lengths, lane)


def test_bits_of_lanes_are_the_sums_of_the_lengths(rng):
    symbols = rng.geometric(0.3, 100) % 11
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=11))
    for lane in (1, 7, 50, 99, 100, 1000):
        expected = [int(lengths[symbols[i : i + lane]].sum()) for i in range(0, 100, lane)]
        found = lanes.bits_of_lanes(symbols, lengths, lane)
        assert found.dtype == np.int64
        assert found.tolist() == expected


# --- how long a lane is ---


def test_short_streams_have_one_lane():
    for symbols in (1, 100, huffman.SINGLE_LANE - 1):
        assert huffman.lane_size(symbols, 3 * symbols) == symbols
    assert huffman.lane_size(0, 0) == 1


@pytest.mark.parametrize("symbols", [huffman.SINGLE_LANE, 1_000_000, 138_000_000])
@pytest.mark.parametrize("mean_bits", [1, 2.5, 4.9, 16])
def test_lanes_cost_less_than_half_a_percent(symbols, mean_bits):
    """Each lane's length costs a few bits around their mean; even at a whole log2 of twice its spread it is small."""
    lane = huffman.lane_size(symbols, int(symbols * mean_bits))
    assert lane >= 256
    assert lane & (lane - 1) == 0
    spread = mean_bits * math.sqrt(lane)  # no sum of `lane` lengths between 1 and 2 x mean has more
    assert math.ceil(symbols / lane) * math.log2(8 * spread) < 0.005 * symbols * mean_bits


def test_lanes_of_a_real_stream_cost_less_than_half_a_percent(rng):
    symbols = np.minimum(rng.geometric(0.15, 300_000), 31)
    counts = np.bincount(symbols, minlength=32)
    lengths = huffman.code_lengths(counts)
    total = int(np.dot(counts, lengths.astype(int)))
    lane = huffman.lane_size(len(symbols), total)
    payload, lane_bits = huffman.encode(symbols, lengths, lane)
    width = int(lane_bits.max() - lane_bits[:-1].min()).bit_length()
    assert len(lane_bits) > 8
    assert len(lane_bits) * width < 0.005 * total
    np.testing.assert_array_equal(huffman.decode(payload, lengths, len(symbols), lane, lane_bits), symbols)
