"""A progress bar for a notebook: it moves while a cell runs, and leaves the same line behind in every run.

Bars that end with a time, or with a widget, would make a saved notebook differ from run to run, or show "model not
found" when it is opened again.
"""

import html
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")

EVERY = 0.2
"""Seconds between two movements."""


def bar(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Go through `items` and show how far that is.

    Parameters
    ----------
    label : stands before the bar, and alone once all is done.
    total : how many there are, where `items` has no length.
    """
    count = len(items) if total is None and isinstance(items, Sized) else total
    shown = _Shown(label)
    if shown.handle is None:
        yield from tqdm(items, label, count, disable=not sys.stderr.isatty())
        return
    began = drawn = time.monotonic()
    try:
        for number, item in enumerate(items):
            now = time.monotonic()
            if now - drawn >= EVERY:
                drawn = now
                shown.at(number, count, now - began)
            yield item
    finally:
        shown.done()


class _Shown:
    """The bar as an output of the running cell; no output outside of a notebook."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.handle: Any = None
        if "IPython" in sys.modules:
            from IPython import get_ipython
            from IPython.display import display

            if get_ipython() is not None:
                self.handle = display(self._data(label), raw=True, display_id=True)

    def at(self, number: int, total: int | None, seconds: float) -> None:
        if not total:
            self._update(f"{self.label}: {number}, {seconds:.0f} s")
            return
        left = seconds / max(number, 1) * (total - number)
        self._update(f"{self.label}: {number} of {total}, about {left:.0f} s left", number / total)

    def done(self) -> None:
        self._update(self.label)

    def _update(self, text: str, share: float | None = None) -> None:
        self.handle.update(self._data(text, share), raw=True)

    def _data(self, text: str, share: float | None = None) -> dict[str, str]:
        moving = ""
        if share is not None:
            moving = f'<progress value="{share:.3f}" max="1" style="width: 240px"></progress> '
        return {"text/plain": text, "text/html": f"<div>{moving}{html.escape(text)}</div>"}
