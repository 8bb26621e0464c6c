"""09.5 Out of both layers."""

import numpy as np

from dc_lab import pruning
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_09.ex_4_neuron_scores import layers


def remove_neurons(first, bias, second, keep):
    """(first, bias, second) with those neurons alone for which `keep` is True."""
    neurons = len(keep)
    readers = second.reshape(len(second), neurons, -1)[:, keep]
    inputs = second.shape[1] // neurons * np.count_nonzero(keep)
    return first[keep], bias[keep], readers.reshape(len(second), inputs, *second.shape[2:])


def case(shape, after, keep, seed=0, dtype=np.float64):
    """Two layers with biases, and which neurons stay: a text of + and -."""
    first, second = layers(shape, after, seed, dtype)
    bias = np.random.default_rng((seed, 7)).normal(0, 1, shape[0]).astype(dtype)
    return first, bias, second, np.array([letter == "+" for letter in keep])


def _draw(rng):
    neurons, inputs, outputs = (int(size) for size in rng.integers(2, 6, 3))
    shapes = [
        ((neurons, inputs), (outputs, neurons)),
        ((neurons, inputs, 2, 1), (outputs, neurons, 2, 3)),
        ((neurons, inputs, 1, 2), (outputs, neurons * int(rng.integers(2, 5)))),
    ]
    keep = rng.random(neurons) < 0.6
    keep[rng.integers(neurons)] = True
    text = "".join("+" if stays else "-" for stays in keep)
    return case(*shapes[int(rng.integers(3))], text, int(rng.integers(1000)))


NAMES = ("first", "bias", "second")


def _accepted(arguments, expected, got):
    """What is wrong with the three arrays, in words, the first one first; raises for what are no three arrays."""
    if not isinstance(got, (tuple, list)) or len(got) != 3 or not all(isinstance(part, np.ndarray) for part in got):
        raise TypeError("not three arrays")
    for name, right, found in zip(NAMES, expected, got, strict=True):
        if right.shape != found.shape:
            return f"{name} should have the shape {right.shape}; yours has {found.shape}"
        if right.dtype != found.dtype:
            return f"{name} should stay {right.dtype}; yours is {found.dtype}"
        wrong = np.argwhere(right != found)
        if len(wrong):
            place = [int(i) for i in wrong[0]]
            at = tuple(place)
            head = f"{len(wrong)} of {right.size} numbers of {name} differ, the first at {place}"
            return f"{head}: expected {right[at]:.6g}, got {found[at]:.6g}"
    return None


SHOWN = (
    np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    np.array([0.1, 0.2, 0.3]),
    np.array([[10.0, 11.0, 20.0, 21.0, 30.0, 31.0]]),
    np.array([True, False, True]),
)
"""Three neurons, each read at two places; the first and the last stay."""


def _with_a_bias_of_0():
    """A neuron that stays and has a bias of 0: it is no removed one."""
    first, bias, second, keep = case((3, 2), (2, 3), "++-", 6)
    bias[1] = 0
    return first, bias, second, keep


