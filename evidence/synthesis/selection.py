"""Selection models: pooling while estimating how p values decide what is seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.inference import quantile, two_sided
from evidence.kernels.selection import step_of
from evidence.kernels.selection_curves import CURVES, Curve
from evidence.kernels.selection_fit import SelectionEstimate, fit_curve, fit_steps
from evidence.synthesis.effect_table import (
    EffectSource,
    EffectTable,
    as_numbers,
    check_level,
    effect_table,
    is_number,
)
from evidence.synthesis.shown import Shown

SelectionModel: TypeAlias = Literal["steps"] | Curve
Alternative: TypeAlias = Literal["greater", "less"]
"""Which effects were favoured: large ones (p of "above zero") or small ones."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Selection(Shown):
    """A pooled mean under selection by p, and the selection itself.

    `parameters` has a row per step (`low`, `high` of the p values, `k` effects on it, `estimate`
    of its relative weight, `se`) or per parameter of the curve (`estimate`, `se`). A standard
    error that does not exist, because the number was fixed or ended at a bound, is NaN there and
    None elsewhere. `lrt` compares with the same model without selection; it is 0 where given
    weights fit worse than none.
    """

    model: SelectionModel
    alternative: Alternative
    tau2_method: Literal["ML", "EE"]
    k: int
    estimate: float
    se: float | None
    ci_low: float | None
    ci_high: float | None
    statistic: float | None
    pvalue: float | None
    tau2: float
    tau2_se: float | None
    log_likelihood: float
    log_likelihood_unselected: float
    lrt: float
    lrt_df: int
    lrt_pvalue: float | None
    level: float
    parameters: pd.DataFrame
    at_bound: tuple[str, ...]
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The model."""
        return f"Selection model ({self.model}, {self.tau2_method}, k = {self.k})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Mean, heterogeneity, selection, test of selection."""
        yield "estimate", say.estimate(self.estimate, self.ci_low, self.ci_high, 3)
        yield "tau²", say.number(self.tau2, 4)
        for name, row in self.parameters.iterrows():
            error = "" if math.isnan(row["se"]) else f" (SE {say.number(row['se'], 3)})"
            yield str(name), f"{say.number(row['estimate'], 3)}{error}"
        if self.lrt_pvalue is not None:
            test = f"chi² {say.number(self.lrt)} on {self.lrt_df} df"
            yield "no selection", f"{test}, {say.pvalue(self.lrt_pvalue)}"


def fit_selection(
    effects: EffectSource,
    *,
    model: SelectionModel = "steps",
    steps: Sequence[float] = (0.025,),
    weights: Sequence[float] | None = None,
    alternative: Alternative = "greater",
    tau2: Literal["ML", "EE"] = "ML",
    level: float = 0.95,
) -> Selection:
    """Fit a selection model by maximum likelihood.

    A study is seen with a chance proportional to w(p), p its one-sided p value.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`.
    model : {"steps", "beta", "halfnorm", "negexp", "logistic", "power"}
        Steps: a relative weight for each interval of p, the first 1. Curves: p^(δ₁−1)
        (1−p)^(δ₂−1); exp(−δp²); exp(−δp); 2 exp(−δp) / (1 + exp(−δp)); (1−p)^δ. Weights and δ
        are kept between 0 and 100; beta and power are level below p = 1e-5 and above 1 − 1e-5.
    steps : increasing p values
        Where the weight changes; 1 may be left out.
    weights : sequence of float, optional
        Known weights, one per step (first 1): a sensitivity analysis.
    alternative : {"greater", "less"}
        Direction that was favoured.
    tau2 : {"ML", "EE"}
        Estimate the between-study variance, or take it as none.
    level : float
        Level of the interval.

    Raises
    ------
    SynthesisError
        When steps or weights cannot be, or no effect lies on the first step.
    ConvergenceError
        When the fit does not settle from any start.

    References
    ----------
    Vevea & Hedges (1995), Psychometrika 60:419–435. https://doi.org/10.1007/BF02294384
    Vevea & Woods (2005), Psychol Methods 10:428–443 (known weights).
    https://doi.org/10.1037/1082-989X.10.4.428
    Preston, Ashby & Smyth (2004), J Eval Clin Pract 10:313–322.
    https://doi.org/10.1111/j.1365-2753.2003.00457.x
    Citkowicz & Vevea (2017), Psychol Methods 22:28–41. https://doi.org/10.1037/met0000119

    Examples
    --------
    >>> table = {"yi": [0.2, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 0.9], "vi": [0.04] * 8}
    >>> found = fit_selection(table, tau2="EE")
    >>> found.estimate, found.parameters["estimate"].to_list()
    (0.46, [1.0, 0.25])
    """
    table, turn = read_effects(effects, alternative, tau2, level)
    equal = tau2 == "EE"
    if model != "steps":
        if model not in CURVES:
            raise OptionError("model", model, ("steps", *CURVES))
        if weights is not None:
            raise SynthesisError("weights belong to model='steps'; a curve has parameters.")
        found = fit_curve(turn * table.yi, table.vi, model, equal_effects=equal)
        index = [f"delta{j}" for j in range(1, len(found.delta) + 1)]
        frame = pd.DataFrame({"estimate": found.delta, "se": found.delta_se}, index=index)
        return selection_result(
            found, table, model, alternative, tau2, level, frame, len(found.delta)
        )
    edges = step_edges(steps)
    known = None if weights is None else _known(weights, edges)
    yi = turn * table.yi
    if known is None:
        check_steps(yi, table.vi, edges)
    found = fit_steps(yi, table.vi, edges, equal_effects=equal, weights=known)
    free = 0 if known is not None else len(edges) - 1
    frame = step_frame(yi, table.vi, edges, found)
    return selection_result(found, table, model, alternative, tau2, level, frame, free)


