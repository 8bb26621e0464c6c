"""A plain state_dict by rules: which rule counts for which tensor, and what becomes of it."""

import functools
import math
import multiprocessing
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import dc_lab
from dc_lab import archive, pruning, sharing
from dc_lab.checkpoints.compress import Asked, Compressed, Rule
from dc_lab.support.dtypes import BFLOAT16


def compressed(weights, densities=(), bits=(), **keywords):
    shapes = {name: array.shape for name, array in weights.items()}
    return Compressed(weights, shapes, [Rule(*rule) for rule in densities], [Rule(*rule) for rule in bits], **keywords)


def number_of_values(array):
    return len(np.unique(array[array != 0]))


@pytest.fixture
def weights(rng):
    return {
        "conv1.weight": rng.normal(size=(8, 4, 5, 5)).astype(np.float32),
        "conv1.bias": rng.normal(size=8).astype(np.float32),
        "ip1.weight": rng.normal(size=(40, 30)).astype(np.float32),
        "ip1.bias": rng.normal(size=40).astype(np.float32),
        "ip2.weight": rng.normal(size=(20, 40)).astype(np.float32),
        "steps": np.array(7, np.int64),
        "codes": rng.integers(0, 100, (20, 20)),
    }


def test_without_rules_matrices_get_5_bits_and_convolutions_8(weights):
    result = compressed(weights)
    arrays = dict(result)
    assert list(arrays) == list(weights)
    assert len(result) == len(weights)
    assert number_of_values(arrays["conv1.weight"]) == 2**8
    assert number_of_values(arrays["ip1.weight"]) == number_of_values(arrays["ip2.weight"]) == 2**5
    for name in ("conv1.bias", "ip1.bias", "steps", "codes"):
        assert arrays[name] is weights[name]
    for name, array in arrays.items():
        assert (array.shape, array.dtype) == (weights[name].shape, weights[name].dtype)
    bits = {row.name: row.bits for row in result.rows}
    assert [bits[name] for name in weights] == [8, None, 5, None, 5, None, None]


def test_a_tensor_is_what_pruning_and_sharing_make_of_it(weights):
    result = compressed(weights, [("ip1", 0.25)], [("ip1", 3)])["ip1.weight"]
    mask = pruning.magnitude_mask(weights["ip1.weight"], 0.25)
    np.testing.assert_array_equal(result, sharing.share(weights["ip1.weight"] * mask, 3))
    np.testing.assert_array_equal(result != 0, mask)
    assert number_of_values(result) == 8


def test_the_input_is_left_alone(weights):
    before = {name: array.copy() for name, array in weights.items()}
    dict(compressed(weights, [("*", 0.1)], [("*", 2)]))
    for name, array in weights.items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize(
    ("pattern", "name", "ndim", "fits"),
    [
        ("ip1.weight", "ip1.weight", 2, True),
        ("ip1", "ip1.weight", 2, True),
        ("ip*", "ip1.weight", 2, True),
        ("*", "ip1.weight", 2, True),
        ("*.weight", "conv1.weight", 4, True),
        ("ip?", "ip1.weight", 2, True),
        ("ip", "ip1.weight", 2, False),
        ("weight", "ip1.weight", 2, False),
        ("IP1", "ip1.weight", 2, False),
        ("block", "block.ip1.weight", 2, False),
        ("block.*", "block.ip1.weight", 2, True),
        ("w", "w", 2, True),
        ("*", "ip1.bias", 1, False),
        ("ip1", "ip1.bias", 1, False),
        ("ip1.*", "ip1.bias", 1, False),
        ("ip1.bias", "ip1.bias", 1, True),
        ("a[0]", "a[0]", 2, True),
    ],
)
def test_what_a_pattern_is_for(pattern, name, ndim, fits):
    assert Rule(pattern, 1).fits(name, ndim) is fits


