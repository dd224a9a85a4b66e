"""Multilevel meta-analysis: dependent effects, nested and correlated random effects."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, get_args

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.multilevel import (
    Model,
    Weighted,
    fit_statistics,
    precision,
    prepare,
    smallest_pivot,
    weighted_fit,
)
from evidence.kernels.multilevel_fit import Fitted, fit
from evidence.kernels.regression import wald
from evidence.kernels.structures import lowest_exchangeable, variances_and_correlations
from evidence.synthesis.effect_table import EffectSource, EffectTable, check_level, effect_table
from evidence.synthesis.formula import (
    Design,
    check_design,
    columns_of,
    design_of_columns,
    design_of_formula,
    design_of_matrix,
    design_of_mean,
)
from evidence.synthesis.grouping import columns_of_source
from evidence.synthesis.multilevel_result import (
    MultilevelFit,
    MultilevelTest,
    VarianceComponent,
)
from evidence.synthesis.random_terms import RandomTerm, random_terms
from evidence.synthesis.sampling import (
    Sampling,
    check_sampling,
    sampling_matrix,
    with_variances,
)

Moderators: TypeAlias = str | Sequence[str] | Matrix | pd.DataFrame | None

SINGULAR = 1e-10  # a squared pivot this far below the variance: no sampling error but for rounding
FLAT = 1e-9  # the weakest direction of the information about θ, on the correlation scale


def multilevel(
    effects: EffectSource,
    *,
    random: str | Sequence[str] | None,
    sampling: Sampling = None,
    moderators: Moderators = None,
    likelihood: Likelihood = "REML",
    test: MultilevelTest = "t-contain",
    level: float = 0.95,
) -> MultilevelFit:
    """Fit effects that depend on each other through shared groups or shared sampling errors.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, and the columns that `random` and `moderators` name.
    random : str, sequence of str, or None
        ``"1 | study/effect"`` for random intercepts per study and per effect within study;
        ``"UN(outcome | trial)"`` for correlated random effects of the levels of one column within
        the groups of another, with a structure of `STRUCTURES`. None: sampling error only. The
        column ``row`` is there without being given: every row its own group.
    sampling : array of shape (k, k), or sequence of square blocks in row order, optional
        Covariance of the sampling errors, as `sampling_covariance` makes it; independent with
        variances `vi` when left out.
    moderators : formula, names of columns, or design matrix of shape (k, p), optional
        ``"~ year"``, ``["year", "design"]``, or all columns with the intercept among them.
    likelihood : {"REML", "ML"}
        What the variance components maximise.
    test : {"t-contain", "t", "z"}
        Normal, or t: on k − p degrees of freedom, or for each coefficient on the number of groups
        of the coarsest random effect within which its column does not vary, less p.
    level : float
        Confidence level.

    Returns
    -------
    MultilevelFit

    Raises
    ------
    OptionError
        For an unknown structure, test or likelihood.
    SynthesisError
        When effects, covariance, moderators or random effects cannot be used as they are.
    ConvergenceError
        When the likelihood has no maximum that can be reached.

    References
    ----------
    Konstantopoulos (2011), Res Synth Methods 2:61–76, https://doi.org/10.1002/jrsm.35;
    Berkey, Hoaglin, Antczak-Bouckoms, Mosteller & Colditz (1998), Stat Med 17:2537–2550;
    Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 2.4.2 (the df).

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.9], "vi": [0.02, 0.03, 0.05, 0.02],
    ...          "study": ["Kim", "Kim", "Lee", "Lin"]}
    >>> found = multilevel(table, random="1 | study/row", test="z")
    >>> float(found.coefficients[0]), found.of_kind("sigma2")
    (0.6094, [0.1434, 0.0])
    """
    if likelihood not in get_args(Likelihood):
        raise OptionError("likelihood", likelihood, get_args(Likelihood))
    if test not in get_args(MultilevelTest):
        raise OptionError("test", test, get_args(MultilevelTest))
    check_level(level)
    columns = columns_of_source(effects)
    v = sampling_matrix(sampling)
    table = effect_table(effects if v is None else with_variances(columns, v))
    k = len(table)
    if v is not None:
        check_sampling(v, table)
    design = _design(moderators, columns, k)
    check_design(design)
    p = len(design.names)
    if k <= p:
        raise SynthesisError(
            f"{k} effects and {p} coefficients leave nothing to estimate variances from; use "
            "fewer moderators."
        )
    terms = random_terms(random, columns, k)
    variance = table.vi if v is None else v
    alone = prepare(table.yi, variance, design.matrix, ())
    if v is not None and not smallest_pivot(alone) > SINGULAR:
        raise SynthesisError(
            "the sampling covariance is singular or not positive definite: some combination of "
            "effects would have no sampling error. Check for rows entered twice, and for "
            "correlations of 1 or too far apart."
        )
    model = prepare(table.yi, variance, design.matrix, tuple(term.kernel for term in terms))
    found = fit(model, likelihood)
    theta = np.empty(0) if found is None else found.theta
    if found is not None:
        _check_told_apart(model, found, terms)
    fitted = weighted_fit(model, likelihood, theta)
    return _result(
        table, columns, design, terms, model, alone, fitted, found, likelihood, test, level
    )


def _result(
    table: EffectTable,
    columns: Mapping[str, Any],
    design: Design,
    terms: tuple[RandomTerm, ...],
    model: Model,
    alone: Model,
    fitted: Weighted,
    found: Fitted | None,
    likelihood: Likelihood,
    test: MultilevelTest,
    level: float,
) -> MultilevelFit:
    k, p = model.x.shape
    q = weighted_fit(alone, likelihood, np.empty(0)).squares
    se = np.sqrt(np.diag(fitted.vcov))
    statistic = fitted.coefficients / se
    df = _degrees(test, design.matrix, terms)
    upper = 1 - (1 - level) / 2
    half = (ndtri(upper) if df is None else stdtrit(df, upper)) * se
    tail = -np.abs(statistic)
    theta = np.empty(0) if found is None else found.theta
    components = _components(terms, model, theta)
    tested = columns_of(design, None)
    qm = df1 = df2 = qm_pvalue = None
    if p > 1:
        df1 = len(tested)
        qm = wald(fitted.coefficients, fitted.vcov, tested)
        if df is None:
            qm_pvalue = float(chdtrc(df1, qm))
        else:
            qm, df2 = qm / df1, float(df[tested].min())
            qm_pvalue = float(fdtrc(df1, df2, qm))
    intercepts = bool(terms) and all(term.structure is None for term in terms)
    sigma2 = [float(part.estimate or 0.0) for part in components if part.kind == "sigma2"]
    pi_low = pi_high = None
    if intercepts and p == 1 and design.intercept:
        quantile = float(ndtri(upper) if df is None else stdtrit(df[0], upper))
        reach = quantile * math.sqrt(sum(sigma2) + float(se[0]) ** 2)
        mean = float(fitted.coefficients[0])
        pi_low, pi_high = mean - reach, mean + reach
    return MultilevelFit(
        measure=table.measure,
        k=k,
        names=design.names,
        coefficients=fitted.coefficients,
        se=se,
        statistic=statistic,
        df=df,
        pvalue=2 * (ndtr(tail) if df is None else stdtr(df, tail)),
        ci_low=fitted.coefficients - half,
        ci_high=fitted.coefficients + half,
        level=level,
        test=test,
        vcov=fitted.vcov,
        components=components,
        q=q,
        q_df=k - p,
        q_pvalue=float(chdtrc(k - p, q)),
        qm=qm,
        qm_names=tuple(design.names[j] for j in tested) if qm is not None else (),
        qm_df1=df1,
        qm_df2=df2,
        qm_pvalue=qm_pvalue,
        fit=fit_statistics(model, fitted, likelihood, p + len(components)),
        i2=_i2(terms, alone, sigma2) if intercepts else None,
        pi_low=pi_low,
        pi_high=pi_high,
        steps=0 if found is None else found.steps,
        maxima=1 if found is None else found.maxima,
        notes=tuple(_notes(terms, components, found, model)),
        terms=terms,
        design=design,
        table=table,
        columns=columns,
        model=model,
        theta=theta,
    )


def _design(moderators: Moderators, columns: Mapping[str, Any], k: int) -> Design:
    if moderators is None:
        return design_of_mean(k)
    if isinstance(moderators, str):
        if "~" in moderators:
            return design_of_formula(moderators, columns)
        return design_of_columns([moderators], columns)
    if isinstance(moderators, list | tuple) and all(isinstance(name, str) for name in moderators):
        return design_of_columns(list(moderators), columns) if moderators else design_of_mean(k)
    return design_of_matrix(moderators, k)


def _degrees(test: MultilevelTest, x: Matrix, terms: tuple[RandomTerm, ...]) -> Vector | None:
    """Degrees of freedom per coefficient; None for normal tests."""
    k, p = x.shape
    if test == "z":
        return None
    found = np.full(p, k - p, dtype=np.float64)
    if test == "t":
        return found
    for term in terms:
        first = np.unique(term.groups.codes, return_index=True)[1]
        same = (x == x[first][term.groups.codes]).all(axis=0)
        found = np.where(same, np.minimum(found, len(term.groups) - p), found)
    if found.min() < 1:
        raise SynthesisError(
            f"test='t-contain' leaves {found.min():g} degrees of freedom: {p} coefficients, and "
            f"as few groups as {int(found.min()) + p}. Use fewer moderators, or test='t' or 'z'."
        )
    return found


def _components(
    terms: tuple[RandomTerm, ...], model: Model, theta: Vector
) -> tuple[VarianceComponent, ...]:
    out: list[VarianceComponent] = []
    for term, own in zip(terms, model.split(theta), strict=True):
        structure, positions = term.kernel.structure, term.kernel.positions
        tau2, rho = variances_and_correlations(structure, own, positions)
        shared = structure.one_variance
        pairs = [f"{a}, {b}" for i, a in enumerate(term.levels) for b in term.levels[i + 1 :]]
        q = len(term.levels)
        lowest = lowest_exchangeable(q) if structure.name in ("CS", "HCS") else -1.0
        lowest = 0.0 if structure.name == "CAR" else lowest
        for i, value in enumerate(tau2):
            out.append(
                VarianceComponent(
                    term=term.label,
                    structure=term.structure or "intercept",
                    kind="sigma2" if term.structure is None else "tau2",
                    level="" if shared else term.levels[i],
                    estimate=float(value),
                    groups=len(term.groups),
                    at_boundary=float(value) == 0,
                )
            )
        for i, value in enumerate(rho):
            known = not math.isnan(float(value))
            out.append(
                VarianceComponent(
                    term=term.label,
                    structure=term.structure or "intercept",
                    kind="rho",
                    level=pairs[i] if structure.correlations == "pairs" and q > 2 else "",
                    estimate=float(value) if known else None,
                    groups=len(term.groups),
                    at_boundary=known and (value >= 1 - 1e-12 or value <= lowest + 1e-12),
                )
            )
    return tuple(out)


def _i2(terms: tuple[RandomTerm, ...], alone: Model, sigma2: list[float]) -> dict[str, float]:
    """Each level's share of the variance in percent, with the typical variance (k − p)/tr(P).

    Nakagawa & Santos (2012), Evol Ecol 26:1253–1274; with V in place of its diagonal.
    """
    w = precision(alone, np.empty(0))
    wx = w @ alone.x
    trace = float(np.trace(w) - np.trace(np.linalg.solve(alone.x.T @ wx, wx.T @ wx)))
    total = sum(sigma2) + alone.freedom / trace
    return {term.label: 100 * value / total for term, value in zip(terms, sigma2, strict=True)}


def _check_told_apart(model: Model, found: Fitted, terms: tuple[RandomTerm, ...]) -> None:
    """Refuse components that the effects do not inform separately, away from boundaries."""
    inside = ~np.array(found.at_wall)
    own = model.split(found.theta)
    if not inside.any() or any(
        t.structure is not None and _singular(t, part) for t, part in zip(terms, own, strict=True)
    ):
        return
    information = found.at.expected[np.ix_(inside, inside)]
    size = np.sqrt(np.maximum(np.diag(information), 1e-300))
    weakest = float(np.linalg.eigvalsh(information / np.outer(size, size))[0])
    if weakest < FLAT:
        raise SynthesisError(
            f"the variance components of {', '.join(term.label for term in terms)} cannot be told "
            "apart with these effects: different values fit equally well. Leave a term out, or use "
            "a simpler structure."
        )


def _singular(term: RandomTerm, theta: Vector) -> bool:
    """Whether the random effects of a term have fewer dimensions than levels."""
    g = term.kernel.structure.covariance(theta, term.kernel.positions)
    sd = np.sqrt(np.diag(g))
    if not sd.min() > 0:
        return True
    return float(np.linalg.eigvalsh(g / np.outer(sd, sd))[0]) < 1e-9


def _notes(
    terms: tuple[RandomTerm, ...],
    components: tuple[VarianceComponent, ...],
    found: Fitted | None,
    model: Model,
) -> Iterator[str]:
    """What a reader must know before believing the numbers."""
    for term in terms:
        yield from term.notes
    if found is None:
        yield "no random effects: differences between effects beyond sampling error are ignored."
        return
    for part in components:
        name = f"{part.term}{f' [{part.level}]' if part.level else ''}"
        if part.kind == "rho" and part.estimate is None:
            yield f"the correlation of {name} has no meaning: what it joins does not vary."
        elif part.kind == "rho" and part.at_boundary:
            yield (
                f"the correlation of {name} is estimated at its boundary, "
                f"{say.number(part.estimate)}: the effects say little about it."
            )
        elif part.at_boundary:
            yield f"the variance of {name} is estimated as 0, the boundary."
    for term, own in zip(terms, model.split(found.theta), strict=True):
        edge = any(part.at_boundary for part in components if part.term == term.label)
        if term.structure == "UN" and not edge and _singular(term, own):
            yield (
                f"the covariance matrix of {term.label} is estimated as singular, the boundary: "
                "the effects say too little about some combination of its levels."
            )
    if found.maxima > 1:
        yield (
            f"the likelihood was climbed from several starts and had {found.maxima} tops of "
            "different height; the highest was kept."
        )
    few = [term.label for term in terms if len(term.groups) < 5]
    if few:
        yield f"fewer than five groups of {', '.join(few)}: its variance is hardly estimated."
