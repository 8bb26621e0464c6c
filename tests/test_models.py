"""The networks: their size, their seeds, and what they compute."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dc_lab import models


@pytest.mark.parametrize(("net", "parameters"), [("lenet-300-100", 266_610), ("lenet-5", 431_080)])
def test_number_of_parameters(net, parameters):
    model = models.build(net)
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert model(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


@pytest.mark.parametrize("net", models.NETS)
def test_a_seed_is_a_network(net):
    first, same, other = (models.build(net, seed).state_dict() for seed in (1, 1, 2))
    for name in first:
        assert torch.equal(first[name], same[name])
        assert not torch.equal(first[name], other[name])


def test_building_leaves_the_global_seed_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    models.build("lenet-5", 9)
    assert torch.equal(torch.rand(3), expected)


def test_an_unknown_network():
    with pytest.raises(ValueError, match="unknown network 'alexnet'; expected one of lenet-300-100, lenet-5"):
        models.build("alexnet")


@pytest.fixture
def images(rng):
    return torch.tensor(rng.random((5, 1, 28, 28)), dtype=torch.float32)


def test_lenet_300_100_by_matrix_products(images):
    model = models.build("lenet-300-100")
    weights = {name: tensor.numpy().astype(np.float64) for name, tensor in model.state_dict().items()}
    x = images.numpy().reshape(5, 784)
    for name in ("ip1", "ip2"):
        x = np.maximum(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"], 0)
    x = x @ weights["ip3.weight"].T + weights["ip3.bias"]
    np.testing.assert_allclose(model(images).detach().numpy(), x, atol=1e-5)


def test_lenet_5_has_a_relu_after_ip1_only(images):
    """As in Caffe: the convolutions are followed by pooling alone."""
    model = models.build("lenet-5")
    weights = model.state_dict()
    x = F.max_pool2d(F.conv2d(images, weights["conv1.weight"], weights["conv1.bias"]), 2, 2)
    x = F.max_pool2d(F.conv2d(x, weights["conv2.weight"], weights["conv2.bias"]), 2, 2)
    x = F.linear(x.reshape(5, 800), weights["ip1.weight"], weights["ip1.bias"]).clamp(min=0)
    x = F.linear(x, weights["ip2.weight"], weights["ip2.bias"])
    torch.testing.assert_close(model(images), x)
    assert (F.conv2d(images, weights["conv1.weight"], weights["conv1.bias"]) < 0).any()
