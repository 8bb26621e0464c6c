"""The fully-connected layers of AlexNet and VGG-16 timed in every form: lesson 09 and `bench --only layers`.

python -m dc_lab.measure.speed [FILE]     measure all and print; with FILE also write it as JSON: four minutes, 2 GB

Measured on one thread in a process of its own, so that NumPy has one thread as well. A stored file says on which
machine; another machine gives other times. Everything is timed twice: the first times choose among forms, the second
ones are reported. (The fastest of several, reported by the times that chose it, looks faster than it is.)
"""

import argparse
import json
import multiprocessing
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from dc_lab.measure import cost, forms
from dc_lab.measure.cost import Layer, Machine
from dc_lab.measure.forms import Form
from dc_lab.networks import datasets
from dc_lab.support import files
from dc_lab.support.tables import text_table

BATCHES = (1, 64)
SLOW = ("CSR, NumPy", "clusters, bincount")
"""Forms left out at batch 64, where they take a second for the largest layer."""
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
CHIP_BYTES = 8_000_000
"""On-chip memory that energy is estimated for: 8 MB."""
CHIP_PJ = (5.0, 50.0)
"""Picojoules to fetch 32 bits from the chip: out of 8 KB (the paper's figure), and out of 1 MB (Horowitz 2014). Out of
several MB it takes more rather than less."""


def path() -> Path:
    """Where the numbers that lesson 09 shows are kept."""
    return datasets.data_dir() / "figures" / "lesson_09.json"


def stored() -> dict[str, Any]:
    """What `measure` returned on the machine that is named in it."""
    return json.loads(path().read_text(encoding="utf-8"))


# --- measuring ---


