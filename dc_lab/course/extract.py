"""From an answer to its source: the learner's own text, with what it needs of the same cell, and its imports.

A cell of a notebook is found by the file name that its functions carry; IPython keeps the text of each under it in
`linecache`. Nothing is reformatted: what stands in the cell is what is taken.
"""

import __future__

import ast
import builtins
import functools
import inspect
import linecache
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dc_lab.course import names
from dc_lab.course.exercises import Exercise, find, find_lesson, lesson_numbers
from dc_lab.course.given import whose
from dc_lab.course.names import Statement

_MISSING: Any = object()

SIMPLE = (
    ast.Constant, ast.Name, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.IfExp, ast.Subscript, ast.Slice, ast.Attribute, ast.Starred, ast.JoinedStr, ast.FormattedValue, ast.ListComp,
    ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension, ast.keyword, ast.Call, ast.operator, ast.unaryop,
    ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip
"""What a constant may be made of. A call is looked at more closely."""

QUIET_BUILTINS = {
    "abs", "bin", "bool", "bytearray", "bytes", "chr", "complex", "dict", "divmod", "enumerate", "filter", "float",
    "frozenset", "hex", "int", "len", "list", "map", "max", "min", "ord", "pow", "range", "repr", "reversed", "round",
    "set", "slice", "sorted", "str", "sum", "tuple", "type", "zip",
}  # fmt: skip
QUIET_MODULES = {
    "collections", "dataclasses", "decimal", "enum", "fractions", "functools", "itertools", "math", "ml_dtypes",
    "numpy", "operator", "re", "string", "struct", "torch", "typing", "types",
}  # fmt: skip
"""What a constant may call: nothing that reads a file, waits, or samples at random."""
LOUD = {"load", "loadtxt", "genfromtxt", "fromfile", "memmap", "save", "random", "rand", "randn", "hub", "seed"}

DYNAMIC = {
    "eval",
    "exec",
    "globals",
    "locals",
    "vars",
    "__import__",
    "compile",
    "getattr",
    "inspect",
    "sys",
    "importlib",
}
"""Names behind which other names may be hidden."""


@dataclass(frozen=True)
class Accepted:
    """An answer that was right: its exercise, its module and the names that its block gives there.

    The module is "" for one that does not stand in `mine`.
    """

    exercise: Exercise
    module: str
    names: frozenset[str]


@dataclass(frozen=True)
class Extract:
    """The source of an answer. `imports` are statements of one name each; `to_be_tried` if text alone proves little."""

    text: str
    imports: tuple[str, ...]
    statements: tuple[Statement, ...]
    to_be_tried: bool


class NotAlone(Exception):
    """Why the answer cannot stand in a module. `uses` has the names at fault; `remedies` a sentence for each."""

    def __init__(self, uses: Sequence[str], remedies: Sequence[str]) -> None:
        super().__init__("; ".join(remedies))
        self.uses, self.remedies = tuple(uses), tuple(remedies)


class OfScript(NotAlone):
    """The answer stands in a script, which has no cells; once said, it holds for all of the script's answers."""

    def __init__(self) -> None:
        super().__init__(
            [], ["the answers of a script are judged, but not kept. Write them into the notebook's cells."]
        )


@dataclass(frozen=True)
class Cell:
    """A cell of the notebook, under the name that its code carries."""

    filename: str
    statements: tuple[Statement, ...]


# --- cells ---


@functools.lru_cache(maxsize=256)
def _parsed(filename: str, source: str, postponed: bool) -> Cell | None:
    try:
        return Cell(filename, tuple(names.statements(source, postponed)))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _cell(filename: str, postponed: bool = False) -> Cell | None:
    """The cell of this name; None for a file on the disk, or if there is none."""
    entry = linecache.cache.get(filename)
    if entry is None or len(entry) < 4 or entry[1] is not None:  # a file has the time of its last change there
        return None
    return _parsed(filename, "".join(entry[2]), postponed)


def _cells(first: Cell) -> Iterator[Cell]:
    """`first`, then all others, the newest first."""
    yield first
    for filename in reversed(list(linecache.cache)):
        if filename != first.filename and (cell := _cell(filename)) is not None:
            yield cell


# --- the answer ---


def extract(exercise: Exercise, answer: Any, module: str, accepted: Callable[[Any], Accepted | None]) -> Extract:
    """The source of an answer, to be put into a module of `mine`.

    Parameters
    ----------
    module : the module that it goes into, such as "pruning".
    accepted : tells of a value whether it is an answer that was right.

    Raises
    ------
    NotAlone : it has no source, or needs something that a module cannot have.
    """
    cell, namespace, name = _home(exercise, answer)
    return _Search(exercise, answer, module, accepted, cell, namespace).run(name)


def _postponed(function: types.FunctionType) -> bool:
    """Whether its cell, or one before it, has `from __future__ import annotations`."""
    return bool(function.__code__.co_flags & __future__.annotations.compiler_flag)


def _is_of_script(function: types.FunctionType) -> bool:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return script is not None and Path(function.__code__.co_filename).resolve() == Path(script).resolve()


def _home(exercise: Exercise, answer: Any) -> tuple[Cell, Mapping[str, Any], str]:
    """The answer's cell, its kernel's namespace, and the name under which the cell defines it."""
    kind = "class" if exercise.name[:1].isupper() else "def"
    remedy = f"Write it as `{kind} {exercise.name}{'' if kind == 'class' else '(...)'}` in the cell above its check."
    function = answer
    if isinstance(answer, type):
        methods = [each for each in vars(answer).values() if isinstance(each, types.FunctionType)]
        function = methods[0] if methods else answer
    elif isinstance(answer, functools.partial):
        raise NotAlone([], [f"It is a functools.partial, which has no source of its own. {remedy}"])
    else:
        try:
            function = inspect.unwrap(answer)
        except Exception:  # the chain has no end, or an object answers to every name
            function = answer
    if not isinstance(function, types.FunctionType):
        kind = type(answer).__name__
        raise NotAlone([], [f"It is an object of the type {kind}, which has no source of its own. {remedy}"])
    namespace, cell = function.__globals__, _cell(function.__code__.co_filename, _postponed(function))
    if cell is None and _is_of_script(function):
        raise OfScript
    if cell is None:
        raise NotAlone([], [f"Its source is not found in a cell: was it made by exec, or in another file? {remedy}"])
    candidates = [name for name, value in list(namespace.items()) if value is answer]
    for name in sorted(candidates, key=lambda name: (name != exercise.name, name != function.__name__, name)):
        if any(name in statement.binds and not statement.is_import for statement in cell.statements):
            return cell, namespace, name
    if function.__name__ == "<lambda>":
        raise NotAlone([], [f"It is a lambda without a name. {remedy}"])
    raise NotAlone([], [f"No name in its cell stands for it. {remedy}"])


class _Search:
    """From one name to all that it needs."""

    def __init__(
        self,
        exercise: Exercise,
        answer: Any,
        module: str,
        accepted: Callable[[Any], Accepted | None],
        cell: Cell,
        namespace: Mapping[str, Any],
    ) -> None:
        self.exercise, self.answer, self.module, self.accepted = exercise, answer, module, accepted
        self.cell, self.namespace = cell, namespace
        self.chosen: set[int] = set()
        self.imports: set[str] = set()
        self.borrowed: list[str] = []
        self.leans = False
        self.trouble: dict[str, str] = {}

    def run(self, name: str) -> Extract:
        """Follow names until there are no new ones."""
        seen: set[str] = set()
        todo = [name]
        while todo:
            each = todo.pop()
            if each not in seen:
                seen.add(each)
                todo += sorted(self._resolve(each, is_answer=each == name))
        parts = [self.cell.statements[i] for i in sorted(self.chosen)]
        for part in parts:
            self._check_inner_imports(part)
        if self.trouble:
            trouble = dict(sorted(self.trouble.items()))  # the same words in every run
            raise NotAlone(list(trouble), list(trouble.values()))
        alias = f"{self.exercise.name} = {name}" if name != self.exercise.name else ""
        text = "\n\n\n".join(filter(None, ["\n".join(self.borrowed), _joined(parts), alias]))
        values = any(not part.is_definition for part in parts)
        hidden = any(part.needs & DYNAMIC for part in parts)
        if self._has_future_annotations():
            self.imports.add("from __future__ import annotations")
        found = tuple(names.statements(text, self._has_future_annotations()))
        return Extract(text, tuple(sorted(self.imports)), found, values or hidden or self.leans)

    def _has_future_annotations(self) -> bool:
        values = [self.namespace.get(name) for i in self.chosen for name in self.cell.statements[i].binds]
        return any(isinstance(each, types.FunctionType) and _postponed(each) for each in values)

    def _resolve(self, name: str, is_answer: bool) -> set[str]:
        """Find where a name comes from; returns the names that this needs in turn."""
        value = self.namespace.get(name, _MISSING)
        if value is _MISSING and name in names.BUILTINS:
            return set()
        if value is _MISSING and name in names.NOTEBOOK_BUILTINS:
            value = vars(builtins).get(name, _MISSING)
        if not is_answer and value is not _MISSING and self._is_accepted(name, value):
            return set()
        binding = [(i, each) for i, each in enumerate(self.cell.statements) if name in each.binds]
        given = [i for i, each in binding if not each.is_import and not self._is_check(each)]
        if given and not any(each.is_import for _, each in binding):
            return self._from_the_cell(name, value, given)
        if value is _MISSING:
            self.trouble[name] = f"`{name}` is not defined: define it in the same cell."
            return set()
        if name in names.BUILTINS and _is_of_ipython(value):
            return set()
        self._from_elsewhere(name, value)
        return set()

    # Another answer.

    def _is_accepted(self, name: str, value: Any) -> bool:
        there = self.accepted(value)
        if there is None or there.exercise.id == self.exercise.id:
            return False
        own = there.exercise.name
        if not there.module:
            self.trouble[name] = f"`{name}` is your {there.exercise.id}, which is not in mine: see its check."
            return True
        if there.module != self.module:
            source = name if name in there.names else own
            self.imports.add(_from(f"mine.{there.module}", source, name))
        elif name not in there.names:
            self.borrowed.append(f"{name} = {own}")
        self.leans = True
        return True

    # The same cell.

    def _is_check(self, part: Statement) -> bool:
        """Whether a statement is `f = check("02.1", f)`: what is checked was there before."""
        call = part.node.value if isinstance(part.node, ast.Assign) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return False
        function = self.namespace.get(call.func.id)
        origin = getattr(function, "__module__", None), getattr(function, "__name__", None)
        return origin == ("dc_lab.course.checks", "check")

    def _from_the_cell(self, name: str, value: Any, given: list[int]) -> set[str]:
        needed: set[str] = set()
        # Backwards to a statement that gives the name without taking it, as `f = faster(f)` does.
        for i in reversed(given):
            part = self.cell.statements[i]
            if problem := self._unfit(name, part):
                self.trouble[name] = problem
                return set()
            self.chosen.add(i)
            needed |= part.needs
            if name not in part.at_once:
                break
        if isinstance(value, types.FunctionType) and value is not self.answer and part.is_definition:
            original = inspect.unwrap(value)
            if not part.node.decorator_list and original.__code__.co_filename != self.cell.filename:  # type: ignore[attr-defined]
                self.trouble[name] = f"`{name}` was defined anew in another cell: put that into this one."
        return needed

    def _unfit(self, name: str, part: Statement) -> str | None:
        """Why a statement cannot be taken into a module; None if it can."""
        node = part.node
        if part.is_definition or type(node).__name__ == "TypeAlias":
            return None
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            if self._is_simple(node.value):
                return None
            return (
                f"`{name}` comes from `{_short(node.value)}`: work it out in the function, or in a function of its own."
            )
        return f"`{name}` is made on the way, in line {part.first} of the cell: make it in a function."

    def _is_simple(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Lambda):
            return True
        for node in ast.walk(value):
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, ast.Call) and not self._is_quiet(node.func):
                return False
            if not isinstance(node, (*SIMPLE, ast.arguments, ast.arg)):
                return False
        return True

    def _is_quiet(self, function: ast.expr) -> bool:
        while isinstance(function, (ast.Attribute, ast.Subscript)):
            if isinstance(function, ast.Attribute) and function.attr in LOUD:
                return False
            function = function.value
        if not isinstance(function, ast.Name):
            return True  # a method of a value, which is looked at itself
        value = self.namespace.get(function.id, _MISSING)
        if value is _MISSING:
            return function.id in QUIET_BUILTINS
        if any(function.id in each.binds and not each.is_import for each in self.cell.statements):
            return True
        origin = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
        return isinstance(origin, str) and origin.partition(".")[0].lstrip("_") in QUIET_MODULES

    # Somewhere else.

    def _from_elsewhere(self, name: str, value: Any) -> None:
        statement = self._import_of(name, value) or _import_by_origin(name, value)
        if (exercise := _course_answer(value, self.exercise)) is not None:
            self.trouble[name] = f"`{name}` is the course's own {exercise.id}: solve {exercise.id} first."
        elif statement is None:
            self.trouble[name] = f"`{name}` is defined elsewhere: put it into the same cell."
        elif problem := _forbidden(name, value, statement):
            self.trouble[name] = problem
        elif not statement.startswith(f"from mine.{self.module} "):
            self.imports.add(statement)

    def _import_of(self, name: str, value: Any) -> str | None:
        """The statement by which a cell imported this value under this name."""
        for cell in _cells(self.cell):
            for part in reversed(cell.statements):
                if part.is_definition or not (name in part.binds or "*" in part.text):
                    continue
                for node in names.imports_in(part.node):
                    if (found := _as_imported(node, name, value)) is not None:
                        return found
        return None

    def _check_inner_imports(self, part: Statement) -> None:
        for node in names.imports_in(part.node):
            if isinstance(node, ast.Import):
                sources = [alias.name for alias in node.names]
            else:
                sources = [node.module or ""]
                if node.module == "dc_lab":
                    sources = [f"dc_lab.{alias.name}" for alias in node.names]
            for source in sources:
                if problem := _forbidden_module(source, source):
                    self.trouble[source] = problem
            if isinstance(node, ast.ImportFrom) and node.level:
                self.trouble["."] = "A relative import works in no notebook: name the library."


