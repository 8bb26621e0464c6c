"""08.2 A stream."""

from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from dc_lab import huffman
from dc_lab.course.compare import difference
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.common import (
    EXAMPLE,
    as_hex,
    coded,
    constant,
    explained,
    fixed,
    read_bits,
    read_symbol,
)
from dc_lab.course.lessons.lesson_08.decoder import given, read_stream, read_varint
from dc_lab.course.lessons.lesson_08.earlier import decode
from dc_lab.course.lessons.lesson_08.ex_1_read_varint import varint_by_loop
from dc_lab.course.values import plain


class Numbers(NamedTuple):
    """What a call did: the numbers it returned, and how many bytes it left in `data`."""

    numbers: Any
    bytes_left: int


def _use_stream(answer, content, count):
    data = iter(bytes.fromhex(content))
    numbers = explained(answer, data, count)
    if isinstance(numbers, np.ndarray) and numbers.ndim == 1:
        numbers = numbers.tolist()
    return Numbers(numbers, len(list(data)))


def _accepted(case, expected, got):
    """The first number that differs, or the bytes that are left, and how the stream is stored."""
    apart = difference(plain(expected), plain(got), 0.0, "kind")
    if apart is None or not isinstance(got, Numbers) or not isinstance(got.numbers, list):
        return apart
    found, right = got.numbers, list(expected.numbers)
    wrong = [i for i, (a, b) in enumerate(zip(right, found, strict=False)) if a != b]
    if wrong:
        said = f"number {wrong[0]} is {right[wrong[0]]}, and yours is {found[wrong[0]]}"
    elif len(found) != len(right):
        said = f"{len(right)} numbers are asked for, and yours are {len(found)}"
    elif got.bytes_left == expected.bytes_left:
        return apart  # floats, say
    else:
        left = f"{_bytes(got.bytes_left)} left in `data`"
        said = f"the numbers are right, but {left}, where it should be {expected.bytes_left}"
    return f"{said} ({_stored(bytes.fromhex(case[0]), case[1])})"


def _bytes(number):
    return f"{number} byte{' is' if number == 1 else 's are'}"


