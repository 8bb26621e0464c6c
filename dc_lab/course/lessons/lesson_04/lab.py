"""Lab 04: the fewest bytes at no more than 1.3 % of the held-out images wrong."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dc_lab import archive
from dc_lab.course.lab import Lab, LabError, Score, Value
from dc_lab.course.lessons import returned
from dc_lab.course.lessons.lesson_04.lab_reference import my_sharing
from dc_lab.measure.curves import networks
from dc_lab.networks import datasets

MOST_WRONG = 1.3
"""Percent of the held-out images."""


def inputs() -> Sequence[Value]:
    """The dense and the pruned weights, the 55,000 training images as uint8 (n, 784), and their labels."""
    images = datasets.mnist("train")
    both = [dict(networks.arrays(networks.LENET300, kind)) for kind in networks.KINDS]
    return *both, images.pixels.reshape(len(images.labels), -1), images.labels


def measure(found: Any) -> Score:
    """Size of the `.dcz` file of a network in KB (1,000 bytes), its streams in fixed width.

    Raises
    ------
    LabError : it is no network of this kind, or gets more of the 5,000 held-out images wrong than it may.
    """
    if (wrong := returned.problem(networks.arrays(networks.LENET300), found)) is not None:
        raise LabError(wrong)
    content = archive.dumps(found, coder="fixed")
    error = networks.held_out_error(networks.model_of(networks.LENET300, archive.loads(content)))
    values = ", ".join(f"{name} {len(np.unique(array[array != 0]))}" for name, array in found.items() if array.ndim > 1)
    kept = sum(int(np.count_nonzero(array)) for array in found.values() if array.ndim > 1)
    size = f"{kept:,} connections; values: {values}."
    if error > MOST_WRONG:
        raise LabError(
            f"The file has {len(content):,} bytes, but {error:.2f} % are wrong, above {MOST_WRONG} %. {size}"
        )
    return Score(len(content) / 1000, f"{len(content):,} bytes, {error:.2f} % wrong. {size}")


LAB = Lab(
    id="04.lab",
    title="The fewest bytes at no more than 1.3 %",
    minutes=30,
    name="my_sharing",
    stub='''
def my_sharing(dense, pruned, images, labels):
    """A network with few connections and few values: name -> float32 array."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=inputs,
    measure=measure,
    better="lower",
    unit="KB",
    seconds=300,
    reference=my_sharing,
    reference_score=26.17,
)
