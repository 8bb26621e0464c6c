"""The process in which an answer runs. It is copied into an empty folder and run there, alone.

It has NumPy, torch, the learner's `mine` and `dc_lab.networks`. It has no other part of dc_lab, no network, starts no
program, and writes no file. Where the system can (Linux, macOS in part), memory and time are limited, too. What is
blocked is blocked from within Python: a program that is written to break out of Python is not held by this.
"""

import builtins
import importlib
import importlib.abc
import inspect
import json
import linecache
import operator
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
OPEN = ("dc_lab.networks", "dc_lab.support")
"""What of dc_lab an answer may import."""

CLOSED = (
    "socket.", "subprocess.", "ctypes.", "fcntl.", "pty.", "syslog.", "shutil.", "sqlite3.", "winreg.", "os.system",
    "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill", "os.remove", "os.rename", "os.rmdir",
    "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate", "urllib.", "ftplib.",
    "smtplib.", "http.",
)  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Closed(importlib.abc.MetaPathFinder):
    """Refuses what an answer may not import."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Says no, or leaves it to the others."""
        if name.startswith("dc_lab.") and not name.startswith(OPEN):
            raise ImportError(f"{name} is out of reach here: an answer uses NumPy, torch, mine and dc_lab.networks")


def limit(memory: int, seconds: int, file_size: int = 1 << 20) -> None:
    """Limits of the system, where it has any: bytes, seconds of the processor, bytes of a file."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, value in (
        ("RLIMIT_AS", memory),
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_FSIZE", file_size),
        ("RLIMIT_CORE", 0),
    ):
        number = getattr(resource, name, None)
        if number is not None:
            try:
                hard = resource.getrlimit(number)[1]
                lower = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(number, (lower, lower))
            except (OSError, ValueError):  # macOS refuses some
                pass


def watcher(
    readable: list[str], secret: list[str], closed: tuple[str, ...] = CLOSED, writable: Sequence[str] = ()
) -> Any:
    """What Python calls before it opens a file, a socket and the like."""
    may = tuple(os.path.realpath(each) + os.sep for each in readable)
    not_these = tuple(os.path.realpath(each) + os.sep for each in secret)
    written = tuple(os.path.realpath(each) + os.sep for each in writable)
    real, fsdecode, startswith = os.path.realpath, os.fsdecode, str.startswith
    busy = [False]

    def watch(event: str, arguments: Any) -> None:
        if event == "open" and not busy[0]:
            path, mode, flags = arguments
            if isinstance(path, int):
                return
            busy[0] = True  # finding out where a link leads raises events of its own
            try:
                full = real(fsdecode(path))
            finally:
                busy[0] = False
            writes = any(letter in (mode or "r") for letter in "wxa+") or (flags or 0) & WRITING
            if full == os.devnull:
                return
            if writes and startswith(full, written):
                return
            if writes or not startswith(full, may) or startswith(full, not_these):
                raise PermissionError("an answer reads and writes no files here")
        elif startswith(event, closed):
            raise PermissionError(f"{event} is out of reach here")

    return watch


def shut() -> None:
    """Take away what starts programs without an event that `watcher` would hear of."""
    for name in ("_posixsubprocess", "_winapi", "subprocess", "multiprocessing.util"):
        try:
            module = importlib.import_module(name)
        except ImportError:  # of another system
            continue
        for each in ("fork_exec", "_fork_exec", "CreateProcess", "spawnv_passfds"):
            if hasattr(module, each):
                delattr(module, each)


def described(function: Any) -> Any:
    """The parameters of a function: name, kind, whether there is a default, and which, if it is a plain one.

    None where nothing is known.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except Exception:
        return None
    plain = (bool, int, float, str, type(None))
    return [
        [
            each.name,
            int(each.kind),
            each.default is not each.empty,
            each.default if type(each.default) in plain else None,
        ]
        for each in parameters
    ]


def failure(error: BaseException) -> dict[str, Any]:
    """An exception by the names of its classes, with the line of the answer that led to it."""
    try:
        text = str(error)[:300]
    except BaseException:
        text = ""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<answer>"]
    where = f" (line {lines[-1].lineno}: {(lines[-1].line or '')[:100]})" if lines else ""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"raised": kinds, "text": text, "where": where}


def main() -> None:
    """Define the answer, then call it as often as asked."""
    job = json.loads((FOLDER / "job.json").read_text(encoding="utf-8"))
    reply = os.fdopen(os.dup(1), "wb")
    ask = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    sys.path.insert(0, str(FOLDER))
    sys.dont_write_bytecode = True
    import random

    import numpy as np
    import wire  # type: ignore[import-not-found]

    if job["torch"]:
        import torch

        torch.set_num_threads(1)
    source = job["source"]
    linecache.cache["<answer>"] = (len(source), None, source.splitlines(keepends=True), "<answer>")
    sys.meta_path.insert(0, Closed())
    shut()
    readable = [*sys.path, sys.prefix, sys.base_prefix, str(FOLDER)]
    watch = watcher([each for each in readable if each], job["secret"])
    limit(job["memory"], job["seconds"])
    sys.addaudithook(watch)
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    objects = wire.Objects()
    try:
        exec(compile(source, "<answer>", "exec", dont_inherit=True), space)
        answer = space[job["name"]]
        start = {"ready": True, "callable": callable(answer), "parameters": described(answer)}
        wire.write(reply, start, None if callable(answer) else answer)
    except BaseException as error:
        wire.write(reply, failure(error))
        return
    last: Any = None
    last_text = ""
    while True:
        try:
            asked = wire.read(ask)
        except EOFError:
            return
        arguments = asked["values"]
        try:
            many = asked.get("names") is not None  # whose arguments and results are numbers: nobody can change them
            before = [] if many else [_text(wire, item) for item in arguments]
            given = [item.iterator() if isinstance(item, wire.Once) else item for item in arguments]
            if asked.get("on") is None:
                random.seed(asked["seed"])
                np.random.seed(asked["seed"])  # noqa: NPY002 - the generator that an answer may use
                if "torch" in sys.modules:
                    sys.modules["torch"].manual_seed(asked["seed"])
                result = answer(*given)
            elif not many:
                result = getattr(objects.known[asked["on"]], asked["name"])(*given)
            else:
                result = _in_turn(objects.known[asked["on"]], asked["names"], *given)
            left = [operator.length_hint(item) if item is not arguments[i] else 0 for i, item in enumerate(given)]
            changed = [i for i, text in enumerate(before) if _text(wire, arguments[i]) != text]
            # What was handed out before may have been changed by this call.
            again = last is not None and _text(wire, last, objects) != last_text
            values = [result, [[i, arguments[i]] for i in changed], [last] if again else [], left]
            wire.write(reply, {"raised": None}, values, objects)
            last, last_text = (None, "") if many else (result, _text(wire, result, objects))
        except BaseException as error:
            wire.write(reply, failure(error))


def _in_turn(one: Any, names: list[str], order: list[int], columns: list[list[list[Any]]]) -> list[list[Any]]:
    """Many calls of methods, in an order; what each method returned."""
    methods = [getattr(one, name) for name in names]
    rows = [zip(*each, strict=True) for each in columns]
    results: list[list[Any]] = [[] for _ in names]
    for which in order:
        results[which].append(methods[which](*next(rows[which])))
    return results


def _text(wire: Any, value: Any, objects: Any = None) -> Any:
    buffers: list[bytes] = []
    return json.dumps(wire.encode(value, buffers, 0, objects)), buffers


if __name__ == "__main__":
    main()
