"""Pruning: masks against torch.nn.utils.prune, schedules against their formulas, and masks that hold in training."""

import copy
import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import nn
from torch.nn.utils import parametrize, prune

from dc_lab import pruning
from dc_lab.checkpoints.weights import open_weights
from dc_lab.networks import models
from dc_lab.networks.state import weights_of
from dc_lab.support.dtypes import BFLOAT16

densities = st.floats(0, 1)


def distinct(shape, seed=0):
    """Weights of both signs, no two of the same magnitude."""
    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    return (
        (rng.permutation(np.arange(1, size + 1)) * rng.choice([-1, 1], size) / size).astype(np.float32).reshape(shape)
    )


# --- masks ---


@given(st.integers(1, 12), st.integers(1, 12), densities)
def test_magnitude_mask_is_that_of_torch(rows, columns, density):
    weights = distinct((rows, columns))
    keep = round(density * weights.size)
    layer = nn.Linear(columns, rows, bias=False)
    layer.weight = nn.Parameter(torch.tensor(weights))
    prune.l1_unstructured(layer, "weight", amount=weights.size - keep)
    mask = pruning.magnitude_mask(weights, density)
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, layer.weight_mask.numpy() == 1)


def test_magnitude_mask_of_a_real_layer_is_that_of_torch():
    weights = distinct((300, 784))
    layer = nn.Linear(784, 300)
    layer.weight = nn.Parameter(torch.tensor(weights))
    prune.l1_unstructured(layer, "weight", amount=0.92)
    np.testing.assert_array_equal(pruning.magnitude_mask(weights, 0.08), layer.weight_mask.numpy() == 1)


@given(st.lists(st.integers(-3, 3), max_size=40), densities)
def test_magnitude_mask_keeps_exactly_so_many_and_the_first_of_equals(values, density):
    weights = np.array(values, np.float32)
    keep = round(density * len(values))
    by_magnitude = sorted(range(len(values)), key=lambda i: (-abs(values[i]), i))
    assert np.flatnonzero(pruning.magnitude_mask(weights, density)).tolist() == sorted(by_magnitude[:keep])


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.float16]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6),
        elements=st.one_of(st.sampled_from([0.0, -0.0, 0.5, -0.5, np.inf]), st.floats(-10, 10, width=16)),
    ),
    densities,
    st.booleans(),
)
def test_the_plain_form_gives_the_same_mask(weights, density, turned):
    weights = np.asfortranarray(weights) if turned else weights
    mask, plain = pruning.magnitude_mask(weights, density), pruning.magnitude_mask_by_sorting(weights, density)
    assert (mask.dtype, mask.shape) == (plain.dtype, plain.shape)
    np.testing.assert_array_equal(mask, plain)


@given(
    st.sampled_from([np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]).flatmap(
        lambda dtype: hnp.arrays(
            dtype,
            st.integers(0, 20),
            elements=st.sampled_from([np.iinfo(dtype).min, np.iinfo(dtype).min + 1, 0, 1, 5, np.iinfo(dtype).max]),
        )
    ),
    densities,
)
def test_integers_of_every_dtype_are_ranked_by_what_they_are_worth(weights, density):
    """The smallest of a signed dtype is the largest in magnitude, though np.abs leaves it negative."""
    values = weights.tolist()
    keep = round(density * len(values))
    by_magnitude = sorted(range(len(values)), key=lambda i: (-abs(values[i]), i))
    for mask in (pruning.magnitude_mask(weights, density), pruning.magnitude_mask_by_sorting(weights, density)):
        assert np.flatnonzero(mask).tolist() == sorted(by_magnitude[:keep])
    above = pruning.threshold_mask(weights, 5)
    assert above.tolist() == [abs(value) >= 5 for value in values]


def test_bfloat16_has_the_mask_of_its_values(rng):
    values = rng.normal(size=(20, 30)).astype(np.float32).astype(BFLOAT16)
    for density in (0.1, 0.5):
        expected = pruning.magnitude_mask(values.astype(np.float32), density)
        np.testing.assert_array_equal(pruning.magnitude_mask(values, density), expected)
        np.testing.assert_array_equal(pruning.magnitude_mask_by_sorting(values, density), expected)
    values[3, 4] = np.nan
    with pytest.raises(ValueError, match="1 weights are NaN"):
        pruning.magnitude_mask(values, 0.5)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (), (1,), (2, 3, 4, 5)])
