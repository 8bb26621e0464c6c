"""What lesson 04's starts leave above the least inertia, and whether that shows in the error of a network.

`above` takes any weights. `inertias` are those of the shipped layers. `errors` are of networks pruned with five seeds,
after sharing and after training of the codebooks, in percent of the 5,000 held-out images.
`print(tables())` shows what is stored.
"""

import copy
import functools
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from dc_lab import pipeline, sharing
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.networks import KINDS, LENET5, LENET300
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets
from dc_lab.pipeline import Layer, Recipe
from dc_lab.support.tables import text_table

NETS = (LENET300, LENET5)
LAYERS = {LENET300: ("ip1", "ip2", "ip3"), LENET5: ("conv1", "conv2", "ip1", "ip2")}
BITS = range(1, 9)
SEEDS = (0, 1, 2, 3, 4)
"""Of the order of the training images, while pruning and while codebooks train; and of the random start."""

SHORT = "linear, 300 steps"
"""The linear start stopped after 300 steps, as `share` does; all others run until they have settled."""

WAYS = {SHORT: ("linear", sharing.STEPS), **{start: (start, sharing.MOST_STEPS) for start in sharing.ALL_STARTS}}
"""Name -> start and most steps."""

TRAINED = ("linear", "density", "cube root", "optimal")
"""Starts of which the errors are measured, each after as many steps as `share` takes."""

SETTINGS: dict[str, Any] = {"prune_epochs": 8, "share_epochs": 1, "share_lr": 1e-3, "half": False}
"""What differs from the recipe of the network; its densities stay."""


def above(values: np.ndarray, bits: int) -> dict[str, Any]:
    """What k-means leaves above the least inertia of 2**bits centroids.

    Returns
    -------
    dict : "optimum", the root mean square of the change of a value at the optimum, in percent of the values' standard
        deviation; and for each of `WAYS` the inertia above the optimum's in percent, and the steps. Of the random
        start, means over the seeds.
    """
    least = sharing.optimal(values, 2**bits).inertia

    def way(start: str, steps: int) -> dict[str, float]:
        found = [
            sharing.kmeans(values, 2**bits, start, seed, steps) for seed in (SEEDS if start == "random" else SEEDS[:1])
        ]
        # More centroids than values leave nothing above nothing.
        over = [100 * (one.inertia / least - 1) if least else 0.0 for one in found]
        return {
            "above": round(float(np.mean(over)), 4) + 0.0,
            "steps": float(np.mean([one.iterations for one in found])),
        }

    spread = float(np.std(values, dtype=np.float64))
    optimum = round(100 * (least / values.size) ** 0.5 / spread, 4)
    return {"optimum": optimum, **{name: way(start, steps) for name, (start, steps) in WAYS.items()}}


def inertias(net: str, kind: str, layer: str, bits: int) -> dict[str, Any]:
    """`above` of a layer of a shipped network, "dense" or "pruned"; of its weights that are not 0."""
    weights = networks.arrays(net, kind)[f"{layer}.weight"]
    return above(weights[weights != 0], bits)


def recipe(net: str, bits: int, start: str, seed: int) -> Recipe:
    """The network's own, with these bits for each layer, and shorter."""
    own = pipeline.default_recipe(net)
    layers = {name: Layer(layer.density, bits) for name, layer in own.layers.items()}
    return replace(own, layers=layers, start=start, seed=seed, **SETTINGS)


@functools.cache
def pruned(net: str, seed: int) -> nn.Module:
    """The shipped network, pruned and retrained with this seed."""
    model = networks.model_of(net, networks.arrays(net))
    pipeline.prune(model, recipe(net, BITS[0], "linear", seed), datasets.mnist("train"))
    return model


def errors(net: str, bits: int, seed: int) -> dict[str, Any]:
    """Error of the pruned network, and for each start after sharing and after an epoch of training the codebooks."""
    before = pruned(net, seed)
    found: dict[str, Any] = {"pruned": round(networks.held_out_error(before), 3)}
    for start in TRAINED:
        model, plan = copy.deepcopy(before), recipe(net, bits, start, seed)
        pipeline.share(model, plan)
        shared = networks.held_out_error(model)
        pipeline.train_centroids(model, plan, datasets.mnist("train"))
        found[start] = {"shared": round(shared, 3), "trained": round(networks.held_out_error(model), 3)}
    return found


CURVES = CurveFile(
    "lesson_04_starts",
    "starts of k-means: inertia above the optimum, and errors, five seeds",
    (
        *(
            Point(inertias, {"net": net, "kind": kind, "layer": layer, "bits": bits})
            for net in NETS
            for kind in KINDS
            for layer in LAYERS[net]
            for bits in BITS
        ),
        *(
            Point(errors, {"net": net, "bits": bits, "seed": seed}, seconds)
            for net, seconds in ((LENET300, 8), (LENET5, 20))
            for seed in SEEDS
            for bits in BITS
        ),
    ),
    {"seeds of the random start": SEEDS, "steps": {name: steps for name, (_, steps) in WAYS.items()}, **SETTINGS},
    networks.checkpoints(*NETS),
)


def tables() -> str:
    """What is stored, as text; of a file that is not complete, what there is."""
    found = CURVES.found()
    parts = []
    for point in CURVES.points:
        if point.function is inertias and point.key in found:
            values = found[point.key]
            layer = " ".join(str(point.arguments[name]) for name in ("net", "kind", "layer", "bits"))
            ways = [f"{values[name]['above']:.2f} ({values[name]['steps']:.0f})" for name in WAYS]
            parts.append([layer, f"{values['optimum']:.3f}", *ways])
    first = text_table(["layer, bits", "optimum", *WAYS], parts)
    rows = []
    for net in NETS:
        for bits in BITS:
            keys = [Point(errors, {"net": net, "bits": bits, "seed": seed}).key for seed in SEEDS]
            seen = [found[key] for key in keys if key in found]
            if not seen:
                continue
            row = [f"{net} {bits}", len(seen), f"{np.mean([one['pruned'] for one in seen]):.2f}"]
            for when in ("shared", "trained"):
                for start in TRAINED:
                    values = [one[start][when] for one in seen]
                    row.append(f"{np.mean(values):.2f} ± {np.std(values, ddof=min(1, len(values) - 1)):.2f}")
            rows.append(row)
    second = text_table(
        ["net, bits", "seeds", "pruned", *(f"{when}, {start}" for when in ("shared", "trained") for start in TRAINED)],
        rows,
    )
    return (
        "Root mean square change at the optimum, % of the spread; inertia above the optimum's in % (steps)\n"
        f"{first}\n\nHeld-out error in %: mean ± standard deviation over seeds\n{second}"
    )
