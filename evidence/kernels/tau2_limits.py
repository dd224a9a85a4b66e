"""Confidence limits for τ² by inverting a sum of squares: Q-profile and Jackson's."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import chdtri

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.bracketed_root import bracketed_root
from evidence.kernels.heterogeneity import generalised_q
from evidence.kernels.quadratic_form import quadratic_form_cdf
from evidence.kernels.wls import weighted_squares

Tau2Limits: TypeAlias = Literal["QP", "J"]
"""Q-profile (Viechtbauer); generalised Cochran statistic with weights 1/√v (Jackson)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSearch:
    """Where limits for τ² are looked for, and how finely.

    `ceiling` and `multiple` end the search at the larger of `ceiling` and `multiple` · τ²; without
    a ceiling it has no end. `resolution` is how far a limit may be from the root.
    """

    ceiling: float | None = None
    multiple: float = 0.0
    resolution: float = 0.0


EXACT = LimitSearch()
"""No end, and the last digits."""

AS_IN_R_META = LimitSearch(ceiling=100.0, multiple=10.0, resolution=2.0**-13)
"""What R's meta and metafor do unless told otherwise: up to 100 or 10 τ², to within 0.0001.

Limits smaller than about 0.001 then have few right digits or none.
"""


def tau2_limits(
    method: Tau2Limits,
    yi: Vector,
    vi: Vector,
    *,
    tau2: float = 0.0,
    level: float = 0.95,
    search: LimitSearch = EXACT,
) -> tuple[float, float]:
    """Limits for τ²; an upper one beyond the end of the search is that end.

    Parameters
    ----------
    method : {"QP", "J"}
        Q-profile, or Jackson's with weights 1/√v.
    yi, vi : arrays of shape (k,)
        Effects and sampling variances; k at least 2.
    tau2 : float
        The estimate, for the end of the search; it has no other influence.
    level : float
        Confidence level.
    search : LimitSearch
        Where to look and how finely.

    References
    ----------
    Viechtbauer (2007), Stat Med 26:37–52. https://doi.org/10.1002/sim.2514
    Jackson (2013), Res Synth Methods 4:220–229. https://doi.org/10.1002/jrsm.1081

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> tau2_limits("QP", yi, vi), tau2_limits("J", yi, vi)
    ((0.0, 5.096), (0.000117, 4.748))
    """
    tail = (1 - level) / 2
    excess = {"QP": _q_profile, "J": _jackson}[method](yi, vi)
    end = None if search.ceiling is None else max(search.ceiling, search.multiple * tau2)
    low, high = (_limit(excess, p, vi, end, search.resolution) for p in (1 - tail, tail))
    return low, high


def _q_profile(yi: Vector, vi: Vector) -> Callable[[float, float], float]:
    """Q with weights 1/(v + τ²) less the chi-square quantile of probability p."""
    df = len(yi) - 1
    return lambda tau2, p: generalised_q(yi, vi, tau2) - float(chdtri(df, 1 - p))


def _jackson(yi: Vector, vi: Vector) -> Callable[[float, float], float]:
    """P(sum of squares ≤ the one observed; τ²) less p."""
    ai = np.asarray(1 / np.sqrt(vi), dtype=np.float64)
    q = weighted_squares(yi, ai)
    return lambda tau2, p: quadratic_form_cdf(q, ai, vi + tau2) - p


def _limit(
    excess: Callable[[float, float], float],
    p: float,
    vi: Vector,
    end: float | None,
    resolution: float,
) -> float:
    """Where `excess` falls through zero: 0 when it starts below, the end when it stays above."""
    if excess(0.0, p) <= 0:
        return 0.0
    high = float(np.median(vi)) if end is None else end
    if end is not None and excess(end, p) > 0:
        return end
    while end is None and excess(high, p) > 0:
        high *= 4
        if not math.isfinite(high):
            raise ConvergenceError(
                "no between-study variance is large enough to be the upper limit: the effects are "
                "too far apart to compute with; check for a misplaced decimal point or unit."
            )
    return bracketed_root(lambda tau2: excess(tau2, p), 0.0, high, resolution=resolution)
