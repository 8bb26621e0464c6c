"""What a long training has reached, kept in a file, so that it can go on where it stopped."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from dc_lab.support import files

SECONDS = 60
"""At least so long lies between two writings."""


class Kept:
    """A safetensors file of tensors by name. It holds the settings too: only a run of the same ones goes on from it."""

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        """`settings` : what JSON can hold."""
        self.path = path
        self.settings = json.dumps(settings, sort_keys=True)
        self.began = self.written = time.monotonic()
        self.before = 0.0
        """Seconds that earlier runs took for what was loaded."""

    def save(self, tensors: dict[str, torch.Tensor], now: bool = False) -> None:
        """Write them, unless the last time was a short while ago and it need not be `now`."""
        moment = time.monotonic()
        if not now and moment - self.written < SECONDS:
            return
        settings = torch.frombuffer(bytearray(self.settings.encode()), dtype=torch.uint8)
        seconds = torch.tensor(self.before + moment - self.began, dtype=torch.float64)
        files.write(self.path, save({**tensors, "settings": settings, "seconds": seconds}))
        self.written = moment

    def load(self) -> dict[str, torch.Tensor] | None:
        """The tensors, or None if there is no file.

        Raises
        ------
        ValueError : it is not a file of this kind, or one of other settings; the message names it.
        """
        self.began = time.monotonic()
        if not self.path.exists():
            return None
        try:
            found = load_file(self.path)
            settings = bytes(found.pop("settings").numpy()).decode()
            seconds = float(found.pop("seconds"))
        except (SafetensorError, KeyError, ValueError) as error:
            raise ValueError(f"{self.path}: not what a training has kept ({error}); delete it to begin anew") from None
        if settings != self.settings:
            raise ValueError(f"{self.path}: kept by a training with other settings; delete its folder to begin anew")
        self.before = seconds
        return found

    def check(self, found: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> None:
        """Whether what `load` found can be laid where `wanted` is: the same names, shapes and dtypes.

        Raises
        ------
        ValueError : it cannot; the message names the file and the tensor.
        """
        for name in sorted(found.keys() | wanted.keys()):
            there, expected = _described(found.get(name)), _described(wanted.get(name))
            if there != expected:
                raise ValueError(
                    f"{self.path}: {name} is {there}, expected {expected}; delete its folder to begin anew"
                )


def _described(tensor: torch.Tensor | None) -> str:
    return "missing" if tensor is None else f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"
