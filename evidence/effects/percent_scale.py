"""Percent changes of means on the log scale: of one arm, and of one group against another.

The working scale is L = ln(mean / mean): additive, symmetric (−20 % is undone by +25 %) and free
of units. It needs a positive outcome with a true zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence.effects.effect import quantile
from evidence.effects.labelled import (
    Interval,
    Labelled,
    Labels,
    basis_of,
    check_people,
    check_positive,
    check_r,
    check_spread,
    percent_of_log,
)
from evidence.errors import EffectError, OptionError

Correction: TypeAlias = Literal["none", "lajeunesse", "auto"]
"""Of the small-sample bias of L. "auto": when n < 30 or a CV is above .5."""
VarianceType: TypeAlias = Literal["LS", "LS2", "auto"]
"""First or second order. "auto": second order when n < 20."""
Scale: TypeAlias = Literal["ratio", "ordinal", "signed"]
"""What the outcome is: with a true zero; grades, by courtesy; an index that may be negative."""

SENIOR = "Senior, Viechtbauer & Nakagawa (2020), doi 10.1002/jrsm.1423"
LAJEUNESSE = "Lajeunesse (2015), doi 10.1890/14-2402.1"
CORRECTED_BELOW, CORRECTED_ABOVE_CV = 30, 0.5
SECOND_ORDER_BELOW = 20
"""Below this number of people: second-order variance."""
T_BELOW = 30
"""Below this number of people the normal interval is too narrow; t on the df of the test holds
(docs/methods/calibration.md)."""
SMALL_ARM = 40
"""Below this number per group a pooled ratio of means is unreliable unless means are far from 0
(Bakbergenuly, Hoaglin & Kulinskaya 2020, doi 10.1186/s12874-020-01137-1)."""
GEARY = 3.0
"""Smallest mean, in standard errors, of which a ratio is taken (Hedges, Gurevitch & Curtis 1999,
doi 10.2307/177062)."""
UNIT_JUMP = 50.0
"""A mean this many times the other is more likely a change of unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentChange(Labelled):
    """A ratio of two means, as a percent and on the log scale.

    `percent` and the intervals carry the chosen correction, `headline_percent` never does;
    `ci_percent` is normal, `ci_t_percent` uses t and is given below 30 people in a group, where it
    is the one to show: `ci_shown`.
    `flags`: degenerate (no variance), ordinal_as_ratio, unit_change_suspected, small_arms.
    """

    percent: float
    headline_percent: float
    ln_ratio: float
    var_ln: float
    ci_percent: Interval
    ci_t_percent: Interval | None
    level: float
    correction: Correction
    vtype: VarianceType
    flags: tuple[str, ...]

    @property
    def se_ln(self) -> float:
        """Standard error of the log ratio."""
        return math.sqrt(self.var_ln)

    @property
    def ci_shown(self) -> Interval:
        """The interval with t where people are few, else the normal one."""
        return self.ci_percent if self.ci_t_percent is None else self.ci_t_percent


def few_df(n: float) -> float | None:
    """Degrees of freedom of a before-after test where people are few; None for a normal interval.

    >>> few_df(12), few_df(50)
    (11, None)
    """
    return n - 1 if 2 <= n < T_BELOW else None


