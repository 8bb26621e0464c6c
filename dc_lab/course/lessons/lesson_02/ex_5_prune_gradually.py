"""02.5 Gradual pruning."""

import random

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons import loops
from dc_lab.course.lessons.loops import Detail, network, put_zeros
from dc_lab.course.values import Steps
from dc_lab.pruning import cubic_density, magnitude_mask


def prune_gradually(model, targets, batches, ramp=0.6, lr=1e-3):
    """Prune `model` step by step as it trains; returns the masks of the last step."""
    parameters = dict(model.named_parameters())
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    masks = {}
    for step, (images, labels) in enumerate(batches):
        for name, final in targets.items():
            density = cubic_density(step / (ramp * len(batches)), final)
            weights = parameters[name].detach().numpy()
            mask = magnitude_mask(weights, density)
            weights[~mask] = 0
            masks[name] = torch.tensor(mask)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for name, mask in masks.items():
                parameters[name][~mask] = 0
    return masks


def prune(prune_gradually, weights, targets, images, labels, ramp, lr, left=False):
    """Facts about what an answer did to a small network, step by step; none depends on the optimizer.

    Without `lr` the answer's own defaults are used, of `ramp` too. With `left`, the network has gradients in it from
    before.
    """
    with loops.watched(weights, images, labels) as watch:
        if left:
            watch.leave_gradients()
        batches = loops.Watched(watch.batches)
        batches.watch = watch
        extra = {} if lr is None else {"ramp": ramp, "lr": lr}
        masks = prune_gradually(watch.model, dict(targets), batches, **extra)
        listed = list.__len__(batches) == len(watch.batches) and all(
            list.__getitem__(batches, i) is batch for i, batch in enumerate(watch.batches)
        )
        end, after = watch.state(), watch.after_steps()
        before = [forward.state for forward in watch.forwards]
        kept = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in end.items()}
        if before:
            kept.update({name: before[-1][name] != 0 for name in targets})
        facts = {
            "network": f"{sum(w.numel() for w in end.values())} weights, {len(images)} batches, {sorted(targets)}",
            "kept before each step": [{name: int((state[name] != 0).sum()) for name in targets} for state in before],
            "not the largest before step": _not_largest(watch, before, after, targets),
            "come back after step": _back(before, after, end, targets),
            "goes after the last step": _goes(before, end, targets),
            "the list stays": listed,
            "batches in their order": [f.batch for f in watch.forwards] == sorted(f.batch for f in watch.forwards),
            "masks": _masks(
                masks, before, end, {name: _last(len(images), ramp, lr, targets[name]) for name in targets}
            ),
            **loops.learning(watch, kept),
            "defaults": [loops.default_of(prune_gradually, name) for name in ("ramp", "lr")],
        }
        # A kept value may have been pruned later on, and what is left of a layer depends on the optimizer.
        facts["kept weights at 0"] = []
        start = {name: torch.where(kept[name], weight, 0.0) for name, weight in watch.start.items()}
        losses = loops.loss_of(start, watch.batches), loops.loss_of(end, watch.batches)
        return Steps(**facts, detail=Detail(losses=losses))


def _not_largest(watch, before, after, targets):
    """The first step before which a layer does not keep its largest weights, as (step, layer)."""
    states = [watch.start, *(state for state, _ in after)]
    for step, state in enumerate(before[: len(states)]):
        for name in targets:
            found, left = states[step][name].abs().flatten(), state[name] != 0
            if left.sum() and found[left.flatten()].min() < found.topk(int(left.sum())).values.min():
                return step, name
    return None


def _back(before, after, end, targets):
    """The first step after which a weight is not 0 that was 0 before it, as (step, layer)."""
    for step, state in enumerate(before):
        later = after[step][0] if step < len(after) else end
        for name in targets:
            if ((state[name] == 0) & (later[name] != 0)).any():
                return step, name
    return None


def _goes(before, end, targets):
    """The layers of which weights are 0 at the end that the last step still used, with how many."""
    if not before:
        return {}
    gone = {name: int(((before[-1][name] != 0) & (end[name] == 0)).sum()) for name in targets}
    return {name: count for name, count in gone.items() if count}


