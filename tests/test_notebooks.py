"""The notebooks beyond their stored outputs, which pytest compares by itself (--nbval): form, and the solved course."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.client import KernelClient
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from dc_lab.course import exercises, sources, variants
from dc_lab.course.exercises import Question

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
KILOBYTE = 1_000
PIXELS = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell: nbformat.NotebookNode) -> list[str]:
    """Everything that a cell's outputs say in words."""
    found = []
    for output in cell.outputs:
        found += [output.text] if output.output_type == "stream" else []
        data = output.get("data", {})
        found += [PIXELS.sub("PIXELS", text) for kind, text in data.items() if kind.startswith("text/")]
    return found


def lesson_exercises(path: Path) -> list[exercises.AnyExercise]:
    return list(exercises.find_lesson(path.name[:2]).exercises)


def test_the_lessons_are_there():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02d}" for number in range(len(NOTEBOOKS))]
    assert len(NOTEBOOKS) >= 5
    assert exercises.lesson_numbers() == [path.name[:2] for path in NOTEBOOKS]


@each_notebook
def test_form(path):
    notebook = read(path)
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    # Strict nbval passes a cell that never ran.
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert path.stat().st_size < 450 * KILOBYTE  # a slider has a still for each of its settings, some 10 KB each
    assert max(len(cell.source.splitlines()) for cell in cells) <= 25
    assert notebook.cells[0].source.startswith(f"# {path.name[:2]} ")
    words = sum(len(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
    assert 600 <= words <= 2_700
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source
            data = output.get("data", {})
            assert not [kind for kind in data if kind.startswith("image/") or "widget" in kind], cell.source
            for image in re.findall(r"<img\b[^>]*>", data.get("text/html", "")):
                assert re.search(r'\salt="[^"]', image), cell.source


FORBIDDEN = {
    "a memory address": r"\b0x[0-9a-fA-F]{6,}\b",
    "an absolute path": r"(?<![\w.:/])/(?:home|root|tmp|usr|Users|var|opt|work)/|[A-Z]:\\",
    "a remote image": r"!\[[^]]*\]\(\s*https?:|<img[^>]+src=[\"']?https?:",
    "a widget's id": r"model_id",
}


@each_notebook
def test_nothing_that_differs_from_machine_to_machine(path):
    for cell in read(path).cells:
        said = [cell.source, *(texts(cell) if cell.cell_type == "code" else [])]
        for what, pattern in FORBIDDEN.items():
            for text in said:
                assert not re.search(pattern, text), f"{what} in {cell.source[:80]!r}: {text[:200]!r}"


@each_notebook
def test_no_line_looks_like_an_item_by_chance(path):
    """Where a sentence's number or minus begins a line, it is taken for a list; in a quote, for another quote."""
    for cell in read(path).cells:
        blocks = re.split(r"\n\s*\n", cell.source) if cell.cell_type == "markdown" else []
        for block in blocks:
            items = [re.match(r"\s*(?:(\d+)[.)]|[-+*])\s", line) for line in block.split("\n")]
            assert items[0] or not any(items), block
            numbers = [int(match[1]) for match in items if match and match[1]]
            assert numbers == list(range(min(numbers, default=0), min(numbers, default=0) + len(numbers))), block
            assert not (block.startswith(">") and re.search(r"(?<=\w) > ", block)), block


@each_notebook
def test_exercises_stand_in_the_notebook_as_in_the_lesson_file(path):
    cells = code_cells(read(path))
    code = [cell.source.strip() for cell in cells]
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    for exercise in lesson_exercises(path):
        at = code.index(sources.stub_source(exercise.id).strip())
        assert code[at + 1].splitlines()[-1] == sources.check_source(exercise.id)
        assert "not tried yet" in "".join(texts(cells[at + 1]))
        assert f"{exercise.minutes} minutes" in prose
        assert exercise.id in prose


@each_notebook
def test_choices_stand_in_the_notebook_as_they_are_judged(path):
    """Those of each question, so that a teacher can hand them out in any order."""
    asked = [question for question in lesson_exercises(path) if isinstance(question, Question) and question.choices]
    for question in asked:
        [text] = [cell for cell in read(path).cells if f"Question {question.id}" in cell.source]
        before = text.source
        variants.ask([text], [question], 9)
        shown = " ".join(text.source.split())
        for letter, said in question.variant(9).choices.items():
            assert f"- **{letter}**: {said}" in shown
        assert sorted(before.split()) == sorted(text.source.split())


@pytest.fixture(scope="module")
def kernel() -> Iterator[tuple[KernelManager, KernelClient]]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(NOTEBOOKS[0].parent))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.allow_stdin = False
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.slow
@each_notebook
def test_solved(path, kernel):
    """With every solution filled in each check says correct, and the notebook runs to its end.

    One kernel runs one notebook after the other, each without the names of those before. As they are stored, they have
    a kernel each (nbval).
    """
    notebook = read(path)
    solved = {
        sources.stub_source(exercise.id).strip(): sources.solution_source(exercise.id)
        for exercise in lesson_exercises(path)
    }
    for cell in code_cells(notebook):
        cell.source = solved.pop(cell.source.strip(), cell.source)
    assert not solved
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    runner = NotebookClient(notebook, km=kernel[0], timeout=300)
    runner.kc = kernel[1]
    notebook = runner.execute()
    cells = code_cells(notebook)
    for exercise in lesson_exercises(path):
        check = next(cell for cell in cells if sources.check_source(exercise.id) in cell.source)
        assert f"{exercise.id} {exercise.title}: correct" in "".join(texts(check))
    assert not [cell for cell in cells for output in cell.outputs if output.get("name") == "stderr"]


def test_kernels_have_no_network():
    """The notebooks run offline: what keeps them from the network is in force in the processes that run them."""
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert "no network in tests: 192.0.2.1" in done.stderr
