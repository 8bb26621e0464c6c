"""What a layer costs: time measured and predicted, energy estimated and, where the system lets one, measured.

Names say which is which. `..._measured` and `time_in_turn` come from a clock or a counter; `predicted` and
`..._estimate` are reckoned from counts. They are never added to each other.

The layers are the fully-connected ones of AlexNet and VGG-16 at the paper's densities (tables 4 and 5), as in its
section 6.2 and 6.3. Their weights are drawn: how long a product takes depends on how many weights there are and where
they stand, not on what they have learned.
"""

import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from dc_lab import sparse
from dc_lab.measure.forms import Form, csr_bags, csr_torch, dense_int8
from dc_lab.networks import models, paper, training

# --- the layers ---


class Layer(NamedTuple):
    """A fully-connected layer of the paper: outputs x inputs, share of weights kept, bits of a shared weight."""

    net: str
    name: str
    outputs: int
    inputs: int
    density: float
    bits: int

    @property
    def label(self) -> str:
        """Such as "AlexNet fc6"."""
        return f"{ {'alexnet': 'AlexNet', 'vgg-16': 'VGG-16'}[self.net] } {self.name}"

    @property
    def weights(self) -> int:
        """Number of weights before pruning."""
        return self.outputs * self.inputs


def paper_layers() -> list[Layer]:
    """The six layers of the paper's tables 8 and 9, in their order."""
    layers = []
    for net in models.IMAGENET_NETS:
        rows, shapes = paper.layers(net), models.shapes(net)
        for name in ("fc6", "fc7", "fc8"):
            outputs, inputs = shapes[f"{name}.weight"]
            row = rows[name]
            layers.append(Layer(net, name, outputs, inputs, row["kept_pct"] / 100, row["weight_bits_pq"]))
    return layers


def draw_weights(outputs: int, inputs: int, density: float, bits: int, seed: int = 0) -> np.ndarray:
    """A pruned and shared layer, drawn: float32 (outputs, inputs) with at most 2**bits distinct non-zero values.

    Each weight is kept independently with probability `density`. The values are normally distributed, moved away from
    0 as pruning leaves them, and rounded to 2**bits evenly spaced centroids.

    Raises
    ------
    ValueError : density not above 0 and at most 1, or bits not from 1 to 8.
    """
    if not 0 < density <= 1:
        raise ValueError(f"density must be above 0 and at most 1, got {density}")
    if not 1 <= bits <= 8:
        raise ValueError(f"bits must be from 1 to 8, got {bits}")
    rng = np.random.default_rng(seed)
    weights = np.zeros((outputs, inputs), np.float32)
    centroids: np.ndarray = np.linspace(-0.05, 0.05, 2**bits, dtype=np.float32)  # of an even number none is 0
    step = centroids[1] - centroids[0]
    for first in range(0, outputs, 256):  # piece by piece: the largest layer has 103 million weights
        part = weights[first : first + 256]
        kept = rng.random(part.shape, dtype=np.float32) < density
        values = rng.standard_normal(int(kept.sum()), dtype=np.float32)
        marks = np.rint((0.01 * (values + 0.7 * np.sign(values)) - centroids[0]) / step)
        part[kept] = centroids[np.clip(marks, 0, 2**bits - 1).astype(np.intp)]
    if not weights.any():
        weights[0, 0] = centroids[-1]  # of a layer this small nothing was kept
    return weights


def draw_layer(layer: Layer, seed: int = 0) -> np.ndarray:
    """`draw_weights` for one of the paper's layers."""
    return draw_weights(layer.outputs, layer.inputs, layer.density, layer.bits, seed)


# --- time, measured ---

FLUSH_BYTES = 128 * 10**6
"""Read between two runs where weights shall come from memory: more than the caches of most processors hold."""


def time_in_turn(works: Mapping[str, Callable[[], Any]], runs: int = 9, cold: bool = False) -> dict[str, np.ndarray]:
    """Measured seconds (runs,) of each piece of work. In each round all have their turn, one after the other.

    What disturbs the machine for a while then disturbs all of them; compare within a round (`ratio`).

    Parameters
    ----------
    cold : False: each work is done once untimed right before, so that what fits into the cache is there.
        True: other memory is read right before, so that nothing is.

    Raises
    ------
    ValueError : fewer than one run.
    """
    if runs < 1:
        raise ValueError(f"runs must be 1 or more, got {runs}")
    other = torch.ones(FLUSH_BYTES // 4) if cold else None
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(runs):
        for name, work in works.items():
            if other is None:
                work()
            else:
                other.sum()
            began = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - began)
    return {name: np.array(taken) for name, taken in times.items()}


