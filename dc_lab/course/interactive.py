"""Three figures with a slider: a threshold on a histogram, the number of clusters, the bits of a gap.

Each is an `Explorer`. What it shows depends on where it is shown:

- In a running JupyterLab or Jupyter Notebook with ipywidgets: a slider, and the figure following it.
- Anywhere else (nbconvert, nbval, a script, a page on the web, no ipywidgets): the figure at its default setting.

The text stored beside it is the same both ways, the numbers at the default setting, so that a notebook run again
can be compared to the letter. The model ids of widgets, which are random, are nowhere in it; they are only in the
output's widget view, which nbval does not compare and which is there only when shown live.

A Jupyter server tells its kernels so by JPY_SESSION_NAME in their environment; that is what "running" goes by. In
other front ends set DC_LAB_LIVE=1, or say live=True; DC_LAB_LIVE=0 is for the static figure in any case.
"""

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from dc_lab import archive, figures, sharing
from dc_lab.figures import Picture
from dc_lab.figures.style import plural, real

try:
    import ipywidgets
except ImportError:  # optional: without it, figures stand still
    ipywidgets = None

STRIP = 48
"""Positions of a mask that `explore_index_bits` draws; the bits are those of the whole mask."""


def is_live() -> bool:
    """Whether sliders can be shown: see the module's text."""
    if ipywidgets is None:
        return False
    wanted = os.environ.get("DC_LAB_LIVE")
    if wanted in ("0", "1"):
        return wanted == "1"
    return "JPY_SESSION_NAME" in os.environ


class Explorer:
    """A figure with one setting to play with.

    `at(value)` draws it at any of `options`, slider or not; `picture` is the figure at `start`.

    Parameters
    ----------
    draw : takes one of the options and returns the figure.
    name : what the slider sets, such as "threshold".
    options : the values it can have, in order.
    start : the one it has first.
    live : True shows the slider wherever ipywidgets is there, False never; None goes by `is_live`.

    Raises
    ------
    ValueError : `start` is not one of the options.
    """

    def __init__(
        self, draw: Callable[[Any], Picture], name: str, options: Sequence[Any], start: Any, live: bool | None = None
    ) -> None:
        if start not in options:
            raise ValueError(f"{name} must start at one of {', '.join(map(str, options))}, got {start}")
        self.draw, self.name, self.options, self.start = draw, name, list(options), start
        self.live = is_live() if live is None else live and ipywidgets is not None
        self._drawn: dict[Any, Picture] = {}

    def __repr__(self) -> str:
        return f"Explorer({self.name}, {self.options[0]} to {self.options[-1]})"

    def at(self, value: Any) -> Picture:
        """The figure at this setting.

        Raises
        ------
        ValueError : not one of the options.
        """
        if value not in self.options:
            raise ValueError(f"{self.name} must be one of {', '.join(map(str, self.options))}, got {value}")
        if value not in self._drawn:
            self._drawn[value] = self.draw(value)
        return self._drawn[value]

    @property
    def picture(self) -> Picture:
        return self.at(self.start)

    @cached_property
    def widget(self) -> Any:
        """Slider and figure, one above the other; ImportError without ipywidgets."""
        if ipywidgets is None:
            raise ImportError("sliders need ipywidgets: pip install ipywidgets")
        slider = ipywidgets.SelectionSlider(
            options=self.options,
            value=self.start,
            description=self.name,
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": "500px"},
        )
        shown = ipywidgets.HTML(self.picture.html())

        def follow(change: dict[str, Any]) -> None:
            shown.value = self.at(change["new"]).html()

        slider.observe(follow, "value")
        return ipywidgets.VBox([slider, shown])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = self.picture._repr_mimebundle_()
        bundle: dict[str, Any] = {**data, "text/plain": f"{self.name}: {self.start}\n{data['text/plain']}"}
        if self.live:
            view = self.widget._repr_mimebundle_()
            key = "application/vnd.jupyter.widget-view+json"
            bundle[key] = (view[0] if isinstance(view, tuple) else view)[key]
        return bundle, metadata


def explore_threshold(weights: Any, live: bool | None = None) -> Explorer:
    """How many weights a threshold removes: `figures.weight_histogram` with a slider from 0 to 3 deviations.

    `weights` is a real array of any shape with more than one value; ValueError otherwise.
    """
    values = real(weights, "weights")
    deviation = float(values.std())
    if deviation == 0:
        raise ValueError("weights must differ for a threshold to choose between them, got one value")
    options = [float(f"{share * deviation:.3g}") for share in np.arange(0, 3.01, 0.25)]
    return Explorer(
        lambda threshold: figures.weight_histogram(values, threshold), "threshold", options, options[4], live
    )


def explore_clusters(weights: Any, live: bool | None = None) -> Explorer:
    """What a codebook of 2 to 256 values looks like, and the bytes of the `.dcz` file of that layer, not Huffman-coded.

    `weights` is a real array of any shape, at least one not 0; zeros stay zero. ValueError otherwise.
    """
    values = real(weights, "weights").astype(np.float32)
    kept = values[values != 0]
    if kept.size == 0:
        raise ValueError("weights must have at least one that is not 0")

    def draw(clusters: int) -> Picture:
        shared = sharing.share(values, clusters.bit_length() - 1)
        size = len(archive.dumps({"weights": shared}, coder="fixed"))  # lesson 07 has not been yet
        book = np.unique(shared[shared != 0])
        off = float(np.sqrt(np.mean((shared[values != 0] - kept).astype(np.float64) ** 2)))
        title = f"{plural(len(book), 'shared value')}: {size:,} bytes, root mean square change {off:.4f}"
        picture = figures.codebook(values, book, title=title)
        note = f"file {size:,} bytes, root mean square change of a weight {off:.4f}"
        return Picture(
            picture.png, f"{picture.alt} The file has {size:,} bytes.", f"{note}\n{picture.text}", picture.size
        )

    return Explorer(draw, "clusters", [2**bits for bits in range(1, 9)], 16, live)


def explore_index_bits(mask: Any, value_bits: int = 32, live: bool | None = None) -> Explorer:
    """Gaps of 1 to 8 bits on the first 48 positions of a mask, and the bits of all its entries at each width.

    `mask` is bool of any shape and keeps at least one weight; ValueError otherwise.
    """
    kept = np.asarray(mask)
    figures.index_width_chart(kept, value_bits)  # checks only

    def draw(bits: int) -> Picture:
        strip = figures.relative_index_strip(kept.ravel()[:STRIP], bits, value_bits=value_bits)
        return figures.stack(strip, figures.index_width_chart(kept, value_bits, bits))

    return Explorer(draw, "index bits", list(range(1, 9)), 3, live)
