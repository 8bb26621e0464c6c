"""05.5 Few bits, in groups."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_05.common import first_layer
from dc_lab.measure.curves.lesson_05 import even_levels, normal_levels


def quantize_groups(weights, size, levels):
    """(codes, scales): the nearest level of each weight, the scale of each group."""
    starts = np.arange(0, weights.shape[1], size)
    largest = np.maximum.reduceat(np.abs(weights), starts, axis=1)
    scales = np.where(largest > 0, largest, 1)
    shares = weights / np.repeat(scales, size, axis=1)[:, : weights.shape[1]]
    between = (levels[:-1] + levels[1:]) / 2
    return np.searchsorted(between, shares), scales


def _draw_groups(rng):
    rows, columns = (int(n) for n in rng.integers(1, 9, 2))
    weights = rng.normal(0, 1, (rows, columns)) * rng.choice([1e-6, 0.1, 3.0], (rows, 1))
    weights[rng.random((rows, columns)) < 0.1] = 0
    bits = int(rng.integers(2, 5))
    levels = normal_levels(bits) if rng.random() < 0.5 else even_levels(bits)
    return weights.astype(np.float32), int(rng.integers(1, columns + 2)), levels


NEAR = 1e-6
"""So much further than the nearest, as a share of the scale, a level may be: float32 and float64 may disagree there."""


def _accepted(case, expected, got):
    """What is wrong with codes and scales, in words, the first group or weight first; raises for another form."""
    if not isinstance(got, (tuple, list)) or len(got) != 2 or not all(isinstance(part, np.ndarray) for part in got):
        raise TypeError("not two arrays")
    weights, size, levels = case
    codes, scales = got
    if codes.shape != weights.shape or codes.dtype.kind not in "iu":
        raise TypeError("not codes")
    if scales.shape != expected[1].shape or scales.dtype.kind != "f":
        raise TypeError("not scales")
    # A scale is the largest magnitude of its group.
    wrong = ~np.isclose(scales, expected[1], rtol=1e-6, atol=0)
    if wrong.any():
        row, group = (int(i) for i in np.argwhere(wrong)[0])
        right, found = expected[1][row, group], scales[row, group]
        columns = f"columns {group * size} to {min((group + 1) * size, weights.shape[1]) - 1}"
        return f"the scale of row {row}, {columns}, is {right:.7g}; yours is {found:.7g}"
    # A code is the nearest level, on a tie the lower one.
    shares = weights.astype(np.float64) / np.repeat(expected[1], size, axis=1)[:, : weights.shape[1]]
    count = len(levels)
    wrong = (codes < 0) | (codes >= count)
    distance = np.abs(shares - levels[np.clip(codes, 0, count - 1)])
    right = np.abs(shares - levels[expected[0]])
    wrong |= (distance > right + NEAR) | ((distance == right) & (codes > expected[0]))
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        what = f"weight [{row}, {column}] is {shares[row, column]:.6g} times its scale"
        return f"{what}, and level {int(expected[0][row, column])} is the nearest; yours is {int(codes[row, column])}"
    return None


def _matrix(*rows):
    return np.array(rows, np.float32)


EIGHTHS = np.arange(-8, 9, 2) / 8
"""Nine levels that float32 holds, and so the places half-way between them: -1, -0.75, ... 1."""

SHOWN = _matrix([0.4, -0.1, 0.07, 0.02, 0.015], [-1.5, 0.75, 0.3, 0.0, 0.0])
"""The matrix that the page shows, with groups of 2."""

THREE = np.array([-1.0, 0.0, 1.0])

CASES = [
    (_matrix([0.5]), 1, THREE), (_matrix([-0.5]), 4, THREE), (_matrix([1.0, 0.3, -0.2, -1.0]), 4, THREE),
    (_matrix([1.0, 0.5, -0.5, -1.0]), 4, THREE), (_matrix([0.0, 0.0]), 2, THREE),
    (_matrix([0.0, 0.0, 2.0, -1.5]), 2, THREE), (_matrix([1.0, 0.4, 0.2, 0.1, 0.05]), 2, THREE),
    (_matrix([8.0, 7, 5, 3, 1, -1, -3, -5, -7]), 9, EIGHTHS),
    (_matrix([4.0, 2.001, 1.999, -0.4999, -0.5001]), 5, EIGHTHS),
    (_matrix([-2.0, 1.0, 1.5, 0.25]), 3, EIGHTHS), (_matrix([-2.0], [1.0], [0.5]), 1, EIGHTHS),
    (_matrix([-2.0, 1.0], [1.0, 3.0], [0.5, 0.1]), 2, EIGHTHS), (_matrix([1e-7, -3e-8], [1e-30, 4e-31]), 2, EIGHTHS),
    (_matrix([0.9, -0.3, 0.62, 0.1, 0.2, 0.3, 0.4]), 3, np.array([-1.0, -0.1, 0.0, 0.2, 0.3, 1.0])),
    (_matrix([1.0, -0.6, 0.25, -0.9]), 4, np.array([-0.5, 0.5])),
    (_matrix([-1.0, 0.3, 0.0]), 3, np.array([0.0, 0.2, 1.0])),
    (np.asfortranarray(_matrix([1.0, 0.4, 0.2, 0.1, 0.05], [0.01, 3, 2, 1, 0.7])), 2, EIGHTHS),
    (np.linspace(-1, 1, 201, dtype=np.float32)[None], 201, normal_levels(4)),
    (np.linspace(-0.3, 1, 201, dtype=np.float32)[None], 64, even_levels(4)),
    (np.linspace(-1, 1, 600, dtype=np.float32).reshape(2, 300), 128, np.linspace(-1, 1, 256)),
    (np.linspace(1, -0.5, 24, dtype=np.float32).reshape(6, 4)[:, ::2], 1, EIGHTHS),
]  # fmt: skip


exercise = Exercise(
    id="05.5",
    title="Few bits, in groups",
    minutes=15,
    task="build",
    reference=quantize_groups,
    shown=(SHOWN, 2, even_levels(3)),
    cases=CASES,
    draw=_draw_groups,
    accept=_accepted,
    large=lambda: (first_layer(), 64, normal_levels(4)),
    large_is="a layer of the shape of the first, 300 x 784, in groups of 64, with 16 levels",
    hints=[
        "Go group by group first: for start in range(0, columns, size), weights[:, start : start + size] is a group of "
        "each row. A slice may reach beyond the end, and then is shorter.",
        "The scale of a group is np.abs(group).max(axis=1), and 1 where that is 0. Divide the group by it.",
        "The nearest of sorted levels: np.searchsorted((levels[:-1] + levels[1:]) / 2, shares) counts how many of the "
        "places half-way between two levels lie below each share.",
    ],
    why="""A weight has the code k if k of the places half-way between two levels lie below it. np.searchsorted counts
        them, and takes the lower level on a tie. np.maximum.reduceat takes the maximum from each start to the next,
        and the last group goes to the end of the row, however short it is.""",
)


def _groups(weights, size):
    for start in range(0, weights.shape[1], size):
        yield slice(start, start + size), weights[:, start : start + size]


def _nearest(shares, levels):
    return np.abs(shares[..., None] - levels).argmin(axis=-1)


@exercise.alternative
def _group_by_group(weights, size, levels):
    codes, scales = np.zeros(weights.shape, np.uint8), []
    for where, group in _groups(weights, size):
        largest = np.abs(group).max(axis=1)
        largest[largest == 0] = 1
        codes[:, where] = _nearest(group / largest[:, None], levels)
        scales.append(largest)
    return codes, np.stack(scales, axis=1)


@exercise.alternative
def _with_padding(weights, size, levels):
    rows, columns = weights.shape
    padded = np.pad(weights, ((0, 0), (0, -columns % size))).reshape(rows, -1, size)
    scales = np.abs(padded).max(axis=2)
    scales = np.where(scales == 0, np.float32(1), scales)
    shares = (padded / scales[:, :, None]).reshape(rows, -1)[:, :columns]
    return np.digitize(shares, (levels[1:] + levels[:-1]) / 2, right=True), scales


@exercise.alternative
def _in_float64(weights, size, levels):
    weights, columns = weights.astype(float), weights.shape[1]
    scales = np.array([[max(abs(row[s : s + size])) or 1.0 for s in range(0, columns, size)] for row in weights])
    codes = np.zeros(weights.shape, np.int16)
    for column in range(columns):
        codes[:, column] = _nearest(weights[:, column] / scales[:, column // size], levels)
    return codes, scales


@exercise.alternative
def _counting_levels(weights, size, levels):
    group_of = np.arange(weights.shape[1]) // size
    scales = np.zeros((len(weights), group_of[-1] + 1), np.float32)
    np.maximum.at(scales, (slice(None), group_of), np.abs(weights))
    scales[scales == 0] = 1
    codes = np.zeros(weights.shape, int)
    for k in range(1, len(levels)):
        codes += weights / scales[:, group_of] > (levels[k - 1] + levels[k]) / 2
    return codes, scales


def _wrong(scale_of=None, code_of=None, columns=None):
    """A variant of the solution: another scale of a group, other codes of shares."""

    def answer(weights, size, levels):
        codes, scales = [], []
        for _, group in _groups(weights, size):
            scale = np.abs(group).max(axis=1)
            scale = np.where(scale > 0, scale, 1) if scale_of is None else scale_of(group)
            shares = group / scale[:, None]
            codes.append(
                np.searchsorted((levels[:-1] + levels[1:]) / 2, shares) if code_of is None else code_of(shares, levels)
            )
            scales.append(scale)
        return np.concatenate(codes, axis=1), np.stack(scales, axis=1)

    return answer


def _or_1(scale):
    return np.where(scale != 0, scale, 1).astype(np.float32)


exercise.mistake(
    "the largest value, where it is above 0",
    _wrong(lambda group: np.where(group.max(axis=1) > 0, group.max(axis=1), 1).astype(np.float32)),
).says("""
    You take the largest value of a group, and 1 where it is not above 0. A negative weight has a magnitude, too: np.abs
    first, then the maximum.""")
exercise.mistake("the largest value", _wrong(lambda group: _or_1(group.max(axis=1)))).says("""
    You take the largest value of a group. Where the furthest weight is negative, its magnitude is what counts: np.abs
    first, then the maximum.""")
exercise.mistake("the magnitude of the largest value", _wrong(lambda group: _or_1(np.abs(group.max(axis=1))))).says("""
    np.abs came too late: the largest value of (-3, 1) is 1, its largest magnitude is 3. Take np.abs of the group, then
    the maximum.""")
exercise.mistake("the mean magnitude", _wrong(lambda group: _or_1(np.abs(group).mean(axis=1)))).says("""
    The scale is a mean here. It is the largest magnitude of the group, so that all shares lie from -1 to 1.""")
exercise.mistake("the spread", _wrong(lambda group: _or_1(group.std(axis=1)))).says("""
    The scale is a standard deviation here. It is the largest magnitude of the group.""")
exercise.mistake("the range", _wrong(lambda group: _or_1(np.ptp(group, axis=1)))).says("""
    The scale is the whole range, from the smallest to the largest. It is the largest magnitude.""")
exercise.mistake("half the range", _wrong(lambda group: _or_1(np.ptp(group, axis=1) / 2))).says("""
    The scale is half the range, which is right only where the group reaches as far below 0 as above. It is the largest
    magnitude.""")


@exercise.mistake("magnitude over steps")
def _(weights, size, levels):
    """You divide the magnitude by half the steps, as in 05.4. Here the levels go from -1 to 1 already, so that the
    scale is the largest magnitude itself."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes, np.where(scales == 1, 1, scales / ((len(levels) - 1) / 2)).astype(np.float32)


