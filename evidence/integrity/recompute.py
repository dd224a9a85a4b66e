"""Printed results worked out a second time from other printed figures.

Every answer allows for rounding: figures agree when some values that print as them do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Literal

from evidence.errors import EffectError, OptionError
from evidence.integrity.printed_p import (
    OTHER_PEOPLE,
    OTHER_TEST,
    TYPING_ERROR,
    Compared,
    Interval,
    p_of_t,
    read_p,
    significance_changes,
)
from evidence.integrity.printed_sets import (
    either,
    value_of,
    values_of,
    whole,
)
from evidence.messages import capital, say, sentences
from evidence.records.rounding import Box

_READINGS = {
    "student": "the test was Student's",
    "welch": "the test was Welch's",
    "spread_is_se": "the printed SDs are standard errors",
    "se_used_as_sd": "the test was given standard errors in place of SDs",
    "one_sided": "the test was one-sided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryP(Compared):
    """A p value against the means, SDs and numbers of two groups.

    `t`, `df` and `p` are of the figures as printed; `p_interval` is over their rounding.
    `decision_changes` when significance does.
    """

    verdict: Literal["consistent", "inconsistent", "not_testable"]
    test: Literal["student", "welch"]
    t: float | None
    df: float | None
    p: float | None
    p_interval: Interval | None
    printed_p: str
    decision_changes: bool


def p_from_summary(
    mean1: str,
    sd1: str,
    n1: int,
    mean2: str,
    sd2: str,
    n2: int,
    *,
    p: str,
    welch: bool | None = None,
    alpha: float = 0.05,
) -> SummaryP:
    """Whether a t test of two independent groups gives the printed p.

    Parameters
    ----------
    mean1, sd1, mean2, sd2 : str
        As printed, in one unit.
    n1, n2 : int
        People analysed; at least two each.
    p : str
        As printed: "0.04", "<0.001", "ns".
    welch : bool, optional
        Whether the test was Welch's, for unequal variances, or Student's. When not said, either
        will do, and the answer names the one that fits.
    alpha : float
        Level of significance.

    Returns
    -------
    SummaryP
        `inconsistent` when no values that print as the figures give a p that prints as the one
        given; `would_fit` then lists which of the readings `student`, `welch`, `spread_is_se`,
        `se_used_as_sd` and `one_sided` agree. `not_testable` without any spread or difference.

    Raises
    ------
    EffectError
        For a figure that is not a printed number, a negative SD, or fewer than two people.
    OptionError
        For an alpha that is not between 0 and 1.

    References
    ----------
    Welch (1947), Biometrika 34:28–35. https://doi.org/10.1093/biomet/34.1-2.28

    Examples
    --------
    >>> found = p_from_summary("41.2", "12.1", 33, "47.8", "13.4", 31, p="0.004")
    >>> found.verdict, found.decision_changes, found.p
    ('inconsistent', False, 0.0426)
    >>> print(found)
    These numbers cannot all be right: Student's t test gives p = 0.039 to 0.047, not p = 0.004.
    """
    if welch is None:
        found = p_from_summary(mean1, sd1, n1, mean2, sd2, n2, p=p, welch=False, alpha=alpha)
        if "welch" not in found.would_fit:
            return found
        welch = True
    printed = read_p(p, alpha)
    n = whole(n1, "n1", 2), whole(n2, "n2", 2)
    means = values_of(mean1, "up_or_down", "mean1"), values_of(mean2, "up_or_down", "mean2")
    sds = _spread(sd1, "sd1"), _spread(sd2, "sd2")
    difference = float(value_of(mean1) - value_of(mean2))
    spread = float(value_of(sd1)), float(value_of(sd2))
    t, df = _t_test(difference, spread, n, welch)
    test: Literal["student", "welch"] = "welch" if welch else "student"
    if math.isnan(t):
        return SummaryP(
            verdict="not_testable",
            reason="no_spread",
            benign=(),
            sentence="Equal means without any spread: there is no t test of them.",
            test=test,
            t=None,
            df=None,
            p=None,
            p_interval=None,
            printed_p=p,
            decision_changes=False,
        )
    apart = _apart(*means)
    interval = _p_interval(apart, sds, n, welch)
    fits = printed.allows(interval)
    would_fit = (
        ()
        if fits
        else tuple(
            name
            for name, other in _other_readings(apart, sds, n, welch).items()
            if printed.allows(other)
        )
    )
    changes = not fits and printed.decision_changes(interval, alpha)
    p_words = printed.beside(interval)
    if welch:
        said = say("Welch's t test gives {p}", p=p_words)
    else:
        said = say("Student's t test gives {p}", p=p_words)
    return SummaryP(
        verdict="consistent" if fits else "inconsistent",
        reason="" if fits else "p",
        would_fit=would_fit,
        benign=() if fits else (TYPING_ERROR, OTHER_TEST, OTHER_PEOPLE),
        sentence=say("{said}, which fits {printed}.", said=said, printed=printed)
        if fits
        else sentences(
            say(
                "These numbers cannot all be right: {said}, not {printed}.",
                said=said,
                printed=printed,
            ),
            significance_changes(alpha) if changes else "",
            _would_fit_if(would_fit),
        ),
        test=test,
        t=t,
        df=df,
        p=p_of_t(t, df),
        p_interval=interval,
        printed_p=p,
        decision_changes=changes,
    )


def _would_fit_if(readings: tuple[str, ...]) -> str:
    if not readings:
        return ""
    return say("It would fit if {ways}.", ways=either(_READINGS[name] for name in readings))


def _spread(text: str, name: str) -> Interval:
    """The standard deviations that print as `text`."""
    box = values_of(text, "up_or_down", name)
    if value_of(text) < 0:
        raise EffectError(f"{name} is {text!r}: a standard deviation is not negative.")
    return max(0.0, float(box.low)), float(box.high)


def _apart(one: Box, two: Box) -> Interval:
    """How far apart two means can be; zero where they can be the same."""
    nearest = max(one.low - two.high, two.low - one.high)
    return max(0.0, float(nearest)), float(max(one.high - two.low, two.high - one.low))


def _t_test(
    difference: float, sds: Interval, n: tuple[int, int], welch: bool
) -> tuple[float, float]:
    """The statistic and its degrees of freedom; not a number where there is nothing to test."""
    v1, v2 = sds[0] ** 2 / n[0], sds[1] ** 2 / n[1]
    df = float(sum(n) - 2)
    squared = v1 + v2
    if not welch:
        pooled = ((n[0] - 1) * sds[0] ** 2 + (n[1] - 1) * sds[1] ** 2) / df
        squared = pooled * (1 / n[0] + 1 / n[1])
    elif squared > 0:
        share = v1 / squared  # of the first group; the squares of v1 could vanish
        df = 1 / (share**2 / (n[0] - 1) + (1 - share) ** 2 / (n[1] - 1))
    if squared > 0:
        return difference / math.sqrt(squared), df
    return (math.copysign(math.inf, difference) if difference else math.nan), df


_STEPS = 9
"""Values of an SD that are tried within its rounding. Welch's p need not be monotone in it."""


