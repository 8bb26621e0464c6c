"""Networks in integers: static and dynamic quantization of their layers, and training that knows it will be rounded.

A quantized layer keeps its weight as integers. Its input is rounded to integers too: *static* with a ruler chosen
once, from calibration data; *dynamic* with one chosen anew for each call, from the input itself. The products are
summed in integers, and one multiplication by both scales turns the sums into the float32 output. Between layers there
is whatever code the model has. (The layers are in `integers.layers`.)

Such layers cannot be trained: rounding is a staircase, its gradient is zero wherever it has one. What can be trained
is a float32 network that rounds on its way forward: see `aware`.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from dc_lab import quantized
from dc_lab.integers.aware import input_rounding_of, layers_of, quantize_weight, rounding_of
from dc_lab.integers.layers import QuantizedConv2d, QuantizedLayer, QuantizedLinear
from dc_lab.integers.layers import QuantizedTrainingError as QuantizedTrainingError
from dc_lab.integers.observers import MinMax, Observer
from dc_lab.quantized import QParams, QuantizedTensor

# --- quantizing a network ---


def quantize_dynamic(
    model: nn.Module, layers: Iterable[type[nn.Module]] = (nn.Linear,), bits: int = 8, per_channel: bool = False
) -> nn.Module:
    """A copy of the model with integer weights; each call chooses scale and zero_point of the inputs from the inputs.

    No calibration data are needed. (`torch.ao.quantization.quantize_dynamic`, with the same numbers by default.)

    Parameters
    ----------
    model : left as it is.
    layers : types to replace: nn.Linear, nn.Conv2d or both.
    bits : of the weights, 2 to 8; inputs always have 7, as PyTorch's on x86. A layer trained by `train_quantized`
        keeps the bits that it was trained for.
    per_channel : a scale for each output instead of one a layer.

    Raises
    ------
    ValueError : bits out of range, NaN or infinite weights, a layer that has no integer form.
    """
    types = tuple(layers)
    unknown = [str(kind) for kind in types if kind not in (nn.Linear, nn.Conv2d)]
    if unknown or not types:
        raise ValueError(f"layers must be nn.Linear, nn.Conv2d or both, got {', '.join(unknown) or 'none'}")
    quantized.integer_range(np.int8, bits)
    copied = _copy_of(model)
    integers = {
        name: _integer_layer(name, layer, _integer_weight(name, layer, bits, per_channel), None)
        for name, layer in layers_of(copied, types).items()
    }
    return _replaced(copied, integers).eval()


def quantize_static(
    model: nn.Module,
    calibration: torch.Tensor,
    bits: int = 8,
    per_channel: bool = True,
    observer: Callable[[], Observer] = MinMax,
    batch_size: int = 250,
) -> nn.Module:
    """A copy of the model with integer weights and fixed rulers for the inputs of all Linear and Conv2d layers.

    Parameters
    ----------
    model : left as it is.
    calibration : float32 inputs of the model (n, ...), n >= 1, from the training data; a few hundred will do.
    bits : of the weights, 2 to 8; inputs always have 8. A layer trained by `train_quantized` keeps the bits that it
        was trained for.
    per_channel : a scale for each output instead of one a layer.
    observer : makes what watches the inputs of a layer: any class of `observers`.
    batch_size : calibration inputs a step.

    Raises
    ------
    ValueError : no calibration data, or NaN or infinite values on the way; bits out of range; a layer that has no
        integer form, or that the calibration data do not reach.
    """
    if len(calibration) == 0:
        raise ValueError("static quantization needs calibration data: inputs from which to choose the rulers")
    quantized.integer_range(np.int8, bits)
    # Send the calibration data through the network, with an observer at the input of each layer.
    copied = _copy_of(model).eval()
    layers = layers_of(copied, (nn.Linear, nn.Conv2d))
    seen = {name: observer() for name in layers}
    hooks = [layer.register_forward_pre_hook(_watch(seen[name])) for name, layer in layers.items()]
    with torch.no_grad():
        for batch in calibration.split(batch_size):
            copied(batch)
    for hook in hooks:
        hook.remove()

    # Each layer takes the ruler that it was trained with, or else that of the range that its observer reports.
    integers = {}
    for name, layer in layers.items():
        trained = input_rounding_of(layer)
        try:
            activation = trained.qparams() if trained else quantized.minmax_qparams(*seen[name].range())
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        integers[name] = _integer_layer(name, layer, _integer_weight(name, layer, bits, per_channel), activation)
    return _replaced(copied, integers).eval()


def _copy_of(model: nn.Module) -> nn.Module:
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.device.type != "cpu":
            raise ValueError(f"integer layers run on the CPU; this model is on {tensor.device}")
    return copy.deepcopy(model)


def _watch(observer: Observer) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
    return lambda layer, inputs: observer.observe(inputs[0].detach().numpy())


def _integer_weight(name: str, layer: Any, bits: int, per_channel: bool) -> QuantizedTensor:
    """The layer's weight as integers: those that it was trained for, if it was."""
    rounding = rounding_of(layer)
    if rounding is not None:
        return rounding.quantize(layer.parametrizations.weight.original)
    try:
        return quantize_weight(layer.weight.detach().numpy(), bits, per_channel)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _integer_layer(name: str, layer: Any, weight: QuantizedTensor, activation: QParams | None) -> QuantizedLayer:
    """The layer with integers for its weight."""
    try:
        if isinstance(layer, nn.Linear):
            return QuantizedLinear(weight, layer.bias, activation)
        plain = layer.groups == 1 and set(layer.dilation) == {1} and layer.padding_mode == "zeros"
        if not plain or isinstance(layer.padding, str):
            raise ValueError("only convolutions with one group, no dilation and zero padding have an integer form")
        return QuantizedConv2d(weight, layer.bias, activation, layer.stride, layer.padding)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _replaced(model: nn.Module, layers: Mapping[str, nn.Module]) -> nn.Module:
    """The model with its modules of these names replaced, in place. The name of the model itself is ""."""
    names = {id(module): name for name, module in model.named_modules()}
    for parent in list(model.modules()):
        for child_name, child in list(parent._modules.items()):  # named_children would leave out repeated ones
            if names.get(id(child)) in layers:
                setattr(parent, child_name, layers[names[id(child)]])
    return layers.get("", model)


