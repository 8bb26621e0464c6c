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
