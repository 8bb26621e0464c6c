"""06.6 Training with rounded weights, straight through."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from dc_lab.course.exercises import Exercise
from dc_lab.course.values import Steps

State = dict[str, np.ndarray | None]


def train_rounded(model, names, rounded, batches, optimizer):
    """Train `model` with the weights in `names` rounded; they end rounded."""
    parameters = dict(model.named_parameters())
    for images, labels in batches:
        real = {name: parameters[name].clone() for name in names}
        with torch.no_grad():
            for name in names:
                parameters[name].copy_(rounded(real[name]))
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        with torch.no_grad():
            for name in names:
                parameters[name].copy_(real[name])
        optimizer.step()
    with torch.no_grad():
        for name in names:
            parameters[name].copy_(rounded(parameters[name]))


# --- looking on ---


class Small(nn.Module):
    """Two layers, `ip1` and `ip2`, with a ReLU between them."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        hidden, inputs = weights["ip1.weight"].shape
        self.ip1, self.ip2 = nn.Linear(inputs, hidden), nn.Linear(hidden, len(weights["ip2.weight"]))
        self.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.ip2(F.relu(self.ip1(images)))


def rounder(bits: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Rounds to a ruler for each row, as `aware.quantize_weight` does; its own gradient is 0."""
    qmin, qmax = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def rounded(weight: torch.Tensor) -> torch.Tensor:
        most = weight.detach().abs().amax(-1, keepdim=True)
        scale = (most / (qmax + 0.5)).clamp_min(2**-23)
        return torch.clamp(torch.round(weight * (1 / scale)), qmin, qmax) * scale

    return rounded


def _array(tensor: torch.Tensor | None) -> np.ndarray | None:
    return None if tensor is None else tensor.detach().numpy().copy()


class _Watch:
    """What the network computes with whenever it is called, and what the optimizer finds in each of its steps."""

    def __init__(self, model: Small, batches: Sequence[tuple[torch.Tensor, torch.Tensor]], optimizer: Any) -> None:
        self.model, self.batches = model, batches
        self.parameters = dict(model.named_parameters())
        self.calls: list[tuple[int, State]] = []
        self.moves: list[tuple[State, State]] = []
        self.batch = -1
        # The hooks are those of the layers, and the weights are looked at when the second one has computed: by then a
        # learner's own hooks have run.
        model.ip1.register_forward_pre_hook(self._takes_a_batch)
        model.ip2.register_forward_hook(self._has_computed)
        optimizer.register_step_pre_hook(self._moves)

    def _takes_a_batch(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        same = [i for i, (images, _) in enumerate(self.batches) if torch.equal(inputs[0].detach(), images)]
        self.batch = same[0] if same else -1

    def _has_computed(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...], logits: torch.Tensor) -> None:
        if torch.is_grad_enabled():  # otherwise somebody measures
            self.calls.append((self.batch, self.computes_with()))

    def _moves(self, *_: Any) -> None:
        values = {name: _array(parameter) for name, parameter in self.parameters.items()}
        self.moves.append((values, {name: _array(parameter.grad) for name, parameter in self.parameters.items()}))

    def computes_with(self) -> State:
        layers = {"ip1": self.model.ip1, "ip2": self.model.ip2}
        return {f"{name}.{kind}": _array(getattr(layer, kind)) for name, layer in layers.items()
                for kind in ("weight", "bias")}  # fmt: skip

    def one_by_one(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        yield from self.batches


OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "descent": torch.optim.SGD,
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr, momentum=0.9),
    "Adam": torch.optim.Adam,
}


def train(train_rounded, weights, names, bits, images, labels, optimizer, lr, left=False):
    """What an answer does to a small network, step by step. A row of `images` is a batch.

    With `left`, the network has gradients in it from before.
    """
    model = Small(weights)
    size = labels.shape[1]
    batches = [(torch.tensor(i).reshape(size, -1), torch.tensor(k)) for i, k in zip(images, labels, strict=True)]
    made = OPTIMIZERS[optimizer](model.parameters(), lr=lr)
    watch = _Watch(model, batches, made)
    if left:
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, -0.7)
    given = list(names)
    returned = train_rounded(model, given, rounder(bits), watch.one_by_one(), made)
    facts: dict[str, Any] = {"the list of names": given}
    # Where the optimizer takes no step at all, what comes after the first one says nothing more.
    for step in range(len(batches) if watch.moves else 1):
        batch, computes = watch.calls[step] if step < len(watch.calls) else (None, None)
        values, gradients = watch.moves[step] if step < len(watch.moves) else (None, None)
        facts[f"step {step}: the number of the batch"] = batch
        facts[f"step {step}: the weights that the network computes with"] = computes
        facts[f"step {step}: the gradients that the optimizer finds"] = gradients
        facts[f"step {step}: the weights that the optimizer moves"] = values
    if not watch.moves:
        facts["whether something has moved"] = not np.array_equal(
            watch.computes_with()["ip2.bias"], weights["ip2.bias"]
        )
        return Steps(**facts)
    facts["how often the network is called with gradients"] = len(watch.calls)
    facts["how many steps the optimizer takes"] = len(watch.moves)
    facts["the weights at the end"] = watch.computes_with()
    facts["names of the state_dict"] = sorted(model.state_dict())
    facts["what is returned"] = returned
    return Steps(**facts)


def _case(seed, names, bits, optimizer, lr, left=False, sizes=(3, 3, 2), batches=4, size=4):
    rng = np.random.default_rng(seed)
    inputs, hidden, outputs = sizes
    shapes = {
        "ip1.weight": (hidden, inputs), "ip1.bias": (hidden,), "ip2.weight": (outputs, hidden), "ip2.bias": (outputs,),
    }  # fmt: skip
    weights = {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    weights["ip1.bias"] = np.abs(weights["ip1.bias"]) + np.float32(0.5)  # so that no neuron is silent
    labels = rng.integers(0, outputs, (batches, size))
    images = rng.normal(0, 1.5, (outputs, inputs))[labels] + rng.normal(0, 0.5, (batches, size, inputs))
    return weights, names, bits, images.astype(np.float32).reshape(batches, -1), labels, optimizer, lr, left


BOTH = ["ip1.weight", "ip2.weight"]


def _draw(rng):
    names, bits = rng.permutation(BOTH).tolist(), int(rng.integers(2, 5))
    optimizer = str(rng.choice(list(OPTIMIZERS)))
    return _case(int(rng.integers(1 << 30)), names, bits, optimizer, 0.03, sizes=(5, 6, 3), batches=6, size=5)


def _cases():
    return [
        _case(1, BOTH, 3, "descent", 0.3, sizes=(2, 2, 2), batches=2, size=2),
        _case(2, BOTH, 2, "descent", 0.2),
        _case(3, BOTH[::-1], 3, "Adam", 0.05),
        _case(4, ["ip1.weight"], 3, "descent", 0.2),
        _case(5, ["ip2.weight"], 2, "momentum", 0.1),
        _case(6, [], 3, "Adam", 0.05),
        _case(7, ["ip1.weight", "ip1.bias"], 3, "descent", 0.2),
        _case(8, BOTH, 3, "descent", 0.2, left=True),
        _case(9, BOTH, 4, "Adam", 0.02, left=True, sizes=(6, 8, 3), batches=8, size=6),
        _case(10, BOTH, 2, "momentum", 0.05, sizes=(4, 4, 3), batches=7, size=5),
        _case(11, BOTH, 3, "descent", 0.0),
        _case(12, BOTH, 3, "descent", 1e-3, sizes=(4, 5, 3), batches=5, size=5),
    ]


exercise = Exercise(
    id="06.6",
    title="Training with rounded weights",
    minutes=30,
    task="build",
    reference=train_rounded,
    cases=_cases,
    draw=_draw,
    draws=2,
    use=train,
    tolerance=1e-5,
    given="import numpy as np\nimport torch\nfrom torch.nn import functional as F",
    hints=[
        "Write the plain loop first: optimizer.zero_grad(), the loss, backward(), optimizer.step(). Then think of what "
        "the network has to hold when it computes, and what the optimizer has to find when it steps.",
        "Keep the real weights before each step: real = {name: parameters[name].detach().clone() for name in names}. "
        "Without clone() it is no copy, and changes with the parameter.",
        "Inside `with torch.no_grad():`, parameters[name].copy_(rounded(real[name])) goes before the network is "
        "called, and parameters[name].copy_(real[name]) between backward() and the step. At the end round once more.",
    ],
    why="""The gradient is that of the rounded network, and the step is taken by the real weights. That is all of the
        straight-through estimator. A step of 0.001 moves no rounded weight to another mark; the real one keeps it, and
        after some such steps it crosses.

        dc_lab does it another way. A layer computes with a function of its weight that rounds on the way forward and
        hands the gradient on as it is. Where a ruler is fixed beforehand, and weights can lie beyond its ends, it hands
        on 0 there. Here a row's largest weight sets its ruler, so that nothing lies beyond.""",
)


