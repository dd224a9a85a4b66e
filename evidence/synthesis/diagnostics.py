"""What single studies do to a result: influence, outliers, Baujat's display, predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import stdtr

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import SynthesisError
from evidence.kernels.deletions import Deletions, delete_each
from evidence.kernels.henmi_copas import HenmiCopas, henmi_copas_interval
from evidence.kernels.inference import quantile, two_sided
from evidence.kernels.influence import baujat_points, influences
from evidence.synthesis.effect_table import EffectSource, check_level, effect_table
from evidence.synthesis.prediction import predict
from evidence.synthesis.regression import RegressionFit, regress

Source: TypeAlias = RegressionFit | EffectSource
"""A fitted meta-regression, or effects, for the model of a mean."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Influence:
    """Outlier and influence statistics, one row per study; see `influence`."""

    k: int
    p: int
    frame: pd.DataFrame = field(repr=False)
    dfbetas: pd.DataFrame = field(repr=False)  # (k, p), by term

    def to_frame(self) -> pd.DataFrame:
        """All statistics, `dfbetas` among them as ``dfbetas[term]``, indexed by study."""
        named = self.dfbetas.rename(columns=lambda term: f"dfbetas[{term}]")
        return pd.concat([self.frame, named], axis=1)

    def summary(self) -> tuple[str, ...]:
        """Which studies are influential."""
        names = ", ".join(str(name) for name in self.frame.index[self.frame["influential"]])
        return (f"influential: {names}" if names else "no study is influential",)

    def __repr__(self) -> str:
        return "\n".join([self.to_frame().round(4).to_string(), *self.summary()])

    def _repr_html_(self) -> str:
        named: list[Any] = list(self.frame.itertuples())
        shown = ("studentised", "cook", "hat", "weight", "tau2_deleted")
        rows = [
            [f"{study} *" if row.influential else str(study)]
            + [say.number(getattr(row, name), 3) for name in shown]
            for study, row in zip(self.frame.index, named, strict=True)
        ]
        return say.html_table(("study", *shown), rows, foot=f"* {self.summary()[0]}")


def influence(source: Source, **options: Any) -> Influence:
    """Outlier and influence statistics of every study, τ² estimated anew without it.

    Columns: `residual`, `residual_se`, `standardised` (internally); `deleted_residual`,
    `deleted_residual_se`, `studentised` (externally); `dffits`, `cook`, `covariance_ratio`,
    `tau2_deleted`, `q_deleted`, `hat`, `weight` (percent), `influential`. Studies that cannot be
    left out, since a column would become redundant, have NaN.

    Parameters
    ----------
    source : RegressionFit, or effects
        A meta-regression, or effects for the model of a mean.
    **options
        Of `evidence.synthesis.regression.regress`, with effects only.

    References
    ----------
    Viechtbauer & Cheung (2010), Res Synth Methods 1:112–125. https://doi.org/10.1002/jrsm.11

    Examples
    --------
    >>> found = influence({"yi": [0.1, 0.3, 0.2, 2.0], "vi": [0.02, 0.03, 0.02, 0.05]}, tau2="DL")
    >>> found.summary()
    ('influential: 4',)
    """
    fitted, without = _deletions(source, options)
    table = fitted.effects
    found = influences(
        table.yi,
        table.vi,
        fitted.design.matrix,
        fitted.estimate,
        fitted.tau2,
        without,
        factor=1.0 if fitted.hk_factor is None else fitted.hk_factor,
        ai=fitted.weights,
    )
    index = pd.Index(table.studies, name="study")
    names = [name for name in found.__slots__ if name != "dfbetas"]
    return Influence(
        k=fitted.k,
        p=fitted.p,
        frame=pd.DataFrame({name: getattr(found, name) for name in names}, index=index),
        dfbetas=pd.DataFrame(found.dfbetas, index=index, columns=list(fitted.terms)),
    )


def find_outliers(source: Source, **options: Any) -> pd.DataFrame:
    """Whether each study lies farther from the fit of the others than chance would put it.

    The studentised residual of a study left out is the test that its mean is shifted.

    Parameters
    ----------
    source : RegressionFit, or effects
        A meta-regression, or effects for the model of a mean.
    **options
        Of `evidence.synthesis.regression.regress`, with effects only.

    Returns
    -------
    DataFrame
        By study: studentised, pvalue (normal, or t with one degree of freedom less than the fit),
        and pvalue_holm, corrected for looking at all studies.

    References
    ----------
    Viechtbauer & Cheung (2010), Res Synth Methods 1:112–125. https://doi.org/10.1002/jrsm.11
    Holm (1979), Scand J Stat 6:65–70.

    Examples
    --------
    >>> effects = {"yi": [0.1, 0.3, 0.2, 2.0], "vi": [0.02, 0.03, 0.02, 0.05]}
    >>> found = find_outliers(effects, tau2="DL", test="z")
    >>> found["pvalue_holm"].to_list()
    [1.0, 1.0, 1.0, 0.0]
    """
    fitted = as_fit(source, options)
    z = influence(fitted).frame["studentised"].to_numpy(dtype=np.float64)
    if fitted.df is None:
        pvalue = np.array([two_sided(float(one), None) for one in z])
    else:
        pvalue = 2 * stdtr(max(1, fitted.df - 1), -np.abs(z))
    return pd.DataFrame(
        {"studentised": z, "pvalue": pvalue, "pvalue_holm": _holm(pvalue)},
        index=pd.Index(fitted.effects.studies, name="study"),
    )


