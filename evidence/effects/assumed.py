"""Values that nobody printed, drawn from elsewhere and labelled imputed.

Coefficients of variation pooled over similar studies, SDs predicted from means, and Rubin's rules.
A single filled-in SD understates the uncertainty and is not offered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.effects.effect import quantile
from evidence.effects.labelled import Interval
from evidence.effects.recover_spread import Groups
from evidence.errors import EffectError

FEWEST_STUDIES = 3
"""Arms from which a pooled coefficient of variation is given."""
FEWEST_ARMS = 5
"""Arms from which an SD is predicted from a mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledCv:
    """Mean coefficient of variation of similar arms, weighted by their people.

    `rms` is the root of the weighted mean square, beside it because some formulas ask for that;
    `vi` is the sampling variance of the log ratio of the target.
    """

    cv: float
    rms: float
    vi: float

    @property
    def se(self) -> float:
        """Standard error of the log ratio."""
        return math.sqrt(self.vi)


def pooled_cv(
    sd: Sequence[float],
    mean: Sequence[float],
    n: Sequence[float],
    target: Groups,
    *,
    r: float | None = None,
) -> PooledCv:
    """A coefficient of variation from similar arms, and the variance it gives a target.

    In a meta-analysis use it for all studies, not only for those without an SD.

    Parameters
    ----------
    sd, mean, n : sequences of equal length, at least 3
        SD, mean and people of the arms; means positive.
    target : Groups
        The people of the study without an SD.
    r : float
        Correlation of before and after, for a paired target.

    Raises
    ------
    EffectError
        With fewer than three arms, a mean that is not positive, or r missing for a paired target.

    Notes
    -----
    Nakagawa et al. (2023), doi 10.1111/ele.14144; Doncaster & Spake (2018),
    doi 10.1111/2041-210X.12927.

    Examples
    --------
    >>> arms = dict(sd=[30, 26, 71, 5.6], mean=[100, 98, 212, 19.4], n=[30, 30, 50, 29])
    >>> found = pooled_cv(**arms, target=Groups(kind="paired", n=50), r=0.5)
    >>> round(found.cv, 4), round(found.se, 4)
    (0.3027, 0.0428)
    """
    _arms(sd, mean, n, least=FEWEST_STUDIES)
    total = math.fsum(n)
    ratios = [s / m for s, m in zip(sd, mean, strict=True)]
    cv = math.fsum(w * c for w, c in zip(n, ratios, strict=True)) / total
    rms = math.sqrt(math.fsum(w * c * c for w, c in zip(n, ratios, strict=True)) / total)
    if target.kind == "paired":
        if r is None or not -1 <= r <= 1:
            raise EffectError("a paired target takes the correlation of before and after.")
        vi = 2 * cv**2 * (1 - r) / (target.n or 1)
    else:
        vi = cv**2 * (1 / (target.n1 or 1) + 1 / (target.n2 or 1))
    return PooledCv(cv=cv, rms=rms, vi=vi)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedSd:
    """An SD predicted from a mean: ln s = a + b ln m, with its prediction interval."""

    intercept: float
    slope: float
    residual_sd: float
    sd: float
    interval: Interval


