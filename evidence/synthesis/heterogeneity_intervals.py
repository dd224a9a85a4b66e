"""Limits for the heterogeneity: of τ² by inverting a sum of squares, of H and I² from Q."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from evidence import formatting as say
from evidence.errors import OptionError
from evidence.kernels.heterogeneity import cochran_q, q_pvalue
from evidence.kernels.inference import quantile
from evidence.kernels.tau2 import Tau2Method, generalised_moment
from evidence.kernels.tau2_limits import EXACT, LimitSearch, Tau2Limits, tau2_limits
from evidence.synthesis.effect_table import EffectSource, check_level
from evidence.synthesis.random_effects import between, several
from evidence.synthesis.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tau2Interval(Shown):
    """Confidence limits for the between-study variance."""

    k: int
    tau2: float
    tau2_method: Tau2Method
    method: Tau2Limits
    tau2_low: float
    tau2_high: float
    level: float
    search: LimitSearch
    notes: tuple[str, ...]

    def heading(self) -> str:
        """What the result is."""
        return f"limits for tau², {self.k} effects"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        found = say.estimate(self.tau2, self.tau2_low, self.tau2_high, 4)
        return ((f"tau², {self.tau2_method}, limits {self.method}", found),)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class QHeterogeneity(Shown):
    """H and I² (percent) computed from Q, with test-based limits; limits None when k = 2."""

    k: int
    q: float
    q_df: int
    q_pvalue: float
    h: float
    h_low: float | None
    h_high: float | None
    i2: float
    i2_low: float | None
    i2_high: float | None
    level: float
    notes: tuple[str, ...]

    def heading(self) -> str:
        """What the result is."""
        return f"heterogeneity of {self.k} effects, from Q"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        return (
            ("Q", f"{say.number(self.q)} on {self.q_df} df, {say.pvalue(self.q_pvalue)}"),
            ("H", say.estimate(self.h, self.h_low, self.h_high)),
            ("I²", f"{say.estimate(self.i2, self.i2_low, self.i2_high, 0)} %"),
        )


def tau2_interval(
    effects: EffectSource,
    *,
    method: Tau2Limits = "QP",
    tau2: Tau2Method = "REML",
    level: float = 0.95,
    search: LimitSearch = EXACT,
    measure: str = "",
) -> Tau2Interval:
    """Confidence limits for the between-study variance.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`; two or more.
    method : {"QP", "J"}
        Q-profile, or Jackson's generalised Cochran statistic with weights 1/√v.
    tau2 : str
        Estimator of the between-study variance. The limits do not depend on it, save for where a
        search with a ceiling ends.
    level : float
        Confidence level.
    search : LimitSearch
        How limits are looked for; `evidence.kernels.tau2_limits.AS_IN_R_META` stops where R's
        meta does, which leaves few right digits in limits below 0.001.
    measure : str
        Name of the measure, where the effects do not carry it.

    References
    ----------
    Viechtbauer (2007), Stat Med 26:37–52. https://doi.org/10.1002/sim.2514
    Jackson (2013), Res Synth Methods 4:220–229. https://doi.org/10.1002/jrsm.1081

    Examples
    --------
    >>> found = tau2_interval({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="DL")
    >>> found.tau2_low, found.tau2_high
    (0.0, 5.10)
    """
    if method not in get_args(Tau2Limits):
        raise OptionError("method", method, get_args(Tau2Limits))
    check_level(level)
    table = several(effects, measure)
    variance = between(table, tau2)
    centre = variance
    if method == "J":  # the estimate that belongs to its own statistic
        centre = generalised_moment(table.yi, table.vi, table.vi**-0.5)
    low, high = tau2_limits(
        method, table.yi, table.vi, tau2=centre, level=level, search=search
    )  # fmt: skip
    notes = []
    if search.ceiling is not None and high >= max(search.ceiling, search.multiple * centre):
        notes.append(
            f"the upper limit lies beyond the search, which ended at {high:g}; search=EXACT has "
            "no end."
        )
    if search.resolution > 0:
        notes.append(f"the limits are right to within {search.resolution:.2g}, as asked.")
    return Tau2Interval(
        k=len(table),
        tau2=variance,
        tau2_method=tau2,
        method=method,
        tau2_low=low,
        tau2_high=high,
        level=level,
        search=search,
        notes=tuple(notes),
    )


def q_heterogeneity(
    effects: EffectSource, *, level: float = 0.95, measure: str = ""
) -> QHeterogeneity:
    """H and I² from Q, with limits from the distribution of ln H.

    H = √(Q/(k − 1)), at least 1, and I² = 1 − 1/H². The standard error of ln H is
    (ln Q − ln(k − 1)) / (2 (√(2Q) − √(2k − 3))) when Q > k, else
    √((1 − 1/(3 (k − 2)²)) / (2 (k − 2))), which two effects do not have.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`; two or more.
    level : float
        Confidence level.
    measure : str
        Name of the measure, where the effects do not carry it.

    References
    ----------
    Higgins & Thompson (2002), Stat Med 21:1539–1558. https://doi.org/10.1002/sim.1186

    Examples
    --------
    >>> found = q_heterogeneity({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]})
    >>> found.i2, found.i2_low, found.i2_high
    (71.4, 3.0, 91.6)
    """
    check_level(level)
    table = several(effects, measure)
    k, q = len(table), cochran_q(table.yi, table.vi)
    h = max(1.0, math.sqrt(q / (k - 1)))
    error = None
    if q > k:
        error = 0.5 * math.log(q / (k - 1)) / (math.sqrt(2 * q) - math.sqrt(2 * k - 3))
    elif k > 2:
        error = math.sqrt((1 - 1 / (3 * (k - 2) ** 2)) / (2 * (k - 2)))
    low = high = None
    if error is not None:
        factor = math.exp(quantile(level, None) * error)
        low, high = max(1.0, h / factor), h * factor
    missing = "two effects as close as these have no test-based limits for H and I²."
    return QHeterogeneity(
        k=k,
        q=q,
        q_df=k - 1,
        q_pvalue=q_pvalue(q, k - 1),
        h=h,
        h_low=low,
        h_high=high,
        i2=_i2_of(h),
        i2_low=None if low is None else _i2_of(low),
        i2_high=None if high is None else _i2_of(high),
        level=level,
        notes=() if error is not None else (missing,),
    )


def _i2_of(h: float) -> float:
    return 100 * (1 - 1 / (h * h))
