"""Selection likelihoods: derivatives, agreement of steps and curves with no selection, summits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from strategies import tables

from evidence.kernels.climb import climb, highest
from evidence.kernels.likelihood import log_likelihood, maximise
from evidence.kernels.selection import StepLikelihood
from evidence.kernels.selection_curves import CURVES, CurveLikelihood
from evidence.kernels.selection_fit import fit_curve, fit_steps
from evidence.kernels.uniform_star import ConditionalLikelihood

STEPS = (0.025, 0.5, 1.0)
YI = np.array([0.61, 0.44, 0.13, 0.72, -0.08, 0.35, 0.90, 0.52, 0.27, 0.66])
VI = np.array([0.04, 0.03, 0.02, 0.09, 0.05, 0.01, 0.12, 0.06, 0.02, 0.08])


def surfaces():
    yield "steps", StepLikelihood(YI, VI, STEPS), [0.3, 0.05, 1.0, 0.6, 0.2]
    yield "conditional", ConditionalLikelihood(YI, VI, 1.96), [0.3, 0.05]
    for curve, shape in CURVES.items():
        yield curve, CurveLikelihood(YI, VI, curve), [0.3, 0.05, 0.7, 1.6][: 2 + shape.parameters]


@pytest.mark.parametrize(("name", "surface", "point"), list(surfaces()), ids=lambda x: str(x)[:12])
def test_derivatives_are_those_of_the_value(name, surface, point):
    point, size = np.array(point), len(point)
    value, gradient, hessian = surface(point)
    assert np.isfinite(value)
    step = 1e-5 * np.eye(size)
    slopes = [(surface(point + h)[0] - surface(point - h)[0]) / 2e-5 for h in step]
    bends = [(surface(point + h)[1] - surface(point - h)[1]) / 2e-5 for h in step]
    # differences of step 1e-5 are good to about 1e-8 of the value, 1e-6 of the slopes
    assert gradient == pytest.approx(np.array(slopes), rel=1e-6, abs=1e-6)
    assert hessian == pytest.approx(np.array(bends), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("curve", CURVES)
@given(table=tables(min_size=3, variance=(0.01, 1.0)), mu=st.floats(-1, 1), tau2=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_a_neutral_curve_selects_nothing(curve, table, mu, tau2):
    yi, vi = table
    point = np.array([mu, tau2, *CURVES[curve].neutral])
    plain = StepLikelihood(yi, vi, (0.5, 1.0))(np.array([mu, tau2, 1.0, 1.0]))
    curved = CurveLikelihood(yi, vi, curve)(point)
    assert curved[0] == pytest.approx(plain[0], rel=1e-9, abs=1e-9)
    assert curved[1][:2] == pytest.approx(plain[1][:2], rel=1e-7, abs=1e-7)


@given(table=tables(min_size=3, variance=(0.01, 1.0)), mu=st.floats(-3, 3), tau2=st.floats(0, 2))
@settings(max_examples=30, deadline=None)
def test_chances_of_the_steps_sum_to_one(table, mu, tau2):
    chances = StepLikelihood(*table, (0.001, 0.025, 0.5, 0.99, 1.0)).probabilities(mu, tau2)
    assert chances.sum(axis=1) == pytest.approx(np.ones(len(chances)), abs=1e-12)
    assert (chances >= 0).all()


def test_neutral_weights_give_the_maximum_likelihood_mean():
    found = fit_steps(YI, VI, STEPS, weights=np.ones(3))
    tau2 = maximise("ML", YI, VI)
    assert found.tau2 == pytest.approx(tau2, abs=1e-8)
    assert found.log_likelihood == pytest.approx(log_likelihood("ML", YI, VI, tau2), abs=1e-10)


@pytest.mark.parametrize("curve", CURVES)
def test_another_optimiser_finds_nothing_higher(curve):
    found = fit_curve(YI, VI, curve)
    surface, shape = CurveLikelihood(YI, VI, curve), CURVES[curve]
    bounds = [(None, None), (0, None), *[(shape.lower, shape.upper)] * shape.parameters]
    for start in ([0.4, 0.02], [0.0, 0.2], [0.8, 0.0]):
        end = minimize(
            lambda x: -surface(x)[0],
            [*start, *(0.5 + np.array(shape.neutral))],
            jac=lambda x: -surface(x)[1],
            bounds=bounds,
            method="L-BFGS-B",
        )
        assert -end.fun <= found.log_likelihood + 1e-8


def test_climbing_onto_a_bound_and_off_it_again():
    target = np.array([2.0, -1.0, 0.3])
    bend = np.array([[2.0, 0.9, 0.0], [0.9, 2.0, 0.5], [0.0, 0.5, 1.0]])

    def bowl(x):
        off = x - target
        return -0.5 * float(off @ bend @ off), -bend @ off, -bend

    lower, upper = np.zeros(3), np.array([np.inf, np.inf, 0.1])
    ends = minimize(
        lambda x: -bowl(x)[0], [0.5, 0.5, 0.05], jac=lambda x: -bowl(x)[1],
        bounds=list(zip(lower, upper, strict=True)), method="L-BFGS-B",
    )  # fmt: skip
    for start in ([0.0, 5.0, 0.0], [9.0, 0.0, 0.1], [0.0, 0.0, 0.0]):
        summit = climb(bowl, np.array(start), lower, upper)
        assert summit.settled
        assert summit.point == pytest.approx(ends.x, abs=1e-6)
        assert (summit.point >= lower).all()
        assert (summit.point <= upper).all()


def test_the_highest_of_two_summits():
    def two(x):
        height = -((x[0] ** 2 - 1) ** 2) + 0.2 * x[0]
        slope = -4 * x[0] * (x[0] ** 2 - 1) + 0.2
        return float(height), np.array([slope]), np.array([[-12 * x[0] ** 2 + 4]])

    free = np.array([np.inf])
    found = highest(two, [np.array([-2.0]), np.array([-0.5]), np.array([0.4])], -free, free)
    assert found.point[0] == pytest.approx(1.0241, abs=1e-4)
