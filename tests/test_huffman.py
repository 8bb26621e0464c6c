"""Huffman: optimal against all prefix codes there are, canonical, and decoded as a reader bit by bit would."""

import heapq
import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from dc_lab import huffman
from dc_lab.coding import lanes


def best_cost(counts, limit):
    """Least sum of count x length over all length vectors that Kraft's inequality allows: every prefix code."""
    lengths = itertools.product(range(1, limit + 1), repeat=len(counts))
    allowed = (code for code in lengths if sum(2.0**-length for length in code) <= 1)
    return min(sum(c * length for c, length in zip(counts, code, strict=True)) for code in allowed)


def heap_cost(counts):
    """Huffman's own construction: join the two rarest until one is left; the cost is the sum of all joins."""
    heap = [int(count) for count in counts if count]
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        cost += joined
        heapq.heappush(heap, joined)
    return cost


def kraft(lengths):
    return sum(2.0 ** -int(length) for length in lengths if length)


def decode_bit_by_bit(payload, lengths, count):
    """Read single bits until they make a code word."""
    codes = huffman.canonical_codes(lengths)
    words = {(int(lengths[s]), int(codes[s])): s for s in np.flatnonzero(lengths).tolist()}
    stream = (byte >> (7 - bit) & 1 for byte in payload for bit in range(8))
    out, length, code = [], 0, 0
    while len(out) < count:
        length, code = length + 1, code << 1 | next(stream)
        if (length, code) in words:
            out.append(words[length, code])
            length, code = 0, 0
    return out


small_counts = st.lists(st.one_of(st.integers(1, 6), st.integers(1, 10**6)), min_size=2, max_size=5)
some_counts = st.lists(st.one_of(st.integers(0, 6), st.integers(0, 10**9)), max_size=60)


# --- the code lengths ---


@given(small_counts, st.integers(1, 5))
def test_cost_is_the_least_of_all_prefix_codes(counts, limit):
    lengths = huffman.code_lengths(np.array(counts), limit)
    allowed = max(limit, math.ceil(math.log2(len(counts))))
    assert lengths.max() <= allowed
    assert int(np.dot(counts, lengths.astype(int))) == best_cost(counts, allowed)


def test_cost_is_the_least_where_the_limit_bites():
    counts = [1, 1, 2, 3, 5, 8, 13]
    unlimited = int(np.dot(counts, huffman.code_lengths(np.array(counts)).astype(int)))
    costs = []
    for limit in (3, 4, 5, 6):
        lengths = huffman.code_lengths(np.array(counts), limit)
        assert lengths.max() == limit
        costs.append(int(np.dot(counts, lengths.astype(int))))
        if limit < 6:
            assert costs[-1] == best_cost(counts, limit)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == unlimited == heap_cost(counts)


@given(some_counts)
def test_without_a_limit_that_bites_it_is_huffmans_code(counts):
    counts = np.array(counts, np.int64)
    lengths = huffman.code_lengths(counts, 16)
    if np.count_nonzero(counts) > 1 and lengths.max(initial=0) < 16:
        assert int(np.dot(counts, lengths.astype(np.int64))) == heap_cost(counts)


@given(st.one_of(some_counts, st.lists(st.integers(0, 3), max_size=40)), st.integers(1, 16))
def test_merging_the_two_rarest_gives_the_same_code_where_the_limit_does_not_bite(counts, limit):
    counts = np.array(counts, np.int64)
    merged = huffman.code_lengths_by_merging(counts)
    assert merged.dtype == np.uint8
    if np.count_nonzero(counts) > 1:
        assert int(np.dot(counts, merged.astype(np.int64))) == heap_cost(counts)
    if merged.max(initial=0) <= limit:
        np.testing.assert_array_equal(huffman.code_lengths(counts, limit), merged)


def test_merging_has_no_limit():
    """Counts of Fibonacci make the longest codes; package-merge keeps to its limit and pays for it."""
    counts = [1, 1]
    while len(counts) < 40:
        counts.append(sum(counts[-2:]))
    merged, limited = huffman.code_lengths_by_merging(np.array(counts)), huffman.code_lengths(np.array(counts), 16)
    assert merged.max() == 39
    assert limited.max() == 16
    assert int(np.dot(counts, merged.astype(int))) == heap_cost(counts) < int(np.dot(counts, limited.astype(int)))


