"""Reading byte by byte: numbers, what bytes were for, and where an error is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.dcz.cursor import ArchiveError, Reader
from dc_lab.dcz.varint import varint


def reader_of(content: bytes) -> Reader:
    """A reader at these bytes, as if they were the rest of a file of version 1."""
    reader = Reader(b"DCZ\1" + content + bytes(4))
    reader.take(4, "header")
    return reader


@given(st.integers(0, 2**63 - 1))
def test_varints_come_back_and_no_other_bytes_read_as_the_same(value: int) -> None:
    content = varint(value)
    reader = reader_of(content)
    assert reader.varint("index", 2**63 - 1, "it") == value
    assert reader.at == reader.end
    longer = content[:-1] + bytes([content[-1] | 128, 0])
    with pytest.raises(ArchiveError, match=r"it ends with a zero byte|it is longer than 9 bytes"):
        reader_of(longer).varint("index", 2**63 - 1, "it")
    if value:
        with pytest.raises(ArchiveError, match=f"it is {value}, expected at most {value - 1}"):
            reader_of(content).varint("index", value - 1, "it")


def test_every_byte_is_noted() -> None:
    reader = reader_of(bytes(range(10)) + varint(3) + b"abc")
    reader.tensor = "w"
    assert bytes(reader.take(2, "index")) == b"\0\1"
    assert reader.byte("values") == 2
    assert bytes(reader.take(7, "index")) == bytes(range(3, 10))
    assert bytes(reader.counted("plain")) == b"abc"
    assert reader.sizes == {
        (None, "header"): 4,
        ("w", "index"): 9,
        ("w", "values"): 1,
        ("w", "tables"): 1,
        ("w", "plain"): 3,
    }
    assert sum(reader.sizes.values()) == reader.at == reader.end


def test_nothing_is_read_beyond_the_end() -> None:
    reader = reader_of(b"abc")
    with pytest.raises(ArchiveError, match=r"^file at byte 4: needs 4 bytes, but 3 are left$"):
        reader.take(4, "plain")
    reader.tensor, reader.field = "w", "gaps"
    with pytest.raises(
        ArchiveError, match=r"^tensor 'w', gaps at byte 5: the payload's length is 97, expected at most 3$"
    ):
        reader.counted("plain")
