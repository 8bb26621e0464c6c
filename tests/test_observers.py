"""Observers: against PyTorch's where it has the same, against percentiles and brute force otherwise."""

import numpy as np
import pytest
import quantization_oracle as oracle
import torch

from dc_lab import quantized
from dc_lab.integers import observers
from dc_lab.integers.observers import Histogram, LeastError, MinMax, MovingAverage, Percentile

ALL = (MinMax, MovingAverage, Histogram, Percentile, LeastError)


def batches(rng):
    return [rng.normal(i / 5, 1 + i / 7, (40, 7)).astype(np.float32) for i in range(12)]


@oracle.needed
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (MinMax(), "MinMaxObserver"),
        (MovingAverage(), "MovingAverageMinMaxObserver"),
        (MovingAverage(0.25), "MovingAverageMinMaxObserver"),
    ],
)
def test_ranges_of_pytorch(ours, theirs, rng):
    with oracle.silence():
        kind = getattr(torch.ao.quantization, theirs)
        peer = kind(**({"averaging_constant": float(ours.share)} if isinstance(ours, MovingAverage) else {}))
        for batch in batches(rng):
            ours.observe(batch)
            peer(torch.tensor(batch))
        assert ours.range() == (float(peer.min_val), float(peer.max_val))
        scale, zero_point = peer.calculate_qparams()
    assert quantized.minmax_qparams(*ours.range()) == (float(scale), int(zero_point))


def test_min_max_is_that_of_all_batches(rng):
    seen, observer = batches(rng), MinMax()
    for batch in seen:
        observer.observe(batch)
    assert observer.range() == (np.concatenate(seen).min(), np.concatenate(seen).max())


@pytest.mark.parametrize("kind", ALL)
def test_nothing_seen_and_nothing_finite(kind):
    observer = kind()
    observer.observe(np.zeros(0, np.float32))
    with pytest.raises(ValueError, match="nothing has been observed yet"):
        observer.range()
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="calibration met 1 NaN or infinite"):
            observer.observe(np.float32([1, bad]))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0, 1e-30], [3.0], [-2.0, -2.0], [0.0, 1e30]])
def test_few_values(kind, values):
    observer = kind()
    for value in values:
        observer.observe(np.float32([value]))
    low, high = observer.range()
    assert min(values) - 1e-6 <= low <= high <= max(values) + abs(max(values)) * 1e-6
    quantized.minmax_qparams(low, high)


def test_histogram_counts_all_and_grows_without_losing_any(rng):
    seen, observer = batches(rng), Histogram(256)
    observer.observe(np.zeros(5, np.float32))
    for scale, batch in enumerate(seen):
        observer.observe(batch * np.float32(1.7) ** scale)
    everything = np.concatenate([np.zeros(5), *(b.ravel() * np.float32(1.7) ** i for i, b in enumerate(seen))])
    assert observer.counts.sum() == everything.size
    assert observer.reach >= np.abs(everything).max()
    expected = np.histogram(everything, 256, (-observer.reach, observer.reach))[0]
    assert np.abs(np.cumsum(observer.counts) - np.cumsum(expected)).max() <= 5  # values at the very edge of a bin


@pytest.mark.parametrize("percent", [90.0, 99.0, 99.9, 100.0])
def test_percentile_cuts_off_its_share_to_a_bin(percent, rng):
    values, observer = rng.standard_t(3, 50_000).astype(np.float32), Percentile(percent)
    for batch in np.split(values, 20):
        observer.observe(batch)
    low, high = observer.range()
    bin_width = 2 * observer.reach / len(observer.counts) * 1.001
    share = (1 - percent / 100) / 2
    assert np.mean(values < low) - 1e-9 <= share <= np.mean(values <= low + bin_width) + 1e-9
    assert np.mean(values > high) - 1e-9 <= share <= np.mean(values >= high - bin_width) + 1e-9


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("symmetric", [False, True])
def test_least_error_is_that_of_brute_force(bits, symmetric, rng):
    values, dtype = rng.laplace(size=20_000).astype(np.float32), np.int8 if symmetric else np.uint8
    observer = LeastError(dtype, bits, symmetric)
    observer.observe(values)

    def error(part):
        qparams = quantized.minmax_qparams(part * values.min(), part * values.max(), dtype, bits, symmetric)
        return float(((quantized.quantize_per_tensor(values, *qparams, dtype, bits).dequantize() - values) ** 2).mean())

    low, high = observer.range()
    assert high / values.max() == pytest.approx(low / values.min(), rel=1e-6)
    best = min(error(part) for part in np.arange(1, 101) / 100)
    found = error(high / values.max())
    assert best <= found <= best * 1.02
    assert found <= error(1.0)
    if bits <= 4:
        assert found < error(1.0) / 2


def test_what_is_refused():
    for wrong in (0, 1.5, -1):
        with pytest.raises(ValueError, match="share must be"):
            MovingAverage(wrong)
    for wrong in (50, 101):
        with pytest.raises(ValueError, match="percent must be"):
            Percentile(wrong)
    with pytest.raises(ValueError, match="multiple of 4"):
        Histogram(6)
    with pytest.raises(ValueError, match="bits must be"):
        LeastError(bits=1)
    assert observers.NOTHING_SEEN


@pytest.mark.parametrize("kind", ALL)
def test_the_smallest_integer_is_as_far_as_it_is(kind):
    """-128 has no counterpart in int8: np.abs gives -128 again."""
    observer = kind()
    observer.observe(np.array([-128, 1], np.int8))
    low, high = observer.range()
    assert low == -128
    assert 1 <= high <= 1 + 128 / 1024
