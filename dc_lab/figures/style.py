"""The one style of all figures, and `Picture`, what each of them returns.

Figures are drawn by `matplotlib.figure.Figure` itself, never by pyplot: no window, no global state, no second copy in a
notebook. Colours are those of Okabe and Ito, told apart by the colour-blind; where two of them would be alike
when printed grey, hatching, markers or labels tell them apart as well.
"""

import base64
import html
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from dc_lab.support import files
from dc_lab.support.dtypes import widened
from dc_lab.support.tables import plural as plural
from dc_lab.support.tables import text_table

INK = "#222222"
FAINT = "#767676"
PAPER = "#ffffff"
BLUE, ORANGE, GREEN, SKY = "#0072B2", "#E69F00", "#009E73", "#56B4E9"
RED, PURPLE, YELLOW, GREY = "#D55E00", "#CC79A7", "#F0E442", "#C9C9C9"
PALE = "#B5DBF2"
"""Sky blue, lightened: what lies behind marks of another colour."""
SERIES = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, INK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), "-")

WIDTH = 7.0
"""Inches; shown 700 pixels wide, so that a font size of 10 is 14 pixels."""
SHOWN_DPI, DRAWN_DPI = 100, 160
COLOURS = 64
"""Colours kept in the PNG: enough for smooth edges, and a quarter of the bytes."""

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "hatch.linewidth": 0.7,
    "hatch.color": "#8a8a8a",
    "figure.facecolor": PAPER,
    "figure.dpi": SHOWN_DPI,
}


GUESS = "your guess"
STAR: dict[str, Any] = {"ms": 15, "color": YELLOW, "mec": INK, "mew": 1.0, "zorder": 6}
"""What the learner guessed, in words and as a mark."""


@dataclass(frozen=True)
class Packed:
    """An image as a notebook keeps it: a figure is mostly paper, so that its RGB bytes take a fortieth in zlib."""

    size: tuple[int, int]
    data: bytes

    @classmethod
    def of(cls, image: Image.Image) -> "Packed":
        """Pack an RGB image."""
        return cls(image.size, zlib.compress(image.tobytes(), 1))

    def image(self) -> Image.Image:
        """The image again."""
        return Image.frombytes("RGB", self.size, zlib.decompress(self.data))


@dataclass(frozen=True)
class Picture:
    """A drawn figure: its `pixels`, `alt` (what is seen, in a sentence or two) and `text`, the numbers in it.

    A notebook shows `html()` and stores the numbers beside it as plain text. There is no image/png beside them: a front
    end that prefers it would show the figure without its numbers.
    """

    packed: Packed
    alt: str
    text: str
    size: tuple[int, int]
    """Width and height in pixels as shown on screen; the image has 1.6 times as many, to be sharp in print."""

    @property
    def pixels(self) -> Image.Image:
        """The image, RGB."""
        return self.packed.image()

    @cached_property
    def png(self) -> bytes:
        """A small PNG, made when it is asked for: its few colours are looked for, which takes as long as drawing."""
        file = io.BytesIO()
        # Without `kmeans`, pale bands and the grid would take each other's colours.
        few = self.pixels.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE)
        few.save(file, "png", optimize=True)
        return file.getvalue()

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Picture({self.alt!r})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.text}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the PNG; the file appears under its name only once it is complete."""
        files.write(Path(path), self.png)

    def html(self) -> str:
        """An image that needs no other file, with its alt text, and the numbers folded below it.

        Words have no colour of their own, so that they are read on a dark page, too; a narrow page shrinks the image.
        """
        return (
            f'<img src="{data_uri(self.png)}" width="{self.size[0]}" style="max-width: 100%; height: auto"'
            f' alt="{html.escape(self.alt)}">\n'
            f"<details><summary>Numbers in this figure</summary>\n<pre>{html.escape(self.text)}</pre></details>\n"
        )


def data_uri(png: bytes) -> str:
    """A PNG as the address of an image."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


