"""How far values moved, and the fewest bits with which they do not move too far."""

import math
from typing import NamedTuple

import numpy as np

from dc_lab import sharing
from dc_lab.quantized import QuantizedTensor, minmax_qparams, quantize_per_channel
from dc_lab.support.dtypes import sortable, widened

CHUNK = 1 << 20
MOST_BITS = 8


class Change(NamedTuple):
    """Root mean square of the change against that of the values, in percent: of all, and of the slice of the first axis
    where it is largest. A slice that was all zeros and is not any more has changed without end."""

    whole: float
    worst: float


def change(before: np.ndarray, after: np.ndarray) -> Change:
    """How far `after` is from `before`, arrays of the same shape; a piece at a time, so that it takes no memory."""
    if before.size == 0 or after is before:
        return Change(0.0, 0.0)
    rows = before.reshape(len(before), -1) if before.ndim > 1 else before.reshape(1, -1)
    new = after.reshape(rows.shape)
    power, moved = np.zeros(len(rows)), np.zeros(len(rows))
    step = max(1, CHUNK // max(rows.shape[1], 1))
    for first in range(0, len(rows), step):
        for start in range(0, rows.shape[1], CHUNK):
            piece = slice(first, first + step), slice(start, start + CHUNK)
            old = widened(rows[piece])
            power[piece[0]] += _sums_of_squares(old)
            moved[piece[0]] += _sums_of_squares(widened(new[piece]) - old)
    total = float(power.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        slices = np.where(moved == 0, 0.0, 100 * np.sqrt(moved / power))
    return Change(100 * math.sqrt(float(moved.sum()) / total) if total else 0.0, float(slices.max()))


def _sums_of_squares(rows: np.ndarray) -> np.ndarray:
    """By row, in float64, which float16 and large float32 values need, but without a copy in float64."""
    return np.asarray(np.einsum("ij,ij->i", rows, rows, dtype=np.float64, casting="same_kind"))


def shared(values: np.ndarray, bits: int) -> np.ndarray:
    """`sharing.share` for any float dtype, and for 16 bits, of whose 65,536 values the file can name all but one."""
    if bits == 16:
        kept = np.unique(sortable(values[values != 0])).astype(values.dtype)
        if len(kept) >= 2**16:
            codebook = sharing.kmeans(widened(values[values != 0]), 2**16 - 1).codebook.astype(values.dtype)
            result = np.zeros_like(values)
            result[values != 0] = codebook[sharing.encode(widened(values[values != 0]), widened(codebook))]
            return result
    return sharing.share(values, bits)


def fewest_bits(name: str, array: np.ndarray, most: float) -> tuple[list[np.ndarray | QuantizedTensor], list[int]]:
    """The array in the fewest bits with which no slice of its first axis changes by more than `most` percent.

    One way is a codebook for all, another a scale for each slice and integers: where slices differ widely in size, only
    the second one reaches the small ones.

    Returns
    -------
    The ways that reach it, one or two, and their bits, 1 to 8.

    Raises
    ------
    ValueError : 8 bits do not reach it either way; says how far they get.
    """
    reached: list[tuple[np.ndarray | QuantizedTensor, int]] = []
    nearest = math.inf
    for bits in range(1, MOST_BITS + 1):
        candidate = shared(array, bits)
        worst = change(array, candidate).worst
        nearest = min(nearest, worst)
        if worst <= most:
            reached.append((candidate, bits))
            break
    if array.dtype == np.float32 and array.ndim > 1:
        for bits in range(2, MOST_BITS + 1):
            quantized = _by_slice(array, bits)
            worst = change(array, quantized.dequantize()).worst
            nearest = min(nearest, worst)
            if worst <= most:
                reached.append((quantized, bits))
                break
    if not reached:
        raise ValueError(
            f"{name}: with {MOST_BITS} bits a slice of the first axis still changes by {nearest:.2f} %, over {most:g} %"
        )
    return [tensor for tensor, _ in reached], [bits for _, bits in reached]


def _by_slice(array: np.ndarray, bits: int) -> QuantizedTensor:
    """Symmetric integers of so many bits, a scale for each slice of the first axis. Zeros stay zero."""
    axes = tuple(range(1, array.ndim))
    ends = array.min(axes, initial=0), array.max(axes, initial=0)
    scale, zero_point = minmax_qparams(*ends, np.int8, bits, symmetric=True)
    return quantize_per_channel(array, np.asarray(scale), np.asarray(zero_point), 0, np.int8, bits)
