"""Which source is a learner's answer to an exercise, with all that it needs of the notebook around it.

What counts is the notebook. The answer is what its last check of the exercise was given; without such a check, what
last has the name of the stub. Where that is the stub still, or nothing, the module in `mine` counts. Neither the
outputs of the notebook nor the progress file is looked at, and no cell is run but what the answer needs: imports,
definitions and values from other cells. Other exercises that it calls are the learner's where these are right, else
the course's, so that nothing is counted twice.
"""

import ast
import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dc_lab.course import names
from dc_lab.course.exercises import AnyExercise, Exercise, Lesson, find, find_lesson
from dc_lab.course.lab import Codec, Lab
from dc_lab.course.names import BUILTINS, Statement
from dc_lab.course.sources import solution_source
from dc_lab.course.work import Folder

ALLOWED = ("dc_lab.networks", "dc_lab.support")
MOST_MODULE = 1 << 20
"""Bytes of a module in `mine`."""

ASKING = ("check", "yours")


@dataclass(frozen=True)
class Answer:
    """A source that defines `name`. `own` is the part that the learner wrote for this exercise."""

    name: str
    source: str = ""
    own: str = ""
    where: str = ""
    problem: str | None = None
    """Why there is no source, where there should be one."""

    flags: tuple[str, ...] = ()


@dataclass
class Pool:
    """The statements of a notebook, and what it asks the course."""

    found: list[Statement] = field(default_factory=list)
    checked: dict[str, tuple[int, ast.expr]] = field(default_factory=dict)
    """By exercise the number of statements before its last check, and what that was given."""

    scored: dict[str, tuple[int, list[ast.expr]]] = field(default_factory=dict)
    """By lab the number of statements before its last `score`, and what that was given."""

    handed: dict[str, str] = field(default_factory=dict)
    """Names that are `yours(id)` or `check(id, ...)`, and the id."""

    broken: list[str] = field(default_factory=list)
    """Cells that are no Python."""

    shown: set[str] = field(default_factory=set)
    """Exercises whose solution a cell asks for."""

    redefined: bool = False
    """Whether `check` is something else here."""

    _places: dict[str, list[int]] = field(default_factory=dict, repr=False)
    """By name the numbers of the statements that give it, in order."""

    def add(self, statement: Statement) -> None:
        """Take one more statement."""
        for name in statement.binds:
            self._places.setdefault(name, []).append(len(self.found))
        self.found.append(statement)

    def last(self, name: str, before: int) -> int | None:
        """The number of the last statement that gives a name, up to a place; else the first after it."""
        places = self._places.get(name, [])
        at = bisect.bisect_left(places, before)
        return places[at - 1] if at else next(iter(places), None)


