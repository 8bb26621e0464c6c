"""Evidence for differences: against scipy, and against every row of throws and every choice of signs."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dc_lab.measure import evidence

rows_of_wrong = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)
values = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))
pairs = st.lists(st.tuples(values, values), min_size=1, max_size=8)


def counted(both: int, first: int, second: int, neither: int) -> evidence.Paired:
    """Networks with so many images of each kind."""
    kinds = [(True, True)] * both + [(True, False)] * first + [(False, True)] * second + [(False, False)] * neither
    one, two = np.array(kinds, bool).T
    return evidence.paired(one, two)


# --- two networks, image by image ---


@given(rows_of_wrong)
def test_images_are_counted(rows):
    first, second = np.array(rows, bool).T
    found = evidence.paired(first, second)
    assert (found.n, found.both_wrong) == (len(rows), rows.count((True, True)))
    assert (found.only_first, found.only_second) == (rows.count((True, False)), rows.count((False, True)))
    assert found.errors == pytest.approx((100 * first.mean(), 100 * second.mean()))
    assert found.difference == pytest.approx(found.errors[1] - found.errors[0])


@given(rows_of_wrong)
def test_swapped_networks_give_the_same_p_and_the_interval_turned_round(rows):
    first, second = np.array(rows, bool).T
    one, other = evidence.paired(first, second), evidence.paired(second, first)
    assert one.p == other.p
    assert 0 < one.p <= 1
    low, high = one.interval
    assert other.interval == pytest.approx((-high, -low))
    assert -100 <= low <= one.difference <= high <= 100
    assert low < high


@given(st.integers(0, 400), st.integers(0, 400))
def test_p_is_that_of_the_exact_binomial_test(first, second):
    expected = stats.binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert counted(3, first, second, 5).p == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("coins", range(9))
def test_p_by_every_row_of_throws(coins):
    throws = [sum(row) for row in itertools.product((0, 1), repeat=coins)]
    for first in range(coins + 1):
        uneven = abs(first - coins / 2)
        as_uneven = sum(abs(heads - coins / 2) >= uneven for heads in throws)
        assert counted(1, first, coins - first, 1).p == as_uneven / len(throws)


def test_p_of_many_images_and_of_very_uneven_ones():
    assert counted(0, 5_000, 5_200, 10).p == pytest.approx(stats.binomtest(5_000, 10_200, 0.5).pvalue, rel=1e-9)
    assert counted(0, 0, 3_000, 1).p == 0  # below what a float holds


def coverage(n: int, first: float, second: float) -> float:
    """How probable it is that the interval holds the true difference, over all counts that can occur."""
    hit = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            low, high = evidence.Paired(("a", "b"), n, 0, b, c).interval
            if low <= 100 * (second - first) <= high:
                hit += stats.multinomial.pmf([b, c, n - b - c], n, [first, second, 1 - first - second])
    return hit


@pytest.mark.parametrize(("n", "first", "second"), [(20, 0.1, 0.1), (30, 0.05, 0.2), (30, 0.01, 0.02), (40, 0.3, 0.1)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(n, first, second):
    assert 0.93 <= coverage(n, first, second) <= 1


def test_the_interval_nears_walds_where_images_are_many():
    found = counted(1_000, 300, 500, 98_200)
    share = (500 - 300) / 100_000
    wald = 1.959964 * math.sqrt((0.003 + 0.005 - share**2) / 100_000)
    assert found.interval == pytest.approx((100 * (share - wald), 100 * (share + wald)), abs=0.002)


def test_the_text_of_a_pair():
    first, second = np.zeros(4_800, bool), np.zeros(4_800, bool)
    first[:48], second[:30], second[100:142] = True, True, True
    assert str(evidence.paired(first, second, ("dense", "pruned"))).splitlines() == [
        "dense     1.00 % wrong",
        "pruned    1.50 % wrong     only dense wrong: 18   only pruned wrong: 42   p = 0.003",
        "         +0.50 points, 95 % interval +0.18 to +0.82, 4,800 images",
    ]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([True], [1], "second must be booleans, one an image, got int64"),
        ([[True]], [True], r"first must be booleans, one an image, got bool of shape \(1, 1\)"),
        (np.zeros(0, bool), np.zeros(0, bool), "got bool of shape"),
        ([True], [True, False], "the same images, got 1 and 2"),
    ],
)
def test_what_cannot_be_paired_is_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        evidence.paired(first, second)


# --- one row ---


@given(st.lists(values, min_size=2, max_size=12))
def test_a_spread_is_what_numpy_says(row):
    found = evidence.spread(row)
    assert (found.n, found.min, found.max) == (len(row), min(row), max(row))
    assert found.mean == pytest.approx(np.mean(row))
    assert found.sd == pytest.approx(np.std(row, ddof=1), abs=1e-9)
    assert f"(n = {len(row)})" in str(found)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ([1.44, 1.6, 1.52], "1.52 ± 0.08 (n = 3)"),
        ([1.4, 1.64, 1.52], "1.52 ± 0.12 (n = 3)"),
        ([26_000, 26_100, 26_050], "26,050 ± 50 (n = 3)"),
        ([0.0012, 0.0018], "0.0015 ± 0.0004 (n = 2)"),
        ([2, 2], "2 ± 0 (n = 2)"),
        ([0.1, 0.1, 0.1], "0.1 ± 0 (n = 3)"),
        ([1.625], "1.625 (n = 1)"),
    ],
)
def test_the_text_of_a_spread(row, text):
    assert str(evidence.spread(row)) == text


# --- two methods, seed by seed ---


@given(pairs)
def test_p_by_every_choice_of_signs(rows):
    one, two = np.array(rows).T
    off = two - one
    sums = [
        abs(sum(s * d for s, d in zip(signs, off, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(off))
    ]
    as_far = sum(each >= abs(off.sum()) - 1e-7 for each in sums)
    found = evidence.by_seed(one, two)
    assert found.p == pytest.approx(as_far / len(sums))
    assert found.p >= 2 / 2 ** len(rows)
    assert found.difference.mean == pytest.approx(found.second.mean - found.first.mean, abs=1e-9)
    assert found.first_lower + found.second_lower + np.count_nonzero(off == 0) == len(rows)


@given(pairs)
def test_swapped_methods_give_the_same_p(rows):
    one, two = np.array(rows).T
    there, back = evidence.by_seed(one, two), evidence.by_seed(two, one)
    assert there.p == back.p
    assert there.difference.mean == -back.difference.mean
    assert (there.first_lower, there.second_lower) == (back.second_lower, back.first_lower)


def test_p_is_that_of_scipys_permutation_test():
    one, two = np.random.default_rng(0).normal(0, 1, (2, 9))
    two += 0.4
    expected = stats.permutation_test(
        (one, two), lambda a, b: np.mean(b - a), permutation_type="samples", n_resamples=np.inf
    )
    assert evidence.by_seed(one, two).p == pytest.approx(expected.pvalue)


def test_five_seeds_that_agree():
    found = evidence.by_seed([1.5, 1.6, 1.45, 1.52, 1.55], [1.6, 1.7, 1.47, 1.6, 1.58], ("k-means", "grid"))
    assert found.p == 2 / 2**5
    assert str(found).splitlines() == [
        "k-means  1.52 ± 0.06 (n = 5)",
        "grid     1.59 ± 0.08 (n = 5)     grid - k-means: +0.07 ± 0.04   k-means lower: 5 of 5   grid lower: 0"
        "   p = 0.062",
    ]
    assert evidence.by_seed([1, 2], [1, 2]).p == 1


def test_twenty_seeds_are_the_most():
    row = np.arange(20) / 7
    assert evidence.by_seed(row, row + 1).p == 2 / 2**20
    with pytest.raises(ValueError, match="at most 20, got 21"):
        evidence.by_seed(np.zeros(21), np.zeros(21))


@pytest.mark.parametrize(
    ("row", "message"),
    [([], "row of real numbers"), ([[1.0]], "row of real"), (["a"], "row of real"), ([math.inf], "must be finite")],
)
def test_what_is_no_row_is_refused(row, message):
    with pytest.raises(ValueError, match=message):
        evidence.spread(row)
    with pytest.raises(ValueError, match="second"):
        evidence.by_seed([1.0], row)


def test_methods_need_the_same_seeds():
    with pytest.raises(ValueError, match="the same seeds, got 1 and 2"):
        evidence.by_seed([1], [1, 2])


@pytest.mark.parametrize(
    ("p", "text"),
    [(1.0, "p = 1.00"), (0.4512, "p = 0.45"), (0.034, "p = 0.034"), (0.0027, "p = 0.003"), (0.00042, "p = 0.0004")],
)
def test_the_text_of_p(p, text):
    assert evidence.p_text(p) == text
    assert evidence.p_text(1e-5) == "p < 0.0001"


def test_the_best_of_many_equals_looks_better():
    """Against sampling, and by hand where two networks see one image each."""
    assert evidence.best_of(1, 5000, 1.58) == pytest.approx(1.58)
    assert evidence.best_of(2, 1, 50) == pytest.approx(25)
    rng = np.random.default_rng(0)
    least = 100 * rng.binomial(500, 0.03, (20_000, 12)).min(axis=1).mean() / 500
    assert evidence.best_of(12, 500, 3) == pytest.approx(least, abs=0.02)


@pytest.mark.parametrize("wrong", [(0, 10, 1.0), (1, 0, 1.0), (1, 10, 0.0), (1, 10, 100.0)])
def test_what_no_best_can_be_of_is_refused(wrong):
    with pytest.raises(ValueError, match="expected networks and images"):
        evidence.best_of(*wrong)