def measure(layers: Sequence[Layer] | None = None, threads: int = 1, runs: int = 9) -> dict[str, Any]:
    """Times of every form of every layer, beside what the roofline predicts.

    Returns
    -------
    "machine", "threads", "runs"; "bandwidth" bytes a second by size, "operations" and "int8_operations" a second,
    "lookup_seconds" by batch; and "rows", one a layer, batch, state of the caches and form: see `_rows`.

    Raises
    ------
    RuntimeError : a form that is off by more than rounding explains.
    """
    machine = cost.measure_machine(batches=BATCHES, threads=threads)
    rows: list[dict[str, Any]] = []
    for layer in cost.paper_layers() if layers is None else layers:
        weights = cost.draw_layer(layer)
        every = forms.forms(weights)
        rng = np.random.default_rng(1)
        for batch in BATCHES:
            x = rng.standard_normal((layer.inputs, batch), dtype=np.float32)
            some = [form for form in every if batch == 1 or form.name not in SLOW]
            off = _checked(weights, some, x)
            for cold in (False, True):
                few = runs if batch == 1 else max(3, runs // 3)
                first, times = (cost.time_forms(some, x, few, cold, threads) for _ in range(2))
                rows += _rows(layer, some, batch, cold, first, times, off, machine)
    return {
        "machine": cost.machine_text(threads),
        "threads": threads,
        "runs": runs,
        "bandwidth": {str(size): float(f"{speed:.4g}") for size, speed in machine.bandwidth.items()},
        "operations": float(f"{machine.operations:.4g}"),
        "int8_operations": float(f"{machine.int8_operations:.4g}"),
        "lookup_seconds": {str(batch): float(f"{taken:.4g}") for batch, taken in machine.lookup_seconds.items()},
        "rows": rows,
    }


def _checked(weights: np.ndarray, some: Sequence[Form], x: np.ndarray) -> dict[str, float]:
    """Largest difference of each form from the first, as a share of the largest sum of |w x|."""
    bound = forms.rounding_bound(weights, x)
    largest = float((np.abs(weights) @ np.abs(x)).max())
    expected = some[0](x)
    off = {}
    for form in some:
        difference = np.abs(form(x) - expected)
        if form.exact and (difference > 2 * bound).any():
            raise RuntimeError(f"{form.name} is off by {difference.max():.3g}, more than rounding explains")
        off[form.name] = float(difference.max()) / largest
    return off


def _rows(
    layer: Layer,
    some: Sequence[Form],
    batch: int,
    cold: bool,
    first: dict[str, np.ndarray],
    times: dict[str, np.ndarray],
    off: dict[str, float],
    machine: Machine,
) -> list[dict[str, Any]]:
    """One a form: measured_ms (median), times_faster than the better dense form, roofline_ms, predicted_ms and more.

    Which dense form is the better one is decided by the `first` times; "first_faster" is the ratio by those.
    """
    dense = _better_dense(some, first)
    rows = []
    for form in some:
        prediction = cost.predicted(form, layer.inputs, layer.outputs, batch, machine, cold)
        rows.append(
            {
                "layer": layer.label,
                "batch": batch,
                "cold": cold,
                "form": form.name,
                "pruned": form.pruned,
                "bytes": form.nbytes,
                "measured_ms": round(1e3 * float(np.median(times[form.name])), 4),
                "times_faster": round(cost.ratio(times, dense, form.name), 3),
                "first_faster": round(cost.ratio(first, dense, form.name), 3),
                "roofline_ms": round(1e3 * prediction.roofline, 4),
                "predicted_ms": round(1e3 * prediction.seconds, 4),
                "bound": prediction.bound,
                "off": float(f"{off[form.name]:.1e}"),
            }
        )
    return rows


def _better_dense(some: Sequence[Form], times: dict[str, np.ndarray]) -> str:
    """Which of the dense float32 forms took less time."""
    return min((form.name for form in some if not form.pruned and form.exact), key=lambda name: np.median(times[name]))


def apart(work: Callable[..., Any], threads: int, *arguments: Any) -> Any:
    """`work` in a new process in which NumPy, too, has this many threads."""
    environment = mock.patch.dict(os.environ, dict.fromkeys(THREAD_VARIABLES, str(threads)))
    with environment, multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def measure_apart(threads: int = 1, runs: int = 9) -> dict[str, Any]:
    """`measure` of the six layers in a process of its own."""
    return apart(measure, threads, None, threads, runs)


SWEPT = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Densities at which a layer of 2048 x 2048 is timed, batch 1."""
SMALL = {"ip1, 300 x 784": (300, 784, 0.08), "ip2, 100 x 300": (100, 300, 0.09), "ip3, 10 x 100": (10, 100, 0.26)}
"""LeNet-300-100's layers at the paper's densities, batch 1."""
CONVOLUTIONS = {
    "AlexNet conv3, 13 x 13 places": (384, 2304, 0.35, 169),
    "VGG-16 conv3_3, 56 x 56 places": (256, 2304, 0.42, 3136),
    "VGG-16 conv4_2, 28 x 28 places": (512, 4608, 0.27, 784),
}
"""Convolutions as matrix products, one column for each place in the picture: outputs, inputs, density, columns."""


def measure_where_slower(runs: int = 21) -> dict[str, dict[str, float]]:
    """How many times faster the best pruned form is than the better dense one, where that is below 1 or close to it.

    "density": by density, as text; "small": layers of LeNet-300-100; "convolution": layers of AlexNet and VGG-16, for
    one picture, the rearranging of the picture into columns not counted.
    """
    swept = {str(density): (2048, 2048, density, 1) for density in SWEPT}
    small = {name: (*shape, 1) for name, shape in SMALL.items()}
    parts = {"density": swept, "small": small, "convolution": CONVOLUTIONS}
    return {part: {name: _best_ratio(*case, runs) for name, case in cases.items()} for part, cases in parts.items()}


def _best_ratio(outputs: int, inputs: int, density: float, columns: int, runs: int) -> float:
    """Best pruned form against the better dense form, one thread."""
    some = forms.forms(
        cost.draw_weights(outputs, inputs, density, 5), ["dense, ", "CSR, scipy", "CSR, torch", "CSR in", "CSR, emb"]
    )
    x = np.random.default_rng(1).standard_normal((inputs, columns), dtype=np.float32)
    first, times = (cost.time_forms(some, x, runs if columns == 1 else max(1, runs // 3)) for _ in range(2))
    dense = _better_dense(some, first)
    pruned = max((form.name for form in some if form.pruned), key=lambda name: cost.ratio(first, dense, name))
    return round(cost.ratio(times, dense, pruned), 3)


# --- reading what was measured ---


def pick(measured: dict[str, Any], batch: int, cold: bool = False) -> list[dict[str, Any]]:
    """The rows of a batch, in a state of the caches."""
    return [row for row in measured["rows"] if row["batch"] == batch and row["cold"] == cold]


def best(
    rows: Sequence[dict[str, Any]], pruned: bool = True, chosen_by: Sequence[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """For each layer the fastest of the pruned forms, or of the forms in 8 bits.

    Chosen by other times than those in the rows: by the first ones, or by those of other rows, such as from the cache.
    """
    layers = dict.fromkeys(row["layer"] for row in rows)
    wanted = [row for row in rows if (row["pruned"] if pruned else "int8" in row["form"])]
    by_layer = [[row for row in wanted if row["layer"] == layer] for layer in layers]
    if chosen_by is None:  # a file of an earlier version has one set of times
        return [max(some, key=lambda row: row.get("first_faster", row["times_faster"])) for some in by_layer]
    other = {(row["layer"], row["form"]): row["times_faster"] for row in chosen_by}
    return [max(some, key=lambda row: other[row["layer"], row["form"]]) for some in by_layer]


def mean_speedup(rows: Sequence[dict[str, Any]]) -> float:
    """Geometric mean of "times_faster"."""
    return cost.geometric_mean([row["times_faster"] for row in rows])


def tables(measured: dict[str, Any]) -> str:
    """Everything measured as text: a table a batch and state of the caches, and the geometric means."""
    parts = [f"{measured['machine']}\nmedians of {measured['runs']} runs in turn; ratios are within a run"]
    reach = ", ".join(f"{float(v) / 1e9:.0f} GB/s at {int(k) / 1e6:.2g} MB" for k, v in measured["bandwidth"].items())
    lookups = ", ".join(f"{1e9 * s:.2f} ns at batch {batch}" for batch, s in measured["lookup_seconds"].items())
    floats, bytes8 = (measured[key] / 1e9 for key in ("operations", "int8_operations"))
    parts.append(
        f"measured limits: reading {reach}; {floats:.0f} billion float32 and {bytes8:.0f} billion 8-bit operations "
        f"a second; a lookup {lookups}"
    )
    for batch, cold in ((1, False), (1, True), (64, False), (64, True)):
        rows = pick(measured, batch, cold)
        parts.append(
            f"batch {batch}, {'weights from memory' if cold else 'the same layer again and again'}\n{_table(rows)}"
        )
        pruned, int8 = mean_speedup(best(rows)), mean_speedup(best(rows, pruned=False))
        parts.append(
            f"geometric mean over {len(best(rows))} layers against the better dense form, batch {batch}"
            f"{', from memory' if cold else ''}: best pruned form {pruned:.2f}x, 8 bits {int8:.2f}x; "
            f"the paper's CPU {cost.geometric_mean(cost.paper_speedups('core_i7_5930k', batch)):.2f}x"
        )
    return "\n\n".join(parts)


def _table(rows: Sequence[dict[str, Any]]) -> str:
    header = ["layer", "form", "MB", "measured ms", "x faster", "roofline ms", "predicted ms", "bound by", "off"]
    lines = []
    for row in rows:
        times = [f"{row[key]:.3g}" for key in ("measured_ms", "times_faster", "roofline_ms", "predicted_ms")]
        lines.append(
            [row["layer"], row["form"], f"{row['bytes'] / 1e6:.1f}", *times, row["bound"], f"{row['off']:.0e}"]
        )
    return text_table(header, lines)


def energy_table() -> str:
    """Estimated energy of the layers in three forms, beside what the paper measured, as text."""
    layers = cost.paper_layers()
    paper_ratios = cost.paper_energy_ratios("core_i7_5930k")
    rows = []
    for layer, measured in zip(layers, paper_ratios, strict=True):
        dense, pruned = (cost.layer_energy_estimate(layer, form, False).total for form in ("dense", "CSR"))
        small = [cost.layer_energy_estimate(layer, "compressed", True, chip_pj=pj).total for pj in CHIP_PJ]
        cells = [f"{1e6 * joules:,.0f}" for joules in (dense, pruned, *small)]
        ratios = [f"{dense / pruned:.1f}", *(f"{dense / joules:,.0f}" for joules in small)]
        rows.append([layer.label, *cells, *ratios, f"{measured:.1f}"])
    header = ["layer", "dense uJ", "CSR uJ", *(f"compressed, {pj:.0f} pJ" for pj in CHIP_PJ)]
    header += ["CSR x less", *(f"compressed, {pj:.0f} pJ, x less" for pj in CHIP_PJ), "paper measured, CPU"]
    return (
        f"estimated energy at batch 1, 45 nm table, {CHIP_BYTES / 1e6:.0f} MB on chip (only the compressed fits);\n"
        "32 bits from the chip at 5 pJ, which is the figure of a memory of 8 KB, and at 50 pJ, that of 1 MB\n"
        f"{text_table(header, rows)}"
    )


def network_bytes(net: str, form: str) -> float:
    """Bytes of a network's fully-connected layers in one of `cost.FORMS`."""
    return sum(cost.weight_bytes(layer, form) for layer in cost.paper_layers() if layer.net == net)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m dc_lab.measure.speed", description="Time the paper's layers in every form."
    )
    parser.add_argument("file", nargs="?", type=Path, help="JSON file to write")
    parser.add_argument("--threads", type=int, default=1, help="threads of NumPy and torch (default 1)")
    options = parser.parse_args(arguments)
    measured = measure_apart(options.threads)
    measured["where_slower"] = apart(measure_where_slower, 1)
    print(tables(measured))
    for part, ratios in measured["where_slower"].items():
        print(f"\nbest pruned form against dense, {part}: ", end="")
        print(", ".join(f"{name}: {value:.2f}x" for name, value in ratios.items()))
    print()
    print(energy_table())
    if options.file is not None:
        files.write(options.file, (json.dumps(measured, indent=1) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
