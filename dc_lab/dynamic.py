"""Networks in integers: static and dynamic quantization of their layers, and training that knows it will be rounded.

A quantized layer keeps its weight as integers. Its input is rounded to integers too: *static* with a ruler chosen
once, from calibration data; *dynamic* with one chosen anew for each call, from the input itself. The products are
summed in integers, and one multiplication by both scales turns the sums into the float32 output. Between layers there
is whatever code the model has.

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
from dc_lab.integers import arithmetic
from dc_lab.integers.aware import input_rounding_of, layers_of, quantize_weight, rounding_of
from dc_lab.integers.observers import MinMax, Observer
from dc_lab.quantized import QParams, QuantizedTensor

CANNOT_TRAIN = (
    "a quantized layer cannot be trained: its weights are integers, and rounding has zero gradient, so nothing would "
    "be learned. Train the float32 network with `aware.train_quantized` (fake_quantize with a straight-through "
    "gradient), then quantize it; or call `.eval()` to run inference"
)


class QuantizedTrainingError(RuntimeError):
    """A quantized layer was asked for a gradient, or run in training mode."""

    def __init__(self) -> None:
        super().__init__(CANNOT_TRAIN)


class _NoGradient(torch.autograd.Function):
    """Passes the output on, and refuses, with the reason, to go back."""

    @staticmethod
    def forward(ctx: Any, output: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
        return output.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        raise QuantizedTrainingError()


def fused_multiply_add(sums: np.ndarray, multiplier: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """sums * multiplier + bias of float32 values, rounded once, to float32: what fma instructions compute.

    In float64 the product is exact and the sum nearly so; rounding that once more is right unless the first rounding
    hit the midpoint of two float32 values. There the part that was rounded off decides.
    """
    total = sums.astype(np.float64)
    total *= multiplier
    total += bias
    halfway = (total.view(np.int64) & 0x1FFFFFFF) == 0x10000000
    if halfway.any():
        addend, near = np.broadcast_to(bias, total.shape)[halfway], total[halfway]
        product = sums[halfway].astype(np.float64) * np.broadcast_to(multiplier, total.shape)[halfway]
        back = near - product
        lost = (product - (near - back)) + (addend - back)  # exactly product + addend - near
        total[halfway] = np.where(lost == 0, near, np.nextafter(near, np.where(lost > 0, np.inf, -np.inf)))
    with np.errstate(over="ignore"):
        return total.astype(np.float32)


class QuantizedLayer(nn.Module):
    """What Linear and Conv2d share: an integer weight, a float32 bias and the ruler of the input.

    `weight` is a QuantizedTensor, int8, symmetric, per tensor or per output. `activation` is the (scale, zero_point) of
    the input, uint8: fixed (static), or None, then chosen in each call, 0 to 127 (dynamic).
    """

    bias: nn.Parameter | None

    def __init__(self, weight: QuantizedTensor, bias: torch.Tensor | None, activation: QParams | None) -> None:
        super().__init__()
        if weight.axis not in (None, 0):
            raise ValueError(f"a weight is quantized per tensor or along axis 0, its outputs; got axis {weight.axis}")
        if np.any(weight.q_zero_point):
            raise ValueError("a weight must be symmetric: zero_point 0")
        self.weight = weight
        self.activation = activation and quantized.checked_qparams(activation, None, 0, 255)
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())
        # Working copy: the same integers as float32, for the fastest exact product, and what they add up to at most.
        rows = weight.integers.reshape(weight.shape[0], -1)
        self._rows = rows.astype(np.float32)
        self._largest = 255.0 * float(np.abs(rows.astype(np.int64)).sum(axis=1).max(initial=0))
        self._scale = np.asarray(weight.q_scale, np.float32)
        self.eval()

    def _input(self, x: torch.Tensor) -> tuple[np.ndarray, np.float32]:
        """(integer - zero_point of the input, as whole float32 numbers; its scale)."""
        if self.training:
            raise QuantizedTrainingError()
        if x.dtype != torch.float32:
            raise ValueError(f"expected a float32 input, got {x.dtype}")
        values = x.detach().numpy()
        chosen = self.activation
        if chosen is None:
            low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
            chosen = quantized.choose_qparams(low, high, reduce_range=True)
        scale, zero_point = np.asarray(chosen.scale), np.asarray(chosen.zero_point)
        return quantized.steps(values, scale, zero_point, 0, 255), np.float32(scale)

    def _sums(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """float32 of the exact sums of products left @ right: by PyTorch, whose number of threads then counts."""
        if self._largest > quantized.FLOAT32_WHOLE or torch.get_float32_matmul_precision() != "highest":
            return arithmetic.products(left, right, self._largest).astype(np.float32, copy=False)
        return torch.matmul(torch.from_numpy(left), torch.from_numpy(right)).numpy()

    def _guarded(self, output: np.ndarray, x: torch.Tensor) -> torch.Tensor:
        """The output as a tensor that refuses to go back where a gradient could be asked for."""
        y = torch.from_numpy(output)
        if torch.is_grad_enabled():
            needed = [t for t in (x, self.bias) if t is not None and t.requires_grad]
            y = _NoGradient.apply(y, *needed) if needed else y
        return y

    def _save_to_state_dict(self, *arguments: Any) -> None:
        raise RuntimeError("a state_dict has no room for integer weights; `dynamic.state(model)` has everything")

    def extra_repr(self) -> str:
        per = "tensor" if self.weight.axis is None else "output"
        chosen = "dynamic" if self.activation is None else "scale={:.6g}, zero_point={}".format(*self.activation)
        return f"{', '.join(map(str, self.weight.shape))}, bits={self.weight.bits}, per {per}, input: {chosen}"


class QuantizedLinear(QuantizedLayer):
    """A fully-connected layer in integers; float32 (..., in) to float32 (..., out).

    Equal to `torch.ao.nn.quantized.dynamic.Linear` on its x86 engines, to the last bit, where dynamic, 8 bits and per
    tensor.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim == 0 or x.shape[-1] != self.weight.shape[1]:
            raise ValueError(f"expected an input of (..., {self.weight.shape[1]}), got {tuple(x.shape)}")
        marks, scale = self._input(x)
        flat = marks.reshape(-1, self.weight.shape[1])
        sums, multiplier = self._sums(flat, self._rows.T), scale * self._scale
        y = sums * multiplier if self.bias is None else fused_multiply_add(sums, multiplier, self.bias.detach().numpy())
        return self._guarded(y.reshape(*x.shape[:-1], self.weight.shape[0]), x)


