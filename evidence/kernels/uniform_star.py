"""p-uniform*: effects judged given whether they were significant, with a spread of true effects.

Effects are oriented so that the significant ones are large; the caller turns them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, log_ndtr

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.climb import Summit, highest
from evidence.kernels.likelihood import maximise
from evidence.kernels.selection import Evaluated, assemble
from evidence.kernels.wls import weighted_mean

REACH = 60  # steps of the search for a limit


class ConditionalLikelihood:
    """Log-likelihood at (μ, τ²) of effects given whether each was significant.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
    critical : float
        Critical z value.

    Examples
    --------
    >>> at = ConditionalLikelihood(np.array([0.5, 0.1]), np.array([0.04, 0.04]), 1.959964)
    >>> at(np.array([0.2, 0.0]))[0]
    2.0962
    """

    def __init__(self, yi: Vector, vi: Vector, critical: float) -> None:
        self.yi, self.vi = yi, vi
        self.edge: Vector = critical * np.sqrt(vi)
        self.side: Vector = np.where(yi > self.edge, 1.0, -1.0)

    def __call__(self, point: Vector) -> Evaluated:
        """Value, gradient of shape (2,), second derivatives of shape (2, 2)."""
        mu, s2 = float(point[0]), self.vi + float(point[1])
        scale = 1 / np.sqrt(s2)
        b = (self.edge - mu) * scale
        # the ratio of density to chance keeps its digits where both vanish
        log_chance = log_ndtr(-self.side * b)
        ratio = self.side * np.exp(-0.5 * b * b - 0.5 * math.log(2 * math.pi) - log_chance)
        none: Matrix = np.zeros((len(b), 0))
        value, gradient, hessian = assemble(
            self.yi,
            mu,
            s2,
            normaliser=np.ones(len(b)),
            moments=(
                ratio * scale,
                ratio * b * scale**2,
                ratio * (b * b - 1) * scale**3,
                ratio * b * (b * b - 3) * scale**4,
            ),
            log_weight=-float(log_chance.sum()),
            weight_gradient=np.zeros(0),
            weight_hessian=np.zeros((0, 0)),
            by_delta=none,
            by_delta_mu=none,
            by_delta_tau2=none,
            by_delta_delta=None,
        )
        return value, gradient, hessian


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformStar:
    """p-uniform*: mean and τ² with profile limits and likelihood-ratio tests.

    A limit is NaN where the profile does not fall far enough to have one.
    """

    mu: float
    mu_low: float
    mu_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    log_likelihood: float
    ratio_mu: float
    pvalue_mu: float
    ratio_tau2: float
    pvalue_tau2: float


def fit_uniform_star(yi: Vector, vi: Vector, critical: float, level: float) -> UniformStar:
    """Maximum likelihood of p-uniform*.

    References
    ----------
    van Aert & van Assen (2018), Correcting for publication bias in a meta-analysis with the
    p-uniform* method. MetaArXiv. https://doi.org/10.31222/osf.io/zqjr9

    Examples
    --------
    >>> yi = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    >>> found = fit_uniform_star(yi, np.full(5, 0.04), 1.959964, 0.95)
    >>> found.mu, found.tau2
    (0.5606, 0.0335)
    """
    surface = ConditionalLikelihood(yi, vi, critical)
    tau2 = maximise("ML", yi, vi) if len(yi) > 1 else 0.0
    mean = weighted_mean(yi, 1 / (vi + tau2))
    typical = float(np.median(vi))
    spread = math.sqrt(tau2 + typical)
    means = (mean, mean - spread, mean - 3 * spread, mean + spread)
    variances = (tau2, 0.0, tau2 + typical)
    open_, none = np.array([-np.inf, 0.0]), np.full(2, np.inf)
    starts = [np.array([m, t]) for m in means for t in variances]
    best = highest(surface, starts, open_, none)
    if not best.settled:
        raise ConvergenceError("p-uniform* did not settle on an estimate; use method='P' instead.")
    mu, top = float(best.point[0]), best.value

    def given(index: int, value: float) -> float:
        """Profile log-likelihood with one of the two held."""
        return _profile(surface, index, value, best, means, variances)

    crit = float(chdtri(1, 1 - level)) / 2
    step = float(np.sqrt(1 / max(float((1 / (vi + best.point[1])).sum()), 1e-300)))
    at_zero_mu = max(0.0, 2 * (top - given(0, 0.0)))
    at_zero_tau2 = 0.0 if best.point[1] == 0 else max(0.0, 2 * (top - given(1, 0.0)))
    estimate = float(best.point[1])
    low_tau2 = 0.0
    if at_zero_tau2 / 2 > crit:
        low_tau2 = _falls(lambda t: given(1, t) - top + crit, estimate, 0.0)
    return UniformStar(
        mu=mu,
        mu_low=_outward(lambda m: given(0, m) - top + crit, mu, -step),
        mu_high=_outward(lambda m: given(0, m) - top + crit, mu, step),
        tau2=estimate,
        tau2_low=low_tau2,
        tau2_high=_outward(lambda t: given(1, t) - top + crit, estimate, estimate + typical / 4),
        log_likelihood=top,
        ratio_mu=at_zero_mu,
        pvalue_mu=float(chdtrc(1, at_zero_mu)),
        ratio_tau2=at_zero_tau2,
        pvalue_tau2=0.5 * float(chdtrc(1, at_zero_tau2)),
    )


def _profile(
    surface: ConditionalLikelihood,
    index: int,
    value: float,
    best: Summit,
    means: tuple[float, ...],
    variances: tuple[float, ...],
) -> float:
    other = 1 - index

    def line(point: Vector) -> Evaluated:
        full = np.empty(2)
        full[index], full[other] = value, point[0]
        height, gradient, hessian = surface(full)
        return height, gradient[[other]], hessian[np.ix_([other], [other])]

    further = means[:3] if other == 0 else variances[1:]
    starts = [np.array([start]) for start in (best.point[other], *further)]
    lower = np.array([-np.inf if other == 0 else 0.0])
    return highest(line, starts, lower, np.array([np.inf])).value


def _outward(above: Callable[[float], float], start: float, step: float) -> float:
    """Where a profile that is above at `start` falls below, going outward; NaN when it does not."""
    inner = start
    for _ in range(REACH):
        outer = inner + step
        if above(outer) < 0:
            return _falls(above, inner, outer)
        inner, step = outer, step * 1.6
        if abs(step) > 1e9 * max(1.0, abs(start)):
            break
    return math.nan


def _falls(above: Callable[[float], float], inside: float, outside: float) -> float:
    return float(brentq(above, inside, outside, xtol=1e-12 * max(abs(inside), abs(outside))))
