"""Whether whole-number answers with this mean and this standard deviation exist at all.

The published tests stop at what a total and a sum of squares must satisfy. This one asks whether
people with both exist, so that it also rejects what passes those conditions and has no sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from evidence.integrity.granularity import FEWER, ITEMS, TYPING_ERROR
from evidence.integrity.printed_sets import (
    MOST_TOTALS,
    Check,
    Verdict,
    decimals_in,
    either,
    integers_in,
    scale_limits,
    scaled,
    shown,
    shown_as_printed,
    smaller_n,
    values_of,
    variances_of,
    whole,
)
from evidence.integrity.reachable import (
    MOST_WORK,
    TooLargeError,
    first_reachable,
    smallest_squares,
)
from evidence.integrity.spread_limits import POPULATION, STANDARD_ERROR
from evidence.messages import say, sentences
from evidence.records.rounding import Box, Mode

NOT_CHECKED = "reachability_not_checked"

STEPS_TRIED = 8
"""Sums of squares tried on either side of the printed SD, to name the nearest possible ones."""

QUICK_WORK = MOST_WORK // 100
"""Bits moved to answer one "what if", of which there may be dozens."""


class Reading(NamedTuple):
    """What a printed spread may be in place of an SD, and the variance it then stands for."""

    benign: str
    would_fit_if: str
    times: Callable[[int], Fraction]


READINGS = (
    Reading(
        POPULATION,
        "the SD had been computed with n in place of n − 1",
        lambda n: Fraction(n, n - 1),
    ),
    Reading(STANDARD_ERROR, "the SD were a standard error", lambda n: Fraction(n)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A printed mean and SD, made exact: every check of the pair starts from this."""

    n: int
    items: int
    mean: Box
    variance: Box
    low: int | None
    high: int | None
    most_work: int = MOST_WORK

    def totals(self) -> range:
        """Sums over people and items that print as the mean."""
        return integers_in(self.mean, self.n * self.items)

    def squares(self, total: int) -> range:
        """Sums of squared person totals that, with this sum, print as the SD."""
        box = scaled(self.variance, (self.n - 1) * self.items**2, Fraction(total**2, self.n))
        return integers_in(box)

    def first_of(self, total: int, squares: range) -> int | None:
        """The first of these sums of squares that people with this sum can have."""
        return first_reachable(
            self.n, total, squares, low=self.low, high=self.high, most_work=self.most_work
        )

    def sd(self, total: int, squares: int) -> float:
        """The SD of a sample, in points of the scale."""
        excess = Fraction(squares * self.n - total**2, self.n * (self.n - 1))
        return sqrt(excess) / self.items


