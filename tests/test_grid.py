"""Records on a coarse grid: what is trained is what is written, a training that was stopped goes on, bits come down."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from dc_lab import archive, pipeline
from dc_lab.networks import training
from dc_lab.records import grid, make, plan, resume

GRID = plan.GridPlan(
    "lenet-300-100", (40, 20), (3, 2, 2), 700, dense_passes=8, grid_passes=40, last_passes=40, batch_size=32,
    images="moved", teacher_epochs=0,
)  # fmt: skip
GRID_CONV = replace(GRID, net="lenet-5", units=(4, 6, 20), levels=(3, 2, 2, 2), bytes=500, grid_passes=12)
GRID_CONV = replace(GRID_CONV, last_passes=12, last_bytes=540)
GRID_TIED = replace(GRID, units=(8, 11), places=(6, 3), strides=(4, 1), bytes=500, grid_passes=20, last_passes=20)


@pytest.fixture(autouse=True)
def _single(one_thread):
    """As while a record is made."""


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    """The tests' images are few, and so are their steps."""
    monkeypatch.setattr(grid, "AVERAGED", 20)
    monkeypatch.setattr(grid, "RECKON_EVERY", 1)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"net": "lenet"}, "net must be one of lenet-300-100, lenet-5, got 'lenet'"),
        ({"units": (40,)}, "units of lenet-300-100 must be 2 numbers"),
        ({"levels": (3, 2)}, "levels of lenet-300-100 must be 3 numbers from 1 to 15"),
        ({"levels": (3, 2, 16)}, "levels of lenet-300-100 must be 3 numbers from 1 to 15"),
        ({"bias_levels": 16}, "bias_levels must be at most 15, got 16"),
        ({"bytes": 12}, "bytes must be a whole number, 100 or more, got 12"),
        ({"last_bytes": -1}, "last_bytes must be a whole number, 0 or more, got -1"),
        ({"grid_passes": 2}, "grid_passes must be a whole number, 3 or more, got 2"),
        ({"start": 0}, "start must be a number from 0.01 to 10, got 0"),
        ({"ramp": 0}, "ramp must be a number from 0.01 to 10, got 0"),
        ({"ramp": 1.5}, "ramp must be a number from 0 to 1, got 1.5"),
        ({"step_lr": -1.0}, "step_lr must be a number from 0 to 1, got -1.0"),
        ({"images": "all"}, "images must be one of moved, distorted, got 'all'"),
    ],
)
def test_grid_plans_that_cannot_be(change, problem):
    with pytest.raises(ValueError, match=problem):
        replace(GRID, **change)


@pytest.mark.parametrize("chosen", [GRID, GRID_TIED], ids=["lenet-300-100", "kernels"])
def test_a_grid_plan_is_what_its_file_says(chosen, tmp_path):
    plan.save(chosen, tmp_path / "plan.toml")
    assert plan.load(tmp_path / "plan.toml") == chosen


# --- the network ---


