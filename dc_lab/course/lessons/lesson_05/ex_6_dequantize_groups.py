"""05.6 From groups to weights."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_05.common import first_layer
from dc_lab.course.lessons.lesson_05.ex_5_quantize_groups import SHOWN, quantize_groups
from dc_lab.measure.curves.lesson_05 import even_levels, normal_levels


def dequantize_groups(codes, scales, size, levels):
    """The weights that codes and scales stand for, float32, of the shape of `codes`."""
    wide = np.repeat(scales, size, axis=1)[:, : codes.shape[1]]
    return (levels[codes] * wide).astype(np.float32)


def _draw(rng):
    rows, columns, size = (int(n) for n in rng.integers(1, 9, 3))
    levels = normal_levels(4) if rng.random() < 0.5 else even_levels(3)
    codes = rng.integers(0, len(levels), (rows, columns)).astype(rng.choice([np.uint8, np.int64]))
    return codes, rng.uniform(0.01, 3, (rows, -(-columns // size))).astype(np.float32), size, levels


def _codes(*rows, dtype=np.uint8):
    return np.array(rows, dtype)


def _scales(*rows, dtype=np.float32):
    return np.array(rows, dtype)


THREE, FOUR = np.array([-1.0, 0.0, 1.0]), np.array([-1.0, -0.25, 0.5, 1.0])

CASES = [
    (_codes([2]), _scales([0.5]), 1, THREE), (_codes([0, 1, 2]), _scales([0.5]), 3, THREE),
    (_codes([0, 1, 2]), _scales([0.5]), 4, THREE), (_codes([0, 1, 2]), _scales([0.5, 3]), 2, FOUR),
    (_codes([3, 3, 3, 3, 3]), _scales([0.5, 3, 7]), 2, FOUR), (_codes([0, 3], [1, 2]), _scales([0.5], [3]), 2, FOUR),
    (_codes([0, 3], [1, 2]), _scales([0.5, 1], [3, 4]), 1, FOUR),
    (_codes([0, 3, 1], [1, 2, 2]), _scales([0.5, 1], [3, 4]), 2, FOUR),
    (np.asfortranarray(_codes([0, 3, 1], [1, 2, 2])), _scales([0.5, 1], [3, 4]), 2, FOUR),
    (_codes([0, 3, 1], dtype=np.int64), _scales([0.5, 1e-9], dtype=np.float64), 2, FOUR),
    (_codes([200, 255, 7]), _scales([0.5]), 3, np.linspace(-1, 1, 256)),
    (_codes([0, 3, 1, 1, 1, 1, 2]), _scales([0.1, 0.2, 0.3]), 3, FOUR),
    (_codes([3, 0]), _scales([0.1], dtype=np.float16), 64, FOUR), (_codes([1, 0]), _scales([0.0]), 2, FOUR),
    # Scales of 16 bits do not make the levels so: these need more digits.
    (_codes([1, 2, 14]), _scales([0.1], dtype=np.float16), 3, normal_levels(4)),
    # Codes above 127, of a table in which a negative place is another level.
    (_codes([150, 199, 7]), _scales([0.5]), 3, np.linspace(-1, 1, 200)),
    # Tables that do not reach -1 and 1.
    (_codes([0, 1, 1]), _scales([0.5, 2]), 2, np.array([-0.5, 0.5])),
    (_codes([0, 2, 1], [1, 0, 2]), _scales([0.5, 2], [3, 4]), 2, np.array([0.0, 0.2, 0.6])),
]  # fmt: skip


exercise = Exercise(
    id="05.6",
    title="From groups to weights",
    minutes=5,
    task="warm-up",
    reference=dequantize_groups,
    shown=(*quantize_groups(SHOWN, 2, even_levels(3)), 2, even_levels(3)),
    cases=CASES,
    draw=_draw,
    dtype="exact",
    large=lambda: (*quantize_groups(first_layer(), 64, normal_levels(4)), 64, normal_levels(4)),
    large_is="a layer of the shape of the first, 300 x 784, in groups of 64, with 16 levels",
    hints=[
        "levels[codes] looks up all levels at once, in the shape of codes.",
        "np.repeat(scales, size, axis=1) writes each scale `size` times side by side. The last group may be shorter: "
        "cut what is too long.",
        "(levels[codes] * np.repeat(scales, size, axis=1)[:, : codes.shape[1]]).astype(np.float32)",
    ],
    why="""Decoding is a look-up and a product. No search is needed, so that it is fast, and codes never say how their
        levels were found.""",
)


@exercise.alternative
def _by_division(codes, scales, size, levels):
    group_of = np.arange(codes.shape[1]) // size
    return np.float32(levels[codes] * scales[:, group_of])


@exercise.alternative
def _by_groups(codes, scales, size, levels):
    values = np.take(levels, codes).astype(np.float32)
    for group in range(scales.shape[1]):
        values[:, group * size : (group + 1) * size] *= scales[:, group : group + 1]
    return values


@exercise.alternative
def _by_loops(codes, scales, size, levels):
    values = np.empty(codes.shape, np.float32)
    for row, column in np.ndindex(codes.shape):
        values[row, column] = levels[codes[row, column]] * scales[row, column // size]
    return values


def _wide(codes, scales, size):
    return np.repeat(scales, size, axis=1)[:, : codes.shape[1]]


@exercise.mistake("no scale")
def _(codes, scales, size, levels):
    """These are the levels, from -1 to 1. Multiply each by the scale of its group."""
    return levels[codes].astype(np.float32)


@exercise.mistake("the code times the scale")
def _(codes, scales, size, levels):
    """You multiply the code itself. It is a place in `levels`: look it up first, levels[codes]."""
    return (codes * _wide(codes, scales, size)).astype(np.float32)


@exercise.mistake("the code less the middle, times the scale")
def _(codes, scales, size, levels):
    """You calculate the level from the code, as if the levels stood at equal distances. Look it up: levels[codes]."""
    even = (codes.astype(float) - (len(levels) - 1) / 2) / ((len(levels) - 1) / 2)
    return (even * _wide(codes, scales, size)).astype(np.float32)


@exercise.mistake("divided by the scale")
def _(codes, scales, size, levels):
    """You divide by the scale. On the way there the weights were divided by it; back, multiply."""
    with np.errstate(all="ignore"):
        return (levels[codes] / _wide(codes, scales, size)).astype(np.float32)


@exercise.mistake("scales tiled")
def _(codes, scales, size, levels):
    """Neighbours get different scales here: np.tile does that, and j % groups. Column j lies in the group j // size:
    np.repeat writes each scale `size` times before the next one."""
    return (levels[codes] * np.tile(scales, (1, size))[:, : codes.shape[1]]).astype(np.float32)


@exercise.mistake("the first scale of each row")
def _(codes, scales, size, levels):
    """Each row has only its first scale here. Column j belongs to the group j // size."""
    return (levels[codes] * scales[:, :1]).astype(np.float32)


