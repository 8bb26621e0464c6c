"""04.2 k-means."""

import itertools

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons import loops
from dc_lab.course.lessons.lesson_04.common import WEIGHTS, pruned_layer
from dc_lab.course.lessons.lesson_04.ex_1_assign import assign
from dc_lab.course.values import Steps

ENOUGH = 1_000_000
"""Rounds that no case needs: an answer that does not stop by itself does not come back."""


def kmeans(values, start, rounds=1000):
    """k-means from the centroids `start`: the codebook and the index of each value."""
    codebook, indices = start, assign(values, start)
    for _ in range(rounds):
        counts = np.bincount(indices, minlength=len(codebook))
        sums = np.bincount(indices, values, minlength=len(codebook))
        moved = list(sums[counts > 0] / counts[counts > 0])
        while len(moved) < len(codebook):
            distances = np.abs(values[:, None] - moved).min(axis=1)
            moved.append(values[distances.argmax()])
        codebook, before = np.sort(moved), indices
        indices = assign(values, codebook)
        if np.array_equal(indices, before):
            break
    return codebook, indices


def follow(kmeans, values, start, rounds):
    """What an answer gives after 0, 1, 2 rounds and so on up to `rounds`, and where it ends by itself.

    With the default of the argument, if `rounds` is None.
    """
    if rounds is None:
        return Steps(
            **{"after 0 rounds": _result(kmeans(values, start, 0)), "at the end": _result(kmeans(values, start))},
            default=None,
        )
    steps = {f"after {r} round{'' if r == 1 else 's'}": _result(kmeans(values, start, r)) for r in range(rounds + 1)}
    steps["at the end"] = _result(kmeans(values, start, ENOUGH))
    return Steps(**steps, default=loops.default_of(kmeans, "rounds"))


def _case_of(case, step):
    """The call that gives one step by itself: `rounds` is the step's own."""
    if step.startswith("after "):
        return *case[:2], int(step.split()[1])
    return (*case[:2], ENOUGH) if step == "at the end" else case


def _result(found):
    """The codebook and the indices as they came; a list may stand for a tuple."""
    return list(found) if isinstance(found, (tuple, list)) else found


def _accepted(case, expected, got):
    """The first round that departs, in words. Each round is held against what the answer itself had before it."""
    values, start = case[:2]
    values = values.astype(np.float64)
    before = None
    for name, found in list(got.items())[:-1]:
        if problem := _form(found, len(start), len(values)):
            return f"{name}: {problem}"
        codebook, indices = found
        if before is None:
            if not np.array_equal(codebook, start):
                return "after 0 rounds the codebook is not the start: no centroid moves before the first round"
        elif name == "at the end":  # there nothing moves any more
            if problem := _moved(values, codebook, indices, codebook, True):
                return f"{name}, {problem}"
        elif problem := _moved(values, *before, codebook):
            return f"{name}, {problem}"
        if problem := _assigned(values, codebook, indices):
            return f"{name}, {problem}"
        before = codebook, indices
    if got["default"] != expected["default"]:
        return f"the default of rounds is {got['default']}, where the stub has {expected['default']}"
    return None


def _form(found, clusters, size):
    """What is wrong with the form of a result."""
    if not isinstance(found, list) or len(found) != 2 or not all(isinstance(part, np.ndarray) for part in found):
        return "it returns no pair of arrays, codebook and indices"
    codebook, indices = found
    if codebook.shape != (clusters,):
        return f"the codebook has the shape {codebook.shape}; there are {clusters} centroids, so ({clusters},)"
    if codebook.dtype != np.float64:
        return f"the codebook is {codebook.dtype}, where float64 is asked for"
    if indices.shape != (size,):
        return f"the indices have the shape {indices.shape}; there are {size} values, so ({size},)"
    if indices.dtype != np.uint8:
        return f"the indices are {indices.dtype}, where uint8 is asked for"
    if not np.isfinite(codebook).all():
        return "the codebook has NaN in it: is the mean of an empty cluster taken?"
    if (np.diff(codebook) < 0).any():
        return "the codebook is not sorted"
    return None


def _close(values):
    """How far two sums of the same numbers may be apart."""
    return 1e-11 * float(np.abs(values).max(initial=0.0))


