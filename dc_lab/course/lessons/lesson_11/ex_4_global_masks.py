"""11.4 One competition for all layers."""

import math

import numpy as np

from dc_lab.course.exercises import Exercise


def global_masks(scores, keep):
    """Masks that keep the `keep` largest scores of all layers together; among equal ones the first."""
    every = np.concatenate([score.ravel() for score in scores])
    mask = np.zeros(len(every), bool)
    mask[np.argsort(-every, kind="stable")[:keep]] = True
    ends = np.cumsum([score.size for score in scores])[:-1]
    return [part.reshape(score.shape) for part, score in zip(np.split(mask, ends), scores)]


def _in_order(case, expected, got):
    """None if equal. As large as asked for, but not the first of equal ones, is told in words; the rest is compared."""
    scores, _ = case
    if not isinstance(got, (list, tuple)) or len(got) != len(expected):
        raise TypeError
    for mask, right in zip(got, expected, strict=True):
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != right.shape:
            raise TypeError
    if all(np.array_equal(mask, right) for mask, right in zip(got, expected, strict=True)):
        return None
    kept, wanted = (
        np.sort(np.concatenate([score[mask] for score, mask in zip(scores, masks, strict=True)]))
        for masks in (got, expected)
    )
    if np.array_equal(kept, wanted):
        return (
            "the kept scores are as large as they should be, but among equal ones they are not the first "
            '(argsort keeps their order only with kind="stable")'
        )
    raise ValueError


def _draw_scores(rng):
    scores = [
        np.asarray(rng.integers(0, 6, tuple(rng.integers(1, 4, 2))) * float(10.0 ** rng.integers(-1, 2)))
        for _ in range(int(rng.integers(1, 4)))
    ]
    return scores, int(rng.integers(0, sum(score.size for score in scores) + 1))


SCORES = [np.array([[9.0, 1.0, 4.0], [0.0, 6.0, 2.0]]), np.array([[3.0, 5.0], [8.0, 7.0]])]

