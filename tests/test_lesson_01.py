"""Lesson 01: its curves, the comparison against scipy and the course's, roughness against arithmetic, its checks."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lessons.lesson_01 import ex_4_compare, ex_5_keep_fraction_bits
from dc_lab.measure import evidence
from dc_lab.measure.curves import lesson_01, networks
from dc_lab.networks import datasets, models, training

finite = st.floats(-(2.0**99), 2.0**99, width=32).filter(lambda value: value == 0 or abs(value) > 1e-30)
values = st.lists(finite, min_size=1, max_size=20).map(lambda row: np.array(row, np.float32))
rows_of_wrong = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


# --- two networks compared ---


@given(rows_of_wrong)
def test_the_solution_says_what_evidence_says(rows):
    first, second = np.array(rows, bool).T
    found = evidence.paired(first, second)
    expected = (found.only_first, found.only_second, found.difference, found.p)
    for function in (ex_4_compare.compare, ex_4_compare._quickly):
        assert function(first, second) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("first", "second"), [(2_431, 2_569), (2_500, 2_500), (0, 40), (0, 0), (300, 41)])
def test_p_of_scipy(first, second):
    arrays = ex_4_compare.flags(17, first, second, 60)
    expected = stats.binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    for function in (ex_4_compare.compare, ex_4_compare._quickly):
        assert function(*arrays)[:2] == (first, second)
        assert function(*arrays)[3] == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_the_example_of_the_page():
    """Four coins, three of them one way: 10 of 16 rows are at least as uneven."""
    throws = [sum(row) for row in itertools.product((0, 1), repeat=4)]
    assert sum(abs(heads - 2) >= 1 for heads in throws) == 10
    assert ex_4_compare.compare(*ex_4_compare.flags(0, 3, 1, 6))[3] == 10 / 16


def test_the_answers_to_the_questions():
    for first, second, p in ((5, 10, 0.30), (0, 5, 0.06)):
        assert ex_4_compare.compare(*ex_4_compare.flags(40, first, second, 4_900))[3] == pytest.approx(p, abs=0.005)


def test_a_wrong_number_is_named():
    def one_sided(first_wrong, second_wrong):
        a, b, points, p = ex_4_compare.compare(first_wrong, second_wrong)
        return a, b, points, p / 2

    assert "The counts are right; p should be" in judge(find("01.4"), one_sided).text

    def shifted(first_wrong, second_wrong):
        a, b, points, p = ex_4_compare.compare(first_wrong, second_wrong)
        return a + 1, b, points, p

    assert "Images that only the first gets wrong: there are 0, you count 1" in judge(find("01.4"), shifted).text


# --- rough weights ---


@given(values, st.integers(0, 23))
def test_cutting_by_arithmetic(row, bits):
    mantissa, exponent = np.frexp(row.astype(np.float64))
    expected = np.ldexp(np.trunc(mantissa * 2.0 ** (bits + 1)) / 2.0 ** (bits + 1), exponent)
    np.testing.assert_array_equal(lesson_01.cut(row, bits), expected)
    np.testing.assert_array_equal(ex_5_keep_fraction_bits.keep_fraction_bits(row, bits), expected)


@given(values, st.integers(0, 22))
def test_rounding_goes_to_the_nearest(row, bits):
    """No value with so many fraction bits is nearer, and halves go away from zero."""
    found = lesson_01.rounded(row, bits).astype(np.float64)
    np.testing.assert_array_equal(lesson_01.cut(found.astype(np.float32), bits), found)
    low = lesson_01.cut(row, bits).astype(np.float64)
    _, exponent = np.frexp(low)
    high = low + np.sign(row) * np.where(low == 0, 0, np.ldexp(1.0, exponent - 1 - bits))
    exact = row.astype(np.float64)
    np.testing.assert_array_equal(found, np.where(np.abs(exact - low) < np.abs(high - exact), low, high))


@pytest.fixture(scope="module")
def dense():
    return networks.arrays(networks.LENET300)


def test_the_controls_are_of_the_size_they_say(dense):
    whole = np.concatenate([array.ravel() for array in dense.values()]).astype(np.float64)
    rough = {
        way: np.concatenate([array.ravel() for array in lesson_01.roughened(dense, way, 0).values()]).astype(np.float64)
        for way in lesson_01.WAYS
    }
    norm = np.linalg.norm(whole)
    assert np.linalg.norm(rough["common factor"]) == pytest.approx(np.linalg.norm(rough["cut"]), rel=1e-5)
    assert np.linalg.norm(rough["random"] - whole) == pytest.approx(np.linalg.norm(rough["cut"] - whole), rel=1e-5)
    assert np.linalg.norm(rough["rounded"] - whole) < np.linalg.norm(rough["cut"] - whole)
    assert lesson_01.distance(dense, 0) == pytest.approx(np.linalg.norm(rough["cut"] - whole) / norm)
    # The text of the page: 0.736, and 31 %.
    assert lesson_01.shrinkage(dense, 0) == pytest.approx(0.736, abs=5e-4)
    assert lesson_01.distance(dense, 0) == pytest.approx(0.31, abs=5e-3)
    with pytest.raises(ValueError, match="way must be one of"):
        lesson_01.roughened(dense, "smooth", 0)


# --- stored ---


def test_the_stored_curves_have_five_networks():
    stored = lesson_01.stored()
    assert stored["wrong"].shape == (5, datasets.HELD_OUT)
    for way in lesson_01.WAYS:
        assert np.shape(stored["errors"][way]) == (len(lesson_01.BITS), 5)
    # Six fraction bits change a few images at most.
    np.testing.assert_allclose(stored["errors"]["cut"][-1], stored["dense"], atol=0.1)


@pytest.mark.slow
def test_a_network_comes_out_as_stored():
    """Within ten images: another processor sums in another order."""
    stored, again = lesson_01.CURVES.found()["measured(seed=1)"], lesson_01.measured(seed=1)
    assert abs(len(stored["wrong"]) - len(again["wrong"])) <= 10
    assert len(set(stored["wrong"]) ^ set(again["wrong"])) <= 20
    for way in lesson_01.WAYS:
        np.testing.assert_allclose(stored["errors"][way], again["errors"][way], atol=0.2)


def test_wrong_images_are_those_of_the_network():
    """A network of chance: what `measured` does to find them, by hand."""
    model, images = models.build(networks.LENET300, 0), datasets.mnist("held_out")
    wrong = training.predict(model, images.pixels) != images.labels
    assert 100 * wrong.mean() == pytest.approx(training.error_percent(model, images))


# --- checks ---


def begins_alike(shapes):
    layers = {name.rsplit(".", 1)[0] for name in shapes}
    sizes = {name: 4 * int(np.prod(shape)) for name, shape in shapes.items()}
    return {layer: sum(size for name, size in sizes.items() if name.startswith(layer)) for layer in layers}


def last_of_ties(logits, labels):
    return 100 * np.mean(logits.argsort(axis=1, kind="stable")[:, -1] != labels)


@pytest.mark.parametrize(
    ("exercise", "answer", "name"),
    [("01.2", begins_alike, "names that begin alike"), ("01.3", last_of_ties, "the last of equal logits")],
)
def test_holes_that_were_there(exercise, answer, name):
    verdict = judge(find(exercise), answer)
    assert (verdict.status, verdict.mistake) == ("wrong", name)
