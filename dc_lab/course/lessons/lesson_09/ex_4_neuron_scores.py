"""09.4 What a neuron is worth."""

import numpy as np

from dc_lab import pruning
from dc_lab.course.exercises import Exercise


def neuron_scores(first, second):
    """Floats (neurons,): norm of its weights times norm of the weights that read it."""
    neurons = len(first)
    own = np.linalg.norm(first.reshape(neurons, -1), axis=1)
    readers = second.reshape(len(second), neurons, -1)
    return own * np.linalg.norm(readers, axis=(0, 2))


SHOWN = (np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([[1.0, 2.0], [0.0, 2.0], [0.0, 1.0]]))
SHAPES = [
    ((2, 1, 1, 2), (1, 2)), ((2, 1, 1, 1), (1, 4)), ((2, 1, 1, 2), (1, 2, 1, 1)), ((2, 1), (2, 4)),
    ((2, 2), (1, 2, 1, 2)),
    ((3, 2), (4, 3)), ((2, 3), (1, 2)), ((4, 1), (2, 4)), ((3, 2), (2, 12)), ((4, 2, 3, 2), (3, 4, 2, 2)),
    ((3, 1, 2, 2), (5, 12)), ((2, 2, 2, 2), (4, 18)), ((5, 4), (5, 5)), ((4, 4), (4, 16)), ((2, 4, 1, 1), (4, 2, 1, 1)),
]  # fmt: skip


def layers(shape, after, seed=0, dtype=np.float64):
    """Two layers of these shapes; each neuron of its own size, in and out."""
    rng = np.random.default_rng((seed, *shape, *after))
    first = rng.normal(0, 1, shape) * rng.uniform(0.2, 2, (shape[0], *[1] * (len(shape) - 1)))
    readers = rng.normal(0, 1, after).reshape(after[0], shape[0], -1) * rng.uniform(0.2, 2, (1, shape[0], 1))
    return first.astype(dtype), readers.reshape(after).astype(dtype)


def draw_layers(rng):
    """Two layers that follow one another: linear or convolution, then linear or convolution."""
    neurons, inputs, outputs = (int(size) for size in rng.integers(2, 5, 3))
    kind = int(rng.integers(4))
    if kind == 0:
        shapes = (neurons, inputs), (outputs, neurons)
    elif kind == 1:
        shapes = (neurons, inputs, 2, 2), (outputs, neurons, 2, 1)
    else:
        shapes = (neurons, inputs, 1, 2), (outputs, neurons * int(rng.integers(2, 5)))
    return layers(*shapes, seed=int(rng.integers(1000)))


def _accepted(case, expected, got):
    """The first score that differs, and the two norms that make it; raises for what are no such scores."""
    first, second = case
    if not isinstance(got, np.ndarray) or got.shape != expected.shape or got.dtype.kind != "f":
        raise TypeError("not scores")
    wrong = np.flatnonzero(~np.isclose(got, expected, rtol=1e-5, atol=1e-5))
    if not len(wrong):
        return None
    i = int(wrong[0])
    own = float(np.linalg.norm(first[i].astype(float)))
    read = float(np.linalg.norm(second.reshape(len(second), len(first), -1)[:, i].astype(float)))
    norms = f"its own weights have the norm {own:.6g}, those that read it {read:.6g}"
    return f"neuron {i}: {norms}, so that its score is {float(expected[i]):.6g}; yours is {got[i]:.6g}"


