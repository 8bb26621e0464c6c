"""Weight sharing: k-means on the weights of a layer, then training of the centroids (paper, section 3).

In one dimension a cluster is an interval, so k-means needs no distance matrix: sort once, keep prefix sums, and
each Lloyd step is a binary search of the k - 1 midpoints between centroids.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from dc_lab.support import lookup, parametrized
from dc_lab.support.dtypes import BFLOAT16, sortable, widened
from dc_lab.support.optimal import cube_root, distinct, nearly_optimal, partition
from dc_lab.support.tensors import values_of

START = "linear"
"""Where `share` begins unless it is told otherwise, and with it recipes and `compress`."""

STEPS = 300
"""From one of the paper's starts, `share` stops after so many steps, settled or not: files were made so."""

MOST_STEPS = 100_000
"""Of `kmeans`; real layers settle within some thousand from any start."""


class KMeans(NamedTuple):
    """Result of `kmeans`.

    `codebook` is float64 of shape (k,), sorted, without duplicates; k is at most the number asked for.
    `inertia` is the sum of squared distances of the values to their centroid. `iterations` counts Lloyd steps.
    `settled` is False where these ran out before the clusters stayed as they were.
    """

    codebook: np.ndarray
    inertia: float
    iterations: int
    settled: bool = True


def _check_finite(values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"k-means needs finite values; {int((~np.isfinite(values)).sum())} are NaN or infinite")


# --- where k-means begins ---


