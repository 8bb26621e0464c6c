"""Layers in integers: products summed in int32, zero points worked out, and the sums brought to a new ruler.

The sums are exact although floating-point units compute them: a float32 holds every whole number up to 2**24, so a
sum of products below that has no rounding in it, in whatever order it is made. `products` checks this and takes
float64 if need be. Only plain matrix products are used: the transforms behind some convolution routines are not exact.
"""

import math
from typing import Any

import numpy as np

from dc_lab.quantized import FLOAT32_WHOLE, QParams, QuantizedTensor, along, checked_qparams, integer_range


def products(x: np.ndarray, weights: np.ndarray, largest: float) -> np.ndarray:
    """x @ weights of whole numbers, exact, as float32 or float64.

    Parameters
    ----------
    x, weights : float32 arrays of whole numbers, of matching shapes.
    largest : no sum of products, nor any part of one, exceeds this in magnitude.

    The multiplication of floats is the fastest there is on a CPU for integers too, as long as it is exact.

    Raises
    ------
    ValueError : sums that would not fit into int32.
    """
    if largest >= 2**31:
        raise ValueError(f"sums of products up to {largest:,.0f} do not fit into int32")
    if largest <= FLOAT32_WHOLE:
        return np.matmul(x, weights)
    return np.matmul(x.astype(np.float64), weights.astype(np.float64))


def _largest(x: QuantizedTensor, weight: QuantizedTensor, terms: int) -> int:
    """Bound on the sums of `terms` products of stored integers."""
    x_most, weight_most = (max(map(abs, integer_range(q.dtype, q.bits))) for q in (x, weight))
    return terms * x_most * weight_most


def _one_zero_point(x: QuantizedTensor) -> int:
    if x.axis is not None:
        raise ValueError("the input of a layer must be quantized per tensor: each sum runs over its channels")
    return int(x.q_zero_point)


def _sums(columns: np.ndarray, x: QuantizedTensor, weight: QuantizedTensor) -> np.ndarray:
    """int32 (..., out, k) sums of products of (integer - zero_point); `columns` is float32 (..., terms, k).

    Multiplied out, so that the large product is one of stored integers and the zero points are corrections:
    sum (x - zx)(w - zw) = sum xw - zx sum w - zw sum x + terms zx zw.
    """
    if weight.axis not in (None, 0):
        raise ValueError(f"a weight is quantized per tensor or along axis 0, its outputs; got axis {weight.axis}")
    rows = weight.integers.reshape(weight.shape[0], -1)
    terms, zx = rows.shape[1], _one_zero_point(x)
    zw = np.reshape(weight.q_zero_point, (-1, 1)).astype(np.int64)
    # The large product is one of the integers as they are stored. The zero points are taken off afterwards.
    sums = products(rows.astype(np.float32), columns, _largest(x, weight, terms)).astype(np.int64)
    sums -= zx * rows.sum(axis=1, dtype=np.int64, keepdims=True)
    if zw.any():
        sums -= zw * columns.sum(axis=-2, dtype=np.float64, keepdims=True).astype(np.int64)
        sums += terms * zx * zw
    return sums.astype(np.int32)


def linear(x: QuantizedTensor, weight: QuantizedTensor) -> np.ndarray:
    """int32 accumulators (n, out) of a fully-connected layer, in integers; times both scales they are its output.

    Parameters
    ----------
    x : (n, in), per tensor. weight : (out, in), per tensor or along axis 0. Of 8 bits or fewer.

    Raises
    ------
    ValueError : other shapes, another axis, or so many terms that int32 could overflow.
    """
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected x (n, in) and weight (out, in), got {x.shape} and {weight.shape}")
    return np.ascontiguousarray(_sums(x.integers.astype(np.float32).T, x, weight).T)


def im2col(x: np.ndarray, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> np.ndarray:
    """Patches of images as columns: (n, channels, h, w) to (n, channels * kernel height * kernel width, positions).

    A convolution is then a matrix product: weights (out, channels * height * width) times the columns.
    """
    # The windows: every place of the kernel, then what it sees there. Those that the stride skips are left out.
    view: Any = np.lib.stride_tricks.sliding_window_view  # NumPy's types leave out that several axes may be given
    windows = view(x, kernel, (2, 3), writeable=True)[:, :, :: stride[0], :: stride[1]]
    # A column is what the kernel sees in one place, channel by channel: these axes go in front of the places.
    n, channels, height, width = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * math.prod(kernel), height * width)


