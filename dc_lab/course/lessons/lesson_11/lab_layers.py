"""The layers that lab 11 is scored on: first layers of two networks, each trained and pruned from a seed of its own.

    python -m dc_lab.course.lessons.lesson_11.lab_layers         makes them anew, in about a minute

No notebook loads them, and no curve or other lab has their seeds.
"""

from pathlib import Path

import numpy as np

from dc_lab import archive, pipeline, sharing
from dc_lab.measure.curves import lesson_03
from dc_lab.networks import datasets
from dc_lab.support.progress import bar

RECIPES = ((30, 0.02), (32, 0.05))
"""Seed and density of each."""

VALUES = 16

PATH = Path("labs") / "lesson_11_layers.dcz"


def load() -> list[np.ndarray]:
    """Two uint8 arrays (300, 784): 0 where a weight is removed, else which of its layer's 16 values it has."""
    return list(archive.load(datasets.data_dir() / PATH).values())


def levels_of(layer: np.ndarray) -> np.ndarray:
    """Of a pruned layer, 0 for what is removed and 1 to 16 for the shared values, from the least to the largest."""
    kept = layer != 0
    book = np.sort(sharing.kmeans(layer[kept], VALUES).codebook)
    levels = np.zeros(layer.shape, np.uint8)
    levels[kept] = np.abs(layer[kept][:, None] - book).argmin(axis=1) + 1
    return levels


def make() -> None:
    """Train, prune, share, and write the layers."""
    found: dict[str, np.ndarray] = {}
    with bar(len(RECIPES), "networks") as shown:
        for seed, density in RECIPES:
            layer = np.asarray(pipeline.weights_of(lesson_03.pruned_network(seed, density), ["ip1"])["ip1"])
            found[f"seed {seed}, density {density:g}"] = levels_of(layer)
            shown.update()
    path = datasets.data_dir() / PATH
    path.parent.mkdir(exist_ok=True)
    archive.save(path, found)


if __name__ == "__main__":
    make()