class QuantizedConv2d(QuantizedLayer):
    """A convolution in integers; float32 (n, in, h, w) to float32 (n, out, height, width)."""

    def __init__(
        self,
        weight: QuantizedTensor,
        bias: torch.Tensor | None,
        activation: QParams | None,
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__(weight, bias, activation)
        self.stride, self.padding = stride, padding

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim != 4 or x.shape[1] != self.weight.shape[1]:
            raise ValueError(f"expected an input of (n, {self.weight.shape[1]}, h, w), got {tuple(x.shape)}")
        marks, scale = self._input(x)
        kernel = (self.weight.shape[2], self.weight.shape[3])
        (top, left), sides = self.padding, marks.shape[2:]
        if top or left:
            marks = np.pad(marks, ((0, 0), (0, 0), (top, top), (left, left)))
        size = [
            (side + 2 * p - k) // s + 1 for side, p, k, s in zip(sides, self.padding, kernel, self.stride, strict=True)
        ]
        y = self._sums(self._rows, arithmetic.im2col(marks, kernel, self.stride))
        y *= (scale * self._scale).reshape(-1, 1)
        if self.bias is not None:
            y += self.bias.detach().numpy()[:, None]
        return self._guarded(y.reshape(x.shape[0], self.weight.shape[0], *size), x)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, stride={self.stride}, padding={self.padding}"


# --- quantizing a network ---


def _replaced(model: nn.Module, layers: Mapping[str, nn.Module]) -> nn.Module:
    """The model with its modules of these names replaced, in place. The name of the model itself is ""."""
    names = {id(module): name for name, module in model.named_modules()}
    for parent in list(model.modules()):
        for child_name, child in list(parent._modules.items()):  # named_children would leave out repeated ones
            if names.get(id(child)) in layers:
                setattr(parent, child_name, layers[names[id(child)]])
    return layers.get("", model)


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


def _integer_weight(name: str, layer: Any, bits: int, per_channel: bool) -> QuantizedTensor:
    """The layer's weight as integers: those that it was trained for, if it was."""
    rounding = rounding_of(layer)
    if rounding is not None:
        return rounding.quantize(layer.parametrizations.weight.original)
    try:
        return quantize_weight(layer.weight.detach().numpy(), bits, per_channel)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


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


def _copy_of(model: nn.Module) -> nn.Module:
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.device.type != "cpu":
            raise ValueError(f"integer layers run on the CPU; this model is on {tensor.device}")
    return copy.deepcopy(model)


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
    copied = _copy_of(model).eval()
    layers = layers_of(copied, (nn.Linear, nn.Conv2d))
    seen = {name: observer() for name in layers}
    hooks = [layer.register_forward_pre_hook(_watch(seen[name])) for name, layer in layers.items()]
    with torch.no_grad():
        for batch in calibration.split(batch_size):
            copied(batch)
    for hook in hooks:
        hook.remove()

    integers = {}
    for name, layer in layers.items():
        trained = input_rounding_of(layer)
        try:
            activation = trained.qparams() if trained else quantized.minmax_qparams(*seen[name].range())
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        integers[name] = _integer_layer(name, layer, _integer_weight(name, layer, bits, per_channel), activation)
    return _replaced(copied, integers).eval()


def _watch(observer: Observer) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
    return lambda layer, inputs: observer.observe(inputs[0].detach().numpy())


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
