"""What lessons 03 and 07 have built by now, the course's own: `yours` takes the learner's where there are any."""

from dc_lab.course.exercises import Exercise, find_lesson


def part(lesson, name, solution=False):
    """The reference of the exercise of this name, or its solution: of two right answers the quicker one is taken."""
    exercise = next(e for e in find_lesson(lesson).exercises if isinstance(e, Exercise) and e.name == name)
    return exercise.solution or exercise.reference if solution else exercise.reference


relative_index = part("03", "relative_index")
code_lengths = part("07", "code_lengths")
canonical_codes = part("07", "canonical_codes")
encode = part("07", "encode")
decode = part("07", "decode", solution=True)