def ratio(times: Mapping[str, np.ndarray], base: str, name: str) -> float:
    """How many times faster `name` is than `base`: the median over the rounds of the ratio within a round."""
    return float(np.median(times[base] / times[name]))


def geometric_mean(values: Sequence[float]) -> float:
    """The mean that suits ratios: twice as fast and half as fast average to 1.

    Raises
    ------
    ValueError : no values, or one that is not above 0.
    """
    if not len(values) or min(values) <= 0:
        raise ValueError(f"a geometric mean is of one or more numbers above 0, got {list(values)}")
    return statistics.geometric_mean(values)


def time_forms(
    forms: Sequence[Form], x: np.ndarray, runs: int = 9, cold: bool = False, threads: int = 1
) -> dict[str, np.ndarray]:
    """Measured seconds (runs,) of each form multiplying x float32 (n, batch), in turn; by name.

    `threads` is for torch. NumPy's threads are set before it is imported (OPENBLAS_NUM_THREADS and the like).
    """
    works = {}
    for form in forms:
        works[form.name] = _bound(form.product, form.prepare(x))
    with training.threads(threads), torch.no_grad():
        return time_in_turn(works, runs, cold)


def _bound(product: Callable[[Any], Any], x: Any) -> Callable[[], Any]:
    return lambda: product(x)


# --- time, predicted: the roofline ---


@dataclass(frozen=True)
class Machine:
    """What this machine can do at most, measured.

    Attributes
    ----------
    bandwidth : bytes read a second, by how many bytes are read again and again; smaller ones come from a cache.
    operations, int8_operations : additions and multiplications a second in a large matrix product, float32 and 8 bits.
    lookup_seconds : seconds an entry of a small sparse matrix takes, all of it in the nearest caches, by batch.
    threads : torch threads all this was measured with.
    """

    bandwidth: dict[int, float]
    operations: float
    int8_operations: float
    lookup_seconds: dict[int, float]
    threads: int = 1

    def bandwidth_at(self, nbytes: float) -> float:
        """Bytes a second where `nbytes` are read again and again, between the measured sizes on a straight line."""
        sizes = sorted(self.bandwidth)
        return float(np.interp(np.log(max(nbytes, 1)), np.log(sizes), [self.bandwidth[size] for size in sizes]))


BANDWIDTH_SIZES = tuple(2**power for power in range(14, 29, 2))
"""16 KB to 268 MB."""


