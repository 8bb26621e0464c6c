"""Where people get stuck: the known mistakes of each exercise, and those that the guide for teachers shows.

python -m dc_lab.course.teaching.mistakes        brings the section in notebooks/TEACHING.md up to date
"""

import re
from collections.abc import Sequence
from pathlib import Path

from dc_lab.course.exercises import AnyExercise, Misconception, Question, WrongAnswer, find, find_lesson, lesson_numbers
from dc_lab.support import files, places

CHOSEN = (
    ("01.4", "all images are coins"),
    ("02.2", "all ties kept"),
    ("02.3", "no mask in the loop"),
    ("02.3", "only the gradient is masked"),
    ("03.3", "distances instead of zeros between"),
    ("03.4", "a filler takes no place"),
    ("04.1", "no axis for the centroids"),
    ("04.2", "an empty cluster stays where it is"),
    ("04.4", "the mean of the gradients"),
    ("05.1", "the zero point added before rounding"),
    ("05.3", "not widened to hold 0"),
    ("06.1", "zero points taken off the sum"),
    ("07.2", "not sorted again after a merge"),
    ("07.5", "in steps of the longest codeword"),
    ("08.1", "groups in the wrong order"),
)
"""(exercise, mistake): what the guide shows. They are the mistakes of the idea, not of Python."""

SECTION = re.compile(r"(<!-- mistakes: .*? -->\n).*?(<!-- end of mistakes -->)", re.DOTALL)


def mistakes_of(exercise: AnyExercise) -> Sequence[Misconception | WrongAnswer]:
    """The known mistakes of an exercise, in the order in which its check looks for them."""
    return exercise.wrong if isinstance(exercise, Question) else exercise.misconceptions


def listed(numbers: Sequence[str] = ()) -> str:
    """All mistakes of some lessons and exercises, or of all, as Markdown, each with what the learner is told.

    Parameters
    ----------
    numbers : of lessons, such as "02", and of exercises, such as "02.2". None means all.

    Raises
    ------
    ValueError : a number of no lesson and of no exercise.
    """
    for number in numbers:
        find(number) if "." in number else find_lesson(number)
    parts = ["# Known mistakes, and what the learner is told\n"]
    for number in sorted({each.partition(".")[0] for each in numbers}) or lesson_numbers():
        lesson = find_lesson(number)
        parts.append(f"## {number} {lesson.title}\n")
        for exercise in lesson.exercises:
            if numbers and number not in numbers and exercise.id not in numbers:
                continue
            parts.append(f"### {exercise.id} {exercise.title}\n")
            parts.append("\n".join(f"- **{each.name}**: {one_line(each.message)}" for each in mistakes_of(exercise)))
            parts.append("")
    return "\n".join(parts)


def chosen() -> str:
    """The section of the guide: a table of CHOSEN.

    Raises
    ------
    ValueError : an exercise has no mistake of that name any more.
    """
    rows = ["| exercise | mistake | what the check says |", "|---|---|---|"]
    for exercise_id, name in CHOSEN:
        exercise = find(exercise_id)
        messages = {each.name: each.message for each in mistakes_of(exercise)}
        if name not in messages:
            raise ValueError(f"{exercise_id} has no mistake {name!r} any more: choose another one in CHOSEN")
        rows.append(
            f"| {exercise_id} {exercise.title} | {name} | {one_line(messages[name]).replace('|', chr(92) + '|')} |"
        )
    return "\n".join(rows) + "\n"


def one_line(text: str) -> str:
    """A text with single spaces, and no star outside of code, which Markdown would take for emphasis."""
    parts = " ".join(text.split()).split("`")
    return "`".join(part if at % 2 else part.replace("*", "\\*") for at, part in enumerate(parts))


def up_to_date(text: str) -> str:
    """The guide with its section written anew.

    Raises
    ------
    ValueError : there is no such section, or more than one.
    """
    if len(SECTION.findall(text)) != 1:
        raise ValueError(
            "TEACHING.md must have one section between <!-- mistakes: ... --> and <!-- end of mistakes -->"
        )
    return SECTION.sub(lambda found: f"{found[1]}\n{chosen()}\n{found[2]}", text)


def main(path: Path | None = None) -> None:
    """Bring the guide up to date."""
    path = path or places.folder("notebooks") / "TEACHING.md"
    files.write(path, up_to_date(path.read_text(encoding="utf-8")).encode())


if __name__ == "__main__":
    main()
