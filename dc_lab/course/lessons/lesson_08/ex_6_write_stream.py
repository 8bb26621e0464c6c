"""08.6 A stream written."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from dc_lab import huffman
from dc_lab.coding import bits
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.decoder import given, read_stream, read_varint
from dc_lab.course.lessons.lesson_08.earlier import code_lengths
from dc_lab.course.lessons.lesson_08.encoder import write_stream, write_varint
from dc_lab.course.values import describe, plain
from dc_lab.dcz import streams

ROOM = 1.02
"""A stream may be so much longer than the course's, and two bytes more: ties and limits of lengths are free."""
SHOWN_BYTES = 24


class _Stream(NamedTuple):
    """A stream as a reader sees it: two writers need not make the same bytes."""

    form: int | None
    width: int | None
    read_back: Any


class Stream(_Stream):
    """The same, with the bytes themselves and what the reader says if it refuses them."""

    content: bytes
    refused: str
    of: np.ndarray


def _use(answer, numbers, huffman):
    given = np.array(numbers)
    found = answer(numbers) if huffman else answer(numbers, huffman=False)
    if not isinstance(found, (bytes, bytearray)):
        return found
    content = bytes(found)
    back, refused = refusal(content, 65_535, len(given)) if content else (None, "it has no byte at all")
    if content[:1] == b"\2" and any(word in refused for word in ("padding", "lane 0 ends", "left over")):
        refused = _without_codeword(content, given) or refused
    if content[:2] == b"\2\0":
        refused = "it says that it has 0 symbols: is largest + 1 computed in the array's own dtype?"
    is_right = back is not None and np.array_equal(back, given)
    # Refused bytes of forms 0 and 1 are the same for all writers. Of form 2 only what the reader says is.
    why = refused if content[:1] >= b"\2" else content
    read_back = "the numbers" if is_right else why if back is None else np.asarray(back)
    stream = Stream(content[0] if content else None, content[1] if content[:1] == b"\1" else None, read_back)
    stream.content, stream.refused, stream.of = content, refused, given
    return stream


def _without_codeword(content, numbers):
    """Whether a number that occurs has no codeword in the table of a stream of form 2, in words."""
    data = iter(content[1:])
    lengths = read_stream(data, read_varint(data))
    bare = [int(n) for n in np.unique(numbers) if n >= len(lengths) or not lengths[n]]
    return f"its table has no codeword for {bare[0]}, which occurs" if bare else ""


def refusal(content, most, count):
    """(numbers, "") of a stream that stands alone, as the package reads it, or (None, why it does not read it)."""
    reader = streams.Reader(b"DCZ\1" + content + b"crc!")
    reader.take(4, "header")
    try:
        found, _ = streams.decode(reader, "values", count, most)
    except streams.ArchiveError as error:
        return None, f"the reader refuses it at byte {reader.at - 4}: {str(error).partition(': ')[2]}"
    left = reader.end - reader.at
    if left:
        return None, f"the reader is done, and {left} byte{'s are' if left > 1 else ' is'} left over"
    return found, ""


def _accepted(case, expected, got):
    """What is wrong with a stream, in words, and its bytes."""
    if not isinstance(got, Stream):
        return f"expected bytes, got {describe(plain(got))}"
    numbers, may_code = case
    if not np.array_equal(got.of, numbers):
        return "it is the stream of other numbers"
    problem = _problem(numbers, may_code, expected.content, got)
    if problem and got.content:
        which = "bytes" if len(got.content) <= SHOWN_BYTES else f"first {SHOWN_BYTES} bytes of {len(got.content)}"
        return f"{problem}. Its {which}: {got.content[:SHOWN_BYTES].hex(' ')}"
    return problem


def _problem(numbers, may_code, best, got):
    if not got.content:
        return "it has no byte at all, and a stream begins with its form"
    if got.form > (2 if may_code else 1):
        asked = "0, 1 or 2" if may_code else "0 or 1, as huffman=False"
        return f"its first byte, the form, is {got.form}; asked for is {asked}"
    if got.refused:
        limit = ": no codeword may be longer than 12" if "a code of" in got.refused else ""
        return got.refused + limit
    if not isinstance(got.read_back, str):
        at = int(np.flatnonzero(got.read_back != numbers)[0])
        return f"read back, number {at} is {int(got.read_back[at])} and was {int(numbers[at])}"
    size, least = len(got.content), len(best)
    if size > ROOM * least + 2 or (size > least and least < 20):
        names = "constant", "fixed", "Huffman"
        return (
            f"it takes {size} bytes (form {got.form}, {names[got.form]}); {least} are enough "
            f"(form {best[0]}, {names[best[0]]})"
        )
    return None