def _p_interval(
    apart: Interval, sds: tuple[Interval, Interval], n: tuple[int, int], welch: bool
) -> Interval:
    """The p values over the rounding of the figures."""
    steps = [k / (_STEPS - 1) for k in range(_STEPS)] if welch else [0.0, 1.0]
    first, second = ([low + (high - low) * step for step in steps] for low, high in sds)
    tests = [_t_test(d, pair, n, welch) for d in apart for pair in product(first, second)]
    found = [1.0 if math.isnan(t) else p_of_t(t, df) for t, df in tests]
    return min(found), max(found)


def _other_readings(
    apart: Interval, sds: tuple[Interval, Interval], n: tuple[int, int], welch: bool
) -> dict[str, Interval]:
    """The p values under other readings of the same figures."""

    def times(power: float) -> tuple[Interval, Interval]:
        (a, b), (c, d) = sds
        one, two = n[0] ** power, n[1] ** power
        return (a * one, b * one), (c * two, d * two)

    low, high = _p_interval(apart, sds, n, welch)
    return {
        "student" if welch else "welch": _p_interval(apart, sds, n, not welch),
        "spread_is_se": _p_interval(apart, times(0.5), n, welch),
        "se_used_as_sd": _p_interval(apart, times(-0.5), n, welch),
        "one_sided": (low / 2, high / 2),
    }


