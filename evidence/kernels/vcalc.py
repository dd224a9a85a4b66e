"""Correlations of sampling errors: effects of one cluster that share people, arms or occasions.

All functions take codes, integers of shape (k,), and give a k × k correlation pattern; patterns
multiply element by element, and such a product of correlation matrices is one again (Schur).

Gleser & Olkin (2009), in: Cooper, Hedges & Valentine (eds), The Handbook of Research Synthesis
and Meta-Analysis, 2nd edition, chapter 19; Lajeunesse (2011), Ecology 92:2049–2055,
https://doi.org/10.1890/11-0423.1.
"""

from __future__ import annotations

import numpy as np

from evidence._typing import Matrix, Vector
from evidence.kernels.blocks import Codes


def same(codes: Codes) -> Matrix:
    """1 where two rows have the same code, 0 elsewhere.

    >>> same(np.array([0, 0, 1])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return np.asarray(codes[:, None] == codes[None, :], dtype=np.float64)


def between_observations(obs: Codes, rho: float) -> Matrix:
    """ρ between different observations, 1 within one.

    >>> between_observations(np.array([0, 1]), 0.6).tolist()
    [[1.0, 0.6], [0.6, 1.0]]
    """
    return rho + (1 - rho) * same(obs)


def between_types(types: Codes, rho: Matrix) -> Matrix:
    """The correlation of the types that two rows are of; `rho` has one row per type.

    >>> between_types(np.array([0, 1]), np.array([[1.0, 0.3], [0.3, 1.0]])).tolist()
    [[1.0, 0.3], [0.3, 1.0]]
    """
    return np.asarray(rho[types[:, None], types[None, :]], dtype=np.float64)


def over_time(time: Vector, phi: float) -> Matrix:
    """φ to the power of the time between two rows.

    >>> over_time(np.array([1.0, 3.0]), 0.5).tolist()
    [[1.0, 0.25], [0.25, 1.0]]
    """
    return np.asarray(np.power(phi, np.abs(time[:, None] - time[None, :])), dtype=np.float64)


def shared_arms(arm1: Codes, arm2: Codes, n1: Vector, n2: Vector) -> Matrix:
    """Correlation of contrasts arm1 − arm2 that have arms in common.

    The mean of an arm of n people has a variance in proportion to 1/n, so that two contrasts
    with one control of the same size as the arms correlate ½.

    >>> codes = np.array([1, 2]), np.array([0, 0])
    >>> shared_arms(*codes, np.array([20.0, 20.0]), np.array([20.0, 20.0])).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    found = np.zeros((len(arm1), len(arm1)))
    for left, left_n, left_sign in ((arm1, n1, 1), (arm2, n2, -1)):
        for right, right_n, right_sign in ((arm1, n1, 1), (arm2, n2, -1)):
            common = left[:, None] == right[None, :]
            found += left_sign * right_sign * common / np.sqrt(np.outer(left_n, right_n))
    sd = np.sqrt(np.diag(found))
    return np.asarray(found / np.outer(sd, sd), dtype=np.float64)


def with_correlation(vi: Vector, correlation: Matrix) -> Matrix:
    """Covariance of given variances and correlations; its diagonal is `vi` to the last digit.

    >>> with_correlation(np.array([1.0, 4.0]), np.array([[1.0, 0.5], [0.5, 1.0]])).tolist()
    [[1.0, 1.0], [1.0, 4.0]]
    """
    sd = np.sqrt(vi)
    v = np.outer(sd, sd) * correlation
    np.fill_diagonal(v, vi)
    return np.asarray(v, dtype=np.float64)
