"""Labs: open tasks with a score. The learner's function runs in a fresh process, on what that process is given.

The process has the function's source with what it needs of the same cell, the learner's `mine`, NumPy and torch. It has
neither `dc_lab` nor its files, and no network. What the function returns is measured here, on data that stayed here.
What is blocked is blocked for honest mistakes: whoever wants to get around it can.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from dc_lab.course import mine, work
from dc_lab.course.display import Message, show
from dc_lab.course.exercises import listed
from dc_lab.course.extract import Accepted, NotAlone, extract
from dc_lab.course.verdicts import wrapped
from dc_lab.networks import datasets
from dc_lab.support import files, progress

Value = np.ndarray | Mapping[str, np.ndarray]


class LabError(Exception):
    """Why what a function returned has no score; the text is for the learner."""


@dataclass(frozen=True)
class Score:
    """What counts, and a sentence with everything that was measured."""

    value: float
    text: str


@dataclass(frozen=True)
class Lab:
    """An open task.

    Attributes
    ----------
    id : lesson and "lab", such as "02.lab".
    name : of the function that the learner writes.
    stub : source of the notebook's cell.
    inputs : the function's arguments, each an array or a dict of arrays.
    measure : the score of what it returned; raises LabError where that is against the rules.
    better : whether a lower or a higher score is better.
    unit : of the score, behind the number.
    seconds : after which the process is stopped.
    reference : the course's own function: standing alone, as the learner's has to.
    reference_score : what it reaches; `dc_lab.course.lab.measure_reference` measures it again.
    """

    id: str
    title: str
    minutes: int
    name: str
    stub: str
    inputs: Callable[[], Sequence[Value]]
    measure: Callable[[Any], Score]
    better: Literal["lower", "higher"]
    unit: str
    seconds: float
    reference: Callable[..., Any]
    reference_score: float


_boards: dict[str, list[float]] = {}
"""Scores of this session, where there is no work folder."""

_RUNNER = """
import builtins, importlib.abc, pathlib, sys

folder = pathlib.Path(__file__).resolve().parent
forbidden = {forbidden!r}


class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("dc_lab.") and not name.startswith(("dc_lab.networks", "dc_lab.support")):
            raise ImportError(name + " is out of reach in a lab: what the function needs stands in its cell or in mine")


def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        if any(arguments[0].startswith(place) for place in forbidden):
            raise PermissionError("the course's files are out of reach in a lab")
    if event in ("socket.connect", "subprocess.Popen", "os.system"):
        raise PermissionError(event + " is out of reach in a lab")


import numpy as np

sys.meta_path.insert(0, Blocked())
sys.path.insert(0, str(folder))
with np.load(folder / "inputs.npz", allow_pickle=False) as stored:
    arguments = []
    for i in range(int(stored["count"])):
        if f"{{i}}" in stored:
            arguments.append(stored[f"{{i}}"])
        else:
            start = f"{{i}}/"
            arguments.append({{key[len(start):]: stored[key] for key in stored if key.startswith(start)}})
import torch

torch.set_num_threads(1)
torch.manual_seed(0)
np.random.seed(0)
sys.addaudithook(watch)
import answer

result = getattr(answer, {name!r})(*arguments)
result = result if isinstance(result, dict) else {{"": result}}
arrays = {{}}
for key, value in result.items():
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    arrays["/" + str(key)] = np.asarray(value)
np.savez(folder / "result.npz", **arrays)
"""


BAR = "{desc}: {bar} {n:.0f} s"


def score(lab: Lab, function: Any) -> float | None:
    """Run a learner's function, show its score and the board, and return the score; None where there is none."""
    if function is None or function is ... or _is_a_stub(function):
        text = f"{lab.id} {lab.title}: not tried yet. {lab.minutes} minutes."
        show(Message("not tried", text))
        return None
    began = time.perf_counter()
    try:
        result = run(lab, function)
        found = lab.measure(result)
    except LabError as error:
        lines = [f"{lab.id} {lab.title}: no score.", *_lines(str(error))]
        show(Message("wrong", "\n".join(lines)))
        return None
    took = time.perf_counter() - began
    before = _add_to_board(lab, found.value)
    lines = [f"{lab.id} {lab.title}: {found.value:.2f} {lab.unit}", *wrapped(f"{found.text} It took {took:.0f} s.")]
    show(Message("correct", "\n".join([*lines, *board(lab, before, found.value)])))
    return found.value


def _lines(text: str) -> list[str]:
    return [line for part in text.split("\n") for line in ([part] if part.startswith("  ") else wrapped(part))]