def test_the_last_rule_that_fits_counts(weights):
    arrays = dict(compressed(weights, [("*", 0.5), ("ip1", 0.1), ("ip2", 0.2)], [("ip1", 2), ("ip*", 3), ("conv1", 4)]))
    assert np.count_nonzero(arrays["conv1.weight"]) == 400
    assert np.count_nonzero(arrays["ip1.weight"]) == 120
    assert np.count_nonzero(arrays["ip2.weight"]) == 160
    assert number_of_values(arrays["ip1.weight"]) == number_of_values(arrays["ip2.weight"]) == 8
    assert number_of_values(arrays["conv1.weight"]) == 16
    again = compressed(weights, [("ip1", 0.1), ("*", 0.5)])
    assert np.count_nonzero(again["ip1.weight"]) == 600


def test_a_bias_is_shared_only_if_it_is_named_in_full(weights):
    result = compressed(weights, [("*", 0.5), ("ip1.bias", 0.25)], [("*", 2), ("ip1.bias", 1)])
    assert np.count_nonzero(result["ip1.bias"]) == 10
    assert number_of_values(result["ip1.bias"]) == 2
    np.testing.assert_array_equal(result["conv1.bias"], weights["conv1.bias"])


def test_integers_are_kept_whatever_the_rules_say(weights):
    result = compressed(weights, [("codes", 0.1)], [("codes", 1), ("steps", 1)])
    assert result["codes"] is weights["codes"]
    assert result["steps"] is weights["steps"]
    assert [row.bits for row in result.rows] == [None, None]


@given(st.lists(st.sampled_from([0.0, 0.0, 0.5, -1.5, 2.25, 3.0, -4.0]), min_size=4, max_size=60), st.integers(1, 3))
def test_zeros_stay_zero_and_few_values_stay_exact(values, bits):
    array = np.array(values[: len(values) // 2 * 2], np.float32).reshape(2, -1)
    result = compressed({"w": array}, bits=[("w", bits)])["w"]
    assert not result[array == 0].any()
    assert number_of_values(result) <= 2**bits
    if number_of_values(array) <= 2**bits:
        np.testing.assert_array_equal(result, array)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["ip1.weight", "conv1.weight"])
def test_nan_and_infinity_are_refused_by_name(weights, name, bad):
    weights[name].flat[[0, 3]] = bad
    result = compressed(weights)
    with pytest.raises(ValueError, match=rf"^{name} holds 2 NaN or infinite values"):
        result[name]
    assert result.rows == []
    assert result["ip2.weight"].any()


@pytest.mark.parametrize(
    ("densities", "bits", "message"),
    [
        ([("ip1", 1.5)], [], "density must be from 0 to 1, got 1.5"),
        ([("ip1", -0.1)], [], "density must be from 0 to 1"),
        ([("ip1", math.nan)], [], "density must be from 0 to 1, got nan"),
        ([], [("ip1", 0)], "bits must be a whole number from 1 to 16, got 0"),
        ([], [("ip1", 17)], "bits must be a whole number from 1 to 16, got 17"),
        ([], [("ip1", 2.5)], "bits must be a whole number from 1 to 16, got 2.5"),
        ([], [("ip1", math.inf)], "bits must be a whole number from 1 to 16, got inf"),
        ([], [("ip1", math.nan)], "bits must be a whole number from 1 to 16, got nan"),
        ([("fc9", 0.5)], [], "no weights match 'fc9'; there are conv1.weight, conv1.bias, ip1.weight"),
        ([], [("*.bias", 5)], r"no weights match '\*\.bias'"),
    ],
)
def test_rules_that_are_refused(weights, densities, bits, message):
    with pytest.raises(ValueError, match=message):
        compressed(weights, densities, bits)


def test_rows_say_what_happened(weights):
    progress = []
    result = compressed(weights, [("ip1", 0.25)], on_tensor=progress.append)
    arrays = dict(result)
    assert progress == [array.size for array in weights.values()]
    rows = {row.name: row for row in result.rows}
    assert list(rows) == list(weights)
    for name, row in rows.items():
        before, after = weights[name].astype(np.float64), arrays[name].astype(np.float64)
        assert row.shape == weights[name].shape
        assert row.kept_pct == pytest.approx(100 * np.mean(after != 0))
        expected = 100 * np.sqrt(np.mean((after - before) ** 2) / np.mean(before**2))
        assert row.change == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert rows["ip1.weight"].kept_pct == 25
    assert rows["steps"].change == rows["conv1.bias"].change == 0


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.float16, 30), (np.float32, 1e25), (np.float32, 1e-25), (np.float64, 1)]
)
def test_the_change_of_weights_whose_squares_do_not_fit_their_type(dtype, scale, rng):
    array = (rng.normal(size=(100, 100)) * scale).astype(dtype)
    result = compressed({"w": array}, bits=[("w", 2)])
    after = result["w"].astype(np.float64)
    before = array.astype(np.float64)
    expected = 100 * np.sqrt(((after - before) ** 2).sum() / (before**2).sum())
    assert result.rows[0].change == pytest.approx(expected, rel=1e-3)
    assert result.rows[0].change > 10


