"""Layers in integers: outputs are those of the dequantized layer, sums are exact, and a gradient is refused."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dc_lab import quantized
from dc_lab.integers import aware
from dc_lab.integers.layers import QuantizedConv2d, QuantizedLinear, QuantizedTrainingError
from dc_lab.quantized import QParams, QuantizedTensor


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("fixed", [QParams(0.02, 37), None])
def test_outputs_are_those_of_the_dequantized_layer(bits, per_channel, fixed, rng):
    linear, convolution = nn.Linear(30, 7), nn.Conv2d(3, 5, (3, 2), stride=(2, 1), padding=(1, 0))
    for layer, shape in ((linear, (4, 30)), (linear, (2, 3, 30)), (linear, (30,)), (convolution, (4, 3, 9, 8))):
        x = torch.tensor(rng.normal(0.5, 0.6, size=shape).astype(np.float32))
        weight = aware.quantize_weight(layer.weight.detach().numpy(), bits, per_channel)
        ruler = fixed or quantized.choose_qparams(float(x.min()), float(x.max()), reduce_range=True)
        rounded = torch.tensor(quantized.quantize_per_tensor(x.numpy(), *ruler).dequantize())
        if layer is linear:
            ours = QuantizedLinear(weight, layer.bias, fixed)(x)
            expected = F.linear(rounded.double(), torch.tensor(weight.dequantize()).double(), layer.bias.double())
        else:
            ours = QuantizedConv2d(weight, layer.bias, fixed, layer.stride, layer.padding)(x)
            kernel = torch.tensor(weight.dequantize()).double()
            expected = F.conv2d(rounded.double(), kernel, layer.bias.double(), (2, 1), (1, 0))
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours.double(), expected, rtol=1e-5, atol=1e-5)


def test_long_sums_are_exact(rng):
    """More terms than float32 could sum exactly; the weights are all as large as can be."""
    weight = QuantizedTensor(np.full((1, 2001), 127, np.int8), 1.0, 0)
    x = torch.full((3, 2001), 255.0)
    x[:, 0] = 254
    layer = QuantizedLinear(weight, None, QParams(1.0, 0))
    assert layer(x).tolist() == [[float(np.float32(127 * (255 * 2001 - 1)))]] * 3
    assert layer._largest > 2**24


def test_gradients_by_the_input_are_refused_too():
    layer = QuantizedLinear(aware.quantize_weight(np.ones((2, 4), np.float32)), None, None)
    x = torch.ones(1, 4, requires_grad=True)
    with pytest.raises(QuantizedTrainingError):
        layer(x).sum().backward()
    with torch.no_grad():
        assert not layer(x).requires_grad


def test_weights_and_rulers_that_are_refused():
    with pytest.raises(ValueError, match="must be symmetric"):
        QuantizedLinear(QuantizedTensor(np.ones((2, 2), np.int8), 1.0, 3), None, None)
    with pytest.raises(ValueError, match="along axis 0"):
        QuantizedLinear(QuantizedTensor(np.ones((2, 2), np.int8), np.ones(2), np.zeros(2, int), 1), None, None)
    with pytest.raises(ValueError, match="zero_point must be"):
        QuantizedLinear(QuantizedTensor(np.ones((2, 2), np.int8), 1.0, 0), None, QParams(1.0, 256))
