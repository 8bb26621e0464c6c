"""The one kind of progress bar: a line of text, on stderr; in a notebook on stdout.

In a notebook, what a cell writes is stored. So the last state of the bar says no times: it is the same each time the
notebook runs. The states before it end in a carriage return, and are gone where the notebook is stored. stderr stays
empty, for it would be red and looks like an error. There is no widget, whose state would have to be stored as well.

Where stderr is a file or a pipe, each state that is shown becomes a line, and a line comes every SECONDS at most.
"""

import sys
import time
from typing import Any, TextIO

from tqdm import tqdm

WIDTH = 72
"""Characters of a line in a notebook, which has no terminal to ask."""


SECONDS = 20
"""Between two lines of a bar in a log file."""


class _Lines:
    """A stream on which each state of a bar is a line; what only moves a terminal's cursor is left out."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.encoding = getattr(stream, "encoding", None)

    def write(self, text: str) -> None:
        shown = text.strip()
        if shown:
            self.stream.write(shown + "\n")

    def flush(self) -> None:
        self.stream.flush()


class _Logged(tqdm):
    """A bar that is shown every SECONDS, and at its end. A short one is a single line."""

    def __init__(self, **settings: Any) -> None:
        self.last_line = time.monotonic()
        self.ended = False
        super().__init__(**settings | {"mininterval": SECONDS, "maxinterval": SECONDS})

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        # `set_postfix` and the like ask for the bar at every step, whatever the interval is.
        if not self.ended and time.monotonic() - self.last_line < SECONDS:
            return False
        self.last_line = time.monotonic()
        return bool(super().display(msg, pos))

    def close(self) -> None:
        self.ended = True
        super().close()


class _Stored(tqdm):
    """A bar whose last state leaves out the times."""

    def close(self) -> None:
        self.bar_format = "{desc}: {percentage:3.0f}%|{bar}|"
        super().close()


def in_notebook() -> bool:
    """Whether what is printed goes to a notebook's cell."""
    return type(sys.stdout).__module__.startswith("ipykernel.")


def bar(total: float, label: str | None, **settings: Any) -> tqdm:
    """A bar of `total` steps behind `label`; none is shown where `label` is None. `settings` are tqdm's own."""
    settings |= {"total": total, "desc": label, "disable": settings.get("disable", False) or label is None}
    if in_notebook():
        return _Stored(**settings, file=sys.stdout, ncols=WIDTH, dynamic_ncols=False, mininterval=0.3)
    if not sys.stderr.isatty():
        return _Logged(**settings, file=_Lines(sys.stderr))
    return tqdm(**settings)
