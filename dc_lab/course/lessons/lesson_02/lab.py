"""Lab 02: the lowest held-out error with 20 times fewer connections."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dc_lab.course.lab import Lab, LabError, Score, Value
from dc_lab.course.lessons import returned
from dc_lab.course.lessons.lesson_02.lab_reference import FEWER, my_pruning
from dc_lab.measure.curves import networks
from dc_lab.networks import datasets


def inputs() -> Sequence[Value]:
    """The dense weights, the 55,000 training images as uint8 (n, 784), and their labels."""
    images = datasets.mnist("train")
    return dict(networks.arrays(networks.LENET300)), images.pixels.reshape(len(images.labels), -1), images.labels


def problem(dense: Mapping[str, np.ndarray], pruned: Any) -> str | None:
    """What is wrong with what a function returned, in words; None if it can be scored."""
    if (wrong := returned.problem(dense, pruned)) is not None:
        return wrong
    total, kept = connections(dense), sum(np.count_nonzero(pruned[name]) for name in dense if dense[name].ndim == 2)
    if kept > total // FEWER:
        return f"{kept:,} connections are not 0. At most {total // FEWER:,} of {total:,} may be."
    return None


def connections(arrays: Mapping[str, np.ndarray]) -> int:
    """Entries of all arrays of two dimensions."""
    return sum(array.size for array in arrays.values() if array.ndim == 2)


def measure(pruned: Any) -> Score:
    """Percent of the 5,000 held-out images wrong.

    Raises
    ------
    LabError : it is no network of this kind, or has too many connections.
    """
    dense = networks.arrays(networks.LENET300)
    if (wrong := problem(dense, pruned)) is not None:
        raise LabError(wrong)
    error = networks.held_out_error(networks.model_of(networks.LENET300, pruned))
    kept = sum(int(np.count_nonzero(array)) for array in pruned.values() if array.ndim == 2)
    return Score(error, f"{kept:,} connections, 1 in {connections(dense) / max(kept, 1):.1f}.")


LAB = Lab(
    id="02.lab",
    title="20 times fewer connections",
    minutes=20,
    name="my_pruning",
    stub='''
def my_pruning(dense, images, labels):
    """The dense weights with at most 1 in 20 connections not 0, shapes as before."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=inputs,
    measure=measure,
    better="lower",
    unit="% wrong",
    seconds=300,
    reference=my_pruning,
    reference_score=1.4,
)
