"""07.5 The table decoder."""

import numpy as np

from dc_lab import huffman
from dc_lab.coding import bits
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_07.common import FIVE_LENGTHS, ints, row, single_bytes, whole_numbers


def decode(payload, lengths, count):
    """The first `count` symbols of a payload that `encode` made."""
    longest = int(max(lengths))
    table = []  # for each window of `longest` bits: which symbol comes first, and how many bits it takes
    for symbol in np.argsort(lengths, kind="stable"):
        length = int(lengths[symbol])
        if length > 0:
            table += [(symbol, length)] * 2 ** (longest - length)
    digits = "".join(f"{byte:08b}" for byte in payload) + "0" * longest
    symbols, at = [], 0
    for _ in range(count):
        symbol, length = table[int(digits[at : at + longest], 2)]
        symbols.append(symbol)
        at += length
    return np.array(symbols, int)


def _packed(symbols, lengths):
    codes = huffman.canonical_codes(lengths)
    return bits.pack(codes[symbols], lengths[symbols])


def _decode(payload, lengths, count):
    """By a table from codewords to symbols; the lengths need not fill the line."""
    longest = int(lengths.max())
    table = [(0, 0)] * 2**longest
    for symbol, code in enumerate(huffman.canonical_codes(lengths).tolist()):
        if length := int(lengths[symbol]):
            room = longest - length
            table[code << room : (code + 1) << room] = [(symbol, length)] * 2**room
    # A few bytes at a time, so that the row may be long.
    found, data, held, buffer = [], iter(bytes(payload) + bytes(4)), 0, 0
    for _ in range(count):
        while held < longest:
            buffer, held = buffer << 8 | next(data), held + 8
        symbol, length = table[buffer >> (held - longest)]
        found.append(symbol)
        held -= length
        buffer &= (1 << held) - 1
    return np.array(found, np.int64)


def case(symbols, lengths):
    """(payload, lengths, count) of some symbols."""
    symbols = np.array(symbols, np.int64)
    return _packed(symbols, lengths), lengths, len(symbols)


def _draw_payload(rng):
    counts = (2.0 ** rng.uniform(0, rng.choice([4, 8, 12]), int(rng.integers(2, 10)))).astype(np.int64)
    counts[1:-1] *= rng.random(len(counts) - 2) < 0.8
    lengths = huffman.code_lengths_by_merging(counts).astype(rng.choice(["uint8", "int64"]))
    if rng.random() < 0.25:  # room is left over
        lengths[rng.choice(np.flatnonzero(lengths))] += 1
    return case(rng.choice(np.flatnonzero(counts), int(rng.integers(1, 25))), lengths)


def _large():
    symbols, _, lengths = row(1)
    return _packed(symbols, lengths), lengths, len(symbols)


CASES = [
    case([0], ints(1, 1)), case([1], single_bytes(1, 1)), case([0, 0, 0], ints(1)), case([1, 1], single_bytes(0, 1)),
    case([0] * 9, ints(1, 1)), case([1, 0, 1], single_bytes(2, 1, 2)), case([1, 0, 1, 1, 0, 0, 1, 0], ints(1, 1)),
    case([2, 1, 2, 1], ints(1, 2, 2)), case([3, 3, 1, 0, 3], ints(3, 3, 2, 1)), case([1, 3, 1], ints(0, 1, 0, 1)),
    case([4, 3, 2, 1, 0], FIVE_LENGTHS), case([4, 3, 2, 1, 0] * 7, FIVE_LENGTHS.astype(np.uint8)),
    case([0, 2, 1], ints(1, 3, 3)), case([3, 1, 0, 3], single_bytes(2, 4, 0, 4)), case([1, 2, 0], ints(2, 2, 3)),
    case([10, 0, 9, 1], single_bytes(*range(1, 11), 10)), case([15, 14, 0, 13, 15], ints(*range(1, 16), 15)),
    case([15, 14, 0, 13, 15], single_bytes(*range(1, 16), 15)),
    case([0, 11, 12, 12], single_bytes(*range(1, 13), 12)), case(list(range(16)), single_bytes(*16 * [4])),
    case([12, 0, 0, 12], ints(*range(1, 13), 12)), case([2, 3, 3], ints(9, 0, 9, 1)),
    case([4, 3, 2, 1, 0] * 26, FIVE_LENGTHS.astype(np.uint8)), case([], FIVE_LENGTHS), case([], single_bytes(0, 1)),
    case([16, 1, 15], ints(*range(1, 17), 16)),
    case([299, 4, 0, 150, 299, 255, 256], np.array([8] * 212 + [9] * 88, np.uint8)),
    # What `encode` returns may be a bytearray, which `+=` changes.
    (bytearray(b"\x4b\x00"), FIVE_LENGTHS, 4),
    # The shortest codeword is not that of symbol 0.
    case([10, 0, 10, 1, 9], single_bytes(10, *range(10, 0, -1))),
    # Codewords that are one number at several lengths: 1 is 01 and 001, too.
    case([7, 5, 6, 0, 1, 2, 3, 4, 6, 5], ints(4, 4, 3, 3, 4, 4, 2, 2)),
]  # fmt: skip


