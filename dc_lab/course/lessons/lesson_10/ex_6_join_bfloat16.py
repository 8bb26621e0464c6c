"""10.6 Back to the numbers."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_10.ex_5_split_bfloat16 import EXAMPLE, split_bfloat16


def join_bfloat16(exponents, rest):
    """The bfloat16 numbers, as uint16, from `exponents` and `rest`."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    sign, fraction = rest & 0x80, rest & 0x7F
    return (sign << 8) + (exponents << 7) + fraction


def _draw_parts(rng):
    shape = tuple(int(size) for size in rng.integers(1, 5, int(rng.integers(1, 3))))
    return split_bfloat16(rng.integers(0, 2**16, shape).astype(np.uint16))


def _parts(*numbers):
    return split_bfloat16(np.array(numbers, np.uint16))


def _accepted(case, expected, got):
    """The first number that differs, bit by bit; raises for what is no array of such numbers."""
    if not isinstance(got, np.ndarray) or got.shape != expected.shape or got.dtype != np.uint16:
        raise TypeError("not such numbers")
    wrong = np.argwhere(expected != got)
    if not len(wrong):
        return None
    at = tuple(int(i) for i in wrong[0])
    exponent, rest = (int(part[at]) for part in case)
    bits = f"{int(expected[at]):016b}"
    parts = f"exponent {exponent} = {exponent:08b} and rest {rest} = {rest:08b}"
    return f"{parts} make {bits[0]} {bits[1:9]} {bits[9:]}, which is {int(expected[at])}; yours is {int(got[at])}"


exercise = Exercise(
    id="10.6",
    title="Back to the numbers",
    minutes=5,
    task="warm-up",
    reference=join_bfloat16,
    shown=split_bfloat16(EXAMPLE),
    cases=[
        _parts(0x0000), _parts(0x8000), _parts(0x0001), _parts(0x0080), _parts(0x0100), _parts(0x4000), _parts(0x7F80),
        _parts(0xFFFF), _parts(), _parts(0x8080, 0x007F), split_bfloat16(np.arange(0, 60_000, 9_999, dtype=np.uint16)),
        split_bfloat16(np.asfortranarray(np.arange(0, 60_000, 5_000, dtype=np.uint16).reshape(3, 4))),
    ],
    draw=_draw_parts,
    accept=_accepted,
    dtype="exact",
    large=lambda: split_bfloat16(np.arange(266_200, dtype=np.uint32).astype(np.uint16)),
    large_is="the 266,200 weights of LeNet-300-100",
    large_seconds=10.0,
    hints=[
        "Turn the last exercise round. What does NumPy make of a uint8 that is shifted by 8?",
        "First exponents.astype(np.uint16), and rest the same, so that there is room for 16 bits.",
        "The sign is rest & 128 and goes up by 8, the exponent goes up by 7, the fraction is rest & 127. Put them "
        "together with |.",
    ],
    why="""NumPy keeps the type of an array: a uint8 shifted by 8 is 0. So the numbers are widened first. After that the
        three parts share no bit, so that a sum puts them together, or |.""",
)  # fmt: skip


@exercise.alternative
def _by_sums(exponents, rest):
    signs, fractions = np.divmod(rest.astype(np.int64), 128)
    return (32_768 * signs + 128 * exponents.astype(np.int64) + fractions).astype(np.uint16)


