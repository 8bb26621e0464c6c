"""10.3 The floor of a layer."""

import math

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_10.ex_2_position_bits import by_logs
from dc_lab.measure import imagenet
from dc_lab.measure.imagenet import position_bits


def floor_bytes(weights):
    """Bytes that positions and indices of a shared layer take at the least."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    positions = weights.size * position_bits(len(kept) / weights.size)
    share = np.unique(kept, return_counts=True)[1] / len(kept)
    indices = -len(kept) * np.sum(share * np.log2(share))
    return (positions + indices) / 8


def _floor_bytes(weights):
    return imagenet.floor(weights).bytes


FOUR_BY_FOUR = np.array(
    [[0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.5], [-1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]], np.float32
)


def _draw_layer(rng):
    shape = tuple(rng.integers(2, 7, 2))
    values = rng.choice([-1.5, -0.5, 0.5, 1.0, 2.5], shape, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    return (np.where(rng.random(shape) < rng.choice([0.2, 0.5, 0.8]), values, 0).astype(np.float32),)


def _large_layer():
    rng = np.random.default_rng(0)
    values = rng.integers(1, 256, (1_000, 1_000)).astype(np.float32) / 7
    return np.where(rng.random(values.shape) < 0.1, values, 0)


CASES = [
    (np.zeros((3, 4), np.float32),), (np.zeros((0, 4), np.float32),), (np.ones((3, 3), np.float32),),
    (np.array([[0.5]], np.float32),), (np.array([[0.5, -0.5, 0.0, 0.0, 0.0, 0.0]], np.float32),),
    (np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),),
    # Values that are nearly equal, and small ones; a zero with a sign is a zero.
    (np.array([[0.501, 0.502, 0.503, 0.0], [0.502, 0.504, 0.0, 0.501]], np.float32),),
    (np.array([[0.5001, 0.5002, 0.0]], np.float32),),
    (np.array([[0.50001, 0.50002, 0.50003, 0.0, 0.50001, 0.0]], np.float32),),
    (np.array([[0.05, -0.02, 1e-5, 0.0], [0.0, 3e-4, 0.05, 2.0]], np.float32),),
    (np.array([[0.5, -0.0, 0.25], [-0.0, 0.0, 0.5]], np.float32),),
    # np.isclose takes these two for zeros, and they are kept.
    (np.array([[0.5, 3e-9, -2e-9], [0.5, 0.0, 0.0]], np.float32),),
]  # fmt: skip

exercise = Exercise(
    id="10.3",
    title="The floor of a layer",
    minutes=15,
    task="build",
    dtypes=("float16", "float64"),
    reference=_floor_bytes,
    solution=floor_bytes,
    shown=(FOUR_BY_FOUR,),
    cases=CASES,
    draw=_draw_layer,
    large=lambda: (_large_layer(),),
    large_is="a layer of a million weights with 255 values",
    hints=[
        "Two parts: where the kept weights are, and which of the shared values each of them has.",
        "`np.unique(kept, return_counts=True)` counts the values. Their shares p give the entropy, as in 07.1: the sum "
        "of -p log2(p).",
        "(weights.size x position_bits(density) + number kept x entropy) / 8, and 0.0 if nothing is kept.",
    ],
    why="""Both parts together are the entropy of a layer whose values, zero among them, are independent of one another:
        count zero as one more value, and weights.size times that entropy is the same number.""",
    given="import numpy as np\nfrom dc_lab.measure.imagenet import position_bits",
    equivalents={
        "line 3: 0 -> 1": "the floor is the same whichever value counts as not kept",
        "line 3: 0 -> -1": "the floor is the same whichever value counts as not kept",
    },
)


def _with_signed_zeros(weights):
    """As if each zero with a sign were a value of its own."""
    signed = (weights == 0) & np.signbit(weights)
    return _floor_bytes(np.where(signed, np.float32(1e30) if weights.dtype != np.float16 else np.float16(6e4), weights))


def _entropy(counts):
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


@exercise.alternative
def _floor_by_counts(weights):
    flat = weights.ravel()
    kept = int(np.count_nonzero(flat))
    if kept == 0:
        return 0.0
    bits = flat.size * _entropy(np.array([kept, flat.size - kept]))
    _, codes = np.unique(flat[flat != 0], return_inverse=True)
    return (bits + kept * _entropy(np.bincount(codes.ravel()))) / 8


@exercise.alternative
def _floor_all_values(weights):
    """Zero as one more value: the same number of bits by another way."""
    if not weights.any():
        return 0.0
    return weights.size * _entropy(np.unique(weights, return_counts=True)[1]) / 8


exercise.mistake("bits", lambda weights: 8 * _floor_bytes(weights)).says("""
    The number is right in bits. Asked for are bytes: divide by 8.""")


@exercise.mistake("indices in bits")
def _(weights):
    """The positions are in bytes, but the indices still in bits: divide both by 8."""
    return imagenet.floor(weights).positions + 8 * imagenet.floor(weights).codes


@exercise.mistake("positions in bits")
def _(weights):
    """The indices are in bytes, but the positions still in bits: divide both by 8."""
    return 8 * imagenet.floor(weights).positions + imagenet.floor(weights).codes


@exercise.mistake("zero counted twice")
def _(weights):
    """You counted zero among the values as well. The positions say already where nothing is kept: take the entropy of
    the values that are kept, and only for those."""
    if not weights.any():
        return 0.0
    d = np.count_nonzero(weights) / weights.size
    counts = np.unique(weights, return_counts=True)[1]
    return weights.size * (by_logs(d) + _entropy(counts)) / 8


@exercise.mistake("zero among the values")
def _(weights):
    """You counted zero when you took the entropy of the values. Only what is kept has an index: leave the zeros
    out before counting."""
    if not weights.any():
        return 0.0
    counts = np.unique(weights, return_counts=True)[1]
    return imagenet.floor(weights).positions + np.count_nonzero(weights) * _entropy(counts) / 8


@exercise.mistake("the index of one weight")
def _(weights):
    """The entropy is the bits of one index. There is an index for each kept weight: multiply by how many are kept."""
    return imagenet.floor(weights).positions + _no_positions(weights) / max(np.count_nonzero(weights), 1)


@exercise.mistake("all values equally frequent")
def _(weights):
    """log2 of the number of values is right if all are equally frequent. Count them, and take the
    entropy of their shares."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    return imagenet.floor(weights).positions + len(kept) * math.log2(len(np.unique(kept))) / 8