def test_empty_and_all_zero_tensors():
    result = compressed({"none": np.zeros((0, 5), np.float32), "zeros": np.zeros((3, 4), np.float32)}, [("*", 0.5)])
    assert result["none"].shape == (0, 5)
    assert not result["zeros"].any()
    assert [(row.kept_pct, row.change) for row in result.rows] == [(0, 0), (0, 0)]


def test_one_tensor_is_asked_for_at_a_time(weights):
    """So that a state_dict larger than memory can be read from its file piece by piece."""
    asked = []

    class Watched(dict):
        def __getitem__(self, name):
            asked.append(name)
            return super().__getitem__(name)

    result = compressed(Watched(weights))
    assert list(result) == list(weights)
    assert asked == []
    result["ip1.weight"]
    assert asked == ["ip1.weight"]


class OutOfOrder(Executor):
    """Runs what was submitted last first, and counts."""

    def __init__(self):
        self.waiting, self.submitted = [], 0

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        self.submitted += 1
        self.waiting.append((future, function, arguments, keywords))
        plain = future.result

        def result(timeout=None):
            while self.waiting:
                other, work, given, named = self.waiting.pop()
                if other.set_running_or_notify_cancel():
                    try:
                        other.set_result(work(*given, **named))
                    except Exception as error:
                        other.set_exception(error)
            return plain(timeout)

        future.result = result
        return future


@pytest.mark.parametrize("make", [lambda: ThreadPoolExecutor(3), OutOfOrder])
def test_any_executor_gives_the_same_tensors_and_rows_in_the_same_order(weights, make):
    rules = [("ip*", 0.25), ("conv1", 0.5)], [("ip2", 3)]
    alone = compressed(weights, *rules)
    expected = dict(alone)
    progress = []
    with make() as executor:
        together = compressed(weights, *rules, executor=executor, on_tensor=progress.append)
        assert list(together) == list(weights)  # which starts nothing
        arrays = dict(together)
        again = together["ip1.weight"]
    assert list(arrays) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array)
    np.testing.assert_array_equal(again, expected["ip1.weight"])
    assert together.rows[: len(alone.rows)] == alone.rows
    assert progress == [array.size for array in weights.values()] + [weights["ip1.weight"].size]


def test_what_is_made_of_a_tensor_is_made_where_it_was_worked_out(weights):
    executor = OutOfOrder()
    result = compressed(weights, executor=executor, finish=lambda name, array: (name, array.nbytes))
    assert dict(result) == {name: (name, array.nbytes) for name, array in weights.items()}
    assert executor.submitted == len(weights)
    assert dict(compressed(weights, finish=lambda name, array: name)) == {name: name for name in weights}


def test_an_error_of_a_worker_is_that_of_the_tensor_and_the_rest_can_be_cancelled(weights):
    weights["ip1.weight"][0, 0] = np.nan
    executor = OutOfOrder()
    result = compressed(weights, executor=executor)
    result["conv1.weight"]
    with pytest.raises(ValueError, match=r"^ip1\.weight holds 1 NaN"):
        result["ip1.weight"]
    assert [row.name for row in result.rows] == ["conv1.weight"]
    executor = OutOfOrder()
    result = compressed(weights, executor=executor)
    result._results._future(executor, "conv1.weight")
    result.cancel()
    assert [entry[0].cancelled() for entry in executor.waiting] == [False] + [True] * (len(weights) - 1)


