"""Lesson 09: its functions are the package's, what its curves and times rest on, what its checks say, its lab."""

import itertools
import json

import numpy as np
import pytest
import torch

from dc_lab import pruning, sparse
from dc_lab.course import ledger
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.course.lab import LabError
from dc_lab.course.lessons.lesson_09 import (
    common,
    ex_1_csr_product,
    ex_2_codebook_product,
    ex_4_neuron_scores,
    ex_5_remove_neurons,
    ex_6_shrink,
    ex_7_layer_energy,
    lab,
    lab_reference,
)
from dc_lab.measure import cost, forms, speed, whole
from dc_lab.measure.curves import lesson_09, networks
from dc_lab.networks import datasets, training


def said(exercise_id, answer):
    return " ".join(judge(find(exercise_id), answer).text.split())


# --- products ---


@pytest.mark.parametrize("batch", [1, 64])
def test_the_products_are_the_package_s(batch):
    network = dict(ledger.shared())
    csr = sparse.to_csr(network["ip1.weight"])
    x = common.inputs(batch)
    expected = forms.csr_product(csr, x)
    np.testing.assert_allclose(ex_1_csr_product.csr_product(*csr[:3], x), expected, atol=1e-4)
    codebook, codes = np.unique(csr.values, return_inverse=True)
    sums, y = ex_2_codebook_product.codebook_product(codes, csr.columns, csr.row_start, codebook, x[:, 0])
    np.testing.assert_allclose(sums, forms.cluster_sums(forms.to_clusters(csr), x[:, 0]), atol=1e-4)
    np.testing.assert_allclose(y, expected[:, 0], atol=1e-4)


def test_the_large_layer_sums_exactly():
    """Its numbers have few bits: in float32 no order of adding rounds, running sums included."""
    csr = sparse.to_csr(common.first_layer())
    x = common.inputs(3)
    exact = common.first_layer().astype(np.float64) @ x.astype(np.float64)
    np.testing.assert_array_equal(ex_1_csr_product.csr_product(*csr[:3], x), exact)
    running = np.cumsum((csr.values * x[csr.columns].T).T, axis=0, dtype=np.float32)
    np.testing.assert_array_equal(running[-1], exact.sum(axis=0))


def test_a_product_says_where_it_departs():
    def wrong_y(codes, columns, row_start, codebook, x):
        sums, y = ex_2_codebook_product.codebook_product(codes, columns, row_start, codebook, x)
        return sums, y + 1

    assert "The sums are right, but y of row 0 is" in said("09.2", wrong_y)

    def first_input_twice(codes, columns, row_start, codebook, x):
        x = x.copy()
        x[0] *= 2
        return ex_2_codebook_product.codebook_product(codes, columns, row_start, codebook, x)

    assert "The inputs that meet centroid 0 in row 0 sum to" in said("09.2", first_input_twice)


def test_two_times_may_come_in_any_form():
    def times(m, n, nnz, batch, bandwidth, peak):
        ends = 4 * batch * (m + n)
        dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
        return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)

    def as_list(m, n, nnz, batch, bandwidth, peak):
        return list(times(m, n, nnz, batch, bandwidth, peak))

    def as_array(m, n, nnz, batch, bandwidth, peak):
        return np.array(times(m, n, nnz, batch, bandwidth, peak))

    for answer in (times, as_list, as_array):
        assert judge(find("09.3"), answer).status == "correct"


# --- neurons ---


def test_the_page_s_functions_do_what_the_package_does():
    arrays = networks.arrays(networks.LENET5)
    counts = {"conv1": 7, "conv2": 20, "ip1": 100}
    small = ex_6_shrink.shrink(arrays, counts)
    for name, after in (("conv1", "conv2"), ("conv2", "ip1"), ("ip1", "ip2")):
        first, second = arrays[f"{name}.weight"], arrays[f"{after}.weight"]
        np.testing.assert_allclose(
            ex_4_neuron_scores.neuron_scores(first, second), pruning.neuron_scores(first, second), rtol=1e-5
        )
        keep = np.arange(len(first)) % 3 > 0
        for ours, theirs in zip(
            ex_5_remove_neurons.remove_neurons(first, arrays[f"{name}.bias"], second, keep),
            pruning.remove_neurons(first, arrays[f"{name}.bias"], second, keep),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
    # The smaller network computes what the masked one does.
    model = networks.model_of(networks.LENET5, arrays)
    current, keep = dict(arrays), {}
    for name, after in (("conv1", "conv2"), ("conv2", "ip1"), ("ip1", "ip2")):
        scores = pruning.neuron_scores(current[f"{name}.weight"], current[f"{after}.weight"])
        keep[name] = pruning.magnitude_mask(scores, counts[name] / len(scores))
        columns = np.repeat(keep[name], current[f"{after}.weight"].shape[1] // len(scores))
        second = current[f"{after}.weight"].copy()
        second[:, ~columns] = 0
        current[f"{after}.weight"] = second
    pruning.shrink(model, keep)
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == {
        name: array.shape for name, array in small.items()
    }
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), small[name])


