"""Work folders laid out: the lessons to be filled in, newer lessons laid around answers, a stub given back.

What was laid is kept under `.dc_lab/laid`: comparing with it
says which cells are the learner's.
"""

import os
import re
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dc_lab.course import mine, solved, variants, work
from dc_lab.course.exercises import AnyExercise, Exercise, find, find_lesson
from dc_lab.course.notebooks import (
    cleared,
    cleared_cell,
    matches,
    merged,
    notebook_bytes,
    read_notebook,
    slots,
    write_notebook,
)
from dc_lab.course.sources import stub_source
from dc_lab.course.work import Folder, WorkError
from dc_lab.support import files, places

PACKAGE = Path(__file__).resolve().parents[1]
BESIDE = ("GLOSSARY.md", "FORMAT.md")
"""What lessons refer to and stands beside them."""

FORMAT_PAGE = PACKAGE / "dcz" / "FORMAT.md"
"""In the repository lessons link to this page where it is; in a work folder it lies beside them."""

START = """# What to do next

1. Open `00_start_here.ipynb` in JupyterLab and work through it, cell by cell. The next lessons are numbered.
2. An exercise is a cell with `raise NotImplementedError("your turn")`. Write your answer there, run it, and run the
   cell below, which checks it. `hint("02.1")` helps, `progress()` says what is left.
3. What is right goes into `mine/`: each lesson has a module there, 00 and 01 have one together. Later lessons use
   it. You may edit it: `check` leaves what you changed alone, and puts its own version beside it as `NAME.py.new`.

In a terminal, in the folder above this one:

    dc-lab progress{folder}          what is solved, tried, left
    dc-lab reset 02.3{folder}        gives the stub of an exercise back
    dc-lab start{folder} --update    lays newer lessons around your answers
    dc-lab graduate{folder}          the whole way with your mine, once lessons 02, 03, 04, 07 and 08 are done

Your progress is in `.dc_lab/progress.json`. Copy the whole folder, and everything comes with it.
"""

UNFINISHED = "dc-lab start --solved is at work here, or was interrupted; the same command again goes on.\n"


def _start(folder: Folder) -> str:
    """START.md; commands name a folder that is not `work`, which they take by themselves."""
    name = folder.path.resolve().name
    shown = f'"{name}"' if " " in name else name
    return START.format(folder="" if name == "work" else f" {shown}")


def notebooks_dir() -> Path:
    """The folder with the lessons: the repository's, or the one that came with an installed package.

    Raises
    ------
    WorkError : there is neither.
    """
    place = places.folder("notebooks")
    if next(place.glob("00_*.ipynb"), None) is None:
        raise WorkError(f"the lessons are not in {place}; {places.remedy('notebooks')} brings them back")
    return place


def lesson_names() -> list[str]:
    """File names of the lessons, in order."""
    return sorted(path.name for path in notebooks_dir().glob("[0-9][0-9]_*.ipynb"))


# --- where ---