def _last(steps, ramp, lr, final):
    """The density of a layer in the last of the steps."""
    return cubic_density((steps - 1) / ((0.6 if lr is None else ramp) * steps), final)


def _masks(masks, before, end, targets):
    """What is wrong with the masks that were returned, or nothing; `targets` has the densities of the last step."""
    if not isinstance(masks, dict):
        return "it returns no dictionary of masks"
    if set(masks) != set(targets):
        return f"the masks returned are for {', '.join(map(str, masks)) or 'nothing'}, not for {', '.join(targets)}"
    for name, mask in masks.items():
        if not isinstance(mask, torch.Tensor):
            return f"the mask returned for {name} is no tensor"
        if mask.dtype != torch.bool:
            return f"the mask returned for {name} is a tensor of {str(mask.dtype).removeprefix('torch.')}, not of bool"
        if mask.shape != end[name].shape:
            return f"the mask returned for {name} does not have the shape of the layer"
        # What the last step removed was 0 by then, so that the mask of what was left is the one it had.
        weights = before[-1][name] if before else end[name]
        if not np.array_equal(mask.numpy(), magnitude_mask(weights.numpy(), targets[name])):
            return f"the mask returned for {name} does not say which weights the last step kept"
    return ""


def _accepted(case, expected, got):
    """What is wrong with the facts, in words; the first thing first."""
    if list(got) != list(expected) or got["network"] != expected["network"]:
        raise TypeError("no facts about this case")
    if not got["names of the state_dict"]:
        return "the names in the network's state_dict are other ones afterwards"
    asked, kept = expected["kept before each step"], got["kept before each step"]
    for step, (right, found) in enumerate(zip(asked, kept, strict=False)):
        back = got["come back after step"]
        if back is not None and back[0] < step:
            break
        for name in right:
            if right[name] != found[name]:
                weights = "weight" if right[name] == 1 else "weights"
                are = "is" if found[name] == 1 else "are"
                text = (
                    f"before step {step}, {name} is to keep {right[name]} {weights}, and has {found[name]} that {are}"
                )
                still = step > 0 and found[name] == kept[step - 1][name] > right[name]
                return f"{text} not 0{', as many as in the step before' if still else ''}"
        if (other := got["not the largest before step"]) is not None and other[0] == step:
            return f"before step {step}, {other[1]} keeps the right number, but not its largest weights"
    if got["come back after step"] is not None:
        step, name = got["come back after step"]
        return f"step {step} makes weights of {name} differ from 0 that were removed before it"
    if got["goes after the last step"] and not expected["goes after the last step"]:
        name, count = next(iter(got["goes after the last step"].items()))
        weights = "weight" if count == 1 else "weights"
        return f"after the last step, {count} more {weights} of {name} {'is' if count == 1 else 'are'} set to 0"
    if not got["the list stays"]:
        return "the list of batches is another one afterwards, which whoever called it still needs"
    if not got["batches in their order"]:
        return "it goes through the batches in another order than the list has"
    if problem := loops.learning_problem(expected, got, got["detail"].numbers["losses"]):
        return problem
    if got["masks"]:
        return got["masks"]
    if case[5] is None and got["defaults"] != expected["defaults"]:
        return f"the defaults of ramp and lr are {got['defaults']}, where the stub has {expected['defaults']}"
    return None


def _case(seed, targets, ramp=0.6, lr=0.05, left=False, blank=False, **more):
    """With `blank`, the first pixel is 0 in all images, and so are its weights: no step moves them."""
    weights, images, labels = network(np.random.default_rng(seed), **more)
    if blank:
        weights["ip1.weight"][:, 0] = 0
        images.reshape(-1, weights["ip1.weight"].shape[1])[:, 0] = 0
    return weights, targets, images, labels, ramp, lr, left


def _draw(rng):
    targets = {name: float(rng.uniform(0.1, 0.6)) for name in rng.permutation(["ip1.weight", "ip2.weight"]).tolist()}
    ramp = float(rng.uniform(0.4, 0.9))
    return _case(int(rng.integers(1 << 30)), targets, ramp, sizes=(5, 6, 3), batches=9, size=6)


