"""Observers: they watch the values that pass through a network and say where the ruler should lie (calibration).

Each has `observe(values)`, called once a batch, and `range()`, the (low, high) that the ruler should span. They differ
in what they make of rare large values: `MinMax` keeps them all in, at the price of marks that lie far apart;
`Percentile` cuts a fixed share of them off; `LeastError` cuts off as many as makes the mean squared error smallest.
"""

from typing import Protocol

import numpy as np

from dc_lab.quantized import integer_range, minmax_qparams


class Observer(Protocol):
    """What calibration needs."""

    def observe(self, values: np.ndarray) -> None: ...

    def range(self) -> tuple[float, float]: ...


def _checked(values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise ValueError(f"calibration met {int((~np.isfinite(values)).sum())} NaN or infinite values")
    return values


NOTHING_SEEN = "nothing has been observed yet: run calibration data through the network first"


class MinMax:
    """Least and greatest value seen so far (`torch.ao.quantization.MinMaxObserver`)."""

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf

    def observe(self, values: np.ndarray) -> None:
        """Take in a batch, any shape. Raises ValueError for NaN or infinite values."""
        if _checked(values).size:
            self.update(float(values.min()), float(values.max()))

    def update(self, low: float, high: float) -> None:
        """Take in the range of a batch."""
        self.low, self.high = min(self.low, low), max(self.high, high)

    def range(self) -> tuple[float, float]:
        """(low, high). Raises ValueError if nothing has been observed."""
        if self.low > self.high:
            raise ValueError(NOTHING_SEEN)
        return self.low, self.high


class MovingAverage(MinMax):
    """Range of the batches, averaged with weights that fade (`torch.ao.quantization.MovingAverageMinMaxObserver`).

    Parameters
    ----------
    share : of the newest batch in the average, above 0 and up to 1; the first batch counts whole.
    """

    def __init__(self, share: float = 0.01) -> None:
        super().__init__()
        if not 0 < share <= 1:
            raise ValueError(f"share must be above 0 and at most 1, got {share}")
        self.share = np.float32(share)

    def update(self, low: float, high: float) -> None:
        """Take in the range of a batch; in float32, as PyTorch does."""
        if self.low > self.high:
            self.low, self.high = low, high
        else:
            old_low, old_high = np.float32(self.low), np.float32(self.high)
            self.low = float(old_low + self.share * (np.float32(low) - old_low))
            self.high = float(old_high + self.share * (np.float32(high) - old_high))


class Histogram(MinMax):
    """How often values fall into each of `bins` equal bins, which grow with what is seen.

    When a value lies outside, the bins double in width, two merging into one, so nothing seen before is lost or moved
    by more than the width of a bin.
    """

    def __init__(self, bins: int = 2048) -> None:
        super().__init__()
        if bins < 4 or bins % 4:
            raise ValueError(f"bins must be a multiple of 4, got {bins}")
        self.counts = np.zeros(bins, np.int64)
        self.reach = 0.0
        """The bins span -reach to reach."""

    def observe(self, values: np.ndarray) -> None:
        """Take in a batch, any shape. Raises ValueError for NaN or infinite values."""
        super().observe(values)
        # By the ends, not by np.abs, which leaves the -128 of an int8 negative.
        furthest = max(abs(float(values.min())), abs(float(values.max()))) if values.size else 0.0
        # Until something else than zeros is seen, the bins have no width. Zeros belong into the middle one.
        if self.reach == 0:
            middle = int(self.counts[len(self.counts) // 2])
            self.counts[:] = 0
            self.reach = furthest
            self.counts[len(self.counts) // 2] = middle
        # As long as a value lies outside, two bins become one, which makes room on both sides.
        while self.reach < furthest:
            inner = self.counts.reshape(-1, 2).sum(axis=1)
            self.counts[:] = 0
            self.counts[len(inner) // 2 : -(len(inner) // 2)] = inner
            self.reach *= 2
        # Then the values are counted.
        if self.reach:
            self.counts += np.histogram(values, len(self.counts), (-self.reach, self.reach))[0]
        else:
            self.counts[len(self.counts) // 2] += values.size

    def centers(self) -> np.ndarray:
        """The middle of each bin, float64."""
        edges = np.linspace(-self.reach, self.reach, len(self.counts) + 1)
        return (edges[1:] + edges[:-1]) / 2


class Percentile(Histogram):
    """The range without the most extreme values.

    Parameters
    ----------
    percent : of the values that lie within the range, above 50 and up to 100; half of the others at each end.
    """

    def __init__(self, percent: float = 99.99, bins: int = 2048) -> None:
        super().__init__(bins)
        if not 50 < percent <= 100:
            raise ValueError(f"percent must be above 50 and at most 100, got {percent}")
        self.percent = percent

    def range(self) -> tuple[float, float]:
        """(low, high), to the width of a bin. Raises ValueError if nothing has been observed."""
        low, high = super().range()
        # As many values may lie beyond each end. The range begins in the bin that holds the first one too many.
        beyond = (1 - self.percent / 100) / 2 * self.counts.sum()
        up_to = np.cumsum(self.counts)
        edges = np.linspace(-self.reach, self.reach, len(self.counts) + 1)
        first = int(np.searchsorted(up_to, beyond, side="right"))
        last = int(np.searchsorted(up_to, self.counts.sum() - beyond, side="left"))
        return max(low, float(edges[first])), min(high, float(edges[last + 1]))


class LeastError(Histogram):
    """The range at which rounding and clipping together have the smallest mean squared error.

    Parameters
    ----------
    dtype, bits : of the integers to come (see `quantized.integer_range`); fewer bits, more clipping.
    symmetric : as in `quantized.minmax_qparams`.
    candidates : how many ranges are tried, from the whole one down to nothing, in equal steps.
    """

    def __init__(
        self,
        dtype: np.typing.DTypeLike = np.uint8,
        bits: int | None = None,
        symmetric: bool = False,
        candidates: int = 100,
        bins: int = 2048,
    ) -> None:
        super().__init__(bins)
        self.ends = integer_range(dtype, bits)
        self.dtype, self.bits, self.symmetric, self.candidates = dtype, bits, symmetric, candidates

    def range(self) -> tuple[float, float]:
        """(low, high), the whole range or a part of it. Raises ValueError if nothing has been observed."""
        low, high = super().range()
        # A ruler for each part of the range.
        parts = np.arange(1, self.candidates + 1) / self.candidates
        qparams = minmax_qparams(low * parts, high * parts, self.dtype, self.bits, self.symmetric)
        scale, zero_point = (np.asarray(values)[:, None] for values in qparams)
        # What each ruler makes of the middle of each bin; its squared error counts as often as the bin has values.
        kept = self.counts > 0
        values, counts = self.centers()[kept], self.counts[kept]
        marks = np.clip(np.rint(values / scale) + zero_point, *self.ends)
        errors = ((scale * (marks - zero_point) - values) ** 2) @ counts
        best = parts[int(np.argmin(errors))]
        return low * best, high * best