def _moved(values, codebook, indices, moved, last=False):
    """What is wrong with one round's centroids, given what was before it."""
    slack, left = _close(values), list(moved)
    means = {int(index): float(values[indices == index].mean()) for index in np.unique(indices)}
    for index, mean in means.items():
        nearest = int(np.abs(moved - mean).argmin())
        if abs(moved[nearest] - mean) > slack:
            cluster = values[indices == index]
            return (
                f"cluster {index}: its mean is {mean:.9g} (values: {len(cluster)}), and no centroid is there; the "
                f"nearest one is {moved[nearest]:.9g}{_why_no_mean(cluster, mean, codebook, index, moved, last)}"
            )
        if moved[nearest] in left:
            left.remove(moved[nearest])
    placed = list(means.values())
    while len(placed) < len(codebook) and left:
        distances = np.abs(values[:, None] - np.array(placed)).min(axis=1)
        farthest = values[distances >= distances.max() - slack]
        right = [each for each in left if np.abs(farthest - each).min() <= slack]
        if not right:
            empty = len(codebook) - len(means)
            some = "1 cluster is" if empty == 1 else f"{empty} clusters are"
            return (
                f"{some} empty: a centroid is to go to the value {farthest[0]:.6g}, {distances.max():.3g} from the "
                f"nearest one placed so far; left over are {', '.join(f'{each:.6g}' for each in left)}"
                f"{_why_not_there(values, codebook, indices, means, placed, left)}"
            )
        placed.append(right[0])
        left.remove(right[0])
    return None


def _why_no_mean(cluster, mean, codebook, index, moved, last):
    """What stands where the mean of a cluster is missing, if that can be told."""
    slack = _close(cluster)
    others = {
        "its median": np.median(cluster),
        "its sum": cluster.sum(),
        "the middle between its smallest and its largest value": (cluster.min() + cluster.max()) / 2,
        "only half-way to it": (codebook[index] + mean) / 2,
    }
    if (cluster == 0).any() and (cluster != 0).any():
        others["the mean of those that are not 0"] = cluster[cluster != 0].mean()
    if len(cluster) > 1:
        far = cluster[np.abs(cluster - mean).argmax()]
        without = f"the mean without {far:.6g}, which still belongs to the cluster"
        others[without] = (cluster.sum() - far) / (len(cluster) - 1)
    if last:
        return "; it stops before the clusters have settled"
    if np.array_equal(moved, codebook):
        return "; no centroid has moved since the round before: does it stop too early?"
    for what, value in others.items():
        if abs(value - mean) > slack and np.abs(moved - value).min() <= slack:
            return f"; {value:.6g} is {what}"
    if np.abs(moved - mean).min() < 1e-3 * abs(mean):
        return "; is the mean rounded, or calculated in another type than float64?"
    return ""


def _why_not_there(values, codebook, indices, means, placed, left):
    """Where the centroids of empty clusters went instead, if that can be told."""
    slack, empty = _close(values), [i for i in range(len(codebook)) if i not in means]

    def among(numbers):
        return any(np.abs(np.array(numbers) - each).min() <= slack for each in left)

    if among(codebook[empty]):
        return "; such a one has stayed where it was"
    others = {"the mean of all values": values.mean()}
    if not (values == 0).any():  # else 0 may be there as a value that is taken for the farthest
        others["what a sum of no values gives"] = 0.0
    for what, value in others.items():
        if among([value]):
            return f"; {value:.6g} is {what}"
    if among(placed):
        return "; a centroid stands there already"
    of_each = np.array([means[int(index)] for index in indices])
    own = np.abs(values[:, None] - np.column_stack([of_each, *[np.full(len(values), p) for p in placed[len(means) :]]]))
    own = own.min(axis=1)
    if among(values[own >= own.max() - slack]):
        return "; that is the farthest from the mean of its own cluster, and another centroid is nearer to it"
    together = np.abs(values[:, None] - np.array(placed)).sum(axis=1)
    if among(values[together >= together.max() - slack]):
        return "; is it the farthest from all centroids together? the distance to the nearest one counts"
    before = np.abs(values - codebook[indices])
    if len(placed) == len(means) and among(values[before >= before.max() - slack]):
        return "; are the distances those to the centroids before this round?"
    first = np.abs(values[:, None] - np.array(list(means.values()))).min(axis=1)
    if len(placed) > len(means) and among(values[np.argsort(-first)[: len(empty)]]):
        return "; are they all taken from one ranking? work out the distances anew after each one"
    if among(values[np.argsort(-np.abs(values))[: len(empty)]]):
        return "; are these the values of the largest magnitude?"
    if among([values.max()]):
        return "; that is the largest value"
    return ""


