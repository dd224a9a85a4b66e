"""Limits for τ², the root behind them, and Kenward–Roger, against closed forms and matrices."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import chdtri
from strategies import tables

from evidence.kernels.bracketed_root import bracketed_root
from evidence.kernels.heterogeneity import generalised_q, q_profile
from evidence.kernels.kenward_roger import kenward_roger
from evidence.kernels.quadratic_form import quadratic_form_cdf
from evidence.kernels.tau2_limits import AS_IN_R_META, EXACT, tau2_limits
from evidence.kernels.wls import weighted_squares


@given(root=st.floats(-5, 5), resolution=st.sampled_from([0.0, 1e-6, 1e-3]))
def test_a_root_is_found_to_the_resolution_asked_for(root, resolution):
    found = bracketed_root(lambda x: (x - root) ** 3 + x - root, -7.0, 6.0, resolution=resolution)
    assert abs(found - root) <= resolution + 1e-12


def test_a_root_at_either_end_and_no_root():
    assert bracketed_root(lambda x: x, 0.0, 1.0) == 0.0
    assert bracketed_root(lambda x: x - 1, 0.0, 1.0) == 1.0
    with pytest.raises(ValueError, match="no sign change"):
        bracketed_root(lambda x: x + 3, 0.0, 1.0)


def of_two(y, v, level=0.95):
    """Q of two effects is d²/(v₁ + v₂ + 2τ²): its limits are algebra."""
    tail, d2 = (1 - level) / 2, (y[0] - y[1]) ** 2
    return [max(0.0, (d2 / chdtri(1, p) - v.sum()) / 2) for p in (tail, 1 - tail)]


@pytest.mark.parametrize("method", ["QP", "J"])
@given(table=tables(min_size=2, max_size=2))
def test_two_effects_have_closed_limits(method, table):
    yi, vi = table
    assume(abs(yi[0] - yi[1]) > 0.01)
    found = tau2_limits(method, yi, vi)
    assert found == pytest.approx(of_two(yi, vi), rel=1e-5, abs=1e-7)


@given(table=tables(min_size=3), level=st.sampled_from([0.8, 0.95]))
def test_limits_are_where_the_statistic_is_at_its_quantile(table, level):
    yi, vi = table
    df, tail = len(yi) - 1, (1 - level) / 2
    low, high = tau2_limits("QP", yi, vi, level=level)
    assert (low, high) == pytest.approx(q_profile(yi, vi, level), rel=1e-9, abs=1e-12)
    if low > 0:
        assert generalised_q(yi, vi, low) == pytest.approx(chdtri(df, tail), rel=1e-8)
    ai = vi**-0.5
    q = weighted_squares(yi, ai)
    jackson = tau2_limits("J", yi, vi, level=level)
    for limit, p in zip(jackson, (1 - tail, tail), strict=True):
        if limit > 0:
            assert quadratic_form_cdf(q, ai, vi + limit) == pytest.approx(p, abs=1e-7)


@given(table=tables(min_size=3))
def test_the_search_of_r_is_loose_and_has_a_ceiling(table):
    yi, vi = table
    exact = tau2_limits("QP", yi, vi, search=EXACT)
    loose = tau2_limits("QP", yi, vi, search=AS_IN_R_META)
    assert loose[1] <= 100
    for a, b in zip(loose, exact, strict=True):
        assert a == pytest.approx(min(b, 100.0), abs=2**-13)


def test_where_the_reference_stopped_short():
    """R's default search: two effects 3 apart have the upper limit 4582, and 100 is reported."""
    yi, vi = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    assert tau2_limits("QP", yi, vi, search=AS_IN_R_META)[1] == 100
    assert tau2_limits("QP", yi, vi)[1] == pytest.approx(of_two(yi, vi)[1], rel=1e-9)
    assert of_two(yi, vi)[1] == pytest.approx(4582.1, abs=0.1)


def by_matrices(vi, tau2):
    """Kenward and Roger's adjustment written with the k × k matrices of their paper."""
    k = len(vi)
    inverse, x = np.diag(1 / (vi + tau2)), np.ones((k, 1))
    phi = np.linalg.inv(x.T @ inverse @ x)
    p1 = -x.T @ inverse @ inverse @ x
    q11 = x.T @ inverse @ inverse @ inverse @ x
    residual = inverse - inverse @ x @ phi @ x.T @ inverse
    information = 0.5 * np.trace(residual @ residual)
    adjusted = (phi + 2 * phi @ ((q11 - p1 @ phi @ p1) / information) @ phi).item()
    lever = (adjusted * p1).item()
    return adjusted**0.5, 2 * information / lever**2


@given(table=tables(min_size=2), tau2=st.floats(0, 3))
def test_kenward_roger_is_the_matrix_formula(table, tau2):
    _, vi = table
    assert kenward_roger(vi, tau2) == pytest.approx(by_matrices(vi, tau2), rel=1e-8)


@given(table=tables(min_size=2), tau2=st.floats(0, 3), scale=st.sampled_from([1e-12, 1e3, 1e12]))
def test_kenward_roger_follows_the_unit(table, tau2, scale):
    _, vi = table
    se, df = kenward_roger(vi, tau2)
    assert kenward_roger(scale * vi, scale * tau2) == pytest.approx((scale**0.5 * se, df), rel=1e-9)
    assert se >= (1 / (vi + tau2)).sum() ** -0.5 * (1 - 1e-12)
