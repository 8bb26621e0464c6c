"""Lesson 03: how positions are shuffled, what its curves rest on, what its checks say, and the rules of its lab."""

import numpy as np
import pytest

from dc_lab import archive, sparse
from dc_lab.course import hint, lab_process, solution
from dc_lab.course import lab as labs
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lab import Coded
from dc_lab.course.lessons.lesson_03 import lab, lab_decoder, lab_masks, lab_reference
from dc_lab.measure.curves import lesson_03


@pytest.fixture(scope="module")
def mask():
    return np.random.default_rng(1).random((20, 30)) < np.linspace(0, 0.3, 20)[:, None]


def shuffled(mask, way, seed=0):
    return lesson_03.shuffled(mask, way, np.random.default_rng(seed))


@pytest.mark.parametrize("way", lesson_03.WAYS)
def test_a_shuffle_keeps_what_it_says(mask, way):
    found = shuffled(mask, way)
    assert found.sum() == mask.sum()
    assert np.array_equal(found, mask) == (way == "as it is")
    columns, rows = (np.array_equal(found.sum(axis=axis), mask.sum(axis=axis)) for axis in (0, 1))
    assert rows == (way in ("as it is", "within rows", "rows moved"))
    assert columns == (way in ("as it is", "within columns"))


def test_rows_moved_keep_their_pattern(mask):
    for row, moved in zip(mask, shuffled(mask, "rows moved"), strict=True):
        assert any(np.array_equal(np.roll(row, by), moved) for by in range(len(row)))


def test_a_shuffle_leaves_the_mask_and_another_way_is_refused(mask):
    before = mask.copy()
    for way in lesson_03.WAYS:
        shuffled(mask, way)
    np.testing.assert_array_equal(mask, before)
    with pytest.raises(ValueError, match="way must be one of as it is, everything"):
        shuffled(mask, "twice")


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_fillers_are_counted_as_the_relative_index_has_them(mask, bits):
    assert lesson_03.fillers(mask, bits) == sparse.relative_index(mask, bits)[1].sum()


def test_the_stored_curves_have_five_seeds_and_agree():
    """What the page says of the cause holds in each of the five networks."""
    stored = lesson_03.stored()
    assert {len(numbers) for numbers in stored.values()} == {len(lesson_03.SEEDS)} == {5}
    as_it_is = np.array(stored["as it is"])
    assert (np.array(stored["everything"]) < 10).all()
    assert (np.array(stored["within columns"]) < 10).all()
    assert (np.abs(np.array(stored["rows moved"]) / as_it_is - 1) < 0.1).all()
    assert (np.array(stored["within rows"]) < 0.75 * as_it_is).all()


def by_runs(mask, bits):
    """A filler for each 2**bits - 1 zeros, which forgets that it stands on a zero itself."""
    gaps, is_filler = [], []
    for run in sparse.zero_runs(mask).tolist():
        left = run
        while left >= 2**bits:
            gaps.append(2**bits - 1)
            is_filler.append(True)
            left -= 2**bits - 1
        gaps.append(left)
        is_filler.append(False)
    return np.array(gaps, int), np.array(is_filler, bool)


def test_the_first_entry_that_departs_is_named():
    text = " ".join(judge(find("03.4"), by_runs).text.split())
    assert "Entry 1, at position 2, is a weight with a gap of 0; yours is a weight with a gap of 1." in text
    assert "A filler is a stored zero, so it stands on a zero itself." in text
    verdict = judge(find("03.4"), lambda mask, bits: sparse.relative_index(np.append(mask, True), bits))
    assert "the last weight is stored; yours goes on with" in " ".join(verdict.text.split())
    verdict = judge(find("03.4"), lambda mask, bits: tuple(part[:1] for part in sparse.relative_index(mask, bits)))
    assert "Yours ends after 1 entry; the next one is a" in " ".join(verdict.text.split())