@exercise.mistake("a scale of 0")
def _(weights, size, levels):
    """A group of zeros gets the scale 0, and its weights are divided by it. Give it the scale 1."""
    codes, scales = quantize_groups(weights, size, levels)
    empty = [np.abs(group).max(axis=1) == 0 for _, group in _groups(weights, size)]
    return codes, np.where(np.stack(empty, axis=1), 0, scales).astype(np.float32)


exercise.mistake(
    "something added to every scale", _wrong(lambda group: np.abs(group).max(axis=1) + np.float32(1e-8))
).says(
    """You add a little to every scale, so that none is 0. Where weights are small, that changes their codes. Replace
    only the scales that are 0, by 1."""
)
exercise.mistake(
    "a small scale for zeros", _wrong(lambda group: np.maximum(np.abs(group).max(axis=1), np.float32(1e-8)))
).says("""
    No scale of yours is below some small number. Weights may be smaller than that, and the scale of a group of zeros is
    1: replace only the scales that are 0.""")
exercise.mistake(
    "small groups taken for zeros",
    _wrong(lambda group: np.where(np.isclose(np.abs(group).max(axis=1), 0), 1, np.abs(group).max(axis=1))),
).says("""
    A group of small weights is not one of zeros. np.isclose takes it for one: compare with == 0.""")