def _assigned(values, codebook, indices):
    """What is wrong with the indices, given the codebook."""
    if (indices >= len(codebook)).any():
        return f"an index is {int(indices.max())}, and the last centroid has index {len(codebook) - 1}"
    if _on_a_grid(values) and _on_a_grid(codebook) and (indices > assign(values, codebook)).any():
        place = int(np.argmax(indices > assign(values, codebook)))
        index, nearest = int(indices[place]), int(assign(values, codebook)[place])
        if abs(values[place] - codebook[index]) == abs(values[place] - codebook[nearest]):
            return (
                f"the value {values[place]:.9g} has index {index}: it is half-way between centroids {nearest} and "
                f"{index}, and as in 04.1 the lower index is asked for"
            )
    off = np.abs(values - codebook[indices]) - np.abs(values[:, None] - codebook).min(axis=1)
    if (off > _close(values)).any():
        place = int(np.argmax(off > _close(values)))
        nearest = int(np.abs(values[place] - codebook).argmin())
        in_order = np.array_equal(indices, np.sort(assign(values, codebook)))
        why = "; are the indices in the order of the sorted values?" if in_order and len(codebook) > 1 else ""
        return (
            f"the value {values[place]:.6g} has index {int(indices[place])}, but the centroid nearest to it in the "
            f"codebook returned with it has index {nearest}{why}"
        )
    return None


def _on_a_grid(numbers):
    """Whether these are small multiples of 1/64, of which distances are exact: a tie is one for every way to ask."""
    return bool((numbers * 64 == np.rint(numbers * 64)).all() and np.abs(numbers).max(initial=0.0) < 1000)


def _linear(values, clusters):
    return np.linspace(float(values.min()), float(values.max()), clusters)


def _draw(rng):
    count = int(rng.integers(8, 16))
    values = rng.normal(0, 0.3, count) + rng.choice([-0.5, 0.5], count)
    clusters = int(rng.integers(2, 6))
    start = [_linear(values, clusters), np.sort(rng.normal(0, 0.5, clusters)), np.arange(clusters) + 2.0]
    dtype = (np.float64, np.float32)[int(rng.integers(2))]
    return values.astype(dtype), start[int(rng.integers(3))], 6


def _case(values, start, rounds=4):
    return np.array(values), np.array(start, np.float64), rounds


def _one_by_one():
    """A border that crosses one value a round for many rounds."""
    values = np.concatenate([np.linspace(0, 1, 40) ** 2, [3.0, 3.1]])
    return values, np.array([0.0, 0.01]), 8


def _many():
    """More centroids than an int8 can count."""
    values = np.random.default_rng(7).normal(0, 1, 150)
    return values, np.sort(np.sort(values)[:130] + 1e-3), 2


def _cases():
    rng = np.random.default_rng(5)
    tiny = rng.normal(0, 1e-9, 30)
    far = 1000 + rng.normal(0, 0.01, 30)
    single = (rng.normal(0, 1, 60) + 3).astype(np.float32)
    return [
        _case([1.0, 2.0, 6.0], [0.5]),
        _case([0.0, 1.0, 2.0], [0.0, 2.0]),
        _case([0.0, 0.25, 0.125, 4.875, 5.125, 5.25, 8.0], [0.0, 10.0, 40.0]),
        _case([1.0, 2.0, 6.0, 8.5], [1.0, 2.0]),
        _case([0.0, 1.0, 2.0, 10.0], [-9.0, 0.5]),
        _case([1.0, 2.0, 3.0, 12.0], [20.0, 30.0, 40.0]),
        _case([-1.0, -0.9, 0.8, 1.1, 0.85], [-1.0, -0.3, 0.4, 1.1]),
        _case([3.0, -1.5, 0.0, 2.0, -2.25, 3.5], [-3.0, -0.5, 0.5]),
        _case([2.0, 2.0, 2.0, 7.0, 7.0, 9.0], [2.0, 2.5, 2.75]),
        _case([0.0, 4.0, 4.0, 4.0, 4.0, 9.5, 9.5], [0.5, 1.0, 2.0, 30.0]),
        _case([8.0, 19.0, 1.0, 15.0, 7.0], [-8.0, 22.0, 23.0]),
        _case([5.0, 1.0], [0.0, 9.0]),
        _case([-2.0, 0.0, 9.0, 0.0, 2.0, 15.0], [-2.0, 0.1, 2.0, 12.0]),
        (tiny, _linear(tiny, 4), 5),
        (far, _linear(far, 4), 5),
        (single, _linear(single, 5), 5),
        _one_by_one(),
        _many(),
    ]


