"""The text of a module of `mine`, cut into blocks: a block is put in or taken out, and imports are kept in order.

A module is a docstring, imports, and blocks in the order of the exercises, each begun by a comment with its number and
title. What the learner wrote behind a block stays behind it.
"""

import ast
import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dc_lab.course import names, work
from dc_lab.course.names import Statement
from dc_lab.course.work import Block, Progress

_HEADING = re.compile(r"# (\d\d\.\d+)(?: .*)?")


class Refused(Exception):
    """Why a module is not written, in lines for the learner."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = [line for text in lines for line in indented(text)]


def indented(text: str) -> list[str]:
    """Lines of a text, broken at 100 characters, that keep the indentation of the first."""
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text.strip(), 100, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A block, and what stands behind it up to the next one.

    `block` begins with the heading. Where the learner changed it, `block` is all there is, and `edited` is True.
    """

    exercise_id: str
    block: str
    tail: str = ""
    edited: bool = False

    def text(self) -> str:
        """As it stands in the module."""
        return self.block + self.tail


@dataclass(frozen=True)
class Module:
    """The text of a module, cut up: what stands above the first block, and the blocks with what is behind each."""

    head: str
    sections: tuple[Section, ...] = ()

    def text(self) -> str:
        """The whole module."""
        parts = [self.head, *(section.text() for section in self.sections)]
        return "\n\n\n".join(part.strip("\n") for part in parts if part.strip("\n")) + "\n"


def read_module(text: str, progress: Progress, module: str) -> Module:
    """Cut a module up.

    Raises
    ------
    SyntaxError : it is no Python.
    """
    lines = text.split("\n")
    inside = {line for each in names.statements(text) for line in range(names.start_of(each.node) + 1, each.last + 1)}
    starts = [
        (number, match[1])
        for number, line in enumerate(lines)
        if (match := _HEADING.fullmatch(line)) and number + 1 not in inside
    ]
    if not starts:
        return Module(text.strip("\n"))
    sections = []
    for (first, exercise_id), (end, _) in zip(starts, [*starts[1:], (len(lines), "")], strict=True):
        sections.append(_section(lines[first:end], exercise_id, progress.blocks.get(exercise_id), module))
    return Module("\n".join(lines[: starts[0][0]]).strip("\n"), tuple(sections))


def _section(lines: list[str], exercise_id: str, record: Block | None, module: str) -> Section:
    whole = "\n".join(lines).rstrip("\n")
    if record is not None and record.module == module:
        block, rest = "\n".join(lines[: record.lines]), lines[record.lines :]
        following = next((line for line in rest if line.strip()), "")
        # A line that is indented still belongs to the last function.
        if work.sha256(block) == record.sha256 and not following[:1].isspace():
            tail = "\n".join(rest).rstrip("\n")
            return Section(exercise_id, block, f"\n{tail}" if tail else "")
    return Section(exercise_id, whole, edited=True)


def _order(exercise_id: str) -> tuple[int, int]:
    lesson, _, number = exercise_id.partition(".")
    return int(lesson), int(number)


def with_block(module: Module, exercise_id: str, block: str) -> Module:
    """The module with this block, in its place; what the learner wrote behind the one before stays behind it."""
    old = next((section for section in module.sections if section.exercise_id == exercise_id), None)
    new = Section(exercise_id, block, old.tail if old else "")
    if old is not None:
        return replace(module, sections=tuple(new if section is old else section for section in module.sections))
    later = [i for i, section in enumerate(module.sections) if _order(section.exercise_id) > _order(exercise_id)]
    place = later[0] if later else len(module.sections)
    return replace(module, sections=(*module.sections[:place], new, *module.sections[place:]))


