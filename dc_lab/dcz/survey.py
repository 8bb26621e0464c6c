"""What the writer looks at before it chooses a kind: how a tensor's zeros, bytes and shared values are distributed."""

import functools
from collections.abc import Iterator

import numpy as np

from dc_lab import sparse
from dc_lab.dcz import streams
from dc_lab.dcz.forms.form import Coder
from dc_lab.dcz.patterns import Patterns
from dc_lab.dcz.values import fits_half, has_negative_zeros, to_bytes, version_of


class Survey:
    """One tensor, and the histograms from which follows what each kind costs. Zeros of either sign are not kept.

    Attributes
    ----------
    patterns, shape, coder : the tensor as bit patterns, its shape, and what streams may use.
    size, kept, zeros : number of entries: all, those that are not zero, those that are.
    runs, often : lengths of the runs of zeros before each kept entry that occur, and how often; int64.
    shared : (codebook as patterns, codes of the kept entries); None if none is kept, or too many differ.
    planes, only_planes : whether values may be stored by planes, and whether nothing else keeps the sign of zeros.
    itemsize_in_memory : bytes of a value of the array's own dtype.
    half, itemsize : whether values are stored as float16, and how many bytes each takes.
    code_counts : int64 (codebook,), how often each code occurs; None as `shared` is.
    byte_counts : int64 (256,), how often each byte occurs in the kept values as stored.
    """

    def __init__(self, array: np.ndarray, coder: Coder, exact: bool = False) -> None:
        self.patterns, self.shape, self.coder = Patterns(array), array.shape, coder
        self.itemsize_in_memory = array.itemsize
        # Planes are of version 4: they are for who asks, and for what needs that version anyway.
        self.planes = exact or version_of(array.dtype) == 4
        self.only_planes = exact and has_negative_zeros(self.patterns.patterns, array.dtype)
        # How many entries are zero, and in what runs.
        self.runs, self.often = self.patterns.runs()
        self.size, self.kept = array.size, int(self.often.sum())
        self.zeros = self.size - self.kept
        # Which values the others have in common, and whether float16 holds them all.
        self.shared = self.patterns.share() if self.kept else None
        self.half = array.dtype == np.float32 and self.kept > 0 and self._fits_half()
        self.itemsize = 2 if self.half else array.itemsize
        # How often each code and each byte occurs. With a codebook, the bytes of a value count as often as its code.
        self.code_counts = None if self.shared is None else streams.counts_of(self.shared[1])
        weights = None if self.code_counts is None else np.repeat(self.code_counts, self.itemsize)
        self.byte_counts = np.zeros(256, np.int64)
        for piece in self._values():
            self.byte_counts += np.bincount(to_bytes(piece, self.half), weights, 256).astype(np.int64)

    def _values(self) -> Iterator[np.ndarray]:
        """Patterns, at least one of each value that is kept: the codebook if there is one."""
        return (values for _, _, values in self.patterns.pieces()) if self.shared is None else iter(self.shared[:1])

    def _fits_half(self) -> bool:
        return all(fits_half(piece.view(np.float32)) for piece in self._values())

    @functools.cached_property
    def gap_sizes(self) -> list[tuple[int, int, int]]:
        """(index bits, fillers, bytes of the gaps) for each width of the gaps, up to the one that needs no fillers."""
        found = []
        for index_bits in range(1, sparse.MAX_INDEX_BITS + 1):
            # A run leaves its low bits as a gap; what is above them is how many fillers it takes.
            full = 2**index_bits - 1
            fillers = int(np.dot(self.often, self.runs >> index_bits))
            gap_counts = np.bincount(self.runs & full, self.often, full + 1).astype(np.int64)
            gap_counts[full] += fillers
            found.append((index_bits, fillers, streams.plan(gap_counts, self.coder).size))
            if fillers == 0:
                break
        return found
