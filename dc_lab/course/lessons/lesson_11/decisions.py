"""Rows of decisions with their chances, such as a range coder is tried with, and the piece that is left of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Decisions = tuple[list[int], list[int]]
"""Bits, and of each the chance of a 1 in 65,536ths."""

LARGE = 235_200
"""Decisions of the first layer's map."""


@dataclass(frozen=True)
class Piece:
    """From `low` on, `width` numbers of so many bytes: whatever number of these is written, the decisions come back."""

    low: int
    width: int
    size: int

    def holds(self, data: bytes) -> bool:
        """Whether these bytes, with zeros behind them, lie in the piece."""
        return self.low <= self.number(data) < self.low + self.width

    def number(self, data: bytes) -> int:
        """The first bytes as a number of the piece's own size."""
        return int.from_bytes(data[: self.size].ljust(self.size, b"\0"), "big")


def piece(bits: list[int], chances: list[int]) -> Piece:
    """What is left of the line after these decisions, in exact numbers: the lower part is that of a 1."""
    low, width, size = 0, 2**32, 4
    for bit, chance in zip(bits, chances, strict=True):
        part = width * chance >> 16
        low, width = (low, part) if bit else (low + part, width - part)
        while width < 2**24:
            low, width, size = low << 8, width << 8, size + 1
    return Piece(low, width, size)


def straddling(rng: np.random.Generator, count: int) -> Decisions:
    """Decisions that keep close to a carry: the piece lies on both sides of it for a while, then on one."""
    low, width = 0, 2**32
    bits: list[int] = []
    chances: list[int] = []
    for _ in range(count):
        ahead = -low % 2**32 or 2**32  # how far the next carry is
        if ahead >= width:  # it is out of reach
            bit, chance = int(rng.integers(2)), int(rng.integers(1, 65536))
        elif rng.random() < 0.75:  # a piece that just reaches beyond it
            bit, chance = 1, min(ahead * 65536 // width + 1 + int(rng.integers(2)), 65535)
        else:
            bit, chance = 0, min(max(ahead * 65536 // width + int(rng.integers(-1, 2)), 1), 65535)
        part = width * chance >> 16
        low, width = (low, part) if bit else ((low + part) % 2**32, width - part)
        while width < 2**24:
            low, width = low << 8 & 0xFFFFFFFF, width << 8
        bits.append(bit)
        chances.append(chance)
    return bits, chances


def sampled(rng: np.random.Generator, count: int) -> Decisions:
    """Decisions that fall as their chances say, which are of all sizes."""
    chances = [int(chance) for chance in rng.choice([1, 40, 3000, 32768, 60000, 65500, 65535], count)]
    if rng.random() < 0.5:
        chances = [int(chance) for chance in rng.integers(1, 65536, count)]
    return [int(rng.random() < chance / 65536) for chance in chances], chances


def against(rng: np.random.Generator, count: int) -> Decisions:
    """Decisions that fall as they like, so that improbable ones come often and many bytes go out."""
    chances = [int(chance) for chance in rng.choice([1, 2, 700, 32768, 65000, 65534, 65535], count)]
    return [int(bit) for bit in rng.integers(0, 2, count)], chances


def drawn(rng: np.random.Generator) -> Decisions:
    """One of the three, up to 30 decisions."""
    make = (straddling, straddling, sampled, against)[int(rng.integers(4))]
    return make(rng, int(rng.integers(1, 31)))


def like_a_layer() -> tuple[np.ndarray, np.ndarray]:
    """As many decisions as the first layer's map has, most of them improbable ones of a 1.

    Arrays, uint8 and uint16: a row of that length is copied and looked at several times.
    """
    rng = np.random.default_rng(11)
    chances = rng.choice([300, 1500, 6000, 30_000], LARGE, p=[0.5, 0.3, 0.15, 0.05])
    bits = rng.random(LARGE) * 65536 < chances
    return bits.astype(np.uint8), chances.astype(np.uint16)


def as_list(row: Any) -> list[Any]:
    """A row as Python's own numbers, which is what answers are called with."""
    return row.tolist() if isinstance(row, np.ndarray) else list(row)


def spelled(number: int, size: int) -> list[str]:
    """A number's bytes, in hexadecimal digits."""
    return [f"{byte:02x}" for byte in number.to_bytes(size, "big")]


def as_bytes(found: Any) -> bytes | None:
    """What came as bytes or a bytearray; None for all else."""
    return bytes(found) if isinstance(found, (bytes, bytearray)) else None
