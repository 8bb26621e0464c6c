"""02.3 Densities from the curve."""

import numpy as np

from dc_lab.course.exercises import Exercise


def choose_densities(points, most):
    """For each layer the lowest density whose error is at most `most`; 1.0 where there is none."""
    chosen = {layer: 1.0 for layer, density, error in points}
    for layer, density, error in points:
        if error <= most:
            chosen[layer] = min(chosen[layer], density)
    return chosen


CURVES = [
    ("a", 1.0, 2.0),
    ("a", 0.5, 2.1),
    ("a", 0.2, 2.9),
    ("a", 0.1, 8.0),
    ("b", 1.0, 2.0),
    ("b", 0.5, 3.0),
    ("b", 0.2, 9.5),
    ("b", 0.1, 30.0),
]


def _draw_points(rng):
    points = []
    for layer in ["a", "b", "c"][: int(rng.integers(1, 4))]:
        densities = rng.choice([1.0, 0.8, 0.5, 0.3, 0.2, 0.1, 0.05], int(rng.integers(1, 5)), replace=False)
        points += [(layer, float(d), float(np.round(1 + rng.choice([0.2, 0.5, 1.0]) / d))) for d in densities]
    return points, float(rng.choice([1.0, 2.0, 3.0, 5.0, 10.0]))


CASES = [
    ([("a", 0.5, 2.0)], 2.0), ([("a", 0.5, 2.5)], 2.0), ([("a", 0.1, 2.0), ("a", 0.5, 1.0)], 2.0),
    ([("a", 0.5, 1.0), ("a", 0.1, 2.0), ("a", 0.3, 1.5)], 2.0), ([("a", 0.5, 3.0), ("b", 0.5, 1.0)], 2.0),
    ([("a", 0.5, 3.0), ("a", 0.2, 4.0), ("b", 0.1, 2.0)], 2.0),
    ([("a", 0.3, 5.0), ("a", 0.2, 1.0), ("a", 0.1, 6.0)], 2.0),
    ([("a", 0.5, 1.0), ("b", 0.2, 1.0), ("a", 0.2, 1.0), ("b", 0.5, 9.0)], 2.0), ([], 2.0),
]  # fmt: skip

exercise = Exercise(
    id="02.3",
    title="Densities from the curve",
    minutes=10,
    reference=choose_densities,
    shown=(CURVES, 3.0),
    cases=CASES,
    draw=_draw_points,
    hints=[
        "Go through the points once: for layer, density, error in points. Which of them are allowed at all?",
        "Begin with a dictionary that has 1.0 for every layer. Then look at the allowed points only.",
        "For an allowed point: chosen[layer] = min(chosen[layer], density).",
    ],
    why="""Each layer has its own curve, so each gets its own density. Starting from 1.0 covers the layer that cannot be
    pruned within the limit, and min makes the order of the points irrelevant. The limit is for one layer alone: pruned
    together, their errors add up, which is why the result has to be measured once more.""",
)


@exercise.alternative
def _choose_by_layer(points, most):
    layers = {layer for layer, _, _ in points}
    fits = {layer: [d for name, d, error in points if name == layer and error <= most] for layer in layers}
    return {layer: min(densities, default=1.0) for layer, densities in fits.items()}


@exercise.mistake("< instead of <=")
def _(points, most):
    """An error of exactly `most` is still allowed: at most means <=."""
    chosen = {layer: 1.0 for layer, _, _ in points}
    for layer, density, error in points:
        if error < most:
            chosen[layer] = min(chosen[layer], density)
    return chosen


@exercise.mistake("the highest density that fits")
def _(points, most):
    """The highest density fits the limit, but it prunes the least. Asked for is the lowest density that still fits: min
    instead of max."""
    chosen = {layer: 0.0 for layer, _, _ in points}
    for layer, density, error in points:
        if error <= most:
            chosen[layer] = max(chosen[layer], density)
    return {layer: density or 1.0 for layer, density in chosen.items()}