CASES = [
    ([np.array([1.0])], 0), ([np.array([1.0])], 1), ([np.array([1.0, 1.0])], 1), ([np.array([2.0, 5.0, 3.0])], 2),
    ([np.array([1.0]), np.array([1.0])], 1), ([np.array([[1.0, 2.0]]), np.array([3.0, 4.0])], 0),
    ([np.array([[1.0, 2.0]]), np.array([3.0, 4.0])], 2), ([np.array([[1.0, 2.0]]), np.array([3.0, 4.0])], 4),
    ([np.array([[2.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [3.0]])], 3),
    ([np.array([[0.5, 0.1], [0.1, 0.5]]), np.array([[50.0, 10.0]])], 3), ([np.zeros((2, 2)), np.zeros(3)], 5),
    ([np.array([]), np.array([2.0, 1.0])], 1),
    ([np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([[1.0, 2.0], [0.0, 1.0]])], 4),
    ([np.array([0.1]), np.array([0.2, 0.4]), np.array([[0.3]])], 2), (SCORES, 7),
]  # fmt: skip

exercise = Exercise(
    id="11.4",
    title="One competition for all layers",
    minutes=10,
    reference=global_masks,
    shown=(SCORES, 4),
    accept=_in_order,
    cases=CASES,
    draw=_draw_scores,
    hints=[
        "Put all scores into one row: np.concatenate([score.ravel() for score in scores]).",
        'np.argsort(-row, kind="stable")[:keep] are the places of the largest, and of equal ones the first. Set them '
        "True in a row of False.",
        "Cut the row into layers, np.split(row, ends) with the running sum of the sizes but the last, and reshape.",
    ],
    why="""A density for each layer is a guess; a threshold for all is one number, and the layers' densities come out.
        What is compared decides what comes out, though: magnitudes of two layers mean different things. records.slim
        compares w**2 times the gradient's root mean square, divided by the bits that the weight takes.""",
)


@exercise.alternative
def _global_by_loops(scores, keep):
    places = [(layer, index) for layer, score in enumerate(scores) for index in np.ndindex(score.shape)]
    places.sort(key=lambda place: -float(scores[place[0]][place[1]]))  # a stable sort: ties stay in order
    masks = [np.zeros(score.shape, bool) for score in scores]
    for layer, index in places[:keep]:
        masks[layer][index] = True
    return masks


@exercise.alternative
def _global_by_threshold(scores, keep):
    every = np.concatenate([score.ravel() for score in scores])
    if keep == 0:
        return [np.zeros(score.shape, bool) for score in scores]
    threshold = np.partition(every, len(every) - keep)[len(every) - keep]
    left = keep - int((every > threshold).sum())
    masks = []
    for score in scores:
        mask, ties = score > threshold, np.flatnonzero(score == threshold)[:left]
        mask.ravel()[ties] = True
        left -= len(ties)
        masks.append(mask)
    return masks


def _every(scores):
    return np.concatenate([score.ravel() for score in scores])


def _best(values, keep):
    mask = np.zeros(len(values), bool)
    mask[np.argsort(-values, kind="stable")[:keep]] = True
    return mask


@exercise.mistake("the same share of each layer")
def _(scores, keep):
    """You keep the same share of each layer. Here layers compete: one may keep nearly everything, another next to
    nothing. Sort the scores of all of them together."""
    share = keep / max(len(_every(scores)), 1)
    return [_best(score.ravel(), round(share * score.size)).reshape(score.shape) for score in scores]


@exercise.mistake("the same number in each layer")
def _(scores, keep):
    """You give each layer the same number of weights. The number is for all together, and scores decide who gets
    them."""
    return [_best(score.ravel(), keep // len(scores)).reshape(score.shape) for score in scores]


@exercise.mistake("so many in each layer")
def _(scores, keep):
    """You keep `keep` weights in every layer. It is the number for all layers together."""
    return [_best(score.ravel(), keep).reshape(score.shape) for score in scores]


@exercise.mistake("layer by layer until all are given away")
def _(scores, keep):
    """The first layer takes all it can and leaves the rest to the next. Compare scores across layers: put them into one
    row first."""
    masks = []
    for score in scores:
        mask = _best(score.ravel(), min(keep, score.size)).reshape(score.shape)
        keep -= int(mask.sum())
        masks.append(mask)
    return masks


@exercise.mistake("all of equal scores, and everything for 0")
def _(scores, keep):
    """Two things. Where several scores equal the threshold you keep all of them, and so more than `keep`. And for keep
    = 0 the index keep - 1 is -1, the smallest score of all."""
    # keep = 0 takes the last of the sorted ones, the smallest: everything is kept.
    threshold = np.sort(_every(scores))[::-1][keep - 1]
    return [score >= threshold for score in scores]


def _threshold_of(every, keep):
    return float(np.sort(every)[::-1][keep - 1]) if keep else math.inf


@exercise.mistake("all of equal scores")
def _(scores, keep):
    """Where several scores equal the threshold you keep all of them, and so more than `keep`. Take the first ones: by
    argsort, or by filling up to the number."""
    threshold = _threshold_of(_every(scores), keep)
    return [score >= threshold for score in scores]


@exercise.mistake("none of equal scores")
def _(scores, keep):
    """score > threshold leaves the threshold itself out, so fewer than `keep` are kept."""
    threshold = _threshold_of(_every(scores), keep)
    return [score > threshold for score in scores]


@exercise.mistake("above the first that goes")
def _(scores, keep):
    """Your threshold is the largest score that goes. Where it equals some that should stay, these go as well. Exactly
    `keep` have to be left."""
    # A threshold that is the first score to go: right without ties.
    every = np.sort(_every(scores))[::-1]
    threshold = every[keep] if keep < len(every) else -math.inf
    return [score > threshold for score in scores]


@exercise.mistake("above the first that goes, and nothing goes")
def _(scores, keep):
    """Your threshold is the largest score that goes. There is none where all are kept; and where it equals some that
    should stay, these go as well."""
    threshold = np.sort(_every(scores))[::-1][keep]
    return [score > threshold for score in scores]


@exercise.mistake("threshold by quantile")
def _(scores, keep):
    """A quantile lies between scores, or on one of several equal ones. How many are kept is then a matter of luck.
    Exactly `keep` have to be left."""
    every = _every(scores)
    threshold = np.quantile(every, 1 - keep / len(every)) if len(every) else 0.0
    return [score >= threshold for score in scores]


def _parts(mask, scores):
    ends = np.cumsum([score.size for score in scores])[:-1]
    return [part.reshape(score.shape) for part, score in zip(np.split(mask, ends), scores, strict=True)]


@exercise.mistake("the last of equal scores")
def _(scores, keep):
    """Among equal scores you keep the last ones. Asked for are the first: sort the negative scores, with
    kind="stable"."""
    every = _every(scores)
    mask = np.zeros(len(every), bool)
    mask[np.argsort(every, kind="stable")[len(every) - keep :]] = True
    return _parts(mask, scores)


@exercise.mistake("[-keep:]")
def _(scores, keep):
    """[-keep:] is everything for keep = 0, and among equal scores it takes the last ones. Sort the negative scores with
    kind="stable" and take [:keep]."""
    every = _every(scores)
    mask = np.zeros(len(every), bool)
    mask[np.argsort(every, kind="stable")[-keep:]] = True
    return _parts(mask, scores)


@exercise.mistake("everything for 0")
def _(scores, keep):
    """For keep = 0 you keep everything: [-0:] is the whole row. Take [:keep] of the descending order."""
    # Stable from behind, and still everything for keep = 0.
    every = _every(scores)
    return _parts(_best(every, keep if keep else len(every)), scores)


@exercise.mistake("the smallest")
def _(scores, keep):
    """You keep the smallest scores: argsort goes upwards. Sort -scores, or take the other end."""
    every = _every(scores)
    mask = np.zeros(len(every), bool)
    mask[np.argsort(every, kind="stable")[:keep]] = True
    return _parts(mask, scores)


exercise.mistake("True for what goes", lambda scores, keep: [~mask for mask in global_masks(scores, keep)]).says("""
    Your masks are True where a weight is removed. True means kept.""")


@exercise.mistake("so many removed")
def _(scores, keep):
    """You remove `keep` of them. It is the number that stays."""
    every = _every(scores)
    return _parts(_best(every, len(every) - keep), scores)


exercise.mistake("one row for all", lambda scores, keep: _best(_every(scores), keep)).says("""
    The right ones, but in one long row. Return a list with a mask for each layer, in its shape: np.split at the running
    sum of the sizes, then reshape.""")


@exercise.mistake("layers without their shapes")
def _(scores, keep):
    """Each of your masks is one row. Give it the shape of its layer: mask.reshape(score.shape)."""
    return [mask.ravel() for mask in global_masks(scores, keep)]


@exercise.mistake("0.0 and 1.0")
def _(scores, keep):
    """Your masks hold floats. A mask is of booleans: np.zeros(n, bool), or a comparison."""
    return [mask.astype(float) for mask in global_masks(scores, keep)]


exercise.mistake("0 and 1", lambda scores, keep: [mask.astype(int) for mask in global_masks(scores, keep)]).says("""
    Your masks hold whole numbers. A mask is of booleans.""")


@exercise.mistake("scores in place of masks")
def _(scores, keep):
    """You return the scores that stay. Asked for are masks, True where a weight is kept."""
    return [np.where(mask, score, 0) for mask, score in zip(global_masks(scores, keep), scores, strict=True)]


@exercise.mistake("relative to the layer's largest")
def _(scores, keep):
    """You divide each layer's scores by its largest. Then every layer has a best weight of the same score, and layers
    do not compete as they are. Compare the scores themselves."""
    scaled = [score / max(float(score.max(initial=0)), 1e-30) for score in scores]
    return global_masks(scaled, keep)


@exercise.mistake("relative to the layer's mean")
def _(scores, keep):
    """You divide each layer's scores by their mean. A layer whose weights all matter loses by that. Compare the scores
    themselves."""
    scaled = [score / max(float(score.sum()) / max(score.size, 1), 1e-30) for score in scores]
    return global_masks(scaled, keep)


@exercise.mistake("columns written back as rows")
def _(scores, keep):
    """You read layers column by column and write the masks back row by row. ravel() and reshape(shape) use the same
    order by themselves."""
    every = np.concatenate([score.ravel(order="F") for score in scores])
    return _parts(_best(every, keep), scores)


@exercise.mistake("column by column")
def _(scores, keep):
    """Among equal scores you go column by column. The first ones are those of the first rows (C order)."""
    every = np.concatenate([score.ravel(order="F") for score in scores])
    ends = np.cumsum([score.size for score in scores])[:-1]
    pieces = np.split(_best(every, keep), ends)
    return [part.reshape(score.shape, order="F") for part, score in zip(pieces, scores, strict=True)]


exercise.mistake("a dictionary", lambda scores, keep: dict(enumerate(global_masks(scores, keep)))).says("""
    The masks are right. Return them as a list, in the order of the layers.""")


@exercise.mistake("above a quantile")
def _(scores, keep):
    """A quantile lies between scores, or on one of them, and > leaves that one out. How many are kept is then a matter
    of luck. Exactly `keep` have to be left."""
    threshold = np.quantile(_every(scores), 1 - keep / len(_every(scores)))
    return [score > threshold for score in scores]


@exercise.mistake("all of equal scores, and 0 refused")
def _(scores, keep):
    """Two things. Where several scores equal the threshold you keep all of them. And for keep = 0 there is no score at
    len - keep: nothing is kept then."""
    every = np.sort(_every(scores))
    threshold = every[len(every) - keep]
    return [score >= threshold for score in scores]


@exercise.mistake("in order until there are enough")
def _(scores, keep):
    """You go through the scores in order and stop when there are enough. Where several equal the threshold, early ones
    take the places of larger ones that come later. First all above it, then fill up with equal ones."""
    # The threshold or above, in order, until there are enough: ties in front take the places of larger ones.
    every = _every(scores)
    good = every >= _threshold_of(every, keep)
    return _parts(good & (np.cumsum(good) <= keep), scores)


@exercise.mistake("layers not made into rows")
def _(scores, keep):
    """np.concatenate joins arrays whose shapes fit. Layers have any shapes: ravel() each of them first. And [-keep] is
    the first entry, the smallest, for keep = 0."""
    threshold = np.sort(np.concatenate(scores))[-keep]
    return [score >= threshold for score in scores]


@exercise.mistake("one array of all layers")
def _(scores, keep):
    """np.array(scores) needs layers of one shape. They have any shapes: np.concatenate([score.ravel() for score in
    scores]), and a list of masks in the end."""
    stacked = np.array(scores)
    return _best(stacked.ravel(), keep).reshape(stacked.shape)


@exercise.mistake("cut by rows")
def _(scores, keep):
    """len(score) is the number of rows of a layer. Cut by score.size, and give each piece the layer's shape."""
    mask, at, masks = _best(_every(scores), keep), 0, []
    for score in scores:
        masks.append(mask[at : at + len(score)])
        at += len(score)
    return masks


@exercise.mistake("places taken for ranks")
def _(scores, keep):
    """argsort gives places in order of their score, not the rank of each score. mask[order[:keep]] = True sets the
    right ones; a second argsort would give ranks."""
    return _parts(np.argsort(-_every(scores), kind="stable") < keep, scores)


@exercise.mistake("a threshold for each layer")
def _(scores, keep):
    """You take a threshold from each layer by itself, the same share of each. Take one from all scores together."""
    share = keep / len(_every(scores))
    return [score >= np.sort(score.ravel())[-max(1, round(share * score.size))] for score in scores]


@exercise.mistake("split by sizes")
def _(scores, keep):
    """np.split wants the places where to cut, not the sizes of the pieces: np.cumsum(sizes)[:-1]."""
    pieces = np.split(_best(_every(scores), keep), [score.size for score in scores][:-1])
    return [piece.reshape(score.shape) for piece, score in zip(pieces, scores, strict=True)]
