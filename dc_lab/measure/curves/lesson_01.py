"""The numbers of lesson 01 (where the bytes are) that take training: five networks, and what rough weights do to each.

Errors are percent of the 5,000 held-out images wrong. Five networks of five seeds are trained alike. Of each it is
stored which images it reads wrongly, and its error after its weights were made rough in several ways.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dc_lab import pipeline
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, models, training
from dc_lab.networks.datasets import Images

Arrays = Mapping[str, np.ndarray]

SEEDS = (0, 1, 2, 3, 4)
SOME = 15_000
"""Training images, the first ones."""
EPOCHS = 6
BITS = (0, 1, 2, 3, 4, 6)
"""Fraction bits that are kept."""
FRACTION = 23
"""Fraction bits that a float32 has."""
WAYS = ("cut", "rounded", "common factor", "random")
"""Fraction bits cut off; rounded to the nearest; all weights times one number; each weight off by a random sign."""


def cut(values: np.ndarray, bits: int) -> np.ndarray:
    """float32 values with the lower fraction bits at 0: the highest `bits` of the 23 stay."""
    mask = np.uint32(2**32 - 2 ** (FRACTION - bits))
    return (values.view(np.uint32) & mask).view(np.float32)


def rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """float32 values rounded to the nearest that has `bits` fraction bits, 0 to 22; halves go away from zero.

    Half of the last step that stays is added to the bits. Where that carries, it goes into the exponent, as it should.
    """
    half = np.uint32(2 ** (FRACTION - 1 - bits))
    return cut((values.view(np.uint32) + half).view(np.float32), bits)


def shrinkage(arrays: Arrays, bits: int) -> float:
    """The norm of all weights after cutting, over the norm before."""
    before = sum(float(np.sum(np.square(array, dtype=np.float64))) for array in arrays.values())
    after = sum(float(np.sum(np.square(cut(array, bits), dtype=np.float64))) for array in arrays.values())
    return float(np.sqrt(after / before))


def distance(arrays: Arrays, bits: int) -> float:
    """The norm of what cutting takes away, over the norm of all weights."""
    whole = sum(float(np.sum(np.square(array, dtype=np.float64))) for array in arrays.values())
    off = sum(float(np.sum(np.square(array.astype(np.float64) - cut(array, bits)))) for array in arrays.values())
    return float(np.sqrt(off / whole))


def scaled(arrays: Arrays, factor: float) -> dict[str, np.ndarray]:
    """All weights and biases times one number, float32."""
    return {name: array * np.float32(factor) for name, array in arrays.items()}


def scattered(arrays: Arrays, size: float, seed: int) -> dict[str, np.ndarray]:
    """Each weight times 1 + size or 1 - size, sampled at random, float32."""
    rng = np.random.default_rng(seed)
    return {
        name: (array * (1 + size * rng.choice([-1.0, 1.0], array.shape))).astype(np.float32)
        for name, array in arrays.items()
    }


def roughened(arrays: Arrays, way: str, bits: int, seed: int = 0) -> dict[str, np.ndarray]:
    """The weights in one of WAYS. The last two shrink, or are off, by as much as cutting to `bits` does.

    Raises
    ------
    ValueError : another way.
    """
    if way == "cut":
        return {name: cut(array, bits) for name, array in arrays.items()}
    if way == "rounded":
        return {name: rounded(array, bits) for name, array in arrays.items()}
    if way == "common factor":
        return scaled(arrays, shrinkage(arrays, bits))
    if way == "random":
        return scattered(arrays, distance(arrays, bits), seed)
    raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}")


def measured(seed: int = 0) -> dict[str, Any]:
    """One network, trained for six epochs from a seed: the places of the held-out images that it reads wrongly
    ("wrong"), and for each of WAYS its error at each of BITS."""
    model = models.build(networks.LENET300, seed)
    images, held_out = datasets.mnist("train"), datasets.mnist("held_out")
    training.fit(model, Images(images.pixels[:SOME], images.labels[:SOME]), training.Schedule(EPOCHS, seed=seed))
    wrong = np.flatnonzero(training.predict(model, held_out.pixels) != held_out.labels)
    arrays = {name: value.numpy().copy() for name, value in model.state_dict().items()}
    errors: dict[str, list[float]] = {}
    for way in WAYS:
        errors[way] = []
        for bits in BITS:
            pipeline.load_arrays(model, roughened(arrays, way, bits, seed))
            errors[way].append(networks.held_out_error(model))
    return {"wrong": wrong.tolist(), "errors": errors}


CURVES = CurveFile(
    "lesson_01",
    "five networks trained alike: held-out images that each reads wrongly, errors with rough weights",
    tuple(Point(measured, {"seed": seed}, 8) for seed in SEEDS),
    {"images": SOME, "epochs": EPOCHS, "bits": BITS},
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last, a run for each of SEEDS.

    "wrong": bool array (seeds, 5,000), True where that network is wrong; "dense": its errors, a list; "errors": way ->
    BITS x runs.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    runs = [found(measured, seed=seed) for seed in SEEDS]
    wrong = np.zeros((len(SEEDS), datasets.HELD_OUT), bool)
    for row, run in zip(wrong, runs, strict=True):
        row[run["wrong"]] = True
    errors = {way: [list(point) for point in zip(*(run["errors"][way] for run in runs), strict=True)] for way in WAYS}
    return {"wrong": wrong, "dense": [float(100 * row.mean()) for row in wrong], "errors": errors}
