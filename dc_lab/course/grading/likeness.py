"""Whether two sources say the same: comments, docstrings and layout aside, and with `renamed` names aside, too."""

import ast
import hashlib

LONG = 45
"""Nodes of a syntax tree from which on two people hardly write the same by chance."""


def print_of(source: str, renamed: bool = False) -> str:
    """A fingerprint of a source; "" where it is no Python or too short to tell anything.

    Parameters
    ----------
    renamed : names that the source gives are numbered in the order in which they come, so that other names make no
        difference. Names of attributes and of what is used from elsewhere stay.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    for node in ast.walk(tree):
        _without_docstring(node)
    if sum(1 for _ in ast.walk(tree)) < LONG:
        return ""
    if renamed:
        _rename(tree)
    return hashlib.sha256(ast.dump(tree).encode("utf-8", "surrogatepass")).hexdigest()


def _without_docstring(node: ast.AST) -> None:
    if not isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    kept = [each for each in node.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    node.body = kept or [ast.Pass()]


def _rename(tree: ast.AST) -> None:
    given: dict[str, str] = {}

    def number(name: str) -> str:
        return given.setdefault(name, f"name{len(given)}")

    # First all names that are given anywhere, in the order of the text; then each place where one stands.
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            number(node.name)
        elif isinstance(node, ast.arg):
            number(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            number(node.id)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            node.name = given[node.name]
        elif isinstance(node, ast.arg):
            node.arg, node.annotation = given[node.arg], None
        elif isinstance(node, ast.Name):
            node.id = given.get(node.id, node.id)