def _accepted(arguments, expected, got):
    """What is wrong with the symbols, the first one first; raises for what is no such array."""
    lengths, count = arguments[1:]
    if isinstance(got, np.ndarray) and got.dtype.kind in "iu" and got.ndim == 1 and len(got) != count:
        return f"expected {count} {'symbol' if count == 1 else 'symbols'}, got {len(got)}{_ends(arguments, got)}"
    if isinstance(got, np.ndarray) and got.shape == (count,) and got.dtype.kind == "f":
        return "asked for are whole numbers, and these are floats"
    whole_numbers(got, count)
    wrong = np.flatnonzero(expected != got)
    if len(wrong) == 0:
        return None
    at, codes = int(wrong[0]), huffman.canonical_codes(lengths)
    begin = int(lengths[expected[:at]].sum(dtype=np.int64))
    right = int(expected[at])
    codeword = f"{codes[right]:0{lengths[right]}b}"
    where = f"symbol number {at} begins at bit {begin}"
    if begin % 8 + len(codeword) > 16:
        where += ", and reaches into a third byte"
    bits_of = f"{len(codeword)} bit{'s' if len(codeword) != 1 else ''}"
    return f"{where}: the codeword {codeword} of {bits_of}, which is symbol {right}; got {got[at]}"


def _ends(arguments, got):
    """Why there may be too few symbols, in words."""
    payload, count = arguments[0], arguments[2]
    if len(got) >= count:
        return ""
    if payload[0] < 128:
        return ". The payload begins with a bit of 0: does it still stand there?"
    return ". Do the last windows reach beyond the payload? Let zeros follow there"


exercise = Exercise(
    id="07.5",
    title="The table decoder",
    minutes=25,
    task="build",
    reference=_decode,
    solution=decode,
    shown=(*case([2, 0, 4, 1], FIVE_LENGTHS),),
    cases=CASES,
    draw=_draw_payload,
    accept=_accepted,
    large=_large,
    large_is="a row of 13,000 symbols with codewords up to 12 bits",
    hints=[
        "The windows of `longest` bits, in order, belong to the symbols as they are numbered: by length, then by "
        "symbol. How many windows begin with a codeword of n bits? 2 ** (longest - n).",
        "So the table is a list: for each symbol in np.argsort(lengths, kind='stable') with a length above 0, append "
        "(symbol, length) as many times as it has windows.",
        "Write the payload as a text of digits, f'{byte:08b}' for each byte, and append `longest` zeros so that the "
        "last window is whole. Then at = 0, and for each symbol: look up int(digits[at : at + longest], 2), and move "
        "`at` on by the length that the table says.",
    ],
    why="""Canonical codewords lie side by side in numerical order, so the table needs no codewords: each symbol is
        repeated as often as windows begin with its codeword. The window reads further than the codeword goes, but only
        the codeword's own bits are used up. The zeros behind the payload are for the last windows, which would read
        beyond its end. And `count` says where to stop, since the zero bits that fill up the last byte look like
        codewords as well. A file's decoder would not make a text of digits, but keep a few bytes in a whole number and
        shift: that saves the memory and is what `dc_lab.huffman.decode_front` does.""",
)


@exercise.alternative
def _by_a_buffer(payload, lengths, count):
    wide = np.asarray(lengths, dtype=int)
    longest = int(wide.max())
    order = [int(s) for s in np.argsort(wide, kind="stable") if wide[s]]
    symbol = np.full(1 << longest, -1)
    length = np.zeros(1 << longest, int)
    at = 0
    for s in order:
        room = 1 << (longest - int(wide[s]))
        symbol[at : at + room], length[at : at + room] = s, wide[s]
        at += room
    out = np.zeros(count, np.int32)
    data, held, buffer = iter(payload + bytes(4)), 0, 0
    for i in range(count):
        while held < longest:
            buffer, held = (buffer << 8) | next(data), held + 8
        window = buffer >> (held - longest)
        out[i] = symbol[window]
        held -= int(length[window])
        buffer &= (1 << held) - 1
    return out


@exercise.alternative
def _by_bits(payload, lengths, count):
    codes = huffman.canonical_codes(np.asarray(lengths))
    symbol_of = {(int(n), int(c)): s for s, (n, c) in enumerate(zip(lengths, codes, strict=True)) if n}
    found, code, length = [], 0, 0
    for byte in payload:
        for shift in range(7, -1, -1):
            if len(found) == count:
                break
            code, length = code << 1 | (byte >> shift & 1), length + 1
            if (length, code) in symbol_of:
                found.append(symbol_of[length, code])
                code = length = 0
    return np.array(found, dtype=np.int64)


