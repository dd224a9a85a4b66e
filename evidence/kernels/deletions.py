"""The fits that leave out one study each, all of them at once.

Row i of every table holds the studies without the i-th. Each row has its own basis, made as
`evidence.kernels.regression` makes it, so that nothing is lost where a study carries a coefficient
almost alone; `evidence.kernels.regression_fit` fits one row, and a test holds this to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector
from evidence.kernels.inference import Test
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.many_tau2 import Sums, estimate_many
from evidence.kernels.regression import REDUNDANT, ROUNDING, Basis
from evidence.kernels.regression_tau2 import estimate
from evidence.kernels.tau2 import Tau2Method

CHUNK = 200_000  # elements of the (rows, k, p) tables made at a time

Table = NDArray[np.float64]
"""Floats of more than two dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deletions:
    """The fits without each study in turn; rows of NaN where there is none."""

    beta: Matrix  # (k, p)
    vcov: Table  # (k, p, p)
    tau2: Vector  # (k,)
    q: Vector  # (k,)
    factor: Vector  # (k,)


def delete_each(
    yi: Vector,
    vi: Vector,
    x: Matrix,
    method: Tau2Method | Literal["fixed"],
    test: Test,
    *,
    ai: Vector | None = None,
    fixed: float = 0.0,
) -> Deletions:
    """Fit without each study in turn.

    A study without which the columns are no longer independent, or nothing is left to learn the
    spread from, has no such fit.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    x : array of shape (k, p)
        The design matrix.
    method, test, ai, fixed
        As for `evidence.kernels.regression_fit.fit`.

    Raises
    ------
    ConvergenceError
        When an estimator of τ² does not settle.

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> delete_each(yi, vi, np.ones((3, 1)), "EE", "z").beta[:, 0].tolist()
    [0.4875, 0.3, 0.18]
    """
    k, p = x.shape
    made = Deletions(
        beta=np.full((k, p), np.nan),
        vcov=np.full((k, p, p), np.nan),
        tau2=np.full(k, np.nan),
        q=np.full(k, np.nan),
        factor=np.full(k, np.nan),
    )
    free = method not in ("EE", "fixed") or test != "z"
    if k - 1 < p + free:
        return made
    step = max(1, CHUNK // (k * p))
    for start in range(0, k, step):
        out = np.arange(start, min(start + step, k))
        others = np.arange(k - 1) + (np.arange(k - 1) >= out[:, None])
        columns = np.stack([column[others] for column in x.T])
        basis = own_bases(columns)
        full = ~basis.redundant
        out, others, basis = out[full], others[full], basis.only(full)
        if len(out):
            weights = None if ai is None else ai[others]
            _fill(made, out, OwnBases(yi[others], vi[others], basis), method, test, weights, fixed)
    return made


def _fill(
    made: Deletions,
    out: NDArray[np.intp],
    many: OwnBases,
    method: Tau2Method | Literal["fixed"],
    test: Test,
    ai: Matrix | None,
    fixed: float,
) -> None:
    """The rows `out` of the answer."""
    tau2 = np.full(len(out), fixed) if method == "fixed" else _tau2(method, many, ai)
    si = many.vi + tau2[:, None]
    beta, vcov = many.coefficients(1 / si if ai is None else ai, None if ai is None else si)
    factor = np.ones(len(out))
    if test in ("HKSJ", "HKSJ-adhoc"):
        factor = many.sums(1 / si).squares / many.df
        if test == "HKSJ-adhoc":
            factor = np.maximum(1.0, factor)
    made.beta[out], made.vcov[out] = beta, factor[:, None, None] * vcov
    made.tau2[out], made.factor[out] = tau2, factor
    made.q[out] = many.sums(1 / many.vi).squares


def _tau2(method: Tau2Method, many: OwnBases, ai: Matrix | None) -> Vector:
    """By the sums of all rows; GENQM needs eigenvalues and is solved row by row."""
    if method == "GENQM" and ai is not None:
        rows = range(len(many.yi))
        q = many.basis.q
        one = [estimate(method, many.yi[i], many.vi[i], q[:, i].T, ai[i]) for i in rows]
        return np.array(one, dtype=np.float64)
    return estimate_many(method, many, ai)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bases:
    """X = Q R of many designs. `q` has shape (p, n, k), `r` (n, p, p)."""

    q: Table
    r: Table
    redundant: NDArray[np.bool_]  # (n,): a column that others determine

    def only(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Bases:
        """Some of the designs."""
        return Bases(q=self.q[:, rows], r=self.r[rows], redundant=self.redundant[rows])

    @classmethod
    def of_one(cls, basis: Basis, n: int) -> Bases:
        """One design n times."""
        k, p = basis.q.shape
        return cls(
            q=np.broadcast_to(basis.q.T[:, None, :], (p, n, k)),
            r=np.broadcast_to(basis.r, (n, p, p)),
            redundant=np.zeros(n, dtype=np.bool_),
        )


def own_bases(columns: Table) -> Bases:
    """Orthonormal bases of many designs, whose columns are of shape (p, n, k).

    Examples
    --------
    >>> own_bases(np.array([[[1.0, 1.0]], [[1.0, 1.0]]])).redundant.tolist()
    [True]
    """
    size = np.sqrt(np.vecdot(columns, columns))
    with np.errstate(divide="ignore", invalid="ignore"):
        q, r = orthonormalised(columns / size[:, :, None])
    left = np.einsum("njj->nj", r)
    redundant = ~(left >= REDUNDANT).all(axis=1)
    return Bases(q=q, r=r * size.T[:, None, :], redundant=redundant)


def orthonormalised(columns: Table) -> tuple[Table, Table]:
    """U of shape (p, n, k) and upper triangular T (n, p, p) with columns = U T.

    By Gram and Schmidt, twice: orthogonal to rounding whatever the columns.

    References
    ----------
    Giraud, Langou, Rozložník & van den Eshof (2005), Numer Math 101:87–100.
    https://doi.org/10.1007/s00211-005-0615-4

    Examples
    --------
    >>> u, t = orthonormalised(np.array([[[3.0, 4.0]], [[3.0, 9.0]]]))
    >>> u[:, 0].round(4).tolist(), t[0].round(4).tolist()
    ([[0.6, 0.8], [-0.8, 0.6]], [[5.0, 9.0], [0.0, 3.0]])
    """
    p = len(columns)
    u, t = np.empty_like(columns), np.zeros((columns.shape[1], p, p))
    for j in range(p):
        left = columns[j]
        for i in (*range(j), *range(j)):
            share = np.vecdot(u[i], left)
            left = left - share[:, None] * u[i]
            t[:, i, j] += share
        t[:, j, j] = np.sqrt(np.vecdot(left, left))
        u[j] = left / t[:, j, j, None]
    return u, t


class OwnBases:
    """Regressions with a basis each: `evidence.kernels.many_tau2.Regressions`."""

    def __init__(self, yi: Matrix, vi: Matrix, basis: Bases) -> None:
        self.yi, self.vi, self.basis = yi, vi, basis
        n, k = vi.shape
        self.keep = np.ones((n, k))
        self.count = np.full(n, float(k))
        self.df = self.count - len(basis.q)

    def only(self, rows: NDArray[np.intp]) -> OwnBases:
        """Some of the regressions."""
        return OwnBases(self.yi[rows], self.vi[rows], self.basis.only(rows))

    def weights(self, tau2: Vector) -> Matrix:
        """1/(v + τ²)."""
        return np.asarray(1 / (self.vi + tau2[:, None]), dtype=np.float64)

    def sums(self, weights: Matrix) -> Sums:
        """What the estimators of τ² need."""
        root = np.sqrt(weights)
        u, _ = orthonormalised(root * self.basis.q)
        left = self._residual(root, u)
        made = root * left
        return Sums(
            squares=np.vecdot(left, left),
            steepness=np.vecdot(made, made),
            trace=np.vecdot(weights, 1 - (u * u).sum(axis=0)),
        )

    def trace_with(self, weights: Matrix, si: Matrix) -> Vector:
        """Trace of P S with S = diag(s)."""
        u, _ = orthonormalised(np.sqrt(weights) * self.basis.q)
        return np.asarray(np.vecdot(weights * si, 1 - (u * u).sum(axis=0)), dtype=np.float64)

    def log_likelihood(self, kind: Likelihood, tau2: Vector) -> Vector:
        """Up to a constant that does not depend on τ²."""
        weights = self.weights(tau2)
        root = np.sqrt(weights)
        u, t = orthonormalised(root * self.basis.q)
        left = self._residual(root, u)
        value = 0.5 * np.log(weights).sum(axis=1) - 0.5 * np.vecdot(left, left)
        if kind == "REML":
            value = value - np.log(np.einsum("njj->nj", t)).sum(axis=1)
        return np.asarray(value, dtype=np.float64)

    def coefficients(self, weights: Matrix, si: Matrix | None = None) -> tuple[Matrix, Table]:
        """Coefficients (n, p) and their covariance (n, p, p).

        Without `si`, the total variances, weights are their inverses.
        """
        root = np.sqrt(weights)
        u, t = orthonormalised(root * self.basis.q)
        along = np.vecdot(u, root * self.yi).T
        inverse: Table = np.linalg.solve(self.basis.r, np.linalg.solve(t, np.eye(len(u))))
        gamma = np.linalg.solve(t, along[:, :, None])
        beta = np.asarray(np.linalg.solve(self.basis.r, gamma)[:, :, 0], dtype=np.float64)
        if si is not None:
            inverse = inverse @ (u * np.sqrt(weights * si)).transpose(1, 0, 2)
        vcov: Table = inverse @ inverse.transpose(0, 2, 1)
        return beta, vcov

    def _residual(self, root: Matrix, u: Table) -> Matrix:
        """What is left of the effects on the weighted scale; nothing where it is rounding."""
        scaled = root * self.yi
        left = scaled
        for column in (*u, *u):
            left = left - np.vecdot(column, left)[:, None] * column
        small = np.vecdot(left, left) < ROUNDING**2 * np.vecdot(scaled, scaled)
        if small.any():
            left = np.where(small[:, None], 0.0, left)
        return left
