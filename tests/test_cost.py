"""`dc_lab.measure.cost`: counts, the roofline, energy, timer, the processor's counter; no test asserts a time."""

import json
import os

import numpy as np
import pytest

from dc_lab.measure import bench, cost, forms, speed
from dc_lab.networks import paper


def machine(**changes):
    settings = {
        "bandwidth": {1_000: 4e9, 1_000_000: 2e9, 100_000_000: 1e9},
        "operations": 1e10,
        "int8_operations": 4e10,
        "lookup_seconds": {1: 1e-9, 64: 1e-10},
    }
    return cost.Machine(**{**settings, **changes})


# --- the layers ---


def test_the_papers_layers():
    layers = cost.paper_layers()
    shapes = [(layer.outputs, layer.inputs) for layer in layers]
    assert shapes == [(4096, 9216), (4096, 4096), (1000, 4096), (4096, 25088), (4096, 4096), (1000, 4096)]
    assert [layer.weights for layer in layers] == [paper.layers(layer.net)[layer.name]["weights"] for layer in layers]
    assert [layer.label for layer in layers][::3] == ["AlexNet fc6", "VGG-16 fc6"]
    assert all(0 < layer.density < 0.3 and layer.bits == 5 for layer in layers)


@pytest.mark.parametrize(("density", "bits"), [(0.04, 5), (0.25, 5), (1.0, 1), (0.5, 8)])
def test_drawn_weights(density, bits):
    weights = cost.draw_weights(600, 500, density, bits)
    assert (weights.shape, weights.dtype) == ((600, 500), np.float32)
    spread = 4 * np.sqrt(density * (1 - density) / weights.size)
    assert np.count_nonzero(weights) / weights.size == pytest.approx(density, abs=spread + 1e-12)
    assert len(np.unique(weights[weights != 0])) <= 2**bits
    np.testing.assert_array_equal(weights, cost.draw_weights(600, 500, density, bits))
    assert not np.array_equal(weights, cost.draw_weights(600, 500, density, bits, seed=1))


def test_drawn_weights_are_never_all_zero():
    assert cost.draw_weights(1, 1, 1e-9, 5).any()


@pytest.mark.parametrize(("density", "bits", "said"), [(0, 5, "density"), (1.1, 5, "density"), (0.5, 9, "bits")])
def test_wrong_drawings_are_refused(density, bits, said):
    with pytest.raises(ValueError, match=f"{said} must be"):
        cost.draw_weights(3, 3, density, bits)


# --- time ---


