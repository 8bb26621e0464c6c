"""Progress bars: on stderr, in a log file a few lines a minute; in a notebook a line that is the same each time."""

import io
import re
import sys
import types

import nbformat
import pytest
from nbclient import NotebookClient

from dc_lab.support import progress

CELL = """
import time
from dc_lab.support import progress
with progress.bar(5, "training", unit="step") as bar:
    for _ in range(5):
        time.sleep(0.4)
        bar.update()
        bar.set_postfix(now=time.time())
with progress.bar(5, None) as bar:
    bar.update(5)
"""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_in_a_terminal_it_is_on_stderr_and_moves(capsys, monkeypatch):
    assert not progress.in_notebook()
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.bar(2, "work", unit="step", mininterval=0) as bar:
        bar.update()
        bar.update()
    assert capsys.readouterr().out == ""
    shown = sys.stderr.getvalue()
    assert re.findall(r"\rwork: +(\d+)%", shown)[:1] == ["0"]
    assert re.findall(r"\rwork: +(\d+)%", shown)[-1:] == ["100"]
    assert shown.count("\n") == 1


def test_in_a_log_file_it_is_a_few_lines_a_minute(capsys, monkeypatch):
    """Three minutes of a hundred steps each, which ask for the bar at every one of them."""
    clock = types.SimpleNamespace(now=0.0)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    monkeypatch.setattr("tqdm.std.time", lambda: clock.now)
    with progress.bar(300, "work", unit="step") as bar:
        for step in range(300):
            clock.now += 0.6
            bar.update()
            bar.set_postfix(step=step)
    out, err = capsys.readouterr()
    assert out == ""
    assert "\r" not in err
    lines = err.splitlines()
    assert all(re.match(r"work: +\d+%\|", line) for line in lines)
    assert 180 / progress.SECONDS - 1 <= len(lines) <= 180 / progress.SECONDS + 1
    assert lines[-1].startswith("work: 100%")


def test_a_short_bar_is_one_line_in_a_log_file(capsys):
    with progress.bar(2, "work", unit="step") as bar:
        bar.update(2)
    assert re.fullmatch(r"work: 100%\|.*\| 2/2 .*\n", capsys.readouterr().err)


def test_a_bar_that_is_not_to_stay_leaves_nothing_in_a_log_file(capsys):
    with progress.bar(2, "work", leave=False) as bar:
        bar.update(2)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("settings", [{"label": None}, {"label": "work", "disable": True}])
def test_hidden_it_prints_nothing(settings, capsys):
    with progress.bar(2, **settings) as bar:
        bar.update(2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_a_notebook_stores_one_line_without_times_and_no_widget():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=120, kernel_name="python3", coalesce_streams=True).execute()
    [output] = notebook.cells[0].outputs
    assert (output.output_type, output.name) == ("stream", "stdout")
    assert re.fullmatch(r"training: 100%\|█+\|\n", output.text)
    assert len(output.text) <= progress.WIDTH + 1
    assert "widgets" not in notebook.metadata
