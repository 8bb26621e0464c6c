"""`coding.fast`: the same bytes and symbols as the plain forms, whatever the code, the lanes and the threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab import huffman
from dc_lab.coding import fast

NEVER = 1 << 60


@pytest.fixture
def small(monkeypatch):
    """Pieces, blocks and hops so small that short streams have many, and threads for every stream."""
    for name, value in {
        "LONG": 0, "PIECE": 64, "BLOCK_LANES": 40, "BLOCK_SYMBOLS": 300, "ENTRIES": 200, "FEW": 4, "HOP_BYTES": 40,
    }.items():  # fmt: skip
        monkeypatch.setattr(fast, name, value)


@pytest.fixture(autouse=True, scope="module")
def also_short_ones():
    """Every stream, however short, goes through `coding.fast` first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "SHORT", 0)
        yield


def answer(function, *arguments):
    """What a function of `huffman` gives, or the words of its ValueError."""
    try:
        return function(*arguments)
    except ValueError as error:
        return str(error)


def plain(function, *arguments):
    """The same from its plain form alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "SHORT", NEVER)
        return answer(function, *arguments)


def draw_code(draw, symbols: int, longest: int) -> np.ndarray:
    """Lengths of any complete code of so many symbols: leaves of a tree, split at random."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    lengths = [1, 1]
    deep = draw(st.booleans())
    while len(lengths) < symbols:
        open_leaves = [i for i, length in enumerate(lengths) if length < longest]
        if not open_leaves:
            break
        i = open_leaves[-1] if deep and rng.random() < 0.9 else int(rng.choice(open_leaves))
        lengths[i] += 1
        lengths.append(lengths[i])
    return np.array(lengths, np.uint8)[rng.permutation(len(lengths))]


@st.composite
def streams(draw):
    """(symbols, lengths, lane): any complete code with gaps in its alphabet, symbols as frequent as in it or not."""
    used = draw_code(draw, draw(st.sampled_from([2, 3, 5, 16, 33, 100])), draw(st.sampled_from([7, 12, 16])))
    alphabet = max(draw(st.sampled_from([0, 40, 255, 256, 257, 300, 2**16])), len(used))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    where = np.sort(rng.permutation(alphabet)[: len(used)])
    lengths = np.zeros(alphabet, np.uint8)
    lengths[where] = used
    lane = draw(st.integers(1, 40))
    count = lane * draw(st.integers(0, 60)) + draw(st.integers(0, lane))
    share = 0.5**used if draw(st.booleans()) else np.ones(len(used))
    symbols = rng.choice(where, count, p=share / share.sum()).astype(np.uint8 if alphabet <= 256 else np.uint16)
    return symbols, lengths, lane


# --- there and back ---


@given(streams())
def test_bytes_and_symbols_are_those_of_the_plain_forms(case):
    symbols, lengths, lane = case
    codes = huffman.canonical_codes(lengths)
    payload, lane_bits = plain(huffman.encode, symbols, lengths, lane)
    made = fast.encode(symbols, codes, lengths, lane)
    assert (made is None) == (len(symbols) == 0 or (lane < len(symbols) and lane % 4 != 0))
    if made is not None:
        assert made[0] == payload
        assert made[1].tolist() == lane_bits.tolist()
        assert made[1].dtype == np.int64
    if len(symbols):
        back = fast.decode(payload, lengths, len(symbols), lane, lane_bits)
        assert back.dtype == symbols.dtype
        np.testing.assert_array_equal(back, symbols)
    np.testing.assert_array_equal(answer(huffman.decode, payload, lengths, len(symbols), lane, lane_bits), symbols)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.usefixtures("small")
def test_any_number_of_threads_and_pieces_gives_the_same(threads):
    @given(streams())
    def agree(case):
        symbols, lengths, lane = case
        payload, lane_bits = plain(huffman.encode, symbols, lengths, lane)
        made = fast.encode(symbols, huffman.canonical_codes(lengths), lengths, lane, threads)
        if made is not None:
            assert (made[0], made[1].tolist()) == (payload, lane_bits.tolist())
        if len(symbols):
            back = fast.decode(payload, lengths, len(symbols), lane, lane_bits, threads)
            np.testing.assert_array_equal(back, symbols)

    agree()


