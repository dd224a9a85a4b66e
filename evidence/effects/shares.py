"""Shares of people: from counts, from a relative effect, from a difference of means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple, get_args

from evidence.effects.counts import wilson
from evidence.effects.effect import Label
from evidence.effects.labelled import (
    Labelled,
    Labels,
    basis_of,
    check_finite,
    check_people,
    check_positive,
)
from evidence.errors import EffectError, OptionError

Measure = Literal["RR", "OR", "RD", "SMD"]
_Z = NormalDist()
_KNOWN = "the share without the product is taken as known"
_NORMAL = "people lie normally about their mean, as widely in both groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Labelled):
    """The share of people, 0 to 1, who have an outcome, with its limits where they are known."""

    value: float
    low: float | None = None
    high: float | None = None


def share_given(
    value: float, low: float | None = None, high: float | None = None, *, label: Label = "reported"
) -> Share:
    """A share as it stands in the source, or as assumed.

    Parameters
    ----------
    value, low, high : float
        0 to 1; the limits are optional.
    label : str
        "imputed" for a share that is assumed.

    Raises
    ------
    EffectError
        Outside 0 to 1, limits in the wrong order, or one limit alone.

    Examples
    --------
    >>> share_given(0.2).label
    'reported'
    """
    check_finite(value=value, low=low, high=high)
    if (low is None) != (high is None):
        raise EffectError("one limit of the share is missing; give both or none.")
    inside = value if low is None or high is None else sorted((low, value, high))[1]
    if not all(0 <= x <= 1 for x in (value, low, high) if x is not None) or inside != value:
        raise EffectError(
            f"a share lies between 0 and 1, and between its limits: {value}, {low}, {high}."
        )
    basis = basis_of("share_given", "", {"share": value}, {"share": label}, least="reported")
    return Share(value=value, low=low, high=high, basis=basis)


def share_of_counts(
    events: int, n: int, *, level: float = 0.95, labels: Labels | None = None
) -> Share:
    """The share of some people among others, with Wilson's interval.

    Raises
    ------
    EffectError
        More events than people, or no whole numbers.

    References
    ----------
    Wilson (1927), J Am Stat Assoc 22:209–212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> share = share_of_counts(34, 40)
    >>> share.value, share.low, share.high, share.label
    (0.85, 0.709, 0.929, 'derived')
    """
    check_people(1, n=n)
    check_people(0, events=events)
    if events > n:
        raise EffectError(f"more people with the outcome than people: {events} of {n}.")
    low, high = wilson(events, n, level)
    basis = basis_of("share_of_counts", "events / n", {"events": events, "n": n}, labels)
    return Share(value=events / n, low=low, high=high, basis=basis)


class _Rule(NamedTuple):
    of: Callable[[float, float], float]
    source: str
    assumption: str


def _odds(p: float, ratio: float) -> float:
    return p * ratio / (1 - p + p * ratio)


def _probit(p: float, d: float) -> float:
    return p if p in (0.0, 1.0) else _Z.cdf(_Z.inv_cdf(p) + d)


_RULES: Mapping[str, _Rule] = {
    "RR": _Rule(lambda p, e: p * e, "Cochrane Handbook 15.4.4", "the ratio holds at this share"),
    "OR": _Rule(_odds, "Cochrane Handbook 15.4.4", "the odds ratio holds at this share"),
    "RD": _Rule(lambda p, e: p + e, "Cochrane Handbook 15.4.4", "the difference holds here"),
    "SMD": _Rule(_probit, "Furukawa & Leucht 2011, doi 10.1371/journal.pone.0019070", _NORMAL),
}
"""The share with the product from the share without it and the effect."""


def share_with(
    without: Share,
    measure: Measure,
    estimate: float,
    low: float | None = None,
    high: float | None = None,
    *,
    label: Label = "derived",
) -> Share:
    """The share with the product, from the share without it and an effect.

    Parameters
    ----------
    without : Share
        Of people without the product; its own limits are not used.
    measure : str
        "RR", "OR" (both as ratios, not their logs), "RD", or "SMD", positive towards the outcome:
        the share that passes a threshold is then Φ(Φ⁻¹(share without) + SMD) [1]_.
    estimate, low, high : float
        The effect and its limits.
    label : str
        What the effect is; the share is never stronger.

    Raises
    ------
    OptionError
        Another measure.
    EffectError
        A ratio that is not positive, or a share beyond everybody.

    References
    ----------
    .. [1] Furukawa & Leucht (2011), PLoS ONE 6:e19070.
       https://doi.org/10.1371/journal.pone.0019070

    Examples
    --------
    >>> found = share_with(share_given(0.2), "SMD", 0.5, 0.2, 0.8)
    >>> found.value, found.low, found.high, found.label
    (0.366, 0.261, 0.483, 'derived')
    """
    if measure not in get_args(Measure):
        raise OptionError("measure", measure, get_args(Measure))
    check_finite(estimate=estimate, low=low, high=high)
    if measure in ("RR", "OR"):
        why = "a ratio is above zero"
        check_positive(why, estimate=estimate)
        if low is not None and low < 0:
            raise EffectError(f"low = {low:g}: {why}.")
    rule = _RULES[measure]
    value = rule.of(without.value, estimate)
    if not -1e-12 <= value <= 1 + 1e-12:
        raise EffectError(
            f"{measure} {estimate:g} on a share of {without.value:g} gives {value:g}, which is no "
            "share; an odds ratio always gives one."
        )
    limits = sorted(rule.of(without.value, x) for x in (low, high) if x is not None)
    # limits of an effect may reach beyond nobody and everybody; those of a share may not
    inside = [min(1.0, max(0.0, x)) for x in limits]
    return Share(
        value=min(1.0, max(0.0, value)),
        low=inside[0] if len(inside) == 2 else None,
        high=inside[1] if len(inside) == 2 else None,
        basis=basis_of(
            f"share_with_{measure}",
            rule.source,
            {"share": without.value, "effect": estimate},
            {"share": without.label, "effect": label},
            assumptions=(rule.assumption, _KNOWN),
        ),
    )


def share_reaching(
    change: float,
    sd: float,
    mid: float,
    *,
    low: float | None = None,
    high: float | None = None,
    labels: Labels | None = None,
) -> Share:
    """The share of people whose own change is at least the smallest that matters.

    Φ((change − mid) / sd), for changes that lie normally about their mean [1]_.

    Parameters
    ----------
    change : float
        Mean change of the group, positive towards benefit.
    sd : float
        SD of the changes of people, in the same unit.
    mid : float
        Smallest difference that matters to a person.
    low, high : float, optional
        Limits of the mean change.
    labels : mapping, optional
        Labels of arguments that are not printed, such as {"sd": "imputed"}.

    Raises
    ------
    EffectError
        An SD that is not above zero.

    References
    ----------
    .. [1] Suissa (1991), J Clin Epidemiol 44:241–248.

    Examples
    --------
    >>> share = share_reaching(2.0, 4.0, 2.0, labels={"sd": "imputed"})
    >>> share.value, share.label
    (0.5, 'imputed')
    """
    check_finite(change=change, mid=mid, low=low, high=high)
    check_positive("people differ, so their SD is above zero", sd=sd)
    value, lower, upper = (
        None if x is None else _Z.cdf((x - mid) / sd) for x in (change, low, high)
    )
    if value is None or (lower is None) != (upper is None):
        raise EffectError("one limit of the mean change is missing; give both or none.")
    return Share(
        value=value,
        low=lower,
        high=upper,
        basis=basis_of(
            "share_reaching",
            "Suissa 1991, J Clin Epidemiol 44:241",
            {"change": change, "sd": sd, "mid": mid},
            labels,
            assumptions=("changes of people lie normally about their mean",),
        ),
    )
