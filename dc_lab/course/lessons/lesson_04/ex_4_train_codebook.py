"""04.4 Training shared values."""

import copy
import itertools
from collections import Counter

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize
from torch.optim.optimizer import register_optimizer_step_post_hook

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons import loops
from dc_lab.course.lessons.loops import Detail
from dc_lab.course.values import Steps


def train_codebook(model, names, batches, lr=1e-3):
    """Train `model`; equal weights of those in `names` stay equal, zeros stay 0."""
    parameters = dict(model.named_parameters())
    groups = {}
    for name in names:
        codebook, indices = parameters[name].unique(return_inverse=True)
        groups[name] = codebook != 0, indices
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        for name, (trains, indices) in groups.items():
            gradient = parameters[name].grad
            sums = torch.zeros(len(trains)).index_add(0, indices.flatten(), gradient.flatten())
            gradient.copy_((sums * trains)[indices])
        optimizer.step()


def train(train_codebook, weights, names, images, labels, lr, old_gradients=False):
    """Facts about what an answer did to a small network, none of which depends on the optimizer.

    `images` has a matrix for each batch, or else a row with all images of a batch. With `old_gradients`, the network
    has gradients in it from before.
    """
    with loops.watched(weights, images, labels) as watch:
        if old_gradients:
            watch.leave_gradients()
        given = list(names)
        extra = {} if lr is None else {"lr": lr}
        taken = Counter()
        counting = register_optimizer_step_post_hook(lambda optimizer, *_: taken.update([id(optimizer)]))
        try:
            train_codebook(watch.model, given, watch.one_by_one(), **extra)
        finally:
            counting.remove()
        end = watch.state()
        kept = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in end.items()}
        kept.update({name: watch.start[name] != 0 for name in names})
        facts = {
            "network": f"{sum(w.numel() for w in end.values())} weights, {len(images)} batches, {names}",
            "names changed": given != list(names),
            "steps too many": max(0, max(taken.values(), default=0) - len(images)),
            **_apart(watch, end, names),
            "written at the end": _late(watch, end, names),
            "taken for one": _met(watch, end, names),
            "a sum over the batch": loops.sum_of_losses(watch, [name for name in end if name not in names]),
            **loops.learning(watch, kept),
            **_centroids(watch, names),
            "default of lr": loops.default_of(train_codebook, "lr"),
        }
        free = {name: mask for name, mask in kept.items() if name not in names}
        facts["gradients add up"] = loops.adds_up(watch, free)  # those of shared weights may have become sums
        losses = loops.loss_of(watch.start, watch.batches), loops.loss_of(end, watch.batches)
        return Steps(**facts, detail=Detail(losses=losses))


def _values_of(watch, name):
    """The values that a parameter starts with, and for each where it stands."""
    start = watch.start[name]
    return [(float(value), start == value) for value in start.unique()]


def _apart(watch, end, names):
    """The first step after which weights that shared a value have several, or a zero is no longer one."""
    states = [forward.state for forward in watch.forwards if forward.batch >= 0]
    labelled = [(f"after step {step}" if step else "before step 1", state) for step, state in enumerate(states)]
    facts = {"several values": None, "zeros that are not": None}
    for when, state in [*labelled, ("at the end", end)]:
        for name in names:
            for value, where in _values_of(watch, name):
                found = state[name][where]
                if value == 0 and found.any() and facts["zeros that are not"] is None:
                    facts["zeros that are not"] = (when, name, int((found != 0).sum()), len(found))
                elif value != 0 and len(found.unique()) > 1 and facts["several values"] is None:
                    facts["several values"] = (when, name, value, len(found), len(found.unique()))
    return facts


def _late(watch, end, names):
    """The first shared parameter that changes only after the last call of the network, if others change before."""
    states = [forward.state for forward in watch.forwards if forward.batch >= 0]
    if len(states) < 2 or all(torch.equal(states[-1][name], watch.start[name]) for name in end):
        return None
    for name in names:
        before = all(torch.equal(state[name], watch.start[name]) for state in states)
        if before and not torch.equal(end[name], watch.start[name]):
            return name
    return None


def _met(watch, end, names):
    """The first two shared values that meet and are treated as one from then on: (step, name, one, other).

    The optimizer may hide that, or not: either the two never part again, though a step has sums of opposite signs for
    them, or the gradient that a step leaves in the network is the sum over both.
    """
    forwards = [forward for forward in watch.forwards if forward.batch >= 0]
    states, after = [*(forward.state for forward in forwards), end], watch.after_steps()
    for name in names:
        groups = [(value, where) for value, where in _values_of(watch, name) if value != 0]
        for (one, where_one), (other, where_other) in itertools.combinations(groups, 2):
            equal = [torch.equal(s[name][where_one][:1], s[name][where_other][:1]) for s in states]
            together = equal.index(True) if True in equal else len(equal)
            for step, forward in enumerate(forwards):
                if not equal[step]:
                    continue
                gradient = _gradient_of_batch(watch, forward)[name]
                sums = gradient[where_one].sum(), gradient[where_other].sum()
                clear = min(abs(float(total)) for total in sums) > CLEAR
                left = after[step][1].get(name) if step < len(after) else None
                if clear and left is not None and torch.allclose(left[where_one], sum(sums), 1e-3, 1e-5):
                    return step, name, one, other
                if clear and sums[0] * sums[1] < 0 and all(equal[together:]):
                    return together, name, one, other
    return None


