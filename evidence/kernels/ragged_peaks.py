"""The highest likelihood of many groups at once, shown to be the only peak where it can be.

With K an orthonormal basis of contrasts, KᵀVK has eigenvalues λ between the smallest and the
largest variance, and the derivative of the restricted likelihood is half of f − g, where

    f(τ²) = yᵀPPy = Σ z²/(λ + τ²)²      g(τ²) = tr P = Σ 1/(λ + τ²)

(for the full likelihood g is Σw, which has the same form). Both fall. As power means of λ + τ² are
concave, f^(−1/2) and 1/g are; so from one point a, with M the largest variance,

    f(a) (d/(d + s))² ≤ f(a + s) ≤ f(a) ((M + a)/(M + a + s))²     d = f/yᵀPPPy
    g(a)  e/(e + s)   ≤ g(a + s) ≤ g(a)  (M + a)/(M + a + s)       e = g/tr PP

and a quadratic equation says how far the score surely keeps its sign. Steps up from 0 to the peak,
a bracket about it in which the score surely falls (2 yᵀPPPy at its upper end above tr PP at its
lower end: both fall too), and steps from there on to infinity show that there is no other peak.
Few groups need more than two evaluations for that. The others are searched as
`evidence.kernels.likelihood` does it, over the whole range, and the highest peak wins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Vector
from evidence.kernels.ragged_rows import Groups

MARCHES = 12  # steps before a group is left to the search over the whole range
NEWTONS = 30
SHORT = 0.999  # of a step that is sure but for rounding
BRACKETS = (0.1, 0.05, 0.02, 0.005)  # half widths, in units of f/yᵀPPPy (variance plus τ²)
DIGITS = 1e-9  # a Newton step smaller than this leaves an error of its square

Flags = NDArray[np.bool_]


class Terms(NamedTuple):
    """f, g, −f'/2 = yᵀPPPy and −g' at one τ² per group; see the top of this file."""

    f: Vector
    g: Vector
    f2: Vector
    g2: Vector

    def only(self, chosen: Flags) -> Terms:
        """The chosen groups."""
        return Terms(*(part[chosen] for part in self))

    def put(self, where: NDArray[np.intp], other: Terms) -> None:
        """Overwrite the groups `where`."""
        for part, value in zip(self, other, strict=True):
            part[where] = value


def single_peaks(groups: Groups, *, full: bool) -> tuple[Vector, Flags]:
    """τ² at the peak of each group's likelihood, and whether it is shown to be the only one.

    Parameters
    ----------
    groups : Groups
        Groups of two and more studies.
    full : bool
        The full likelihood; otherwise the restricted one.

    Returns
    -------
    (array of shape (m,), array of bool of shape (m,))
        τ² means nothing where the second is False.

    Examples
    --------
    >>> groups = Groups(u=np.array([3.0]), v=np.array([0.09]), starts=np.array([0]),
    ...                 sizes=np.array([1]), vj=np.array([0.04]))
    >>> tau2, shown = single_peaks(groups, full=False)
    >>> round(float(tau2[0]), 4), bool(shown[0])
    (4.435, True)
    """
    count = len(groups)
    tau2, shown = np.zeros(count), np.zeros(count, dtype=np.bool_)
    if not count:
        return tau2, shown
    largest = np.maximum(np.maximum.reduceat(groups.v, groups.starts), groups.vj)
    shown |= ~np.logical_or.reduceat(groups.u != 0, groups.starts)
    with np.errstate(all="ignore"):  # what is not a number fails its comparison, and is not shown
        at_zero = terms(groups, tau2, full)
        falls = ~shown & (at_zero.f <= at_zero.g)
        shown[falls] = _stays_down(
            groups.only(falls), tau2[falls], at_zero.only(falls), largest[falls], full
        )
        rises = at_zero.f > at_zero.g
        tau2[rises], shown[rises] = _peak(
            groups.only(rises), at_zero.only(rises), largest[rises], full
        )
    return tau2, shown


def terms(groups: Groups, t: Vector, full: bool) -> Terms:
    """Both halves of the score at τ² = t of shape (m,), and what they fall by.

    >>> groups = Groups(u=np.array([3.0]), v=np.array([0.09]), starts=np.array([0]),
    ...                 sizes=np.array([1]), vj=np.array([0.04]))
    >>> at_peak = terms(groups, np.array([4.435]), False)
    >>> at_peak.f.round(6), at_peak.g.round(6)
    (array([0.2222]), array([0.2222]))
    """
    wj, w, u = 1 / (groups.vj + t), 1 / (groups.v + groups.spread(t)), groups.u
    w2, wu = w * w, w * u
    s1, s2, s3 = groups.total(w), groups.total(w2), groups.total(w2 * w)
    p1, p2, p3 = groups.total(wu), groups.total(w * wu), groups.total(w2 * wu)
    q2, q3 = groups.total(wu * wu), groups.total(w * wu * wu)
    total = s1 + wj
    mean, share = p1 / total, wj / total
    rj = -wj * mean
    f = q2 - 2 * mean * p2 + mean * mean * s2 + rj * rj
    a, b = q3 - 2 * mean * p3 + mean * mean * s3, p2 - mean * s2
    f2 = a + share * s1 * rj * rj - 2 * share * rj * b - b * b / total
    if full:
        return Terms(f, total, f2, s2 + wj * wj)
    g2 = s2 * (1 + 2 * share * share) - 2 * s3 / total + (s2 / total) ** 2 + (share * s1) ** 2
    return Terms(f, s1 * (1 + share) - s2 / total, f2, g2)


def _peak(groups: Groups, at_zero: Terms, largest: Vector, full: bool) -> tuple[Vector, Flags]:
    """The peak above zero of groups whose likelihood rises from zero."""
    t, now, sure = _march_up(groups, at_zero, largest, full)
    shown = _newton(groups, t, now, full)
    settled = np.flatnonzero(shown)
    shown[:] = False
    for width in BRACKETS:
        some = np.zeros(len(groups), dtype=np.bool_)
        some[settled] = True
        near = groups.only(some)
        around = width * now.f[settled] / now.f2[settled]
        low, high = np.maximum(0.0, t[settled] - around), t[settled] + around
        right = terms(near, high, full)
        single = 2 * right.f2 > terms(near, low, full).g2
        single &= _stays_up(near, sure[settled], low, largest[settled], full)
        where = settled[single]
        shown[where] = _stays_down(
            near.only(single), high[single], right.only(single), largest[where], full
        )
        settled = settled[~single]
        if not len(settled):
            break
    return t, shown


def _march_up(
    groups: Groups, at_zero: Terms, largest: Vector, full: bool
) -> tuple[Vector, Terms, Vector]:
    """Steps from zero on which the score surely stays positive, until the peak is in reach.

    Gives τ², the terms there, and how far the score is sure to be positive.
    """
    t, sure = np.zeros(len(groups)), np.zeros(len(groups))
    now = Terms(*(part.copy() for part in at_zero))
    active, left = np.arange(len(groups)), groups
    for _ in range(MARCHES):
        f, g, f2, g2 = here = Terms(*(part[active] for part in now))
        slope = 2 * g * f2 - g2 * f
        useful = (f2 > 0) & (f > g)
        reach = t[active] + _step_up(here, largest[active] + t[active]) * SHORT
        sure[active] = np.where(useful, reach, sure[active])
        near = (slope > 0) & (t[active] + (f - g) * f / slope - BRACKETS[0] * f / f2 < reach)
        far = useful & ~near
        if not far.any():
            break
        active, left = active[far], left.only(far)
        t[active] = sure[active]
        now.put(active, terms(left, t[active], full))
    return t, now, sure


def _newton(groups: Groups, t: Vector, now: Terms, full: bool) -> Flags:
    """Newton's steps on g/f − 1, a straight line when variances are equal; changes t and now."""
    settled = np.zeros(len(groups), dtype=np.bool_)
    active, left = np.arange(len(groups)), groups
    for _ in range(NEWTONS):
        f, g, f2, g2 = (part[active] for part in now)
        slope = 2 * g * f2 - g2 * f
        step = (f - g) * f / slope
        t[active] += step
        fair = (f2 > 0) & (slope > 0) & (t[active] > 0)
        done = fair & (np.abs(step) <= t[active] * DIGITS)
        settled[active[done]] = True
        on = fair & ~done
        if not on.any():
            break
        active, left = active[on], left.only(on)
        now.put(active, terms(left, t[active], full))
    return settled