def figures_of(
    mean: str,
    sd: str,
    n: int,
    *,
    scale_min: int | None = None,
    scale_max: int | None = None,
    items: int = 1,
    rounding: Mode = "up_or_down",
) -> Figures:
    """A printed mean and SD as exact sets; errors as in `grimmer_exact`.

    >>> list(figures_of("2.5", "0.7", 2).totals()), figures_of("2.5", "0.7", 2).squares(5)  # 2, 3
    ([5], range(13, 14))
    """
    n, items = whole(n, "n"), whole(items, "items")
    box, variance = values_of(mean, rounding, "the mean"), variances_of(sd, rounding)
    low, high = scale_limits(scale_min, scale_max, items)
    return Figures(n=n, items=items, mean=box, variance=variance, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grimmer(Check):
    """A mean and an SD against n.

    `totals` are the sums that print as the mean and `squares` the sums of squares that print as
    the SD beside each of them; `found` is one (total, sum of squares) that people can have;
    `nearest_sds` are possible SDs next to the printed one, to 4 decimals. With several items both
    are sums over people of each person's sum.
    """

    mean: str
    sd: str
    items: int
    totals: range
    squares: tuple[range, ...]
    found: tuple[int, int] | None
    nearest_sds: tuple[float, ...]
    fits_with_n: tuple[int, ...]


def grimmer_exact(
    mean: str,
    sd: str,
    n: int,
    *,
    scale_min: int | None = None,
    scale_max: int | None = None,
    items: int = 1,
    rounding: Mode = "up_or_down",
) -> Grimmer:
    """Whether n people with whole-number answers can have this mean and SD.

    Parameters
    ----------
    mean, sd : str
        As printed, in points of the scale; the SD with n − 1 [1]_.
    n : int
        People analysed.
    scale_min, scale_max : int, optional
        Least and most of one answer, where known.
    items : int
        Answers averaged per person.
    rounding : Mode
        How both were rounded.

    Returns
    -------
    Grimmer
        `consistent` when such people exist. Else the first reason of `grim` (no total fits the
        mean), `no_integer_sum_of_squares` (none fits the SD), `parity` (a sum of squares is odd
        exactly when the sum is [2]_) and `unreachable` (no people have both). `consistent` with
        the reason `reachability_not_checked` stands for a pair that passes the first three, the
        last being out of reach. `not_testable` for one person.

    Raises
    ------
    EffectError
        When a figure is not a printed number, the SD negative, n or items not a whole number
        above 0, or scale_min not below scale_max.
    OptionError
        For another rounding.

    References
    ----------
    .. [1] Anaya (2016), The GRIMMER test, PeerJ Preprints 4:e2400v1.
       https://doi.org/10.7287/peerj.preprints.2400v1
    .. [2] Allard (2018), Analytic-GRIMMER: a new way of testing the possibility of standard
       deviations.

    Examples
    --------
    >>> grimmer_exact("2.57", "2.57", 30).verdict
    'consistent'
    >>> grimmer_exact("3.44", "2.47", 18).reason
    'parity'
    >>> print(grimmer_exact("3.58", "0.4", 33))
    These numbers cannot all be right: no whole-number answers of n = 33 have a mean of 3.58 and
    an SD of 0.4. It would fit if the SD were 0.50, or if the SD were a standard error.
    """
    figures = figures_of(
        mean, sd, n, scale_min=scale_min, scale_max=scale_max, items=items, rounding=rounding
    )
    n, totals = figures.n, figures.totals()
    if n == 1:
        verdict, reason, found = _of_one_person(figures)
    else:
        reason, found = reason_against(figures)
        verdict = "consistent" if reason in ("", NOT_CHECKED) else "inconsistent"
    nearest: tuple[float, ...] = ()
    fewer: tuple[int, ...] = ()
    readings: tuple[Reading, ...] = ()
    if verdict == "inconsistent" and n > 1:
        quick = replace(figures, most_work=QUICK_WORK)
        nearest = _nearest(quick)
        fewer = smaller_n(n, lambda m: m > 1 and _exists(replace(quick, n=m)))
        readings = tuple(reading for reading in READINGS if _reads_as(reading, quick))
    possible = either(shown(x, decimals_in(sd) + 1) for x in nearest)
    ways = [
        say("the SD were {possible}", possible=possible) if nearest else "",
        say("n were {n}", n=either(fewer[:5])) if fewer else "",
        *(reading.would_fit_if for reading in readings),
    ]
    return Grimmer(
        verdict=verdict,
        reason=reason,
        n=n,
        rounding=rounding,
        benign=(*(reading.benign for reading in readings), TYPING_ERROR, FEWER, ITEMS)
        if verdict == "inconsistent"
        else (),
        sentence=sentences(_sentence(f"n = {n}", mean, sd, verdict, reason), would_fit_if(ways)),
        mean=mean,
        sd=sd,
        items=items,
        totals=totals,
        squares=tuple(map(figures.squares, totals)) if n > 1 and len(totals) <= MOST_TOTALS else (),
        found=found,
        nearest_sds=tuple(round(x, 4) for x in nearest),
        fits_with_n=fewer,
    )


def fitting_pairs(figures: Figures) -> Iterator[tuple[int, range]]:
    """Each total that fits the mean, with the sums of squares beside it that fit the SD.

    >>> list(fitting_pairs(figures_of("2.5", "0.7", 2)))  # 2 and 3: 4 + 9
    [(5, range(13, 14))]
    """
    for total in figures.totals():
        if squares := figures.squares(total):
            yield total, squares


def reason_against(figures: Figures) -> tuple[str, tuple[int, int] | None]:
    """Why no people have these figures, or "" and a (total, sum of squares) that some have.

    >>> reason_against(figures_of("2.5", "0.7", 2)), reason_against(figures_of("2.4", "0.7", 2))
    (('', (5, 13)), ('grim', None))
    """
    if not figures.totals():
        return "grim", None
    if len(figures.totals()) > MOST_TOTALS:
        return NOT_CHECKED, None
    pairs = list(fitting_pairs(figures))
    if not pairs:
        return "no_integer_sum_of_squares", None
    even = [(total, squares) for total, squares in pairs if _has_parity(total, squares)]
    if not even:
        return "parity", None
    skipped = False
    for total, squares in even:
        try:
            found = figures.first_of(total, squares)
        except TooLargeError:
            skipped = True
        else:
            if found is not None:
                return "", (total, found)
    return (NOT_CHECKED if skipped else "unreachable"), None


def _has_parity(total: int, squares: range) -> bool:
    return len(squares) > 1 or squares[0] % 2 == total % 2


def _exists(figures: Figures) -> bool:
    return not reason_against(figures)[0]


def _of_one_person(figures: Figures) -> tuple[Verdict, str, None]:
    """One person has no SD; the mean alone can still be impossible."""
    if not figures.totals():
        return "inconsistent", "grim", None
    return "not_testable", "one_person", None


def _reads_as(reading: Reading, figures: Figures) -> bool:
    """Whether the figures would fit, were the printed spread this instead."""
    return _exists(replace(figures, variance=scaled(figures.variance, reading.times(figures.n))))


def _nearest(figures: Figures) -> tuple[float, ...]:
    """The possible SDs just below and just above the printed one."""
    below, above = [], []
    for total in figures.totals():
        squares = figures.squares(total)
        least = smallest_squares(figures.n, total)
        down = range(squares.start - 1, least - 1, -1)
        up = range(max(squares.stop, least), max(squares.stop, least) + 2 * STEPS_TRIED)
        below += _first(figures, total, down[: 2 * STEPS_TRIED])
        above += _first(figures, total, up)
    return (*sorted(below)[-1:], *sorted(above)[:1])


def _first(figures: Figures, total: int, tried: Iterable[int]) -> list[float]:
    """The SD of the first of these sums of squares that people can have, if any."""
    for squares in tried:
        try:
            found = figures.first_of(total, range(squares, squares + 1))
        except TooLargeError:
            return []
        if found is not None:
            return [figures.sd(total, squares)]
    return []


def _sentence(n: str, mean: str, sd: str, verdict: Verdict, reason: str) -> str:
    figures = mean_and_sd(mean, sd)
    if verdict == "not_testable":
        return "One person has no standard deviation: this cannot be tested."
    if reason == NOT_CHECKED:
        return say(
            "Nothing found speaks against {figures} with {n}; whether such people exist was not "
            "worked out.",
            figures=figures,
            n=n,
        )
    if verdict == "consistent":
        return say("Whole-number answers of {n} can have {figures}.", n=n, figures=figures)
    alone = say("a mean of {mean}", mean=shown_as_printed(mean))
    return say(
        "These numbers cannot all be right: no whole-number answers of {n} have {figures}.",
        n=n,
        figures=alone if reason == "grim" else figures,
    )


def would_fit_if(ways: Sequence[str]) -> str:
    """The sentence that names what would make the figures fit; empty where nothing is named.

    >>> would_fit_if(["n were 20", "", "the SD were 0.50"])
    'It would fit if n were 20, or if the SD were 0.50.'
    """
    named = [way for way in ways if way]
    if not named:
        return ""
    said = named[0]
    for way in named[1:]:
        said = say("{ways}, or if {way}", ways=said, way=way)
    return say("It would fit if {ways}.", ways=said)


def mean_and_sd(mean: str, sd: str) -> str:
    """Both in words.

    >>> mean_and_sd("3.10", "1.37")
    'a mean of 3.10 and an SD of 1.37'
    """
    return say("a mean of {mean} and an SD of {sd}", mean=shown_as_printed(mean), sd=sd)
