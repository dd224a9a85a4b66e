"""A confidence interval about the fixed-effect mean that stays honest under publication bias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.tau2 import dersimonian_laird
from evidence.kernels.wls import weighted_mean

NODES = 100  # of Gauss–Legendre, on each panel
PANELS = np.concatenate([[0.0], np.geomspace(1e-3, 12.0, 14)])  # beyond 12 the density is < 1e-31


@dataclass(frozen=True, slots=True, kw_only=True)
class HenmiCopas:
    """The fixed-effect mean with its standard error under random effects, and its interval."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    tau2: float  # DerSimonian–Laird
    critical: float  # in units of the standard error


def henmi_copas_interval(
    yi: Vector, vi: Vector, level: float = 0.95, tolerance: float = 1e-12
) -> HenmiCopas:
    """Interval centred at the fixed-effect mean, valid under heterogeneity.

    The mean with weights 1/v gives small studies least say, and so is moved least by small studies
    left unpublished. Its t-like ratio b / se(τ̂²) is referred to its own distribution, in which
    Q given b is taken as gamma with its exact conditional mean and variance.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances, k at least 2.
    level : float
        Confidence level.
    tolerance : float
        How closely the critical value is solved for, in units of √(1 + τ² Σw²/Σw).

    Raises
    ------
    ConvergenceError
        When no critical value is found.

    References
    ----------
    Henmi & Copas (2010), Stat Med 29:2969–2983. https://doi.org/10.1002/sim.4029

    Examples
    --------
    >>> found = henmi_copas_interval(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    >>> found.estimate, found.critical
    (0.3, 2.9198)
    """
    wi = 1 / vi
    total = float(wi.sum())
    second = float(wi @ wi) / total
    tau2 = dersimonian_laird(yi, vi)
    df, slack = len(yi) - 1, total - second  # slack: tr P
    inflation = 1 + tau2 * second  # Var(b) in units of 1/Σw
    variance = inflation / total
    si = 1 / wi + tau2
    ci = si * wi / inflation  # how far each effect moves with b
    pc = wi * (ci - 1)  # P c, because Σwc = Σw
    pull, steep = float(ci @ pc), float(pc @ (pc * si))  # cᵀPc and cᵀPSPc
    di = wi * si
    trace = df + tau2 * slack  # tr PS
    traced = float(di @ di - 2 * (wi * di) @ di / total + ((wi @ di) / total) ** 2)  # tr PSPS
    fixed = 2 * (traced - 2 * variance * steep + (variance * pull) ** 2)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(PANELS)[:, None] / 2
    ahead, area = (PANELS[:-1, None] + half * (nodes + 1)).ravel(), (half * weights).ravel()

    def excess(x: float) -> float:
        """P(b / se(τ̂²) > x √inflation), less the tail wanted; b is r standard errors from 0."""
        r = x + ahead
        mean = trace + variance * pull * (r * r - 1)
        spread = fixed + 4 * r * r * variance * (steep - variance * pull**2)
        # the estimated variance is small enough for the ratio to go beyond when Q is below this
        ratio = np.square(r / x) if x > 0 else np.full(len(r), np.inf)
        limit = df + slack / second * (ratio - 1)
        below = gammainc(mean * mean / spread, limit * mean / spread)
        density = np.exp(-0.5 * r * r) / np.sqrt(2 * np.pi)
        return float(area @ (below * density)) - (1 - level) / 2

    high = 2.0
    while excess(high) > 0:
        high *= 2
        if high > 1e6:
            raise ConvergenceError("no critical value of the Henmi–Copas interval was found.")
    critical = brent_root(excess, 0.0, high, tolerance) * float(np.sqrt(inflation))
    estimate, se = weighted_mean(yi, wi), float(np.sqrt(variance))
    return HenmiCopas(
        estimate=estimate,
        se=se,
        ci_low=estimate - critical * se,
        ci_high=estimate + critical * se,
        tau2=tau2,
        critical=critical,
    )


def brent_root(
    function: Callable[[float], float], low: float, high: float, tolerance: float
) -> float:
    """Where a function changes sign between `low` and `high`, by Brent's method.

    The iteration as Brent published it, so that one stopped early stops where other programs'
    stop. Between two points a secant, through three an inverse parabola, else a halving.

    References
    ----------
    Brent (1973), Algorithms for Minimization without Derivatives, chapter 4.

    Examples
    --------
    >>> brent_root(lambda x: x * x - 2, 0.0, 2.0, 1e-12)
    1.41421356
    """
    a, b = low, high
    fa, fb = function(a), function(b)
    c, fc, step = a, fa, b - a
    for _ in range(1000):
        before, step = step, (c - b) / 2
        if abs(fc) < abs(fb):
            a, b, c, fa, fb, fc = b, c, b, fb, fc, fb
            step = (c - b) / 2
        margin = 2 * np.finfo(float).eps * abs(b) + tolerance / 2
        if abs(step) <= margin or fb == 0:
            return b
        if abs(before) >= margin and abs(fa) > abs(fb):
            width, s = c - b, fb / fa
            if a == c:
                p, q = width * s, 1 - s
            else:
                q, r = fa / fc, fb / fc
                p = s * (width * q * (q - r) - (b - a) * (r - 1))
                q = (q - 1) * (r - 1) * (s - 1)
            p, q = (p, -q) if p > 0 else (-p, q)
            if p < 0.75 * width * q - abs(margin * q) / 2 and p < abs(before * q / 2):
                step = p / q
        if abs(step) < margin:
            step = margin if step > 0 else -margin
        a, fa = b, fb
        b += step
        fb = function(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa
        step = b - a
    raise ConvergenceError("Brent's method did not settle; give a larger tolerance.")
