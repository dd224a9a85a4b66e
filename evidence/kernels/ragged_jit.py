"""The compiled engine of `evidence.kernels.ragged`, in plain loops.

Imported only when there is enough to do. Most functions here are scalar code over one group: the
effects less that of the most precise study (`u`), all other studies' variances (`v`), its own
(`vj`), in units of a power of four near the smallest variance; `w` is room for weights. Taken like
this, no sum below loses digits when one weight dominates, and nothing overflows.

How the peak of a likelihood is shown to be the only one is told in `ragged_peaks`, whose signs
these are. Here an evaluation costs more than a few lines of scalar code, and more is drawn from
each. h = f^(−1/2) and G = 1/g are concave, so that each lies below its tangents, above its chords,
and rises at least as it does at infinity: by 1/√Σz² (Σz² is the plain sum of squares about the
mean) and by 1/n (n terms in g). Both are nearly straight: where the tangents make h² = G is the
next τ², and their bend, at most 3h'(1/(vj + τ²) − h'/h) and 2G'(1/(vj + τ²) − G'/G), bounds its
error. With t next to the root,

    below t   h² is at most its tangent at t, squared, and G at least its chord from 0 to t: the
              difference is convex, so that two values of it tell where it is negative;
    above t   h² is at least (h + s/√Σz²)², G at most its tangent: above G from some s on for good
              if the slopes at t say so;
    between   2f2 is at least its value at t times (μ/(μ + s))³, g2 at most its own times
              (μ/(μ − s))², μ = vj + t: the score falls while the first is the larger one.

Nine groups in ten need no further evaluation.

One search is a chain of divisions that wait for each other, so that groups of one size are searched
abreast, each in a lane of arrays whose innermost loops run over lanes. A group's sums have the same
terms in the same order as alone: its bits depend neither on its lane nor on who is beside it.
"""

from __future__ import annotations

import math

import numpy as np

from evidence._typing import Matrix, Vector
from evidence.kernels._jit import compiled, inlined
from evidence.kernels.ragged_rows import Offsets, States

# Numbers, not imports: numba keeps machine code by the date of this file alone, so that what it
# was made from has to stand here. A test holds them to ragged_rows, ragged_peaks and likelihood.
EE, DL, HE, HS, HSK, SJ, PM, PMM, FULL, RESTRICTED = range(10)
ESTIMATE, VARIANCE, SQUARES, TAU2, Q, TRACE = range(6)
NOT_CONVERGED = 6
MARCHES, NEWTONS, SHORT, DIGITS = 12, 30, 0.999, 1e-9
BRACKETS = (0.1, 0.05, 0.02, 0.005)
GRID_PER_DECADE = 8
Group = tuple[float, Vector, Vector, Vector, int]  # vj, v, u, w and how many others there are
UNDONE = 1e-11  # of τ²: what a last step may leave undone
NO_SPREAD = 1e-200  # of effects, against variances between 0.5 and 1e81: no τ² above zero

LANES = 64  # groups searched abreast: their u and v stay in the fastest memory
LONGEST = 64  # other studies: a longer group has enough of its own to do at once
Pack = tuple[Matrix, Matrix, Vector, Offsets]  # u and v, a row a study; lane; which groups they are
# Rows of `lane` (one array: the compiler then sees that they do not overlap), each LANES long. The
# first LASTING go with a group when lanes change places.
LASTING, LANE_ROWS = 12, 24
(T, VJ, YJ, ROOT, G_ZERO, SPREAD, F, G, F2, G2, STEP, CODE, MEAN, TOTAL, TRACE_P, ABOUT,
 S1, S2, S3, P1, P2, P3, Q2, Q3) = range(0, LANE_ROWS * LANES, LANES)  # fmt: skip
# How a lane goes on: by another step; no more, this step being small enough to be the last; not
# by steps, as the score is negative at 0, but perhaps not for good; not by steps, as they are of
# no use; no more, τ² being known.
MOVES, SETTLED, FALLS, LOST, DONE = 0.0, 1.0, 2.0, 3.0, 4.0


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
    if method in (FULL, RESTRICTED):
        with np.errstate(all="ignore"):  # compiled code divides by zero without a word
            _pool_abreast(yi, vi, offsets, method == FULL, out, status)
        if (np.diff(offsets) <= LONGEST + 1).all():
            return  # so that the rest is compiled for those who need it
    _pool_in_turn(yi, vi, offsets, method, targets, out, status)


