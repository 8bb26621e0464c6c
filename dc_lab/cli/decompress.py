"""`dc-lab decompress`: the tensors of a `.dcz` file for programs that do not know the format."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError, add_max_bytes, check_output, has_integers

SUMMARY = "A `.dcz` file back into a weight file."
DETAILS = "The tensors are those that were compressed, to the last bit."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """File in, weights out."""
    parser.add_argument("file", type=Path, metavar="FILE.dcz")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="WEIGHTS", help=".safetensors or .npz")
    parser.add_argument("--force", action="store_true", help="replace an existing output")
    add_max_bytes(parser)


def run(options: argparse.Namespace) -> int:
    """Read the file and write its tensors; quantized ones as the float32 values that they stand for."""
    from dc_lab import archive
    from dc_lab.checkpoints import weights
    from dc_lab.quantized import QuantizedTensor

    check_output(options.output, options.force)
    if options.output.suffix not in (".safetensors", ".npz"):
        raise UserError(f"{options.output}: can write .safetensors and .npz")
    tensors = archive.load(options.file, options.max_bytes)
    integers = has_integers(tensors)
    if integers:
        tensors = {name: t.dequantize() if isinstance(t, QuantizedTensor) else t for name, t in tensors.items()}
    weights.save_weights(options.output, tensors)
    print(f"{options.output}: {len(tensors)} tensors, {options.output.stat().st_size:,} bytes")
    if integers:
        print("Quantized tensors became the float32 values that they stand for.")
    return 0
