"""The specification, dc_lab/dcz/FORMAT.md: its worked example is what the code writes and reads."""

import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from dc_lab import archive, dcz, huffman, sparse
from dc_lab.coding import bits
from dc_lab.dcz.forms.huffman import MAX_CODE, MAX_LANE, MIN_LANE
from dc_lab.dcz.varint import varint
from dc_lab.quantized import QuantizedTensor

PAGE = Path(dcz.__file__).with_name("FORMAT.md")


@pytest.fixture(scope="module")
def example() -> str:
    return PAGE.read_text(encoding="utf-8").partition("## A worked example")[2]


@pytest.fixture(scope="module")
def rows(example) -> list[tuple[int, bytes, str]]:
    """(offset, bytes, meaning) of each line of the example's table."""
    found = []
    for line in example.splitlines():
        if re.match(r"\| \d+ \|", line):
            offset, content, meaning = (cell.strip() for cell in line.strip("|").split("|"))
            found.append((int(offset), bytes.fromhex(content.replace("`", "")), meaning))
    return found


@pytest.fixture(scope="module")
def tensors(example) -> dict[str, np.ndarray]:
    """The two tensors as the page describes them."""
    entries, values = re.findall(r"^ {4}(.+)$", example, flags=re.MULTILINE)
    w = np.zeros(4 * 12, np.float32)
    for position, value in re.findall(r"(\d+): (-?[\d.]+)", entries):
        w[int(position)] = float(value)
    return {"w": w.reshape(4, 12), "v": np.array(values.split(), np.uint8)}


def numbers(meaning: str) -> list[int]:
    """The row of integers after the colon."""
    return [int(number) for number in re.match(r"[\d ]+", meaning.partition(": ")[2])[0].split()]


def test_the_example_is_what_we_write(rows, tensors):
    assert np.count_nonzero(tensors["w"]) == 12
    assert tensors["v"].shape == (40,)
    assert archive.dumps(tensors).hex(" ") == b"".join(content for _, content, _ in rows).hex(" ")


def test_the_example_is_read_as_described(rows, tensors):
    found = archive.loads(b"".join(content for _, content, _ in rows))
    assert list(found) == ["w", "v"]
    for name, array in tensors.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("at", [36, 43, 50])
def test_bits_after_the_last_number_are_refused(rows, at):
    """Found by a decoder that was written from the page alone: ours let them pass."""
    content = bytearray(b"".join(content for _, content, _ in rows))
    content[at] |= 1
    content[-4:] = zlib.crc32(content[:-4]).to_bytes(4, "little")
    with pytest.raises(archive.ArchiveError, match="padding"):
        archive.loads(bytes(content))


def test_a_scale_beyond_float32_is_refused_without_a_warning():
    tensor = QuantizedTensor(np.zeros(2, np.int8), np.array([0.1, 0.3]), np.zeros(2, np.int64), 0, 8)
    content = bytearray(archive.dumps({"q": tensor}))
    at = content.index(np.float64(0.1).tobytes())
    content[at : at + 8] = np.float64(1e300).tobytes()
    content[-4:] = zlib.crc32(content[:-4]).to_bytes(4, "little")
    with pytest.raises(archive.ArchiveError, match="scale"):
        archive.loads(bytes(content))


def test_offsets_and_numbers_of_the_example(rows, tensors):
    at = 0
    for offset, content, _ in rows:
        assert offset == at
        at += len(content)
    content = b"".join(content for _, content, _ in rows)
    assert zlib.crc32(content[:-4]) == int.from_bytes(content[-4:], "little")

    meanings = {offset: meaning for offset, _, meaning in rows}
    gaps, is_filler = sparse.relative_index(tensors["w"] != 0, 2)
    assert numbers(meanings[30]) == gaps.tolist()
    codebook = np.unique(tensors["w"][tensors["w"] != 0])
    codes = np.full(len(gaps), len(codebook))
    codes[~is_filler] = np.searchsorted(codebook, tensors["w"][tensors["w"] != 0])
    assert numbers(meanings[37]) == codes.tolist()

    lengths = np.array(numbers(meanings[46]), np.uint8)
    np.testing.assert_array_equal(lengths, huffman.code_lengths(np.bincount(tensors["v"])))
    canonical = huffman.canonical_codes(lengths)
    for symbol, code in re.findall(r"(\d) `([01]+)`", meanings[46].replace(" is", "")):
        assert code == f"{canonical[int(symbol)]:0{lengths[int(symbol)]}b}"
    first = meanings[53].strip("`… ").split()
    assert first == [f"{canonical[v]:0{lengths[v]}b}" for v in tensors["v"][: len(first)]]


def test_varints_of_the_page():
    text = PAGE.read_text(encoding="utf-8")
    pairs = re.findall(r"`(\d+)` is\s+`([0-9a-f ]+)`", text)
    assert len(pairs) == 3
    for value, content in pairs:
        assert varint(int(value)) == bytes.fromhex(content)


def test_codes_of_types_and_the_limits_of_the_page():
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    head, names = re.search(r"\| dtype \|([\d |]+)\|(?:[-|]+) ?\| \|([\w |]+)\|", text).groups()
    listed = dict(zip((cell.strip() for cell in names.split("|")), map(int, re.findall(r"\d+", head)), strict=False))
    assert {dtype.name: code for code, dtype in enumerate(archive.DTYPES)} == listed
    for phrase in (
        f"a name of over {archive.MAX_NAME:,} bytes",
        f"more than {archive.MAX_DIMENSIONS} dimensions",
        f"a codebook of more than {archive.MAX_CODEBOOK:,} values",
        f"{2**sparse.MAX_INDEX_BITS - 1:,} for a gap",
        f"{huffman.MAX_LENGTH} for a code length",
        f"longer than {MAX_CODE} bits",
        f"{MIN_LANE} to {MAX_LANE:,} and less than `n`",
        f"no lanes where `n` is {huffman.SINGLE_LANE:,} or more",
    ):
        assert phrase in text, phrase
    assert bits.pack(np.array([5, 1]), 3) == bytes([0b10100100])  # "the highest bit of each first"
