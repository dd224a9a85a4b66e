"""The same regression fitted to very many arrangements of the effects at once.

An arrangement is a row of effects and a row of variances against the rows of one design matrix: a
permutation, a set of flipped signs, or a subset (weights of zero). Everything is a few sums over k
per row, so that a million arrangements cost seconds. `evidence.kernels.regression_fit` fits one;
a test holds this to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.many_tau2 import Sums, estimate_many
from evidence.kernels.tau2 import Tau2Method

CHUNK = 4_000_000  # elements of the (arrangements, k) tables made at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ManyFits:
    """One row per arrangement. `gamma` are coefficients on the basis, `cov` their covariance."""

    gamma: Matrix  # (n, p)
    cov: NDArray[np.float64]  # (n, p, p), without Hartung and Knapp's factor
    tau2: Vector  # (n,)
    q: Vector  # (n,), weights 1/v
    factor: Vector  # (n,): Hartung and Knapp's; 1 where nothing is left to estimate it from
    df: Vector  # (n,): effects less coefficients


def fit_many(
    method: Tau2Method, yi: Matrix, vi: Matrix, q: Matrix, keep: Matrix | None = None
) -> ManyFits:
    """Fit every arrangement.

    Parameters
    ----------
    method : str
        An estimator of τ² that needs no weights of the user's choice.
    yi, vi : arrays of shape (n, k)
        Effects and sampling variances, one arrangement per row.
    q : array of shape (k, p)
        Orthonormal basis of the design matrix.
    keep : array of shape (n, k), optional
        1 for effects that take part, 0 for others; only with p = 1.

    Examples
    --------
    >>> y, v = np.array([[0.1, 0.3, 0.8]]), np.array([[0.02, 0.03, 0.05]])
    >>> fit_many("DL", y, v, np.full((3, 1), 3**-0.5)).tau2.tolist()
    [0.0775]
    """
    n, k = yi.shape
    step = max(1, CHUNK // (k * max(1, q.shape[1])))
    parts = [
        _fit(
            method,
            yi[i : i + step],
            vi[i : i + step],
            q,
            None if keep is None else keep[i : i + step],
        )
        for i in range(0, n, step)
    ]
    names = ("gamma", "cov", "tau2", "q", "factor", "df")
    return ManyFits(**{name: np.concatenate([getattr(x, name) for x in parts]) for name in names})


def _fit(method: Tau2Method, yi: Matrix, vi: Matrix, q: Matrix, keep: Matrix | None) -> ManyFits:
    many = _SharedBasis(yi, vi, q, keep)
    some = many.df > 0
    tau2 = np.zeros(len(yi))
    if method not in ("EE",) and some.any():
        part = _SharedBasis(yi[some], vi[some], q, None if keep is None else keep[some])
        tau2[some] = estimate_many(method, part)
    weights = many.weights(tau2)
    gamma, inverse, residual = many.solve(weights)
    squares = (weights * residual * residual).sum(axis=1)
    bare = many.weights(np.zeros(len(yi)))
    left = many.solve(bare)[2]
    return ManyFits(
        gamma=gamma,
        cov=inverse,
        tau2=tau2,
        q=np.where(some, (bare * left * left).sum(axis=1), 0.0),
        factor=np.where(some, squares / np.maximum(many.df, 1), 1.0),
        df=many.df,
    )


class _SharedBasis:
    """Sums over arrangements that share a basis: `evidence.kernels.many_tau2.Regressions`."""

    def __init__(self, yi: Matrix, vi: Matrix, q: Matrix, keep: Matrix | None) -> None:
        self.yi, self.vi, self.q = yi, vi, q
        self.keep = np.ones_like(yi) if keep is None else keep
        self.products = (q[:, :, None] * q[:, None, :]).reshape(len(q), -1)
        self.count = self.keep.sum(axis=1)
        self.df = self.count - q.shape[1]

    def only(self, rows: NDArray[np.intp]) -> _SharedBasis:
        return _SharedBasis(self.yi[rows], self.vi[rows], self.q, self.keep[rows])

    def weights(self, tau2: Vector) -> Matrix:
        return np.asarray(self.keep / (self.vi + tau2[:, None]), dtype=np.float64)

    def cross(self, weights: Matrix) -> NDArray[np.float64]:
        """Qᵀ A Q of every arrangement, (n, p, p)."""
        p = self.q.shape[1]
        return (weights @ self.products).reshape(-1, p, p)

    def solve(self, weights: Matrix) -> tuple[Matrix, NDArray[np.float64], Matrix]:
        """Coefficients, (QᵀAQ)⁻¹, and residuals; one step of refinement brings back lost digits."""
        inverse: NDArray[np.float64] = np.asarray(np.linalg.inv(self.cross(weights)), np.float64)
        gamma = np.einsum("npq,nq->np", inverse, (weights * self.yi) @ self.q)
        residual = self.yi - gamma @ self.q.T
        again = np.einsum("npq,nq->np", inverse, (weights * residual) @ self.q)
        return gamma + again, inverse, residual - again @ self.q.T

    def sums(self, weights: Matrix) -> Sums:
        _, inverse, residual = self.solve(weights)
        made = weights * residual
        lost = np.einsum("npq,nqp->n", inverse, self.cross(weights * weights))
        return Sums(
            squares=(made * residual).sum(axis=1),
            steepness=(made * made).sum(axis=1),
            trace=weights.sum(axis=1) - lost,
        )

    def trace_with(self, weights: Matrix, si: Matrix) -> Vector:
        inverse = np.linalg.inv(self.cross(weights))
        lost = np.einsum("npq,nqp->n", inverse, self.cross(weights * weights * si))
        return np.asarray((weights * si).sum(axis=1) - lost, dtype=np.float64)

    def log_likelihood(self, kind: Likelihood, tau2: Vector) -> Vector:
        weights = self.weights(tau2)
        _, inverse, residual = self.solve(weights)
        logs = np.log(np.where(self.keep > 0, weights, 1.0)).sum(axis=1)
        value = 0.5 * (logs - (weights * residual * residual).sum(axis=1))
        if kind == "REML":
            value = value + 0.5 * np.linalg.slogdet(inverse).logabsdet
        return np.asarray(value, dtype=np.float64)