def percent_change_paired(
    *,
    mean_pre: float,
    sd_pre: float,
    mean_post: float,
    sd_post: float,
    r: float,
    n: int,
    level: float = 0.95,
    correction: Correction = "auto",
    vtype: VarianceType = "auto",
    scale: Scale = "ratio",
    labels: Labels | None = None,
) -> PercentChange:
    """Percent change of the mean of one group, before to after.

    Parameters
    ----------
    mean_pre, sd_pre, mean_post, sd_post : float
        In one unit.
    r : float
        Correlation of the two measurements.
    n : int
        People analysed.
    level : float
        Of the intervals.
    correction, vtype : str
        Bias correction of L and order of its variance.
    scale : str
        "ordinal" is flagged, "signed" refused.
    labels : mapping, optional
        Labels of arguments that are not printed, such as {"r": "imputed"}.

    Raises
    ------
    EffectError
        For means that are not positive or too near zero, negative SDs, |r| > 1, n < 2.
    OptionError
        For an unknown correction, variance or scale.

    References
    ----------
    Senior, Viechtbauer & Nakagawa (2020), Res Synth Methods 11:553–567, equations 7, 18 and 19.
    https://doi.org/10.1002/jrsm.1423

    Examples
    --------
    >>> found = percent_change_paired(
    ...     mean_pre=100, sd_pre=30, mean_post=80, sd_post=26, r=0.7, n=50
    ... )
    >>> found.percent, found.se_ln, found.ci_percent
    (-20.0, 0.0344, (-25.2, -14.4))
    """
    check_people(n=n)
    check_r(r=r)
    flags = [*_check_scale(scale), *_check_ratio(mean_post, mean_pre)]
    c0, c1 = _cv("pre", mean_pre, sd_pre, n), _cv("post", mean_post, sd_post, n)
    correction = _correction(correction, n, (c0, c1))
    vtype = _variance_type(vtype, n)
    uncorrected = math.log(mean_post / mean_pre)
    ln_ratio = uncorrected
    if correction == "lajeunesse":
        ln_ratio += (c1**2 - c0**2) / (2 * n)
    variance = _paired_variance(c0, c1, r) / n
    if vtype == "LS2":
        odds = (mean_pre / mean_post) ** 2 + (mean_post / mean_pre) ** 2
        variance += (c0**4 + c1**4 + (r * c0 * c1) ** 2 * odds) / (2 * n**2)
    if variance == 0:
        flags.append("degenerate")
    df = few_df(n)
    return PercentChange(
        percent=percent_of_log(ln_ratio),
        headline_percent=percent_of_log(uncorrected),
        ln_ratio=ln_ratio,
        var_ln=variance,
        ci_percent=percent_limits(ln_ratio, variance, level),
        ci_t_percent=None if df is None else percent_limits(ln_ratio, variance, level, df),
        level=level,
        correction=correction,
        vtype=vtype,
        flags=tuple(flags),
        basis=basis_of(
            "percent_change_paired",
            SENIOR,
            {"mean_pre": mean_pre, "sd_pre": sd_pre, "mean_post": mean_post, "sd_post": sd_post,
             "r": r, "n": n},
            labels,
            assumptions=_assumed(scale),
        ),
    )  # fmt: skip


def _paired_variance(c0: float, c1: float, r: float) -> float:
    """c0² + c1² − 2 r c0 c1, exactly 0 for equal CVs and r = 1."""
    variance = (c0 - c1) ** 2 + 2 * c0 * c1 * (1 - r)
    return variance if variance > 1e-14 * (c0**2 + c1**2) else 0.0


