"""People behind a mean and an SD: one sample, or all there are.

A sample is a sorted tuple with one whole number per person: the answer, or with several items the
sum of a person's answers. Nothing is searched at random, so "none" means that none exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import comb

from evidence.errors import EffectError
from evidence.integrity.granularity import FEWER, ITEMS, TYPING_ERROR
from evidence.integrity.grimmer import (
    NOT_CHECKED,
    Figures,
    figures_of,
    fitting_pairs,
    mean_and_sd,
    reason_against,
)
from evidence.integrity.printed_sets import Check, Verdict, clipped, whole
from evidence.integrity.reachable import (
    MOST_WORK,
    People,
    TooLargeError,
    largest_squares,
    sample,
    smallest_squares,
    spread_of,
)
from evidence.messages import listed, say, say_n
from evidence.records.rounding import Mode

MOST_LISTED = 30
"""Samples are counted and listed up to this n."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Check):
    """People with this mean and SD: `values` is empty when there are none or none was made."""

    mean: str
    sd: str
    items: int
    values: tuple[int, ...]


def one_sample(
    mean: str,
    sd: str,
    n: int,
    *,
    scale_min: int | None = None,
    scale_max: int | None = None,
    items: int = 1,
    rounding: Mode = "up_or_down",
) -> Sample:
    """One sample that prints as this mean and SD: the proof that such people can exist.

    Parameters
    ----------
    mean, sd, n, scale_min, scale_max, items, rounding
        As in `grimmer_exact`.

    Returns
    -------
    Sample
        Verdict and reason as in `grimmer_exact`. It answers what SPRITE [1]_ answers, without
        chance. `values` is one sample; it is not the data, and tells nothing about it beyond
        being possible.

    Raises
    ------
    EffectError, OptionError
        As in `grimmer_exact`.

    References
    ----------
    .. [1] Heathers, Anaya, van der Zee & Brown (2018), PeerJ Preprints 6:e26968v1.
       https://doi.org/10.7287/peerj.preprints.26968v1

    Examples
    --------
    >>> one_sample("3.10", "1.37", 10, scale_min=1, scale_max=5).values
    (2, 2, 2, 2, 2, 3, 3, 5, 5, 5)
    """
    figures = figures_of(
        mean, sd, n, scale_min=scale_min, scale_max=scale_max, items=items, rounding=rounding
    )
    verdict, reason, values = _made(figures)
    pair = mean_and_sd(mean, sd)
    if values:
        counted = Counter(values).items()
        sentence = say(
            "{n} people can have {figures}: {answers}.",
            n=figures.n,
            figures=pair,
            answers=listed((f"{times} × {value}" for value, times in counted), ", "),
        )
    elif verdict == "inconsistent":
        sentence = say(
            "These numbers cannot all be right: no whole-number answers of {n} have {figures}.",
            n=f"n = {figures.n}",
            figures=pair,
        )
    else:
        sentence = say(
            "No sample with {figures} and n = {n} was worked out, nor ruled out.",
            figures=pair,
            n=figures.n,
        )
    return Sample(
        verdict=verdict,
        reason=reason,
        n=figures.n,
        rounding=rounding,
        benign=(TYPING_ERROR, FEWER, ITEMS) if verdict == "inconsistent" else (),
        sentence=sentence,
        mean=mean,
        sd=sd,
        items=items,
        values=values,
    )


def _made(figures: Figures) -> tuple[Verdict, str, tuple[int, ...]]:
    """Verdict, reason and sample."""
    if figures.n == 1:
        return "not_testable", "one_person", ()
    reason, found = reason_against(figures)
    if found is None:
        return ("consistent" if reason == NOT_CHECKED else "inconsistent"), reason, ()
    try:
        values = sample([People(figures.n, figures.low, figures.high)], *found)
    except TooLargeError:
        values = None
    return "consistent", "", values or ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Check):
    """Every sample with this mean and SD.

    `count` is how many there are, a sample being a list of answers without names; None when they
    are too many to count. `samples` holds the first of them, all when `complete`.
    """

    mean: str
    sd: str
    items: int
    scale: tuple[int, int]
    count: int | None
    samples: tuple[tuple[int, ...], ...]
    complete: bool


