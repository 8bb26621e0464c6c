"""`python -m dc_lab.course.measure_04`: the curves of lesson 04 into data/figures/lesson_04.json, in some four minutes.

Errors are percent of the 5,000 held-out images. `share_layers`, `start_error` and `trained` measure one point again.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from tqdm import tqdm

from dc_lab import datasets, files, models, pipeline, sharing, training
from dc_lab.course import ledger

Arrays = Mapping[str, np.ndarray]

START_BITS = range(2, 9)
BITS = range(1, 7)
STEPS = (0, 1, 300)
"""Lloyd steps after the start; 300 is to the end."""
SEEDS = (0, 1, 2)
"""Draws of the random start."""
LEARNING_RATE = 1e-3


def path() -> Path:
    """Where the measurements are stored."""
    return datasets.data_dir() / "figures" / "lesson_04.json"


def stored() -> dict[str, Any]:
    """The measurements, as `main` wrote them."""
    result: dict[str, Any] = json.loads(path().read_text(encoding="utf-8"))
    return result


def network(net: str, pruned: bool) -> dict[str, np.ndarray]:
    """A shipped network: as it was trained, or pruned and retrained."""
    return dict(ledger.pruned(net) if pruned else ledger.trained(net))


def model_of(net: str, arrays: Arrays) -> nn.Module:
    """The network with these weights."""
    model = models.build(net)
    pipeline.load_arrays(model, arrays)
    return model


def held_out_error(net: str, arrays: Arrays) -> float:
    """Percent of the held-out images that the network with these weights gets wrong."""
    return training.error_percent(model_of(net, arrays), datasets.mnist("held_out"))


def _kept(array: np.ndarray) -> np.ndarray:
    return array[array != 0]


def snap(array: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """Each weight that is not 0 replaced by its nearest centroid; zeros stay."""
    book = np.unique(codebook.astype(array.dtype))
    shared = np.zeros_like(array)
    shared[array != 0] = book[sharing.encode(_kept(array), book)]
    return shared


def share_layers(
    arrays: Arrays, bits: int, start: str = "linear", seed: int = 0, steps: int = 300
) -> dict[str, np.ndarray]:
    """The same with a codebook of 2**bits for each weight matrix, after `steps` Lloyd steps; biases stay."""
    shared = dict(arrays)
    for name, array in arrays.items():
        if array.ndim > 1:
            book = sharing.initial_centroids(_kept(array), 2**bits, start, seed)
            if steps:
                book = sharing.kmeans(_kept(array), 2**bits, start, seed, max_iterations=steps).codebook
            shared[name] = snap(array, book)
    return shared


def share_together(arrays: Arrays, bits: int) -> dict[str, np.ndarray]:
    """The same with one codebook of 2**bits for all weight matrices together."""
    kept = np.concatenate([_kept(array) for array in arrays.values() if array.ndim > 1])
    book = sharing.kmeans(kept, 2**bits).codebook
    return {name: snap(array, book) if array.ndim > 1 else array for name, array in arrays.items()}


def start_error(arrays: Arrays, bits: int, start: str, steps: int) -> float:
    """Error of LeNet-300-100 with codebooks from this start; of the random start, the mean of three draws."""
    seeds = SEEDS if start == "random" else SEEDS[:1]
    errors = [held_out_error("lenet-300-100", share_layers(arrays, bits, start, seed, steps)) for seed in seeds]
    return float(np.mean(errors))


def trained(arrays: Arrays, epochs: int = 1, label: str | None = None) -> nn.Module:
    """LeNet-300-100 with these shared weights, its codebooks (and biases) trained for some epochs."""
    model = model_of("lenet-300-100", arrays)
    layers = pipeline.layer_names(model)
    sharing.train_codebooks(model, layers)
    training.fit(model, datasets.mnist("train"), epochs=epochs, lr=LEARNING_RATE, seed=1, label=label)
    sharing.fix_codebooks(model)
    return model


def main() -> int:
    """Measure everything and write it down."""
    kinds = {"dense": False, "pruned": True}
    lenet300 = {kind: network("lenet-300-100", pruned) for kind, pruned in kinds.items()}
    lenet5 = {kind: network("lenet-5", pruned) for kind, pruned in kinds.items()}
    result: dict[str, Any] = {"note": "percent of the 5,000 held-out images wrong"}
    total = 3 * (len(STEPS) + 1) * len(START_BITS) + 4 * (1 + len(BITS)) + 2 * len(BITS)
    with tqdm(total=total, unit="point") as bar:

        def measured(error: float) -> float:
            bar.update()
            return round(error, 3)

        result["start_bits"], result["bits"] = list(START_BITS), list(BITS)
        result["starts"] = {
            f"{kind}, {steps} steps": {
                start: [measured(start_error(lenet300[kind], bits, start, steps)) for bits in START_BITS]
                for start in sharing.STARTS
            }
            for kind, some in (("dense", STEPS), ("pruned", STEPS[-1:]))
            for steps in some
        }
        result["plain"], result["codebooks"] = {}, {}
        for net, both in (("lenet-300-100", lenet300), ("lenet-5", lenet5)):
            for kind, arrays in both.items():
                result["plain"][f"{net}, {kind}"] = measured(held_out_error(net, arrays))
                points = [(share_layers(arrays, bits), share_together(arrays, bits)) for bits in BITS]
                errors = [(held_out_error(net, each), measured(held_out_error(net, one))) for each, one in points]
                each, one = zip(*errors, strict=True)
                result["codebooks"][f"{net}, {kind}"] = {"one each": [round(e, 3) for e in each], "one for all": one}
        result["trained"] = {
            kind: [
                measured(training.error_percent(trained(share_layers(arrays, bits)), datasets.mnist("held_out")))
                for bits in BITS
            ]
            for kind, arrays in lenet300.items()
        }
    path().parent.mkdir(exist_ok=True)
    files.write(path(), (json.dumps(result, indent=1) + "\n").encode())
    print(f"{path().name}: {path().stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
