"""Errors that hold when effects of one study depend on each other in ways nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.dependent import correlated_effects, hierarchical_effects
from evidence.kernels.sandwich import (
    Correction,
    RobustTests,
    RobustWald,
    cluster_robust,
    coefficient_tests,
    satterthwaite,
    wald_test,
)
from evidence.synthesis.effect_table import EffectSource, check_level, is_number
from evidence.synthesis.formula import columns_of
from evidence.synthesis.grouping import Grouping, columns_of_source, grouping
from evidence.synthesis.regression import RegressionFit, regress

Working = Literal["CORR", "HIER"]

COLUMNS = ("estimate", "se", "statistic", "df", "pvalue", "ci_low", "ci_high")
FEW = 4  # degrees of freedom below which a t test with robust errors is not to be trusted


class _Coefficients:
    """How both results show their coefficients."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient, indexed by its term."""
        data = {name: getattr(self, name) for name in COLUMNS}
        return pd.DataFrame(data, index=pd.Index(getattr(self, "terms"), name="term"))  # noqa: B009

    def heading(self) -> str:
        """What was fitted, in a few words."""
        raise NotImplementedError

    def __repr__(self) -> str:
        notes = [f"note: {note}" for note in getattr(self, "notes", ())]
        return "\n".join([self.heading(), self.to_frame().round(4).to_string(), *notes])

    def _repr_html_(self) -> str:
        rows = [
            [str(term), *(say.number(float(x), 3) for x in values)]
            for term, *values in self.to_frame().itertuples()
        ]
        head = ["term", "estimate", "se", "t", "df", "p", "low", "high"]
        foot = " ".join(getattr(self, "notes", ()))
        return say.html_table(head, rows, caption=self.heading(), foot=foot)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RobustRegression(_Coefficients):
    """Coefficients of a regression with cluster-robust errors; arrays of shape (p,) by `terms`.

    `wald` tests all coefficients but the intercept together, where there are any.
    """

    terms: tuple[str, ...]
    correction: Correction
    n_clusters: int
    k: int
    tau2: float
    estimate: Vector
    se: Vector
    statistic: Vector
    df: Vector
    pvalue: Vector
    ci_low: Vector
    ci_high: Vector
    level: float
    vcov: Matrix
    wald: RobustWald | None
    wald_terms: tuple[str, ...]
    notes: tuple[str, ...]
    fit: RegressionFit = field(repr=False)

    def heading(self) -> str:
        """What was fitted, in a few words."""
        return f"{self.correction} errors, {self.k} effects in {self.n_clusters} clusters"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DependentFit(_Coefficients):
    """Coefficients from several effects per study; arrays of shape (p,) by `terms`.

    `omega2` is the variance within studies of the hierarchical model. `i2` (percent) compares Q
    with its expectation under no variation between studies; the hierarchical model has none.
    """

    terms: tuple[str, ...]
    working: Working
    rho: float | None
    small_sample: bool
    n_clusters: int
    k: int
    tau2: float
    omega2: float | None
    i2: float | None
    estimate: Vector
    se: Vector
    statistic: Vector
    df: Vector
    pvalue: Vector
    ci_low: Vector
    ci_high: Vector
    level: float
    vcov: Matrix
    notes: tuple[str, ...]
    weights: pd.Series[float] = field(repr=False)

    def heading(self) -> str:
        """What was fitted, in a few words."""
        model = {"CORR": f"correlated effects, rho {self.rho}", "HIER": "hierarchical effects"}
        return f"{model[self.working]}; {self.k} effects in {self.n_clusters} studies"


def robust_regression(
    fitted: RegressionFit,
    *,
    cluster: Iterable[Any] | None = None,
    correction: Correction = "CR2",
    level: float | None = None,
    btt: Iterable[str | int] | str | int | None = None,
) -> RobustRegression:
    """Cluster-robust errors of a meta-regression, or of a mean (a regression on nothing).

    Parameters
    ----------
    fitted : RegressionFit
        From `regress`; its weights are kept, and its variances are the working model.
    cluster : column of k values, optional
        Which effects belong together; not given: the study names.
    correction : {"CR2", "CR0", "CR1", "CR1p", "CR1S", "CR3"}
        Small-sample correction. Degrees of freedom are Satterthwaite's, but m − p for CR1p, as is
        the convention with that correction.
    level : float, optional
        Confidence level; that of `fitted` when left out.
    btt : names, terms or numbers from 0, optional
        Coefficients of the joint test; all but the intercept when left out.

    Raises
    ------
    SynthesisError
        With fewer than two clusters, or a cluster that is missing.

    References
    ----------
    Tipton & Pustejovsky (2015), J Educ Behav Stat 40:604–634.
    https://doi.org/10.3102/1076998615606099

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.9], "vi": [0.02, 0.03, 0.05, 0.02]}
    >>> found = robust_regression(regress(table, tau2="DL"), cluster=["Kim", "Kim", "Lee", "Lin"])
    >>> found.se, found.df
    (array([0.2724]), array([1.767]))
    """
    chosen = fitted.level if level is None else level
    check_level(chosen)
    names = fitted.effects.studies if cluster is None else cluster
    clusters = _clusters(names, fitted.k)
    x, coef = fitted.design.matrix, fitted.estimate
    total = fitted.effects.vi + fitted.tau2
    robust = cluster_robust(
        x,
        fitted.effects.yi - x @ coef,
        clusters.codes,
        weights=1 / total if fitted.weights is None else fitted.weights,
        covariance=total,
        correction=correction,
    )
    p = len(coef)
    df = np.full(p, float(len(clusters) - p)) if correction == "CR1p" else satterthwaite(robust)
    tests = coefficient_tests(coef, robust, df, level=chosen)
    tested = columns_of(fitted.design, btt)
    joint: RobustWald | None = None
    notes: list[str] = []
    if tested and correction != "CR1p" and (p > 1 or btt is not None):
        try:
            joint = wald_test(coef, robust, np.eye(p)[tested])
        except SynthesisError as error:
            notes.append(f"no joint test: {error}")
    return RobustRegression(
        terms=fitted.terms,
        correction=correction,
        n_clusters=len(clusters),
        k=fitted.k,
        tau2=fitted.tau2,
        estimate=coef,
        se=robust.se,
        statistic=tests.statistic,
        df=df,
        pvalue=tests.pvalue,
        ci_low=tests.ci_low,
        ci_high=tests.ci_high,
        level=chosen,
        vcov=robust.vcov,
        wald=joint,
        wald_terms=tuple(fitted.terms[j] for j in tested) if joint is not None else (),
        notes=(*notes, *_few(tests)),
        fit=fitted,
    )


