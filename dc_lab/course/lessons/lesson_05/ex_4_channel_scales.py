"""05.4 A scale for each channel."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_05.common import first_layer


def channel_scales(weights, axis, qmin=-128, qmax=127):
    """Floats (weights.shape[axis],): the scale of each channel."""
    rows = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    largest = np.abs(rows).max(axis=1)
    return np.where(largest > 0, largest / ((qmax - qmin) / 2), 1.0)


def _draw_channels(rng):
    shape = ((3, 4), (2, 3), (2, 3, 2, 2))[int(rng.integers(3))]
    weights = rng.normal(0, 1, shape) * rng.choice([0.01, 1.0, 3.0], (shape[0], *[1] * (len(shape) - 1)))
    qmin, qmax = ((-128, 127), (-8, 7), (-127, 127))[int(rng.integers(3))]
    return weights, int(rng.integers(len(shape))), qmin, qmax


def _four(dtype=float):
    return np.arange(-12, 12).reshape(2, 3, 2, 2).astype(dtype)


CASES = [
    (np.array([[0.25]]), 0), (np.array([[0.25]]), 0, -2, 1), (np.array([[1.0, -1.0]]), 0, -8, 7),
    (np.array([[1.0, -1.0], [1.0, 1.0]]), 0, -8, 7),
    (np.array([[1.0, -1.0], [-2.0, 2.0]]), 1, -128, 127), (np.array([[1.0, -2.0], [0.5, 0.25]]), 0, -8, 7),
    (np.array([[1.0, -2.0], [0.5, 0.25]]), 1, -8, 7), (np.array([[1.0, 2.0], [-0.5, 4.0]]), 0, -127, 127),
    (np.array([[-3.0, -1.0, -2.0], [-0.5, -0.25, -0.75]]), 0, -128, 127),
    (np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]), 0, -128, 127), (np.array([[0.0, 1.0], [0.0, -4.0]]), 1, -8, 7),
    (np.array([[1e-9, -2e-9], [0.5, -3e-8]]), 0, -128, 127),
    # The squares of so small weights are 0 in float32.
    (np.array([[1e-30, -2e-30], [0.5, 0.1]], np.float32), 0, -128, 127),
    (_four(), 0, -128, 127), (_four(), 1, -128, 127),
    (_four(), 2, -8, 7), (_four(), 3, -8, 7), (np.array([[1.0, -4.0, 2.0]], np.float32), 1, -128, 127),
    (np.asfortranarray(_four(np.float32)), 1, -128, 127), (np.array([3.0, -4.0, 0.0]), 0, -8, 7),
    (np.array([[3.0, -4.0, 1.0], [0.5, 0.5, -0.5]]), 0, -8, 7),
]  # fmt: skip

exercise = Exercise(
    id="05.4",
    title="A scale for each channel",
    minutes=10,
    task="build",
    reference=channel_scales,
    shown=(np.array([[0.02, -0.05, 0.03], [1.5, -0.75, 0.6], [-0.3, 0.1, 0.15]]), 0, -128, 127),
    cases=CASES,
    draw=_draw_channels,
    tolerance=1e-6,
    dtypes=("float32",),
    large=lambda: (first_layer(), 0, -128, 127),
    large_is="a float32 layer of the shape of the first, 300 x 784",
    equivalents={"line 3: 1 -> 2": "reshape takes -2 for -1: any negative number means the rest"},
    hints=[
        "For one channel: np.abs(channel).max() / ((qmax - qmin) / 2). A loop over the channels is fine.",
        "np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1) has one row a channel, for any shape.",
        "largest = np.abs(rows).max(axis=1); then np.where(largest > 0, largest / ((qmax - qmin) / 2), 1.0).",
    ],
    why="""The maximum goes over every axis but the channels' own. For a layer's weights, axis 0 is the output. All
        products that are added up for an output then share one scale, which can be taken out of the sum.""",
)


@exercise.alternative
def _by_other_axes(weights, axis, qmin=-128, qmax=127):
    others = tuple(a for a in range(weights.ndim) if a != axis)
    scales = np.asarray(np.maximum(weights.max(axis=others), -weights.min(axis=others)) / (0.5 * (qmax - qmin)))
    scales[scales == 0] = 1
    return scales


@exercise.alternative
def _scales_by_loops(weights, axis, qmin=-128, qmax=127):
    scales = []
    for number in range(weights.shape[axis]):
        largest = float(np.abs(np.take(weights, number, axis)).max())
        scales.append(2 * largest / (qmax - qmin) if largest else 1.0)
    return np.array(scales)


@exercise.alternative
def _by_swapping(weights, axis, qmin=-128, qmax=127):
    largest = np.array([np.linalg.norm(channel.ravel(), np.inf) for channel in weights.swapaxes(0, axis)])
    largest[largest == 0] = (qmax - qmin) / 2
    return largest / (qmax - qmin) * 2


def _fixed(scales):
    return np.where(scales > 0, scales, 1.0)


def _channels(weights, axis):
    return np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)


@exercise.mistake("the largest value in place of the largest magnitude")
def _(weights, axis, qmin=-128, qmax=127):
    """In a channel whose furthest weight is negative, the scale comes out too small and that weight is clipped. Take
    np.abs first, then the maximum."""
    return _fixed(_channels(weights, axis).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("the magnitude of the largest value")
def _(weights, axis, qmin=-128, qmax=127):
    """np.abs came too late: the largest value of (-3, 1) is 1, its largest magnitude is 3. Take np.abs of the weights,
    then the maximum."""
    return _fixed(np.abs(_channels(weights, axis).max(axis=1)) / ((qmax - qmin) / 2))


@exercise.mistake("the magnitude of the smallest value")
def _(weights, axis, qmin=-128, qmax=127):
    """You take the furthest weight below 0 only. The furthest above 0 counts as well: np.abs of the weights, then the
    maximum."""
    return _fixed(np.abs(_channels(weights, axis).min(axis=1)) / ((qmax - qmin) / 2))


@exercise.mistake("the maximum along the axis")
def _(weights, axis, qmin=-128, qmax=127):
    """max(axis=axis) goes over the channels and leaves one number for each of the *other* places. Here the axis has to
    stay: take the maximum over all others."""
    return _fixed(np.abs(weights).max(axis=axis) / ((qmax - qmin) / 2))


@exercise.mistake("axis 0 whatever was asked")
def _(weights, axis, qmin=-128, qmax=127):
    """Channels lie along `axis`, which is not always 0. np.moveaxis(weights, axis, 0) brings it to the front."""
    return channel_scales(weights, 0, qmin, qmax)


@exercise.mistake("the last axis")
def _(weights, axis, qmin=-128, qmax=127):
    """Your channels are those of the last axis. They should be those of `axis`: for a Linear layer's weight, axis 0 is
    the outputs, and axis 1 the inputs."""
    return channel_scales(weights, weights.ndim - 1, qmin, qmax)


@exercise.mistake("the maximum over axis 1 whatever was asked")
def _(weights, axis, qmin=-128, qmax=127):
    """max(axis=1) is right for a matrix with channels along axis 0, and nothing else: a convolution has four
    dimensions, and `axis` can be 1. Take the maximum over all axes but `axis`."""
    return _fixed(np.abs(weights).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("the other one of two axes")
def _(weights, axis, qmin=-128, qmax=127):
    """max(axis=1 - axis) is right for a matrix, which has two axes. A convolution's weights have four: take the maximum
    over all axes but `axis`."""
    return _fixed(np.abs(weights).max(axis=1 - axis) / ((qmax - qmin) / 2))


@exercise.mistake("axis 0 or 1 only")
def _(weights, axis, qmin=-128, qmax=127):
    """It is right for the axes 0 and 1. `axis` may be any of them: np.moveaxis(weights, axis, 0) works for all."""
    rows = weights if axis == 0 else weights.swapaxes(0, 1)
    return _fixed(np.abs(rows.reshape(len(rows), -1)).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("transposed")
def _(weights, axis, qmin=-128, qmax=127):
    """.T turns all axes round, which brings the last one to the front. np.moveaxis(weights, axis, 0) brings the one
    that is asked for."""
    rows = weights if axis == 0 else weights.T
    return _fixed(np.abs(rows.reshape(len(rows), -1)).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("cut up without moving the axis")
def _(weights, axis, qmin=-128, qmax=127):
    """reshape cuts the weights up in the order they are stored, so that each row holds parts of several channels if
    axis is not 0. Bring the axis to the front first: np.moveaxis(weights, axis, 0)."""
    return _fixed(np.abs(weights).reshape(weights.shape[axis], -1).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("negative scales")
def _(weights, axis, qmin=-128, qmax=127):
    """A channel with negative weights only gets a negative scale: np.abs is missing. Take it first, then the
    maximum."""
    scales = _channels(weights, axis).max(axis=1) / ((qmax - qmin) / 2)
    return np.where(scales == 0, 1.0, scales)


@exercise.mistake("a magnitude of 1 for zeros")
def _(weights, axis, qmin=-128, qmax=127):
    """For a channel of zeros you put 1 in place of the largest magnitude. It is the scale that is 1: replace it after
    the division."""
    return _fixed(np.abs(_channels(weights, axis)).max(axis=1)) / ((qmax - qmin) / 2)


@exercise.mistake("multiplied by half the steps")
def _(weights, axis, qmin=-128, qmax=127):
    """You multiply. The scale is the distance between two steps, the largest magnitude over half the steps: divide."""
    return _fixed(np.abs(_channels(weights, axis)).max(axis=1) * ((qmax - qmin) / 2))


exercise.mistake("always over 127.5", lambda weights, axis, qmin=-128, qmax=127: channel_scales(weights, axis)).says("""
    127.5 is half the steps in 8 bits. With qmin and qmax it is (qmax - qmin) / 2: 7.5 in 4 bits.""")


@exercise.mistake("one scale for all")
def _(weights, axis, qmin=-128, qmax=127):
    """Every channel has the scale of the largest weight of all. A channel of small weights then uses a few integers
    only. Take the maximum within each channel."""
    largest = np.abs(weights).max()
    return np.full(weights.shape[axis], largest / ((qmax - qmin) / 2) if largest else 1.0)


@exercise.mistake("one number")
def _(weights, axis, qmin=-128, qmax=127):
    """You return one number for the whole layer. Asked for is an array with a scale for each channel."""
    return channel_scales(weights.reshape(1, -1), 0, qmin, qmax)[0]


@exercise.mistake("over qmax")
def _(weights, axis, qmin=-128, qmax=127):
    """You divide by qmax, or by (qmax - qmin) // 2, which drops the half. Half the steps are (qmax - qmin) / 2 = 127.5
    in 8 bits. Others divide by 127; the page has PyTorch's 127.5."""
    return _fixed(np.abs(_channels(weights, axis)).max(axis=1) / qmax)


