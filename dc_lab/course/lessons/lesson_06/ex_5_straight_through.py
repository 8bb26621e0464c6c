"""06.5 The straight-through gradient."""

import numpy as np

from dc_lab.course.exercises import Exercise


def straight_through(x, gradient, scale, zero_point, qmin, qmax):
    """Gradient for x, given that for its rounded value: the same on the ruler, 0 where x was cut off at an end."""
    marks = np.rint(x / scale) + zero_point
    return gradient * ((marks >= qmin) & (marks <= qmax))


POINTS = np.array([-2.4, -1.2, -0.3, 0.4, 1.7, 2.6])
ONES = np.ones(6)


def _on_ruler(x, scale, zero_point, qmin, qmax):
    marks = np.rint(x / scale) + zero_point
    inside = (marks >= qmin) & (marks <= qmax)
    return inside


def _through(x, gradient, scale, zero_point, qmin, qmax):
    return gradient * _on_ruler(x, scale, zero_point, qmin, qmax)


def _draw_gradient(rng):
    scale = float(rng.choice([0.25, 0.5, 2.0]))
    signed = bool(rng.random() < 0.5)
    qmin, qmax = (-4, 3) if signed else (0, 7)
    zero_point = 0 if signed else int(rng.integers(1, 7))
    # Thirds of a step: never half-way between two marks.
    x = scale * rng.integers(-27, 28, int(rng.integers(2, 6))) / 3
    return x, np.round(rng.normal(0, 2, x.size), 1), scale, zero_point, qmin, qmax


exercise = Exercise(
    id="06.5",
    title="The straight-through gradient",
    minutes=5,
    reference=_through,
    solution=straight_through,
    shown=(POINTS, ONES, 0.5, 0, -4, 3),
    cases=[
        (np.array([0.5]), np.array([3.0]), 1.0, 0, -4, 3),
        (np.array([-9.0, 0.0, 9.0]), np.array([2.0, -2.0, 5.0]), 1.0, 0, -4, 3),
        (np.array([3.0, -4.0]), np.array([0.5, 7.0]), 1.0, 0, -4, 3),
        (np.array([3.4, -4.4]), np.array([0.5, 7.0]), 1.0, 0, -4, 3),
        (np.array([3.6, -4.6]), np.array([0.5, 7.0]), 1.0, 0, -4, 3),
        (np.array([2.0, 6.0, -3.0]), np.array([1.5, 2.5, 3.5]), 1.0, 5, 0, 7),
        (np.array([10.0, 20.0]), np.array([1.5, 2.5]), 4.0, 0, -4, 3),
        (np.array([6.5]), np.array([2.0]), 1.0, 1, 0, 7),
        (np.array([[0.2, 2.0], [-2.0, 0.1]]), np.array([[1.0, 2.0], [3.0, 4.0]]), 0.25, 0, -4, 3),
        (np.zeros(3), np.zeros(3), 0.5, 0, -4, 3),
        (np.zeros(0), np.zeros(0), 0.5, 0, -4, 3),
    ],
    draw=_draw_gradient,
    hints=[
        "In the picture of the stairs, which of the six points lie where the dashed line is? Those get the gradient, "
        "the others 0.",
        "marks = np.rint(x / scale) + zero_point are the integers before clamping. On the ruler means qmin <= marks "
        "<= qmax.",
        "gradient * mask: True counts as 1, False as 0.",
    ],
    why="""It is a lie that works: on average over a step, a line with slope 1 is what the staircase is. Since the
        real-valued weight remembers small moves, enough of them carry it over to the next mark. The mask keeps weights
        from running off the ruler. (Bengio, Léonard and Courville, 2013.)""",
)


@exercise.alternative
def _through_by_clipping(x, gradient, scale, zero_point, qmin, qmax):
    marks = np.round(x / scale) + zero_point
    return np.where(marks == np.clip(marks, qmin, qmax), gradient, 0.0)


exercise.mistake("zero everywhere", lambda x, gradient, scale, zero, qmin, qmax: np.zeros_like(gradient)).says("""
    That is the true gradient of rounding, and the reason why nothing can be learned from it. Straight-through passes
    the gradient on as if there had been no rounding.""")
exercise.mistake("not masked", lambda x, gradient, scale, zero, qmin, qmax: gradient.copy()).says("""
    Values beyond the ends of the ruler get a gradient too. There the output stays at the end whatever x does: 0, so
    that x is not pushed further out.""")


@exercise.mistake("the mask the wrong way round")
def _(x, gradient, scale, zero, qmin, qmax):
    """The gradient passes where x was cut off, and is 0 on the ruler. It is the other way round."""
    return gradient * ~_on_ruler(x, scale, zero, qmin, qmax)


