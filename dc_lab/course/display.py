"""How a verdict appears: HTML with a mark and a colour in a notebook, the same words as plain text everywhere else."""

import html
import sys
from typing import Any

from dc_lab.course.verdicts import Verdict

MARKS = {
    "correct": ("\u2713", "correct", "#009E73"),
    "wrong": ("\u2717", "not right yet", "#D55E00"),
    "not tried": ("\u25cb", "not tried yet", "#767676"),
    "hint": ("?", "hint", "#0072B2"),
}
"""What stands for each kind of message: a mark, what a screen reader says for it, and a colour."""


class Message:
    """A text of one of the kinds of `MARKS`. Its first line is the head; lines that are indented are kept as they are.

    A notebook shows HTML. The same text stands beside it as plain text, for terminals and for whoever compares outputs.
    """

    def __init__(self, kind: str, text: str) -> None:
        self.kind, self.text = kind, text

    def __repr__(self) -> str:
        return self.text

    def html(self) -> str:
        """A box with a coloured edge; colours of text and page are the reader's own, light or dark."""
        mark, said, colour = MARKS[self.kind]
        head, *lines = self.text.split("\n")
        parts = [
            f'<div style="border-left: 4px solid {colour}; padding: 2px 0 2px 10px; margin: 4px 0">',
            f'<div><span role="img" aria-label="{said}" style="color: {colour}; font-weight: bold">{mark}</span> '
            f"<strong>{html.escape(head)}</strong></div>",
        ]
        for is_block, block in _blocks(lines):
            tag = "pre" if is_block else "p"
            style = "margin: 2px 0; white-space: pre-wrap; line-height: 1.35" if is_block else "margin: 4px 0"
            joined = ("\n" if is_block else " ").join(block)
            parts.append(f'<{tag} style="{style}">{html.escape(joined)}</{tag}>')
        return "\n".join([*parts, "</div>"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html()}


def _blocks(lines: list[str]) -> list[tuple[bool, list[str]]]:
    """Neighbouring lines of one sort together: indented ones, which are kept as they stand, and sentences."""
    blocks: list[tuple[bool, list[str]]] = []
    for line in lines:
        is_block = line.startswith("  ")
        if not blocks or blocks[-1][0] != is_block:
            blocks.append((is_block, []))
        blocks[-1][1].append(line)
    return blocks


def show(message: Message) -> None:
    """Display a message in a notebook, print it elsewhere."""
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            display(message)
            return
    print(message.text)


def show_verdict(verdict: Verdict, *after: str) -> None:
    """Display a verdict, with lines below it."""
    show(Message(verdict.status, "\n".join([verdict.text, *after])))
