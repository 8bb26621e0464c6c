"""`dc-lab decompress`: the tensors of a `.dcz` file for programs that do not know the format."""

import argparse
from pathlib import Path

from dc_lab.cli.common import add_max_bytes, check_output, has_integers
from dc_lab.support.tables import plural, printable

SUMMARY = "A `.dcz` file back into a weight file."
DETAILS = "The tensors are those that were compressed, to the last bit."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """File in, weights out."""
    parser.add_argument("file", type=Path, metavar="FILE.dcz")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="WEIGHTS", help=".safetensors, .npz or .pt")
    parser.add_argument("--force", action="store_true", help="replace an existing output")
    add_max_bytes(parser)


def run(options: argparse.Namespace) -> int:
    """Read the file and write its tensors; quantized ones as the float32 values that they stand for."""
    from dc_lab import archive
    from dc_lab.checkpoints import saving

    check_output(options.output, options.force, [options.file])
    saving.check_suffix(options.output)
    contents = archive.read_file(options.file, options.max_bytes)
    tensors = contents.tensors
    # Integers become values of four bytes, and tied tensors are written as often as they are named.
    written = saving.bytes_written(options.output.suffix, tensors, contents.tied)
    archive.check_bytes(written, options.file, options.max_bytes)
    saving.save_weights(options.output, tensors, contents.metadata, contents.tied)
    print(f"{options.output}: {plural(len(tensors), 'tensor')}, {options.output.stat().st_size:,} bytes")
    if contents.tied and options.output.suffix != ".pt":
        print(
            f"Tied tensors are written in full: {', '.join(map(printable, contents.tied))}. A .pt file keeps them tied."
        )
    if has_integers(tensors):
        print("Quantized tensors became the float32 values that they stand for.")
    return 0