def test_magnitude_mask_at_the_ends(shape):
    weights = np.full(shape, -0.5)
    for density, all_of_them in ((0, False), (1, True)):
        mask = pruning.magnitude_mask(weights, density)
        assert mask.shape == shape
        assert (mask == all_of_them).all()


def test_magnitude_mask_reads_in_c_order():
    weights = np.asfortranarray(np.ones((3, 4)))
    assert np.flatnonzero(pruning.magnitude_mask(weights, 0.5)).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("density", [-0.01, 1.01, math.nan, 8])
def test_density_out_of_range(density):
    calls = (
        lambda: pruning.magnitude_mask(np.ones(3), density),
        lambda: pruning.magnitude_mask_by_sorting(np.ones(3), density),
        lambda: pruning.global_masks({"a": np.ones(3)}, density),
        lambda: pruning.cubic_density(0.5, density),
        lambda: pruning.cubic_density(0.5, 0.1, density),
        lambda: pruning.iterative_densities(density, 3),
        lambda: pruning.sensitivity_scan(lambda weights: 0.0, {"a": np.ones((2, 2))}, [density]),
    )
    for call in calls:
        with pytest.raises(ValueError, match="density must be from 0 to 1"):
            call()


@given(densities)
def test_global_masks_are_those_of_torch(density):
    all_weights = distinct(4 * 5 + 3 * 2 * 3 * 3)
    weights = {"ip": all_weights[:20].reshape(4, 5), "conv": all_weights[20:].reshape(3, 2, 3, 3)}
    keep = round(density * all_weights.size)
    layers = {"ip": nn.Linear(5, 4), "conv": nn.Conv2d(2, 3, 3)}
    for name, layer in layers.items():
        layer.weight = nn.Parameter(torch.tensor(weights[name]))
    prune.global_unstructured(
        [(layer, "weight") for layer in layers.values()], prune.L1Unstructured, amount=all_weights.size - keep
    )
    masks = pruning.global_masks(weights, density)
    assert list(masks) == ["ip", "conv"]
    for name, layer in layers.items():
        np.testing.assert_array_equal(masks[name], layer.weight_mask.numpy() == 1)
    assert sum(int(mask.sum()) for mask in masks.values()) == keep


def test_global_masks_of_nothing():
    assert pruning.global_masks({}, 0.5) == {}


def test_threshold_mask_removes_what_is_below():
    weights = np.float32([[-0.75, 0.5], [0.25, -0.5]])
    assert pruning.threshold_mask(weights, 0.5).tolist() == [[True, True], [False, True]]
    assert pruning.threshold_mask(weights, 0.51).tolist() == [[True, False], [False, False]]
    assert pruning.threshold_mask(weights, 0).all()
    for bad in (-0.1, math.nan):
        with pytest.raises(ValueError, match="threshold must be 0 or more"):
            pruning.threshold_mask(weights, bad)


def test_quality_threshold_is_a_multiple_of_the_standard_deviation(rng):
    weights = rng.normal(3, 0.5, (40, 30)).astype(np.float32)
    deviation = math.sqrt(sum((float(w) - weights.mean()) ** 2 for w in weights.ravel()) / weights.size)
    assert pruning.quality_threshold(weights, 1.5) == pytest.approx(1.5 * deviation, rel=1e-6)
    assert pruning.quality_threshold(weights, 0) == 0
    for bad in (-1, math.nan):
        with pytest.raises(ValueError, match="quality must be 0 or more"):
            pruning.quality_threshold(weights, bad)


# --- schedules ---


@given(st.floats(-1, 2), densities, densities)
def test_cubic_density_is_the_formula(progress, final, start):
    """Zhu and Gupta write it for sparsity: s_f + (s_i - s_f) (1 - t)^3."""
    t = min(max(progress, 0), 1)
    sparsity = (1 - final) + ((1 - start) - (1 - final)) * (1 - t) ** 3
    assert pruning.cubic_density(progress, final, start) == pytest.approx(1 - sparsity, abs=1e-12)


