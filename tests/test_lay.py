"""Work folders laid out, laid anew around answers, and stubs given back."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from dc_lab.cli.main import main
from dc_lab.course import exercises, lay, mine, notebooks, solution_source, solved, stub_source, work
from dc_lab.course.exercises import Exercise

NAME = "02_pruning.ipynb"
ANSWER = "def threshold_mask(weights, threshold):\n    return abs(weights) >= threshold"


@pytest.fixture(scope="module")
def laid(tmp_path_factory) -> lay.Laid:
    return lay.lay(tmp_path_factory.mktemp("laid") / "work")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> work.Folder:
    monkeypatch.delenv(work.VARIABLE, raising=False)
    return lay.lay(tmp_path / "work").folder


def sources(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def edit(folder: work.Folder, change, name: str = NAME) -> None:
    """Change the cells of a notebook, as a learner does."""
    notebook = nbformat.read(folder.path / name, as_version=4)
    change(notebook.cells)
    nbformat.write(notebook, folder.path / name)


def answer(folder: work.Folder, exercise_id: str = "02.1", source: str = ANSWER) -> None:
    def change(cells):
        next(cell for cell in cells if cell.source == stub_source(exercise_id)).source = source

    edit(folder, change)


def test_what_to_type_names_a_folder_that_is_not_work(folder, tmp_path):
    assert "dc-lab start --update " in (folder.path / "START.md").read_text(encoding="utf-8")
    other = lay.lay(tmp_path / "my lessons", handout=work.Handout(("02",), True)).folder
    text = (other.path / "START.md").read_text(encoding="utf-8")
    for command in ("progress", "reset 02.3", "start", "graduate"):
        assert f'dc-lab {command} "my lessons"' in text


def test_what_is_laid(laid):
    there = {path.name for path in laid.folder.path.iterdir()}
    assert there == {*lay.lesson_names(), "FORMAT.md", "GLOSSARY.md", "START.md", "mine", work.MARK}
    assert not laid.kept
    for name in lay.lesson_names():
        notebook = nbformat.read(laid.folder.path / name, as_version=4)
        nbformat.validate(notebook)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
        links = {
            "../dc_lab/dcz/FORMAT.md": "FORMAT.md",
            "[an installed course](../README.md#install)": "an installed course",
        }
        originals = sources(lay.notebooks_dir() / name)
        for link, there in links.items():
            originals = [text.replace(link, there) for text in originals]
        assert sources(laid.folder.path / name) == originals
    assert mine.load(laid.folder, "__init__").__doc__
    assert laid.folder.progress().states() == {}


def test_every_answer_has_its_place(laid):
    for number in exercises.lesson_numbers():
        [path] = laid.folder.path.glob(f"{number}_*.ipynb")
        cells = notebooks.read_notebook(path)["cells"]
        places = notebooks.slots(cells)
        for exercise in exercises.find_lesson(number).exercises:
            assert cells[places[f"answer {exercise.id}"]]["source"] == stub_source(exercise.id)


def test_starting_again_touches_nothing(folder):
    answer(folder)
    (folder.path / "03_sparse_storage.ipynb").unlink()
    (folder.path / "START.md").write_text("mine", encoding="utf-8")
    before = (folder.path / NAME).read_bytes()
    again = lay.lay(folder.path)
    assert again.made == ["03_sparse_storage.ipynb"]
    assert NAME in again.kept
    assert (folder.path / NAME).read_bytes() == before
    assert (folder.path / "START.md").read_text(encoding="utf-8") == "mine"


def test_where_no_folder_is_laid(folder, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("", encoding="utf-8")
    for path, words in (
        (tmp_path / "file", "is a file"),
        (tmp_path / "full", "not empty and no work folder"),
        (lay.notebooks_dir(), "holds the course itself"),
        (lay.notebooks_dir() / "work", "the course's own folder"),
        (lay.PACKAGE.parent, "holds the course itself"),
        (lay.PACKAGE / "work", "among installed packages"),
        (Path(nbformat.__file__).parent.parent / "work", "among installed packages"),
        (folder.path / "mine" / "work", "would lie in the work folder"),
    ):
        with pytest.raises(work.WorkError, match=words):
            lay.lay(path)
    with pytest.raises(work.WorkError, match="solutions go into a new one"):
        lay.lay(folder.path, with_solutions=True)
    (tmp_path / "empty").mkdir()
    assert lay.lay(tmp_path / "empty").made


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(work.WorkError, match="Permission denied"):
        lay.lay(tmp_path / "work")


# --- newer lessons ---


@pytest.fixture
def newer(monkeypatch, tmp_path):
    """Notebooks that begin with a new cell, have a new stub of 02.1, and no longer ask for 02.5."""
    place = tmp_path / "newer"
    place.mkdir()
    for name in lay.lesson_names():
        (place / name).write_bytes((lay.notebooks_dir() / name).read_bytes())
    notebook = notebooks.read_notebook(place / NAME)
    cells = notebook["cells"]
    at = notebooks.slots(cells)["answer 02.5"]
    del cells[at : at + 2]
    stub = notebooks.slots(cells)["answer 02.1"]
    cells[stub]["source"] = stub_source("02.1") + "  # new"
    cells.insert(0, {"cell_type": "markdown", "id": "new", "metadata": {}, "source": "# A new beginning"})
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:02d}"
    notebooks.write_notebook(place / NAME, notebook)
    monkeypatch.setattr(lay, "notebooks_dir", lambda: place)
    return place


def test_update_where_nothing_was_written(folder, newer):
    lines = lay.update(folder)
    assert [line for line in lines if not line.endswith(": as it was")] == [
        f"{NAME}: replaced; there was nothing of yours in it"
    ]
    assert sources(folder.path / NAME) == sources(newer / NAME)
    assert not list(folder.path.glob("*.old-*"))


def test_update_carries_answers_and_cells_over(folder, newer):
    answer(folder)
    answer(folder, "02.5", "def cubic_density(progress, final, start=1.0):\n    return 1")

    def change(cells):
        at = next(i for i, cell in enumerate(cells) if 'check("02.2"' in cell.source)
        cells.insert(at, nbformat.v4.new_code_cell("between = 1"))
        cells.insert(at + 2, nbformat.v4.new_markdown_cell("What I thought"))
        cells.insert(0, nbformat.v4.new_markdown_cell("My notebook"))

    edit(folder, change)
    before = (folder.path / NAME).read_bytes()
    [line] = [line for line in lay.update(folder) if line.startswith(NAME)]
    assert line == (
        f"{NAME}: new text, carried over 1 answer and 3 cells; 1 more that you changed only in the old one; "
        "the old one is 02_pruning.old-1.ipynb"
    )
    assert (folder.path / "02_pruning.old-1.ipynb").read_bytes() == before
    found = sources(folder.path / NAME)
    nbformat.validate(nbformat.read(folder.path / NAME, as_version=4))
    assert found[:2] == ["My notebook", "# A new beginning"]
    check = next(i for i, source in enumerate(found) if 'check("02.1"' in source)
    assert found[check - 1] == ANSWER
    check = next(i for i, source in enumerate(found) if 'check("02.2"' in source)
    assert found[check - 2 : check + 2] == [stub_source("02.2"), "between = 1", found[check], "What I thought"]
    fresh = [source for source in sources(newer / NAME) if source != stub_source("02.1") + "  # new"]
    assert [source for source in found if source in fresh] == fresh
    assert [line for line in lay.update(folder) if not line.endswith("as it was")] == []


def test_a_prediction_is_carried_over(folder):
    cells = [
        {"cell_type": "code", "source": 'predict("02.a", ...)', "id": "a"},
        {"cell_type": "code", "source": "1"},
        {"cell_type": "markdown", "source": 'check("02.1", x)'},
    ]
    assert notebooks.slots(cells) == {"predict 02.a": 0}
    old = [{**cells[0], "source": 'predict("02.a", 0.3)'}, cells[1]]
    new = [{**cells[0], "source": 'predict("02.a", ...)  # in percent', "id": "b"}]
    merged, _ = notebooks.merged(cells[:2], old, new)
    assert [cell["source"] for cell in merged] == ['predict("02.a", 0.3)']


# --- a stub given back ---


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> lay.Laid:
    return lay.lay(tmp_path_factory.mktemp("key") / "solved", with_solutions=True)


def test_the_key_imports_and_is_right(key):
    assert key.notes == []
    for number in exercises.lesson_numbers():
        lesson = exercises.find_lesson(number)
        [path] = key.folder.path.glob(f"{number}_*.ipynb")
        text = sources(path)
        for exercise in lesson.exercises:
            assert solution_source(exercise.id) in text
            assert key.folder.progress().states()[exercise.id] == "solved"
            if isinstance(exercise, Exercise) and lesson.module:
                found = getattr(mine.load(key.folder, lesson.module), exercise.name)
                assert found.__module__ == f"mine.{lesson.module}"
    done = subprocess.run(
        [sys.executable, "-c", "import mine.pruning, mine.dcz, mine.huffman; print(mine.pruning.__doc__)"],
        cwd=key.folder.path, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout == "Pruning, as I wrote it in lesson 02.\n"


def everything(folder: work.Folder) -> dict[str, bytes]:
    files = [path for path in folder.path.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {folder.shown(path): path.read_bytes() for path in files if path.name not in ("lock", "START.md")}


@pytest.mark.parametrize(("where", "after"), [(lay.files, 0), (lay.files, 1), (lay.files, 9), (mine, 3)])
def test_what_was_interrupted_goes_on(tmp_path, monkeypatch, capsys, where, after):
    """Stopped before anything was written, between notebooks, or within `mine`: in the end all is as without that."""
    monkeypatch.setattr(solved, "lesson_numbers", lambda: ["02"])  # the others take their time
    whole, done, write = lay.lay(tmp_path / "whole", with_solutions=True).folder, [], where.write

    def interrupted(*what):
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(write(*what))

    path = tmp_path / "solved"
    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(where, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lay.lay(path, with_solutions=True)
    if after:  # nobody takes it for a whole one
        for words in (["start", str(path)], ["start", str(path), "--update"]):
            assert main(words) == 2
            assert "dc-lab start solved --solved` goes on" in " ".join(capsys.readouterr().err.split())
    assert main(["start", str(path), "--solved"]) == 0
    assert ("finished what was interrupted" in capsys.readouterr().out) == (after > 1)
    found = everything(work.Folder(path))
    aside = {name for name in found if name.startswith(".dc_lab/interrupted/")}
    assert bool(aside) == (where is mine)
    assert {name: content for name, content in found.items() if name not in aside} == everything(whole)
    assert main(["start", str(path), "--solved"]) == 2
    assert "solutions go into a new one" in capsys.readouterr().err


def test_the_page_of_the_format_lies_beside_the_lessons(key):
    """The link in lesson 08 leads somewhere in a work folder, and in the repository."""
    assert (key.folder.path / "FORMAT.md").read_bytes() == lay.FORMAT_PAGE.read_bytes()
    [path] = key.folder.path.glob("08_*.ipynb")
    assert "[FORMAT.md](FORMAT.md)" in path.read_text(encoding="utf-8")
    [original] = lay.notebooks_dir().glob("08_*.ipynb")
    [target] = re.findall(r"\[FORMAT.md\]\((.*?)\)", original.read_text(encoding="utf-8"))
    assert (original.parent / target).is_file()


def test_no_link_leads_out_of_a_work_folder(key):
    """Lesson 00 names what it needs with a link to the README, which a work folder has not."""
    [original] = lay.notebooks_dir().glob("00_*.ipynb")
    [(words, target)] = re.findall(r"\[([\w ]+)\]\((\.\./[^)]*)\)", original.read_text(encoding="utf-8"))
    place, _, anchor = target.partition("#")
    heads = re.findall(r"^## (.+)$", (original.parent / place).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in [head.lower().replace(" ", "-") for head in heads]
    assert words in (key.folder.path / original.name).read_text(encoding="utf-8")
    for path in key.folder.path.glob("*.ipynb"):
        assert "](../" not in path.read_text(encoding="utf-8")


def test_lessons_use_one_another(key):
    """What the solutions of lesson 08 need of lessons 03 and 07 they take from there."""
    text = (key.folder.mine / "dcz.py").read_text(encoding="utf-8")
    assert "from mine.huffman import canonical_codes, code_lengths, decode, encode\n" in text
    assert "from mine.sparse import relative_index\n" in text
    assert "dc_lab" not in text


def test_the_key_reads_like_a_module(key):
    text = (key.folder.mine / "pruning.py").read_text(encoding="utf-8")
    assert text.startswith('"""Pruning, as I wrote it in lesson 02."""\n\nimport ')
    assert "\n\n\n# 02.1 What a weight is worth\ndef loss_increase(" in text
    assert "\n\n\n\n" not in text
    assert text.endswith("\n")
    headings = [line[2:6] for line in text.splitlines() if line.startswith("# 02.")]
    assert headings == [e.id for e in exercises.find_lesson("02").exercises if isinstance(e, Exercise)]


def small_key(folder: work.Folder, *ids: str) -> None:
    """Solutions of a few exercises in a folder."""
    with folder.changing() as progress:
        for exercise_id in ids:
            lesson = exercises.find_lesson(exercise_id[:2])
            solved._keep(folder, progress, lesson, exercises.find(exercise_id), {"__name__": "__main__"})
            progress.standing(exercise_id).reached("solved")


def test_reset_gives_the_stub_back(folder):
    answer(folder)
    small_key(folder, "02.1", "02.2")
    lines = lay.reset(folder, "02.1")
    assert lines == [
        f"{NAME} has the stub of 02.1 again; your answer is kept as .dc_lab/reset/02.1-1.py.",
        "If the notebook is open, reload it: File, then Reload Notebook from Disk.",
        "Its block is no longer in mine/pruning.py.",
    ]
    assert stub_source("02.1") in sources(folder.path / NAME)
    assert (folder.state / "reset" / "02.1-1.py").read_text(encoding="utf-8") == f"{ANSWER}\n"
    assert "loss_increase" in (folder.state / "reset" / "02.1-1-mine.py").read_text(encoding="utf-8")
    text = (folder.mine / "pruning.py").read_text(encoding="utf-8")
    assert "02.1" not in text
    assert "# 02.2" in text
    assert folder.progress().states() == {"02.1": "left", "02.2": "solved"}
    assert lay.reset(folder, "02.1") == [f"{NAME} has the stub of 02.1 already."]
    with pytest.raises(ValueError, match="no exercise"):
        lay.reset(folder, "02.9")


def test_reset_leaves_what_was_changed_and_what_is_used(folder):
    small_key(folder, "02.1", "02.2")
    path = folder.mine / "pruning.py"
    path.write_text(path.read_text("utf-8").replace("def loss_increase(", "def  loss_increase("), encoding="utf-8")
    assert lay.reset(folder, "02.1")[-1] == "Its block in mine/pruning.py stays: you have changed it."
    (folder.mine / "own.py").write_text("from mine.pruning import magnitude_mask\n", encoding="utf-8")
    assert lay.reset(folder, "02.2")[-1] == "Its block in mine/pruning.py stays: mine/own.py uses it."
    assert "magnitude_mask" in path.read_text("utf-8")


def test_reset_finds_the_answer_above_a_cell_of_the_learners(folder):
    answer(folder)
    edit(folder, lambda cells: cells.insert(
        next(i for i, cell in enumerate(cells) if 'check("02.1"' in cell.source), nbformat.v4.new_code_cell("mine = 1")
    ))  # fmt: skip
    lay.reset(folder, "02.1")
    found = sources(folder.path / NAME)
    assert "mine = 1" in found
    assert stub_source("02.1") in found
    assert ANSWER not in found


# --- the commands ---


def test_the_commands(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(work.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["start"]) == 0
    out = capsys.readouterr().out
    first = Path("work") / "00_start_here.ipynb"
    assert out.startswith(f"work{os.sep}: {len(lay.lesson_names())} lessons to fill in")
    assert f"Next:  jupyter lab {first}" in out
    assert main(["start"]) == 0
    assert "nothing was touched" in capsys.readouterr().out
    assert main(["progress"]) == 0
    assert capsys.readouterr().out == "Nothing checked so far.\n"
    small_key(work.Folder((tmp_path / "work").resolve()), "02.2")
    monkeypatch.chdir(tmp_path / "work" / "mine")
    assert main(["progress"]) == 0
    assert "02.2 A mask of an exact density" in capsys.readouterr().out
    assert main(["reset", "02.2"]) == 0
    assert main(["start", "--update"]) == 0
    assert f"{NAME}: as it was" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    for arguments, words in (
        (["reset", "02.99"], "no exercise '02.99'"),
        (["progress", "nowhere"], "nowhere is no work folder; `dc-lab start` makes one"),
        (["start", "--update", "nowhere"], "nowhere is no work folder"),
        (["start", str(lay.notebooks_dir())], "holds the course itself"),
    ):
        capsys.readouterr()
        work_arguments = [*arguments, "work"] if arguments[0] == "reset" else arguments
        assert main(work_arguments) == 2
        assert words in capsys.readouterr().err


def test_a_notebook_that_is_none(folder):
    (folder.path / NAME).write_text(json.dumps({"cells": [{"source": "1"}]}), encoding="utf-8")
    with pytest.raises(work.WorkError, match="is no notebook"):
        lay.reset(folder, "02.1")
