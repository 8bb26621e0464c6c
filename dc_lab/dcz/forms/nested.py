"""Streams within a stream: its table, and the sizes of its lanes. They are in one of the first two forms."""

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.constant import Constant
from dc_lab.dcz.forms.fixed import Fixed
from dc_lab.dcz.forms.form import Form, Request, counts_of

TABLE: tuple[Form, ...] = (Constant(), Fixed())


def write(values: np.ndarray) -> bytes:
    """The stream of a table or of lanes."""
    counts = counts_of(values)
    symbols = np.count_nonzero(counts)
    # One of the two can hold it: it is either constant or not.
    plans = (form.cost(counts, symbols, float("inf")) for form in TABLE)
    plan = next(plan for plan in plans if plan is not None)
    return TABLE[plan.form].write(values, plan).content


def read(reader: Reader, part: str, count: int, most: int) -> np.ndarray:
    """The `count` numbers, each at most `most`, that `write` was given; all bytes are for this `part`."""
    form = reader.byte(part)
    if form >= len(TABLE):
        raise reader.error(f"stream of form {form}, expected 0 or 1")
    values, _ = TABLE[form].read(reader, Request(part, count, most, head=part))
    return values
