"""The best way to cut sorted values into k runs: k-means on a line, solved exactly.

On a line the clusters of least inertia are runs of the sorted values. What remains is where to cut. Lloyd's algorithm
only finds a cut that no single step improves. `by_table` is the textbook answer, a table of the least inertia of the
first i values in c runs, which takes k n^2 steps. `partition` finds the same for a million values and 256 runs in a few
seconds.

Three facts make it fast. First, the least inertia D(k) is convex in k (Aggarwal, Schieber and Tokuyama 1994). So
instead of fixing k, let each run cost a penalty. The cheapest cut at a penalty between D(k) - D(k + 1) and
D(k - 1) - D(k) has k runs, and that penalty can be searched for (Grønlund et al. 2017, "Fast exact k-means, k-medians
and Bregman divergence clustering in 1D"). With a penalty, one row of the table is enough. Second, where the last run
begins only moves to the right as values are added, so that what is found for one number of values narrows the search
for all others (divide and conquer). Third, a last run begins about one run before it ends, so a stretch as long as a
run is found at once: it rests on what came before it alone.
"""

from typing import NamedTuple

import numpy as np

GROUPS = 1 << 16
"""`nearly_optimal` works on at most so many groups of neighbouring values, or 64 a cluster."""


class Partition(NamedTuple):
    """Runs of sorted values: run c is values[edges[c] : edges[c + 1]].

    `edges` is int64 (k + 1,), from 0 to the number of values. `means` is float64 (k,). `inertia` is the sum of counts
    times squared distances to the mean of the run. `passes` is how many penalties were tried.
    """

    edges: np.ndarray
    means: np.ndarray
    inertia: float
    passes: int = 0


def by_table(values: np.ndarray, counts: np.ndarray, clusters: int) -> Partition:
    """The plain form of `partition`: the dynamic programme as it stands in books, in loops, for small inputs.

    least[c][i] is the least inertia of the first i values in c runs, begins[c][i] where the last of these runs begins.
    """
    n, k = len(values), min(clusters, len(values))
    least = [[0.0] + [np.inf] * n] + [[np.inf] * (n + 1) for _ in range(k)]
    begins = [[0] * (n + 1) for _ in range(k + 1)]
    for c in range(1, k + 1):
        for i in range(1, n + 1):
            # The last run is values[j:i]. It grows to the left, one value at a time (Welford 1962).
            weight = mean = inertia = 0.0
            for j in range(i - 1, -1, -1):
                weight += counts[j]
                away = values[j] - mean
                mean += counts[j] * away / weight
                inertia += counts[j] * away * (values[j] - mean)
                if least[c - 1][j] + inertia < least[c][i]:
                    least[c][i], begins[c][i] = least[c - 1][j] + inertia, j
    # From the end back: each run begins where the one before it ends.
    edges = [n]
    for c in range(k, 0, -1):
        edges.append(begins[c][edges[-1]])
    return _measured(values, counts, np.array(edges[::-1]))


def partition(values: np.ndarray, counts: np.ndarray, clusters: int) -> Partition:
    """Cut sorted values into runs so that the inertia is the least that there is.

    Parameters
    ----------
    values : float64 (n,), strictly increasing, finite; at least one.
    counts : float64 (n,), how often each occurs, above 0.
    clusters : how many runs, 1 or more. There are no more than values.

    Returns
    -------
    Partition : its inertia is the least up to the rounding of float64 (some 1e-13 of it). Where several cuts are
        equally good it is one of them, the same each time. Memory is up to 160 bytes a value beyond them.
    """
    n = len(values)
    if clusters >= n:
        return _measured(values, counts, np.arange(n + 1))
    if clusters == 1:
        return _measured(values, counts, np.array([0, n]))
    # Squares of very large or very small values leave float64. A power of two brings them to about 1 without rounding.
    exponent = int(np.frexp(np.abs(values).max())[1])
    edges, passes = _search(np.ldexp(values, -exponent), counts, clusters)
    return _measured(values, counts, edges)._replace(passes=passes)


def _measured(values: np.ndarray, counts: np.ndarray, edges: np.ndarray) -> Partition:
    """Means and inertia of runs, from the distances to the first value of each run, so that little is rounded."""
    sizes, first, last = np.diff(edges), values[edges[:-1]], values[edges[1:] - 1]
    away = values - np.repeat(first, sizes)
    shift = np.add.reduceat(counts * away, edges[:-1]) / np.add.reduceat(counts, edges[:-1])
    away -= np.repeat(shift, sizes)
    return Partition(edges, np.clip(first + shift, first, last), float(np.dot(counts * away, away)))