@exercise.mistake("the first one that fits")
def _(points, most):
    """This takes the first density that fits, in the order of the points. They may come in any order: compare all of a
    layer and take the lowest."""
    chosen = {}
    for layer, density, error in points:
        if error <= most:
            chosen.setdefault(layer, density)
    return {layer: chosen.get(layer, 1.0) for layer, _, _ in points}


@exercise.mistake("the last one that fits")
def _(points, most):
    """Each density that fits replaces the one before, so the last in the list wins. They may come in any order: keep
    the smaller, min(chosen[layer], density)."""
    chosen = {layer: 1.0 for layer, _, _ in points}
    for layer, density, error in points:
        if error <= most:
            chosen[layer] = density
    return chosen


@exercise.mistake("a layer is missing")
def _choose_missing(points, most):
    """A layer of which no density fits is missing from the result. Such a layer is not pruned: its density is 1.0. Put
    1.0 for every layer first, then lower it."""
    return choose_densities([point for point in points if point[2] <= most], most)


@exercise.mistake("the least of nothing")
def _(points, most):
    """Where no density of a layer fits, min has nothing to choose from and raises ValueError. Such a layer gets 1.0:
    min(..., default=1.0)."""
    return {layer: min(d for name, d, e in points if name == layer and e <= most) for layer, _, _ in points}


@exercise.mistake("stopping at the first point above the limit")
def _(points, most):
    """This goes down from density 1 and stops at the first error above the limit: cautious, and often wise. But curves
    have bumps, and asked for is the lowest density that fits, also beyond one."""
    chosen = {layer: 1.0 for layer, _, _ in points}
    stopped = set()
    for layer, density, error in sorted(points, key=lambda point: -point[1]):
        if error > most:
            stopped.add(layer)
        elif layer not in stopped:
            chosen[layer] = density
    return chosen


@exercise.mistake("each point overwrites the one before")
def _(points, most):
    """Each point replaces what was found before, and one above the limit puts the layer back to 1.0. Leave points above
    the limit out, and keep the smaller density."""
    return {layer: density if error <= most else 1.0 for layer, density, error in points}


@exercise.mistake("0.0 for a layer that cannot be pruned")
def _(points, most):
    """Where no density fits, this gives 0.0, which removes the whole layer. Leaving it alone is density 1.0."""
    found = _choose_missing(points, most)
    return {layer: found.get(layer, 0.0) for layer, _, _ in points}


@exercise.mistake("the least bad where none fits")
def _(points, most):
    """Where no density fits, this takes the one with the smallest error, which is over the limit. Asked for is 1.0: do
    not prune this layer."""
    found = _choose_missing(points, most)
    return {layer: found.get(layer, min((e, d) for name, d, e in points if name == layer)[1]) for layer, _, _ in points}


@exercise.mistake("one density for all layers")
def _(points, most):
    """This gives every layer the same density. The curves differ, so each layer gets its own."""
    chosen = choose_densities(points, most)
    return dict.fromkeys(chosen, max(chosen.values(), default=1.0))


@exercise.mistake("the smallest error")
def _(points, most):
    """This takes the density with the smallest error, which is mostly the one that prunes least. Any error up to `most`
    is allowed; among those take the lowest density."""
    return {
        layer: min(((e, d) for name, d, e in points if name == layer and e <= most), default=(0.0, 1.0))[1]
        for layer, _, _ in points
    }


@exercise.mistake("errors instead of densities")
def _(points, most):
    """The right points are found, but what is returned are their errors. Asked for are their densities."""
    chosen = choose_densities(points, most)
    return {layer: next((e for n, d, e in points if (n, d) == (layer, chosen[layer])), 1.0) for layer in chosen}


@exercise.mistake("the lowest of all densities")
def _(points, most):
    """This takes each layer's lowest density whatever its error. Leave out points whose error is above `most` first."""
    return {layer: min(d for name, d, _ in points if name == layer) for layer, _, _ in points}
