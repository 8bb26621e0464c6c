"""01.3 The error of a network."""

import numpy as np

from dc_lab.course.exercises import Exercise


def error_percent(logits, labels):
    """Percent of the images whose largest logit is not at their label."""
    predicted = logits.argmax(axis=1)
    return 100 * np.mean(predicted != labels)


def _draw_logits(rng):
    images = int(rng.integers(2, 30))
    labels = rng.integers(0, 10, images).astype(np.uint8)
    logits = rng.normal(size=(images, 10)).astype(np.float32)
    logits[np.arange(images), labels] += 2
    return logits, labels


def _logits(rows):
    return np.array(rows, np.float32)


CLOSE = (1 + np.float32(2.0**-23) * _logits([[0, 1, 0], [0, 1, 2], [3, 1, 2]])).astype(np.float32)
"""Neighbours in float32: as float16 they are equal."""
CLOSE_64 = 1 + 2.0**-52 * np.array([[0, 1, 0], [0, 1, 2], [3, 1, 2]])
"""Neighbours in float64: as float32 they are equal."""


def _test_images():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 10_000).astype(np.uint8)
    return rng.normal(0, 1, (10_000, 10)).astype(np.float32), labels


exercise = Exercise(
    id="01.3",
    title="The error of a network",
    minutes=5,
    task="warm-up",
    reference=error_percent,
    shown=(_logits([[0, 5, 1], [3, 2, 1], [0, 1, 4], [2, 0, 1]]), np.array([1, 0, 1, 0], np.uint8)),
    cases=[
        (_logits([[1, 2]]), np.array([1], np.uint8)),
        (_logits([[1, 2]]), np.array([0], np.uint8)),
        (_logits([[-3, -1, -2], [-1, -5, -2]]), np.array([1, 1], np.uint8)),
        (_logits([[2, 2, 1]]), np.array([0], np.uint8)),
        (_logits([[0, 0, 0], [0, 0, 0], [0, 0, 0]]), np.array([0, 1, 2], np.uint8)),
        (np.eye(10, dtype=np.float32)[::-1].copy(), np.arange(10).astype(np.uint8)),
        (_logits([[1, 7, 7, 2], [5, 1, 5, 5], [-2, -2, -9, -2]]), np.array([1, 0, 0], np.uint8)),
        (_logits([[1, 7, 7, 2], [5, 1, 5, 5], [-2, -2, -9, -2]]), np.array([2, 3, 3], np.uint8)),
        (CLOSE, np.array([1, 2, 0], np.uint8)),
        (CLOSE_64, np.array([1, 2, 0], np.uint8)),
        (np.asfortranarray(_logits([[0.3, 2.5, -1.7], [4.1, -3.3, 0.2]])), np.array([1, 2], np.uint8)),
        (_logits([[0.2, 0.7], [0.9, 0.1], [0.4, 0.3]]), np.array([0, 1, 0], np.int64)),
        (_logits([[-0.31, -0.72, -0.05, -0.4]]), np.array([2], np.uint8)),
        (_logits([[3, 1e30, 2]]), np.array([1], np.uint8)),
        (_logits([[2049, 2050, 7]]), np.array([1], np.uint8)),
        (_logits([[2e-7, 5e-7, 1e-7]]), np.array([1], np.uint8)),
    ],
    draw=_draw_logits,
    large=_test_images,
    large_is="the logits of 10,000 images",
    hints=[
        "What does the network read in each image? The position of the largest of its logits.",
        "`logits.argmax(axis=1)` has one prediction for each row. Compare it with the labels.",
        "The mean of True and False is the share of True: `100 * np.mean(predicted != labels)`.",
    ],
    why="`argmax` takes the first of equal logits, so that a tie has one answer. The size of the logits does not "
    "matter, only which is largest; this is why a network can bear rough weights.",
)


@exercise.alternative
def _error_by_loop(logits, labels):
    wrong = 0
    for outputs, label in zip(logits, labels, strict=True):
        best = max(range(len(outputs)), key=lambda digit: outputs[digit])
        wrong += best != label
    return 100 * wrong / len(labels)


@exercise.alternative
def _error_from_accuracy(logits, labels):
    return 100.0 - 100.0 * float(np.count_nonzero(np.argmax(logits, 1) == labels)) / labels.size


@exercise.mistake("accuracy instead of error")
def _accuracy(logits, labels):
    """You count the images that are read correctly. The error counts those that are not: `!=` instead of `==`."""
    return float(100 * np.mean(logits.argmax(axis=1) == labels))


@exercise.mistake("a share instead of percent")
def _(logits, labels):
    """You return a share from 0 to 1. Multiply by 100."""
    return float(np.mean(logits.argmax(axis=1) != labels))


@exercise.mistake("the number of wrong images")
def _count(logits, labels):
    """You return how many images are wrong. Divide by the number of images, and multiply by 100."""
    return int(np.sum(logits.argmax(axis=1) != labels))


@exercise.mistake("divided by the number of classes")
def _(logits, labels):
    """You divide by the number of columns, the classes. Divide by the number of images, `len(labels)`."""
    return float(100 * np.sum(logits.argmax(axis=1) != labels) / logits.shape[1])