def test_a_name_that_is_not_there(weights):
    for keywords in ({}, {"executor": OutOfOrder()}):
        with pytest.raises(KeyError, match="fc9"):
            compressed(weights, **keywords)["fc9"]


def test_pruning_and_sharing_is_what_both_do_one_after_the_other(rng):
    """Only what is kept is shared, which spares memory; the tensor is the same."""
    array = rng.standard_normal((200, 300), dtype=np.float32)
    array[rng.random(array.shape) < 0.5] = 0
    for density in (0, 0.01, 0.3, 0.8, 1):
        found = compressed({"w": array}, [("w", density)], [("w", 4)])["w"]
        pruned = np.where(pruning.magnitude_mask(array, density), array, np.float32(0))
        np.testing.assert_array_equal(found, sharing.share(pruned, 4))


# --- what is kept, and why ---


def test_what_is_not_finite_and_not_shared_is_kept_exactly_and_said():
    mask = np.triu(np.full((9, 9), -np.inf, np.float32), 1)
    variance = np.array([1, np.nan, np.inf], np.float32)
    weight = np.linspace(-1, 1, 600, dtype=np.float32).reshape(20, 30)
    result = compressed({"attn.mask": mask, "bn.running_var": variance, "fc.weight": weight}, bits=[("fc", 2)])
    np.testing.assert_array_equal(result["attn.mask"], mask)
    np.testing.assert_array_equal(result["bn.running_var"], variance)
    assert number_of_values(result["fc.weight"]) == 4
    assert [row.why for row in result.rows] == [
        "holds infinities as an attention mask does: kept exactly",
        "not finite, and not a weight that is shared: kept exactly",
        "",
    ]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, BFLOAT16])
def test_every_float_is_pruned_and_shared_in_its_own_dtype(dtype, rng):
    weight = rng.normal(size=(30, 40)).astype(np.float32).astype(dtype)
    result = compressed({"w": weight}, [("w", 0.25)], [("w", 3)])["w"]
    assert result.dtype == dtype
    assert np.count_nonzero(result) == 300
    assert number_of_values(result.astype(np.float64)) <= 8


def test_keep_half_and_lossless(weights):
    shapes = {name: array.shape for name, array in weights.items()}
    finish = functools.partial(archive.encoded, coder="huffman")

    def loaded(asked):
        made = Compressed(weights, shapes, asked, finish=finish)
        return archive.loads(archive.dumps(made)), made.rows

    kept, rows = loaded(Asked(keep=["ip*"]))
    for name in ("ip1.weight", "ip1.bias", "ip2.weight"):
        np.testing.assert_array_equal(kept[name], weights[name])
    assert number_of_values(kept["conv1.weight"]) == 256
    assert {row.name: row.why for row in rows}["ip1.weight"] == "left as it is, as asked"
    halves, _ = loaded(Asked(half=True))
    for name in ("conv1.weight", "ip1.weight", "ip1.bias"):
        assert halves[name].dtype == np.float32
        np.testing.assert_array_equal(halves[name], halves[name].astype(np.float16).astype(np.float32))
    assert len(archive.dumps(halves)) < 0.9 * len(archive.dumps(loaded(Asked())[0]))
    weights["ip1.weight"][0, :5] = -0.0
    exact, rows = loaded(Asked(lossless=True))
    for name, array in weights.items():
        assert exact[name].tobytes() == array.tobytes(), name
    assert all(row.change == 0 for row in rows)


def test_half_leaves_alone_what_float16_cannot_hold():
    large = np.array([[1e6, 1.0], [2.0, 3.0]], np.float32)
    result = Compressed({"w": large}, {"w": (2, 2)}, Asked(half=True))["w"]
    np.testing.assert_array_equal(result, large)


# --- a model and a metric ---


