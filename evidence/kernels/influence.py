"""What each study does to a fit: residuals, leverage, and the fit without it.

All of it follows from the fit with all studies and the k fits that leave one out, τ² estimated
anew each time. A study without which the columns are no longer independent, or nothing is left to
estimate τ² from, has no deletion statistics: NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtr

from evidence._typing import Matrix, Vector
from evidence.kernels.deletions import CHUNK, Bases, Deletions, OwnBases
from evidence.kernels.regression import Basis, orthonormal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Influences:
    """Case diagnostics, each of shape (k,), `dfbetas` (k, p)."""

    residual: Vector
    residual_se: Vector
    standardised: Vector
    deleted_residual: Vector
    deleted_residual_se: Vector
    studentised: Vector
    dffits: Vector
    cook: Vector
    covariance_ratio: Vector
    tau2_deleted: Vector
    q_deleted: Vector
    hat: Vector
    weight: Vector  # percent
    dfbetas: Matrix
    influential: NDArray[np.bool_]


def influences(
    yi: Vector,
    vi: Vector,
    x: Matrix,
    beta: Vector,
    tau2: float,
    without: Deletions,
    *,
    factor: float = 1.0,
    ai: Vector | None = None,
) -> Influences:
    """Outlier and influence statistics of every study.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    x : array of shape (k, p)
        The design matrix.
    beta : array of shape (p,)
        Coefficients of the fit of all studies.
    tau2 : float
        Its τ².
    without : Deletions
        The fits of all but one.
    factor : float
        Hartung and Knapp's of the fit of all studies; 1 without it.
    ai : array of shape (k,), optional
        Weights of the fit, where they are not 1/(v + τ²).

    Returns
    -------
    Influences
        Influential by at least one of: |DFFITS| > 3 √(p/(k − p)); Cook's distance beyond the median
        of chi-square on p df; hat above 3 p/k; any |DFBETAS| > 1.

    References
    ----------
    Viechtbauer & Cheung (2010), Res Synth Methods 1:112–125. https://doi.org/10.1002/jrsm.11
    Belsley, Kuh & Welsch (1980), Regression Diagnostics. https://doi.org/10.1002/0471725153

    Examples
    --------
    >>> from evidence.kernels.deletions import delete_each
    >>> yi, vi, x = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]), np.ones((3, 1))
    >>> without = delete_each(yi, vi, x, "EE", "z")
    >>> found = influences(yi, vi, x, np.array([0.3]), 0.0, without)
    >>> found.residual.tolist(), found.weight.round(1).tolist()
    ([-0.2, 0.0, 0.5], [48.4, 32.3, 19.4])
    >>> found.deleted_residual.round(4).tolist()
    [-0.3875, 0.0, 0.62]
    """
    k, p = x.shape
    si = vi + tau2
    basis = orthonormal(x)
    weights = 1 / si if ai is None else ai
    crossed = np.linalg.qr(np.sqrt(weights)[:, None] * basis.q).Q
    hat = np.einsum("ij,ij->i", crossed, crossed)
    residual = yi - x @ beta
    spread = _residual_se(crossed, weights, si, hat, ai is None)

    deleted = yi - np.einsum("ij,ij->i", x, without.beta)
    deleted_se = np.sqrt(
        without.factor * (vi + without.tau2) + np.einsum("ij,ijk,ik->i", x, without.vcov, x)
    )
    moved = beta - without.beta
    shift = np.einsum("ij,ij->i", x, moved)
    # of all studies: with the τ² without each in turn, and with their own
    *_, bare = vcov = _covariances(basis, yi, vi, np.append(without.tau2, tau2), ai)
    scale = _scale(bare)
    inverse = np.linalg.inv(bare / scale) / scale
    distance = np.einsum("ij,jk,ik->i", moved, inverse, moved)
    reference = np.sqrt(without.factor[:, None] * np.einsum("njj->nj", vcov[:-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        dffits = shift / np.sqrt(without.factor * hat * (without.tau2 + vi))
        dfbetas = moved / reference
        cook = distance / factor
        ratio = np.linalg.det(without.vcov / scale) / (np.linalg.det(bare / scale) * factor**p)
        standardised = residual / spread
        studentised = deleted / deleted_se
        flags = (
            (np.abs(dffits) > 3 * np.sqrt(p / max(k - p, 1)))
            | (chdtr(p, cook) > 0.5)
            | (hat > 3 * p / k)
            | (np.abs(dfbetas) > 1).any(axis=1)
        )
    return Influences(
        residual=residual,
        residual_se=spread,
        standardised=standardised,
        deleted_residual=deleted,
        deleted_residual_se=deleted_se,
        studentised=studentised,
        dffits=dffits,
        cook=cook,
        covariance_ratio=ratio,
        tau2_deleted=without.tau2,
        q_deleted=without.q,
        hat=hat,
        weight=100 * weights / weights.sum(),
        dfbetas=dfbetas,
        influential=flags,
    )


def baujat_points(
    yi: Vector, vi: Vector, x: Matrix, beta: Vector, tau2: float, without: Deletions
) -> tuple[Vector, Vector]:
    """Contribution of each study to residual heterogeneity, and to the fitted value it gets.

    The first is its squared Pearson residual; the second the squared change of its fitted value
    when it is left out, over the variance of the fitted value without it.

    References
    ----------
    Baujat, Mahé, Pignon & Hill (2002), Stat Med 21:2641–2652. https://doi.org/10.1002/sim.1221

    Examples
    --------
    >>> from evidence.kernels.deletions import delete_each
    >>> yi, vi, x = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]), np.ones((3, 1))
    >>> without = delete_each(yi, vi, x, "EE", "z")
    >>> squares, moved = baujat_points(yi, vi, x, np.array([0.3]), 0.0, without)
    >>> squares.round(1).tolist()
    [2.0, 0.0, 5.0]
    """
    residual = yi - x @ beta
    shift = np.einsum("ij,ij->i", x, beta - without.beta)
    variance = np.einsum("ij,ijk,ik->i", x, without.vcov, x)
    return residual**2 / (vi + tau2), shift**2 / variance


def _covariances(
    basis: Basis, yi: Vector, vi: Vector, tau2: Vector, ai: Vector | None
) -> NDArray[np.float64]:
    """Covariance of the coefficients of all studies under each τ², shape (len(tau2), p, p)."""
    step = max(1, CHUNK // basis.q.size)
    found: list[NDArray[np.float64]] = []
    for start in range(0, len(tau2), step):
        si = vi + tau2[start : start + step, None]
        y, v = np.broadcast_to(yi, si.shape), np.broadcast_to(vi, si.shape)
        many = OwnBases(y, v, Bases.of_one(basis, len(si)))
        if ai is None:
            found.append(many.coefficients(1 / si)[1])
        else:
            found.append(many.coefficients(np.broadcast_to(ai, si.shape), si)[1])
    return np.concatenate(found)


def _residual_se(u: Matrix, weights: Vector, si: Vector, hat: Vector, optimal: bool) -> Vector:
    """√ diag (I − H) S (I − H)ᵀ; with weights 1/s it is √ s (1 − h)."""
    if optimal:
        return np.sqrt(si * np.maximum(0.0, 1 - hat))
    root = np.sqrt(weights)
    maker = np.eye(len(si)) - (u @ u.T) * root / root[:, None]
    return np.sqrt((maker * maker) @ si)


def _scale(vcov: Matrix) -> Matrix:
    """Products of standard errors, so that units of the columns cost no digits."""
    se = np.sqrt(np.diag(vcov))
    return np.outer(se, se)
