"""Between-study variance: one function per estimator, listed in `TAU2` and `TAU2_OF_WEIGHTS`.

Every estimator takes effects `yi` and sampling variances `vi`, arrays of shape (k,) with k at
least 2, the variances positive, and gives a τ² that is zero when the formula is negative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.heterogeneity import cochran_q, generalised_q, tau2_where_q_is
from evidence.kernels.likelihood import maximise
from evidence.kernels.quadratic_form import quadratic_form_cdf
from evidence.kernels.wls import trace, trace_squared_with, trace_with, weighted_squares

Tau2Method: TypeAlias = Literal[
    "EE",
    "DL",
    "DLIT",
    "HE",
    "HS",
    "HSk",
    "SJ",
    "SJIT",
    "ML",
    "REML",
    "EB",
    "PM",
    "PMM",
    "GENQ",
    "GENQM",
]


def equal_effects(yi: Vector, vi: Vector) -> float:  # noqa: ARG001 - same shape as its row mates
    """No between-study variance: every study estimates the same effect.

    >>> equal_effects(np.array([0.1, 0.8]), np.array([0.02, 0.03]))
    0.0
    """
    return 0.0


def dersimonian_laird(yi: Vector, vi: Vector) -> float:
    """τ² by the DerSimonian–Laird moment estimator.

    Returns
    -------
    float
        (Q − (k − 1)) / (Σw − Σw² / Σw) with w = 1/v [1]_; zero when negative.

    References
    ----------
    .. [1] DerSimonian & Laird (1986), Control Clin Trials 7:177–188.
       https://doi.org/10.1016/0197-2456(86)90046-2

    Examples
    --------
    >>> dersimonian_laird(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.0775
    """
    return max(0.0, (cochran_q(yi, vi) - (len(yi) - 1)) / trace(1 / vi))


def hedges(yi: Vector, vi: Vector) -> float:
    """τ² as the variance of the effects less their mean sampling variance.

    References
    ----------
    Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, chapter 9.

    Examples
    --------
    >>> hedges(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.0967
    """
    return max(0.0, float(np.var(yi - yi[0], ddof=1) - vi.mean()))


def hunter_schmidt(yi: Vector, vi: Vector) -> float:
    """τ² = (Q − k) / Σw: biased downwards, small mean squared error.

    References
    ----------
    Viechtbauer (2005), J Educ Behav Stat 30:261–293. https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> hunter_schmidt(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.04
    """
    return max(0.0, (cochran_q(yi, vi) - len(yi)) / float((1 / vi).sum()))


def hunter_schmidt_k(yi: Vector, vi: Vector) -> float:
    """τ² of Hunter and Schmidt with Q enlarged by k/(k − 1), which takes most of the bias away.

    References
    ----------
    Brannick, Potter, Benitez & Morris (2019), Organ Res Methods 22:490–514.
    https://doi.org/10.1177/1094428117741966

    Examples
    --------
    >>> hunter_schmidt_k(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.0726
    """
    k = len(yi)
    return max(0.0, (k / (k - 1) * cochran_q(yi, vi) - k) / float((1 / vi).sum()))


def sidik_jonkman(yi: Vector, vi: Vector) -> float:
    """τ² from one step away from the crude variance of the effects; positive unless they agree.

    References
    ----------
    Sidik & Jonkman (2005), Appl Stat 54:367–384.
    https://doi.org/10.1111/j.1467-9876.2005.00489.x

    Examples
    --------
    >>> sidik_jonkman(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.0901
    """
    crude = float(np.var(yi - yi[0]))
    return crude * generalised_q(yi, vi, crude) / (len(yi) - 1) if crude > 0 else 0.0


def paule_mandel(yi: Vector, vi: Vector) -> float:
    """τ² at which the generalised Q equals its expectation k − 1; zero when Q starts below it.

    The empirical Bayes estimator (Morris 1983), the DerSimonian–Laird step repeated with its own
    weights (DLIT) and the Sidik–Jonkman step repeated (SJIT) settle on this same root: with
    weights 1/(v + τ²) each of their equations reduces to Q = k − 1. `TAU2` lists it under all
    four names; only their standard errors were derived differently.

    References
    ----------
    Paule & Mandel (1982), J Res Natl Bur Stand 87:377–385. https://doi.org/10.6028/jres.087.022

    Examples
    --------
    >>> paule_mandel(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.0916
    """
    return tau2_where_q_is(yi, vi, len(yi) - 1.0)


def paule_mandel_median(yi: Vector, vi: Vector) -> float:
    """τ² at which the generalised Q equals its median, so that it is as often low as high.

    References
    ----------
    Viechtbauer (2021), in: Schmid, Stijnen & White (eds), Handbook of Meta-Analysis, chapter 11.

    Examples
    --------
    >>> paule_mandel_median(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.1490
    """
    return tau2_where_q_is(yi, vi, float(chdtri(len(yi) - 1, 0.5)))


def maximum_likelihood(yi: Vector, vi: Vector) -> float:
    """τ² that maximises the likelihood; see `evidence.kernels.likelihood`.

    Examples
    --------
    >>> maximum_likelihood(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.0419
    """
    return maximise("ML", yi, vi)


def restricted_likelihood(yi: Vector, vi: Vector) -> float:
    """τ² that maximises the restricted likelihood; see `evidence.kernels.likelihood`.

    Examples
    --------
    >>> restricted_likelihood(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]))
    0.0860
    """
    return maximise("REML", yi, vi)


def generalised_moment(yi: Vector, vi: Vector, ai: Vector) -> float:
    """τ² by moments of the sum of squares with any weights: (yᵀPy − tr PV) / tr P.

    With weights 1/v it is DerSimonian–Laird, with equal weights Hedges.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and their sampling variances.
    ai : array of shape (k,)
        Positive weights, chosen without looking at the effects.

    References
    ----------
    DerSimonian & Kacker (2007), Contemp Clin Trials 28:105–114.
    https://doi.org/10.1016/j.cct.2006.04.004

    Examples
    --------
    >>> generalised_moment(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]), np.ones(3))
    0.0967
    """
    return max(0.0, (weighted_squares(yi, ai) - trace_with(ai, vi)) / trace(ai))


def generalised_median(yi: Vector, vi: Vector, ai: Vector) -> float:
    """τ² under which the sum of squares with weights `ai` is at the median of its distribution.

    Parameters as for `generalised_moment`.

    Raises
    ------
    ConvergenceError
        When no τ² brings it there.

    References
    ----------
    Viechtbauer (2021), in: Schmid, Stijnen & White (eds), Handbook of Meta-Analysis, chapter 11.

    Examples
    --------
    >>> generalised_median(np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05]), np.ones(3))
    0.154
    """
    q = weighted_squares(yi, ai)

    def excess(tau2: float) -> float:
        return quadratic_form_cdf(q, ai, vi + tau2) - 0.5

    if excess(0.0) <= 0:
        return 0.0
    high = max(q / trace(ai), float(vi.min()))
    for _ in range(200):
        if excess(high) < 0:
            return float(brentq(excess, 0.0, high, xtol=high * 1e-15, maxiter=500))
        high *= 2
    raise ConvergenceError(
        "no between-study variance puts Q at its median; use tau2='PM' or 'GENQ' instead."
    )


TAU2: dict[Tau2Method, Callable[[Vector, Vector], float]] = {
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
"""Estimators that need effects and variances only."""

TAU2_OF_WEIGHTS: dict[Tau2Method, Callable[[Vector, Vector, Vector], float]] = {
    "GENQ": generalised_moment,
    "GENQM": generalised_median,
}
"""Estimators that need weights of the user's choice as well."""


def tau2_se(
    method: Tau2Method | Literal["fixed"],
    yi: Vector,
    vi: Vector,
    tau2: float,
    ai: Vector | None = None,
) -> float | None:
    """Standard error of τ² under normal effects; None for the equal-effects model.

    Likelihood estimators: from the expected information at τ² (a fixed τ²: that of the
    restricted likelihood). Moment estimators: from Var(yᵀPy) = 2 tr(PSPS), S = diag(v + τ²).

    Parameters
    ----------
    method : str
        Name of the estimator.
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    tau2 : float
        The estimate.
    ai : array of shape (k,), optional
        The weights of GENQ and GENQM.

    References
    ----------
    Viechtbauer (2005), J Educ Behav Stat 30:261–293. https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> yi, vi = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    >>> tau2_se("DL", yi, vi, 4.435)
    6.364
    """
    k, si = len(yi), vi + tau2
    wi = 1 / si
    if method == "EE":
        return None
    if method == "ML":
        return float(np.sqrt(2 / (wi @ wi)))
    if method in ("REML", "fixed"):
        return float(np.sqrt(2 / trace_squared_with(wi, np.ones(k))))
    crude = float(np.var(yi - yi[0]))
    if method == "SJ" and crude == 0:
        return 0.0
    by_v, ones = 1 / vi, np.ones(k)
    weights, divisor = {
        "DL": (by_v, trace(by_v)),
        "HE": (ones, k - 1.0),
        "HS": (by_v, float(by_v.sum())),
        "HSk": (by_v, float(by_v.sum()) * (k - 1) / k),
        "SJ": (1 / (vi + crude), (k - 1) / crude if crude else 1.0),
    }.get(method, (wi, float(wi.sum()) * (k - 1) / k))  # PM and those that settle on it
    if method in TAU2_OF_WEIGHTS and ai is not None:
        weights, divisor = ai, trace(ai)
    return float(np.sqrt(2 * trace_squared_with(weights, si))) / divisor
