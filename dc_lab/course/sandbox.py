"""Running a learner's code so that the notebook goes on whatever it does.

The code runs in a thread of its own, with a time limit, with what it prints kept aside, and with the random-number
generators seeded before and restored after. No signals and no processes, so that it works in a Jupyter kernel on
Linux, macOS and Windows, from any thread, with functions that cannot be pickled.

What cannot be done this way: a single call into C that holds Python's global lock, such as `sum(range(10**12))`,
stops the whole kernel until it is over. NumPy, torch and `time.sleep` give the lock away, and Python code does so
every few milliseconds.
"""

import contextlib
import ctypes
import math
import random
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np

T = TypeVar("T")

SEED = 20160502
KEPT_OUTPUT = 2000
PATIENCE = 0.5
"""Seconds that a stopped thread gets to end before it is left behind."""

_here = threading.local()
"""In a worker thread, `_here.printed` is the list that takes what is printed there."""

_left_behind: list[threading.Thread] = []
_modules: dict[str, Any] = {"np": np, "np.random": np.random, "np.linalg": np.linalg, "random": random, "math": math}
_originals = {
    name: {key: value for key, value in vars(module).items() if not key.startswith("__")}
    for name, module in _modules.items()
}


@dataclass(frozen=True)
class Run(Generic[T]):
    """What came of a run: the results so far, and how it ended.

    `done`; `stopped` at the time limit; `stuck` where the thread could not be stopped and still runs;
    `interrupted` by the learner's stop button. `replaced` names what of NumPy was assigned to meanwhile; it has
    been put back. `error` is what `work` raised, if anything.
    """

    results: list[T]
    end: Literal["done", "stopped", "stuck", "interrupted"]
    replaced: list[str]
    error: BaseException | None = None


def run(work: Iterator[T], limit: float) -> Run[T]:
    """Exhaust `work` in a thread of its own within `limit` seconds.

    `work` handles the exceptions of the learner's code itself; one that it lets through is in the result.
    """
    job = _Job(work)
    recursion_limit = sys.getrecursionlimit()
    with _output_kept_aside(), _random_state_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a division by zero in an answer would go to the notebook's stderr
        job.thread.start()
        interrupted = False
        try:
            job.running.acquire(timeout=limit)
        except KeyboardInterrupt:
            interrupted = True
        sys.setrecursionlimit(recursion_limit)
        results, end = job.end()
        replaced = restore_modules()
    return Run(results, "interrupted" if interrupted else end, replaced, job.error if end == "done" else None)


class _Job(Generic[T]):
    def __init__(self, work: Iterator[T]) -> None:
        self.work = work
        self.results: list[T] = []
        self.error: BaseException | None = None
        self.cancelled = False
        self.over = False  # nothing of the learner's runs any more
        self.lock = threading.Lock()
        self.begun = False
        self.running = threading.Lock()  # held until the thread is over
        self.running.acquire()
        self.thread = threading.Thread(target=self._work, name="dc_lab answer", daemon=True)

    def _work(self) -> None:
        try:
            _here.printed = []
            self.begun = True  # from here on an `_interrupt` is caught
            try:
                for result in self.work:
                    with self.lock:
                        if self.cancelled:
                            break
                        self.results.append(result)
            except BaseException as error:
                self.error = error
            with self.lock:
                self.over = True
        except BaseException:  # `_interrupt` came at the very end
            self.over = True
        finally:
            self.running.release()

    def end(self) -> tuple[list[T], Literal["done", "stopped", "stuck"]]:
        """Results up to now; the thread is stopped if it still runs, and left behind if that does not work."""
        with self.lock:
            if self.over:
                return self.results, "done"
            self.cancelled = True
            results = list(self.results)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            # Again and again: an `except:` in the learner's loop catches the first ones.
            with self.lock:
                if self.begun and not self.over:
                    _interrupt(self.thread)
            if self.running.acquire(timeout=0.02):
                self.thread.join(PATIENCE)
                return results, "stopped"
        _left_behind.append(self.thread)
        return results, "stuck"


def _interrupt(thread: threading.Thread) -> None:
    """Raise SystemExit in another thread as soon as it is between two steps of Python code.

    SystemExit passes `except Exception`, and threads end by it without a word on stderr.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))


def left_behind() -> int:
    """Number of threads that could not be stopped and run to this day."""
    _left_behind[:] = [thread for thread in _left_behind if thread.is_alive()]
    return len(_left_behind)


def take_printed() -> str:
    """What this worker thread printed since the last call, cut to KEPT_OUTPUT characters."""
    text = "".join(_here.printed)
    _here.printed.clear()
    return text


class _Router:
    """Stands for sys.stdout or sys.stderr: what a worker prints is kept aside, all else goes through."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        printed: list[str] | None = getattr(_here, "printed", None)
        if printed is None:
            return int(self.stream.write(text) or 0)
        room = KEPT_OUTPUT - sum(map(len, printed))
        if room > 0 and text:
            printed.append(str(text)[:room])
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def _output_kept_aside() -> Iterator[None]:
    streams = {name: getattr(sys, name) for name in ("stdout", "stderr")}
    routers = {name: old if isinstance(old, _Router) else _Router(old) for name, old in streams.items()}
    for name, router in routers.items():
        setattr(sys, name, router)
    try:
        yield
    finally:
        # While a thread left behind runs, the routers stay: what it goes on printing would land in the notebook.
        stay = left_behind() > 0
        for name, router in routers.items():
            setattr(sys, name, router if stay else router.stream)


def seed() -> None:
    """Put the global generators (random, np.random, torch) where they are before every call."""
    random.seed(SEED)
    if _legacy_generator_free():
        np.random.seed(SEED)  # noqa: NPY002 - the legacy generator is the one an answer may use
    if (torch := sys.modules.get("torch")) is not None:
        torch.default_generator.manual_seed(SEED)


@contextlib.contextmanager
def _random_state_kept() -> Iterator[None]:
    torch = sys.modules.get("torch")
    state = random.getstate()
    numpy_state = np.random.get_state() if _legacy_generator_free() else None  # noqa: NPY002
    torch_state = torch.get_rng_state() if torch is not None else None
    try:
        yield
    finally:
        random.setstate(state)
        if numpy_state is not None and _legacy_generator_free():
            np.random.set_state(numpy_state)  # noqa: NPY002
        if torch is not None:
            torch.set_rng_state(torch_state)


def _legacy_generator_free() -> bool:
    """False while a thread left behind draws from NumPy's global generator: waiting for its lock has no end."""
    lock = _modules["np.random"].get_bit_generator().lock
    free = bool(lock.acquire(timeout=0.2))
    if free:
        lock.release()
    return free


def restore_modules() -> list[str]:
    """Undo assignments such as `np.abs = ...`, which would change the reference too; names of what was undone."""
    undone = []
    for prefix, before in _originals.items():
        module = _modules[prefix]
        now = vars(module)
        for name, value in before.items():
            if now.get(name) is not value:
                setattr(module, name, value)
                undone.append(f"{prefix}.{name}")
    return undone
