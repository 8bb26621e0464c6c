"""04.5 The compression rate."""

import numpy as np

from dc_lab import sharing
from dc_lab.course.exercises import Exercise


def compression_rate(weights, clusters, float_bits=32):
    """How many times fewer bits: `weights` floats against as many codes of log2(clusters) bits and a codebook."""
    return weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits)


def _draw_rate(rng):
    return int(rng.integers(1, 500)), int(rng.choice([2, 3, 4, 8, 16, 20, 256])), int(rng.choice([16, 32]))


CASES = [
    (1, 1, 32), (10, 1, 32), (4, 16, 32), (10, 16, 32), (7056, 16, 32), (100, 5, 32), (400, 256, 32), (1000, 16, 16),
]  # fmt: skip

exercise = Exercise(
    id="04.5",
    title="The compression rate",
    minutes=5,
    reference=sharing.compression_rate,
    solution=compression_rate,
    shown=(16, 4, 32),
    cases=CASES,
    draw=_draw_rate,
    hints=[
        "Two counts of bits: before, and after. Before: n floats of b bits.",
        "After: n codes of log2(k) bits, and k floats of b bits.",
        "weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits).",
    ],
    why="Equation 1 of the paper. For many weights it comes near float_bits / log2(k); for few, the codebook weighs "
    "more and the rate can fall below 1.",
)


@exercise.alternative
def _rate_by_bytes(weights, clusters, float_bits=32):
    before = weights * float_bits / 8
    after = weights * np.log2(clusters) / 8 + clusters * float_bits / 8
    return float(before / after)


@exercise.mistake("the codebook left out")
def _(weights, clusters, float_bits=32):
    """Codes alone mean nothing: the file needs the codebook as well, clusters * float_bits. For a small layer that is
    most of what it takes."""
    return float(float_bits / np.log2(clusters)) if clusters > 1 else float("inf")


@exercise.mistake("k bits for a code")
def _(weights, clusters, float_bits=32):
    """A code that tells k centroids apart takes log2(k) bits, not k: with 4 bits there are 16 codes."""
    return weights * float_bits / (weights * clusters + clusters * float_bits)


@exercise.mistake("the natural logarithm")
def _(weights, clusters, float_bits=32):
    """np.log is the natural logarithm. Bits are counted by np.log2."""
    return float(weights * float_bits / (weights * np.log(clusters) + clusters * float_bits))


@exercise.mistake("upside down")
def _upside_down(weights, clusters, float_bits=32):
    """This is the share of bits that is left. The rate is the other way round: before over after, so that 3.2 means 3.2
    times smaller."""
    return float((weights * np.log2(clusters) + clusters * float_bits) / (weights * float_bits))


@exercise.mistake("whole bits")
def _(weights, clusters, float_bits=32):
    """A file with codes of fixed width does need whole bits, so your number is closer to it. The paper's formula, asked
    for here, takes log2(k) as it is."""
    return float(weights * float_bits / (weights * np.ceil(np.log2(clusters)) + clusters * float_bits))


@exercise.mistake("the share saved")
def _(weights, clusters, float_bits=32):
    """This is the share of bits that is saved. The rate is before over after, so that 3.2 means 3.2 times smaller."""
    return 1 - _upside_down(weights, clusters, float_bits)


@exercise.mistake("the bits of k itself")
def _(weights, clusters, float_bits=32):
    """k.bit_length() is enough for the number k. The codes run from 0 to k - 1 only: 4 centroids take 2 bits. The
    formula has np.log2(k)."""
    return weights * float_bits / (weights * clusters.bit_length() + clusters * float_bits)


@exercise.mistake("parentheses missing")
def _(weights, clusters, float_bits=32):
    """Python divides by the first factor only and adds the rest. Put all that comes after the fraction bar into
    parentheses."""
    return float(weights * float_bits / weights * np.log2(clusters) + clusters * float_bits)


@exercise.mistake("a codebook of codes")
def _(weights, clusters, float_bits=32):
    """The entries of the codebook are the shared weights themselves: each takes float_bits, not log2(k) bits."""
    return float(weights * float_bits / ((weights + clusters) * np.log2(clusters))) if clusters > 1 else float("inf")


@exercise.mistake("a codebook of one entry")
def _(weights, clusters, float_bits=32):
    """The codebook has k entries of float_bits each."""
    return float(weights * float_bits / (weights * np.log2(clusters) + float_bits))


@exercise.mistake("always 32 bits")
def _(weights, clusters, float_bits=32):
    """float_bits may be 16; it stands in both places, the floats before and the codebook after."""
    return float(weights * 32 / (weights * np.log2(clusters) + clusters * 32))
