"""Cells of answers that cannot run: what is wrong is said, and the notebook goes on.

A cell with a syntax error, or one that fails while it defines an answer, would stop "Run All" and leave the answer's
name without a value, so that all that follows fails as well. `watch` makes IPython put an `Unfinished` under that name
instead. Cells that define no answer are left alone.
"""

import ast
import re
from collections.abc import Iterable

from dc_lab.course.display import Message, show
from dc_lab.course.judge import Unfinished

_DEFINED = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=]+)?=(?!=)", re.MULTILINE)


class _Watch:
    """What IPython calls with each cell: first with its lines, then with its syntax tree."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def lines(self, lines: list[str]) -> list[str]:
        """The lines of a cell; of one that is no Python and defines an answer, a line that says so instead."""
        source = "".join(lines)
        try:
            ast.parse(source)
        except (SyntaxError, ValueError) as error:
            names = [one or other for one, other in _DEFINED.findall(source)]
            name = next((name for name in names if name in self.names), None)
            if name is not None:
                line = getattr(error, "text", None) or ""
                why = f"{type(error).__name__} in line {getattr(error, 'lineno', None) or '?'}: {_reason(error)}"
                return [f"{name} = __import__('dc_lab').course.cells.unfinished({why!r}, {line.rstrip()!r})\n"]
        return lines

    def visit(self, tree: ast.Module) -> ast.Module:
        """The tree of a cell that does nothing but define an answer, inside a `try`."""
        names = _bound(tree.body)
        name = next((name for name in names if name in self.names), None)
        shows_something = any(isinstance(node, ast.Expr) and not _is_text(node) for node in tree.body)
        if name is None or shows_something or _calls_check(tree):
            return tree
        handler = ast.parse(
            f"try:\n    pass\nexcept Exception as _error:\n"
            f"    {name} = __import__('dc_lab').course.cells.failed(_error)\n"
        ).body[0]
        assert isinstance(handler, ast.Try)
        handler.body = tree.body
        tree.body = [handler]
        return ast.fix_missing_locations(tree)


_watch = _Watch()


def watch(names: Iterable[str]) -> None:
    """Watch over the cells that define these names, in an IPython session; elsewhere, do nothing."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    _watch.names.update(names)
    if shell is None:
        return
    if _watch.lines not in shell.input_transformers_post:
        shell.input_transformers_post.append(_watch.lines)
    if _watch not in shell.ast_transformers:
        shell.ast_transformers.append(_watch)


def unfinished(why: str, line: str = "") -> Unfinished:
    """Say what keeps a cell from running, and return what stands for its answer."""
    text = f"This cell cannot run: {why}."
    show(Message("wrong", "\n".join(filter(None, [text, f"    {line.strip()}" if line.strip() else ""]))))
    return Unfinished(f"Its cell cannot run: {why}.")


def failed(error: BaseException) -> Unfinished:
    """The same for an error that a cell raised while it defined its answer."""
    return unfinished(f"{type(error).__name__}: {_reason(error)}")


def _reason(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(str(text).split()).rstrip(".")


def _bound(body: list[ast.stmt]) -> list[str]:
    """Names that the statements of a cell define, in order."""
    names = []
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _is_text(node: ast.Expr) -> bool:
    return isinstance(node.value, ast.Constant)


def _calls_check(tree: ast.AST) -> bool:
    """Whether the course is asked something: its own errors are for the learner to see."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(isinstance(call, ast.Name) and call.id in ("check", "predict", "score") for call in calls)
