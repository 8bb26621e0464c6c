"""Independent points: the same results in the same order whoever works, and nothing begun after an error."""

import contextlib
import multiprocessing
import operator
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.support import points


class InOrder(Executor):
    """Runs what is submitted when `run` says so, in the order that it says; keeps what was submitted."""

    def __init__(self, order=None, number=0):
        self.order, self.number, self.waiting = order, number, []

    def submit(self, function, /, *arguments, **named):
        future = Future()
        self.waiting.append((future, partial(function, *arguments, **named)))
        if len(self.waiting) == self.number:
            for place in self.order or range(self.number):
                self.run(place)
        return future

    def run(self, place):
        future, call = self.waiting[place]
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)


def squares(number):
    return [partial(pow, base, 2) for base in range(number)]


def fails(why="cannot measure"):
    raise RuntimeError(why)


@given(st.integers(0, 8).flatmap(lambda number: st.permutations(range(number))))
def test_any_order_of_work_gives_the_order_of_the_calls(order):
    expected = [base**2 for base in range(len(order))]
    assert points.in_order(squares(len(order))) == expected
    assert points.in_order(squares(len(order)), InOrder(order, len(order))) == expected
    found = list(points.as_found(squares(len(order)), InOrder(order, len(order))))
    assert sorted(found) == list(enumerate(expected))


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_threads_and_processes_give_what_is_worked_out_here(kind):
    context = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(3) if kind == "threads" else ProcessPoolExecutor(1, context) as executor:
        assert points.in_order(squares(9), executor) == points.in_order(squares(9))


def test_results_come_as_they_are_found():
    """The last one is done first; it is handed over before the first one is done."""
    begun = []
    executor = InOrder()
    with contextlib.closing(points.as_found([partial(begun.append, i) for i in range(3)], executor)) as found:
        with ThreadPoolExecutor(1) as other:
            later = other.submit(lambda: (time.sleep(0.05), executor.run(2)))
            assert next(found) == (2, None)
            assert begun == [2]
            later.result()
        executor.run(0)
        assert next(found) == (0, None)


def test_here_each_call_waits_until_the_one_before_is_asked_for():
    begun = []
    found = points.as_found([partial(begun.append, i) for i in range(3)])
    assert begun == []
    assert next(found) == (0, None)
    assert begun == [0]
    found.close()
    assert begun == [0]


@given(st.lists(st.integers(1, 9), max_size=8))
def test_the_executor_gets_long_ones_first(seconds):
    executor = InOrder(number=len(seconds))
    found = dict(points.as_found(squares(len(seconds)), executor, seconds=seconds))
    assert found == {place: place**2 for place in range(len(seconds))}
    order = [seconds[call.args[0]] for _, call in executor.waiting]
    assert order == sorted(seconds, reverse=True)
    assert [place for place, _ in points.as_found(squares(len(seconds)), seconds=seconds)] == list(range(len(seconds)))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_after_an_error_nothing_more_begins(error):
    def stop():
        raise error("stop")

    begun = []
    calls = [partial(begun.append, 0), stop, partial(begun.append, 2), partial(begun.append, 3)]
    with pytest.raises(error, match="stop"):
        points.in_order(calls)
    assert begun == [0]
    begun.clear()
    executor = InOrder([1], len(calls))  # it comes to the failing one first, and then waits
    with pytest.raises(error, match="stop"):
        points.in_order(calls, executor)
    assert begun == []
    assert [future.cancelled() for future, _ in executor.waiting] == [True, False, True, True]


def test_whoever_stops_early_leaves_nothing_behind():
    executor = InOrder([1], 3)
    with contextlib.closing(points.as_found(squares(3), executor)) as found:
        assert next(found) == (1, 1)
    assert [future.cancelled() for future, _ in executor.waiting] == [True, False, True]


def test_an_executor_that_takes_no_more_leaves_nothing_behind():
    class Full(InOrder):
        def submit(self, function, /, *arguments, **named):
            if len(self.waiting) == 2:
                raise RuntimeError("cannot schedule new futures")
            return super().submit(function, *arguments, **named)

    executor = Full()
    with pytest.raises(RuntimeError, match="cannot schedule"):
        points.in_order(squares(4), executor)
    assert [future.cancelled() for future, _ in executor.waiting] == [True, True]


# --- bars ---


@pytest.mark.parametrize("executor", [None, InOrder([2, 0, 1], 3)])
def test_the_bar_counts_points_on_stderr(executor, capsys):
    points.in_order(squares(3), executor, label="scan")
    out, err = capsys.readouterr()
    assert out == ""
    assert "scan: 100%" in err
    assert "3/3" in err


def test_with_seconds_the_bar_counts_these(capsys):
    for _ in points.as_found(squares(2), label="curves", seconds=[1, 3]):
        pass
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1  # where there is no terminal, a short bar is the line at its end
    assert "curves, 2 of 2 points: 100%" in err


def test_the_bar_moves_on_once_a_result_is_dealt_with(capsys):
    with contextlib.closing(points.as_found(squares(2), label="curves", seconds=[1, 3])) as found:
        next(found)
    assert "1 of 2" not in capsys.readouterr().err


def test_no_bar_without_a_label_or_without_points(capsys):
    points.in_order(squares(3))
    points.in_order([], label="scan")
    assert list(points.as_found([], label="scan", seconds=[])) == []
    assert capsys.readouterr() == ("", "")


# --- on demand ---

NAMES = ("a", "b", "c")


def on_demand(executor=None):
    begun = []
    return points.OnDemand(NAMES, lambda name: lambda: begun.append(name) or name * 2, executor), begun


def test_on_demand_here_each_is_worked_out_when_it_is_asked_for():
    results, begun = on_demand()
    assert begun == []
    assert [results.result(name) for name in ("c", "a", "c")] == ["cc", "aa", "cc"]
    assert begun == ["c", "a", "c"]
    results.cancel()


def test_on_demand_the_first_question_starts_all_and_results_are_handed_over():
    executor = InOrder(number=3)
    results, begun = on_demand(executor)
    assert executor.waiting == []
    assert results.result("b") == "bb"
    assert begun == ["a", "b", "c"]
    assert results.result("a") == "aa"
    assert len(executor.waiting) == 3
    with ThreadPoolExecutor(1) as other:  # asked for again: worked out again
        other.submit(lambda: (time.sleep(0.02), executor.run(3)))
        assert results.result("b") == "bb"
    assert begun == ["a", "b", "c", "b"]


def test_on_demand_an_error_is_that_of_its_own_point_and_the_rest_can_be_cancelled():
    executor = InOrder([0], 3)
    results = points.OnDemand(NAMES, lambda name: partial(fails, name), executor)
    with pytest.raises(RuntimeError, match="a"):
        results.result("a")
    assert [future.cancelled() for future, _ in executor.waiting] == [False, False, False]
    results.cancel()
    assert [future.cancelled() for future, _ in executor.waiting] == [False, True, True]


def test_processes_work_on_points_too():
    with points.processes(1) as executor:
        assert points.in_order([partial(operator.add, 1, 2)], executor) == [3]