def test_cubic_density_at_the_ends_and_on_the_way():
    assert [pruning.cubic_density(t, 0.1) for t in (-5, 0, 1, 7)] == [1, 1, 0.1, 0.1]
    assert pruning.cubic_density(0.5, 0.2) == pytest.approx(0.2 + 0.8 / 8)
    removed = [later - earlier for earlier, later in pairwise(pruning.cubic_density(t / 10, 0.1) for t in range(11))]
    assert removed == sorted(removed), "each step removes less than the one before"


@given(st.floats(1e-3, 1), st.integers(1, 12))
def test_iterative_densities_remove_the_same_share_each_round(final, rounds):
    found = pruning.iterative_densities(final, rounds)
    assert len(found) == rounds
    assert found[-1] == final
    for earlier, later in pairwise([1.0, *found]):
        assert later / earlier == pytest.approx(final ** (1 / rounds))


def test_iterative_densities_refuses():
    with pytest.raises(ValueError, match="rounds must be 1 or more, got 0"):
        pruning.iterative_densities(0.1, 0)
    with pytest.raises(ValueError, match="final density must be above 0"):
        pruning.iterative_densities(0, 3)


# --- masks that hold ---


def small_model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 16, 5))


def masks_of(model, density):
    return {
        name: pruning.magnitude_mask(model.get_submodule(name).weight.detach().numpy(), density) for name in ("0", "3")
    }


def train(model, optimizer, steps=4):
    inputs = torch.randn(8, 1, 6, 6, generator=torch.Generator().manual_seed(1))
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), torch.arange(8) % 5).backward()
        optimizer.step()


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.1),
    "adam": lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.1),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.usefixtures("one_thread")
def test_zeros_stay_zero_and_all_others_train(optimizer):
    model = small_model()
    masks = masks_of(model, 0.5)
    before = {name: model.get_submodule(name).weight.detach().clone().numpy() for name in masks}
    pruning.hold_masks(model, masks)
    train(model, OPTIMIZERS[optimizer](model.parameters()))
    for name, mask in masks.items():
        held = model.get_submodule(name).weight.detach().numpy()
        assert not held[~mask].any()
        assert (held[mask] != before[name][mask]).all()
    kept = {name: model.get_submodule(name).weight.detach().numpy().copy() for name in masks}
    pruning.release_masks(model)
    assert sorted(dict(model.named_parameters())) == ["0.bias", "0.weight", "3.bias", "3.weight"]
    for name, mask in masks.items():
        np.testing.assert_array_equal(model.get_submodule(name).weight.detach().numpy(), kept[name])
        assert not kept[name][~mask].any()
    # Released, the zeros train too.
    train(model, OPTIMIZERS[optimizer](model.parameters()))
    assert model[3].weight.detach().numpy()[~masks["3"]].any()


def test_momentum_from_before_the_mask_does_not_come_through():
    model = small_model()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    train(model, optimizer)
    masks = masks_of(model, 0.3)
    pruning.hold_masks(model, masks)
    train(model, optimizer)
    for name, mask in masks.items():
        assert not model.get_submodule(name).weight.detach().numpy()[~mask].any()


def test_a_second_mask_replaces_the_first():
    model = small_model()
    weights = model[3].weight.detach().clone().numpy()
    first = np.zeros(weights.shape, bool)
    first[:2] = True
    second = ~first
    pruning.hold_masks(model, {"3": first})
    pruning.hold_masks(model, {"3": second})
    assert len(model[3].parametrizations.weight) == 1
    np.testing.assert_array_equal(model[3].weight.detach().numpy(), weights * second)
    pruning.release_masks(model)
    assert not parametrize.is_parametrized(model[3])
    np.testing.assert_array_equal(model[3].weight.detach().numpy(), weights * second)


def test_releasing_what_is_not_held_does_nothing():
    model = small_model()
    before = model[3].weight
    pruning.release_masks(model)
    assert model[3].weight is before


def test_hold_masks_refuses():
    model = small_model()
    with pytest.raises(KeyError, match="no layer 'ip1' in this model; it has 0, 1, 2, 3"):
        pruning.hold_masks(model, {"ip1": np.ones((5, 48), bool)})
    with pytest.raises(ValueError, match=r"3: mask has shape \(48, 5\), its weight \(5, 48\)"):
        pruning.hold_masks(model, {"3": np.ones((48, 5), bool)})
    assert not parametrize.is_parametrized(model[3])


