"""Roots and optima where the answer is known: by algebra, by scipy, or by trying every wall."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.optimize import brentq

from evidence.kernels.box_newton import Slopes, minimise
from evidence.kernels.bracketed_root import bracketed_root
from evidence.kernels.climb import climb, highest
from evidence.kernels.henmi_copas import brent_root

CURVES = [
    lambda x: x**3 - 2 * x - 5,
    lambda x: math.exp(x) - 40,
    lambda x: math.atan(x - 1.3),
    lambda x: (x - 0.7) ** 9,
    lambda x: 1e-9 * (x - 3.99),
    lambda x: -math.expm1(20 * (2.2 - x)) if x > 0 else -1e30,
]


def counted(function):
    calls = []

    def watched(x):
        calls.append(x)
        return function(x)

    return watched, calls


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("low, high", [(-1.0, 4.0), (4.0, -1.0)])  # noqa: PT006
def test_the_root_is_scipys_and_nothing_outside_the_bracket_is_looked_at(curve, low, high):
    wanted = brentq(curve, min(low, high), max(low, high), xtol=1e-15, rtol=1e-15, maxiter=500)
    for find in (bracketed_root, lambda f, a, b: brent_root(f, a, b, 0.0)):
        watched, calls = counted(curve)
        found = find(watched, low, high)
        if curve is CURVES[3]:  # (x − 0.7)⁹ is 0 in rounding all around its root
            assert abs(curve(found)) < 1e-12
        else:
            assert found == pytest.approx(wanted, rel=1e-13, abs=1e-14)
        assert len(calls) < 140
        assert all(-1 <= x <= 4 for x in calls)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("resolution", [0.5, 1e-3, 1e-8])
def test_two_writings_of_brents_zero_stop_at_the_same_point(curve, resolution):
    one, first = counted(curve)
    two, second = counted(curve)
    a = bracketed_root(one, -1.0, 4.0, resolution=resolution)
    b = brent_root(two, -1.0, 4.0, resolution)
    assert a == b
    assert first == second
    assert curve(a - resolution) * curve(a + resolution) <= 0


def test_the_secant_takes_over_from_halving():
    watched, calls = counted(lambda x: math.exp(x) - 40)
    bracketed_root(watched, -1.0, 4.0)
    assert len(calls) <= 12  # halving alone would need fifty
    # a coarse answer costs fewer looks
    few, looks = counted(lambda x: math.exp(x) - 40)
    bracketed_root(few, -1.0, 4.0, resolution=0.1)
    assert len(looks) < len(calls)


def test_roots_at_the_ends_and_none():
    assert brent_root(lambda x: x, 0.0, 1.0, 1e-9) == 0.0
    assert brent_root(lambda x: x - 1, 0.0, 1.0, 1e-9) == 1.0
    for sign in (1, -1):
        with pytest.raises(ValueError, match="no sign change between 0 and 2"):
            bracketed_root(lambda x, s=sign: s * (x + 1), 0.0, 2.0)


HESSIAN = np.array([[3.0, 1.0, 0.5], [1.0, 2.0, -0.4], [0.5, -0.4, 1.5]])


def in_box(centre, low, high):
    """Minimum of (x − c)ᵀH(x − c)/2 in a box: each set of walls tried, the best that fits."""
    best, at = math.inf, None
    for walls in product((None, 0, 1), repeat=3):
        x = np.array([0.0 if w is None else (low, high)[w][i] for i, w in enumerate(walls)])
        free = [i for i, w in enumerate(walls) if w is None]
        held = [i for i in range(3) if i not in free]
        if free:
            right = HESSIAN[np.ix_(free, held)] @ (x - centre)[held]
            x[free] = centre[free] - np.linalg.solve(HESSIAN[np.ix_(free, free)], right)
        value = 0.5 * (x - centre) @ HESSIAN @ (x - centre)
        if ((x >= low - 1e-12) & (x <= high + 1e-12)).all() and value < best:
            best, at = value, x
    return at


BOXES = [
    ([-1.0, -1, -1], [2.0, 2, 2]),
    ([0.5, -3, -3], [2.0, 3, 3]),
    ([-3.0, -3, -3], [0.1, -0.4, 3]),
    ([1.0, 1, 1], [1.0, 1, 1]),
    ([-2.0, 0.3, -2], [2.0, 0.3, 2]),
]
CENTRE = np.array([0.4, -0.3, 0.8])


def bowl(x):
    """A quadratic with a fourth power added, so that Newton does not arrive in one step."""
    off = x - CENTRE
    bent = float(off @ HESSIAN @ off)
    gradient = HESSIAN @ off
    return bent / 2 + bent**2, (1 + 4 * bent) * gradient, (
        (1 + 4 * bent) * HESSIAN + 8 * np.outer(gradient, gradient)
    )  # fmt: skip


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("start", [[0.0, 0, 0], [-9.0, 9, 9], [1.9, -0.9, 1.1]])
def test_both_searches_find_the_lowest_point_of_a_box(box, start):
    low, high = np.array(box)
    wanted = in_box(CENTRE, low, high)
    found = minimise(
        lambda x: Slopes(*bowl(x)[:2], bowl(x)[2], HESSIAN), np.array(start), low, high
    )
    assert found.converged
    assert found.theta == pytest.approx(wanted, abs=1e-7)
    assert found.at.value == pytest.approx(bowl(wanted)[0], rel=1e-12, abs=1e-14)
    assert found.steps < 25
    assert found.gain < 1e-12
    top = climb(lambda x: tuple(-part for part in bowl(x)), np.array(start), low, high)
    assert top.settled
    assert top.point == pytest.approx(wanted, abs=1e-7)
    assert top.value == pytest.approx(-bowl(wanted)[0], rel=1e-12, abs=1e-14)
    assert top.rounds < 25
    inside = (wanted > low) & (wanted < high)
    assert top.free.tolist() == inside.tolist()
    assert -top.gradient == pytest.approx(bowl(wanted)[1], abs=1e-6)


def saddle(x):
    """x²y²-like ground with a saddle at 0 and minima at (0, ±1), value −1/4."""
    a, b = x
    value = a * a + b**4 / 4 - b * b / 2
    return value, np.array([2 * a, b**3 - b]), np.diag([2.0, 3 * b * b - 1])


def test_a_saddle_is_left_downhill():
    low, high = np.full(2, -5.0), np.full(2, 5.0)
    for start in ([3.0, 0.0], [0.0, 0.0], [1.0, 1e-9]):
        found = minimise(
            lambda x: Slopes(*saddle(x), np.diag([2.0, 1.0])), np.array(start), low, high
        )
        assert found.converged
        assert found.at.value == pytest.approx(-0.25, abs=1e-12)
        assert np.abs(found.theta) == pytest.approx([0, 1], abs=1e-6)
    for b in (0.1, 1e-4):
        top = climb(lambda x: tuple(-part for part in saddle(x)), np.array([3.0, b]), low, high)
        assert top.settled
        assert top.point == pytest.approx([0, 1], abs=1e-6)


def steep(x):
    """−log x + x: no value at or below 0, minimum 1 at 1."""
    if x[0] <= 0:
        return None
    return Slopes(float(x[0] - math.log(x[0])), 1 - 1 / x, np.diag(1 / x**2), np.diag(1 / x))


@pytest.mark.parametrize("start", [1e-3, 0.3, 1.0, 50.0])
def test_a_step_into_nowhere_is_shortened(start):
    low, high = np.array([-10.0]), np.array([100.0])
    found = minimise(steep, np.array([start]), low, high)
    assert found.converged
    assert found.theta == pytest.approx([1.0], abs=1e-7)

    def hill(x):
        at = steep(x)
        if at is None:
            return -math.inf, np.zeros(1), -np.eye(1)
        return -at.value, -at.gradient, -at.observed

    top = climb(hill, np.array([start]), low, high)
    assert top.settled
    assert top.point == pytest.approx([1.0], abs=1e-7)


def test_searches_that_cannot_start_or_cannot_end():
    low, high = np.array([-10.0]), np.array([100.0])
    assert minimise(steep, np.array([-1.0]), low, high) is None
    stopped = minimise(steep, np.array([50.0]), low, high, steps=2)
    assert not stopped.converged
    assert stopped.steps == 2
    far, wide = np.full(3, -9.0), (np.full(3, -20.0), np.full(3, 20.0))
    patient, loose = (
        minimise(lambda x: Slopes(*bowl(x)[:2], bowl(x)[2], HESSIAN), far, *wide, enough=enough)
        for enough in (1e-13, 1.0)
    )
    assert loose.converged
    assert loose.steps < patient.steps
    nowhere = climb(lambda x: (-math.inf, np.zeros(1), -np.eye(1)), np.zeros(1), low, high)
    assert not nowhere.settled
    assert nowhere.value == -math.inf
    endless = climb(lambda x: (float(x[0]), np.ones(1), np.zeros((1, 1))), np.zeros(1),
                    np.zeros(1), np.full(1, np.inf))  # fmt: skip
    assert not endless.settled or endless.value > 1e6


def two_hills(x):
    """Tops near −2 (height 1) and 2 (height 2)."""
    value, gradient, hessian = 0.0, 0.0, 0.0
    for height, at in ((1.0, -2.0), (2.0, 2.0)):
        off = float(x[0]) - at
        e = height * math.exp(-off * off)
        value, gradient, hessian = value + e, gradient - 2 * off * e, hessian + (4 * off**2 - 2) * e
    return value, np.array([gradient]), np.array([[hessian]])


def test_the_highest_of_several_tops():
    low, high = np.array([-5.0]), np.array([5.0])
    starts = [np.array([x]) for x in (-2.4, -1.8, 1.7, 2.6)]
    best = highest(two_hills, starts, low, high)
    assert best.settled
    assert best.point == pytest.approx([2.0], abs=1e-6)
    lower = highest(two_hills, starts[:2], low, high)
    assert lower.point == pytest.approx([-2.0], abs=1e-6)
    assert lower.value < best.value
    walled = highest(two_hills, starts, low, np.array([1.0]))
    assert walled.value == pytest.approx(max(two_hills(np.array([1.0]))[0], lower.value), rel=1e-12)


def test_a_known_summit_is_recognised():
    low, high = np.array([-5.0]), np.array([5.0])
    first = climb(two_hills, np.array([1.8]), low, high)
    again = climb(two_hills, np.array([2.2]), low, high, [first])
    assert again is first
    other = climb(two_hills, np.array([-2.2]), low, high, [first])
    assert other.point == pytest.approx([-2.0], abs=1e-6)
