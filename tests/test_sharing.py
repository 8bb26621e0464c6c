"""Weight sharing: k-means against scikit-learn and brute force, centroids and their gradients against loops."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from torch import nn

from dc_lab import sharing
from dc_lab.networks.state import weights_of
from dc_lab.support import optimal
from dc_lab.support.dtypes import BFLOAT16
from dc_lab.support.tensors import to_tensor

floats = st.floats(-1000, 1000, width=32)
some_values = st.lists(floats, min_size=1, max_size=40).map(lambda values: np.array(values, np.float32))
# Eighths of small whole numbers: sums and midpoints are exact, and there are duplicates and ties.
grid_values = st.lists(st.integers(-40, 40), min_size=1, max_size=40).map(lambda v: np.array(v, np.float32) / 8)


def best_inertia(values, clusters):
    """Least inertia over all ways to cut the sorted values into at most `clusters` runs: on a line, all there is."""
    ordered = np.sort(values.astype(np.float64))
    best = np.inf
    for k in range(1, min(clusters, len(ordered)) + 1):
        for cuts in itertools.combinations(range(1, len(ordered)), k - 1):
            runs = np.split(ordered, cuts)
            best = min(best, sum(float(((run - run.mean()) ** 2).sum()) for run in runs))
    return best


def nearest(values, codebook):
    return np.abs(values.astype(np.float64)[:, None] - codebook).argmin(axis=1)


# --- k-means ---


@pytest.mark.parametrize("clusters", [2, 5, 16, 32])
@pytest.mark.parametrize("start", sharing.ALL_STARTS)
def test_kmeans_is_that_of_scikit_learn(clusters, start, rng):
    values = np.concatenate([-rng.beta(2, 2, 1500), rng.beta(2, 2, 1500)]).astype(np.float32)
    begin = sharing.initial_centroids(values, clusters, start, seed=3)
    assert len(np.unique(nearest(values, begin))) == clusters  # what becomes of an empty one, each decides for itself
    ours = sharing.kmeans(values, clusters, begin, max_iterations=10_000)
    theirs = KMeans(clusters, init=begin[:, None], n_init=1, algorithm="lloyd", tol=0, max_iter=10_000)
    theirs.fit(values.astype(np.float64)[:, None])
    assert ours.inertia == pytest.approx(theirs.inertia_, rel=1e-6)
    np.testing.assert_allclose(ours.codebook, np.sort(theirs.cluster_centers_[:, 0]), rtol=0, atol=1e-6)
    assert sharing.kmeans(values, clusters, start, 3, 10_000).inertia == ours.inertia


@pytest.mark.parametrize("clusters", [1, 2, 3, 4])
def test_the_best_of_many_starts_is_the_brute_force_optimum(clusters, rng):
    for _ in range(10):
        values = rng.normal(size=10).astype(np.float32)
        optimum = best_inertia(values, clusters)
        found = [sharing.kmeans(values, clusters, "random", seed).inertia for seed in range(60)]
        assert min(found) == pytest.approx(optimum, rel=1e-9)


@given(
    st.one_of(some_values, grid_values).filter(lambda v: len(v) <= 11),
    st.integers(1, 4),
    st.sampled_from(sharing.ALL_STARTS),
)
def test_no_result_is_better_than_the_optimum(values, clusters, start):
    optimum = best_inertia(values, clusters)
    assert sharing.kmeans(values, clusters, start).inertia >= optimum - 1e-9 * (1 + optimum)


@given(st.one_of(some_values, grid_values), st.integers(1, 9), st.sampled_from(sharing.ALL_STARTS))
def test_every_result_is_a_fixed_point_of_lloyd(values, clusters, start):
    result = sharing.kmeans(values, clusters, start)
    codebook = result.codebook
    assert result.iterations < 300
    assert codebook.dtype == np.float64
    assert 1 <= len(codebook) <= min(clusters, len(np.unique(values)))
    assert (np.diff(codebook) > 0).all()
    codes = sharing.encode(values, codebook)
    tolerance = 1e-12 * float(np.abs(values).max())
    for code, centroid in enumerate(codebook):
        members = values[codes == code].astype(np.float64)
        assert len(members), "an empty cluster is left"
        assert centroid == pytest.approx(members.mean(), rel=1e-12, abs=tolerance)
        assert members.min() <= centroid <= members.max()
    distances = np.abs(values.astype(np.float64)[:, None] - codebook)
    np.testing.assert_allclose(distances[np.arange(len(values)), codes], distances.min(axis=1), atol=tolerance)
    assert result.inertia == pytest.approx(float((distances.min(axis=1) ** 2).sum()), rel=1e-9, abs=tolerance**2)


def kmeans_by_loops(values, centroids, max_iterations=300):
    """Steps by loops until no value changes its cluster: (codebook, inertia, iterations)."""

    def clusters_of(centroids):
        midpoints = (centroids[1:] + centroids[:-1]) / 2
        return [sum(value > middle for middle in midpoints) for value in values.astype(np.float64)]

    before, iterations = None, 0
    now = clusters_of(centroids)
    while now != before and iterations < max_iterations:
        iterations += 1
        centroids = sharing.lloyd_step_by_loops(values, centroids)
        before, now = now, clusters_of(centroids)
    codebook = np.unique(centroids[np.unique(now)])
    distances = [value - codebook[cluster] for value, cluster in zip(values, clusters_of(codebook), strict=True)]
    return codebook.tolist(), sum(distance**2 for distance in distances), iterations


@given(grid_values, st.integers(1, 9), st.sampled_from(sharing.STARTS), st.integers(1, 6))
def test_kmeans_is_steps_by_loops(values, clusters, start, most):
    """Where all sums are exact, to the last bit; empty clusters, ties and duplicates included."""
    begin = sharing.initial_centroids(values, clusters, start)
    for limit in (most, 300):
        result = sharing.kmeans(values, clusters, start, max_iterations=limit)
        codebook, inertia, iterations = kmeans_by_loops(values, begin, limit)
        assert (result.codebook.tolist(), result.iterations) == (codebook, iterations)
        assert result.inertia == pytest.approx(inertia, rel=1e-12, abs=1e-12)


@given(grid_values, st.lists(st.integers(-60, 60), min_size=1, max_size=9), st.integers(1, 9))
def test_one_step_from_anywhere_is_that_by_loops(values, centroids, most):
    begin = np.sort(np.array(centroids) / 16)
    codebook = sharing.kmeans(values, len(begin), begin, max_iterations=1).codebook
    stepped = sharing.lloyd_step_by_loops(values, begin)
    assert stepped.dtype == np.float64
    assert len(stepped) == len(begin)
    assert set(codebook) <= set(stepped)


@given(some_values, st.integers(1, 9), st.sampled_from(sharing.STARTS))
def test_a_step_by_loops_of_any_values_is_the_same_but_for_rounding(values, clusters, start):
    begin = sharing.initial_centroids(values, clusters, start)
    ordered = np.sort(values)
    sums = np.concatenate([[0], np.cumsum(ordered, dtype=np.float64)])
    step = sharing._moved(ordered, sums, sharing._edges(ordered, begin))
    tolerance = 1e-12 * float(np.abs(values).max())
    np.testing.assert_allclose(sharing.lloyd_step_by_loops(values, begin), step, rtol=1e-12, atol=tolerance)


@given(st.one_of(some_values, grid_values), st.integers(1, 9), st.integers(1, 3))
def test_stopped_early_no_cluster_is_empty(values, clusters, steps):
    start = np.linspace(values.min() - 1.0, 3 * values.max() + 1.0, clusters)
    result = sharing.kmeans(values, clusters, start, max_iterations=steps)
    assert result.iterations <= steps
    codes = sharing.encode(values, result.codebook)
    assert np.unique(codes).tolist() == list(range(len(result.codebook)))
    distances = np.abs(values.astype(np.float64)[:, None] - result.codebook).min(axis=1)
    assert result.inertia == pytest.approx(float((distances**2).sum()), rel=1e-9, abs=1e-9)


@given(grid_values, st.integers(1, 9), st.sampled_from(sharing.ALL_STARTS))
def test_clusters_enough_for_all_distinct_values_give_them_exactly(values, extra, start):
    distinct = np.unique(values)
    result = sharing.kmeans(values, len(distinct) + extra, start)
    np.testing.assert_array_equal(result.codebook, distinct)
    assert result.inertia == 0


def test_an_empty_cluster_takes_the_value_farthest_from_its_centroid():
    values = np.float32([0, 1, 2, 100])
    # From 0, 40, 50, 60 the values go to 0 and 60; the empty 40 and 50 then find something better to do.
    result = sharing.kmeans(values, 4, np.array([0.0, 40, 50, 60]))
    assert result.codebook.tolist() == [0, 1, 2, 100]
    # One step: the centroids are 1 (of 0, 1, 2) and 100; 0 is as far from its own as 2 and comes first.
    one_step = sharing.kmeans(values, 3, np.array([0.0, 45, 60]), max_iterations=1)
    assert one_step.codebook.tolist() == [0, 1, 100]


def test_linear_start_over_a_gap_leaves_no_cluster_empty():
    values = np.concatenate([np.linspace(-1, -0.9, 50), np.linspace(0.9, 1, 50)])
    assert len(sharing.kmeans(values, 16, "linear").codebook) == 16


@pytest.mark.parametrize("value", [0.1, -3.0, 0.0, 1e-40, 3e38])
@pytest.mark.parametrize("number", [1, 7, 1000])
def test_a_constant_is_its_own_codebook(value, number):
    for start in sharing.ALL_STARTS:
        result = sharing.kmeans(np.full(number, value), 4, start)
        assert (result.codebook.tolist(), result.inertia) == ([value], 0)


def test_neighbouring_floats_do_not_circle():
    """Sums of thousands of 0.1 are rounded; a mean outside its cluster made the steps go round in circles."""
    values = np.float32(0.1) + np.arange(5000).astype(np.float32) % 3 * np.spacing(np.float32(0.1))
    result = sharing.kmeans(values, 5)
    np.testing.assert_array_equal(result.codebook, np.unique(values))
    assert result.inertia == 0
    assert result.iterations < 10


def test_it_is_said_when_the_steps_run_out(rng):
    values = rng.normal(size=2000)
    whole = sharing.kmeans(values, 32)
    assert whole.settled
    assert whole.iterations > 10
    assert not sharing.kmeans(values, 32, max_iterations=whole.iterations - 1).settled
    assert sharing.kmeans(values, 32, max_iterations=whole.iterations).settled


@pytest.mark.parametrize("scale", [1e-42, 1e-30, 1e-8, 1e8, 1e37])
def test_magnitude_does_not_matter(scale, rng):
    values = rng.normal(size=500)
    plain, scaled = sharing.kmeans(values, 8), sharing.kmeans(values * scale, 8)
    np.testing.assert_allclose(scaled.codebook / scale, plain.codebook, rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused(bad):
    values = np.float32([1, bad, 2, bad])
    with pytest.raises(ValueError, match="finite values; 2 are NaN or infinite"):
        sharing.kmeans(values, 2)
    with pytest.raises(ValueError, match="finite values; 2 are NaN or infinite"):
        sharing.share(values, 4)


def test_what_kmeans_refuses():
    values = np.ones(3)
    for call in (sharing.kmeans, sharing.initial_centroids):
        with pytest.raises(ValueError, match="at least one value"):
            call(np.zeros(0), 2)
        with pytest.raises(ValueError, match="clusters must be 1 or more, got 0"):
            call(values, 0)
        with pytest.raises(
            ValueError, match="start must be one of linear, density, random, cube root, optimal, got 'kmeans"
        ):
            call(values, 2, "kmeans++")
    with pytest.raises(ValueError, match="expected values and 3 initial centroids, got 2"):
        sharing.kmeans(values, 3, np.array([1.0, 2.0]))


@given(some_values, st.integers(1, 6), st.sampled_from(sharing.ALL_STARTS), st.integers(0, 2**32 - 1))
def test_the_order_of_values_and_their_shape_do_not_matter(values, clusters, start, seed):
    first = sharing.kmeans(values, clusters, start, seed)
    turned = sharing.kmeans(values[::-1].reshape(1, -1, 1), clusters, start, seed)
    assert first.codebook.tolist() == turned.codebook.tolist()
    assert first[1:] == turned[1:]


def test_kmeans_leaves_its_input_alone():
    values, start = np.array([3.0, 1, 2]), np.array([2.0, 1])
    sharing.kmeans(values, 2, start)
    assert values.tolist() == [3, 1, 2]
    assert start.tolist() == [2, 1]


# --- the optimum (test_optimal.py has more) ---


@given(st.one_of(some_values, grid_values).filter(lambda v: len(v) <= 10), st.integers(1, 5))
def test_the_optimum_is_that_of_brute_force(values, clusters):
    result = sharing.optimal(values, clusters)
    assert result.inertia == pytest.approx(best_inertia(values, clusters), rel=1e-9, abs=1e-12)
    assert len(result.codebook) == min(clusters, len(np.unique(values)))
    assert (np.diff(result.codebook) > 0).all()
    distances = np.abs(values.astype(np.float64)[:, None] - result.codebook).min(axis=1)
    assert result.inertia == pytest.approx(float((distances**2).sum()), rel=1e-9, abs=1e-9)


@given(grid_values, st.integers(1, 5), st.data())
def test_counts_stand_for_values_that_occur_as_often(values, clusters, data):
    counts = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values))))
    if counts.any():
        counted = sharing.optimal(values.reshape(1, -1), clusters, counts.reshape(1, -1))
        repeated = sharing.optimal(np.repeat(values, counts), clusters)
        assert counted.inertia == pytest.approx(repeated.inertia, rel=1e-12, abs=1e-12)
        assert len(counted.codebook) == len(repeated.codebook)


def test_what_optimal_refuses():
    values = np.float32([1, 2, 3])
    with pytest.raises(ValueError, match="at least one value"):
        sharing.optimal(values[:0], 2)
    with pytest.raises(ValueError, match="clusters must be 1 or more, got 0"):
        sharing.optimal(values, 0)
    with pytest.raises(ValueError, match="finite values; 1 are NaN or infinite"):
        sharing.optimal(np.float32([1, np.nan]), 2)
    for counts in (np.ones(2), np.array([1, -1, 1]), np.array([1, np.inf, 1]), np.zeros(3)):
        with pytest.raises(
            ValueError, match="counts must be 0 or more, finite, of the shape of the values, and not all"
        ):
            sharing.optimal(values, 2, counts)


# --- where it starts ---


def test_linear_is_even_between_the_ends():
    values = np.float32([3, -1, 0, 0, 0, 0.5])
    np.testing.assert_allclose(sharing.initial_centroids(values, 5, "linear"), [-1, 0, 1, 2, 3])


def test_density_is_even_on_the_cumulative_distribution(rng):
    values = rng.normal(size=10_001)
    centroids = sharing.initial_centroids(values, 8, "density")
    cumulative = [(values <= centroid).mean() for centroid in centroids]
    np.testing.assert_allclose(cumulative, (np.arange(8) + 0.5) / 8, atol=2e-4)


def test_cube_root_is_even_on_the_integral_of_the_cube_root_of_the_density(rng):
    """A normal density's cube root is a normal density again, sqrt(3) times as wide."""
    values = np.sqrt(3) * rng.normal(size=50_000)
    centroids = sharing.initial_centroids(values, 9, "cube root")
    wider = np.sort(3 * rng.normal(size=1_000_000))
    np.testing.assert_allclose(np.searchsorted(wider, centroids) / 1e6, (np.arange(9) + 0.5) / 9, atol=0.01)


