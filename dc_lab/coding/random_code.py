"""A random code: weights sent as the numbers of candidates that both sides can make (Havasi and others, MIRACLE, 2019).

The weights are cut into blocks. For each block both sides know the same 256 candidates, made by whole-number arithmetic
from a counter, and the file holds one byte: which of them it is. (Or two bytes, for one of 65,536.) The file says
nothing of a weight by itself. A weight that may lie almost anywhere costs almost nothing, and one that has to be exact
is paid for by more candidates.

    data[0]     the spread of the weights, in 1/64
    data[1:]    a byte each block, or two, the lower one first: the number of its candidate

Block b of n has the weights b, b + n, b + 2n and so on, so that neighbours are in different blocks. With ten outputs,
an n that shares no factor with 10 also has weights of all outputs in each block.
"""

from collections.abc import Callable, Mapping

import numpy as np

SPREAD = 147.8
"""Standard deviation of a draw: that of the sum of four bytes is sqrt(4 * (256**2 - 1) / 12)."""

SCALE = 64
"""The spread of the weights is stored in units of 1/64."""


def draws(counters: np.ndarray) -> np.ndarray:
    """Whole numbers from -510 to 510 that look as if drawn from a bell curve, the same for the same counters anywhere.

    Each counter is scrambled by multiplications and shifts of 32-bit numbers (Wellons, "lowbias32", 2018); the sum of
    the four bytes that come out, minus its mean, is the draw.

    Parameters
    ----------
    counters : whole numbers from 0 to 2**32 - 1, any shape and integer dtype.

    Returns
    -------
    int64 array of the same shape.
    """
    mixed = np.atleast_1d(np.asarray(counters)).astype(np.uint32) + np.uint32(0x9E37_79B9)
    mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0x7FEB_352D)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x846C_A68B)
    mixed ^= mixed >> np.uint32(16)
    # Bytes 0 and 2 plus bytes 1 and 3: two sums side by side in one number, which are added in turn.
    pairs = (mixed & np.uint32(0x00FF00FF)) + (mixed >> np.uint32(8) & np.uint32(0x00FF00FF))
    total = (pairs & np.uint32(0xFFFF)) + (pairs >> np.uint32(16))
    return (total.astype(np.int64) - 510).reshape(np.shape(counters))


