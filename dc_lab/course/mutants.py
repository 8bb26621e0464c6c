"""Checks tested by machine: every small change of a solution must be refused.

    python -m dc_lab.course.mutants 02 03       a table by exercise, and what survives

A mutant is a solution with one thing changed: an operator, a bound, a constant, an axis, a dtype, a rounding, a copy
or a statement left out. A check that accepts one either lacks a case, or the two do the same; those that do the same
stand in the exercise's `equivalents`, each with its reason.
"""

import ast
import copy
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dc_lab.course.exercises import Exercise, find_lesson
from dc_lab.course.judge import judge
from dc_lab.course.sources import solution_source
from dc_lab.support.tables import text_table

TIME_LIMIT = 0.5
"""Seconds that a mutant gets for a case: many of them never end."""

_COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,), ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,), ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd, ast.BitXor), ast.BitXor: (ast.BitOr,),
}  # fmt: skip
_EXCHANGED = {
    "min": "max", "max": "min", "argmin": "argmax", "argmax": "argmin", "minimum": "maximum", "maximum": "minimum",
    "any": "all", "all": "any", "zeros": "ones", "ones": "zeros", "floor": "ceil", "ceil": "floor", "rint": "floor",
    "round": "int", "zeros_like": "ones_like", "ones_like": "zeros_like", "log2": "log", "sum": "max", "mean": "sum",
    "add": "subtract", "left": "right", "float32": "float16", "float64": "float32", "int64": "int8", "int32": "int8",
    "uint8": "int8", "uint16": "uint8", "uint32": "uint16", "bool": "int", "cumsum": "cumprod",
    "break": "continue", "continue": "break",
}  # fmt: skip
"""Names and attributes, and what they are exchanged for."""

_SYMMETRIC = {"min", "max", "minimum", "maximum", "array_equal", "logical_and", "logical_or", "dot", "allclose"}
"""Functions that do not care which argument comes first."""


@dataclass(frozen=True)
class Mutant:
    """A changed solution: which operator changed it, what it is called, and its source."""

    operator: str
    name: str
    source: str


@dataclass(frozen=True)
class Result:
    """What the check of an exercise made of its mutants."""

    exercise: Exercise
    refused: tuple[Mutant, ...]
    equivalent: tuple[Mutant, ...]
    survived: tuple[Mutant, ...]

    @property
    def made(self) -> int:
        return len(self.refused) + len(self.equivalent) + len(self.survived)


def mutants(source: str) -> list[Mutant]:
    """Every mutant of the functions in a source, each once, in the order of the lines."""
    tree = ast.parse(source)
    _without_docstrings(tree)
    known = {ast.unparse(tree)}
    found = []
    for operator, line, before, after, changed in _changes(tree):
        text = ast.unparse(changed)
        if text not in known:
            known.add(text)
            found.append(Mutant(operator, f"line {line}: {before} -> {after}", text))
    counts = Counter(mutant.name for mutant in found)
    numbers: Counter[str] = Counter()
    named = []
    for mutant in found:  # two changes of one line may read alike
        numbers[mutant.name] += 1
        number = f" ({numbers[mutant.name]})" if counts[mutant.name] > 1 else ""
        named.append(replace(mutant, name=mutant.name + number))
    return named


def _without_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]


Change = tuple[str, int, str, str, ast.Module]


def _changes(tree: ast.Module) -> Iterator[Change]:
    """(operator, line, text before, text after, the whole tree with that one change) for every change there is."""
    nodes: list[Any] = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    for node in nodes:
        for operator, new in _variants(node):
            yield operator, node.lineno, _short(node), _short(new), _with(tree, node, new)
    for node in nodes:
        for name, block in ast.iter_fields(node):
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield from _without_a_statement(tree, node, name, block)


def _without_a_statement(tree: ast.Module, parent: ast.AST, name: str, block: list[ast.stmt]) -> Iterator[Change]:
    for at, statement in enumerate(block):
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)):
            continue
        others = [*block[:at], *block[at + 1 :]] or [ast.Pass()]
        new = copy.copy(parent)
        setattr(new, name, others)
        yield "statement left out", statement.lineno, _short(statement), "nothing", _with(tree, parent, new)


