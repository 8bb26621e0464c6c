"""11.4 Bytes into decisions."""

from typing import Any

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_11 import decisions
from dc_lab.course.lessons.lesson_11.ex_3_encoder import Encoder
from dc_lab.course.turns import in_turn
from dc_lab.course.values import Steps, describe, plain


class Decoder:
    """Bytes into decisions."""

    def __init__(self, data):
        self.data, self.at = data, 4
        self.number, self.width = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), 2**32

    def decide(self, chance, bit=0):
        """The next decision, 0 or 1; the `bit` given does not matter."""
        part = self.width * chance >> 16
        if self.number < part:
            bit, self.width = 1, part
        else:
            bit = 0
            self.number -= part
            self.width -= part
        while self.width < 2**24:
            byte = self.data[self.at] if self.at < len(self.data) else 0
            self.number = self.number * 256 + byte
            self.width <<= 8
            self.at += 1
        return bit


STUB = '''
class Decoder:
    """Bytes into decisions."""

    def __init__(self, data):
        raise NotImplementedError("your turn")

    def decide(self, chance, bit=0):
        """The next decision, 0 or 1; the `bit` given does not matter."""
'''.strip()


FEW = 100
"""Of a row of so many decisions each is shown by itself."""


def read(decoder: Any, data: bytes, chances: list[int]) -> Steps:
    """What an answer reads, decision by decision: by itself, and in turns with another.

    Every third time it is called with a bit, a wrong one as often as a right one.
    """
    chances = decisions.as_list(chances)
    one = decoder(data)
    found = in_turn(one, [("decide", _asked(i, chance)) for i, chance in enumerate(chances)])
    if len(chances) > FEW:
        odd = next((bit for bit in found if _no_bit(bit)), None)
        return Steps(**{"all decisions": odd if odd is not None else np.array(found, np.uint8)})
    steps: dict[str, Any] = {f"decision {i + 1}": bit for i, bit in enumerate(found)}
    both = decoder(data), decoder(data[::-1])
    pairs = [(both[0].decide(chance), both[1].decide(chance)) for chance in chances]
    steps["two decoders at once"] = [list(bits) for bits in zip(*pairs, strict=True)]
    return Steps(**steps)


