"""Fitting selection models: several starts, the highest summit, errors from the curvature."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.climb import Summit, Surface, highest
from evidence.kernels.likelihood import log_likelihood, maximise
from evidence.kernels.selection import LOG_REACH, Evaluated, StepLikelihood
from evidence.kernels.selection_curves import CURVES, Curve, CurveLikelihood
from evidence.kernels.wls import weighted_mean

MEANS = np.linspace(-3.5, 1.5, 26)
"""Of the grid: standard deviations of an effect around the mean without selection."""
VARIANCES = np.array([0.0, 0.003, 0.01, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 4.0])
"""Of the grid: shares of the total variance of a typical study."""
MANY = 300  # studies above which the likelihood is smooth enough for half the means and variances
CHUNK = 1_000_000  # chances of a step held at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionEstimate:
    """Mean, τ² and selection parameters with standard errors.

    A standard error is NaN for what was fixed or ended at a bound; the others are then those
    given that value. `log_likelihood_unselected` is the highest without selection. `information`
    is minus the second derivatives by all parameters estimated, bound or not, in the order (μ,
    τ² unless fixed, selection parameters).
    """

    mu: float
    mu_se: float
    tau2: float
    tau2_se: float
    delta: Vector
    delta_se: Vector
    log_likelihood: float
    log_likelihood_unselected: float
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
    likelihood = StepLikelihood(yi, vi, steps)
    tau2 = _unselected_tau2(yi, vi, equal_effects)
    neutral = np.ones(len(steps)) if weights is None else np.asarray(weights, dtype=np.float64)

    def best(points: Matrix) -> tuple[Vector, Matrix]:
        if weights is None:
            return likelihood.profile(points, bounds)
        full = np.column_stack([points, np.broadcast_to(neutral, (len(points), len(neutral)))])
        return likelihood.heights(full), full

    chunk = max(1, CHUNK // (len(yi) * len(steps)))
    starts = _peaks(best, yi, vi, tau2, equal_effects, chunk)
    if weights is not None:
        starts += [
            np.array([mean, between, *neutral])
            for mean, between, _ in _starts(yi, vi, tau2, equal_effects)
        ]
    seen = 3 + np.flatnonzero(likelihood.counts[1:])
    return _fit(
        likelihood,
        log_likelihood("ML", yi, vi, tau2),
        starts,
        equal_effects,
        neutral,
        bounds,
        known=slice(2, 3) if weights is None else slice(2, None),
        logs=seen if weights is None else seen[:0],
    )


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
    likelihood = CurveLikelihood(yi, vi, curve)
    bounds = (shape.lower, shape.upper)
    tau2 = _unselected_tau2(yi, vi, equal_effects)
    starts = [
        np.array([mean, between, *shape.strengths[strength]])
        for mean, between, strength in _starts(yi, vi, tau2, equal_effects)
    ]
    unselected = log_likelihood("ML", yi, vi, tau2)
    found = _fit(likelihood, unselected, starts, equal_effects, neutral, bounds)
    outside = (found.delta >= shape.upper) | ((shape.lower > 0) & (found.delta <= shape.lower))
    if outside.any():  # the likelihood still rises where the bound cuts it off: no top, no errors
        none = np.full(len(neutral), np.nan)
        return replace(found, mu_se=math.nan, tau2_se=math.nan, delta_se=none)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Climbed:
    """A likelihood in the parameters that are climbed: not those held, and some as logarithms.

    Given μ and τ² the log-likelihood of a step function is concave in the logarithms of its
    weights: a few Newton steps are enough.
    """

    likelihood: Surface
    base: Vector  # all parameters, with the values of those held
    where: NDArray[np.intp]  # those climbed
    logs: NDArray[np.intp]  # of these, those in logarithms

    def enter(self, full: Vector) -> Vector:
        """All parameters to those climbed."""
        full = full.copy()
        with np.errstate(divide="ignore"):  # a bound of 0
            full[self.logs] = np.log(full[self.logs])
        return full[self.where]

    def leave(self, point: Vector) -> Vector:
        """Those climbed to all."""
        full = self.base.copy()
        full[self.where] = point
        full[self.logs] = np.exp(full[self.logs])
        return full

    def __call__(self, point: Vector) -> Evaluated:
        full = self.leave(point)
        value, gradient, hessian = self.likelihood(full)
        rate = np.ones(len(full))
        rate[self.logs] = full[self.logs]
        gradient, hessian = gradient * rate, hessian * rate * rate[:, None]
        hessian[self.logs, self.logs] += gradient[self.logs]
        return value, gradient[self.where], hessian[self.where[:, None], self.where]


def _fit(
    likelihood: Surface,
    unselected: float,
    starts: Sequence[Vector],
    equal_effects: bool,
    neutral: Vector,
    bounds: tuple[float, float],
    *,
    known: slice = slice(0, 0),
    logs: NDArray[np.intp] | None = None,
) -> SelectionEstimate:
    """Climb from all starts; `known` parameters are held, `logs` climbed as logarithms.

    `unselected` is the highest log-likelihood without selection.
    """
    base = np.concatenate([[0.0, 0.0], neutral])
    estimated = np.ones(len(base), dtype=bool)
    estimated[1] = not equal_effects
    estimated[known] = False
    lower = np.concatenate([[-np.inf, 0.0], np.full(len(neutral), bounds[0])])
    upper = np.concatenate([[np.inf, np.inf], np.full(len(neutral), bounds[1])])
    logs = np.zeros(0, dtype=np.intp) if logs is None else logs
    reach = np.full(len(base), np.inf)
    reach[logs] = LOG_REACH
    surface = _Climbed(likelihood, base, np.flatnonzero(estimated), logs)
    summit = highest(
        surface,
        [surface.enter(start) for start in starts],
        surface.enter(lower),
        surface.enter(upper),
        reach[surface.where],
    )
    if not summit.settled:
        raise ConvergenceError(
            f"the selection model did not settle from any of {len(starts)} starts. Use fewer "
            "steps or another curve, tau2='EE', or weights that are given."
        )
    full = np.where(estimated, np.clip(surface.leave(summit.point), lower, upper), base)
    return _summary(summit, full, surface, unselected)


def _unselected_tau2(yi: Vector, vi: Vector, equal_effects: bool) -> float:
    return 0.0 if equal_effects or len(yi) < 2 else maximise("ML", yi, vi)


def _peaks(
    best: Callable[[Matrix], tuple[Vector, Matrix]],
    yi: Vector,
    vi: Vector,
    tau2: float,
    equal_effects: bool,
    chunk: int,
) -> list[Vector]:
    """Points of a grid over (μ, τ²) that lie higher than the four beside them, the highest first.

    `best` gives the height at (μ, τ²), shapes (n, 2) to (n,), and all parameters there; all
    summits of the likelihood differ in these two.
    """
    mean, typical = weighted_mean(yi, 1 / (vi + tau2)), float(np.median(vi))
    thin = 1 if len(yi) <= MANY else 2
    means = mean + math.sqrt(tau2 + typical) * MEANS[::thin]
    variances = (tau2 + typical) * (VARIANCES[:1] if equal_effects else VARIANCES[::thin])
    grid = np.stack(np.meshgrid(means, variances, indexing="ij"), axis=-1).reshape(-1, 2)
    parts = [best(grid[i : i + chunk]) for i in range(0, len(grid), chunk)]
    heights = np.concatenate([part[0] for part in parts])
    points = np.concatenate([part[1] for part in parts])
    table = np.full((len(means) + 2, len(variances) + 2), -np.inf)
    table[1:-1, 1:-1] = heights.reshape(len(means), -1)
    beside = np.maximum(table[:-2, 1:-1], table[2:, 1:-1])
    around = np.maximum(beside, np.maximum(table[1:-1, :-2], table[1:-1, 2:])).ravel()
    peaks = np.flatnonzero(np.isfinite(heights) & (heights >= around))
    if not len(peaks):  # no likelihood anywhere: the climb will say so
        return [points[0]]
    return list(points[peaks[np.argsort(-heights[peaks])]])


def _starts(
    yi: Vector, vi: Vector, tau2: float, equal_effects: bool
) -> Iterator[tuple[float, float, int]]:
    """Mean, τ² and strength of selection: the fit without it, and points on either side."""
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


def _summary(
    summit: Summit, full: Vector, surface: _Climbed, unselected: float
) -> SelectionEstimate:
    value, _, hessian = surface.likelihood(full)
    information = -hessian[surface.where[:, None], surface.where]
    errors = np.full(len(full), np.nan)
    errors[surface.where[summit.free]] = _errors(information[summit.free][:, summit.free])
    names = ["mu", "tau2", *(f"delta{j}" for j in range(1, len(full) - 1))]
    return SelectionEstimate(
        mu=float(full[0]),
        mu_se=float(errors[0]),
        tau2=float(full[1]),
        tau2_se=float(errors[1]),
        delta=full[2:],
        delta_se=errors[2:],
        log_likelihood=value,
        log_likelihood_unselected=unselected,
        information=information,
        at_bound=tuple(names[i] for i in surface.where[~summit.free]),
        rounds=summit.rounds,
    )


def _errors(information: Matrix) -> Vector:
    """Standard errors from an information matrix; NaN where it is flat in some direction."""
    bend = np.abs(information.diagonal())
    scale = 1 / np.sqrt(np.where(bend > 0, bend, 1.0))
    values, vectors = np.linalg.eigh(information * scale * scale[:, None])
    if not (values > 1e-12).all():
        return np.full(len(scale), np.nan)
    return np.asarray(scale * np.sqrt((vectors**2 / values).sum(axis=1)))
