"""What `graduate` runs in processes of its own: the parts judged, the network trained, the file written and read.

    python -m dc_lab.course.graduate_steps judge|train|write|read FOLDER

FOLDER has the job as `job.json`; what came of it is `result.json` there, with arrays in `.npz` files. Of dc_lab only
networks and progress bars are used, but for parts that the learner does not have, and to judge those there are.
"""

import contextlib
import importlib
import io
import json
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dc_lab.networks import datasets, models, state, training
from dc_lab.support.optimizers import spare_the_compiler
from dc_lab.support.progress import bar

BATCH = 128
SEED = 0


class Nonsense(Exception):
    """What a part returned, or did to the network, cannot be; the message says what it is."""


class Batches(list[Any]):
    """(images, labels) of each step: made when it is asked for, as all at once would not fit. Shows a bar meanwhile."""

    def __init__(self, images: datasets.Images, passes: int, seed: int, label: str | None) -> None:
        self.pixels = images.pixels
        self.labels = torch.tensor(images.labels, dtype=torch.int64)
        self.seed, self.label = seed, label
        generator = torch.Generator().manual_seed(seed)
        orders = [torch.randperm(len(self.labels), generator=generator).split(BATCH) for _ in range(passes)]
        super().__init__(which for order in orders for which in order)

    def made(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The images of one step, each moved by up to a pixel: the same whenever they are asked for."""
        which = list.__getitem__(self, place)
        generator = torch.Generator().manual_seed(1_000_003 * (self.seed + 1) + place)
        pixels = training.to_tensor(self.pixels[which.numpy()])
        return training.shifted(pixels, 1, generator), self.labels[which]

    def __iter__(self) -> Iterator[Any]:
        with bar(len(self), self.label, unit="step") as shown:
            for place in range(len(self)):
                yield self.made(place)
                shown.update()

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self.made(i) for i in range(*place.indices(len(self)))]
        return self.made(range(len(self))[place])


# --- the parts ---


class Parts:
    """Functions by their names: the learner's, and the course's where there is none."""

    def __init__(self, job: dict[str, Any], room: Path) -> None:
        self.job = job
        self.problems: dict[str, str] = {}
        self._known: dict[str, Any] = {}
        self._given: dict[str, dict[str, Any]] = {}
        sys.path.insert(0, job["folder"])
        sys.dont_write_bytecode = True
        if "confined" in job:
            # Whatever the course's parts import is there before the door is closed behind it.
            self._given = {name: self._space(name) for name in job["parts"]}
            close(job, room)

    def yours(self, name: str) -> Any:
        """The learner's function of this name."""
        module = importlib.import_module(f"mine.{self.job['parts'][name]['module']}")
        return getattr(module, name)

    def course(self, name: str) -> Any:
        """The course's own function, made of its source; what it calls is the learner's where there is that."""
        part = self.job["parts"][name]
        space = self._given.pop(name, None) or self._space(name)
        exec(part["source"], space)
        for other in self.job["parts"]:
            if other != name and other in space:
                space[other] = self.get(other)
        return space[name]

    def _space(self, name: str) -> dict[str, Any]:
        """The names that the notebook has where this part is written."""
        part = self.job["parts"][name]
        space: dict[str, Any] = {"__name__": f"course.{part['module']}"}
        exec(part["given"], space)
        return space

    def get(self, name: str) -> Any:
        """The learner's where it is to be used, else the course's."""
        if name not in self._known:
            use_yours = self.job["parts"][name]["problem"] is None and name not in self.problems
            self._known[name] = self.yours(name) if use_yours else self.course(name)
        return self._known[name]

    def attempt(self, name: str, work: Callable[[Callable[..., Any]], Any]) -> Any:
        """What `work` makes of a part; where the learner's fails, it is said, and the course's takes its place."""
        if self.job["parts"][name]["problem"] is None:
            try:
                return work(self.get(name))
            except Exception as error:
                self.problems[name] = explained(error)
                self._known.clear()
        return work(self.get(name))


MOST_FILE = 64 << 20
"""Bytes of a file that a confined step writes."""


def close(job: dict[str, Any], room_folder: Path) -> None:
    """From here on no file is written but this step's own, none read but Python's and `mine`, nothing connected."""
    from dc_lab.course.grading import room
    from dc_lab.support import places

    warm_up()
    for name in [each for each in sys.modules if each.startswith("dc_lab.") and not each.startswith(room.OPEN)]:
        del sys.modules[name]  # the course's parts have what they need of them
    sys.meta_path.insert(0, room.Closed())
    package = Path(__file__).resolve().parents[1]
    readable = [sys.prefix, sys.base_prefix, *(each for each in sys.path if each), str(package), job["folder"]]
    secret = [str(package / "course"), *(str(places.folder(each)) for each in ("notebooks", "data"))]
    room.limit(job["confined"]["memory"], job["confined"]["seconds"], MOST_FILE)
    sys.addaudithook(room.watcher([*readable, str(room_folder)], secret, writable=[str(room_folder)]))


def warm_up() -> None:
    """One step of training, at which torch loads what it loads only then."""
    weight = torch.nn.Parameter(torch.ones(2, 2))
    for kind in (torch.optim.Adam, torch.optim.SGD):
        optimizer = kind([weight], lr=1e-3)
        (weight @ torch.ones(2)).sum().backward()
        optimizer.step()


def explained(error: BaseException) -> str:
    """An error in a line, with the line of `mine` that it came from."""
    if isinstance(error, Nonsense):
        return str(error)
    text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "mine" in Path(frame.filename).parts]
    return f"{text} (mine/{Path(own[-1].filename).name}, line {own[-1].lineno})" if own else text


