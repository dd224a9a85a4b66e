"""Trim and fill: how many studies one side of the funnel lacks, from the ranks of the others.

Effects are oriented so that the missing studies are on the left; the caller turns them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.wls import weighted_mean

MissingEstimator: TypeAlias = Literal["L0", "R0", "Q0"]

ROUNDS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trimmed:
    """How many studies are missing, the centre found, and the mirror images.

    `missing_se` is None where the formula has none (a negative variance under the root).
    `rows` says which effects were mirrored, in the order of `filled`.
    """

    missing: int
    missing_se: float | None
    centre: float
    filled: Vector
    rows: tuple[int, ...]
    rounds: int


def trim(
    yi: Vector,
    vi: Vector,
    tau2: Callable[[Vector, Vector], float],
    estimator: MissingEstimator = "L0",
) -> Trimmed:
    """Trim the rightmost effects until their number settles, then mirror them.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    tau2 : function of effects and variances
        The estimator of the between-study variance for the centre.
    estimator : {"L0", "R0", "Q0"}
        What counts the missing studies.

    Raises
    ------
    ConvergenceError
        When the count goes round in circles.

    References
    ----------
    Duval & Tweedie (2000), JASA 95:89–98. https://doi.org/10.1080/01621459.2000.10473905

    Examples
    --------
    >>> yi = np.array([0.1, 0.15, 0.2, 0.6, 0.9, 1.2])
    >>> vi = np.array([0.01, 0.01, 0.01, 0.05, 0.09, 0.12])
    >>> trim(yi, vi, lambda y, v: 0.0).filled
    array([-0.54375, -0.84375])
    """
    order = np.argsort(yi, kind="stable")
    y, v = yi[order], vi[order]
    k, missing, centre = len(y), 0, 0.0
    spread: float | None = None
    for rounds in range(1, ROUNDS + 1):
        kept = slice(None, k - missing)
        between = tau2(y[kept], v[kept]) if k - missing > 1 else 0.0
        centre = weighted_mean(y[kept], 1 / (v[kept] + between))
        previous = missing
        missing, spread = count_missing(y - centre, estimator)
        if missing == previous:
            outer = np.arange(k - missing, k)
            return Trimmed(
                missing=missing,
                missing_se=spread,
                centre=centre,
                filled=2 * centre - y[outer],
                rows=tuple(int(row) for row in order[outer]),
                rounds=rounds,
            )
    raise ConvergenceError(
        f"trim and fill did not settle within {ROUNDS} rounds with the estimator {estimator}; "
        "try another estimator (L0, R0, Q0) or tau2='EE'."
    )


def count_missing(centred: Vector, estimator: MissingEstimator) -> tuple[int, float | None]:
    """Missing studies by signed ranks of the centred effects, and the standard error.

    >>> count_missing(np.array([-1.0, 2.0, 3.0, 4.0]), "L0")
    (2, 1.47)
    """
    k = len(centred)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        left = ranks[centred < 0]
        if not len(left):  # all effects alike: nothing sticks out
            return 0, math.sqrt(2)
        count = max(0, int(k - left.max() - 1))
        return count, math.sqrt(2 * count + 2)
    right = float(ranks[centred > 0].sum())
    if estimator == "L0":
        raw = (4 * right - k * (k + 1)) / (2 * k - 1)
    else:
        inner = 2 * k * k - 4 * right + 0.25
        if inner < 0:
            raise ConvergenceError(
                "the estimator Q0 has no solution here: too many effects lie on one side; "
                "use estimator='L0' or 'R0'."
            )
        raw = k - 0.5 - math.sqrt(inner)
    variance = (
        k * (k + 1) * (2 * k + 1)
        + 10 * raw**3
        + 27 * raw**2
        + 17 * raw
        - 18 * k * raw**2
        - 18 * k * raw
        + 6 * k**2 * raw
    ) / 24
    count = max(0, round(raw))
    if variance < 0:
        return count, None
    if estimator == "L0":
        return count, 4 * math.sqrt(variance) / (2 * k - 1)
    inner = (k - 0.5) ** 2 - raw * (2 * k - raw - 1)
    return count, 2 * math.sqrt(variance) / math.sqrt(inner) if inner > 0 else None
