"""06.4 A convolution in integers."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_06.ex_1_integer_product import integer_product


def integer_convolution(x, x_zero_point, w):
    """Sums (n, out, height - k + 1, width - k + 1), int32, of uint8 x and int8 w."""
    *_, size = w.shape
    filters = np.array([each.ravel() for each in w])
    *_, terms = filters.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), (2, 3))
    n, _, height, width, *_ = windows.shape
    rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, terms)
    sums = integer_product(rows, x_zero_point, filters, 0)
    return sums.reshape(n, height, width, len(w)).transpose(0, 3, 1, 2)


IMAGE = np.array([[[[1, 2, 0], [3, 1, 1], [0, 2, 4]]]], np.uint8)
FILTER = np.array([[[[1, 0], [-1, 2]]]], np.int8)


def _by_offsets(x, zero, w, start=0):
    """The sum over the k x k places of a filter, each a product over channels."""
    x, w = x.astype(np.int64) - zero, w.astype(np.int64)
    size = w.shape[2]
    height, width = x.shape[2] - size + 1, x.shape[3] - size + 1
    total = np.zeros((len(x), len(w), height, width), np.int64)
    for top in range(start, size):
        for left in range(size):
            part = x[:, :, top : top + height, left : left + width]
            total += np.einsum("nchw,oc->nohw", part, w[:, :, top, left])
    return total.astype(np.int32)


def _integers(rng, n, inputs, outputs, height, width, size):
    x = rng.integers(0, 256, (n, inputs, height, width)).astype(np.uint8)
    return x, int(rng.integers(0, 200)), rng.integers(-128, 128, (outputs, inputs, size, size)).astype(np.int8)


def _draw(rng):
    size = int(rng.integers(1, 4))
    n, inputs, outputs = (int(count) for count in rng.integers(1, 4, 3))
    height, width = (size + int(more) for more in rng.integers(0, 4, 2))
    return _integers(rng, n, inputs, outputs, height, width, size)


def _large():
    return _integers(np.random.default_rng(64), 20, 20, 50, 12, 12, 5)


def _of(seed, *sizes):
    return _integers(np.random.default_rng(seed), *sizes)


CASES = [
    (np.array([[[[5]]]], np.uint8), 3, np.array([[[[2]]]], np.int8)),
    (np.array([[[[1, 2], [3, 4]]]], np.uint8), 0, np.array([[[[1, 10], [-3, 7]]]], np.int8)),
    (np.array([[[[1, 2], [3, 4]]]], np.uint8), 3, np.array([[[[1, 10], [-3, 7]]]], np.int8)),
    (np.array([[[[1, 2, 3, 4]]]], np.uint8), 0, np.array([[[[-2]]]], np.int8)),
    (np.array([[[[1, 2, 3], [4, 5, 6]]]], np.uint8), 1, np.array([[[[1, 0], [0, 0]]]], np.int8)),
    (np.array([[[[1], [2]], [[3], [4]]]], np.uint8), 1, np.array([[[[1]], [[10]]]], np.int8)),
    (np.array([[[[1]]], [[[2]]]], np.uint8), 0, np.array([[[[1]]], [[[3]]]], np.int8)),
    (np.array([[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]], np.uint8), 2, np.array([[[[1]]], [[[-1]]]], np.int8)),
    (np.full((1, 1, 2, 2), 255, np.uint8), 0, np.full((1, 1, 2, 2), -128, np.int8)),
    (np.full((1, 3, 3, 3), 12, np.uint8), 12, np.full((2, 3, 2, 2), 9, np.int8)),
    (np.full((1, 1, 3, 3), 200, np.uint8), 220, np.full((1, 1, 2, 2), 127, np.int8)),
    _of(1, 2, 1, 1, 3, 5, 2), _of(2, 1, 2, 3, 4, 3, 3), _of(3, 3, 2, 2, 2, 4, 1), _of(4, 2, 3, 4, 5, 6, 3),
    (np.asfortranarray(_of(5, 2, 2, 2, 3, 4, 2)[0]), 7, np.asfortranarray(_of(5, 2, 2, 2, 3, 4, 2)[2])),
    (np.full((1, 40, 5, 5), 255, np.uint8), 0, np.full((1, 40, 5, 5), 127, np.int8)),
    (np.full((1, 40, 5, 5), 255, np.uint8), 0, np.arange(1000).reshape(1, 40, 5, 5).astype(np.uint8).view(np.int8)),
    (np.full((1, 30, 5, 5), 254, np.uint8) + (np.arange(750).reshape(1, 30, 5, 5) == 3).astype(np.uint8), 0,
     np.full((1, 30, 5, 5), 127, np.int8)),
]  # fmt: skip

exercise = Exercise(
    id="06.4",
    title="A convolution in integers",
    minutes=15,
    task="build",
    reference=_by_offsets,
    solution=integer_convolution,
    shown=(IMAGE, 1, FILTER),
    cases=CASES,
    draw=_draw,
    dtype="exact",
    tolerance=0.0,
    large=_large,
    large_is="20 images at the second convolution of LeNet-5, with 50 filters of 20 x 5 x 5",
    large_seconds=4.0,
    given="import numpy as np\nfrom dc_lab.course.lessons.lesson_06.ex_1_integer_product import integer_product",
    hints=[
        "By hand: the window at the top left holds 1, 2, 3, 1. Take the zero point off: 0, 1, 2, 0. Times 1, 0, -1, 2 "
        "that is -2. How does the window at its right look?",
        "np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3)) gives an array (n, in, height, width, k, k): for "
        "each image, channel and place the k x k window. Bring the channels behind the places, transpose(0, 2, 3, 1, "
        "4, 5).",
        "Then make each window a row, reshape(n * height * width, -1), and each filter too, w.reshape(len(w), -1). "
        "What is left is integer_product. Its result (n * height * width, out) goes back by reshape and transpose.",
    ],
    why="""Unfolded, a convolution is a matrix product. A window and a filter become a row each, in the same order
        of channel, row and column. The windows overlap, so that the rows take up to k x k times the memory;
        libraries cut them up so that they stay in the cache. With loops over the k x k places of a filter no copy is
        needed, which is how the course's own reference does it.""",
)


