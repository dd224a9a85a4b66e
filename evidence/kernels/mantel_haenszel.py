"""One common effect of stratified counts: Mantel–Haenszel, Peto, and the tests beside them.

A stratum is a study. People of the first group are `ai` with the event and `bi` without, those of
the second `ci` and `di`; rates are `x1i` events in the time `t1i` against `x2i` in `t2i`. Ratios
come out on the log scale. Strata need no constant for zero cells: all sums stay finite, and a
stratum without events (or with nothing but events) in both groups adds nothing to a ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from evidence._typing import Vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommonEffect:
    """A common effect with its standard error; both NaN when the strata do not determine it.

    `weights` has shape (k,): what each stratum contributes, before division by their sum.
    """

    estimate: float
    se: float
    weights: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """A chi-square statistic; NaN when no stratum is left to compute it from."""

    statistic: float
    df: int
    pvalue: float


def odds_ratio(ai: Vector, bi: Vector, ci: Vector, di: Vector) -> CommonEffect:
    """Common log odds ratio, log of Σ(ad/N) / Σ(bc/N), with the Robins–Breslow–Greenland error.

    Parameters
    ----------
    ai, bi, ci, di : arrays of shape (k,)
        Cells of each table.

    References
    ----------
    Mantel & Haenszel (1959), J Natl Cancer Inst 22:719–748; Robins, Breslow & Greenland (1986),
    Biometrics 42:311–323. https://doi.org/10.2307/2531052

    Examples
    --------
    >>> found = odds_ratio(*np.array([[12.0, 5], [88, 45], [20, 9], [80, 41]]))
    >>> found.estimate, found.se
    (-0.6291, 0.3304)
    """
    n = _total(ai, bi, ci, di)
    ri, si = ai * di / n, bi * ci / n
    pi, qi = (ai + di) / n, (bi + ci) / n
    r, s = ri.sum(), si.sum()
    if not (r > 0 and s > 0):
        return _undetermined(si)
    variance = (
        (pi @ ri) / (2 * r * r)
        + (pi @ si + qi @ ri) / (2 * r * s)
        + (qi @ si) / (2 * s * s)
    )  # fmt: skip
    return CommonEffect(estimate=float(np.log(r / s)), se=float(np.sqrt(variance)), weights=si)


def risk_ratio(ai: Vector, bi: Vector, ci: Vector, di: Vector) -> CommonEffect:
    """Common log risk ratio, log of Σ(a n₂/N) / Σ(c n₁/N), with the Greenland–Robins error.

    Parameters
    ----------
    ai, bi, ci, di : arrays of shape (k,)
        Cells of each table.

    References
    ----------
    Greenland & Robins (1985), Biometrics 41:55–68. https://doi.org/10.2307/2530643

    Examples
    --------
    >>> found = risk_ratio(*np.array([[12.0, 5], [88, 45], [20, 9], [80, 41]]))
    >>> found.estimate, found.se
    (-0.5341, 0.2827)
    """
    n, n1, n2 = _total(ai, bi, ci, di), ai + bi, ci + di
    ri, si = ai * n2 / n, ci * n1 / n
    r, s = ri.sum(), si.sum()
    if not (r > 0 and s > 0):
        return _undetermined(si)
    spread = (n1 / n) * (n2 / n) * (ai + ci) - ai * ci / n
    return CommonEffect(
        estimate=float(np.log(r / s)), se=float(np.sqrt(spread.sum() / (r * s))), weights=si
    )


def risk_difference(ai: Vector, bi: Vector, ci: Vector, di: Vector) -> CommonEffect:
    """Common risk difference, mean of the differences weighted n₁n₂/N, with Sato's error.

    Parameters
    ----------
    ai, bi, ci, di : arrays of shape (k,)
        Cells of each table.

    References
    ----------
    Greenland & Robins (1985), Biometrics 41:55–68; Sato (1989), Biometrics 45:1323–1324.

    Examples
    --------
    >>> found = risk_difference(*np.array([[12.0, 5], [88, 45], [20, 9], [80, 41]]))
    >>> found.estimate, found.se
    (-0.08, 0.04133)
    """
    n, n1, n2 = _total(ai, bi, ci, di), ai + bi, ci + di
    wi = n1 * n2 / n
    total = wi.sum()
    if not total > 0:
        return _undetermined(wi)
    estimate = float((ai * n2 / n - ci * n1 / n).sum() / total)
    f1, f2 = n1 / n, n2 / n
    spread = ci * f1 * f1 - ai * f2 * f2 + f1 * f2 * (n2 - n1) / 2
    within = (ai * di + bi * ci) / (2 * n)
    variance = (estimate * spread.sum() + within.sum()) / (total * total)
    return CommonEffect(estimate=estimate, se=_root(variance), weights=wi)


def rate_ratio(x1i: Vector, t1i: Vector, x2i: Vector, t2i: Vector) -> CommonEffect:
    """Common log rate ratio, log of Σ(x₁t₂/T) / Σ(x₂t₁/T).

    Parameters
    ----------
    x1i, t1i, x2i, t2i : arrays of shape (k,)
        Events and time at risk of both groups; times in one unit.

    References
    ----------
    Rothman & Greenland (1998), Modern Epidemiology, chapter 15.

    Examples
    --------
    >>> found = rate_ratio(*np.array([[10.0, 4], [100, 60], [20, 9], [110, 50]]))
    >>> found.estimate, found.se
    (-0.7156, 0.3242)
    """
    t = _total(t1i, t2i)
    ri, si = x1i * t2i / t, x2i * t1i / t
    r, s = ri.sum(), si.sum()
    if not (r > 0 and s > 0):
        return _undetermined(si)
    spread = (t1i / t) * (t2i / t) * (x1i + x2i)
    return CommonEffect(
        estimate=float(np.log(r / s)), se=float(np.sqrt(spread.sum() / (r * s))), weights=si
    )


def rate_difference(x1i: Vector, t1i: Vector, x2i: Vector, t2i: Vector) -> CommonEffect:
    """Common rate difference, mean of the differences weighted t₁t₂/T.

    Parameters
    ----------
    x1i, t1i, x2i, t2i : arrays of shape (k,)
        Events and time at risk of both groups; times in one unit.

    References
    ----------
    Greenland & Robins (1985), Biometrics 41:55–68. https://doi.org/10.2307/2530643

    Examples
    --------
    >>> found = rate_difference(*np.array([[10.0, 4], [100, 60], [20, 9], [110, 50]]))
    >>> found.estimate, found.se
    (-0.09261, 0.04123)
    """
    t = _total(t1i, t2i)
    wi = t1i * t2i / t
    total = wi.sum()
    if not total > 0:
        return _undetermined(wi)
    estimate = (x1i * t2i / t - x2i * t1i / t).sum() / total
    # (t₁t₂/T)² (x₁/t₁² + x₂/t₂²), without dividing by a time of zero
    variance = (x1i * (t2i / t) ** 2 + x2i * (t1i / t) ** 2).sum() / (total * total)
    return CommonEffect(estimate=float(estimate), se=_root(variance), weights=wi)


def peto_odds_ratio(ai: Vector, bi: Vector, ci: Vector, di: Vector) -> CommonEffect:
    """Common log odds ratio by one step from the null: Σ(O − E) / ΣV, standard error (ΣV)^−½.

    Parameters
    ----------
    ai, bi, ci, di : arrays of shape (k,)
        Cells of each table.

    References
    ----------
    Yusuf, Peto, Lewis, Collins & Sleight (1985), Prog Cardiovasc Dis 27:335–371.
    https://doi.org/10.1016/S0033-0620(85)80003-7

    Examples
    --------
    >>> found = peto_odds_ratio(*np.array([[12.0, 5], [88, 45], [20, 9], [80, 41]]))
    >>> found.estimate, found.se
    (-0.6126, 0.3195)
    """
    expected, vi = hypergeometric_moments(ai, bi, ci, di)
    total = vi.sum()
    if not total > 0:
        return _undetermined(vi)
    return CommonEffect(
        estimate=float((ai - expected).sum() / total), se=float(total**-0.5), weights=vi
    )


TABLE_EFFECTS = {
    "OR": odds_ratio,
    "RR": risk_ratio,
    "RD": risk_difference,
    "PETO": peto_odds_ratio,
}
"""Common effects of 2x2 tables: functions of ai, bi, ci, di."""

RATE_EFFECTS = {"IRR": rate_ratio, "IRD": rate_difference}
"""Common effects of rates: functions of x1i, t1i, x2i, t2i."""


def hypergeometric_moments(ai: Vector, bi: Vector, ci: Vector, di: Vector) -> tuple[Vector, Vector]:
    """Mean and variance of `ai` given the margins, when the event does not depend on the group.

    >>> mean, variance = hypergeometric_moments(*(np.array([x]) for x in (3.0, 7.0, 5.0, 5.0)))
    >>> float(mean[0]), float(variance[0])
    (4.0, 1.263)
    """
    n, n1, n2 = _total(ai, bi, ci, di), ai + bi, ci + di
    events, others = ai + ci, bi + di
    single = np.where(n > 1, n - 1, 1.0)  # of one person all but one margin is zero
    return events * n1 / n, (n1 / n) * (n2 / n) * events * others / single


def cochran_mantel_haenszel(
    ai: Vector, bi: Vector, ci: Vector, di: Vector, *, correct: bool = False
) -> ChiSquare:
    """Test that the event is independent of the group in every stratum.

    Parameters
    ----------
    ai, bi, ci, di : arrays of shape (k,)
        Cells of each table.
    correct : bool
        Whether 1/2 is taken off |Σ(a − E)|, never below zero.

    References
    ----------
    Mantel & Haenszel (1959), J Natl Cancer Inst 22:719–748. https://doi.org/10.1093/jnci/22.4.719

    Examples
    --------
    >>> cochran_mantel_haenszel(*np.array([[12.0, 5], [88, 45], [20, 9], [80, 41]])).statistic
    3.676
    """
    expected, vi = hypergeometric_moments(ai, bi, ci, di)
    return _one_df((ai - expected).sum(), vi.sum(), correct)


def mantel_haenszel_rates(
    x1i: Vector, t1i: Vector, x2i: Vector, t2i: Vector, *, correct: bool = False
) -> ChiSquare:
    """Test that the rate is the same in both groups of every stratum.

    Parameters
    ----------
    x1i, t1i, x2i, t2i : arrays of shape (k,)
        Events and time at risk of both groups.
    correct : bool
        Whether 1/2 is taken off |Σ(x₁ − E)|, never below zero.

    References
    ----------
    Rothman & Greenland (1998), Modern Epidemiology, chapter 15.

    Examples
    --------
    >>> mantel_haenszel_rates(*np.array([[10.0, 4], [100, 60], [20, 9], [110, 50]])).statistic
    5.083
    """
    t = _total(t1i, t2i)
    events = x1i + x2i
    return _one_df((x1i - events * t1i / t).sum(), ((t1i / t) * (t2i / t) * events).sum(), correct)


def breslow_day(
    ai: Vector, bi: Vector, ci: Vector, di: Vector, *, log_odds_ratio: float
) -> tuple[ChiSquare, ChiSquare]:
    """Tests that one odds ratio fits all strata: Breslow–Day, and with Tarone's correction.

    Parameters
    ----------
    ai, bi, ci, di : arrays of shape (k,)
        Cells of each table; tables with an empty margin say nothing and do not count.
    log_odds_ratio : float
        The common log odds ratio, by Mantel and Haenszel.

    Returns
    -------
    (ChiSquare, ChiSquare)
        Breslow–Day; Tarone.

    References
    ----------
    Breslow & Day (1980), Statistical Methods in Cancer Research I, 142–146; Tarone (1985),
    Biometrika 72:91–95. https://doi.org/10.1093/biomet/72.1.91

    Examples
    --------
    >>> tables = np.array([[12.0, 5], [88, 45], [20, 9], [80, 41]])
    >>> breslow_day(*tables, log_odds_ratio=odds_ratio(*tables).estimate)[0].statistic
    0.01085
    """
    full = (ai + bi > 0) & (ci + di > 0) & (ai + ci > 0) & (bi + di > 0)
    df = int(full.sum()) - 1
    none = ChiSquare(statistic=float("nan"), df=max(df, 0), pvalue=float("nan"))
    if df < 1 or not np.isfinite(log_odds_ratio):
        return none, none
    a, n1, n2, m = ai[full], (ai + bi)[full], (ci + di)[full], (ai + ci)[full]
    fitted = fitted_cell(n1, n2, m, float(np.exp(log_odds_ratio)))
    vi = 1 / (1 / fitted + 1 / (n1 - fitted) + 1 / (m - fitted) + 1 / (n2 - m + fitted))
    off = a - fitted
    statistic = float((off * off / vi).sum())
    corrected = statistic - float(off.sum() ** 2 / vi.sum())
    return (
        ChiSquare(statistic=statistic, df=df, pvalue=float(chdtrc(df, statistic))),
        ChiSquare(statistic=corrected, df=df, pvalue=float(chdtrc(df, max(corrected, 0.0)))),
    )


def fitted_cell(n1: Vector, n2: Vector, m: Vector, odds_ratio: float) -> Vector:
    """First cell of the tables with group sizes n1 and n2 and m events that have this odds ratio.

    The root of a quadratic, in the form that subtracts nothing of its own size.

    >>> fitted_cell(np.array([10.0]), np.array([10.0]), np.array([8.0]), 1.0)
    array([4.])
    """
    slope = n2 - m + odds_ratio * (n1 + m)
    square = np.sqrt(slope * slope + 4 * (1 - odds_ratio) * odds_ratio * n1 * m)
    with np.errstate(divide="ignore", invalid="ignore"):
        direct = (square - slope) / (2 * (1 - odds_ratio))
        inverse = 2 * odds_ratio * n1 * m / (slope + square)
    return np.asarray(np.where(slope > 0, inverse, direct), dtype=np.float64)


def _one_df(excess: float, variance: float, correct: bool) -> ChiSquare:
    if not variance > 0:
        return ChiSquare(statistic=float("nan"), df=1, pvalue=float("nan"))
    distance = max(0.0, abs(float(excess)) - (0.5 if correct else 0.0))
    statistic = distance * distance / float(variance)
    return ChiSquare(statistic=statistic, df=1, pvalue=float(chdtrc(1, statistic)))


def _total(*parts: Vector) -> Vector:
    """Sum of the parts; 1 for an empty stratum, so that all it adds is 0."""
    total = np.sum(parts, axis=0)
    return np.asarray(np.where(total > 0, total, 1.0), dtype=np.float64)


def _root(variance: float) -> float:
    return float(np.sqrt(variance)) if variance >= 0 else float("nan")


def _undetermined(weights: Vector) -> CommonEffect:
    return CommonEffect(estimate=float("nan"), se=float("nan"), weights=weights)
