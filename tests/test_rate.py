"""What levels cost while a network trains: against plain loops, and the slopes against the costs."""

import math

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab.records import rate


@st.composite
def levels(draw):
    """(levels, most, side)."""
    side, most = draw(st.sampled_from([1, 2, 4])), draw(st.integers(1, 3))
    shape = draw(st.integers(1, 5)), side * side * draw(st.integers(1, 3))
    return draw(arrays.arrays(np.float32, shape, elements=st.integers(-most, most))), most, side


def by_loops(grid, most, side):
    """The cost of each level at each place: the mean of both directions."""
    if side == 1:
        return one_way(grid, most, side, 1)
    return (one_way(grid, most, side, 1) + one_way(grid, most, side, -1)) / 2


def one_way(grid, most, side, direction):
    """The same where the neighbours before (1) or behind (-1) are known, written out."""
    rows, columns = grid.shape
    there = grid != 0
    every = there.sum() + 1

    def neighbours(row, column):
        first, (down, right) = column - column % (side * side), divmod(column % (side * side), side)
        for y, x in ((down - direction, right - 1), (down - direction, right), (down - direction, right + 1),
                     (down, right - direction)):  # fmt: skip
            if 0 <= y < side and 0 <= x < side:
                yield grid[row, first + y * side + x]

    places = [(row, column) for row in range(rows) for column in range(columns)]
    near, toward, odds = {}, {}, {}
    for row, column in places:
        r, c = there[row].sum() + 0.4, there[:, column].sum() + 0.4
        of_row, of_column = r / (columns + 0.8 - r), c / (rows + 0.8 - c)
        odds[row, column] = of_row * of_column * (grid.size + 2 - every) / every
        near[row, column] = sum(value != 0 for value in neighbours(row, column))
        toward[row, column] = max(-2, min(2, sum(np.sign(value) for value in neighbours(row, column))))
    positive = dict.fromkeys(places, 0.5)
    if side > 1:
        expected_odds = dict(odds)
        for number in range(5):
            those = [place for place in places if near[place] == number]
            seen = sum(there[place] for place in those)
            expected = sum(expected_odds[place] / (1 + expected_odds[place]) for place in those)
            off = (seen + 0.5) / (len(those) - seen + 0.5) * (len(those) - expected + 0.5) / (expected + 0.5)
            for place in those:
                odds[place] = expected_odds[place] * off
        for total in range(-2, 3):
            those = [place for place in places if toward[place] == total]
            plus = sum(grid[place] > 0 for place in those) + 0.5
            minus = sum(grid[place] < 0 for place in those) + 0.5
            positive.update(dict.fromkeys(those, plus / (plus + minus)))
    share = [(np.abs(grid) == m).sum() + 0.5 for m in range(1, most + 1)]
    found = np.zeros((2 * most + 1, rows, columns))
    for place in places:
        chance = min(max(odds[place] / (1 + odds[place]), 1e-4), 1 - 1e-4)
        found[(most, *place)] = -math.log2(1 - chance)
        for m in range(1, most + 1):
            magnitude = -math.log2(share[m - 1] / sum(share))
            found[(most + m, *place)] = -math.log2(chance * positive[place]) + magnitude
            found[(most - m, *place)] = -math.log2(chance * (1 - positive[place])) + magnitude
    return found


@settings(max_examples=40)
@given(levels())
def test_costs_by_loops(drawn):
    grid, most, side = drawn
    costs = rate.costs(torch.tensor(grid), most, side)
    expected = by_loops(grid, most, side)
    np.testing.assert_allclose(costs.table.numpy(), expected, rtol=2e-4, atol=2e-4)
    total = sum(expected[(int(value) + most, *place)] for place, value in np.ndenumerate(grid))
    assert costs.bits(torch.tensor(grid)) == pytest.approx(total, rel=1e-3, abs=1e-3)


@given(levels(), st.integers(0, 2**32 - 1))
def test_slopes_are_differences_of_costs(drawn, seed):
    grid, most, side = drawn
    costs = rate.costs(torch.tensor(grid), most, side)
    latent = torch.rand(grid.shape, generator=torch.Generator().manual_seed(seed)) * 2 * most * 1.2 - most * 1.2
    slopes = costs.slopes(latent)
    for place, value in np.ndenumerate(latent.numpy()):
        below = min(max(math.floor(value), -most), most - 1)
        expected = costs.table[(below + 1 + most, *place)] - costs.table[(below + most, *place)]
        assert slopes[place] == expected


def test_a_weight_in_a_full_row_beside_others_is_cheaper():
    grid = torch.zeros(4, 16)
    grid[0, :8] = 1
    costs = rate.costs(grid, 1, 4)
    positive, negative = costs.table[2], costs.table[0]
    assert positive[0, 8] < positive[3, 8]
    # In a map that has weights, all of them positive, the next one is positive sooner than negative.
    assert positive[0, 7] < negative[0, 7]
