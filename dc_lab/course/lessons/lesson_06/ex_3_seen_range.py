"""06.3 What an observer has seen."""

import numpy as np

from dc_lab.course.exercises import Exercise


def seen_range(batches, share=None):
    """(low, high) of all batches; with `share`, of a range that moves."""
    low, high = np.inf, -np.inf
    for number, batch in enumerate(batches):
        least, most = batch.min(), batch.max()
        if number == 0 or share is None:
            low, high = min(low, least), max(high, most)
        else:
            low, high = low + share * (least - low), high + share * (most - high)
    return low, high


BATCHES = [np.array([0.0, 1.0, 2.0]), np.array([-1.0, 0.5, 3.0]), np.array([0.0, 12.0])]


def _use(seen_range, batches, share):
    """Batches that can be gone through only once, and `share` left out where it is None."""
    given = (batch for batch in batches)
    return seen_range(given) if share is None else seen_range(given, share)


def _moving(batches, share):
    """The range that moves; least and greatest of each batch as Python's floats."""
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low += share * (float(batch.min()) - low)
        high += share * (float(batch.max()) - high)
    return low, high


def _moving_ends(ends, share):
    low, high = (float(end) for end in ends[0])
    for least, most in ends[1:]:
        low, high = low + share * (float(least) - low), high + share * (float(most) - high)
    return low, high


def _all(batches):
    return min(float(batch.min()) for batch in batches), max(float(batch.max()) for batch in batches)


def _draw_batches(rng):
    count, shape = int(rng.integers(2, 6)), tuple(rng.integers(1, 4, int(rng.integers(1, 4))))
    batches = [rng.normal(rng.choice([-3, 0.5, 3]), 1.5, shape).astype(np.float32) for _ in range(count)]
    share = rng.choice([0, 0.01, 0.1, 0.25, 0.9])
    return batches, float(share) if share else None


def _large():
    rng = np.random.default_rng(63)
    return [rng.normal(0.1, 0.5, (50, 784)).astype(np.float32) for _ in range(100)], 0.01


CASES = [
    ([np.array([1.0, 4.0])], 0.25), ([np.array([3.0])], 0.5), ([np.array([0.0, 4.0]), np.array([0.0, 8.0])], 0.25),
    ([np.array([0.0, 8.0]), np.array([0.0, 4.0])], 0.25), ([np.array([2.0, 8.0]), np.array([4.0, 6.0])], 0.25),
    ([np.array([-4.0, 1.0]), np.array([-8.0, 1.0]), np.array([-4.0, 2.0])], 0.5),
    ([np.array([-1.0, 1.0]), np.array([-3.0, 5.0])], 1.0), ([np.array([-1.0, 1.0]), np.array([-3.0, 5.0])], None),
    ([np.array([[0.0, 1.0], [2.0, -2.0]]), np.array([[4.0, 1.0], [2.0, -6.0]])], 0.1),
    ([np.zeros(3), np.zeros(3)], 0.01), ([np.full(2, 5.0), np.full(2, 5.0), np.full(2, 5.0)], 0.3),
    ([np.array([1.0, 4.0])], None), ([np.array([-3.0])], None), ([np.array([2.0, 8.0]), np.array([4.0, 6.0])], None),
    ([np.array([2.0, 3.0]), np.array([4.0, 9.0]), np.array([1.5, 2.0])], None),
    ([np.array([-9.0, -3.0]), np.array([-7.0, -2.0])], None), ([np.array([-9.0, -3.0]), np.array([-7.0, -2.0])], 0.5),
    ([np.zeros(2), np.array([-1.0, 4.0]), np.array([-3.0, 2.0])], 0.25), (BATCHES, None), (BATCHES[::-1], 0.1),
    ([np.array([0.0, 8.0]), np.array([-2.0, 4.0])], 0.0),
    # Shapes that do not fit together, and one without dimensions.
    ([np.array([1.0, 4.0, 2.0]), np.array([[0.5, 3.0], [7.0, 2.0]]), np.array(-1.0)], None),
    ([np.array(2.0), np.array([0.0, 8.0])], 0.25),
]  # fmt: skip

exercise = Exercise(
    id="06.3",
    title="What an observer has seen",
    minutes=15,
    task="build",
    reference=seen_range,
    shown=(BATCHES, 0.5),
    cases=CASES,
    draw=_draw_batches,
    use=_use,
    tolerance=1e-5,
    large=_large,
    large_is="100 batches of 50 images",
    hints=[
        "By hand, with share 0.5: high begins at 2. The second batch has 3, so it moves half of the way, to 2.5. "
        "The third has 12: half of the way from 2.5.",
        "Batches come one at a time and only once, so that batches[0] may not work. Begin with low = np.inf and high = "
        "-np.inf: min and max with those give the ends of the first batch.",
        "A step is low = low + share * (batch.min() - low), and the same for high with max. Without a share it is "
        "low = min(low, batch.min()), and high with max.",
    ],
    why="""With share 0.01 the observer looks back over some hundred batches: it follows a network that changes while
        it trains, and a single odd batch moves it by a hundredth of the way. For a finished network the range of all
        is usual, or an observer that cuts off rare values.""",
)


