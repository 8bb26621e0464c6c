"""Torch tensors as NumPy arrays and back, from any device and of any dtype that both have, bfloat16 among them."""

import numpy as np
import torch

from dc_lab.support.dtypes import BFLOAT16


def to_array(value: torch.Tensor | np.ndarray) -> np.ndarray:
    """The values of a tensor in memory that it shares where it can; bfloat16 keeps its dtype (see `dtypes`)."""
    if not isinstance(value, torch.Tensor):
        return value
    value = value.detach().cpu().resolve_conj().resolve_neg()
    if value.dtype == torch.bfloat16:
        return value.contiguous().view(torch.int16).numpy().view(BFLOAT16)
    return value.numpy()


def values_of(name: str, tensor: torch.Tensor) -> np.ndarray:
    """`to_array` of a tensor of a model.

    Raises
    ------
    ValueError : the tensor is on the device "meta", where there are shapes only; the message names both.
    """
    if tensor.is_meta:
        raise ValueError(f"{name} is on the device meta, which holds no data: give the model weights first")
    return to_array(tensor)


def to_tensor(array: np.ndarray, copy: bool = True) -> torch.Tensor:
    """The other way; the tensor has memory of its own, unless it need not be a `copy`."""
    if array.dtype == BFLOAT16:
        return to_tensor(array.view(np.int16), copy).view(torch.bfloat16)
    if not copy and array.flags.c_contiguous and array.flags.writeable:
        return torch.from_numpy(array)
    return torch.tensor(array)
