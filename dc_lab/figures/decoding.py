"""Figures of a decoder at work: its window sliding over the bits, and lanes that are read side by side."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from dc_lab import huffman
from dc_lab.figures import style
from dc_lab.figures.grids import CLUSTERS
from dc_lab.figures.style import Picture

MOST_BITS, MOST_STEPS, MOST_LANES = 24, 8, 8
"""More would not be readable in one figure."""

USED, USED_INK = "#EFEFEF", "#8a8a8a"


def decoding_steps(payload: Any, lengths: Any, count: int, title: str | None = None) -> Picture:
    """A table decoder, a row a symbol: the window over the bits, the codeword it begins with, what the table says.

    Parameters
    ----------
    payload : bytes, up to 3 of them.
    lengths : bits of each symbol's codeword (k,), 0 for none, those of a complete canonical code.
    count : symbols in the payload, 1 to 8.

    Raises
    ------
    ValueError : another size, lengths that are not complete, or symbols that the payload does not have.
    """
    bits = style.counted(lengths, "lengths")
    data = bytes(payload)
    if not 1 <= count <= MOST_STEPS or not 1 <= len(data) <= MOST_BITS // 8:
        raise ValueError(f"1 to {MOST_STEPS} symbols of 1 to {MOST_BITS // 8} bytes can be drawn, got {count}")
    symbol, length, longest = huffman.decoding_table(bits.astype(np.uint8))
    digits = "".join(f"{byte:08b}" for byte in data)
    read = digits + "0" * longest
    rows, at = [], 0
    for _ in range(count):
        if at >= len(digits):
            raise ValueError(f"the payload of {len(digits)} bits does not have {count} symbols")
        window = int(read[at : at + longest], 2)
        rows.append((at, f"{window:0{longest}b}", int(symbol[window]), int(length[window])))
        at += int(length[window])

    across = len(digits)
    with style.canvas(0.5 + 0.42 * count) as figure:
        axes = _plain(figure, across + 14, count)
        for row, (begin, seen, found, used) in enumerate(rows):
            for place, digit in enumerate(digits):
                now = begin <= place < begin + used
                fill = CLUSTERS[0] if now else USED if place < begin else style.PAPER
                _cell(axes, place, row, 1, fill)
                ink = USED_INK if place < begin else style.INK
                axes.text(
                    place + 0.5, row + 0.5, digit, ha="center", va="center", color=ink, weight="bold" if now else None
                )
            frame = min(begin + longest, across) - begin
            axes.add_patch(Rectangle((begin, row + 0.1), frame, 0.8, fill=False, edgecolor=style.RED, lw=2.2, zorder=4))
            said = f"{seen} → symbol {found}, {style.plural(used, 'bit')}"
            axes.text(across + 0.6, row + 0.5, said, va="center", size=9.5)
        axes.set_title(title or f"A window of {longest} bits, one look-up a symbol")
        table = style.table(
            ("symbol number", "at bit", "window", "symbol", "bits"),
            [(str(i), str(begin), seen, str(found), str(used)) for i, (begin, seen, found, used) in enumerate(rows)],
        )
        alt = (
            f"{across} bits in {style.plural(count, 'row')}; a window of {longest} bits moves from bit 0 to"
            f" {rows[-1][0]}, each time by the codeword it began with. Symbols: {', '.join(str(r[2]) for r in rows)}."
        )
        return style.finish(figure, alt, f"{digits}\n{table}")


def decoding_lanes(symbols: Any, lengths: Any, lane: int, title: str | None = None) -> Picture:
    """A row of symbols cut into lanes, one under the other: codewords of one colour are looked up in one step.

    Parameters
    ----------
    symbols : whole numbers (n,).
    lengths : bits of each symbol's codeword (k,), each of the symbols with one.
    lane : symbols in a lane, 1 to 8; up to 8 lanes of up to 24 bits.

    Raises
    ------
    ValueError : another size, or a symbol without a codeword.
    """
    row, bits = style.counted(symbols, "symbols"), style.counted(lengths, "lengths")
    if row.max() >= len(bits) or (bits[row] == 0).any():
        raise ValueError("symbols must each have a codeword")
    if not 1 <= lane <= len(CLUSTERS) or -(-len(row) // lane) > MOST_LANES:
        raise ValueError(f"lane must be from 1 to {len(CLUSTERS)} and give up to {MOST_LANES} lanes, got {lane}")
    codes = huffman.canonical_codes(bits.astype(np.uint8))
    cut = [row[i : i + lane] for i in range(0, len(row), lane)]
    lane_bits = [int(bits[part].sum()) for part in cut]
    widest = max(lane_bits)
    if widest > MOST_BITS:
        raise ValueError(f"a lane must have up to {MOST_BITS} bits to be read, got {widest}")
    starts = np.cumsum([0, *lane_bits])
    with style.canvas(0.55 + 0.42 * len(cut)) as figure:
        left = 0.3 * widest  # for the names of the lanes
        axes = _plain(figure, widest + left + 0.2, len(cut))
        for number, part in enumerate(cut):
            axes.text(0, number + 0.5, f"lane {number}, from bit {starts[number]}", va="center", size=9.5)
            at = left
            for step, symbol in enumerate(part):
                length = int(bits[symbol])
                _cell(axes, at, number, length, CLUSTERS[step])
                word = f"{codes[symbol]:0{length}b}"
                axes.text(at + length / 2, number + 0.5, word, ha="center", va="center", family="DejaVu Sans Mono")
                at += length
        axes.set_title(title or f"{style.plural(len(cut), 'lane')}: one colour is one step, in all lanes at once")
        rows = [
            (str(i), str(starts[i]), str(lane_bits[i]), " ".join(map(str, part.tolist()))) for i, part in enumerate(cut)
        ]
        steps = max(map(len, cut))
        alt = (
            f"{style.plural(len(row), 'codeword')} in {style.plural(len(cut), 'lane')} one under the other;"
            f" {style.plural(steps, 'step')} instead of {len(row)}."
        )
        text = f"{len(row)} symbols, {len(cut)} lanes, {style.plural(steps, 'step')}\n"
        return style.finish(figure, alt, text + style.table(("lane", "from bit", "bits", "symbols"), rows))


def _plain(figure: Any, across: float, rows: int) -> Axes:
    """Axes without any mark, rows from the top."""
    axes: Axes = figure.subplots()
    axes.set_xlim(-0.2, across)
    axes.set_ylim(rows + 0.05, -0.05)
    axes.set_axis_off()
    return axes


def _cell(axes: Axes, x: float, row: int, width: float, fill: str) -> None:
    axes.add_patch(Rectangle((x, row + 0.1), width, 0.8, facecolor=fill, edgecolor=style.FAINT, lw=0.8, zorder=1))
