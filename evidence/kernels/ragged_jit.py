"""The compiled engine of `evidence.kernels.ragged`: one group after the other, in plain loops.

Imported only when there is enough to do. Every function here is scalar code over one group: the
effects less that of the most precise study (`u`), all other studies' variances (`v`), its own
(`vj`), in units of a power of four near the smallest variance. Taken like this, no sum below loses
digits when one weight dominates, and nothing overflows.

How the peak of a likelihood is shown to be the only one is told in `ragged_peaks`, whose formulas
these are.
"""

from __future__ import annotations

import math

import numpy as np

from evidence._typing import Matrix, Vector
from evidence.kernels._jit import compiled
from evidence.kernels.ragged_rows import Offsets, States

# Numbers, not imports: numba keeps machine code by the date of this file alone, so that what it
# was made from has to stand here. A test holds them to ragged_rows, ragged_peaks and likelihood.
EE, DL, HE, HS, HSK, SJ, PM, PMM, FULL, RESTRICTED = range(10)
ESTIMATE, VARIANCE, SQUARES, TAU2, Q, TRACE = range(6)
NOT_CONVERGED = 6
MARCHES, NEWTONS, SHORT, DIGITS = 12, 30, 0.999, 1e-9
BRACKETS = (0.1, 0.05, 0.02, 0.005)
GRID_PER_DECADE = 8


@compiled
def pool_groups(
    yi: Vector,
    vi: Vector,
    offsets: Offsets,
    method: int,
    targets: Vector,
    out: Matrix,
    status: States,
) -> None:
    """Fill `out` (rows ESTIMATE to TRACE, one column a group) for the groups that are in order.

    `offsets` has shape (m + 1,), `targets` (m,): what Q is to become under PM and PMM. A group
    whose `status` is not 0 is passed over.
    """
    longest = 1
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    u, v = np.empty(longest), np.empty(longest)
    for i in range(len(offsets) - 1):
        if status[i] != 0:
            continue
        start, stop = offsets[i], offsets[i + 1]
        n = stop - start - 1
        j = start
        for row in range(start + 1, stop):
            if vi[row] < vi[j]:
                j = row
        half = math.frexp(vi[j])[1] // 2
        unit, root = math.ldexp(1.0, -2 * half), math.ldexp(1.0, -half)
        vj, filled = vi[j] * unit, 0
        for row in range(start, stop):
            if row != j:
                u[filled] = (yi[row] - yi[j]) * root
                v[filled] = vi[row] * unit
                filled += 1
        mean0, total0, q0, trace0 = _squares(0.0, vj, v, u, n)
        tau2 = 0.0
        if n > 0 and method != EE:
            tau2 = _tau2(method, targets[i], q0, total0, trace0, vj, v, u, n)
        if math.isnan(tau2):
            status[i] = NOT_CONVERGED
            continue
        mean, total, squares = mean0, total0, q0
        if tau2 > 0:
            mean, total, squares, _ = _squares(tau2, vj, v, u, n)
        out[ESTIMATE, i] = yi[j] + mean / root
        out[VARIANCE, i] = 1 / total / unit
        out[SQUARES, i] = squares
        out[TAU2, i] = tau2 / unit
        out[Q, i] = q0
        out[TRACE, i] = trace0 * unit


@compiled
def _squares(
    tau2: float, vj: float, v: Vector, u: Vector, n: int
) -> tuple[float, float, float, float]:
    """Mean (from the most precise study), sum of weights, sum of squares and trace of P."""
    wj, s1, s2, p1 = 1 / (vj + tau2), 0.0, 0.0, 0.0
    for i in range(n):
        w = 1 / (v[i] + tau2)
        s1 += w
        s2 += w * w
        p1 += w * u[i]
    total = s1 + wj
    mean = p1 / total
    squares = wj * mean * mean
    for i in range(n):
        away = u[i] - mean
        squares += away * away / (v[i] + tau2)
    return mean, total, squares, s1 * (1 + wj / total) - s2 / total


@compiled
def _tau2(
    method: int,
    target: float,
    q: float,
    total: float,
    trace: float,
    vj: float,
    v: Vector,
    u: Vector,
    n: int,
) -> float:
    """τ² of one group of n + 1 studies; NaN when the search has no end."""
    if method == DL:
        return max(0.0, (q - n) / trace)
    if method == HS:
        return max(0.0, (q - (n + 1)) / total)
    if method == HSK:
        return max(0.0, ((n + 1) / n * q - (n + 1)) / total)
    if method in (HE, SJ):
        mean, squares, typical = 0.0, 0.0, vj
        for i in range(n):
            mean += u[i]
            typical += v[i]
        mean /= n + 1
        squares = mean * mean
        for i in range(n):
            squares += (u[i] - mean) * (u[i] - mean)
        if method == HE:
            return max(0.0, squares / n - typical / (n + 1))
        crude = squares / (n + 1)
        return crude * _squares(crude, vj, v, u, n)[2] / n if crude > 0 else 0.0
    if method in (FULL, RESTRICTED):
        tau2 = _single_peak(method == FULL, vj, v, u, n)
        return tau2 if not math.isnan(tau2) else _highest_peak(method == FULL, vj, v, u, n)
    return _where_q_is(target, q, vj, v, u, n)


