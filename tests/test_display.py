"""Messages: one text, as HTML with a mark and as plain text."""

import html
import re

import pytest

from dc_lab.course.display import MARKS, Message, show, show_verdict
from dc_lab.course.verdicts import Verdict

TEXT = "01.1 A title: not right yet. <b>\n  x = [1, 2]\n  y = 3\nA sentence, wrapped\nhere.\n    code"


@pytest.mark.parametrize("kind", MARKS)
def test_the_same_words_in_both_forms(kind: str) -> None:
    data = Message(kind, TEXT)._repr_mimebundle_()
    assert data["text/plain"] == TEXT
    words = html.unescape(re.sub(r"<[^>]+>", " ", data["text/html"])).split()
    assert words == [MARKS[kind][0], *TEXT.split()]
    assert f'aria-label="{MARKS[kind][1]}"' in data["text/html"]
    assert MARKS[kind][2] in data["text/html"]


def test_marks_colours_and_words_differ() -> None:
    assert all(len(set(column)) == len(MARKS) for column in zip(*MARKS.values(), strict=True))


def test_what_is_indented_is_kept_as_it_is() -> None:
    shown = Message("wrong", TEXT).html()
    assert ">  x = [1, 2]\n  y = 3</pre>" in shown
    assert ">A sentence, wrapped here.</p>" in shown
    assert "<b>" not in shown


def test_outside_of_a_notebook_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show(Message("hint", "a\nb"))
    show_verdict(Verdict("correct", "c"), "d")
    assert capsys.readouterr().out == "a\nb\nc\nd\n"
