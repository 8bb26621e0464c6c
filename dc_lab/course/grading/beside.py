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
from dc_lab.support.optimizers import spare_the_compiler

ROOTS = {
    "numpy", "torch", "math", "cmath", "random", "itertools", "functools", "collections", "heapq", "bisect",
    "dataclasses", "typing", "copy", "statistics", "fractions", "decimal", "enum", "abc", "numbers", "contextlib",
    "time", "__future__",
}  # fmt: skip
"""What an answer may import, beside `mine` and what `room.OPEN` has of dc_lab."""

ORDINARY = {
    "select", "trace", "array", "signal", "stat", "test", "token", "queue", "resource", "string", "code",
}  # fmt: skip
"""Names of Python's modules that are names of ordinary things, too."""

REFUSED = (set(sys.stdlib_module_names) - ROOTS - ORDINARY) | {
    # ways into Python's own objects
    "f_back", "f_globals", "f_locals", "f_builtins", "gi_frame", "cr_frame", "ag_frame", "tb_frame", "tb_next",
    "modules", "getmembers", "attrgetter", "methodcaller", "get_field", "get_type_hints", "ForwardRef",
    "update_wrapper", "wraps", "make_dataclass", "mro",
    # what of NumPy and torch runs text, reads files or any memory
    "jit", "fx", "hub", "package", "serialization", "export", "library", "overrides", "testing", "compile", "from_file",
    "load", "save", "savez", "fromfile", "tofile", "memmap", "f2py", "ctypeslib", "as_strided", "stride_tricks",
    "data_ptr", "lib", "core", "source", "info", "safe_eval", "runstring",
}  # fmt: skip
"""Names by which an answer would leave its place, as attributes or in an import."""

DUNDERS = {
    "__init__", "__len__", "__getitem__", "__setitem__", "__iter__", "__next__", "__call__", "__name__", "__doc__",
    "__enter__", "__exit__", "__post_init__",
}  # fmt: skip
"""Names with underscores that lead nowhere."""

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
    "setattr",
    "delattr",
)
CLOSED = tuple(name for name in room.CLOSED if name != "ctypes.")
PATIENCE, PROCESSOR = 300.0, 120
"""Seconds that a whole exercise gets, by the clock and of the processor: the judge's own limits are shorter."""


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
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    own = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    own = {name for name in own if not name.startswith("__")}
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }

    def leads_out(name: str) -> bool:
        return name in REFUSED or (name.startswith("_") and name not in own and name not in DUNDERS)

    for node in nodes:
        if isinstance(node, ast.Attribute):
            if leads_out(node.attr):
                return node.attr
            if isinstance(node.ctx, (ast.Store, ast.Del)) and _root(node) in imported:
                return f"{ast.unparse(node)} ="
        elif isinstance(node, ast.Name) and node.id.startswith("__") and node.id not in DUNDERS:
            return node.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names]
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            inner = [part for name in names for part in name.split(".")]
            if found := next((part for part in inner if part != "__future__" and leads_out(part)), None):
                return found
        elif isinstance(node, ast.MatchClass):  # takes attributes by names that stand nowhere
            return "case " + ast.unparse(node.cls)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if text.startswith("__") and text.endswith("__") and text not in DUNDERS:
                return text
    return None


def _root(node: ast.expr) -> str:
    """The name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _shared() -> dict[str, dict[str, Any]]:
    """What answers and judge have in common, by name: changed there, it would be changed here."""
    import torch

    from dc_lab.course import cases, compare, judge, outcomes, recognition, sandbox, values
    from dc_lab.course.lessons import loops

    kinds = (
        torch.Tensor,
        torch.nn.Parameter,
        torch.nn.Module,
        torch.nn.Linear,
        torch.optim.Optimizer,
        torch.optim.Adam,
    )
    modules = (
        torch,
        torch.nn.functional,
        torch.optim,
        torch.autograd,
        cases,
        compare,
        judge,
        outcomes,
        recognition,
        sandbox,
        values,
        loops,
    )
    return {each.__name__: {k: v for k, v in vars(each).items() if k != "_cache"} for each in (*kinds, *modules)}


def _replaced(before: dict[str, dict[str, Any]]) -> str | None:
    """What was assigned to anything of that, as a name."""
    now = _shared()
    for name, things in before.items():
        for each in {*things, *now[name]}:
            if callable(things.get(each)) and now[name].get(each) is not things[each]:
                return f"{name}.{each}"
            if each not in things and callable(now[name].get(each)) and name.isidentifier() and name[:1].isupper():
                return f"{name}.{each}"
    return None


def _looks_in(name: str) -> str:
    return f"it names `{name}`, by which a program looks into Python itself or changes what others use"


class _Refused(Exception):
    """An answer that is not run."""


def _space(folder: Path) -> dict[str, Any]:
    """Python's own functions for an answer, with an import of its own."""
    own = {name: value for name, value in vars(builtins).items() if name not in WITHOUT}
    loaded: dict[str, types.ModuleType] = {}

    def get(thing: Any, name: str, *default: Any) -> Any:
        if type(name) is not str or name in REFUSED or (name.startswith("_") and name not in DUNDERS):
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
        raise _Refused(_looks_in(found))
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec", dont_inherit=True), space)


def _judge(job: dict[str, Any], folder: Path) -> Verdict:
    from dc_lab.course.cases import expected
    from dc_lab.course.exercises import find
    from dc_lab.course.judge import judge as verdict_on

    if (named := refused(job["source"])) is not None:
        return _wrong(job["id"], f"It is not run: {_looks_in(named)}.")
    exercise = find(job["id"])
    assert isinstance(exercise, Exercise)
    expected(exercise, job["seed"])  # whatever that reads is read before the door is closed
    if exercise.large is not None:
        exercise.large()
    room.limit(job["memory"], PROCESSOR)
    sys.dont_write_bytecode = True
    readable = [each for each in (*sys.path, sys.prefix, sys.base_prefix, str(remote.PACKAGE), str(folder)) if each]
    before = _shared()
    room.shut()
    sys.addaudithook(room.watcher(readable, [], CLOSED))
    module = types.ModuleType("answer")
    sys.modules["answer"] = module  # a dataclass looks its module up
    vars(module).update({"__builtins__": _space(folder), "__name__": "answer"})
    try:
        _execute(job["source"], "<answer>", vars(module))
        answer = vars(module)[job["name"]]
    except BaseException as error:
        return _wrong(job["id"], f"Its cell cannot run: {type(error).__name__}: {str(error)[:300]}.")
    verdict = verdict_on(exercise, answer, job["seed"])
    if (found := _replaced(before)) is not None:
        return _wrong(job["id"], f"Something was assigned to {found}, which the check itself uses.")
    return verdict


def main(place: str) -> None:
    """Judge the answer that lies in a folder, and say the verdict as JSON where stdout was."""
    reply = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    folder = Path(place)
    import torch

    torch.set_num_threads(1)
    spare_the_compiler()
    verdict = _judge(json.loads((folder / "job.json").read_text(encoding="utf-8")), folder)
    os.write(reply, json.dumps(asdict(verdict)).encode())
    os._exit(0)  # whatever an answer left running


if __name__ == "__main__":
    main(sys.argv[1])
