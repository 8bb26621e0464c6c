"""AlexNet and VGG-16: how weights are drawn, whose layers a file has, the floor, and real files."""

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dc_lab import archive, huffman, pipeline
from dc_lab.checkpoints import weights
from dc_lab.cli import compress
from dc_lab.cli import main as command
from dc_lab.measure import imagenet
from dc_lab.measure.curves import lesson_10
from dc_lab.networks import models, paper

NETS = list(models.IMAGENET_NETS)
SMALL = 1 / 256


def kept_share(net, layer):
    return paper.layers(net)[layer]["kept_pct"] / 100


# --- drawn ---


@pytest.mark.parametrize("net", NETS)
def test_drawn_networks_have_the_shapes_of_the_true_ones(net):
    assert imagenet.sampled(net).shapes == models.shapes(net)
    assert list(imagenet.sampled(net)) == list(models.shapes(net))
    assert len(imagenet.sampled(net)) == 2 * len(paper.layers(net))


@pytest.mark.parametrize("net", NETS)
def test_a_share_keeps_the_mixture_of_layers(net):
    small = imagenet.sampled(net, share=1 / 8)
    for name, shape in models.shapes(net).items():
        assert small.shapes[name] == (shape[0] // 8, *shape[1:])
        if shape[0] < 1_000 and not name.startswith("fc"):
            assert small[name].shape == small.shapes[name]
            assert small[name].dtype == np.float32


def test_tensors_are_the_same_in_any_order_and_others_with_another_seed():
    first, second = imagenet.sampled("alexnet", share=SMALL), imagenet.sampled("alexnet", share=SMALL)
    forward = {name: first[name] for name in first}
    for name in reversed(list(second)):
        np.testing.assert_array_equal(second[name], forward[name])
    other = imagenet.sampled("alexnet", seed=1, share=SMALL)
    assert not np.array_equal(other["conv3.weight"], forward["conv3.weight"])
    assert len({array.ravel()[0] for array in forward.values()}) == len(forward)


def test_some_layers_are_those_of_the_whole(tmp_path):
    whole, some = (imagenet.sampled("alexnet", share=SMALL, layers=layers) for layers in (None, ["conv2", "fc8"]))
    assert list(some) == ["conv2.weight", "conv2.bias", "fc8.weight", "fc8.bias"]
    for name in some:
        np.testing.assert_array_equal(some[name], whole[name])
    assert list(archive.loads(archive.dumps(imagenet.compressed(some)))) == list(some)
    with pytest.raises(ValueError, match=r"alexnet has no layer 'ip1'; it has conv1, .*, fc8"):
        imagenet.sampled("alexnet", layers=["ip1"])


def test_weights_of_power_1_are_normal_and_know_nothing_of_one_another():
    values = imagenet.sampled("alexnet", power=1)["conv3.weight"].ravel()
    assert stats.kstest(values, "norm").pvalue > 0.001
    assert abs(stats.pearsonr(values[:-1], values[1:]).statistic) < 5 / math.sqrt(values.size)
    kept = np.abs(values) > np.quantile(np.abs(values), 0.65)
    assert abs(np.mean(kept[1:] & kept[:-1]) - 0.35**2) < 5 * math.sqrt(0.35**2 / values.size)


@given(st.integers(8, 64), st.integers(0, 2**32 - 1))
def test_a_power_is_that_of_float64_and_keeps_sign_and_order(eighths, seed):
    values = np.random.default_rng(seed).standard_normal(200).astype(np.float32)
    result = imagenet.to_power(values, eighths / 8)
    exact = np.sign(values) * np.abs(values.astype(np.float64)) ** (eighths / 8)
    np.testing.assert_allclose(result, exact, rtol=2e-6, atol=1e-37)
    assert result.dtype == np.float32
    order = np.argsort(values)
    assert (np.diff(result[order]) >= 0).all()


@pytest.mark.parametrize("power", [0.5, 1.05, math.pi])
def test_powers_that_are_refused(power):
    with pytest.raises(ValueError, match="power must be 1 or more in steps of 1/8, got"):
        imagenet.sampled("alexnet", power=power)["conv1.weight"]


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="net must be one of alexnet, vgg-16, got 'lenet-5'"):
        imagenet.sampled("lenet-5")
    for share in (0, -1, 1.5, math.nan):
        with pytest.raises(ValueError, match="share must be above 0 and up to 1, got"):
            imagenet.sampled("alexnet", share=share)
    with pytest.raises(KeyError):
        imagenet.sampled("alexnet")["fc9.weight"]


