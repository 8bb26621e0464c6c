"""Weight sharing: k-means on the weights of a layer, then training of the centroids (paper, section 3).

In one dimension a cluster is an interval, so k-means needs no distance matrix: sort once, keep prefix sums, and
each Lloyd step is a binary search of the k - 1 midpoints between centroids.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from dc_lab.support.optimal import cube_root, distinct, nearly_optimal, partition

STARTS = ("linear", "density", "random")
"""Where k-means begins in the paper."""

ALL_STARTS = (*STARTS, "cube root", "optimal")
"""The same and two better ones."""

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


def initial_centroids(values: np.ndarray, clusters: int, start: str = "linear", seed: int = 0) -> np.ndarray:
    """Where k-means begins, float64 (clusters,), sorted. The first three are the paper's (section 3.2 and figure 4).

    Parameters
    ----------
    start : "linear" spaces centroids evenly between the smallest and the largest value;
        "density" spaces them evenly on the axis of the cumulative distribution (quantiles);
        "random" draws `clusters` of the values (Forgy);
        "cube root" spaces them evenly on the axis of the cube root of the density: the best spacing for many clusters
        (Panter and Dite 1951);
        "optimal" is where the inertia is least (`optimal`), or nearly so: more than 65,536 distinct values are gathered
        in as many groups first.
    seed : of the draw, for "random".

    Raises
    ------
    ValueError : no values, fewer than one cluster, or an unknown start.
    """
    if values.size == 0:
        raise ValueError("k-means needs at least one value")
    if clusters < 1:
        raise ValueError(f"clusters must be 1 or more, got {clusters}")
    if start not in ALL_STARTS:
        raise ValueError(f"start must be one of {', '.join(ALL_STARTS)}, got {start!r}")
    return _initial(np.sort(values, axis=None), clusters, start, seed)


def _initial(ordered: np.ndarray, clusters: int, start: str, seed: int) -> np.ndarray:
    if start == "linear":
        return np.linspace(float(ordered[0]), float(ordered[-1]), clusters)
    if start == "density":
        ranks = (np.arange(clusters) + 0.5) / clusters * len(ordered)
        return ordered[ranks.astype(np.int64)].astype(np.float64)
    if start == "cube root":
        return cube_root(ordered, clusters)
    if start == "optimal":
        return nearly_optimal(ordered, clusters)
    drawn = np.random.default_rng(seed).choice(len(ordered), clusters, replace=clusters > len(ordered))
    return np.sort(ordered[drawn].astype(np.float64))


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
        initial_centroids(values[:0] if values.size == 0 else values.ravel()[:1], clusters, start)  # checks only
        ordered = np.sort(values, axis=None)
        centroids = _initial(ordered, clusters, start, seed)
    else:
        ordered = np.sort(values, axis=None)
        centroids = np.sort(np.asarray(start, np.float64))
        if ordered.size == 0 or centroids.size != clusters:
            raise ValueError(f"expected values and {clusters} initial centroids, got {centroids.size}")
    sums = np.zeros(len(ordered) + 1)
    np.cumsum(ordered, dtype=np.float64, out=sums[1:])

    edges = _edges(ordered, centroids)
    iterations, settled = 0, False
    while not settled and iterations < max_iterations:
        iterations += 1
        counts = np.diff(edges)
        empty = counts == 0
        means = np.diff(sums[edges]) / np.maximum(counts, 1)
        # A mean lies within its cluster; rounded prefix sums can put it just outside, and then the steps circle.
        means[~empty] = means[~empty].clip(ordered[edges[:-1][~empty]], ordered[edges[1:][~empty] - 1])
        if empty.any():
            means[empty] = _farthest(ordered, edges, means, int(empty.sum()))
            means.sort()
        moved = _edges(ordered, means)
        settled = np.array_equal(moved, edges)
        centroids, edges = means, moved
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
        single, numbers = distinct(np.sort(values, axis=None))
    else:
        if counts.shape != values.shape or not np.isfinite(counts).all() or (counts < 0).any() or not counts.any():
            raise ValueError("counts must be 0 or more, finite, of the shape of the values, and not all 0")
        single, where = np.unique(values[counts > 0], return_inverse=True)
        numbers = np.bincount(where, counts[counts > 0])
    found = partition(single.astype(np.float64), numbers, clusters)
    return KMeans(np.unique(found.means), found.inertia, found.passes)


def _edges(ordered: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Where each cluster begins in the sorted values, and where the last one ends: int64 (k + 1,)."""
    midpoints = (centroids[1:] + centroids[:-1]) / 2
    return np.concatenate([[0], np.searchsorted(ordered, midpoints, side="right"), [len(ordered)]])


