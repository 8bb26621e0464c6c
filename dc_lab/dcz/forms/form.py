"""What every form of a stream offers: what it costs, how it is written, how it is read."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from dc_lab.coding import bits
from dc_lab.dcz.cursor import Reader

Coder = Literal["fixed", "huffman", "rans", "smallest"]
"""What a writer may use: streams of fixed width only; Huffman codes too; rANS too; every form there is."""
CODERS: tuple[Coder, ...] = ("fixed", "huffman", "rans", "smallest")

NO_CODE = np.zeros(0, np.uint8)


class Plan(NamedTuple):
    """How a stream with known symbol counts will be stored, decided before a byte is written."""

    form: int
    size: int  # bytes; the lanes of a Huffman stream left out: under 0.5 % of a long stream, nothing in a short one
    code: np.ndarray  # Huffman code lengths, or rANS frequencies
    table: bytes  # how these are stored
    lanes: int = 0  # of an rANS stream
    period: int = 1  # of an adaptive stream


class Coded(NamedTuple):
    """A stream's bytes, how many adaptive decisions reading it takes, and the format's version that has its form."""

    content: bytes
    decisions: int = 0
    version: int = 1


class Request(NamedTuple):
    """What is to be read: `length` numbers, each at most `most`, of this `part` of the tensor.

    `head` is the part that the bytes before the numbers are for.
    """

    part: str
    length: int
    most: int
    head: str = "tables"


class Stream(NamedTuple):
    """One stream of symbols: which part of which tensor, in what form, and how many bits the codes alone take.

    `width` is the bits a symbol would take in fixed-width form.
    """

    tensor: str
    part: str
    form: str
    symbols: int
    alphabet: int
    width: int
    payload_bits: int


class Form(ABC):
    """One way to store a row of unsigned integers below 2**16; FORMAT.md lays out the bytes of each."""

    number: ClassVar[int]
    """The first byte of such a stream."""
    name: ClassVar[str]
    coder: ClassVar[Coder] = "fixed"
    """The first of CODERS that uses it; those behind do too."""
    version: ClassVar[int] = 1
    """The format's first version that has this form."""
    exact: ClassVar[bool] = True
    """Whether `cost` is what writing gives. If it is an estimate, the best of the other forms is written as well."""

    @abstractmethod
    def cost(self, counts: np.ndarray, symbols: int, below: float) -> Plan | None:
        """How a stream with these counts would be stored; None if it cannot be, or not in fewer than `below` bytes.

        Parameters
        ----------
        counts : how often each symbol occurs, up to the highest one that does.
        symbols : how many different ones occur.
        """

    def trials(self, counts: np.ndarray, symbols: int, period: int) -> list[Plan]:
        """Plans whose size shows only in writing, so that they are to be tried. Only "smallest" takes that time."""
        return []

    @abstractmethod
    def write(self, values: np.ndarray, plan: Plan) -> Coded:
        """The stream, its first byte included."""

    @abstractmethod
    def read(self, reader: Reader, request: Request) -> tuple[np.ndarray, Stream]:
        """The numbers, and how they were stored. The first byte is read already.

        Raises
        ------
        ArchiveError : no stream of such numbers.
        """

    def found(self, reader: Reader, request: Request, alphabet: int, width: int, payload_bits: int) -> Stream:
        """The record of a stream that was read."""
        return Stream(reader.tensor or "", request.part, self.name, request.length, alphabet, width, payload_bits)


def counts_of(values: np.ndarray) -> np.ndarray:
    """How often each value occurs; a piece at a time, since bincount turns what it counts into int64."""
    counts = np.zeros(int(values.max()) + 1 if len(values) else 0, np.int64)
    for start in range(0, len(values), bits.CHUNK):
        counts += np.bincount(values[start : start + bits.CHUNK], minlength=len(counts))
    return counts