def im2col_by_loops(x: np.ndarray, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> np.ndarray:
    """`im2col` place by place: the same arguments, the same columns."""
    places = [
        (top, left)
        for top in range(0, x.shape[2] - kernel[0] + 1, stride[0])
        for left in range(0, x.shape[3] - kernel[1] + 1, stride[1])
    ]
    columns = np.empty((len(x), x.shape[1] * math.prod(kernel), len(places)), x.dtype)
    for i, image in enumerate(x):
        for j, (top, left) in enumerate(places):
            columns[i, :, j] = image[:, top : top + kernel[0], left : left + kernel[1]].ravel()
    return columns


def conv2d(x: QuantizedTensor, weight: QuantizedTensor, stride: int = 1, padding: int = 0) -> np.ndarray:
    """int32 accumulators (n, out, height, width) of a convolution, in integers. Padding is the zero point: value 0.

    Parameters
    ----------
    x : (n, channels, h, w), per tensor. weight : (out, channels, kh, kw), per tensor or along axis 0.

    Raises
    ------
    ValueError : other shapes, another axis, a kernel larger than the padded image, stride or padding out of range.
    """
    if x.ndim != 4 or weight.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected x (n, in, h, w) and weight (out, in, kh, kw), got {x.shape} and {weight.shape}")
    if stride < 1 or padding < 0:
        raise ValueError(f"stride must be 1 or more and padding 0 or more, got {stride} and {padding}")
    n, _, height, width = x.shape
    kh, kw = weight.shape[2:]
    out = [(side + 2 * padding - k) // stride + 1 for side, k in ((height, kh), (width, kw))]
    if min(out) < 1:
        raise ValueError(f"a kernel of {kh}x{kw} is larger than the image of {height}x{width} with padding {padding}")
    edges = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(x.integers.astype(np.float32), edges, constant_values=_one_zero_point(x))
    return _sums(im2col(padded, (kh, kw), (stride, stride)), x, weight).reshape(n, weight.shape[0], *out)


def requantize(
    sums: np.ndarray,
    x: QuantizedTensor,
    weight: QuantizedTensor,
    scale: float,
    zero_point: int,
    bias: np.ndarray | None = None,
    dtype: np.typing.DTypeLike = np.uint8,
) -> QuantizedTensor:
    """Accumulators of `linear` or `conv2d` as integers on a new ruler (`torch.ops.quantized.linear`, fbgemm's way).

    integer = clamp(zero_point + round((sums + bias / (sx sw)) * (sx sw / scale))), all in float32.

    Parameters
    ----------
    sums : int32 (n, out) or (n, out, height, width).
    x, weight : what was multiplied; only their scales count here.
    bias : float32 (out,).

    Raises
    ------
    ValueError : scale or zero point out of range.
    """
    qmin, qmax = integer_range(dtype)
    checked_qparams(QParams(scale, zero_point), None, qmin, qmax)
    unit = np.float32(x.q_scale) * np.asarray(weight.q_scale, np.float32)
    unit = along(unit, sums.ndim, 1 if unit.ndim else None)
    values = sums.astype(np.float32)
    if bias is not None:
        values += along(bias, sums.ndim, 1) / unit
    marks = np.rint(values * (unit / np.float32(scale)))
    return QuantizedTensor(np.clip(marks + zero_point, qmin, qmax).astype(dtype), scale, zero_point)


def fused_multiply_add(sums: np.ndarray, multiplier: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """sums * multiplier + bias of float32 values, rounded once, to float32: what fma instructions compute.

    In float64 the product is exact and the sum nearly so; rounding that once more is right unless the first rounding
    hit the midpoint of two float32 values. There the part that was rounded off decides.
    """
    total = sums.astype(np.float64)
    total *= multiplier
    total += bias
    # A float64 has 29 bits more than a float32. Those of a midpoint are a one and zeros.
    halfway = (total.view(np.int64) & 0x1FFFFFFF) == 0x10000000
    if halfway.any():
        addend, near = np.broadcast_to(bias, total.shape)[halfway], total[halfway]
        product = sums[halfway].astype(np.float64) * np.broadcast_to(multiplier, total.shape)[halfway]
        # What the sum lost in rounding can be worked out exactly (Knuth's two-sum). It says to which side to step.
        back = near - product
        lost = (product - (near - back)) + (addend - back)  # exactly product + addend - near
        total[halfway] = np.where(lost == 0, near, np.nextafter(near, np.where(lost > 0, np.inf, -np.inf)))
    with np.errstate(over="ignore"):
        return total.astype(np.float32)
