"""The curves of lesson 03 (sparse storage): fillers of pruned layers, as they are and with their positions shuffled.

Each network is trained from a seed of its own, pruned gradually, and its first layer's mask is looked at. Training is
on one thread with fixed seeds.
"""

from typing import Any

import numpy as np
from torch import nn

from dc_lab import pipeline, sparse
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.lesson_02 import layer_densities, some_images
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import models, training
from dc_lab.pipeline import Layer, Recipe

SEEDS = (0, 1, 2, 3, 4)
DENSITY = 0.03
BITS = 8
TRAIN_EPOCHS, PRUNE_EPOCHS = 6, 10

WAYS = ("as it is", "everything", "within columns", "within rows", "rows moved")
"""What is done to the positions, from the order in which lesson 03 shows it."""


def shuffled(mask: np.ndarray, way: str, rng: np.random.Generator) -> np.ndarray:
    """A mask (neurons, inputs) with as many kept weights, at other places.

    "everything": any place. "within columns": each input keeps its count. "within rows": each neuron keeps its count.
    "rows moved": each neuron keeps its count and its pattern, which begins at another place and goes round the end.

    Raises
    ------
    ValueError : another way.
    """
    if way == "as it is":
        return mask
    if way == "everything":
        return rng.permutation(mask.ravel()).reshape(mask.shape)
    if way == "within columns":
        return rng.permuted(mask, axis=0)
    if way == "within rows":
        return rng.permuted(mask, axis=1)
    if way == "rows moved":
        return np.array([np.roll(row, rng.integers(len(row))) for row in mask])
    raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}")


def fillers(mask: np.ndarray, bits: int = BITS) -> int:
    """Fillers in the relative index of a mask."""
    return sparse.stored_entries(mask, bits) - int(np.count_nonzero(mask))


def pruned_network(seed: int, density: float = DENSITY) -> nn.Module:
    """LeNet-300-100 trained from a seed for six epochs on 15,000 images, then pruned gradually in ten more."""
    images, model = some_images(), models.build(networks.LENET300, seed)
    training.fit(model, images, training.Schedule(epochs=TRAIN_EPOCHS, seed=seed))
    layers = {name: Layer(density=share) for name, share in layer_densities(density).items()}
    pipeline.prune(model, Recipe(layers, prune_epochs=PRUNE_EPOCHS, shift=1, seed=seed), images)
    return model


def mask_of(model: nn.Module) -> np.ndarray:
    """Which weights of `ip1` are left."""
    return np.asarray(pipeline.weights_of(model, ["ip1"])["ip1"] != 0)


def causes(seed: int = 0) -> dict[str, Any]:
    """Of the network of a seed: held-out error, neurons without a weight, and fillers for each of WAYS."""
    model = pruned_network(seed)
    mask, rng = mask_of(model), np.random.default_rng(seed)
    found: dict[str, Any] = {
        "error": networks.held_out_error(model),
        "empty neurons": int(np.count_nonzero(~mask.any(axis=1))),
    }
    return found | {way: fillers(shuffled(mask, way, rng)) for way in WAYS}


CURVES = CurveFile(
    "lesson_03",
    "fillers of ip1 at 8 bits in five pruned networks, as they are and with their positions shuffled",
    tuple(Point(causes, {"seed": seed}, 15) for seed in SEEDS),
    {"density": DENSITY, "gap bits": BITS, "training epochs": TRAIN_EPOCHS, "pruning epochs": PRUNE_EPOCHS},
)


def stored() -> dict[str, list[float]]:
    """The numbers as they were measured last: what `causes` names -> a number for each of SEEDS.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    runs = [found(causes, seed=seed) for seed in SEEDS]
    return {name: [run[name] for run in runs] for name in ("error", "empty neurons", *WAYS)}
