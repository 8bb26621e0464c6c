"""07.4 Bits into bytes."""

import numpy as np

from dc_lab import huffman
from dc_lab.coding import bits
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_07.common import FIVE_CODES, FIVE_LENGTHS, row
from dc_lab.course.values import describe, plain


def encode(symbols, codes, lengths):
    """The codewords of all symbols without a gap, as bytes."""
    text = "".join(f"{codes[symbol]:0{lengths[symbol]}b}" for symbol in symbols)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _encode(symbols, codes, lengths):
    return bits.pack(codes[symbols], lengths[symbols])


def _accept_bytes(case, expected, got):
    """bytes and a bytearray hold the same; else the first byte in which they part, as bits."""
    if not isinstance(got, (bytes, bytearray)):
        remedy = ": bytes(...) makes them of a list of whole numbers" if isinstance(got, list) else ""
        return f"expected {len(expected)} bytes, got {describe(plain(got))}{remedy}"
    symbols, codes, lengths = case
    ends = np.cumsum(lengths[symbols], dtype=np.int64)
    size = int(ends[-1]) if len(ends) else 0
    if len(got) != len(expected):
        fill = "which fill whole bytes: no zeros follow" if size % 8 == 0 else "and zeros fill up the last byte"
        what = f"the codewords have {size} bit{'s' if size != 1 else ''}, {fill}"
        what = what if size else "there are no symbols, and so no bits"
        zeros = 8 * len(expected) - int.from_bytes(expected, "big").bit_length()
        if 0 < len(got) < len(expected) and zeros and not expected.startswith(bytes(got)):
            what += ". The payload begins with a bit of 0, and such bits are written, too"
        return f"expected {_counted(len(expected))}, got {len(got)}: {what}"
    for i, (a, b) in enumerate(zip(expected, got, strict=True)):
        if a != b:
            said = f"byte {i} should be {a:08b}, got {b:08b}"
            bit = 8 * i + 8 - (a ^ b).bit_length()
            if bit >= size:
                return f"{said}: behind the last codeword stand zeros"
            number = int(np.searchsorted(ends, bit, side="right"))
            symbol = symbols[number]
            word = f"{int(codes[symbol]):0{int(lengths[symbol])}b}"
            return f"{said}. The first wrong bit is in {word}, the codeword of symbol number {number}"
    return None


def _counted(size):
    return f"{size} byte{'s' if size != 1 else ''}"


def _draw_stream(rng):
    counts = (2.0 ** rng.uniform(0, 8, int(rng.integers(2, 8)))).astype(np.int64)
    counts[1:-1] *= rng.random(len(counts) - 2) < 0.8
    lengths = huffman.code_lengths(counts).astype(np.int64)
    symbols = rng.choice(len(counts), int(rng.integers(1, 13)), p=counts / counts.sum())
    codes = huffman.canonical_codes(lengths)
    if rng.random() < 0.5:
        return symbols.astype(np.uint8), codes, lengths.astype(np.uint8)
    return symbols, codes.astype(np.int64), lengths


def _case(symbols, lengths):
    each = np.array(lengths, np.int64)
    return np.array(symbols, np.int64), huffman.canonical_codes(each).astype(np.int64), each


def _bytes(symbols, lengths):
    """A case as the package's own dtypes have it."""
    narrow = np.array(lengths, np.uint8)
    dtype = np.uint8 if len(lengths) <= 256 else np.uint16
    return np.array(symbols, dtype), huffman.canonical_codes(narrow), narrow


def _narrow(symbols, lengths):
    """The same with codes of one byte."""
    symbols, codes, lengths = _bytes(symbols, lengths)
    return symbols, codes.astype(np.uint8), lengths


