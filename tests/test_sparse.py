"""CSR against SciPy; the relative index against plain loops and the paper's figure 2."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dc_lab import sparse

matrices = hnp.arrays(
    np.float32,
    st.tuples(st.integers(0, 7), st.integers(0, 7)),
    elements=st.one_of(st.just(0.0), st.integers(-9, 9).map(float)),
)


@given(matrices)
def test_csr_is_that_of_scipy(matrix):
    ours, theirs = sparse.to_csr(matrix), scipy.sparse.csr_array(matrix)
    theirs.sort_indices()
    np.testing.assert_array_equal(ours.row_start, theirs.indptr)
    np.testing.assert_array_equal(ours.columns, theirs.indices)
    np.testing.assert_array_equal(ours.values, theirs.data)
    assert ours.shape == theirs.shape
    assert (ours.values.dtype, ours.columns.dtype, ours.row_start.dtype) == (np.float32, np.int32, np.int32)
    back = sparse.from_csr(ours)
    np.testing.assert_array_equal(back, matrix)
    assert back.dtype == matrix.dtype


def test_csr_of_a_large_matrix(rng):
    matrix = rng.normal(size=(300, 784)) * (rng.random((300, 784)) < 0.08)
    theirs = scipy.sparse.csr_array(matrix)
    ours = sparse.to_csr(matrix)
    np.testing.assert_array_equal(ours.row_start, theirs.indptr)
    np.testing.assert_array_equal(ours.columns, theirs.indices)
    np.testing.assert_array_equal(ours.values, theirs.data)
    assert sum(map(len, ours[:3])) == 2 * np.count_nonzero(matrix) + 300 + 1


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4), ()])
def test_csr_is_for_matrices(shape):
    with pytest.raises(ValueError, match="CSR is for matrices"):
        sparse.to_csr(np.ones(shape))


def gaps_by_loop(mask, bits):
    """The specification, as the module has it: walk along, count zeros, store a filler when the count is full."""
    gaps, is_filler = sparse.relative_index_by_loop(mask, bits)
    assert (gaps.dtype, is_filler.dtype) == (np.uint16, bool)
    return gaps.tolist(), is_filler.tolist()


def test_the_example_of_the_papers_figure_2():
    """16 positions, weights at 1, 4 and 15, gaps of 3 bits: a filler stands at 12."""
    weights = np.zeros(16, np.float32)
    weights[[1, 4, 15]] = 3.4, 0.9, 1.7
    gaps, is_filler = sparse.relative_index(weights != 0, 3)
    assert gaps.tolist() == [1, 2, 7, 2]
    assert is_filler.tolist() == [False, False, True, False]
    assert sparse.positions(gaps).tolist() == [1, 4, 12, 15]
    values, same = sparse.to_relative(weights, 3)
    np.testing.assert_array_equal(values, np.float32([3.4, 0.9, 0, 1.7]))
    np.testing.assert_array_equal(same, gaps)


@st.composite
def spread_masks(draw):
    """Masks with runs around the powers of two, where fillers begin."""
    near = st.integers(1, 10).flatmap(lambda b: st.integers(-2, 2).map(lambda d: max(2**b + d, 0)))
    runs = draw(st.lists(st.one_of(st.integers(0, 40), near), max_size=8))
    tail = draw(st.integers(0, 40))
    return np.concatenate([np.zeros(0, bool), *([False] * run + [True] for run in runs), [False] * tail]).astype(bool)


@given(spread_masks(), st.integers(1, 16))
def test_relative_index_is_that_of_the_loop(mask, bits):
    gaps, is_filler = sparse.relative_index(mask, bits)
    assert gaps.dtype == np.uint16
    assert (gaps.tolist(), is_filler.tolist()) == gaps_by_loop(mask, bits)
    assert sparse.stored_entries(mask, bits) == len(gaps)
    assert sparse.positions(gaps)[~is_filler].tolist() == np.flatnonzero(mask).tolist()


@given(spread_masks(), st.integers(1, 16), st.sampled_from([np.float32, np.float16, np.int8]))
def test_relative_round_trip(mask, bits, dtype):
    weights = np.where(mask, np.arange(len(mask)) % 100 + 1, 0).astype(dtype)
    values, gaps = sparse.to_relative(weights, bits)
    back = sparse.from_relative(values, gaps, weights.shape)
    np.testing.assert_array_equal(back, weights)
    assert back.dtype == dtype


def test_runs_longer_than_the_widest_gap():
    mask = np.zeros(5 * 2**16 + 100, bool)
    mask[[3 * 2**16, 3 * 2**16 + 2**16, -1]] = True
    gaps, is_filler = sparse.relative_index(mask, 16)
    assert (gaps.tolist(), is_filler.tolist()) == gaps_by_loop(mask, 16)
    assert int(is_filler.sum()) == 4


def test_several_dimensions_are_read_in_c_order(rng):
    weights = np.asfortranarray(rng.normal(size=(4, 5, 6)) * (rng.random((4, 5, 6)) < 0.2))
    values, gaps = sparse.to_relative(weights, 4)
    flat_values, flat_gaps = sparse.to_relative(weights.ravel(), 4)
    np.testing.assert_array_equal(values, flat_values)
    np.testing.assert_array_equal(gaps, flat_gaps)
    np.testing.assert_array_equal(sparse.from_relative(values, gaps, (4, 5, 6)), weights)


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
def test_from_relative_piece_by_piece(chunk, monkeypatch, rng):
    monkeypatch.setattr(sparse, "CHUNK", chunk)
    weights = rng.normal(size=300) * (rng.random(300) < 0.1)
    values, gaps = sparse.to_relative(weights, 3)
    np.testing.assert_array_equal(sparse.from_relative(values, gaps, (300,)), weights)
    with pytest.raises(ValueError, match="beyond an array of 20"):
        sparse.from_relative(values, gaps, (20,))


@pytest.mark.parametrize("bits", [0, 17, -1])
def test_bits_out_of_range(bits):
    mask = np.ones(3, bool)
    for call in (sparse.relative_index, sparse.relative_index_by_loop, sparse.stored_entries, sparse.to_relative):
        with pytest.raises(ValueError, match="index bits must be from 1 to 16"):
            call(mask, bits)
    with pytest.raises(ValueError, match="index bits"):
        sparse.relative_bits(0.1, bits)


def test_masks_must_be_boolean():
    with pytest.raises(ValueError, match="mask must be boolean, got float64"):
        sparse.relative_index(np.ones(3), 4)


def test_from_relative_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="2 values but 1 gaps"):
        sparse.from_relative(np.ones(2), np.zeros(1, np.uint16), (4,))
    np.testing.assert_array_equal(sparse.from_relative(np.ones(1), np.uint16([3]), (4,)), [0, 0, 0, 1])
    with pytest.raises(ValueError, match="stands at 4, beyond an array of 4"):
        sparse.from_relative(np.ones(1), np.uint16([4]), (4,))
    with pytest.raises(ValueError, match="beyond an array of 0"):
        sparse.from_relative(np.ones(1), np.uint16([0]), (0,))


@given(spread_masks(), st.integers(0, 32))
def test_best_index_bits_is_the_best_of_all(mask, value_bits):
    cost = {bits: (value_bits + bits) * len(gaps_by_loop(mask, bits)[0]) for bits in range(1, 17)}
    best = sparse.best_index_bits(mask, value_bits)
    assert cost[best] == min(cost.values())
    assert best == min(bits for bits in cost if cost[bits] == cost[best])


def test_the_widest_gap_is_among_the_choices():
    mask = np.zeros(200_000, bool)
    mask[[60_000, 120_000, 180_000]] = True
    assert sparse.best_index_bits(mask, 32) == 16


@pytest.mark.parametrize("density", [0.02, 0.08, 0.3, 0.9])
@pytest.mark.parametrize("bits", [1, 3, 5, 8])
def test_relative_bits_is_what_a_drawn_mask_takes(density, bits, rng):
    mask = rng.random(400_000) < density
    measured = (32 + bits) * sparse.stored_entries(mask, bits) / mask.size
    assert sparse.relative_bits(density, bits) == pytest.approx(measured, rel=0.03)


def test_relative_bits_at_the_ends():
    assert sparse.relative_bits(0, 5) == 0
    assert sparse.relative_bits(1, 5) == 37
    # So few that only fillers count: one each 2**bits positions. Even 1e-17, where 1 - density is 1, is no error.
    for density in (1e-12, 1e-17, 1e-300):
        assert sparse.relative_bits(density, 5) == pytest.approx(37 / 32, rel=1e-3)


def test_csr_bits_counts_all_but_the_row_starts(rng):
    matrix = rng.normal(size=(50, 80)) * (rng.random((50, 80)) < 0.1)
    csr = sparse.to_csr(matrix)
    counted = 32 * (len(csr.values) + len(csr.columns)) / matrix.size
    assert sparse.csr_bits(np.count_nonzero(matrix) / matrix.size) == pytest.approx(counted)


@pytest.mark.parametrize("bits", [2, 4, 5, 8])
def test_break_even_is_where_a_scan_finds_it(bits):
    def bits_of(density):
        return sparse.relative_bits(density, bits, value_bits=5)

    dense = 5.0
    scan = np.linspace(0, 1, 20_001)
    pays = [bits_of(density) <= dense for density in scan]
    found = sparse.break_even_density(bits_of, dense)
    assert found == pytest.approx(scan[pays.index(False)], abs=1 / 20_000)


def test_break_even_of_csr_is_half():
    assert sparse.break_even_density(sparse.csr_bits, 32) == pytest.approx(0.5, abs=1e-8)


def test_break_even_where_a_form_pays_always_or_never():
    assert sparse.break_even_density(lambda density: 8 * density, 32) == 1
    assert sparse.break_even_density(lambda density: 8 + density, 4) == 0