def baujat(source: Source, **options: Any) -> pd.DataFrame:
    """How much each study adds to heterogeneity, and how much it moves the result.

    Parameters
    ----------
    source : RegressionFit, or effects
        A meta-regression, or effects for the model of a mean.
    **options
        Of `evidence.synthesis.regression.regress`, with effects only.

    Returns
    -------
    DataFrame
        By study: heterogeneity (its squared Pearson residual) and influence (the squared change of
        its fitted value without it, over the variance of that value).

    References
    ----------
    Baujat, Mahé, Pignon & Hill (2002), Stat Med 21:2641–2652. https://doi.org/10.1002/sim.1221

    Examples
    --------
    >>> found = baujat({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="EE", test="z")
    >>> found["heterogeneity"].to_list()
    [2.0, 0.0, 5.0]
    """
    fitted, without = _deletions(source, options)
    table = fitted.effects
    spread, moved = baujat_points(
        table.yi, table.vi, fitted.design.matrix, fitted.estimate, fitted.tau2, without
    )
    index = pd.Index(table.studies, name="study")
    return pd.DataFrame({"heterogeneity": spread, "influence": moved}, index=index)


def predict_studies(source: Source, **options: Any) -> pd.DataFrame:
    """Best linear unbiased predictions of the true effect in each study.

    Each effect is drawn towards its fitted value by the share of its variance that is sampling:
    λ y + (1 − λ) x β with λ = τ²/(τ² + v).

    Parameters
    ----------
    source : RegressionFit, or effects
        A meta-regression, or effects for the model of a mean.
    **options
        Of `evidence.synthesis.regression.regress`, with effects only.

    Returns
    -------
    DataFrame
        By study: estimate, se, pi_low, pi_high; and the same of the deviation from the fitted value
        as random, random_se, random_low, random_high; and shrinkage λ.

    References
    ----------
    Raudenbush & Bryk (1985), J Educ Stat 10:75–98. https://doi.org/10.3102/10769986010002075
    Robinson (1991), Stat Sci 6:15–32. https://doi.org/10.1214/ss/1177011926

    Examples
    --------
    >>> found = predict_studies({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="DL")
    >>> found["estimate"].to_list()
    [0.155, 0.319, 0.631]
    """
    fitted = as_fit(source, options)
    table = fitted.effects
    mean = predict(fitted)
    share = fitted.tau2 / (fitted.tau2 + table.vi)
    fitted_value, variance = mean["estimate"].to_numpy(), np.square(mean["se"].to_numpy())
    deviation = share * (table.yi - fitted_value)
    estimate = fitted_value + deviation
    se = np.sqrt(share * table.vi + np.square(1 - share) * variance)
    random_se = np.sqrt(share * table.vi + np.square(share) * variance)
    half = quantile(fitted.level, fitted.df)
    return pd.DataFrame(
        {
            "estimate": estimate,
            "se": se,
            "pi_low": estimate - half * se,
            "pi_high": estimate + half * se,
            "random": deviation,
            "random_se": random_se,
            "random_low": deviation - half * random_se,
            "random_high": deviation + half * random_se,
            "shrinkage": share,
        },
        index=pd.Index(table.studies, name="study"),
    )


def henmi_copas(
    effects: EffectSource, *, level: float = 0.95, tolerance: float = 1e-12
) -> HenmiCopas:
    """Interval about the fixed-effect mean that small unpublished studies hardly move.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        At least two.
    level : float
        Confidence level.
    tolerance : float
        How closely the critical value is solved for. Brent's method in R stops at 1.2e-4 unless
        told otherwise; give that to meet numbers computed there to their last digit.

    References
    ----------
    Henmi & Copas (2010), Stat Med 29:2969–2983. https://doi.org/10.1002/sim.4029

    Examples
    --------
    >>> found = henmi_copas({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]})
    >>> found.ci_low, found.ci_high
    (-0.275, 0.875)
    """
    check_level(level)
    if not 0 < tolerance < 0.1:
        raise SynthesisError(f"tolerance={tolerance!r} is not between 0 and 0.1.")
    table = effect_table(effects)
    if len(table) < 2:
        raise SynthesisError("one study has no distribution of Q; use pool().")
    return henmi_copas_interval(table.yi, table.vi, level, tolerance)


def as_fit(source: Source, options: dict[str, Any]) -> RegressionFit:
    """The fit given, or effects fitted with these options.

    >>> table = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}
    >>> fitted = as_fit(table, {"tau2": "EE", "test": "z"})
    >>> round(float(fitted.estimate[0]), 4), as_fit(fitted, {}) is fitted
    (0.3, True)
    >>> as_fit(fitted, {"tau2": "DL"})
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: tau2 cannot be given with a fitted model; fit it with them.
    """
    if not isinstance(source, RegressionFit):
        return regress(source, **options)
    if options:
        raise SynthesisError(
            f"{', '.join(options)} cannot be given with a fitted model; fit it with them."
        )
    return source


def _deletions(source: Source, options: dict[str, Any]) -> tuple[RegressionFit, Deletions]:
    """The fit of all studies, and those that leave one out."""
    fitted = as_fit(source, options)
    free = fitted.tau2_method not in ("EE", "fixed") or fitted.test != "z"
    if fitted.k - 1 < fitted.p + free:
        raise SynthesisError(f"{fitted.k} effects are too few to leave one out of.")
    return fitted, delete_each(
        fitted.effects.yi,
        fitted.effects.vi,
        fitted.design.matrix,
        fitted.tau2_method,
        fitted.test,
        ai=fitted.weights,
        fixed=fitted.tau2,
    )


def _holm(pvalue: Vector) -> Vector:
    """Step-down correction; missing values stay missing and do not count."""
    adjusted = np.full(len(pvalue), np.nan)
    known = np.flatnonzero(np.isfinite(pvalue))
    ranked = known[np.argsort(pvalue[known], kind="stable")]
    steps = (len(ranked) - np.arange(len(ranked))) * pvalue[ranked]
    adjusted[ranked] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted
