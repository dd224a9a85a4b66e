"""Mean and SD through a Box–Cox scale on which the printed quantiles look normal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import log_ndtr

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.five_number import FiveNumbers, luo_mean, wan_sd

LARGEST_POWER = 10.0
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerNormal:
    """A normal distribution on the Box–Cox scale, and its moments brought back."""

    power: float  # λ
    location: float  # on the Box–Cox scale
    scale: float
    mean: float
    sd: float


def box_cox(x: Vector, power: float) -> Vector:
    """(xᵖ − 1)/p, the logarithm for p = 0; the same digits however small p is.

    >>> float(box_cox(np.array([4.0]), 0.5)[0]), float(box_cox(np.array([math.e]), 0.0)[0])
    (2.0, 1.0)
    """
    logs = np.log(x)
    return np.asarray(logs if power == 0 else np.expm1(power * logs) / power, dtype=np.float64)


def box_cox_back(y: Vector, power: float) -> Vector:
    """Inverse of `box_cox`.

    >>> float(box_cox_back(np.array([2.0]), 0.5)[0])
    4.0
    """
    if power == 0:
        return np.asarray(np.exp(y), dtype=np.float64)
    inside = np.maximum(power * y, -1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.log1p(inside) / power), dtype=np.float64)


def moments_back(location: float, scale: float, power: float) -> tuple[float, float]:
    """Mean and SD after the way back, of a normal cut off symmetrically where that way ends.

    The lower end is −1/p, the upper one its mirror in the location; by Gauss–Legendre quadrature.

    Examples
    --------
    >>> moments_back(0.0, 0.5, 0.0)
    (1.1331, 0.6039)
    """
    reach = 12.0
    if power > 0:
        reach = min(reach, (location + 1 / power) / scale)
    if not reach > 0:
        raise ConvergenceError(
            f"on the Box–Cox scale with power {power:.3g} the location {location:.3g} lies beyond "
            "the end of the scale; use estimator='qe'."
        )
    z = reach * NODES
    density = WEIGHTS * np.exp(-z * z / 2)
    density /= density.sum()
    x = box_cox_back(location + scale * z, power)
    mean = float(density @ x)
    return mean, math.sqrt(float(density @ np.square(x - mean)))


def symmetric_power(x: FiveNumbers) -> float:
    """The power from 0 to 3 that makes the printed numbers symmetric about the median.

    With five numbers: nearly so, by least squares over both pairs. Powers below 0, for tails
    heavier than the lognormal's, count as 0, because their moments need not exist.

    Examples
    --------
    >>> symmetric_power(FiveNumbers(n=40, median=5, q1=3, q3=8))
    0.1699
    """
    pairs = [
        (low / x.median, high / x.median)
        for low, high in ((x.minimum, x.maximum), (x.q1, x.q3))
        if low is not None and high is not None
    ]

    def skew(power: float, pair: tuple[float, float]) -> float:
        low, high = box_cox(np.array(pair), power)
        return float(low + high)

    if len(pairs) == 1:
        low, high = skew(-2.0, pairs[0]), skew(3.0, pairs[0])
        if low * high > 0:  # nothing in the range does it: the nearer end
            return 0.0 if abs(low) < abs(high) else 3.0
        return max(0.0, float(brentq(skew, -2.0, 3.0, args=(pairs[0],), xtol=1e-13)))
    best = minimize_scalar(
        lambda power: sum((skew(power, pair) * x.median**power) ** 2 for pair in pairs),
        bounds=(-2.0, 3.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return max(0.0, float(best.x))


def box_cox_fit(x: FiveNumbers) -> PowerNormal:
    """Luo's mean and Wan's SD on the symmetric Box–Cox scale, brought back.

    References
    ----------
    McGrath, Zhao, Steele, Thombs & Benedetti (2020), Stat Methods Med Res 29:2520–2537.
    https://doi.org/10.1177/0962280219889080

    Examples
    --------
    >>> found = box_cox_fit(FiveNumbers(n=40, median=5, q1=3, q3=8))
    >>> found.mean, found.sd
    (6.229, 4.748)
    """
    power = symmetric_power(x)
    return _fitted(power, *_on_scale(x, power))


def _on_scale(x: FiveNumbers, power: float) -> tuple[float, float]:
    y = x.map(lambda value: float(box_cox(np.array([value]), power)[0]))
    return luo_mean(y), wan_sd(y)


def _fitted(power: float, location: float, scale: float) -> PowerNormal:
    mean, sd = moments_back(location, scale, power)
    return PowerNormal(power=power, location=location, scale=scale, mean=mean, sd=sd)


def order_fit(x: FiveNumbers) -> PowerNormal:
    """Power and normal distribution by the likelihood of the printed order statistics.

    The power, from 0 to 10, is found with Luo's mean and Wan's SD in place of the parameters, then
    these by maximum likelihood at that power. As in the software of McGrath and colleagues the
    likelihood is that of the transformed values, without the Jacobian of the transformation, so
    that the power depends on the unit.

    References
    ----------
    Cai, Zhou & Pan (2021), Stat Methods Med Res 30:2701–2719.
    https://doi.org/10.1177/09622802211047348

    Examples
    --------
    >>> found = order_fit(FiveNumbers(n=40, median=5, q1=3, q3=8))
    >>> found.mean, found.sd
    (6.13, 4.86)
    """
    values = (x.minimum, x.q1, x.median, x.q3, x.maximum)
    at_rank = (1, x.n // 4 + 1, x.n // 2 + 1, 3 * x.n // 4 + 1, x.n)
    given = [
        (rank, value) for rank, value in zip(at_rank, values, strict=True) if value is not None
    ]
    q = np.array([value for _, value in given])
    between = np.diff([0, *(rank for rank, _ in given), x.n + 1]) - 1

    def log_likelihood(location: float, log_scale: float, power: float) -> float:
        z = (box_cox(q, power) - location) / math.exp(log_scale)
        edges = np.concatenate([[-np.inf], z, [np.inf]])
        inside = between > 0
        gaps = _log_between(edges[:-1][inside], edges[1:][inside])
        return float(between[inside] @ gaps) - 0.5 * float(z @ z) - len(z) * log_scale

    def profile(power: float) -> float:
        location, scale = _on_scale(x, power)
        return -log_likelihood(location, math.log(scale), power)

    grid = np.linspace(0.0, LARGEST_POWER, 101)
    costs = [profile(float(power)) for power in grid]
    best = int(np.argmin(costs))
    refined = minimize_scalar(
        profile,
        bounds=(grid[max(0, best - 1)], grid[min(100, best + 1)]),
        method="bounded",
        options={"xatol": 1e-9},
    )
    power = float(refined.x) if refined.fun < costs[best] else float(grid[best])
    location, scale = _on_scale(x, power)

    def cost(at: Vector) -> float:
        return -log_likelihood(
            location + scale * float(at[0]), math.log(scale) + float(at[1]), power
        )

    found = minimize(
        cost,
        np.zeros(2),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 2000},
    )
    if not found.success:
        raise ConvergenceError("the likelihood of the order statistics did not settle; use 'qe'.")
    return _fitted(power, location + scale * float(found.x[0]), scale * math.exp(float(found.x[1])))


def _log_between(low: Vector, high: Vector) -> Vector:
    """ln(Φ(high) − Φ(low)), from the tail in which both keep their digits."""
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    return np.asarray(log_ndtr(b) + np.log1p(-np.exp(log_ndtr(a) - log_ndtr(b))), dtype=np.float64)
