"""Deep Compression, end to end: prune, retrain, share, train the centroids, write one file (paper, figure 1).

Works on any torch module with Linear and Conv2d layers. A `Recipe` says how far each layer goes.
"""

import copy
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tomli_w
import torch
from torch import nn

from dc_lab import archive, dynamic, pruning, sharing
from dc_lab.checkpoints.compress import check_finite
from dc_lab.networks import models, training
from dc_lab.networks.datasets import Images
from dc_lab.quantized import QuantizedTensor
from dc_lab.support import files

STEPS_BETWEEN_MASKS = 16
"""Gradual pruning moves its masks this often: finding the thresholds takes about as long as a step."""


@dataclass(frozen=True)
class Layer:
    """How far one layer is compressed: the share of weights kept, and the bits of its codebook (2**bits values)."""

    density: float = 1.0
    bits: int = 8

    def __post_init__(self) -> None:
        if not isinstance(self.density, (int, float)) or not 0 < self.density <= 1:
            raise ValueError(f"density must be above 0 and at most 1, got {self.density!r}")
        if not isinstance(self.bits, int) or not 1 <= self.bits <= 16:
            raise ValueError(f"bits must be a whole number from 1 to 16, got {self.bits!r}")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the compressed network, given the trained one.

    `layers` maps names as in `model.named_modules()` to how far they go. Epochs are passes over the training
    images, learning rates are Adam's. `ramp` is the share of the pruning epochs over which the density falls
    from 1 (cubic schedule; 0 prunes in one shot). `half` rounds codebooks and biases to float16 at the end, so that
    they take two bytes a value. `shift` moves training images by up to that many pixels.
    """

    layers: Mapping[str, Layer] = field(default_factory=dict)
    prune_epochs: int = 10
    prune_lr: float = 1e-3
    ramp: float = 0.6
    share_epochs: int = 2
    share_lr: float = 1e-4
    start: str = sharing.START
    half: bool = True
    shift: int = 0
    weight_decay: float = 0.0
    batch_size: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("prune_epochs", "share_epochs", "shift", "seed"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 0:
                raise ValueError(f"{name} must be a whole number, 0 or more, got {getattr(self, name)!r}")
        for name in ("prune_lr", "share_lr", "weight_decay"):
            if not isinstance(getattr(self, name), (int, float)) or not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be a number, 0 or more, got {getattr(self, name)!r}")
        if not isinstance(self.ramp, (int, float)) or not 0 <= self.ramp <= 1:
            raise ValueError(f"ramp must be from 0 to 1, got {self.ramp!r}")
        if not isinstance(self.batch_size, int) or self.batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {self.batch_size!r}")
        if self.start not in sharing.ALL_STARTS:
            raise ValueError(f"start must be one of {', '.join(sharing.ALL_STARTS)}, got {self.start!r}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """The recipe that `to_dict` was taken from.

        Raises
        ------
        ValueError : an unknown key, or a value out of range.
        """
        _check_keys(values, cls, "recipe")
        layers = values.get("layers", {})
        if not isinstance(layers, Mapping) or not all(isinstance(layer, Mapping) for layer in layers.values()):
            raise ValueError("layers must map each layer's name to its density and bits")
        for name, layer in layers.items():
            _check_keys(layer, Layer, f"layer {name!r}")
        return cls(**{**values, "layers": {name: Layer(**layer) for name, layer in layers.items()}})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for TOML or JSON; settings first, layers last."""
        values = asdict(self)
        return {**{key: value for key, value in values.items() if key != "layers"}, "layers": values["layers"]}

    @classmethod
    def load(cls, path: Path) -> "Recipe":
        """Read a `.toml` or `.json` file.

        Raises
        ------
        ValueError : not such a file, or not a recipe; the message names the file. OSError : it cannot be read.
        """
        try:
            return cls.from_dict(files.read_settings(path))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from None

    def save(self, path: Path) -> None:
        """Write a `.toml` or `.json` file."""
        values = self.to_dict()
        text = json.dumps(values, indent=2) + "\n" if path.suffix == ".json" else tomli_w.dumps(values)
        files.write(path, text.encode())


def _check_keys(values: Mapping[str, Any], target: type, what: str) -> None:
    known = [entry.name for entry in fields(target)]
    unknown = [key for key in values if key not in known]
    if unknown:
        raise ValueError(f"{what} has no setting {', '.join(map(repr, unknown))}; expected {', '.join(known)}")


def default_recipe(net: str) -> Recipe:
    """The recipe that the command line's `demo` uses for one of `models.NETS`."""
    return Recipe.load(Path(__file__).parent / "recipes" / f"{net}.toml")


def layer_names(model: nn.Module) -> list[str]:
    """Names of the layers that can be compressed: Linear and Conv2d, in the model's order."""
    return [name for name, layer in model.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]


def weights_of(model: nn.Module, names: list[str]) -> dict[str, np.ndarray]:
    """Layer name -> copy of its weight as float32 array (masks and codebooks applied)."""
    layers = dict(model.named_modules())
    return {name: layers[name].weight.detach().numpy().copy() for name in names}


