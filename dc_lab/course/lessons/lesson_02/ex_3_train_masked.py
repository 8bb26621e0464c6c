"""02.3 A training loop that keeps zeros."""

import copy

import numpy as np
import torch
from torch.nn import functional as F
from torch.nn.utils import prune

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons import loops
from dc_lab.course.lessons.loops import Detail, network, put_zeros
from dc_lab.course.values import Steps


def train_masked(model, masks, batches, lr=1e-3):
    """Train `model`; weights where `masks[name]` is False are 0 after every step."""
    parameters = dict(model.named_parameters())
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for name, mask in masks.items():
                parameters[name][~mask] = 0


def train(train_masked, weights, masks, images, labels, lr, left=False):
    """Facts about what an answer did to a small network, none of which depends on the optimizer.

    A row of `images` is a batch, as many images as `labels` has columns. With `left`, the network has gradients in it
    from before.
    """
    with loops.watched(weights, images, labels) as watch:
        if left:
            watch.leave_gradients()
        given = loops.tensors(masks)
        extra = {} if lr is None else {"lr": lr}
        train_masked(watch.model, given, watch.one_by_one(), **extra)
        end, after = watch.state(), watch.after_steps()
        kept = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in end.items()}
        kept.update(loops.tensors(masks))
        facts = {
            "network": f"{sum(w.numel() for w in end.values())} weights, {len(images)} batches",
            "masks changed": any(not np.array_equal(given[name].numpy(), masks[name]) for name in masks),
            **_zeros(watch, after, kept),
            **loops.learning(watch, kept),
            "default of lr": loops.default_of(train_masked, "lr"),
        }
        pruned = {name: torch.where(kept[name], weight, 0.0) for name, weight in watch.start.items()}
        losses = loops.loss_of(pruned, watch.batches), loops.loss_of(end, watch.batches)
        return Steps(**facts, detail=Detail(leak=_leak(after, end, kept), losses=losses))


def _removed(state, kept):
    """The removed weights that are not 0, by name; layers without any are left out."""
    found = {name: weight[~kept[name]] for name, weight in state.items()}
    return {name: weight[weight != 0] for name, weight in found.items() if (weight != 0).any()}


def _zeros(watch, after, kept):
    first, last, start = after[0][0] if after else watch.start, watch.state(), watch.start
    before = watch.seen[0][0] if watch.seen else start
    moved = {name: (weight != start[name])[~kept[name]].any() for name, weight in first.items()}
    began_at_0 = {name: weight[~kept[name] & (start[name] == 0)].any() for name, weight in first.items()}
    largest = max((float(weight.abs().max()) for weight in _removed(first, kept).values()), default=0.0)
    return {
        "not 0 after the first step": list(_removed(first, kept)),
        "not 0 after some step": any(_removed(state, kept) for state, _ in after),
        "not 0 at the end": bool(_removed(last, kept)),
        "not 0 before the first step": bool(_removed(before, kept)),
        "removed weights moved": any(map(bool, moved.values())),
        "removed weights that began at 0 moved": any(map(bool, began_at_0.values())),
        "as large as before": largest > 0.15,
    }


def _leak(after, end, kept):
    """The first step after which a removed weight is not 0: (step, layer, how many, of how many, the largest)."""
    for step, state in enumerate([*(state for state, _ in after), end], 1):
        if found := _removed(state, kept):
            name, values = next(iter(found.items()))
            when = f"after step {step}" if step <= len(after) else "at the end"
            return when, name, len(values), int((~kept[name]).sum()), float(values.abs().max())
    return None


def _accepted(case, expected, got):
    """What is wrong with the facts, in words; the first thing first."""
    if list(got) != list(expected) or got["network"] != expected["network"]:
        raise TypeError("no facts about this case")
    lr, numbers = case[4], got["detail"].numbers
    if got["masks changed"]:
        return "it changes the masks, which whoever called it still needs"
    if (leak := numbers["leak"]) is not None:
        when, name, count, removed, largest = leak
        some = f"{count} of the {removed} removed weights of {name} {'is' if count == 1 else 'are'}"
        return f"{when}, {some} not 0 (the largest is {largest:.2g})"
    if problem := loops.learning_problem(expected, got, numbers["losses"]):
        return problem
    if lr is None and got["default of lr"] != expected["default of lr"]:
        return f"the default of lr is {got['default of lr']}, where the stub has {expected['default of lr']}"
    return None


