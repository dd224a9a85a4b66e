"""Likelihoods of selection models whose chance of being seen is a smooth curve of p.

The integral of curve times density is a Gauss–Legendre quadrature over z = y / √v, on nodes that
all studies share, with the two level ends in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from evidence._typing import Matrix, Vector
from evidence.kernels.selection import (
    HERMITE,
    ROOT_2PI,
    Evaluated,
    assemble,
    tail_derivatives,
)

Curve: TypeAlias = Literal["beta", "halfnorm", "negexp", "logistic", "power"]

EXTREME_P = 1e-5  # where 0 or 1 would be a pole (beta, power) the curve is level beyond this p


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveShape:
    """A curve of log w over z: value, gradient and second derivatives by its parameters.

    Beyond `low` and `high` the curve is level, to within rounding or by definition.
    """

    parameters: int
    neutral: tuple[float, ...]  # no selection
    strengths: tuple[tuple[float, ...], ...]  # to start from: none, some, strong, almost none
    lower: float
    upper: float
    low: float
    high: float
    log_weight: Callable[[Vector, Vector], Vector]
    gradient: Callable[[Vector, Vector], Matrix]  # shape (parameters, z)
    hessian: Callable[[Vector, Vector], Matrix] | None  # shape (parameters, parameters, z)

    @property
    def ends(self) -> Vector:
        """The z beyond which the curve is level."""
        return np.array([self.low, self.high])


class CurveLikelihood:
    """Log-likelihood of a curve of p, at (μ, τ², parameters of the curve).

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects, turned so that selection favours large ones, and sampling variances.
    curve : {"beta", "halfnorm", "negexp", "logistic", "power"}

    References
    ----------
    Preston, Ashby & Smyth (2004), J Eval Clin Pract 10:313–322.
    https://doi.org/10.1111/j.1365-2753.2003.00457.x
    Citkowicz & Vevea (2017), Psychol Methods 22:28–41 (beta). https://doi.org/10.1037/met0000119

    Examples
    --------
    >>> at = CurveLikelihood(np.array([0.5, 0.1]), np.array([0.04, 0.04]), "negexp")
    >>> at(np.array([0.2, 0.1, 0.0]))[0]
    -0.2289
    """

    def __init__(self, yi: Vector, vi: Vector, curve: Curve) -> None:
        self.yi, self.vi, self.sei = yi, vi, np.sqrt(vi)
        self.shape = CURVES[curve]
        self.z = np.clip(yi / self.sei, self.shape.low, self.shape.high)
        self.nodes, self.mass = _nodes(self.shape.low, self.shape.high)

    def __call__(self, point: Vector) -> Evaluated:
        """Value, gradient of shape (p,), second derivatives of shape (p, p)."""
        mu, tau2, delta = float(point[0]), float(point[1]), point[2:]
        shape, p, s2 = self.shape, self.shape.parameters, self.vi + tau2
        at_nodes, at_ends = _factors(shape, self.nodes, delta), _factors(shape, shape.ends, delta)
        top = float(max(at_nodes[0].max(), at_ends[0].max()))  # A is taken up to this factor
        inner = np.exp(at_nodes[0] - top) * at_nodes[1:]
        ends = np.exp(at_ends[0] - top) * at_ends[1:]
        orders = self._integrals(mu, s2, inner, ends, (1 + p + p * p, 1 + p, 1 + p, 1, 1))
        own = shape.hessian(self.z, delta).sum(axis=2) if shape.hessian else np.zeros((p, p))
        return assemble(
            self.yi,
            mu,
            s2,
            normaliser=orders[0][:, 0],
            moments=(orders[1][:, 0], orders[2][:, 0], orders[3][:, 0], orders[4][:, 0]),
            log_weight=float(shape.log_weight(self.z, delta).sum()) - top * len(self.yi),
            weight_gradient=shape.gradient(self.z, delta).sum(axis=1),
            weight_hessian=own,
            by_delta=orders[0][:, 1 : 1 + p],
            by_delta_mu=orders[1][:, 1:],
            by_delta_tau2=0.5 * orders[2][:, 1:],
            by_delta_delta=orders[0][:, 1 + p :].reshape(-1, p, p),
        )

    def _integrals(
        self, mu: float, s2: Vector, inner: Matrix, ends: Matrix, columns: Sequence[int]
    ) -> list[Matrix]:
        """Integrals of the first so many factors, and their derivatives by μ, order by order.

        A derivative of the normal density by μ is a Hermite polynomial times the density; that of
        the area beyond an end is the polynomial one lower at the end.
        """
        scale = 1 / np.sqrt(s2)[:, None]
        u = (self.sei[:, None] * self.nodes - mu) * scale
        density = np.exp(-0.5 * u * u) * self.mass * (self.sei[:, None] * scale / ROOT_2PI)
        edge = (self.sei[:, None] * self.shape.ends - mu) * scale
        tails = tail_derivatives(edge, np.exp(-0.5 * edge * edge) / ROOT_2PI, scale)
        found = [density @ inner[: columns[0]].T]
        found[0] += np.column_stack([ndtr(edge[:, 0]), ndtr(-edge[:, 1])]) @ ends[: columns[0]].T
        for order, count in enumerate(columns[1:], start=1):
            weighed = density * HERMITE[order](u)
            area = SIDES * tails[order - 1]
            found.append(weighed @ inner[:count].T * scale**order + area @ ends[:count].T)
        return found


SIDES = np.array([-1.0, 1.0])  # what lies left of the low end loses where the other gains


def _factors(shape: CurveShape, at: Vector, delta: Vector) -> Matrix:
    """Rows over z: log w, then 1, the derivatives of log w, and w″/w, each by δ."""
    slope = shape.gradient(at, delta)
    bent = slope[:, None] * slope[None]
    if shape.hessian is not None:
        bent = bent + shape.hessian(at, delta)
    return np.vstack(
        [shape.log_weight(at, delta), np.ones_like(at), slope, bent.reshape(-1, len(at))]
    )


@lru_cache(maxsize=8)
def _nodes(low: float, high: float) -> tuple[Vector, Vector]:
    """Gauss–Legendre nodes and weights on panels one standard error wide."""
    edges = [low, *(x for x in _EDGES if low < x < high), high]
    x, w = np.polynomial.legendre.leggauss(10)
    nodes = np.concatenate([(a + b) / 2 + (b - a) / 2 * x for a, b in pairwise(edges)])
    mass = np.concatenate([(b - a) / 2 * w for a, b in pairwise(edges)])
    return nodes, mass


_EDGES = tuple(float(x) for x in range(-8, 9))


def _one(values: Vector) -> Matrix:
    return np.asarray(values)[None]


def _logistic_gradient(z: Vector, delta: Vector) -> Matrix:
    p = ndtr(-z)
    return _one(-p / (1 + np.exp(-delta[0] * p)))


def _logistic_hessian(z: Vector, delta: Vector) -> Matrix:
    p = ndtr(-z)
    part = np.exp(-delta[0] * p)
    return _one(-(p**2) * part / (1 + part) ** 2)[None]


def _beta_logs(z: Vector) -> Matrix:
    return np.asarray(np.stack([log_ndtr(-z), log_ndtr(z)]))


_MILD_TO_STRONG = ((0.1,), (1.4,), (3.8,), (0.01,))
_LEVEL = 9.0  # p and 1 − p are 1 to rounding
_EXTREME_Z = float(-ndtri(EXTREME_P))

CURVES: dict[Curve, CurveShape] = {
    # w = p^(δ₁ − 1) (1 − p)^(δ₂ − 1)
    "beta": CurveShape(
        parameters=2,
        neutral=(1.0, 1.0),
        strengths=((1.0, 1.0), (0.8, 2.0), (0.45, 2.7), (1.2, 1.0)),
        lower=1e-5,
        upper=100.0,
        low=-_EXTREME_Z,
        high=_EXTREME_Z,
        log_weight=lambda z, d: (d - 1) @ _beta_logs(z),
        gradient=lambda z, d: _beta_logs(z),  # noqa: ARG005 - linear in d
        hessian=None,
    ),
    # w = exp(−δ p²)
    "halfnorm": CurveShape(
        parameters=1,
        neutral=(0.0,),
        strengths=_MILD_TO_STRONG,
        lower=0.0,
        upper=100.0,
        low=-_LEVEL,
        high=_LEVEL,
        log_weight=lambda z, d: -d[0] * ndtr(-z) ** 2,
        gradient=lambda z, d: _one(-(ndtr(-z) ** 2)),  # noqa: ARG005
        hessian=None,
    ),
    # w = exp(−δ p)
    "negexp": CurveShape(
        parameters=1,
        neutral=(0.0,),
        strengths=_MILD_TO_STRONG,
        lower=0.0,
        upper=100.0,
        low=-_LEVEL,
        high=_LEVEL,
        log_weight=lambda z, d: -d[0] * ndtr(-z),
        gradient=lambda z, d: _one(-ndtr(-z)),  # noqa: ARG005
        hessian=None,
    ),
    # w = 2 exp(−δ p) / (1 + exp(−δ p))
    "logistic": CurveShape(
        parameters=1,
        neutral=(0.0,),
        strengths=_MILD_TO_STRONG,
        lower=0.0,
        upper=100.0,
        low=-_LEVEL,
        high=_LEVEL,
        log_weight=lambda z, d: math.log(2) - np.logaddexp(0.0, d[0] * ndtr(-z)),
        gradient=_logistic_gradient,
        hessian=_logistic_hessian,
    ),
    # w = (1 − p)^δ
    "power": CurveShape(
        parameters=1,
        neutral=(0.0,),
        strengths=_MILD_TO_STRONG,
        lower=0.0,
        upper=100.0,
        low=-_EXTREME_Z,
        high=_EXTREME_Z,
        log_weight=lambda z, d: d[0] * log_ndtr(z),
        gradient=lambda z, d: _one(log_ndtr(z)),  # noqa: ARG005
        hessian=None,
    ),
}
"""The curves, by metafor's names for them."""
