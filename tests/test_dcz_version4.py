"""Format version 4: bfloat16, exponents apart from mantissas, tied tensors, metadata; and limits that came with it."""

import zlib

import numpy as np
import pytest
from dcz_files import repaired
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dc_lab import archive
from dc_lab.archive import ArchiveError, Tied, dumps, loads, read
from dc_lab.coding import rans
from dc_lab.dcz import limits, streams
from dc_lab.dcz.varint import varint
from dc_lab.support.dtypes import BFLOAT16

FLOATS = [np.dtype(code) for code in ("<f4", "<f2", "<f8")] + [BFLOAT16]
SHAPES = arrays.array_shapes(min_dims=0, max_side=9)


def framed(version, *parts):
    content = b"DCZ" + bytes([version]) + b"".join(parts)
    return content + zlib.crc32(content).to_bytes(4, "little")


@st.composite
def bfloat16s(draw):
    patterns = draw(arrays.arrays(np.uint16, draw(SHAPES)))
    if draw(st.booleans()):
        patterns[np.random.default_rng(0).random(patterns.shape) < 0.8] = draw(st.sampled_from([0, 0x3F80, 0x8000]))
    return patterns.view(BFLOAT16)


@given(bfloat16s(), st.sampled_from(archive.CODERS))
def test_bfloat16_comes_back_as_itself(array, coder):
    content = dumps({"w": array}, coder)
    assert content[3] == 4
    found = loads(content)["w"]
    assert found.dtype == BFLOAT16
    assert found.shape == array.shape
    kept = array.view(np.uint16)
    expected = kept if read(content).kinds["w"] == "planes" else np.where(kept == 0x8000, 0, kept)
    np.testing.assert_array_equal(found.view(np.uint16), expected)


@given(st.data(), st.sampled_from(FLOATS), st.sampled_from(archive.CODERS))
def test_exact_keeps_every_bit(data, dtype, coder):
    unsigned = np.dtype(f"u{dtype.itemsize}")
    special = [0, 1, 1 << (8 * dtype.itemsize - 1), (1 << (8 * dtype.itemsize)) - 1]
    elements = st.one_of(st.integers(0, special[-1]), st.sampled_from(special))
    patterns = data.draw(arrays.arrays(unsigned, data.draw(SHAPES), elements=elements))
    content = dumps({"w": patterns.view(dtype)}, coder, exact=True)
    np.testing.assert_array_equal(loads(content)["w"].view(unsigned), patterns)
    assert loads(content)["w"].dtype == dtype


@pytest.mark.parametrize("dtype", ["<i2", "<u4", "<i8"])
def test_integers_by_planes(dtype):
    array = np.arange(70_000, dtype=dtype).reshape(7, -1) % 30_000
    content = dumps({"w": array}, exact=True)
    assert read(content).kinds["w"] == "planes"
    np.testing.assert_array_equal(loads(content)["w"], array)


def test_exponents_apart_are_smaller_and_near_what_entropy_allows():
    rng = np.random.default_rng(5)
    weights = rng.normal(0, 0.02, (300, 400)).astype(BFLOAT16)
    patterns = weights.view(np.uint16)
    counts = np.bincount((patterns >> 7 & 255).ravel())
    share = counts[counts > 0] / counts.sum()
    floor = weights.size * (8 - (share * np.log2(share)).sum()) / 8
    sizes = {coder: len(dumps({"w": weights}, coder)) for coder in archive.CODERS}
    assert floor < sizes["rans"] < 1.01 * floor
    assert sizes["rans"] <= sizes["huffman"] < 1.03 * floor < sizes["fixed"]
    # One stream of all bytes, as version 1 has it, does not tell them apart.
    together = len(dumps({"w": patterns.view(np.uint8)}, "rans"))
    assert sizes["rans"] < 0.86 * together


def test_nothing_of_version_4_is_written_unasked():
    rng = np.random.default_rng(5)
    weights = rng.normal(0, 0.02, (30, 40)).astype(np.float32)
    assert dumps({"w": weights})[3] == 1
    assert dumps({"w": weights}, exact=True)[3] == 4
    assert dumps({"w": np.round(weights, 2)}, exact=False)[3] == 1


# --- tied ---


