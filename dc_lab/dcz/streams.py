"""Streams: rows of small unsigned integers, each stored in whichever form is smallest.

Gaps, codes, and the bytes of plain values are all stored so. Which forms a writer may use is the choice of a coder:
"huffman", and for files of format version 3 "rans" and "smallest". Each form is a file in `forms`; the bytes are laid
out in FORMAT.md.
"""

from collections.abc import Iterable

import numpy as np

from dc_lab.dcz.cursor import ArchiveError, Reader
from dc_lab.dcz.forms.adaptive import Adaptive
from dc_lab.dcz.forms.constant import Constant
from dc_lab.dcz.forms.fixed import Fixed
from dc_lab.dcz.forms.form import CODERS, Coded, Coder, Form, Plan, Request, Stream, counts_of
from dc_lab.dcz.forms.huffman import Huffman
from dc_lab.dcz.forms.rans import RANS
from dc_lab.dcz.varint import varint

__all__ = [
    "CODERS",
    "FORMS",
    "TABLE",
    "ArchiveError",
    "Coded",
    "Coder",
    "Plan",
    "Reader",
    "Stream",
    "counts_of",
    "decode",
    "encode",
    "plan",
    "varint",
]

TABLE: tuple[Form, ...] = (Constant(), Fixed(), Huffman(), RANS(), Adaptive())
"""Every form, at the place of its number; those of a later version of the format stand behind."""

FORMS = tuple(form.name for form in TABLE)
"""Their names, in the same order."""

_USED: dict[Coder, list[Form]] = {
    coder: [form for form in TABLE if CODERS.index(form.coder) <= place] for place, coder in enumerate(CODERS)
}
"""The forms that each coder uses."""


def plan(counts: np.ndarray, coder: Coder = "huffman") -> Plan:
    """The cheapest form for a stream with these symbol counts, and what it takes; nothing is written yet.

    The adaptive form is left out: what it costs shows only in writing.

    Parameters
    ----------
    counts : non-negative integers (alphabet,), how often each symbol occurs.
    """
    return _least(*_trimmed(counts), _USED[coder])


def _trimmed(counts: np.ndarray) -> tuple[np.ndarray, int]:
    """(counts up to the highest symbol that occurs, how many different ones occur)."""
    seen = np.flatnonzero(counts)
    return counts[: int(seen[-1]) + 1 if len(seen) else 0], len(seen)


def _least(counts: np.ndarray, symbols: int, forms: Iterable[Form]) -> Plan:
    """The plan of fewest bytes; the first one of those."""
    best: Plan | None = None
    for form in forms:
        best = form.cost(counts, symbols, best.size if best else float("inf")) or best
    assert best is not None  # a stream is constant or of fixed width
    return best


def encode(values: np.ndarray, coder: Coder = "huffman", period: int = 1) -> Coded:
    """A stream of unsigned integers below 2**16 in its cheapest form.

    `period` : values at the same place modulo `period` may be alike, as the bytes of floats are.
    """
    counts, symbols = _trimmed(counts_of(values))
    forms = _USED[coder]
    plans = [_least(counts, symbols, forms)]
    # A form that was chosen by an estimate has to prove itself against the best of the others.
    if not TABLE[plans[0].form].exact:
        plans.append(_least(counts, symbols, (form for form in forms if form.exact)))
    # Some sizes show only in writing.
    for form in forms:
        plans += form.trials(counts, symbols, period)
    return min((TABLE[each.form].write(values, each) for each in plans), key=lambda coded: len(coded.content))


def decode(reader: Reader, part: str, count: int, most: int) -> tuple[np.ndarray, Stream]:
    """`count` values, each at most `most`, and how they were stored. Table bytes are "tables", lanes are "lanes".

    Raises
    ------
    ArchiveError : what stands there is no such stream.
    """
    number = reader.byte("tables")
    known = [form for form in TABLE if form.version <= reader.version]
    if number >= len(known):
        raise reader.error(f"stream of form {number}, expected 0 to {len(known) - 1}")
    return known[number].read(reader, Request(part, count, most))