def test_cube_root_counts_values_that_occur_often(rng):
    """Rounded to a grid, as float16 does, the start stays where it was."""
    values = rng.normal(size=100_000)
    exact, rounded = (sharing.initial_centroids(v, 8, "cube root") for v in (values, values.round(2)))
    np.testing.assert_allclose(rounded, exact, atol=0.05)


@pytest.mark.parametrize("clusters", [4, 32])
def test_the_optimal_start_is_nearly_so_of_many_values_too(clusters, rng, monkeypatch):
    values = rng.standard_t(3, 20_000).astype(np.float32)
    least = sharing.optimal(values, clusters).inertia
    whole = sharing.kmeans(values, clusters, "optimal")
    assert whole.inertia == pytest.approx(least, rel=1e-12)
    monkeypatch.setattr(optimal, "GROUPS", 64 * clusters)
    assert least * (1 - 1e-12) <= sharing.kmeans(values, clusters, "optimal").inertia < 1.001 * least


def test_from_the_cube_root_k_means_comes_nearer_than_from_the_papers_starts(rng):
    values = rng.laplace(size=30_000)
    inertia = {start: sharing.kmeans(values, 64, start).inertia for start in sharing.ALL_STARTS}
    assert inertia["optimal"] <= inertia["cube root"] < min(inertia[start] for start in sharing.STARTS)


