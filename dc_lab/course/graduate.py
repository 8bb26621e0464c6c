"""`graduate`: the whole way with the learner's `mine`, from a trained network to a file and back.

    graduate.run(folder, net, out)          prunes, retrains, shares, codes, writes, reads; leaves file, report and page

The learner's code runs in processes of its own (`graduate_steps`). A part that is missing, does not pass its check,
raises or gives nonsense is named with its reason, and the course's takes its place.
"""

import hashlib
import html
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dc_lab import archive
from dc_lab.checkpoints import weights
from dc_lab.course import npz
from dc_lab.course.exercises import Exercise, find_lesson
from dc_lab.course.sources import solution_source
from dc_lab.course.work import Folder
from dc_lab.measure import evidence
from dc_lab.networks import datasets, models, paper, state, training
from dc_lab.support import files
from dc_lab.support.tables import text_table

NAMES = {
    "02": ("magnitude_mask", "train_masked", "cubic_density", "prune_gradually"),
    "03": ("relative_index",),
    "04": ("assign", "kmeans", "cube_root_start", "train_codebook"),
    "07": ("code_lengths", "canonical_codes", "encode", "decode"),
    "08": (
        "read_varint", "read_stream", "read_tensor", "read_dcz", "write_varint", "write_stream", "write_tensor",
        "write_dcz",
    ),
}  # fmt: skip
"""By lesson what the way needs, each after what it calls. What a lesson does not have is left out."""

STAGES: dict[str, tuple[str, ...]] = {
    "prune": ("prune_gradually", "magnitude_mask", "cubic_density"),
    "retrain": ("train_masked",),
    "share": ("kmeans", "assign", "cube_root_start"),
    "train values": ("train_codebook",),
    "code": ("relative_index", "code_lengths", "canonical_codes", "encode"),
    "write": ("write_dcz", "write_tensor", "write_stream", "write_varint"),
    "read": ("read_dcz", "read_tensor", "read_stream", "read_varint"),
}
"""What is done, and by which parts."""

PLANS: dict[str, dict[str, Any]] = {
    "lenet-300-100": {
        "densities": {"ip1.weight": 0.08, "ip2.weight": 0.09, "ip3.weight": 0.26},
        "values": 16,
        "passes": {"prune": 4, "retrain": 3, "codebook": 1},
        "lr": {"retrain": 3e-4, "codebook": 1e-4},
    },
    "lenet-5": {
        "densities": {"conv1.weight": 0.66, "conv2.weight": 0.12, "ip1.weight": 0.08, "ip2.weight": 0.19},
        "values": 16,
        "passes": {"prune": 3, "retrain": 1, "codebook": 1},
        "lr": {"retrain": 3e-4, "codebook": 1e-4},
    },
}
"""How far each network goes. The densities are the paper's. Passes and rates were set beforehand, so that it takes some
three minutes on two cores, ten for LeNet-5. No error chose them, on held-out images or others."""

SETTINGS = "The densities are the paper's. Passes and rates were set for the time they take; no images chose them."
"""What the report says of PLANS."""

MOST_BYTES = 64 << 20
"""Of all arrays of a network: the larger of the two has 1.7 MB."""

PATIENCE = {"judge": 900, "train": 7200, "write": 600, "read": 600}
"""Seconds that a step gets: many times what it takes, for a part that never ends."""


@dataclass(frozen=True)
class Confined:
    """How code runs that nobody vouches for.

    Attributes
    ----------
    judged : by part None where the learner's is to be used, else why not. Nothing is judged in this case.
    before : what is put before the command of each step, such as one that cuts the network off.
    environment : the variables that a step gets.
    memory : bytes that a step may take, where the system can limit that.
    patience : by step its seconds.
    """

    judged: Mapping[str, str | None]
    before: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: int = 4 << 30
    patience: Mapping[str, int] = field(default_factory=lambda: {"train": 900, "write": 120, "read": 120})


class GraduateError(Exception):
    """The way could not be gone to its end, with the course's parts either; the message says why."""


@dataclass(frozen=True)
class Part:
    """One function of the way. `problem` is None where the learner's is used, else why it is not."""

    name: str
    exercise_id: str
    module: str
    problem: str | None


@dataclass(frozen=True)
class Report:
    """What came of it. Errors are in percent of the test images."""

    net: str
    parts: tuple[Part, ...]
    size: int
    dense_size: int
    sha256: str
    left: int
    of: int
    dense_error: float
    error: float
    only_dense: int
    only_file: int
    p: float
    items: Mapping[str, int]
    read_by_both: bool
    compared: str = field(default="", repr=False)

    @property
    def ratio(self) -> float:
        """How many times smaller than float32 the file is."""
        return self.dense_size / self.size


