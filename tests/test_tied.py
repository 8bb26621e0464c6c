"""A network of kernels is the network of the published shape that it becomes."""

import numpy as np
import pytest
import torch

from dc_lab import archive, pipeline
from dc_lab.dcz import known
from dc_lab.records import grid, plan
from dc_lab.records.plan import GridPlan
from dc_lab.records.tied import places_of

PLANS = {
    "lenet-300-100": GridPlan("lenet-300-100", (7, 11), (3, 2, 2), 900, places=(6, 3), strides=(4, 1)),
    "one place": GridPlan("lenet-300-100", (5, 20), (2, 3, 1), 900, places=(7, 1), strides=(3, 2)),
    "lenet-5": GridPlan("lenet-5", (3, 5, 9), (3, 2, 2, 1), 900, places=(2,), strides=(1,)),
}


@pytest.mark.parametrize("name", PLANS)
def test_the_whole_network_is_that_of_the_kernels(name, digits):
    narrow = grid.Grid(PLANS[name])
    narrow.lay(1.2)
    with torch.no_grad():
        for i in range(narrow.layers, len(narrow.latent)):
            if i not in narrow.fixed:
                narrow.latent[i].uniform_(-3, 3, generator=torch.Generator().manual_seed(i))
    arrays = narrow.whole()
    values = [tracked.value for tracked in narrow.slim.parameters()]
    pixels = torch.tensor(digits.pixels[:50].reshape(-1, 784), dtype=torch.float32) / 255
    model = pipeline.restored(PLANS[name].net, arrays)
    with torch.no_grad():
        torch.testing.assert_close(narrow.logits(pixels, values), model(pixels.reshape(-1, 1, 28, 28)))
    # The file has the kernels, and gives the whole network back.
    content = archive.dumps(arrays, coder="smallest")
    assert content[4] in (3, 4)
    back = archive.read(content)
    assert all(np.array_equal(back.tensors[key], tensor) for key, tensor in arrays.items())
    levels = sum(stream.symbols for stream in back.streams)
    assert levels == sum(value.numel() for i, value in enumerate(values) if i not in narrow.fixed)


def test_places_follow_one_another():
    assert places_of("lenet-300-100", (5, 2), (5, 1)) == [(5, 5, 28), (2, 1, 5)]
    assert places_of("lenet-5", (3,), (1,)) == [(3, 1, 4)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"places": (5,)}, "places of lenet-300-100 must be 2 numbers from 1 to 15, or none, got (5,)"),
        ({"places": (5, 16)}, "got (5, 16)"),
        ({"places": 5}, "places must be a list of numbers"),
        ({"strides": ()}, "strides of lenet-300-100 must be 2 numbers"),
        ({"strides": (5, 0)}, "got (5, 0)"),
        ({"strides": (7, 1)}, "5 places 7 apart leave no room for a kernel in 28 entries"),
        ({"units": (13, 25)}, "13 kernels at 5 x 5 places are 325 units, expected at most 300"),
    ],
)
def test_places_that_cannot_be(change, problem):
    changed = {"units": (12, 25), "places": (5, 2), "strides": (5, 1)} | change
    with pytest.raises(ValueError, match=problem.replace("(", r"\(").replace(")", r"\)")):
        GridPlan("lenet-300-100", levels=(3, 2, 2), bytes=900, **changed)


def test_a_file_can_say_the_places_of_every_plan():
    assert plan.MOST_PLACES == known.MOST_PLACES