def _stored(content, count):
    """How a stream is stored, in words."""
    data = iter(content[1:])
    if content[0] == 0:
        return "form 0"
    if content[0] == 1:
        width = next(data)
        rest = f", and the first byte of them is {content[2]:08b}" if count * width else ""
        return f"form 1: {count} number{'s' if count != 1 else ''} of {width} bit{'s' if width != 1 else ''}{rest}"
    lengths = read_stream(data, read_varint(data))
    lane, shortest = read_varint(data), read_varint(data)
    if not lane:
        return f"form 2: an alphabet of {len(lengths)}, no lanes, {shortest} bits"
    more = read_stream(data, -(-count // lane))
    bits = shortest * len(more) + sum(more)
    full, rest = divmod(count, lane)
    last = f" and one of {rest}" if rest else ""
    return f"form 2: {full} lane{'s' if full != 1 else ''} of {lane}{last}, {bits} bits in all"


def _stream_cases():
    rng = np.random.default_rng(8)
    many = rng.choice(4, 570, p=[0.6, 0.2, 0.15, 0.05]).tolist()
    page = EXAMPLE[44:60]
    return [
        (as_hex(constant(5)), 3),
        (as_hex(constant(300), b"\x07"), 2),
        (as_hex(constant(0)), 4),
        (as_hex(constant(9), b"\x01\x02"), 0),
        (as_hex(fixed([1, 0, 1], 1)), 3),
        (as_hex(fixed([3, 1], 2), b"\xff"), 2),
        (as_hex(fixed([5, 2, 7, 0], 3)), 4),
        (as_hex(fixed([1, 0, 1, 1, 0, 0, 1, 0], 1), b"\x05"), 8),
        (as_hex(fixed([100, 3, 64], 7), b"\x80"), 3),
        (as_hex(fixed([200, 3], 8)), 2),
        (as_hex(fixed([1000, 3, 2047, 5], 11), b"\x00\x01"), 4),
        (as_hex(fixed([4, 1], 16), b"\x09"), 2),
        (as_hex(fixed([], 3), b"\x33"), 0),
        (as_hex(EXAMPLE[37:44]), 17),
        (as_hex(coded([1, 0, 1], [1, 1])), 3),
        (as_hex(coded([0, 0, 0], [1, 1]), b"\x01"), 3),
        (as_hex(coded([1, 0, 1, 1, 0, 0, 0, 1], [1, 1]), b"\x07"), 8),
        (as_hex(coded([1, 0, 2, 1], [2, 1, 2])), 4),
        (as_hex(coded([2, 0, 1, 2, 2], [2, 2, 1]), b"\xfe"), 5),
        (as_hex(coded([3, 0, 2, 1, 3, 3], [3, 3, 2, 1])), 6),
        (as_hex(coded([1, 0, 1, 0], [1, 2, 3, 3]), b"\x00\x00"), 4),
        (as_hex(coded([1, 3, 1, 1], [0, 1, 0, 1]), b"\x01"), 4),
        (as_hex(coded([5, 1, 1, 4, 2], [0, 2, 3, 0, 3, 1]), b"\x0a\x0b"), 5),
        (as_hex(coded([4, 3, 2, 1, 0, 2], [2, 3, 2, 3, 2])), 6),
        (as_hex(page), 40),
        (as_hex(coded([200, 0, 200, 3], [2, 0, 0, 2] + [0] * 196 + [1]), b"\x06"), 4),
        (as_hex(coded(many[:300], [1, 2, 3, 3], 256), b"\x11"), 300),
        (as_hex(coded(many[:512], [1, 2, 3, 3], 256)), 512),
        (as_hex(coded(many, [1, 2, 3, 3], 256), b"\x01\x02"), 570),
        (as_hex(coded([s % 2 for s in many[:520]], [1, 1], 260)), 520),
        (as_hex(coded((many * 4)[:2_100], [1, 2, 3, 3], 256), b"\x0b"), 2_100),
        (as_hex(coded((many * 4)[:2_049], [1, 2, 3, 3], 256), b"\x0b"), 2_049),
        (as_hex(coded([0] * 300 + [3] * 300 + many[:500], [1, 2, 3, 3], 300), b"\x0b"), 1_100),
        # With much behind the stream, wrong ways to read it part from one another: none runs out of bytes.
        (as_hex(constant(5), b"\x09\x08\x07"), 3),
        (as_hex(coded([0, 0, 0], [1, 1]), bytes(range(20))), 3),
        (as_hex(coded(many[:300], [1, 2, 3, 3], 256), b"\x01\x02\x03" * 900), 300),
        (as_hex(coded(many[:512], [1, 2, 3, 3], 256), b"\x55\x02\x03" * 900), 512),
    ]


def _draw_stream(rng):
    count, rest = int(rng.integers(2, 12)), rng.bytes(int(rng.integers(0, 3)))
    if rng.random() < 0.4:
        width = int(rng.integers(1, 13))
        return as_hex(fixed(rng.integers(0, 2**width, count).tolist(), width), rest), count
    counts = (2.0 ** rng.uniform(0, 6, int(rng.integers(2, 8)))).astype(np.int64)
    counts[1:-1] *= rng.random(len(counts) - 2) < 0.8
    lengths = huffman.code_lengths(counts).tolist()
    symbols = rng.choice(len(counts), count, p=counts / counts.sum()).tolist()
    return as_hex(coded(symbols, lengths), rest), count


def _like_a_layer():
    rng = np.random.default_rng(2)
    shares = 0.8 ** np.arange(17)
    symbols = rng.choice(17, 13_000, p=shares / shares.sum())
    return as_hex(coded(symbols.tolist(), huffman.code_lengths(np.bincount(symbols)).tolist(), 4096)), 13_000


exercise = Exercise(
    id="08.2",
    title="A stream",
    minutes=25,
    task="build",
    reference=read_stream,
    given=given(read_varint),
    use=_use_stream,
    shown=(as_hex(EXAMPLE[30:37]), 17),
    cases=_stream_cases,
    draw=_draw_stream,
    accept=_accepted,
    large=_like_a_layer,
    large_is="13,000 numbers of 17 kinds in lanes of 4,096, as many as the first layer has",
    large_seconds=10.0,
    equivalents={
        "line 10: np.array(read_stream(data, read_varint(data))) -> read_stream(data, read_varint(data))": """The
            course's decode takes a list, too; 07.5 promises it an array.""",
        "line 15: bytes(islice(data, -(-size // 8))) -> islice(data, -(-size // 8))": """The course's decode takes any
            bytes one by one; 07.5 promises it bytes.""",
        "line 16: int(number) -> number": "Whole numbers of NumPy are equal to Python's.",
    },
    hints=[
        "One form after the other: `form = next(data)`, then three cases. Form 0 is one varint, as a list of `count`.",
        "Form 1: the numbers take count * width bits, so ceil of an eighth of that in bytes, -(-count * width "
        "// 8). Take "
        "these, make one text of bits of them, f'{byte:08b}' each, and cut it every `width` characters.",
        "Form 2, in the order of the page: lengths = read_stream(data, read_varint(data)); lane size; shortest; and "
        "if the lane size is not 0, read_stream(data, -(-count // lane)).",
        "The codewords take `shortest` bits if the lane size is 0. Else there are ceil(count / lane) lanes, and "
        "each takes "
        "`shortest` bits and its own number on top. Take the bytes that need, and give them to your decode of 07.5: "
        "decode(payload, np.array(lengths), count).",
    ],
    why="""A stream calls itself for its code lengths and lanes, so there is one way of storing a row of numbers in the
        whole file. The bits of all lanes say how many bytes the codewords take, so `data` stands right at what follows
        even if nobody decodes them.""",
)


@exercise.alternative
def _stream_by_totals(data, count):
    """Takes each stream's bits at once, as its lanes say."""
    form = next(data)
    if form == 0:
        return np.full(count, varint_by_loop(data))
    if form == 1:
        width = next(data)
        raw = np.frombuffer(bytes(islice(data, -(-count * width // 8))), np.uint8)
        bits = np.unpackbits(raw)[: count * width].reshape(count, width)
        return np.asarray(bits.astype(np.int64) @ (1 << np.arange(width)[::-1]))
    lengths = np.asarray(_stream_by_totals(data, varint_by_loop(data)))
    lane, total = varint_by_loop(data), varint_by_loop(data)
    if lane:
        lanes = _stream_by_totals(data, -(-count // lane))
        total = total * len(lanes) + int(lanes.sum())
    codes = huffman.canonical_codes(lengths.astype(np.uint8))
    symbol_of = {(int(n), int(codes[s])): s for s, n in enumerate(lengths) if n}
    found, code, length = [], 0, 0
    for bit in islice(read_bits(iter(bytes(islice(data, -(-total // 8))))), total):
        code, length = code << 1 | int(bit), length + 1
        if (length, code) in symbol_of:
            found.append(symbol_of[length, code])
            code = length = 0
    return np.array(found, np.int64)


def _low_bits(data):
    return (bit for byte in data for bit in f"{byte:08b}"[::-1])


def _bent_codes(bent, lengths):
    """Code -> symbol, wrongly in the way that `bent` names."""
    pairs = [(n, s) for s, n in enumerate(lengths) if n]
    ordered = sorted(pairs)
    if bent in ("by symbol", "not sorted"):
        ordered = pairs
    elif bent == "all backwards":
        ordered = sorted(pairs, reverse=True)
    elif bent == "longest first":
        ordered = sorted(pairs, key=lambda pair: (-pair[0], pair[1]))
    elif bent == "equal ones backwards":
        ordered = sorted(pairs, key=lambda pair: (pair[0], -pair[1]))
    elif bent == "length 0 coded":
        ordered = sorted((n, s) for s, n in enumerate(lengths))
    symbol_of, code, before = {}, -1, 0
    for place, (n, symbol) in enumerate(ordered):
        wider = max(n - before, 0)
        if bent in ("not sorted", "all backwards"):
            wider = n - before
        elif bent == "length before lost":
            wider = n
        if bent == "no zeros":
            code = code + 1
        elif bent == "zeros first":
            code = (code << wider) + 1 if code >= 0 else 0
        elif bent == "starts at 1":
            code = max(code + 1, 1) << wider
        else:
            code = (code + 1) << wider
        before = n
        word = f"{code:b}" if bent == "zeros dropped" else bin(code) if bent == "bin" else f"{code:0{n}b}"
        symbol_of[word[::-1] if bent == "codes backwards" else word] = place if bent == "place" else symbol
    return symbol_of


def _bent_stream(bent, data, count):
    """A stream read wrongly, in the way that `bent` names."""
    form = next(data)
    bits = _low_bits(data) if bent == "low bit of the byte" else read_bits(data)
    if form == 0:
        if bent == "count first":
            return [read_varint(data) for _ in range(count)]
        value = next(data) if bent == "constant of a byte" else read_varint(data)
        return value if bent == "a number" else [value] if bent == "constant once" else [value] * count
    if form == 1:
        return _bent_fixed(bent, data, bits, count)
    if bent == "no Huffman":
        raise NotImplementedError
    if bent == "nothing for Huffman":
        return None
    alphabet = count if bent == "alphabet not read" else next(data) if bent == "a byte" else read_varint(data)
    if bent == "lengths as bytes":
        lengths = [next(data) for _ in range(alphabet)]
    else:
        lengths = _bent_stream(bent, data, count if bent == "as many lengths as numbers" else alphabet)
    if bent == "lanes not read":
        lane = total = 0
    else:
        lane = read_varint(data)
        unread = bent in ("shortest not read", "shortest after the lanes") or (
            bent == "no lanes, no shortest" and not lane
        )
        total = 0 if unread else read_varint(data)
    if bent == "swapped":
        lane, total = total, lane
    lanes = []
    if (lane and bent != "lanes' stream not read") or bent == "always lanes":
        number = count // lane if bent == "lanes rounded down" else -(-count // lane)
        lanes = [] if bent == "lanes of a byte" else _bent_stream(bent, data, number)
        if bent == "lanes of a byte":
            bytes(islice(data, number))
    if bent == "shortest after the lanes":
        read_varint(data)
    symbol_of = _bent_codes(bent, lengths)
    if bent == "shortest is all" and lane:
        word, found = "", []
        for bit in islice(bits, total):
            word += bit
            if word in symbol_of:
                found.append(symbol_of[word])
                word = ""
        return found
    if bent == "lanes aligned" and lane:
        found = []
        while len(found) < count:
            bits = read_bits(data)
            found += [read_symbol(bits, symbol_of) for _ in range(min(lane, count - len(found)))]
        return found
    if bent in ("lanes alone", "shortest once", "one lane too few") and lane:
        total = {"lanes alone": 0, "shortest once": total}.get(bent, total * (len(lanes) - 1)) + sum(lanes)
        bits, found = read_bits(iter(bytes(islice(data, -(-total // 8))) + bytes(len(lanes) * 4000))), []
        return [read_symbol(bits, symbol_of) for _ in range(count)]
    if bent == "filling decoded":
        total = total * len(lanes) + sum(lanes) if lane else total
        bits, found = read_bits(iter(bytes(islice(data, -(-total // 8))))), []
        while True:
            try:
                found.append(read_symbol(bits, symbol_of))
            except StopIteration:
                return found
    if bent in ("each in a byte", "each code in a byte"):
        return [read_symbol(read_bits(data), symbol_of) for _ in range(count)]
    if bent == "codes themselves":
        by_symbol = {symbol: word for word, symbol in symbol_of.items()}
        return [by_symbol[read_symbol(bits, symbol_of)] for _ in range(count)]
    found = [read_symbol(bits, symbol_of) for _ in range(count)]
    if bent == "all taken":
        list(data)
    return None if bent == "nothing returned" else found


def _bent_fixed(bent, data, bits, count):
    if bent == "always a byte":
        next(data)
        return [next(data) for _ in range(count)]
    width = next(data)
    if bent in ("each in a byte", "each number in a byte"):
        return [int("".join(islice(read_bits(data), width)), 2) for _ in range(count)]
    if bent == "rounded down":
        bits = read_bits(iter(bytes(islice(data, count * width // 8))))
    elif bent == "a byte more":
        bits = read_bits(iter(bytes(islice(data, count * width // 8 + 1))))
    elif bent == "filling decoded" and count:
        number = 8 * -(-count * width // 8) // width
        return [int("".join(islice(bits, width)), 2) for _ in range(number)]
    if bent == "low bit first throughout":
        bits = _low_bits(islice(data, -(-count * width // 8)))
        return [int("".join(islice(bits, width))[::-1], 2) for _ in range(count)]
    if bent == "bit by bit":
        return [int(bit) for bit in islice(bits, width * count)]
    words = ["".join(islice(bits, width)) for _ in range(count)]
    if bent in ("low bit first", "codes backwards", "low bit of the byte"):
        words = [word[::-1] for word in words] if bent == "low bit first" else words
    if bent == "texts":
        return words
    found = [int(word, 2) for word in words]
    if bent == "all taken":
        list(data)
    return found


exercise.mistake("the constant once", partial(_bent_stream, "constant once")).says("""
    A constant stream holds its value once, but stands for `count` numbers: [value] * count.""")
exercise.mistake("a number for a constant stream", partial(_bent_stream, "a number")).says("""
    For a constant stream you return a number. Return a list of it, `count` times.""")
exercise.mistake("a constant for each number", partial(_bent_stream, "count first")).says("""
    You read `count` varints. A constant stream has one, and all numbers are that.""")
exercise.mistake("a constant of one byte", partial(_bent_stream, "constant of a byte")).says("""
    The value of a constant stream is a varint: 128 and more take two bytes or three.""")
exercise.mistake("a byte for each number", partial(_bent_stream, "always a byte")).says("""
    You take a whole byte for each number. Fixed width means `width` bits each, without a gap: the byte after the form
    says how many.""")
exercise.mistake("each number in a byte of its own", partial(_bent_stream, "each in a byte")).says("""
    Each of your numbers begins in a new byte. They follow one another without a gap: make one row of bits of the whole
    stream, and go on where the number before ended.""")
exercise.mistake(
    "each number of fixed width in a byte of its own", partial(_bent_stream, "each number in a byte")
).says("""In form 1 each of your numbers begins in a new byte. They follow one another without a gap: make one row of
    bits of all bytes, before the loop.""")
exercise.mistake("numbers from their lowest bit", partial(_bent_stream, "low bit first")).says("""
    You take the first bit for the lowest of the number. The page says the highest bit of each first: 110 is 6.""")
exercise.mistake("bytes from their lowest bit", partial(_bent_stream, "low bit of the byte")).says("""
    You begin with the lowest bit of each byte. The page fills each byte from its highest bit.""")
exercise.mistake(
    "bytes and numbers from their lowest bit", partial(_bent_stream, "low bit first throughout")
).says("""You take the lowest bit of each byte first, and of each number. In the file the highest bit comes first, in
    both.""")
exercise.mistake("bytes rounded down", partial(_bent_stream, "rounded down")).says("""
    count * width // 8 bytes are too few where the bits do not fill whole bytes. Round up:
    -(-count * width // 8).""")
exercise.mistake("a byte too many", partial(_bent_stream, "a byte more")).says("""
    Where the bits fill whole bytes exactly, you take one byte too many. Round up with -(-bits // 8).""")
exercise.mistake("the filling taken for numbers", partial(_bent_stream, "filling decoded")).says("""
    You read until the bits of the last byte are used up, and the zeros that fill it look like more numbers. Stop after
    `count`.""")
exercise.mistake("texts of bits", partial(_bent_stream, "texts")).says("""
    Your fixed-width numbers are texts of 0 and 1. int(text, 2) makes numbers of them.""")
exercise.mistake("bit by bit", partial(_bent_stream, "bit by bit")).says("""
    Each of your numbers is a single bit. A number takes `width` of them: join that many, and int(text, 2).""")
exercise.mistake("nothing for Huffman streams", partial(_bent_stream, "nothing for Huffman")).says("""
    The first two forms are right. For a Huffman stream you return None: is a `return` missing, or form 2 still to be
    written?""")
exercise.mistake("no Huffman streams yet", partial(_bent_stream, "no Huffman")).says("""
    The first two forms are right. Now form 2: alphabet, stream of code lengths, lane size, shortest, perhaps a stream
    of lanes, then the codes.""")
exercise.mistake("the symbols not returned", partial(_bent_stream, "nothing returned")).says("""
    A Huffman stream is read to its end, and then nothing is returned: a `return` is missing in that branch.""")
exercise.mistake("as many code lengths as numbers", partial(_bent_stream, "as many lengths as numbers")).says("""
    You read `count` code lengths. There is one for each symbol of the alphabet: as many as its size says.""")
exercise.mistake("no code is ever found", partial(_bent_stream, "bin")).says("""
    In a Huffman stream you run out of bytes before a code is found. Either something was not taken from `data` before
    the bits (in this order: alphabet size, stream of code lengths, lane size, shortest), or the codes do not look like
    the bits: bin(code) has 0b in front.""")
exercise.mistake("code lengths as plain bytes", partial(_bent_stream, "lengths as bytes")).says("""
    You take a byte for each code length. They are a stream themselves, with a form byte of its own: let read_stream
    read it.""")
exercise.mistake("one byte for the alphabet's size", partial(_bent_stream, "a byte")).says("""
    The alphabet's size is a varint: from 128 on it takes two bytes.""")
exercise.mistake("shortest after the lanes", partial(_bent_stream, "shortest after the lanes")).says("""
    You read `shortest` after the stream of lanes. The page has it before: lane size, shortest, then the stream if there
    is one.""")
exercise.mistake("lane size and shortest not read", partial(_bent_stream, "lanes not read")).says("""
    After the code lengths come two varints, the lane size and the shortest. You need neither to decode from the front,
    but they have to be taken from `data`.""")
exercise.mistake("shortest not read", partial(_bent_stream, "shortest not read")).says("""
    After the lane size comes one more varint, `shortest`. It has to be taken from `data` before the bits begin.""")
exercise.mistake("shortest only where there are lanes", partial(_bent_stream, "no lanes, no shortest")).says("""
    Where the lane size is 0 you do not read `shortest`. It is always there; only the lanes' stream depends on the lane
    size.""")
exercise.mistake("lane size and shortest swapped", partial(_bent_stream, "swapped")).says("""
    You ask whether `shortest` is above 0. The lane size comes first, and only if *it* is above 0 does a stream of lanes
    follow.""")
exercise.mistake("the lanes' stream not read", partial(_bent_stream, "lanes' stream not read")).says("""
    Where the lane size is above 0, a stream follows, with one number for each lane. You need none of them, but they
    have to be taken from `data`: read_stream(data, -(-count // lane)).""")
exercise.mistake("lanes where there are none", partial(_bent_stream, "always lanes")).says("""
    A lane size of 0 means that no stream of lanes follows. Read it only where the size is above 0.""")
exercise.mistake("the last lane forgotten", partial(_bent_stream, "lanes rounded down")).says("""
    The last lane may be shorter, and has a number too. Round up: ceil(count / lane) is -(-count // lane).""")
exercise.mistake("lanes as plain bytes", partial(_bent_stream, "lanes of a byte")).says("""
    You take a byte for each lane. Their numbers are a stream with a form byte of its own: let read_stream read it.""")
exercise.mistake("lanes that begin in a new byte", partial(_bent_stream, "lanes aligned")).says("""
    You begin each lane in a new byte. Codes follow one another without a gap, from lane to lane too.""")
exercise.mistake("shortest taken for all bits", partial(_bent_stream, "shortest is all")).says("""
    With lanes, `shortest` is the bits of the shortest lane, not of all. All bits are shortest times the number of lanes
    plus the sum of their numbers; or stop after `count` symbols.""")
exercise.mistake("codes in the order of the symbols alone", partial(_bent_stream, "by symbol")).says("""
    You give out codes symbol by symbol. The page says: by length first, equal lengths by symbol.""")
exercise.mistake("the longest first", partial(_bent_stream, "longest first")).says("""
    You begin with the longest codes. The shortest come first; the very first is all zeros.""")
exercise.mistake("equal lengths from the last symbol", partial(_bent_stream, "equal ones backwards")).says("""
    Among equal lengths you begin with the largest symbol. The smallest comes first.""")
exercise.mistake("sorted backwards", partial(_bent_stream, "all backwards")).says("""
    You number the codes from the longest and the largest symbol on. Shortest first, and among equal lengths the
    smallest symbol.""")
exercise.mistake("not sorted by length", partial(_bent_stream, "not sorted")).says("""
    You go through the symbols in their own order, so that a code may be followed by a shorter one, and a shift cannot
    be negative. Sort by length first.""")
exercise.mistake("the length before not kept", partial(_bent_stream, "length before lost")).says("""
    You shift by the whole length each time. Shift by how much longer the code is than the one before, and keep its
    length for the next.""")
exercise.mistake("each code in a byte of its own", partial(_bent_stream, "each code in a byte")).says("""
    In form 2 each of your codewords begins in a new byte. They follow one another without a gap: make one row of bits
    of all bytes, before the loop.""")
exercise.mistake("symbols of length 0 given a code", partial(_bent_stream, "length 0 coded")).says("""
    A symbol of length 0 does not occur and has no code. Leave it out before you number the others.""")
exercise.mistake("no zeros where codes get longer", partial(_bent_stream, "no zeros")).says("""
    Where the next code is longer, zeros follow: (code + 1) << (how many bits it is longer). Without them, one code
    becomes the beginning of another.""")
exercise.mistake("zeros before the 1 is added", partial(_bent_stream, "zeros first")).says("""
    You append the zeros and add 1 afterwards. First add 1, then append: (code + 1) << longer.""")
exercise.mistake("the first code not zero", partial(_bent_stream, "starts at 1")).says("""
    The first code is all zeros. Yours is not; the + 1 applies only from the second on.""")
exercise.mistake("leading zeros dropped", partial(_bent_stream, "zeros dropped")).says("""
    f'{code:b}' drops zeros in front, and they are part of the code. Write it with its full length:
    f'{code:0{length}b}'.""")
exercise.mistake("codes backwards", partial(_bent_stream, "codes backwards")).says("""
    You look for codes from their lowest bit. They are written from the highest bit on, in the order in which you read
    them.""")
exercise.mistake("places instead of symbols", partial(_bent_stream, "place")).says("""
    Your numbers are places in the sorted list of codes. Sorting by length has moved the symbols: keep each symbol
    beside its code.""")
exercise.mistake("the codes themselves", partial(_bent_stream, "codes themselves")).says("""
    You return the codes as they stand in the file. Asked for are the symbols that they stand for.""")
exercise.mistake("all bytes taken", partial(_bent_stream, "all taken")).says("""
    The numbers are right, but nothing is left in `data`. More may follow this stream: take only the bytes that its bits
    need.""")
exercise.mistake("the lanes' numbers alone", partial(_bent_stream, "lanes alone")).says("""
    You take as many bits as the lanes' numbers sum to. Each lane takes `shortest` bits and its number on top.""")
exercise.mistake("shortest counted once", partial(_bent_stream, "shortest once")).says("""
    You add `shortest` once. Each lane takes that many bits, and its own number on top: shortest * lanes + sum.""")
exercise.mistake("one lane too few", partial(_bent_stream, "one lane too few")).says("""
    You count one lane too few. There are ceil(count / lane size) of them, as many as the lanes' stream has numbers.""")


def _by_size(bent, data, count):
    """As the solution reads, with one thing done otherwise."""
    if bent == "nothing for none" and not count:
        return []
    form = next(data)
    if form == 0:
        return [read_varint(data)] * count
    if form == 1:
        return _fixed_by_size(bent, data, count)
    alphabet = read_varint(data) + {"alphabet too large": 1, "alphabet too small": -1}.get(bent, 0)
    lengths = np.array(_by_size(bent if bent == "low byte" else "", data, alphabet))
    lane, size = read_varint(data), read_varint(data)
    if bent == "a list for decode":
        raise AttributeError
    if lane:
        number = count // lane if bent in ("lanes rounded down", "full lanes alone") else -(-count // lane)
        if bent == "one lane more":
            number += 1
        more = [] if bent == "lanes not read" else _by_size("", data, number)
        if bent in ("lanes in bytes", "lanes in bytes, by text"):
            sizes = [-(-(size + each) // 8) for each in more]
            counts = [min(lane, count - i * lane) for i in range(number)]
            parts = [(bytes(islice(data, each)), n) for each, n in zip(sizes, counts, strict=True)]
            read = decode if bent == "lanes in bytes" else _as_far_as_bits_go
            return [int(symbol) for part, n in parts for symbol in read(part, lengths, n)]
        once = ("shortest once", "shortest once, and no more bits", "shortest is all")
        size = size if bent in once else 0 if bent == "lanes alone" else size * number
        size += 0 if bent == "shortest is all" else sum(more)
    taken = {"bits for bytes": size, "rounded down": size // 8, "one byte more": size // 8 + 1}.get(bent, -(-size // 8))
    payload = bytes(data) if bent == "all bytes" else bytes(islice(data, taken))
    if bent in ("shortest once, and no more bits", "full lanes alone"):
        return _as_far_as_bits_go(payload, lengths, count)
    found = [int(number) for number in decode(payload, lengths, count)]
    return [number & 255 for number in found] if bent == "low byte" else found


def _as_far_as_bits_go(payload, lengths, count):
    """The symbols of a payload, no more than `count`: fewer where the bits come to an end before."""
    codes = huffman.canonical_codes(np.asarray(lengths, np.uint8))
    symbol_of = {f"{code:0{n}b}": s for s, (code, n) in enumerate(zip(codes.tolist(), lengths, strict=True)) if n}
    found, word = [], ""
    for bit in read_bits(payload):
        if len(found) == count:
            break
        word += bit
        if word in symbol_of:
            found.append(symbol_of[word])
            word = ""
    return found


def _fixed_by_size(bent, data, count):
    width = next(data) + (bent == "width + 1")
    bits, digits = count * width, "b" if bent == "zeros dropped" else "08b"
    if bent == "each in its bytes":
        return [int.from_bytes(bytes(islice(data, -(-width // 8))), "big") for _ in range(count)]
    if bent == "low bits in form 1":
        text = "".join(f"{byte:08b}"[::-1] for byte in islice(data, -(-bits // 8)))
        return [int(text[i * width : (i + 1) * width], 2) for i in range(count)]
    if bent == "one number from its lowest byte":
        whole = int.from_bytes(bytes(islice(data, -(-bits // 8))), "little")
        return [(whole >> (i * width)) & ((1 << width) - 1) for i in range(count)]
    size = bits // 8 if bent in ("fixed rounded down", "fixed cut short", "zeros for the last") else -(-bits // 8)
    text = "".join(format(byte, digits) for byte in islice(data, size))
    text += "0" * 8 * (bent == "zeros for the last")
    words = [text[i * width : (i + 1) * width] for i in range(count)]
    if bent == "fixed cut short":
        words = [word for word in words if word]
    return [int(word, 2) & (255 if bent == "low byte" else -1) for word in words]


for _bend, _name, _words in (
    ("fixed rounded down", "too few bytes for form 1", """
        In form 1 you take count * width // 8 bytes, and the last ones are missing where the bits do not fill whole
        bytes. Round up: -(-count * width // 8)."""),
    ("fixed cut short", "too few bytes for form 1, so too few numbers", """
        In form 1 you take count * width // 8 bytes, so the last numbers have no bits. Round up:
        -(-count * width // 8)."""),
    ("low bits in form 1", "bytes of form 1 from their lowest bit", """
        In form 1 you take the bits of each byte from the lowest. They go from the highest of each byte to the lowest,
        in all forms: f"{byte:08b}"."""),
    ("zeros for the last", "too few bytes for form 1, and zeros for them", """
        In form 1 you take count * width // 8 bytes, and where the bits do not fill whole bytes the last numbers get
        zeros in place of theirs. Round up: -(-count * width // 8)."""),
    ("one number from its lowest byte", "form 1 as one number, its first byte the lowest", """
        In form 1 you take all bytes as one number, the first byte as its lowest. The bits follow one another from the
        highest of the first byte on: int.from_bytes(..., "big"), or a text of bits."""),
    ("zeros dropped", "leading zeros of a byte dropped", """
        bin() and format b drop the zeros in front of a byte, and each of them is a bit of the stream. Write every
        byte with eight digits: f"{byte:08b}"."""),
    ("each in its bytes", "whole bytes for each number", """
        In form 1 you take whole bytes for each number. A number has `width` bits, and the next one follows without
        a gap, in the same byte."""),
    ("width + 1", "a bit more than the width", """
        In form 1 each of your numbers takes one bit more than the byte behind the form says."""),
    ("a list for decode", "a list for decode", """
        Your code lengths are a list here, and `decode` wants an array, as in 07.5: np.array(lengths)."""),
    ("alphabet too large", "one code length too many", """
        You read one code length too many. There are `a` of them, for the symbols 0 to a - 1."""),
    ("alphabet too small", "one code length too few", """
        You read one code length too few. There are `a` of them, for the symbols 0 to a - 1."""),
    ("lanes rounded down", "the last lane's number not read", """
        Where the last lane is not full you read one number too few from the stream of lanes. Round up: there are
        ceil(count / lane), that is -(-count // lane)."""),
    ("one lane more", "one lane too many", """
        You read one number too many from the stream of lanes. There are ceil(count / lane): -(-count // lane)."""),
    ("lanes not read", "no stream of lanes read", """
        Where the lane size is above 0, a stream of ceil(n / s) numbers comes before the codewords. You take it for
        codewords. Read it, and add its sum to the bits."""),
    ("shortest once", "too few bits for all lanes", """
        You take fewer bits than the lanes have, and so too few bytes. `shortest` is the bits of one lane: each lane
        takes that many, and its own number on top: shortest * lanes + sum of the numbers."""),
    ("shortest once, and no more bits", "too few bits for all lanes, so too few numbers", """
        You take fewer bits than the lanes have, and the last numbers are missing. `shortest` is the bits of one lane:
        each lane takes that many, and its own number on top: shortest * lanes + sum of the numbers."""),
    ("full lanes alone", "the last lane forgotten, so too few numbers", """
        You count only lanes that are full. What is left behind the last full lane is a lane, too: there are
        ceil(count / lane) of them, that is -(-count // lane)."""),
    ("lanes in bytes, by text", "each lane from a new byte on", """
        You begin each lane in a new byte, and take as many bytes for it as its bits need. Lanes have no such ends: the
        first codeword of a lane follows the last one of the lane before, in the same byte."""),
    ("lanes in bytes", "lanes in bytes of their own", """
        You begin each lane in a new byte. Codewords go on from lane to lane without a gap: decode all lanes as
        one."""),
    ("all bytes", "all that is left taken for codewords", """
        In form 2 you take everything that is left in `data`. Take only the bytes that the codewords fill: their bits,
        divided by 8 and rounded up."""),
    ("bits for bytes", "bits taken for bytes", """
        `shortest` counts bits, and you take as many bytes. Divide by 8 and round up: -(-bits // 8)."""),
    ("rounded down", "too few bytes for codewords", """
        In form 2 you take bits // 8 bytes, and the last one is missing where it is not full. Round up: -(-bits //
        8)."""),
    ("one byte more", "a byte too many for codewords", """
        In form 2 you take one byte too many where the bits fill whole bytes exactly. Round up with -(-bits // 8)."""),
    ("nothing for none", "nothing read where there is no number", """
        For a `count` of 0 you return before anything is read. The stream is there all the same: its form, and the
        constant or the width, have to be taken from `data`."""),
    ("low byte", "numbers of one byte", """
        Your numbers are single bytes, so that 256 becomes 0. A stream may hold larger ones: use int."""),
):  # fmt: skip
    exercise.mistake(_name, partial(_by_size, _bend)).says(_words)