@pytest.mark.parametrize(
    ("net", "layer"), [("alexnet", "conv1"), ("alexnet", "conv5"), ("vgg-16", "conv1_2"), ("vgg-16", "conv2_2")]
)
def test_stored_powers_are_those_that_match(net, layer):
    assert imagenet.matched_power(net, layer) == imagenet.POWERS[net][layer]


@pytest.mark.parametrize("net", NETS)
def test_every_layer_has_a_power(net):
    assert list(imagenet.POWERS[net]) == list(paper.layers(net))


@pytest.mark.parametrize("layer", ["conv2", "conv4"])
def test_code_bits_are_those_of_the_codes(layer):
    row = paper.layers("alexnet")[layer]
    kept = imagenet.kept_of("alexnet", layer)
    assert len(kept) == round(row["kept_pct"] / 100 * row["weights"])
    powers = imagenet.to_power(kept, imagenet.POWERS["alexnet"][layer])
    assert imagenet.code_bits(powers, 8) == pytest.approx(row["weight_bits_pqh"], abs=0.15)
    assert imagenet.code_bits(kept, 8) > row["weight_bits_pqh"] + 1
    assert imagenet.code_bits(kept, 8, steps=0) < imagenet.code_bits(kept, 8, steps=300)


# --- whose layers these are ---


def torchvision_shapes(net, ndim=None):
    """What torchvision 0.2x has, from its own list of layers: features (None is a pooling layer), then three more."""
    if net == "alexnet":
        features = {0: (64, 3, 11, 11), 3: (192, 64, 5, 5), 6: (384, 192, 3, 3), 8: (256, 384, 3, 3)}
        features[10] = (256, 256, 3, 3)
        classifier = {1: (4096, 9216), 4: (4096, 4096), 6: (1000, 4096)}
    else:
        features, at, inputs = {}, 0, 3
        for channels, convolutions in models.VGG16.BLOCKS:
            for _ in range(convolutions):
                features[at] = (channels, inputs, 3, 3)
                at, inputs = at + 2, channels  # a convolution and its ReLU
            at += 1  # the pooling
        classifier = {0: (4096, 25088), 3: (4096, 4096), 6: (1000, 4096)}
    shapes = {}
    for part, layers in (("features", features), ("classifier", classifier)):
        for i, shape in layers.items():
            shapes |= {f"{part}.{i}.weight": shape, f"{part}.{i}.bias": shape[:1]}
    return shapes


def test_torchvisions_networks_have_the_numbers_of_parameters_that_are_known():
    sizes = {net: sum(map(math.prod, torchvision_shapes(net).values())) for net in NETS}
    assert sizes == {"alexnet": 61_100_840, "vgg-16": 138_357_544}


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("prefix", ["", "module."])
def test_layers_are_recognised_by_name(net, prefix):
    for shapes, names in ((models.shapes(net), "the paper's"), (torchvision_shapes(net), "torchvision's")):
        found = imagenet.recognise({prefix + name: shape for name, shape in shapes.items()})
        assert found is not None
        assert (found.net, found.names) == (net, names)
        assert list(found.layers) == list(paper.layers(net))
        assert [f"{name}.weight" for name in found.layers.values()] == [
            prefix + name for name in shapes if name.endswith(".weight")
        ]


def test_torchvisions_vgg_has_the_papers_layers_in_its_order():
    shapes, found = torchvision_shapes("vgg-16"), imagenet.recognise(torchvision_shapes("vgg-16"))
    assert found is not None
    for layer, name in found.layers.items():
        assert shapes[f"{name}.weight"] == models.shapes("vgg-16")[f"{layer}.weight"]


def test_other_networks_are_not_recognised():
    alexnet = torchvision_shapes("alexnet")
    assert imagenet.recognise({}) is None
    assert imagenet.recognise(models.shapes("lenet-5")) is None
    assert imagenet.recognise({"w": (3, 4), "module.v": (5, 6)}) is None
    assert imagenet.recognise({name: shape for name, shape in alexnet.items() if name != "features.3.weight"}) is None
    assert imagenet.recognise(alexnet | {"extra.weight": (3, 3)}) is None
    assert imagenet.recognise(alexnet | {"features.3.weight": (192, 64)}) is None
    assert imagenet.recognise(alexnet | {"classifier.6.weight": (10, 4096), "classifier.6.bias": (10,)}) is not None


