"""10.5 Exponents apart from the rest."""

import numpy as np

from dc_lab.course.exercises import Exercise


def split_bfloat16(patterns):
    """(exponents, rest) of bfloat16 numbers: both uint8, the rest sign and fraction."""
    exponents = (patterns >> 7) & 0xFF
    sign = (patterns >> 8) & 0x80
    fraction = patterns & 0x7F
    return exponents.astype(np.uint8), (sign + fraction).astype(np.uint8)


EXAMPLE = np.array([0x3F80, 0xBFC0, 0x4049], np.uint16)
"""1.0, -1.5 and 3.140625."""


def _draw_patterns(rng):
    shape = tuple(int(size) for size in rng.integers(1, 5, int(rng.integers(1, 3))))
    return (rng.integers(0, 2**16, shape).astype(np.uint16),)


def patterns_of(*numbers):
    return (np.array(numbers, np.uint16),)


def _accepted(case, expected, got):
    """The first number whose parts differ, bit by bit; raises for what are no two arrays."""
    (patterns,) = case
    if not isinstance(got, (tuple, list)) or len(got) != 2 or not all(isinstance(part, np.ndarray) for part in got):
        raise TypeError("not two arrays")
    for name, right, found in zip(("exponents", "rest"), expected, got, strict=True):
        if found.dtype != np.uint8:
            return f"{name} is {found.dtype}; asked for is uint8"
        if found.shape != right.shape:
            return f"{name} should have the shape {right.shape}; yours has {found.shape}"
        wrong = np.argwhere(right != found)
        if len(wrong):
            at = tuple(int(i) for i in wrong[0])
            bits = f"{int(patterns[at]):016b}"
            word = f"{int(patterns[at]):#06x} is {bits[0]} {bits[1:9]} {bits[9:]} (sign, exponent, fraction)"
            return f"{word}: {name} is {int(right[at])} = {int(right[at]):08b}, and yours is {int(found[at])}"
    return None


exercise = Exercise(
    id="10.5",
    title="Exponents apart from the rest",
    minutes=10,
    task="build",
    reference=split_bfloat16,
    shown=(EXAMPLE,),
    cases=[
        patterns_of(0x0000), patterns_of(0x8000), patterns_of(0x0001), patterns_of(0x0080), patterns_of(0x0100),
        patterns_of(0x4000), patterns_of(0x8080), patterns_of(0x7F80), patterns_of(0xFFFF),
        patterns_of(0x007F, 0x80FF),
        (np.zeros((0,), np.uint16),), (np.array([[0x3F80, 0xC000], [0x0001, 0x7FFF]], np.uint16),),
        (np.array([[0x3F80, 0xC0A5, 1], [0x8001, 0x7FFF, 0x55AA]], np.uint16)[:, ::2],),
        (np.asfortranarray(np.arange(0, 60_000, 5_000, dtype=np.uint16).reshape(3, 4)),),
    ],
    draw=_draw_patterns,
    accept=_accepted,
    dtype="exact",
    large=lambda: (np.arange(266_200, dtype=np.uint32).astype(np.uint16),),
    large_is="the 266,200 weights of LeNet-300-100",
    large_seconds=10.0,
    hints=[
        "Write down the 16 bits of one number from the table. Which of them belong to the exponent?",
        "patterns >> 7 moves the exponent to the lowest bits, and & 255 takes away what stands above it, the sign.",
        "The rest: patterns & 127 is the fraction. The sign is bit 15 and has to come to bit 7: (patterns >> 8) & 128.",
    ],
    why="""The exponent says how large a weight is, roughly, and most weights are of about the same size. So a few
        exponents are frequent, and a Huffman code makes them short. Sign and fraction look like coin flips: together
        they are 8 bits, and are kept as they are.""",
)  # fmt: skip