@given(some_counts, st.integers(1, 16))
def test_lengths_fill_the_tree_and_fall_with_frequency(counts, limit):
    counts = np.array(counts, np.int64)
    lengths = huffman.code_lengths(counts, limit)
    assert lengths.dtype == np.uint8
    np.testing.assert_array_equal(lengths > 0, counts > 0)
    present = np.count_nonzero(counts)
    if present == 1:
        assert lengths.max() == 1
    elif present > 1:
        assert kraft(lengths) == 1
        assert lengths.max() <= max(limit, math.ceil(math.log2(present)))
        assert huffman.is_complete(lengths)
    for more, fewer in itertools.combinations(sorted(zip(counts, lengths, strict=True), reverse=True), 2):
        if more[0] > fewer[0] > 0:
            assert more[1] <= fewer[1], "a rarer symbol has the shorter code"


@given(st.lists(st.integers(0, 2**60 // 7), min_size=2, max_size=12), st.sampled_from([4, 5, 8, 16]))
def test_counts_that_int64_cannot_add_up_get_the_code_of_smaller_ones(counts, limit):
    """The sums on the way to the lengths go far beyond the counts. A common factor changes no code."""
    small, large = np.array(counts, np.int64), np.array([7 * count for count in counts], np.uint64) * np.uint64(8)
    np.testing.assert_array_equal(huffman.code_lengths(large, limit), huffman.code_lengths(small, limit))
    np.testing.assert_array_equal(huffman.code_lengths_by_merging(large), huffman.code_lengths_by_merging(small))


@pytest.mark.parametrize(
    "counts",
    [
        np.array([2**62] * 3 + [1]),
        np.array([2**63 - 1] * 5),
        np.array([2**64 - 1, 2**64 - 1, 2**63, 1, 0], np.uint64),
        np.array([1, 1, 1, 2**62 - 3]),
        2 ** np.arange(63),
    ],
)
def test_the_largest_counts(counts):
    lengths = huffman.code_lengths(counts, 16)
    cost = sum(int(count) * int(length) for count, length in zip(counts, lengths, strict=True))
    assert kraft(lengths) == 1
    assert huffman.is_complete(lengths)
    if huffman.code_lengths_by_merging(counts).max() <= 16:
        assert cost == heap_cost(counts)
    assert huffman.mean_length(counts, lengths) == cost / sum(map(int, counts))
    assert -1e-9 <= huffman.redundancy(counts, lengths) <= 1  # 1 by rounding only


def test_redundancy_where_it_reaches_one_bit_and_more():
    assert huffman.redundancy(np.array([0, 5]), np.array([0, 1])) == 1  # a lone symbol
    counts = np.array([2**40] + [1] * 4095)
    assert huffman.redundancy(counts, huffman.code_lengths(counts, 12)) == pytest.approx(12, abs=1e-6)


@given(some_counts)
def test_redundancy_is_below_one_bit(counts):
    counts = np.array(counts, np.int64)
    lengths = huffman.code_lengths(counts, 16)
    if np.count_nonzero(counts) > 1 and lengths.max() < 16:
        assert -1e-9 <= huffman.redundancy(counts, lengths) < 1


def test_redundancy_of_powers_of_two_is_none():
    counts = np.array([8, 4, 2, 1, 1])
    lengths = huffman.code_lengths(counts)
    assert lengths.tolist() == [1, 2, 3, 4, 4]
    assert huffman.redundancy(counts, lengths) == pytest.approx(0, abs=1e-12)


@given(some_counts)
def test_entropy_is_that_of_scipy(counts):
    counts = np.array(counts, np.int64)
    if counts.any():
        assert huffman.entropy(counts) == pytest.approx(scipy.stats.entropy(counts, base=2), abs=1e-9)
    else:
        assert huffman.entropy(counts) == 0


def test_mean_length_counts_each_symbol_as_often_as_it_occurs():
    assert huffman.mean_length(np.array([3, 1, 0]), np.array([1, 2, 7])) == pytest.approx(5 / 4)
    assert huffman.mean_length(np.zeros(3, int), np.ones(3, int)) == 0


def test_equal_counts_get_a_fixed_width_code():
    assert huffman.code_lengths(np.full(32, 7)).tolist() == [5] * 32
    assert huffman.code_lengths(np.full(2**16, 1), 12).tolist() == [16] * 2**16


def test_lengths_of_a_large_alphabet_are_optimal(rng):
    counts = (20 + rng.geometric(0.01, 3000)) * rng.integers(0, 3, 3000)
    lengths = huffman.code_lengths(counts, 16)
    assert int(np.dot(counts, lengths.astype(np.int64))) == heap_cost(counts)


@pytest.mark.parametrize(
    ("counts", "limit", "message"),
    [
        ([1, 2], 0, "limit must be from 1 to 16"),
        ([1, 2], 17, "limit must be from 1 to 16"),
        ([1, -2], 12, "counts must not be negative, got -2"),
        (np.ones(2**16 + 1, int), 12, "at most 65536 symbols, got 65537"),
    ],
)
def test_code_lengths_refuses(counts, limit, message):
    with pytest.raises(ValueError, match=message):
        huffman.code_lengths(np.array(counts), limit)


# --- the codes ---


@given(some_counts, st.integers(1, 16))
def test_canonical_codes_are_prefix_free_and_in_order(counts, limit):
    lengths = huffman.code_lengths(np.array(counts, np.int64), limit)
    codes = huffman.canonical_codes(lengths)
    used = sorted((int(lengths[s]), s) for s in np.flatnonzero(lengths))
    words = [format(codes[s], f"0{length}b") for length, s in used]
    assert all(len(word) == length for word, (length, _) in zip(words, used, strict=True))
    # Sorted as text, a word that begins another stands right before one that it begins.
    assert words == sorted(words)
    assert not any(later.startswith(word) for word, later in itertools.pairwise(words))
    if words:
        assert set(words[0]) == {"0"}
    for word, later in itertools.pairwise(words):
        assert int(later, 2) == (int(word, 2) + 1) << (len(later) - len(word))


def test_the_codes_of_an_example():
    """Deflate's specification, RFC 1951, section 3.2.2: eight symbols A to H."""
    lengths = np.array([3, 3, 3, 3, 3, 2, 4, 4])
    codes = huffman.canonical_codes(lengths)
    words = [format(code, f"0{length}b") for code, length in zip(codes, lengths, strict=True)]
    assert words == ["010", "011", "100", "101", "110", "00", "1110", "1111"]


@pytest.mark.parametrize(
    ("lengths", "complete"),
    [
        ([1, 1], True),
        ([1], True),
        ([0, 1, 0], True),
        ([2], False),
        ([1, 2], False),
        ([1, 1, 1], False),
        ([1, 2, 2], True),
        ([], False),
        ([0, 0], False),
        ([17] * 2, False),
        ([1, 1, 17], False),
    ],
)
def test_is_complete(lengths, complete):
    assert huffman.is_complete(np.array(lengths, np.uint8)) is complete


# --- there and back ---


@st.composite
def streams(draw):
    """Symbols over an alphabet, sized around the borders of lanes."""
    alphabet = draw(st.sampled_from([1, 2, 3, 17, 256, 300]))
    lane = draw(st.integers(1, 12))
    count = max(0, lane * draw(st.integers(0, 14)) + draw(st.integers(-1, 1)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    skew = draw(st.sampled_from([0.05, 0.3, 1.0]))
    symbols = np.minimum((alphabet * rng.random(count) ** (1 / skew)).astype(np.int64), alphabet - 1)
    limit = draw(st.sampled_from([9, 12, 16]))
    return alphabet, lane, symbols, limit


@given(streams())
def test_round_trip_and_both_decoders_agree_with_reading_bit_by_bit(case):
    alphabet, lane, symbols, limit = case
    counts = np.bincount(symbols, minlength=alphabet)
    lengths = huffman.code_lengths(counts, limit)
    payload, lane_bits = huffman.encode(symbols, lengths, lane)
    assert payload == huffman.encode_by_loop(symbols, lengths)
    total = int(np.dot(counts, lengths.astype(int)))
    assert int(lane_bits.sum()) == total
    assert len(payload) == math.ceil(total / 8)
    expected = [int(lengths[symbols[i : i + lane]].sum()) for i in range(0, len(symbols), lane)]
    assert lane_bits.tolist() == expected
    back = huffman.decode(payload, lengths, len(symbols), lane, lane_bits)
    assert back.tolist() == symbols.tolist() == decode_bit_by_bit(payload, lengths, len(symbols))
    assert back.dtype == (np.uint8 if alphabet <= 256 else np.uint16)
    if len(symbols) and np.count_nonzero(lengths) > 1:
        in_lanes = lanes.decode(payload, lengths, huffman.decoding_table(lengths), len(symbols), lane, lane_bits)
        from_the_front = huffman.decode_front(payload, lengths, len(symbols), lane, lane_bits)
        for one in (in_lanes, from_the_front):
            assert one.tolist() == symbols.tolist()
            assert one.dtype == back.dtype


@pytest.mark.parametrize("lane", [256, 70_000, 131_072])
def test_an_alphabet_of_65536(lane, rng):
    symbols = np.concatenate([rng.permutation(2**16), rng.integers(0, 50, 2**16)]).astype(np.uint16)
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=2**16), 16)
    payload, lane_bits = huffman.encode(symbols, lengths, lane)
    back = huffman.decode(payload, lengths, len(symbols), lane, lane_bits)
    np.testing.assert_array_equal(back, symbols)
    assert back.dtype == np.uint16


def test_the_longest_codes_read_through_one_window(rng):
    """Codes of 16 bits, two in a gather of 33, from every bit offset."""
    counts = np.append(2 ** np.arange(15, 0, -1), [1, 1])
    lengths = huffman.code_lengths(counts, 16)
    assert lengths.max() == 16
    symbols = rng.permutation(np.repeat(np.arange(len(counts)), 40))
    payload, lane_bits = huffman.encode(symbols, lengths, 9)
    np.testing.assert_array_equal(huffman.decode(payload, lengths, len(symbols), 9, lane_bits), symbols)
    np.testing.assert_array_equal(decode_bit_by_bit(payload, lengths, len(symbols)), symbols)


@pytest.mark.parametrize("alphabet", [0, 1, 4, 300])
def test_an_empty_stream(alphabet):
    """No symbols, hence no code: all lengths 0."""
    lengths = huffman.code_lengths(np.zeros(alphabet, np.int64))
    payload, lane_bits = huffman.encode(np.zeros(0, np.uint8), lengths, 1)
    assert (payload, lane_bits.tolist()) == (b"", [])
    assert huffman.decode(payload, lengths, 0, 1, lane_bits).tolist() == []


@pytest.mark.parametrize("count", [1, 7, 8, 9, 1000])
def test_a_single_symbol_takes_one_bit_each(count):
    symbols = np.full(count, 3, np.uint8)
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=5))
    payload, lane_bits = huffman.encode(symbols, lengths, 4)
    assert payload == bytes(math.ceil(count / 8))
    assert huffman.decode(payload, lengths, count, 4, lane_bits).tolist() == [3] * count


def test_reads_from_a_memoryview(rng):
    symbols = rng.integers(0, 9, 500)
    lengths = huffman.code_lengths(np.bincount(symbols))
    for lane in (10, 500):
        payload, lane_bits = huffman.encode(symbols, lengths, lane)
        view = memoryview(b"?" + payload + b"?")[1:-1]
        np.testing.assert_array_equal(huffman.decode(view, lengths, 500, lane, lane_bits), symbols)


# --- what is refused ---


@pytest.mark.parametrize(
    ("symbols", "lengths", "lane", "message"),
    [
        ([0, 1], [1, 1], 0, "lane must be 1 or more"),
        ([0, 2], [1, 1], 1, "symbol 2 has no code: the table has 2"),
        ([0, 1], [1, 0, 1], 1, "symbol 1 has no code: its length is 0"),
        ([0], [], 1, "symbol 0 has no code"),
    ],
)
def test_encode_refuses(symbols, lengths, lane, message):
    with pytest.raises(ValueError, match=message):
        huffman.encode(np.array(symbols), np.array(lengths, np.uint8), lane)


@pytest.fixture(params=[5, 50], ids=["lanes", "front"])
def stream(request, rng):
    symbols = rng.geometric(0.4, 99) % 7
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=7))
    payload, lane_bits = huffman.encode(symbols, lengths, request.param)
    assert lane_bits.sum() % 8  # there is padding
    return payload, lengths, 99, request.param, lane_bits


