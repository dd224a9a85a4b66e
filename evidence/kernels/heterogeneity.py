"""How much the effects differ: Q, I², H², and limits for the between-study variance."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtrc, chdtri

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.bracketed_root import DIGITS, MOST_STEPS
from evidence.kernels.wls import trace, weighted_squares


def cochran_q(yi: Vector, vi: Vector) -> float:
    """Squared distance of the effects from their mean, each weighted 1/v.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and their sampling variances, all positive.

    References
    ----------
    Cochran (1954), Biometrics 10:101–129. https://doi.org/10.2307/3001666

    Examples
    --------
    >>> cochran_q(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    7.0
    """
    return weighted_squares(yi, 1 / vi)


def q_pvalue(q: float, df: int) -> float:
    """Upper tail of the chi-square distribution; 1 when nothing is left to test (df = 0).

    >>> q_pvalue(3.841, 1), q_pvalue(0.0, 0)
    (0.0500, 1.0)
    """
    return float(chdtrc(df, q)) if df > 0 else 1.0


def typical_variance(vi: Vector) -> float:
    """The "typical" sampling variance (k − 1) / tr(P) with weights 1/v.

    With v equal in all studies it is that v.

    References
    ----------
    Higgins & Thompson (2002), Stat Med 21:1539–1558, equation 9.
    https://doi.org/10.1002/sim.1186

    Examples
    --------
    >>> typical_variance(np.array([0.02, 0.03, 0.05]))
    0.0310
    """
    return (len(vi) - 1) / trace(1 / vi)


def i2_from_tau2(tau2: float, typical: float) -> float:
    """Share of variance that lies between studies, in percent: 100 τ² / (τ² + typical v).

    Examples
    --------
    >>> i2_from_tau2(0.03, 0.01)
    75.0
    """
    return 100 / (1 + typical / tau2) if tau2 > 0 else 0.0


def h2_from_tau2(tau2: float, typical: float) -> float:
    """Total over sampling variance: (τ² + typical v) / typical v; 1 without heterogeneity.

    Examples
    --------
    >>> h2_from_tau2(0.03, 0.01)
    4.0
    """
    return 1 + tau2 / typical


def i2_from_q(q: float, df: int) -> float:
    """I² of the equal-effects model in percent: 100 (Q − df) / Q, zero when negative.

    Examples
    --------
    >>> i2_from_q(8.0, 2)
    75.0
    """
    return max(0.0, 100 * (q - df) / q) if q > 0 else 0.0


def generalised_q(yi: Vector, vi: Vector, tau2: float) -> float:
    """Q with weights 1/(v + τ²); falls as τ² grows.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> generalised_q(yi, vi, 0.0), generalised_q(yi, vi, 0.1)
    (7.0, 1.8776)
    """
    return weighted_squares(yi, 1 / (vi + tau2))


def tau2_where_q_is(yi: Vector, vi: Vector, target: float, start: float = 0.0) -> float:
    """The τ² ≥ 0 at which the generalised Q equals `target`; `start` when Q is below it there.

    Q is Σ z²/(λ + τ²) over the eigenvalues λ of the variances of contrasts, and 1/Q, a harmonic
    mean, is concave: Newton's steps on 1/Q rise to the one root and never pass it. With equal
    variances the first step is exact. A step is at least (Q/target − 1) (τ² + smallest v), so
    their number is bounded by the range of the variances.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and their sampling variances.
    target : float
        Above zero.
    start : float
        A τ² that is known to lie below the root.

    Raises
    ------
    ConvergenceError
        When the effects are so far apart that their squares cannot be held.

    Examples
    --------
    >>> yi, vi = np.array([-1.0, 1.0]), np.array([0.5, 0.5])
    >>> tau2_where_q_is(yi, vi, 1.0), tau2_where_q_is(yi, vi, 5.0)
    (1.5, 0.0)
    """
    centred, tau2 = yi - yi[vi.argmin()], start  # about the heaviest: it keeps all its digits
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(MOST_STEPS):
            wi = 1 / (vi + tau2)
            rest = centred - wi @ centred / wi.sum()
            weighted = wi * rest
            q, fall = float(weighted @ rest), float(weighted @ weighted)  # dQ/dτ² = −fall
            if q <= target:
                return tau2
            if not (math.isfinite(q) and 0 < fall < math.inf):
                break
            step = (q - target) / target * (q / fall)
            tau2 += step
            if step <= DIGITS * tau2:
                return tau2
    raise ConvergenceError(
        f"no between-study variance brings Q down to {target:g}: the effects are too far "
        "apart to compute with; check for a misplaced decimal point or unit."
    )


def q_profile(yi: Vector, vi: Vector, level: float = 0.95) -> tuple[float, float]:
    """Confidence limits for τ² by inverting the generalised Q (the Q-profile method).

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and their sampling variances; k at least 2.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    (float, float)
        Both 0 when even τ² = 0 leaves the effects closer together than chance would.

    References
    ----------
    Viechtbauer (2007), Stat Med 26:37–52. https://doi.org/10.1002/sim.2514

    Examples
    --------
    >>> q_profile(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    (0.0, 5.10)
    """
    df, tail = len(yi) - 1, (1 - level) / 2
    low = tau2_where_q_is(yi, vi, float(chdtri(df, tail)))
    return low, tau2_where_q_is(yi, vi, float(chdtri(df, 1 - tail)), low)