def _variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What a node may become."""
    if isinstance(node, ast.Compare):
        for at, operation in enumerate(node.ops):
            for other in _COMPARISONS.get(type(operation), ()):
                ops = [other() if i == at else op for i, op in enumerate(node.ops)]
                yield "comparison", ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.BinOp):
        for other in _OPERATORS.get(type(node.op), ()):
            yield "arithmetic", ast.BinOp(node.left, other(), node.right)
    elif isinstance(node, ast.AugAssign):
        for other in _OPERATORS.get(type(node.op), ()):
            yield "arithmetic", ast.AugAssign(node.target, other(), node.value)
    elif isinstance(node, ast.BoolOp):
        yield "logic", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp):
        yield "sign or negation left out", node.operand
    elif isinstance(node, (ast.If, ast.While)):
        turned = copy.copy(node)
        turned.test = ast.UnaryOp(ast.Not(), node.test)
        yield "condition turned round", turned
    elif isinstance(node, ast.IfExp):
        yield "condition turned round", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Slice):
        yield from _slices(node)
    elif isinstance(node, (ast.Name, ast.Attribute)):
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in _EXCHANGED:
            new = copy.copy(node)
            setattr(new, "id" if isinstance(node, ast.Name) else "attr", _EXCHANGED[name])
            yield "another function or dtype", new
    elif isinstance(node, ast.Break):
        yield "loop", ast.Continue()
    elif isinstance(node, ast.Continue):
        yield "loop", ast.Break()


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
        yield "constant", ast.Constant(value - 1)
    elif isinstance(value, float):
        yield "constant", ast.Constant(value * 1.01 if value else 0.01)


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    for at in range(len(node.keywords)):
        yield "argument left out", ast.Call(node.func, node.args, node.keywords[:at] + node.keywords[at + 1 :])
    if len(node.args) > 1:
        yield "argument left out", ast.Call(node.func, node.args[:-1], node.keywords)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        both_plain = not any(isinstance(argument, ast.Starred) for argument in node.args)
        if len(node.args) == 2 and both_plain and name not in _SYMMETRIC:
            yield "arguments exchanged", ast.Call(node.func, node.args[::-1], node.keywords)
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield "call left out", node.func.value  # x.copy() -> x
    elif len(node.args) == 1 and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
        yield "call left out", node.args[0]  # np.abs(x) -> x


def _slices(node: ast.Slice) -> Iterator[tuple[str, ast.AST]]:
    for name in ("lower", "upper"):
        bound = getattr(node, name)
        for step in (1, -1):
            if bound is not None and not isinstance(bound, ast.Constant):
                new = copy.copy(node)
                setattr(new, name, ast.BinOp(bound, ast.Add(), ast.Constant(step)))
                yield "bound", new


def _is_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "math", "torch", "functional", "heapq", "struct")


def _with(tree: ast.Module, old: ast.AST, new: ast.AST) -> ast.Module:
    """A copy of the tree with one node replaced."""

    class Exchange(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return copy.deepcopy(new) if node is old else self.generic_visit(copy.copy(node))

        def generic_visit(self, node: ast.AST) -> ast.AST:
            for name, value in ast.iter_fields(node):
                if isinstance(value, list):
                    setattr(node, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
                elif isinstance(value, ast.AST):
                    setattr(node, name, self.visit(value))
            return node

    changed = Exchange().visit(tree)
    assert isinstance(changed, ast.Module)
    return ast.fix_missing_locations(changed)


def _short(node: ast.AST) -> str:
    if isinstance(node, (ast.If, ast.While)):
        text = f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    elif isinstance(node, ast.For):
        text = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
    else:
        text = ast.unparse(node)
    return " ".join(text.split())


def judge_mutants(exercise: Exercise) -> Result:
    """Let the check of an exercise judge every mutant of its solution."""
    hasty = replace(exercise, time_limit=min(TIME_LIMIT, exercise.time_limit))
    refused: list[Mutant] = []
    equivalent: list[Mutant] = []
    survived: list[Mutant] = []
    for mutant in mutants(solution_source(exercise.id)):
        space: dict[str, Any] = {"__name__": "mutant"}
        try:
            exec(exercise.given, space)
            exec(compile(mutant.source, "<mutant>", "exec"), space)
            is_refused = judge(hasty, space[exercise.name], to_the_end=False).status != "correct"
        except Exception:  # it does not even define its function
            is_refused = True
        kind = refused if is_refused else equivalent if mutant.name in exercise.equivalents else survived
        kind.append(mutant)
    return Result(exercise, tuple(refused), tuple(equivalent), tuple(survived))


def stale(result: Result) -> list[str]:
    """Names in an exercise's `equivalents` that no accepted mutant has."""
    return sorted(set(result.exercise.equivalents) - {mutant.name for mutant in result.equivalent})


def table(results: Sequence[Result]) -> str:
    """Mutants made, refused and equivalent by exercise, and by operator."""
    rows = [
        [f"{r.exercise.id} {r.exercise.name}", *map(str, (r.made, len(r.refused), len(r.equivalent), len(r.survived)))]
        for r in results
    ]
    total = [sum(int(row[i]) for row in rows) for i in range(1, 5)]
    rows.append(["all", *map(str, total)])
    first = text_table(["exercise", "made", "refused", "equivalent", "survive"], rows)

    made: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for result in results:
        made.update(m.operator for m in (*result.refused, *result.equivalent, *result.survived))
        passed.update(m.operator for m in (*result.equivalent, *result.survived))
    by_operator = [[operator, str(n), str(n - passed[operator])] for operator, n in made.most_common()]
    return f"{first}\n\n{text_table(['operator', 'made', 'refused'], by_operator)}"


def main(numbers: Sequence[str]) -> int:
    """Print the table of some lessons and what survives; 1 if anything does."""
    results = []
    for number in numbers:
        for exercise in find_lesson(number).exercises:
            if isinstance(exercise, Exercise):
                print(f"{exercise.id} {exercise.name}", end="\r", file=sys.stderr)
                results.append(judge_mutants(exercise))
    print(table(results))
    for result in results:
        for mutant in result.survived:
            print(f"\n{result.exercise.id} survives: {mutant.operator}, {mutant.name}")
        for name in stale(result):
            print(f"\n{result.exercise.id} lists what is no accepted mutant: {name}")
    return int(any(result.survived or stale(result) for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