@exercise.alternative
def _all_at_once(batches, share=None):
    batches = list(batches)
    if share is None:
        return _all(batches)
    faded = [(1 - share) ** age * share for age in range(len(batches) - 1)] + [(1 - share) ** (len(batches) - 1)]
    lows, highs = ([float(end(batch)) for batch in reversed(batches)] for end in (np.min, np.max))
    return float(np.dot(faded, lows)), float(np.dot(faded, highs))


@exercise.alternative
def _with_an_iterator(batches, share=None):
    batches = iter(batches)
    ends = np.array([end(next_) for next_ in [next(batches)] for end in (np.min, np.max)])
    for batch in batches:
        new = np.array([np.amin(batch), np.amax(batch)])
        if share is None:
            ends = np.array([min(ends[0], new[0]), max(ends[1], new[1])])
        else:
            ends = (1 - share) * ends + share * new
    return tuple(ends)


@exercise.mistake("an array changed")
def _(batches, share=None):
    """The arrays that you are given are changed, sorted in place perhaps. Whoever hands them out still needs them: take
    batch.min() and batch.max()."""
    batches = list(batches)
    found = _all(batches) if share is None else _moving(batches, share)
    for batch in batches:
        batch.reshape(-1).sort()
    return found


@exercise.mistake("gone through twice")
def _(batches, share=None):
    """The least value of all is found first, and then nothing is left for the greatest: `batches` can be gone through
    only once. Find both in one loop, or make a list first."""
    if share is None:
        return min(batch.min() for batch in batches), max(batch.max() for batch in batches)
    return _moving(list(batches), share)


@exercise.mistake("begun at infinity")
def _(batches, share=None):
    """With a share your range begins at infinity, and from there it never comes back: inf - inf is NaN. It begins as
    the range of the first batch."""
    if share is None:
        return _all(list(batches))
    low, high = np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        for batch in batches:
            low, high = low + share * (batch.min() - low), high + share * (batch.max() - high)
    return low, high


@exercise.mistake("the ends of each column")
def _(batches, share=None):
    """You take the least and greatest of each column, axis=0 or Python's min(). batch.min() without an axis is one
    number, whatever the shape."""
    low = high = None
    for batch in batches:
        least, most = batch.min(axis=0), batch.max(axis=0)
        if low is None or high is None:
            low, high = least, most
        elif share is None:
            low, high = np.minimum(low, least), np.maximum(high, most)
        else:
            low, high = low + share * (least - low), high + share * (most - high)
    return low, high


@exercise.mistake("a share of 0 taken for none")
def _(batches, share=None):
    """`if share` is also false for 0, where the range stays that of the first batch. Ask `if share is None`."""
    batches = list(batches)
    return _moving(batches, share) if share else _all(batches)


@exercise.mistake("the average starts at 0")
def _(batches, share=None):
    """Your average begins at 0, so that the range is too small for a long time. The first batch counts whole."""
    batches = list(batches)
    return _moving([np.zeros(1), *batches], share) if share is not None else _all(batches)


@exercise.mistake("the range starts at 0")
def _(batches, share=None):
    """Your range begins at 0, so that it holds 0 whatever comes. The observer says what it saw: begin with the ends of
    the first batch."""
    batches = [np.zeros(1), *batches]
    return _moving(batches, share) if share is not None else _all(batches)


@exercise.mistake("all that is seen begins at 0")
def _(batches, share=None):
    """Without a share your range begins at 0, so that it holds 0 whatever comes. Begin with the ends of the first
    batch."""
    batches = list(batches)
    return _moving(batches, share) if share is not None else _all([np.zeros(1), *batches])


@exercise.mistake("least and greatest of all")
def _(batches, share=None):
    """This is the range of everything seen, also where a share is given. Then each end moves by `share` of the
    distance towards that of the new batch."""
    return _all(list(batches))


@exercise.mistake("the first batch only")
def _(batches, share=None):
    """What comes out are the ends of the first batch. Either a `return` stands inside the loop, or a second loop goes
    over `batches` when nothing is left: they can be gone through only once."""
    first = next(iter(batches))
    return float(first.min()), float(first.max())


