"""What reading a file finds: the tensors, and what every byte was for."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dc_lab.dcz.forms.form import Stream

PARTS = ("values", "index", "map", "codebook", "tables", "lanes", "plain", "header", "checksum")
"""What a byte of the file is for; every byte belongs to one of these. Scale and zero point count as "codebook"; a
"map" is index and values in one."""


class Item(NamedTuple):
    """`size` bytes of the file that serve one `part` (see PARTS) of one tensor (None for the file as a whole)."""

    tensor: str | None
    part: str
    size: int


@dataclass(frozen=True)
class Contents:
    """What `read` finds: the tensors, where each byte went, how each tensor (see KINDS) and stream is stored.

    Each of the tensors is an array, or a QuantizedTensor if that was saved. `metadata` are the texts that stand beside
    them; `tied` says of which earlier tensor one is another name.
    """

    tensors: dict[str, Any]
    items: list[Item]
    streams: list[Stream]
    kinds: dict[str, str]
    metadata: dict[str, str] = field(default_factory=dict)
    tied: dict[str, str] = field(default_factory=dict)

    @functools.cached_property
    def parts(self) -> dict[str | None, dict[str, int]]:
        """Tensor (None for the file as a whole) -> part -> bytes."""
        found: dict[str | None, dict[str, int]] = {}
        for item in self.items:
            found.setdefault(item.tensor, {})[item.part] = item.size
        return found

    def bytes_of(self, tensor: str) -> int:
        """Everything that one tensor takes in the file, but for its header."""
        return sum(self.parts.get(tensor, {}).values())


def itemized(sizes: dict[tuple[str | None, str], int]) -> list[Item]:
    """The items of a file, header first, checksum last; from the bytes that a Reader noted by tensor and part."""
    return [*(Item(*key, size) for key, size in sizes.items()), Item(None, "checksum", 4)]


def bytes_by_part(items: Iterable[Item]) -> dict[str, int]:
    """Bytes by what they are for, in the order of PARTS; for all items of a file they sum to its size.

    "map" is left out where there is none.
    """
    sizes = dict.fromkeys(PARTS, 0)
    for item in items:
        sizes[item.part] += item.size
    return {part: size for part, size in sizes.items() if size or part != "map"}
