"""`mine`: the package that the learner writes, in modules by lesson, and how an accepted answer gets into it.

A module is a docstring, imports, and blocks in the order of the exercises, each begun by a comment with its number and
title. `check` replaces a block only if it is what `check` wrote there. Everything else in the module is the learner's
and stays. Before a module is replaced it is compiled, its names are looked for, and it is run.
"""

import ast
import contextlib
import importlib
import importlib.util
import sys
import threading
import types
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dc_lab.course import names, sandbox, work
from dc_lab.course.blocks import (
    Module,
    Refused,
    Section,
    bound,
    indented,
    read_module,
    with_block,
    with_imports,
    without_block,
)
from dc_lab.course.exercises import AnyExercise, Exercise, Lesson, find_lesson, lesson_numbers
from dc_lab.course.extract import Accepted, Extract, NotAlone, OfScript, extract
from dc_lab.course.judge import judge
from dc_lab.course.names import Statement
from dc_lab.course.verdicts import title
from dc_lab.course.work import Block, Folder, Progress, State, WorkError
from dc_lab.support import files

INIT = '"""What I wrote in the course, from the answers that were right. 00 and 01 share the module compare."""\n'
TIME_LIMIT = 10.0
"""Seconds that a module gets to be imported."""

_accepted: "weakref.WeakKeyDictionary[Any, tuple[Path, Accepted]]" = weakref.WeakKeyDictionary()
"""Answers of this kernel that stand in the `mine` of a work folder."""

_loading = threading.RLock()
_on_path: list[str] = []


def lesson_of(exercise: AnyExercise) -> Lesson:
    """The lesson that an exercise is of."""
    return find_lesson(exercise.id.partition(".")[0])


_told: set[str] = set()
"""What this process has said and need not say again."""

# --- after a check ---


def after_check(exercise: AnyExercise, answer: Any, state: State) -> list[str] | None:
    """Keep what came of a check, and a right answer in `mine`; lines for the learner.

    None outside of a work folder: nothing is kept there. Nothing is raised for what an answer is, or for the state of
    the folder.
    """
    try:
        folder = work.find()
        if folder is None:
            return None
        with folder.changing() as progress:
            progress.standing(exercise.id).reached(state)
            lines = keep(folder, progress, exercise, answer) if state == "solved" else []
            return [*progress.notes, *lines]
    except WorkError as error:
        return indented(f"{error}.".replace("..", "."))
    except Exception as error:  # an answer may be any object, and lie about what it is
        return indented(f"Nothing was written into mine: {type(error).__name__}: {error}")


def keep(folder: Folder, progress: Progress, exercise: AnyExercise, answer: Any) -> list[str]:
    """Put a right answer into its module; lines for the learner. `progress` is changed; the caller writes it."""
    lesson = lesson_of(exercise)
    if not lesson.module or not isinstance(exercise, Exercise):
        return []
    path = folder.mine / f"{lesson.module}.py"
    shown = folder.shown(path)
    if _comes_from(answer, path):
        return [f"In {shown}, as before."]

    remember(folder, answer, Accepted(exercise, "", frozenset()))

    def accepted(value: Any) -> Accepted | None:
        return _find_accepted(folder, progress, value)

    try:
        extracted = extract(exercise, answer, lesson.module, accepted)
        return _put(folder, progress, lesson, exercise, answer, extracted)
    except OfScript as error:
        return _said_once(f"Not in mine: {error}")
    except NotAlone as error:
        uses = ", ".join(f"`{name}`" for name in error.uses)
        if not uses:
            return [*indented(f"Not in {shown}: {error.remedies[0]}")]
        first = f"It cannot stand alone: it uses {uses}. Nothing was written into {shown}."
        return [*indented(first), *(line for remedy in error.remedies for line in indented(f"  {remedy}"))]
    except Refused as error:
        return error.lines
    except (OSError, UnicodeError) as error:
        return indented(f"{shown} could not be written: {error}")


def _said_once(text: str) -> list[str]:
    if text in _told:
        return []
    _told.add(text)
    return indented(text)


def _comes_from(answer: Any, path: Path) -> bool:
    code = getattr(answer, "__code__", None)
    return isinstance(code, types.CodeType) and Path(code.co_filename) == path


def _find_accepted(folder: Folder, progress: Progress, value: Any) -> Accepted | None:
    try:
        where, found = _accepted[value]
    except (KeyError, TypeError):
        return None
    if where != folder.path:
        return None
    return found if found.exercise.id in progress.blocks else replace(found, module="")


def accepted_in(folder: Folder, value: Any) -> Accepted | None:
    """The answer that a value is, if it stands in this folder's `mine`."""
    return _find_accepted(folder, folder.progress(), value)


def remember(folder: Folder, answer: Any, accepted: Accepted) -> None:
    """Know an answer again that another one uses."""
    with contextlib.suppress(TypeError):
        _accepted[answer] = folder.path, accepted