def _gradient_of_batch(watch, forward):
    """The gradients of the batch that a call of the network was given, by the weights that it computed with."""
    return loops.gradient_of(forward.state, watch.batches[forward.batch])


def _of_all(fresh, watch, names, value):
    """The sum of the gradients of all weights with this value, in whatever parameter: a mistake that is made."""
    sums = [float(fresh[name][watch.start[name] == value].sum()) for name in names]
    return sum(sums) if sum((watch.start[name] == value).any() for name in names) > 1 else None


CLEAR = 1e-2
"""A sum of gradients of this size has a sign that rounding does not change."""


def _centroids(watch, names):
    """How the centroids move: the first that stays though its gradient is not 0, and the first step of each."""
    still, up, size = None, None, None
    for step, (forward, after) in enumerate(watch.steps()):
        fresh = _gradient_of_batch(watch, forward)
        rate = _rate(fresh, forward.state, after, names) if step == 0 else None
        for name in names:
            for value, where in _values_of(watch, name):
                gradient = fresh[name][where]
                total, moved = float(gradient.sum()), float((after[name] - forward.state[name])[where].mean())
                if value != 0 and abs(total) > loops.MOVES and moved == 0 and still is None:
                    still = step, name, value
                if value == 0 or abs(total) < CLEAR:
                    continue
                everywhere = _of_all(fresh, watch, names, value) if step == 0 else None
                if step == 0 and moved * total > 0 and up is None:
                    up = name, value, everywhere is not None and moved * everywhere < 0
                if (
                    rate is not None
                    and size is None
                    and len(gradient) > 1
                    and abs(moved + rate * total) > abs(0.02 * rate * total)
                ):
                    mean = abs(moved + rate * total / len(gradient)) < abs(0.02 * rate * total / len(gradient))
                    both = everywhere is not None and abs(moved + rate * everywhere) < abs(0.02 * rate * everywhere)
                    size = name, value, IN_ALL if both else "the mean" if mean else "something else"
        if step == 0 and size is None:
            size = _off_the_curve(fresh, forward.state, after, names, watch)
    return {"a centroid that stays": still, "a centroid that goes up": up, "not the sum": size}


IN_ALL = "the sum over all parameters that have this value; each has a codebook of its own"


def _rate(fresh, before, after, names):
    """What the first step multiplies gradients with, if that is one number for all parameters without shared values."""
    free = [name for name in fresh if name not in names]
    gradients = torch.cat([fresh[name].flatten() for name in free]) if free else torch.zeros(0)
    moved = torch.cat([(after[name] - before[name]).flatten() for name in free]) if free else torch.zeros(0)
    clear = gradients.abs() > CLEAR
    if clear.sum() < 2:
        return None
    rates = -moved[clear] / gradients[clear]
    alike = rates.mean() > 0 and rates.std() < 1e-3 * rates.mean() and gradients[clear].abs().std() > CLEAR
    return float(rates.mean()) if alike else None


SEEN = 1e-4
"""A step of this size is far above what rounding makes of it."""


def _curve(gradients, moved):
    """How large a first step is, as 1 / (a + b / gradient): (a, b), or None where that does not fit.

    So it is with plain descent (a = 0), and with all that divide by the gradient's own magnitude plus an epsilon, as
    Adam and RMSprop do. Only gradients about as small as epsilon tell whether it was a sum or a mean.
    """
    clear = (gradients != 0) & (moved.abs() > SEEN)
    gradients, moved = gradients[clear].double(), moved[clear].double()
    if len(gradients) < 6 or (gradients * moved > 0).any():
        return None
    columns = torch.stack([moved.abs(), moved.abs() / gradients.abs()], dim=1)
    a, b = torch.linalg.lstsq(columns, torch.ones(len(moved), 1, dtype=torch.float64)).solution.flatten().tolist()
    fits = (columns @ torch.tensor([a, b], dtype=torch.float64) - 1).abs().max() < 0.005
    return (a, b) if fits and a >= 0 and b > 0 else None


