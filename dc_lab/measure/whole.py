"""LeNet-300-100 and LeNet-5 timed whole: dense, with single weights removed, and with whole neurons removed.

python -m dc_lab.measure.whole [FILE]     measure and print; with FILE also write it as JSON: a minute

All have about the same error once they are trained on (`curves.lesson_09`). How long a network takes depends on how
many weights are left and where, not on their values, so that it is timed as it was pruned.

Of a layer whose single weights were removed, each form that computes it is timed by itself: dense with its zeros, and
compressed rows in torch's two routines. The network is then put together from the fastest forms and timed anew, in turn
with the others. A convolution in compressed rows first rearranges the picture (`unfold`), and that is timed with it.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab import pruning, sparse
from dc_lab.measure import cost, forms, speed
from dc_lab.measure.curves import lesson_09, networks
from dc_lab.networks import datasets, training
from dc_lab.support import files
from dc_lab.support.tables import text_table

BATCHES = (1, 64)
REPEATS = 5
"""How often everything is timed from the beginning, the choice of forms included."""
RUNS = {1: 101, 64: 21}

Layer = Callable[[torch.Tensor], torch.Tensor]


def linear_forms(weight: np.ndarray, bias: np.ndarray) -> dict[str, Layer]:
    """The forms of a linear layer: (batch, inputs) to (batch, outputs)."""
    tensor, added = torch.from_numpy(weight), torch.from_numpy(bias)
    csr = sparse.to_csr(weight)
    by_rows, by_bags = forms.csr_torch(csr), forms.csr_bags(csr)

    def rows(x: torch.Tensor) -> torch.Tensor:
        y = by_rows.product(x[0])[None] if len(x) == 1 else by_rows.product(x.T.contiguous()).T
        return y + added

    return {
        "dense": lambda x: F.linear(x, tensor, added),
        "CSR, torch": rows,
        "CSR, embedding_bag": lambda x: by_bags.product(x.T.contiguous()).T + added,
    }


def conv_forms(weight: np.ndarray, bias: np.ndarray) -> dict[str, Layer]:
    """The forms of a convolution without padding, in steps of 1: (batch, channels, height, width)."""
    tensor, added = torch.from_numpy(weight), torch.from_numpy(bias)
    csr, kernel = sparse.to_csr(weight.reshape(len(weight), -1)), weight.shape[2:]
    by_rows, by_bags = forms.csr_torch(csr), forms.csr_bags(csr)

    def through(product: Callable[[Any], Any], x: torch.Tensor) -> torch.Tensor:
        size = [length - side + 1 for length, side in zip(x.shape[2:], kernel, strict=True)]
        columns = F.unfold(x, kernel).transpose(0, 1).reshape(weight[0].size, -1)
        y = product(columns.contiguous()).reshape(len(weight), len(x), *size)
        return y.transpose(0, 1) + added[:, None, None]

    return {
        "dense": lambda x: F.conv2d(x, tensor, added),
        "CSR, torch": lambda x: through(by_rows.product, x),
        "CSR, embedding_bag": lambda x: through(by_bags.product, x),
    }


def layer_forms(arrays: dict[str, np.ndarray], name: str) -> dict[str, Layer]:
    """The forms of a layer of a network."""
    weight, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
    return (linear_forms if weight.ndim == 2 else conv_forms)(weight, bias)


def between(net: str, number: int, y: torch.Tensor) -> torch.Tensor:
    """What the network does with the outputs of layer `number`, counted from 0, before the next one reads them."""
    if number == len(lesson_09.CHAINS[net]) - 1:
        return y
    if y.ndim == 4:
        y = F.max_pool2d(y, 2)
        return y.flatten(1) if number == 1 else y
    return F.relu(y)


def forward(net: str, layers: list[Layer], images: torch.Tensor) -> torch.Tensor:
    """Logits (n, 10) of images (n, 1, 28, 28)."""
    x = images if net == networks.LENET5 else images.flatten(1)
    for number, layer in enumerate(layers):
        x = between(net, number, layer(x))
    return x


def arrays_of(net: str, way: str) -> dict[str, np.ndarray]:
    """The network as it was pruned, float32."""
    model = lesson_09.pruned(net, way, lesson_09.CHOSEN[net, way])
    pruning.release_masks(model)
    return {name: tensor.numpy() for name, tensor in model.state_dict().items()}


def fastest(net: str, arrays: dict[str, np.ndarray], images: torch.Tensor, runs: int) -> dict[str, str]:
    """For each layer the name of its fastest form, for these images."""
    x = images if net == networks.LENET5 else images.flatten(1)
    found = {}
    for number, name in enumerate(lesson_09.CHAINS[net]):
        choices = layer_forms(arrays, name)
        times = cost.time_in_turn({form: _call(layer, x) for form, layer in choices.items()}, runs)
        found[name] = min(times, key=lambda form: float(np.median(times[form])))
        x = between(net, number, choices["dense"](x))
    return found


def _call(layer: Layer, x: torch.Tensor) -> Callable[[], torch.Tensor]:
    return lambda: layer(x)


def measure() -> dict[str, Any]:
    """For each network and batch: milliseconds of each of REPEATS repetitions by way, and the forms that were chosen.

    A number is the median of RUNS; the ways take turns, so that whatever disturbs the machine disturbs all of them.
    """
    pixels = training.to_tensor(datasets.mnist("held_out").pixels[: max(BATCHES)])
    found: dict[str, Any] = {}
    with training.threads(1), torch.inference_mode():
        for net, chain in lesson_09.CHAINS.items():
            dense, cut, left = networks.arrays(net), arrays_of(net, "neurons"), arrays_of(net, "weights")
            for batch in BATCHES:
                row: dict[str, Any] = {"forms": [], "ms": {}}
                for _ in range(REPEATS):
                    chosen = fastest(net, left, pixels[:batch], max(5, RUNS[batch] // 3))
                    ways = {
                        "dense": [layer_forms(dense, name)["dense"] for name in chain],
                        "weights removed, zeros stored": [layer_forms(left, name)["dense"] for name in chain],
                        "weights removed": [layer_forms(left, name)[chosen[name]] for name in chain],
                        "neurons removed": [layer_forms(cut, name)["dense"] for name in chain],
                    }
                    works = {way: _whole(net, layers, pixels[:batch]) for way, layers in ways.items()}
                    times = cost.time_in_turn(works, RUNS[batch])
                    row["forms"].append(chosen)
                    for way, taken in times.items():
                        row["ms"].setdefault(way, []).append(float(f"{1e3 * np.median(taken):.4g}"))
                found[f"{net}, batch {batch}"] = row
    return found


def _whole(net: str, layers: list[Layer], images: torch.Tensor) -> Callable[[], torch.Tensor]:
    return lambda: forward(net, layers, images)


WAYS = ("dense", "weights removed, zeros stored", "weights removed", "neurons removed")


def path() -> Path:
    """Where the numbers that lesson 09 shows are kept."""
    return datasets.data_dir() / "figures" / "lesson_09_networks.json"


def stored() -> dict[str, Any]:
    """ "machine", and "times": what `measure` returned there."""
    found: dict[str, Any] = json.loads(path().read_text(encoding="utf-8"))
    return found


def times_faster(row: dict[str, Any]) -> dict[str, list[float]]:
    """How many times faster than dense each way is, a number for each repetition."""
    dense = row["ms"]["dense"]
    return {way: [base / ms for base, ms in zip(dense, row["ms"][way], strict=True)] for way in WAYS[1:]}


def table(times: dict[str, Any]) -> str:
    """Milliseconds, and times faster than dense, as text: the median of the repetitions."""
    rows = []
    for name, row in times.items():
        faster = times_faster(row)
        for way in WAYS:
            ratio = f"{np.median(faster[way]):.1f}" if way in faster else ""
            rows.append([name, way, f"{np.median(row['ms'][way]):.3g}", ratio])
    return text_table(["network", "form", "ms", "x faster"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m dc_lab.measure.whole", description="Time whole small networks.")
    parser.add_argument("file", nargs="?", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    found = {"machine": cost.machine_text(1), "times": speed.apart(measure, 1)}
    print(f"{found['machine']}\n{table(found['times'])}")
    if options.file is not None:
        files.write(options.file, (json.dumps(found, indent=1) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
