"""05.1 How far the tutorial's ruler reaches."""

from dc_lab.course.exercises import Question


def ruler(scale: float, zero_point: int, vary=None) -> Question:
    """The question for integers from 0 to 255; the wrong answers follow from the two numbers."""
    steps = 255 - zero_point
    question = Question(
        id="05.1",
        title="How far the tutorial's ruler reaches",
        minutes=5,
        kind="number",
        prompt=f"The integers are 0 to 255, scale {scale:g}, zero_point {zero_point}. What is the largest value this "
        "ruler can stand for?",
        stub="reach = ...",
        answer=steps * scale,
        hints=[
            "The largest value belongs to the largest integer.",
            f"How many steps lie between mark {zero_point}, which stands for 0, and mark 255?",
            f"{steps} steps of {scale:g} each.",
        ],
        why=f"(255 - {zero_point}) * {scale:g} = {steps * scale:g}, and down to (0 - {zero_point}) * {scale:g} = "
        f"{-zero_point * scale:g}. The values of x lie between 0.17 and 0.93: nearly all of the ruler is never used.",
        vary=vary,
    )
    question.mistake("zero_point left out", 255 * scale).says(f"""
        255 * {scale:g} would be right if mark 0 stood for the value 0. Here mark {zero_point} does: count the marks
        from there.""")
    question.mistake("scale left out", steps).says(f"""
        {steps} is the number of steps from the zero point to the last mark. Each step is {scale:g}.""")
    question.mistake("zero_point added", (255 + zero_point) * scale).says(f"""
        Mark 255 lies 255 - {zero_point} steps above the mark that stands for 0, not 255 + {zero_point}: from integer to
        value, the zero point is subtracted.""")
    question.mistake("a mark 256", (steps + 1) * scale).says(
        "There are 256 marks, but the first one is 0, so that the last one is 255."
    )
    question.mistake("zero_point subtracted from the value", 255 * scale - zero_point).says(f"""
        The zero point is a mark, an integer. Subtract it before multiplying by the scale: (255 - {zero_point}) *
        {scale:g}.""")
    question.mistake("the mark", 255).says("""
        255 is the last mark. Asked for is the value it stands for: scale * (integer - zero_point).""")
    question.mistake("a mark 256, and zero_point left out", 256 * scale).says(f"""
        Two things: the last mark is 255, and the value 0 is at mark {zero_point}, so that 255 - {zero_point} steps are
        left above it.""")
    marks = (127 - zero_point) * scale, 127 * scale
    question.mistake(
        "the marks of int8", lambda value: min(abs(value - mark) for mark in marks) < 1e-6, example=marks[0]
    ).says("127 is the last mark of int8. Here the integers have no sign: they go up to 255.")
    question.mistake("the smallest value", -zero_point * scale).says(f"""
        That is the lower end, mark 0: (0 - {zero_point}) * {scale:g}. The largest value belongs to the mark 255.""")
    divided = steps / scale, 255 / scale
    question.mistake(
        "divided by the scale", lambda value: min(abs(value - each) for each in divided) < 1e-6, example=divided[0]
    ).says(f"You divide by {scale:g}. From mark to value, steps are multiplied by the scale.")
    question.mistake("only the zero point multiplied", 255 - zero_point * scale).says(f"""
        255 - {zero_point} * {scale:g} multiplies the zero point only. Subtract first: (255 - {zero_point}) *
        {scale:g}.""")
    if steps * scale % 1:
        whole = steps * scale // 1
        question.mistake("a whole number of values", lambda value: abs(value - whole) < 1e-6, example=whole).says(f"""
            Close: values need not be whole. {steps} steps of {scale:g} do not end at a whole number.""")
    question.mistake(
        "the largest value of x", lambda value: abs(value - 1.0) < 1e-6 or abs(value - 0.9301) < 1e-4, example=1.0
    ).says("That is how far x goes. The ruler goes much further: up to the mark 255.")
    return question


def another(rng):
    """With other numbers: a step of 0.25, 0.5, 0.75 or 1.5, and an even zero point: steps are odd in number."""
    return ruler(float(rng.choice([0.25, 0.5, 0.75, 1.5])), int(rng.integers(2, 20)) * 2)


exercise = ruler(0.5, 8, another)
