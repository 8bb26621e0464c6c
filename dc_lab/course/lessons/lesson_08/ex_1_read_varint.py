"""08.1 A varint."""

from functools import partial
from typing import Any, NamedTuple

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.common import as_hex, explained
from dc_lab.course.lessons.lesson_08.decoder import IMPORTS, read_varint
from dc_lab.dcz import streams


class Number(NamedTuple):
    """What a call did: the number it returned, and how many bytes it left in `data`."""

    value: Any
    bytes_left: int


def _use_varint(answer, content):
    data = iter(bytes.fromhex(content))
    value = explained(answer, data)
    return Number(value, len(list(data)))


def _draw_varint(rng):
    value = int(2 ** rng.uniform(0, 40))
    return (as_hex(streams.varint(value), rng.bytes(int(rng.integers(0, 4)))),)


CASES = [
    ("00",), ("05",), ("7f",), ("05 80",), ("80 01",), ("ff 7f",), ("81 00 07",), ("28 02 00",), ("ac 02 ac 02",),
    ("80 80 01",), ("80 80 04 28",), ("e5 8e 26 00 00",), ("ff ff ff ff 0f",),
    # Numbers that a float64 does not hold: 2**53 + 1, and the largest of all.
    ("81 80 80 80 80 80 80 10",), ("ff ff ff ff ff ff ff ff 7f",),
]  # fmt: skip

exercise = Exercise(
    id="08.1",
    title="A varint",
    minutes=5,
    task="warm-up",
    reference=read_varint,
    given=IMPORTS,
    use=_use_varint,
    shown=("ac 02",),
    cases=CASES,
    draw=_draw_varint,
    hints=[
        "Take one byte with next(data). Below 128 it is the number.",
        "If it is 128 or more, its low 7 bits are byte - 128, and what follows is again a varint, which counts 128 "
        "times as much.",
        "So either a loop with `shift` growing by 7, or: byte - 128 + 128 * read_varint(data).",
    ],
    why="""Most numbers in a file are small, and then this takes one byte; a few may be large, and nothing needs a
        limit. The function calls itself because the rest of a varint is a varint.""",
)