def _often(*counts, seed=0, dtype=np.int64):
    """Numbers of which i occurs counts[i] times, in a mixed order."""
    numbers = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng(seed).shuffle(numbers)
    return numbers.astype(dtype)


def _of(values, counts, dtype):
    """Each value as often as its count says, in a mixed order."""
    return np.random.default_rng(0).permutation(np.repeat(values, counts)).astype(dtype)


def _cases():
    fibonacci = [1, 1]
    while len(fibonacci) < 17:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    rng = np.random.default_rng(86)
    skewed = _often(*fibonacci, seed=1)
    return [
        (np.array([5]), True), (np.array([0, 0, 0]), True), (np.array([300, 300]), True), (np.array([], int), True),
        (np.array([128] * 3, np.uint8), True), (np.array([0, 1]), True), (np.array([1, 0, 1]), False),
        (np.array([3, 1, 2]), True), (np.array([4, 0, 3]), True), (np.array([7, 8]), True), (np.array([8, 1]), False),
        (np.array([255, 0, 7, 1], np.uint8), True), (np.array([4_095, 5, 5]), True), (np.array([2, 2]), False),
        (np.array([256, 0, 9, 1], np.uint16), True), (np.array([16, 15, 3], np.uint16), False),
        (_often(60, 4, 3, 2), True), (_often(60, 4, 3, 2), False), (_often(90, 10, 0, 0, 5, 3, dtype=np.uint8), True),
        (_often(0, 70, 3, 5), True), (_often(40, 30, 20, 10, 6, 6, 4, 4), True), (_often(30, 30, 30, 30), True),
        (_often(*[200, 90, 60, 4] + [0] * 200 + [3, 2, 1], dtype=np.uint8), True), (np.arange(300) % 3 * 127, True),
        (_often(900, 1), True), (_often(*[3000, 500] + [0] * 126 + [40, 9]), True), (_often(3, 2, 1, seed=4), False),
        (skewed, True), (_often(*[12] * 16, 1), True), (_often(*fibonacci[:16], *[0] * 300, 300, seed=3), True),
        (_often(*fibonacci[:14], seed=2), True), (_often(*fibonacci[:13], seed=2), True),
        (np.arange(16).repeat(9), True), (_often(500, 1, 1, 1, 1, 1, seed=5), True),
        # The largest number that its dtype holds, in form 2, and numbers that only huffman=False has.
        (_of([255, 3, 7], [300, 100, 3], np.uint8), True), (_of([127, 3, 7], [300, 100, 3], np.int8), True),
        (np.array([40_000, 1, 5]), False), (np.array([49_151, 0, 300, 49_151], np.uint16), False),
        (rng.choice(4, 32_768, p=[0.7, 0.15, 0.1, 0.05]), True),
        (rng.choice(3, 40_000, p=[0.8, 0.15, 0.05]).astype(np.uint16), True),
    ]  # fmt: skip


def _draw(rng):
    kinds = int(rng.integers(2, 12))
    shares = 2.0 ** rng.uniform(0, 6, kinds)
    numbers = rng.choice(kinds, int(rng.integers(2, 120)), p=shares / shares.sum()) + int(rng.integers(0, 3))
    return numbers.astype(rng.choice([np.uint8, np.uint16, np.int64])), bool(rng.random() < 0.8)


def _like_a_layer():
    rng = np.random.default_rng(7)
    return np.minimum(rng.geometric(0.03, 15_000), 256) - 1, True


