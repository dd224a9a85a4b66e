"""Maximising a smooth function of a few parameters between bounds, with exact derivatives.

Newton steps on the parameters that are free to move; directions in which the surface bends the
wrong way are followed uphill all the same, and a step that does not climb is shortened.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector

Surface: TypeAlias = Callable[[Vector], tuple[float, Vector, Matrix]]
"""A point to the value there, its gradient and its matrix of second derivatives."""

ROUNDS = 300
FLAT = 1e-12  # a step that promises less than this share of the value is none
SHORTEST = 1e-10
NEAR = 1e-2  # promised gain, in log-likelihood, at which a known summit is looked for


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summit:
    """Where the climb ended. `free` marks parameters inside their bounds."""

    point: Vector
    value: float
    gradient: Vector
    hessian: Matrix
    free: NDArray[np.bool_]
    settled: bool
    rounds: int


def climb(
    surface: Surface,
    start: Vector,
    lower: Vector,
    upper: Vector,
    known: Sequence[Summit] = (),
    reach: Vector | None = None,
) -> Summit:
    """Climb from one start to a maximum between the bounds.

    Parameters
    ----------
    surface : function
        Gives value, gradient and second derivatives; minus infinity where there is none.
    start, lower, upper : arrays of shape (p,)
    known : sequence of Summit
        Summits already found; a climb whose next step leads onto one of them returns that one.
    reach : array of shape (p,), optional
        Longest step in each parameter.

    Returns
    -------
    Summit
        `settled` is False when the rounds ran out; the caller decides what that means.

    References
    ----------
    Bertsekas (1982), SIAM J Control Optim 20:221–246. https://doi.org/10.1137/0320018
    Dauphin et al. (2014), Adv Neural Inf Process Syst 27: absolute eigenvalues at saddles.

    Examples
    --------
    >>> def bowl(x):
    ...     return -float((x - 2) @ (x - 2)), -2 * (x - 2), -2 * np.eye(2)
    >>> climb(bowl, np.zeros(2), np.array([-1.0, -1.0]), np.array([1.0, 5.0])).point
    array([1., 2.])
    """
    point = _within(start, lower, upper)
    value, gradient, hessian = surface(point)
    settled, rounds = not math.isfinite(value), 0
    while not settled and rounds < ROUNDS:
        rounds += 1
        free = _free(point, gradient, lower, upper)
        if not free.any():
            settled = True
            break
        step = _direction(point, gradient, hessian, free, lower, upper)
        if reach is not None:
            step = step / max(1.0, float((np.abs(step) / reach).max()))
        promised = float(gradient @ step)
        onward = _within(point + step, lower, upper)
        if promised < NEAR and (same := _same(onward, known, hessian)) is not None:
            return same
        if promised <= FLAT * (1 + abs(value)):
            there = surface(onward)  # one last full step polishes the last digits
            if there[0] >= value:
                point, (value, gradient, hessian) = onward, there
            settled = True
            break
        reached = _walk(surface, point, value, gradient, step, lower, upper)
        if reached is None:  # rounding: nothing uphill can be seen from here
            settled = promised <= 1e-6 * (1 + abs(value))
            break
        point, (value, gradient, hessian) = reached
    return Summit(
        point=point,
        value=value if math.isfinite(value) else -math.inf,
        gradient=gradient,
        hessian=hessian,
        free=_free(point, gradient, lower, upper),
        settled=settled and math.isfinite(value),
        rounds=rounds,
    )


def _direction(
    point: Vector,
    gradient: Vector,
    hessian: Matrix,
    free: NDArray[np.bool_],
    lower: Vector,
    upper: Vector,
) -> Vector:
    """Newton's step on the free parameters; one that a bound would stop at once is held there."""
    moving = free
    while moving.any():
        if moving.all():
            step = _ascent(gradient, hessian)
        else:
            step = np.zeros_like(point)
            step[moving] = _ascent(gradient[moving], hessian[moving][:, moving])
        stopped = ((point <= lower) & (step < 0)) | ((point >= upper) & (step > 0))
        if not stopped.any():
            return step
        moving = moving & ~stopped
    bend = np.abs(hessian.diagonal())
    return np.asarray(np.where(free, gradient / np.where(bend > 0, bend, 1.0), 0.0))


