"""Quantized tensors: bit for bit against PyTorch's while it has them, and against exact fractions always."""

import ast
import math
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import quantization_oracle as oracle
import torch
from hypothesis import given
from hypothesis import strategies as st

from dc_lab import quantized
from dc_lab.quantized import QuantizedTensor, quantize_per_channel, quantize_per_tensor

DTYPES = (np.uint8, np.int8, np.int32)
SCALES = (0.5, 1.0, 0.1, 1 / 3, 0.0078125, 7.3e-5, 12.7, 3.1e4, 2.5e-38)
HAND_PICKED = np.float32(
    [0, -0.0, 0.5, -0.5, 1.5, 2.5, -1.5, 127.5, 255.5, np.inf, -np.inf, np.nan, 3.4e38, -3.4e38, 1e-45, -1e-45, 1.2e-38]
)


def drawn_values(rng, number, scale, zero_point, dtype):
    """Values on, between and off the marks; exact ties; any bit pattern at all; each about as often."""
    ends = np.iinfo(dtype)
    reach = min(float(ends.max) - ends.min, 2.0**20) * scale
    quarter = number // 4
    on_ruler = rng.uniform(-1.1, 1.1, number - 3 * quarter) * reach
    ties = (rng.integers(-600, 600, quarter) + 0.5) * scale
    close = rng.normal(0, 20 * scale, quarter)
    patterns = rng.integers(0, 2**32, quarter, dtype=np.uint32).view(np.float32)
    with np.errstate(over="ignore"):
        x = np.concatenate([(np.concatenate([on_ruler, ties, close])).astype(np.float32), patterns])
    x[: len(HAND_PICKED)] = HAND_PICKED
    x[len(HAND_PICKED) : 2 * len(HAND_PICKED)] = HAND_PICKED * np.float32(min(scale, 1.0))
    return x


def zero_points(dtype):
    ends = np.iinfo(dtype)
    return (0, 1, 8, 127, int(ends.max) if ends.max < 256 else 77, int(ends.min) if ends.min > -200 else -78)


# --- the oracle ---


@pytest.mark.slow
@oracle.needed
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [None, 0])
def test_ten_million_values_as_pytorch_has_them(dtype, axis, rng):
    """Our own form, as everyone runs it. A PyTorch of another form may differ, but only where a half decides."""
    form = oracle.form(quantized.steps, dtype, axis)
    mismatches = seen = forms_apart = 0
    for scale in SCALES:
        for zero_point in zero_points(dtype):
            x = drawn_values(rng, 40_007, scale, zero_point, dtype)
            if axis is None:
                theirs = oracle.quantize(x, scale, zero_point, dtype)
                ours = quantize_per_tensor(x, scale, zero_point, dtype)
            else:
                x = x[None]
                theirs = oracle.quantize(x, np.array([scale]), np.array([zero_point]), dtype, 0)
                ours = quantize_per_channel(x, np.array([scale]), np.array([zero_point]), 0, dtype)
            # Per channel, and in 32 bits, what PyTorch makes of NaN is an accident of the processor. Ours is qmax.
            defined = ~np.isnan(x) if axis == 0 or dtype == np.int32 else np.ones(x.shape, bool)
            if form is quantized.steps:
                defined &= ~oracle.beyond(x, scale)
            found = oracle.integers(theirs)
            apart = (found != ours.integers) & defined
            where = oracle.coarse if form is quantized.steps else oracle.half_decides
            allowed = where(x, scale, zero_point)
            mismatches += int((apart & ~allowed).sum())
            # By one, or where float32 has gaps of more between whole numbers, by a gap.
            gap = np.maximum(np.spacing(np.abs(found).astype(np.float32)), 1)
            assert (np.abs(found.astype(np.int64) - ours.integers) <= gap)[apart & allowed].all()
            forms_apart += 0 if form is quantized.steps else int(apart.sum())
            assert np.isnan(x).sum() > 10
            assert (ours.integers[np.isnan(x)] == np.iinfo(dtype).max).all()
            seen += int(defined.sum())
            defined &= ~apart
            if dtype == np.int32:  # see `dequantize`
                defined &= np.abs(ours.centered()) < 2**31
            mismatches += int((oracle.values(theirs) != ours.dequantize())[defined].sum())
    assert mismatches == 0, f"{mismatches} of {seen}, PyTorch's form being {form.__name__}"
    assert (forms_apart > 0) == (form is not quantized.steps)
    assert 6 * seen > 10_000_000  # in all six runs together


