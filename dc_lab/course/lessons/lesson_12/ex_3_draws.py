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
    """The last line of the scrambling is missing: mixed ^ (mixed >> 16), once, after the second product. (Done twice,
    it undoes itself.)"""
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


def _steps(first=None, second=None, third=None, fourth=None, last=None):
    """A version with other lines: each gets a number and gives one; `last` gets that of step 4, and the counter."""

    def wrong(counters):
        found = []
        for counter in np.asarray(counters).ravel().tolist():
            x = ((counter + 0x9E37_79B9) if first is None else first(counter)) & 0xFFFFFFFF
            x = (((x ^ x >> 16) * 0x7FEB_352D) if second is None else second(x)) & 0xFFFFFFFF
            x = (((x ^ x >> 15) * 0x846C_A68B) if third is None else third(x)) & 0xFFFFFFFF
            x = ((x ^ x >> 16) if fourth is None else fourth(x)) & 0xFFFFFFFF
            found.append(sum(x.to_bytes(4, "little")) - 510 if last is None else last(x))
        return np.array(found, np.int64).reshape(np.shape(counters))

    return wrong


for _middle, _name, _words in (
    (508, "middle 508", "You subtract 508, four times 127. The mean of a byte is 127.5, so that of four is 510."),
    (511, "middle 511", "You subtract 511. The mean of the sum of four bytes is 4 * 255 / 2 = 510."),
    (1020, "middle 1020", "You subtract 1020, the largest sum of four bytes. Subtract its mean, 510."),
    (255, "middle 255", "You subtract 255, the largest byte. Subtract the mean of the sum of four bytes, 510."),
    (128, "middle 128", "You subtract 128 once. The mean of the sum of four bytes is 510."),
    (127, "middle 127", "You subtract 127 once. The mean of the sum of four bytes is 510."),
    (-510, "middle added", "You add 510. Subtract it: a draw lies between -510 and 510."),
):
    exercise.mistake(_name, _wrong(middle=_middle)).says(_words)

exercise.mistake("middle of one byte", lambda counters: _by_int(counters, middle=0) - 127.5).says("""
    You subtract 127.5, the mean of one byte. The sum of four has the mean 510, a whole number.""")
exercise.mistake("mean of the bytes around 0", lambda counters: _by_int(counters) / 4).says("""
    You take the mean of the four bytes, a float. The draw is their sum, minus 510.""")
exercise.mistake("sign turned round", lambda counters: -_by_int(counters)).says("""
    You subtract the sum from 510. Subtract 510 from the sum.""")
exercise.mistake("first factor twice", _wrong(factors=(0x7FEB_352D, 0x7FEB_352D))).says("""
    You multiply by 0x7FEB_352D in both steps. In step 3 it is 0x846C_A68B.""")
exercise.mistake("second factor twice", _wrong(factors=(0x846C_A68B, 0x846C_A68B))).says("""
    You multiply by 0x846C_A68B in both steps. In step 2 it is 0x7FEB_352D.""")
exercise.mistake("shift 15 everywhere", _wrong(shifts=(15, 15, 15))).says("""
    You shift by 15 in all three steps. It is 16, then 15, then 16.""")
exercise.mistake("first shift 15", _wrong(shifts=(15, 15, 16))).says("""
    Your first shift is by 15 bits. It is by 16: only the second is by 15.""")
exercise.mistake("steps 2 and 3 exchanged", _wrong(shifts=(15, 16, 16), order=(1, 0))).says("""
    You do step 3 before step 2. First come the shift by 16 and 0x7FEB_352D.""")
exercise.mistake("no step 2", _steps(second=lambda x: x)).says("""
    Step 2 is missing: x becomes (x ^ (x >> 16)) * 0x7FEB_352D.""")
exercise.mistake("no step 3", _steps(third=lambda x: x)).says("""
    Step 3 is missing: x becomes (x ^ (x >> 15)) * 0x846C_A68B.""")