def _linear(ordered: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    return np.linspace(float(ordered[0]), float(ordered[-1]), clusters)


def _density(ordered: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    ranks = (np.arange(clusters) + 0.5) / clusters * len(ordered)
    return ordered[ranks.astype(np.int64)].astype(np.float64)


def _random(ordered: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    chosen = np.random.default_rng(seed).choice(len(ordered), clusters, replace=clusters > len(ordered))
    return np.sort(ordered[chosen].astype(np.float64))


_STARTS: dict[str, Callable[[np.ndarray, int, int], np.ndarray]] = {
    "linear": _linear,
    "density": _density,
    "random": _random,
}
"""(sorted values, clusters, seed) -> float64 (clusters,), sorted, by name."""

STARTS = tuple(_STARTS)
"""Where k-means begins in the paper."""

_STARTS["cube root"] = lambda ordered, clusters, seed: cube_root(ordered, clusters)
_STARTS["optimal"] = lambda ordered, clusters, seed: nearly_optimal(ordered, clusters)

ALL_STARTS = tuple(_STARTS)
"""The same and two better ones."""


def initial_centroids(values: np.ndarray, clusters: int, start: str = "linear", seed: int = 0) -> np.ndarray:
    """Where k-means begins, float64 (clusters,), sorted. The first three are the paper's (section 3.2 and figure 4).

    Parameters
    ----------
    start : "linear" spaces centroids evenly between the smallest and the largest value;
        "density" spaces them evenly on the axis of the cumulative distribution (quantiles);
        "random" samples `clusters` of the values at random (Forgy);
        "cube root" spaces them evenly on the axis of the cube root of the density: the best spacing for many clusters
        (Panter and Dite 1951);
        "optimal" is where the inertia is least (`optimal`), or nearly so: more than 65,536 distinct values are gathered
        in as many groups first.
    seed : of the sampling, for "random".

    Raises
    ------
    ValueError : no values, fewer than one cluster, or an unknown start.
    """
    _check_start(values, clusters, start)
    return _STARTS[start](np.sort(sortable(values), axis=None), clusters, seed)


def _check_start(values: np.ndarray, clusters: int, start: str) -> None:
    if values.size == 0:
        raise ValueError("k-means needs at least one value")
    if clusters < 1:
        raise ValueError(f"clusters must be 1 or more, got {clusters}")
    if start not in ALL_STARTS:
        raise ValueError(f"start must be one of {', '.join(ALL_STARTS)}, got {start!r}")


# --- k-means ---


def kmeans(
    values: np.ndarray,
    clusters: int,
    start: str | np.ndarray = "linear",
    seed: int = 0,
    max_iterations: int = MOST_STEPS,
) -> KMeans:
    """Lloyd's algorithm on the line: assign each value to its nearest centroid, move centroids to the means.

    Parameters
    ----------
    values : real array, any shape, finite.
    clusters : number of centroids, 1 or more. Fewer come back where there are fewer distinct values.
    start : a name as in `initial_centroids`, or the initial centroids themselves.
    max_iterations : it stops earlier once no value changes its cluster.

    Returns
    -------
    KMeans : sorted codebook, inertia, iterations, settled. An empty cluster takes the value that lies farthest from
        its centroid; computed in float64, the same on every machine and thread count.

    Raises
    ------
    ValueError : no values, NaN or infinite values, bad `clusters` or `start`.
    """
    _check_finite(values)
    if isinstance(start, str):
        _check_start(values, clusters, start)
        ordered = np.sort(sortable(values), axis=None)
        centroids = _STARTS[start](ordered, clusters, seed)
    else:
        ordered = np.sort(sortable(values), axis=None)
        centroids = np.sort(np.asarray(start, np.float64))
        if ordered.size == 0 or centroids.size != clusters:
            raise ValueError(f"expected values and {clusters} initial centroids, got {centroids.size}")
    # The sum over any run of sorted values is then the difference of two of these.
    sums = np.zeros(len(ordered) + 1)
    np.cumsum(ordered, dtype=np.float64, out=sums[1:])

    edges = _edges(ordered, centroids)
    iterations, settled = 0, False
    while not settled and iterations < max_iterations:
        iterations += 1
        centroids = _moved(ordered, sums, edges)
        before, edges = edges, _edges(ordered, centroids)
        settled = np.array_equal(edges, before)
    # Centroids without a value are left out, and the values are assigned to the others once more.
    codebook = np.unique(centroids[np.diff(edges) > 0])
    edges = _edges(ordered, codebook)
    spread = ordered - np.repeat(codebook, np.diff(edges))
    return KMeans(codebook, float(np.dot(spread, spread)), iterations, settled)


def optimal(values: np.ndarray, clusters: int, counts: np.ndarray | None = None) -> KMeans:
    """The codebook of least inertia, which `kmeans` only comes near: in one dimension it can be found.

    Parameters
    ----------
    values : real array, any shape, finite.
    clusters : number of centroids, 1 or more. Fewer come back where there are fewer distinct values.
    counts : how often each value occurs, of the same shape, 0 or more and not only whole numbers; None for once.

    Returns
    -------
    KMeans : sorted codebook and inertia, the least up to the rounding of float64. `iterations` counts the passes of
        the search (`support.optimal`). A million distinct values and 256 clusters take some seconds, and memory is
        about 200 bytes a value.

    Raises
    ------
    ValueError : no values, NaN or infinite values, clusters below 1, or counts that do not fit.
    """
    _check_finite(values)
    initial_centroids(values.ravel()[:1], clusters)  # checks only
    if counts is None:
        single, numbers = distinct(np.sort(sortable(values), axis=None))
    else:
        if counts.shape != values.shape or not np.isfinite(counts).all() or (counts < 0).any() or not counts.any():
            raise ValueError("counts must be 0 or more, finite, of the shape of the values, and not all 0")
        single, where = np.unique(sortable(values[counts > 0]), return_inverse=True)
        numbers = np.bincount(where, counts[counts > 0])
    found = partition(single.astype(np.float64), numbers, clusters)
    return KMeans(np.unique(found.means), found.inertia, found.passes)


def _edges(ordered: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The first half of a Lloyd step, assigning: where each cluster begins in the sorted values, and the last one ends.

    int64 (k + 1,). The border between two neighbours is their midpoint; a value right on it goes to the lower one.
    """
    borders = _borders(centroids, ordered.dtype)
    return np.concatenate([[0], np.searchsorted(ordered, borders, side="right"), [len(ordered)]])


def _borders(centroids: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Midpoints of neighbours, computed in float64 and rounded down to the `dtype` of the values they are held against.

    A value of that type is above the rounded number just where it is above the midpoint. And `searchsorted` need not
    turn all values into float64 in every step, which would be most of k-means' time.
    """
    midpoints = (centroids[1:].astype(np.float64) + centroids[:-1]) / 2
    if dtype not in (np.float16, np.float32):
        return midpoints
    with np.errstate(over="ignore"):
        borders = midpoints.astype(dtype)
    return np.where(borders > midpoints, np.nextafter(borders, -np.inf, dtype=dtype), borders)


def _moved(ordered: np.ndarray, sums: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The second half of a Lloyd step: the mean of each cluster, float64 (k,), sorted."""
    counts = np.diff(edges)
    empty = counts == 0
    means = np.diff(sums[edges]) / np.maximum(counts, 1)
    # A mean lies within its cluster; rounded prefix sums can put it just outside, and then the steps circle.
    means[~empty] = means[~empty].clip(ordered[edges[:-1][~empty]], ordered[edges[1:][~empty] - 1])
    # A cluster without values has no mean. It begins anew at a value that is far from its own centroid.
    if empty.any():
        means[empty] = _farthest(ordered, edges, means, int(empty.sum()))
        means.sort()
    return means


def _farthest(ordered: np.ndarray, edges: np.ndarray, means: np.ndarray, number: int) -> np.ndarray:
    """The `number` values farthest from their mean; on a line these stand at the ends of the clusters."""
    filled = np.flatnonzero(np.diff(edges) > 0)
    ends = np.concatenate([ordered[edges[filled]], ordered[edges[filled + 1] - 1]]).astype(np.float64)
    distance = np.abs(ends - np.tile(means[filled], 2))
    return np.resize(ends[np.argsort(-distance, kind="stable")], number)


def lloyd_step_by_loops(values: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """One step of `kmeans`, value by value: where the centroids move, float64 (k,), sorted.

    `centroids` are sorted. `kmeans` gives the same, but for the rounding of its sums.
    """
    # Assign: go up the centroids as long as the value lies beyond the midpoint to the next one.
    clusters: list[list[float]] = [[] for _ in centroids]
    for value in sorted(values.ravel().tolist()):
        nearest = 0
        while nearest + 1 < len(centroids) and value > (centroids[nearest] + centroids[nearest + 1]) / 2:
            nearest += 1
        clusters[nearest].append(value)
    # Move: each centroid to the mean of its values.
    filled = [cluster for cluster in clusters if cluster]
    means = [sum(cluster) / len(cluster) for cluster in filled]
    # Empty clusters begin anew, at the ends of the others: first at the end that is farthest from its mean.
    ends = [(cluster[0], mean) for cluster, mean in zip(filled, means, strict=True)]
    ends += [(cluster[-1], mean) for cluster, mean in zip(filled, means, strict=True)]
    ends.sort(key=lambda end: -abs(end[0] - end[1]))
    anew = [ends[i % len(ends)][0] for i in range(len(clusters) - len(filled))]
    return np.array(sorted(means + anew))


# --- codes ---


def encode(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """Code (index into the sorted codebook) of the centroid nearest to each value; the lower one on a tie.

    Returns uint8 up to 256 centroids, uint16 beyond, of the shape of `values`.
    """
    midpoints = (codebook[1:].astype(np.float64) + codebook[:-1]) / 2
    codes = np.searchsorted(midpoints, values, side="left")
    return codes.astype(np.uint8 if len(codebook) <= 256 else np.uint16)


def decode(codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """The shared weights: codebook[codes]."""
    return codebook[codes]


def share(weights: np.ndarray, bits: int, start: str = START, seed: int = 0) -> np.ndarray:
    """Weights with at most 2**bits distinct non-zero values; zeros stay zero, shape and dtype stay.

    An array that has no more distinct non-zero values than that already comes back unchanged.

    Raises
    ------
    ValueError : bits not from 1 to 16, or weights NaN or infinite.
    """
    if not 1 <= bits <= 16:
        raise ValueError(f"bits must be from 1 to 16, got {bits}")
    _check_finite(weights)
    if weights.dtype == BFLOAT16:  # its values are float32 values, with which NumPy calculates
        return share(widened(weights), bits, start, seed).astype(BFLOAT16)
    kept = weights[weights != 0]
    if _few_distinct(kept, 2**bits):
        return weights.copy()
    # The centroids are found in float64 and rounded once, to what the weights are; then each weight takes its nearest.
    steps = STEPS if start in STARTS else MOST_STEPS
    codebook = kmeans(kept, 2**bits, start, seed, steps).codebook.astype(weights.dtype)
    shared = np.zeros_like(weights)
    shared[weights != 0] = decode(encode(kept, codebook), codebook)
    return shared


def _few_distinct(values: np.ndarray, most: int) -> bool:
    """Whether there are at most so many distinct values; mostly the first ones tell, which spares sorting them all."""
    values = sortable(values)
    return len(np.unique(values[:100_000])) <= most and len(np.unique(values)) <= most


def compression_rate(weights: int, clusters: int, float_bits: int = 32) -> float:
    """How much smaller n weights become with k shared values: nb / (n log2 k + kb) (paper, equation 1)."""
    if weights < 1 or clusters < 1:
        raise ValueError(f"expected at least one weight and one cluster, got {weights} and {clusters}")
    return weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits)


def centroid_gradient(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    """Gradient of the loss by each centroid: the sum over the weights that share it (paper, equation 3).

    `gradient` is that by the weights, `codes` of the same shape; the result is float64 (clusters,).
    """
    summed = np.bincount(codes.ravel(), gradient.ravel(), minlength=clusters)
    return summed.astype(np.float64, copy=False)  # of nothing, NumPy makes whole numbers


# --- codebooks that train ---


class Shared(nn.Module):
    """Parametrization of a weight by its codebook: what trains is the codebook, positions and codes are fixed.

    The weight is zero except at `positions` (flat, C order), where it is codebook[codes]. Differentiating that
    look-up is what sums the gradient over each cluster (paper, equation 3): autograd does it.

    `weights` are an array as of `networks.state.weights_of`; `device` is where positions, codes and codebook go.
    """

    positions: torch.Tensor
    codes: torch.Tensor

    def __init__(self, weights: np.ndarray, device: torch.device | str | None = None) -> None:
        super().__init__()
        flat = widened(weights).ravel()
        positions = np.flatnonzero(flat)
        codebook, codes = np.unique(sortable(flat[positions]), return_inverse=True)
        self.shape = weights.shape
        self._codebook = torch.tensor(codebook.astype(flat.dtype), device=device)  # only `right_inverse` needs it, once
        self.register_buffer("positions", torch.tensor(positions, device=device))
        self.register_buffer("codes", torch.tensor(codes.ravel(), dtype=torch.int64, device=device))

    def forward(self, codebook: torch.Tensor) -> torch.Tensor:
        flat = codebook.new_zeros(int(np.prod(self.shape)))
        return flat.scatter(0, self.positions, codebook[self.codes]).reshape(self.shape)

    def right_inverse(self, weight: torch.Tensor) -> torch.Tensor:
        """The codebook of the weights that this was made from: the parameter that trains."""
        return self._codebook.to(weight.dtype)


def train_codebooks(model: nn.Module, layers: list[str]) -> None:
    """Let the distinct non-zero values of these layers' weights train as codebooks, until `fix_codebooks`.

    A codebook has the dtype of its weight and lies on the same device; it goes along when the model is moved or
    converted. A weight that is tied has one codebook, for every layer that has it.

    Raises
    ------
    KeyError : a layer that the model does not have. ValueError : a weight on the device "meta", which has no values.
        Then no codebook is made.
    """
    found = lookup.layers(model, layers)
    weights = {name: values_of(f"{name}.weight", layer.weight) for name, layer in found.items()}
    for name, layer in found.items():
        place = parametrized.Place(layer, "weight")
        if weights[name].any() and not any(isinstance(there, Shared) for there in place.parametrizations):
            layer.weight.grad = None  # it has the shape of the weight, not of the codebook
            parametrized.register(model, layer, Shared(weights[name], layer.weight.device))


def fix_codebooks(model: nn.Module) -> None:
    """Stop training codebooks; the weights stay as they are."""
    for place in parametrized.held(model, Shared):
        if place.parameter is not None:
            place.parameter.grad = None
    parametrized.release(model, Shared)