@exercise.alternative
def _place_by_place(x, x_zero_point, w):
    size, filters = w.shape[-1], w.reshape(len(w), -1).astype(np.int32)
    height, width = x.shape[2] - size + 1, x.shape[3] - size + 1
    sums = np.empty((len(x), len(w), height, width), np.int32)
    for i in range(height):
        for j in range(width):
            windows = x[:, :, i : i + size, j : j + size].reshape(len(x), -1).astype(np.int32) - x_zero_point
            sums[:, :, i, j] = windows @ filters.T
    return sums


@exercise.alternative
def _offset_by_offset(x, x_zero_point, w):
    k = w.shape[-1]
    height, width = x.shape[2] - k + 1, x.shape[3] - k + 1
    moved = x.astype(np.int32) - x_zero_point
    total = 0
    for a in range(k):
        for b in range(k):
            total = total + np.tensordot(
                w[:, :, a, b].astype(np.int32), moved[:, :, a : a + height, b : b + width], (1, 1)
            )
    return np.ascontiguousarray(total.transpose(1, 0, 2, 3))


@exercise.alternative
def _by_columns(x, x_zero_point, w):
    """As float64, which is exact here, and with the zero point taken off afterwards."""
    out, _, k, _ = w.shape
    n, _, h, width = x.shape
    columns = np.stack([
        x[:, :, i : h - k + 1 + i, j : width - k + 1 + j] for i in range(k) for j in range(k)
    ], axis=2).reshape(n, -1, (h - k + 1) * (width - k + 1)).astype(np.float64)  # fmt: skip
    rows = w.reshape(out, -1).astype(np.float64)
    sums = rows @ columns - x_zero_point * rows.sum(axis=1)[:, None]
    return np.rint(sums).astype(np.int32).reshape(n, out, h - k + 1, width - k + 1)


@exercise.mistake("the zero point left out")
def _(x, zero, w):
    """These are the sums of the stored integers. Take the zero point off the images, or hand it to integer_product."""
    return _by_offsets(x, 0, w)


@exercise.mistake("the zero point taken off the sums")
def _(x, zero, w):
    """You take the zero point off the finished sums. It belongs to each pixel, before it is multiplied."""
    return _by_offsets(x, 0, w) - np.int32(zero)


