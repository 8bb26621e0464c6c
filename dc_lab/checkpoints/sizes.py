"""What a `.dcz` file takes for each layer of a network, in the columns of the paper's tables."""

from typing import NamedTuple

import numpy as np

from dc_lab import archive


class LayerSize(NamedTuple):
    """One layer's weights in the file, in the columns of the paper's tables 2 to 5.

    `weights` are those of the dense layer, `kept_pct` the share of them that is not zero. Bits are a stored
    entry's, fillers included, in fixed-width form (`_pq`) and as the file has it (`_pqh`). `bytes` is everything the
    weights take in the file: values, index, codebook, code tables, lanes; `rate_pct` that against float32.
    """

    layer: str
    weights: int
    kept_pct: float
    weight_bits_pq: float
    weight_bits_pqh: float
    index_bits_pq: float
    index_bits_pqh: float
    bytes: int
    rate_pct: float


def layer_sizes(contents: archive.Contents, names: list[str]) -> list[LayerSize]:
    """How the file stores the weights of each of these layers."""
    rows = []
    for name in names:
        tensor = f"{name}.weight"
        array = contents.tensors[tensor]
        bits = {}
        for part in ("values", "index"):
            stream = next((s for s in contents.streams if (s.tensor, s.part) == (tensor, part)), None)
            bits[part] = (stream.width, stream.payload_bits / max(stream.symbols, 1)) if stream else (0, 0.0)
        size = contents.bytes_of(tensor)
        kept = 100 * np.count_nonzero(array) / array.size
        rate = 100 * size / (4 * array.size)
        rows.append(LayerSize(name, array.size, kept, *bits["values"], *bits["index"], size, rate))
    return rows