exercise = Exercise(
    id="08.6",
    title="A stream written",
    minutes=35,
    task="build",
    reference=write_stream,
    given=given(write_varint),
    use=_use,
    shown=(np.array([0, 0, 1, 0, 2, 0, 0, 3]), True),
    cases=_cases,
    draw=_draw,
    accept=_accepted,
    large=_like_a_layer,
    large_is="15,000 gaps of 8 bits, more than the first layer has",
    large_seconds=5.0,
    equivalents={
        "line 12: np.asarray(code_lengths(counts)) -> code_lengths(counts)": "An array already; 07.2 allows a list.",
        "line 11: lengths.max() > 12 -> lengths.max() >= 12": "A lower limit costs less than the 2 % that are free.",
        "line 11: 12 -> 11": "A lower limit costs less than the 2 % that are free.",
        "line 15: 4096 -> 4095": "Lanes of any size from 256 to 4,096 will do.",
        "line 15: 32768 -> 32767": "Lanes are allowed below 32,768 numbers, too.",
        "line 19: write_stream(sizes - sizes.min(), huffman=False) -> write_stream(sizes - sizes.min())": """Form 2 is
            never the shorter one for so few numbers.""",
        "line 19: False -> True": "Form 2 is never the shorter one for so few numbers.",
    },
    hints=[
        "One form after the other. All equal, or none at all: form 0 and a varint. Then form 1: the width is "
        "largest.bit_length(), and your encode of 07.4 packs numbers of equal width as well: the number is its own "
        "codeword, and every length is the width.",
        "Form 2: counts = np.bincount(numbers), lengths from your 07.2. While the longest is above 12, halve: counts = "
        "(counts + 1) // 2, which keeps 0 at 0 and 1 at 1, and work the lengths out again.",
        "Then in the page's order: b'\\2', the varint of the alphabet's size (largest + 1), the lengths as a stream "
        "(write_stream(lengths, huffman=False)), lane size, shortest, and the codewords of 07.3 through encode.",
        "Lanes: sizes = np.add.reduceat(lengths[numbers], np.arange(0, len(numbers), 4096)) has the bits of each lane. "
        "With one lane write 0 and the bits of all. Else 4096, the smallest, and the stream of sizes minus smallest.",
    ],
    why="""The table of lengths and the lanes are rows of small numbers, so they are streams, too. The format lets
        them be of form 0 or 1 only, so that reading one never goes deeper than one level.

        Halving counts is a blunt way to limit lengths: frequent symbols become more alike to rare ones. For the real
        layers it costs a few bytes. The best limited lengths come from another algorithm (package-merge).""",
)


def _codes(lengths):
    return huffman.canonical_codes(np.asarray(lengths, np.uint8)).astype(np.int64)


@exercise.alternative
def _by_parts(numbers, huffman=True):
    """One function a form, and the limit of the package."""
    values = [int(number) for number in numbers]
    if len(set(values)) <= 1:
        return bytes([0]) + write_varint(values[0] if values else 0)
    found = [_fixed(values)]
    if huffman:
        found.append(_huffman(values))
    return min(found, key=len)


