"""12.2 Bits with a slope."""

import numpy as np
import torch

from dc_lab.course.exercises import Exercise
from dc_lab.course.values import Steps


def bits_between(latent, most):
    """Bits of all levels, as a sum with a slope: between two levels, what lies between their costs."""
    inside = latent.clamp(-most, most)
    levels = inside.round().long() + most
    counts = torch.bincount(levels.flatten(), minlength=2 * most + 1) + 1
    costs = torch.log2(counts.sum() / counts)
    below = inside.floor().clamp(max=most - 1)
    place = below.long() + most
    part = inside - below
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


def use(answer, latent, most):
    """What an answer gives: the bits, their gradient, and whether the latent is as it was."""
    given = torch.tensor(latent, requires_grad=True)
    before = latent.copy()
    found = answer(given, most)
    if not isinstance(found, torch.Tensor):
        return Steps(**{"the bits": found})
    facts = {"the bits": found.detach().numpy().copy(), "whether the bits have a gradient": found.requires_grad}
    if found.requires_grad and found.numel() == 1:
        found.sum().backward()
        gradient = given.grad
        facts["the gradient of `latent`"] = None if gradient is None else gradient.numpy().copy()
    facts["`latent` afterwards"] = given.detach().numpy().copy() - before
    return Steps(**facts)


def _latent(rng, shape, spread, most):
    """Normal numbers, none of which is near a level, a half, or an end."""
    found = rng.normal(0, spread, shape)
    near = np.abs(found * 2 - np.rint(found * 2)) < 0.02
    return (found + 0.1 * near).astype(np.float32)


def _draw(rng):
    most = int(rng.integers(1, 6))
    shape = tuple(int(n) for n in rng.integers(1, 6, int(rng.integers(1, 3))))
    return _latent(rng, shape, float(rng.uniform(0.3, 3)), most), most


def _f(*values):
    return np.array(values, np.float32)


def _cases():
    rng = np.random.default_rng(2)
    return [
        (_f(0.3), 1), (_f(-0.3), 1), (_f(0.7), 1), (_f(1.7), 1), (_f(-1.7, 0.2), 1), (_f(0.2, 0.3, 0.4), 2),
        (_f(0.2, 0.1, -0.2, 1.2, 1.4), 2), (_f(-0.6, -0.7, -0.8, 0.2), 1), (_f(2.7, 2.2, 5.0, -8.0, 0.1), 3),
        (_f(0.3, 0.3, 0.3, -0.3, -0.3, 2.2, -1.2), 3), (_f(), 2), (_f(1.2, 1.3, 1.4, 1.2, 0.2), 2),
        (_latent(rng, (4, 5), 1.0, 3), 3), (_latent(rng, (30, 7), 0.5, 2), 2), (_latent(rng, (3, 3), 4.0, 1), 1),
        (_latent(rng, (40, 3), 2.0, 4), 4), (_latent(rng, (2, 3, 4), 1.0, 2), 2),
        # Floats of the other width: a sum or an index that was made for float32 alone fails here.
        (_latent(rng, (3, 2), 1.0, 2).astype(np.float64), 2),
    ]  # fmt: skip


def _large():
    return _latent(np.random.default_rng(3), (197, 10), 0.9, 3), 3


exercise = Exercise(
    id="12.2",
    title="Bits with a slope",
    minutes=15,
    task="build",
    reference=bits_between,
    shown=(_f(0.2, 0.1, -0.2, 1.2), 1),
    cases=_cases,
    draw=_draw,
    use=use,
    tolerance=1e-5,
    large=_large,
    large_is="the classifier's 197 x 10",
    given="import numpy as np\nimport torch",
    hints=[
        "Three parts: which level each entry rounds to (for the counts), what each level costs, and between which two "
        "levels each entry lies. Only the last one needs a gradient.",
        "inside = latent.clamp(-most, most). torch.bincount(levels.flatten(), minlength=2 * most + 1) wants whole "
        "numbers from 0: inside.round().long() + most. Then add 1 to each count.",
        "below = inside.floor().clamp(max=most - 1), which has no gradient, and part = inside - below, which has "
        "one. An entry costs (1 - part) * costs[below] + part * costs[below + 1]; mind that places begin at -most.",
    ],
    why="""Rounding has no slope, and so the number of bits after it has none. Between two levels this sum has one, the
        difference of two costs. It is right at the levels themselves, and lies to us in between, as the
        straight-through gradient does. Oktay and others (2020) put noise in place of the straight line.""",
)


