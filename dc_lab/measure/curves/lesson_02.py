"""The curves of lesson 02 (pruning) that take more training than a notebook has time for.

Errors are percent of the 5,000 held-out images wrong. Every point is measured for five seeds. Each can be measured
again on its own: call the function with the same arguments. Training is on one thread with fixed seeds, so that a
machine gives the same number each time; another one may round sums otherwise, and be off by some images.
"""

import copy
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dc_lab import pipeline, pruning
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.networks import held_out_error
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, models, training
from dc_lab.networks.datasets import Images
from dc_lab.pipeline import Layer, Recipe

PAPER = {"ip1": 0.08, "ip2": 0.09, "ip3": 0.26}
"""Table 2: the share of weights that the paper keeps in each layer of LeNet-300-100."""

SEEDS = (0, 1, 2, 3, 4)
WAYS = ("one-shot", "iterative", "gradual")
SCHEDULE_DENSITIES = (0.08, 0.04, 0.02, 0.01)
CHOICES = ("one threshold", "each layer", "random")
CHOICE_DENSITIES = (0.1, 0.05, 0.02)
CRITERIA = ("magnitude", "curvature", "random")
CRITERIA_DENSITIES = (0.5, 0.3, 0.2, 0.1, 0.05)
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
SCALED_DENSITY = 0.2
CURVATURE_IMAGES = 500
SOME = 15_000
"""Training images for schedules and choices: all of them would take four times as long."""
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


def _dense(seed: int) -> nn.Module:
    """A network of its own for each seed, trained for six epochs on 15,000 images."""
    model = models.build(networks.LENET300, seed)
    training.fit(model, some_images(), training.Schedule(epochs=6, seed=seed))
    return model


def random_mask(weights: np.ndarray, density: float, rng: np.random.Generator) -> np.ndarray:
    """A mask that keeps as many as `pruning.magnitude_mask` does, sampled at random."""
    return pruning.magnitude_mask(rng.random(weights.shape), density)


def mean_squared_gradient(model: nn.Module, layer: str, images: Images) -> np.ndarray:
    """The square of the loss's gradient with respect to a layer's weights, one image at a time, averaged."""
    weight = dict(model.named_modules())[layer].weight
    inputs, labels = training.to_tensor(images.pixels), torch.tensor(images.labels, dtype=torch.int64)
    total = torch.zeros_like(weight)
    with training.threads(1):
        for pixels, label in zip(inputs.split(1), labels.split(1), strict=True):
            [gradient] = torch.autograd.grad(F.cross_entropy(model(pixels), label), [weight])
            total += gradient**2
    return (total / len(labels)).numpy()


def _with(model: nn.Module, masks: dict[str, np.ndarray]) -> nn.Module:
    """A copy of a network with the weights outside the masks at 0."""
    pruned = copy.deepcopy(model)
    for name, mask in masks.items():
        dict(pruned.named_modules())[name].weight.data *= torch.tensor(mask)
    return pruned


def _scaled(model: nn.Module, factor: float) -> dict[str, np.ndarray]:
    """The layers' weights with `ip1` times `factor` and `ip2` divided by it: after the ReLU between them, the same."""
    weights = pipeline.weights_of(model, list(PAPER))
    return {**weights, "ip1": weights["ip1"] * factor, "ip2": weights["ip2"] / factor}


def unretrained(seed: int = 0) -> dict[str, Any]:
    """Errors of one network, not trained after it was pruned: by criteria of `ip1` alone, by scales of its layers.

    The network is trained for six epochs from the seed. "criteria": `ip1` pruned by w^2, by w^2 times the mean squared
    gradient of 500 training images, and at random. "one threshold", "each layer": all layers pruned to a density of
    0.2, after `ip1` was multiplied and `ip2` divided by a factor, which leaves what the network does as it is.
    """
    model, rng = _dense(seed), np.random.default_rng(seed)
    images = datasets.mnist("train")
    first = Images(images.pixels[:CURVATURE_IMAGES], images.labels[:CURVATURE_IMAGES])
    weight = pipeline.weights_of(model, ["ip1"])["ip1"]
    increase = {
        "magnitude": weight**2,
        "curvature": weight**2 * mean_squared_gradient(model, "ip1", first),
        "random": rng.random(weight.shape),
    }
    masks = {
        name: [pruning.magnitude_mask(array, density) for density in CRITERIA_DENSITIES]
        for name, array in increase.items()
    }
    one = [pruning.global_masks(_scaled(model, factor), SCALED_DENSITY) for factor in SCALES]
    each = {
        name: pruning.magnitude_mask(array, SCALED_DENSITY)
        for name, array in pipeline.weights_of(model, list(PAPER)).items()
    }
    return {
        "dense": held_out_error(model),
        "criteria": {name: [held_out_error(_with(model, {"ip1": mask})) for mask in masks[name]] for name in CRITERIA},
        "one threshold": [held_out_error(_with(model, some)) for some in one],
        "each layer": held_out_error(_with(model, each)),
    }