def _as_large():
    """From near the end, so that plain loops come to it in time."""
    values = pruned_layer()
    return values, kmeans(values, _linear(values, 16))[0] + 1e-3, None


exercise = Exercise(
    id="04.2",
    title="k-means",
    minutes=25,
    task="build",
    reference=kmeans,
    shown=(WEIGHTS.ravel(), np.linspace(-1.08, 2.12, 4), 3),
    cases=_cases,
    draw=_draw,
    draws=8,
    tolerance=1e-10,
    use=follow,
    accept=_accepted,
    case_of_step=_case_of,
    dtype="exact",
    large=_as_large,
    large_is="as many float32 values as the pruned first layer keeps, 7,056, and 16 centroids",
    large_seconds=10.0,
    given="import numpy as np\nfrom dc_lab.course.lessons.lesson_04.ex_1_assign import assign",
    hints=[
        "Write one round first, without empty clusters: for each index the mean of values[indices == index]. Then put "
        "the loop around it. The first assignment comes before the loop, so that 0 rounds give the start.",
        "Collect the means of the clusters that have values in a list. While that list is shorter than the codebook, a "
        "centroid is missing: work out for each value how far the nearest entry of the list is, and append the value "
        "for which that is most. Sort at the end, and assign again.",
        "counts = np.bincount(indices, minlength=k) finds empty clusters, sums = np.bincount(indices, values, "
        "minlength=k) adds up without a loop. To stop, keep the indices of the round before: np.array_equal(indices, "
        "before).",
    ],
    why="""Both halves of a round make the inertia smaller or leave it: no index is better than that of the nearest
    centroid, and no point is nearer to a cluster's values, in squared distance, than their mean. There are only so many
    ways to hand out the indices, so that it must come to an end. An empty cluster that is moved onto the worst value
    makes the inertia smaller, too.

    dc_lab's own version keeps the values sorted and holds running sums, so that a round only looks for k - 1 borders.
    The rounds are the same, but for the place of an empty cluster's centroid.""",
)


# --- right answers written differently ---


@exercise.alternative
def _by_loops(values, start, rounds=1000):
    codebook = [float(c) for c in start]
    numbers = [float(v) for v in values]

    def nearest(value, places):
        return min(range(len(places)), key=lambda i: abs(value - places[i]))

    indices = [nearest(v, codebook) for v in numbers]
    for _ in range(rounds):
        clusters = {}
        for v, i in zip(numbers, indices, strict=True):
            clusters.setdefault(i, []).append(v)
        moved = [sum(members) / len(members) for members in clusters.values()]
        while len(moved) < len(codebook):
            moved.append(max(numbers, key=lambda v, moved=moved: min(abs(v - c) for c in moved)))
        codebook = sorted(moved)
        again = [nearest(v, codebook) for v in numbers]
        if again == indices:
            break
        indices = again
    return np.array(codebook), np.array(indices, np.uint8)


@exercise.alternative
def _by_masks_and_codebooks(values, start, rounds=1000):
    """Stops where the codebook stays as it is, a round later than it could."""
    wide = np.asarray(values, np.float64)
    codebook = np.array(start)
    done = 0
    while done < rounds:
        indices = np.abs(wide[:, None] - codebook).argmin(1)
        centroids = [wide[indices == i].mean() for i in range(len(codebook)) if (indices == i).any()]
        for _ in range(len(codebook) - len(centroids)):
            away = np.abs(np.subtract.outer(wide, np.array(centroids))).min(1)
            centroids.append(wide[np.argmax(away)])
        new = np.sort(np.array(centroids))
        done += 1
        if np.array_equal(new, codebook):
            break
        codebook = new
    return codebook, np.abs(wide[:, None] - codebook).argmin(1).astype(np.uint8)


