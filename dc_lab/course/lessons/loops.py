"""Training loops that learners write (lessons 02 and 04): a small network whose weights are looked at at every step."""

import contextlib
import inspect
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

Arrays = Mapping[str, np.ndarray]
State = dict[str, torch.Tensor]
Batch = tuple[torch.Tensor, torch.Tensor]


class Small(nn.Module):
    """Two layers, `ip1` and `ip2`, with a ReLU between them."""

    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        hidden, inputs = weights["ip1.weight"].shape
        self.ip1, self.ip2 = nn.Linear(inputs, hidden), nn.Linear(hidden, len(weights["ip2.weight"]))
        self.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.ip2(F.relu(self.ip1(images.flatten(1))))


@dataclass
class Forward:
    """A call of the network with gradients: the weights that it computed with, and which batch it was given.

    `batch` is -1 for no batch. `logits` are what came out; `slopes` are the gradients of the loss by them, one for each
    time that a gradient went back through this call.
    """

    state: State
    batch: int
    logits: torch.Tensor
    slopes: list[torch.Tensor] = field(default_factory=list)


@dataclass
class Watch:
    """What a loop does with a network and its batches.

    `seen` holds the weights and the gradients whenever the next batch is asked for: before the first step, then after
    each. Of a loop that gathers all batches before its first step only the calls of the network are seen.
    """

    model: Small
    batches: Sequence[Batch]
    names: list[str] = field(default_factory=list)
    seen: list[tuple[State, State]] = field(default_factory=list)
    forwards: list[Forward] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = list(self.model.state_dict())
        self.start = self.state()
        # The hooks are those of the layers: a learner's own, on the whole network, may change weights before they run.
        self.batch = -1
        self.handles = [
            self.model.ip1.register_forward_pre_hook(self._takes_a_batch),
            self.model.ip2.register_forward_hook(self._has_computed),
        ]

    def state(self) -> State:
        """All weights as they are now. A weight that is computed, as by a parametrization, counts as it comes out."""
        return {name: operator.attrgetter(name)(self.model).detach().clone() for name in self.names}

    def gradients(self) -> State:
        found = self.model.named_parameters()
        return {name: weight.grad.clone() for name, weight in found if weight.grad is not None}

    def look(self) -> None:
        self.seen.append((self.state(), self.gradients()))

    def one_by_one(self) -> Iterator[Batch]:
        """The batches, with a look at the network before each and after the last."""
        for images, labels in self.batches:
            self.look()
            yield images, labels
        self.look()

    def leave_gradients(self) -> None:
        """Put gradients into the network, as from a loop before, that point the other way and are far larger."""
        fresh = gradient_of(self.start, self.batches[0])
        for name, weight in self.model.named_parameters():
            weight.grad = -30 * fresh[name]

    def _takes_a_batch(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        flat = inputs[0].detach().flatten(1)
        same = [i for i, (images, _) in enumerate(self.batches) if torch.equal(flat, images.flatten(1))]
        self.batch = same[0] if same else -1

    def _has_computed(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...], logits: torch.Tensor) -> None:
        if not torch.is_grad_enabled():  # somebody measures
            return
        forward = Forward(self.state(), self.batch, logits.detach().clone())
        self.forwards.append(forward)
        if logits.requires_grad:
            logits.register_hook(lambda slope: forward.slopes.append(slope.detach().clone()))

    def steps(self) -> Iterator[tuple[Forward, State]]:
        """Each call of the network with a batch, and the weights at the next call or, after the last, at the end."""
        states = [forward.state for forward in self.forwards[1:]] + [self.state()]
        return ((f, state) for f, state in zip(self.forwards, states, strict=False) if f.batch >= 0)

    def after_steps(self) -> list[tuple[State, State]]:
        """Weights and gradients after step 1, 2, and so on; of the last step, after the loop."""
        if self._gathered():
            return [(forward.state, {}) for forward in self.forwards[1:]] + [(self.state(), self.gradients())]
        return self.seen[1:]

    def _gathered(self) -> bool:
        """Whether all batches were asked for before the first step: then nothing had changed until the last look."""
        before = self.seen[0][0] if self.seen else self.start  # reversed() and pop() are not looked at
        nothing_yet = len(self.forwards) > 1 and all(_equal(state, before) for state, _ in self.seen)
        return nothing_yet and not _equal(self.state(), before)