@pytest.mark.parametrize("alphabet", [2, 17, 255, 256, 257, 5000, 2**16 - 1, 2**16])
@pytest.mark.parametrize("skew", [1, 30])
def test_alphabets_of_every_size(alphabet, skew, rng):
    """Thousands of lanes, the last one short; the codes that `code_lengths` gives, up to 16 bits."""
    count = 4 * 20_000 + 3
    symbols = (alphabet * rng.random(count) ** skew).astype(np.uint8 if alphabet <= 256 else np.uint16)
    symbols[:alphabet] = np.arange(min(alphabet, count))
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=alphabet), 16)
    for lane in (8, 256, 4096):
        payload, lane_bits = plain(huffman.encode, symbols, lengths, lane)
        again, again_bits = fast.encode(symbols, huffman.canonical_codes(lengths), lengths, lane)
        assert again == payload
        np.testing.assert_array_equal(again_bits, lane_bits)
        back = fast.decode(payload, lengths, count, lane, lane_bits)
        if alphabet == 2**16:
            assert back is None  # no number is left to stand for a hole
            back = huffman.decode(payload, lengths, count, lane, lane_bits)
        assert back.dtype == symbols.dtype
        np.testing.assert_array_equal(back, symbols)


@pytest.mark.parametrize("count", [fast.LONG - 1, fast.LONG, fast.BLOCK_SYMBOLS + 1001])
def test_a_long_stream_in_one_thread_or_four(count, rng):
    symbols = np.minimum(rng.geometric(0.25, count), 32).astype(np.uint8)
    lengths = huffman.code_lengths(np.bincount(symbols))
    lane = 1024
    payload, lane_bits = plain(huffman.encode, symbols, lengths, lane)
    for threads in (1, 2, 4, None):
        again, again_bits = fast.encode(symbols, huffman.canonical_codes(lengths), lengths, lane, threads)
        assert again == payload
        np.testing.assert_array_equal(again_bits, lane_bits)
        np.testing.assert_array_equal(fast.decode(payload, lengths, count, lane, lane_bits, threads), symbols)


def test_one_lane_of_many_hops(rng):
    """A stream of a single lane over many pieces, with symbols that straddle them at every bit."""
    counts = np.append(2 ** np.arange(15, 0, -1), [1, 1])
    lengths = huffman.code_lengths(counts, 16)
    symbols = rng.permutation(np.repeat(np.arange(len(counts)), np.minimum(counts, 9000)))
    payload, lane_bits = plain(huffman.encode, symbols, lengths, len(symbols))
    assert len(payload) > 2 * fast.HOP_BYTES
    np.testing.assert_array_equal(fast.decode(payload, lengths, len(symbols), len(symbols), lane_bits), symbols)


@pytest.mark.parametrize("dtype", [np.int64, np.int16, np.uint32, np.uint8])
def test_symbols_of_any_integers(dtype, rng):
    symbols = rng.integers(0, 9, 5000).astype(dtype)
    lengths = huffman.code_lengths(np.bincount(symbols))
    payload, lane_bits = plain(huffman.encode, symbols, lengths.astype(np.int64), 100)
    again, again_bits = fast.encode(
        symbols[::-1][::-1], huffman.canonical_codes(lengths), lengths.astype(np.int64), 100
    )
    assert (again, again_bits.tolist()) == (payload, lane_bits.tolist())


def test_memory_around_the_payload_is_not_read(rng):
    symbols = rng.integers(0, 9, 4001)
    lengths = huffman.code_lengths(np.bincount(symbols))
    for lane in (10, 100, 4001):
        payload, lane_bits = huffman.encode(symbols, lengths, lane)
        for around in (b"\0" * 64, b"\xff" * 64):
            view = memoryview(around + payload + around)[64:-64]
            np.testing.assert_array_equal(fast.decode(view, lengths, 4001, lane, lane_bits), symbols)


# --- the table ---