@exercise.alternative
def _on_sorted_values(values, start, rounds=1000):
    order = np.argsort(values, kind="stable")
    ordered = values[order].astype(np.float64)

    def edges_of(codebook):
        borders = (codebook[1:] + codebook[:-1]) / 2
        return np.concatenate([[0], np.searchsorted(ordered, borders, side="right"), [len(ordered)]])

    codebook = start.astype(np.float64)
    edges = edges_of(codebook)
    for _ in range(rounds):
        moved = [ordered[a:b].mean() for a, b in itertools.pairwise(edges) if b > a]
        while len(moved) < len(codebook):
            moved.append(ordered[np.abs(ordered[:, None] - moved).min(1).argmax()])
        codebook, before = np.array(sorted(moved)), edges
        edges = edges_of(codebook)
        if (edges == before).all():
            break
    indices = np.empty(len(values), np.uint8)
    indices[order] = np.repeat(np.arange(len(codebook)), np.diff(edges))
    return codebook, indices


# --- mistakes: one loop, with one thing changed ---


def _run(values, start, rounds, **change):
    """The loop with parts exchanged."""
    find, mean, fill = change.get("find", assign), change.get("mean", np.mean), change.get("fill", _farthest)
    by_index = change.get("fill_by_index")
    order, settled = change.get("order", np.sort), change.get("settled", _same_indices)
    values = change.get("values", np.float64)(values) if change.get("values") else values.astype(np.float64)
    codebook = start.astype(np.float64)
    indices = find(values, codebook)
    for _ in range(change.get("rounds", rounds)):
        clusters = [values[indices == i] for i in range(len(codebook))]
        moved = [mean(c) if len(c) else None for c in clusters]
        moved = by_index(values, moved, indices) if by_index else fill(values, moved, codebook)
        new = order(np.array(moved, np.float64))
        before, old = indices, codebook
        codebook, indices = new, find(values, new)
        if settled(before, indices, old, codebook):
            break
    return change.get("end", lambda values, codebook, indices: (codebook, indices))(values, codebook, indices)


def _same_indices(before, indices, old, codebook):
    return np.array_equal(before, indices)


def _farthest(values, moved, codebook, distance=None):
    placed = [c for c in moved if c is not None]
    while len(placed) < len(moved):
        placed.append(values[np.abs(values[:, None] - np.array(placed)).min(1).argmax()])
    return placed


def _stays(values, moved, codebook):
    return [old if c is None else c for c, old in zip(moved, codebook, strict=True)]


def _zero(values, moved, codebook):
    return [0.0 if c is None else c for c in moved]


def _nan(values, moved, codebook):
    return [np.nan if c is None else c for c in moved]


def _all_at_once(values, moved, codebook):
    placed = [c for c in moved if c is not None]
    order = np.argsort(-np.abs(values[:, None] - np.array(placed)).min(1), kind="stable")
    return [*placed, *values[order[: len(moved) - len(placed)]]]


def _same_value(values, moved, codebook):
    placed = [c for c in moved if c is not None]
    worst = values[np.abs(values[:, None] - np.array(placed)).min(1).argmax()]
    return [worst if c is None else c for c in moved]


def _from_zero(values, moved, codebook):
    placed = [c for c in moved if c is not None]
    left = sorted(values, key=abs, reverse=True)
    return [*placed, *left[: len(moved) - len(placed)]]


def _from_old(values, moved, codebook):
    """Distances to the centroids as they were before the round."""
    placed, there = [c for c in moved if c is not None], list(codebook)
    while len(placed) < len(moved):
        worst = values[np.abs(values[:, None] - np.array(there)).min(1).argmax()]
        placed.append(worst)
        there.append(worst)
    return placed


def _same_from_old(values, moved, codebook):
    """The value that is farthest from the centroids of before the round, for every empty cluster."""
    farthest = values[np.abs(values[:, None] - codebook).min(1).argmax()]
    return [farthest if c is None else c for c in moved]


def _old_ones_too(values, moved, codebook):
    """Distances to all centroids, of which those of empty clusters are still the old ones."""
    placed = [old if c is None else c for c, old in zip(moved, codebook, strict=True)]
    for place, centroid in enumerate(moved):
        if centroid is None:
            placed[place] = values[np.abs(values[:, None] - np.array(placed)).min(1).argmax()]
    return placed


def _largest(values, moved, codebook):
    return [values.max() if c is None else c for c in moved]