exercise = Exercise(
    id="09.4",
    title="What a neuron is worth",
    minutes=10,
    task="build",
    reference=pruning.neuron_scores,
    solution=neuron_scores,
    shown=SHOWN,
    cases=[
        *(layers(*shapes) for shapes in SHAPES),
        (np.array([[2.0]]), np.array([[-3.0]])),
        (np.array([[2.0]]), np.array([[-3.0], [4.0]])),
        (np.array([[1.5, -2.0], [0.0, 0.0]]), np.array([[0.7, 0.3]])),
        (np.array([[1.5, -2.0], [0.6, 1.0]]), np.array([[0.0, 0.3]])),
        (np.array([[-1.5, -2.0], [0.6, 1.0]]), np.array([[-0.7, -0.3]])),
        layers((3, 2, 2, 2), (4, 3, 2, 2), 1, np.float32),
        layers((4, 3), (2, 8), 2, np.float32),
        tuple(np.asfortranarray(array) for array in layers((3, 2, 2, 2), (4, 9), 4)),
        tuple(np.asfortranarray(array) for array in layers((2, 3, 2, 1), (3, 2, 2, 3), 5)),
    ],
    draw=draw_layers,
    accept=_accepted,
    tolerance=1e-5,
    dtypes=("float32",),
    large=lambda: layers((500, 800), (10, 500), 3, np.float32),
    large_is="the third layer of LeNet-5, 500 neurons with 800 inputs, and the last",
    equivalents={
        "line 4: 1 -> 2 (1)": "reshape takes -2 for -1: any negative number means the rest",
        "line 5: 1 -> 2": "reshape takes -2 for -1: any negative number means the rest",
    },
    hints=[
        "A neuron's own weights are first[i], of any number of axes. first.reshape(neurons, -1) has one row a neuron, "
        "and np.linalg.norm(rows, axis=1) is the norm of each.",
        "The inputs of `second` that belong to neuron i stand side by side: second.reshape(outputs, neurons, -1) has "
        "them at [:, i]. That holds for a convolution, too.",
        "The norm over two axes: np.sqrt((readers**2).sum(axis=(0, 2))). Multiply both norms.",
    ],
    why="""Double a neuron's weights and halve those that read it: behind a ReLU the network computes the same, and the
        product of the norms stays what it was. Either norm alone would change. Measured on our networks the three are
        close, and all of them are better than chance.""",
)


@exercise.alternative
def _by_sums_of_squares(first, second):
    own = (first.reshape(len(first), -1).astype(np.float64) ** 2).sum(axis=1)
    read = (second.reshape(len(second), len(first), -1).astype(np.float64) ** 2).sum(axis=2).sum(axis=0)
    return np.sqrt(own * read)


@exercise.alternative
def _neuron_by_neuron(first, second):
    places = second.shape[1] // len(first)
    scores = []
    for i, weights in enumerate(first):
        readers = second[:, i * places : (i + 1) * places]
        scores.append(float(np.sqrt(np.sum(weights**2)) * np.sqrt(np.sum(readers**2))))
    return np.array(scores)


@exercise.alternative
def _by_split(first, second):
    parts = np.split(second, len(first), axis=1)
    return np.array([np.linalg.norm(a.ravel()) * np.linalg.norm(b.ravel()) for a, b in zip(first, parts, strict=True)])


def _own(first):
    return np.sqrt((first.reshape(len(first), -1) ** 2).sum(axis=1))


def _readers(first, second):
    return second.reshape(len(second), len(first), -1)


def _read(first, second):
    return np.sqrt((_readers(first, second) ** 2).sum(axis=(0, 2)))


exercise.mistake("the weights that read it left out", lambda first, second: 1 * _own(first)).says("""
    This is the norm of the neuron's own weights. Multiply it by the norm of the weights that read it: a neuron that
    nobody listens to is worth nothing.""")
exercise.mistake("its own weights left out", lambda first, second: 1 * _read(first, second)).says("""
    This is the norm of the weights that read the neuron. Multiply it by the norm of its own weights, first[i].""")
exercise.mistake("added", lambda first, second: _own(first) + _read(first, second)).says("""
    The two norms are added. They are multiplied: with either of them 0 the neuron does nothing.""")
exercise.mistake("norms not rooted", lambda first, second: (_own(first) * _read(first, second)) ** 2).says("""
    These are sums of squares. A norm is the square root of that sum. (The order of the neurons is the same, but asked
    for are the norms.)""")
exercise.mistake("one root missing", lambda first, second: _own(first) ** 2 * _read(first, second)).says("""
    The first of the two is a sum of squares. A norm is the square root of that sum.""")
exercise.mistake("the other root missing", lambda first, second: _own(first) * _read(first, second) ** 2).says("""
    The second of the two is a sum of squares. A norm is the square root of that sum.""")
exercise.mistake("rooted twice", lambda first, second: np.sqrt(_own(first) * _read(first, second))).says("""
    The root is taken twice: once in each norm, and again of their product.""")


@exercise.mistake("sums of magnitudes")
def _(first, second):
    """These are sums of magnitudes, the L1 norm. Asked for is the L2 norm: the root of the sum of squares."""
    return np.abs(first).reshape(len(first), -1).sum(1) * np.abs(_readers(first, second)).sum((0, 2))


@exercise.mistake("largest magnitudes")
def _(first, second):
    """These are the largest magnitudes. Asked for is the L2 norm: the root of the sum of squares."""
    return np.abs(first).reshape(len(first), -1).max(1) * np.abs(_readers(first, second)).max((0, 2))