def test_no_two_scores_are_equal():
    for network, counts in find("09.6").cases():
        names = [key.removesuffix(".weight") for key in network if key.endswith(".weight")]
        small = dict(network)
        for name, after in itertools.pairwise(names):
            scores = np.sort(pruning.neuron_scores(small[f"{name}.weight"], small[f"{after}.weight"]))
            assert (np.diff(scores) > 1e-4 * scores[1:]).all()
            small = ex_6_shrink.shrink(small, {name: counts[name]} if name in counts else {})


def test_the_array_that_departs_is_named():
    def other_bias(first, bias, second, keep):
        first, bias, second = ex_5_remove_neurons.remove_neurons(first, bias, second, keep)
        return first, bias + 1, second

    assert "numbers of bias differ, the first at [0]" in said("09.5", other_bias)
    assert "It departs at ip2.weight" in said(
        "09.6", lambda network, counts: {**ex_6_shrink.shrink(network, counts), "ip2.weight": network["ip2.weight"] + 1}
    )


# --- energy ---


def test_the_energy_is_the_package_s_and_depends_on_the_memory():
    fc6 = cost.paper_layers()[0]
    left = fc6.density * fc6.weights
    dense = ex_7_layer_energy.layer_energy(4 * fc6.weights, fc6.weights, 640)
    assert dense == pytest.approx(1e12 * cost.layer_energy_estimate(fc6, "dense", False).total)
    small = [ex_7_layer_energy.layer_energy(cost.weight_bytes(fc6, "compressed"), left, pj) for pj in (5, 50)]
    assert [round(dense / each) for each in small] == [660, 315]
    table = [cost.layer_energy_estimate(fc6, "compressed", True, chip_pj=pj).total for pj in speed.CHIP_PJ]
    assert table[0] == cost.layer_energy_estimate(fc6, "compressed", True).total
    ratios = [cost.layer_energy_estimate(fc6, "dense", False).total / each for each in table]
    assert [round(ratio) for ratio in ratios] == [975, 373]  # it sums each cluster first, and multiplies once


# --- what was measured ---


def test_the_ways_prune_what_they_say():
    arrays = networks.arrays(networks.LENET300)
    model = lesson_09.pruned(networks.LENET300, "neurons", 0.3)
    assert [len(layer.weight) for layer in model.children()] == [90, 30, 10]
    best = np.argsort(-pruning.neuron_scores(arrays["ip1.weight"], arrays["ip2.weight"]))[:90]
    np.testing.assert_array_equal(model.ip1.bias.detach().numpy(), arrays["ip1.bias"][np.sort(best)])
    other = lesson_09.pruned(networks.LENET300, "random neurons", 0.3, seed=1)
    assert [len(layer.weight) for layer in other.children()] == [90, 30, 10]
    assert not torch.equal(model.ip1.bias, other.ip1.bias)
    masked = lesson_09.pruned(networks.LENET300, "weights", 0.1)
    assert sum(int(layer.weight.count_nonzero()) for layer in masked.children()) == 26_620
    with pytest.raises(ValueError, match="way must be one of neurons"):
        lesson_09.pruned(networks.LENET300, "magnitude", 0.1)


def test_what_was_timed_is_what_the_limit_chooses():
    runs = lesson_09.stored()
    for (net, way), share in lesson_09.CHOSEN.items():
        assert lesson_09.within(runs[net, way]) == share


@pytest.mark.parametrize("net", [networks.LENET300, networks.LENET5])
@pytest.mark.parametrize("batch", [1, 3])
def test_every_form_of_a_network_computes_the_same(net, batch):
    images = training.to_tensor(datasets.mnist("held_out").pixels[:batch])
    model = lesson_09.pruned(net, "weights", lesson_09.CHOSEN[net, "weights"])
    arrays = whole.arrays_of(net, "weights")
    with torch.inference_mode():
        expected = model(images)
        for form in ("dense", "CSR, torch", "CSR, embedding_bag"):
            layers = [whole.layer_forms(arrays, name)[form] for name in lesson_09.CHAINS[net]]
            torch.testing.assert_close(whole.forward(net, layers, images), expected, rtol=1e-4, atol=1e-4)
        chosen = whole.fastest(net, arrays, images, 2)
    assert list(chosen) == list(lesson_09.CHAINS[net])