exercise.mistake("no products", _steps(second=lambda x: x ^ x >> 16, third=lambda x: x ^ x >> 15)).says("""
    Nothing is multiplied. Steps 2 and 3 end with a product, and need brackets before it: (x ^ (x >> 16)) * 0x7FEB_352D.
    """)
exercise.mistake("no first product", _steps(second=lambda x: x ^ x >> 16)).says("""
    The product of step 2 is missing: (x ^ (x >> 16)) * 0x7FEB_352D.""")
exercise.mistake("no second product", _steps(third=lambda x: x ^ x >> 15)).says("""
    The product of step 3 is missing: (x ^ (x >> 15)) * 0x846C_A68B.""")
exercise.mistake("sums for products", _steps(
    second=lambda x: (x ^ x >> 16) + 0x7FEB_352D, third=lambda x: (x ^ x >> 15) + 0x846C_A68B
)).says("""
    You add the two numbers of steps 2 and 3. They are factors.""")  # fmt: skip
exercise.mistake("products before the shifts", _steps(
    second=lambda x: (lambda y: y ^ y >> 16)(x * 0x7FEB_352D & 0xFFFFFFFF),
    third=lambda x: (lambda y: y ^ y >> 15)(x * 0x846C_A68B & 0xFFFFFFFF),
)).says("""
    You multiply first, and shift after that. In steps 2 and 3 x ^ (x >> ...) comes first, and is multiplied then.
    """)  # fmt: skip
exercise.mistake("multiplied in step 1", _steps(first=lambda counter: counter * 0x9E37_79B9)).says("""
    You multiply by 0x9E37_79B9 in step 1. It is added.""")
exercise.mistake("^ in step 1", _steps(first=lambda counter: counter ^ 0x9E37_79B9)).says("""
    You take ^ with 0x9E37_79B9 in step 1. It is added.""")
exercise.mistake("added after step 2", _steps(
    first=lambda counter: counter, second=lambda x: (x ^ x >> 16) * 0x7FEB_352D + 0x9E37_79B9
)).says("""
    You add 0x9E37_79B9 after step 2. It is added before all else.""")  # fmt: skip
exercise.mistake("added after step 3", _steps(
    first=lambda counter: counter, third=lambda x: (x ^ x >> 15) * 0x846C_A68B + 0x9E37_79B9
)).says("""
    You add 0x9E37_79B9 after step 3. It is added before all else.""")  # fmt: skip
exercise.mistake("a second line without brackets", _steps(
    third=lambda x: x ^ (x >> 15) * 0x846C_A68B
)).says("""
    In step 3 brackets are missing: * comes before ^. Write (x ^ (x >> 15)) * 0x846C_A68B.""")  # fmt: skip
exercise.mistake("the second shift to the left", _steps(third=lambda x: (x ^ x << 15) * 0x846C_A68B)).says("""
    Your second shift goes to the left. All of them go to the right: >>.""")
exercise.mistake("the last shift to the left", _steps(fourth=lambda x: x ^ x << 16)).says("""
    Your last shift goes to the left. All of them go to the right: >>.""")
exercise.mistake("the last line without ^", _steps(fourth=lambda x: x >> 16)).says("""
    Your last line only shifts, and the upper half of x is lost. It is x ^ (x >> 16).""")
exercise.mistake("& for ^", _steps(
    second=lambda x: (x & x >> 16) * 0x7FEB_352D, third=lambda x: (x & x >> 15) * 0x846C_A68B,
    fourth=lambda x: x & x >> 16,
)).says("""
    & is "and". Asked for is ^, "exclusive or": with & nearly all bits become 0.""")  # fmt: skip
exercise.mistake("** for ^", _steps(
    second=lambda x: pow(x, x >> 16, 2**32) * 0x7FEB_352D, third=lambda x: pow(x, x >> 15, 2**32) * 0x846C_A68B,
    fourth=lambda x: pow(x, x >> 16, 2**32),
)).says("""
    You take powers. ^ is no power in Python: it is "exclusive or", bit by bit.""")  # fmt: skip
