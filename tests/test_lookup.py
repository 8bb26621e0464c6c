"""Layers of a model found by name."""

import pytest
from torch import nn

from dc_lab.support import lookup


def test_layers_are_those_of_the_model_in_the_order_asked_for():
    model = nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 2)))
    found = lookup.layers(model, ["1.1", "0"])
    assert list(found) == ["1.1", "0"]
    assert found["1.1"] is model[1][1]
    assert found["0"] is model[0]
    assert lookup.layers(model, []) == {}


def test_an_unknown_layer_is_named():
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    with pytest.raises(KeyError, match="no layer 'ip1' in this model; it has 0, 1"):
        lookup.layers(model, ["0", "ip1", "ip2"])


def test_a_layer_in_two_places_has_two_names():
    layer = nn.Linear(3, 3)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    assert lookup.layers(model, ["2", "0"]) == {"2": layer, "0": layer}