def test_the_stored_times_are_whole(tmp_path, monkeypatch, capsys):
    found = whole.stored()
    assert "cores" in found["machine"]
    assert list(found["times"]) == [f"{net}, batch {batch}" for net in lesson_09.CHAINS for batch in whole.BATCHES]
    for row in found["times"].values():
        assert list(row["ms"]) == list(whole.WAYS)
        assert {len(times) for times in row["ms"].values()} == {whole.REPEATS}
        assert whole.times_faster(row)["neurons removed"][0] == row["ms"]["dense"][0] / row["ms"]["neurons removed"][0]
    monkeypatch.setattr(speed, "apart", lambda work, threads: found["times"])
    whole.main([str(tmp_path / "out.json")])
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["times"] == found["times"]
    assert "neurons removed" in capsys.readouterr().out


def test_whole_networks_are_timed(monkeypatch):
    monkeypatch.setattr(whole, "RUNS", {1: 2, 64: 1})
    monkeypatch.setattr(whole, "REPEATS", 1)
    found = whole.measure()
    assert all(ms[0] > 0 for row in found.values() for ms in row["ms"].values())


# --- the lab ---


def chain(*widths, seed=0):
    rng = np.random.default_rng(seed)
    return {
        f"ip{i}.{kind}": rng.normal(0, 0.1, shape).astype(np.float32)
        for i in range(1, len(widths))
        for kind, shape in (("weight", (widths[i], widths[i - 1])), ("bias", (widths[i],)))
    }


def without(arrays, name):
    return {key: array for key, array in arrays.items() if key != name}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([np.zeros(3)], "It has to return a dictionary with the keys ip1.weight"),
        ({}, "It has to return a dictionary"),
        (without(chain(784, 30, 10), "ip2.bias"), "It has to return a dictionary"),
        ({"fc1.weight": np.zeros((10, 784)), "fc1.bias": np.zeros(10)}, "It has to return a dictionary"),
        (chain(784, *[10] * 11), "There are 11 layers. At most 10"),
        ({**chain(784, 10), "ip1.bias": np.zeros(10)}, "ip1.bias has to be a float32 array with 1 axis"),
        ({**chain(784, 10), "ip1.weight": np.zeros((10, 28, 28), np.float32)}, "ip1.weight has to be a float32 array"),
        ({**chain(784, 10), "ip1.bias": np.full(10, np.nan, np.float32)}, "ip1.bias holds NaN"),
        (chain(700, 10), "ip1.weight reads 700 numbers, and gets 784"),
        (
            {**chain(784, 20, 10), "ip2.weight": np.zeros((10, 21), np.float32)},
            "ip2.weight reads 21 numbers, and gets 20",
        ),
        ({**chain(784, 20, 10), "ip1.bias": np.zeros(21, np.float32)}, "ip1 has 20 neurons and 21 biases"),
        (chain(784, 12), "The last layer has 12 outputs"),
        (chain(784, 30, 10), "% of the held-out images are wrong, with 784-30-10 neurons. At most 1.3 % may be"),
    ],
)
def test_what_has_no_score_says_why(found, words):
    with pytest.raises(LabError, match=words.replace(".", r"\.")):
        lab.measure(found)


def test_the_lab_s_network_is_the_course_s():
    dense = networks.arrays(networks.LENET300)
    images = training.to_tensor(datasets.mnist("held_out").pixels[:50])
    with torch.inference_mode():
        ours = lab.logits(lab.tensors(dense), images.flatten(1))
        torch.testing.assert_close(ours, networks.model_of(networks.LENET300, dense)(images))


@pytest.mark.slow
def test_the_dense_network_is_as_fast_as_itself():
    score = lab.measure(dict(networks.arrays(networks.LENET300)))
    assert score.value > 0
    assert "1.00 % wrong with 784-300-100-10 neurons" in score.text


def test_the_reference_makes_a_network_of_the_kind_asked_for():
    dense, images, labels = lab.inputs()
    small = lab_reference.my_fast_network(dense, images[:600], labels[:600], passes=1)
    assert lab.problem(small) is None
    assert len(small["ip1.bias"]) == lab_reference.WIDTHS["ip1"]