exercise.mistake("division by 16", _steps(
    second=lambda x: (x ^ x // 16) * 0x7FEB_352D, third=lambda x: (x ^ x // 15) * 0x846C_A68B,
    fourth=lambda x: x ^ x // 16,
)).says("""
    You divide by 16 and 15. A shift by 16 bits divides by 2 ** 16: write >> 16.""")  # fmt: skip
exercise.mistake("bytes one bit apart", _wrong(places=(0, 1, 2, 3))).says("""
    You shift by 0, 1, 2 and 3 bits. Bytes are 8 bits apart: 0, 8, 16, 24.""")
exercise.mistake("no lowest byte", _wrong(places=(8, 16, 24))).says("""
    Your shifts begin at 8, so that the lowest byte is missing. It is x & 255, without a shift.""")
exercise.mistake("two bytes", _wrong(places=(0, 8))).says("""
    You add two bytes. There are four: shifts by 0, 8, 16 and 24.""")
exercise.mistake("every second byte", _wrong(places=(0, 16))).says("""
    You shift by 0 and 16, which leaves two bytes out. The shifts are 0, 8, 16 and 24.""")
exercise.mistake("no second byte", _wrong(places=(0, 16, 24))).says("""
    The byte at 8 is missing in your sum: (x >> 8) & 255.""")
exercise.mistake("no third byte", _wrong(places=(0, 8, 24))).says("""
    The byte at 16 is missing in your sum: (x >> 16) & 255.""")
exercise.mistake("7 bits of a byte", _steps(last=lambda x: sum(x >> s & 127 for s in (0, 8, 16, 24)) - 510)).says("""
    & 127 keeps 7 bits. A byte has 8: & 255.""")
exercise.mistake("& 256", _steps(last=lambda x: sum(x >> s & 256 for s in (0, 8, 16, 24)) - 510)).says("""
    & 256 keeps one bit alone, the ninth. The lowest eight are & 255.""")
exercise.mistake("% 255", _steps(last=lambda x: sum((x >> s) % 255 for s in (0, 8, 16, 24)) - 510)).says("""
    % 255 is no byte: take % 256, or & 255.""")
exercise.mistake("no & 255", _steps(last=lambda x: sum(x >> s for s in (0, 8, 16, 24)) - 510)).says("""
    You shift, and do not cut off what is above a byte: (x >> 8) & 255.""")
exercise.mistake("+ before &", _steps(
    last=lambda x: x & 255 + (x >> 8) & 255 + (x >> 16) & 255 + (x >> 24) - 510
)).says("""
    + comes before & in Python, so that your bytes are added within the masks. Brackets: (x & 255) + ((x >> 8) & 255)
    and so on.""")  # fmt: skip
exercise.mistake("the number itself", _steps(last=lambda x: x)).says("""
    You return x. The draw is the sum of its four bytes, minus 510.""")
exercise.mistake("the number itself minus 510", _steps(last=lambda x: x - 510)).says("""
    You subtract 510 from x itself. Add up its four bytes first.""")


def _masked(sums, first, second):
    """A version in int64 that keeps the lowest bits only here and there: a mask for each of steps 1 to 3."""

    def wrong(counters):
        x = (np.asarray(counters).astype(np.int64) + 0x9E37_79B9) & sums
        x = ((x ^ (x >> 16)) * 0x7FEB_352D) & first
        x = ((x ^ (x >> 15)) * 0x846C_A68B) & second
        x = x ^ (x >> 16)
        return (x & 255) + ((x >> 8) & 255) + ((x >> 16) & 255) + (x >> 24) - 510

    return wrong


exercise.mistake("the sum not cut", _masked(-1, 0xFFFFFFFF, 0xFFFFFFFF)).says("""
    The sum of step 1 may have 33 bits, and the upper one comes back by the shift. Keep 32 bits there, too:
    & 0xFFFFFFFF.""")
exercise.mistake("the products not cut", _masked(0xFFFFFFFF, -1, -1)).says("""
    Your products have more than 32 bits, and the upper ones come back by the shifts. Keep 32 bits after each product:
    & 0xFFFFFFFF.""")
exercise.mistake("the first product not cut", _masked(0xFFFFFFFF, -1, 0xFFFFFFFF)).says("""
    The product of step 2 has more than 32 bits, and the upper ones come back by the next shift. Keep 32 bits there:
    & 0xFFFFFFFF.""")
exercise.mistake("the second product not cut", _masked(0xFFFFFFFF, 0xFFFFFFFF, -1)).says("""
    The product of step 3 has more than 32 bits, and the upper ones come back by the last shift. Keep 32 bits there:
    & 0xFFFFFFFF.""")
exercise.mistake("nothing cut", _masked(-1, -1, -1)).says("""
    Your numbers are int64 and keep more than 32 bits, so that the upper ones come back by the shifts, and what you take
    for the last byte is none. Take np.uint32, or & 0xFFFFFFFF after each sum and product.""")
for _bits, _mask in ((31, 0x7FFF_FFFF), (16, 0xFFFF), (24, 0xFF_FFFF), (36, 0xF_FFFF_FFFF)):
    exercise.mistake(f"masks of {_bits} bits", _masked(_mask, _mask, _mask)).says(f"""
        You keep {_bits} bits after each sum and product. Keep 32: & 0xFFFFFFFF, with eight F.""")
exercise.mistake("all bits lost", _masked(0, 0, 0)).says("""
    Every number becomes 0 on the way, so that all draws are -510. A number ^ itself is 0: keep x in its name until
    x ^ (x >> 16) is there. And & 2**32 keeps one bit alone, the 33rd: the lowest 32 are & 0xFFFFFFFF.""")


@exercise.mistake("% (2**32 - 1)")
def _(counters):
    """You take the rest of a division by 0xFFFFFFFF, which is 2**32 - 1. The lowest 32 bits are & 0xFFFFFFFF, or
    % 2**32."""
    x = (np.asarray(counters).astype(np.int64) + 0x9E37_79B9) % 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x7FEB_352D) % 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846C_A68B) % 0xFFFFFFFF
    x = x ^ (x >> 16)
    return (x & 255) + ((x >> 8) & 255) + ((x >> 16) & 255) + (x >> 24) - 510


