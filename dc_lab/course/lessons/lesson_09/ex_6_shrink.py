"""09.6 A whole network shrinks."""

import itertools

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_09.ex_4_neuron_scores import neuron_scores
from dc_lab.course.lessons.lesson_09.ex_5_remove_neurons import remove_neurons
from dc_lab.course.values import Steps


def shrink(network, counts):
    """The arrays of a smaller network: `counts[name]` neurons stay in a layer."""
    small = dict(network)
    names = [key.removesuffix(".weight") for key in network if key.endswith(".weight")]
    for name, after in itertools.pairwise(names):
        if name in counts:
            first, bias = small[f"{name}.weight"], small[f"{name}.bias"]
            second = small[f"{after}.weight"]
            keep = np.zeros(len(first), bool)
            keep[np.argsort(-neuron_scores(first, second))[: counts[name]]] = True
            first, bias, second = remove_neurons(first, bias, second, keep)
            small[f"{name}.weight"] = first
            small[f"{name}.bias"] = bias
            small[f"{after}.weight"] = second
    return small


KIND = "what comes back"
MISSING, MORE = "names that are missing", "names that are not in `network`"
AGAIN = "a second call returns a dictionary of its own"


def network(seed, shapes, dtype=np.float32):
    """Arrays of a chain of layers, name -> shape of the weight; each neuron of its own size, no two scores alike."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in shapes.items():
        size = rng.uniform(0.2, 2, (shape[0], *[1] * (len(shape) - 1)))
        found[f"{name}.weight"] = (rng.normal(0, 1, shape) * size).astype(dtype)
        found[f"{name}.bias"] = rng.normal(0, 1, shape[0]).astype(dtype)
    return found


def follow(shrink, network, counts):
    """The layers of the smaller network one by one, in order, then whatever else came back, then a second call."""
    found = shrink(network, counts)
    if not isinstance(found, dict):
        return Steps({KIND: type(found).__name__})
    steps = {KIND: "dict"} | {name: found[name] for name in network if name in found}
    missing = [name for name in network if name not in found]
    more = sorted(str(name) for name in found if name not in network)
    # An earlier result may not be filled again by a later call: a dictionary as a default argument, say.
    again = shrink(dict(network), {})
    return Steps(steps | {MISSING: missing, MORE: more, AGAIN: again is not found})


def _shapes(widths, conv=(), places=4, inputs=3):
    """A chain: convolutions of 2 x 2, then linear layers, the first of which reads `places` of each filter."""
    shapes, before = {}, inputs
    for number, filters in enumerate(conv, 1):
        shapes[f"conv{number}"] = (filters, before, 2, 2)
        before = filters
    before *= places if conv else 1
    for number, width in enumerate(widths, 1):
        shapes[f"ip{number}"] = (width, before)
        before = width
    return shapes


def _case(seed, counts, widths, conv=(), **more):
    return network(seed, _shapes(widths, conv, **more)), counts


def _draw(rng):
    widths = [int(width) for width in rng.integers(2, 5, int(rng.integers(2, 4)))]
    conv = [int(width) for width in rng.integers(2, 5, int(rng.integers(0, 3)))]
    shapes = _shapes(widths, conv, int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    names = list(shapes)[:-1]
    counts = {name: int(rng.integers(1, shapes[name][0] + 1)) for name in names if rng.random() < 0.8}
    counts = counts or {names[0]: 1}
    return network(int(rng.integers(1 << 30)), shapes), counts


def _matters():
    """A network in which the second layer's scores have another order once the first layer has shrunk."""
    for seed in itertools.count():
        arrays = network(seed, _shapes((4, 4, 3)))
        whole = np.argsort(-neuron_scores(arrays["ip2.weight"], arrays["ip3.weight"]))[:2]
        small = shrink(arrays, {"ip1": 2})
        after = np.argsort(-neuron_scores(small["ip2.weight"], small["ip3.weight"]))[:2]
        if set(whole.tolist()) != set(after.tolist()):
            return arrays, {"ip1": 2, "ip2": 2}
    raise AssertionError


def _order_matters():
    """One in which the order of the cuts matters, and `counts` has the layers the other way round."""
    for seed in itertools.count():
        arrays, counts = network(seed, _shapes((4, 4, 3))), {"ip2": 2, "ip1": 2}
        turned = shrink(shrink(arrays, {"ip2": 2}), {"ip1": 2})
        if any(not np.array_equal(array, turned[name]) for name, array in shrink(arrays, counts).items()):
            return arrays, counts
    raise AssertionError


