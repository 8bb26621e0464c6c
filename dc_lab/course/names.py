"""Names in a learner's source: which a statement needs from outside of itself, and which it gives.

Scopes are Python's own (`symtable`): nested functions, comprehensions, default arguments, decorators, annotations,
classes and `global` are what the compiler takes them for.
"""

import ast
import builtins
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NOTEBOOK_BUILTINS = {"display", "get_ipython", "__IPYTHON__"}
"""What IPython adds to Python's own names; a module has none of it."""

BUILTINS = (
    {name for name in vars(builtins) if name != "_"} | {"__name__", "__file__", "__doc__", "__builtins__"}
) - NOTEBOOK_BUILTINS

Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a cell or a module, with the comments that belong to it.

    `binds` are names that it gives, `needs` those that it takes from the module, now or when a function is called,
    `at_once` those of them that it takes as soon as it is executed (in 3.14 and later annotations are not). `first` and
    `last` are lines, from 1.
    """

    node: ast.stmt
    text: str
    first: int
    last: int
    binds: frozenset[str]
    needs: frozenset[str]
    at_once: frozenset[str]

    @property
    def is_definition(self) -> bool:
        """Whether it is a function or a class."""
        return isinstance(self.node, Definition)

    @property
    def is_import(self) -> bool:
        """Whether it imports."""
        return isinstance(self.node, (ast.Import, ast.ImportFrom))


def statements(source: str, postponed: bool = False) -> list[Statement]:
    """The statements of a cell or a module, in order.

    Parameters
    ----------
    postponed : annotations are never evaluated, even where the source does not ask for it: another cell did.

    Raises
    ------
    SyntaxError : it is no Python.
    """
    tree, lines = ast.parse(source), source.split("\n")
    postponed = postponed or any(_postpones(node) for node in tree.body)
    found = []
    for i, node in enumerate(tree.body):
        before = end_of(tree.body[i - 1]) if i else 0
        after = start_of(tree.body[i + 1]) if i + 1 < len(tree.body) else len(lines) + 1
        first, last = start_of(node), end_of(node)
        if before >= first or after <= last:  # several in a line
            text = ast.get_source_segment(source, node) or ""
        else:
            # Comments right above it, and those at the end of its body, are part of it.
            while first - 1 > before and lines[first - 2].startswith("#"):
                first -= 1
            comments = [at for at in range(last + 1, after) if _is_inner_comment(lines[at - 1])]
            gap = [
                at for at in range(last + 1, after) if lines[at - 1].strip() and not _is_inner_comment(lines[at - 1])
            ]
            last = max([last, *(at for at in comments if not gap or at < gap[0])])
            text = "\n".join(lines[first - 1 : last])
        needs, at_once = free_names(node, postponed)
        found.append(Statement(node, text, first, last, frozenset(bound_names(node)), needs, at_once))
    return found


def _postpones(node: ast.stmt) -> bool:
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return future and "annotations" in {alias.name for alias in getattr(node, "names", [])}


def _is_inner_comment(line: str) -> bool:
    return line[:1].isspace() and line.lstrip().startswith("#")


def start_of(node: ast.stmt) -> int:
    """The line in which a statement begins, its decorators included."""
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])


def end_of(node: ast.stmt) -> int:
    """The line in which a statement ends."""
    return node.end_lineno or node.lineno


# --- names that are taken ---


def _table(node: ast.stmt, postponed: bool) -> symtable.SymbolTable:
    future = "from __future__ import annotations\n" if postponed and not _postpones(node) else ""
    return symtable.symtable(future + ast.unparse(node), "<names>", "exec")


def free_names(node: ast.stmt, postponed: bool = False) -> tuple[frozenset[str], frozenset[str]]:
    """Names that a statement takes from its module: all of them, and those that it takes at once."""
    try:
        table = _table(node, postponed)
    except (SyntaxError, RecursionError):  # `await` or `return` at the top: IPython's own; nothing to be kept
        loads = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
        return frozenset(loads), frozenset(loads)
    at_once = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    needs = set(at_once)
    for inner in _inner_tables(table):
        for symbol in inner.get_symbols():
            if symbol.is_global() and (symbol.is_referenced() or symbol.is_declared_global()):
                needs.add(symbol.get_name())
    for each in ast.walk(node):
        if isinstance(each, ast.ClassDef):
            at_once |= set(_read_before_bound(each.body, postponed)) if each is node else set()
            needs |= set(_read_before_bound(each.body, postponed))
    if isinstance(node, ast.ClassDef):  # its body is executed at once, that of a function is not
        body = next(inner for inner in _inner_tables(table) if inner.get_type() == "class")
        at_once |= {s.get_name() for s in body.get_symbols() if s.is_global() and s.is_referenced()}
    return frozenset(needs), frozenset(at_once)


def _inner_tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        yield inner
        yield from _inner_tables(inner)


def _read_before_bound(body: Sequence[ast.stmt], postponed: bool) -> Iterator[str]:
    """In the body of a class a name may be taken from outside and then be given anew: `limit = limit + 1`."""
    bound: set[str] = set()
    for statement in body:
        try:
            table = _table(statement, postponed)
        except (SyntaxError, RecursionError):
            continue
        given = bound_names(statement)
        for symbol in table.get_symbols():
            if symbol.is_referenced() and symbol.get_name() in given and symbol.get_name() not in bound:
                yield symbol.get_name()
        bound |= given


# --- names that are given ---


def bound_names(node: ast.stmt) -> set[str]:
    """Names that a statement gives to its module, in whatever way."""
    if isinstance(node, Definition):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return set(_stored(node))


def _stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, Definition):
        yield node.name
        return  # what stands in it is its own
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from bound_names(node)
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        yield from (each.target.id for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
        return
    for attribute in ("name", "rest"):  # in patterns of `match`
        if isinstance(node, ast.pattern) and isinstance(getattr(node, attribute, None), str):
            yield getattr(node, attribute)
    for child in ast.iter_child_nodes(node):
        yield from _stored(child)


def imports_in(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import in a statement, also those within functions."""
    for each in ast.walk(node):
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            yield each


def unbound(found: Sequence[Statement]) -> dict[str, int]:
    """Names that no statement of a module gives, and the line of the first statement that needs each."""
    given = BUILTINS.union(*(statement.binds for statement in found))
    missing: dict[str, int] = {}
    for statement in found:
        for name in sorted(statement.needs - given):
            missing.setdefault(name, statement.first)
    return missing
