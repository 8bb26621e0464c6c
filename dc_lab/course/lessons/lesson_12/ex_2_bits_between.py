"""12.2 Bits with a slope."""

import numpy as np
import torch

from dc_lab.course.exercises import Exercise
from dc_lab.course.values import Steps


def bits_between(latent, most):
    """The bits of all entries, with a slope: between two levels, a mix of their costs."""
    inside = latent.clamp(-most, most)
    levels = inside.round().long() + most
    counts = torch.bincount(levels.flatten(), minlength=2 * most + 1) + 1
    costs = torch.log2(counts.sum() / counts)
    below = inside.floor().clamp(max=most - 1)
    place = below.long() + most
    part = inside - below
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


def use(answer, latent, most):
    """What an answer gives: the bits and their type, their gradient, and whether the latent is as it was."""
    given = torch.tensor(latent, requires_grad=True)
    before = latent.copy()
    found = answer(given, most)
    of_numpy = isinstance(found, np.generic | np.ndarray)
    facts = {"the type of the bits": "of NumPy" if of_numpy else type(found).__name__}
    if not isinstance(found, torch.Tensor):
        return Steps(**facts)
    facts |= {"the bits": found.detach().numpy().copy(), "whether the bits have a gradient": found.requires_grad}
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
    """You sum the costs of rounded levels. That number has no slope, so that training would not see it. Between two
    levels, go from the one cost to the other in proportion."""
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


@exercise.mistake("stopped by torch")
def _(latent, most):
    """torch stops, and says why above. Where it speaks of an in-place operation, a name that ends with an underscore
    changes `latent`: use clamp without it. Where it speaks of numpy() or of a derivative, stay with tensors, and with
    functions that have a slope."""
    raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


@exercise.mistake("not for floats")
def _(latent, most):
    """torch has no such function for numbers of this kind. What you count has to be whole numbers: .round() gives
    floats, and .long() behind it makes whole numbers of them."""
    raise NotImplementedError("\"bincount_cpu\" not implemented for 'Float'")


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
    Your counts begin at one half, or an entry counts twice, which is the same. Each count begins at 1, and an entry
    adds 1 to it.""")
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
    """`latent` may be empty, and functions such as .max() or torch.stack fail then. The bits are 0."""
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


def _priced(costs_of):
    """A version with other costs: `costs_of(counts without the 1)`."""
    return lambda latent, most: _between(latent, most, costs_of(_counts(latent, most))).sum()


def _bits_of(counts):
    return torch.log2(counts.sum() / counts)


exercise.mistake("counts of at least 1", _priced(lambda counts: _bits_of(counts.clamp(min=1)))).says("""
    You take 1 only where a level has no entry. Every count grows by 1, also that of a level which has entries.""")
exercise.mistake("counts from 2", _priced(lambda counts: _bits_of(counts + 2))).says("""
    You add 2 to every count. Add 1.""")
exercise.mistake(
    "plus and minus together", _priced(lambda counts: _bits_of(counts + 1 + (counts + 1).flip(0)))
).says("""
    You count a level and its negative together. Each level from -most to most has its own count.""")
exercise.mistake("whole division", _priced(lambda counts: torch.log2((counts + 1).sum() // (counts + 1)))).says("""
    You divide with // within the logarithm, which drops the fraction. Take sum / count.""")
exercise.mistake("terms of the entropy", _priced(
    lambda counts: (counts + 1) / (counts + 1).sum() * _bits_of(counts + 1)
)).says("""
    You multiply the bits of a level by its share, as in an entropy. Entries are summed here one by one, so that a level
    costs log2(sum / count).""")  # fmt: skip
exercise.mistake(
    "logarithm to base 10", _priced(lambda counts: torch.log10((counts + 1).sum() / (counts + 1)))
).says("""
    torch.log10 is the logarithm to base 10. Bits are torch.log2.""")
