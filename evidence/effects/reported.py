"""Standard errors from what is printed: SE, interval, test statistic, exact p, or a p threshold.

An exact route gives one number. A threshold ("p < 0.05", "ns") gives limits and never a point.
Everything is on the analysis scale, and the statistics are t when `df` is known, else normal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.effects.effect import quantile
from evidence.errors import EffectError, OptionError
from evidence.messages import say
from evidence.records.vocabulary import POperator

HANDBOOK = "Cochrane Handbook 6.5.2 (2019)"
ASYMMETRY_LIMIT = 0.10
"""Beyond this share of its width, an estimate is not at the centre of its interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeFromCi:
    """A standard error read off an interval, on the analysis scale.

    `asymmetry` is the distance of the estimate from the centre as a share of the width;
    `log_asymmetry` the same on the log scale, where it can be taken.
    """

    se: float
    centre: float
    asymmetry: float | None = None
    log_asymmetry: float | None = None

    @property
    def lopsided(self) -> bool:
        """Whether the estimate is too far from the centre for the interval to be symmetric."""
        return self.asymmetry is not None and self.asymmetry > ASYMMETRY_LIMIT


def se_from_ci(
    low: float,
    high: float,
    *,
    estimate: float | None = None,
    level: float = 0.95,
    df: float | None = None,
    log: bool = False,
) -> SeFromCi:
    """Standard error from a confidence interval.

    Parameters
    ----------
    low, high, estimate : float
        As printed; for a ratio on the ratio scale.
    level : float
        Confidence level.
    df : float, optional
        Degrees of freedom; None for a normal interval.
    log : bool
        Whether the effect is a ratio, taken on the log scale.

    Raises
    ------
    EffectError
        When the limits are out of order, or a ratio is not positive.

    Examples
    --------
    >>> se_from_ci(-2.06, -1.22, estimate=-1.64, df=35).se
    0.2069
    >>> se_from_ci(0.71, 0.95, estimate=0.82, log=True).se
    0.0743
    """
    if low >= high:
        raise EffectError(
            say("the limits {low} and {high} leave no interval.", low=f"{low:g}", high=f"{high:g}")
        )
    positive = low > 0 and (estimate is None or estimate > 0)
    if log and not positive:
        raise EffectError(
            say("a ratio cannot have the limits {low} to {high}.", low=f"{low:g}", high=f"{high:g}")
        )
    lower, upper, point = low, high, estimate
    if log:
        lower, upper = math.log(low), math.log(high)
        point = None if estimate is None else math.log(estimate)
    centre = (lower + upper) / 2
    by_log = None
    if positive and estimate is not None:
        middle = (math.log(low) + math.log(high)) / 2
        by_log = abs(middle - math.log(estimate)) / (math.log(high) - math.log(low))
    return SeFromCi(
        se=(upper - lower) / (2 * quantile(level, df)),
        centre=centre,
        asymmetry=None if point is None else abs(centre - point) / (upper - lower),
        log_asymmetry=by_log,
    )


def statistic_of_p(p: float, *, df: float | None = None, one_sided: bool = False) -> float:
    """Size of the t or z statistic that has this p value.

    >>> statistic_of_p(0.012, df=56)
    2.597
    """
    two = 2 * p if one_sided else p
    if not 0 <= two <= 1:
        raise EffectError(say("p = {p} is not a probability of a test.", p=f"{p:g}"))
    if two == 0:
        return math.inf
    from scipy.special import ndtri, stdtrit  # only an exact p needs them

    return -float(ndtri(two / 2)) if df is None else -float(stdtrit(df, two / 2))


def se_from_p(
    estimate: float, p: float, *, df: float | None = None, one_sided: bool = False
) -> float:
    """Standard error from an exact p value of the test that the effect is zero.

    Raises EffectError where p does not determine it: p of 0 or 1, or an estimate of 0.

    >>> se_from_p(-0.08, 0.012, df=56)
    0.0308
    """
    if estimate == 0 or not 0 < p < (0.5 if one_sided else 1):
        raise EffectError(
            say(
                "a standard error does not follow from an estimate of {estimate} with p = {p}.",
                estimate=f"{estimate:g}",
                p=f"{p:g}",
            )
        )
    return abs(estimate) / statistic_of_p(p, df=df, one_sided=one_sided)