def _off_the_curve(fresh, before, after, names, watch):
    """The first centroid whose first step is not that of the sum of its gradients, by the steps of the free weights."""
    free = [name for name in fresh if name not in names]
    if not free:
        return None
    gradients = torch.cat([fresh[name].flatten() for name in free])
    curve = _curve(gradients, torch.cat([(after[name] - before[name]).flatten() for name in free]))
    if curve is None:
        return None
    for name in names:
        for value, where in _values_of(watch, name):
            gradient, moved = fresh[name][where].double(), float((after[name] - before[name])[where].double().mean())
            total, number = float(gradient.sum()), len(gradient)
            if value == 0 or abs(total) < 0.1 * float(gradient.abs().sum()) or number < 2 or abs(moved) < SEEN:
                continue
            right, mean = (1 / (curve[0] + curve[1] / abs(size)) for size in (total, total / number))
            if right - mean > 0.1 * right and abs(abs(moved) - right) > 0.05 * right:
                return name, value, "the mean" if abs(abs(moved) - mean) < 0.05 * mean else "something else"
    return None


def _accepted(case, expected, got):
    """What is wrong with the facts, in words; the first thing first."""
    if list(got) != list(expected) or got["network"] != expected["network"]:
        raise TypeError("no facts about this case")
    lr, numbers = case[4], got["detail"].numbers
    if got["names changed"]:
        return "it changes the list of names, which whoever called it still needs"
    if not got["names of the state_dict"]:
        return "the names in the network's state_dict are other ones afterwards"
    if got["zeros that are not"] is not None:
        when, name, count, of = got["zeros that are not"]
        return f"{when}, {count} of the {of} pruned weights of {name} {'is' if count == 1 else 'are'} not 0"
    if got["several values"] is not None:
        when, name, value, size, several = got["several values"]
        return f"{when}, the {size} weights of {name} that began at {_short(value)} have {several} different values"
    if got["steps too many"]:
        return f"an optimizer takes {got['steps too many'] + len(case[2])} steps for {len(case[2])} batches"
    if got["written at the end"] is not None:
        name = got["written at the end"]
        return f"only after the last batch does {name} change: each step has to write the new values"
    if problem := loops.learning_problem(expected, got, numbers["losses"]):
        return problem
    if got["a sum over the batch"]:
        return "the gradients are those of a sum over the images of a batch, not of their mean"
    if got["taken for one"] is not None:
        step, name, one, other = got["taken for one"]
        return (
            f"after step {step} the weights of {name} that began at {_short(one)} and those that began at "
            f"{_short(other)} are equal, and from then on treated as one value: they stay two, as at the beginning"
        )
    if got["a centroid that stays"] != expected["a centroid that stays"]:
        step, name, value = got["a centroid that stays"]
        return (
            f"step {step + 1} does not move the weights of {name} that began at {_short(value)}, though the sum of "
            "their gradients is not 0"
        )
    if got["a centroid that goes up"] is not None:
        name, value, everywhere = got["a centroid that goes up"]
        return (
            f"in the first step the weights of {name} that began at {_short(value)} go up the sum of their gradients, "
            f"not down{f'; they go down {IN_ALL}' if everywhere else ''}"
        )
    if got["not the sum"] is not None:
        name, value, what = got["not the sum"]
        return (
            f"in the first step the weights of {name} that began at {_short(value)} do not move by the sum of their "
            f"gradients, if compared with weights that share no value, but by {what}"
        )
    if lr is None and got["default of lr"] != expected["default of lr"]:
        return f"the default of lr is {got['default of lr']}, where the stub has {expected['default of lr']}"
    return None


def _short(value):
    """A float32 value as it stands in the case: 0.3, not 0.30000001."""
    return str(np.float32(value))


def _case(seed, shared, lr=0.02, left=False, near=False, same=False, mirrored=False, faint=False, tiny=False, **more):
    """`shared`: name -> (number of values, share of zeros), in the order that the list of names is to have."""
    rng = np.random.default_rng(seed)
    weights, images, labels = loops.network(rng, **more)
    for name, (count, zeros) in shared.items():
        size = weights[name].size
        codebook = (rng.uniform(0.2, 0.9, count) * np.where(np.arange(count) % 2, -1, 1)).astype(np.float32).round(2)
        if same:  # layers with values in common
            codebook = (0.3 + 0.2 * np.arange(count)).astype(np.float32)
        if mirrored:
            codebook = np.repeat(0.3 + 0.2 * np.arange(count), 2)[:count].astype(np.float32)
            codebook[1::2] *= -1
        if near and count > 1:  # two values that only float32 tells apart
            codebook[1] = codebook[0] + np.float32(2e-7)
        indices = rng.permutation(
            np.concatenate([np.arange(count), rng.integers(0, count, max(size - count, 0))])[:size]
        )
        array = codebook[indices]
        array[rng.random(size) < zeros] = 0
        weights[name] = array.reshape(weights[name].shape)
    if faint:  # and with it the gradients of the first layer
        images = images * np.float32(0.01)
    if tiny:  # the first gradients of all weights, about as small as the epsilon of an optimizer
        images[0] *= np.float32(1e-8)
        weights["ip1.bias"] = (weights["ip1.bias"] * 1e-8).astype(np.float32)
    if mirrored:  # and biases that are equal, which nobody has said to share
        weights["ip1.bias"][1:] = weights["ip1.bias"][0]
        weights["ip2.bias"][:] = 0
    if images.size <= 16:  # a matrix for each batch, where that is still short to print
        images = images.reshape(*labels.shape, -1)
    return weights, list(shared), images, labels, lr, left


