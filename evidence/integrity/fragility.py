"""How many people decide between significant and not, in a comparison of two shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.effects.labelled import Labels, basis_of
from evidence.errors import EffectError
from evidence.formatting import people, pvalue
from evidence.integrity.lens import Lens, count, share
from evidence.messages import say, say_n, sentences

WALSH = "Walsh et al. (2014), doi 10.1016/j.jclinepi.2013.10.019"
MOST_PEOPLE = 10_000
"""Larger arms are refused: the index says nothing there that the interval does not say."""

_TIES = 1e-7  # tables whose chances differ by less than this count as equally rare


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragility(Lens):
    """The index and the p value that it starts from.

    `lost_could_undo` says whether at least as many people were lost; None when not known.
    """

    p: float
    fragility_index: int
    fragility_quotient: float
    lost_could_undo: bool | None


def fragility_index(
    events1: int,
    n1: int,
    events2: int,
    n2: int,
    *,
    alpha: float = 0.05,
    lost: int | None = None,
    labels: Labels | None = None,
) -> Fragility:
    """How many people with another outcome would undo the significance.

    Events are added to the arm with the lower share until Fisher's two-sided p is no longer below
    alpha. It mostly says n and p once more: show it with the interval of the difference, never as
    a score, and compare it with the number of people lost.

    Parameters
    ----------
    events1, n1, events2, n2 : int
        Events and people in both arms; up to 10,000 people each.
    alpha : float
        Level below which p counts as significant.
    lost : int, optional
        People lost to follow-up in both arms together.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Returns
    -------
    Fragility
        Index 0 when p is not below alpha to begin with; the quotient is the index over n1 + n2.

    Raises
    ------
    EffectError
        For counts that are not whole, more events than people, or arms beyond 10,000.

    References
    ----------
    Walsh et al. (2014), J Clin Epidemiol 67:622–628.
    https://doi.org/10.1016/j.jclinepi.2013.10.019

    Examples
    --------
    >>> found = fragility_index(27, 54, 13, 54, lost=6)
    >>> found.fragility_index, found.p, found.lost_could_undo
    (4, 0.00917, True)
    >>> print(found)
    p = 0.009; with 4 more events in the arm with fewer it would not be below 0.05. 6 people were
    lost, enough to make that difference.
    """
    arms = [(count("events1", events1), count("n1", n1, 1))]
    arms.append((count("events2", events2), count("n2", n2, 1)))
    for place, (events, n) in enumerate(arms, start=1):
        if events > n:
            raise EffectError(f"events{place} is {events}, more than the {people(n)} of the arm.")
        if n > MOST_PEOPLE:
            raise EffectError(f"n{place} is {n}: the index is computed up to {MOST_PEOPLE:,}.")
    share("alpha", alpha)
    (lower, n_lower), (upper, n_upper) = sorted(arms, key=lambda arm: arm[0] / arm[1])
    started = _fisher(lower, n_lower, upper, n_upper)
    index, p = 0, started
    while p < alpha:  # ends where the shares meet, at the latest
        index += 1
        p = _fisher(lower + index, n_lower, upper, n_upper)
    undone = None if lost is None or not index else count("lost", lost) >= index
    return Fragility(
        p=started,
        fragility_index=index,
        fragility_quotient=index / (n_lower + n_upper),
        lost_could_undo=undone,
        basis=basis_of(
            "fragility_index",
            WALSH,
            {"events1": events1, "n1": n1, "events2": events2, "n2": n2, "lost": lost},
            labels,
            assumptions=("two independent arms, one yes or no for each person",),
        ),
        sentence=_sentence(started, index, alpha, lost, undone),
    )


def _sentence(p: float, index: int, alpha: float, lost: int | None, undone: bool | None) -> str:
    if not index:
        return say(
            "{p}, which is not below {alpha} to begin with.", p=pvalue(p), alpha=f"{alpha:g}"
        )
    said = say_n(
        index,
        "{p}; with {n} more event in the arm with fewer it would not be below {alpha}.",
        "{p}; with {n} more events in the arm with fewer it would not be below {alpha}.",
        p=pvalue(p),
        alpha=f"{alpha:g}",
    )
    if undone is None or lost is None:
        return said
    if undone:
        of_lost = say_n(
            lost,
            "{people} was lost, enough to make that difference.",
            "{people} were lost, enough to make that difference.",
            people=people(lost),
        )
    else:
        of_lost = say_n(
            lost,
            "{people} was lost, too few to make that difference.",
            "{people} were lost, too few to make that difference.",
            people=people(lost),
        )
    return sentences(said, of_lost)


def _fisher(a: int, n1: int, b: int, n2: int) -> float:
    """Fisher's two-sided p: the chance of all tables no more likely than this one."""
    import numpy as np

    from evidence.kernels.cumulants import log_choose

    m = a + b
    cells = np.arange(max(0, m - n2), min(n1, m) + 1, dtype=np.float64)
    ways = log_choose(0 * cells + n1, cells) + log_choose(0 * cells + n2, m - cells)
    chances = ways - float(log_choose(np.array([n1 + n2]), np.array([m]))[0])
    here = chances[a - max(0, m - n2)]
    return min(1.0, math.fsum(np.exp(chances[chances <= here + _TIES])))
