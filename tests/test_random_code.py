"""dc_lab.coding.random_code: draws that never change, a choice that follows the densities, files that are read back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from dc_lab.coding import random_code

FIRST = [54, -133, -60, -163, 85, -11, 169, 160]


def by_python(counter):
    """One draw in Python's own whole numbers."""
    x = (counter + 0x9E37_79B9) % 2**32
    x = (x ^ x >> 16) * 0x7FEB_352D % 2**32
    x = (x ^ x >> 15) * 0x846C_A68B % 2**32
    x ^= x >> 16
    return sum(x.to_bytes(4, "little")) - 510


def test_the_first_draws_never_change():
    assert random_code.draws(np.arange(8)).tolist() == FIRST


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_draws_are_those_of_plain_whole_numbers(counters):
    expected = [by_python(counter) for counter in counters]
    assert random_code.draws(np.array(counters, np.uint64)).tolist() == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
def test_draws_are_the_same_of_every_dtype(dtype):
    counters = np.arange(100).astype(dtype)
    found = random_code.draws(counters)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, [by_python(counter) for counter in range(100)])


@pytest.mark.parametrize("shape", [(), (0,), (6,), (2, 3), (3, 1, 2)])
def test_draws_keep_the_shape(shape):
    assert random_code.draws(np.zeros(shape, np.int64)).shape == shape


def test_draws_look_like_a_bell_curve():
    found = random_code.draws(np.arange(200_000)) / random_code.SPREAD
    assert abs(found.mean()) < 0.01
    assert found.std() == pytest.approx(1, abs=0.01)
    assert np.mean(np.abs(found) < 1) == pytest.approx(0.683, abs=0.02)
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.01


def test_candidates_of_different_blocks_and_numbers_differ():
    found = np.concatenate([random_code.candidates(block, 8) for block in range(20)])
    assert found.shape == (20 * 256, 8)
    assert len(np.unique(found, axis=0)) == 20 * 256


@given(st.integers(0, 2**32), st.sampled_from([1, 2, 7]), st.integers(1, 30))
def test_pick_takes_the_greatest_quotient(seed, size, count):
    rng = np.random.default_rng(seed)
    offered = rng.normal(0, 1, (count, size))
    mean, spread = rng.normal(0, 1, size), rng.uniform(0.3, 1, size)
    quotients = [
        math.prod(norm.pdf(x, m, s) / norm.pdf(x) for x, m, s in zip(row, mean, spread, strict=True)) for row in offered
    ]
    assert quotients[random_code.pick(offered, mean, spread)] == pytest.approx(max(quotients), rel=1e-9)


def test_pick_with_scores_in_the_thousands():
    offered = np.array([[2.9], [3.0], [0.0]])
    assert random_code.pick(offered, np.array([3.0]), np.array([0.001])) == 1


def test_another_rule_can_be_given():
    inputs, labels = small()
    sent = random_code.send(random_code.trained(inputs, labels, 48, steps=20), 6, rule=lambda offered, mean, spread: 7)
    assert sent[1:] == bytes([7] * 6)


@pytest.mark.parametrize("bits", [8, 16])
@given(blocks=st.integers(1, 12), count=st.integers(1, 50), seed=st.integers(0, 1000))
def test_what_is_read_is_the_candidates(bits, blocks, count, seed):
    rng = np.random.default_rng(seed)
    chosen, unit = rng.integers(0, 300 if bits == 16 else 256, blocks), int(rng.integers(0, 256))
    data = bytes([unit]) + b"".join(int(each).to_bytes(bits // 8, "little") for each in chosen)
    size = random_code.block_size(count, blocks)
    expected = np.zeros(size * blocks)
    for block, index in enumerate(chosen):
        numbers = ((block << bits) + int(index)) * size + np.arange(size)
        expected[block::blocks] = random_code.draws(numbers) / random_code.SPREAD * unit / 64
    np.testing.assert_allclose(random_code.read(data, count, bits), expected[:count], rtol=1e-12)


@pytest.mark.parametrize(("data", "bits"), [(b"", 8), (b"\x40", 8), (b"\x40\x01", 16), (b"\x40\x01\x02\x03", 16)])
def test_no_whole_block_is_refused(data, bits):
    with pytest.raises(ValueError, match="a random code is a byte for the spread"):
        random_code.read(data, 5, bits)


def small(seed=0):
    """Points of three classes in four dimensions and a bias, and their classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 600)
    inputs = 2 * rng.normal(0, 1, (3, 4))[labels] + rng.normal(0, 0.3, (600, 4))
    return np.concatenate([inputs, np.ones((600, 1))], axis=1).astype(np.float32), labels


@pytest.mark.parametrize("bits", [8, 16])
def test_a_small_classifier_there_and_back(bits):
    inputs, labels = small()
    blocks = 6 if bits == 8 else 3
    wanted = random_code.trained(inputs, labels, 48, steps=400)
    data = random_code.send(wanted, blocks, bits=bits)
    assert len(data) == 7
    weights = random_code.read(data, 15, bits)
    np.testing.assert_allclose(weights, wanted.mean, rtol=1e-12)
    assert np.mean((inputs @ weights.reshape(5, 3)).argmax(axis=1) != labels) < 0.1
    again = random_code.send(random_code.trained(inputs, labels, 48, steps=400), blocks, bits=bits)
    assert again == data


def test_the_bits_meet_the_budget():
    inputs, labels = small()
    wanted = random_code.trained(inputs, labels, 30, steps=1_000)
    assert wanted.bits().sum() == pytest.approx(30, abs=3)


def test_bits_are_those_of_two_bell_curves():
    """Against the integral of wanted * log2(wanted / offered)."""
    wanted = random_code.Wanted(*small(), seed=0)
    wanted.prior, wanted.mean[:], wanted.log_spread[:] = 0.8, 0.5, np.log(0.3)
    x = np.linspace(-4, 4, 100_001)
    density = np.exp(-((x - 0.5) ** 2) / (2 * 0.3**2)) / (0.3 * np.sqrt(2 * np.pi))
    ratio = -((x - 0.5) ** 2) / (2 * 0.3**2) - np.log(0.3) + x**2 / (2 * 0.8**2) + np.log(0.8)
    assert wanted.bits()[0] == pytest.approx(float((density * ratio).sum() * (x[1] - x[0])) / np.log(2), rel=1e-6)


def test_what_is_sent_stays():
    wanted = random_code.trained(*small(), 30, steps=50)
    wanted.sent[:4] = True
    before = wanted.mean.copy()
    wanted.step(20, 0.1)
    np.testing.assert_array_equal(wanted.mean[:4], before[:4])
    assert not np.array_equal(wanted.mean[4:], before[4:])


def test_inputs_are_means_of_four_pixels():
    images = np.zeros((2, 784), np.uint8)
    images[1, [0, 1, 28, 29]] = 255, 0, 51, 102
    images[1, 783] = 255
    found = random_code.inputs_of(images)
    assert (found.shape, found.dtype) == ((2, 197), np.float32)
    np.testing.assert_allclose(found[1, [0, 195, 196]], [0.4, 0.25, 1])
    assert found[0].sum() == 1
