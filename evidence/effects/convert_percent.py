"""A percent change into what else it may stand for: other percents, raw and standardised units."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.effects.labelled import (
    Interval,
    Labelled,
    Labels,
    basis_of,
    check_people,
    check_percent,
    check_positive,
    check_r,
    check_spread,
    log_of_percent,
)
from evidence.effects.percent_scale import SENIOR, percent_limits
from evidence.errors import EffectError
from evidence.messages import say

LOGNORMAL = "moments of a bivariate lognormal"
BECKER = "Becker (1988), doi 10.1111/j.2044-8317.1988.tb00901.x"
EQUAL_CV = "the SD moves with the mean: both CVs are equal"
ROUNDING = 1e-9
"""How far beyond ±1 a correlation may come to lie by floating point alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndividualPercent(Labelled):
    """The mean of individual percent changes beside the percent change of the means."""

    percent_of_means: float
    mean_individual_percent_lognormal: float
    mean_individual_percent_delta2: float

    @property
    def gap_points_lognormal(self) -> float:
        """What averaging individuals adds, in percent points."""
        return self.mean_individual_percent_lognormal - self.percent_of_means


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentReadings(Labelled):
    """A printed percent, read as percent of means and as mean of individual percents.

    Both fields are percent changes of the means.
    """

    if_percent_of_means: float
    if_mean_of_individuals: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardisedPercent(Labelled):
    """A percent change in other units.

    `smcr` is standardised by the baseline SD, `smcc` by the SD of change; `d` is raw, `g` carries
    Hedges' factor. `md` and `sd_change` are in the unit of the outcome, None without a baseline.
    """

    smcr_d: float
    smcc_d: float
    hedges_j: float
    smcr_g: float
    smcc_g: float
    smcr_g_var: float
    smcc_g_var: float
    md: float | None
    sd_change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSe(Labelled):
    """A standard error in percent points as one of the log ratio.

    Not `admissible` when the correlation that it implies lies outside −1 to 1; standard error and
    interval are then None.
    """

    admissible: bool
    r_implied: float
    se_ln: float | None
    ci_percent: Interval | None


def mean_of_individual_percent(
    *,
    cv_pre: float,
    cv_post: float,
    r: float,
    ratio_of_means: float,
    labels: Labels | None = None,
) -> IndividualPercent:
    """The mean of individual percent changes that goes with a ratio of means.

    E[post/pre] = R (1 + c0²)/(1 + r c0 c1) for a bivariate lognormal, and about
    R (1 + c0² − r c0 c1) for anything; both exceed R whenever c0 > r c1, so that averaging
    individuals understates reductions and overstates increases.

    Parameters
    ----------
    cv_pre, cv_post : float
        SD over mean, before and after.
    r : float
        Correlation of the two measurements.
    ratio_of_means : float
        Mean after over mean before.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Raises
    ------
    EffectError
        For negative CVs, |r| > 1, or a ratio that is not positive.

    Examples
    --------
    >>> found = mean_of_individual_percent(cv_pre=0.3, cv_post=0.3, r=0.5, ratio_of_means=0.8)
    >>> found.percent_of_means, found.mean_individual_percent_lognormal
    (-20.0, -16.6)
    """
    check_positive("a ratio of positive means is positive", ratio_of_means=ratio_of_means)
    factor = _lognormal_factor(cv_pre, cv_post, r)
    return IndividualPercent(
        percent_of_means=100 * (ratio_of_means - 1),
        mean_individual_percent_lognormal=100 * (ratio_of_means * factor - 1),
        mean_individual_percent_delta2=100
        * (ratio_of_means * (1 + cv_pre**2 - r * cv_pre * cv_post) - 1),
        basis=basis_of(
            "mean_of_individual_percent",
            LOGNORMAL,
            {"cv_pre": cv_pre, "cv_post": cv_post, "r": r, "ratio_of_means": ratio_of_means},
            labels,
            assumptions=("both measurements are lognormal",),
        ),
    )


