"""04.5 The compression rate."""

import numpy as np

from dc_lab import sharing
from dc_lab.course.exercises import Exercise


def compression_rate(weights, clusters, float_bits=32):
    """How many times fewer bits: floats, against indices and a codebook."""
    return weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits)


def _draw(rng):
    return int(rng.integers(1, 500)), int(rng.choice([2, 3, 4, 8, 16, 20, 256])), int(rng.choice([16, 32]))


CASES = [
    (1, 1, 32),
    (10, 1, 32),
    (4, 16, 32),
    (10, 16, 32),
    (7056, 16, 32),
    (100, 5, 32),
    (400, 256, 32),
    (1000, 16, 16),
    (7056, 16),
    (235200, 1000, 64),
]

exercise = Exercise(
    id="04.5",
    title="The compression rate",
    minutes=5,
    task="warm-up",
    reference=sharing.compression_rate,
    solution=compression_rate,
    shown=(16, 4, 32),
    cases=CASES,
    draw=_draw,
    tolerance=1e-9,
    hints=[
        "Two counts of bits: before, and after. Before: n floats of b bits.",
        "After: n indices of log2(k) bits, and k floats of b bits.",
        "weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits).",
    ],
    why="""Equation 1 of the paper. For many weights it comes near float_bits / log2(k); for few, the codebook weighs
    more and the rate can fall below 1.""",
)


@exercise.alternative
def _by_bytes(weights, clusters, float_bits=32):
    before = weights * float_bits / 8
    after = weights * np.log2(clusters) / 8 + clusters * float_bits / 8
    return float(before / after)


@exercise.alternative
def _bits_a_weight(weights, clusters, float_bits=32):
    each = np.log(clusters) / np.log(2) + clusters / weights * float_bits
    return float_bits / each


@exercise.mistake("the codebook left out")
def _(weights, clusters, float_bits=32):
    """Indices alone mean nothing: the file needs the codebook as well, clusters * float_bits. For a small layer that is
    most of what it takes."""
    return float(float_bits / np.log2(clusters)) if clusters > 1 else float("inf")


@exercise.mistake("k bits for an index")
def _(weights, clusters, float_bits=32):
    """An index that tells k centroids apart takes log2(k) bits, not k: with 4 bits there are 16 indices."""
    return weights * float_bits / (weights * clusters + clusters * float_bits)


@exercise.mistake("the natural logarithm")
def _(weights, clusters, float_bits=32):
    """np.log is the natural logarithm. Bits are counted by np.log2."""
    return float(weights * float_bits / (weights * np.log(clusters) + clusters * float_bits))


@exercise.mistake("the decimal logarithm")
def _(weights, clusters, float_bits=32):
    """np.log10 counts decimal digits. Bits are counted by np.log2."""
    return float(weights * float_bits / (weights * np.log10(clusters) + clusters * float_bits))


@exercise.mistake("upside down")
def _upside_down(weights, clusters, float_bits=32):
    """This is the share of bits that is left. The rate is the other way round: before over after, so that 3.2 means 3.2
    times smaller."""
    return float((weights * np.log2(clusters) + clusters * float_bits) / (weights * float_bits))


@exercise.mistake("whole bits")
def _(weights, clusters, float_bits=32):
    """A file with indices of fixed width does need whole bits, so your number is closer to it. The paper's formula,
    asked for here, takes log2(k) as it is."""
    return float(weights * float_bits / (weights * np.ceil(np.log2(clusters)) + clusters * float_bits))


@exercise.mistake("bits rounded")
def _(weights, clusters, float_bits=32):
    """log2(k) is made a whole number, rounded or cut off. Take it as it is."""
    return float(weights * float_bits / (weights * np.floor(np.log2(clusters)) + clusters * float_bits))


@exercise.mistake("the share saved")
def _(weights, clusters, float_bits=32):
    """This is the share of bits that is saved. The rate is before over after, so that 3.2 means 3.2 times smaller."""
    return 1 - _upside_down(weights, clusters, float_bits)


@exercise.mistake("the bits of k itself")
def _(weights, clusters, float_bits=32):
    """k.bit_length() is enough for the number k. The indices run from 0 to k - 1 only: 4 centroids take 2 bits. The
    formula has np.log2(k)."""
    return weights * float_bits / (weights * clusters.bit_length() + clusters * float_bits)


@exercise.mistake("parentheses missing")
def _(weights, clusters, float_bits=32):
    """Python divides by the first factor only and adds the rest. Put all that comes after the fraction bar into
    parentheses."""
    return float(weights * float_bits / weights * np.log2(clusters) + clusters * float_bits)


@exercise.mistake("a codebook of indices")
def _(weights, clusters, float_bits=32):
    """The entries of the codebook are the shared weights themselves: each takes float_bits, not log2(k) bits."""
    return float(weights * float_bits / ((weights + clusters) * np.log2(clusters))) if clusters > 1 else float("inf")


@exercise.mistake("a codebook of one entry")
def _(weights, clusters, float_bits=32):
    """The codebook has k entries of float_bits each."""
    return float(weights * float_bits / (weights * np.log2(clusters) + float_bits))


@exercise.mistake("a codebook entry for each weight")
def _(weights, clusters, float_bits=32):
    """The codebook has one entry for each of the k centroids, not one for each weight."""
    return float(weights * float_bits / (weights * np.log2(clusters) + weights * float_bits))


@exercise.mistake("always 32 bits")
def _(weights, clusters, float_bits=32):
    """float_bits may be 16; it stands in both places, the floats before and the codebook after."""
    return float(weights * 32 / (weights * np.log2(clusters) + clusters * 32))


@exercise.mistake("32 bits in the codebook")
def _(weights, clusters, float_bits=32):
    """The floats before take float_bits, but the entries of the codebook always 32. Both have float_bits."""
    return float(weights * float_bits / (weights * np.log2(clusters) + clusters * 32))


@exercise.mistake("32 bits before")
def _(weights, clusters, float_bits=32):
    """The entries of the codebook take float_bits, but the floats before always 32. Both have float_bits."""
    return float(weights * 32 / (weights * np.log2(clusters) + clusters * float_bits))


@exercise.mistake("rounded")
def _(weights, clusters, float_bits=32):
    """The rate is rounded. Return it as it is."""
    return round(float(weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits)), 2)


@exercise.mistake("rounded to one place")
def _(weights, clusters, float_bits=32):
    """The rate is rounded to one place. Return it as it is."""
    return round(float(weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits)), 1)


@exercise.mistake("no more entries than weights")
def _(weights, clusters, float_bits=32):
    """The codebook has min(k, n) entries here. The formula counts all k, also where there are fewer weights."""
    entries = min(clusters, weights)
    return float(weights * float_bits / (weights * np.log2(clusters) + entries * float_bits))


@exercise.mistake("a whole number")
def _(weights, clusters, float_bits=32):
    """// cuts the rate off to a whole number. Divide with /."""
    return weights * float_bits // (weights * np.log2(clusters) + clusters * float_bits)
