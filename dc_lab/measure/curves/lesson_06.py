"""The curves of lesson 06: weights of few bits, with and without training, five seeds each.

Errors are percent of the 5,000 held-out images wrong. Weights are rounded, inputs are not. A network is trained for
each seed; everything else of that seed starts from it.
"""

import copy
import functools
from typing import Any

import numpy as np
from torch import nn
from torch.nn.utils import parametrize

from dc_lab import archive
from dc_lab.integers.aware import Rounded, layers_of, quantize_weight
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.networks import held_out_error
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, models, training

SEEDS = (0, 1, 2, 3, 4)
BITS = (3, 2)
CHANNEL = "per channel"
WAYS = (
    "per tensor",
    "per tensor, straight-through",
    CHANNEL,
    "per channel, after float passes",
    "per channel, straight-through",
)
PASSES = 6
"""Over all 55,000 images, for the network of a seed."""

MORE = 2
"""Passes of what trains on: as floats, or with rounded weights."""

LR = 5e-4


@functools.lru_cache(maxsize=1)
def _dense(seed: int) -> nn.Module:
    """A network of its own for each seed."""
    model = models.build(networks.LENET300, seed)
    training.fit(model, datasets.mnist("train"), training.Schedule(epochs=PASSES, seed=seed))
    return model


def _trained_on(model: nn.Module, seed: int) -> nn.Module:
    """A copy that has trained for two more passes."""
    other = copy.deepcopy(model)
    training.fit(other, datasets.mnist("train"), training.Schedule(epochs=MORE, lr=LR, seed=100 + seed))
    return other


def _aware(model: nn.Module, bits: int, per_channel: bool, seed: int) -> nn.Module:
    """A copy that has trained for two more passes with rounded weights, straight-through."""
    other = copy.deepcopy(model)
    for layer in layers_of(other, (nn.Linear,)).values():
        parametrize.register_parametrization(layer, "weight", Rounded(bits, per_channel))
    return _trained_on(other, seed)


def _integers(model: nn.Module, bits: int, per_channel: bool) -> dict[str, Any]:
    """Weights as integers with their scales, biases as float32: what is stored of the network."""
    stored: dict[str, Any] = {}
    for name, array in weights_and_biases(model).items():
        stored[name] = quantize_weight(array, bits, per_channel) if array.ndim == 2 else array
    return stored


def weights_and_biases(model: nn.Module) -> dict[str, np.ndarray]:
    """Real weights and biases by name; of a layer that rounds, the weights before rounding."""
    found = {}
    for name, layer in layers_of(model, (nn.Linear,)).items():
        weight = layer.parametrizations.weight.original if parametrize.is_parametrized(layer) else layer.weight
        found[f"{name}.weight"] = weight.detach().numpy().copy()
        found[f"{name}.bias"] = layer.bias.detach().numpy().copy()
    return found


def _measured(stored: dict[str, Any]) -> list[float]:
    """[error, bytes of the Huffman-coded file] of a network of integers."""
    values = {name: value if isinstance(value, np.ndarray) else value.dequantize() for name, value in stored.items()}
    error = held_out_error(networks.model_of(networks.LENET300, values))
    return [error, float(len(archive.dumps(stored)))]


def rounded(seed: int = 0) -> dict[str, Any]:
    """The network of a seed: error as floats ("dense", "dense, longer"), and [error, bytes] by way and bits."""
    model = _dense(seed)
    longer = _trained_on(model, seed)
    found: dict[str, Any] = {"dense": held_out_error(model), "dense, longer": held_out_error(longer)}
    for bits in BITS:
        networks_of = (model, _aware(model, bits, False, seed), model, longer, _aware(model, bits, True, seed))
        found[str(bits)] = {
            way: _measured(_integers(network, bits, per_channel=way.startswith(CHANNEL)))
            for way, network in zip(WAYS, networks_of, strict=True)
        }
    return found


CURVES = CurveFile(
    "lesson_06",
    "error and bytes with weights of 3 and 2 bits, five seeds: per tensor, per channel, trained further, trained "
    "with rounded weights",
    tuple(Point(rounded, {"seed": seed}, 60) for seed in SEEDS),
    {"passes": PASSES, "more passes": MORE, "learning rate": LR, "bits": BITS},
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last, a run for each of SEEDS.

    "dense", "dense, longer": runs; "errors", "bytes": way -> BITS x runs.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    runs = [found(rounded, seed=seed) for seed in SEEDS]
    return {
        "dense": [run["dense"] for run in runs],
        "dense, longer": [run["dense, longer"] for run in runs],
        "errors": {way: [[run[str(bits)][way][0] for run in runs] for bits in BITS] for way in WAYS},
        "bytes": {way: [[run[str(bits)][way][1] for run in runs] for bits in BITS] for way in WAYS},
    }