@exercise.alternative
def _by_first_of_each_length(payload, lengths, count):
    """The classic way for canonical codes: of each length, the first codeword and where its symbols begin."""
    wide = lengths.astype(int)
    per_length = np.bincount(wide, minlength=1).tolist()
    order = np.argsort(wide, kind="stable")[per_length[0] :].tolist()
    stream = np.unpackbits(np.frombuffer(payload, np.uint8)).tolist()
    out, at = [], 0
    while len(out) < count:
        code = first = place = 0
        for length in range(1, len(per_length)):
            code |= stream[at]
            at += 1
            if code - first < per_length[length]:
                out.append(order[place + code - first])
                break
            place += per_length[length]
            first = (first + per_length[length]) << 1
            code <<= 1
    return np.array(out, np.int64)


@exercise.alternative
def _by_windows_at_once(payload, lengths, count):
    wide = lengths.astype(np.int64)
    longest = int(wide.max())
    order = np.argsort(wide, kind="stable")
    order = order[wide[order] > 0]
    table = np.repeat(order, 1 << (longest - wide[order]))
    table = np.append(table, np.zeros((1 << longest) - len(table), np.int64))
    stream = np.append(np.unpackbits(np.frombuffer(payload, np.uint8)), np.zeros(longest, np.uint8)).astype(np.int64)
    windows = sum(stream[i : len(stream) - longest + 1 + i] << (longest - 1 - i) for i in range(longest))
    symbols, out, at = table[windows].tolist(), np.zeros(count, np.int64), 0
    for i in range(count):
        out[i] = symbols[at]
        at += int(wide[out[i]])
    return out


def _like(payload, lengths, count, **other):
    """The solution, with some of its parts done otherwise."""
    do = {
        "longest": lambda lengths: int(lengths.max()),
        "order": lambda lengths: np.argsort(lengths, kind="stable"),
        "room": lambda longest, n: 2 ** (longest - n),
        "digits": lambda byte: f"{byte:08b}",
        "behind": lambda longest: "0" * longest,
        "reach": lambda longest, length: longest,
        "step": lambda longest, length: length,
        "last": 0,
        "base": 2,
    } | other
    wide = lengths.astype(np.int64)
    longest, length, table = do["longest"](wide), 0, []
    for symbol in np.asarray(do["order"](wide)).tolist():
        if wide[symbol]:
            length = int(wide[symbol])
            table += [(symbol, length)] * do["room"](longest, length)
    text = "".join(map(do["digits"], payload)) + do["behind"](longest)
    out, at = [], 0
    for _ in range(count + do["last"]):
        symbol, length = table[int(text[at : at + do["reach"](longest, length)], do["base"])]
        out.append(symbol)
        at += do["step"](longest, length)
    return np.array(out, np.int64)


@exercise.mistake("in steps of the longest codeword")
def _(payload, lengths, count):
    """You move on by the whole window each time. Only the codeword at its beginning is used up: move on by the length
    that the table says."""
    return _like(payload, lengths, count, step=lambda longest, length: longest)


@exercise.mistake("always one bit on")
def _(payload, lengths, count):
    """You move on by one bit each time. The whole codeword is used up: move on by its length."""
    return _like(payload, lengths, count, step=lambda longest, length: 1)


@exercise.mistake("one bit too far")
def _(payload, lengths, count):
    """You move on by one bit too many. The next codeword begins right behind this one."""
    return _like(payload, lengths, count, step=lambda longest, length: length + 1)


@exercise.mistake("nothing behind the payload")
def _(payload, lengths, count):
    """The last window reads beyond the end of the payload, and gets fewer bits than it needs. Its number is then too
    small. Append `longest` zeros to the bits."""
    return _like(payload, lengths, count, behind=lambda longest: "")


@exercise.mistake("in the order of symbols")
def _(payload, lengths, count):
    """Your table has the symbols in their own order. Canonical codewords are numbered by length first, then by symbol:
    np.argsort(lengths, kind="stable")."""
    return _like(payload, lengths, count, order=lambda lengths: np.arange(len(lengths)))


@exercise.mistake("the last symbol of a length first")
def _(payload, lengths, count):
    """Among codewords of the same length, you number the last symbol first. Agreed is the order of the symbols: with
    np.argsort, kind="stable" keeps it."""
    return _like(
        payload, lengths, count, order=lambda lengths: sorted(range(len(lengths)), key=lambda s: (lengths[s], -s))
    )


@exercise.mistake("the longest first")
def _(payload, lengths, count):
    """Your table begins with the longest codewords. Canonical numbering begins with the shortest: the first one is all
    zeros."""
    return _like(payload, lengths, count, order=lambda lengths: np.argsort(-lengths, kind="stable"))


