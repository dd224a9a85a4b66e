"""Confidence intervals against their estimates and p values, rounding allowed for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

from evidence.effects.effect import quantile
from evidence.errors import EffectError, OptionError
from evidence.integrity.printed_p import (
    OTHER_TEST,
    TYPING_ERROR,
    Compared,
    Interval,
    box_around,
    p_of_t,
    read_p,
    significance_changes,
)
from evidence.messages import capital, say, sentences
from evidence.records.rounding import Box

_NOT_NORMAL = "The interval was made by resampling, by Wilson's method or from ranks."
_ADJUSTED = "The p, or the interval, was corrected for several tests and the other was not."
_DF_TRIED = (*range(1, 201), 300, 500, 1000, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSymmetry(Compared):
    """An estimate within its confidence interval.

    The asymmetries are the distance of the estimate from the middle as a share of the width, on
    the scale as printed and on the log scale; None where there is no width or no logarithm.
    """

    verdict: Literal["symmetric", "log_symmetric", "asymmetric", "outside"]
    asymmetry_identity: float | None
    asymmetry_log: float | None


def ci_symmetry(
    estimate: str | float,
    lo: str | float,
    hi: str | float,
    *,
    half_unit: float | None = None,
    percent_change: bool = False,
) -> CiSymmetry:
    """Whether an estimate lies in the middle of its interval, on the plain or the log scale.

    Parameters
    ----------
    estimate, lo, hi : str or float
        As printed; as numbers only together with `half_unit`.
    half_unit : float, optional
        Half the unit all three were rounded to; taken from the digits when not given.
    percent_change : bool
        The three are percent changes, whose log scale is that of 1 + x/100.

    Returns
    -------
    CiSymmetry
        `outside` when the estimate is beyond a limit; `symmetric` when it can be the middle
        within rounding; `log_symmetric` when its logarithm can; else `asymmetric`, which is as it
        should be for intervals from resampling or for proportions.

    Raises
    ------
    EffectError
        For limits in the wrong order, or a figure that is not a number.

    Examples
    --------
    >>> ci_symmetry("-1.64", "-2.06", "-1.22").verdict
    'symmetric'
    >>> ci_symmetry("-20.0", "-25.2", "-14.4", percent_change=True).verdict
    'log_symmetric'
    >>> print(ci_symmetry("12", "14", "20"))
    These numbers cannot all be right: the estimate 12 is outside its interval, 14 to 20.
    """
    boxes = _boxes(estimate, lo, hi, half_unit)
    exact = [(box.low + box.high) / 2 for box in boxes]
    if percent_change:
        boxes = [Box(1 + box.low / 100, 1 + box.high / 100) for box in boxes]
    est, low, high = boxes
    middles = [(box.low + box.high) / 2 for box in boxes]
    positive = high.high > 0 and est.high > 0 and low.high > 0 and middles[1] >= 0
    beyond = est.low >= high.high or est.high <= low.low
    verdict: Literal["symmetric", "log_symmetric", "asymmetric", "outside"] = "asymmetric"
    if beyond and not exact[1] <= exact[0] <= exact[2]:
        verdict = "outside"
    elif low.low + high.low <= 2 * est.high and low.high + high.high >= 2 * est.low:
        verdict = "symmetric"
    elif positive and (
        max(low.low, Fraction(0)) * high.low <= est.high**2
        and low.high * high.high >= max(est.low, Fraction(0)) ** 2
    ):
        verdict = "log_symmetric"
    logs = [math.log(x) for x in middles] if min(middles) > 0 else None
    words = {"estimate": _minus(estimate), "low": _minus(lo), "high": _minus(hi)}
    return CiSymmetry(
        verdict=verdict,
        reason="" if verdict in ("symmetric", "log_symmetric") else verdict,
        benign={
            "asymmetric": (_NOT_NORMAL, "The scale is another one.", TYPING_ERROR),
            "outside": (TYPING_ERROR, "The estimate and the interval are of different analyses."),
        }.get(verdict, ()),
        sentence={
            "symmetric": say(
                "The estimate {estimate} is in the middle of its interval, {low} to {high}.",
                **words,
            ),
            "log_symmetric": say(
                "On the log scale {estimate} is in the middle of its interval, {low} to {high}.",
                **words,
            ),
            "asymmetric": say(
                "The estimate {estimate} is not in the middle of its interval, {low} to {high}. "
                "That is right for some methods, such as resampling.",
                **words,
            ),
            "outside": say(
                "These numbers cannot all be right: the estimate {estimate} is outside its "
                "interval, {low} to {high}.",
                **words,
            ),
        }[verdict],
        asymmetry_identity=_off_centre([float(x) for x in exact]),
        asymmetry_log=None if logs is None else _off_centre(logs),
    )


def _boxes(
    estimate: str | float, lo: str | float, hi: str | float, half_unit: float | None
) -> list[Box]:
    named = (("the estimate", estimate), ("lo", lo), ("hi", hi))
    boxes = [box_around(value, half_unit, name) for name, value in named]
    _in_order(boxes[1], boxes[2], lo, hi)
    return boxes


def _in_order(low: Box, high: Box, lo: str | float, hi: str | float) -> None:
    if low.low + low.high > high.low + high.high:
        raise EffectError(f"the interval runs from {lo} to {hi}: give the lower limit first.")


def _off_centre(three: list[float]) -> float | None:
    estimate, low, high = three
    return abs((low + high) / 2 - estimate) / (high - low) if high > low else None


def _minus(value: str | float) -> str:
    return str(value).strip().replace("-", "−")


@dataclass(frozen=True, slots=True, kw_only=True)
class CiVersusP(Compared):
    """A p value against the confidence interval beside it.

    `p_implied_interval` is over the rounding of the limits; `fits_with_df` are the
    least and most degrees of freedom, where none were given, of t tests with the printed p.
    """

    verdict: Literal["consistent", "inconsistent", "not_testable"]
    p_implied_interval: Interval
    ci_excludes_null: bool
    decision_changes: bool
    fits_with_df: tuple[int, int] | None


def ci_versus_p(
    lo: str | float,
    hi: str | float,
    p: str,
    *,
    df: float | None = None,
    level: float = 0.95,
    half_unit: float | None = None,
    scale: Literal["identity", "log"] = "identity",
    alpha: float = 0.05,
) -> CiVersusP:
    """Whether a confidence interval and a p value can be of the same test.

    Parameters
    ----------
    lo, hi : str or float
        Limits as printed; as numbers only together with `half_unit`.
    p : str
        As printed: "0.03", "<0.001", "ns".
    df : float, optional
        Degrees of freedom of the t test behind both; normal when not given.
    level : float
        Of the interval.
    half_unit : float, optional
        Half the unit the limits were rounded to; taken from the digits when not given.
    scale : {"identity", "log"}
        "log" for ratios, whose null is 1.
    alpha : float
        Level of significance.

    Returns
    -------
    CiVersusP
        With t = q·(lo + hi)/(hi − lo) and q the quantile of the interval, `inconsistent` when no
        limits that print so have a p that prints so. Without `df`, `not_testable` when the
        normal distribution does not fit and some t distribution does.

    Raises
    ------
    EffectError
        For limits in the wrong order, limits of a ratio that are not positive, df of zero or
        less, or what is no p value.
    OptionError
        For another scale, level or alpha.

    References
    ----------
    Altman & Bland (2011), BMJ 343:d2304. https://doi.org/10.1136/bmj.d2304

    Examples
    --------
    >>> print(ci_versus_p("-0.17", "0.01", "0.03", df=35))
    These numbers cannot all be right: the interval −0.17 to 0.01 gives p = 0.063 to 0.100, not
    p = 0.03. Significance at 0.05 changes with it. It would fit if the test was one-sided.
    >>> ci_versus_p("1.24", "3.50", "0.006", scale="log").verdict
    'consistent'
    """
    if scale not in ("identity", "log"):
        raise OptionError("scale", scale, ("identity", "log"))
    if df is not None and not df > 0:
        raise EffectError(f"df is {df}: a t test has more than zero degrees of freedom.")
    printed = read_p(p, alpha)
    boxes = [box_around(lo, half_unit, "lo"), box_around(hi, half_unit, "hi")]
    _in_order(boxes[0], boxes[1], lo, hi)
    middles = [(box.low + box.high) / 2 for box in boxes]
    null = 1 if scale == "log" else 0
    if scale == "log" and middles[0] < 0:
        raise EffectError(f"the interval of a ratio runs from {lo}: its limits are positive.")
    ratios = [
        _middle_over_half_width(_logged(low, scale), _logged(high, scale))
        for low, high in product(*((box.low, box.high) for box in boxes))
    ]
    interval = _p_of_ratios(ratios, df, level)
    excludes = middles[0] > null or middles[1] < null
    fits = printed.allows(interval)
    with_df = None if fits or df is not None else _df_that_fit(ratios, level, printed.allows)
    verdict: Literal["consistent", "inconsistent", "not_testable"] = "inconsistent"
    if fits or with_df:
        verdict = "consistent" if fits else "not_testable"
    half = verdict == "inconsistent" and printed.allows((interval[0] / 2, interval[1] / 2))
    changes = verdict == "inconsistent" and printed.decision_changes(interval, alpha)
    said = say(
        "the interval {low} to {high} gives {p}",
        low=_minus(lo),
        high=_minus(hi),
        p=printed.beside(interval),
    )
    return CiVersusP(
        verdict=verdict,
        reason={"consistent": "", "inconsistent": "p", "not_testable": "df_missing"}[verdict],
        would_fit=("t_test",) if with_df else ("one_sided",) if half else (),
        benign=() if fits else (TYPING_ERROR, OTHER_TEST, _NOT_NORMAL, _ADJUSTED),
        sentence={
            "consistent": say("{said}, which fits {printed}.", said=capital(said), printed=printed),
            "not_testable": say(
                "With a normal distribution {said}, not {printed}; it would fit a t test of {df}, "
                "and none is stated.",
                said=said,
                printed=printed,
                df=_df_words(with_df),
            ),
            "inconsistent": sentences(
                say(
                    "These numbers cannot all be right: {said}, not {printed}.",
                    said=said,
                    printed=printed,
                ),
                significance_changes(alpha) if changes else "",
                "It would fit if the test was one-sided." if half else "",
            ),
        }[verdict],
        p_implied_interval=interval,
        ci_excludes_null=excludes,
        decision_changes=changes,
        fits_with_df=with_df,
    )


def _logged(limit: Fraction, scale: str) -> float:
    if scale == "identity":
        return float(limit)
    return math.log(limit) if limit > 0 else -math.inf


def _middle_over_half_width(low: float, high: float) -> float:
    """(lo + hi)/(hi − lo): the statistic in units of the quantile."""
    if high <= low:
        return math.copysign(math.inf, low + high)
    return (low + high) / (high - low) if math.isfinite(low) else -1.0


def _p_of_ratios(ratios: list[float], df: float | None, level: float) -> Interval:
    """The p values over the corners; the ratio is monotone in each limit."""
    sizes = [abs(ratio) for ratio in ratios]
    least = 0.0 if min(ratios) <= 0 <= max(ratios) else min(sizes)
    q = quantile(level, df)
    return p_of_t(q * max(sizes), df), p_of_t(q * least, df)


def _df_that_fit(
    ratios: list[float], level: float, allows: Callable[[Interval], bool]
) -> tuple[int, int] | None:
    """Least and most df whose t test fits; None when no t test does.

    Both ends of the p interval move one way as df grows, so that all t tests together reach from
    one df to the normal distribution.
    """
    ends = [_p_of_ratios(ratios, df, level) for df in (1, None)]
    if not allows((min(low for low, _ in ends), max(high for _, high in ends))):
        return None
    fit = [df for df in _DF_TRIED if allows(_p_of_ratios(ratios, df, level))]
    return (fit[0], fit[-1]) if fit else (_DF_TRIED[0], _DF_TRIED[-1])


def _df_words(df: tuple[int, int] | None) -> str:
    if df is None:
        return ""
    if df[0] == df[1]:
        return say("{n} df", n=df[0])
    return say("{low} to {high} df", low=df[0], high=df[1])
