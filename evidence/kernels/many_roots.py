"""Roots of many functions at once, each between two points of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidence._typing import Vector
from evidence.errors import ConvergenceError

MOST_STEPS = 2000
NARROW = 1e-12  # of the root: a bracket in which a chord is right to the last digits


def many_roots(
    function: Callable[[Vector], Vector], low: Vector, high: Vector, f_low: Vector, f_high: Vector
) -> Vector:
    """One root per row, to the last digits, by the chords of Anderson and Björck.

    The bracket always holds a change of sign, and is halved after a chord that did not halve the
    value.

    Parameters
    ----------
    function : callable
        Points of shape (n,), one per row, to the value of each row's function there.
    low, high : arrays of shape (n,)
        The brackets.
    f_low, f_high : arrays of shape (n,)
        Values at their ends; of opposite sign, or zero.

    Raises
    ------
    ConvergenceError
        When a function is not a number somewhere in its bracket.

    References
    ----------
    Anderson & Björck (1973), BIT 13:253–264. https://doi.org/10.1007/BF01951936

    Examples
    --------
    >>> squares, zero = np.array([2.0, 9.0]), np.zeros(2)
    >>> many_roots(lambda x: x * x - squares, zero, squares, -squares, squares * squares - squares)
    array([1.4142, 3.    ])
    """
    a, fa, b, fb = low, f_low, high, f_high
    weight = np.ones(len(low))  # given to the end that stays
    floor = 1e-17 * np.abs(high)
    root, done = np.where(fa == 0, a, b), (fa == 0) | (fb == 0)
    halve = np.zeros(len(low), dtype=np.bool_)
    with np.errstate(all="ignore"):  # rows that are done go on without meaning
        for _ in range(MOST_STEPS):
            gap = a - b
            narrow = NARROW * np.abs(b) + floor
            last = ~done & ((np.abs(gap) <= narrow) | (fb == 0))
            root, done = np.where(last, b + gap * (fb / (fb - fa)), root), done | last
            if done.all():
                return np.asarray(root, dtype=np.float64)
            # never so short a step that it could not pass the root and close the bracket
            chord = gap * (fb / (fb - weight * fa))
            step = np.where(np.abs(chord) < narrow / 2, np.copysign(narrow / 2, gap), chord)
            x = np.where(done, root, b + np.where(halve, gap / 2, step))
            fx = function(x)
            share, across = 1 - fx / fb, (fx > 0) != (fb > 0)
            # all chords would start at the end that stays, did it not lose weight
            weight = np.where(across, 1.0, weight * np.where(share > 0, share, 0.5))
            a, fa = np.where(across, b, a), np.where(across, fb, fa)
            halve = np.abs(fx) > np.abs(fb) / 2
            b, fb = x, fx
    raise ConvergenceError("no root was found in a bracket that should hold one.")