def test_work_is_timed_in_turn_and_once_untimed_before():
    calls = []
    times = cost.time_in_turn({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, runs=3)
    assert calls == ["a", "b"] + ["a", "a", "b", "b"] * 3
    assert {name: len(taken) for name, taken in times.items()} == {"a": 3, "b": 3}
    assert all((taken >= 0).all() for taken in times.values())


def test_cold_work_is_not_repeated(monkeypatch):
    monkeypatch.setattr(cost, "FLUSH_BYTES", 4_000)
    calls = []
    cost.time_in_turn({"a": lambda: calls.append("a")}, runs=3, cold=True)
    assert calls == ["a"] * 4
    with pytest.raises(ValueError, match="runs must be 1 or more, got 0"):
        cost.time_in_turn({}, runs=0)


def test_ratios_are_within_a_round():
    """The second round was disturbed for both: the ratio does not notice."""
    times = {"dense": np.array([4.0, 40.0, 4.0]), "csr": np.array([2.0, 20.0, 2.0])}
    assert cost.ratio(times, "dense", "csr") == 2
    assert cost.ratio(times, "csr", "dense") == 0.5


def test_geometric_mean():
    assert cost.geometric_mean([2, 0.5]) == pytest.approx(1)
    assert cost.geometric_mean([1, 10, 100]) == pytest.approx(10)
    for values in ([], [1, 0], [-1, 2]):
        with pytest.raises(ValueError, match="one or more numbers above 0"):
            cost.geometric_mean(values)


def test_forms_are_timed_by_name():
    every = forms.forms(cost.draw_weights(8, 16, 0.5, 3), ["dense, ", "CSR, torch"])
    times = cost.time_forms(every, np.ones((16, 2), np.float32), runs=2)
    assert list(times) == ["dense, NumPy", "dense, torch", "CSR, torch"]


# --- the roofline ---


def test_bandwidth_lies_on_the_measured_points_and_between():
    found = machine()
    assert found.bandwidth_at(1_000) == 4e9
    assert found.bandwidth_at(1_000_000) == 2e9
    assert 2e9 < found.bandwidth_at(30_000) < 4e9
    assert found.bandwidth_at(1) == 4e9  # below and above what was measured: the nearest
    assert found.bandwidth_at(1e12) == 1e9


def form(**changes):
    settings = {"name": "f", "nbytes": 1_000_000, "operations": 500_000, "lookups": 0, "pruned": False, "exact": True}
    plain = {"prepare": lambda x: x, "product": lambda x: x, "finish": lambda y: y}
    return forms.Form(**{**settings, **changes}, **plain)


def test_a_prediction_by_hand():
    assert cost.bytes_moved(form(), 100, 50, 2) == 1_000_000 + 4 * 2 * 150
    cold = cost.predicted(form(), 0, 0, 1, machine(), cold=True)
    assert cold == pytest.approx((1e6 / 1e9, 5e5 / 1e10, 0))
    assert (cold.roofline, cold.seconds, cold.bound) == (cold.moving, cold.moving, "bytes")
    warm = cost.predicted(form(), 0, 0, 1, machine())
    assert warm.moving == pytest.approx(1e6 / 2e9)
    busy = cost.predicted(form(), 0, 0, 64, machine())
    assert (busy.computing, busy.bound) == (pytest.approx(64 * 5e5 / 1e10), "operations")
    looking = cost.predicted(form(lookups=10**6), 0, 0, 1, machine())
    assert (looking.seconds, looking.bound) == (pytest.approx(1e-3), "lookups")
    assert looking.roofline == pytest.approx(5e-4)
    assert cost.predicted(form(exact=False), 0, 0, 64, machine()).computing == pytest.approx(busy.computing / 4)
    with pytest.raises(ValueError, match=r"batches \[1, 64\], not for 8"):
        cost.predicted(form(lookups=1), 0, 0, 8, machine())


def test_the_machine_is_measured():
    found = cost.measure_machine(sizes=(2**14, 2**18), side=64, batches=(1, 2))
    assert set(found.bandwidth) == {2**14, 2**18}
    assert set(found.lookup_seconds) == {1, 2}
    figures = [*found.bandwidth.values(), *found.lookup_seconds.values(), found.operations, found.int8_operations]
    assert min(figures) > 0
    assert np.isfinite(figures).all()
    text = cost.machine_text(1)
    assert "torch" in text
    assert text.endswith("1 thread used")


# --- energy, estimated ---


def test_energy_by_hand():
    """The paper's argument (section 1): a float read from DRAM costs 640 pJ, added 0.9."""
    table = cost.energy_table()
    assert table == (0.9, 3.7, 5, 640)
    off = cost.energy_estimate(4_000, 10, 20, 30, on_chip=False)
    assert off == pytest.approx((1_000 * 640e-12, 30 * 5e-12, (9 + 74) * 1e-12))
    assert off.total == pytest.approx(sum(off))
    on = cost.energy_estimate(4_000, 10, 20, 30, on_chip=True, batch=10)
    assert on.weights == pytest.approx(1_000 * 5e-12 / 10)
    assert on[1:] == off[1:]


@pytest.mark.parametrize("name", ["weight_bytes", "additions", "multiplications", "lookups"])
def test_negative_counts_are_refused(name):
    counts = dict.fromkeys(("weight_bytes", "additions", "multiplications", "lookups"), 1.0)
    with pytest.raises(ValueError, match=f"{name} must not be negative, got -1"):
        cost.energy_estimate(**{**counts, name: -1}, on_chip=True)
    with pytest.raises(ValueError, match="batch must be 1 or more, got 0"):
        cost.energy_estimate(**counts, on_chip=True, batch=0)


def test_energy_of_the_papers_layers():
    fc6 = cost.paper_layers()[0]
    kept = 0.09 * fc6.weights
    assert cost.weight_bytes(fc6, "dense") == 4 * 4096 * 9216
    assert cost.weight_bytes(fc6, "CSR") == pytest.approx(8 * kept + 4 * 4096)
    assert cost.weight_bytes(fc6, "compressed") == pytest.approx(0.0239 * 4 * fc6.weights)
    pruned = cost.layer_energy_estimate(fc6, "CSR", on_chip=False)
    assert pruned.arithmetic == pytest.approx(kept * (0.9 + 3.7) * 1e-12)
    small = cost.layer_energy_estimate(fc6, "compressed", on_chip=True)
    centroids = 4096 * 32
    assert small.arithmetic == pytest.approx(((kept + centroids) * 0.9 + centroids * 3.7) * 1e-12)
    assert cost.layer_energy_estimate(fc6, "dense", False, batch=64).weights == pytest.approx(
        cost.layer_energy_estimate(fc6, "dense", False).weights / 64
    )
    with pytest.raises(ValueError, match="form must be one of dense, CSR, compressed, got 'int8'"):
        cost.weight_bytes(fc6, "int8")


def test_the_papers_measured_ratios():
    """Section 6.3 rounds them: 3x on the CPU, 3.5x on the GPU, 4.2x on the mobile GPU; energy 7x, 3.3x, 4.2x."""
    devices = ("core_i7_5930k", "titan_x", "tegra_k1")
    speedups = [cost.geometric_mean(cost.paper_speedups(device)) for device in devices]
    assert speedups == pytest.approx([3.3, 3.5, 4.7], abs=0.06)
    energy = [cost.geometric_mean(cost.paper_energy_ratios(device)) for device in devices]
    assert energy == pytest.approx([6.7, 3.3, 4.2], abs=0.06)
    assert max(cost.paper_speedups("core_i7_5930k", 64)) < 1
    assert cost.paper_speedups("core_i7_5930k")[0] == pytest.approx(7516.2 / 3066.5)
    for arguments in (("columns", 1), ("core_i7_5930k", 8)):
        with pytest.raises(ValueError, match="the paper has titan_x, core_i7_5930k, tegra_k1"):
            cost.paper_speedups(*arguments)


# --- the processor's counter ---


def counter(folder, zone, name, now, most=1_000_000):
    path = folder / zone
    path.mkdir()
    for file, content in (("name", name), ("energy_uj", now), ("max_energy_range_uj", most)):
        (path / file).write_text(f"{content}\n", encoding="utf-8")


def test_counters_of_each_package_are_read_once(tmp_path):
    counter(tmp_path, "intel-rapl:0", "package-0", 500)
    counter(tmp_path, "intel-rapl:0:0", "core", 300)
    counter(tmp_path, "intel-rapl:1", "package-1", 700)
    counter(tmp_path, "intel-rapl:2", "psys", 9_000)
    counter(tmp_path, "intel-rapl-mmio:0", "package-0", 500)
    assert cost.energy_counters(tmp_path) == {"intel-rapl:0": (500, 1_000_000), "intel-rapl:1": (700, 1_000_000)}


def test_no_counter_is_no_error(tmp_path):
    assert cost.energy_counters(tmp_path / "missing") == {}
    assert cost.joules_measured(lambda: None, 0, tmp_path) is None
    counter(tmp_path, "intel-rapl:0", "package-0", "nonsense")
    (tmp_path / "intel-rapl:1").mkdir()
    assert cost.energy_counters(tmp_path) == {}


def test_a_counter_that_may_not_be_read_is_none(tmp_path, monkeypatch):
    counter(tmp_path, "intel-rapl:0", "package-0", 5)
    read_text = type(tmp_path).read_text

    def forbidden(path, *arguments, **settings):
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *arguments, **settings)

    monkeypatch.setattr(type(tmp_path), "read_text", forbidden)
    assert cost.joules_measured(lambda: None, 0, tmp_path) is None


