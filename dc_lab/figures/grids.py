"""Figures of cells: small matrices with their numbers, the relative index, and digits. All drawn in inches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dc_lab import sparse
from dc_lab.figures import style
from dc_lab.figures.style import Picture

MARGIN = 0.12
LARGEST, WIDEST = 10, 14
"""Rows and columns that a drawn matrix may have, and columns of all that stand side by side."""

PRUNED, PRUNED_INK, STRUCK = "#E4E4E4", "#666666", "#A8A8A8"

CLUSTERS = ("#8FC3E8", "#F5C76B", "#8FD3BD", "#F2A67E", "#E3BBD3", "#F7F1A0", "#C9C9C9", "#FFFFFF")
"""Light fills for black numbers; the cluster's code stands in the corner as well, so grey print loses nothing."""


class Cells(NamedTuple):
    """A matrix to draw: `values` (rows, columns), at most 10 x 10.

    `mask` is bool of the same shape, False where a weight is pruned: greyed, and struck out unless it is 0.
    `clusters` are whole numbers of the same shape: cells of one cluster have one colour.
    `fmt` formats a value as in an f-string; exact zeros are printed as 0.
    """

    values: Any
    mask: Any = None
    title: str = ""
    fmt: str = ".2f"
    clusters: Any = None


class _Panel(NamedTuple):
    labels: list[list[str]]
    mask: np.ndarray
    zero: np.ndarray
    codes: np.ndarray | None
    title: str


def _panel(cells: Cells) -> _Panel:
    values = style.real(cells.values, "values", ndim=2)
    if max(values.shape) > LARGEST:
        raise ValueError(f"values must be at most {LARGEST} x {LARGEST} for the numbers to be read, got {values.shape}")
    mask = np.ones(values.shape, bool) if cells.mask is None else np.asarray(cells.mask)
    if mask.dtype != np.bool_ or mask.shape != values.shape:
        raise ValueError(f"mask must be boolean of shape {values.shape}, got {mask.dtype} of shape {mask.shape}")
    codes = None if cells.clusters is None else np.asarray(cells.clusters)
    if codes is not None:
        if codes.dtype.kind not in "iu" or codes.shape != values.shape:
            raise ValueError(
                f"clusters must be whole numbers of shape {values.shape}, got {codes.dtype} of shape {codes.shape}"
            )
        if codes.min() < 0 or codes.max() >= len(CLUSTERS):
            raise ValueError(f"clusters must be from 0 to {len(CLUSTERS) - 1}, got {codes.min()} to {codes.max()}")
    labels = [["0" if value == 0 else format(value, cells.fmt) for value in row] for row in values]
    return _Panel(labels, mask, values == 0, codes, cells.title)


def matrix(values: Any, mask: Any = None, title: str | None = None, fmt: str = ".2f", clusters: Any = None) -> Picture:
    """A small matrix with its numbers in the cells; see `Cells` for the arguments, `matrices` for several."""
    return matrices([Cells(values, mask, title or "", fmt, clusters)])


