"""Quantized tensors: real values as whole numbers on a ruler, value = scale x (integer - zero_point).

`scale` is the distance between two marks of the ruler, `zero_point` the mark that stands for 0. A value is multiplied
by the float32 reciprocal of the scale (never divided), rounded to the nearest whole number, ties to the even one; then
the zero point is added, and what lies off the ruler moves to its end. PyTorch 2.14 has this form. PyTorch 2.13, on x86,
adds the zero point before it rounds. That differs on exact ties where the zero point is odd, and in about 5 of a
million other values; never where it is 0.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dc_lab.support.pytorch import SMALL_SCALE, widened_tiny_range

RANGES = {np.dtype(np.int8): (-128, 127), np.dtype(np.uint8): (0, 255), np.dtype(np.int32): (-(2**31), 2**31 - 1)}
"""Ends (qmin, qmax) of the ruler by integer type."""

PIECE = 1 << 16
"""Integers that become values at a time: on the way they take eight bytes each."""

FLOAT32_WHOLE = 2**24
"""Up to this, float32 holds every whole number."""


class QParams(NamedTuple):
    """Where the ruler lies: a scale and a zero point, or an array of each, one a channel (float64 and int64)."""

    scale: float | np.ndarray
    zero_point: int | np.ndarray


def integer_range(dtype: np.typing.DTypeLike, bits: int | None = None) -> tuple[int, int]:
    """(qmin, qmax) of integers of so many bits, kept in arrays of `dtype`.

    Parameters
    ----------
    dtype : int8 (signed: 4 bits are -8 to 7), uint8 (unsigned: 4 bits are 0 to 15) or int32.
    bits : 2 to 8; all of the type's own if None. An int32 always has 32.

    Raises
    ------
    ValueError : another dtype, or bits out of range.
    """
    dtype = np.dtype(dtype)
    if dtype not in RANGES:
        raise ValueError(f"dtype must be int8, uint8 or int32, got {dtype}")
    full = 8 * dtype.itemsize
    if bits is None or bits == full:
        return RANGES[dtype]
    if dtype == np.int32 or not 2 <= bits <= 8:
        raise ValueError(f"bits must be {'32' if dtype == np.int32 else 'from 2 to 8'} for {dtype}, got {bits}")
    return (0, 2**bits - 1) if dtype == np.uint8 else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


class QuantizedTensor:
    """Integers with the ruler to read them by (`torch.quantize_per_tensor`, `torch.quantize_per_channel`).

    Parameters
    ----------
    integers : int8, uint8 or int32 array, any shape, from qmin to qmax.
    scale : above 0; one number for the whole tensor, or float64 (channels,), one for each index along `axis`.
    zero_point : whole number from qmin to qmax, or int64 (channels,). 0 for signed integers is called symmetric.
    axis : None if scale and zero point are for the whole tensor.
    bits : 2 to 8, or 32: how much of the integer type is used; all of it if None.

    Raises
    ------
    ValueError : anything else.
    """

    def __init__(
        self,
        integers: np.ndarray,
        scale: float | np.ndarray,
        zero_point: int | np.ndarray,
        axis: int | None = None,
        bits: int | None = None,
    ) -> None:
        qmin, qmax = integer_range(integers.dtype, bits)
        if integers.size and not qmin <= int(integers.min()) <= int(integers.max()) <= qmax:
            raise ValueError(f"integers must be from {qmin} to {qmax}, got {integers.min()} to {integers.max()}")
        self.integers = integers
        self.axis = _checked_axis(integers.shape, axis)
        self.bits = 8 * integers.itemsize if bits is None else bits
        channels = None if self.axis is None else integers.shape[self.axis]
        self.qparams = checked_qparams(QParams(scale, zero_point), channels, qmin, qmax)

    @property
    def q_scale(self) -> float | np.ndarray:
        """Distance between two marks: a float, or float64 (channels,)."""
        return self.qparams.scale

    @property
    def q_zero_point(self) -> int | np.ndarray:
        """The integer that stands for 0: an int, or int64 (channels,)."""
        return self.qparams.zero_point

    @property
    def shape(self) -> tuple[int, ...]:
        return self.integers.shape

    @property
    def ndim(self) -> int:
        return self.integers.ndim

    @property
    def size(self) -> int:
        """Number of values."""
        return self.integers.size

    @property
    def dtype(self) -> np.dtype:
        """That of the integers."""
        return self.integers.dtype

    @property
    def nbytes(self) -> int:
        """Bytes in memory: integers, 8 for each scale, 8 for each zero point. (A 4-bit integer takes a whole byte.)"""
        return self.integers.nbytes + 16 * np.size(self.q_scale)

    def int_repr(self) -> np.ndarray:
        """The integers, as an array of their own."""
        return self.integers.copy()

    def centered(self) -> np.ndarray:
        """integer - zero_point, which times the scale is the value: int64, of the same shape."""
        return self.integers.astype(np.int64) - along(self.q_zero_point, self.ndim, self.axis)

    def pieces(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """The integers in C order, about PIECE at a time.

        Yields
        ------
        Where the piece stands in the flat tensor; its integers (rows, columns); the channel of each row, int64 (rows,).
        """
        channels = 1 if self.axis is None else self.shape[self.axis]
        row = self.size if self.axis is None else math.prod(self.shape[self.axis + 1 :])
        matrix = self.integers.reshape(-1, max(row, 1))
        rows = max(PIECE // max(row, 1), 1)
        for first in range(0, len(matrix), rows):
            some = matrix[first : first + rows]
            channel = np.arange(first, first + len(some)) % channels
            # A single row may be longer than a piece.
            for start in range(0, row, PIECE):
                part = some[:, start : start + PIECE]
                at = first * row + start
                yield slice(at, at + part.size), part, channel

    def dequantize(self) -> np.ndarray:
        """The values that the integers stand for, float32. Takes no more memory than these.

        PyTorch multiplies in float32 where there is one scale, and in float64 where there is one a channel. (Where an
        int32 less its zero point does not fit into int32, PyTorch's per-tensor result wraps around; this one does not.)
        """
        scale, zero_point = (np.atleast_1d(values) for values in self.qparams)
        values = np.empty(self.size, np.float32)
        if self.axis is None:
            scale = scale.astype(np.float32)
        for where, integers, channel in self.pieces():
            marks = (integers - zero_point[channel, None]).astype(np.float32)
            with np.errstate(over="ignore"):  # the last marks of a large scale may lie beyond float32
                np.multiply(scale[channel, None], marks, out=values[where].reshape(marks.shape))
        return values.reshape(self.shape)

    def __eq__(self, other: object) -> bool:
        """True for the same integers on the same ruler."""
        if not isinstance(other, QuantizedTensor):
            return NotImplemented
        ours, theirs = (
            (q.dtype, q.bits, q.axis, q.shape, *(np.asarray(values).tolist() for values in q.qparams))
            for q in (self, other)
        )
        return ours == theirs and np.array_equal(self.integers, other.integers)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = np.array2string(
            self.dequantize(), precision=4, separator=", ", prefix="QuantizedTensor(", floatmode="fixed"
        )
        parts = [f"QuantizedTensor({values}", f"size={self.shape}", f"dtype={self.dtype}", f"bits={self.bits}"]
        if self.axis is None:
            parts += [f"scale={self.q_scale}", f"zero_point={self.q_zero_point}"]
        else:
            for name, array in (("scale", self.q_scale), ("zero_point", self.q_zero_point)):
                parts.append(f"{name}={np.array2string(np.asarray(array), separator=', ', threshold=8)}")
            parts.append(f"axis={self.axis}")
        return ", ".join(parts) + ")"


def _checked_axis(shape: tuple[int, ...], axis: int | None) -> int | None:
    if axis is not None and not -len(shape) <= axis < len(shape):
        raise ValueError(f"axis {axis} is not one of the {len(shape)} dimensions of the tensor")
    return axis if axis is None else axis % len(shape)


def checked_qparams(given: QParams, channels: int | None, qmin: int, qmax: int) -> QParams:
    """The scales as float64 and the zero points as int64, or as Python numbers where `channels` is None.

    Raises
    ------
    ValueError : a scale that is not above 0, or that float32 cannot invert; a zero point that is not on the ruler.
    """
    scale, zero_point = np.array(given.scale, np.float64), np.array(given.zero_point)
    expected = () if channels is None else (channels,)
    if scale.shape != expected or zero_point.shape != expected:
        what = "one number" if channels is None else f"one for each of the {channels} channels"
        raise ValueError(f"scale and zero_point must be {what}, got shapes {scale.shape} and {zero_point.shape}")
    with np.errstate(all="ignore"):
        narrow = scale.astype(np.float32)
        usable = (narrow > 0) & np.isfinite(narrow) & np.isfinite(np.float32(1) / narrow)
    if not usable.all():
        wrong = np.atleast_1d(scale)[~np.atleast_1d(usable)][0]
        raise ValueError(f"scale must be above 0, and it and 1 / scale finite in float32, got {wrong}")
    if not np.array_equal(zero_point, np.rint(zero_point)) or ((zero_point < qmin) | (zero_point > qmax)).any():
        raise ValueError(f"zero_point must be a whole number from {qmin} to {qmax}, got {given.zero_point}")
    if channels is None:
        return QParams(float(scale), int(zero_point))
    return QParams(scale, zero_point.astype(np.int64))


def along(values: float | np.ndarray, ndim: int, axis: int | None) -> np.ndarray:
    """One value a channel, shaped so that it meets its channel of an array with `ndim` dimensions."""
    return np.reshape(values, () if axis is None else (-1, *[1] * (ndim - axis - 1)))


# --- quantizing ---


def steps(x: np.ndarray, scale: np.ndarray, zero_point: np.ndarray, qmin: int, qmax: int) -> np.ndarray:
    """How many marks from the zero point each value lies, on the ruler: integer - zero_point, in floating point.

    `x` is float32; scale and zero point are arrays that broadcast against it. NaN moves to the upper end. The result
    is whole numbers in float32, or in float64 where qmax is more than float32 can hold.
    """
    inverse = np.float32(1) / scale.astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # x may be infinite, NaN, or far off the ruler
        marks = np.asarray(x * inverse)
    np.rint(marks, out=marks)
    if qmax >= FLOAT32_WHOLE:
        marks = marks.astype(np.float64)
    low, high = (qmin - zero_point).astype(marks.dtype), (qmax - zero_point).astype(marks.dtype)
    np.fmin(marks, high, out=marks)  # fmin takes the number where the other one is NaN
    return np.maximum(marks, low, out=marks)


def _quantize(
    x: np.ndarray, qparams: QParams, axis: int | None, dtype: np.typing.DTypeLike, bits: int | None
) -> QuantizedTensor:
    qmin, qmax = integer_range(dtype, bits)
    if not isinstance(x, np.ndarray) or x.dtype != np.float32:
        raise ValueError(f"only float32 arrays can be quantized, got {getattr(x, 'dtype', type(x).__name__)}")
    axis = _checked_axis(x.shape, axis)
    qparams = checked_qparams(qparams, None if axis is None else x.shape[axis], qmin, qmax)
    scale, zero_point = (along(values, x.ndim, axis) for values in qparams)
    marks = steps(x, scale, zero_point, qmin, qmax)
    marks += zero_point  # still whole numbers that the type holds
    return QuantizedTensor(marks.astype(dtype), *qparams, axis, bits)


def quantize_per_tensor(
    x: np.ndarray,
    scale: float,
    zero_point: int,
    dtype: np.typing.DTypeLike = np.uint8,
    bits: int | None = None,
) -> QuantizedTensor:
    """Round to one ruler for all values (`torch.quantize_per_tensor`).

    integer = clamp(zero_point + round(x * (1 / scale)), qmin, qmax), all in float32, ties to even. Infinite values go
    to the ends of the ruler, NaN to qmax.

    Parameters
    ----------
    x : float32 array, any shape.
    dtype, bits : see `integer_range`.

    Raises
    ------
    ValueError : x is not float32; scale not above 0 and finite, nor its reciprocal; zero_point off the ruler.
    """
    return _quantize(x, QParams(scale, zero_point), None, dtype, bits)


def quantize_per_channel(
    x: np.ndarray,
    scales: np.ndarray,
    zero_points: np.ndarray,
    axis: int,
    dtype: np.typing.DTypeLike = np.int8,
    bits: int | None = None,
) -> QuantizedTensor:
    """A ruler for each index along `axis` (`torch.quantize_per_channel`); for a layer's weight, axis 0 is its outputs.

    Parameters
    ----------
    scales, zero_points : (x.shape[axis],).

    Raises
    ------
    ValueError : as `quantize_per_tensor`; also an axis that x has not, or another number of scales.
    """
    return _quantize(x, QParams(scales, zero_points), axis, dtype, bits)


# --- choosing the ruler ---


def _checked_range(low: float | np.ndarray, high: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The range as float32, widened to hold 0: that must be a mark, as zeros are what padding and ReLU make."""
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low <= high).all()):
        raise ValueError(f"expected a finite range, the lower end first, got {low} to {high}")
    return np.minimum(low, np.float32(0)), np.maximum(high, np.float32(0))