def test_random_draws_from_the_values_without_repeating(rng):
    values = rng.permutation(100).astype(np.float32)
    drawn = [sharing.initial_centroids(values, 10, "random", seed) for seed in range(20)]
    assert all(set(centroids) <= set(values) and len(set(centroids)) == 10 for centroids in drawn)
    assert all((np.diff(centroids) > 0).all() for centroids in drawn)
    assert len({tuple(centroids) for centroids in drawn}) == 20
    np.testing.assert_array_equal(drawn[3], sharing.initial_centroids(values, 10, "random", 3))


@pytest.mark.parametrize("start", sharing.ALL_STARTS)
def test_more_clusters_than_values_can_be_asked_for(start):
    centroids = sharing.initial_centroids(np.float32([2, 1]), 5, start)
    assert centroids.shape == (5,)
    assert sorted(centroids) == centroids.tolist()
    assert 1 <= centroids[0] <= centroids[-1] <= 2


# --- codes ---


@given(st.data(), st.sampled_from([np.float16, np.float32, np.float64, np.int32]))
def test_borders_divide_values_of_any_type_as_midpoints_in_float64_do(data, dtype):
    """Also values right beside a midpoint, where the type of the values has none in between, and outside its range."""
    finite = st.floats(-(2.0**126), 2.0**126, width=32) if dtype != np.int32 else st.integers(-99, 99)
    centroids = np.unique(data.draw(st.lists(st.one_of(finite, st.floats(-9, 9)), min_size=1, max_size=9)))
    midpoints = (centroids[1:] + centroids[:-1]) / 2
    with np.errstate(over="ignore"):
        near = np.concatenate([midpoints, centroids]).astype(dtype)
    if dtype != np.int32:
        near = np.concatenate([near, np.nextafter(near, dtype(-np.inf)), np.nextafter(near, dtype(np.inf))])
        near = near[np.isfinite(near)]
    near.sort()
    borders = sharing._borders(centroids, near.dtype)
    exact = near.astype(np.float64)
    np.testing.assert_array_equal(np.searchsorted(borders, near, "left"), np.searchsorted(midpoints, exact, "left"))
    np.testing.assert_array_equal(np.searchsorted(near, borders, "right"), np.searchsorted(exact, midpoints, "right"))
    if dtype in (np.float16, np.float32):
        assert borders.dtype == dtype


