"""Lesson 02: its example by hand, what its curves rest on, what its checks say, and the rules of its lab."""

import itertools

import numpy as np
import pytest
import torch
from exercise_rules import OPTIMIZERS
from torch.nn import functional as F

from dc_lab import pruning
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lessons.lesson_02 import ex_1_loss_increase, ex_3_train_masked, lab, lab_reference
from dc_lab.measure.curves import lesson_02, networks
from dc_lab.networks import datasets, models, training
from dc_lab.networks.datasets import Images


def test_the_example_of_the_page():
    """Inputs of size 1 and 5: the mean squared error of the outputs has just the curvature that the page says."""
    weights, curvature = ex_1_loss_increase.TWO_BY_TWO, ex_1_loss_increase.CURVATURE
    inputs = np.array(list(itertools.product([-1.0, 1.0], [-5.0, 5.0])))
    found = np.empty_like(weights)
    for place in np.ndindex(weights.shape):
        without = weights.copy()
        without[place] = 0
        found[place] = 0.5 * np.mean(((inputs @ without.T - inputs @ weights.T) ** 2).sum(axis=1))
    np.testing.assert_allclose(ex_1_loss_increase.loss_increase(weights, curvature), found, rtol=1e-12)
    assert np.abs(weights).argmin() != found.argmin()


@pytest.fixture(scope="module")
def model():
    return models.build(networks.LENET300, 0)


def few(count=6):
    images = datasets.mnist("held_out")
    return Images(images.pixels[:count], images.labels[:count])


def test_mean_squared_gradient(model):
    """Of a linear layer, an image's gradient is the product of what comes in and the slope of what goes out."""
    images = few()
    found = lesson_02.mean_squared_gradient(model, "ip1", images)
    pixels, labels = training.to_tensor(images.pixels), torch.tensor(images.labels, dtype=torch.int64)
    expected = np.zeros_like(found)
    for image, label in zip(pixels, labels, strict=True):
        x = image.flatten()
        before = (model.ip1.weight @ x + model.ip1.bias).detach().requires_grad_()
        out = model.ip3(F.relu(model.ip2(F.relu(before))))
        [slope] = torch.autograd.grad(F.cross_entropy(out[None], label[None]), [before])
        expected += (torch.outer(slope, x) ** 2).numpy() / len(labels)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-9)


def test_scaled_layers_compute_the_same(model):
    """Why one threshold is measured on scaled layers: the network is the same, its masks are not."""
    images = training.to_tensor(few().pixels)
    with torch.no_grad():
        before = model(images)
        other = models.build(networks.LENET300, 0)
        other.ip1.weight *= 4
        other.ip1.bias *= 4
        other.ip2.weight /= 4
        torch.testing.assert_close(other(images), before)
    scaled = lesson_02._scaled(model, 4.0)
    np.testing.assert_array_equal(scaled["ip1"], other.ip1.weight.detach().numpy())
    np.testing.assert_array_equal(scaled["ip2"], other.ip2.weight.detach().numpy())


def test_a_random_mask_keeps_as_many():
    weights = np.zeros((7, 11))
    for density in (0.0, 0.1, 0.5, 1.0):
        mask = lesson_02.random_mask(weights, density, np.random.default_rng(0))
        assert mask.shape == weights.shape
        assert mask.sum() == pruning.magnitude_mask(weights, density).sum()


def test_the_stored_curves_have_five_seeds():
    stored = lesson_02.stored()
    for name, shares in (
        ("schedules", lesson_02.SCHEDULE_DENSITIES),
        ("choices", lesson_02.CHOICE_DENSITIES),
        ("criteria", lesson_02.CRITERIA_DENSITIES),
    ):
        for errors in stored[name].values():
            assert np.shape(errors) == (len(shares), 5)
    assert np.shape(stored["scales"]["one threshold"]) == (len(lesson_02.SCALES), 5)
    assert {len(errors) for errors in stored["control"].values()} == {5}
    with pytest.raises(ValueError, match="way must be one of"):
        lesson_02.chosen("smallest", 0.1)


