"""05.3 Mark to value."""

import numpy as np

from dc_lab.course.exercises import Exercise


def dequantize(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    steps = integers.astype(np.float32) - np.float32(zero_point)
    return steps * np.float32(scale)


def _draw_dequantize(rng):
    if rng.random() < 0.5:
        integers, zero_point = rng.integers(0, 256, (2, 3)).astype(np.uint8), int(rng.integers(0, 256))
    else:
        integers, zero_point = rng.integers(-128, 128, 4).astype(np.int8), int(rng.integers(-128, 128))
    return integers, float(rng.choice([0.5, 0.25, 2.0])), zero_point


CASES = [
    (np.array([8], np.uint8), 0.5, 8), (np.array([0], np.uint8), 1.0, 3), (np.array([0, 255], np.uint8), 0.25, 128),
    (np.array([-128, 127], np.int8), 0.5, 0), (np.array([-128, 127], np.int8), 0.5, -20),
    (np.array([127], np.int8), 0.25, -127), (np.array([200], np.uint8), 0.003, 0), (np.zeros((2, 0), np.uint8), 0.5, 8),
]  # fmt: skip

exercise = Exercise(
    id="05.3",
    title="Mark to value",
    minutes=5,
    stub='''
def dequantize(integers, scale, zero_point):
    """The values that the marks stand for: floats, of the shape of `integers`, which are uint8 or int8."""
    raise NotImplementedError("your turn")
''',
    reference=dequantize,
    shown=(np.array([[9, 9, 9], [10, 8, 9]], np.uint8), 0.5, 8),
    cases=CASES,
    draw=_draw_dequantize,
    hints=[
        "How many steps is the mark away from the zero point? How long is a step?",
        "scale * (integer - zero_point). But in what type does the subtraction happen?",
        "(integers.astype(np.float32) - zero_point) * np.float32(scale).",
    ],
    why="Two numbers and a whole number give the value. The subtraction needs more than 8 bits: 0 - 255 to 255 - 0.",
)


@exercise.alternative
def _dequantize_by_table(integers, scale, zero_point):
    return (scale * (integers.astype(np.int64) - zero_point)).astype(np.float32)


@exercise.alternative
def _dequantize_by_loops(integers, scale, zero_point):
    values = np.zeros(integers.shape, np.float32)
    for place, integer in np.ndenumerate(integers):
        values[place] = scale * (int(integer) - zero_point)
    return values


@exercise.mistake("the zero point left out")
def _(integers, scale, zero_point):
    """Mark zero_point stands for the value 0; in yours, mark 0 does. Subtract the zero point first."""
    return integers.astype(np.float32) * np.float32(scale)


@exercise.mistake("the zero point added")
def _(integers, scale, zero_point):
    """From value to mark, the zero point was added. On the way back it is subtracted."""
    return (integers.astype(np.float32) + zero_point) * np.float32(scale)


@exercise.mistake("subtracted after the product")
def _(integers, scale, zero_point):
    """The zero point counts marks. Subtract it from the integer; then multiply: scale * (integer - zero_point)."""
    return integers.astype(np.float32) * np.float32(scale) - np.float32(zero_point)


@exercise.mistake("wrapped around")
def _(integers, scale, zero_point):
    """integers - zero_point stays in 8 bits: in uint8, 0 - 3 is 253. NumPy does not complain. Convert to a wider type
    first: integers.astype(np.float32) - zero_point."""
    # What `integers - zero_point` does where zero_point is a plain int: it stays in the type of the array.
    return (integers - np.asarray(zero_point).astype(integers.dtype)) * np.float32(scale)


@exercise.mistake("read as int8")
def _(integers, scale, zero_point):
    """You convert to int8, where everything above 127 becomes negative: 200 becomes -56. Convert to a type that holds
    both, such as np.float32 or np.int32."""
    return (integers.astype(np.int8).astype(np.float32) - zero_point) * np.float32(scale)


@exercise.mistake("the difference the wrong way round")
def _(integers, scale, zero_point):
    """All signs are turned: it is integer - zero_point, so that marks above the zero point stand for values above 0."""
    return (zero_point - integers.astype(np.float32)) * np.float32(scale)


@exercise.mistake("floats of 16 bits")
def _(integers, scale, zero_point):
    """float16 holds about three digits; the values are off in the fourth. Use np.float32."""
    return (integers.astype(np.float16) - np.float16(zero_point)) * np.float16(scale)


@exercise.mistake("divided by the scale")
def _(integers, scale, zero_point):
    """The scale is the distance between two marks: so many steps, times the scale."""
    return (integers.astype(np.float32) - zero_point) / np.float32(scale)


@exercise.mistake("rounded to whole numbers")
def _(integers, scale, zero_point):
    """The values are floats: 0.5 is one. An integer type cuts them off."""
    return np.rint(dequantize(integers, scale, zero_point)).astype(np.int64)


@exercise.mistake("steps in place of values")
def _(integers, scale, zero_point):
    """These are steps from the zero point. Each step is `scale` long: multiply."""
    return integers.astype(np.float32) - zero_point