def test_tied_tensors_are_stored_once_and_are_one_when_loaded():
    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    alone = dumps({"embed": table})
    content = dumps({"embed": table, "head": Tied("embed"), "other": table[:1], "again": Tied("embed")})
    assert len(content) < len(alone) + 60
    found = read(content)
    assert found.tensors["head"] is found.tensors["embed"] is found.tensors["again"]
    assert found.tied == {"head": "embed", "again": "embed"}
    assert found.kinds["head"] == "tied to embed"
    assert sum(item.size for item in found.items) == len(content)
    assert list(found.tensors) == ["embed", "head", "other", "again"]


@pytest.mark.parametrize("other", ["later", "none", "tied", "self"])
def test_tied_to_nothing_of_its_own(other):
    tensors = {"a": np.ones(3), "tied": Tied("a"), "self": Tied(other), "later": np.ones(2)}
    with pytest.raises(ValueError, match=f"tensor 'self' is tied to '{other}', which is no tensor of its own"):
        dumps(tensors)


# --- metadata ---


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4))
def test_metadata_come_back(metadata):
    content = dumps({"w": np.ones(3, np.float32)}, metadata=metadata)
    assert content[3] == (4 if metadata else 1)
    found = read(content)
    assert found.metadata == metadata
    assert list(found.metadata) == list(metadata)
    assert sum(item.size for item in found.items) == len(content)


def test_too_many_metadata():
    with pytest.raises(ValueError, match=r"bytes of metadata, expected at most 1,048,576"):
        dumps({}, metadata={"a": "x" * 2**20})
    text = b"x" * (2**20 - 10)
    content = framed(4, varint(1), varint(1), b"a", varint(len(text) + 20), text + b"x" * 20, varint(0))
    with pytest.raises(ArchiveError, match="metadata"):
        loads(content)


# --- what is refused ---

ONE = bytes([1]) + b"w" + bytes([0 << 4 | 4, 0])  # uint8, no dimensions
DATA = bytes([0, 7])  # constant 7
TIED = 2 * 7 << 4


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (framed(4, b"\0\1", ONE, DATA), "format version 4, but nothing that version 3 does not have"),
        (framed(4, b"\0\0"), "format version 4, but nothing that version 3 does not have"),
        (framed(4, b"\1\1a\1b\1", ONE, DATA, b"\0"), "1 bytes too many"),
        (framed(4, b"\2\1a\1b\1a\1c\1", ONE, DATA), "two metadata called 'a'"),
        (framed(4, b"\1\1\xff\1b\1", ONE, DATA), "a key of the metadata is not UTF-8"),
        (framed(4, b"\1\1a\x7fb\1", ONE, DATA), "needs 127 bytes"),
        (framed(3, b"\1\1w", bytes([12, 0]), b"\0\0"), "kind 0 with dtype 12: there is no such form"),
        (framed(4, b"\0\1\1w", bytes([13, 0]), b"\0\0"), "kind 0 with dtype 13: there is no such form"),
        (framed(3, b"\1\1w", bytes([12 << 4, 0]), b"\0\0"), "kind 12 with dtype 0: there is no such form"),
        (framed(4, b"\0\1\1w", bytes([12 << 4 | 4, 0]), b"\0\0"), "kind 12 with dtype 4: there is no such form"),
        (framed(4, b"\0\1\1w", bytes([13 << 4, 0]), b"\0\0"), "kind 13 with dtype 0: there is no such form"),
        (framed(4, b"\0\1\1w", bytes([15 << 4, 0]), b"\0\0"), "kind 15 with dtype 0: there is no such form"),
        (framed(3, b"\2", ONE, b"\1v", bytes([TIED, 0]), DATA), "kind 14 with dtype 0: there is no such form"),
        (framed(4, b"\0\2", ONE, b"\1v", bytes([TIED | 1, 0]), DATA), "kind 14 with dtype 1: there is no such form"),
        (framed(4, b"\0\1\1v", bytes([TIED, 0])), "tied to an earlier tensor, but there is none"),
        (framed(4, b"\0\2", ONE, b"\1v", bytes([TIED, 1]), DATA), "is 1, expected at most 0"),
        (
            framed(4, b"\0\3", ONE, b"\1v", bytes([TIED, 0]), b"\1u", bytes([TIED, 1]), DATA),
            "tied to 'v', which is tied itself",
        ),
        (framed(4, b"\0\2", ONE, b"\1w", bytes([TIED, 0]), DATA), "two tensors named 'w'"),
    ],
)
def test_hand_made_files(content, says):
    with pytest.raises(ArchiveError, match=says):
        loads(content)


