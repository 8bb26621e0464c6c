"""What lesson 10 (ImageNet scale) has no time for: AlexNet and VGG-16 whole, their floors, times and memory.

Sizes are bytes, and the same on every machine but for rounding in the last digit of a few weights. The numbers of
`costs` are those of one machine at one time: measure them with nothing else running, one worker.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dc_lab import archive
from dc_lab.measure import bench, imagenet
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import models, paper

DRAWS = {"matched": None, "normal": imagenet.NORMAL, "cubed": 3.0}
"""Ways to draw weights, and their power: each layer's own, so that codes take the paper's bits; none; one for all."""

FIXED = ("codebook", "tables", "lanes")
"""Parts of a layer that are neither positions nor codes."""

LAYERS = ("conv3", "fc7")
POWERS = (1.0, 2.0, 3.0, 4.0)
STEPS = (0, 10, 30, 300)
"""Layers of AlexNet whose codes are looked at closely, powers of the drawn weights, Lloyd steps of k-means."""


class Finished(NamedTuple):
    """What remains of a tensor once it is encoded: its bytes in the file, its floor, and a digest to know it again."""

    encoded: archive.Encoded
    floor: imagenet.Floor
    digest: str


def _digest(array: np.ndarray) -> str:
    digest = hashlib.sha256(f"{array.dtype} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def finish(name: str, array: np.ndarray, coder: archive.Coder = "huffman") -> Finished:
    """For `imagenet.compressed`: encode, and note what is needed to check the file later."""
    return Finished(archive.encoded(name, array, coder), imagenet.floor(array), _digest(array))


class _With:
    """`finish` with a coder, as something that another process can be sent."""

    def __init__(self, coder: archive.Coder) -> None:
        self.coder = coder

    def __call__(self, name: str, array: np.ndarray) -> Finished:
        return finish(name, array, self.coder)


def write(
    path: Path, source: imagenet.Sampled, coder: archive.Coder = "huffman", executor: Any = None
) -> dict[str, Any]:
    """Compress drawn weights into a file, read it back, and say where its bytes go.

    Returns
    -------
    "file" : its size. "layers" : for each layer, the number of weights "kept", the "floor" of positions and of codes,
    and the bytes of values, index, and what else the layer's weights take ("fixed"). "biases", "rest" : bytes of the
    biases, and of header and checksum.

    Raises
    ------
    RuntimeError : what is read back is not what was written.
    """
    finished = dict(imagenet.compressed(source, executor, _With(coder)))
    size = archive.save(path, {name: result.encoded for name, result in finished.items()})
    contents = archive.read_file(path)
    for name, result in finished.items():
        if _digest(contents.tensors[name]) != result.digest:
            raise RuntimeError(f"{name} read back is not what was written")
    layers = {}
    for layer in (name.removesuffix(".weight") for name in source if name.endswith(".weight")):
        name = f"{layer}.weight"
        parts = {item.part: item.size for item in contents.items if item.tensor == name}
        layers[layer] = {
            "kept": int(np.count_nonzero(contents.tensors[name])),
            "positions": round(finished[name].floor.positions),
            "codes": round(finished[name].floor.codes),
            "values": parts.pop("values", 0),
            "index": parts.pop("index", 0),
            "fixed": sum(parts.values()),
        }
    biases = sum(contents.bytes_of(name) for name in source if name.endswith(".bias"))
    weights = sum(sum(row[part] for part in ("values", "index", "fixed")) for row in layers.values())
    return {"file": size, "layers": layers, "biases": biases, "rest": size - biases - weights}


def sizes(net: str, draw: str = "matched", coder: archive.Coder = "huffman", seed: int = 0) -> dict[str, Any]:
    """`write` for a whole network, drawn in one of the ways of DRAWS."""
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "net.dcz", imagenet.sampled(net, seed, DRAWS[draw]), coder)


def bits_a_code(layer: str, power: float, steps: int) -> float:
    """Bits a code of a layer of AlexNet after Huffman coding, after so many Lloyd steps from the linear start."""
    kept = imagenet.to_power(imagenet.kept_of("alexnet", layer), power)
    return round(imagenet.code_bits(kept, paper.layers("alexnet")[layer]["weight_bits_pq"], steps), 3)


RUNS = 2
"""Each time is the least of so many runs: whatever else the machine does can only add to it. Memory is the most."""


def costs(net: str, share: float) -> dict[str, Any]:
    """Seconds and peak memory of compressing and decompressing, on this machine: see `bench.file_costs`."""
    runs = [bench.file_costs(net, share) for _ in range(RUNS)]
    return {name: round((max if name.endswith("_peak") else min)(run[name] for run in runs), 3) for name in runs[0]}


CURVES = CurveFile(
    "lesson_10",
    "AlexNet and VGG-16, weights drawn: bytes of files and floors, bits a code, seconds and memory of one machine",
    (
        *(Point(sizes, {"net": net, "draw": draw}, 15) for net in models.IMAGENET_NETS for draw in DRAWS),
        *(Point(sizes, {"net": net, "coder": "rans"}, 20) for net in models.IMAGENET_NETS),
        *(
            Point(bits_a_code, {"layer": layer, "power": power, "steps": steps}, 2)
            for layer in LAYERS
            for power in POWERS
            for steps in STEPS
        ),
        *(Point(costs, {"net": net, "share": share}, 10) for net, share in bench.SIZES),
    ),
    {"powers": imagenet.POWERS},
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last.

    Returns
    -------
    "sizes" : network -> draw -> what `sizes` gives. "rans" : network -> the same, with coder "rans".
    "bits" : layer -> power -> bits a code by STEPS. "costs" : a list with "net", "share" and what `costs` gives.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    nets = models.IMAGENET_NETS
    return {
        "sizes": {net: {draw: found(sizes, net=net, draw=draw) for draw in DRAWS} for net in nets},
        "rans": {net: found(sizes, net=net, coder="rans") for net in nets},
        "bits": {
            layer: {
                power: [found(bits_a_code, layer=layer, power=power, steps=steps) for steps in STEPS]
                for power in POWERS
            }
            for layer in LAYERS
        },
        "costs": [{"net": net, "share": share, **found(costs, net=net, share=share)} for net, share in bench.SIZES],
    }


def row_bytes(row: Mapping[str, int]) -> int:
    """All bytes of a layer's weights in the file."""
    return row["values"] + row["index"] + row["fixed"]
