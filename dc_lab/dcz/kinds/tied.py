"""Tied: another name of an earlier tensor. Its header says which one; there are no data."""

from typing import NamedTuple

from dc_lab.dcz.header import TIED as NUMBER
from dc_lab.dcz.header import Header
from dc_lab.dcz.values import FLOAT32


class Tied(NamedTuple):
    """In place of a tensor: it is the very same as the one with this name, which has to come before it."""

    name: str


class TiedKind:
    number = NUMBER
    name = "tied"
    version = 4

    def announces(self, header: Header) -> bool:
        """Whether the header's first byte may say so: dtype and half are those of the other tensor, and not stated."""
        return header.dtype == FLOAT32 and not header.half

    def title(self, other: str) -> str:
        """What a reader of the file is told."""
        return f"{self.name} to {other}"


TIED = TiedKind()