def _median_of_all(values, moved, codebook):
    return [values.mean() if c is None else c for c in moved]


def _ties_up(values, codebook):
    return np.searchsorted((codebook[1:] + codebook[:-1]) / 2, values, side="right").astype(np.uint8)


def _from_own(values, moved, indices):
    """Distances to the centroid that a value has, or to one placed since."""
    placed, distances = list(moved), np.abs(values - np.array([moved[index] for index in indices]))
    for place, centroid in enumerate(moved):
        if centroid is None:
            placed[place] = values[distances.argmax()]
            distances = np.minimum(distances, np.abs(values - placed[place]))
    return placed


def _stolen(values, moved, indices):
    indices, placed = indices.copy(), [c for c in moved if c is not None]
    for place, centroid in enumerate(moved):
        if centroid is None:
            farthest = np.abs(values[:, None] - np.array(placed)).min(1).argmax()
            indices[farthest] = place
            placed.append(values[farthest])
    clusters = [values[indices == place] for place in range(len(moved))]
    return [cluster.mean() if len(cluster) else old for cluster, old in zip(clusters, moved, strict=True)]


def _placed_by(values, moved, worst):
    placed = [c for c in moved if c is not None]
    while len(placed) < len(moved):
        placed.append(values[worst(np.sort(placed))])
    return placed


def _from_all(values, moved, codebook):
    return _placed_by(values, moved, lambda placed: np.abs(values[:, None] - placed).sum(1).argmax())


def _signed(values, moved, codebook):
    return _placed_by(values, moved, lambda placed: (values - placed[assign(values, placed)]).argmax())


def _from_the_mean_of_all(values, moved, codebook):
    farthest = values[np.abs(values - values.mean()).argmax()]
    return [farthest if c is None else c for c in moved]


def _dropped(values, moved, codebook):
    return [c for c in moved if c is not None]


def _changed(name, words, **change):
    def wrong(values, start, rounds=1000):
        return _run(values, start, rounds, **change)

    exercise.mistake(name, wrong).says(words)


@exercise.mistake("one round too many")
def _(values, start, rounds=1000):
    """The centroids move before the first round is counted. With rounds=0 the codebook is the start, and the indices
    are those of the start."""
    return _run(values, start, rounds + 1)


@exercise.mistake("one round too few")
def _(values, start, rounds=1000):
    """It makes one round less than asked: range(rounds) has `rounds` numbers, range(1, rounds) one fewer."""
    return _run(values, start, max(rounds - 1, 0))


@exercise.mistake("indices of before the move")
def _(values, start, rounds=1000):
    """The indices returned are those from before the last move. After the centroids have moved, each value is assigned
    again, so that the indices fit the codebook that is returned with them."""
    if rounds == 0:
        return _run(values, start, 0)
    before = _run(values, start, rounds - 1)
    return _run(values, start, rounds)[0], before[1]


@exercise.mistake("`rounds` is not used")
def _(values, start, rounds=1000):
    """It always runs until it has settled. `rounds` is the most rounds that it makes; with 0 the codebook is the
    start."""
    return _run(values, start, ENOUGH)


