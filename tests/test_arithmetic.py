"""Layers in integers: against plain int64 arithmetic, and against PyTorch's integers while it has them."""

from fractions import Fraction

import numpy as np
import pytest
import quantization_oracle as oracle
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from dc_lab import quantized
from dc_lab.integers import arithmetic
from dc_lab.quantized import QuantizedTensor


def drawn(rng, shape, dtype=np.uint8, axis=None, bits=None, symmetric=False):
    """Integers all over the range, and scales and zero points to go with them."""
    low, high = quantized.integer_range(dtype, bits)
    channels = () if axis is None else (shape[axis],)
    zero_points = np.zeros(channels, int) if symmetric else rng.integers(low, high + 1, channels)
    scales = rng.uniform(0.01, 0.2, channels)
    return QuantizedTensor(rng.integers(low, high + 1, shape).astype(dtype), scales, zero_points, axis, bits)


KINDS = [
    (np.uint8, np.int8, None, None),
    (np.uint8, np.int8, 0, None),
    (np.int8, np.uint8, 0, None),
    (np.uint8, np.uint8, None, None),
    (np.uint8, np.int8, 0, 4),
]


@pytest.mark.parametrize(("x_dtype", "w_dtype", "axis", "bits"), KINDS)
@pytest.mark.parametrize(("n", "terms", "out"), [(1, 1, 1), (3, 784, 20), (64, 800, 50), (2, 5000, 3), (0, 4, 2)])
def test_linear_is_the_sum_of_products(n, terms, out, x_dtype, w_dtype, axis, bits, rng):
    x, w = drawn(rng, (n, terms), x_dtype), drawn(rng, (out, terms), w_dtype, axis, bits)
    sums = arithmetic.linear(x, w)
    assert sums.dtype == np.int32
    np.testing.assert_array_equal(sums, x.centered() @ w.centered().T)
    values = sums * (x.q_scale * np.reshape(w.q_scale, (1, -1)))
    np.testing.assert_allclose(
        values, x.dequantize().astype(float) @ w.dequantize().astype(float).T, rtol=1e-4, atol=1e-2
    )


@pytest.mark.parametrize(("x_dtype", "w_dtype", "axis", "bits"), KINDS)
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_conv2d_is_the_sum_of_products(stride, padding, x_dtype, w_dtype, axis, bits, rng):
    x, w = drawn(rng, (2, 3, 9, 8), x_dtype), drawn(rng, (4, 3, 3, 2), w_dtype, axis, bits)
    sums = arithmetic.conv2d(x, w, stride, padding)
    expected = F.conv2d(torch.tensor(x.centered()), torch.tensor(w.centered()), stride=stride, padding=padding)
    assert sums.dtype == np.int32
    np.testing.assert_array_equal(sums, expected.numpy())


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3), st.integers(1, 3))
def test_columns_are_the_patches(n, channels, height, width, kh, kw):
    if kh > height or kw > width:
        return
    x = np.random.default_rng(0).normal(size=(n, channels, height, width)).astype(np.float32)
    np.testing.assert_array_equal(arithmetic.im2col(x, (kh, kw)), F.unfold(torch.tensor(x), (kh, kw)).numpy())
    expected = F.unfold(torch.tensor(x), (kh, kw), stride=(2, 3)).numpy()
    np.testing.assert_array_equal(arithmetic.im2col(x, (kh, kw), (2, 3)), expected)
    for stride in ((1, 1), (2, 3)):
        plain = arithmetic.im2col_by_loops(x, (kh, kw), stride)
        np.testing.assert_array_equal(plain, arithmetic.im2col(x, (kh, kw), stride))
        assert plain.dtype == x.dtype


def test_the_largest_sums_are_exact_on_both_sides_of_float32():
    """Where every product is as large as can be, one more term makes the difference between float32 and float64."""
    for terms in (513, 514, 515, 600, 65_000):
        x = QuantizedTensor(np.full((1, terms), 255, np.uint8), 1.0, 0)
        w = QuantizedTensor(np.full((2, terms), -128, np.int8), 1.0, 0)
        w.integers[1, :] = 127
        w.integers[1, 0] = 126  # an odd sum, which float32 could not hold beyond 2**24
        assert arithmetic.linear(x, w).tolist() == [[-255 * 128 * terms, 255 * (127 * terms - 1)]]
    few = arithmetic.products(np.ones((1, 2), np.float32), np.ones((2, 1), np.float32), 2**24)
    many = arithmetic.products(np.ones((1, 2), np.float32), np.ones((2, 1), np.float32), 2**24 + 1)
    assert (few.dtype, many.dtype) == (np.float32, np.float64)


