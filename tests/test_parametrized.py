"""`dc_lab.support.parametrized`: where a weight is used, and what happens there."""

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from dc_lab.support import parametrized


class Doubled(nn.Module):
    def forward(self, weight):
        return 2 * weight


def tied():
    model = nn.ModuleDict({"first": nn.Linear(3, 3), "other": nn.Linear(3, 3), "third": nn.Linear(3, 3, bias=False)})
    model["third"].weight = model["first"].weight
    return model


def names(model, places):
    return [(next(name for name, layer in model.named_modules() if layer is p.layer), p.name) for p in places]


def test_a_weight_stands_where_its_parameter_stands():
    model = tied()
    assert names(model, parametrized.places(model, model["third"])) == [("third", "weight"), ("first", "weight")]
    assert names(model, parametrized.places(model, model["other"])) == [("other", "weight")]
    parametrize.register_parametrization(model["first"], "weight", Doubled())
    assert names(model, parametrized.places(model, model["third"])) == [("third", "weight"), ("first", "weight")]


def test_a_parameter_under_another_name():
    attention = nn.MultiheadAttention(4, 2)
    model = nn.ModuleDict({"in": nn.Linear(4, 12, bias=False), "attention": attention})
    model["in"].weight = attention.in_proj_weight
    assert names(model, parametrized.places(model, model["in"])) == [("in", "weight"), ("attention", "in_proj_weight")]
    weight = attention.in_proj_weight.detach().clone()
    parametrized.register(model, model["in"], Doubled())
    assert torch.equal(attention.in_proj_weight, 2 * weight)
    parametrized.release(model, Doubled)
    assert model["in"].weight is attention.in_proj_weight
    assert torch.equal(model["in"].weight, 2 * weight)


def test_what_is_registered_twice_counts_once():
    model, double = tied(), Doubled()
    weight = model["first"].weight.detach().clone()
    parametrized.register(model, model["first"], double)
    parametrized.register(model, model["third"], double)
    assert torch.equal(model["first"].weight, 2 * weight)
    assert torch.equal(model["third"].weight, 2 * weight)
    assert names(model, parametrized.held(model, Doubled)) == [("first", "weight"), ("third", "weight")]
    parametrized.release(model, Doubled)
    assert parametrized.held(model, Doubled) == []
    assert torch.equal(model["first"].weight, 2 * weight)
    assert model["first"].weight is model["third"].weight


def test_a_weight_of_several_parameters_has_one_place():
    model = nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 2)), nn.Linear(3, 2))
    assert names(model, parametrized.places(model, model[0])) == [("0", "weight")]