@compiled
def _where_q_is(target: float, q: float, vj: float, v: Vector, u: Vector, n: int) -> float:
    """The root of Q(τ²) = target by Newton's steps on 1/Q, which never pass it."""
    t = 0.0
    if q <= target:
        return t
    for _ in range(200):
        wj, s1, s2, p1, p2, q2 = 1 / (vj + t), 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            w = 1 / (v[i] + t)
            wu = w * u[i]
            s1 += w
            s2 += w * w
            p1 += wu
            p2 += w * wu
            q2 += wu * wu
        mean = p1 / (s1 + wj)
        slope = q2 - 2 * mean * p2 + mean * mean * (s2 + wj * wj)
        q = wj * mean * mean
        for i in range(n):
            away = u[i] - mean
            q += away * away / (v[i] + t)
        step = (q / target - 1) * q / slope
        if not step > t * 1e-16:
            return max(t + step, 0.0)
        t += step
        if step < t * DIGITS:
            return t
    return math.nan


@compiled
def _terms(
    t: float, full: bool, vj: float, v: Vector, u: Vector, n: int
) -> tuple[float, float, float, float]:
    """The two halves f and g of the score at τ² = t, and −f'/2 and −g'; see `ragged_peaks`."""
    wj = 1 / (vj + t)
    s1 = s2 = s3 = p1 = p2 = p3 = q2 = q3 = 0.0
    for i in range(n):
        w = 1 / (v[i] + t)
        w2, wu = w * w, w * u[i]
        s1 += w
        s2 += w2
        s3 += w2 * w
        p1 += wu
        p2 += w * wu
        p3 += w2 * wu
        q2 += wu * wu
        q3 += w * wu * wu
    total = s1 + wj
    mean, share = p1 / total, wj / total
    rj = -wj * mean
    f = q2 - 2 * mean * p2 + mean * mean * s2 + rj * rj
    a, b = q3 - 2 * mean * p3 + mean * mean * s3, p2 - mean * s2
    f2 = a + share * s1 * rj * rj - 2 * share * rj * b - b * b / total
    if full:
        return f, total, f2, s2 + wj * wj
    g2 = s2 * (1 + 2 * share * share) - 2 * s3 / total + (s2 / total) ** 2 + (share * s1) ** 2
    return f, s1 * (1 + share) - s2 / total, f2, g2


@compiled
def _step_up(f: float, g: float, f2: float, m: float) -> float:
    """How far the score surely stays positive, m being the largest variance plus τ²."""
    d = f / f2
    a, b, c = g * m, 2 * g * m * d - f * d * d, d * d * m * (g - f)
    root = math.sqrt(b * b - 4 * a * c)
    return -2 * c / (b + root) if b > 0 else (root - b) / (2 * a)


@compiled
def _step_down(f: float, g: float, g2: float, m: float) -> float:
    """How far the score surely stays negative; infinite when for good."""
    d = g / g2
    a, b, c = g * d, 2 * g * d * m - f * m * m, m * m * d * (g - f)
    inner = b * b - 4 * a * c
    if b >= 0 or inner < 0:
        return math.inf
    return 2 * c / (math.sqrt(inner) - b)


@compiled
def _stays_up(
    t: float, end: float, largest: float, full: bool, vj: float, v: Vector, u: Vector, n: int
) -> bool:
    """Whether the score, positive up to t, is shown to be so up to `end`."""
    for _ in range(MARCHES):
        if t >= end:
            return True
        f, g, f2, _g2 = _terms(t, full, vj, v, u, n)
        if not (f2 > 0 and f > g):
            return False
        t += _step_up(f, g, f2, largest + t) * SHORT
    return t >= end


@compiled
def _stays_down(
    t: float,
    f: float,
    g: float,
    g2: float,
    largest: float,
    full: bool,
    vj: float,
    v: Vector,
    u: Vector,
    n: int,
) -> bool:
    """Whether the score is shown to be negative from t on."""
    for _ in range(MARCHES):
        if not f < g:
            return False
        step = _step_down(f, g, g2, largest + t)
        if step == math.inf:
            return True
        t += step * SHORT
        f, g, _f2, g2 = _terms(t, full, vj, v, u, n)
    return False