@exercise.mistake("both products in floats")
def _(counters):
    """Your products are floats, which hold 53 bits. They have up to 64, and the lowest ones are lost: multiply whole
    numbers."""

    def mixed(x, shift):
        whole = x.astype(np.uint64)
        return (whole ^ (whole >> np.uint64(shift))).astype(float)

    x = np.mod(np.asarray(counters).astype(float) + 0x9E37_79B9, 2.0**32)
    x = np.mod(mixed(x, 16) * 0x7FEB_352D, 2.0**32)
    x = mixed(np.mod(mixed(x, 15) * 0x846C_A68B, 2.0**32), 16).astype(np.int64)
    return (x & 255) + ((x >> 8) & 255) + ((x >> 16) & 255) + (x >> 24) - 510


@exercise.mistake("places for counters")
def _(counters):
    """You scramble the places 0, 1, 2 and so on. Scramble the numbers that stand in `counters`."""
    return _by_int(np.arange(np.size(counters)).reshape(np.shape(counters)))


@exercise.mistake("viewed, not converted")
def _(counters):
    """.view(np.uint32) takes the bytes as they lie in memory: an int64 becomes two numbers. Convert with
    .astype(np.uint32)."""
    return _by_int(np.asarray(counters).view(np.uint32))


@exercise.mistake("added before the conversion")
def _(counters):
    """You add in the dtype that the counters came in, which may have 8 or 16 bits. Convert first:
    counters.astype(np.uint32)."""
    counters = np.asarray(counters)
    return _by_int((counters + np.array(0x9E37_79B9).astype(counters.dtype)).astype(np.uint32), add=0)


@exercise.mistake("counters of 16 bits")
def _(counters):
    """You convert the counters to 16 bits, so that those from 65,536 on begin again at 0. Take np.uint32."""
    return _by_int(np.asarray(counters).astype(np.uint16))


@exercise.mistake("counters of 8 bits")
def _(counters):
    """You convert the counters to 8 bits, so that those from 256 on begin again at 0. Take np.uint32."""
    return _by_int(np.asarray(counters).astype(np.uint8))


