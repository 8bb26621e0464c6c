"""The rows that lab 07 is scored on: indices and gaps of first layers of three networks.

    python -m dc_lab.course.lessons.lesson_07.lab_rows         makes them anew, in about two minutes

Each network is trained, pruned and shared from a seed of its own, none of which is behind any curve or other lab.
"""

from pathlib import Path

import numpy as np

from dc_lab import archive, pipeline, sharing, sparse
from dc_lab.measure.curves import lesson_03
from dc_lab.networks import datasets
from dc_lab.support.progress import bar

RECIPES = ((20, 0.02), (21, 0.03), (22, 0.05))
"""Seed and density of each."""

VALUES, GAP_BITS = 16, 8

PATH = Path("labs") / "lesson_07_rows.dcz"


def load() -> list[np.ndarray]:
    """Six uint8 arrays (n,), with n a number of each network: its indices, then its gaps."""
    return list(archive.load(datasets.data_dir() / PATH).values())


def rows_of(layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(indices, gaps) of a pruned layer, uint8: 16 shared values, fillers with index 16, gaps of 8 bits."""
    mask = layer != 0
    gaps, is_filler = sparse.relative_index(mask, GAP_BITS)
    book = sharing.kmeans(layer[mask], VALUES).codebook
    indices = np.full(len(gaps), VALUES, np.uint8)
    indices[~is_filler] = np.abs(layer[mask][:, None] - book).argmin(axis=1)
    return indices, gaps.astype(np.uint8)


def make() -> None:
    """Train, prune, share, and write the rows."""
    found: dict[str, np.ndarray] = {}
    with bar(len(RECIPES), "networks") as shown:
        for seed, density in RECIPES:
            layer = np.asarray(pipeline.weights_of(lesson_03.pruned_network(seed, density), ["ip1"])["ip1"])
            indices, gaps = rows_of(layer)
            found |= {f"seed {seed}, indices": indices, f"seed {seed}, gaps": gaps}
            shown.update()
    path = datasets.data_dir() / PATH
    path.parent.mkdir(exist_ok=True)
    archive.save(path, found)


if __name__ == "__main__":
    make()