@exercise.mistake("over -qmin")
def _(weights, axis, qmin=-128, qmax=127):
    """You divide by -qmin, half the number of integers. Half the number of steps is (qmax - qmin) / 2."""
    return _fixed(np.abs(_channels(weights, axis)).max(axis=1) / -qmin)


@exercise.mistake("over all the steps")
def _(weights, axis, qmin=-128, qmax=127):
    """The scale reaches as far below 0 as above, so that the largest magnitude has half of the steps. With all of them,
    large weights are clipped on both sides."""
    return _fixed(np.abs(_channels(weights, axis)).max(axis=1) / (qmax - qmin))


@exercise.mistake("the spread")
def _(weights, axis, qmin=-128, qmax=127):
    """You take the standard deviation. Weights that are further out would be clipped: take the largest magnitude."""
    return _fixed(_channels(weights, axis).std(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("the length")
def _(weights, axis, qmin=-128, qmax=127):
    """You take the root of the sum of squares (np.linalg.norm). The largest magnitude decides: max."""
    return _fixed(np.sqrt((_channels(weights, axis) ** 2).sum(axis=1)) / ((qmax - qmin) / 2))


@exercise.mistake("half the range")
def _(weights, axis, qmin=-128, qmax=127):
    """(max - min) / steps is right where there is a zero point. Here the middle is at 0: the side that reaches further
    decides. Take the largest magnitude."""
    channels = _channels(weights, axis)
    return _fixed((channels.max(axis=1) - channels.min(axis=1)) / (qmax - qmin))


@exercise.mistake("integers in place of steps")
def _(weights, axis, qmin=-128, qmax=127):
    """256 integers have 255 steps between them: half of that is 127.5, not 128."""
    return _fixed(np.abs(_channels(weights, axis)).max(axis=1) / ((qmax - qmin + 1) / 2))


@exercise.mistake("the mean magnitude")
def _(weights, axis, qmin=-128, qmax=127):
    """You take a mean. All weights larger than it would be clipped: take the largest magnitude, np.abs(...).max."""
    return _fixed(np.abs(_channels(weights, axis)).mean(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("magnitudes added up")
def _(weights, axis, qmin=-128, qmax=127):
    """You add the magnitudes up. The largest one decides: max."""
    return _fixed(np.abs(_channels(weights, axis)).sum(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("a scale of 0")
def _(weights, axis, qmin=-128, qmax=127):
    """A channel of zeros gets the scale 0, or one next to 0, and later 1 / 0. Its values are 0 with any scale: give it
    1."""
    return np.asarray(np.abs(_channels(weights, axis)).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("small channels taken for zeros")
def _(weights, axis, qmin=-128, qmax=127):
    """A channel of small weights is not one of zeros. np.isclose takes it for one: compare with > 0."""
    scales = np.abs(_channels(weights, axis)).max(axis=1) / ((qmax - qmin) / 2)
    return np.where(np.isclose(scales, 0), 1.0, scales)


@exercise.mistake("dimensions kept")
def _(weights, axis, qmin=-128, qmax=127):
    """The numbers are right. Return them as one row, of shape (weights.shape[axis],): without keepdims."""
    others = tuple(a for a in range(weights.ndim) if a != axis)
    return _fixed(np.abs(weights).max(axis=others, keepdims=True) / ((qmax - qmin) / 2))


@exercise.mistake("magnitudes, not scales")
def _(weights, axis, qmin=-128, qmax=127):
    """These are the largest magnitudes, not yet scales. Divide by half the steps, (qmax - qmin) / 2."""
    return channel_scales(weights, axis, qmin, qmax) * ((qmax - qmin) / 2)


@exercise.mistake("the reciprocal")
def _(weights, axis, qmin=-128, qmax=127):
    """You return 1 / scale. The scale is the distance between two steps: the magnitude over half the steps."""
    return 1 / channel_scales(weights, axis, qmin, qmax)


@exercise.mistake("a list")
def _(weights, axis, qmin=-128, qmax=127):
    """This is a list. Asked for is an array: np.array(...) around it."""
    return channel_scales(weights, axis, qmin, qmax).tolist()


@exercise.mistake("the root of the largest square")
def _(weights, axis, qmin=-128, qmax=127):
    """You take the largest square and its root. The square of a very small weight is 0, and the channel then passes for
    one of zeros. np.abs loses nothing."""
    return _fixed(np.sqrt((_channels(weights, axis) ** 2).max(axis=1)) / ((qmax - qmin) / 2))


@exercise.mistake("transposed, then cut up")
def _(weights, axis, qmin=-128, qmax=127):
    """.T turns all axes round. For a matrix that brings axis 1 to the front; with four axes it brings the last one, and
    reshape then cuts across channels. np.moveaxis(weights, axis, 0) brings the one that is asked for."""
    rows = (weights if axis == 0 else weights.T).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(rows).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("a column of scales")
def _(weights, axis, qmin=-128, qmax=127):
    """The numbers are right, but they stand in a column, (channels, 1), as keepdims leaves them. Return one row, of
    shape (weights.shape[axis],)."""
    return channel_scales(weights, axis, qmin, qmax)[:, None]


@exercise.mistake("one number for a row of channels")
def _(weights, axis, qmin=-128, qmax=127):
    """With one dimension each weight is a channel by itself. You take the maximum of all of them: there is no other
    axis to take it over."""
    if weights.ndim == 1:
        return np.asarray(channel_scales(weights[None], 0, qmin, qmax)[0])
    return channel_scales(weights, axis, qmin, qmax)