@exercise.mistake("plain sums")
def _(first, second):
    """The weights are added as they are, so that negative ones cancel positive ones. A norm is the root of the sum of
    their squares."""
    return np.abs(first.reshape(len(first), -1).sum(1) * _readers(first, second).sum((0, 2)))


@exercise.mistake("means in place of sums")
def _(first, second):
    """The root is taken of a mean. In a norm the squares are added, and not divided by how many there are."""
    own = np.sqrt((first.reshape(len(first), -1) ** 2).mean(1))
    return own * np.sqrt((_readers(first, second) ** 2).mean((0, 2)))


@exercise.mistake("standard deviations")
def _(first, second):
    """These are standard deviations: the mean is taken off first. A norm is the root of the sum of the squares
    themselves."""
    return first.reshape(len(first), -1).std(1) * _readers(first, second).std((0, 2))


@exercise.mistake("the rows of the second layer")
def _(first, second):
    """You take the rows of `second`. They belong to its own neurons; the weights that read neuron i are in its
    columns."""
    return _own(first) * np.sqrt((second.reshape(len(second), -1) ** 2).sum(1))


@exercise.mistake("the columns of the first layer")
def _(first, second):
    """You take the columns of `first`. Those belong to its inputs; a neuron's own weights are its row, first[i]."""
    columns = np.sqrt((first**2).sum(axis=(0, *range(2, first.ndim))))
    return columns * _read(first, second)


@exercise.mistake("linear layers only")
def _(first, second):
    """It is right for two linear layers, and fails where `first` is a convolution: np.linalg.norm(first, axis=1) takes
    one axis, and a filter has three. Give it first.reshape(len(first), -1)."""
    return np.linalg.norm(first, axis=1) * _read(first, second)


@exercise.mistake("one column a neuron")
def _(first, second):
    """It is right where each neuron has one column in `second`, and fails after `flatten`: there a filter has a column
    for each of its places. second.reshape(len(second), len(first), -1) puts a neuron's columns together."""
    own = _own(first)
    return own * np.sqrt((second**2).sum(axis=(0, *range(2, second.ndim))))


@exercise.mistake("one column a neuron, the first ones")
def _(first, second):
    """You read the first `neurons` columns of `second`. After `flatten` a filter has a column for each of its places,
    side by side: second.reshape(len(second), len(first), -1) puts them together."""
    some = second[:, : len(first)]
    return _own(first) * np.sqrt((some**2).sum(axis=(0, *range(2, some.ndim))))


@exercise.mistake("places in front")
def _(first, second):
    """The columns are taken as places first, then neurons: reshape(outputs, -1, neurons). `flatten` puts all places of
    the first filter in front: reshape(outputs, neurons, -1)."""
    turned = second.reshape(len(second), -1, len(first))
    return _own(first) * np.sqrt((turned**2).sum(axis=(0, 1)))


@exercise.mistake("the first output only")
def _(first, second):
    """Only the first output's weights are counted. All outputs of `second` read the neuron: sum over axis 0, too."""
    return _own(first) * np.sqrt((_readers(first, second)[0] ** 2).sum(axis=1))


@exercise.mistake("a score for each place")
def _(first, second):
    """You have a score for each output or place. A neuron has one score: sum the squares of all weights that read it,
    over outputs and places."""
    return _own(first)[:, None] * np.sqrt((_readers(first, second) ** 2).sum(axis=0))


@exercise.mistake("the neurons in order")
def _(first, second):
    """This is the order of the neurons. Asked for are their scores, in the order that the neurons have."""
    return np.argsort(-_own(first) * _read(first, second))


@exercise.mistake("sorted scores")
def _(first, second):
    """The scores are sorted. Leave them in the order that the neurons have: otherwise nobody knows whose they are."""
    return np.sort(_own(first) * _read(first, second))[::-1]


@exercise.mistake("divided by the largest")
def _(first, second):
    """The scores are divided by the largest. Asked for are the products themselves."""
    scores = _own(first) * _read(first, second)
    return scores / max(scores.max(), 1e-300)


@exercise.mistake("divided by their sum")
def _(first, second):
    """The scores are divided by their sum. Asked for are the products themselves."""
    scores = _own(first) * _read(first, second)
    return scores / max(scores.sum(), 1e-300)


@exercise.mistake("two linear layers only")
def _(first, second):
    """np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=0) is right for two linear layers. A filter has three
    axes, and after `flatten` it has several columns: first.reshape(neurons, -1) and second.reshape(outputs, neurons,
    -1) hold for all of them."""
    return np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=0)


