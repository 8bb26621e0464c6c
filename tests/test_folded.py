"""Weights that are stored in parts: what is put together is what the layer itself calculates with."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from dc_lab import pruning, sharing
from dc_lab.checkpoints import folded
from dc_lab.checkpoints.weights import WeightsError, open_weights
from dc_lab.integers import aware

LAYERS = {
    "linear": lambda: nn.Linear(7, 5),
    "square": lambda: nn.Linear(6, 6),
    "conv": lambda: nn.Conv2d(3, 4, (2, 3)),
    "deconv": lambda: nn.ConvTranspose2d(3, 4, 2),
}


def network(kind):
    torch.manual_seed(0)
    return nn.Sequential(LAYERS[kind](), nn.ReLU(), nn.Linear(3, 2))


def opened(tmp_path, model):
    torch.save(model.state_dict(), tmp_path / "net.pt")
    with open_weights(tmp_path / "net.pt") as weights:
        return {name: np.array(array) for name, array in weights.items()}, weights


def plain(model):
    return {
        f"{layer}.{name}": getattr(module, name).detach().numpy()
        for layer, module in model.named_modules()
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))
        for name in ("weight", "bias")
    }


def assert_same(found, expected, exact=True):
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].shape == array.shape, name
        if exact:
            np.testing.assert_array_equal(found[name], array, err_msg=name)
        else:
            np.testing.assert_allclose(found[name], array, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("kind", LAYERS)
def test_masks_of_torchs_prune(tmp_path, kind):
    model = network(kind)
    prune.l1_unstructured(model[0], "weight", 0.5)
    prune.random_unstructured(model[0], "bias", 0.5)
    prune.ln_structured(model[2], "weight", 0.5, 2, 0)
    found, weights = opened(tmp_path, model)
    assert_same(found, plain(model))
    assert weights.said == ["Stored in parts (mask), put together: 0.weight, 0.bias, 2.weight."]
    assert "0.weight_mask" not in weights.shapes


@pytest.mark.parametrize("kind", LAYERS)
def test_our_own_masks(tmp_path, kind):
    model = network(kind)
    masks = {"0": np.random.default_rng(0).random(model[0].weight.shape) < 0.3}
    pruning.hold_masks(model, masks)
    found, weights = opened(tmp_path, model)
    assert_same(found, plain(model))
    assert np.count_nonzero(found["0.weight"]) == np.count_nonzero(masks["0"])
    assert weights.said == ["Stored in parts (mask), put together: 0.weight."]


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("old", [True, False])
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:.*weight_norm:UserWarning")
def test_weight_norm(tmp_path, kind, axis, old):
    model = network(kind)
    (nn.utils.weight_norm if old else parametrizations.weight_norm)(model[0], "weight", axis)
    with torch.no_grad():
        length = model[0].weight_g if old else model[0].parametrizations.weight.original0
        length.mul_(torch.linspace(0.5, 2, length.numel()).reshape(length.shape))
    model(
        torch.zeros(1, *((3, 8, 8) if kind in ("conv", "deconv") else (model[0].in_features,)))[:0]
    ) if False else None
    expected = plain(model)
    if old:  # worked out anew in each forward pass only
        expected["0.weight"] = torch._weight_norm(model[0].weight_v, model[0].weight_g, -1 if axis is None else axis)
        expected["0.weight"] = expected["0.weight"].detach().numpy()
    found, weights = opened(tmp_path, model)
    assert_same(found, expected, exact=False)
    assert weights.said == ["Stored in parts (weight_norm), put together: 0.weight."]


@pytest.mark.parametrize("kind", ["linear", "square", "conv", "deconv"])
@pytest.mark.parametrize("old", [True, False])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_spectral_norm(tmp_path, kind, old):
    model = network(kind)
    (nn.utils.spectral_norm if old else parametrizations.spectral_norm)(model[0])
    model.eval()
    sides = (2, 3, 8, 8) if kind in ("conv", "deconv") else (2, model[0].in_features)
    model[0](torch.zeros(sides))
    found, weights = opened(tmp_path, model)
    assert_same(found, plain(model), exact=False)
    assert weights.said == ["Stored in parts (spectral_norm), put together: 0.weight."]


def test_spectral_norm_along_an_axis_that_cannot_be_told(tmp_path):
    model = nn.Sequential(parametrizations.spectral_norm(nn.ConvTranspose2d(3, 3, 2)))
    torch.save(model.state_dict(), tmp_path / "net.pt")
    with (
        pytest.raises(WeightsError, match=r"does not tell along which axis.*remove_parametrizations"),
        open_weights(tmp_path / "net.pt"),
    ):
        pass


class Symmetric(nn.Module):
    def forward(self, weight):
        return weight.triu() + weight.triu(1).T


UNKNOWN = {
    "no state": lambda layer: parametrize.register_parametrization(layer, "weight", Symmetric()),
    "orthogonal": parametrizations.orthogonal,
    "codebook": lambda layer: sharing.train_codebooks(nn.ModuleDict({"0": layer}), ["0"]),
    "rounding": lambda layer: aware.train_quantized(nn.ModuleDict({"0": layer})),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_other_parametrizations_are_refused_with_what_to_do(tmp_path, what):
    model = network("square")
    UNKNOWN[what](model[0])
    torch.save(model.state_dict(), tmp_path / "net.pt")
    with pytest.raises(WeightsError) as caught, open_weights(tmp_path / "net.pt"):
        pass
    assert "0.parametrizations.weight.original belongs to a parametrization that is not known here" in str(caught.value)
    assert "remove_parametrizations(layer, 'weight')" in str(caught.value)


@pytest.mark.parametrize(
    "shapes",
    [
        {"a.weight_orig": (2, 3)},
        {"a.weight": (2, 3), "a.weight_orig": (2, 3), "a.weight_mask": (2, 3)},
        {"a.weight_orig": (2, 3), "a.weight_mask": (3, 2)},
        {"proj_g": (4, 4), "proj_v": (4, 4)},
        {"proj_g": (4,), "proj_v": (4,)},
        {"w_g": (2, 3), "w_v": (2, 3), "w": (2, 3)},
        {"mask": (2, 3), "weight_mask": (2, 3)},
    ],
)
def test_names_that_only_look_like_parts_are_left_alone(shapes):
    assert folded.folds(shapes) == []


def test_tied_weights_that_are_stored_in_parts_stay_tied(tmp_path):
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    model = nn.Sequential(first, second)
    prune.custom_from_mask(first, "weight", torch.eye(3))
    prune.custom_from_mask(second, "weight", torch.eye(3))
    second.weight_orig = first.weight_orig
    second.weight_mask = first.weight_mask
    _, weights = opened(tmp_path, model)
    assert weights.tied == {"1.weight": "0.weight"}
