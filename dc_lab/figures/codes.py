"""The figure of a Huffman code: how often each symbol occurs, and how many bits it gets."""

from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from dc_lab import huffman
from dc_lab.figures import style
from dc_lab.figures.style import Picture


def code_length_chart(counts: Any, lengths: Any, title: str | None = None) -> Picture:
    """Frequency of each symbol above, the length of its code below; marks show the ideal length, -log2 p.

    Parameters
    ----------
    counts : whole numbers (k,), how often each symbol occurs; at least one above 0.
    lengths : bits of each symbol's code (k,), as from `huffman.code_lengths`.

    Raises
    ------
    ValueError : not whole numbers, of different length, all zero, or a symbol that occurs without a code.
    """
    number, bits = style.counted(counts, "counts"), style.counted(lengths, "lengths")
    if len(number) != len(bits):
        raise ValueError(f"counts and lengths must be equally long, got {len(number)} and {len(bits)}")
    total = int(number.sum())
    if total == 0:
        raise ValueError("counts must have at least one symbol that occurs")
    if (bits[number > 0] == 0).any():
        raise ValueError(f"symbol {int(np.argmax((number > 0) & (bits == 0)))} occurs but its code length is 0")
    used = np.flatnonzero(number)
    ideal = -np.log2(number[used] / total)
    entropy, mean = huffman.entropy(number), huffman.mean_length(number, bits)
    fixed = max(1, int(used[-1]).bit_length())

    symbols = np.arange(len(number))
    width = 0.8 if len(number) <= 64 else 1.0  # gaps between many bars would only flicker
    with style.canvas(4.0) as figure:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.25))
        above.bar(symbols, number / total, width, color=style.BLUE)
        above.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
        above.yaxis.set_major_locator(MaxNLocator(4))
        above.set_ylabel("share")
        above.set_title(title or f"{total:,} symbols: the frequent get short codes")
        below.bar(symbols, bits, width, color=style.SKY, label=f"code length, mean {mean:.3f}")
        look = {"color": style.INK, "mec": style.PAPER, "mew": 0.5, "ms": 5.5 if len(number) <= 64 else 2.8}
        below.plot(used, ideal, "D", linestyle="none", label="ideal: −log₂ share", **look)
        below.axhline(entropy, color=style.RED, linewidth=1.4, label=f"entropy {entropy:.3f}")
        below.axhline(fixed, color=style.INK, linestyle=":", linewidth=1.4, label=f"fixed width {fixed}")
        below.set_ylim(0, 1.08 * max(float(bits.max()), float(ideal.max()), fixed))
        below.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        below.xaxis.set_major_locator(MaxNLocator(16, integer=True, steps=[1, 2, 4, 5, 8, 10]))
        below.set_xlim(-0.6, len(number) - 0.4)
        below.set_ylabel("bits")
        below.set_xlabel("symbol")
        for axes in (above, below):
            axes.grid(axis="y")
        figure.legend(*below.get_legend_handles_labels(), loc="outside lower left", ncols=4, columnspacing=1.4)
        text = (
            f"{style.plural(total, 'symbol')}, {len(used)} different\n"
            f"bits a symbol: entropy {entropy:.4f}, Huffman {mean:.4f}, fixed width {fixed}\n"
        )
        if len(number) <= 32:
            rows: list[tuple[str, ...]] = [
                (str(i), f"{number[i]:,}", str(bits[i]), f"{-np.log2(number[i] / total):.2f}" if number[i] else "-")
                for i in symbols
            ]
            text += style.table(("symbol", "count", "bits", "ideal"), rows)
        else:
            by_length = np.bincount(bits[used], number[used]).astype(np.int64)
            rows = [
                (str(length), str(np.count_nonzero(bits[used] == length)), f"{by_length[length]:,}")
                for length in np.unique(bits[used])
            ]
            text += style.table(("code length", "different", "symbols"), rows)
        alt = (
            f"Two bar charts over {len(number)} symbols: how often each occurs, and the length of its code,"
            f" from {bits[used].min()} to {bits[used].max()} bits. On average {mean:.3f} bits a symbol,"
            f" entropy {entropy:.3f}, fixed width {fixed}."
        )
        return style.finish(figure, alt, text)