def _cases():
    return [
        _case(1, {"ip1": 1}, (2, 1), inputs=1),
        _case(2, {"ip1": 2}, (3, 2)),
        _case(3, {"ip1": 3}, (3, 2)),
        _case(4, {"ip1": 2, "ip2": 1}, (3, 3, 2)),
        _case(5, {"ip2": 1}, (3, 3, 2)),
        _case(6, {"ip2": 2, "ip1": 2}, (3, 4, 2)),
        _case(7, {}, (3, 2)),
        _case(16, {"conv1": 1}, (1,), (2,), places=1, inputs=1),
        _case(8, {"conv1": 2}, (2,), (3,), places=2),
        _case(9, {"conv1": 1, "conv2": 2, "ip1": 3}, (4, 3), (2, 3), places=4, inputs=1),
        _case(10, {"conv2": 2}, (3,), (2, 3), places=3),
        _case(11, {"ip1": 4, "ip2": 3, "ip3": 2}, (5, 4, 3, 2)),
        _matters(),
        _order_matters(),
        (network(15, {"ip2": (4, 3), "ip10": (3, 4), "ip1": (2, 3)}), {"ip2": 2, "ip10": 2}),
    ]


def _large():
    return network(12, {"ip1": (300, 784), "ip2": (100, 300), "ip3": (10, 100)}), {"ip1": 90, "ip2": 30}


exercise = Exercise(
    id="09.6",
    title="A whole network shrinks",
    minutes=25,
    task="build",
    reference=shrink,
    cases=_cases,
    shown=(network(0, {"ip1": (3, 2), "ip2": (2, 3), "ip3": (2, 2)}), {"ip1": 2, "ip2": 1}),
    draw=_draw,
    use=follow,
    dtype="exact",
    tolerance=0.0,
    large=_large,
    large_is="a network as large as LeNet-300-100, cut to 90 and 30 neurons",
    given="import itertools\n\nimport numpy as np\n"
    "from dc_lab.course.lessons.lesson_09.ex_4_neuron_scores import neuron_scores\n"
    "from dc_lab.course.lessons.lesson_09.ex_5_remove_neurons import remove_neurons",
    hints=[
        "The layers are the keys that end with .weight, in order. Go through each of them with the one after it: "
        "itertools.pairwise(names) gives the pairs.",
        "For a layer in `counts`: scores of the arrays as they are now, the places of the largest ones by "
        "np.argsort(-scores)[:count], a boolean array with True at these places, then remove_neurons.",
        "Put the three arrays that come back into the new dictionary: the layer's weight, its bias, and the next "
        "layer's weight. The next round reads them from there.",
    ],
    why="""Each cut changes two layers, so that the next one begins with what the last one left. The scores are taken
        from the shrunken arrays: weights that read a neuron which is gone should not count for anybody.""",
)


def _mask(scores, count):
    keep = np.zeros(len(scores), bool)
    keep[np.argsort(-scores)[:count]] = True
    return keep


KINDS = ("weight", "bias")


def _names(network):
    return [key.removesuffix(".weight") for key in network if key.endswith(".weight")]


def _run(network, counts, scores=neuron_scores, mask=_mask, cut=remove_neurons, pairs=None, source=None):
    """The way of the solution with parts exchanged."""
    small = dict(network)
    for name, after in pairs(network) if pairs else itertools.pairwise(_names(network)):
        if name in counts:
            parts = [f"{name}.weight", f"{name}.bias", f"{after}.weight"]
            first, bias, second = (small[part] for part in parts)
            judged = (first, second) if source is None else source(network, small, name, after)
            keep = mask(scores(*judged), counts[name])
            small.update(zip(parts, cut(first, bias, second, keep), strict=True))
    return small


@exercise.alternative
def _with_a_mask(network, counts):
    return _run({name: array.copy() for name, array in network.items()}, counts)


@exercise.alternative
def _by_threshold(network, counts):
    def mask(scores, count):
        return scores >= np.sort(scores)[::-1][count - 1]

    return _run(network, counts, mask=mask)