@exercise.mistake("as many windows as the codeword is long")
def _(payload, lengths, count):
    """A codeword of n bits does not have n windows. The bits behind it are free, and there are longest - n of them, so
    that 2 ** (longest - n) windows begin with it."""
    return _like(payload, lengths, count, room=lambda longest, n: n)


@exercise.mistake("one window a symbol")
def _(payload, lengths, count):
    """Your table has too few windows for a symbol. All windows that begin with a codeword of n bits belong to it: 2 **
    (longest - n) of them."""
    return _like(payload, lengths, count, room=lambda longest, n: 1)


@exercise.mistake("the free bits not as a power of 2")
def _(payload, lengths, count):
    """With f free bits behind a codeword there are 2 ** f windows. You have as many as there are free bits, times two
    or so: ^ and * are no powers in Python."""
    return _like(payload, lengths, count, room=lambda longest, n: max(1, 2 * (longest - n)))


@exercise.mistake("leading zeros of a byte dropped")
def _(payload, lengths, count):
    """bin() and format b drop the zeros in front of a byte, and each of them is a bit of the payload. Write every byte
    with eight digits: f"{byte:08b}"."""
    return _like(payload, lengths, count, digits=lambda byte: f"{byte:b}")


@exercise.mistake("bytes from the lowest bit")
def _(payload, lengths, count):
    """You read each byte from its lowest bit. The first bit of the payload is the highest of the first byte; with
    np.unpackbits that is the default."""
    return _like(payload, lengths, count, digits=lambda byte: f"{byte:08b}"[::-1])


@exercise.mistake("one symbol too many")
def _(payload, lengths, count):
    """You decode one symbol too many. The bits that fill up the last byte look like codewords as well: stop after
    `count` symbols."""
    return _like(payload, lengths, count, last=1)


@exercise.mistake("one symbol too few")
def _(payload, lengths, count):
    """One symbol is missing at the end. Go on until there are `count` of them."""
    return _like(payload, lengths, count)[:-1]


@exercise.mistake("symbols counted from 1")
def _(payload, lengths, count):
    """Your symbols are one too large. The first symbol is 0, as it is the first element of `lengths`."""
    return _like(payload, lengths, count) + 1


def _to_the_end(payload, lengths, count):
    """As many symbols as the bits give, those that fill up included."""
    codes = huffman.canonical_codes(lengths)
    symbol_of = {f"{c:0{n}b}": s for s, (n, c) in enumerate(zip(lengths, codes, strict=True)) if n}
    found, held = [], ""
    for digit in "".join(f"{byte:08b}" for byte in payload):
        held += digit
        if held in symbol_of:
            found.append(symbol_of[held])
            held = ""
    return found


@exercise.mistake("decoded to the end of the payload")
def _(payload, lengths, count):
    """You decode all bits. Those that fill up the last byte look like codewords as well: stop after `count`
    symbols."""
    return np.array(_to_the_end(payload, lengths, count), np.int64)


@exercise.mistake("symbols without a codeword in the table")
def _(payload, lengths, count):
    """Symbols with length 0 are in your table, and in front of all others. They have no codeword: leave them out."""
    wide = lengths.astype(np.int64)
    longest = int(wide.max())
    order = np.argsort(wide, kind="stable")
    table = np.repeat(order, 1 << (longest - wide[order]))
    text = "".join(f"{byte:08b}" for byte in payload) + "0" * longest
    out, at = [], 0
    for _ in range(count):
        symbol = int(table[int(text[at : at + longest], 2)])
        out.append(symbol)
        at += int(wide[symbol])
    return np.array(out, np.int64)


@exercise.mistake("2 to the power of one byte")
def _(payload, lengths, count):
    """`lengths` may be uint8, and then 2 ** (longest - length) or 1 << (longest - length) is uint8 too, which ends at
    255: 256 becomes 0. Take int(lengths[symbol]) first, or lengths.astype(int)."""
    narrow = lengths.dtype == np.uint8
    return _like(
        payload,
        lengths,
        count,
        room=lambda longest, n: 2 ** (longest - n) % 256 if narrow else 2 ** (longest - n),
    )


@exercise.mistake("a position of one byte")
def _(payload, lengths, count):
    """The position in the payload became uint8, as the lengths are, and begins at 0 again after 255. Add
    int(length)."""
    narrow = lengths.dtype == np.uint8
    wide, position = lengths.astype(np.int64), 0
    right = _like(payload, lengths, count)
    ends = np.append(0, np.cumsum(wide[right]))
    if not narrow or ends[-1] < 256:
        return right
    text = "".join(f"{byte:08b}" for byte in payload) + "0" * int(wide.max())
    codes = huffman.canonical_codes(lengths)
    symbol_of = {f"{c:0{n}b}": s for s, (n, c) in enumerate(zip(lengths, codes, strict=True)) if n}
    out = []
    for _ in range(count):
        length = next(n for n in range(1, 17) if text[position : position + n] in symbol_of)
        out.append(symbol_of[text[position : position + length]])
        position = (position + length) % 256
    return np.array(out, np.int64)