def matrices(panels: Sequence[Cells], arrows: Sequence[str] = ()) -> Picture:
    """Small matrices side by side with an arrow between each two: before -> after.

    Parameters
    ----------
    panels : one to four matrices, at most 14 columns between them.
    arrows : what happens from each to the next, a word or two; one fewer than panels, or none.

    Raises
    ------
    ValueError : too many or too large matrices, NaN or infinite values, a mask or clusters that do not fit.
    """
    if not 1 <= len(panels) <= 4:
        raise ValueError(f"panels must be one to four matrices, got {len(panels)}")
    if arrows and len(arrows) != len(panels) - 1:
        raise ValueError(f"arrows must be {len(panels) - 1}, one between each two matrices, got {len(arrows)}")
    checked = [_panel(cells) for cells in panels]
    columns = sum(panel.mask.shape[1] for panel in checked)
    if columns > WIDEST:
        raise ValueError(f"panels must have at most {WIDEST} columns between them to be read, got {columns}")

    longest = max(len(label) for panel in checked for row in panel.labels for label in row)
    gap = 0.95 if any(arrows) else 0.6
    room = style.WIDTH - 2 * MARGIN - gap * (len(panels) - 1)
    # A title may be wider than its matrix: some 0.088 inches a letter.
    titles = [0.088 * len(panel.title) for panel in checked]
    beyond = sum(
        max(0, title - panel.mask.shape[1] * room / columns) for title, panel in zip(titles, checked, strict=True)
    )
    width = min(0.72, (room - beyond) / columns)
    coded = any(panel.codes is not None for panel in checked)
    height = min(0.42, max(0.38 if coded else 0.3, 0.62 * width))
    font = min(10.5, 72 * 0.92 * width / (0.64 * max(longest, 3)))
    rows = max(panel.mask.shape[0] for panel in checked)
    top = 0.36 if any(panel.title for panel in checked) else MARGIN
    widths = [max(panel.mask.shape[1] * width, title) for title, panel in zip(titles, checked, strict=True)]
    used = min(sum(widths) + gap * (len(panels) - 1) + 2 * MARGIN, style.WIDTH)
    with style.canvas(top + rows * height + MARGIN, used) as figure:
        axes = _in_inches(figure)
        left, middle = MARGIN, top + rows * height / 2
        for number, panel in enumerate(checked):
            down = middle - panel.mask.shape[0] * height / 2
            axes.text(left, down - 0.07, panel.title, va="bottom", weight="bold", fontsize=10)
            _draw_panel(axes, panel, left, down, width, height, font)
            left += widths[number]
            if number + 1 < len(checked):
                arrow = {"arrowstyle": "-|>", "lw": 1.8, "color": style.INK}
                axes.annotate("", (left + gap - 0.1, middle), (left + 0.1, middle), arrowprops=arrow)
                if arrows:
                    axes.text(left + gap / 2, middle - 0.07, arrows[number], ha="center", va="bottom", fontsize=9)
            left += gap
        return style.finish(figure, _matrices_alt(checked, arrows), _matrices_text(checked, arrows))


def _in_inches(figure: Figure) -> Axes:
    """Axes over the whole figure, in inches from its upper left corner."""
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    width, height = figure.get_size_inches()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return axes


def _box(axes: Axes, x: float, y: float, width: float, height: float, fill: str, hatch: str = "") -> None:
    axes.add_patch(Rectangle((x, y), width, height, facecolor=fill, hatch=hatch, edgecolor=style.FAINT, linewidth=0.8))


def _centred(axes: Axes, x: float, y: float, words: str, **look: Any) -> None:
    axes.text(x, y, words, ha="center", va="center_baseline", **look)


def _draw_panel(axes: Axes, panel: _Panel, left: float, top: float, width: float, height: float, font: float) -> None:
    own_codes = panel.codes is not None and panel.labels == [[str(code) for code in row] for row in panel.codes]
    for (row, column), kept in np.ndenumerate(panel.mask):
        x, y = left + column * width, top + row * height
        code = None if panel.codes is None or not kept else int(panel.codes[row, column])
        fill = CLUSTERS[code] if code is not None else style.PAPER if kept else PRUNED
        _box(axes, x, y, width, height, fill)
        if not kept and not panel.zero[row, column]:
            axes.plot([x + 0.05, x + width - 0.05], [y + height - 0.05, y + 0.05], color=STRUCK, linewidth=1, zorder=2)
        look = {"fontsize": font, "color": style.INK if kept else PRUNED_INK}
        corner = code is not None and not own_codes
        _centred(axes, x + width / 2, y + height / 2 - 0.05 * corner, panel.labels[row][column], **look)
        if corner:
            axes.text(x + width - 0.03, y + height - 0.02, str(code), ha="right", va="bottom", fontsize=7)


def _matrices_text(panels: Sequence[_Panel], arrows: Sequence[str]) -> str:
    """The numbers, with pruned ones in brackets and each one's cluster behind a colon."""
    blocks = []
    for number, panel in enumerate(panels):
        if number:
            blocks.append(f"-> {arrows[number - 1]}".rstrip() if arrows else "->")
        if panel.title:
            blocks.append(panel.title)
        cells = []
        for row, labels in enumerate(panel.labels):
            for column, label in enumerate(labels):
                code = "" if panel.codes is None else f":{panel.codes[row, column]}"
                cells.append(label + code if panel.mask[row, column] else f"({label})")
        blocks.append(style.wrapped(cells, panel.mask.shape[1]))
    return "\n".join(blocks)


