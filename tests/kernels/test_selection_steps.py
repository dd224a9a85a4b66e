"""Step-function selection: derivatives to many digits, stationary estimates, no higher summit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri
from strategies import tables

from evidence.kernels.likelihood import log_likelihood, maximise
from evidence.kernels.selection import StepLikelihood, step_of
from evidence.kernels.selection_fit import fit_steps

STEPS = (0.025, 0.5, 1.0)
YI = np.array([0.61, 0.44, 0.13, 0.72, -0.08, 0.35])
VI = np.array([0.04, 0.03, 0.02, 0.09, 0.05, 0.01])


def by_definition(yi, vi, point):
    """Log-likelihood of complex parameters: the density over its integral, step by step."""
    mu, tau2, *weights = point
    spread = np.sqrt(vi + tau2)
    edges = [np.full(len(yi), np.inf), *(np.sqrt(vi) * -ndtri(p) for p in STEPS[:-1])]
    right = [0 * spread, *(ndtr((mu - edge) / spread) for edge in edges[1:]), 1 + 0 * spread]
    seen = sum(w * (right[j + 1] - right[j]) for j, w in enumerate(weights))
    density = np.exp(-((yi - mu) ** 2) / (2 * spread**2)) / (np.sqrt(2 * np.pi) * spread)
    weight = np.array(weights)[step_of(yi, vi, STEPS)]
    return np.log(weight * density / seen).sum()


def slopes_of(yi, vi, point):
    """Gradient by complex steps: no difference is taken, so no digits are lost."""
    steps = np.array(point) + 1e-30j * np.eye(len(point))
    return np.array([by_definition(yi, vi, step).imag / 1e-30 for step in steps])


@given(
    mu=st.floats(-1, 1.5),
    tau2=st.floats(0.01, 1),
    second=st.floats(0.1, 5),
    third=st.floats(0.1, 5),
)
@settings(max_examples=50, deadline=None)
def test_derivatives_agree_with_the_definition(mu, tau2, second, third):
    point = np.array([mu, tau2, 1.0, second, third])
    value, gradient, hessian = StepLikelihood(YI, VI, STEPS)(point)
    assert value == pytest.approx(by_definition(YI, VI, point.astype(complex)).real, abs=1e-11)
    slopes = slopes_of(YI, VI, point)
    assert gradient == pytest.approx(slopes, rel=1e-11, abs=1e-11 * np.abs(slopes).max())
    # sixth-order differences of exact slopes: an error of (step / scale)^6, about 1e-9
    weights = {1: 45 / 60, 2: -9 / 60, 3: 1 / 60}
    step = 1e-2 * np.diag([0.03, 0.03 + tau2, 1.0, second, third])
    bends = [
        sum(
            c * (slopes_of(YI, VI, point + n * h) - slopes_of(YI, VI, point - n * h))
            for n, c in weights.items()
        )
        / h.sum()
        for h in step
    ]
    assert hessian == pytest.approx(np.array(bends), rel=1e-8, abs=1e-9 * np.abs(bends).max())


@st.composite
def on_every_step(draw):
    """Effects with at least one on each step: no weight is then zero."""
    yi, vi = draw(tables(min_size=6, variance=(0.01, 0.5)))
    return np.concatenate([np.array([3.0, 1.0, -1.0]) * np.sqrt(vi[:3]), yi[3:]]), vi


@given(table=on_every_step())
@settings(max_examples=40, deadline=None)
def test_the_likelihood_is_stationary_where_a_fit_ends(table):
    yi, vi = table
    found = fit_steps(yi, vi, STEPS)
    point = np.array([found.mu, found.tau2, *found.delta])
    value, gradient, hessian = StepLikelihood(yi, vi, STEPS)(point)
    assert value == pytest.approx(found.log_likelihood, abs=1e-12)
    estimated = [0, 1, 3, 4]
    lower, upper = np.array([-np.inf, 0, 0, 0]), np.array([np.inf, np.inf, 100, 100])
    at = point[estimated]
    free = (at > lower) & (at < upper)
    # what a Newton step could still gain: nothing that the twelfth digit of the value would show
    inside = np.array(estimated)[free]
    bend = hessian[np.ix_(inside, inside)]
    step = np.linalg.lstsq(bend, gradient[inside], rcond=1e-12)[0]
    assert abs(gradient[inside] @ step) < 1e-9 * (1 + abs(value))
    assert (gradient[estimated][at <= lower] <= 0).all()  # a bound is where it would go on
    assert (gradient[estimated][at >= upper] >= 0).all()


@given(table=on_every_step(), starts=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_no_other_start_ends_higher(table, starts):
    yi, vi = table
    found = fit_steps(yi, vi, STEPS)
    surface, generator = StepLikelihood(yi, vi, STEPS), np.random.default_rng(starts)

    def falling(x):
        value, gradient, _ = surface(np.array([x[0], x[1], 1.0, *np.exp(x[2:])]))
        slope = gradient[[0, 1, 3, 4]] * np.array([1, 1, *np.exp(x[2:])])
        return (-value, -slope) if np.isfinite(value) else (1e10, np.zeros(4))

    for _ in range(8):
        start = [generator.normal(0, 2), generator.exponential(1), *generator.normal(0, 2, 2)]
        bounds = [(-10, 10), (0, None), *[(-50, np.log(100))] * 2]
        end = minimize(falling, start, jac=True, bounds=bounds, method="L-BFGS-B")
        assert -end.fun <= found.log_likelihood + 1e-6 * (1 + abs(end.fun))


def test_of_two_summits_far_apart_the_higher_one_is_found():
    # one with little heterogeneity behind hard selection, one with much of both the other way
    yi, vi = np.array([1.69, -0.5, -0.11]), np.array([0.316, 0.015, 0.013])
    surface = StepLikelihood(yi, vi, (0.025, 1.0))
    lower = surface(np.array([0.41133912, 0.68135687, 1.0, 1.893902]))
    assert np.abs(lower[1][[0, 1, 3]]).max() < 1e-6
    found = fit_steps(yi, vi, (0.025, 1.0))
    assert found.tau2 < 0.01
    assert found.log_likelihood > lower[0] + 2


@given(table=on_every_step())
@settings(max_examples=20, deadline=None)
def test_heights_and_profiles_are_values_of_the_likelihood(table):
    yi, vi = table
    surface = StepLikelihood(yi, vi, STEPS)
    grid = np.array([[0.0, 0.1], [0.5, 0.0], [-0.4, 1.0]])
    heights, points = surface.profile(grid, (0.0, 100.0))
    assert points[:, :2] == pytest.approx(grid)
    assert heights == pytest.approx([surface(point)[0] for point in points], rel=1e-10, abs=1e-10)
    assert surface.heights(points) == pytest.approx(heights, rel=1e-12, abs=1e-12)
    neutral = np.column_stack([grid, np.ones((3, 3))])
    assert (heights >= surface.heights(neutral) - 1e-3).all()  # nearly the best of all weights


def test_a_mean_far_out_of_reach_has_no_likelihood_and_no_warning():
    surface = StepLikelihood(YI, VI, STEPS)
    value, gradient, _ = surface(np.array([-80.0, 0.0, 1.0, 0.0, 0.0]))
    assert value == -np.inf
    assert np.isfinite(gradient).all()
    assert surface.heights(np.array([[-80.0, 0.0, 1.0, 1e-200, 1.0]]))[0] == -np.inf


@given(table=on_every_step())
@settings(max_examples=20, deadline=None)
def test_the_likelihood_without_selection_comes_with_the_fit(table):
    yi, vi = table
    plain = log_likelihood("ML", yi, vi, maximise("ML", yi, vi))
    assert fit_steps(yi, vi, STEPS).log_likelihood_unselected == plain
