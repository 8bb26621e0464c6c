"""The exam: every question has a key, the same seed gives the same sheet, and the key is right by other ways."""

import heapq
import itertools
import math
import re
from collections import Counter

import numpy as np
import pytest

from dc_lab.cli.main import main
from dc_lab.course.exercises import lesson_numbers
from dc_lab.course.teaching import exam
from dc_lab.course.teaching.bank import all_questions
from dc_lab.networks import datasets

BANK = all_questions()
SEEDS = range(12)


def drawn(question_id):
    """The question with several seeds."""
    [question] = [each for each in BANK if each.id == question_id]
    return [question.drawn(seed) for seed in SEEDS]


# --- the bank as a whole ---


def test_there_are_enough_and_all_lessons_have_some():
    assert len(BANK) >= 30
    counts = Counter(question.lesson for question in BANK)
    assert sorted(counts) == lesson_numbers()
    assert min(counts.values()) >= 2
    assert len({question.id for question in BANK}) == len(BANK)
    assert {question.points for question in BANK} == {1, 2, 3}


@pytest.mark.parametrize("question", BANK, ids=lambda question: question.id)
def test_a_question_has_a_key_and_other_numbers_with_other_seeds(question):
    several = [question.drawn(seed) for seed in SEEDS]
    for each in several:
        assert each.text.rstrip().endswith(("?", ".", ".)", "```")), each.text
        assert each.answer.strip()
        assert each.worked.endswith((".", "d."))
        assert each.given
        assert "nan" not in each.answer
        # Nothing of the key is given away: what it begins with is no part of the question, unless it is one digit.
        first = each.answer.split(";")[0]
        assert len(first) < 4 or first not in each.text, (question.id, first)
    assert len({each.text for each in several}) > 1
    assert len({each.answer for each in several}) > 1
    assert question.drawn(3) == question.drawn(3)


@pytest.mark.parametrize("question", BANK, ids=lambda question: question.id)
def test_no_line_of_an_answer_is_long(question):
    """A line or two on paper."""
    for each in (question.drawn(seed) for seed in SEEDS):
        assert len(each.worked) < 260, each.worked


# --- sheets ---


def test_the_same_seed_gives_the_same_exam():
    assert exam.sheet(exam.draw(7)) == exam.sheet(exam.draw(7))
    assert exam.key(exam.draw(7)) == exam.key(exam.draw(7))
    assert exam.sheet(exam.draw(7)) != exam.sheet(exam.draw(8))


def test_a_choice_of_lessons_keeps_the_numbers():
    whole = dict(exam.draw(5).asked)
    some = exam.draw(5, ["04", "02"])
    assert [question.lesson for question, _ in some.asked] == sorted(question.lesson for question, _ in some.asked)
    assert {question.lesson for question, _ in some.asked} == {"02", "04"}
    assert all(whole[question] == drawn for question, drawn in some.asked)


def test_a_few_of_each_lesson():
    chosen = {seed: [question.id for question, _ in exam.draw(seed, each=2).asked] for seed in range(6)}
    for ids in chosen.values():
        assert set(Counter(name[:2] for name in ids).values()) <= {1, 2}
    assert set(itertools.chain(*chosen.values())) == {question.id for question in BANK}  # all have their turn


def test_sheet_and_key_have_the_same_questions_and_the_points_add_up():
    drawn = exam.draw(2)
    heads = re.compile(r"^\*\*(\d+)\. (.+?)\*\* \((?:\d\d-\d, )?(\d) points?\)$", re.MULTILINE)
    asked, answered = heads.findall(exam.sheet(drawn)), heads.findall(exam.key(drawn))
    assert asked == answered
    assert len(asked) == len(BANK)
    assert sum(int(points) for _, _, points in asked) == drawn.points
    assert f"of {drawn.points} |" in exam.sheet(drawn)
    assert not [each.answer for _, each in drawn.asked if len(each.answer) > 8 and each.answer in exam.sheet(drawn)]