def _meeting(seed):
    """A case in which plain descent brings two shared values together in its first step, to the last bit."""
    weights, names, images, labels, lr, left = _case(seed, {"ip1.weight": (2, 0.0)}, sizes=(3, 4, 3), batches=6, size=4)
    lr = 0.05
    upper = weights["ip1.weight"] == weights["ip1.weight"].max()
    high, low = np.float32(0.5), np.float32(0.45)
    for _ in range(50):
        weights["ip1.weight"] = np.where(upper, high, low)
        start = {name: torch.tensor(array) for name, array in weights.items()}
        gradient = loops.gradient_of(start, loops.batches_of(images, labels)[0])["ip1.weight"]
        where = torch.tensor(upper)
        ends = [torch.tensor(v).sub(gradient[w].sum(), alpha=lr) for v, w in ((high, where), (low, ~where))]
        apart = float(ends[0] - ends[1])
        if apart == 0:
            break
        # Move the lower one by what is missing, and in the end by one bit.
        low = np.float32(low + apart) if abs(apart) > 1e-7 else np.nextafter(low, np.float32(np.sign(apart)))
    return weights, names, images, labels, lr, left


def _neighbours(seed):
    """A case in which Adam brings two neighbouring numbers together: above 0.5 float32 has half as many."""
    case = _case(seed, {"ip1.weight": (2, 0.0)}, sizes=(3, 4, 3), batches=6, size=4)
    high = np.nextafter(np.float32(0.5), np.float32(0))
    array = case[0]["ip1.weight"]
    case[0]["ip1.weight"] = np.where(array == array.max(), np.nextafter(high, np.float32(0)), high)
    return case


def _draw(rng):
    names = rng.permutation(["ip1.weight", "ip2.weight"]).tolist()
    shared = {name: (int(rng.integers(2, 6)), float(rng.uniform(0.2, 0.6))) for name in names}
    return _case(int(rng.integers(1 << 30)), shared, sizes=(5, 6, 3), batches=6, size=6)


def _cases():
    both = {"ip1.weight": (3, 0.3), "ip2.weight": (3, 0.3)}
    square = {"sizes": (3, 4, 3), "batches": 4}
    return [
        _case(1, {"ip1.weight": (2, 0.3), "ip2.weight": (2, 0.0)}, sizes=(2, 3, 2), batches=3, size=2),
        _case(2, both, sizes=(2, 3, 2), batches=3, size=2, lr=0.0),
        _case(3, {"ip2.weight": (3, 0.4), "ip1.weight": (2, 0.4)}, **square),
        _case(4, {"ip1.weight": (3, 0.3)}, **square),
        _case(5, {"ip2.weight": (2, 0.3)}, **square),
        _case(6, {}, **square),
        _case(7, {"ip1.weight": (2, 0.5), "ip2.weight": (1, 0.5)}, **square),
        _case(8, {"ip1.weight": (2, 1.0), "ip2.weight": (3, 0.2)}, **square),
        _case(9, {"ip1.weight": (20, 0.2), "ip2.weight": (6, 0.3)}, sizes=(6, 8, 3), batches=4, size=6),
        _case(10, both, sizes=(4, 4, 3), batches=5, size=8, lr=None),
        _case(11, {"ip1.weight": (4, 0.5), "ip2.weight": (3, 0.3)}, near=True, sizes=(6, 8, 3), batches=8, size=8),
        _case(12, {"ip1.weight": (3, 0.5), "ip1.bias": (2, 0.0)}, **square),
        _case(16, both, same=True, **square),
        _case(19, both, faint=True, **square),
        _case(20, {"ip1.weight": (3, 0.3)}, tiny=True, **square),
        _case(21, {"ip2.weight": (2, 0.2)}, tiny=True, **square),
        _case(17, {"ip1.weight": (4, 0.3), "ip2.weight": (2, 0.3)}, mirrored=True, sizes=(5, 6, 3), batches=5, size=6),
        _case(18, {"ip1.weight": (2, 0.3), "ip2.weight": (4, 0.3)}, mirrored=True, sizes=(5, 6, 3), batches=5, size=6),
        _meeting(201),
        _meeting(214),
        _neighbours(329),
        _neighbours(234),
        _case(13, {"ip2.weight": (2, 0.2)}, left=True, **square),
        _case(14, both, left=True, sizes=(4, 4, 3), batches=5, size=6),
        _case(15, {"ip1.weight": (4, 0.4), "ip2.weight": (4, 0.2)}, lr=0.1, sizes=(6, 8, 3), batches=10, size=8),
    ]


