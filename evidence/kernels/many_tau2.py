"""τ² of very many regressions at once: the estimators of `evidence.kernels.regression_tau2`.

What they need of the regressions is a few sums over the effects of each; see `Regressions`. A test
holds every estimator to the plain one.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.many_roots import many_roots
from evidence.kernels.tau2 import Tau2Method

GRID_PER_DECADE = 8


class Sums(NamedTuple):
    """Of one set of weights in each regression, P being its residual maker; each of shape (n,)."""

    squares: Vector  # yᵀPy
    steepness: Vector  # yᵀPPy, by which the squares fall as τ² grows
    trace: Vector  # tr P


class Regressions(Protocol):
    """n regressions on k effects each. `keep` is 1 for the effects that take part, 0 for others."""

    yi: Matrix  # (n, k)
    vi: Matrix  # (n, k)
    keep: Matrix  # (n, k)
    count: Vector  # (n,): effects that take part
    df: Vector  # (n,): effects less coefficients

    def only(self, rows: NDArray[np.intp]) -> Self:
        """Some of the regressions."""

    def weights(self, tau2: Vector) -> Matrix:
        """1/(v + τ²), zero for effects that do not take part."""

    def sums(self, weights: Matrix) -> Sums:
        """What the estimators need."""

    def trace_with(self, weights: Matrix, si: Matrix) -> Vector:
        """Trace of P S with S = diag(s)."""

    def log_likelihood(self, kind: Likelihood, tau2: Vector) -> Vector:
        """Up to a constant that does not depend on τ²."""


def estimate_many(method: Tau2Method, many: Regressions, ai: Matrix | None = None) -> Vector:
    """τ² of every regression, shape (n,).

    Parameters
    ----------
    method : str
        An estimator; not GENQM, which no sum over effects gives.
    many : Regressions
        With effects to spare: all of `df` above zero.
    ai : array of shape (n, k), optional
        Weights of GENQ.

    Raises
    ------
    ConvergenceError
        When an estimator does not settle, or is not made for many regressions at once.

    Examples
    --------
    >>> from evidence.kernels.deletions import OwnBases, own_bases
    >>> yi = np.array([[0.1, 0.3, 0.8], [0.3, 0.3, 0.3]])
    >>> vi = np.array([[0.02, 0.03, 0.05], [0.02, 0.03, 0.05]])
    >>> many = OwnBases(yi, vi, own_bases(np.ones((1, 2, 3))))
    >>> estimate_many("DL", many).tolist()
    [0.0775, 0.0]
    """
    if method == "EE":
        return np.zeros(len(many.yi))
    if method in ("ML", "REML"):
        return _likelihood(method, many)
    if method in ("PM", "EB", "DLIT", "SJIT"):
        return _root_of_q(many, many.df)
    if method == "PMM":
        return _root_of_q(many, np.asarray(chdtri(many.df, 0.5)))
    if method in ("DL", "HS", "HSk"):
        by_v = many.weights(np.zeros(len(many.yi)))
        excess, _, trace = many.sums(by_v)
        if method == "DL":
            return np.maximum(0.0, (excess - many.df) / trace)
        enlarged = many.count / many.df if method == "HSk" else 1.0
        found: Vector = (excess * enlarged - many.count) / by_v.sum(axis=1)
        return np.maximum(0.0, found)
    if method == "HE" or (method == "GENQ" and ai is not None):
        weights = many.keep if ai is None or method == "HE" else ai
        squares, _, trace = many.sums(weights)
        return np.maximum(0.0, (squares - many.trace_with(weights, many.vi)) / trace)
    if method == "SJ":
        crude = _crude(many)
        return crude * many.sums(many.weights(crude)).squares / many.df
    raise ConvergenceError(f"tau2={method!r} is not fitted many times at once; use 'DL' or 'REML'.")


def _crude(many: Regressions) -> Vector:
    """Plain variance of the effects, without regard to moderators."""
    centred = many.yi - many.yi[:, :1]
    mean = (many.keep * centred).sum(axis=1) / many.count
    squares = (many.keep * np.square(centred - mean[:, None])).sum(axis=1)
    return np.asarray(squares / many.count, dtype=np.float64)


def _root_of_q(many: Regressions, target: Vector) -> Vector:
    """Where Q falls to its target. Q is convex in τ², so Newton from 0 never goes beyond."""
    tau2 = np.zeros(len(many.yi))
    open_ = np.ones(len(tau2), bool)
    for _ in range(500):
        squares, slope, _ = many.sums(many.weights(tau2))
        over = squares - target
        step = np.where(open_ & (over > 0), over / np.where(slope > 0, slope, 1.0), 0.0)
        tau2 = tau2 + step
        open_ = step > 1e-14 * tau2
        if not open_.any():
            return tau2
    raise ConvergenceError("Q did not fall to its target in 500 steps; use tau2='DL'.")


def _likelihood(kind: Likelihood, many: Regressions) -> Vector:
    """The highest maximum in each regression, from a grid that all share.

    The grid is that of `evidence.kernels.regression_likelihood.search_grid`, from the lowest to
    the highest τ² that any of the regressions needs.
    """
    n = len(many.yi)
    s2 = float((many.sums(many.keep).squares / many.df).max())
    best = np.zeros(n)
    if s2 == 0:
        return best
    widest = np.where(many.keep > 0, many.vi, 0.0).max()
    high = 1.01 * (s2 + np.sqrt(s2 * s2 + 4 * s2 * widest)) / 2
    low = min(float(many.vi.min()) / 10, high / 10)
    count = max(8, int(np.ceil(GRID_PER_DECADE * np.log10(high / low))))
    grid = np.concatenate([[0.0], np.geomspace(low, high, count + 1)])
    scores = _scores(kind, many, grid)
    if not np.isfinite(scores).all():
        raise ConvergenceError(
            f"the {kind} likelihood cannot be evaluated: variances range from "
            f"{many.vi.min():g} to {many.vi.max():g} and residuals have variance {s2:g}. Rescale "
            "the effects, look for a misplaced decimal point, or use tau2='PM' or 'DL'."
        )
    at, row = np.nonzero((scores[:-1] > 0) & (scores[1:] <= 0))
    if not len(row):
        return best
    turning = many.only(row)
    peaks = many_roots(
        lambda tau2: _score(kind, turning, tau2),
        grid[at],
        grid[at + 1],
        scores[at, row],
        scores[at + 1, row],
    )
    best[row] = peaks
    several = np.bincount(row, minlength=n) + (scores[0] <= 0) > 1
    if several.any():
        at_zero = np.where(scores[0] <= 0, many.log_likelihood(kind, np.zeros(n)), -np.inf)
        reached = turning.log_likelihood(kind, peaks)
        best[several] = 0.0
        rivals = np.flatnonzero(several[row] & (reached > at_zero[row]))
        for one in rivals[np.argsort(reached[rivals])]:  # the highest has the last word
            best[row[one]] = peaks[one]
    return best


def _scores(kind: Likelihood, many: Regressions, grid: Vector) -> Matrix:
    """The score at every τ² of the grid, shape (len(grid), n), or one of the same sign.

    Both halves of it, f − g, fall as τ² grows. Where f at the end of a stretch is above g at its
    start, or f at its start below g at its end, the sign is the same all along, and the points
    between get the score at the start. Other stretches are halved.
    """
    n, end = len(many.yi), len(grid) - 1
    scores = np.empty((len(grid), n))
    first, last = (_halves(kind, many, np.full(n, tau2)) for tau2 in (grid[0], grid[end]))
    scores[0], scores[end] = first.f - first.g, last.f - last.g
    stretches = [(0, end, first, last, np.arange(n), many)]
    while stretches:
        start, stop, left, right, rows, part = stretches.pop()
        scores[start + 1 : stop, rows] = scores[start, rows]
        open_ = np.flatnonzero(~((right.f > left.g) | (left.f < right.g)))
        if stop - start < 2 or not len(open_):
            continue
        if len(open_) < len(rows):
            left, right = left.only(open_), right.only(open_)
            rows, part = rows[open_], part.only(open_)
        middle = (start + stop) // 2
        here = _halves(kind, part, np.full(len(rows), grid[middle]))
        scores[middle, rows] = here.f - here.g
        stretches.append((start, middle, left, here, rows, part))
        stretches.append((middle, stop, here, right, rows, part))
    return scores


def _score(kind: Likelihood, many: Regressions, tau2: Vector) -> Vector:
    """Twice the derivative of the log-likelihood by τ²."""
    halves = _halves(kind, many, tau2)
    return halves.f - halves.g


class _Halves(NamedTuple):
    """The score is f − g: yᵀPPy less tr P, or less Σw in the full likelihood."""

    f: Vector
    g: Vector

    def only(self, rows: NDArray[np.intp]) -> _Halves:
        return _Halves(self.f[rows], self.g[rows])


def _halves(kind: Likelihood, many: Regressions, tau2: Vector) -> _Halves:
    weights = many.weights(tau2)
    _, steepness, trace = many.sums(weights)
    return _Halves(steepness, trace if kind == "REML" else weights.sum(axis=1))
