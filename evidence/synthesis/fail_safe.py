"""Fail-safe N: how many studies without an effect would undo a result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import ConvergenceError, OptionError, SynthesisError
from evidence.kernels.inference import two_sided
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.kernels.wls import weighted_mean
from evidence.synthesis.effect_table import EffectSource, EffectTable, effect_table, is_number
from evidence.synthesis.shown import Shown
from evidence.synthesis.trim_fill import stopped

FailSafeMethod: TypeAlias = Literal["Rosenthal", "Orwin", "Rosenberg", "General"]

MOST = 10**9
WHOLE = 1e-9  # a count this close to a whole number is that number


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FailSafe(Shown):
    """`count` studies averaging no effect bring the result to `alpha`, or to `target`.

    `crossing` is where that happens on a continuous scale. `count` is the whole number from there
    on; for General the nearest whole number and one more, which is never too few.

    `estimate`, `pvalue`, `tau2` describe the studies found; the fields ending in `_with` what
    they become with the added ones (General only). What a method has no use for is None.
    """

    method: FailSafeMethod
    count: int
    crossing: float
    k: int
    alpha: float | None
    target: float | None
    estimate: float | None
    pvalue: float | None
    tau2: float | None
    estimate_with: float | None
    pvalue_with: float | None
    tau2_with: float | None
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The method."""
        return f"Fail-safe N ({self.method}, k = {self.k})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """The count and what it brings about."""
        yield "studies without effect", f"{self.count:,}"
        if self.estimate is not None:
            yield "estimate as found", say.number(self.estimate, 3)
        if self.pvalue is not None:
            yield "p as found", say.pvalue(self.pvalue)
        if self.estimate_with is not None:
            yield "estimate with them", say.number(self.estimate_with, 3)
        if self.target is not None:
            yield "target", say.number(self.target, 3)


def fail_safe_n(
    effects: EffectSource,
    *,
    method: FailSafeMethod = "Rosenthal",
    alpha: float = 0.05,
    target: float | None = None,
    tau2: Tau2Method = "REML",
    weighted: bool = True,
    scoring_stop: float | None = None,
) -> FailSafe:
    """Count the studies averaging no effect that would bring the result down.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`.
    method : {"Rosenthal", "Orwin", "Rosenberg", "General"}
        Rosenthal: until the sum of z values has one-sided p above `alpha`. Orwin: until the
        mean is `target`. Rosenberg: until the equal-effects mean has two-sided p above `alpha`.
        General: the same for a random-effects mean, or until that mean is `target`.
    alpha : float
        Significance level of Rosenthal, Rosenberg and General.
    target : float, optional
        Mean to come down to; Orwin takes half the mean when it is not given.
    tau2 : str
        Estimator of the between-study variance for General.
    weighted : bool
        Orwin's mean with weights 1/v, or the plain one.
    scoring_stop : float, optional
        General with "REML": leave Fisher scoring once τ² moves by no more than this, for the
        digits of programs that do (1e-5).

    Raises
    ------
    SynthesisError
        When adding studies without effect cannot bring the mean to the target.

    Notes
    -----
    General adds N studies of mean zero whose sampling variance is the harmonic mean of those
    found, and whose spread is that of the studies found. The between-study variance of all of
    them is then ((k + N − 2) τ² + θ² kN / (k + N)) / (k + N − 1).

    References
    ----------
    Rosenthal (1979), Psychol Bull 86:638–641. https://doi.org/10.1037/0033-2909.86.3.638
    Orwin (1983), J Educ Stat 8:157–159. https://doi.org/10.3102/10769986008002157
    Rosenberg (2005), Evolution 59:464–468. https://doi.org/10.1111/j.0014-3820.2005.tb01004.x

    Examples
    --------
    >>> table = {"yi": [0.3, 0.3, 0.3, 0.3, 0.3], "vi": [0.01, 0.04, 0.09, 0.16, 0.25]}
    >>> fail_safe_n(table).count, fail_safe_n(table, method="General").count
    (13, 3)
    """
    if method not in get_args(FailSafeMethod):
        raise OptionError("method", method, get_args(FailSafeMethod))
    if not is_number(alpha) or not 0 < alpha < 1:
        raise SynthesisError(f"alpha={alpha!r} is not between 0 and 1.")
    table = effect_table(effects)
    if method == "Orwin":
        return _orwin(table, target, weighted)
    if method == "General":
        if tau2 not in TAU2:
            raise OptionError("tau2", tau2, TAU2)
        between = TAU2[tau2] if scoring_stop is None else stopped(tau2, scoring_stop)
        return _general(table, alpha, target, tau2, between)
    if target is not None:
        raise SynthesisError(f"{method} has no target; use method='Orwin' or 'General'.")
    return (_rosenthal if method == "Rosenthal" else _rosenberg)(table, alpha)


def _rosenthal(table: EffectTable, alpha: float) -> FailSafe:
    k = len(table)
    z = float((table.yi / table.vi**0.5).sum()) / math.sqrt(k)
    extra = k * (z / float(ndtri(alpha))) ** 2 - k
    pvalue = float(ndtr(-abs(z)))
    return _result("Rosenthal", table, extra, alpha=alpha, pvalue=pvalue)


def _rosenberg(table: EffectTable, alpha: float) -> FailSafe:
    wi = 1 / table.vi
    total, mean = float(wi.sum()), weighted_mean(table.yi, wi)
    z = mean * math.sqrt(total)
    extra = len(table) * ((z / float(ndtri(alpha / 2))) ** 2 - 1)
    pvalue = two_sided(z, None)
    return _result("Rosenberg", table, extra, alpha=alpha, estimate=mean, pvalue=pvalue)


def _orwin(table: EffectTable, target: float | None, weighted: bool) -> FailSafe:
    mean = weighted_mean(table.yi, 1 / table.vi) if weighted else float(table.yi.mean())
    goal = mean / 2 if target is None else _reachable(target, mean)
    extra = 0.0 if goal == mean else len(table) * (mean - goal) / goal
    return _result("Orwin", table, extra, estimate=mean, target=goal)


def _reachable(target: float, mean: float) -> float:
    if not is_number(target) or target == 0 or not math.isfinite(target):
        raise SynthesisError(
            f"target={target!r}: studies without effect bring a mean near zero, "
            "never to it; give a target between zero and the mean."
        )
    if target * mean < 0:
        raise SynthesisError(
            f"target={target:g} lies on the other side of zero from the mean {mean:g}; studies "
            "without effect cannot bring it there."
        )
    return float(target)


def _general(
    table: EffectTable,
    alpha: float,
    target: float | None,
    method: Tau2Method,
    estimator: Callable[[Vector, Vector], float],
) -> FailSafe:
    yi, vi, k = table.yi, table.vi, len(table)
    between = estimator(yi, vi) if k > 1 else 0.0
    mean = weighted_mean(yi, 1 / (vi + between))
    goal = None if target is None else _reachable(target, mean)
    typical = k / float((1 / vi).sum())

    def with_added(count: float) -> tuple[float, float, float]:
        """Mean, p and τ² with so many studies added (also part of one)."""
        if count == 0:
            return (
                mean,
                two_sided(mean * math.sqrt(float((1 / (vi + between)).sum())), None),
                between,
            )
        n = k + count
        within = (k - 1 + max(0.0, count - 1)) * between
        spread = (within + mean * mean * k * count / n) / (n - 1) if method != "EE" else 0.0
        wi = 1 / (vi + spread)
        total = float(wi.sum()) + count / (typical + spread)
        average = float(wi @ yi) / total
        return average, two_sided(average * math.sqrt(total), None), spread

    def short(count: float) -> float:
        """Below zero while the result still stands."""
        average, pvalue, _ = with_added(count)
        return pvalue - alpha if goal is None else abs(goal) - abs(average)

    root = _crossing(short)
    count = math.floor(root + 0.5) + 1 if root > 0 else 0
    average, pvalue, spread = with_added(count)
    return FailSafe(
        method="General",
        count=count,
        crossing=root,
        k=k,
        alpha=alpha if goal is None else None,
        target=goal,
        estimate=mean,
        pvalue=with_added(0)[1],
        tau2=between,
        estimate_with=average,
        pvalue_with=pvalue,
        tau2_with=spread,
        notes=_notes("General", k, count),
    )


def _crossing(short: Callable[[float], float]) -> float:
    """Where enough has been added; 0 when nothing needs to be."""
    if short(0) > 0:
        return 0.0
    high = 1.0
    while short(high) <= 0:
        high *= 2
        if high > MOST:
            raise ConvergenceError(f"more than {MOST:,} studies without effect would be needed.")
    return float(brentq(short, 0.0 if high == 1 else high / 2, high, xtol=1e-9))


def _result(
    method: FailSafeMethod,
    table: EffectTable,
    extra: float,
    *,
    alpha: float | None = None,
    target: float | None = None,
    estimate: float | None = None,
    pvalue: float | None = None,
) -> FailSafe:
    count = max(0, math.ceil(extra - WHOLE * max(1.0, abs(extra))))
    return FailSafe(
        method=method,
        count=count,
        crossing=max(0.0, extra),
        k=len(table),
        alpha=alpha,
        target=target,
        estimate=estimate,
        pvalue=pvalue,
        tau2=None,
        estimate_with=None,
        pvalue_with=None,
        tau2_with=None,
        notes=_notes(method, len(table), count),
    )


def _notes(method: FailSafeMethod, k: int, count: int) -> tuple[str, ...]:
    """Rosenthal's own yardstick, and what the number cannot say."""
    limits = (
        "supposes that unseen studies average exactly no effect; they may point the other way, "
        "and then far fewer undo the result."
    )
    if method != "Rosenthal":
        return (limits,)
    held = "above" if count > 5 * k + 10 else "not above"
    return (f"{held} 5k + 10 = {5 * k + 10}, the line Rosenthal drew.", limits)