def check_place(path: Path) -> None:
    """Refuse to lay a work folder where none should be.

    Raises
    ------
    WorkError : the message says why.
    """
    full = path.resolve()
    if path.exists() and not path.is_dir():
        raise WorkError(f"{path} is a file; choose the name of a folder")
    lessons = notebooks_dir().resolve()
    if full in (lessons, *lessons.parents) and not work.is_work_folder(full):
        raise WorkError(f"{path} holds the course itself; choose a folder of your own, such as work")
    if full.is_relative_to(lessons):
        raise WorkError(f"{path} is the course's own folder of notebooks; choose a folder of your own, such as work")
    installed = [Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib")]
    if full.is_relative_to(PACKAGE) or any(full.is_relative_to(place) for place in installed):
        raise WorkError(f"{path} lies among installed packages; choose a folder of your own, such as work")
    if work.is_work_folder(path):
        return
    above = work.find(full.parent)
    if above is not None:
        raise WorkError(f"{path} would lie in the work folder {above.path}; choose a folder outside of it")
    if path.is_dir() and next(path.iterdir(), None) is not None:
        raise WorkError(f"{path} is not empty and no work folder; choose a new name")


# --- laying ---


@dataclass(frozen=True)
class Laid:
    """What `lay` did: the folder, the names of what it made, and of what was there."""

    folder: Folder
    made: list[str]
    kept: list[str]
    notes: list[str]


def lay(path: Path, with_solutions: bool = False, handout: work.Handout | None = None) -> Laid:
    """Lay out a work folder, or what is missing in one. What is there is never touched.

    Parameters
    ----------
    with_solutions : fill the course's solutions into the notebooks and into `mine`; only into a new folder, or one in
        which this was interrupted.
    handout : lay these lessons only; only into a new folder.

    Raises
    ------
    WorkError : not here, or it cannot be written.
    """
    check_place(path)
    folder = Folder(path.resolve())
    if not with_solutions:
        refuse_unfinished(folder)
    elif work.is_work_folder(path) and not folder.unfinished.exists() and _has_files(folder.path):
        raise WorkError(f"{path} is a work folder already; solutions go into a new one")
    try:
        for each in (folder.path, folder.mine, folder.state, folder.state / "laid"):
            each.mkdir(parents=True, exist_ok=True)
        if not os.access(folder.path, os.W_OK):
            raise WorkError(f"{path} cannot be written")
        if handout is not None:
            folder.hand_out(handout)
        if not with_solutions:
            return _lay(folder, with_solutions)
        files.write(folder.unfinished, UNFINISHED.encode())
        laid = _lay(folder, with_solutions)
        folder.unfinished.unlink()
        return laid
    except OSError as error:
        raise WorkError(f"{error.filename or path}: {error.strerror or error}") from error


def refuse_unfinished(folder: Folder) -> None:
    """Refuse a folder in which `dc-lab start --solved` was interrupted: some of its answers are there, some are not.

    Raises
    ------
    WorkError : it is one.
    """
    if folder.unfinished.exists():
        raise WorkError(
            f"{folder.path} is not finished: `dc-lab start --solved` was interrupted there. "
            f"`dc-lab start {folder.path.name} --solved` goes on with it"
        )


def _has_files(path: Path) -> bool:
    return any(each.is_file() for each in path.rglob("*"))


def _put_aside(folder: Folder) -> None:
    """Begin `mine` anew: an interrupted run has written modules, and nowhere noted what in them is whose."""
    for module in folder.mine.glob("*.py"):
        if module.name != "__init__.py":
            (folder.state / "interrupted").mkdir(exist_ok=True)
            module.replace(work.free_name(folder.state / "interrupted" / module.name, "old"))


def _lay(folder: Folder, with_solutions: bool) -> Laid:
    made: list[str] = []
    kept: list[str] = []

    def put(target: Path, content: bytes) -> None:
        if target.exists():
            kept.append(folder.shown(target))
        else:
            files.write(target, content)
            made.append(folder.shown(target))

    for name in _names_for(folder):
        fresh = lesson(name, folder)
        if not (folder.path / name).exists():
            write_notebook(folder.state / "laid" / name, fresh)
        if with_solutions:
            solved.fill_in(fresh["cells"], name[:2])
        put(folder.path / name, notebook_bytes(fresh))
    _put_beside(folder, put)
    put(folder.mine / "__init__.py", mine.INIT.encode())
    put(folder.path / "START.md", _start(folder).encode("utf-8", "replace"))  # a name may be no text
    notes: list[str] = []
    with folder.changing() as progress:
        notes += progress.notes
        if with_solutions:
            _put_aside(folder)
            notes += solved.keep_all(folder, progress)
    return Laid(folder, made, kept, notes)


def _names_for(folder: Folder) -> list[str]:
    """File names of the lessons that belong into a folder: all, or those that were handed out."""
    handout = folder.handout
    return [name for name in lesson_names() if handout is None or name[:2] in handout.lessons]


def beside() -> dict[str, bytes]:
    """What lies beside the lessons, by name."""
    places = {name: FORMAT_PAGE if name == FORMAT_PAGE.name else notebooks_dir() / name for name in BESIDE}
    return {name: source.read_bytes() for name, source in places.items() if source.is_file()}


def _put_beside(folder: Folder, put: Callable[[Path, bytes], Any]) -> None:
    for name, content in beside().items():
        put(folder.path / name, content)


# --- a lesson ---


ELSEWHERE = re.compile(r"\[([^\[\]]+)\]\(\.\./[^)\s]*\)")
"""A link to what the repository has and a work folder has not: there its words are left."""


def lesson(name: str, folder: Folder | None = None) -> dict[str, Any]:
    """A lesson as it is laid: as if it had never run, its links to what lies beside it there, and to nothing else.

    Raises
    ------
    WorkError : it cannot be read, or its questions have no variants.
    """
    notebook = cleared(read_notebook(notebooks_dir() / name))
    handout = None if folder is None else folder.handout
    if handout is not None and handout.variant:
        try:
            variants.ask(notebook["cells"], find_lesson(name[:2]).exercises, handout.variant)
        except ValueError as error:
            raise WorkError(f"{name}: {error}") from error
    for cell in notebook["cells"]:
        source = cell["source"].replace("(../dc_lab/dcz/FORMAT.md)", "(FORMAT.md)")
        cell["source"] = ELSEWHERE.sub(r"\1", source) if cell["cell_type"] == "markdown" else source
    return notebook


# --- newer lessons ---


def update(folder: Folder) -> list[str]:
    """Lay the lessons as they are now around the answers that are there; a line for each notebook.

    Raises
    ------
    WorkError : a notebook cannot be read or written; those before it are done. Or the folder is not finished.
    """
    refuse_unfinished(folder)
    try:
        _put_beside(folder, _write_new)
        return [f"{name}: {_update(folder, name)}" for name in _names_for(folder)]
    except OSError as error:
        raise WorkError(f"{error.filename or folder.path}: {error.strerror or error}") from error


def _write_new(target: Path, content: bytes) -> None:
    if not target.exists():
        files.write(target, content)


def _update(folder: Folder, name: str) -> str:
    path, laid_path = folder.path / name, folder.state / "laid" / name
    new = lesson(name, folder)
    if not path.exists():
        write_notebook(laid_path, new)
        write_notebook(path, new)
        return "laid"
    old = read_notebook(path)
    laid = read_notebook(laid_path) if laid_path.exists() else new
    if _texts(laid) == _texts(new):
        return "as it was"
    if _texts(old) == _texts(laid):
        write_notebook(path, new)
        write_notebook(laid_path, new)
        return "replaced; there was nothing of yours in it"
    cells, counts = merged(laid["cells"], old["cells"], new["cells"])
    aside = _next_old(path)
    files.write(aside, path.read_bytes())
    write_notebook(path, {**new, "cells": cells})
    write_notebook(laid_path, new)
    said = [f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts[:2] if count]
    carried = f"carried over {' and '.join(said)}" if said else "nothing of yours to carry over"
    lost = f"; {counts[2][1]} more that you changed only in the old one" if counts[2][1] else ""
    return f"new text, {carried}{lost}; the old one is {aside.name}"


def _texts(notebook: dict[str, Any]) -> list[tuple[str, str]]:
    return [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]]