@given(grid_values, st.lists(st.integers(-40, 40), min_size=1, max_size=12, unique=True))
def test_encode_is_the_nearest_and_the_lower_one_on_a_tie(values, codebook):
    codebook = np.sort(np.array(codebook, np.float64) / 8)
    codes = sharing.encode(values, codebook)
    assert codes.tolist() == nearest(values, codebook).tolist()
    assert codes.dtype == np.uint8
    np.testing.assert_array_equal(sharing.decode(codes, codebook), codebook[codes])


def test_encode_of_a_tie():
    assert sharing.encode(np.array([0.5, 1.5, 2.5]), np.array([0.0, 1, 2, 3])).tolist() == [0, 1, 2]


def test_codes_are_as_narrow_as_the_codebook_allows():
    assert sharing.encode(np.array([[255.0]]), np.arange(256.0)).dtype == np.uint8
    wide = sharing.encode(np.array([[256.0, 3]]), np.arange(257.0))
    assert wide.dtype == np.uint16
    assert wide.tolist() == [[256, 3]]


# --- share ---


@given(
    st.lists(st.one_of(st.just(0.0), floats), max_size=40),
    st.integers(1, 5),
    st.sampled_from(sharing.ALL_STARTS),
    st.sampled_from([np.float32, np.float64, np.float16]),
)
def test_share_keeps_zeros_and_few_values(values, bits, start, dtype):
    weights = np.array(values, dtype).reshape(-1, 1)
    shared = sharing.share(weights, bits, start)
    assert (shared.shape, shared.dtype) == (weights.shape, weights.dtype)
    assert not shared[weights == 0].any()
    assert len(np.unique(shared[shared != 0])) <= 2**bits
    assert shared is not weights
    if len(np.unique(weights[weights != 0])) <= 2**bits:
        np.testing.assert_array_equal(shared, weights)