def _is_of_ipython(value: Any) -> bool:
    """Whether a function is IPython's, as the `open` is that it gives to cells in place of Python's own."""
    return isinstance(value, types.FunctionType) and str(value.__globals__.get("__name__")).startswith("IPython.")


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _joined(parts: Sequence[Statement]) -> str:
    """Definitions two lines apart; constants as they stand, at most a line apart."""
    text = ""
    for before, part in zip([None, *parts], parts, strict=False):
        if before is not None:
            close = not before.is_definition and not part.is_definition
            text += "\n" if close and part.first - before.last <= 1 else "\n\n" if close else "\n\n\n"
        text += part.text
    return text


# --- imports ---


def _from(module: str, source: str, name: str) -> str:
    return f"from {module} import {source}" + (f" as {name}" if name != source else "")


def _as_imported(node: ast.Import | ast.ImportFrom, name: str, value: Any) -> str | None:
    """The part of an import that gives `value` the name `name`, as a statement; None if none does."""
    if isinstance(node, ast.ImportFrom):
        source = sys.modules.get(node.module or "")
        if node.level or source is None:
            return None
        for alias in node.names:
            wanted = name if alias.name == "*" else alias.name
            if alias.name != "*" and (alias.asname or alias.name) != name:
                continue
            there = getattr(source, wanted, _MISSING)
            if there is _MISSING:
                there = sys.modules.get(f"{node.module}.{wanted}", _MISSING)
            if there is value:
                return _from(node.module or "", wanted, name)
        return None
    for alias in node.names:
        bound = alias.name if alias.asname else alias.name.partition(".")[0]
        if (alias.asname or bound) == name and sys.modules.get(bound) is value:
            return f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
    return None


