"""Lab 03: gaps of single bytes back to a mask."""

import zlib

import numpy as np


def decode(data, shape):
    gaps = np.frombuffer(zlib.decompress(data, -15), np.uint8).astype(int)
    where = np.cumsum(gaps + (gaps < 255)) - 1
    mask = np.zeros(shape, bool)
    mask.flat[where[gaps < 255]] = True
    return mask