CASES = [
    case((2, 1, 1, 1), (1, 2, 1, 1), "+-"), case((2, 1, 1, 1), (1, 4), "-+"), case((2, 1, 1, 1), (1, 2, 2, 1), "-+"),
    case((2, 1, 2, 1), (2, 2, 1, 1), "-+"), case((2, 1, 1, 1), (1, 4), "-+", 1, np.float32),
    case((2, 1), (1, 2), "+-", 1, np.float32),
    case((1, 1), (1, 1), "+"), case((2, 1), (1, 2), "+-"), case((2, 2), (2, 2), "-+"), case((2, 2), (2, 2), "++"),
    case((3, 2), (2, 3), "+-+"), case((3, 3), (3, 3), "-+-"), case((4, 2), (3, 4), "--++"),
    case((4, 2), (3, 4), "++--"), case((3, 1, 2, 2), (2, 3, 2, 2), "-++"), case((3, 2, 1, 3), (4, 3, 2, 1), "+-+"),
    case((3, 1, 2, 2), (2, 12), "+-+"), case((2, 1, 2, 2), (3, 6), "-+"), case((4, 2, 2, 2), (2, 16), "-+-+"),
    case((3, 2), (2, 9), "-++"), case((4, 4), (4, 4), "+-+-"), case((3, 1, 2, 2), (3, 9), "-+-"),
    case((4, 1, 1, 1), (4, 4, 1, 1), "++-+"), case((2, 3, 3, 3), (2, 2, 3, 3), "-+"),
    case((5, 4), (4, 20), "-++-+", 1, np.float32), case((5, 2, 2, 2), (3, 5, 3, 3), "--+++", 2, np.float32),
    _with_a_bias_of_0(),
    tuple(np.asfortranarray(array) for array in case((4, 2, 2, 2), (3, 12), "+-++", 4)),
    tuple(np.asfortranarray(array) for array in case((3, 2, 2, 2), (4, 3, 2, 3), "-++", 5)),
]  # fmt: skip

exercise = Exercise(
    id="09.5",
    title="Out of both layers",
    minutes=10,
    task="build",
    reference=pruning.remove_neurons,
    solution=remove_neurons,
    shown=SHOWN,
    cases=CASES,
    draw=_draw,
    accept=_accepted,
    dtype="exact",
    dtypes=("float32",),
    large=lambda: case((50, 20, 5, 5), (500, 800), "+-+--" * 10, 3, np.float32),
    large_is="the second convolution of LeNet-5, 50 filters with 16 places each, and the layer after it",
    equivalents={
        "line 4: 1 -> 2": "reshape takes -2 for -1: any negative number means the rest",
    },
    hints=[
        "first[keep] and bias[keep] are the neurons that stay, whatever other axes there are.",
        "In `second` a neuron's columns stand side by side. second.reshape(outputs, neurons, -1)[:, keep] leaves those "
        "of the neurons that stay.",
        "Put the result into the old form: (outputs, inputs that are left, and the axes from the third on, if any): "
        "readers.reshape(len(second), inputs, *second.shape[2:]).",
    ],
    why="""In C order, a column's number is neuron * places + place, so that a reshape takes it apart without moving
        anything. np.repeat(keep, places) makes the same choice as a mask of columns. The result is an ordinary pair of
        layers, smaller, and no routine needs to know that something was pruned.""",
)


