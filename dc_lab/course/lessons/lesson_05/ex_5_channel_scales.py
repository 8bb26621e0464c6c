"""05.5 A scale for each channel."""

import numpy as np

from dc_lab.course.exercises import Exercise


def channel_scales(weights: np.ndarray, axis: int, qmin: int = -128, qmax: int = 127) -> np.ndarray:
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    largest = np.abs(channels).max(axis=1)
    return np.where(largest > 0, largest / ((qmax - qmin) / 2), 1.0)


def _draw_channels(rng):
    shape = ((3, 4), (2, 3), (2, 3, 2, 2))[int(rng.integers(3))]
    weights = np.round(rng.normal(0, 1, shape), 2)
    weights *= rng.choice([0.1, 1.0, 3.0], (shape[0], *[1] * (len(shape) - 1)))
    qmin, qmax = ((-128, 127), (-8, 7))[int(rng.integers(2))]
    return np.round(weights, 3), int(rng.integers(2)), qmin, qmax


exercise = Exercise(
    id="05.5",
    title="A scale for each channel",
    minutes=5,
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
    hints=[
        "For one channel: np.abs(channel).max() / ((qmax - qmin) / 2). A loop over the channels is fine to begin with.",
        "np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1) has one row a channel, for any shape.",
        "largest = np.abs(rows).max(axis=1); then np.where(largest > 0, largest / ((qmax - qmin) / 2), 1.0).",
    ],
    why="The maximum goes over every axis but the channels' own. For weights, axis 0 is the output: all products that "
    "are added up then share one scale, which can be taken out of the sum.",
)


@exercise.alternative
def _by_other_axes(weights, axis, qmin=-128, qmax=127):
    others = tuple(a for a in range(weights.ndim) if a != axis)
    scales = np.maximum(weights.max(axis=others), -weights.min(axis=others)) / (0.5 * (qmax - qmin))
    scales[scales == 0] = 1
    return scales


@exercise.alternative
def _scales_by_loops(weights, axis, qmin=-128, qmax=127):
    scales = []
    for number in range(weights.shape[axis]):
        largest = float(np.abs(np.take(weights, number, axis)).max())
        scales.append(2 * largest / (qmax - qmin) if largest else 1.0)
    return np.array(scales)


def _fixed(scales):
    return np.where(scales > 0, scales, 1.0)


@exercise.mistake("the largest value in place of the largest magnitude")
def _(weights, axis, qmin=-128, qmax=127):
    """In a channel whose furthest weight is negative, the scale comes out too small and that weight falls off the
    ruler. Take np.abs first, then the maximum."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(channels.max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("the magnitude of the largest value")
def _(weights, axis, qmin=-128, qmax=127):
    """np.abs came too late: the largest value of (-3, 1) is 1, its largest magnitude is 3. Take np.abs of the weights,
    then the maximum."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels.max(axis=1)) / ((qmax - qmin) / 2))


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


@exercise.mistake("cut up without moving the axis")
def _(weights, axis, qmin=-128, qmax=127):
    """reshape cuts the weights up in the order they are stored, so that each row holds parts of several channels if
    axis is not 0. Bring the axis to the front first: np.moveaxis(weights, axis, 0)."""
    return _fixed(np.abs(weights).reshape(weights.shape[axis], -1).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("negative scales")
def _(weights, axis, qmin=-128, qmax=127):
    """A channel with negative weights only gets a negative scale: np.abs is missing. Take it first, then the
    maximum."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    scales = channels.max(axis=1) / ((qmax - qmin) / 2)
    return np.where(scales == 0, 1.0, scales)


@exercise.mistake("a magnitude of 1 for zeros")
def _(weights, axis, qmin=-128, qmax=127):
    """For a channel of zeros you put 1 in place of the largest magnitude. It is the scale that is 1: replace it after
    the division."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1)) / ((qmax - qmin) / 2)


@exercise.mistake("multiplied by half the steps")
def _(weights, axis, qmin=-128, qmax=127):
    """You multiply. The scale is the distance between two marks, the largest magnitude over half the steps: divide."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) * ((qmax - qmin) / 2))


exercise.mistake("always over 127.5", lambda weights, axis, qmin=-128, qmax=127: channel_scales(weights, axis)).says("""
    127.5 is half the steps in 8 bits. With qmin and qmax it is (qmax - qmin) / 2: 7.5 in 4 bits.""")


@exercise.mistake("one scale for all")
def _(weights, axis, qmin=-128, qmax=127):
    """Every channel has the scale of the largest weight of all. A channel of small weights then uses a few marks only.
    Take the maximum within each channel."""
    largest = np.abs(weights).max()
    return np.full(weights.shape[axis], largest / ((qmax - qmin) / 2) if largest else 1.0)


@exercise.mistake("over 127")
def _(weights, axis, qmin=-128, qmax=127):
    """For 8 bits, half the steps are (qmax - qmin) / 2 = 127.5. Others divide by 127, so that the largest weight is hit
    exactly; ours are PyTorch's numbers. With few bits the difference is large."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) / qmax)


@exercise.mistake("over all the steps")
def _(weights, axis, qmin=-128, qmax=127):
    """The ruler reaches as far below 0 as above, so that the largest magnitude has half of the steps. With all 255,
    large weights fall off on both sides."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) / (qmax - qmin))


@exercise.mistake("half the range")
def _(weights, axis, qmin=-128, qmax=127):
    """(max - min) / steps is right for a ruler with a zero point. A symmetric ruler has its middle at 0: the side that
    reaches further decides. Take the largest magnitude."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed((channels.max(axis=1) - channels.min(axis=1)) / (qmax - qmin))


@exercise.mistake("marks in place of steps")
def _(weights, axis, qmin=-128, qmax=127):
    """256 marks have 255 steps between them: half of that is 127.5, not 128."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return _fixed(np.abs(channels).max(axis=1) / ((qmax - qmin + 1) / 2))


@exercise.mistake("a scale of 0")
def _(weights, axis, qmin=-128, qmax=127):
    """A channel of zeros gets the scale 0, and 1 / 0 later. Its values are 0 with any scale: give it 1."""
    channels = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return np.asarray(np.abs(channels).max(axis=1) / ((qmax - qmin) / 2))


@exercise.mistake("dimensions kept")
def _(weights, axis, qmin=-128, qmax=127):
    """The numbers are right. Return them as one row, of shape (weights.shape[axis],): without keepdims."""
    others = tuple(a for a in range(weights.ndim) if a != axis)
    return _fixed(np.abs(weights).max(axis=others, keepdims=True) / ((qmax - qmin) / 2))


@exercise.mistake("magnitudes, not scales")
def _(weights, axis, qmin=-128, qmax=127):
    """These are the largest magnitudes, not yet scales. Divide by half the steps, (qmax - qmin) / 2."""
    return channel_scales(weights, axis, qmin, qmax) * ((qmax - qmin) / 2)
