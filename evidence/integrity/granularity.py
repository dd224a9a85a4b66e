"""Means and shares that whole-number answers can or cannot have.

Each check is for data in whole numbers (counts, grades, questionnaire points; their changes too)
of `n` people, the number analysed. Means of percents, instrument readings and half points are
not such data.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from evidence.formatting import people
from evidence.integrity.printed_sets import (
    Check,
    Verdict,
    clipped,
    decimals_in,
    either,
    integers_in,
    share_that_fits,
    shown,
    shown_as_printed,
    smaller_n,
    value_of,
    values_of,
    whole,
    would_fit_with,
)
from evidence.messages import say, say_n, sentences
from evidence.records.rounding import Box, Mode

TYPING_ERROR = "A typing error in one of the figures."
FEWER = "Some people are missing from this result, so that its n is smaller."
ITEMS = "The score is averaged over more items, sites or graders than stated, or has half points."
_LOOSE = "The percent was cut off or rounded up."
_NO_ANSWER = "People who did not answer were left out, so that n is smaller."
_POOLED = "The percent is a mean of several percents."


@dataclass(frozen=True, slots=True, kw_only=True)
class Grim(Check):
    """A mean against n.

    `totals` are the sums that print as it, `nearest_attainable` the means just below and above
    it, to 4 decimals, and `fits_with_n` the n up to a tenth smaller that would fit.
    """

    mean: str
    items: int
    totals: range
    share_of_consistent_values: float
    nearest_attainable: tuple[float, ...]
    fits_with_n: tuple[int, ...]


def grim(mean: str, n: int, *, items: int = 1, rounding: Mode = "up_or_down") -> Grim:
    """Whether whole-number answers can have this mean.

    Parameters
    ----------
    mean : str
        The mean as printed, in points of the scale.
    n : int
        People analysed.
    items : int
        Answers averaged per person: items, sites or graders.
    rounding : Mode
        How the mean was rounded.

    Returns
    -------
    Grim
        `consistent` when an integer T has T/(n·items) among the values that print as the mean
        [1]_, `not_informative` when every printed mean would fit, else `inconsistent`.

    Raises
    ------
    EffectError
        When the mean is not a printed number, or n or items not a whole number above 0.
    OptionError
        For another rounding.

    References
    ----------
    .. [1] Brown & Heathers (2017), Soc Psychol Personal Sci 8:363–369.
       https://doi.org/10.1177/1948550616673876

    Examples
    --------
    >>> grim("5.21", 28).totals
    range(146, 147)
    >>> print(grim("3.19", 28))
    These numbers cannot all be right: whole-number answers of n = 28 can have a mean of 3.18 or
    3.21, not 3.19. It would fit if n were 27 or 26.
    """
    n, items = whole(n, "n"), whole(items, "items")
    box, decimals = values_of(mean, rounding, "the mean"), decimals_in(mean)
    totals = integers_in(box, n * items)
    share = share_that_fits(n * items, 10**decimals, rounding)
    sums = _around(value_of(mean) * n * items)
    nearest = [Fraction(total, n * items) for total in sums]
    fewer = () if totals else smaller_n(n, lambda m: bool(integers_in(box, m * items)))
    verdict: Verdict = "inconsistent"
    if totals:
        verdict = "not_informative" if share == 1 else "consistent"
    answers = say("whole-number answers of n = {n}", n=n)
    if items > 1:
        answers = say("whole-number answers of n = {n} to {items} items", n=n, items=items)
    sentence = {
        "inconsistent": sentences(
            say(
                "These numbers cannot all be right: {answers} can have a mean of {possible}, not "
                "{mean}.",
                answers=answers,
                possible=either(shown(x, decimals) for x in nearest),
                mean=shown_as_printed(mean),
            ),
            would_fit_with(fewer),
        ),
        "not_informative": say(
            "Every mean with {decimals} fits {answers}: no test of it.",
            decimals=_decimals(decimals),
            answers=answers,
        ),
        "consistent": say(
            "A mean of {mean} fits {answers}; {share} of all means with {decimals} would.",
            mean=shown_as_printed(mean),
            answers=answers,
            share=f"{share:.0%}",
            decimals=_decimals(decimals),
        ),
    }[verdict]
    return Grim(
        verdict=verdict,
        reason="" if totals else "grim",
        n=n,
        rounding=rounding,
        benign=() if totals else (TYPING_ERROR, FEWER, ITEMS),
        sentence=sentence,
        mean=mean,
        items=items,
        totals=totals,
        share_of_consistent_values=share,
        nearest_attainable=tuple(round(float(x), 4) for x in nearest),
        fits_with_n=fewer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrimPercent(Check):
    """A share of people against n.

    `counts` are the people that print as it, `counts_loose` those that do when rounded, cut off
    or rounded up; the rest is as in `Grim`, in percent.
    """

    percent: str
    counts: range
    counts_loose: range
    share_of_consistent_values: float
    nearest_attainable: tuple[float, ...]
    fits_with_n: tuple[int, ...]


def grim_percent(percent: str, n: int, *, rounding: Mode = "up_or_down") -> GrimPercent:
    """Whether some count out of n prints as this percent.

    Parameters
    ----------
    percent : str
        The share of people as printed, in percent, without the sign.
    n : int
        People analysed.
    rounding : Mode
        How the percent was rounded; what fits only when cut off or rounded up is told apart.

    Returns
    -------
    GrimPercent
        `consistent` when 100·k/n prints as the percent for a whole k from 0 to n [1]_,
        `consistent_only_if_truncated_or_rounded_up`, `not_informative` when every percent fits,
        else `inconsistent`.

    Raises
    ------
    EffectError
        When the percent is not a printed number, or n not a whole number above 0.
    OptionError
        For another rounding.

    References
    ----------
    .. [1] Brown & Heathers (2017), Soc Psychol Personal Sci 8:363–369.
       https://doi.org/10.1177/1948550616673876

    Examples
    --------
    >>> grim_percent("87", 30).counts
    range(26, 27)
    >>> print(grim_percent("88", 26))
    88 % fits n = 26: 23 people.
    >>> print(grim_percent("88", 30))
    These numbers cannot all be right: of n = 30 people, 87 % (26) or 90 % (27) are possible, not
    88 %.
    """
    n = whole(n, "n")
    box, decimals = values_of(percent, rounding, "the percent"), decimals_in(percent)
    loose_box = values_of(percent, "any", "the percent")
    counts = clipped(integers_in(box, Fraction(n, 100)), 0, n)
    loose = clipped(integers_in(loose_box, Fraction(n, 100)), 0, n)
    share = share_that_fits(n, 100 * 10**decimals, rounding)
    nearest = sorted({min(max(k, 0), n) for k in _around(value_of(percent) * n / 100)})
    fewer: tuple[int, ...] = ()
    if not counts and box.meets(Box(Fraction(0), Fraction(100))):
        fewer = smaller_n(n, lambda m: bool(integers_in(box, Fraction(m, 100))))
    verdict: Verdict = "inconsistent"
    if counts:
        verdict = "not_informative" if share == 1 else "consistent"
    elif loose:
        verdict = "consistent_only_if_truncated_or_rounded_up"
    percents = either(f"{shown(Fraction(100 * k, n), decimals)} % ({k})" for k in nearest)
    possible = say_n(
        len(nearest), "{percents} is possible", "{percents} are possible", percents=percents
    )
    sentence = {
        "inconsistent": sentences(
            say(
                "These numbers cannot all be right: of n = {n} people, {possible}, not "
                "{percent} %.",
                n=n,
                possible=possible,
                percent=shown_as_printed(percent),
            ),
            would_fit_with(fewer),
        ),
        "consistent_only_if_truncated_or_rounded_up": sentences(
            say(
                "{percent} % of n = {n} would fit if it was cut off or rounded up; rounded, "
                "{possible}.",
                percent=shown_as_printed(percent),
                n=n,
                possible=possible,
            ),
            would_fit_with(fewer),
        ),
        "not_informative": say(
            "Every percent with {decimals} fits n = {n}: no test of it.",
            decimals=_decimals(decimals),
            n=n,
        ),
        "consistent": say(
            "{percent} % fits n = {n}: {people}.",
            percent=shown_as_printed(percent),
            n=n,
            people=_people(counts),
        ),
    }[verdict]
    return GrimPercent(
        verdict=verdict,
        reason="" if counts else "truncated_or_rounded_up" if loose else "grim",
        n=n,
        rounding=rounding,
        benign=() if counts else (*((_LOOSE,) if loose else ()), TYPING_ERROR, _NO_ANSWER, _POOLED),
        sentence=sentence,
        percent=percent,
        counts=counts,
        counts_loose=loose,
        share_of_consistent_values=share,
        nearest_attainable=tuple(round(100 * k / n, 4) for k in nearest),
        fits_with_n=fewer,
    )


def _around(value: Fraction) -> list[int]:
    """The integers just below and above, or the one it is."""
    return sorted({floor(value), ceil(value)})


def _decimals(count: int) -> str:
    return say_n(count, "{n} decimal", "{n} decimals") if count else "no decimals"


def _people(counts: range) -> str:
    if len(counts) > 1:
        return say("{low} to {high} people", low=counts[0], high=counts[-1])
    return people(counts.start)
