"""A share of responders beside the mean and SD of the same people.

"85 % improved by at least one grade" and "mean change −0.6 (SD 0.5)" each may be possible, and
both together not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from evidence.errors import OptionError
from evidence.integrity.granularity import FEWER, ITEMS, TYPING_ERROR, grim_percent
from evidence.integrity.grimmer import (
    NOT_CHECKED,
    Figures,
    figures_of,
    fitting_pairs,
    mean_and_sd,
    reason_against,
)
from evidence.integrity.printed_sets import Check, Verdict, either, shown, shown_as_printed, whole
from evidence.integrity.reachable import (
    People,
    TooLargeError,
    reachable_spreads,
    sample,
    smallest_squares,
)
from evidence.integrity.sprite import MOST_LISTED
from evidence.messages import say, sentences
from evidence.records.rounding import Mode

Side = Literal["at_least", "at_most"]
"""Who responded: those at the threshold or above it, or those at it or below."""

_OTHERS = "The mean and SD are of other people or another time than the share."


@dataclass(frozen=True, slots=True, kw_only=True)
class Responders(Check):
    """A share of responders against mean and SD.

    `counts` are the people that print as the share, `values` a sample with one of them, and
    `possible_counts` every number of responders that this mean and SD allow, for n up to 30.
    """

    mean: str
    sd: str
    percent: str
    threshold: int
    side: Side
    items: int
    counts: range
    values: tuple[int, ...]
    possible_counts: tuple[int, ...]


def responders_fit(
    mean: str,
    sd: str,
    n: int,
    *,
    percent: str,
    threshold: int,
    side: Side,
    or_more: bool = False,
    scale_min: int | None = None,
    scale_max: int | None = None,
    items: int = 1,
    rounding: Mode = "up_or_down",
) -> Responders:
    """Whether a sample has this mean, this SD and this share of people beyond a threshold.

    For "85 % improved by at least one grade" give the mean and SD of the change in grades,
    `percent="85"` and, where a fall is an improvement, `threshold=-1, side="at_most"`.

    Parameters
    ----------
    mean, sd, n, scale_min, scale_max, items, rounding
        As in `grimmer_exact`, the scale being that of the values themselves: of changes, if they
        are changes.
    percent : str
        Share of people as printed, in percent.
    threshold : int
        Value, in points of the scale, from which a person counts.
    side : {"at_least", "at_most"}
        Whether people at the threshold or above count, or those at it or below.
    or_more : bool
        Whether the share is a lower limit, "at least 85 %".

    Returns
    -------
    Responders
        `consistent` with a sample in `values`, or `inconsistent` with the reason of
        `grimmer_exact`, `percent` (no count prints as the share) or `jointly_unreachable` (each
        fits, but no people have all three). `not_testable` for one person and where it would
        take too long (`reachability_not_checked`).

    Raises
    ------
    EffectError, OptionError
        As in `grimmer_exact` and `grim_percent`; for another side; for a threshold that is not a
        whole number.

    Examples
    --------
    >>> claim = {"percent": "85", "threshold": -1, "side": "at_most"}
    >>> responders_fit("-1.20", "0.70", 20, **claim).verdict
    'consistent'
    >>> found = responders_fit("-0.60", "0.50", 20, **claim)
    >>> found.reason, found.possible_counts
    ('jointly_unreachable', (12,))
    >>> print(found)
    These numbers cannot all be right: no 20 people have a mean of −0.60 and an SD of 0.50 with
    85 % of them at −1 or below. It would fit if 12 people were there.
    """
    if side not in get_args(Side):
        raise OptionError("side", side, get_args(Side))
    threshold = whole(threshold, "threshold", None)
    figures = figures_of(
        mean, sd, n, scale_min=scale_min, scale_max=scale_max, items=items, rounding=rounding
    )
    share = grim_percent(percent, n, rounding=rounding)
    counts = range(share.counts[0], n + 1) if or_more and share.counts else share.counts
    cut = threshold * figures.items
    reason, values = _jointly(figures, counts, cut, side)
    verdict: Verdict = "inconsistent" if reason else "consistent"
    if reason in ("one_person", NOT_CHECKED):
        verdict = "not_testable"
    possible: tuple[int, ...] = ()
    if verdict == "inconsistent" and figures.n <= MOST_LISTED:
        possible = _possible(figures, cut, side)
    words = {
        "figures": mean_and_sd(mean, sd),
        "percent": shown_as_printed(percent),
        "cut": shown(threshold, 0),
    }
    if side == "at_least":
        said = say("{figures} with {percent} % of them at {cut} or above", **words)
    else:
        said = say("{figures} with {percent} % of them at {cut} or below", **words)
    return Responders(
        verdict=verdict,
        reason=reason,
        n=figures.n,
        rounding=rounding,
        benign=(TYPING_ERROR, FEWER, _OTHERS, ITEMS) if verdict == "inconsistent" else (),
        sentence=_joint_sentence(said, figures.n, verdict, reason, possible),
        mean=mean,
        sd=sd,
        percent=percent,
        threshold=threshold,
        side=side,
        items=figures.items,
        counts=counts,
        values=values,
        possible_counts=possible,
    )


def _jointly(figures: Figures, counts: range, cut: int, side: Side) -> tuple[str, tuple[int, ...]]:
    """Why no people have all three figures, or "" and people who have."""
    if figures.n == 1:
        return "one_person", ()
    reason = reason_against(figures)[0]
    if reason and reason != NOT_CHECKED:
        return reason, ()
    if not counts:
        return "percent", ()
    skipped = False
    for count in counts:
        try:
            found = _first_with(figures, count, cut, side)
        except TooLargeError:
            skipped = True
            continue
        if found is not None:
            return "", _witness(_groups(figures, count, cut, side), *found)
    return (NOT_CHECKED if skipped else "jointly_unreachable"), ()


def _witness(groups: list[People], total: int, squares: int) -> tuple[int, ...]:
    """Such people, or none where keeping all steps takes too much memory."""
    try:
        return sample(groups, total, squares) or ()
    except TooLargeError:
        return ()


def _possible(figures: Figures, cut: int, side: Side) -> tuple[int, ...]:
    """Numbers of responders that go with this mean and SD; none when it takes too long."""
    try:
        return tuple(k for k in range(figures.n + 1) if _first_with(figures, k, cut, side))
    except TooLargeError:
        return ()


def _first_with(figures: Figures, count: int, cut: int, side: Side) -> tuple[int, int] | None:
    """A total and sum of squares of people of whom so many lie beyond the cut."""
    groups = _groups(figures, count, cut, side)
    for total, squares in fitting_pairs(figures):
        least = smallest_squares(figures.n, total)
        most = (squares[-1] - least) // 2
        if most < 0:
            continue
        found = reachable_spreads(groups, total, most)
        for target in squares:
            spread, odd = divmod(target - least, 2)
            if spread >= 0 and not odd and found >> spread & 1:
                return total, target
    return None


def _groups(figures: Figures, count: int, cut: int, side: Side) -> list[People]:
    """Those beyond the cut, and the others."""
    low, high, others = figures.low, figures.high, figures.n - count
    if side == "at_least":
        beyond = cut if low is None else max(cut, low)
        below = cut - 1 if high is None else min(cut - 1, high)
        pair = [People(count, beyond, high), People(others, low, below)]
    else:
        beyond = cut if high is None else min(cut, high)
        above = cut + 1 if low is None else max(cut + 1, low)
        pair = [People(count, low, beyond), People(others, above, high)]
    return [group for group in pair if group.n]


def _joint_sentence(
    figures: str, n: int, verdict: Verdict, reason: str, possible: tuple[int, ...]
) -> str:
    if reason == "one_person":
        return "One person has no standard deviation: this cannot be tested."
    if verdict == "not_testable":
        return say(
            "Whether {n} people can have {figures} was not worked out.", n=n, figures=figures
        )
    if verdict == "consistent":
        return say("{n} people can have {figures}.", n=n, figures=figures)
    return sentences(
        say(
            "These numbers cannot all be right: no {n} people have {figures}.",
            n=n,
            figures=figures,
        ),
        say("It would fit if {n} people were there.", n=either(_runs(possible)))
        if possible
        else "",
    )


def _runs(counts: tuple[int, ...]) -> list[str]:
    """Whole numbers in words, neighbours joined: 3, 5 to 8."""
    runs: list[list[int]] = []
    for count in counts:
        if runs and count == runs[-1][-1] + 1:
            runs[-1].append(count)
        else:
            runs.append([count])
    return [
        str(run[0]) if len(run) == 1 else say("{low} to {high}", low=run[0], high=run[-1])
        for run in runs
    ]