@compiled
def _single_peak(full: bool, vj: float, v: Vector, u: Vector, n: int) -> float:
    """τ² where the likelihood is highest if it is shown to have one peak; otherwise NaN."""
    largest, differ = vj, False
    for i in range(n):
        largest = max(largest, v[i])
        differ = differ or u[i] != 0
    if not differ:
        return 0.0
    f, g, f2, g2 = _terms(0.0, full, vj, v, u, n)
    if f <= g:
        down = _stays_down(0.0, f, g, g2, largest, full, vj, v, u, n)
        return 0.0 if down else math.nan
    at_zero, t, sure = g2, 0.0, 0.0
    for _ in range(MARCHES):
        slope = 2 * g * f2 - g2 * f
        if not (f2 > 0 and f > g):
            break
        sure = t + _step_up(f, g, f2, largest + t) * SHORT
        if slope > 0 and t + (f - g) * f / slope - BRACKETS[0] * f / f2 < sure:
            break
        t = sure
        f, g, f2, g2 = _terms(t, full, vj, v, u, n)
    settled = False
    for _ in range(NEWTONS):
        slope = 2 * g * f2 - g2 * f
        if not (f2 > 0 and slope > 0):
            return math.nan
        step = (f - g) * f / slope
        t += step
        if not t > 0:
            return math.nan
        if abs(step) <= t * DIGITS:
            settled = True
            break
        f, g, f2, g2 = _terms(t, full, vj, v, u, n)
    if not settled:
        return math.nan
    for width in BRACKETS:
        around = width * f / f2
        low, high = max(0.0, t - around), t + around
        curve = at_zero if low == 0 else _terms(low, full, vj, v, u, n)[3]
        f_high, g_high, f2_high, g2_high = _terms(high, full, vj, v, u, n)
        if 2 * f2_high > curve:
            single = _stays_up(sure, low, largest, full, vj, v, u, n) and _stays_down(
                high, f_high, g_high, g2_high, largest, full, vj, v, u, n
            )
            return t if single else math.nan
    return math.nan


@compiled
def _highest_peak(full: bool, vj: float, v: Vector, u: Vector, n: int) -> float:
    """τ² of the highest of several peaks, by the search of `likelihood.maximise`."""
    lowest = highest = 0.0
    for i in range(n):
        lowest, highest = min(lowest, u[i]), max(highest, u[i])
    high = 2 * (highest - lowest) ** 2
    low = min(vj / 10, high / 10)
    decades = math.log10(high / low)
    if not math.isfinite(decades):
        return math.nan
    count = max(8, math.ceil(GRID_PER_DECADE * decades))
    best, best_value = math.nan, -math.inf
    f, g, _f2, _g2 = _terms(0.0, full, vj, v, u, n)
    left, falling_at_zero = 0.0, f <= g
    rising = not falling_at_zero
    for i in range(count + 1):
        t = low * math.exp(i * math.log(high / low) / count)
        f, g, _f2, _g2 = _terms(t, full, vj, v, u, n)
        if not math.isfinite(f - g):
            return math.nan
        if rising and f <= g:
            peak = _between(left, t, full, vj, v, u, n)
            value = _log_likelihood(peak, full, vj, v, u, n)
            if value > best_value:
                best, best_value = peak, value
        rising, left = f > g, t
    if falling_at_zero and _log_likelihood(0.0, full, vj, v, u, n) > best_value:
        best = 0.0
    return best


@compiled
def _between(low: float, high: float, full: bool, vj: float, v: Vector, u: Vector, n: int) -> float:
    """The root of the score between a τ² where it is positive and one where it is not."""
    t = 0.5 * (low + high)
    for _ in range(300):
        f, g, f2, g2 = _terms(t, full, vj, v, u, n)
        if f > g:
            low = t
        else:
            high = t
        slope = 2 * g * f2 - g2 * f
        step = (f - g) * f / slope if slope > 0 else math.inf
        if abs(step) <= t * DIGITS and low <= t + step <= high:
            return t + step
        t = t + step if low < t + step < high else 0.5 * (low + high)
        if high - low <= high * 2e-16:
            break
    return t


@compiled
def _log_likelihood(t: float, full: bool, vj: float, v: Vector, u: Vector, n: int) -> float:
    """Log-likelihood at τ² = t, without its constants."""
    _, total, squares, _ = _squares(t, vj, v, u, n)
    value = -0.5 * squares - 0.5 * math.log(vj + t)
    for i in range(n):
        value -= 0.5 * math.log(v[i] + t)
    return value if full else value - 0.5 * math.log(total)