exercise = Exercise(
    id="04.4",
    title="Training shared values",
    minutes=30,
    task="build",
    reference=train_codebook,
    cases=_cases,
    draw=_draw,
    draws=2,
    use=train,
    accept=_accepted,
    facts=True,
    given="import numpy as np\nimport torch\nfrom torch.nn import functional as F",
    equivalents={"line 15: 0 -> -1": "the sums have one dimension, so that the first is the last"},
    hints=[
        "Begin with a plain training loop. What is new stands between backward() and the step of the optimizer: there "
        "the gradient of each weight is replaced by the sum over all weights that share its value.",
        "Which weights share a value is found once, before the loop: parameter.unique(return_inverse=True) "
        "gives the codebook and the index of each weight, in the shape of the weights.",
        "sums = torch.zeros(k).index_add(0, indices.flatten(), gradient.flatten()) adds up by index, and sums[indices] "
        "hands the sums back. Set the sum of the value 0 to 0 first, so that pruned weights do not move. "
        "gradient.copy_(...) writes into the parameter's .grad.",
    ],
    why="""Weights that begin equal and always get the same gradient stay equal, whatever the optimizer remembers: it
    does the same with each of them. A gradient of 0 leaves a pruned weight at 0, because the optimizer is new.

    dc_lab does it another way. Its network computes a layer's weight as codebook[indices], with the codebook as the
    parameter that trains. Autograd then finds the sums by itself: they are the derivative of that look-up.""",
)


# --- right answers written differently ---


@exercise.alternative
def _descent_by_hand(model, names, batches, lr=1e-3):
    named = dict(model.named_parameters())
    books = {name: [(v, named[name].detach() == v) for v in set(named[name].detach().flatten().tolist())]
             for name in names}  # fmt: skip
    for images, labels in batches:
        gradients = torch.autograd.grad(F.cross_entropy(model(images), labels), list(named.values()))
        with torch.no_grad():
            for (name, weight), gradient in zip(named.items(), gradients, strict=True):
                if name not in names:
                    weight.sub_(lr * gradient)
                for value, where in books.get(name, ()):
                    if value != 0:
                        weight[where] -= lr * gradient[where].sum()


@exercise.alternative
def _codebooks_as_parameters(model, names, batches, lr=1e-3):
    """The codebooks are what the optimizer has; the weights are written anew after each step."""
    named = dict(model.named_parameters())
    books = {}
    for name in names:
        flat = named[name].detach().flatten()
        kept = flat.nonzero().flatten()
        values, indices = flat[kept].unique(return_inverse=True)
        books[name] = nn.Parameter(values.clone()), kept, indices
    free = [weight for name, weight in named.items() if name not in names]
    optimizer = torch.optim.SGD([*free, *(book for book, _, _ in books.values())], lr=lr, momentum=0.9)
    for images, labels in batches:
        model.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        for name, (book, kept, indices) in books.items():
            book.grad = torch.zeros_like(book).index_add(0, indices, named[name].grad.flatten()[kept])
        optimizer.step()
        with torch.no_grad():
            for name, (book, kept, indices) in books.items():
                named[name].view(-1)[kept] = book[indices]


class _LookUp(nn.Module):
    def __init__(self, weight):
        super().__init__()
        values, self.indices = weight.unique(return_inverse=True)
        self.zero = (values == 0).nonzero().flatten()
        self.values = values

    def forward(self, codebook):
        return codebook.index_fill(0, self.zero, 0.0)[self.indices]

    def right_inverse(self, weight):
        return self.values.clone()


@exercise.alternative
def _a_parametrization(model, names, batches, lr=1e-3):
    layers = [(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in names]
    for layer, kind in layers:
        parametrize.register_parametrization(layer, kind, _LookUp(getattr(layer, kind).detach()))
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    for layer, kind in layers:
        parametrize.remove_parametrizations(layer, kind)


@exercise.alternative
def _by_masks_and_a_hook(model, names, batches, lr=1e-3):
    handles = []

    def summed(masks):
        def hook(gradient):
            new = torch.zeros_like(gradient)
            for mask in masks:
                new[mask] = gradient[mask].sum()
            return new

        return hook

    for name, weight in model.named_parameters():
        if name in names:
            masks = [weight.detach() == value for value in weight.detach().unique() if value != 0]
            handles.append(weight.register_hook(summed(masks)))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=lr)
    for images, labels in batches:
        model.zero_grad()
        F.nll_loss(F.log_softmax(model(images), 1), labels).backward()
        optimizer.step()
    for handle in handles:
        handle.remove()


@exercise.alternative
def _by_bincount(model, names, batches, lr=1e-3):
    found = {}
    for name, weight in model.named_parameters():
        if name in names:
            book, indices = np.unique(weight.detach().numpy(), return_inverse=True)
            found[name] = book, indices.reshape(-1), tuple(weight.shape)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for images, labels in list(batches):
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()
        for name, weight in model.named_parameters():
            if name in found:
                book, indices, shape = found[name]
                sums = np.bincount(indices, weight.grad.numpy().ravel(), minlength=len(book))
                sums[book == 0] = 0
                weight.grad = torch.tensor(sums[indices].reshape(shape), dtype=torch.float32)
        optimizer.step()


