"""11.3 Decisions into bytes."""

from fractions import Fraction
from typing import Any

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_11 import decisions
from dc_lab.course.turns import in_turn
from dc_lab.course.values import Steps, describe, plain


class Encoder:
    """Decisions into bytes."""

    def __init__(self):
        self.low, self.width, self.out = 0, 2**32, bytearray()

    def decide(self, chance, bit):
        """Write a decision and give it back; `chance` is that of a 1, in 65,536ths."""
        part = self.width * chance >> 16
        if bit:
            self.width = part
        else:
            self.width -= part
            self.move(part)
        while self.width < 2**24:
            self.out.append(self.low >> 24)
            self.low, self.width = (self.low << 8) % 2**32, self.width << 8
        return bit

    def move(self, part):
        self.low += part
        if self.low >= 2**32:
            self.low -= 2**32
            for at in reversed(range(len(self.out))):
                self.out[at] = (self.out[at] + 1) % 256
                if self.out[at]:
                    break

    def finish(self):
        """All bytes: those written, and those that tell a number of the piece."""
        self.move(2**24 - 1)
        return bytes(self.out) + bytes([self.low >> 24])


STUB = '''
class Encoder:
    """Decisions into bytes."""

    def __init__(self):
        raise NotImplementedError("your turn")

    def decide(self, chance, bit):
        """Write a decision and give it back; `chance` is that of a 1, in 65,536ths."""

    def finish(self):
        """All bytes: those written, and those that tell a number of the piece."""
'''.strip()

FEW = 60
"""Of a row of so many decisions the first one, two, three and so on are tried by themselves."""

TWO = "two encoders at once"

MOST_MORE = 4
"""Bytes that may stand behind those that are settled."""