@pytest.mark.parametrize(
    ("bits", "per", "unit"),
    [(6, 1, np.uint8), (6, 2, np.uint8), (9, 4, np.uint8), (10, 1, np.uint16), (8, 2, np.uint16)],
)
def test_entries_hold_the_whole_codes_that_a_window_begins_with(bits, per, unit):
    lengths = np.array([3, 0, 1, 5, 4, 6, 6, 2], np.uint8)
    codes = huffman.canonical_codes(lengths)
    words = {format(codes[s], f"0{lengths[s]}b"): s for s in np.flatnonzero(lengths).tolist()}
    table = fast.Table(fast._entries(lengths, bits, per, np.dtype(unit), 99), bits, per, np.dtype(unit), 99)
    slots = np.ascontiguousarray(table.slots(table.entries[:, None])).view(unit)
    assert slots.shape == (2**bits, per)
    for window in range(2**bits):
        text, expected = format(window, f"0{bits}b"), []
        while len(expected) < per:
            word = next((word for word in words if text.startswith(word)), None)
            if word is None:
                break
            expected.append(words[word])
            text = text[len(word) :]
        assert slots[window].tolist() == expected + [99] * (per - len(expected))
        assert int(table.entries[window]) & 63 == bits - len(text)


def test_the_window_follows_from_the_code():
    """Short codes are read in fours, long ones in ones or twos; a table is not larger than it is worth."""

    def chosen(lengths, count):
        table = fast._choose(np.array(lengths, np.uint8), count, 1000)
        return table.bits, table.per, table.unit.itemsize

    assert chosen([1, 2, 3, 3], 10**7)[1:] == (4, 1)
    assert chosen([5] * 32, 10**7)[1:] == (2, 1)
    assert chosen([7] * 127 + [8, 8], 10**7)[2] == 1
    assert chosen([7] * 127 + [8, 8] + [0] * 127, 10**7)[2] == 1  # 256 numbers, and most of them no symbols
    assert chosen([8] * 256, 10**7)[2] == 2  # all bytes are symbols: a hole needs another number
    assert chosen([8] * 255 + [9, 9], 10**7)[2] == 2
    assert chosen([12] * 4096, 10**7)[1] == 1
    for count in (1000, 10**5, 10**8):
        assert 8 <= chosen([8] * 255 + [9, 9], count)[0] <= 16
    assert chosen([1, 2, 3, 3], 10**4)[0] <= chosen([1, 2, 3, 3], 10**8)[0]


# --- what is refused ---


@given(streams(), st.data())
def test_what_was_altered_is_refused_in_the_same_words(case, data):
    """Payload, lanes or code altered: the same symbols or the same error as from the plain forms, whatever they are."""
    symbols, lengths, lane = case
    if len(symbols) == 0:
        return
    payload, lane_bits = plain(huffman.encode, symbols, lengths, lane)
    altered, count = bytearray(payload), len(symbols)
    for _ in range(data.draw(st.integers(0, 3))):
        bit = data.draw(st.integers(0, 8 * len(payload) - 1))
        altered[bit // 8] ^= 1 << bit % 8
    for _ in range(data.draw(st.integers(0, 2))):
        a, b = (data.draw(st.integers(0, len(lane_bits) - 1)) for _ in range(2))
        moved = data.draw(st.sampled_from([1, 2, 17, 2**40, -1]))
        lane_bits[a] += moved
        lane_bits[b] -= moved
    if data.draw(st.booleans()):
        lengths = lengths[::-1].copy()
    arguments = (bytes(altered), lengths, count, lane, lane_bits)
    expected, found = plain(huffman.decode, *arguments), answer(huffman.decode, *arguments)
    if isinstance(expected, str):
        assert found == expected
        assert huffman.is_complete(lengths)
        assert fast.decode(*arguments) is None
    else:
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(fast.decode(*arguments), expected)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.usefixtures("small")
def test_one_altered_lane_among_many(threads, rng):
    """Wherever it is: in the first block or the last, in a helper's share or the caller's."""
    symbols = rng.geometric(0.3, 999) % 11
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=11))
    payload, lane_bits = huffman.encode(symbols, lengths, 8)
    for lane in range(len(lane_bits) - 1):
        moved = lane_bits.copy()
        moved[lane : lane + 2] += [1, -1]
        assert fast.decode(payload, lengths, 999, 8, moved, threads) is None
        arguments = payload, lengths, 999, 8, moved
        assert answer(huffman.decode, *arguments) == plain(huffman.decode, *arguments)


