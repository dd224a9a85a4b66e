"""Normal likelihoods of the random-effects model: maximised, profiled and summarised.

Both likelihoods are functions of τ² alone, the mean being profiled out. They can have more than
one local maximum; the search looks at the whole range on a grid fine enough to see every bend at
the scale of the sampling variances, refines each sign change of the score, and keeps the highest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.bracketed_root import EPSILON, newton_root
from evidence.kernels.wls import trace, weighted_squares

Likelihood = Literal["ML", "REML"]

GRID_PER_DECADE = 8
CHUNK = 2_000_000  # elements of the (grid, k) table made at a time


def log_likelihood(kind: Likelihood, yi: Vector, vi: Vector, tau2: float) -> float:
    """Log-likelihood at τ², the mean at its weighted estimate.

    Parameters
    ----------
    kind : {"ML", "REML"}
        Full or restricted likelihood; the restricted one with its constant ½ log|XᵀX|.
    yi, vi : arrays of shape (k,)
        Effects and their sampling variances.
    tau2 : float
        Between-study variance.

    References
    ----------
    Hardy & Thompson (1996), Stat Med 15:619–629; Harville (1977), JASA 72:320–338.

    Examples
    --------
    >>> log_likelihood("ML", np.array([-1.0, 2.0]), np.array([0.04, 0.09]), 2.184722)
    -3.6487
    """
    wi = 1 / (vi + tau2)
    k, squares = len(yi), weighted_squares(yi, wi)
    value = 0.5 * float(np.log(wi).sum()) - 0.5 * squares
    if kind == "ML":
        return value - 0.5 * k * math.log(2 * math.pi)
    restricted = 0.5 * math.log(k) - 0.5 * math.log(wi.sum())
    return value + restricted - 0.5 * (k - 1) * math.log(2 * math.pi)


def score(kind: Likelihood, yi: Vector, vi: Vector, tau2: Vector) -> Vector:
    """Twice the derivative of the log-likelihood by τ², at each of several τ².

    Σw²(y − μ)² − Σw for the full likelihood, + Σw²/Σw for the restricted one. The heaviest study
    is taken apart, so that a weight beyond all others costs no digits.

    >>> yi, vi = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    >>> np.sign(score("REML", yi, vi, np.array([4.4, 4.5]))).tolist()
    [1.0, -1.0]
    """
    heaviest = int(vi.argmin())
    wi: Matrix = 1 / (vi + tau2[:, None])
    total, centred = wi.sum(axis=1), yi - yi[heaviest]
    mean = (wi @ centred) / total
    f: Vector = np.einsum("ij,ij->i", wi * wi, np.square(centred - mean[:, None]))
    g: Vector = total
    if kind == "REML":
        share = wi[:, heaviest] / total
        wi[:, heaviest] = 0.0
        g = wi.sum(axis=1) * (1 + share) - np.einsum("ij,ij->i", wi, wi) / total
    return f - g


def maximise(kind: Likelihood, yi: Vector, vi: Vector) -> float:
    """The τ² ≥ 0 with the highest likelihood.

    Raises
    ------
    ConvergenceError
        When the score is not a number somewhere in the range searched.

    Examples
    --------
    >>> maximise("REML", np.array([-1.0, 2.0]), np.array([0.04, 0.09]))
    4.435
    """
    spread = float(np.ptp(yi))
    if spread == 0:
        return 0.0
    grid = search_grid(vi, spread)
    step = max(1, CHUNK // len(yi))
    slopes = np.concatenate(
        [score(kind, yi, vi, grid[i : i + step]) for i in range(0, len(grid), step)]
    )
    if not np.isfinite(slopes).all():
        raise ConvergenceError(
            f"the {kind} likelihood cannot be evaluated: variances range from {vi.min():g} to "
            f"{vi.max():g} and effects over {spread:g}. Rescale the effects, look for a misplaced "
            "decimal point, or use tau2='PM' or 'DL'."
        )
    curve, resolution = _curve(kind, yi, vi), 16 * EPSILON * float(vi.min())
    peaks = [0.0] if slopes[0] <= 0 else []
    for i in np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0)):
        low, high = float(grid[i]), float(grid[i + 1])
        chord = low + (high - low) * float(slopes[i] / (slopes[i] - slopes[i + 1]))
        peaks.append(newton_root(curve, low, high, start=chord, resolution=resolution))
    if len(peaks) == 1:
        return peaks[0]
    return max(peaks, key=lambda tau2: log_likelihood(kind, yi, vi, tau2))


def search_grid(vi: Vector, spread: float) -> Vector:
    """Zero, then τ² from below the smallest variance to where the score is surely negative.

    Neither likelihood rises beyond τ² = spread²: |Py|² is at most spread² · max w · tr(P) and
    max w < 1/τ² (Jensen's inequality on the pairwise differences); the same holds term by term
    for the full likelihood.

    >>> grid = search_grid(np.array([0.02, 0.05]), 0.5)
    >>> float(grid[0]), float(grid[1]), float(grid[-1])
    (0.0, 0.002, 0.5)
    """
    high = 2 * spread * spread
    low = min(float(vi.min()) / 10, high / 10)
    count = max(8, math.ceil(GRID_PER_DECADE * math.log10(high / low)))
    return np.concatenate([[0.0], low * (high / low) ** (np.arange(count + 1) / count)])


def profile_limits(
    kind: Likelihood, yi: Vector, vi: Vector, tau2: float, level: float = 0.95
) -> tuple[float, float]:
    """Limits for τ² where the log-likelihood has fallen by half a chi-square quantile.

    Parameters
    ----------
    kind, yi, vi : as for `log_likelihood`
    tau2 : float
        The maximum, from `maximise`.
    level : float
        Confidence level, between 0 and 1.

    References
    ----------
    Hardy & Thompson (1996), Stat Med 15:619–629.
    https://doi.org/10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A

    Examples
    --------
    >>> profile_limits("ML", np.array([-1.0, 2.0]), np.array([0.04, 0.09]), 2.184722)
    (0.446, 39.365)
    """
    floor = log_likelihood(kind, yi, vi, tau2) - 0.5 * float(chdtri(1, 1 - level))

    def above(value: float) -> float:
        return log_likelihood(kind, yi, vi, value) - floor

    low = _root(above, 0.0, tau2) if tau2 > 0 and above(0.0) < 0 else 0.0
    high = max(tau2, float(vi.min())) * 2
    for _ in range(2000):
        if above(high) < 0:
            return low, _root(above, tau2, high)
        high *= 2
    raise ConvergenceError(
        f"the {kind} profile has no upper limit for tau2 below {high:g}. With so few effects "
        "use the Q-profile limits (tau2_ci_low, tau2_ci_high)."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FitStatistics:
    """How well the model fits; comparable between models of the same `likelihood` only."""

    likelihood: Likelihood
    log_likelihood: float
    deviance: float
    aic: float
    bic: float
    aicc: float
    parameters: int


def fit_statistics(
    kind: Likelihood, yi: Vector, vi: Vector, tau2: float, *, estimated: bool = True
) -> FitStatistics:
    """Log-likelihood, deviance and information criteria at τ².

    The deviance of the full likelihood is against a mean of its own for every study; the
    restricted one has no such comparison and is −2 log L. Observations count k for ML, k − 1 for
    REML, and at least two more than the parameters in AICc.

    References
    ----------
    Hurvich & Tsai (1989), Biometrika 76:297–307. https://doi.org/10.1093/biomet/76.2.297

    Examples
    --------
    >>> fit_statistics("ML", np.array([-1.0, 2.0]), np.array([0.04, 0.09]), 2.184722).aicc
    23.297
    """
    value = log_likelihood(kind, yi, vi, tau2)
    count = 1 + estimated
    n = len(yi) if kind == "ML" else len(yi) - 1
    saturated = -0.5 * float(np.log(2 * math.pi * vi).sum()) if kind == "ML" else 0.0
    enough = max(n, count + 2)
    return FitStatistics(
        likelihood=kind,
        log_likelihood=value,
        deviance=-2 * (value - saturated),
        aic=-2 * value + 2 * count,
        bic=-2 * value + count * math.log(n),
        aicc=-2 * value + 2 * count * enough / (enough - count - 1),
        parameters=count,
    )


def _curve(kind: Likelihood, yi: Vector, vi: Vector) -> Callable[[float], tuple[float, float]]:
    """The score f − g at one τ², and Newton's step on g/f − 1.

    That is a straight line when variances are equal: f = yᵀPPy then falls with the square of
    v + τ² and g = tr P (Σw for the full likelihood) with v + τ².
    """
    centred = yi - yi[vi.argmin()]

    def curve(tau2: float) -> tuple[float, float]:
        wi = 1 / (vi + tau2)
        wi2, total = wi * wi, float(wi.sum())
        py = wi * (centred - wi @ centred / total)
        squares = py * py
        f, f2 = float(squares.sum()), float(wi @ squares) - float(wi @ py) ** 2 / total
        g, g2 = total, float(wi2.sum())  # f2 = −f'/2, g2 = −g'
        if kind == "REML":
            g, g2 = trace(wi), g2 - 2 * float(wi2 @ wi) / total + (g2 / total) ** 2
        slope = 2 * g * f2 - g2 * f
        return f - g, (f - g) * f / slope if slope > 0 else math.nan

    return curve


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    ends = function(low), function(high)
    if ends[0] * ends[1] > 0:
        # the sign changed between the ends on the grid, in rounding alone: the score is flat here
        return float(low if abs(ends[0]) <= abs(ends[1]) else high)
    return float(brentq(function, low, high, xtol=max(high, 1e-300) * 1e-17, maxiter=500))
