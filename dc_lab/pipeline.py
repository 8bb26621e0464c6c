"""Deep Compression, end to end: prune, retrain, share, train the centroids, write one file (paper, figure 1).

Works on any torch module with Linear and Conv2d layers. A `Recipe` says how far each layer goes. The steps stand here
in their order, and `run` takes them all.
"""

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from dc_lab import archive, dynamic, pruning, sharing
from dc_lab.checkpoints.compress import check_finite
from dc_lab.checkpoints.sizes import LayerSize, layer_sizes
from dc_lab.networks import models, training
from dc_lab.networks.datasets import Images
from dc_lab.networks.state import float32_bytes, layer_names, load_arrays, state_arrays, weights_of
from dc_lab.quantized import QuantizedTensor
from dc_lab.recipes.recipe import Layer, Recipe, default_recipe
from dc_lab.support import files
from dc_lab.support.tensors import to_tensor

__all__ = [
    "STEPS_BETWEEN_MASKS", "Layer", "LayerSize", "Recipe", "Result", "Stage", "check_recipe", "check_same",
    "check_weights", "default_recipe", "float32_bytes", "layer_names", "layer_sizes", "load_arrays", "prune",
    "restored", "round_to_half", "run", "save_checked", "share", "state_arrays", "train_centroids", "weights_of",
]  # fmt: skip

STEPS_BETWEEN_MASKS = 16
"""Gradual pruning moves its masks this often: finding the thresholds takes about as long as a step."""


# --- the steps ---


def check_recipe(model: nn.Module, recipe: Recipe) -> None:
    """Raises ValueError if the recipe names a layer that the model does not have or that is of another kind."""
    names = layer_names(model)
    unknown = [name for name in recipe.layers if name not in names]
    if unknown:
        raise ValueError(f"no Linear or Conv2d layer named {', '.join(unknown)}; the model has {', '.join(names)}")


def check_weights(model: nn.Module) -> None:
    """Raises ValueError naming the first tensor of the model that holds NaN or infinite values."""
    for name, array in state_arrays(model).items():
        check_finite(name, array)