Test = Literal["paired", "independent", "anova"]

_DF_LOST: dict[Test, int] = {"paired": 1, "independent": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class DfVersusN(Compared):
    """Degrees of freedom against the number analysed; `implied_n` is None for a fractional df."""

    verdict: Literal["consistent", "dropouts_or_subset", "inconsistent"]
    expected_df: tuple[int, ...]
    implied_n: int | None


def df_versus_n(test: Test, n: int, df: float, *, groups: int | None = None) -> DfVersusN:
    """Whether degrees of freedom go with the number of people.

    Parameters
    ----------
    test : {"paired", "independent", "anova"}
        df = n − 1, n − 2, or the within-group n − groups of a one-way analysis.
    n : int
        All people analysed.
    df : float
        As printed; a fraction is Welch's and lies at or below n − 2.
    groups : int, optional
        For "anova".

    Returns
    -------
    DfVersusN
        `dropouts_or_subset` for a smaller df; `inconsistent` for a larger one, with `would_fit`
        naming `both_sides_counted` when twice the people would give it.

    Raises
    ------
    EffectError
        When n, df or groups is missing or impossible.
    OptionError
        For another test.

    Examples
    --------
    >>> df_versus_n("paired", 50, 43).implied_n
    44
    >>> print(df_versus_n("paired", 24, 46))
    These numbers cannot all be right: a paired test of 24 people has 23 df, not 46. It would fit
    if both sides of each person were counted as if they were two people.
    """
    if test not in ("paired", "independent", "anova"):
        raise OptionError("test", test, ("paired", "independent", "anova"))
    if test == "anova" and groups is None:
        raise EffectError("a one-way analysis of variance needs the number of groups.")
    lost = _DF_LOST[test] if test != "anova" else whole(groups, "groups", 2)
    n = whole(n, "n", lost + 1)
    if not (math.isfinite(df) and df > 0):
        raise EffectError(f"df is {df}: a test has at least one degree of freedom.")
    expected = n - lost
    implied = int(df) + lost if float(df).is_integer() else None
    welch = implied is None and test == "independent" and df < expected
    verdict: Literal["consistent", "dropouts_or_subset", "inconsistent"] = "inconsistent"
    if welch or df == expected:
        verdict = "consistent"
    elif df < expected:
        verdict = "dropouts_or_subset"
    doubled = verdict == "inconsistent" and df in (2 * n - 1, 2 * n - 2, 2 * n - lost)
    name = {"paired": "a paired test", "independent": "a test of two groups"}.get(
        test, say("an analysis of {n} groups", n=lost)
    )
    said = say("{test} of {n} people has {df} df", test=name, n=n, df=expected)
    words = {"said": capital(said), "df": f"{df:g}"}
    sentence: str = {
        "consistent": say("{said}, as printed.", said=capital(said)),
        "dropouts_or_subset": say(
            "{said}; {df} is printed, which would fit n = {n}: people left out or a part of them.",
            n=implied,
            **words,
        )
        if implied
        else say("{said}; {df} is printed, which would fit fewer people.", **words),
        "inconsistent": say(
            "These numbers cannot all be right: {said}, not {df}.", said=said, df=f"{df:g}"
        ),
    }[verdict]
    if welch:
        sentence = say("Welch's test of {n} people can have {df} df.", n=n, df=f"{df:g}")
    if doubled:
        sentence = sentences(
            sentence,
            "It would fit if both sides of each person were counted as if they were two people.",
        )
    return DfVersusN(
        verdict=verdict,
        reason={"consistent": "", "inconsistent": "df_above_n"}.get(verdict, verdict),
        would_fit=("both_sides_counted",) if doubled else (),
        benign={
            "dropouts_or_subset": ("People lost to follow-up or left out of this result.",),
            "inconsistent": (
                TYPING_ERROR,
                "The n is of one group, or of another analysis.",
                "Sides, sites or repeated readings were counted, in a model that allows for it.",
            ),
        }.get(verdict, ()),
        sentence=sentence,
        expected_df=(expected,),
        implied_n=implied,
    )
