"""08.5 A varint written."""

import math

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.decoder import IMPORTS
from dc_lab.course.lessons.lesson_08.encoder import write_varint


def _use(answer, number):
    found = answer(number)
    return bytes(found) if isinstance(found, bytearray) else found


CASES = [(n,) for n in (0, 1, 5, 44, 127, 128, 129, 255, 256, 300, 16_383, 16_384, 65_535, 235_200, 2**21, 2**32 + 5)]
CASES += [(2**61 + 3,), (2**63 - 1,)]  # beyond what a float holds exactly

exercise = Exercise(
    id="08.5",
    title="A varint written",
    minutes=5,
    task="warm-up",
    reference=write_varint,
    given=IMPORTS,
    use=_use,
    shown=(300,),
    cases=CASES,
    draw=lambda rng: (int(2 ** rng.uniform(0, 40)),),
    hints=[
        "A number below 128 is one byte: bytes([number]).",
        "Else the first byte has the lowest 7 bits, number % 128, and 128 on top, because more follows. What "
        "follows is "
        "a varint, too.",
        "What follows is the varint of number // 128.",
    ],
    why="""As in 08.1, the rest of a varint is a varint, so the function calls itself. A loop that appends bytes while
        the number is 128 or more does the same.""",
)


@exercise.alternative
def _by_loop(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return out


@exercise.alternative
def _by_text(number):
    bits = f"{number:b}"
    bits = "0" * (-len(bits) % 7) + bits
    groups = [int(bits[i : i + 7], 2) for i in range(0, len(bits), 7)][::-1]
    return bytes([group + 128 for group in groups[:-1]] + groups[-1:])


def _groups(number):
    found = [number % 128]
    while number := number // 128:
        found.append(number % 128)
    return found


def _bytes(groups):
    return bytes([group + 128 for group in groups[:-1]] + groups[-1:])


exercise.mistake("highest group first", lambda n: _bytes(_groups(n)[::-1])).says("""
    The highest group comes first. The page puts the lowest one first: 300 is ac 02.""")
exercise.mistake("bytes back to front", lambda n: _bytes(_groups(n))[::-1]).says("""
    The bytes stand in reverse order. The page puts the lowest group first: 300 is ac 02.""")
exercise.mistake("no mark that more follows", lambda n: bytes(_groups(n))).says("""
    The groups are right, but no byte says that another one follows. Add 128 to all but the last.""")
exercise.mistake("a mark on the last byte", lambda n: bytes(g + 128 for g in _groups(n))).says("""
    The last byte has its top bit set, too, so a reader goes on behind it. Only bytes that another one follows have
    it.""")
exercise.mistake("the mark the wrong way round", lambda n: bytes([*_groups(n)[:-1], _groups(n)[-1] + 128])).says("""
    The top bit is set in the last byte alone. It says that another byte follows, so that all but the last have it.""")
exercise.mistake("bytes of eight bits", lambda n: n.to_bytes(max(1, (n.bit_length() + 7) // 8), "little")).says("""
    These are bytes with eight bits of the number each. A group has seven; the eighth says whether another byte
    follows.""")
exercise.mistake("one byte", lambda n: bytes([n])).says("""
    bytes([number]) works up to 255, and means something else from 128 on. There the number takes two bytes or more.""")
exercise.mistake("one byte, what does not fit lost", lambda n: bytes([n & 255])).says("""
    What does not fit into one byte is lost. From 128 on the number takes two bytes or more.""")
exercise.mistake("two groups at most", lambda n: _bytes(_groups(n)[:2])).says("""
    Only two groups are written. A number of 16,384 or more has three: go on until nothing is left.""")
exercise.mistake("a zero group at the end", lambda n: bytes([*(g + 128 for g in _groups(n)), 0])).says("""
    A group of zero stands at the end and says nothing. The shortest form is the only one.""")


@exercise.mistake("a zero group where the number is 128 or a power of it")
def _(number):
    """A number of 127 takes two bytes here, or one that is full ends with a group of zero. Up to 127 one byte is
    enough, so compare with `number < 128`."""
    out = []
    while number >= 127:
        out.append(number % 128 + 128)
        number //= 128
    return bytes([*out, number])


@exercise.mistake("128 in one byte")
def _(number):
    """128 is written as one byte. Its top bit is set, so that a reader looks for another one. Up to 127 one byte is
    enough, and no further: `number < 128`."""
    out = []
    while number > 128:
        out.append(number % 128 + 128)
        number //= 128
    return bytes([*out, number])


def _by_127(number):
    out = []
    while number > 127:
        out.append(number % 127 + 128)
        number //= 127
    return bytes([*out, number])


exercise.mistake("divided by 127", _by_127).says("""
    The groups are those of base 127. Seven bits count to 128: take `% 128` and `// 128`.""")
exercise.mistake("a list", lambda n: list(_bytes(_groups(n)))).says("""
    The numbers are right, but they are a list. Make bytes of it: bytes(...).""")
exercise.mistake("a text", lambda n: _bytes(_groups(n)).hex()).says("""
    This is a text of digits. Asked for are the bytes themselves, bytes([...]).""")


def _by_float(number):
    out = []
    while number > 127:
        out.append(int(number) % 128 + 128)
        number = int(number / 128)
    return bytes([*out, int(number)])


def _mark_above(number, least):
    """The mark on all groups but those behind which less than `least` is left."""
    out = []
    while True:
        low, number = number % 128, number // 128
        out.append(low + 128 * (number >= least))
        if not number:
            return bytes(out)


exercise.mistake("divided as floats", _by_float).says("""
    number / 128 is a float, which has 53 bits: the low groups of large numbers are lost. Divide by // 128 or shift by
    >> 7.""")
exercise.mistake("no mark where little is left", lambda n: _mark_above(n, 2)).says("""
    A byte has no mark although another one follows: where 1 is left, you do not set the top bit. It is set as soon as
    anything is left.""")
exercise.mistake("no mark where less than 128 is left", lambda n: _mark_above(n, 128)).says("""
    A byte has no mark although another one follows: where less than 128 is left, you do not set the top bit. It is set
    as soon as anything is left.""")
exercise.mistake("nothing for 0", lambda n: _bytes(_groups(n)) if n else b"").says("""
    The number 0 gets no byte. It takes one, 00: a reader has to find something.""")


@exercise.mistake("an error for 0")
def _(number):
    """The number 0 raises an IndexError: your loop ends before it has a byte, and then the last one is taken. 0 is one
    byte, 00: put in the first group before you ask whether anything is left."""
    out = []
    while number:
        out.append(number % 128 + 128)
        number //= 128
    out[-1] -= 128
    return bytes(out)


@exercise.mistake("two bytes at most")
def _(number):
    """Two bytes are the most that you write. A number of 16,384 or more takes three: go on until nothing is left."""
    return bytes([number]) if number < 128 else bytes([number % 128 + 128, number // 128])


@exercise.mistake("two bytes at most, what is above lost")
def _(number):
    """What does not fit into two bytes is lost. A number of 16,384 or more takes three: go on until nothing is left."""
    return bytes([number]) if number < 128 else bytes([number % 128 + 128, number // 128 & 255])


def _by_logarithm(number):
    groups = 1 if number == 0 else int(math.log2(number)) // 7 + 1
    parts = [number >> 7 * i & 127 for i in range(groups)]
    return bytes([*(part | 128 for part in parts[:-1]), parts[-1]])


exercise.mistake("groups counted by math.log2", _by_logarithm).says("""
    You count the groups by math.log2, which is a float: just below a large power of 2 it is rounded up. Count with
    number.bit_length(), or divide until nothing is left.""")
