"""The best partition of sorted values: against brute force, the textbook's table, and on large and awkward input."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import sharing
from dc_lab.support import optimal

floats = st.floats(-1000, 1000, width=32)
# Equal gaps, equal counts: cuts that are equally good, and penalties at which many numbers of runs tie.
grid = st.lists(st.integers(-30, 30), min_size=1, max_size=24, unique=True)
# Values that differ by many orders of magnitude, as outliers do from the rest.
steep = st.lists(st.integers(-40, 40), min_size=1, max_size=24, unique=True).map(
    lambda powers: [float(np.sign(power) * 2.0 ** abs(power)) for power in powers]
)
some_values = st.one_of(st.lists(floats, min_size=1, max_size=24, unique=True), grid, steep).map(
    lambda values: np.unique(np.array(values, np.float64))
)


@st.composite
def inputs(draw, values=some_values):
    """(values, counts, clusters) of `partition`."""
    array = draw(values)
    counts = draw(
        st.one_of(
            st.just([1] * len(array)),
            st.lists(st.integers(1, 9), min_size=len(array), max_size=len(array)),
            st.lists(st.sampled_from([0.25, 1, 3.5, 1e6]), min_size=len(array), max_size=len(array)),
        )
    )
    return array, np.array(counts, np.float64), draw(st.integers(1, len(array) + 2))


def inertia_of(values, counts, edges):
    """In whole fractions, so that nothing is rounded but the result."""
    total = Fraction(0)
    for begin, end in itertools.pairwise(edges):
        run = [Fraction(float(value)) for value in values[begin:end]]
        numbers = [Fraction(float(count)) for count in counts[begin:end]]
        mean = sum((n * x for n, x in zip(numbers, run, strict=True)), Fraction(0)) / sum(numbers)
        total += sum((n * (x - mean) ** 2 for n, x in zip(numbers, run, strict=True)), Fraction(0))
    return float(total)


def check(found, values, counts, clusters):
    """What holds of every partition, the best or not."""
    edges = found.edges
    assert edges[0] == 0
    assert edges[-1] == len(values)
    assert (np.diff(edges) > 0).all()
    assert len(found.means) == len(edges) - 1 == min(clusters, len(values))
    assert (found.means >= values[edges[:-1]]).all()
    assert (found.means <= values[edges[1:] - 1]).all()
    assert found.inertia == pytest.approx(inertia_of(values, counts, edges), rel=1e-12, abs=0)
    for mean, begin, end in zip(found.means, edges[:-1], edges[1:], strict=True):
        assert mean == pytest.approx(np.average(values[begin:end], weights=counts[begin:end]), rel=1e-9, abs=1e-9)


# --- against what is slower and plainer ---


@given(inputs(some_values.filter(lambda values: len(values) <= 9)))
def test_nothing_is_better_than_the_partition_found(case):
    values, counts, clusters = case
    k = min(clusters, len(values))
    every = (
        inertia_of(values, counts, [0, *cuts, len(values)])
        for cuts in itertools.combinations(range(1, len(values)), k - 1)
    )
    least = min(every)
    for solve in (optimal.partition, optimal.by_table):
        found = solve(values, counts, clusters)
        check(found, values, counts, clusters)
        assert found.inertia == pytest.approx(least, rel=1e-11, abs=0)


@given(inputs())
def test_partition_is_as_good_as_the_table(case):
    values, counts, clusters = case
    found, plain = optimal.partition(*case), optimal.by_table(*case)
    check(found, values, counts, clusters)
    assert found.inertia == pytest.approx(plain.inertia, rel=1e-11, abs=0)


@pytest.mark.parametrize("clusters", [2, 3, 10, 40, 79])
@pytest.mark.parametrize("kind", ["normal", "cauchy", "duplicates", "two lumps"])
def test_partition_is_as_good_as_the_table_of_eighty_values(kind, clusters, rng):
    values = {
        "normal": rng.normal(size=80),
        "cauchy": rng.standard_cauchy(80),
        "duplicates": rng.normal(size=10_000).round(1),
        "two lumps": np.concatenate([1e-9 * rng.normal(size=40), 1 + 1e-9 * rng.normal(size=40)]),
    }[kind]
    distinct, counts = np.unique(values, return_counts=True)
    found = optimal.partition(distinct, counts.astype(np.float64), clusters)
    check(found, distinct, counts, clusters)
    assert found.inertia == pytest.approx(optimal.by_table(distinct, counts, clusters).inertia, rel=1e-11, abs=0)


# --- where many cuts are equally good ---


def equal_gaps(n, clusters):
    """Least inertia of 0 .. n - 1: runs of two lengths that differ by one; m in a row have m (m^2 - 1) / 12."""
    short, longer = divmod(n, clusters)
    return sum(number * m * (m * m - 1) / 12 for m, number in ((short, clusters - longer), (short + 1, longer)))


@pytest.mark.parametrize("n", [7, 64, 150])
def test_equal_gaps_are_cut_into_equal_runs(n):
    for clusters in {1, 2, 3, n // 3, n // 2 - 1, n // 2, n // 2 + 1, n - 1, n, n + 1}:
        found = optimal.partition(np.arange(n, dtype=np.float64), np.ones(n), clusters)
        assert len(found.means) == min(clusters, n)
        assert found.inertia == pytest.approx(equal_gaps(n, min(clusters, n)), rel=1e-12, abs=0)


def test_two_cuts_are_spliced_where_no_penalty_gives_the_number(monkeypatch):
    """Of equal gaps, one penalty fits 50 to 100 runs alike; what the search gets for it are the two ends."""
    spliced, splice = [], optimal._spliced

    def watched(fewer, more, clusters):
        edges = splice(fewer, more, clusters)
        spliced.append((len(fewer) - 1, len(more) - 1, clusters, len(edges) - 1))
        return edges

    monkeypatch.setattr(optimal, "_spliced", watched)
    for clusters in range(51, 100, 6):
        found = optimal.partition(np.arange(100.0), np.ones(100), clusters)
        assert found.inertia == pytest.approx(equal_gaps(100, clusters), rel=1e-12)
    assert spliced
    assert all(few < asked == made < many for few, many, asked, made in spliced)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_a_splice_takes_its_runs_from_both(a, b, data):
    a, b = min(a, b), max(a, b)
    n = b + data.draw(st.integers(0, 10))

    def cut(runs):
        inner = data.draw(st.lists(st.integers(1, n - 1), min_size=runs - 1, max_size=runs - 1, unique=True))
        return np.array([0, *sorted(inner), n])

    if b - a >= 2:
        fewer, more = cut(a), cut(b)
        for clusters in range(a + 1, b):
            edges = optimal._spliced(fewer, more, clusters)
            assert len(edges) == clusters + 1
            assert (np.diff(edges) > 0).all()
            assert set(edges) <= {*fewer, *more}


# --- the cheapest cut at a penalty ---


@given(inputs(), st.floats(1e-6, 1e6), st.integers(1, 40))
def test_cheapest_at_a_penalty_whatever_the_guess(case, penalty, step):
    values, counts, _ = case
    edges = optimal._cheapest(values, counts, penalty, step)
    cost = inertia_of(values, counts, edges) + penalty * (len(edges) - 1)
    least = min(optimal.by_table(values, counts, k).inertia + penalty * k for k in range(1, len(values) + 1))
    assert cost == pytest.approx(least, rel=1e-11)


def test_a_smaller_penalty_gives_more_runs(rng):
    values = np.unique(rng.normal(size=3000))
    runs = [
        len(optimal._cheapest(values, np.ones(len(values)), penalty, 1)) - 1 for penalty in np.geomspace(1e3, 1e-6, 15)
    ]
    assert (np.diff(runs) >= 0).all()
    assert runs[0] <= 2
    assert runs[-1] > 300


# --- large, and far from 1 ---


def test_shift_and_scale_do_not_matter(rng):
    """Sums are taken from near by: an offset a million times the spread leaves the partition as it is."""
    values = np.unique(rng.normal(size=2000).astype(np.float32)).astype(np.float64)
    counts = rng.integers(1, 5, len(values)).astype(np.float64)
    plain = optimal.partition(values, counts, 37)
    for scale in (2.0**-140, 2.0**-20, 2.0**120):
        scaled = optimal.partition(values * scale, counts, 37)
        assert scaled.edges.tolist() == plain.edges.tolist()
        np.testing.assert_array_equal(scaled.means, plain.means * scale)
    shifted = optimal.partition(values + 2.0**20, counts, 37)
    assert shifted.inertia == pytest.approx(plain.inertia, rel=1e-8)
    mirrored = optimal.partition(-values[::-1], counts[::-1], 37)
    assert mirrored.inertia == pytest.approx(plain.inertia, rel=1e-12)


def test_float64_that_squares_would_leave():
    values = np.array([-1e200, 1e-200, 2e-200, 1e200])
    found = optimal.partition(values * 1e-60, np.ones(4), 3)
    assert found.edges.tolist() == [0, 1, 3, 4]
    tiny = optimal.partition(np.array([0, 1e-300, 2e-300, 1.0]), np.ones(4), 3)
    assert len(tiny.means) == 3
    assert tiny.inertia == 0


@pytest.mark.parametrize("clusters", [2, 16, 256])
def test_no_start_of_kmeans_ends_below_the_optimum(clusters, rng):
    values = np.concatenate([rng.normal(size=20_000), rng.standard_t(2, 5_000)]).astype(np.float32)
    least = sharing.optimal(values, clusters)
    ends = [sharing.kmeans(values, clusters, start) for start in sharing.ALL_STARTS]
    assert all(end.settled for end in ends)
    assert min(end.inertia for end in ends) >= least.inertia * (1 - 1e-12)
    # From the optimum no step leads away.
    again = sharing.kmeans(values, clusters, least.codebook)
    assert again.inertia == pytest.approx(least.inertia, rel=1e-12)
    assert sharing.encode(values, again.codebook).tolist() == sharing.encode(values, least.codebook).tolist()


def test_hundred_thousand_values(rng):
    """Too many for a table. Borders of the optimum are the midpoints, and its inertia is what theory says of many."""
    values = np.unique(rng.normal(size=100_000))
    found = optimal.partition(values, np.ones(len(values)), 64)
    middles = (found.means[1:] + found.means[:-1]) / 2
    np.testing.assert_array_equal(np.searchsorted(values, middles), found.edges[1:-1])
    # Panter and Dite: of a normal distribution, sqrt(3) pi / 2 / k^2 of the variance.
    assert found.inertia / len(values) == pytest.approx(np.sqrt(3) * np.pi / 2 / 64**2, rel=0.05)


# --- groups of values ---


@given(inputs(), st.integers(1, 30))
def test_groups_keep_order_number_and_sum(case, most):
    values, counts, _ = case
    means, weights = optimal.grouped(values, counts, most)
    assert len(means) == len(weights) <= max(most, 1) or len(means) == len(values)
    assert (np.diff(means) > 0).all()
    assert weights.sum() == pytest.approx(counts.sum())
    assert (means * weights).sum() == pytest.approx((values * counts).sum(), rel=1e-9, abs=1e-9 * counts.sum())
    if len(values) <= most:
        assert means.tolist() == values.tolist()


def test_the_cube_root_axis_of_a_density_that_is_known(rng):
    """Of density 2 x from 0 to 1, the integral of its cube root goes as x^(4/3)."""
    values = np.unique(np.sqrt(rng.random(200_000)))
    axis = optimal.cube_root_axis(values, np.ones(len(values)))
    assert axis[0] == 0
    np.testing.assert_allclose(axis / axis[-1], values ** (4 / 3), atol=5e-3)


@given(inputs())
@settings(max_examples=25)
def test_input_is_left_alone(case):
    values, counts, _ = case
    before = values.copy(), counts.copy()
    optimal.partition(*case)
    optimal.grouped(values, counts, 3)
    np.testing.assert_array_equal(values, before[0])
    np.testing.assert_array_equal(counts, before[1])