class Raw:
    """Bytes that came, for words about them. Two of them count as alike: many rows of bytes say the same."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def read(data: bytes, chances: list[int]) -> list[int]:
    """The decisions that bytes hold, with zeros behind them."""
    at, width, found = 4, 2**32, []
    number = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    for chance in chances:
        part = width * chance >> 16
        bit = int(number < part)
        number, width = (number, part) if bit else (number - part, width - part)
        while width < 2**24:
            number = number << 8 | (data[at] if at < len(data) else 0)
            width <<= 8
            at += 1
        found.append(bit)
    return found


def settled(bits: list[int], chances: list[int]) -> int:
    """How many bytes have gone out after these decisions."""
    width, size = 2**32, 0
    for bit, chance in zip(bits, chances, strict=True):
        part = width * chance >> 16
        width = part if bit else width - part
        while width < 2**24:
            width, size = width << 8, size + 1
    return size


def _facts(found: Any, bits: list[int], chances: list[int], few: bool = True) -> dict[str, Any]:
    data = decisions.as_bytes(found)
    if data is None:
        return {"form": describe(plain(found)), "read back": [], "too many": 0, "bytes": Raw(b"")}
    more = len(data) - settled(bits, chances) - MOST_MORE
    back: Any = read(data, chances)
    return {"form": "bytes", "read back": back if few else np.array(back), "too many": max(more, 0), "bytes": Raw(data)}


def write(encoder: Any, bits: list[int], chances: list[int]) -> Steps:
    """What an answer makes of the first decisions, of more and more of them, and of two rows at once."""
    steps: dict[str, Any] = {}
    bits, chances = decisions.as_list(bits), decisions.as_list(chances)
    few = len(bits) <= FEW
    for count in _lengths(len(bits)) if few else (len(bits),):
        one = encoder()
        pairs = zip(chances[:count], bits[:count], strict=True)
        back = in_turn(one, [("decide", pair) for pair in pairs])
        facts = _facts(one.finish(), bits[:count], chances[:count], few)
        facts["given back"] = back if few else np.array(back == bits)
        steps[_name(count)] = facts
    if few:
        # Two encoders take turns with the same row: what is wrong only here is wrong because they share something.
        both = encoder(), encoder()
        for bit, chance in zip(bits, chances, strict=True):
            for each in both:
                each.decide(chance, bit)
        ends = [_facts(each.finish(), bits, chances) for each in both]
        steps[TWO], steps[f"{TWO}, the second"] = ends
    return Steps(**steps)


def _lengths(count: int) -> list[int]:
    """Of a row, how many of its first decisions are tried: all numbers up to six, then a few more."""
    return sorted({*range(min(count, 6) + 1), *range(9, count, 5), count})


def _name(count: int) -> str:
    return f"after {count} decision{'' if count == 1 else 's'}"


def _accepted(case, expected, got):
    """The first row of decisions that does not come back, in words."""
    bits, chances = map(decisions.as_list, case)
    for name, facts in got.items():
        row = bits
        if name.startswith("after"):
            row = bits[: int(name.split()[1])]
        if facts["form"] != "bytes":
            remedy = ": bytes(...) makes them of it" if facts["form"].startswith("a list") else ""
            return f"{name}: finish returns {facts['form']}, where bytes are asked for{remedy}"
        if name.startswith(TWO) and (facts["form"] != "bytes" or facts["read back"] != row or facts["too many"]):
            return (
                f"{name}: these bytes are not right, and those of one encoder by itself are. Do they share something?"
            )
        if (back := decisions.as_list(facts["read back"])) != row:
            return f"{name}: {_lost(facts, back, row, chances[: len(row)])}"
        if facts["too many"]:
            some = len(facts["bytes"].data)
            enough = settled(row, chances[: len(row)]) + MOST_MORE
            return f"{name}: {some:,} bytes, where {enough:,} are enough"
        given = facts.get("given back", row)
        if isinstance(given, np.ndarray):
            if not given:
                return f"{name}: decide does not always give back what went in"
        elif [bit for bit in given if not isinstance(bit, (int, np.integer))] or given != row:
            return f"{name}: decide gives back {_few(given)}, where {_few(row)} went in"
    return None


def _few(bits: list[Any]) -> str:
    return " ".join(map(str, bits)) if len(bits) <= 12 else f"... {' '.join(map(str, bits[-8:]))}"


def _lost(facts: dict[str, Any], back: list[int], bits: list[int], chances: list[int]) -> str:
    """Which decision does not come back, and where the number should lie."""
    wrong = next(i for i, (a, b) in enumerate(zip(bits, back, strict=True)) if a != b)
    said = (
        f"decision {wrong + 1:,} (a {bits[wrong]}, chance of a 1: {chances[wrong]:,}) comes back as a {1 - bits[wrong]}"
    )
    if len(bits) > FEW:
        return said
    left = decisions.piece(bits, chances)
    number = left.number(facts["bytes"].data)
    rows = [decisions.spelled(each, left.size) for each in (left.low, left.low + left.width - 1, number)]
    same = next((i for i, digits in enumerate(zip(*rows, strict=True)) if len(set(digits)) > 1), left.size)
    begin = max(same - 2, 0) if same > 4 else 0
    low, high, yours = (("... " if begin else "") + " ".join(row[begin:]) for row in rows)
    return f"{said}. The bytes should lie between {low} and {high}; yours are {yours}"


def _case(*pairs):
    return [bit for bit, _ in pairs], [chance for _, chance in pairs]


def _long_carry(count=3_000):
    """A carry that goes back over so many bytes: the piece lies on both sides of it all the time, then above it.

    The bytes that go out meanwhile are all 255.
    """
    low, width, pairs = 0, 2**32, []

    def decide(bit, chance):
        nonlocal low, width
        part = width * chance >> 16
        low, width = (low, part) if bit else (low + part, width - part)
        while width < 2**24:
            low, width = (low << 8) % 2**32, width << 8
        pairs.append((bit, chance))

    for pair in ((1, 781), (0, 60942)):  # these leave a piece that lies on both sides
        decide(*pair)
    while len(pairs) < count:
        ahead = 2**32 - low
        chance = (ahead - 1) * 65536 // width
        decide(*((0, chance) if chance else (1, 1)))
    decide(0, 65535)
    return _case(*pairs)


def _fixed():
    rng = np.random.default_rng(7)
    rows = [decisions.straddling(rng, count) for count in (4, 6, 8, 12, 16, 24, 40, 40, 40)]
    rows += [decisions.against(rng, 20), decisions.sampled(rng, 60), decisions.sampled(rng, 400)]
    return [*rows, _long_carry()]


CASES = [
    ([], []), _case((1, 32768)), _case((0, 32768)), _case((1, 1)), _case((0, 1)), _case((1, 65535)), _case((0, 65535)),
    _case((1, 256)), _case((0, 65280)), _case((1, 257)), _case((1, 255)), _case((0, 65281), (0, 65281)),
    _case((0, 32767), (1, 2), (0, 65535)), _case((1, 1), (0, 65535), (1, 65535), (0, 1)),
    _case(*[(0, 65535)] * 6), _case(*[(1, 1)] * 6), _case(*[(1, 65535)] * 30), _case(*[(0, 1)] * 30),
    _case((1, 256), (1, 65535), (1, 256), (0, 256)),
    _case((0, 41), (0, 25575)), _case((1, 640), (0, 51915), (1, 2473), (0, 65512), (1, 1), (1, 1)),
    *_fixed(),
]  # fmt: skip

exercise = Exercise(
    id="11.3",
    title="Decisions into bytes",
    minutes=40,
    task="build",
    reference=Encoder,
    stub=STUB,
    use=write,
    facts=True,
    accept=_accepted,
    shown=_case((1, 32768), (1, 49152), (0, 54613)),
    cases=CASES,
    draw=decisions.drawn,
    draws=30,
    large=decisions.like_a_layer,
    large_is="235,200 decisions, as many as the first layer has weights",
    large_seconds=20.0,
    equivalents={
        "line 15: self.width < 2 ** 24 -> self.width <= 2 ** 24": """At 2**24 exactly, all parts
            grow as the piece does: the same byte goes out, only earlier.""",
        "line 32: bytes(self.out) -> self.out": "The check takes a bytearray for bytes.",
    },
    hints=[
        "Three things are kept: low, width, and a bytearray of the bytes that went out. In `decide`, a 1 only makes "
        "the width smaller, to `part`; a 0 moves low up by `part` and leaves the rest of the width.",
        "The carry, before any byte goes out: if low >= 2**32, take 2**32 off it, go back over the bytes that are 255 "
        "and make them 0, and add 1 to the one before them.",
        "While width < 2**24: append low >> 24, then low = low << 8 & 0xFFFFFFFF, and width <<= 8. A decision can "
        "make this happen twice.",
        "At the end the four bytes of low will do: bytes(self.out) + self.low.to_bytes(4, 'big').",
    ],
    why="""A carry is what happens in 0.0999 + 0.0001: the digits written so far change. It never reaches further than
        the first byte, since the whole line ends at 1. At the end one byte is enough: a piece of 2**24 numbers or more
        holds one that ends with three zero bytes, and zeros need not be written. `dc_lab.coding.adaptive` does without
        carries. It keeps both ends of the piece and writes a byte as soon as both begin with it, which is simpler and
        loses a little where a piece lies across such a border for long.""",
)


@exercise.alternative
class _OneNumber:
    """Low as one whole number of any length, so that carries come by themselves; its four last bytes at the end."""

    def __init__(self):
        self.low, self.width, self.size = 0, 2**32, 4

    def decide(self, chance, bit):
        part = self.width * chance // 65536
        if bit == 1:
            self.width = part
        else:
            self.low, self.width = self.low + part, self.width - part
        while self.width < 2**24:
            self.low, self.width, self.size = self.low * 256, self.width * 256, self.size + 1
        return bit

    def finish(self):
        return self.low.to_bytes(self.size, "big")


@exercise.alternative
class _HeldBack:
    """As in LZMA: the last byte and the 255s behind it wait until it is clear whether a carry comes."""

    def __init__(self):
        self.low, self.width, self.wait, self.full, self.out = 0, 1 << 32, None, 0, []

    def decide(self, chance, bit):
        part = (self.width * chance) >> 16
        if not bit:
            self.low += part
            self.width -= part
        else:
            self.width = part
        while self.width < (1 << 24):
            self._shift()
            self.width <<= 8
        return bit

    def _shift(self):
        carry, top = self.low >> 32, self.low >> 24 & 255
        if self.wait is None:
            self.wait = top
        elif top == 255 and not carry:
            self.full += 1
        else:
            self.out.append(self.wait + carry)
            self.out.extend([(255 + carry) & 255] * self.full)
            self.wait, self.full = top, 0
        self.low = (self.low & 0xFFFFFF) << 8

    def finish(self):
        found = [*self.out] + ([] if self.wait is None else [self.wait, *[255] * self.full])
        number = (int.from_bytes(bytes(found), "big") << 32) + self.low
        return number.to_bytes(len(found) + 4, "big")


@exercise.alternative
class _BeforeTheNext:
    """Bytes go out before the next decision, not behind the last; the chance goes through a float, which is exact."""

    def __init__(self):
        self.state = [0, 2**32]
        self.out = []

    def decide(self, chance, bit):
        while self.state[1] < 2**24:
            self.out.append(self.state[0] >> 24)
            self.state = [(self.state[0] % 2**24) << 8, self.state[1] << 8]
        part = int(self.state[1] * (chance / 65536))
        self.state = [self.state[0], part] if bit else [self.state[0] + part, self.state[1] - part]
        if self.state[0] >= 2**32:
            self.state[0] -= 2**32
            for at in reversed(range(len(self.out))):
                self.out[at] = (self.out[at] + 1) % 256
                if self.out[at]:
                    break
        return bit

    def finish(self):
        return bytes(self.out) + self.state[0].to_bytes(4, "big")


@exercise.alternative
class _AllAtTheEnd:
    """Only writes down what comes, and works at the end."""

    def __init__(self):
        self.row = []

    def decide(self, chance, bit):
        self.row.append((bit, chance))
        return bit

    def finish(self):
        encoder = _OneNumber()
        for bit, chance in self.row:
            encoder.decide(chance, bit)
        return bytearray(encoder.finish())


def _carried(out):
    """A carry, into the bytes that went out."""
    at = len(out) - 1
    while at >= 0 and out[at] == 255:
        out[at] = 0
        at -= 1
    out[at] += 1


def _top(low):
    return low >> 24


def _low_bytes(out, low, width):
    return bytes(out) + (low & 0xFFFFFFFF).to_bytes(4, "big")


def _like(
    start=2**32,
    part=lambda width, chance: width * chance >> 16,
    one=lambda low, width, part: (low, part),
    zero=lambda low, width, part: (low + part, width - part),
    carry=_carried,
    full=2**32,
    least=2**24,
    again=True,
    byte=_top,
    low_on=lambda low: low << 8 & 0xFFFFFFFF,
    width_on=lambda width: width << 8,
    back=lambda bit: bit,
    end=_low_bytes,
    late=False,
):
    """The solution with some of its parts done otherwise. With `late` the carry is looked for last."""

    class Wrong:
        def __init__(self):
            self.low, self.width, self.out = 0, start, bytearray()

        def decide(self, chance, bit):
            its = part(self.width, chance)
            self.low, self.width = (one if bit else zero)(self.low, self.width, its)
            if not late:
                self.look_for_a_carry()
            while self.width < least:
                self.out.append(byte(self.low))
                self.low, self.width = low_on(self.low), width_on(self.width)
                if not again:
                    break
            if late:
                self.look_for_a_carry()
            return back(bit)

        def look_for_a_carry(self):
            if self.low >= full and carry is not None:
                self.low -= 2**32
                carry(self.out)

        def finish(self):
            return end(self.out, self.low, self.width)

    return Wrong


def _lost_carry(out):
    """Nothing."""


def _into_the_last(out):
    out[-1] += 1


def _last_goes_round(out):
    out[-1] = (out[-1] + 1) % 256


def _into_the_first(out):
    out[0] += 1


def _full_ones_stay(out):
    at = len(out) - 1
    while out[at] == 255:
        at -= 1
    out[at] += 1


exercise.mistake("the carry lost", _like(carry=_lost_carry)).says("""
    When low passes 2**32 you take 2**32 off it, with & 0xFFFFFFFF perhaps, and nothing else happens. That 2**32 is a 1
    for the byte written last: add it there.""")
exercise.mistake("a carry into a byte of 255", _like(carry=_into_the_last)).says("""
    You add the carry to the last byte, and that may be 255 already. Like a 9 in a sum, it becomes 0, and the carry goes
    on to the byte before it.""")
exercise.mistake("a carry that ends in the last byte", _like(carry=_last_goes_round)).says("""
    A last byte of 255 becomes 0, which is right, but its own carry is lost. It goes on to the byte before, through all
    that are 255.""")
exercise.mistake("a carry into the first byte", _like(carry=_into_the_first)).says("""
    You add the carry to the first byte. It belongs to the byte written last, right before low.""")
exercise.mistake("bytes of 255 left as they are", _like(carry=_full_ones_stay)).says("""
    You go back over the bytes of 255 and add 1 to the one before them, but they stay 255. As 9s in a sum do, they
    become 0.""")
exercise.mistake(
    "the other part",
    _like(one=lambda low, width, part: (low + part, width - part), zero=lambda low, width, part: (low, part)),
).says("""
    You give the upper part to a 1 and the lower one to a 0. Here the lower part, `part` numbers long, is that of a 1.
    """)
exercise.mistake("the chance of a 0", _like(part=lambda width, chance: width * (65536 - chance) >> 16)).says("""
    Your lower part is as long as a 0 is likely. It is the part of a 1, and `chance` is the chance of a 1.""")
exercise.mistake("a 1 at the upper end", _like(
    one=lambda low, width, part: (low + width - part, part), zero=lambda low, width, part: (low, width - part)
)).says("""
    Your 1 has the right width, but at the upper end of the piece. It lies at the lower end, and low stays where it is.
    """)  # fmt: skip
exercise.mistake("a 1 moves low, too", _like(one=lambda low, width, part: (low + part, part))).says("""
    You move low for a 1 as well. The part of a 1 begins where the piece begins: only the width changes.""")
exercise.mistake("a 0 as wide as a 1", _like(zero=lambda low, width, part: (low + part, part))).says("""
    After a 0 your width is `part`. That is the length of the lower part; what is left for a 0 is width - part.""")
exercise.mistake("a 0 does not move low", _like(zero=lambda low, width, part: (low, width - part))).says("""
    After a 0, low stays where it is, so that both decisions begin at the same number. The part of a 0 begins `part`
    numbers further on.""")
exercise.mistake("one byte at most", _like(again=False)).says("""
    After a decision you write one byte at most. After an improbable one the width may be so small that two are settled:
    while, not if.""")
exercise.mistake("low not moved up", _like(low_on=lambda low: low)).says("""
    You write the highest byte of low and leave low as it is, so that it is written again. The other three bytes move
    up: low << 8 & 0xFFFFFFFF.""")
exercise.mistake("the byte that went out stays in low", _like(low_on=lambda low: low << 8, carry=None)).says("""
    You move low up but leave the byte that went out in it, and low grows. Keep the 32 lower bits: low << 8 &
    0xFFFFFFFF.""")
exercise.mistake("width not moved up", _like(width_on=lambda width: width)).says("""
    Where the width is below 2**24 you move low up and not the width, so that it stays below for ever. Both are counted
    in the same units: width <<= 8.""")
exercise.mistake("the width whole again", _like(width_on=lambda width: 2**32)).says("""
    After a byte you begin with the whole width again. The piece is as wide as before, in units 256 times smaller:
    width <<= 8.""")
exercise.mistake("the lowest byte", _like(byte=lambda low: low & 255)).says("""
    You write the lowest byte of low. The highest one is settled: low >> 24.""")
exercise.mistake("the byte below the highest", _like(byte=lambda low: low >> 16 & 255)).says("""
    You write the second byte of low, as if it had been moved up already. First append low >> 24, then move up.""")
exercise.mistake("bytes only below 2**16", _like(least=2**16)).says("""
    You write a byte only when the width is below 2**16. The reader does it below 2**24, and after that the parts of the
    two are no longer the same.""")
exercise.mistake("bytes already below 2**25", _like(least=2**25)).says("""
    You write a byte while the width is still 2**24 or more. Then it grows beyond 2**32, and the parts are no longer
    the reader's.""")