exercise.mistake(
    "1 within the logarithm", _priced(lambda counts: torch.log2(1 + (counts + 1).sum() / (counts + 1)))
).says("""You add 1 within the logarithm. The 1 belongs to each count: log2(sum / count).""")
exercise.mistake("no logarithm", _priced(lambda counts: (counts + 1).sum() / (counts + 1))).says("""
    You take sum / count itself for the bits. Its logarithm is missing: torch.log2.""")
exercise.mistake("the share for bits", _priced(lambda counts: 1 - (counts + 1) / (counts + 1).sum())).says("""
    You take one minus the share for the cost of a level. It costs log2(sum / count) bits.""")
exercise.mistake("the count for bits", _priced(lambda counts: counts + 1.0)).says("""
    You take the count of a level for its cost, so that frequent levels are dear. It costs log2(sum / count) bits.""")
exercise.mistake("whole bits", _priced(lambda counts: _bits_of(counts + 1).ceil())).says("""
    You round the cost of each level up to whole bits. Leave its fraction.""")
exercise.mistake("only levels that occur", _priced(
    lambda counts: torch.log2((counts + 1)[counts > 0].sum() / (counts + 1))
)).says("""
    Your sum of all counts leaves out levels that no entry has. Each of them has a count of 1, which belongs to the sum.
    """)  # fmt: skip
exercise.mistake("counted by ceil", _sum(counted=torch.ceil)).says("""
    You count the level above each entry. An entry will be rounded, so count the level that it rounds to.""")
exercise.mistake("half added and cut off", _sum(counted=lambda inside: (inside + 0.5).trunc())).says("""
    (inside + 0.5).long() rounds only what is above 0: below, .long() cuts towards 0. Call .round() first.""")


def _soft(latent, most):
    """Counts that go to both levels around an entry, in parts."""
    grid = torch.arange(-most, most + 1)
    return (1 - (latent.clamp(-most, most).reshape(-1, 1) - grid).abs()).clamp(min=0).sum(0) + 1


@exercise.mistake("counts in parts")
def _(latent, most):
    """You count an entry in parts, at both levels around it. It is sent as one level: count the one that it rounds
    to."""
    return _between(latent, most, _bits_of(_soft(latent.detach(), most))).sum()


@exercise.mistake("counts in parts, with a slope")
def _(latent, most):
    """You count an entry in parts, at both levels around it, and your counts have a gradient. Count the level that it
    rounds to: a whole number, without a gradient."""
    return _between(latent, most, _bits_of(_soft(latent, most))).sum()


@exercise.mistake("those beyond left out")
def _(latent, most):
    """You leave entries beyond the ends out altogether. They count as the ends: they are in the counts of the outer
    levels, and cost what these cost."""
    within = latent[latent.detach().abs() <= most]
    return _between(within, most, _costs(within, most)).sum()


@exercise.mistake("a new leaf")
def _(latent, most):
    """The bits have a gradient, but it does not reach `latent`: you make a new tensor with detach() or torch.tensor(),
    and ask for the gradient of that one. Work on `latent` itself."""
    new = latent.detach().clone().requires_grad_()
    return _between(new, most, _costs(new, most)).sum()


@exercise.mistake("no gradient for no entries")
def _(latent, most):
    """For an empty `latent` you return a new 0, which has no gradient. Leave that case away: the sum of no entries is 0
    and has one."""
    return bits_between(latent, most) if latent.numel() else torch.tensor(0.0)


@exercise.mistake("a 0 of its own")
def _(latent, most):
    """For an empty `latent` you return a new 0 with requires_grad. Its gradient does not reach `latent`. Leave that
    case away: the sum of no entries is 0 already."""
    return bits_between(latent, most) if latent.numel() else torch.zeros((), requires_grad=True)


@exercise.mistake("counts by column")
def _(latent, most):
    """You count each column by itself. There is one count for each level, of all entries together."""
    columns = latent.reshape(-1, latent.shape[-1]).T if latent.ndim > 1 else [latent]
    return 0 * latent.sum() + sum(bits_between(column, most) for column in columns)


