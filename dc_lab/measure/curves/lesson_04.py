"""The curves of lesson 04 (weight sharing): errors by bits, start, and number of codebooks, and after their training.

Errors are percent of the 5,000 held-out images wrong. Each point can be measured again: `share_layers`, `start_error`
and `trained` take any weights, the functions below them the shipped ones.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from dc_lab import pipeline, sharing
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.networks import KINDS, LENET5, LENET300, model_of
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, training

Arrays = Mapping[str, np.ndarray]

NETS = (LENET300, LENET5)
START_BITS = range(2, 9)
BITS = range(1, 7)
MORE_BITS = range(1, 9)
"""Lesson 08 shows two more, in figure 7."""
STEPS = (0, 1, 300)
"""Lloyd steps after the start; 300 is to the end."""
SEEDS = (0, 1, 2)
"""Draws of the random start."""
LEARNING_RATE = 1e-3


def network(net: str, pruned: bool) -> dict[str, np.ndarray]:
    """A shipped network: as it was trained, or pruned and retrained."""
    return networks.arrays(net, KINDS[pruned])


def held_out_error(net: str, arrays: Arrays) -> float:
    """Percent of the held-out images that the network with these weights gets wrong."""
    return networks.held_out_error(model_of(net, arrays))


def _kept(array: np.ndarray) -> np.ndarray:
    return array[array != 0]


def snap(array: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """Each weight that is not 0 replaced by its nearest centroid; zeros stay."""
    book = np.unique(codebook.astype(array.dtype))
    shared = np.zeros_like(array)
    shared[array != 0] = book[sharing.encode(_kept(array), book)]
    return shared


def share_layers(
    arrays: Arrays, bits: int, start: str = "linear", seed: int = 0, steps: int = 300
) -> dict[str, np.ndarray]:
    """The same with a codebook of 2**bits for each weight matrix, after `steps` Lloyd steps; biases stay."""
    shared = dict(arrays)
    for name, array in arrays.items():
        if array.ndim > 1:
            book = sharing.initial_centroids(_kept(array), 2**bits, start, seed)
            if steps:
                book = sharing.kmeans(_kept(array), 2**bits, start, seed, max_iterations=steps).codebook
            shared[name] = snap(array, book)
    return shared


def share_together(arrays: Arrays, bits: int) -> dict[str, np.ndarray]:
    """The same with one codebook of 2**bits for all weight matrices together."""
    kept = np.concatenate([_kept(array) for array in arrays.values() if array.ndim > 1])
    book = sharing.kmeans(kept, 2**bits, max_iterations=STEPS[-1]).codebook
    return {name: snap(array, book) if array.ndim > 1 else array for name, array in arrays.items()}


def start_error(arrays: Arrays, bits: int, start: str, steps: int) -> float:
    """Error of LeNet-300-100 with codebooks from this start; of the random start, the mean of three draws."""
    seeds = SEEDS if start == "random" else SEEDS[:1]
    errors = [held_out_error(LENET300, share_layers(arrays, bits, start, seed, steps)) for seed in seeds]
    return float(np.mean(errors))


def trained(arrays: Arrays, epochs: int = 1, label: str | None = None) -> nn.Module:
    """LeNet-300-100 with these shared weights, its codebooks (and biases) trained for some epochs."""
    model = model_of(LENET300, arrays)
    layers = pipeline.layer_names(model)
    sharing.train_codebooks(model, layers)
    training.fit(model, datasets.mnist("train"), training.Schedule(epochs, LEARNING_RATE, seed=1), label=label)
    sharing.fix_codebooks(model)
    return model


STARTED = (*(("dense", steps) for steps in STEPS), ("pruned", STEPS[-1]))
"""Networks and Lloyd steps for which starts are compared."""


def started(kind: str, steps: int, start: str, bits: int) -> float:
    """`start_error` of the shipped LeNet-300-100, "dense" or "pruned"."""
    return round(start_error(networks.arrays(LENET300, kind), bits, start, steps), 3)


def plain(net: str, kind: str) -> float:
    """Error of a shipped network as it is."""
    return round(held_out_error(net, networks.arrays(net, kind)), 3)


def codebooks(net: str, kind: str, bits: int) -> dict[str, float]:
    """Errors of a shipped network with a codebook for each layer, and with one for all of them."""
    arrays = networks.arrays(net, kind)
    return {
        "one each": round(held_out_error(net, share_layers(arrays, bits)), 3),
        "one for all": round(held_out_error(net, share_together(arrays, bits)), 3),
    }


def trained_error(kind: str, bits: int) -> float:
    """Error of the shipped LeNet-300-100, a codebook for each layer, after an epoch of training the codebooks."""
    return round(networks.held_out_error(trained(share_layers(networks.arrays(LENET300, kind), bits))), 3)


CURVES = CurveFile(
    "lesson_04",
    "error against bits: starts, codebooks and their training",
    (
        *(
            Point(started, {"kind": kind, "steps": steps, "start": start, "bits": bits}, 0.5)
            for kind, steps in STARTED
            for start in sharing.STARTS
            for bits in START_BITS
        ),
        *(Point(plain, {"net": net, "kind": kind}) for net in NETS for kind in KINDS),
        *(
            Point(codebooks, {"net": net, "kind": kind, "bits": bits}, 2)
            for net in NETS
            for kind in KINDS
            for bits in MORE_BITS
        ),
        *(Point(trained_error, {"kind": kind, "bits": bits}, 3) for kind in KINDS for bits in MORE_BITS),
    ),
    {"seeds of the random start": SEEDS, "learning rate": LEARNING_RATE},
    networks.checkpoints(*NETS),
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last: "starts", "plain", "codebooks", "trained", by "start_bits" and "bits".

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()

    def of_codebooks(net: str, kind: str) -> dict[str, list[float]]:
        both = [found(codebooks, net=net, kind=kind, bits=bits) for bits in BITS]
        return {name: [errors[name] for errors in both] for name in ("one each", "one for all")}

    return {
        "start_bits": list(START_BITS),
        "bits": list(BITS),
        "starts": {
            f"{kind}, {steps} steps": {
                start: [found(started, kind=kind, steps=steps, start=start, bits=bits) for bits in START_BITS]
                for start in sharing.STARTS
            }
            for kind, steps in STARTED
        },
        "plain": {f"{net}, {kind}": found(plain, net=net, kind=kind) for net in NETS for kind in KINDS},
        "codebooks": {f"{net}, {kind}": of_codebooks(net, kind) for net in NETS for kind in KINDS},
        "trained": {kind: [found(trained_error, kind=kind, bits=bits) for bits in BITS] for kind in KINDS},
    }