def measure_machine(
    sizes: Sequence[int] = BANDWIDTH_SIZES, side: int = 1024, batches: Sequence[int] = (1, 64), threads: int = 1
) -> Machine:
    """Measure bandwidth, operations and lookups here: a few seconds.

    Reading is the faster of a sum over float32 numbers and a product of a matrix with a vector. Operations are those of
    a product of two `side` x `side` matrices. Lookups
    are those of the faster of torch's two routines for sparse rows, with 256 x 1024 weights at density 0.1, 0.2 MB.
    """
    bandwidth = {}
    matrix = torch.ones(side, side)
    rng = np.random.default_rng(0)
    csr = sparse.to_csr(draw_weights(256, 1024, 0.1, 5))
    small = [csr_torch(csr), csr_bags(csr)]
    lookups = {}
    with training.threads(threads):
        for size in sizes:
            data, times = torch.ones(size // 4), max(1, 2**23 // size)
            rows = data.reshape(-1, min(4096, size // 4))
            reads = (data.sum, _bound(rows.mv, torch.ones(rows.shape[1])))
            bandwidth[size] = times * size / min(_fastest(read, times) for read in reads)
        operations = 2 * side**3 / _fastest(lambda: matrix @ matrix)
        int8_operations = 2 * side**3 / _fastest(_bound(dense_int8(matrix.numpy()).product, matrix))
        for batch in batches:
            x = rng.standard_normal((1024, batch), dtype=np.float32)
            taken = [_fastest(_bound(form.product, form.prepare(x)), 20) / 20 for form in small]
            lookups[batch] = min(taken) / batch / small[0].lookups
    return Machine(bandwidth, operations, int8_operations, lookups, threads)


def _fastest(work: Callable[[], Any], times: int = 1, runs: int = 7) -> float:
    """Least seconds that `times` runs took: a limit is what was reached at best."""
    work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        for _ in range(times):
            work()
        taken.append(time.perf_counter() - began)
    return min(taken)


class Prediction(NamedTuple):
    """Predicted seconds of a product, if only this were slow: moving bytes, computing, looking inputs up."""

    moving: float
    computing: float
    lookups: float

    @property
    def roofline(self) -> float:
        """The slower of moving and computing, which run side by side: the least time that is possible."""
        return max(self.moving, self.computing)

    @property
    def seconds(self) -> float:
        """The slowest of all three."""
        return max(self)

    @property
    def bound(self) -> str:
        """What takes longest: "bytes", "operations" or "lookups"."""
        return ("bytes", "operations", "lookups")[int(np.argmax(self))]


def bytes_moved(form: Form, inputs: int, outputs: int, batch: int) -> int:
    """Bytes that a product reads and writes if nothing is read twice: the weights, inputs and outputs in float32."""
    return form.nbytes + 4 * batch * (inputs + outputs)


def predicted(form: Form, inputs: int, outputs: int, batch: int, machine: Machine, cold: bool = False) -> Prediction:
    """Predicted time of y = W x, W (outputs, inputs), for a batch.

    Parameters
    ----------
    cold : True: all bytes come from memory, at the bandwidth of the largest size that was measured.

    Raises
    ------
    ValueError : lookups were not measured for this batch.
    """
    if form.lookups and batch not in machine.lookup_seconds:
        raise ValueError(f"lookups were measured for batches {sorted(machine.lookup_seconds)}, not for {batch}")
    moved = bytes_moved(form, inputs, outputs, batch)
    bandwidth = machine.bandwidth_at(max(machine.bandwidth) if cold else moved)
    lookups = batch * form.lookups * machine.lookup_seconds[batch] if form.lookups else 0.0
    peak = machine.operations if form.exact else machine.int8_operations
    return Prediction(moved / bandwidth, batch * form.operations / peak, lookups)


def machine_text(threads: int | None = None) -> str:
    """The machine in a line: processor, cores, last cache where the system says, versions, threads used."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(encoding="utf-8"), re.MULTILINE)
        processor = found[1].strip() if found else processor
    cache = ""
    caches = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"))
    if caches:
        cache = f", {caches[-1].read_text(encoding='utf-8').strip().removesuffix('K')} KiB last cache"
    used = "" if threads is None else f", {threads} thread{'s' * (threads > 1)} used"
    system = f"{platform.system()}, Python {platform.python_version()}, torch {torch.__version__}"
    return f"{processor}, {os.cpu_count()} cores{cache}, {system}, NumPy {np.__version__}{used}"


# --- energy, estimated ---

FLOAT_MULTIPLY_PJ = 3.7
"""A float32 multiplication at 45 nm (Horowitz, ISSCC 2014); the other figures are in the paper's section 1."""


class EnergyTable(NamedTuple):
    """Picojoules at 45 nm: a float32 addition and multiplication, 32 bits out of SRAM (on chip) and DRAM (off chip)."""

    add: float
    multiply: float
    sram: float
    dram: float


def energy_table() -> EnergyTable:
    """The table the paper argues with."""
    figures = paper.tables()["energy_45nm_pj"]
    return EnergyTable(figures["float32_add"], FLOAT_MULTIPLY_PJ, figures["sram_32bit"], figures["dram_32bit"])


class EnergyEstimate(NamedTuple):
    """Estimated joules of a product for one input: reading weights, reading and writing inputs and sums, arithmetic."""

    weights: float
    inputs: float
    arithmetic: float

    @property
    def total(self) -> float:
        """Joules in all."""
        return sum(self)


def energy_estimate(
    weight_bytes: float,
    additions: float,
    multiplications: float,
    lookups: float,
    on_chip: bool,
    batch: int = 1,
    table: EnergyTable | None = None,
) -> EnergyEstimate:
    """Estimated energy of a layer's product, an input of the batch: accesses and operations times the 45 nm table.

    Parameters
    ----------
    weight_bytes : what is read of the weights, positions and codebooks included; once a batch, 32 bits at a time.
    additions, multiplications, lookups : an input. Each lookup reads an input from SRAM.
    on_chip : whether the weights lie in SRAM; else each is read from DRAM.

    What the table does not hold is left out: instructions, decoding, idle circuits, the way across the chip. So this is
    a floor, and says which of two forms moves less, not what a socket's meter will show.

    Raises
    ------
    ValueError : a negative count, or a batch below 1.
    """
    counts = {
        "weight_bytes": weight_bytes,
        "additions": additions,
        "multiplications": multiplications,
        "lookups": lookups,
    }
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"{name} must not be negative, got {count}")
    if batch < 1:
        raise ValueError(f"batch must be 1 or more, got {batch}")
    table = table or energy_table()
    access = table.sram if on_chip else table.dram
    pj = EnergyEstimate(
        weight_bytes / 4 * access / batch,
        lookups * table.sram,
        additions * table.add + multiplications * table.multiply,
    )
    return EnergyEstimate(*(1e-12 * part for part in pj))


FORMS = ("dense", "CSR", "compressed")
"""Forms whose energy is estimated: float32; 8 bytes a kept weight and 4 a row; the paper's bytes, Huffman-coded."""


def weight_bytes(layer: Layer, form: str) -> float:
    """Bytes of a layer's weights in one of FORMS, reckoned from density and the paper's rate (tables 4 and 5).

    Raises
    ------
    ValueError : another form.
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    if form == "CSR":
        return 8 * layer.density * layer.weights + 4 * layer.outputs
    share = paper.layers(layer.net)[layer.name]["rate_pct_pqh"] / 100 if form == "compressed" else 1
    return 4 * layer.weights * share


def layer_energy_estimate(
    layer: Layer, form: str, on_chip: bool, batch: int = 1, chip_pj: float | None = None
) -> EnergyEstimate:
    """Estimated energy an input of a layer in one of FORMS, its weights on the chip or not.

    "compressed" sums the inputs of each cluster first and multiplies once a centroid; decoding is not counted.
    `chip_pj` is what 32 bits of weights take from the chip, if not the table's 5 pJ, which is the figure of a memory of
    8 KB. Inputs are looked up in a small memory, at the table's figure.

    Raises
    ------
    ValueError : another form, or a batch below 1.
    """
    nbytes = weight_bytes(layer, form)
    kept = layer.weights if form == "dense" else layer.density * layer.weights
    if form != "compressed":
        found = energy_estimate(nbytes, kept, kept, kept, on_chip, batch)
    else:
        centroids = layer.outputs * 2**layer.bits
        found = energy_estimate(nbytes, kept + centroids, centroids, kept, on_chip, batch)
    if not on_chip or chip_pj is None:
        return found
    return found._replace(weights=found.weights * chip_pj / energy_table().sram)


def paper_energy_ratios(device: str, batch: int = 1) -> list[float]:
    """How many times less energy the paper measured for the pruned layers: power x time of tables 8 and 9, six layers.

    Raises
    ------
    ValueError : a device or batch that the tables do not have.
    """
    time, power = (_printed(table, device, batch) for table in ("table8_time_us", "table9_power_w"))
    return (time * power).tolist()


def paper_speedups(device: str, batch: int = 1) -> list[float]:
    """How many times faster the paper measured the pruned layers to be (table 8), six layers.

    Raises
    ------
    ValueError : a device or batch that the table does not have.
    """
    return _printed("table8_time_us", device, batch).tolist()


def _printed(table: str, device: str, batch: int) -> np.ndarray:
    """Dense over pruned, six layers, in one of the paper's tables."""
    devices = [name for name in paper.tables()[table] if name != "columns"]
    if device not in devices or batch not in (1, 64):
        raise ValueError(f"the paper has {', '.join(devices)} at batch 1 and 64, got {device!r} at {batch}")
    rows = paper.tables()[table][device]
    return np.divide(rows[f"dense_b{batch}"], rows[f"sparse_b{batch}"])


# --- energy, measured ---

POWERCAP = Path("/sys/class/powercap")
"""Where Linux shows the processor's own energy counters (RAPL)."""


def energy_counters(folder: Path = POWERCAP) -> dict[str, tuple[int, int]]:
    """Zone -> (microjoules now, microjoules at which the counter begins at 0 again), for each processor package.

    Empty where there is no counter or one may not read it: other systems, virtual machines, containers, and Linux as it
    comes, where only root may (it is a side channel). A counter that is shown under several names is taken once.
    """
    found = {}
    try:
        zones = sorted(folder.iterdir())
    except OSError:
        return {}
    for zone in zones:
        if not re.fullmatch(r"intel-rapl:\d+", zone.name):  # parts of a package have two numbers; -mmio repeats it
            continue
        try:
            if not (zone / "name").read_text(encoding="utf-8").startswith("package"):
                continue
            now = int((zone / "energy_uj").read_text(encoding="utf-8"))
            most = int((zone / "max_energy_range_uj").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        found[zone.name] = (now, most)
    return found


def joules_between(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> float:
    """Measured joules between two readings, a counter that has begun at 0 again taken into account."""
    used = 0
    for zone, (now, most) in after.items():
        if zone in before:
            change = now - before[zone][0]
            used += change if change >= 0 else change + most
    return 1e-6 * used


def joules_measured(work: Callable[[], Any], seconds: float = 1.0, folder: Path = POWERCAP) -> float | None:
    """Measured joules of one run of `work`, by the processor's own counter; None where it cannot be read.

    The work is repeated for about `seconds`, since the counter moves in steps of a millisecond. It counts the whole
    processor, also what idles and what others run, but not the memory.
    """
    before = energy_counters(folder)
    if not before:
        return None
    began, times = time.perf_counter(), 0
    while times == 0 or time.perf_counter() - began < seconds:
        work()
        times += 1
    after = energy_counters(folder)
    return joules_between(before, after) / times if after else None
