"""Standard deviations that yes-or-no answers, and answers on a scale, can have."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from evidence.errors import EffectError
from evidence.integrity.granularity import FEWER, ITEMS, TYPING_ERROR
from evidence.integrity.printed_sets import (
    MOST_TOTALS,
    Check,
    Verdict,
    clipped,
    decimals_in,
    integers_in,
    scale_limits,
    shown,
    shown_as_printed,
    values_of,
    variances_of,
    whole,
)
from evidence.integrity.reachable import largest_squares, smallest_squares
from evidence.messages import listed, say, sentences
from evidence.records.rounding import Box, Mode

POPULATION = "The SD was computed with n in place of n − 1."
STANDARD_ERROR = "The figure after ± is a standard error."
_UNTESTED = {
    "one_person": "One person has no standard deviation: this cannot be tested.",
    "too_many_totals": "So many totals fit this mean that this was not tested.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit(Check):
    """Mean and SD of answers 0 and 1 against n; `counts` are the ones that fit both."""

    mean: str
    sd: str
    counts: tuple[int, ...]


def debit_exact(mean: str, sd: str, n: int, *, rounding: Mode = "up_or_down") -> Debit:
    """Whether n answers of 0 or 1 can have this mean and SD.

    Parameters
    ----------
    mean, sd : str
        As printed; the mean is the share of ones, from 0 to 1.
    n : int
        People analysed.
    rounding : Mode
        How both were rounded.

    Returns
    -------
    Debit
        `consistent` when a count k of ones fits the mean and √(k(n − k)/(n(n − 1))) the SD [1]_.
        Else the reason is `grim` (no count fits the mean), `population_sd_formula` (the SD is
        √(k(n − k))/n) or `sd`. `not_testable` for one person, or with more totals than can be gone
        through.

    Raises
    ------
    EffectError
        When a figure is not a printed number, the SD negative, or n not a whole number above 0.
    OptionError
        For another rounding.

    References
    ----------
    .. [1] Heathers & Brown (2019), DEBIT: a simple consistency test for binary data.
       https://osf.io/5vb3u

    Examples
    --------
    >>> debit_exact("0.35", "0.49", 20).counts
    (7,)
    >>> print(debit_exact("0.35", "0.48", 20))
    These numbers cannot all be right: n = 20 answers of 0 or 1 with a mean of 0.35 have an SD of
    0.49, not 0.48. It would fit if the SD had been computed with n in place of n − 1.
    """
    n = whole(n, "n")
    box, variance = values_of(mean, rounding, "the mean"), variances_of(sd, rounding)
    fitting = clipped(integers_in(box, n), 0, n)
    words = {"n": n, "mean": shown_as_printed(mean), "sd": sd}
    counts: tuple[int, ...] = ()
    untested = ""
    reason, sentence = "", say("Mean {mean} and SD {sd} fit n = {n} answers of 0 or 1.", **words)
    if not fitting:
        reason = "grim"
        sentence = say(
            "These numbers cannot all be right: n = {n} answers of 0 or 1 cannot have a mean of "
            "{mean}.",
            n=n,
            mean=shown_as_printed(mean),
        )
    elif not (untested := _untested(n, fitting)):
        counts = tuple(k for k in fitting if Fraction(k * (n - k), n * (n - 1)) in variance)
        if not counts:
            population = any(Fraction(k * (n - k), n * n) in variance for k in fitting)
            reason = "population_sd_formula" if population else "sd"
            sds = [sqrt(k * (n - k) / (n * (n - 1))) for k in (fitting[0], fitting[-1])]
            sentence = sentences(
                say(
                    "These numbers cannot all be right: n = {n} answers of 0 or 1 with a mean of "
                    "{mean} have an SD of {possible}, not {sd}.",
                    possible=_span(sds, sd),
                    **words,
                ),
                _POPULATION_FITS if population else "",
            )
    return Debit(
        verdict="not_testable" if untested else "inconsistent" if reason else "consistent",
        reason=untested or reason,
        n=n,
        rounding=rounding,
        benign=_benign(reason),
        sentence=_UNTESTED.get(untested, sentence),
        mean=mean,
        sd=sd,
        counts=counts,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SdBounds(Check):
    """An SD against the smallest and largest that this mean allows on a scale.

    `sd_min` and `sd_max` are None when no such mean exists.
    """

    mean: str
    sd: str
    items: int
    scale: tuple[int, int]
    totals: range
    sd_min: float | None
    sd_max: float | None


def sd_bounds_on_scale(
    mean: str,
    sd: str,
    n: int,
    *,
    scale_min: int,
    scale_max: int,
    items: int = 1,
    rounding: Mode = "up_or_down",
) -> SdBounds:
    """Whether the SD lies between the least and the most that mean and scale allow.

    Parameters
    ----------
    mean, sd : str
        As printed, in points of the scale.
    n : int
        People analysed.
    scale_min, scale_max : int
        Least and most of one answer.
    items : int
        Answers averaged per person.
    rounding : Mode
        How both were rounded.

    Returns
    -------
    SdBounds
        The limits come from the samples with everybody next to the mean and with everybody at an
        end of the scale, but for one person, over every total that fits the mean. `inconsistent`
        has the reason `grim`, `mean_outside_scale`, `sd_too_small` or `sd_too_large`; one person,
        or more totals than can be gone through, is `not_testable`.

    Raises
    ------
    EffectError
        When a figure is not a printed number, the SD negative, n or items not a whole number
        above 0, or scale_min not below scale_max.
    OptionError
        For another rounding.

    References
    ----------
    .. [1] Heathers, Anaya, van der Zee & Brown (2018), SPRITE, PeerJ Preprints 6:e26968v1.
       https://doi.org/10.7287/peerj.preprints.26968v1

    Examples
    --------
    >>> found = sd_bounds_on_scale("3.45", "2.30", 20, scale_min=1, scale_max=5)
    >>> found.reason, found.sd_min, found.sd_max
    ('sd_too_large', 0.510, 1.959)
    >>> print(found)
    These numbers cannot all be right: on a scale from 1 to 5, a mean of 3.45 with n = 20 allows an
    SD from 0.51 to 1.96, not 2.30. With another n, scale or figure it could fit.
    """
    n, items = whole(n, "n"), whole(items, "items")
    box, variance = values_of(mean, rounding, "the mean"), variances_of(sd, rounding)
    low, high = scale_limits(scale_min, scale_max, items)
    if low is None or high is None:
        raise EffectError("scale_min and scale_max are both needed to say which SDs are possible.")
    fitting = integers_in(box, n * items)
    totals = clipped(fitting, n * low, n * high)
    limits = None
    if not totals:
        reason = "mean_outside_scale" if fitting else "grim"
    elif not (reason := _untested(n, totals)):
        limits = _variance_limits(totals, n, items, low, high)
        reason = _beyond(limits, variance)
    sds = None if limits is None else [sqrt(limits.low), sqrt(limits.high)]
    verdict: Verdict = "inconsistent" if reason else "consistent"
    if reason in _UNTESTED:
        verdict = "not_testable"
    benign = (TYPING_ERROR, FEWER, ITEMS, *_SD_BENIGN.get(reason, ()))
    return SdBounds(
        verdict=verdict,
        reason=reason,
        n=n,
        rounding=rounding,
        benign=benign if verdict == "inconsistent" else (),
        sentence=_scale_sentence(mean, sd, n, (scale_min, scale_max), reason, sds),
        mean=mean,
        sd=sd,
        items=items,
        scale=(scale_min, scale_max),
        totals=totals,
        sd_min=None if sds is None else sds[0],
        sd_max=None if sds is None else sds[1],
    )


_SD_BENIGN = {
    "sd_too_small": (STANDARD_ERROR,),
    "sd_too_large": ("The scale is longer, or the score is a sum.",),
}
_POPULATION_FITS = "It would fit if the SD had been computed with n in place of n − 1."


def _untested(n: int, totals: range) -> str:
    """Why an SD cannot be tested, if so."""
    if n == 1:
        return "one_person"
    return "too_many_totals" if len(totals) > MOST_TOTALS else ""


def _benign(reason: str) -> tuple[str, ...]:
    """Harmless ways to a mean and SD that yes-or-no answers cannot have."""
    if not reason:
        return ()
    formula = {"population_sd_formula": (POPULATION,), "sd": (STANDARD_ERROR,)}
    return (*formula.get(reason, ()), TYPING_ERROR, FEWER)


def _variance_limits(totals: range, n: int, items: int, low: int, high: int) -> Box:
    """Least and largest variance of a person's mean answer over some totals."""
    unit = (n - 1) * items**2
    least, most = [], []
    for total in totals:
        largest = largest_squares(n, total, low, high)
        assert largest is not None  # totals lie on the scale
        least.append(Fraction(smallest_squares(n, total) * n - total**2, n * unit))
        most.append(Fraction(largest * n - total**2, n * unit))
    return Box(min(least), max(most))