def percent_readings(
    percent: float,
    *,
    cv_pre: float,
    r: float,
    cv_post: float | None = None,
    labels: Labels | None = None,
) -> PercentReadings:
    """A printed percent of unknown basis under both readings, each as a percent of means.

    Parameters
    ----------
    percent : float
        As printed, signed, above −100.
    cv_pre, cv_post, r : float
        As in `mean_of_individual_percent`; `cv_post` equals `cv_pre` when left out.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Raises
    ------
    EffectError
        As `mean_of_individual_percent`.

    Examples
    --------
    >>> found = percent_readings(-20, cv_pre=0.35, r=0.5, labels={"cv_pre": "imputed"})
    >>> found.if_mean_of_individuals, found.label
    (-24.4, 'imputed')
    """
    check_percent("percent", percent)
    after = cv_pre if cv_post is None else cv_post
    factor = _lognormal_factor(cv_pre, after, r)
    equal = (EQUAL_CV,) if cv_post is None else ()
    return PercentReadings(
        if_percent_of_means=percent,
        if_mean_of_individuals=100 * ((1 + percent / 100) / factor - 1),
        basis=basis_of(
            "percent_readings",
            LOGNORMAL,
            {"percent": percent, "cv_pre": cv_pre, "cv_post": cv_post, "r": r},
            labels,
            least="bounded",
            assumptions=("both measurements are lognormal", *equal),
            reason="whether the percent is of means or a mean of percents is not printed",
        ),
    )


def _lognormal_factor(c0: float, c1: float, r: float) -> float:
    check_spread(cv_pre=c0, cv_post=c1)
    check_r(r=r)
    below = 1 + r * c0 * c1
    if below <= 0:
        raise EffectError(f"CVs of {c0:g} and {c1:g} cannot go with a correlation of {r:g}.")
    return (1 + c0**2) / below


def percent_to_md_smd(
    percent: float,
    *,
    cv_pre: float,
    r: float,
    n: int,
    cv_post: float | None = None,
    mean_pre: float | None = None,
    labels: Labels | None = None,
) -> StandardisedPercent:
    """A percent change of the mean of one group in raw and standardised units.

    Parameters
    ----------
    percent : float
        Percent change of means, signed, above −100.
    cv_pre, cv_post : float
        SD over mean, before and after; `cv_post` equals `cv_pre` when left out.
    r : float
        Correlation of the two measurements.
    n : int
        People, at least 3.
    mean_pre : float, optional
        Baseline mean, for the raw difference.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Raises
    ------
    EffectError
        When a CV or the SD of change is 0, |r| > 1, or n < 3.

    References
    ----------
    Becker (1988), Br J Math Stat Psychol 41:257–278.
    https://doi.org/10.1111/j.2044-8317.1988.tb00901.x
    Hedges (1981), J Educ Stat 6:107–128. https://doi.org/10.3102/10769986006002107

    Examples
    --------
    >>> found = percent_to_md_smd(-20, cv_pre=0.35, r=0.5, n=50)
    >>> found.smcr_d, found.smcc_d, found.smcr_g, found.smcc_g
    (-0.571, -0.623, -0.563, -0.614)
    """
    check_percent("percent", percent)
    check_people(3, n=n)
    check_r(r=r)
    check_positive("a standardised change needs some spread", cv_pre=cv_pre)
    check_spread(cv_post=cv_post)
    check_positive("a percent needs a positive baseline mean", mean_pre=mean_pre)
    ratio = 1 + percent / 100
    after = ratio * (cv_pre if cv_post is None else cv_post)  # in baseline means
    variance = (cv_pre - after) ** 2 + 2 * cv_pre * after * (1 - r)
    if variance <= 1e-14 * cv_pre**2:
        raise EffectError("CVs and correlation leave no spread of the change to divide by.")
    by_baseline, by_change = (ratio - 1) / cv_pre, (ratio - 1) / math.sqrt(variance)
    j = _hedges(n - 1)
    g_baseline, g_change = j * by_baseline, j * by_change
    return StandardisedPercent(
        smcr_d=by_baseline,
        smcc_d=by_change,
        hedges_j=j,
        smcr_g=g_baseline,
        smcc_g=g_change,
        smcr_g_var=2 * (1 - r) / n + g_baseline**2 / (2 * n),
        smcc_g_var=1 / n + g_change**2 / (2 * n),
        md=None if mean_pre is None else (ratio - 1) * mean_pre,
        sd_change=None if mean_pre is None else math.sqrt(variance) * mean_pre,
        basis=basis_of(
            "percent_to_md_smd",
            BECKER,
            {"percent": percent, "cv_pre": cv_pre, "cv_post": cv_post, "r": r, "n": n,
             "mean_pre": mean_pre},
            labels,
            assumptions=(
                "the percent is one of means",
                *((EQUAL_CV,) if cv_post is None else ()),
                "a within-arm change, not comparable with a difference between arms",
            ),
        ),
    )  # fmt: skip


