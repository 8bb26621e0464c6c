"""The curves of lesson 12 (Below the entropy): bytes and error of one linear classifier, sent in several ways.

All are for 14 x 14 means of MNIST's pixels, with a bias: 197 x 10 weights. Errors are percent of the 5,000 held-out
images wrong. Bytes of a grid are those of a .dcz file with the coder "smallest", header and checksum left out, since a
random code has none. Each point is measured for five seeds, of training too.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab import archive
from dc_lab.coding import random_code
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, training
from dc_lab.records import price

SEEDS = (0, 1, 2, 3, 4)
STEPS = (0.5, 0.75, 1.0, 1.25, 1.5)
"""Of rounding, in units of the weights' root mean square."""

PRICES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)
"""Of a bit, for the choice afterwards, at CHOICE_STEP."""

MOST = 7
CHOICE_STEP, FINER_STEP, COARSER_STEP = 1.0, 0.75, 1.25
FINER_PRICES = (0.0, 0.05, 0.1, 0.15, 0.2)
COARSER_PRICES = (0.0, 0.02, 0.05, 0.1)
TRAINING_PRICES = (1e-6, 1e-5, 3e-5, 6e-5, 1e-4, 2e-4)
THREE_LEVELS = 1
"""The most of the levels -1, 0 and 1."""

THREE_LEVELS_PRICES = (1e-5, 3e-5, 6e-5, 1e-4)
"""With the levels -1, 0 and 1 alone."""

MOST_AT_PRICE_0 = (1, 2, 3)
"""The control: rounded weights are trained, and bits cost nothing. Fewer levels make a smaller file."""

BLOCKS = (173, 201, 227, 251, 301)
BLOCKS_16 = (91, 101, 121, 151)
"""Blocks of a random code, of a byte each and of two. In each the blocks take about equally many bits.

They do not where a block is a column of pixels, or nearly: with 141 blocks, a block's next weight is the one in the row
below, and two in five blocks want over 20 of their 16 bits.
"""

CONTROL = (227,)
"""Blocks of files that are sent in another way than ours: without training in between, or by other rules."""

DECAY = 1e-4
"""Of the plain classifier: cross-entropy + DECAY * sum of squares."""

COUNT = 1970
"""Weights."""


