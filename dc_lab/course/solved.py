"""The course's solutions in a work folder: in the notebooks, and in `mine` on the same way that answers take."""

import linecache
from typing import Any

from dc_lab.course import mine
from dc_lab.course.exercises import AnyExercise, Exercise, Lesson, find_lesson, lesson_numbers
from dc_lab.course.sources import solution_source, stub_source
from dc_lab.course.work import Folder, Progress


def fill_in(cells: list[dict[str, Any]], number: str) -> None:
    """Put the solutions of a lesson in the place of its stubs."""
    if number not in lesson_numbers():
        return
    solutions = {stub_source(each.id).strip(): each.id for each in find_lesson(number).exercises}
    for cell in cells:
        if cell["cell_type"] == "code" and (exercise_id := solutions.get(cell["source"].strip())) is not None:
            cell["source"] = solution_source(exercise_id)


def keep_all(folder: Folder, progress: Progress) -> list[str]:
    """Put every solution into `mine`; what is said where one cannot stand alone."""
    lines: list[str] = []
    _earlier.clear()
    for number in lesson_numbers():
        lesson, namespace = find_lesson(number), {"__name__": "__main__"}
        for exercise in lesson.exercises:
            progress.standing(exercise.id).reached("solved")
            if isinstance(exercise, Exercise):
                lines += _keep(folder, progress, lesson, exercise, namespace)
    return lines


def _keep(
    folder: Folder, progress: Progress, lesson: Lesson, exercise: Exercise, namespace: dict[str, Any]
) -> list[str]:
    if not lesson.module:
        return []
    own = {each.name for each in lesson.exercises}
    names = [_cell(exercise, "given", exercise.given), _cell(exercise, "answer", solution_source(exercise.id))]
    try:
        answers = dict(namespace)
        for name in names:
            source = "".join(linecache.getlines(name))
            exec(compile(source, name, "exec", dont_inherit=True), namespace)
            if name == names[0]:  # what is given may hold answers, too; those that were accepted count
                namespace.update({each: value for each, value in answers.items() if each in own})
                namespace.update(_theirs(namespace))
        said = mine.keep(folder, progress, exercise, namespace[exercise.name])
        for known in (exercise.reference, exercise.solution):
            if known is not None:
                _earlier[id(known)] = namespace[exercise.name]
    finally:
        for name in names:
            linecache.cache.pop(name, None)
    return (
        [] if said[0].startswith("In mine/") else [f"{exercise.id} {exercise.title}:", *(f"  {line}" for line in said)]
    )


_earlier: dict[int, Any] = {}
"""By the id of each reference and solution what stands in `mine` in its place."""


def _theirs(namespace: dict[str, Any]) -> dict[str, Any]:
    """What is given of earlier lessons, as `yours` takes it from `mine`: not the course's references themselves."""
    return {name: _earlier[id(value)] for name, value in namespace.items() if id(value) in _earlier}


def _cell(exercise: AnyExercise, what: str, source: str) -> str:
    """Have a source found under a name as a notebook's cell is."""
    name = f"<{what} of {exercise.id}>"
    linecache.cache[name] = (len(source), None, [f"{line}\n" for line in source.split("\n")], name)
    return name
