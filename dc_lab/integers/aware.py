"""Quantization-aware training: a float32 network that rounds on its way forward, so that it learns to live with it.

Rounding is a staircase: its gradient is zero wherever it has one. `fake_quantize` rounds on the way forward and lets
the gradient pass straight through on the way back. The weights stay real numbers, which small steps can move; after
training (`train_quantized`) the rounded ones become integers without moving (`dynamic.quantize_static`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from dc_lab import quantized
from dc_lab.integers.observers import MovingAverage
from dc_lab.quantized import QParams, QuantizedTensor


class _FakeQuantize(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, scale: torch.Tensor, zero_point: torch.Tensor, qmin: int, qmax: int
    ) -> torch.Tensor:
        marks = torch.round(x * (1 / scale)) + zero_point
        ctx.save_for_backward((marks >= qmin) & (marks <= qmax))
        return (marks.clamp(qmin, qmax) - zero_point) * scale

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        (on_the_ruler,) = ctx.saved_tensors
        return gradients[0] * on_the_ruler, None, None, None, None


def fake_quantize(
    x: torch.Tensor,
    scale: float | torch.Tensor,
    zero_point: int | torch.Tensor,
    bits: int = 8,
    signed: bool = True,
    axis: int | None = None,
) -> torch.Tensor:
    """Round to the ruler and come straight back to float32; the gradient passes as if nothing had been rounded.

    Straight-through estimator (Bengio et al. 2013): gradient 1 for values on the ruler, 0 for those cut off at its
    ends. The values are those of quantizing and dequantizing, but NaN stays NaN
    (`torch.fake_quantize_per_tensor_affine`, `torch.fake_quantize_per_channel_affine`).

    Parameters
    ----------
    x : float32, any shape.
    scale, zero_point : numbers, or (x.shape[axis],) tensors.
    bits, signed : 2 to 8; signed integers from -2**(bits - 1), unsigned from 0.

    Raises
    ------
    ValueError : x is not float32; scale, zero_point, bits or axis out of range.
    """
    if x.dtype != torch.float32:
        raise ValueError(f"only float32 tensors can be quantized, got {x.dtype}")
    qmin, qmax = quantized.integer_range(np.int8 if signed else np.uint8, bits)
    if axis is not None and not -x.ndim <= axis < x.ndim:
        raise ValueError(f"axis {axis} is not one of the {x.ndim} dimensions of the tensor")
    given = QParams(*(torch.as_tensor(values, dtype=torch.float64).numpy(force=True) for values in (scale, zero_point)))
    qparams = quantized.checked_qparams(given, None if axis is None else x.shape[axis], qmin, qmax)
    shape = [] if axis is None else [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
    rulers = (torch.tensor(values, dtype=torch.float32).reshape(shape) for values in qparams)
    return _FakeQuantize.apply(x, *rulers, qmin, qmax)


def quantize_weight(weight: np.ndarray, bits: int = 8, per_channel: bool = True) -> QuantizedTensor:
    """A layer's weight as symmetric int8, a scale for each output (axis 0) or one for all, from the largest magnitude.

    Raises
    ------
    ValueError : not float32, bits not from 2 to 8, NaN or infinite values.
    """
    axes = tuple(range(1, weight.ndim)) if per_channel else None
    ends = weight.min(axes, initial=0), weight.max(axes, initial=0)
    scale, zero_point = quantized.minmax_qparams(*ends, np.int8, bits, symmetric=True)
    if isinstance(scale, np.ndarray) and isinstance(zero_point, np.ndarray):
        return quantized.quantize_per_channel(weight, scale, zero_point, 0, np.int8, bits)
    return quantized.quantize_per_tensor(weight, float(scale), int(zero_point), np.int8, bits)


class Rounded(nn.Module):
    """Parametrization of a weight: rounded as `quantize_weight` would, on the way forward only."""

    def __init__(self, bits: int, per_channel: bool = True) -> None:
        super().__init__()
        self.qmin, self.qmax = quantized.integer_range(np.int8, bits)
        self.bits, self.per_channel = bits, per_channel

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        magnitude = weight.detach().abs()
        most = magnitude.amax(tuple(range(1, weight.ndim)), keepdim=True) if self.per_channel else magnitude.amax()
        scale = (most / ((self.qmax - self.qmin) / 2)).clamp_min(torch.finfo(torch.float32).eps)
        return _FakeQuantize.apply(weight, scale, torch.zeros(()), self.qmin, self.qmax)

    def quantize(self, weight: torch.Tensor) -> QuantizedTensor:
        """The integers that `forward` stands for."""
        return quantize_weight(weight.detach().numpy(), self.bits, self.per_channel)


class RoundInput:
    """Forward pre-hook: the input of a layer rounded to 8 bits, on a ruler that follows the batches while training."""

    def __init__(self) -> None:
        self.observer = MovingAverage()

    def qparams(self) -> QParams:
        """The ruler as it is now. Raises ValueError before the first training batch."""
        return quantized.minmax_qparams(*self.observer.range())

    def __call__(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        if layer.training:
            self.observer.observe(inputs[0].detach().numpy())
        scale, zero_point = self.qparams()
        return (fake_quantize(inputs[0], float(scale), int(zero_point), signed=False), *inputs[1:])


def train_quantized(model: nn.Module, bits: int | Mapping[str, int] = 8, per_channel: bool = True) -> None:
    """Make layers round as they will once quantized while the model trains, until `fix_quantized`.

    Weights are rounded to `bits`, inputs to 8 bits. `dynamic.quantize_static` then takes over the integers and the
    rulers that were trained; `dynamic.quantize_dynamic` the integers.

    Parameters
    ----------
    model : changed in place; best one that is trained already. Train it for a step before it is tested: the rulers of
        the inputs come from the training batches.
    bits : of the weights, 2 to 8: a number for all Linear and Conv2d layers, or layer name -> number for some.
    per_channel : a scale for each output instead of one a layer.

    Raises
    ------
    KeyError : a layer that the model does not have. ValueError : bits out of range, or a layer that rounds already.
    """
    layers = layers_of(model, (nn.Linear, nn.Conv2d))
    wanted = dict(bits) if isinstance(bits, Mapping) else dict.fromkeys(layers, bits)
    for name, number in wanted.items():
        if name not in layers:
            raise KeyError(f"no Linear or Conv2d layer {name!r} in this model; it has {', '.join(layers)}")
        if rounding_of(layers[name]) is not None:
            raise ValueError(f"{name} rounds already; `fix_quantized` ends that")
        quantized.integer_range(np.int8, number)
    for name, number in wanted.items():
        layers[name].weight.grad = None
        parametrize.register_parametrization(layers[name], "weight", Rounded(number, per_channel))
        layers[name].register_forward_pre_hook(RoundInput())


def fix_quantized(model: nn.Module) -> None:
    """Stop rounding; the weights stay at the rounded values, as float32."""
    for layer in layers_of(model, (nn.Linear, nn.Conv2d)).values():
        if rounding_of(layer) is not None:
            parametrize.remove_parametrizations(layer, "weight")
        for key, hook in list(layer._forward_pre_hooks.items()):
            if isinstance(hook, RoundInput):
                del layer._forward_pre_hooks[key]


def rounding_of(layer: Any) -> Rounded | None:
    """How the weight of a layer is rounded while it trains; None if it is not."""
    if not parametrize.is_parametrized(layer, "weight"):
        return None
    return next((p for p in layer.parametrizations.weight if isinstance(p, Rounded)), None)


def input_rounding_of(layer: nn.Module) -> RoundInput | None:
    """What rounds the input of a layer while it trains; None if nothing does."""
    return next((hook for hook in layer._forward_pre_hooks.values() if isinstance(hook, RoundInput)), None)


def layers_of(model: nn.Module, types: tuple[type[nn.Module], ...]) -> dict[str, Any]:
    """Name -> layer for layers of exactly these types, parametrized or not."""
    return {
        name: layer for name, layer in model.named_modules() if parametrize.type_before_parametrizations(layer) in types
    }
