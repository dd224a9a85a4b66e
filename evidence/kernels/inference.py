"""A weighted mean of effects with its test, its confidence interval and its prediction interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from evidence._typing import Vector
from evidence.kernels.wls import weighted_mean, weighted_squares

Test: TypeAlias = Literal["z", "t", "HKSJ", "HKSJ-adhoc"]
"""Normal; t with k − 1 df; Hartung–Knapp–Sidik–Jonkman; the same, never below the plain error."""

PredictionDf: TypeAlias = Literal["normal", "k-1", "k-2"]
"""Quantile of a prediction interval: normal, or t with so many degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanTest:
    """A mean, tested against zero. `df` is None for the normal distribution.

    `factor` is what Hartung and Knapp multiply the variance by; None for the other tests.
    """

    estimate: float
    se: float
    statistic: float
    df: int | None
    pvalue: float
    ci_low: float
    ci_high: float
    factor: float | None


def mean_test(
    yi: Vector, vi: Vector, tau2: float, test: Test, level: float = 0.95, ai: Vector | None = None
) -> MeanTest:
    """Mean of effects with variances v + τ², its standard error, test and confidence interval.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances; k at least 2 except for the test "z".
    tau2 : float
        Between-study variance.
    test : {"z", "t", "HKSJ", "HKSJ-adhoc"}
        How the mean is tested.
    level : float
        Confidence level.
    ai : array of shape (k,), optional
        Weights other than 1/(v + τ²); the standard error then is √Σa²(v + τ²) / Σa.

    References
    ----------
    Hartung & Knapp (2001), Stat Med 20:3875–3889. https://doi.org/10.1002/sim.1009
    Sidik & Jonkman (2002), Stat Med 21:3153–3159. https://doi.org/10.1002/sim.1262

    Examples
    --------
    >>> found = mean_test(np.array([0.5, 0.6]), np.array([0.04, 0.09]), 0.0, "z")
    >>> found.estimate, found.se
    (0.5308, 0.1664)
    """
    wi = 1 / (vi + tau2)
    weights = wi if ai is None else ai
    estimate = weighted_mean(yi, weights)
    variance = 1 / wi.sum() if ai is None else (ai * ai) @ (vi + tau2) / ai.sum() ** 2
    se, df, factor = math.sqrt(variance), None, None
    if test != "z":
        df = len(yi) - 1
    if df is not None and test in ("HKSJ", "HKSJ-adhoc"):
        factor = weighted_squares(yi, wi) / df
        if test == "HKSJ-adhoc":
            factor = max(1.0, factor)
        se *= math.sqrt(factor)
    half = quantile(level, df) * se
    statistic = _ratio(estimate, se)
    return MeanTest(
        estimate=estimate,
        se=se,
        statistic=statistic,
        df=df,
        pvalue=two_sided(statistic, df),
        ci_low=estimate - half,
        ci_high=estimate + half,
        factor=factor,
    )


def prediction_limits(
    estimate: float, se: float, tau2: float, level: float, df: int | None
) -> tuple[float, float]:
    """Limits for the true effect of a further study: mean ± quantile · √(τ² + se²).

    Parameters
    ----------
    estimate, se : float
        Mean and its standard error.
    tau2 : float
        Between-study variance.
    level : float
        Coverage.
    df : int or None
        Degrees of freedom of the t quantile; None takes the normal one.

    References
    ----------
    Higgins, Thompson & Spiegelhalter (2009), J R Stat Soc A 172:137–159; Riley, Higgins & Deeks
    (2011), BMJ 342:d549. https://doi.org/10.1136/bmj.d549

    Examples
    --------
    >>> prediction_limits(0.5, 0.3, 0.16, 0.95, None)
    (-0.48, 1.48)
    """
    half = quantile(level, df) * math.sqrt(tau2 + se * se)
    return estimate - half, estimate + half


def quantile(level: float, df: int | None) -> float:
    """Two-sided quantile of t on `df` degrees of freedom, or of the normal distribution.

    >>> quantile(0.95, None), quantile(0.95, 10)
    (1.96, 2.228)
    """
    upper = 1 - (1 - level) / 2
    return float(ndtri(upper) if df is None else stdtrit(df, upper))


def two_sided(statistic: float, df: int | None) -> float:
    """Two-sided p value of a normal or t statistic, accurate in the far tail.

    >>> two_sided(1.96, None), two_sided(-2.228, 10)
    (0.05, 0.05)
    """
    tail = -abs(statistic)
    return float(2 * (ndtr(tail) if df is None else stdtr(df, tail)))


def _ratio(estimate: float, se: float) -> float:
    if se > 0:
        return estimate / se
    return math.copysign(math.inf, estimate) if estimate else math.nan


def shares(vi: Vector, tau2: float, ai: Vector | None = None) -> Vector:
    """What each study contributes to the mean, as shares that sum to 1.

    >>> shares(np.array([0.1, 0.3]), 0.0).tolist(), shares(np.array([0.1, 0.3]), 0.1).tolist()
    ([0.75, 0.25], [0.6667, 0.3333])
    """
    weights = np.asarray(1 / (vi + tau2) if ai is None else ai, dtype=np.float64)
    return np.asarray(weights / weights.sum(), dtype=np.float64)
