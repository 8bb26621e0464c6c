"""The figure of a trade: what is lost (error) against what is kept (density, bits, bytes)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from dc_lab.figures import style
from dc_lab.figures.style import Picture

LABEL_GAP = 0.075
"""Least distance of two labels at the ends of lines, as a share of the height of the axes."""


def curve(
    series: Mapping[str, tuple[Any, Any]],
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    reference: tuple[str, float] | None = None,
    mark: tuple[str, float, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    digits: int = 4,
) -> Picture:
    """Lines with a marker at each measured point. Where every x is a whole number, so are the ticks of a linear axis.

    Parameters
    ----------
    series : label -> (x, y), one to seven lines, each of one or more points; drawn in the order of x.
    reference : (label, y) of a horizontal line, such as the error of the dense network.
    mark : (label, x, y) of a point to ring, such as the one chosen.
    digits : significant digits of y in the text. Fewer hide what differs from machine to machine.

    Raises
    ------
    ValueError : no or more than seven lines, x and y of different length, NaN or infinite values, or one that is
        not above 0 on a logarithmic axis.
    """
    lines = _checked(series, log_x, log_y)
    if reference is not None:
        _positive(style.real([reference[1]], "reference"), f"reference {reference[0]!r}", log_y)
    if mark is not None:
        _positive(style.real([mark[1]], "mark"), f"x of mark {mark[0]!r}", log_x)
        _positive(style.real([mark[2]], "mark"), f"y of mark {mark[0]!r}", log_y)
    with style.canvas(3.4) as figure:
        axes = figure.subplots()
        if log_x:
            axes.set_xscale("log")
        if log_y:
            axes.set_yscale("log")
        ends: list[tuple[str, float, float, str]] = []
        for number, (label, (x, y)) in enumerate(lines.items()):
            colour, marker, dashes = style.SERIES[number], style.MARKERS[number], style.DASHES[number]
            axes.plot(x, y, color=colour, marker=marker, linestyle=dashes, mec=style.PAPER, mew=0.6, label=label)
            if len(lines) > 1:  # of a single line, the axis says what it is
                ends.append((label, float(x[-1]), float(y[-1]), colour))
        if reference is not None:
            label = f"{reference[0]} {reference[1]:.{digits}g}"
            axes.axhline(reference[1], color=style.FAINT, linestyle=(0, (2, 2)), linewidth=1.4, zorder=1, label=label)
            ends.append((label, float(axes.get_xlim()[1]), reference[1], style.INK))
        for logarithmic, axis in ((log_x, axes.xaxis), (log_y, axes.yaxis)):
            if logarithmic:
                axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                axis.set_major_formatter(lambda value, _: f"{value:g}")
                axis.set_minor_locator(NullLocator())
        if not log_x and all(np.array_equal(x, np.rint(x)) for x, _ in lines.values()):
            # There is no half a bit or epoch. The steps are those matplotlib takes by itself.
            axes.xaxis.set_major_locator(
                MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True, min_n_ticks=1)
            )
        axes.grid()
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        axes.set_title(title or f"{ylabel[:1].upper()}{ylabel[1:]} against {xlabel}")
        axes.set_xlim(axes.get_xlim())
        axes.set_ylim(axes.get_ylim())
        if mark is not None:
            _ring(axes, *mark)
        if not _label_ends(axes, ends):
            figure.legend(loc="outside right upper", handlelength=3)  # "best" still lies on lines where there are many
        text = _numbers(lines, xlabel, digits)
        if reference is not None:
            text += f"\n{reference[0]}: {reference[1]:.{digits}g}"
        if mark is not None:
            text += f"\n{mark[0]}: {mark[2]:.{digits}g} at {mark[1]:.4g}"
        return style.finish(figure, _described(lines, xlabel, ylabel, reference, mark, digits), text)


def _positive(values: np.ndarray, name: str, needed: bool) -> None:
    if needed and values.min() <= 0:
        raise ValueError(f"{name} must be above 0 on a logarithmic axis, got {values.min():g}")


def _checked(
    series: Mapping[str, tuple[Any, Any]], log_x: bool, log_y: bool
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Each line's points in the order of x."""
    if not 1 <= len(series) <= len(style.SERIES):
        raise ValueError(f"series must be 1 to {len(style.SERIES)} lines, got {len(series)}")
    lines = {}
    for label, (xs, ys) in series.items():
        x, y = style.real(xs, f"x of {label!r}", ndim=1), style.real(ys, f"y of {label!r}", ndim=1)
        if len(x) != len(y):
            raise ValueError(f"{label!r}: x and y must be equally long, got {len(x)} and {len(y)}")
        _positive(x, f"x of {label!r}", log_x)
        _positive(y, f"y of {label!r}", log_y)
        order = np.argsort(x, kind="stable")
        lines[label] = (x[order], y[order])
    return lines