@functools.cache
def data(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, float32 (n, 197), and labels (n,), of "train", "held_out" or "test"."""
    images = datasets.mnist(split, keep=False)  # the inputs are kept, and no pixels beside them
    return random_code.inputs_of(images.pixels.reshape(len(images.labels), -1)), images.labels


def error(weights: np.ndarray, split: str = "held_out") -> float:
    """Percent of images that a classifier, float (197, 10), gets wrong."""
    inputs, labels = data(split)
    return round(100 * float(np.mean((inputs @ weights).argmax(axis=1) != labels)), 3)


@functools.cache
def plain(seed: int = 0, passes: float = 4) -> np.ndarray:
    """The classifier as it is usually trained, float32 (197, 10)."""
    inputs, labels = data("train")
    seen, classes = torch.from_numpy(inputs), torch.tensor(labels, dtype=torch.int64)
    generator = torch.Generator().manual_seed(seed)
    weights = torch.zeros((inputs.shape[1], 10), requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=0.02)
    with training.threads(1):
        for _ in range(int(passes * len(classes) / 256)):
            which = torch.randint(0, len(classes), (256,), generator=generator)
            loss = F.cross_entropy(seen[which] @ weights, classes[which]) + DECAY * weights.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return weights.detach().numpy()


def file_bytes(weights: np.ndarray) -> int:
    """What the weights take in a .dcz file, its header and checksum left out."""
    content = archive.dumps({"w": weights.astype(np.float32)}, "smallest")
    return len(content) - sum(item.size for item in archive.read(content).items if item.part in ("header", "checksum"))


def _sent(levels: np.ndarray, step: float) -> dict[str, float]:
    weights = (levels * step).astype(np.float32)
    return {"bytes": file_bytes(weights), "error": error(weights)}


def grid_step(weights: np.ndarray, step: float) -> float:
    """A step given in units of the weights' root mean square."""
    return step * float(np.sqrt(np.mean(weights**2)))


def rounded(step: float, seed: int) -> dict[str, float]:
    """Each weight to the nearest level."""
    weights = plain(seed)
    size = grid_step(weights, step)
    return _sent(np.clip(np.rint(weights / size), -MOST, MOST), size)


def chosen(bit_price: float, seed: int, step: float = CHOICE_STEP) -> dict[str, float]:
    """Each weight to the level with the least error + price * bits."""
    weights = plain(seed)
    size = grid_step(weights, step)
    return _sent(price.choose(weights, size, MOST, bit_price), size)


def chosen_finer(bit_price: float, seed: int) -> dict[str, float]:
    """As `chosen`, on a finer grid."""
    return chosen(bit_price, seed, FINER_STEP)


def chosen_coarser(bit_price: float, seed: int) -> dict[str, float]:
    """As `chosen`, on the grid with which rounding does best at 8 %."""
    return chosen(bit_price, seed, COARSER_STEP)


def trained(bit_price: float, seed: int, most: int = 3) -> dict[str, float]:
    """Trained with the bits in the loss."""
    with training.threads(1):
        return _sent(*price.train(*data("train"), bit_price, most, seed=seed))


def trained_on_three(bit_price: float, seed: int) -> dict[str, float]:
    """As `trained`, with the levels -1, 0 and 1 alone."""
    return trained(bit_price, seed, THREE_LEVELS)


def trained_at_price_0(most: int, seed: int) -> dict[str, float]:
    """As `trained`, but bits cost nothing."""
    return trained(0.0, seed, most)


def random(
    blocks: int, seed: int, bits: int = 8, again: int = 4, rule: random_code.Rule = random_code.pick
) -> dict[str, float]:
    """A random code of so many blocks, a byte each."""
    wanted = random_code.trained(*data("train"), bits * blocks, seed)
    content = random_code.send(wanted, blocks, bits, again, rule)
    return {"bytes": len(content), "error": error(random_code.read(content, COUNT, bits).reshape(-1, 10))}


def random_16(blocks: int, seed: int) -> dict[str, float]:
    """A random code of so many blocks, two bytes each: one of 65,536 candidates."""
    return random(blocks, seed, 16)


def random_at_once(blocks: int, seed: int) -> dict[str, float]:
    """As `random`, but what is left is not trained on after each block."""
    return random(blocks, seed, again=0)


def random_nearest(blocks: int, seed: int) -> dict[str, float]:
    """As `random`, but the candidate that is nearest to the means is sent."""
    return random(blocks, seed, rule=lambda offered, mean, spread: int(((offered - mean) ** 2).sum(axis=1).argmin()))


def random_likeliest(blocks: int, seed: int) -> dict[str, float]:
    """As `random`, but the candidate with the highest density wanted is sent, whatever is offered."""
    return random(
        blocks, seed, rule=lambda offered, mean, spread: int((((offered - mean) / spread) ** 2).sum(axis=1).argmin())
    )


def random_drawn(blocks: int, seed: int) -> dict[str, float]:
    """As `random`, but a candidate is drawn, with a chance in proportion to wanted over offered, as MIRACLE does it."""
    rng = np.random.default_rng(seed)

    def drawn(offered: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> int:
        score = (offered**2 / 2 - ((offered - mean) / spread) ** 2 / 2).sum(axis=1)
        chances = np.exp(score - score.max())
        return int(rng.choice(len(chances), p=chances / chances.sum()))

    return random(blocks, seed, rule=drawn)


Way = tuple[Callable[..., Any], str, tuple[float, ...]]

WAYS: dict[str, Way] = {
    "rounded": (rounded, "step", STEPS),
    "price, steps of 0.75": (chosen_finer, "bit_price", FINER_PRICES),
    "price, steps of 1": (chosen, "bit_price", PRICES),
    "price, steps of 1.25": (chosen_coarser, "bit_price", COARSER_PRICES),
    "bits in the loss": (trained, "bit_price", TRAINING_PRICES),
    "the same, three levels": (trained_on_three, "bit_price", THREE_LEVELS_PRICES),
    "price 0": (trained_at_price_0, "most", MOST_AT_PRICE_0),
    "random, 8 bits a block": (random, "blocks", BLOCKS),
    "random, 16 bits a block": (random_16, "blocks", BLOCKS_16),
    "random, sent at once": (random_at_once, "blocks", CONTROL),
    "random, the nearest": (random_nearest, "blocks", CONTROL),
    "random, wanted alone": (random_likeliest, "blocks", BLOCKS),
    "random, drawn": (random_drawn, "blocks", BLOCKS),
}
"""What measures each way, its setting, and the settings that are measured."""

CURVES = CurveFile(
    "lesson_12",
    "a linear classifier for MNIST: bytes and held-out error, sent in several ways",
    tuple(
        Point(function, {name: value, "seed": seed}, 3)
        for function, name, values in WAYS.values()
        for value in values
        for seed in SEEDS
    ),
    {
        "step of the choice": CHOICE_STEP,
        "step of the finer choice": FINER_STEP,
        "step of the coarser choice": COARSER_STEP,
        "most": MOST,
        "most of three levels": THREE_LEVELS,
        "decay": DECAY,
    },
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last: way -> setting -> [(bytes, error) of each seed].

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    return {
        way: {
            value: [(each["bytes"], each["error"]) for each in
                    (found(function, **{name: value, "seed": seed}) for seed in SEEDS)]
            for value in values
        }
        for way, (function, name, values) in WAYS.items()
    }  # fmt: skip


def smallest(way: str, wrong: float = 8.0) -> tuple[float, np.ndarray]:
    """The smallest setting whose mean is at most so many percent wrong: mean bytes, and the error of each seed.

    Raises
    ------
    ValueError : no setting's mean is.
    """
    found = [np.array(runs) for runs in stored()[way].values()]
    good = [runs for runs in found if runs[:, 1].mean() <= wrong]
    if not good:
        raise ValueError(f"no setting of {way!r} has {wrong} % wrong on average")
    best = min(good, key=lambda runs: runs[:, 0].mean())
    return float(best[:, 0].mean()), best[:, 1]