def read_effects(
    effects: EffectSource, alternative: str, tau2: str, level: float
) -> tuple[EffectTable, float]:
    """Checked effects, and the sign that turns what was favoured upward.

    >>> effects = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}
    >>> table, sign = read_effects(effects, "less", "ML", 0.95)
    >>> len(table), sign
    (3, -1.0)
    """
    if alternative not in ("greater", "less"):
        raise OptionError("alternative", alternative, ("greater", "less"))
    if tau2 not in ("ML", "EE"):
        raise OptionError("tau2", tau2, ("ML", "EE"))
    check_level(level)
    table = effect_table(effects)
    if len(table) < 3:
        raise SynthesisError(f"{len(table)} effects cannot tell a mean from a selection.")
    return table, 1.0 if alternative == "greater" else -1.0


def step_edges(steps: Sequence[float]) -> tuple[float, ...]:
    """Steps as given, ending in 1.

    >>> step_edges([0.025, 0.5])
    (0.025, 0.5, 1.0)
    """
    given = list(steps) if isinstance(steps, Iterable) else [steps]
    if not given or not all(is_number(step) for step in given):
        raise SynthesisError(f"steps={steps!r} are not p values.")
    edges = [float(step) for step in given]
    if any(not 0 < step <= 1 for step in edges) or sorted(set(edges)) != edges:
        raise SynthesisError(
            f"steps={steps!r} must increase and lie between 0 and 1; one-sided p values such as "
            "0.025, 0.5."
        )
    if edges[-1] < 1:
        edges.append(1.0)
    if len(edges) < 2:
        raise SynthesisError("a single step up to 1 selects nothing; give for example 0.025.")
    return tuple(edges)


def check_steps(yi: Vector, vi: Vector, edges: Sequence[float]) -> None:
    """Refuse a first step without effects: the others' weights would have nothing to refer to.

    >>> yi, vi = np.array([0.0, 0.5]), np.array([0.01, 0.01])
    >>> check_steps(yi, vi, (0.025, 1.0))
    >>> check_steps(yi[:1], vi[:1], (0.025, 1.0))
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: no effect has a one-sided p up to 0.025; the weights of the
    other steps are relative to that one. Raise the first step, or check alternative=.
    """
    if not (step_of(yi, vi, edges) == 0).any():
        raise SynthesisError(
            f"no effect has a one-sided p up to {edges[0]:g}; the weights of the other steps are "
            "relative to that one. Raise the first step, or check alternative=."
        )