def pool_dependent(
    effects: EffectSource,
    *,
    cluster: str | Sequence[Any] = "study",
    working: Working = "CORR",
    rho: float = 0.8,
    small_sample: bool = True,
    moderators: Sequence[str] | Mapping[str, Any] | pd.DataFrame | None = None,
    X: Any = None,
    level: float = 0.95,
) -> DependentFit:
    """Pool or regress several dependent effects per study, with robust errors.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        With `yi` and `vi`, and the columns that `cluster` and `moderators` name.
    cluster : str or column of k values
        Which effects come from one study.
    working : {"CORR", "HIER"}
        What the weights suppose: sampling errors of a study correlated by `rho`, or effects of a
        study scattered about its own mean. The errors hold when it is wrong.
    rho : float
        Correlation of the sampling errors within a study, between 0 and 1; for CORR.
    small_sample : bool
        CR2 errors with Satterthwaite degrees of freedom; else √(m/(m − p)) and m − p.
    moderators, X
        As for `regress`.
    level : float
        Confidence level.

    Raises
    ------
    OptionError, SynthesisError
        When options or effects cannot be used.

    References
    ----------
    Hedges, Tipton & Johnson (2010), Res Synth Methods 1:39–65. https://doi.org/10.1002/jrsm.5
    Tipton (2015), Psychol Methods 20:375–393. https://doi.org/10.1037/met0000011

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.9], "vi": [0.02, 0.03, 0.05, 0.02]}
    >>> found = pool_dependent(table, cluster=["Kim", "Kim", "Lee", "Lin"])
    >>> found.estimate, found.se, found.tau2
    (array([0.6287]), array([0.2269]), 0.1445)
    """
    check_level(level)
    if working not in get_args(Working):
        raise OptionError("working", working, get_args(Working))
    if not is_number(rho) or not 0 <= rho <= 1:
        raise OptionError("rho", rho, ("a number from 0 to 1",))
    plain = regress(effects, moderators=moderators, X=X, tau2="EE", test="z", level=level)
    table, x = plain.effects, plain.design.matrix
    if isinstance(cluster, str):
        clusters = grouping([cluster], columns_of_source(effects), len(table))
    else:
        clusters = _clusters(cluster, len(table))
    if working == "CORR":
        found = correlated_effects(table.yi, table.vi, x, clusters.codes, float(rho))
    else:
        found = hierarchical_effects(table.yi, table.vi, x, clusters.codes)
    root = np.sqrt(found.weights)
    solved = np.linalg.lstsq(root[:, None] * x, root * table.yi, rcond=None)[0]
    coef = np.asarray(solved, dtype=np.float64)
    robust = cluster_robust(
        x,
        table.yi - x @ coef,
        clusters.codes,
        weights=found.weights,
        correction="CR2" if small_sample else "CR1p",
    )
    p = len(coef)
    df = satterthwaite(robust) if small_sample else np.full(p, float(len(clusters) - p))
    tests = coefficient_tests(coef, robust, df, level=level)
    i2 = max(0.0, 100 * (found.q - found.q_mean) / found.q) if found.q > 0 else 0.0
    return DependentFit(
        terms=plain.terms,
        working=working,
        rho=float(rho) if working == "CORR" else None,
        small_sample=small_sample,
        n_clusters=len(clusters),
        k=len(table),
        tau2=found.tau2,
        omega2=found.omega2,
        i2=i2 if working == "CORR" else None,
        estimate=coef,
        se=robust.se,
        statistic=tests.statistic,
        df=df,
        pvalue=tests.pvalue,
        ci_low=tests.ci_low,
        ci_high=tests.ci_high,
        level=level,
        vcov=robust.vcov,
        notes=tuple(_few(tests)),
        weights=pd.Series(
            found.weights / found.weights.sum(),
            index=pd.Index(table.studies, name="study"),
            name="weight",
        ),
    )


def _clusters(values: Iterable[Any], k: int) -> Grouping:
    return grouping(["cluster"], {"cluster": list(values)}, k)


def _few(tests: RobustTests) -> Iterator[str]:
    if not (tests.df >= FEW).all():
        yield (
            f"fewer than {FEW} degrees of freedom for some coefficients: too few studies, or too "
            "unlike, for their p values and intervals to be trusted."
        )