def test_share_puts_each_weight_on_its_nearest_centroid(rng):
    weights = (rng.normal(size=(50, 40)) * (rng.random((50, 40)) < 0.4)).astype(np.float32)
    shared = sharing.share(weights, 3)
    kept = weights[weights != 0]
    codebook = sharing.kmeans(kept, 8).codebook
    np.testing.assert_array_equal(shared[weights != 0], codebook.astype(np.float32)[nearest(kept, codebook)])
    assert len(np.unique(shared)) == 9


def test_share_notices_more_values_beyond_the_first_hundred_thousand(rng):
    weights = np.concatenate([np.ones(100_000), rng.normal(size=50)]).astype(np.float32)
    shared = sharing.share(weights, 1)
    assert len(np.unique(shared)) == 2


def test_share_stops_after_the_steps_that_files_were_made_with(rng, monkeypatch):
    """From the paper's starts; the others run until they have settled."""
    weights = rng.normal(size=2000).astype(np.float32)
    monkeypatch.setattr(sharing, "STEPS", 3)
    for start in sharing.ALL_STARTS:
        steps = 3 if start in sharing.STARTS else 10_000
        codebook = sharing.kmeans(weights, 32, start, max_iterations=steps).codebook
        assert np.unique(sharing.share(weights, 5, start)).tolist() == codebook.astype(np.float32).tolist()