@exercise.mistake("windows of a fixed size")
def _(payload, lengths, count):
    """Your window has a fixed number of bits, whatever the lengths are. It needs as many as the longest codeword has:
    int(max(lengths))."""
    return _like(payload, lengths, count, longest=lambda lengths: 8)


for _bits in (3, 10, 12, 15):
    exercise.mistake(
        f"windows of {_bits} bits",
        lambda payload, lengths, count, bits=_bits: _like(payload, lengths, count, longest=lambda lengths: bits),
    ).says(f"""
        Your window has {_bits} bits, whatever the lengths are. It needs as many as the longest codeword has:
        int(max(lengths)).""")


@exercise.mistake("a window one bit too long")
def _(payload, lengths, count):
    """You look at one bit more than the longest codeword has, so that the number of the window is too large for the
    table. The slice digits[at : at + longest] has `longest` bits."""
    return _like(payload, lengths, count, reach=lambda longest, length: longest + 1)


@exercise.mistake("a window one bit too short")
def _(payload, lengths, count):
    """You look at one bit less than the longest codeword has, so that the number of the window is too small. The slice
    digits[at : at + longest] has `longest` bits."""
    return _like(payload, lengths, count, reach=lambda longest, length: longest - 1)


@exercise.mistake("a window as long as the codeword before")
def _(payload, lengths, count):
    """Your window has as many bits as the symbol before took. The table is for windows of `longest` bits, always."""
    return _like(payload, lengths, count, reach=lambda longest, length: length)


@exercise.mistake("digits read as a decimal number")
def _(payload, lengths, count):
    """The digits of the window are read as a decimal number. They are binary: int(window, 2)."""
    return _like(payload, lengths, count, base=10)


@exercise.mistake("one bit too little")
def _(payload, lengths, count):
    """You move on by one bit less than the codeword has. The next codeword begins right behind this one."""
    return _like(payload, lengths, count, step=lambda longest, length: max(1, length - 1))


@exercise.mistake("too few zeros behind the payload")
def _(payload, lengths, count):
    """Some zeros follow behind the payload, but not enough: the last windows still get fewer bits than they need, and
    their numbers are too small. Append `longest` of them."""
    return _like(payload, lengths, count, behind=lambda longest: "0")


@exercise.mistake("two zeros behind the payload")
def _(payload, lengths, count):
    """Two zeros follow behind the payload, and that is not always enough. Append `longest` of them."""
    return _like(payload, lengths, count, behind=lambda longest: "00")


@exercise.mistake("xor for a power")
def _(payload, lengths, count):
    """^ is no power in Python, but "either or" bit by bit. Write 2 ** (longest - n), or 1 << (longest - n)."""
    return _like(payload, lengths, count, room=lambda longest, n: 2 ^ (longest - n))


@exercise.mistake("two to the length")
def _(payload, lengths, count):
    """A codeword of n bits gets 2 ** n windows. It is the other way round: the longer a codeword, the fewer bits are
    free behind it. That is 2 ** (longest - n)."""
    return _like(payload, lengths, count, room=lambda longest, n: 2**n)


@exercise.mistake("a whole line expected")
def _(payload, lengths, count):
    """This stops where the lengths do not fill the line, as that of a lone symbol. Room may be left over: then no
    window of that part ever comes."""
    wide = lengths.astype(np.int64)
    longest = int(wide.max())
    assert int((1 << (longest - wide[wide > 0])).sum()) == 1 << longest
    return _like(payload, lengths, count)


@exercise.mistake("a list")
def _(payload, lengths, count):
    """The symbols are right, but they are a list. Asked for is an array: np.array(symbols, int)."""
    return _like(payload, lengths, count).tolist()


@exercise.mistake("floats where there is nothing")
def _(payload, lengths, count):
    """np.array([]) is an array of floats, because nothing in it says otherwise. Give it the dtype: np.array(symbols,
    int)."""
    return _like(payload, lengths, count) if count else np.zeros(0)


@exercise.mistake("floats")
def _(payload, lengths, count):
    """The symbols are right, but they are floats, which cannot be used as an index. np.zeros makes floats unless it is
    given a dtype, such as int."""
    return _like(payload, lengths, count).astype(np.float64)


@exercise.mistake("symbols of one byte")
def _(payload, lengths, count):
    """The symbols are uint8, which ends at 255. There may be more than 256 of them: use int."""
    return _like(payload, lengths, count).astype(np.uint8)


@exercise.mistake("symbols and what is left")
def _(payload, lengths, count):
    """The symbols are right. Return only them, without where they end."""
    symbols = _like(payload, lengths, count)
    return symbols, int(lengths[symbols].sum(dtype=np.int64))


