"""Location-scale models: moderators of the mean, and moderators of how much effects differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.inference import quantile, two_sided
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.location_scale import ScaleFit, fit_location_scale
from evidence.kernels.regression import orthonormal, wald
from evidence.kernels.regression_fit import Omnibus, omnibus_of
from evidence.synthesis.effect_table import EffectSource, EffectTable, check_level, effect_table
from evidence.synthesis.formula import Design, check_design, columns_of
from evidence.synthesis.moderators import design_for

Part = Sequence[str] | Mapping[str, Any] | pd.DataFrame | str | Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LocationScaleFit:
    """Coefficients of the mean (`location`) and of log τ² (`scale`).

    `tau2` has shape (k,): the between-study variance at each study's scale moderators.
    """

    measure: str
    k: int
    likelihood: Likelihood
    test: Literal["z", "t"]
    level: float
    df: int | None
    terms: tuple[str, ...]
    estimate: Vector
    se: Vector
    vcov: Matrix
    scale_terms: tuple[str, ...]
    scale_estimate: Vector
    scale_se: Vector
    scale_vcov: Matrix
    tau2: Vector
    omnibus: Omnibus  # of the mean's moderators
    scale_omnibus: Omnibus  # of the scale's moderators
    log_likelihood: float
    aic: float
    steps: int  # of Newton's method, over all starts
    notes: tuple[str, ...]
    effects: EffectTable = field(repr=False)
    design: Design = field(repr=False)
    scale_design: Design = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient, indexed by part (location or scale) and term."""
        parts = []
        for part, terms, value, se in (
            ("location", self.terms, self.estimate, self.se),
            ("scale", self.scale_terms, self.scale_estimate, self.scale_se),
        ):
            half, statistic = quantile(self.level, self.df) * se, value / se
            frame = pd.DataFrame(
                {
                    "estimate": value,
                    "se": se,
                    "statistic": statistic,
                    "pvalue": [two_sided(float(one), self.df) for one in statistic],
                    "ci_low": value - half,
                    "ci_high": value + half,
                },
                index=pd.MultiIndex.from_product([[part], terms], names=["part", "term"]),
            )
            parts.append(frame)
        return pd.concat(parts)

    def summary(self) -> tuple[str, ...]:
        """The tests of both parts, the range of τ², and the notes, in words."""
        low, high = float(self.tau2.min()), float(self.tau2.max())
        return (
            f"{self.measure or 'effect'}: mean by {self.design.label}, log tau² by "
            f"{self.scale_design.label}  [{self.k} effects; {self.likelihood}, {self.test}]",
            f"moderators of the mean: {say.pvalue(self.omnibus.pvalue)}; of the spread: "
            f"{say.pvalue(self.scale_omnibus.pvalue)}",
            f"tau² {say.number(low, 3)} to {say.number(high, 3)} across studies",
            *(f"note: {note}" for note in self.notes),
        )

    def __repr__(self) -> str:
        head, *rest = self.summary()
        return "\n".join([head, self.to_frame().round(4).to_string(), *rest])

    def _repr_html_(self) -> str:
        named: list[Any] = list(self.to_frame().itertuples())
        rows = [
            [
                part,
                term,
                say.estimate(row.estimate, row.ci_low, row.ci_high, 3),
                say.pvalue(row.pvalue),
            ]
            for (part, term), row in zip(self.to_frame().index, named, strict=True)
        ]
        head, *rest = self.summary()
        return say.html_table(
            ("part", "term", "estimate", "p"), rows, caption=head, foot=". ".join(rest)
        )


