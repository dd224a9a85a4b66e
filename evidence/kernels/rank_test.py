"""Kendall's rank correlation: exact without ties, normal with the variance that ties leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from evidence._typing import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Kendall:
    """τ-b, the score (concordant minus discordant pairs), its error under independence, p.

    `tau` and `pvalue` are NaN where one of the columns is constant: no pair is ordered in it.
    """

    tau: float
    score: float
    score_se: float
    pvalue: float
    exact: bool


EXACT_TO = 400  # pairs of values up to which permutations are counted unasked


def kendall(xi: Vector, yi: Vector, *, exact: bool | None = None) -> Kendall:
    """Rank correlation of two columns of shape (k,), k at least 2, tested two-sided.

    Parameters
    ----------
    exact : bool, optional
        Count permutations instead of the normal approximation; not given: up to 400 pairs.
        With ties there is no exact distribution and the approximation is used.

    References
    ----------
    Kendall (1970), Rank Correlation Methods, 4th edition, chapters 3 to 5.

    Examples
    --------
    >>> found = kendall(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0]))
    >>> found.tau, found.pvalue, found.exact
    (0.6667, 0.3333, True)
    """
    k = len(xi)
    score = float(sum(np.sign(xi[i] - xi[:i]) @ np.sign(yi[i] - yi[:i]) for i in range(1, k)))
    x_ties, y_ties = _ties(xi), _ties(yi)
    pairs = k * (k - 1) / 2
    ordered = (pairs - _pairs(x_ties)) * (pairs - _pairs(y_ties))
    tau = score / math.sqrt(ordered) if ordered > 0 else math.nan
    se = math.sqrt(score_variance(k, x_ties, y_ties))
    wanted = k <= EXACT_TO if exact is None else exact
    if wanted and not len(x_ties) and not len(y_ties):
        return Kendall(tau=tau, score=score, score_se=se, pvalue=exact_pvalue(k, score), exact=True)
    p = 2 * float(ndtr(-abs(score) / se)) if se > 0 else math.nan
    return Kendall(tau=tau, score=score, score_se=se, pvalue=p, exact=False)


def score_variance(k: int, x_ties: Vector, y_ties: Vector) -> float:
    """Variance of the score under independence; ties as the sizes of their groups.

    >>> none = np.array([])
    >>> score_variance(4, none, none)
    8.67
    """

    def spread(ties: Vector) -> float:
        return float((ties * (ties - 1) * (2 * ties + 5)).sum())

    def triples(ties: Vector) -> float:
        return float((ties * (ties - 1) * (ties - 2)).sum())

    plain = (k * (k - 1) * (2 * k + 5) - spread(x_ties) - spread(y_ties)) / 18
    both = 4 * _pairs(x_ties) * _pairs(y_ties) / (2 * k * (k - 1))
    if k < 3:
        return plain + both
    return plain + both + triples(x_ties) * triples(y_ties) / (9 * k * (k - 1) * (k - 2))


def exact_pvalue(k: int, score: float) -> float:
    """Two-sided p: twice the smaller tail of the number of concordant pairs, at most 1.

    >>> exact_pvalue(4, 6.0)
    0.0833
    """
    pairs = k * (k - 1) // 2
    concordant = round((score + pairs) / 2)
    fewer = min(concordant, pairs - concordant)  # the distribution is symmetric
    probability = np.ones(1)
    for size in range(2, k + 1):  # one more item adds 0 … size − 1 inversions, equally likely
        cumulated = np.cumsum(np.concatenate([probability, np.zeros(size - 1)]))
        cumulated[size:] -= cumulated[:-size].copy()
        probability = cumulated / size
    return min(1.0, 2 * float(probability[: fewer + 1].sum()))


def _ties(values: Vector) -> Vector:
    """Sizes of the groups of equal values, groups of one left out."""
    _, counts = np.unique(values, return_counts=True)
    return np.asarray(counts[counts > 1], dtype=np.float64)


def _pairs(ties: Vector) -> float:
    return float((ties * (ties - 1)).sum()) / 2