exercise.mistake("values rounded", lambda weights: _floor_bytes(np.where(weights == 0, 0, weights.round(2)))).says("""
    You rounded the values before you counted them, so that some that differ became one. Count them as they are.""")
exercise.mistake(
    "small weights taken for zero", lambda weights: _floor_bytes(np.where(abs(weights) > 1e-3, weights, 0))
).says("""
    You count a weight as kept if it is larger than some threshold. All that are not 0 are kept, however small.""")
exercise.mistake("zeros with a sign counted as kept", _with_signed_zeros).says("""
    You count -0.0 as a kept weight. It is 0: compare with weights != 0.""")
exercise.mistake("signs left out", lambda weights: _floor_bytes(np.abs(weights))).says("""
    You counted magnitudes. 0.5 and -0.5 are two values, with an index each.""")


@exercise.mistake("no positions")
def _no_positions(weights):
    """That is the indices alone. Whoever reads the file must also know where they belong: add the positions."""
    return imagenet.floor(weights).codes


exercise.mistake("positions alone", lambda weights: imagenet.floor(weights).positions).says("""
    That is the positions alone. Add the indices: each kept weight takes the entropy of the kept values.""")


@exercise.mistake("an index for every weight")
def _(weights):
    """Only what is kept has an index: the entropy counts once for each kept weight, not for each weight of the dense
    layer."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    entropy = _entropy(np.unique(kept, return_counts=True)[1])
    return imagenet.floor(weights).positions + weights.size * entropy / 8


@exercise.mistake("positions of kept weights only")
def _(weights):
    """Whether a weight is kept has to be said for every weight of the dense layer: weights.size times the bits of a
    position."""
    kept = np.count_nonzero(weights)
    return kept * by_logs(kept / weights.size) / 8 + _no_positions(weights) if kept else 0.0


@exercise.mistake("fixed width")
def _(weights):
    """You counted indices of fixed width. Frequent values can have short codewords: take their entropy."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    return imagenet.floor(weights).positions + len(kept) * math.ceil(math.log2(len(np.unique(kept)))) / 8


@exercise.mistake("len for size")
def _(weights):
    """len(weights) is the number of rows, so that the density can come out above 1. The number of weights is
    weights.size."""
    if not weights.any():
        return 0.0
    density = np.count_nonzero(weights) / len(weights)
    return len(weights) * position_bits(density) / 8 + _no_positions(weights)


exercise.mistake("rounded up", lambda weights: math.ceil(_floor_bytes(weights))).says("""
    A file has whole bytes, but the floor is a mean: give it as it is, without rounding.""")