# --- the network ---


def train(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Prune, retrain, share and train the shared values; the arrays that are to be written."""
    torch.set_num_threads(1)  # one order of sums: the same `mine`, the same bytes
    images = datasets.mnist("train")
    parts = Parts(job, folder)
    net, targets = job["net"], {name: float(share) for name, share in job["densities"].items()}
    arrays = dict(np.load(folder / "dense.npz", allow_pickle=False))

    def model_of(arrays: dict[str, np.ndarray]) -> Any:
        model = models.build(net)
        state.load_arrays(model, arrays)
        return model

    def trained(model: Any) -> dict[str, np.ndarray]:
        found = state.state_arrays(model)
        if not all(np.isfinite(array).all() for array in found.values()):
            raise Nonsense("weights are NaN or infinite after it")
        return found

    def batches(passes: int, seed: int, label: str) -> Batches:
        return Batches(images, passes, SEED + seed, label if job["progress"] else None)

    # Prune to the target densities while the network trains.
    def prune(function: Callable[..., Any]) -> dict[str, np.ndarray]:
        model = model_of(arrays)
        function(model, dict(targets), batches(job["passes"]["prune"], 1, "prune"))
        return _checked_density(trained(model), targets)

    arrays = parts.attempt("prune_gradually", prune)
    kept = {name: arrays[name] != 0 for name in targets}

    # Train on in smaller steps; what is 0 stays 0.
    def retrain(function: Callable[..., Any]) -> dict[str, np.ndarray]:
        model = model_of(arrays)
        masks = {name: torch.tensor(mask) for name, mask in kept.items()}
        function(model, masks, iter(batches(job["passes"]["retrain"], 2, "retrain")), lr=job["lr"]["retrain"])
        found = trained(model)
        back = [name for name, mask in kept.items() if np.any(found[name][~mask])]
        if back:
            raise Nonsense(f"weights of {back[0]} that were removed are not 0 after it")
        return found

    arrays = parts.attempt("train_masked", retrain)

    # Few values for each layer.
    def starts(function: Callable[..., Any]) -> dict[str, np.ndarray]:
        found = {name: np.asarray(function(_kept(arrays[name]), job["values"])) for name in targets}
        for name, start in found.items():
            if start.shape != (job["values"],) or not np.isfinite(start).all():
                raise Nonsense(f"for {name} it returns {start.shape} values, expected ({job['values']},), all finite")
        return found

    start = parts.attempt("cube_root_start", starts)

    def share(function: Callable[..., Any]) -> dict[str, np.ndarray]:
        return {**arrays, **{name: _shared(name, arrays[name], function, start[name]) for name in targets}}

    arrays = parts.attempt("kmeans", share)

    # Train the values that are left.
    def train_values(function: Callable[..., Any]) -> dict[str, np.ndarray]:
        model = model_of(arrays)
        function(
            model, list(targets), iter(batches(job["passes"]["codebook"], 3, "codebook")), lr=job["lr"]["codebook"]
        )
        found = trained(model)
        for name in targets:
            values = len(np.unique(_kept(found[name])))
            if values > job["values"] or np.any(found[name][arrays[name] == 0]):
                raise Nonsense(f"{name} has {values} values after it, expected {job['values']} and zeros that stay")
        return found

    arrays = parts.attempt("train_codebook", train_values)

    # Two bytes a value are enough; biases and codebooks are rounded to what float16 holds.
    arrays = {name: array.astype(np.float16).astype(np.float32) for name, array in arrays.items()}
    np.savez(folder / "arrays.npz", **arrays)
    left = sum(int(np.count_nonzero(arrays[name])) for name in targets)
    return {"problems": parts.problems, "left": left, "of": sum(arrays[name].size for name in targets)}


def _kept(array: np.ndarray) -> np.ndarray:
    return array[array != 0]


def _checked_density(arrays: dict[str, np.ndarray], targets: dict[str, float]) -> dict[str, np.ndarray]:
    for name, share in targets.items():
        found = np.count_nonzero(arrays[name]) / arrays[name].size
        if not 0.5 * share <= found <= 1.05 * share + 1 / arrays[name].size:
            raise Nonsense(f"it leaves {100 * found:.3g} % of {name}, and {100 * share:.3g} % was asked for")
    return arrays


def _shared(name: str, array: np.ndarray, function: Callable[..., Any], start: np.ndarray) -> np.ndarray:
    codebook, indices = function(_kept(array), start)
    codebook, indices = np.asarray(codebook, np.float64), np.asarray(indices)
    if codebook.shape != start.shape or not np.isfinite(codebook).all():
        raise Nonsense(
            f"for {name} it returns a codebook of shape {codebook.shape}, expected {start.shape}, all finite"
        )
    if indices.shape != _kept(array).shape or indices.dtype.kind not in "iu":
        raise Nonsense(f"for {name} it returns {indices.dtype} indices of shape {indices.shape}")
    found = np.zeros_like(array)
    found[array != 0] = codebook[indices]
    return found


# --- the file ---


def write(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The arrays as the bytes of a file, `written.dcz`."""
    parts, arrays = Parts(job, folder), dict(np.load(folder / "arrays.npz", allow_pickle=False))
    content = parts.get("write_dcz")({name: array.copy() for name, array in arrays.items()})
    if not isinstance(content, (bytes, bytearray)):
        raise Nonsense(f"it returns {type(content).__name__}, expected bytes")
    (folder / "written.dcz").write_bytes(content)
    return {}


def read(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The arrays that stand in the file, as the learner reads it: `read.npz`."""
    found = Parts(job, folder).get("read_dcz")((folder / "written.dcz").read_bytes())
    if not isinstance(found, dict) or not all(isinstance(array, np.ndarray) for array in found.values()):
        raise Nonsense("it returns no dictionary of arrays")
    np.savez(folder / "read.npz", **found)
    return {"dtypes": {name: array.dtype.str for name, array in found.items()}}


def judge(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Which of the learner's parts pass their checks: name -> None, or why it is not used."""
    from dc_lab.course import own
    from dc_lab.course.exercises import Exercise, find

    found: dict[str, str | None] = {}
    with bar(len(job["parts"]), "check" if job["progress"] else None, unit="part") as shown:
        for name, part in job["parts"].items():
            exercise = find(part["id"])
            assert isinstance(exercise, Exercise)
            found[name] = own.answer_of(exercise, Path(job["folder"]))[1]
            shown.update()
    return {"found": found}


STEPS: dict[str, Callable[[dict[str, Any], Path], dict[str, Any]]] = {
    "judge": judge,
    "train": train,
    "write": write,
    "read": read,
}


class Unread(io.TextIOBase):
    """Where what the learner's code prints goes: it is not for the report, and may have no end."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


def main(arguments: Sequence[str]) -> int:
    """Do one step; what it made, or its error in a line, goes into `result.json`."""
    step, folder = arguments[0], Path(arguments[1])
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    spare_the_compiler()
    try:
        with contextlib.redirect_stdout(Unread()):
            result = STEPS[step](job, folder)
    except Exception as error:
        result = {"error": explained(error)}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