@exercise.alternative
def _by_entries(latent, most):
    counts = [1] * (2 * most + 1)
    for value in latent.detach().flatten().tolist():
        counts[round(min(max(value, -most), most)) + most] += 1
    costs = [np.log2(sum(counts) / count) for count in counts]
    total = latent.sum() * 0
    for value in latent.flatten().clamp(-most, most):
        place = min(int(np.floor(value.item())), most - 1)
        total = total + costs[place + most] + (value - place) * (costs[place + most + 1] - costs[place + most])
    return total


@exercise.alternative
def _by_slopes(latent, most):
    flat = torch.clip(latent.reshape(-1), -most, most)
    grid = torch.arange(-most, most + 1)
    with torch.no_grad():
        counts = (flat.round()[:, None] == grid).sum(0) + 1
        costs = -torch.log2(counts / counts.sum())
    near = (1 - (flat[:, None] - grid).abs()).clamp(min=0)
    return (near * costs).sum()


def _sum(
    counted=lambda inside: inside.round(), cost=lambda counts: torch.log2(counts.sum() / counts), first=1, clamp=True,
    reduce=torch.sum, swap=False, keep=False,
):  # fmt: skip
    def wrong(latent, most):
        inside = latent.clamp(-most, most) if clamp else latent
        levels = (counted(inside.detach()).clamp(-most, most) + most).long()
        counts = torch.bincount(levels.flatten(), minlength=2 * most + 1) + first
        costs = cost(counts)
        below = inside.detach().floor().clamp(-most, most - 1)
        part = inside - below
        place = (below + most).long()
        low, high = (costs[place + 1], costs[place]) if swap else (costs[place], costs[place + 1])
        each = (1 - part) * low + part * high
        return each if keep else reduce(each)

    return wrong


@exercise.mistake("bits of the rounded levels")
def _(latent, most):
    """You look up the cost of each rounded level. That number has no slope, so that training would not see it. Between
    two levels, go from the one cost to the other in proportion."""
    levels = latent.clamp(-most, most).round().long() + most
    counts = torch.bincount(levels.flatten(), minlength=2 * most + 1) + 1
    return torch.log2(counts.sum() / counts)[levels].sum()


exercise.mistake("mean", _sum(reduce=torch.mean)).says("You return the mean of all entries. Return the sum.")
exercise.mistake("one number each", _sum(keep=True)).says("""
    You return the bits of each entry. Return their sum, a tensor of no dimension: a loss is one number.""")
exercise.mistake("natural logarithm", _sum(cost=lambda counts: torch.log(counts.sum() / counts))).says("""
    torch.log is the natural logarithm. Bits are torch.log2.""")
exercise.mistake("bits below 0", _sum(cost=lambda counts: torch.log2(counts / counts.sum()))).says("""
    The logarithm of a share is negative, and so is your number of bits. Take log2(sum / count).""")
exercise.mistake("counts without the 1", _sum(first=0)).says("""
    Your counts do not begin at 1: a level that no entry has costs infinitely many bits, or none. Add 1 to each.""")
exercise.mistake("counted by floor", _sum(counted=torch.floor)).says("""
    You count the level below each entry. An entry will be rounded, so count the level that it rounds to.""")
