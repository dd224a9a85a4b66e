"""Distributions fitted to a few quantiles by least squares (quantile estimation).

Normal quantiles are linear in both parameters. Lognormal, gamma and Weibull quantiles are a scale
times a function of one shape: for each shape the best scale is a projection, so the fit is a
search over one number, looked at over its whole range before it is refined.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import least_squares, minimize_scalar
from scipy.special import betaincinv, gammaincinv, gammaln, ndtri

from evidence._typing import Vector

Family: TypeAlias = Literal["normal", "log-normal", "gamma", "weibull", "beta"]

GRID = 241


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileFit:
    """A fitted distribution: its mean and SD, and the sum of squared distances."""

    family: Family
    mean: float
    sd: float
    squares: float
    parameters: tuple[float, float]


def fit_quantiles(p: Vector, q: Vector) -> tuple[QuantileFit, ...]:
    """Fits of all families that can have these quantiles, best first.

    Parameters
    ----------
    p, q : arrays of shape (m,), m at least 3
        Probabilities and the quantiles printed for them, both rising. With a negative quantile
        only the normal distribution is fitted; the beta distribution only when all lie between 0
        and 1.

    References
    ----------
    McGrath, Zhao, Steele, Thombs & Benedetti (2020), Stat Methods Med Res 29:2520–2537.
    https://doi.org/10.1177/0962280219889080

    Examples
    --------
    >>> best = fit_quantiles(np.array([0.25, 0.5, 0.75]), np.array([2.0, 4.0, 11.0]))[0]
    >>> best.family, best.mean, best.sd
    ('log-normal', 11.33, 27.89)
    """
    found = [_normal(p, q)]
    if (q >= 0).all() and q[-1] > 0:
        found += [_scaled(family, p, q) for family in SHAPES]
    if ((q > 0) & (q < 1)).all():
        found.append(_beta(p, q))
    return tuple(sorted(found, key=lambda fit: fit.squares))


def _normal(p: Vector, q: Vector) -> QuantileFit:
    z = ndtri(p)
    slope = float((z - z.mean()) @ q / ((z - z.mean()) @ z))
    mean = float(q.mean() - slope * z.mean())
    squares = float(np.square(mean + slope * z - q).sum())
    return QuantileFit(
        family="normal", mean=mean, sd=slope, squares=squares, parameters=(mean, slope)
    )


def _lognormal_moments(sigma: float, scale: float) -> tuple[float, float]:
    mean = scale * math.exp(sigma * sigma / 2)
    return mean, mean * math.sqrt(math.expm1(sigma * sigma))


def _gamma_moments(shape: float, scale: float) -> tuple[float, float]:
    return shape * scale, math.sqrt(shape) * scale


def _weibull_moments(shape: float, scale: float) -> tuple[float, float]:
    first, second = float(gammaln(1 + 1 / shape)), float(gammaln(1 + 2 / shape))
    mean = scale * math.exp(first)
    return mean, mean * math.sqrt(math.expm1(second - 2 * first))


Quantiles: TypeAlias = Callable[[float, Vector], Vector]
Moments: TypeAlias = Callable[[float, float], tuple[float, float]]

SHAPES: dict[Family, tuple[tuple[float, float], Quantiles, Moments]] = {
    "log-normal": ((1e-5, 10.0), lambda s, p: np.exp(s * ndtri(p)), _lognormal_moments),
    "gamma": ((1e-2, 1e8), lambda k, p: np.asarray(gammaincinv(k, p)), _gamma_moments),
    "weibull": ((2e-2, 1e5), lambda k, p: (-np.log1p(-p)) ** (1 / k), _weibull_moments),
}
"""Range of the shape, quantiles with scale 1, and moments from shape and scale."""


def _scaled(family: Family, p: Vector, q: Vector) -> QuantileFit:
    (low, high), quantiles, moments = SHAPES[family]

    def scale_at(log_shape: float) -> tuple[float, float]:
        """Best scale for a shape, and the sum of squares that is left."""
        g = quantiles(math.exp(log_shape), p)
        largest = float(g.max())
        if not (largest > 0 and math.isfinite(largest)):
            return math.nan, math.inf
        g = g / largest
        scale = float(g @ q / (g @ g))
        return scale / largest, float(np.square(scale * g - q).sum())

    grid = np.linspace(math.log(low), math.log(high), GRID)
    squares = np.array([scale_at(x)[1] for x in grid])
    best = int(squares.argmin())
    around = (grid[max(0, best - 1)], grid[min(GRID - 1, best + 1)])
    refined = minimize_scalar(
        lambda x: scale_at(x)[1], bounds=around, method="bounded", options={"xatol": 1e-12}
    )
    at = float(refined.x) if refined.fun <= squares[best] else float(grid[best])
    shape, (scale, left) = math.exp(at), scale_at(at)
    mean, sd = moments(shape, scale)
    return QuantileFit(family=family, mean=mean, sd=sd, squares=left, parameters=(shape, scale))


def _beta(p: Vector, q: Vector) -> QuantileFit:
    middle, spread = float(q[len(q) // 2]), float(q[-1] - q[0]) / float(ndtri(p[-1]) - ndtri(p[0]))
    total = max(0.1, middle * (1 - middle) / spread**2 - 1) if spread > 0 else 1e4

    def distances(log_ab: Vector) -> Vector:
        return np.asarray(betaincinv(math.exp(log_ab[0]), math.exp(log_ab[1]), p) - q)

    fits = [
        least_squares(
            distances,
            np.log([middle * total * factor, (1 - middle) * total * factor]),
            bounds=(math.log(1e-3), math.log(1e6)),
            xtol=1e-13,
            ftol=1e-13,
            gtol=1e-13,
        )
        for factor in (1.0, 0.2, 5.0)
    ]
    best = min(fits, key=lambda fit: float(fit.cost))
    a, b = (float(x) for x in np.exp(best.x))
    mean = a / (a + b)
    return QuantileFit(
        family="beta",
        mean=mean,
        sd=math.sqrt(mean * (1 - mean) / (a + b + 1)),
        squares=2 * float(best.cost),
        parameters=(a, b),
    )
