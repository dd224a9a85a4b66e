"""What the printed numbers allow when no standard error follows from them: intervals, no points.

Everything is on the log scale of a before-after ratio, L = ln(1 + percent/100), with equal
coefficients of variation c before and after and correlation r: se(L) = c √(2(1 − r)/n). Nothing
inside a bound is preferred, and no probability belongs to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from evidence.effects.effect import quantile
from evidence.effects.labelled import Interval, log_of_percent
from evidence.effects.percent_scale import percent_limits
from evidence.effects.reported import statistic_of_p
from evidence.errors import EffectError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits of the standard error of L and of the confidence interval of a percent change.

    `narrowest` and `widest` are the confidence intervals at the two ends; `status` is `empty`
    when no spread in the plausible region fits the printed p.
    """

    status: Literal["bounded", "empty"]
    percent: float
    se: Interval | None
    narrowest: Interval | None
    widest: Interval | None
    unconstrained: Interval
    level: float

    @property
    def sign_decided(self) -> bool:
        """Whether even the widest interval leaves out zero."""
        return self.widest is not None and (self.widest[0] > 0 or self.widest[1] < 0)


def se_of_log(cv: float, r: float, n: float) -> float:
    """Standard error of L with equal coefficients of variation: c √(2(1 − r)/n).

    >>> round(se_of_log(0.35, 0.6, 50), 4)
    0.0443
    """
    return cv * math.sqrt(2 * (1 - r) / n)


def partial_identification_paired(
    percent: float,
    n: float | Interval,
    cv: Interval,
    r: Interval,
    *,
    level: float = 0.95,
    df: float | None = None,
) -> Bounds:
    """Limits of a before-after percent change when neither SD nor correlation is printed.

    Parameters
    ----------
    percent : float
        Percent change of means, above −100.
    n : float or (low, high)
        People, or the range that is possible.
    cv, r : (low, high)
        Plausible coefficients of variation and correlations.
    df : float, optional
        Of the intervals; None for normal ones. Below 30 people n − 1 keeps their coverage.

    Returns
    -------
    Bounds
        `se` from the smallest c with the largest r and n to the largest c with the smallest r
        and n.

    Raises
    ------
    EffectError
        For a percent of −100 or less, people below 1, or limits out of order.

    Notes
    -----
    Partial identification after Manski (2003), Partial Identification of Probability
    Distributions, doi 10.1007/b97478; variance Senior et al. (2020), doi 10.1002/jrsm.1423.

    The region is that of the people studied. Where the truth lies at its worst corner a dozen of
    them often turn out beyond it, and the widest interval then holds the truth one point less
    often than it says (docs/methods/calibration.md).

    Examples
    --------
    >>> found = partial_identification_paired(-20, 50, (0.2, 0.6), (0.3, 0.9))
    >>> [round(x, 1) for x in found.widest], found.sign_decided
    ([-34.3, -2.6], True)
    """
    log_ratio = log_of_percent("percent", percent)
    fewest, most = n if isinstance(n, tuple) else (n, n)
    _ordered("number of people", (fewest, most), low=1)
    _region(cv, r)
    se = (se_of_log(cv[0], r[1], most), se_of_log(cv[1], r[0], fewest))
    return Bounds(
        status="bounded",
        percent=percent,
        se=se,
        narrowest=percent_limits(log_ratio, se[0] ** 2, level, df),
        widest=percent_limits(log_ratio, se[1] ** 2, level, df),
        unconstrained=se,
        level=level,
    )


