"""A lab's function in a fresh process: what it is given, what is out of its reach, and what comes back.

The process has the function's source with what it needs of the same cell, the learner's `mine`, NumPy and torch. It has
neither `dc_lab` nor its files, and no network. What is blocked is blocked for honest mistakes: whoever wants to get
around it can.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from dc_lab.course import mine, npz, work
from dc_lab.course.extract import Accepted, NotAlone, extract
from dc_lab.course.lab import Codec, Coded, Lab, LabError, Score, Value, came_back, names_of
from dc_lab.networks import datasets
from dc_lab.support import progress

MOST_BYTES = 64 << 20
"""Of what a function returns: many times what any lab asks for."""

MOST_ERRORS = 1 << 16
"""Bytes of what a process said at its end; the error stands in the last line."""

BAR = "{desc}: {bar} {n:.0f} s"


@dataclass(frozen=True)
class Confined:
    """How functions run that nobody vouches for: in every lab as in a codec's, with torch where the lab has it.

    Attributes
    ----------
    before : what is put before the command, such as one that cuts the network off.
    memory : bytes that a process may take, where the system can limit that.
    """

    before: tuple[str, ...] = ()
    memory: int = 4 << 30


_RUNNER = """
import builtins, importlib.abc, pathlib, sys

folder = pathlib.Path(__file__).resolve().parent
forbidden = {forbidden!r}


sealed = {sealed!r}
strict = {strict!r}
memory, seconds, file_size = {limits!r}


class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if sealed and name.partition(".")[0] in ("torch", "dc_lab", "multiprocessing", "_posixshmem", "ctypes"):
            raise ImportError(name + " is out of reach in this lab: NumPy and Python's own modules are there")
        if name.startswith("dc_lab.") and not name.startswith(("dc_lab.networks", "dc_lab.support")):
            raise ImportError(name + " is out of reach in a lab: what the function needs stands in its cell or in mine")


def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        if os.path.realpath(os.fsdecode(arguments[0])).startswith(forbidden):
            raise PermissionError("the course's files are out of reach in a lab")
    if strict:
        keep_inside(event, arguments)
    if event in ("socket.connect", "subprocess.Popen", "os.system"):
        raise PermissionError(event + " is out of reach in a lab")


def keep_inside(event, arguments):
    # Nothing is left for another process to find: no file is written, and none is read but Python's own.
    if event == "open":
        path, mode, flags = arguments
        writes = any(letter in (mode or "r") for letter in "wxa+") or (flags or 0) & WRITING
        if writes or not isinstance(path, (str, bytes)) or not inside(path):
            raise PermissionError("this lab reads and writes no files")
    if event in ("os.listdir", "os.scandir") and not inside(arguments[0] or "."):
        raise PermissionError("this lab reads no folders")
    if event.startswith(CLOSED) and event not in ("os.listdir", "os.scandir", "os.putenv", "os.unsetenv"):
        raise PermissionError(event + " is out of reach in this lab")


def inside(path):
    return isinstance(path, (str, bytes)) and os.path.realpath(os.fsdecode(path)).startswith(places)


import os

import numpy as np

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CLOSED = ("os.", "shutil.", "socket.", "subprocess.", "sqlite3.", "ctypes.", "fcntl.", "pty.", "signal.", "syslog.")
places = tuple(os.path.realpath(place) + os.sep for place in (*sys.path, sys.prefix, sys.base_prefix, folder) if place)
if strict:
    for module in (os, sys.modules.get("posix")):
        for name in ("mkfifo", "mknod", "memfd_create"):  # no event tells of these
            if hasattr(module, name):
                delattr(module, name)