@contextmanager
def canvas(height: float, width: float = WIDTH) -> Iterator[Figure]:
    """An empty figure of `width` x `height` inches in the course's style; to be drawn and finished inside.

    Whatever style the reader has set is put aside meanwhile, and is back afterwards.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        figure = Figure(figsize=(width, height))
        figure.set_layout_engine("constrained", w_pad=0.08, h_pad=0.08)
        yield figure


def finish(figure: Figure, alt: str, text: str) -> Picture:
    """Draw the figure; the same figure gives the same pixels."""
    figure.set_dpi(DRAWN_DPI)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    pixels = Image.fromarray(np.asarray(agg.buffer_rgba())[..., :3].copy())
    width, height = figure.get_size_inches()
    return Picture(Packed.of(pixels), alt, text, (round(width * SHOWN_DPI), round(height * SHOWN_DPI)))


def stack(*pictures: Picture) -> Picture:
    """Pictures one below the other as one, with the alt texts and numbers of all."""
    images = [picture.pixels for picture in pictures]
    sheet = Image.new("RGB", (max(image.width for image in images), sum(image.height for image in images)), PAPER)
    down = 0
    for image in images:
        sheet.paste(image, (0, down))
        down += image.height
    alt = " ".join(picture.alt for picture in pictures)
    text = "\n".join(picture.text for picture in pictures)
    size = (max(picture.size[0] for picture in pictures), sum(picture.size[1] for picture in pictures))
    return Picture(Packed.of(sheet), alt, text, size)


def real(values: Any, name: str, ndim: int | None = None, empty: bool = False) -> np.ndarray:
    """`values` as float64.

    Raises
    ------
    ValueError : not real numbers, NaN or infinite, another number of dimensions, or none at all (unless `empty`).
    """
    array = widened(np.asarray(values))
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be an array of real numbers, got {array.dtype}")
    array = array.astype(np.float64)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension{'s' * (ndim > 1)}, got shape {array.shape}")
    if array.size == 0 and not empty:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    wrong = int(np.count_nonzero(~np.isfinite(array)))
    if wrong:
        raise ValueError(f"{name} must be finite; {wrong} of {array.size} are NaN or infinite")
    return array


def counted(values: Any, name: str) -> np.ndarray:
    """`values` as int64 of one dimension, for counts and lengths.

    Raises
    ------
    ValueError : not one row of whole numbers, 0 or more.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must be a row of whole numbers, got {array.dtype} of shape {array.shape}")
    if array.min() < 0:
        raise ValueError(f"{name} must not be negative, got {array.min()}")
    return array.astype(np.int64)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned with spaces: the first to the left, the others to the right."""
    return text_table(header, rows, rule=False)


def wrapped(cells: Sequence[str], a_line: int = 10) -> str:
    """Cells of equal width, `a_line` to a line."""
    width = max(map(len, cells), default=0)
    lines = [cells[i : i + a_line] for i in range(0, len(cells), a_line)]
    return "\n".join("  ".join(cell.rjust(width) for cell in line) for line in lines)


def percent(share: float) -> str:
    """A share of 1 as "8.1 %"; small ones keep two digits, and only 0 and 1 read 0 % and 100 %."""
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    digits = 1 if 0.01 <= share <= 0.99 else 2
    return f"{100 * share:.{digits}f} %"


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones, at least `gap` apart and between `low` and `high` if they fit: for labels."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [min(max(wanted[i], low), high) for i in order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    for i in range(len(placed) - 1, -1, -1):
        ceiling = high if i == len(placed) - 1 else placed[i + 1] - gap
        placed[i] = min(placed[i], ceiling)
    result = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        result[i] = placed[rank]
    return result


def darker(colour: str) -> tuple[float, float, float]:
    """The colour dark enough for words on white."""
    red, green, blue = to_rgb(colour)
    return 0.75 * red, 0.75 * green, 0.75 * blue


def thousands(axes: Axes, which: str = "y") -> None:
    """Tick labels as whole numbers with commas."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
