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


def _logits(rows, rest=-9.0):
    """Rows of ten: the numbers given, and `rest` for the other digits."""
    logits = np.full((len(rows), 10), rest, np.float32)
    for logit, row in zip(logits, rows, strict=True):
        logit[: len(row)] = row
    return logits


CLOSE = 16_777_200 + _logits([[0, 1, 0], [0, 1, 2], [3, 1, 2]], rest=0)
"""Neighbours in float32 whose digits are all printed: a tolerance makes them equal, float16 makes them infinite."""
CLOSE_64 = 16_777_216 + _logits([[0, 1, 0], [0, 1, 0], [0, 0, 1]], rest=0).astype(np.float64)
"""Neighbours in float64, and all digits are printed: as float32 they are equal."""


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
        (CLOSE_64, np.array([1, 1, 2], np.uint8)),
        (np.asfortranarray(_logits([[0.3, 2.5, -1.7], [4.1, -3.3, 0.2]])), np.array([1, 2], np.uint8)),
        (_logits([[0.2, 0.7], [0.9, 0.1], [0.4, 0.3]]), np.array([0, 1, 0], np.int64)),
        (_logits([[-0.31, -0.72, -0.05, -0.4]]), np.array([2], np.uint8)),
        (_logits([[3, 1e30, 2]]), np.array([1], np.uint8)),
        (_logits([[2048, 2049, 7]]), np.array([1], np.uint8)),
        (_logits([[0.1111, 0.1113]]), np.array([1], np.uint8)),
        (CLOSE, np.array([0, 1, 1], np.uint8)),
        (_logits([[2e-7, 5e-7, 1e-7]], rest=0), np.array([1], np.uint8)),
        (_logits([[1000, 3, 2000]]), np.array([2], np.uint8)),
        (_logits([[0.2, 0.9, 0.4], [0.9, 0.2, 0.4]]), np.array([1, 0], np.uint8)),
        (np.random.default_rng(5).normal(0, 1, (700, 10)).astype(np.float32), (np.arange(700) % 10).astype(np.uint8)),
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


@exercise.mistake("argmax down the columns, and as many labels as there are")
def _(logits, labels):
    """argmax(axis=0) gives an image for each digit, and these are compared with the first labels. Each row is an image,
    and its digit is the place of the largest logit in the row: argmax(axis=1)."""
    found = logits.argmax(axis=0)[: len(labels)]
    return float(100 * np.sum(found != labels[: len(found)]) / len(labels))


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


@exercise.mistake("close logits counted as right")
def _(logits, labels):
    """You count an image as right if its label's logit is close to the largest, as np.isclose says. It has to be the
    largest, and the first of those that are equal to it: `argmax`."""
    own = logits[np.arange(len(labels)), labels]
    return float(100 * np.mean(~np.isclose(own, logits.max(axis=1))))


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


@exercise.mistake("the first of close logits")
def _(logits, labels):
    """You take the first logit that is close to the largest, as np.isclose or a tolerance says. Only equal logits tie:
    compare them as they are."""
    near = np.isclose(logits, logits.max(axis=1, keepdims=True))
    return float(100 * np.mean(near.argmax(axis=1) != labels))


@exercise.mistake("the first of logits within a millionth")
def _(logits, labels):
    """You take the first logit that is within a tolerance of the largest. Only equal logits tie: compare them as they
    are."""
    near = logits >= logits.max(axis=1, keepdims=True) - 1e-6
    return float(100 * np.mean(near.argmax(axis=1) != labels))


@exercise.mistake("logits in float16")
def _(logits, labels):
    """Some logits that differ are equal to you: they are turned into float16, or rounded, or compared with a tolerance.
    Compare them as they are."""
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
    """Some logits that differ a little are equal to you: they are rounded, or compared with a tolerance. Compare them
    as they are."""
    return float(100 * np.mean(logits.round(3).argmax(axis=1) != labels))


@exercise.mistake("a number for each image")
def _(logits, labels):
    """You return a number for each image. Asked is one number for all: take the mean."""
    return 100 * (logits.argmax(axis=1) != labels)