exercise.mistake("batches[0]", lambda batches, share=None: batches[0]).says("""
    Batches come one at a time, from a generator: they have no [0] and no length. Go through them with `for`, and take
    the first as it is.""")


def _either(moving, all_of_it=_all):
    """A wrong version from what it makes with a share, and without."""

    def wrong(batches, share=None):
        batches = list(batches)
        return all_of_it(batches) if share is None else moving(batches, share)

    return wrong


exercise.mistake("the share given to the old", _either(lambda b, share: _moving(b, 1 - share))).says("""
    `share` is the weight of the newest batch; you give it to the average so far. With 0.01 your range would follow
    every batch.""")
exercise.mistake(
    "the last batch only", _either(lambda b, share: _moving(b[-1:], share), lambda b: _all(b[-1:]))
).says("""
    Your range is that of the last batch alone. Carry low and high from batch to batch.""")
exercise.mistake("the last batch without a share", _either(_moving, lambda b: _all(b[-1:]))).says("""
    Without a share your range is that of the last batch alone. It has to hold everything seen: min(low, ...), max(high,
    ...).""")
exercise.mistake("all batches weighted alike", _either(
    lambda b, share: (float(np.mean([x.min() for x in b])), float(np.mean([x.max() for x in b])))
)).says("""
    You take the plain mean over the batches. The newest weighs `share`, what came before fades.""")  # fmt: skip
exercise.mistake("a share where none is given", _either(_moving, lambda b: _moving(b, 0.1))).says("""
    Without a share your range moves all the same, by 0.1 perhaps. Then it is the least and the greatest value of
    all.""")
exercise.mistake("the first batch skipped", _either(
    lambda b, share: _moving(b[1:] or [np.zeros(1)], share), lambda b: _all(b[1:] or [np.zeros(1)])
)).says("""
    The first batch does not count: next() took it, or a loop begins at 1. The range begins with its
    ends.""")  # fmt: skip
exercise.mistake(
    "the last batch skipped", _either(lambda b, share: _moving(b[:-1] or b, share), lambda b: _all(b[:-1] or b))
).says("""
    The last batch does not count. Does a loop or a slice end one too early?""")
exercise.mistake(
    "the first and the last batch only", _either(lambda b, share: _moving([b[0], b[-1]][: len(b)], share))
).says("""
    With a share you go from the first batch to the last one at once. Each batch between them moves the ends too.""")
exercise.mistake("whole numbers", _either(
    lambda b, share: tuple(int(end) for end in _moving(b, share)), lambda b: tuple(int(end) for end in _all(b))
)).says("""
    Your ends are cut to whole numbers. They are floats, as they are found.""")  # fmt: skip
exercise.mistake("rounded", _either(
    lambda b, share: tuple(round(end, 2) for end in _moving(b, share)),
    lambda b: tuple(round(end, 2) for end in _all(b)),
)).says("""
    Your ends are rounded to two digits. The figure shows two; give them as they are.""")  # fmt: skip
exercise.mistake("first and last value", _either(
    lambda b, share: _moving_ends([(x.flat[0], x.flat[-1]) for x in b], share),
    lambda b: (min(x.flat[0] for x in b), max(x.flat[-1] for x in b)),
)).says("""
    You take the first and the last value of each batch, as if it were sorted. Take batch.min() and
    batch.max().""")  # fmt: skip
exercise.mistake("the least of the greatest", _either(
    _moving, lambda b: (max(float(x.min()) for x in b), min(float(x.max()) for x in b))
)).says("""
    Without a share min and max are exchanged: low is the greatest of the least values. low = min(low, batch.min()), and
    max for high.""")  # fmt: skip
exercise.mistake("a start that some values do not reach", _either(
    _moving, lambda b: (min(1e9, _all(b)[0]), max(-1, _all(b)[1]))
)).says("""
    Without a share your range begins at a number that some values do not reach: high at -1, say, with all values
    below. Begin at -np.inf, or with the first batch.""")  # fmt: skip
exercise.mistake("always half of the way", _either(lambda b, share: _moving(b, 0.5))).says("""
    Your ends move half of the way whatever `share` is. 0.5 is only the example's.""")
exercise.mistake("the last two batches only", _either(lambda b, share: _moving(b[-2:], share))).says("""
    You move from the batch before to the last one. Move from the average so far, and keep that: it remembers all
    batches.""")


@exercise.mistake("the largest magnitude")
def _(batches, share=None):
    """You watch the largest magnitude and make the range symmetric. After a ReLU nothing is negative, and half of the
    ruler would be empty: follow both ends."""
    _, high = _either(_moving)([np.abs(batch) for batch in batches], share)
    return -high, high