@exercise.mistake("below 0 in uint64")
def _(counters):
    """uint64 has no numbers below 0, and a sum of bytes may be one. Make the sum int64 before you subtract."""
    return _by_int(counters, middle=0).astype(np.uint64) - np.uint64(510)


@exercise.mistake("below 0 in uint16")
def _(counters):
    """uint16 has no numbers below 0, so that 3 - 510 comes back as 65,029. Make the sum int64 before you subtract."""
    return _by_int(counters, middle=0).astype(np.uint16) - np.uint16(510)


@exercise.mistake("one sum for all")
def _(counters):
    """You add the bytes of all counters together. There is a draw for each counter."""
    return np.sum(_by_int(counters, middle=0)) - 510


@exercise.mistake("bytes not added")
def _(counters):
    """You return the four bytes of each counter. Add them up: one draw for each counter."""
    x = _steps(last=lambda x: x)(counters)
    return np.stack([x >> shift & 255 for shift in (0, 8, 16, 24)], axis=-1) - 510


@exercise.mistake("as long as the first axis")
def _(counters):
    """You make room for len(counters) draws, which fits arrays of one dimension only. Take the shape of `counters`."""
    found = np.zeros(len(counters), np.int64)
    found += _by_int(counters)
    return found


@exercise.mistake("axes gone through once")
def _(counters):
    """You go through the first axis only, where an entry may be a row again, and an array without axes has none. Work
    on the whole array."""
    for counter in counters:
        int(counter)
    return _by_int(counters)


exercise.mistake("step 2 twice", _wrong(shifts=(16, 16, 16), factors=(0x7FEB_352D, 0x7FEB_352D))).says("""
    You do step 2 twice. Step 3 has a shift by 15 and the factor 0x846C_A68B.""")
exercise.mistake("step 3 twice", _wrong(shifts=(15, 15, 16), factors=(0x846C_A68B, 0x846C_A68B))).says("""
    You do step 3 twice. Step 2 has a shift by 16 and the factor 0x7FEB_352D.""")
exercise.mistake("510 from each byte", _wrong(middle=2040)).says("""
    You subtract 510 from each byte. It is subtracted once, from the sum of four.""")
exercise.mistake(
    "bytes with a sign", _steps(last=lambda x: sum((x >> s & 255 ^ 128) - 128 for s in (0, 8, 16, 24)) - 510)
).says("""You read bytes with a sign, from -128 to 127. They are from 0 to 255: (x >> 8) & 255.""")
exercise.mistake(
    "bytes with a sign around 0", _steps(last=lambda x: sum((x >> s & 255 ^ 128) - 128 for s in (0, 8, 16, 24)))
).says("""You read bytes with a sign, and subtract nothing. They are from 0 to 255, and 510 is taken from their sum.""")
exercise.mistake("counters not used", lambda counters: _by_int(0 * np.asarray(counters).astype(np.int64))).says(
    """All your draws are that of counter 0. Scramble the numbers that stand in `counters`."""
)
exercise.mistake("axes exchanged", lambda counters: _by_int(counters).T).says("""
    Your result is transposed. Each draw stands where its counter stands.""")


@exercise.mistake("the counter shifted")
def _(counters):
    """In step 2 you shift the counter. x is what came out of step 1: (x ^ (x >> 16)) * 0x7FEB_352D."""
    found = []
    for counter in np.asarray(counters).ravel().tolist():
        x = (counter + 0x9E37_79B9) & 0xFFFFFFFF
        x = ((x ^ counter >> 16) * 0x7FEB_352D) & 0xFFFFFFFF
        x = ((x ^ x >> 15) * 0x846C_A68B) & 0xFFFFFFFF
        found.append(sum((x ^ x >> 16).to_bytes(4, "little")) - 510)
    return np.array(found, np.int64).reshape(np.shape(counters))


@exercise.mistake("one counter expected")
def _(counters):
    """int(counters) takes a single number. Work on the whole array."""
    return _by_int(int(counters) + 0 * np.asarray(counters).astype(np.int64))