def _walk(
    surface: Surface,
    point: Vector,
    value: float,
    gradient: Vector,
    step: Vector,
    lower: Vector,
    upper: Vector,
) -> tuple[Vector, tuple[float, Vector, Matrix]] | None:
    """The first of ever shorter steps that climbs enough; None when none does.

    Two are tried along the bounds; the others end where the straight line meets the first bound.
    """
    length, bent = 1.0, 2
    while length > SHORTEST:
        moved = _within(point + length * step, lower, upper)
        if not bent:
            first, room = _first_bound(point, step, lower, upper)
            if room <= length:
                length = room
                moved = _within(point + length * step, lower, upper)
                moved[first] = lower[first] if step[first] < 0 else upper[first]
        there = surface(moved)
        gained = float(gradient @ (moved - point))
        if math.isfinite(there[0]) and gained > 0 and there[0] >= value + 1e-4 * gained:
            return moved, there
        bent = max(0, bent - 1)
        length *= 0.5 if length > 1e-3 else 0.1
    return None


def _first_bound(point: Vector, step: Vector, lower: Vector, upper: Vector) -> tuple[int, float]:
    """The parameter that meets its bound first, and after how many steps."""
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(step < 0, (lower - point) / step, (upper - point) / step)
    room[step == 0] = np.inf
    first = int(np.argmin(room))
    return first, float(room[first])


def _within(point: Vector, lower: Vector, upper: Vector) -> Vector:
    return np.asarray(np.minimum(np.maximum(point, lower), upper))


def _same(point: Vector, known: Sequence[Summit], hessian: Matrix) -> Summit | None:
    """The known summit that is as good as reached, measured by the bend of the surface."""
    for summit in known:
        off = point - summit.point
        if summit.settled and float(np.abs(off * (hessian @ off)).sum()) < NEAR**2:
            return summit
    return None


def highest(
    surface: Surface,
    starts: Iterable[Vector],
    lower: Vector,
    upper: Vector,
    reach: Vector | None = None,
) -> Summit:
    """The highest settled summit over several starts; the highest of all when none settled.

    >>> def two_tops(x):
    ...     slope = 4 * x * (1 - x * x) + 0.2
    ...     return float(0.2 * x[0] - (1 - x[0] ** 2) ** 2), slope, np.diag(4 - 12 * x * x)
    >>> far = np.array([3.0])
    >>> highest(two_tops, [np.array([-1.5]), np.array([1.5])], -far, far).point
    array([1.0241])
    """
    summits: list[Summit] = []
    for start in starts:
        summits.append(climb(surface, start, lower, upper, summits, reach))
    settled = [summit for summit in summits if summit.settled]
    return max(settled or summits, key=lambda summit: summit.value)


def _free(point: Vector, gradient: Vector, lower: Vector, upper: Vector) -> NDArray[np.bool_]:
    """Parameters that are not pressed against a bound."""
    held = ((point <= lower) & (gradient <= 0)) | ((point >= upper) & (gradient >= 0))
    return np.asarray(~held, dtype=np.bool_)


def _ascent(gradient: Vector, hessian: Matrix) -> Vector:
    """Newton's direction with absolute eigenvalues, on parameters scaled to unit bend."""
    bend = np.abs(hessian.diagonal())
    scale = 1 / np.sqrt(np.where(bend > 0, bend, 1.0))
    values, vectors = np.linalg.eigh(-hessian * scale * scale[:, None])
    values = np.abs(values)
    values = np.maximum(values, 1e-8 * max(1.0, values.max()))
    direction: Vector = scale * (vectors @ ((scale * gradient) @ vectors / values))
    return direction
