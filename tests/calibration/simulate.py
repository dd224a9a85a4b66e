"""Raw data whose truth is known, and intervals scored against it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from degrade import Array
from numpy.random import Generator

Shape = Literal["normal", "lognormal"]
Kind = Literal["exact", "bound", "assumed", "shown"]

TARGETS: dict[Kind, tuple[float, float]] = {
    "exact": (0.94, 0.96),
    "bound": (0.95, 1.0),
    "assumed": (0.93, 0.97),
    "shown": (0.0, 1.0),
}
"""Coverage that a nominal 95 % interval must have, by what the rule claims."""


class Scored(NamedTuple):
    """Per simulated study: did the interval hold the truth, by how much was the estimate off.

    `error` and `width` are in the unit of the check. Studies that the rule refuses are left out
    of all three arrays; an interval without limit has infinite width.
    """

    covered: Array
    error: Array
    width: Array


class Check(NamedTuple):
    """One rule under one way of degrading data; `share` of the studies of a run are simulated."""

    rule: str
    data: str
    kind: Kind
    unit: str
    run: Callable[[Generator, int], Scored]
    share: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.data}"


def score(
    intervals: Sequence[tuple[float, float]], truth: Array | float, error: Array | Sequence[float]
) -> Scored:
    """Score two-sided intervals."""
    ends = np.asarray(intervals, dtype=np.float64)
    low, high = ends[:, 0], ends[:, 1]
    covered = (low <= truth) & (truth <= high)
    return Scored(
        covered.astype(np.float64), np.asarray(error, dtype=np.float64), np.asarray(high - low)
    )


def before_after(
    rng: Generator,
    studies: int,
    n: int,
    *,
    ratio: float = 0.8,
    cv: float | Array = 0.35,
    r: float | Array = 0.6,
    shape: Shape = "normal",
) -> tuple[Array, Array]:
    """Values before and after, means 100 and 100·ratio, of shape (studies, n)."""
    first, second = rng.standard_normal((2, studies, n))
    c, corr = (np.broadcast_to(np.asarray(x, dtype=np.float64), (studies,)) for x in (cv, r))
    c, corr = c[:, None], corr[:, None]
    if shape == "normal":
        second = corr * first + np.sqrt(1 - corr**2) * second
        return 100 * (1 + c * first), 100 * ratio * (1 + c * second)
    log_sd = np.sqrt(np.log1p(c**2))
    # the correlation of the logs of such values; the lowest there is, where none gives this r
    log_r = np.maximum(np.log1p(np.maximum(corr * c**2, -0.999)) / log_sd**2, -1.0)
    second = log_r * first + np.sqrt(1 - log_r**2) * second
    return (
        100 * np.exp(log_sd * first - log_sd**2 / 2),
        100 * ratio * np.exp(log_sd * second - log_sd**2 / 2),
    )


def one_group(rng: Generator, studies: int, n: int, cv: float, shape: Shape) -> Array:
    """Values with mean 100, of shape (studies, n)."""
    z = rng.standard_normal((studies, n))
    if shape == "normal":
        return 100 * (1 + cv * z)
    log_sd = math.sqrt(math.log1p(cv**2))
    return np.asarray(100 * np.exp(log_sd * z - log_sd**2 / 2))


def changes(rng: Generator, studies: int, n: int, effect: float) -> tuple[Array, Array]:
    """Mean and SD of n changes that are normal with SD 1 about `effect`."""
    x = effect + rng.standard_normal((studies, n))
    return x.mean(axis=1), x.std(axis=1, ddof=1)
