"""The figure of a trade: what is lost (error) against what is kept (density, bits, bytes)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from dc_lab.figures import style
from dc_lab.figures.style import Picture

LABEL_GAP = 0.075
"""Least distance of two labels at the ends of lines, as a share of the height of the axes."""


class _Line(NamedTuple):
    """One line in the order of x. `runs` (points, runs) are what y is the mean of; None where there is one value."""

    x: np.ndarray
    y: np.ndarray
    runs: np.ndarray | None

    def named(self, label: str) -> str:
        return label if self.runs is None else f"{label}, n = {self.runs.shape[1]}"


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
    *,
    chance: tuple[float, float] | None = None,
    guess: Any = None,
) -> Picture:
    """Lines with a marker at each measured point. Where every x is a whole number, so are the ticks of a linear axis.

    A line of several runs, such as five seeds, goes through their means. Each run is a small point, and the band behind
    reaches from the least to the greatest. Their number n stands behind the label, and the text lists every run.

    Parameters
    ----------
    series : label -> (x, y), one to seven lines, each of one or more points; drawn in the order of x. y is (points,),
        or (points, runs) with at least two runs of each point.
    reference : (label, y) of a horizontal line, such as the error of the dense network.
    mark : (label, x, y) of a point to ring, such as the one chosen.
    digits : significant digits of y in the text. Fewer hide what differs from machine to machine.
    chance : (low, high) of a grey strip: y that differ by no more than chance makes them differ.
    guess : what the learner guessed, drawn with a star: (x, y), or y alone for a horizontal line; None is no guess.

    Raises
    ------
    ValueError : no or more than seven lines, x and y of different length, NaN or infinite values, or one that is
        not above 0 on a logarithmic axis. A guess that such an axis does not have is not drawn, and that is said.
    """
    lines = _checked(series, log_x, log_y)
    if reference is not None:
        _positive(style.real([reference[1]], "reference"), f"reference {reference[0]!r}", log_y)
    if mark is not None:
        _positive(style.real([mark[1]], "mark"), f"x of mark {mark[0]!r}", log_x)
        _positive(style.real([mark[2]], "mark"), f"y of mark {mark[0]!r}", log_y)
    strip = None if chance is None else _strip(chance, log_y)
    guessed = None if guess is None else _guessed(guess, log_x, log_y)
    with style.canvas(3.4 if all(line.runs is None for line in lines.values()) else 3.6) as figure:
        axes = figure.subplots()
        if log_x:
            axes.set_xscale("log")
        if log_y:
            axes.set_yscale("log")
        ends: list[tuple[str, float, float, str]] = []
        for number, (label, line) in enumerate(lines.items()):
            colour, marker, dashes = style.SERIES[number], style.MARKERS[number], style.DASHES[number]
            look = {"color": colour, "marker": marker, "linestyle": dashes, "mec": style.PAPER, "mew": 0.6}
            axes.plot(line.x, line.y, **look, label=line.named(label), zorder=2.5)
            if line.runs is not None:
                _draw_runs(axes, line, colour)
            if len(lines) > 1 or line.runs is not None:  # of a single line, the axis says what it is
                ends.append((line.named(label), float(line.x[-1]), float(line.y[-1]), colour))
        if reference is not None:
            label = f"{reference[0]} {reference[1]:.{digits}g}"
            axes.axhline(reference[1], color=style.FAINT, linestyle=(0, (2, 2)), linewidth=1.4, zorder=1, label=label)
            ends.append((label, float(axes.get_xlim()[1]), reference[1], style.INK))
        for logarithmic, axis in ((log_x, axes.xaxis), (log_y, axes.yaxis)):
            if logarithmic:
                axis.set_major_locator(_ticks(*axis.get_view_interval()))
                axis.set_major_formatter(lambda value, _: f"{value:g}")
                axis.set_minor_locator(NullLocator())
        if not log_x and all(np.array_equal(line.x, np.rint(line.x)) for line in lines.values()):
            # There is no half a bit or epoch. The steps are those matplotlib takes by itself.
            axes.xaxis.set_major_locator(
                MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True, min_n_ticks=1)
            )
        axes.grid()
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        axes.set_title(title or f"{ylabel[:1].upper()}{ylabel[1:]} against {xlabel}")
        if strip is not None:
            label = f"chance {strip[0]:.{digits}g} to {strip[1]:.{digits}g}"
            axes.axhspan(*strip, facecolor=style.GREY, alpha=0.55, linewidth=0, zorder=0, label=label)
            middle = float(np.sqrt(strip[0] * strip[1]) if log_y else sum(strip) / 2)
            ends.append((label, float(axes.get_xlim()[1]), middle, style.FAINT))
        axes.set_xlim(axes.get_xlim())
        axes.set_ylim(axes.get_ylim())
        if guessed is not None and guessed.drawn:
            _draw_guess(axes, guessed, log_y)
        if mark is not None:
            _ring(axes, *mark)
        if not _label_ends(axes, ends):
            figure.legend(loc="outside right upper", handlelength=3)  # "best" still lies on lines where there are many
        if any(line.runs is not None for line in lines.values()):
            look = {"fontsize": 8, "color": style.FAINT, "x": 0.012, "ha": "left"}
            figure.supxlabel("line: mean of n runs, small points: each run, band: least to greatest", **look)
        text = _numbers(lines, xlabel, digits)
        if reference is not None:
            text += f"\n{reference[0]}: {reference[1]:.{digits}g}"
        if mark is not None:
            text += f"\n{mark[0]}: {mark[2]:.{digits}g} at {mark[1]:.4g}"
        if strip is not None:
            text += f"\nchance: {strip[0]:.{digits}g} to {strip[1]:.{digits}g}"
        if guessed is not None:
            text += f"\n{guessed}"
        alt = _described(lines, xlabel, ylabel, reference, mark, digits)
        if strip is not None:
            alt += f" Grey strip: chance, {strip[0]:.{digits}g} to {strip[1]:.{digits}g}."
        if guessed is not None:
            alt += f" A star: {guessed}." if guessed.drawn else f" Not drawn: {guessed}."
        return style.finish(figure, alt, text)


BESIDE: dict[str, Any] = {
    "textcoords": "offset points",
    "weight": "bold",
    "fontsize": 9,
    "bbox": {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
    "zorder": 6,
}


class _Guess(NamedTuple):
    x: float | None
    y: float
    drawn: bool

    def __str__(self) -> str:
        place = "" if self.x is None else f" at {self.x:.4g}"
        return f"{style.GUESS}: {self.y:.4g}{place}" + ("" if self.drawn else " (a logarithmic axis has no such place)")


def _ticks(least: float, greatest: float) -> LogLocator:
    """Of a logarithmic axis: 1, 2 and 5 times powers of ten; more on a short axis, where these are fewer than four."""
    sparse = LogLocator(subs=(1, 2, 5))
    seen = [tick for tick in sparse.tick_values(least, greatest) if least <= tick <= greatest]
    return sparse if len(seen) >= 4 else LogLocator(subs=(1, 1.5, 2, 3, 4, 5, 6, 8))


def _guessed(guess: Any, log_x: bool, log_y: bool) -> _Guess:
    numbers = style.real(guess, "guess").ravel()
    if len(numbers) > 2:
        raise ValueError(f"guess must be y or (x, y), got {len(numbers)} numbers")
    x, y = (None if len(numbers) == 1 else float(numbers[0])), float(numbers[-1])
    return _Guess(x, y, not ((log_y and y <= 0) or (log_x and x is not None and x <= 0)))


FAR = 0.5
"""A guess further from what was measured than this share of its axis is drawn at the edge, with an arrow: otherwise
nobody could see what was measured."""


def _draw_guess(axes: Axes, guess: _Guess, log_y: bool) -> None:
    """A star, and for a guess of y alone a line; the axes grow to hold it, unless it is far from what was measured."""
    scale, back = (np.log, np.exp) if log_y else (float, float)
    low, high = (float(scale(edge)) for edge in axes.get_ylim())
    y, place, span, words = guess.y, float(scale(guess.y)), high - low, style.GUESS
    if not low - FAR * span <= place <= high + FAR * span:
        words = f"{style.GUESS}: {guess.y:.4g} {'↑' if place > high else '↓'}"
        place = high + 0.05 * span if place > high else low - 0.05 * span
        y = float(back(place))
    low, high = min(low, place - 0.06 * span), max(high, place + 0.06 * span)
    axes.set_ylim(float(back(low)), float(back(high)))
    if guess.x is None:
        where: dict[str, Any] = {"transform": axes.get_yaxis_transform()}
        axes.axhline(y, color=style.INK, linestyle=(0, (6, 3)), linewidth=1.0, zorder=1.5)
        axes.plot([0.03], [y], "*", **where, **style.STAR)
        point, coordinates = (0.03, y), axes.get_yaxis_transform()
    else:
        axes.plot([guess.x], [y], "*", **style.STAR)
        axes.set_xlim(min(axes.get_xlim()[0], guess.x), max(axes.get_xlim()[1], guess.x))
        point, coordinates = (guess.x, y), axes.transData
    # The words stand beside the star, towards the middle of the picture: above it, they would lie on the title.
    up = place < (low + high) / 2
    right = axes.transAxes.inverted().transform(coordinates.transform(point))[0] < 0.6
    offset = (9 if right else -9, 8 if up else -16)
    axes.annotate(words, point, offset, xycoords=coordinates, ha="left" if right else "right", **BESIDE)


def _strip(chance: tuple[float, float], log_y: bool) -> tuple[float, float]:
    low, high = (float(edge) for edge in style.real(list(chance), "chance"))
    _positive(np.array([low, high]), "chance", log_y)
    if low > high:
        raise ValueError(f"chance must be (low, high), got {low:g} and {high:g}")
    return low, high


def _draw_runs(axes: Axes, line: _Line, colour: str) -> None:
    """Each run as a small point, and a band from the least to the greatest; of a single point, a stroke."""
    assert line.runs is not None
    low, high = line.runs.min(axis=1), line.runs.max(axis=1)
    if len(line.x) > 1:
        axes.fill_between(line.x, low, high, color=colour, alpha=0.18, linewidth=0, zorder=1.2)
    else:
        # Not `vlines`: it makes the limits of logarithmic axes reach to the logarithms of its ends.
        axes.plot(line.x.repeat(2), [low[0], high[0]], color=colour, alpha=0.4, linewidth=5, zorder=1.2)
    x = np.repeat(line.x, line.runs.shape[1])
    axes.plot(x, line.runs.ravel(), "o", ms=3.2, color=style.darker(colour), mec=style.PAPER, mew=0.3, zorder=3)


def _positive(values: np.ndarray, name: str, needed: bool) -> None:
    if needed and values.min() <= 0:
        raise ValueError(f"{name} must be above 0 on a logarithmic axis, got {values.min():g}")


def _checked(series: Mapping[str, tuple[Any, Any]], log_x: bool, log_y: bool) -> dict[str, _Line]:
    """Each line's points in the order of x."""
    if not 1 <= len(series) <= len(style.SERIES):
        raise ValueError(f"series must be 1 to {len(style.SERIES)} lines, got {len(series)}")
    lines = {}
    for label, (xs, ys) in series.items():
        x, y = style.real(xs, f"x of {label!r}", ndim=1), _values(ys, label)
        if len(x) != len(y):
            raise ValueError(f"{label!r}: x and y must be equally long, got {len(x)} and {len(y)}")
        _positive(x, f"x of {label!r}", log_x)
        _positive(y, f"y of {label!r}", log_y)
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
        lines[label] = _Line(x, y, None) if y.ndim == 1 else _Line(x, y.mean(axis=1), y)
    return lines