@exercise.mistake("distance between the digits")
def _(logits, labels):
    """You measure how far the predicted digit is from the label. Digits are names here: reading a 1 as a 7 is one wrong
    image, not six."""
    return float(100 * np.mean(np.abs(logits.argmax(axis=1) - labels.astype(np.int64))))


@exercise.mistake("the smallest logit")
def _(logits, labels):
    """You take the smallest logit. The network reads the digit whose logit is largest: `argmax`."""
    return float(100 * np.mean(logits.argmin(axis=1) != labels))


@exercise.mistake("argmax down the columns")
def _(logits, labels):
    """`argmax(axis=0)` goes down each column and finds the image that looks most like a digit. Each row is an image:
    `argmax(axis=1)`."""
    return float(100 * np.mean(logits.argmax(axis=0) != labels))


@exercise.mistake("argmax over everything")
def _(logits, labels):
    """Without `axis`, `argmax` looks at the whole array at once and gives one position. Say `axis=1`, one prediction
    for each row."""
    return float(100 * np.mean(logits.argmax() != labels))


@exercise.mistake("max instead of argmax")
def _(logits, labels):
    """`max` gives the largest logit itself. Asked is where it stands, since its place is the digit: `argmax`."""
    return float(100 * np.mean(logits.max(axis=1) != labels))


exercise.mistake("always 10,000 images", lambda logits, labels: 100 * _count(logits, labels) / 10_000).says("""
    You divide by 10,000, the number of test images. The function gets any number of them: `len(labels)`.""")
exercise.mistake("100 minus a share", lambda logits, labels: 100 - _accuracy(logits, labels) / 100).says("""
    You take the share of right images, from 0 to 1, off 100. Multiply it by 100 first.""")


@exercise.mistake("a tie counted as right")
def _(logits, labels):
    """Where several logits are equally large, you count the image as right if its label is among them. Only the first
    one is what the network reads, as `argmax` says."""
    return 100 * float(np.mean(logits[np.arange(len(labels)), labels] < logits.max(axis=1)))


@exercise.mistake("rounded to one decimal")
def _(logits, labels):
    """The value is right, but you round it to one decimal. Return it as it is; round only where you print it."""
    return round(float(100 * np.mean(logits.argmax(axis=1) != labels)), 1)


exercise.mistake("rounded to two decimals", lambda logits, labels: round(error_percent(logits, labels), 2)).says("""
    The value is right, but you round it to two decimals. Return it as it is; round only where you print it.""")
exercise.mistake("cut to a whole number", lambda logits, labels: int(error_percent(logits, labels))).says("""
    The value is right, but `int` cuts off what follows the decimal point. Return the float.""")


@exercise.mistake("the last of equal logits")
def _(logits, labels):
    """Where several logits are equally large, you take the last one. The page asks for the first, which is what
    `argmax` gives."""
    last = logits.shape[1] - 1 - logits[:, ::-1].argmax(axis=1)
    return float(100 * np.mean(last != labels))


@exercise.mistake("logits in float16")
def _(logits, labels):
    """Your logits are turned into float16 on the way, and some that differ are equal then. Compare them as they are."""
    with np.errstate(over="ignore"):
        return float(100 * np.mean(logits.astype(np.float16).argmax(axis=1) != labels))


@exercise.mistake("logits in float32")
def _(logits, labels):
    """Your logits are turned into float32 on the way, and float64 ones that differ a little are equal then. Compare
    them as they are."""
    return float(100 * np.mean(logits.astype(np.float32).argmax(axis=1) != labels))


@exercise.mistake("the largest magnitude")
def _(logits, labels):
    """You look for the largest magnitude. Logits have signs: -9 is smaller than 1."""
    return float(100 * np.mean(np.abs(logits).argmax(axis=1) != labels))


@exercise.mistake("a tie counted as wrong")
def _(logits, labels):
    """Where several logits are equally large, you count the image as wrong. The first of them is what the network
    reads."""
    best = logits.max(axis=1, keepdims=True)
    alone = (logits == best).sum(axis=1) == 1
    return float(100 * np.mean(~(alone & (logits.argmax(axis=1) == labels))))


@exercise.mistake("a logit above 0.5")
def _(logits, labels):
    """You count an image as right if the logit of its label is above a fixed number. Logits have no scale: what counts
    is that it is the largest of its row."""
    return float(100 * np.mean(logits[np.arange(len(labels)), labels] <= 0.5))


@exercise.mistake("rounded logits")
def _(logits, labels):
    """Your logits are rounded on the way, and some that differ are equal then. Compare them as they are."""
    return float(100 * np.mean(logits.round(3).argmax(axis=1) != labels))


@exercise.mistake("a number for each image")
def _(logits, labels):
    """You return a number for each image. Asked is one number for all: take the mean."""
    return 100 * (logits.argmax(axis=1) != labels)


@exercise.mistake("read digits above the label")
def _(logits, labels):
    """You count images that are read as a larger digit. Every other digit is wrong: `!=`."""
    return float(100 * np.mean(logits.argmax(axis=1) > labels))
