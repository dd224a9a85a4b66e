"""Effects of 2x2 tables and their common effect by the rules of RevMan and R's meta.

A constant goes into every cell of a table with a zero, and stays there when the tables are
pooled by Mantel and Haenszel; the risk difference itself takes the counts as they are. Ratios
come out on the log scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Vector
from evidence.kernels.mantel_haenszel import (
    CommonEffect,
    hypergeometric_moments,
    odds_ratio,
    risk_ratio,
)

Cells = tuple[Vector, Vector, Vector, Vector]


def without_effect(measure: str, cells: Cells) -> NDArray[np.bool_]:
    """Tables that say nothing about a ratio: no events in both arms; for odds also no others.

    >>> without_effect("RR", tuple(np.array([x]) for x in (0.0, 5.0, 0.0, 7.0)))
    array([ True])
    """
    a, b, c, d = cells
    empty: NDArray[np.bool_] = (a == 0) & (c == 0)
    if measure == "RD":
        return np.zeros(len(a), dtype=bool)
    return empty if measure == "RR" else empty | ((b == 0) & (d == 0))


def with_constant(measure: str, cells: Cells, constant: float) -> Cells:
    """The constant added to all cells of tables with a zero that have an effect.

    >>> cells = tuple(np.array([x]) for x in (0.0, 5.0, 2.0, 7.0))
    >>> with_constant("OR", cells, 0.5)[0]
    array([0.5])
    """
    zero = np.any([cell == 0 for cell in cells], axis=0) & ~without_effect(measure, cells)
    a, b, c, d = (cell + constant * zero for cell in cells)
    return a, b, c, d


def own_effects(measure: str, cells: Cells, constant: float) -> tuple[Vector, Vector]:
    """Effect and sampling variance of each table; NaN where it has none.

    The odds ratio of a table without effect has the variance 1/0 = ∞.

    Parameters
    ----------
    measure : {"OR", "RR", "RD", "PETO"}
        What is computed.
    cells : four arrays of shape (k,)
        Events and others of the first group, then of the second.
    constant : float
        Added to the cells of tables with a zero, except for Peto's odds ratio.

    References
    ----------
    Hartung & Knapp (2001), Stat Med 20:3875–3889, equation 18 (variance of the log risk ratio).
    https://doi.org/10.1002/sim.1009

    Examples
    --------
    >>> yi, vi = own_effects("RR", tuple(np.array([x]) for x in (0.0, 116.0, 3.0, 114.0)), 0.5)
    >>> float(yi[0]), float(vi[0])
    (-1.937, 2.269)
    """
    none = without_effect(measure, cells)
    a, b, c, d = with_constant(measure, cells, constant)
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "PETO":
            expected, vi = hypergeometric_moments(*cells)
            return _masked(none, (cells[0] - expected) / vi), _masked(none, 1 / vi)
        if measure == "OR":
            vi = 1 / a + 1 / b + 1 / c + 1 / d
            return _masked(none, np.log(a) + np.log(d) - np.log(b) - np.log(c)), vi
        if measure == "RR":
            # the constant once among the people, and among the events unless everybody has one
            a0, b0, c0, d0 = cells
            n1, n2, every = a + b0, c + d0, (b0 == 0) & (d0 == 0)
            e1, e2 = np.where(every, a0, a), np.where(every, c0, c)
            vi = 1 / e1 - 1 / n1 + 1 / e2 - 1 / n2
            return _masked(none, np.log(a / n1) - np.log(c / n2)), _masked(none, vi)
        n1, n2 = a + b, c + d
        a0, b0, c0, d0 = cells
        vi = (a / n1) * (b / n1) / n1 + (c / n2) * (d / n2) / n2
        return a0 / (a0 + b0) - c0 / (c0 + d0), vi


def _masked(none: NDArray[np.bool_], values: Vector) -> Vector:
    return np.asarray(np.where(none, np.nan, values), dtype=np.float64)


def mantel_haenszel(measure: str, cells: Cells, constant: float) -> CommonEffect:
    """Common effect by Mantel and Haenszel with the constant in the cells; weights of shape (k,).

    The risk difference averages the differences of the plain counts with weights n₁n₂/N, and has
    the error of Greenland and Robins, which does not assume that the difference is the same.

    Parameters
    ----------
    measure, cells, constant : as for `own_effects`
        Measures OR, RR, RD.

    References
    ----------
    Greenland & Robins (1985), Biometrics 41:55–68, equation 13. https://doi.org/10.2307/2530643

    Examples
    --------
    >>> cells = tuple(np.array([[12.0, 5], [88, 45], [20, 9], [80, 41]]))
    >>> found = mantel_haenszel("RD", cells, 0.5)
    >>> found.estimate, found.se
    (-0.08, 0.0413)
    """
    none = without_effect(measure, cells)
    a, b, c, d = with_constant(measure, cells, constant)
    if measure == "RD":
        n1, n2 = a + b, c + d
        wi = n1 * n2 / (n1 + n2)
        yi, _ = own_effects("RD", cells, constant)
        f1, f2 = n2 / (n1 + n2), n1 / (n1 + n2)
        variance = (a * b / n1 * f1 * f1 + c * d / n2 * f2 * f2).sum()
        total = wi.sum()
        return CommonEffect(
            estimate=float(wi @ yi / total), se=float(np.sqrt(variance) / total), weights=wi
        )
    kept = (a[~none], b[~none], c[~none], d[~none])
    found = {"OR": odds_ratio, "RR": risk_ratio}[measure](*kept)
    weights = np.zeros(len(none))
    weights[~none] = found.weights
    return CommonEffect(estimate=found.estimate, se=found.se, weights=weights)