def _values(ys: Any, label: str) -> np.ndarray:
    """y as (points,), or (points, runs)."""
    name = f"y of {label!r}"
    try:
        y = np.asarray(ys)
    except ValueError:
        raise ValueError(f"{name} must have as many runs at each point") from None
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]  # one run is no spread
    return style.real(y, name, ndim=2 if y.ndim == 2 else 1)


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


def _numbers(lines: Mapping[str, _Line], xlabel: str, digits: int) -> str:
    """One table where all lines have the same x and no runs, else one each."""
    first = next(iter(lines.values())).x
    if all(line.runs is None and np.array_equal(line.x, first) for line in lines.values()):
        rows = [(f"{x:.4g}", *(f"{line.y[i]:.{digits}g}" for line in lines.values())) for i, x in enumerate(first)]
        return style.table((xlabel, *lines), rows)
    tables = []
    for label, line in lines.items():
        header, columns = [xlabel, label], [line.y]
        if line.runs is not None:
            header = [xlabel, f"{label}, mean", *(f"run {run + 1}" for run in range(line.runs.shape[1]))]
            columns = [line.y, *line.runs.T]
        rows = [(f"{x:.4g}", *(f"{y:.{digits}g}" for y in ys)) for x, *ys in zip(line.x, *columns, strict=True)]
        tables.append(style.table(header, rows))
    return "\n".join(tables)


def _described(
    lines: Mapping[str, _Line],
    xlabel: str,
    ylabel: str,
    reference: tuple[str, float] | None,
    mark: tuple[str, float, float] | None,
    digits: int,
) -> str:
    words = "; ".join(
        f"{line.named(label)} from {line.y[0]:.{digits}g} at {line.x[0]:.4g}"
        f" to {line.y[-1]:.{digits}g} at {line.x[-1]:.4g}"
        for label, line in lines.items()
    )
    alt = f"Line chart of {ylabel} against {xlabel}: {words}."
    widths = [float(np.ptp(line.runs, axis=1).max()) for line in lines.values() if line.runs is not None]
    if widths:
        alt += f" Lines are means of n runs; the runs of one point lie at most {max(widths):.{digits}g} apart."
    if reference is not None:
        alt += f" Dotted line: {reference[0]}, {reference[1]:.{digits}g}."
    if mark is not None:
        alt += f" Ringed: {mark[0]}, {mark[2]:.{digits}g} at {mark[1]:.4g}."
    return alt
