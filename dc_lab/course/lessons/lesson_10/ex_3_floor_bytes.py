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
    (np.array([[0.50001, 0.50002, 0.50003, 0.0, 0.50001, 0.0]], np.float32),),
    (np.array([[0.05, -0.02, 1e-5, 0.0], [0.0, 3e-4, 0.05, 2.0]], np.float32),),
    (np.array([[0.5, -0.0, 0.25], [-0.0, 0.0, 0.5]], np.float32),),
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


@exercise.mistake("codes in bits")
def _(weights):
    """The positions are in bytes, but the codes still in bits: divide both by 8."""
    return imagenet.floor(weights).positions + 8 * imagenet.floor(weights).codes


@exercise.mistake("positions in bits")
def _(weights):
    """The codes are in bytes, but the positions still in bits: divide both by 8."""
    return 8 * imagenet.floor(weights).positions + imagenet.floor(weights).codes


@exercise.mistake("zero counted twice")
def _(weights):
    """You counted zero among the codes as well. The positions say already where nothing is kept: take the entropy of
    the values that are kept, and only for those."""
    if not weights.any():
        return 0.0
    d = np.count_nonzero(weights) / weights.size
    counts = np.unique(weights, return_counts=True)[1]
    return weights.size * (by_logs(d) + _entropy(counts)) / 8


@exercise.mistake("zero among the values")
def _(weights):
    """You counted zero when you took the entropy of the values. Only what is kept has a code: leave the zeros out
    before counting."""
    if not weights.any():
        return 0.0
    counts = np.unique(weights, return_counts=True)[1]
    return imagenet.floor(weights).positions + np.count_nonzero(weights) * _entropy(counts) / 8


@exercise.mistake("the codes of one weight")
def _(weights):
    """The entropy is the bits of one code. There is a code for each kept weight: multiply by how many are kept."""
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
    You counted magnitudes. 0.5 and -0.5 are two values, with a code each.""")


@exercise.mistake("no positions")
def _no_positions(weights):
    """That is the codes alone. Whoever reads the file must also know where they belong: add the positions."""
    return imagenet.floor(weights).codes


exercise.mistake("positions alone", lambda weights: imagenet.floor(weights).positions).says("""
    That is the positions alone. Add the codes: each kept weight takes the entropy of the kept values.""")


@exercise.mistake("a code for every weight")
def _(weights):
    """Only what is kept has a code: the entropy of the codes counts once for each kept weight, not for each weight of
    the dense layer."""
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
    """You counted codes of fixed width. Frequent values can have short codes: take their entropy."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    return imagenet.floor(weights).positions + len(kept) * math.ceil(math.log2(len(np.unique(kept)))) / 8


@exercise.mistake("len for size")
def _(weights):
    """len(weights) is the number of rows. The number of weights is weights.size."""
    # Sizes by len: that of the first dimension.
    if not weights.any():
        return 0.0
    density = min(np.count_nonzero(weights) / len(weights), 1)
    return len(weights) * by_logs(density) / 8 + _no_positions(weights)


exercise.mistake("rounded up", lambda weights: math.ceil(_floor_bytes(weights))).says("""
    A file has whole bytes, but the floor is a mean: give it as it is, without rounding.""")
