"""What reports leave of their data: fewer digits, thresholds for p, totals for groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Array = NDArray[np.float64]
THRESHOLDS = (0.001, 0.01, 0.05)


class Pairs(NamedTuple):
    """Summaries of one group seen twice, one row per simulated study."""

    mean_pre: Array
    sd_pre: Array
    mean_post: Array
    sd_post: Array
    r: Array
    sd_change: Array
    n: int

    @property
    def change(self) -> Array:
        return self.mean_post - self.mean_pre

    @property
    def se(self) -> Array:
        return self.sd_change / self.n**0.5

    @property
    def percent(self) -> Array:
        return 100 * self.change / self.mean_pre


def pairs(pre: Array, post: Array) -> Pairs:
    """Means, SDs and correlation of raw values of shape (studies, people)."""
    s0, s1, sd = (x.std(axis=1, ddof=1) for x in (pre, post, post - pre))
    return Pairs(
        mean_pre=pre.mean(axis=1),
        sd_pre=s0,
        mean_post=post.mean(axis=1),
        sd_post=s1,
        r=(s0**2 + s1**2 - sd**2) / (2 * s0 * s1),
        sd_change=sd,
        n=pre.shape[1],
    )


def two_sided_p(t: Array, df: float) -> Array:
    """Of a t statistic."""
    return np.asarray(2 * stdtr(df, -np.abs(t)), dtype=np.float64)


def printed(x: Array, decimals: int) -> Array:
    """As a report rounds it."""
    return np.round(x, decimals)


def allowed_by(p: float, thresholds: tuple[float, ...] = THRESHOLDS) -> tuple[float, float]:
    """The interval of p values behind "p < 0.01", or behind "ns"."""
    for threshold in thresholds:
        if p < threshold:
            return 0.0, threshold
    return max(thresholds), 1.0