@pytest.mark.parametrize("bits", [0, 17])
def test_share_refuses_bits_out_of_range(bits):
    with pytest.raises(ValueError, match="bits must be from 1 to 16"):
        sharing.share(np.ones(3), bits)


# --- the paper's equations ---


def test_compression_rate_of_the_papers_example():
    """Figure 3: 16 weights, 4 clusters: 16 x 32 / (16 x 2 + 4 x 32) = 3.2."""
    assert sharing.compression_rate(16, 4) == pytest.approx(3.2)


@given(st.integers(1, 10**9), st.integers(1, 16), st.sampled_from([16, 32, 64]))
def test_compression_rate_is_equation_1(weights, bits, float_bits):
    rate = sharing.compression_rate(weights, 2**bits, float_bits)
    assert rate == pytest.approx(weights * float_bits / (weights * bits + 2**bits * float_bits))


@pytest.mark.parametrize(("weights", "clusters"), [(0, 4), (16, 0)])
def test_compression_rate_refuses_nothing_at_all(weights, clusters):
    with pytest.raises(ValueError, match="at least one weight and one cluster"):
        sharing.compression_rate(weights, clusters)


@given(st.data())
def test_centroid_gradient_is_the_sum_by_hand(data):
    rows, columns, clusters = (data.draw(st.integers(1, 6)) for _ in range(3))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    gradient, codes = rng.normal(size=(rows, columns)), rng.integers(0, clusters, (rows, columns))
    by_hand = [0.0] * clusters
    for i in range(rows):
        for j in range(columns):
            by_hand[codes[i, j]] += gradient[i, j]
    summed = sharing.centroid_gradient(gradient, codes, clusters)
    assert (summed.dtype, summed.shape) == (np.float64, (clusters,))
    np.testing.assert_allclose(summed, by_hand, atol=1e-12)


# --- codebooks that train ---


def shared_layer(kind, rng):
    layer = nn.Linear(20, 12) if kind == "linear" else nn.Conv2d(3, 8, 3)
    weights = layer.weight.detach().numpy() * (rng.random(layer.weight.shape) < 0.4)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(sharing.share(weights.astype(np.float32), 3)))
    inputs = torch.tensor(rng.normal(size=(4, 20) if kind == "linear" else (4, 3, 7, 7)), dtype=torch.float32)
    return nn.Sequential(layer), inputs


