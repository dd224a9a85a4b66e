"""Location-scale model: the mean of effects follows X β, and log τ² follows Z α.

The coefficients β are profiled out, so that the likelihood is a function of α alone. Its gradient
and its matrix of second derivatives are exact, and Newton steps in a trust region settle from
several starts; the highest maximum is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.regression import Basis, coefficients, orthonormal, project, quadratic
from evidence.kernels.regression_likelihood import log_likelihood, maximise

LARGEST = 80.0  # |log τ²| relative to the sampling variances: beyond it τ² is 0 or has no bound
STEPS = 500
SETTLED = 1e-9  # of the score, per coefficient on the orthonormal scale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleFit:
    """Estimates of both parts. `beta` (p,), `alpha` (q,), their covariances, `tau2` (k,)."""

    beta: Vector
    vcov: Matrix
    alpha: Vector
    alpha_vcov: Matrix
    tau2: Vector
    log_likelihood: float
    steps: int
    edge: float  # highest likelihood met where some τ² runs to 0 or has no bound; −∞: nowhere


def fit_location_scale(
    kind: Likelihood, yi: Vector, vi: Vector, basis: Basis, z: Matrix
) -> ScaleFit:
    """Maximise the (restricted) likelihood over the scale coefficients α.

    Parameters
    ----------
    kind : {"ML", "REML"}
        Which likelihood.
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    basis : Basis
        Of the design matrix of the mean, (k, p).
    z : array of shape (k, q)
        Design matrix of log τ², of full column rank.

    Raises
    ------
    ConvergenceError
        When the likelihood has no maximum at finite α (some τ² tends to 0), or none is found.

    References
    ----------
    Viechtbauer & López-López (2022), Res Synth Methods 13:697–715.
    https://doi.org/10.1002/jrsm.1562

    Examples
    --------
    With one column of ones it is the model with a single τ²:

    >>> yi, vi = np.array([0.1, 0.3, 0.8, 0.9]), np.array([0.02, 0.03, 0.05, 0.03])
    >>> ones = np.ones((4, 1))
    >>> found = fit_location_scale("REML", yi, vi, orthonormal(ones), ones)
    >>> float(found.tau2[0]), maximise("REML", yi, vi, orthonormal(ones).q)
    (0.1234, 0.1234)
    """
    k = len(yi)
    scale = orthonormal(z)
    zq = scale.q * np.sqrt(k)  # columns of mean square 1: one step means the same in each
    best, value, edge, steps = None, -np.inf, -np.inf, 0
    for start in _starts(kind, yi, vi, basis, zq):
        end, reached, used = _climb(kind, yi, vi, basis, zq, start)
        steps += used
        if end is None:
            edge = max(edge, reached)
        elif reached > value + 1e-9:
            best, value = end, reached
    if best is None:
        raise ConvergenceError(
            f"the {kind} likelihood of the scale part has no maximum: in some studies tau2 tends "
            "to 0. Use fewer scale moderators, or regress() with a single tau2."
        )
    tau2 = np.exp(zq @ best)
    hessian = _derivatives(kind, yi, vi, basis, zq, best)[2]
    back = solve_triangular(scale.r, np.eye(z.shape[1])) * np.sqrt(k)  # to the columns as given
    covariance = back @ np.linalg.inv(-hessian) @ back.T
    made = coefficients(basis, yi, vi + tau2)
    return ScaleFit(
        beta=made.beta,
        vcov=made.vcov,
        alpha=back @ best,
        alpha_vcov=(covariance + covariance.T) / 2,
        tau2=tau2,
        log_likelihood=value,
        steps=steps,
        edge=edge,
    )


def scale_log_likelihood(
    kind: Likelihood, yi: Vector, vi: Vector, basis: Basis, tau2: Vector
) -> float:
    """Log-likelihood when study i has the between-study variance `tau2[i]`.

    >>> yi, vi = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    >>> scale_log_likelihood("ML", yi, vi, orthonormal(np.ones((2, 1))), np.full(2, 2.184722))
    -3.6487
    """
    return log_likelihood(kind, yi, vi + tau2, basis, 0.0)


def _derivatives(
    kind: Likelihood, yi: Vector, vi: Vector, basis: Basis, zq: Matrix, alpha: Vector
) -> tuple[float, Vector, Matrix]:
    """Log-likelihood, gradient (q,) and second derivatives (q, q) at α, exactly.

    With θ = τ² and P the residual maker of weights 1/(v + θ): ∂/∂θᵢ = ½ ((Py)ᵢ² − Pᵢᵢ) and
    ∂²/∂θᵢ∂θⱼ = ½ Pᵢⱼ² − (Py)ᵢ Pᵢⱼ (Py)ⱼ; for the full likelihood wᵢ and δᵢⱼ wᵢ² stand for the
    bare Pᵢᵢ and Pᵢⱼ². The chain rule adds τ² on the way to α.
    """
    with np.errstate(over="ignore"):
        tau2 = np.exp(zq @ alpha)
    if not np.isfinite(tau2).all() or tau2.max() > 1e60:
        return -np.inf, np.zeros_like(alpha), np.zeros((len(alpha), len(alpha)))
    p = project(basis.q, 1 / (vi + tau2))
    root = np.sqrt(p.ai)
    hat = p.u @ p.u.T
    maker = np.outer(root, root) * (np.eye(len(yi)) - hat)
    py = maker @ yi
    fall = p.ai if kind == "ML" else np.diag(maker)
    first = 0.5 * (py * py - fall) * tau2
    second = (np.diag(p.ai**2) if kind == "ML" else maker * maker) / 2 - np.outer(py, py) * maker
    inner = second * np.outer(tau2, tau2) + np.diag(first)
    value = scale_log_likelihood(kind, yi, vi, basis, tau2)
    return value, zq.T @ first, zq.T @ inner @ zq


def _climb(
    kind: Likelihood, yi: Vector, vi: Vector, basis: Basis, zq: Matrix, start: Vector
) -> tuple[Vector | None, float, int]:
    """Newton with a trust radius; None when it runs off to where a τ² is 0 or endless."""
    alpha, radius = start, 1.0
    value, gradient, hessian = _derivatives(kind, yi, vi, basis, zq, alpha)
    centre = float(np.log(np.median(vi)))
    for step in range(1, STEPS + 1):
        values, vectors = np.linalg.eigh(hessian)
        if np.abs(gradient).max() < SETTLED * len(yi) ** 0.5 and values.max() < -1e-8:
            move = np.linalg.solve(-hessian, gradient)  # the last digits
            better = _derivatives(kind, yi, vi, basis, zq, alpha + move)
            if better[0] >= value and np.abs(better[1]).max() <= np.abs(gradient).max():
                alpha, value = alpha + move, better[0]
            return alpha, value, step
        # uphill in every direction: curvature taken by its size
        curve = np.maximum(np.abs(values), 1e-8 * max(1.0, float(np.abs(values).max())))
        move = vectors @ ((vectors.T @ gradient) / curve)
        length = float(np.linalg.norm(move))
        if length > radius:
            move *= radius / length
        ahead = _derivatives(kind, yi, vi, basis, zq, alpha + move)
        promised = float(gradient @ move + 0.5 * move @ hessian @ move)
        gained = ahead[0] - value
        if gained > 0 or (abs(gained) < 1e-12 * (1 + abs(value)) and length < 1e-4):
            alpha = alpha + move
            value, gradient, hessian = ahead
            radius = min(4.0, 2 * radius) if gained > 0.5 * promised else radius
        else:
            radius = min(radius, float(np.linalg.norm(move))) / 4
            if radius < 1e-12:
                return None, value, step
        if np.abs(zq @ alpha - centre).max() > LARGEST:
            return None, value, step
    return None, value, STEPS


def _starts(kind: Likelihood, yi: Vector, vi: Vector, basis: Basis, zq: Matrix) -> list[Vector]:
    """Where to begin: a single τ², squared residuals, and one coefficient tilted at a time."""
    k = len(yi)
    crude = quadratic(project(basis.q, np.ones(k)), yi) / (k - len(basis))
    floor = max(float(np.median(vi)) / 20, crude / 100, 1e-300)
    even = np.full(k, np.log(max(maximise(kind, yi, vi, basis.q), floor)))
    squares = np.square(yi - basis.q @ (basis.q.T @ yi))
    rough = np.log(np.maximum(squares - vi, floor))
    starts = [zq.T @ level / k for level in (even, rough, np.full(k, np.log(floor)))]
    middle = starts[0]
    for j in range(min(zq.shape[1], 6)):
        for tilt in (-2.0, 2.0):
            tilted = middle.copy()
            tilted[j] += tilt
            starts.append(tilted)
    return starts
