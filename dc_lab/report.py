"""What the command line shows and writes about a compressed network: tables, JSON, one self-contained HTML page."""

import html
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dc_lab import archive, figures, files, huffman, paper, pipeline
from dc_lab.tables import text_table

PART_MEANING = {
    "values": "which centroid each stored weight has",
    "index": "gaps between the stored weights",
    "codebook": "the centroids",
    "tables": "code lengths and the form of each stream",
    "lanes": "where decoding may start, so that it can run side by side",
    "plain": "tensors stored as their values, such as biases",
    "header": "names, shapes and types",
    "checksum": "CRC-32",
}


def output_paths(folder: Path, net: str) -> dict[str, Path]:
    """Every file that `demo` writes, by what it is."""
    return {
        "dcz": folder / f"{net}.dcz",
        "json": folder / "report.json",
        "html": folder / "report.html",
        "recipe": folder / "recipe.toml",
        **{name: folder / f"{name}.png" for name in ("stages", "bytes", "weights", "codebook", "code_lengths")},
    }


# --- text ---


def text(net: str, result: pipeline.Result) -> str:
    """Stages, the layer table beside the paper's, bytes by part, and the totals."""
    stages = text_table(
        ["after", "file bytes", "ratio", "held-out error %"],
        [
            [stage.name, f"{stage.bytes:,}", f"{result.bytes_before / stage.bytes:.1f}x", f"{stage.error:.2f}"]
            for stage in result.stages
        ],
    )
    number = paper.tables()["layers"][net]["table"]
    parts = text_table(
        ["bytes for", "bytes", "share %"],
        [
            [f"{part}: {PART_MEANING[part]}", f"{size:,}", f"{100 * size / result.bytes_after:.1f}"]
            for part, size in result.items.items()
        ]
        + [["the file", f"{result.bytes_after:,}", "100.0"]],
    )
    sections = [stages, f"Layer by layer; in brackets the paper's table {number}", layer_table(net, result), parts]
    return "\n\n".join([*sections, totals(net, result)])


def layer_table(net: str, result: pipeline.Result) -> str:
    """The columns of the paper's tables 2 and 3: ours, and the paper's in brackets."""
    theirs = paper.layers(net)
    rows = []
    for row in result.layers:
        printed = theirs.get(row.layer, {})

        def both(key: str, digits: int = 1, row: pipeline.LayerSize = row, printed: Mapping[str, Any] = printed) -> str:
            ours = f"{getattr(row, key):.{digits}f}"
            return f"{ours} ({printed[key]})" if printed else ours

        rows.append(
            [
                row.layer,
                f"{row.weights:,}",
                both("kept_pct"),
                both("weight_bits_pq"),
                both("weight_bits_pqh"),
                both("index_bits_pq"),
                both("index_bits_pqh"),
                f"{row.bytes:,}",
                both("rate_pct", 2) if not printed else f"{row.rate_pct:.2f} ({printed['rate_pct_pqh']})",
            ]
        )
    return text_table(
        ["layer", "weights", "kept %", "weight bits", "with Huffman", "index bits", "with Huffman", "bytes", "rate %"],
        rows,
    )


def totals(net: str, result: pipeline.Result) -> str:
    """Size, ratio and error before and after, ours and the paper's (its table 1)."""
    theirs = paper.network(net)
    rows = [
        [
            "ours",
            f"{result.bytes_before:,}",
            f"{result.bytes_after:,}",
            f"{result.ratio:.1f}x",
            f"{result.error_before:.2f}",
            f"{result.error_after:.2f}",
        ],
        [
            "the paper (table 1)",
            f"{theirs['kb_ref']} KB",
            f"{theirs['kb']} KB",
            f"{theirs['ratio']}x",
            f"{theirs['top1_error_ref']:.2f}",
            f"{theirs['top1_error']:.2f}",
        ],
    ]
    header = ["", "bytes before", "file bytes", "ratio", "test error % before", "after"]
    return text_table(header, rows) + (
        f"\n\nThe file was read back: every tensor equal, and the error after is that of the network it restores."
        f"\nAll in {result.seconds:.0f} s."
    )  # fmt: skip


# --- inspect ---


def inspection(contents: archive.Contents, size: int) -> dict[str, Any]:
    """Everything `inspect` knows, ready for JSON; the items sum to `size`."""
    tensors = []
    for name, array in contents.tensors.items():
        parts = {item.part: item.size for item in contents.items if item.tensor == name}
        streams = [_stream(stream) for stream in contents.streams if stream.tensor == name]
        tensors.append(
            {
                "name": name,
                "shape": list(array.shape),
                "dtype": str(array.dtype),
                "stored_as": contents.kinds[name],
                "nonzero": int(np.count_nonzero(array)),
                "bytes_before": array.nbytes,
                "bytes": sum(parts.values()),
                "parts": parts,
                "streams": streams,
            }
        )
    before = sum(array.nbytes for array in contents.tensors.values())
    return {
        "bytes": size,
        "bytes_before": before,
        "ratio": before / size,
        "items": pipeline.bytes_by_part(contents.items),
        "tensors": tensors,
    }


def _stream(stream: archive.Stream) -> dict[str, Any]:
    each = stream.payload_bits / stream.symbols if stream.symbols else 0.0
    return {**stream._asdict(), "bits_per_symbol": each}


def inspection_text(contents: archive.Contents, size: int) -> str:
    """`inspection` as tables for people."""
    known = inspection(contents, size)
    parts = [part for part in archive.PARTS if part not in ("header", "checksum")]
    rows = []
    for tensor in known["tensors"]:
        shape = "x".join(map(str, tensor["shape"])) or "scalar"
        cells = [f"{tensor['parts'].get(part, 0):,}" for part in parts]
        rows.append([tensor["name"], shape, tensor["dtype"], tensor["stored_as"], *cells, f"{tensor['bytes']:,}"])
    sums = [f"{known['items'][part]:,}" for part in parts]
    rows.append(["all tensors", "", "", "", *sums, f"{sum(known['items'][part] for part in parts):,}"])
    rows.append(["header", *[""] * (3 + len(parts)), f"{known['items']['header']:,}"])
    rows.append(["checksum", *[""] * (3 + len(parts)), f"{known['items']['checksum']:,}"])
    rows.append(["the file", *[""] * (3 + len(parts)), f"{size:,}"])
    streams = [
        [
            f"{stream['tensor']}, {stream['part']}",
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
            f"{size:,} bytes hold tensors of {known['bytes_before']:,} bytes: ratio {known['ratio']:.1f}",
        ]
    )