@exercise.mistake("widened to hold 0")
def _(batches, share=None):
    """The range has to hold 0, but that is for whoever makes a ruler of it. The observer says what it saw."""
    low, high = _either(_moving)(batches, share)
    return min(low, 0.0), max(high, 0.0)


def _grows(batches, share):
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low += share * min(float(batch.min()) - low, 0.0)
        high += share * max(float(batch.max()) - high, 0.0)
    return low, high


def _stepped(step):
    """The range that moves, with a step (low, high, least, most, share) of its own."""

    def moving(batches, share):
        low, high = float(batches[0].min()), float(batches[0].max())
        for batch in batches[1:]:
            low, high = step(low, high, float(batch.min()), float(batch.max()), share)
        return low, high

    return moving


def _towards_all(batches, share):
    low, high = (float(end) for end in (batches[0].min(), batches[0].max()))
    for number in range(1, len(batches)):
        least, most = _all(batches[: number + 1])
        low, high = low + share * (least - low), high + share * (most - high)
    return low, high


def _added(batches, share):
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low, high = low + share * float(batch.min()), high + share * float(batch.max())
    return low, high


exercise.mistake("the range only grows", _either(_grows)).says("""
    With a share your range never shrinks. A batch with a smaller range moves the ends inwards, by `share` of the
    distance.""")
exercise.mistake("towards the ends of all", _either(_towards_all)).says("""
    Your ends move towards the least and greatest value of all so far. They move towards those of the new batch
    alone.""")
exercise.mistake("the new one whole", _either(
    _stepped(lambda low, high, least, most, share: (low * (1 - share) + least, high * (1 - share) + most))
)).says("""
    You fade the old by 1 - share and add the whole of the new one. The new one weighs `share`: (1 - share) * low +
    share * batch.min().""")  # fmt: skip
exercise.mistake("moved away", _either(
    _stepped(lambda low, high, least, most, share: (low - share * (least - low), high - share * (most - high)))
)).says("""
    Your ends move away from the new batch. The distance is new - low, and is added: low + share * (new -
    low).""")  # fmt: skip
exercise.mistake("one distance for both ends", _either(
    _stepped(lambda low, high, least, most, share: (low + share * (least - low), high + share * (least - low)))
)).says("""
    Both of your ends move by the distance of low. high has its own: batch.max() - high.""")  # fmt: skip
exercise.mistake("shares added up", _either(_added)).says("""
    You add share * batch and keep all of the old, so that the range grows with every batch. What the new one gets, the
    old one loses: low + share * (new - low).""")
exercise.mistake("the lower end not averaged", _either(lambda b, share: (_all(b)[0], _moving(b, share)[1]))).says("""
    high moves by `share`, but your low is the least value of all. Both ends move in the same way.""")
exercise.mistake("the upper end not averaged", _either(lambda b, share: (_moving(b, share)[0], _all(b)[1]))).says("""
    low moves by `share`, but your high is the greatest value of all. Both ends move in the same way.""")
exercise.mistake("means of the batches", _either(
    lambda b, share: _moving([x.mean(keepdims=True) for x in b], share),
    lambda b: _all([x.mean(keepdims=True) for x in b]),
)).says("""
    You follow the mean of each batch. A ruler has to reach the least and the greatest value.""")  # fmt: skip


@exercise.mistake("means, the share ignored")
def _(batches, share=None):
    """You follow the mean of each batch, and share does nothing. A ruler has to reach the least and the greatest value,
    and with a share it moves."""
    means = [float(batch.mean()) for batch in batches]
    return min(means), max(means)


@exercise.mistake("high before low")
def _(batches, share=None):
    """The two are in the wrong order: low first, then high."""
    low, high = _either(_moving)(batches, share)
    return high, low


@exercise.mistake("the share of nothing")
def _(batches, share=None):
    """Without a share there is None in your formula, which raises an error. Ask for that case: the range of all
    batches."""
    return _moving(list(batches), share)


@exercise.mistake("either the low end or the high one")
def _(batches, share=None):
    """elif: a batch that lowers the low end no longer raises the high one. It may do both: two ifs, or min and max."""
    low = high = None
    for batch in batches:
        least, most = batch.min(), batch.max()
        if low is None:
            low, high = least, most
        elif share is not None:
            low, high = low + share * (least - low), high + share * (most - high)
        elif least < low:
            low = least
        elif most > high:
            high = most
    return low, high


@exercise.mistake("batches put together that do not fit")
def _(batches, share=None):
    """np.concatenate wants arrays whose shapes fit together, and at least one dimension. Batches may have any shape:
    ask each for its min and max."""
    if share is None:
        everything = np.concatenate(list(batches))
        return everything.min(), everything.max()
    return _moving(list(batches), share)