def _matrices_alt(panels: Sequence[_Panel], arrows: Sequence[str]) -> str:
    words = []
    for number, panel in enumerate(panels):
        rows, columns = panel.mask.shape
        pruned = int(np.count_nonzero(~panel.mask))
        word = f"{panel.title or 'a matrix'}, {rows} by {columns} numbers"
        word += f", {pruned} of {panel.mask.size} greyed as pruned" if pruned else ""
        word += f", coloured by {len(np.unique(panel.codes))} clusters" if panel.codes is not None else ""
        if number:
            word = (f"{arrows[number - 1]}, " if arrows and arrows[number - 1] else "then ") + word
        words.append(word)
    return "Drawn cell by cell: " + "; ".join(words) + "."


def relative_index_strip(weights: Any, bits: int, title: str | None = None, value_bits: int = 32) -> Picture:
    """The relative index of a short array: each stored entry with its gap below its place (paper, figure 2).

    Parameters
    ----------
    weights : real array of one dimension, up to 64 long; or a mask (bool), up to 96 long.
    bits : of a gap, 1 to 16.
    value_bits : of a stored value, for the sum below the strip.

    Raises
    ------
    ValueError : not one dimension, empty, too long, NaN or infinite, or `bits` out of range.
    """
    is_mask = np.asarray(weights).dtype == np.bool_
    values = style.real(weights, "weights", ndim=1)
    a_line, most = (24, 96) if is_mask else (16, 64)
    if len(values) > most:
        raise ValueError(f"weights must be at most {most} for the strip to be read, got {len(values)}")
    entries = _entries(values, bits)
    fillers = sum(entry.filler for entry in entries)

    left, cell, high = MARGIN + 0.72, (style.WIDTH - 0.72 - 2 * MARGIN) / a_line, 0.3
    lines = -(-len(values) // a_line)
    first, step = 0.4, 1.12
    with style.canvas(first + lines * step + 0.2) as figure:
        axes = _in_inches(figure)
        heading = (
            title or f"Gaps of {bits} bits: {len(entries) - fillers} weights and {style.plural(fillers, 'filler')}"
        )
        axes.text(MARGIN, 0.1, heading, va="top", fontsize=11, weight="bold")
        for line in range(lines):
            top = first + line * step
            for name, y in (("position", 0.1), ("array", 0.2 + high / 2), ("gap", 0.26 + 1.5 * high)):
                axes.text(MARGIN, top + y, name, va="center", fontsize=9, color=style.FAINT)
            for column, place in enumerate(range(line * a_line, min((line + 1) * a_line, len(values)))):
                x = left + column * cell
                _centred(axes, x + cell / 2, top + 0.1, str(place), fontsize=7.5, color=style.FAINT)
                _box(axes, x, top + 0.2, cell, high, style.PAPER)
        font = min(9.5, 72 * 0.92 * cell / (0.64 * max((len(entry.value) for entry in entries), default=1)))
        for entry in entries:
            line, column = divmod(entry.place, a_line)
            x, y = left + column * cell, first + line * step + 0.2
            look = (CLUSTERS[1], "////") if entry.filler else (CLUSTERS[0], "")
            _box(axes, x, y, cell, high, *look)
            _box(axes, x, y + high + 0.06, cell, high, *look)
            _centred(axes, x + cell / 2, y + high / 2, entry.value, fontsize=font, weight="bold")
            _centred(axes, x + cell / 2, y + 1.5 * high + 0.06, str(entry.gap), fontsize=9.5)
        note = (
            f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'} × ({value_bits} + {bits}) bits ="
            f" {len(entries) * (bits + value_bits):,} bits;"
            f" dense {len(values)} × {value_bits} = {len(values) * value_bits:,} bits"
        )
        axes.text(MARGIN, first + lines * step, note, va="center", fontsize=9.5)
        rows = [(str(e.place), str(e.gap), f"{e.value} (filler)" if e.filler else e.value) for e in entries]
        gaps = ", ".join(f"{entry.gap} (filler)" if entry.filler else str(entry.gap) for entry in entries)
        alt = f"A row of {len(values)} cells; below each stored entry its gap of {bits} bits. Gaps: {gaps or 'none'}."
        return style.finish(figure, alt, f"{note}\n{style.table(('position', 'gap', 'value'), rows)}")


class _Entry(NamedTuple):
    place: int
    gap: int
    value: str
    filler: bool


def _entries(values: np.ndarray, bits: int) -> list[_Entry]:
    """What the relative index of `values` stores."""
    gaps, is_filler = sparse.relative_index(values != 0, bits)
    return [
        _Entry(place, gap, "0" if filler else f"{values[place]:.2g}", filler)
        for place, gap, filler in zip(sparse.positions(gaps).tolist(), gaps.tolist(), is_filler.tolist(), strict=True)
    ]


def images(pixels: Any, labels: Any = None, predicted: Any = None, title: str | None = None) -> Picture:
    """Digits in rows of ten, with what they are and what the network read; misread ones are framed.

    Parameters
    ----------
    pixels : (n, 28, 28) or any other height and width, 0 paper to 255 (or 1.0) ink; n from 1 to 30.
    labels, predicted : whole numbers (n,), or None.

    Raises
    ------
    ValueError : not three dimensions, more than 30 images, or labels of another number.
    """
    array = style.real(pixels, "pixels", ndim=3)
    if len(array) > 30:
        raise ValueError(f"pixels must be at most 30 images, got {len(array)}")
    truth = None if labels is None else style.counted(labels, "labels")
    read = None if predicted is None else style.counted(predicted, "predicted")
    for name, numbers in (("labels", truth), ("predicted", read)):
        if numbers is not None and len(numbers) != len(array):
            raise ValueError(f"{name} must be {len(array)}, one an image, got {len(numbers)}")
    wrong = np.zeros(len(array), bool) if truth is None or read is None else truth != read

    captions = [
        ([_Caption(f"label {truth[i]}")] if truth is not None else [])
        + ([_Caption(f"read {read[i]}", bool(wrong[i]))] if read is not None else [])
        for i in range(len(array))
    ]
    with _sheet(array, captions, wrong, title) as figure:
        named = [(name, numbers) for name, numbers in (("label", truth), ("read", read)) if numbers is not None]
        columns = [str(i) for i in range(len(array))]
        text = f"{style.plural(len(array), 'image')} of {array.shape[1]} × {array.shape[2]} pixels"
        if named:
            text += "\n" + style.table(("image", *columns), [(name, *map(str, numbers)) for name, numbers in named])
        alt = f"{style.plural(len(array), 'image')} of handwritten digits"
        alt += f": {', '.join(map(str, truth))}." if truth is not None else "."
        if truth is not None and read is not None:
            misread = ", ".join(f"{truth[i]} as {read[i]}" for i in np.flatnonzero(wrong))
            alt += f" Misread: {misread}." if misread else " All are read correctly."
        return style.finish(figure, alt, text)


class _Caption(NamedTuple):
    words: str
    wrong: bool = False


@contextmanager
def _sheet(
    array: np.ndarray, captions: Sequence[Sequence[_Caption]], framed: np.ndarray, title: str | None
) -> Iterator[Figure]:
    """Images (n, height, width) in rows of ten, each with its lines of words below, and a frame where one is wanted."""
    a_row = min(10, len(array))
    side, step = 0.6, (style.WIDTH - 2 * MARGIN) / 10
    below = 0.06 + 0.19 * max(map(len, captions))
    top = 0.38 if title else MARGIN
    rows = -(-len(array) // a_row)
    darkest = max(float(array.max()), 1.0)
    with style.canvas(top + rows * (side + below + 0.08) + 0.04) as figure:
        axes = _in_inches(figure)
        if title:
            axes.text(MARGIN, 0.1, title, va="top", fontsize=11, weight="bold")
        for number, image in enumerate(array):
            x, y = MARGIN + number % a_row * step, top + number // a_row * (side + below + 0.08)
            axes.imshow(image, "gray_r", vmin=0, vmax=darkest, extent=(x, x + side, y + side, y), aspect="auto")
            frame = style.RED if framed[number] else style.GREY
            axes.add_patch(
                Rectangle((x, y), side, side, fill=False, edgecolor=frame, lw=2.2 if framed[number] else 0.8)
            )
            for line, (words, wrong) in enumerate(captions[number]):
                bold: dict[str, Any] = {"color": style.darker(style.RED), "weight": "bold"} if wrong else {}
                font = min(8.5, 8.5 * 9 / max(len(words), 1))
                axes.text(
                    x + side / 2, y + side + 0.06 + 0.19 * line, words, ha="center", va="top", fontsize=font, **bold
                )
        axes.set_xlim(0, style.WIDTH)
        axes.set_ylim(figure.get_size_inches()[1], 0)
        yield figure


def disagreements(
    pixels: Any, labels: Any, first: Any, second: Any, names: tuple[str, str] = ("first", "second"), most: int = 10
) -> Picture:
    """The digits on which two networks disagree, each with its label and what both read; wrong readings are bold.

    Parameters
    ----------
    pixels : (n, 28, 28) or any other height and width, 0 paper to 255 (or 1.0) ink; all images that both networks saw.
    labels, first, second : whole numbers (n,): what the images are, and what each network read.
    names : what the two networks are called.
    most : images shown at most, the first ones of those they disagree on; 1 to 30.

    Raises
    ------
    ValueError : not three dimensions, labels or readings of another number, or `most` out of range.
    """
    array = style.real(pixels, "pixels", ndim=3)
    if not 1 <= most <= 30:
        raise ValueError(f"most must be 1 to 30, got {most}")
    rows = [style.counted(row, name) for name, row in zip(("labels", *names), (labels, first, second), strict=True)]
    for name, row in zip(("labels", *names), rows, strict=True):
        if len(row) != len(array):
            raise ValueError(f"{name} must be {len(array)}, one an image, got {len(row)}")
    truth, one, two = rows
    differ = one != two
    kinds = [
        (f"only {names[0]} right", int(np.count_nonzero(differ & (one == truth)))),
        (f"only {names[1]} right", int(np.count_nonzero(differ & (two == truth)))),
        ("both wrong", int(np.count_nonzero(differ & (one != truth) & (two != truth)))),
    ]
    counts = ", ".join(f"{kind}: {count:,}" for kind, count in kinds)
    text = (
        f"{names[0]} and {names[1]} disagree on {int(differ.sum()):,} of {style.plural(len(array), 'image')}\n{counts}"
    )
    places = np.flatnonzero(differ)[:most]
    if not len(places):
        return _in_words(f"{names[0]} and {names[1]} read all {len(array):,} images alike", text)
    read = list(zip(names, (one, two), strict=True))
    captions = [
        [_Caption(f"label {truth[i]}"), *(_Caption(f"{name} {row[i]}", bool(row[i] != truth[i])) for name, row in read)]
        for i in places
    ]
    title = f"{len(places)} of the {int(differ.sum()):,} images" if differ.sum() > most else "The images"
    title += f" on which {names[0]} and {names[1]} disagree"
    with _sheet(array[places], captions, np.zeros(len(places), bool), title) as figure:
        cells = [(str(i), *(str(row[i]) for row in rows)) for i in places]
        each = "; ".join(f"{truth[i]}, {names[0]} read {one[i]}, {names[1]} read {two[i]}" for i in places[:10])
        alt = f"{style.plural(len(places), 'image')} of handwritten digits with their labels and two readings: {each}."
        return style.finish(figure, alt, f"{text}\n{style.table(('image', 'label', *names), cells)}")


def _in_words(words: str, text: str) -> Picture:
    """Where there is nothing to draw, a line that says so."""
    with style.canvas(0.5) as figure:
        _in_inches(figure).text(MARGIN, 0.25, words, va="center", fontsize=11, weight="bold")
        return style.finish(figure, f"No picture: {words}.", text)
