"""Weights seen as pictures: a neuron that looks at 28 x 28 pixels has 28 x 28 weights."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from dc_lab.figures import style
from dc_lab.figures.style import Picture

PRUNED = "#DADADA"
SIGNED = LinearSegmentedColormap.from_list("signed", ["#00345C", style.BLUE, "#FFFFFF", style.ORANGE, style.RED])
"""Below zero to above zero. The blue end is the darker one, so that the two can be told apart in grey, too."""
COUNTED = LinearSegmentedColormap.from_list("counted", ["#FFFFFF", style.PALE, style.BLUE, "#00243F"])
BLOCKS = 7
"""Rows and columns of the table of kept weights by pixel."""
MOST = 30
COUNT_BINS = 24
"""Bars of the histogram of kept weights by neuron, at most, beside the one of neurons without any."""


def receptive_fields(
    weights: Any,
    shape: tuple[int, int] = (28, 28),
    rows: Sequence[int] | None = None,
    masks: Any = None,
    title: str | None = None,
    names: Sequence[str] | None = None,
) -> Picture:
    """What each neuron looks at: its incoming weights as a picture, pruned ones grey, all neurons on one scale.

    Parameters
    ----------
    weights : real array (neurons, inputs), such as `ip1.weight`; a filter is a neuron that looks at 5 x 5 pixels.
    shape : height and width of a picture, whose product is the number of inputs.
    rows : which neurons, up to 30; None takes the first ten.
    masks : bool array like `weights`, False where a weight is pruned; None: what is exactly 0 is pruned.
    names : what stands over each picture, one for each of `rows`; None: which neuron it is.

    Raises
    ------
    ValueError : NaN or infinite weights, a shape, rows or masks that do not fit, or not 1 to 30 rows.
    """
    values = style.real(weights, "weights", ndim=2)
    if shape[0] * shape[1] != values.shape[1]:
        raise ValueError(f"shape {shape[0]} x {shape[1]} must have as many pixels as inputs, got {values.shape[1]}")
    kept = values != 0 if masks is None else np.asarray(masks)
    if kept.dtype != np.bool_ or kept.shape != values.shape:
        raise ValueError(f"masks must be boolean of shape {values.shape}, got {kept.dtype} of shape {kept.shape}")
    chosen = style.counted(np.arange(min(10, len(values))) if rows is None else rows, "rows")
    if len(chosen) > MOST or chosen.max() >= len(values):
        raise ValueError(f"rows must be up to {MOST} of 0 to {len(values) - 1}, got {len(chosen)} up to {chosen.max()}")
    labels = [f"neuron {neuron}" for neuron in chosen] if names is None else list(names)
    if len(labels) != len(chosen):
        raise ValueError(f"names must be one for each of {len(chosen)} rows, got {len(labels)}")
    values, kept = values[chosen], kept[chosen]
    limit = float(np.abs(values[kept]).max()) if kept.any() else 1.0
    limit = limit or 1.0  # all that is kept is 0
    least = -limit if (values[kept] < 0).any() else 0.0
    marks = sorted({least, 0.0, limit})

    a_row = 5 if len(chosen) <= 10 and shape[1] > 10 else 10
    lines = -(-len(chosen) // a_row)
    side = (style.WIDTH - 0.9) / a_row
    colours = SIGNED.with_extremes(bad=PRUNED)
    with style.canvas(lines * (side * shape[0] / shape[1] + 0.24) + 0.5) as figure:
        panels = figure.subplots(lines, a_row, squeeze=False)
        for axes in panels.ravel()[len(chosen) :]:
            axes.axis("off")
        for axes, label, row, there in zip(panels.flat, labels, values, kept, strict=False):
            shown = np.ma.masked_where(~there, row).reshape(shape)
            image = axes.imshow(shown, colours, vmin=-limit, vmax=limit, interpolation="nearest")
            axes.set_title(label, fontsize=8.5, weight="normal", loc="center", pad=3)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set(visible=True, color=style.GREY)
        bar = figure.colorbar(image, ax=panels, fraction=0.05, aspect=12 * lines, pad=0.015, shrink=0.92)
        bar.ax.set_ylim(least, limit)
        bar.set_ticks(marks, labels=[f"{mark:.2g}" for mark in marks])
        pruned = int(np.count_nonzero(~kept))
        heading = title or f"The incoming weights of {style.plural(len(chosen), 'neuron')}"
        if pruned and title is None:
            heading += f", {style.percent(pruned / kept.size)} pruned (grey)"
        figure.suptitle(heading, x=0.012, ha="left", fontsize=11, weight="bold")
        table = [
            (
                label.removeprefix("neuron "),
                f"{there.sum():,}",
                *(_of(row[there], kind) for kind in ("min", "max")),
                _above(row[there]),
            )
            for label, row, there in zip(labels, values, kept, strict=True)
        ]
        text = (
            f"{style.plural(len(chosen), 'neuron')} of {shape[0]} × {shape[1]} weights, {kept.sum():,} kept\n"
            + style.table(("neuron", "kept", "least", "greatest", "above 0"), table)
        )
        share = style.percent(float(kept.mean()))
        alt = (
            f"{style.plural(len(chosen), 'picture')} of {shape[0]} by {shape[1]} pixels, one a neuron: "
            f"{'blue where its weight is below 0, ' if least < 0 else ''}white at 0, orange and red above, "
            f"from {least:.2g} to {limit:.2g}. Grey is pruned: {share} of the weights are kept."
        )
        return style.finish(figure, alt, text)


def _of(kept: np.ndarray, kind: str) -> str:
    return f"{getattr(kept, kind)():.3f}" if kept.size else "-"


def _above(kept: np.ndarray) -> str:
    return style.percent(float(np.mean(kept > 0))) if kept.size else "-"


def pixel_map(mask: Any, shape: tuple[int, int] = (28, 28), title: str | None = None) -> Picture:
    """How many neurons still look at each pixel: a heat map of the kept weights.

    Parameters
    ----------
    mask : bool array (neurons, inputs), True where a weight is kept.
    shape : height and width, whose product is the number of inputs.

    Raises
    ------
    ValueError : not boolean, not of two dimensions, or a shape that does not fit.
    """
    kept = np.asarray(mask)
    if kept.dtype != np.bool_ or kept.ndim != 2 or kept.size == 0:
        raise ValueError(f"mask must be boolean (neurons, inputs), got {kept.dtype} of shape {kept.shape}")
    if shape[0] * shape[1] != kept.shape[1]:
        raise ValueError(f"shape {shape[0]} x {shape[1]} must have as many pixels as inputs, got {kept.shape[1]}")
    counts = kept.sum(axis=0).reshape(shape)
    total, unseen = int(counts.sum()), int(np.count_nonzero(counts == 0))
    with style.canvas(3.6, 4.6) as figure:
        axes = figure.subplots()
        image = axes.imshow(counts, COUNTED, vmin=0, vmax=max(int(counts.max()), 1), interpolation="nearest")
        axes.set_title(title or f"{total:,} kept weights by pixel")
        axes.set_xlabel("column")
        axes.set_ylabel("row")
        bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.03)
        bar.set_label(f"kept weights, of {len(kept):,}")
        # The middle half of the rows and columns, where digits are.
        down, right = shape[0] // 4, shape[1] // 4
        inner = counts[down : shape[0] - down, right : shape[1] - right]
        inside = inner.sum() / total if total else 0.0
        words = (
            f"{total:,} of {kept.size:,} weights kept; a pixel has {counts.min()} to {counts.max()} of {len(kept):,}"
        )
        words_inside = f"the middle {inner.shape[0]} by {inner.shape[1]} pixels have {style.percent(float(inside))}"
        blocks = [
            [f"{part.sum():,}" for part in np.array_split(row, min(BLOCKS, shape[1]), axis=1)]
            for row in np.array_split(counts, min(BLOCKS, shape[0]), axis=0)
        ]
        text = f"{words}\n{words_inside}; {unseen:,} pixels have none\nkept weights by block of pixels\n"
        text += style.wrapped([cell for row in blocks for cell in row], len(blocks[0]))
        alt = f"Heat map of {shape[0]} by {shape[1]} pixels, darker where more weights are kept: {words};"
        alt += f" {words_inside}."
        return style.finish(figure, alt, text)


def kept_by_neuron(mask: Any, title: str | None = None) -> Picture:
    """How many weights each neuron keeps: a histogram, with what chance would give as its rival.

    The first bar, in another colour, are neurons that keep none. The points are the neurons expected in each bar if
    each weight were kept independently of all others, with the density of the whole layer (binomial distribution).

    Parameters
    ----------
    mask : bool array (neurons, inputs), True where a weight is kept.

    Raises
    ------
    ValueError : not boolean, not of two dimensions, or empty.
    """
    kept = np.asarray(mask)
    if kept.dtype != np.bool_ or kept.ndim != 2 or kept.size == 0:
        raise ValueError(f"mask must be boolean (neurons, inputs), got {kept.dtype} of shape {kept.shape}")
    counts = kept.sum(axis=1)
    width = max(1, -(-int(counts.max()) // COUNT_BINS))
    # Bars hold 0, then 1 to width, width + 1 to 2 width, and so on.
    edges = np.append(0, np.arange(1, max(int(counts.max()), 1) + width + 1, width))
    neurons = np.histogram(counts, edges)[0]
    chances = np.array([_binomial(number, kept.shape[1], float(kept.mean())) for number in range(edges[-1])])
    expected = np.array([chances[low:high].sum() for low, high in itertools.pairwise(edges)]) * len(kept)
    labels = ["0", *(_range(low, high - 1) for low, high in itertools.pairwise(edges[1:]))]
    with style.canvas(3.3) as figure:
        axes = figure.subplots()
        places = np.arange(len(neurons))
        axes.bar(places[:1], neurons[:1], 0.84, color=style.RED, hatch="//", label="neurons without a weight")
        axes.bar(places[1:], neurons[1:], 0.84, color=style.BLUE, label="other neurons")
        axes.plot(places, expected, ":o", color=style.INK, linewidth=1, markersize=4, label="expected by chance")
        axes.set_title(title or "Kept weights of each neuron")
        axes.set_xlabel("kept weights of a neuron")
        axes.set_ylabel("neurons")
        axes.grid(axis="y")
        every = max(1, -(-len(labels) // 12))
        axes.set_xticks(places[::every], labels[::every])
        axes.legend(loc="upper right")
        none = int(neurons[0])
        words = (
            f"{style.plural(len(kept), 'neuron')} keep {counts.min()} to {counts.max()} weights each,"
            f" {counts.mean():.1f} on average; {none:,} keep none, {expected[0]:.1f} expected by chance"
        )
        rows = [
            (label, f"{there:,}", f"{by_chance:.1f}")
            for label, there, by_chance in zip(labels, neurons, expected, strict=True)
        ]
        text = f"{words}\n{style.table(('kept', 'neurons', 'by chance'), rows)}"
        alt = f"Histogram of the kept weights of each neuron. {words}. Dots show what chance would give."
        return style.finish(figure, alt, text)


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}-{high}"


def _binomial(number: int, trials: int, chance: float) -> float:
    """The chance of so many successes; 0 where there are more of them than trials."""
    if number > trials or (chance in (0.0, 1.0) and number != round(chance * trials)):
        return 0.0
    if chance in (0.0, 1.0):
        return 1.0
    ways = math.lgamma(trials + 1) - math.lgamma(number + 1) - math.lgamma(trials - number + 1)
    return math.exp(ways + number * math.log(chance) + (trials - number) * math.log1p(-chance))
