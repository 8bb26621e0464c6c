"""`dc_lab.pipeline`: the whole way on a small part of MNIST, and the recipe files."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dc_lab import archive, pipeline
from dc_lab.networks import datasets, models, training
from dc_lab.networks.datasets import Images
from dc_lab.pipeline import Layer, Recipe


def part(split: str, number: int) -> Images:
    images = datasets.mnist(split)
    return Images(images.pixels[:number], images.labels[:number])


TRAIN, HELD_OUT, TEST = part("train", 3_000), part("held_out", 500), part("test", 1_000)
RECIPE = Recipe(
    layers={"ip1": Layer(0.05, 4), "ip2": Layer(0.1, 3), "ip3": Layer(0.5, 2)},
    prune_epochs=12,
    share_epochs=2,
)


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    model = models.build("lenet-300-100")
    training.fit(model, TRAIN, epochs=20)
    return model


def copy_of(model: nn.Module) -> nn.Module:
    other = models.build("lenet-300-100", seed=1)
    other.load_state_dict(model.state_dict())
    return other


@pytest.fixture(scope="module")
def compressed(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "net.dcz"
    model = copy_of(trained)
    return model, path, pipeline.run(model, RECIPE, path, TRAIN, HELD_OUT, TEST)


def test_the_file_is_what_is_reported(compressed):
    model, path, result = compressed
    assert result.bytes_after == path.stat().st_size == sum(result.items.values())
    assert result.bytes_before == 1_066_440
    assert result.ratio == 1_066_440 / path.stat().st_size
    contents = archive.read_file(path)
    assert sum(item.size for item in contents.items) == path.stat().st_size
    # A fresh model that has only the file makes the same errors.
    fresh = models.build("lenet-300-100", seed=5)
    pipeline.load_arrays(fresh, archive.load(path))
    assert training.error_percent(fresh, TEST) == result.error_after
    for name, array in pipeline.state_arrays(model).items():
        assert np.array_equal(array, contents.tensors[name])


def test_every_layer_follows_the_recipe(compressed):
    _, path, result = compressed
    tensors = archive.load(path)
    for name, layer in RECIPE.layers.items():
        weights = tensors[f"{name}.weight"]
        kept = weights[weights != 0]
        # A centroid can train to exactly zero, so that there may be fewer weights than the mask kept.
        assert 0 < len(kept) <= round(layer.density * weights.size)
        assert len(np.unique(kept)) <= 2**layer.bits
        assert np.array_equal(weights, weights.astype(np.float16).astype(np.float32))
    rows = {row.layer: row for row in result.layers}
    assert rows["ip1"].weights == 235_200
    assert rows["ip1"].kept_pct == pytest.approx(5, abs=0.01)
    assert rows["ip1"].weight_bits_pqh <= rows["ip1"].weight_bits_pq <= 5
    assert sum(row.bytes for row in result.layers) < result.bytes_after


def test_stages_are_files_that_load(compressed):
    _, path, result = compressed
    assert [stage.name for stage in result.stages] == [
        "trained",
        "pruned",
        "shared",
        "centroids trained",
        "Huffman-coded",
    ]
    stored = sorted((path.parent / "stages").glob("*.dcz"))
    assert [file.stat().st_size for file in stored] == [stage.bytes for stage in result.stages[:-1]]
    sizes = [stage.bytes for stage in result.stages]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > result.bytes_before > 10 * sizes[1]
    pruned = archive.load(stored[1])
    assert np.count_nonzero(pruned["ip1.weight"]) == round(0.05 * 235_200)
    assert np.array_equal(pruned["ip1.weight"], result.weights["pruned"]["ip1"])


def test_compression_costs_little(trained, compressed):
    _, _, result = compressed
    assert result.error_before == training.error_percent(trained, TEST)
    assert result.error_before < 12
    assert result.error_after < result.error_before + 6


@pytest.mark.parametrize("threads", [1, 2])
def test_same_recipe_same_bytes_whatever_the_threads(trained, compressed, tmp_path, threads):
    _, path, _ = compressed
    with training.threads(threads):
        pipeline.run(copy_of(trained), RECIPE, tmp_path / "again.dcz", TRAIN, HELD_OUT, TEST)
    assert (tmp_path / "again.dcz").read_bytes() == path.read_bytes()


def test_training_the_centroids_moves_them_but_no_position(compressed):
    _, _, result = compressed
    before, after = result.weights["shared"]["ip1"], result.weights["centroids trained"]["ip1"]
    assert np.array_equal(before != 0, after != 0)
    assert not np.array_equal(before, after)
    for value in np.unique(before):  # what was shared stays shared
        assert len(np.unique(after[before == value])) == 1


class Odd(nn.Module):
    """Nested names, a convolution, a batch norm with an integer buffer: nothing here is one of `models.NETS`."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 5, stride=3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(4 * 64, 10, bias=False))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(images))


