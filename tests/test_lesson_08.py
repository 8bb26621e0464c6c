"""Lesson 08: the reader and the writer that its exercises come to, on real files and on arrays of any kind."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dc_lab import archive
from dc_lab.course.lessons.lesson_08 import decoder, encoder
from dc_lab.course.lessons.lesson_08.ex_6_write_stream import refusal
from dc_lab.networks import datasets

SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, max_side=12)


@given(st.integers(0, 2**62))
def test_varints_come_back(number):
    content = encoder.write_varint(number)
    data = iter(content + b"\x07")
    assert decoder.read_varint(data) == number
    assert list(data) == [7]
    assert len(content) == max(1, -(-number.bit_length() // 7))


@settings(deadline=None)
@given(st.lists(st.integers(0, 9) | st.integers(0, 4095), max_size=200), st.booleans())
def test_streams_come_back(numbers, huffman):
    """For the course's reader and the package's, and no byte is left over."""
    content = encoder.write_stream(np.array(numbers, int), huffman)
    assert content[0] <= 1 + huffman
    found, problem = refusal(content, 65_535, len(numbers))
    assert problem == ""
    assert list(found) == numbers
    data = iter(content + b"\x2a")
    assert decoder.read_stream(data, len(numbers)) == numbers
    assert list(data) == [42]


@pytest.mark.parametrize("count", [32_767, 32_768, 36_864, 40_000])
def test_streams_with_lanes_come_back(count, rng):
    numbers = rng.choice(5, count, p=[0.6, 0.2, 0.1, 0.05, 0.05])
    content = encoder.write_stream(numbers)
    assert content[0] == 2
    found, problem = refusal(content, 65_535, count)
    assert problem == ""
    np.testing.assert_array_equal(found, numbers)
    np.testing.assert_array_equal(decoder.read_stream(iter(content), count), numbers)


@settings(deadline=None, max_examples=60)
@given(arrays.arrays(np.float32, SHAPES, elements=st.sampled_from([0, 0, 0, 0.5, -2, 0.1])), st.booleans())
def test_files_come_back(array, fortran):
    """For both readers, bit by bit, whatever the order in memory."""
    tensors = {"w": np.asfortranarray(array) if fortran else array, "größe": np.ones(3, np.float32)}
    content = encoder.write_dcz(tensors)
    for found in (archive.loads(content), decoder.read_dcz(content)):
        assert list(found) == list(tensors)
        for name, expected in tensors.items():
            assert found[name].dtype == expected.dtype
            np.testing.assert_array_equal(found[name], expected)


@settings(deadline=None, max_examples=40)
@given(arrays.arrays(st.sampled_from(decoder.DTYPES), SHAPES))
def test_the_reader_reads_what_the_package_writes(array):
    """Every dtype, every form that its writer chooses."""
    content = archive.dumps({"a": array, "b": array.ravel()})
    if content[3] != 1:
        return
    found = decoder.read_dcz(content)
    for name, expected in archive.loads(content).items():
        assert found[name].dtype == expected.dtype
        assert found[name].tobytes() == expected.tobytes()


@pytest.mark.parametrize("net", ["lenet-300-100", "lenet-5"])
def test_real_networks_both_ways(net):
    content = datasets.checkpoint(f"{net}.dcz").read_bytes()
    expected = archive.loads(content)
    read = decoder.read_dcz(content)
    assert all(read[name].tobytes() == array.tobytes() for name, array in expected.items())
    written = encoder.write_dcz(expected)
    assert len(written) < 1.002 * len(content)
    back = archive.loads(written)
    assert all(back[name].tobytes() == array.tobytes() for name, array in expected.items())


def test_every_byte_is_named():
    for net in ("lenet-300-100", "lenet-5"):
        content = datasets.checkpoint(f"{net}.dcz").read_bytes()
        found = decoder.fields(content)
        assert [field.start for field in found[1:]] == [field.stop for field in found[:-1]]
        assert (found[0].start, found[-1].stop) == (0, len(content))
        sizes: dict[str, int] = {}
        for field in found:
            sizes[field.part] = sizes.get(field.part, 0) + field.stop - field.start
        items: dict[str, int] = {}
        for item in archive.read(content).items:
            items[item.part] = items.get(item.part, 0) + item.size
        assert sizes == {part: size for part, size in items.items() if size}


@pytest.mark.parametrize("content", [b"", b"DCZ", b"DCZ\x01", b"DCZ\x02" + b"\0" * 8, b"dcz\x01" + b"\0" * 8])
def test_no_file(content):
    with pytest.raises(ValueError, match=r"not a \.dcz file"):
        decoder.read_dcz(content)
    altered = bytearray(encoder.write_dcz({"a": np.ones(3, np.float32)}))
    altered[6] ^= 1
    assert zlib.crc32(altered[:-4]) != int.from_bytes(altered[-4:], "little")
    with pytest.raises(ValueError, match="damaged"):
        decoder.read_dcz(bytes(altered))
