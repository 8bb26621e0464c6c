"""`dc_lab.measure.forms`: every form computes what the dense layer computes; the pieces against plain loops."""

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import sparse
from dc_lab.measure import cost, forms


def drawn(rows, columns, density, distinct=8, seed=0):
    rng = np.random.default_rng(seed)
    codebook = rng.standard_normal(distinct).astype(np.float32)
    kept = rng.random((rows, columns)) < density
    return np.where(kept, codebook[rng.integers(0, distinct, kept.shape)], np.float32(0))


@st.composite
def matrices(draw):
    """Any density, empty rows and columns, one row, one column, one distinct value."""
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    weights = drawn(rows, columns, draw(st.floats(0, 1)), draw(st.integers(1, 5)), draw(st.integers(0, 2**16)))
    weights[draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1))] = 1.5
    return weights


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(matrices(), st.integers(1, 5), st.integers(0, 2**16))
def test_every_exact_form_gives_the_dense_product(weights, batch, seed):
    x = np.random.default_rng(seed).standard_normal((weights.shape[1], batch)).astype(np.float32)
    expected = weights.astype(np.float64) @ x
    for form in forms.forms(weights):
        y = form(x)
        assert y.shape == expected.shape, form.name
        if form.exact:
            assert (np.abs(y - expected) <= forms.rounding_bound(weights, x)).all(), form.name


@pytest.mark.parametrize("batch", [1, 64])
def test_forms_of_a_layer_with_several_blocks_of_columns(batch):
    weights = drawn(50, 2 * forms.BLOCK_COLUMNS + 300, 0.1)
    x = np.random.default_rng(1).standard_normal((weights.shape[1], batch)).astype(np.float32)
    expected, bound = weights.astype(np.float64) @ x, forms.rounding_bound(weights, x)
    every = {form.name: form for form in forms.forms(weights)}
    assert "CSR in column blocks, torch" in every
    for form in every.values():
        difference = np.abs(form(x) - expected)
        if form.exact:
            assert (difference <= bound).all(), form.name
        else:  # both sides rounded to 8 bits or 7: within a percent of the sum of all magnitudes
            assert difference.max() <= 0.01 * (np.abs(weights) @ np.abs(x)).max(), form.name


def test_forms_do_not_change_weights_or_inputs():
    weights = drawn(20, 30, 0.3)
    x = np.random.default_rng(1).standard_normal((30, 4)).astype(np.float32)
    weights_before, x_before = weights.copy(), x.copy()
    for form in forms.forms(weights):
        form(x)
    np.testing.assert_array_equal(weights, weights_before)
    np.testing.assert_array_equal(x, x_before)


def test_bytes_are_those_of_the_arrays():
    weights = drawn(20, 30, 0.3)
    nnz = np.count_nonzero(weights)
    every = {form.name: form for form in forms.forms(weights)}
    assert every["dense, torch"].nbytes == weights.nbytes
    for name in ("CSR, NumPy", "CSR, torch", "CSR, embedding_bag"):
        assert every[name].nbytes == 8 * nnz + 4 * 21
        assert (every[name].operations, every[name].lookups) == (2 * nnz, nnz)
    distinct = len(np.unique(weights[weights != 0]))
    assert every["clusters, torch"].operations == nnz + 2 * 20 * distinct
    assert not every["dense, torch"].pruned
    assert every["CSR, torch"].pruned


def test_clusters_are_left_out_where_weights_are_not_shared():
    weights = np.random.default_rng(0).standard_normal((20, 30)).astype(np.float32)
    assert not [form.name for form in forms.forms(weights) if form.name.startswith("clusters")]
    with pytest.raises(ValueError, match="600 distinct values: share the weights first, 256 at most"):
        forms.to_clusters(sparse.to_csr(weights))


def test_forms_by_name():
    names = [form.name for form in forms.forms(drawn(5, 5, 0.5), ["dense", "CSR, torch"])]
    assert names[:2] == ["dense, NumPy", "dense, torch"]
    assert "CSR, torch" in names
    assert len(names) == 4


def test_scipy_is_left_out_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    assert "CSR, scipy" not in [form.name for form in forms.forms(drawn(5, 5, 0.5))]


