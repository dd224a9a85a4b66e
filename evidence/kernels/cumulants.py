"""Counts as exponential families: log density yη − b(η) + c(y), one b per kind of count.

A cumulant takes η of shape (..., k, r), for r counts of each of k studies, and gives b with its
first and second derivative, which are the mean and the variance of the counts. They accept complex
η, so that derivatives of whatever is built from them can be had by a complex step. The
hypergeometric one is in `hypergeometric.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from evidence._typing import Matrix

Array: TypeAlias = NDArray[Any]
Cumulant: TypeAlias = Callable[[Array], tuple[Array, Array, Array]]

LARGEST = 700.0  # exp() of more does not fit


def binomial(n: Matrix) -> Cumulant:
    """Counts among n, η the log odds: b = n log(1 + e^η).

    >>> b, mean, variance = binomial(np.array([[10.0]]))(np.array([[0.0]]))
    >>> float(mean[0, 0]), float(variance[0, 0])
    (5.0, 2.5)
    """

    def cumulant(eta: Array) -> tuple[Array, Array, Array]:
        above = eta.real > 0
        small = np.exp(np.where(above, -eta, eta))
        share = np.where(above, 1.0, small) / (1 + small)
        other = np.where(above, small, 1.0) / (1 + small)
        return n * (np.where(above, eta, 0.0) + np.log1p(small)), n * share, n * share * other

    return cumulant


def poisson(eta: Array) -> tuple[Array, Array, Array]:
    """Counts without a bound, η the log of the expected count: b = e^η.

    >>> poisson(np.array([[0.0]]))[1]
    array([[1.]])
    """
    mean = np.exp(np.where(eta.real > LARGEST, LARGEST, eta))
    return mean, mean, mean


def log_choose(n: Array, y: Array) -> Array:
    """Log of the number of ways to choose y of n.

    >>> log_choose(np.array([4.0]), np.array([2.0]))
    array([1.792])
    """
    return np.asarray(gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1))
