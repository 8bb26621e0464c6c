"""The search of lesson 11 (Beat the paper): small plans for LeNet-300-100, and one of them with several seeds.

A search looks at the held-out images only (`quick`). `seen_twice` looks at the test images as well, to show what
choosing on them would have done; nothing is chosen by its numbers.
"""

import functools
import tempfile
from collections.abc import Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

from dc_lab import archive
from dc_lab.measure.curves.networks import LENET300
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, training
from dc_lab.records import board, make
from dc_lab.records.plan import Plan
from dc_lab.support import points

KEEP = (3000, 4000, 5500, 8000, 11000, 16000)
"""Weights left in the end, of 266,200."""

SEEDS_OF, SEEDS = 8000, tuple(range(1, 11))
"""The plan that is made once more for each seed."""

SETTINGS = ("epochs", "lr", "ramp", "bias_values", "share_epochs", "share_lr", "book_lr", "images", "batch_size")
"""What else of the plan the numbers depend on."""


def plan(keep: int, seed: int = 1) -> Plan:
    """A plan that takes about half a minute on an idle core: a third of the record's epochs."""
    return Plan(LENET300, (300, 100), keep=keep, epochs=18, share_epochs=4, seed=seed)


class Found(NamedTuple):
    """What a plan of the search gave: its file, and percent of the held-out images wrong."""

    plan: Plan
    content: bytes
    held_out_error: float

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.content)


def quick(plan: Plan, images: datasets.Images | None = None) -> Found:
    """Make what the plan says and measure it on the held-out images; the test images are not looked at.

    `images` are those to train on, all 55,000 if None.
    """
    held_out = datasets.mnist("held_out")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quick.dcz"
        made = make.make(plan, path, datasets.mnist("train") if images is None else images, held_out, held_out)
        return Found(plan, path.read_bytes(), round(made.held_out_error, 3))


def search(plans: Iterable[Plan], executor: Executor | None = None) -> list[Found]:
    """`quick` for each plan, in the order given, in any `concurrent.futures.Executor`; None makes them here in turn."""
    return points.in_order([functools.partial(quick, plan) for plan in plans], executor)


def chosen(found: Iterable[Found], most: float) -> Found | None:
    """The smallest file with a held-out error of at most `most` percent; None if there is none."""
    good = [one for one in found if one.held_out_error <= most]
    return min(good, key=lambda one: one.size, default=None)


def seen_twice(keep: int, seed: int) -> dict[str, float]:
    """Bytes, and percent of the held-out and of the test images wrong."""
    found = quick(plan(keep, seed))
    model = board.restored(LENET300, archive.loads(found.content))
    test = round(training.error_percent(model, datasets.mnist("test")), 3)
    return {"bytes": found.size, "held-out": found.held_out_error, "test": test}


CURVES = CurveFile(
    "lesson_11",
    "small plans for LeNet-300-100: bytes, held-out and test error",
    (
        *(Point(seen_twice, {"keep": keep, "seed": 1}, 35) for keep in KEEP),
        *(Point(seen_twice, {"keep": SEEDS_OF, "seed": seed}, 35) for seed in SEEDS[1:]),
    ),
    {name: getattr(plan(SEEDS_OF), name) for name in SETTINGS},
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last: "search" by weights kept, "seeds" by seed.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    return {
        "search": {keep: found(seen_twice, keep=keep, seed=1) for keep in KEEP},
        "seeds": {seed: found(seen_twice, keep=SEEDS_OF, seed=seed) for seed in SEEDS},
    }