def _stays_up(groups: Groups, start: Vector, end: Vector, largest: Vector, full: bool) -> Flags:
    """Whether the score, positive up to `start`, is shown to be so up to `end`."""
    shown = np.asarray(end <= start)
    active, left, t = np.flatnonzero(~shown), groups.only(~shown), start[~shown]
    for _ in range(MARCHES):
        if not len(active):
            break
        now = terms(left, t, full)
        up = (now.f2 > 0) & (now.f > now.g)
        t = t + _step_up(now, largest[active] + t) * SHORT
        there = up & (t >= end[active])
        shown[active[there]] = True
        on = up & ~there
        active, left, t = active[on], left.only(on), t[on]
    return shown


def _stays_down(groups: Groups, start: Vector, now: Terms, largest: Vector, full: bool) -> Flags:
    """Whether the score is shown to be negative from `start` on."""
    shown = np.zeros(len(groups), dtype=np.bool_)
    active, left, t = np.arange(len(groups)), groups, start.copy()
    for _ in range(MARCHES):
        step = _step_down(now, largest[active] + t)
        down = now.f < now.g
        for_good = down & (step == np.inf)
        shown[active[for_good]] = True
        on = down & ~for_good
        if not on.any():
            break
        active, left = active[on], left.only(on)
        t = t[on] + step[on] * SHORT
        now = terms(left, t, full)
    return shown


def _step_up(now: Terms, m: Vector) -> Vector:
    """How far the score surely stays positive, m being the largest variance plus τ²."""
    f, g, f2, _ = now
    d = f / f2
    a, b, c = g * m, 2 * g * m * d - f * d * d, d * d * m * (g - f)
    root = np.sqrt(b * b - 4 * a * c)
    return np.asarray(np.where(b > 0, -2 * c / (b + root), (root - b) / (2 * a)))


def _step_down(now: Terms, m: Vector) -> Vector:
    """How far the score surely stays negative; infinite when for good."""
    f, g, _, g2 = now
    d = g / g2
    a, b, c = g * d, 2 * g * d * m - f * m * m, m * m * d * (g - f)
    inner = b * b - 4 * a * c
    return np.asarray(np.where((b >= 0) | (inner < 0), np.inf, 2 * c / (np.sqrt(inner) - b)))
