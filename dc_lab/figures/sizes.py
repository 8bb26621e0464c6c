"""Figures of bytes: the ledger of all stages, and one file part by part."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from dc_lab import sparse
from dc_lab.archive import PARTS, Item, bytes_by_part
from dc_lab.figures import style
from dc_lab.figures.style import Picture

PART_STYLE: dict[str, tuple[str, str]] = {
    "values": (style.BLUE, ""),
    "index": (style.ORANGE, ""),
    "map": (style.ORANGE, "///"),
    "codebook": (style.GREEN, "///"),
    "tables": (style.SKY, "..."),
    "lanes": (style.PURPLE, "\\\\\\"),
    "plain": (style.GREY, ""),
    "header": (style.YELLOW, "xxx"),
    "checksum": (style.INK, ""),
}
"""Colour and hatching of each part of a `.dcz` file."""

OTHERS = ((style.RED, ""), (style.GREY, "////"), (style.SKY, "xxx"), (style.GREEN, "..."))


def _check_bytes(name: str, size: int) -> None:
    if isinstance(size, bool) or int(size) != size or size < 0:
        raise ValueError(f"{name}: bytes must be a whole number, 0 or more, got {size!r}")


def ledger(
    stages: Sequence[tuple[str, int]],
    title: str | None = None,
    dense: int | None = None,
    *,
    log: bool = False,
    guess: float | None = None,
) -> Picture:
    """One bar a stage, its length the bytes of that stage's file, with the ratio that they are smaller.

    Parameters
    ----------
    stages : (name, bytes), in order; the last one is highlighted.
    dense : bytes that the ratios are taken against, such as those of the float32 parameters; the first stage if None.
    log : on a logarithmic axis, each line of it ten times the one before, with what the last stage gained.
    guess : bytes that the learner guessed for the last stage, a star in a row of its own; None is no guess.

    Raises
    ------
    ValueError : no stage, a size that is not a whole number above 0, or a guess that is not above 0.
    """
    if not stages:
        raise ValueError("stages must have at least one (name, bytes)")
    for name, size in stages:
        _check_bytes(name, size)
        if size == 0:
            raise ValueError(f"{name}: a file has at least one byte, got 0")
    if guess is not None and not (np.isfinite(guess) and guess > 0):
        raise ValueError(f"guess must be above 0, got {guess!r}")
    first, last = dense or stages[0][1], stages[-1][1]
    drawn = [size for _, size in stages] + ([] if guess is None else [guess])
    longest = max(drawn)
    gain = f", {stages[-2][1] / last:.1f}× in this step" if log and len(stages) > 1 else ""
    names = [name for name, _ in stages] + ([] if guess is None else [style.GUESS])
    with style.canvas(0.75 + 0.42 * len(names) + (0.25 if log else 0)) as figure:
        axes = figure.subplots()
        if log:
            axes.set_xscale("log")
        for row, (_, size) in enumerate(stages):
            is_last = row == len(stages) - 1
            colour = style.RED if is_last else style.BLUE
            # The edge is as wide as a line, so that a bar too short to be seen shows as one.
            axes.barh(row, size, 0.66, color=colour, edgecolor=colour, linewidth=1.0)
            axes.annotate(
                f"{size:,} bytes   {first / size:.1f}×{gain if is_last else ''}",
                (size, row),
                (6, 0),
                textcoords="offset points",
                va="center",
                weight="bold" if is_last else "normal",
            )
        if guess is not None:
            axes.plot([guess], [len(stages)], "*", **style.STAR)
            words = f"{guess:,.0f} bytes   {first / guess:.1f}×"
            axes.annotate(words, (guess, len(stages)), (12, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", length=0, labelsize=10)
        axes.set_ylim(len(names) - 0.5, -0.5)
        if log:
            _decades(axes, min(drawn), longest)
        else:
            axes.set_xlim(0, 1.36 * longest)
            axes.set_xticks([])
            axes.spines["bottom"].set_visible(False)
        axes.set_title(title or "Size of the file after each stage")
        text = style.table(
            ("stage", "bytes", "ratio"), [(name, f"{size:,}", f"{first / size:.1f}×") for name, size in stages]
        )
        alt = f"Bar chart of file sizes, one bar a stage: {_listed(stages)}."
        if len(stages) > 1:
            than = "the first" if dense is None else f"{dense:,} bytes"
            alt += f" The last is {first / last:.1f} times smaller than {than}."
        if log:
            alt += " The axis is logarithmic."
        if guess is not None:
            alt += f" A star: {style.GUESS}, {guess:,.0f} bytes."
            text += f"\n{style.GUESS}: {guess:,.0f} bytes, {first / guess:.1f}×"
        return style.finish(figure, alt, text)


def _decades(axes: Axes, least: float, longest: float) -> None:
    """A logarithmic axis that begins at a power of ten below all bars and leaves room for what stands beside them."""
    begin = 10.0 ** np.floor(np.log10(least / 2))
    axes.set_xlim(begin, longest * (longest / begin) ** 0.55)
    ticks = [10.0**k for k in range(round(np.log10(begin)), int(np.log10(longest)) + 1)]
    axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    axes.minorticks_off()
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.set_xlabel("bytes, logarithmic")


def _listed(sizes: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {size:,} bytes" for name, size in sizes)


def by_tensor(items: Iterable[Item]) -> dict[str, dict[str, int]]:
    """Bytes of a file's items as tensor -> part -> bytes, for `waterfall`; what serves no one tensor is "file"."""
    sizes: dict[str, dict[str, int]] = {}
    for item in items:
        parts = sizes.setdefault(item.tensor or "file", {})
        parts[item.part] = parts.get(item.part, 0) + item.size
    if "file" in sizes:
        sizes["file"] = sizes.pop("file")  # last
    return sizes