def _cases():
    both = {"ip1.weight": 0.3, "ip2.weight": 0.5}
    return [
        _case(1, {"ip1.weight": 0.25}, sizes=(2, 2, 2), batches=3, size=2),
        _case(2, both, lr=0.0, sizes=(3, 4, 2), batches=5, size=3),
        _case(3, both, sizes=(3, 4, 2), batches=5, size=3),
        _case(4, {"ip2.weight": 0.4, "ip1.weight": 0.2}, sizes=(4, 5, 3), batches=8, size=4),
        _case(5, {"ip1.weight": 0.1}, 1.0, sizes=(4, 5, 3), batches=8, size=4),
        _case(6, {"ip1.weight": 1.0, "ip2.weight": 0.3}, 0.5, sizes=(4, 5, 3), batches=8, size=4),
        _case(7, {}, sizes=(3, 4, 2), batches=4, size=3),
        _case(8, {"ip1.weight": 0.08, "ip2.weight": 0.26}, 0.75, sizes=(8, 10, 3), batches=12, size=8),
        _case(9, both, lr=None, sizes=(4, 5, 3), batches=5, size=4),
        _case(10, {"ip1.weight": 0.1, "ip2.weight": 0.3}, lr=0.5, sizes=(6, 8, 3), batches=10, size=6),
        _case(11, {"ip1.weight": 0.1}, 1.0, sizes=(4, 5, 3), batches=3, size=4),
        _case(12, {"ip1.weight": 0.1, "ip2.weight": 0.2}, 1.0, sizes=(6, 8, 3), batches=4, size=4),
        _case(13, both, sizes=(3, 4, 2), batches=1, size=3),
        _case(14, both, left=True, sizes=(4, 5, 3), batches=5, size=4),
        # Kept weights that are 0: a mask that is read off the weights takes them for removed.
        _case(15, {"ip1.weight": 1.0, "ip2.weight": 0.5}, blank=True, sizes=(3, 4, 2), batches=5, size=3),
        _case(16, {"ip1.weight": 0.4, "ip1.bias": 0.5}, sizes=(3, 4, 2), batches=5, size=3),
    ]


exercise = Exercise(
    id="02.5",
    title="Gradual pruning",
    minutes=30,
    task="build",
    reference=prune_gradually,
    cases=_cases,
    draw=_draw,
    draws=2,
    use=prune,
    accept=_accepted,
    given="import numpy as np\nimport torch\nfrom torch.nn import functional as F\n"
    "from dc_lab.pruning import cubic_density, magnitude_mask",
    hints=[
        "Begin with your loop of 02.3. What is new comes first in each step: the masks for the density of that step. "
        "enumerate(batches) counts the steps from 0, and len(batches) is how many there are.",
        "The progress at step t is t / (ramp * len(batches)); your cubic_density limits it to 1. Give your "
        "magnitude_mask the weights as they are now, parameters[name].detach().numpy(), and make a tensor of the mask.",
        "Set what the new masks remove to 0 before the step, and what the step has moved to 0 after it. A weight that "
        "was removed is 0, so that it is never among the largest again. Return the masks of the last step.",
    ],
    why="""A new mask is made in every step from the weights as they are, so that a weight which has become small while
    others were removed can still go. One that was removed stays so: it is 0, the smallest there is.

    The masks are applied twice. Before the step, because the network is to compute without what has just been removed;
    after it, because an optimizer with momentum still moves what it moved before. dc_lab makes new masks in every 16th
    step only, which is faster and hardly differs.""",
)