def _is_a_stub(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and "NotImplementedError" in code.co_names and len(code.co_names) == 1


def run(lab: Lab, function: Any) -> Any:
    """What the function returns in a fresh process.

    Raises
    ------
    LabError : it does not stand alone, takes too long, raises, or returns what is no array and no dict of arrays.
    """
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        (folder / "answer.py").write_text(_source(lab, function, folder), encoding="utf-8")
        return _run_in(lab, folder)


def _source(lab: Lab, function: Any, folder: Path) -> str:
    """The text of a module with the function in it; `mine` is copied into the folder where there is one."""
    if function is lab.reference:
        return Path(sys.modules[function.__module__].__file__ or "").read_text(encoding="utf-8")
    found = work.find()
    if found is not None and found.mine.is_dir():
        shutil.copytree(found.mine, folder / "mine", ignore=shutil.ignore_patterns("__pycache__", "*.new"))

    def accepted(value: Any) -> Accepted | None:
        return mine.accepted_in(found, value) if found is not None else None

    try:
        extracted = extract(cast(Any, lab), function, "lab", accepted)
    except NotAlone as error:
        raise LabError("\n".join(["It cannot stand alone.", *(f"  {remedy}" for remedy in error.remedies)])) from error
    return "\n".join([*extracted.imports, "", "", extracted.text, ""])


def _run_in(lab: Lab, folder: Path) -> Any:
    arrays: dict[str, np.ndarray] = {}
    values = lab.inputs()
    for i, value in enumerate(values):
        if isinstance(value, np.ndarray):
            arrays[str(i)] = value
        else:
            arrays |= {f"{i}/{name}": item for name, item in value.items()}
    np.savez(folder / "inputs.npz", count=np.array(len(values)), **arrays)  # type: ignore[arg-type]
    forbidden = [str(place.resolve()) + os.sep for place in (datasets.data_dir(), Path(__file__).parent)]
    runner = folder / "runner.py"
    runner.write_text(_RUNNER.format(forbidden=forbidden, name=lab.name), encoding="utf-8")
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "HOME", "USERPROFILE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ} | {"OMP_NUM_THREADS": "1"}
    errors = folder / "errors.txt"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-I", str(runner)], cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
        )  # fmt: skip
        _wait(lab, process)
    if process.returncode != 0:
        text = errors.read_text(encoding="utf-8", errors="replace")
        raise LabError("It stopped with an error:\n" + "\n".join(f"  {line}" for line in _tail(text)))
    try:
        with np.load(folder / "result.npz", allow_pickle=False) as stored:
            found = {name.removeprefix("/"): stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise LabError("It has to return an array, or a dict of arrays.") from error
    return found[""] if list(found) == [""] else found


def _wait(lab: Lab, process: "subprocess.Popen[bytes]") -> None:
    """Wait for the process, with a bar that fills up to the time limit."""
    began = shown = time.monotonic()
    try:
        with progress.bar(lab.seconds, f"{lab.id}, of {lab.seconds:.0f} s", bar_format=BAR) as bar:
            while process.poll() is None:
                time.sleep(0.1)
                now = time.monotonic()
                if now - began > lab.seconds:
                    raise LabError(f"It was stopped after {lab.seconds:.0f} s, which is the limit.")
                bar.update(now - shown)
                shown = now
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _tail(text: str) -> list[str]:
    """The last line of the learner's own code that a traceback names, and the error."""
    lines = text.rstrip().split("\n")
    own = max(
        (i for i, line in enumerate(lines) if 'answer.py"' in line or f"{os.sep}mine{os.sep}" in line), default=None
    )
    shown = [] if own is None else [line.strip() for line in lines[own : own + 2]]
    where = [line.replace(line[line.find('"') : line.rfind(os.sep) + 1], '"') for line in shown[:1]]
    return [*where, *shown[1:], lines[-1][:300]]


def board(lab: Lab, scores: Sequence[float], now: float | None = None) -> list[str]:
    """The scores so far and the reference to beat, the best first."""
    rows = [(lab.reference_score, "the course's")]  # before its equals
    if now is not None:
        rows.append((now, "yours, now"))
    rows += [(value, "yours") for value in dict.fromkeys(scores) if value != now]
    rows.sort(key=lambda row: row[0], reverse=lab.better == "higher")
    return [f"  {place:2d}  {value:8.2f} {lab.unit}  {by}" for place, (value, by) in enumerate(rows[:10], 1)]


def _add_to_board(lab: Lab, value: float) -> list[float]:
    """Keep a score; returns those that were there before."""
    folder = work.find()
    if folder is None:
        before = list(_boards.get(lab.id, ()))
        _boards.setdefault(lab.id, []).append(value)
        return before
    path = folder.state / "board.json"
    with folder.changing():  # which holds the folder's lock
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            before = [float(each) for each in found.get(lab.id, [])]
        except (OSError, ValueError, AttributeError, TypeError):
            found, before = {}, []
        files.write(path, json.dumps({**found, lab.id: [*before, value]}, indent=1).encode())
    return before


def measure_reference(lab: Lab) -> Score:
    """The score of the course's own function, in a fresh process as any other."""
    return lab.measure(run(lab, lab.reference))


def find_lab(lab_id: str) -> Lab:
    """The lab of this id.

    Raises
    ------
    ValueError : there is none.
    """
    number = str(lab_id).partition(".")[0]
    labs: Sequence[Lab] = listed(number, "LABS")
    for lab in labs:
        if lab.id == lab_id:
            return lab
    raise ValueError(f"no lab {lab_id!r}; lesson {number} has {', '.join(lab.id for lab in labs) or 'none'}")