def test_decode_refuses_codes_that_do_not_fill_the_tree(stream):
    payload, lengths, count, lane, lane_bits = stream
    for wrong in (np.zeros(7, np.uint8), np.full(7, 3, np.uint8), lengths[:-1], lengths + np.uint8(1), lengths * 9):
        with pytest.raises(ValueError, match="not those of a complete prefix code"):
            huffman.decode(payload, wrong, count, lane, lane_bits)
    with pytest.raises(ValueError, match="not those of a complete prefix code"):
        huffman.decoding_table(np.array([1, 2, 3], np.uint8))


def test_decode_refuses_wrong_lanes(stream):
    payload, lengths, count, lane, lane_bits = stream
    for wrong_lane, wrong_bits in ((lane, lane_bits[:-1]), (0, lane_bits), (lane + 1000, lane_bits)):
        with pytest.raises(ValueError, match="do not make"):
            huffman.decode(payload, lengths, count, wrong_lane, wrong_bits)
    moved = lane_bits.copy()
    moved[:2] += [1, -1]
    with pytest.raises(ValueError, match=r"lane 0 ends at bit \d+ instead of"):
        huffman.decode(payload, lengths, count, lane, moved)
    last = lane_bits.copy()
    last[-2:] += [-1, 1]
    with pytest.raises(ValueError, match=rf"lane {len(last) - 2} ends at bit"):
        huffman.decode(payload, lengths, count, lane, last)


