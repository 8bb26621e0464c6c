"""Chooses questions, draws their numbers from a seed, and writes the sheet and its key as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from dc_lab.course.exercises import find_lesson
from dc_lab.course.teaching.bank import all_questions
from dc_lab.course.teaching.questions import Drawn, ExamQuestion

HEAD = """# Deep Compression: exam

| name | date | points |
|---|---|---|
|  |  | of {points} |

A pocket calculator and one sheet of notes are allowed. Write down how you get there: half of the points of a question
are for that.
"""


@dataclass(frozen=True)
class Exam:
    """Questions with their numbers, in the order of the lessons."""

    seed: int
    asked: Sequence[tuple[ExamQuestion, Drawn]]

    @property
    def points(self) -> int:
        """Of the whole sheet."""
        return sum(question.points for question, _ in self.asked)


def draw(seed: int, lessons: Sequence[str] = (), each: int | None = None) -> Exam:
    """An exam.

    Parameters
    ----------
    seed : 0 or more. The same seed gives the same numbers, and a question the same ones whatever else is asked.
    lessons : numbers such as "02"; none means all.
    each : at most so many questions of a lesson, which ones the seed says; None means all.

    Raises
    ------
    ValueError : a negative seed, a lesson without questions, or `each` below 1.
    """
    if seed < 0:
        raise ValueError(f"the seed must be 0 or more, got {seed}")
    if each is not None and each < 1:
        raise ValueError(f"at least one question of a lesson, got {each}")
    bank = all_questions()
    known = sorted({question.lesson for question in bank})
    unknown = [number for number in lessons if number not in known]
    if unknown:
        raise ValueError(f"no questions about lesson {unknown[0]!r}; there are some about {', '.join(known)}")
    asked = []
    for number in known if not lessons else sorted(set(lessons)):
        drawn = [(question, question.drawn(seed)) for question in bank if question.lesson == number]
        # The seed turns the list, so that all have their turn; then what stays is put in order again.
        turned = [*drawn[seed % len(drawn) :], *drawn[: seed % len(drawn)]][:each]
        asked += sorted(turned, key=lambda pair: pair[0].number)
    return Exam(seed, asked)


def sheet(exam: Exam) -> str:
    """What is handed out."""
    parts = [HEAD.format(points=exam.points)]
    lesson = ""
    for number, (question, drawn) in enumerate(exam.asked, 1):
        if question.lesson != lesson:
            lesson = question.lesson
            parts.append(f"## {lesson} {find_lesson(lesson).title}\n")
        parts.append(f"**{number}. {question.title}** ({_points(question.points)})\n\n{drawn.text}\n")
    return "\n".join(parts)


def key(exam: Exam) -> str:
    """The answers, for whoever marks."""
    parts = [
        f"# Deep Compression: key\n\nSeed {exam.seed}, {len(exam.asked)} questions, {exam.points} points. Answers that "
        f"differ in the last digit are right.\n"
    ]
    for number, (question, drawn) in enumerate(exam.asked, 1):
        head = f"**{number}. {question.title}** ({question.id}, {_points(question.points)})"
        parts.append(f"{head}\n\n{drawn.answer}\n\n*{drawn.worked}*\n")
    return "\n".join(parts)


def _points(number: int) -> str:
    return f"{number} point{'s' if number > 1 else ''}"