def state_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """The model's state_dict as NumPy arrays, what `archive.save` takes."""
    return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}


def load_arrays(model: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Put arrays into the model's state_dict.

    Raises
    ------
    ValueError : a tensor is missing, unexpected or of another shape; the message names it.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    missing, extra = expected.keys() - arrays.keys(), arrays.keys() - expected.keys()
    if missing or extra:
        parts = [f"{what} {', '.join(sorted(names))}" for what, names in (("lacks", missing), ("has", extra)) if names]
        raise ValueError(f"these weights are not those of {type(model).__name__}: it {' and '.join(parts)}")
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}, {type(model).__name__} expects {shape}")
    model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})


def restored(net: str, tensors: Mapping[str, Any]) -> nn.Module:
    """The network of `models.build` that these tensors are; one in integers too.

    Raises
    ------
    ValueError : another network, or tensors that are not its own.
    """
    model = models.build(net)
    if any(isinstance(tensor, QuantizedTensor) for tensor in tensors.values()):
        return dynamic.from_state(model, tensors)
    load_arrays(model, tensors)
    return model


def check_recipe(model: nn.Module, recipe: Recipe) -> None:
    """Raises ValueError if the recipe names a layer that the model does not have or that is of another kind."""
    names = layer_names(model)
    unknown = [name for name in recipe.layers if name not in names]
    if unknown:
        raise ValueError(f"no Linear or Conv2d layer named {', '.join(unknown)}; the model has {', '.join(names)}")