# --- right answers written differently ---


@exercise.alternative
def _functional(model, names, rounded, batches, optimizer):
    for images, labels in batches:
        optimizer.zero_grad()
        used = {}
        for name, parameter in model.named_parameters():
            off = rounded(parameter.detach()) - parameter.detach()
            used[name] = parameter + off if name in names else parameter
        F.cross_entropy(torch.func.functional_call(model, used, (images,)), labels).backward()
        optimizer.step()
    for name in names:
        parameter = model.get_parameter(name)
        parameter.data = rounded(parameter.data)


@exercise.alternative
def _by_gradients(model, names, rounded, batches, optimizer):
    named = dict(model.named_parameters())
    for images, labels in batches:
        leaves = {name: (rounded(p.detach()) if name in names else p.detach().clone()).requires_grad_()
                  for name, p in named.items()}  # fmt: skip
        loss = F.cross_entropy(torch.func.functional_call(model, leaves, (images,)), labels)
        for parameter, gradient in zip(named.values(), torch.autograd.grad(loss, list(leaves.values())), strict=True):
            parameter.grad = gradient
        optimizer.step()
    for name in names:
        named[name].data.copy_(rounded(named[name].data))


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor, rounded: Any) -> torch.Tensor:
        return rounded(weight)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        return gradients[0], None


