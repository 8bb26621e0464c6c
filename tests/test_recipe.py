"""`dc_lab.recipes.recipe`: recipes survive their files, and bad ones are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.recipes.recipe import Layer, Recipe

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
        ("half = 1", "half must be true or false, got 1"),
        ("prune_epochs = true", "prune_epochs must be a whole number"),
        ("prune_epochs = 1000001", "prune_epochs must be a whole number from 0 to 1,000,000"),
        ("seed = 9223372036854775808", "seed must be a whole number from 0 to 9,223,372,036,854,775,807"),
        ("shift = 28", "shift must be a whole number from 0 to 27"),
        ("batch_size = 1000001", "batch_size must be at most 1,000,000"),
        (f"prune_lr = 1{'0' * 400}", "prune_lr must be a number from 0 to 1,000,000"),
        ("ramp = true", "ramp must be from 0 to 1"),
        ("[layers.ip1]\nbits = true", "bits must be a whole number"),
        ("seed = 1\nseed = 2", "Cannot overwrite a value"),
        ("[layers.ip1]\n[layers.ip1]", "Cannot declare"),
        ("seed = " + "[" * 100_000, "nested too deeply"),
        ("", "there are no settings in it"),
        ("# nothing", "there are no settings in it"),
    ],
)
def test_bad_recipes_name_the_file_and_the_setting(tmp_path, text, message):
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        Recipe.load(path)
    assert str(path) in str(caught.value)
