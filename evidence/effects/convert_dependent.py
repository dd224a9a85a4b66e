"""Several effects of the same people made one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from evidence._typing import Vector
from evidence.effects.effect import html_table
from evidence.errors import EffectError
from evidence.messages import say

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AggregatedEffects:
    """One effect per cluster, in the order in which clusters first appear."""

    cluster: tuple[Any, ...]
    yi: Vector
    vi: Vector
    k: tuple[int, ...]  # effects that went in
    rho: float
    weighted: bool
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per cluster."""
        import pandas as pd

        return pd.DataFrame(
            {"cluster": list(self.cluster), "yi": self.yi, "vi": self.vi, "k": list(self.k)}
        )

    def _repr_html_(self) -> str:
        return html_table(self.to_frame())


def aggregate_effects(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: Sequence[Hashable] | Vector,
    *,
    rho: float,
    weighted: bool = True,
) -> AggregatedEffects:
    """Combine the effects of each cluster, whose sampling errors correlate by `rho`.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    cluster : sequence of shape (k,)
        Which study, or sample, each effect comes from.
    rho : float
        Correlation of the sampling errors within a cluster; 0 for independent ones.
    weighted : bool
        Whether effects are weighted by the inverse of their covariance matrix, which has the
        smallest variance, or count the same.

    Raises
    ------
    EffectError
        When lengths differ, a number is missing, a variance is not positive, or no covariance
        matrix of a cluster has this correlation.

    References
    ----------
    Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, chapter 10; Borenstein, Hedges,
    Higgins & Rothstein (2009), Introduction to Meta-Analysis, chapter 24.

    Examples
    --------
    >>> found = aggregate_effects([0.3, 0.5, 0.1], [0.04, 0.04, 0.09], ["A", "A", "B"], rho=0.5)
    >>> found.cluster, found.yi, found.vi
    (('A', 'B'), array([0.4, 0.1]), array([0.03, 0.09]))
    """
    y = np.atleast_1d(np.asarray(yi, dtype=np.float64))
    v = np.atleast_1d(np.asarray(vi, dtype=np.float64))
    names = list(cluster)
    if not len(y) == len(v) == len(names):
        raise EffectError(f"lengths differ: {len(y)} yi, {len(v)} vi and {len(names)} clusters.")
    if not (np.isfinite(y).all() and np.isfinite(v).all()):
        raise EffectError("an effect or variance is missing; leave that row out and say so.")
    if not (v > 0).all():
        raise EffectError("a variance is not above zero.")
    if not -1 <= rho <= 1:
        raise EffectError(f"rho={rho!r} is not a correlation.")
    places: dict[Any, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    pairs, notes = [], []
    for name, rows in places.items():
        mean, variance, negative = _one(y[rows], v[rows], rho, weighted, name)
        pairs.append((mean, variance))
        if negative:
            notes.append(
                say(
                    "{name}: with rho = {rho} an effect gets a negative weight, so the mean can "
                    "lie outside of its effects; weighted=False cannot do that.",
                    name=name,
                    rho=f"{rho:g}",
                )
            )
    return AggregatedEffects(
        cluster=tuple(places),
        yi=np.array([mean for mean, _ in pairs]),
        vi=np.array([variance for _, variance in pairs]),
        k=tuple(len(rows) for rows in places.values()),
        rho=float(rho),
        weighted=weighted,
        notes=tuple(notes),
    )


def _one(
    y: Vector, v: Vector, rho: float, weighted: bool, name: object
) -> tuple[float, float, bool]:
    """Mean, variance, and whether a weight is negative, of one cluster."""
    m, sd = len(y), np.sqrt(v)
    if m == 1:
        return float(y[0]), float(v[0]), False
    smallest = 1 + (m - 1) * rho
    if smallest < 0 or (weighted and (smallest == 0 or rho == 1)):
        raise EffectError(
            f"{name}: {m} effects cannot all correlate by rho = {rho:g}"
            + (
                "."
                if smallest < 0
                else " and be weighted, because their covariance matrix is singular; "
                "weighted=False can."
            )
        )
    if not weighted:
        return float(y.mean()), float(((1 - rho) * v.sum() + rho * sd.sum() ** 2) / m**2), False
    # rows of the inverse covariance matrix summed, by the inverse of (1 − ρ) I + ρ 11ᵀ
    u = 1 / sd
    wi = u * (u - rho / smallest * u.sum()) / (1 - rho)
    return float(y[0] + wi @ (y - y[0]) / wi.sum()), float(1 / wi.sum()), bool((wi < 0).any())
