"""Weighted least squares with several columns: projections, their traces, and coefficients.

Everything works on an orthonormal basis of the columns of the design matrix, so that a year
beside an intercept costs no digits; only coefficients know the columns as they were given. With
weights a the residual maker on the weighted scale is P = A − A X (XᵀAX)⁻¹ XᵀA. It is held as
U, the orthonormal basis of √A X: P = √A (I − U Uᵀ) √A, and no k × k matrix is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr, solve_triangular

from evidence._typing import Matrix, Vector

REDUNDANT = 1e-10  # of a column's length: what is left of it after the columns before it
ROUNDING = 32 * np.finfo(np.float64).eps  # of the length of the effects


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """X = Q R with QᵀQ = I. `q` has shape (k, p), `r` (p, p)."""

    q: Matrix
    r: Matrix

    def __len__(self) -> int:
        return int(self.q.shape[1])


def orthonormal(x: Matrix) -> Basis:
    """Orthonormal basis of the columns of `x`, shape (k, p), of full column rank.

    Examples
    --------
    >>> basis = orthonormal(np.array([[1.0, 1990.0], [1.0, 1995.0], [1.0, 2001.0]]))
    >>> np.allclose(basis.q.T @ basis.q, np.eye(2))
    True
    """
    size = np.linalg.norm(x, axis=0)
    q, r = np.linalg.qr(x / size)
    return Basis(q=q, r=r * size)


def redundant_columns(x: Matrix) -> list[int]:
    """Columns of `x` that others already determine, counted from 0; empty at full rank.

    Examples
    --------
    >>> redundant_columns(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0], [1.0, 2.0, 5.0]]))
    [1]
    """
    found: list[int] = []
    for j in range(x.shape[1]):
        size = float(np.linalg.norm(x[:, j]))
        kept = [i for i in range(j) if i not in found]
        left = x[:, j] / size if size > 0 else x[:, j]
        if kept and size > 0:
            q = orthonormal(x[:, kept]).q
            for _ in range(2):  # twice is enough for orthogonality to rounding
                left = left - q @ (q.T @ left)
        if size == 0 or float(np.linalg.norm(left)) < REDUNDANT or len(kept) >= len(x):
            found.append(j)
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection:
    """The residual maker P of one set of weights.

    `ai` weights (k,), `u` orthonormal basis of √A Q (k, p), `t` with √A Q = U T (p, p).
    """

    ai: Vector
    u: Matrix
    t: Matrix

    @property
    def leverage(self) -> Vector:
        """Diagonal of U Uᵀ, shape (k,)."""
        return np.asarray(np.einsum("ij,ij->i", self.u, self.u), dtype=np.float64)


def project(q: Matrix, ai: Vector) -> Projection:
    """The projection of weights `ai`, shape (k,), on the basis `q`, shape (k, p).

    >>> p = project(np.full((2, 1), 0.5**0.5), np.array([3.0, 1.0]))
    >>> p.leverage
    array([0.75, 0.25])
    """
    u, t = np.linalg.qr(np.sqrt(ai)[:, None] * q)
    return Projection(ai=ai, u=u, t=t)


def residual(p: Projection, yi: Vector) -> Vector:
    """(I − U Uᵀ) √A y, shape (k,): residuals on the weighted scale.

    >>> p = project(np.full((2, 1), 0.5**0.5), np.array([1.0, 1.0]))
    >>> residual(p, np.array([1.0, 4.0]))
    array([-1.5,  1.5])
    """
    scaled = np.sqrt(p.ai) * yi
    left = scaled - p.u @ (p.u.T @ scaled)
    left = left - p.u @ (p.u.T @ left)
    if float(left @ left) < ROUNDING**2 * float(scaled @ scaled):
        left = np.zeros_like(left)  # effects on the fit itself: what is left is rounding
    return np.asarray(left, dtype=np.float64)


def quadratic(p: Projection, yi: Vector) -> float:
    """The weighted residual sum of squares yᵀ P y.

    Examples
    --------
    >>> quadratic(project(np.full((2, 1), 0.5**0.5), np.array([2.0, 1.0])), np.array([1.0, 4.0]))
    6.0
    """
    left = residual(p, yi)
    return float(left @ left)


def trace(p: Projection) -> float:
    """Trace of P.

    >>> trace(project(np.full((2, 1), 0.5**0.5), np.array([3.0, 1.0])))
    1.5
    """
    return float(p.ai @ (1 - p.leverage))


def trace_with(p: Projection, si: Vector) -> float:
    """Trace of P S, S = diag(s): the expectation of yᵀ P y under independent variances s.

    >>> p = project(np.full((2, 1), 0.5**0.5), np.array([1.0, 1.0]))
    >>> trace_with(p, np.array([0.2, 0.4]))
    0.3
    """
    return float((p.ai * si) @ (1 - p.leverage))


def trace_squared_with(p: Projection, si: Vector) -> float:
    """Trace of P S P S; the variance of yᵀ P y under normal effects is twice this number.

    >>> p = project(np.full((2, 1), 0.5**0.5), np.array([1.0, 1.0]))
    >>> trace_squared_with(p, np.array([1.0, 1.0]))
    1.0
    """
    di = p.ai * si
    inner = p.u.T @ (di[:, None] * p.u)
    return float((di * di) @ (1 - 2 * p.leverage) + (inner * inner).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficients:
    """Coefficients (p,) of the columns of X and their covariance (p, p) for given variances."""

    beta: Vector
    vcov: Matrix
    root: Matrix  # (p, n): vcov = root rootᵀ


def coefficients(basis: Basis, yi: Vector, si: Vector, ai: Vector | None = None) -> Coefficients:
    """Coefficients with weights `ai`, by default 1/s, and their covariance when Var(y) = diag(s).

    Parameters
    ----------
    basis : Basis
        Of the design matrix.
    yi, si : arrays of shape (k,)
        Effects and their total variances (sampling plus between-study).
    ai : array of shape (k,), optional
        Other weights.

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> found = coefficients(orthonormal(x), np.array([0.1, 0.3, 0.5]), np.full(3, 0.02))
    >>> found.beta.tolist(), np.diag(found.vcov).tolist()
    ([0.1, 0.2], [0.0167, 0.01])
    """
    p = project(basis.q, 1 / si if ai is None else ai)
    gamma = solve_triangular(p.t, p.u.T @ (np.sqrt(p.ai) * yi))
    beta = solve_triangular(basis.r, gamma)
    inverse = solve_triangular(basis.r, solve_triangular(p.t, np.eye(len(basis))))
    root = inverse if ai is None else inverse @ (p.u * np.sqrt(ai * si)[:, None]).T
    return Coefficients(beta=beta, vcov=root @ root.T, root=root)


def wald(beta: Vector, vcov: Matrix, columns: list[int]) -> float:
    """βᵀ V⁻¹ β of some coefficients: the Wald statistic that all of them are zero.

    Taken on the correlation scale, so that units of the columns cost no digits.

    Examples
    --------
    >>> wald(np.array([1.0, 0.4]), np.diag([4.0, 0.04]), [1])
    4.0
    """
    block = vcov[np.ix_(columns, columns)]
    se = np.sqrt(np.diag(block))
    z = beta[columns] / se
    q, r, pivot = qr(block / np.outer(se, se), pivoting=True)
    solved = np.empty_like(z)
    solved[pivot] = solve_triangular(r, q.T @ z)
    return float(z @ solved)
