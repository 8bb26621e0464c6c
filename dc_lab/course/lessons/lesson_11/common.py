"""The table of the examples, and others."""

THREE = [5, 2, 1]


def draw_table(rng):
    table = [int(f) for f in rng.integers(0, 6, int(rng.integers(1, 6)))]
    return table if any(table) else [1, *table]