@pytest.mark.parametrize("kind", ["linear", "convolution"])
def test_autograd_sums_the_gradient_over_each_cluster(kind, rng):
    model, inputs = shared_layer(kind, rng)
    weights = model[0].weight.detach().numpy().copy()
    model(inputs).square().sum().backward()
    of_weights = model[0].weight.grad.numpy()

    sharing.train_codebooks(model, ["0"])
    np.testing.assert_array_equal(model[0].weight.detach().numpy(), weights)
    model(inputs).square().sum().backward()
    codebook = model[0].parametrizations.weight.original
    values = np.unique(weights[weights != 0])
    np.testing.assert_array_equal(codebook.detach().numpy(), values)
    kept = weights != 0
    codes = sharing.encode(weights[kept], values)
    by_hand = sharing.centroid_gradient(of_weights[kept], codes, len(values))
    np.testing.assert_allclose(codebook.grad.numpy(), by_hand, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "convolution"])
def test_training_moves_the_codebook_and_nothing_else(kind, rng):
    model, inputs = shared_layer(kind, rng)
    before = model[0].weight.detach().numpy().copy()
    sharing.train_codebooks(model, ["0"])
    trained = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    assert trained == {"0.bias": tuple(model[0].bias.shape), "0.parametrizations.weight.original": (8,)}
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        model(inputs).square().mean().backward()
        optimizer.step()
    sharing.fix_codebooks(model)
    after = model[0].weight.detach().numpy()
    assert list(dict(model.named_parameters())) == ["0.bias", "0.weight"]
    np.testing.assert_array_equal(after == 0, before == 0)
    # Weights that were equal still are, and each distinct value moved.
    for value in np.unique(before[before != 0]):
        cluster = np.unique(after[before == value])
        assert len(cluster) == 1
        assert cluster[0] != value
    assert model[0].weight.requires_grad
    model(inputs).square().mean().backward()  # nor is a gradient of the codebook's shape left over
    assert model[0].weight.grad.shape == model[0].weight.shape


def test_a_layer_of_zeros_has_no_codebook_to_train():
    model = nn.Sequential(nn.Linear(3, 2))
    nn.init.zeros_(model[0].weight)
    sharing.train_codebooks(model, ["0"])
    assert not model(torch.ones(1, 3)).isnan().any()
    sharing.fix_codebooks(model)
    assert not model[0].weight.detach().numpy().any()


def test_fixing_leaves_other_parametrizations():
    model = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), nn.ReLU())
    sharing.fix_codebooks(model)
    assert nn.utils.parametrize.is_parametrized(model[0], "weight")


def test_an_unknown_layer_is_named():
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    with pytest.raises(KeyError, match="no layer 'ip1' in this model; it has 0, 1"):
        sharing.train_codebooks(model, ["ip1"])


def test_a_value_on_a_midpoint_goes_to_the_lower_cluster_in_both_places():
    result = sharing.kmeans(np.array([0.0, 1, 2]), 2, np.array([0.0, 2]))
    assert result.codebook.tolist() == [0.5, 2]
    assert sharing.encode(np.array([0.0, 1, 2]), np.array([0.0, 2])).tolist() == [0, 0, 1]


def test_gradient_of_no_weights_is_float_too():
    found = sharing.centroid_gradient(np.zeros(0), np.zeros(0, np.int64), 3)
    assert found.dtype == np.float64
    assert found.tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.usefixtures("one_thread")
def test_a_codebook_has_the_dtype_of_its_weight_and_is_exact(dtype, rng):
    model, _ = shared_layer("linear", rng)
    model.to(dtype)
    [weights] = weights_of(model, ["0"]).values()
    shared = sharing.share(weights, 2)
    assert shared.dtype == weights.dtype
    with torch.no_grad():
        model[0].weight.copy_(to_tensor(shared))
    before = model[0].weight.detach().clone()
    sharing.train_codebooks(model, ["0"])
    codebook = model[0].parametrizations.weight.original
    assert codebook.dtype == dtype
    assert codebook.tolist() == sorted(set(before[before != 0].tolist()))
    assert torch.equal(model[0].weight, before)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(4, 20, dtype=dtype)).square().mean().backward()
        assert codebook.grad.dtype == dtype
        optimizer.step()
    trained = weights_of(model, ["0"])["0"]
    sharing.fix_codebooks(model)
    np.testing.assert_array_equal(weights_of(model, ["0"])["0"], trained)
    np.testing.assert_array_equal(trained != 0, shared != 0)
    assert not np.array_equal(trained, shared)