def prune(model: nn.Module, recipe: Recipe, images: Images, label: str | None = None) -> None:
    """Prune gradually while training, then train on with the masks held. In place; masks end up as zeros."""
    names = list(recipe.layers)

    def tighten(done: float) -> None:
        """Masks for the density at `done` of the ramp; what was removed has weight 0 and so stays removed."""
        masks = {}
        for name, weight in weights_of(model, names).items():
            density = pruning.cubic_density(done, recipe.layers[name].density)
            masks[name] = pruning.magnitude_mask(weight, density)
        pruning.hold_masks(model, masks)

    steps_in_ramp = int(recipe.ramp * recipe.prune_epochs * -(-len(images.labels) // recipe.batch_size))

    def before_step(step: int) -> None:
        if step < steps_in_ramp and step % STEPS_BETWEEN_MASKS == 0:
            tighten(step / steps_in_ramp)
        elif step == steps_in_ramp:
            tighten(1.0)

    training.fit(
        model, images, epochs=recipe.prune_epochs, lr=recipe.prune_lr, before_step=before_step, label=label,
        shift=recipe.shift, weight_decay=recipe.weight_decay, batch_size=recipe.batch_size, seed=recipe.seed,
    )  # fmt: skip
    tighten(1.0)  # also where there is no step after the ramp
    pruning.release_masks(model)


@torch.no_grad()
def share(model: nn.Module, recipe: Recipe) -> None:
    """Replace each layer's weights by the 2**bits centroids of its own k-means. In place."""
    layers = dict(model.named_modules())
    for name, weight in weights_of(model, list(recipe.layers)).items():
        shared = sharing.share(weight, recipe.layers[name].bits, recipe.start, recipe.seed)
        layers[name].weight.copy_(torch.tensor(shared))


def train_centroids(model: nn.Module, recipe: Recipe, images: Images, label: str | None = None) -> None:
    """Train the centroids of shared layers, and the biases; which weight has which centroid stays. In place."""
    sharing.train_codebooks(model, list(recipe.layers))
    training.fit(
        model, images, epochs=recipe.share_epochs, lr=recipe.share_lr, label=label,
        shift=recipe.shift, batch_size=recipe.batch_size, seed=recipe.seed + 1,
    )  # fmt: skip
    sharing.fix_codebooks(model)


@torch.no_grad()
def round_to_half(model: nn.Module) -> None:
    """Round every parameter to the nearest float16 value, kept as float32. In place.

    Raises
    ------
    ValueError : a parameter is beyond float16's range.
    """
    for name, parameter in model.named_parameters():
        rounded = parameter.half().float()
        if not torch.isfinite(rounded).all():
            raise ValueError(f"{name} holds values beyond float16's ±65,504; set half = false in the recipe")
        parameter.copy_(rounded)


class Stage(NamedTuple):
    """After one step: the size of a file with the network as it is then, and the percent of held-out images wrong."""

    name: str
    bytes: int
    error: float


class LayerSize(NamedTuple):
    """One layer's weights in the file, in the columns of the paper's tables 2 to 5.

    `weights` are those of the dense layer, `kept_pct` the share of them that is not zero. Bits are a stored
    entry's, fillers included, in fixed-width form (`_pq`) and as the file has it (`_pqh`). `bytes` is everything the
    weights take in the file: values, index, codebook, code tables, lanes; `rate_pct` that against float32.
    """

    layer: str
    weights: int
    kept_pct: float
    weight_bits_pq: float
    weight_bits_pqh: float
    index_bits_pq: float
    index_bits_pqh: float
    bytes: int
    rate_pct: float


class Result(NamedTuple):
    """What `run` did. Errors are percent of the test images, sizes bytes; `items` sums to `bytes_after`.

    `weights` holds the layers' weights after each stage, stage name -> layer name -> array.
    """

    error_before: float
    error_after: float
    bytes_before: int
    bytes_after: int
    seconds: float
    stages: list[Stage]
    items: dict[str, int]
    layers: list[LayerSize]
    weights: dict[str, dict[str, np.ndarray]]

    @property
    def ratio(self) -> float:
        """How much smaller the file is than the float32 parameters of the dense network."""
        return self.bytes_before / self.bytes_after


def float32_bytes(model: nn.Module) -> int:
    """Bytes of the model's parameters at four each: what every ratio is taken against."""
    return 4 * sum(parameter.numel() for parameter in model.parameters())


def save_checked(path: Path, arrays: Mapping[str, np.ndarray], coder: archive.Coder = "huffman") -> int:
    """Write a `.dcz` file, read it back, and return its size in bytes.

    Raises
    ------
    RuntimeError : what came back is not what was written.
    """
    archive.save(path, arrays, coder)
    check_same(archive.load(path), arrays)
    return path.stat().st_size


def check_same(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """Raises RuntimeError unless both hold the same tensors, value for value, of the same shapes and dtypes."""
    if list(found) != list(expected):
        raise RuntimeError(f"read back {', '.join(found)} instead of {', '.join(expected)}")
    for name, array in expected.items():
        if found[name].dtype != array.dtype or not np.array_equal(found[name], array):
            raise RuntimeError(f"{name} read back is not what was written")


def layer_sizes(contents: archive.Contents, names: list[str]) -> list[LayerSize]:
    """How the file stores the weights of each of these layers."""
    rows = []
    for name in names:
        tensor = f"{name}.weight"
        array = contents.tensors[tensor]
        bits = {}
        for part in ("values", "index"):
            stream = next((s for s in contents.streams if (s.tensor, s.part) == (tensor, part)), None)
            bits[part] = (stream.width, stream.payload_bits / max(stream.symbols, 1)) if stream else (0, 0.0)
        size = contents.bytes_of(tensor)
        kept = 100 * np.count_nonzero(array) / array.size
        rate = 100 * size / (4 * array.size)
        rows.append(LayerSize(name, array.size, kept, *bits["values"], *bits["index"], size, rate))
    return rows


def run(
    model: nn.Module,
    recipe: Recipe,
    path: Path,
    train: Images,
    held_out: Images,
    test: Images,
    progress: bool = False,
) -> Result:
    """Deep Compression of a trained model into one file.

    Parameters
    ----------
    model : any module with Linear and Conv2d layers, trained; compressed in place.
    recipe : how far each layer goes.
    path : the `.dcz` file to write. The network after each stage goes into files in `stages/` beside it.
    train, held_out, test : images to train on, to follow the error on, and to report on. The test images are
        looked at twice: the error before, and, at the very end, the error of what is read back from the file.
    progress : show progress bars on stderr.

    Raises
    ------
    ValueError : the recipe does not fit the model, or the weights are not finite. OSError : the file cannot be written.
    """
    began = time.perf_counter()
    check_recipe(model, recipe)
    for name, array in state_arrays(model).items():
        check_finite(name, array)
    names = list(recipe.layers)
    bytes_before, error_before = float32_bytes(model), training.error_percent(model, test)
    stages: list[Stage] = []
    weights: dict[str, dict[str, np.ndarray]] = {}

    folder = path.parent / "stages"
    folder.mkdir(exist_ok=True)

    def note(name: str, to: Path | None = None) -> None:
        to = to or folder / f"{len(stages) + 1}-{name.replace(' ', '-')}.dcz"
        size = save_checked(to, state_arrays(model), coder="huffman" if to == path else "fixed")
        stages.append(Stage(name, size, training.error_percent(model, held_out)))
        weights[name] = weights_of(model, names)

    note("trained")
    prune(model, recipe, train, "1/2 prune and retrain" if progress else None)
    note("pruned")
    share(model, recipe)
    note("shared")
    train_centroids(model, recipe, train, "2/2 train centroids  " if progress else None)
    if recipe.half:
        round_to_half(model)
    note("centroids trained")
    note("Huffman-coded", to=path)

    contents = archive.read_file(path)
    restored = copy.deepcopy(model)
    load_arrays(restored, contents.tensors)
    return Result(
        error_before=error_before,
        error_after=training.error_percent(restored, test),
        bytes_before=bytes_before,
        bytes_after=path.stat().st_size,
        seconds=time.perf_counter() - began,
        stages=stages,
        items=archive.bytes_by_part(contents.items),
        layers=layer_sizes(contents, names),
        weights=weights,
    )