@pytest.mark.parametrize(
    ("seed", "lessons", "each", "said"),
    [(-1, (), None, "-1"), (0, ("13",), None, "'13'"), (0, (), 0, "got 0")],
)
def test_what_nobody_should_ask_for(seed, lessons, each, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        exam.draw(seed, lessons, each)


# --- the command ---


def test_the_command_writes_both(tmp_path, capsys):
    sheet, key = tmp_path / "exam.md", tmp_path / "key.md"
    assert main(["exam", "02", "--seed", "7", "-o", str(sheet), "--key", str(key)]) == 0
    drawn = exam.draw(7, ["02"])
    assert sheet.read_text(encoding="utf-8") == exam.sheet(drawn)
    assert key.read_text(encoding="utf-8") == exam.key(drawn)
    assert f"{len(drawn.asked)} questions" in capsys.readouterr().out
    # Neither is written over without being asked.
    sheet.unlink()
    assert main(["exam", "02", "--seed", "8", "-o", str(sheet), "--key", str(key)]) == 2
    assert "key.md exists; --force replaces it" in capsys.readouterr().err
    assert not sheet.exists()
    assert main(["exam", "02", "--seed", "8", "-o", str(sheet), "--key", str(key), "--force"]) == 0
    assert key.read_text(encoding="utf-8") == exam.key(exam.draw(8, ["02"]))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["99", "-o", "a.md"], "'99'"),
        (["-o", "a.md", "--key", "a.md"], "two files"),
        (["--seed", "-3", "-o", "a.md"], "-3"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(["exam", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# --- the key, worked out in other ways ---


def test_ratio():
    for each in drawn("00-1"):
        count, size = each.given["count"], each.given["size"]
        assert each.value[0] == pytest.approx(count * 32 / (size * 8))
        assert size == pytest.approx((1 - each.value[1] / 100) * 4 * count)


def test_parameters_of_a_layer():
    for each in drawn("01-1"):
        count = math.prod(each.given["shape"]) + each.given["shape"][0]
        assert each.value == (count, count * 4)


def test_mcnemar_by_all_throws():
    for each in drawn("01-2"):
        first, second = each.given["first"], each.given["second"]
        coins = first + second
        distance = abs(first - second)
        far = sum(abs(2 * sum(throw) - coins) >= distance for throw in itertools.product((0, 1), repeat=coins))
        assert each.value[2] == pytest.approx(far / 2**coins)


def test_bits_of_a_float_by_arithmetic():
    for each in drawn("01-3"):
        pattern, keep = each.given["pattern"], each.given["keep"]
        sign, exponent, fraction = pattern >> 31, (pattern >> 23 & 255) - 127, pattern & (1 << 23) - 1
        cut = fraction >> 23 - keep
        assert each.value == (-1) ** sign * (1 + cut / 2**keep) * 2.0**exponent


def test_mask_by_picking_one_after_another():
    for each in drawn("02-1"):
        left = [abs(value) for value in each.given["row"]]
        kept = []
        for _ in range(each.given["count"]):
            best = left.index(max(left))  # the first of equals
            kept.append(best)
            left[best] = -1.0
        assert each.value == tuple(sorted(kept))
        assert len({abs(value) for value in each.given["row"]}) == 9


def test_the_rule_for_equal_magnitudes_decides_every_other_time():
    [question] = [each for each in BANK if each.id == "02-1"]
    decides = 0
    for seed in range(200):
        each = question.drawn(seed)
        row, count = each.given["row"], each.given["count"]
        # By sorting, once with the first of equals in front and once with the last.
        first, last = (
            sorted(sorted(range(10), key=lambda place, sign=sign: (-abs(row[place]), sign * place))[:count])
            for sign in (1, -1)
        )
        assert each.value == tuple(first)
        assert ("one of them fits" in each.worked) == (first != last)
        decides += first != last
    assert 80 <= decides <= 120


def test_cubic_schedule():
    for each in drawn("02-3"):
        final, left = each.given["final"], 1 - each.given["progress"]
        assert each.value == pytest.approx(final + (1 - final) * left * left * left)


def test_csr_back_to_the_matrix():
    for each in drawn("03-1"):
        values, columns, starts = each.value
        for row, line in enumerate(each.given["matrix"]):
            entries = dict(
                zip(columns[starts[row] : starts[row + 1]], values[starts[row] : starts[row + 1]], strict=True)
            )
            assert line == [entries.get(column, 0) for column in range(len(line))]


def test_relative_index_by_walking():
    for each in drawn("03-2"):
        at, found = -1, []
        for gap, filler in zip(*each.value, strict=True):
            assert 0 <= gap < 2 ** each.given["bits"]
            at += gap + 1
            if not filler:
                found.append(at)
        assert found == [i for i, kept in enumerate(each.given["mask"]) if kept]
    assert any(any(each.value[1]) for each in drawn("03-2"))


def test_places_by_counting():
    for each in drawn("03-3"):
        assert each.value == tuple(i + sum(each.given["gaps"][: i + 1]) for i in range(len(each.given["gaps"])))


def test_fillers_of_a_file():
    for each in drawn("03-4"):
        entries = each.given["kept"] + each.given["fillers"]
        assert each.value[0] * 8 == entries * (32 + each.given["bits"])


def test_k_means_by_distances():
    for each in drawn("04-1"):
        codes, centroids, inertia = each.value
        values, start = each.given["values"], each.given["start"]
        assert list(codes) == [min(range(3), key=lambda k, v=v: abs(v - start[k])) for v in values]
        for k in range(3):
            assert centroids[k] == pytest.approx(np.mean([v for v, c in zip(values, codes, strict=True) if c == k]))
        assert inertia == pytest.approx(sum((v - centroids[c]) ** 2 for v, c in zip(values, codes, strict=True)))


def test_compression_rate():
    for each in drawn("04-2"):
        n, bits = each.given["count"], each.given["bits"]
        assert each.value == pytest.approx(32 * n / (n * bits + 32 * 2**bits))


def test_gradient_of_a_centroid():
    for each in drawn("04-3"):
        sums = [0.0] * 3
        for code, gradient in zip(each.given["codes"], each.given["gradients"], strict=True):
            sums[code] += gradient
        assert each.value[0] == pytest.approx(sums)
        assert each.value[1] == pytest.approx(np.array(each.given["centroids"]) - sums)


def test_scale_and_zero_point():
    for each in drawn("05-1"):
        low, high, bits = each.given["low"], each.given["high"], each.given["bits"]
        scale, zero = each.value
        assert scale * (2**bits - 1) == pytest.approx(high - low)
        assert abs((0 - zero) * scale - low) <= scale / 2 + 1e-6


def test_there_and_back():
    for each in drawn("05-2"):
        scale, zero = each.given["scale"], each.given["zero"]
        for x, integer, back in zip(each.given["x"], *each.value, strict=True):
            assert integer == min(range(256), key=lambda i, x=x: abs((i - zero) * scale - x))
            assert back == (integer - zero) * scale
        assert each.value[0][2] in (255,)


def test_groups():
    for each in drawn("05-3"):
        number = each.given["rows"] * len(range(0, each.given["columns"], each.given["size"]))
        assert each.value[0] == number
        assert each.value[1] * 8 == each.given["rows"] * each.given["columns"] * each.given["bits"] + 16 * number


def test_product_of_values():
    for each in drawn("06-1"):
        x = (np.array(each.given["x"]) - each.given["zero"]) * each.given["sx"]
        assert each.value[1] == float(x @ (np.array(each.given["w"]) * each.given["sw"]))


def test_requantized():
    for each in drawn("06-2"):
        mark = each.given["total"] * each.given["sx"] * each.given["sw"] / each.given["scale"]
        assert each.value == min(255, max(0, round(mark) + each.given["zero"]))


def test_accumulator():
    for each in drawn("06-3"):
        largest, bits = each.value
        assert -(2 ** (bits - 1)) <= -largest <= largest < 2 ** (bits - 1)
        assert largest >= 2 ** (bits - 2)
        assert largest == each.given["terms"] * each.given["most"] * 127


def huffman_bits(counts):
    """Bits of Huffman's code: the sum of all that is joined."""
    heap, total = [count for count in counts if count], 0
    heapq.heapify(heap)
    while len(heap) > 1:
        both = heapq.heappop(heap) + heapq.heappop(heap)
        total += both
        heapq.heappush(heap, both)
    return total


def test_above_the_floor():
    for each in drawn("07-1"):
        counts = each.given["counts"]
        floor = -sum(count * math.log2(count / sum(counts)) for count in counts)
        assert each.value[0] == pytest.approx((huffman_bits(counts) - floor) / 8)


def test_entropy():
    for each in drawn("07-2"):
        assert each.value[1] == huffman_bits(each.given["counts"])


def test_huffman_by_hand():
    for each in drawn("07-3"):
        lengths, total = each.value
        assert total == huffman_bits(each.given["counts"])
        assert sum(2.0**-length for length in lengths) == 1
        assert total == sum(length * count for length, count in zip(lengths, each.given["counts"], strict=True))


def test_canonical_codes_are_in_order():
    for each in drawn("07-4"):
        lengths, words = each.given["lengths"], each.value
        assert [len(word) for word in words] == lengths
        order = sorted(range(6), key=lambda symbol: (lengths[symbol], symbol))
        fractions = [int(words[symbol], 2) / 2 ** lengths[symbol] for symbol in order]
        sums = np.cumsum([0.0, *(2.0 ** -lengths[symbol] for symbol in order)])
        assert fractions == sums[:-1].tolist()  # each begins where the one before it ends


def test_decoded_bit_by_bit():
    for each in drawn("07-5"):
        lengths = each.given["lengths"]
        order = sorted(range(5), key=lambda symbol: (lengths[symbol], symbol))
        words, at = {}, 0.0
        for symbol in order:
            words[f"{int(at * 2 ** lengths[symbol]):0{lengths[symbol]}b}"] = "abcde"[symbol]
            at += 2.0 ** -lengths[symbol]
        found, word = "", ""
        for bit in each.given["bits"]:
            word += bit
            if word in words:
                found, word = found + words[word], ""
        assert (found, word) == (each.value, "")


def test_the_missing_codeword():
    for each in drawn("07-6"):
        assert (
            each.value[0] + 2.0 ** -each.value[1]
            == 1
            == sum(2.0**-x for x in each.given["lengths"]) + 2.0 ** -each.value[1]
        )


def test_varints():
    for each in drawn("08-1"):
        groups = [int(byte, 16) for byte in each.value.split()]
        assert sum((byte & 127) * 128**i for i, byte in enumerate(groups)) == each.given["number"]
        assert [byte >= 128 for byte in groups] == [True] * (len(groups) - 1) + [False]
    for each in drawn("08-2"):
        assert each.value == sum((byte & 127) * 128**i for i, byte in enumerate(each.given["bytes"]))


def test_parts_are_a_whole_file():
    sizes = {path.stat().st_size for path in datasets.checkpoint("").glob("*.dcz")}
    assert {each.value[0] for each in drawn("08-3")} <= sizes


def test_roofline():
    for each in drawn("09-1"):
        m, n, batch = (each.given[name] for name in ("m", "n", "batch"))
        assert each.value[0] == pytest.approx(1e3 * 4 * (m * n + batch * (m + n)) / (each.given["bandwidth"] * 1e9))
        assert each.value[1] == pytest.approx(1e3 * 2 * m * n * batch / (each.given["peak"] * 1e9))


def test_energy():
    for each in drawn("09-2"):
        assert each.value[2] == pytest.approx(640 / 5 / each.given["share"])
        assert each.value[0] == pytest.approx(each.given["weights"] * 640e-6)


def test_whole_neurons():
    for each in drawn("09-3"):
        a, b = each.given["first"], each.given["second"]
        assert each.value == 784 * a + a * b + b * 10


def test_grouped_convolution():
    for each in drawn("10-1"):
        seen = each.given["inputs"] // each.given["groups"]
        assert each.value == each.given["outputs"] * (seen * each.given["kernel"] ** 2 + 1)


def test_positions_and_fillers():
    for each in drawn("10-2"):
        d = each.given["density"]
        assert each.value[0] == pytest.approx(-d * math.log2(d) - (1 - d) * math.log2(1 - d))
        assert each.value[1] == pytest.approx(each.value[0] / d)
    for each in drawn("10-3"):
        q = (1 - each.given["density"]) ** 2 ** each.given["bits"]
        assert each.value == pytest.approx(sum(q**i for i in range(1, 2000)))


def test_floor_of_a_layer():
    for each in drawn("10-4"):
        row = each.given["row"]
        d = row["kept_pct"] / 100
        bits = -d * math.log2(d) - (1 - d) * math.log2(1 - d) + d * row["weight_bits_pqh"]
        assert each.value[0] == pytest.approx(row["weights"] * bits / 8)


def test_push_and_pop_by_columns():
    for each in drawn("11-1"):
        owners = [symbol for symbol, count in enumerate(each.given["table"]) for _ in range(count)]
        numbers = (x for x in itertools.count() if owners[x % len(owners)] == each.given["symbol"])
        assert each.value[0] == next(itertools.islice(numbers, each.given["state"], None))
    for each in drawn("11-2"):
        owners = [symbol for symbol, count in enumerate(each.given["table"]) for _ in range(count)]
        symbol = owners[each.given["state"] % len(owners)]
        before = sum(owners[x % len(owners)] == symbol for x in range(each.given["state"]))
        assert each.value == (symbol, before)


def test_one_bit_floor():
    for each in drawn("11-3"):
        size, kept = each.given["size"], each.given["kept"]
        assert each.value[0] == size / 8
        parts = [kept / size, 1 - kept / size]
        assert each.value[1] == pytest.approx(-size / 8 * sum(p * math.log2(p) for p in parts))


def test_learning_does_not_depend_on_the_order():
    """With counts that begin at 1, a text of n letters with k times b has the chance 1 / ((n + 1) * binomial(n, k))."""
    for each in drawn("11-4"):
        n, k = len(each.given["text"]), each.given["text"].count("b")
        assert each.value == pytest.approx(math.log2((n + 1) * math.comb(n, k)))


def test_priced_levels():
    for each in drawn("12-1"):
        counts, found = {-1: 1, 0: 1, 1: 1}, []
        for weight in each.given["weights"]:
            bits = {level: math.log2(sum(counts.values()) / count) for level, count in counts.items()}
            level = min(counts, key=lambda level, w=weight, b=bits: (w - level) ** 2 + each.given["price"] * b[level])
            counts[level] += 1
            found.append(level)
        assert each.value == tuple(found)


def test_candidates_by_densities():
    def density(x, mean, spread):
        return math.exp(-((x - mean) ** 2) / (2 * spread**2))

    for each in drawn("12-3"):
        means, spreads = each.given["means"], each.given["spreads"]
        quotients = [
            math.prod(density(x, m, s) / density(x, 0, 1) for x, m, s in zip(row, means, spreads, strict=True))
            for row in each.given["candidates"]
        ]
        assert each.value[0] == pytest.approx([math.log(quotient) for quotient in quotients])
        assert each.value[1] == quotients.index(max(quotients))
