"""The curves of lesson 08: error against the size of the file, and against bits (paper, figures 6 and 7).

Errors are percent of the 5,000 held-out images wrong; sizes are bytes of a `.dcz` file that was written and read back.
Each method gets the same number of passes over the training images, so that no curve lies lower for having been
trained longer. `both(density=0.12)` and the like measure one point again, in a quarter of a minute on an idle core.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from dc_lab import archive, pipeline
from dc_lab.measure.curves import lesson_04, networks
from dc_lab.measure.curves.networks import KINDS, LENET5, LENET300, held_out_error
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, models, training
from dc_lab.pipeline import Layer, Recipe

EPOCHS = 8
"""Passes over the training images after the shipped network, for every method of figure 6."""
LONGER = 24
"""The same for what is compared near 3 % of the size once more, with more patience."""
SHARE = 4
"""One epoch of so many trains centroids where pruning comes first."""
SETTINGS: dict[str, Any] = {"prune_lr": 1e-3, "share_lr": 1e-3, "shift": 1, "weight_decay": 0.0, "half": False}
LAST_DENSITY = 0.26
"""The small last layer keeps this share, or more: the paper's Table 2."""

DENSITIES = (0.3, 0.15, 0.08, 0.05, 0.025, 0.01)
BITS = (1, 2, 3, 4, 6, 8)
BOTH_DENSITIES = (0.3, 0.2, 0.12, 0.08, 0.05, 0.03)
RANKS = (5, 8, 16, 32)
SEEDS = (0, 1, 2, 3, 4)
"""Orders of the training images. The dense network is retrained with each of them."""
NEAR: dict[str, float] = {"both": 0.12, "pruning": 0.025, "sharing": 1, "SVD, retrained": 5}
"""Density, bits or rank with which a file is near 3 % of the float32 parameters."""

SEVEN_BITS = tuple(lesson_04.MORE_BITS)
PARTS = ("fully connected", "convolutions")

SIZES = ("error", "bytes", "bytes without Huffman")


def _trained() -> nn.Module:
    return networks.model_of(LENET300, networks.arrays(LENET300))


def _layers(density: float = 1.0, bits: int = 8) -> dict[str, Layer]:
    """The large layers at this density, the last one denser; codebooks of 2**bits."""
    return {
        "ip1": Layer(density, bits),
        "ip2": Layer(density, bits),
        "ip3": Layer(max(density, LAST_DENSITY), bits),
    }


