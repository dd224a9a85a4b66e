"""Normal likelihoods of the mixed-effects meta-regression, as functions of τ² alone.

The coefficients are profiled out. As for a mean alone the likelihood can have several maxima:
the whole range is seen on a grid, each fall of the score through zero is refined, and the highest
maximum is kept.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.likelihood import FitStatistics, Likelihood
from evidence.kernels.regression import Basis, project, quadratic, residual

GRID_PER_DECADE = 8
CHUNK = 2_000_000  # elements of the (grid, k, p) table made at a time


def log_likelihood(kind: Likelihood, yi: Vector, vi: Vector, basis: Basis, tau2: float) -> float:
    """Log-likelihood at τ², the coefficients at their weighted estimates.

    Parameters
    ----------
    kind : {"ML", "REML"}
        Full or restricted likelihood; the restricted one with its constant ½ log|XᵀX|.
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    basis : Basis
        Of the design matrix.
    tau2 : float
        Residual between-study variance; may also be an array of shape (k,), one per study.

    References
    ----------
    Harville (1977), JASA 72:320–338. https://doi.org/10.2307/2286796

    Examples
    --------
    >>> from evidence.kernels.regression import orthonormal
    >>> yi, vi = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    >>> log_likelihood("ML", yi, vi, orthonormal(np.ones((2, 1))), 2.184722)
    -3.6487
    """
    p = project(basis.q, 1 / (vi + tau2))
    k, columns = len(yi), len(basis)
    value = 0.5 * float(np.log(p.ai).sum()) - 0.5 * quadratic(p, yi)
    if kind == "ML":
        return value - 0.5 * k * math.log(2 * math.pi)
    # XᵀX and XᵀWX share the factor R of the basis: only T is left of their ratio
    value -= float(np.log(np.abs(np.diag(p.t))).sum())
    return value - 0.5 * (k - columns) * math.log(2 * math.pi)


def score(kind: Likelihood, yi: Vector, vi: Vector, q: Matrix, tau2: float) -> float:
    """Twice the derivative of the log-likelihood by τ²: |Py|² − tr W, or − tr P when restricted.

    >>> yi, vi, q = np.array([-1.0, 2.0]), np.array([0.04, 0.09]), np.full((2, 1), 0.5**0.5)
    >>> score("REML", yi, vi, q, 4.4) > 0 > score("REML", yi, vi, q, 4.5)
    True
    """
    p = project(q, 1 / (vi + tau2))
    made = residual(p, yi)
    fall = p.ai.sum() if kind == "ML" else p.ai @ (1 - p.leverage)
    return float(p.ai @ (made * made) - fall)


def maximise(kind: Likelihood, yi: Vector, vi: Vector, q: Matrix) -> float:
    """The τ² ≥ 0 with the highest likelihood.

    Parameters
    ----------
    kind : {"ML", "REML"}
        Which likelihood.
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    q : array of shape (k, p)
        Orthonormal basis of the design matrix, p < k.

    Raises
    ------
    ConvergenceError
        When the score is not a number somewhere in the range searched.

    Examples
    --------
    >>> maximise("REML", np.array([-1.0, 2.0]), np.array([0.04, 0.09]), np.full((2, 1), 0.5**0.5))
    4.435
    """
    crude = quadratic(project(q, np.ones(len(yi))), yi) / (len(yi) - q.shape[1])
    if crude <= 0:
        return 0.0
    grid = search_grid(vi, crude)
    slopes = _scores(kind, yi, vi, q, grid)
    if not np.isfinite(slopes).all():
        raise ConvergenceError(
            f"the {kind} likelihood cannot be evaluated: variances range from {vi.min():g} to "
            f"{vi.max():g} and residuals have variance {crude:g}. Rescale the effects, look for a "
            "misplaced decimal point, or use tau2='PM' or 'DL'."
        )
    peaks = [
        _root(kind, yi, vi, q, float(grid[i]), float(grid[i + 1]))
        for i in np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    ]
    if slopes[0] <= 0:
        peaks.append(0.0)
    if len(peaks) == 1:
        return peaks[0]
    basis = Basis(q=q, r=np.eye(q.shape[1]))
    return max(peaks, key=lambda tau2: log_likelihood(kind, yi, vi, basis, tau2))


def search_grid(vi: Vector, crude: float) -> Vector:
    """Zero, then τ² from below the smallest variance to where the score is surely negative.

    With s² the unweighted residual variance, |Py|² ≤ (k − p) s² / τ⁴ and tr P ≥ (k − p) / (v + τ²)
    with v the largest variance, because the non-zero eigenvalues of P lie between the smallest
    and the largest weight. So the score is negative once τ⁴ > s² (v + τ²).

    >>> grid = search_grid(np.array([0.02, 0.05]), 0.5)
    >>> float(grid[0]), float(grid[1]), float(grid[-1])
    (0.0, 0.002, 0.5513)
    """
    widest = float(vi.max())
    high = 1.01 * (crude + math.sqrt(crude * crude + 4 * crude * widest)) / 2
    low = min(float(vi.min()) / 10, high / 10)
    count = max(8, math.ceil(GRID_PER_DECADE * math.log10(high / low)))
    return np.concatenate([[0.0], np.geomspace(low, high, count + 1)])


def _scores(kind: Likelihood, yi: Vector, vi: Vector, q: Matrix, grid: Vector) -> Vector:
    """`score` at every τ² of the grid, by stacked QR decompositions."""
    found = np.empty(len(grid))
    step = max(1, CHUNK // q.size)
    for start in range(0, len(grid), step):
        part = slice(start, start + step)
        wi = 1 / (vi + grid[part, None])
        root = np.sqrt(wi)
        u = np.linalg.qr(root[:, :, None] * q).Q
        scaled = root * yi
        made = scaled - np.einsum("gkp,gp->gk", u, np.einsum("gkp,gk->gp", u, scaled))
        lost = np.einsum("gkp,gkp->gk", u, u) if kind == "REML" else 0.0
        found[part] = np.einsum("gk,gk->g", wi, made * made - (1 - lost))
    return found


def _root(kind: Likelihood, yi: Vector, vi: Vector, q: Matrix, low: float, high: float) -> float:
    def slope(tau2: float) -> float:
        return score(kind, yi, vi, q, tau2)

    if slope(low) <= 0 or slope(high) >= 0:  # the sign change was rounding
        return low if slope(low) <= 0 else high
    return float(brentq(slope, low, high, xtol=max(high, 1e-300) * 1e-17, maxiter=500))


def fit_statistics(
    kind: Likelihood, yi: Vector, vi: Vector, basis: Basis, tau2: float, *, estimated: int = 1
) -> FitStatistics:
    """Log-likelihood, deviance and information criteria at τ², `estimated` of them being free.

    Observations count k for ML, k − p for REML, and at least two more than the parameters in AICc.

    References
    ----------
    Hurvich & Tsai (1989), Biometrika 76:297–307. https://doi.org/10.1093/biomet/76.2.297

    Examples
    --------
    >>> from evidence.kernels.regression import orthonormal
    >>> yi, vi = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    >>> found = fit_statistics("ML", yi, vi, orthonormal(np.ones((2, 1))), 2.184722)
    >>> found.log_likelihood, found.aic, found.parameters
    (-3.6487, 11.2975, 2)
    """
    value = log_likelihood(kind, yi, vi, basis, tau2)
    count = len(basis) + estimated
    n = len(yi) if kind == "ML" else len(yi) - len(basis)
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
