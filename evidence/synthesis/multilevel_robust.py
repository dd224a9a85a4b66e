"""Cluster-robust inference after a multilevel model: errors that forgive a wrong working model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.errors import SynthesisError
from evidence.kernels.multilevel import covariance, precision
from evidence.kernels.sandwich import (
    Correction,
    RobustWald,
    cluster_robust,
    coefficient_tests,
    satterthwaite,
    wald_test,
)
from evidence.synthesis.effect_table import check_level
from evidence.synthesis.formula import columns_of
from evidence.synthesis.grouping import grouping
from evidence.synthesis.multilevel_result import MultilevelFit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RobustMultilevel:
    """Robust errors and t tests per coefficient; `wald` tests all but the intercept together."""

    names: tuple[str, ...]
    correction: Correction
    n_clusters: int
    coefficients: Vector
    se: Vector
    statistic: Vector
    df: Vector
    pvalue: Vector
    ci_low: Vector
    ci_high: Vector
    level: float
    vcov: Matrix
    wald: RobustWald | None
    wald_names: tuple[str, ...]
    notes: tuple[str, ...]
    fit: MultilevelFit = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient."""
        return pd.DataFrame(
            {
                "estimate": self.coefficients,
                "se": self.se,
                "statistic": self.statistic,
                "df": self.df,
                "pvalue": self.pvalue,
                "ci_low": self.ci_low,
                "ci_high": self.ci_high,
            },
            index=pd.Index(self.names, name="coefficient"),
        )

    def __repr__(self) -> str:
        lines = [f"{self.correction}, {self.n_clusters} clusters"]
        lines += [
            f"{name} {say.estimate(b, low, high)}, {say.pvalue(p)}, {say.number(df, 1)} df"
            for name, b, low, high, p, df in zip(
                self.names,
                self.coefficients,
                self.ci_low,
                self.ci_high,
                self.pvalue,
                self.df,
                strict=True,
            )
        ]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        rows = [
            [str(name), *(say.number(float(x), 3) for x in values)]
            for name, *values in self.to_frame().itertuples()
        ]
        head = ["coefficient", "estimate", "se", "t", "df", "p", "low", "high"]
        return say.html_table(
            head,
            rows,
            caption=f"{self.correction}, {self.n_clusters} clusters",
            foot=" ".join(self.notes),
        )


def robust_multilevel(
    fit: MultilevelFit,
    *,
    cluster: str | Sequence[str] = "study",
    correction: Correction = "CR2",
    level: float | None = None,
) -> RobustMultilevel:
    """Cluster-robust errors of the coefficients of a multilevel model.

    Parameters
    ----------
    fit : MultilevelFit
        The fitted model; its covariance is the working model.
    cluster : str or sequence of str
        Column, or columns, that say which rows belong together. Clusters must contain every
        group of rows that the model treats as correlated.
    correction : {"CR2", "CR0", "CR1", "CR1p", "CR1S", "CR3"}
        Small-sample correction. Degrees of freedom are Satterthwaite's, but m − p for CR1p, as is
        the convention with that correction.
    level : float, optional
        Confidence level; that of `fit` when left out.

    Raises
    ------
    SynthesisError
        With fewer than two clusters, or clusters that cut through correlated rows.

    References
    ----------
    Pustejovsky & Tipton (2022), Prev Sci 23:425–438. https://doi.org/10.1007/s11121-021-01246-3

    Examples
    --------
    >>> from evidence.synthesis.multilevel import multilevel
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.9], "vi": [0.02, 0.03, 0.05, 0.02],
    ...          "study": ["Kim", "Kim", "Lee", "Lin"]}
    >>> found = robust_multilevel(multilevel(table, random="1 | study/row", test="z"))
    >>> found.se, found.df
    (array([0.2392]), array([1.981]))
    """
    chosen = fit.level if level is None else level
    check_level(chosen)
    names = [cluster] if isinstance(cluster, str) else list(cluster)
    clusters = grouping(names, fit.columns, fit.k)
    x, coef = fit.design.matrix, fit.coefficients
    robust = cluster_robust(
        x,
        fit.table.yi - x @ coef,
        clusters.codes,
        weights=precision(fit.model, fit.theta),
        covariance=covariance(fit.model, fit.theta),
        correction=correction,
    )
    p = len(coef)
    df = np.full(p, float(len(clusters) - p)) if correction == "CR1p" else satterthwaite(robust)
    tests = coefficient_tests(coef, robust, df, level=chosen)
    tested = columns_of(fit.design, None)
    joint, notes = None, []
    if p > 1 and correction != "CR1p":
        try:
            joint = wald_test(coef, robust, np.eye(p)[tested])
        except SynthesisError as error:
            notes.append(f"no joint test: {error}")
    if df.min() < 4:
        notes.append(
            "fewer than 4 degrees of freedom for some coefficients: their p values can be trusted "
            "at small levels only."
        )
    return RobustMultilevel(
        names=fit.names,
        correction=correction,
        n_clusters=len(clusters),
        coefficients=coef,
        se=robust.se,
        statistic=tests.statistic,
        df=df,
        pvalue=tests.pvalue,
        ci_low=tests.ci_low,
        ci_high=tests.ci_high,
        level=chosen,
        vcov=robust.vcov,
        wald=joint,
        wald_names=tuple(fit.names[j] for j in tested) if joint is not None else (),
        notes=tuple(notes),
        fit=fit,
    )
