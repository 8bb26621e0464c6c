"""Classify."""

import zlib

import numpy as np


def classify(d, x):
    w = np.frombuffer(zlib.decompress(d, -15), "b").reshape(10, 197) / 1
    x = x.reshape(-1, 14, 2, 14, 2).sum((2, 4)).reshape(-1, 196)
    return (x @ w[:, :196].T + 1020 * w[:, 196]).argmax(1)
