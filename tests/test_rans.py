"""rANS: exact, close to the entropy, and the same as integers of any size, one lane after the other, would give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import huffman
from dc_lab.coding import rans


def one_lane(symbols, frequencies):
    """rANS as it is written on paper: one integer of any size, nothing given away."""
    total, starts = sum(frequencies), np.cumsum([0, *frequencies]).tolist()
    state = 1
    for symbol in reversed(symbols):
        whole, rest = divmod(state, frequencies[symbol])
        state = whole * total + starts[symbol] + rest
    return state


def decode_by_hand(states, words, frequencies, count):
    """Lane by lane and symbol by symbol, in Python integers, searching for each slot's symbol."""
    total, starts = sum(frequencies), np.cumsum([0, *frequencies]).tolist()
    states, words, out = list(states), list(words), []
    for first in range(0, count, len(states)):
        active = range(min(len(states), count - first))
        for lane in active:
            whole, slot = divmod(states[lane], total)
            symbol = next(s for s in range(len(frequencies)) if starts[s] <= slot < starts[s + 1])
            states[lane] = frequencies[symbol] * whole + slot - starts[symbol]
            out.append(symbol)
        for lane in active:
            if states[lane] < 2**16:
                states[lane] = states[lane] * 2**16 + words.pop(0)
    assert states == [2**16] * len(states)
    assert words == []
    return out


