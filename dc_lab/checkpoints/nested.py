"""The one dictionary of tensors in what a training script saved: beside it lie an optimizer, an epoch, settings."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch

from dc_lab.checkpoints.kinds import Refused

PREFERRED = (
    "params_ema", "ema_state_dict", "model_ema", "ema",
    "state_dict", "model_state_dict", "model_state", "model", "network", "net", "module", "params", "weights",
)  # fmt: skip
"""Where several dictionaries hold tensors, the first of these is taken. An average over training comes first: it is
what the authors of such files evaluate."""

ASIDE = ("optim", "scheduler", "lr_", "scaler", "amp", "rng", "callbacks", "loops")
"""A key that begins so does not hold the network."""

DEEPEST = 4


class Found(NamedTuple):
    """The tensors, the path of keys to them ("" at the top), and the paths of other dictionaries of tensors."""

    tensors: dict[str, torch.Tensor]
    key: str
    others: list[str]


def find(content: Any, key: str | None = None) -> Found:
    """The dictionary name -> tensor within `content`.

    Parameters
    ----------
    key : path of keys joined by ".", as "generator.state_dict"; by default the one that is there, or the first of
        PREFERRED.

    Raises
    ------
    Refused : none, several without a preference among them, or nothing under `key`.
    """
    if not isinstance(content, Mapping):
        raise Refused(f"holds a {type(content).__name__}, expected a state_dict (name -> tensor)")
    there = dict(_dictionaries(content, ""))
    if key is not None:
        if key not in there:
            known = ", ".join(filter(None, there)) or "none"
            raise Refused(f"no dictionary of tensors under the key {key!r}; there are: {known}")
        return Found(there[key], key, [])
    if "" in there:
        return Found(there[""], "", [])
    inside = {path: found for path, found in there.items() if not _is_aside(path)}
    if not inside:
        raise Refused(_complaint(content))
    if len(inside) == 1:
        [(path, tensors)] = inside.items()
        return Found(tensors, path, [])
    ranked = sorted(inside, key=_rank)
    if _rank(ranked[0]) == _rank(ranked[1]) or _rank(ranked[0]) == len(PREFERRED):
        raise Refused(f"several dictionaries hold tensors: {', '.join(inside)}; --key (key=) chooses one")
    return Found(inside[ranked[0]], ranked[0], [path for path in inside if path != ranked[0]])


def _rank(path: str) -> int:
    last = [part for part in path.split(".") if part in PREFERRED]
    return PREFERRED.index(last[0]) if last else len(PREFERRED)


def _is_aside(path: str) -> bool:
    return any(part.lower().startswith(ASIDE) for part in path.split("."))


def _dictionaries(
    content: Mapping[Any, Any], path: str, depth: int = 0
) -> Iterator[tuple[str, dict[str, torch.Tensor]]]:
    """Every dictionary in which all keys are texts and all values tensors, with its path; none inside such a one."""
    is_all = all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in content.items())
    if is_all and (content or not path):
        yield path, dict(content)
        return
    if depth < DEEPEST:
        for name, value in content.items():
            if isinstance(name, str) and isinstance(value, Mapping):
                yield from _dictionaries(value, f"{path}.{name}" if path else name, depth + 1)


def _complaint(content: Mapping[Any, Any]) -> str:
    """Why there is no dictionary of tensors in it: what looked most like one, and what was wrong with it."""
    for name in PREFERRED:
        if isinstance(content.get(name), Mapping):
            content = content[name]
            break
    if any(not isinstance(name, str) for name in content):
        return "not a plain state_dict: a key is not a string"
    others = [name for name, value in content.items() if not isinstance(value, torch.Tensor)]
    return f"not a plain state_dict: {', '.join(map(str, others[:5]))} hold no tensor"