def _steps(model, targets, batches, lr, density_at, choose=magnitude_mask, choose_all=None, **leave_out):
    """The loop, with one thing changed. `choose_all` makes the masks of all layers from their names and densities."""
    zero_grad, logits = leave_out.get("zero_grad", True), leave_out.get("logits", lambda logits: logits)
    before, after = leave_out.get("before", True), leave_out.get("after", True)
    optimizer = leave_out.get("optimizer", torch.optim.Adam)(model.parameters(), lr=lr)
    masks = {}
    for step, (images, labels) in enumerate(batches):
        densities = {name: density_at(step, final) for name, final in targets.items()}
        if choose_all is None:
            found = {name: choose(model.get_parameter(name).detach().numpy(), densities[name]) for name in targets}
        else:
            found = choose_all(list(targets), densities)
        masks = {name: torch.tensor(mask) for name, mask in found.items()}
        put_zeros(model, masks if before else {})
        if zero_grad is True:
            optimizer.zero_grad()
        F.cross_entropy(logits(model(images)), labels).backward()
        optimizer.step()
        if zero_grad == "after":
            optimizer.zero_grad()
        put_zeros(model, masks if after else {})
    return masks


@exercise.alternative
def _descent_with_momentum(model, targets, batches, ramp=0.6, lr=1e-3):
    def momentum(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9)

    return _steps(model, targets, batches, lr, lambda t, end: cubic_density(t / (ramp * len(batches)), end),
                  optimizer=momentum)  # fmt: skip


@exercise.alternative
def _by_topk(model, targets, batches, ramp=0.6, lr=1e-3):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=lr)
    masks = {}
    for t in range(len(batches)):
        images, labels = batches[t]
        left = max(0.0, 1 - t / (ramp * len(batches))) ** 3
        for name, final in targets.items():
            weight = model.get_parameter(name).data
            masks[name] = torch.zeros(weight.numel(), dtype=torch.bool)
            keep = round((final + (1 - final) * left) * weight.numel())
            masks[name][weight.abs().flatten().topk(keep).indices] = True
            masks[name] = masks[name].reshape(weight.shape)
            weight *= masks[name]
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        for name, mask in masks.items():
            model.get_parameter(name).data *= mask
    return masks


@exercise.alternative
def _by_a_hook_of_the_network(model, targets, batches, ramp=0.6, lr=1e-3):
    """Right: it prunes when the network is called, just before the layers compute."""
    masks, progress = {}, [0.0]

    def prune_now(network, inputs):
        for name, final in targets.items():
            weight = network.get_parameter(name).detach()
            masks[name] = torch.tensor(magnitude_mask(weight.numpy(), cubic_density(progress[0], final)))
        put_zeros(network, masks)

    handle = model.register_forward_pre_hook(prune_now)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for step, (images, labels) in enumerate(batches):
        progress[0] = step / (ramp * len(batches))
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        put_zeros(model, masks)
    handle.remove()
    return masks


def _at(batches, ramp):
    return lambda t, end: cubic_density(t / (ramp * len(batches)), end)


@exercise.mistake("the final density at once")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """This prunes to the final density in the first step: that is one-shot pruning. The density of step t is
    cubic_density(t / (ramp * T), final)."""
    return _steps(model, targets, batches, lr, lambda t, end: end)


@exercise.mistake("steps counted from 1")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The schedule is one step ahead. Steps count from 0: before the first step the density is 1."""
    return _steps(model, targets, batches, lr, lambda t, end: _at(batches, ramp)(t + 1, end))


@exercise.mistake("pruned after the step")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The schedule is one step behind. Make the masks of step t, and apply them, before the step and not after it."""
    return _steps(model, targets, batches, lr, lambda t, end: _at(batches, ramp)(max(t - 1, 0), end))


@exercise.mistake("no ramp")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The schedule takes all steps, and none is left to retrain. The ramp ends after ramp * T of the T loops."""
    return _steps(model, targets, batches, lr, _at(batches, 1.0))


@exercise.mistake("the ramp multiplied instead of divided")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The progress is t / (ramp * T). In Python, t / T * ramp is something else: (t / T) * ramp, which is slower where
    it should be faster."""
    return _steps(model, targets, batches, lr, lambda t, end: cubic_density(t / len(batches) * ramp, end))


@exercise.mistake("the last step taken for the end")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """This divides by T - 1. There are T = len(batches) steps, and the progress at step t is t / (ramp * T)."""
    return _steps(model, targets, batches, lr, lambda t, end: cubic_density(t / (ramp * (len(batches) - 1)), end))