def without_block(module: Module, exercise_id: str) -> Module:
    """The module without this block; what stood behind it stays."""
    sections, head = [], module.head
    for section in module.sections:
        if section.exercise_id != exercise_id:
            sections.append(section)
        elif section.tail.strip("\n"):
            tail = section.tail.strip("\n")
            if sections:
                sections[-1] = replace(sections[-1], tail=f"{sections[-1].tail}\n\n\n{tail}")
            else:
                head = f"{head}\n\n\n{tail}"
    return Module(head, tuple(sections))


def bound(statement: str) -> str:
    """The name that an import statement of one name gives."""
    words = statement.split()
    return words[-1] if "as" in words or words[0] == "from" else words[-1].partition(".")[0]


def _import_lines(statements: Sequence[str]) -> list[str]:
    """Import statements as they are written: one line for all names out of one module; the standard library first."""
    plain = sorted({statement for statement in statements if statement.startswith("import ")})
    out_of: dict[str, list[str]] = {}
    for statement in sorted(set(statements) - set(plain)):
        _, module, _, wanted = statement.split(maxsplit=3)
        out_of.setdefault(module, []).append(wanted)
    lines = [*plain, *(f"from {module} import {', '.join(wanted)}" for module, wanted in sorted(out_of.items()))]
    groups: list[list[str]] = [[], [], [], []]
    for line in lines:
        groups[_group(line.split()[1].partition(".")[0])].append(line)
    return "\n\n".join("\n".join(group) for group in groups if group).split("\n") if lines else []


def _group(root: str) -> int:
    if root == "__future__":
        return 0
    return 1 if root in sys.stdlib_module_names else 3 if root in ("mine", "dc_lab") else 2


def _single_imports(statement: Statement) -> list[str]:
    """An import of the learner's as statements of one name each."""
    text = " ".join(ast.unparse(statement.node).split())
    if not text.startswith("from "):
        return [f"import {part.strip()}" for part in text.removeprefix("import ").split(",")]
    _, module, _, wanted = text.split(maxsplit=3)
    return [f"from {module} import {part.strip()}" for part in wanted.split(",")]


def with_imports(module: Module, before: Sequence[str], needed: Sequence[str]) -> tuple[Module, list[str]]:
    """The module with the imports that its blocks need, in place of those that `check` put there before.

    Parameters
    ----------
    before, needed : statements of one name each.

    Returns
    -------
    The module, and the statements of one name each that are `check`'s in it.

    Raises
    ------
    Refused : two imports give one name to two things.
    """
    lines = module.head.split("\n")
    ours = set(_import_lines(before)) - {""}
    head = names.statements(module.head)
    for statement in head:
        if statement.is_import and statement.text in ours:
            lines[statement.last - 1] = ""
    docstring_end = head[0].last if head and is_docstring(head[0].node) else 0
    docstring, rest = "\n".join(lines[:docstring_end]), re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines[docstring_end:]))
    bare = Module("\n\n".join(filter(None, [docstring, rest.strip("\n")])), module.sections)

    # Which names are used, and which the learner imports.
    found = names.statements(bare.text())
    used = set().union(*(statement.needs for statement in found))
    theirs = {single: bound(single) for each in found if each.is_import for single in _single_imports(each)}
    wanted = {bound(statement): statement for statement in needed}
    for earlier in before:
        name = bound(earlier)
        still_used = name in used or earlier.startswith("from __future__")
        if still_used and wanted.setdefault(name, earlier) != earlier:
            raise Refused(f"Another block there needs `{name}` from `{earlier}`: import yours under another name.")
    for single, name in theirs.items():
        if wanted.get(name, single) != single:
            raise Refused(f"The module has `{single}`, your answer `{wanted[name]}`: use one of them.")
    written = sorted(statement for statement in wanted.values() if statement not in theirs)

    future = [line for line in rest.split("\n") if line.startswith("from __future__")]
    rest = "\n".join(line for line in rest.split("\n") if line not in future)
    parts = [docstring.strip("\n"), "\n".join(future), "\n".join(_import_lines(written)), rest.strip("\n")]
    return Module("\n\n".join(part for part in parts if part), module.sections), written


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a text and nothing more."""
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)
