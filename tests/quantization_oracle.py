"""PyTorch's own quantized tensors, to hold ours against while they last: they are deprecated, and warn.

Where they are gone (or DC_LAB_NO_ORACLE is set, to try that), tests that need them are skipped.
"""

import contextlib
import os
import warnings

import numpy as np
import pytest
import torch

DTYPES = {np.uint8: "quint8", np.int8: "qint8", np.int32: "qint32"}
EXACT_ENGINES = ("x86", "fbgemm")
"""On these, dynamic layers multiply and add in one rounding, as ours do."""


@contextlib.contextmanager
def silence():
    """No warning from within: only for calls of the oracle."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def quantize(x, scale, zero_point, dtype, axis=None):
    """PyTorch's quantized tensor of a float32 array."""
    with silence():
        kind, x = getattr(torch, DTYPES[dtype]), torch.tensor(x)
        if axis is None:
            return torch.quantize_per_tensor(x, scale, zero_point, kind)
        return torch.quantize_per_channel(x, torch.tensor(scale), torch.tensor(zero_point), axis, kind)


def integers(tensor):
    with silence():
        return tensor.int_repr().numpy()


def values(tensor):
    with silence():
        return tensor.dequantize().numpy()


def _available():
    if os.environ.get("DC_LAB_NO_ORACLE"):
        return False
    try:
        return integers(quantize(np.float32([1]), 1.0, 0, np.uint8)).tolist() == [1]
    except (AttributeError, RuntimeError, TypeError):
        return False


AVAILABLE = _available()
needed = pytest.mark.skipif(not AVAILABLE, reason="this PyTorch has no quantized tensors (or DC_LAB_NO_ORACLE is set)")


def engines():
    """Engines of quantized layers, in this PyTorch on this machine."""
    return [name for name in torch.backends.quantized.supported_engines if name != "none"] if AVAILABLE else []


@contextlib.contextmanager
def engine(name):
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = name
    try:
        yield
    finally:
        torch.backends.quantized.engine = before


exact_engine_needed = pytest.mark.skipif(
    not set(engines()) & set(EXACT_ENGINES), reason=f"needs one of the engines {', '.join(EXACT_ENGINES)}"
)


def exact_engine():
    return next(name for name in EXACT_ENGINES if name in engines())


# --- the forms of rounding that versions of PyTorch have: same arguments and result as `quantized.steps` ---


def _clipped(marks, zero_point, qmin, qmax):
    marks = np.maximum(np.fmin(marks if qmax < 2**24 else marks.astype(np.float64), qmax), qmin)  # NaN to qmax
    return marks - zero_point.astype(marks.dtype)


def fused(x, scale, zero_point, qmin, qmax):
    """round(x * inverse + zero_point), rounded to float32 once before that (fma)."""
    with np.errstate(over="ignore", invalid="ignore"):
        inverse = (np.float32(1) / scale.astype(np.float32)).astype(np.float64)
        marks = np.rint((x.astype(np.float64) * inverse + zero_point).astype(np.float32))
    return _clipped(marks, zero_point, qmin, qmax)


def added(x, scale, zero_point, qmin, qmax):
    """round(x * inverse + zero_point), rounded to float32 twice before that."""
    with np.errstate(over="ignore", invalid="ignore"):
        inverse = np.float32(1) / scale.astype(np.float32)
        marks = np.rint((x * inverse).astype(np.float32) + zero_point.astype(np.float32))
    return _clipped(marks, zero_point, qmin, qmax)


def half_decides(x, scale, zero_point):
    """Where x lies so close to half-way between two integers that the forms may round it otherwise.

    The steps, the sum of steps and zero point, and the reciprocal are each rounded to float32.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        inverse = (np.float32(1) / np.float32(scale)).astype(np.float64)
        steps = x.astype(np.float64) * inverse
        slack = 2.0**-23 * (np.abs(steps) + abs(int(zero_point)) + 1)
        return np.abs(steps - np.floor(steps) - 0.5) <= slack


def coarse(x, scale, zero_point):
    """Where whole numbers are so large that float32 has gaps between them: PyTorch 2.14 adds zero points in float32."""
    with np.errstate(over="ignore", invalid="ignore"):
        steps = x.astype(np.float64) * (np.float32(1) / np.float32(scale)).astype(np.float64)
        return np.abs(steps) + abs(int(zero_point)) >= 2**24


def beyond(x, scale):
    """Where the steps do not fit 32 bits, NaN too.

    PyTorch 2.14 makes integers of them before it adds the zero point, and what becomes of these differs even between
    the values of one array.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        steps = x.astype(np.float64) * (np.float32(1) / np.float32(scale)).astype(np.float64)
        return ~(np.abs(steps) < 2**31 - 2**12)


def form(ours, dtype, axis=None):
    """Whichever form this PyTorch has, found by trying: `ours`, `fused` or `added`."""
    x = np.random.default_rng(5).uniform(-40, 40, (1, 20_000)).astype(np.float32)
    x[:, ::4] = np.rint(x[:, ::4] * 2) * np.float32(0.35)
    scale, zero_point = (0.7, 31) if axis is None else (np.array([0.7]), np.array([31]))
    found = integers(quantize(x, scale, zero_point, dtype, axis))
    ends = np.iinfo(dtype)
    for candidate in (ours, fused, added):
        marks = candidate(x, np.asarray(0.7), np.asarray(31), ends.min, ends.max)
        if np.array_equal(marks.astype(np.int64) + 31, found):
            return candidate
    raise AssertionError("PyTorch rounds in a way that is none of the known ones")
