"""07.3 Codewords from lengths alone."""

import numpy as np

from dc_lab import huffman
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_07.common import FIVE_LENGTHS, ints, single_bytes, whole_numbers


def canonical_codes(lengths):
    """The canonical codeword of each symbol, as a whole number."""
    codes = np.zeros(len(lengths), int)
    code, before = 0, 0
    for symbol in np.argsort(lengths, kind="stable"):  # by length, then by symbol
        length = int(lengths[symbol])
        if length > 0:
            code <<= length - before
            codes[symbol] = code
            code, before = code + 1, length
    return codes


def _canonical(lengths):
    return huffman.canonical_codes(lengths).astype(np.int64)


def _draw_lengths(rng):
    counts = (2.0 ** rng.uniform(0, 9, int(rng.integers(3, 9)))).astype(np.int64)
    counts[1:] *= rng.random(len(counts) - 1) < 0.85
    lengths = huffman.code_lengths_by_merging(counts).astype(rng.choice(["uint8", "int64"]))
    if rng.random() < 0.3:  # room is left over
        lengths[rng.choice(np.flatnonzero(lengths))] += 1
    return (lengths,)


def _many():
    counts = (1e6 * 0.999 ** np.arange(4096)).astype(np.int64) + 1
    return huffman.code_lengths(np.random.default_rng(0).permutation(counts), 16)


CASES = [
    (single_bytes(1),), (single_bytes(0, 1),), (single_bytes(1, 1),), (single_bytes(0, 0),), (single_bytes(2, 1, 2),),
    (single_bytes(2, 2, 1),), (single_bytes(1, 0, 0, 1),), (single_bytes(2, 2, 2, 2),),
    (single_bytes(1, 3, 3, 3, 3),), (single_bytes(3, 1, 3, 2),), (single_bytes(3, 3, 2, 0, 2, 2),),
    (single_bytes(0, 4, 1, 4, 4, 4, 0, 2),), (single_bytes(3, 3, 3, 3, 2, 2),),
    (single_bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10),), (single_bytes(10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 10),),
    (ints(1, 3, 3),), (single_bytes(2, 4, 0, 4),), (ints(3, 3, 1),), (ints(2, 2, 3),), (ints(0, 5),),
    (ints(3, 0, 2, 5, 5),), (single_bytes(*range(1, 16), 16, 16),), (ints(16, 9, 1),),
    (single_bytes(4, 4, 1, 9, 9, 2),), (single_bytes(*16 * [4]),),
]  # fmt: skip


def _accepted(case, expected, got):
    """The first codeword that differs, as bits; raises for what is no such array."""
    (lengths,) = case
    whole_numbers(got, len(lengths))
    wrong = np.flatnonzero(expected != got)
    if not len(wrong):
        return None
    symbol = int(wrong[0])
    length = int(lengths[symbol])
    if not length:
        return f"symbol {symbol} has no codeword, so that 0 is asked for; yours is {int(got[symbol])}"
    said = f"symbol {symbol} has the codeword {int(expected[symbol]):0{length}b}, which is {int(expected[symbol])}"
    said += f"; yours is {int(got[symbol])}"
    if all(sorted(got[lengths == n].tolist()) == sorted(expected[lengths == n].tolist()) for n in np.unique(lengths)):
        return f"{said}. Symbols of equal length are not in order: np.argsort keeps it only with kind='stable'"
    missing = not got[wrong].any() and lengths[wrong].min() > lengths[expected == got].max(initial=0)
    return f"{said}. The codewords of {length} bits are missing: lengths go up to 16" if missing else said


exercise = Exercise(
    id="07.3",
    title="Codewords from lengths alone",
    minutes=20,
    task="build",
    equivalents={
        "line 4: 0 -> 1 (2)": "the first codeword is 0, whatever it is shifted by",
        "line 4: 0 -> -1 (2)": "the first codeword is 0, whatever it is shifted by",
    },
    large=lambda: (_many(),),
    large_is="a code of 4,096 symbols",
    reference=_canonical,
    solution=canonical_codes,
    shown=(FIVE_LENGTHS,),
    cases=CASES,
    draw=_draw_lengths,
    accept=_accepted,
    hints=[
        "Go through the symbols by length, and among equal lengths by symbol: np.argsort(lengths, kind='stable'). "
        "Leave out those with length 0. The first codeword is 0.",
        "The next codeword is the one before plus 1. If the next length is larger, append zeros: shift left by the "
        "difference of the two lengths.",
        "For each symbol in that order: code <<= length - before; codes[symbol] = code; code += 1; before = length.",
    ],
    why="""In the picture the codewords lie side by side from the left, and the next one always begins where the last
        one ended. `code + 1` is that end, counted in steps of the last codeword's length; shifting it counts the same
        place in shorter steps. So codewords of lengths with Kraft's sum at most 1 never overlap, and two programs that
        agree on this order need to exchange only the lengths.""",
)