def _next_old(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.old-{number}{path.suffix}")).exists():
        number += 1
    return aside


# --- a stub given back ---


def reset(folder: Folder, exercise_id: str) -> list[str]:
    """Give the stub of an exercise back, take its block out of `mine`, and forget that it was solved.

    The former answer is kept under `.dc_lab/reset`. Returns what was done, in lines.

    Raises
    ------
    ValueError : no such exercise. WorkError : a file cannot be read or written.
    """
    exercise = find(exercise_id)
    try:
        (folder.state / "reset").mkdir(exist_ok=True)
        with folder.changing() as progress:
            aside = _next_answer(folder, exercise.id)
            lines = [*progress.notes, *_reset_notebook(folder, exercise, aside)]
            if isinstance(exercise, Exercise):
                block = aside.with_name(f"{aside.stem}-mine.py")
                if said := mine.take_out(folder, progress, exercise, block):
                    lines.append(said)
            progress.standing(exercise.id).state = "left"
    except OSError as error:
        raise WorkError(f"{error.filename or folder.path}: {error.strerror or error}") from error
    return lines


def _next_answer(folder: Folder, exercise_id: str) -> Path:
    number = 1
    while list((folder.state / "reset").glob(f"{exercise_id}-{number}[.-]*")):
        number += 1
    return folder.state / "reset" / f"{exercise_id}-{number}.py"


def _reset_notebook(folder: Folder, exercise: AnyExercise, aside: Path) -> list[str]:
    number = exercise.id.partition(".")[0]
    name = next((name for name in lesson_names() if name.startswith(f"{number}_")), None)
    if name is None or not (folder.path / name).exists():
        return [f"There is no notebook of lesson {number} here; `dc-lab start` lays it."]
    path, laid_path = folder.path / name, folder.state / "laid" / name
    notebook = read_notebook(path)
    cells, stub = notebook["cells"], stub_source(exercise.id)
    place = slots(cells).get(f"answer {exercise.id}")
    if laid_path.exists():  # cells may have been added between the answer and its check
        laid = read_notebook(laid_path)["cells"]
        original = slots(laid).get(f"answer {exercise.id}")
        same = [i for i, j in matches(cells, laid).items() if j == original]
        place = same[0] if same else place
    if place is None:
        return [f"{name} has no check of {exercise.id}; it stays as it is."]
    if cells[place]["source"] == stub:
        return [f"{name} has the stub of {exercise.id} already."]
    files.write(aside, f"{cells[place]['source']}\n".encode())
    cells[place] = {**cleared_cell(cells[place]), "source": stub}
    write_notebook(path, notebook)
    return [
        f"{name} has the stub of {exercise.id} again; your answer is kept as {folder.shown(aside)}.",
        "If the notebook is open, reload it: File, then Reload Notebook from Disk.",
    ]