@st.composite
def streams(draw):
    """(symbols, frequencies, lanes): every alphabet from 2 to 300, skewed or not."""
    alphabet = draw(st.integers(2, 300))
    skew = draw(st.sampled_from([0.0, 1.0, 4.0, 12.0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    share = rng.random(alphabet) ** skew + 1e-9
    symbols = rng.choice(alphabet, draw(st.integers(0, 700)), p=share / share.sum()).astype(np.uint16)
    symbols = np.append(symbols, [0, alphabet - 1]).astype(np.uint16)
    counts = np.bincount(symbols, minlength=alphabet)
    least = int(np.count_nonzero(counts) - 1).bit_length()
    return symbols, rans.quantize(counts, draw(st.integers(max(least, 1), 16))), draw(st.integers(1, 90))


@given(streams())
def test_round_trip(stream):
    symbols, frequencies, lanes = stream
    states, words = rans.encode(symbols, frequencies, lanes)
    assert states.dtype == np.uint32
    assert words.dtype == np.uint16
    found = rans.decode(states, words, frequencies, len(symbols))
    assert found.dtype == (np.uint8 if len(frequencies) <= 256 else np.uint16)
    np.testing.assert_array_equal(found, symbols)


@given(streams())
@settings(max_examples=30)
def test_it_is_read_as_by_hand(stream):
    symbols, frequencies, lanes = stream
    states, words = rans.encode(symbols, frequencies, lanes)
    arguments = states.tolist(), words.tolist(), frequencies.tolist(), len(symbols)
    assert decode_by_hand(*arguments) == symbols.tolist()


@given(streams())
@settings(max_examples=50)
def test_the_plain_loops_give_the_same(stream):
    symbols, frequencies, lanes = stream
    states, words = rans.encode(symbols, frequencies, lanes)
    plain_states, plain_words = rans.encode_by_loop(symbols, frequencies, lanes)
    assert (plain_states.dtype, plain_words.dtype) == (np.uint32, np.uint16)
    assert (plain_states.tolist(), plain_words.tolist()) == (states.tolist(), words.tolist())
    found = rans.decode_by_loop(states, words, frequencies, len(symbols))
    assert found.dtype == rans.decode(states, words, frequencies, len(symbols)).dtype
    assert found.tolist() == symbols.tolist()


@given(streams())
@settings(max_examples=40)
def test_one_lane_costs_what_one_large_integer_does(stream):
    """Giving bits away early costs a few bits at most, against the integer that holds the whole stream."""
    symbols, frequencies, _ = stream
    states, words = rans.encode(symbols, frequencies, 1)
    exact = one_lane(symbols.tolist(), frequencies.tolist()).bit_length()
    ours = int(states[0]).bit_length() + 16 * len(words)
    assert exact - 2 <= ours <= exact + 18 + 0.002 * exact


@given(streams())
def test_frequencies_are_those_of_the_counts(stream):
    symbols, frequencies, _ = stream
    counts = np.bincount(symbols, minlength=len(frequencies))
    total = int(frequencies.sum())
    assert total & (total - 1) == 0
    np.testing.assert_array_equal(frequencies > 0, counts > 0)
    order = np.argsort(counts, kind="stable")
    assert (np.diff(frequencies[order].astype(int)) >= -1).all(), "a symbol that occurs more often has less"


@given(st.lists(st.integers(0, 40), min_size=3, max_size=4).filter(lambda c: sum(n > 0 for n in c) > 1))
@settings(max_examples=60)
def test_frequencies_cost_hardly_more_than_the_best_of_all(counts):
    """Against every way to share 16 slots."""
    counts = np.array(counts)
    used = np.flatnonzero(counts)

    def shares(left, number):
        if number == 1:
            yield (left,)
        else:
            for first in range(1, left - number + 2):
                yield from ((first, *rest) for rest in shares(left - first, number - 1))

    best = min(rans.cost(counts[used], np.array(share)) for share in shares(16, len(used)))
    assert rans.cost(counts, rans.quantize(counts, 4)) <= 1.03 * best + 1e-9


def drawn(name, number, rng):
    match name:
        case "codes of 16":
            return np.minimum(rng.geometric(0.25, number) - 1, 15)
        case "two symbols":
            return rng.random(number) < 0.3
        case "99.9 %":
            return rng.random(number) > 0.999
        case "gaps":
            return np.minimum(rng.geometric(0.03, number) - 1, 511)
        case "uniform 2**16":
            return rng.integers(0, 2**16, number)
    raise ValueError(name)


@pytest.mark.parametrize("name", ["codes of 16", "two symbols", "99.9 %", "gaps", "uniform 2**16"])
def test_within_one_percent_of_the_entropy(name, rng):
    number = 400_000
    symbols = drawn(name, number, rng).astype(np.uint16)
    counts = np.bincount(symbols)
    precision = 16 if len(counts) > 2**12 else 14
    frequencies = rans.quantize(counts, precision)
    entropy = huffman.entropy(counts) * number
    lanes = 2 ** int(np.log2(max(entropy / 8000, 64)))
    states, words = rans.encode(symbols, frequencies, lanes)
    np.testing.assert_array_equal(rans.decode(states, words, frequencies, number), symbols)
    assert rans.cost(counts, frequencies) < (1.01 if precision == 16 else 1.002) * entropy
    # A lane begins with 16 bits that say nothing; what it ends with is worth half of the other 16 on average.
    assert 32 * lanes + 16 * len(words) < rans.cost(counts, frequencies) + 26 * lanes
    if name == "99.9 %":  # too short for so many lanes, but Huffman's code would take a bit for each symbol
        assert 32 * lanes + 16 * len(words) < 0.02 * number
    else:
        assert 0.99 * entropy < 32 * lanes + 16 * len(words) < 1.01 * entropy


@pytest.mark.slow
def test_the_size_is_that_of_constriction(rng):
    constriction = pytest.importorskip("constriction")
    symbols = drawn("codes of 16", 100_000, rng)
    counts = np.bincount(symbols)
    frequencies = rans.quantize(counts, 14)
    states, words = rans.encode(symbols.astype(np.uint8), frequencies, 1)
    model = constriction.stream.model.Categorical((counts / counts.sum()).astype(np.float32), perfect=False)
    coder = constriction.stream.stack.AnsCoder()
    coder.encode_reverse(symbols.astype(np.int32), model)
    assert 32 * len(states) + 16 * len(words) == pytest.approx(32 * len(coder.get_compressed()), rel=0.001)


def test_nothing_and_little():
    frequencies = rans.quantize(np.array([1, 0, 3]), 2)
    assert frequencies.tolist() == [1, 0, 3]
    states, words = rans.encode(np.zeros(0, np.uint8), frequencies, 3)
    assert (states.tolist(), words.tolist()) == ([2**16] * 3, [])
    assert rans.decode(states, words, frequencies, 0).tolist() == []
    states, words = rans.encode(np.array([2, 0, 2], np.uint8), frequencies, 50)
    assert rans.decode(states, words, frequencies, 3).tolist() == [2, 0, 2]


def test_counts_beyond_32_bits():
    frequencies = rans.quantize(np.array([2**40, 2**41, 1]), 10)
    assert frequencies.sum() == 1024
    assert frequencies[2] == 1
    assert frequencies[1] == pytest.approx(2 * frequencies[0], abs=2)


@pytest.mark.parametrize(
    ("counts", "precision", "message"),
    [
        ([1, 1], 0, "precision must be from 1 to 16, got 0"),
        ([1, 1], 17, "precision must be from 1 to 16, got 17"),
        ([5, 0], 4, "from 2 to 16 symbols fit a precision of 4, got 1"),
        ([1] * 5, 2, "from 2 to 4 symbols fit a precision of 2, got 5"),
    ],
)
def test_what_has_no_frequencies(counts, precision, message):
    with pytest.raises(ValueError, match=message.replace("*", r"\*")):
        rans.quantize(np.array(counts), precision)


def test_what_cannot_be_encoded():
    frequencies = np.array([1, 0, 3], np.uint32)
    with pytest.raises(ValueError, match="symbol 1 has frequency 0"):
        rans.encode(np.array([0, 1]), frequencies, 1)
    with pytest.raises(ValueError, match="symbol 3 has no frequency: the table has 3"):
        rans.encode(np.array([0, 3]), frequencies, 1)
    with pytest.raises(ValueError, match="lanes must be 1 or more, got 0"):
        rans.encode(np.array([0]), frequencies, 0)
    for table in ([1, 2], [4], [0, 0], [2**16, 2**16]):
        with pytest.raises(ValueError, match="must sum to a power of 2 up to 65536"):
            rans.encode(np.array([0]), np.array(table), 1)


@given(streams(), st.data())
def test_whatever_is_changed_is_refused(stream, data):
    """A changed word or state, a word more or less, another number of symbols: none is another encoding."""
    symbols, frequencies, lanes = stream
    states, words = (part.copy() for part in rans.encode(symbols, frequencies, lanes))
    count = len(symbols)
    kind = data.draw(st.integers(0, 3))
    if kind == 0:
        states[data.draw(st.integers(0, lanes - 1))] ^= 1 << data.draw(st.integers(0, 31))
    elif kind == 1:
        words = np.append(words, np.uint16(7)) if data.draw(st.booleans()) or not len(words) else words[:-1]
    elif kind == 2 and len(words):
        words[data.draw(st.integers(0, len(words) - 1))] ^= 1 << data.draw(st.integers(0, 15))
    else:
        count += data.draw(st.sampled_from([-1, 1, lanes]))
    try:
        found = rans.decode(states, words, frequencies, count)
    except ValueError:
        return
    again = rans.encode(found, frequencies, lanes)
    np.testing.assert_array_equal(again[0], states)
    np.testing.assert_array_equal(again[1], words)
