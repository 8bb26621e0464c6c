"""01.5 The three fields of a float32."""

import numpy as np

from dc_lab.course.exercises import Exercise


def float32_fields(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    bits = values.view(np.uint32)
    sign = bits >> 31
    exponent = (bits >> 23) & 0xFF
    fraction = bits & 0x7FFFFF
    return sign, exponent, fraction


def _f32(*values):
    return np.array(values, np.float32)


CASES = [
    (_f32(1.0),), (_f32(0.15625),), (_f32(0.0, -0.0),), (_f32(0.1, -0.1),), (_f32(1e-40, 3.4e38),),
    (np.array([[0.75, -2.0], [1.5, -0.001]], np.float32),), (_f32(),),
]  # fmt: skip

exercise = Exercise(
    id="01.5",
    title="The three fields of a float32",
    minutes=12,
    stub='''
def float32_fields(values):
    """(sign, exponent, fraction) of each float32: three whole-number arrays of the shape of `values`."""
    raise NotImplementedError("your turn")
''',
    reference=float32_fields,
    shown=(_f32(-6.5),),
    cases=CASES,
    draw=lambda rng: (rng.normal(0, 0.1, (int(rng.integers(1, 4)), int(rng.integers(1, 5)))).astype(np.float32),),
    dtype="any",
    hints=[
        "`values.view(np.uint32)` has the same 32 bits, read as a whole number. Nothing is converted.",
        "Shifting to the right drops the lowest bits: `bits >> 31` leaves the sign alone. A mask keeps the lowest: "
        "`& 0xFF` keeps eight of them.",
        "sign = bits >> 31; exponent = (bits >> 23) & 0xFF; fraction = bits & 0x7FFFFF.",
    ],
    why="A view costs nothing: the bytes stay where they are, and only their meaning changes. From the fields, the "
    "value is (-1)**sign * 2**(exponent - 127) * (1 + fraction / 2**23), except for exponents 0 (zero and the tiniest "
    "numbers) and 255 (infinite and NaN).",
)


@exercise.alternative
def _by_division(values):
    bits = values.view(np.uint32).astype(np.int64)
    return bits // 2**31, bits // 2**23 % 2**8, bits % 2**23


@exercise.alternative
def _by_text(values):
    texts = [f"{int(bits):032b}" for bits in values.ravel().view(np.uint32)]
    parts = ([int(text[a:b], 2) for text in texts] for a, b in ((0, 1), (1, 9), (9, 32)))
    sign, exponent, fraction = (np.array(part, np.int64).reshape(values.shape) for part in parts)
    return sign, exponent, fraction


@exercise.mistake("127 subtracted from the exponent")
def _(values):
    """You return the power of two itself. Asked is the field as it is stored, a number from 0 to 255, before 127 is
    subtracted."""
    sign, exponent, fraction = float32_fields(values)
    return sign, exponent.astype(np.int64) - 127, fraction


@exercise.mistake("the hidden one put in")
def _(values):
    """You put the leading 1 into the fraction. It is not stored; the field is the 23 bits that are."""
    sign, exponent, fraction = float32_fields(values)
    return sign, exponent, fraction | 2**23


@exercise.mistake("the fraction as a number below 1")
def _(values):
    """You divide the fraction by 2**23. Asked is the field itself, a whole number below 2**23."""
    sign, exponent, fraction = float32_fields(values)
    return sign, exponent, fraction / 2**23


@exercise.mistake("the sign as a factor")
def _(values):
    """You return +1 and -1. The field is a single bit: 0 for plus, 1 for minus."""
    sign, exponent, fraction = float32_fields(values)
    return 1 - 2 * sign.astype(np.int64), exponent, fraction


@exercise.mistake("signed shift")
def _(values):
    """A signed integer shifted to the right stays negative, so that the sign becomes -1. View the values as
    `np.uint32`, without sign."""
    bits = values.view(np.int32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0x7FFFFF


@exercise.mistake("the sign by comparison")
def _(values):
    """`values < 0` is False for -0.0, whose sign bit is 1 all the same. Take the bit."""
    _, exponent, fraction = float32_fields(values)
    return (values < 0).astype(np.int64), exponent, fraction


@exercise.mistake("the sign left in the exponent")
def _(values):
    """Shifted by 23, the sign still stands above the 8 bits of the exponent. Keep the lowest 8 with `& 0xFF`."""
    bits = values.view(np.uint32)
    return bits >> 31, bits >> 23, bits & 0x7FFFFF


@exercise.mistake("seven bits of the exponent")
def _(values):
    """Your mask keeps 7 bits. The exponent has 8: `& 0xFF`."""
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0x7F, bits & 0x7FFFFF


@exercise.mistake("the exponent not shifted")
def _(values):
    """You keep the right bits, but in their place: they start at bit 23. Shift them down with `>> 23`."""
    bits = values.view(np.uint32)
    return bits >> 31, bits & 0x7F800000, bits & 0x7FFFFF


@exercise.mistake("22 bits of the fraction")
def _(values):
    """Your mask keeps 22 bits. The fraction has 23: `& 0x7FFFFF`, or `& (2**23 - 1)`."""
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0x3FFFFF


@exercise.mistake("24 bits of the fraction")
def _(values):
    """Your mask keeps 24 bits, the lowest one of the exponent among them. The fraction has 23: `& 0x7FFFFF`."""
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0xFFFFFF


@exercise.mistake("a float64 taken apart")
def _(values):
    """You take a float64 apart, which has 11 bits of exponent and 52 of fraction. Leave the values as float32, and view
    them as `np.uint32`."""
    bits = values.astype(np.float64).view(np.uint64)
    return bits >> np.uint64(63), (bits >> np.uint64(52)) & np.uint64(0x7FF), bits & np.uint64(2**52 - 1)


@exercise.mistake("converted instead of viewed")
def _(values):
    """`astype` converts the value, so that 0.1 becomes the whole number 0. `values.view(np.uint32)` reads the same 32
    bits as a whole number."""
    with np.errstate(invalid="ignore"):
        bits = values.astype(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0x7FFFFF


@exercise.mistake("the fraction left at the top")
def _(values):
    """Shifting left by 9 removes sign and exponent, but leaves the fraction at the top of the 32 bits. Shift back with
    `>> 9`, or mask instead: `bits & 0x7FFFFF`."""
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits << 9


@exercise.mistake("counted from the wrong end")
def _(values):
    """The sign is the highest bit, not the lowest: it is what `bits >> 31` leaves. The fraction is at the lower end."""
    bits = values.view(np.uint32)
    return bits & 1, (bits >> 1) & 0xFF, bits >> 9


@exercise.mistake("arithmetic instead of bits")
def _(values):
    """You work out sign, power and mantissa of the value. Asked are the fields as stored: read the bits with
    `values.view(np.uint32)`."""
    mantissa, exponent = np.frexp(values)
    return np.sign(values), exponent, mantissa


@exercise.mistake("the other way round")
def _(values):
    """The fields are right, but in the opposite order. Return sign, exponent, fraction."""
    sign, exponent, fraction = float32_fields(values)
    return fraction, exponent, sign