def _case(seed, kept, lr=0.05, left=False, **more):
    """`kept` is the share that each mask keeps, in the order that the dictionary is to have."""
    rng = np.random.default_rng(seed)
    weights, images, labels = network(rng, **more)
    masks = {}
    for name, share in kept.items():
        shape = weights[name].shape
        masks[name] = np.zeros(shape, bool)
        masks[name].flat[rng.permutation(masks[name].size)[: round(share * masks[name].size)]] = True
    return weights, masks, images, labels, lr, left


def _draw(rng):
    kept = {name: float(rng.uniform(0.2, 0.9)) for name in rng.permutation(["ip1.weight", "ip2.weight"]).tolist()}
    return _case(int(rng.integers(1 << 30)), kept, sizes=(5, 6, 3), batches=6, size=6, zeros=0.2)


def _cases():
    both = {"ip1.weight": 0.5, "ip2.weight": 0.5}
    square = {"sizes": (3, 3, 3), "batches": 4}
    return [
        _case(1, both, sizes=(2, 2, 2), batches=3, size=2),
        _case(2, both, sizes=(2, 2, 2), batches=3, size=2, lr=0.0),
        _case(3, {"ip2.weight": 0.6, "ip1.weight": 0.4}, **square),
        _case(4, {"ip1.weight": 0.3}, **square),
        _case(6, {}, **square),
        _case(7, {"ip1.weight": 0.0, "ip2.weight": 0.5}, **square),
        _case(8, {"ip1.weight": 0.6, "ip2.weight": 1.0}, **square),
        _case(9, {"ip1.weight": 1.0, "ip2.weight": 0.4}, **square),
        _case(11, both, sizes=(6, 8, 3), batches=8, size=8, zeros=0.3),
        _case(12, both, sizes=(4, 4, 3), batches=5, size=8, lr=None),
        _case(13, {"ip1.weight": 0.5, "ip1.bias": 0.5}, **square),
        _case(14, {"ip2.weight": 1.0}, left=True, **square),
        _case(15, both, left=True, sizes=(4, 4, 3), batches=5, size=6),
    ]


exercise = Exercise(
    id="02.3",
    title="A training loop that keeps zeros",
    minutes=20,
    task="build",
    reference=train_masked,
    cases=_cases,
    draw=_draw,
    draws=2,
    use=train,
    accept=_accepted,
    given="import numpy as np\nimport torch\nfrom torch.nn import functional as F",
    hints=[
        "Write the loop without masks first: for each batch set the gradients to zero, compute the loss, call "
        "backward(), and let an optimizer such as torch.optim.Adam(model.parameters(), lr=lr) take its step.",
        "The optimizer moves every weight, the removed ones too. So after each step, put the zeros back. "
        "dict(model.named_parameters()) finds a weight by the name that its mask has.",
        "Changing a weight by hand must not be recorded for the gradient: do it inside `with torch.no_grad():`. There, "
        "parameters[name][~mask] = 0 sets exactly the removed ones.",
    ],
    why="""The mask is applied to what comes out of the step. Whatever the optimizer did, with momentum or without, the
    removed weights are 0 when the next batch arrives, and the network computes without them.

    Masking only the weights before the loop lets them grow back in the first step. Masking only the gradients leaves
    what was not 0 before, and an optimizer that remembers earlier gradients moves a weight whose gradient is 0.
    dc_lab does it another way: its networks compute with weight * mask, so that autograd itself gives removed weights
    a gradient of 0.""",
)


