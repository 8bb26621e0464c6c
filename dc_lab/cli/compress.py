"""`dc-lab compress`: weights that anyone trained, into a `.dcz` file."""

import argparse
import contextlib
import functools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dc_lab.cli.common import MOST_WORKERS, WEIGHT_SUFFIXES, UserError, asked, check_output, whole
from dc_lab.support.tables import printable

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
        "weights", type=Path, metavar="WEIGHTS",
        help="state_dict or checkpoint: .safetensors (also *.index.json), .npz, .pt, .pth, .bin, .ckpt"
    )  # fmt: skip
    parser.add_argument(
        "--key",
        metavar="KEY",
        help="which dictionary of tensors, as 'model' or 'ema.state_dict', if there are several",
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
        "--max-change", type=float, metavar="PCT",
        help="instead of --bits: the fewest with which no row (neuron, filter) of a tensor changes by more percent",
    )  # fmt: skip
    parser.add_argument(
        "--keep", action="append", default=[], metavar="PATTERN", help="leave these tensors exactly as they are"
    )
    parser.add_argument("--half", action="store_true", help="round codebooks, and tensors without one, to float16")
    parser.add_argument(
        "--lossless", action="store_true", help="change nothing: code exponents apart from mantissas, bit for bit back"
    )
    parser.add_argument(
        "--coder", choices=("huffman", "rans", "smallest"), default="huffman",
        help="'rans' is smaller for large ones, 'smallest' tries adaptive coding too, slowly (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--like", choices=IMAGENET_NAMES, metavar="NET",
        help=f"{' or '.join(IMAGENET_NAMES)}, with the paper's or torchvision's names of layers: each layer gets its "
        "density and bits of the paper's tables 4 and 5; --density and --bits go before them",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=whole(1, MOST_WORKERS), default=1, metavar="N",
        help="tensors to work on at a time, on as many threads; the file is the same (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace an existing output")
    parser.add_argument(
        "--max-bytes", type=whole(), metavar="N",
        help="refuse tensors of more bytes than that (default: 1 GiB, or 1,024 times the input)",
    )  # fmt: skip


def _rule(kind: type) -> Callable[[str], Any]:
    """Parses `0.1` or `PATTERN=0.1` into a Rule."""

    def parse(text: str) -> Any:
        from dc_lab.checkpoints.compress import Rule

        pattern, _, value = text.rpartition("=")
        try:
            return Rule(pattern or "*", kind(value))
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected NUMBER or PATTERN=NUMBER, got {text[:50]!r}") from None

    return parse


def run(options: argparse.Namespace) -> int:
    """Write the file, then say what happened to each tensor, and what nobody has tested."""
    from dc_lab import archive

    check_output(options.output, options.force, [options.weights], WEIGHT_SUFFIXES)
    done = _write(options)
    contents = archive.read_file(options.output, max(done.before, archive.MAX_BYTES))
    print(_table(done, contents))
    print()
    for sentence in done.said:
        print(printable(sentence))
    for why in [] if options.lossless else dict.fromkeys(row.why for row in done.rows if row.why):
        print(f"{', '.join(printable(row.name) for row in done.rows if row.why == why)}: {why}.")
    total = options.output.stat().st_size
    print(f"{printable(options.output)}: {total:,} bytes, {done.before / total:.1f}x smaller than the", end=" ")
    print(f"{done.before:,} bytes of the tensors")
    print(f"in {done.seconds:.1f} s.", _tested(options, done))
    if done.like:
        print(done.like)
    return 0


def _tested(options: argparse.Namespace, done: "Done") -> str:
    """What may be said of the network that is in the file now."""
    if options.lossless or not any(row.change for row in done.rows):
        return "Nothing was changed: the tensors come back as they were."
    return (
        "Nothing was retrained: the values moved by as much as the column `change %` says (root\n"
        "mean square, relative; `worst %` is the row that moved most), and what this does to the network's\n"
        "error only a test with its data can tell. Pruning without retraining usually costs accuracy; `demo` shows\n"
        "what retraining wins back."
    )


class Done(NamedTuple):
    """What became of the tensors: a row each, their bytes in the input, sentences about it, how long it took."""

    rows: Sequence["Row"]
    sizes: Mapping[str, int]
    said: Sequence[str]
    like: str
    seconds: float

    @property
    def before(self) -> int:
        """Bytes of all tensors in the input, tied ones once."""
        return sum(self.sizes[row.name] for row in self.rows)


def _write(options: argparse.Namespace) -> Done:
    """Tensors pass through one at a time."""
    from concurrent.futures import ThreadPoolExecutor

    from dc_lab import archive
    from dc_lab.checkpoints.compress import Compressed
    from dc_lab.checkpoints.rules import Asked
    from dc_lab.checkpoints.weights import open_weights
    from dc_lab.support import progress

    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        weights = stack.enter_context(open_weights(options.weights, options.key))
        sizes = {name: math.prod(shape) * weights.bits[name] // 8 for name, shape in weights.shapes.items()}
        _check_size(options, sum(sizes.values()))
        densities, bits, said = _like(options, weights.shapes)
        rules = Asked(densities, bits, options.keep, options.half, options.max_change, options.lossless)
        values = sum(math.prod(shape) for shape in weights.shapes.values())
        bar = stack.enter_context(progress.bar(values, "compress", unit="value", unit_scale=True, delay=1))
        executor = stack.enter_context(ThreadPoolExecutor(options.workers)) if options.workers > 1 else None
        finish = functools.partial(archive.encoded, coder=options.coder)
        compressed = asked(
            lambda: Compressed(weights, weights.shapes, rules, on_tensor=bar.update, executor=executor, finish=finish)
        )
        stack.callback(compressed.cancel)
        asked(lambda: archive.save(options.output, compressed, options.coder, weights.metadata))
        tied = [f"{name} is {other}, and stored once." for name, other in weights.tied.items()]
    return Done(compressed.rows, sizes, [*weights.said, *tied], said, time.perf_counter() - began)


def _check_size(options: argparse.Namespace, size: int) -> None:
    """A tensor of a few bytes may stand for any number of values, all in the same place: count what it stands for."""
    from dc_lab import archive

    most = archive.most_bytes(options.weights.stat().st_size, options.max_bytes)
    if size > most:
        raise UserError(
            f"{options.weights}: tensors of {size:,} bytes, expected at most {most:,}; --max-bytes allows more"
        )


def _table(done: Done, contents: "Contents") -> str:
    """A line a tensor: what is left of it, how far its values moved, how it is stored in how many bytes."""
    from dc_lab.support.tables import shape_text, text_table

    cells = [
        [
            row.name,
            shape_text(row.shape),
            f"{row.kept_pct:.1f}",
            f"{row.bits}" if row.bits else "-",
            f"{row.change:.2f}",
            f"{row.worst:.2f}",
            contents.kinds[row.name],
            f"{done.sizes[row.name]:,}",
            f"{contents.bytes_of(row.name):,}",
        ]
        for row in done.rows
    ]
    header = ["tensor", "shape", "kept %", "bits", "change %", "worst %", "stored as", "bytes before", "bytes"]
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