class _Rounds(nn.Module):
    def __init__(self, rounded: Any) -> None:
        super().__init__()
        self.rounded = rounded

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return _Through.apply(weight, self.rounded)


@exercise.alternative
def _parametrized(model, names, rounded, batches, optimizer):
    places = [(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in names]
    for layer, kind in places:
        parametrize.register_parametrization(layer, kind, _Rounds(rounded))
    for images, labels in batches:
        loss = nn.CrossEntropyLoss()(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for layer, kind in places:
        parametrize.remove_parametrizations(layer, kind, leave_parametrized=True)


@exercise.alternative
def _by_data(model, names, rounded, batches, optimizer):
    for images, labels in list(batches):
        kept = [model.get_parameter(name).data for name in names]
        for name, real in zip(names, kept, strict=True):
            model.get_parameter(name).data = rounded(real)
        optimizer.zero_grad(set_to_none=False)
        F.nll_loss(F.log_softmax(model(images), 1), labels).backward()
        for name, real in zip(names, kept, strict=True):
            model.get_parameter(name).data = real
        optimizer.step()
    for name in names:
        model.get_parameter(name).data = rounded(model.get_parameter(name).data)


# --- wrong answers ---


@torch.no_grad()
def _put(model, values):
    for name, value in values.items():
        model.get_parameter(name).copy_(value)


def _real(model, names):
    return {name: model.get_parameter(name).detach().clone() for name in names}


def _round(model, names, rounded):
    _put(model, {name: rounded(value) for name, value in _real(model, names).items()})


def _loop(model, names, rounded, batches, optimizer, *, clear=True, restore=True, end=True, step=True, loss=None):
    for images, labels in batches:
        real = _real(model, names)
        _round(model, names, rounded)
        if clear:
            optimizer.zero_grad()
        (loss or F.cross_entropy)(model(images), labels).backward()
        if restore:
            _put(model, real)
        if step:
            optimizer.step()
    if end:
        _round(model, names, rounded)


def _plain(model, batches, optimizer, after=None):
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        if after is not None:
            after()


@exercise.mistake("rounded after the loop only")
def _(model, names, rounded, batches, optimizer):
    """The network trains as floats, and is rounded when it is done. It never feels the rounding. Round in each step,
    before the network is called."""
    _plain(model, batches, optimizer)
    _round(model, names, rounded)


@exercise.mistake("rounded before the loop only")
def _(model, names, rounded, batches, optimizer):
    """The weights are rounded once, and the first step moves them off the marks. Round in each step, before the network
    is called."""
    _round(model, names, rounded)
    _plain(model, batches, optimizer)


@exercise.mistake("never rounded")
def _(model, names, rounded, batches, optimizer):
    """This is a plain training loop: nothing is rounded in the network. `rounded` gives a new tensor; copy it into the
    parameter, inside `with torch.no_grad()`."""
    _plain(model, batches, optimizer)


@exercise.mistake("the real weights are lost")
def _(model, names, rounded, batches, optimizer):
    """The step is taken from the rounded weights, so that what earlier steps had moved is rounded away each time. Keep
    a copy of the real weights (with .clone(), or it changes with them) and put it back before optimizer.step()."""
    _loop(model, names, rounded, batches, optimizer, restore=False)


@exercise.mistake("rounded after each step")
def _(model, names, rounded, batches, optimizer):
    """The weights are rounded after each step, for good, so that small steps are lost. Round a copy for the forward
    pass, and let the step move the real weights."""
    _plain(model, batches, optimizer, lambda: _round(model, names, rounded))


@exercise.mistake("not rounded at the end")
def _(model, names, rounded, batches, optimizer):
    """The loop is right. At the end the network has its real weights, where the rounded ones are asked for. Round once
    more after the loop."""
    _loop(model, names, rounded, batches, optimizer, end=False)


@exercise.mistake("the last rounded weights at the end")
def _(model, names, rounded, batches, optimizer):
    """At the end the network holds the weights of the last forward pass, without the last step. Round the real weights
    as they are after it."""
    last = {}
    for images, labels in batches:
        real = _real(model, names)
        _round(model, names, rounded)
        last = _real(model, names)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        _put(model, real)
        optimizer.step()
    _put(model, last)


@exercise.mistake("put back after the step")
def _(model, names, rounded, batches, optimizer):
    """The real weights come back after optimizer.step(), so that the step is undone. Put them back between backward()
    and the step."""
    for images, labels in batches:
        real = _real(model, names)
        _round(model, names, rounded)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        _put(model, real)
    _round(model, names, rounded)


@exercise.mistake("put back before backward")
def _(model, names, rounded, batches, optimizer):
    """The real weights come back before backward(), which needs those that the network computed with. In place, PyTorch
    refuses; through .data it takes the wrong ones. Put them back after backward()."""
    for images, labels in batches:
        real = _real(model, names)
        _round(model, names, rounded)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        for name in names:
            model.get_parameter(name).data.copy_(real[name])
        loss.backward()
        optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("put back before backward, in place")
def _(model, names, rounded, batches, optimizer):
    """The real weights come back before backward(), which needs those that the network computed with, and refuses. Put
    them back after it."""
    for images, labels in batches:
        real = _real(model, names)
        _round(model, names, rounded)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        _put(model, real)
        loss.backward()
        optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("the real weights of the beginning")
def _(model, names, rounded, batches, optimizer):
    """The copy of the real weights is made once, before the loop, so that every step begins at the same place. Make it
    in each step."""
    real = _real(model, names)
    for images, labels in batches:
        _round(model, names, rounded)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        _put(model, real)
        optimizer.step()
    _round(model, names, rounded)


def _functional_loop(model, rounded, batches, optimizer, names):
    for images, labels in batches:
        optimizer.zero_grad()
        used = {name: rounded(p) if name in names else p for name, p in model.named_parameters()}
        F.cross_entropy(torch.func.functional_call(model, used, (images,)), labels).backward()
        optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("the gradient of rounding")
def _(model, names, rounded, batches, optimizer):
    """The gradient goes back through the rounding, where it is 0: these weights never move. It has to go around it.
    Round outside of what autograd records (`with torch.no_grad()`), and hand the gradient to the real weights."""
    _functional_loop(model, rounded, batches, optimizer, names)


@exercise.mistake("the gradient of the real weights")
def _(model, names, rounded, batches, optimizer):
    """The network is called with rounded weights, but the gradient is that of the network with its real weights. One
    call is enough: backward() goes with the rounded ones in place."""
    for images, labels in batches:
        real = _real(model, names)
        _round(model, names, rounded)
        model(images)
        _put(model, real)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("all parameters rounded")
def _(model, names, rounded, batches, optimizer):
    """Parameters are rounded that are not in `names`, the biases perhaps. Only those in the list are."""
    _loop(model, [name for name, _ in model.named_parameters()], rounded, batches, optimizer)


@exercise.mistake("all weights rounded")
def _(model, names, rounded, batches, optimizer):
    """All matrices are rounded, whatever stands in `names`. Only those in the list are."""
    _loop(model, ["ip1.weight", "ip2.weight"], rounded, batches, optimizer)


@exercise.mistake("an empty list taken for all")
def _(model, names, rounded, batches, optimizer):
    """Where `names` is empty you round all parameters. Then nothing is rounded, and this is a plain training loop."""
    _loop(model, names or [name for name, _ in model.named_parameters()], rounded, batches, optimizer)


@exercise.mistake("rounded once")
def _(model, names, rounded, batches, optimizer):
    """The rounded weights are made once, before the loop, so that the network never sees what the steps have moved.
    Round the real weights anew in each step."""
    fixed = {name: rounded(value) for name, value in _real(model, names).items()}
    for images, labels in batches:
        real = _real(model, names)
        _put(model, fixed)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        _put(model, real)
        optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("frozen")
def _(model, names, rounded, batches, optimizer):
    """The parameters in `names` get no gradient: requires_grad is switched off, or they were rounded under detach().
    They are to be trained."""
    for name in names:
        model.get_parameter(name).requires_grad_(False)
    _loop(model, names, rounded, batches, optimizer)


@exercise.mistake("only the first name")
def _(model, names, rounded, batches, optimizer):
    """Only the first of the names is rounded. Go through all of them."""
    _loop(model, names[:1], rounded, batches, optimizer)


@exercise.mistake("only the last name")
def _(model, names, rounded, batches, optimizer):
    """Only the last of the names is rounded. Is a line outside the loop over the names?"""
    _loop(model, names[-1:], rounded, batches, optimizer)


@exercise.mistake("rounded to whole numbers")
def _(model, names, rounded, batches, optimizer):
    """You round to whole numbers, with torch.round. The function to round with is given: `rounded`."""
    _loop(model, names, torch.round, batches, optimizer)


@exercise.mistake("an optimizer of its own")
def _(model, names, rounded, batches, optimizer):
    """The optimizer that was given takes no step. Is there another one in the function, or are the weights moved by
    hand? Call optimizer.step()."""
    _loop(model, names, rounded, batches, torch.optim.Adam(model.parameters(), lr=1e-3))


@exercise.mistake("no step")
def _(model, names, rounded, batches, optimizer):
    """The gradients are computed, but nobody takes a step: optimizer.step() is missing."""
    _loop(model, names, rounded, batches, optimizer, step=False)


@exercise.mistake("no backward()")
def _(model, names, rounded, batches, optimizer):
    """The optimizer finds no gradients, does nothing, and does not complain. Either loss.backward() is missing or comes
    after the step, or optimizer.zero_grad() stands between the two."""
    for images, labels in batches:
        real = _real(model, names)
        _round(model, names, rounded)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels)
        _put(model, real)
        optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("the gradients are not set to zero")
def _(model, names, rounded, batches, optimizer):
    """backward() adds to the gradients that are there. Call optimizer.zero_grad() in each step."""
    _loop(model, names, rounded, batches, optimizer, clear=False)


@exercise.mistake("gradients of before in the first step")
def _(model, names, rounded, batches, optimizer):
    """The gradients are set to zero after each step, but not before the first: what an earlier loop has left goes into
    it. Call optimizer.zero_grad() before backward()."""
    for images, labels in batches:
        _loop(model, names, rounded, [(images, labels)], optimizer, clear=False, end=False)
        optimizer.zero_grad()
    _round(model, names, rounded)


@exercise.mistake("one step after the loop")
def _(model, names, rounded, batches, optimizer):
    """One step is taken after the loop, with the last gradients. Move optimizer.step() into it: one step for each
    batch."""
    _loop(model, names, rounded, batches, optimizer, step=False, end=False)
    optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("a step after every second batch")
def _(model, names, rounded, batches, optimizer):
    """The optimizer takes a step only after every second batch. One step for each batch is asked for."""
    for number, batch in enumerate(batches):
        _loop(model, names, rounded, [batch], optimizer, step=number % 2 == 1, clear=number % 2 == 0, end=False)
    _round(model, names, rounded)


@exercise.mistake("one batch only")
def _(model, names, rounded, batches, optimizer):
    """It ends after the first batch. Is a `return` or `break`, or everything else, indented too far?"""
    _loop(model, names, rounded, [next(iter(batches))], optimizer)


@exercise.mistake("the first batch is skipped")
def _(model, names, rounded, batches, optimizer):
    """The first batch is taken from `batches` before the loop, with next() perhaps, and never trained on."""
    next(iter(batches))
    _loop(model, names, rounded, batches, optimizer)


@exercise.mistake("the last batch is skipped")
def _(model, names, rounded, batches, optimizer):
    """The last batch is never trained on. One step for each batch is asked for."""
    _loop(model, names, rounded, list(batches)[:-1], optimizer)


@exercise.mistake("two passes")
def _(model, names, rounded, batches, optimizer):
    """It goes through the batches twice. One step for each batch is asked for."""
    _loop(model, names, rounded, list(batches) * 2, optimizer)


@exercise.mistake("softmax before the cross-entropy")
def _(model, names, rounded, batches, optimizer):
    """F.cross_entropy takes the logits and does the softmax itself. Give it model(images) as it is."""
    _loop(model, names, rounded, batches, optimizer, loss=lambda z, k: F.cross_entropy(z.softmax(1), k))


@exercise.mistake("the sum of the losses")
def _(model, names, rounded, batches, optimizer):
    """The losses of a batch are added up. The cross-entropy here is their mean, as F.cross_entropy gives it."""
    _loop(model, names, rounded, batches, optimizer, loss=lambda z, k: F.cross_entropy(z, k, reduction="sum"))


@exercise.mistake("the mean divided once more")
def _(model, names, rounded, batches, optimizer):
    """The loss is divided by the size of the batch, but F.cross_entropy has taken the mean already."""
    _loop(model, names, rounded, batches, optimizer, loss=lambda z, k: F.cross_entropy(z, k) / len(k))


@exercise.mistake("squared errors")
def _(model, names, rounded, batches, optimizer):
    """The loss is the mean squared error. The cross-entropy is asked for: F.cross_entropy(model(images), labels)."""
    _loop(model, names, rounded, batches, optimizer, loss=lambda z, k: F.mse_loss(z, F.one_hot(k, z.shape[1]).float()))


@exercise.mistake("nll_loss of logits")
def _(model, names, rounded, batches, optimizer):
    """F.nll_loss takes logarithms of probabilities, and gets logits. F.cross_entropy takes the logits."""
    _loop(model, names, rounded, batches, optimizer, loss=F.nll_loss)


@exercise.mistake("uphill")
def _(model, names, rounded, batches, optimizer):
    """The loss has a minus before it, so that the steps go uphill."""
    _loop(model, names, rounded, batches, optimizer, loss=lambda z, k: -F.cross_entropy(z, k))


@exercise.mistake("a copy is trained")
def _(model, names, rounded, batches, optimizer):
    """A copy of the network is trained. The optimizer moves the parameters of the one that was given: train that."""
    other = copy.deepcopy(model)
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(other(images), labels).backward()
        optimizer.step()


@exercise.mistake("in place without no_grad")
def _(model, names, rounded, batches, optimizer):
    """PyTorch records what is done to a parameter and refuses to change it in place. Put the lines that copy into
    `with torch.no_grad():`."""
    for images, labels in batches:
        real = _real(model, names)
        for name in names:
            parameter = model.get_parameter(name)
            parameter.copy_(rounded(parameter))
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        _put(model, real)
        optimizer.step()
    _round(model, names, rounded)


@exercise.mistake("nothing to differentiate")
def _(model, names, rounded, batches, optimizer):
    """backward() finds nothing to go back through. The whole step is inside `with torch.no_grad()`, which belongs
    around the lines that copy alone."""
    with torch.no_grad():
        _loop(model, names, rounded, batches, optimizer)


@exercise.mistake("new parameters")
def _(model, names, rounded, batches, optimizer):
    """A new nn.Parameter takes the place of the weight. The optimizer does not know of it. Change the parameter itself,
    in place and inside `with torch.no_grad()`."""
    _new_each_time(model, names, rounded, batches, optimizer)
    _round(model, names, rounded)


def _new_each_time(model, names, rounded, batches, optimizer):
    for images, labels in batches:
        optimizer.zero_grad()
        for name in names:
            layer, _, kind = name.rpartition(".")
            module = model.get_submodule(layer)
            setattr(module, kind, nn.Parameter(rounded(getattr(module, kind).detach())))
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()


exercise.mistake("new parameters, not rounded at the end", _new_each_time).says("""
    A new nn.Parameter takes the place of the weight, and the optimizer goes on with the old one, which gets no
    gradient. Change the values of the old one: copy_() inside `with torch.no_grad()`.""")


@exercise.mistake("the model is returned")
def _(model, names, rounded, batches, optimizer):
    """The training is right, but something is returned. The model is changed in place: nothing is returned."""
    _loop(model, names, rounded, batches, optimizer)
    return model


@exercise.mistake("the list of names is used up")
def _(model, names, rounded, batches, optimizer):
    """The list of names is changed on the way. Whoever called the function still needs it."""
    _loop(model, list(names), rounded, batches, optimizer)
    names.clear()