@exercise.mistake("codewords for symbols")
def _(payload, lengths, count):
    """These are the codewords as numbers. Asked for is whose they are: the symbol."""
    return huffman.canonical_codes(lengths)[_like(payload, lengths, count)].astype(np.int64)


@exercise.mistake("lengths for symbols")
def _(payload, lengths, count):
    """These are the lengths of the codewords in the payload. Asked for are the symbols."""
    return lengths[_like(payload, lengths, count)].astype(np.int64)


@exercise.mistake("ranks for symbols")
def _(payload, lengths, count):
    """These are places in the order of canonical numbering. Asked for are the symbols that stand there: the order says
    which."""
    order = [int(s) for s in np.argsort(lengths, kind="stable") if lengths[s]]
    return np.array([order.index(s) for s in _like(payload, lengths, count)], np.int64)


@exercise.mistake("codewords as numbers, without their length")
def _(payload, lengths, count):
    """You look codewords up by their number alone, and 0, 00 and 000 are all the number 0. A codeword is its number and
    its length."""
    codes = huffman.canonical_codes(lengths).tolist()
    symbol_of = {code: s for s, code in enumerate(codes) if lengths[s]}
    found, code = [], 0
    for digit in "".join(f"{byte:08b}" for byte in payload):
        code = 2 * code + int(digit)
        if code in symbol_of and len(found) < count:
            found.append(symbol_of[code])
            code = 0
    return np.array(found, np.int64)


@exercise.mistake("back to front")
def _(payload, lengths, count):
    """Your symbols stand in reverse. The first symbol of the row comes first."""
    return _like(payload, lengths, count)[::-1].copy()


@exercise.mistake("ranks for symbols, those without a codeword too")
def _(payload, lengths, count):
    """These are places in the sorted order, symbols without a codeword counted as well. Asked for are the symbols that
    stand there: np.argsort(lengths, kind="stable") says which."""
    order = np.argsort(lengths, kind="stable").tolist()
    return np.array([order.index(s) for s in _like(payload, lengths, count)], np.int64)


def _placed(payload, lengths, count, *, room=None, first=None, codes=None, with_all=False, digit_order=1, symbols=None):
    """By a table into which each codeword's windows are put, with one thing done otherwise; the rest is symbol 0's."""
    wide = [int(n) for n in lengths]
    longest = max(wide)
    codes = huffman.canonical_codes(np.asarray(lengths)).tolist() if codes is None else codes
    table = [(0, 1)] * 2**longest
    for symbol, n in enumerate(wide):
        if n or with_all:
            free = 2 ** (longest - n)
            begin = codes[symbol] * free if first is None else first(codes[symbol])
            windows = free if room is None else room(free)
            table[begin : begin + windows] = [(symbol, n)] * windows
    text = "".join(f"{byte:08b}" for byte in payload) + "0" * longest
    out, at = [], 0
    for _ in range(count if symbols is None else symbols(longest)):
        symbol, n = table[int(text[at : at + longest][::digit_order], 2)]
        out.append(symbol)
        at += n
    return np.array(out, np.int64)


@exercise.mistake("one window too few for a codeword")
def _(payload, lengths, count):
    """A codeword gets one window too few, so that its last window is somebody else's. It has 2 ** (longest - n)
    windows, the first at code * 2 ** (longest - n)."""
    return _placed(payload, lengths, count, room=lambda free: max(1, free - 1))


@exercise.mistake("only the first window of a codeword")
def _(payload, lengths, count):
    """Only the first window of each codeword is in your table. All that begin with it belong to it, whatever follows:
    2 ** (longest - n) of them."""
    return _placed(payload, lengths, count, room=lambda free: 1)


@exercise.mistake("codewords not moved up to the window")
def _(payload, lengths, count):
    """You put a codeword's windows at the codeword itself. A window has more bits: it begins at the codeword shifted
    left by longest - n."""
    return _placed(payload, lengths, count, first=lambda code: code)


@exercise.mistake("windows for symbols of length 0")
def _(payload, lengths, count):
    """A symbol of length 0 fills your whole table, over what stood there. It has no codeword: leave it out."""
    return _placed(payload, lengths, count, with_all=True)


@exercise.mistake("windows read backwards")
def _(payload, lengths, count):
    """You take the first bit of the window for the lowest. It is the highest: 110 is 6."""
    return _placed(payload, lengths, count, digit_order=-1)


@exercise.mistake("codewords numbered in the order of symbols")
def _(payload, lengths, count):
    """You number codewords in the order of symbols. Canonical ones go by length first, then by symbol: use your
    07.3."""
    codes, last, before = [], -1, 0
    for n in (int(n) for n in lengths):
        if n:
            last, before = (last + 1) << max(0, n - before), n
        codes.append(max(last, 0))
    return _placed(payload, lengths, count, codes=codes)


