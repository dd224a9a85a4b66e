"""Percent of people: the counts behind it, its interval, and how many people there can be."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import InvalidOperation
from fractions import Fraction
from typing import Literal, TypeAlias

from evidence.effects.counts import wilson
from evidence.effects.effect import Label
from evidence.effects.labelled import (
    Interval,
    Labelled,
    Labels,
    basis_of,
    check_people,
)
from evidence.errors import EffectError, OptionError
from evidence.messages import listed, say
from evidence.records.rounding import Box, Mode, box_of

Status: TypeAlias = Literal["unique", "set", "impossible"]
LABEL_OF: dict[Status, Label] = {"unique": "derived", "set": "bounded", "impossible": "refused"}
EXACT = "Clopper & Pearson (1934), doi 10.1093/biomet/26.4.404"
PERCEPTION_ONLY = "perception_only"
"""Flag of a self-assessment without a vehicle arm: agreeing comes easily, and no treatment effect
can be estimated from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderShare(Labelled):
    """What a printed percent of people stands for.

    `counts` are all whole numbers of people that print as the percent; with several, the
    intervals span those of all of them, and with none they are None.
    """

    counts: tuple[int, ...]
    n: int
    status: Status
    clopper_pearson: Interval | None
    wilson: Interval | None
    level: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissibleN(Labelled):
    """Numbers of people of whom every printed percent is possible; a set, never an estimate.

    `clopper_pearson_at_min_n` has one interval per percent, at the smallest number (the widest).
    """

    min_n: int | None
    admissible_n: tuple[int, ...]
    n_max: int
    clopper_pearson_at_min_n: tuple[Interval, ...]
    level: float


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Interval:
    """Exact limits of a share k/n.

    >>> clopper_pearson(34, 40)
    (0.702, 0.943)
    """
    import numpy as np

    from evidence.kernels.proportion_scales import clopper_pearson as exact

    low, high = exact(np.array([float(k)]), np.array([float(n)]), level)
    return float(low[0]), float(high[0])


def counts_that_print(percent: str, n: int, rounding: Mode = "up_or_down") -> tuple[int, ...]:
    """Every count of n people whose percent prints as this one.

    Parameters
    ----------
    percent : str
        As printed, with all its digits; a decimal comma is read as a point.
    n : int
        People.
    rounding : str
        How the percent was rounded.

    Raises
    ------
    EffectError
        When it is no number, or lies outside 0 to 100.

    Examples
    --------
    >>> counts_that_print("87", 30), counts_that_print("88", 30), counts_that_print("86,7", 30)
    ((26,), (), (26,))
    """
    return _fitting(_share_box(percent, rounding), n)


def responder_ci(
    percent: str,
    n: int,
    *,
    level: float = 0.95,
    rounding: Mode = "up_or_down",
    self_report_without_vehicle: bool = False,
    labels: Labels | None = None,
) -> ResponderShare:
    """Counts and intervals behind a printed percent of people.

    Parameters
    ----------
    percent : str
        As printed: "85" and "85.0" are different data.
    n : int
        People who were asked or graded.
    level : float
        Of both intervals. Wilson's is the one to show, the exact one for claims about its lower
        limit.
    rounding : str
        How the percent was rounded.
    self_report_without_vehicle : bool
        Whether it is people's own view, with no vehicle arm: flagged `perception_only`.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Raises
    ------
    EffectError
        For a percent outside 0 to 100, or no whole number of people.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404–413. https://doi.org/10.1093/biomet/26.4.404
    Wilson (1927), J Am Stat Assoc 22:209–212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> found = responder_ci("85", 40)
    >>> found.counts, found.clopper_pearson, found.wilson
    ((34,), (0.702, 0.943), (0.709, 0.929))
    >>> responder_ci("88", 30).reason
    'no number of 30 people prints as 88 %: 26 is 86.67 %, 27 is 90.00 %'
    """
    check_people(1, n=n)
    counts = counts_that_print(percent, n, rounding)
    status: Status = "impossible" if not counts else "unique" if len(counts) == 1 else "set"
    reasons = {
        "unique": "",
        "set": say(
            "{percent} % of {n} is any number from {low} to {high}",
            percent=percent,
            n=n,
            low=min(counts, default=0),
            high=max(counts, default=0),
        ),
        "impossible": say(
            "no number of {n} people prints as {percent} %: {possible}",
            n=n,
            percent=percent,
            possible=_neighbours(percent, n),
        ),
    }
    return ResponderShare(
        counts=counts,
        n=n,
        status=status,
        clopper_pearson=_envelope(clopper_pearson, counts, n, level),
        wilson=_envelope(wilson, counts, n, level),
        level=level,
        flags=(PERCEPTION_ONLY,) if self_report_without_vehicle else (),
        basis=basis_of(
            "responder_ci",
            EXACT,
            {"percent": percent, "n": n},
            labels,
            least=LABEL_OF[status],
            assumptions=(say("rounded {mode}", mode=rounding),),
            reason=reasons[status],
        ),
    )