def _measured(model: nn.Module) -> dict[str, float]:
    """Error of the network as it comes back from its file, and the file's bytes with and without Huffman codes."""
    arrays = pipeline.state_arrays(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.dcz"
        without = pipeline.save_checked(path, arrays, coder="fixed")
        size = pipeline.save_checked(path, arrays, coder="huffman")
        model.load_state_dict({name: torch.tensor(array) for name, array in archive.load(path).items()})
    return dict(zip(SIZES, (held_out_error(model), size, without), strict=True))


def dense() -> dict[str, float]:
    """The shipped LeNet-300-100 as it is: error, bytes, bytes without Huffman."""
    return _measured(_trained())


def retrained(seed: int = 0, epochs: int = EPOCHS) -> dict[str, float]:
    """The dense network after as many more epochs as the others get: what their errors are to be held against."""
    model = _trained()
    _fit(model, seed, epochs)
    return _measured(model)


def _fit(model: nn.Module, seed: int, epochs: int = EPOCHS) -> None:
    schedule = training.Schedule(
        epochs, SETTINGS["prune_lr"], weight_decay=SETTINGS["weight_decay"], shift=SETTINGS["shift"], seed=seed
    )
    training.fit(model, datasets.mnist("train"), schedule)


def pruning(density: float, seed: int = 0, epochs: int = EPOCHS) -> dict[str, float]:
    """Pruning alone: gradually to this density and retrained, weights kept as float32."""
    model = _trained()
    recipe = Recipe(_layers(density), prune_epochs=epochs, seed=seed, **SETTINGS)
    pipeline.prune(model, recipe, datasets.mnist("train"))
    return _measured(model)


def sharing(bits: int, seed: int = 0, epochs: int = EPOCHS) -> dict[str, float]:
    """Weight sharing alone: all weights kept, 2**bits centroids a layer, trained."""
    model = _trained()
    recipe = Recipe(_layers(bits=bits), share_epochs=epochs, seed=seed, **SETTINGS)
    pipeline.share(model, recipe)
    pipeline.train_centroids(model, recipe, datasets.mnist("train"))
    return _measured(model)


def both(density: float, bits: int = 4, seed: int = 0, epochs: int = EPOCHS) -> dict[str, float]:
    """Pruned as in `pruning`, in fewer epochs, then shared; the centroids take the epochs that are left."""
    model = _trained()
    share_epochs = epochs // SHARE
    recipe = Recipe(
        _layers(density, bits), prune_epochs=epochs - share_epochs, share_epochs=share_epochs, seed=seed, **SETTINGS
    )
    images = datasets.mnist("train")
    pipeline.prune(model, recipe, images)
    pipeline.share(model, recipe)
    pipeline.train_centroids(model, recipe, images)
    return _measured(model)


def factors(weight: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """The two float32 factors, (rows, rank) and (rank, columns), whose product is nearest to the matrix.

    Each takes the square roots of the singular values, so that both have the same scale.

    Raises
    ------
    ValueError : rank below 1 or above the smaller side.
    """
    if not 1 <= rank <= min(weight.shape):
        raise ValueError(f"rank must be from 1 to {min(weight.shape)}, got {rank}")
    left, values, right = np.linalg.svd(weight.astype(np.float64), full_matrices=False)
    root = np.sqrt(values[:rank])
    return (left[:, :rank] * root).astype(np.float32), (root[:, None] * right[:rank]).astype(np.float32)


def _factored(rank: int) -> nn.Module:
    """LeNet-300-100 with each of the two large layers as two of this rank; the first of these has no bias."""
    model = models.build(LENET300)
    arrays = networks.arrays(LENET300)
    values: dict[str, np.ndarray] = {}
    for name in ("ip1", "ip2"):
        left, right = factors(arrays[f"{name}.weight"], rank)
        pair = nn.Sequential(
            nn.Linear(right.shape[1], rank, bias=False, device="meta"),  # no memory, no random numbers: filled below
            nn.Linear(rank, left.shape[0], device="meta"),
        )
        setattr(model, name, pair.to_empty(device="cpu"))
        values |= {f"{name}.0.weight": right, f"{name}.1.weight": left, f"{name}.1.bias": arrays[f"{name}.bias"]}
    pipeline.load_arrays(model, values | {name: arrays[name] for name in ("ip3.weight", "ip3.bias")})
    return model


def svd(rank: int) -> dict[str, float]:
    """The large layers as products of two factors of this rank, float32, not retrained."""
    return _measured(_factored(rank))


def svd_retrained(rank: int, seed: int = 0) -> dict[str, float]:
    """The same, its factors retrained."""
    model = _factored(rank)
    _fit(model, seed)
    return _measured(model)


def part_shared(kind: str, part: str, bits: int) -> float:
    """Error of LeNet-5 with 2**bits values a layer in one part of it, centroids not trained (figure 7).

    Parameters
    ----------
    kind : "dense" or "pruned", the shipped networks. part : "fully connected" or "convolutions".

    Raises
    ------
    ValueError : another kind or part.
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, got {part!r}")
    arrays = networks.arrays(LENET5, kind)
    dimensions = 2 if part == "fully connected" else 4
    shared = lesson_04.share_layers({name: a for name, a in arrays.items() if a.ndim == dimensions}, bits)
    return lesson_04.held_out_error(LENET5, arrays | shared)


def _longer() -> list[tuple[Callable[..., Any], dict[str, Any]]]:
    """What is trained three times as long: the dense network, and each way near 3 % of the size."""
    patient = {"seed": SEEDS[0], "epochs": LONGER}
    return [
        (retrained, patient),
        (pruning, {"density": NEAR["pruning"], **patient}),
        (sharing, {"bits": NEAR["sharing"], **patient}),
        (both, {"density": NEAR["both"], "bits": 4, **patient}),
    ]


class Line(NamedTuple):
    """A line of figure 6: what is measured, the argument that was chosen, its values, and other arguments."""

    method: Callable[..., dict[str, float]]
    chosen: str
    values: tuple[float, ...]
    others: Mapping[str, Any] = MappingProxyType({})

    def arguments(self, value: float, seed: int) -> dict[str, Any]:
        """Of one point."""
        return {self.chosen: value, **self.others, "seed": seed}


LINES = {
    "both": Line(both, "density", BOTH_DENSITIES, {"bits": 4}),
    "pruning": Line(pruning, "density", DENSITIES),
    "sharing": Line(sharing, "bits", BITS),
    "SVD, retrained": Line(svd_retrained, "rank", RANKS),
}


def _points() -> tuple[Point, ...]:
    points = [Point(dense, {})]
    points += [Point(retrained, {"seed": seed}, 16) for seed in SEEDS]
    for line in LINES.values():
        seconds = 27 if line.method is sharing else 16
        points += [Point(line.method, line.arguments(value, seed), seconds) for value in line.values for seed in SEEDS]
    points += [Point(svd, {"rank": each}) for each in RANKS]
    points += [Point(method, arguments, 50) for method, arguments in _longer()]
    points += [
        Point(part_shared, {"kind": kind, "part": part, "bits": bits})
        for kind in KINDS
        for part in PARTS
        for bits in SEVEN_BITS
    ]
    return tuple(points)


CURVES = CurveFile(
    "lesson_08",
    "error against bytes and against bits: figures 6 and 7 of the paper redone",
    _points(),
    {"epochs": EPOCHS, "of these for centroids": EPOCHS // SHARE, "last density": LAST_DENSITY, **SETTINGS},
    networks.checkpoints(LENET300, LENET5),
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last.

    Returns
    -------
    dict : "epochs"; "longer" ("epochs", and the errors of four networks trained so long); "dense" and "retrained"
        (error, bytes, bytes without Huffman; of `retrained` also "errors", one a seed); "whole", the bytes of the
        float32 parameters; "figure 6", "near 3 %" and "figure 7". A curve of figure 6 maps "density", "bits" or "rank"
        to what was chosen, and to lists of that length: "error", "bytes" and "bytes without Huffman" of the first seed,
        "errors" (the error of each seed) and "percent" (of `whole`, the mean of the seeds). Of figure 7, lists run over
        its "bits".

    Raises
    ------
    DataError : this file or that of lesson 04 is incomplete, damaged, or was measured with other settings.
    """
    found, of_04 = CURVES.stored(), lesson_04.CURVES.stored()
    whole = pipeline.float32_bytes(models.build(LENET300))

    def percent(rows: list[Mapping[str, float]]) -> list[float]:
        return [100 * row["bytes"] / whole for row in rows]

    def measured(name: str, value: float) -> list[Mapping[str, float]]:
        """A row a seed."""
        line = LINES[name]
        return [found(line.method, **line.arguments(value, seed)) for seed in SEEDS]

    def curve(chosen: str, values: tuple[float, ...], points: list[list[Mapping[str, float]]]) -> dict[str, Any]:
        return {
            chosen: list(values),
            **{key: [rows[0][key] for rows in points] for key in SIZES},
            "errors": [[row["error"] for row in rows] for rows in points],
            "percent": [float(np.mean(percent(rows))) for rows in points],
        }

    again = [found(retrained, seed=seed) for seed in SEEDS]
    near = {name: measured(name, value) for name, value in NEAR.items()}
    return {
        "epochs": EPOCHS,
        "whole": whole,
        "dense": found(dense),
        "retrained": again[0] | {"errors": [row["error"] for row in again]},
        "figure 6": {
            **{
                name: curve(line.chosen, line.values, [measured(name, value) for value in line.values])
                for name, line in LINES.items()
            },
            "SVD": curve("rank", RANKS, [[found(svd, rank=rank)] for rank in RANKS]),
        },
        "near 3 %": {
            name: {
                LINES[name].chosen: NEAR[name],
                "errors": [row["error"] for row in rows],
                "percent": percent(rows),
            }
            for name, rows in near.items()
        },
        "longer": {"epochs": LONGER}
        | {method.__name__: found(method, **arguments)["error"] for method, arguments in _longer()},
        "figure 7": {
            "bits": list(SEVEN_BITS),
            "lenet-5": {
                kind: {
                    part: [found(part_shared, kind=kind, part=part, bits=bits) for bits in SEVEN_BITS] for part in PARTS
                }
                | {
                    "all": [
                        of_04(lesson_04.codebooks, net=LENET5, kind=kind, bits=bits)["one each"] for bits in SEVEN_BITS
                    ]
                }
                for kind in KINDS
            },
            "lenet-300-100": {
                kind: {
                    "not trained": [
                        of_04(lesson_04.codebooks, net=LENET300, kind=kind, bits=bits)["one each"]
                        for bits in SEVEN_BITS
                    ],
                    "trained": [of_04(lesson_04.trained_error, kind=kind, bits=bits) for bits in SEVEN_BITS],
                }
                for kind in KINDS
            },
            "without": {
                f"{net}, {kind}": of_04(lesson_04.plain, net=net, kind=kind)
                for net in (LENET5, LENET300)
                for kind in KINDS
            },
        },
    }


def series(measured: Mapping[str, Any]) -> dict[str, tuple[list[float], Any]]:
    """The lines of figure 6 as `figures.curve` takes them, from what `stored` gives: label -> (percent, errors).

    The sizes are means of the seeds; of the errors, all seeds are there.
    """
    curves = {name: measured["figure 6"][name] for name in LINES}
    return {name: (curve["percent"], curve["errors"]) for name, curve in curves.items()}