@oracle.needed
def test_several_channels_and_axes_as_pytorch_has_them(rng):
    """Values on which all forms agree: none is close to half-way."""
    x = np.zeros((5, 6, 7), np.float32)
    for axis in range(3):
        scales = rng.uniform(0.01, 0.1, x.shape[axis])
        zeros = rng.integers(-20, 20, x.shape[axis])
        steps = rng.integers(-150, 150, x.shape) + rng.uniform(-0.49, 0.49, x.shape)
        x = (steps * quantized.along(scales, 3, axis)).astype(np.float32)
        ours = quantize_per_channel(x, scales, zeros, axis)
        theirs = oracle.quantize(x, scales, zeros, np.int8, axis)
        np.testing.assert_array_equal(ours.int_repr(), oracle.integers(theirs))
        np.testing.assert_array_equal(ours.dequantize(), oracle.values(theirs))
        behind = quantize_per_channel(x, scales, zeros, axis - 3)
        np.testing.assert_array_equal(behind.integers, ours.integers)
        assert behind.axis == axis


@oracle.needed
def test_ties_as_the_lesson_says_that_versions_have_them():
    """Ours are those of PyTorch 2.14; 2.13 adds the zero point before it rounds."""
    ties = np.float32([0.5, 1.5, 2.5, -0.5])
    found = oracle.integers(oracle.quantize(ties, 1.0, 7, np.uint8)).tolist()
    ours = quantize_per_tensor(ties, 1.0, 7).int_repr().tolist()
    assert ours == [7, 9, 9, 7]
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    same_form = oracle.form(quantized.steps, np.uint8) is quantized.steps
    assert found == (ours if same_form else [8, 8, 10, 6])
    assert same_form or version < (2, 14)


@oracle.needed
@pytest.mark.parametrize("dtype", DTYPES)
def test_forms_of_rounding_differ_only_where_they_are_said_to(dtype, rng):
    """Never at zero point 0; at an odd one on ties, and in a few of a million other values."""
    ends = np.iinfo(dtype)
    x = rng.uniform(-100, 100, 1_000_000).astype(np.float32)
    scale = np.asarray(0.77)
    for theirs in (oracle.fused, oracle.added):
        same = quantized.steps(x, scale, np.asarray(0), ends.min, ends.max)
        np.testing.assert_array_equal(same, theirs(x, scale, np.asarray(0), ends.min, ends.max))
        ours = quantized.steps(x, scale, np.asarray(101), ends.min, ends.max)
        assert (ours != theirs(x, scale, np.asarray(101), ends.min, ends.max)).sum() < 50
    ties, one = np.float32([0.5, 1.5, 2.5, -0.5]), np.asarray(1.0)
    assert quantized.steps(ties, one, np.asarray(1), 0, 255).tolist() == [0, 2, 2, 0]
    assert oracle.fused(ties, one, np.asarray(1), 0, 255).tolist() == [1, 1, 3, -1]
    assert oracle.fused(ties, one, np.asarray(2), 0, 255).tolist() == [0, 2, 2, 0]


@oracle.needed
@oracle.exact_engine_needed
def test_qparams_of_pytorch_for_activations(rng):
    with oracle.engine(oracle.exact_engine()):
        ends = [(0.0, 0.0), (0.0, 1e-45), (-1e-45, 0.0), (-1e-6, 1e-6), (1e-6, 2e-6), (-3.0, -2.0), (0.0, 3.4e38)]
        ends += [(-1e-3, 4e-3), (-1.0, 1.0), (5.0, 5.0), (-5.0, -5.0), (-1e-5, 1e-7), (-63.5, 64.0)]
        ends += [tuple(sorted(pair)) for pair in rng.normal(size=(3000, 2)) * np.exp(rng.uniform(-20, 20, (3000, 1)))]
        for low, high in ends:
            for reduce_range in (False, True):
                with oracle.silence():
                    theirs = torch._choose_qparams_per_tensor(torch.tensor([low, high]).float(), reduce_range)
                ours = quantized.choose_qparams(low, high, reduce_range=reduce_range)
                assert tuple(ours) == theirs, (low, high, reduce_range)


