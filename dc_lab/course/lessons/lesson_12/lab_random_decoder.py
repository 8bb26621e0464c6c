"""The linear classifier of lab 12 out of its bytes, and its answers."""

import numpy as np


def classify(data, images):
    n = len(data) - 1
    size = -(-1970 // n)
    m = ((np.arange(n) * 256 + np.frombuffer(data, np.uint8)[1:]) * size + np.arange(size)[:, None]).astype(np.uint32)
    m += np.uint32(0x9E3779B9)
    m = (m ^ (m >> 16)) * np.uint32(0x7FEB352D)
    m = (m ^ (m >> 15)) * np.uint32(0x846CA68B)
    m ^= m >> 16
    w = (m[..., None].view(np.uint8).sum(2).ravel()[:1970] - 510.0).reshape(197, 10)
    return (images.reshape(-1, 14, 2, 14, 2).sum((2, 4)).reshape(-1, 196) @ w[:196] + 1020 * w[196]).argmax(1)