def chosen(way: str, density: float, seed: int = 0) -> float:
    """Error after one-shot pruning of the shipped network and three epochs on 15,000 images.

    The weights that stay are those above one threshold for the whole network, the largest of each layer, or sampled at
    random: as many of each layer as one threshold keeps.

    Raises
    ------
    ValueError : another way.
    """
    if way not in CHOICES:
        raise ValueError(f"way must be one of {', '.join(CHOICES)}, got {way!r}")
    model, rng = trained(), np.random.default_rng(seed)
    weights = pipeline.weights_of(model, list(PAPER))
    masks = pruning.global_masks(weights, density)
    if way == "each layer":
        masks = {name: pruning.magnitude_mask(array, density) for name, array in weights.items()}
    elif way == "random":
        masks = {name: random_mask(mask, float(mask.mean()), rng) for name, mask in masks.items()}
    pruning.hold_masks(model, masks)
    training.fit(model, some_images(), training.Schedule(3, LR, shift=1, seed=seed))
    return held_out_error(model)


def plainly_trained(seed: int = 0) -> dict[str, float]:
    """Errors of a network trained for six epochs; pruned to the paper's densities over six more; trained six more."""
    images, model = some_images(), _dense(seed)
    pruned, longer = copy.deepcopy(model), copy.deepcopy(model)
    layers = {name: Layer(density=density) for name, density in PAPER.items()}
    pipeline.prune(pruned, Recipe(layers, prune_epochs=6, seed=seed), images)
    training.fit(longer, images, training.Schedule(epochs=6, seed=seed))
    return {"dense": held_out_error(model), "pruned": held_out_error(pruned), "dense, longer": held_out_error(longer)}


CURVES = CurveFile(
    "lesson_02",
    "error after pruning, five seeds each: criteria, scales of the layers, a control, what is kept, schedules",
    (
        *(Point(unretrained, {"seed": seed}, 7) for seed in SEEDS),
        *(Point(plainly_trained, {"seed": seed}, 10) for seed in SEEDS),
        *(
            Point(chosen, {"way": way, "density": density, "seed": seed}, 2)
            for way in CHOICES
            for density in CHOICE_DENSITIES
            for seed in SEEDS
        ),
        *(
            Point(scheduled, {"way": way, "density": density, "seed": seed}, 4)
            for way in WAYS
            for density in SCHEDULE_DENSITIES
            for seed in SEEDS
        ),
    ),
    {
        "images": SOME,
        "learning rate": LR,
        "criteria densities": CRITERIA_DENSITIES,
        "curvature images": CURVATURE_IMAGES,
        "scales": SCALES,
        "scaled density": SCALED_DENSITY,
    },
    ("lenet-300-100.safetensors",),
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last, a run for each of SEEDS.

    "schedules", "choices", "criteria": name -> densities x runs; "scales": "one threshold" -> SCALES x runs, "each
    layer" -> runs; "control": name -> runs.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    networks_of = [found(unretrained, seed=seed) for seed in SEEDS]
    controls = [found(plainly_trained, seed=seed) for seed in SEEDS]
    return {
        "schedules": {
            way: [
                [found(scheduled, way=way, density=share, seed=seed) for seed in SEEDS] for share in SCHEDULE_DENSITIES
            ]
            for way in WAYS
        },
        "choices": {
            way: [[found(chosen, way=way, density=share, seed=seed) for seed in SEEDS] for share in CHOICE_DENSITIES]
            for way in CHOICES
        },
        "criteria": {name: _by_point([run["criteria"][name] for run in networks_of]) for name in CRITERIA},
        "scales": {
            "one threshold": _by_point([run["one threshold"] for run in networks_of]),
            "each layer": [run["each layer"] for run in networks_of],
        },
        "control": {name: [run[name] for run in controls] for name in ("dense", "pruned", "dense, longer")},
    }


def _by_point(runs: list[list[float]]) -> list[list[float]]:
    """Runs x points as points x runs."""
    return [list(point) for point in zip(*runs, strict=True)]