@exercise.alternative
def _canonical_by_sorting(lengths):
    codes = np.zeros(len(lengths), np.int64)
    code = before = 0
    for symbol in np.argsort(lengths, kind="stable").tolist():
        length = int(lengths[symbol])
        if length == 0:
            continue
        code <<= length - before
        codes[symbol] = code
        code, before = code + 1, length
    return codes


@exercise.alternative
def _canonical_by_room(lengths):
    wide = lengths.astype(np.int64)
    longest = int(wide.max(initial=0))
    codes, at = np.zeros(len(wide), np.int64), 0
    for symbol in sorted(np.flatnonzero(wide).tolist(), key=lambda i: (wide[i], i)):
        length = int(wide[symbol])
        codes[symbol] = at >> (longest - length)
        at += 1 << (longest - length)
    return codes


@exercise.mistake("symbols without a codeword counted")
def _(lengths):
    """Symbols with length 0 push the first codeword away from 0. They have no codeword: start counting with length 1,
    and set the number of codewords of length 0 to zero."""
    # The well-known slip: symbols without a code count when the first length begins.
    codes = np.zeros(len(lengths), np.int64)
    counts = np.bincount(lengths.astype(np.int64), minlength=1)
    code = 0
    for length in range(1, len(counts)):
        code = (code + int(counts[length - 1])) << 1
        codes[lengths == length] = code + np.arange(counts[length])
    return codes


def _assign(lengths, order, step):
    """Codewords in this order; `step` makes the next from (code, length before, length)."""
    codes = np.zeros(len(lengths), np.int64)
    code, before = 0, 0
    for i, symbol in enumerate(order):
        length = int(lengths[symbol])
        code = step(code, before, length) if i else 0
        codes[symbol] = code
        before = length
    return codes


def _next(code, before, length):
    change = length - before
    return (code + 1) << change if change >= 0 else (code + 1) >> -change


@exercise.mistake("in the order of symbols")
def _(lengths):
    """You number the codewords in the order of the symbols. Then a long codeword may come first, and the next short one
    can be its beginning. Number the short ones first: by length, then by symbol."""
    return _assign(lengths, [int(i) for i in np.flatnonzero(lengths)], _next)


exercise.mistake("the symbols numbered", lambda lengths: np.where(lengths > 0, np.cumsum(lengths > 0) - 1, 0)).says("""
    You number the symbols 0, 1, 2, ... With different lengths such codewords are not prefix-free. Number by length
    first, and append zeros where the length grows.""")


def _in_order(lengths):
    return [int(i) for i in np.argsort(lengths, kind="stable") if lengths[i]]


@exercise.mistake("not extended")
def _(lengths):
    """You add 1 each time, but do not append zeros when the length grows: the next codeword must begin where the room
    of the one before ends. Shift left by the difference of the lengths."""
    return _assign(lengths, _in_order(lengths), lambda code, before, length: code + 1)


@exercise.mistake("extended before 1 is added")
def _(lengths):
    """You append the zeros first and add 1 then. So the next codeword begins inside the room of the one before: its
    beginning is that codeword. First add 1, then shift left."""
    return _assign(lengths, _in_order(lengths), lambda code, before, length: (code << (length - before)) + 1)


@exercise.mistake("extended by one bit only")
def _(lengths):
    """Where the length grows by 2 or more, you append a single zero. Shift left by the difference of the lengths."""
    return _assign(lengths, _in_order(lengths), lambda code, before, length: (code + 1) << int(length > before))


@exercise.mistake("extended each time")
def _(lengths):
    """You shift left for each codeword. Only where the length grows are zeros appended: shift by the difference of the
    lengths, which is often 0."""
    return _assign(lengths, _in_order(lengths), lambda code, before, length: (code + 1) << 1)


