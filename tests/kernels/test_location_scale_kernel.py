"""Location-scale kernel: exact derivatives, and the models it contains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from evidence.errors import ConvergenceError
from evidence.kernels.location_scale import (
    _derivatives,
    fit_location_scale,
    scale_log_likelihood,
)
from evidence.kernels.regression import orthonormal
from evidence.kernels.regression_likelihood import maximise


def made(seed, k=30):
    generator = np.random.default_rng(seed)
    z = np.column_stack([np.ones(k), generator.normal(size=k)])
    vi = generator.uniform(0.02, 0.2, k)
    yi = 0.3 + generator.normal(size=k) * np.sqrt(vi + np.exp(z @ [-1.5, 0.8]))
    return yi, vi, z


@pytest.mark.parametrize("kind", ["ML", "REML"])
@given(seed=st.integers(0, 1000), alpha=st.lists(st.floats(-2, 1), min_size=2, max_size=2))
def test_derivatives_are_those_of_differences(kind, seed, alpha):
    yi, vi, z = made(seed, 12)
    basis, at, h = orthonormal(z), np.array(alpha), 1e-5
    _, gradient, hessian = _derivatives(kind, yi, vi, basis, z, at)
    for j in range(2):
        step = np.zeros(2)
        step[j] = h
        up, down = (_derivatives(kind, yi, vi, basis, z, at + s) for s in (step, -step))
        size = 1 + np.abs(hessian).max()
        assert gradient[j] == pytest.approx((up[0] - down[0]) / (2 * h), abs=1e-6 * size)
        assert hessian[j] == pytest.approx((up[1] - down[1]) / (2 * h), abs=1e-6 * size)


@pytest.mark.parametrize("kind", ["ML", "REML"])
@pytest.mark.parametrize("seed", range(5))
def test_the_maximum_is_the_one_a_general_optimiser_finds(kind, seed):
    yi, vi, z = made(seed)
    basis = orthonormal(np.ones((len(yi), 1)))
    found = fit_location_scale(kind, yi, vi, basis, z)

    def loss(alpha):
        return -scale_log_likelihood(kind, yi, vi, basis, np.exp(z @ alpha))

    starts = ([-2.0, 0.0], [-1.0, 1.0], [-1.0, -1.0])
    best = min(
        (
            minimize(loss, s, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
            for s in starts
        ),
        key=lambda end: end.fun,
    )
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-8)
    assert found.alpha == pytest.approx(best.x, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), kind=st.sampled_from(["ML", "REML"]))
def test_a_constant_scale_is_a_single_tau2(seed, kind):
    yi, vi, _ = made(seed)
    ones = np.ones((len(yi), 1))
    single = maximise(kind, yi, vi, orthonormal(ones).q)
    found = fit_location_scale(kind, yi, vi, orthonormal(ones), ones)
    assert found.tau2 == pytest.approx(single, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), unit=st.floats(0.01, 100), origin=st.floats(-50, 50))
def test_units_of_the_scale_moderator_do_not_matter(seed, unit, origin):
    yi, vi, z = made(seed)
    basis = orthonormal(np.ones((len(yi), 1)))
    moved = z.copy()
    moved[:, 1] = unit * z[:, 1] + origin
    one, other = (fit_location_scale("REML", yi, vi, basis, part) for part in (z, moved))
    assert other.tau2 == pytest.approx(one.tau2, rel=1e-5)
    assert other.alpha[1] * unit == pytest.approx(one.alpha[1], rel=1e-4, abs=1e-6)
    se, same = np.sqrt(one.alpha_vcov[1, 1]), np.sqrt(other.alpha_vcov[1, 1]) * unit
    assert same == pytest.approx(se, rel=1e-4)


def test_effects_closer_than_chance_have_no_finite_scale():
    ones = np.ones((6, 1))
    yi = np.array([0.30, 0.31, 0.29, 0.30, 0.32, 0.28])
    with pytest.raises(ConvergenceError, match="tau2 tends to 0"):
        fit_location_scale("REML", yi, np.full(6, 0.1), orthonormal(ones), ones)