exercise.mistake("counted by truncation", _sum(counted=torch.trunc)).says("""
    .long() or int() cut towards 0 before anything is rounded. Call .round() first.""")
exercise.mistake("parts exchanged", _sum(swap=True)).says("""
    The two costs are exchanged: an entry just above level 1 costs nearly what level 1 does. The upper level's cost goes
    with the part above the lower one.""")
exercise.mistake("beyond the ends", _sum(clamp=False)).says("""
    Entries beyond -most or most go on along the last line with you. They count as -most or most: clamp first. Their
    gradient is then 0.""")


@exercise.mistake("detached")
def _(latent, most):
    """Your bits have no gradient: latent was detached, or went through NumPy. Only the counts and the level below are
    constants; the part between two levels must come from `latent` itself."""
    return bits_between(latent.detach(), most)


@exercise.mistake("a number of Python")
def _(latent, most):
    """You return a number of Python's. Return the tensor as it is, without .item(): a loss needs its gradient."""
    return float(bits_between(latent, most).detach())


@exercise.mistake("a part from truncation")
def _(latent, most):
    """Below 0 your lower level is the upper one: .long() and int() cut towards 0. Take .floor()."""
    inside = latent.clamp(-most, most)
    counts = torch.bincount((inside.detach().round() + most).long().flatten(), minlength=2 * most + 1) + 1
    costs = torch.log2(counts.sum() / counts)
    below = inside.detach().trunc().clamp(max=most - 1)
    part, place = inside - below, (below + most).long()
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


@exercise.mistake("no level above the last one")
def _(latent, most):
    """An entry at `most` has no level above it, and you look one up. Let its lower level be most - 1 and its part 1."""
    if (latent >= most).any():
        raise IndexError("index out of range")
    return bits_between(latent, most)


@exercise.mistake("latent clamped in place")
def _(latent, most):
    """You change `latent` itself: names of torch that end with an underscore work in place. Use clamp, without it."""
    inside = bits_between(latent, most)
    with torch.no_grad():
        latent.clamp_(-most, most)
    return inside


@exercise.mistake("the absolute latent")
def _(latent, most):
    """Your bits grow with the size of an entry, whatever the counts say. Here each level costs by how rare it is."""
    return latent.abs().clamp(max=most).sum()


@exercise.mistake("entropy of the counts")
def _(latent, most):
    """You leave out the 1 that each count begins with in the number of entries, so that your sum is smaller: divide
    the sum of all counts, not the number of entries, by each count."""
    inside = latent.clamp(-most, most)
    counts = torch.bincount((inside.detach().round() + most).long().flatten(), minlength=2 * most + 1) + 1
    costs = torch.log2(latent.numel() / counts)
    below = inside.detach().floor().clamp(max=most - 1)
    part, place = inside - below, (below + most).long()
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


exercise.mistake("counts from one half", _sum(first=0.5)).says("""
    Your counts begin at one half. Here each begins at 1.""")
exercise.mistake("bytes", lambda latent, most: bits_between(latent, most) / 8).says("""
    You return bytes. Return bits, without the division by 8.""")
exercise.mistake("levels to most + 1", lambda latent, most: bits_between(latent, most + 1)).says("""
    You have two levels too many: they go from -most to most, 2 * most + 1 of them.""")


@exercise.mistake("the value of the rounded levels")
def _(latent, most):
    """You return the bits of the rounded levels, with the right gradient. Between two levels the number itself, too,
    lies between their costs."""
    smooth = bits_between(latent, most)
    return bits_between(latent.detach().round(), most) + smooth - smooth.detach()


@exercise.mistake("a gradient beyond the ends")
def _(latent, most):
    """Entries beyond the ends have a gradient with you. They count as the ends, whatever they are exactly, so that
    their gradient is 0: clamp `latent` itself, not a detached copy."""
    return bits_between(latent + (latent.clamp(-most, most) - latent).detach() * (1 - 1e-6), most)