exercise.mistake("part rounded", _like(part=lambda width, chance: round(width * chance / 65536))).says("""
    You round `part`. The reader rounds down, and if the two differ by 1 they part for good: width * chance >> 16.""")
exercise.mistake("width cut first", _like(part=lambda width, chance: (width >> 16) * chance)).says("""
    You cut the last 16 bits of the width off before you multiply. (LZMA does it so.) Then `part` is another number than
    the reader's: multiply first, width * chance >> 16.""")
exercise.mistake("a width of 2**32 - 1", _like(start=2**32 - 1)).says("""
    Your width begins as 2**32 - 1, the last number of the line. Asked for is how many numbers there are: 2**32.""")
exercise.mistake("the end left out", _like(end=lambda out, low, width: bytes(out))).says("""
    `finish` returns only what went out on the way. With zeros behind it that is a number below low, as a rule: low's
    own bytes have to follow.""")
exercise.mistake(
    "only the highest byte of low", _like(end=lambda out, low, width: bytes(out) + bytes([low >> 24]))
).says(
    """At the end you write the highest byte of low, and zeros follow. That is a number below low. Write all four bytes;
    or take the next number that ends with three zero bytes, with its carry."""
)
exercise.mistake(
    "the last bytes back to front", _like(end=lambda out, low, width: bytes(out) + low.to_bytes(4, "little"))
).says("""
    At the end the bytes of low stand back to front. The highest comes first: to_bytes(4, 'big').""")