def without_mask(model, masks, batches, lr=1e-3):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()


def stale_momentum(model, masks, batches, lr=1e-3):
    """Holds the zeros for two steps, and then relies on masked gradients: momentum brings the weights back."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for step, (images, labels) in enumerate(batches):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        if step >= 2:
            for name, mask in masks.items():
                model.get_parameter(name).grad *= mask
        optimizer.step()
        if step < 2:
            with torch.no_grad():
                for name, mask in masks.items():
                    model.get_parameter(name)[~mask] = 0


def test_the_first_step_that_departs_is_named():
    assert "After step 1, 2 of the 2 removed weights of ip1.weight are not 0" in judge(find("02.3"), without_mask).text
    assert "After step 3, " in judge(find("02.3"), stale_momentum).text


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_page_s_optimizers_keep_zeros(optimizer):
    def put(model, masks):
        with torch.no_grad():
            for name, mask in masks.items():
                model.get_parameter(name)[~mask] = 0

    def masked(model, masks, batches, lr=1e-3):
        kind = getattr(torch.optim, optimizer)
        ex_3_train_masked._plain_loop(model, batches, lr, lambda: put(model, masks), optimizer=kind)

    assert judge(find("02.3"), masked).status == "correct"


def test_a_loop_that_gathers_its_batches_is_seen_too():
    def gathered(model, masks, batches, lr=1e-3):
        without_mask(model, masks, list(batches), lr)

    verdict = judge(find("02.3"), gathered)
    assert verdict.status == "wrong"
    assert "After step 1, " in verdict.text


def test_gradual_pruning_names_step_and_counts():
    def all_at_once(model, targets, batches, ramp=0.6, lr=1e-3):
        masks = {}
        for name, final in targets.items():
            weight = model.get_parameter(name).detach().numpy()
            mask = pruning.magnitude_mask(weight, final)
            weight[~mask] = 0
            masks[name] = torch.tensor(mask)
        for images, labels in batches:
            without_mask(model, masks, [(images, labels)], lr)
        return masks

    text = judge(find("02.5"), all_at_once).text
    assert "Before step 0, ip1.weight is to keep 4 weights, and has 1 that is not 0" in text


def test_the_rules_of_the_lab():
    dense = dict(networks.arrays(networks.LENET300))
    most = lab.connections(dense) // lab_reference.FEWER
    assert most == 13_310
    masks = pruning.global_masks({name: array for name, array in dense.items() if array.ndim == 2}, 1 / 20)
    right = {
        name: np.where(masks[name], array, np.float32(0)) if array.ndim == 2 else array for name, array in dense.items()
    }
    assert lab.problem(dense, right) is None
    assert lab.measure(right).value < 80
    for change, words in (
        ({"ip3.weight": dense["ip3.weight"]}, r"connections are not 0\. At most 13,310 of 266,200 may be"),
        ({"ip1.bias": right["ip1.bias"].astype(np.float64)}, "ip1.bias has to be a float32 array"),
        ({"ip1.bias": right["ip1.bias"][:-1]}, "ip1.bias has to be a float32 array"),
        ({"ip1.bias": np.full_like(right["ip1.bias"], np.nan)}, "NaN"),
        ({"ip4.bias": right["ip1.bias"]}, "keys"),
    ):
        with pytest.raises(lab.LabError, match=words):
            lab.measure({**right, **change})
    with pytest.raises(lab.LabError, match="dictionary"):
        lab.measure(right["ip1.bias"])


def test_the_lab_reference_keeps_to_its_rules():
    dense = dict(networks.arrays(networks.LENET300))
    images = few(400)
    found = lab_reference.my_pruning(dense, images.pixels.reshape(400, -1), images.labels, passes=6)
    assert lab.problem(dense, found) is None
    assert list(found) == list(dense)