def admissible_n_from_percents(
    percents: Sequence[str],
    *,
    n_max: int = 200,
    level: float = 0.95,
    rounding: Mode = "up_or_down",
) -> AdmissibleN:
    """Numbers of people that make every printed percent possible.

    Parameters
    ----------
    percents : sequence of str
        As printed, all of the same people.
    n_max : int
        Largest number tried.
    level : float
        Of the exact intervals.
    rounding : str
        How the percents were rounded.

    Returns
    -------
    AdmissibleN
        Bounded; refused when no number up to `n_max` fits.

    Raises
    ------
    EffectError
        For no percents, one that is no number ("all women"), or one outside 0 to 100.

    Examples
    --------
    >>> found = admissible_n_from_percents(["93", "87", "80"], n_max=40)
    >>> found.admissible_n, found.label
    ((15, 30, 40), 'bounded')
    """
    if not percents:
        raise EffectError("no percent is printed, and nothing follows for the number of people.")
    check_people(1, n_max=n_max)
    boxes = [_share_box(percent, rounding) for percent in percents]
    fits = tuple(n for n in range(1, n_max + 1) if all(_fitting(box, n) for box in boxes))
    first = fits[0] if fits else None
    intervals = (
        (_envelope(clopper_pearson, _fitting(box, first), first, level) for box in boxes)
        if first
        else ()
    )
    return AdmissibleN(
        min_n=first,
        admissible_n=fits,
        n_max=n_max,
        clopper_pearson_at_min_n=tuple(i for i in intervals if i is not None),
        level=level,
        basis=basis_of(
            "admissible_n_from_percents",
            "counts are whole numbers",
            {"percents": ", ".join(percents), "n_max": n_max},
            least="bounded" if fits else "refused",
            assumptions=(
                "all percents are of the same people",
                say("rounded {mode}", mode=rounding),
            ),
            reason="the number of people is not printed"
            if fits
            else say("no number of people up to {n} makes all of these percents possible", n=n_max),
        ),
    )


def _share_box(percent: str, rounding: Mode) -> Box:
    text = percent.strip().removesuffix("%").strip().replace(",", ".")
    try:
        box, value = box_of(text, rounding), Fraction(text)
    except OptionError:
        raise
    except (InvalidOperation, ValueError) as error:
        raise EffectError(f"{percent!r} is no percent, and says nothing about counts.") from error
    if not 0 <= value <= 100:
        raise EffectError(f"{percent} %: a share of people lies between 0 and 100 %.")
    return box


def _fitting(box: Box, n: int) -> tuple[int, ...]:
    low, high = math.ceil(box.low * n / 100), math.floor(box.high * n / 100)
    tried = range(max(0, low), min(n, high) + 1)
    return tuple(k for k in tried if Fraction(100 * k, n) in box)


def _neighbours(percent: str, n: int) -> str:
    """The possible percents on both sides of one that is not."""
    value = Fraction(percent.strip().removesuffix("%").strip().replace(",", "."))
    below = math.floor(value * n / 100)
    shown = (
        say("{k} is {share} %", k=k, share=f"{100 * k / n:.2f}")
        for k in (below, below + 1)
        if 0 <= k <= n
    )
    return listed(shown, ", ")


def _envelope(
    interval: Callable[[int, int, float], Interval], counts: Sequence[int], n: int, level: float
) -> Interval | None:
    """From the lower limit of the smallest count to the upper limit of the largest."""
    if not counts:
        return None
    return interval(counts[0], n, level)[0], interval(counts[-1], n, level)[1]
