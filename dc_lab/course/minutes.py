"""How long an exercise takes: one rule for all, so that minutes can be compared and added up.

    python -m dc_lab.course.minutes        what the rule gives for each exercise

They are an estimate, and no watch stands behind them: words to read, lines to write, and how often one tries. We reckon
with two tries where a formula, an idiom or a number is asked for, and with three where a part of `mine` is.
"""

import inspect
import json
import math
import re
import textwrap

from dc_lab.course.exercises import AnyExercise, Question, find_lesson, lesson_numbers
from dc_lab.course.sources import solution_display
from dc_lab.support import places
from dc_lab.support.tables import text_table

WORDS_A_MINUTE = 150
"""Of a statement, which is read slowly and twice."""

MINUTES_A_LINE = 0.5
"""To write a line of code, and to look at it again, at each try."""

TRIES = {"build": 3}
"""By task; twice for all others."""

STEP = 5
"""Minutes are rounded up to a multiple of this."""


def estimate(words: int, lines: int, tries: int) -> int:
    """Minutes for a statement of so many words whose answer has so many lines."""
    return STEP * max(1, math.ceil((words / WORDS_A_MINUTE + tries * lines * MINUTES_A_LINE) / STEP))


def heading(exercise: AnyExercise) -> str:
    """The line in the notebook that an exercise begins with. Raises ValueError where there is none."""
    return _found(exercise)[0]


def statement(exercise: AnyExercise) -> str:
    """What the notebook says under that line, to the end of its cell. Raises ValueError where there is none."""
    return _found(exercise)[1]


def _found(exercise: AnyExercise) -> tuple[str, str]:
    number = exercise.id.partition(".")[0]
    path = next(places.folder("notebooks").glob(f"{number}_*.ipynb"))
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        found = re.search(rf"^### [\w -]+ {re.escape(exercise.id)}: .*$", source, re.MULTILINE)
        if cell["cell_type"] == "markdown" and found:
            return found.group(), source[found.end() :]
    raise ValueError(f"no heading of {exercise.id} in {path.name}")


def lines(exercise: AnyExercise) -> int:
    """Lines of the solution, without docstring and empty ones; of a question, one."""
    if isinstance(exercise, Question):
        return 1
    text = solution_display(exercise)
    code = re.sub(r'"""(?:.|\n)*?"""', "", inspect.cleandoc(textwrap.dedent(text)))
    return sum(1 for line in code.splitlines() if line.strip() and not line.strip().startswith("#"))


def of(exercise: AnyExercise) -> int:
    """Minutes of an exercise by the rule."""
    return estimate(len(statement(exercise).split()), lines(exercise), TRIES.get(getattr(exercise, "task", ""), 2))


def main() -> None:
    """Print the table."""
    rows = []
    for number in lesson_numbers():
        for exercise in find_lesson(number).exercises:
            words, tries = len(statement(exercise).split()), TRIES.get(getattr(exercise, "task", ""), 2)
            counted = (str(words), str(lines(exercise)), str(tries))
            rows.append([exercise.id, exercise.title, *counted, str(of(exercise)), str(exercise.minutes)])
    print(text_table(["exercise", "", "words", "lines", "tries", "minutes by the rule", "on the page"], rows))


if __name__ == "__main__":
    main()
