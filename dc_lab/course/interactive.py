"""Figures with a slider: a threshold on a histogram, the rounds of k-means, merges of a tree, the bits of a gap.

Each is an `Explorer`. Its output holds the figure at every setting, and a script that puts a slider above it: no
kernel is asked, so that the slider works in a notebook that is only opened, and on a page on the web. Where scripts
do not run (a notebook that is not trusted, print, GitHub) the figure stands still at its default setting.

Size decides how: the figure at the default setting is a whole PNG, that of any other setting a PNG of only the pixels
that differ, laid over it.
"""

import functools
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from dc_lab import figures
from dc_lab.figures import Picture, style
from dc_lab.figures.style import data_uri, real

STRIP = 48
"""Positions of a mask that `explore_index_bits` draws; the bits are those of the whole mask."""

COLOURS = 15
"""Colours of the pixels that differ; with the transparent one they are 16, half a byte a pixel."""

ALIKE = 24
"""Of 255: pixels that differ by no more are left as they are, so that the few colours go to those whose difference is
seen."""

AROUND = 5
"""Each pixel that differs brings a square of so many with it. Where a browser shrinks the image, it mixes neighbours;
without those, what is below would shine through."""

SCRIPT = """
(() => {
  const stills = STILLS;
  const around = document.currentScript ? document.currentScript.parentNode : document;
  for (const box of around.querySelectorAll('[data-explorer="KEY"]:not([data-ready])')) {
    box.dataset.ready = "yes";
    const make = (tag, style) => Object.assign(document.createElement(tag), {style});
    const whole = box.querySelector("img"), numbers = box.querySelector("pre");
    const frame = make("div", "position: relative; display: inline-block; max-width: 100%; vertical-align: top");
    const over = make("img", "position: absolute; left: 0; top: 0; width: 100%; height: auto; margin: 0");
    const line = make("label", "display: flex; gap: 0.7em; align-items: center; margin: 0.3em 0 0.6em");
    const slider = make("input", "width: 20em; max-width: 60%");
    const value = make("span", "");
    Object.assign(slider, {type: "range", min: 0, max: stills.length - 1, step: 1, value: START});
    slider.setAttribute("aria-label", NAME);
    slider.setAttribute("data-lm-suppress-shortcuts", "true");
    const show = () => {
      const still = stills[slider.value];
      value.textContent = still.value;
      slider.setAttribute("aria-valuetext", still.value);
      whole.alt = still.alt;
      numbers.textContent = still.numbers;
      over.style.display = still.image ? "block" : "none";
      if (still.image) over.src = still.image;
    };
    over.alt = "";
    Object.assign(whole.style, {display: "block", margin: 0});
    whole.replaceWith(frame);
    frame.append(whole, over);
    line.append(NAME, slider, value);
    box.prepend(line);
    slider.addEventListener("input", show);
    show();
  }
})();
"""
"""Makes the slider: KEY, STILLS, START and NAME are put in. A box is found from the script's own place, and only there,
where it has one; a page that holds the same figure twice gets two sliders. JupyterLab leaves the arrow keys to the
slider because of `data-lm-suppress-shortcuts`."""


class Explorer:
    """A figure with one setting to play with.

    `at(value)` draws it at any of `options`, slider or not; `picture` is the figure at `start`.

    Parameters
    ----------
    draw : takes one of the options and returns the figure; all of one size.
    name : what the slider sets, such as "threshold".
    options : the values it can have, in order.
    start : the one it has first.

    Raises
    ------
    ValueError : `start` is not one of the options.
    """

    def __init__(self, draw: Callable[[Any], Picture], name: str, options: Sequence[Any], start: Any) -> None:
        if start not in options:
            raise ValueError(f"{name} must start at one of {', '.join(map(str, options))}, got {start}")
        self.draw, self.name, self.options, self.start = draw, name, list(options), start
        self._drawn: dict[Any, Picture] = {}
        self._html = ""

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

    def html(self) -> str:
        """The figure at `start`, and a script that puts a slider above it.

        Raises
        ------
        ValueError : the figure has another size at another setting.
        """
        self._html = self._html or self._made_html()
        return self._html

    def _made_html(self) -> str:
        stills, first = [], self.picture.pixels
        for value in self.options:
            picture = self.at(value)
            still = {"value": str(value), "alt": picture.alt, "numbers": picture.text}
            if value != self.start:
                still["image"] = data_uri(difference(first, picture.pixels))
            stills.append(still)
        # The key comes from the words alone: pixels differ from machine to machine.
        words = [self.name, *(still[part] for still in stills for part in ("value", "alt", "numbers"))]
        key = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:12]
        put_in = {"KEY": key, "START": str(self.options.index(self.start))}
        put_in |= {"NAME": _in_script(self.name), "STILLS": _in_script(stills)}
        script = functools.reduce(lambda text, name: text.replace(name, put_in[name]), put_in, SCRIPT)
        return f'<div data-explorer="{key}">\n{self.picture.html()}</div>\n<script>{script}</script>\n'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": f"{self.name}: {self.start}\n{self.picture.text}"}


