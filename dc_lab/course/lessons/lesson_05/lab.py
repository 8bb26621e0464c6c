"""Lab 05: bits and groups for each layer under a budget of bytes, and the lowest held-out error."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dc_lab.course.lab import Lab, LabError, Score, Value
from dc_lab.course.lessons.lesson_05.lab_reference import my_quantization
from dc_lab.measure.curves import networks
from dc_lab.networks import datasets

BUDGET = 75_000
"""Bytes of codes, scales and levels of all layers: 2.25 bits a weight."""

LAYERS = ("ip1", "ip2", "ip3")
MOST_LEVELS = 256


def inputs() -> Sequence[Value]:
    """The trained weights, the 55,000 training images as uint8 (n, 784), and their labels."""
    images = datasets.mnist("train")
    return dict(networks.arrays(networks.LENET300)), images.pixels.reshape(len(images.labels), -1), images.labels


def problem(shape: tuple[int, int], name: str, found: Mapping[str, Any]) -> str | None:
    """What is wrong with the codes, scales, levels and size of a layer, in words; None if they can be decoded."""
    missing = [part for part in ("codes", "scales", "levels", "size") if f"{name}/{part}" not in found]
    if missing:
        return f"{name}/{missing[0]} is missing."
    codes, scales, levels, size = (
        np.asarray(found[f"{name}/{part}"]) for part in ("codes", "scales", "levels", "size")
    )
    if size.size != 1 or size.dtype.kind not in "iu" or size < 1:
        return f"{name}/size has to be a whole number above 0."
    if levels.ndim != 1 or levels.dtype.kind != "f" or not 1 <= len(levels) <= MOST_LEVELS:
        return f"{name}/levels has to be a row of 1 to {MOST_LEVELS} floats."
    if codes.shape != shape or codes.dtype.kind not in "iu":
        return f"{name}/codes has to be whole numbers of shape {shape}."
    if codes.min() < 0 or codes.max() >= len(levels):
        return f"{name}/codes has to be from 0 to {len(levels) - 1}, the places in {name}/levels."
    groups = (shape[0], -(-shape[1] // int(size.reshape(()))))
    if scales.shape != groups or scales.dtype.kind != "f":
        return f"{name}/scales has to be floats of shape {groups}, with groups of {int(size.reshape(()))}."
    if not (np.isfinite(scales).all() and np.isfinite(levels).all()):
        return f"{name} has NaN or infinite scales or levels."
    return None


def size_of(found: Mapping[str, np.ndarray], name: str) -> int:
    """Bytes of a layer: codes of as many bits as its levels need, and scales and levels in their own dtype."""
    bits = math.ceil(math.log2(len(found[f"{name}/levels"])))
    codes = math.ceil(found[f"{name}/codes"].size * bits / 8)
    return codes + int(found[f"{name}/scales"].nbytes) + int(found[f"{name}/levels"].nbytes)


def decoded(found: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """The weights of a layer, float32: level times scale."""
    codes, size = found[f"{name}/codes"], int(found[f"{name}/size"].reshape(()))
    wide = np.repeat(found[f"{name}/scales"].astype(np.float64), size, axis=1)[:, : codes.shape[1]]
    return (found[f"{name}/levels"].astype(np.float64)[codes] * wide).astype(np.float32)


def measure(found: Any) -> Score:
    """Percent of the 5,000 held-out images wrong.

    Raises
    ------
    LabError : a layer cannot be decoded, or all together take more bytes than the budget.
    """
    trained = dict(networks.arrays(networks.LENET300))
    if not isinstance(found, Mapping):
        raise LabError("It has to return a dictionary with the keys ip1/codes, ip1/scales, ip1/levels, ip1/size, ...")
    for name in LAYERS:
        rows, columns = trained[f"{name}.weight"].shape
        if (wrong := problem((rows, columns), name, found)) is not None:
            raise LabError(wrong)
    sizes = {name: size_of(found, name) for name in LAYERS}
    each = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    if sum(sizes.values()) > BUDGET:
        raise LabError(f"It takes {sum(sizes.values()):,} bytes ({each}). The budget is {BUDGET:,}.")
    arrays = trained | {f"{name}.weight": decoded(found, name) for name in LAYERS}
    error = networks.held_out_error(networks.model_of(networks.LENET300, arrays))
    return Score(error, f"{sum(sizes.values()):,} bytes: {each}.")


LAB = Lab(
    id="05.lab",
    title="Bits where they matter",
    minutes=30,
    name="my_quantization",
    stub='''
def my_quantization(weights, images, labels):
    """For each layer its codes, scales, levels and size of a group: 75,000 bytes at most."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=inputs,
    measure=measure,
    better="lower",
    unit="% wrong",
    seconds=120,
    reference=my_quantization,
    reference_score=1.26,
)
