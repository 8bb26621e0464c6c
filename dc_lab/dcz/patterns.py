"""A tensor as a row of bit patterns, looked at piece by piece: what is not zero there, and which values it shares."""

from collections.abc import Iterator

import numpy as np

from dc_lab import sparse
from dc_lab.coding import bits
from dc_lab.dcz.limits import MAX_CODEBOOK
from dc_lab.support.dtypes import is_float, widened

KNOWN = 4
"""Where something is kept is remembered if that takes at most this part of the array's own memory, a quarter."""


class Patterns:
    """An array as a row of bit patterns: those that are equal here are equal to the last bit, NaN or not.

    `patterns` : (n,) unsigned, in C order, as wide as the array's dtype. `dtype` is the array's.
    """

    def __init__(self, array: np.ndarray) -> None:
        self.dtype = array.dtype
        self.patterns = array.reshape(-1).view(f"u{array.itemsize}")
        self.negative_zero = 1 << (8 * array.itemsize - 1) if is_float(array.dtype) else 0
        self._known: list[tuple[int, int, np.ndarray | None]] | None = None

    def pieces(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(length, where in it something is not zero, the patterns there), about a million entries at a time.

        Each piece begins behind the one before and ends with an entry that is kept, so the gaps of all pieces in a row
        are those of the array; zeros at the array's end are in no piece.
        """
        for start, length, kept in self._cut():
            yield length, kept, self.patterns[start : start + length][kept]

    def _cut(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """(start, length, where in it something is kept) of each piece; found once, as far as memory allows."""
        if self._known is not None:
            for start, length, kept in self._known:
                yield start, length, self._kept(start, start + length) if kept is None else kept
            return
        known: list[tuple[int, int, np.ndarray | None]] = []
        start, stop = 0, bits.CHUNK
        while start < len(self.patterns):
            kept = self._kept(start, stop)
            if len(kept):
                # Cut behind the last entry that is kept; the next piece begins there.
                length = int(kept[-1]) + 1
                # What is found is found once, if a number of four bytes each takes little beside the array itself.
                few = length < 2**32 and 4 * len(kept) * KNOWN <= length * self.patterns.itemsize
                known.append((start, length, kept.astype(np.uint32) if few else None))
                yield start, length, kept
                start += length
                stop = start + bits.CHUNK
            elif stop < len(self.patterns):
                # Nothing but zeros: look twice as far.
                stop += stop - start
            else:
                break
        self._known = known

    def _kept(self, start: int, stop: int) -> np.ndarray:
        """Where something is not zero, counted from `start`, int64."""
        piece = self.patterns[start:stop]
        mask = piece != 0
        if self.negative_zero:
            mask &= piece != self.negative_zero
        return np.flatnonzero(mask)

    def runs(self) -> tuple[np.ndarray, np.ndarray]:
        """Histogram of the runs of zeros before each kept entry: the lengths that occur, and how often."""
        short = np.zeros(2**16, np.int64)
        long: list[np.ndarray] = [short[:0]]
        for _, kept, _ in self.pieces():
            runs = sparse.runs_between(kept)
            short += np.bincount(runs[runs < 2**16], minlength=2**16)
            long.append(runs[runs >= 2**16])
        length, often = np.unique(np.concatenate(long), return_counts=True)
        return np.append(np.flatnonzero(short), length), np.append(short[short > 0], often)

    def share(self) -> tuple[np.ndarray, np.ndarray] | None:
        """(codebook in the order of its values, codes) of the kept patterns; None if too many differ."""
        # Which patterns there are, in the order of the patterns, and where each kept entry's stands among them.
        codebook, at = self.patterns[:0], 0
        places = np.empty(sum(len(kept) for _, _, kept in self._cut()), np.uint8)
        older: list[tuple[np.ndarray, slice]] = []
        for _, _, values in self.pieces():
            known, found, missed = codebook, _find(codebook, values), values
            while len(missed):
                missed = values[codebook[found] != values] if len(codebook) else values
                if len(missed):  # learn from the first ones only: no sort of the whole array
                    codebook = np.union1d(codebook, missed[: MAX_CODEBOOK + 1])
                    if len(codebook) > MAX_CODEBOOK:
                        return None
                    found = _find(codebook, values)
            if len(codebook) > len(known):
                older.append((known, slice(older[-1][1].stop if older else 0, at)))
                places = places.astype(_code_dtype(len(codebook)), copy=False)
            places[at : at + len(values)] = found
            at += len(values)
        # What was found in a codebook of before stands elsewhere in the last one.
        for known, where in older:
            places[where] = _find(codebook, known)[places[where]]
        # The code of each is its place in the order of the values.
        order = np.argsort(widened(codebook.view(self.dtype)), kind="stable")
        rank: np.ndarray = np.argsort(order).astype(places.dtype)
        for start in range(0, len(places), bits.CHUNK):
            places[start : start + bits.CHUNK] = rank[places[start : start + bits.CHUNK]]
        return codebook[order], places

    def lay_out(
        self, entries: int, index_bits: int, codes: np.ndarray | None = None, elsewhere: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """(symbols, gaps), one each for every stored entry; no gaps, and symbols for all zeros, if index bits are 0.

        Parameters
        ----------
        entries : how many are stored, fillers included.
        index_bits : width of the gaps, 1 to 16, or 0 to store zeros as well.
        codes : what to store for each kept entry; its pattern if None.
        elsewhere : what to store for fillers, and for zeros if they are stored.
        """
        symbols = np.full(entries, elsewhere, self.patterns.dtype if codes is None else codes.dtype)
        gaps = np.zeros(entries if index_bits else 0, np.uint16)
        at = done = 0
        for length, kept, values in self.pieces():
            # Where in the row of stored entries the kept ones stand.
            where, stored = kept, length
            if index_bits:
                piece_gaps, is_filler = sparse.gaps_of_runs(sparse.runs_between(kept), index_bits)
                where, stored = ~is_filler, len(piece_gaps)
                gaps[at : at + stored] = piece_gaps
            symbols[at : at + stored][where] = values if codes is None else codes[done : done + len(values)]
            at += stored
            done += len(values)
        return symbols, gaps


def _find(codebook: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where each value stands in the sorted codebook, if it is there at all."""
    return np.minimum(np.searchsorted(codebook, values), len(codebook) - 1)


def _code_dtype(codebook_size: int) -> type:
    return np.uint8 if codebook_size < 256 else np.uint16  # below: one more code stands for zero
