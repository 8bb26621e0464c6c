"""What the questions take from the files that come with the course."""

import functools

import numpy as np

from dc_lab import archive
from dc_lab.measure.curves import networks
from dc_lab.networks import datasets, models

NETS = {"lenet-300-100": "LeNet-300-100", "lenet-5": "LeNet-5"}
"""Both networks, and how they are written."""

SHIPPED = {
    "lenet-300-100-pruned.dcz": "lenet-300-100",
    "lenet-300-100.dcz": "lenet-300-100",
    "lenet-5-pruned.dcz": "lenet-5",
    "lenet-5.dcz": "lenet-5",
}
"""Files in data/checkpoints, and whose they are."""


@functools.cache
def pruned(net: str) -> dict[str, np.ndarray]:
    """The pruned network, its matrices and convolutions."""
    return {name: array for name, array in networks.arrays(net, "pruned").items() if name.endswith("weight")}


@functools.cache
def shared(net: str) -> dict[str, np.ndarray]:
    """The finished network, its matrices and convolutions."""
    found = archive.load(datasets.checkpoint(f"{net}.dcz"))
    return {name: array for name, array in found.items() if name.endswith("weight")}


@functools.cache
def dense(net: str) -> dict[str, np.ndarray]:
    """The trained network, its matrices and convolutions."""
    return {name: array for name, array in networks.arrays(net).items() if name.endswith("weight")}


@functools.cache
def parameters(net: str) -> int:
    """How many numbers a network has, biases included."""
    return sum(int(np.prod(shape)) for shape in models.shapes(net).values())


def size(name: str) -> int:
    """Bytes of a file in data/checkpoints."""
    return datasets.checkpoint(name).stat().st_size


def a_layer(rng: np.random.Generator, arrays: dict[str, dict[str, np.ndarray]]) -> tuple[str, str, np.ndarray]:
    """One of the layers: (network, layer without ".weight", weights)."""
    choices = [(net, name) for net, of in arrays.items() for name in of]
    net, name = choices[int(rng.integers(len(choices)))]
    return net, name.removesuffix(".weight"), arrays[net][name]


def both(what: str) -> dict[str, dict[str, np.ndarray]]:
    """Both networks, "dense", "pruned" or "shared"."""
    make = {"dense": dense, "pruned": pruned, "shared": shared}[what]
    return {net: make(net) for net in NETS}