def test_a_lane_may_not_have_more_symbols_in_the_same_bits(rng):
    """Two lanes of the right lengths and ends, but 00 where one symbol of two bits was: a symbol too many."""
    lengths = np.array([1, 2, 2], np.uint8)
    symbols = np.tile([0, 1, 2, 0], 500)
    payload, lane_bits = huffman.encode(symbols, lengths, 4)
    assert set(lane_bits.tolist()) == {6}
    altered = bytearray(payload)
    altered[0] &= 0b10011111
    assert fast.decode(bytes(altered), lengths, 2000, 4, lane_bits) is None
    with pytest.raises(ValueError, match="lane 0 ends at bit"):
        huffman.decode(bytes(altered), lengths, 2000, 4, lane_bits)


@pytest.mark.parametrize("at", [0, 70, 600, 999])
@pytest.mark.parametrize("alphabet", [12, 300])
@pytest.mark.usefixtures("small")
def test_a_symbol_without_a_code_anywhere(at, alphabet, rng):
    symbols = rng.geometric(0.3, 1000) % 11
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=alphabet))
    symbols[at] = 11
    codes = huffman.canonical_codes(lengths)
    for threads in (1, 2):
        assert fast.encode(symbols, codes, lengths, 20, threads) is None
    with pytest.raises(ValueError, match="symbol 11 has no code: its length is 0"):
        huffman.encode(symbols, lengths, 20)


@pytest.mark.parametrize(
    ("symbols", "lengths", "lane"),
    [
        (np.zeros(0, np.uint8), [1, 1], 4),
        (np.array([0.0, 1.0]), [1, 1], 4),
        (np.array([0, -1]), [1, 1], 4),
        (np.array([0, 1] * 9), [1, 1], 7),
        (np.zeros(3 * fast.PIECE, np.uint8), [1, 1], 2 * fast.PIECE),
        (np.array([0, 1] * 9), [17, 1, 2, 17], 4),
    ],
    ids=["none", "no integers", "negative", "no fours", "longer than a piece", "codes above 16 bits"],
)
def test_what_is_left_to_the_plain_form(symbols, lengths, lane):
    lengths = np.array(lengths, np.uint8)
    assert fast.encode(symbols, np.arange(len(lengths), dtype=np.uint32), lengths, lane) is None


# --- threads ---


@pytest.mark.usefixtures("small")
def test_helpers_only_where_the_main_thread_calls(monkeypatch, rng):
    monkeypatch.setattr(fast, "THREADS", 3)
    assert fast._Team(None, 1).threads == 3
    assert fast._Team(1, 1).threads == 1
    monkeypatch.setattr(fast, "LONG", 100)
    assert fast._Team(2, 99).threads == 1
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(fast._Team, None, 100).result().threads == 1
        assert pool.submit(fast._Team, 2, 100).result().threads == 2


@pytest.mark.usefixtures("small")
def test_within_the_threads_of_someone_else(rng):
    symbols = rng.geometric(0.3, 5000) % 11
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=11))
    codes = huffman.canonical_codes(lengths)
    payload, lane_bits = huffman.encode(symbols, lengths, 20)

    def there_and_back(threads):
        again, again_bits = fast.encode(symbols, codes, lengths, 20, threads)
        back = fast.decode(payload, lengths, 5000, 20, lane_bits, threads)
        return again == payload and np.array_equal(again_bits, lane_bits) and np.array_equal(back, symbols)

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(there_and_back, [None, 1, 2, 3] * 5))


@pytest.mark.usefixtures("small")
def test_no_thread_is_left(rng):
    before = set(threading.enumerate())
    symbols = rng.geometric(0.3, 5000) % 11
    lengths = huffman.code_lengths(np.bincount(symbols, minlength=11))
    payload, lane_bits = huffman.encode(symbols, lengths, 20)
    for wrong in (0, 1):
        lane_bits[:2] += [wrong, -wrong]
        assert (fast.decode(payload, lengths, 5000, 20, lane_bits, 4) is None) == bool(wrong)
    assert set(threading.enumerate()) == before


def test_a_team_gives_results_in_order_and_an_error_to_the_caller():
    def fail():
        raise MemoryError

    for threads in (1, 2, 4):
        with fast._Team(threads, fast.LONG) as team:
            works = [lambda i=i: i for i in range(50)]
            assert team.start(works)() == list(range(50))
            assert team.start([])() == []
            with pytest.raises(MemoryError):
                team.start([*works, fail, *works])()
        assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name]
