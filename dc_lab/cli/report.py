"""What the command line shows and writes about a compressed network: tables, JSON, one self-contained HTML page."""

import html
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dc_lab import archive, figures, huffman, pipeline
from dc_lab.cli.inspect import inspection as inspection
from dc_lab.cli.inspect import inspection_text as inspection_text
from dc_lab.networks import paper
from dc_lab.support import files
from dc_lab.support.tables import text_table

PART_MEANING = {
    "values": "which centroid each stored weight has",
    "index": "gaps between the stored weights",
    "map": "which weights are there, and which centroid each has, decided one by one",
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
    """`paper_table` of a result's layers."""
    return paper_table(net, result.layers)


def paper_table(net: str, layers: Sequence[pipeline.LayerSize]) -> str:
    """The columns of the paper's tables 2 and 3: ours, and the paper's in brackets."""
    theirs = paper.layers(net)
    rows = []
    for row in layers:
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
    header = [
        "layer",
        "weights",
        "kept %",
        "weight bits",
        "with Huffman",
        "index bits",
        "with Huffman",
        "bytes",
        "rate %",
    ]
    return text_table(header, rows) + (
        "\n\nBits are those of a stored entry. Where fillers are stored, they are one more code beside those of the"
        "\ncodebook: 17 codes take 5 bits in fixed width. 0 index bits: every weight has a code, the zeros too."
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


# --- files ---


def pictures(result: pipeline.Result, contents: archive.Contents) -> dict[str, figures.Picture]:
    """The report's figures by name; those of a single layer show the one with most weights."""
    layer = max(result.layers, key=lambda row: row.weights).layer
    pruned, shared, final = (result.weights[name][layer] for name in ("pruned", "shared", "Huffman-coded"))
    values, counts = np.unique(final[final != 0], return_counts=True)
    stream = next(s for s in contents.streams if (s.tensor, s.part) == (f"{layer}.weight", "values"))
    fillers = stream.symbols - int(counts.sum())
    if fillers > 0:
        counts = np.append(counts, fillers)
    return {
        "stages": figures.ledger(
            [(stage.name, stage.bytes) for stage in result.stages], "The file after each stage", result.bytes_before
        ),
        "bytes": figures.waterfall(figures.by_tensor(contents.items), "Every byte of the file"),
        "weights": figures.before_and_after(
            result.weights["trained"][layer], final, ("trained", "compressed"), f"Weights of {layer}"
        ),
        "codebook": figures.codebook(
            pruned, values, _codebook(shared, len(values)), f"Codebook of {layer}, before and after training it"
        ),
        "code_lengths": figures.code_length_chart(counts, huffman.code_lengths(counts), f"Codes of {layer}"),
    }


def _codebook(shared: np.ndarray, length: int) -> np.ndarray | None:
    """The distinct non-zero weights, unless training made two centroids fall together: then they do not pair up."""
    values = np.unique(shared[shared != 0])
    return values if len(values) == length else None


def write(outputs: Mapping[str, Path], net: str, recipe: pipeline.Recipe, result: pipeline.Result) -> None:
    """Write everything in `outputs` (see `output_paths`) but the `.dcz` file itself, which is there already."""
    contents = archive.read_file(outputs["dcz"])
    drawn = pictures(result, contents)
    for name, picture in drawn.items():
        picture.save(outputs[name])
    recipe.save(outputs["recipe"])
    files.write(outputs["json"], (json.dumps(as_json(net, recipe, result), indent=2) + "\n").encode())
    files.write(outputs["html"], page(net, recipe, result, drawn).encode())


def as_json(net: str, recipe: pipeline.Recipe, result: pipeline.Result) -> dict[str, Any]:
    """The report as plain values: errors in percent, sizes in bytes, `items` summing to `bytes_after`."""
    return {
        "net": net,
        "error_before": result.error_before,
        "error_after": result.error_after,
        "bytes_before": result.bytes_before,
        "bytes_after": result.bytes_after,
        "ratio": result.ratio,
        "seconds": round(result.seconds, 1),
        "items": result.items,
        "layers": [row._asdict() for row in result.layers],
        "stages": [stage._asdict() for stage in result.stages],
        "recipe": recipe.to_dict(),
        "paper": paper.network(net),
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__},
    }


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
img { max-width: 100%; height: auto; }
pre { overflow-x: auto; background: #f6f6f4; padding: .8rem; font-size: 13px; line-height: 1.4; }
.facts { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
.facts li { flex: 1 1 9rem; background: #f6f6f4; padding: .6rem .9rem; }
.facts b { display: block; font-size: 1.5rem; }
summary { cursor: pointer; color: #555; }
"""


def page(net: str, recipe: pipeline.Recipe, result: pipeline.Result, drawn: Mapping[str, figures.Picture]) -> str:
    """One self-contained HTML page: no script, no link to anything outside."""
    theirs = paper.network(net)
    facts = [
        (f"{result.bytes_after:,}", f"bytes in one file, of {result.bytes_before:,}"),
        (f"{result.ratio:.1f}×", f"smaller; the paper reports {theirs['ratio']}×"),
        (f"{result.error_after:.2f} %", f"test error; {result.error_before:.2f} % before"),
        (f"{theirs['top1_error']:.2f} %", f"the paper's, {theirs['top1_error_ref']:.2f} % before"),
    ]
    fact_list = "".join(f"<li><b>{html.escape(value)}</b>{html.escape(what)}</li>" for value, what in facts)
    captions = {
        "stages": "Each bar is a file that was written and read back. The pruned file holds only the weights that are "
        "left, and where they stand.",
        "bytes": "What the bytes of each tensor are for.",
        "weights": "The largest layer before and after; zeros are counted apart.",
        "codebook": "The weights left after pruning, and the centroids that stand for them.",
        "code_lengths": "How often each symbol of the largest layer occurs, and how long its Huffman code is.",
    }
    sections = ""
    for name, picture in drawn.items():
        heading = name.replace("_", " ").capitalize()
        sections += f"<h2>{heading}</h2><p>{html.escape(captions[name])}</p>{picture.html()}"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Deep Compression of {html.escape(net)}</title><style>{STYLE}</style></head><body>
<h1>Deep Compression of {html.escape(net)}</h1>
<ul class="facts">{fact_list}</ul>
{sections}
<h2>Layer by layer</h2>
<p>In brackets what the paper's table {paper.tables()["layers"][net]["table"]} has.</p>
<pre>{html.escape(layer_table(net, result))}</pre>
<h2>All figures</h2>
<pre>{html.escape(text(net, result))}</pre>
<details><summary>The recipe</summary><pre>{html.escape(json.dumps(recipe.to_dict(), indent=2))}</pre></details>
</body></html>
"""
