"""Training: shifts against loops, the same numbers from the same seed, and errors counted by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from dc_lab.networks import models, training
from dc_lab.networks.datasets import Images


def generator(seed):
    return torch.Generator().manual_seed(seed)


def few(digits, number=256):
    return Images(digits.pixels[:number], digits.labels[:number])


# --- shifts ---


@pytest.mark.parametrize("shape", [(7, 1, 6, 6), (5, 3, 4, 7)])
@pytest.mark.parametrize("reach", [1, 2, 9])
def test_shifted_moves_each_image_by_its_own_offset(shape, reach):
    images = torch.rand(shape, generator=generator(0))
    rows, columns = torch.randint(0, 2 * reach + 1, (2, shape[0], 1), generator=generator(4))
    expected = torch.zeros(shape)
    for n in range(shape[0]):
        down, right = reach - int(rows[n]), reach - int(columns[n])
        for i in range(shape[2]):
            for j in range(shape[3]):
                if 0 <= i - down < shape[2] and 0 <= j - right < shape[3]:
                    expected[n, :, i, j] = images[n, :, i - down, j - right]
    moved = training.shifted(images, reach, generator(4))
    assert moved.shape == shape
    assert torch.equal(moved, expected)


def test_shifts_reach_every_offset_and_none_beyond():
    dot = torch.zeros(2000, 1, 9, 9)
    dot[:, 0, 4, 4] = 1
    moved = training.shifted(dot, 2, generator(0))
    assert (moved.sum(dim=(1, 2, 3)) == 1).all()
    offsets = {(row - 4, column - 4) for _, _, row, column in moved.nonzero().tolist()}
    assert offsets == {(row, column) for row in range(-2, 3) for column in range(-2, 3)}


def test_no_reach_is_no_shift():
    images = torch.rand(3, 1, 5, 5)
    source = generator(0)
    before = source.get_state()
    assert training.shifted(images, 0, source) is images
    assert torch.equal(source.get_state(), before)


# --- images, predictions, errors ---


def test_pixels_become_numbers_from_0_to_1():
    pixels = np.uint8([[[0, 51], [255, 102]]])
    tensor = training.to_tensor(pixels)
    assert tensor.dtype == torch.float32
    torch.testing.assert_close(tensor, torch.tensor([[[[0, 0.2], [1, 0.4]]]]))
    colour = np.arange(24, dtype=np.uint8).reshape(1, 3, 2, 4)
    assert training.to_tensor(colour).shape == (1, 3, 2, 4)
    torch.testing.assert_close(255 * training.to_tensor(colour), torch.tensor(colour, dtype=torch.float32))


class Brightest(nn.Module):
    """Says which of the first ten pixels is brightest; notes the batches and the mode that it saw."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, images):
        self.seen.append((len(images), self.training))
        return images.flatten(1)[:, :10]


@pytest.mark.parametrize("batch_size", [1, 3, 10, 1000])
def test_predict_and_error_by_hand(batch_size, rng):
    pixels = rng.permuted(np.tile(np.arange(100, dtype=np.uint8), (10, 1)), axis=1).reshape(10, 10, 10)
    expected = pixels.reshape(10, 100)[:, :10].argmax(axis=1)
    model = Brightest().train()
    predicted = training.predict(model, pixels, batch_size)
    assert predicted.dtype == np.int64
    assert predicted.tolist() == expected.tolist()
    assert [number for number, _ in model.seen] == [min(batch_size, 10 - i) for i in range(0, 10, batch_size)]
    assert not any(was_training for _, was_training in model.seen)
    assert model.training
    labels = expected.astype(np.uint8)
    labels[:3] = (labels[:3] + 1) % 10
    assert training.error_percent(model.eval(), Images(pixels, labels)) == 30
    assert not model.training


def test_predict_goes_back_to_training_after_an_error():
    model = models.build("lenet-300-100")
    with pytest.raises(RuntimeError):
        training.predict(model, np.zeros((2, 5, 5), np.uint8))
    assert model.training


def test_images_with_a_channel_axis_are_the_same_images(digits):
    images = few(digits, 64)
    model = models.build("lenet-5")
    with_axis = Images(images.pixels[:, None], images.labels)
    assert training.predict(model, with_axis.pixels).tolist() == training.predict(model, images.pixels).tolist()
    schedule = training.Schedule(epochs=1, seed=2)
    losses = [training.fit(models.build("lenet-300-100"), split, schedule) for split in (images, with_axis)]
    assert losses[0] == losses[1]


# --- threads ---


def test_threads_go_back_to_what_they_were():
    before = torch.get_num_threads()
    with training.threads(1):
        assert torch.get_num_threads() == 1
        with training.threads(2):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
    with pytest.raises(RuntimeError, match="stop"), training.threads(before + 1):
        raise RuntimeError("stop")
    assert torch.get_num_threads() == before