@exercise.alternative
def _by_hand(network, counts):
    small = {name: np.array(array) for name, array in network.items()}
    names = _names(network)
    for i, name in enumerate(names[:-1]):
        weight, after = small[name + ".weight"], small[names[i + 1] + ".weight"]
        places = after.shape[1] // len(weight)
        scores = [
            np.linalg.norm(weight[j].ravel()) * np.linalg.norm(after[:, j * places : (j + 1) * places].ravel())
            for j in range(len(weight))
        ]
        stay = sorted(sorted(range(len(weight)), key=lambda j: -scores[j])[: counts.get(name, len(weight))])
        columns = [j * places + k for j in stay for k in range(places)]
        small[name + ".weight"], small[name + ".bias"] = weight[stay], small[name + ".bias"][stay]
        small[names[i + 1] + ".weight"] = after[:, columns]
    return small


@exercise.mistake("the smallest scores stay")
def _(network, counts):
    """The neurons with the smallest scores stay. np.argsort sorts in rising order: give it -scores, or take the last
    ones."""
    return _run(network, counts, scores=lambda *layers: -neuron_scores(*layers))


@exercise.mistake("so many removed")
def _(network, counts):
    """counts[name] neurons are removed. That many are to stay."""
    return _run(network, counts, mask=lambda scores, count: _mask(scores, len(scores) - count))


@exercise.mistake("one too many")
def _(network, counts):
    """One neuron too many stays. Exactly counts[name] of them do. With a threshold: >= the smallest score
    that stays."""
    return _run(network, counts, mask=lambda scores, count: _mask(scores, count + 1))


@exercise.mistake("one too few")
def _(network, counts):
    """One neuron too few stays. Is there a > where >= belongs?"""
    return _run(network, counts, mask=lambda scores, count: _mask(scores, count - 1))


@exercise.mistake("in the order of the scores")
def _(network, counts):
    """The neurons that stay are sorted by score. They keep the order that they had: make a boolean array of the places
    and let remove_neurons choose."""

    def cut(first, bias, second, order):
        places = second.shape[1] // len(first)
        columns = (order[:, None] * places + np.arange(places)).ravel()
        return first[order], bias[order], second[:, columns]

    return _run(network, counts, mask=lambda scores, count: np.argsort(-scores)[:count], cut=cut)


@exercise.mistake("scores of the network as it was")
def _(network, counts):
    """The scores come from the network as it was given. The layer before has shrunk by then: take them from the arrays
    as they are now."""
    return _run(network, counts, source=lambda old, new, name, after: (old[f"{name}.weight"], old[f"{after}.weight"]))


@exercise.mistake("each cut from the network as it was")
def _(network, counts):
    """Each layer is cut from the network as it was given, so that the next cut undoes what the last one did to the
    layer between them. Read the arrays from the new dictionary."""
    small = dict(network)
    for name, after in itertools.pairwise(_names(network)):
        if name in counts:
            parts = [f"{name}.weight", f"{name}.bias", f"{after}.weight"]
            first, bias, second = (network[part] for part in parts)
            keep = _mask(neuron_scores(first, second), counts[name])
            small.update(zip(parts, remove_neurons(first, bias, second, keep), strict=True))
    return small


@exercise.mistake("from the last layer to the first")
def _(network, counts):
    """The layers are cut from the last to the first, and that changes the scores. Begin with the first one."""
    return _run(network, counts, pairs=lambda network: list(itertools.pairwise(_names(network)))[::-1])


@exercise.mistake("in the order of counts")
def _(network, counts):
    """The layers are cut in the order in which `counts` has them. The order of the network counts: the keys of
    `network`."""
    names = _names(network)
    return _run(network, counts, pairs=lambda network: [(name, names[names.index(name) + 1]) for name in counts])


@exercise.mistake("layers without a count lose everything")
def _(network, counts):
    """A layer that is not in `counts` keeps all its neurons: leave it as it is."""
    full = dict.fromkeys(_names(network)[:-1], 1) | dict(counts)
    return _run(network, full)


@exercise.mistake("a count is looked up for every layer")
def _(network, counts):
    """counts[name] raises KeyError for a layer that is not in it. Such a layer keeps all its neurons: ask whether the
    name is in `counts` first."""
    names = _names(network)[:-1]
    for name in names:
        counts[name]
    return _run(network, counts)


@exercise.mistake("the first layer only")
def _(network, counts):
    """Only one layer is cut. Is the `return` inside the loop?"""
    for name in _names(network)[:-1]:
        if name in counts:
            return _run(network, {name: counts[name]})
    return dict(network)


@exercise.mistake("the next layer as it was")
def _(network, counts):
    """The next layer still reads all neurons. remove_neurons returns its weight as the third array: put it into the
    dictionary."""
    small = dict(network)
    for name, after in itertools.pairwise(_names(network)):
        if name in counts:
            parts = [network[f"{name}.weight"], network[f"{name}.bias"], network[f"{after}.weight"]]
            keep = _mask(neuron_scores(parts[0], parts[2]), counts[name])
            small[f"{name}.weight"], small[f"{name}.bias"], _ = remove_neurons(*parts, keep)
    return small