@pytest.mark.parametrize("net", NETS)
def test_rules_are_the_papers_for_each_layer(net):
    found = imagenet.recognise(torchvision_shapes(net))
    assert found is not None
    for names in (None, found.layers):
        densities, bits = imagenet.rules(net, names)
        for (layer, row), density, bit in zip(paper.layers(net).items(), densities, bits, strict=True):
            assert density.pattern == bit.pattern == (names or {}).get(layer, layer)
            assert (density.value, bit.value) == (row["kept_pct"] / 100, 5 if layer.startswith("fc") else 8)
            others = [rule for rule in densities if rule.fits(f"{density.pattern}.weight", 2)]
            assert others == [density]


# --- files ---


@pytest.mark.parametrize("net", NETS)
def test_a_file_holds_the_papers_densities_and_bits_and_comes_back_exactly(net, tmp_path):
    drawn = imagenet.sampled(net, share=SMALL)
    path = tmp_path / "net.dcz"
    archive.save(path, imagenet.compressed(drawn))
    contents = archive.read_file(path)
    expected = dict(imagenet.compressed(drawn, finish=None))
    pipeline.check_same(contents.tensors, expected)
    for layer, row in paper.layers(net).items():
        array = contents.tensors[f"{layer}.weight"]
        assert np.count_nonzero(array) == round(kept_share(net, layer) * array.size)
        assert len(np.unique(array[array != 0])) <= 2 ** row["weight_bits_pq"]
        source = drawn[f"{layer}.weight"]
        assert np.abs(source[array != 0]).min() >= np.abs(source[array == 0]).max()
        np.testing.assert_array_equal(contents.tensors[f"{layer}.bias"], drawn[f"{layer}.bias"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_bytes_do_not_depend_on_the_executor(kind, tmp_path):
    drawn = imagenet.sampled("vgg-16", share=SMALL)
    alone = imagenet.compressed(drawn)
    expected = archive.dumps(alone)
    pool = ThreadPoolExecutor(3) if kind == "threads" else ProcessPoolExecutor(2, get_context("spawn"))
    with pool as executor:
        together = imagenet.compressed(drawn, executor)
        assert archive.dumps(together) == expected
    assert together.rows == alone.rows


# --- the floor ---


@pytest.mark.parametrize("density", [0, 0.04, 0.25, 0.5, 0.84, 1])
def test_position_bits_are_the_binary_entropy(density):
    assert imagenet.position_bits(density) == pytest.approx(stats.bernoulli(density).entropy() / math.log(2), abs=1e-12)


@pytest.mark.parametrize("density", [-0.1, 1.1, math.nan])
def test_densities_that_are_refused(density):
    with pytest.raises(ValueError, match="density must be from 0 to 1, got"):
        imagenet.position_bits(density)


def test_the_floor_of_a_matrix_by_hand():
    """16 weights, 4 kept: 16 x H(1/4) = 12.98 bits; codes 2, 1, 1 of 4: 1.5 bits each."""
    matrix = np.zeros((4, 4), np.float32)
    matrix[[0, 1, 2, 3], [1, 3, 0, 2]] = [0.5, 0.5, -1, 2]
    result = imagenet.floor(matrix)
    assert 8 * result.positions == pytest.approx(16 * (0.25 * 2 + 0.75 * math.log2(4 / 3)))
    assert 8 * result.codes == pytest.approx(6)
    assert result.bytes == result.positions + result.codes


def test_the_floor_of_nothing_and_of_one_value():
    assert imagenet.floor(np.zeros((5, 5), np.float32)) == (0, 0)
    assert imagenet.floor(np.zeros((0, 5), np.float32)) == (0, 0)
    assert imagenet.floor(np.ones((5, 5), np.float32)) == (0, 0)


def test_positions_are_the_logarithm_of_the_number_of_ways_to_choose_them():
    """n H(k/n) is just above log2 (n over k): what a coder pays that knows how many are kept."""
    n, k = 100_000, 9_000
    ways = (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)) / math.log(2)
    assert 0 < n * imagenet.position_bits(k / n) - ways < 20


@pytest.mark.slow
@pytest.mark.parametrize("coder", ["fixed", "huffman"])
def test_files_stay_above_the_floor_and_huffman_comes_near(coder):
    drawn = imagenet.sampled("alexnet", share=1 / 16)
    tensors = dict(imagenet.compressed(drawn, finish=None))
    contents = archive.read(archive.dumps(tensors, coder=coder))
    for layer in ("conv3", "fc7", "fc8"):
        sizes = {item.part: item.size for item in contents.items if item.tensor == f"{layer}.weight"}
        floor = imagenet.floor(tensors[f"{layer}.weight"])
        both = sizes["values"] + sizes["index"]
        assert both > floor.bytes
        if coder == "huffman":
            assert both < 1.04 * floor.bytes


@pytest.mark.parametrize("net", NETS)
def test_the_papers_floor_and_bytes_add_up_to_its_totals(net):
    rows = paper.layers(net)
    total = sum(row["weights"] for row in rows.values())
    assert imagenet.weights_of(net) == total
    rate = paper.tables()["layers"][net]["total"]["rate_pct_pqh"]
    bytes_ = sum(map(imagenet.paper_bytes, rows.values()))
    assert 100 * bytes_ / (4 * total) == pytest.approx(rate, rel=0.08)
    for row in rows.values():
        here = imagenet.paper_floor(row)
        density = row["kept_pct"] / 100
        assert here.positions == pytest.approx(row["weights"] / 8 * huffman.entropy(np.array([density, 1 - density])))
        assert imagenet.paper_floor(row, row["kept_pct"] - 0.5).bytes < here.bytes * 1.01


def test_a_weight_file_reads_each_tensor_by_itself(tmp_path):
    drawn = imagenet.sampled("alexnet", share=SMALL)
    path = tmp_path / "net.safetensors"
    weights.save_weights(path, drawn)
    source = weights.WeightFile(path)
    assert source.shapes == drawn.shapes
    assert set(source) == set(drawn)
    assert len(source) == len(drawn)
    for name in drawn:
        np.testing.assert_array_equal(source[name], drawn[name])


# --- the numbers of lesson 10 ---


@pytest.mark.slow
@pytest.mark.parametrize("coder", ["huffman", "rans"])
def test_bytes_by_layer_add_up_to_the_file(coder, tmp_path):
    source = imagenet.sampled("alexnet", share=1 / 64)
    path = tmp_path / "net.dcz"
    with ThreadPoolExecutor(2) as executor:
        found = lesson_10.write(path, source, coder, executor)
    layers = found["layers"]
    assert found["file"] == path.stat().st_size
    assert sum(map(lesson_10.row_bytes, layers.values())) + found["biases"] + found["rest"] == found["file"]
    for layer, tensor in archive.load(path).items():
        if layer.endswith(".weight"):
            row, floor = layers[layer.removesuffix(".weight")], imagenet.floor(tensor)
            assert row["kept"] == np.count_nonzero(tensor)
            assert (row["positions"], row["codes"]) == (round(floor.positions), round(floor.codes))


def test_a_file_that_comes_back_otherwise_is_an_error(tmp_path, monkeypatch):
    read = archive.read_file

    def damaged(path):
        contents = read(path)
        contents.tensors["conv1.weight"] = -contents.tensors["conv1.weight"]
        return contents

    monkeypatch.setattr(archive, "read_file", damaged)
    with pytest.raises(RuntimeError, match=r"conv1\.weight read back is not what was written"):
        lesson_10.write(tmp_path / "net.dcz", imagenet.sampled("alexnet", share=SMALL))


def test_stored_numbers_hang_together():
    stored = lesson_10.stored()
    for net in NETS:
        rows = paper.layers(net)
        normal, cubed, matched = (stored["sizes"][net][draw] for draw in ("normal", "cubed", "matched"))
        assert normal["file"] > cubed["file"] > matched["file"] > stored["rans"][net]["file"]
        for found in (normal, cubed, matched, stored["rans"][net]):
            assert list(found["layers"]) == list(rows)
            sizes = sum(map(lesson_10.row_bytes, found["layers"].values()))
            assert sizes + found["biases"] + found["rest"] == found["file"]
            for layer, row in found["layers"].items():
                assert row["kept"] == round(kept_share(net, layer) * rows[layer]["weights"])
                assert row["positions"] == pytest.approx(
                    rows[layer]["weights"] * imagenet.position_bits(kept_share(net, layer)) / 8, rel=0.001, abs=1
                )
                assert lesson_10.row_bytes(row) > row["positions"] + row["codes"]
        whole = next(row for row in stored["costs"] if row["net"] == net and row["share"] == 1)
        assert whole["bytes"] == matched["file"]
        assert whole["compress_peak"] < 3 * 4 * whole["weights"]
    for by_power in stored["bits"].values():
        table = np.array(list(by_power.values()))
        assert (np.diff(table, axis=0) < 0).all()  # heavier tails, fewer bits
        assert (np.diff(table, axis=1) >= 0).all()  # more steps, more bits


@pytest.mark.parametrize(("power", "steps"), [(1.0, 0), (3.0, 30)])
def test_cheap_numbers_come_out_as_stored(power, steps):
    stored = lesson_10.stored()["bits"]["conv3"][power][lesson_10.STEPS.index(steps)]
    assert lesson_10.bits_a_code("conv3", power, steps) == pytest.approx(stored, abs=0.01)


def test_layers_come_out_as_stored(tmp_path):
    """The layers that the notebook writes, of the whole network's numbers."""
    found = lesson_10.write(tmp_path / "part.dcz", imagenet.sampled("alexnet", layers=["conv2", "conv5"]))
    stored = lesson_10.stored()["sizes"]["alexnet"]["matched"]["layers"]
    for layer, row in found["layers"].items():
        assert row == pytest.approx(stored[layer], rel=0.001)


# --- on the command line ---


@pytest.fixture
def own_file(tmp_path):
    """A small VGG-16 by the paper's names, and its file."""
    drawn = imagenet.sampled("vgg-16", share=SMALL)
    path = tmp_path / "net.safetensors"
    weights.save_weights(path, drawn)
    return drawn, path


@pytest.mark.slow
def test_like_gives_each_layer_its_density_and_bits_whatever_the_workers(own_file, tmp_path, capsys):
    drawn, path = own_file
    files = [tmp_path / f"{workers}.dcz" for workers in (1, 3)]
    for workers, file in zip((1, 3), files, strict=True):
        arguments = ["compress", str(path), "-o", str(file), "--like", "vgg-16", "--workers", str(workers)]
        assert command.main(arguments) == 0
        out = capsys.readouterr().out
        assert "Recognised: vgg-16, 16 layers by the paper's names." in out
        assert "the paper's table 5" in out
        assert "Nothing was retrained" in out
        assert "138,344,128 weights, this one" in out
    assert files[0].read_bytes() == files[1].read_bytes()
    expected = dict(imagenet.compressed(drawn, finish=None))
    found = archive.load(files[0])
    pipeline.check_same({name: found[name] for name in expected}, expected)


@pytest.mark.parametrize("net", NETS)
def test_torchvisions_names_on_the_command_line(net, tmp_path, capsys, rng):
    """Shapes with few outputs and inputs: names and dimensions are what counts."""
    tensors = {
        name: rng.standard_normal([min(size, 12) for size in shape], dtype=np.float32)
        for name, shape in torchvision_shapes(net).items()
    }
    path, file = tmp_path / "net.safetensors", tmp_path / "net.dcz"
    weights.save_weights(path, tensors)
    assert command.main(["compress", str(path), "-o", str(file)]) == 0
    assert f"These are the layers of {net} by torchvision's names: --like {net}" in capsys.readouterr().out
    arguments = ["compress", str(path), "-o", str(file), "--force", "--like", net]
    assert command.main([*arguments, "--density", "classifier.6=0.5", "--bits", "features.0=2"]) == 0
    assert "layers by torchvision's names" in capsys.readouterr().out
    found = archive.load(file)
    for layer, name in imagenet.torchvision_names(net).items():
        array = found[f"{name}.weight"]
        share = 0.5 if layer == "fc8" else kept_share(net, layer)
        assert np.count_nonzero(array) == round(share * array.size)
    assert len(np.unique(found["features.0.weight"])) <= 4 + 1


def test_like_another_network_is_refused(own_file, tmp_path, capsys):
    _, path = own_file
    output = tmp_path / "net.dcz"
    assert command.main(["compress", str(path), "-o", str(output), "--like", "alexnet"]) == 2
    error = capsys.readouterr().err
    assert "has the layers of vgg-16; --like alexnet expects conv1.weight, conv2.weight, ..., fc8.weight or " in error
    assert "features.0.weight" in error
    plain = tmp_path / "plain.npz"
    weights.save_weights(plain, {"w": np.ones((3, 3), np.float32)})
    assert command.main(["compress", str(plain), "-o", str(output), "--like", "alexnet"]) == 2
    assert "has the layers of no network that is known" in capsys.readouterr().err
    assert not output.exists()


def test_names_on_the_command_line_are_those_of_the_networks():
    assert tuple(models.IMAGENET_NETS) == compress.IMAGENET_NAMES


def test_nan_in_one_tensor_is_said_by_name_with_workers_too(tmp_path, capsys):
    path = tmp_path / "net.npz"
    bad = np.ones((20, 20), np.float32)
    bad[3, 4] = np.nan
    weights.save_weights(path, {"a": np.ones((30, 30), np.float32), "b": bad, "c": np.ones((30, 30), np.float32)})
    for workers in ("1", "2"):
        assert command.main(["compress", str(path), "-o", str(tmp_path / "x.dcz"), "--workers", workers]) == 2
        assert "b holds 1 NaN" in capsys.readouterr().err
    assert not (tmp_path / "x.dcz").exists()
