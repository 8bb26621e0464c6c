"""The row of figure 2, masks from text, and layers as large as the first."""

import numpy as np

FIGURE_2 = np.zeros(16, bool)
FIGURE_2[[1, 4, 15]] = True


def mask_of(text):
    """A mask from a text such as "..x" (kept: x); rows are separated by blanks."""
    rows = np.array([[letter == "x" for letter in row] for row in text.split()])
    return rows[0] if len(rows) == 1 else rows


def first_layer(density):
    """A float32 array of the shape of `ip1`, of which a share is not 0."""
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.08, (300, 784)).astype(np.float32)
    weights[rng.random(weights.shape) >= density] = 0
    return weights
