"""Parametrizations of a layer's weight, at every place where that weight is used.

Tied weights are one parameter that several layers have, as an embedding and the output of a language model. torch knows
a parametrization by the layer that it was registered on; the others would go on with the bare parameter.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from torch import nn
from torch.nn.utils import parametrize


class Place(NamedTuple):
    """A layer, and the name of one of its tensors."""

    layer: Any
    name: str

    @property
    def parametrizations(self) -> Any:
        """What the tensor goes through; nothing if it is not parametrized."""
        return self.layer.parametrizations[self.name] if parametrize.is_parametrized(self.layer, self.name) else ()

    @property
    def parameter(self) -> nn.Parameter | None:
        """What trains; None where that is not one parameter, as under weight_norm."""
        if parametrize.is_parametrized(self.layer, self.name):
            return getattr(self.parametrizations, "original", None)
        return self.layer._parameters.get(self.name)


def _all(model: nn.Module) -> Iterator[Place]:
    """Every parameter of every layer; what is parametrized by the name that the layer knows it by."""
    for layer in list(model.modules()):
        if not isinstance(layer, parametrize.ParametrizationList):
            names = list(layer._parameters)
            if parametrize.is_parametrized(layer):
                names += list(layer.parametrizations)  # type: ignore[arg-type]
            yield from (Place(layer, name) for name in names)


def places(model: nn.Module, layer: nn.Module) -> list[Place]:
    """Where the weight of a layer is used: in the layer itself, then wherever else the very same parameter stands."""
    own = Place(layer, "weight")
    weight = own.parameter
    if weight is None:
        return [own]
    return [own, *(p for p in _all(model) if p.parameter is weight and (p.layer is not layer or p.name != "weight"))]


def register(model: nn.Module, layer: nn.Module, parametrization: nn.Module) -> None:
    """Register one parametrization at all places of a layer's weight; where it is already, it stays.

    Raises
    ------
    ValueError : of torch: the layer has no weight, or one that the parametrization does not fit.
    """
    for place in places(model, layer):
        if not any(there is parametrization for there in place.parametrizations):
            # At the first place torch checks what comes out. A codebook has another shape than the weight from then on.
            unsafe = place.layer is not layer
            parametrize.register_parametrization(place.layer, place.name, parametrization, unsafe=unsafe)


def held(model: nn.Module, kind: type[nn.Module]) -> list[Place]:
    """Every place where a parametrization of this kind is at work."""
    return [place for place in _all(model) if any(isinstance(there, kind) for there in place.parametrizations)]


def release(model: nn.Module, kind: type[nn.Module]) -> None:
    """End the parametrizations of all tensors that one of this kind is at work on; the values stay, ties too."""
    done: list[nn.Parameter | None] = []
    for place in held(model, kind):
        # At the first place, what comes out takes the parameter's place. The others have the same parameter already.
        parameter = place.parameter
        again = parameter is not None and any(parameter is other for other in done)
        done.append(parameter)
        parametrize.remove_parametrizations(place.layer, place.name, leave_parametrized=not again)
