"""02.4 A cubic schedule."""

from dc_lab import pruning
from dc_lab.course.exercises import Exercise


def cubic_density(progress, final, start=1.0):
    """The density at `progress`: from `start` at 0 to `final` at 1."""
    progress = min(max(progress, 0.0), 1.0)
    return final + (start - final) * (1 - progress) ** 3


def _draw_progress(rng):
    progress = rng.choice([rng.uniform(-0.5, 0.0), *rng.uniform(0.0, 1.0, 4), rng.uniform(1.0, 1.5)])
    return float(progress), float(rng.uniform(0.01, 0.4)), float(rng.uniform(0.5, 1.0))


CASES = [
    (0.0, 0.1, 1.0), (1.0, 0.1, 1.0), (0.25, 0.0, 1.0), (0.5, 0.1, 0.5), (0.5, 0.3, 0.3), (0.5, 1.0, 1.0),
    (-1.0, 0.1, 1.0), (2.0, 0.1, 1.0), (1.25, 0.1, 0.6), (0.5, 0.08), (0.9, 0.26), (0, 0.1, 1), (1, 0.1, 1),
    (-1e-7, 0.3, 1.0), (1 + 1e-7, 0.3, 1.0), (1 / 3, 0.0871, 0.943), (0.2, 0.9, 0.1),
    (0.7, 0.8, 0.25), (-0.3, 0.9, 0.2), (1.3, 0.8, 0.3),
]  # fmt: skip

exercise = Exercise(
    id="02.4",
    title="A cubic schedule",
    minutes=5,
    task="warm-up",
    reference=pruning.cubic_density,
    solution=cubic_density,
    shown=(0.5, 0.2, 1.0),
    cases=CASES,
    draw=_draw_progress,
    tolerance=1e-9,
    hints=[
        "At progress 0 the result is start, at 1 it is final. Write it as final + (start - final) times a factor that "
        "runs from 1 to 0.",
        "The factor is (1 - progress) ** 3.",
        "Limit progress to the range from 0 to 1 first: min(max(progress, 0.0), 1.0).",
    ],
    why="""The factor runs from 1 to 0, so that the density runs from start to final. Cubed, it falls steeply first:
    while most weights are redundant, many go at once; when few are left, each matters and the steps become small.
    This is equation 1 of Zhu and Gupta (2017), written there for the sparsity.""",
)


@exercise.alternative
def _cubic_by_steps(progress, final, start=1.0):
    if progress <= 0:
        return start
    if progress >= 1:
        return final
    left = 1 - progress
    return start * left**3 + final * (1 - left**3)


@exercise.mistake("not clamped")
def _(progress, final, start=1.0):
    """Before 0 and after 1 the curve runs on: the density leaves the range from final to start. Limit progress first,
    min(max(progress, 0.0), 1.0)."""
    return final + (start - final) * (1 - progress) ** 3


@exercise.mistake("clamped on one side: below 0 it runs on")
def _(progress, final, start=1.0):
    """A progress below 0 gives a density above `start`. Limit progress from below as well, max(progress, 0.0)."""
    return final + (start - final) * (1 - min(progress, 1.0)) ** 3


@exercise.mistake("clamped on one side: beyond 1 it runs on")
def _(progress, final, start=1.0):
    """A progress beyond 1 gives a density below `final`. Limit progress from above as well, min(progress, 1.0)."""
    return final + (start - final) * (1 - max(progress, 0.0)) ** 3


@exercise.mistake("a straight line")
def _(progress, final, start=1.0):
    """The ends are right, but between them this is a straight line. What is left of the way, 1 - progress, goes to the
    power of 3."""
    done = min(max(progress, 0.0), 1.0)
    return final + (start - final) * (1 - done)


@exercise.mistake("progress cubed, not what is left")
def _(progress, final, start=1.0):
    """The ends are right, but the curve is bent the other way: slow first, and most of the pruning at the end. Cube
    what is left, (1 - progress) ** 3."""
    done = min(max(progress, 0.0), 1.0)
    return start + (final - start) * done**3


@exercise.mistake("a straight line, not clamped")
def _(progress, final, start=1.0):
    """This is a straight line that runs on before 0 and after 1. Limit progress to that range first; then what is left
    of the way, 1 - progress, goes to the power of 3."""
    return final + (start - final) * (1 - progress)


@exercise.mistake("progress cubed, not what is left, and not clamped")
def _(progress, final, start=1.0):
    """The curve is bent the other way, slow first, and runs on before 0 and after 1. Limit progress first, then cube
    what is left, (1 - progress) ** 3."""
    return start + (final - start) * progress**3


