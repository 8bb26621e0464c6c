"""Bit packing, held against strings of "0" and "1"."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.coding import bits


def pack_as_text(values, widths) -> bytes:
    text = "".join(format(value, f"0{width}b") if width else "" for value, width in zip(values, widths, strict=True))
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def in_width(width: int):
    return st.tuples(st.integers(0, 2**width - 1), st.just(width))


@given(st.lists(st.integers(0, 32).flatmap(in_width), max_size=80))
def test_pack_of_mixed_widths_is_the_concatenated_text(pairs):
    values = [value for value, _ in pairs]
    widths = [width for _, width in pairs]
    packed = bits.pack(np.array(values, np.uint32), np.array(widths, np.uint8))
    assert packed == pack_as_text(values, widths)
    assert packed == bits.pack_by_loop(np.array(values, np.uint32), np.array(widths, np.uint8))


@given(st.integers(0, 32).flatmap(lambda w: st.tuples(st.just(w), st.lists(st.integers(0, 2**w - 1), max_size=60))))
def test_unpack_reads_back_every_width(case):
    width, values = case
    data = bits.pack(np.array(values, np.uint32), width)
    assert data == pack_as_text(values, [width] * len(values))
    back = bits.unpack(data, len(values), width)
    assert back.tolist() == values == bits.unpack_by_loop(data, len(values), width).tolist()
    assert back.dtype == (np.uint8 if width <= 8 else np.uint16 if width <= 16 else np.uint32)


@pytest.mark.parametrize("width", [1, 5, 8, 13, 16, 31, 32])
def test_unpack_refuses_data_that_is_too_short(width):
    data = bits.pack(np.ones(9, np.uint32), width)
    with pytest.raises(ValueError, match="do not fit"):
        bits.unpack(data[:-1], 9, width)


def test_packing_across_chunks(monkeypatch, rng):
    """What is packed and unpacked piece by piece must join without a gap wherever a piece ends."""
    widths = rng.integers(0, 17, 1000).astype(np.uint8)
    values = rng.integers(0, 2**16, 1000).astype(np.uint32) & ((1 << widths.astype(np.uint32)) - 1)
    whole = pack_as_text(values.tolist(), widths.tolist())
    fixed = pack_as_text(values.tolist(), [17] * 1000)
    for chunk in (1, 7, 32, 999):
        monkeypatch.setattr(bits, "CHUNK", chunk)
        assert bits.pack(values, widths) == whole
        assert bits.pack(values, 17) == fixed
        np.testing.assert_array_equal(bits.unpack(fixed, 1000, 17), values)


@given(st.binary(max_size=40))
def test_windows_are_64_bits_from_each_word(data):
    window = bits.windows(data)
    assert window.dtype == np.uint64
    assert len(window) == len(data) // 4 + 1
    padded = data + bytes(16)
    for i, value in enumerate(window.tolist()):
        assert value == int.from_bytes(padded[4 * i : 4 * i + 8], "big")


def test_reads_from_a_memoryview():
    data = bits.pack(np.arange(50, dtype=np.uint16), 11)
    inside = memoryview(b"xyz" + data + b"!")[3:-1]
    assert bits.unpack(inside, 50, 11).tolist() == list(range(50))


@given(st.binary(max_size=6), st.integers(0, 60))
def test_padding_is_what_is_left_of_the_last_byte(data, total):
    text = "".join(f"{byte:08b}" for byte in data)
    assert bits.is_padded(data, total) == (len(data) == -(-total // 8) and "1" not in text[total:])
