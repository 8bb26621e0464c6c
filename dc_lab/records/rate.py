"""What the levels of a coarse grid cost, bits, while a network trains: about what an adaptive coder would pay.

A row has a density of its own, and so has a column; weights next to each other, of a kernel or of the pixels that a
neuron reads, stand together and have the same sign more often than not.
"""

from typing import NamedTuple

import torch
from torch.nn import functional as F

MOST_SUM = 2
"""Beyond this a sum of neighbours' signs is not told apart."""


BEFORE = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
"""Of the eight neighbours in a map, those that stand before an entry."""


class Costs(NamedTuple):
    """`table` : float32 (2 * most + 1, *shape), what each level from -most to most would cost at each place, bits."""

    table: torch.Tensor
    most: int

    def bits(self, levels: torch.Tensor) -> float:
        """Bits of all levels together."""
        return float(self.table.gather(0, (levels + self.most).long()[None]).sum())

    def slopes(self, latent: torch.Tensor) -> torch.Tensor:
        """By how many bits each entry's cost grows with it: the next level's cost less this one's.

        An entry between two levels costs what lies between their costs, in proportion.

        Parameters
        ----------
        latent : float tensor, in steps of the grid; beyond the highest level it counts as there.
        """
        below = (latent.floor() + self.most).clamp(0, 2 * self.most - 1).long()[None]
        return (self.table.gather(0, below + 1) - self.table.gather(0, below))[0]


def costs(levels: torch.Tensor, most: int, side: int = 1) -> Costs:
    """What each level would cost at each place, the others as they are.

    A decoder knows the neighbours before an entry, and not those behind. Read from the last entry to the first it is
    the other way round, and as dear. So both are reckoned, and the mean of both is taken: each entry then has to do
    with all of its neighbours, and the sum of all costs is still that of a code.

    Parameters
    ----------
    levels : whole numbers from -most to most, at least two dimensions; the first one counts rows. Columns are maps of
        `side` x `side`, one after the other.
    """
    flat = levels.reshape(len(levels), -1)
    there = (flat != 0).float()
    # The odds of a weight: those of its row times those of its column over those of all.
    rows, columns, all_of_them = there.sum(1, keepdim=True) + 0.4, there.sum(0, keepdim=True) + 0.4, there.sum() + 1
    odds = rows / (flat.shape[1] + 0.8 - rows) * columns / (flat.shape[0] + 0.8 - columns)
    odds = odds * (flat.numel() + 2 - all_of_them) / all_of_them
    # A magnitude costs what its share of all weights says.
    counts = torch.bincount(flat.abs().long().flatten(), minlength=most + 1)[1:].float() + 0.5
    magnitude = -torch.log2(counts / counts.sum())
    directions = (BEFORE, BEFORE.flip(0, 1)) if side > 1 else (None,)
    tables = [_table(flat, there, odds, magnitude, side, kernel) for kernel in directions]
    return Costs(torch.stack(tables).mean(0).reshape(-1, *levels.shape), most)


def _table(
    flat: torch.Tensor,
    there: torch.Tensor,
    odds: torch.Tensor,
    magnitude: torch.Tensor,
    side: int,
    kernel: torch.Tensor | None,
) -> torch.Tensor:
    """Costs where the neighbours that `kernel` marks are known."""
    positive = torch.full_like(odds, 0.5)
    if kernel is not None:
        near = _around(there, side, kernel).long()
        toward = _around(flat.sign().float(), side, kernel).clamp(-MOST_SUM, MOST_SUM).long() + MOST_SUM
        odds = odds * _factor(near, there, odds / (1 + odds))[near]
        plus = torch.bincount(toward[flat > 0], minlength=2 * MOST_SUM + 1) + 0.5
        minus = torch.bincount(toward[flat < 0], minlength=2 * MOST_SUM + 1) + 0.5
        positive = (plus / (plus + minus))[toward]
    chance = (odds / (1 + odds)).clamp(1e-4, 1 - 1e-4)
    up, down = (-torch.log2(chance * sign) for sign in (positive, 1 - positive))
    table = [down + bits for bits in magnitude.flip(0)], [-torch.log2(1 - chance)], [up + bits for bits in magnitude]
    return torch.stack([entry for part in table for entry in part])


def _around(values: torch.Tensor, side: int, kernel: torch.Tensor) -> torch.Tensor:
    """The sum over the neighbours of each entry in its map."""
    maps = values.reshape(-1, 1, side, side)
    return F.conv2d(maps, kernel[None, None], padding=1).round().reshape(values.shape)


def _factor(near: torch.Tensor, there: torch.Tensor, chance: torch.Tensor) -> torch.Tensor:
    """By how much the odds are off for each number of neighbours, 0 to 4: those observed over those expected."""
    index = near.flatten()
    of_all = torch.bincount(index, minlength=5).float()
    seen = torch.bincount(index, there.flatten(), 5)
    expected = torch.bincount(index, chance.flatten(), 5)
    return (seen + 0.5) / (of_all - seen + 0.5) * (of_all - expected + 0.5) / (expected + 0.5)