def log_ratio_independent(
    *,
    m1: float,
    sd1: float,
    n1: int,
    m2: float,
    sd2: float,
    n2: int,
    level: float = 0.95,
    correction: Correction = "auto",
    vtype: VarianceType = "auto",
    scale: Scale = "ratio",
    labels: Labels | None = None,
) -> PercentChange:
    """Percent by which the mean of the first group differs from that of the second.

    Parameters
    ----------
    m1, sd1, m2, sd2 : float
        In one unit.
    n1, n2 : int
        People analysed.
    level, correction, vtype, scale, labels
        As in `percent_change_paired`; "auto" looks at the smaller group.

    Raises
    ------
    EffectError
        For means that are not positive or too near zero, negative SDs, fewer than 2 people.
    OptionError
        For an unknown correction, variance or scale.

    References
    ----------
    Lajeunesse (2015), Ecology 96:2056–2063, equations 8 and 9. https://doi.org/10.1890/14-2402.1

    Examples
    --------
    >>> found = log_ratio_independent(
    ...     m1=41.2, sd1=12.1, n1=33, m2=47.8, sd2=13.4, n2=31, vtype="LS"
    ... )
    >>> found.percent, found.var_ln, found.flags
    (-13.81, 0.005149, ('small_arms',))
    """
    check_people(n1=n1, n2=n2)
    flags = [*_check_scale(scale), *_check_ratio(m1, m2)]
    if min(n1, n2) < SMALL_ARM:
        flags.append("small_arms")
    c1, c2 = _cv("1", m1, sd1, n1), _cv("2", m2, sd2, n2)
    correction = _correction(correction, min(n1, n2), (c1, c2))
    vtype = _variance_type(vtype, min(n1, n2))
    uncorrected = math.log(m1 / m2)
    ln_ratio = uncorrected
    if correction == "lajeunesse":
        ln_ratio += (c1**2 / n1 - c2**2 / n2) / 2
    variance = c1**2 / n1 + c2**2 / n2
    if vtype == "LS2":
        variance += c1**4 / (2 * n1**2) + c2**4 / (2 * n2**2)
    if variance == 0:
        flags.append("degenerate")
    df = n1 + n2 - 2 if min(n1, n2) < T_BELOW else None
    return PercentChange(
        percent=percent_of_log(ln_ratio),
        headline_percent=percent_of_log(uncorrected),
        ln_ratio=ln_ratio,
        var_ln=variance,
        ci_percent=percent_limits(ln_ratio, variance, level),
        ci_t_percent=None if df is None else percent_limits(ln_ratio, variance, level, df),
        level=level,
        correction=correction,
        vtype=vtype,
        flags=tuple(flags),
        basis=basis_of(
            "log_ratio_independent",
            LAJEUNESSE,
            {"m1": m1, "sd1": sd1, "n1": n1, "m2": m2, "sd2": sd2, "n2": n2},
            labels,
            assumptions=_assumed(scale),
        ),
    )


def _cv(which: str, mean: float, sd: float, n: int) -> float:
    """The coefficient of variation of a mean that is far enough from zero."""
    check_spread(**{f"sd {which}": sd})
    if sd > 0 and mean * math.sqrt(n) / sd < GEARY:
        raise EffectError(
            f"mean {which} = {mean:g} lies within {GEARY:g} standard errors of zero: a percent "
            "of it means nothing; use the raw difference."
        )
    return sd / mean


def _check_ratio(one: float, two: float) -> list[str]:
    check_positive("a ratio needs positive means; use the raw difference", mean=one, baseline=two)
    return ["unit_change_suspected"] if not 1 / UNIT_JUMP < one / two < UNIT_JUMP else []


def _check_scale(scale: Scale) -> list[str]:
    if scale not in get_args(Scale):
        raise OptionError("scale", scale, get_args(Scale))
    if scale == "signed":
        raise EffectError(
            "an index that may be negative has no percent change; use the raw difference."
        )
    return ["ordinal_as_ratio"] if scale == "ordinal" else []


def _assumed(scale: Scale) -> tuple[str, ...]:
    return ("grades are read as if they had a true zero",) if scale == "ordinal" else ()


def _correction(correction: Correction, n: int, cvs: tuple[float, float]) -> Correction:
    if correction not in get_args(Correction):
        raise OptionError("correction", correction, get_args(Correction))
    if correction != "auto":
        return correction
    return "lajeunesse" if n < CORRECTED_BELOW or max(cvs) > CORRECTED_ABOVE_CV else "none"


def _variance_type(vtype: VarianceType, n: int) -> VarianceType:
    if vtype not in get_args(VarianceType):
        raise OptionError("vtype", vtype, get_args(VarianceType))
    if vtype != "auto":
        return vtype
    return "LS2" if n < SECOND_ORDER_BELOW else "LS"


def percent_limits(
    ln_ratio: float, variance: float, level: float = 0.95, df: float | None = None
) -> Interval:
    """Limits of a log ratio, as percents.

    >>> percent_limits(-0.2231, 0.0344**2)
    (-25.2, -14.4)
    """
    half = quantile(level, df) * math.sqrt(variance)
    return percent_of_log(ln_ratio - half), percent_of_log(ln_ratio + half)
