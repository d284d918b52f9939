"""Skewed distributions whose totals come out exactly."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import accumulate, pairwise


def zipf(count: int, *, exponent: float = 1.05, offset: float = 1.5) -> list[float]:
    """Weights of ranks 1 to `count`: a few large ones and a long tail."""
    return [1 / (rank + offset) ** exponent for rank in range(1, count + 1)]


def apportion(total: int, weights: Iterable[float]) -> list[int]:
    """`total` split in proportion to the weights; the parts add up to it."""
    sums = list(accumulate(weights))
    bounds = [0, *(round(total * part / sums[-1]) for part in sums)]
    return [after - before for before, after in pairwise(bounds)]


def spread(rng: random.Random, count: int, below: int, *, power: float) -> list[int]:
    """`count` indices below `below`, ascending, small ones more likely the higher the power.

    One is drawn from each of `count` equal strata, so there are few repetitions.
    """
    draw = rng.random
    return [int(((index + draw()) / count) ** power * below) for index in range(count)]