@pytest.mark.parametrize("half", [True, False])
def test_any_module_with_linear_and_conv2d(tmp_path, half):
    model = Odd()
    assert pipeline.layer_names(model) == ["features.0", "head.1"]
    training.fit(model, part("train", 1_000), epochs=1)
    recipe = Recipe(layers={"features.0": Layer(0.5, 3), "head.1": Layer(0.1, 2)}, prune_epochs=1, half=half)
    result = pipeline.run(model, recipe, tmp_path / "odd.dcz", part("train", 1_000), HELD_OUT, TEST)
    tensors = archive.load(tmp_path / "odd.dcz")
    assert list(tensors) == list(model.state_dict())
    assert tensors["features.1.num_batches_tracked"].dtype == np.int64
    assert np.count_nonzero(tensors["head.1.weight"]) <= 256
    assert sum(result.items.values()) == (tmp_path / "odd.dcz").stat().st_size
    fits = np.array_equal(tensors["features.1.bias"], tensors["features.1.bias"].astype(np.float16))
    assert fits == half


def test_one_shot_and_no_training_at_all(trained, tmp_path):
    recipe = Recipe(layers={"ip1": Layer(0.1, 4)}, prune_epochs=0, share_epochs=0, ramp=0, half=False)
    model = copy_of(trained)
    pipeline.run(model, recipe, tmp_path / "net.dcz", TRAIN, HELD_OUT, TEST)
    weights = pipeline.weights_of(model, ["ip1", "ip2"])
    assert np.count_nonzero(weights["ip1"]) == 23_520
    assert np.array_equal(weights["ip2"], pipeline.weights_of(trained, ["ip2"])["ip2"])


def test_recipe_that_does_not_fit_and_bad_weights(trained, tmp_path):
    images = (TRAIN, HELD_OUT, TEST)
    with pytest.raises(ValueError, match=r"no Linear or Conv2d layer named fc9; the model has ip1, ip2, ip3"):
        pipeline.run(copy_of(trained), Recipe(layers={"fc9": Layer()}), tmp_path / "a.dcz", *images)
    model = copy_of(trained)
    with torch.no_grad():
        model.ip2.weight[3, 4] = float("nan")
    with pytest.raises(ValueError, match=r"ip2\.weight holds 1 NaN or infinite"):
        pipeline.run(model, RECIPE, tmp_path / "a.dcz", *images)
    with torch.no_grad():
        model.ip2.weight[3, 4] = 1e6
    with pytest.raises(ValueError, match="float16"):
        pipeline.round_to_half(model)
    assert list(tmp_path.iterdir()) == []


def test_load_arrays_says_what_does_not_fit(trained):
    arrays = pipeline.state_arrays(trained)
    with pytest.raises(ValueError, match=r"lacks ip3\.bias"):
        pipeline.load_arrays(trained, {name: array for name, array in arrays.items() if name != "ip3.bias"})
    with pytest.raises(ValueError, match="has other"):
        pipeline.load_arrays(trained, {**arrays, "other": arrays["ip3.bias"]})
    with pytest.raises(ValueError, match=r"ip3\.bias has shape \(9,\), LeNet300100 expects \(10,\)"):
        pipeline.load_arrays(trained, {**arrays, "ip3.bias": np.zeros(9, np.float32)})


layers = st.builds(Layer, st.floats(0.001, 1), st.integers(1, 16))
recipes = st.builds(
    Recipe,
    layers=st.dictionaries(st.text(min_size=1, max_size=8), layers, max_size=4),
    prune_epochs=st.integers(0, 99),
    prune_lr=st.floats(0, 1),
    ramp=st.floats(0, 1),
    start=st.sampled_from(["linear", "density", "random", "cube root", "optimal"]),
    half=st.booleans(),
    seed=st.integers(0, 2**31),
)


@given(recipes, st.sampled_from([".toml", ".json"]))
def test_recipes_survive_their_files(tmp_path_factory, recipe, suffix):
    path = tmp_path_factory.mktemp("recipe") / f"recipe{suffix}"
    recipe.save(path)
    assert Recipe.load(path) == recipe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epochs = 3", "recipe has no setting 'epochs'"),
        ("[layers.ip1]\nbit = 3", "layer 'ip1' has no setting 'bit'"),
        ("[layers.ip1]\nbits = 17", "bits must be a whole number from 1 to 16, got 17"),
        ("[layers.ip1]\nbits = 2.5", "bits must be a whole number"),
        ("[layers.ip1]\ndensity = 0", "density must be above 0"),
        ("[layers.ip1]\ndensity = nan", "density must be above 0"),
        ("layers = 3", "layers must map"),
        ("start = 'middle'", "start must be one of linear, density, random, cube root, optimal, got 'middle'"),
        ("prune_epochs = -1", "prune_epochs must be a whole number"),
        ("prune_lr = 'fast'", "prune_lr must be a number"),
        ("prune_lr = nan", "prune_lr must be a number"),
        ("ramp = 2", "ramp must be from 0 to 1"),
        ("batch_size = 0", "batch_size must be 1 or more"),
        ("half = ", "Invalid value"),
    ],
)
def test_bad_recipes_name_the_file_and_the_setting(tmp_path, text, message):
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        Recipe.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("net", list(models.NETS))
def test_default_recipes_fit_their_networks(net):
    pipeline.check_recipe(models.build(net), pipeline.default_recipe(net))
    assert json.dumps(pipeline.default_recipe(net).to_dict())