@exercise.mistake("the whole way added to final")
def _(progress, final, start=1.0):
    """At progress 0 this is final + 1: more than everything. Only the difference start - final is added, times the
    factor."""
    return final + (1 - min(max(progress, 0.0), 1.0)) ** 3


@exercise.mistake("the whole way added to final, not clamped")
def _(progress, final, start=1.0):
    """At progress 0 this is final + 1: more than everything. Only the difference start - final is added, times the
    factor; and progress must be limited to the range from 0 to 1."""
    return final + (1 - progress) ** 3


@exercise.mistake("backwards")
def _(progress, final, start=1.0):
    """It runs from final to start. At progress 0 the factor must be 1: cube 1 - progress instead of progress."""
    done = min(max(progress, 0.0), 1.0)
    return final + (start - final) * done**3


exercise.mistake("start forgotten", lambda progress, final, start=1.0: pruning.cubic_density(progress, final)).says("""
    The curve begins at 1 whatever `start` is.""")


@exercise.mistake("down to 0")
def _(progress, final, start=1.0):
    """It ends at 0, not at `final`: nothing of the network is left. Only the difference start - final shrinks."""
    done = min(max(progress, 0.0), 1.0)
    return start * (1 - done) ** 3


@exercise.mistake("a square")
def _(progress, final, start=1.0):
    """This is a parabola: the power asked for is 3."""
    done = min(max(progress, 0.0), 1.0)
    return final + (start - final) * (1 - done) ** 2


@exercise.mistake("sparsity instead of density")
def _(progress, final, start=1.0):
    """This is the share removed. Asked for is the share that stays."""
    return 1 - pruning.cubic_density(progress, final, start)


@exercise.mistake("the whole of it cubed")
def _(progress, final, start=1.0):
    """The power is on everything, so that the ends are cubed as well. Only (1 - progress) gets it."""
    done = min(max(progress, 0.0), 1.0)
    return (final + (start - final) * (1 - done)) ** 3


@exercise.mistake("the density limited, not the progress")
def _(progress, final, start=1.0):
    """The density is limited to the range from final to start, and the progress is not. Where `start` is below `final`,
    that range is empty. Limit progress first, min(max(progress, 0.0), 1.0)."""
    density = final + (start - final) * (1 - progress) ** 3
    return min(max(density, final), start)


@exercise.mistake("start and final exchanged in the call")
def _(progress, final, start=1.0):
    """`final` and `start` have changed places: it runs from final to start. The order is (progress, final, start)."""
    return pruning.cubic_density(progress, start, final)


@exercise.mistake("final not added")
def _(progress, final, start=1.0):
    """It ends at 0: only the difference is here, start - final times the factor. Add `final` to it."""
    return (start - final) * (1 - min(max(progress, 0.0), 1.0)) ** 3


@exercise.mistake("the difference without its sign")
def _(progress, final, start=1.0):
    """Where `start` is below `final`, the density runs away from `start`: abs() has taken the sign of start - final.
    Leave abs() out."""
    return final + abs(start - final) * (1 - min(max(progress, 0.0), 1.0)) ** 3


@exercise.mistake("never below final")
def _(progress, final, start=1.0):
    """max(final, ...) keeps the density from falling below `final`. `start` may be below it, and then the density has
    to rise. Limit the progress, not the density."""
    return max(final, pruning.cubic_density(progress, final, start))


@exercise.mistake("the larger one for start")
def _(progress, final, start=1.0):
    """It always falls, from the larger of the two to the smaller. It runs from `start` to `final`, also upwards."""
    return pruning.cubic_density(progress, min(start, final), max(start, final))


@exercise.mistake("start after the end")
def _(progress, final, start=1.0):
    """After 1 it jumps back to `start`. It stays at `final` there."""
    return start if progress > 1 else pruning.cubic_density(progress, final, start)


@exercise.mistake("0 after the end")
def _(progress, final, start=1.0):
    """After 1 it is 0. It stays at `final` there."""
    return 0.0 if progress > 1 else pruning.cubic_density(progress, final, start)


@exercise.mistake("1 before the ramp")
def _(progress, final, start=1.0):
    """Before 0 it is 1. It stays at `start` there, which need not be 1."""
    return 1.0 if progress < 0 else pruning.cubic_density(progress, final, start)


@exercise.mistake("rounded")
def _(progress, final, start=1.0):
    """The density is rounded to three digits. It is a share of hundreds of thousands of weights: round nothing."""
    return round(pruning.cubic_density(progress, final, start), 3)