def _in_script(value: Any) -> str:
    """JSON in which nothing ends the script: text may hold "</script>" or "<!--"."""
    return json.dumps(value).replace("<", "\\u003c")


def difference(first: Image.Image, second: Image.Image) -> bytes:
    """A PNG that laid over the first image looks like the second: transparent wherever the two are alike.

    Raises
    ------
    ValueError : they have different sizes.
    """
    if first.size != second.size:
        raise ValueError(f"all figures of a slider must have one size, got {first.size} and {second.size}")
    changed = np.abs(np.asarray(first, np.int16) - np.asarray(second, np.int16)).max(axis=2) > ALIKE
    changed = np.asarray(Image.fromarray(changed).convert("L").filter(ImageFilter.MaxFilter(AROUND))) > 0
    seen = Image.fromarray(np.where(changed[..., None], np.asarray(second), 255).astype(np.uint8))
    few = seen.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    # Colour 0 is the transparent one, the palette follows it.
    indices = np.where(changed, np.asarray(few) + 1, 0).astype(np.uint8)
    image = Image.fromarray(indices)
    image.putpalette([255, 255, 255, *(few.getpalette() or [])[: 3 * COLOURS]])
    file = io.BytesIO()
    image.save(file, "png", optimize=True, transparency=0)
    return file.getvalue()


def explore_threshold(weights: Any) -> Explorer:
    """How many weights a threshold removes: `figures.weight_histogram` with a slider from 0 to 3 deviations.

    `weights` is a real array of any shape with more than one value; ValueError otherwise.
    """
    values = real(weights, "weights")
    deviation = float(values.std())
    if deviation == 0:
        raise ValueError("weights must differ for a threshold to choose between them, got one value")
    options = [float(f"{share * deviation:.3g}") for share in np.arange(0, 3.01, 0.5)]
    return Explorer(lambda threshold: figures.weight_histogram(values, threshold), "threshold", options, options[2])


def explore_rounds(weights: Any, books: Any) -> Explorer:
    """k-means moving: `figures.centroid_paths` with a slider over the rounds; it stands at the last one.

    `books` are the codebooks after 0, 1, 2 rounds and so on, (rounds + 1, k), of the weights that are not 0. ValueError
    as there.
    """
    last = len(style.real(books, "books", ndim=2)) - 1
    return Explorer(lambda shown: figures.centroid_paths(weights, books, shown), "rounds", list(range(last + 1)), last)


def explore_merges(counts: Any) -> Explorer:
    """Huffman's tree growing: `figures.huffman_tree` with a slider over the merges; it stands at the last one.

    `counts` are how often each symbol occurs, as there. ValueError as there.
    """
    last = int(np.count_nonzero(style.counted(counts, "counts"))) - 1
    return Explorer(lambda done: figures.huffman_tree(counts, merges=done), "merges", list(range(last + 1)), last)


def explore_index_bits(mask: Any, value_bits: int = 32) -> Explorer:
    """Gaps of 1 to 8 bits on the first 48 positions of a mask, and the bits of all its entries at each width.

    `mask` is bool of any shape and keeps at least one weight; ValueError otherwise.
    """
    kept = np.asarray(mask)
    figures.index_width_chart(kept, value_bits)  # checks only

    def draw(bits: int) -> Picture:
        strip = figures.relative_index_strip(kept.ravel()[:STRIP], bits, value_bits=value_bits)
        return figures.stack(strip, figures.index_width_chart(kept, value_bits, bits))

    return Explorer(draw, "index bits", list(range(1, 9)), 3)
