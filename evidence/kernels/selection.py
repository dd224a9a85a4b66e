"""Likelihoods of selection models: effects seen with a chance that depends on their p value.

A study with true effect normal (μ, τ²) and sampling variance v is seen with a chance
proportional to w(p), p its one-sided p value. The density of what is seen is w(p) φ(y; μ, v + τ²)
divided by its integral A. Here A is made of normal tails, w being a step function; curves are in
`selection_curves`. Both come with first and second derivatives by (μ, τ², selection parameters).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from evidence._typing import Matrix, Vector

LOG_2PI = math.log(2 * math.pi)
Evaluated: TypeAlias = tuple[float, Vector, Matrix]


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
        b = (self.edges - mu) / np.sqrt(self.vi + tau2)[:, None]
        zero, one = np.zeros((len(b), 1)), np.ones((len(b), 1))
        right = np.diff(np.concatenate([zero, ndtr(-b), one], axis=1), axis=1)
        left = -np.diff(np.concatenate([one, ndtr(b), zero], axis=1), axis=1)
        # a step in the right tail keeps its digits as a difference of right tails
        chosen = np.where(np.concatenate([b > 0, zero > 0], axis=1), right, left)
        return np.asarray(chosen, dtype=np.float64)

    def __call__(self, point: Vector) -> Evaluated:
        """Value, gradient of shape (p,), second derivatives of shape (p, p)."""
        mu, tau2, weight = float(point[0]), float(point[1]), point[2:]
        used = self.counts > 0
        if (weight[used] <= 0).any():  # a study on a step that is never published
            return _impossible(len(point))
        each = self.counts / np.where(used, weight, 1.0)
        s2 = self.vi + tau2
        scale = 1 / np.sqrt(s2)
        b = (self.edges - mu) * scale[:, None]
        phi = np.exp(-0.5 * b * b) / math.sqrt(2 * math.pi)
        cell = self.probabilities(mu, tau2)
        # derivatives by μ of the chance to lie right of an edge; by τ² they are half of the next
        towers = [
            phi * scale[:, None],
            phi * b * (scale**2)[:, None],
            phi * (b * b - 1) * (scale**3)[:, None],
            phi * b * (b * b - 3) * (scale**4)[:, None],
        ]
        drop = weight[:-1] - weight[1:]
        by_step = [_between(tower) for tower in towers[:2]]
        return assemble(
            self.yi,
            mu,
            s2,
            normaliser=cell @ weight,
            moments=tuple(tower @ drop for tower in towers),  # type: ignore[arg-type]
            log_weight=float(self.counts[used] @ np.log(weight[used])),
            weight_gradient=each,
            weight_hessian=np.diag(-each / np.where(used, weight, 1.0)),
            by_delta=cell,
            by_delta_mu=by_step[0],
            by_delta_tau2=0.5 * by_step[1],
            by_delta_delta=None,
        )


def _between(tower: Matrix) -> Matrix:
    """From "right of an edge" to "on a step"."""
    zero = np.zeros((len(tower), 1))
    return np.asarray(np.concatenate([tower, zero], 1) - np.concatenate([zero, tower], 1))


def _impossible(size: int) -> Evaluated:
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
    """
    size = 2 + len(weight_gradient)
    if not (normaliser > 0).all() or not math.isfinite(log_weight):
        return _impossible(size)
    rest = yi - mu
    value = (
        log_weight
        - 0.5 * float((np.log(s2) + rest * rest / s2).sum())
        - 0.5 * len(yi) * LOG_2PI
        - float(np.log(normaliser).sum())
    )
    by = 1 / normaliser
    share = np.column_stack([moments[0], 0.5 * moments[1], by_delta]) * by[:, None]
    gradient = np.concatenate(
        [
            [float((rest / s2).sum()), 0.5 * float((rest * rest / s2**2 - 1 / s2).sum())],
            weight_gradient,
        ]
    ) - share.sum(axis=0)
    hessian = np.zeros((size, size))
    hessian[0, 0] = -float((1 / s2 + moments[1] * by).sum())
    hessian[0, 1] = -float((rest / s2**2 + 0.5 * moments[2] * by).sum())
    hessian[1, 1] = float((0.5 / s2**2 - rest * rest / s2**3 - 0.25 * moments[3] * by).sum())
    hessian[0, 2:] = -(by @ by_delta_mu)
    hessian[1, 2:] = -(by @ by_delta_tau2)
    hessian[2:, 2:] = weight_hessian
    if by_delta_delta is not None:
        hessian[2:, 2:] -= np.einsum("i,ijl->jl", by, by_delta_delta)
    upper = np.triu(hessian, 1)
    hessian = np.triu(hessian) + upper.T + share.T @ share
    return value, gradient, hessian