# --- fit ---


def trained(digits, before_step=None, label=None, **changes):
    model = models.build("lenet-300-100", seed=1)
    schedule = training.Schedule(**{"epochs": 2, "shift": 1, "weight_decay": 0.01, "batch_size": 64} | changes)
    loss = training.fit(model, few(digits), schedule, before_step, label)
    return loss, model.state_dict()


def test_the_same_seed_is_the_same_network(digits):
    first_loss, first = trained(digits, seed=3)
    torch.manual_seed(12345)  # the global generator has no say
    second_loss, second = trained(digits, seed=3)
    assert first_loss == second_loss
    assert all(torch.equal(first[name], second[name]) for name in first)
    _, other = trained(digits, seed=4)
    assert not torch.equal(first["ip1.weight"], other["ip1.weight"])


def test_training_lowers_loss_and_error(digits):
    model = models.build("lenet-300-100")
    images = few(digits)
    before = training.error_percent(model, images)
    first = training.fit(model, images, training.Schedule(epochs=1, batch_size=32))
    later = training.fit(model, images, training.Schedule(epochs=8, batch_size=32))
    assert later < first / 2
    assert training.error_percent(model, images) < before / 4
    assert not model.training


def test_loss_is_the_mean_over_the_last_epoch_also_with_a_short_last_batch(digits):
    """With a learning rate of 0 nothing moves, and the mean is that over all images."""
    images = few(digits, 100)
    model = models.build("lenet-300-100")
    logits = model(training.to_tensor(images.pixels))
    mean = nn.functional.cross_entropy(logits, torch.tensor(images.labels, dtype=torch.int64)).item()
    schedule = training.Schedule(epochs=2, lr=0, batch_size=64)
    assert training.fit(model, images, schedule) == pytest.approx(mean, rel=1e-5)


def test_before_step_counts_the_steps_from_0(digits):
    steps = []
    trained(digits, epochs=3, batch_size=100, before_step=steps.append)
    assert steps == list(range(9))


def test_no_epochs_change_nothing(digits):
    loss, state = trained(digits, epochs=0)
    untouched = models.build("lenet-300-100", seed=1).state_dict()
    assert loss == 0
    assert all(torch.equal(state[name], untouched[name]) for name in state)


def test_one_step_is_adamw_with_the_rate_given(digits):
    """Adam's first step moves each weight by the learning rate, in the direction against the gradient."""
    images = few(digits, 32)
    model = models.build("lenet-300-100")
    before = model.ip3.bias.detach().clone()
    nn.functional.cross_entropy(
        model(training.to_tensor(images.pixels)), torch.tensor(images.labels, dtype=torch.int64)
    ).backward()
    direction = model.ip3.bias.grad.sign()
    training.fit(model, images, training.Schedule(epochs=1, lr=0.01, batch_size=32))
    torch.testing.assert_close(model.ip3.bias.detach(), before - 0.01 * direction, atol=1e-4, rtol=0)


def test_the_learning_rate_falls_to_zero_along_a_cosine(digits, monkeypatch):
    rates = []
    step = torch.optim.AdamW.step

    def noted(self, *arguments, **keywords):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *arguments, **keywords)

    monkeypatch.setattr(torch.optim.AdamW, "step", noted)
    trained(digits, epochs=2, lr=0.008)
    assert rates == pytest.approx([0.008 * (1 + np.cos(np.pi * i / 8)) / 2 for i in range(8)])


def test_progress_goes_to_stderr_and_only_with_a_label(digits, capsys):
    trained(digits, epochs=1)
    assert capsys.readouterr() == ("", "")
    trained(digits, epochs=1, label="retrain")
    out, err = capsys.readouterr()
    assert out == ""
    assert "retrain: 100%" in err
    assert "epoch=1/1" in err


def test_the_global_number_of_threads_is_kept(digits):
    before = torch.get_num_threads()
    seen = []
    trained(digits, epochs=1, before_step=lambda step: seen.append(torch.get_num_threads()))
    assert set(seen) == {1}
    assert torch.get_num_threads() == before


def test_there_is_a_schedule_for_every_network():
    assert set(training.SCHEDULES) == set(models.NETS)


@pytest.mark.parametrize("images", [0, 1, 63, 64, 65, 300])
def test_a_schedule_knows_its_steps(images, digits):
    schedule = training.Schedule(epochs=3, batch_size=64)
    assert schedule.steps(images) == 3 * math.ceil(images / 64)
    if images:
        seen = []
        training.fit(models.build("lenet-300-100"), few(digits, images), schedule, seen.append)
        assert seen == list(range(schedule.steps(images)))
