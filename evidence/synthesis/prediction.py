"""What a meta-regression says of new studies, and how sure it is of the spread that is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtri

from evidence.errors import SynthesisError
from evidence.kernels.heterogeneity import h2_from_tau2, i2_from_tau2
from evidence.kernels.inference import quantile
from evidence.kernels.regression import orthonormal
from evidence.kernels.regression_tau2 import tau2_where_q_is
from evidence.synthesis.effect_table import check_level
from evidence.synthesis.regression import RegressionFit


def predict(fitted: RegressionFit, new: Any = None, *, level: float | None = None) -> pd.DataFrame:
    """Predicted mean effects, with confidence and prediction intervals.

    Parameters
    ----------
    fitted : RegressionFit
        The model.
    new : mapping, DataFrame or array, optional
        Moderators as the model was given them: columns by name, or rows of the design matrix. Not
        given: the studies themselves, which gives fitted values.
    level : float, optional
        Not given: the level of the fit.

    Returns
    -------
    DataFrame
        Columns estimate, se, ci_low, ci_high, and pi_low, pi_high for the true effect of a further
        study; the equal-effects model has no prediction interval.

    References
    ----------
    Riley, Higgins & Deeks (2011), BMJ 342:d549. https://doi.org/10.1136/bmj.d549

    Examples
    --------
    >>> from evidence.synthesis.regression import regress
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03], "weeks": [2, 4, 8, 8]}
    >>> found = regress(table, moderators=["weeks"], tau2="EE", test="z")
    >>> float(predict(found, {"weeks": [6]})["estimate"].iloc[0])
    0.485
    """
    level = fitted.level if level is None else level
    check_level(level)
    rows = fitted.design.matrix if new is None else fitted.design.rows(new)
    mean = rows @ fitted.estimate
    variance = np.einsum("ij,jk,ik->i", rows, fitted.vcov, rows)
    half = quantile(level, fitted.df)
    se = np.sqrt(variance)
    frame = {"estimate": mean, "se": se, "ci_low": mean - half * se, "ci_high": mean + half * se}
    if fitted.tau2_method != "EE":
        spread = half * np.sqrt(variance + fitted.tau2)
        frame |= {"pi_low": mean - spread, "pi_high": mean + spread}
    index = pd.Index(fitted.effects.studies, name="study") if new is None else None
    return pd.DataFrame(frame, index=index)


def residual_tau2_interval(fitted: RegressionFit, *, level: float | None = None) -> pd.DataFrame:
    """Q-profile limits for the residual τ², and what they make of I² and H².

    Returns
    -------
    DataFrame
        Rows tau2, i2 (percent) and h2, columns estimate, ci_low, ci_high.

    References
    ----------
    Viechtbauer (2007), Stat Med 26:37–52. https://doi.org/10.1002/sim.2514

    Examples
    --------
    >>> from evidence.synthesis.regression import regress
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03], "weeks": [2, 4, 8, 8]}
    >>> limits = residual_tau2_interval(regress(table, moderators=["weeks"]))
    >>> float(limits.loc["tau2", "ci_high"])
    0.355
    """
    level = fitted.level if level is None else level
    check_level(level)
    if fitted.tau2_method in ("EE", "fixed") or fitted.typical_variance is None:
        raise SynthesisError("limits for tau2 need a model that estimates it.")
    q, table = orthonormal(fitted.design.matrix).q, fitted.effects
    tail, typical = (1 - level) / 2, fitted.typical_variance
    low, high = (
        tau2_where_q_is(table.yi, table.vi, q, float(chdtri(fitted.q_df, p)))
        for p in (tail, 1 - tail)
    )
    found = (fitted.tau2, low, high)
    rows = {
        "tau2": found,
        "i2": tuple(i2_from_tau2(value, typical) for value in found),
        "h2": tuple(h2_from_tau2(value, typical) for value in found),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "ci_low", "ci_high"])