def cube_root_axis(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The integral of the cube root of the density up to each value, float64 (n,), from 0.

    Runs of the best partition are, if there are many, equally wide on this axis (Panter and Dite 1951). Between two
    neighbours the density is count / gap, and its cube root over the gap amounts to count^(1/3) gap^(2/3).
    """
    between = (counts[1:] + counts[:-1]) / 2
    return np.concatenate([[0], np.cumsum(between ** (1 / 3) * np.diff(values) ** (2 / 3))])


def grouped(values: np.ndarray, counts: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbouring values gathered in at most `most` groups: the mean of each, and its count. Of fewer, as they are.

    Groups are equally wide on the axis of the cube root of the density, so that each run of the best partition has
    about as many. With 64 a run and more, the best partition of the groups, followed by Lloyd's algorithm on the
    values, came within 0.003 % of the least inertia on every layer that was tried.
    """
    if len(values) <= most:
        return values, counts
    along = cube_root_axis(values, counts)
    group = np.minimum(along / along[-1] * most, most - 1).astype(np.int64)
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    weights = np.add.reduceat(counts, begins)
    return np.add.reduceat(counts * values, begins) / weights, weights


# --- where Lloyd's algorithm should begin ---


def distinct(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct ones of sorted values, and how often each occurs; both float64."""
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return ordered[begins].astype(np.float64), np.diff(begins, append=len(ordered)).astype(np.float64)


def cube_root(ordered: np.ndarray, clusters: int) -> np.ndarray:
    """Evenly spaced on the axis of the cube root of the density of these sorted values: float64 (clusters,), sorted."""
    values, counts = distinct(ordered)
    along = cube_root_axis(values, counts)
    return np.interp((np.arange(clusters) + 0.5) / clusters * along[-1], along, values)


def nearly_optimal(ordered: np.ndarray, clusters: int) -> np.ndarray:
    """Means of the best partition of sorted values, or of groups of them: float64 (clusters,), sorted.

    Of fewer distinct values than clusters, the last one fills up.
    """
    found = partition(*grouped(*distinct(ordered), max(GROUPS, 64 * clusters)), clusters).means
    return np.pad(found, (0, clusters - len(found)), mode="edge")


# --- which penalty ---


def _search(values: np.ndarray, counts: np.ndarray, clusters: int) -> tuple[np.ndarray, int]:
    """Edges of the best cut into `clusters` runs, 1 < clusters < n, and how many penalties were tried."""
    n = len(values)
    # Two cuts, each the cheapest at its penalty, with fewer and with more runs than wanted. They close in.
    fewer = _measured(values, counts, np.array([0, n]))
    more = _measured(values, counts, np.arange(n + 1))
    low, high = 0.0, np.inf
    # The first guess is from the theory of many runs (Panter and Dite 1951): D(k) is about c / k^2, and its slope
    # 2 c / k^3, where c is a twelfth of the cube of the integral of the density's cube root.
    penalty, power = float(cube_root_axis(values, counts)[-1] ** 3 / 6 / clusters**3), 3.0
    tried: tuple[int, float] | None = None
    passes = 0
    while True:
        # Now and then the slope of the line between the two cuts is tried, for it tells when to stop: if no cut lies
        # below that line, then D(clusters) lies on it. So where a small step of the penalty changed much.
        on_line = passes % 8 == 7 or power < 1 or not low < penalty < high
        if on_line:
            penalty = (fewer.inertia - more.inertia) / (len(more.means) - len(fewer.means))
        passes += 1
        edges = _cheapest(values, counts, penalty, n // clusters)
        runs = len(edges) - 1
        if runs == clusters:
            return edges, passes
        if on_line and not len(fewer.means) < runs < len(more.means):
            return _spliced(fewer.edges, more.edges, clusters), passes

        if runs < clusters:
            high = min(high, penalty)
            if runs > len(fewer.means):
                fewer = _measured(values, counts, edges)
        else:
            low = max(low, penalty)
            if runs < len(more.means):
                more = _measured(values, counts, edges)
        # The next guess follows the power law through the last two (secant method).
        if tried is not None and tried[0] != runs and min(tried[1], penalty) > 0:
            power = min(float(np.log(tried[1] / penalty) / np.log(runs / tried[0])), 30.0)
        tried = runs, penalty
        penalty *= (runs / clusters) ** power


def _spliced(fewer: np.ndarray, more: np.ndarray, clusters: int) -> np.ndarray:
    """Edges of a cut into `clusters` runs, made of two cuts with fewer and with more that no penalty tells apart.

    Somewhere a run of `fewer` holds the run of `more` that comes `ahead` places later. There the cut changes from
    `more` to `fewer`. Its cost lies on the line between the two (Aggarwal, Schieber and Tokuyama 1994).
    """
    ahead = clusters - (len(fewer) - 1)
    place = int(np.argmax(more[ahead + 1 : clusters + 1] <= fewer[1:]))
    return np.concatenate([more[: ahead + place + 1], fewer[place + 1 :]])


# --- the cheapest cut at a penalty ---


class _Runs(NamedTuple):
    """1 / weight, mean and inertia of several runs."""

    inverse: np.ndarray
    mean: np.ndarray
    inertia: np.ndarray


def _growing(values: np.ndarray, counts: np.ndarray) -> _Runs:
    """The first value, the first two, and so on. Distances are from the first value, so that sums stay small."""
    away = values - values[0]
    weighted = counts * away
    weight, first, second = np.cumsum(counts), np.cumsum(weighted), np.cumsum(weighted * away)
    shift = first / weight
    return _Runs(1 / weight, values[0] + shift, np.maximum(second - first * shift, 0))


def _cheapest(values: np.ndarray, counts: np.ndarray, penalty: float, step: int) -> np.ndarray:
    """Edges of the cut of least cost, where cost is inertia plus `penalty` for each run.

    `step` is a guess of how many values a run holds. The time depends on it, the result does not.
    """
    n = len(values)
    cost = np.zeros(n + 1)  # the least cost of the first i values
    begins = np.zeros(n + 1, np.int64)  # where the last run begins then
    start = 0
    while start < n:
        # The costs up to `start` are known. Go on to `end` with last runs that begin at `start` or before. Each has a
        # right part, from `start` on, and a left part before it, which is empty if the run begins at `start`.
        end = min(start + step, n)
        first = begins[start]
        right = _growing(values[start:end], counts[start:end])
        left = _Runs(*(np.array([empty]) for empty in (np.inf, 0.0, 0.0)))
        if first < start:
            grown = _growing(values[first:start][::-1], counts[first:start][::-1])
            left = _Runs(*(np.concatenate([some[::-1], none]) for some, none in zip(grown, left, strict=True)))
        chosen, least = _row_minima(cost[first : start + 1] + left.inertia, left, right)
        begins[start + 1 : end + 1] = first + chosen
        cost[start + 1 : end + 1] = least + right.inertia + penalty

        # This holds as far as no last run that begins after `start` is cheaper. Once one is, it stays so; halving
        # finds a place before that, near enough to it.
        kept, beyond, at = start + 1, end + 1, end
        while beyond - kept > 1 + (kept - start) // 16:
            if _later_is_cheaper(values, counts, cost, penalty, start, at):
                beyond = at
            else:
                kept = at
            at = (kept + beyond) // 2
        step = (kept - start) * 9 // 8 + 1
        start = kept
    edges = [n]
    while edges[-1] > 0:
        edges.append(int(begins[edges[-1]]))
    return np.array(edges[::-1])


def _later_is_cheaper(
    values: np.ndarray, counts: np.ndarray, cost: np.ndarray, penalty: float, start: int, end: int
) -> bool:
    """Whether the first `end` values cost less if their last run begins after `start`."""
    grown = _growing(values[start + 1 : end][::-1], counts[start + 1 : end][::-1])
    return bool((cost[start + 1 : end][::-1] + grown.inertia).min() + penalty < cost[end])


def _row_minima(before: np.ndarray, left: _Runs, right: _Runs) -> tuple[np.ndarray, np.ndarray]:
    """For each right part the left part that it is cheapest to join with: which one, and the cost of the joined run
    without the right part's own inertia. `before` is what each left part costs with all that precedes it.

    Joining two runs adds (difference of means)^2 / (1 / weight + 1 / weight) to their inertias (Ward 1963). A longer
    right part never goes with a left part that begins earlier. So the middle row is searched in full, then the
    rows at the quarters on their side of what was found, and so on, all rows of a level at once.
    """
    rows = len(right.mean)
    size = 1 << rows.bit_length()
    found = np.full(size + 1, len(before) - 1)  # row r stands at r + 1; beyond the rows, at both ends, are the bounds
    found[0] = 0
    least = np.empty(rows)
    stride = size // 2
    while stride:
        at = np.arange(stride, rows + 1, 2 * stride)
        low, high = found[at - stride], found[at + stride]
        # The candidates of all these rows, one row behind the other.
        lengths = high - low + 1
        ends = np.cumsum(lengths)
        begins = ends - lengths
        columns = np.arange(ends[-1]) + np.repeat(low - begins, lengths)
        apart = left.mean[columns] - np.repeat(right.mean[at - 1], lengths)
        joined = before[columns] + apart * apart / (left.inverse[columns] + np.repeat(right.inverse[at - 1], lengths))
        # The first candidate of each row that has the row's least.
        best = np.minimum.reduceat(joined, begins)
        hits = np.flatnonzero(joined == np.repeat(best, lengths))
        found[at] = columns[hits[np.searchsorted(hits, begins)]]
        least[at - 1] = best
        stride //= 2
    return found[1 : rows + 1], least
