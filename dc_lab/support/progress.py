"""The one kind of progress bar: a line of text, on stderr; in a notebook on stdout.

In a notebook, what a cell writes is stored. So the last state of the bar says no times: it is the same each time the
notebook runs. The states before it end in a carriage return, and are gone where the notebook is stored. stderr stays
empty, for it would be red and looks like an error. There is no widget, whose state would have to be stored as well.
"""

import sys
from typing import Any

from tqdm import tqdm

WIDTH = 72
"""Characters of a line in a notebook, which has no terminal to ask."""


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
    return tqdm(**settings)