@oracle.needed
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_qparams_of_pytorch_for_weights(dtype, symmetric, rng):
    with oracle.silence():
        from torch.ao.quantization.observer import MinMaxObserver, PerChannelMinMaxObserver

        scheme = torch.per_tensor_symmetric if symmetric else torch.per_tensor_affine
        per_channel = torch.per_channel_symmetric if symmetric else torch.per_channel_affine
        kind = getattr(torch, oracle.DTYPES[dtype])
    ends = (rng.normal(size=(2000, 2)) * np.exp(rng.uniform(-20, 20, (2000, 1)))).astype(np.float32)
    ends[:4] = [(0, 0), (1e-9, 1e-8), (-2, -1), (3, 3)]
    for pair in ends[:300]:
        with oracle.silence():
            observer = MinMaxObserver(dtype=kind, qscheme=scheme)
            observer(torch.tensor(pair))
            scale, zero_point = observer.calculate_qparams()
        ours = quantized.minmax_qparams(pair.min(), pair.max(), dtype, symmetric=symmetric)
        assert tuple(ours) == (float(scale), int(zero_point)), pair
    with oracle.silence():
        observer = PerChannelMinMaxObserver(dtype=kind, qscheme=per_channel)
        observer(torch.tensor(ends))
        scales, zeros = observer.calculate_qparams()
    ours = quantized.minmax_qparams(ends.min(axis=1), ends.max(axis=1), dtype, symmetric=symmetric)
    np.testing.assert_array_equal(ours.scale, scales.numpy().astype(np.float64))
    np.testing.assert_array_equal(ours.zero_point, zeros.numpy())


# --- without an oracle ---


@given(
    st.floats(-1000, 1000, width=32),
    st.sampled_from([0.5, 0.25, 2.0, 0.0625]),
    st.integers(0, 15),
    st.sampled_from([2, 3, 4, 5, 6, 7, 8]),
)
def test_definition_in_fractions(x, scale, zero_point, bits):
    """Scales that are powers of two make every product exact: what is left is the definition itself."""
    zero_point = min(zero_point, 2**bits - 1)
    ours = quantize_per_tensor(np.float32([x]), scale, zero_point, np.uint8, bits)
    expected = min(max(zero_point + round(Fraction(x) / Fraction(scale)), 0), 2**bits - 1)  # round: ties to even
    assert ours.integers.tolist() == [expected]
    assert ours.dequantize().tolist() == [scale * (expected - zero_point)]


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_any_number_of_bits(bits, dtype, rng):
    x = rng.normal(size=5000).astype(np.float32)
    for symmetric in (False, True):
        scale, zero_point = quantized.minmax_qparams(x.min(), x.max(), dtype, bits, symmetric)
        q = quantize_per_tensor(x, scale, zero_point, dtype, bits)
        low, high = quantized.integer_range(dtype, bits)
        assert high - low == 2**bits - 1
        assert low <= q.integers.min() < q.integers.max() <= high
        assert len(np.unique(q.integers)) <= 2**bits
        # No value moves by more than half a mark, except that a symmetric ruler may lack half a mark at its end.
        assert np.abs(q.dequantize() - x).max() <= scale * (
            1.001 if symmetric or zero_point not in (low, high) else 0.501
        )
        again = quantize_per_tensor(q.dequantize(), scale, zero_point, dtype, bits)
        np.testing.assert_array_equal(again.integers, q.integers)


def test_example_of_every_tutorial():
    x = np.float32([[0.6839, 0.4741, 0.7451], [0.9301, 0.1742, 0.6835]])
    q = quantize_per_tensor(x, 0.5, 8)
    assert q.int_repr().tolist() == [[9, 9, 9], [10, 8, 9]]
    assert q.dequantize().tolist() == [[0.5, 0.5, 0.5], [1.0, 0.0, 0.5]]
    assert repr(q) == (
        "QuantizedTensor([[0.5000, 0.5000, 0.5000],\n"
        "                 [1.0000, 0.0000, 0.5000]], size=(2, 3), dtype=uint8, bits=8, scale=0.5, zero_point=8"
        ")"
    )
    best = quantized.minmax_qparams(x.min(), x.max())
    assert best.scale == pytest.approx(0.9301 / 255)
    assert np.abs(quantize_per_tensor(x, *best).dequantize() - x).max() < best.scale / 2 * 1.001


