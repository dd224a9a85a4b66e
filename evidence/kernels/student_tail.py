"""Two-sided p values of Student's t on whole degrees of freedom, compiled, for many at once.

With cos θ = √(ν/(ν + t²)) the p value is a series of positive terms [1]_

    p = sin θ (C_ν cos^ν θ + C_{ν+2} cos^{ν+2} θ + …)    C_{e+2} = C_e (e + 1)/(e + 2)

from C_0 = 1 and C_1 = 2/π. The same series from its start is 1 for even ν and 2/π arcsin(cos θ)
for odd ν, so that p is also that less a sum of at most ν/2 terms: quicker, and as good while p is
not small. So no p value, however small, has lost digits.

References
----------
.. [1] Abramowitz & Stegun (1964), Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr

from evidence._typing import Vector
from evidence.kernels._jit import compiled

LARGEST_DF = 40  # beyond, the sums are longer than what scipy does
QUICK = 0.1  # of cos²θ: below, the series needs few terms
SMALL = 1e-3  # p values below would lose more than three digits to a subtraction
TERMS = 400  # more than any series here takes: cos²θ is below 0.85 where p is small


def two_sided(statistic: Vector, df: Vector) -> Vector:
    """2 P(T > |t|) for each t on its own degrees of freedom.

    Parameters
    ----------
    statistic, df : arrays of shape (m,)
        Values of t, infinite or NaN too, and their degrees of freedom, whole and positive.

    Returns
    -------
    array of shape (m,)
        NaN where t is NaN.

    Examples
    --------
    >>> two_sided(np.array([0.0, 1.0, -30.0]), np.array([3.0, 1.0, 19.0])).tolist()
    [1.0, 0.5, 1.8097e-17]
    """
    found = np.empty(len(statistic))
    _fill(statistic, df, _leading(LARGEST_DF + 1), found)
    long = df > LARGEST_DF
    if long.any():
        found[long] = 2 * stdtr(df[long], -np.abs(statistic[long]))
    return found


def _leading(last: int) -> Vector:
    """C_0 to C_last of the series."""
    found = np.array([1.0, 2 / math.pi] + [0.0] * (last - 1))
    for e in range(last - 1):
        found[e + 2] = found[e] * (e + 1) / (e + 2)
    return found


@compiled
def _fill(statistic: Vector, df: Vector, leading: Vector, found: Vector) -> None:
    for i in range(len(statistic)):
        if df[i] < len(leading):
            found[i] = _one(abs(statistic[i]), int(df[i]), leading)


@compiled
def _one(t: float, df: int, leading: Vector) -> float:
    """The p value of one t that is not negative."""
    if math.isnan(t):
        return math.nan
    slope = t / math.sqrt(df)
    if slope > 1e8:  # its square may overflow; to the last place as here
        sine, cosine, x = 1.0, 1 / slope, 0.0
    else:
        x = 1 / (1 + slope * slope)
        cosine = math.sqrt(x)
        sine = slope * cosine
    if x > QUICK:
        start = 0.0
        for e in range(df - 2, -1, -2):
            start = start * x + leading[e]
        if df % 2:
            p = 2 / math.pi * math.atan2(1.0, slope) - sine * cosine * start
        else:
            p = 1 - sine * start
        if p > SMALL:
            return p
    term = leading[df] * sine
    for _ in range(df):
        term *= cosine
    total, e = 0.0, df
    for _ in range(TERMS):
        total += term
        term *= x * (e + 1) / (e + 2)
        e += 2
        if term <= total * 1e-16:
            break
    return total
