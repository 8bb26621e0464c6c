"""The row of figure 2, and masks from text."""

import numpy as np

FIGURE_2 = np.zeros(16, bool)
FIGURE_2[[1, 4, 15]] = True


def mask_of(text):
    """A mask from a text such as "..x" (kept: x); rows are separated by blanks."""
    rows = np.array([[letter == "x" for letter in row] for row in text.split()])
    return rows[0] if len(rows) == 1 else rows