def test_what_is_refused(rng):
    x, w = drawn(rng, (2, 5)), drawn(rng, (3, 5), np.int8)
    with pytest.raises(ValueError, match=r"expected x \(n, in\)"):
        arithmetic.linear(x, drawn(rng, (3, 4), np.int8))
    with pytest.raises(ValueError, match="axis 0, its outputs; got axis 1"):
        arithmetic.linear(x, drawn(rng, (3, 5), np.int8, 1))
    with pytest.raises(ValueError, match="must be quantized per tensor"):
        arithmetic.linear(drawn(rng, (2, 5), np.uint8, 0), w)
    with pytest.raises(ValueError, match="do not fit into int32"):
        arithmetic.linear(QuantizedTensor(np.ones((1, 70_000), np.uint8), 1.0, 0), drawn(rng, (1, 70_000), np.int8))
    with pytest.raises(ValueError, match="do not fit into int32"):
        arithmetic.linear(QuantizedTensor(np.ones((1, 2), np.int32), 1.0, 0), drawn(rng, (1, 2), np.int8))
    images, kernels = drawn(rng, (1, 2, 4, 4)), drawn(rng, (3, 2, 5, 5), np.int8)
    with pytest.raises(ValueError, match="kernel of 5x5 is larger than the image of 4x4 with padding 0"):
        arithmetic.conv2d(images, kernels)
    with pytest.raises(ValueError, match="stride must be 1 or more"):
        arithmetic.conv2d(images, kernels, 0, 1)
    with pytest.raises(ValueError, match=r"expected x \(n, in, h, w\)"):
        arithmetic.conv2d(images, drawn(rng, (3, 1, 2, 2), np.int8))
    with pytest.raises(ValueError, match="scale must be above 0"):
        arithmetic.requantize(np.ones((1, 2), np.int32), x, w, 0.0, 0)


def test_requantized_values_are_within_half_a_mark(rng):
    x, w = drawn(rng, (7, 30)), drawn(rng, (5, 30), np.int8, 0)
    bias = rng.normal(size=5).astype(np.float32)
    real = x.dequantize().astype(float) @ w.dequantize().astype(float).T + bias
    scale, zero_point = quantized.minmax_qparams(real.min(), real.max())
    q = arithmetic.requantize(arithmetic.linear(x, w), x, w, scale, zero_point, bias)
    assert np.abs(q.dequantize() - real).max() < scale * 1.01
    assert q.dtype == np.uint8


# --- one rounding ---


def test_multiply_and_add_in_one_rounding(rng):
    def cases():
        yield rng.integers(-(2**24), 2**24, 2000).astype(np.float32), rng.uniform(1e-6, 1, 2000), rng.normal(size=2000)
        # Sums close to the middle of two float32 values, a little above, below, and on it.
        middle = 1 + np.arange(1, 200, 2) * 2.0**-24
        for nudge in (0.0, 2.0**-60, -(2.0**-60), 2.0**-48, -(2.0**-48)):
            yield np.full(100, 1.0, np.float32), np.full(100, nudge), middle
            yield np.full(100, 4097.0, np.float32), np.full(100, 2.0**-36), middle - 2.0**-24
        yield np.full(3, 3.0, np.float32), np.float32([2.0**-25, -(2.0**-25), 2.0**-70]), np.float32([1, 1, 1])

    for sums, *others in cases():
        multiplier, bias = map(np.float32, others)
        exact = [
            Fraction(float(s)) * Fraction(float(m)) + Fraction(float(b))
            for s, m, b in zip(sums, multiplier, bias, strict=True)
        ]
        found = arithmetic.fused_multiply_add(sums, multiplier, bias)
        for value, result in zip(exact, found, strict=True):
            around = [np.nextafter(result, np.float32(np.inf)), np.nextafter(result, np.float32(-np.inf))]
            error = abs(Fraction(float(result)) - value)
            for other in around:
                other_error = abs(Fraction(float(other)) - value)
                assert error < other_error or (error == other_error and result.view(np.int32) % 2 == 0)


def test_the_midpoint_that_float64_rounds_to_is_decided_by_what_was_rounded_off():
    """1 + 2**-24 is the middle of two float32 values; 2**-80 more or less is lost in float64, but must decide."""
    sums, bias = np.float32([1, 1, 1]), np.float64([1, 1, 1])
    for nudge, expected in ((2.0**-80, 1 + 2.0**-23), (-(2.0**-80), 1.0), (0.0, 1.0)):
        product = np.float32(2.0**-24)
        total = arithmetic.fused_multiply_add(sums * np.float32(1), np.full(3, product, np.float32), bias + nudge)
        assert total.tolist() == [1.0] * 3  # a nudge that float64 cannot hold beside 1 was never there
        beside = arithmetic.fused_multiply_add(np.full(3, nudge), np.ones(3), np.full(3, 1 + 2.0**-24))
        assert beside.tolist() == [expected] * 3


