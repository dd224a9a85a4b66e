"""Gauss–Hermite rules for normal integrals, and sums of exponentials kept in logs."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_hermitenorm

from evidence._typing import Vector


@cache
def gauss_hermite(points: int) -> tuple[Vector, Vector]:
    """Nodes and log weights of a rule for ∫ f(x) φ(x) dx, φ the standard normal density.

    Parameters
    ----------
    points : int
        Number of nodes; the rule is exact for polynomials of degree 2·points − 1.

    Returns
    -------
    (array of shape (points,), array of shape (points,))
        Read-only, because they are kept.

    References
    ----------
    Golub & Welsch (1969), Math Comput 23:221–230. https://doi.org/10.2307/2004418

    Examples
    --------
    >>> nodes, log_weights = gauss_hermite(3)
    >>> float(np.exp(log_weights) @ nodes**4)
    3.0
    """
    nodes, weights = roots_hermitenorm(points)
    log_weights = np.log(weights) - np.log(weights.sum())
    for array in (nodes, log_weights):
        array.flags.writeable = False
    return nodes, log_weights


def log_sum_exp(values: NDArray[Any]) -> NDArray[Any]:
    """Log of the sum of exponentials over the first axis; real or complex.

    >>> float(log_sum_exp(np.array([1000.0, 1000.0])))
    1000.693
    """
    top = values.real.max(axis=0)
    total: NDArray[Any] = top + np.log(np.exp(values - top).sum(axis=0))
    return total