def test_decode_refuses_a_payload_of_another_size(stream):
    payload, lengths, count, lane, lane_bits = stream
    for wrong in (payload[:-1], payload + b"\0", b""):
        with pytest.raises(ValueError, match="do not fill"):
            huffman.decode(wrong, lengths, count, lane, lane_bits)
    with pytest.raises(ValueError, match="do not fit"):
        huffman.decode(bytes(1), np.array([1, 1], np.uint8), 9, 9, np.array([8]))


def test_decode_refuses_padding_that_is_not_zero(stream):
    payload, lengths, count, lane, lane_bits = stream
    with pytest.raises(ValueError, match="padding"):
        huffman.decode(payload[:-1] + bytes([payload[-1] | 1]), lengths, count, lane, lane_bits)


def test_decode_refuses_ones_in_a_stream_of_a_single_symbol():
    lengths = np.array([0, 1], np.uint8)
    for payload, lane_bits in ((b"\x40", [8]), (b"\0\0", [9])):
        with pytest.raises(ValueError, match="single symbol"):
            huffman.decode(payload, lengths, 8, 8, np.array(lane_bits))


@pytest.mark.slow
@given(st.data())
def test_decode_of_anything_is_symbols_or_a_value_error(data):
    """What does not belong together is refused; what is returned encodes to the very same payload and lanes."""
    lengths = huffman.code_lengths(np.array(data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=20))))
    count, lane = data.draw(st.integers(0, 40)), data.draw(st.integers(1, 8))
    payload = data.draw(st.binary(max_size=12))
    lanes = -(-count // lane)
    lane_bits = np.array(data.draw(st.lists(st.integers(-20, 40), min_size=lanes, max_size=lanes)), np.int64)
    if lanes:  # mostly let the total be right, so that the later checks are reached
        lane_bits[-1] += data.draw(st.booleans()) * (8 * len(payload) - lane_bits.sum())
    try:
        symbols = huffman.decode(payload, lengths, count, lane, lane_bits)
    except ValueError:
        return
    again, again_bits = huffman.encode(symbols, lengths, lane)
    assert (again, again_bits.tolist()) == (payload, lane_bits.tolist())


@given(st.data())
def test_an_altered_stream_never_decodes_to_the_same_symbols(data):
    alphabet, lane, symbols, limit = data.draw(streams())
    if len(symbols) == 0:
        return
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=alphabet), limit)
    payload, lane_bits = huffman.encode(symbols, lengths, lane)
    bit = data.draw(st.integers(0, 8 * len(payload) - 1))
    altered = bytearray(payload)
    altered[bit // 8] ^= 1 << bit % 8
    try:
        back = huffman.decode(bytes(altered), lengths, len(symbols), lane, lane_bits)
    except ValueError:
        return
    assert back.tolist() == decode_bit_by_bit(bytes(altered), lengths, len(symbols))
    assert back.tolist() != symbols.tolist()