exercise.mistake(
    "the next number without its carry",
    _like(end=lambda out, low, width: bytes(out) + bytes([(low + 2**24 - 1) >> 24 & 255])),
).says("""
    The number with three zero bytes that you choose at the end is right, but it may lie beyond 2**32. Then there is one
    more carry.""")
exercise.mistake(
    "an end beyond the piece", _like(end=lambda out, low, width: bytes(out) + bytes([(low >> 24) + 1 & 255]))
).says(
    """At the end you always take the highest byte of low plus 1. Where the other three bytes are zero that may lie
    beyond the piece, and 255 + 1 is a carry."""
)
exercise.mistake(
    "the end of the piece",
    _like(end=lambda out, low, width: bytes(out) + (low + width & 0xFFFFFFFF).to_bytes(4, "big")),
).says("""
    At the end you write low + width. That is the first number behind the piece: low itself lies in it.""")
exercise.mistake("nothing given back", _like(back=lambda bit: None)).says("""
    `decide` returns nothing. It is to give back the bit, so that the same loop can write and read.""")


@exercise.mistake("carry looked for too late")
class _Late:
    """You look for the carry only after a byte went out, when the part of low beyond 2**32 is cut off already. Look
    for it right after low has grown."""

    def __init__(self):
        self.low, self.width, self.out = 0, 2**32, bytearray()

    def decide(self, chance, bit):
        part = self.width * chance >> 16
        self.low, self.width = (self.low, part) if bit else (self.low + part, self.width - part)
        while self.width < 2**24:
            self.out.append(self.low >> 24 & 255)
            self.low = self.low << 8
            self.width <<= 8
            if self.low >= 2**40:
                _carried(self.out)
            self.low &= 0xFFFFFFFF
        return bit

    def finish(self):
        return bytes(self.out) + (self.low & 0xFFFFFFFF).to_bytes(4, "big")