@compiled
def _pool_in_turn(
    yi: Vector,
    vi: Vector,
    offsets: Offsets,
    method: int,
    targets: Vector,
    out: Matrix,
    status: States,
) -> None:
    """`pool_groups` by moments, and by likelihood for groups longer than LONGEST + 1."""
    likelihood = method in (FULL, RESTRICTED)
    longest = 1
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    u, v, w = np.empty(longest), np.empty(longest), np.empty(longest)
    for i in range(len(offsets) - 1):
        start, stop = offsets[i], offsets[i + 1]
        n = stop - start - 1
        if status[i] != 0 or (likelihood and n <= LONGEST):
            continue
        j, root = _most_precise(vi, start, stop)
        unit = root * root
        vj = vi[j] * unit
        for other in range(n):
            row = start + other + (start + other >= j)
            u[other] = (yi[row] - yi[j]) * root
            v[other] = vi[row] * unit
        group = (vj, v, u, w, n)
        tau2 = 0.0
        if likelihood:  # what is known at 0 serves the search as well
            f, g, f2, g2, mean0, total0, trace0 = _look(0.0, method == FULL, group)
            q0 = _about(mean0, 1 / vj, u, w, n)
            tau2 = _likeliest(f, g, f2, g2, method == FULL, group)
        else:
            mean0, total0, q0, trace0 = _squares(0.0, group)
            if n > 0 and method != EE:
                tau2 = _tau2(method, targets[i], q0, total0, trace0, group)
        if math.isnan(tau2):
            status[i] = NOT_CONVERGED
            continue
        mean, total, squares = mean0, total0, q0
        if tau2 > 0:
            mean, total, squares, _ = _squares(tau2, group)
        out[ESTIMATE, i] = yi[j] + mean / root
        out[VARIANCE, i] = 1 / total / unit
        out[SQUARES, i] = squares
        out[TAU2, i] = tau2 / unit
        out[Q, i] = q0
        out[TRACE, i] = trace0 * unit


