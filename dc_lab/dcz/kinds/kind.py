"""What every kind of tensor offers: what it costs, how it is written, how it is read."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import Coded, Stream
from dc_lab.dcz.header import Header
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.values import FLOAT32


class Choice(NamedTuple):
    """What a tensor takes in one kind, decided before a byte is written. The least of these is the best."""

    size: int
    kind: int
    index_bits: int = 0


class Data(NamedTuple):
    """What is stored of one tensor, which version of the format has that, how many adaptive decisions reading takes."""

    kind: int
    half: bool
    content: bytes
    version: int
    decisions: int


class Found(NamedTuple):
    """What was read: an array or a QuantizedTensor, how each stream was stored, how the whole."""

    tensor: Any
    streams: list[Stream]
    how: str


class Kind(ABC):
    """One way to store a tensor; FORMAT.md lays out the bytes of each, and calls it a form."""

    number: ClassVar[int]
    name: ClassVar[str]
    version: ClassVar[int] = 1
    """The format's first version that has this kind."""

    def holds(self, dtype: np.dtype, half: bool) -> bool:
        """Whether there are tensors of this kind and dtype. `half` : values (or scales) stand in half as many bytes."""
        return not half or dtype == FLOAT32

    @abstractmethod
    def read(self, reader: Reader, header: Header) -> Found:
        """The tensor that stands here.

        Raises
        ------
        ArchiveError : none that such a header announces.
        """


class ArrayKind(Kind):
    """A way to store an array."""

    @abstractmethod
    def cost(self, survey: Survey, below: float) -> Choice | None:
        """What the array takes in this kind; None where that cannot be fewer than `below` bytes, or is not known."""

    def trials(self, survey: Survey, below: float) -> list[Choice]:
        """Choices whose size shows only in writing, so that they are to be tried. Only "smallest" takes that time."""
        return []

    @abstractmethod
    def write(self, survey: Survey, choice: Choice) -> Data:
        """The array in this kind."""

    def data(self, survey: Survey, head: list[bytes], streams: list[Coded]) -> Data:
        """What these bytes and streams, one after the other, are in the file."""
        content = b"".join([*head, *(stream.content for stream in streams)])
        version = max([self.version, *(stream.version for stream in streams)])
        decisions = sum(stream.decisions for stream in streams)
        return Data(self.number, survey.half, content, version, decisions)

    def found(self, array: np.ndarray, streams: list[Stream], header: Header) -> Found:
        """What was read, in the shape that was announced."""
        return Found(array.reshape(header.shape), streams, self.title(header.half))

    def title(self, half: bool) -> str:
        """What a reader of the file is told: the kind, and whether float32 values are stored as float16."""
        return f"{self.name}, float16" if half else self.name
