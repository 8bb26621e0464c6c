"""What a difference is worth: of two given networks image by image, of two methods seed by seed, and a spread.

    evidence.paired(first_wrong, second_wrong, ("dense", "pruned"))     two networks on the same images
    evidence.by_seed(first_errors, second_errors, ("k-means", "grid"))  two methods with the same seeds
    evidence.spread(errors)                                             one method over its seeds
    evidence.best_of(40, 5_000, 1.58)                                   how good the best of equals looks

A small p says that chance alone would seldom make a difference as large as this one. A large p does not say that
there is no difference: it may be too small for this many images or seeds.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Z = 1.959964
"""Between -Z and +Z lie 95 % of a normal distribution."""

MOST_SEEDS = 20
"""All 2**20 ways to choose signs are gone through in a moment; with more seeds that is no longer so."""


@dataclass(frozen=True)
class Paired:
    """Two networks on the same images; `paired` makes it."""

    names: tuple[str, str]
    n: int
    """Images."""
    both_wrong: int
    only_first: int
    """Images on which only the first network is wrong."""
    only_second: int

    @property
    def errors(self) -> tuple[float, float]:
        """The error of each, in percent."""
        wrong = (self.both_wrong + self.only_first, self.both_wrong + self.only_second)
        return 100 * wrong[0] / self.n, 100 * wrong[1] / self.n

    @property
    def difference(self) -> float:
        """Error of the second less error of the first, in percentage points."""
        return 100 * (self.only_second - self.only_first) / self.n

    @property
    def p(self) -> float:
        """The exact two-sided p of McNemar's test (McNemar, Psychometrika 12, 1947).

        Only images on which one of the two is wrong tell them apart. If both networks were equally good, each of these
        would be a fair coin; p is how probable a split at least as uneven is then. 1 where there is no such image.
        """
        coins, fewer = self.only_first + self.only_second, min(self.only_first, self.only_second)
        # Of all 2**coins rows of throws, those with at most `fewer` heads: whole numbers, so that nothing is rounded.
        tail, ways = 0, 1
        for heads in range(fewer + 1):
            tail += ways
            ways = ways * (coins - heads) // (heads + 1)
        return min(1.0, 2 * tail / 2**coins)

    @property
    def interval(self) -> tuple[float, float]:
        """A 95 % interval for the difference, in percentage points.

        Wald's interval for a paired difference, with one image added to each of the two discordant counts (Bonett and
        Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired data",
        Journal of Educational and Behavioral Statistics 37, 2012). Without these it would have no width where no image
        tells the two apart.
        """
        first, second = (self.only_first + 1) / (self.n + 2), (self.only_second + 1) / (self.n + 2)
        reach = Z * math.sqrt((first + second - (second - first) ** 2) / (self.n + 2))
        return 100 * max(-1.0, second - first - reach), 100 * min(1.0, second - first + reach)

    def __str__(self) -> str:
        width = max(map(len, self.names))
        first, second = self.names
        low, high = self.interval
        return (
            f"{first:{width}}  {self.errors[0]:6.2f} % wrong\n"
            f"{second:{width}}  {self.errors[1]:6.2f} % wrong     only {first} wrong: {self.only_first:,}"
            f"   only {second} wrong: {self.only_second:,}   {p_text(self.p)}\n"
            f"{'':{width}}  {self.difference:+6.2f} points, 95 % interval {low:+.2f} to {high:+.2f}, {self.n:,} images"
        )


def paired(first_wrong: Any, second_wrong: Any, names: tuple[str, str] = ("first", "second")) -> Paired:
    """Compare two given networks on the same images.

    Parameters
    ----------
    first_wrong, second_wrong : bool arrays (images,), True where that network is wrong.
    names : what the two are called in the text.

    Raises
    ------
    ValueError : not boolean, not of one dimension, of different length, or empty.
    """
    wrong = []
    for name, values in zip(names, (first_wrong, second_wrong), strict=True):
        array = np.asarray(values)
        if array.dtype != np.bool_ or array.ndim != 1 or array.size == 0:
            raise ValueError(f"{name} must be booleans, one an image, got {array.dtype} of shape {array.shape}")
        wrong.append(array)
    first, second = wrong
    if len(first) != len(second):
        raise ValueError(f"both networks must see the same images, got {len(first)} and {len(second)}")
    counts = [int(np.count_nonzero(where)) for where in (first & second, first & ~second, second & ~first)]
    return Paired((names[0], names[1]), len(first), *counts)


@dataclass(frozen=True)
class Spread:
    """Values of one kind, such as the errors with several seeds; `spread` makes it."""

    n: int
    mean: float
    sd: float
    """Standard deviation of the values (divisor n - 1), not of their mean; NaN for a single value."""
    min: float
    max: float

    def __str__(self) -> str:
        return f"{self.short} (n = {self.n})"

    @property
    def short(self) -> str:
        """Such as "1.52 ± 0.08"; for a single value that alone."""
        if not self.sd > 0:
            return f"{self.mean:.4g}" + (" ± 0" if self.n > 1 else "")
        decimals = _decimals(self.sd)
        return f"{self.mean:,.{decimals}f} ± {self.sd:,.{decimals}f}"


def spread(values: Any) -> Spread:
    """Mean, standard deviation, least and greatest of a row of numbers.

    Raises
    ------
    ValueError : not one dimension, empty, not real, or NaN or infinite.
    """
    row = _row(values, "values")
    sd = float(row.std(ddof=1)) if len(row) > 1 else math.nan
    if row.min() == row.max() and len(row) > 1:
        sd = 0.0  # not what rounding of the mean leaves
    return Spread(len(row), float(row.mean()), sd, float(row.min()), float(row.max()))


@dataclass(frozen=True)
class BySeed:
    """Two methods with the same seeds; `by_seed` makes it."""

    names: tuple[str, str]
    first: Spread
    second: Spread
    difference: Spread
    """Of second less first, seed by seed. Its spread is less than that of either where a seed moves both alike."""
    first_lower: int
    """Seeds with which the first is lower."""
    second_lower: int
    p: float
    """Exact and two-sided, of the permutation test on the sum of the differences. See `by_seed`."""

    def __str__(self) -> str:
        width = max(map(len, self.names))
        first, second = self.names
        long = max(len(str(self.first)), len(str(self.second)))
        sign = "+" if self.difference.mean > 0 else ""
        return (
            f"{first:{width}}  {self.first!s:>{long}}\n"
            f"{second:{width}}  {self.second!s:>{long}}     {second} - {first}: {sign}{self.difference.short}"
            f"   {first} lower: {self.first_lower} of {self.first.n}"
            f"   {second} lower: {self.second_lower}   {p_text(self.p)}"
        )


def by_seed(first: Any, second: Any, names: tuple[str, str] = ("first", "second")) -> BySeed:
    """Compare two methods that were run with the same seeds.

    If the methods were alike, each difference could as well have the other sign. p is the share of all 2**n choices of
    signs whose sum lies as far from 0 as the one measured (Fisher, "The Design of Experiments", 1935, section 21). So
    n seeds give no p below 2 / 2**n: with five seeds that all agree it is 0.06.

    Parameters
    ----------
    first, second : real arrays (seeds,), such as errors in percent; the same seed at the same place. 1 to 20 seeds.
    names : what the two are called in the text.

    Raises
    ------
    ValueError : not rows of finite numbers, of different length, or more than 20.
    """
    one, two = _row(first, names[0]), _row(second, names[1])
    if len(one) != len(two):
        raise ValueError(f"both methods must have the same seeds, got {len(one)} and {len(two)}")
    if len(one) > MOST_SEEDS:
        raise ValueError(f"seeds must be at most {MOST_SEEDS}, got {len(one)}")
    off = two - one
    # The sum for every choice of signs. The last sign stays: turning all of them gives the same distance from 0.
    sums = np.array([off[-1]])
    for each in off[:-1]:
        sums = np.concatenate([sums + each, sums - each])
    # Sums that are equal on paper may differ in the last bits.
    slack = 1e-9 * float(np.abs(off).sum())
    share = float(np.mean(np.abs(sums) >= abs(off.sum()) - slack))
    lower = int(np.count_nonzero(off > 0)), int(np.count_nonzero(off < 0))
    return BySeed((names[0], names[1]), spread(one), spread(two), spread(off), *lower, share)


def best_of(networks: int, images: int, error: float) -> float:
    """Expected error in percent of the best of so many equally good networks, each measured on images of its own.

    Each gets `error` percent of all images wrong. The number wrong of so many images is binomial, and the least of them
    is above k only if all are: the sum of these chances over k is its mean.

    Raises
    ------
    ValueError : fewer than one network or image, or an error that is not between 0 and 100.
    """
    if networks < 1 or images < 1 or not 0 < error < 100:
        raise ValueError(
            f"expected networks and images from 1 on and an error in percent, got {networks}, {images}, {error}"
        )
    share = error / 100
    k = np.arange(images)
    # Logarithms of the chances of k wrong, from one k to the next, and from these the chance of at most k.
    steps = np.log((images - k[:-1]) / (k[:-1] + 1)) + math.log(share) - math.log1p(-share)
    chances = np.exp(images * math.log1p(-share) + np.concatenate([[0.0], np.cumsum(steps)]))
    return float(100 * ((1 - np.minimum(np.cumsum(chances), 1)) ** networks).sum() / images)


def p_text(p: float) -> str:
    """Such as "p = 0.003"; below 0.0001 "p < 0.0001"."""
    if p < 0.0001:
        return "p < 0.0001"
    return f"p = {p:.{2 if p >= 0.1 else 3 if p >= 0.001 else 4}f}"


def _decimals(sd: float) -> int:
    """Decimals that leave one digit of a standard deviation, two where the first is a 1; none of what is 10 or more."""
    scale = math.floor(math.log10(sd))
    return max(0, -scale + (sd < 2 * 10.0**scale))


def _row(values: Any, name: str) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind not in "iuf" or array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must be a row of real numbers, got {array.dtype} of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array}")
    return array.astype(np.float64)
