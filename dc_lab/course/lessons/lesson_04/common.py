"""The example of the paper's figure 3, and cases that several exercises share."""

import numpy as np

WEIGHTS = np.array(
    [[2.09, -0.98, 1.48, 0.09], [0.05, -0.14, -1.08, 2.12], [-0.91, 1.92, 0, -1.03], [1.87, 0, 1.53, 1.49]]
)
CENTROIDS = np.array([-1.0, 0.0, 1.5, 2.0])


def pruned_layer(seed: int = 0) -> np.ndarray:
    """As many weights as the pruned `ip1` keeps, float32: two humps, with a gap around 0."""
    rng = np.random.default_rng(seed)
    magnitudes = 0.25 + rng.gamma(2.0, 0.06, 7_056)
    return (magnitudes * rng.choice([-1, 1], 7_056, p=[0.6, 0.4])).astype(np.float32)