def test_joules_with_a_counter_that_begins_again():
    before = {"a": (999_000, 1_000_000), "b": (10, 1_000_000)}
    after = {"a": (500, 1_000_000), "b": (40, 1_000_000), "new": (7, 1_000_000)}
    assert cost.joules_between(before, after) == pytest.approx((1_500 + 30) * 1e-6)


def test_joules_of_a_piece_of_work(tmp_path):
    """A fake counter that the work itself moves: 25 microjoules a run."""
    counter(tmp_path, "intel-rapl:0", "package-0", 100)
    file = tmp_path / "intel-rapl:0" / "energy_uj"

    def work():
        file.write_text(str(int(file.read_text(encoding="utf-8")) + 25), encoding="utf-8")

    assert cost.joules_measured(work, 0.01, tmp_path) == pytest.approx(25e-6)
    assert cost.joules_measured(work, 0, tmp_path) == pytest.approx(25e-6)  # at least once


# --- the tables of `bench --only layers` ---


@pytest.fixture(scope="module")
def measured():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "FLUSH_BYTES", 4_000)
        patch.setattr(cost, "measure_machine", lambda batches, threads: machine())
        layers = [cost.Layer("alexnet", "fc6", 40, 120, 0.1, 4), cost.Layer("vgg-16", "fc8", 30, 50, 0.3, 5)]
        return speed.measure(layers, runs=3)


