"""The curves of lesson 09 (speed): whole neurons removed beside single weights removed, at equal error.

Both ways start from the shipped network and prune it at once: the neurons (and filters) of the largest scores stay, the
same share in each hidden layer; or the weights above one threshold for all layers. A rival keeps neurons sampled at
random. Then the network is trained on, and all ways train alike. Every point is measured for some seeds, which decide
the order of the images. Errors are percent wrong of two halves of the 5,000 held-out images: the first half chooses how
far to go (`CHOSEN`), the second half is reported.
"""

import itertools
from typing import Any

import numpy as np
from torch import nn

from dc_lab import archive, pruning
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, training
from dc_lab.networks.datasets import Images

SEEDS = (0, 1, 2, 3, 4)
WAYS = ("neurons", "random neurons", "weights")
CHAINS = {networks.LENET300: ("ip1", "ip2", "ip3"), networks.LENET5: ("conv1", "conv2", "ip1", "ip2")}
"""The layers in order; the neurons of the last one are the digits and stay."""
SHARES = {
    (networks.LENET300, "neurons"): (0.4, 0.3, 0.2),
    (networks.LENET300, "random neurons"): (0.3,),
    (networks.LENET300, "weights"): (0.14, 0.1),
    (networks.LENET5, "neurons"): (0.4, 0.3),
    (networks.LENET5, "random neurons"): (0.3,),
    (networks.LENET5, "weights"): (0.08, 0.05),
}
"""What share of the neurons or of the weights stays."""
EPOCHS = {networks.LENET300: 3, networks.LENET5: 2}
SOME = 15_000
"""Training images: all of them would take four times as long."""
LR = 1e-3
LIMIT = 2.1
"""Percent wrong of the first half that the mean of the seeds may reach."""
CHOSEN = {
    (networks.LENET300, "neurons"): 0.3,
    (networks.LENET300, "weights"): 0.1,
    (networks.LENET5, "neurons"): 0.3,
    (networks.LENET5, "weights"): 0.05,
}
"""The least of SHARES within LIMIT; a test holds it against the numbers."""


def best(scores: np.ndarray, share: float) -> np.ndarray:
    """Bool (neurons,): the `share` of the largest scores, one at least."""
    return pruning.magnitude_mask(scores, max(1, round(share * len(scores))) / len(scores))


def pruned(net: str, way: str, share: float, seed: int = 0) -> nn.Module:
    """The shipped network, pruned at once and not trained: neurons gone, or masks held on its weights.

    Raises
    ------
    ValueError : another way.
    """
    if way not in WAYS:
        raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}")
    arrays, chain = networks.arrays(net), CHAINS[net]
    weights = {name: arrays[f"{name}.weight"] for name in chain}
    model = networks.model_of(net, arrays)
    if way == "weights":
        pruning.hold_masks(model, pruning.global_masks(weights, share))
        return model
    scores = {name: pruning.neuron_scores(weights[name], weights[after]) for name, after in itertools.pairwise(chain)}
    if way == "random neurons":
        rng = np.random.default_rng(seed)
        scores = {name: rng.random(len(array)) for name, array in scores.items()}
    pruning.shrink(model, {name: best(array, share) for name, array in scores.items()})
    return model


def retrained(net: str, way: str, share: float, seed: int = 0) -> dict[str, Any]:
    """Pruned and trained on: errors of both halves of the held-out images, weights that are not 0, bytes of a file.

    The file is a `.dcz` with Huffman coding and all values as float32: pruning alone, nothing shared.
    """
    model, images = pruned(net, way, share, seed), datasets.mnist("train")
    images = Images(images.pixels[:SOME], images.labels[:SOME])
    training.fit(model, images, training.Schedule(EPOCHS[net], LR, shift=1, seed=seed))
    pruning.release_masks(model)
    held_out = datasets.mnist("held_out")
    wrong = training.predict(model, held_out.pixels) != held_out.labels
    half = len(wrong) // 2
    arrays = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    return {
        "first half": round(100 * float(wrong[:half].mean()), 4),
        "second half": round(100 * float(wrong[half:].mean()), 4),
        "weights": sum(int(np.count_nonzero(array)) for array in arrays.values() if array.ndim > 1),
        "bytes": len(archive.dumps(arrays, "huffman")),
    }


CURVES = CurveFile(
    "lesson_09_structured",
    "error, weights and bytes after neurons or single weights were removed, by seed",
    tuple(
        Point(retrained, {"net": net, "way": way, "share": share, "seed": seed}, 3 if net == networks.LENET300 else 6)
        for (net, way), shares in SHARES.items()
        for share in shares
        for seed in SEEDS
    ),
    {"images": SOME, "learning rate": LR, "epochs": EPOCHS},
    ("lenet-300-100.safetensors", "lenet-5.safetensors"),
)


def stored() -> dict[tuple[str, str], dict[float, list[dict[str, Any]]]]:
    """(network, way) -> share -> what `retrained` found, a run for each seed.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    return {
        (net, way): {
            share: [found(retrained, net=net, way=way, share=share, seed=seed) for seed in SEEDS] for share in shares
        }
        for (net, way), shares in SHARES.items()
    }


def within(runs: dict[float, list[dict[str, Any]]], limit: float = LIMIT) -> float:
    """The least share whose mean error on the first half is within the limit.

    Raises
    ------
    ValueError : none is.
    """
    return min(share for share, found in runs.items() if np.mean([run["first half"] for run in found]) <= limit)
