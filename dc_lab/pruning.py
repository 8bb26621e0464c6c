"""Pruning: keep the large weights, remove the small ones, retrain what is left (paper, section 2).

The masks are NumPy functions of the weights. `Mask` and `hold_masks` keep a mask in force while torch trains.
Density is the share of weights kept, sparsity the share removed; density + sparsity = 1.

Structured pruning removes neurons and filters whole, from the layer that computes them and from the one that reads
them (Li, Kadav, Durdanovic, Samet and Graf, "Pruning Filters for Efficient ConvNets", 2017). What is left is a smaller
network without zeros. `neuron_scores` ranks them, `remove_neurons` cuts two layers, `shrink` a network.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch import nn

from dc_lab.support import lookup, parametrized, points
from dc_lab.support.dtypes import magnitudes, sortable


def _check_density(density: float) -> None:
    if not 0 <= density <= 1:
        raise ValueError(f"density must be from 0 to 1 (the share of weights kept), got {density}")


def magnitude_mask(weights: np.ndarray, density: float) -> np.ndarray:
    """True for the `density` share of entries that are largest in magnitude, False elsewhere.

    Parameters
    ----------
    weights : real array, any shape and dtype, bfloat16 and integers too.
    density : share kept, 0 to 1. Exactly round(density * weights.size) entries are kept; among equal
        magnitudes, those that come first in C order.

    Returns
    -------
    bool array of the shape of `weights`.

    Raises
    ------
    ValueError : density out of range, or weights that are NaN.
    """
    _check_density(density)
    keep = round(density * weights.size)
    if keep == 0:
        return np.zeros(weights.shape, bool)
    # The last magnitude that is kept is the threshold. Whatever is larger stays.
    threshold = _kth_largest_magnitude(weights, keep)
    magnitude = magnitudes(weights).ravel()
    mask = magnitude > threshold
    # Those equal to the threshold fill up the places that are left, the first ones first.
    ties = np.flatnonzero(magnitude == threshold)
    mask[ties[: keep - np.count_nonzero(mask)]] = True
    return mask.reshape(weights.shape)


def magnitude_mask_by_sorting(weights: np.ndarray, density: float) -> np.ndarray:
    """`magnitude_mask` in words: rank all weights by magnitude, the largest first, and keep the first ones.

    It takes the same arguments and gives the same mask. Sorting everything is slower than finding one threshold.
    """
    _check_density(density)
    _, rank = np.unique(
        sortable(magnitudes(weights)), return_inverse=True
    )  # from the smallest up; equals have one rank
    ranked = np.argsort(-rank.ravel(), kind="stable")  # stable: equals stay in their order
    mask = np.zeros(weights.size, bool)
    mask[ranked[: round(density * weights.size)]] = True
    return mask.reshape(weights.shape)


def _kth_largest_magnitude(weights: np.ndarray, k: int) -> np.number:
    """The magnitude at rank k, 1 for the largest; found without sorting, in a copy that ends with this function."""
    magnitude = magnitudes(weights).ravel()
    if magnitude.dtype.kind == "f" and np.isnan(magnitude).any():
        raise ValueError(f"{int(np.isnan(magnitude).sum())} weights are NaN, which are neither large nor small")
    magnitude.partition(magnitude.size - k)
    return magnitude[magnitude.size - k]


def threshold_mask(weights: np.ndarray, threshold: float) -> np.ndarray:
    """True where |weight| >= threshold: "all connections with weights below a threshold are removed".

    Raises
    ------
    ValueError : threshold negative or NaN.
    """
    if not threshold >= 0:
        raise ValueError(f"threshold must be 0 or more, got {threshold}")
    return magnitudes(weights) >= threshold


def quality_threshold(weights: np.ndarray, quality: float) -> float:
    """quality x standard deviation of the layer's weights, float64 (Han, Pool, Tran and Dally, NIPS 2015, section 4).

    Raises
    ------
    ValueError : quality negative or NaN.
    """
    if not quality >= 0:
        raise ValueError(f"quality must be 0 or more, got {quality}")
    return quality * float(np.std(weights, dtype=np.float64))


def global_masks(weights: Mapping[str, np.ndarray], density: float) -> dict[str, np.ndarray]:
    """One threshold for all layers: masks that keep the `density` largest magnitudes of the whole network."""
    _check_density(density)
    if not weights:
        return {}
    mask = magnitude_mask(np.concatenate([array.ravel() for array in weights.values()]), density)
    parts = np.split(mask, np.cumsum([array.size for array in weights.values()])[:-1])
    return {name: part.reshape(weights[name].shape) for name, part in zip(weights, parts, strict=True)}


def cubic_density(progress: float, final: float, start: float = 1.0) -> float:
    """Density at a point of gradual pruning: fast at first, slower as fewer are left (Zhu & Gupta 2017, eq. 1).

    `progress` runs from 0 (density `start`) to 1 (density `final`); beyond that it stays at the ends.
    """
    _check_density(start)
    _check_density(final)
    return final + (start - final) * (1 - min(max(progress, 0.0), 1.0)) ** 3


def iterative_densities(final: float, rounds: int) -> list[float]:
    """Densities of `rounds` rounds of prune-and-retrain that remove the same share each time; one round = one-shot.

    Raises
    ------
    ValueError : rounds below 1, or final not above 0.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be 1 or more, got {rounds}")
    _check_density(final)
    if final == 0:
        raise ValueError("final density must be above 0: no equal share removed each round ends at 0")
    return [final ** (i / rounds) for i in range(1, rounds)] + [final]