def se_interval_intersection(
    percent: float,
    n: float,
    cv: Interval,
    r: Interval,
    p_interval: Interval,
    *,
    level: float = 0.95,
    df: float | None = None,
) -> Bounds:
    """Cut the plausible region of (c, r) with what a printed p value allows.

    The p value is that of the paired t test of the change in percent of the baseline mean. A
    pair (c, r) stays if its t statistic has a p inside `p_interval`.

    Parameters
    ----------
    percent, n, cv, r
        As for `partial_identification_paired`.
    p_interval : (low, high)
        From `p_limits`: (0, 0.05) for "p < 0.05".

    Returns
    -------
    Bounds
        `status` is `empty` when no pair is left: the printed significance then needs a spread
        that is implausible for the outcome, or the plausible region is too narrow.

    Raises
    ------
    EffectError
        As above, or for a change of 0.

    Notes
    -----
    At the worst corner of the region and with a dozen people the widest interval holds the truth
    2 to 3 points less often than it says, 98 to 99 times in 100 elsewhere
    (docs/methods/calibration.md).

    Examples
    --------
    >>> cut = se_interval_intersection(-20, 50, (0.2, 0.6), (0.3, 0.9), (0, 0.001))
    >>> [round(x, 4) for x in cut.se], [round(x, 1) for x in cut.widest]
    ([0.0126, 0.0628], [-29.3, -9.5])
    """
    log_ratio = log_of_percent("percent", percent)
    if percent == 0:
        raise EffectError("a change of 0 % has no spread that follows from its p value.")
    _ordered("number of people", (n, n), low=2)
    _region(cv, r)
    free = (se_of_log(cv[0], r[1], n), se_of_log(cv[1], r[0], n))
    ratio = 1 + percent / 100
    k_low, k_high = (x * math.sqrt(n) / 100 for x in _percent_se(percent, n, p_interval))
    (c_low, c_high), (r_low, r_high) = cv, r
    smallest = c_low * math.sqrt(1 + ratio**2 - 2 * r_high * ratio)
    largest = c_high * math.sqrt(1 + ratio**2 - 2 * r_low * ratio)
    if smallest > k_high or largest < k_low:
        return Bounds(
            status="empty", percent=percent, se=None, narrowest=None, widest=None,
            unconstrained=free, level=level,
        )  # fmt: skip

    def at(k: float, c: float) -> float:
        """The se of L of the pair with this c whose SD of the change is k."""
        return math.sqrt(max(0.0, k * k - c * c * (1 - ratio) ** 2) / (n * ratio))

    def touching(k: float, corr: float) -> float:
        """The c at which a pair with this r has k as its SD of the change."""
        return k / math.sqrt(2 * ratio * (1 - corr) + (1 - ratio) ** 2)

    high = free[1]
    if math.isfinite(k_high) and (c := touching(k_high, r_low)) < c_high:
        high = at(k_high, max(c, c_low))
    low = free[0]
    if (c := touching(k_low, r_high)) > c_low:
        low = at(k_low, min(c, c_high))
    return Bounds(
        status="bounded",
        percent=percent,
        se=(low, high),
        narrowest=percent_limits(log_ratio, low**2, level, df),
        widest=percent_limits(log_ratio, high**2, level, df),
        unconstrained=free,
        level=level,
    )


def smallest_cv_that_undoes(
    percent: float, n: float, r: float, *, level: float = 0.95, df: float | None = None
) -> float:
    """The smallest coefficient of variation at which the interval of the change touches zero.

    c* = (|L|/z)/√(2(1 − r)/n), with t on `df` in place of z where people are few: a robustness
    number that needs no prior.

    >>> [round(smallest_cv_that_undoes(-20, 50, r), 2) for r in (0.3, 0.5)]
    [0.68, 0.81]
    """
    log_ratio = log_of_percent("percent", percent)
    if not -1 <= r < 1:
        raise EffectError(f"with a correlation of {r:g} no spread undoes the change.")
    _ordered("number of people", (n, n), low=1)
    return abs(log_ratio) / quantile(level, df) / math.sqrt(2 * (1 - r) / n)


def fewest_people_that_decide(percent: float, cv: float, r: float, *, level: float = 0.95) -> int:
    """The smallest number of people at which the normal interval of the change leaves out zero.

    >>> [fewest_people_that_decide(15, 0.25, r) for r in (0.3, 0.6, 0.9)]
    [18, 10, 3]
    """
    log_ratio = log_of_percent("percent", percent)
    if log_ratio == 0 or not -1 <= r <= 1 or cv < 0:
        raise EffectError("no number of people decides the sign of a change of 0.")
    need = 2 * (1 - r) * (cv * quantile(level, None) / log_ratio) ** 2
    return max(1, math.floor(need) + 1)


def _percent_se(percent: float, n: float, p_interval: Interval) -> Interval:
    """Limits of the SE in percent points; infinite where p may be 1."""
    small, large = p_interval
    if not 0 <= small <= large <= 1:
        raise EffectError(f"{small:g} to {large:g} is no interval of p values.")

    def at(p: float) -> float:
        t = statistic_of_p(p, df=n - 1)
        return abs(percent) / t if t > 0 else math.inf  # p = 1: no spread is wide enough

    return 0.0 if small == 0 else at(small), at(large)


def _ordered(what: str, interval: Interval, *, low: float) -> None:
    if not (math.isfinite(interval[0]) and low <= interval[0] <= interval[1]):
        raise EffectError(
            f"the {what} is {interval[0]:g} to {interval[1]:g}; it takes at least {low:g}, the "
            "lower limit first."
        )


def _region(cv: Interval, r: Interval) -> None:
    _ordered("coefficient of variation", cv, low=0)
    if not -1 <= r[0] <= r[1] <= 1:
        raise EffectError(f"correlations lie between −1 and 1, not {r[0]:g} to {r[1]:g}.")
