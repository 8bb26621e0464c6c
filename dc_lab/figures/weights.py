"""Figures of a layer's weights: histograms, the codebook over them, and where k-means starts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from dc_lab.figures import style
from dc_lab.figures.style import Picture

BINS = 60
"""Bins of a drawn histogram, about."""

MANY = 64
"""Centroids beyond which they are drawn as ticks, and listed as a summary."""


class _Bins(NamedTuple):
    """Zeros are counted apart: at 90 % sparsity their bin would hide all others."""

    edges: np.ndarray
    counts: np.ndarray
    zeros: int


def _edges(values: np.ndarray, aligned: float | None = None) -> np.ndarray:
    """Edges of equal bins over the values; one falls on +-`aligned`, so that no bin is half in and half out."""
    if values.size == 0:
        return np.linspace(-1, 1, BINS + 1)
    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = low - 0.5 * abs(low) - 0.05, high + 0.5 * abs(high) + 0.05
    width = (high - low) / BINS
    if aligned and aligned > width / 2:
        width = aligned / round(max(aligned / width, 1))
        return width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)
    return np.linspace(low, high, BINS + 1)


def _bins(values: np.ndarray, edges: np.ndarray) -> _Bins:
    nonzero = values[values != 0]
    return _Bins(edges, np.histogram(nonzero, edges)[0], int(values.size - nonzero.size))


def _bars(axes: Axes, bins: _Bins, colour: str, hatch: str = "", logarithmic: bool = False) -> None:
    axes.stairs(
        bins.counts,
        bins.edges,
        baseline=0.7 if logarithmic else 0,
        fill=True,
        facecolor=colour,
        edgecolor=style.FAINT if hatch else colour,
        hatch=hatch or None,
        linewidth=0.5,
    )


def _coarse(bins: _Bins, groups: int = 8) -> list[tuple[str, str]]:
    """Rows "from ... to ..., count" of about `groups` ranges, for the text."""
    parts = np.array_split(np.arange(len(bins.counts)), min(groups, len(bins.counts)))
    return [
        (f"{bins.edges[part[0]]:+.3f} to {bins.edges[part[-1] + 1]:+.3f}", f"{int(bins.counts[part].sum()):,}")
        for part in parts
    ]


def _summary(values: np.ndarray) -> str:
    return (
        f"{style.plural(values.size, 'weight')} from {values.min():.4f} to {values.max():.4f},"
        f" standard deviation {values.std():.4f}"
    )


def weight_histogram(
    weights: Any, threshold: float | None = None, title: str | None = None, log: bool = False
) -> Picture:
    """How many weights there are of each size; zeros are counted, not drawn.

    Parameters
    ----------
    weights : real array, any shape.
    threshold : where given, the zone |weight| < threshold is shaded, and the shares inside and outside printed.
    log : counts on a logarithmic axis.

    Raises
    ------
    ValueError : no weights, NaN or infinite ones, or a negative threshold.
    """
    values = style.real(weights, "weights").ravel()
    if threshold is not None and not 0 <= threshold < np.inf:
        raise ValueError(f"threshold must be 0 or more and finite, got {threshold}")
    edges = _edges(values[values != 0], threshold)
    bins = _bins(values, edges)
    text = _summary(values)
    alt = f"Histogram of {_summary(values)}."
    with style.canvas(2.9) as figure:
        axes = figure.subplots()
        _bars(axes, bins, style.BLUE, logarithmic=log)
        if threshold is not None:
            inside = int(np.count_nonzero(np.abs(values) < threshold))
            share = inside / values.size
            _bars(axes, _bins(values[np.abs(values) < threshold], edges), style.GREY, "////", log)
            axes.axvspan(-threshold, threshold, color=style.YELLOW, alpha=0.25, zorder=0, linewidth=0)
            for edge in (-threshold, threshold):
                axes.axvline(edge, color=style.RED, linestyle="--", linewidth=1.3)
            inside_text = f"removed\n{style.percent(share)}\n|w| < {threshold:.3g}"
            axes.text(0.02, 0.97, inside_text, color=style.darker(style.RED), va="top", transform=axes.transAxes)
            outside_text = f"kept\n{style.percent(1 - share)}"
            axes.text(
                0.98, 0.97, outside_text, color=style.darker(style.BLUE), va="top", ha="right", transform=axes.transAxes
            )
            text += (
                f"\n|weight| < {threshold:.4g}: {inside:,} removed ({style.percent(share)}),"
                f" {values.size - inside:,} kept ({style.percent(1 - share)})"
            )
            alt += f" The zone |weight| < {threshold:.3g} is shaded: {style.percent(share)} of the weights are inside."
        if bins.zeros:
            note = f"{bins.zeros:,} zeros ({style.percent(bins.zeros / values.size)}) not drawn"
            axes.set_title(note, loc="right", fontsize=9, weight="normal")
            text += f"\n{bins.zeros:,} of them are zero ({style.percent(bins.zeros / values.size)}), not drawn"
            alt += f" {style.percent(bins.zeros / values.size)} are exactly zero and not drawn."
        if bins.zeros == values.size:
            axes.text(0.5, 0.5, "all weights are zero", transform=axes.transAxes, ha="center", color=style.FAINT)
        _axes_of_counts(axes, bins, log)
        axes.set_title(title or "Histogram of the weights")
        return style.finish(figure, alt, text + "\n" + style.table(("range", "weights"), _coarse(bins)))


def _axes_of_counts(axes: Axes, bins: _Bins, log: bool) -> None:
    if log:
        axes.set_yscale("log")
        axes.set_ylim(0.7, 2 * max(int(bins.counts.max()), bins.zeros, 5))
    else:
        axes.set_ylim(0, 1.12 * max(int(bins.counts.max()), 1))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    style.thousands(axes)
    axes.grid(axis="y")
    axes.set_xlim(float(bins.edges[0]), float(bins.edges[-1]))
    axes.set_xlabel("weight")
    axes.set_ylabel("number of weights")


def before_and_after(
    before: Any,
    after: Any,
    names: tuple[str, str] = ("before", "after"),
    title: str | None = None,
    log: bool = True,
) -> Picture:
    """Two histograms over the same bins and axes, one above the other; zeros stand as a bar of their own.

    Parameters
    ----------
    before, after : real arrays, any shape.
    log : counts on a logarithmic axis, so that a bar of 90 % zeros does not hide the rest.

    Raises
    ------
    ValueError : no weights, or NaN or infinite ones.
    """
    arrays = [style.real(before, "before").ravel(), style.real(after, "after").ravel()]
    together = np.concatenate(arrays)
    edges = _edges(together[together != 0])
    both = [_bins(values, edges) for values in arrays]
    alt = "Two histograms of weights, one above the other."
    text = []
    with style.canvas(4.3) as figure:
        panels = figure.subplots(2, 1, sharex=True, sharey=True)
        highest = max(max(int(bins.counts.max()), bins.zeros) for bins in both)
        for axes, values, bins, name, colour in zip(
            panels, arrays, both, names, (style.BLUE, style.ORANGE), strict=True
        ):
            _bars(axes, bins, colour, logarithmic=log)
            width = (edges[-1] - edges[0]) / BINS
            share = bins.zeros / values.size
            if bins.zeros:
                look = {"color": style.PAPER, "hatch": "/////", "edgecolor": style.INK, "linewidth": 0.8}
                axes.bar(0, bins.zeros, 0.55 * width, **look)
                axes.text(1.2 * width, bins.zeros, f"{bins.zeros:,} zeros ({style.percent(share)})", va="top")
            _axes_of_counts(axes, bins, log)
            axes.set_ylim(0.7 if log else 0, highest * (2 if log else 1.12))
            note = f"{name}: {values.size - bins.zeros:,}\nnon-zero weights"
            axes.text(0.01, 0.97, note, transform=axes.transAxes, va="top", weight="bold")
            text.append(f"{name}: {_summary(values)}; {bins.zeros:,} zeros")
            alt += f" {name}: {style.plural(values.size, 'weight')}, {style.percent(share)} zero."
        panels[0].set_xlabel("")
        panels[0].set_title(title or f"Weights {names[0]} and {names[1]}")
        rows = [(place, one, two) for (place, one), (_, two) in zip(_coarse(both[0]), _coarse(both[1]), strict=True)]
        return style.finish(figure, alt, "\n".join((*text, style.table(("non-zero in range", *names), rows))))


def codebook(weights: Any, centroids: Any, start: Any = None, title: str | None = None) -> Picture:
    """The shared values over the histogram of the non-zero weights (paper, figure 4, right).

    Parameters
    ----------
    weights : real array, any shape; those that are not zero are drawn.
    centroids : the codebook (k,), k from 1 to 256.
    start : the codebook (k,) before k-means or before training; drawn with lines to where each centroid
        went. Weights are then counted with the nearest centroid of `start`.

    Raises
    ------
    ValueError : no weights, no centroids, NaN or infinite ones, or a `start` of another length.
    """
    values = style.real(weights, "weights").ravel()
    book = np.sort(style.real(centroids, "centroids", ndim=1))
    if len(book) > 256:
        raise ValueError(f"centroids must be at most 256 to be told apart, got {len(book)}")
    first = None if start is None else np.sort(style.real(start, "start", ndim=1))
    if first is not None and len(first) != len(book):
        raise ValueError(f"start must have as many centroids as the codebook, {len(book)}, got {len(first)}")
    nonzero = values[values != 0]
    everything = np.concatenate([nonzero, book, book if first is None else first])
    bins = _bins(nonzero, _edges(everything))
    sorted_by = book if first is None else first  # training moves the centroids; which weight has which one stays
    members = np.bincount(np.searchsorted((sorted_by[1:] + sorted_by[:-1]) / 2, nonzero), minlength=len(book))

    strip = 0.55 if first is None else 1.1
    with style.canvas(2.5 + strip) as figure:
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, strip))
        _bars(axes, bins, style.PALE)
        if len(book) <= MANY:
            axes.vlines(book, 0, 1, transform=axes.get_xaxis_transform(), color=style.RED, linewidth=0.9)
        _axes_of_counts(axes, bins, log=False)
        axes.set_xlabel("")
        axes.set_title(title or f"{style.plural(len(book), 'shared value')} over the non-zero weights")
        below.plot(book, np.zeros(len(book)), "o" if len(book) <= MANY else "|", color=style.RED, linestyle="none")
        if first is not None:
            below.plot([first, book], [np.ones(len(book)), np.zeros(len(book))], color=style.FAINT, linewidth=0.8)
            below.plot(first, np.ones(len(book)), "x" if len(book) <= MANY else "|", color=style.INK, linestyle="none")
        below.set_ylim(-0.5, 0.5 if first is None else 1.4)
        below.set_yticks([0] if first is None else [0, 1], ["centroids"] if first is None else ["now", "start"])
        below.tick_params(axis="y", length=0)
        below.spines["left"].set_visible(False)
        margin = (bins.edges[-1] - bins.edges[0]) / 60
        below.set_xlim(bins.edges[0] - margin, bins.edges[-1] + margin)
        below.set_xlabel("weight")
        text = [
            f"{style.plural(len(nonzero), 'non-zero weight')}, {style.plural(len(book), 'centroid')}",
            "centroids\n" + _listed(book),
        ]
        alt = (
            f"Histogram of {style.plural(len(nonzero), 'non-zero weight')} with {len(book)} centroids marked from"
            f" {book[0]:.3f} to {book[-1]:.3f}."
        )
        if first is not None:
            text.append("start\n" + _listed(first))
            moved = np.abs(book - first)
            text.append(f"moved by {moved.mean():.4f} on average, {moved.max():.4f} at most")
            alt += f" From where they started they moved by {moved.max():.3f} at most."
        if len(book) <= MANY:
            text.append("weights each\n" + style.wrapped([f"{count:,}" for count in members], 8))
        text.append(f"weights a centroid: {members.min():,} to {members.max():,}, median {np.median(members):,.0f}")
        return style.finish(figure, alt, "\n".join(text))


def _listed(book: np.ndarray) -> str:
    """The centroids, eight to a line; of many, eight of them from the lowest to the highest."""
    some = book if len(book) <= MANY else book[np.linspace(0, len(book) - 1, 8).astype(np.int64)]
    return style.wrapped([f"{value:.4f}" for value in some], 8) + (f"  (8 of {len(book)})" if len(book) > MANY else "")


def cdf_starts(weights: Any, starts: Mapping[str, Any], title: str | None = None) -> Picture:
    """Where k-means starts, on the cumulative distribution of the weights (paper, figure 4); one panel a start.

    Parameters
    ----------
    weights : real array, any shape; all are drawn, so leave out zeros beforehand.
    starts : name -> initial centroids (k,), 1 to 4 of them.

    Raises
    ------
    ValueError : no weights or centroids, NaN or infinite ones, or not 1 to 4 starts.
    """
    ordered = np.sort(style.real(weights, "weights").ravel())
    if not 1 <= len(starts) <= 4:
        raise ValueError(f"starts must be 1 to 4, got {len(starts)}")
    books = {name: np.sort(style.real(start, f"start {name!r}", ndim=1)) for name, start in starts.items()}
    every = np.unique(np.linspace(0, len(ordered) - 1, 400).astype(np.int64))
    text = [_summary(ordered)]
    with style.canvas(2.9) as figure:
        panels = figure.subplots(1, len(books), sharex=True, sharey=True, squeeze=False)[0]
        for number, (axes, (name, book)) in enumerate(zip(panels, books.items(), strict=True)):
            share = np.searchsorted(ordered, book, side="right") / len(ordered)
            colour = style.SERIES[number]
            axes.plot(ordered[every], (every + 1) / len(ordered), color=style.INK, linewidth=1.4)
            axes.vlines(book, 0, share, color=colour, linewidth=0.9)
            axes.plot(book, share, style.MARKERS[number], color=colour, markersize=4.5, linestyle="none")
            axes.plot(book, np.zeros(len(book)), "|", color=colour, markersize=9, clip_on=False, linestyle="none")
            axes.set_ylim(0, 1.03)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.grid()
            axes.set_xlabel("weight")
            axes.set_title(f"{name} start", loc="center", fontsize=10)
            text.append(f"{name}\n" + _listed(book))
        panels[0].set_ylabel("weights below")
        title = title or f"Where {len(next(iter(books.values())))} centroids start"
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, weight="bold")
        alt = f"Cumulative distribution of {style.plural(len(ordered), 'weight')}, with the starting centroids marked. "
        alt += " ".join(f"{name}: {len(book)} from {book[0]:.3f} to {book[-1]:.3f}." for name, book in books.items())
        return style.finish(figure, alt, "\n".join(text))


def centroid_paths(weights: Any, books: Any, shown: int | None = None, title: str | None = None) -> Picture:
    """How centroids move in k-means, a row a round, under the histogram of the weights that are not zero.

    Parameters
    ----------
    weights : real array, any shape.
    books : the codebook after 0, 1, 2 rounds and so on, real (rounds + 1, k), k from 1 to 64.
    shown : the last round that is drawn; None for all. The figure has the same size with any.

    Raises
    ------
    ValueError : no weights, NaN or infinite numbers, too many centroids, or a round that there is not.
    """
    values = style.real(weights, "weights").ravel()
    rows = style.real(books, "books", ndim=2)
    last = len(rows) - 1 if shown is None else shown
    if rows.shape[1] > MANY:
        raise ValueError(f"books must have at most {MANY} centroids to be told apart, got {rows.shape[1]}")
    if not 0 <= last < len(rows):
        raise ValueError(f"shown must be a round from 0 to {len(rows) - 1}, got {last}")
    nonzero = values[values != 0]
    bins = _bins(nonzero, _edges(np.concatenate([nonzero, rows.ravel()])))
    book = rows[last]
    with style.canvas(4.2) as figure:
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, 1.6))
        _bars(axes, bins, style.PALE)
        axes.vlines(book, 0, 1, transform=axes.get_xaxis_transform(), color=style.RED, linewidth=0.9)
        _axes_of_counts(axes, bins, log=False)
        axes.set_xlabel("")
        axes.set_title(
            title or f"k-means, {style.plural(rows.shape[1], 'centroid')}: after {style.plural(last, 'round')}"
        )
        below.plot(rows[: last + 1], np.arange(last + 1), color=style.FAINT, linewidth=0.9)
        below.plot(rows[:last], np.arange(last), ".", color=style.INK, markersize=3.5)
        below.plot(book, np.full(len(book), last), "o", color=style.RED, markersize=5)
        below.set_ylim(len(rows) - 0.5, -0.5)
        below.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        below.set_ylabel("round")
        below.set_xlabel("weight")
        margin = (bins.edges[-1] - bins.edges[0]) / 60
        below.set_xlim(bins.edges[0] - margin, bins.edges[-1] + margin)
        chosen = sorted({round(r) for r in np.linspace(0, last, min(last + 1, 6))})
        text = [f"{style.plural(len(nonzero), 'non-zero weight')}, {style.plural(rows.shape[1], 'centroid')}"]
        text += [f"after {style.plural(r, 'round')}\n{_listed(rows[r])}" for r in chosen]
        moved = np.abs(np.diff(rows[: last + 1], axis=0)).max(axis=1, initial=0.0)
        if last:
            text.append(f"the last of these rounds moved a centroid by {moved[-1]:.4f} at most")
        alt = (
            f"Histogram of {style.plural(len(nonzero), 'non-zero weight')}, and under it, a row a round, where"
            f" {style.plural(rows.shape[1], 'centroid')} stood from the start to round {last}:"
            f" then from {book[0]:.3f} to {book[-1]:.3f}."
        )
        return style.finish(figure, alt, "\n".join(text))