def test_a_model_is_compressed_and_measured_before_and_after(tmp_path):
    torch.manual_seed(0)
    embedding = torch.nn.Embedding(40, 12)
    model = torch.nn.Sequential(embedding, torch.nn.Linear(12, 40, bias=False))
    model[1].weight = embedding.weight  # tied, as in many language models
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    seen = []

    def metric(network):
        seen.append(network)
        return float(network[1].weight.detach().abs().sum())

    report = dc_lab.compress(model, tmp_path / "net.dcz", Asked([Rule("*", 0.5)], [Rule("*", 4)]), metric)
    assert seen[0] is model
    assert report.metric_before == pytest.approx(float(before["1.weight"].abs().sum()), rel=1e-6)
    assert report.metric_after < report.metric_before
    assert report.bytes_before == 40 * 12 * 4
    assert report.bytes_after == (tmp_path / "net.dcz").stat().st_size
    assert report.ratio == report.bytes_before / report.bytes_after
    assert [row.name for row in report.rows] == ["0.weight"]
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert archive.read_file(tmp_path / "net.dcz").tied == {"1.weight": "0.weight"}
    assert dc_lab.compress(model, tmp_path / "again.dcz").metric_after is None


def test_a_model_without_data_is_named(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(3, 2, device="meta"))
    with pytest.raises(ValueError, match=r"^0\.weight is on the device meta, which holds no data"):
        dc_lab.compress(model, tmp_path / "net.dcz")
    assert list(tmp_path.iterdir()) == []


# --- a model in threads and in processes ---


def several_layers():
    """Tied layers, bfloat16, whole numbers and a tensor that is too small to share, in one model."""
    torch.manual_seed(0)
    embedding = torch.nn.Embedding(40, 12)
    model = torch.nn.Sequential(embedding, torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Linear(12, 40))
    model[3].weight = embedding.weight
    model.append(torch.nn.Linear(30, 20).bfloat16())
    return model


def processes():
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


@pytest.mark.parametrize(
    "make", [lambda: ThreadPoolExecutor(3), OutOfOrder, pytest.param(processes, marks=pytest.mark.slow)]
)
def test_a_model_gives_the_same_file_and_report_whatever_the_executor(tmp_path, make):
    model, asked = several_layers(), Asked([Rule("*", 0.5)], [Rule("1", 3)], half=True)
    expected = dc_lab.compress(model, tmp_path / "alone.dcz", asked, coder="smallest")
    with make() as executor:
        report = dc_lab.compress(model, tmp_path / "net.dcz", asked, coder="smallest", executor=executor)
    assert report == expected
    assert (tmp_path / "net.dcz").read_bytes() == (tmp_path / "alone.dcz").read_bytes()
    assert archive.load(tmp_path / "net.dcz")["4.weight"].dtype == BFLOAT16
    assert not any(tensor.is_shared() for tensor in model.state_dict().values())


def test_a_worker_is_sent_the_one_tensor_that_it_works_on():
    model = several_layers()
    sent = {}

    class Sends(OutOfOrder):
        def submit(self, function, /, *arguments, **keywords):
            name = function.args[1]
            sent[name] = len(pickle.dumps(function))
            [[only, array]] = pickle.loads(pickle.dumps(function.args[0])).items()
            assert only == name
            assert array.nbytes == model.state_dict()[name].nbytes
            return super().submit(function, *arguments, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "save", lambda path, tensors, coder: len(dict(tensors)))
        dc_lab.compress(model, "net.dcz", executor=Sends())
    assert list(sent) == [name for name in model.state_dict() if name != "3.weight"]
    for name, size in sent.items():
        assert size < model.state_dict()[name].nbytes + 1_500


def test_after_a_tensor_that_failed_the_others_are_not_worked_on(tmp_path):
    futures = []

    class Stuck(Executor):
        def submit(self, function, /, *arguments, **keywords):
            futures.append(Future())
            if len(futures) == 1:
                futures[0].set_exception(ValueError("0.weight holds 1 NaN or infinite values"))
            return futures[-1]

    with pytest.raises(ValueError, match=r"0\.weight holds 1 NaN"):
        dc_lab.compress(several_layers(), tmp_path / "net.dcz", executor=Stuck())
    assert len(futures) > 3
    assert all(future.cancelled() for future in futures[1:])
    assert list(tmp_path.iterdir()) == []