def _import_by_origin(name: str, value: Any) -> str | None:
    """An import of a library's module, function or class that no cell spells out."""
    if isinstance(value, types.ModuleType):
        full = value.__name__
        if sys.modules.get(full) is not value:
            return None
        above, _, last = full.rpartition(".")
        return _from(above, last, name) if above else f"import {full}" + (f" as {name}" if name != full else "")
    origin, own = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(origin, str) or not isinstance(own, str) or origin == "__main__":
        return None
    if getattr(sys.modules.get(origin), own, _MISSING) is not value:
        return None
    return _from(origin, own, name)


def _course_answer(value: Any, exercise: Exercise) -> Exercise | None:
    """The exercise whose reference this is, or what `check` hands back for it."""
    if handed_back_for := whose(value):
        found = find(handed_back_for)
        return found if isinstance(found, Exercise) else None
    origin = getattr(value, "__module__", None)
    is_ours = isinstance(origin, str) and origin.partition(".")[0] == "dc_lab"
    own = exercise.id.partition(".")[0]
    for number in [number for number in lesson_numbers() if is_ours or number == own]:
        for each in find_lesson(number).exercises:
            if isinstance(each, Exercise) and each.reference is value:
                return each
    return None


def _forbidden(name: str, value: Any, statement: str) -> str | None:
    origin = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
    words = statement.split()
    source = f"{words[1]}.{words[3]}" if words[0] == "from" and words[1] == "dc_lab" else words[1]
    problem = _forbidden_module(name, source)
    if problem is None and isinstance(origin, str) and origin.partition(".")[0] == "dc_lab":
        problem = _forbidden_module(name, origin)
    return problem


def _forbidden_module(name: str, source: str) -> str | None:
    """Why a module may not be imported in `mine`: only libraries, `mine` itself and the networks of dc_lab may."""
    root = source.partition(".")[0]
    if root == "dc_lab":
        if source == "dc_lab.networks" or source.startswith("dc_lab.networks."):
            return None
        return f"`{name}` is dc_lab's ({source}): of dc_lab only dc_lab.networks may be imported. Write it yourself."
    if root == "mine":
        return None
    module = sys.modules.get(root)
    file = getattr(module, "__file__", None)
    if root == "__main__" or (isinstance(file, str) and _is_own_file(Path(file))):
        return f"`{name}` comes from a file of your own ({root}): put it into the same cell."
    return None


def _is_own_file(file: Path) -> bool:
    """Whether a module is the learner's: it lies where the notebook runs, and not among installed packages."""
    if {"site-packages", "dist-packages"} & set(file.parts):
        return False
    try:
        return file.resolve().is_relative_to(Path.cwd())
    except OSError:
        return False
