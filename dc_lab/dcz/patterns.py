"""A tensor as a row of bit patterns, looked at piece by piece: what is not zero there, and which values it shares."""

from collections.abc import Iterator

import numpy as np

from dc_lab import sparse
from dc_lab.coding import bits
from dc_lab.dcz.limits import MAX_CODEBOOK
from dc_lab.support.dtypes import is_float, widened


class Patterns:
    """An array as a row of bit patterns: those that are equal here are equal to the last bit, NaN or not.

    `patterns` : (n,) unsigned, in C order, as wide as the array's dtype. `dtype` is the array's.
    """

    def __init__(self, array: np.ndarray) -> None:
        self.dtype = array.dtype
        self.patterns = array.reshape(-1).view(f"u{array.itemsize}")
        self.negative_zero = 1 << (8 * array.itemsize - 1) if is_float(array.dtype) else 0

    def pieces(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(mask of what is not zero, the patterns there), about a million entries at a time to spare memory.

        Each piece ends with an entry that is kept, so the gaps of all pieces in a row are those of the array;
        zeros at the array's end are in no piece.
        """
        start, stop = 0, bits.CHUNK
        while start < len(self.patterns):
            piece = self.patterns[start:stop]
            mask = piece != 0
            if self.negative_zero:
                mask &= piece != self.negative_zero
            length = len(mask) - int(mask[::-1].argmax())
            if mask[length - 1]:
                # Cut behind the last entry that is kept; the next piece begins there.
                yield mask[:length], piece[:length][mask[:length]]
                start += length
                stop = start + bits.CHUNK
            elif stop < len(self.patterns):
                # Nothing but zeros: look twice as far.
                stop += stop - start
            else:
                return

    def runs(self) -> tuple[np.ndarray, np.ndarray]:
        """Histogram of the runs of zeros before each kept entry: the lengths that occur, and how often."""
        short = np.zeros(2**16, np.int64)
        long: list[np.ndarray] = [short[:0]]
        for mask, _ in self.pieces():
            runs = sparse.zero_runs(mask)
            short += np.bincount(runs[runs < 2**16], minlength=2**16)
            long.append(runs[runs >= 2**16])
        length, often = np.unique(np.concatenate(long), return_counts=True)
        return np.append(np.flatnonzero(short), length), np.append(short[short > 0], often)

    def share(self) -> tuple[np.ndarray, np.ndarray] | None:
        """(codebook in the order of its values, codes) of the kept patterns; None if too many differ."""
        # Which patterns there are, in the order of the patterns.
        codebook, kept = self.patterns[:0], 0
        for _, missed in self.pieces():
            kept += len(missed)
            while len(missed):  # learn from the first ones only: no sort of the whole array
                codebook = np.union1d(codebook, missed[: MAX_CODEBOOK + 1])
                if len(codebook) > MAX_CODEBOOK:
                    return None
                missed = missed[codebook[_find(codebook, missed)] != missed]  # noqa: PLW2901
        # The code of each is its place in the order of the values.
        order = np.argsort(widened(codebook.view(self.dtype)), kind="stable")
        rank: np.ndarray = np.argsort(order).astype(_code_dtype(len(order)))
        codes, at = np.empty(kept, rank.dtype), 0
        for _, values in self.pieces():
            codes[at : at + len(values)] = rank[_find(codebook, values)]
            at += len(values)
        return codebook[order], codes

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
        for mask, values in self.pieces():
            # Where in the row of stored entries the kept ones stand.
            where = mask
            if index_bits:
                piece_gaps, is_filler = sparse.relative_index(mask, index_bits)
                gaps[at : at + len(piece_gaps)] = piece_gaps
                where = ~is_filler
            symbols[at : at + len(where)][where] = values if codes is None else codes[done : done + len(values)]
            at += len(where)
            done += len(values)
        return symbols, gaps


def _find(codebook: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where each value stands in the sorted codebook, if it is there at all."""
    return np.minimum(np.searchsorted(codebook, values), len(codebook) - 1)


def _code_dtype(codebook_size: int) -> type:
    return np.uint8 if codebook_size < 256 else np.uint16  # below: one more code stands for zero