@exercise.mistake("a straight line")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The density falls along a straight line. Use cubic_density of the exercise before."""
    return _steps(model, targets, batches, lr, lambda t, end: 1 - (1 - end) * min(t / (ramp * len(batches)), 1))


@exercise.mistake("sparsity for density")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """What `targets` has are densities, the shares that stay. Here as many weights go."""
    return _steps(model, targets, batches, lr, lambda t, end: _at(batches, ramp)(t, 1 - end))


@exercise.mistake("one density for all layers")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """Every layer gets the density of the first. Each name in `targets` has its own: for name, final in
    targets.items()."""
    first = next(iter(targets.values()), 1.0)
    return _steps(model, targets, batches, lr, lambda t, end: _at(batches, ramp)(t, first))


@exercise.mistake("a share of what is left")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The density is applied to the weights that are still there, so that shares multiply and too few are left. It is a
    share of all weights of the layer, the removed ones included."""

    def choose(weights, density):
        return magnitude_mask(weights, density * np.count_nonzero(weights) / weights.size)

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose)


@exercise.mistake("a share of the mask before")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The density is multiplied by the share that the mask before keeps, so that too few weights are left. The density
    of a step is a share of all weights of the layer: cubic_density gives it whole."""
    kept = {}

    def choose(names, densities):
        for name in names:
            weights = model.get_parameter(name).detach().numpy()
            kept[name] = magnitude_mask(weights, densities[name] * (kept[name].mean() if name in kept else 1))
        return dict(kept)

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose_all=choose)


@exercise.mistake("the smallest kept")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The number is right, but the largest weights go. Use your magnitude_mask; True in it means kept."""

    def choose(weights, density):
        return magnitude_mask(1 / (np.abs(weights) + 1e-9) * (weights != 0), density)

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose)


@exercise.mistake("the mask upside down")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """This sets the kept weights to 0, which is everything in the first step. True in a mask means kept: set
    parameters[name][~mask] to 0."""

    def choose(weights, density):
        return np.logical_not(magnitude_mask(weights, density))

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose)


@exercise.mistake("by value, not by magnitude")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The number is right, but negative weights go first. Compare magnitudes, as magnitude_mask does."""

    def choose(weights, density):
        return magnitude_mask(np.where(weights == 0, 0, np.exp(weights)), density)

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose)


@exercise.mistake("masks of the weights at the start")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The masks are made from the weights as they were before training. What is the largest changes on the way: look at
    the present weights in each step."""
    start = {name: parameter.detach().clone().numpy() for name, parameter in model.named_parameters()}

    def choose(names, densities):
        return {name: magnitude_mask(start[name], densities[name]) for name in names}

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose_all=choose)


@exercise.mistake("one threshold over all layers")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """All layers are put in a row and share one threshold, so that a layer of small weights loses more than its target
    says. Each name in `targets` gets a mask of its own, with its own density."""

    def choose(names, densities):
        weights = {name: model.get_parameter(name).detach().numpy() for name in names}
        if not weights:
            return {}
        row = np.concatenate([array.ravel() for array in weights.values()])
        keep = sum(array.size * densities[name] for name, array in weights.items())
        mask = magnitude_mask(row, keep / row.size)
        parts = np.split(mask, np.cumsum([array.size for array in weights.values()])[:-1])
        return {n: part.reshape(array.shape) for (n, array), part in zip(weights.items(), parts, strict=True)}

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose_all=choose)


@exercise.mistake("no new masks after the ramp")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """New masks come only while t is below ramp * T. At that step the progress reaches 1, and no mask with the density
    `final` is ever made. Make new masks in every step: cubic_density limits the progress to 1."""
    masks, counted = {}, iter(range(len(batches)))

    def choose(names, densities):
        if next(counted) < ramp * len(batches):
            for name in names:
                masks[name] = magnitude_mask(model.get_parameter(name).detach().numpy(), densities[name])
        return dict(masks)

    return _steps(model, targets, batches, lr, _at(batches, ramp), choose_all=choose)