def pool_of(cells: Sequence[Mapping[str, Any]]) -> Pool:
    """The statements of a notebook's cells of code, in order."""
    pool = Pool()
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        source = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in cell["source"].split("\n"))
        try:
            found = names.statements(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two are brackets in brackets
            pool.broken.append(source)
            continue
        for statement in found:
            _take(pool, statement)
    return pool


def _take(pool: Pool, statement: Statement) -> None:
    node = statement.node
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
            first = call.args[0]
            exercise_id = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
            if call.func.id == "solution" and exercise_id:
                pool.shown.add(exercise_id)
            if call.func.id == "score" and exercise_id and len(call.args) > 1:
                pool.scored[exercise_id] = len(pool.found), call.args[1:]
            if call.func.id == "check" and exercise_id and len(call.args) > 1 and not _nothing(call.args[1]):
                pool.checked[exercise_id] = len(pool.found), call.args[1]
    imported = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dc_lab.course")
    pool.redefined |= "check" in statement.binds and not imported
    if (handed := _handed(node)) is not None:
        pool.handed |= handed
        return
    if statement.is_import:
        for each in _split(statement):
            pool.add(each)
    elif statement.binds:
        pool.add(statement)


def _nothing(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, ...)


def _handed(node: ast.stmt) -> dict[str, str] | None:
    """Of `name = check(id, name)`, and of one or several `name = yours(id)`, the names and ids; None of all else."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    targets, values = [node.targets[0]], [node.value]
    if isinstance(targets[0], ast.Tuple) and isinstance(values[0], ast.Tuple):
        targets, values = targets[0].elts, values[0].elts
    found = {}
    for target, call in zip(targets, values, strict=False):
        if not isinstance(target, ast.Name) or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return None
        first = call.args[0] if call.args and call.func.id in ASKING else None
        if not isinstance(first, ast.Constant):
            return None
        try:
            known = find(str(first.value))
        except ValueError:
            return None
        given = len(call.args) > 1 and not _nothing(call.args[1])
        if target.id != known.name or not (given or call.func.id == "yours"):
            return None
        found[target.id] = known.id
    return found


def _single(node: ast.stmt) -> list[str]:
    """An import as statements of one name each, so that what is not needed is not imported."""
    parts = []
    for alias in getattr(node, "names", []):
        one = ast.parse(ast.unparse(node)).body[0]
        one.names = [alias]  # type: ignore[attr-defined]
        parts.append(ast.unparse(one))
    return parts


# --- an answer out of a notebook ---


def in_notebook(task: AnyExercise | Lab, name: str, pool: Pool, solved: Mapping[str, Answer]) -> Answer | None:
    """The answer as the notebook has it; None where there is nothing but the stub.

    Parameters
    ----------
    name : what the task's stub defines; of a lab, one of its functions.
    solved : by id the learner's answers to other exercises that are right.
    """
    before, given = _asked(task, name, pool)
    wanted = name if given is None else given.id if isinstance(given, ast.Name) else None
    if wanted is None:  # a lambda or the like, in the call itself
        assert given is not None
        text = f"{name} = {ast.unparse(given)}"
        return _with_needs(task, name, pool, before, names.statements(text)[0], solved)
    place = pool.last(wanted, before)
    if place is None:
        broken = next((each for each in pool.broken if re.search(rf"\b{re.escape(wanted)}\b", each)), None)
        if broken is not None and "your turn" not in broken:
            return Answer(name, own=broken, where="notebook", problem="its cell is no Python")
        return None
    target = pool.found[place]
    if _same(target.text, task.stub):
        return None
    answer = _with_needs(task, name, pool, place, target, solved)
    if wanted != name and not answer.problem:
        answer = Answer(name, f"{answer.source}\n{name} = {wanted}\n", answer.own, answer.where, None, answer.flags)
    return answer


def _asked(task: AnyExercise | Lab, name: str, pool: Pool) -> tuple[int, ast.expr | None]:
    """Up to which statement an answer stands, and what the notebook hands over, None where it does not."""
    if not isinstance(task, Lab):
        return pool.checked.get(task.id, (len(pool.found), None))
    # Labs of one notebook may ask for functions of the same names.
    before, given = pool.scored.get(task.id, (len(pool.found), []))
    names = lab_names(task)
    return before, given[names.index(name)] if len(given) == len(names) else None


def _same(text: str, stub: str) -> bool:
    """Whether a definition is one of the stub's, docstring aside."""

    def bare(node: ast.AST) -> str:
        for each in ast.walk(node):
            if isinstance(each, (ast.FunctionDef, ast.ClassDef)):
                each.body = [
                    line
                    for line in each.body
                    if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
                ]
        return ast.dump(node)

    try:
        return bare(ast.parse(text).body[0]) in {bare(node) for node in ast.parse(stub).body}
    except (SyntaxError, IndexError):
        return False


def _with_needs(
    task: AnyExercise | Lab, name: str, pool: Pool, place: int, target: Statement, solved: Mapping[str, Answer]
) -> Answer:
    others, givens, extra = _others(task, pool), _importing(task.id) if isinstance(task, Exercise) else [], list[str]()
    taken: dict[int, Statement] = {}
    courses: dict[str, str] = {}
    todo: list[tuple[Statement, int]] = [(target, place)]
    seen: set[str] = set()
    while todo:
        statement, at = todo.pop()
        for need in sorted(statement.needs - BUILTINS):
            again = need in statement.binds and need in statement.at_once  # as in `f = better(f)`
            if need in seen and not again:
                continue
            seen.add(need)
            if need in others and need != name and not _own_again(pool, need, others[need], place):
                if others[need] in solved:
                    courses[need] = solved[others[need]].source
                    continue
                courses[need] = solution_source(others[need])
                todo += [(each, len(pool.found)) for each in names.statements(courses[need])]
                givens += _importing(others[need])
                continue
            found = _earlier(pool, need, at) if again else pool.last(need, place + 1)
            if found is None:
                extra += [each.text for each in givens if need in each.binds and each.text not in extra]
            if found is not None and pool.found[found] is not target and found not in taken:
                taken[found] = pool.found[found]
                todo.append((pool.found[found], found))
    chosen = [taken[i] for i in sorted(taken)]
    first = [*extra, *(each.text for each in chosen if each.is_import)]
    rest = [*(each.text for each in chosen if not each.is_import), target.text]
    source = "\n\n".join([*first, *courses.values(), *rest]) + "\n"
    definitions = [each.text for each in chosen if each.is_definition]
    own = target.text if target.is_definition else "\n\n".join([*definitions, target.text])
    return Answer(name, source, own, "notebook", None, tuple(suspicious("\n\n".join([*first, *rest]))))


def _own_again(pool: Pool, name: str, exercise_id: str, before: int) -> bool:
    """Whether the name of an exercise is given to something else after that exercise was checked."""
    if exercise_id not in pool.checked:
        return False
    last = pool.last(name, before + 1)
    return last is not None and pool.checked[exercise_id][0] <= last <= before


def _earlier(pool: Pool, name: str, before: int) -> int | None:
    place = pool.last(name, before)
    return place if place is not None and place < before else None


def _others(task: AnyExercise | Lab, pool: Pool) -> dict[str, str]:
    """Names that stand for answers to other exercises, and their ids."""
    number = task.id.partition(".")[0]
    own = {each.name: each.id for each in find_lesson(number).exercises if isinstance(each, Exercise)}
    found = {**own, **pool.handed}
    return {name: known for name, known in found.items() if known != task.id}


def _importing(exercise_id: str) -> list[Statement]:
    """What is imported before an exercise, but nothing of dc_lab: a notebook may have lost its first cell."""
    found = [each for each in names.statements(find(exercise_id).given) if each.is_import]
    return [single for each in found if "dc_lab" not in each.text for single in _split(each)]


def _split(statement: Statement) -> list[Statement]:
    return names.statements("\n".join(_single(statement.node)))


# --- an answer out of mine ---


def in_mine(task: Exercise, lesson: Lesson, folder: Folder) -> Answer | None:
    """The answer as it stands in `mine`; None where there is none."""
    path = folder.mine / f"{lesson.module}.py"
    if not lesson.module or folder.mine.is_symlink() or path.is_symlink() or not path.is_file():
        return None
    if path.stat().st_size > MOST_MODULE:
        return Answer(task.name, where="mine", problem=f"mine/{path.name} is larger than {MOST_MODULE >> 20} MB")
    try:
        text = path.read_text(encoding="utf-8")
        found = names.statements(text)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        return Answer(task.name, where="mine", problem=f"mine/{path.name} cannot be read: {error}")
    own = [each for each in found if task.name in each.binds]
    if not own or _same(own[-1].text, task.stub):
        return None
    return Answer(task.name, text, own[-1].text, "mine", None, tuple(suspicious(text)))


# --- what is looked for ---

_PACKAGE = re.compile(r"\bdc_lab(?:\.\w+)*")


def suspicious(source: str) -> list[str]:
    """Whether an answer asks the course, or uses dc_lab, in a word each."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    flags = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            modules = [f"{node.module or ''}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            modules = _PACKAGE.findall(node.value)
        else:
            continue
        for module in modules:
            if module.startswith("dc_lab.course"):
                flags.add("asks the course")
            elif module.startswith("dc_lab") and not module.startswith(ALLOWED):
                flags.add("uses dc_lab")
    return sorted(flags)


def lab_names(lab: Lab) -> tuple[str, ...]:
    """The functions that a lab wants."""
    return (lab.name, lab.decoder) if isinstance(lab, Codec) else (lab.name,)