_changed(
    "an empty cluster stays where it is",
    """The centroid of an empty cluster stays where it was, and may stay there for ever. Asked for is that it moves to
    the value that lies farthest from all centroids placed so far.""",
    fill=_stays,
)
_changed(
    "an empty cluster goes to 0",
    """The centroid of an empty cluster becomes 0, as when its sum is divided by max(count, 1). It is to move to the
    value that lies farthest from all centroids placed so far.""",
    fill=_zero,
)
_changed(
    "the mean of nothing",
    """The mean of an empty cluster is 0 / 0, which is NaN. Leave empty clusters out when you take means, and put their
    centroids on the values that lie farthest from the others.""",
    fill=_nan,
)
_changed(
    "empty clusters dropped",
    """The codebook gets shorter where a cluster is empty. It is to keep its length: the missing centroids go to the
    values that lie farthest from the others.""",
    fill=_dropped,
)
_changed(
    "the farthest values all at once",
    """Several empty clusters take the farthest values of one and the same ranking. These often lie side by side, or are
    equal. After each centroid that is placed, work out the distances again, with the new one among the others.""",
    fill=_all_at_once,
)
_changed(
    "one value for all empty clusters",
    """All empty clusters get the same value, so that all but one of them are empty again. After each centroid that is
    placed, work out the distances again, with the new one among the others.""",
    fill=_same_value,
)
_changed(
    "farthest from 0",
    """An empty cluster takes the value of the largest magnitude. It is to be the value that is farthest from its
    nearest centroid, wherever that is.""",
    fill=_from_zero,
)
_changed(
    "the distances of before the move",
    """For an empty cluster, the distances are those to the centroids before this round. First all clusters that have
    values move to their means; then the distances to these count.""",
    fill=_from_old,
)
_changed(
    "the distances of before the move, one value for all",
    """For every empty cluster you take one and the same value, the farthest from the centroids of before this round.
    First all clusters that have values move to their means. The distances to these count, and to each centroid that has
    been placed since.""",
    fill=_same_from_old,
)
_changed(
    "old centroids of empty clusters count",
    """The old centroids of empty clusters still count when you look for the farthest value. Leave them out: only the
    means count, and the centroids placed before.""",
    fill=_old_ones_too,
)
_changed(
    "the largest value for an empty cluster",
    """An empty cluster takes the largest value of all. It is to be the value that is farthest from its nearest
    centroid.""",
    fill=_largest,
)
_changed(
    "the mean of everything for an empty cluster",
    """An empty cluster goes to the mean of all values. It is to go to the value that is farthest from its nearest
    centroid.""",
    fill=_median_of_all,
)
_changed(
    "not sorted after the move",
    """A centroid that was placed anew may now stand out of order, and the search for the nearest one relies on the
    order. Sort the codebook before you assign.""",
    order=lambda moved: moved,
)
_changed(
    "stops when the codebook is nearly the same",
    """np.allclose calls two codebooks equal that differ by 1e-8, or by a hundred thousandth of their size. With small
    weights, or a few that still change cluster, that is too early. It is done when no index has changed.""",
    settled=lambda before, indices, old, codebook: np.allclose(old, codebook),
)
_changed(
    "stops after one round",
    """It stops after the first round, whatever has changed. Is the condition upside down, is it .any() where all
    indices are to be unchanged, or is the `return` indented too far?""",
    settled=lambda before, indices, old, codebook: True,
)
_changed(
    "the median",
    """The sum of squared distances is least at the mean, not at the median.""",
    mean=np.median,
)
_changed(
    "the middle of the range",
    """This moves a centroid to the middle between the smallest and the largest of its values. Asked for is their
    mean.""",
    mean=lambda cluster: (cluster.min() + cluster.max()) / 2,
)
_changed(
    "the sum",
    """A centroid moves to the sum of its values. Divide by how many there are.""",
    mean=np.sum,
)
_changed(
    "means in float32",
    """The means are rounded to float32. Turn the values into float64 first, values.astype(np.float64): a mean of some
    thousand float32 values in float32 is off, and the codebook asked for is float64.""",
    mean=lambda cluster: float(np.float32(np.mean(cluster))),
)
_changed(
    "rounded means",
    """The means are rounded. Weights of a layer may be far smaller than that: keep the means as they are.""",
    mean=lambda cluster: round(float(np.mean(cluster)), 6),
)
_changed(
    "halfway to the mean",
    """A centroid goes only part of the way to the mean. Each round moves it all the way.""",
    fill=lambda values, moved, codebook: [
        (new + old) / 2 for new, old in zip(_farthest(values, moved, codebook), codebook, strict=True)
    ],
)
_changed(
    "zeros left out",
    """Values that are 0 are not counted in the means. Whoever calls this function leaves pruned weights out beforehand;
    here 0 is a value like any other.""",
    mean=lambda cluster: np.mean(cluster[cluster != 0]) if (cluster != 0).any() else 0.0,
)
_changed(
    "the codebook rounded to float32",
    """The codebook is float32. It is to be float64; later on the lesson rounds it once, at the end.""",
    end=lambda values, codebook, indices: (codebook.astype(np.float32), indices),
)
_changed(
    "the indices as int64",
    """The indices are int64, eight bytes each. As in 04.1 they are to be uint8.""",
    end=lambda values, codebook, indices: (codebook, indices.astype(np.int64)),
)
_changed(
    "the shared values in place of the indices",
    """The second array is to hold the index of each value, not the shared values; codebook[indices] gives those.""",
    end=lambda values, codebook, indices: (codebook, codebook[indices]),
)
_changed(
    "indices first",
    """The two are exchanged: the codebook comes first, then the indices.""",
    end=lambda values, codebook, indices: (indices, codebook),
)
_changed(
    "only the codebook",
    """Only the codebook is returned. Return both: codebook, indices.""",
    end=lambda values, codebook, indices: codebook,
)
_changed(
    "lists",
    """These are lists. Asked for are arrays: np.array(codebook), and the indices as uint8.""",
    end=lambda values, codebook, indices: (codebook.tolist(), indices.tolist()),
)