def _fixed(values):
    width = max(values).bit_length()
    text = "".join(f"{value:0{width}b}" for value in values)
    text += "0" * (-len(text) % 8)
    return bytes([1, width]) + int(text, 2).to_bytes(len(text) // 8, "big")


def _huffman(values, lane=1000):
    numbers = np.array(values)
    lengths = huffman.code_lengths(np.bincount(numbers)).astype(int)
    out = bytearray(b"\2") + write_varint(len(lengths))
    out += write_varint_or_fixed(lengths.tolist())
    taken = [int(lengths[numbers[i : i + lane]].sum()) for i in range(0, len(numbers), lane)]
    if len(numbers) < 32_768:
        out += b"\0" + write_varint(sum(taken))
    else:
        out += write_varint(lane) + write_varint(min(taken))
        out += write_varint_or_fixed([each - min(taken) for each in taken])
    return bytes(out + bits.pack(_codes(lengths)[numbers], lengths[numbers]))


def write_varint_or_fixed(values):
    return b"\0" + write_varint(values[0]) if len(set(values)) == 1 else _fixed(values)


@exercise.alternative
def _by_the_package(numbers, huffman=True):
    plain_numbers = np.asarray(numbers).astype(np.int64)
    if huffman:
        return streams.encode(plain_numbers).content
    return bytearray(write_varint_or_fixed(plain_numbers.tolist() or [0]))


def _pack(numbers, lengths):
    return bits.pack(_codes(lengths)[numbers], np.asarray(lengths, int)[numbers])


def _bent(bent, numbers, huffman=True):
    """A stream written wrongly, in the way that `bent` names."""
    given = numbers
    numbers = np.asarray(numbers).astype(np.int64)
    if bent == "empty" and not len(numbers):
        raise ValueError("zero-size array to reduction operation maximum which has no identity")
    if bent == "16 bits":
        numbers = numbers.astype(np.int16)
    largest = int(numbers.max(initial=0))
    if bent == "one byte" and largest == 255 and given.dtype == np.uint8:
        raise OverflowError
    small = write_varint if bent != "bytes for varints" else lambda number: bytes([number & 255])
    if (numbers == largest).all() and not (bent == "no constant" and len(numbers)):
        if bent == "constant for each":
            return b"\0" + small(largest) * len(numbers)
        if bent == "constant of a byte":
            return bytes([0, largest & 255])
        return (b"" if bent == "no form byte" else b"\0") + small(largest)
    fixed = _bent_fixed(bent, numbers, largest)
    if (not huffman and bent != "huffman ignored") or bent == "never Huffman":
        return fixed
    wraps = bent == "alphabet wraps" and given.dtype.kind in "iu" and largest == np.iinfo(given.dtype).max
    coded = _bent_coded("no symbol" if wraps else bent, numbers, largest, small)
    if bent == "always Huffman":
        return coded
    if bent == "the longer":
        return max(fixed, coded, key=len)
    if bent == "tables not counted":
        lengths = huffman.code_lengths(np.bincount(numbers), 12).astype(int)
        return coded if lengths[numbers].sum() < len(numbers) * largest.bit_length() else fixed
    if bent == "entropy decides":
        return coded if len(coded) < 2 + len(numbers) else fixed
    return min(fixed, coded, key=len)


def _bent_fixed(bent, numbers, largest):
    rounded = int(np.ceil(np.log2(max(largest, 1))))
    width = max(1, {"eight bits": 8, "log2": rounded, "log2 spilled": rounded}.get(bent, largest.bit_length()))
    width = rounded if bent == "log2 and no bit" else width
    width = {"a bit more": width + 1, "width of the count": (largest + 1).bit_length()}.get(bent, width)
    by_text = "low bit first", "filled in front", "ones", "each in a byte", "no form byte", "no width", "log2 spilled"
    if bent not in by_text:
        return bytes([1, width]) + bits.pack(numbers & ((1 << width) - 1), np.full(len(numbers), width))
    words = [f"{number:0{width}b}" for number in numbers.tolist()]
    if bent != "log2 spilled":
        words = [word[-width:] for word in words]
    if bent == "low bit first":
        words = [word[::-1] for word in words]
    text = "".join(words)
    filling = -len(text) % 8
    text = "0" * filling + text if bent == "filled in front" else text + ("1" if bent == "ones" else "0") * filling
    if bent == "each in a byte":
        text = "".join(word + "0" * (-len(word) % 8) for word in words)
    head = bytes([width] if bent == "no form byte" else [1] if bent == "no width" else [1, width])
    return head + bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _bent_coded(bent, numbers, largest, small):
    counts = np.bincount(numbers)
    limit = {"no limit": 60, "limit 15": 15, "limit 11": 11}.get(bent, 12)
    lengths = huffman.code_lengths(counts, min(limit, 16)).astype(int)
    if bent in ("halved to 0", "all counts 1 or more"):
        lengths = np.asarray(code_lengths(counts))
        while lengths.max() > 12:
            counts = counts // 2 if bent == "halved to 0" else np.maximum(counts // 2, 1)
            lengths = np.asarray(code_lengths(counts))
    if bent == "cut at 12":
        lengths = np.minimum(huffman.code_lengths(counts, 16).astype(int), 12)
    alphabet = {"largest as alphabet": largest, "no symbol": 0, "seen as alphabet": int((counts > 0).sum())}.get(
        bent, largest + 1
    )
    out = (b"" if bent == "no form byte" else b"\2") + (b"" if bent == "no alphabet" else small(alphabet))
    if bent == "lengths as bytes":
        out += bytes(lengths.tolist())
    elif bent == "table of those that occur":
        out += write_varint_or_fixed(lengths[lengths > 0].tolist())
    elif bent == "table coded":
        out += streams.encode(lengths).content
    elif bent != "no table":
        out += write_varint_or_fixed(lengths.tolist())
    lane = 4096 if len(numbers) >= (32_769 if bent == "lanes above 32,768" else 32_768) else len(numbers)
    if bent == "always lanes":
        lane = 4096
    if bent == "never lanes":
        lane = len(numbers)
    last = len(numbers) - lane + 1 if bent == "last lane joined" else len(numbers)
    sums = np.add.reduceat(lengths[numbers], np.arange(0, max(last, 1), lane))
    several = len(sums) > 1 or bent in ("lane size of a single lane", "always lanes")
    if bent == "lanes before the table":
        size = small(lane if several else 0) + small(int(sums.min()))
        return out[:1] + size + out[1:] + _pack(numbers, lengths)
    if bent not in ("no lane size", "no lanes at all"):
        out += small(lane if several else 0)
    if bent == "bytes of the payload":
        out += small(-(-int(sums.min()) // 8))
    elif bent == "0 for shortest":
        out += b"\0"
    elif bent == "shortest of a byte":
        out += small(int(sums.min()) & 255)
    elif bent == "mean for shortest":
        out += small(int(sums.mean()))
    elif bent == "count for shortest":
        out += small(len(numbers))
    elif bent == "total for shortest":
        out += small(int(sums.sum()))
    elif bent not in ("no shortest", "no lanes at all"):
        full = sums[:-1] if bent == "shortest of the full lanes" and len(sums) > 1 else sums
        out += small(int(full.min()))
    if several and bent not in ("no lane stream", "lane size of a single lane"):
        if bent == "shortest of the full lanes":
            sums[-1] = max(sums[-1], sums[:-1].min())
        more = (sums if bent == "whole lanes" else sums - sums.min()).tolist()
        out += bytes(each & 255 for each in more) if bent == "lanes as bytes" else write_varint_or_fixed(more)
    if bent == "lanes aligned":
        return out + b"".join(_pack(numbers[i : i + lane], lengths) for i in range(0, len(numbers), lane))
    if bent == "codewords by symbol":
        codes = np.zeros(len(lengths), np.int64)
        code, before = -1, 0
        for symbol in np.flatnonzero(lengths):
            code = (code + 1) << max(0, int(lengths[symbol]) - before)
            codes[symbol], before = code & ((1 << int(lengths[symbol])) - 1), int(lengths[symbol])
        return out + bits.pack(codes[numbers], lengths[numbers])
    if bent == "numbers in place of codewords":
        return out + bits.pack(numbers & ((1 << lengths[numbers]) - 1), lengths[numbers])
    return out + _pack(numbers, lengths)


for _bend, _name, _words in (
    ("always Huffman", "Huffman though it is longer", """
        Form 2 is taken though form 1 is shorter: its table has to be written, too. Write both and keep the
        shorter one, min(fixed, coded, key=len)."""),
    ("the longer", "the longer one", """
        The longer of the two forms is kept. Keep the shorter: min(..., key=len)."""),
    ("never Huffman", "never Huffman", """
        Form 1 is all that is written. Where `huffman` is True, write form 2 as well, and keep the shorter
        one."""),
    ("huffman ignored", "form 2 where it is not allowed", """
        With huffman=False a stream of form 2 is written. Tables and lanes may have form 0 and 1 only, and
        they are written this way."""),
    ("no constant", "no form 0", """
        Equal numbers are written one by one. Form 0 says the number once, and that is all it takes; for
        zeros form 1 has no width."""),
    ("constant for each", "the constant for each number", """
        The constant is written once for each number. In form 0 it stands once; how many there are is known
        from elsewhere."""),
    ("empty", "no numbers", """
        With no number at all this stops: there is no largest one. A stream of none is constant, of 0. Ask
        for len(numbers) first, or use numbers.max(initial=0)."""),
    ("bytes for varints", "a byte in place of a varint", """
        A number of 128 or more is written as one byte. The page says varint for the constant, the
        alphabet's size, lane size and shortest."""),
    ("no form byte", "no byte for the form", """
        The stream does not begin with its form, 0, 1 or 2."""),
    ("no width", "no byte for the width", """
        Behind the form 1 the width is missing, so the first byte of numbers is taken for it."""),
    ("eight bits", "a byte for each number", """
        Every number takes eight bits in form 1. Only as many are needed as the largest has:
        int(largest).bit_length()."""),
    ("log2", "a width too small for powers of two", """
        The width is too small where the largest number is a power of two: 8 takes four bits, and log2 says
        3. Use int(largest).bit_length()."""),
    ("a bit more", "a width of one bit too many", """
        The width has one bit more than the largest number needs: int(largest).bit_length() is enough."""),
    ("width of the count", "the width of how many symbols there are", """
        The width is that of largest + 1. Only the largest itself has to fit: int(largest).bit_length()."""),
    ("low bit first", "numbers from their lowest bit", """
        Numbers of form 1 begin with their lowest bit. The page has the highest bit of each first."""),
    ("filled in front", "filled up in front", """
        The zero bits that fill up stand in front of the numbers. They belong behind the last one, in the
        last byte."""),
    ("ones", "filled up with ones", """
        The last byte is filled up with ones. The page says zeros."""),
    ("each in a byte", "each number in a byte of its own", """
        Each number of form 1 begins in a new byte. They follow one another without a gap."""),
    ("no limit", "codewords of more than 12 bits", """
        A codeword is longer than 12 bits, and the format has none. Halve the counts, at least 1 each, until
        the longest has 12: while lengths.max() > 12."""),
    ("limit 15", "a limit of 15 bits", """
        Codewords of 13 to 15 bits are let through. The format ends at 12."""),
    ("halved to 0", "counts halved to 0", """
        A count of 1 is halved to 0, and a symbol that occurs has no codeword then. (counts + 1) // 2 keeps
        1 at 1 and 0 at 0."""),
    ("cut at 12", "lengths cut at 12", """
        Lengths above 12 are cut to 12. Then there are too many short codewords, and two of them begin
        alike. Halve the counts and work the lengths out again."""),
    ("largest as alphabet", "the alphabet ends before its last symbol", """
        The alphabet's size is the largest number. Symbols begin with 0, so it is largest + 1."""),
    ("seen as alphabet", "the alphabet without what does not occur", """
        The alphabet's size counts only numbers that occur. The table has a length for each from 0 to the
        largest, 0 where one does not occur."""),
    ("lengths as bytes", "lengths as bytes", """
        The lengths are written as bytes. They are a stream: write_stream(lengths, huffman=False)."""),
    ("table of those that occur", "lengths of those that occur only", """
        The table leaves out symbols without a codeword, so that the others are taken for other symbols. It
        has a length for each number from 0 to the largest."""),
    ("table coded", "a table that is Huffman-coded itself", """
        The table of lengths is itself of form 2. It may be of form 0 or 1 only: write_stream(lengths,
        huffman=False)."""),
    ("no table", "no table", """
        The table of lengths is missing, and no reader knows the codewords without it."""),
    ("never lanes", "no lanes where they have to be", """
        There are 32,768 numbers or more, and one lane. The page asks for lanes then: of 4,096 numbers each,
        say."""),
    ("lanes above 32,768", "one lane for 32,768 numbers", """
        32,768 numbers are written as one lane. From that number on there have to be several: >= 32_768."""),
    ("always lanes", "lanes where there is only one", """
        A lane size stands there though all numbers fit one lane. A lane size is less than the count; write
        0 and the bits of all."""),
    ("lane size of a single lane", "the lane size of a single lane", """
        One lane of all numbers has the lane size 0 in the file. Yours says its length."""),
    ("no lane size", "no lane size", """
        The lane size is missing. Write write_varint(0) where there is one lane."""),
    ("no lanes at all", "neither lane size nor shortest", """
        Lane size and shortest are missing. With one lane they are write_varint(0) and write_varint(bits of
        all)."""),
    ("bytes of the payload", "bytes in place of bits", """
        `shortest` is counted in bytes. It is the bits of the shortest lane, or of all where there is one."""),
    ("count for shortest", "how many numbers in place of bits", """
        `shortest` is how many numbers there are. It is how many bits they take: lengths[numbers].sum()."""),
    ("mean for shortest", "the mean lane", """
        `shortest` is the mean of the lanes. The others are written as what they have more than that, so it
        has to be the smallest."""),
    ("total for shortest", "all bits in place of the shortest lane", """
        `shortest` is the bits of all lanes. Where there are several, it is the bits of the shortest one."""),
    ("no shortest", "no shortest", """
        `shortest` is missing. With one lane it is the bits of all codewords."""),
    ("no lane stream", "no stream of lanes", """
        There are several lanes, and the stream with what each takes above the shortest is missing."""),
    ("whole lanes", "whole lanes in their stream", """
        The stream of lanes has their bits. It has what each takes above the shortest: sizes - sizes.min()."""),
    ("lanes as bytes", "lanes as bytes", """
        What lanes take above the shortest is written as bytes. It is a stream: write_stream(...,
        huffman=False)."""),
    ("lanes aligned", "each lane in bytes of its own", """
        Each lane begins in a new byte. Codewords follow one another without a gap, from lane to lane too."""),
    ("codewords by symbol", "codewords in the order of symbols", """
        The codewords are numbered in the order of symbols. Canonical ones go by length first: use your
        07.3."""),
    ("numbers in place of codewords", "the numbers in place of codewords", """
        The numbers themselves are packed, with the lengths of their codewords. encode takes the codewords
        of 07.3: canonical_codes(lengths)."""),
    ("log2 and no bit", "a width too small for powers of two, and 0 for a 1", """
        log2 of the largest number, rounded up, is one bit too few for 1, 2, 4, 8 and so on. Whole numbers up to m need
        m.bit_length() bits."""),
    ("alphabet wraps", "largest + 1 in the array's own dtype", """
        largest + 1 is computed in the array's dtype, where the largest number that fits is followed by the smallest.
        Make a Python int of it: int(numbers.max()) + 1."""),
    ("16 bits", "numbers of 16 bits with a sign", """
        Your numbers go through int16, which ends at 32,767. With huffman=False they may be larger: use int."""),
    ("shortest of the full lanes", "the shortest of the full lanes", """
        You look for the shortest lane among the full ones. The last lane may have fewer numbers, and then it is
        shorter: it counts, too."""),
    ("tables not counted", "form 2 chosen by its codewords alone", """
        You compare the bits of the codewords with those of form 1. Form 2 has code lengths, lane size and shortest as
        well: make both streams, and return the shorter one."""),
    ("one byte", "largest + 1 in one byte", """
        With uint8 numbers, 255 + 1 does not fit. Make a Python int of the largest: int(numbers.max()) + 1."""),
    ("constant of a byte", "a constant of one byte", """
        The constant is written as one byte. It is a varint: from 128 on it takes two bytes."""),
    ("log2 spilled", "numbers wider than the width", """
        The width is too small where the largest number is a power of two, and that number then spills into the
        next one. Use int(largest).bit_length()."""),
    ("all counts 1 or more", "codewords for what does not occur", """
        Counts of 0 become 1 when you halve, so that numbers that never occur get codewords, and the others longer
        ones. A count of 0 has to stay 0: (counts + 1) // 2."""),
    ("no alphabet", "no alphabet size", """
        The size of the alphabet is missing behind the form 2. It is a varint, largest + 1."""),
    ("last lane joined", "the last lane joined to the one before", """
        The last lane, which is shorter, is counted with the one before. It has a number of its own: lanes begin at 0,
        4096, 8192 and so on, as long as there are numbers."""),
    ("lanes before the table", "lane size before the table", """
        Lane size and shortest stand before the table of lengths. The page has alphabet size, lengths, lane size,
        shortest."""),
    ("0 for shortest", "0 for shortest", """
        `shortest` is 0. With one lane it is the bits of all codewords: lengths[numbers].sum()."""),
    ("shortest of a byte", "bits summed in one byte", """
        The bits are summed in uint8, as lengths or numbers may be, and begin at 0 again after 255. Sum them as
        int."""),
):  # fmt: skip
    exercise.mistake(_name, partial(_bent, _bend)).says(_words)


@exercise.mistake("a list of bytes")
def _(numbers, huffman=True):
    """The bytes are right, but they are a list. Make bytes of it: bytes(...)."""
    return list(write_stream(numbers, huffman))


@exercise.mistake("a text")
def _(numbers, huffman=True):
    """This is a text. Asked for are bytes."""
    return write_stream(numbers, huffman).hex()
