"""The heavy curves of the course: measured by `python -m dc_lab figures`, stored as small JSON files in data/figures.

    curves.lesson_02.stored()                       the numbers of a lesson, in the shape that its notebook draws
    curves.lesson_08.both(density=0.12)             one point again
    curves.ALL["lesson_02"].measure(executor)       what a file lacks, in any `concurrent.futures.Executor`

`dc_lab.figures` draws, this package measures.
"""

from dc_lab.measure.curves import (
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_04_rivals,
    lesson_04_starts,
    lesson_05,
    lesson_06,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)
from dc_lab.support.points import processes

_FILES = (
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_04_rivals,
    lesson_04_starts,
    lesson_05,
    lesson_06,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)
ALL = {lesson.CURVES.name: lesson.CURVES for lesson in _FILES}
"""Every file of data/figures by its name."""

SHOWN = {lesson_04_starts.CURVES.name: (lesson_04_starts.tables, lesson_04_starts.drawing)}
"""Those that can be shown outside of a lesson: what makes their tables, and the arguments of `figures.curve`."""

__all__ = [
    "ALL",
    "lesson_01",
    "lesson_02",
    "lesson_03",
    "lesson_04",
    "lesson_04_rivals",
    "lesson_04_starts",
    "lesson_05",
    "lesson_06",
    "lesson_08",
    "lesson_09",
    "lesson_10",
    "lesson_11",
    "lesson_12",
    "processes",
]