@exercise.mistake("the first columns of the flattened second layer")
def _(first, second):
    """You flatten `second` to (outputs, columns) and take the first `neurons` columns. Each neuron has several columns
    there, side by side: second.reshape(outputs, neurons, -1)."""
    return _own(first) * np.linalg.norm(second.reshape(len(second), -1), axis=0)[: len(first)]


@exercise.mistake("the second layer cut by rows")
def _(first, second):
    """second.reshape(neurons, -1) takes `second` apart row by row, which are its own neurons. Keep its first axis:
    second.reshape(outputs, neurons, -1)."""
    return _own(first) * np.linalg.norm(second.reshape(len(first), -1), axis=1)


@exercise.mistake("norms added over the outputs")
def _(first, second):
    """For each output you take a norm, and then you add the norms. It is one norm: add all squares, over outputs and
    places, and take the root at the end."""
    return _own(first) * np.linalg.norm(_readers(first, second), axis=2).sum(axis=0)


@exercise.mistake("the norm of the whole layer")
def _(first, second):
    """np.linalg.norm without `axis` is one number for the whole layer. Give it axis=1, for a norm of each row."""
    return np.linalg.norm(first.ravel()) * _read(first, second)


@exercise.mistake("float16")
def _(first, second):
    """Your scores have three digits: is there a float16? Leave them at float32 or float64."""
    return (_own(first) * _read(first, second)).astype(np.float16)


@exercise.mistake("a list of scores")
def _(first, second):
    """The numbers are right, but they are in a list. Return an array: np.array(...)."""
    return (_own(first) * _read(first, second)).tolist()


@exercise.mistake("places in front after flatten")
def _(first, second):
    """It is right for convolutions. After `flatten` you take the columns as places first, then neurons:
    reshape(outputs, -1, neurons). All places of the first filter come first: reshape(outputs, neurons, -1)."""
    if second.ndim == 4:
        return 1 * _own(first) * _read(first, second)
    return _own(first) * np.sqrt((second.reshape(len(second), -1, len(first)) ** 2).sum(axis=(0, 1)))


@exercise.mistake("as many rows as neurons")
def _(first, second):
    """You take norms of the rows of `second`, over and over until there are as many as neurons. Its rows are its own
    neurons; the weights that read neuron i are in its columns."""
    rows = np.sqrt((second.reshape(len(second), -1) ** 2).sum(1))
    return _own(first) * np.resize(rows, len(first))


@exercise.mistake("a part of each filter")
def _(first, second):
    """np.linalg.norm(first, axis=1) of a convolution is a norm over the channels, at each place of the kernel. One norm
    is over all of a filter's weights: first.reshape(len(first), -1)."""
    own = np.linalg.norm(first, axis=1)
    return own.reshape(len(first), -1)[:, 0] * _read(first, second)


@exercise.mistake("norms added over the places")
def _(first, second):
    """For each place you take a norm, and then you add the norms. It is one norm: add all squares, over outputs and
    places, and take the root at the end."""
    return _own(first) * np.sqrt((_readers(first, second) ** 2).sum(axis=0)).sum(axis=1)


@exercise.mistake("the second layer as it is")
def _(first, second):
    """np.linalg.norm(second, axis=0) has one number a column, and fits only where each neuron has one column in
    `second`. Take second.reshape(len(second), len(first), -1) and the norm over axes 0 and 2."""
    return _own(first) * np.linalg.norm(second, axis=0)


@exercise.mistake("a matrix norm")
def _(first, second):
    """np.linalg.norm(matrix, 2) is another norm, the largest singular value. Asked for is the root of the sum of all
    squares: leave the 2 out."""
    readers = _readers(first, second)
    return _own(first) * np.array([np.linalg.norm(readers[:, i], 2) for i in range(len(first))])


@exercise.mistake("convolutions only")
def _(first, second):
    """axis=(0, 2, 3) is right where `second` is a convolution, and fails for a linear layer, which has two axes. Take
    second.reshape(len(second), len(first), -1)."""
    return _own(first) * np.sqrt((second**2).sum(axis=(0, 2, 3)))


@exercise.mistake("the first place of each filter")
def _(first, second):
    """Only the first place of each filter is counted. All its places are read: add their squares, too."""
    return _own(first) * np.linalg.norm(_readers(first, second)[:, :, 0], axis=0)


@exercise.mistake("a mean over the outputs")
def _(first, second):
    """You take the mean over the outputs of `second`, in place of the sum. A norm adds squares."""
    return _own(first) * np.sqrt((_readers(first, second) ** 2).mean(axis=0).sum(axis=1))


