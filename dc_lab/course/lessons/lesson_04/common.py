"""The example of the paper's figure 3."""

import numpy as np

from dc_lab import sharing

WEIGHTS = np.array(
    [[2.09, -0.98, 1.48, 0.09], [0.05, -0.14, -1.08, 2.12], [-0.91, 1.92, 0, -1.03], [1.87, 0, 1.53, 1.49]]
)
CENTROIDS = np.array([-1.0, 0.0, 1.5, 2.0])
GRADIENT = np.array(
    [[-0.03, -0.01, 0.03, 0.02], [-0.01, 0.01, -0.02, 0.12], [-0.01, 0.02, 0.04, 0.01], [-0.07, -0.02, 0.01, -0.02]]
)
CODES = sharing.encode(WEIGHTS, CENTROIDS)