exercise.mistake("a list of numbers", _like(end=lambda out, low, width: list(_low_bytes(out, low, width)))).says("""
    The numbers are right. Asked for are bytes: bytes(numbers) makes them.""")


def _up(width, chance):
    return -(-width * chance // 65536)


exercise.mistake("part rounded up", _like(part=_up)).says("""
    You round `part` up. The reader rounds down, and a difference of 1 stays for good: width * chance >> 16.""")
exercise.mistake("a carry nobody looks for", _like(carry=None)).says("""
    Low passes 2**32, and nobody looks for it. Then its highest byte is more than 255, or a 1 is lost: take 2**32 off
    low and add the 1 to the byte that went out last.""")
exercise.mistake("two bytes of low lost", _like(low_on=lambda low: (low & 0xFFFF) << 8)).says("""
    When low moves up you keep 16 of its bits. Only the highest byte goes out, so 24 bits stay.""")
exercise.mistake("a width with ones behind", _like(width_on=lambda width: width << 8 | 255)).says("""
    Your width gets 255 behind it when it moves up. That is the way of a coder that keeps the upper end. A width is a
    number of numbers: width << 8.""")
exercise.mistake(
    "a number in the middle, cut",
    _like(end=lambda out, low, width: bytes(out) + (low + width // 2 & 0xFFFFFFFF).to_bytes(4, "big")),
).says("""
    The number that you choose at the end lies in the piece, but it may be 2**32 or more. Then there is one more carry,
    and you cut it off.""")


def _array(out, low, width):
    return np.frombuffer(_low_bytes(out, low, width), np.uint8)


exercise.mistake("an array of bytes", _like(end=_array)).says("""
    The bytes are right, but they are a NumPy array. Asked for are bytes: put .tobytes() behind it.""")


exercise.mistake("no carry at 2**32 itself", _like(full=2**32 + 1, byte=lambda low: low >> 24 & 255)).says("""
    Where low is exactly 2**32 you see no carry, and its 1 is lost: low >= 2**32, not >.""")
exercise.mistake(
    "two bytes at the end", _like(end=lambda out, low, width: bytes(out) + low.to_bytes(4, "big")[:2])
).says("""
    At the end you write two bytes of low and drop the others. Zeros in their place make a number below low: write all
    four, or go up to the next number that ends with zeros.""")
exercise.mistake("eight bytes at the end", _like(end=lambda out, low, width: bytes(out) + low.to_bytes(8, "big"))).says(
    """At the end you write low with eight bytes. It has four: what stands before it has gone out already."""
)
exercise.mistake("65,535ths", _like(part=lambda width, chance: min(width * chance // 65535, width - 1))).says("""
    You divide by 65,535. A chance is in 65,536ths: width * chance >> 16.""")
exercise.mistake(
    "the width in place of low",
    _like(end=lambda out, low, width: bytes(out) + min(width, 2**32 - 1).to_bytes(4, "big")),
).says("""
    At the end you write the width. That says how long the piece is, and not where it lies: write a number of the piece,
    such as low.""")
exercise.mistake("a byte at 2**24 already", _like(least=2**24 + 1)).says("""
    A byte goes out where the width is just 2**24. It goes out while the width is below that: <, not <=.""")


class _GivesPart(Encoder):
    def decide(self, chance, bit):
        part = self.width * chance >> 16
        super().decide(chance, bit)
        return part


exercise.mistake("part given back", _GivesPart).says("""
    `decide` gives back the part. Give back the bit itself, so that the same loop can write and read.""")
exercise.mistake("the width of a 0 left as it is", _like(zero=lambda low, width, part: (low + part, width))).says("""
    After a 0, low grows by the part, but the width stays. It loses the part: only the rest is left.""")
exercise.mistake("low with its highest byte left on", _like(low_on=lambda low: low << 8)).says("""
    The highest byte of low goes out and stays in low, too. Take it off as the others move up:
    low << 8 & 0xFFFFFFFF.""")


def _past_one(out):
    at = len(out) - 1
    if out[at] == 255:
        out[at] = 0
        at -= 1
    out[at] = (out[at] + 1) % 256


exercise.mistake("a carry past one byte of 255", _like(carry=_past_one)).says("""
    Your carry goes on over one byte of 255 and no further. There may be many of them, one behind the other: while, not
    if.""")
exercise.mistake("the carry behind the bytes", _like(late=True, byte=lambda low: low >> 24 & 255)).says("""
    You look for the carry after the loop in which bytes go out. There low is cut to 32 bits, and the carry is lost.
    Look for it right after low has grown, before the loop.""")
exercise.mistake("the carry behind the bytes, low not cut", _like(late=True)).says("""
    You look for the carry after the loop in which bytes go out. So low may be 2**32 or more in there, and the byte 256
    or more. Look for the carry right after low has grown, before the loop.""")
exercise.mistake("65,535ths, without a limit", _like(part=lambda width, chance: width * chance // 65535)).says("""
    You divide by 65,535, and for a chance of 65,535 nothing is left to a 0. A chance is in 65,536ths: width * chance >>
    16.""")
exercise.mistake(
    "bytes cut, low left to grow", _like(byte=lambda low: low >> 24 & 255, low_on=lambda low: low << 8)
).says("""
    You cut the byte that goes out, but low keeps it, and grows. Then each byte looks like a carry. Take it off as the
    others move up: low << 8 & 0xFFFFFFFF.""")


@exercise.mistake("one byte at the end of a narrow piece")
class _NarrowEnd(_BeforeTheNext):
    """Your bytes go out before the next decision, so that at the end the piece may be narrower than 2**24. One byte is
    not enough to point at it then. Let the bytes go out first, or write all four of low."""

    def finish(self):
        low, out = self.state[0] + 2**24 - 1, bytearray(self.out)
        if low >= 2**32:
            _carried(out)
        return bytes(out) + bytes([low >> 24 & 255])


@exercise.mistake("a part of its own for a 0")
class _OwnPart(Encoder):
    """You work out the width of a 0 from its own chance, which rounds once more. A 0 gets all that a 1 leaves: width -
    part."""

    def decide(self, chance, bit):
        if bit:
            return super().decide(chance, bit)
        width = self.width
        self.width = width * (65536 - chance) >> 16
        self.move(width * chance >> 16)
        while self.width < 2**24:
            self.out.append(self.low >> 24)
            self.low, self.width = (self.low << 8) % 2**32, self.width << 8
        return bit

    def finish(self):
        return _low_bytes(self.out, self.low, self.width)


exercise.mistake("the width of a 1 left as it is", _like(one=lambda low, width, part: (low, width))).says("""
    After a 1 your width stays. The piece of a 1 is `part` numbers long: width = part.""")
exercise.mistake(
    "low moved by what is left", _like(zero=lambda low, width, part: (low + width - part, width - part))
).says("""
    After a 0 you move low by the width that is left. It moves by `part`, which is where the piece of a 0 begins. (Did
    you make the width smaller first?)""")
exercise.mistake("low one further on", _like(zero=lambda low, width, part: (low + part + 1, width - part))).says("""
    You move low by part + 1. The numbers of a 1 are low to low + part - 1, so that those of a 0 begin at low +
    part.""")
exercise.mistake("bytes put in front", _like(end=lambda out, low, width: _low_bytes(out[::-1], low, width))).says("""
    Your bytes stand the last one first. Each one goes out behind those before it: append.""")


def _one_before(out):
    at = len(out) - 2
    while out[at] == 255:
        out[at] = 0
        at -= 1
    out[at] += 1


exercise.mistake("a carry into the byte before the last", _like(carry=_one_before)).says("""
    You add the carry to the byte before the last. It belongs to the byte that went out last, right before low.""")
exercise.mistake(
    "the last bytes without zeros in front",
    _like(end=lambda out, low, width: bytes(out) + low.to_bytes((low.bit_length() + 7) // 8, "big")),
).says("""
    Where low begins with a byte of zero, you leave that away, and all behind it move up. Zeros may be missing at the
    end, not in front: low has four bytes.""")
exercise.mistake("three bytes at the end", _like(end=lambda out, low, width: _low_bytes(out, low, width)[:-1])).says("""
    At the end you leave away the last byte of low. A zero in its place makes a number below low: write all four, or go
    up to the next number that ends with zeros.""")


def _four(out, low, width):
    """The four bytes of low, which must fit."""
    return bytes(out) + low.to_bytes(4, "big")


exercise.mistake("low not cut, and too large at the end", _like(low_on=lambda low: low << 8, end=_four)).says("""
    Low keeps the byte that went out, and grows until it does not fit into four bytes. Take that byte off as the others
    move up: low << 8 & 0xFFFFFFFF.""")
exercise.mistake(
    "a product of 32 bits", _like(start=2**32 - 1, part=lambda width, chance: (width * chance & 0xFFFFFFFF) >> 16)
).says("""
    width * chance needs 48 bits, and yours is cut to 32, as NumPy's uint32 does. Nor does a width of 2**32 fit in
    there. Take Python's whole numbers.""")


@exercise.mistake("the piece in floats")
class _InFloats:
    """Your low and width are floats, fractions of the whole line. After some fifty bits their digits run out. Keep
    whole numbers, and let bytes go out as soon as the width is below 2**24."""

    def __init__(self):
        self.low, self.width = 0.0, 1.0

    def decide(self, chance, bit):
        part = self.width * chance / 65536
        self.low, self.width = (self.low, part) if bit else (self.low + part, self.width - part)
        return bit

    def finish(self):
        return int(self.low * 2**64 + 1).to_bytes(9, "big")[1:]


@exercise.mistake("the exact piece")
class _Exact:
    """You keep the piece exactly, in fractions perhaps. The reader's `part` is rounded down to whole numbers of a width
    below 2**32, so that its pieces are others: part = width * chance >> 16."""

    def __init__(self):
        self.low, self.width, self.bits = 0, 1, 0

    def decide(self, chance, bit):
        part = self.width * chance
        self.low, self.width, self.bits = self.low << 16, self.width << 16, self.bits + 16
        self.low, self.width = (self.low, part) if bit else (self.low + part, self.width - part)
        return bit

    def finish(self):
        size = max((self.bits + 1 - self.width.bit_length() + 1 + 7) // 8, 0)
        while size and (self.width << 8 * (size - 1)) >= 2 << self.bits:
            size -= 1
        while (self.width << 8 * size) < 2 << self.bits:
            size += 1
        return ((self.low << 8 * size >> self.bits) + 1).to_bytes(size, "big")


@exercise.mistake("the exact piece, in fractions")
class _Fractions:
    """Your fractions grow by 16 bits with each decision, so that a long row takes for ever. The reader's pieces are not
    exact either: whole numbers do, part = width * chance >> 16, with bytes that go out on the way."""

    def __init__(self):
        self.low, self.width = Fraction(0), Fraction(1)

    def decide(self, chance, bit):
        part = self.width * Fraction(chance, 65536)
        self.low, self.width = (self.low, part) if bit else (self.low + part, self.width - part)
        return bit

    def finish(self):
        size = 0
        while self.width * 256**size < 2:
            size += 1
        return (int(self.low * 256**size) + 1).to_bytes(size, "big")


def _and_more(more):
    return lambda out, low, width: _four(out, low, width) + bytes(more)


exercise.mistake("four zeros more", _like(end=_and_more(4))).says("""
    You put four bytes of 0 behind low. The reader takes zeros there by itself: low's four bytes are the last.""")
exercise.mistake("a zero more", _like(end=_and_more(1))).says("""
    You put a byte of 0 behind low. The reader takes zeros there by itself: low's four bytes are the last.""")


exercise.mistake("every decision as a 0", _like(one=lambda low, width, part: (low + part, width - part))).says("""
    You write a 1 as if it were a 0. Is the bit compared with True, by `is`? It is a number, 0 or 1: if bit.""")
exercise.mistake("every decision as a 1", _like(zero=lambda low, width, part: (low, part))).says("""
    You write a 0 as if it were a 1: low stays, and the width becomes `part`. After a 0, low grows by `part` and the
    width loses it.""")
exercise.mistake("a width 8 times as large", _like(width_on=lambda width: width << 3)).says("""
    Your width grows 8 times when a byte goes out. A byte has 8 bits, which are 256 numbers: width << 8.""")


class _Before(Encoder):
    """Keeps low as it was before the last decision."""

    def decide(self, chance, bit):
        self.before = self.low
        return super().decide(chance, bit)

    def finish(self):
        return _four(self.out, self.before, self.width)


exercise.mistake("low of before the last decision", _Before).says("""
    At the end you write low as it was before the last decision. Write self.low as it is by then. (`finish` may also
    come when nothing was decided: what it needs has to be there from __init__ on.)""")


@exercise.mistake("low of before the last decision, or 0")
class _BeforeOrZero(_Before):
    """At the end you write low as it was before the last decision. Write self.low as it is by then."""

    before = 0


exercise.mistake(
    "zeros taken off before low", _like(end=lambda out, low, width: bytes(out).rstrip(b"\0") + _four(b"", low, width))
).says("""
    You leave out zeros at the end of the bytes that went out, and low's bytes move up. Zeros may be missing only at the
    very end, behind low.""")


def _as_one_number(out, low, width):
    number = int.from_bytes(_four(out, low, width), "big")
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


exercise.mistake("zeros in front left out", _like(end=_as_one_number)).says("""
    Where the first bytes are zero you leave them out, and all the others move up. The first byte is worth most, also if
    it is 0: only zeros at the end may be missing.""")
exercise.mistake("no carry at 2**32 itself, and no room", _like(full=2**32 + 1, end=_four)).says("""
    Where low is exactly 2**32 you see no carry, and its highest byte does not fit into a byte: low >= 2**32, not >.""")


def _only_zeros(out):
    at = len(out) - 1
    while out[at] == 255:
        out[at] = 0
        at -= 1


exercise.mistake("a carry that adds nothing", _like(carry=_only_zeros)).says("""
    Your carry makes the bytes of 255 zero and then adds nothing. The byte before them grows by 1, and if the last byte
    is not 255, that one.""")


class _HalfWay(Encoder):
    def move(self, part):
        self.low += part
        if self.low >= 2**31:
            self.low -= 2**32
            _carried(self.out)


exercise.mistake("a carry at 2**31", _HalfWay).says("""
    You carry as soon as low has reached 2**31. It has four bytes: the carry is at 2**32.""")
exercise.mistake("bytes only below 2**23", _like(least=2**23)).says("""
    You write a byte only when the width is below 2**23. The reader does it below 2**24.""")
exercise.mistake("bytes only below 2**8", _like(least=2**8)).says("""
    You write a byte only when the width is below 2**8. The reader does it below 2**24, and a width so small leaves
    nothing to an improbable decision.""")
exercise.mistake("bytes below 2**32", _like(least=2**32)).says("""
    You write bytes until the width is 2**32 or more. They go out only while it is below 2**24.""")
exercise.mistake("a shift by 15", _like(part=lambda width, chance: width * chance >> 15)).says("""
    Your part is twice as long as it should be. A chance is in 65,536ths, which are 2**16: >> 16.""")
exercise.mistake("a shift by 8", _like(part=lambda width, chance: width * chance >> 8)).says("""
    Your part is 256 times as long as it should be. A chance is in 65,536ths, which are 2**16: >> 16.""")
exercise.mistake("the chance shifted first", _like(part=lambda width, chance: width * (chance >> 16))).says("""
    Your part is 0: chance >> 16 is 0 for each chance. Multiply first: width * chance >> 16.""")
exercise.mistake("part as a float", _like(part=lambda width, chance: width * chance / 65536, end=_four)).says("""
    Your part is a float, and so are low and width after it; they cannot be shifted, nor made into bytes. Round down to
    a whole number: width * chance >> 16.""")
exercise.mistake("a width of 2**31", _like(start=2**31)).says("""
    Your width begins as 2**31. The line has 2**32 numbers.""")
exercise.mistake("a width of 2**24", _like(start=2**24)).says("""
    Your width begins as 2**24. That is where bytes begin to go out; the line has 2**32 numbers.""")
exercise.mistake("a width of 2**16", _like(start=2**16)).says("""
    Your width begins as 2**16, which is what chances are counted in. The line has 2**32 numbers.""")


class _From1(Encoder):
    def __init__(self):
        super().__init__()
        self.low = 1


exercise.mistake("low begins at 1", _From1).says("""
    Your low begins at 1. The numbers of the line are counted from 0.""")
exercise.mistake("only the bytes of low", _like(end=lambda out, low, width: _four(b"", low, width))).says("""
    `finish` returns the four bytes of low alone. Those that went out on the way stand before them.""")
exercise.mistake("low in front", _like(end=lambda out, low, width: _four(b"", low, width) + bytes(out))).says("""
    `finish` puts low's bytes in front. They come last: first those that went out on the way.""")
exercise.mistake(
    "a text of hexadecimal digits", _like(end=lambda out, low, width: _four(out, low, width).hex())
).says("""
    The bytes are right, but you return them as a text. Asked for are the bytes themselves, without .hex().""")
exercise.mistake(
    "one whole number", _like(end=lambda out, low, width: int.from_bytes(_four(out, low, width), "big"))
).says("""
    `finish` returns a whole number. Asked for are its bytes: .to_bytes(..., "big"), zeros in front included.""")
exercise.mistake("bytes and low", _like(end=lambda out, low, width: (bytes(out), low))).says("""
    `finish` returns two things. Asked for are all bytes in one: low's four behind those that went out.""")
exercise.mistake("finish returns nothing", _like(end=lambda out, low, width: None)).says("""
    `finish` returns nothing. Is a `return` missing?""")
exercise.mistake(
    "the last number, cut",
    _like(end=lambda out, low, width: _four(out, low + width - 1 & 0xFFFFFFFF, width)),
).says("""
    The last number of the piece, low + width - 1, may be 2**32 or more. Then there is one more carry, and you cut it
    off. Low itself is in the piece, too, and needs none.""")
exercise.mistake(
    "the last number, too large", _like(end=lambda out, low, width: _four(out, low + width - 1, 0))
).says("""
    The last number of the piece, low + width - 1, may be 2**32 or more, and does not fit into four bytes then. Low
    itself is in the piece, too, and fits.""")
exercise.mistake(
    "the end of the piece, too large", _like(end=lambda out, low, width: _four(out, low + width, 0))
).says("""
    low + width is the first number behind the piece, and may not even fit into four bytes. Low itself lies in the
    piece.""")
exercise.mistake(
    "the next number, too large", _like(end=lambda out, low, width: bytes(out) + bytes([(low + 2**24 - 1) >> 24]))
).says("""
    The number with three zero bytes that you choose at the end may be 2**32. Its highest byte does not fit into a byte
    then: one more carry is needed.""")
exercise.mistake(
    "the highest byte and 1 more", _like(end=lambda out, low, width: bytes(out) + bytes([(low >> 24) + 1]))
).says("""
    At the end you write the highest byte of low plus 1. That may be 256, which is a carry; and where the other three
    bytes are zero, it may lie beyond the piece.""")
exercise.mistake(
    "five bytes at the end", _like(end=lambda out, low, width: bytes(out) + low.to_bytes(5, "big"))
).says("""
    A zero byte too many stands in front of `low`: it is written with five bytes, or a byte that was held back before
    any had gone out is written, too. `low` has four, and nothing stands before the first byte that goes out.""")
exercise.mistake("the other bit given back", _like(back=lambda bit: 1 - bit)).says("""
    `decide` gives back the other bit. Give back the one that came in.""")


class _GivesChance(Encoder):
    def decide(self, chance, bit):
        super().decide(chance, bit)
        return chance


exercise.mistake("the chance given back", _GivesChance).says("""
    `decide` gives back the chance. Give back the bit, so that the same loop can write and read.""")


class _Swapped(_like()):  # type: ignore[misc]
    def decide(self, chance, bit):
        return super().decide(bit, chance)


exercise.mistake("chance and bit swapped", _Swapped).says("""
    You take the bit for the chance and the chance for the bit. The order is decide(self, chance, bit).""")
exercise.mistake("low stays above 2**32", _like(carry=None, end=_four)).says("""
    Low stays 2**32 or more, so that its highest byte no longer fits into a byte, or low itself into four. In a carry
    low loses 2**32, and the byte that went out last grows by 1.""")


def _while_below(out):
    at = len(out) - 1
    while out[at] < 255:
        out[at] = 0
        at -= 1
    out[at] += 1


exercise.mistake("a carry over bytes that are not 255", _like(carry=_while_below)).says("""
    Your carry goes on over the bytes that are not 255. It is the other way round: it goes on over those that are 255,
    and ends in the first that is not.""")


class _OnlyAfter(_like()):  # type: ignore[misc]
    """Bytes go out after one of the two decisions only."""

    which = 0

    def decide(self, chance, bit):
        part = self.width * chance >> 16
        self.low, self.width = (self.low, part) if bit else (self.low + part, self.width - part)
        self.look_for_a_carry()
        while bit == self.which and self.width < 2**24:
            self.out.append(self.low >> 24)
            self.low, self.width = self.low << 8 & 0xFFFFFFFF, self.width << 8
        return bit


exercise.mistake("bytes only after a 0", _OnlyAfter).says("""
    Bytes go out after a 0 only. A 1 makes the piece narrow, too: step 3 comes after each decision.""")


@exercise.mistake("bytes only after a 1")
class _OnlyAfter1(_OnlyAfter):
    """Bytes go out after a 1 only. A 0 makes the piece narrow, too: step 3 comes after each decision."""

    which = 1


exercise.mistake("a 0 narrowed twice", _like(zero=lambda low, width, part: (low + part, width - 2 * part))).says("""
    After a 0 you take `part` off the width twice. What is left is width - part.""")


class _OfLow(_like()):  # type: ignore[misc]
    def decide(self, chance, bit):
        part = (self.low + self.width) * chance >> 16
        self.low, self.width = (self.low, part) if bit else (self.low + part, self.width - part)
        self.look_for_a_carry()
        while self.width < 2**24:
            self.out.append(self.low >> 24)
            self.low, self.width = self.low << 8 & 0xFFFFFFFF, self.width << 8
        return bit


exercise.mistake("part of low and width together", _OfLow).says("""
    You take the chance's share of low + width. `part` is a share of the width alone: it says how long the lower part
    is, not where it ends.""")


exercise.mistake("low moved down", _like(low_on=lambda low: low >> 8)).says("""
    You move low down by a byte, which takes its lowest off. The highest went out: the other three move up, low << 8 &
    0xFFFFFFFF.""")


class _BytesDoNotGrow(_like()):  # type: ignore[misc]
    def __init__(self):
        super().__init__()
        self.out = b""


exercise.mistake("bytes that cannot grow", _BytesDoNotGrow).says("""
    You keep the bytes that went out as `bytes`, and those cannot be changed nor appended to. A bytearray can.""")


class _ZeroInFront(Encoder):
    def finish(self):
        return b"\0" + super().finish()


exercise.mistake("a byte in front of all", _ZeroInFront).says("""
    A byte of 0 stands in front of the message: one that you hold back for a carry before anything has gone out. Leave
    it out at the end, or begin to hold back with the first byte that goes out.""")