@exercise.mistake("the mask instead of the gradient")
def _(x, gradient, scale, zero, qmin, qmax):
    """This is 1 on the ruler and 0 elsewhere, whatever came back. By the chain rule it is multiplied by `gradient`."""
    return _on_ruler(x, scale, zero, qmin, qmax).astype(np.float64)


@exercise.mistake("multiplied by the scale")
def _(x, gradient, scale, zero, qmin, qmax):
    """You multiply by the scale. Going to the ruler divides by it and coming back multiplies: together 1."""
    return _through(x, gradient, scale, zero, qmin, qmax) * scale


@exercise.mistake("divided by the scale")
def _(x, gradient, scale, zero, qmin, qmax):
    """You divide by the scale. Going to the ruler divides by it and coming back multiplies: together 1."""
    return _through(x, gradient, scale, zero, qmin, qmax) / scale


@exercise.mistake("zero point left out")
def _(x, gradient, scale, zero, qmin, qmax):
    """The integers that are compared with qmin and qmax have the zero point in them: np.rint(x / scale) +
    zero_point."""
    return _through(x, gradient, scale, 0, qmin, qmax)


@exercise.mistake("the ends cut off")
def _(x, gradient, scale, zero, qmin, qmax):
    """Your mask leaves out qmin and qmax themselves. They are marks of the ruler: >= and <=."""
    return _through(x, gradient, scale, zero, qmin + 1, qmax - 1)


@exercise.mistake("compared before rounding")
def _(x, gradient, scale, zero, qmin, qmax):
    """You compare x with the values of the two ends. A value up to half a step beyond still rounds to the end and was
    not cut off: round first, then compare."""
    return gradient * ((x >= scale * (qmin - zero)) & (x <= scale * (qmax - zero)))


@exercise.mistake("real values compared with integers")
def _(x, gradient, scale, zero, qmin, qmax):
    """You compare x itself with qmin and qmax. They are integers of the ruler; x becomes one by x / scale, rounding and
    the zero point."""
    return gradient * ((x >= qmin) & (x <= qmax))


@exercise.mistake("the gradient clamped")
def _(x, gradient, scale, zero, qmin, qmax):
    """You clamp the gradient. The ruler is for x; the gradient is a real number and stays as it is."""
    return np.clip(gradient, qmin, qmax)


@exercise.mistake("the gradient rounded")
def _gradient_rounded(x, gradient, scale, zero, qmin, qmax):
    """You round the gradient to the ruler. Only the values are rounded, on the way forward."""
    return scale * (np.clip(np.rint(gradient / scale) + zero, qmin, qmax) - zero)


@exercise.mistake("the way forward")
def _(x, gradient, scale, zero, qmin, qmax):
    """These are the rounded values of x, the way forward. Here the gradient goes back."""
    return _gradient_rounded(x, x, scale, zero, qmin, qmax)


@exercise.mistake("rounded down")
def _(x, gradient, scale, zero, qmin, qmax):
    """Your integers are rounded down (np.floor). The way forward takes the nearest mark, np.rint, and the mask must be
    of the same marks."""
    return gradient * _on_ruler(np.floor(x / scale), 1.0, zero, qmin, qmax)


@exercise.mistake("cut to whole numbers")
def _(x, gradient, scale, zero, qmin, qmax):
    """Your integers are cut off towards 0. The way forward takes the nearest mark, np.rint, and the mask must be of the
    same marks."""
    return gradient * _on_ruler(np.trunc(x / scale), 1.0, zero, qmin, qmax)


@exercise.mistake("one end only")
def _(x, gradient, scale, zero, qmin, qmax):
    """The mask looks at qmax only. Values below the lower end were cut off as well."""
    return _through(x, gradient, scale, zero, -(10**9), qmax)


@exercise.mistake("the lower end only")
def _(x, gradient, scale, zero, qmin, qmax):
    """The mask looks at qmin only. Values above the upper end were cut off as well."""
    return _through(x, gradient, scale, zero, qmin, 10**9)


@exercise.mistake("zero point subtracted")
def _(x, gradient, scale, zero, qmin, qmax):
    """You take the zero point off. From value to integer it is added: np.rint(x / scale) + zero_point."""
    return _through(x, gradient, scale, -zero, qmin, qmax)


@exercise.mistake("x multiplied by the scale")
def _(x, gradient, scale, zero, qmin, qmax):
    """x * scale is the way from integers to values. How many steps a value is from 0 is x / scale."""
    return _through(x, gradient, 1 / scale, zero, qmin, qmax)


@exercise.mistake("zero point before rounding")
def _(x, gradient, scale, zero, qmin, qmax):
    """You add the zero point before rounding. Where it is odd, half-way values go to the other mark: 6.5 rounds to 6,
    and 1 makes 7; but 7.5 rounds to 8. Round first."""
    return gradient * _on_ruler(x / scale + zero, 1.0, 0, qmin, qmax)
