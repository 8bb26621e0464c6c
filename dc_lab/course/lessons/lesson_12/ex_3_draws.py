"""12.3 Draws."""

import numpy as np

from dc_lab.coding import random_code
from dc_lab.course.exercises import Exercise


def draws(counters):
    """A whole number from -510 to 510 for each counter, as if drawn from a bell curve."""
    mixed = counters.astype(np.uint32) + 0x9E37_79B9
    mixed = (mixed ^ (mixed >> 16)) * 0x7FEB_352D
    mixed = (mixed ^ (mixed >> 15)) * 0x846C_A68B
    mixed = mixed ^ (mixed >> 16)
    total = np.zeros(mixed.shape, int)
    for shift in (0, 8, 16, 24):
        total += (mixed >> shift) & 255
    return total - 510


def _by_int(counters, mask=0xFFFFFFFF, add=0x9E37_79B9, shifts=(16, 15, 16), factors=(0x7FEB_352D, 0x846C_A68B),
            places=(0, 8, 16, 24), middle=510, order=(0, 1)):  # fmt: skip
    found = []
    for counter in np.asarray(counters).ravel().tolist():
        mixed = (counter + add) & mask
        for shift, factor in zip(shifts[:2], [factors[i] for i in order], strict=True):
            mixed = ((mixed ^ (mixed >> shift)) * factor) & mask
        mixed ^= mixed >> shifts[2]
        found.append(sum(mixed >> place & 255 for place in places) - middle)
    return np.array(found, np.int64).reshape(np.shape(counters))


exercise = Exercise(
    id="12.3",
    title="Draws",
    minutes=15,
    task="build",
    reference=random_code.draws,
    solution=draws,
    shown=(np.arange(4),),
    cases=[
        (np.array([0]),),
        (np.array([1]),),
        (np.array([2**32 - 1, 2**31, 2**31 - 1]),),
        (np.arange(10),),
        # An array of any shape may have no axis: len() of it fails.
        (np.array(7),),
        (np.arange(12).reshape(3, 4),),
        (np.arange(24).reshape(2, 3, 4),),
        (np.array([], np.int64),),
        (np.arange(12, dtype=np.int32).reshape(4, 3).T,),
        (np.arange(250, 256, dtype=np.uint8),),
        (np.array([65535, 256], np.uint16),),
        (np.array([4_000_000_000, 7], np.uint32),),
        (np.array([2**32 - 0x9E37_79B9, 2**32 - 0x9E3779B8]),),
        (np.arange(1000, 1064)[::3],),
        (np.array([3_000_000_000, 5], np.uint64),),
    ],
    draw=lambda rng: (rng.integers(0, 2**32, tuple(rng.integers(1, 6, int(rng.integers(1, 3))))),),
    large=lambda: (np.arange(256 * 40_000, 256 * 40_000 + 500_000),),
    large_is="500,000 counters, as many as all candidates need",
    hints=[
        "Convert first: counters.astype(np.uint32). Arrays of this dtype keep the lowest 32 bits of a sum or product "
        "by themselves, and say nothing.",
        "Three lines follow. mixed = (mixed ^ (mixed >> 16)) * 0x7FEB_352D is the first of them.",
        "Byte number i is (mixed >> 8 * i) & 255. Add the four into an array of int64, since 4 * 255 does not fit a "
        "byte and 510 subtracted from uint32 does not go below 0.",
    ],
    why="""The file works only if both sides make the same candidates, to the last bit. np.random.default_rng promises
        that for its whole numbers, and not for its normal numbers. Multiplications and shifts of 32-bit
        numbers are the same in any language, on any machine. The scrambling is Wellons' lowbias32 of 2018.""",
)


@exercise.alternative
def _in_64_bits(counters):
    mask = np.uint64(0xFFFFFFFF)
    mixed = (counters.astype(np.uint64) + np.uint64(0x9E37_79B9)) & mask
    for shift, factor in ((16, 0x7FEB_352D), (15, 0x846C_A68B)):
        mixed = ((mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)) & mask
    mixed ^= mixed >> np.uint64(16)
    return mixed.astype("<u4")[..., None].view(np.uint8).astype(int).sum(axis=-1) - 510


def _wrong(**changed):
    return lambda counters: _by_int(counters, **changed)


