"""A network as arrays, and arrays as a network: names of layers, weights, whole state_dicts."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn


def layer_names(model: nn.Module) -> list[str]:
    """Names of the layers that can be compressed: Linear and Conv2d, in the model's order."""
    return [name for name, layer in model.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]


def weights_of(model: nn.Module, names: list[str]) -> dict[str, np.ndarray]:
    """Layer name -> copy of its weight as float32 array (masks and codebooks applied)."""
    layers = dict(model.named_modules())
    return {name: layers[name].weight.detach().numpy().copy() for name in names}


def float32_bytes(model: nn.Module) -> int:
    """Bytes of the model's parameters at four each: what every ratio is taken against."""
    return 4 * sum(parameter.numel() for parameter in model.parameters())


def state_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """The model's state_dict as NumPy arrays, what `archive.save` takes."""
    return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}


def load_arrays(model: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Put arrays into the model's state_dict.

    Raises
    ------
    ValueError : a tensor is missing, unexpected or of another shape; the message names it.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    missing, extra = expected.keys() - arrays.keys(), arrays.keys() - expected.keys()
    if missing or extra:
        parts = [f"{what} {', '.join(sorted(names))}" for what, names in (("lacks", missing), ("has", extra)) if names]
        raise ValueError(f"these weights are not those of {type(model).__name__}: it {' and '.join(parts)}")
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}, {type(model).__name__} expects {shape}")
    model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
