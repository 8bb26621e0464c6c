"""Bytes that a network has without needing them: neurons that died, and biases with more values than they need."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from dc_lab import sharing

LAYERS = ("ip1", "ip2", "ip3")
"""Of LeNet-300-100, from the pixels on."""


def shared_biases(arrays: Mapping[str, np.ndarray], values: int = 8) -> dict[str, np.ndarray]:
    """The network with each bias replaced by the nearest of `values` float16 values, which k-means chooses a layer."""
    out = dict(arrays)
    for name, array in arrays.items():
        if array.ndim == 1:
            few = sharing.kmeans(array, values).codebook.astype(np.float16).astype(np.float32)
            out[name] = few[sharing.encode(array, few)]
    return out


def without_the_dead(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], int]:
    """(LeNet-300-100 with its dead neurons at zero, how many there were); it computes what it did before.

    A neuron is dead if it has no inputs, since it always gives the same then, or if nobody reads it. What one without
    inputs gives goes into the biases of the next layer.
    """
    out = {name: array.copy() for name, array in arrays.items()}
    gone = 0
    # A death can be the cause of the next one, before or behind it: once for each layer is enough.
    for here, after in list(pairwise(LAYERS)) * 2:
        weights, bias, reading = out[f"{here}.weight"], out[f"{here}.bias"], out[f"{after}.weight"]
        mute, unread = ~weights.any(axis=1), ~reading.any(axis=0)
        # Those that are zero already were counted.
        dead = (mute | unread) & ~(mute & unread & (bias == 0))
        constant = np.where(mute, np.maximum(bias, 0), 0)
        out[f"{after}.bias"] += reading[:, dead] @ constant[dead]
        weights[dead], bias[dead], reading[:, dead] = 0, 0, 0
        gone += int(dead.sum())
    return out, gone
