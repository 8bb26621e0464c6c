"""What several exercises of lesson 05 use: two small matrices, and layers as large as the first."""

import numpy as np

TUTORIAL = np.array([[0.6839, 0.4741, 0.7451], [0.9301, 0.1742, 0.6835]], np.float32)
"""The example that many tutorials show, with scale 0.5 and zero point 8."""

SMALL = np.array([[-0.5, 0.1, 0.6, 1.25], [0.3, -0.2, 0.9, 0.0], [1.1, 0.45, -0.4, 0.7]], np.float32)
"""From -0.5 to 1.25: with 3 bits the scale is 0.25 and the zero point 2."""


def first_layer(shape=(300, 784)):
    """Float32 weights of the shape of `ip1`, rows of different width, some groups of them 0."""
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.08, shape) * rng.uniform(0.01, 1, (shape[0], 1))
    weights[:5, :200] = 0
    return weights.astype(np.float32)