def _beyond(limits: Box, variance: Box) -> str:
    if limits.meets(variance):
        return ""
    return "sd_too_large" if variance.low >= limits.high else "sd_too_small"


def _span(sds: list[float], printed: str) -> str:
    """One or two SDs to the decimals of the printed one."""
    words = sorted({shown(sd, decimals_in(printed)) for sd in sds})
    return listed(words, " to ")


def _scale_sentence(
    mean: str, sd: str, n: int, scale: tuple[int, int], reason: str, sds: list[float] | None
) -> str:
    figure = shown_as_printed(mean)
    if reason in _UNTESTED:
        return _UNTESTED[reason]
    if sds is None and reason == "grim":
        return say(
            "These numbers cannot all be right: no whole-number answers of n = {n} have a mean of "
            "{mean}. With another n, scale or figure it could fit.",
            n=n,
            mean=figure,
        )
    if sds is None:
        return say(
            "These numbers cannot all be right: a mean of {mean} lies outside a scale from {low} "
            "to {high}. With another n, scale or figure it could fit.",
            mean=figure,
            low=scale[0],
            high=scale[1],
        )
    allowed = say(
        "on a scale from {low} to {high}, a mean of {mean} with n = {n} allows an SD from {sds}",
        low=shown(scale[0], 0),
        high=shown(scale[1], 0),
        mean=figure,
        n=n,
        sds=listed((shown(x, decimals_in(sd)) for x in sds), " to "),
    )
    if not reason:
        return say("An SD of {sd} is possible: {allowed}.", sd=sd, allowed=allowed)
    return say(
        "These numbers cannot all be right: {allowed}, not {sd}. With another n, scale or figure "
        "it could fit.",
        allowed=allowed,
        sd=sd,
    )
