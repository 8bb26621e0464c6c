"""Lesson 12: numbers that its page says, and the rules of its labs."""

import dataclasses
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from dc_lab.coding import random_code
from dc_lab.course import lab_process
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lab import Coded, LabError
from dc_lab.course.lessons.lesson_12 import (
    ex_1_choose,
    ex_3_draws,
    ex_4_pick,
    ex_5_read,
    lab,
    lab_decoder,
    lab_levels,
    lab_levels_decoder,
    lab_linear,
    lab_linear_small,
    lab_linear_small_decoder,
    lab_random_decoder,
    lab_small,
    lab_small_decoder,
)
from dc_lab.measure.curves import lesson_12
from dc_lab.networks import datasets
from dc_lab.records import linear, price, small
from dc_lab.support import places


def said(exercise_id, answer):
    return " ".join(judge(find(exercise_id), answer).text.split())


@pytest.mark.parametrize("seed", range(5))
def test_the_builds_are_the_package(seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, 200)
    np.testing.assert_array_equal(ex_1_choose.choose(weights, 0.5, 3, 0.2), price.choose(weights, 0.5, 3, 0.2))
    counters = rng.integers(0, 2**32, 50)
    np.testing.assert_array_equal(ex_3_draws.draws(counters), random_code.draws(counters))
    case = ex_4_pick._draw(rng)
    assert ex_4_pick.pick(*case) == random_code.pick(*case)
    data = bytes(rng.integers(0, 256, 12, dtype=np.uint8))
    np.testing.assert_allclose(ex_5_read.read(data, 100), random_code.read(data, 100), rtol=1e-12)


def test_the_examples_of_the_page():
    assert ex_1_choose.choose(np.array([0.1, 0.2, 0.1, 0.9, 0.55]), 1.0, 1, 0.2).tolist() == [0, 0, 0, 1, 0]
    bell = np.random.default_rng(0).normal(0, 1, 1_000_000)
    for low, high, chance in ((0.5, 1.5, 0.24), (-np.inf, 1.5, 0.93)):
        assert np.mean((bell > low) & (bell < high)) == pytest.approx(chance, abs=0.005)
    mean, spread = 1.0, 0.29
    kl = np.log2(1 / spread) + (spread**2 + mean**2 - 1) / (2 * np.log(2))
    assert round(kl, 1) == 1.8 or round(kl, 1) == 1.9


def test_the_first_weight_that_departs_is_named():
    assert "Weight number" in said("12.1", lambda w, s, m, p: np.clip(np.rint(w / s), -m, m).astype(int) * 0)
    assert "array" in said("12.1", lambda w, s, m, p: {})


def test_chosen_weights_are_clear():
    for case in (*ex_1_choose._cases(), ex_1_choose.SHOWN):
        assert ex_1_choose.decided(*case)
    for case in ex_4_pick._cases():
        assert ex_4_pick.is_clear(*case)


def test_the_stored_curves_are_complete():
    stored = lesson_12.stored()
    assert list(stored) == list(lesson_12.WAYS)
    assert all(len(runs) == 5 for way in stored.values() for runs in way.values())


def curve_of(way):
    """Bytes and percent wrong of each setting, means of five seeds, by bytes."""
    return np.transpose(sorted(tuple(np.mean(runs, axis=0)) for runs in lesson_12.stored()[way].values()))


def test_a_price_after_training_does_not_pay():
    """No setting with a price lies below the line of rounding."""
    sizes, errors = curve_of("rounded")
    for way in ("price, steps of 0.75", "price, steps of 1", "price, steps of 1.25"):
        for size, wrong in zip(*curve_of(way), strict=True):
            if size >= sizes[0]:
                assert np.log(wrong) > np.interp(size, sizes, np.log(errors)) - 1e-9


def test_a_price_in_the_training_lies_below_training_without_one():
    """Between its sizes, the mean errors of the trained networks are below those at price 0."""
    sizes, errors = curve_of("bits in the loss")
    inside = [(size, wrong) for size, wrong in zip(*curve_of("price 0"), strict=True) if size <= sizes[-1]]
    assert inside
    assert all(np.log(wrong) > np.interp(size, sizes, np.log(errors)) for size, wrong in inside)


def test_a_random_code_takes_the_fewest_bytes_at_8_percent():
    ways = (
        "random, 16 bits a block",
        "random, 8 bits a block",
        "the same, three levels",
        "bits in the loss",
        "price 0",
        "rounded",
    )
    found = [lesson_12.smallest(way) for way in ways]
    assert all(errors.mean() <= 8 for _, errors in found)
    assert sorted(size for size, _ in found) == [size for size, _ in found]
    with pytest.raises(ValueError, match=r"no setting of 'random, sent at once' has 8\.0 % wrong on average"):
        lesson_12.smallest("random, sent at once")


def test_the_rule_of_the_random_code_beats_the_others_on_average():
    """At each of five sizes: the mean error of five seeds."""
    stored = lesson_12.stored()
    for way in ("random, wanted alone", "random, drawn"):
        for blocks, runs in stored[way].items():
            assert np.mean(stored["random, 8 bits a block"][blocks], axis=0)[1] < np.mean(runs, axis=0)[1]


def test_a_choice_at_price_0_is_rounding():
    stored = lesson_12.stored()
    for way, step in (("0.75", lesson_12.FINER_STEP), ("1", lesson_12.CHOICE_STEP), ("1.25", lesson_12.COARSER_STEP)):
        assert stored[f"price, steps of {way}"][0.0] == stored["rounded"][step]


# --- the labs ---


def answers(wrong):
    found = datasets.mnist("held_out").labels.astype(int)
    found[:wrong] = (found[:wrong] + 1) % 10
    return found