class Mask(nn.Module):
    """Parametrization that multiplies a weight by a 0/1 mask, so that pruned weights get no gradient either."""

    mask: torch.Tensor

    def __init__(
        self, mask: np.ndarray, dtype: torch.dtype = torch.float32, device: torch.device | str | None = None
    ) -> None:
        super().__init__()
        self.register_buffer("mask", torch.tensor(mask, dtype=dtype, device=device))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight * self.mask


def hold_masks(model: nn.Module, masks: Mapping[str, np.ndarray]) -> None:
    """Keep pruned weights at zero while the model trains, until `release_masks`.

    A mask has the dtype of its weight and lies on the same device; it goes along when the model is moved or converted.
    A weight that is tied is masked in every layer that has it.

    Parameters
    ----------
    masks : layer name (as in `model.named_modules()`) to a bool array of the shape of its weight. A mask
        given again for the same layer replaces the one in force.

    Raises
    ------
    KeyError : a layer that the model does not have. ValueError : a mask of another shape, or two that differ for one
        tied weight. Then no mask is changed.
    """
    layers = lookup.layers(model, masks)
    _check_masks(layers, masks)
    for name, mask in masks.items():
        layer = layers[name]
        held = _mask_of(layer)
        if held is None:
            held = Mask(mask, layer.weight.dtype, layer.weight.device)
        held.mask.copy_(torch.tensor(mask))
        parametrized.register(model, layer, held)


def _check_masks(layers: Mapping[str, Any], masks: Mapping[str, np.ndarray]) -> None:
    first: dict[int, str] = {}
    for name, mask in masks.items():
        shape = tuple(layers[name].weight.shape)
        if shape != mask.shape:
            raise ValueError(f"{name}: mask has shape {mask.shape}, its weight {shape}")
        parameter = parametrized.Place(layers[name], "weight").parameter
        other = first.setdefault(id(layers[name] if parameter is None else parameter), name)
        if not np.array_equal(masks[other], mask):
            raise ValueError(f"{other} and {name} have one and the same weight, but their masks differ")


def _mask_of(layer: nn.Module) -> Mask | None:
    return next((p for p in parametrized.Place(layer, "weight").parametrizations if isinstance(p, Mask)), None)


def release_masks(model: nn.Module) -> None:
    """Stop holding masks; the weights stay as they are, zeros included."""
    parametrized.release(model, Mask)


# --- whole neurons and filters ---