def test_every_form_of_every_layer_is_in_the_tables(measured):
    assert json.loads(json.dumps(measured)) == measured
    for batch, cold, forms_left_out in (
        (1, False, 0),
        (1, True, 0),
        (64, False, len(speed.SLOW)),
        (64, True, len(speed.SLOW)),
    ):
        rows = speed.pick(measured, batch, cold)
        assert {row["layer"] for row in rows} == {"AlexNet fc6", "VGG-16 fc8"}
        number = len(forms.forms(cost.draw_weights(30, 50, 0.3, 5)))
        assert len(rows) == 2 * (number - forms_left_out)
        assert max(row["times_faster"] for row in rows if row["form"].startswith("dense, ")) >= 1
        assert all(row["predicted_ms"] >= row["roofline_ms"] > 0 for row in rows)
        assert len(speed.best(rows)) == len(speed.best(rows, pruned=False)) == 2
        assert all(row["pruned"] for row in speed.best(rows))
    text = speed.tables(measured)
    assert "batch 1, weights from memory" in text
    assert "the paper's CPU 3.33x" in text
    assert text.count("geometric mean over 2 layers") == 4


def test_the_best_form_is_chosen_by_other_times_than_it_is_shown_by(measured):
    """The form with the larger ratio by the first times, whatever the second ones say."""
    rows = [
        {"layer": "fc6", "form": name, "pruned": True, "first_faster": first, "times_faster": shown}
        for name, first, shown in (("a", 2.0, 1.5), ("b", 1.9, 3.0))
    ]
    assert [row["form"] for row in speed.best(rows)] == ["a"]
    assert speed.mean_speedup(speed.best(rows)) == 1.5
    for row in measured["rows"]:  # two sets of times, so that only the dense form itself has the same ratio in both
        assert row["first_faster"] > 0


def test_a_form_that_is_wrong_is_not_timed():
    weights = cost.draw_weights(6, 8, 0.5, 3)
    right = forms.dense_numpy(weights)
    wrong = forms.dense_numpy(2 * weights)
    with pytest.raises(RuntimeError, match="more than rounding explains"):
        speed._checked(weights, [right, wrong], np.ones((8, 1), np.float32))


def test_the_energy_table_has_each_layer():
    text = speed.energy_table()
    assert [line.split("  ")[0] for line in text.splitlines()[4:]] == [layer.label for layer in cost.paper_layers()]
    assert "compressed, 5 pJ, x less" in text
    assert "compressed, 50 pJ, x less" in text
    for net in ("alexnet", "vgg-16"):
        assert speed.network_bytes(net, "compressed") <= speed.CHIP_BYTES < speed.network_bytes(net, "CSR")


def test_the_command_writes_what_it_measured(tmp_path, monkeypatch, capsys, measured):
    monkeypatch.setattr(speed, "measure_apart", lambda threads: dict(measured))
    monkeypatch.setattr(speed, "apart", lambda work, threads: {"small": {"ip1": 0.5}})
    speed.main([str(tmp_path / "out.json")])
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert written == {**measured, "where_slower": {"small": {"ip1": 0.5}}}
    out = capsys.readouterr().out
    assert "estimated energy" in out
    assert "small: ip1: 0.50x" in out


def test_the_bench_part_prints_both_tables(monkeypatch, capsys, measured):
    monkeypatch.setattr(speed, "measure_apart", lambda: measured)
    bench.run("layers")
    out = capsys.readouterr().out
    assert "geometric mean over 2 layers" in out
    assert "estimated energy" in out


def test_the_stored_measurements_are_whole():
    """What lesson 09 shows: six layers, every state, the machine named, and predictions that are reckoned."""
    stored = speed.stored()
    assert "cores" in stored["machine"]
    for batch, cold in ((1, False), (1, True), (64, False)):
        rows = speed.pick(stored, batch, cold)
        assert [row["layer"] for row in speed.best(rows)] == [layer.label for layer in cost.paper_layers()]
        assert all(row["off"] < 1e-6 for row in rows if "int8" not in row["form"])
        assert all(row["predicted_ms"] >= row["roofline_ms"] for row in rows)
    assert [float(density) for density in stored["where_slower"]["density"]] == list(speed.SWEPT)


def test_where_pruned_is_slower(monkeypatch):
    monkeypatch.setattr(speed, "SWEPT", (0.5,))
    monkeypatch.setattr(speed, "CONVOLUTIONS", {"conv": (6, 18, 0.5, 9)})
    found = speed.measure_where_slower(runs=4)
    assert {part: list(ratios) for part, ratios in found.items()} == {
        "density": ["0.5"],
        "small": list(speed.SMALL),
        "convolution": ["conv"],
    }
    assert all(ratio > 0 for ratios in found.values() for ratio in ratios.values())


def test_a_process_of_its_own_has_the_threads_asked_for():
    assert speed.apart(os.getenv, 3, "OPENBLAS_NUM_THREADS") == "3"
