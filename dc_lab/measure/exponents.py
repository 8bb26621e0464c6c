"""How often each exponent occurs among the weights of a published network, in bfloat16.

    python -m dc_lab.measure.exponents FILE -o data/exponents/NAME.json --source "..."

bfloat16 has the sign, the 8 bits of the exponent and the highest 7 of the fraction of a float32. `data/exponents` has
the 256 counts of one public network, which lesson 10 codes; the file itself is too large to come with the course.
`dc_lab.measure.public` says how to fetch it.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dc_lab.checkpoints import weights
from dc_lab.networks import datasets
from dc_lab.support import files
from dc_lab.support.dtypes import BFLOAT16, is_float


def counts_of(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """How many weights have each exponent, int64 (256,): of all arrays of floats, rounded to bfloat16."""
    counts = np.zeros(256, np.int64)
    for name in arrays:
        array = arrays[name]
        if is_float(array.dtype):
            patterns = array.astype(BFLOAT16).view(np.uint16)
            counts += np.bincount(patterns.ravel() >> 7 & 255, minlength=256)
    return counts


def stored(name: str = "all-minilm-l6-v2") -> dict[str, Any]:
    """What `data/exponents` has: "source" in words, "weights", and "counts", int64 (256,).

    Raises
    ------
    OSError : there is no such file. ValueError : it has something else in it.
    """
    path = datasets.data_dir() / "exponents" / f"{name}.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    counts = np.array(found["counts"], np.int64)
    if counts.shape != (256,) or counts.sum() != found["weights"]:
        raise ValueError(f"{path}: 256 counts of {found['weights']} weights expected, got {counts.shape}")
    return {**found, "counts": counts}


def main(arguments: Sequence[str] | None = None) -> int:
    """Count the exponents of a weight file; print them as JSON, or write that."""
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m dc_lab.measure.exponents", description=about)
    parser.add_argument("file", type=Path, metavar="FILE", help="a weight file")
    parser.add_argument("--source", default="", help="where it comes from, in words")
    parser.add_argument("-o", "--output", type=Path, metavar="JSON", help="write a file in place of printing")
    options = parser.parse_args(arguments)
    try:
        counts = counts_of(weights.load_weights(options.file))
    except (weights.WeightsError, OSError) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 2
    found = {"source": options.source, "weights": int(counts.sum()), "counts": counts.tolist()}
    text = json.dumps(found) + "\n"
    if options.output is None:
        print(text, end="")
    else:
        files.write(options.output, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