def _one_scale(weights):
    largest = np.abs(weights).max()
    return largest if largest > 0 else np.float32(1)


@exercise.mistake("one scale for all")
def _(weights, size, levels):
    """All groups have the scale of the largest weight of all. Each group has its own: take the maximum within it."""
    scales = np.full((len(weights), -(-weights.shape[1] // size)), _one_scale(weights))
    return np.searchsorted((levels[:-1] + levels[1:]) / 2, weights / _one_scale(weights)), scales


@exercise.mistake("a scale for each row")
def _(weights, size, levels):
    """All groups of a row have the same scale, that of the whole row. Take the maximum within each group."""
    codes, scale = quantize_groups(weights, weights.shape[1], levels)
    return codes, np.repeat(scale, -(-weights.shape[1] // size), axis=1)


@exercise.mistake("groups down the columns")
def _(weights, size, levels):
    """Your groups run down the columns. They run along a row: `size` neighbours of weights[i, :], so that an output's
    weights stay together."""
    codes, scales = quantize_groups(weights.T, size, levels)
    return codes.T, scales.T


@exercise.mistake("groups that go on in the next row")
def _(weights, size, levels):
    """You cut the weights into groups as one long row. Each row begins a new group, and its last group may be
    shorter."""
    flat = weights.reshape(1, -1)
    codes, scales = quantize_groups(flat, size, levels)
    return codes.reshape(weights.shape), scales


@exercise.mistake("columns modulo the number of groups")
def _(weights, size, levels):
    """Neighbouring weights are in different groups here: every n-th column is in one. A group is `size` neighbours:
    columns 0 to size - 1, and so on."""
    count = -(-weights.shape[1] // size)
    codes, scales = np.zeros(weights.shape, int), np.ones((len(weights), count), np.float32)
    for group in range(count):
        part, scale = quantize_groups(weights[:, group::count], size + weights.shape[1], levels)
        codes[:, group::count], scales[:, group] = part, scale[:, 0]
    return codes, scales


@exercise.mistake("the last group left out")
def _(weights, size, levels):
    """A last group that is shorter than `size` has no scale of its own here. It is a group like any other."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes, scales[:, : weights.shape[1] // size]


@exercise.mistake("only whole groups")
def _(weights, size, levels):
    """The columns after the last whole group are missing. The last group of a row may be shorter; it has codes and a
    scale, too."""
    whole = weights.shape[1] // size * size
    if not whole:
        return np.zeros((len(weights), 0), int), np.zeros((len(weights), 0), np.float32)
    return quantize_groups(weights[:, :whole], size, levels)


@exercise.mistake("padding left in the codes")
def _(weights, size, levels):
    """You filled the row up with zeros to whole groups, and their codes are still there. Cut them off: codes[:,
    :columns]."""
    return quantize_groups(np.pad(weights, ((0, 0), (0, -weights.shape[1] % size))), size, levels)


@exercise.mistake("columns that do not divide refused")
def _(weights, size, levels):
    """reshape(rows, -1, size) works only if the row has whole groups. The last group may be shorter: fill the row up
    with zeros first (np.pad), or go group by group."""
    weights.reshape(len(weights), -1, size)
    return quantize_groups(weights, size, levels)


exercise.mistake(
    "the higher level on a tie",
    _wrong(code_of=lambda shares, levels: np.searchsorted((levels[:-1] + levels[1:]) / 2, shares, side="right")),
).says("""
    Half-way between two levels you take the higher one. The page asks for the lower: np.searchsorted does that without
    side="right", and argmin takes the first of two that are equal.""")
exercise.mistake(
    "the level below",
    _wrong(code_of=lambda shares, levels: np.maximum(np.searchsorted(levels, shares, side="right") - 1, 0)),
).says("""
    You take the level at or below each share, even if the one above is nearer. Search in the places half-way between
    levels, (levels[:-1] + levels[1:]) / 2.""")
exercise.mistake(
    "the level above",
    _wrong(code_of=lambda shares, levels: np.minimum(np.searchsorted(levels, shares), len(levels) - 1)),
).says("""
    You search in the levels themselves, which gives the level at or above each share. Search in the places half-way
    between them, (levels[:-1] + levels[1:]) / 2.""")
exercise.mistake(
    "even levels whatever was given",
    _wrong(
        code_of=lambda shares, levels: np.clip(
            np.rint((shares + 1) * (len(levels) - 1) / 2), 0, len(levels) - 1
        ).astype(int)
    ),
).says("""
    You round as if the levels stood at equal distances. They may stand anywhere: look for the nearest one.""")
exercise.mistake(
    "codes around 0", _wrong(code_of=lambda shares, levels: np.rint(shares * (len(levels) // 2)).astype(int))
).says("""
    Your codes are integers around 0. A code is the place of a level in `levels`, counted from 0.""")
exercise.mistake("codes counted from 1", _wrong(code_of=lambda shares, levels: 1 + _nearest(shares, levels))).says("""
    Your codes are one too large. Places in `levels` are counted from 0.""")
exercise.mistake("magnitudes encoded", _wrong(code_of=lambda shares, levels: _nearest(np.abs(shares), levels))).says("""
    The signs are gone: np.abs is for the scale only. Divide the weights themselves by it.""")


@exercise.mistake("weights not divided")
def _(weights, size, levels):
    """You look for the nearest level of the weights themselves. Divide them by the scale of their group first."""
    _, scales = quantize_groups(weights, size, levels)
    return _nearest(weights, levels), scales


@exercise.mistake("multiplied by the scale")
def _(weights, size, levels):
    """You multiply the weights by the scale of their group. Divide, so that they lie from -1 to 1."""
    _, scales = quantize_groups(weights, size, levels)
    return _nearest(weights * np.repeat(scales, size, axis=1)[:, : weights.shape[1]], levels), scales


@exercise.mistake("levels in place of codes")
def _(weights, size, levels):
    """You return the levels themselves. Asked for are their places in `levels`, whole numbers."""
    codes, scales = quantize_groups(weights, size, levels)
    return levels[codes], scales


@exercise.mistake("values in place of codes")
def _(weights, size, levels):
    """You return the values that the codes stand for. Asked for are the codes and the scales."""
    codes, scales = quantize_groups(weights, size, levels)
    return levels[codes] * np.repeat(scales, size, axis=1)[:, : weights.shape[1]], scales


@exercise.mistake("codes as floats")
def _(weights, size, levels):
    """The codes are right, but floats; np.zeros makes floats unless it is given a dtype, such as int."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes.astype(np.float64), scales


@exercise.mistake("codes of int8")
def _(weights, size, levels):
    """int8 holds up to 127. There may be 256 levels: use uint8 or a wider type."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes.astype(np.int8), scales


@exercise.mistake("scales of 16 bits")
def _(weights, size, levels):
    """float16 rounds the scales to three digits. Keep them as exact as the weights are."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes, scales.astype(np.float16)


@exercise.mistake("scales for each weight")
def _(weights, size, levels):
    """You return a scale for each weight, as many numbers as the layer has. Return one for each group."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes, np.repeat(scales, size, axis=1)[:, : weights.shape[1]]


@exercise.mistake("scales with a third dimension")
def _(weights, size, levels):
    """The scales have a dimension too many, left by keepdims or [:, :, None]. Their shape is (rows, groups)."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes, scales[:, :, None]


@exercise.mistake("codes cut into groups")
def _(weights, size, levels):
    """Your codes are still cut into groups. Give them the shape of the weights."""
    padded = np.pad(weights, ((0, 0), (0, -weights.shape[1] % size)))
    codes, scales = quantize_groups(padded, size, levels)
    return codes.reshape(len(weights), -1, size), scales


@exercise.mistake("groups by rows for scales")
def _(weights, size, levels):
    """The scales stand the other way round. A row of them belongs to a row of weights: their shape is (rows,
    groups)."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes, scales.T


@exercise.mistake("the scales as one row")
def _(weights, size, levels):
    """The scales stand in one long row. Their shape is (rows, groups)."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes, scales.ravel()


@exercise.mistake("lists")
def _(weights, size, levels):
    """These are lists. Asked for are two arrays."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes.tolist(), scales.tolist()


@exercise.mistake("swapped")
def _(weights, size, levels):
    """Right, but in the other order: codes first, then scales."""
    return quantize_groups(weights, size, levels)[::-1]


@exercise.mistake("the codes alone")
def _(weights, size, levels):
    """The scales are missing. Without them nobody can get the weights back: return codes, scales."""
    return quantize_groups(weights, size, levels)[0]


def _by_halves(shares, levels):
    return np.searchsorted((levels[:-1] + levels[1:]) / 2, shares)


@exercise.mistake("the magnitude over steps, and codes by it")
def _(weights, size, levels):
    """You divide the magnitude by half the steps, as in 05.4, and the weights by the result. Here the levels reach from
    -1 to 1 already: the scale is the largest magnitude itself."""
    _, scales = quantize_groups(weights, size, levels)
    empty = np.stack([np.abs(group).max(axis=1) == 0 for _, group in _groups(weights, size)], axis=1)
    scales = np.where(empty, 1.0, scales.astype(np.float64) / ((len(levels) - 1) / 2))
    return _by_halves(weights / np.repeat(scales, size, axis=1)[:, : weights.shape[1]], levels), scales


@exercise.mistake("scales of 16 bits, and codes by them")
def _(weights, size, levels):
    """float16 rounds the scales to three digits, and the weights are divided by the rounded ones. Keep the scales as
    exact as the weights are."""
    _, scales = quantize_groups(weights, size, levels)
    with np.errstate(all="ignore"):
        scales = scales.astype(np.float16)
        scales[scales == 0] = 1
        return _by_halves(weights / np.repeat(scales, size, axis=1)[:, : weights.shape[1]], levels), scales


@exercise.mistake("groups of equal length")
def _(weights, size, levels):
    """The groups of a row are about equally long here: np.array_split does that. All have `size` weights but the last,
    which may have fewer: weights[:, start : start + size]."""
    codes, scales = [], []
    count = -(-weights.shape[1] // size)
    for group in np.array_split(weights, count, axis=1):
        code, scale = quantize_groups(group, group.shape[1], levels)
        codes.append(code)
        scales.append(scale)
    return np.concatenate(codes, axis=1), np.concatenate(scales, axis=1)


@exercise.mistake("size taken for the number of groups")
def _(weights, size, levels):
    """You cut a row into `size` groups. `size` is how many weights a group has; how many groups there are follows."""
    return quantize_groups(weights, -(-weights.shape[1] // size), levels)


@exercise.mistake("groups that go on in the next row, filled up")
def _(weights, size, levels):
    """The weights are cut into groups as one long row, so that a group holds the end of one row and the beginning of
    the next. Each row begins a new group: cut along axis 1."""
    codes, scales = quantize_groups(weights.reshape(1, -1), size, levels)
    return codes.reshape(weights.shape), np.resize(scales, (len(weights), -(-weights.shape[1] // size)))


@exercise.mistake("codes counted from the middle")
def _(weights, size, levels):
    """Your codes are 0 in the middle of the levels and negative below it. A code is the place in `levels`, counted from
    0 at the lowest one."""
    codes, scales = quantize_groups(weights, size, levels)
    return codes - len(levels) // 2, scales


@exercise.mistake("filled up with ones")
def _(weights, size, levels):
    """A short group was filled up with ones, and they count as magnitudes: its scale is at least 1. Fill up with zeros,
    which never are the largest."""
    columns = weights.shape[1]
    padded = np.pad(weights, ((0, 0), (0, -columns % size)), constant_values=1)
    codes, scales = quantize_groups(padded, size, levels)
    return codes[:, :columns], scales


exercise.mistake(
    "the level further from 0 on a tie",
    _wrong(
        code_of=lambda shares, levels: np.where(
            shares > 0,
            np.searchsorted((levels[:-1] + levels[1:]) / 2, shares, side="right"),
            _by_halves(shares, levels),
        )
    ),
).says("""
    Half-way between two levels you take the one further from 0. The page asks for the lower one, on both sides of
    0.""")


@exercise.mistake("the last group without a scale of its own")
def _(weights, size, levels):
    """The columns after the last whole group take the scale of the group before. A row's last group may be shorter,
    and has a scale of its own."""
    count = max(weights.shape[1] // size, 1)
    whole = quantize_groups(weights[:, : count * size], size, levels)[1]
    scales = whole[:, np.minimum(np.arange(weights.shape[1]) // size, count - 1)]
    return np.searchsorted((levels[:-1] + levels[1:]) / 2, weights / scales), whole


@exercise.mistake("levels taken as evenly spaced")
def _(weights, size, levels):
    """You compute the code from a step, as if all levels were equally far apart. They may lie anywhere: compare a share
    with the places half-way between neighbours, (levels[:-1] + levels[1:]) / 2."""
    scales = quantize_groups(weights, size, levels)[1]
    shares = weights / np.repeat(scales, size, axis=1)[:, : weights.shape[1]]
    step = (levels[-1] - levels[0]) / (len(levels) - 1)
    return np.clip(np.ceil((shares - levels[0]) / step - 0.5), 0, len(levels) - 1).astype(int), scales


@exercise.mistake("the long row cut into groups, and brought into rows")
def _(weights, size, levels):
    """You cut all weights as one long row, so that a group may begin in one row and end in the next, and the scales no
    longer fit into rows. Each row begins a new group."""
    flat = weights.ravel().astype(float)
    groups = np.pad(flat, (0, -flat.size % size)).reshape(-1, size)
    scales = _or_1(np.abs(groups).max(axis=1)).astype(float)
    shares = (groups / scales[:, None]).ravel()[: flat.size].reshape(weights.shape)
    return np.searchsorted((levels[:-1] + levels[1:]) / 2, shares), scales.reshape(len(weights), -1)


@exercise.mistake("as many groups as are whole, the rest code 0")
def _(weights, size, levels):
    """columns // size leaves out a last group that is shorter: it has no scale, and its codes stay 0. Round up, or go
    range(0, columns, size)."""
    count = weights.shape[1] // size
    codes, scales = np.zeros(weights.shape, int), np.ones((len(weights), count))
    for group in range(count):
        part = weights[:, group * size : (group + 1) * size].astype(float)
        scales[:, group] = _or_1(np.abs(part).max(axis=1))
        between = (levels[:-1] + levels[1:]) / 2
        codes[:, group * size : (group + 1) * size] = np.searchsorted(between, part / scales[:, group, None])
    return codes, scales
