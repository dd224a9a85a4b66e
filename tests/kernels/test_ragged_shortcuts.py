"""The compiled engine's shorter proof that a peak is the only one: held to the score itself."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import numbers

from evidence.kernels import ragged_jit
from evidence.kernels.likelihood import score

rows = st.lists(st.tuples(numbers(-3, 3), st.floats(-4, 4)), min_size=2, max_size=8)


def laid_out(rows):
    """Effects and variances, and the same as the loops take them, unscaled."""
    yi, vi = np.array([y for y, _ in rows]), np.array([10.0**power for _, power in rows])
    j = int(vi.argmin())
    others = np.arange(len(yi)) != j
    w = np.empty(len(yi))
    return yi, vi, (float(vi[j]), vi[others], yi[others] - yi[j], w, len(yi) - 1)


def clear_signs(yi, vi, full, grid):
    """Sign of the score on the grid; 0 where it is rounding."""
    slopes = score("ML" if full else "REML", yi, vi, grid)
    size = np.array([np.sum(1 / (vi + t)) for t in grid])
    return np.where(np.abs(slopes) > 1e-9 * size, np.sign(slopes), 0)


@given(rows=rows, full=st.booleans())
def test_a_peak_said_to_be_the_only_one_is(rows, full):
    yi, vi, group = laid_out(rows)
    found = ragged_jit._single_peak(*ragged_jit._terms(0.0, full, group), full, group)
    assume(not np.isnan(found))
    grid = np.concatenate([[0.0], np.geomspace(vi.min() / 1e3, 1e3 * (vi.max() + 36), 3000)])
    signs = clear_signs(yi, vi, full, grid)
    assert (signs[grid < found] >= 0).all()
    assert (signs[grid > found] <= 0).all()


@given(rows=rows, full=st.booleans(), near=st.floats(-0.3, 0.3))
def test_what_is_clear_below_and_above_a_point_is(rows, full, near):
    """Also of a point that is not quite the root, and of likelihoods with several peaks."""
    yi, vi, group = laid_out(rows)
    at_zero = ragged_jit._terms(0.0, full, group)
    high = 10 * (vi.max() + 36)
    grid = np.concatenate([[0.0], np.geomspace(vi.min() / 1e3, 1e3 * high, 3000)])
    signs = clear_signs(yi, vi, full, grid)
    assume(at_zero[0] > at_zero[1] and (signs < 0).any())
    t = float(grid[np.argmax(signs < 0)]) * (1 + near)  # next to the first root
    f, g, f2, g2 = ragged_jit._terms(t, full, group)
    left = ragged_jit._clear_below(t, f, g, f2, at_zero[1])
    assert (signs[grid < t - left] >= 0).all()
    spread = float(np.sum((yi - yi.mean()) ** 2))
    right = ragged_jit._clear_above(f, g, g2, spread)
    assert (signs[grid > t + right] <= 0).all()