# --- the oracle ---


def _theirs(q):
    with oracle.silence():
        kind = getattr(torch, oracle.DTYPES[q.dtype.type])
        make = torch._make_per_tensor_quantized_tensor if q.axis is None else torch._make_per_channel_quantized_tensor
        if q.axis is None:
            return make(torch.tensor(q.integers), q.q_scale, q.q_zero_point)
        made = make(torch.tensor(q.integers), torch.tensor(q.q_scale), torch.tensor(q.q_zero_point), q.axis)
        assert made.dtype == kind
        return made


def exact_marks(sums, x, w, scale, bias):
    """What is rounded to an integer, in float64: (sum * scales + bias) / scale."""
    across = (1, -1) + (1,) * (sums.ndim - 2)
    values = sums * float(x.q_scale) * np.reshape(w.q_scale, across if w.axis is not None else ())
    return (values + (0 if bias is None else bias.astype(np.float64).reshape(across))) / scale


def assert_same_but_for_ties(ours, theirs, marks):
    """Equal, but that a value 1e-5 from the middle of two integers or nearer may go either way.

    On a processor with AVX-512, PyTorch takes one of 361,920 drawn values to the other side: 0.000005 from the middle.
    """
    off = ours.integers.astype(int) - theirs.int_repr().numpy()
    near = np.abs(marks - np.floor(marks) - 0.5) <= 1e-5
    np.testing.assert_array_equal(off[~near], 0)
    assert np.abs(off).max(initial=0) <= 1
    assert np.count_nonzero(off) <= 1


@oracle.needed
@oracle.exact_engine_needed
@pytest.mark.parametrize("axis", [None, 0])
@pytest.mark.parametrize("with_bias", [False, True])
def test_integers_of_pytorchs_quantized_linear(axis, with_bias, rng):
    """Inputs up to 127, as PyTorch's own: older processors add two products in 16 bits, and 2 x 255 x 127 overflows."""
    with oracle.engine(oracle.exact_engine()), oracle.silence():
        for _ in range(20):
            n, terms, out = rng.integers(1, 9), rng.integers(1, 900), rng.integers(1, 40)
            x = QuantizedTensor(
                rng.integers(0, 128, (n, terms)).astype(np.uint8), rng.uniform(0.01, 1), rng.integers(0, 128)
            )
            w = drawn(rng, (out, terms), np.int8, axis, symmetric=True)
            bias = rng.normal(size=out).astype(np.float32) * 20 if with_bias else None
            scale, zero_point = float(rng.uniform(0.5, 20)), int(rng.integers(0, 256))
            packed = torch.ops.quantized.linear_prepack(_theirs(w), None if bias is None else torch.tensor(bias))
            theirs = torch.ops.quantized.linear(_theirs(x), packed, scale, zero_point)
            sums = arithmetic.linear(x, w)
            ours = arithmetic.requantize(sums, x, w, scale, zero_point, bias)
            assert_same_but_for_ties(ours, theirs, exact_marks(sums, x, w, scale, bias))


@oracle.needed
@oracle.exact_engine_needed
@pytest.mark.parametrize("axis", [None, 0])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_integers_of_pytorchs_quantized_conv2d(axis, stride, padding, rng):
    with oracle.engine(oracle.exact_engine()), oracle.silence():
        for channels, out, kernel in ((1, 20, 5), (20, 50, 5), (3, 4, 3), (8, 8, 1)):
            shape = (2, channels, 12, 12)
            x = QuantizedTensor(
                rng.integers(0, 128, shape).astype(np.uint8), rng.uniform(0.01, 1), rng.integers(0, 128)
            )
            w = drawn(rng, (out, channels, kernel, kernel), np.int8, axis, symmetric=True)
            bias = rng.normal(size=out).astype(np.float32)
            scale, zero_point = float(rng.uniform(0.5, 20)), int(rng.integers(0, 256))
            settings = ([stride] * 2, [padding] * 2, [1, 1], 1)
            packed = torch.ops.quantized.conv2d_prepack(_theirs(w), torch.tensor(bias), *settings)
            theirs = torch.ops.quantized.conv2d(_theirs(x), packed, scale, zero_point)
            sums = arithmetic.conv2d(x, w, stride, padding)
            ours = arithmetic.requantize(sums, x, w, scale, zero_point, bias)
            assert_same_but_for_ties(ours, theirs, exact_marks(sums, x, w, scale, bias))