_changed(
    "the sum over one value more",
    """The sum of a cluster is divided by one more than it has values. Divide by how many there are.""",
    mean=lambda cluster: cluster.sum() / (len(cluster) + 1),
)
_changed(
    "ties go up",
    """A value half-way between two centroids takes the upper index here. As in 04.1 it takes the lower one: use your
    `assign`.""",
    find=_ties_up,
)
_changed(
    "farthest from its own centroid",
    """For an empty cluster, the distance of each value is that to its own cluster's centroid, after that one has moved.
    Another centroid may have come nearer: the distance to the nearest of them counts.""",
    fill_by_index=_from_own,
)
_changed(
    "farthest from all together",
    """An empty cluster takes the value with the largest sum of distances to all centroids. The distance to the nearest
    one counts: min, not sum or mean.""",
    fill=_from_all,
)
_changed(
    "farthest from the mean of all",
    """An empty cluster takes the value that is farthest from the mean of all values. It is to be the one that is
    farthest from the nearest centroid, wherever that is.""",
    fill=_from_the_mean_of_all,
)
_changed(
    "the largest magnitude for every empty cluster",
    """Every empty cluster takes the value of the largest magnitude. It is to be the one that is farthest from the
    nearest centroid, worked out anew after each one that is placed.""",
    fill=lambda values, moved, codebook: [values[np.abs(values).argmax()] if c is None else c for c in moved],
)
_changed(
    "no magnitude around the distance",
    """The distance of a value below its centroid is negative here, so that only values above one are taken for
    far. Take the magnitude: |v - c|.""",
    fill=_signed,
)
_changed(
    "the value placed on leaves its cluster",
    """The value that an empty cluster is placed on is taken out of its old cluster before the mean is taken. First all
    means are taken, with all values; the indices change only after the round's centroids have all been placed.""",
    fill_by_index=_stolen,
)
_changed(
    "done when few indices change",
    """It stops although an index has changed in the last round. It is done only when none has.""",
    settled=lambda before, indices, old, codebook: (before != indices).sum() <= 1,
)


@exercise.mistake("the codebook of before the last move")
def _(values, start, rounds=1000):
    """In the last round, when no index changes, the centroids have still moved to the means of their values. You return
    the codebook of before that move."""
    codebook, indices = _run(values, start, 0)
    for done in range(1, rounds + 1):
        moved, again = _run(values, start, done)
        if np.array_equal(again, indices):
            break
        codebook, indices = moved, again
    return codebook, indices


@exercise.mistake("a value at random")
def _(values, start, rounds=1000):
    """An empty cluster goes to a value drawn at random. It is to be the one that is farthest from the nearest
    centroid."""
    rng = np.random.default_rng(0)
    return _run(values, start, rounds, fill=lambda values, moved, codebook: [
        rng.choice(values) if c is None else c for c in moved])  # fmt: skip


@exercise.mistake("indices of the sorted values")
def _(values, start, rounds=1000):
    """The values are sorted, and the indices are returned in that order. They belong to `values` as it came."""
    return _run(np.sort(values), start, rounds)


@exercise.mistake("the start is moved in place")
def _(values, start, rounds=1000):
    """The array `start` itself is changed. Whoever called the function still needs it: begin with start.copy()."""
    codebook, indices = _run(values, start, rounds)
    start[:] = codebook
    return start, indices


@exercise.mistake("a start of its own")
def _(values, start, rounds=1000):
    """It does not begin where it is told: the centroids of the first round are those in `start`."""
    return _run(values, np.linspace(float(values.min()), float(values.max()), len(start)), rounds)


@exercise.mistake("at most a hundred rounds")
def _(values, start, rounds=1000):
    """It makes a fixed number of rounds. `rounds` says how many at most, and it ends before as soon as no index has
    changed."""
    return _run(values, start, min(rounds, 5))