def test_what_a_tensor_says_of_itself():
    q = quantize_per_channel(np.ones((2, 3), np.float32), np.array([0.5, 0.25]), np.array([0, 1]), 0)
    assert (q.shape, q.ndim, q.size, q.dtype, q.bits, q.axis) == ((2, 3), 2, 6, np.int8, 8, 0)
    assert q.nbytes == 6 + 2 * 16
    assert q.q_scale.tolist() == [0.5, 0.25]
    assert q.q_zero_point.tolist() == [0, 1]
    assert q.centered().tolist() == [[2] * 3, [4] * 3]
    assert "scale=[0.5 , 0.25], zero_point=[0, 1], axis=0" in repr(q)
    copied = q.int_repr()
    copied[:] = 0
    assert q.integers.any()
    empty = quantize_per_tensor(np.zeros((0, 3), np.float32), 1.0, 0)
    assert empty.shape == empty.dequantize().shape == (0, 3)
    number = quantize_per_tensor(np.array(2, np.float32), 0.5, 3)
    assert (number.integers.tolist(), number.dequantize().tolist(), number.shape) == (7, 2.0, ())


@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_and_infinities(dtype):
    q = quantize_per_tensor(np.float32([np.nan, np.inf, -np.inf, 3e38, -3e38]), 1e-3, 1, dtype)
    ends = np.iinfo(dtype)
    assert q.integers.tolist() == [ends.max, ends.max, ends.min, ends.max, ends.min]


@pytest.mark.parametrize("scale", [0.0, -0.5, np.nan, np.inf, 1e-46, 1e-40, 1e39, -np.inf])
def test_scales_that_are_refused(scale):
    x = np.ones((2, 2), np.float32)
    with pytest.raises(ValueError, match="scale must be above 0"):
        quantize_per_tensor(x, scale, 0)
    with pytest.raises(ValueError, match="scale must be above 0"):
        quantize_per_channel(x, np.array([1.0, scale]), np.array([0, 0]), 1)
    with pytest.raises(ValueError, match="scale must be above 0"):
        QuantizedTensor(np.ones((2, 2), np.uint8), scale, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones(3), 1.0, 0), "only float32 arrays.*float64"),
        (([1.0], 1.0, 0), "only float32 arrays.*list"),
        ((np.ones(3, np.float16), 1.0, 0), "only float32 arrays.*float16"),
        ((np.ones(3, np.float32), 1.0, 256), "zero_point must be a whole number from 0 to 255"),
        ((np.ones(3, np.float32), 1.0, -1), "zero_point must be a whole number from 0 to 255"),
        ((np.ones(3, np.float32), 1.0, 0.5), "zero_point must be a whole number"),
        ((np.ones(3, np.float32), 1.0, 16, np.uint8, 4), "from 0 to 15"),
        ((np.ones(3, np.float32), 1.0, 0, np.int16), "dtype must be"),
        ((np.ones(3, np.float32), 1.0, 0, np.uint8, 1), "bits must be from 2 to 8"),
        ((np.ones(3, np.float32), 1.0, 0, np.uint8, 9), "bits must be from 2 to 8"),
        ((np.ones(3, np.float32), 1.0, 0, np.int32, 8), "bits must be 32"),
        ((np.ones(3, np.float32), [1.0, 2.0], 0), "must be one number"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        quantize_per_tensor(*arguments)


def test_channels_that_are_refused():
    x = np.ones((2, 3), np.float32)
    with pytest.raises(ValueError, match="one for each of the 3 channels"):
        quantize_per_channel(x, np.ones(2), np.zeros(2, int), 1)
    with pytest.raises(ValueError, match="axis 2 is not one of the 2 dimensions"):
        quantize_per_channel(x, np.ones(2), np.zeros(2, int), 2)
    with pytest.raises(ValueError, match="integers must be from 0 to 15, got 0 to 16"):
        QuantizedTensor(np.uint8([0, 16]), 1.0, 0, bits=4)


def test_ranges_that_are_refused():
    for choose in (quantized.choose_qparams, quantized.minmax_qparams):
        for low, high in ((0, np.nan), (np.nan, 0), (-np.inf, 0), (0, np.inf), (1, 0)):
            with pytest.raises(ValueError, match="finite range"):
                choose(low, high)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(2, 8), st.booleans())
