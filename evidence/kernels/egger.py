"""A straight line through effects: weighted least squares, and the mixed-effects line.

The predictor is centred at its weighted mean, so that every quantity is a sum over studies: no
matrix is made, and constant effects give a slope of exactly zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import brentq

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError, SynthesisError
from evidence.kernels.likelihood import search_grid

LineTau2: TypeAlias = Literal["EE", "DL", "HE", "PM", "ML", "REML"]

SAME = 1e-11  # spread of a predictor, relative to its size, that is rounding and nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """intercept + slope · x with weights w; the standard errors hold for variances 1/w.

    `squares` is the weighted sum of squared residuals; multiply the standard errors by
    √(squares / df) where the variances are known up to a factor only.
    """

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    covariance: float
    squares: float
    df: int


def weighted_line(yi: Vector, xi: Vector, wi: Vector) -> Line:
    """Weighted least squares of `yi` on `xi`, all of shape (k,), k at least 2.

    Raises
    ------
    SynthesisError
        When the predictor is the same in all studies.

    Examples
    --------
    >>> line = weighted_line(np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 2.0]), np.ones(3))
    >>> line.intercept, line.slope, line.squares
    (0.8333, 1.5, 0.1667)
    """
    total = float(wi.sum())
    centre = float(xi[0] + wi @ (xi - xi[0]) / total)
    xc = xi - centre
    sxx = float(wi @ (xc * xc))
    if not sxx > total * (SAME * float(np.abs(xi).max())) ** 2:
        raise SynthesisError(
            f"the predictor is {xi[0]:g} in all studies: no line can be told from it. Choose a "
            "predictor that differs between the studies."
        )
    yc = yi - yi[0]
    slope = float((wi * xc) @ yc) / sxx
    mean = float(wi @ yc) / total
    residuals = yc - mean - slope * xc
    return Line(
        intercept=float(yi[0]) + mean - slope * centre,
        intercept_se=math.sqrt(1 / total + centre * centre / sxx),
        slope=slope,
        slope_se=sxx**-0.5,
        covariance=-centre / sxx,
        squares=float(wi @ (residuals * residuals)),
        df=len(yi) - 2,
    )


def leverage_trace(xi: Vector, wi: Vector, ai: Vector) -> float:
    """Σ h_i a_i, h the leverages of the line with weights w: tr((XᵀWX)⁻¹ XᵀWAX).

    >>> leverage_trace(np.array([0.0, 1.0, 5.0]), np.ones(3), np.ones(3))
    2.0
    """
    total = wi.sum()
    xc = xi - wi @ xi / total
    leverage = wi / total + wi * xc * xc / (wi @ (xc * xc))
    return float(leverage @ ai)


def dersimonian_laird(yi: Vector, vi: Vector, xi: Vector) -> float:
    """Residual τ² from the excess of the residual Q over its degrees of freedom.

    >>> yi, vi = np.array([0.1, 0.9, 0.2, 1.5]), np.full(4, 0.04)
    >>> dersimonian_laird(yi, vi, np.arange(4.0))
    0.2975
    """
    wi = 1 / vi
    divisor = float(wi.sum()) - leverage_trace(xi, wi, wi)
    return max(0.0, (weighted_line(yi, xi, wi).squares - (len(yi) - 2)) / divisor)


def hedges(yi: Vector, vi: Vector, xi: Vector) -> float:
    """Residual τ² from the unweighted line.

    >>> yi, vi = np.array([0.1, 0.9, 0.2, 1.5]), np.full(4, 0.04)
    >>> hedges(yi, vi, np.arange(4.0))
    0.2975
    """
    ones = np.ones(len(yi))
    sampling = float(vi.sum()) - leverage_trace(xi, ones, vi)
    return max(0.0, (weighted_line(yi, xi, ones).squares - sampling) / (len(yi) - 2))


def paule_mandel(yi: Vector, vi: Vector, xi: Vector) -> float:
    """Residual τ² at which the residual Q equals its degrees of freedom.

    >>> yi, vi = np.array([0.1, 0.9, 0.2, 1.5]), np.full(4, 0.04)
    >>> paule_mandel(yi, vi, np.arange(4.0))
    0.2975
    """
    df = len(yi) - 2

    def excess(tau2: float) -> float:
        return weighted_line(yi, xi, 1 / (vi + tau2)).squares - df

    if excess(0.0) <= 0:
        return 0.0
    high = weighted_line(yi, xi, np.ones(len(yi))).squares / df  # Q(τ²) ≤ squares / τ²
    return float(brentq(excess, 0.0, high * (1 + 1e-9), xtol=high * 1e-17, maxiter=500))


def _likelihood(kind: Literal["ML", "REML"]) -> Callable[[Vector, Vector, Vector], float]:
    """The τ² ≥ 0 with the highest likelihood: every peak on a fine grid, refined, compared."""

    def estimate(yi: Vector, vi: Vector, xi: Vector) -> float:
        spread = float(np.ptp(yi))
        if spread == 0:
            return 0.0
        grid = search_grid(vi, spread)
        slopes = _score(kind, yi, vi, xi, grid)
        if not np.isfinite(slopes).all():
            raise ConvergenceError(
                f"the {kind} likelihood cannot be evaluated; rescale the effects or the "
                "predictor, or use tau2='DL'."
            )
        peaks = [0.0] if slopes[0] <= 0 else []
        for turn in np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0)):
            root = brentq(
                lambda tau2: float(_score(kind, yi, vi, xi, np.array([tau2]))[0]),
                grid[turn],
                grid[turn + 1],
                xtol=float(grid[turn + 1]) * 1e-16,
                maxiter=500,
            )
            peaks.append(float(root))
        return max(peaks, key=lambda tau2: _log_likelihood(kind, yi, vi, xi, tau2))

    return estimate


def _score(kind: str, yi: Vector, vi: Vector, xi: Vector, tau2: Vector) -> Vector:
    """Twice the derivative of the log-likelihood by τ², at each of several τ²."""
    wi: Matrix = 1 / (vi + tau2[:, None])
    total = wi.sum(axis=1)[:, None]
    xc = xi - (wi * xi).sum(axis=1)[:, None] / total
    sxx = (wi * xc * xc).sum(axis=1)[:, None]
    yc = yi - yi[0]
    slope = (wi * xc * yc).sum(axis=1)[:, None] / sxx
    rest = yc - (wi * yc).sum(axis=1)[:, None] / total - slope * xc
    value: Vector = (wi * wi * rest * rest).sum(axis=1) - wi.sum(axis=1)
    if kind == "REML":
        value = value + (wi * wi * (1 / total + xc * xc / sxx)).sum(axis=1)
    return value


def _log_likelihood(kind: str, yi: Vector, vi: Vector, xi: Vector, tau2: float) -> float:
    wi = 1 / (vi + tau2)
    line = weighted_line(yi, xi, wi)
    value = 0.5 * float(np.log(wi).sum()) - 0.5 * line.squares
    if kind == "ML":
        return value
    return value - 0.5 * math.log(float(wi.sum())) + math.log(line.slope_se)


LINE_TAU2: dict[LineTau2, Callable[[Vector, Vector, Vector], float]] = {
    "EE": lambda _yi, _vi, _xi: 0.0,
    "DL": dersimonian_laird,
    "HE": hedges,
    "PM": paule_mandel,
    "ML": _likelihood("ML"),
    "REML": _likelihood("REML"),
}
"""Residual between-study variance about a line: effects, variances and predictor to τ²."""
