"""Intervals beside the mean's, and fit: prediction, profile likelihood, information criteria."""

from __future__ import annotations

from typing import get_args

import pandas as pd

from evidence.errors import OptionError, SynthesisError
from evidence.kernels.heterogeneity import h2_from_tau2, i2_from_tau2, typical_variance
from evidence.kernels.inference import PredictionDf, prediction_limits
from evidence.kernels.likelihood import FitStatistics, Likelihood, maximise, profile_limits
from evidence.kernels.likelihood import fit_statistics as statistics_at
from evidence.synthesis.effect_table import (
    EffectSource,
    EffectTable,
    check_level,
    effect_table,
)
from evidence.synthesis.pool import Pooled


def prediction_interval(
    pooled: Pooled, *, df: PredictionDf | None = None, level: float | None = None
) -> tuple[float, float]:
    """Interval for the true effect of a further study like these.

    Parameters
    ----------
    pooled : Pooled
        Of at least two studies, not of the equal-effects model.
    df : {"normal", "k-1", "k-2"}, optional
        Normal quantile, or t with so many degrees of freedom. Not given: normal for the test
        "z", else k − 1. "k-2" pays for estimating τ² (Riley 2011); a τ² that was fixed costs
        nothing, and of two studies one degree of freedom is left.
    level : float, optional
        Not given: the level of `pooled`.

    Examples
    --------
    >>> from evidence.synthesis.pool import pool
    >>> found = pool({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="DL", test="z")
    >>> prediction_interval(found, df="k-2")
    (-3.92, 4.66)
    """
    if pooled.tau2_method == "EE":
        raise SynthesisError(
            "the equal-effects model predicts no spread of true effects; pool with tau2='REML'."
        )
    if pooled.tau2 is None or pooled.k < 2:
        raise SynthesisError("one study says nothing about the spread of true effects.")
    chosen = df or ("normal" if pooled.test == "z" else "k-1")
    if chosen not in get_args(PredictionDf):
        raise OptionError("df", chosen, get_args(PredictionDf))
    lost = 2 if chosen == "k-2" and pooled.tau2_method != "fixed" else 1
    freedom = None if chosen == "normal" else max(1, pooled.k - lost)
    level = pooled.level if level is None else level
    check_level(level)
    return prediction_limits(pooled.estimate, pooled.se, pooled.tau2, level, freedom)


def profile_interval(
    effects: EffectSource, *, likelihood: Likelihood = "REML", level: float = 0.95
) -> pd.DataFrame:
    """Profile-likelihood limits for τ², and what they make of I² and H².

    Returns
    -------
    DataFrame
        One row each for tau2, i2 (percent) and h2, with columns estimate, ci_low, ci_high.

    Examples
    --------
    >>> limits = profile_interval({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]})
    >>> float(limits.loc["tau2", "ci_high"])
    2.14
    """
    table, tau2 = _maximum(effects, likelihood)
    check_level(level)
    low, high = profile_limits(likelihood, table.yi, table.vi, tau2, level)
    typical = typical_variance(table.vi)
    found = (tau2, low, high)
    rows = {
        "tau2": found,
        "i2": tuple(i2_from_tau2(value, typical) for value in found),
        "h2": tuple(h2_from_tau2(value, typical) for value in found),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "ci_low", "ci_high"])


def fit_statistics(effects: EffectSource, *, likelihood: Likelihood = "REML") -> FitStatistics:
    """Log-likelihood, deviance, AIC, BIC and AICc of the random-effects model.

    Examples
    --------
    >>> fit_statistics({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}).aic
    5.51
    """
    table, tau2 = _maximum(effects, likelihood)
    return statistics_at(likelihood, table.yi, table.vi, tau2)


def _maximum(effects: EffectSource, likelihood: Likelihood) -> tuple[EffectTable, float]:
    if likelihood not in get_args(Likelihood):
        raise OptionError("likelihood", likelihood, get_args(Likelihood))
    table = effect_table(effects)
    if len(table) < 2:
        raise SynthesisError("one study has no likelihood for the between-study variance.")
    return table, maximise(likelihood, table.yi, table.vi)