exercise.mistake("rounded up to a float", lambda weights: float(np.ceil(_floor_bytes(weights)))).says("""
    np.ceil rounds up to whole bytes. The floor is a mean over many layers, and needs no whole bytes: leave it out.""")
exercise.mistake("rounded to whole bytes", lambda weights: float(round(_floor_bytes(weights)))).says("""
    Your answer is rounded to whole bytes. The page asks for the number as it comes out of the division.""")


def _parts(weights, values=None, log=np.log2):
    """(bytes of positions, bytes of indices), the entropy that of `values(kept)` and with another logarithm."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0, 0.0
    counted = kept if values is None else values(kept)
    shares = np.unique(counted, return_counts=True)[1] / len(kept)
    positions = weights.size * position_bits(len(kept) / weights.size)
    return positions / 8, float(-len(kept) * np.sum(shares * log(shares)) / 8)


exercise.mistake(
    "positions and indices rounded each", lambda weights: sum(round(part) for part in _parts(weights))
).says(
    """
    You round positions and indices to whole bytes before you add them. The page asks for the sum as it is."""
)
exercise.mistake("the natural logarithm for the indices", lambda weights: sum(_parts(weights, log=np.log))).says("""
    The positions are in bits, but the entropy of the values is in nats: np.log is to base e. Take np.log2.""")
exercise.mistake("base ten for the indices", lambda weights: sum(_parts(weights, log=np.log10))).says("""
    The entropy of the values is taken with np.log10. Bits need the logarithm to base 2: np.log2.""")


@exercise.mistake("the sign of the entropy")
def _(weights):
    """You take the indices off the positions: log2 of a share is negative, and the sum needs a minus in front."""
    positions, indices = _parts(weights)
    return positions - indices


exercise.mistake("kept values rounded", lambda weights: sum(_parts(weights, lambda kept: kept.round(2)))).says("""
    Positions are right. Among the kept values you counted rounded ones, so that two that differ only a little became
    one. np.unique takes them as they are.""")
exercise.mistake(
    "kept values cut to whole numbers", lambda weights: sum(_parts(weights, lambda kept: kept.astype(int)))
).says("""
    You made the kept values whole numbers before you counted them: 0.5 and -0.5 both become 0. np.unique counts floats
    as well.""")


@exercise.mistake("only the positive ones kept")
def _(weights):
    """You take weights > 0, and the negative ones are gone. Kept is what is not 0: weights != 0."""
    return _floor_bytes(np.maximum(weights, 0))


@exercise.mistake("weights below a tenth taken for zero")
def _(weights):
    """A threshold of about a tenth decides what counts as kept. The pruning is over by now: what is not 0 was kept,
    even a weight of 0.00001."""
    return _floor_bytes(np.where(abs(weights) > 0.1, weights, 0))


@exercise.mistake("np.isclose to zero")
def _(weights):
    """np.isclose(weights, 0) holds for weights of a hundred millionth and less, too. Compare exactly: weights != 0."""
    return _floor_bytes(np.where(np.isclose(weights, 0), 0, weights))


@exercise.mistake("the codebook added")
def _(weights):
    """You add four bytes for each shared value, the codebook. The floor of this page is positions and indices; leave
    the codebook out."""
    return _floor_bytes(weights) + 4 * len(np.unique(weights[weights != 0]))


@exercise.mistake("nothing comes back where nothing is kept")
def _(weights):
    """Where no weight is kept, the function ends without a number. The answer there is 0.0."""
    return _floor_bytes(weights) if weights.any() else None


@exercise.mistake("an empty array divided by")
def _(weights):
    """With an empty array, weights.size is 0, and the density divides by it. Ask first whether anything is kept, and
    return 0.0 if not."""
    return _floor_bytes(weights) if weights.size else 1 / weights.size


@exercise.mistake("NaN where nothing is kept")
def _(weights):
    """Where no weight is kept, your shares are 0 / 0, which is NaN. Ask first whether anything is kept, and return 0.0
    if not."""
    return _floor_bytes(weights) if weights.any() else float("nan")


@exercise.mistake("rows counted in place of values")
def _(weights):
    """np.unique with axis=0 counts rows that are alike. Counted are the kept values, in one row: weights[weights !=
    0]."""
    kept = np.count_nonzero(weights)
    if kept == 0:
        return 0.0
    return imagenet.floor(weights).positions + kept * _entropy(np.unique(weights, axis=0, return_counts=True)[1]) / 8


@exercise.mistake("positions of the zeros only")
def _(weights):
    """You multiply the bits of a position by the number of zeros. Every weight costs them, kept or not:
    weights.size."""
    kept = np.count_nonzero(weights)
    return (weights.size - kept) * by_logs(kept / weights.size) / 8 + _no_positions(weights) if kept else 0.0


@exercise.mistake("shares of the whole layer")
def _(weights):
    """Your shares are of all weights. The entropy of the values is that of the kept ones: divide the counts by how many
    are kept."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    shares = np.unique(kept, return_counts=True)[1] / weights.size
    return imagenet.floor(weights).positions - len(kept) * np.sum(shares * np.log2(shares)) / 8


