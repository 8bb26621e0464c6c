"""Lesson 11: what its checks say, the coder as the course has it, and what the page claims of real streams."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.course import ledger
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lessons.lesson_11 import decisions
from dc_lab.course.lessons.lesson_11.ex_3_encoder import Encoder, read
from dc_lab.course.lessons.lesson_11.ex_4_decoder import Decoder
from dc_lab.course.lessons.lesson_11.ex_5_contexts import Contexts
from dc_lab.course.lessons.lesson_11.ex_6_mixture import Mixture

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 65535)), max_size=60)


def said(exercise_id, answer):
    return " ".join(judge(find(exercise_id), answer).text.split())


def written(row):
    encoder = Encoder()
    for bit, chance in row:
        assert encoder.decide(chance, bit) == bit
    return encoder.finish()


@given(ROWS)
def test_what_is_written_is_read(row):
    data = written(row)
    decoder = Decoder(data)
    assert [decoder.decide(chance) for _, chance in row] == [bit for bit, _ in row]
    assert read(data, [chance for _, chance in row]) == [bit for bit, _ in row]


@given(ROWS)
def test_bytes_point_at_the_piece_of_exact_fractions(row):
    """The piece by the rule of the page alone, in fractions: no bytes, no carries, no words of 32 bits."""
    low, width, unit = Fraction(0), Fraction(1), Fraction(1, 2**32)
    for bit, chance in row:
        part = (width / unit).numerator * chance // 65536 * unit
        low, width = (low, part) if bit else (low + part, width - part)
        while width < 2**24 * unit:
            unit /= 256
    data = written(row)
    number = Fraction(int.from_bytes(data, "big"), 256 ** len(data))
    assert low <= number < low + width
    left = decisions.piece([bit for bit, _ in row], [chance for _, chance in row])
    assert (Fraction(left.low, 256**left.size), Fraction(left.width, 256**left.size)) == (low, width)
    assert left.holds(data)


@pytest.mark.parametrize("seed", range(40))
def test_rows_close_to_a_carry_come_back(seed):
    bits, chances = decisions.straddling(np.random.default_rng(seed), 60)
    data = written(zip(bits, chances, strict=True))
    assert read(data, chances) == bits


def test_some_rows_carry_through_bytes_of_255():
    """A coder that stops at the first byte of 255 fails in some of the cases: the cases are not too tame."""
    runs = []
    for seed in range(40):
        bits, chances = decisions.straddling(np.random.default_rng(seed), 60)
        encoder, before = Encoder(), b""
        for bit, chance in zip(bits, chances, strict=True):
            encoder.decide(chance, bit)
            now = bytes(encoder.out)
            changed = [i for i, (a, b) in enumerate(zip(before, now, strict=False)) if a != b]
            runs.append(len(before) - changed[0] if changed else 0)
            before = now
    assert max(runs) >= 4


def test_a_hundred_thousand_decisions_cost_what_they_should():
    rng = random.Random(0)
    chances = [rng.randrange(1, 65536) for _ in range(100_000)]
    bits = [int(rng.randrange(65536) < chance) for chance in chances]
    data = written(zip(bits, chances, strict=True))
    ideal = -sum(math.log2((c if bit else 65536 - c) / 65536) for bit, c in zip(bits, chances, strict=True)) / 8
    assert read(data, chances) == bits
    assert 0 <= len(data) - ideal < 10


def map_of_the_first_layer():
    return (dict(ledger.shared())["ip1.weight"] != 0).astype(int).ravel().tolist()


def _whole(chance):
    return min(max(int(65536 * chance), 1), 65535)


def test_the_map_in_contexts_is_as_small_as_the_page_says():
    bits = map_of_the_first_layer()
    sizes = {}
    for name in ("none", "left, above"):
        encoder, model = Encoder(), Contexts()
        for i, bit in enumerate(bits):
            context = 0 if name == "none" else (i > 0 and bits[i - 1]) + 2 * (i > 27 and bits[i - 28])
            encoder.decide(_whole(model.chance(context)), bit)
            model.learn(context, bit)
        sizes[name] = len(encoder.finish())
    assert sizes == {"none": 5717, "left, above": 4227}


def test_a_mixture_is_one_step_of_descent_on_the_bits():
    """The step is against the slope of the cost, found by differences."""
    one = Mixture()
    one.weights = [0.7, -0.3]
    logits = [math.log(p / (1 - p)) for p in (0.8, 0.35)]

    def cost(weights, bit):
        mixed = 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, logits, strict=True))))
        return -math.log(mixed if bit else 1 - mixed)

    for bit in (0, 1):
        one.weights = [0.7, -0.3]
        one.chance(0.8, 0.35)
        one.learn(bit)
        for i in range(2):
            shift = [1e-6 * (i == 0), 1e-6 * (i == 1)]
            up, down = ([w + sign * d for w, d in zip([0.7, -0.3], shift, strict=True)] for sign in (1, -1))
            slope = (cost(up, bit) - cost(down, bit)) / 2e-6
            assert one.weights[i] == pytest.approx([0.7, -0.3][i] - 0.02 * slope, abs=1e-8)


def test_the_first_decision_that_is_lost_is_named():
    class Lossy(Encoder):
        def decide(self, chance, bit):
            return super().decide(chance, 1) and bit

    text = said("11.3", Lossy)
    assert "decision 1 (a 0," in text or "decision 2 (a 0," in text
    assert "comes back as a 1" in text

    class Long(Encoder):
        def finish(self):
            return bytes(self.out) + self.low.to_bytes(4, "big") + bytes(1)

    assert "5 bytes, where 4 are enough" in said("11.3", Long)


def test_the_decision_that_is_misread_is_named():
    class Misread(Decoder):
        def decide(self, chance, bit=0):
            return super().decide(min(chance + 1, 65535), bit)

    assert "There number is" in said("11.4", Misread)


def test_models_that_share_their_counts_are_told_so():
    class Shared(Contexts):
        seen: dict = {}  # noqa: RUF012

        def __init__(self):
            """Nothing of its own."""

    assert "Does it keep something between calls" in said("11.5", Shared)


@pytest.mark.parametrize("exercise_id", ["11.3", "11.4", "11.5", "11.6"])
def test_the_large_case_is_as_long_as_the_first_layer(exercise_id):
    case = find(exercise_id).large()
    assert max(len(part) for part in case) == dict(ledger.shared())["ip1.weight"].size
