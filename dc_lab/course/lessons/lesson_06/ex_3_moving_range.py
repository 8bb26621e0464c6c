"""06.3 An observer that forgets."""

import numpy as np

from dc_lab.course.exercises import Exercise


def moving_range(batches, share):
    """(low, high): the ends of each batch averaged, the newest with weight `share`; the first batch counts whole."""
    low, high = batches[0].min(), batches[0].max()
    for batch in batches[1:]:
        low = low + share * (batch.min() - low)
        high = high + share * (batch.max() - high)
    return low, high


BATCHES = [np.array([0.0, 1.0, 2.0]), np.array([-1.0, 0.5, 3.0]), np.array([0.0, 12.0])]


def _moving_range(batches, share):
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low += share * (float(batch.min()) - low)
        high += share * (float(batch.max()) - high)
    return low, high


def _draw_batches(rng):
    count = int(rng.integers(2, 5))
    batches = [np.round(rng.normal(0.5, 1.5, int(rng.integers(1, 5))), 1) for _ in range(count)]
    return batches, float(rng.choice([0.01, 0.1, 0.25, 0.9]))


CASES = [
    ([np.array([1.0, 4.0])], 0.25), ([np.array([3.0])], 0.5), ([np.array([0.0, 4.0]), np.array([0.0, 8.0])], 0.25),
    ([np.array([0.0, 8.0]), np.array([0.0, 4.0])], 0.25), ([np.array([2.0, 8.0]), np.array([4.0, 6.0])], 0.25),
    ([np.array([-4.0, 1.0]), np.array([-8.0, 1.0]), np.array([-4.0, 2.0])], 0.5),
    ([np.array([-1.0, 1.0]), np.array([-3.0, 5.0])], 1.0),
    ([np.array([[0.0, 1.0], [2.0, -2.0]]), np.array([[4.0, 1.0], [2.0, -6.0]])], 0.1),
    ([np.zeros(3), np.zeros(3)], 0.01), ([np.full(2, 5.0), np.full(2, 5.0), np.full(2, 5.0)], 0.3),
]  # fmt: skip

exercise = Exercise(
    id="06.3",
    title="An observer that forgets",
    minutes=10,
    reference=_moving_range,
    solution=moving_range,
    shown=(BATCHES, 0.5),
    cases=CASES,
    draw=_draw_batches,
    hints=[
        "By hand, with share 0.5: high begins at 2. The second batch has 3, so it moves half of the way, to 2.5. "
        "The third has 12: half of the way from 2.5.",
        "Begin with low, high = batches[0].min(), batches[0].max(), then go over batches[1:].",
        "A step is low = low + share * (batch.min() - low), and the same for high with max.",
    ],
    why="""With share 0.01 the observer looks back over some hundred batches: it follows a network that changes while
        it trains, and a single odd batch moves it by a hundredth of the way. For a finished network MinMax, or the
        observers that cut off rare values, are the usual choice.""",
)


@exercise.alternative
def _moving_range_weighted(batches, share):
    faded = [(1 - share) ** age * share for age in range(len(batches) - 1)] + [(1 - share) ** (len(batches) - 1)]
    lows, highs = ([float(end(batch)) for batch in reversed(batches)] for end in (np.min, np.max))
    return float(np.dot(faded, lows)), float(np.dot(faded, highs))


@exercise.mistake("the average starts at 0")
def _(batches, share):
    """Your average begins at 0, so that the range is too small for a long time. The first batch counts whole."""
    return _moving_range([np.zeros(1), *batches], share)


@exercise.mistake("least and greatest of all")
def _all_of_it(batches, share):
    """This is the range of everything seen. It is a good observer too (MinMax), but a single odd batch decides it; here
    the ends of the batches are averaged."""
    return float(min(batch.min() for batch in batches)), float(max(batch.max() for batch in batches))


exercise.mistake("the share given to the old", lambda batches, share: _moving_range(batches, 1 - share)).says("""
    `share` is the weight of the newest batch; you give it to the average so far. With 0.01 your range would follow
    every batch.""")
exercise.mistake("the last batch only", lambda batches, share: _moving_range(batches[-1:], share)).says("""
    Your range is that of the last batch alone. Carry low and high from batch to batch.""")
exercise.mistake("the first batch only", lambda batches, share: _moving_range(batches[:1], share)).says("""
    Your range stays that of the first batch. Each later one moves it by `share` of the distance.""")


@exercise.mistake("all batches weighted alike")
def _(batches, share):
    """You take the plain mean over the batches. The newest has the weight `share`, and what came before fades."""
    return float(np.mean([batch.min() for batch in batches])), float(np.mean([batch.max() for batch in batches]))


@exercise.mistake("the largest magnitude")
def _(batches, share):
    """You watch the largest magnitude and make the range symmetric. After a ReLU nothing is negative, and half of the
    ruler would be empty: follow both ends."""
    _, high = _moving_range([np.abs(batch) for batch in batches], share)
    return -high, high


@exercise.mistake("widened to hold 0")
def _(batches, share):
    """The range has to hold 0, but that is for whoever makes a ruler of it. The observer says what it saw."""
    low, high = _moving_range(batches, share)
    return min(low, 0.0), max(high, 0.0)


@exercise.mistake("the range only grows")
def _(batches, share):
    """Your range never shrinks. A batch with a smaller range moves the ends inwards, by `share` of the distance."""
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low += share * min(float(batch.min()) - low, 0.0)
        high += share * max(float(batch.max()) - high, 0.0)
    return low, high


@exercise.mistake("shares added up")
def _(batches, share):
    """You add share * batch and keep all of the old, so that the range grows with every batch. What the new one gets,
    the old one loses: low + share * (new - low)."""
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low, high = low + share * float(batch.min()), high + share * float(batch.max())
    return low, high


exercise.mistake("always half of the way", lambda batches, share: _moving_range(batches, 0.5)).says("""
    Your ends move half of the way whatever `share` is. 0.5 is only the example's.""")


@exercise.mistake("the lower end not averaged")
def _(batches, share):
    """high moves by `share`, but your low is the least value of all. Both ends move in the same way."""
    return _all_of_it(batches, share)[0], _moving_range(batches, share)[1]


exercise.mistake("the last two batches only", lambda batches, share: _moving_range(batches[-2:], share)).says("""
    You move from the batch before to the last one. Move from the average so far, and keep that: it remembers all
    batches.""")


@exercise.mistake("high before low")
def _(batches, share):
    """The two are in the wrong order: low first, then high."""
    low, high = _moving_range(batches, share)
    return high, low
