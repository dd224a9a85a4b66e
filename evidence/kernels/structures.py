"""Covariance of random effects within a group: one row per structure, listed in `STRUCTURES`.

A structure turns parameters θ inside a box into the q × q covariance G(θ) of the effects of one
group's q inner levels, positive semi-definite at every point of the box, and gives ∂G/∂θ. The
parameters are chosen for the optimiser: linear in G wherever the constraints stay a box (a
variance of zero is then an ordinary corner), a Cholesky factor for the unstructured matrix.

The box of UN has no walls: every factor makes a covariance, a singular one where its diagonal is
zero. For all others the boundary of what is possible is the boundary of the box.

Sources for the structures: Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS,
chapter 5.3; Pinheiro & Bates (1996), Stat Comput 6:289–296, https://doi.org/10.1007/BF00140873.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evidence._typing import Matrix, Vector

StructureName: TypeAlias = Literal["ID", "DIAG", "CS", "HCS", "UN", "AR", "HAR", "CAR"]

INFINITE = np.inf
SMALLEST_CAR = 1e-9  # ρ^d has no slope at ρ = 0 for d < 1; estimates here are reported as 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """How θ becomes G. Every function takes the positions of the inner levels last.

    `positions` has shape (q,): 0, 1, 2, … for all structures but CAR, whose levels lie at
    numbers. `bounds` gives the lower and the upper corner of the box; `start` the θ of equal
    variances and a common correlation.
    """

    name: str
    one_variance: bool  # a single τ² for all inner levels
    correlations: Literal["none", "one", "pairs"]
    bounds: Callable[[int], tuple[Vector, Vector]]
    start: Callable[[float, float, Vector], Vector]
    covariance: Callable[[Vector, Vector], Matrix]
    slopes: Callable[[Vector, Vector], Matrix]  # shape (len(θ), q, q)


def _box(low: list[float], high: list[float]) -> tuple[Vector, Vector]:
    return np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)


def _eye(positions: Vector) -> Matrix:
    return np.eye(len(positions))


def _id_slopes(theta: Vector, positions: Vector) -> Matrix:  # noqa: ARG001
    return _eye(positions)[None]


def _diag_slopes(theta: Vector, positions: Vector) -> Matrix:  # noqa: ARG001
    q = len(positions)
    out = np.zeros((q, q, q))
    out[np.arange(q), np.arange(q), np.arange(q)] = 1
    return out


def _cs_slopes(theta: Vector, positions: Vector) -> Matrix:  # noqa: ARG001
    q = len(positions)
    shared = np.full((q, q), 1 / q)
    return np.stack([shared, np.eye(q) - shared])


def _linear(slopes: Callable[[Vector, Vector], Matrix]) -> Callable[[Vector, Vector], Matrix]:
    def covariance(theta: Vector, positions: Vector) -> Matrix:
        g: Matrix = np.tensordot(theta, slopes(theta, positions), axes=1)
        return g

    return covariance


def _cs_start(variance: float, rho: float, positions: Vector) -> Vector:
    q = len(positions)
    return variance * np.array([1 + (q - 1) * rho, 1 - rho])


# A correlation pattern R(ρ) and its slope, for the structures with one correlation.
Pattern: TypeAlias = Callable[[float, Vector], tuple[Matrix, Matrix]]


def exchangeable(rho: float, positions: Vector) -> tuple[Matrix, Matrix]:
    """Every pair correlates ρ.

    >>> exchangeable(0.5, np.arange(2.0))[0].tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    pairs = 1 - np.eye(len(positions))
    return np.eye(len(positions)) + rho * pairs, pairs


def autoregressive(rho: float, positions: Vector) -> tuple[Matrix, Matrix]:
    """Levels at distance d correlate ρ^d.

    >>> autoregressive(0.5, np.arange(3.0))[0][0].tolist()
    [1.0, 0.5, 0.25]
    """
    lag = np.abs(positions[:, None] - positions[None, :])
    safe = np.where(lag > 0, lag, 1.0)
    whole = np.array_equal(lag, np.round(lag))
    base = rho if whole else max(rho, SMALLEST_CAR)
    slope = np.where(lag > 0, safe * np.power(base, safe - 1), 0.0)
    return np.where(lag > 0, np.power(base, safe), 1.0), slope