# --- what to store of a quantized network ---


def state(model: nn.Module) -> dict[str, np.ndarray | QuantizedTensor]:
    """Every tensor of a quantized network by name, for `archive.save`; `from_state` makes the network of it again.

    Integer weights come as QuantizedTensor; a fixed ruler as `LAYER.input_scale` (float32, which is all of it that
    counts) and `LAYER.input_zero_point` (uint8); everything else as in a state_dict.
    """
    tensors: dict[str, np.ndarray | QuantizedTensor] = {}
    for name, module in model.named_modules():
        prefix = f"{name}." if name else ""
        if isinstance(module, QuantizedLayer):
            tensors[f"{prefix}weight"] = module.weight
        own = (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
        tensors.update({f"{prefix}{key}": tensor.detach().numpy().copy() for key, tensor in own})
        if isinstance(module, QuantizedLayer) and module.activation is not None:
            tensors[f"{prefix}input_scale"] = np.array(module.activation.scale, np.float32)
            tensors[f"{prefix}input_zero_point"] = np.array(module.activation.zero_point, np.uint8)
    return tensors


def from_state(model: nn.Module, tensors: Mapping[str, np.ndarray | QuantizedTensor]) -> nn.Module:
    """A copy of a float32 model with the tensors of `state`, its layers in integers where they were.

    Raises
    ------
    ValueError : tensors that do not fit the model, are missing, or are left over.
    """
    # Layers whose weight comes as integers become layers in integers. What is used up leaves `left`.
    left = dict(tensors)
    copied = _copy_of(model)
    integers: dict[str, nn.Module] = {}
    for name, layer in layers_of(copied, (nn.Linear, nn.Conv2d)).items():
        prefix = f"{name}." if name else ""
        if not isinstance(left.get(f"{prefix}weight"), QuantizedTensor):
            continue
        weight: Any = left.pop(f"{prefix}weight")
        scale, zero_point = left.pop(f"{prefix}input_scale", None), left.pop(f"{prefix}input_zero_point", None)
        if weight.shape != tuple(layer.weight.shape):
            raise ValueError(f"{name}: the weight is {tuple(layer.weight.shape)}, the one given {weight.shape}")
        if (scale is None) != (zero_point is None):
            raise ValueError(f"{name}: expected both input_scale and input_zero_point, or neither")
        fixed: Any = None if scale is None else QParams(scale, zero_point)  # type: ignore[arg-type]
        integers[name] = _integer_layer(name, layer, weight, fixed)
    # Everything else is copied into its place, and nothing may be left over.
    rebuilt = _replaced(copied, integers)
    for name, tensor in (*rebuilt.named_parameters(), *rebuilt.named_buffers()):
        given = left.pop(name, None)
        if not isinstance(given, np.ndarray) or given.shape != tuple(tensor.shape):
            found = "missing" if given is None else f"{type(given).__name__} {given.shape}"
            raise ValueError(f"{name}: expected an array {tuple(tensor.shape)}, it is {found}")
        with torch.no_grad():
            tensor.copy_(torch.tensor(given))
    if left:
        raise ValueError(f"the model has no {', '.join(left)}")
    return rebuilt.eval()
