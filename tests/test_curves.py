"""Curves measured beforehand: files that grow point by point, resume, and do not depend on who measures."""

import functools
import json
import os
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import archive, pipeline
from dc_lab.cli import main as command
from dc_lab.measure import curves
from dc_lab.measure.curves import lesson_04, lesson_08, lesson_11, networks, store
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, models, training
from dc_lab.networks.datasets import DataError
from dc_lab.records import plan as records_plan

calls: list[tuple] = []


def parabola(x: float, shift: float = 0.0) -> float:
    calls.append((x, shift))
    return (x - shift) ** 2


def errors_by_name(name: str) -> dict:
    calls.append((name,))
    return {"error": [len(name), 0.5], "name's": {"half": len(name) / 2}}


def slower_if_first(place: int) -> int:
    """Comes back in the reverse of the order given."""
    time.sleep(0.01 * (5 - place))
    return place


def broken(why: str) -> float:
    raise RuntimeError(why)


def interrupted(x: float) -> float:
    raise KeyboardInterrupt


def nothing(x: float) -> float:
    return float("nan")


POINTS = (
    *(Point(parabola, {"x": x, "shift": 0.5}) for x in (0, 1, 2.5)),
    Point(errors_by_name, {"name": "it's"}, seconds=9),
    *(Point(slower_if_first, {"place": place}) for place in range(5)),
)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of curves in a folder of its own."""
    monkeypatch.setenv("DC_LAB_DATA", str(tmp_path))
    calls.clear()
    return CurveFile("some", "what some curves are", POINTS, {"epochs": 2})


def with_points(file, *points, **settings):
    return CurveFile(file.name, file.about, points, settings or file.settings)


def written(file):
    return json.loads(file.path.read_text(encoding="utf-8"))


def test_the_values_are_those_of_the_calls(file):
    assert file.found() == {}
    assert file.missing() == list(POINTS)
    assert file.measure() == (len(POINTS), 0)
    # The key is the call: evaluating it gives what is stored.
    expected = {key: eval(key) for key in file.found()}
    assert written(file)["points"] == expected
    assert file.missing() == []
    found = file.stored()
    assert found(parabola, x=2.5, shift=0.5) == 4
    assert found(errors_by_name, name="it's")["error"] == [4, 0.5]
    with pytest.raises(KeyError, match=r"parabola\(x=7\)"):
        found(parabola, x=7)


def test_a_complete_file_is_left_alone(file):
    file.measure()
    before, seen = file.path.stat(), len(calls)
    assert file.measure() == (0, 0)
    assert len(calls) == seen
    assert file.path.stat().st_mtime_ns == before.st_mtime_ns  # reading it may change when it was read


class LastFirst:
    """An executor of the least kind: `submit`, and results that come in the reverse of the order asked for."""

    def __init__(self):
        self.waiting = []

    def submit(self, function, /, *arguments, **named):
        future = Future()
        self.waiting.append((future, functools.partial(function, *arguments, **named)))
        if len(self.waiting) == len(POINTS):
            for waiting, work in reversed(self.waiting):
                waiting.set_result(work())
        return future


def test_the_file_does_not_depend_on_who_measures(file):
    file.measure()
    here = file.path.read_bytes()
    with ThreadPoolExecutor(3) as threads:
        for executor in (threads, LastFirst()):
            file.path.unlink()
            file.measure(executor)
            assert file.path.read_bytes() == here


def test_other_processes_give_the_same_file(file):
    """With functions of the package: what a new process cannot import, it cannot run."""
    points = [Point(store.key_of, {"function": parabola, "arguments": {}})]  # text is not a number: refused below
    cheap = with_points(file, *(Point(pow, {"base": 2, "exp": exponent}) for exponent in range(3)))
    cheap.measure()
    here = cheap.path.read_bytes()
    cheap.path.unlink()
    with curves.processes(1) as executor:
        cheap.measure(executor)
    assert cheap.path.read_bytes() == here
    with pytest.raises(ValueError, match="expected finite numbers"):
        with_points(file, *points).measure()


def test_processes_end_at_once_when_interrupted():
    """Otherwise the future would have a result, if only after a minute."""
    with pytest.raises(KeyboardInterrupt), curves.processes(1) as executor:  # noqa: PT012
        future = executor.submit(time.sleep, 60)
        while not future.running():
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert isinstance(future.exception(), BrokenExecutor)


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize(("function", "error"), [(broken, RuntimeError), (interrupted, KeyboardInterrupt)])
def test_what_was_found_before_an_interruption_stays(file, threads, function, error):
    stop = Point(function, {"why" if function is broken else "x": "2"}, seconds=0.5)  # the executor takes it after some
    half = with_points(file, *POINTS[:3], stop, *(point._replace(seconds=0.1) for point in POINTS[3:]))
    executor = ThreadPoolExecutor(threads) if threads else None
    with pytest.raises(error):
        half.measure(executor)
    if executor is not None:
        executor.shutdown()
    assert written(file)["points"] == {point.key: point.measure() for point in POINTS[:3]}
    assert list(file.path.parent.iterdir()) == [file.path]  # no temporary file
    calls.clear()
    assert file.measure() == (len(POINTS) - 3, 0)
    assert calls == [("it's",)]
    whole = file.path.read_bytes()
    file.path.unlink()
    file.measure()
    assert file.path.read_bytes() == whole


@settings(max_examples=30)
@given(kept=st.sets(st.integers(0, len(POINTS) - 1)))
def test_whatever_is_missing_is_measured(tmp_path_factory, kept):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DC_LAB_DATA", str(tmp_path_factory.mktemp("data")))
        file = CurveFile("some", "what some curves are", POINTS[:4])
        part = CurveFile("some", "what some curves are", tuple(POINTS[i] for i in kept if i < 4))
        part.measure()
        assert file.measure().points == 4 - len(part.points)
        assert list(file.found()) == [point.key for point in file.points]


def test_again_replaces_values_and_counts_what_changed(file):
    file.measure()
    whole = written(file)
    altered = {**whole, "points": {**whole["points"], POINTS[0].key: 7}}
    file.path.write_text(json.dumps(altered), encoding="utf-8")
    assert file.measure() == (0, 0)
    assert file.measure(again=True) == (len(POINTS), 1)
    assert written(file) == whole


def test_again_interrupted_keeps_the_others(file):
    file.measure()
    stopped = with_points(file, POINTS[0], Point(broken, {"why": "no"}), *POINTS[1:])
    with pytest.raises(RuntimeError):
        stopped.measure(again=True)
    assert file.missing() == []


def test_points_no_longer_listed_are_dropped_at_the_next_write(file):
    file.measure()
    fewer = with_points(file, *POINTS[1:4], Point(parabola, {"x": 9}))
    assert list(fewer.found()) == [point.key for point in POINTS[1:4]]
    fewer.measure()
    assert list(written(file)["points"]) == [point.key for point in fewer.points]


def test_other_settings_are_refused_and_measured_again(file):
    file.measure()
    other = with_points(file, *POINTS[:2], epochs=3)
    for work in (other.found, other.measure, other.stored):
        with pytest.raises(DataError, match="other values of: epochs"):
            work()
    assert written(file)["made with"] == {"epochs": 2}
    other.measure(again=True)
    assert written(file)["made with"] == {"epochs": 3}
    assert list(written(file)["points"]) == [point.key for point in POINTS[:2]]


def test_another_checkpoint_is_refused(file, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    path = datasets.checkpoint("net.dcz")
    path.write_bytes(b"one")
    of_net = CurveFile(file.name, file.about, POINTS[:1], checkpoints=("net.dcz",))
    of_net.measure()
    assert of_net.measure() == (0, 0)
    path.write_bytes(b"another")
    with pytest.raises(DataError, match="checkpoints"):
        of_net.measure()


def test_an_incomplete_file_gives_no_numbers_and_says_how_to_go_on(file):
    with_points(file, *POINTS[:3]).measure()
    with pytest.raises(DataError, match=r"lacks 6 of 9 points, first errors_by_name.*dc_lab figures some"):
        file.stored()


def damages():
    good = {"about": "text", "made with": {"epochs": 2}, "points": {"f()": 1}}
    yield "empty", b""
    yield "cut", json.dumps(good).encode()[:-9]
    yield "not text", b"\xff\xfe\x00"
    yield "a list", b"[]"
    yield "too deep", b"[" * 100_000
    for part in good:
        yield f"no {part}", json.dumps({key: value for key, value in good.items() if key != part}).encode()
        yield f"{part} of another kind", json.dumps({**good, part: [1]}).encode()
    for value in (None, "1", True, float("nan"), float("inf"), [1, None], {"a": {"b": "c"}}):
        yield f"a point of {value}", json.dumps({**good, "points": {"f()": value}}).encode()


@pytest.mark.parametrize(("name", "content"), list(damages()), ids=[name for name, _ in damages()])
def test_a_damaged_file_is_named_and_left_as_it_is(file, name, content):
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    for work in (file.found, file.measure, file.stored, lambda: file.measure(again=True)):
        with pytest.raises(DataError, match="damaged") as caught:
            work()
        assert str(file.path) in str(caught.value)
        assert len(str(caught.value)) < 1_000
    assert file.path.read_bytes() == content
    assert not calls


@pytest.mark.parametrize("value", [None, "1", True, float("nan"), [1.0, float("inf")], {"a": None}, {1: 2.0}])
def test_points_give_finite_numbers(file, value):
    assert not store.is_numbers(value)
    with pytest.raises(ValueError, match=r"nothing\(x=1\) gave nan"):
        with_points(file, Point(nothing, {"x": 1})).measure()
    assert not file.path.exists()


def test_a_point_listed_twice_is_refused():
    with pytest.raises(ValueError, match=r"parabola\(x=0, shift=0.5\)"):
        CurveFile("some", "", (POINTS[0], POINTS[0]))


# --- the shipped files ---

each_file = pytest.mark.parametrize("shipped", list(curves.ALL.values()), ids=list(curves.ALL))


@each_file
def test_shipped_files_are_complete_and_in_order(shipped):
    assert shipped.missing() == []
    contents = json.loads(shipped.path.read_text(encoding="utf-8"))
    assert list(contents["points"]) == [point.key for point in shipped.points]
    assert contents["about"] == shipped.about


@each_file
def test_points_can_be_sent_to_another_process(shipped):
    """By name: a function of the module, with plain arguments; all that `pickle` would send."""
    for point in shipped.points:
        module = sys.modules[point.function.__module__]
        assert module.__name__.startswith(f"{curves.__name__}.lesson_")
        assert module.__dict__[point.function.__name__] is point.function
        assert json.loads(json.dumps(dict(point.arguments))) == dict(point.arguments)


IMAGE = 100 / datasets.HELD_OUT
CHEAP = [
    (lesson_04.CURVES, Point(lesson_04.started, {"kind": "dense", "steps": 0, "start": "density", "bits": 4})),
    (lesson_04.CURVES, Point(lesson_04.plain, {"net": "lenet-300-100", "kind": "pruned"})),
    (lesson_08.CURVES, Point(lesson_08.dense, {})),
    (lesson_08.CURVES, Point(lesson_08.svd, {"rank": 5})),
    (lesson_08.CURVES, Point(lesson_08.part_shared, {"kind": "pruned", "part": "convolutions", "bits": 2})),
]


@pytest.mark.slow
@pytest.mark.parametrize(("shipped", "point"), CHEAP, ids=[point.key for _, point in CHEAP])
def test_cheap_points_come_out_as_stored(shipped, point):
    """Within ten images: another processor sums in another order."""
    stored, again = shipped.found()[point.key], point.measure()
    if isinstance(again, dict):
        assert again["bytes"] == pytest.approx(stored["bytes"], rel=0.001)
        stored, again = stored["error"], again["error"]
    assert abs(stored - again) <= 10 * IMAGE


def test_lesson_08_in_the_shape_that_is_drawn():
    stored = lesson_08.stored()
    assert stored["whole"] == pipeline.float32_bytes(models.build("lenet-300-100"))
    for curve in stored["figure 6"].values():
        assert len({len(values) for values in curve.values()}) == 1
        np.testing.assert_allclose(curve["percent"], 100 * np.array(curve["bytes"]) / stored["whole"], rtol=0.01)
        assert [errors[0] for errors in curve["errors"]] == curve["error"]
        # Huffman codes are taken only where they save, at the price of a table; they never cost more than some bytes.
        assert (np.array(curve["bytes"]) <= np.array(curve["bytes without Huffman"]) + 64).all()
        (chosen,) = {"density", "bits", "rank"} & curve.keys()
        order = np.argsort(curve[chosen])
        assert (np.diff(np.array(curve["bytes"])[order]) > 0).all()  # more weights, bits or rank: a larger file
    for near in stored["near 3 %"].values():
        assert len(near["errors"]) == len(near["percent"]) == len(lesson_08.SEEDS)
        assert all(2.5 < percent < 3.5 for percent in near["percent"])
    seven = stored["figure 7"]
    for net in ("lenet-5", "lenet-300-100"):
        for kinds in seven[net].values():
            assert all(len(errors) == len(seven["bits"]) for errors in kinds.values())


def test_figure_6_has_all_seeds_at_every_point():
    stored = lesson_08.stored()
    lines = lesson_08.series(stored)
    assert list(lines) == list(lesson_08.LINES)
    for name, (percent, errors) in lines.items():
        assert len(percent) == len(errors) == len(lesson_08.LINES[name].values)
        assert {len(each) for each in errors} == {len(lesson_08.SEEDS)}
        assert [each[0] for each in errors] == stored["figure 6"][name]["error"]


# --- the functions that measure ---


@pytest.mark.parametrize("rank", [1, 7, 30])
def test_factors_are_the_nearest_of_their_rank(rank, rng):
    """Eckart and Young: what is left over are the other singular values."""
    weight = rng.normal(size=(50, 30)).astype(np.float32)
    left, right = lesson_08.factors(weight, rank)
    assert (left.shape, right.shape) == ((50, rank), (rank, 30))
    assert left.dtype == right.dtype == np.float32
    left_over = np.linalg.norm(weight - left.astype(np.float64) @ right)
    expected = np.sqrt((np.linalg.svd(weight.astype(np.float64), compute_uv=False)[rank:] ** 2).sum())
    assert left_over == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(np.linalg.norm(left, axis=0), np.linalg.norm(right, axis=1), rtol=1e-4)


@pytest.mark.parametrize("rank", [0, -1, 31])
def test_factors_refuse_other_ranks(rank):
    with pytest.raises(ValueError, match=f"from 1 to 30, got {rank}"):
        lesson_08.factors(np.ones((50, 30), np.float32), rank)


def test_svd_of_full_rank_is_the_network_itself():
    model = lesson_08._factored(100)
    arrays = networks.arrays("lenet-300-100")
    layers = dict(model.named_modules())
    product = layers["ip2.1"].weight.detach().numpy() @ layers["ip2.0"].weight.detach().numpy()
    np.testing.assert_allclose(product, arrays["ip2.weight"], atol=1e-5)


@pytest.mark.parametrize("part", lesson_08.PARTS)
def test_only_the_named_part_is_shared(part, monkeypatch):
    seen = {}
    monkeypatch.setattr(lesson_04, "held_out_error", lambda net, arrays: seen.update(arrays) or 0.0)
    lesson_08.part_shared("dense", part, 1)
    before = networks.arrays("lenet-5")
    changed = {name for name, array in before.items() if not np.array_equal(array, seen[name])}
    assert changed == {name for name in before if "weight" in name and ("conv" in name) == (part == "convolutions")}
    assert all(len(np.unique(seen[name])) == 2 for name in changed)


def test_what_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"part must be one of .*, got 'bias'"):
        lesson_08.part_shared("dense", "bias", 1)
    with pytest.raises(ValueError, match="kind must be one of dense, pruned, got 'sparse'"):
        networks.arrays("lenet-5", "sparse")


@pytest.mark.slow
def test_the_pruned_network_of_both_has_the_densities_and_values_asked_for(monkeypatch, digits):
    """On 400 images: the form of what is measured, not its error."""
    written = {}
    monkeypatch.setattr(datasets, "mnist", lambda split: digits)
    save_checked = pipeline.save_checked

    def note(path, arrays, coder="huffman"):
        written[coder] = {name: array.copy() for name, array in arrays.items()}
        return save_checked(path, arrays, coder)

    monkeypatch.setattr(pipeline, "save_checked", note)
    measured = lesson_08.both(density=0.05, bits=3)
    for name, density in {"ip1": 0.05, "ip2": 0.05, "ip3": 0.26}.items():
        weight = written["huffman"][f"{name}.weight"]
        assert np.count_nonzero(weight) == round(density * weight.size)
        assert len(np.unique(weight[weight != 0])) <= 8
    assert measured["bytes"] == len(archive.dumps(written["huffman"]))
    assert measured["bytes without Huffman"] == len(archive.dumps(written["fixed"], "fixed"))
    alone = lesson_08.pruning(density=0.05)
    assert alone["bytes"] > 2 * measured["bytes"]
    assert len(np.unique(written["huffman"]["ip1.weight"])) > 1_000


# --- the command ---


@pytest.fixture
def small(file, monkeypatch):
    """The command with two small files of curves."""
    other = CurveFile("other", "another", (Point(parabola, {"x": 3}),))
    monkeypatch.setattr(curves, "ALL", {"some": file, "other": other})
    return file


def run(capsys, *arguments):
    code = command.main(["figures", *arguments])
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err


def test_the_command_measures_then_finds_nothing_to_do(small, capsys):
    code, out, err = run(capsys)
    assert code == 0
    *beforehand, one, other = out
    assert [line.partition(": ")[2].partition(" in ")[0] for line in (one, other)] == [
        "9 points measured",
        "1 point measured",
    ]
    assert beforehand[0].startswith("some: 9 of 9 points to measure, ")
    assert "some, 9 of 9 points: 100%" in err
    code, out, err = run(capsys, "some")
    assert (code, err) == (0, "")
    assert "has all 9 points; --again" in out[0]
    seen = len(calls)
    code, out, _ = run(capsys, "--again", "other")
    assert code == 0
    assert "1 point measured" in out[-1]
    assert "0 of them other than before" in out[-1]
    assert len(calls) == seen + 1


def test_the_command_says_beforehand_how_long_it_takes_and_that_it_goes_on(small, capsys, monkeypatch):
    seconds = [600.0, 100.0, 200.0, 9_000.0]
    points = [Point(parabola, {"x": x}, each) for x, each in enumerate(seconds)]
    first, second = with_points(small, *points[:3]), CurveFile("other", "another", (points[3],))
    monkeypatch.setattr(curves, "ALL", {"some": first, "other": second})
    with_points(small, points[0]).measure()
    _, out, _ = run(capsys, "--workers", "2")
    assert out[:3] == [
        "some: 2 of 3 points to measure, 1 are there, about 5 minutes",
        "other: 1 of 1 point to measure, about 2.5 hours",
        "in all about 78 minutes on 2 idle cores; each point is stored as it is found, and a run that is interrupted "
        "goes on where it stopped",
    ]
    _, out, _ = run(capsys, "--again", "some")
    assert out[0] == "some: 3 of 3 points to measure, about 15 minutes"
    assert out[1].endswith("and --again begins anew each time")
    _, out, _ = run(capsys, "some")
    assert len(out) == 1
    assert "has all 3 points" in out[0]


def test_the_list(small, capsys):
    with_points(small, *POINTS[:2]).measure()
    code, out, _ = run(capsys, "--list")
    assert code == 0
    rows = [line.split() for line in out]
    assert ["some", "2/9"] in [row[:2] for row in rows]
    assert ["other", "0/1"] in [row[:2] for row in rows]


def test_a_name_that_is_not_there(small, capsys):
    code, out, err = run(capsys, "some", "lesson_99")
    assert (code, out) == (2, [])
    assert err == "dc-lab: no curves named lesson_99; expected some, other\n"


def test_a_damaged_file_is_one_line(small, capsys):
    small.path.parent.mkdir()
    small.path.write_bytes(b"{")
    for arguments in ([], ["--list"], ["--again"]):
        code, _, err = run(capsys, "some", *arguments)
        assert code == 2
        assert err.splitlines()[-1].startswith(f"dc-lab: {small.path} is damaged")


def test_a_worker_that_is_killed_is_one_line(small, capsys, monkeypatch):
    """As for want of memory."""
    monkeypatch.setattr(curves, "ALL", {"some": with_points(small, Point(os._exit, {"status": 1}))})
    code, _, err = run(capsys, "some", "--workers", "2")
    assert code == 2
    assert err.splitlines()[-1] == "dc-lab: a worker process ended before its time; what was found is stored"


def test_interrupting_the_command(small, capsys, monkeypatch):
    stopped = with_points(small, POINTS[0], Point(interrupted, {"x": 1}), POINTS[1])
    monkeypatch.setattr(curves, "ALL", {"some": stopped})
    code, _, err = run(capsys, "some")
    assert code == 130
    assert "dc-lab: interrupted" in err
    assert list(written(small)["points"]) == [POINTS[0].key]


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_workers_are_counted_from_one(number, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(["figures", "--workers", number])
    assert stopped.value.code == 2
    assert "--workers" in capsys.readouterr().err


# --- lesson 11: the search ---


def test_a_search_chooses_the_smallest_of_those_good_enough(monkeypatch):
    made = {4000: (400, 1.9), 5000: (500, 1.58), 6000: (600, 1.1), 7000: (450, 1.5)}

    def quick(plan):
        size, error = made[plan.keep]
        return lesson_11.Found(plan, bytes(size), error)

    monkeypatch.setattr(lesson_11, "quick", quick)
    plans = [lesson_11.plan(keep) for keep in made]
    found = lesson_11.search(plans)
    assert [one.plan for one in found] == plans
    with ThreadPoolExecutor(2) as threads:
        assert lesson_11.search(plans, threads) == found
    for most in (1.0, 1.1, 1.5, 1.58, 1.89, 1.9, 5):
        good = [one.size for one in found if one.held_out_error <= most]
        best = lesson_11.chosen(found, most)
        assert (best.size if best else None) == (min(good) if good else None)
    assert lesson_11.chosen([], 1.58) is None


@pytest.mark.slow
def test_a_quick_plan_is_a_file_and_its_held_out_error(monkeypatch):
    """The test images are left alone."""
    real = datasets.mnist
    asked = []
    monkeypatch.setattr(datasets, "mnist", lambda split: asked.append(split) or real(split))
    train = real("train")
    few = datasets.Images(train.pixels[:300], train.labels[:300])
    found = lesson_11.quick(records_plan.Plan("lenet-300-100", (40, 20), keep=900, epochs=2, share_epochs=1), few)
    assert asked == ["held_out"]
    model = models.build("lenet-300-100")
    pipeline.load_arrays(model, archive.loads(found.content))
    assert found.held_out_error == pytest.approx(training.error_percent(model, real("held_out")), abs=1e-3)
    assert found.size == len(found.content)


# --- lesson 11: distillation ---


def test_targets_are_losses_of_a_batch():
    """By hand, on one image: labels, softened labels, and half of each where a teacher speaks."""
    logits, labels = torch.tensor([[2.0, 0.0, -1.0]]), torch.tensor([0])
    teacher = torch.nn.Linear(2, 3, bias=False).requires_grad_(False)
    images = torch.tensor([[1.0, 0.5]])
    log = torch.log_softmax(logits, 1)[0]
    assert lesson_11.target_loss("labels")(logits, images, labels) == pytest.approx(-float(log[0]))
    soft = -0.9 * float(log[0]) - 0.1 * float(log.mean())
    assert lesson_11.target_loss("softened labels")(logits, images, labels) == pytest.approx(soft, rel=1e-5)
    for way, t in (("own network", 4.0), ("own network, T = 1", 1.0), ("shipped network", 4.0)):
        says = torch.softmax(teacher(images) / t, 1)
        hard, taught = -log[0], -(says * torch.log_softmax(logits / t, 1)).sum() * t**2
        loss = lesson_11.target_loss(way, teacher)(logits, images, labels)
        assert float(loss) == pytest.approx(float(hard + taught) / 2, rel=1e-5)
    with pytest.raises(ValueError, match="needs a teacher"):
        lesson_11.target_loss("own network")
    with pytest.raises(ValueError, match="way must be one of"):
        lesson_11.target_loss("hints")


def test_pruning_with_a_loss_ends_at_the_density():
    train = datasets.mnist("train")
    few, model = datasets.Images(train.pixels[:256], train.labels[:256]), models.build("lenet-300-100")
    lesson_11.prune_with(model, few, lesson_11.target_loss("labels"), 0.02, 3, 0)
    weights = pipeline.weights_of(model, ["ip1", "ip2", "ip3"])
    assert [np.count_nonzero(w) for w in weights.values()] == [4704, 600, 260]