sys.meta_path.insert(0, Blocked())
sys.path.insert(0, str(folder))
with np.load(folder / "inputs.npz", allow_pickle=False) as stored:
    arguments = []
    for i in range(int(stored["count"])):
        if f"{{i}}" in stored:
            arguments.append(stored[f"{{i}}"])
        elif f"{{i}}:bytes" in stored:
            arguments.append(stored[f"{{i}}:bytes"].tobytes())
        elif f"{{i}}:tuple" in stored:
            arguments.append(tuple(stored[f"{{i}}:tuple"].tolist()))
        else:
            start = f"{{i}}/"
            arguments.append({{key[len(start):]: stored[key] for key in stored if key.startswith(start)}})
if not sealed:
    import torch

    torch.set_num_threads(1)
    if strict:  # torch loads parts of itself at the first step, which is too late once the door is closed
        weight = torch.nn.Parameter(torch.ones(2))
        optimizer = torch.optim.Adam([weight])
        weight.sum().backward()
        optimizer.step()
    torch.manual_seed(0)
result_file = (folder / "result.npz").open("wb")
np.random.seed(0)
if memory:
    try:
        import resource
    except ImportError:
        resource = None
    limits = dict(RLIMIT_AS=memory, RLIMIT_CPU=seconds, RLIMIT_FSIZE=file_size, RLIMIT_CORE=0)
    for name, value in limits.items():
        if hasattr(resource, name):
            try:
                resource.setrlimit(getattr(resource, name), (value, value))
            except (OSError, ValueError):  # macOS refuses some, and nobody raises what is lower already
                pass
sys.addaudithook(watch)
import answer

result = getattr(answer, {name!r})(*arguments)
if isinstance(result, (bytes, bytearray)):
    result = {{":bytes": np.frombuffer(result, np.uint8)}}
result = result if isinstance(result, dict) else {{"": result}}
arrays = {{}}
for key, value in result.items():
    if not sealed and isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    arrays["/" + str(key)] = np.asarray(value)
with result_file:
    np.savez(result_file, **arrays)