@exercise.mistake("symbols without a codeword numbered too")
def _(lengths):
    """Symbols with length 0 take part in the numbering, and push the first codeword away from 0. They have no codeword:
    leave them out, and put 0 in their places."""
    order = [int(i) for i in np.argsort(lengths, kind="stable")]
    return _assign(lengths, order, _next)


@exercise.mistake("nothing added")
def _(lengths):
    """You append zeros, but never add 1: all codewords are zeros. The next codeword is the one before plus 1, then
    extended."""
    return _assign(lengths, _in_order(lengths), lambda code, before, length: code << (length - before))


@exercise.mistake("shifted by the whole length")
def _(lengths):
    """You shift by the whole length each time. The codeword already has as many bits as the one before: shift by the
    difference of the two lengths, and remember the length for the next."""
    codes, code = np.zeros(len(lengths), np.int64), 0
    for symbol in _in_order(lengths):
        code <<= int(lengths[symbol])
        codes[symbol] = code  # of many codes it grows beyond 64 bits, and NumPy refuses
        code += 1
    return codes


@exercise.mistake("ranks shifted")
def _(lengths):
    """You number the symbols and shift each number by its length. The shift has to happen on the way: the next codeword
    goes on from the one before, already extended."""
    codes = np.zeros(len(lengths), np.int64)
    for rank, symbol in enumerate(_in_order(lengths)):
        codes[symbol] = rank << int(lengths[symbol])
    return codes


@exercise.mistake("the longest codewords left out")
def _(lengths):
    """The longest codewords are never numbered. range(1, n) ends before n: go to lengths.max() + 1."""
    return np.where(lengths < lengths.max(initial=0), _canonical(lengths), 0)


@exercise.mistake("only symbols with a codeword, by length")
def _(lengths):
    """Your codewords stand in the order in which they were numbered, and symbols without a codeword have no place.
    Begin with zeros for all symbols, and write each codeword to the place of its symbol."""
    return _canonical(lengths)[_in_order(lengths)]


@exercise.mistake("codewords as text, None where there is none")
def _(lengths):
    """The codewords are right, but they are texts, and None where there is no codeword. Asked for are whole numbers:
    int(text, 2), and 0 where there is none."""
    return [text or None for text in _texts(lengths)]


exercise.mistake("codewords as text, by bin()", lambda lengths: [bin(code) for code in _canonical(lengths)]).says("""
    You return texts, made by bin(). Asked for are whole numbers: the codeword itself, without bin().""")


@exercise.mistake("from 0 for each length")
def _(lengths):
    """You begin again at 0 for each length. Then the short codeword of zeros is the beginning of the longer ones. Go on
    from the last code: add 1, shift left."""
    codes = np.zeros(len(lengths), np.int64)
    for length in np.unique(lengths[lengths > 0]):
        codes[lengths == length] = np.arange(np.count_nonzero(lengths == length))
    return codes


exercise.mistake("numbered from 1", lambda lengths: np.where(lengths > 0, _canonical(lengths) + 1, 0)).says("""
    All your codewords are one too large. The first codeword is all zeros; the last one is then all ones, and nothing is
    left over.""")


@exercise.mistake("longest first")
def _(lengths):
    """You begin with the longest codewords. That gives a prefix code too, but a reader who has only the lengths numbers
    the shortest first, as agreed, and would read something else."""
    order = [int(i) for i in np.argsort(-lengths.astype(np.int64), kind="stable") if lengths[i]]
    return _assign(lengths, order, _next)


@exercise.mistake("the last symbol first")
def _(lengths):
    """Among codewords of the same length, you number the last symbol first. Agreed is the order of the symbols. With
    np.argsort, kind='stable' keeps it."""
    order = sorted(np.flatnonzero(lengths).tolist(), key=lambda i: (lengths[i], -i))
    return _assign(lengths, order, _next)


exercise.mistake("sorted by length", lambda lengths: _canonical(lengths)[np.argsort(lengths, kind="stable")]).says("""
    Right codewords, but sorted by length. Asked for is the codeword of symbol 0, of symbol 1 and so on: write each to
    the place of its symbol.""")


@exercise.mistake("codewords in the order of their lengths")
def _(lengths):
    """These are the codewords in the order in which they were numbered. Asked for is the codeword of symbol 0, of
    symbol 1 and so on: write each to the place of its symbol."""
    return _canonical(lengths)[_in_order(lengths) + np.flatnonzero(lengths == 0).tolist()]