@exercise.alternative
def _by_bytes(counters):
    mixed = np.add(counters.astype(np.uint64), np.uint64(0x9E37_79B9)).astype(np.uint32)
    for shift, factor in ((16, 0x7FEB_352D), (15, 0x846C_A68B), (16, 1)):
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    parts = [mixed % 256, mixed // 256 % 256, mixed // 65536 % 256, mixed // 16777216]
    return np.sum(parts, axis=0, dtype=np.int64) - 510


exercise.mistake("no 32-bit numbers", _wrong(mask=(1 << 64) - 1)).says("""
    Your numbers have more than 32 bits, as in int64, and the upper ones come back by the shifts. Convert to np.uint32
    first, or keep the lowest 32 bits after each sum and product: & 0xFFFFFFFF.""")
exercise.mistake("nothing added", _wrong(add=0)).says("""
    You scramble the counter itself: counter 0 then stays 0. Add 0x9E37_79B9 first.""")
exercise.mistake("shift 16 twice", _wrong(shifts=(16, 16, 16))).says("""
    Your second shift is by 16 bits. It is by 15.""")
exercise.mistake("last shift 15", _wrong(shifts=(16, 15, 15))).says("""
    Your last shift is by 15 bits. It is by 16: only the second is by 15.""")
exercise.mistake("shifts exchanged", _wrong(shifts=(15, 16, 16))).says("""
    Your first two shifts are exchanged: 16 comes first, then 15.""")
exercise.mistake("factors exchanged", _wrong(order=(1, 0))).says("""
    The two factors are exchanged: 0x7FEB_352D comes first.""")
exercise.mistake("middle not subtracted", _wrong(middle=0)).says("""
    You return the sum of the four bytes. Subtract its mean, 510, so that draws lie around 0.""")
exercise.mistake("middle 512", _wrong(middle=512)).says("""
    You subtract 512. The mean of a byte is 127.5, that of four 510.""")
exercise.mistake("three bytes", _wrong(places=(0, 8, 16))).says("""
    You add three bytes. The fourth is mixed >> 24.""")
exercise.mistake("digits for bytes", _wrong(places=(0, 4, 8, 12))).says("""
    You shift by 4 bits each. A byte has 8: the shifts are 0, 8, 16, 24.""")
exercise.mistake("one byte four times", _wrong(places=(0, 0, 0, 0))).says("""
    You add the lowest byte four times. Shift before you take & 255.""")


@exercise.mistake("no last line")
def _(counters):
    """The last line of the scrambling is missing: mixed ^ (mixed >> 16), after the second product."""
    return _by_int(counters, shifts=(16, 15, 40))


@exercise.mistake("no first shift")
def _(counters):
    """Before the first product, too, there is mixed ^ (mixed >> 16)."""
    return _by_int(counters, shifts=(40, 15, 16))


@exercise.mistake("no second shift")
def _(counters):
    """Before the second product there is mixed ^ (mixed >> 15)."""
    return _by_int(counters, shifts=(16, 40, 16))


@exercise.mistake("shifted without xor")
def _(counters):
    """You replace the number by its shifted self. ^ puts both together: mixed ^ (mixed >> 16)."""
    mixed = (counters.astype(np.uint32) + np.uint32(0x9E37_79B9)) >> np.uint32(16)
    mixed = (mixed * np.uint32(0x7FEB_352D)) >> np.uint32(15)
    mixed = (mixed * np.uint32(0x846C_A68B)) >> np.uint32(16)
    return sum((mixed >> np.uint32(s) & np.uint32(255)).astype(int) for s in (0, 8, 16, 24)) - 510


@exercise.mistake("sum in a byte")
def _(counters):
    """Your sum of bytes is a byte itself, and starts again at 256. Add in int64."""
    return (_by_int(counters, middle=0) % 256) - 510


@exercise.mistake("below 0 in uint32")
def _(counters):
    """uint32 has no numbers below 0: 3 - 510 is over four billion there. Make the sum int64 before you subtract."""
    return (_by_int(counters, middle=0).astype(np.uint32) - np.uint32(510)).astype(np.uint32)


@exercise.mistake("floats")
def _(counters):
    """Your draws are floats. Return whole numbers; they are divided by their spread later."""
    return _by_int(counters) * 1.0


@exercise.mistake("flattened")
def _(counters):
    """You return a row. The result has the shape of `counters`."""
    return _by_int(counters).ravel()


exercise.mistake("a list", lambda counters: _by_int(counters).tolist()).says("""
    This is a list. Return an array of whole numbers.""")


@exercise.mistake("& before the shift")
def _(counters):
    """& 255 comes before your shift, so that nothing is left of the upper bytes: (mixed >> 8) & 255. Python reads
    mixed >> 8 & 255 so as well, but 255 & mixed >> ... in another order needs its brackets."""
    return _by_int(counters, places=(0, 40, 40, 40))


@exercise.mistake("standard normal")
def _(counters):
    """You divide by the spread already. Return whole numbers from -510 to 510."""
    return _by_int(counters) / 147.8


@exercise.mistake("+ for ^")
def _(counters):
    """^ is "exclusive or", bit by bit, and not a sum."""
    mixed = counters.astype(np.uint32) + np.uint32(0x9E37_79B9)
    mixed = (mixed + (mixed >> np.uint32(16))) * np.uint32(0x7FEB_352D)
    mixed = (mixed + (mixed >> np.uint32(15))) * np.uint32(0x846C_A68B)
    mixed = mixed + (mixed >> np.uint32(16))
    return sum((mixed >> np.uint32(s) & np.uint32(255)).astype(int) for s in (0, 8, 16, 24)) - 510


@exercise.mistake("| for ^")
def _(counters):
    """| is "or". Asked for is ^, "exclusive or": with | nearly all bits become 1."""
    mixed = counters.astype(np.uint32) + np.uint32(0x9E37_79B9)
    mixed = (mixed | (mixed >> np.uint32(16))) * np.uint32(0x7FEB_352D)
    mixed = (mixed | (mixed >> np.uint32(15))) * np.uint32(0x846C_A68B)
    mixed = mixed | (mixed >> np.uint32(16))
    return sum((mixed >> np.uint32(s) & np.uint32(255)).astype(int) for s in (0, 8, 16, 24)) - 510


@exercise.mistake("mean of the bytes")
def _(counters):
    """You divide by 4. The draw is the sum of the four bytes, minus 510."""
    return _by_int(counters) // 4


exercise.mistake("without a sign", lambda counters: np.abs(_by_int(counters))).says("""
    You lost the sign. A sum below 510 gives a negative draw.""")


@exercise.mistake("columns first")
def _(counters):
    """Your draws are in another order than the counters: ravel() goes along the rows, and so must reshape."""
    return _by_int(counters).reshape(np.shape(counters)[::-1]).T if np.ndim(counters) > 1 else _by_int(counters)


@exercise.mistake("no counters refused")
def _(counters):
    """There may be no counters. Return an empty array of whole numbers then."""
    if np.size(counters) == 0:
        raise ValueError("no counters")
    return _by_int(counters)


def _scrambled(first, last=lambda x: x ^ x >> np.uint32(16), dtype=np.uint32):
    """A version whose first line of scrambling, or the last, is another."""

    def wrong(counters):
        mixed = first(np.asarray(counters).astype(np.uint32) + np.uint32(0x9E37_79B9)).astype(np.uint32)
        mixed = last((mixed ^ mixed >> np.uint32(15)) * np.uint32(0x846C_A68B))
        return sum((mixed >> np.uint32(8 * i) & np.uint32(255)).astype(np.int64) for i in range(4)) - 510

    return wrong


exercise.mistake("the product first", _scrambled(lambda x: x ^ (x >> np.uint32(16)) * np.uint32(0x7FEB_352D))).says("""
    The product comes before ^ with you: * binds more closely. Brackets around the whole: (mixed ^ (mixed >> 16)) *
    0x7FEB_352D.""")
exercise.mistake(
    "a shift to the left", _scrambled(lambda x: (x ^ x << np.uint32(16)) * np.uint32(0x7FEB_352D))
).says("""
    Your first shift goes to the left. All of them go to the right: >>.""")
exercise.mistake(
    "a product in floats",
    _scrambled(lambda x: (x ^ x >> np.uint32(16)).astype(float) * float(0x7FEB_352D) % 2.0**32),
).says("""
    Your product is one of floats, which hold 53 bits; it has up to 63. Multiply whole numbers.""")
exercise.mistake(
    "31 bits", _scrambled(
        lambda x: (x ^ x >> np.uint32(16)) * np.uint32(0x7FEB_352D),
        last=lambda x: (x & np.uint32(0x7FFF_FFFF)) ^ x >> np.uint32(16),
    )
).says("""
    You keep 31 bits. 0xFFFFFFFF has 32 ones.""")  # fmt: skip


@exercise.mistake("numbers with a sign")
def _(counters):
    """Your 32-bit numbers have a sign, and >> of a negative one brings ones in from above. Take np.uint32."""
    mixed = np.asarray(counters).astype(np.uint32).view(np.int32) + np.uint32(0x9E37_79B9).view(np.int32)
    mixed = (mixed ^ mixed >> np.int32(16)) * np.int32(0x7FEB_352D)
    mixed = (mixed ^ mixed >> np.int32(15)) * np.uint32(0x846C_A68B).view(np.int32)
    mixed = mixed ^ mixed >> np.int32(16)
    return sum((mixed >> np.int32(8 * i) & np.int32(255)).astype(np.int64) for i in range(4)) - 510


exercise.mistake("draws in a byte", lambda counters: _by_int(counters).astype(np.int8)).says("""
    Your draws are kept in 8 bits, which hold -128 to 127. They go from -510 to 510: take np.int64.""")


@exercise.mistake("len of an array without axes")
def _(counters):
    """len(counters) fails where the array has no axis, a single counter. Take counters.shape and counters.size."""
    len(counters)
    return _by_int(counters)


@exercise.mistake("64 bits")
def _(counters):
    """You work with numbers of 64 bits and never drop the upper ones, so that they come down with the shifts, and the
    last byte is none. Keep the lowest 32 bits after each sum and product: & 0xFFFFFFFF, or arrays of np.uint32."""
    mixed = np.asarray(counters).astype(np.uint64) + np.uint64(0x9E37_79B9)
    mixed = (mixed ^ mixed >> np.uint64(16)) * np.uint64(0x7FEB_352D)
    mixed = (mixed ^ mixed >> np.uint64(15)) * np.uint64(0x846C_A68B)
    mixed = mixed ^ mixed >> np.uint64(16)
    low = sum((mixed >> np.uint64(8 * i) & np.uint64(255)).astype(np.int64) for i in range(3))
    return low + (mixed >> np.uint64(24)).astype(np.int64) - 510


@exercise.mistake("all shifts to the left")
def _(counters):
    """You shift to the left, <<, which multiplies. All shifts go to the right: >> 16, >> 15 and >> 16."""
    mixed = np.asarray(counters).astype(np.uint32) + np.uint32(0x9E37_79B9)
    mixed = (mixed ^ mixed << np.uint32(16)) * np.uint32(0x7FEB_352D)
    mixed = (mixed ^ mixed << np.uint32(15)) * np.uint32(0x846C_A68B)
    mixed = mixed ^ mixed << np.uint32(16)
    return sum((mixed >> np.uint32(8 * i) & np.uint32(255)).astype(np.int64) for i in range(4)) - 510


@exercise.mistake("no brackets")
def _(counters):
    """Brackets are missing: * comes before ^, so that you multiply the shifted number alone. Write
    (x ^ (x >> 16)) * 0x7FEB_352D, and the same in step 3."""
    mixed = np.asarray(counters).astype(np.uint32) + np.uint32(0x9E37_79B9)
    mixed = mixed ^ (mixed >> np.uint32(16)) * np.uint32(0x7FEB_352D)
    mixed = mixed ^ (mixed >> np.uint32(15)) * np.uint32(0x846C_A68B)
    mixed = mixed ^ mixed >> np.uint32(16)
    return sum((mixed >> np.uint32(8 * i) & np.uint32(255)).astype(np.int64) for i in range(4)) - 510


exercise.mistake("subtracted in step 1", _wrong(add=-0x9E37_79B9)).says("""
    You subtract 0x9E37_79B9 in the first step. It is added.""")


@exercise.mistake("counters as float32")
def _(counters):
    """Your counters went through float32, which has 24 bits for digits: large ones lose their lowest bits. Convert them
    from one kind of whole number to the other, without floats."""
    rough = np.asarray(counters).astype(np.float32).astype(np.float64)
    return _by_int(np.clip(rough, 0, 2**32 - 1).astype(np.uint32))


@exercise.mistake("not converted first")
def _(counters):
    """You work in the dtype that the counters came in, and the constants do not fit into a small one. Convert first:
    counters.astype(np.uint32)."""
    counters = np.asarray(counters)
    if np.iinfo(counters.dtype).max < 0x9E37_79B9:
        raise OverflowError("Python integer 2654435769 out of bounds for uint8")
    return _by_int(counters)


@exercise.mistake("bytes by rows")
def _(counters):
    """You sort the bytes by len(...) rows, which fails where there are no counters and where the array has no axis, a
    single counter. Flatten first, with reshape(-1), and give the result the shape of `counters` at the end."""
    mixed = np.zeros(np.shape(counters), np.uint8)
    np.zeros(4 * mixed.size).reshape(len(mixed), -1, 4)
    return _by_int(counters)


@exercise.mistake("bytes in another order")
def _(counters):
    """You take the bytes in the order in which they lie in memory. In a transposed array that is not the order of its
    rows. Shift and & 255 on the whole array, or call np.ascontiguousarray first."""
    counters = np.asarray(counters)
    return _by_int(counters.ravel(order="K")).reshape(counters.shape)