@pytest.mark.parametrize("chosen", [GRID, GRID_CONV], ids=["lenet-300-100", "lenet-5"])
def test_the_whole_network_is_the_narrow_one(chosen, digits):
    on_it = grid.Grid(chosen)
    on_it.lay(chosen.start)
    with torch.no_grad():
        on_it.log_steps.copy_(on_it.log_steps.exp().half().float().log())
    pixels = torch.tensor(digits.pixels.reshape(-1, 784)).float() / 255
    expected = on_it.slim.logits(pixels, on_it.values())
    model = pipeline.restored(chosen.net, on_it.whole())
    with torch.no_grad():
        found = model(training.to_tensor(digits.pixels))
    torch.testing.assert_close(found, expected.detach(), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(on_it.logits(pixels, on_it.values()), expected, rtol=1e-4, atol=1e-5)


def test_levels_are_whole_and_settled_ones_stay_off_zero():
    on_it = grid.Grid(GRID)
    on_it.lay(0.7)
    for level, most in zip(map(torch.Tensor.detach, on_it.levels()), on_it.most, strict=True):
        assert torch.equal(level, level.round())
        assert float(level.abs().max()) <= most
    there = [(level != 0).float() for level in on_it.levels()[: on_it.layers]]
    on_it.there = there
    with torch.no_grad():
        for latent in on_it.latent:
            latent.mul_(0.01)
    for level, mask in zip(on_it.levels(), there, strict=False):
        assert torch.equal(level != 0, mask > 0)
        assert set(level.unique().tolist()) <= {-1.0, 0.0, 1.0}


def test_in_the_last_stage_only_what_is_beyond_the_first_level_is_pushed():
    chosen = replace(GRID_CONV, last_bytes=100)
    made = grid.Grid(chosen)
    made.lay(chosen.start)
    before = grid._Price(chosen, made)
    before.price = 5e-4
    made.there = [(level != 0).float() for level in made.levels()[: made.layers]]
    for latent in made.latent:
        latent.grad = torch.zeros_like(latent)
    price = grid._Price(chosen, made, before)
    price.add(0, 0.0)
    assert price.bits > 8 * chosen.last_bytes
    assert price.price == pytest.approx(before.price * np.exp(0.05))  # too many bits: dearer, from where it was
    for latent in made.latent[: made.layers]:
        near = latent.detach().abs() <= 1
        assert not latent.grad[near].any()
        assert latent.grad[~near].any()
    assert not any(latent.grad.any() for latent in made.latent[made.layers :])


def test_quality_by_hand(digits):
    on_it = grid.Grid(GRID)
    found = grid.quality(on_it, list(on_it.latent), digits)
    logits = on_it.slim.logits(torch.tensor(digits.pixels.reshape(-1, 784)).float() / 255, list(on_it.latent))
    chances = logits.detach().double().softmax(1).numpy()
    n = np.arange(len(digits.labels))
    assert found.nll == pytest.approx(-np.log(chances[n, digits.labels]).mean(), rel=1e-4)
    assert found.error == pytest.approx(100 * (chances.argmax(1) != digits.labels).mean())


# --- from nothing to a file ---


@pytest.mark.slow
@pytest.mark.parametrize(
    "chosen",
    [pytest.param(GRID, marks=pytest.mark.weekly), GRID_CONV, GRID_TIED],
    ids=["lenet-300-100", "lenet-5", "kernels"],
)
def test_bits_come_down_and_a_stopped_training_goes_on_to_the_same_file(chosen, digits, tmp_path, monkeypatch):
    said: list[str] = []
    made = make.make(chosen, tmp_path / "whole.dcz", digits, digits, digits, said.append)
    content = (tmp_path / "whole.dcz").read_bytes()
    assert made.bytes == len(content)
    assert not (tmp_path / "whole.parts").exists()
    assert made.held_out_error < 30
    assert [line.split(":")[0] for line in said] == ["trained", "on the grid", "settled"]
    for name, tensor in archive.loads(content).items():
        step = np.abs(tensor[tensor != 0]).min(initial=np.inf)
        assert len(np.unique(tensor)) <= 2 * plan.MOST_LEVEL + 1, name
        assert not np.isfinite(step) or step > 0
    bits = float(said[1].split("some ")[1].split(" bytes")[0].replace(",", ""))
    assert bits == pytest.approx(chosen.bytes, rel=0.5)

    class Stopped(Exception):
        pass

    count = 0
    really = resume.Kept.save

    def stop(kept, tensors, now=False):
        nonlocal count
        really(kept, tensors, True)
        count += 1
        if count in (5, 20, chosen.dense_passes + chosen.grid_passes + 3):
            raise Stopped

    monkeypatch.setattr(resume.Kept, "save", stop)
    for _ in range(3):
        with pytest.raises(Stopped):
            make.make(chosen, tmp_path / "parts.dcz", digits, digits, digits)
        assert not (tmp_path / "parts.dcz").exists()
    with pytest.raises(ValueError, match="kept by a training with other settings"):
        make.make(replace(chosen, seed=2), tmp_path / "parts.dcz", digits, digits, digits)
    make.make(chosen, tmp_path / "parts.dcz", digits, digits, digits)
    assert (tmp_path / "parts.dcz").read_bytes() == content


def test_what_is_no_kept_training_is_named(tmp_path):
    kept = resume.Kept(tmp_path / "stage.safetensors", {"seed": 3})
    assert kept.load() is None
    kept.path.write_bytes(b"something")
    with pytest.raises(ValueError, match=r"stage.safetensors: not what a training has kept"):
        kept.load()


def test_what_cannot_be_laid_back_is_named(tmp_path):
    kept = resume.Kept(tmp_path / "stage.safetensors", {})
    found = {"a": torch.zeros(2, 3), "b": torch.zeros(1)}
    kept.check(found, {"a": torch.ones(2, 3), "b": torch.ones(1)})
    for wanted, problem in [
        ({"a": torch.zeros(3, 2), "b": torch.zeros(1)}, r"a is float32 \(2, 3\), expected float32 \(3, 2\)"),
        ({"a": torch.zeros(2, 3).half(), "b": torch.zeros(1)}, r"a is float32 \(2, 3\), expected float16 \(2, 3\)"),
        ({"a": torch.zeros(2, 3)}, r"b is float32 \(1,\), expected missing"),
        ({**found, "c": torch.zeros(())}, r"stage.safetensors: c is missing, expected float32 \(\); delete"),
    ]:
        with pytest.raises(ValueError, match=problem):
            kept.check(found, wanted)


def test_kept_tensors_of_other_shapes_are_refused(digits, tmp_path):
    """The settings are right, and the tensors are not: no teacher, and a stage of another network."""
    with_teacher = replace(GRID, teacher_epochs=1)
    resume.Kept(tmp_path / grid.TEACHER, {"epochs": 1, "seed": 1}).save({"a": torch.zeros(3)}, now=True)
    with pytest.raises(ValueError, match=r"teacher\.safetensors: a is float32"):
        grid.train(with_teacher, digits, digits, tmp_path)
    resume.Kept(tmp_path / grid.STAGE.format(1), asdict(GRID)).save({"latent.0": torch.zeros(3)}, now=True)
    with pytest.raises(ValueError, match=r"stage-1\.safetensors: adam\.0\.exp_avg is missing, expected float32"):
        grid.train(GRID, digits, digits, tmp_path)


def test_only_what_was_kept_is_removed(tmp_path):
    for name in (grid.TEACHER, *(grid.STAGE.format(number) for number in grid.STAGES)):
        (tmp_path / "a.parts").mkdir(exist_ok=True)
        (tmp_path / "a.parts" / name).write_bytes(b"")
    (tmp_path / "a.parts" / "mine.txt").write_text("mine", encoding="utf-8")
    grid.forget(tmp_path / "a.parts")
    assert [path.name for path in (tmp_path / "a.parts").iterdir()] == ["mine.txt"]
    (tmp_path / "a.parts" / "mine.txt").unlink()
    grid.forget(tmp_path / "a.parts")
    assert not (tmp_path / "a.parts").exists()


def test_kept_tensors_come_back_and_seconds_add_up(tmp_path):
    tensors = {"a": torch.arange(6).reshape(2, 3), "generator": torch.Generator().get_state()}
    kept = resume.Kept(tmp_path / "stage.safetensors", {"seed": 3})
    kept.before = 100.0
    kept.save(tensors)
    assert not kept.path.exists()  # so soon after the last time
    kept.save(tensors, now=True)
    again = resume.Kept(tmp_path / "stage.safetensors", {"seed": 3})
    found = again.load()
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
    assert 100 <= again.before < 130


def test_a_stage_takes_the_seconds_since_it_was_looked_for(tmp_path):
    """Stages are made all at once, and each begins only when the one before is done."""
    kept = resume.Kept(tmp_path / "stage.safetensors", {})
    kept.began -= 1_000
    assert kept.load() is None
    kept.save({"a": torch.zeros(1)}, now=True)
    again = resume.Kept(kept.path, {})
    again.load()
    assert again.before < 100
