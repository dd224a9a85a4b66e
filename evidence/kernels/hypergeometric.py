"""The non-central hypergeometric distribution: the first cell of a 2x2 table given its margins.

With m events among n₁ + n₂ people, the count of the first group is j with log probability
log C(n₁, j) + log C(n₂, m − j) + jψ − b(ψ), ψ the log odds ratio. The supports of the studies are
laid end to end, and every sum is taken relative to its largest term, so nothing overflows.
"""

from __future__ import annotations

import numpy as np

from evidence._typing import Vector
from evidence.kernels.cumulants import Array, Cumulant, log_choose


def support(n1: Vector, n2: Vector, m: Vector) -> tuple[Vector, Vector]:
    """Smallest and largest possible count of each study.

    >>> support(np.array([10.0]), np.array([5.0]), np.array([8.0]))
    (array([3.]), array([8.]))
    """
    return np.maximum(0.0, m - n2), np.minimum(n1, m)


def hypergeometric(n1: Vector, n2: Vector, m: Vector) -> Cumulant:
    """Cumulant of the first cell given the margins, η the log odds ratio, of shape (..., k, 1).

    Parameters
    ----------
    n1, n2, m : arrays of shape (k,)
        Sizes of both groups and number of events; whole numbers.

    References
    ----------
    Fisher (1935), J R Stat Soc 98:39–82; van Houwelingen, Zwinderman & Stijnen (1993), Stat Med
    12:2273–2284. https://doi.org/10.1002/sim.4780122405

    Examples
    --------
    >>> b, mean, variance = hypergeometric(*(np.array([x]) for x in (10.0, 10.0, 8.0)))(
    ...     np.array([[0.0]])
    ... )
    >>> float(mean[0, 0]), float(variance[0, 0])
    (4.0, 1.263)
    """
    low, high = support(n1, n2, m)
    sizes = (high - low + 1).astype(np.intp)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    count = np.arange(int(sizes.sum())) - starts[owner] + low[owner]
    ways = log_choose(n1[owner], count) + log_choose(n2[owner], m[owner] - count)

    def cumulant(eta: Array) -> tuple[Array, Array, Array]:
        psi = eta[..., 0]
        terms = ways + count * psi[..., owner]
        top = np.maximum.reduceat(terms.real, starts, axis=-1)
        share = np.exp(terms - top[..., owner])
        total = np.add.reduceat(share, starts, axis=-1)
        share = share / total[..., owner]
        mean = np.add.reduceat(share * count, starts, axis=-1)
        off = count - mean[..., owner]
        variance = np.add.reduceat(share * off * off, starts, axis=-1)
        b = top + np.log(total)
        return b[..., None], mean[..., None], variance[..., None]

    return cumulant
