"""A small convolutional network out of its bytes, and its answers."""

import lzma

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view as windows


def classify(data, images):
    s = np.frombuffer(data[:6], np.float16).astype(np.float32)
    w = lzma.decompress(data[6:], lzma.FORMAT_RAW, None, [{"id": lzma.FILTER_LZMA2, "lc": 0, "pb": 0}])
    w = np.frombuffer(w, np.uint8).astype(np.float32) - 8
    x, at = images.reshape(-1, 1, 28, 28).astype(np.float32) / 255, 0
    for i, out in enumerate((8, 16)):
        k = w[at : at + out * 25 * x.shape[1]].reshape(out, -1, 5, 5) * s[i]
        at += k.size
        x = np.maximum(np.einsum("ncijkl,ockl->noij", windows(x, (5, 5), (2, 3))[:, :, ::2, ::2], k, optimize=True), 0)
    return (x.reshape(len(x), -1) @ (w[at:].reshape(10, -1) * s[2]).T).argmax(1)