CASES = [
    _case([0], [1, 1]), _case([1], [1, 1]), _case([0, 0, 0], [1]), _case([1, 0, 1], [2, 1, 2]),
    _case([1, 0, 1, 1, 0, 0, 1, 0], [1, 1]), _case([2, 1, 2, 1], [1, 2, 2]), _case([0] * 9, [1, 1]),
    _case([3, 3, 1, 0, 3], [3, 3, 2, 1]), _case([4, 3, 2, 1, 0], [2, 3, 2, 3, 2]), _case([1, 3, 1], [0, 1, 0, 1]),
    _case([10, 0, 9, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]), _case([3, 4, 3, 4, 3, 4, 3, 4], [1, 2, 3, 4, 4]),
    _case([10, 9, 10, 9, 10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]), _case([4, 3, 2, 1, 0] * 7, [2, 3, 2, 3, 2]),
    _case([], [1, 1]), _case([2, 0, 1, 2], [9, 1, 9]), _bytes([4, 3, 2, 1, 0] * 33, [2, 3, 2, 3, 2]),
    _bytes([10, 9, 0, 10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]), _bytes([], [1, 1]),

    _bytes([299, 0, 255, 256], [9] * 300),
    # Codes of one byte, as narrow as their lengths.
    _narrow([4, 3, 2, 1, 0] * 4, [2, 3, 2, 3, 2]), _narrow([3, 1, 0, 3, 2, 3], [1, 2, 3, 3]),
    # Up to 7 bits wait when a codeword of 12 comes: more than 16 bits hold.
    _case([11, 12, 10, 11, 12], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12]),
]  # fmt: skip

exercise = Exercise(
    id="07.4",
    title="Bits into bytes",
    minutes=10,
    task="build",
    large=row,
    large_is="a row of 13,000 symbols",
    reference=_encode,
    solution=encode,
    shown=(np.array([2, 0, 4, 1]), FIVE_CODES, FIVE_LENGTHS),
    cases=CASES,
    draw=_draw_stream,
    accept=_accept_bytes,
    hints=[
        "Make one long text of 0 and 1 first. f'{codes[s]:0{lengths[s]}b}' is the codeword of symbol s with its zeros "
        "in front.",
        "Fill up with zeros behind it until the length is a multiple of 8. How many are missing? -len(text) % 8.",
        "Cut it into pieces of 8: bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8)).",
    ],
    why="""A text of digits is slow and takes a byte for each bit on the way, but it is easy to check.
        dc_lab.coding.bits.pack gives the same bytes: it finds where each codeword begins by a running sum of the
        lengths, and adds all codewords into 32-bit words at once, since codewords never share a bit.""",
)


def _bit_text(symbols, codes, lengths):
    return "".join(f"{codes[s]:0{lengths[s]}b}" if lengths[s] else "" for s in symbols)


def _to_bytes(text):
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


@exercise.alternative
def _encode_by_text(symbols, codes, lengths):
    return _to_bytes(_bit_text(symbols, codes, lengths))


@exercise.alternative
def _encode_by_number(symbols, codes, lengths):
    number = total = 0
    for symbol in symbols.tolist():
        number = number << int(lengths[symbol]) | int(codes[symbol])
        total += int(lengths[symbol])
    size = (total + 7) // 8
    return (number << (8 * size - total)).to_bytes(size, "big")


@exercise.alternative
def _encode_by_packbits(symbols, codes, lengths):
    stream = [int(codes[s]) >> i & 1 for s in symbols for i in reversed(range(int(lengths[s])))]
    return np.packbits(np.array(stream, np.uint8)).tobytes()


@exercise.mistake("the last byte not filled up")
def _(symbols, codes, lengths):
    """Your last byte holds the remaining bits as a number, so they stand at its low end. Fill up with zeros behind
    them: the payload goes on from the highest bit of each byte."""
    text = _bit_text(symbols, codes, lengths)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


@exercise.mistake("zeros in front")
def _padded_in_front(symbols, codes, lengths):
    """You fill up with zeros in front of the payload. A reader begins with the highest bit of the first byte and would
    take them for codewords. The zeros belong at the end."""
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes("0" * (-len(text) % 8) + text)


@exercise.mistake("zeros in front, and no symbols")
def _(symbols, codes, lengths):
    """Two things. As a number, the payload gets its zeros in front when it becomes bytes; they belong at the end, so
    append them to the text first. And int('', 2) fails where there are no symbols: return b'' there."""
    int(_bit_text(symbols, codes, lengths), 2)  # refuses a text of no digits
    return _padded_in_front(symbols, codes, lengths)


@exercise.mistake("filled with spaces")
def _(symbols, codes, lengths):
    """A width alone fills with spaces in front: '{6:4b}' is ' 110'. Write a 0 before the width to fill with zeros:
    f'{code:0{length}b}'."""
    return _to_bytes("".join(f"{codes[s]:{lengths[s]}b}" for s in symbols))


