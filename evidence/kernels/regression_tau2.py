"""Residual between-study variance beside moderators, one function per estimator.

Every estimator takes effects `yi`, sampling variances `vi`, both of shape (k,), and an
orthonormal basis `q` of the design matrix, shape (k, p) with p < k. With the column of ones each
is the estimator of the same name in `evidence.kernels.tau2`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.chi_square_mixture import mixture_cdf
from evidence.kernels.regression import (
    project,
    quadratic,
    trace,
    trace_squared_with,
    trace_with,
)
from evidence.kernels.regression_likelihood import maximise
from evidence.kernels.tau2 import Tau2Method


def generalised_q(yi: Vector, vi: Vector, q: Matrix, tau2: float) -> float:
    """Weighted residual sum of squares with weights 1/(v + τ²); falls as τ² grows.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> generalised_q(yi, vi, np.full((3, 1), 3**-0.5), 0.0)
    7.0
    """
    return quadratic(project(q, 1 / (vi + tau2)), yi)


def tau2_where_q_is(yi: Vector, vi: Vector, q: Matrix, target: float) -> float:
    """The τ² ≥ 0 at which the generalised Q equals `target`; 0 when Q starts below it.

    Raises
    ------
    ConvergenceError
        When the effects are so far apart that their squares cannot be held.

    Examples
    --------
    >>> yi, vi, q = np.array([-1.0, 1.0]), np.array([0.5, 0.5]), np.full((2, 1), 0.5**0.5)
    >>> tau2_where_q_is(yi, vi, q, 1.0), tau2_where_q_is(yi, vi, q, 5.0)
    (1.5, 0.0)
    """
    with np.errstate(over="ignore"):
        start = generalised_q(yi, vi, q, 0.0)
        high = quadratic(project(q, np.ones(len(yi))), yi) / target * (1 + 1e-9)
    if start <= target:
        return 0.0
    if not np.isfinite(start + high):
        raise ConvergenceError(
            f"no between-study variance brings Q down to {target:g}: the effects are too far "
            "apart to compute with; check for a misplaced decimal point or unit."
        )
    return float(
        brentq(
            lambda tau2: generalised_q(yi, vi, q, tau2) - target,
            0.0,
            high,
            xtol=high * 1e-18,
            maxiter=500,
        )
    )


def equal_effects(yi: Vector, vi: Vector, q: Matrix) -> float:  # noqa: ARG001 - as its row mates
    """No residual between-study variance.

    >>> equal_effects(np.array([0.1, 0.8]), np.array([0.02, 0.03]), np.full((2, 1), 0.5**0.5))
    0.0
    """
    return 0.0


def dersimonian_laird(yi: Vector, vi: Vector, q: Matrix) -> float:
    """(Q_E − (k − p)) / tr(P) with weights 1/v; zero when negative.

    References
    ----------
    Thompson & Sharp (1999), Stat Med 18:2693–2708.
    https://doi.org/10.1002/(SICI)1097-0258(19991030)18:20<2693::AID-SIM235>3.0.CO;2-V

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> dersimonian_laird(yi, vi, np.full((3, 1), 3**-0.5))
    0.0775
    """
    p = project(q, 1 / vi)
    return max(0.0, (quadratic(p, yi) - _left(q)) / trace(p))


def hedges(yi: Vector, vi: Vector, q: Matrix) -> float:
    """Unweighted residual variance less the sampling variance that residuals carry.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> hedges(yi, vi, np.full((3, 1), 3**-0.5))
    0.0967
    """
    p = project(q, np.ones(len(yi)))
    return max(0.0, (quadratic(p, yi) - trace_with(p, vi)) / _left(q))


def hunter_schmidt(yi: Vector, vi: Vector, q: Matrix) -> float:
    """(Q_E − k) / Σw.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> hunter_schmidt(yi, vi, np.full((3, 1), 3**-0.5))
    0.0387
    """
    wi = 1 / vi
    return max(0.0, (quadratic(project(q, wi), yi) - len(yi)) / float(wi.sum()))


def hunter_schmidt_k(yi: Vector, vi: Vector, q: Matrix) -> float:
    """(Q_E k/(k − p) − k) / Σw.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> hunter_schmidt_k(yi, vi, np.full((3, 1), 3**-0.5))
    0.0726
    """
    wi, k = 1 / vi, len(yi)
    enlarged = quadratic(project(q, wi), yi) * k / _left(q)
    return max(0.0, (enlarged - k) / float(wi.sum()))


def sidik_jonkman(yi: Vector, vi: Vector, q: Matrix) -> float:
    """One step away from the crude variance of the effects.

    References
    ----------
    Sidik & Jonkman (2005), J Biopharm Stat 15:823–838. https://doi.org/10.1081/BIP-200067915

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> sidik_jonkman(yi, vi, np.full((3, 1), 3**-0.5))
    0.0901
    """
    crude = float(np.var(yi - yi[0]))
    if crude == 0:
        return 0.0
    return crude * generalised_q(yi, vi, q, crude) / _left(q)


def paule_mandel(yi: Vector, vi: Vector, q: Matrix) -> float:
    """τ² at which the generalised Q equals its expectation k − p.

    The empirical Bayes estimator and the repeated steps of DerSimonian and Laird (DLIT) and of
    Sidik and Jonkman (SJIT) settle on the same root.

    References
    ----------
    DerSimonian & Kacker (2007), Contemp Clin Trials 28:105–114; Morris (1983), JASA 78:47–55.
    https://doi.org/10.1016/j.cct.2006.04.004

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> paule_mandel(yi, vi, np.full((3, 1), 3**-0.5))
    0.0916
    """
    return tau2_where_q_is(yi, vi, q, float(_left(q)))


def paule_mandel_median(yi: Vector, vi: Vector, q: Matrix) -> float:
    """τ² at which the generalised Q equals its median.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> paule_mandel_median(yi, vi, np.full((3, 1), 3**-0.5))
    0.1490
    """
    return tau2_where_q_is(yi, vi, q, float(chdtri(_left(q), 0.5)))


def maximum_likelihood(yi: Vector, vi: Vector, q: Matrix) -> float:
    """τ² that maximises the likelihood.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> maximum_likelihood(yi, vi, np.full((3, 1), 3**-0.5))
    0.0419
    """
    return maximise("ML", yi, vi, q)


def restricted_likelihood(yi: Vector, vi: Vector, q: Matrix) -> float:
    """τ² that maximises the restricted likelihood.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> restricted_likelihood(yi, vi, np.full((3, 1), 3**-0.5))
    0.0860
    """
    return maximise("REML", yi, vi, q)


def generalised_moment(yi: Vector, vi: Vector, q: Matrix, ai: Vector) -> float:
    """Method of moments with any positive weights `ai`: (yᵀPy − tr PV) / tr P.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> generalised_moment(yi, vi, np.full((3, 1), 3**-0.5), 1 / vi)
    0.0775
    """
    p = project(q, ai)
    return max(0.0, (quadratic(p, yi) - trace_with(p, vi)) / trace(p))


def generalised_median(yi: Vector, vi: Vector, q: Matrix, ai: Vector) -> float:
    """τ² under which the sum of squares with weights `ai` is at its median.

    References
    ----------
    Viechtbauer (2021), in: Schmid, Stijnen & White (eds), Handbook of Meta-Analysis, chapter 11.

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> generalised_median(yi, vi, np.full((3, 1), 3**-0.5), 1 / vi)
    0.1279
    """
    p = project(q, ai)
    squares = quadratic(p, yi)
    maker = np.diag(ai) - np.sqrt(np.outer(ai, ai)) * (p.u @ p.u.T)
    df = _left(q)

    def excess(tau2: float) -> float:
        si = np.sqrt(vi + tau2)
        spectrum = np.linalg.eigvalsh(si[:, None] * maker * si)[-df:]
        return mixture_cdf(squares, np.asarray(spectrum, dtype=np.float64)) - 0.5

    if excess(0.0) <= 0:
        return 0.0
    high = max(squares / trace(p), float(vi.min()))
    for _ in range(200):
        if excess(high) < 0:
            return float(brentq(excess, 0.0, high, xtol=high * 1e-15, maxiter=500))
        high *= 2
    raise ConvergenceError(
        "no between-study variance puts Q at its median; use tau2='PM' or 'GENQ' instead."
    )


def _left(q: Matrix) -> int:
    """Effects less coefficients."""
    return int(q.shape[0] - q.shape[1])


TAU2: dict[Tau2Method, Callable[[Vector, Vector, Matrix], float]] = {
    "EE": equal_effects,
    "DL": dersimonian_laird,
    "DLIT": paule_mandel,
    "HE": hedges,
    "HS": hunter_schmidt,
    "HSk": hunter_schmidt_k,
    "SJ": sidik_jonkman,
    "SJIT": paule_mandel,
    "ML": maximum_likelihood,
    "REML": restricted_likelihood,
    "EB": paule_mandel,
    "PM": paule_mandel,
    "PMM": paule_mandel_median,
}
"""Estimators that need effects, variances and the design only."""

TAU2_OF_WEIGHTS: dict[Tau2Method, Callable[[Vector, Vector, Matrix, Vector], float]] = {
    "GENQ": generalised_moment,
    "GENQM": generalised_median,
}
"""Estimators that need weights of the user's choice as well."""