@exercise.mistake("counts by row")
def _(latent, most):
    """You count each row by itself. There is one count for each level, of all entries together."""
    if latent.ndim < 2:
        return bits_between(latent, most)
    return 0 * latent.sum() + sum(bits_between(row, most) for row in latent)


@exercise.mistake("bins of a histogram")
def _(latent, most):
    """torch.histc cuts the range from -most to most into 2 * most + 1 bins, which are narrower than a level. Round
    first, and count whole numbers: torch.bincount."""
    counts = torch.histc(latent.detach().float().clamp(-most, most), bins=2 * most + 1, min=-most, max=most) + 1
    return _between(latent, most, _bits_of(counts)).sum()


@exercise.mistake("the nearest level and the next outwards")
def _(latent, most):
    """You mix the nearest level with the next one away from 0. An entry that was rounded away from 0 lies on the other
    side: take the two levels around it, floor() and the one above."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    near = inside.detach().round().long()
    other = (near + inside.detach().sign().long()).clamp(-most, most)
    part = (inside - near).abs()
    return ((1 - part) * costs[near + most] + part * costs[other + most]).sum()


@exercise.mistake("the nearest level and the one above")
def _(latent, most):
    """You begin at the nearest level. For an entry that was rounded up that is the level above, and your part is
    negative: take floor()."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    near = inside.detach().round().long().clamp(max=most - 1)
    part = inside - near
    return ((1 - part) * costs[near + most] + part * costs[near + most + 1]).sum()


def _cut(low, high):
    """A version that cuts entries elsewhere."""

    def wrong(latent, most):
        inside = latent.clamp(low(most), high(most))
        return _between(inside, most, _costs(inside, most)).sum()

    return wrong


exercise.mistake("cut at most - 1", _cut(lambda most: -most, lambda most: most - 1)).says("""
    You cut entries above most - 1 to it. The highest level is `most`: latent.clamp(-most, most).""")
exercise.mistake("cut at most - 1 on both sides", _cut(lambda most: 1 - most, lambda most: most - 1)).says("""
    You cut entries to -(most - 1) and most - 1. The ends are -most and most.""")
exercise.mistake("cut at 0", _cut(lambda most: 0, lambda most: most)).says("""
    You cut entries below 0 to 0. The lower end is -most.""")


@exercise.mistake("no sign")
def _(latent, most):
    """You take entries without their sign. A level below 0 has its own count and its own cost: leave abs away."""
    return bits_between(latent.abs(), most)


@exercise.mistake("no upper end")
def _(latent, most):
    """You bring entries below -most to that end, but not those above `most`. Both ends: latent.clamp(-most, most)."""
    inside = latent.clamp(min=-most)
    counts = torch.bincount((inside.detach().round().long() + most).flatten(), minlength=2 * most + 1) + 1
    below = inside.detach().floor().clamp(max=most - 1)
    part, place, costs = inside - below, (below + most).long(), _bits_of(counts)
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


@exercise.mistake("counts beyond the ends")
def _(latent, most):
    """You count entries where they round to before they are cut to the ends. Count what comes after
    latent.clamp(-most, most)."""
    counts = torch.bincount((latent.detach().round().long() + most).flatten(), minlength=2 * most + 1) + 1
    return _between(latent, most, _bits_of(counts)).sum()


@exercise.mistake("a count too few")
def _(latent, most):
    """You ask for 2 * most counts, so that the highest level has none where no entry is there. There are 2 * most + 1
    levels: minlength=2 * most + 1."""
    levels = (latent.detach().clamp(-most, most).round().long() + most).flatten()
    return _between(latent, most, _bits_of(torch.bincount(levels, minlength=2 * most) + 1)).sum()


def _mixed(mix):
    """A version with another mix: `mix(part, low, high)`."""

    def wrong(latent, most):
        inside, costs = latent.clamp(-most, most), _costs(latent, most)
        below = inside.detach().floor().clamp(max=most - 1)
        place = below.long() + most
        return mix(inside - below, costs[place], costs[place + 1]).sum()

    return wrong