@exercise.mistake("as many symbols as the longest codeword goes into the payload")
def _(payload, lengths, count):
    """You stop too early: you work out how many symbols there are from the longest codeword. There are `count`, and
    most codewords are shorter."""
    return _placed(payload, lengths, count, symbols=lambda longest: min(count, 8 * len(payload) // longest))


@exercise.mistake("zeros at the end taken off")
def _(payload, lengths, count):
    """You take the zeros off the end of the payload, and some belong to codewords. `count` says where to stop: leave
    them there."""
    text = "".join(f"{byte:08b}" for byte in payload).rstrip("0") + "0"
    codes = huffman.canonical_codes(lengths)
    table = {f"{c:0{n}b}": s for s, (n, c) in enumerate(zip(lengths, codes, strict=True)) if n}
    found, at, longest = [], 0, int(max(lengths))
    for _ in range(count):
        window = text[at : at + longest]
        number = f"{int(window, 2):0{longest}b}"
        word = next((number[:n] for n in range(1, longest + 1) if number[:n] in table), None)
        found.append(table[word] if word else 0)
        at += len(word) if word else 1
    return np.array(found, np.int64)


@exercise.mistake("one window for each codeword, the others empty")
def _(payload, lengths, count):
    """Of all windows that begin with a codeword, only the one with zeros behind it is in your table; the others keep
    what the table was filled with. A codeword of n bits has 2 ** (longest - n) windows."""
    longest = int(lengths.max(initial=0))
    table = [0] * 2**longest
    for symbol, code in enumerate(huffman.canonical_codes(lengths).tolist()):
        if length := int(lengths[symbol]):
            table[code << (longest - length)] = symbol
    digits, at, found = "".join(f"{byte:08b}" for byte in payload), 0, []
    digits += "0" * longest * (count + 1)
    for _ in range(count):
        found.append(table[int(digits[at : at + longest], 2)])
        at += int(lengths[found[-1]])
    return np.array(found, np.int64)


@exercise.mistake("no window beyond the payload")
def _(payload, lengths, count):
    """You stop where a whole window no longer fits into the payload. The last codewords may be shorter than a window:
    let zeros follow behind the payload, and stop at `count`."""
    found, longest = _like(payload, lengths, count), int(lengths.max())
    begins = np.cumsum(lengths[found], dtype=np.int64) - lengths[found]
    return found[begins + longest <= 8 * len(payload)]


@exercise.mistake("windows of 12 bits always")
def _(payload, lengths, count):
    """Your window has 12 bits whatever the codewords have, and one of 13 to 16 bits does not fit. Make it as long as
    the longest codeword: max(lengths)."""
    table = [(0, 0)] * 4096
    for symbol, code in enumerate(huffman.canonical_codes(lengths).tolist()):
        length = int(lengths[symbol])
        if 0 < length <= 12:
            table[code << (12 - length) : (code + 1) << (12 - length)] = [(symbol, length)] * 2 ** (12 - length)
        elif length:
            table[code >> (length - 12)] = symbol, length
    digits, at, found = "".join(f"{byte:08b}" for byte in payload) + "0" * 16, 0, []
    for _ in range(count):
        symbol, length = table[int(digits[at : at + 12] or "0", 2)]
        found.append(symbol)
        at += length
    return np.array(found, np.int64)


@exercise.mistake("a shift of one byte")
def _(payload, lengths, count):
    """1 << (longest - lengths) is computed in the dtype of lengths. In a uint8, 1 << 8 is 0, and such a codeword has no
    window. Convert first: lengths.astype(int)."""
    with np.errstate(all="ignore"):
        order = np.argsort(lengths, kind="stable")
        order = order[lengths[order] > 0]
        longest = int(lengths.max())
        table = np.repeat(order, (1 << (longest - lengths[order])).astype(np.int64))
    table = np.append(table, np.full((1 << longest) - len(table), order[-1]))
    digits, at, found = "".join(f"{byte:08b}" for byte in payload) + "0" * longest, 0, []
    for _ in range(count):
        found.append(table[int(digits[at : at + longest].ljust(longest, "0"), 2)])
        at += int(lengths[found[-1]])
    return np.array(found, np.int64)


@exercise.mistake("windows of two bytes")
def _(payload, lengths, count):
    """Your window is cut from two bytes. It may begin in the last bit of a byte and reach into a third one: take three
    bytes, or a text of all bits."""
    longest = int(lengths.max())
    table = [(0, 0)] * 2**longest
    for symbol, code in enumerate(huffman.canonical_codes(lengths).tolist()):
        if length := int(lengths[symbol]):
            free = longest - length
            table[code << free : (code + 1) << free] = [(symbol, length)] * 2**free
    data, at, found = bytes(payload) + bytes(3), 0, []
    for _ in range(count):
        two = data[at // 8] << 8 | data[at // 8 + 1]
        symbol, length = table[(two << at % 8 & 0xFFFF) >> (16 - longest)]
        found.append(symbol)
        at += length
    return np.array(found, np.int64)


@exercise.mistake("the beginnings searched from the left")
def _(payload, lengths, count):
    """bisect_left puts a window that is equal to the beginning of a codeword in front of it, so that it gets the one
    before. bisect_right finds the last beginning that is not above the window."""
    wide, longest = lengths.astype(int), int(lengths.max())
    codes = huffman.canonical_codes(lengths).tolist()
    order = [int(s) for s in np.argsort(wide, kind="stable") if wide[s]]
    begins = [codes[s] << (longest - wide[s]) for s in order]
    digits, at, found = "".join(f"{byte:08b}" for byte in payload) + "0" * longest, 0, []
    for _ in range(count):
        window = int(digits[at : at + longest] or "0", 2)
        found.append(order[max(int(np.searchsorted(begins, window, side="left")) - 1, 0)])
        at += int(wide[found[-1]])
    return np.array(found, np.int64)


@exercise.mistake("as many windows as a byte counts")
def _(payload, lengths, count):
    """1 << (longest - lengths[s]) is computed in the dtype of lengths: in uint8 it is 0 for 8 and more, and a short
    codeword has no windows. Convert first: int(lengths[s])."""
    longest = lengths.max()
    table = np.zeros(2 ** int(longest), int)
    with np.errstate(all="ignore"):
        for symbol, code in enumerate(huffman.canonical_codes(lengths).tolist()):
            if lengths[symbol]:
                windows = int(lengths.dtype.type(1) << (longest - lengths[symbol]))
                begin = code << int(longest - lengths[symbol])
                table[begin : begin + windows] = symbol
    digits, at, found = "".join(f"{byte:08b}" for byte in payload) + "0" * int(longest), 0, []
    for _ in range(count):
        found.append(table[int(digits[at : at + int(longest)], 2)])
        at += int(lengths[found[-1]])
    return np.array(found, np.int64)


@exercise.mistake("zeros at the beginning of the payload lost")
def _(payload, lengths, count):
    """bin() of the payload as one number loses the zeros at its beginning. Fill it up to eight digits a byte, or write
    each byte with f"{byte:08b}"."""
    words = {
        f"{code:0{n}b}": s
        for s, (code, n) in enumerate(zip(huffman.canonical_codes(lengths).tolist(), lengths.tolist(), strict=True))
        if n
    }
    digits, found, begin = bin(int.from_bytes(payload, "big"))[2:], [], 0
    for end in range(1, len(digits) + 1):
        if len(found) < count and digits[begin:end] in words:
            found.append(words[digits[begin:end]])
            begin = end
    return np.array(found, np.int64)


@exercise.mistake("zeros put behind the payload that was given")
def _(payload, lengths, count):
    """payload += ... changes a bytearray itself, and whoever called you still needs it. Make a new one: bytes(payload)
    + ..."""
    payload += bytes(3)
    return _decode(payload, lengths, count)


@exercise.mistake("a lone symbol taken for symbol 0")
def _(payload, lengths, count):
    """Where only one symbol has a codeword you return zeros. It need not be symbol 0: take its number."""
    if np.count_nonzero(lengths) == 1:
        return np.zeros(count, np.int64)
    return _decode(payload, lengths, count)


@exercise.mistake("a codeword of one byte, built from bits")
def _(payload, lengths, count):
    """np.unpackbits gives uint8, and so does what you shift and join of it: a codeword beyond 8 bits does not fit.
    Begin with Python's own int, int(bit)."""
    words = {
        (n, code): symbol
        for symbol, (code, n) in enumerate(
            zip(huffman.canonical_codes(lengths).tolist(), lengths.tolist(), strict=True)
        )
        if n
    }
    bits = np.unpackbits(np.frombuffer(bytes(payload), np.uint8))
    at, found = 0, []
    for _ in range(count):
        code, n = 0, 0
        while (n, int(code)) not in words:
            code = (code << 1) | bits[at]
            at, n = at + 1, n + 1
        found.append(words[n, int(code)])
    return np.array(found, np.int64)


@exercise.mistake("12 bits taken for the longest")
def _(payload, lengths, count):
    """You take 12 bits for the longest codeword, and longer ones shift by a negative number. Lengths go up to 16: use
    max(lengths)."""
    table = np.zeros(4096, int)
    for symbol, code in enumerate(huffman.canonical_codes(lengths).tolist()):
        if length := int(lengths[symbol]):
            table[code << (12 - length) : (code + 1) << (12 - length)] = symbol
    digits, at, found = "".join(f"{byte:08b}" for byte in payload) + "0" * 12, 0, []
    for _ in range(count):
        found.append(table[int(digits[at : at + 12], 2)])
        at += int(lengths[found[-1]])
    return np.array(found, np.int64)
