"""Minimum of a smooth function inside a box, from exact gradients and two Hessians.

Newton steps on the coordinates that are free to move, with the observed Hessian where it is
positive definite and the expected one where it is not, damped as Levenberg and Marquardt do and
cut off at the walls. Quadratic near the solution, downhill everywhere. A coordinate whose walls
coincide stays put, which is how a profile is made.

Levenberg (1944), Q Appl Math 2:164–168; Bertsekas (1982), SIAM J Control Optim 20:221–246,
https://doi.org/10.1137/0320018 (projection of Newton steps on simple constraints).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector

ENOUGH = 1e-13  # expected gain of a further step: (this · 2)^½ standard errors, about 4e-7
STALLED = 1e-7  # a gain so small that rounding may hide it: 0.0004 standard errors
TRIES = 60
LEVEL = 1e-7  # curvature, in units of the expected one, below which the ground counts as level


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Value, gradient, observed and expected Hessian (shapes (m,) and (m, m)) at one point."""

    value: float
    gradient: Vector
    observed: Matrix
    expected: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where the search ended; `gain` is what a further step would be expected to bring."""

    theta: Vector
    at: Slopes
    gain: float
    steps: int
    converged: bool


def minimise(
    slopes: Callable[[Vector], Slopes | None],
    start: Vector,
    low: Vector,
    high: Vector,
    *,
    steps: int = 200,
    enough: float = ENOUGH,
) -> Minimum | None:
    """Walk downhill from `start`; None when the function has no value there.

    Parameters
    ----------
    slopes : callable
        The function with its derivatives; None where it has no value.
    start, low, high : arrays of shape (m,)
        First point, and the walls of the box.
    steps : int
        Steps after which the search gives up, `converged` being false.
    enough : float
        A further step that promises less than this ends the search.

    Examples
    --------
    >>> def bowl(x):
    ...     return Slopes(float((x[0] + 1) ** 2), 2 * (x + 1), 2 * np.eye(1), 2 * np.eye(1))
    >>> found = minimise(bowl, np.array([5.0]), np.array([0.0]), np.array([9.0]))
    >>> found.theta.tolist(), found.converged
    ([0.0], True)
    """
    theta = np.clip(start, low, high)
    here = slopes(theta)
    if here is None:
        return None
    damping, gain = 0.0, math.inf
    for step in range(steps):
        free = ~(
            (low >= high)
            | ((theta <= low) & (here.gradient >= 0))
            | ((theta >= high) & (here.gradient <= 0))
        )
        if not free.any():
            return Minimum(theta, here, 0.0, step, True)
        moved = None
        for _ in range(TRIES):
            direction = _direction(here, free, damping)
            if damping == 0.0:
                gain = -0.5 * float(here.gradient @ direction)
                if gain < enough and (moved := _over_saddle(slopes, theta, here, free, low, high)):
                    break
                if gain < enough:
                    return Minimum(*_last_step(slopes, theta, here, direction, low, high),
                                   gain, step, True)  # fmt: skip
            tried = np.clip(theta + direction, low, high)
            there = slopes(tried)
            promised = float(here.gradient @ (tried - theta))
            noise = 1e-13 * (1 + abs(here.value))
            if there is not None and there.value <= here.value + min(0.0, 1e-4 * promised) + noise:
                moved = tried, there
                break
            damping = max(10 * damping, 1e-3)
        if moved is None:
            return Minimum(theta, here, gain, step, gain < STALLED)
        theta, here = moved
        damping = damping / 10 if damping > 1e-5 else 0.0
    return Minimum(theta, here, gain, steps, False)


def _scaled(here: Slopes, free: NDArray[np.bool_]) -> tuple[Vector, Matrix, Matrix]:
    """Units in which the larger curvature of each coordinate is 1, and both Hessians in them.

    A standard deviation at zero has no expected curvature, a variance far out hardly an observed
    one: the larger of the two is never far from what a step will meet.
    """
    inside = np.ix_(free, free)
    curvature = np.maximum(np.diag(here.expected), np.abs(np.diag(here.observed)))[free]
    sizes = np.sqrt(np.maximum(curvature, 1e-12 * max(float(curvature.max()), 1e-280)))
    units = np.outer(sizes, sizes)
    return sizes, here.observed[inside] / units, here.expected[inside] / units


def _direction(here: Slopes, free: NDArray[np.bool_], damping: float) -> Vector:
    """The damped Newton step on the coordinates that are free."""
    sizes, observed, expected = _scaled(here, free)
    gradient = here.gradient[free] / sizes
    values, vectors = np.linalg.eigh(observed)
    if values[0] < -LEVEL * max(1.0, values[-1]):  # not yet a valley
        values, vectors = np.linalg.eigh(expected)
    values = np.maximum(values, LEVEL * max(1.0, values[-1])) + damping
    out = np.zeros(len(free))
    out[free] = -(vectors @ ((vectors.T @ gradient) / values)) / sizes
    return out


def _over_saddle(
    slopes: Callable[[Vector], Slopes | None],
    theta: Vector,
    here: Slopes,
    free: NDArray[np.bool_],
    low: Vector,
    high: Vector,
) -> tuple[Vector, Slopes] | None:
    """A lower point along the direction that bends down most, where the ground is level."""
    sizes, observed, _ = _scaled(here, free)
    values, vectors = np.linalg.eigh(observed)
    if values[0] > -1e-5 * max(1.0, values[-1]):
        return None
    for length in (1.0, 0.1, 0.01):
        for sign in (1, -1):
            step = np.zeros(len(theta))
            step[free] = sign * length * vectors[:, 0] / sizes
            tried = np.clip(theta + step, low, high)
            there = slopes(tried)
            if there is not None and there.value < here.value - 1e-9 * (1 + abs(here.value)):
                return tried, there
    return None


def _last_step(
    slopes: Callable[[Vector], Slopes | None],
    theta: Vector,
    here: Slopes,
    direction: Vector,
    low: Vector,
    high: Vector,
) -> tuple[Vector, Slopes]:
    """The step that brings almost nothing, taken when it does not lose: it polishes the digits."""
    tried = np.clip(theta + direction, low, high)
    there = slopes(tried)
    lost = there is None or there.value > here.value + 1e-12 * (1 + abs(here.value))
    return (theta, here) if lost or there is None else (tried, there)