def test_sharing_bfloat16_is_sharing_its_values(rng):
    weights = (rng.normal(size=(30, 40)) * (rng.random((30, 40)) < 0.5)).astype(np.float32).astype(BFLOAT16)
    for start in sharing.ALL_STARTS:
        expected = sharing.share(weights.astype(np.float32), 3, start).astype(BFLOAT16)
        np.testing.assert_array_equal(sharing.share(weights, 3, start), expected)


@pytest.mark.parametrize("where", [torch.float16, torch.bfloat16, torch.float64, "meta"])
def test_codebooks_go_along_when_the_model_is_moved_or_converted(where, rng):
    model, inputs = shared_layer("linear", rng)
    before = model[0].weight.detach().clone()
    sharing.train_codebooks(model, ["0"])
    model.to(where)
    shared, codebook = model[0].parametrizations.weight[0], model[0].parametrizations.weight.original
    assert {part.device for part in (shared.positions, shared.codes)} == {codebook.device} == {model[0].weight.device}
    assert codebook.dtype == model[0].weight.dtype
    model(inputs.to(where)).sum().backward()
    assert (codebook.grad.device, codebook.grad.shape) == (codebook.device, (8,))
    sharing.fix_codebooks(model)
    assert model[0].weight.device == model[0].bias.device
    if where != "meta":
        assert torch.equal(model[0].weight, before.to(where))


def test_weights_without_data_have_no_codebook():
    """What a codebook is made of are values, which the device "meta" does not have."""
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2, device="meta"))
    with pytest.raises(ValueError, match=r"^1\.weight is on the device meta, which holds no data"):
        sharing.train_codebooks(model, ["0", "1"])
    assert not nn.utils.parametrize.is_parametrized(model[0])


@pytest.mark.parametrize("named", [["head"], ["embedding"], ["embedding", "head"]])
def test_a_tied_weight_has_one_codebook(named, rng):
    """Its other layer used to be left with the codebook in place of its weight."""
    model = nn.ModuleDict({"embedding": nn.Embedding(12, 6), "head": nn.Linear(6, 12, bias=False)})
    model["head"].weight = model["embedding"].weight
    with torch.no_grad():
        model["head"].weight.copy_(torch.tensor(sharing.share(rng.normal(size=(12, 6)).astype(np.float32), 2)))
    before = model["head"].weight.detach().clone()
    sharing.train_codebooks(model, named)
    [codebook] = model.parameters()
    assert codebook.shape == (4,)
    optimizer = torch.optim.SGD([codebook], 0.1)
    for _ in range(3):
        optimizer.zero_grad()
        assert torch.equal(model["head"].weight, model["embedding"].weight)
        model["head"](model["embedding"](torch.arange(12))).square().mean().backward()
        optimizer.step()
    trained = model["head"].weight.detach().clone()
    sharing.fix_codebooks(model)
    assert model["head"].weight is model["embedding"].weight
    assert torch.equal(model["head"].weight, trained)
    assert not torch.equal(trained, before)
    for value in before.unique():
        assert len(trained[before == value].unique()) == 1


@pytest.mark.slow
def test_millions_of_float16_values_share_as_float32_ones_do() -> None:
    """NumPy 2.2 sorts millions of float16 values wrongly on processors with AVX512-FP16; see test_dtypes for fewer."""
    values = np.random.default_rng(0).normal(size=4_000_000).astype(np.float16)
    found = sharing.kmeans(values, 32, max_iterations=20)
    same = sharing.kmeans(values.astype(np.float32), 32, max_iterations=20)
    np.testing.assert_array_equal(found.codebook, same.codebook)
    np.testing.assert_array_equal(sharing.optimal(values, 4).codebook, sharing.optimal(values.astype("f4"), 4).codebook)