def step_frame(
    yi: Vector, vi: Vector, edges: Sequence[float], found: SelectionEstimate
) -> pd.DataFrame:
    """A row per step: its p values, how many effects lie on it, weight and standard error.

    >>> yi, vi = np.array([0.2, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 0.9]), np.full(8, 0.04)
    >>> found = fit_steps(yi, vi, (0.025, 1.0), equal_effects=True)
    >>> step_frame(yi, vi, (0.025, 1.0), found)["k"].to_dict()
    {'p 0 to 0.025': 7, 'p 0.025 to 1': 1}
    """
    low = (0.0, *edges[:-1])
    index = [f"p {a:g} to {b:g}" for a, b in zip(low, edges, strict=True)]
    count = np.bincount(step_of(yi, vi, edges), minlength=len(edges))
    columns = {
        "low": low,
        "high": edges,
        "k": count,
        "estimate": found.delta,
        "se": found.delta_se,
    }
    return pd.DataFrame(columns, index=index)


def _known(weights: Sequence[float], edges: Sequence[float]) -> Vector:
    given = list(weights)
    if len(given) != len(edges):
        raise SynthesisError(f"{len(edges)} steps need {len(edges)} weights, not {len(given)}.")
    known = as_numbers("weight", given, [f"step {j}" for j in range(1, len(given) + 1)])
    if not (known > 0).all():
        raise SynthesisError("weights must be above zero; 0 would forbid what was seen.")
    return known


def selection_result(
    found: SelectionEstimate,
    table: EffectTable,
    model: SelectionModel,
    alternative: Alternative,
    method: Literal["ML", "EE"],
    level: float,
    parameters: pd.DataFrame,
    free: int,
) -> Selection:
    """The result of a fit; `free` selection parameters were estimated.

    >>> table = effect_table({"yi": [0.2, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 0.9], "vi": [0.04] * 8})
    >>> edges = (0.025, 1.0)
    >>> found = fit_steps(table.yi, table.vi, edges, equal_effects=True)
    >>> weights = step_frame(table.yi, table.vi, edges, found)
    >>> made = selection_result(found, table, "steps", "greater", "EE", 0.95, weights, free=1)
    >>> round(made.estimate, 2), made.lrt_df
    (0.46, 1)
    """
    turn = 1.0 if alternative == "greater" else -1.0
    estimate, se = turn * found.mu, _some(found.mu_se)
    lrt = max(0.0, 2 * (found.log_likelihood - found.log_likelihood_unselected))
    half = None if se is None else quantile(level, None) * se
    return Selection(
        model=model,
        alternative=alternative,
        tau2_method=method,
        k=len(table),
        estimate=estimate,
        se=se,
        ci_low=None if half is None else estimate - half,
        ci_high=None if half is None else estimate + half,
        statistic=None if se is None else estimate / se,
        pvalue=None if se is None else two_sided(estimate / se, None),
        tau2=found.tau2,
        tau2_se=_some(found.tau2_se),
        log_likelihood=found.log_likelihood,
        log_likelihood_unselected=found.log_likelihood_unselected,
        lrt=lrt,
        lrt_df=free,
        lrt_pvalue=float(chdtrc(free, lrt)) if free else None,
        level=level,
        parameters=parameters,
        at_bound=found.at_bound,
        notes=tuple(_notes(found, parameters, se, free)),
    )


def _some(value: float) -> float | None:
    return None if math.isnan(value) else value


def _notes(
    found: SelectionEstimate, parameters: pd.DataFrame, se: float | None, free: int
) -> Iterator[str]:
    if not free:
        yield "the weights were given: what if selection were just so, not whether it is."
    held = ", ".join(found.at_bound)
    if held:
        yield f"at the bound of what is allowed: {held}; the other errors are given this value."
    if se is None:
        yield "the likelihood is flat or has no top inside the bounds: no standard errors."
    thin = []
    if free and "k" in parameters:
        thin = [name for name, k in zip(parameters.index, parameters["k"], strict=True) if k < 4]
    if thin:
        yield f"fewer than four effects with {', '.join(thin)}: such weights are hardly known."
