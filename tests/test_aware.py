"""Training that rounds: the function and its gradient against PyTorch's, and what becomes of a trained layer."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from dc_lab import pruning, quantized
from dc_lab.integers import aware
from dc_lab.integers.aware import fake_quantize, fix_quantized, quantize_weight, train_quantized
from dc_lab.networks import models, training


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("signed", [True, False])
def test_values_and_gradients_are_those_of_pytorch(bits, signed, rng):
    """torch.fake_quantize_... is not deprecated. Zero points are even: PyTorch adds them before it rounds."""
    low, high = quantized.integer_range(np.int8 if signed else np.uint8, bits)
    x = torch.tensor(rng.normal(size=(6, 500)).astype(np.float32), requires_grad=True)
    theirs_x = x.detach().clone().requires_grad_()
    scale, zero_point = 1.5 / 2 ** (bits - 1), 2 * ((low + high) // 4)
    ours = fake_quantize(x, scale, zero_point, bits, signed)
    theirs = torch.fake_quantize_per_tensor_affine(theirs_x, scale, zero_point, low, high)
    weight = torch.tensor(rng.normal(size=(6, 500)).astype(np.float32))
    (ours * weight).sum().backward()
    (theirs * weight).sum().backward()
    assert torch.equal(ours, theirs)
    assert torch.equal(x.grad, theirs_x.grad)
    assert 0 < (x.grad == 0).sum() < x.numel() / 2  # some are cut off
    dtype = np.int8 if signed else np.uint8
    q = quantized.quantize_per_tensor(x.detach().numpy(), scale, zero_point, dtype, bits)
    np.testing.assert_array_equal(ours.detach().numpy(), q.dequantize())


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_channels_are_those_of_pytorch(axis, rng):
    x = torch.tensor(rng.normal(size=(6, 5, 4)).astype(np.float32))
    scales = torch.tensor(rng.uniform(0.01, 0.3, x.shape[axis]).astype(np.float32))
    zeros = torch.tensor(2 * rng.integers(-3, 3, x.shape[axis]), dtype=torch.int32)
    ours = fake_quantize(x, scales, zeros, 4, True, axis)
    theirs = torch.fake_quantize_per_channel_affine(x, scales, zeros, axis % 3, -8, 7)
    assert torch.equal(ours, theirs)
    q = quantized.quantize_per_channel(x.numpy(), scales.numpy(), zeros.numpy(), axis, np.int8, 4)
    np.testing.assert_array_equal(ours.numpy(), q.dequantize())


def test_real_rounding_has_no_gradient_and_this_has():
    x = torch.linspace(-1, 1, 50, requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.round(x * 10).sum(), x)
    assert not gradient.any()
    (gradient,) = torch.autograd.grad(fake_quantize(x, 0.1, 0).sum(), x)
    assert (gradient == 1).all()
    (gradient,) = torch.autograd.grad(fake_quantize(x, 0.1, 0, bits=4).sum(), x)
    assert gradient.tolist() == [float(-8 <= round(10 * value) <= 7) for value in x.tolist()]


def test_what_fake_quantize_refuses():
    x = torch.ones(2, 3)
    with pytest.raises(ValueError, match="only float32"):
        fake_quantize(x.double(), 1.0, 0)
    with pytest.raises(ValueError, match="scale must be above 0"):
        fake_quantize(x, 0.0, 0)
    with pytest.raises(ValueError, match="zero_point must be a whole number from -8 to 7"):
        fake_quantize(x, 1.0, 8, bits=4)
    with pytest.raises(ValueError, match="bits must be"):
        fake_quantize(x, 1.0, 0, bits=1)
    with pytest.raises(ValueError, match="axis 2"):
        fake_quantize(x, torch.ones(3), torch.zeros(3), axis=2)
    with pytest.raises(ValueError, match="each of the 3 channels"):
        fake_quantize(x, torch.ones(2), torch.zeros(2), axis=1)


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("shape", [(5, 7), (4, 3, 2, 2), (3, 1)])
def test_rounded_weights_are_the_integers_they_become(bits, per_channel, shape, rng):
    weight = rng.normal(size=shape).astype(np.float32)
    weight[0] = 0  # a channel of zeros has a scale all the same
    rounding = aware.Rounded(bits, per_channel)
    q = quantize_weight(weight, bits, per_channel)
    assert (q.axis, q.bits, q.dtype) == (0 if per_channel else None, bits, np.int8)
    np.testing.assert_array_equal(rounding(torch.tensor(weight)).numpy(), q.dequantize())
    np.testing.assert_array_equal(rounding.quantize(torch.tensor(weight)).integers, q.integers)
    assert not np.any(q.q_zero_point)


def test_weights_that_are_refused():
    with pytest.raises(ValueError, match="finite range"):
        quantize_weight(np.float32([[1, np.nan]]))
    with pytest.raises(ValueError, match="only float32"):
        quantize_weight(np.ones((2, 2)))
    with pytest.raises(ValueError, match="bits must be"):
        quantize_weight(np.ones((2, 2), np.float32), 9)


def small_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(576, 10))


@pytest.mark.slow
def test_training_moves_the_real_weights_and_keeps_the_rounded_ones_on_the_ruler(digits):
    model = small_net()
    before = model[3].weight.detach().clone()
    train_quantized(model, {"0": 8, "3": 3})
    first = training.fit(model, digits, training.Schedule(epochs=1, lr=3e-3))
    last = training.fit(model, digits, training.Schedule(epochs=8, lr=3e-3))
    assert last < first / 2
    real = model[3].parametrizations.weight.original.detach()
    assert not torch.equal(real, before)
    rounded = model[3].weight.detach()
    assert max(len(row.unique()) for row in rounded) <= 2**3
    images = training.to_tensor(digits.pixels[:20])
    model.eval()
    outputs = model(images)
    assert outputs.requires_grad
    fix_quantized(model)
    assert not parametrize.is_parametrized(model[3])
    assert torch.equal(model[3].weight, rounded)
    assert not model[3]._forward_pre_hooks
    difference = (model(images) - outputs).abs().max()
    assert 0 < difference < 0.2  # inputs are no longer rounded


def test_inputs_are_rounded_on_a_ruler_that_follows_training():
    layer = nn.Linear(3, 2)
    train_quantized(layer)
    layer.train()
    x = torch.tensor([[0.0, 1.0, 2.0]])
    layer(x)
    assert aware.input_rounding_of(layer).observer.range() == (0.0, 2.0)
    layer.eval()
    scale, _ = aware.input_rounding_of(layer).qparams()
    far = torch.tensor([[0.5 * scale * 1.01, 5.0, -3.0]])
    expected = F.linear(torch.tensor([[scale, 255 * scale, 0.0]]), layer.weight, layer.bias)
    torch.testing.assert_close(layer(far), expected)
    assert aware.input_rounding_of(layer).observer.range() == (0.0, 2.0)


def test_tested_before_trained_is_said():
    model = small_net().eval()
    train_quantized(model)
    with pytest.raises(ValueError, match="nothing has been observed yet"):
        model(torch.zeros(1, 1, 28, 28))


def test_masks_stay_in_force():
    """Pruned weights stay zero: rounding comes after the mask."""
    model = models.build("lenet-300-100")
    weight = model.ip3.weight.detach().numpy()
    pruning.hold_masks(model, {"ip3": pruning.magnitude_mask(weight, 0.3)})
    train_quantized(model, {"ip3": 4})
    assert int((model.ip3.weight != 0).sum()) <= 300
    fix_quantized(model)
    assert int((model.ip3.weight != 0).sum()) <= 300


def test_layers_that_are_refused():
    model = small_net()
    with pytest.raises(KeyError, match=r"no Linear or Conv2d layer 'fc'.*it has 0, 3"):
        train_quantized(model, {"fc": 4})
    with pytest.raises(ValueError, match="bits must be"):
        train_quantized(model, 9)
    assert not any(parametrize.is_parametrized(layer) for layer in model.modules())
    train_quantized(model, 4)
    copied = copy.deepcopy(model)
    with pytest.raises(ValueError, match="0 rounds already"):
        train_quantized(model, 4)
    fix_quantized(copied)
    train_quantized(copied, 4)