@exercise.mistake("the last bits not moved up")
def _(symbols, codes, lengths):
    """Your last byte ends with the last bits of the payload, behind bits that an earlier byte has already. Move what is
    left to the top of the byte: shift left by 8 minus their number."""
    # The last byte holds the payload's last 8 bits, some of which an earlier byte holds already.
    text = _bit_text(symbols, codes, lengths)
    whole = _to_bytes(text[: len(text) // 8 * 8])
    return whole + bytes([int("0" + text[-8:], 2)]) * (len(text) % 8 > 0)


@exercise.mistake("codewords cut to 8 bits")
def _(symbols, codes, lengths):
    """Each codeword goes through a uint8, such as np.unpackbits takes: of a codeword longer than 8 bits the first ones
    are lost. Take the bits from the number itself."""
    return _to_bytes("".join(f"{codes[s] % 256:08b}"[-lengths[s] :] if lengths[s] else "" for s in symbols))


@exercise.mistake("one bit for each symbol")
def _(symbols, codes, lengths):
    """np.packbits makes one bit of each element: 0 where it is 0, else 1. Give it the single bits of all codewords."""
    return np.packbits(codes[symbols] != 0).tobytes()


@exercise.mistake("no symbols refused")
def _(symbols, codes, lengths):
    """Where there are no symbols there are no bits: int('', 2) and np.concatenate([]) fail. Return b'' there."""
    int(_bit_text(symbols, codes, lengths), 2)
    return _encode(symbols, codes, lengths)


@exercise.mistake("no symbols refused by np.packbits")
def _(symbols, codes, lengths):
    """np.packbits does not take an empty list, which has no type of whole numbers. Return b'' where there are no
    symbols, or give it an array of dtype uint8."""
    if len(symbols) == 0:
        raise TypeError
    return _encode(symbols, codes, lengths)


exercise.mistake("the numbers as they are", lambda symbols, codes, lengths: codes[symbols].tobytes()).says("""
    tobytes() gives each codeword the bytes of its dtype, eight for int64. A codeword takes lengths[symbol] bits.""")


@exercise.mistake("one number")
def _(symbols, codes, lengths):
    """All bits in one whole number: a good way, but the zeros at its beginning are lost. Shift it left until the last
    byte is full, and use .to_bytes(size, 'big')."""
    return int("0" + _bit_text(symbols, codes, lengths), 2)


@exercise.mistake("a number of 64 bits")
def _(symbols, codes, lengths):
    """Your number is one of NumPy's, with 64 bits: of a longer payload the beginning drops out, without a warning.
    Convert to Python's int first, int(codes[symbol]), which has no limit."""
    text = _bit_text(symbols, codes, lengths)
    number = np.int64(0)
    for symbol in symbols:
        number = number << lengths[symbol] | codes[symbol]
    size = (len(text) + 7) // 8
    return (int(number) << (8 * size - len(text))).to_bytes(size, "big")


@exercise.mistake("zip over all three")
def _(symbols, codes, lengths):
    """zip(symbols, codes, lengths) pairs the first symbol with the first codeword, and ends with the shortest.
    `symbols` says which codeword comes next: codes[symbol]."""
    return _to_bytes("".join(f"{code:0{length}b}" for _, code, length in zip(symbols, codes, lengths, strict=False)))


@exercise.mistake("a byte too many")
def _(symbols, codes, lengths):
    """Where the bits fill whole bytes exactly, you add a byte of zeros: 8 - n % 8 is 8 there. -n % 8 is 0."""
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes(text + "0" * (8 - len(text) % 8))


@exercise.mistake("the last byte lost")
def _(symbols, codes, lengths):
    """Bits that do not fill a byte are lost. Fill up with zeros to the next whole byte."""
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes(text[: len(text) // 8 * 8])


@exercise.mistake("filled up with ones")
def _(symbols, codes, lengths):
    """You fill the last byte up with ones. Zeros are agreed on, so that the same bits are always the same bytes."""
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes(text + "1" * (-len(text) % 8))


@exercise.mistake("bytes filled from the lowest bit")
def _(symbols, codes, lengths):
    """The first bit of the payload goes to the lowest bit of your first byte. Here it is the highest. With np.packbits
    that is the default, bitorder='big'."""
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in _encode(symbols, codes, lengths))


@exercise.mistake("codewords from their lowest bit")
def _low_bit_of_code_first(symbols, codes, lengths):
    """You write each codeword from its lowest bit on. A codeword must be read from its first bit, the highest: 110 is
    written 1, 1, 0."""
    return _to_bytes("".join(f"{codes[s]:0{lengths[s]}b}"[::-1] if lengths[s] else "" for s in symbols))


@exercise.mistake("everything from the lowest bit")
def _(symbols, codes, lengths):
    """You write each codeword from its lowest bit on, into each byte from its lowest bit. That is the order of some
    formats; here, the highest bit comes first in both."""
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in _low_bit_of_code_first(symbols, codes, lengths))


@exercise.mistake("leading zeros dropped")
def _(symbols, codes, lengths):
    """bin() and format b drop the zeros in front, and these are part of the codeword: 01 is not 1. Write each codeword
    with its full length, such as f'{code:0{length}b}'."""
    return _to_bytes("".join(f"{codes[s]:b}" for s in symbols))


@exercise.mistake("a byte for each symbol")
def _(symbols, codes, lengths):
    """Each of your codewords takes a byte of its own. Nothing is gained then: write the codewords one after the other
    without a gap, and cut the row into bytes at the end."""
    return bytes(int(codes[s]) & 255 for s in symbols)


@exercise.mistake("whole bytes for each symbol")
def _(symbols, codes, lengths):
    """You fill up to whole bytes after each symbol. Fill up once, at the end of the payload."""
    # Each code in whole bytes of its own, from the highest bit.
    return b"".join(_encode(symbols[i : i + 1], codes, lengths) for i in range(len(symbols)))


@exercise.mistake("all codewords as long as the longest")
def _(symbols, codes, lengths):
    """Every codeword takes as many bits as the longest one. A codeword takes lengths[symbol] bits: that is the gain."""
    longest = int(lengths.max(initial=1))
    return _to_bytes("".join(f"{codes[s]:0{longest}b}" for s in symbols))


@exercise.mistake("the digits as characters")
def _(symbols, codes, lengths):
    """Each bit of yours is a character, a whole byte. Eight bits make one byte: int(text[i : i + 8], 2)."""
    return _bit_text(symbols, codes, lengths).encode()


exercise.mistake("a text of digits", _bit_text).says("""
    The bits are right, but they are a text. Make bytes of them, eight digits each: int(text[i : i + 8], 2).""")


@exercise.mistake("symbols instead of codewords")
def _(symbols, codes, lengths):
    """You write the symbols' own numbers. Write codes[symbol], in lengths[symbol] bits."""
    return _to_bytes("".join(f"{s:0{lengths[s]}b}" if lengths[s] else "" for s in symbols))


@exercise.mistake("codewords in turn")
def _(symbols, codes, lengths):
    """You go through `codes` from its beginning. `symbols` says which codeword comes next: codes[symbol]."""
    used = np.arange(len(symbols)) % max(len(codes), 1)
    return _encode(used, codes, lengths)


@exercise.mistake("the last symbol first")
def _(symbols, codes, lengths):
    """Your payload begins with the last symbol. Write them in the order of `symbols`."""
    return _encode(symbols[::-1], codes, lengths)


exercise.mistake("symbols sorted", lambda symbols, codes, lengths: _encode(np.sort(symbols), codes, lengths)).says("""
    You sort the symbols. Their order is the content: it has to stay.""")
exercise.mistake("bytes back to front", lambda symbols, codes, lengths: _encode(symbols, codes, lengths)[::-1]).says("""
    Your bytes stand in reverse order: with int.to_bytes, the byte order is 'big' here.""")
exercise.mistake("a list of numbers", lambda symbols, codes, lengths: list(_encode(symbols, codes, lengths))).says("""
    The numbers are right. Asked for are bytes: bytes(numbers) makes them.""")


@exercise.mistake("bytes and a number")
def _(symbols, codes, lengths):
    """The bytes are right. Return only them; how many bits there are can be seen from elsewhere."""
    return _encode(symbols, codes, lengths), int(lengths[symbols].sum())


@exercise.mistake("a uint8 array")
def _(symbols, codes, lengths):
    """The numbers are right, but they are a NumPy array. Asked for are bytes: put .tobytes() behind it."""
    return np.frombuffer(_encode(symbols, codes, lengths), np.uint8).copy()


@exercise.mistake("codewords of one byte overflow")
def _(symbols, codes, lengths):
    """The dtype of `lengths` may be uint8, and a shift or a sum in uint8 ends at 255. Take int(lengths[symbol]) and
    int(codes[symbol]) first."""
    with np.errstate(over="ignore"):
        total = lengths[symbols].sum(dtype=lengths.dtype)
    return _encode(symbols, codes, lengths)[: (int(total) + 7) // 8]


@exercise.mistake("as many zeros as bits stand in the last byte")
def _(symbols, codes, lengths):
    """You append len(text) % 8 zeros, which is how many bits stand in the last byte. How many are missing is -len(text)
    % 8."""
    text = _bit_text(symbols, codes, lengths)
    text += "0" * (len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


@exercise.mistake("each codeword once")
def _(symbols, codes, lengths):
    """You write each codeword once. `symbols` says which come, in which order, and how often: codes[symbol] for each of
    them."""
    return _to_bytes("".join(f"{code:0{length}b}" for code, length in zip(codes, lengths, strict=True)))


def _filled(symbols, codes, lengths):
    text = _bit_text(symbols, codes, lengths)
    return text + "0" * (-len(text) % 8)


exercise.mistake("a text of digits, filled up", _filled).says("""
    The bits are right, and the zeros too, but they are a text. Make bytes of it, eight digits each: int(text[i : i +
    8], 2).""")


@exercise.mistake("the digits as characters, filled up")
def _(symbols, codes, lengths):
    """Each bit of yours is a character, a whole byte, the zeros at the end too. Eight bits make one byte: int(text[i :
    i + 8], 2)."""
    return _filled(symbols, codes, lengths).encode()


@exercise.mistake("bytes and a number, filled up")
def _(symbols, codes, lengths):
    """The bytes are right. Return only them."""
    return _encode(symbols, codes, lengths), len(_filled(symbols, codes, lengths))


@exercise.mistake("NumPy's numbers")
def _(symbols, codes, lengths):
    """The bits go into one of NumPy's whole numbers, which has 64 bits at most. Convert to Python's int first,
    int(codes[symbol]) and int(lengths[symbol]), which has no limit."""
    number = total = 0
    for symbol in symbols:
        number = (number << lengths[symbol]) | codes[symbol]
        total += lengths[symbol]
    number, total = int(number), int(total)
    return (number << (-total % 8)).to_bytes((total + 7) // 8, "big")


@exercise.mistake("a sum of one byte")
def _(symbols, codes, lengths):
    """The number of bits is summed in uint8, as `lengths` may be, and begins at 0 again after 255. Add
    int(lengths[symbol])."""
    number, total = 0, np.uint8(0)
    for symbol in symbols:
        number = (number << int(lengths[symbol])) | int(codes[symbol])
        with np.errstate(over="ignore"):
            total = total + lengths[symbol]
    total = int(total)
    return (number << (-total % 8)).to_bytes((total + 7) // 8, "big")


def _by_buffer(symbols, codes, lengths, more):
    """With a buffer that is emptied byte by byte; `more` says when, and may say it only once for a symbol."""
    out, buffer, held = [], 0, 0
    for symbol in symbols:
        buffer, held = buffer << int(lengths[symbol]) | int(codes[symbol]), held + int(lengths[symbol])
        for _ in range(more(held)):
            held -= 8
            out.append(buffer >> held & 255)
    return out, buffer, held


@exercise.mistake("one byte at most a symbol")
def _(symbols, codes, lengths):
    """After a symbol you write at most one byte. A codeword can be longer than 8 bits, so that two are full: while, not
    if."""
    out, buffer, held = _by_buffer(symbols, codes, lengths, lambda held: int(held >= 8))
    if held:
        out.append((buffer << (8 - held)) & 255)
    return bytes(out)


@exercise.mistake("the last byte where there is none")
def _(symbols, codes, lengths):
    """Where there are no symbols, you write a byte of zeros all the same. No bits are no bytes: b"" there."""
    return _encode(symbols, codes, lengths) if len(symbols) else bytes(1)


@exercise.mistake("codewords of 8 bits at most")
def _(symbols, codes, lengths):
    """Of a codeword longer than 8 bits only the last 8 are written. It has lengths[symbol] bits, and all of them
    count."""
    return _to_bytes("".join(f"{int(codes[s]) & 255:0{min(8, int(lengths[s]))}b}" for s in symbols))


@exercise.mistake("codewords made uint8")
def _(symbols, codes, lengths):
    """The codewords are made uint8, which ends at 255, so that the first bits of long ones become 0. Take
    int(codes[symbol])."""
    return _to_bytes("".join(f"{int(codes[s]) & 255:0{int(lengths[s])}b}" for s in symbols))


@exercise.mistake("a buffer of 16 bits")
def _(symbols, codes, lengths):
    """Your buffer keeps 16 bits. Up to 7 bits may still be in it when a codeword of 10 or more comes: the first ones
    are lost. Let the buffer be as large as it needs."""
    out, buffer, held = bytearray(), 0, 0
    for symbol in symbols:
        buffer = (buffer << int(lengths[symbol]) | int(codes[symbol])) & 0xFFFF
        held += int(lengths[symbol])
        while held >= 8:
            held -= 8
            out.append(buffer >> held & 255)
    return bytes(out) + bytes([buffer << (8 - held) & 255]) * (held > 0)


@exercise.mistake("one byte at most a symbol, the rest kept")
def _(symbols, codes, lengths):
    """After a symbol you write at most one byte, and what is left at the end may be more than one. A codeword can fill
    two bytes: while, not if."""
    out, buffer, held = _by_buffer(symbols, codes, lengths, lambda held: int(held >= 8))
    if held:
        out.append((buffer << max(0, 8 - held)) & 255)
    return bytes(out)


@exercise.mistake("eight zeros where none are missing")
def _(symbols, codes, lengths):
    """You fill up with 8 - n % 8 zeros. Where the bits fill their last byte, n % 8 is 0, and a whole byte of zeros
    follows. -n % 8 is 0 there. (Only where there are no symbols do you add none.)"""
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes(text + "0" * (8 - len(text) % 8)) if text else b""


@exercise.mistake("one byte at most a symbol, and the end cut")
def _(symbols, codes, lengths):
    """After each symbol you write one byte at most. A codeword may be longer than 8 bits: write bytes while eight bits
    are there, not if."""
    out, held, size = bytearray(), 0, 0
    for symbol in symbols.tolist():
        held, size = held << int(lengths[symbol]) | int(codes[symbol]), size + int(lengths[symbol])
        if size >= 8:
            size -= 8
            out.append(held >> size & 255)
            held &= (1 << size) - 1
    return bytes(out) + bytes([(held << 8 >> size) & 255] if size else [])


@exercise.mistake("all bits in one number of NumPy")
def _(symbols, codes, lengths):
    """All bits go into one number of NumPy's, which has 64 and loses those above. Python's own int has no end:
    int(codes[s])."""
    wide = lengths.astype(np.uint64)
    held, size = np.uint64(0), 0
    for symbol in symbols.tolist():
        held, size = (held << wide[symbol]) | codes.astype(np.uint64)[symbol], size + int(lengths[symbol])
    whole = -(-size // 8)
    return (int(held) << (8 * whole - size)).to_bytes(whole, "big")


@exercise.mistake("the length looked up by the codeword")
def _(symbols, codes, lengths):
    """You look the length up by the codeword's number. A symbol that does not occur has the number 0 and the length 0,
    and takes the place of the first codeword; 0 and 00 have one number, too. Look it up by the symbol."""
    length_of = {int(code): int(length) for code, length in zip(codes, lengths, strict=True)}
    words = [int(codes[symbol]) for symbol in symbols]
    return _to_bytes("".join(str(word >> bit & 1) for word in words for bit in reversed(range(length_of[word]))))


@exercise.mistake("a number as narrow as codes and lengths")
def _(symbols, codes, lengths):
    """The number that holds the bits takes the dtype of codes and lengths. Of a uint8 the bits that are shifted beyond
    the eighth are lost. Make Python's own int of both: int(codes[s]), int(lengths[s])."""
    out, held, size = bytearray(), 0, 0
    for symbol in symbols.tolist():
        held = (held << lengths[symbol]) | codes[symbol]
        size += int(lengths[symbol])
        while size >= 8:
            size -= 8
            out.append(int(held >> size) & 255)
            held = held & ((1 << size) - 1)
    return bytes(out) + bytes([(int(held) << (8 - size)) & 255] if size else [])


@exercise.mistake("the codeword 0 skipped")
def _(symbols, codes, lengths):
    """You take a code of 0 for none, and skip it. The first codeword is all zeros: whether a symbol has one is said by
    its length."""
    return _to_bytes("".join(f"{codes[s]:0{lengths[s]}b}" for s in symbols if codes[s]))


@exercise.mistake("zeros at the beginning lost")
def _(symbols, codes, lengths):
    """You make one number of all bits, and take as many bytes as it has bits. Zeros at its beginning are lost: count
    the bits of the codewords, lengths[s] each."""
    text = _bit_text(symbols, codes, lengths).lstrip("0")
    return _to_bytes(text)


@exercise.mistake("a first byte with the number of zeros")
def _(symbols, codes, lengths):
    """A byte in front says how many zeros fill up the last one. It is not asked for: who decodes knows the number of
    symbols."""
    text = _bit_text(symbols, codes, lengths)
    return bytes([-len(text) % 8]) + _to_bytes(text) if text else b""