@exercise.alternative
def _by_repeated_mask(first, bias, second, keep):
    columns = np.repeat(keep, second.shape[1] // len(keep))
    return first[keep], bias[keep], second[:, columns]


@exercise.alternative
def _by_places(first, bias, second, keep):
    stay = np.flatnonzero(keep)
    places = second.shape[1] // len(keep)
    columns = [i * places + place for i in stay for place in range(places)]
    return [np.take(first, stay, axis=0), np.take(bias, stay), np.take(second, columns, axis=1)]


@exercise.alternative
def _by_deleting(first, bias, second, keep):
    gone = np.flatnonzero(~keep)
    places = second.shape[1] // len(keep)
    columns = (gone[:, None] * places + np.arange(places)).ravel()
    return np.delete(first, gone, axis=0), np.delete(bias, gone), np.delete(second, columns, axis=1)


@exercise.alternative
def _by_compress(first, bias, second, keep):
    parts = np.split(second, len(keep), axis=1)
    readers = np.concatenate([part for part, stays in zip(parts, keep, strict=True) if stays], axis=1)
    return np.compress(keep, first, axis=0), np.compress(keep, bias), readers


def _columns(second, keep):
    return np.repeat(keep, second.shape[1] // len(keep))


def _right(first, bias, second, keep):
    return first[keep], bias[keep], second[:, _columns(second, keep)]


@exercise.mistake("set to 0")
def _(first, bias, second, keep):
    """The removed neurons are set to 0. The network computes the right thing, and takes as long as before: remove the
    rows and columns, so that the arrays get smaller."""
    rows = keep.reshape(-1, *[1] * (first.ndim - 1))
    columns = _columns(second, keep).reshape(1, -1, *[1] * (second.ndim - 2))
    return first * rows, bias * keep, second * columns


@exercise.mistake("the second layer as it was")
def _(first, bias, second, keep):
    """`second` still reads all neurons, those removed too. The columns that read them have to go."""
    return first[keep], bias[keep], second


@exercise.mistake("the first layer as it was")
def _(first, bias, second, keep):
    """`first` still computes all neurons. The rows of those removed have to go, and their biases."""
    return first, bias, second[:, _columns(second, keep)]


@exercise.mistake("the biases as they were")
def _(first, bias, second, keep):
    """The biases of the removed neurons are still there: bias[keep]."""
    return first[keep], bias, second[:, _columns(second, keep)]


@exercise.mistake("the rows of the second layer")
def _(first, bias, second, keep):
    """You remove rows of `second`. Its rows are its own neurons, which stay; the weights that read the removed ones are
    columns: axis 1."""
    return first[keep], bias[keep], second[keep]


@exercise.mistake("the columns of the first layer")
def _(first, bias, second, keep):
    """You remove columns of `first`. Its columns are its inputs, which stay; its neurons are rows: axis 0."""
    return first[:, keep], bias[keep], second[:, _columns(second, keep)]


@exercise.mistake("keep upside down")
def _(first, bias, second, keep):
    """This keeps the neurons that are to go. True in `keep` means that the neuron stays."""
    return _right(first, bias, second, ~keep)


@exercise.mistake("one column a neuron")
def _(first, bias, second, keep):
    """It is right where each neuron has one column in `second`. After `flatten` a filter has a column for each of its
    places, so that the mask does not fit: np.repeat(keep, places), or a reshape to (outputs, neurons, places)."""
    return first[keep], bias[keep], second[:, keep]


@exercise.mistake("one column a neuron, by its number")
def _(first, bias, second, keep):
    """One column stays for each neuron. After `flatten` a filter has a column for each of its places, side by side, and
    all of them stay or go: np.repeat(keep, places)."""
    return first[keep], bias[keep], second[:, np.flatnonzero(keep)]


@exercise.mistake("the mask tiled")
def _(first, bias, second, keep):
    """The mask is laid out as places first, then neurons (np.tile). `flatten` puts all places of the first filter in
    front, so that each entry of the mask is repeated: np.repeat(keep, places)."""
    return first[keep], bias[keep], second[:, np.tile(keep, second.shape[1] // len(keep))]


@exercise.mistake("flattened for good")
def _(first, bias, second, keep):
    """`second` comes back with two axes. A convolution has four, (outputs, channels, height, width): reshape the
    result to (outputs, channels that are left, *second.shape[2:])."""
    readers = second.reshape(len(second), len(keep), -1)[:, keep]
    return first[keep], bias[keep], readers.reshape(len(second), -1)


@exercise.mistake("three axes left")
def _(first, bias, second, keep):
    """`second` comes back as (outputs, neurons, places). Reshape it to the form that it had, with fewer inputs."""
    return first[keep], bias[keep], second.reshape(len(second), len(keep), -1)[:, keep]


@exercise.mistake("filters flattened")
def _(first, bias, second, keep):
    """`first` comes back with two axes. A convolution has four; first[keep] leaves the others as they are."""
    return first.reshape(len(first), -1)[keep], bias[keep], second[:, _columns(second, keep)]


@exercise.mistake("neurons in another order")
def _(first, bias, second, keep):
    """Those that stay are in another order. Leave them in the order that they had."""
    stay = np.flatnonzero(keep)[::-1]
    places = second.shape[1] // len(keep)
    columns = (stay[:, None] * places + np.arange(places)).ravel()
    return first[stay], bias[stay], second[:, columns]


@exercise.mistake("the first ones kept")
def _(first, bias, second, keep):
    """You keep the first neurons, as many as `keep` has True. Which of them stay is for `keep` to say."""
    count = int(keep.sum())
    some = np.arange(len(keep)) < count
    return _right(first, bias, second, some)


@exercise.mistake("keep taken for places")
def _(first, bias, second, keep):
    """True and False are taken for the places 1 and 0. `keep` is a boolean array: index with it as it is, without
    astype(int)."""
    places = keep.astype(int)
    return first[places], bias[places], second[:, places]


@exercise.mistake("the first place of each neuron")
def _(first, bias, second, keep):
    """One column stays for each neuron, its first place. After `flatten` a filter has a column for each of its places,
    side by side, and all of them stay or go: np.repeat(keep, places)."""
    places = second.shape[1] // len(keep)
    return first[keep], bias[keep], second[:, np.flatnonzero(keep) * places]


@exercise.mistake("the biases left out")
def _(first, bias, second, keep):
    """Only two arrays come back. Return three: first, bias, second."""
    return first[keep], second[:, _columns(second, keep)]


@exercise.mistake("in another order of the three")
def _(first, bias, second, keep):
    """The arrays are right, in the wrong order: return (first, bias, second)."""
    return first[keep], second[:, _columns(second, keep)], bias[keep]


@exercise.mistake("float64")
def _(first, bias, second, keep):
    """The dtype has changed. Removing rows and columns leaves float32 as float32; is there an np.zeros without a dtype,
    or a list in between?"""
    return tuple(part.astype(np.float64) for part in _right(first, bias, second, keep))


@exercise.mistake("lists")
def _(first, bias, second, keep):
    """The numbers are right, but they are in lists. Return arrays."""
    return tuple(part.tolist() for part in _right(first, bias, second, keep))


@exercise.mistake("the removed biases folded in")
def _(first, bias, second, keep):
    """Something is added to a bias. That would be right for neurons that give a constant; these are removed with all
    that they did."""
    kept, biases, readers = _right(first, bias, second, keep)
    return kept, biases + np.maximum(bias[~keep], 0).sum(), readers


@exercise.mistake("rescaled")
def _(first, bias, second, keep):
    """The weights that stay are scaled up, as for dropout. They stay as they are."""
    kept, biases, readers = _right(first, bias, second, keep)
    return kept, biases, (readers * (len(keep) / keep.sum())).astype(second.dtype)


@exercise.mistake("the last filter's places lost")
def _(first, bias, second, keep):
    """A neuron's places run from i * places up to, not including, (i + 1) * places. Yours end one too early."""
    places = second.shape[1] // len(keep)
    columns = [i * places + place for i in np.flatnonzero(keep) for place in range(max(1, places - 1))]
    return first[keep], bias[keep], second[:, columns]


@exercise.mistake("the second layer by rows")
def _(first, bias, second, keep):
    """You choose rows of `second`, as many as it has. Its rows are its own neurons, and they stay; the weights that
    read neuron i are its columns: second[:, ...]."""
    return first[keep], bias[keep], second[np.resize(keep, len(second))]


@exercise.mistake("axes of length 1 lost")
def _(first, bias, second, keep):
    """Axes of length 1 are gone. One neuron that stays is still a row of a matrix: leave out the squeeze."""
    kept, biases, readers = _right(first, bias, second, keep)
    return kept.squeeze(), biases, readers.squeeze()


@exercise.mistake("keep taken for places in the first layer")
def _(first, bias, second, keep):
    """astype(int) makes places 1 and 0 of True and False, so that neurons 0 and 1 come out again and again. Index with
    the boolean array itself."""
    places = keep.astype(int)
    return first[places], bias[places], second[:, _columns(second, keep)]


@exercise.mistake("the first layer by columns")
def _(first, bias, second, keep):
    """You choose columns of `first`. Its columns are its inputs, which stay; its neurons are rows: first[keep]."""
    return first[:, np.resize(keep, first.shape[1])], bias[keep], second[:, _columns(second, keep)]


@exercise.mistake("biases of 0")
def _(first, bias, second, keep):
    """Your biases are new ones, all 0. Those of the neurons that stay are bias[keep]."""
    kept, biases, readers = _right(first, bias, second, keep)
    return kept, np.zeros_like(biases), readers


@exercise.mistake("places counted after the cut")
def _(first, bias, second, keep):
    """You count the places after `first` was cut, second.shape[1] // len(first), and that comes out too large. Count
    them before, or with len(keep)."""
    first = first[keep]
    return first, bias[keep], second[:, np.repeat(keep, second.shape[1] // len(first))]


@exercise.mistake("rows of the second layer too")
def _(first, bias, second, keep):
    """You remove columns of `second`, and its rows as well. Its rows are its own neurons: they stay."""
    kept, biases, readers = _right(first, bias, second, keep)
    return kept, biases, readers[keep] if len(readers) == len(keep) else readers


@exercise.mistake("biases as a column")
def _(first, bias, second, keep):
    """Your biases are a column, (neurons, 1). They keep their one axis: bias[keep]."""
    kept, biases, readers = _right(first, bias, second, keep)
    return kept, biases[:, None], readers


@exercise.mistake("neurons with a bias of 0 removed")
def _(first, bias, second, keep):
    """A neuron whose bias is 0 is gone. What stays is for `keep` to say, and for nothing else."""
    return _right(first, bias, second, keep & (bias != 0))


@exercise.mistake("a column too far")
def _(first, bias, second, keep):
    """The columns that you leave are each one too far. Those of neuron i begin at i * places."""
    columns = np.minimum(np.flatnonzero(_columns(second, keep)) + 1, second.shape[1] - 1)
    return first[keep], bias[keep], second[:, columns]


@exercise.mistake("the second layer the other way round")
def _(first, bias, second, keep):
    """`second` keeps the columns of the neurons that go. Use the same `keep` for both layers."""
    return first[keep], bias[keep], second[:, ~_columns(second, keep)]


@exercise.mistake("the second layer transposed")
def _(first, bias, second, keep):
    """`second` comes back with its first two axes exchanged. Outputs stay in front."""
    kept, biases, readers = _right(first, bias, second, keep)
    return kept, biases, np.swapaxes(readers, 0, 1)


@exercise.mistake("first alone as it was")
def _(first, bias, second, keep):
    """`first` still has the rows of the removed neurons; the biases and `second` are right. Return first[keep]."""
    return first.copy(), bias[keep], second[:, _columns(second, keep)]


@exercise.mistake("a dictionary")
def _(first, bias, second, keep):
    """The arrays come in a dictionary. Return the three of them: first, bias, second."""
    return dict(zip(NAMES, _right(first, bias, second, keep), strict=True))


@exercise.mistake("the kernel's size taken for the places")
def _(first, bias, second, keep):
    """Behind a convolution you take height times width of its kernel for the places of a filter. They are the pixels
    that come out: second.shape[1] // neurons columns for each filter."""
    places = first.shape[2] * first.shape[3] if first.ndim == 4 and second.ndim == 2 else 1
    if first.ndim == 2:
        return remove_neurons(first, bias, second, keep)
    return first[keep], bias[keep], second[:, np.repeat(keep, places)]


@exercise.mistake("the numbers move while you delete")
def _(first, bias, second, keep):
    """You delete one neuron after the other. After the first one all others have moved up, and the next number names
    another neuron. Delete all at once, or begin with the last."""
    places = second.shape[1] // len(keep)
    for i in np.flatnonzero(~keep):
        at = min(int(i), len(first) - 1)
        first, bias = np.delete(first, at, axis=0), np.delete(bias, at)
        second = np.delete(second, range(at * places, (at + 1) * places), axis=1)
    return first, bias, second
