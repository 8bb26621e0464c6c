"""The questions of the exam, in the order of the lessons. Each function draws one: see `questions`.

Numbers come from the shipped files, from the paper's tables, or from a generator; answers come from dc_lab's own
functions.
"""

from dc_lab.course.teaching.bank import beyond, codes, sizes, values
from dc_lab.course.teaching.questions import KNOWN, ExamQuestion

MODULES = (sizes, values, codes, beyond)
"""Importing them adds their questions."""


def all_questions() -> list[ExamQuestion]:
    """Every question of the bank, by lesson."""
    return sorted(KNOWN, key=lambda question: (question.lesson, question.number))