def _plain_loop(model, batches, lr, after_step=None, after_backward=None, parameters=None, optimizer=torch.optim.Adam):
    optimizer = optimizer(list(parameters or model.parameters()), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        if after_backward is not None:
            after_backward()
        optimizer.step()
        if after_step is not None:
            after_step()


def _mask_gradients(model, masks):
    for name, mask in masks.items():
        model.get_parameter(name).grad.mul_(mask)


@exercise.alternative
def _descent_by_hand(model, masks, batches, lr=1e-3):
    named = dict(model.named_parameters())
    for images, labels in batches:
        gradients = torch.autograd.grad(F.cross_entropy(model(images), labels), list(named.values()))
        with torch.no_grad():
            for (name, weight), gradient in zip(named.items(), gradients, strict=True):
                weight.sub_(lr * gradient)
                if name in masks:
                    weight.mul_(masks[name])


@exercise.alternative
def _momentum(model, masks, batches, lr=1e-3):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    put_zeros(model, masks)
    for images, labels in batches:
        optimizer.zero_grad()
        F.nll_loss(F.log_softmax(model(images), dim=1), labels).backward()
        _mask_gradients(model, masks)
        optimizer.step()
        put_zeros(model, masks)


@exercise.alternative
def _zeros_once_and_masked_gradients(model, masks, batches, lr=1e-3):
    """Right, because the optimizer is new: nothing that it remembers belongs to a removed weight."""
    put_zeros(model, masks)
    _plain_loop(model, batches, lr, after_backward=lambda: _mask_gradients(model, masks))


@exercise.alternative
def _by_rmsprop(model, masks, batches, lr=1e-3):
    """Its first step is ten times as long as the learning rate says, so that the loss may rise at first."""
    _plain_loop(model, batches, lr, lambda: put_zeros(model, masks), optimizer=torch.optim.RMSprop)


@exercise.alternative
def _by_data(model, masks, batches, lr=1e-3):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    optimizer.zero_grad()
    for images, labels in list(batches):
        F.cross_entropy(model(images), labels, reduction="sum").backward()
        optimizer.step()
        optimizer.zero_grad()
        for name, parameter in model.named_parameters():
            if name in masks:
                parameter.data = torch.where(masks[name], parameter.data, torch.zeros_like(parameter))


exercise.mistake("no mask in the loop", lambda model, masks, batches, lr=1e-3: _plain_loop(model, batches, lr)).says("""
    The removed weights train as all others do. Either the masks are not used, or they are applied to a copy:
    `weight = weight * mask` makes a new tensor, and the network keeps the old one. Change the parameter itself, in
    place and inside `with torch.no_grad()`.""")


@exercise.mistake("the mask before the loop only")
def _(model, masks, batches, lr=1e-3):
    """The removed weights are set to 0 once, before the loop. The first step moves them away again: the optimizer does
    not know that they were removed. Set them to 0 after every step."""
    put_zeros(model, masks)
    _plain_loop(model, batches, lr)


@exercise.mistake("the mask after the loop only")
def _(model, masks, batches, lr=1e-3):
    """The zeros come at the very end. Until then the network trains with the removed weights in place, and the others
    rely on them. Move the lines with the mask into the loop, after the step."""
    _plain_loop(model, batches, lr)
    put_zeros(model, masks)


@exercise.mistake("the mask before the step")
def _(model, masks, batches, lr=1e-3):
    """The zeros are put in before the step, and then the step moves them. Exchange the two: first optimizer.step(),
    then the mask."""
    _plain_loop(model, batches, lr, after_backward=lambda: put_zeros(model, masks))


@exercise.mistake("only the gradient is masked")
def _(model, masks, batches, lr=1e-3):
    """The removed weights stay what they were before the loop. A masked gradient does that, or an old value that is put
    back. It is right only where they were 0 already: set the removed weights to 0 as well."""
    _plain_loop(model, batches, lr, after_backward=lambda: _mask_gradients(model, masks))


@exercise.mistake("0 taken for removed")
def _(model, masks, batches, lr=1e-3):
    """Which weights are removed is read off their values here. A removed weight need not be 0 yet, and a kept one may
    be 0 and has to be able to leave it. Only the mask knows."""
    zeros = {name: model.get_parameter(name).detach() != 0 for name in masks}
    _plain_loop(model, batches, lr, lambda: put_zeros(model, zeros))


@exercise.mistake("the mask upside down")
def _(model, masks, batches, lr=1e-3):
    """This sets the kept weights to 0 and trains the removed ones. True in the mask means kept."""
    _plain_loop(model, batches, lr, lambda: put_zeros(model, masks, upside_down=True))


@exercise.mistake("only the first layer")
def _(model, masks, batches, lr=1e-3):
    """Only one of the masks is applied. Go through all of them, for name, mask in masks.items()."""
    first = dict(list(masks.items())[:1])
    _plain_loop(model, batches, lr, lambda: put_zeros(model, first))


@exercise.mistake("only the last layer")
def _(model, masks, batches, lr=1e-3):
    """Only the last of the masks is applied. Is the line that does it outside the loop over the masks?"""
    last = dict(list(masks.items())[-1:])
    _plain_loop(model, batches, lr, lambda: put_zeros(model, last))


@exercise.mistake("masks matched with weights by position")
def _(model, masks, batches, lr=1e-3):
    """The masks are matched with the weights by their order. The dictionary may have another order than the network,
    and not every layer need have a mask. Look each weight up by its name."""
    matrices = [weight for weight in model.parameters() if weight.ndim == 2]

    def put_zeros():
        with torch.no_grad():
            for weight, mask in zip(matrices, masks.values(), strict=False):
                weight.mul_(mask)

    _plain_loop(model, batches, lr, put_zeros)


@exercise.mistake("all parameters zipped with the masks")
def _(model, masks, batches, lr=1e-3):
    """model.parameters() has the biases in between, so that a bias meets the mask of a layer. Look each weight up by
    its name: dict(model.named_parameters())[name]."""

    def put_zeros():
        with torch.no_grad():
            for weight, mask in zip(model.parameters(), masks.values(), strict=False):
                weight.copy_(weight * mask)

    _plain_loop(model, batches, lr, put_zeros)


@exercise.mistake("masks matched with weights by position, with [~mask]")
def _(model, masks, batches, lr=1e-3):
    """The masks are matched with the weights by their order. The dictionary may have another order than the network,
    and not every layer need have a mask: then weight[~mask] meets a mask of another shape. Look each weight up by its
    name."""
    matrices = [weight for weight in model.parameters() if weight.ndim == 2]

    def put_zeros():
        with torch.no_grad():
            for weight, mask in zip(matrices, masks.values(), strict=False):
                weight[~mask] = 0

    _plain_loop(model, batches, lr, put_zeros)


@exercise.mistake("all parameters zipped with the masks, with [~mask]")
def _(model, masks, batches, lr=1e-3):
    """model.parameters() has the biases in between, so that in weight[~mask] a bias meets the mask of a layer. Look
    each weight up by its name: dict(model.named_parameters())[name]."""

    def put_zeros():
        with torch.no_grad():
            for weight, mask in zip(model.parameters(), masks.values(), strict=False):
                weight[~mask] = 0

    _plain_loop(model, batches, lr, put_zeros)


@exercise.mistake("a new parameter after the step")
def _(model, masks, batches, lr=1e-3):
    """A new nn.Parameter takes the place of the weight. The optimizer does not know of it, and goes on with the old
    one, which the network no longer uses: from the second step on this layer learns nothing. Change the parameter
    itself, in place and inside `with torch.no_grad()`."""

    def put_new():
        for name, mask in masks.items():
            layer, _, kind = name.rpartition(".")
            module = model.get_submodule(layer)
            setattr(module, kind, torch.nn.Parameter(getattr(module, kind).detach() * mask))

    _plain_loop(model, batches, lr, put_new)


@exercise.mistake("a copy is trained")
def _(model, masks, batches, lr=1e-3):
    """A copy of the network is trained, and the network that was given stays as it was. Train `model` itself: whoever
    called the function looks at that one."""
    other = copy.deepcopy(model)
    _plain_loop(other, batches, lr, lambda: put_zeros(other, masks))


@exercise.mistake("softmax before the cross-entropy")
def _(model, masks, batches, lr=1e-3):
    """F.cross_entropy takes the logits and does the softmax itself. With a softmax before it there are two, and the
    gradient is another, weaker one. Give it model(images) as it is."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images).softmax(1), labels).backward()
        optimizer.step()
        put_zeros(model, masks)


@exercise.mistake("a step after every second batch")
def _(model, masks, batches, lr=1e-3):
    """The optimizer takes a step only after every second batch, with the gradients of two. One step for each batch is
    asked for, with the gradient of that batch alone."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for step, (images, labels) in enumerate(batches):
        F.cross_entropy(model(images), labels).backward()
        if step % 2 == 1:
            optimizer.step()
            optimizer.zero_grad()
        put_zeros(model, masks)


@exercise.mistake("one step after the loop")
def _(model, masks, batches, lr=1e-3):
    """The gradients of all batches are added, and one step is taken after the loop. Move optimizer.step() and
    zero_grad() into it: one step for each batch."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        F.cross_entropy(model(images), labels).backward()
        put_zeros(model, masks)
    optimizer.step()
    put_zeros(model, masks)


@exercise.mistake("gradients of before in the first step")
def _(model, masks, batches, lr=1e-3):
    """The gradients are set to zero after each step, but not before the first: what an earlier loop has left in the
    network goes into it. Call optimizer.zero_grad() before backward()."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        optimizer.zero_grad()
        put_zeros(model, masks)


@exercise.mistake("the gradients are not set to zero")
def _(model, masks, batches, lr=1e-3):
    """backward() adds to the gradients that are there. Call optimizer.zero_grad() in each step, or the gradients of all
    earlier batches count as well."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        put_zeros(model, masks)


@exercise.mistake("no optimizer.step()")
def _(model, masks, batches, lr=1e-3):
    """The gradients are computed, but nobody takes a step: optimizer.step() is missing after backward()."""
    for images, labels in batches:
        model.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        put_zeros(model, masks)


@exercise.mistake("no backward()")
def _(model, masks, batches, lr=1e-3):
    """There are no gradients: loss.backward() is missing. An optimizer without gradients does nothing, and does not
    complain."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels)
        optimizer.step()
        put_zeros(model, masks)


@exercise.mistake("backward() raises an error")
def _(model, masks, batches, lr=1e-3):
    """The error's own words tell two causes apart. "does not require grad": the loop is inside `with torch.no_grad()`,
    which belongs around the lines with the mask alone, or the loss comes from argmax. "modified by an inplace
    operation": weights were changed between the loss and backward(); take optimizer.step() after it."""
    with torch.no_grad():
        _plain_loop(model, batches, lr, lambda: put_zeros(model, masks))


@exercise.mistake("in place without no_grad")
def _(model, masks, batches, lr=1e-3):
    """PyTorch records what is done to a parameter and refuses to change it in place. Put the lines with the mask into
    `with torch.no_grad():`."""

    def put_zeros():
        for name, mask in masks.items():
            weight = model.get_parameter(name)
            weight *= mask

    _plain_loop(model, batches, lr, put_zeros)


@exercise.mistake("only the masked weights train")
def _(model, masks, batches, lr=1e-3):
    """The optimizer was given the weights that have masks, and nothing else. Parameters without a mask are to train as
    well: model.parameters()."""
    if not masks:
        return
    weights = [model.get_parameter(name) for name in masks]
    _plain_loop(model, batches, lr, lambda: put_zeros(model, masks), parameters=weights)


@exercise.mistake("one batch only")
def _(model, masks, batches, lr=1e-3):
    """It ends after the first batch. Is the `return`, or everything else, indented too far?"""
    for batch in batches:
        _plain_loop(model, [batch], lr, lambda: put_zeros(model, masks))
        return


@exercise.mistake("the first batch is skipped")
def _(model, masks, batches, lr=1e-3):
    """The first batch is taken from `batches` before the loop, with next() perhaps, and never trained on."""
    next(iter(batches))
    _plain_loop(model, batches, lr, lambda: put_zeros(model, masks))


@exercise.mistake("uphill")
def _(model, masks, batches, lr=1e-3):
    """The loss rises: the step goes up the gradient. Downhill is minus lr times the gradient."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, maximize=True)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        put_zeros(model, masks)


@exercise.mistake("lr is not used")
def _(model, masks, batches, lr=1e-3):
    """The optimizer has a learning rate of its own. Pass it on: lr=lr."""
    _plain_loop(model, batches, 0.01, lambda: put_zeros(model, masks))


@exercise.mistake("the masks are turned round in place")
def _(model, masks, batches, lr=1e-3):
    """The masks that were passed in are changed on the way. Whoever called the function still needs them: work with
    ~mask, which makes a new one."""
    for mask in masks.values():
        mask.logical_not_()
    _plain_loop(model, batches, lr, lambda: put_zeros(model, masks, upside_down=True))


@exercise.mistake("the mask before and after the loop")
def _(model, masks, batches, lr=1e-3):
    """The removed weights are set to 0 before the loop and after it. In between every step moves them, and the others
    train beside them. Put the lines with the mask into the loop, after the step."""
    put_zeros(model, masks)
    _plain_loop(model, batches, lr)
    put_zeros(model, masks)


@exercise.mistake("masks matched with weights by position, where the shapes agree")
def _(model, masks, batches, lr=1e-3):
    """The masks are matched with the weights by their order, and left out where the shapes differ. The dictionary may
    have another order, and a bias may have a mask too. Look each parameter up by its name."""
    matrices = [weight for weight in model.parameters() if weight.ndim == 2]

    def put_zeros():
        with torch.no_grad():
            for weight, mask in zip(matrices, masks.values(), strict=False):
                if weight.shape == mask.shape:
                    weight.mul_(mask)

    _plain_loop(model, batches, lr, put_zeros)


@exercise.mistake("biases left out")
def _(model, masks, batches, lr=1e-3):
    """The mask of a bias is not applied. A name in `masks` may be that of any parameter: go through all of them."""
    of_weights = {name: mask for name, mask in masks.items() if name.endswith("weight")}
    _plain_loop(model, batches, lr, lambda: put_zeros(model, of_weights))


@exercise.mistake("torch's own pruning left in the network")
def _(model, masks, batches, lr=1e-3):
    """torch.nn.utils.prune puts `weight_orig` and `weight_mask` into the network, and they are still in it. Call
    prune.remove(layer, "weight") for each at the end, or work without it."""
    for name, mask in masks.items():
        layer, _, kind = name.rpartition(".")
        prune.custom_from_mask(model.get_submodule(layer), kind, mask)
    _plain_loop(model, batches, lr)


@exercise.mistake("one step for the sum of the losses")
def _(model, masks, batches, lr=1e-3):
    """The losses of all batches are added up, and one step is taken at the end. Each batch is to have a step of its
    own: backward(), step() and the mask go into the loop."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    optimizer.zero_grad()
    sum(F.cross_entropy(model(images), labels) for images, labels in batches).backward()
    optimizer.step()
    put_zeros(model, masks)


@exercise.mistake("squared errors for the loss")
def _(model, masks, batches, lr=1e-3):
    """The loss is a squared error, of logits against 0 and 1. The page asks for the cross-entropy:
    F.cross_entropy(model(images), labels)."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        logits = model(images)
        F.mse_loss(logits, F.one_hot(labels, logits.shape[1]).to(logits.dtype)).backward()
        optimizer.step()
        put_zeros(model, masks)


@exercise.mistake("the gradients of kept weights masked")
def _(model, masks, batches, lr=1e-3):
    """The gradient is set to 0 where the mask is True, so that the kept weights never move. They are the ones to train:
    the removed ones get the zeros."""
    inverted = {name: ~mask for name, mask in masks.items()}
    _plain_loop(model, batches, lr, lambda: put_zeros(model, masks), lambda: _mask_gradients(model, inverted))
