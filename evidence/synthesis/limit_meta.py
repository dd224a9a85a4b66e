"""Limit meta-analysis: the mean that studies of unlimited size would show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.egger import weighted_line
from evidence.kernels.heterogeneity import cochran_q
from evidence.kernels.inference import quantile, two_sided
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.synthesis.effect_table import EffectSource, check_level, effect_table
from evidence.synthesis.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LimitMeta(Shown):
    """The adjusted mean; `intercept` (bias) and `slope` of the generalised radial line.

    `q` = `q_small` + `q_residual`: heterogeneity, the part that study size explains, the rest.
    `g2` is the share of the limit effects' scatter that study size leaves unexplained. `limits`
    has the shrunken effect of each study.
    """

    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    pvalue: float
    intercept: float
    slope: float
    tau2: float
    tau2_method: Tau2Method
    q: float
    q_small: float
    q_small_pvalue: float
    q_residual: float
    q_residual_pvalue: float
    g2: float | None
    level: float
    limits: pd.Series[float]
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The method."""
        return f"Limit meta-analysis ({self.tau2_method}, k = {self.k})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Adjusted mean, small-study effect, what is left."""
        shown = say.estimate(self.estimate, self.ci_low, self.ci_high, 3)
        yield "adjusted mean", f"{shown}, {say.pvalue(self.pvalue)}"
        yield (
            "small-study effect",
            f"Q {say.number(self.q_small)} ({say.pvalue(self.q_small_pvalue)})",
        )
        rest = say.pvalue(self.q_residual_pvalue)
        yield "heterogeneity left", f"Q {say.number(self.q_residual)} on {self.k - 2} df ({rest})"
        if self.g2 is not None:
            yield "G²", f"{say.number(100 * self.g2, 1)} %"


def limit_meta(effects: EffectSource, *, tau2: Tau2Method = "DL", level: float = 0.95) -> LimitMeta:
    """Adjust the mean for small-study effects by extending the random-effects model.

    The model is y = β + √(v + τ²) (α + ε): a study's bias grows with its standard deviation. A
    study without sampling error still has the spread τ, so that the adjusted mean is β + τα.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, optionally `study`.
    tau2 : str
        Estimator of the between-study variance.
    level : float
        Level of the interval, which is normal.

    References
    ----------
    Rücker, Schwarzer, Carpenter, Binder & Schumacher (2011), Biostatistics 12:122–142.
    https://doi.org/10.1093/biostatistics/kxq046

    Examples
    --------
    >>> table = {"yi": [0.1, 0.2, 0.6, 0.8, 0.4], "vi": [0.01, 0.02, 0.05, 0.09, 0.01]}
    >>> found = limit_meta(table)
    >>> found.estimate, found.q_small
    (0.11, 4.4)
    """
    if tau2 not in TAU2:
        raise OptionError("tau2", tau2, TAU2)
    check_level(level)
    table = effect_table(effects)
    yi, vi, k = table.yi, table.vi, len(table)
    if k < 3:
        raise SynthesisError(f"a line through {k} effects leaves nothing to adjust with.")
    between = TAU2[tau2](yi, vi)
    total = np.sqrt(vi + between)
    # the radial line: its intercept is the bias α, its slope the mean β
    line = weighted_line(yi, total, 1 / total**2)
    alpha, beta, tau = line.slope, line.intercept, math.sqrt(between)
    estimate = beta + tau * alpha
    variance = line.intercept_se**2 + between * line.slope_se**2 + 2 * tau * line.covariance
    se = math.sqrt(variance)
    egger = weighted_line(yi, np.sqrt(vi), 1 / vi)
    q = cochran_q(yi, vi)
    small = max(0.0, q - egger.squares)
    limits = beta + tau / total * (yi - beta)
    half = quantile(level, None) * se
    notes = []
    if between == 0:
        notes.append(
            "no between-study variance: the adjusted mean is the intercept of Egger's line."
        )
    return LimitMeta(
        k=k,
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        statistic=estimate / se,
        pvalue=two_sided(estimate / se, None),
        intercept=alpha,
        slope=beta,
        tau2=between,
        tau2_method=tau2,
        q=q,
        q_small=small,
        q_small_pvalue=float(chdtrc(1, small)),
        q_residual=egger.squares,
        q_residual_pvalue=float(chdtrc(k - 2, egger.squares)),
        g2=_unexplained(limits / np.sqrt(vi), 1 / np.sqrt(vi)),
        level=level,
        limits=pd.Series(limits, index=pd.Index(table.studies, name="study"), name="limit"),
        notes=tuple(notes),
    )


def _unexplained(yi: Vector, xi: Vector) -> float | None:
    """1 − r² of the radial plot of the limit effects."""
    y, x = yi - yi.mean(), xi - xi.mean()
    spread = float(y @ y) * float(x @ x)
    return max(0.0, 1 - float(x @ y) ** 2 / spread) if spread > 0 else None
