"""Inverse variance heterogeneity: the equal-effects mean with an error that knows of τ²."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence.kernels.inference import quantile, shares, two_sided
from evidence.kernels.tau2 import dersimonian_laird
from evidence.kernels.wls import weighted_mean
from evidence.synthesis.effect_table import EffectSource, check_level
from evidence.synthesis.random_effects import several
from evidence.synthesis.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class IVhet(Shown):
    """A mean weighted by precision alone; its error allows for heterogeneity."""

    measure: str
    k: int
    estimate: float
    se: float
    statistic: float
    pvalue: float
    ci_low: float
    ci_high: float
    level: float
    tau2: float  # DerSimonian–Laird
    notes: tuple[str, ...]
    weights: pd.Series[float] = field(repr=False)  # shares by study, summing to 1

    def heading(self) -> str:
        """What the result is."""
        return f"inverse variance heterogeneity, {self.k} effects"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        found = say.estimate(self.estimate, self.ci_low, self.ci_high, 3)
        return (
            (f"{self.measure or 'mean'}, IVhet", f"{found}, {say.pvalue(self.pvalue)}"),
            ("tau², DL", say.number(self.tau2, 4)),
        )


def ivhet(effects: EffectSource, *, level: float = 0.95, measure: str = "") -> IVhet:
    """Mean with weights w = 1/v and variance Σw²(v + τ²) / (Σw)².

    Small studies do not gain weight as they do in the random-effects mean, and the interval is
    no narrower for it.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`; two or more.
    level : float
        Confidence level.
    measure : str
        Name of the measure, where the effects do not carry it.

    Raises
    ------
    SynthesisError
        When the effects cannot be used or are fewer than two.

    References
    ----------
    Doi, Barendregt, Khan, Thalib & Williams (2015), Contemp Clin Trials 45:130–138.
    https://doi.org/10.1016/j.cct.2015.05.009

    Examples
    --------
    >>> found = ivhet({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]})
    >>> found.estimate, found.se
    (0.3, 0.197)
    """
    check_level(level)
    table = several(effects, measure)
    yi, vi = table.yi, table.vi
    tau2 = dersimonian_laird(yi, vi)
    share = shares(vi, 0.0)
    estimate = weighted_mean(yi, share)
    se = math.sqrt(float(np.square(share) @ (vi + tau2)))
    half = quantile(level, None) * se
    return IVhet(
        measure=table.measure,
        k=len(table),
        estimate=estimate,
        se=se,
        statistic=estimate / se,
        pvalue=two_sided(estimate / se, None),
        ci_low=estimate - half,
        ci_high=estimate + half,
        level=level,
        tau2=tau2,
        notes=(),
        weights=pd.Series(share, index=pd.Index(table.studies, name="study"), name="weight"),
    )