@exercise.alternative
def _sums_divided(model, names, batches, lr=1e-3):
    """The losses of a batch added up, and the gradients divided by their number."""
    parameters = dict(model.named_parameters())
    groups = {name: parameters[name].detach().unique(return_inverse=True) for name in names}
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels, reduction="sum").backward()
        for parameter in parameters.values():
            parameter.grad /= len(labels)
        for name, (codebook, indices) in groups.items():
            parameters[name].grad.copy_(_sums(parameters[name].grad, codebook, indices))
        optimizer.step()


# --- mistakes: one loop, with one thing changed ---


def _groups(model, names):
    found = {}
    for name in names:
        codebook, indices = model.get_parameter(name).detach().unique(return_inverse=True)
        found[name] = codebook, indices
    return found


def _sums(gradient, codebook, indices, zeros=True):
    sums = torch.zeros(len(codebook)).index_add(0, indices.flatten(), gradient.flatten())
    return torch.where(codebook == 0, 0.0, sums)[indices] if zeros else sums[indices]


def _loop(model, names, batches, lr, **change):
    """The loop with parts exchanged."""
    parameters = change.get("parameters", model.parameters)
    optimizer = change.get("optimizer", torch.optim.Adam)(parameters(), lr=lr)
    groups = _groups(model, names)
    share, logits = change.get("share", _sums), change.get("logits", lambda logits: logits)
    for step, (images, labels) in enumerate(batches):
        if change.get("again"):
            groups = change["again"](model, names, groups)
        if change.get("zero_grad", True):
            optimizer.zero_grad()
        F.cross_entropy(logits(model(images)), labels, reduction=change.get("reduction", "mean")).backward()
        for name, (codebook, indices) in groups.items():
            gradient = model.get_parameter(name).grad
            new = share(gradient, codebook, indices)
            if new is not None:
                gradient.copy_(new)
        if change.get("steps", lambda step: True)(step):
            optimizer.step()
        if change.get("after"):
            with torch.no_grad():
                change["after"](model, groups)
        if change.get("zero_grad_after"):
            optimizer.zero_grad()


def _sgd(parameters, lr):
    return torch.optim.SGD(parameters, lr=lr)


def _nothing(gradient, codebook, indices):
    return None


def _means(model, groups):
    """Each weight the mean of those that share its index, zeros 0."""
    for name, (codebook, indices) in groups.items():
        weight = model.get_parameter(name)
        counts = torch.bincount(indices.flatten(), minlength=len(codebook)).clamp(min=1)
        means = torch.zeros(len(codebook)).index_add(0, indices.flatten(), weight.flatten()) / counts
        weight.copy_(torch.where(codebook == 0, 0.0, means)[indices])


def _changed(name, words, **change):
    def wrong(model, names, batches, lr=1e-3):
        _loop(model, names, batches, lr, **change)

    exercise.mistake(name, wrong).says(words)


_changed(
    "nothing is shared",
    """Every weight takes a step of its own, as in any training loop: after the first one the weights that shared a
    value are all different. Replace each weight's gradient by the sum over its group before the step.""",
    share=_nothing,
)
_changed(
    "pruned weights train too",
    """The zeros move: they are treated as one more shared value. A pruned weight stays 0; its gradient is to be 0.""",
    share=lambda gradient, codebook, indices: _sums(gradient, codebook, indices, zeros=False),
)


@exercise.mistake("pruned weights take steps of their own")
def _(model, names, batches, lr=1e-3):
    """The shared values are right, but the pruned weights keep their own gradients, and the step moves them away from
    0. Set these gradients to 0 as well."""
    _loop(
        model, names, batches, lr,
        share=lambda gradient, codebook, indices: torch.where(
            codebook[indices] == 0, gradient, _sums(gradient, codebook, indices)),
    )  # fmt: skip


def _mean_gradient(gradient, codebook, indices):
    counts = torch.bincount(indices.flatten(), minlength=len(codebook)).clamp(min=1)
    return _sums(gradient, codebook, indices) / counts[indices]


_changed(
    "the mean of the gradients",
    """A centroid moves by the mean of the gradients here, as it also does if each weight takes a step of its own and
    the weights of a group are then set to their mean. Moving a centroid moves all of its weights at once, so that the
    loss changes by the sum of their gradients: add them up before the step.""",
    share=_mean_gradient,
    optimizer=_sgd,
)
_changed(
    "the mean of the gradients, with Adam",
    """A centroid moves by the mean of the gradients. Adam and RMSprop hide that, unless gradients are about as small
    as their eps: a constant factor leaves their steps nearly as they are. Moving a centroid moves all of its weights,
    so that its gradient is the sum of theirs: add them up.""",
    share=_mean_gradient,
)
_changed(
    "steps of their own, then the mean",
    """Each weight takes its own step, and then the weights of a group are set to their mean. With Adam that is the mean
    of the directions, which may point the other way than the sum of the gradients. Add up the gradients first, then
    take the step.""",
    share=_nothing,
    after=_means,
)


