"""A tensor as bit patterns, in pieces of a few entries: the same as without pieces, and as by brute force."""

import numpy as np
import pytest
from dcz_files import tensors
from hypothesis import given
from hypothesis import strategies as st

from dc_lab import sparse
from dc_lab.coding import bits
from dc_lab.dcz import patterns
from dc_lab.dcz.patterns import Patterns

PIECES = [1, 2, 7, 64, 1 << 20]


def native(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)


@given(tensors(), st.sampled_from(PIECES))
def test_pieces_are_the_whole_up_to_the_last_kept_entry(array: np.ndarray, size: int) -> None:
    array = native(array)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bits, "CHUNK", size)
        looked = Patterns(array)
        first = list(looked.pieces())
        pieces = list(looked.pieces())
    flat = array.reshape(-1)
    expected = (flat != 0) | (flat != flat)
    lengths = [length for length, _, _ in pieces]
    starts = np.cumsum([0, *lengths])
    where = [start + kept for start, (_, kept, _) in zip(starts, pieces, strict=False)]
    np.testing.assert_array_equal(np.concatenate([[], *where]), np.flatnonzero(expected))
    assert all(kept[-1] == length - 1 for length, kept, _ in pieces)
    kept = b"".join(values.tobytes() for _, _, values in pieces)
    assert kept == flat[expected].tobytes()
    # What is remembered is what was found.
    for one, other in zip(first, pieces, strict=True):
        assert one[0] == other[0]
        np.testing.assert_array_equal(one[1], other[1])
        assert one[2].tobytes() == other[2].tobytes()


@given(tensors(), st.sampled_from(PIECES))
def test_runs_are_those_of_the_whole(array: np.ndarray, size: int) -> None:
    array = native(array)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bits, "CHUNK", size)
        lengths, often = Patterns(array).runs()
    flat = array.reshape(-1)
    expected = sparse.zero_runs((flat != 0) | (flat != flat))
    assert np.repeat(lengths, often).tolist() == sorted(expected.tolist())


@given(tensors(), st.sampled_from(PIECES))
def test_codes_and_codebook_are_the_kept_values(array: np.ndarray, size: int) -> None:
    array = native(array)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bits, "CHUNK", size)
        codebook, codes = Patterns(array).share() or pytest.fail("few values are shared")
    flat = array.reshape(-1)
    kept = flat[(flat != 0) | (flat != flat)]
    assert codebook[codes].tobytes() == kept.tobytes()
    assert len(np.unique(codebook)) == len(codebook) == len(np.unique(codes))
    values = codebook.view(array.dtype)
    values = values[values == values]
    assert (values[1:] >= values[:-1]).all()


def test_too_many_values_are_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MAX_CODEBOOK", 5)
    assert Patterns(np.arange(6, dtype=np.uint8)).share() is not None  # zero is none of them
    assert Patterns(np.arange(7, dtype=np.uint8)).share() is None


@given(tensors(), st.sampled_from(PIECES), st.integers(1, 5))
def test_what_is_laid_out_is_the_relative_index(array: np.ndarray, size: int, index_bits: int) -> None:
    array = native(array)
    flat = array.reshape(-1)
    is_kept = (flat != 0) | (flat != flat)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bits, "CHUNK", size)
        entries = sparse.stored_entries(is_kept, index_bits)
        symbols, gaps = Patterns(array).lay_out(entries, index_bits)
        whole, none = Patterns(array).lay_out(array.size, 0)
    expected_gaps, is_filler = sparse.relative_index(is_kept, index_bits)
    np.testing.assert_array_equal(gaps, expected_gaps)
    assert symbols[~is_filler].tobytes() == flat[is_kept].tobytes()
    assert not symbols[is_filler].any()
    assert len(none) == 0
    assert whole.tobytes() == np.where(is_kept, flat, array.dtype.type(0)).tobytes()
