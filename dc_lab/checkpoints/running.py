"""A `.dcz` file in a model: loaded as a state_dict, or as layers that calculate from the compressed form.

load_into(model, "net.dcz")        the weights, in place of model.load_state_dict(...)
swap_in(model)                     layers with many zeros then multiply only what is left
"""

import os
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dc_lab import archive
from dc_lab.checkpoints.saving import bytes_written
from dc_lab.quantized import QuantizedTensor
from dc_lab.sparse import to_csr
from dc_lab.support.tensors import to_tensor

MOST_DENSITY = 0.3
"""Above this share of non-zero weights a dense layer is quicker: lesson 09 measures it."""


def load_into(
    model: nn.Module, path: str | os.PathLike[str], strict: bool = True, max_bytes: int | None = None
) -> tuple[list[str], list[str]]:
    """Load the tensors of a `.dcz` file into a model, as `model.load_state_dict` does with those of a torch file.

    They are copied to the model's own devices and dtypes. Quantized tensors become the values that they stand for.

    Parameters
    ----------
    strict : as in `load_state_dict`: names that are missing or unexpected are an error.
    max_bytes : as in `archive.load`; quantized tensors count as the float32 values that they become.

    Returns
    -------
    The names that were missing, and those that were unexpected.

    Raises
    ------
    RuntimeError : of `load_state_dict`: names or shapes do not fit. ArchiveError : no valid file (see `archive.load`).
    OSError : it cannot be read.
    """
    contents = archive.read_file(path, max_bytes)
    # Tied tensors stay one.
    archive.check_bytes(bytes_written(".pt", contents.tensors, contents.tied), path, max_bytes)
    state: dict[str, torch.Tensor] = {}
    for name, tensor in contents.tensors.items():
        if name in contents.tied:
            state[name] = state[contents.tied[name]]
        else:
            values = tensor.dequantize() if isinstance(tensor, QuantizedTensor) else tensor
            state[name] = to_tensor(values, copy=False)
    result = model.load_state_dict(state, strict=strict)
    return list(result.missing_keys), list(result.unexpected_keys)


class SparseRows(nn.Module):
    """A matrix (out, in) by its rows' non-zero entries (lesson 03's CSR), and its product with inputs.

    The product is torch's `embedding_bag`: for each output, the inputs that it needs, weighted and summed. Inputs lie
    as (in, batch), so that a batch is one row of numbers, many of which a processor multiplies at a time.
    """

    columns: torch.Tensor
    row_start: torch.Tensor
    values: torch.Tensor

    def __init__(self, matrix: torch.Tensor) -> None:
        super().__init__()
        csr = to_csr(np.ascontiguousarray(matrix.detach().cpu().float().numpy()))
        self.shape = csr.shape
        for name, array in (("columns", csr.columns), ("row_start", csr.row_start[:-1]), ("values", csr.values)):
            self.register_buffer(name, torch.from_numpy(array))
        self.to(matrix.device)
        self.values = self.values.to(matrix.dtype)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(in, batch) to (out, batch)."""
        if not len(self.values):
            return inputs.new_zeros(self.shape[0], inputs.shape[1])
        return F.embedding_bag(
            self.columns, inputs.contiguous(), self.row_start, mode="sum", per_sample_weights=self.values
        )


class SparseLinear(nn.Module):
    """What `nn.Linear` calculates, from the non-zero weights alone. For inference: its weights do not train."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight = SparseRows(layer.weight)
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().clone(), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[-1] != self.in_features:
            raise RuntimeError(f"expected inputs (..., {self.in_features}), got shape {tuple(x.shape)}")
        y = self.weight(x.reshape(-1, self.in_features).T).T.reshape(*x.shape[:-1], self.out_features)
        return y if self.bias is None else y + self.bias


class SparseConv2d(nn.Module):
    """What `nn.Conv2d` calculates, from the non-zero weights alone: patches are unfolded into columns (lesson 06).

    Strides, dilation, groups and every padding of `nn.Conv2d` are kept. For inference: its weights do not train.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.dilation = layer.kernel_size, layer.stride, layer.dilation
        self.in_channels, self.out_channels = layer.in_channels, layer.out_channels
        self.padding: list[int] = layer._reversed_padding_repeated_twice
        self.padding_mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
        # A group sees its own channels only: in the matrix of all channels, the others' places are zeros.
        weight = layer.weight.detach()
        matrix = weight.new_zeros(layer.out_channels, layer.in_channels, *layer.kernel_size)
        outputs, inputs = layer.out_channels // layer.groups, layer.in_channels // layer.groups
        for group in range(layer.groups):
            rows = slice(group * outputs, (group + 1) * outputs)
            matrix[rows, group * inputs : (group + 1) * inputs] = weight[rows]
        self.weight = SparseRows(matrix.flatten(1))
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().clone(), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        images = x if x.ndim == 4 else x[None]
        if images.ndim != 4 or images.shape[1] != self.in_channels:
            raise RuntimeError(f"expected images (n, {self.in_channels}, h, w), got shape {tuple(x.shape)}")
        if any(self.padding):
            images = F.pad(images, self.padding, self.padding_mode)
        sides = [
            (size - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, dilation, stride in zip(
                images.shape[2:], self.kernel_size, self.dilation, self.stride, strict=True
            )
        ]
        patches = F.unfold(images, self.kernel_size, self.dilation, 0, self.stride)
        y = self.weight(patches.permute(1, 0, 2).flatten(1))
        y = y.reshape(self.out_channels, len(images), *sides).transpose(0, 1)
        if self.bias is not None:
            y = y + self.bias[:, None, None]
        return y if x.ndim == 4 else y[0]


def swap_in(model: nn.Module, most_density: float = MOST_DENSITY, convolutions: bool = True) -> list[str]:
    """Put sparse layers in place of the `nn.Linear` and `nn.Conv2d` of a model that have few enough weights left.

    Parameters
    ----------
    most_density : layers with a larger share of non-zero weights stay as they are.
    convolutions : False leaves them alone: unfolding costs time, see lesson 09 for how much.

    Returns
    -------
    Names of the layers that were replaced.

    Raises
    ------
    ValueError : `most_density` is not from 0 to 1, or the model itself is one layer, which nothing holds.
    """
    if not 0 <= most_density <= 1:
        raise ValueError(f"most_density must be from 0 to 1, got {most_density}")
    if isinstance(model, (nn.Linear, nn.Conv2d)):
        raise ValueError("the model is a single layer; make it SparseLinear(layer) or SparseConv2d(layer) yourself")
    made: dict[int, nn.Module] = {}
    replaced = []
    for parent_name, parent in list(model.named_modules()):
        for name, layer in list(parent.named_children()):
            kind = _sparse_kind(layer, convolutions)
            if kind is None or _density(layer) > most_density:
                continue
            if id(layer) not in made:  # a layer that stands in two places stays one
                made[id(layer)] = kind(layer)
            setattr(parent, name, made[id(layer)])
            replaced.append(f"{parent_name}.{name}" if parent_name else name)
    return replaced


def _sparse_kind(layer: nn.Module, convolutions: bool) -> Any:
    """The class that takes the layer's place; subclasses may calculate something else, so only these two."""
    if type(layer) is nn.Linear:
        return SparseLinear
    return SparseConv2d if type(layer) is nn.Conv2d and convolutions else None


def _density(layer: Any) -> float:
    return torch.count_nonzero(layer.weight).item() / max(layer.weight.numel(), 1)