def by_part(items: Iterable[Item]) -> dict[str, int]:
    """`archive.bytes_by_part` without the parts that the file does not have, for `waterfall`."""
    return {part: size for part, size in bytes_by_part(items).items() if size}


def waterfall(bars: Mapping[str, Mapping[str, int]], title: str | None = None) -> Picture:
    """One bar a stage or tensor, divided by what its bytes are for; the parts sum to the size printed at its end.

    Parameters
    ----------
    bars : name of the bar -> part -> bytes. Parts of a `.dcz` file (see `archive.PARTS`) have their own colours.

    Raises
    ------
    ValueError : no bars, all of them empty, or a size that is not a whole number, 0 or more.
    """
    if not bars:
        raise ValueError("bars must have at least one, as name -> part -> bytes")
    for name, parts in bars.items():
        for part, size in parts.items():
            _check_bytes(f"{name}, {part}", size)
    seen = {part for parts in bars.values() for part, size in parts.items() if size}
    if not seen:
        raise ValueError("bars must have at least one byte between them")
    others = [part for part in dict.fromkeys(p for parts in bars.values() for p in parts) if part not in PARTS]
    order = [part for part in (*PARTS, *others) if part in seen]
    looks = {**PART_STYLE, **{part: OTHERS[i % len(OTHERS)] for i, part in enumerate(others)}}
    totals = {name: sum(parts.values()) for name, parts in bars.items()}
    only = next(iter(bars.values())) if len(bars) == 1 else {}
    longest = max(totals.values())

    legend_rows = -(-len(order) // 4)
    with style.canvas(1.0 + 0.42 * len(bars) + 0.24 * legend_rows) as figure:
        axes = figure.subplots()
        for row, (name, parts) in enumerate(bars.items()):
            left = 0
            for part in order:
                size = parts.get(part, 0)
                if size:
                    colour, hatch = looks[part]
                    axes.barh(row, size, 0.66, left, color=colour, hatch=hatch, edgecolor=style.INK, linewidth=0.4)
                    left += size
            axes.annotate(f"{totals[name]:,}", (left, row), (6, 0), textcoords="offset points", va="center")
        handles = [
            Patch(facecolor=looks[part][0], hatch=looks[part][1], edgecolor=style.INK, linewidth=0.4) for part in order
        ]
        labels = [f"{part}  {only[part]:,}" if only else part for part in order]
        figure.legend(handles, labels, loc="outside lower left", ncols=4, handlelength=1.6, columnspacing=1.4)
        axes.set_yticks(range(len(bars)), list(bars))
        axes.tick_params(axis="y", length=0, labelsize=10)
        axes.set_ylim(len(bars) - 0.5, -0.5)
        axes.set_xlim(0, 1.16 * longest)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        style.thousands(axes, "x")
        axes.grid(axis="x")
        axes.set_xlabel("bytes")
        axes.set_title(title or "Bytes by what they are for")
        rows = [
            (name, *(f"{parts.get(part, 0):,}" for part in order), f"{totals[name]:,}") for name, parts in bars.items()
        ]
        alt = "Stacked bar chart of bytes. " + " ".join(
            f"{name}: {totals[name]:,} bytes, most of them {max(parts, key=lambda part: parts[part])}."
            for name, parts in bars.items()
            if totals[name]
        )
        return style.finish(figure, alt, style.table(("bytes", *order, "sum"), rows))


def index_width_chart(mask: Any, value_bits: int, bits: int | None = None, title: str | None = None) -> Picture:
    """Bits that the entries of a relative index take at each gap width: narrow gaps need fillers, wide ones waste.

    Parameters
    ----------
    mask : bool array, any shape; True where a weight is kept.
    value_bits : of a stored value, 1 or more.
    bits : the gap width to highlight, 1 to 16; the best one if None. Bars over 3 times the best are cut (↑).

    Raises
    ------
    ValueError : a mask that is not boolean or keeps nothing, or bits out of range.
    """
    kept = np.asarray(mask)
    if kept.dtype != np.bool_ or not kept.any():
        raise ValueError(f"mask must be boolean and keep at least one weight, got {kept.dtype}, {kept.sum():g} kept")
    if value_bits < 1:
        raise ValueError(f"value_bits must be 1 or more, got {value_bits}")
    best = sparse.best_index_bits(kept, value_bits)
    chosen = best if bits is None else bits
    if not 1 <= chosen <= sparse.MAX_INDEX_BITS:
        raise ValueError(f"bits must be from 1 to {sparse.MAX_INDEX_BITS}, got {bits}")
    widths = range(1, sparse.MAX_INDEX_BITS + 1)
    weights = int(np.count_nonzero(kept))
    fillers = [sparse.stored_entries(kept, width) - weights for width in widths]
    totals = [(weights + filler) * (width + value_bits) for width, filler in zip(widths, fillers, strict=True)]
    with style.canvas(2.7) as figure:
        axes = figure.subplots()
        useful = [weights * (width + value_bits) for width in widths]
        colours = [style.BLUE if width == chosen else style.PALE for width in widths]
        axes.bar(widths, useful, 0.8, color=colours, edgecolor=style.BLUE, linewidth=0.8)
        spent = [total - use for total, use in zip(totals, useful, strict=True)]
        axes.bar(widths, spent, 0.8, useful, color=style.ORANGE, hatch="////", edgecolor=style.INK, linewidth=0.4)
        top = 1.08 * min(max(totals), 3 * totals[best - 1])
        axes.set_ylim(0, top)
        for width, total in zip(widths, totals, strict=True):
            if total > top:
                look: dict[str, Any] = {"boxstyle": "square,pad=0.1", "facecolor": style.PAPER, "edgecolor": "none"}
                axes.text(width, 0.97 * top, "↑", ha="center", va="top", weight="bold", bbox=look)
        axes.set_xticks(list(widths))
        axes.set_xlim(0.3, sparse.MAX_INDEX_BITS + 0.7)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        style.thousands(axes)
        axes.grid(axis="y")
        axes.set_xlabel("bits of a gap")
        axes.set_ylabel("bits in all")
        handles = [
            Patch(facecolor=style.PALE, edgecolor=style.BLUE, label=f"weights × ({value_bits} + gap bits)"),
            Patch(facecolor=style.ORANGE, hatch="////", edgecolor=style.INK, linewidth=0.4, label="fillers"),
        ]
        figure.legend(handles=handles, loc="outside lower left", ncols=2)
        words = f"{chosen}-bit gaps: {totals[chosen - 1]:,} bits, "
        words += "fewest of all" if chosen == best else f"fewest are {totals[best - 1]:,} with {best}"
        axes.set_title(title or words)
        rows = [
            (str(width), f"{filler:,}", f"{total:,}")
            for width, filler, total in zip(widths, fillers, totals, strict=True)
        ]
        alt = (
            f"Bar chart of the bits that entries take with gaps of 1 to {sparse.MAX_INDEX_BITS} bits: fewest,"
            f" {totals[best - 1]:,}, with {best}; highlighted {chosen}, {totals[chosen - 1]:,}."
        )
        return style.finish(figure, alt, style.table(("gap bits", "fillers", "bits in all"), rows))


def byte_map(content: bytes, spans: Sequence[tuple[str, str, int]], title: str | None = None) -> Picture:
    """Every byte of a short file in its place, 16 to a row, in the colour of what it is for.

    Parameters
    ----------
    spans : (part, what, bytes) for each field, in the order of the file; together they are all of it. Parts are those
        of `archive.PARTS`; `what` is said in the text beside the bytes.

    Raises
    ------
    ValueError : no content, or over 1,024 bytes; spans that are not all of it; a part that does not exist.
    """
    if not 1 <= len(content) <= 1024:
        raise ValueError(f"content must have 1 to 1,024 bytes, got {len(content):,}")
    for part, what, size in spans:
        _check_bytes(what, size)
        if part not in PART_STYLE:
            raise ValueError(f"{what}: part must be one of {', '.join(PART_STYLE)}, got {part!r}")
    if sum(size for *_, size in spans) != len(content):
        raise ValueError(f"spans must sum to {len(content)} bytes, got {sum(size for *_, size in spans)}")
    a_row, cell = 16, 0.4
    rows = -(-len(content) // a_row)
    seen = [part for part in PARTS if any(part == span[0] and span[2] for span in spans)]
    legend_rows = -(-len(seen) // 4)
    with style.canvas(0.55 + cell * rows + 0.24 * legend_rows) as figure:
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(-1.4, a_row)
        axes.set_ylim(rows, 0)
        at, listed = 0, []
        for part, what, size in spans:
            colour, hatch = PART_STYLE[part]
            for place in range(at, at + size):
                row, column = divmod(place, a_row)
                axes.add_patch(
                    Rectangle((column, row), 1, 1, facecolor=colour, hatch=hatch, edgecolor=style.PAPER, linewidth=1.2)
                )
                dark = part == "checksum"
                look: dict[str, Any] = {} if dark else {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.2}
                axes.text(
                    column + 0.5,
                    row + 0.52,
                    f"{content[place]:02x}",
                    ha="center",
                    va="center",
                    family="DejaVu Sans Mono",
                    color=style.PAPER if dark else style.INK,
                    bbox=look or None,
                )
            if size:
                row, column = divmod(at, a_row)
                axes.plot([column, column], [row, row + 1], color=style.INK, linewidth=2, solid_capstyle="butt")
                listed.append((str(at), content[at : at + size].hex(" "), part, what))
            at += size
        for row in range(rows):
            axes.text(-0.3, row + 0.52, str(row * a_row), ha="right", va="center", color=style.FAINT, fontsize=9)
        handles = [
            Patch(facecolor=PART_STYLE[part][0], hatch=PART_STYLE[part][1], edgecolor=style.INK, linewidth=0.4)
            for part in seen
        ]
        sums = {part: sum(size for named, _, size in spans if named == part) for part in seen}
        labels = [f"{part}  {sums[part]}" for part in seen]
        figure.legend(handles, labels, loc="outside lower left", ncols=4, handlelength=1.6, columnspacing=1.4)
        axes.set_title(title or f"A file of {len(content)} bytes")
        alt = f"The {len(content)} bytes of a file in rows of {a_row}, coloured by what they are for: "
        alt += ", ".join(f"{part} {sums[part]}" for part in seen) + "."
        width = max(len(bytes_) for _, bytes_, *_ in listed)
        text = "\n".join(f"{start:>4}  {bytes_:{width}}  {part:9} {what}" for start, bytes_, part, what in listed)
        return style.finish(figure, alt, text)