def prune(model: nn.Module, recipe: Recipe, images: Images, label: str | None = None) -> None:
    """Prune gradually while training, then train on with the masks held. In place; masks end up as zeros."""
    names = list(recipe.layers)

    def tighten(done: float) -> None:
        """Masks for the density at `done` of the ramp; what was removed has weight 0 and so stays removed."""
        # Of each layer, the weights of the largest magnitude are kept. Training goes on with the others held at zero.
        masks = {}
        for name, weight in weights_of(model, names).items():
            density = pruning.cubic_density(done, recipe.layers[name].density)
            masks[name] = pruning.magnitude_mask(weight, density)
        pruning.hold_masks(model, masks)

    # During the ramp the masks move every few steps. At its end they are final, and the rest of the epochs retrain.
    steps_in_ramp = int(recipe.ramp * recipe.prune_epochs * -(-len(images.labels) // recipe.batch_size))

    def before_step(step: int) -> None:
        if step < steps_in_ramp and step % STEPS_BETWEEN_MASKS == 0:
            tighten(step / steps_in_ramp)
        elif step == steps_in_ramp:
            tighten(1.0)

    schedule = training.Schedule(
        epochs=recipe.prune_epochs, lr=recipe.prune_lr, batch_size=recipe.batch_size,
        weight_decay=recipe.weight_decay, shift=recipe.shift, seed=recipe.seed,
    )  # fmt: skip
    training.fit(model, images, schedule, before_step, label)
    tighten(1.0)  # also where there is no step after the ramp
    pruning.release_masks(model)


@torch.no_grad()
def share(model: nn.Module, recipe: Recipe) -> None:
    """Replace each layer's weights by the 2**bits centroids of its own k-means. In place."""
    layers = dict(model.named_modules())
    # Each layer by itself: k-means finds its centroids, and each weight takes the value of the nearest. Zeros stay.
    for name, weight in weights_of(model, list(recipe.layers)).items():
        shared = sharing.share(weight, recipe.layers[name].bits, recipe.start, recipe.seed)
        layers[name].weight.copy_(to_tensor(shared))


def train_centroids(model: nn.Module, recipe: Recipe, images: Images, label: str | None = None) -> None:
    """Train the centroids of shared layers, and the biases; which weight has which centroid stays. In place."""
    # A weight becomes codebook[index]. Training moves the codebook, until its values become plain weights again.
    sharing.train_codebooks(model, list(recipe.layers))
    schedule = training.Schedule(
        epochs=recipe.share_epochs, lr=recipe.share_lr, batch_size=recipe.batch_size,
        shift=recipe.shift, seed=recipe.seed + 1,
    )  # fmt: skip
    training.fit(model, images, schedule, label=label)
    sharing.fix_codebooks(model)


@torch.no_grad()
def round_to_half(model: nn.Module) -> None:
    """Round every parameter to the nearest float16 value, kept as float32. In place.

    Raises
    ------
    ValueError : a parameter is beyond float16's range.
    """
    # A float16 takes two bytes in the file. Of 24 significant bits it keeps eleven, fewer only below 6e-5.
    for name, parameter in model.named_parameters():
        rounded = parameter.half().float()
        if not torch.isfinite(rounded).all():
            raise ValueError(f"{name} holds values beyond float16's ±65,504; set half = false in the recipe")
        parameter.copy_(rounded)


# --- write, and read back ---


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


# --- the whole way ---


class Stage(NamedTuple):
    """After one step: the size of a file with the network as it is then, and the percent of held-out images wrong."""

    name: str
    bytes: int
    error: float


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


STAGES = ("trained", "pruned", "shared", "centroids trained")
"""After each of these steps, `run` writes a file in `stages/`; the last step writes the file that was asked for."""


@dataclass
class _Log:
    """What `run` notes down after each step: a file with the network as it is, its error, the weights of its layers."""

    folder: Path
    layers: list[str]
    held_out: Images
    stages: list[Stage] = field(default_factory=list)
    weights: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)

    def path_of(self, number: int, name: str) -> Path:
        """The file of a stage, such as `2-pruned.dcz`."""
        return self.folder / f"{number}-{name.replace(' ', '-')}.dcz"

    def check_writable(self) -> None:
        """Make the folder. Raises OSError where one of the files cannot be written."""
        self.folder.mkdir(exist_ok=True)
        for number, name in enumerate(STAGES, 1):
            files.check_writable(self.path_of(number, name))

    def note(self, name: str, model: nn.Module, path: Path | None = None) -> None:
        """Write the network to a file in `folder`, or Huffman-coded to `path`; read it back and test it."""
        stage = self.path_of(len(self.stages) + 1, name)
        size = save_checked(path or stage, state_arrays(model), coder="huffman" if path else "fixed")
        self.stages.append(Stage(name, size, training.error_percent(model, self.held_out)))
        self.weights[name] = weights_of(model, self.layers)


def run(
    model: nn.Module, recipe: Recipe, path: Path, train: Images, held_out: Images, test: Images, progress: bool = False
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
    # What cannot work is refused before anything is written.
    check_recipe(model, recipe)
    check_weights(model)
    files.check_writable(path)
    log = _Log(path.parent / "stages", list(recipe.layers), held_out)
    log.check_writable()

    # The network as it comes: its size and error are what the result is compared with.
    bytes_before, error_before = float32_bytes(model), training.error_percent(model, test)
    log.note("trained", model)

    # Prune the small weights while training, and retrain those that are left.
    prune(model, recipe, train, "1/2 prune and retrain" if progress else None)
    log.note("pruned", model)

    # Let the weights of each layer share a few values.
    share(model, recipe)
    log.note("shared", model)

    # Train these values, and round them to two bytes each.
    train_centroids(model, recipe, train, "2/2 train centroids  " if progress else None)
    if recipe.half:
        round_to_half(model)
    log.note("centroids trained", model)

    # Write the file. The weights are those of the stage before; what is new is that they are Huffman-coded.
    log.note("Huffman-coded", model, path)

    # Read it back into a network that has nothing but the file, and test that one.
    contents = archive.read_file(path)
    read_back = copy.deepcopy(model)
    load_arrays(read_back, contents.tensors)
    return Result(
        error_before=error_before,
        error_after=training.error_percent(read_back, test),
        bytes_before=bytes_before,
        bytes_after=path.stat().st_size,
        seconds=time.perf_counter() - began,
        stages=log.stages,
        items=archive.bytes_by_part(contents.items),
        layers=layer_sizes(contents, list(recipe.layers)),
        weights=log.weights,
    )
