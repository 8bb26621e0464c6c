"""Independent points, measured one after the other or side by side: the same results, whoever does the work.

A point is a call without arguments, such as `functools.partial(error_at, density=0.1)`. What works on points is any
`concurrent.futures.Executor`: threads, processes (the calls must then be picklable), or that of a cluster.
"""

import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from typing import Generic, TypeVar

from tqdm import tqdm

from dc_lab.support import progress

T = TypeVar("T")


def in_order(calls: Sequence[Callable[[], T]], executor: Executor | None = None, label: str | None = None) -> list[T]:
    """What each call returns, in the order of the calls, whatever the executor. See `as_found`."""
    found = dict(as_found(calls, executor, label))
    return [found[place] for place in range(len(calls))]


def as_found(
    calls: Sequence[Callable[[], T]],
    executor: Executor | None = None,
    label: str | None = None,
    seconds: Sequence[float] | None = None,
) -> Generator[tuple[int, T], None, None]:
    """(place in `calls`, what that call returns), one after the other as they are found.

    Once a call raises, or the generator is closed, calls that have not begun are cancelled. Who may stop early should
    close it: `with contextlib.closing(as_found(...)) as results`.

    Parameters
    ----------
    executor : any `concurrent.futures.Executor`; None makes the calls here, in their order.
    label : text of the progress bar on stderr; None shows none.
    seconds : about how long each call takes. The executor then gets the long ones first, so that no worker is left
        alone with one at the end, and the bar counts seconds: where points differ a hundredfold, a count tells little.

    Raises
    ------
    Whatever a call raises.
    """
    with _bar(label, len(calls), seconds) as bar, contextlib.closing(_results(calls, executor, seconds)) as results:
        for number, (place, result) in enumerate(results, 1):
            yield place, result
            if seconds is None:
                bar.update()
            else:
                bar.set_description_str(f"{label}, {number} of {len(calls)} points", refresh=False)
                bar.update(seconds[place])


def _bar(label: str | None, number: int, seconds: Sequence[float] | None) -> tqdm:
    hidden = label is None or number == 0
    if seconds is None:
        return progress.bar(number, label, disable=hidden, unit="point")
    return progress.bar(
        sum(seconds), f"{label}, 0 of {number} points", disable=hidden,
        bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
    )  # fmt: skip


def _results(
    calls: Sequence[Callable[[], T]], executor: Executor | None, seconds: Sequence[float] | None
) -> Generator[tuple[int, T], None, None]:
    if executor is None:
        for place, call in enumerate(calls):
            yield place, call()
        return
    places = range(len(calls))
    futures: dict[Future[T], int] = {}
    try:
        for place in places if seconds is None else sorted(places, key=lambda place: -seconds[place]):
            futures[executor.submit(calls[place])] = place
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


class OnDemand(Generic[T]):
    """Results by name, for who asks for one after the other: with an executor, the first question starts all of them.

    A result is handed over and not kept. Who asks for it once more has it worked out once more.

    Parameters
    ----------
    names : of all points, in the order in which the executor gets them; read at the first question.
    call_of : name -> the point's call.
    executor : any `concurrent.futures.Executor`; None makes each call here when it is asked for.
    """

    def __init__(
        self, names: Iterable[str], call_of: Callable[[str], Callable[[], T]], executor: Executor | None = None
    ) -> None:
        self.names, self.call_of, self.executor = names, call_of, executor
        self._started: dict[str, Future[T]] | None = None

    def result(self, name: str) -> T:
        """What the call of this name returns. Raises whatever it raises; the others go on until `cancel`."""
        if self.executor is None:
            return self.call_of(name)()
        return self._future(self.executor, name).result()

    def _future(self, executor: Executor, name: str) -> Future[T]:
        if self._started is None:
            self._started = {each: executor.submit(self.call_of(each)) for each in self.names}
        return self._started.pop(name) if name in self._started else executor.submit(self.call_of(name))

    def cancel(self) -> None:
        """Forget what the executor has not begun: for when one point has failed."""
        for future in (self._started or {}).values():
            future.cancel()


@contextlib.contextmanager
def processes(workers: int) -> Generator[ProcessPoolExecutor, None, None]:
    """An executor of so many processes. If the block raises, Ctrl-C included, they end at once."""
    # "spawn": a child that is forked while torch holds threads may hang. Ctrl-C reaches the children, too; they leave
    # it to this process, so that it is reported once.
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, context, signal.signal, (signal.SIGINT, signal.SIG_IGN))
    try:
        yield executor
    except BaseException:
        # Python 3.14 has `terminate_workers`; before, nothing public ends a point that has begun.
        for process in list((executor._processes or {}).values()):
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