@exercise.mistake("the zero point taken off the filters")
def _(x, zero, w):
    """The zero point is taken off the filters. It is that of the images: integer_product(windows, x_zero_point,
    filters, 0)."""
    return _by_offsets(x, 0, w.astype(np.int32) - zero)


@exercise.mistake("the zero point taken off both")
def _(x, zero, w):
    """The zero point is taken off the images and off the filters. The filters have zero_point 0."""
    return _by_offsets(x, zero, w.astype(np.int32) - zero)


@exercise.mistake("corrected by the weights of all filters")
def _(x, zero, w):
    """You correct all outputs by zero point times the sum of all weights. Each output has its own filter's sum:
    w.sum(axis=(1, 2, 3))."""
    return _by_offsets(x, 0, w) - np.int32(zero * w.sum(dtype=np.int64))


@exercise.mistake("corrected by one channel")
def _(x, zero, w):
    """You correct the sums by zero point times the weights of one channel. A sum runs over all channels, and so does
    what is taken off: w.sum(axis=(1, 2, 3))."""
    return _by_offsets(x, 0, w) - np.int32(zero) * w[:, 0].sum(axis=(1, 2), dtype=np.int32)[None, :, None, None]


@exercise.mistake("differences below 0 cut off")
def _(x, zero, w):
    """Where a pixel is below the zero point you put 0. Such a pixel stands for a negative value and counts as one."""
    return _by_offsets(np.maximum(x.astype(np.int64), zero), zero, w)


@exercise.mistake("differences in int8")
def _(x, zero, w):
    """The pixels without their zero point are kept in int8, which ends at 127. They run from -255 to 255: int32."""
    return _by_offsets((x.astype(np.int64) - zero).astype(np.int8), 0, w)


exercise.mistake("the zero point added", lambda x, zero, w: _by_offsets(x, -zero, w)).says("""
    You add the zero point. value = scale * (integer - zero_point): it is taken off.""")
exercise.mistake("filters turned round", lambda x, zero, w: _by_offsets(x, zero, w[:, :, ::-1, ::-1])).says("""
    Your filters are turned round by 180 degrees. Mathematicians call that a convolution; in networks the filter is laid
    on the window as it is.""")
exercise.mistake("filters transposed", lambda x, zero, w: _by_offsets(x, zero, w.swapaxes(2, 3))).says("""
    Rows and columns of the filters are exchanged, or those of the windows. Both have to be read in the same order:
    channel, row, column.""")


exercise.mistake("filters mirrored", lambda x, zero, w: _by_offsets(x, zero, w[:, :, :, ::-1])).says("""
    Your filters are mirrored, left to right. The filter is laid on the window as it is.""")
exercise.mistake("filters upside down", lambda x, zero, w: _by_offsets(x, zero, w[:, :, ::-1])).says("""
    Your filters stand upside down. The filter is laid on the window as it is.""")
exercise.mistake("channels in reverse order", lambda x, zero, w: _by_offsets(x, zero, w[:, ::-1])).says("""
    The first channel of the image meets the last one of the filter. Channels belong together as they are numbered.""")


@exercise.mistake("images transposed")
def _(x, zero, w):
    """Rows and columns of the result are exchanged. The last two axes are height and width, as in the images."""
    return _by_offsets(x, zero, w).swapaxes(2, 3)


@exercise.mistake("the channels last in the windows")
def _(x, zero, w):
    """The windows are read row, column, channel, the filters channel, row, column, so that other numbers meet. Bring
    the channels in front of the k x k axes before you reshape: transpose(0, 2, 3, 1, 4, 5)."""
    out, channels, k, _ = w.shape
    return _by_offsets(x, zero, w.reshape(out, k, k, channels).transpose(0, 3, 1, 2))


@exercise.mistake("the channels last in the filters")
def _(x, zero, w):
    """The filters are read row, column, channel, the windows channel, row, column, so that other numbers meet. A filter
    is a row as it is: w.reshape(len(w), -1)."""
    return _by_offsets(x, zero, w.transpose(0, 2, 3, 1).reshape(w.shape))


@exercise.mistake("places column by column")
def _(x, zero, w):
    """Your places run down the columns, and the result is read row by row. Height comes before width, in the windows
    as in the result: transpose(0, 2, 3, 1, 4, 5)."""
    sums = _by_offsets(x, zero, w)
    return np.ascontiguousarray(sums.swapaxes(2, 3)).reshape(sums.shape)


