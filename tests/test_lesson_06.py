"""Lesson 06: what its curves rest on, fixed-point factors, what the check of its loop says, the rules of its lab."""

import inspect

import numpy as np
import pytest
import torch

from dc_lab.course import lab as labs
from dc_lab.course import lab_process
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lessons.lesson_06 import ex_2_requantize, ex_6_train_rounded, lab, lab_reference
from dc_lab.integers.aware import quantize_weight
from dc_lab.measure.curves import lesson_06, networks


def test_the_stored_curves_have_five_seeds_and_the_controls_agree_with_the_page():
    stored = lesson_06.stored()
    assert len(stored["dense"]) == len(stored["dense, longer"]) == len(lesson_06.SEEDS) == 5
    for numbers in (stored["errors"], stored["bytes"]):
        assert {np.shape(runs) for runs in numbers.values()} == {(len(lesson_06.BITS), 5)}
    two = {way: np.array(errors[lesson_06.BITS.index(2)]) for way, errors in stored["errors"].items()}
    through, passes = two["per channel, straight-through"], two["per channel, after float passes"]
    assert (through < 0.5 * passes).all()
    assert abs(through.mean() - np.mean(stored["dense"])) < 0.1


@pytest.mark.parametrize("factor", [1e-9, 0.0237, 0.5, 1 - 2**-40, 1.0, 2.0, 77.7])
def test_a_fixed_point_factor_has_31_bits(factor):
    multiplier, shift = ex_2_requantize.fixed_point(np.array([factor]))
    assert 2**30 <= multiplier[0] <= 2**31
    assert multiplier[0] / 2.0 ** shift[0] == pytest.approx(factor, rel=2**-31)


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_the_rounding_of_the_page_is_that_of_quantize_weight(bits):
    weight = np.random.default_rng(bits).normal(0, 1, (5, 7)).astype(np.float32)
    found = ex_6_train_rounded.rounder(bits)(torch.tensor(weight)).numpy()
    np.testing.assert_allclose(found, quantize_weight(weight, bits).dequantize(), rtol=1e-6)


def test_the_first_step_that_departs_is_named():
    known = {mistake.name: mistake.wrong for mistake in find("06.6").misconceptions}
    said = judge(find("06.6"), known["put back after the step"]).text
    assert "step 0: the weights that the optimizer moves" in " ".join(said.split())


def rounded_at_once(dense, images, labels):
    """Three bits a weight without any training."""
    found = {}
    for name, array in dense.items():
        if array.ndim == 1:
            found[name] = array
            continue
        scales = np.abs(array).max(axis=1) / np.float32(3.5)
        found[name] = np.clip(np.rint(array / scales[:, None]), -4, 3).astype(np.int8)
        found[name.replace("weight", "scales")] = scales
    return found


@pytest.fixture
def three_bits():
    return rounded_at_once(networks.arrays(networks.LENET300), None, None)


def test_the_lab_measures_integers_times_scales(three_bits):
    score = lab.measure(three_bits)
    assert score.value == pytest.approx(1.6, abs=0.2)
    assert "103,105 bytes" in score.text


def test_what_the_lab_asks_for_comes_back_from_its_process(three_bits):
    """The page's form of an answer, run as `score` runs it."""
    source = f"import numpy as np\n\n{inspect.getsource(rounded_at_once)}"
    found = lab_process._call(lab.LAB, "rounded_at_once", source, lab.LAB.inputs())
    assert found.keys() == three_bits.keys()
    assert all(np.array_equal(found[name], three_bits[name]) for name in found)
    assert lab.measure(found) == lab.measure(three_bits)


def test_the_course_s_own_answer_has_the_page_s_form():
    dense = networks.arrays(networks.LENET300)
    found = lab_reference.my_bits(dense, np.zeros((256, 784), np.uint8), np.zeros(256, np.int64), passes=1)
    assert lab.problem(dense, found) is None


def test_the_lab_refuses_what_is_not_three_bits(three_bits):
    integers, scales = three_bits["ip1.weight"], three_bits["ip1.scales"]
    for name, value, words in (
        ("ip1.weight", (integers, scales), "int8 array of shape"),
        ("ip1.weight", integers.astype(np.int16), "int8 array of shape"),
        ("ip1.weight", integers * 2, "3 bits hold -4 to 3"),
        ("ip1.scales", scales[:-1], "float32 array of shape"),
        ("ip1.scales", scales * np.float32(np.nan), "NaN or infinite"),
        ("ip1.bias", scales.astype(np.float64), "float32 array of shape"),
    ):
        with pytest.raises(labs.LabError, match=words):
            lab.measure({**three_bits, name: value})
    without = {name: value for name, value in three_bits.items() if name != "ip2.scales"}
    for wrong in ({}, without):
        with pytest.raises(labs.LabError, match=r"with the keys .*ip2\.scales"):
            lab.measure(wrong)
