"""Lesson 05, Quantized tensors: a ruler of whole numbers, how to place it, and one ruler a channel."""

import numpy as np

from dc_lab.course.exercises import AnyExercise, Exercise, Misconception, Question, WrongAnswer

TITLE = "Quantized tensors"

TUTORIAL = np.array([[0.6839, 0.4741, 0.7451], [0.9301, 0.1742, 0.6835]], np.float32)
"""The example that many tutorials show, with scale 0.5 and zero point 8."""

SMALL = np.array([[-0.5, 0.1, 0.6, 1.25], [0.3, -0.2, 0.9, 0.0], [1.1, 0.45, -0.4, 0.7]], np.float32)


# --- 05.1 ----------------------------------------------------------------------------------------------------------

REACH = Question(
    id="05.1",
    title="How far the tutorial's ruler reaches",
    minutes=5,
    kind="number",
    prompt="The integers are 0 to 255, scale 0.5, zero_point 8. What is the largest value this ruler can stand for?",
    stub="reach = ...",
    answer=123.5,
    wrong=[
        WrongAnswer(
            "zero_point left out",
            127.5,
            "255 * 0.5 would be right if mark 0 stood for the value 0. Here mark 8 does: count the marks from there.",
        ),
        WrongAnswer(
            "scale left out",
            247,
            "247 is the number of steps from the zero point to the last mark. Each step is 0.5.",
        ),
        WrongAnswer(
            "zero_point added",
            131.5,
            "Mark 255 lies 255 - 8 steps above the mark that stands for 0, not 255 + 8: from integer to value, the "
            "zero point is subtracted.",
        ),
        WrongAnswer(
            "a mark 256",
            124,
            "There are 256 marks, but the first one is 0, so that the last one is 255.",
        ),
        WrongAnswer(
            "zero_point subtracted from the value",
            119.5,
            "The zero point is a mark, an integer. Subtract it before multiplying by the scale: (255 - 8) * 0.5.",
        ),
        WrongAnswer(
            "the mark",
            255,
            "255 is the last mark. Asked for is the value it stands for: scale * (integer - zero_point).",
        ),
        WrongAnswer(
            "a mark 256, and zero_point left out",
            128,
            "Two things: the last mark is 255, and the value 0 is at mark 8, so that 255 - 8 steps are left above it.",
        ),
        WrongAnswer(
            "the marks of int8",
            lambda value: abs(value - 59.5) < 1e-6 or abs(value - 63.5) < 1e-6,
            "127 is the last mark of int8. Here the integers have no sign: they go up to 255.",
            example=59.5,
        ),
        WrongAnswer(
            "the smallest value",
            -4,
            "That is the lower end, mark 0: (0 - 8) * 0.5. The largest value belongs to the mark 255.",
        ),
        WrongAnswer(
            "divided by the scale",
            lambda value: abs(value - 494) < 1e-6 or abs(value - 510) < 1e-6,
            "You divide by 0.5. From mark to value, steps are multiplied by the scale: two steps make 1.",
            example=494,
        ),
        WrongAnswer(
            "only the zero point multiplied",
            251,
            "255 - 8 * 0.5 multiplies the zero point only. Subtract first: (255 - 8) * 0.5.",
        ),
        WrongAnswer(
            "a whole number of values",
            lambda value: abs(value - 123) < 1e-6,
            "Close: values need not be whole. 247 steps of 0.5 end at a half.",
            example=123,
        ),
        WrongAnswer(
            "the largest value of x",
            lambda value: abs(value - 1.0) < 1e-6 or abs(value - 0.9301) < 1e-4,
            "That is how far x goes. The ruler goes much further: up to the mark 255.",
            example=1.0,
        ),
    ],
    hints=[
        "The largest value belongs to the largest integer.",
        "How many steps lie between mark 8, which stands for 0, and mark 255?",
        "247 steps of 0.5 each.",
    ],
    why="(255 - 8) * 0.5 = 123.5, and down to (0 - 8) * 0.5 = -4. The values of x lie between 0.17 and 0.93: nearly "
    "all of the ruler is never used.",
)


# --- 05.2 ----------------------------------------------------------------------------------------------------------


