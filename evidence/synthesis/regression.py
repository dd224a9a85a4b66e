"""Meta-regression: how effects go with what is known of the studies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels import regression_fit as kernel
from evidence.kernels.heterogeneity import h2_from_tau2, i2_from_q, i2_from_tau2, q_pvalue
from evidence.kernels.inference import Test, quantile, two_sided
from evidence.kernels.regression import orthonormal
from evidence.kernels.regression_fit import Omnibus
from evidence.kernels.regression_tau2 import TAU2, TAU2_OF_WEIGHTS, estimate, tau2_se
from evidence.kernels.tau2 import Tau2Method
from evidence.synthesis.effect_table import (
    EffectSource,
    EffectTable,
    as_numbers,
    check_level,
    effect_table,
    is_number,
)
from evidence.synthesis.formula import Design, check_design, columns_of
from evidence.synthesis.moderators import chosen_design, complete_rows, variables_of

Missing = Literal["refuse", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RegressionFit:
    """Coefficients of a mixed-effects (or equal-effects) meta-regression, and what is left over.

    Arrays of shape (p,) follow `terms`; those of shape (k,) follow `effects`.
    """

    measure: str
    label: str
    k: int
    p: int
    terms: tuple[str, ...]
    estimate: Vector
    se: Vector
    statistic: Vector
    pvalue: Vector
    ci_low: Vector
    ci_high: Vector
    vcov: Matrix  # (p, p)
    level: float
    test: Test
    df: int | None  # None: normal
    hk_factor: float | None
    tau2: float  # residual
    tau2_method: Tau2Method | Literal["fixed"]
    tau2_se: float | None
    i2: float | None  # percent of residual variance; None: as many coefficients as effects
    h2: float | None
    typical_variance: float | None
    r2: float | None  # percent of τ² accounted for; None: no moderator, or τ² was fixed
    q: float  # residual heterogeneity
    q_df: int
    q_pvalue: float
    omnibus: Omnibus
    omnibus_terms: tuple[str, ...]
    notes: tuple[str, ...]
    effects: EffectTable = field(repr=False)
    design: Design = field(repr=False)
    weights: Vector | None = field(repr=False)  # None: 1/(v + τ²)

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient, indexed by its term."""
        columns = ("estimate", "se", "statistic", "pvalue", "ci_low", "ci_high")
        data = {name: getattr(self, name) for name in columns}
        return pd.DataFrame(data, index=pd.Index(self.terms, name="term"))

    def summary(self) -> tuple[str, ...]:
        """What was fitted, residual heterogeneity, the omnibus test, and the notes, in words."""
        model = "equal effects" if self.tau2_method == "EE" else f"tau² by {self.tau2_method}"
        found = self.omnibus
        law = (
            f"chi² {say.number(found.statistic)} on {found.df1} df"
            if found.df2 is None
            else f"F {say.number(found.statistic)} on {found.df1} and {found.df2} df"
        )
        lines = [
            f"{self.measure or 'effect'} {self.label}  [{self.k} effects; {model}, {self.test}]"
        ]
        lines.append(f"moderators together: {law}, {say.pvalue(found.pvalue)}")
        left = f"Q {say.number(self.q)} on {self.q_df} df ({say.pvalue(self.q_pvalue)})"
        explained = "" if self.r2 is None else f", R² {say.number(self.r2, 0)} %"
        lines.append(
            f"left over: tau² {say.number(self.tau2, 3)}, I² {say.number(self.i2, 0)} %, {left}"
            + explained
        )
        return (*lines, *(f"note: {note}" for note in self.notes))

    def __repr__(self) -> str:
        head, *rest = self.summary()
        return "\n".join([head, self.to_frame().round(4).to_string(), *rest])

    def _repr_html_(self) -> str:
        named: list[Any] = list(self.to_frame().itertuples())
        rows = [
            [
                term,
                say.estimate(row.estimate, row.ci_low, row.ci_high, 3),
                say.number(row.se, 3),
                say.pvalue(row.pvalue),
            ]
            for term, row in zip(self.terms, named, strict=True)
        ]
        head, *rest = self.summary()
        columns = ("term", f"estimate ({100 * self.level:g} % interval)", "se", "p")
        return say.html_table(columns, rows, caption=head, foot=". ".join(rest))


