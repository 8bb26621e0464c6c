"""Five symbols and their code lengths, and lists of whole numbers as arrays."""

import numpy as np

FIVE = np.array([7, 3, 8, 1, 6])
FIVE_LENGTHS = np.array([2, 3, 2, 3, 2])


def ints(*values):
    return np.array(values, np.int64)


def as_array(value):
    """A list of whole numbers as the array it stands for; anything else as it is."""
    if isinstance(value, (list, tuple)) and all(isinstance(each, (int, np.integer)) for each in value):
        return np.array(value, np.int64)
    return value
