"""`dc-lab compress`: weights that anyone trained, into a `.dcz` file."""

import argparse
import contextlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dc_lab.cli.common import UserError, asked, check_output, positive, smaller

if TYPE_CHECKING:
    from dc_lab.archive import Contents
    from dc_lab.checkpoints.compress import Row

SUMMARY = "A plain state_dict into a `.dcz` file, without training."
DETAILS = (
    "Tensors of two and more dimensions get a codebook each (5 bits for matrices, 8 for convolutions); "
    "zeros stay zero; a tensor with few enough distinct values comes back exactly. No model class, no data."
)

IMAGENET_NAMES = ("alexnet", "vgg-16")
"""The networks of `--like`, as in `models.IMAGENET_NETS`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Weights in, file out, and how far each tensor goes."""
    parser.add_argument(
        "weights", type=Path, metavar="WEIGHTS", help="state_dict: .safetensors, .npz, .pt, .pth or .bin"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.dcz")
    parser.add_argument(
        "--density", type=_rule(float), action="append", default=[], metavar="[PATTERN=]SHARE",
        help="share of weights to keep, 0 to 1, everywhere or where the name or layer matches, as in 'fc*=0.1'; "
        "may be given more than once, the last that fits counts (default: prune nothing)",
    )  # fmt: skip
    parser.add_argument(
        "--bits", type=_rule(int), action="append", default=[], metavar="[PATTERN=]BITS",
        help="codebooks of 2**BITS values, 1 to 16; may be given more than once, the last that fits counts",
    )  # fmt: skip
    parser.add_argument(
        "--like", choices=IMAGENET_NAMES, metavar="NET",
        help=f"{' or '.join(IMAGENET_NAMES)}, with the paper's or torchvision's names of layers: each layer gets its "
        "density and bits of the paper's tables 4 and 5; --density and --bits go before them",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=positive, default=1, metavar="N",
        help="tensors to work on at a time, on as many threads; the file is the same (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace an existing output")


def _rule(kind: type) -> Callable[[str], Any]:
    """Parses `0.1` or `PATTERN=0.1` into a Rule."""

    def parse(text: str) -> Any:
        from dc_lab.checkpoints.compress import Rule

        pattern, _, value = text.rpartition("=")
        try:
            return Rule(pattern or "*", kind(value))
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected NUMBER or PATTERN=NUMBER, got {text!r}") from None

    return parse


def run(options: argparse.Namespace) -> int:
    """Write the file, then say what happened to each tensor, and what nobody has tested."""
    from dc_lab import archive

    check_output(options.output, options.force)
    rows, said, seconds = _write(options)
    contents = archive.read_file(options.output)
    print(_table(rows, contents))
    print()
    print(smaller(options.output, sum(array.nbytes for array in contents.tensors.values())))
    print(f"in {seconds:.1f} s. Nothing was retrained: the values moved by as much as the column `change %` says (root")
    print("mean square, relative), and what this does to the network's error only a test with its data can tell.")
    print("Pruning without retraining usually costs accuracy; `demo` shows what retraining wins back.")
    if said:
        print(said)
    return 0


def _write(options: argparse.Namespace) -> tuple[Sequence["Row"], str, float]:
    """(what happened to each tensor, what to say about the network, seconds); tensors pass through one at a time."""
    from concurrent.futures import ThreadPoolExecutor

    from tqdm import tqdm

    from dc_lab import archive
    from dc_lab.checkpoints.compress import Compressed
    from dc_lab.checkpoints.weights import open_weights

    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        weights = stack.enter_context(open_weights(options.weights))
        densities, codebook_bits, said = _like(options, weights.shapes)
        values = sum(math.prod(shape) for shape in weights.shapes.values())
        bar = stack.enter_context(tqdm(total=values, desc="compress", unit="value", unit_scale=True, delay=1))
        executor = stack.enter_context(ThreadPoolExecutor(options.workers)) if options.workers > 1 else None
        compressed = asked(
            lambda: Compressed(weights, weights.shapes, densities, codebook_bits, bar.update, executor, archive.encoded)
        )
        stack.callback(compressed.cancel)
        asked(lambda: archive.save(options.output, compressed))
    return compressed.rows, said, time.perf_counter() - began


def _table(rows: Sequence["Row"], contents: "Contents") -> str:
    """A line a tensor: what is left of it, how far its values moved, how it is stored in how many bytes."""
    from dc_lab.support.tables import shape_text, text_table

    cells = [
        [
            row.name,
            shape_text(row.shape),
            f"{row.kept_pct:.1f}",
            f"{row.bits}" if row.bits else "-",
            f"{row.change:.2f}",
            contents.kinds[row.name],
            f"{contents.tensors[row.name].nbytes:,}",
            f"{contents.bytes_of(row.name):,}",
        ]
        for row in rows
    ]
    header = ["tensor", "shape", "kept %", "bits", "change %", "stored as", "bytes before", "bytes"]
    return text_table(header, cells)


def _like(options: argparse.Namespace, shapes: Mapping[str, tuple[int, ...]]) -> tuple[list[Any], list[Any], str]:
    """(densities, bits, what to say): the rules of `--like`, followed by those that the user gives."""
    from dc_lab.measure import imagenet

    found = imagenet.recognise(shapes)
    if options.like is None:
        said = "" if found is None else (
            f"These are the layers of {found.net} by {found.names} names: --like {found.net} gives each of them the\n"
            "density and the bits that it has in the paper."
        )  # fmt: skip
        return options.density, options.bits, said
    if found is None or found.net != options.like:
        names = " or ".join(", ".join(row) for row in imagenet.first_names(options.like))
        raise UserError(
            f"{options.weights} has the layers of {'no network that is known' if found is None else found.net}; "
            f"--like {options.like} expects {names}. --density and --bits set layers one by one"
        )
    densities, bits = imagenet.rules(found.net, found.layers)
    said = (
        f"Recognised: {found.net}, {len(found.layers)} layers by {found.names} names. Densities and bits are those of\n"
        f"the paper's table {imagenet.TABLES[found.net]}, where --density and --bits did not say otherwise."
    )
    here = sum(math.prod(shapes[f"{name}.weight"]) for name in found.layers.values())
    if here != imagenet.weights_of(found.net):
        said += (
            f"\nThe paper's network has {imagenet.weights_of(found.net):,} weights, this one {here:,}: another variant."
        )
    return densities + options.density, bits + options.bits, said
