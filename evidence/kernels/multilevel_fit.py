"""Variance components of the multilevel model: the highest likelihood in the whole box.

A restricted likelihood can have several maxima, and an optimiser started once finds one of them.
Here candidate points that share the total variance out in different ways are compared first; the
best and the worst of them are both climbed from. If they end at the same height that is the
answer; if not, all are, and the highest is kept and said to be one of several.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.box_newton import Minimum, Slopes, minimise
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.multilevel import Model, Term, log_likelihood, slopes
from evidence.kernels.structures import lowest_exchangeable

SAME_HEIGHT = 1e-6  # log-likelihoods closer than this are one maximum
NEARLY = 1e-5  # what a further step promises where the second climb can see the top of the first
SNAP = 1e-10  # what setting a component to its wall may cost in log-likelihood
CURVED = ("HCS", "HAR", "AR", "CAR")  # their correlation often has a top at either end
LARGEST_VARIANCE = 1e12  # of a component, in units of the spread of the effects


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """The highest point found.

    `at_wall` says which θ lie on the boundary of the box, `information` is the expected
    information of θ there, `maxima` the number of different heights that the climbs ended at.
    """

    theta: Vector
    log_likelihood: float
    at_wall: tuple[bool, ...]
    at: Slopes
    steps: int
    maxima: int


def fit(model: Model, kind: Likelihood) -> Fitted | None:
    """Maximise the likelihood; None when the model has nothing to estimate in θ.

    Raises
    ------
    ConvergenceError
        When no climb ends at a point where the gradient vanishes.

    Examples
    --------
    >>> from evidence.kernels.multilevel import prepare
    >>> from evidence.kernels.structures import STRUCTURES
    >>> each = Term(np.arange(2), np.zeros(2, dtype=int), STRUCTURES["ID"], np.zeros(1))
    >>> y, v = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    >>> fit(prepare(y, v, np.ones((2, 1)), (each,)), "REML").theta
    array([4.435])
    """
    low, high = model.bounds
    if not len(low):
        return None

    def at(theta: Vector) -> Slopes | None:
        return slopes(model, kind, theta)

    starts = sorted(_starts(model), key=lambda theta: -log_likelihood(model, kind, theta))
    climbs = [minimise(at, starts[0], low, high)]
    check = minimise(at, starts[-1], low, high, enough=NEARLY)
    curved = any(term.structure.name in CURVED for term in model.terms)
    if curved or not _agree(climbs[0], check):
        climbs += [minimise(at, start, low, high) for start in starts[1:]]
    climbs += [
        minimise(at, start, low, high) for start in _along_the_correlation(model, at, starts)
    ]
    ends = [found for found in climbs if found is not None and found.converged]
    if ends:
        best = min(ends, key=lambda found: found.at.value)
        again = _off_the_wall(model, best, low, high)
        for start in again:
            found = minimise(at, start, low, high)
            climbs.append(found)
            if found is not None and found.converged:
                ends.append(found)
        best = min(ends, key=lambda found: found.at.value)
    if not ends or _runs_away(model, best):
        raise ConvergenceError(
            f"the {kind} likelihood of the variance components has no maximum that could be "
            "reached: it stays flat or keeps rising. Use a simpler structure (CS instead of UN, "
            "ID instead of DIAG), or leave out a term that few groups inform."
        )
    heights = sorted(found.at.value for found in ends)
    maxima = 1 + sum(b - a > SAME_HEIGHT for a, b in pairwise(heights))
    theta = _snapped(at, model, best, low, high)
    end = best.at if theta is best.theta else at(theta) or best.at
    return Fitted(
        theta=theta,
        log_likelihood=-end.value,
        at_wall=tuple(bool(x) for x in (theta <= low) | (theta >= high)),
        at=end,
        steps=sum(found.steps for found in climbs if found is not None),
        maxima=maxima,
    )


def spread(model: Model) -> float:
    """Variance of the effects about their ordinary least-squares fit, sampling error included.

    >>> from evidence.kernels.multilevel import prepare
    >>> spread(prepare(np.array([-1.0, 2.0]), np.array([0.04, 0.09]), np.ones((2, 1)), ()))
    4.5
    """
    return sum(float(np.square(part.y).sum()) for part in model.parts) / model.freedom


def _typical_v(model: Model) -> float:
    values = np.concatenate(
        [np.diagonal(p.v, axis1=1, axis2=2)[p.stack.filled] for p in model.parts]
    )
    return float(np.median(values))


def _starts(model: Model) -> list[Vector]:
    """Totals and ways to share them out: evenly, mostly to one term, nearly nothing."""
    v, total = _typical_v(model), spread(model)
    between = max(total - v, 0.1 * total, 1e-3 * v)
    n = len(model.terms)
    even = np.full(n, 1 / n)
    shares = [even, 0.02 * even]
    if n > 1:
        shares += [0.1 * even + 0.9 * np.eye(n)[i] for i in range(n)]
    rhos: tuple[float, ...] = (0.5,)
    if any(term.structure.correlations != "none" for term in model.terms):
        rhos = (0.5, 0.0)
    if any(term.structure.name in CURVED for term in model.terms):
        rhos, shares = (0.5, 0.0, 0.95, -0.5), [even] if n == 1 else [even, *shares[2:]]
    return [
        np.concatenate(
            [
                term.structure.start(between * float(part), _possible(rho, term), term.positions)
                for term, part in zip(model.terms, share, strict=True)
            ]
        )
        for share in shares
        for rho in rhos
    ]


def _along_the_correlation(
    model: Model, at: Callable[[Vector], Slopes | None], starts: list[Vector]
) -> Iterator[Vector]:
    """For structures with one correlation: the best of the rest with it held at several values.

    At either end some of the variances may be zero, and which ones is only found there.
    """
    begin = 0
    for term in model.terms:
        size = len(term.bounds[0])
        begin += size
        if term.structure.name not in CURVED:
            continue
        lowest, highest = term.bounds[0][-1], term.bounds[1][-1]
        for rho in np.linspace(lowest, highest, 4):
            low, high = model.bounds
            low[begin - 1] = high[begin - 1] = rho
            found = minimise(at, starts[0], low, high, enough=1e-3)
            if found is not None:
                yield found.theta


def _possible(rho: float, term: Term) -> float:
    return max(rho, 0.8 * lowest_exchangeable(len(term.positions)))


def _agree(first: Minimum | None, check: Minimum | None) -> bool:
    """Whether both climbs are on one top, the second being nearly there."""
    return (
        first is not None
        and check is not None
        and first.converged
        and check.converged
        and abs(first.at.value - check.at.value) < 10 * NEARLY
    )


def _off_the_wall(model: Model, best: Minimum, low: Vector, high: Vector) -> Iterator[Vector]:
    """A start inside, when a curved structure ended on its boundary.

    With θ a factor of the covariance the gradient vanishes at θ = 0 whether or not that is the
    maximum, so such an end is tried again from inside.
    """
    between = max(spread(model), 1e-300)
    begin = 0
    for term in model.terms:
        size = len(term.bounds[0])
        part = slice(begin, begin + size)
        begin += size
        if term.structure.name in ("ID", "DIAG", "CS", "UN"):
            continue
        ends = (best.theta[part] <= low[part] + 1e-6) | (best.theta[part] >= high[part] - 1e-6)
        if ends.any():
            moved, inside = best.theta.copy(), 0.05 * math.sqrt(between)
            lowest, highest = low[part], high[part]
            step = np.where(np.isfinite(lowest) & np.isfinite(highest), 0.2, inside)
            own = np.where(best.theta[part] <= lowest + 1e-6, lowest + step, best.theta[part])
            moved[part] = np.where(own >= highest - 1e-6, highest - step, own)
            yield moved
            if np.isfinite(highest[-1]):  # and from the other end of the correlation
                other = moved.copy()
                at_low = best.theta[part][-1] <= 0
                other[begin - 1] = 0.95 if at_low else 0.95 * lowest[-1]
                yield other


def _runs_away(model: Model, best: Minimum) -> bool:
    unit = max(spread(model), _typical_v(model))
    own = model.split(best.theta)
    return any(
        float(np.diag(t.structure.covariance(own[i], t.positions)).max()) > LARGEST_VARIANCE * unit
        for i, t in enumerate(model.terms)
    )


def _walls(model: Model, low: Vector, high: Vector) -> Iterator[tuple[float, ...]]:
    """Where each θ is at the edge of what is possible: its walls; 0 on the diagonal of a factor."""
    begin = 0
    for term in model.terms:
        size = len(term.bounds[0])
        if term.structure.name == "UN":
            rows, columns = np.tril_indices(len(term.positions))
            yield from (
                (0.0,) if row == column else () for row, column in zip(rows, columns, strict=True)
            )
        else:
            yield from zip(low[begin : begin + size], high[begin : begin + size], strict=True)
        begin += size


def _snapped(
    at: Callable[[Vector], Slopes | None],
    model: Model,
    best: Minimum,
    low: Vector,
    high: Vector,
) -> Vector:
    """θ with every component that is on a wall but for rounding put exactly there."""
    theta, value = best.theta, best.at.value
    for i, walls in enumerate(_walls(model, low, high)):
        for wall in walls:
            if not math.isfinite(wall) or theta[i] == wall:
                continue
            # as far as the curvature allows a loss below SNAP; a factor 100 for curved structures
            reach = 100 * math.sqrt(2 * SNAP / max(float(best.at.expected[i, i]), 1e-300))
            if abs(theta[i] - wall) > reach:
                continue
            tried = theta.copy()
            tried[i] = wall
            there = at(tried)
            if there is not None and there.value <= value + SNAP:
                theta = tried
    return theta