def test_zero_is_always_a_mark(a, b, bits, reduce_range):
    low, high = min(a, b), max(a, b)
    chosen = (
        quantized.choose_qparams(low, high, np.uint8, bits, reduce_range and bits > 2),
        quantized.minmax_qparams(low, high, np.uint8, bits),
        quantized.minmax_qparams(low, high, np.int8, bits, symmetric=True),
    )
    for (scale, zero_point), dtype in zip(chosen, (np.uint8, np.uint8, np.int8), strict=True):
        q = quantize_per_tensor(np.zeros(1, np.float32), scale, zero_point, dtype, bits)
        assert q.dequantize().tolist() == [0]


def test_a_small_scale_is_raised_and_a_degenerate_one_is_a_tenth():
    assert quantized.choose_qparams(0, 0) == (0.1, 0)
    assert quantized.choose_qparams(-1e-9, 1e-9).scale == float(np.float32(6.1e-5))
    assert quantized.minmax_qparams(0, 0).scale == 2**-23
    assert math.isclose(quantized.choose_qparams(0, 1.27, reduce_range=True).scale, 0.01, rel_tol=1e-6)


# --- around the oracle ---


def using_the_oracle(path):
    """Those of a file that name it, or anything of the file that does. The others run the same whether it is there."""
    names = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        used = {getattr(node, "id", getattr(node, "arg", None)) for node in ast.walk(statement)}
        names.update(dict.fromkeys([statement.name] if isinstance(statement, ast.FunctionDef) else used, used))
    found = {"oracle"}
    while more := {name for name, used in names.items() if used & found} - found:
        found |= more
    return [f"{path}::{name}" for name in names if name in found and str(name).startswith("test_")]


@pytest.mark.slow
def test_everything_else_passes_without_the_oracle():
    if os.environ.get("DC_LAB_NO_ORACLE"):
        pytest.skip("this is that run")
    folder = Path(__file__).parent
    files = [path for path in folder.glob("test_*.py") if "quantization_oracle" in path.read_text(encoding="utf-8")]
    tests = [test for path in files for test in using_the_oracle(path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", *tests],
        check=False,
        env={**os.environ, "DC_LAB_NO_ORACLE": "1"},
        capture_output=True,
        encoding="utf-8",
        cwd=folder.parent,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "this PyTorch has no quantized tensors" in done.stdout


USE_IT_ALL = """
import numpy as np, torch
from torch import nn
from dc_lab import dynamic, quantized
from dc_lab.integers import aware, observers
x = torch.rand(20, 1, 8, 8)
model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 5))
dynamic.quantize_dynamic(model, (nn.Linear, nn.Conv2d))(x)
dynamic.quantize_static(model, x, observer=observers.LeastError)(x)
aware.train_quantized(model, 4)
model(x).sum().backward()
dynamic.quantize_static(model, x)(x)
print(quantized.quantize_per_tensor(np.float32([np.nan, np.inf, 1]), 0.1, 3))
"""


@pytest.mark.slow
def test_our_own_code_warns_of_nothing():
    command = [sys.executable, "-W", "error", "-c", USE_IT_ALL]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")


def at_once(tensor):
    """`dequantize` as a whole, without pieces."""
    marks = tensor.centered().astype(np.float32)
    if tensor.axis is None:
        return np.asarray(np.float32(tensor.q_scale) * marks)
    return (quantized.along(tensor.q_scale, tensor.ndim, tensor.axis) * marks).astype(np.float32)


@pytest.mark.parametrize("piece", [1, 3, 7, 64, quantized.PIECE])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (0, 4), (4, 0), (2, 3, 5), (2, 0, 3), (1, 50), (50, 1), (3, 2, 9)])
def test_pieces_are_the_whole(shape, piece, monkeypatch):
    monkeypatch.setattr(quantized, "PIECE", piece)
    rng = np.random.default_rng(0)
    for dtype, (low, high) in quantized.RANGES.items():
        integers = np.asarray(rng.integers(low, high + 1, shape)).astype(dtype)
        for axis in [None, *range(len(shape))]:
            scale = rng.random(shape[axis] if axis is not None else None) + 1e-3
            zero_point = rng.integers(low, high + 1, np.shape(scale))
            q = QuantizedTensor(integers, scale, zero_point, axis)
            expected, found = at_once(q), q.dequantize()
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
            assert found.tobytes() == expected.tobytes()
            at = 0
            for where, part, channel in q.pieces():
                assert where == slice(at, at + part.size)
                assert part.size <= piece
                assert len(channel) == len(part)
                at = where.stop
            assert at == q.size