def all_samples(
    mean: str,
    sd: str,
    n: int,
    *,
    scale_min: int,
    scale_max: int,
    items: int = 1,
    rounding: Mode = "up_or_down",
    most: int = 1000,
) -> Listing:
    """Count every sample on the scale that prints as this mean and SD, and list the first ones.

    Parameters
    ----------
    mean, sd, items, rounding
        As in `grimmer_exact`.
    n : int
        People analysed, from 2 to 30.
    scale_min, scale_max : int
        Least and most of one answer.
    most : int
        Samples listed.

    Returns
    -------
    Listing
        `inconsistent` with a count of 0 when there is none, the reason as in `grimmer_exact`.

    Raises
    ------
    EffectError
        As in `grimmer_exact`, when n is not from 2 to 30, and when the scale is not given.

    Examples
    --------
    >>> found = all_samples("3.10", "1.37", 10, scale_min=1, scale_max=5)
    >>> found.count, found.samples[0], found.complete
    (4, (1, 1, 2, 3, 3, 4, 4, 4, 4, 5), True)
    """
    figures = figures_of(
        mean, sd, n, scale_min=scale_min, scale_max=scale_max, items=items, rounding=rounding
    )
    if not 2 <= figures.n <= MOST_LISTED:
        raise EffectError(f"n is {n}: samples are listed for 2 to {MOST_LISTED} people.")
    if figures.low is None or figures.high is None:
        raise EffectError("scale_min and scale_max are both needed to list all samples.")
    most = whole(most, "most", 0)
    low, high = figures.low, figures.high
    reason = reason_against(figures)[0]
    count = 0 if reason not in ("", NOT_CHECKED) else _count(figures, low, high)
    if count is not None:
        reason = reason or "unreachable" if count == 0 else ""
    every = (
        values
        for total, squares in fitting_pairs(figures)
        for target in squares
        for values in samples_with(figures.n, total, target, low, high)
    )
    kept = () if count == 0 else tuple(islice(every, most))
    words = {
        "people": say(
            "n = {n} on a scale from {low} to {high}", n=figures.n, low=scale_min, high=scale_max
        ),
        "figures": mean_and_sd(mean, sd),
    }
    if count == 0:
        sentence = say(
            "These numbers cannot all be right: no whole-number answers of {people} have "
            "{figures}.",
            **words,
        )
    elif count is None:
        sentence = say("An uncounted number of samples have {figures} with {people}.", **words)
    else:
        sentence = say_n(
            count,
            "{n} sample has {figures} with {people}.",
            "{n} samples have {figures} with {people}.",
            **words,
        )
    return Listing(
        verdict="inconsistent" if count == 0 else "consistent",
        reason=reason,
        n=figures.n,
        rounding=rounding,
        benign=(TYPING_ERROR, FEWER, ITEMS) if count == 0 else (),
        sentence=sentence,
        mean=mean,
        sd=sd,
        items=items,
        scale=(scale_min, scale_max),
        count=count,
        samples=kept,
        complete=len(kept) == count,
    )


def _count(figures: Figures, low: int, high: int) -> int | None:
    """Samples over all fitting totals and sums of squares; None when one run is too long."""
    counted = 0
    for total, squares in fitting_pairs(figures):
        found = _counts(figures.n, total, squares, low, high)
        if found is None:
            return None
        counted += found
    return counted


def _counts(n: int, total: int, squares: range, low: int, high: int) -> int | None:
    """Multisets of n integers with this sum and a sum of squares in the run.

    One long integer per number of people holds a counter for each (sum above the lowest, spread),
    wide enough for all multisets there are. Allowing one value more is a shift and a sum.
    """
    if not n * low <= total <= n * high:
        return 0
    least, centre = smallest_squares(n, total), total // n
    squares = clipped(squares, least, largest_squares(n, total, low, high) or 0)
    most = (squares[-1] - least) // 2 if squares else -1
    if most < 0:
        return 0
    values = [v for v in range(low - centre, high - centre + 1) if spread_of(v) <= most]
    lowest = values[0]
    at = total - n * (centre + lowest)
    field = comb(n + len(values) - 1, n).bit_length()
    row = (most + max(map(spread_of, values)) + 1) * field
    if row * (at + 1) * n * len(values) > MOST_WORK:
        return None
    kept = sum(((1 << (most + 1) * field) - 1) << row * i for i in range(at + 1))
    layers = [1] + [0] * n
    for value in values:
        move = (value - lowest) * row + spread_of(value) * field
        for people in range(1, n + 1):
            layers[people] += (layers[people - 1] << move) & kept
    counters = layers[n] >> row * at
    one = (1 << field) - 1
    spreads = [(q - least) // 2 for q in squares if (q - least) % 2 == 0]
    return sum(counters >> spread * field & one for spread in spreads)


def samples_with(
    n: int, total: int, squares: int, low: int, high: int
) -> Iterator[tuple[int, ...]]:
    """Every sorted tuple of n integers from low to high with this sum and sum of squares.

    >>> list(samples_with(3, 15, 81, 0, 9))
    [(3, 6, 6), (4, 4, 7)]
    """
    if n == 0:
        if total == squares == 0:
            yield ()
        return
    most = largest_squares(n, total, low, high)
    if most is None or not smallest_squares(n, total) <= squares <= most:
        return
    for value in range(low, total // n + 1):
        for rest in samples_with(n - 1, total - value, squares - value**2, value, high):
            yield (value, *rest)
