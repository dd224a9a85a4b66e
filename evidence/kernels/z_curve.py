"""z-curve: a mixture of folded normals, cut at the significance threshold.

The components have means 0, 1, … 6 and unit spread; only their weights are estimated. The
likelihood is concave in the weights, so it has one top; it is climbed by Newton steps, where the
EM algorithm that defined the method creeps up to the same place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.climb import Surface, climb

MEANS: Vector = np.arange(7.0)
CEILING = 6.0  # z beyond this are counted as found with certainty


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """Weights of the components among significant results, shape (fits, components)."""

    weights: Matrix
    rounds: int  # of the fit that took longest


def component_densities(z: Vector, critical: float) -> Matrix:
    """Density of each |z| under each component, cut to (critical, CEILING); shape (n, 7).

    >>> component_densities(np.array([2.0]), 1.959964).shape
    (1, 7)
    """
    folded = np.exp(-0.5 * (z[:, None] - MEANS) ** 2) + np.exp(-0.5 * (z[:, None] + MEANS) ** 2)
    chance = (
        ndtr(CEILING - MEANS)
        - ndtr(critical - MEANS)
        + ndtr(-critical - MEANS)
        - ndtr(-CEILING - MEANS)
    )
    return np.asarray(folded / (np.sqrt(2 * np.pi) * chance))


def fit_mixture(z: Vector, critical: float, counts: Matrix | None = None) -> Mixture:
    """Weights with the highest likelihood, for one sample or for resamples of it.

    Parameters
    ----------
    z : array of shape (n,)
        Absolute z values between `critical` and CEILING.
    critical : float
        The significance threshold.
    counts : array of shape (fits, n), optional
        How often each z is in each resample; not given: once each.

    Raises
    ------
    ConvergenceError
        When the climb does not settle.

    Notes
    -----
    Maximises Σ c log(f·w) − (Σ c) Σ w over weights that are not negative; at the top the weights
    sum to 1 of themselves (Lindsay 1995, Mixture Models, chapter 5).

    References
    ----------
    Brunner & Schimmack (2020), Meta-Psychology 4, MP.2018.874; Bartoš & Schimmack (2022),
    Meta-Psychology 6, MP.2021.2720. https://doi.org/10.15626/MP.2021.2720

    Examples
    --------
    >>> fit_mixture(np.array([2.0, 2.1, 2.2, 2.4]), 1.959964).weights.sum(axis=1)
    array([1.])
    """
    density = component_densities(z, critical)
    seen = np.ones((1, len(z))) if counts is None else counts
    size = len(MEANS)
    lower, upper, even = np.zeros(size), np.full(size, np.inf), np.full(size, 1 / size)
    weights, rounds = np.empty((len(seen), size)), 0
    for row, count in enumerate(seen):
        summit = climb(_surface(density, count), even, lower, upper)
        if not summit.settled:
            raise ConvergenceError(
                f"the weights of the z-curve do not settle from {int(count.sum())} significant "
                "results; there may be too few to tell the components apart."
            )
        weights[row] = summit.point / summit.point.sum()
        rounds = max(rounds, summit.rounds)
    return Mixture(weights=weights, rounds=rounds)


def _surface(density: Matrix, count: Vector) -> Surface:
    used = count > 0
    inside, times = density[used], count[used]
    total = float(times.sum())

    def at(weights: Vector) -> tuple[float, Vector, Matrix]:
        mixed = inside @ weights
        if not (mixed > 0).all():
            return -np.inf, np.zeros(len(weights)), -np.eye(len(weights))
        share = inside / mixed[:, None]
        value = float(times @ np.log(mixed)) - total * float(weights.sum())
        return value, times @ share - total, -(share.T * times) @ share

    return at


def rates(weights: Matrix, beyond: Vector, critical: float) -> tuple[Vector, Vector]:
    """Expected discovery and replicability rates, each of shape (fits,).

    Parameters
    ----------
    weights : array of shape (fits, 7)
        Of the components among significant results up to CEILING.
    beyond : array of shape (fits,)
        Share of the significant results that lie above CEILING.
    critical : float
        The significance threshold.

    Notes
    -----
    A component with mean μ is significant with chance p = Φ(μ − c) + Φ(−μ − c). Its weight before
    selection is proportional to w / p, so the discovery rate is 1 / Σ(w / p). A replication is a
    success when it is significant in the same direction: (Φ(μ − c)² + Φ(−μ − c)²) / p.

    Examples
    --------
    >>> rates(np.array([[1.0, 0, 0, 0, 0, 0, 0]]), np.zeros(1), 1.959964)
    (array([0.05]), array([0.025]))
    """
    up, down = ndtr(MEANS - critical), ndtr(-MEANS - critical)
    power = up + down
    inside = 1 - beyond
    discovery = 1 / (inside * (weights @ (1 / power)) + beyond)
    replication = inside * (weights @ ((up**2 + down**2) / power)) + beyond
    return discovery, replication
