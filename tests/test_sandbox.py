"""What an answer may do to Python itself while it runs, and that nothing of it is left afterwards."""

import builtins
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from dc_lab.course import sandbox


def runs(*functions, limit=5.0):
    """The run of these functions, one after the other, as `judge` has them made."""
    return sandbox.run((function() for function in functions), limit)


PRINTS_FROM_A_THREAD = """
import sys, threading, time
sys.path.insert(0, {root!r})
from dc_lab.course import sandbox

def answer():
    def talk():
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            print("from a thread" * 10)
    for _ in range(3):
        threading.Thread(target=talk, daemon=True).start()
    return 1

for _ in range(20):
    print(sandbox.run((answer() for _ in range(2)), 2.0).results)
time.sleep(0.5)
print("the end")
"""


@pytest.mark.slow
def test_an_answer_that_starts_printing_threads():
    """It used to end Python with a segmentation fault: the stream was freed while a thread printed to it."""
    code = PRINTS_FROM_A_THREAD.format(root=str(Path(__file__).parents[1]))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[1, 1]"] * 20 + ["the end"]
    assert done.stderr == ""


def test_our_own_threads_print_all_the_time(capsys):
    """What was there before an answer ran goes on printing where it did."""
    stop = threading.Event()

    def talk():
        while not stop.wait(0.01):
            print("ours")

    thread = threading.Thread(target=talk)
    thread.start()
    time.sleep(0.05)
    runs(lambda: time.sleep(0.2))
    stop.set()
    thread.join()
    assert capsys.readouterr().out.count("ours") >= 10
    assert type(sys.stdout) is not sandbox._Router


def test_printing_much_takes_time_in_proportion():
    """By what it does, not by the clock: no text is kept, counted or joined beyond the limit."""
    printed = sandbox._Printed()
    for _ in range(3):
        printed.take("x" * 900)
    for _ in range(1000):
        printed.take("more")
    assert [len(piece) for piece in printed.pieces] == [900, 900, 200]
    assert printed.room == 0

    def talk():
        for number in range(50_000):
            print(number)
        return sandbox.take_printed()

    [text] = runs(talk).results
    assert len(text) == sandbox.KEPT_OUTPUT
    assert text.startswith("0\n1\n2\n")


@pytest.mark.parametrize("name", ["len", "print", "list", "isinstance", "sum", "getattr", "setattr", "sorted", "max"])
def test_built_in_functions_that_were_replaced_are_back(name):
    original = getattr(builtins, name)

    def answer():
        vars(builtins)[name] = lambda *arguments: 3

    run = runs(answer)
    assert getattr(builtins, name) is original
    assert run.replaced == [f"builtins.{name}"]


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_a_built_in_function_that_was_deleted_is_back(seconds):
    def answer():
        del builtins.len
        time.sleep(seconds)  # meanwhile the notebook's own thread waits, and looks at the time

    assert runs(answer).replaced == ["builtins.len"]
    assert len([1, 2]) == 2


def test_the_working_folder_is_the_one_before(tmp_path):
    before = Path.cwd()
    runs(lambda: os.chdir(tmp_path))
    assert Path.cwd() == before


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_answer_that_presses_ctrl_c_in_each_call():
    def answer():
        for _ in range(20):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        return 1

    for _ in range(3):
        assert runs(answer, answer).end == "interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_from_another_thread_there_are_no_signals_to_keep():
    found = []
    thread = threading.Thread(target=lambda: found.append(runs(lambda: 7).results))
    thread.start()
    thread.join()
    assert found == [[7]]


def test_generators_are_where_they_were():
    state = random.getstate()
    runs(random.random)
    assert random.getstate() == state


# --- a machine that is busy with other things ---

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says whether a thread would run")

BUSY = 0.4
"""Seconds of a core that the answer takes."""


@pytest.fixture
def shared_core():
    """A core with another process on it that never stops; what is called pins the thread that calls."""
    core = min(os.sched_getaffinity(0))
    pinned = f"import os; os.sched_setaffinity(0, {{{core}}})\nprint(flush=True)\nwhile True: pass"
    others = [subprocess.Popen([sys.executable, "-c", pinned], stdout=subprocess.PIPE) for _ in range(2)]
    for other in others:
        other.stdout.readline()  # it is there
    yield lambda: os.sched_setaffinity(0, {core})
    for other in others:
        other.kill()
        other.communicate()


@on_linux
@pytest.mark.slow
def test_time_in_which_others_have_the_core_is_not_the_answers(shared_core):
    def work():
        shared_core()
        end = time.thread_time() + BUSY
        while time.thread_time() < end:
            pass
        yield "done"

    began = time.monotonic()
    run = sandbox.run(work(), 1.5 * BUSY)
    assert time.monotonic() - began > 1.5 * BUSY, "nobody was in the way, so that this shows nothing"
    assert (run.results, run.end) == (["done"], "done")


@on_linux
@pytest.mark.slow
def test_a_loop_without_end_is_stopped_on_a_busy_machine_too(shared_core):
    def work():
        shared_core()
        while True:
            pass
        yield

    assert sandbox.run(work(), BUSY).end == "stopped"


def test_an_answer_that_sleeps_takes_its_time():
    """Waiting for something is not standing in line."""

    def work():
        for _ in range(40):
            time.sleep(0.05)
        yield "done"

    assert sandbox.run(work(), 0.4).end == "stopped"


def test_a_thread_may_be_stopped_in_a_callback_of_the_collector():
    """hypothesis has one in this process. What stops the thread is then lost, and comes again; pytest tells of it."""
    text = "Exception ignored in: <function gc_cumulative_time.<locals>.gc_callback at 0x7fb793d8bec0>"
    warnings.warn(pytest.PytestUnraisableExceptionWarning(text), stacklevel=1)
    with pytest.raises(pytest.PytestUnraisableExceptionWarning):
        warnings.warn(pytest.PytestUnraisableExceptionWarning("Exception ignored in: <function f>"), stacklevel=1)
