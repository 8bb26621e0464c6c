"""Progress bars: on stderr in a terminal; in a notebook a line on stdout whose last state is the same each time."""

import re

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


def test_in_a_terminal_it_is_on_stderr(capsys):
    assert not progress.in_notebook()
    with progress.bar(2, "work", unit="step") as bar:
        bar.update(2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "work: 100%" in err


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