def regress(
    effects: EffectSource,
    *,
    formula: str | None = None,
    moderators: Sequence[str] | Mapping[str, Any] | pd.DataFrame | None = None,
    X: Any = None,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ",
    level: float = 0.95,
    btt: Iterable[str | int] | str | int | None = None,
    weights: Sequence[float] | Vector | None = None,
    fixed_tau2: float | None = None,
    missing: Missing = "refuse",
    measure: str = "",
) -> RegressionFit:
    """Regress effects on moderators, with a residual between-study variance.

    Give one of `formula`, `moderators` and `X`; none of them is the model of a mean.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        With `yi` and `vi`, and the moderators that formula or names refer to.
    formula : str, optional
        Right-hand side in patsy's notation, ``"~ year + C(design)"``. Evaluated as Python.
    moderators : sequence of str, mapping or DataFrame, optional
        Names of columns of `effects`, or the columns themselves; words become one column per level
        after the first.
    X : array or DataFrame of shape (k, p), optional
        The design matrix itself, intercept included.
    tau2 : str
        Estimator of the residual between-study variance; "EE" has none.
    test : {"HKSJ", "HKSJ-adhoc", "t", "z"}
        HKSJ and t use k − p degrees of freedom; the omnibus test then is F, else chi-square.
    level : float
        Level of every interval.
    btt : names, terms or numbers from 0, optional
        Coefficients of the omnibus test; not given: all but the intercept.
    weights : array of shape (k,), optional
        Weights instead of 1/(v + τ²); GENQ and GENQM need them.
    fixed_tau2 : float, optional
        A known residual between-study variance.
    missing : {"refuse", "drop"}
        What to do about effects without a moderator; dropping is noted in the result.
    measure : str
        Name of the measure, where the effects do not carry it.

    Raises
    ------
    OptionError
        For an unknown estimator, test or `missing`.
    SynthesisError
        When effects, moderators or options cannot be used: a column that others determine, fewer
        effects than coefficients, a missing moderator.
    ConvergenceError
        When an estimator does not settle.

    References
    ----------
    Thompson & Higgins (2002), Stat Med 21:1559–1573. https://doi.org/10.1002/sim.1187
    Knapp & Hartung (2003), Stat Med 22:2693–2710. https://doi.org/10.1002/sim.1482

    Examples
    --------
    >>> table = {
    ...     "yi": [0.10, 0.30, 0.80, 0.60, 0.90],
    ...     "vi": [0.02, 0.03, 0.05, 0.03, 0.04],
    ...     "weeks": [2, 4, 8, 8, 12],
    ... }
    >>> found = regress(table, moderators=["weeks"], tau2="DL")
    >>> found.terms, found.estimate.tolist()
    (('intercept', 'weeks'), [-0.0432, 0.0838])
    """
    if tau2 not in TAU2 and tau2 not in TAU2_OF_WEIGHTS:
        raise OptionError("tau2", tau2, get_args(Tau2Method))
    if test not in get_args(Test):
        raise OptionError("test", test, get_args(Test))
    if missing not in get_args(Missing):
        raise OptionError("missing", missing, get_args(Missing))
    check_level(level)
    table = effect_table(effects, measure=measure)
    variables = variables_of(effects, moderators)
    kept = list(range(len(table)))
    if missing == "drop":
        kept = complete_rows(variables, formula, moderators, X, len(table))
    design = chosen_design(variables, formula, moderators, X, len(table), kept)
    dropped = [table.studies[i] for i in range(len(table)) if i not in set(kept)]
    ai = _weights(weights, table)
    if dropped:
        table = EffectTable(
            yi=table.yi[kept],
            vi=table.vi[kept],
            studies=tuple(table.studies[i] for i in kept),
            measure=table.measure,
        )
        ai = None if ai is None else ai[kept]
    return refit(
        table,
        design,
        tau2=tau2,
        test=test,
        level=level,
        columns=columns_of(design, btt),
        ai=ai,
        fixed=_fixed(fixed_tau2),
        dropped=dropped,
    )