def _farthest(ordered: np.ndarray, edges: np.ndarray, means: np.ndarray, number: int) -> np.ndarray:
    """The `number` values farthest from their mean; on a line these stand at the ends of the clusters."""
    filled = np.flatnonzero(np.diff(edges) > 0)
    ends = np.concatenate([ordered[edges[filled]], ordered[edges[filled + 1] - 1]]).astype(np.float64)
    distance = np.abs(ends - np.tile(means[filled], 2))
    return np.resize(ends[np.argsort(-distance, kind="stable")], number)


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
    kept = weights[weights != 0]
    if len(kept) == 0 or len(np.unique(kept[:100_000])) <= 2**bits >= len(np.unique(kept)):
        return weights.copy()
    steps = STEPS if start in STARTS else MOST_STEPS
    codebook = kmeans(kept, 2**bits, start, seed, steps).codebook.astype(weights.dtype)
    shared = np.zeros_like(weights)
    shared[weights != 0] = decode(encode(kept, codebook), codebook)
    return shared


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


class Shared(nn.Module):
    """Parametrization of a weight by its codebook: what trains is the codebook, positions and codes are fixed.

    The weight is zero except at `positions` (flat, C order), where it is codebook[codes]. Differentiating that
    look-up is what sums the gradient over each cluster (paper, equation 3): autograd does it.
    """

    positions: torch.Tensor
    codes: torch.Tensor

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__()
        flat = weights.ravel()
        positions = np.flatnonzero(flat)
        codebook, codes = np.unique(flat[positions], return_inverse=True)
        self.shape = weights.shape
        self._codebook = torch.tensor(codebook)  # only `right_inverse` needs it, once
        self.register_buffer("positions", torch.tensor(positions))
        self.register_buffer("codes", torch.tensor(codes.ravel(), dtype=torch.int64))

    def forward(self, codebook: torch.Tensor) -> torch.Tensor:
        flat = codebook.new_zeros(int(np.prod(self.shape)))
        return flat.scatter(0, self.positions, codebook[self.codes]).reshape(self.shape)

    def right_inverse(self, weight: torch.Tensor) -> torch.Tensor:
        """The codebook of the weights that this was made from: the parameter that trains."""
        return self._codebook.to(weight.dtype)


def train_codebooks(model: nn.Module, layers: list[str]) -> None:
    """Let the distinct non-zero values of these layers' weights train as codebooks, until `fix_codebooks`.

    Raises
    ------
    KeyError : a layer that the model does not have.
    """
    modules = dict(model.named_modules())
    for name in layers:
        if name not in modules:
            raise KeyError(f"no layer {name!r} in this model; it has {', '.join(filter(None, modules))}")
        weights = modules[name].weight.detach().numpy()
        if weights.any():
            modules[name].weight.grad = None  # it has the shape of the weight, not of the codebook
            parametrize.register_parametrization(modules[name], "weight", Shared(weights))


def fix_codebooks(model: nn.Module) -> None:
    """Stop training codebooks; the weights stay as they are."""
    layers: list[Any] = list(model.modules())
    for layer in layers:
        if parametrize.is_parametrized(layer, "weight") and isinstance(layer.parametrizations.weight[0], Shared):
            layer.parametrizations.weight.original.grad = None
            parametrize.remove_parametrizations(layer, "weight")