exercise.mistake("cut to whole bytes", lambda weights: float(_floor_bytes(weights) // 1)).says("""
    // drops the fraction of a byte. Divide with /.""")


@exercise.mistake("two axes")
def _(weights):
    """weights.shape[0] * weights.shape[1] is right for a matrix. A convolution has four axes: weights.size counts them
    all."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    size = weights.shape[0] * weights.shape[1]
    return size * position_bits(len(kept) / size) / 8 + _no_positions(weights)


exercise.mistake("float16", lambda weights: sum(_parts(weights, lambda kept: kept.astype(np.float16)))).says("""
    You made the kept values float16 before you counted them, and values that are nearly equal became one. Count them in
    the dtype that they have.""")


@exercise.mistake("a bitmap for the positions")
def _(weights):
    """Your positions take one bit each, which is a bitmap. The floor is lower: position_bits of the density for each
    weight."""
    return weights.size / 8 + _no_positions(weights) if weights.any() else 0.0


@exercise.mistake("logarithms not weighed")
def _(weights):
    """You take the mean of the values' logarithms. A frequent value comes more often: weigh each logarithm with its
    share p."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    shares = np.unique(kept, return_counts=True)[1] / len(kept)
    return imagenet.floor(weights).positions - len(kept) * np.mean(np.log2(shares)) / 8


exercise.mistake("divided by 4", lambda weights: 2 * _floor_bytes(weights)).says("""
    You divide by 4. A byte has 8 bits.""")


@exercise.mistake("bits a weight")
def _(weights):
    """You divide by the number of weights: that is bits a weight. Asked for are the bytes of the whole layer."""
    return 8 * _floor_bytes(weights) / weights.size if weights.any() else 0.0


@exercise.mistake("nothing where all is kept")
def _(weights):
    """Where every weight is kept you return 0. The positions cost nothing then, but each weight still has its index."""
    return 0.0 if weights.all() else _floor_bytes(weights)


@exercise.mistake("positions by the kept alone")
def _(weights):
    """-log2 of the density is what it takes to say that a weight is kept. The others have to be told apart as well:
    every weight costs position_bits of the density."""
    kept = np.count_nonzero(weights)
    return -kept * math.log2(kept / weights.size) / 8 + _no_positions(weights) if kept else 0.0


exercise.mistake(
    "kept values rounded to six decimals", lambda weights: sum(_parts(weights, lambda kept: kept.round(6)))
).says("""
    Six decimals are not enough to tell small values apart. Do not round before you count.""")


@exercise.mistake("rows counted in place of weights")
def _(weights):
    """len(weights) is the number of rows. A layer has weights.size weights, whatever its shape."""
    kept = weights[weights != 0]
    if not len(kept):
        return 0.0
    share = np.unique(kept, return_counts=True)[1] / len(kept)
    positions = len(weights) * by_logs(min(len(kept) / len(weights), 1.0))
    return float(positions - len(kept) * np.sum(share * np.log2(share))) / 8


@exercise.mistake("values rounded before they are counted")
def _(weights):
    """You round the kept values before you count them, so that some that are close become one. Two shared values may be
    close: count them as they are."""
    kept = weights[weights != 0].astype(float)
    if not len(kept):
        return 0.0
    share = np.unique(np.round(kept, 4), return_counts=True)[1] / len(kept)
    return float(weights.size * by_logs(len(kept) / weights.size) - len(kept) * np.sum(share * np.log2(share))) / 8


@exercise.mistake("positions for the rows alone")
def _(weights):
    """The density is right, but you multiply the bits of a position by len(weights), the number of rows. A layer has
    weights.size positions."""
    kept = weights[weights != 0]
    if not len(kept):
        return 0.0
    share = np.unique(kept, return_counts=True)[1] / len(kept)
    positions = len(weights) * by_logs(len(kept) / weights.size)
    return float(positions - len(kept) * np.sum(share * np.log2(share))) / 8
