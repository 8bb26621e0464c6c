"""05.1 How far the tutorial's ruler reaches."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="05.1",
    title="How far the tutorial's ruler reaches",
    minutes=5,
    kind="number",
    prompt="The integers are 0 to 255, scale 0.5, zero_point 8. What is the largest value this ruler can stand for?",
    stub="reach = ...",
    answer=123.5,
    hints=[
        "The largest value belongs to the largest integer.",
        "How many steps lie between mark 8, which stands for 0, and mark 255?",
        "247 steps of 0.5 each.",
    ],
    why="(255 - 8) * 0.5 = 123.5, and down to (0 - 8) * 0.5 = -4. The values of x lie between 0.17 and 0.93: nearly "
    "all of the ruler is never used.",
)

exercise.mistake("zero_point left out", 127.5).says("""
    255 * 0.5 would be right if mark 0 stood for the value 0. Here mark 8 does: count the marks from there.""")
exercise.mistake("scale left out", 247).says("""
    247 is the number of steps from the zero point to the last mark. Each step is 0.5.""")
exercise.mistake("zero_point added", 131.5).says("""
    Mark 255 lies 255 - 8 steps above the mark that stands for 0, not 255 + 8: from integer to value, the zero point is
    subtracted.""")
exercise.mistake("a mark 256", 124).says("There are 256 marks, but the first one is 0, so that the last one is 255.")
exercise.mistake("zero_point subtracted from the value", 119.5).says("""
    The zero point is a mark, an integer. Subtract it before multiplying by the scale: (255 - 8) * 0.5.""")
exercise.mistake("the mark", 255).says("""
    255 is the last mark. Asked for is the value it stands for: scale * (integer - zero_point).""")
exercise.mistake("a mark 256, and zero_point left out", 128).says("""
    Two things: the last mark is 255, and the value 0 is at mark 8, so that 255 - 8 steps are left above it.""")
exercise.mistake(
    "the marks of int8", lambda value: abs(value - 59.5) < 1e-6 or abs(value - 63.5) < 1e-6, example=59.5
).says("127 is the last mark of int8. Here the integers have no sign: they go up to 255.")
exercise.mistake("the smallest value", -4).says("""
    That is the lower end, mark 0: (0 - 8) * 0.5. The largest value belongs to the mark 255.""")
exercise.mistake(
    "divided by the scale", lambda value: abs(value - 494) < 1e-6 or abs(value - 510) < 1e-6, example=494
).says("You divide by 0.5. From mark to value, steps are multiplied by the scale: two steps make 1.")
exercise.mistake("only the zero point multiplied", 251).says("""
    255 - 8 * 0.5 multiplies the zero point only. Subtract first: (255 - 8) * 0.5.""")
exercise.mistake("a whole number of values", lambda value: abs(value - 123) < 1e-6, example=123).says("""
    Close: values need not be whole. 247 steps of 0.5 end at a half.""")
exercise.mistake(
    "the largest value of x", lambda value: abs(value - 1.0) < 1e-6 or abs(value - 0.9301) < 1e-4, example=1.0
).says("That is how far x goes. The ruler goes much further: up to the mark 255.")