@exercise.mistake("a mean over the places")
def _(first, second):
    """You take the mean over the places, in place of the sum. A neuron that is read at more places is worth more."""
    return _own(first) * np.sqrt((_readers(first, second) ** 2).sum(axis=0).mean(axis=1))


@exercise.mistake("sorted, the least first")
def _(first, second):
    """The scores are sorted, the least first. They belong in the order of the neurons."""
    return np.sort(_own(first) * _read(first, second))


@exercise.mistake("the last neuron first")
def _(first, second):
    """The scores come in the opposite order. The first belongs to the first neuron."""
    return (_own(first) * _read(first, second))[::-1]


@exercise.mistake("read by the next neuron's readers")
def _(first, second):
    """Each neuron's own norm meets the readers of the neuron before it. Both norms are of the same neuron."""
    return _own(first) * np.roll(_read(first, second), 1)


@exercise.mistake("divided by each other")
def _(first, second):
    """You divide the norms. They are multiplied."""
    return _own(first) / _read(first, second)


@exercise.mistake("the larger of the two")
def _(first, second):
    """You take the larger of the two norms. They are multiplied."""
    return np.maximum(_own(first), _read(first, second))


@exercise.mistake("the mean of the two")
def _(first, second):
    """You take the mean of the two norms. They are multiplied."""
    return (_own(first) + _read(first, second)) / 2


@exercise.mistake("one norm over both layers")
def _(first, second):
    """You take one norm over the weights of both layers, the root of the sum of all squares. There are two norms, and
    they are multiplied."""
    return np.hypot(_own(first), _read(first, second))


@exercise.mistake("every neuron with every other")
def _(first, second):
    """You have a table of each neuron's own norm with everybody's readers. Multiply the two arrays entry by entry: own
    * read."""
    return np.outer(_own(first), _read(first, second))


@exercise.mistake("one number")
def _(first, second):
    """You return one number for the layer. Each neuron has a score: do not add them."""
    return float((_own(first) * _read(first, second)).sum())


@exercise.mistake("whole numbers")
def _(first, second):
    """The scores are cut to whole numbers. Leave them floats."""
    return (_own(first) * _read(first, second)).astype(int)


@exercise.mistake("scores as a column")
def _(first, second):
    """The scores are right, but as a column, (neurons, 1). Is there a keepdims=True, or a [:, None]? The shape is
    (neurons,)."""
    return (_own(first) * _read(first, second))[:, None]


@exercise.mistake("float16 all the way")
def _(first, second):
    """The weights are made float16 before they are squared, which leaves three digits. Take them as they are."""
    half = first.astype(np.float16), second.astype(np.float16)
    return _own(half[0]) * _read(*half)


@exercise.mistake("the norms of a filter's channels added")
def _(first, second):
    """You take a norm for each channel of a filter and add these. A filter has one norm, over all of its weights: bring
    them into one row first."""
    own = np.sqrt((first**2).sum(axis=tuple(range(2, first.ndim)))).sum(axis=1) if first.ndim > 2 else _own(first)
    return own * _read(first, second)


@exercise.mistake("the norm of a matrix")
def _(first, second):
    """np.linalg.norm(a, 2) of a matrix is its largest singular value, which is smaller. Asked for is the root of the
    sum of squares: flatten the weights first, or leave the 2 out."""
    own = [np.linalg.norm(w if w.ndim == 1 else w.reshape(len(w), -1), 2) for w in first]
    return np.array(own) * _read(first, second)


@exercise.mistake("only the first place of each filter")
def _(first, second):
    """Of the columns that read a filter you take the first one only. Each place has a column, second.shape[1] //
    neurons of them, and all count."""
    read = _read(first, second)
    if second.ndim == 2:
        read = np.linalg.norm(second[:, :: second.shape[1] // len(first)], axis=0)
    return _own(first) * read


@exercise.mistake("the filters of the next convolution")
def _(first, second):
    """Behind a convolution you take second[i], the filters of the next layer. Those that read neuron i are second[:,
    i]: axis 1 counts what the layer reads."""
    read = _read(first, second)
    if second.ndim == 4:
        read = np.linalg.norm(second.reshape(len(second), -1), axis=1)[: len(first)]
    return _own(first) * read


@exercise.mistake("second[i] of a convolution")
def _(first, second):
    """Of a convolution you take second[i]: axis 0 counts its outputs, and there may be fewer than neurons. What reads
    neuron i is second[:, i]."""
    if second.ndim == 4:
        return _own(first) * np.array([np.sqrt((second[i] ** 2).sum()) for i in range(len(first))])
    return _own(first) * _read(first, second)