# --- masks on every dtype and device ---

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.usefixtures("one_thread")
def test_a_mask_has_the_dtype_of_its_weight_and_is_exact(dtype):
    model = nn.Sequential(nn.Linear(20, 12), nn.ReLU(), nn.Linear(12, 5)).to(dtype)
    before = {name: model[int(name)].weight.detach().clone() for name in ("0", "2")}
    masks = {name: pruning.magnitude_mask(array, 0.4) for name, array in weights_of(model, ["0", "2"]).items()}
    pruning.hold_masks(model, masks)
    for name, mask in masks.items():
        layer = model[int(name)]
        assert layer.parametrizations.weight[0].mask.dtype == layer.weight.dtype == dtype
        assert torch.equal(layer.weight, torch.where(torch.tensor(mask), before[name], 0))
    optimizer = torch.optim.SGD(model.parameters(), 0.5, momentum=0.9, weight_decay=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(4, 20, dtype=dtype)).square().sum().backward()
        gradient = model[2].parametrizations.weight.original.grad
        assert gradient.dtype == dtype
        assert not gradient[torch.tensor(~masks["2"])].any()
        optimizer.step()
    held = weights_of(model, ["0", "2"])
    pruning.release_masks(model)
    for name, mask in masks.items():
        np.testing.assert_array_equal(weights_of(model, [name])[name], held[name])
        assert not held[name][~mask].any()
    assert not torch.equal(model[2].weight, before["2"])


def test_a_mask_lies_where_its_weight_lies():
    """The device "meta" stands for an accelerator: whatever is left on the CPU does not go together with it."""
    model = small_model().to("meta")
    masks = {"0": np.ones((3, 1, 3, 3), bool), "3": np.zeros((5, 48), bool)}
    pruning.hold_masks(model, masks)
    pruning.hold_masks(model, masks)  # and a second one is copied there
    for layer in (model[0], model[3]):
        assert layer.parametrizations.weight[0].mask.is_meta
        assert layer.weight.is_meta
    model(torch.empty(2, 1, 6, 6, device="meta")).sum().backward()
    gradient = model[3].parametrizations.weight.original.grad
    assert gradient.is_meta
    assert gradient.shape == (5, 48)
    pruning.release_masks(model)
    assert model[3].weight.is_meta


@pytest.mark.parametrize("where", [torch.float16, torch.bfloat16, torch.float64, "meta"])
def test_masks_go_along_when_the_model_is_moved_or_converted(where):
    model = small_model()
    masks = masks_of(model, 0.5)
    pruning.hold_masks(model, masks)
    model.to(where)
    inputs = torch.ones(2, 1, 6, 6).to(where)
    model(inputs).sum().backward()
    for name, mask in masks.items():
        layer = model.get_submodule(name)
        found = layer.parametrizations.weight[0].mask
        assert (found.dtype, found.device) == (layer.weight.dtype, layer.weight.device)
        if where != "meta":
            np.testing.assert_array_equal(layer.weight.detach().double().numpy() != 0, mask)
    pruning.hold_masks(model, {name: ~mask for name, mask in masks.items()})  # another one, after the move
    if where != "meta":
        assert not model[3].weight.detach().double().numpy()[masks["3"]].any()
    pruning.release_masks(model)
    assert not parametrize.is_parametrized(model[3])


# --- whole neurons and filters ---