def _common(pattern: Pattern) -> tuple[Callable[[Vector, Vector], Matrix], ...]:
    """G = τ² R(ρ), θ = (τ², ρ)."""

    def covariance(theta: Vector, positions: Vector) -> Matrix:
        g: Matrix = theta[0] * pattern(float(theta[1]), positions)[0]
        return g

    def slopes(theta: Vector, positions: Vector) -> Matrix:
        r, dr = pattern(float(theta[1]), positions)
        return np.stack([r, theta[0] * dr])

    return covariance, slopes


def _own(pattern: Pattern) -> tuple[Callable[[Vector, Vector], Matrix], ...]:
    """G = τᵢ τⱼ R(ρ)ᵢⱼ, θ = (τ₁ … τ_q, ρ): standard deviations, not variances."""

    def covariance(theta: Vector, positions: Vector) -> Matrix:
        sd = theta[:-1]
        return np.outer(sd, sd) * pattern(float(theta[-1]), positions)[0]

    def slopes(theta: Vector, positions: Vector) -> Matrix:
        sd, q = theta[:-1], len(positions)
        r, dr = pattern(float(theta[-1]), positions)
        out = np.zeros((q + 1, q, q))
        for i in range(q):
            out[i, i] += sd * r[i]
            out[i, :, i] += sd * r[:, i]
        out[q] = np.outer(sd, sd) * dr
        return out

    return covariance, slopes


def _un_factor(theta: Vector, q: int) -> Matrix:
    factor = np.zeros((q, q))
    factor[np.tril_indices(q)] = theta
    return factor


def _un_covariance(theta: Vector, positions: Vector) -> Matrix:
    factor = _un_factor(theta, len(positions))
    return factor @ factor.T


def _un_slopes(theta: Vector, positions: Vector) -> Matrix:
    q = len(positions)
    factor, out = _un_factor(theta, q), []
    for row, column in zip(*np.tril_indices(q), strict=True):
        one = np.zeros((q, q))
        one[row] = factor[:, column]
        out.append(one + one.T)
    return np.array(out).reshape(len(theta), q, q)


def _un_bounds(q: int) -> tuple[Vector, Vector]:
    # no walls: L and −L make the same G, and a wall at zero would hide the way through it
    size = q * (q + 1) // 2
    return np.full(size, -INFINITE), np.full(size, INFINITE)


def _un_start(variance: float, rho: float, positions: Vector) -> Vector:
    q = len(positions)
    r, _ = exchangeable(rho, positions)
    return np.asarray(np.sqrt(variance) * np.linalg.cholesky(r)[np.tril_indices(q)])


def lowest_exchangeable(q: int) -> float:
    """The most negative correlation that q exchangeable effects can have, −1/(q − 1).

    >>> lowest_exchangeable(3)
    -0.5
    """
    return -1 / (q - 1) if q > 1 else -1.0


_AR, _AR_SLOPES = _common(autoregressive)
_HAR, _HAR_SLOPES = _own(autoregressive)
_HCS, _HCS_SLOPES = _own(exchangeable)

