"""03.5 From gaps to positions."""

import numpy as np

from dc_lab import sparse
from dc_lab.course.exercises import Exercise


def positions(gaps):
    """Where each stored entry stands in the long row; the way back from `relative_index`."""
    return np.cumsum(gaps.astype(np.int64) + 1) - 1


def _draw_gaps(rng):
    gaps = rng.integers(0, 256, int(rng.integers(1, 9)))
    return (gaps.astype(np.uint8 if rng.random() < 0.5 else np.uint16),)


CASES = [
    (np.array([0], np.uint8),), (np.array([3], np.uint8),), (np.array([0, 0, 0], np.uint8),),
    (np.array([2, 0, 1], np.uint16),), (np.array([255, 3], np.uint8),), (np.array([7, 255, 255, 9], np.uint8),),
    (np.array([65535, 65535, 1], np.uint16),), (np.zeros(0, np.uint8),),
]  # fmt: skip

exercise = Exercise(
    id="03.5",
    title="From gaps to positions",
    minutes=5,
    reference=sparse.positions,
    solution=positions,
    shown=(np.array([1, 2, 7, 2], np.uint8),),
    cases=CASES,
    draw=_draw_gaps,
    hints=[
        "By hand: gaps 1, 2, 7, 2. The first entry has one zero before it and stands at 1. The second comes after two "
        "more zeros, at 4. How far is each step?",
        "A step is gap + 1: the zeros and the entry's own place. np.cumsum adds steps up. Compare with 1, 4, 12, 15.",
        "Positions count from 0, so take 1 away. And mind the dtype: gaps may be uint8, where 255 + 1 is 0.",
    ],
    why="""The steps add up, and a running sum takes them all in one call. The conversion comes first, since a gap of
        255 is what fillers of 8 bits have, and in uint8 it would become 0. dc_lab adds np.arange instead of 1 to
        each gap, which saves a copy.""",
)


@exercise.alternative
def _positions_wide(gaps):
    return np.cumsum(gaps.astype(np.int64) + 1) - 1


@exercise.alternative
def _positions_by_loops(gaps):
    where, place = [], -1
    for gap in gaps.tolist():
        place += gap + 1
        where.append(place)
    return np.array(where, np.int64)


exercise.mistake("the entries' own places forgotten", lambda gaps: np.cumsum(gaps, dtype=np.int64)).says("""
    You added up the zeros only. Each entry stands on a place of its own as well, so every step is gap + 1.""")
exercise.mistake("one too far", lambda gaps: np.cumsum(gaps.astype(np.int64) + 1)).says("""
    Every position is one too large. The first position is 0: an entry with gap 0 at the beginning stands there, so take
    1 away in the end.""")
exercise.mistake("gaps not summed up", lambda gaps: gaps.astype(np.int64) + np.arange(len(gaps))).says("""
    Each of your positions knows only its own gap. A position is the sum of all steps up to there: np.cumsum.""")
exercise.mistake("an overflow at 255", lambda gaps: np.cumsum(gaps + 1) - 1).says("""
    In uint8, 255 + 1 is 0, without a warning. That hits the largest gap, the one of fillers. Convert the gaps to a
    wider dtype before you add 1: gaps.astype(np.int64).""")
exercise.mistake("an overflow at 255, and a wide sum", lambda gaps: np.cumsum(gaps + 1).astype(np.int64) - 1).says("""
    You do sum in a wide dtype, but you add 1 before: there 255 + 1 is still 0 in uint8. Convert first, then add.""")
exercise.mistake("one too far, and an overflow at 255", lambda gaps: np.cumsum(gaps + 1)).says("""
    Two things: every position is one too large (the first one is 0, so take 1 away), and in uint8 255 + 1 is 0, without
    a warning. Convert the gaps to np.int64 before you add 1.""")


@exercise.mistake("sums of single bytes in a loop")
def _(gaps):
    """A loop over an array gives numbers of the array's dtype, here single bytes, which overflow. Go over gaps.tolist()
    instead, or over gaps.astype(np.int64)."""
    where, place = [], -1
    for gap in gaps:
        place += gap + 1
        where.append(place)
    return np.array(where)


@exercise.mistake("the first gap left out")
def _(gaps):
    """Your first entry stands at position 0 whatever its gap is. The first gap counts as well: those zeros stand at the
    beginning."""
    where = _positions_wide(gaps)
    return where - where[:1]


@exercise.mistake("a sum as narrow as the gaps")
def _(gaps):
    """Your running sum has the dtype of the gaps and wraps around, without a warning. Positions are far larger than
    gaps: sum in int64."""
    return np.cumsum(gaps, dtype=gaps.dtype).astype(np.int64) + np.arange(len(gaps))


exercise.mistake("positions as floats", lambda gaps: np.cumsum(gaps) + np.arange(len(gaps))).says("""
    The numbers are right but they are floats, which cannot be used as an index: np.cumsum makes uint64 of unsigned
    gaps, and NumPy has no integer type for uint64 plus int64. Convert the gaps to np.int64 first.""")


@exercise.mistake("the first place counted twice")
def _(gaps):
    """Your positions are one too small. Before the first entry stand as many zeros as its gap says, so a gap of 2 means
    position 2."""
    return np.maximum(np.cumsum(gaps.astype(np.int64)) + np.arange(len(gaps)) - 1, 0)


exercise.mistake("two places an entry", lambda gaps: np.cumsum(gaps.astype(np.int64) + 2) - 2).says("""
    Your steps are gap + 2. An entry takes one place: the step is gap + 1.""")