def sd_by_log_regression(
    mean: Sequence[float], sd: Sequence[float], new_mean: float, *, level: float = 0.95
) -> PredictedSd:
    """Predict an SD from a mean by the line through similar arms on log scales.

    Parameters
    ----------
    mean, sd : sequences of equal length, at least 5, positive
        Arms of the same outcome.
    new_mean : float
        The mean whose SD is missing; it must lie inside the range of `mean`.

    Raises
    ------
    EffectError
        With fewer than five arms, values that are not positive, or a mean outside the range.

    Notes
    -----
    Ordinary least squares; the interval is the prediction interval of a new arm (Marinho et al.
    2003, doi 10.1002/14651858.CD002278, predicted SDs so).

    Examples
    --------
    >>> found = sd_by_log_regression([12, 19.4, 33, 47.8, 61, 100], [4.1, 5.6, 9.9, 13.4, 16, 30],
    ...     80)
    >>> round(found.sd, 1), [round(x, 1) for x in found.interval]
    (22.3, [17.3, 28.8])
    """
    _arms(sd, mean, [1.0] * len(sd), least=FEWEST_ARMS)
    if min(sd) <= 0 or not min(mean) <= new_mean <= max(mean):
        raise EffectError(
            f"a mean of {new_mean:g} lies outside {min(mean):g} to {max(mean):g}, or an SD is not "
            "positive: the line is not carried beyond its arms."
        )
    x, y = [math.log(m) for m in mean], [math.log(s) for s in sd]
    k = len(x)
    mx, my = math.fsum(x) / k, math.fsum(y) / k
    sxx = math.fsum((a - mx) ** 2 for a in x)
    if sxx == 0:
        raise EffectError("the arms have one mean: no line goes through them.")
    slope = math.fsum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sxx
    intercept = my - slope * mx
    left = math.fsum((b - intercept - slope * a) ** 2 for a, b in zip(x, y, strict=True))
    residual = math.sqrt(left / (k - 2))
    at = math.log(new_mean)
    middle = intercept + slope * at
    half = quantile(level, k - 2) * residual * math.sqrt(1 + 1 / k + (at - mx) ** 2 / sxx)
    return PredictedSd(
        intercept=intercept,
        slope=slope,
        residual_sd=residual,
        sd=math.exp(middle),
        interval=(math.exp(middle - half), math.exp(middle + half)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubin:
    """Estimates of several imputed data sets, combined."""

    estimate: float
    within: float
    between: float
    total_variance: float
    df: float
    ci_low: float
    ci_high: float


def rubin_combine(
    estimates: Sequence[float], variances: Sequence[float], *, level: float = 0.95
) -> Rubin:
    """Combine the analyses of m imputed data sets.

    T = Ū + (1 + 1/m) B, with df (m − 1)(1 + Ū/((1 + 1/m) B))².

    Parameters
    ----------
    estimates, variances : sequences of length m, at least 2
        One per imputed data set.

    Raises
    ------
    EffectError
        With fewer than two, or a negative variance.

    Notes
    -----
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, doi 10.1002/9780470316696.

    Examples
    --------
    >>> found = rubin_combine([0.14, 0.10, 0.19], [0.004, 0.005, 0.003])
    >>> round(found.total_variance, 5), round(found.df, 2)
    (0.00671, 12.26)
    """
    m = len(estimates)
    if m < 2 or len(variances) != m or min(variances) < 0:
        raise EffectError("Rubin's rules take at least two estimates, each with its variance.")
    mean = math.fsum(estimates) / m
    within = math.fsum(variances) / m
    between = math.fsum((e - mean) ** 2 for e in estimates) / (m - 1)
    extra = (1 + 1 / m) * between
    total = within + extra
    # estimates that differ by rounding alone do not differ
    df = math.inf if extra <= 1e-14 * within else (m - 1) * (1 + within / extra) ** 2
    half = quantile(level, None if math.isinf(df) else df) * math.sqrt(total)
    return Rubin(
        estimate=mean,
        within=within,
        between=between,
        total_variance=total,
        df=df,
        ci_low=mean - half,
        ci_high=mean + half,
    )


def _arms(sd: Sequence[float], mean: Sequence[float], n: Sequence[float], *, least: int) -> None:
    if not len(sd) == len(mean) == len(n):
        raise EffectError(f"there are {len(sd)} SDs, {len(mean)} means and {len(n)} numbers.")
    if len(sd) < least:
        raise EffectError(f"{len(sd)} arms are too few to borrow from; it takes {least}.")
    if min(mean) <= 0 or min(sd) < 0 or min(n) <= 0:
        raise EffectError("means and people must be positive, and no SD negative.")