def _asked(i: int, chance: int) -> tuple[int, ...]:
    return (chance, i // 3 % 2) if i % 3 == 2 else (chance,)


def _accepted(case, expected, got):
    """The first decision that departs, in words."""
    chances = case[1]
    for name, right in expected.items():
        found = got[name]
        if name.startswith("decision"):
            if problem := _no_bit(found):
                return f"{name}: {problem}"
            if found != right:
                number = int(name.split()[1])
                about = f"{name} (chance of a 1: {chances[number - 1]:,})"
                return f"{about}: expected {right}, got {found}{_why(case, number - 1)}"
        elif name == "all decisions":
            if not isinstance(found, np.ndarray):
                return f"{name}: some are no decisions, but {describe(plain(found))}"
            if len(wrong := np.flatnonzero(right != found)):
                return f"decision {wrong[0] + 1:,}: expected {right[wrong[0]]}, got {found[wrong[0]]}"
        elif found != right:
            return f"{name} are not right, and one by itself is: do they share something?"
    return None


def _no_bit(found: Any) -> str | None:
    if isinstance(found, (int, np.integer, np.bool_)) and found in (0, 1):
        return None
    return f"decide returns {describe(plain(found))}, where 0 or 1 is asked for"


def _why(case: Any, at: int) -> str:
    """Where the number lies in the piece, at one decision."""
    data, chances = case
    width, place = 2**32, 4
    number = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    for chance in chances[:at]:
        part = width * chance >> 16
        number, width = (number, part) if number < part else (number - part, width - part)
        while width < 2**24:
            number = number << 8 | (data[place] if place < len(data) else 0)
            width, place = width << 8, place + 1
    part = width * chances[at] >> 16
    return f". There number is {number:,}, width {width:,} and part {part:,}"


def coded(bits, chances, end="short"):
    """(bytes, chances) of some decisions. `end`: one byte, as many as there may be, or others behind them."""
    encoder = Encoder()
    for bit, chance in zip(bits, chances, strict=True):
        encoder.decide(chance, bit)
    if end == "long":
        encoder.out += encoder.low.to_bytes(4, "big")
        return bytes(encoder.out), chances
    return encoder.finish().rstrip(b"\0") if end == "no zeros" else encoder.finish(), chances


def _draw(rng):
    return coded(*decisions.drawn(rng), str(rng.choice(["short", "long", "no zeros"])))


def _large():
    bits, chances = decisions.like_a_layer()
    return coded(bits.tolist(), chances.tolist())[0], chances


def _cases():
    rng = np.random.default_rng(8)
    rows = [
        ([1], [32768]), ([0], [32768]), ([1], [1]), ([0], [1]), ([1], [65535]), ([0], [65535]),
        ([1, 1, 0], [32768] * 3), ([1, 0], [256, 256]), ([1] * 6, [1] * 6), ([0] * 6, [65535] * 6),
        ([0] * 30, [1] * 30), ([1] * 30, [65535] * 30), ([1, 1, 1, 0], [256, 65535, 256, 256]),
    ]  # fmt: skip
    rows += [decisions.straddling(rng, count) for count in (5, 9, 20, 40)]
    rows += [decisions.against(rng, 20), decisions.sampled(rng, 60), decisions.sampled(rng, 400)]
    found = [coded(bits, chances, end) for bits, chances in rows for end in ("short", "no zeros")]
    # Bytes at the edge of a part, to the last one of them.
    edges = [
        (b"\x80", [32768]),
        (b"\x7f\xff\xff\xff", [32768]),
        (b"\x80\0\0\1", [32768, 40000, 2]),
        (b"", [5, 65535, 9]),
    ]
    random = [(rng.bytes(30), [int(c) for c in rng.integers(1, 65536, 40)]) for _ in range(4)]
    return [*found, *edges, *random, (b"\xff" * 9, [65535] * 30), (b"\0" * 5, [1] * 12)]


exercise = Exercise(
    id="11.4",
    title="Bytes into decisions",
    minutes=30,
    task="build",
    reference=Decoder,
    stub=STUB,
    use=read,
    accept=_accepted,
    shown=coded([1, 1, 0], [32768, 49152, 54613]),
    cases=_cases,
    draw=_draw,
    large=_large,
    large_is="235,200 decisions, as many as the first layer has weights",
    large_seconds=20.0,
    equivalents={
        "line 6: int.from_bytes(data[:4].ljust(4, b'\\x00'), 'big') -> "
        "int.from_bytes(data[:4].ljust(4, b'\\x00'))": "The default is 'big' from Python 3.11 on.",
        "line 8: 0 -> 1": "The bit that is given does not matter.",
        "line 8: 0 -> -1": "The bit that is given does not matter.",
        "line 17: self.width < 2 ** 24 -> self.width <= 2 ** 24": "At 2**24 exactly, all parts grow, too.",
    },
    hints=[
        "The decoder need not know low. It keeps `number`, how far what it reads lies above low: at first the four "
        "bytes in front, int.from_bytes(data[:4], 'big').",
        "If number < part the decision is a 1, and the width becomes part. Else it is a 0, and `part` goes off the "
        "number and off the width.",
        "Where the encoder writes a byte, the decoder reads one: while width < 2**24, number = number << 8 | the next "
        "byte, and width <<= 8. Behind the end of `data` the next byte is 0.",
    ],
    why="""The decoder goes through the same widths as the encoder, since it has the same chances. Only low is missing,
        and it does not need it: what counts is how far the number lies above low. So carries are nothing to it.""",
)


@exercise.alternative
class _WholeNumber:
    """All bytes as one number, and low beside it, as the encoder has them."""

    def __init__(self, data):
        self.bits = 8 * max(len(data), 4)
        self.all = int.from_bytes(bytes(data).ljust(4, b"\0"), "big")
        self.low, self.width, self.scale = 0, 2**32, 32

    def decide(self, chance, bit=None):
        shift = self.bits - self.scale
        code = self.all >> shift if shift >= 0 else self.all << -shift
        part = self.width * chance // 2**16
        found = 1 if code < self.low + part else 0
        if found:
            self.width = part
        else:
            self.low, self.width = self.low + part, self.width - part
        while self.width < 2**24:
            self.low, self.width, self.scale = self.low << 8, self.width << 8, self.scale + 8
        return found


@exercise.alternative
class _ByIterator:
    def __init__(self, data):
        self.rest = iter(data)
        self.number = sum(next(self.rest, 0) << shift for shift in (24, 16, 8, 0))
        self.width = 1 << 32

    def decide(self, chance, bit=0):
        while self.width < 1 << 24:
            self.width *= 256
            self.number = self.number * 256 + next(self.rest, 0)
        part = (self.width * chance) >> 16
        is_one = self.number < part
        self.number, self.width = (self.number, part) if is_one else (self.number - part, self.width - part)
        return int(is_one)


@exercise.alternative
class _ByFolding:
    """With zeros put behind the data, a few at a time, and the bytes taken off a list."""

    def __init__(self, data):
        self.stack = list(reversed(bytes(data) + bytes(4)))
        self.width, self.number = 2**32, 0
        for _ in range(4):
            self.number = 256 * self.number + self.stack.pop()

    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        bit = np.int64(self.number < part)
        if bit == 0:
            self.number -= part
            self.width -= part
        if bit == 1:
            self.width = part
        while self.width.bit_length() <= 24:
            self.number = (self.number << 8) + (self.stack.pop() if self.stack else 0)
            self.width = self.width << 8
        return bit


def _next(data, at):
    return data[at] if at < len(data) else 0


def _like(
    first=4,
    begin=lambda data: int.from_bytes(data[:4].ljust(4, b"\0"), "big"),
    start=2**32,
    part=lambda width, chance: width * chance >> 16,
    is_one=lambda number, part, width: number < part,
    one=lambda number, width, part: (number, part),
    zero=lambda number, width, part: (number - part, width - part),
    least=2**24,
    again=True,
    byte=_next,
    on=lambda number, byte: number << 8 | byte,
    width_on=lambda width: width << 8,
    says=lambda found, bit: found,
):
    """The solution with some of its parts done otherwise."""

    class Wrong:
        def __init__(self, data):
            self.data, self.at, self.number, self.width = data, first, begin(data), start

        def decide(self, chance, bit=0):
            its = part(self.width, chance)
            found = int(is_one(self.number, its, self.width))
            self.number, self.width = (one if found else zero)(self.number, self.width, its)
            while self.width < least:
                self.number = on(self.number, byte(self.data, self.at))
                self.width, self.at = width_on(self.width), self.at + 1
                if not again:
                    break
            return says(found, bit)

    return Wrong


exercise.mistake("number and part equal", _like(is_one=lambda number, part, width: number <= part)).says("""
    Where the number equals `part` you read a 1. The part of a 1 has `part` numbers, 0 to part - 1: number < part.""")
exercise.mistake("the other decision", _like(says=lambda found, bit: 1 - found)).says("""
    Your decisions are the other way round, though number and width go on as they should. The lower part, number < part,
    is that of a 1, and the upper one that of a 0.""")
exercise.mistake("the other part", _like(is_one=lambda number, part, width: number >= part)).says("""
    You read a 1 in the upper part and then go on with the lower one. The lower part, number < part, is that of a 1.""")
exercise.mistake(
    "the chance of a 0",
    _like(part=lambda width, chance: width * (65536 - chance) >> 16),
).says("Your lower part is as long as a 0 is likely. It is the part of a 1, and `chance` is the chance of a 1.")
exercise.mistake(
    "part not taken off the number", _like(zero=lambda number, width, part: (number, width - part))
).says("""
    After a 0 the number stays as it is. It is counted from the beginning of the piece, and that has moved up by `part`:
    take `part` off it.""")
exercise.mistake("a 0 as wide as a 1", _like(zero=lambda number, width, part: (number - part, part))).says("""
    After a 0 your width is `part`, which is that of a 1. What is left for a 0 is width - part.""")
exercise.mistake("part taken off for a 1, too", _like(one=lambda number, width, part: (number - part, part))).says("""
    After a 1 your number falls below 0, and all that follows is read as a 1. `part` comes off after a 0 only; and
    what was read decides that, not the bit that is given.""")
exercise.mistake("the width of a 1 left as it is", _like(one=lambda number, width, part: (number, width))).says("""
    After a 1 your width stays as it is. The piece is `part` numbers long then.""")
exercise.mistake(
    "the width of a 0 left as it is", _like(zero=lambda number, width, part: (number - part, width))
).says("""
    After a 0 you take `part` off the number, but not off the width.""")
exercise.mistake("one byte at most", _like(again=False)).says("""
    After a decision you read one byte at most. Where the encoder wrote two, two have to be read: while, not if.""")
exercise.mistake("the number not moved up", _like(on=lambda number, byte: number | byte)).says("""
    You put the next byte into the number without moving it up. First number << 8, then the byte.""")
exercise.mistake("no byte taken in", _like(on=lambda number, byte: number << 8)).says("""
    You move the number up, but the next byte of the data does not come in: number << 8 | byte.""")
exercise.mistake("the number cut to 24 bits", _like(on=lambda number, byte: (number & 0xFFFF) << 8 | byte)).says("""
    You keep 24 bits of the number when a byte comes in. It is below the width, so that it stays below 2**32 by itself:
    cut nothing off.""")
exercise.mistake("the width not moved up", _like(width_on=lambda width: width)).says("""
    Where the width is below 2**24, the number moves up and the width does not, so that it stays below for ever: width
    <<= 8.""")
exercise.mistake("bytes only below 2**16", _like(least=2**16)).says("""
    You read a byte only when the width is below 2**16. The encoder writes one below 2**24.""")
exercise.mistake("bytes already below 2**25", _like(least=2**25)).says("""
    You read a byte while the width is still 2**24 or more. The encoder writes one below 2**24.""")
exercise.mistake("part rounded", _like(part=lambda width, chance: round(width * chance / 65536))).says("""
    You round `part`. The encoder rounds down, and if the two differ by 1 they part for good: width * chance >> 16.""")
exercise.mistake("width cut first", _like(part=lambda width, chance: (width >> 16) * chance)).says("""
    You cut the last 16 bits of the width off before you multiply. Then `part` is another number than the encoder's:
    multiply first, width * chance >> 16.""")
exercise.mistake("a width of 2**32 - 1", _like(start=2**32 - 1)).says("""
    Your width begins as 2**32 - 1. The encoder's is 2**32, how many numbers there are.""")
exercise.mistake("only the first byte", _like(first=1, begin=lambda data: _next(data, 0))).says("""
    Your number begins with one byte. The width begins with 2**32, so that it takes four.""")
exercise.mistake("the first bytes twice", _like(first=0)).says("""
    You begin with the first four bytes and then read them once more. The next one is data[4].""")
exercise.mistake("a byte left out", _like(first=5)).says("""
    Behind the first four bytes you leave one out. The next one is data[4].""")
exercise.mistake(
    "the first bytes back to front", _like(begin=lambda data: int.from_bytes(data[:4].ljust(4, b"\0"), "little"))
).says(
    """Your number has the first four bytes back to front. The first byte is the highest: int.from_bytes(data[:4],
    'big')."""
)
exercise.mistake("short data at the lower end", _like(begin=lambda data: int.from_bytes(data[:4], "big"))).says("""
    Where there are fewer than four bytes, yours stand at the lower end of the number. Zeros follow behind them:
    data[:4].ljust(4, bytes(1)).""")


def _refused(data, at):
    return data[at]


def _last_again(data, at):
    return data[min(at, len(data) - 1)] if data else 0


exercise.mistake("the end of the data", _like(byte=_refused)).says("""
    You read on behind the last byte. The encoder leaves zeros at the end away: where the data end, the next byte is 0.
    """)
exercise.mistake("the last byte again", _like(byte=_last_again)).says("""
    Behind the end of the data you read the last byte again. What follows are zeros.""")
exercise.mistake("ones behind the end", _like(byte=lambda data, at: data[at] if at < len(data) else 255)).says("""
    Behind the end of the data you read bytes of 255. What follows are zeros.""")
exercise.mistake("the bit that was given", _like(says=lambda found, bit: bit)).says("""
    `decide` gives back the bit that it was called with. That is the encoder's way; here the bit read counts.""")
exercise.mistake("nothing given back", _like(says=lambda found, bit: None)).says("""
    `decide` returns nothing. Asked for is the decision that was read.""")


exercise.mistake("one too strict", _like(is_one=lambda number, part, width: number + 1 < part)).says("""
    The last number of the lower part, part - 1, is read as a 0. It belongs to the 1: number < part.""")
exercise.mistake("a text", _like(says=lambda found, bit: str(found))).says("""
    `decide` returns the decision as a text. Asked for is the number 0 or 1.""")
exercise.mistake("the width whole again", _like(width_on=lambda width: 2**32)).says("""
    After a byte you begin with the whole width again. It is as wide as before, in units 256 times smaller: width << 8.
    """)
exercise.mistake(
    "only three bytes first", _like(first=3, begin=lambda data: int.from_bytes(data[:3].ljust(3, b"\0"), "big") << 8)
).says("""
    Your number begins with three bytes. The width begins with 2**32, so that it takes four.""")
exercise.mistake("the bit that was given, or the one read", _like(says=lambda found, bit: bit or found)).says("""
    Where a 1 is given, you return it. The bit that is given says nothing: return the decision that was read.""")
exercise.mistake("the number cut to 28 bits", _like(on=lambda number, byte: (number << 8 | byte) & 0xFFFFFFF)).says("""
    You cut bits off the number. It is below the width, so that it stays below 2**32 by itself.""")


def _of_255(data):
    return int.from_bytes(data[:4].ljust(4, b"\xff"), "big")


exercise.mistake(
    "ones behind the end, from the first",
    _like(begin=_of_255, byte=lambda data, at: data[at] if at < len(data) else 255),
).says("""Where the data end you go on with bytes of 255, in the first four, too. What follows are zeros.""")
exercise.mistake(
    "three bytes in the number", _like(first=3, begin=lambda data: int.from_bytes(data[:3].ljust(3, b"\0"), "big"))
).says("""
    Your number is made of three bytes at first, and is 256 times too small. It takes the first four.""")
exercise.mistake(
    "bytes from above",
    _like(
        begin=lambda data: int.from_bytes(data[:4].ljust(4, b"\0"), "little"),
        on=lambda number, byte: (number >> 8) + (byte << 24),
    ),
).says("""
    Each byte comes in at the upper end of your number, so that the first one is the lowest. The first byte is the
    highest: number << 8 | byte.""")
exercise.mistake("a 1 at the upper end", _like(is_one=lambda number, part, width: number >= width - part)).says("""
    You look for a 1 at the upper end of the piece. It lies at the lower end: number < part.""")
exercise.mistake("compared with the rest", _like(is_one=lambda number, part, width: number < width - part)).says("""
    You compare the number with width - part, which is how much a 0 has. A 1 has the lower part: number < part.""")
exercise.mistake(
    "the first number cut to 24 bits, too",
    _like(
        begin=lambda data: int.from_bytes(data[:4].ljust(4, b"\0"), "big") & 0xFFFFFF,
        on=lambda number, byte: (number << 8 | byte) & 0xFFFFFF,
    ),
).says("""
    You keep 24 bits of the number, from the first four bytes on. It has 32; and since it stays below the width, nothing
    has to be cut off at all.""")


def _stops(data, at):
    if at >= len(data):
        raise StopIteration
    return data[at]


exercise.mistake("next() behind the end", _like(byte=_stops)).says("""
    next() raises StopIteration behind the last byte. Give it what follows there, a zero: next(self.bytes, 0).""")


exercise.mistake("the fourth byte twice", _like(first=3)).says("""
    You begin with the first four bytes, and then read the last of them once more. The next one is data[4].""")


def _or_none(data, at):
    return data[at] if at < len(data) else None


exercise.mistake(
    "nothing moves behind the end",
    _like(byte=_or_none, on=lambda number, byte: number if byte is None else number << 8 | byte),
).says("""
    Behind the end of the data your number stays as it is, while the width grows. Bytes of 0 follow: the number moves up
    there, too, number << 8.""")
exercise.mistake("the number cut to 16 bits", _like(on=lambda number, byte: (number << 8 | byte) & 0xFFFF)).says("""
    Your number keeps 16 bits, perhaps as a number of NumPy. It is below the width and may have 32: take Python's whole
    numbers, and cut nothing off.""")


@exercise.mistake("part worked out again")
class _PartAgain(Decoder):
    """After a 0 you make the width smaller and then work `part` out once more, from the new width, before you take it
    off the number. Both lose the same `part`: keep it under a name."""

    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        if self.number >= part:  # a 0: the solution takes `part` off, the wrong version another one
            self.number += part - ((self.width - part) * chance >> 16)
        return super().decide(chance, bit)


exercise.mistake(
    "what is left taken off", _like(zero=lambda number, width, part: (number - (width - part), width - part))
).says("""
    After a 0 you take the width that is left off the number. It is `part` that comes off. (Did you make the width
    smaller first?)""")
exercise.mistake(
    "part taken off twice", _like(zero=lambda number, width, part: (number - 2 * part, width - part))
).says("""
    After a 0 you take `part` off the number twice. Once off the number, once off the width.""")
exercise.mistake("the same byte again and again", _like(byte=lambda data, at: _next(data, 4))).says("""
    You read data[4] each time. The place has to move on with each byte that is taken in.""")
exercise.mistake("the last byte not read", _like(byte=lambda data, at: _next(data[:-1], at))).says("""
    You stop one byte before the end of the data, and take a 0 for the last one.""")
exercise.mistake("the byte moved up, too", _like(on=lambda number, byte: (number | byte) << 8)).says("""
    You put the byte into the number first and then move both up. The number moves up, and the byte comes in behind it:
    number << 8 | byte.""")


def _from_first(byte):
    """The first number made of four bytes as `byte(data, at)` gives them."""
    return lambda data: sum(byte(data, at) << 24 - 8 * at for at in range(4))


exercise.mistake(
    "the end of the data, in the first four bytes, too", _like(begin=_from_first(_refused), byte=_refused)
).says(
    """You read on behind the last byte, perhaps already among the first four. The encoder leaves zeros at the end away:
    where the data end, the next byte is 0."""
)
exercise.mistake(
    "the last byte again, from the first", _like(begin=_from_first(_last_again), byte=_last_again)
).says("""
    Behind the end of the data you read the last byte again, among the first four, too. What follows are zeros.""")


def _anew(data, at):
    return data[at % len(data)] if data else 0


def _one_less(data, at):
    return _next(data[:-1], at)


def _from_behind(data, at):
    return data[len(data) - 1 - at] if at < len(data) else 0


exercise.mistake("the data again from the front", _like(begin=_from_first(_anew), byte=_anew)).says("""
    Behind the end of the data you begin with them anew. What follows are zeros.""")
exercise.mistake("the last byte not read, from the first", _like(begin=_from_first(_one_less), byte=_one_less)).says("""
    You take the last byte of the data for a 0, among the first four, too. The last one is at place len(data) - 1: read
    as long as place < len(data).""")
exercise.mistake("the data from behind", _like(begin=_from_first(_from_behind), byte=_from_behind)).says("""
    You read the data from the end, or turn them round. The first byte comes first: data[0], data[1] and so on.""")
exercise.mistake(
    "subtracted after a 1",
    _like(
        one=lambda number, width, part: ((number - part) % 2**32, part),
        zero=lambda number, width, part: (number, width - part),
    ),
).says("""
    You take `part` off the number after a 1, and not after a 0. It is the other way round: the part of a 0 begins
    `part` numbers further on.""")
exercise.mistake(
    "subtracted after a 1, below 0",
    _like(
        one=lambda number, width, part: (number - part, part), zero=lambda number, width, part: (number, width - part)
    ),
).says("""
    You take `part` off the number after a 1, where it falls below 0, and not after a 0. It is the other way round.""")
exercise.mistake(
    "five bytes first", _like(first=5, begin=lambda data: int.from_bytes(data[:5].ljust(5, b"\0"), "big"))
).says("""
    Your number is 256 times too large for the width: it begins with five bytes, or the width with 2**24. Four bytes
    belong to a width of 2**32.""")
exercise.mistake(
    "two bytes first", _like(first=2, begin=lambda data: int.from_bytes(data[:2].ljust(2, b"\0"), "big"))
).says("""
    Your number begins with two bytes. The width begins with 2**32: four bytes.""")
exercise.mistake(
    "eight bytes first", _like(first=8, begin=lambda data: int.from_bytes(data[:8].ljust(8, b"\0"), "big"))
).says("""
    Your number begins with eight bytes. The width begins with 2**32: four bytes.""")


class _AlongTheGiven(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        found = int(self.number < part)
        self.number, self.width = (self.number, part) if bit or found else (self.number - part, self.width - part)
        while self.width < 2**24:
            self.number = self.number * 256 + _next(self.data, self.at)
            self.width, self.at = self.width << 8, self.at + 1
        return found


exercise.mistake("along the bit that was given", _AlongTheGiven).says("""
    Where a 1 is given, you go on with the lower part, whatever was read. The bit that is given says nothing: number and
    width follow the decision that was read.""")


class _Shares(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        found = int(self.number / self.width < chance / 65536)
        self.number, self.width = (self.number, part) if found else (self.number - part, self.width - part)
        while self.width < 2**24:
            self.number = self.number * 256 + _next(self.data, self.at)
            self.width, self.at = self.width << 8, self.at + 1
        return found


exercise.mistake("shares compared", _Shares).says("""
    You compare number / width with chance / 65536, which is not rounded down. The encoder's `part` is, and a number
    between the two belongs to the 0: number < part.""")
exercise.mistake("the byte added, the number not moved up", _like(on=lambda number, byte: number + byte)).says("""
    You add the next byte to the number without moving it up. First number << 8, then the byte.""")


def _refuses_short(data):
    if len(data) < 4:
        raise ValueError
    return int.from_bytes(data[:4], "big")


exercise.mistake("short data refused", _like(begin=_refuses_short)).says("""
    You raise an error where there are fewer than four bytes. An encoder may leave zeros away: put zeros behind the data
    and read on.""")


@exercise.mistake("the exact piece")
class _Exact:
    """You cut the piece exactly, in fractions perhaps. The encoder's `part` is rounded down to whole numbers of a width
    below 2**32, so that its pieces are others: part = width * chance >> 16."""

    def __init__(self, data):
        self.number, self.width = int.from_bytes(data, "big"), 256 ** len(data)

    def decide(self, chance, bit=0):
        part, number, width = self.width * chance, self.number << 16, self.width << 16
        found = int(number < part)
        self.number, self.width = (number, part) if found else (number - part, width - part)
        return found


class _Ends(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        return 0 if self.at > len(self.data) + 4 else super().decide(chance)


exercise.mistake("only zeros behind the end", _Ends).says("""
    Once the data have ended you return a 0 each time. Bytes of 0 follow, and they hold decisions as any others do: go
    on reading.""")


class _EndsAtOnce(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        return 0 if self.at >= len(self.data) else super().decide(chance)


exercise.mistake("only zeros from the last byte on", _EndsAtOnce).says("""
    Once the last byte is taken in you return a 0 each time. The number still holds decisions, and bytes of 0 follow: go
    on reading.""")


class _FrontStripped(_like()):  # type: ignore[misc]
    def __init__(self, data):
        super().__init__(data.lstrip(b"\0"))


exercise.mistake("zeros in front left out", _FrontStripped).says("""
    You leave out bytes of 0 at the front of the data, and all the others move up. The first byte is worth most, also if
    it is 0.""")


class _WithoutTheFirst(_like()):  # type: ignore[misc]
    def __init__(self, data):
        super().__init__(data[1:])


exercise.mistake("the first byte not read", _WithoutTheFirst).says("""
    You leave out the first byte of the data. Bytes are counted from 0: the first four are data[:4].""")
exercise.mistake("a shift by 15", _like(part=lambda width, chance: width * chance >> 15)).says("""
    Your part is twice as long as it should be. A chance is in 65,536ths, which are 2**16: >> 16.""")
exercise.mistake("part rounded up", _like(part=lambda width, chance: -(-width * chance // 65536))).says("""
    You round `part` up. The encoder rounds down: width * chance >> 16.""")
exercise.mistake("65,535ths", _like(part=lambda width, chance: width * chance // 65535)).says("""
    You divide by 65,535. A chance is in 65,536ths: width * chance >> 16.""")
exercise.mistake("part as a float", _like(part=lambda width, chance: width * chance / 65536)).says("""
    Your part is a float, and so are number and width after it. The encoder rounds down to a whole number: width *
    chance >> 16.""")
exercise.mistake("a 1 above part", _like(is_one=lambda number, part, width: number > part)).says("""
    You read a 1 where the number is above `part`, and then go on with the lower part. The lower part, number < part, is
    that of a 1.""")
exercise.mistake("the width less the number", _like(one=lambda number, width, part: (number, part - number))).says("""
    After a 1 you take the number off the width. The piece is `part` numbers long then, wherever the number lies.""")
exercise.mistake(
    "the number from above", _like(zero=lambda number, width, part: (part - number, width - part))
).says("""
    After a 0 you take the number off `part`. It is the other way round: number - part.""")
exercise.mistake(
    "the remainder by part", _like(zero=lambda number, width, part: (number % part, width - part))
).says("""
    After a 0 you take the remainder by `part`. `part` is taken off once: number - part may be larger than `part`.""")
exercise.mistake("bytes only below 2**23", _like(least=2**23)).says("""
    You read a byte only when the width is below 2**23. The encoder writes one below 2**24.""")
exercise.mistake("bytes below 2**32", _like(least=2**32)).says("""
    You read bytes until the width is 2**32 or more. The encoder writes them only while it is below 2**24.""")


class _ByBits(_like()):  # type: ignore[misc]
    times = 2, 2

    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        found = int(self.number < part)
        self.number, self.width = (self.number, part) if found else (self.number - part, self.width - part)
        while self.width < 2**24:
            self.number = self.number * self.times[0] + _next(self.data, self.at)
            self.width, self.at = self.width * self.times[1], self.at + 1
        return found


exercise.mistake("moved up by one bit", _ByBits).says("""
    A whole byte comes in, but number and width are only doubled. Each byte makes both 256 times as large: << 8.""")


@exercise.mistake("a width 8 times as large")
class _EightTimes(_ByBits):
    """Your width grows 8 times when a byte comes in. A byte has 8 bits, which are 256 numbers: width << 8."""

    times = 256, 8


exercise.mistake("the byte above the number", _like(on=lambda number, byte: number + byte * 256)).says("""
    You move the byte up and add it to the number. It is the number that moves up: number << 8 | byte.""")
exercise.mistake(
    "the first byte again and again",
    _like(begin=lambda data: _next(data, 0) * 0x01010101, byte=lambda data, at: _next(data, 0)),
).says("""
    You read data[0] each time. The place has to move on with each byte that is taken in.""")
exercise.mistake("words in place of numbers", _like(says=lambda found, bit: "one" if found else "zero")).says("""
    `decide` returns a word. Asked for is the number 0 or 1.""")


class _GivesPart(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        super().decide(chance)
        return part


exercise.mistake("part given back", _GivesPart).says("""
    `decide` returns the part. Asked for is the decision that was read, 0 or 1.""")


class _GivesNumber(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        super().decide(chance)
        return self.number


exercise.mistake("the number given back", _GivesNumber).says("""
    `decide` returns the number. Asked for is the decision that was read, 0 or 1.""")
exercise.mistake("a width of 2**31", _like(start=2**31)).says("""
    Your width begins as 2**31. The encoder's is 2**32.""")


class _BitNeeded(_like()):  # type: ignore[misc]
    def decide(self, chance, bit):
        return super().decide(chance)


exercise.mistake("a bit that must be given", _BitNeeded).says("""
    Your `decide` asks for a bit. A reader has none to give: decide(self, chance, bit=0).""")


class _NoBit(_like()):  # type: ignore[misc]
    def decide(self, chance):
        return super().decide(chance)


exercise.mistake("no bit can be given", _NoBit).says("""
    Your `decide` takes no bit. One loop writes and reads, and gives one to both: decide(self, chance, bit=0).""")
exercise.mistake("the number cut to 31 bits", _like(on=lambda number, byte: (number << 8 | byte) % 2**31)).says("""
    You keep 31 bits of the number when a byte comes in. It is below the width and may have 32: cut nothing off.""")


class _WidthStays(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        found = int(self.number < part)
        self.number, self.width = (self.number, part) if found else (self.number - part, self.width - part)
        while self.width < 2**24 and self.at < len(self.data):
            self.number = self.number << 8 | self.data[self.at]
            self.width, self.at = self.width << 8, self.at + 1
        return found


exercise.mistake("the width stays behind the end", _WidthStays).says("""
    Where the data have ended, number and width no longer grow. Bytes of 0 follow: both move up there, too.""")


class _OnlyAfter(_like()):  # type: ignore[misc]
    which = 0

    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        found = int(self.number < part)
        self.number, self.width = (self.number, part) if found else (self.number - part, self.width - part)
        while found == self.which and self.width < 2**24:
            self.number = self.number << 8 | _next(self.data, self.at)
            self.width, self.at = self.width << 8, self.at + 1
        return found


exercise.mistake("bytes only after a 0", _OnlyAfter).says("""
    Bytes come in after a 0 only. A 1 makes the piece narrow, too.""")


@exercise.mistake("bytes only after a 1")
class _OnlyAfter1(_OnlyAfter):
    """Bytes come in after a 1 only. A 0 makes the piece narrow, too."""

    which = 1


def _signed(data, at):
    byte = _next(data, at)
    return byte - 256 if byte > 127 else byte


def _ahead(data):
    number = 0
    for at in range(4):
        number = number * 256 + _signed(data, at)
    return number


exercise.mistake(
    "bytes with a sign",
    _like(begin=_ahead, byte=_signed, on=lambda number, byte: number * 256 + byte),
).says("""
    Your bytes are from -128 to 127. They are from 0 to 255, as data[i] gives them.""")


class _OfTheLine(_like()):  # type: ignore[misc]
    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        found = int(self.number < chance << 16)
        self.number, self.width = (self.number, part) if found else (self.number - part, self.width - part)
        while self.width < 2**24:
            self.number = self.number << 8 | _next(self.data, self.at)
            self.width, self.at = self.width << 8, self.at + 1
        return found


exercise.mistake("compared with a share of the whole line", _OfTheLine).says("""
    You compare the number with the chance's share of all 2**32 numbers. After the first decision the piece is shorter:
    compare with `part`, its share of the width.""")


exercise.mistake("always a 0", _like(part=lambda width, chance: width * (chance >> 16))).says("""
    You read a 0 each time: the number is never below `part`. Is `part` 0, because the chance is shifted before it is
    multiplied? Or does the number begin above the line, with more than four bytes?""")
exercise.mistake(
    "nothing behind the end",
    _like(begin=_from_first(_or_none), byte=_or_none, on=lambda number, byte: number * 256 + byte),
).says("""
    Behind the last byte you go on with None, and there is no number in it. The next byte is 0 there.""")
exercise.mistake("the other decision, as True or False", _like(says=lambda found, bit: not found)).says("""
    You return True where a 0 was read and False where a 1 was. Return the decision itself, 1 or 0.""")


class _FewZeros(Decoder):
    def __init__(self, data):
        super().__init__(bytes(data) + bytes(8))

    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        found = int(self.number < part)
        self.number, self.width = (self.number, part) if found else (self.number - part, self.width - part)
        while self.width < 2**24:
            self.number, self.width = self.number * 256 + self.data[self.at], self.width << 8
            self.at += 1
        return found


exercise.mistake("a few zeros behind the data", _FewZeros).says("""
    You put some zeros behind the data, and more decisions may follow than these last for. Behind the end all bytes are
    0, however many are asked for: take 0 where the position is beyond the data.""")