def choose_qparams(
    low: float,
    high: float,
    dtype: np.typing.DTypeLike = np.uint8,
    bits: int | None = None,
    reduce_range: bool = False,
) -> QParams:
    """The ruler that PyTorch chooses on the fly for activations from `low` to `high` (dynamic quantization).

    Source: `ChooseQuantizationParams` in ATen/native/quantized/cpu/QuantUtils.h; `torch._choose_qparams_per_tensor`.

    Parameters
    ----------
    reduce_range : use half of the ruler (0 to 127 of uint8). Processors without 8-bit dot products add products in
        pairs in 16 bits, where 255 x 127 twice does not fit.

    Returns
    -------
    QParams : scale as float64, 0.1 if the range is 0 to 0, never under 6.1e-5; zero_point from the end of the range
        that gives it with the smaller error, rounded to even.

    Raises
    ------
    ValueError : a range that is not finite or ends before it begins.
    """
    qmin, qmax = integer_range(dtype, bits)
    if reduce_range:
        qmin, qmax = int(qmin / 2), int(qmax / 2)
    least, most = float(np.float32(low)), float(np.float32(high))
    if not -np.inf < least <= most < np.inf:
        raise ValueError(f"expected a finite range, the lower end first, got {low} to {high}")
    # The range is widened to hold 0, and the marks are spread over it.
    least, most = min(least, 0.0), max(most, 0.0)
    scale = (most - least) / (qmax - qmin)
    if scale < SMALL_SCALE:
        scale, least, most = widened_tiny_range(scale, least, most, qmax - qmin)
    # Each end of the range, laid on its end of the ruler, says where 0 lies. The one with the smaller error counts.
    from_least, from_most = least / scale, most / scale
    if abs(qmin) - abs(from_least) < abs(qmax) - abs(from_most):
        zero_point = qmin - from_least
    else:
        zero_point = qmax - from_most
    return QParams(scale, min(max(round(zero_point), qmin), qmax))


