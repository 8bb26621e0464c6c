"""Lesson 11: what its checks say, the coder as the course has it, what the page claims of real streams, its lab."""

import dataclasses
import linecache
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.course import lab as labs
from dc_lab.course import lab_process, ledger
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lab import Coded
from dc_lab.course.lessons.lesson_11 import decisions, lab, lab_layers, lab_reference
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


@pytest.mark.slow
def test_the_sum_of_the_logits_stays_where_the_page_says():
    """So `math.exp` raises nothing, however the formula is written."""
    most = 0.0

    class Watched(Mixture):
        def chance(self, first, second):
            nonlocal most
            mixed = super().chance(first, second)
            most = max(most, abs(float(np.dot(self.weights, self.logits))))
            return mixed

    assert judge(find("11.6"), Watched).status == "correct"
    assert 25 < most < 700


def test_many_decisions_in_one_context():
    """A count in 16 bits comes to its end, and the chance of a context is asked for beyond that."""
    rows = [row for bits, row in find("11.5").cases if len(bits) > 60_000]
    assert [len(row) // 500 * 500 > 2**16 and len(set(row.tolist())) == 1 for row in rows] == [True]
    _, row = find("11.5").large()
    assert np.bincount(row).max() > row.size // 2


def test_an_exact_number_is_not_called_a_float():
    class Exact(Contexts):
        def chance(self, context):
            return Fraction(super().chance(context))

    assert "is a Fraction, an exact number, where a float is asked for" in said("11.5", Exact)


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


# --- the lab ---

SMALL = np.zeros((5, 60), np.uint8)
SMALL.flat[[3, 7, 8, 31, 36, 200, 299]] = 1, 16, 9, 3, 9, 16, 2


def small_lab():
    """The lab on two small layers, so that a process takes no longer than its start."""
    return dataclasses.replace(lab.LAB, inputs=lambda: [SMALL, SMALL[::-1].copy()])


def cell(source):
    """(encode, decode) of a notebook's cell."""
    file = f"<cell {abs(hash(source))}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = {"__name__": "__main__"}
    exec(compile("import numpy as np", "<first>", "exec"), space)
    exec(compile(source, file, "exec"), space)
    return space["encode"], space["decode"]


def test_the_layers_of_the_lab_are_what_the_page_says():
    layers = lab_layers.load()
    assert [(layer.dtype, layer.shape, int(layer.max())) for layer in layers] == [(np.uint8, (300, 784), 16)] * 2
    assert [float(np.mean(layer != 0)) for layer in layers] == pytest.approx([0.02, 0.05], rel=1e-3)
    known = dict(ledger.shared())["ip1.weight"] != 0
    assert all((known != (layer != 0)).any() for layer in layers)


def test_levels_of_a_layer():
    rng = np.random.default_rng(0)
    layer = np.where(rng.random((40, 50)) < 0.2, rng.normal(0, 1, (40, 50)), 0).astype(np.float32)
    levels = lab_layers.levels_of(layer)
    np.testing.assert_array_equal(levels != 0, layer != 0)
    assert set(levels[levels != 0].tolist()) == set(range(1, 17))
    least, largest = (layer[levels == level] for level in (1, 16))
    assert least.min() == layer.min()
    assert largest.max() == layer.max()


@given(st.lists(st.integers(0, 16), min_size=1, max_size=200))
def test_the_lab_s_coder_gives_a_layer_back(row):
    levels = np.array([row, row[::-1]], np.uint8)
    found = lab_reference.decode(lab_reference.encode(levels), levels.shape)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, levels)


@given(ROWS)
def test_the_lab_s_range_coder_is_the_lesson_s(row):
    ours, theirs = lab_reference.Encoder(), Encoder()
    for bit, chance in row:
        assert ours.decide(chance, bit) == theirs.decide(chance, bit)
    data = ours.finish()
    decoder = Decoder(data)
    assert [decoder.decide(chance) for _, chance in row] == [bit for bit, _ in row]
    assert len(data) <= len(theirs.finish())


@pytest.mark.slow
def test_the_lab_s_reference_has_the_score_that_the_board_shows():
    """Nearly: another machine's logarithms may round elsewhere."""
    assert lab_process.measure_reference(lab.LAB).value == pytest.approx(lab.LAB.reference_score, rel=1e-3)


def test_the_lab_s_rivals():
    sizes = list(lab.rivals().values())
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 300 * 784


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "KEPT = []\ndef encode(levels):\n    KEPT.append(levels)\n    return b''\n"
            "def decode(data, shape):\n    return KEPT[0] if KEPT else np.zeros(shape, np.uint8)",
            "do not come back|stand alone",
        ),
        (
            "def encode(levels):\n    open('kept', 'wb').write(levels.tobytes())\n    return b''\n"
            "def decode(data, shape):\n    return np.frombuffer(open('kept', 'rb').read(), np.uint8).reshape(shape)",
            "no files",
        ),
        (
            "def encode(levels):\n    return levels\ndef decode(data, shape):\n    return data",
            "encode has to return bytes",
        ),
        ("def encode(levels):\n    return b'12'\ndef decode(data, shape):\n    return data", "array of whole numbers"),
        (
            f"TABLE = {list(np.random.default_rng(1).integers(0, 10**9, 1200).tolist())!r}\n"
            "def encode(levels):\n    return levels.tobytes()\n"
            "def decode(data, shape):\n    TABLE[0]\n    return np.frombuffer(data, np.uint8).reshape(shape)",
            "3,000 are the most",
        ),
    ],
)
def test_what_the_lab_refuses(source, words):
    small = small_lab()
    with pytest.raises(labs.LabError, match=words):
        small.measure(lab_process.run(small, *cell(source)))


def test_an_answer_to_the_lab_counts_its_bytes_alone():
    source = (
        "def encode(levels):\n    return levels.tobytes()\n"
        "def decode(data, shape):\n    return np.frombuffer(data, np.uint8).reshape(shape).astype(int)"
    )
    small = small_lab()
    found = small.measure(lab_process.run(small, *cell(source)))
    assert (found.value, found.text) == (300, "The layers take 300, 300 bytes.")


def test_a_layer_that_does_not_come_back_has_no_score():
    wrong = SMALL.copy()
    wrong[2, 5] = 1
    for decoded, words in (
        (wrong, r"Layer 2: 1 of 300 levels do not come back; the first is \(2, 5\)"),
        (SMALL.astype(float), r"whole numbers of shape \(5, 60\), not a float64 array of shape \(5, 60\)"),
        (SMALL.ravel(), "whole numbers"),
        (None, "whole numbers"),
    ):
        with pytest.raises(labs.LabError, match=words):
            lab.measure(Coded([SMALL, SMALL], [b"1", b"23"], [SMALL, decoded], 10))
    assert lab.measure(Coded([SMALL], [b"123"], [SMALL], lab.MOST_SOURCE)).value == 3
    with pytest.raises(labs.LabError, match="takes 3,001 bytes when zlib"):
        lab.measure(Coded([SMALL], [b"123"], [SMALL], lab.MOST_SOURCE + 1))
