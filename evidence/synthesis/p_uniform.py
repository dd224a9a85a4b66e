"""p-uniform and p-uniform*: effects corrected for being published when significant."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.p_uniform import (
    Uniform,
    critical_z,
    estimate_uniform,
    judge_sum,
    uniform_statistic,
)
from evidence.kernels.uniform_star import fit_uniform_star
from evidence.kernels.wls import weighted_mean
from evidence.synthesis.effect_table import (
    EffectSource,
    EffectTable,
    check_level,
    effect_table,
    is_number,
)
from evidence.synthesis.shown import Shown

SignificantSide: TypeAlias = Literal["right", "left"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PUniform(Shown):
    """An effect estimated from the significant studies alone.

    `statistic` and `pvalue` test that the effect is not there (beyond zero, one-sided);
    `bias_statistic` and `bias_pvalue` that the equal-effects mean is not too far out. Limits and
    tests are None for the methods that have none.
    """

    method: Uniform
    side: SignificantSide
    k: int
    k_significant: int
    estimate: float
    ci_low: float | None
    ci_high: float | None
    statistic: float | None
    pvalue: float | None
    bias_statistic: float | None
    bias_pvalue: float | None
    equal_effects: float
    alpha: float
    level: float
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The method and what it rests on."""
        return f"p-uniform ({self.method}, {self.k_significant} of {self.k} effects significant)"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Estimate, test, the uncorrected mean, test of bias."""
        yield "estimate", say.estimate(self.estimate, self.ci_low, self.ci_high, 3)
        yield "no effect", say.pvalue(self.pvalue)
        yield "equal-effects mean", say.number(self.equal_effects, 3)
        yield "no publication bias", say.pvalue(self.bias_pvalue)


def p_uniform(
    effects: EffectSource,
    *,
    side: SignificantSide = "right",
    method: Uniform = "P",
    alpha: float = 0.05,
    level: float = 0.95,
) -> PUniform:
    """Estimate the effect under which p values of the significant studies are uniform.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`.
    side : {"right", "left"}
        Whether significant effects are positive or negative.
    method : {"P", "LNP", "LN1MINP", "KS", "AD"}
        Sum of conditional p values, of −log p, of −log(1 − p); Kolmogorov–Smirnov or
        Anderson–Darling distance (an estimate without interval or test).
    alpha : float
        Two-tailed level at which the studies were tested.
    level : float
        Level of the interval.

    Raises
    ------
    SynthesisError
        When no effect is significant on that side.

    References
    ----------
    van Assen, van Aert & Wicherts (2015), Psychol Methods 20:293–309.
    https://doi.org/10.1037/met0000025
    van Aert, Wicherts & van Assen (2016), Perspect Psychol Sci 11:713–729.
    https://doi.org/10.1177/1745691616650874

    Examples
    --------
    >>> table = {"yi": [0.1, 0.5, 0.7, 0.9], "vi": [0.04] * 4}
    >>> found = p_uniform(table)
    >>> found.k_significant, found.estimate, found.pvalue
    (3, 0.67, 0.0065)
    """
    if method not in get_args(Uniform):
        raise OptionError("method", method, get_args(Uniform))
    table, yi, critical = _read(effects, side, alpha, level)
    sei = np.sqrt(table.vi)
    seen = yi > critical * sei
    if not seen.any():
        raise SynthesisError(
            f"none of {len(table)} effects is significant on the {side} side at alpha={alpha:g}; "
            "p-uniform rests on those alone. Check side=, or use p_uniform_star."
        )
    ys, ss, k = yi[seen], sei[seen], int(seen.sum())
    estimate, low, high = estimate_uniform(method, ys, ss, critical, level)
    mean = weighted_mean(yi, 1 / table.vi)
    tested: tuple[float, float] | None = None
    biased: tuple[float, float] | None = None
    if not math.isnan(low) or method in ("P", "LNP", "LN1MINP"):
        tested = judge_sum(method, k, uniform_statistic(method, ys, ss, critical, 0.0))
        at_mean = judge_sum(method, k, uniform_statistic(method, ys, ss, critical, mean))
        biased = (at_mean[0], 1 - at_mean[1])  # a mean too far out: the other tail
    notes = [
        "supposes one true effect for all: where effects differ it comes out too large; "
        "p_uniform_star does not suppose it."
    ]
    if k < 4:
        notes.append(f"rests on {k} significant effects.")
    turned = (estimate, low, high) if side == "right" else (-estimate, -high, -low)
    return PUniform(
        method=method,
        side=side,
        k=len(table),
        k_significant=k,
        estimate=turned[0],
        ci_low=_some(turned[1]),
        ci_high=_some(turned[2]),
        statistic=tested and tested[0],
        pvalue=tested and tested[1],
        bias_statistic=biased and biased[0],
        bias_pvalue=biased and biased[1],
        equal_effects=mean if side == "right" else -mean,
        alpha=alpha,
        level=level,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PUniformStar(Shown):
    """A mean and a between-study variance given which studies were significant.

    `lrt` and `pvalue` test that the mean is zero, `tau2_lrt` and `tau2_pvalue` that τ² is.
    A limit is None where the profile likelihood stays too high to have one.
    """

    side: SignificantSide
    k: int
    k_significant: int
    estimate: float
    ci_low: float | None
    ci_high: float | None
    lrt: float
    pvalue: float
    tau2: float
    tau2_ci_low: float
    tau2_ci_high: float | None
    tau2_lrt: float
    tau2_pvalue: float
    log_likelihood: float
    alpha: float
    level: float
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The method and what it rests on."""
        return f"p-uniform* (ML, {self.k_significant} of {self.k} effects significant)"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Mean and variance, each with its test."""
        yield "estimate", say.estimate(self.estimate, self.ci_low, self.ci_high, 3)
        yield "no effect", say.pvalue(self.pvalue)
        yield "tau²", say.estimate(self.tau2, self.tau2_ci_low, self.tau2_ci_high, 4)
        yield "no heterogeneity", say.pvalue(self.tau2_pvalue)


def p_uniform_star(
    effects: EffectSource,
    *,
    side: SignificantSide = "right",
    alpha: float = 0.05,
    level: float = 0.95,
) -> PUniformStar:
    """Estimate mean and between-study variance from effects given their significance.

    Significant and other effects each count with their density divided by the chance of being
    what they are, so that how often either kind is published does not matter. Intervals by
    profile likelihood, tests by likelihood ratio (that of τ² = 0 halved, it being at the edge).

    Parameters
    ----------
    effects, side, alpha, level
        As for `p_uniform`.

    References
    ----------
    van Aert & van Assen (2018), MetaArXiv. https://doi.org/10.31222/osf.io/zqjr9

    Examples
    --------
    >>> found = p_uniform_star({"yi": [0.1, 0.3, 0.5, 0.7, 0.9], "vi": [0.04] * 5})
    >>> found.estimate, found.ci_low
    (0.561, 0.008)
    """
    table, yi, critical = _read(effects, side, alpha, level)
    if len(table) < 2:
        raise SynthesisError("one effect cannot tell a mean from a variance; p_uniform can use it.")
    found = fit_uniform_star(yi, table.vi, critical, level)
    count = int((yi > critical * np.sqrt(table.vi)).sum())
    low, high, sign = found.mu_low, found.mu_high, 1.0
    if side == "left":
        low, high, sign = -high, -low, -1.0
    notes = []
    if count in (0, len(table)):
        kind = "significant" if count else "without significance"
        notes.append(f"all effects are {kind}: the estimate leans on the model alone.")
    return PUniformStar(
        side=side,
        k=len(table),
        k_significant=count,
        estimate=sign * found.mu,
        ci_low=_some(low),
        ci_high=_some(high),
        lrt=found.ratio_mu,
        pvalue=found.pvalue_mu,
        tau2=found.tau2,
        tau2_ci_low=found.tau2_low,
        tau2_ci_high=_some(found.tau2_high),
        tau2_lrt=found.ratio_tau2,
        tau2_pvalue=found.pvalue_tau2,
        log_likelihood=found.log_likelihood,
        alpha=alpha,
        level=level,
        notes=tuple(notes),
    )


def _read(
    effects: EffectSource, side: str, alpha: float, level: float
) -> tuple[EffectTable, Vector, float]:
    """The effects, turned so that significant ones are large, and the critical z."""
    if side not in get_args(SignificantSide):
        raise OptionError("side", side, get_args(SignificantSide))
    if not is_number(alpha) or not 0 < alpha < 1:
        raise SynthesisError(f"alpha={alpha!r} is not between 0 and 1.")
    check_level(level)
    table = effect_table(effects)
    return table, table.yi if side == "right" else -table.yi, critical_z(alpha)


def _some(value: float) -> float | None:
    return None if math.isnan(value) else value