@exercise.mistake("reshaped without a transpose")
def _(x, zero, w):
    """The windows are reshaped with the channels still in front of the places, so that a row mixes windows. First
    transpose(0, 2, 3, 1, 4, 5)."""
    k = w.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))
    n, _, height, width = windows.shape[:4]
    sums = integer_product(windows.reshape(n * height * width, -1), zero, w.reshape(len(w), -1), 0)
    return sums.reshape(n, height, width, -1).transpose(0, 3, 1, 2)


@exercise.mistake("the result reshaped without a transpose")
def _(x, zero, w):
    """integer_product gives (places, out): the outputs of one place stand side by side. reshape alone into (n, out,
    height, width) mixes them: reshape to (n, height, width, out), then transpose(0, 3, 1, 2)."""
    sums = _by_offsets(x, zero, w)
    return np.ascontiguousarray(sums.transpose(0, 2, 3, 1)).reshape(sums.shape)


@exercise.mistake("outputs last")
def _(x, zero, w):
    """Your result is (n, height, width, out). The outputs come second, as the channels of the images do:
    transpose(0, 3, 1, 2)."""
    return _by_offsets(x, zero, w).transpose(0, 2, 3, 1)


@exercise.mistake("outputs first")
def _(x, zero, w):
    """Your result is (out, n, height, width). The images come first: exchange the first two axes."""
    return _by_offsets(x, zero, w).swapaxes(0, 1)


@exercise.mistake("the first channel only")
def _(x, zero, w):
    """Only the first channel is used. A filter sees all channels, and the sum runs over them too."""
    return _by_offsets(x[:, :1], zero, w[:, :1])


@exercise.mistake("the first filter only")
def _(x, zero, w):
    """Only the first filter is used. Each of them has an output of its own."""
    return np.repeat(_by_offsets(x, zero, w[:1]), len(w), axis=1)


@exercise.mistake("the first image only")
def _(x, zero, w):
    """Only the first image is used. The first axis of x holds n of them."""
    return _by_offsets(x[:1], zero, w)


@exercise.mistake("the first image for all")
def _(x, zero, w):
    """Each image gets the result of the first. Is x[0] inside the loop over the images?"""
    return np.repeat(_by_offsets(x[:1], zero, w), len(x), axis=0)


@exercise.mistake("one output only")
def _(x, zero, w):
    """Only the first filter is used, and the result has one output. Each filter has one."""
    return _by_offsets(x, zero, w[:1])


@exercise.mistake("summed over the outputs")
def _(x, zero, w):
    """The outputs are added up. The sum runs over channels and window; each filter keeps its own output."""
    sums = _by_offsets(x, zero, w)
    return np.repeat(sums.sum(axis=1, keepdims=True, dtype=np.int32), len(w), axis=1)


@exercise.mistake("the mean of the channels")
def _(x, zero, w):
    """You take the mean over the channels. It is their sum."""
    return _by_offsets(x, zero, w) // np.int32(w.shape[1])


@exercise.mistake("channels kept apart")
def _(x, zero, w):
    """Your result has an axis for the channels still. The sum runs over them too."""
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.int32) - zero, w.shape[2:], (2, 3))
    return np.einsum("nchwij,ocij->nochw", windows, w.astype(np.int32))


@exercise.mistake("axes of length 1 dropped")
def _(x, zero, w):
    """Axes of length 1 are dropped, with squeeze perhaps. The result has four axes for one image or filter too."""
    return np.squeeze(_by_offsets(x, zero, w))


@exercise.mistake("the axis of one image dropped")
def _(x, zero, w):
    """For one image the result has no axis of images. It has four axes, with n = 1 too."""
    sums = _by_offsets(x, zero, w)
    return sums[0] if len(x) == 1 else sums


@exercise.mistake("square images")
def _(x, zero, w):
    """You take the height for the width, so that only square images work. They are x.shape[2] and x.shape[3]."""
    sums = _by_offsets(x, zero, w)
    n, out, height, _ = sums.shape
    return sums.transpose(0, 2, 3, 1).reshape(n, height, height, out).transpose(0, 3, 1, 2)


