"""The one dictionary of tensors in what a training script saved."""

import copy
import functools

import pytest
import torch
from torch import nn

from dc_lab.checkpoints import nested
from dc_lab.checkpoints.weights import WeightsError, load_weights, open_weights

TENSORS = nn.Linear(2, 3).state_dict()


@functools.cache
def trained():
    """An optimizer's state_dict, with tensors in it, as every training script saves it beside the network's."""
    model = nn.Linear(2, 3)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def state():
    """One of its own each time, as in a file that holds two."""
    return copy.deepcopy(trained())


@pytest.mark.parametrize(
    "key", ["model", "model_state_dict", "model_state", "state_dict", "net", "params_ema", "generator", "my_network"]
)
def test_the_dictionary_is_found_whatever_it_is_called(tmp_path, key):
    path = tmp_path / "last.ckpt"
    torch.save(
        {"epoch": 3, key: TENSORS, "optimizer": state(), "optimizer_states": [state()], "args": {"lr": 0.1}}, path
    )
    with open_weights(path) as weights:
        assert set(weights) == {"weight", "bias"}
        assert weights.said == [f"The tensors are those under {key!r}."]
        assert torch.equal(torch.tensor(weights["weight"]), TENSORS["weight"])


def test_it_may_lie_deeper():
    assert nested.find({"checkpoint": {"model": TENSORS, "optimizer": state()}}).key == "checkpoint.model"


def test_of_several_the_best_known_is_taken_and_the_others_are_said(tmp_path):
    ones = {name: torch.ones_like(tensor) for name, tensor in TENSORS.items()}
    path = tmp_path / "net.pth"
    torch.save({"params": TENSORS, "params_ema": ones}, path)
    with open_weights(path) as weights:
        assert weights["weight"].all()
        assert weights.said == ["The tensors are those under 'params_ema'; others: params, which --key chooses."]
    assert load_weights(path, "params")["weight"].tolist() == TENSORS["weight"].tolist()


@pytest.mark.parametrize(
    ("content", "key", "says"),
    [
        ({"g": TENSORS, "d": TENSORS}, None, r"several dictionaries hold tensors: g, d; --key \(key=\) chooses one"),
        ({"g": TENSORS, "d": TENSORS}, "e", "no dictionary of tensors under the key 'e'; there are: g, d"),
        (lambda: {"optimizer": state(), "epoch": 3}, None, "optimizer, epoch hold no tensor"),
        (TENSORS, "model", "no dictionary of tensors under the key 'model'; there are: none"),
        ([TENSORS], None, "holds a list, expected a state_dict"),
    ],
)
def test_what_cannot_be_told(tmp_path, content, key, says):
    torch.save(content() if callable(content) else content, tmp_path / "net.pt")
    with pytest.raises(WeightsError, match=says), open_weights(tmp_path / "net.pt", key):
        pass


def test_a_key_chooses(tmp_path):
    torch.save({"g": TENSORS, "d": {"w": torch.ones(2)}}, tmp_path / "net.pt")
    assert list(load_weights(tmp_path / "net.pt", "d")) == ["w"]
    assert list(load_weights(tmp_path / "net.pt", "g")) == ["weight", "bias"]