def _equal(a: State, b: State) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


class Watched(list[Batch]):
    """A list of batches that lets a `Watch` look at the network whenever one of them is taken."""

    watch: Watch

    def __iter__(self) -> Iterator[Batch]:
        return self.watch.one_by_one()

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, int):
            self.watch.look()
        return super().__getitem__(place)


class Detail:
    """Numbers for the words of a verdict. They depend on the optimizer, so no two answers are compared by them."""

    def __init__(self, **numbers: Any) -> None:
        self.numbers = numbers


def network(
    rng: np.random.Generator,
    sizes: tuple[int, int, int] = (3, 3, 2),
    batches: int = 4,
    size: int = 4,
    zeros: float = 0.0,
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Weights of two layers, batches of images (a row each) around a centre for each label, and labels.

    No weight is below 0.2 in magnitude, but for a share `zeros` of all, which are 0.
    """
    inputs, hidden, labels = sizes
    shapes = {
        "ip1.weight": (hidden, inputs), "ip1.bias": (hidden,), "ip2.weight": (labels, hidden), "ip2.bias": (labels,),
    }  # fmt: skip
    weights = {}
    for name, shape in shapes.items():
        array = rng.uniform(0.2, 0.9, shape) * rng.choice([-1, 1], shape)
        if name == "ip1.bias":
            array = np.abs(array) + 0.5  # so that no neuron is silent
        if name.endswith("weight"):
            array = np.where(rng.random(shape) < zeros, 0, array)
        weights[name] = array.round(2).astype(np.float32)
    which = rng.integers(0, labels, (batches, size))
    centres = rng.normal(0, 1.5, (labels, inputs))
    images = (centres[which] + rng.normal(0, 0.5, (batches, size, inputs))).round(1).astype(np.float32)
    return weights, images.reshape(batches, -1), which


def batches_of(images: np.ndarray, labels: np.ndarray) -> list[Batch]:
    """Arrays (batches, images x pixels) and (batches, images) as pairs of tensors."""
    return [(torch.tensor(i).reshape(len(k), -1), torch.tensor(k)) for i, k in zip(images, labels, strict=True)]


def tensors(masks: Arrays) -> State:
    return {name: torch.tensor(mask) for name, mask in masks.items()}


def _loss(weights: State, batch: Batch) -> torch.Tensor:
    """The cross-entropy of one batch, as `Small` computes it."""
    hidden = F.relu(F.linear(batch[0], weights["ip1.weight"], weights["ip1.bias"]))
    return F.cross_entropy(F.linear(hidden, weights["ip2.weight"], weights["ip2.bias"]), batch[1])


def loss_of(weights: State, batches: Sequence[Batch]) -> float:
    """Mean cross-entropy over all batches, with these weights."""
    with torch.no_grad():
        return float(torch.stack([_loss(weights, batch) for batch in batches]).mean())


def gradient_of(weights: State, batch: Batch) -> State:
    """The gradient of one batch's loss, fresh."""
    leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
    gradients = torch.autograd.grad(_loss(leaves, batch), list(leaves.values()))
    return dict(zip(leaves, gradients, strict=True))


def adds_up(watch: Watch, kept: State) -> bool:
    """Whether gradients are found that are the sum over all batches so far, where each step has to have its own."""
    steps, after = watch.forwards, watch.after_steps()
    if len(steps) < 2 or len(after) < len(steps):
        return False
    found = after[len(steps) - 1][1]
    if not found:
        return False
    fresh = [gradient_of(step.state, watch.batches[step.batch]) for step in steps]
    size = len(watch.batches[0][1])
    for factor in (1, size):  # a mean over the batch, or a sum
        sums = {
            name: factor * torch.stack([gradient[name] for gradient in fresh]).sum(0) for name in found if name in kept
        }
        alone = {name: factor * fresh[-1][name] for name in sums}
        if sums and _close(found, sums, kept) and not _close(found, alone, kept):
            return True
    return False


def _close(a: State, b: State, kept: State) -> bool:
    return all(torch.allclose(a[name][kept[name]], b[name][kept[name]], 1e-3, 1e-5) for name in b)


def put_zeros(model: nn.Module, masks: State, upside_down: bool = False) -> None:
    """Set weights to 0 where their mask is False; `upside_down` where it is True."""
    with torch.no_grad():
        for name, mask in masks.items():
            weight = model.get_parameter(name)
            weight.copy_(torch.where(mask != upside_down, weight, 0.0))


def default_of(answer: Callable[..., Any], name: str) -> Any:
    """The default of an answer's argument; None where there is no telling."""
    try:
        found = inspect.signature(answer).parameters.get(name)
    except (TypeError, ValueError):
        return None
    return None if found is None else found.default


@contextlib.contextmanager
def watched(weights: Arrays, images: np.ndarray, labels: np.ndarray) -> Iterator[Watch]:
    """A network and its batches, watched."""
    watch = Watch(Small(weights), batches_of(images, labels))
    yield watch
    for handle in watch.handles:
        handle.remove()


MOVES = 1e-3
"""A gradient of this size moves a float32 weight with any optimizer, also at a learning rate of 0.001."""

FAR = 0.2
"""A first step that moves a weight further may overshoot, and then the loss need not fall: RMSprop's is 10 * lr."""


def _kept_gradients(watch: Watch, kept: State) -> Iterator[tuple[State, State]]:
    """For each step the gradients of its batch and what the step changes, of kept weights alone."""
    for forward, after in watch.steps():
        fresh = gradient_of(forward.state, watch.batches[forward.batch])
        # Of a layer that is pruned on the way, what the next step removes has not been moved by the optimizer.
        left = {name: kept[name] & ((after[name] != 0) | (forward.state[name] == 0)) for name in fresh}
        yield (
            {name: gradient[left[name]] for name, gradient in fresh.items()},
            {name: (after[name] - forward.state[name])[left[name]] for name in fresh},
        )


def not_moved(gradients: Sequence[tuple[State, State]]) -> tuple[int, str] | None:
    """The first step that leaves all kept weights of a layer where they are, though they have a gradient."""
    for step, (fresh, change) in enumerate(gradients):
        for name, gradient in fresh.items():
            if (gradient.abs() > MOVES).any() and not change[name].any():
                return step, name
    return None


def first_direction(gradients: Sequence[tuple[State, State]]) -> str:
    """Where the first step goes: "down" the gradient of its batch, "up", or "nowhere"."""
    for fresh, change in gradients[:1]:
        along = sum(float((gradient * change[name]).sum()) for name, gradient in fresh.items())
        return "down" if along < 0 else "up" if along > 0 else "nowhere"
    return "nowhere"


def _goes_far(gradients: Sequence[tuple[State, State]]) -> bool:
    """Whether the first step moves a weight by more than `FAR`, down the gradient of its batch."""
    changes = [change for _, first in gradients[:1] for change in first.values() if change.numel()]
    return first_direction(gradients) == "down" and any(float(change.abs().max()) > FAR for change in changes)


def another_loss(watch: Watch) -> bool:
    """Whether a gradient went back through the network that is not the cross-entropy's, whatever its length."""
    for forward in watch.forwards:
        if forward.batch < 0:
            continue
        labels = watch.batches[forward.batch][1]
        right = (forward.logits.softmax(1) - F.one_hot(labels, forward.logits.shape[1])).flatten()
        for slope in forward.slopes:
            if slope.shape != forward.logits.shape or not torch.isfinite(slope).all():
                return True
            alike = F.cosine_similarity(slope.flatten(), right, dim=0, eps=1e-30)
            if right.norm() > 1e-4 and slope.any() and abs(float(alike)) < 0.999:
                return True
    return False


def sum_of_losses(watch: Watch, names: Sequence[str]) -> bool:
    """Whether a step leaves gradients in the network that are those of a sum over the batch, where a mean's are asked.

    `names` are parameters whose gradients nobody has reason to change. Where none are seen nothing is said.
    """
    for forward, (_, found) in zip(watch.forwards, watch.after_steps(), strict=False):
        seen = [name for name in names if name in found]
        size = len(watch.batches[forward.batch][1])
        if forward.batch < 0 or not seen or size < 2:
            continue
        fresh = gradient_of(forward.state, watch.batches[forward.batch])
        summed, mean = (
            all(torch.allclose(found[name], factor * fresh[name], 1e-3, 1e-5) for name in seen) for factor in (size, 1)
        )
        if summed and not mean:
            return True
    return False


def learning(watch: Watch, kept: State) -> dict[str, Any]:
    """What a loop did to the network apart from its zeros: facts that do not depend on the optimizer."""
    end = watch.state()
    pruned = {name: torch.where(kept[name], weight, 0.0) for name, weight in watch.start.items()}
    before, after = loss_of(pruned, watch.batches), loss_of(end, watch.batches)
    moved = [name for name, weight in end.items() if not torch.equal(weight[kept[name]], pruned[name][kept[name]])]
    lost = [name for name, weight in end.items() if ((weight == 0) & (pruned[name] != 0) & kept[name]).any()]
    used = [forward.batch for forward in watch.forwards]
    gradients = list(_kept_gradients(watch, kept))
    loss = "falls" if after < before - 1e-6 else "rises" if after > before + 1e-6 else "stays"
    if len(watch.batches) < 3:  # the first step of some optimizers is a large one: it may overshoot
        loss = "of so few batches is not looked at"
    elif _goes_far(gradients):
        loss = "after so large a step is not looked at"
    return {
        "batches trained on": len({batch for batch in used if batch >= 0}),
        "calls of the network": len(used),
        "what has changed": moved,
        "kept weights at 0": lost,
        "loss": loss if not math.isnan(after) else "is no number",
        "batches asked for": bool(watch.seen),
        "another loss": another_loss(watch),
        "a step that does not move": not_moved(gradients),
        "first step": first_direction(gradients),
        "gradients add up": adds_up(watch, kept),
        "gradients seen": bool(moved) or any(gradients for _, gradients in watch.seen) or bool(watch.gradients()),
        "names of the state_dict": sorted(watch.model.state_dict()) == sorted(watch.names),
    }


def learning_problem(expected: dict[str, Any], got: dict[str, Any], before_after: tuple[Any, Any]) -> str | None:
    """What is wrong with how a loop learns, in words."""
    count = expected["batches trained on"]
    if not got["names of the state_dict"]:
        return "the names in the network's state_dict are other ones afterwards"
    if got["calls of the network"] == 0:
        also = "; is it another network that is trained, a copy?" if got["batches asked for"] else ""
        return f"the network that was given is never called with a batch, so it cannot learn{also}"
    if got["batches trained on"] < count:
        return f"it trains on {got['batches trained on']} of the {count} batches; each is to be used"
    if got["calls of the network"] > count:
        return (
            f"it calls the network {got['calls of the network']} times for {count} batches; one step for each is asked"
        )
    if lost := [name for name in got["kept weights at 0"] if name not in expected["kept weights at 0"]]:
        return f"weights of {lost[0]} are 0 at the end though they were to be kept"
    if still := [name for name in expected["what has changed"] if name not in got["what has changed"]]:
        return f"no value of {' and '.join(still)} has changed, of those that are to learn"
    if not expected["what has changed"] and got["what has changed"]:
        return f"the learning rate is 0 here, and still {got['what has changed'][0]} changes: is `lr` used?"
    if got["another loss"] and not expected["another loss"]:
        return "what goes back through the network is not the gradient of the cross-entropy of its logits"
    if expected["what has changed"] and got["a step that does not move"] != expected["a step that does not move"]:
        step, name = got["a step that does not move"]
        return f"step {step + 1} moves no value of {name} that is to learn, though its gradient is not 0"
    if expected["first step"] == "down" and got["first step"] == "up":
        return "the first step goes up the gradient of its batch, not down: are older gradients still in it, or a sign?"
    if got["gradients add up"]:
        return "the gradients of all batches so far add up: each step needs the gradient of its own batch alone"
    before, after = before_after
    if expected["loss"] == "falls" and got["loss"] in ("stays", "rises", "is no number"):
        return f"the loss over all batches does not fall: {before:.3f} before the loop, {after:.3f} after it"
    return None
