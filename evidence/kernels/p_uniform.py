"""p-uniform: significant effects judged given that they are significant.

Effects are oriented so that the significant ones are large; the caller turns them. An effect is
significant when its z value exceeds a critical one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammainc, gammaincc, gammainccinv, log_ndtr, ndtr, ndtri

from evidence._typing import Vector
from evidence.errors import ConvergenceError

Uniform: TypeAlias = Literal["P", "LNP", "LN1MINP", "KS", "AD"]
"""Sum of p, of −log p, of −log(1 − p); Kolmogorov–Smirnov and Anderson–Darling distances."""

SUMS = ("P", "LNP", "LN1MINP")
REACH = 60  # doublings of the search for a root


def log_conditional_p(yi: Vector, sei: Vector, critical: float, mu: float) -> Vector:
    """Logarithm of P(Y ≥ y | Y significant) under the true effect `mu`, for each effect.

    >>> np.exp(log_conditional_p(np.array([2.5]), np.ones(1), 1.959964, 0.0))
    array([0.2484])
    """
    cut = critical * sei
    return np.asarray(log_ndtr((mu - yi) / sei) - log_ndtr((mu - cut) / sei))


def uniform_statistic(kind: Uniform, yi: Vector, sei: Vector, critical: float, mu: float) -> float:
    """Sum or distance of the conditional p values at `mu`.

    >>> yi, sei = np.array([0.6, 0.8]), np.array([0.2, 0.2])
    >>> near, far = (uniform_statistic("P", yi, sei, 1.96, mu) for mu in (0.0, 0.5))
    >>> near < far < 2
    True
    """
    log_q = log_conditional_p(yi, sei, critical, mu)
    if kind == "P":
        return float(np.exp(log_q).sum())
    if kind == "LNP":
        return float(-log_q.sum())
    q = np.sort(np.exp(log_q))
    rest = np.maximum(-np.expm1(np.sort(log_q)), np.finfo(float).tiny)
    if kind == "LN1MINP":
        return float(-np.log(rest).sum())
    k = len(q)
    rank = np.arange(1, k + 1)
    if kind == "KS":
        return float(max((rank / k - q).max(), (q - (rank - 1) / k).max()))
    logs = np.sort(log_q) + np.log(rest[::-1])
    return float(-k - ((2 * rank - 1) / k) @ logs)


def sum_cdf(kind: Uniform, k: int, value: float) -> float:
    """Distribution of the statistic when the conditional p values are uniform.

    The sum of k uniforms (Irwin–Hall), or a gamma variable for sums of logarithms.

    >>> sum_cdf("P", 2, 0.5), sum_cdf("LNP", 1, 0.6931)
    (0.125, 0.5)
    """
    if kind != "P":
        return float(gammainc(k, value))
    if value > k / 2:
        return 1 - sum_cdf("P", k, k - value)
    if value <= 0:
        return 0.0
    if k > 25:  # the alternating sum has lost its digits; the normal error is below 1e-3
        return float(ndtr((value - k / 2) / math.sqrt(k / 12)))
    terms = [
        (-1) ** j * math.exp(k * math.log(value - j) - math.lgamma(j + 1) - math.lgamma(k - j + 1))
        for j in range(math.ceil(value))
    ]
    return math.fsum(terms)


def estimate_uniform(
    kind: Uniform, yi: Vector, sei: Vector, critical: float, level: float
) -> tuple[float, float, float]:
    """The effect at which the conditional p values look uniform, and limits for the sums.

    Returns
    -------
    (estimate, low, high)
        The limits are NaN for the distances KS and AD, which have none.

    Raises
    ------
    ConvergenceError
        When no effect makes them uniform.

    References
    ----------
    van Assen, van Aert & Wicherts (2015), Psychol Methods 20:293–309.
    https://doi.org/10.1037/met0000025

    Examples
    --------
    >>> yi, sei = np.array([0.5, 0.7, 0.9]), np.full(3, 0.2)
    >>> estimate_uniform("P", yi, sei, 1.959964, 0.95)
    (0.6727, 0.2761, 0.9436)
    """
    k = len(yi)

    def statistic(mu: float) -> float:
        return uniform_statistic(kind, yi, sei, critical, mu)

    if kind not in SUMS:
        return _least(statistic, yi, sei), math.nan, math.nan
    rising = kind != "LNP"
    tail = (1 - level) / 2
    if kind == "P":
        middle = k / 2
        ends = [_sum_quantile(k, p) for p in (tail, 1 - tail)]
    else:
        middle = float(k)
        ends = [float(gammainccinv(k, 1 - p)) for p in (tail, 1 - tail)]
    low_end, high_end = ends if rising else ends[::-1]
    centre, scale = float(yi.mean()), float(sei.max())

    def reaches(target: float) -> float:
        return _root(lambda mu: statistic(mu) - target, centre, scale)

    found = [reaches(target) for target in (middle, low_end, high_end)]
    if math.isnan(found[0]):
        raise ConvergenceError(
            f"no effect makes the conditional p values uniform by the method {kind}; "
            "the significant effects lie too close to the threshold. Try method='P' or 'KS'."
        )
    return found[0], found[1], found[2]


def _sum_quantile(k: int, p: float) -> float:
    return float(brentq(lambda x: sum_cdf("P", k, x) - p, 0, k, xtol=1e-14))


def _root(function: Callable[[float], float], centre: float, scale: float) -> float:
    """Root of a monotone function, bracketed outward from the centre; NaN when there is none."""
    reach = scale
    for _ in range(REACH):
        low, high = function(centre - reach), function(centre + reach)
        if not (math.isfinite(low) and math.isfinite(high)):
            return math.nan
        if low * high <= 0:
            return float(brentq(function, centre - reach, centre + reach, xtol=1e-13 * scale))
        reach *= 2
        if reach > 1e6 * scale:
            break
    return math.nan


def _least(distance: Callable[[float], float], yi: Vector, sei: Vector) -> float:
    """The lowest point of a bumpy curve: a scan, then the valley around its lowest point."""
    low, high = float(yi.min() - 25 * sei.max()), float(yi.max() + 5 * sei.max())
    for points in (2001, 401):
        grid = np.linspace(low, high, points)
        values = [distance(float(mu)) for mu in grid]
        best = int(np.argmin(values))
        low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, points - 1)])
    found = minimize_scalar(
        distance, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)


def judge_sum(kind: Uniform, k: int, statistic: float) -> tuple[float, float]:
    """What is reported for a sum, and the chance of a value as far on the side of no effect.

    "P" gives a standard normal z, the others the sum itself. The second number is the p value of
    "the effect is not above this".

    >>> judge_sum("P", 8, 1.757)
    (-2.747, 0.003)
    """
    if kind == "P":
        z = (statistic - k / 2) / math.sqrt(k / 12)
        return z, float(ndtr(z))
    if kind == "LNP":
        return statistic, float(gammaincc(k, statistic))
    return statistic, float(gammainc(k, statistic))


def critical_z(alpha: float) -> float:
    """Critical value of one tail of a two-tailed test.

    >>> critical_z(0.05)
    1.96
    """
    return float(-ndtri(alpha / 2))