@exercise.alternative
def _by_bits(patterns):
    """With all bits apart, and put together again."""
    flat = np.ascontiguousarray(patterns).ravel()
    bits = np.unpackbits(flat.astype(">u2").view(np.uint8)).reshape(-1, 16)
    exponents = np.packbits(bits[:, 1:9], axis=1).reshape(patterns.shape)
    rest = np.packbits(np.concatenate([bits[:, :1], bits[:, 9:]], axis=1), axis=1).reshape(patterns.shape)
    return exponents, rest


@exercise.alternative
def _by_division(patterns):
    numbers = patterns.astype(np.int64)
    sign, below = np.divmod(numbers, 32_768)
    exponents, fraction = np.divmod(below, 128)
    return exponents.astype(np.uint8), (128 * sign + fraction).astype(np.uint8)


@exercise.alternative
def _by_loops(patterns):
    exponents, rest = np.empty(patterns.shape, np.uint8), np.empty(patterns.shape, np.uint8)
    for place, number in np.ndenumerate(patterns):
        exponents[place] = int(number) // 128 % 256
        rest[place] = int(number) % 128 + (128 if number >= 32_768 else 0)
    return exponents, rest


@exercise.mistake("the two bytes as they stand")
def _(patterns):
    """You cut the 16 bits in the middle. But the sign comes first, so that the exponent begins at bit 14 and ends at
    bit 7: shift by 7, and take 8 bits."""
    return (patterns >> 8).astype(np.uint8), (patterns & 255).astype(np.uint8)


@exercise.mistake("the sign left out")
def _(patterns):
    """Your rest has no sign, so that -1.5 comes back as 1.5. Bit 15 belongs into bit 7 of the rest."""
    return split_bfloat16(patterns)[0], (patterns & 0x7F).astype(np.uint8)


@exercise.mistake("8 bits for the fraction")
def _(patterns):
    """Your rest has the lowest 8 bits. The fraction has 7; the eighth bit is the last one of the exponent, and is
    stored twice. Put the sign in its place."""
    return split_bfloat16(patterns)[0], (patterns & 0xFF).astype(np.uint8)


@exercise.mistake("8 bits for the fraction, and the sign among them")
def _(patterns):
    """You put the sign over the lowest 8 bits, the last bit of the exponent among them. The fraction is
    patterns & 127; only then is bit 7 free for the sign."""
    return split_bfloat16(patterns)[0], (((patterns >> 8) & 0x80) | (patterns & 0xFF)).astype(np.uint8)


@exercise.mistake("the sign in the exponents")
def _(patterns):
    """Your exponents go up to 511: the sign is still in front of them. Take 8 bits with & 255."""
    return patterns >> 7, split_bfloat16(patterns)[1]