@exercise.mistake("pruned once more after the loop")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """After the loop the network is pruned once more, to the density `final`. Then nothing is trained any more, so that
    the others cannot make up for it. Leave the lines out: with a ramp of 1 the last step is a little above `final`."""
    _steps(model, targets, batches, lr, _at(batches, ramp))
    masks = {}
    for name, final in targets.items():
        masks[name] = torch.tensor(magnitude_mask(model.get_parameter(name).detach().numpy(), final))
    put_zeros(model, masks)
    return masks


@exercise.mistake("the masks of the step before the last")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The network is right, but the masks returned are those of the step before the last. Are they put aside before the
    new ones are made? Return those that the last step used."""
    kept = []

    def choose(names, densities):
        present = {name: model.get_parameter(name).detach().numpy() for name in names}
        kept.append({name: magnitude_mask(present[name], densities[name]) for name in names})
        return kept[-1]

    _steps(model, targets, batches, lr, _at(batches, ramp), choose_all=choose)
    return {name: torch.tensor(mask) for name, mask in kept[-2].items()} if len(kept) > 1 else {}


@exercise.mistake("the batches are shuffled in place")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """random.shuffle() changes the list of batches itself, and whoever called the function still needs it. Go through
    the batches in the order they have."""
    random.shuffle(batches)
    return _steps(model, targets, batches, lr, _at(batches, ramp))


@exercise.mistake("gradients of before in the first step")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The gradients are set to zero after each step, but not before the first: what an earlier loop has left in the
    network goes into it. Call optimizer.zero_grad() before backward()."""
    return _steps(model, targets, batches, lr, _at(batches, ramp), zero_grad="after")


@exercise.mistake("softmax before the cross-entropy")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """F.cross_entropy takes the logits and does the softmax itself. With a softmax before it there are two, and the
    gradient is another, weaker one. Give it model(images) as it is."""
    return _steps(model, targets, batches, lr, _at(batches, ramp), logits=lambda logits: logits.softmax(1))


@exercise.mistake("pruned, but not held")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """Weights are removed before the step, and the step brings them back. Put the zeros in after optimizer.step() as
    well."""
    return _steps(model, targets, batches, lr, _at(batches, ramp), after=False)


@exercise.mistake("removed only after the step")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """What the masks of a step remove is set to 0 only after the network was called. Within the step it still computes
    with these weights, and so does the gradient. Make the masks of step t and set those weights to 0 first, before
    model(images)."""
    return _steps(model, targets, batches, lr, _at(batches, ramp), before=False)


@exercise.mistake("the gradients are not set to zero")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """backward() adds to the gradients that are there. Call optimizer.zero_grad() in each step."""
    return _steps(model, targets, batches, lr, _at(batches, ramp), zero_grad=False)


@exercise.mistake("no training")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """This prunes, and never trains: the network is not called at all. Each step is a whole step of 02.3: gradients to
    zero, loss, backward(), step()."""
    masks = {}
    for step, _ in enumerate(batches):
        for name, final in targets.items():
            weight = model.get_parameter(name).detach().numpy()
            masks[name] = torch.tensor(magnitude_mask(weight, _at(batches, ramp)(step, final)))
        put_zeros(model, masks)
    return masks


@exercise.mistake("lr is not used")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The optimizer has a learning rate of its own. Pass it on: lr=lr."""
    return _steps(model, targets, batches, 0.01, _at(batches, ramp))


@exercise.mistake("masks as arrays")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The network is right, but the masks returned are NumPy arrays. train_masked wants tensors: torch.tensor(mask)."""
    masks = _steps(model, targets, batches, lr, _at(batches, ramp))
    return {name: mask.numpy() for name, mask in masks.items()}


@exercise.mistake("nothing returned")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The network is right, but nothing is returned. Return the masks of the last step: who trains on needs them."""
    _steps(model, targets, batches, lr, _at(batches, ramp))


@exercise.mistake("masks as numbers")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The network is right, but the masks returned are 0.0 and 1.0. They are to be of bool, so that ~mask works:
    mask.bool()."""
    return {name: mask.float() for name, mask in _steps(model, targets, batches, lr, _at(batches, ramp)).items()}