@exercise.mistake("read digits above the label")
def _(logits, labels):
    """You count images that are read as a larger digit. Every other digit is wrong: `!=`."""
    return float(100 * np.mean(logits.argmax(axis=1) > labels))


def _wrong_images(logits, labels):
    return logits.argmax(axis=1) != labels


@exercise.mistake("logits as whole numbers")
def _(logits, labels):
    """Your logits are turned into whole numbers on the way: 0.2 and 0.9 are both 0 then. Compare them as they are."""
    return float(100 * np.mean(np.trunc(logits).argmax(axis=1) != labels))


@exercise.mistake("divided by one image less")
def _(logits, labels):
    """You divide by the number of images less 1. Every image counts: len(labels)."""
    return float(100 * np.sum(_wrong_images(logits, labels)) / max(len(labels) - 1, 1))


@exercise.mistake("divided by the number of logits")
def _(logits, labels):
    """You divide by logits.size, which is images × columns. Divide by the number of images, len(labels)."""
    return float(100 * np.sum(_wrong_images(logits, labels)) / logits.size)


@exercise.mistake("a count in one byte")
def _(logits, labels):
    """Your count is in one byte and starts again at 256. Leave out dtype=np.uint8."""
    return float(100 * np.sum(_wrong_images(logits, labels), dtype=np.uint8) / len(labels))


@exercise.mistake("the mean in float16")
def _(logits, labels):
    """Your mean is in float16, which has three digits. Leave out the dtype."""
    return float(100 * np.mean(_wrong_images(logits, labels), dtype=np.float16))


@exercise.mistake("a softmax or np.exp first")
def _(logits, labels):
    """You take np.exp of the logits. It is infinite for large ones, and close ones become equal. A softmax does not
    change which logit is largest: leave it out."""
    with np.errstate(all="ignore"):
        powers = np.exp(logits)
        return float(100 * np.mean((powers / powers.sum(axis=1, keepdims=True)).argmax(axis=1) != labels))


@exercise.mistake("the search begins at 0")
def _(logits, labels):
    """Your search for the largest logit begins at 0. Where all logits are negative, it finds none: begin with the
    first logit, or with -inf."""
    read = np.where((logits > 0).any(axis=1), logits.argmax(axis=1), 0)
    return float(100 * np.mean(read != labels))


@exercise.mistake("the last image left out")
def _(logits, labels):
    """Your loop leaves the last image out. range(n) ends at n - 1 already: range(len(labels))."""
    return float(100 * np.sum(_wrong_images(logits, labels)[:-1]) / len(labels))


@exercise.mistake("the first image left out")
def _(logits, labels):
    """Your loop leaves the first image out. Indices begin with 0: range(len(labels))."""
    return float(100 * np.sum(_wrong_images(logits, labels)[1:]) / len(labels))


@exercise.mistake("a return inside the loop")
def _(logits, labels):
    """Your function returns after the first image: the `return` is inside the loop. Take it out, to the level of
    `for`."""
    return float(100 * _wrong_images(logits, labels)[0] / len(labels))


@exercise.mistake("digits from 1")
def _(logits, labels):
    """You count columns from 1. The first column is that of the digit 0."""
    return float(100 * np.mean(logits.argmax(axis=1) + 1 != labels))


@exercise.mistake("an array of one number")
def _(logits, labels):
    """The number is right, but it is in an array. Return it by itself."""
    return np.array([error_percent(logits, labels)])


@exercise.mistake("the logits changed")
def _(logits, labels):
    """You change the logits that you were given, as `-=` does. Whoever called the function still needs them: make a new
    array."""
    logits -= logits.max(axis=1, keepdims=True)
    return error_percent(logits, labels)


@exercise.mistake("np.argsort, the last of it")
def _(logits, labels):
    """np.argsort puts equal logits in an order of its own, so that its last place need not be the first of the largest.
    `argmax` gives that one."""
    return float(100 * np.mean(np.argsort(logits, axis=1)[:, -1] != labels))
