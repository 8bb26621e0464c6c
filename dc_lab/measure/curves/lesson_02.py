"""The curves of lesson 02 (pruning) that take more training than a notebook has time for.

Errors are percent of the 5,000 held-out images wrong. Each point can be measured again on its own: call the function
with the same arguments. Training is on one thread with fixed seeds, so that a machine gives the same number each time;
another one may round sums otherwise, and be off by some images.
"""

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from dc_lab import pipeline, pruning
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.networks import held_out_error
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, models, training
from dc_lab.networks.datasets import Images
from dc_lab.pipeline import Layer, Recipe

PAPER = {"ip1": 0.08, "ip2": 0.09, "ip3": 0.26}
"""Table 2: the share of weights that the paper keeps in each layer of LeNet-300-100."""

EPOCHS = (2, 4, 8, 16)
WAYS = ("one-shot", "iterative", "gradual")
SCHEDULE_DENSITIES = (0.08, 0.04, 0.02, 0.01)
PENALTIES = {"no penalty": 0.0, "L1": 0.05, "L2": 1.0}
"""Strengths by name; tried on the held-out images, so that the dense error rises by half a point at most."""
PENALTY_DENSITIES = (0.3, 0.2, 0.1, 0.05, 0.03)
SEEDS = (0, 1)
SOME = 15_000
"""Training images for schedules and penalties: all of them would take four times as long."""
LR = 1e-3


def trained() -> nn.Module:
    """The shipped LeNet-300-100, dense."""
    return networks.model_of(networks.LENET300, networks.arrays(networks.LENET300))


def some_images() -> Images:
    """The first 15,000 training images."""
    images = datasets.mnist("train")
    return Images(images.pixels[:SOME], images.labels[:SOME])


def layer_densities(density: float) -> dict[str, float]:
    """The density for the two large layers; the small last one keeps the paper's 26 %, or more."""
    return {"ip1": density, "ip2": density, "ip3": max(density, PAPER["ip3"])}


def retrained(epochs: int, seed: int = 0) -> float:
    """Error at the paper's densities: gradual pruning from the shipped network on all training images."""
    model = trained()
    layers = {name: Layer(density=density) for name, density in PAPER.items()}
    pipeline.prune(model, Recipe(layers, prune_epochs=epochs, shift=1, seed=seed), datasets.mnist("train"))
    return held_out_error(model)


def plainly_trained() -> dict[str, float]:
    """Errors of a network trained for four epochs; pruned to the paper's densities over six more; trained six more."""
    images = datasets.mnist("train")
    model = models.build(networks.LENET300)
    training.fit(model, images, training.Schedule(epochs=4))
    pruned, longer = copy.deepcopy(model), copy.deepcopy(model)
    layers = {name: Layer(density=density) for name, density in PAPER.items()}
    pipeline.prune(pruned, Recipe(layers, prune_epochs=6), images)
    training.fit(longer, images, training.Schedule(epochs=6))
    return {"dense": held_out_error(model), "pruned": held_out_error(pruned), "dense, longer": held_out_error(longer)}


def scheduled(way: str, density: float, seed: int = 0) -> float:
    """Error after six epochs on 15,000 images, pruned one-shot, iteratively in three rounds, or gradually.

    Raises
    ------
    ValueError : another way.
    """
    if way not in WAYS:
        raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}")
    model, images = trained(), some_images()
    rounds = pruning.iterative_densities(density, 3 if way == "iterative" else 1)
    for number, target in enumerate(rounds):
        layers = {name: Layer(density=share) for name, share in layer_densities(target).items()}
        recipe = Recipe(
            layers, prune_epochs=6 // len(rounds), ramp=0.6 if way == "gradual" else 0.0, shift=1,
            seed=seed + 10 * number,
        )  # fmt: skip
        pipeline.prune(model, recipe, images)
    return held_out_error(model)


def _shrinking(model: nn.Module, name: str, steps: int) -> Callable[[int], None]:
    """A penalty as a step of its own: L1 moves each weight towards 0 by one length, L2 by one share."""
    weights = [parameter for parameter in model.parameters() if parameter.ndim > 1]

    @torch.no_grad()
    def before_step(step: int) -> None:
        size = LR * PENALTIES[name] * (1 + math.cos(math.pi * step / steps)) / 2  # falls as the learning rate does
        for weight in weights:
            if name == "L1":
                weight.copy_(weight.sign() * (weight.abs() - size).clamp(min=0))
            else:
                weight.mul_(1 - size)

    return before_step


def _fit(model: nn.Module, name: str, epochs: int, seed: int) -> None:
    images = some_images()
    schedule = training.Schedule(epochs, LR, seed=seed)
    training.fit(model, images, schedule, _shrinking(model, name, schedule.steps(len(images.labels))))


def penalised(name: str, seed: int = 0) -> dict[str, Any]:
    """Errors of a network trained for ten epochs under a penalty: dense, pruned, and after three epochs of retraining.

    Weights are pruned by magnitude in one shot, and retrained under the same penalty.
    """
    model = models.build(networks.LENET300, seed)
    _fit(model, name, 10, seed)
    errors: dict[str, Any] = {"dense": held_out_error(model), "pruned": [], "retrained": []}
    for density in PENALTY_DENSITIES:
        pruned = copy.deepcopy(model)
        weights = pipeline.weights_of(pruned, list(PAPER))
        shares = layer_densities(density)
        pruning.hold_masks(pruned, {layer: pruning.magnitude_mask(weights[layer], shares[layer]) for layer in weights})
        errors["pruned"].append(held_out_error(pruned))
        _fit(pruned, name, 3, seed + 1)
        errors["retrained"].append(held_out_error(pruned))
    return errors


CURVES = CurveFile(
    "lesson_02",
    "error after pruning: epochs of retraining, schedules, penalties",
    (
        *(Point(retrained, {"epochs": epochs}, 2.5 * epochs) for epochs in EPOCHS),
        Point(plainly_trained, {}, 40),
        *(
            Point(scheduled, {"way": way, "density": density, "seed": seed}, 5)
            for way in WAYS
            for density in SCHEDULE_DENSITIES
            for seed in SEEDS
        ),
        *(Point(penalised, {"name": name, "seed": seed}, 20) for name in PENALTIES for seed in SEEDS),
    ),
    {"images": SOME, "learning rate": LR, "penalties": PENALTIES, "penalty densities": PENALTY_DENSITIES},
    ("lenet-300-100.safetensors",),
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last: "retraining", "plainly trained", "schedules", "penalties".

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    return {
        "retraining": {"epochs": list(EPOCHS), "error": [found(retrained, epochs=epochs) for epochs in EPOCHS]},
        "plainly trained": found(plainly_trained),
        "schedules": {
            "densities": list(SCHEDULE_DENSITIES),
            **{
                way: [
                    [found(scheduled, way=way, density=density, seed=seed) for seed in SEEDS]
                    for density in SCHEDULE_DENSITIES
                ]
                for way in WAYS
            },
        },
        "penalties": {
            "densities": list(PENALTY_DENSITIES),
            **{name: [found(penalised, name=name, seed=seed) for seed in SEEDS] for name in PENALTIES},
        },
    }