def test_a_score_is_the_file_and_the_decoder():
    assert lab.LAB.measure(Coded([{}], [b"12345"], [answers(400)], 300)).value == 305
    assert lab.SMALL.measure(Coded([{}], [b"12345"], [answers(100)], 300)).value == 305


@pytest.mark.parametrize(
    ("decoded", "words"),
    [
        (answers(401), "8.02 % of the held-out images are wrong. At most 8 % may be"),
        (answers(0).astype(float), "an array of 5,000 whole numbers"),
        (answers(0)[1:], r"an array of 5,000 whole numbers.*not an int64 array of shape \(4999,\)"),
        (np.array(7), "an array of 5,000 whole numbers.*not an int"),
        (None, "an array of 5,000 whole numbers"),
    ],
)
def test_what_has_no_score(decoded, words):
    with pytest.raises(LabError, match=words):
        lab.LAB.measure(Coded([{}], [b"12345"], [decoded], 300))
    if isinstance(decoded, np.ndarray) and decoded.shape == (5000,) and decoded.dtype.kind == "i":
        with pytest.raises(LabError, match="At most 2 %"):
            lab.SMALL.measure(Coded([{}], [b"12345"], [decoded], 300))


def test_the_decoder_sees_no_labels():
    [images] = lab.held_out({})
    assert isinstance(images, np.ndarray)
    assert (images.shape, images.dtype) == ((5000, 784), np.uint8)


def test_the_labs_decoder_sees_what_the_package_reads():
    data = bytes([60]) + bytes(np.random.default_rng(0).integers(0, 256, 251, dtype=np.uint8))
    images = datasets.mnist("held_out").pixels.reshape(5000, 784)
    outputs = random_code.inputs_of(images) @ random_code.read(data, 1970).reshape(197, 10)
    assert np.mean(lab_random_decoder.classify(data, images) != outputs.argmax(axis=1)) < 1e-3


@pytest.mark.parametrize(("most", "decoder"), [(8, lab_decoder), (2, lab_linear_small_decoder)])
def test_the_decoders_see_what_the_records_sent(most, decoder):
    cells, blocks, *_ = linear.SETTINGS[most]
    numbers = np.random.default_rng(0).integers(0, 1 << linear.BITS, blocks)
    size = random_code.block_size(80 * cells**2, blocks)
    sent = np.stack([np.random.RandomState(i).randn(size) for i in numbers]).T.ravel()[: 80 * cells**2]
    images = datasets.mnist("held_out").pixels.reshape(5000, 784)
    outputs = linear.edges(images, cells) @ sent.reshape(-1, 10)
    found = decoder.classify(numbers.astype("<u2").tobytes(), images)
    assert np.mean(found != outputs.argmax(axis=1)) < 1e-3


def test_the_page_says_what_the_answers_take():
    path = places.folder("notebooks") / "12_below_the_entropy.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    page = " ".join(" ".join("".join(cell["source"]).split()) for cell in cells)

    def parts(size, decoder):
        return size, len(zlib.compress(Path(decoder.__file__).read_bytes(), 9))

    row = "| {} | {} | {} |"
    known = [
        (row, 228, lab_random_decoder, lab.LAB.others["random code of the lesson"]),
        (row, len(lab_levels.FILE), lab_levels_decoder, lab.LAB.others["levels through zlib"]),
        (row, len(lab_linear.FILE), lab_decoder, lab.LAB.reference_score),
        ("scores {2}.", len(lab_linear_small.FILE), lab_linear_small_decoder, lab.SMALL.reference_score),
        ("score {2:,}.", len(lab_small.FILE), lab_small_decoder, lab.SMALL.others["two convolutions"]),
    ]
    for words, size, decoder, score in known:
        _, code = parts(size, decoder)
        assert words.format(size, code, size + code) in page
        assert score == size + code


@pytest.mark.slow
@pytest.mark.parametrize("which", lab.LABS, ids=lambda which: which.id)
def test_the_references_have_the_scores_that_the_board_shows(which):
    assert lab_process.measure_reference(which).value == pytest.approx(which.reference_score, abs=3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known", "encode", "decoder"),
    [
        (lab.LAB, lab_levels.encode, lab_levels_decoder),
        (lab.LAB, random_code.encode, lab_random_decoder),
        (lab.SMALL, lab_small.encode, lab_small_decoder),
    ],
)
def test_the_other_answers_have_the_scores_that_the_board_shows(known, encode, decoder):
    other = dataclasses.replace(known, reference=encode, reference_decoder=decoder.classify)
    assert lab_process.measure_reference(other).value in [pytest.approx(each, abs=3) for each in known.others.values()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("most", "file"),
    [
        pytest.param(8, lab_linear.FILE, id="8 %"),
        pytest.param(2, lab_linear_small.FILE, id="2 %", marks=pytest.mark.weekly),
    ],
)
def test_the_linear_files_are_made_again(most, file):
    """Another processor sums in another order: another file, as large and about as good."""
    content, error = linear.sparse(most)
    assert len(content) == len(file)
    assert error <= 1.1 * most


@pytest.mark.slow
@pytest.mark.weekly
def test_the_small_file_is_made_again():
    """Another processor sums in another order and gives another file, as small and about as good."""
    content, error = small.make()
    assert error <= 2
    assert abs(len(content) - len(lab_small.FILE)) <= 0.05 * len(lab_small.FILE)
    images = datasets.mnist("held_out")
    pixels = images.pixels.reshape(len(images.labels), -1)
    wrong = 100 * np.mean(lab_small_decoder.classify(content, pixels) != images.labels)
    assert wrong == pytest.approx(error, abs=0.1)
