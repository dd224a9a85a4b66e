"""Claims that an effect depends on something: the moderator analysis, or why none can be had."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evidence.errors import EvidenceError
from evidence.formatting import interval, number, pvalue
from evidence.messages import say, say_n
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.verdict.judge import Bearing

FEWEST = 10
"""Studies for one moderator: Cochrane Handbook 10.11.5.1 (Deeks, Higgins & Altman 2019)."""


class Moderator(NamedTuple):
    """Something an effect is said to depend on, and where a result holds it, if anywhere."""

    name: str
    words: str  # pattern
    read: Callable[[Bearing], float | None] | None


def _week(row: Bearing) -> float | None:
    week = row.match.outcome.week
    return None if week is UNKNOWN else week.value


MODERATORS: tuple[Moderator, ...] = (
    Moderator("smoking", r"\bsmok(?:e|es|ers?|ing)\b", None),
    Moderator("skin type", r"\bskin types?\b|\b(?:dry|oily|sensitive) (?:skin|users?)\b", None),
    Moderator("age", r"\b(?:with age|age groups?|older|younger|by age)\b", None),
    Moderator(
        "duration of use", r"\b(?:long[- ]term|longer|with duration|vary with|over time)\b", _week
    ),
)
"""What claims name; a record holds the time of reading, and nothing of the people one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """One moderator of one claim: the slope where there is one, and the answer in words."""

    moderator: str
    k: int
    slope: float | None
    ci_low: float | None
    ci_high: float | None
    answer: str


def moderation(claim: Claim, bearings: Sequence[Bearing]) -> tuple[Moderation, ...]:
    """Whether the results that bear on a claim can say what it claims an effect depends on.

    Parameters
    ----------
    claim
        Its text is searched for the words of `MODERATORS`.
    bearings
        Matched results; one effect between arms per study and measure is used.

    Returns
    -------
    tuple of Moderation
        Empty for a claim that names no moderator. A regression on fewer than ten studies is not
        made: the answer then says how many there are.

    Examples
    --------
    >>> claim = Claim(id="1", text="works better with longer use, and in smokers")
    >>> [(row.moderator, row.k) for row in moderation(claim, bearings=())]
    [('smoking', 0), ('duration of use', 0)]
    >>> moderation(Claim(id="2", text="fewer wrinkles"), bearings=())
    ()
    """
    named = [row for row in MODERATORS if re.search(row.words, claim.text, re.IGNORECASE)]
    return tuple(_answer(row, bearings) for row in named)


def _answer(moderator: Moderator, bearings: Sequence[Bearing]) -> Moderation:
    rows: dict[str, dict[str, tuple[float, float, float]]] = {}
    for row in bearings:
        effect = row.assessment.effects.between
        at = None if moderator.read is None else moderator.read(row)
        if row.match.closeness != "bears" or effect.yi is None or effect.vi is None or at is None:
            continue
        # signed towards benefit, so that a slope reads the same way for every outcome
        sign = -1.0 if effect.better == "lower" else 1.0
        of_measure = rows.setdefault(effect.measure, {})
        of_measure.setdefault(row.match.study.id, (sign * effect.yi, effect.vi, at))
    best = max(rows.values(), key=len, default={})
    k = len(best)
    if moderator.read is None:
        return _none(moderator, k, "no result here is split by it")
    if k < FEWEST:
        why = say_n(
            k,
            "{n} result that bear on it print an effect with its spread and time, and it takes "
            "{fewest}",
            "{n} results that bear on it print an effect with its spread and time, and it takes "
            "{fewest}",
            fewest=FEWEST,
        )
        return _none(moderator, k, why)
    yi, vi, weeks = ([triple[i] for triple in best.values()] for i in range(3))
    if len(set(weeks)) < 2:
        return _none(moderator, k, "all results were read at one time")
    from evidence.synthesis.regression import regress

    try:
        fit = regress({"yi": yi, "vi": vi}, moderators={"x": weeks})
    except EvidenceError as error:
        return _none(moderator, k, error.sentence)
    slope, low, high = (float(c[1]) for c in (fit.estimate, fit.ci_low, fit.ci_high))
    says = say(
        "Per week the effect changes by {slope} ({limits}; {p}) over {k} studies; studies differ "
        "in more than that.",
        slope=number(slope, 3),
        limits=interval(low, high, 3),
        p=pvalue(float(fit.pvalue[1])),
        k=k,
    )
    return Moderation(
        moderator=moderator.name, k=k, slope=slope, ci_low=low, ci_high=high, answer=says
    )


def _none(moderator: Moderator, k: int, why: str) -> Moderation:
    return Moderation(
        moderator=moderator.name, k=k, slope=None, ci_low=None, ci_high=None,
        answer=say("No study here can answer whether {moderator} changes the effect: {why}.",
                   moderator=moderator.name, why=why),
    )  # fmt: skip