def test_the_hand_made_pieces_make_a_file():
    content = framed(4, b"\0\2", ONE, b"\1v", bytes([TIED, 0]), DATA)
    assert {name: int(value) for name, value in loads(content).items()} == {"w": 7, "v": 7}


def version_4_files():
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 0.02, (4, 9))
    yield {"b": weights.astype(BFLOAT16), "c": Tied("b")}, {"format": "pt"}, False
    yield {"f": weights.astype(np.float32), "h": weights.astype(np.float16)}, {}, True
    yield {"s": np.where(rng.random((4, 9)) < 0.2, weights.round(2), 0).astype(BFLOAT16)}, {}, False


@pytest.mark.parametrize("coder", archive.CODERS)
def test_mutants_are_refused_or_valid(coder):
    """Every byte changed in three ways, the checksum repaired: no other exception, and sizes as declared."""
    for tensors, metadata, exact in version_4_files():
        content = dumps(tensors, coder, metadata, exact)
        for at in range(3, len(content) - 4):
            for change in (1, 0x80, 0xFF):
                mutant = bytearray(content)
                mutant[at] ^= change
                try:
                    found = read(repaired(bytes(mutant)), 2**24)
                except ArchiveError:
                    continue
                assert sum(item.size for item in found.items) == len(content)
        for length in range(len(content)):
            with pytest.raises(ArchiveError):
                read(content[:length])


# --- limits ---


def test_many_rans_tables_are_refused():
    """Tables of 65,536 entries for a few bytes each used to cost 27 seconds a megabyte."""
    # Two symbols, the first of them 65,535 times rarer; two values, two lanes, no words.
    values, frequencies = np.array([1, 1], np.uint8), np.array([1, 65_535], np.uint32)
    states, words = rans.encode(values, frequencies, 2)
    assert len(words) == 0
    stream = bytes.fromhex("03 02 01 05 0c 00 ff fe 01 00") + states.astype("<u4").tobytes()

    def file(number):
        headers = b"".join(bytes([2, 33 + i // 90, 33 + i % 90, 4, 1, 2]) for i in range(number))
        return framed(3, varint(number), headers, stream * number)

    assert loads(file(1))["!!"].tolist() == [1, 1]
    most = limits.TABLE_ENTRIES // 2**16
    assert len(loads(file(most))) == most
    with pytest.raises(ArchiveError, match="more entries than a file of this size may ask for"):
        loads(file(2 * most))


def test_writers_stay_below_the_limit_of_rans_tables():
    """The table of a stream that a writer chooses has no more entries than its own bytes allow."""
    rng = np.random.default_rng(8)
    seen = 0
    for _ in range(2000):
        size = int(2 ** rng.uniform(1, 14))
        values = np.minimum(rng.geometric(rng.uniform(0.01, 0.9999), size) - 1, rng.integers(1, 300))
        chosen = streams.plan(np.bincount(values), "rans")
        if streams.FORMS[chosen.form] == "rans":
            seen += 1
            assert chosen.code.sum() <= limits.TABLE_ENTRIES_A_BYTE * chosen.size
    assert seen > 100


def test_a_signalling_nan_as_scale_is_refused_without_a_warning():
    with pytest.raises(ArchiveError, match="scale"):
        loads(bytes.fromhex("44435a02010171930008000100807f0000000000da9487de"))


def test_a_tensor_without_a_name_is_not_taken_for_the_file():
    array = np.arange(40, dtype=np.float32)
    content = dumps({"": array, "w": array[:20]})
    found = read(content)
    assert found.bytes_of("") + found.bytes_of("w") + sum(found.parts[None].values()) == len(content)
    assert set(found.parts[None]) == {"header", "checksum"}


def test_what_a_tensor_takes_is_looked_up_and_not_searched():
    found = read(dumps({str(i): np.ones(2, np.uint8) for i in range(300)}))
    assert found.parts is found.parts
    assert [found.bytes_of(str(i)) for i in range(300)] == [2] * 300
