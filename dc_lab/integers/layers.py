"""Layers in integers, for torch: the weight is kept as integers, the input is rounded, the products are summed exactly.

One multiplication by both scales turns the sums into the float32 output. Such a layer cannot be trained, and says so.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from dc_lab import quantized
from dc_lab.integers import arithmetic
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
        y = (
            sums * multiplier
            if self.bias is None
            else arithmetic.fused_multiply_add(sums, multiplier, self.bias.detach().numpy())
        )
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