def quantize(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    inverse = np.float32(1) / np.float32(scale)
    marks = np.rint(x * inverse) + zero_point
    return np.clip(marks, qmin, qmax).astype(np.int64)


def _quantize_by_loops(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    marks = np.zeros(x.shape, np.int64)
    for place, value in np.ndenumerate(x):
        mark = zero_point + round(float(value * (np.float32(1) / np.float32(scale))))
        marks[place] = min(max(mark, qmin), qmax)
    return marks


def _clamped_first(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    steps = np.round(x * (np.float32(1) / np.float32(scale)))
    return zero_point + np.minimum(np.maximum(steps, qmin - zero_point), qmax - zero_point).astype(np.int32)


def _truncate(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    marks = (x * (np.float32(1) / np.float32(scale))).astype(np.int64) + zero_point
    return np.clip(marks, qmin, qmax)


def _truncate_the_mark(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    marks = (x * (np.float32(1) / np.float32(scale)) + zero_point).astype(np.int64)
    return np.clip(marks, qmin, qmax)


def _unsigned(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.uint8)


def _floor(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    marks = np.floor(x * (np.float32(1) / np.float32(scale))) + zero_point
    return np.clip(marks, qmin, qmax).astype(np.int64)


def _half_up(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    marks = np.floor(x * (np.float32(1) / np.float32(scale)) + np.float32(0.5)) + zero_point
    return np.clip(marks, qmin, qmax).astype(np.int64)


def _divide(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return np.clip(np.rint(x / np.float32(scale)) + zero_point, qmin, qmax).astype(np.int64)


def _reciprocal_in_double(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return np.clip(np.rint(x * np.float32(1 / scale)) + zero_point, qmin, qmax).astype(np.int64)


def _multiply_by_scale(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return np.clip(np.rint(x * np.float32(scale)) + zero_point, qmin, qmax).astype(np.int64)


def _no_zero_point(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return quantize(x, scale, 0, qmin, qmax)


def _minus_zero_point(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return quantize(x, scale, -zero_point, qmin, qmax)


def _added_before(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    marks = np.rint(x * (np.float32(1) / np.float32(scale)) + np.float32(zero_point))
    return np.clip(marks, qmin, qmax).astype(np.int64)


def _added_to_the_value(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return quantize(x + np.float32(zero_point), scale, 0, qmin, qmax)


def _no_clamp(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return (np.rint(x * (np.float32(1) / np.float32(scale))) + zero_point).astype(np.int64)


def _wraps(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return _no_clamp(x, scale, zero_point).astype(np.int64).astype(np.uint8)


def _upper_end_only(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return np.minimum(_no_clamp(x, scale, zero_point), qmax)


def _clamped_before(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    marks = np.clip(np.rint(x * (np.float32(1) / np.float32(scale))), qmin, qmax)
    return marks.astype(np.int64) + zero_point


def _always_bytes(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return quantize(x, scale, zero_point, 0, 255)


def _values_back(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return (quantize(x, scale, zero_point, qmin, qmax) - zero_point) * np.float32(scale)


def _float_marks(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.float32)


def _draw_quantize(rng: np.random.Generator) -> tuple[np.ndarray, float, int, int, int]:
    # Scales that are powers of 2: a tie is one to the last bit, and a division gives what the product does.
    scale = float(rng.choice([0.25, 0.5, 2.0]))
    qmin, qmax = ((0, 255), (-128, 127), (0, 15), (-8, 7))[int(rng.integers(4))]
    zero_point = int(rng.integers(qmin, qmax + 1))
    steps = rng.integers(-40, 41, ((4,), (2, 3))[int(rng.integers(2))]) / 2
    return (steps * scale).astype(np.float32), scale, zero_point, qmin, qmax


QUANTIZE = Exercise(
    id="05.2",
    title="Value to mark",
    minutes=10,
    stub='''
def quantize(x, scale, zero_point, qmin=0, qmax=255):
    """Integers qmin to qmax, of the shape of float32 `x`: the nearest mark, half-way to the even number of steps."""
    raise NotImplementedError("your turn")
''',
    reference=quantize,
    shown=(TUTORIAL, 0.5, 8, 0, 255),
    cases=[
        (np.array([0.0], np.float32), 0.5, 8, 0, 255),
        (np.array([0.75, 1.75], np.float32), 1.0, 0, 0, 255),
        (np.array([-0.75, -1.75], np.float32), 1.0, 8, 0, 255),
        (np.array([0.5, 1.5, 2.5, -0.5, -1.5], np.float32), 1.0, 10, 0, 255),
        (np.array([0.5, 1.5, 2.5, -0.5], np.float32), 1.0, 7, 0, 255),
        (np.array([300.0, -300.0], np.float32), 1.0, 8, 0, 255),
        (np.array([10.0, -10.0], np.float32), 1.0, 0, -8, 7),
        (np.array([9.0, -9.0], np.float32), 1.0, 3, -8, 7),
        (np.array([-2.35, 1.55, 2.35], np.float32), 0.1, 100, 0, 255),
        (np.array([0.075], np.float32), 0.03, 0, 0, 255),
        (SMALL, 0.25, 2, 0, 7),
        (np.zeros((0, 2), np.float32), 0.5, 8, 0, 255),
    ],
    draw=_draw_quantize,
    misconceptions=[
        Misconception(
            "cut off, not rounded (towards 0)",
            _truncate,
            "astype(int) drops what stands after the point: 1.99 steps become 1, and -0.75 becomes 0. The largest "
            "error doubles, and every value moves towards 0. Round first, with np.rint.",
        ),
        Misconception(
            "cut off after the zero point",
            _truncate_the_mark,
            "You add the zero point and drop what stands after the point. So the mark below is taken, even if the one "
            "above is nearer. Round the steps with np.rint, then add.",
        ),
        Misconception(
            "cut off, not rounded (downwards)",
            _floor,
            "np.floor takes the mark below, even if the one above is nearer. The largest error doubles and all "
            "values become smaller. Use np.rint.",
        ),
        Misconception(
            "half-way always up",
            _half_up,
            "Adding 0.5 and cutting off moves every half-way value up; over many values that adds up. np.rint sends "
            "half of them down and half up: to the even number.",
        ),
        Misconception(
            "divided by the scale",
            _divide,
            "x / scale and x * (1 / scale) are the same on paper. In float32 they differ in the last bit, and close "
            "to half-way that is another mark. Multiply by np.float32(1) / np.float32(scale), as PyTorch does.",
        ),
        Misconception(
            "the reciprocal of a float64",
            _reciprocal_in_double,
            "1 / scale is worked out with 64 bits here and rounded to float32 afterwards. That is another number in "
            "the last bit, and close to half-way another mark: np.float32(1) / np.float32(scale).",
        ),
        Misconception(
            "multiplied by the scale",
            _multiply_by_scale,
            "Multiplying by the scale goes from marks to values. From values to marks, multiply by 1 / scale: how "
            "many steps fit into the value.",
        ),
        Misconception(
            "the zero point left out",
            _no_zero_point,
            "These are steps from the value 0. The marks are counted from elsewhere: the value 0 has mark "
            "zero_point, so add that.",
        ),
        Misconception(
            "the zero point subtracted",
            _minus_zero_point,
            "The value 0 must become the mark zero_point: from value to mark it is added, on the way back subtracted.",
        ),
        Misconception(
            "the zero point added before rounding",
            _added_before,
            "With an odd zero point, half-way values now go the other way: 0.5 steps round to 0, then 7 makes 7; but "
            "7.5 rounds to 8. Round first, then add. (Older versions of PyTorch did it your way.)",
        ),
        Misconception(
            "the zero point added to the value",
            _added_to_the_value,
            "The zero point is a number of marks, not a value. Multiply by 1 / scale first, then round, then add it.",
        ),
        Misconception(
            "no clamp",
            _no_clamp,
            "Values beyond the ends of the ruler got marks that do not exist. They take the mark at that end: "
            "np.clip(marks, qmin, qmax).",
        ),
        Misconception(
            "wrapped around",
            _wraps,
            "uint8 goes on at 0 after 255: 308 becomes 52. A very large value turns into a small one without an error. "
            "Clamp with np.clip before you convert.",
        ),
        Misconception(
            "a type without negative numbers",
            _unsigned,
            "uint8 holds 0 to 255. With qmin -128 or -8, marks below 0 turn into large ones: -8 becomes 248. Use one "
            "with a sign, such as np.int64.",
        ),
        Misconception(
            "one end only",
            _upper_end_only,
            "The ruler has two ends. Values below the first mark have to move up to qmin.",
        ),
        Misconception(
            "clamped before the zero point",
            _clamped_before,
            "You clamp the steps and then add the zero point, which can leave the ruler again. And steps below 0 are "
            "fine as long as the mark is not. Add first, clamp last.",
        ),
        Misconception(
            "always 0 to 255",
            _always_bytes,
            "The ends are arguments: with 4 bits they are 0 to 15 or -8 to 7. Clamp to qmin and qmax.",
        ),
        Misconception(
            "values in place of marks",
            _values_back,
            "You return the values that the marks stand for. Asked for are the marks themselves, integers.",
        ),
        Misconception(
            "marks as floats",
            _float_marks,
            "The numbers are right, but they are floats, which take four bytes each. Convert: .astype(np.int64).",
        ),
    ],
    alternatives=[_quantize_by_loops, _clamped_first],
    hints=[
        "Four steps in this order: how many steps of the scale, round, add, clamp.",
        "np.rint rounds half-way values to the even number. np.clip moves what is beyond the ends.",
        "marks = np.rint(x * (np.float32(1) / np.float32(scale))) + zero_point; then np.clip and .astype(np.int64).",
    ],
    why="Multiplying by the reciprocal, rounding half to even, adding, clamping: in this order, these are the integers "
    "that PyTorch gives. Another order agrees almost always, and that makes it hard to find.",
)


# --- 05.3 ----------------------------------------------------------------------------------------------------------


def dequantize(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    steps = integers.astype(np.float32) - np.float32(zero_point)
    return steps * np.float32(scale)


def _dequantize_by_table(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (scale * (integers.astype(np.int64) - zero_point)).astype(np.float32)


def _dequantize_by_loops(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    values = np.zeros(integers.shape, np.float32)
    for place, integer in np.ndenumerate(integers):
        values[place] = scale * (int(integer) - zero_point)
    return values


def _wrapped_steps(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    # What `integers - zero_point` does where zero_point is a plain int: it stays in the type of the array.
    return (integers - np.asarray(zero_point).astype(integers.dtype)) * np.float32(scale)


def _zero_point_forgotten(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return integers.astype(np.float32) * np.float32(scale)


def _zero_point_added(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (integers.astype(np.float32) + zero_point) * np.float32(scale)


def _zero_point_as_value(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return integers.astype(np.float32) * np.float32(scale) - np.float32(zero_point)


def _divided(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (integers.astype(np.float32) - zero_point) / np.float32(scale)


def _kept_whole(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return np.rint(dequantize(integers, scale, zero_point)).astype(np.int64)


def _read_as_int8(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (integers.astype(np.int8).astype(np.float32) - zero_point) * np.float32(scale)


def _wrong_way_round(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (zero_point - integers.astype(np.float32)) * np.float32(scale)


def _half_precision(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (integers.astype(np.float16) - np.float16(zero_point)) * np.float16(scale)


def _steps_only(integers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return integers.astype(np.float32) - zero_point


def _draw_dequantize(rng: np.random.Generator) -> tuple[np.ndarray, float, int]:
    if rng.random() < 0.5:
        integers, zero_point = rng.integers(0, 256, (2, 3)).astype(np.uint8), int(rng.integers(0, 256))
    else:
        integers, zero_point = rng.integers(-128, 128, 4).astype(np.int8), int(rng.integers(-128, 128))
    return integers, float(rng.choice([0.5, 0.25, 2.0])), zero_point


DEQUANTIZE = Exercise(
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
    cases=[
        (np.array([8], np.uint8), 0.5, 8),
        (np.array([0], np.uint8), 1.0, 3),
        (np.array([0, 255], np.uint8), 0.25, 128),
        (np.array([-128, 127], np.int8), 0.5, 0),
        (np.array([-128, 127], np.int8), 0.5, -20),
        (np.array([127], np.int8), 0.25, -127),
        (np.array([200], np.uint8), 0.003, 0),
        (np.zeros((2, 0), np.uint8), 0.5, 8),
    ],
    draw=_draw_dequantize,
    misconceptions=[
        Misconception(
            "the zero point left out",
            _zero_point_forgotten,
            "Mark zero_point stands for the value 0; in yours, mark 0 does. Subtract the zero point first.",
        ),
        Misconception(
            "the zero point added",
            _zero_point_added,
            "From value to mark, the zero point was added. On the way back it is subtracted.",
        ),
        Misconception(
            "subtracted after the product",
            _zero_point_as_value,
            "The zero point counts marks. Subtract it from the integer; then multiply: scale * (integer - zero_point).",
        ),
        Misconception(
            "wrapped around",
            _wrapped_steps,
            "integers - zero_point stays in 8 bits: in uint8, 0 - 3 is 253. NumPy does not complain. Convert to a "
            "wider type first: integers.astype(np.float32) - zero_point.",
        ),
        Misconception(
            "read as int8",
            _read_as_int8,
            "You convert to int8, where everything above 127 becomes negative: 200 becomes -56. Convert to a type that "
            "holds both, such as np.float32 or np.int32.",
        ),
        Misconception(
            "the difference the wrong way round",
            _wrong_way_round,
            "All signs are turned: it is integer - zero_point, so that marks above the zero point stand for values "
            "above 0.",
        ),
        Misconception(
            "floats of 16 bits",
            _half_precision,
            "float16 holds about three digits; the values are off in the fourth. Use np.float32.",
        ),
        Misconception(
            "divided by the scale",
            _divided,
            "The scale is the distance between two marks: so many steps, times the scale.",
        ),
        Misconception(
            "rounded to whole numbers",
            _kept_whole,
            "The values are floats: 0.5 is one. An integer type cuts them off.",
        ),
        Misconception(
            "steps in place of values",
            _steps_only,
            "These are steps from the zero point. Each step is `scale` long: multiply.",
        ),
    ],
    alternatives=[_dequantize_by_table, _dequantize_by_loops],
    hints=[
        "How many steps is the mark away from the zero point? How long is a step?",
        "scale * (integer - zero_point). But in what type does the subtraction happen?",
        "(integers.astype(np.float32) - zero_point) * np.float32(scale).",
    ],
    why="Two numbers and a whole number give the value. The subtraction needs more than 8 bits: 0 - 255 to 255 - 0.",
)


# --- 05.4 ----------------------------------------------------------------------------------------------------------


def choose_ruler(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


def _from_the_top(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    least, most = np.minimum(low, 0), np.maximum(high, 0)
    if most - least == 0:
        return 0.1, qmin
    scale = float(most - least) / (qmax - qmin)
    return scale, int(np.rint(qmax - most / scale))


def _range_as_it_is(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


def _range_as_it_is_clamped(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    scale, zero_point = _range_as_it_is(low, high, qmin, qmax)
    return scale, min(max(zero_point, qmin), qmax)


def _one_step_more(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin + 1)
    return scale, round(qmin - low / scale)


def _over_qmax(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / qmax
    return scale, round(qmin - low / scale)


def _always_255(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / 255
    return scale, round(qmin - low / scale)


def _always_255_from_0(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / 255
    return scale, round(-low / scale)


def _no_qmin(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    if low == high == 0:
        return 0.1, qmin
    scale, zero_point = choose_ruler(low, high, qmin, qmax)
    return scale, zero_point - qmin


def _wrong_side(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin + low / scale)


def _cut_off(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, int(qmin - low / scale)


def _fractional(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, float]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, float(qmin)
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - low / scale


def _around_zero(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    reach = max(abs(low), abs(high))
    return (2 * reach / (qmax - qmin), (qmin + qmax + 1) // 2) if reach else (0.1, qmin)


def _from_zero(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    return (high / (qmax - qmin) if high > 0 else 0.1), qmin


def _range_as_it_is_but_0(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    if low == high == 0:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


def _lower_end_widened(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    return _range_as_it_is_but_0(min(low, 0.0), high, qmin, qmax)


def _upper_end_widened(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    return _range_as_it_is(low, max(high, 0.0), qmin, qmax)


def _asked_too_early(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    return (0.1, qmin) if low == high else choose_ruler(low, high, qmin, qmax)


def _zero_for_zeros(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    return (0.1, 0) if low == high == 0 else choose_ruler(low, high, qmin, qmax)


def _float_zero_point(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, float]:
    if low == high == 0:
        return 0.1, qmin
    scale, zero_point = choose_ruler(low, high, qmin, qmax)
    return scale, float(zero_point)


def _rounded_up(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    scale, _ = choose_ruler(low, high, qmin, qmax)
    return (0.1, qmin) if low == high == 0 else (scale, int(np.ceil(qmin - min(low, 0.0) / scale)))


def _no_way_out(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


def _scale_zero(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    return (0.0, qmin) if max(high, 0) == min(low, 0) else choose_ruler(low, high, qmin, qmax)


def _swapped(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[int, float]:
    scale, zero_point = choose_ruler(low, high, qmin, qmax)
    return zero_point, scale


def _draw_choose(rng: np.random.Generator) -> tuple[float, float, int, int]:
    low, high = np.sort(np.round(rng.normal(rng.choice([-1.5, 0.0, 1.5]), 1, 2), 2))
    qmin, qmax = ((0, 255), (-128, 127), (0, 15))[int(rng.integers(3))]
    return float(low), float(high) + 0.01, qmin, qmax


CHOOSE = Exercise(
    id="05.4",
    title="Where to lay the ruler",
    minutes=10,
    stub='''
def choose_ruler(low, high, qmin=0, qmax=255):
    """(scale, zero_point), a float and an int: the ruler that spans `low` to `high` and 0; (0.1, qmin) if all is 0."""
    raise NotImplementedError("your turn")
''',
    reference=choose_ruler,
    shown=(-0.5, 1.25, 0, 7),
    cases=[
        (-1.0, 1.55, 0, 255),
        (0.0, 2.55, 0, 255),
        (-2.55, 0.0, 0, 255),
        (0.5, 1.0, 0, 255),
        (-3.0, -1.0, 0, 255),
        (0.0, 0.0, 0, 255),
        (0.0, 0.0, -128, 127),
        (2.0, 2.0, 0, 255),
        (-1.0, 1.0, -128, 127),
        (-1.0, 3.0, -8, 7),
        (-0.48, 1.0, 0, 15),
    ],
    draw=_draw_choose,
    misconceptions=[
        Misconception(
            "a range without 0",
            _range_as_it_is,
            "With a range that does not hold 0, the zero point falls off the ruler, and no mark stands for 0. "
            "Widen the range first: low = min(low, 0), high = max(high, 0).",
        ),
        Misconception(
            "a range without 0, zero point clamped",
            _range_as_it_is_clamped,
            "Clamping the zero point moves the whole ruler: it no longer reaches `high` or `low`. Widen the range to "
            "hold 0 before you work out the scale.",
        ),
        Misconception(
            "a range without 0, except where all is 0",
            _range_as_it_is_but_0,
            "The case of all zeros is there, but other ranges that do not hold 0 are left as they are: then no mark "
            "stands for 0, or the range is empty. Widen it first: low = min(low, 0), high = max(high, 0).",
        ),
        Misconception(
            "the lower end widened only",
            _lower_end_widened,
            "min(low, 0) is there, but a range below 0, such as -3 to -1, needs the other end as well: max(high, 0).",
        ),
        Misconception(
            "the upper end widened only",
            _upper_end_widened,
            "max(high, 0) is there, but a range above 0, such as 0.5 to 1, needs the other end as well: min(low, 0).",
        ),
        Misconception(
            "low == high asked before widening",
            _asked_too_early,
            "You ask for low == high before the range is widened. With 2 and 2 it becomes 0 to 2, and has a scale: "
            "widen first, then ask.",
        ),
        Misconception(
            "0 where all is 0",
            _zero_for_zeros,
            "Where the range is only 0, the zero point is qmin, not 0: they differ for int8.",
        ),
        Misconception(
            "a float for the zero point",
            _float_zero_point,
            "The number is right, but it is a float, as np.round gives it. A mark is an int: int(...) around it, or "
            "Python's round().",
        ),
        Misconception(
            "the zero point rounded up",
            _rounded_up,
            "np.ceil takes the mark above, even if the one below is nearer. Use round().",
        ),
        Misconception(
            "marks in place of steps",
            _one_step_more,
            "256 marks have 255 steps between them. Divide by qmax - qmin, or the last value falls off the end.",
        ),
        Misconception(
            "divided by qmax",
            _over_qmax,
            "The ruler has qmax - qmin steps. That is qmax only where qmin is 0; for -128 to 127 you get half of them.",
        ),
        Misconception(
            "always 255 steps",
            _always_255,
            "The ruler has 255 steps only in 8 bits. The number of steps is qmax - qmin.",
        ),
        Misconception(
            "always the marks 0 to 255",
            _always_255_from_0,
            "The ends of the ruler are arguments. There are qmax - qmin steps, and low lands on qmin.",
        ),
        Misconception(
            "qmin left out",
            _no_qmin,
            "low has to land on the mark qmin, which is -128 for int8, not 0. The zero point is qmin - low / scale.",
        ),
        Misconception(
            "the wrong side",
            _wrong_side,
            "A negative low lies below 0, so that the zero point lies above qmin: subtract low / scale.",
        ),
        Misconception(
            "the zero point cut off",
            _cut_off,
            "int() drops what stands after the point. Use round(), so that the ruler moves by half a mark at most.",
        ),
        Misconception(
            "a fraction for the zero point",
            _fractional,
            "The zero point has to be a mark itself, a whole number. Otherwise no integer stands for 0. Use round().",
        ),
        Misconception(
            "the same to both sides",
            _around_zero,
            "This is a symmetric ruler: it reaches as far below 0 as above. Where the range is lopsided, marks are "
            "spent where there are no values. Span low to high.",
        ),
        Misconception(
            "from 0 to high",
            _from_zero,
            "Your ruler starts at 0, and all negative values fall off its lower end. It has to reach down to low.",
        ),
        Misconception(
            "a scale of 0",
            _scale_zero,
            "If low and high are 0, any scale will do, but not 0: it cannot be inverted. Return (0.1, qmin) there.",
        ),
        Misconception(
            "no way out where all is 0",
            _no_way_out,
            "Right, except where low and high are both 0: there the scale becomes 0, and you divide by it. "
            "Return (0.1, qmin) in that case.",
        ),
        Misconception(
            "swapped",
            _swapped,
            "Right numbers, other order: the scale first, then the zero point.",
        ),
    ],
    alternatives=[_from_the_top],
    hints=[
        "First the range: it has to hold 0. Then the scale: length of the range over the number of steps.",
        "low lands on qmin. From there to the value 0 it is -low / scale steps.",
        "scale = (high - low) / (qmax - qmin); zero_point = round(qmin - low / scale). First the case low == high.",
    ],
    why="Two conditions decide a ruler: its ends are the ends of the range, and 0 is a mark. The second one matters "
    "because zeros are everywhere in a network: padding, ReLU, pruned weights. They should stay exactly 0.",
)


# --- 05.5 ----------------------------------------------------------------------------------------------------------


def channel_scales(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    largest = np.abs(channels).max(axis=1)
    return np.where(largest > 0, largest / ((qmax - qmin) / 2), 1.0)


def _by_other_axes(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    others = tuple(a for a in range(weights.ndim) if a != axis)
    scales = np.maximum(weights.max(axis=others), -weights.min(axis=others)) / (0.5 * (qmax - qmin))
    scales[scales == 0] = 1
    return scales


def _scales_by_loops(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    scales = []
    for number in range(weights.shape[axis]):
        largest = float(np.abs(np.take(weights, number, axis)).max())
        scales.append(2 * largest / (qmax - qmin) if largest else 1.0)
    return np.array(scales)


def _fixed(scales: np.ndarray) -> np.ndarray:
    return np.where(scales > 0, scales, 1.0)


def _max_not_absolute(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(channels.max(axis=1) / ((qmax - qmin) / 2))


def _absolute_max(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels.max(axis=1)) / ((qmax - qmin) / 2))


def _along_the_axis(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return _fixed(np.abs(weights).max(axis=axis) / ((qmax - qmin) / 2))


def _first_axis(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return channel_scales(weights, 0, qmin, qmax)


def _last_axis(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return channel_scales(weights, weights.ndim - 1, qmin, qmax)


def _axis_1_is_gone(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return _fixed(np.abs(weights).max(axis=1) / ((qmax - qmin) / 2))


def _always_8_bits(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return channel_scales(weights, axis)


def _one_for_all(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    largest = np.abs(weights).max()
    return np.full(weights.shape[axis], largest / ((qmax - qmin) / 2) if largest else 1.0)


def _over_127(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) / qmax)


def _over_all_steps(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) / (qmax - qmin))


def _range_over_steps(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed((channels.max(axis=1) - channels.min(axis=1)) / (qmax - qmin))


def _over_256(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) / ((qmax - qmin + 1) / 2))


def _zero_scales(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return np.asarray(np.abs(channels).max(axis=1) / ((qmax - qmin) / 2))


def _other_axis(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return _fixed(np.abs(weights).max(axis=1 - axis) / ((qmax - qmin) / 2))


def _not_moved(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return _fixed(np.abs(weights).reshape(weights.shape[axis], -1).max(axis=1) / ((qmax - qmin) / 2))


def _negative_scales(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    scales = channels.max(axis=1) / ((qmax - qmin) / 2)
    return np.where(scales == 0, 1.0, scales)


def _magnitude_1_for_zeros(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1)) / ((qmax - qmin) / 2)


def _times_half_the_steps(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) * ((qmax - qmin) / 2))


def _kept_dimensions(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    others = tuple(a for a in range(weights.ndim) if a != axis)
    return _fixed(np.abs(weights).max(axis=others, keepdims=True) / ((qmax - qmin) / 2))


def _largest_only(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    return channel_scales(weights, axis, qmin, qmax) * ((qmax - qmin) / 2)


def _draw_channels(rng: np.random.Generator) -> tuple[np.ndarray, int, int, int]:
    shape = ((3, 4), (2, 3), (2, 3, 2, 2))[int(rng.integers(3))]
    weights = np.round(rng.normal(0, 1, shape), 2)
    weights *= rng.choice([0.1, 1.0, 3.0], (shape[0], *[1] * (len(shape) - 1)))
    qmin, qmax = ((-128, 127), (-8, 7))[int(rng.integers(2))]
    return np.round(weights, 3), int(rng.integers(2)), qmin, qmax


CHANNELS = Exercise(
    id="05.5",
    title="A scale for each channel",
    minutes=10,
    stub='''
def channel_scales(weights, axis, qmin=-128, qmax=127):
    """Floats (weights.shape[axis],): largest magnitude in each channel over half the steps; 1 where all is 0."""
    raise NotImplementedError("your turn")
''',
    reference=channel_scales,
    shown=(np.array([[0.02, -0.05, 0.03], [1.5, -0.75, 0.6], [-0.3, 0.1, 0.15]]), 0, -128, 127),
    cases=[
        (np.array([[1.0, -2.0], [0.5, 0.25]]), 0, -8, 7),
        (np.array([[1.0, -2.0], [0.5, 0.25]]), 1, -8, 7),
        (np.array([[-3.0, -1.0, -2.0], [-0.5, -0.25, -0.75]]), 0, -128, 127),
        (np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]), 0, -128, 127),
        (np.array([[0.25]]), 0, -2, 1),
        (np.arange(-12.0, 12.0).reshape(2, 3, 2, 2), 0, -128, 127),
        (np.arange(-12.0, 12.0).reshape(2, 3, 2, 2), 1, -128, 127),
        (np.array([[1.0, -4.0, 2.0]], np.float32), 1, -128, 127),
    ],
    draw=_draw_channels,
    misconceptions=[
        Misconception(
            "the largest value in place of the largest magnitude",
            _max_not_absolute,
            "In a channel whose furthest weight is negative, the scale comes out too small and that weight falls off "
            "the ruler. Take np.abs first, then the maximum.",
        ),
        Misconception(
            "the magnitude of the largest value",
            _absolute_max,
            "np.abs came too late: the largest value of (-3, 1) is 1, its largest magnitude is 3. Take np.abs of the "
            "weights, then the maximum.",
        ),
        Misconception(
            "the maximum along the axis",
            _along_the_axis,
            "max(axis=axis) goes over the channels and leaves one number for each of the *other* places. Here the "
            "axis has to stay: take the maximum over all others.",
        ),
        Misconception(
            "axis 0 whatever was asked",
            _first_axis,
            "Channels lie along `axis`, which is not always 0. np.moveaxis(weights, axis, 0) brings it to the front.",
        ),
        Misconception(
            "the last axis",
            _last_axis,
            "Your channels are those of the last axis. They should be those of `axis`: for a Linear layer's weight, "
            "axis 0 is the outputs, and axis 1 the inputs.",
        ),
        Misconception(
            "the maximum over axis 1 whatever was asked",
            _axis_1_is_gone,
            "max(axis=1) is right for a matrix with channels along axis 0, and nothing else: a convolution has four "
            "dimensions, and `axis` can be 1. Take the maximum over all axes but `axis`.",
        ),
        Misconception(
            "the other one of two axes",
            _other_axis,
            "max(axis=1 - axis) is right for a matrix, which has two axes. A convolution's weights have four: take the "
            "maximum over all axes but `axis`.",
        ),
        Misconception(
            "cut up without moving the axis",
            _not_moved,
            "reshape cuts the weights up in the order they are stored, so that each row holds parts of several "
            "channels if axis is not 0. Bring the axis to the front first: np.moveaxis(weights, axis, 0).",
        ),
        Misconception(
            "negative scales",
            _negative_scales,
            "A channel with negative weights only gets a negative scale: np.abs is missing. Take it first, then the "
            "maximum.",
        ),
        Misconception(
            "a magnitude of 1 for zeros",
            _magnitude_1_for_zeros,
            "For a channel of zeros you put 1 in place of the largest magnitude. It is the scale that is 1: replace "
            "it after the division.",
        ),
        Misconception(
            "multiplied by half the steps",
            _times_half_the_steps,
            "You multiply. The scale is the distance between two marks, the largest magnitude over half the steps: "
            "divide.",
        ),
        Misconception(
            "always over 127.5",
            _always_8_bits,
            "127.5 is half the steps in 8 bits. With qmin and qmax it is (qmax - qmin) / 2: 7.5 in 4 bits.",
        ),
        Misconception(
            "one scale for all",
            _one_for_all,
            "Every channel has the scale of the largest weight of all. A channel of small weights then uses a few "
            "marks only. Take the maximum within each channel.",
        ),
        Misconception(
            "over 127",
            _over_127,
            "For 8 bits, half the steps are (qmax - qmin) / 2 = 127.5. Others divide by 127, so that the largest "
            "weight is hit exactly; ours are PyTorch's numbers. With few bits the difference is large.",
        ),
        Misconception(
            "over all the steps",
            _over_all_steps,
            "The ruler reaches as far below 0 as above, so that the largest magnitude has half of the steps. With all "
            "255, large weights fall off on both sides.",
        ),
        Misconception(
            "half the range",
            _range_over_steps,
            "(max - min) / steps is right for a ruler with a zero point. A symmetric ruler has its middle at 0: the "
            "side that reaches further decides. Take the largest magnitude.",
        ),
        Misconception(
            "marks in place of steps",
            _over_256,
            "256 marks have 255 steps between them: half of that is 127.5, not 128.",
        ),
        Misconception(
            "a scale of 0",
            _zero_scales,
            "A channel of zeros gets the scale 0, and 1 / 0 later. Its values are 0 with any scale: give it 1.",
        ),
        Misconception(
            "dimensions kept",
            _kept_dimensions,
            "The numbers are right. Return them as one row, of shape (weights.shape[axis],): without keepdims.",
        ),
        Misconception(
            "magnitudes, not scales",
            _largest_only,
            "These are the largest magnitudes, not yet scales. Divide by half the steps, (qmax - qmin) / 2.",
        ),
    ],
    alternatives=[_by_other_axes, _scales_by_loops],
    hints=[
        "For one channel: np.abs(channel).max() / ((qmax - qmin) / 2). A loop over the channels is fine to begin with.",
        "np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1) has one row a channel, for any shape.",
        "largest = np.abs(rows).max(axis=1); then np.where(largest > 0, largest / ((qmax - qmin) / 2), 1.0).",
    ],
    why="The maximum goes over every axis but the channels' own. For weights, axis 0 is the output: all products that "
    "are added up then share one scale, which can be taken out of the sum.",
)

EXERCISES: list[AnyExercise] = [REACH, QUANTIZE, DEQUANTIZE, CHOOSE, CHANNELS]
