"""Running a learner's code so that the notebook goes on whatever it does.

The code runs in a thread of its own, with a time limit, with what it prints kept aside, and with the random-number
generators seeded before and restored after. No signals and no processes, so that it works in a Jupyter kernel on
Linux, macOS and Windows, from any thread, with functions that cannot be pickled.

What cannot be done this way: a single call into C that holds Python's global lock, such as `sum(range(10**12))`,
stops the whole kernel until it is over. NumPy, torch and `time.sleep` give the lock away, and Python code does so
every few milliseconds.
"""

import builtins
import contextlib
import ctypes
import math
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np

T = TypeVar("T")
Clock = Callable[[], float]

SEED = 20160502
KEPT_OUTPUT = 2000
PATIENCE = 0.5
"""Seconds that a stopped thread gets to end before it is left behind."""

TOTAL = 8
"""Time limits that all results of a run may take together, where nothing else is said."""

LOOK_UP = 0.05
"""Seconds between two looks whether the stop button was pressed."""

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

MOST_IN_LINE = 10
"""Times its limit that an answer may take on a machine that is busy with other things."""

_here = threading.local()
"""In a worker thread, `_here.printed` takes what is printed there."""

_left_behind: list[threading.Thread] = []
_strangers: set[int] = set()
"""Idents of threads that an answer started: what they print is nobody's."""
_modules: dict[str, Any] = {"np": np, "np.random": np.random, "np.linalg": np.linalg, "random": random, "math": math}
_originals = {
    name: {key: value for key, value in vars(module).items() if not key.startswith("__")}
    for name, module in _modules.items()
}
_builtins = vars(builtins)


@dataclass(frozen=True)
class Run(Generic[T]):
    """What came of a run: the results so far, and how it ended.

    `done`; `stopped` at the time limit of a result; `late` at that of all together; `stuck` where the thread could not
    be stopped and still runs; `interrupted` by the learner's stop button. `replaced` names what of NumPy was assigned
    to meanwhile; it has been put back. `error` is what `work` raised, if anything.
    """

    results: list[T]
    end: Literal["done", "stopped", "late", "stuck", "interrupted"]
    replaced: list[str]
    error: BaseException | None = None


