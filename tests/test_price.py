"""dc_lab.records.price: a choice that no other level beats, and bits whose slope is the difference of two costs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.coding import random_code
from dc_lab.records import price

floats = st.floats(-4, 4, allow_nan=False)


@given(st.lists(floats, max_size=30), st.sampled_from([0.25, 1.0, 2.0]), st.integers(1, 4), st.floats(0, 2))
def test_no_other_level_scores_less(weights, step, most, bit_price):
    values = np.array(weights)
    levels = price.choose(values, step, most, bit_price)
    counts, every = np.ones(2 * most + 1), np.arange(-most, most + 1)
    for value, level in zip(values, levels, strict=True):
        scores = (value / step - every) ** 2 + bit_price * np.log2(counts.sum() / counts)
        assert scores[level + most] <= scores.min() + 1e-9
        counts[level + most] += 1


def test_without_a_price_it_is_rounding():
    weights = np.random.default_rng(0).normal(0, 1, (20, 5)).astype(np.float32)
    found = price.choose(weights, 0.3, 2, 0)
    np.testing.assert_array_equal(found, np.clip(np.rint(weights / 0.3), -2, 2))
    assert found.dtype == np.int64


def test_a_higher_price_takes_fewer_bits():
    weights = np.random.default_rng(1).normal(0, 1, 2_000)

    def bits(levels):
        shares = np.bincount(levels + 3) / len(levels)
        return -np.sum(shares[shares > 0] * np.log2(shares[shares > 0]))

    found = [bits(price.choose(weights, 0.7, 3, bit_price)) for bit_price in (0, 0.1, 0.2, 0.4)]
    assert found == sorted(found, reverse=True)


@given(st.lists(floats, min_size=1, max_size=30), st.integers(1, 4))
def test_at_the_levels_the_bits_are_those_of_the_counts(values, most):
    levels = np.rint(np.clip(values, -most, most))
    counts = np.bincount(levels.astype(int) + most, minlength=2 * most + 1) + 1
    expected = np.log2(counts.sum() / counts)[levels.astype(int) + most].sum()
    assert float(price.bits_between(torch.tensor(levels), most)) == pytest.approx(expected)


def test_the_slope_is_the_difference_of_two_costs():
    latent = torch.tensor([0.2, 0.1, -0.2, 1.2, 3.0], requires_grad=True)
    price.bits_between(latent, 1).backward()
    counts = torch.tensor([1.0, 4.0, 3.0])  # of -1, 0 and 1
    costs = torch.log2(8 / counts)
    up, down = float(costs[2] - costs[1]), float(costs[1] - costs[0])
    assert latent.grad is not None
    assert latent.grad.tolist() == pytest.approx([up, up, down, 0, 0])


def test_the_grid_lets_gradients_through_within_its_ends():
    latent = torch.tensor([0.3, -0.7, 5.0], requires_grad=True)
    found = price.on_grid(latent, 2)
    assert found.tolist() == [0, -1, 2]
    (found * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert latent.grad is not None
    assert latent.grad.tolist() == [1, 2, 0]


def test_training_with_a_price_leaves_more_zeros():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 2_000)
    inputs = (rng.normal(0, 1, (10, 12))[labels] + rng.normal(0, 0.4, (2_000, 12))).astype(np.float32)
    free, step = price.train(inputs, labels, 0, passes=30)
    dear, _ = price.train(inputs, labels, 3e-3, passes=30)
    assert free.dtype == np.int64
    assert np.abs(free).max() <= 3
    assert step > 0
    assert np.mean((inputs @ (free * step)).argmax(axis=1) != labels) < 0.05
    assert np.mean(dear == 0) > np.mean(free == 0) + 0.1


def test_the_package_and_the_random_code_see_the_same_inputs():
    assert random_code.inputs_of(np.zeros((3, 784), np.uint8)).shape == (3, 197)