# --- the steps, each in a process of its own ---


def parts() -> dict[str, Exercise]:
    """By name the exercises whose answers the way needs, in order."""
    found = {}
    for lesson, names in NAMES.items():
        there = {each.name: each for each in find_lesson(lesson).exercises if isinstance(each, Exercise)}
        found.update({name: there[name] for name in names if name in there})
    return found


def _job(folder: Path, net: str, progress: bool) -> dict[str, Any]:
    needed = {
        name: {
            "id": each.id,
            "module": find_lesson(each.id[:2]).module,
            "problem": "not looked at yet",
            "given": each.given,
            "source": solution_source(each.id),
        }
        for name, each in parts().items()
    }
    return {"folder": str(folder), "net": net, "progress": progress, "parts": needed, **PLANS[net]}


def _step(name: str, job: Mapping[str, Any], room: Path, confined: Confined | None = None) -> dict[str, Any]:
    """Run one step; its result has "error" where it failed."""
    patience, before, outer, said = PATIENCE[name], tuple[str, ...](), dict(os.environ), None
    if confined is not None:
        # What it prints would stand in the terminal of whoever grades.
        patience, before, outer, said = (
            confined.patience[name],
            confined.before,
            dict(confined.environment),
            subprocess.DEVNULL,
        )
        job = {**job, "confined": {"memory": confined.memory, "seconds": patience}}
    files.write(room / "job.json", json.dumps(job).encode())
    (room / "result.json").unlink(missing_ok=True)
    environment = {**outer, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": _path()}
    command = [*before, sys.executable, "-m", "dc_lab.course.graduate_steps", name, str(room)]
    process = subprocess.Popen(command, cwd=room, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        return {"error": f"it does not end within {patience} s"}
    finally:
        process.kill()  # also where we are interrupted; what has ended already is not touched by it
        process.wait()
    try:
        result = json.loads((room / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"error": f"its process ended with {process.returncode} before it was done"}
    return dict(result)


def _path() -> str:
    """Where Python finds this package, in a process that runs in another folder."""
    own = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join([own, *filter(None, [os.environ.get("PYTHONPATH")])])


def _without(job: dict[str, Any], name: str, why: str) -> None:
    """Use the course's part from here on, and those that would call the learner's one in any case."""
    job["parts"][name]["problem"] = why


def _retrying(
    step: str,
    job: dict[str, Any],
    room: Path,
    blamed: str,
    check: Callable[[], str | None],
    confined: Confined | None = None,
) -> None:
    """Run a step with the learner's part; where that fails, with the course's.

    Raises
    ------
    GraduateError : neither works.
    """
    for _ in range(2):
        found = _step(step, job, room, confined)
        problem = found.get("error") or check()
        if problem is None:
            return
        if job["parts"][blamed]["problem"] is not None:
            break
        # What the part calls may be at fault, too: from here on the whole stage is the course's.
        for name in STAGES[step]:
            if name in job["parts"] and job["parts"][name]["problem"] is None:
                _without(job, name, str(problem) if name == blamed else f"{blamed} failed with it: {problem}")
    raise GraduateError(f"{step} failed with the course's parts as well: {problem}")


def run(
    folder: Folder,
    net: str,
    out: Path,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
    confined: Confined | None = None,
) -> Report:
    """Go the whole way and write file, report and page into `out`.

    Parameters
    ----------
    folder : the work folder whose `mine` is used.
    net : "lenet-300-100" or "lenet-5".
    progress : whether bars are shown on stderr.
    say : gets a line as each stage is done.
    confined : for a grader, whose learners are not at this machine.

    Raises
    ------
    GraduateError : it does not work with the course's parts either. OSError : `out` cannot be written.
    """
    dense = weights.load_weights(datasets.checkpoint(f"{net}.safetensors"))
    job = _job(folder.path, net, progress)
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        np.savez(room / "dense.npz", **dense)  # type: ignore[arg-type]

        # Which parts of `mine` pass their checks.
        judged = {"found": confined.judged} if confined is not None else _step("judge", job, room, None)
        for part, entry in job["parts"].items():
            entry["problem"] = judged["found"][part] if "found" in judged else judged["error"]

        # Prune, retrain, share, train the values.
        trained = _step("train", job, room, confined)
        if "error" in trained:
            # A part ended the whole process, or never ended: nobody knows which one.
            for part in {*STAGES["prune"], *STAGES["retrain"], *STAGES["share"], *STAGES["train values"]}:
                if job["parts"][part]["problem"] is None:
                    _without(job, part, f"training failed with it: {trained['error']}")
            trained = _step("train", job, room, confined)
        if "error" in trained:
            raise GraduateError(f"training failed with the course's parts as well: {trained['error']}")
        for part, problem in trained["problems"].items():
            _without(job, part, problem)
        for line in _lines(job, ("prune", "retrain", "share", "train values")):
            say(line)
        arrays = npz.load(room / "arrays.npz", MOST_BYTES)

        # Write, and hold what the package reads against what was to be written.
        def not_written() -> str | None:
            try:
                return _difference(arrays, archive.loads((room / "written.dcz").read_bytes(), max_bytes=MOST_BYTES))
            except archive.ArchiveError as error:
                return f"the package's reader refuses the file: {error}"

        def not_read() -> str | None:
            try:
                return _difference(arrays, npz.load(room / "read.npz", MOST_BYTES))
            except (OSError, ValueError) as error:
                return f"what it returns cannot be looked at: {error}"

        _retrying("write", job, room, "write_dcz", not_written, confined)
        content = (room / "written.dcz").read_bytes()
        for line in _lines(job, ("code", "write")):
            say(line)

        # Read with the learner's reader.
        _retrying("read", job, room, "read_dcz", not_read, confined)
        for line in _lines(job, ("read",)):
            say(line)

    # Only now the test images, once.
    test = datasets.mnist("test")
    first, second = (_wrong(net, arrays, test) for arrays in (dense, archive.loads(content)))
    paired = evidence.paired(first, second, ("dense", "yours"))
    sizes: dict[str, int] = {}
    for item in archive.read(content).items:
        sizes[item.part] = sizes.get(item.part, 0) + item.size
    report = Report(
        net=net,
        parts=tuple(Part(part, e["id"], e["module"], e["problem"]) for part, e in job["parts"].items()),
        size=len(content),
        dense_size=sum(array.size for array in dense.values()) * 4,
        sha256=hashlib.sha256(content).hexdigest(),
        left=trained["left"],
        of=trained["of"],
        dense_error=paired.errors[0],
        error=paired.errors[1],
        only_dense=paired.only_first,
        only_file=paired.only_second,
        p=paired.p,
        items=sizes,
        read_by_both=True,
        compared=str(paired),
    )
    _leave(report, content, out)
    return report


def _difference(arrays: Mapping[str, np.ndarray], found: Mapping[str, Any]) -> str | None:
    """What is not equal to the last bit, in words."""
    if list(arrays) != list(found):
        return f"the tensors are {', '.join(found)}; they were {', '.join(arrays)}"
    for name, array in arrays.items():
        other = found[name]
        if other.shape != array.shape or other.dtype != array.dtype:
            return f"{name} is {other.dtype} of shape {other.shape}; it was {array.dtype} of shape {array.shape}"
        if not np.array_equal(other, array):
            return f"{int(np.count_nonzero(other != array)):,} values of {name} are others than before"
    return None


def _wrong(net: str, arrays: Mapping[str, np.ndarray], images: datasets.Images) -> np.ndarray:
    model = models.build(net)
    state.load_arrays(model, arrays)
    return np.asarray(training.predict(model, images.pixels) != images.labels)


# --- what is said ---


def _lines(job: Mapping[str, Any], stages: tuple[str, ...]) -> list[str]:
    lines = []
    for stage in stages:
        names = [name for name in STAGES[stage] if name in job["parts"]]
        modules = dict.fromkeys(f"mine/{job['parts'][name]['module']}.py" for name in names)
        course = [name for name in names if job["parts"][name]["problem"] is not None]
        whose = "" if not course else f"   the course's: {', '.join(course)}"
        lines.append(f"  {stage:13} {', '.join(modules):34} {', '.join(names)}{whose}")
    return lines


def text(report: Report) -> str:
    """The report as text."""
    theirs = paper.network(report.net)
    lines = [
        f"your Deep Compression, on {report.net}",
        "",
        *_lines({"parts": {part.name: asdict(part) for part in report.parts}}, tuple(STAGES)),
        "",
        f"  {report.left:,} of {report.of:,} weights left",
        f"  {report.size:,} bytes, {report.ratio:.1f} times smaller than the {report.dense_size:,} bytes of float32",
        "  read back by both readers, yours and the package's, equal to the last bit",
        "",
        "  on the test images, looked at once, at the end:",
        *(f"  {line}" for line in report.compared.splitlines()),
        f"  the paper: {theirs['ratio']} times, {theirs['top1_error_ref']} % -> {theirs['top1_error']} %",
        "",
        f"  {SETTINGS}",
        "",
        text_table(["part of the file", "bytes"], [[part, f"{size:,}"] for part, size in report.items.items() if size]),
        "",
        *whose(report),
        f"SHA-256 of the file: {report.sha256}",
    ]
    return "\n".join(lines) + "\n"


def whose(report: Report) -> list[str]:
    """Which parts were not the learner's, and why, a line each."""
    others = [part for part in report.parts if part.problem is not None]
    if not others:
        return ["All of it is yours."]
    if len(others) == len(report.parts):
        head = "None of it is yours yet. The course's parts were used:"
    else:
        head = "All of it is yours but these, where the course's were used:"
    return [head, *(f"  {part.exercise_id} {part.name}: {part.problem}" for part in others)]


def as_json(report: Report) -> str:
    """The report for a program."""
    content = asdict(report) | {"ratio": round(report.ratio, 3)}
    del content["compared"]
    return json.dumps(content, indent=1) + "\n"


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { text-align: left; padding: .2rem .8rem .2rem 0; }
td.n { text-align: right; font-variant-numeric: tabular-nums; } .bar { background: #3b6ea5; height: .8rem; }
.big { font-size: 1.6rem; } .course { color: #8a4b00; } code { font-size: .95em; }
"""


def page(report: Report) -> str:
    """The report as a page that needs nothing else."""
    theirs, most = paper.network(report.net), max(report.items.values())
    bytes_rows = "".join(
        f'<tr><td>{html.escape(part)}</td><td class="n">{size:,}</td>'
        f'<td><div class="bar" style="width:{max(1, round(300 * size / most))}px"></div></td></tr>'
        for part, size in report.items.items()
        if size
    )
    part_rows = "".join(
        f"<tr><td>{part.exercise_id}</td><td><code>mine/{part.module}.py</code></td><td><code>{part.name}</code></td>"
        + (
            "<td>yours</td></tr>"
            if part.problem is None
            else f'<td class="course">the course\'s: {html.escape(part.problem)}</td></tr>'
        )
        for part in report.parts
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Your Deep Compression</title><style>{STYLE}</style></head><body>
<h1>Your Deep Compression</h1>
<p class="big">{report.size:,} bytes, {report.ratio:.1f} times smaller</p>
<p>{html.escape(report.net)}: {report.left:,} of {report.of:,} weights are left. The file
<a href="{report.net}.dcz">{report.net}.dcz</a> is read back by <code>read_dcz</code> and by the package's reader, equal
to the last bit. In float32 the network takes {report.dense_size:,} bytes.</p>
<h2>Is it as good?</h2>
<pre>{html.escape(report.compared)}</pre>
<p>Each network saw the same 10,000 test images, once, after all was done. Lesson 01 explains p. The paper reports
{theirs["ratio"]} times, {theirs["top1_error_ref"]} % before and {theirs["top1_error"]} % after. {SETTINGS}</p>
<h2>What the bytes are for</h2>
<table><tr><th>part</th><th>bytes</th><th></th></tr>{bytes_rows}</table>
<h2>Whose parts</h2>
<p>{html.escape(whose(report)[0])}</p>
<table>{part_rows}</table>
<p>SHA-256 of the file: <code>{report.sha256}</code>. The same <code>mine</code> gives the same bytes.</p>
</body></html>
"""


def output_paths(out: Path, net: str) -> dict[str, Path]:
    """What is left in `out`."""
    return {
        "file": out / f"{net}.dcz",
        "json": out / "report.json",
        "text": out / "report.txt",
        "page": out / "index.html",
    }


def _leave(report: Report, content: bytes, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    paths = output_paths(out, report.net)
    files.write(paths["file"], content)
    files.write(paths["json"], as_json(report).encode())
    files.write(paths["text"], text(report).encode())
    files.write(paths["page"], page(report).encode())


def with_plan(net: str, **changes: Any) -> dict[str, Any]:
    """A plan with some settings changed, for tests that have no minutes to spare."""
    return {**PLANS[net], **changes}


__all__ = ["GraduateError", "Part", "Report", "output_paths", "page", "replace", "run", "text"]