def _label_ends(axes: Axes, ends: list[tuple[str, float, float, str]]) -> bool:
    """Write each label at the right end of its line; False, and nothing written, where they lie too close for that."""
    to_share = axes.transData + axes.transAxes.inverted()
    points = [to_share.transform((x, y)) for _, x, y, _ in ends]
    if not ends:
        return True
    heights = style.spread([float(y) for _, y in points], LABEL_GAP, 0.0, 1.0)
    moved = max(abs(height - y) for height, (_, y) in zip(heights, points, strict=True))
    if moved > 1.5 * LABEL_GAP or min(x for x, _ in points) < 0.85:
        return False
    for (label, _, _, colour), height, (x, y) in zip(ends, heights, points, strict=True):
        axes.plot([x + 0.005, 1.02], [y, height], color=colour, linewidth=0.7, transform=axes.transAxes, clip_on=False)
        axes.text(1.03, height, label, color=style.darker(colour), va="center", transform=axes.transAxes)
    return True


def _ring(axes: Axes, label: str, x: float, y: float) -> None:
    axes.plot([x], [y], "o", markersize=13, mfc="none", mec=style.INK, mew=1.6, zorder=5)
    across, up = (axes.transData + axes.transAxes.inverted()).transform((x, y))
    axes.annotate(
        label,
        (x, y),
        (-14 if across > 0.6 else 14, -20 if up > 0.6 else 20),
        textcoords="offset points",
        ha="right" if across > 0.6 else "left",
        va="center",
        weight="bold",
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
    )


def _numbers(lines: Mapping[str, tuple[np.ndarray, np.ndarray]], xlabel: str, digits: int) -> str:
    """One table where all lines have the same x, else one each."""
    first = next(iter(lines.values()))[0]
    if all(np.array_equal(x, first) for x, _ in lines.values()):
        rows = [(f"{x:.4g}", *(f"{y[i]:.{digits}g}" for _, y in lines.values())) for i, x in enumerate(first)]
        return style.table((xlabel, *lines), rows)
    return "\n".join(
        style.table((xlabel, label), [(f"{a:.4g}", f"{b:.{digits}g}") for a, b in zip(x, y, strict=True)])
        for label, (x, y) in lines.items()
    )


def _described(
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]],
    xlabel: str,
    ylabel: str,
    reference: tuple[str, float] | None,
    mark: tuple[str, float, float] | None,
    digits: int,
) -> str:
    words = "; ".join(
        f"{label} from {y[0]:.{digits}g} at {x[0]:.4g} to {y[-1]:.{digits}g} at {x[-1]:.4g}"
        for label, (x, y) in lines.items()
    )
    alt = f"Line chart of {ylabel} against {xlabel}: {words}."
    if reference is not None:
        alt += f" Dotted line: {reference[0]}, {reference[1]:.{digits}g}."
    if mark is not None:
        alt += f" Ringed: {mark[0]}, {mark[2]:.{digits}g} at {mark[1]:.4g}."
    return alt