@exercise.mistake("no entries refused")
def _(latent, most):
    """`latent` may be empty, and .max() or .min() fail then. The bits are 0."""
    if latent.numel() == 0:
        raise RuntimeError("max(): no elements")
    return bits_between(latent, most)


@exercise.mistake("backward called")
def _(latent, most):
    """You call backward() yourself, so that the gradient is added twice. Return the bits; the training loop does it."""
    bits_between(latent, most).backward()
    return bits_between(latent, most)


def _between(latent, most, costs, ends=None):
    """The sum over entries, at costs of any kind; `ends` says what an entry beyond the ends becomes."""
    inside = latent.clamp(-most, most) if ends is None else ends
    below = inside.detach().floor().clamp(-most, most - 1)
    part, place = inside - below, (below + most).long()
    return (1 - part) * costs[place] + part * costs[place + 1]


def _counts(latent, most):
    return torch.bincount((latent.detach().clamp(-most, most).round() + most).long().ravel(), minlength=2 * most + 1)


def _costs(latent, most):
    counts = _counts(latent, most) + 1
    return torch.log2(counts.sum() / counts)


@exercise.mistake("a slope beyond the ends")
def _(latent, most):
    """An entry beyond -most or most still has a slope with you: it is cut off without the gradient knowing, as by
    .data, detach or torch.no_grad. Moving it changes no bit: latent.clamp(-most, most) has the slope 0 there."""
    ends = latent + (latent.clamp(-most, most) - latent).detach()
    return _between(latent, most, _costs(latent, most), ends).sum()


@exercise.mistake("only those inside counted")
def _(latent, most):
    """You count only entries between -most and most. Those beyond are sent as the last level, and count there."""
    counts = _counts(latent[latent.detach().abs() <= most], most) + 1
    return _between(latent, most, torch.log2(counts.sum() / counts)).sum()


@exercise.mistake("beyond the ends for nothing")
def _(latent, most):
    """Entries beyond the ends cost nothing with you. They are sent as the last level, and cost what it costs."""
    return _between(latent, most, _costs(latent, most))[latent.detach().abs() <= most].sum()


@exercise.mistake("1 added once")
def _(latent, most):
    """Below the logarithm you add 1 to the number of entries. Each level has its own 1: the sum of all counts has
    2 * most + 1 of them."""
    return _between(latent, most, torch.log2((latent.numel() + 1) / (_counts(latent, most) + 1))).sum()


@exercise.mistake("half a count for none")
def _(latent, most):
    """A level without an entry has half a count with you, and the others no 1 more. Every count grows by 1."""
    counts = _counts(latent, most).clamp(min=0.5)
    return _between(latent, most, torch.log2(counts.sum() / counts)).sum()


@exercise.mistake("bits of the rounded level")
def _(latent, most):
    """You take the cost of the level that an entry rounds to, and no slope comes from that. Between two levels the cost
    is what lies between theirs: (1 - part) * costs[below] + part * costs[below + 1]."""
    levels = (latent.detach().clamp(-most, most).round() + most).long()
    return _costs(latent, most)[levels].sum() + 0 * latent.sum()


@exercise.mistake("counts with a slope")
def _(latent, most):
    """The bits are right, but your counts have a gradient of their own. Costs are constants here: only `part` has a
    slope."""
    grid = torch.arange(-most, most + 1)
    soft = (1 - (latent.clamp(-most, most).reshape(-1, 1) - grid).abs()).clamp(min=0).sum(0) + 1
    its = torch.log2(soft.sum() / soft)
    return _between(latent, most, _costs(latent, most) + its - its.detach()).sum()


@exercise.mistake("fewer levels")
def _(latent, most):
    """You take `most` from the data where that is less. A reader knows the levels from `most` alone, and each has its
    count of 1."""
    if latent.numel():
        most = min(most, max(int(latent.detach().abs().max().ceil()), 1))
    return _between(latent, most, _costs(latent, most)).sum()


