"""What sharing costs a network: every start alone and after k-means, evenly spaced values beside it, five networks.

Errors are percent of the 5,000 held-out images wrong. The networks are trained for six epochs on 15,000 images,
one a seed. Evenly spaced values are the linear start alone. (Pruned networks are those of `lesson_04_starts`.)
"""

import functools
from typing import Any

import numpy as np

from dc_lab import pipeline, sharing
from dc_lab.measure.curves import lesson_02, lesson_04, networks
from dc_lab.measure.curves.networks import LENET300
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import training

BITS = (1, 2, 3, 4, 5)
SEEDS = (0, 1, 2, 3, 4)
ALONE = ("linear", "density", "random", "cube root")
"""Starts that are measured as they are, without a step of k-means."""
TRAINED = {"evenly spaced": ("linear", 0), "k-means": ("cube root", sharing.MOST_STEPS)}
"""Name -> start and most steps of the codebooks that are trained afterwards."""


@functools.cache
def network(seed: int) -> dict[str, np.ndarray]:
    """The weights of a network of this seed."""
    return dict(pipeline.state_arrays(lesson_02._dense(seed)))


def _error(arrays: dict[str, np.ndarray]) -> float:
    return round(lesson_04.held_out_error(LENET300, arrays), 3)


def plain(seed: int) -> float:
    """Error of the network as it is."""
    return _error(network(seed))


def shared(bits: int, seed: int) -> dict[str, Any]:
    """Errors with a codebook of 2**bits for each layer.

    "alone": by start, without a step of k-means. "settled": by start, k-means run to its end. "trained": by the names
    of TRAINED, after one epoch of training the codebooks on 15,000 images.
    """
    arrays = network(seed)

    def book(start: str, steps: int) -> dict[str, np.ndarray]:
        return lesson_04.share_layers(arrays, bits, start, seed, steps)

    return {
        "alone": {start: _error(book(start, 0)) for start in ALONE},
        "settled": {start: _error(book(start, sharing.MOST_STEPS)) for start in sharing.ALL_STARTS},
        "trained": {name: _trained(book(*way), seed) for name, way in TRAINED.items()},
    }


def _trained(arrays: dict[str, np.ndarray], seed: int) -> float:
    model = networks.model_of(LENET300, arrays)
    sharing.train_codebooks(model, pipeline.layer_names(model))
    training.fit(model, lesson_02.some_images(), training.Schedule(1, lesson_04.LEARNING_RATE, seed=seed))
    sharing.fix_codebooks(model)
    return round(networks.held_out_error(model), 3)


CURVES = CurveFile(
    "lesson_04_rivals",
    "error against bits, five networks: starts alone and after k-means, evenly spaced values, trained",
    (
        *(Point(plain, {"seed": seed}, 5) for seed in SEEDS),
        *(Point(shared, {"bits": bits, "seed": seed}, 8) for seed in SEEDS for bits in BITS),
    ),
    {"images": lesson_02.SOME, "learning rate": lesson_04.LEARNING_RATE},
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last: "plain" (runs), and by the names of `shared` and of its starts bits x
    runs.
        A run is one of SEEDS.

        Raises
        ------
        DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    rows = [[found(shared, bits=bits, seed=seed) for seed in SEEDS] for bits in BITS]
    names = {"alone": ALONE, "settled": sharing.ALL_STARTS, "trained": tuple(TRAINED)}
    curves = {
        what: {name: [[run[what][name] for run in row] for row in rows] for name in of} for what, of in names.items()
    }
    return {"plain": [found(plain, seed=seed) for seed in SEEDS], **curves}