"""


def run(lab: Lab, *functions: Any) -> Any:
    """What the function returns in a fresh process; of the two functions of a codec, `Coded`.

    Raises
    ------
    LabError : it does not stand alone, takes too long, raises, or returns what is no array and no dict of arrays; an
        encoder that does not return bytes.
    """
    named = zip(names_of(lab), functions, strict=True)
    return run_sources(lab, [_source(lab, name, function) for name, function in named])


def run_sources(lab: Lab, sources: Sequence[str], confined: Confined | None = None) -> Any:
    """The same of sources: each is the text of a module with the function in it. `confined` is a grader's.

    Raises
    ------
    LabError : as in `run`.
    """
    if not isinstance(lab, Codec):
        return _call(lab, lab.name, sources[0], lab.inputs(), confined)
    inputs, payloads, decoded = lab.inputs(), [], []
    for value in inputs:
        payload = _call(lab, lab.name, sources[0], [value], confined)
        if not isinstance(payload, bytes):
            raise LabError(f"{lab.name} has to return bytes, not {came_back(payload)}.")
        payloads.append(payload)
        decoded.append(_call(lab, lab.decoder, sources[1], [payload, *lab.told(value)], confined))
    return Coded(inputs, payloads, decoded, _code_bytes(sources[1]))


def _code_bytes(source: str) -> int:
    """Size of a source and of those modules of `mine` that it imports, compressed by zlib."""
    texts = [source, *(text for _, text in sorted(_mine_of(source).items()))]
    return len(zlib.compress("\n".join(texts).encode(), 9))


def _mine_of(source: str) -> dict[str, str]:
    """Name to text of the modules of `mine` that a source imports, and those that these import."""
    found = work.find()
    texts: dict[str, str] = {}
    todo = [source] if found is not None else []
    while todo and found is not None:
        for node in ast.walk(ast.parse(todo.pop())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            for module in modules:
                path = found.mine / f"{module.removeprefix('mine.')}.py"
                if module.startswith("mine.") and path.stem not in texts and path.is_file():
                    texts[path.stem] = path.read_text(encoding="utf-8")
                    todo.append(texts[path.stem])
    return texts


def _call(lab: Lab, name: str, source: str, arguments: Sequence[Value], confined: Confined | None = None) -> Any:
    """What a function of a source returns in a fresh process, with those modules of `mine` that the lab lets it have.

    The process of a codec gets what its source imports, since that is counted; any other gets all of them.
    """
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as place:
        folder, found = Path(place), work.find()
        (folder / "answer.py").write_text(source, encoding="utf-8")
        if isinstance(lab, Codec):
            for module, text in _mine_of(source).items():
                (folder / "mine").mkdir(exist_ok=True)
                (folder / "mine" / "__init__.py").touch()
                (folder / "mine" / f"{module}.py").write_text(text, encoding="utf-8")
        elif found is not None and found.mine.is_dir():
            shutil.copytree(found.mine, folder / "mine", ignore=shutil.ignore_patterns("__pycache__", "*.new"))
        return _run_in(lab, name, folder, arguments, confined)


def _source(lab: Lab, name: str, function: Any) -> str:
    """The text of a module with the function in it, under this name."""
    references = (lab.reference, lab.reference_decoder) if isinstance(lab, Codec) else (lab.reference,)
    if function in references:
        return Path(sys.modules[function.__module__].__file__ or "").read_text(encoding="utf-8")
    found = work.find()

    def accepted(value: Any) -> Accepted | None:
        return mine.accepted_in(found, value) if found is not None else None

    try:
        extracted = extract(cast(Any, replace(lab, name=name)), function, "lab", accepted)
    except NotAlone as error:
        raise LabError("\n".join(["It cannot stand alone.", *(f"  {remedy}" for remedy in error.remedies)])) from error
    return "\n".join([*extracted.imports, "", "", extracted.text, ""])


def _run_in(lab: Lab, called: str, folder: Path, values: Sequence[Value], confined: Confined | None) -> Any:
    arrays: dict[str, np.ndarray] = {}
    for i, value in enumerate(values):
        if isinstance(value, np.ndarray):
            arrays[str(i)] = value
        elif isinstance(value, bytes):
            arrays[f"{i}:bytes"] = np.frombuffer(value, np.uint8)
        elif isinstance(value, tuple):
            arrays[f"{i}:tuple"] = np.array(value, np.int64)
        else:
            arrays |= {f"{i}/{name}": item for name, item in value.items()}
    np.savez(folder / "inputs.npz", count=np.array(len(values)), **arrays)  # type: ignore[arg-type]
    forbidden = tuple(str(place.resolve()) + os.sep for place in (datasets.data_dir(), Path(__file__).parent))
    sealed = isinstance(lab, Codec)
    limits = (confined.memory if confined is not None else 0, int(lab.seconds), MOST_BYTES)
    runner = folder / "runner.py"
    program = _RUNNER.format(
        forbidden=forbidden, name=called, sealed=sealed, strict=sealed or confined is not None, limits=limits
    )
    runner.write_text(program, encoding="utf-8")
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "HOME", "USERPROFILE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ} | {"OMP_NUM_THREADS": "1"}
    before = confined.before if confined is not None else ()
    errors = folder / "errors.txt"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [*before, sys.executable, "-I", str(runner)], cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
        )  # fmt: skip
        _wait(lab, process)
    if process.returncode != 0:
        text = errors.read_bytes()[-MOST_ERRORS:].decode("utf-8", "replace")
        raise LabError("It stopped with an error:\n" + "\n".join(f"  {line}" for line in _tail(text)))
    try:
        stored = npz.load(folder / "result.npz", MOST_BYTES)
        found = {name.removeprefix("/"): array for name, array in stored.items()}
    except (OSError, ValueError) as error:
        raise LabError("It has to return an array, or a dict of arrays.") from error
    if list(found) == [":bytes"]:
        return found[":bytes"].tobytes()
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


def measure_reference(lab: Lab) -> Score:
    """The score of the course's own function, in a fresh process as any other."""
    functions = (lab.reference, lab.reference_decoder) if isinstance(lab, Codec) else (lab.reference,)
    return lab.measure(run(lab, *functions))