def block_size(count: int, blocks: int) -> int:
    """Weights in a block, the last ones of which may lie beyond the `count` that there are."""
    return -(-count // blocks)


def candidates(block: int, size: int, bits: int = 8) -> np.ndarray:
    """The candidates of a block in units of the spread, float64 (2**bits, size)."""
    numbers = ((block << bits) + np.arange(1 << bits))[:, None] * size + np.arange(size)
    return draws(numbers) / SPREAD


def pick(candidates: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> int:
    """Which candidate to send: the one with the greatest quotient of density wanted and density offered.

    MIRACLE draws one, with a chance in proportion to that quotient. The greatest gives fewer errors for a linear
    classifier (`dc_lab.measure.curves.lesson_12` has both), and is the same each time.

    Parameters
    ----------
    candidates : float (n, size), drawn from a normal distribution of mean 0 and spread 1.
    mean, spread : float (size,), where each weight is wanted.
    """
    # The sum over a candidate's weights of x**2 / 2 - (x - mean)**2 / (2 * spread**2), without what all have in common.
    return int(np.argmax(candidates**2 @ (0.5 - 0.5 / spread**2) + candidates @ (mean / spread**2)))


Rule = Callable[[np.ndarray, np.ndarray, np.ndarray], int]
"""Candidates, means and spreads to the number of the candidate that is sent, as `pick` does it."""


def read(data: bytes, count: int, bits: int = 8) -> np.ndarray:
    """The weights of a file: float64 (count,).

    Parameters
    ----------
    data : the spread in 1/64, then the number of each block's candidate.
    bits : 8 or 16, of such a number.

    Raises
    ------
    ValueError : there is no block, or half of one.
    """
    each = bits // 8
    if len(data) < 1 + each or (len(data) - 1) % each:
        raise ValueError(f"a random code is a byte for the spread and {each} for each block, got {len(data)} in all")
    chosen = np.frombuffer(data, f"<u{each}", offset=1).astype(np.int64)
    size = block_size(count, len(chosen))
    numbers = ((np.arange(len(chosen)) << bits) + chosen) * size
    made = draws(numbers + np.arange(size)[:, None]) / SPREAD  # a row for each place in a block
    return made.ravel()[:count] * (data[0] / SCALE)


# --- training what is to be sent ---


def inputs_of(images: np.ndarray) -> np.ndarray:
    """What a linear classifier sees: means of 2 x 2 pixels from 0 to 1, and a 1 for the bias, float32 (n, 197).

    Parameters
    ----------
    images : uint8 (n, 784).
    """
    inputs = np.ones((len(images), 197), np.float32)
    # Some at a time, and into the place where they stay: of 55,000 images each copy is 43 MB.
    for first in range(0, len(images), 5_000):
        part = images[first : first + 5_000].reshape(-1, 14, 2, 14, 2)
        means = part.mean(axis=(2, 4), dtype=np.float32).reshape(-1, 196)
        np.divide(means, np.float32(255), out=inputs[first : first + 5_000, :196])
    return inputs


class Wanted:
    """A linear classifier whose every weight is wanted near a mean, within a spread; some are sent already.

    Each step draws the outputs that weights so spread would give. It makes the cross-entropy plus `price` times bits
    smaller, where bits are KL(wanted || prior), and the prior is a normal distribution of mean 0 for all weights. The
    price follows the bits, so that they end near a budget. Adam (Kingma and Ba, 2015); outputs drawn in place of
    weights: Kingma, Salimans and Welling, 2015.
    """

    def __init__(self, inputs: np.ndarray, labels: np.ndarray, seed: int) -> None:
        self.inputs, self.labels = inputs, labels.astype(np.int64)
        self.rng = np.random.default_rng(seed)
        self.shape = (inputs.shape[1], int(self.labels.max()) + 1)
        self.mean = np.zeros(self.shape[0] * self.shape[1])
        self.log_spread = np.full_like(self.mean, -2.0)
        self.prior = 1.0
        self.sent = np.zeros(len(self.mean), bool)
        self.price, self.steps = 1e-5, 0
        self.moments = np.zeros((4, len(self.mean)))

    def bits(self) -> np.ndarray:
        """KL of each weight, in bits."""
        spread = np.exp(self.log_spread)
        nats = np.log(self.prior / spread) + (spread**2 + self.mean**2) / (2 * self.prior**2) - 0.5
        return nats / np.log(2)

    def step(self, budget: float, rate: float, batch: int = 256) -> None:
        """One step towards a smaller cross-entropy at `budget` bits for the weights that are not sent yet."""
        spread = np.where(self.sent, 0, np.exp(self.log_spread))
        mean, variance = self.mean.reshape(self.shape), (spread**2).reshape(self.shape)
        if not self.sent.any():
            self.prior = float(np.sqrt(np.mean(spread**2 + self.mean**2)))  # the one that takes the fewest bits
        # The outputs for a batch, each with the noise that the spreads make of it.
        chosen = self.rng.integers(0, len(self.inputs), batch)
        seen, labels = self.inputs[chosen].astype(np.float64), self.labels[chosen]
        deviation = np.sqrt(seen**2 @ variance + 1e-9)
        noise = self.rng.standard_normal(deviation.shape)
        outputs = seen @ mean + deviation * noise
        shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares[np.arange(batch), labels] -= 1
        # Gradients of the cross-entropy, then of the bits.
        slope = shares / batch
        by_mean = (seen.T @ slope).ravel()
        by_spread = (seen.T**2 @ (slope * noise / (2 * deviation))).ravel() * 2 * spread**2
        by_mean += self.price * self.mean / self.prior**2
        by_spread += self.price * (spread**2 / self.prior**2 - 1)
        # Adam, for what is not sent.
        self.steps += 1
        gradients = np.stack([by_mean, by_spread])
        self.moments[:2] += 0.1 * (gradients - self.moments[:2])
        self.moments[2:] += 0.001 * (gradients**2 - self.moments[2:])
        first = self.moments[:2] / (1 - 0.9**self.steps)
        second = self.moments[2:] / (1 - 0.999**self.steps)
        move = np.where(self.sent, 0, rate * first / (np.sqrt(second) + 1e-8))
        self.mean -= move[0]
        self.log_spread -= move[1]
        # More bits than the budget make bits dearer.
        self.price *= 1.01 if self.bits()[~self.sent].sum() > budget else 1 / 1.01
        self.price = min(max(self.price, 1e-8), 1e-2)


def chosen(
    wanted: Wanted,
    blocks: int,
    bits: int,
    offered: Callable[[int], np.ndarray],
    again: int = 4,
    rule: Rule = pick,
) -> np.ndarray:
    """The number of each block's candidate, int64 (blocks,); `wanted.mean` holds the weights sent in the end.

    Parameters
    ----------
    bits : 8 or 16, of a candidate's number.
    offered : the candidates of a block, as `candidates` makes them; a row may be longer than the block.
    again : steps of training for what is left, after each block: it makes up for what was sent (as MIRACLE does).
    rule : which candidate is sent, in the way of `pick`.
    """
    numbers = []
    for block in range(blocks):
        places = np.arange(block, len(wanted.mean), blocks)
        here, spread = offered(block)[:, : len(places)], np.exp(wanted.log_spread[places]) / wanted.prior
        numbers.append(rule(here, wanted.mean[places] / wanted.prior, spread))
        wanted.mean[places], wanted.sent[places] = here[numbers[-1]] * wanted.prior, True
        for _ in range(again if block + 1 < blocks else 0):
            wanted.step(bits * (blocks - 1 - block), 0.01)
    return np.array(numbers, np.int64)


def send(wanted: Wanted, blocks: int, bits: int = 8, again: int = 4, rule: Rule = pick) -> bytes:
    """The file of a trained classifier; `wanted.mean` holds the weights sent in the end.

    `bits` : 8 or 16, of a candidate's number. `again`, `rule` : as in `chosen`.
    """
    size, unit = block_size(len(wanted.mean), blocks), min(255, max(1, round(wanted.prior * SCALE)))
    wanted.prior = unit / SCALE
    numbers = chosen(wanted, blocks, bits, lambda block: candidates(block, size, bits), again, rule)
    return bytes([unit]) + numbers.astype(f"<u{bits // 8}").tobytes()


def trained(inputs: np.ndarray, labels: np.ndarray, bits: int, seed: int = 0, steps: int = 1500) -> Wanted:
    """A classifier that is wanted for so many bits."""
    wanted = Wanted(inputs, labels, seed)
    for step in range(steps):
        wanted.step(bits, 0.02 if step < 0.7 * steps else 0.005)
    return wanted


def encode(training: Mapping[str, np.ndarray], blocks: int = 227, seed: int = 0, steps: int = 1500) -> bytes:
    """A linear classifier of "images", uint8 (n, 784), with "labels", integers (n,), in 1 + `blocks` bytes."""
    return send(trained(inputs_of(training["images"]), training["labels"], 8 * blocks, seed, steps), blocks)
