"""The same regression fitted to very many arrangements of the effects at once.

An arrangement is a row of effects and a row of variances against the rows of one design matrix: a
permutation, a set of flipped signs, or a subset (weights of zero). Everything is a few sums over k
per row, so that a million arrangements cost seconds. `evidence.kernels.regression_fit` fits one;
a test holds this to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.tau2 import Tau2Method

CHUNK = 4_000_000  # elements of the (arrangements, k) tables made at a time
GRID_PER_DECADE = 8
HALVINGS = 52


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
    many = _Many(yi, vi, q, keep)
    some = many.df > 0
    tau2 = np.zeros(len(yi))
    if method not in ("EE",) and some.any():
        part = _Many(yi[some], vi[some], q, None if keep is None else keep[some])
        tau2[some] = _estimate(method, part)
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


class _Many:
    """Sums over arrangements that share a basis."""

    def __init__(self, yi: Matrix, vi: Matrix, q: Matrix, keep: Matrix | None) -> None:
        self.yi, self.vi, self.q = yi, vi, q
        self.keep = np.ones_like(yi) if keep is None else keep
        self.products = (q[:, :, None] * q[:, None, :]).reshape(len(q), -1)
        self.count = self.keep.sum(axis=1)
        self.df = self.count - q.shape[1]

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

    def squares(self, weights: Matrix) -> Vector:
        residual = self.solve(weights)[2]
        return np.asarray((weights * residual * residual).sum(axis=1), dtype=np.float64)

    def trace_with(self, weights: Matrix, si: Matrix) -> Vector:
        """Trace of P S."""
        inverse = np.linalg.inv(self.cross(weights))
        lost = np.einsum("npq,nqp->n", inverse, self.cross(weights * weights * si))
        return np.asarray((weights * si).sum(axis=1) - lost, dtype=np.float64)


def _estimate(method: Tau2Method, many: _Many) -> Vector:
    nothing = np.zeros(len(many.yi))
    ones = np.ones_like(many.yi)
    if method in ("ML", "REML"):
        return _likelihood(method, many)
    if method in ("PM", "EB", "DLIT", "SJIT"):
        return _root_of_q(many, many.df)
    if method == "PMM":
        return _root_of_q(many, np.asarray(chdtri(many.df, 0.5)))
    by_v = many.weights(nothing)
    total, excess = by_v.sum(axis=1), many.squares(by_v)
    found: Vector
    if method == "DL":
        found = (excess - many.df) / many.trace_with(by_v, ones)
        return np.maximum(0.0, found)
    if method in ("HS", "HSk"):
        enlarged = many.count / many.df if method == "HSk" else 1.0
        found = (excess * enlarged - many.count) / total
        return np.maximum(0.0, found)
    if method == "HE":
        even = many.keep
        found = (many.squares(even) - many.trace_with(even, many.vi)) / many.df
        return np.maximum(0.0, found)
    if method == "SJ":
        mean = (many.keep * many.yi).sum(axis=1) / many.count
        crude = (many.keep * np.square(many.yi - mean[:, None])).sum(axis=1) / many.count
        found = crude * many.squares(many.weights(crude)) / many.df
        return found
    raise ConvergenceError(f"tau2={method!r} is not fitted many times at once; use 'DL' or 'REML'.")


def _root_of_q(many: _Many, target: Vector) -> Vector:
    """Where Q falls to its target. Q is convex in τ², so Newton from 0 never goes beyond."""
    tau2 = np.zeros(len(many.yi))
    open_ = np.ones(len(tau2), bool)
    for _ in range(500):
        weights = many.weights(tau2)
        residual = many.solve(weights)[2]
        scaled = weights * residual
        over = (scaled * residual).sum(axis=1) - target
        slope = (scaled * scaled).sum(axis=1)
        step = np.where(open_ & (over > 0), over / np.where(slope > 0, slope, 1.0), 0.0)
        tau2 = tau2 + step
        open_ = step > 1e-14 * tau2
        if not open_.any():
            return tau2
    raise ConvergenceError("Q did not fall to its target in 500 steps; use tau2='DL'.")


def _likelihood(kind: Likelihood, many: _Many) -> Vector:
    """The highest maximum in each arrangement, from a grid that all share."""
    even = many.keep
    crude = many.squares(even) / many.df
    widest = np.where(even > 0, many.vi, 0.0).max()
    s2 = float(crude.max())
    if s2 == 0:
        return np.zeros(len(crude))
    high = 1.01 * (s2 + np.sqrt(s2 * s2 + 4 * s2 * widest)) / 2
    low = min(float(many.vi.min()) / 10, high / 10)
    count = max(8, int(np.ceil(GRID_PER_DECADE * np.log10(high / low))))
    grid = np.concatenate([[0.0], np.geomspace(low, high, count + 1)])
    n = len(crude)
    before = _score(kind, many, np.zeros(n))
    best = np.zeros(n)
    value = np.where(before <= 0, _log_likelihood(kind, many, best), -np.inf)
    for left, right in pairwise(grid.tolist()):
        after = _score(kind, many, np.full(n, right))
        turn = np.flatnonzero((before > 0) & (after <= 0))
        if len(turn):
            part = _Many(many.yi[turn], many.vi[turn], many.q, many.keep[turn])
            peak = _bisect(lambda t, part=part: _score(kind, part, t), left, right, len(turn))  # type: ignore[misc]
            reached = _log_likelihood(kind, part, peak)
            better = reached > value[turn]
            best[turn[better]], value[turn[better]] = peak[better], reached[better]
        before = after
    return best


def _bisect(function: Callable[[Vector], Vector], left: float, right: float, n: int) -> Vector:
    low, high = np.full(n, left), np.full(n, right)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        up = function(middle) > 0
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)


def _score(kind: Likelihood, many: _Many, tau2: Vector) -> Vector:
    weights = many.weights(tau2)
    _, inverse, residual = many.solve(weights)
    made = weights * residual
    fall = weights.sum(axis=1)
    if kind == "REML":
        fall = fall - np.einsum("npq,nqp->n", inverse, many.cross(weights * weights))
    return np.asarray((made * made).sum(axis=1) - fall, dtype=np.float64)


def _log_likelihood(kind: Likelihood, many: _Many, tau2: Vector) -> Vector:
    """Up to a constant that does not depend on τ²."""
    weights = many.weights(tau2)
    _, inverse, residual = many.solve(weights)
    logs = np.log(np.where(many.keep > 0, weights, 1.0)).sum(axis=1)
    value = 0.5 * (logs - (weights * residual * residual).sum(axis=1))
    if kind == "REML":
        value = value + 0.5 * np.linalg.slogdet(inverse).logabsdet
    return np.asarray(value, dtype=np.float64)
