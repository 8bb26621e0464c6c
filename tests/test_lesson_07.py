"""Lesson 07: what its checks say, what the page claims of the real layer, and the rules of its lab."""

import zlib

import numpy as np
import pytest

from dc_lab import huffman
from dc_lab.coding import bits
from dc_lab.course import lab as labs
from dc_lab.course import lab_process, ledger
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lab import Coded
from dc_lab.course.lessons.lesson_07 import common, ex_5_decode, lab, lab_decoder, lab_reference, lab_rows
from dc_lab.networks import datasets


def said(exercise_id, answer):
    return " ".join(judge(find(exercise_id), answer).text.split())


@pytest.mark.parametrize("seed", range(10))
def test_the_reference_decoder_gives_back_what_was_packed(seed):
    """Against the package's decoder, which wants complete codes; where room is left over, against the symbols."""
    rng = np.random.default_rng(seed)
    lengths = huffman.code_lengths_by_merging(rng.geometric(0.05, 20))
    symbols = rng.integers(0, 20, 300)
    payload = bits.pack(huffman.canonical_codes(lengths)[symbols], lengths[symbols])
    np.testing.assert_array_equal(ex_5_decode._decode(payload, lengths, 300), symbols)
    total = np.array([int(lengths[symbols].sum(dtype=int))])
    np.testing.assert_array_equal(huffman.decode(payload, lengths, 300, 512, total), symbols)
    lengths[symbols[0]] += 1
    payload = bits.pack(huffman.canonical_codes(lengths)[symbols], lengths[symbols])
    np.testing.assert_array_equal(ex_5_decode._decode(payload, lengths, 300), symbols)


def test_the_first_symbol_that_departs_is_named():
    def one_too_far(payload, lengths, count):
        symbols = ex_5_decode.decode(payload, lengths, count)
        symbols[3:] = 0
        return symbols

    assert "Symbol number 3 begins at bit" in said("07.5", one_too_far)
    assert "Expected 3 symbols, got 0" in said("07.5", lambda payload, lengths, count: np.zeros(0, int))


def test_lengths_of_any_best_code_are_right():
    """Ties are merged otherwise than in the reference."""

    def other_way(counts):
        lengths = np.zeros(len(counts), np.int16)
        lengths[::-1] = huffman.code_lengths_by_merging(counts[::-1])
        return lengths

    assert judge(find("07.2"), other_way).status == "correct"
    assert "these lengths the row takes" in said("07.2", lambda c: huffman.code_lengths(c, 4).astype(int))
    assert "an array of" in said("07.2", lambda c: huffman.code_lengths_by_merging(c).tolist())


def test_a_mistake_is_known_whatever_is_done_with_ties():
    def lone_zero(counts):
        lengths = huffman.code_lengths_by_merging(counts[::-1])[::-1].astype(int)
        return lengths * (np.count_nonzero(counts) > 1)

    assert judge(find("07.2"), lone_zero).mistake == "a lone symbol without a bit"


def test_what_the_page_says_of_a_limit():
    """The gaps of the first layer have a codeword of 13 bits; halving counts once costs 31 bits, the best way 24."""
    layer = dict(ledger.shared())["ip1.weight"]
    often = np.bincount(lab_rows.rows_of(layer)[1])
    free = huffman.code_lengths_by_merging(often)
    halved = huffman.code_lengths_by_merging(np.where(often > 0, np.maximum(often // 2, 1), 0))
    assert (free.max(), halved.max()) == (13, 12)
    bits_of = [int(often @ lengths.astype(int)) for lengths in (free, halved, huffman.code_lengths(often, 12))]
    assert bits_of == [34_935, 34_966, 34_959]


def test_the_large_case_is_what_the_page_says():
    symbols, _, lengths = common.row()
    assert 12_500 < len(symbols) < 13_500
    assert (len(lengths), int(lengths.max())) == (17, 12)


# --- the lab ---


def test_the_rows_of_the_lab_are_what_the_page_says():
    rows = lab_rows.load()
    assert [(row.dtype, len(row)) for row in rows] == [
        (np.uint8, n) for n in (5_237, 5_237, 7_463, 7_463, 11_948, 11_948)
    ]
    assert [int(row.max()) for row in rows[::2]] == [16, 16, 16]
    assert "lenet" not in str(datasets.data_dir() / lab_rows.PATH)


def test_rows_of_a_layer_give_it_back():
    layer = np.zeros((4, 300), np.float32)
    layer.flat[[3, 4, 700, 1199]] = 0.5, -0.25, 0.5, 0.125
    indices, gaps = lab_rows.rows_of(layer)
    assert indices.tolist() == [2, 0, 16, 16, 2, 16, 1]
    assert gaps.tolist() == [3, 0, 255, 255, 183, 255, 242]


def test_the_reference_has_the_score_that_the_board_shows():
    """Nearly: another zlib may end a block elsewhere."""
    assert lab_process.measure_reference(lab.LAB).value == pytest.approx(lab.LAB.reference_score, rel=0.01)


def test_the_reference_is_coding_alone():
    row = lab_rows.load()[0]
    payload = lab_reference.encode(row)
    np.testing.assert_array_equal(lab_decoder.decode(payload, row.shape), row)
    assert zlib.decompress(payload, -15) == row.tobytes()
    assert len(payload) > huffman.entropy(np.bincount(row)) * len(row) / 8


def test_a_row_that_does_not_come_back_has_no_score():
    row = np.array([3, 1, 2], np.uint8)
    inputs, payloads = (row, row), (b"123", b"45")
    assert lab.measure(Coded(inputs, payloads, [row, row.astype(int)], 10)).value == (5 + 10) / 2
    for decoded, words in (
        (np.array([3, 1, 1]), "Row 2: 1 of 3 symbols do not come back; the first is number 2"),
        (row.astype(float), "an array of 3 whole numbers"),
        (row[:2], "an array of 3 whole numbers"),
        (None, "an array of 3 whole numbers"),
    ):
        with pytest.raises(labs.LabError, match=words):
            lab.measure(Coded(inputs, payloads, (row, decoded), 10))
