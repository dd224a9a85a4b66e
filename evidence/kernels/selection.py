"""Likelihoods of selection models: effects seen with a chance that depends on their p value.

A study with true effect normal (μ, τ²) and sampling variance v is seen with a chance
proportional to w(p), p its one-sided p value. The density of what is seen is w(p) φ(y; μ, v + τ²)
divided by its integral A. Here A is made of normal tails, w being a step function; curves are in
`selection_curves`. Both come with first and second derivatives by (μ, τ², selection parameters).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from evidence._typing import Matrix, Vector

ROOT_2PI = math.sqrt(2 * math.pi)
LOG_2PI = math.log(2 * math.pi)
LEAST = 1e-140  # chances and weights below it count as 0: derivatives divide by their squares
LOG_REACH = 4.0  # longest step in the logarithm of a weight; its far ends are straight lines
PROFILE_ROUNDS = 4
RIDGE = 1e-3  # keeps a step short where all chances of a step of p vanish
Evaluated: TypeAlias = tuple[float, Vector, Matrix]

HERMITE: tuple[Callable[[Matrix], Matrix], ...] = (
    np.ones_like,
    lambda u: u,
    lambda u: u * u - 1,
    lambda u: u * (u * u - 3),
    lambda u: u * u * (u * u - 6) + 3,
)
"""Hermite polynomials: the derivatives of the normal density, divided by it, by its mean."""


def p_values(yi: Vector, vi: Vector) -> Vector:
    """One-sided p values of the hypothesis that an effect is not above zero.

    >>> p_values(np.array([0.0, 1.96]), np.ones(2))
    array([0.5  , 0.025])
    """
    return np.asarray(ndtr(-yi / np.sqrt(vi)), dtype=np.float64)


def step_of(yi: Vector, vi: Vector, steps: Sequence[float]) -> NDArray[np.intp]:
    """Number of the step (from 0) each study's p value lies on; a p on an edge belongs below.

    >>> step_of(np.array([0.0, 1.5, 3.0]), np.ones(3), (0.025, 0.5, 1.0))
    array([1, 1, 0])
    """
    return np.searchsorted(np.asarray(steps), p_values(yi, vi), side="left")


class StepLikelihood:
    """Log-likelihood of a step function of p, at (μ, τ², weight of each step).

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects, turned so that selection favours large ones, and sampling variances.
    steps : increasing p values, the last one 1
        Right edges of the steps.

    References
    ----------
    Vevea & Hedges (1995), Psychometrika 60:419–435. https://doi.org/10.1007/BF02294384

    Examples
    --------
    >>> at = StepLikelihood(np.array([0.5, 0.1]), np.array([0.04, 0.04]), (0.025, 1.0))
    >>> at(np.array([0.2, 0.1, 1.0, 0.5]))[0]
    -0.0665
    """

    def __init__(self, yi: Vector, vi: Vector, steps: Sequence[float]) -> None:
        self.yi, self.vi = yi, vi
        inner = np.asarray(steps[:-1], dtype=np.float64)
        self.edges: Matrix = np.sqrt(vi)[:, None] * -ndtri(inner)  # shape (k, steps − 1)
        self.step = step_of(yi, vi, steps)
        self.counts = np.bincount(self.step, minlength=len(steps)).astype(np.float64)

    def probabilities(self, mu: float, tau2: float) -> Matrix:
        """Chance of each step before selection, shape (k, steps)."""
        return _on_steps(self._standardised(np.array(mu), np.array(tau2)))

    def heights(self, points: Matrix) -> Vector:
        """Log-likelihood alone, at points of shape (n, p)."""
        return self._heights(points, _on_steps(self._standardised(points[:, :1], points[:, 1:2])))

    def _heights(self, points: Matrix, cell: Matrix) -> Vector:
        used, weight = self.counts > 0, points[:, 2:]
        normaliser = (cell @ weight[:, :, None])[..., 0]
        possible = (weight[:, used] >= LEAST).all(axis=1) & (normaliser >= LEAST).all(axis=1)
        value = log_density(
            self.yi - points[:, :1],
            self.vi + points[:, 1:2],
            np.maximum(normaliser, LEAST),
            np.log(np.maximum(weight[:, used], LEAST)) @ self.counts[used],
        )
        return np.asarray(np.where(possible, value, -math.inf))

    def profile(self, points: Matrix, bounds: tuple[float, float]) -> tuple[Vector, Matrix]:
        """Weights that nearly give the highest likelihood at each (μ, τ²), and its logarithm.

        Given (μ, τ²) it is concave in the logarithms of the weights: a few bounded Newton steps
        come close. The weight of a step without studies is the lowest there may be.

        Parameters
        ----------
        points : array of shape (n, 2)
            Values of μ and τ².
        bounds : (float, float)
            Of the weights.

        Returns
        -------
        heights of shape (n,), points of shape (n, p)

        Examples
        --------
        >>> at = StepLikelihood(np.array([0.5, 0.1]), np.array([0.04, 0.04]), (0.025, 1.0))
        >>> at.profile(np.array([[0.2, 0.1]]), (0.0, 100.0))[1]
        array([[0.2   , 0.1   , 1.    , 0.4366]])
        """
        free = 1 + np.flatnonzero(self.counts[1:])
        empty = 1 + np.flatnonzero(self.counts[1:] == 0)
        full = np.full((len(points), 2 + len(self.counts)), bounds[0])
        full[:, :2], full[:, 2] = points, 1.0
        cell = _on_steps(self._standardised(points[:, :1], points[:, 1:2]))
        held = np.maximum(cell[..., 0] + bounds[0] * cell[..., empty].sum(axis=-1), LEAST)
        full[:, 2 + free] = _best_weights(
            cell[..., free], held, self.counts[free], max(self.counts[0], 1.0), bounds
        )
        return self._heights(full, cell), full

    def __call__(self, point: Vector) -> Evaluated:
        """Value, gradient of shape (p,), second derivatives of shape (p, p)."""
        used, weight = self.counts > 0, point[2:]
        if (weight[used] < LEAST).any():  # a study on a step that is never published
            return impossible(len(point))
        each = self.counts / np.where(used, weight, 1.0)
        s2 = self.vi + point[1]
        b = self._standardised(point[0], point[1])
        cell = _on_steps(b)
        tails = tail_derivatives(b, np.exp(-0.5 * b * b) / ROOT_2PI, 1 / np.sqrt(s2)[:, None])
        drop = weight[:-1] - weight[1:]
        return assemble(
            self.yi,
            float(point[0]),
            s2,
            normaliser=cell @ weight,
            moments=(tails[0] @ drop, tails[1] @ drop, tails[2] @ drop, tails[3] @ drop),
            log_weight=float(self.counts[used] @ np.log(weight[used])),
            weight_gradient=each,
            weight_hessian=np.diag(-each / np.where(used, weight, 1.0)),
            by_delta=cell,
            by_delta_mu=_between(tails[0]),
            by_delta_tau2=0.5 * _between(tails[1]),
            by_delta_delta=None,
        )

    def _standardised(self, mu: Vector, tau2: Vector) -> Matrix:
        """Edges in standard deviations from μ, shape (..., k, steps − 1)."""
        return np.asarray(
            (self.edges - mu[..., None]) / np.sqrt(self.vi + tau2)[..., None], dtype=np.float64
        )


def _on_steps(b: Matrix) -> Matrix:
    """Chance of each step from its standardised edges; the last axis grows by one."""
    right, left = ndtr(-b), ndtr(b)
    cell = np.empty((*b.shape[:-1], b.shape[-1] + 1))
    cell[..., 0], cell[..., -1] = right[..., 0], left[..., -1]
    if b.shape[-1] > 1:  # a step in the right tail keeps its digits as a difference of right tails
        cell[..., 1:-1] = np.where(
            b[..., 1:] > 0, right[..., 1:] - right[..., :-1], left[..., :-1] - left[..., 1:]
        )
    return cell


def _best_weights(
    cell: Matrix, held: Matrix, counts: Vector, first: float, bounds: tuple[float, float]
) -> Matrix:
    """Weights of steps at n points from their chances, shape (n, k, steps); `held` is the rest."""
    low, high = math.log(max(bounds[0], 10 * LEAST)), math.log(bounds[1])
    # the answer, were the chances of all studies in one proportion
    ratio = np.log(np.maximum(cell, LEAST)) - np.log(held)[..., None]
    logs = np.clip(np.log(counts / first) - ratio.mean(axis=1), low, high)
    one = np.eye(len(counts))
    for _ in range(PROFILE_ROUNDS):
        share = cell * np.exp(logs)[:, None]
        share /= (held + share.sum(axis=-1))[..., None]
        total = share.sum(axis=1)
        bend = (total[:, None] + RIDGE) * one - share.swapaxes(1, 2) @ share
        step = np.linalg.solve(bend, (counts - total)[..., None])[..., 0]
        logs = np.clip(logs + np.clip(step, -LOG_REACH, LOG_REACH), low, high)
    return np.asarray(np.exp(logs))


def _between(tail: Matrix) -> Matrix:
    """From "right of an edge" to "on a step"."""
    cell = np.zeros((len(tail), tail.shape[1] + 1))
    cell[:, :-1] = tail
    cell[:, 1:] -= tail
    return cell


def tail_derivatives(b: Matrix, density: Matrix, scale: Matrix) -> list[Matrix]:
    """First four derivatives by μ of the chance to lie right of an edge.

    Parameters
    ----------
    b, density : arrays of one shape
        Edges in standard deviations from μ, and the standard normal density there.
    scale : array that broadcasts to them
        1 / standard deviation.

    Examples
    --------
    >>> one = np.ones(1)
    >>> [float(d[0]) for d in tail_derivatives(2 * one, one, 0.5 * one)]
    [0.5, 0.5, 0.375, 0.125]
    """
    base = density * scale
    found = [base]
    for order in (1, 2, 3):
        base = base * scale
        found.append(base * HERMITE[order](b))
    return found


def log_density(rest: Vector, s2: Vector, normaliser: Vector, log_weight: Vector) -> Vector:
    """Log-likelihood from residuals, total variances and A (studies on the last axis).

    >>> float(log_density(np.zeros(1), np.ones(1), np.ones(1), np.array(0.0)))
    -0.9189
    """
    spread = np.log(s2) + rest * rest / s2
    value: Vector = (
        log_weight
        - 0.5 * spread.sum(axis=-1)
        - 0.5 * rest.shape[-1] * LOG_2PI
        - np.log(normaliser).sum(axis=-1)
    )
    return value


def impossible(size: int) -> Evaluated:
    """What is said of a point of `size` parameters that has no likelihood.

    >>> value, gradient, hessian = impossible(2)
    >>> value, gradient.tolist()
    (-inf, [0.0, 0.0])
    """
    return -math.inf, np.zeros(size), -np.eye(size)


def assemble(
    yi: Vector,
    mu: float,
    s2: Vector,
    *,
    normaliser: Vector,
    moments: tuple[Vector, Vector, Vector, Vector],
    log_weight: float,
    weight_gradient: Vector,
    weight_hessian: Matrix,
    by_delta: Matrix,
    by_delta_mu: Matrix,
    by_delta_tau2: Matrix,
    by_delta_delta: Matrix | None,
) -> Evaluated:
    """Log-likelihood and derivatives from A and its derivatives.

    `moments` are the first four derivatives of A by μ; the density obeys the heat equation, so a
    derivative by τ² is half a second derivative by μ.

    >>> one, none = np.ones(1), np.zeros((1, 0))
    >>> value, gradient, _ = assemble(
    ...     0.5 * one, 0.0, one, normaliser=one, moments=(0 * one,) * 4, log_weight=0.0,
    ...     weight_gradient=none[0], weight_hessian=none[:0], by_delta=none, by_delta_mu=none,
    ...     by_delta_tau2=none, by_delta_delta=None)
    >>> value, gradient.tolist()
    (-1.0439, [0.5, -0.375])
    """
    size = 2 + len(weight_gradient)
    if not (normaliser >= LEAST).all() or not math.isfinite(log_weight):
        return impossible(size)
    rest, by, precision = yi - mu, 1 / normaliser, 1 / s2
    value = log_density(rest, s2, normaliser, np.array(log_weight))
    pull = rest * precision
    share = np.empty((len(yi), size))
    share[:, 0], share[:, 1], share[:, 2:] = (
        moments[0] * by,
        0.5 * moments[1] * by,
        by_delta * (by[:, None]),
    )
    gradient = -share.sum(axis=0)
    gradient[0] += pull.sum()
    gradient[1] += 0.5 * (pull @ pull - precision.sum())
    gradient[2:] += weight_gradient
    hessian = np.empty((size, size))
    hessian[0, 0] = -precision.sum() - moments[1] @ by
    hessian[0, 1] = -(pull @ precision) - 0.5 * (moments[2] @ by)
    hessian[1, 1] = (
        0.5 * (precision @ precision) - pull * pull @ precision - (0.25 * (moments[3] @ by))
    )
    hessian[0, 2:] = -(by @ by_delta_mu)
    hessian[1, 2:] = -(by @ by_delta_tau2)
    hessian[2:, 2:] = weight_hessian
    if by_delta_delta is not None:
        hessian[2:, 2:] -= np.tensordot(by, by_delta_delta, 1)
    hessian[1, 0], hessian[2:, :2] = hessian[0, 1], hessian[:2, 2:].T
    return float(value), gradient, hessian + share.T @ share