def estimate(
    method: Tau2Method, yi: Vector, vi: Vector, q: Matrix, ai: Vector | None = None
) -> float:
    """τ² by the estimator of this name; `ai` are the weights of GENQ and GENQM.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> estimate("DL", yi, vi, np.full((3, 1), 3**-0.5))
    0.0775
    """
    if method in TAU2_OF_WEIGHTS and ai is not None:
        return TAU2_OF_WEIGHTS[method](yi, vi, q, ai)
    return TAU2[method](yi, vi, q)


def tau2_se(
    method: Tau2Method | Literal["fixed"],
    yi: Vector,
    vi: Vector,
    q: Matrix,
    tau2: float,
    ai: Vector | None = None,
) -> float | None:
    """Standard error of τ² under normal effects; None for the equal-effects model.

    As in `evidence.kernels.tau2.tau2_se`, with k − p in place of k − 1.

    References
    ----------
    Viechtbauer (2005), J Educ Behav Stat 30:261–293. https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.full(3, 0.04)
    >>> tau2_se("REML", yi, vi, np.full((3, 1), 3**-0.5), 0.09)
    0.13
    """
    k, si, df = len(yi), vi + tau2, _left(q)
    wi = 1 / si
    if method == "EE":
        return None
    if method == "ML":
        return float(np.sqrt(2 / (wi @ wi)))
    if method in ("REML", "fixed"):
        return float(np.sqrt(2 / trace_squared_with(project(q, wi), np.ones(k))))
    crude = float(np.var(yi - yi[0]))
    if method == "SJ" and crude == 0:
        return 0.0
    by_v, ones = 1 / vi, np.ones(k)
    weights, divisor = {
        "DL": (by_v, trace(project(q, by_v))),
        "HE": (ones, float(df)),
        "HS": (by_v, float(by_v.sum())),
        "HSk": (by_v, float(by_v.sum()) * df / k),
        "SJ": (1 / (vi + crude), df / crude if crude else 1.0),
    }.get(method, (wi, float(wi.sum()) * df / k))  # PM and those that settle on it
    if method in TAU2_OF_WEIGHTS and ai is not None:
        weights, divisor = ai, trace(project(q, ai))
    return float(np.sqrt(2 * trace_squared_with(project(q, weights), si))) / divisor
