"""PyTorch's optimizers without its compiler, which the first one would import: a second and more, and 75 MB.

PyTorch marks some methods of its optimizers as not for the compiler (`torch._dynamo`), which it imports to do so. Here
nothing is compiled. So the methods are replaced by what they are marked around; they compute the same.
"""

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

_MARKED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")
"""Methods of `Optimizer` that are kept from the compiler."""


def spare_the_compiler() -> None:
    """From now on no optimizer of this process imports the compiler; does nothing where torch is not imported.

    Nor where the compiler is there already: then it may be in use.
    """
    torch = sys.modules.get("torch")
    if torch is None or "torch._dynamo" in sys.modules:
        return
    optimizer = torch.optim.Optimizer
    for name in filter(vars(optimizer).__contains__, _MARKED):  # another version may have others
        setattr(optimizer, name, inspect.unwrap(getattr(optimizer, name)))
    kinds: list[Any] = [each for each in vars(torch.optim).values() if isinstance(each, type)]
    for kind in kinds:
        step = vars(kind).get("step")
        if issubclass(kind, optimizer) and inspect.isfunction(step) and step.__code__.co_name == "_use_grad":
            kind.step = _with_its_gradients(inspect.unwrap(step))


def _with_its_gradients(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step of an optimizer, which records gradients only where it is told to be differentiable itself."""

    @functools.wraps(step)
    def stepped(self: Any, *args: Any, **keywords: Any) -> Any:
        import torch

        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, *args, **keywords)

    return stepped
