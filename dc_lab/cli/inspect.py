"""`dc-lab inspect`: what a `.dcz` file holds, and what each byte of it is for."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dc_lab import dcz
from dc_lab.cli.common import add_max_bytes
from dc_lab.support.tables import printable, shape_text, text_table

if TYPE_CHECKING:
    import numpy as np

    from dc_lab import archive
    from dc_lab.quantized import QuantizedTensor

WIDEST = 120
"""Characters of a name that tables show: a single long one would make every line as long."""

SUMMARY = "Where every byte of a `.dcz` file goes."
DETAILS = f"The format is specified on one page: {Path(dcz.__file__).with_name('FORMAT.md')}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and for whom to print."""
    parser.add_argument("file", type=Path, metavar="FILE.dcz")
    parser.add_argument("--json", action="store_true", help="machine-readable")
    add_max_bytes(parser)


def run(options: argparse.Namespace) -> int:
    """Read the file and print its account, as tables or as JSON."""
    from dc_lab import archive

    contents = archive.read_file(options.file, options.max_bytes)
    size = options.file.stat().st_size
    if options.json:
        print(json.dumps(inspection(contents, size), indent=2))
    else:
        print(inspection_text(contents, size))
    return 0


def inspection(contents: "archive.Contents", size: int) -> dict[str, Any]:
    """Everything `inspect` knows, ready for JSON; the items sum to `size`."""
    from dc_lab import archive
    from dc_lab.quantized import QuantizedTensor

    by_tensor: dict[str, list[dict[str, Any]]] = {}
    for stream in contents.streams:
        by_tensor.setdefault(stream.tensor, []).append(_stream(stream))
    tensors: list[dict[str, Any]] = []
    kept: dict[str, int] = {}
    for name, array in contents.tensors.items():
        # What is another name of a tensor is not counted through again.
        kept[name] = kept[contents.tied[name]] if name in contents.tied else _kept(array)
        parts = contents.parts.get(name, {})
        streams = by_tensor.get(name, [])
        is_quantized = isinstance(array, QuantizedTensor)
        tensors.append(
            {
                "name": name,
                "shape": list(array.shape),
                "dtype": str(array.dtype),
                **({"bits": array.bits, "axis": array.axis} if is_quantized else {}),
                "stored_as": contents.kinds[name],
                "nonzero": kept[name],
                "bytes_before": array.nbytes,
                "bytes": sum(parts.values()),
                "parts": parts,
                "streams": streams,
            }
        )
    before = sum(array.nbytes for name, array in contents.tensors.items() if name not in contents.tied)
    return {
        "bytes": size,
        "bytes_before": before,
        "ratio": before / size,
        "items": archive.bytes_by_part(contents.items),
        "metadata": contents.metadata,
        "tensors": tensors,
    }


def _kept(tensor: "np.ndarray | QuantizedTensor") -> int:
    """Number of values that are not 0; for integers a piece at a time, so that it takes no memory."""
    import numpy as np

    from dc_lab.quantized import QuantizedTensor

    if not isinstance(tensor, QuantizedTensor):
        return int(np.count_nonzero(tensor))
    points = np.atleast_1d(tensor.q_zero_point)
    return sum(int(np.count_nonzero(part != points[channel, None])) for _, part, channel in tensor.pieces())


def _stream(stream: "archive.Stream") -> dict[str, Any]:
    each = stream.payload_bits / stream.symbols if stream.symbols else 0.0
    return {**stream._asdict(), "bits_per_symbol": each}


def inspection_text(contents: "archive.Contents", size: int) -> str:
    """`inspection` as tables for people."""
    known = inspection(contents, size)
    parts = [part for part in known["items"] if part not in ("header", "checksum")]
    rows = []
    for tensor in known["tensors"]:
        shape = shape_text(tensor["shape"])
        cells = [f"{tensor['parts'].get(part, 0):,}" for part in parts]
        dtype = f"{tensor['dtype']}, {tensor['bits']} bits" if "bits" in tensor else tensor["dtype"]
        name, how = _short(tensor["name"]), _short(tensor["stored_as"])
        rows.append([name, shape, dtype, how, *cells, f"{tensor['bytes']:,}"])
    sums = [f"{known['items'][part]:,}" for part in parts]
    rows.append(["all tensors", "", "", "", *sums, f"{sum(known['items'][part] for part in parts):,}"])
    rows.append(["header", *[""] * (3 + len(parts)), f"{known['items']['header']:,}"])
    rows.append(["checksum", *[""] * (3 + len(parts)), f"{known['items']['checksum']:,}"])
    rows.append(["the file", *[""] * (3 + len(parts)), f"{size:,}"])
    streams = [
        [
            f"{_short(stream['tensor'])}, {stream['part']}",
            stream["form"],
            f"{stream['symbols']:,}",
            stream["alphabet"],
            stream["width"],
            f"{stream['bits_per_symbol']:.2f}",
        ]
        for tensor in known["tensors"]
        for stream in tensor["streams"]
    ]
    return "\n\n".join(
        [
            text_table(["bytes of", "shape", "dtype", "stored as", *parts, "sum"], rows),
            text_table(["stream", "form", "symbols", "alphabet", "fixed bits", "bits a symbol"], streams),
            *([_metadata_text(contents.metadata)] if contents.metadata else []),
            f"{size:,} bytes hold tensors of {known['bytes_before']:,} bytes: ratio {known['ratio']:.1f}",
        ]
    )


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _metadata_text(metadata: dict[str, str]) -> str:
    return "\n".join(f"metadata {printable(key)}: {printable(value)[:200]}" for key, value in metadata.items())