def minmax_qparams(
    low: float | np.ndarray,
    high: float | np.ndarray,
    dtype: np.typing.DTypeLike = np.uint8,
    bits: int | None = None,
    symmetric: bool = False,
) -> QParams:
    """The ruler from the least to the greatest value seen, all in float32 (`torch.ao.quantization.MinMaxObserver`).

    Parameters
    ----------
    low, high : numbers, or one a channel.
    symmetric : zero_point in the middle (0, or 128 of uint8), scale from the largest magnitude: absmax / 127.5.
        What multiplies such integers has no zero point to subtract, which is why weights are quantized so.

    Returns
    -------
    QParams : scale at least 2**-23; affine zero_point = qmin - round(low / scale).

    Raises
    ------
    ValueError : a range that is not finite or ends before it begins.
    """
    qmin, qmax = integer_range(dtype, bits)
    low, high = _checked_range(low, high)
    epsilon = np.finfo(np.float32).eps
    with np.errstate(over="ignore"):
        if symmetric:
            scale = np.maximum(np.maximum(-low, high) / np.float32((qmax - qmin) / 2), epsilon)
            zero_point = np.full(scale.shape, (qmin + qmax + 1) // 2)
        else:
            scale = np.maximum((high - low) / np.float32(qmax - qmin), epsilon)
            zero_point = np.clip(qmin - np.rint(low / scale).astype(np.int64), qmin, qmax)
    if low.ndim == 0:
        return QParams(float(scale), int(zero_point))
    return QParams(scale.astype(np.float64), zero_point.astype(np.int64))