@exercise.mistake("7 bits of exponent")
def _(patterns):
    """Your exponents end at 127: & 127 takes 7 bits, and the exponent has 8. Take & 255."""
    return ((patterns >> 7) & 0x7F).astype(np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("the sign as the lowest bit")
def _(patterns):
    """In your rest the fraction comes first and the sign last. The page asks for the sign as bit 7 and the fraction as
    the 7 bits below it."""
    return split_bfloat16(patterns)[0], (((patterns & 0x7F) << 1) | (patterns >> 15)).astype(np.uint8)


@exercise.mistake("rest and exponents exchanged")
def _(patterns):
    """Both are right, in the wrong order. The exponents come first."""
    return split_bfloat16(patterns)[::-1]


@exercise.mistake("not made uint8")
def _(patterns):
    """The numbers are right, but the arrays are uint16, two bytes a number. Convert both with astype(np.uint8)."""
    return (patterns >> 7) & 0xFF, ((patterns >> 8) & 0x80) | (patterns & 0x7F)


@exercise.mistake("Python's whole numbers")
def _(patterns):
    """The numbers are right, but the arrays are int64, eight bytes a number. Convert both with astype(np.uint8)."""
    exponents, rest = split_bfloat16(patterns)
    return exponents.astype(np.int64), rest.astype(np.int64)


@exercise.mistake("made flat")
def _(patterns):
    """The numbers are right, but the shape is gone. Both arrays have the shape of `patterns`."""
    exponents, rest = split_bfloat16(patterns)
    return exponents.ravel(), rest.ravel()


@exercise.mistake("the bias taken off")
def _(patterns):
    """You took 127 off, to get the power of two. Asked for are the 8 bits as they are stored, 0 to 255."""
    exponents, rest = split_bfloat16(patterns)
    return exponents - np.uint8(127), rest


@exercise.mistake("uint8 before the shift")
def _(patterns):
    """You made the numbers uint8 first, and the upper 8 bits are gone by then. Shift and mask first, convert last."""
    low = patterns.astype(np.uint8)
    return low >> 7, low & 0x7F


@exercise.mistake("exponents from the upper byte")
def _(patterns):
    """The rest is right. Your exponents are the upper byte, >> 8, and that has the sign in it and lacks the exponent's
    last bit. Shift by 7."""
    return (patterns >> 8).astype(np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("shifted by 6")
def _(patterns):
    """You shift by 6, and the first bit of the fraction comes along. The fraction has 7 bits, so the exponent is
    7 places up."""
    return ((patterns >> 6) & 0xFF).astype(np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("uint8 before the shift, for the exponents")
def _(patterns):
    """You made the numbers uint8 before you shifted them, so that 7 of the exponent's 8 bits are gone: only 0 and 1 are
    left. Shift first, (patterns >> 7) & 255, and convert last."""
    return patterns.astype(np.uint8) >> 7, split_bfloat16(patterns)[1]


@exercise.mistake("the places of float32")
def _(patterns):
    """You shift by 23, which is where float32 has its exponent. bfloat16 has 7 bits of fraction: shift by 7."""
    return np.zeros(patterns.shape, np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("the places of float16")
def _(patterns):
    """You take 5 bits from bit 10 on, which are the exponent of float16. bfloat16 has 8 bits, from bit 7 on."""
    return ((patterns >> 10) & 31).astype(np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("the sign as bit 6")
def _(patterns):
    """In your rest the sign is bit 6, where the fraction's first bit belongs. It goes to bit 7: shift it down by 8, and
    take & 128."""
    return split_bfloat16(patterns)[0], (((patterns >> 9) & 64) | (patterns & 63)).astype(np.uint8)


@exercise.mistake("6 bits of fraction")
def _(patterns):
    """Your fraction ends at 63: & 63 takes 6 bits, and it has 7. Take & 127."""
    return split_bfloat16(patterns)[0], (((patterns >> 8) & 0x80) | (patterns & 63)).astype(np.uint8)


@exercise.mistake("the sign turned round")
def _(patterns):
    """Your sign is 1 for positive numbers. Bit 7 of the rest is bit 15 as it stands, 1 for negative ones."""
    exponents, rest = split_bfloat16(patterns)
    return exponents, rest ^ np.uint8(128)


@exercise.mistake("the exponents of the numbers")
def _(patterns):
    """Your exponents come from the numbers, by np.frexp or a logarithm. Asked for are the 8 bits as they are stored,
    which are larger by 126 or so: patterns >> 7."""
    numbers = (patterns.astype(np.uint32) << 16).view(np.float32)
    return np.frexp(numbers)[1].astype(np.int16).astype(np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("one array of two rows")
def _(patterns):
    """Both are right, but they lie in one array. Return the two arrays: exponents, rest."""
    return np.stack(split_bfloat16(patterns))


@exercise.mistake("one array of two rows, uint16")
def _(patterns):
    """The numbers are right, in one array of uint16. Return two arrays of uint8: exponents, rest."""
    return np.stack(split_bfloat16(patterns)).astype(np.uint16)


@exercise.mistake("lists")
def _(patterns):
    """The numbers are right, but they are in lists. Return arrays of uint8."""
    exponents, rest = split_bfloat16(patterns)
    return exponents.tolist(), rest.tolist()


@exercise.mistake("three arrays")
def _(patterns):
    """You return sign and fraction apart. They belong into one byte: the sign as bit 7, the fraction below it."""
    return split_bfloat16(patterns)[0], patterns >> 15, patterns & 127


@exercise.mistake("int8 for the exponents")
def _(patterns):
    """The exponents are int8, where 128 and more turn negative. uint8 holds 0 to 255."""
    exponents, rest = split_bfloat16(patterns)
    return exponents.astype(np.int8), rest


@exercise.mistake("int8 for the rest")
def _(patterns):
    """The rest is int8, so that numbers with a sign turn negative. Asked for is uint8."""
    exponents, rest = split_bfloat16(patterns)
    return exponents, rest.view(np.int8)


@exercise.mistake("the right mask, shifted by 8")
def _(patterns):
    """0x7F80 is the right mask. It leaves the exponent at bit 7, so shift it down by 7 and not by 8."""
    return ((patterns & 0x7F80) >> 8).astype(np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("the lower byte for the exponents")
def _(patterns):
    """Your exponents are the lower byte, which is the fraction and one bit of the exponent. Shift by 7 first."""
    return (patterns & 0xFF).astype(np.uint8), split_bfloat16(patterns)[1]


@exercise.mistake("the fraction moved up")
def _(patterns):
    """In your rest the fraction is moved up by one, and the sign is not there. The fraction stays in bits 6 to 0, and
    bit 7 is the sign."""
    return split_bfloat16(patterns)[0], ((patterns & 0x7F) << 1).astype(np.uint8)


@exercise.mistake("axes of length 1 lost")
def _(patterns):
    """The numbers are right, but axes of length 1 are gone. Is there a squeeze? Both arrays have the shape of
    `patterns`."""
    exponents, rest = split_bfloat16(patterns)
    return exponents.squeeze(), rest.squeeze()


@exercise.mistake("one axis only")
def _(patterns):
    """Your loop takes each item of `patterns` for a number. An array of two axes has rows as its items. NumPy's >> and
    & work on arrays of any shape."""
    exponents = np.array([int(number) >> 7 & 255 for number in patterns], np.uint8)
    return exponents, np.array([int(number) >> 8 & 128 | int(number) & 127 for number in patterns], np.uint8)


@exercise.mistake("two axes only")
def _(patterns):
    """Your loops go through two axes. `patterns` may have one, or three. NumPy's >> and & work on arrays of any
    shape."""
    patterns.shape[1]
    return split_bfloat16(patterns)


@exercise.mistake("a view of the bytes")
def _(patterns):
    """patterns.view(np.uint8) needs numbers that lie one behind the other. A slice with a step has gaps: shift and mask
    the numbers instead."""
    patterns.view(np.uint8)
    return split_bfloat16(patterns)


@exercise.mistake("in Fortran order")
def _(patterns):
    """The numbers are in another order: the array was made flat column by column, and shaped back row by row. Nothing
    has to be made flat here."""
    flat = patterns.ravel(order="F")
    exponents, rest = split_bfloat16(flat)
    return exponents.reshape(patterns.shape), rest.reshape(patterns.shape)


@exercise.mistake("positive numbers only, in place")
def _(patterns):
    """Your patterns lose their sign before anything is taken apart, and the array that was given is changed, too. Work
    on what you were given, without &=."""
    patterns &= 0x7FFF
    return split_bfloat16(patterns)


@exercise.mistake("the sign of -0.0 lost")
def _(patterns):
    """A number is negative from 0x8000 on, and you take only those above. 0x8000 itself is -0.0: >=, or the bit."""
    exponents, rest = split_bfloat16(patterns)
    return exponents, np.where(patterns > 0x8000, rest, rest & 127).astype(np.uint8)


@exercise.mistake("the exponent of the value")
def _(patterns):
    """You ask np.frexp for the exponent of the value. Numbers below 2**-126 have no leading 1, and their exponent field
    is 0. Take the eight bits as they stand in the pattern."""
    values = (patterns.astype(np.uint32) << 16).view(np.float32)
    exponents = np.where(values == 0, 0, np.frexp(values.astype(np.float64))[1] + 126)
    return np.where(np.isfinite(values), exponents, 255).astype(np.uint8), split_bfloat16(patterns)[1]