@exercise.mistake("the layers with a count paired with each other")
def _(network, counts):
    """You pair only the layers named in `counts` with one another. The layer that reads a neuron is the next one of the
    network, whether it has a count or not."""
    names = [name for name in _names(network) if name in counts] + _names(network)[-1:]
    return _run(network, counts, pairs=lambda network: itertools.pairwise(names))


@exercise.mistake("the arrays that changed alone")
def _(network, counts):
    """Arrays that stayed as they were are missing. Return all arrays of the network: begin with dict(network)."""
    return {name: array for name, array in _run(network, counts).items() if array.shape != network[name].shape}


@exercise.mistake("the biases as they were")
def _(network, counts):
    """The biases of the removed neurons are still there. remove_neurons returns those that stay as the second array:
    put them into the dictionary."""
    return {**_run(network, counts), **{name: array for name, array in network.items() if name.endswith(".bias")}}


@exercise.mistake("the neurons set to 0")
def _(network, counts):
    """The neurons are set to 0 and are still there. The arrays have to get smaller."""

    def cut(first, bias, second, keep):
        columns = np.repeat(keep, second.shape[1] // len(keep))
        return (
            first * keep.reshape(-1, *[1] * (first.ndim - 1)), bias * keep,
            second * columns.reshape(1, -1, *[1] * (second.ndim - 2)),
        )  # fmt: skip

    found = _run(network, counts, cut=cut)
    return {name: array.astype(np.float32) for name, array in found.items()}


@exercise.mistake("the own norm decides")
def _(network, counts):
    """The neurons are ranked by their own weights alone. Use neuron_scores, which takes in the weights that read
    them."""
    return _run(network, counts, scores=lambda first, second: np.linalg.norm(first.reshape(len(first), -1), axis=1))


@exercise.mistake("the first neurons stay")
def _(network, counts):
    """The first neurons stay, whatever their scores. Sort the places by score: np.argsort(-scores)."""
    return _run(network, counts, mask=lambda scores, count: np.arange(len(scores)) < count)


@exercise.mistake("the layers that shrank alone")
def _(network, counts):
    """Some arrays are missing. Return all arrays of the network, those that stayed as they were too."""
    names = set(_names(network)) & set(counts)
    return {key: array for key, array in _run(network, counts).items() if key.rpartition(".")[0] in names}


@exercise.mistake("float64")
def _(network, counts):
    """The dtype has changed. The network is float32, and stays that."""
    return {name: array.astype(np.float64) for name, array in _run(network, counts).items()}


@exercise.mistake("a list")
def _(network, counts):
    """A list comes back, of arrays or of pairs. Return a dictionary with the names of `network`."""
    return list(_run(network, counts).values())


@exercise.mistake("shares in place of counts")
def _(network, counts):
    """counts[name] is taken for a share of the neurons. It is how many stay, a whole number."""
    return _run(network, counts, mask=lambda scores, count: _mask(scores, count * len(scores)))


@exercise.mistake("the network itself is changed")
def _(network, counts):
    """The dictionary that was given is changed. Work on a new one, small = dict(network): whoever called the function
    still needs the old network."""
    network.update(_run(network, counts))
    return network


@exercise.mistake("the names in alphabetical order")
def _(network, counts):
    """You sort the names, and ip10 comes before ip2 then. The order of the layers is that of the keys in
    `network`."""
    ordered = {f"{name}.{kind}": network[f"{name}.{kind}"] for name in sorted(_names(network)) for kind in KINDS}
    return {name: _run(ordered, counts)[name] for name in network}


@exercise.mistake("an end at a layer without a count")
def _(network, counts):
    """The loop ends at the first layer that `counts` does not name: `break` leaves it for good. Go on with the next
    layer."""
    named = list(itertools.takewhile(lambda name: name in counts, _names(network)))
    return _run(network, {name: counts[name] for name in named})


@exercise.mistake("linear layers only")
def _(network, counts):
    """Layers whose names begin with conv are left as they are. Any layer may be in `counts`: take the names from the
    keys."""
    return _run(
        network,
        {name: count for name, count in counts.items() if name.startswith("ip")},
        pairs=lambda network: itertools.pairwise(name for name in _names(network) if name.startswith("ip")),
    )


@exercise.mistake("the last pair left out")
def _(network, counts):
    """The last layer that can shrink stays as it was: your loop ends one pair early. itertools.pairwise(names) has them
    all."""
    return _run(network, counts, pairs=lambda network: list(itertools.pairwise(_names(network)))[:-1])


@exercise.mistake("biases in the scores")
def _(network, counts):
    """You add the biases to the scores. The page ranks by neuron_scores alone."""
    small = dict(network)
    for name, after in itertools.pairwise(_names(network)):
        if name in counts:
            parts = [f"{name}.weight", f"{name}.bias", f"{after}.weight"]
            first, bias, second = (small[part] for part in parts)
            keep = _mask(neuron_scores(first, second) + abs(bias), counts[name])
            small.update(zip(parts, remove_neurons(first, bias, second, keep), strict=True))
    return small


@exercise.mistake("the next layer by its number")
def _(network, counts):
    """You make the next layer's name by adding 1 to the number. After the last conv comes ip1, and names may leave
    numbers out: take the next one of `network`."""

    def pairs(network):
        return [(name, name[:-1] + str(int(name[-1]) + 1)) for name in _names(network)[:-1]]

    return _run(network, counts, pairs=pairs)


@exercise.mistake("the readers decide")
def _(network, counts):
    """The neurons are ranked by the weights that read them alone. Use neuron_scores, which takes in their own
    weights."""

    def scores(first, second):
        return np.linalg.norm(second.reshape(len(second), len(first), -1), axis=(0, 2))

    return _run(network, counts, scores=scores)


@exercise.mistake("the next layer's biases cut")
def _(network, counts):
    """You cut the biases of the next layer. Its neurons all stay; those removed are of this layer."""
    small = _run(network, counts)
    for name, after in itertools.pairwise(_names(network)):
        if name in counts:
            small[f"{after}.bias"] = small[f"{after}.bias"][: len(small[f"{name}.bias"])]
    return small


@exercise.mistake("all above the mean stay")
def _(network, counts):
    """You keep the neurons whose score is above the mean. How many stay says counts[name]."""
    return _run(network, counts, mask=lambda scores, count: scores >= scores.mean())


@exercise.mistake("the weights alone")
def _(network, counts):
    """The biases are missing. Return all arrays of the network."""
    return {key: array for key, array in _run(network, counts).items() if key.endswith(".weight")}


@exercise.mistake("argsort taken for ranks")
def _(network, counts):
    """np.argsort says which neuron comes at each rank, and you take it for the rank of each neuron. Give keep[...] =
    True the places that argsort names, or sort twice."""
    return _run(network, counts, mask=lambda scores, count: np.argsort(scores) >= len(scores) - count)


_KEPT: dict[str, np.ndarray] = {}


@exercise.mistake("one dictionary for all calls")
def _(network, counts):
    """All calls fill one and the same dictionary, so that a later one changes what an earlier one returned. Make it in
    the function, small = dict(network), and not outside or as a default argument."""
    _KEPT.clear()
    _KEPT.update(_run(network, counts))
    return _KEPT


exercise.mistake(
    "a threshold that is not there",
    lambda network, counts: _run(network, counts, mask=lambda scores, count: scores > np.sort(scores)[::-1][count]),
).says("""
    Your threshold is the best score among those that go. Where all neurons of a layer stay there is none. Take the
    numbers of the largest scores instead: np.argsort(-scores)[:count].""")


def _with_the_bias(_, small, name, after):
    first = small[f"{name}.weight"]
    return np.c_[first.reshape(len(first), -1), small[f"{name}.bias"]], small[f"{after}.weight"]


@exercise.mistake("the bias in a neuron's norm")
def _(network, counts):
    """The bias goes into the norm of a neuron's own weights. neuron_scores is asked of the weights alone."""
    return _run(network, counts, source=_with_the_bias)


def _in_this_order(first, bias, second, best):
    readers = second.reshape(len(second), len(first), -1)[:, best]
    inputs = second.shape[1] // len(first) * len(best)
    return first[best], bias[best], readers.reshape(len(second), inputs, *second.shape[2:])


@exercise.mistake("in the order of the scores, the least first")
def _(network, counts):
    """The neurons that stay stand in the order of their scores, as np.argsort(scores)[-count:] has them. They keep the
    order that they had: sort the numbers, or use a mask."""
    return _run(network, counts, mask=lambda scores, count: np.argsort(scores)[-count:], cut=_in_this_order)