def _hedges(df: float) -> float:
    """Exact small-sample factor of a standardised mean difference (Hedges 1981)."""
    return math.exp(math.lgamma(df / 2) - math.log(df / 2) / 2 - math.lgamma((df - 1) / 2))


def percent_se_to_log_se(
    percent: float,
    *,
    se_percent_points: float,
    n: int,
    cv_pre: float,
    level: float = 0.95,
    labels: Labels | None = None,
) -> LogSe:
    """The standard error of a mean percent change as one of the log ratio of means.

    With the baseline mean taken as fixed and equal CVs c, an SE in points gives
    k = se √n / 100, r = (1 + R² − k²/c²)/(2R) and var L = (k² − c²(1 − R)²)/(nR).

    Parameters
    ----------
    percent : float
        Percent change of means, signed, above −100.
    se_percent_points : float
        Its standard error, in points.
    n : int
        People.
    cv_pre : float
        SD over mean at baseline.
    level : float
        Of the interval.
    labels : mapping, optional
        Labels of arguments that are not printed, such as {"cv_pre": "imputed"}.

    Returns
    -------
    LogSe
        Not admissible, and refused, when the implied correlation lies outside −1 to 1: percent,
        SE and CV then cannot all be right. Nothing is clipped.

    Raises
    ------
    EffectError
        For a percent of −100 or below, a CV of 0, a negative SE, fewer than 2 people.

    References
    ----------
    Senior, Viechtbauer & Nakagawa (2020), Res Synth Methods 11:553–567.
    https://doi.org/10.1002/jrsm.1423

    Examples
    --------
    >>> found = percent_se_to_log_se(-20, se_percent_points=4.2, n=50, cv_pre=0.35)
    >>> found.r_implied, found.se_ln, found.ci_percent
    (0.575, 0.0456, (-26.8, -12.5))
    """
    log = log_of_percent("percent", percent)
    check_people(n=n)
    check_spread(se_percent_points=se_percent_points)
    check_positive("a correlation does not follow without spread", cv_pre=cv_pre)
    ratio = 1 + percent / 100
    k = se_percent_points * math.sqrt(n) / 100
    r = (1 + ratio**2 - (k / cv_pre) ** 2) / (2 * ratio)
    admissible = abs(r) <= 1 + ROUNDING
    variance = max(0.0, (k**2 - (cv_pre * (1 - ratio)) ** 2) / (n * ratio))
    inputs = {"percent": percent, "se_percent_points": se_percent_points, "n": n, "cv_pre": cv_pre}
    return LogSe(
        admissible=admissible,
        r_implied=r,
        se_ln=math.sqrt(variance) if admissible else None,
        ci_percent=percent_limits(log, variance, level) if admissible else None,
        basis=basis_of(
            "percent_se_to_log_se",
            SENIOR,
            inputs,
            labels,
            least="derived" if admissible else "refused",
            assumptions=(EQUAL_CV, "the test took the baseline mean as fixed"),
            reason=""
            if admissible
            else say(
                "percent, SE and CV cannot all be right: they imply a correlation of {r}",
                r=f"{r:.2f}",
            ),
        ),
    )