def se_from_t(estimate: float, t: float) -> float:
    """Standard error from a t or z statistic.

    >>> se_from_t(-6.2, -2.9)
    2.138
    """
    if estimate == 0 or t == 0:
        raise EffectError("a standard error does not follow from an estimate or a t of 0.")
    if (t > 0) != (estimate > 0):
        raise EffectError(
            say(
                "t = {t} and the estimate {estimate} point in opposite directions.",
                t=f"{t:g}",
                estimate=f"{estimate:g}",
            )
        )
    return estimate / t


def se_from_f(estimate: float, f: float, *, df1: float = 1) -> float:
    """Standard error from an F statistic with one numerator degree of freedom.

    >>> se_from_f(-6.2, 8.41)
    2.138
    """
    if df1 != 1 or f <= 0:
        raise EffectError(
            f"F = {f:g} with {df1:g} numerator df is no test of one difference; it takes 1 df."
        )
    return se_from_t(abs(estimate), math.sqrt(f))


def sd_from_se(se: float, n: float) -> float:
    """Standard deviation of one group, or of a change, from the SE of its mean.

    >>> sd_from_se(0.2069, 36)
    1.241
    """
    return se * math.sqrt(n)


def pooled_sd_from_se(se: float, n1: float, n2: float) -> float:
    """Standard deviation within two groups from the SE of their difference.

    >>> pooled_sd_from_se(3.928, 33, 22)
    14.27
    """
    return se / math.sqrt(1 / n1 + 1 / n2)


def p_limits(
    operator: POperator | str,
    p: float | None = None,
    *,
    decimals: int | None = None,
    grid: Sequence[float] = (),
) -> tuple[float, float]:
    """Interval of p values that a printed statement allows.

    Parameters
    ----------
    operator : str
        `<`, `<=`, `>`, `>=`, `ns` (not significant, 0.05 unless p says otherwise), `=` with the
        number of printed `decimals`, or `stars` on a `grid` shown in the legend.
    p : float
        The number printed.

    Examples
    --------
    >>> p_limits("=", 0.0, decimals=3)
    (0.0, 0.0005)
    >>> p_limits("ns")
    (0.05, 1.0)
    """
    value = 0.05 if p is None and operator == "ns" else p
    if value is None or not 0 <= value <= 1:
        raise EffectError(
            say(
                "p {sign} {value} is not a statement about a probability.",
                sign=operator,
                value=value,
            )
        )
    if operator in ("<", "<="):
        return 0.0, value
    if operator in (">", ">=", "ns"):
        return value, 1.0
    if operator == "=":
        half = 0.0 if decimals is None else 0.5 * 10.0**-decimals
        return max(0.0, value - half), min(1.0, value + half)
    if operator == "stars":
        return max((g for g in grid if g < value), default=0.0), value
    raise OptionError("operator", operator, ("=", "<", "<=", ">", ">=", "ns", "stars"))


def se_limits_from_p(
    estimate: float, limits: tuple[float, float], *, df: float | None = None
) -> tuple[float, float | None]:
    """Interval of standard errors under an interval of p values; None for no upper limit.

    >>> se_limits_from_p(-20, (0, 0.05), df=49)
    (0.0, 9.952)
    """
    smallest, largest = limits
    size = abs(estimate)
    upper = statistic_of_p(largest, df=df)
    if size == 0:
        if largest < 1:
            raise EffectError(say("an estimate of 0 cannot have p below {p}.", p=f"{largest:g}"))
        return 0.0, None
    at_smallest = statistic_of_p(smallest, df=df)
    if at_smallest <= 0:
        raise EffectError(
            say(
                "an estimate of {estimate} cannot have p = {p}.",
                estimate=f"{estimate:g}",
                p=f"{smallest:g}",
            )
        )
    low = 0.0 if smallest == 0 else size / at_smallest
    return low, None if upper <= 0 else size / upper