def refit(
    table: EffectTable,
    design: Design,
    *,
    tau2: Tau2Method | Literal["fixed"],
    test: Test,
    level: float,
    columns: Sequence[int],
    ai: Vector | None = None,
    fixed: float | None = None,
    dropped: Sequence[str] = (),
) -> RegressionFit:
    """The model fitted to checked effects and a design matrix; see `regress`.

    >>> from evidence.synthesis.formula import design_of_mean
    >>> table = effect_table({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]})
    >>> mean = refit(table, design_of_mean(3), tau2="EE", test="z", level=0.95, columns=[0])
    >>> mean.terms, round(float(mean.estimate[0]), 4), round(mean.q, 3)
    (('intercept',), 0.3, 7.0)
    """
    k, p = design.matrix.shape
    method: Tau2Method | Literal["fixed"] = "fixed" if fixed is not None else tau2
    check_design(design)
    free = method not in ("EE", "fixed") or test in ("t", "HKSJ", "HKSJ-adhoc")
    if k < p or (k == p and free):
        raise SynthesisError(
            f"{k} effects for {p} coefficients: none is left to learn the spread from. Use fewer "
            "moderators" + ("." if k < p else ", or tau2='EE' with test='z'.")
        )
    if method in TAU2_OF_WEIGHTS and (ai is None or not (ai > 0).all()):
        raise SynthesisError(f"tau2={method!r} needs weights= above zero in every row.")
    yi, vi, basis = table.yi, table.vi, orthonormal(design.matrix)
    found = kernel.fit(yi, vi, basis, method, test, ai=ai, fixed=fixed or 0.0)
    se = found.se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = found.beta / se
    half = quantile(level, found.df) * se
    typical = kernel.residual_typical_variance(vi, basis.q) if k > p else None
    i2, h2 = None, None
    if method == "EE" and k > p:
        i2, h2 = i2_from_q(found.q, k - p), found.q / (k - p)
    elif typical is not None:
        i2, h2 = i2_from_tau2(found.tau2, typical), h2_from_tau2(found.tau2, typical)
    r2, without = _explained(table, design, method, found.tau2, ai)
    return RegressionFit(
        measure=table.measure,
        label=design.label,
        k=k,
        p=p,
        terms=design.names,
        estimate=found.beta,
        se=se,
        statistic=statistic,
        pvalue=np.array([two_sided(float(value), found.df) for value in statistic]),
        ci_low=found.beta - half,
        ci_high=found.beta + half,
        vcov=found.vcov,
        level=level,
        test=test,
        df=found.df,
        hk_factor=found.factor if test in ("HKSJ", "HKSJ-adhoc") else None,
        tau2=found.tau2,
        tau2_method=method,
        tau2_se=tau2_se(method, yi, vi, basis.q, found.tau2, ai) if k > p else None,
        i2=i2,
        h2=h2,
        typical_variance=typical,
        r2=r2,
        q=found.q,
        q_df=found.q_df,
        q_pvalue=q_pvalue(found.q, found.q_df),
        omnibus=kernel.omnibus(found, columns),
        omnibus_terms=tuple(design.names[j] for j in columns),
        notes=tuple(_notes(table, design, found, method, test, level, without, dropped)),
        effects=table,
        design=design,
        weights=ai,
    )


def _explained(
    table: EffectTable,
    design: Design,
    method: Tau2Method | Literal["fixed"],
    tau2: float,
    ai: Vector | None,
) -> tuple[float | None, float | None]:
    """R² in percent, and the τ² without moderators that it is a share of."""
    k = len(table)
    if method == "fixed" or (design.matrix.shape == (k, 1) and (design.matrix == 1).all()) or k < 2:
        return None, None
    if method == "EE":
        return kernel.adjusted_r2(table.yi, table.vi, design.matrix), None
    ones = orthonormal(np.ones((k, 1))).q
    without = estimate(method, table.yi, table.vi, ones, ai)
    return kernel.r2_of_tau2(without, tau2), without


def _notes(
    table: EffectTable,
    design: Design,
    found: kernel.Fit,
    method: str,
    test: Test,
    level: float,
    without: float | None,
    dropped: Sequence[str],
) -> Iterator[str]:
    """What a reader must know before believing the coefficients."""
    k, p = design.matrix.shape
    moderators = p - design.intercept
    if dropped:
        yield (
            f"{len(dropped)} of {k + len(dropped)} effects were left out because a moderator is "
            f"missing: {', '.join(dropped[:5])}{', …' if len(dropped) > 5 else ''}."
        )
    if moderators and k < 10 * moderators:
        yield (
            f"{k} effects for {moderators} moderator{'s' if moderators > 1 else ''}: fewer than "
            "ten for each, so an association may well be chance."
        )
    if method == "fixed":
        yield "the residual between-study variance was given, not estimated."
    if without == 0:
        yield "without moderators tau2 is 0 already: R2 has nothing to be a share of."
    if test == "HKSJ" and quantile(level, found.df) * found.factor**0.5 < quantile(level, None):
        yield (
            "the Hartung–Knapp intervals are narrower than normal ones; test='HKSJ-adhoc' does not "
            "let them rest on standard errors below the plain ones."
        )
    if len(set(table.studies)) < k:
        yield "several effects come from one study and are treated as independent."


def _weights(weights: Any, table: EffectTable) -> Vector | None:
    if weights is None:
        return None
    given = list(weights)
    if len(given) != len(table):
        raise SynthesisError(f"lengths differ: {len(table)} effects and {len(given)} weights.")
    ai = as_numbers("weight", given, table.studies)
    if not (ai > 0).all():
        raise SynthesisError("weights must be above zero in every row.")
    return np.asarray(ai / ai.max(), dtype=np.float64)


def _fixed(value: float | None) -> float | None:
    if value is None:
        return None
    if not is_number(value) or not 0 <= value < np.inf:
        raise SynthesisError(f"fixed_tau2={value!r} is not a variance: a number, 0 or more.")
    return float(value)
