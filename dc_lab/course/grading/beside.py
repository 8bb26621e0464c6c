"""The judge in one process with the answer: for answers that are more than called, such as classes and training loops.

What they are given (networks, batches, readers of bits) cannot be sent to another process. So here the answer gets
Python's own functions without those that reach the interpreter or files, and its text may not name what leads there.
"""

import ast
import builtins
import json
import linecache
import os
import subprocess
import sys
import tempfile
import types
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dc_lab.course.exercises import Exercise
from dc_lab.course.grading import fence, remote, room
from dc_lab.course.verdicts import Verdict

REFUSED = {
    "__globals__", "__builtins__", "__subclasses__", "__bases__", "__base__", "__mro__", "__code__", "__closure__",
    "__dict__", "__self__", "__wrapped__", "__import__", "__loader__", "__spec__", "__reduce__", "__reduce_ex__",
    "__getattribute__", "f_back", "f_globals", "f_locals", "f_builtins", "gi_frame", "cr_frame", "tb_frame", "ag_frame",
    "_getframe", "modules", "sys", "os", "builtins", "ctypeslib", "__traceback__", "__func__",
}  # fmt: skip
"""Attributes by which an answer would leave its place."""

ROOTS = {
    "numpy", "torch", "math", "cmath", "random", "itertools", "functools", "collections", "heapq", "bisect", "operator",
    "dataclasses", "typing", "copy", "struct", "string", "re", "statistics", "fractions", "decimal", "zlib", "enum",
    "abc", "numbers", "array", "contextlib", "warnings", "time", "types", "io", "json", "hashlib", "__future__",
    "textwrap", "queue", "binascii", "scipy",
}  # fmt: skip
"""What an answer may import, beside `mine` and what `room.OPEN` has of dc_lab."""

WITHOUT = (
    "open",
    "eval",
    "exec",
    "compile",
    "globals",
    "locals",
    "vars",
    "input",
    "breakpoint",
    "help",
    "exit",
    "quit",
)
CLOSED = tuple(name for name in room.CLOSED if name != "ctypes.")
PATIENCE = 120.0
"""Seconds that a whole exercise gets: the judge's own limits are shorter."""


def is_needed(exercise: Exercise) -> bool:
    """Whether an answer is given what cannot be sent to another process: networks, tensors with gradients."""
    return exercise.use is not None and "torch" in exercise.given


def judge(exercise_id: str, name: str, source: str, mine: Path | None, seed: int, memory: int) -> Verdict:
    """The verdict on a source that defines `name`, from a process of its own."""
    with tempfile.TemporaryDirectory(prefix="beside-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        if mine is not None and mine.is_dir():
            remote.copy_modules(mine, folder / "mine")
        job = {"id": exercise_id, "name": name, "source": source, "seed": seed, "memory": memory}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        environment = remote.environment() | {"PYTHONPATH": str(remote.PACKAGE.parent), "DC_LAB_WORK": ""}
        process = subprocess.Popen(
            [*fence.command(), sys.executable, "-m", "dc_lab.course.grading.beside", str(folder)], cwd=folder,
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            said, _ = process.communicate(timeout=PATIENCE)
            return Verdict(**json.loads(said))
        except subprocess.TimeoutExpired:
            return _wrong(exercise_id, f"Stopped after {PATIENCE:g} s.")
        except (ValueError, TypeError):
            return _wrong(exercise_id, "Its process ended before it was done: out of memory or time, or by itself.")
        finally:
            process.kill()
            process.wait()


def _wrong(exercise_id: str, why: str) -> Verdict:
    return Verdict("wrong", f"{exercise_id}: not right yet. {why}")


def refused(source: str) -> str | None:
    """What a source names that no answer needs, and that leads out of its place; None where there is nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in REFUSED:
            return node.attr
        if isinstance(node, ast.Name) and node.id in REFUSED:
            return node.id
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in REFUSED - {"sys", "os"}:
            return node.value
    return None


class _Refused(Exception):
    """An answer that is not run."""


def _space(folder: Path) -> dict[str, Any]:
    """Python's own functions for an answer, with an import of its own."""
    own = {name: value for name, value in vars(builtins).items() if name not in WITHOUT}
    loaded: dict[str, types.ModuleType] = {}

    def get(thing: Any, name: str, *default: Any) -> Any:
        if str(name) in REFUSED:
            raise AttributeError(f"{name} is out of reach here")
        return getattr(thing, name, *default)

    def of_mine(name: str) -> types.ModuleType:
        if name not in loaded:
            module = types.ModuleType(name)
            loaded[name] = module
            vars(module).update({"__builtins__": own, "__package__": "mine"})
            if name == "mine":
                return module
            path = folder / "mine" / f"{name.removeprefix('mine.')}.py"
            if not path.is_file():
                raise ImportError(f"no module {name}")
            setattr(of_mine("mine"), path.stem, module)
            _execute(path.read_text(encoding="utf-8"), f"<{name}>", vars(module))
        return loaded[name]

    def importing(name: str, there: Any = None, here: Any = None, wanted: Any = (), level: int = 0) -> Any:
        if name.partition(".")[0] == "mine" and not level:
            module = of_mine(name)
            for each in wanted or ():
                if name == "mine":
                    of_mine(f"mine.{each}")
            return module if wanted else of_mine("mine")
        if level or not (name.partition(".")[0] in ROOTS or name.startswith(room.OPEN)):
            inner = [f"{name}.{each}" for each in wanted or ()]
            if level or name != "dc_lab" or not inner or not all(each.startswith(room.OPEN) for each in inner):
                raise ImportError(f"{name} is out of reach here")
        return __import__(name, None, None, wanted or (), 0)

    own |= {"getattr": get, "__import__": importing}
    return own


def _execute(source: str, name: str, space: dict[str, Any]) -> None:
    if (found := refused(source)) is not None:
        raise _Refused(f"it names `{found}`, by which a program looks into Python itself")
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec", dont_inherit=True), space)


def _judge(job: dict[str, Any], folder: Path) -> Verdict:
    from dc_lab.course.exercises import find
    from dc_lab.course.judge import expected
    from dc_lab.course.judge import judge as verdict_on

    exercise = find(job["id"])
    assert isinstance(exercise, Exercise)
    expected(exercise, job["seed"])  # whatever that reads is read before the door is closed
    if exercise.large is not None:
        exercise.large()
    room.limit(job["memory"], int(PATIENCE))
    sys.dont_write_bytecode = True
    readable = [each for each in (*sys.path, sys.prefix, sys.base_prefix, str(remote.PACKAGE), str(folder)) if each]
    sys.addaudithook(room.watcher(readable, [], CLOSED))
    module = types.ModuleType("answer")
    sys.modules["answer"] = module  # a dataclass looks its module up
    vars(module).update({"__builtins__": _space(folder), "__name__": "answer"})
    try:
        _execute(job["source"], "<answer>", vars(module))
        answer = vars(module)[job["name"]]
    except BaseException as error:
        return _wrong(job["id"], f"Its cell cannot run: {type(error).__name__}: {str(error)[:300]}.")
    return verdict_on(exercise, answer, job["seed"])


def main(place: str) -> None:
    """Judge the answer that lies in a folder, and say the verdict as JSON where stdout was."""
    reply = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    folder = Path(place)
    import torch

    torch.set_num_threads(1)
    verdict = _judge(json.loads((folder / "job.json").read_text(encoding="utf-8")), folder)
    os.write(reply, json.dumps(asdict(verdict)).encode())
    os._exit(0)  # whatever an answer left running


if __name__ == "__main__":
    main(sys.argv[1])
