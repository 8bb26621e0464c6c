"""Classify."""

import numpy as np


def classify(d, x):
    w = np.transpose([np.random.RandomState(i).randn(17) for i in np.frombuffer(d, "H")])
    x = np.hstack([np.fmax(x - np.roll(x / 1, k, 1), 0) for k in (1, -1, 28, -28, 27, -27, 29, -29)])
    return (x.reshape(-1, 56, 4, 7, 4).sum((2, 4)).reshape(-1, 392) @ np.resize(w, (392, 10))).argmax(1)
