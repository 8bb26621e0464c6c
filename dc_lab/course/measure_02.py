"""The curves of lesson 02 that take more training than a notebook has time for.

python -m dc_lab.course.measure_02                  measure all and write data/figures/lesson_02.json: 5 minutes
python -m dc_lab.course.measure_02 --workers 2      the same numbers in two processes

Errors are percent of the 5,000 held-out images wrong. Each point can be measured again on its own: call the function
with the same arguments. Training is on one thread with fixed seeds, so that a machine gives the same number each time;
another one may round sums otherwise, and be off by some images.
"""

import argparse
import copy
import functools
import json
import math
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from dc_lab import datasets, files, models, pipeline, pruning, training
from dc_lab.course import ledger
from dc_lab.datasets import Images
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


def path() -> Path:
    """Where the numbers are kept."""
    return datasets.data_dir() / "figures" / "lesson_02.json"


def stored() -> dict[str, Any]:
    """The numbers as they were measured last: "retraining", "plainly trained", "schedules", "penalties"."""
    return json.loads(path().read_text(encoding="utf-8"))


def trained() -> nn.Module:
    """The shipped LeNet-300-100, dense."""
    model = models.build(ledger.NET)
    pipeline.load_arrays(model, ledger.trained())
    return model


def some_images() -> Images:
    """The first 15,000 training images."""
    images = datasets.mnist("train")
    return Images(images.pixels[:SOME], images.labels[:SOME])


def held_out_error(model: nn.Module) -> float:
    """Percent of the held-out images wrong."""
    return training.error_percent(model, datasets.mnist("held_out"))


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
    model = models.build(ledger.NET)
    training.fit(model, images, epochs=4)
    pruned, longer = copy.deepcopy(model), copy.deepcopy(model)
    layers = {name: Layer(density=density) for name, density in PAPER.items()}
    pipeline.prune(pruned, Recipe(layers, prune_epochs=6), images)
    training.fit(longer, images, epochs=6)
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
    steps = epochs * -(-len(images.labels) // 128)
    training.fit(model, images, epochs=epochs, lr=LR, seed=seed, before_step=_shrinking(model, name, steps))


def penalised(name: str, seed: int = 0) -> dict[str, Any]:
    """Errors of a network trained for ten epochs under a penalty: dense, pruned, and after three epochs of retraining.

    Weights are pruned by magnitude in one shot, and retrained under the same penalty.
    """
    model = models.build(ledger.NET, seed)
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


def measure(executor: Executor | None = None) -> dict[str, Any]:
    """All curves. Any `concurrent.futures.Executor` shares out the points; the numbers are the same without."""
    points: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [(retrained, (epochs,)) for epochs in EPOCHS]
    points.append((plainly_trained, ()))
    points += [(penalised, (name, seed)) for name in PENALTIES for seed in SEEDS]
    points += [(scheduled, (way, density, seed)) for way in WAYS for density in SCHEDULE_DENSITIES for seed in SEEDS]
    points.reverse()
    if executor is None:
        calls: list[Callable[[], Any]] = [functools.partial(function, *arguments) for function, arguments in points]
    else:
        calls = [executor.submit(function, *arguments).result for function, arguments in points]
    found: dict[tuple[Any, ...], Any] = {}
    for (function, arguments), call in zip(points, tqdm(calls, "lesson 02", unit="point"), strict=True):
        found[(function.__name__, *arguments)] = call()
    return {
        "retraining": {"epochs": list(EPOCHS), "error": [found["retrained", epochs] for epochs in EPOCHS]},
        "plainly trained": found[("plainly_trained",)],
        "schedules": {
            "densities": list(SCHEDULE_DENSITIES),
            **{
                way: [[found["scheduled", way, density, seed] for seed in SEEDS] for density in SCHEDULE_DENSITIES]
                for way in WAYS
            },
        },
        "penalties": {
            "densities": list(PENALTY_DENSITIES),
            **{name: [found["penalised", name, seed] for seed in SEEDS] for name in PENALTIES},
        },
    }


def main() -> None:
    """Measure all and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")
    workers = parser.parse_args().workers
    if workers > 1:
        with ProcessPoolExecutor(workers) as executor:
            numbers = measure(executor)
    else:
        numbers = measure()
    files.write(path(), (json.dumps(numbers, indent=1) + "\n").encode())
    print(f"wrote {path().name}")


if __name__ == "__main__":
    main()