# --- putting a block in, and taking it out ---


def _about(lesson: Lesson) -> str:
    """What a new module says of itself: the lesson that it is from, or the lessons where several have it."""
    numbers = [number for number in lesson_numbers() if find_lesson(number).module == lesson.module]
    if len(numbers) > 1:
        return f"{lesson.module.capitalize()}: what I wrote in lessons {' and '.join(numbers)}"
    return f"{lesson.title or lesson.module.capitalize()}, as I wrote it in lesson {lesson.number}"


def _put(
    folder: Folder, progress: Progress, lesson: Lesson, exercise: Exercise, answer: Any, extracted: Extract
) -> list[str]:
    name, path = lesson.module, folder.mine / f"{lesson.module}.py"
    shown = folder.shown(path)
    try:
        old_text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        old_text = ""
    start = old_text or f'"""{_about(lesson)}."""\n'
    try:
        before = read_module(start, progress, name)
    except SyntaxError as error:
        raise Refused(f"{shown} has a syntax error in line {error.lineno}; nothing was written.") from error

    # The module as it would be, with the block in its place and the imports that are needed.
    block = f"# {title(exercise)}\n{extracted.text}"
    module, imports = with_imports(
        with_block(before, exercise.id, block), progress.imports.get(name, []), extracted.imports
    )
    text = module.text()
    _check_clashes(module, exercise, extracted, shown)
    _try(folder, name, text, exercise, extracted)

    # An edited block stays, unless it says by now what the answer says.
    there = next((section for section in before.sections if section.exercise_id == exercise.id), None)
    if there is not None and there.edited and there.block.rstrip("\n") != block:
        beside = path.with_name(f"{path.name}.new")
        files.write(beside, text.encode())
        return indented(
            f"You have changed {exercise.id} in {shown}: it stays as it is. The module with this answer is "
            f"{folder.shown(beside)}; take from it what you want."
        )
    progress.blocks[exercise.id] = Block(name, block.count("\n") + 1, work.sha256(block))
    progress.imports[name] = imports
    given = frozenset[str]().union(*(statement.binds for statement in extracted.statements))
    remember(folder, answer, Accepted(exercise, name, given))
    if text == old_text:
        return [f"In {shown}, as before."]
    write(path, text)
    return [f"In {shown} now."]


def write(path: Path, text: str) -> None:
    """Replace a module of `mine`, with what Python remembers of the old one."""
    path.parent.mkdir(exist_ok=True)
    if not (path.parent / "__init__.py").exists():
        files.write(path.parent / "__init__.py", INIT.encode())
    files.write(path, text.encode())
    with contextlib.suppress(OSError, NotImplementedError):
        Path(importlib.util.cache_from_source(str(path))).unlink()
    with _loading:
        sys.modules.pop(f"mine.{path.stem}", None)


def _check_clashes(module: Module, exercise: Exercise, extracted: Extract, shown: str) -> None:
    """A name that stands twice in a module must mean the same."""
    own = {name: _sources(extracted.statements, name) for each in extracted.statements for name in each.binds}
    imported = {bound(line) for line in extracted.imports}  # `with_imports` has looked at the head for these
    own |= {name: _sources(names.statements(line), name) for line in extracted.imports if (name := bound(line))}
    for section in (Section("", module.head), *module.sections):
        if section.exercise_id == exercise.id:
            continue
        found = names.statements(section.text())
        for name, sources in own.items():
            others = [] if name in imported and not section.exercise_id else _sources(found, name)
            if others and others != sources:
                where = f"the block of {section.exercise_id}" if section.exercise_id else "its head"
                raise Refused(
                    f"`{name}` stands in {shown} already, differently, in {where}. Nothing was written: give yours "
                    f"another name{f', or check {section.exercise_id} again' if section.exercise_id else ''}."
                )


def _sources(found: Sequence[Statement], name: str) -> list[str]:
    return [ast.dump(statement.node) for statement in found if name in statement.binds]


def _try(folder: Folder, name: str, text: str, exercise: Exercise, extracted: Extract) -> None:
    """Refuse a module that would not import, or in which the answer is no longer right."""
    shown = folder.shown(folder.mine / f"{name}.py")
    needs = frozenset[str]().union(*(statement.needs for statement in extracted.statements))
    missing = sorted(set(names.unbound(names.statements(text))) & needs)
    if missing:
        uses = ", ".join(f"`{each}`" for each in missing)
        raise Refused(f"It cannot stand alone: it uses {uses}. Nothing was written into {shown}.")
    module, problem = _executed(folder, name, text)
    if problem is not None:
        raise Refused(f"{shown} could not be imported with it: {problem}. Nothing was written.")
    if extracted.to_be_tried:
        verdict = judge(exercise, getattr(module, exercise.name, None))
        if verdict.status != "correct":
            said = verdict.text.partition("\n")[0].partition(": ")[2]
            raise Refused(
                f"In a module of its own it is no longer right ({said}). Does it use a value that other cells change, "
                f"or that it finds by its name at run time? Nothing was written into {shown}."
            )