Array = TypeVar("Array", np.ndarray, torch.Tensor)


def _of_neurons(second: Array, neurons: int) -> Array:
    """The weights (outputs, neurons, places) that read the neurons of the layer before.

    A convolution has its kernel's places for each filter that it reads. A linear layer after `flatten` has the places
    of each filter's picture, side by side; after another linear layer there is one place.
    """
    if second.ndim < 2 or neurons < 1 or second.shape[1] % neurons:
        raise ValueError(f"a layer of shape {tuple(second.shape)} cannot read {neurons} neurons")
    places = int(np.prod(second.shape[1:])) // neurons
    return second.reshape(len(second), neurons, places)


def neuron_scores(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """For each neuron or filter of a layer the L2 norm of its weights times that of the weights that read it.

    The product stays the same if a neuron's weights are doubled and the weights that read it halved, which leaves the
    network as it was. `magnitude_mask(scores, share)` says which neurons to keep.

    Parameters
    ----------
    first : real array (neurons, ...), of a linear layer or a convolution.
    second : of the layer that reads it, (outputs, inputs) or (outputs, channels, height, width). The inputs of a linear
        layer that reads filters are `flatten`'s, all places of the first filter in front.

    Returns
    -------
    float64 array (neurons,).

    Raises
    ------
    ValueError : `second` cannot read so many neurons.
    """
    incoming = np.asarray(first, np.float64).reshape(len(first), -1)
    outgoing = _of_neurons(np.asarray(second, np.float64), len(first))
    return np.sqrt((incoming**2).sum(1) * (outgoing**2).sum((0, 2)))


def keep_inputs(second: Array, keep: Array) -> Array:
    """The layer that reads the neurons, without the weights that read those removed; arguments as `remove_neurons`."""
    stay = _of_neurons(second, len(keep))[:, keep]
    inputs = second.shape[1] // len(keep) * stay.shape[1]
    return stay.reshape(len(second), inputs, *second.shape[2:])


def remove_neurons(first: Array, bias: Array, second: Array, keep: Array) -> tuple[Array, Array, Array]:
    """A layer's weights and biases and the weights of the next layer, for those neurons alone that `keep` marks.

    Between the two may stand what treats each neuron alone and makes 0 of 0: ReLU, max-pooling, `flatten`. Then the
    smaller network computes what the large one does with the removed neurons' weights, biases and readers at 0.

    Parameters
    ----------
    first, second : as `neuron_scores`; bias (neurons,). NumPy arrays or torch tensors, which are left as they are.
    keep : bool (neurons,), True for those that stay.

    Raises
    ------
    ValueError : the shapes do not go together, or `keep` is not boolean.
    """
    if str(keep.dtype) not in ("bool", "torch.bool") or tuple(keep.shape) != (len(first),):
        raise ValueError(f"keep must be {len(first)} booleans, got {keep.dtype} {tuple(keep.shape)}")
    if tuple(bias.shape) != (len(first),):
        raise ValueError(f"a layer of {len(first)} neurons has as many biases, got {tuple(bias.shape)}")
    return first[keep], bias[keep], keep_inputs(second, keep)


def shrink(model: nn.Module, keep: Mapping[str, np.ndarray]) -> None:
    """Remove neurons and filters of a network in place, for good.

    The linear and convolutional layers must be a chain in the order of `model.named_modules()`: each is read by the
    next one alone, with what `remove_neurons` allows in between. This cannot be seen from the layers, and is not
    checked. Parameters are new ones: make the optimizer afterwards.

    Parameters
    ----------
    keep : layer name to a bool array (neurons,); layers that are not named keep all. The last one has to.

    Raises
    ------
    KeyError : a layer that the model does not have. ValueError : the last layer, one that is no linear or
        convolutional layer of one group, a layer between them that has weights of another kind, a parametrized weight,
        or a mask that does not fit or keeps nothing. Then nothing is changed.
    """
    lookup.layers(model, keep)
    chain = _chain(model)
    for name, mask in keep.items():
        if name not in list(chain)[:-1]:
            raise ValueError(f"{name} is no layer whose neurons could go; those are {', '.join(list(chain)[:-1])}")
        if mask.dtype != np.bool_ or mask.shape != (len(chain[name].weight),) or not mask.any():
            raise ValueError(f"{name}: keep must be {len(chain[name].weight)} booleans, of which some are True")
    pairs = list(zip(chain, list(chain.values())[1:], strict=False))
    for name, after in pairs:  # before anything is changed
        _of_neurons(after.weight, len(chain[name].weight))
    for name, after in pairs:
        if name in keep:
            _cut(chain[name], after, torch.tensor(keep[name], device=after.weight.device))


def _chain(model: nn.Module) -> dict[str, Any]:
    chain: dict[str, Any] = {}
    for name, layer in model.named_modules():
        if not list(layer.parameters(recurse=False)) and not hasattr(layer, "parametrizations"):
            continue
        if type(layer) not in (nn.Linear, nn.Conv2d) or getattr(layer, "groups", 1) != 1:
            raise ValueError(f"{name or 'the model'} is no plain linear or convolutional layer of one group")
        chain[name] = layer
    return chain


@torch.no_grad()
def _cut(layer: Any, after: Any, keep: torch.Tensor) -> None:
    bias = layer.weight.new_zeros(len(layer.weight)) if layer.bias is None else layer.bias
    weight, bias, read = remove_neurons(layer.weight, bias, after.weight, keep)
    layer.weight, after.weight = nn.Parameter(weight), nn.Parameter(read)
    layer.bias = None if layer.bias is None else nn.Parameter(bias)
    # What the layers say of themselves goes with it.
    setattr(layer, "out_features" if isinstance(layer, nn.Linear) else "out_channels", len(weight))
    setattr(after, "in_features" if isinstance(after, nn.Linear) else "in_channels", read.shape[1])


class Sensitivity(NamedTuple):
    """Error of the network when one layer alone is pruned to `density`."""

    layer: str
    density: float
    error: float


def _error_with_one_pruned(
    error_of: Callable[[dict[str, np.ndarray]], float], weights: Mapping[str, np.ndarray], layer: str, density: float
) -> float:
    pruned = np.where(magnitude_mask(weights[layer], density), weights[layer], 0)
    return error_of({**weights, layer: pruned.astype(weights[layer].dtype)})


def sensitivity_scan(
    error_of: Callable[[dict[str, np.ndarray]], float],
    weights: Mapping[str, np.ndarray],
    densities: Iterable[float],
    layers: Iterable[str] | None = None,
    executor: Executor | None = None,
    label: str | None = None,
) -> list[Sensitivity]:
    """Prune one layer at a time to each density, without retraining, and measure (NIPS 2015, figure 6).

    Parameters
    ----------
    error_of : takes all weights as name -> array and returns an error; picklable if the executor needs that.
    weights : name -> array, everything that `error_of` wants.
    layers : names to prune; all arrays of two and more dimensions if None.
    executor : any `concurrent.futures.Executor`: threads, processes, or that of a cluster; None runs here.
    label : text of the progress bar on stderr; None shows none.

    Returns
    -------
    list of Sensitivity, layer by layer in the order given, densities in the order given. The order and
    the values do not depend on the executor.
    """
    layers = [name for name, array in weights.items() if array.ndim >= 2] if layers is None else list(layers)
    densities = list(densities)
    unknown = [name for name in layers if name not in weights]
    if unknown:
        raise KeyError(f"no weights named {', '.join(map(repr, unknown))}; there are {', '.join(weights)}")
    pairs = [(layer, density) for layer in layers for density in densities]
    for _, density in pairs:
        _check_density(density)
    calls = [partial(_error_with_one_pruned, error_of, weights, *pair) for pair in pairs]
    errors = points.in_order(calls, executor, label)
    return [Sensitivity(*pair, error) for pair, error in zip(pairs, errors, strict=True)]