@exercise.alternative
def varint_by_loop(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value


@exercise.alternative
def _varint_by_text(data):
    text = ""
    while True:
        bits = f"{next(data):08b}"
        text = bits[1:] + text
        if bits[0] == "0":
            return int(text, 2)


def _groups(data, stop=lambda byte: byte < 128):
    found = []
    while True:
        found.append(next(data))
        if stop(found[-1]):
            return found


def _bent_varint(bent, data):
    """A varint read wrongly, in the way that `bent` names."""
    if bent == "one byte":
        return next(data)
    if bent == "one group":
        return next(data) & 127
    if bent == "two bytes as a number":
        return byte if (byte := next(data)) < 128 else byte + 256 * next(data)
    if bent == "two bytes at most":
        return byte if (byte := next(data)) < 128 else byte - 128 + 128 * next(data)
    if bent == "two groups at most":
        return byte if (byte := next(data)) < 128 else byte - 128 + 128 * (next(data) & 127)
    if bent == "floats":
        return int(sum(float((group & 127) * 128.0**i) for i, group in enumerate(_groups(data))))
    if bent == "looked at and lost":
        value = shift = 0
        while next(data) > 127:
            value, shift = value + ((next(data) & 127) << shift), shift + 7
        return value
    if bent == "no end":
        return sum((byte & 127) << 7 * i for i, byte in enumerate(data))
    if bent == "stops at a set bit":
        groups = _groups(data, lambda byte: byte > 127)
    elif bent == "stops at 128":
        groups = _groups(data, lambda byte: byte <= 128)
    else:
        groups = _groups(data)
    low = [group & 127 for group in groups]
    if bent == "highest first":
        return sum(group << 7 * i for i, group in enumerate(reversed(low)))
    if bent == "by eight":
        return sum(group << 8 * i for i, group in enumerate(low))
    if bent == "by one":
        return sum(group << i for i, group in enumerate(low))
    if bent == "top bit kept":
        return sum(group << 7 * i for i, group in enumerate(groups))
    if bent == "plain bytes":
        return sum(group << 8 * i for i, group in enumerate(groups))
    if bent == "added up":
        return sum(low)
    if bent == "starts at 7":
        return sum(group << 7 * (i + 1) for i, group in enumerate(low))
    if bent == "128 each time":
        return low[0] + sum(128 * group for group in low[1:])
    if bent in ("32 bits", "16 bits"):
        return sum(group << 7 * i for i, group in enumerate(low)) % 2 ** int(bent[:2])
    if bent == "times 7":
        return sum(group * 7**i for i, group in enumerate(low))
    if bent == "or without a mask":
        value = 0
        for i, group in enumerate(groups):
            value |= group << 7 * i
        return value
    if bent == "last group lost":
        return sum(group << 7 * i for i, group in enumerate(low[:-1]))
    if bent == "first group lost":
        return sum(group << 7 * i for i, group in enumerate(low[1:]))
    if bent == "times 127":
        return sum(group * 127**i for i, group in enumerate(low))
    if bent == "list":
        return low
    value = sum(group << 7 * i for i, group in enumerate(low))
    if bent == "a byte more":
        next(data)
    if bent == "a byte more, if any":
        next(data, None)
    if bent == "all taken":
        list(data)
    return (value, len(low)) if bent == "pair" else value


exercise.mistake("groups in the wrong order", partial(_bent_varint, "highest first")).says("""
    You take the first group for the highest. The page says lowest first: ac 02 is 2c (44) and then 2 times 128.""")
exercise.mistake("eight bits a group", partial(_bent_varint, "by eight")).says("""
    You shift by 8 for each byte. A byte holds only 7 bits of the number, the eighth says whether another follows: shift
    by 7.""")
exercise.mistake("one bit a group", partial(_bent_varint, "by one")).says("""
    You shift by 1 for each byte. A byte holds 7 bits of the number: shift by 7 times its place.""")
exercise.mistake("the top bit kept", partial(_bent_varint, "top bit kept")).says("""
    The top bit only says that another byte follows; it is not part of the number. Take it off: byte & 127, or byte -
    128 where it is set.""")
exercise.mistake("plain bytes", partial(_bent_varint, "plain bytes")).says("""
    You join whole bytes. Of each, only the low 7 bits belong to the number, and the next group stands 7 bits
    higher.""")
exercise.mistake("one byte only", partial(_bent_varint, "one byte")).says("""
    You always take one byte. If its top bit is set (the byte is 128 or more), another follows.""")
exercise.mistake("one group only", partial(_bent_varint, "one group")).says("""
    You take off the top bit, but do not go on to the next byte. The bit says that another follows.""")
exercise.mistake("the bit the wrong way round", partial(_bent_varint, "stops at a set bit")).says("""
    You stop at a byte whose top bit is set, and go on after one where it is not. It is the other way round: a set bit
    says that another byte follows.""")
exercise.mistake("128 taken for the last byte", partial(_bent_varint, "stops at 128")).says("""
    80 is 128: its top bit is set, and its low bits are all 0. Another byte follows. The last byte is below 128.""")
exercise.mistake("groups added up", partial(_bent_varint, "added up")).says("""
    You add the groups as they are. Each one stands 7 bits higher than the one before: multiply by 128 for each
    step.""")
exercise.mistake("the last group lost", partial(_bent_varint, "last group lost")).says("""
    You stop before the last group is added. The byte without a top bit belongs to the number too.""")
exercise.mistake("the first group lost", partial(_bent_varint, "first group lost")).says("""
    The first byte is not in your number. Does the loop take a byte to look at its top bit, and then another?""")
exercise.mistake("times 127", partial(_bent_varint, "times 127")).says("""
    A group of 7 bits has 128 values, 0 to 127. So the next group counts 128 each.""")
exercise.mistake("two bytes as one number", partial(_bent_varint, "two bytes as a number")).says("""
    You join two whole bytes. The top bit of the first is not part of the number, the second stands only 7 bits higher,
    and there may be more than two.""")
exercise.mistake("two bytes at most", partial(_bent_varint, "two bytes at most")).says("""
    You stop after the second byte. Its top bit may be set too: then a third follows, and so on.""")
exercise.mistake("two groups at most", partial(_bent_varint, "two groups at most")).says("""
    You take two groups of 7 bits and stop. If the top bit of the second byte is set, a third follows: go on until a
    byte is below 128.""")
exercise.mistake("counted in floats", partial(_bent_varint, "floats")).says("""
    Your number is added up as a float, which has 53 bits: of a larger one the last digits are lost. Stay with whole
    numbers.""")
exercise.mistake("a byte looked at and lost", partial(_bent_varint, "looked at and lost")).says("""
    next(data) takes a byte each time. One in the condition and another in the loop are two different bytes: keep the
    byte in a name, and look at that.""")
exercise.mistake("no end", partial(_bent_varint, "no end")).says("""
    Your loop goes on to the end of `data`. Stop after the first byte that is below 128.""")
exercise.mistake("the first group shifted", partial(_bent_varint, "starts at 7")).says("""
    Your first group is already shifted by 7. It is the lowest: start with a shift of 0.""")
exercise.mistake("times 7", partial(_bent_varint, "times 7")).says("""
    You multiply by 7 for each group. Seven bits have 128 values: multiply by 128, or shift by 7.""")
exercise.mistake("a byte too many", partial(_bent_varint, "a byte more")).says("""
    The number is right, but you take one byte more than it has. Whoever reads on would miss it.""")
exercise.mistake("all bytes taken", partial(_bent_varint, "all taken")).says("""
    The number is right, but nothing is left in `data`: bytes(data) or list(data) takes everything. Take one byte at a
    time with next(data).""")
exercise.mistake("the number of bytes too", partial(_bent_varint, "pair")).says("""
    The number is right. Return it alone: how many bytes it took can be seen from `data`, which stands behind them.""")
exercise.mistake("a list of groups", partial(_bent_varint, "list")).says("""
    These are the groups. Join them into one number: each stands 7 bits higher than the one before.""")
exercise.mistake("the top bit joined with or", partial(_bent_varint, "or without a mask")).says("""
    The top bit of each byte goes into the number: you join whole bytes with |=. Take it off first, byte & 127.""")
exercise.mistake("a byte too many, where there is one", partial(_bent_varint, "a byte more, if any")).says("""
    The number is right, but you look at one byte more than it has, and next(data) takes it. Stop at the byte below
    128.""")
exercise.mistake("128 each time", partial(_bent_varint, "128 each time")).says("""
    From the third byte on you still count 128 each. A group counts 128 times as much as the one before: 1, 128,
    128 * 128.""")
exercise.mistake("32 bits", partial(_bent_varint, "32 bits")).says("""
    Your number ends at 32 bits, and what is above is lost. Python's own int has no limit: do not make a NumPy number of
    32 bits of it.""")
exercise.mistake("16 bits", partial(_bent_varint, "16 bits")).says("""
    Your number ends at 16 bits, and what is above is lost. Python's own int has no limit.""")