@exercise.mistake("bits back to front")
def _(lengths):
    """The bits of your codewords stand in reverse. A codeword's first bit is its highest: 110 is the number 6."""
    texts = _texts(lengths)
    return np.array([int(text[::-1], 2) if text else 0 for text in texts], np.int64)


@exercise.mistake("ones first")
def _(lengths):
    """Your first codeword is all ones, and you count down. That works as well as counting up, but agreed is that the
    first codeword is all zeros."""
    return np.where(lengths > 0, (1 << lengths.astype(np.int64)) - 1 - _canonical(lengths), 0)


@exercise.mistake("codewords as text")
def _texts(lengths):
    """The codewords are right, but they are texts. Asked for are whole numbers, such as 6 for 110: int(text, 2)."""
    return [f"{code:0{length}b}" if length else "" for code, length in zip(_canonical(lengths), lengths, strict=True)]


@exercise.mistake("binary digits read as decimal")
def _(lengths):
    """You read the digits as a decimal number: 110 is the number 6, not one hundred and ten. int(text, 2) does it."""
    return np.array([int(text) if text else 0 for text in _texts(lengths)], np.int64)


@exercise.mistake("padded to the longest")
def _(lengths):
    """Your codewords have zeros behind them up to the longest length. A codeword of n bits is a number below 2**n."""
    # Codes as they stand in a window of the longest code.
    wide = lengths.astype(np.int64)
    return _canonical(lengths) << np.where(wide > 0, wide.max(initial=0) - wide, 0)


exercise.mistake("only symbols with a codeword", lambda lengths: _canonical(lengths)[lengths > 0]).says("""
    Symbols without a codeword have a place too; put 0 there. Otherwise the codewords that follow belong to the wrong
    symbols.""")
exercise.mistake("-1 where there is none", lambda lengths: np.where(lengths > 0, _canonical(lengths), -1)).says("""
    Where there is no codeword, 0 is asked for. That the length is 0 says enough.""")
exercise.mistake("codewords as floats", lambda lengths: _canonical(lengths).astype(np.float64)).says("""
    The numbers are right, but they are floats, which cannot be shifted. np.zeros makes floats unless it is given a
    dtype, such as int.""")


@exercise.mistake("codewords as narrow as the lengths")
def _(lengths):
    """`lengths` are single bytes, and you keep the codewords in an array of the same dtype. A codeword of 9 bits or
    more does not fit into a byte. Make the array with dtype int."""
    codes = np.zeros_like(lengths)
    code = before = 0
    for symbol in _in_order(lengths):
        code <<= int(lengths[symbol]) - before
        codes[symbol] = code
        code, before = code + 1, int(lengths[symbol])
    return codes


exercise.mistake("codewords of one byte", lambda lengths: _canonical(lengths) & 255).says("""
    Codewords longer than 8 bits are cut to their last 8. Keep them in a wider dtype, such as int.""")


exercise.mistake("a list", lambda lengths: _canonical(lengths).tolist()).says("""
    The codewords are right, but they are a list. Asked for is an array: np.array(codes, int).""")
exercise.mistake("an array of texts", lambda lengths: np.array(_texts(lengths))).says("""
    The codewords are right, but they are texts. Asked for are whole numbers: int(text, 2), and 0 where there is
    none.""")
exercise.mistake("16 bits with a sign", lambda lengths: _canonical(lengths).astype(np.int16)).says("""
    The codewords are kept in int16, which ends at 32,767. A codeword of 16 bits can be larger: use int.""")
exercise.mistake("8 bits with a sign", lambda lengths: _canonical(lengths).astype(np.int8)).says("""
    The codewords are kept in int8, which ends at 127. Use int.""")
exercise.mistake("no more than 8 bits", lambda lengths: np.where(lengths <= 8, _canonical(lengths), 0)).says("""
    Codewords longer than 8 bits are left at 0. Lengths go up to 16: let the loop run to the largest one.""")


def _downwards(lengths, order):
    codes, code, before = np.zeros(len(lengths), np.int64), 0, 0
    for symbol in order:
        length = int(lengths[symbol])
        if length > 0:
            code <<= length - before
            codes[symbol] = code
            code, before = code + 1, length
    return codes