exercise.mistake("a mix of shares", _mixed(
    lambda part, low, high: -torch.log2((1 - part) * 2**-low + part * 2**-high)
)).says("""
    You mix the counts or shares of two levels, and take the logarithm of that. Mix the costs: the logarithms come
    first.""")  # fmt: skip
exercise.mistake("the upper cost added", _mixed(lambda part, low, high: low + part * high)).says("""
    You add the upper cost to the whole lower one. The lower one counts with what is left: (1 - part) * low + part *
    high.""")
exercise.mistake("the line turned round", _mixed(lambda part, low, high: low + part * (low - high))).says("""
    Your line goes the other way. From the lower cost to the upper one it is low + part * (high - low).""")
exercise.mistake("the lower cost", _mixed(lambda part, low, high: low)).says("""
    You take the cost of the level below each entry, which has no slope. Mix it with that of the level above: (1 - part)
    * low + part * high.""")
exercise.mistake("the upper cost", _mixed(lambda part, low, high: high)).says("""
    You take the cost of the level above each entry, which has no slope. Mix it with that of the level below: (1 - part)
    * low + part * high.""")
exercise.mistake("half of each", _mixed(lambda part, low, high: (low + high) / 2)).says("""
    You take half of both costs, wherever the entry lies between them. Take (1 - part) * low + part * high.""")
exercise.mistake("no slope of the part", _mixed(
    lambda part, low, high: (1 - part.detach()) * low + part.detach() * high + 0 * part
)).says("""
    The bits are right, but their gradient is 0: `part` was cut off from `latent`. Only the level below is detached:
    part = inside - below.""")  # fmt: skip


@exercise.mistake("a negative part")
def _(latent, most):
    """Below 0 your part is negative: .frac() and fmod keep the sign. The level below comes from floor(), so take
    part = inside - below."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    place, part = inside.detach().floor().clamp(max=most - 1).long() + most, inside.frac()
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


@exercise.mistake("part 0 at the top")
def _(latent, most):
    """An entry at `most` has the lower level most - 1, but inside % 1 gives the part 0 there. It is 1: take
    part = inside - below."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    place, part = inside.detach().floor().clamp(max=most - 1).long() + most, inside % 1
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


@exercise.mistake("rounded before the part")
def _(latent, most):
    """You round entries before their part is taken, so that the bits are those of rounded levels, and the slope is that
    above the rounded level. The part is that of the entry itself: inside - below."""
    inside = latent.clamp(-most, most)
    inside = inside + (inside.round() - inside).detach()
    return _between(inside, most, _costs(latent, most), inside).sum()


@exercise.mistake("a sum over levels")
def _(latent, most):
    """You sum count times cost over the levels, with the 1 of each count, and without a slope. Sum over entries: each
    costs a mix of the two levels around it."""
    counts = _counts(latent, most) + 1
    return (counts * _bits_of(counts)).sum()


@exercise.mistake("columns summed")
def _(latent, most):
    """You sum along one axis, and one number is left for each column. Sum all entries: .sum() without an axis."""
    return _between(latent, most, _costs(latent, most)).sum(0)


@exercise.mistake("divided by the rows")
def _(latent, most):
    """You divide the sum by the length of `latent`, its number of rows. Return the sum."""
    return bits_between(latent, most) / max(len(latent), 1)


@exercise.mistake("a NumPy number")
def _(latent, most):
    """You return a number or an array of NumPy's. Return a tensor, without .numpy(): a loss needs its gradient."""
    return bits_between(latent, most).detach().numpy()


@exercise.mistake("only one dimension")
def _(latent, most):
    """You work on one dimension only: torch.bincount takes no other, nor can a whole row stand in an `if`. Any shape
    may come: work on the whole tensor, and flatten what you count."""
    if latent.ndim != 1:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    return bits_between(latent, most)