def regress_location_scale(
    effects: EffectSource,
    *,
    location: Part = None,
    scale: Part = None,
    likelihood: Likelihood = "REML",
    test: Literal["z", "t"] = "z",
    level: float = 0.95,
    measure: str = "",
) -> LocationScaleFit:
    """Let moderators act on the mean and on the between-study variance: log τ² = Z α.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        With `yi` and `vi`, and the moderators that names or formulas refer to.
    location, scale : formula, names, columns or matrix, optional
        Moderators of the mean and of log τ²: a formula ``"~ year"``, a list of column names, a
        mapping of columns, or an array that is the whole design matrix. Not given: a constant.
    likelihood : {"REML", "ML"}
        What is maximised.
    test : {"z", "t"}
        Normal, or t on k − p degrees of freedom for the mean and k − q for the scale.
    level : float
        Level of every interval.
    measure : str
        Name of the measure, where the effects do not carry it.

    Raises
    ------
    SynthesisError
        When effects or moderators cannot be used.
    ConvergenceError
        When the likelihood has no maximum at finite coefficients.

    References
    ----------
    Viechtbauer & López-López (2022), Res Synth Methods 13:697–715.
    https://doi.org/10.1002/jrsm.1562

    Examples
    --------
    >>> table = {
    ...     "yi": [0.1, 0.2, 0.3, 0.2, 0.9, -0.6, 0.5, 1.4],
    ...     "vi": [0.02, 0.03, 0.02, 0.03, 0.02, 0.03, 0.02, 0.03],
    ...     "open": [0.1, 0.2, 0.3, 0.4, 1.0, 1.0, 1.2, 1.5],
    ... }
    >>> found = regress_location_scale(table, scale=["open"])
    >>> found.scale_estimate.tolist()
    [-6.08, 4.72]
    """
    if likelihood not in get_args(Likelihood):
        raise OptionError("likelihood", likelihood, get_args(Likelihood))
    if test not in ("z", "t"):
        raise OptionError("test", test, ("z", "t"))
    check_level(level)
    table = effect_table(effects, measure=measure)
    mean, spread = (design_for(effects, part, len(table)) for part in (location, scale))
    for design in (mean, spread):
        check_design(design)
    k, p, q = len(table), len(mean.names), len(spread.names)
    if k <= p + q - 1 or k <= q:
        raise SynthesisError(f"{k} effects for {p} coefficients of the mean and {q} of the scale.")
    found = fit_location_scale(
        likelihood, table.yi, table.vi, orthonormal(mean.matrix), spread.matrix
    )
    return LocationScaleFit(
        measure=table.measure,
        k=k,
        likelihood=likelihood,
        test=test,
        level=level,
        df=None if test == "z" else k - p,
        terms=mean.names,
        estimate=found.beta,
        se=np.sqrt(np.diag(found.vcov)),
        vcov=found.vcov,
        scale_terms=spread.names,
        scale_estimate=found.alpha,
        scale_se=np.sqrt(np.diag(found.alpha_vcov)),
        scale_vcov=found.alpha_vcov,
        tau2=found.tau2,
        omnibus=_omnibus(found.beta, found.vcov, mean, test, k - p),
        scale_omnibus=_omnibus(found.alpha, found.alpha_vcov, spread, test, k - q),
        log_likelihood=found.log_likelihood,
        aic=-2 * found.log_likelihood + 2 * (p + q),
        steps=found.steps,
        notes=tuple(_notes(found, table.vi, k, q)),
        effects=table,
        design=mean,
        scale_design=spread,
    )


def compare_scale(full: LocationScaleFit, reduced: LocationScaleFit) -> tuple[float, int, float]:
    """Likelihood-ratio test of a location-scale model against one nested in it.

    Returns
    -------
    (float, int, float)
        Chi-square, its degrees of freedom, and the p value.

    Raises
    ------
    SynthesisError
        When effects or likelihood differ, a part is not nested, or models by REML differ in the
        moderators of the mean.

    Examples
    --------
    >>> table = {
    ...     "yi": [0.1, 0.2, 0.3, 0.2, 0.9, -0.6, 0.5, 1.4],
    ...     "vi": [0.02, 0.03, 0.02, 0.03, 0.02, 0.03, 0.02, 0.03],
    ...     "open": [0.1, 0.2, 0.3, 0.4, 1.0, 1.0, 1.2, 1.5],
    ... }
    >>> full = regress_location_scale(table, scale=["open"])
    >>> compare_scale(full, regress_location_scale(table))
    (6.893, 1, 0.00865)
    """
    one, other = full.effects, reduced.effects
    if not (np.array_equal(one.yi, other.yi) and np.array_equal(one.vi, other.vi)):
        raise SynthesisError("the models were fitted to different effects; fit both to the same.")
    if full.likelihood != reduced.likelihood:
        raise SynthesisError("one model was fitted by ML, the other by REML.")
    for part in ("design", "scale_design"):
        large, small = getattr(full, part).matrix, getattr(reduced, part).matrix
        q = orthonormal(large).q
        if np.abs(small - q @ (q.T @ small)).max() > 1e-8 * np.abs(small).max():
            raise SynthesisError("the reduced model is not nested in the full one.")
    added = len(full.terms) - len(reduced.terms)
    if full.likelihood == "REML" and added:
        raise SynthesisError(
            "restricted likelihoods of different moderators of the mean do not compare; fit both "
            "with likelihood='ML'."
        )
    df = added + len(full.scale_terms) - len(reduced.scale_terms)
    if df < 1:
        raise SynthesisError("the full model has no coefficient more than the reduced one.")
    statistic = 2 * (full.log_likelihood - reduced.log_likelihood)
    return statistic, df, float(chdtrc(df, max(0.0, statistic)))


def _omnibus(beta: Vector, vcov: Matrix, design: Design, test: str, left: int) -> Omnibus:
    columns = columns_of(design, None)
    df = None if test == "z" else left
    return omnibus_of(wald(beta, vcov, columns), len(columns), df)


def _notes(found: ScaleFit, vi: Vector, k: int, q: int) -> list[str]:
    notes = []
    if found.edge > found.log_likelihood + 1e-6:
        notes.append(
            f"the likelihood is higher still (by {found.edge - found.log_likelihood:.2g}) where "
            "tau2 of some studies is 0; what is shown is its highest maximum at finite "
            "coefficients."
        )
    if k < 10 * (q - 1):
        notes.append("fewer than ten effects for each moderator of the spread.")
    if float((found.tau2 / vi).min()) < 1e-3:
        notes.append(
            "in some studies tau2 is next to nothing beside the sampling variance: its logarithm "
            "is poorly determined, and Wald intervals of the scale part are not to be trusted."
        )
    return notes