@exercise.alternative
def _by_loops(exponents, rest):
    found = np.empty(exponents.shape, np.uint16)
    for place in np.ndindex(exponents.shape):
        e, r = int(exponents[place]), int(rest[place])
        found[place] = (r // 128) * 32_768 + e * 128 + r % 128
    return found


@exercise.mistake("shifted as uint8")
def _(exponents, rest):
    """You shift uint8 numbers, and what leaves 8 bits is lost. Make both arrays uint16 before you shift."""
    return ((rest & 0x80) << 8 | exponents << 7 | rest & 0x7F).astype(np.uint16)


@exercise.mistake("the sign not moved")
def _(exponents, rest):
    """The sign stays at bit 7, where the last bit of the exponent belongs. It goes up by 8, to bit 15."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    return (exponents << 7) | rest


@exercise.mistake("the sign left out")
def _(exponents, rest):
    """All your numbers are positive. Bit 7 of the rest is the sign, and goes to bit 15. If you do shift it there, make
    it uint16 first: what a uint8 moves beyond its 8 bits is lost."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    return (exponents << 7) | (rest & 0x7F)


@exercise.mistake("the exponent moved by 8")
def _(exponents, rest):
    """You move the exponent up by 8, over the sign. Below it stand the 7 bits of the fraction: it goes up by 7."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    return ((rest & 0x80) << 8) | (exponents << 8) | (rest & 0x7F)


@exercise.mistake("the sign moved by 7")
def _(exponents, rest):
    """The sign goes from bit 7 to bit 15: up by 8. You moved it by 7, onto the first bit of the exponent."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    return ((rest & 0x80) << 7) | (exponents << 7) | (rest & 0x7F)


@exercise.mistake("one byte after the other")
def _(exponents, rest):
    """You put exponents and rest side by side as two bytes. The sign comes first in the 16 bits, then the exponent,
    then the fraction."""
    return (exponents.astype(np.uint16) << 8) | rest


@exercise.mistake("exponents and rest exchanged")
def _(exponents, rest):
    """You took the exponents for the rest. They are the first argument."""
    return join_bfloat16(rest, exponents)


@exercise.mistake("not made uint16")
def _(exponents, rest):
    """The numbers are right, but not as uint16, two bytes a number. Convert with astype(np.uint16)."""
    return join_bfloat16(exponents, rest).astype(np.int64)


@exercise.mistake("floats, not patterns")
def _(exponents, rest):
    """You worked out the floats. Asked for are the 16 bits of each, as the uint16 that `split_bfloat16` took apart."""
    return (join_bfloat16(exponents, rest).astype(np.uint32) << 16).view(np.float32)


@exercise.mistake("the exponent shifted as uint8")
def _(exponents, rest):
    """Sign and fraction are right. The exponents are still uint8 when you shift them by 7, so that all but one of their
    bits are lost. Use exponents.astype(np.uint16) << 7."""
    wide = rest.astype(np.uint16)
    return ((wide & 0x80) << 8) | (exponents << 7) | (wide & 0x7F)


@exercise.mistake("made flat")
def _(exponents, rest):
    """The numbers are right, but the shape is gone. The result has the shape of `exponents`."""
    return join_bfloat16(exponents, rest).ravel()


@exercise.mistake("a list")
def _(exponents, rest):
    """The numbers are right, but they are in a list. Return an array of uint16."""
    return join_bfloat16(exponents, rest).tolist()


@exercise.mistake("int16")
def _(exponents, rest):
    """The bits are right, but in an array of int16 negative numbers of bfloat16 show as negative whole numbers. Asked
    for is uint16."""
    return join_bfloat16(exponents, rest).astype(np.int16)


@exercise.mistake("the rest in front")
def _(exponents, rest):
    """You put the rest into the upper byte and the exponents into the lower. Only the sign stands in front of the
    exponent; the fraction stands behind it."""
    return (rest.astype(np.uint16) << 8) | exponents


@exercise.mistake("the sign twice")
def _(exponents, rest):
    """The sign is moved up, and the rest is added with the sign still in it, at bit 7. Take rest & 127 for the
    fraction."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    return ((rest & 0x80) << 8) + (exponents << 7) + rest


@exercise.mistake("the sign twice, with |")
def _(exponents, rest):
    """Besides the sign at bit 15, your numbers have it at bit 7, in the exponent: the rest was put in whole. Its
    fraction alone is rest & 127."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    return ((rest & 0x80) << 8) | (exponents << 7) | rest


@exercise.mistake("6 bits of fraction")
def _(exponents, rest):
    """& 63 takes 6 bits of the fraction, and it has 7. Take & 127."""
    return join_bfloat16(exponents, rest & np.uint8(0xBF))


@exercise.mistake("all of them 0")
def _(exponents, rest):
    """All your numbers are 0. Did you put the parts together with &? That leaves only bits that all of them have: use
    |. Or did you write x << 8 + y? + binds closer than <<: put each shift in parentheses."""
    return np.zeros(exponents.shape, np.uint16)


@exercise.mistake("uint32")
def _(exponents, rest):
    """The numbers are right, but as uint32, four bytes each. Convert with astype(np.uint16)."""
    return join_bfloat16(exponents, rest).astype(np.uint32)


@exercise.mistake("the bytes exchanged")
def _(exponents, rest):
    """Each number has its two bytes exchanged, as on another machine. Shift the parts to their places, and the machine
    stores them in its own order."""
    return join_bfloat16(exponents, rest).byteswap()


@exercise.mistake("the bias added")
def _(exponents, rest):
    """You add 127 to the exponent. It is stored as it is, 0 to 255."""
    return join_bfloat16(exponents + np.uint8(127), rest)


@exercise.mistake("the sign turned round")
def _(exponents, rest):
    """Your sign is 1 for positive numbers. Bit 7 of the rest goes to bit 15 as it stands."""
    return join_bfloat16(exponents, rest ^ np.uint8(128))


@exercise.mistake("axes of length 1 lost")
def _(exponents, rest):
    """The numbers are right, but axes of length 1 are gone. Is there a squeeze? The shape is that of `exponents`."""
    return join_bfloat16(exponents, rest).squeeze()


@exercise.mistake("one axis only")
def _(exponents, rest):
    """Your loop takes each item for a number. Of two axes the items are rows. NumPy's << and | work on arrays of any
    shape."""
    pairs = zip(exponents, rest, strict=True)
    return np.array([(int(r) & 128) << 8 | int(e) << 7 | int(r) & 127 for e, r in pairs], np.uint16)


@exercise.mistake("the whole rest moved by 8")
def _(exponents, rest):
    """You move the whole rest up by 8, its fraction too, over the exponent. Only the sign goes up: (rest & 128) <<
    8."""
    exponents, rest = exponents.astype(np.uint16), rest.astype(np.uint16)
    return (rest << 8) | (exponents << 7) | (rest & 0x7F)


@exercise.mistake("7 bits of exponent")
def _(exponents, rest):
    """& 127 takes 7 bits of the exponent, and it has 8. It needs no mask: exponents are 0 to 255 already."""
    return join_bfloat16(exponents & np.uint8(127), rest)


@exercise.mistake("the fraction moved down")
def _(exponents, rest):
    """You shift the rest down by 1, and the fraction's last bit is lost. Its 7 bits stand where they belong: rest &
    127."""
    wide = rest.astype(np.uint16)
    return ((wide & 0x80) << 8) | (exponents.astype(np.uint16) << 7) | (wide >> 1)


@exercise.mistake("negative whole numbers for the sign")
def _(exponents, rest):
    """You take the negative of the whole number where there is a sign. The sign is one bit, bit 15, set or not."""
    size = join_bfloat16(exponents, rest & np.uint8(127)).astype(int)
    return np.where(rest >= 128, -size, size).astype(np.uint16)


@exercise.mistake("in Fortran order")
def _(exponents, rest):
    """The numbers are in another order: the arrays were made flat as they lie in memory, and shaped back row by row.
    Nothing has to be made flat here."""
    flat = join_bfloat16(exponents.ravel(order="K"), rest.ravel(order="K"))
    return flat.reshape(exponents.shape)


@exercise.mistake("the sign from the exponents")
def _(exponents, rest):
    """You take the sign from the highest bit of the exponents. It is bit 7 of the rest."""
    wide = exponents.astype(np.uint16)
    return (wide >> 7 << 15) | (wide << 7) | (rest.astype(np.uint16) & 0x7F)


@exercise.mistake("the sign of powers of two lost")
def _(exponents, rest):
    """The number is negative if `rest` is 128 or more, and you ask for more than 128: where the fraction is 0 the sign
    is lost. >= 128, or rest & 128."""
    whole = join_bfloat16(exponents, rest)
    return np.where(rest > 128, whole, whole & 0x7FFF).astype(np.uint16)


@exercise.mistake("rebuilt as a value")
def _(exponents, rest):
    """You compute the value, (1 + fraction) * 2**(exponent - 127), and take its bits. Numbers with the exponent 0 have
    no leading 1, and there are infinities and NaN. Put the bits together instead."""
    fraction = (rest & 127) / 128
    size = np.ldexp(1 + fraction, exponents.astype(int) - 127)
    size = np.where((exponents == 0) & (fraction == 0), 0.0, size)
    with np.errstate(all="ignore"):
        single = np.where(rest & 128, -size, size).astype(np.float32)
    return (single.view(np.uint32) >> 16).astype(np.uint16)


@exercise.mistake("128 taken for a fraction")
def _(exponents, rest):
    """You take a rest above 128 for negative, and 128 itself for a fraction. 128 is the sign with a fraction of 0: >=,
    or rest & 128."""
    wide = rest.astype(np.int64)
    negative = wide > 128
    fraction = np.where(negative, wide - 128, wide)
    return (negative * 32_768 + exponents.astype(np.int64) * 128 + fraction).astype(np.uint16)