def run(work: Iterator[T], limit: float, total: float | None = None) -> Run[T]:
    """Exhaust `work` in a thread of its own: `limit` seconds for each result, `total` for all (TOTAL times `limit`).

    Where the system tells (Linux), seconds in which the thread only stood in line for a core are not counted.
    `work` handles the exceptions of the learner's code itself; one that it lets through is in the result.
    """
    job = _Job(work)
    recursion_limit = sys.getrecursionlimit()
    # As they are now, not as they were at first: a kernel gives each cell an `input` of its own.
    before = {name: value for name, value in _builtins.items() if not name.startswith("_")}
    with (
        _interrupts_noted() as interrupts,
        _folder_kept(),
        _output_kept_aside(),
        _random_state_kept(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # a division by zero in an answer would go to the notebook's stderr
        job.thread.start()
        job.clock = _clock(job.thread.native_id)
        try:
            waited = _wait(job, limit, TOTAL * limit if total is None else total, interrupts)
        finally:
            replaced = _restore_builtins(before)  # before anything else: the next lines need them
        sys.setrecursionlimit(recursion_limit)
        results, end = job.end()
        replaced += _restore_builtins(before) + restore_modules()
    if waited == "interrupted" or (waited == "late" and end == "stopped"):
        return Run(results, waited, replaced, None)
    return Run(results, end, replaced, job.error if end == "done" else None)


def _wait(
    job: "_Job[T]", limit: float, total: float, interrupts: list[int]
) -> Literal["over", "slow", "late", "interrupted"]:
    """Wait for the job's end, for a result that takes too long, for all of them together, or for the stop button."""
    # No built-in function is called here: while an answer runs, `len` may be another one, or gone.
    clock = job.clock
    last = clock() + total
    seen, deadline = -1, last
    try:
        while True:
            if job.count != seen:  # another result is there: the next one has its time from now on
                seen, deadline = job.count, clock() + limit
            end = last if last < deadline else deadline
            wait = end - clock()
            if job.running.acquire(timeout=0.0 if wait < 0 else LOOK_UP if wait > LOOK_UP else wait):
                return "interrupted" if interrupts else "over"
            if interrupts:
                return "interrupted"
            if wait <= 0 and job.count == seen:
                return "late" if end == last else "slow"
    except KeyboardInterrupt:  # where signals are handled by somebody else
        return "interrupted"


def _clock(thread: int | None, whole: Callable[[bytes], int] = int, wrong: type[Exception] = Exception) -> Clock:
    """A clock that stands still while a thread stands in line for a core; built-in names are bound beforehand.

    Linux says of a thread whether it would run (R), and for how long it has (proc_pid_stat(5), fields 3, 14 and 15).
    What it did not run of the time since the last look, it stood in line. Elsewhere this is the time on the wall.
    """
    began, path = time.monotonic(), f"/proc/self/task/{thread}/stat"
    last, ran_before, in_line = began, 0.0, 0.0

    def clock() -> float:
        nonlocal last, ran_before, in_line
        now = time.monotonic()
        try:
            file = os.open(path, os.O_RDONLY)
            try:
                fields = os.read(file, 1000).rpartition(b")")[2].split()
            finally:
                os.close(file)
            ran = (whole(fields[11]) + whole(fields[12])) / _TICKS
            stood = (now - last) - (ran - ran_before)
            if fields[0] == b"R" and stood > 0.0:
                in_line += stood
            last, ran_before = now, ran
        except wrong:
            pass  # no such file: another system, or the thread is over
        own, least = now - in_line, began + (now - began) / MOST_IN_LINE
        return own if own > least else least

    return clock


@contextlib.contextmanager
def _interrupts_noted() -> Iterator[list[int]]:
    """A list that fills with interrupts (Ctrl-C, the stop button), which go no further: an answer may send its own."""
    interrupts: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()  # only that thread may choose who handles signals
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupts
        return
    signal.signal(signal.SIGINT, lambda number, frame: interrupts.append(number))
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def _folder_kept() -> Iterator[None]:
    """Come back to the working folder from wherever an answer went."""
    try:
        before = os.getcwd()  # noqa: PTH109 - a Path would be made of it for nothing, in each run
    except OSError:  # it was removed
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.chdir(before)


class _Job(Generic[T]):
    def __init__(self, work: Iterator[T]) -> None:
        self.work = work
        self.results: list[T] = []
        self.count = 0
        self.clock: Clock = time.monotonic
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
            _here.printed = _Printed()
            self.begun = True  # from here on an `_interrupt` is caught
            try:
                for result in self.work:
                    with self.lock:
                        if self.cancelled:
                            break
                        self.results.append(result)
                        self.count += 1
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


def judged() -> str:
    """The id of the exercise whose answer runs in this thread, or nothing."""
    return str(getattr(_here, "judged", ""))


@contextlib.contextmanager
def judging(exercise_id: str) -> Iterator[None]:
    """Note for `judged` that an answer to this exercise runs in this thread."""
    _here.judged = exercise_id
    try:
        yield
    finally:
        _here.judged = ""


def take_printed() -> str:
    """What this worker thread printed since the last call, cut to KEPT_OUTPUT characters."""
    text = "".join(_here.printed.pieces)
    _here.printed = _Printed()
    return text


class _Printed:
    """What a thread printed, up to KEPT_OUTPUT characters."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.room = KEPT_OUTPUT

    def take(self, text: str) -> None:
        if self.room > 0 and text:
            self.pieces.append(text[: self.room])
            self.room -= len(self.pieces[-1])


_known: set[int] = set()
"""Idents of the threads that were there before an answer ran."""

_routers: list["_Router"] = []
"""Every router there ever was, one a stream: a thread may be printing through one that is no longer in place, and
CPython does not hold on to `sys.stdout` while it prints."""


def _is_a_stranger(ident: int) -> bool:
    """Whether a thread was started by an answer: it was left behind, or came up while an answer runs."""
    return ident in _strangers or (bool(_known) and ident not in _known)


def _router(stream: Any) -> "_Router":
    found = next((router for router in _routers if router.stream is stream), None)
    if found is None:
        found = _Router(stream)
        _routers.append(found)
    return found


class _Router:
    """Stands for sys.stdout or sys.stderr: what a worker prints is kept aside, all else goes through.

    So is what is printed by threads that an answer starts.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        printed: _Printed | None = getattr(_here, "printed", None)
        if printed is None and not _is_a_stranger(threading.get_ident()):
            return int(self.stream.write(text) or 0)
        if printed is not None:
            printed.take(str(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def _output_kept_aside() -> Iterator[None]:
    streams = {name: getattr(sys, name) for name in ("stdout", "stderr")}
    routers = {name: old if isinstance(old, _Router) else _router(old) for name, old in streams.items()}
    before = set(threading.enumerate())
    _known.clear()
    _known.update(thread.ident or 0 for thread in before if thread.ident not in _strangers)
    for name, router in routers.items():
        setattr(sys, name, router)
    try:
        yield
    finally:
        started = [thread for thread in threading.enumerate() if thread not in before and thread not in _left_behind]
        _left_behind.extend(started)
        stay = left_behind() > 0
        # While a thread left behind runs, the routers stay: what it goes on printing would land in the notebook.
        _strangers.clear()
        _strangers.update(thread.ident or 0 for thread in _left_behind)
        _known.clear()
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


def _restore_builtins(before: dict[str, Any]) -> list[str]:
    """Undo assignments such as `builtins.len = ...` without the help of any of them; names of what was undone."""
    undone = [f"builtins.{name}" for name, value in before.items() if _builtins.get(name) is not value]
    _builtins.update(before)
    return undone


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
