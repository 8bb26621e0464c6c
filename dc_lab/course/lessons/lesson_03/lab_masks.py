"""The masks that lab 03 is scored on: first layers of five networks, each trained and pruned from a seed of its own.

    python -m dc_lab.course.lessons.lesson_03.lab_masks        makes them anew, in about three minutes

They are none of those that `measure.curves.lesson_03` counts fillers in, and no notebook loads them.
"""

from pathlib import Path

import numpy as np

from dc_lab import archive
from dc_lab.measure.curves import lesson_03
from dc_lab.networks import datasets
from dc_lab.support.progress import bar

RECIPES = ((10, 0.02), (11, 0.03), (12, 0.03), (13, 0.04), (14, 0.05))
"""Seed and density of each."""

PATH = Path("labs") / "lesson_03_masks.dcz"


def load() -> list[np.ndarray]:
    """Five bool arrays (300, 784)."""
    return [array != 0 for array in archive.load(datasets.data_dir() / PATH).values()]


def make() -> None:
    """Train, prune, and write the masks as a file whose kept weights are all 1."""
    found = {}
    with bar(len(RECIPES), "networks") as shown:
        for seed, density in RECIPES:
            mask = lesson_03.mask_of(lesson_03.pruned_network(seed, density))
            found[f"seed {seed}, density {density:g}"] = mask.astype(np.float32)
            shown.update()
    path = datasets.data_dir() / PATH
    path.parent.mkdir(exist_ok=True)
    archive.save(path, found)


if __name__ == "__main__":
    make()