def _frozen(gradient, codebook, indices):
    return torch.zeros_like(gradient)


_changed(
    "the shared weights do not train",
    """The shared weights stay as they were, and only the others learn: their gradient is 0, or they are set back to the
    old values after the step. It is the values of the codebook that train, while each weight keeps its index.""",
    share=_frozen,
)
_changed(
    "the last gradient of each group",
    """sums[indices] = gradient, or += in its place, writes to the same place several times, and the last write wins:
    nothing adds up. index_add, scatter_add or np.bincount with weights add.""",
    share=lambda gradient, codebook, indices: torch.where(
        codebook == 0, 0.0, torch.zeros(len(codebook)).index_put((indices.flatten(),), gradient.flatten())
    )[indices],
)
_changed(
    "the first weight's gradient",
    """A group goes by the gradient of one of its weights. Add up those of all weights that share the value.""",
    share=lambda gradient, codebook, indices: torch.where(
        codebook == 0,
        0.0,
        torch.stack([gradient[indices == i][0] for i in range(len(codebook))]),
    )[indices],
)
_changed(
    "the sum over everything",
    """All groups get the same sum, that of the whole layer. Add up by index: each value of the codebook has its
    own.""",
    share=lambda gradient, codebook, indices: torch.where(
        codebook[indices] == 0, 0.0, gradient[codebook[indices] != 0].sum()
    ),
)
_changed(
    "the sign lost",
    """The magnitudes of the gradients are added. With their signs, those of one group partly cancel: one weight wants
    the centroid higher, another lower.""",
    share=lambda gradient, codebook, indices: _sums(gradient.abs(), codebook, indices),
)
_changed(
    "uphill",
    """The centroids go up the gradient. The sum itself goes into .grad; the optimizer subtracts it.""",
    share=lambda gradient, codebook, indices: -_sums(gradient, codebook, indices),
)


@exercise.mistake("values that are nearly equal taken for one")
def _(model, names, batches, lr=1e-3):
    """Values are rounded, or compared with a tolerance, to find those that are shared. Two entries of a codebook may be
    close: weights share a value if they are equal to the last bit."""
    rounded = {}
    for name in names:
        codebook, indices = (model.get_parameter(name).detach() * 1000).round().unique(return_inverse=True)
        rounded[name] = codebook, indices
    _loop(model, names, batches, lr, again=lambda model, names, groups: rounded)


def _by_sign(model, names, groups):
    """The groups are found anew, as positive and negative ones."""
    return {name: (torch.tensor([-1.0, 0.0, 1.0]), model.get_parameter(name).detach().sign().long() + 1)
            for name in groups}  # fmt: skip


_changed(
    "groups found again in each step",
    """The groups are found anew in each step, by the values that the weights have then. Two values may meet on their
    way, and are one from then on; one that passes through 0 stays there. Find out once, before the loop, which weights
    share a value.""",
    again=lambda model, names, groups: _groups(model, names),
    optimizer=_sgd,
)
_changed(
    "groups found again in each step, with Adam",
    """The weights that share a value are looked for again in each step. Where two values have become equal on their
    way, all their weights get one gradient. Look once, before the loop.""",
    again=lambda model, names, groups: _groups(model, names),
)
_changed(
    "one value for each sign",
    """The weights are grouped by their sign only. Those that were equal at the beginning share a value: there may be
    many.""",
    again=_by_sign,
)


@exercise.mistake("only the first layer")
def _(model, names, batches, lr=1e-3):
    """Only the first of the names is treated as shared. Go through all of them."""
    _loop(model, names[:1], batches, lr)


@exercise.mistake("only the last layer")
def _(model, names, batches, lr=1e-3):
    """Only the last of the names is treated as shared. Is the line that does it outside the loop over the names?"""
    _loop(model, names[-1:], batches, lr)


@exercise.mistake("every matrix, named or not")
def _(model, names, batches, lr=1e-3):
    """All weight matrices are treated as shared. Only those in `names` are; all else trains freely."""
    _loop(model, [name for name, weight in model.named_parameters() if weight.ndim == 2], batches, lr)