@exercise.mistake("two dimensions expected")
def _(latent, most):
    """You expect two dimensions, as in rows, columns = latent.shape. Any shape may come: work on the whole tensor, or
    on latent.flatten()."""
    if latent.ndim != 2:
        raise ValueError("not enough values to unpack (expected 2, got 1)")
    return bits_between(latent, most)


exercise.mistake("the logarithm of the count", _priced(lambda counts: torch.log2(counts + 1))).says("""
    You take the logarithm of the count, so that frequent levels are dear. A level costs log2(sum / count) bits.""")
exercise.mistake("cut at 1", _cut(lambda most: -1, lambda most: 1)).says("""
    You cut entries at -1 and 1. The ends are -most and most.""")


@exercise.mistake("the level below twice")
def _(latent, most):
    """You mix the level below with the one below that. The other one is above the entry: costs[below + 1]."""
    inside, costs = latent.clamp(-most, most), _costs(latent, most)
    below = inside.detach().floor().clamp(max=most - 1)
    part, place = inside - below, below.long() + most
    return ((1 - part) * costs[place] + part * costs[(place - 1).clamp(min=0)]).sum()


@exercise.mistake("two counts too many")
def _(latent, most):
    """You have 2 * (most + 1) + 1 counts, so that two levels which do not exist add to their sum. There are
    2 * most + 1."""
    counts = _counts(latent, most) + 1
    return _between(latent, most, torch.log2((counts.sum() + 2) / counts)).sum()


@exercise.mistake("the entropy")
def _(latent, most):
    """You return the entropy of the counts: bits for one entry on average, without a slope. Sum over entries: each
    costs a mix of the two levels around it."""
    counts = _counts(latent, most) + 1
    return (counts / counts.sum() * _bits_of(counts)).sum()


@exercise.mistake("the entropy times the entries")
def _(latent, most):
    """You multiply the entropy of the counts by the number of entries. That is the bits of a mean entry, and has no
    slope. Sum over entries: each costs a mix of the two levels around it."""
    counts = _counts(latent, most) + 1
    return (counts / counts.sum() * _bits_of(counts)).sum() * latent.numel()


@exercise.mistake("counts not shifted")
def _(latent, most):
    """You count levels from -most on, and torch.bincount takes whole numbers from 0: add `most` to each level."""
    inside = latent.clamp(-most, most)
    counts = torch.bincount(inside.detach().round().long().flatten(), minlength=2 * most + 1) + 1
    return _between(latent, most, _bits_of(counts)).sum()


@exercise.mistake("the costs of the levels")
def _(latent, most):
    """You return what each level costs. Return what all entries cost together, one number with a slope."""
    return _costs(latent, most)


@exercise.mistake("entries beyond the ends not counted")
def _(latent, most):
    """You count before you clamp, so that an entry beyond the ends belongs to no level. It counts as -most or most:
    clamp first, then round and count."""
    levels = torch.arange(-most, most + 1)
    counts = (latent.detach().round().flatten()[:, None] == levels).sum(0) + 1
    costs = torch.log2(counts.sum() / counts)
    inside = latent.clamp(-most, most)
    below = inside.detach().floor().clamp(max=most - 1)
    place, part = below.long() + most, inside - below
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


@exercise.mistake("a gradient that passes through the clamp")
def _(latent, most):
    """The gradient passes through your clamp, so that an entry beyond the ends has one. It counts as -most or most
    whatever it is, and its gradient is 0: use latent.clamp(-most, most) itself."""
    inside = latent + (latent.clamp(-most, most) - latent).detach()
    levels = inside.detach().clamp(-most, most)
    counts = torch.bincount((levels.round() + most).long().flatten(), minlength=2 * most + 1) + 1
    costs = torch.log2(counts.sum() / counts)
    below = levels.floor().long()
    above, part = (below + 1).clamp(max=most), inside - below
    return ((1 - part) * costs[below + most] + part * costs[above + most]).sum()
