"""A cell of an answer that cannot run says so, and the notebook goes on: tried in a real kernel."""

from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from dc_lab.course import cells
from dc_lab.course.judge import Unfinished


@pytest.fixture
def shell() -> Any:
    before = cells._watch.names
    cells._watch.names = {"f", "answer"}
    shell = InteractiveShell()
    shell.input_transformers_post.append(cells._watch.lines)
    shell.ast_transformers.append(cells._watch)
    yield shell
    cells._watch.names = before


def run(shell: Any, source: str) -> bool:
    """Whether the cell ran to its end."""
    return bool(shell.run_cell(source).success)


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        ("def f(x):\n    return x +* 2", "f", "SyntaxError in line 2: invalid syntax"),
        ("def f(x):\nreturn x", "f", "IndentationError in line 2: expected an indented block"),
        ("import math\ndef f(x:\n    return x", "f", "SyntaxError"),
        ("class f(Missing):\n    pass", "f", "NameError: name 'Missing' is not defined"),
        ("answer = b", "answer", "NameError: name 'b' is not defined"),
        ("answer = 1 / 0", "answer", "ZeroDivisionError: division by zero"),
        ("answer = (1", "answer", "SyntaxError in line 1"),
    ],
)
def test_an_answer_that_cannot_run(shell: Any, source: str, name: str, said: str, capsys: Any) -> None:
    assert run(shell, source)
    found = shell.user_ns[name]
    assert isinstance(found, Unfinished)
    assert said in found.why
    assert "This cell cannot run: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "source", ["g = (1", "def g(x):\nreturn", "b", "answer = check(b)", "f", "print(1)\nanswer = b"]
)
def test_other_cells_fail_as_ever(shell: Any, source: str, capsys: Any) -> None:
    assert not run(shell, source)


def test_what_runs_is_as_it_was(shell: Any, capsys: Any) -> None:
    assert run(shell, "def f(x):\n    '''Twice.'''\n    return 2 * x\nimport math\nanswer = f(4)")
    assert shell.user_ns["answer"] == 8
    assert shell.user_ns["f"].__code__.co_firstlineno == 1
    assert run(shell, "answer")
    assert capsys.readouterr().out.strip().endswith("8")


def outputs_in_a_kernel(sources: list[str]) -> list[str]:
    """What comes out of each cell of a notebook, run in a real kernel."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120).execute()
    return [str(cell.outputs) for cell in notebook.cells]


def test_in_a_kernel() -> None:
    sources = [
        'from dc_lab.course import begin, check\nbegin("01")',
        "def layer_parameters(:\n    pass",
        'layer_parameters = check("01.1", layer_parameters)',
        "layer_parameters",
    ]
    texts = outputs_in_a_kernel(sources)
    assert "This cell cannot run: SyntaxError in line 1" in texts[1]
    assert "not right yet. Its cell cannot run: SyntaxError in line 1" in texts[2]
    assert "function" in texts[3]
    assert "'error'" not in "".join(texts)


def test_an_exercise_is_checked_again_and_again_in_one_kernel() -> None:
    """ipykernel gives each cell an `input` of its own, which is no answer's doing."""
    sources = [
        'import numpy as np\nfrom dc_lab.course import begin, check\nbegin("02")',
        "def loss_increase(weights, curvature):\n    raise NotImplementedError",
        'check("02.1", loss_increase);',
        "def loss_increase(weights, curvature):\n    return weights",
        'check("02.1", loss_increase);',
        "def loss_increase(weights, curvature):\n    return 0.5 * curvature * weights**2",
        'check("02.1", loss_increase);',
        'check("02.1", loss_increase);',
    ]
    texts = outputs_in_a_kernel(sources)
    assert "not tried yet" in texts[2]
    assert "The smallest case that fails" in texts[4]
    assert "correct (" in texts[6]
    assert "correct (" in texts[7]
