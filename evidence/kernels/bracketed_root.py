"""A root between two points: by Brent's steps to a chosen resolution, or by Newton's."""

from __future__ import annotations

from collections.abc import Callable

EPSILON = 2.0**-52
MOST_STEPS = 1000
DIGITS = 1e-9  # a Newton step smaller than this leaves an error of about its square


def bracketed_root(
    function: Callable[[float], float], low: float, high: float, *, resolution: float = 0.0
) -> float:
    """Root of a function that changes sign between `low` and `high`, by Brent's "zero".

    Bisection, secant and inverse quadratic steps; it stops when the bracket is narrower than
    `resolution` (or than rounding). With a wide resolution the answer depends on the steps taken,
    which are Brent's own: other programs that follow him stop at the same point.

    Parameters
    ----------
    function : callable
        Continuous, of opposite sign at the two ends.
    low, high : float
        The bracket.
    resolution : float
        How far from the root the answer may be; 0 for the last digits.

    Raises
    ------
    ValueError
        When the signs at the ends agree.

    References
    ----------
    Brent (1973), Algorithms for Minimization without Derivatives, chapter 4.

    Examples
    --------
    >>> bracketed_root(lambda x: x * x - 2, 0.0, 2.0)
    1.41421356237
    """
    last, best, other = low, high, low
    f_last, f_best = function(low), function(high)
    f_other = f_last
    if f_last == 0:
        return low
    if f_best == 0:
        return high
    if (f_last > 0) == (f_best > 0):
        raise ValueError(f"no sign change between {low:g} and {high:g}")
    for _ in range(MOST_STEPS):
        if abs(f_other) < abs(f_best):
            last, best, other = best, other, best
            f_last, f_best, f_other = f_best, f_other, f_best
        smallest = 2 * EPSILON * abs(best) + resolution / 2
        half = (other - best) / 2
        if abs(half) <= smallest or f_best == 0:
            return best
        step, previous = half, best - last
        if abs(previous) >= smallest and abs(f_last) > abs(f_best):
            step = _interpolated(last, best, other, f_last, f_best, f_other, smallest)
        if abs(step) < smallest:
            step = smallest if step > 0 else -smallest
        last, f_last = best, f_best
        best += step
        f_best = function(best)
        if (f_best > 0) == (f_other > 0):
            other, f_other = last, f_last
    return best


def _interpolated(
    last: float,
    best: float,
    other: float,
    f_last: float,
    f_best: float,
    f_other: float,
    smallest: float,
) -> float:
    """A secant or inverse quadratic step where it can be trusted, else half the bracket."""
    width = other - best
    ratio = f_best / f_last
    if last == other:
        p, q = width * ratio, 1 - ratio
    else:
        across, beside = f_last / f_other, f_best / f_other
        p = ratio * (width * across * (across - beside) - (best - last) * (beside - 1))
        q = (across - 1) * (beside - 1) * (ratio - 1)
    q, p = (-q, p) if p > 0 else (q, -p)
    inside = p < 0.75 * width * q - abs(smallest * q) / 2
    shrinking = p < abs((best - last) * q / 2)
    return p / q if inside and shrinking else width / 2


def newton_root(
    function: Callable[[float], tuple[float, float]],
    low: float,
    high: float,
    *,
    start: float,
    resolution: float = 0.0,
) -> float:
    """Root of a function that falls through zero between `low` and `high`, by Newton's steps.

    A step that leaves the bracket, or that is not half the one before, is replaced by halving
    the bracket.

    Parameters
    ----------
    function : callable
        Gives its value and Newton's step from there; a step that is not a number is not taken.
    low, high : float
        The bracket: the value is above zero at `low` and below at `high`.
    start : float
        Where to begin, inside the bracket.
    resolution : float
        Rounding of the root; a smaller step is the last one.

    Examples
    --------
    >>> newton_root(lambda x: (2 - x * x, (2 - x * x) / (2 * x)), 0.0, 2.0, start=1.5)
    1.41421356237
    """
    best, previous = start, high - low
    for _ in range(MOST_STEPS):
        value, step = function(best)
        low, high = (best, high) if value > 0 else (low, best)
        moved = best + step
        if not (low <= moved <= high and abs(step) <= previous / 2):
            moved = low + (high - low) / 2
            if moved in (low, high):
                break
        elif abs(step) <= max(DIGITS * abs(moved), resolution):
            return moved
        best, previous = moved, abs(moved - best)
    return best
