"""The curves of lesson 05 (quantized tensors): errors of five networks whose weights are quantized in several ways.

Nothing is trained after quantizing. Biases stay float32. Training is on one thread with fixed seeds.
"""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
from torch import nn

from dc_lab import pipeline, quantized, sharing
from dc_lab.measure.curves import networks
from dc_lab.measure.curves.lesson_02 import some_images
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import models, training

SEEDS = (0, 1, 2, 3, 4)
BITS = (2, 3, 4, 5, 6)
WAYS = ("per tensor", "per channel", "groups, even", "groups, normal", "k-means")
SIZE = 64
"""Weights in a group."""

TRAIN_EPOCHS = 6

OFFSET = 0.9677083
"""The outermost quantile of NF4: 1 - (1/32 + 1/30) / 2 to seven digits, as in QLoRA's code."""


def even_levels(bits: int) -> np.ndarray:
    """Levels at equal distances from -1 to 1, 0 among them: float64 (2**bits - 1,)."""
    most = 2 ** (bits - 1) - 1
    return np.arange(-most, most + 1) / most


def normal_levels(bits: int) -> np.ndarray:
    """Levels at quantiles of a normal distribution, divided by the largest: float64 (2**bits,), one of them 0.

    In 4 bits these are the values of NF4 (Dettmers and others, "QLoRA", 2023, appendix E).
    """
    quantile, half = NormalDist().inv_cdf, 2 ** (bits - 1)
    above = [quantile(share) for share in np.linspace(OFFSET, 0.5, half + 1)[:-1]]
    below = [-quantile(share) for share in np.linspace(OFFSET, 0.5, half)[:-1]]
    return np.sort([*below, 0.0, *above]) / max(above)


def grouped(weights: np.ndarray, levels: np.ndarray, size: int = SIZE) -> tuple[np.ndarray, int]:
    """Weights (rows, columns) as levels times the largest magnitude of their group along the row; float32.

    Returns
    -------
    The weights again, and how many scales they have.
    """
    again, scales = np.empty_like(weights), 0
    between = (levels[:-1] + levels[1:]) / 2
    for start in range(0, weights.shape[1], size):
        group = weights[:, start : start + size]
        largest = np.abs(group).max(axis=1, keepdims=True)
        largest = np.where(largest > 0, largest, 1).astype(np.float32)
        again[:, start : start + size] = levels[np.searchsorted(between, group / largest)] * largest
        scales += largest.size
    return again, scales


def quantize(weights: np.ndarray, way: str, bits: int) -> tuple[np.ndarray, float]:
    """A float32 matrix in one of WAYS and back, and the bits a weight: scales or codebook of float32 included.

    Raises
    ------
    ValueError : another way.
    """
    floats = 1
    if way == "per tensor":
        qparams = quantized.minmax_qparams(weights.min(), weights.max(), np.int8, bits, symmetric=True)
        again = quantized.quantize_per_tensor(weights, *qparams, np.int8, bits).dequantize()  # type: ignore[arg-type]
    elif way == "per channel":
        qparams = quantized.minmax_qparams(weights.min(axis=1), weights.max(axis=1), np.int8, bits, symmetric=True)
        scales, zeros = (np.asarray(part) for part in qparams)
        again = quantized.quantize_per_channel(weights, scales, zeros, 0, np.int8, bits).dequantize()
        floats = len(weights)
    elif way in ("groups, even", "groups, normal"):
        again, floats = grouped(weights, even_levels(bits) if way == "groups, even" else normal_levels(bits))
    elif way == "k-means":
        codebook = sharing.kmeans(weights, 2**bits, "cube root").codebook.astype(np.float32)
        again, floats = codebook[sharing.encode(weights, codebook)], len(codebook)
    else:
        raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}")
    return again, bits + 32 * floats / weights.size


def network(seed: int) -> nn.Module:
    """LeNet-300-100 trained from a seed for six epochs on 15,000 images."""
    model = models.build(networks.LENET300, seed)
    training.fit(model, some_images(), training.Schedule(epochs=TRAIN_EPOCHS, seed=seed))
    return model


def errors(seed: int = 0) -> dict[str, Any]:
    """Held-out error in percent of the network of a seed: "float32", and for each way a number for each of BITS."""
    model = network(seed)
    arrays = pipeline.state_arrays(model)
    return {"float32": networks.held_out_error(model)} | {
        way: [_error(arrays, way, bits) for bits in BITS] for way in WAYS
    }


def _error(arrays: Mapping[str, np.ndarray], way: str, bits: int) -> float:
    changed = {name: quantize(array, way, bits)[0] if array.ndim == 2 else array for name, array in arrays.items()}
    return networks.held_out_error(networks.model_of(networks.LENET300, changed))


CURVES = CurveFile(
    "lesson_05",
    "held-out error of five networks with quantized weights, by way and bits, in percent",
    tuple(Point(errors, {"seed": seed}, 20) for seed in SEEDS),
    {"bits": BITS, "size of a group": SIZE, "training epochs": TRAIN_EPOCHS},
)


def stored() -> dict[str, np.ndarray]:
    """The errors as they were measured last: "float32" (seeds,), and way -> (bits, seeds).

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    runs = [found(errors, seed=seed) for seed in SEEDS]
    return {name: np.array([run[name] for run in runs]).T for name in ("float32", *WAYS)}