def test_without_a_routine_for_a_single_input(monkeypatch):
    """PyTorch for macOS: sparse rows times a matrix work, times a vector do not."""
    monkeypatch.setattr(forms, "_has_single_input_routine", lambda: False)
    weights = drawn(9, 2 * forms.BLOCK_COLUMNS, 0.1)
    x = np.random.default_rng(1).standard_normal((weights.shape[1], 1)).astype(np.float32)
    for form in forms.forms(weights, ["CSR", "clusters"]):
        assert (np.abs(form(x) - weights.astype(np.float64) @ x) <= forms.rounding_bound(weights, x)).all(), form.name


def test_ours_takes_the_place_of_torchs_int8(monkeypatch):
    def none(*arguments, **settings):
        raise RuntimeError("no engine")

    monkeypatch.setattr("torch.ao.quantization.quantize_dynamic", none)
    weights = drawn(12, 40, 0.4)
    form = forms.dense_int8(weights)
    assert form.name == "dense int8, dc_lab"
    x = np.random.default_rng(1).standard_normal((40, 3)).astype(np.float32)
    assert np.abs(form(x) - weights @ x).max() <= 0.01 * (np.abs(weights) @ np.abs(x)).max()


@pytest.mark.parametrize(
    "weights", [np.zeros((3, 4), np.float32), np.ones((3, 4)), np.ones(4, np.float32)], ids=["zeros", "float64", "1-D"]
)
def test_what_is_no_layer_is_refused(weights):
    with pytest.raises(ValueError, match="expected a float32 matrix that is not all zeros"):
        forms.forms(weights)


@given(st.lists(st.integers(0, 4), max_size=12), st.booleans())
def test_segment_sums_of_any_lengths(lengths, wide):
    """The pitfall of np.add.reduceat: empty segments, at the start, in the middle, at the end, nothing at all."""
    start = np.concatenate([[0], np.cumsum(lengths)]).astype(int)
    values = np.arange(1.0, start[-1] + 1)
    values = np.stack([values, -values], axis=1) if wide else values
    expected = [values[low:high].sum(axis=0) for low, high in itertools.pairwise(start)]
    sums = forms.segment_sums(values, start)
    np.testing.assert_array_equal(sums, np.array(expected).reshape(sums.shape))


@pytest.mark.parametrize("piece", [1, 7, 1 << 21])
def test_products_in_pieces(piece, monkeypatch):
    monkeypatch.setattr(forms, "PIECE", piece)
    weights = drawn(40, 30, 0.2)
    weights[[0, 5, 6, 39]] = 0
    csr = sparse.to_csr(weights)
    for shape in ((30,), (30, 1), (30, 5)):
        x = np.random.default_rng(2).standard_normal(shape)
        np.testing.assert_allclose(forms.csr_product(csr, x), weights @ x, atol=1e-12)
        np.testing.assert_allclose(forms.cluster_product(forms.to_clusters(csr), x), weights @ x, atol=1e-6)


def test_cluster_sums_by_loops():
    weights = drawn(6, 9, 0.6, distinct=3)
    clusters = forms.to_clusters(sparse.to_csr(weights))
    x = np.random.default_rng(3).standard_normal(9)
    expected = [[x[row == value].sum() for value in clusters.codebook] for row in weights]
    np.testing.assert_allclose(forms.cluster_sums(clusters, x), expected, atol=1e-12)


@pytest.mark.parametrize("width", [1, 3, 30, 100])
def test_column_blocks_put_together_are_the_matrix(width):
    weights = drawn(8, 30, 0.3)
    blocks = forms.column_blocks(sparse.to_csr(weights), width)
    assert max(block.shape[1] for block in blocks) <= width
    np.testing.assert_array_equal(np.hstack([sparse.from_csr(block) for block in blocks]), weights)


def test_wrong_sizes_are_refused():
    csr = sparse.to_csr(drawn(4, 6, 0.5))
    with pytest.raises(
        ValueError, match=r"expected inputs \(6,\) or \(6, batch\), a column an input; got shape \(5,\)"
    ):
        forms.csr_product(csr, np.ones(5))
    with pytest.raises(ValueError, match="got shape"):
        forms.cluster_product(forms.to_clusters(csr), np.ones((6, 1, 1)))
    with pytest.raises(ValueError, match="1 column or more, got width 0"):
        forms.column_blocks(csr, 0)


def test_a_drawn_layer_runs_in_every_form():
    weights = cost.draw_weights(64, 256, 0.09, 5)
    x = np.random.default_rng(4).standard_normal((256, 2)).astype(np.float32)
    names = [form.name for form in forms.forms(weights)]
    assert len(names) == len(set(names)) >= 8
    for form in forms.forms(weights):
        assert np.isfinite(form(x)).all()