@exercise.mistake("k is the number of channels")
def _(x, zero, w):
    """You take the number of channels for the size of the window. w is (out, in, k, k): k is w.shape[2]."""
    k = w.shape[1]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))
    n, _, height, width = windows.shape[:4]
    rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)
    sums = integer_product(rows, zero, w.reshape(len(w), -1), 0)
    return sums.reshape(n, height, width, -1).transpose(0, 3, 1, 2)


@exercise.mistake("padded with 0")
def _(x, zero, w):
    """Your result is as large as the image: rows and columns of 0 were put around it. A window has to lie inside the
    image: height - k + 1 places."""
    k = w.shape[2]
    edges = ((k - 1) // 2, k - 1 - (k - 1) // 2)
    return _by_offsets(np.pad(x, ((0, 0), (0, 0), edges, edges)), zero, w)


@exercise.mistake("padded")
def _(x, zero, w):
    """Your result is as large as the image, so that something was put around it. A window has to lie inside the image:
    height - k + 1 places."""
    k = w.shape[2]
    edges = (k // 2, k - 1 - k // 2)
    return _by_offsets(np.pad(x, ((0, 0), (0, 0), edges, edges), constant_values=zero), zero, w)


@exercise.mistake("the last row and column left out")
def _(x, zero, w):
    """The last place in each direction is missing. A window of k fits at height - k + 1 places, not height - k."""
    return _by_offsets(x, zero, w)[:, :, :-1, :-1]


@exercise.mistake("windows side by side")
def _(x, zero, w):
    """Your windows do not overlap: they move by k. They move by one pixel."""
    k = w.shape[2]
    return _by_offsets(x, zero, w)[:, :, ::k, ::k]


@exercise.mistake("a row of the filter left out")
def _(x, zero, w):
    """The first row of each filter is left out. Does a loop begin at 1?"""
    return _by_offsets(x, zero, w, start=1)


@exercise.mistake("differences of 8 bits")
def _(x, zero, w):
    """You subtract before you convert. In uint8, 2 - 4 is 254, without a warning. Convert first."""
    return _by_offsets(x - np.uint8(zero), 0, w)


@exercise.mistake("sums of 8 bits")
def _(x, zero, w):
    """Your sums have 8 bits and wrap around at 127, without a warning. Convert both to int32 first."""
    return _by_offsets(x, zero, w).astype(np.int8)


@exercise.mistake("sums of 16 bits")
def _(x, zero, w):
    """Your sums have 16 bits and wrap around at 32,767, without a warning. They need int32: convert both first."""
    return _by_offsets(x, zero, w).astype(np.int16)


@exercise.mistake("sums of 16 bits, as int32")
def _(x, zero, w):
    """Your sums wrap around at 32,767: they are made in 16 bits and converted too late. Convert both to int32 before
    they are multiplied."""
    return _by_offsets(x, zero, w).astype(np.int16).astype(np.int32)


@exercise.mistake("sums of 64 bits")
def _(x, zero, w):
    """The numbers are right, but they are int64. int32 is asked for, which is enough for these sums."""
    return _by_offsets(x, zero, w).astype(np.int64)


@exercise.mistake("sums of float32")
def _(x, zero, w):
    """You sum in float32, which holds every whole number up to 16,777,216 and only some beyond. int32 is exact."""
    return _by_offsets(x, zero, w).astype(np.float32).astype(np.int32)


@exercise.mistake("floats returned")
def _(x, zero, w):
    """The numbers are right, but they are floats. The sums are int32."""
    return _by_offsets(x, zero, w).astype(np.float64)


@exercise.mistake("the image read as signed")
def _(x, zero, w):
    """You convert x to int8, where everything above 127 becomes negative. x is uint8, 0 to 255; convert to int32."""
    return _by_offsets(x.astype(np.int8), zero, w)


@exercise.mistake("square images alone")
def _(x, x_zero_point, w):
    """You take the height of an image for its width, too. Images need not be square: count the places in both
    directions."""
    n, _, side, _ = x.shape
    out, k = len(w), w.shape[2]
    places = side - k + 1
    values, filters = x.astype(np.int32) - x_zero_point, w.reshape(out, -1).astype(np.int32)
    sums = np.zeros((n, out, places, places), np.int32)
    for i in range(places):
        for j in range(places):
            sums[:, :, i, j] = values[:, :, i : i + k, j : j + k].reshape(n, -1) @ filters.T
    return sums