def silenced(model, keep):
    """A copy of a network whose removed neurons have no weights, no bias and no reader."""
    silent = copy.deepcopy(model)
    chain = [layer for layer in silent.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    names = [name for name, layer in silent.named_modules() if layer in chain]
    with torch.no_grad():
        for name, layer, after in zip(names, chain, chain[1:], strict=False):
            for neuron in np.flatnonzero(~keep.get(name, np.ones(len(layer.weight), bool))):
                layer.weight[neuron] = 0
                layer.bias[neuron] = 0
                width = after.weight.shape[1] // len(layer.weight)  # columns of one neuron, side by side
                after.weight[:, neuron * width : (neuron + 1) * width] = 0
    return silent


@st.composite
def chains(draw):
    """A chain of convolutions and linear layers, images for it, and which neurons stay."""
    torch.manual_seed(draw(st.integers(0, 1000)))
    channels, side = draw(st.integers(1, 3)), draw(st.integers(7, 9))
    images = torch.randn(3, channels, side, side, dtype=torch.float64)
    layers = []
    for _ in range(draw(st.integers(0, 2))):
        filters = draw(st.integers(1, 5))
        layers.append(nn.Conv2d(channels, filters, draw(st.sampled_from([(2, 2), (3, 2), (1, 1)]))))
        layers += draw(st.sampled_from([[], [nn.ReLU()], [nn.MaxPool2d(2)], [nn.ReLU(), nn.MaxPool2d(2)]]))
        channels = filters
        if min(nn.Sequential(*layers).double()(images).shape[-2:]) < 3:
            break
    layers.append(nn.Flatten())
    inputs = nn.Sequential(*layers).double()(images).shape[1]
    for _ in range(draw(st.integers(0, 2))):
        outputs = draw(st.integers(1, 6))
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        inputs = outputs
    model = nn.Sequential(*layers, nn.Linear(inputs, 4)).double()
    hidden = [name for name, layer in model.named_modules() if hasattr(layer, "weight")][:-1]
    keep = {}
    for name in hidden:
        if draw(st.booleans()):
            neurons = len(model.get_submodule(name).weight)
            keep[name] = np.array(draw(st.lists(st.booleans(), min_size=neurons, max_size=neurons).filter(any)))
    return model, images, keep


@given(chains())
def test_what_is_left_computes_what_the_silenced_network_does(chain):
    model, images, keep = chain
    expected = silenced(model, keep)(images)
    pruning.shrink(model, keep)
    torch.testing.assert_close(model(images), expected, rtol=1e-12, atol=1e-12)
    for name, mask in keep.items():
        assert len(model.get_submodule(name).weight) == np.count_nonzero(mask)


@pytest.mark.parametrize("net", ["lenet-300-100", "lenet-5"])
def test_the_course_s_networks_shrink(net):
    rng = np.random.default_rng(0)
    model = models.build(net)
    names = [name for name, _ in model.named_children()]
    keep = {name: rng.random(len(model.get_submodule(name).weight)) < 0.3 for name in names[:-1]}
    images = torch.rand(20, 1, 28, 28)
    expected = silenced(model, keep)(images)
    pruning.shrink(model, keep)
    torch.testing.assert_close(model(images), expected, rtol=1e-5, atol=1e-6)
    widths = [int(np.count_nonzero(mask)) for mask in keep.values()]
    assert [len(model.get_submodule(name).weight) for name in names] == [*widths, 10]
    said = [str(layer) for layer in model.children()]
    assert all(f"={width}" in text or f", {width}, " in text for width, text in zip(widths, said[:-1], strict=True))
    torch.nn.functional.cross_entropy(model(images), torch.zeros(20, dtype=torch.long)).backward()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    before = model(images)
    optimizer.step()
    assert not torch.equal(model(images), before)


def scores_by_loops(weight, after):
    neurons = len(weight)
    width = after.shape[1] // neurons
    found = []
    for neuron in range(neurons):
        inside = sum(float(w) ** 2 for w in weight[neuron].ravel())
        outside = sum(float(w) ** 2 for w in after[:, neuron * width : (neuron + 1) * width].ravel())
        found.append(math.sqrt(inside) * math.sqrt(outside))
    return np.array(found)


SHAPES = [
    ((4, 3), (5, 4)),
    ((4, 2, 3, 3), (5, 4, 2, 2)),
    ((4, 2, 3, 3), (5, 24)),
    ((1, 1), (1, 1)),
    ((4, 3), (5, 4, 1, 1)),
]


@pytest.mark.parametrize(("shape", "after"), SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_a_score_is_the_norm_going_in_times_the_norm_coming_out(shape, after, dtype):
    weight, reads = distinct(shape, 1).astype(dtype), distinct(after, 2).astype(dtype)
    scores = pruning.neuron_scores(weight, reads)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, scores_by_loops(weight, reads))
    scale = 2.0 ** np.arange(shape[0])
    moved = reads.reshape(len(reads), len(weight), -1) / scale[:, None]
    weight = (weight.reshape(len(weight), -1) * scale[:, None]).reshape(shape)
    np.testing.assert_allclose(pruning.neuron_scores(weight, moved.reshape(after)), scores)


@pytest.mark.parametrize(("shape", "after"), SHAPES)
def test_arrays_and_tensors_are_cut_alike_and_stay_as_they_are(shape, after):
    weight, bias, reads = distinct(shape, 1), distinct(shape[0], 2), np.asfortranarray(distinct(after, 3))
    keep = np.arange(shape[0]) % 3 == 0
    before = [array.copy() for array in (weight, bias, reads)]
    cut = pruning.remove_neurons(weight, bias, reads, keep)
    tensors = pruning.remove_neurons(*map(torch.tensor, (weight, bias, reads, keep)))
    for array, tensor in zip(cut, tensors, strict=True):
        np.testing.assert_array_equal(array, tensor.numpy())
        assert array.dtype == np.float32
    for array, was in zip((weight, bias, reads), before, strict=True):
        np.testing.assert_array_equal(array, was)
    none, no_bias, nothing = pruning.remove_neurons(weight, bias, reads, np.zeros(shape[0], bool))
    assert (none.shape, no_bias.shape) == ((0, *shape[1:]), (0,))
    assert nothing.shape == (len(reads), 0, *after[2:])


def test_what_does_not_go_together_is_refused():
    weight, bias, reads = np.ones((4, 3)), np.ones(4), np.ones((2, 4))
    with pytest.raises(ValueError, match=r"a layer of shape \(2, 6\) cannot read 4 neurons"):
        pruning.neuron_scores(weight, np.ones((2, 6)))
    for keep in (np.ones(3, bool), np.ones(4, int), np.ones((4, 1), bool)):
        with pytest.raises(ValueError, match="keep must be 4 booleans"):
            pruning.remove_neurons(weight, bias, reads, keep)
    with pytest.raises(ValueError, match=r"as many biases, got \(3,\)"):
        pruning.remove_neurons(weight, bias[:3], reads, np.ones(4, bool))


def test_a_network_shrinks_whole_or_not_at_all():
    all_of = {"ip1": np.ones(300, bool), "ip2": np.ones(100, bool)}
    model = models.build("lenet-300-100")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for name, mask, words in [
        ("ip3", np.ones(10, bool), "ip3 is no layer whose neurons could go; those are ip1, ip2"),
        ("ip2", np.ones(99, bool), "ip2: keep must be 100 booleans"),
        ("ip2", np.zeros(100, bool), "of which some are True"),
        ("ip2", np.ones(100), "ip2: keep must be 100 booleans"),
    ]:
        with pytest.raises(ValueError, match=words):
            pruning.shrink(model, {"ip1": np.arange(300) < 9, name: mask})
    with pytest.raises(KeyError, match="no layer 'fc'"):
        pruning.shrink(model, all_of | {"fc": np.ones(3, bool)})
    pruning.hold_masks(model, {"ip2": np.ones((100, 300), bool)})
    with pytest.raises(ValueError, match="ip2 is no plain linear or convolutional layer"):
        pruning.shrink(model, all_of)
    pruning.release_masks(model)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    for odd in (nn.BatchNorm1d(6), nn.Bilinear(2, 2, 2), nn.PReLU(6)):
        with pytest.raises(ValueError, match="1 is no plain linear"):
            pruning.shrink(nn.Sequential(nn.Linear(4, 6), odd, nn.Linear(6, 2)), {"0": np.arange(6) < 3})
    with pytest.raises(ValueError, match="1 is no plain linear"):
        pruning.shrink(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=2)), {"0": np.arange(4) < 2})
    with pytest.raises(ValueError, match="cannot read 4 neurons"):
        pruning.shrink(nn.Sequential(nn.Linear(3, 4), nn.Linear(6, 2)), {})