@exercise.mistake("a tensor of one dimension")
def _(latent, most):
    """The sum is right, but it lies in a tensor of shape (1,). Return it without a dimension, as .sum() gives it."""
    return _between(latent, most, _costs(latent, most)).sum().reshape(1)


exercise.mistake("no 1 added", _sum(
    first=0, cost=lambda counts: torch.log2(counts.sum() / counts.clamp(min=1))
)).says("""
    You do not add 1 to the counts. You only keep a count of 0 from dividing. Every count grows by 1, also that of a
    level which has entries: torch.bincount(...) + 1.""")  # fmt: skip


@exercise.mistake("no ends")
def _(latent, most):
    """You do not bring entries beyond -most or most to these ends, so that they count at levels that do not exist.
    Begin with latent.clamp(-most, most)."""
    counts = torch.bincount(latent.detach().round().long().flatten() + most, minlength=2 * most + 1) + 1
    costs = torch.log2(counts.sum() / counts)
    below = latent.detach().floor().long()
    part = latent - below
    low, high = costs[below + most], costs[below + most + 1]
    return (low + part * (high - low)).sum()


@exercise.mistake("no lower end")
def _(latent, most):
    """You bring entries above `most` to that end, but not those below -most. Both ends: latent.clamp(-most, most)."""
    counts = torch.bincount(
        latent.detach().clamp(max=most).round().long().flatten() + most, minlength=2 * most + 1
    ) + 1  # fmt: skip
    return _between(latent, most, torch.log2(counts.sum() / counts), latent.clamp(max=most)).sum()


@exercise.mistake("latent cut through .data")
def _(latent, most):
    """You change `latent` itself, through .data or under torch.no_grad, so that all entries are inside when you clamp
    them: none has the gradient 0 then, and whoever called you has lost the weights. Keep latent.clamp(-most, most) in a
    name of its own."""
    latent.data.clamp_(-most, most)
    return _between(latent, most, _costs(latent, most)).sum()


@exercise.mistake("places not shifted")
def _(latent, most):
    """You look up the cost of level k at place k. Places begin at 0 and levels at -most, so level k is at place
    k + most. A negative place counts from the end, and raises no error."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    below = inside.detach().floor().long().clamp(max=most - 1)
    part = inside - below
    return (costs[below] + part * (costs[below + 1] - costs[below])).sum()


@exercise.mistake("too few counts")
def _(latent, most):
    """torch.bincount ends with the highest level that has an entry, so that levels above it have no count. Ask for all
    of them: minlength=2 * most + 1."""
    inside = latent.clamp(-most, most)
    counts = torch.bincount((inside.detach().round() + most).long().flatten()) + 1
    return _between(latent, most, torch.log2(counts.sum() / counts)).sum()


@exercise.mistake("a distance without a sign")
def _(latent, most):
    """You take the distance to the nearest level without its sign, and always mix in the level above. An entry that was
    rounded up lies between the level below and its own: take floor(), and part = inside - below."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    near = inside.detach().round().long().clamp(max=most - 1)
    part = (inside - near).abs()
    return (costs[near + most] + part * (costs[near + most + 1] - costs[near + most])).sum()


@exercise.mistake("half of the part")
def _(latent, most):
    """You go only half of the way from the lower level's cost to the upper one's. At the upper level itself the cost is
    its own: low + part * (high - low), without a half."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    below = inside.detach().floor().long().clamp(max=most - 1)
    low, high = costs[below + most], costs[below + most + 1]
    return (low + (inside - below) * (high - low) / 2).sum()


@exercise.mistake("only rows and columns")
def _(latent, most):
    """You go through rows and columns, which only a tensor of two dimensions has. Any shape may come: work on the whole
    tensor, or on latent.flatten()."""
    if latent.ndim != 2:
        raise TypeError("iteration over a 0-d tensor")
    return _between(latent, most, _costs(latent, most)).sum()
