"""A network as arrays, and arrays as a network: names of layers, weights, whole state_dicts."""

from collections.abc import Mapping

import numpy as np
from torch import nn

from dc_lab.support import lookup
from dc_lab.support.tensors import to_tensor, values_of


def layer_names(model: nn.Module) -> list[str]:
    """Names of the layers that can be compressed: Linear and Conv2d, in the model's order."""
    return [name for name, layer in model.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]


def weights_of(model: nn.Module, names: list[str]) -> dict[str, np.ndarray]:
    """Layer name -> copy of its weight (masks and codebooks applied), from whatever device the model is on.

    An array has the dtype of its weight. NumPy has no bfloat16: such a weight comes in that of the package ml_dtypes
    (`support.dtypes.BFLOAT16`), as everywhere here; `array.astype(np.float32)` has the same values.

    Raises
    ------
    KeyError : a layer that the model does not have. ValueError : a weight on the device "meta", which has no values.
    """
    layers = lookup.layers(model, names)
    return {name: values_of(f"{name}.weight", layer.weight).copy() for name, layer in layers.items()}


def float32_bytes(model: nn.Module) -> int:
    """Bytes of the model's parameters at four each: what every ratio is taken against."""
    return 4 * sum(parameter.numel() for parameter in model.parameters())


def state_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """The model's state_dict as NumPy arrays, what `archive.save` takes; dtypes and errors as in `weights_of`."""
    return {name: values_of(name, tensor).copy() for name, tensor in model.state_dict().items()}


def load_arrays(model: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Put arrays into the model's state_dict, on its own devices and in its own dtypes.

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
    model.load_state_dict({name: to_tensor(array) for name, array in arrays.items()})