def test_gaps_of_any_whole_number_dtype_are_right():
    for dtype in (np.uint16, np.uint32, np.int32, np.int64, np.uint64):

        def answer(mask, bits, dtype=dtype):
            gaps, is_filler = sparse.relative_index_by_loop(mask, bits)
            return gaps.astype(dtype), is_filler

        assert judge(find("03.4"), answer).status == "correct"


# --- the lab ---


def test_the_masks_of_the_lab_are_what_the_page_says():
    masks = lab_masks.load()
    assert [mask.shape for mask in masks] == [(300, 784)] * 5
    assert [round(float(mask.mean()), 3) for mask in masks] == [density for _, density in lab_masks.RECIPES]
    assert not {seed for seed, _ in lab_masks.RECIPES} & set(lesson_03.SEEDS)
    shipped = archive.load(lab_process.datasets.checkpoint("lenet-300-100-pruned.dcz"))["ip1.weight"] != 0
    assert not [mask for mask in masks if np.array_equal(mask, shipped)]


def test_the_reference_has_the_score_that_the_board_shows():
    """Nearly: another zlib may end a block elsewhere."""
    assert lab_process.measure_reference(lab.LAB).value == pytest.approx(lab.LAB.reference_score, rel=0.01)


@pytest.mark.parametrize("where", [[], [0], [254], [255], [256], [255, 511], [0, 509, 764], [765], [299, 300, 999]])
def test_the_reference_decodes_runs_around_255(where):
    mask = np.zeros((2, 500), bool)
    mask.flat[where] = True
    np.testing.assert_array_equal(lab_decoder.decode(lab_reference.encode(mask), mask.shape), mask)


def test_a_mask_that_does_not_come_back_has_no_score(mask):
    inputs, payloads = (mask, mask), (b"123", b"45")
    assert lab.measure(Coded(inputs, payloads, inputs, 10)).value == (5 + 10) / 2
    other = mask.copy()
    other[3, 4] ^= True
    for decoded, words in (
        (other, r"Mask 2: 1 of 600 positions do not come back; the first is \(3, 4\)"),
        (mask.astype(int), "a boolean array of shape"),
        (mask.ravel(), "a boolean array of shape"),
        (None, "a boolean array of shape"),
    ):
        with pytest.raises(labs.LabError, match=words):
            lab.measure(Coded(inputs, payloads, (mask, decoded), 10))


def test_one_array_for_each_shape_is_refused():
    kept = {}

    def filled_again(values, gaps, shape):
        row = kept.setdefault((tuple(shape), values.dtype), np.zeros(shape, values.dtype))
        row[...] = 0
        where = sparse.positions(gaps)
        if len(where) and where[-1] >= row.size:
            raise ValueError
        row.flat[where] = values
        return row

    assert judge(find("03.5"), filled_again).mistake == "a result used again"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64, np.int8])
def test_gaps_of_any_integer_dtype_have_a_case(dtype):
    assert any(gaps.dtype == dtype for _, gaps, _ in find("03.5").cases)


def test_an_empty_array_of_floats_is_told_apart():
    verdict = judge(find("03.3"), lambda mask: np.array(sparse.zero_runs(mask).tolist()))
    assert verdict.mistake == "an empty list has no dtype"
    assert "The empty array is float64" in verdict.text
    flags = judge(find("03.4"), lambda *case: [np.array(part.tolist()) for part in sparse.relative_index(*case)])
    assert "TypeError" not in flags.text
    assert "Gaps is float64" in flags.text


def test_a_narrow_dtype_that_holds_the_runs_is_right():
    def narrow(mask):
        runs = np.diff(np.flatnonzero(mask), prepend=-1) - 1
        return runs.astype(np.min_scalar_type(int(runs.max(initial=0))))

    assert judge(find("03.3"), narrow).status == "correct"


def test_a_lab_has_no_hints_and_no_solution(capsys):
    hint("03.lab")
    assert "03.lab is a lab: it has no hints" in capsys.readouterr().out
    solution("03.lab")
    assert "03.lab is a lab: it has no solution" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no exercise"):
        hint("03.lob")
