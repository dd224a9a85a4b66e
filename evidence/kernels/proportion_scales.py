"""Scales on which single proportions are pooled: there, back, and the exact interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from scipy.special import betaincinv

from evidence._typing import Vector

ProportionScale: TypeAlias = Literal["PLOGIT", "PLN", "PAS", "PFT", "PRAW"]
"""Log odds; log; arcsine square root; double arcsine; the proportion itself."""


class Scale(NamedTuple):
    """A scale: its name, effects of counts, and the way there and back for a proportion.

    `effects(events, n, constant)` gives effects and variances; `forth(p, n)` and `back(y, n)` are
    inverse to each other, n matters to the double arcsine only.
    """

    title: str
    effects: Callable[[Vector, Vector, Vector], tuple[Vector, Vector]]
    forth: Callable[[Vector, Vector], Vector]
    back: Callable[[Vector, Vector], Vector]
    uses_constant: bool


def log_odds(x: Vector, n: Vector, constant: Vector) -> tuple[Vector, Vector]:
    """ln(x/(n − x)); the constant on both sides.

    >>> log_odds(np.array([2.0]), np.array([10.0]), np.array([0.0]))
    (array([-1.3863]), array([0.625]))
    """
    a, b = x + constant, n - x + constant
    return np.log(a / b), 1 / a + 1 / b


def log_share(x: Vector, n: Vector, constant: Vector) -> tuple[Vector, Vector]:
    """ln(x/n); the constant on events and people, but not on events when all have one.

    >>> log_share(np.array([2.0]), np.array([10.0]), np.array([0.0]))
    (array([-1.6094]), array([0.4]))
    """
    at_one = x == n
    m = n + constant
    a = np.where(at_one, x, x + constant)
    return np.log(np.where(at_one, 1.0, (x + constant) / m)), 1 / a - 1 / m


def arcsine(x: Vector, n: Vector, _: Vector) -> tuple[Vector, Vector]:
    """Arcsin √(x/n), variance 1/(4n).

    >>> arcsine(np.array([5.0]), np.array([10.0]), np.array([0.0]))
    (array([0.7854]), array([0.025]))
    """
    return np.arcsin(np.sqrt(x / n)), 1 / (4 * n)


def double_arcsine(x: Vector, n: Vector, _: Vector) -> tuple[Vector, Vector]:
    """Mean of arcsin √(x/(n + 1)) and arcsin √((x + 1)/(n + 1)), variance 1/(4n + 2).

    >>> double_arcsine(np.array([5.0]), np.array([10.0]), np.array([0.0]))
    (array([0.7854]), array([0.0238]))
    """
    return _double(x, n), 1 / (4 * n + 2)


def plain(x: Vector, n: Vector, constant: Vector) -> tuple[Vector, Vector]:
    """x/n; the constant in the variance only.

    >>> plain(np.array([2.0]), np.array([10.0]), np.array([0.0]))
    (array([0.2]), array([0.016]))
    """
    a, m = x + constant, n + 2 * constant
    return x / n, (a / m) * (1 - a / m) / m


def _double(x: Vector, n: Vector) -> Vector:
    lower, upper = x / (n + 1), (x + 1) / (n + 1)
    return np.asarray((np.arcsin(np.sqrt(lower)) + np.arcsin(np.sqrt(upper))) / 2)


def double_arcsine_back(y: Vector, n: Vector) -> Vector:
    """The proportion whose double arcsine with n people is y; 0 and 1 beyond its range.

    References
    ----------
    Miller (1978), Am Stat 32:138. https://doi.org/10.1080/00031305.1978.10479283

    Examples
    --------
    >>> double_arcsine_back(np.array([0.6]), np.array([25.0]))
    array([0.3117])
    """
    y, n = np.broadcast_arrays(np.asarray(y, dtype=float), np.asarray(n, dtype=float))
    low = _double(np.zeros(n.shape), n)
    high = _double(n, n)
    sine = np.sin(2 * y)
    with np.errstate(divide="ignore", invalid="ignore"):
        bent = sine + (sine - 1 / sine) / n
        inner = 1 - np.sign(np.cos(2 * y)) * np.sqrt(np.maximum(0.0, 1 - bent * bent))
    found = np.where(y <= low, 0.0, np.where(y >= high, 1.0, inner / 2))
    return np.asarray(np.where(np.isnan(y) | np.isnan(n), np.nan, found), dtype=np.float64)


def _from_log_odds(y: Vector, _: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-y)))


def _to_log_odds(p: Vector, _: Vector) -> Vector:
    return np.asarray(np.log(p) - np.log1p(-p))


def _squared_sine(y: Vector, _: Vector) -> Vector:
    return np.asarray(np.sin(np.clip(y, 0.0, np.pi / 2)) ** 2)


SCALES: dict[ProportionScale, Scale] = {
    "PLOGIT": Scale("log odds", log_odds, _to_log_odds, _from_log_odds, True),
    "PLN": Scale("log", log_share, lambda p, _: np.log(p), lambda y, _: np.exp(y), True),
    "PAS": Scale("arcsine", arcsine, lambda p, _: np.arcsin(np.sqrt(p)), _squared_sine, False),
    "PFT": Scale("double arcsine", double_arcsine, lambda p, n: _double(p * n, n),
                 double_arcsine_back, False),
    "PRAW": Scale("none", plain, lambda p, _: p, lambda y, _: y, True),
}  # fmt: skip


def clopper_pearson(x: Vector, n: Vector, level: float = 0.95) -> tuple[Vector, Vector]:
    """Exact binomial limits of proportions x/n.

    Parameters
    ----------
    x, n : arrays of shape (k,)
        Events and people.
    level : float
        Confidence level, reached or exceeded whatever the true proportion.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404–413. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> clopper_pearson(np.array([34.0]), np.array([40.0]))
    (array([0.702]), array([0.943]))
    """
    tail = (1 - level) / 2
    none, every = x <= 0, x >= n
    low = np.where(none, 0.0, betaincinv(np.where(none, 1.0, x), n - x + 1, tail))
    high = np.where(every, 1.0, betaincinv(x + 1, np.where(every, 1.0, n - x), 1 - tail))
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