STRUCTURES: dict[StructureName, Structure] = {
    "ID": Structure(
        name="ID",
        one_variance=True,
        correlations="none",
        bounds=lambda q: _box([0.0], [INFINITE]),  # noqa: ARG005
        start=lambda variance, rho, positions: np.array([variance]),  # noqa: ARG005
        covariance=_linear(_id_slopes),
        slopes=_id_slopes,
    ),
    "DIAG": Structure(
        name="DIAG",
        one_variance=False,
        correlations="none",
        bounds=lambda q: _box([0.0] * q, [INFINITE] * q),
        start=lambda variance, rho, positions: np.full(len(positions), variance),  # noqa: ARG005
        covariance=_linear(_diag_slopes),
        slopes=_diag_slopes,
    ),
    "CS": Structure(  # θ: the two eigenvalues of G, so that τ² = 0 and ρ = ±1 are corners
        name="CS",
        one_variance=True,
        correlations="one",
        bounds=lambda q: _box([0.0, 0.0], [INFINITE, INFINITE]),  # noqa: ARG005
        start=_cs_start,
        covariance=_linear(_cs_slopes),
        slopes=_cs_slopes,
    ),
    "HCS": Structure(
        name="HCS",
        one_variance=False,
        correlations="one",
        bounds=lambda q: _box([0.0] * q + [lowest_exchangeable(q)], [INFINITE] * q + [1.0]),
        start=lambda variance, rho, positions: np.array(
            [*np.full(len(positions), np.sqrt(variance)), rho]
        ),
        covariance=_HCS,
        slopes=_HCS_SLOPES,
    ),
    "UN": Structure(
        name="UN",
        one_variance=False,
        correlations="pairs",
        bounds=_un_bounds,
        start=_un_start,
        covariance=_un_covariance,
        slopes=_un_slopes,
    ),
    "AR": Structure(
        name="AR",
        one_variance=True,
        correlations="one",
        bounds=lambda q: _box([0.0, -1.0], [INFINITE, 1.0]),  # noqa: ARG005
        start=lambda variance, rho, positions: np.array([variance, rho]),  # noqa: ARG005
        covariance=_AR,
        slopes=_AR_SLOPES,
    ),
    "HAR": Structure(
        name="HAR",
        one_variance=False,
        correlations="one",
        bounds=lambda q: _box([0.0] * q + [-1.0], [INFINITE] * q + [1.0]),
        start=lambda variance, rho, positions: np.array(
            [*np.full(len(positions), np.sqrt(variance)), rho]
        ),
        covariance=_HAR,
        slopes=_HAR_SLOPES,
    ),
    "CAR": Structure(
        name="CAR",
        one_variance=True,
        correlations="one",
        bounds=lambda q: _box([0.0, SMALLEST_CAR], [INFINITE, 1.0]),  # noqa: ARG005
        start=lambda variance, rho, positions: np.array(  # noqa: ARG005
            [variance, max(rho, SMALLEST_CAR)]
        ),
        covariance=_AR,
        slopes=_AR_SLOPES,
    ),
}
"""The structures by name: independent with one variance or one each; exchangeable with one
variance or one each; unstructured; autoregressive over ordered levels with one variance or one
each; continuous-time autoregressive."""


def curvatures(structure: Structure, theta: Vector, positions: Vector) -> Matrix:
    """∂²G/∂θ∂θ, shape (m, m, q, q), by central differences of the exact slopes.

    Only the optimiser's Hessian uses it, where a relative error of 1e-9 changes nothing.

    >>> bent = curvatures(STRUCTURES["UN"], np.array([2.0, 1.0, 0.5]), np.arange(2.0))
    >>> bent.shape, float(bent[0, 0, 0, 0])
    ((3, 3, 2, 2), 2.0)
    """
    m, q = len(theta), len(positions)
    out = np.zeros((m, m, q, q))
    if structure.name in ("ID", "DIAG", "CS"):
        return out
    for i in range(m):
        step = 1e-6 * max(1e-3, abs(float(theta[i])))
        ahead, behind = theta.copy(), theta.copy()
        ahead[i] += step
        behind[i] -= step
        rise = structure.slopes(ahead, positions) - structure.slopes(behind, positions)
        out[i] = rise / (2 * step)
    return 0.5 * (out + out.transpose(1, 0, 2, 3))


def variances_and_correlations(
    structure: Structure, theta: Vector, positions: Vector
) -> tuple[Vector, Vector]:
    """τ² and ρ as they are reported; a correlation with an effect that does not vary is NaN.

    Correlations of pairs run along the rows of the upper triangle. Without correlations in the
    structure the second array is empty.

    >>> theta = np.array([2.0, 0.5, 0.8660254])
    >>> tau2, rho = variances_and_correlations(STRUCTURES["UN"], theta, np.arange(2.0))
    >>> tau2.tolist(), rho.tolist()
    ([4.0, 1.0], [0.5])
    """
    g = structure.covariance(theta, positions)
    tau2 = np.diag(g).copy()
    varying = tau2 > 0
    if structure.one_variance:
        tau2 = tau2[:1]
    if structure.correlations == "none" or len(g) < 2:
        return tau2, np.empty(0)
    rows, columns = np.triu_indices(len(g), 1)
    both = varying[rows] & varying[columns]
    sizes = np.sqrt(g[rows, rows] * g[columns, columns])
    pairs = np.clip(np.where(both, g[rows, columns] / np.where(both, sizes, 1.0), np.nan), -1, 1)
    if structure.correlations == "pairs":
        return tau2, pairs
    if structure.name == "CS":
        return tau2, pairs[:1]
    known = bool(both.any())
    rho = 0.0 if structure.name == "CAR" and theta[-1] <= SMALLEST_CAR else float(theta[-1])
    return tau2, np.array([rho if known else np.nan])
