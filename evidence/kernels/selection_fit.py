"""Fitting selection models: several starts, the highest summit, errors from the curvature."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.climb import Summit, Surface, highest
from evidence.kernels.likelihood import maximise
from evidence.kernels.selection import StepLikelihood
from evidence.kernels.selection_curves import CURVES, Curve, CurveLikelihood
from evidence.kernels.wls import weighted_mean

FALLS = (1.0, 0.5, 0.15, 4.0)
"""Weights of the later steps to start from: no selection, some, strong, the wrong way round."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionEstimate:
    """Mean, τ² and selection parameters with standard errors.

    A standard error is NaN for what was fixed or ended at a bound; the others are then those
    given that value. `information` is minus the second derivatives by all parameters estimated,
    bound or not, in the order (μ, τ² unless fixed, selection parameters).
    """

    mu: float
    mu_se: float
    tau2: float
    tau2_se: float
    delta: Vector
    delta_se: Vector
    log_likelihood: float
    information: Matrix
    at_bound: tuple[str, ...]
    rounds: int


def fit_steps(
    yi: Vector,
    vi: Vector,
    steps: Sequence[float],
    *,
    equal_effects: bool = False,
    weights: Vector | None = None,
    bounds: tuple[float, float] = (0.0, 100.0),
) -> SelectionEstimate:
    """Fit a step function; the weight of the first step is 1, the others relative to it.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects, turned so that selection favours large ones, and sampling variances.
    steps : increasing p values, the last one 1
    equal_effects : bool
        Fix τ² at 0.
    weights : array, optional
        Known weights of the steps, the first 1: then only μ and τ² are estimated.
    bounds : (float, float)
        Of the estimated weights.

    Examples
    --------
    >>> yi = np.array([0.2, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 0.9])
    >>> fit_steps(yi, np.full(8, 0.04), (0.025, 1.0), equal_effects=True).mu
    0.4637
    """
    surface = StepLikelihood(yi, vi, steps)
    neutral = np.ones(len(steps)) if weights is None else np.asarray(weights, dtype=np.float64)
    known = slice(2, 3) if weights is None else slice(2, None)
    strengths = [np.maximum(bounds[0], np.maximum(1e-3, factor * neutral)) for factor in FALLS]
    return _fit(surface, yi, vi, equal_effects, neutral, strengths, bounds, known)


def fit_curve(
    yi: Vector, vi: Vector, curve: Curve, *, equal_effects: bool = False
) -> SelectionEstimate:
    """Fit a curve of the p value; parameters as for `fit_steps`.

    Examples
    --------
    >>> yi = np.array([0.2, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 0.9])
    >>> fit_curve(yi, np.full(8, 0.04), "negexp", equal_effects=True).delta
    array([1.435])
    """
    shape = CURVES[curve]
    neutral = np.asarray(shape.neutral)
    surface = CurveLikelihood(yi, vi, curve)
    strengths = [np.asarray(strength) for strength in shape.strengths]
    bounds = (shape.lower, shape.upper)
    found = _fit(surface, yi, vi, equal_effects, neutral, strengths, bounds, slice(0, 0))
    outside = (found.delta >= shape.upper) | ((shape.lower > 0) & (found.delta <= shape.lower))
    if outside.any():  # the likelihood still rises where the bound cuts it off: no top, no errors
        none = np.full(len(neutral), np.nan)
        return replace(found, mu_se=math.nan, tau2_se=math.nan, delta_se=none)
    return found


def _fit(
    surface: Surface,
    yi: Vector,
    vi: Vector,
    equal_effects: bool,
    neutral: Vector,
    strengths: Sequence[Vector],
    bounds: tuple[float, float],
    known: slice,
) -> SelectionEstimate:
    size = 2 + len(neutral)
    estimated = np.ones(size, dtype=bool)
    estimated[1] = not equal_effects
    estimated[known] = False
    lower = np.concatenate([[-np.inf, 0.0], np.full(len(neutral), bounds[0])])
    upper = np.concatenate([[np.inf, np.inf], np.full(len(neutral), bounds[1])])
    base = np.concatenate([[0.0, 0.0], neutral])

    def within(point: Vector) -> tuple[float, Vector, Matrix]:
        full = base.copy()
        full[estimated] = point
        value, gradient, hessian = surface(full)
        return value, gradient[estimated], hessian[np.ix_(estimated, estimated)]

    starts = []
    for mean, tau2, strength in _starts(yi, vi, equal_effects):
        full = base.copy()
        full[:2], full[2:] = (mean, tau2), strengths[strength]
        starts.append(full[estimated])
    summit = highest(within, starts, lower[estimated], upper[estimated])
    if not summit.settled:
        raise ConvergenceError(
            f"the selection model did not settle from any of {len(starts)} starts. Use fewer "
            "steps or another curve, tau2='EE', or weights that are given."
        )
    return _summary(summit, base, estimated)


def _starts(yi: Vector, vi: Vector, equal_effects: bool) -> Iterator[tuple[float, float, int]]:
    """Mean, τ² and strength of selection: the fit without it, and points on either side."""
    tau2 = 0.0 if equal_effects or len(yi) < 2 else maximise("ML", yi, vi)
    mean = weighted_mean(yi, 1 / (vi + tau2))
    typical = float(np.median(vi))
    spread = math.sqrt(tau2 + typical)
    yield mean, tau2, 0
    yield mean - 0.5 * spread, tau2 + 0.25 * typical, 1
    yield mean - spread, 0.5 * (tau2 + typical), 2
    yield mean - spread, 0.0, 2
    yield mean + 0.7 * spread, tau2 + typical, 3
    if not equal_effects:
        yield mean - 1.5 * spread, 4 * (tau2 + typical), 1


def _summary(summit: Summit, base: Vector, estimated: Vector) -> SelectionEstimate:
    full, errors = base.copy(), np.full(len(base), np.nan)
    full[estimated] = summit.point
    where = np.flatnonzero(estimated)[summit.free]
    inside = -summit.hessian[np.ix_(summit.free, summit.free)]
    if len(where):
        bend = np.abs(np.diag(inside))
        scale = 1 / np.sqrt(np.where(bend > 0, bend, 1.0))
        values, vectors = np.linalg.eigh(inside * np.outer(scale, scale))
        if (values > 1e-12).all():  # else flat in some direction: no errors
            errors[where] = scale * np.sqrt((vectors**2 / values).sum(axis=1))
    names = ["mu", "tau2", *(f"delta{j}" for j in range(1, len(base) - 1))]
    held = np.flatnonzero(estimated)[~summit.free]
    return SelectionEstimate(
        mu=float(full[0]),
        mu_se=float(errors[0]),
        tau2=float(full[1]),
        tau2_se=float(errors[1]),
        delta=full[2:],
        delta_se=errors[2:],
        log_likelihood=summit.value,
        information=-summit.hessian,
        at_bound=tuple(names[i] for i in held),
        rounds=summit.rounds,
    )
