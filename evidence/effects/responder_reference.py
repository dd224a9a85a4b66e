"""A share of people who responded, against a share without the product.

People on vehicle agree and improve too. So a share is set against a reference, and the largest
reference that it rejects is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from evidence.effects.labelled import Labelled, Labels, basis_of, check_people
from evidence.effects.responders import EXACT, clopper_pearson
from evidence.errors import EffectError

TIES = 1 + 1e-7
"""Counts whose probability exceeds that of the observed by less than this are as probable."""


class SeenShare(NamedTuple):
    """A share of people who improved on vehicle or placebo in a published trial."""

    id: str
    share: float
    weeks: int
    what: str
    source: str


SEEN_VEHICLE_SHARES: tuple[SeenShare, ...] = (
    SeenShare("olsen_global", 0.43, 24, "global improvement on vehicle", "PMID 1552056"),
    SeenShare("kikuchi_fine", 13 / 54, 26, "fine wrinkles, split face", "PMID 20078381"),
    SeenShare("kikuchi_deep", 1 / 54, 26, "deep wrinkles, split face", "PMID 20078381"),
    SeenShare("wang", 0.0, 4, "improvement on vehicle", "doi 10.1007/s40257-013-0009-9"),
)
"""Vehicle and placebo shares that have been seen; a few trials, not a distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstReference(Labelled):
    """A share of people against an assumed share without the product.

    The largest references still rejected are the exact lower limits: any assumed share below
    them is rejected, at alpha two-sided or one-sided.
    """

    k: int
    n: int
    p0: float
    p_two_sided: float
    p_greater: float
    largest_reference_rejected_two_sided: float
    largest_reference_rejected_one_sided: float
    level: float


def responder_vs_reference(
    k: int, n: int, p0: float, *, level: float = 0.95, labels: Labels | None = None
) -> AgainstReference:
    """Test a count of responders against an assumed share without the product.

    A null of one half means nothing for "agreed" or "improved"; a share seen on vehicle does.

    Parameters
    ----------
    k, n : int
        Responders and people.
    p0 : float
        The assumed share, 0 to 1, taken as known without error.
    level : float
        One minus the alpha of the rejected references.
    labels : mapping, optional
        Labels of arguments that are not printed; a share from other trials is
        {"p0": "imputed"}.

    Returns
    -------
    AgainstReference
        The two-sided p adds every count that is no more probable than the observed one.

    Raises
    ------
    EffectError
        For k outside 0 to n, or a share outside 0 to 1.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404–413. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> found = responder_vs_reference(34, 40, 0.43, labels={"p0": "imputed"})
    >>> found.p_greater, found.largest_reference_rejected_two_sided, found.label
    (5.2e-08, 0.70, 'imputed')
    """
    check_people(1, n=n)
    check_people(0, k=k)
    if k > n:
        raise EffectError(f"more responders than people: {k} of {n}.")
    if not 0 <= p0 <= 1:
        raise EffectError(f"p0 = {p0:g}: a share lies between 0 and 1.")
    mass = [_binomial(i, n, p0) for i in range(n + 1)]
    return AgainstReference(
        k=k,
        n=n,
        p0=p0,
        p_two_sided=min(1.0, math.fsum(m for m in mass if m <= mass[k] * TIES)),
        p_greater=min(1.0, math.fsum(mass[k:])),
        largest_reference_rejected_two_sided=clopper_pearson(k, n, level)[0],
        largest_reference_rejected_one_sided=clopper_pearson(k, n, 2 * level - 1)[0],
        level=level,
        basis=basis_of(
            "responder_vs_reference",
            EXACT,
            {"k": k, "n": n, "p0": p0},
            labels,
            assumptions=("the reference share is known without error",),
        ),
    )


def responder_vs_vehicles(
    k: int,
    n: int,
    *,
    seen: Iterable[SeenShare] = SEEN_VEHICLE_SHARES,
    level: float = 0.95,
) -> tuple[tuple[SeenShare, AgainstReference], ...]:
    """A count of responders against each share that has been seen on vehicle or placebo.

    Parameters
    ----------
    k, n, level
        As in `responder_vs_reference`.
    seen : iterable of SeenShare
        Vehicle shares from other trials: every result is labelled imputed.

    Examples
    --------
    >>> [(row.id, test.p_greater < 0.05) for row, test in responder_vs_vehicles(12, 25)]
    [('olsen_global', False), ('kikuchi_fine', True), ('kikuchi_deep', True), ('wang', True)]
    """
    return tuple(
        (row, responder_vs_reference(k, n, row.share, level=level, labels={"p0": "imputed"}))
        for row in seen
    )


def _binomial(k: int, n: int, p: float) -> float:
    if p in (0.0, 1.0):
        return float(k == n * p)
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(p) + (n - k) * math.log1p(-p))
