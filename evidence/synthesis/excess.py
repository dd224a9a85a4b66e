"""Test of excess significance: significant studies against what their power lets expect."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, gammaln, ndtr, ndtri

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.kernels.wls import weighted_mean
from evidence.synthesis.effect_table import EffectSource, effect_table, is_number
from evidence.synthesis.shown import Shown

Direction: TypeAlias = Literal["two-sided", "greater", "less"]
ExcessTest: TypeAlias = Literal["chi2", "binomial", "exact"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ExcessSignificance(Shown):
    """Significant studies observed and expected.

    `studies` has a row per study: `power` under the assumed effect, and whether it was
    `significant`. `statistic` is the chi-square; None for the other tests.
    """

    k: int
    observed: int
    expected: float
    ratio: float | None
    test: ExcessTest
    statistic: float | None
    pvalue: float
    theta: float
    tau2: float
    alpha: float
    alternative: Direction
    studies: pd.DataFrame
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The test."""
        return f"Test of excess significance ({self.test}, k = {self.k})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Counts and p."""
        yield "significant", f"{self.observed} observed, {say.number(self.expected)} expected"
        yield "assumed true effect", say.number(self.theta, 3)
        yield "p", say.pvalue(self.pvalue)


def excess_significance(
    effects: EffectSource,
    *,
    theta: float | None = None,
    tau2: Tau2Method = "EE",
    alpha: float = 0.05,
    alternative: Direction = "two-sided",
    test: ExcessTest = "chi2",
    test_alternative: Direction = "greater",
) -> ExcessSignificance:
    """Compare the number of significant studies with the sum of their powers.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, optionally `study`.
    theta : float, optional
        The true effect; not given: the pooled mean.
    tau2 : str
        Estimator of the between-study variance that the mean and the power take into account;
        "EE" for none.
    alpha : float
        Level at which a study counts as significant.
    alternative : {"two-sided", "greater", "less"}
        Of the tests of the single studies.
    test : {"chi2", "binomial", "exact"}
        Chi-square on 1 df; binomial with the mean power; the exact distribution of a sum of
        unequal coin throws.
    test_alternative : {"greater", "two-sided", "less"}
        Too many significant studies, either, too few.

    References
    ----------
    Ioannidis & Trikalinos (2007), Clin Trials 4:245–253.
    https://doi.org/10.1177/1740774507079441

    Examples
    --------
    >>> table = {"yi": [0.3, 0.3, 0.3, 0.3, 0.3], "vi": [0.01, 0.04, 0.09, 0.16, 0.25]}
    >>> found = excess_significance(table)
    >>> found.observed, found.expected, found.pvalue
    (1, 1.55, 0.703)
    """
    sides = ("two-sided", "greater", "less")
    for option, value in (("alternative", alternative), ("test_alternative", test_alternative)):
        if value not in sides:
            raise OptionError(option, value, sides)
    if test not in ("chi2", "binomial", "exact"):
        raise OptionError("test", test, ("chi2", "binomial", "exact"))
    if tau2 not in TAU2:
        raise OptionError("tau2", tau2, TAU2)
    if not is_number(alpha) or not 0 < alpha < 1:
        raise SynthesisError(f"alpha={alpha!r} is not between 0 and 1.")
    if theta is not None and (not is_number(theta) or not math.isfinite(theta)):
        raise SynthesisError(f"theta={theta!r} is not a number.")
    table = effect_table(effects)
    yi, vi, k = table.yi, table.vi, len(table)
    between = TAU2[tau2](yi, vi) if k > 1 else 0.0
    mean = weighted_mean(yi, 1 / (vi + between)) if theta is None else float(theta)
    significant = _significant(yi / np.sqrt(vi), alpha, alternative)
    power = _power(mean, vi, between, alpha, alternative)
    observed, expected = int(significant.sum()), float(power.sum())
    statistic, pvalue = _judge(test, observed, power, test_alternative)
    notes = []
    if expected == 0 or expected == k:
        notes.append("the power of every study is 0 or 1 to rounding: there is nothing to test.")
    return ExcessSignificance(
        k=k,
        observed=observed,
        expected=expected,
        ratio=observed / expected if expected > 0 else None,
        test=test,
        statistic=statistic,
        pvalue=pvalue,
        theta=mean,
        tau2=between,
        alpha=alpha,
        alternative=alternative,
        studies=pd.DataFrame(
            {"power": power, "significant": significant},
            index=pd.Index(table.studies, name="study"),
        ),
        notes=(
            *notes,
            "says that the set holds too many significant results, not which of them; where true "
            "effects differ, the power at their mean is a poor guide.",
        ),
    )


def _significant(z: Vector, alpha: float, side: Direction) -> NDArray[np.bool_]:
    p = {"greater": ndtr(-z), "less": ndtr(z), "two-sided": 2 * ndtr(-np.abs(z))}[side]
    return np.asarray(p <= alpha, dtype=np.bool_)


def _power(theta: float, vi: Vector, between: float, alpha: float, side: Direction) -> Vector:
    critical = -float(ndtri(alpha / 2 if side == "two-sided" else alpha)) * np.sqrt(vi)
    spread = np.sqrt(vi + between)
    up, down = ndtr((theta - critical) / spread), ndtr((-theta - critical) / spread)
    return np.asarray({"greater": up, "less": down, "two-sided": up + down}[side])


def _judge(
    test: ExcessTest, observed: int, power: Vector, side: Direction
) -> tuple[float | None, float]:
    k, expected = len(power), float(power.sum())
    if test == "chi2":
        gap = observed - expected
        room = expected * (k - expected)
        chi2 = k * gap * gap / room if room > 0 else (0.0 if abs(gap) < 1e-9 else math.inf)
        if side == "two-sided":
            return chi2, float(chdtrc(1, chi2))
        root = math.copysign(math.sqrt(chi2), gap if side == "greater" else -gap)
        return chi2, float(ndtr(-root))
    chances = _sum_of_throws(power if test == "exact" else np.full(k, expected / k), test)
    upper, lower = float(chances[observed:].sum()), float(chances[: observed + 1].sum())
    if side == "greater":
        return None, min(1.0, upper)
    if side == "less":
        return None, min(1.0, lower)
    as_rare = chances <= chances[observed] * (1 + 1e-7)
    return None, min(1.0, float(chances[as_rare].sum()))


def _sum_of_throws(power: Vector, test: ExcessTest) -> Vector:
    """Distribution of the number of successes."""
    k = len(power)
    if test == "binomial":
        p = float(power[0])
        if p in (0.0, 1.0):
            return np.asarray(np.eye(k + 1)[k if p else 0], dtype=np.float64)
        j = np.arange(k + 1)
        log_ways = gammaln(k + 1) - gammaln(j + 1) - gammaln(k - j + 1)
        return np.asarray(np.exp(log_ways + j * math.log(p) + (k - j) * math.log1p(-p)))
    chances = np.ones(1)
    for p in power:
        chances = np.concatenate([chances * (1 - p), [0.0]]) + np.concatenate([[0.0], chances * p])
    return chances
