"""Five symbols and their lengths, whole numbers as arrays, and streams as large as those of the first layer."""

import numpy as np

from dc_lab import huffman

FIVE = np.array([7, 3, 8, 1, 6])
FIVE_LENGTHS = np.array([2, 3, 2, 3, 2])
FIVE_CODES = np.array([0, 6, 1, 7, 2])


def ints(*values):
    return np.array(values, np.int64)


def single_bytes(*values):
    return np.array(values, np.uint8)


def whole_numbers(got, count):
    """What keeps a result from being an array of `count` whole numbers, in words; None if it is one."""
    if not isinstance(got, np.ndarray) or got.dtype.kind not in "iu" or got.shape != (count,):
        raise TypeError("no such array")  # which is then said of it in the usual words


def counts_of_the_rows():
    """Counts of 17 symbols whose codewords have 2 to 12 bits, about 13,000 in all."""
    return np.array([1, 5, 20, 90, 260, 520, 940, 1600, 1810, 1750, 840, 470, 2, 2600, 2050, 10, 1])


def row(seed=0):
    """(symbols, codes, lengths) of about 13,000 symbols, shuffled."""
    counts = counts_of_the_rows()
    lengths = huffman.code_lengths_by_merging(counts)
    symbols = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.uint8)
    return symbols, huffman.canonical_codes(lengths), lengths