def _executed(folder: Folder, name: str, text: str) -> tuple[types.ModuleType, str | None]:
    """A module made of this text, and what went wrong on the way."""
    full = f"mine.{name}"
    module = types.ModuleType(full)
    module.__file__ = str(folder.mine / f"{name}.py")
    module.__package__ = "mine"

    def execution() -> Iterator[None]:
        code = compile(text, str(folder.mine / f"{name}.py"), "exec", dont_inherit=True)
        exec(code, vars(module))
        yield None

    with _importing(folder):
        sys.modules[full] = module  # a dataclass looks its module up
        try:
            run = sandbox.run(execution(), TIME_LIMIT)
        finally:
            sys.modules.pop(full, None)
    return module, _what_went_wrong(run)


def _what_went_wrong(run: sandbox.Run[Any]) -> str | None:
    if run.error is not None:
        return f"{type(run.error).__name__}: {run.error}"
    return None if run.end == "done" else f"it does not end within {TIME_LIMIT:g} s"


def take_out(folder: Folder, progress: Progress, exercise: Exercise, aside: Path) -> str:
    """Take the block of an exercise out of its module, if it is what `check` wrote; says in a sentence what was done.

    The block is kept as the file `aside`.
    """
    name = lesson_of(exercise).module
    path = folder.mine / f"{name}.py"
    shown = folder.shown(path)
    if not name or not path.is_file():
        return ""
    try:
        module = read_module(path.read_text(encoding="utf-8"), progress, name)
    except SyntaxError as error:
        return f"{shown} has a syntax error in line {error.lineno}; it stays as it is."
    section = next((each for each in module.sections if each.exercise_id == exercise.id), None)
    if section is None:
        progress.blocks.pop(exercise.id, None)
        return ""
    if section.edited:
        return f"Its block in {shown} stays: you have changed it."
    after, imports = with_imports(without_block(module, exercise.id), progress.imports.get(name, []), [])
    if user := _user(folder, exercise, names.statements(section.block), name, after):
        return f"Its block in {shown} stays: {user} uses it."
    files.write(aside, f"{section.block}\n".encode())
    progress.blocks.pop(exercise.id)
    progress.imports[name] = imports
    write(path, after.text())
    return f"Its block is no longer in {shown}."


def _user(folder: Folder, exercise: Exercise, gone: Sequence[Statement], name: str, after: Module) -> str | None:
    """Who needs what would be gone: a block of the same module, or another module."""
    given = frozenset[str]().union(*(statement.binds for statement in gone))
    missing = set(names.unbound(names.statements(after.text()))) & given
    for section in after.sections:
        if any(statement.needs & missing for statement in names.statements(section.text())):
            return section.exercise_id
    if missing:
        return "the rest of the module"
    for path in sorted(folder.mine.glob("*.py")):
        if path.stem == name:
            continue
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            for statement in names.statements(path.read_text(encoding="utf-8")):
                node = statement.node
                imported = node.names if isinstance(node, ast.ImportFrom) and node.module == f"mine.{name}" else []
                if given & {alias.name for alias in imported}:
                    return folder.shown(path)
    return None


# --- reading it back ---


@contextlib.contextmanager
def _importing(folder: Folder) -> Iterator[None]:
    """`mine` is that of this folder, as it stands there now."""
    with _loading:
        for path in [*_on_path, str(folder.path)]:
            while path in sys.path:
                sys.path.remove(path)
        _on_path[:] = [str(folder.path)]
        sys.path.insert(0, str(folder.path))
        for name in [name for name in sys.modules if name == "mine" or name.startswith("mine.")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        quiet, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            yield
        finally:
            sys.dont_write_bytecode = quiet


def load(folder: Folder, name: str) -> types.ModuleType:
    """A module of the folder's `mine`, fresh.

    Raises
    ------
    WorkError : it cannot be imported; the message says why.
    """

    def importing() -> Iterator[types.ModuleType]:
        yield importlib.import_module(f"mine.{name}")

    with _importing(folder):
        run = sandbox.run(importing(), TIME_LIMIT)
    if (problem := _what_went_wrong(run)) is not None:
        raise WorkError(f"{folder.shown(folder.mine / f'{name}.py')} cannot be imported: {problem}")
    return run.results[0]


def answer_in(folder: Folder, exercise: Exercise) -> tuple[Any, str | None]:
    """(the learner's answer to an exercise in `mine`, None), or (None, why there is none)."""
    name = lesson_of(exercise).module
    if not name:
        return None, f"lesson {exercise.id.partition('.')[0]} has no part in mine"
    if not (folder.mine / f"{name}.py").is_file():
        return None, "not solved yet"
    try:
        answer = getattr(load(folder, name), exercise.name, None)
    except WorkError as error:
        return None, str(error)
    return (answer, None) if answer is not None else (None, "not solved yet")
