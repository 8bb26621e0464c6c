"""Records: a network that shrinks computes the same, pruning follows its own rule, plans and statements are held."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dc_lab import archive, pipeline
from dc_lab.cli import main as command
from dc_lab.networks import datasets, models, training
from dc_lab.networks.datasets import Images
from dc_lab.records import answers, board, lessons, make, plan, trim
from dc_lab.records.slim import Shared, Slim, Tracked

RECORDS = datasets.data_dir() / "records"
TINY = plan.Plan(
    "lenet-300-100", (40, 20), 1500, epochs=8, values=(4, 4, 4), bias_values=4, share_epochs=2, batch_size=32
)
TINY_CONV = plan.Plan(
    "lenet-5", (4, 6, 20), 700, epochs=12, values=(4, 4, 4, 5), bias_values=4, share_epochs=2, batch_size=32
)


@pytest.fixture(autouse=True)
def _single(one_thread):
    """As while a record is made."""


def pruned(net, units, density, seed=0):
    """A network of which a drawn share is there, with biases that are not zero."""
    slim = Slim(net, units, seed)
    generator = torch.Generator().manual_seed(seed)
    for weight in slim.weights:
        weight.hold(torch.rand(weight.value.shape, generator=generator) < density)
    for bias in slim.biases:
        bias.value = torch.rand(bias.value.shape, generator=generator) - 0.5
    return slim


def logits(slim, pixels):
    flat = torch.tensor(pixels.reshape(len(pixels), -1))[:, slim.pixels].float() / 255
    return slim.logits(flat, [parameter.value for parameter in slim.parameters()])


def whole(slim):
    model = models.build(slim.net)
    pipeline.load_arrays(model, slim.arrays())
    return model


# --- the network that shrinks ---


@pytest.mark.parametrize(("net", "units"), [("lenet-300-100", (300, 100)), ("lenet-5", (20, 50, 500))])
def test_the_full_width_is_the_network(net, units, digits):
    slim = Slim(net, units, 3)
    for weight, shape in zip(slim.weights, slim.shapes.values(), strict=True):
        assert tuple(weight.value.shape) == shape
        assert float(weight.value.var()) == pytest.approx(1 / math.prod(shape[1:]), rel=0.2)
    same = Slim(net, units, 3)
    assert all(torch.equal(a.value, b.value) for a, b in zip(slim.parameters(), same.parameters(), strict=True))
    pixels = digits.pixels[:20]
    torch.testing.assert_close(logits(slim, pixels), whole(slim)(training.to_tensor(pixels)), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("net", "units", "density"), [("lenet-300-100", (60, 30), 0.02), ("lenet-5", (9, 14, 60), 0.02)]
)
@pytest.mark.parametrize("seed", range(5))
def test_cutting_out_the_dead_changes_nothing(net, units, density, seed, digits):
    slim = pruned(net, units, density, seed)
    pixels = digits.pixels[:20]
    before, kept = logits(slim, pixels), slim.kept()
    sizes = [len(weight.value) for weight in slim.weights]
    assert slim.compact()
    torch.testing.assert_close(logits(slim, pixels), before, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(whole(slim)(training.to_tensor(pixels)), before, atol=1e-5, rtol=1e-5)
    assert [len(weight.value) for weight in slim.weights] < sizes
    assert slim.kept() <= kept
    for weight in slim.weights[:-1]:
        assert weight.mask.flatten(1).any(1).all()  # every unit that is left has inputs
    assert not slim.compact()


def test_a_layer_that_dies_is_an_error():
    slim = Slim("lenet-300-100", (5, 5), 0)
    slim.weights[1].hold(torch.zeros(5, 5))
    with pytest.raises(ValueError, match="pruning left no unit of ip1: keep more"):
        slim.compact()


def test_pruning_keeps_the_best_by_loops():
    slim = pruned("lenet-300-100", (12, 8), 0.4)
    for weight in slim.weights:
        weight.square = torch.rand(weight.value.shape)
        weight.steps = 10
    worth = []
    for layer, weight in enumerate(slim.weights):
        rows, columns = weight.mask.sum(1), weight.mask.sum(0)
        for i, j in weight.mask.nonzero().tolist():
            chance = (rows[i] + 0.5) * (columns[j] + 0.5) / (weight.mask.sum() + 1)
            bits = -math.log2(min(max(chance, 1e-6), 0.7)) + 2.5
            rms = math.sqrt(weight.square[i, j] / (1 - 0.999**10)) + 1e-8
            worth.append((float(weight.value[i, j]) ** 2 * rms / bits, layer, i, j))
    slim.prune(500)
    found = {(k, i, j) for k, weight in enumerate(slim.weights) for i, j in weight.mask.nonzero().tolist()}
    assert found == {place for _, *place in sorted(worth)[-500:] for place in [tuple(place)]}
    assert all((weight.value != 0).logical_and(weight.mask == 0).sum() == 0 for weight in slim.weights)


def test_a_step_is_adams():
    start = torch.tensor([1.0, -2.0, 0.5])
    ours, theirs = Tracked(start.clone()), torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([theirs], lr=0.01)
    for gradient in torch.randn((20, 3), generator=torch.Generator().manual_seed(0)):
        ours.step(gradient, 0.01)
        theirs.grad = gradient
        optimizer.step()
    torch.testing.assert_close(ours.value, theirs.detach())


def test_shared_values_are_few_and_their_gradient_is_the_sum():
    tracked = Tracked(torch.randn((20, 10), generator=torch.Generator().manual_seed(1)))
    tracked.hold(tracked.value.abs() > 0.5)
    shared = Shared(tracked, 4)
    value = shared.look_up()
    assert len(value[tracked.mask > 0].unique()) == 4
    assert torch.equal(value == 0, tracked.mask == 0)
    gradient = torch.randn((20, 10), generator=torch.Generator().manual_seed(2))
    expected = [float((gradient * tracked.mask)[(shared.codes == k) & (tracked.mask > 0)].sum()) for k in range(4)]
    before = shared.book.value.clone()
    shared.step(gradient, 1e-6, 1e-3)
    np.testing.assert_allclose(shared.book.mean.numpy(), 0.1 * np.array(expected), rtol=1e-4)
    assert torch.equal((shared.book.value - before).sign(), -torch.tensor(expected).sign())
    shared.settle()
    settled = tracked.value[tracked.mask > 0]
    assert len(settled.unique()) <= 4
    assert torch.equal(settled, settled.half().float())


# --- images and answers ---


def test_moved_images_stand_at_nine_places(digits):
    few = Images(digits.pixels[:3], digits.labels[:3])
    moved = answers.moved(few).reshape(9, 3, 28, 28).numpy()
    for place, (down, right) in enumerate(answers.PLACES):
        expected = np.roll(few.pixels, (down, right), (1, 2))  # the border is empty here, so nothing comes round
        assert not few.pixels[:, [0, -1]].any()
        assert not few.pixels[:, :, [0, -1]].any()
        np.testing.assert_array_equal(moved[place], expected)


def test_a_teacher_is_its_seed_and_leaves_torchs_seed_alone(digits):
    few = Images(digits.pixels[:256], digits.labels[:256])
    torch.manual_seed(4)
    expected = torch.rand(1)
    torch.manual_seed(4)
    first, same, other = (answers.teach(few, 1, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    pixels = answers.moved(few)[:50]
    said = answers.answers(first, pixels)
    assert said.shape == (50, 10)
    assert torch.equal(said, answers.answers(same, pixels))
    assert not torch.equal(said, answers.answers(other, pixels))


def test_varied_images_begin_with_the_image_itself(digits):
    few = Images(digits.pixels[:30], digits.labels[:30])
    varied = answers.varied(few, 1).reshape(answers.COPIES, 30, 784)
    np.testing.assert_array_equal(varied[0].numpy().reshape(30, 28, 28), few.pixels)
    assert len({copy.numpy().tobytes() for copy in varied}) == answers.COPIES
    assert torch.equal(answers.varied(few, 1), varied.reshape(-1, 784))
    assert not torch.equal(answers.varied(few, 2), varied.reshape(-1, 784))


def test_distorted_images_keep_their_ink(digits):
    images = training.to_tensor(digits.pixels[:100])
    moved = answers.distorted(images, torch.Generator().manual_seed(0))
    assert moved.shape == images.shape
    assert not torch.equal(moved, images)
    assert float(moved.sum() / images.sum()) == pytest.approx(1, abs=0.05)


def test_the_loss_with_a_teacher_by_hand():
    chosen = replace(TINY, hard=0.25, temperature=3.0)
    outputs, soft = torch.randn(4, 10), F.softmax(torch.randn(12, 10), 1)
    taught = lessons.Lessons(
        torch.zeros(12, 784, dtype=torch.uint8), torch.tensor([1, 5, 2, 9, 0, 3]), soft, chosen.temperature, chosen.hard
    )
    batch = torch.tensor([7, 0, 11, 5])
    expected = 0.25 * F.cross_entropy(outputs, torch.tensor([5, 1, 3, 3]))
    expected += 0.75 * 9 * F.cross_entropy(outputs / 3, soft[batch])
    torch.testing.assert_close(taught.loss(outputs, batch), expected)


# --- from nothing to a file ---


@pytest.mark.slow
@pytest.mark.parametrize(
    "tiny",
    [
        TINY,
        pytest.param(TINY_CONV, marks=pytest.mark.weekly),
        replace(TINY, teacher_epochs=2, hard=0.9, images="distorted"),
    ],
)
def test_a_record_from_nothing_is_the_same_each_time(tiny, digits, tmp_path, made_once):
    said = []
    made = make.make(tiny, tmp_path / "a.dcz", digits, digits, digits, said.append)
    again = made_once / "mine.dcz" if tiny is TINY else tmp_path / "b.dcz"
    if tiny is not TINY:
        make.make(tiny, again, digits, digits, digits)
    assert (tmp_path / "a.dcz").read_bytes() == again.read_bytes()
    assert made.bytes == (tmp_path / "a.dcz").stat().st_size
    assert made.ratio == plan.dense_bytes(tiny.net) / made.bytes > 100
    assert made.test_error == made.held_out_error < 40  # of 400 images that it was trained on
    assert [line.split(":")[0] for line in said] == ["pruned", "shared"]
    tensors = archive.load(tmp_path / "a.dcz")
    kept = sum(np.count_nonzero(tensors[name]) for name in tensors if name.endswith("weight"))
    assert 0.9 * tiny.keep < kept <= tiny.keep
    for most, (weight, bias) in zip(tiny.values, zip(*[iter(tensors.values())] * 2, strict=True), strict=True):
        assert len(np.unique(weight[weight != 0])) <= most
        assert len(np.unique(bias[bias != 0])) <= tiny.bias_values


# --- plans ---


@pytest.mark.parametrize("net", models.NETS)
def test_shipped_plans(net, tmp_path):
    shipped = plan.shipped(net)
    assert shipped.net == net
    plan.save(shipped, tmp_path / "plan.toml")
    assert plan.load(tmp_path / "plan.toml") == shipped
    assert plan.dense_bytes(net) == pipeline.float32_bytes(models.build(net))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"net": "alexnet"}, "net must be one of lenet-300-100, lenet-5, got 'alexnet'"),
        ({"units": (301, 100)}, "units of lenet-300-100 must be 2 numbers"),
        ({"units": (300,)}, "units of lenet-300-100 must be 2 numbers"),
        ({"keep": 3}, "keep must be a whole number, 10 or more, got 3"),
        ({"epochs": 0}, "epochs must be a whole number, 1 or more, got 0"),
        ({"seed": -1}, "seed must be a whole number, 0 or more, got -1"),
        ({"seed": 2**63}, "seed must be below"),
        ({"keep": 10**400}, "keep must be at most 1,000,000"),
        ({"batch_size": 2**70}, "batch_size must be at most 1,000,000"),
        ({"units": 5}, "units must be a list of numbers, one a layer, got 5"),
        ({"values": 8}, "values must be a list of numbers, one a layer, got 8"),
        ({"values": (2.5, 8, 8)}, "values of lenet-300-100 must be 3 numbers from 1 to 256"),
        ({"values": (8, 8)}, "values of lenet-300-100 must be 3 numbers from 1 to 256"),
        ({"share_lr": 0}, "share_lr must be above 0, got 0"),
        ({"lr": 2}, "lr must be a number from 0 to 1, got 2"),
        ({"ramp": math.nan}, "ramp must be a number from 0 to 1, got nan"),
        ({"images": "all"}, "images must be one of moved, distorted, got 'all'"),
        ({"temperature": 0}, "temperature must be a number from 0.1 to 100, got 0"),
    ],
)
def test_plans_that_cannot_be(change, problem):
    with pytest.raises(ValueError, match=problem):
        replace(TINY, **change)


def test_a_plan_with_an_unknown_setting_names_the_file(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text('{"net": "lenet-5", "sparsity": 3}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"plan.json: no setting 'sparsity'; expected net, units"):
        plan.load(path)
    with pytest.raises(ValueError, match="no record for 'alexnet'"):
        plan.shipped("alexnet")


# --- the board ---


@pytest.fixture(scope="module")
def made_once(tmp_path_factory, digits):
    """One small record with what it states of itself; the digits stand for the test images."""
    tmp_path = tmp_path_factory.mktemp("records")
    made = make.make(TINY, tmp_path / "mine.dcz", digits, digits, digits)
    board.Statement(
        TINY.net, "python -m dc_lab record lenet-300-100 --plan tiny.toml", TINY.seed, made.bytes,
        made.held_out_error, made.test_error, made.seconds, made.date,
    ).save(tmp_path / "mine.json")  # fmt: skip
    return tmp_path


@pytest.fixture
def folder(made_once, tmp_path):
    """A copy, to be damaged."""
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


def altered(folder, **change):
    path = folder / "mine.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")


@pytest.mark.slow
def test_a_record_that_is_what_it_states(folder, digits):
    [entry] = board.entries(folder, digits)
    assert entry.problems == ()
    assert entry.bytes == (folder / "mine.dcz").stat().st_size
    assert entry.ratio == 1_066_440 / entry.bytes
    shown = board.text([entry])
    assert "(!)" not in shown
    assert f"{entry.bytes:,}" in shown
    assert "record lenet-300-100 --plan tiny.toml" in shown


@pytest.mark.slow
def test_wrong_statements_are_flagged(folder, digits):
    size = (folder / "mine.dcz").stat().st_size
    altered(folder, bytes=size - 1)
    [entry] = board.entries(folder, digits)
    assert entry.problems == (f"states {size - 1:,} bytes, the file has {size:,}",)
    stated = json.loads((folder / "mine.json").read_text(encoding="utf-8"))["test_error"]
    altered(folder, bytes=size, test_error=stated + 0.03)
    [entry] = board.entries(folder, digits)
    assert f"states a test error of {stated + 0.03:.2f} %, measured {stated:.2f} %" in entry.problems[0]
    assert f"(!) mine: {entry.problems[0]}" in board.text([entry])
    altered(folder, test_error=math.nan)
    assert board.entries(folder, digits)[0].problems


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"net": "lenet-5"}, "these weights are not those of LeNet5"),
        ({"net": "resnet"}, "net is 'resnet', expected one of"),
        ({"bytes": "few"}, "bytes is 'few', expected int"),
        ({"seed": True}, "seed is True, expected int"),
        ({"note": "x"}, "expected exactly the fields net, command, seed"),
    ],
)
def test_statements_that_do_not_fit_are_named(folder, digits, change, problem):
    altered(folder, **change)
    [entry] = board.entries(folder, digits)
    assert problem in entry.problems[0]
    assert "(!) mine" in board.text([entry])


@pytest.mark.slow
def test_damaged_and_missing_files_are_named(folder, digits):
    content = bytearray((folder / "mine.dcz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "mine.dcz").write_bytes(content)
    assert "mine.dcz: " in board.entries(folder, digits)[0].problems[0]
    (folder / "mine.dcz").unlink()
    assert board.entries(folder, digits)[0].problems == ("there is no mine.dcz",)
    (folder / "mine.json").rename(folder / "other.json")
    (folder / "mine.dcz").write_bytes(content)
    problems = {entry.name: entry.problems for entry in board.entries(folder, digits)}
    assert problems == {"mine": ("there is no mine.json beside it",), "other": ("there is no other.dcz",)}
    (folder / "mine.json").write_text("{", encoding="utf-8")
    assert "mine.json: not JSON" in board.entries(folder, digits)[0].problems[0]


@pytest.fixture(scope="module")
def shipped():
    """The shipped records, measured once."""
    return board.entries(RECORDS, datasets.mnist("test"))


@pytest.mark.slow
def test_the_shipped_records_are_what_they_state(shipped):
    rows = shipped
    assert {row.net for row in rows} == set(models.NETS)
    assert [row.problems for row in rows] == [()] * len(rows)
    bounds = [("lenet-300-100", 200, 1.58), ("lenet-5", 300, 0.74), ("lenet-5", 800, 0.74)]
    for net, ratio, error in bounds:
        assert any(row.ratio > ratio and row.error <= error for row in rows if row.net == net)


@pytest.mark.slow
def test_stated_rows_are_the_measured_ones(shipped, folder):
    for row, measured in zip(board.as_stated(RECORDS), shipped, strict=True):
        assert row == measured._replace(error=row.error, measured=False)
        assert row.error == pytest.approx(measured.error, abs=board.TOLERANCE)
    assert "as stated" in board.text(board.as_stated(folder))
    altered(folder, bytes=1)
    assert board.as_stated(folder)[0].problems[0].startswith("states 1 bytes, the file has ")
    (folder / "mine.dcz").unlink()
    assert board.as_stated(folder)[0].problems == ("there is no mine.dcz",)


@pytest.mark.parametrize("path", sorted(RECORDS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_plan_of_each_record_is_there(path):
    stated, chosen = board.statement(path.with_suffix(".json")), plan.load(path)
    assert (stated.net, stated.seed) == (chosen.net, chosen.seed)
    assert stated.command == f"python -m dc_lab record {chosen.net} --plan data/records/{path.name}"


def test_published_rows_say_how_they_count():
    rows = board.published()
    assert {row.net for row in rows} == set(models.NETS)
    assert all(row.counted and not row.stated for row in rows)
    assert "published" in board.text(rows)
    counted = {row.name: row.counted for row in rows if row.net == "lenet-5"}
    assert counted["Dynamic Network Surgery (2016)"] == "non-zeros"
    assert counted["MIRACLE (2019)"] == "bytes of its indices"


def test_others_have_smaller_files_of_lenet_5():
    """What the page says of MIRACLE: half of our bytes, three of 10,000 images apart."""
    others = {row.name: row for row in board.published() if row.net == "lenet-5"}
    ours = board.statement(RECORDS / "lenet-5-first.json")
    assert others["MIRACLE (2019)"].bytes < 0.55 * ours.bytes
    assert others["MIRACLE (2019)"].error - ours.test_error == pytest.approx(0.03)
    assert {row.bytes for row in others.values() if "public file" in row.name} == {1694, 1140}


# --- what a network does not need ---


def outputs(arrays):
    """What LeNet-300-100 computes of a few images of noise."""
    images = torch.tensor(np.random.default_rng(3).random((20, 1, 28, 28)), dtype=torch.float32)
    with torch.no_grad():
        return pipeline.restored("lenet-300-100", arrays)(images).numpy()


def with_dead_neurons(seed=0):
    """A LeNet-300-100 of few weights, where some neurons have no inputs and some are read by nobody."""
    rng, arrays = np.random.default_rng(seed), {}
    for name, shape in models.shapes("lenet-300-100").items():
        density = 0.004 if name == "ip1.weight" else 0.02 if name == "ip2.weight" else 0.5
        arrays[name] = (rng.normal(size=shape) * (rng.random(shape) < density)).astype(np.float32)
    return arrays


@pytest.mark.parametrize("seed", range(3))
def test_without_its_dead_a_network_computes_the_same(seed):
    arrays = with_dead_neurons(seed)
    before = {name: array.copy() for name, array in arrays.items()}
    alive, gone = trim.without_the_dead(arrays)
    assert gone > 20
    np.testing.assert_allclose(outputs(alive), outputs(arrays), atol=1e-4)
    assert all(np.array_equal(before[name], arrays[name]) for name in arrays)
    for here, after in (("ip1", "ip2"), ("ip2", "ip3")):
        mute = ~alive[f"{here}.weight"].any(axis=1)
        assert not alive[f"{here}.bias"][mute].any()
        assert not alive[f"{after}.weight"][:, mute].any()
        assert np.array_equal(mute, ~alive[f"{after}.weight"].any(axis=0))
    assert trim.without_the_dead(alive)[1] == 0


def test_shared_biases_have_few_values_and_the_rest_stays():
    arrays = with_dead_neurons()
    arrays["ip1.bias"] = np.random.default_rng(1).normal(size=300).astype(np.float32)
    few = trim.shared_biases(arrays, 8)
    assert len(np.unique(few["ip1.bias"])) <= 8
    assert few["ip1.bias"].dtype == np.float32
    assert np.abs(few["ip1.bias"] - arrays["ip1.bias"]).max() < 0.6
    assert all(np.array_equal(few[name], array) for name, array in arrays.items() if array.ndim > 1)


# --- the command line ---


@pytest.mark.slow
def test_leaderboard_and_record_by_command(folder, shipped, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        asked = []
        patch.setattr(board, "entries", lambda *what: asked.append(what) or shipped)
        assert command.main(["leaderboard"]) == 0
    [(records, images)] = asked
    assert records == RECORDS
    assert images.pixels is datasets.mnist("test").pixels
    assert "MIRACLE" in capsys.readouterr().out
    assert command.main(["leaderboard", str(folder)]) == 1  # its error was measured on other images
    assert "(!) mine: states a test error" in capsys.readouterr().out
    assert command.main(["leaderboard", str(folder / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert command.main(["record", "lenet-300-100", "--out", str(folder / "mine.dcz")]) == 2
    assert "mine.dcz exists; --force replaces it" in capsys.readouterr().err
    assert command.main(["record", "lenet-300-100", "--out", str(folder / "mine.bin")]) == 2
    assert "ends in .dcz" in capsys.readouterr().err
    plan.save(TINY_CONV, folder / "plan.toml")
    new = ["--out", str(folder / "new.dcz"), "--plan", str(folder / "plan.toml")]
    assert command.main(["record", "lenet-300-100", *new]) == 2
    assert "is a plan for lenet-5, not for lenet-300-100" in capsys.readouterr().err


@pytest.mark.slow
def test_record_writes_a_file_and_a_statement_that_hold(tmp_path, capsys, monkeypatch, digits):
    monkeypatch.setattr(datasets, "mnist", lambda split: digits)
    plan.save(replace(TINY, epochs=2), tmp_path / "plan.toml")
    out = tmp_path / "made.dcz"
    assert (
        command.main(["record", TINY.net, "--out", str(out), "--plan", str(tmp_path / "plan.toml"), "--seed", "7"]) == 0
    )
    printed = capsys.readouterr().out
    assert f"{out.stat().st_size:,} bytes" in printed
    stated = board.statement(tmp_path / "made.json")
    assert (
        stated.command == f"python -m dc_lab record lenet-300-100 --plan {(tmp_path / 'plan.toml').as_posix()} --seed 7"
    )
    assert stated.seed == 7
    (tmp_path / "plan.toml").unlink()
    assert [entry.problems for entry in board.entries(tmp_path, digits)] == [()]