@pytest.mark.parametrize("kind", ["convolution", "linear"])
def test_layers_without_biases_shrink_too(kind):
    first = nn.Conv2d(1, 4, 3, bias=False) if kind == "convolution" else nn.Linear(6, 4, bias=False)
    model = nn.Sequential(first, nn.ReLU(), nn.Flatten())
    images = torch.rand(2, 1, 6, 6) if kind == "convolution" else torch.rand(2, 6)
    model.append(nn.Linear(model(images).shape[1], 3, bias=False))
    keep = np.array([True, False, True, False])
    expected = copy.deepcopy(model)
    with torch.no_grad():
        expected[0].weight[torch.tensor(~keep)] = 0
    expected = expected(images)
    pruning.shrink(model, {"0": keep})
    assert model[0].bias is None
    torch.testing.assert_close(model(images), expected)


# --- tied weights ---


class LanguageModel(nn.Module):
    """An embedding whose weight is also that of the output, as in most language models."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(30, 16)
        self.hidden = nn.Linear(16, 16)
        self.head = nn.Linear(16, 30, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        return self.head(torch.tanh(self.hidden(self.embedding(tokens))))


@pytest.mark.parametrize("named", [["head"], ["embedding"], ["head", "embedding"]])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.usefixtures("one_thread")
def test_a_tied_weight_is_masked_wherever_it_is_used(named, optimizer):
    model = LanguageModel()
    mask = pruning.magnitude_mask(model.head.weight.detach().numpy(), 0.3)
    pruning.hold_masks(model, dict.fromkeys(named, mask))
    assert len(list(model.parameters())) == 3  # still one for both
    training = OPTIMIZERS[optimizer](model.parameters())
    tokens = torch.arange(24).reshape(4, 6)
    for _ in range(3):
        training.zero_grad()
        logits = model(tokens)
        weight = model.head.weight
        by_hand = torch.tanh(model.hidden(weight[tokens])) @ weight.T  # the same weight going in and coming out
        torch.testing.assert_close(logits, by_hand)
        nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten()).backward()
        training.step()
        for layer in (model.embedding, model.head):
            assert not layer.weight.detach().numpy()[~mask].any()
    kept = model.head.weight.detach().clone()
    # A second mask replaces the first in both places.
    second = mask & (np.arange(30)[:, None] % 2 == 0)
    pruning.hold_masks(model, {named[0]: second})
    for layer in (model.embedding, model.head):
        assert torch.equal(layer.weight, torch.where(torch.tensor(second), kept, 0))
        assert len(layer.parametrizations.weight) == 1
    pruning.release_masks(model)
    assert model.head.weight is model.embedding.weight
    assert sorted(dict(model.named_parameters())) == ["embedding.weight", "hidden.bias", "hidden.weight"]
    assert torch.equal(model.head.weight, torch.where(torch.tensor(second), kept, 0))


def test_two_masks_for_one_weight_are_refused():
    model = LanguageModel()
    mask = np.ones((30, 16), bool)
    with pytest.raises(ValueError, match="embedding and head have one and the same weight, but their masks differ"):
        pruning.hold_masks(model, {"embedding": mask, "head": ~mask})
    assert not any(parametrize.is_parametrized(layer) for layer in model.modules())
    layer = nn.Linear(4, 4)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    with pytest.raises(ValueError, match="0 and 2 have one and the same weight"):
        pruning.hold_masks(model, {"0": np.eye(4, dtype=bool), "2": np.ones((4, 4), bool)})
    pruning.hold_masks(model, {"0": np.eye(4, dtype=bool), "2": np.eye(4, dtype=bool)})
    assert np.count_nonzero(layer.weight.detach().numpy()) == 4


def test_a_mask_of_a_tied_weight_survives_its_file(tmp_path):
    model = LanguageModel()
    mask = pruning.magnitude_mask(model.head.weight.detach().numpy(), 0.3)
    pruning.hold_masks(model, {"head": mask})
    torch.save(model.state_dict(), tmp_path / "net.pt")
    with open_weights(tmp_path / "net.pt") as weights:
        for name in ("embedding.weight", "head.weight"):
            np.testing.assert_array_equal(weights[name], model.head.weight.detach().numpy())
    other = LanguageModel()
    pruning.hold_masks(other, {"embedding": ~mask})
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.head.weight, model.head.weight)


# --- sensitivity ---


def weighted_loss(weights):
    """Picklable, and different for each layer and density."""
    return float(sum((i + 1) * np.abs(array).sum() for i, array in enumerate(weights.values())))


WEIGHTS = {"a": distinct((6, 7), 1), "bias": distinct(5, 2), "b": distinct((4, 2, 3, 3), 3)}


def expected_scan(layers, densities):
    for layer in layers:
        for density in densities:
            pruned = WEIGHTS[layer] * pruning.magnitude_mask(WEIGHTS[layer], density)
            yield layer, density, weighted_loss({**WEIGHTS, layer: pruned})


def test_the_scan_prunes_one_layer_at_a_time(capsys):
    scan = pruning.sensitivity_scan(weighted_loss, WEIGHTS, [0.9, 0.1, 0.5])
    assert scan == list(expected_scan(["a", "b"], [0.9, 0.1, 0.5]))
    assert capsys.readouterr() == ("", "")


def test_densities_may_come_from_a_generator():
    scan = pruning.sensitivity_scan(weighted_loss, WEIGHTS, (d / 4 for d in range(1, 4)), iter(["b", "bias"]))
    assert scan == list(expected_scan(["b", "bias"], [0.25, 0.5, 0.75]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_the_scan_does_not_depend_on_the_executor(kind):
    if kind == "threads":
        executor = ThreadPoolExecutor(2)
    else:
        executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    with executor:
        scan = pruning.sensitivity_scan(weighted_loss, WEIGHTS, [0.5, 0.1, 0.9], ["b", "a"], executor)
    assert scan == pruning.sensitivity_scan(weighted_loss, WEIGHTS, [0.5, 0.1, 0.9], ["b", "a"])


def test_progress_goes_to_stderr(capsys):
    with ThreadPoolExecutor(1) as executor:
        pruning.sensitivity_scan(weighted_loss, WEIGHTS, [0.5, 0.1], executor=executor, label="scan")
    out, err = capsys.readouterr()
    assert out == ""
    assert "scan: 100%" in err
    assert "4/4" in err


def test_the_scan_leaves_weights_and_their_type_alone():
    before = {name: array.copy() for name, array in WEIGHTS.items()}
    seen = []

    def error_of(weights):
        seen.append({name: array.dtype for name, array in weights.items()})
        return 0.0

    pruning.sensitivity_scan(error_of, WEIGHTS, [0.0, 1.0])
    assert all(set(types.values()) == {np.dtype(np.float32)} for types in seen)
    for name, array in WEIGHTS.items():
        np.testing.assert_array_equal(array, before[name])


def fails(weights):
    raise RuntimeError("cannot measure")


def test_an_error_of_the_measurement_comes_through():
    with pytest.raises(RuntimeError, match="cannot measure"):
        pruning.sensitivity_scan(fails, WEIGHTS, [0.5])
    with ThreadPoolExecutor(1) as executor, pytest.raises(RuntimeError, match="cannot measure"):
        pruning.sensitivity_scan(fails, WEIGHTS, [0.5, 0.4, 0.3], executor=executor)


def test_after_an_error_the_other_points_are_not_measured():
    seen = []

    def error_of(weights):
        seen.append(None)
        raise RuntimeError("cannot measure")

    with pytest.raises(RuntimeError):
        pruning.sensitivity_scan(error_of, WEIGHTS, [0.5, 0.4, 0.3])
    assert len(seen) == 1


def test_an_unknown_layer_is_named():
    with pytest.raises(KeyError, match="no weights named 'c', 'd'; there are a, bias, b"):
        pruning.sensitivity_scan(weighted_loss, WEIGHTS, [0.5], ["a", "c", "d"])


def test_nan_is_refused_by_magnitude():
    """It compares false with everything: the mask would keep another number of weights than was asked for."""
    with pytest.raises(ValueError, match="1 weights are NaN"):
        pruning.magnitude_mask(np.array([1.0, np.nan, 2.0]), 0.5)


def test_masks_are_held_for_all_layers_or_for_none():
    model = models.build("lenet-300-100")
    masks = {"ip1": np.ones((300, 784), bool), "ip2": np.ones((3, 3), bool)}
    with pytest.raises(ValueError, match="ip2: mask has shape"):
        pruning.hold_masks(model, masks)
    assert not any(parametrize.is_parametrized(layer) for layer in model.modules())
