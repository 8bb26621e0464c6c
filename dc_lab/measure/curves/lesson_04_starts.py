"""What lesson 04's starts leave above the least inertia, what their codes cost, and what a network loses by them.

`above` takes any weights. `inertias` are those of the shipped layers. `errors` are of both networks, pruned with
five seeds, after sharing and after training of the codebooks, in percent of the 5,000 held-out images, with the bytes
of their files. `dc-lab figures lesson_04_starts --show` prints what is stored, and draws `drawing`.
"""

import copy
import functools
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from dc_lab import archive, huffman, pipeline, sharing
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.networks import KINDS, LENET5, LENET300
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets
from dc_lab.networks.datasets import Images
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

TRAINED = ("linear", "cube root", "optimal")
"""Starts of which the errors are measured, each after as many steps as `share` takes."""

SETTINGS: dict[str, Any] = {"prune_epochs": 4, "share_epochs": 1, "share_lr": 2e-3, "half": False}
"""What differs from the recipe of the network; its densities stay."""

SECONDS = {LENET300: 5, LENET5: 40}
"""About how long the errors of one seed take at one number of bits, on an idle core."""

TRAINING_IMAGES = 11_000
"""Codebooks train on so many: with this learning rate, its sum over the steps is that of LeNet-300-100's recipe."""


def above(values: np.ndarray, bits: int) -> dict[str, Any]:
    """What k-means leaves above the least inertia of 2**bits centroids, and the bits that its codes take.

    Returns
    -------
    dict : for "optimum", "change" is the root mean square of the change of a value, in percent of the values' standard
        deviation. For each of `WAYS`, "above" is the inertia above the optimum's in percent, and "steps" those of
        Lloyd's algorithm. "bits" a code are counted after Huffman coding. Of the random start, means over the seeds.
    """
    best = sharing.optimal(values, 2**bits)

    def coded(codebook: np.ndarray) -> float:
        counts = np.bincount(sharing.encode(values.ravel(), codebook), minlength=len(codebook))
        return huffman.mean_length(counts, huffman.code_lengths(counts))

    def way(start: str, steps: int) -> dict[str, float]:
        seeds = SEEDS if start == "random" else SEEDS[:1]
        found = [sharing.kmeans(values, 2**bits, start, seed, steps) for seed in seeds]
        # As many centroids as values leave nothing above nothing.
        over = [100 * (one.inertia / best.inertia - 1) if best.inertia else 0.0 for one in found]
        return {
            "above": round(float(np.mean(over)), 4) + 0.0,
            "steps": float(np.mean([one.iterations for one in found])),
            "bits": round(float(np.mean([coded(one.codebook) for one in found])), 4),
        }

    change = 100 * (best.inertia / values.size) ** 0.5 / float(np.std(values, dtype=np.float64))
    optimum = {"change": round(change, 4), "bits": round(coded(best.codebook), 4)}
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
    """Error of the pruned network, and for each start after sharing and after training; then the bytes of the file."""
    before = pruned(net, seed)
    images = Images(*(part[:TRAINING_IMAGES] for part in datasets.mnist("train")))
    found: dict[str, Any] = {"pruned": round(networks.held_out_error(before), 3)}
    for start in TRAINED:
        model, plan = copy.deepcopy(before), recipe(net, bits, start, seed)
        pipeline.share(model, plan)
        shared = networks.held_out_error(model)
        pipeline.train_centroids(model, plan, images)
        size = len(archive.dumps(pipeline.state_arrays(model)))
        error = networks.held_out_error(model)
        found[start] = {"shared": round(shared, 3), "trained": round(error, 3), "bytes": size}
    return found


CURVES = CurveFile(
    "lesson_04_starts",
    "starts of k-means: inertia above the optimum, code bits, errors, five seeds",
    (
        *(
            Point(inertias, {"net": net, "kind": kind, "layer": layer, "bits": bits})
            for net in NETS
            for kind in KINDS
            for layer in LAYERS[net]
            for bits in BITS
        ),
        *(
            Point(errors, {"net": net, "bits": bits, "seed": seed}, SECONDS[net])
            for net in NETS
            for seed in SEEDS
            for bits in BITS
        ),
    ),
    {
        "seeds of the random start": SEEDS,
        "steps": {name: steps for name, (_, steps) in WAYS.items()},
        "training images": TRAINING_IMAGES,
        **SETTINGS,
    },
    networks.checkpoints(*NETS),
)


def drawing() -> dict[str, Any]:
    """By what factor the inertia lies above the least, as `figures.curve` takes it.

    A line a start, and in it a run each layer, dense or pruned.
    """
    found = CURVES.found()
    layers = [{"net": net, "kind": kind, "layer": layer} for net in NETS for kind in KINDS for layer in LAYERS[net]]
    lines = {}
    for way in WAYS:
        points = [[Point(inertias, {**layer, "bits": bits}) for layer in layers] for bits in BITS]
        lines[way] = (list(BITS), [[1 + found[point.key][way]["above"] / 100 for point in row] for row in points])
    title = "k-means by where it starts: inertia over the least there is, 14 layers"
    return {
        "series": lines, "xlabel": "bits", "ylabel": "inertia / optimum", "title": title, "log_y": True, "digits": 3,
    }  # fmt: skip


def tables() -> str:
    """What is stored, as text; of a file that is not complete, what there is."""
    found = CURVES.found()
    rows = []
    for point in CURVES.points:
        if point.function is inertias and point.key in found:
            measured = found[point.key]
            best = measured["optimum"]
            ways = [f"{way['above']:.2f} ({way['steps']:.0f}) {way['bits']:.2f}" for way in map(measured.get, WAYS)]
            layer = " ".join(str(value) for value in point.arguments.values())
            rows.append([layer, f"{best['change']:.3f} {best['bits']:.2f}", *ways])
    first = text_table(["layer, bits", "optimum", *WAYS], rows)

    rows, header = [], []
    for net in NETS:
        for bits in BITS:
            keys = [Point(errors, {"net": net, "bits": bits, "seed": seed}).key for seed in SEEDS]
            seeds = [found[key] for key in keys if key in found]
            if seeds:
                shown = {"seeds": str(len(seeds)), "pruned": f"{np.mean([seed['pruned'] for seed in seeds]):.2f}"}
                for what, digits in (("shared", 2), ("trained", 2), ("bytes", 0)):
                    for start in TRAINED:
                        values = [seed[start][what] for seed in seeds]
                        spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
                        shown[f"{what}, {start}"] = f"{np.mean(values):.{digits}f} ± {spread:.{digits}f}"
                header = ["net, bits", *shown]
                rows.append([f"{net} {bits}", *shown.values()])
    second = text_table(header, rows) if rows else "none measured yet"
    return (
        "Change at the optimum in % of the spread, bits a code; then inertia above the optimum's in %, (steps), bits\n"
        f"{first}\n\nHeld-out error in %, bytes of the file: mean and standard deviation over seeds\n{second}"
    )


def stored(net: str = LENET300, start: str = "cube root") -> dict[str, Any]:
    """Errors of the pruned networks as they were measured last: "pruned" (runs), "shared" and "trained" (bits x runs).

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    rows = [[found(errors, net=net, bits=bits, seed=seed) for seed in SEEDS] for bits in BITS]
    result: dict[str, Any] = {"pruned": [run["pruned"] for run in rows[0]]}
    for what in ("shared", "trained"):
        result[what] = [[run[start][what] for run in row] for row in rows]
    return result