@exercise.mistake("one codebook for all layers")
def _(model, names, batches, lr=1e-3):
    """Layers with a value in common are summed together, as if they had one codebook. Each parameter has its own: find
    the groups of each by itself."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    rows = torch.cat([model.get_parameter(name).detach().flatten() for name in names]) if names else torch.zeros(0)
    codebook, indices = rows.unique(return_inverse=True)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        weights = [model.get_parameter(name) for name in names]
        if weights:
            new = _sums(torch.cat([weight.grad.flatten() for weight in weights]), codebook, indices)
            for weight, part in zip(weights, new.split([weight.numel() for weight in weights]), strict=True):
                weight.grad.copy_(part.reshape(weight.shape))
        optimizer.step()


@exercise.mistake("only the shared weights train")
def _(model, names, batches, lr=1e-3):
    """The optimizer has the shared parameters alone. All others, such as the biases, are to train as well:
    model.parameters()."""
    if names:
        _loop(model, names, batches, lr, parameters=lambda: [model.get_parameter(name) for name in names])


@exercise.mistake("a copy is trained")
def _(model, names, batches, lr=1e-3):
    """A copy of the network is trained, and the network that was given stays as it was. Train `model` itself: whoever
    called the function looks at that one."""
    _loop(copy.deepcopy(model), names, batches, lr)


@exercise.mistake("one batch only")
def _(model, names, batches, lr=1e-3):
    """It ends after the first batch. Is the `return`, or everything else, indented too far?"""
    for batch in batches:
        _loop(model, names, [batch], lr)
        return


@exercise.mistake("the first batch is skipped")
def _(model, names, batches, lr=1e-3):
    """The first batch is taken from `batches` before the loop, with next() perhaps, and never trained on."""
    next(iter(batches))
    _loop(model, names, batches, lr)


@exercise.mistake("lr is not used")
def _(model, names, batches, lr=1e-3):
    """The optimizer has a learning rate of its own. Pass it on: lr=lr."""
    _loop(model, names, batches, 0.01)


@exercise.mistake("the last step is not written back")
def _(model, names, batches, lr=1e-3):
    """The codebooks train, and are written into the network before each step: what the last step changes in them never
    gets there. Write the values after optimizer.step()."""
    books = {}
    for name in names:
        codebook, indices = model.get_parameter(name).detach().unique(return_inverse=True)
        books[name] = codebook.clone().requires_grad_(), codebook != 0, indices
    free = [weight for name, weight in model.named_parameters() if name not in names]
    optimizer = torch.optim.Adam([*free, *(book for book, _, _ in books.values())], lr=lr)
    for images, labels in batches:
        with torch.no_grad():
            for name, (book, trains, indices) in books.items():
                model.get_parameter(name).copy_((book * trains)[indices])
        model.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        for name, (book, trains, indices) in books.items():
            gradient = model.get_parameter(name).grad.flatten()
            book.grad = torch.zeros_like(book).detach().index_add(0, indices.flatten(), gradient) * trains
        optimizer.step()


@exercise.mistake("a parametrization is left in the network")
def _(model, names, batches, lr=1e-3):
    """The network keeps what was built into it for the training, so that its state_dict has other names. Take it out at
    the end: parametrize.remove_parametrizations(layer, "weight")."""
    for name in names:
        layer, _, kind = name.rpartition(".")
        module = model.get_submodule(layer)
        parametrize.register_parametrization(module, kind, _LookUp(getattr(module, kind).detach()))
    _loop(model, [], batches, lr)


_changed(
    "the gradients are not set to zero",
    """backward() adds to the gradients that are there. Call optimizer.zero_grad() in each step, or the gradients of all
    earlier batches count as well.""",
    zero_grad=False,
)
_changed(
    "gradients of before in the first step",
    """The gradients are set to zero after each step, but not before the first: what an earlier loop has left in the
    network goes into it. Call optimizer.zero_grad() before backward().""",
    zero_grad=False,
    zero_grad_after=True,
)
_changed(
    "no optimizer.step()",
    """The gradients are computed, but nobody takes a step: optimizer.step() is missing.""",
    steps=lambda step: False,
)
_changed(
    "a step after every second batch",
    """The optimizer takes a step only after every second batch. One step for each batch is asked for.""",
    steps=lambda step: step % 2 == 1,
)
_changed(
    "softmax before the cross-entropy",
    """F.cross_entropy takes the logits and does the softmax itself. With a softmax before it there are two, and the
    gradient is another, weaker one. Give it model(images) as it is.""",
    logits=lambda logits: logits.softmax(1),
)

_changed(
    "the sum of the losses",
    """The losses of a batch are added up, with reduction="sum" perhaps. Asked for is their mean, which is what
    F.cross_entropy gives by itself: otherwise a batch twice as large takes steps twice as long.""",
    reduction="sum",
)


@exercise.mistake("in place without no_grad")
def _(model, names, batches, lr=1e-3):
    """PyTorch records what is done to a parameter and refuses to change it in place. Put the lines that write into the
    weights into `with torch.no_grad():`, or change the gradients."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        for name in names:
            weight = model.get_parameter(name)
            weight *= 1.0


@exercise.mistake("nothing to differentiate")
def _(model, names, batches, lr=1e-3):
    """The loss knows of no gradient, so backward() raises an error. Either the whole loop is inside `with
    torch.no_grad()`, or the loss is computed from argmax, which has no slope."""
    with torch.no_grad():
        _loop(model, names, batches, lr)