@exercise.mistake("groups of equal length")
def _(codes, scales, size, levels):
    """You divide the row evenly among the scales. All groups have `size` weights but the last, which may have fewer."""
    length = -(-codes.shape[1] // scales.shape[1])
    return (levels[codes] * np.repeat(scales, length, axis=1)[:, : codes.shape[1]]).astype(np.float32)


@exercise.mistake("too wide")
def _(codes, scales, size, levels):
    """np.repeat(scales, size, axis=1) is too wide where the last group is shorter, and reshape(rows, groups, size) does
    not go into such a row. Repeat the scales and cut: [:, : codes.shape[1]]."""
    return (levels[codes] * np.repeat(scales, size, axis=1)).astype(np.float32)


@exercise.mistake("all scales in one row")
def _(codes, scales, size, levels):
    """The scales are written out as one long row: np.repeat without axis=1 does that, and rows get the scales of
    others. Put in axis=1."""
    wide = np.repeat(scales, size)[: codes.size]
    return (levels[codes].ravel()[: len(wide)] * wide).reshape(codes.shape).astype(np.float32)


@exercise.mistake("values of 64 bits")
def _(codes, scales, size, levels):
    """The numbers are right, but they are float64, as the levels are. Put .astype(np.float32) behind it."""
    return levels[codes] * _wide(codes, scales, size).astype(np.float64)


@exercise.mistake("values of 16 bits")
def _(codes, scales, size, levels):
    """The values are float16, with three digits. Asked for is float32."""
    return (levels[codes] * _wide(codes, scales, size)).astype(np.float16)


@exercise.mistake("the dtype of the scales")
def _(codes, scales, size, levels):
    """The result has the dtype of the scales, which may be of 16 or of 64 bits. Asked for is float32."""
    return (levels[codes] * _wide(codes, scales, size)).astype(scales.dtype)


@exercise.mistake("multiplied in 16 bits")
def _(codes, scales, size, levels):
    """It was multiplied with 16 bits, so that only three digits are right. Convert after the product, to float32."""
    return (levels[codes].astype(np.float16) * _wide(codes, scales, size).astype(np.float16)).astype(np.float32)


@exercise.mistake("a list")
def _(codes, scales, size, levels):
    """These are lists. Asked for is an array: np.array(..., np.float32)."""
    return dequantize_groups(codes, scales, size, levels).tolist()


@exercise.mistake("one long row")
def _(codes, scales, size, levels):
    """The values stand in one long row. Give them the shape of the codes."""
    return dequantize_groups(codes, scales, size, levels).ravel()


@exercise.mistake("levels of the scales' dtype")
def _(codes, scales, size, levels):
    """The levels are given the dtype of the scales, and float16 keeps three digits. Leave them in float64, and convert
    the product."""
    return (levels.astype(scales.dtype)[codes] * _wide(codes, scales, size)).astype(np.float32)


@exercise.mistake("codes of int8")
def _(codes, scales, size, levels):
    """The codes are turned into int8, which ends at 127: 150 becomes -106, a place counted from the end. There may be
    256 levels: leave the codes as they are."""
    return dequantize_groups(codes.astype(np.int8), scales, size, levels)


@exercise.mistake("levels stretched to 1")
def _(codes, scales, size, levels):
    """The levels are divided by the largest of them. They may end before 1, and then they are meant so: look them up as
    they are."""
    return dequantize_groups(codes, scales, size, levels / np.abs(levels).max())


@exercise.mistake("levels from the other end")
def _(codes, scales, size, levels):
    """The levels are read from the other end: code 0 is the lowest one. levels[codes], without turning them round."""
    return dequantize_groups(codes, scales, size, levels[::-1])


@exercise.mistake("the scale added")
def _(codes, scales, size, levels):
    """You add the scale to the level. A weight was divided by its scale: multiply."""
    return (levels[codes] + _wide(codes, scales, size)).astype(np.float32)


@exercise.mistake("the result through 16 bits")
def _(codes, scales, size, levels):
    """The product has been float16 on the way, and has three digits. Turning it into float32 does not bring them back:
    leave float16 out."""
    return dequantize_groups(codes, scales, size, levels).astype(np.float16).astype(np.float32)


@exercise.mistake("groups that begin one column early")
def _(codes, scales, size, levels):
    """The last weight of each group has the scale of the next one: (j + 1) // size. Columns are counted from 0, so that
    column j lies in the group j // size."""
    group_of = np.minimum((np.arange(codes.shape[1]) + 1) // size, scales.shape[1] - 1)
    return (levels[codes] * scales[:, group_of]).astype(np.float32)


@exercise.mistake("the first row's scales for all")
def _(codes, scales, size, levels):
    """All rows have the scales of the first one. Row i of the codes belongs to row i of the scales: scales[:,
    group]."""
    return (levels[codes] * _wide(codes, scales[:1], size)).astype(np.float32)


@exercise.mistake("groups of about equal size")
def _(codes, scales, size, levels):
    """np.array_split makes as many groups as there are scales, all about equally long. Groups have `size` columns, and
    only the last of a row is shorter."""
    parts = np.array_split(levels[codes], scales.shape[1], axis=1)
    return np.concatenate([part * scales[:, [g]] for g, part in enumerate(parts)], axis=1).astype(np.float32)


@exercise.mistake("the last, shorter group left at 0")
def _(codes, scales, size, levels):
    """columns // size groups leave out a last one that is shorter: its weights stay 0. Round up, or go
    range(0, columns, size)."""
    weights = np.zeros(codes.shape, np.float32)
    for group in range(codes.shape[1] // size):
        where = slice(group * size, (group + 1) * size)
        weights[:, where] = levels[codes[:, where]] * scales[:, [group]]
    return weights
