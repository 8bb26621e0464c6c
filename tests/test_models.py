"""The networks: their size, their seeds, and what they compute."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dc_lab.networks import models, paper


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
    for function in (models.build, models.shapes):
        with pytest.raises(ValueError, match="unknown network 'alex'; expected one of lenet-300-100, lenet-5, alexnet"):
            function("alex")


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


def layers_of(net):
    """Layer -> number of weights, from the shapes of its weight tensor."""
    shapes = models.shapes(net)
    return {name.removesuffix(".weight"): math.prod(shapes[name]) for name in shapes if name.endswith(".weight")}


@pytest.mark.parametrize("net", [*models.NETS, *models.IMAGENET_NETS])
def test_layers_have_the_names_and_weights_of_the_papers_tables(net):
    table = {name: row["weights"] for name, row in paper.layers(net).items()}
    assert list(layers_of(net)) == list(table)
    assert layers_of(net) == table


@pytest.mark.parametrize(("net", "parameters"), [("alexnet", 60_965_224), ("vgg-16", 138_357_544)])
def test_number_of_parameters_of_the_imagenet_networks(net, parameters):
    assert sum(math.prod(shape) for shape in models.shapes(net).values()) == parameters


@pytest.mark.parametrize("net", models.NETS)
def test_shapes_are_those_of_the_network_that_is_built(net):
    assert models.shapes(net) == {name: tuple(tensor.shape) for name, tensor in models.build(net).state_dict().items()}


@pytest.mark.parametrize(("net", "side"), [("alexnet", 227), ("vgg-16", 224)])
@pytest.mark.parametrize("training", [True, False])
def test_imagenet_networks_fit_together(net, side, training):
    """On torch's meta device, which knows shapes and holds no numbers."""
    with torch.device("meta"):
        model = models.IMAGENET_NETS[net]().train(training)
        assert model(torch.zeros(2, 3, side, side)).shape == (2, 1000)
        with pytest.raises(RuntimeError):
            model(torch.zeros(2, 3, side + 64, side + 64))


def small(network, monkeypatch, shrink):
    """A network with fewer channels, so that running it costs nothing."""
    real_conv, real_linear = nn.Conv2d, nn.Linear
    monkeypatch.setattr(
        nn, "Conv2d", lambda inputs, outputs, *a, **k: real_conv(shrink(inputs), shrink(outputs), *a, **k)
    )
    monkeypatch.setattr(nn, "Linear", lambda inputs, outputs: real_linear(shrink(inputs), shrink(outputs)))
    return network().eval()


def test_vgg_16_is_the_chain_of_its_layers(monkeypatch):
    torch.manual_seed(0)
    model = small(models.VGG16, monkeypatch, lambda n: n if n <= 3 else max(n // 32, 1))
    layers: list[nn.Module] = []
    for name, layer in model.named_children():
        if layers and name.endswith("_1"):
            layers.append(nn.MaxPool2d(2))
        if name == "fc6":
            layers += [nn.MaxPool2d(2), nn.Flatten()]
        layers += [layer, nn.ReLU()]
    images = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(model(images), nn.Sequential(*layers[:-1])(images))


def test_alexnet_is_the_chain_of_its_layers(monkeypatch):
    """Caffe's order: normalise after the ReLU, then pool; dropout is off once training is over."""
    torch.manual_seed(0)
    model = small(models.AlexNet, monkeypatch, lambda n: n if n <= 3 else n // 16)
    pool, norm = nn.MaxPool2d(3, 2), nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
    layers: list[nn.Module] = []
    for name, layer in model.named_children():
        layers += [layer, nn.ReLU()]
        layers += {"conv1": [norm, pool], "conv2": [norm, pool], "conv5": [pool, nn.Flatten()]}.get(name, [])
    images = torch.rand(1, 3, 227, 227)
    with torch.no_grad():
        torch.testing.assert_close(model(images), nn.Sequential(*layers[:-1])(images))


def test_half_of_a_grouped_convolution_sees_half_of_its_inputs():
    with torch.device("meta"):
        model = models.AlexNet()
    assert [model.get_submodule(f"conv{i}").groups for i in range(1, 6)] == [1, 2, 1, 2, 2]
    assert model.conv2.weight.shape == (256, 48, 5, 5)
