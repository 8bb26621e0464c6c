"""How far k-means stays above the least inertia on weights that others published, heavy tails included.

    python -m dc_lab.measure.starts FOLDER [-o STARTS.md]

`dc_lab.measure.public` says how to fetch the files. Of each file two layers are measured: the one with the most
weights, and the one whose weights have the heaviest tails, by their excess kurtosis (0 for a normal distribution). At
most `MOST` weights of a layer, evenly spaced, stand for all of them.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dc_lab.checkpoints import weights
from dc_lab.checkpoints.weights import WeightsError
from dc_lab.measure.curves.lesson_04_starts import WAYS, above
from dc_lab.measure.public import candidates
from dc_lab.support import files
from dc_lab.support.dtypes import is_float
from dc_lab.support.progress import bar
from dc_lab.support.tables import text_table

FEWEST, MOST = 10_000, 500_000
"""Smaller layers are left out; of larger ones so many weights are taken."""

BITS = (2, 4, 8)


class Layer(NamedTuple):
    """The weights of one tensor that are not 0, float32 (n,), and the excess kurtosis of these."""

    file: str
    name: str
    values: np.ndarray
    kurtosis: float


def kurtosis(values: np.ndarray) -> float:
    """The fourth moment around the mean over the square of the second, less 3."""
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    variance = float(np.mean(centred**2))
    return float(np.mean(centred**4)) / variance**2 - 3


def layers(folder: Path) -> Iterator[Layer]:
    """Of each readable file below a folder the largest layer, and the one of the heaviest tails if it is another."""
    for path in candidates(folder):
        try:
            with weights.open_weights(path) as opened:
                found = [
                    Layer(path.relative_to(folder).as_posix(), name, values, kurtosis(values))
                    for name, shape in opened.shapes.items()
                    if len(shape) >= 2 and (values := _some(opened[name])) is not None
                ]
                sizes = {name: int(np.prod(shape)) for name, shape in opened.shapes.items()}
        except WeightsError:
            continue
        if found:
            largest = max(found, key=lambda layer: sizes[layer.name])
            heaviest = max(found, key=lambda layer: layer.kurtosis)
            yield from {layer.name: layer for layer in (largest, heaviest)}.values()


def _some(array: np.ndarray) -> np.ndarray | None:
    """Evenly spaced weights that are not 0; None where there are too few, or they are no real numbers."""
    if not is_float(array.dtype) or array.size < FEWEST:
        return None
    values = array.ravel()[:: -(-array.size // MOST)].astype(np.float32)
    values = values[values != 0]
    return values if len(np.unique(values)) > 2 ** max(BITS) else None


def measure(folder: Path) -> list[tuple[Layer, Mapping[int, dict[str, Any]]]]:
    """`above` of every layer, by bits."""
    found = list(layers(folder))
    rows: list[tuple[Layer, Mapping[int, dict[str, Any]]]] = []
    with bar(len(found) * len(BITS), "layers at three widths") as shown:
        for layer in found:
            by_bits = {}
            for bits in BITS:
                by_bits[bits] = above(layer.values, bits)
                shown.update()
            rows.append((layer, by_bits))
    return rows


def text(rows: Sequence[tuple[Layer, Mapping[int, dict[str, Any]]]]) -> str:
    """Inertia above the optimum's in percent, with the steps, for each layer and number of bits; then the medians."""
    header = ["file", "layer", "kurtosis", "bits", *WAYS]
    table: list[list[str]] = []
    factors: dict[tuple[int, str], list[float]] = {(bits, way): [] for bits in BITS for way in WAYS}
    for layer, by_bits in rows:
        for bits, found in by_bits.items():
            ways = [f"{found[way]['above']:.2f} ({found[way]['steps']:.0f})" for way in WAYS]
            table.append([Path(layer.file).name, layer.name, f"{layer.kurtosis:.1f}", str(bits), *ways])
            for way in WAYS:
                factors[bits, way].append(found[way]["above"])
    summary = [
        [str(bits), what, *(f"{by(factors[bits, way]):.2f}" for way in WAYS)]
        for bits in BITS
        for what, by in (("median", np.median), ("largest", np.max))
    ]
    return "\n".join(
        (
            f"Inertia above the least, in % (steps of Lloyd's algorithm); {len(rows)} layers",
            text_table(header, table),
            "",
            "Over these layers",
            text_table(["bits", "", *WAYS], summary),
            "",
        )
    )


def page(table: str) -> str:
    """The table with where it comes from, as Markdown."""
    how = "Written by `python -m dc_lab.measure.starts FOLDER -o STARTS.md`, whose docstring says what is measured."
    return f"# Where k-means starts, on weights that others published\n\n{how}\n\n```\n{table}```\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m dc_lab.measure.starts", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="holds the files, in any folders below")
    parser.add_argument("-o", "--output", type=Path, help="write the table here, too")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder")
    found = text(measure(options.folder))
    print(found, end="")
    if options.output is not None:
        files.write(options.output, page(found).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
