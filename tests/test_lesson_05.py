"""Lesson 05: its groups against plain loops, its tables of levels, its curves, what its checks say, and its lab."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dc_lab import quantized
from dc_lab.course import lab as labs
from dc_lab.course import lab_process
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lessons.lesson_05 import ex_1_quantize, ex_4_channel_scales, lab
from dc_lab.course.lessons.lesson_05.ex_3_choose_qparams import choose_qparams
from dc_lab.course.lessons.lesson_05.ex_5_quantize_groups import quantize_groups
from dc_lab.course.lessons.lesson_05.ex_6_dequantize_groups import dequantize_groups
from dc_lab.measure.curves import lesson_05

FLOATS = st.floats(-8, 8, width=32, allow_subnormal=False)
matrices = st.tuples(st.integers(1, 4), st.integers(1, 9)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=FLOATS)
)
tables = st.sampled_from([lesson_05.even_levels(3), lesson_05.normal_levels(2), lesson_05.normal_levels(4)])


def groups_by_loops(weights, size, levels):
    """One weight after the other: its group's largest magnitude, and the first of the nearest levels."""
    rows, columns = weights.shape
    codes = [[0] * columns for _ in range(rows)]
    scales = [[0.0] * math.ceil(columns / size) for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            scales[i][j // size] = max(scales[i][j // size], abs(float(weights[i, j])))
        for j in range(columns):
            scale = scales[i][j // size] = scales[i][j // size] or 1.0
            share = float(np.float32(weights[i, j]) / np.float32(scale))
            nearest = 0
            for k in range(1, len(levels)):
                if share > (levels[k - 1] + levels[k]) / 2:
                    nearest = k
            codes[i][j] = nearest
    return np.array(codes), np.array(scales)


@settings(deadline=None)
@given(matrices, st.integers(1, 10), tables)
def test_groups_are_those_of_plain_loops(weights, size, levels):
    codes, scales = quantize_groups(weights, size, levels)
    by_loops = groups_by_loops(weights, size, levels)
    np.testing.assert_array_equal(codes, by_loops[0])
    np.testing.assert_array_equal(scales, by_loops[1])
    again = dequantize_groups(codes, scales, size, levels)
    for i, j in np.ndindex(weights.shape):
        assert again[i, j] == np.float32(levels[codes[i, j]] * np.float32(scales[i, j // size]))
    # What the stored curves are made with is the same.
    grouped, count = lesson_05.grouped(weights, levels, size)
    np.testing.assert_allclose(grouped, again, rtol=1e-6)
    assert count == scales.size


@settings(deadline=None)
@given(matrices, st.integers(1, 10), tables)
def test_no_level_is_nearer_and_the_largest_weight_stays(weights, size, levels):
    codes, scales = quantize_groups(weights, size, levels)
    again = dequantize_groups(codes, scales, size, levels)
    wide = np.repeat(scales, size, axis=1)[:, : weights.shape[1]].astype(float)
    distance = np.abs(weights[..., None] / wide[..., None] - levels)
    np.testing.assert_allclose(np.abs(again - weights) / wide, distance.min(axis=-1), atol=1e-6)
    largest = np.abs(weights) == wide
    np.testing.assert_array_equal(again[largest], weights[largest])


def test_levels():
    """Those of NF4 as its authors print them (QLoRA, appendix E)."""
    nf4 = [-1.0, -0.6961928, -0.52507305, -0.3949175, -0.28444138, -0.18477343, -0.09105004, 0.0]
    nf4 += [0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1.0]
    np.testing.assert_allclose(lesson_05.normal_levels(4), nf4, atol=1e-6)
    np.testing.assert_allclose(lesson_05.even_levels(3), np.arange(-3, 4) / 3)
    for bits in range(2, 9):
        for levels, count in ((lesson_05.even_levels(bits), 2**bits - 1), (lesson_05.normal_levels(bits), 2**bits)):
            assert len(levels) == count
            assert (np.diff(levels) > 0).all()
            assert {-1.0, 0.0, 1.0} <= set(levels.tolist())


@settings(deadline=None)
@given(st.floats(-9, 9), st.floats(-9, 9), st.sampled_from([(0, 255), (-128, 127), (-8, 7), (-7, 7)]))
def test_the_range_lies_within_half_a_step_of_the_integers(a, b, ends):
    low, high = sorted((a, b))
    scale, zero_point = choose_qparams(low, high, *ends)
    assert ends[0] <= zero_point <= ends[1]
    for value in (low, high, 0.0):
        assert ends[0] - 0.5000001 <= zero_point + value / scale <= ends[1] + 0.5000001


def test_the_answers_are_the_packages():
    x = np.random.default_rng(0).normal(0, 0.1, (20, 30)).astype(np.float32)
    for low, high in ((x.min(), x.max()), (0.0, 1.0), (-3.0, 0.5)):
        ours, theirs = choose_qparams(float(low), float(high)), quantized.minmax_qparams(low, high)
        assert ours[0] == pytest.approx(theirs.scale, rel=1e-6)
        assert ours[1] == theirs.zero_point
        package = quantized.quantize_per_tensor(x, *ours)
        np.testing.assert_array_equal(ex_1_quantize.quantize(x, *ours), package.int_repr())
    scales = ex_4_channel_scales.channel_scales(x, 0)
    theirs = quantized.minmax_qparams(x.min(axis=1), x.max(axis=1), np.int8, symmetric=True)
    np.testing.assert_allclose(scales, theirs.scale, rtol=1e-6)
    package = quantized.quantize_per_channel(x, scales, np.zeros(20, int), 0)
    np.testing.assert_array_equal(ex_1_quantize.quantize(x, scales[:, None], 0, -128, 127), package.int_repr())


# --- curves ---


@pytest.mark.parametrize("way", lesson_05.WAYS)
def test_a_way_costs_what_it_stores(way):
    weights = np.random.default_rng(0).normal(0, 0.1, (10, 100)).astype(np.float32)
    again, bits = lesson_05.quantize(weights, way, 3)
    assert again.dtype == np.float32
    assert again.shape == weights.shape
    floats = {"per tensor": 1, "per channel": 10, "groups, even": 20, "groups, normal": 20, "k-means": 8}[way]
    assert bits == pytest.approx(3 + 32 * floats / 1000)
    better, _ = lesson_05.quantize(weights, way, 6)
    assert np.abs(better - weights).mean() < np.abs(again - weights).mean() / 4


def test_another_way_is_refused():
    with pytest.raises(ValueError, match="way must be one of per tensor, per channel"):
        lesson_05.quantize(np.ones((2, 2), np.float32), "per row", 4)


def test_the_stored_curves_have_five_seeds_and_say_what_the_page_says():
    stored = lesson_05.stored()
    assert stored["float32"].shape == (5,)
    means = {}
    for way in lesson_05.WAYS:
        assert stored[way].shape == (len(lesson_05.BITS), 5)
        means[way] = dict(zip(lesson_05.BITS, stored[way].mean(axis=1), strict=True))
    for way in lesson_05.WAYS:
        assert all(4.05 < means[way][bits] < 4.3 for bits in (4, 5, 6))
        assert 0.2 < means[way][3] - stored["float32"].mean() < 0.5
    assert min(lesson_05.WAYS, key=lambda way: means[way][2]) == "k-means"
    assert means["groups, even"][2] < means["groups, normal"][2]


# --- what the checks say ---


def test_the_first_scale_or_code_that_departs_is_named():
    def higher(weights, size, levels):
        _, scales = quantize_groups(weights, size, levels)
        return np.searchsorted((levels[:-1] + levels[1:]) / 2, weights, side="right"), scales

    text = " ".join(judge(find("05.5"), higher).text.split())
    assert "times its scale, and level" in text

    def doubled(weights, size, levels):
        codes, scales = quantize_groups(weights, size, levels)
        return codes, 2 * scales

    assert "the scale of row 0, columns 0 to" in " ".join(judge(find("05.5"), doubled).text.split()).lower()


# --- the lab ---


def plan(bits=2, size=784, dtype=np.float16):
    """A simple answer: groups with normal levels."""
    found = {}
    for name in lab.LAYERS:
        matrix = labs_weights()[f"{name}.weight"]
        levels = lesson_05.normal_levels(bits)
        codes, scales = quantize_groups(matrix, size, levels)
        found |= {
            f"{name}/codes": codes,
            f"{name}/scales": scales.astype(dtype),
            f"{name}/levels": levels.astype(dtype),
        }
        found[f"{name}/size"] = np.array(size)
    return found


def labs_weights():
    return lab.networks.arrays(lab.networks.LENET300)


def test_bytes_of_the_lab_are_counted():
    found = plan(2, 64)
    assert lab.size_of(found, "ip1") == 235_200 * 2 // 8 + 2 * 300 * 13 + 2 * 4
    assert lab.size_of(plan(3, 784, np.float32), "ip3") == 375 + 4 * 10 + 4 * 8
    np.testing.assert_allclose(
        lab.decoded(found, "ip2"),
        dequantize_groups(found["ip2/codes"], found["ip2/scales"].astype(float), 64, found["ip2/levels"].astype(float)),
        rtol=1e-5,
    )


def test_what_the_lab_refuses():
    assert lab.measure(plan()).value > 1.26
    with pytest.raises(labs.LabError, match=r"It takes 1\d\d,\d{3} bytes \(ip1 .*The budget is 75,000"):
        lab.measure(plan(4, 64))
    good = plan()
    for change, words in (
        ({"ip2/codes": good["ip2/codes"].astype(float)}, "ip2/codes has to be whole numbers of shape"),
        ({"ip2/codes": good["ip2/codes"] + 3}, "ip2/codes has to be from 0 to 3"),
        ({"ip1/codes": good["ip1/codes"].T}, "ip1/codes has to be whole numbers of shape"),
        ({"ip1/scales": good["ip1/scales"].ravel()}, r"ip1/scales has to be floats of shape \(300, 1\)"),
        ({"ip1/scales": good["ip1/scales"] * np.float16(np.nan)}, "ip1 has NaN or infinite"),
        ({"ip3/levels": np.linspace(-1, 1, 257)}, "ip3/levels has to be a row of 1 to 256 floats"),
        ({"ip3/size": np.array(0)}, "ip3/size has to be a whole number above 0"),
    ):
        with pytest.raises(labs.LabError, match=words):
            lab.measure(good | change)
    with pytest.raises(labs.LabError, match="ip3/levels is missing"):
        lab.measure({name: value for name, value in good.items() if name != "ip3/levels"})
    with pytest.raises(labs.LabError, match="It has to return a dictionary"):
        lab.measure(np.zeros(3))


@pytest.mark.slow
def test_the_reference_has_the_score_that_the_board_shows():
    """Nearly: sums in another order move some codes."""
    assert lab_process.measure_reference(lab.LAB).value == pytest.approx(lab.LAB.reference_score, abs=0.15)