@exercise.mistake("masks read off the weights")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The masks returned are `weights != 0`. A kept weight may be 0 itself, and then passes for removed: return the
    masks that magnitude_mask has made."""
    _steps(model, targets, batches, lr, _at(batches, ramp))
    return {name: model.get_parameter(name).detach() != 0 for name in targets}


@exercise.mistake("masks returned upside down")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The network is right, but in the masks returned True stands for removed. It means kept: return them without the
    ~."""
    return {name: ~mask for name, mask in _steps(model, targets, batches, lr, _at(batches, ramp)).items()}


@exercise.mistake("biases left out")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """A name in `targets` may be that of a bias, and yours is not pruned. Go through all names: for name, final in
    targets.items()."""
    of_weights = {name: final for name, final in targets.items() if name.endswith("weight")}
    return _steps(model, of_weights, batches, lr, _at(batches, ramp))


@exercise.mistake("the batches from the last to the first")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """It begins with the last batch. Go through the list in the order it has: for step, (images, labels) in
    enumerate(batches)."""
    return _steps(model, targets, batches[::-1], lr, _at(batches, ramp))


@exercise.mistake("the batches taken off the list")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """pop() takes the batches off the list, which is empty afterwards, and whoever called the function still needs it.
    Go through it with `for`."""
    count = len(batches)
    taken = [batches.pop(0) for _ in range(count)]
    return _steps(model, targets, taken, lr, lambda t, end: cubic_density(t / (ramp * count), end))


@exercise.mistake("a ramp of whole steps")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The ramp is cut to a whole number of steps, int(ramp * T). It need not be one: the progress is t / (ramp * T)."""
    steps = max(int(ramp * len(batches)), 1)
    return _steps(model, targets, batches, lr, lambda t, end: cubic_density(t / steps, end))


@exercise.mistake("whole numbers for the progress")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """// gives whole numbers, so that the progress is 0 until the ramp ends, and nothing is removed on the way. Divide
    with /."""
    return _steps(model, targets, batches, lr, lambda t, end: cubic_density(t // (ramp * len(batches)), end))


@exercise.mistake("the progress limited to the ramp")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The progress stops at `ramp`, and the final density is never reached. It is t / (ramp * T), and runs to 1:
    cubic_density limits it there."""
    return _steps(model, targets, batches, lr, lambda t, end: _at([0], 1)(min(t / (ramp * len(batches)), ramp), end))


@exercise.mistake("start and final exchanged")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """The density rises, from `final` to 1: two arguments of cubic_density have changed places. The order is progress,
    final, and start, which is 1 by itself."""
    return _steps(model, targets, batches, lr, lambda t, end: cubic_density(t / (ramp * len(batches)), 1.0, end))


@exercise.mistake("new masks in every second step")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """There are new masks only in some of the steps, and the density stays in between. Each step has a density of its
    own: make the masks in all of them."""
    return _steps(model, targets, batches, lr, lambda t, end: _at(batches, ramp)(t - t % 2, end))


@exercise.mistake("new masks in every third step")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """There are new masks in every third step, and the density stays in between. Each step has a density of its own:
    make the masks in all of them."""
    return _steps(model, targets, batches, lr, lambda t, end: _at(batches, ramp)(t - t % 3, end))


@exercise.mistake("other masks after the step")
def _(model, targets, batches, ramp=0.6, lr=1e-3):
    """After the step the masks are made once more, of weights that the step has moved. What was removed before it may
    be kept then. Keep the masks of a step, and apply the same ones after it."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def prune_now(step):
        found = {}
        for name, final in targets.items():
            weights = model.get_parameter(name).detach().numpy()
            found[name] = torch.tensor(magnitude_mask(weights, _at(batches, ramp)(step, final)))
        put_zeros(model, found)
        return found

    masks = {}
    for step, (images, labels) in enumerate(batches):
        prune_now(step)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        masks = prune_now(step)
    return masks