@inlined
def _most_precise(vi: Vector, start: int, stop: int) -> tuple[int, float]:
    """The row of the smallest variance, and the power of two effects are multiplied by."""
    j, least = start, vi[start]
    for row in range(start + 1, stop):  # written so that it compiles without a branch
        less = vi[row] < least
        j, least = row if less else j, vi[row] if less else least
    return j, math.ldexp(1.0, -(math.frexp(least)[1] // 2))


@compiled
def _pool_abreast(
    yi: Vector, vi: Vector, offsets: Offsets, full: bool, out: Matrix, status: States
) -> None:
    """`pool_groups` by likelihood, for the groups of at most LONGEST + 1 studies."""
    order, ends = _by_size(offsets, status)
    lane, who = np.empty(LANE_ROWS * LANES), np.empty(LANES, np.int64)
    pack = (np.empty((LONGEST, LANES)), np.empty((LONGEST, LANES)), lane, who)
    room = (np.empty(LONGEST), np.empty(LONGEST), np.empty(LONGEST))
    for n in range(LONGEST + 1):
        for first in range(ends[n], ends[n + 1], LANES):
            count = min(LANES, ends[n + 1] - first)
            for at in range(count):
                who[at] = order[first + at]
            _lay_abreast(count, n, yi, vi, offsets, pack)
            _looks(count, n, full, pack)
            _abouts(count, n, pack)
            for at in range(count):
                out[Q, who[at]] = lane[ABOUT + at]
                out[TRACE, who[at]] = lane[TRACE_P + at] * (lane[ROOT + at] * lane[ROOT + at])
            if n > 0:
                _climb(count, n, full, pack)
                for at in range(count):
                    if lane[CODE + at] != DONE:
                        lane[T + at] = _alone(at, n, full, pack, room)
                _means(count, n, pack)
                _abouts(count, n, pack)
            for at in range(count):
                i, root = who[at], lane[ROOT + at]
                if math.isnan(lane[T + at]):
                    status[i] = NOT_CONVERGED
                    out[Q, i] = out[TRACE, i] = math.nan
                    continue
                out[ESTIMATE, i] = lane[YJ + at] + lane[MEAN + at] / root
                out[VARIANCE, i] = 1 / lane[TOTAL + at] / (root * root)
                out[SQUARES, i] = lane[ABOUT + at]
                out[TAU2, i] = lane[T + at] / (root * root)


@compiled
def _by_size(offsets: Offsets, status: States) -> tuple[Offsets, Offsets]:
    """Groups to be searched abreast, sorted by n; those of n are from ends[n] to ends[n + 1]."""
    ends = np.zeros(LONGEST + 2, np.int64)
    for i in range(len(status)):
        n = offsets[i + 1] - offsets[i] - 1
        if status[i] == 0 and n <= LONGEST:
            ends[n + 1] += 1
    for n in range(LONGEST + 1):
        ends[n + 1] += ends[n]
    order, following = np.empty(ends[-1], np.int64), np.empty(LONGEST + 1, np.int64)
    for n in range(LONGEST + 1):
        following[n] = ends[n]
    for i in range(len(status)):
        n = offsets[i + 1] - offsets[i] - 1
        if status[i] == 0 and n <= LONGEST:
            order[following[n]] = i
            following[n] += 1
    return order, ends


@compiled
def _lay_abreast(count: int, n: int, yi: Vector, vi: Vector, offsets: Offsets, pack: Pack) -> None:
    """Fill the lanes with the groups `who`, as `pool_groups` lays out one; τ² is 0."""
    u, v, lane, who = pack
    for at in range(count):
        start = offsets[who[at]]
        j, root = _most_precise(vi, start, start + n + 1)
        unit = root * root
        lane[YJ + at], lane[ROOT + at] = yi[j], root
        lane[VJ + at], lane[T + at] = vi[j] * unit, 0.0
        for other in range(n):
            row = start + other + (start + other >= j)
            u[other, at] = (yi[row] - yi[j]) * root
            v[other, at] = vi[row] * unit


@compiled
def _climb(count: int, n: int, full: bool, pack: Pack) -> None:
    """Put τ² of each lane in row T, given what `_looks` found at 0; lanes may change places.

    The steps are those of `_single_peak`; where CODE is not DONE, they do not suffice.
    """
    lane = pack[2]
    _spreads(count, n, pack)
    for at in range(count):
        lane[G_ZERO + at] = lane[G + at]
        lane[STEP + at], lane[CODE + at] = _first_step(
            lane[F + at], lane[G + at], lane[F2 + at], lane[G2 + at], lane[SPREAD + at]
        )
    active = count
    for _ in range(NEWTONS - 1):
        for at in range(active):
            lane[T + at] += lane[STEP + at] if lane[CODE + at] == MOVES else 0.0
        active = _bring_forward(active, n, pack)
        if active == 0:
            break
        _looks(active, n, full, pack)
        for at in range(active):
            lane[STEP + at], lane[CODE + at] = _next_step(
                lane[T + at], lane[F + at], lane[G + at], lane[F2 + at], lane[G2 + at],
                lane[VJ + at],
            )  # fmt: skip
    for at in range(count):
        single = lane[CODE + at] == SETTLED and _one_sign_change(
            lane[T + at], lane[F + at], lane[G + at], lane[F2 + at], lane[G2 + at],
            lane[G_ZERO + at], lane[SPREAD + at], lane[VJ + at],
        )  # fmt: skip
        lane[T + at] += lane[STEP + at] if single else 0.0
        lane[CODE + at] = DONE if single else lane[CODE + at]


@compiled
def _alone(at: int, n: int, full: bool, pack: Pack, room: tuple[Vector, Vector, Vector]) -> float:
    """τ² of a lane whose steps did not settle it."""
    lane_u, lane_v, lane, _ = pack
    u, v, w = room
    for i in range(n):
        u[i], v[i] = lane_u[i, at], lane_v[i, at]
    group = (lane[VJ + at], v, u, w, n)
    f, g, f2, g2 = lane[F + at], lane[G + at], lane[F2 + at], lane[G2 + at]
    if lane[CODE + at] == FALLS:
        return _likeliest(f, g, f2, g2, full, group)
    t, step = float(lane[T + at]), float(lane[STEP + at])
    g_zero, spread = lane[G_ZERO + at], lane[SPREAD + at]
    settled = lane[CODE + at] == SETTLED
    if settled and _bracketed(t, f, g, f2, g2, g_zero, spread, full, group):
        return t + step
    return _highest_peak(full, group)


@inlined
def _first_step(f: float, g: float, f2: float, g2: float, spread: float) -> tuple[float, float]:
    """Newton's step from τ² = 0, and the code of how it goes on."""
    step = _where_equal(f, g, f2 / f, g2 / g)
    moves = MOVES if f2 > 0 and step > 0 else LOST
    falls = DONE if f < g and _step_down(f, g, g2, spread) == math.inf else FALLS
    return step, DONE if not spread > NO_SPREAD else falls if f <= g else moves


@inlined
def _next_step(
    t: float, f: float, g: float, f2: float, g2: float, vj: float
) -> tuple[float, float]:
    """Newton's step from τ² = t > 0, and the code of how it goes on."""
    steep, fall = f2 / f, g2 / g
    step = _where_equal(f, g, steep, fall)
    moves = SETTLED if _last_step(t, step, steep, fall, vj) else MOVES
    return step, moves if f2 > 0 and t + step > 0 else LOST


@compiled
def _bring_forward(active: int, n: int, pack: Pack) -> int:
    """Bring the lanes that move before all others; how many they are."""
    u, v, lane, who = pack
    first, last = 0, active - 1
    while True:
        while first <= last and lane[CODE + first] == MOVES:
            first += 1
        while first <= last and lane[CODE + last] != MOVES:
            last -= 1
        if first > last:
            return first
        who[first], who[last] = who[last], who[first]
        for row in range(0, LASTING * LANES, LANES):
            lane[row + first], lane[row + last] = lane[row + last], lane[row + first]
        for i in range(n):
            u[i, first], u[i, last] = u[i, last], u[i, first]
            v[i, first], v[i, last] = v[i, last], v[i, first]


@compiled
def _spreads(count: int, n: int, pack: Pack) -> None:
    """The plain sum of squares about the mean of each lane, as in `_single_peak`."""
    u, _, lane, _ = pack
    for at in range(count):
        lane[S1 + at] = lane[S2 + at] = 0.0
    for i in range(n):
        for at in range(count):
            lane[S1 + at] += u[i, at]
            lane[S2 + at] += u[i, at] * u[i, at]
    for at in range(count):
        lane[SPREAD + at] = lane[S2 + at] - lane[S1 + at] * lane[S1 + at] / (n + 1)


@compiled
def _looks(count: int, n: int, full: bool, pack: Pack) -> None:
    """`_look` at τ² = T in the first `count` lanes."""
    u, v, lane, _ = pack
    for at in range(count):
        lane[S1 + at] = lane[S2 + at] = lane[S3 + at] = lane[P1 + at] = 0.0
        lane[P2 + at] = lane[P3 + at] = lane[Q2 + at] = lane[Q3 + at] = 0.0
    for i in range(n):
        for at in range(count):
            wi = 1 / (v[i, at] + lane[T + at])
            w2, wu = wi * wi, wi * u[i, at]
            lane[S1 + at] += wi
            lane[S2 + at] += w2
            lane[S3 + at] += w2 * wi
            lane[P1 + at] += wu
            lane[P2 + at] += wi * wu
            lane[P3 + at] += w2 * wu
            lane[Q2 + at] += wu * wu
            lane[Q3 + at] += wi * wu * wu
    for at in range(count):
        f, g, f2, g2, mean, total, trace = _halves(
            1 / (lane[VJ + at] + lane[T + at]), full,
            lane[S1 + at], lane[S2 + at], lane[S3 + at],
            lane[P1 + at], lane[P2 + at], lane[P3 + at], lane[Q2 + at], lane[Q3 + at],
        )  # fmt: skip
        lane[F + at], lane[G + at], lane[F2 + at], lane[G2 + at] = f, g, f2, g2
        lane[MEAN + at], lane[TOTAL + at], lane[TRACE_P + at] = mean, total, trace


@compiled
def _means(count: int, n: int, pack: Pack) -> None:
    """MEAN and TOTAL of each lane at τ² = T, as in `_squares`."""
    u, v, lane, _ = pack
    for at in range(count):
        lane[S1 + at] = lane[P1 + at] = 0.0
    for i in range(n):
        for at in range(count):
            wi = 1 / (v[i, at] + lane[T + at])
            lane[S1 + at] += wi
            lane[P1 + at] += wi * u[i, at]
    for at in range(count):
        lane[TOTAL + at] = lane[S1 + at] + 1 / (lane[VJ + at] + lane[T + at])
        lane[MEAN + at] = lane[P1 + at] / lane[TOTAL + at]


@compiled
def _abouts(count: int, n: int, pack: Pack) -> None:
    """`_about` MEAN at τ² = T in each lane."""
    u, v, lane, _ = pack
    for at in range(count):
        mean = lane[MEAN + at]
        lane[ABOUT + at] = 1 / (lane[VJ + at] + lane[T + at]) * mean * mean
    for i in range(n):
        for at in range(count):
            away = u[i, at] - lane[MEAN + at]
            lane[ABOUT + at] += away * away * (1 / (v[i, at] + lane[T + at]))


@inlined
def _squares(tau2: float, group: Group) -> tuple[float, float, float, float]:
    """Mean (from the most precise study), sum of weights, sum of squares and trace of P."""
    vj, v, u, w, n = group
    wj, s1, s2, p1 = 1 / (vj + tau2), 0.0, 0.0, 0.0
    for i in range(n):
        w[i] = 1 / (v[i] + tau2)
    for i in range(n):
        s1 += w[i]
        s2 += w[i] * w[i]
        p1 += w[i] * u[i]
    total = s1 + wj
    mean = p1 / total
    return mean, total, _about(mean, wj, u, w, n), s1 * (1 + wj / total) - s2 / total


@compiled
def _about(mean: float, wj: float, u: Vector, w: Vector, n: int) -> float:
    """Weighted sum of squares about the mean."""
    squares = wj * mean * mean
    for i in range(n):
        away = u[i] - mean
        squares += away * away * w[i]
    return squares


@inlined
def _tau2(method: int, target: float, q: float, total: float, trace: float, group: Group) -> float:
    """τ² of one group of n + 1 studies by moments; NaN when the search has no end."""
    vj, v, u, _, n = group
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
        return crude * _squares(crude, group)[2] / n if crude > 0 else 0.0
    return _where_q_is(target, q, group)


@compiled
def _where_q_is(target: float, q: float, group: Group) -> float:
    """The root of Q(τ²) = target by Newton's steps on 1/Q, which never pass it."""
    vj, v, u, w, n = group
    t = 0.0
    if q <= target:
        return t
    for _ in range(200):
        wj, s1, s2, p1, p2, q2 = 1 / (vj + t), 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            w[i] = 1 / (v[i] + t)
            wu = w[i] * u[i]
            s1 += w[i]
            s2 += w[i] * w[i]
            p1 += wu
            p2 += w[i] * wu
            q2 += wu * wu
        mean = p1 / (s1 + wj)
        slope = q2 - 2 * mean * p2 + mean * mean * (s2 + wj * wj)
        q = wj * mean * mean
        for i in range(n):
            away = u[i] - mean
            q += away * away * w[i]
        step = (q / target - 1) * q / slope
        if not step > t * 1e-16:
            return max(t + step, 0.0)
        t += step
        if step < t * DIGITS:
            return t
    return math.nan


@compiled
def _terms(t: float, full: bool, group: Group) -> tuple[float, float, float, float]:
    """The two halves f and g of the score at τ² = t, and −f'/2 and −g'; see `ragged_peaks`."""
    return _look(t, full, group)[:4]


@inlined
def _look(
    t: float, full: bool, group: Group
) -> tuple[float, float, float, float, float, float, float]:
    """`_terms`, and the mean, the sum of weights and the trace of P; leaves the weights in w."""
    vj, v, u, w, n = group
    wj = 1 / (vj + t)
    s1 = s2 = s3 = p1 = p2 = p3 = q2 = q3 = 0.0
    for i in range(n):
        w[i] = 1 / (v[i] + t)
    for i in range(n):
        wi = w[i]
        w2, wu = wi * wi, wi * u[i]
        s1 += wi
        s2 += w2
        s3 += w2 * wi
        p1 += wu
        p2 += wi * wu
        p3 += w2 * wu
        q2 += wu * wu
        q3 += wi * wu * wu
    return _halves(wj, full, s1, s2, s3, p1, p2, p3, q2, q3)


@inlined
def _halves(
    wj: float, full: bool, s1: float, s2: float, s3: float,
    p1: float, p2: float, p3: float, q2: float, q3: float,
) -> tuple[float, float, float, float, float, float, float]:  # fmt: skip
    """What `_look` gives, from the sums of w, w², w³ (s), of those times u (p) and w²u², w³u²."""
    total = s1 + wj
    mean, share = p1 / total, wj / total
    rj = -wj * mean
    f = q2 - 2 * mean * p2 + mean * mean * s2 + rj * rj
    a, b = q3 - 2 * mean * p3 + mean * mean * s3, p2 - mean * s2
    f2 = a + share * s1 * rj * rj - 2 * share * rj * b - b * b / total
    trace = s1 * (1 + share) - s2 / total
    if full:
        return f, total, f2, s2 + wj * wj, mean, total, trace
    g2 = s2 * (1 + 2 * share * share) - 2 * s3 / total + (s2 / total) ** 2 + (share * s1) ** 2
    return f, trace, f2, g2, mean, total, trace


@inlined
def _where_equal(f: float, g: float, steep: float, fall: float) -> float:
    """The step s at which f/(1 + steep s)² is g/(1 + fall s); NaN if there is none."""
    ratio = f / g
    b = 2 * steep - ratio * fall
    inside = b * b + 4 * steep * steep * (ratio - 1)
    root = math.sqrt(inside) if inside >= 0 else math.nan
    return 2 * (ratio - 1) / (b + root) if b > 0 else (root - b) / (2 * steep * steep)


@inlined
def _step_down(f: float, g: float, g2: float, spread: float) -> float:
    """How far the score surely stays negative; infinite when for good. `spread` is Σz²."""
    # until (1 + s √(f/Σz²))² falls to (f/g)(1 + s g2/g)
    steep, ratio = math.sqrt(f / spread), f / g
    b = 2 * steep - ratio * g2 / g
    inner = b * b - 4 * steep * steep * (1 - ratio)
    if b >= 0 or inner < 0:
        return math.inf
    return 2 * (1 - ratio) / (math.sqrt(inner) - b)


@compiled
def _stays_up(end: float, full: bool, group: Group) -> bool:
    """Whether the score is shown to be positive from 0 up to `end`."""
    n = group[4]
    t = 0.0
    for _ in range(MARCHES):
        if t >= end:
            return True
        f, g, f2, _g2 = _terms(t, full, group)
        if not (f2 > 0 and f > g):
            return False
        t += _where_equal(f, g, f2 / f, g / (n + full)) * SHORT
    return t >= end


@compiled
def _stays_down(
    t: float, f: float, g: float, g2: float, spread: float, full: bool, group: Group
) -> bool:
    """Whether the score is shown to be negative from t on."""
    for _ in range(MARCHES):
        if not f < g:
            return False
        step = _step_down(f, g, g2, spread)
        if step == math.inf:
            return True
        t += step * SHORT
        f, g, _f2, g2 = _terms(t, full, group)
    return False


@compiled
def _likeliest(f: float, g: float, f2: float, g2: float, full: bool, group: Group) -> float:
    """τ² where the likelihood is highest; f to g2 are those at 0."""
    tau2 = _single_peak(f, g, f2, g2, full, group)
    return tau2 if not math.isnan(tau2) else _highest_peak(full, group)


@compiled
def _single_peak(f: float, g: float, f2: float, g2: float, full: bool, group: Group) -> float:
    """τ² where the likelihood is highest if it is shown to have one peak; otherwise NaN."""
    vj, u, n = group[0], group[2], group[4]
    total = squares = 0.0
    for i in range(n):
        total += u[i]
        squares += u[i] * u[i]
    spread = squares - total * total / (n + 1)  # keeps its digits: it is above squares / (n + 1)
    if not spread > NO_SPREAD:  # nor do its squares, later on, leave the range of numbers
        return 0.0
    if f <= g:
        down = _stays_down(0.0, f, g, g2, spread, full, group)
        return 0.0 if down else math.nan
    g_zero, t, step = g, 0.0, 0.0
    for _ in range(NEWTONS):
        steep, fall = f2 / f, g2 / g
        step = _where_equal(f, g, steep, fall)
        if not (f2 > 0 and t + step > 0):
            return math.nan
        if _last_step(t, step, steep, fall, vj):
            break
        t += step
        f, g, f2, g2 = _terms(t, full, group)
    else:
        return math.nan
    if _one_sign_change(t, f, g, f2, g2, g_zero, spread, vj):
        return t + step
    single = _bracketed(t, f, g, f2, g2, g_zero, spread, full, group)
    return t + step if single else math.nan


@inlined
def _last_step(t: float, step: float, steep: float, fall: float, vj: float) -> bool:
    """Whether a step from t leaves no more than UNDONE."""
    most = 1 / (vj + t)  # a bound on both slopes
    bend = max(3 * steep * (most - steep), fall * (most - fall))
    return t > 0 and step * step * bend <= UNDONE * t * (2 * steep - fall)


@inlined
def _one_sign_change(
    t: float, f: float, g: float, f2: float, g2: float, g_zero: float, spread: float, vj: float
) -> bool:
    """Whether the score is shown to change its sign once, next to t, by what is known at t."""
    left = _clear_below(t, f, g, f2, g_zero)
    right = _clear_above(f, g, g2, spread)
    here = vj + t
    return left < t and 2 * f2 * (here / (here + right)) ** 3 > g2 * (here / (here - left)) ** 2


@compiled
def _bracketed(
    t: float, f: float, g: float, f2: float, g2: float, g_zero: float, spread: float,
    full: bool, group: Group,
) -> bool:  # fmt: skip
    """The same with more evaluations, around t."""
    here, left = group[0] + t, _clear_below(t, f, g, f2, g_zero)
    known = left < t
    curve = g2 * (here / (here - left)) ** 2 if known else math.inf
    for width in BRACKETS:
        around = width * f / f2
        low, high = max(0.0, t - around), t + around
        if not known:
            curve = _terms(low, full, group)[3]
        f_high, g_high, f2_high, g2_high = _terms(high, full, group)
        if 2 * f2_high > curve:
            return (known or _stays_up(low, full, group)) and _stays_down(
                high, f_high, g_high, g2_high, spread, full, group
            )
    return False


@inlined
def _clear_below(t: float, f: float, g: float, f2: float, g_zero: float) -> float:
    """How far below t, next to the root, the score is positive, and so down to 0; or infinity."""
    off = abs(1 - f / g) + DIGITS
    slack = SHORT * f / g_zero - (1 - t * f2 / f) ** 2
    return t * off / slack if slack > 10 * off else math.inf


@inlined
def _clear_above(f: float, g: float, g2: float, spread: float) -> float:
    """How far above τ² next to the root the score is negative for good; or infinity."""
    off = abs(1 - f / g) + DIGITS
    slope = 2 * SHORT * math.sqrt(f / spread) - f / g * g2 / g
    return off / slope if slope > 0 else math.inf


@compiled
def _highest_peak(full: bool, group: Group) -> float:
    """τ² of the highest of several peaks, by the search of `likelihood.maximise`."""
    vj, u, n = group[0], group[2], group[4]
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
    f, g, _f2, _g2 = _terms(0.0, full, group)
    left, falling_at_zero = 0.0, f <= g
    rising = not falling_at_zero
    for i in range(count + 1):
        t = low * math.exp(i * math.log(high / low) / count)
        f, g, _f2, _g2 = _terms(t, full, group)
        if not math.isfinite(f - g):
            return math.nan
        if rising and f <= g:
            peak = _between(left, t, full, group)
            value = _log_likelihood(peak, full, group)
            if value > best_value:
                best, best_value = peak, value
        rising, left = f > g, t
    if falling_at_zero and _log_likelihood(0.0, full, group) > best_value:
        best = 0.0
    return best


@compiled
def _between(low: float, high: float, full: bool, group: Group) -> float:
    """The root of the score between a τ² where it is positive and one where it is not."""
    t = 0.5 * (low + high)
    for _ in range(300):
        f, g, f2, g2 = _terms(t, full, group)
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
def _log_likelihood(t: float, full: bool, group: Group) -> float:
    """Log-likelihood at τ² = t, without its constants."""
    vj, v, n = group[0], group[1], group[4]
    _, total, squares, _ = _squares(t, group)
    value = -0.5 * squares - 0.5 * math.log(vj + t)
    for i in range(n):
        value -= 0.5 * math.log(v[i] + t)
    return value if full else value - 0.5 * math.log(total)