exercise.mistake(
    "in the order of symbols, shifted back", lambda lengths: _downwards(lengths, range(len(lengths)))
).says("""
    You number the codewords in the order of the symbols. Then the length can become smaller, and a shift by a negative
    number is an error. Number the short ones first: np.argsort(lengths, kind="stable").""")


@exercise.mistake("longest first, shifted back")
def _(lengths):
    """You begin with the longest codewords, so that the length becomes smaller, and a shift by a negative number is an
    error. Number the short ones first: np.argsort(lengths, kind="stable")."""
    return _downwards(lengths, np.argsort(-lengths.astype(np.int64), kind="stable"))


@exercise.mistake("from 1, then shifted")
def _(lengths):
    """The count begins at 1. The first codeword is all zeros: begin with code = 0."""
    codes, code, before = np.zeros(len(lengths), np.int64), 1, 0
    for symbol in _in_order(lengths):
        code <<= int(lengths[symbol]) - before
        codes[symbol] = code
        code, before = code + 1, int(lengths[symbol])
    return codes


@exercise.mistake("the first codeword 1")
def _(lengths):
    """Your first codeword is 1. It is all zeros, and 1 is added for the next ones."""
    codes, code, before = np.zeros(len(lengths), np.int64), 0, 0
    for symbol in _in_order(lengths):
        length = int(lengths[symbol])
        code = (code + 1) << (length - before) if before else 1
        codes[symbol], before = code, length
    return codes


@exercise.mistake("in the order of symbols, never shifted back")
def _(lengths):
    """You number the codewords in the order of the symbols, and none becomes shorter again after a long one. Number the
    short ones first: by length, then by symbol."""
    return _assign(
        lengths,
        [int(i) for i in np.flatnonzero(lengths)],
        lambda code, before, length: (code + 1) << max(0, length - before),
    )


def _on_the_line(lengths, order, from_the_end=False):
    """Codewords by their place on Kraft's line, each behind the one before, or each in front of it from the end on."""
    codes, at = np.zeros(len(lengths), np.int64), 1 << 16 if from_the_end else 0
    for symbol in order:
        length = int(lengths[symbol])
        if not length:
            continue
        room = 1 << (16 - length)
        at -= room if from_the_end else 0
        codes[symbol] = at >> (16 - length)
        at += 0 if from_the_end else room
    return codes


exercise.mistake(
    "laid side by side in the order of symbols", lambda lengths: _on_the_line(lengths, range(len(lengths)))
).says("""
    You lay the codewords side by side in the order of the symbols. Behind a long one, a short one does not begin where
    a codeword of its length can, and two get the same bits. Lay the short ones first: by length, then by symbol.""")
exercise.mistake(
    "from the end of the line",
    lambda lengths: _on_the_line(lengths, _in_order(lengths)[::-1], from_the_end=True),
).says("""
    You lay the codewords from the end of the line, the longest last. Where they do not fill the line, the room that is
    left is then at its beginning. Begin with the shortest at 0; what is left over is at the end.""")


exercise.mistake("no more than 15 bits", lambda lengths: np.where(lengths <= 15, _canonical(lengths), 0)).says("""
    Codewords of 16 bits are left at 0. Lengths go up to 16: let the loop run to the largest one, range(1, 17).""")


@exercise.mistake("no codeword at all refused")
def _(lengths):
    """Where all lengths are 0 there is no first codeword, and no first symbol in the order. Return the zeros then."""
    if not lengths.any():
        raise IndexError
    return _canonical(lengths)


@exercise.mistake("minus a number without a sign")
def _(lengths):
    """2.0 ** -lengths: minus a uint8 is not negative, -2 is 254 there. Convert first: lengths.astype(int)."""
    order = np.array(_in_order(lengths), int)
    with np.errstate(all="ignore"):
        share = 2.0 ** -lengths[order]
        begin = np.cumsum(share) - share
        codes = np.zeros(len(lengths), np.int64)
        codes[order] = np.round(begin * 2.0 ** lengths[order]).astype(np.int64)
    return codes


@exercise.mistake("a table of 16 lengths")
def _(lengths):
    """Your table has 16 places, for lengths 0 to 15, and a length of 16 has none. Make it 17 long."""
    codes = _canonical(lengths)
    [0] * 16 and [([0] * 16)[length] for length in lengths.tolist()]
    return codes
