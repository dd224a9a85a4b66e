"""Between-study variance: how the estimators must relate, whatever the effects."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import chdtr, chdtri
from strategies import numbers, tables

from evidence.errors import ConvergenceError
from evidence.kernels.heterogeneity import cochran_q, generalised_q, q_profile, tau2_where_q_is
from evidence.kernels.likelihood import log_likelihood, profile_limits, score
from evidence.kernels.quadratic_form import quadratic_form_cdf
from evidence.kernels.tau2 import TAU2, TAU2_OF_WEIGHTS, tau2_se

UNBIASED = ("DL", "HE", "PM", "EB", "SJIT", "DLIT", "REML", "HSk")


@pytest.mark.parametrize("method", TAU2)
@given(table=tables(), scale=st.floats(0.01, 100), shift=st.floats(-5, 5))
def test_tau2_follows_the_scale_and_not_the_origin(method, table, scale, shift):
    yi, vi = table
    moved = TAU2[method](scale * yi + shift, scale**2 * vi) / scale**2
    # shifting rounds the effects in the 16th digit, seen through variances from 0.001 up
    assert moved == pytest.approx(TAU2[method](yi, vi), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("method", TAU2)
@given(table=tables(), order=st.randoms(use_true_random=False))
def test_tau2_does_not_depend_on_the_order_of_studies(method, table, order):
    yi, vi = table
    index = list(range(len(yi)))
    order.shuffle(index)
    shuffled = TAU2[method](yi[index], vi[index])
    assert shuffled == pytest.approx(TAU2[method](yi, vi), rel=1e-9, abs=1e-10)


@given(table=tables(), variance=numbers(0.01, 2))
def test_with_equal_variances_the_unbiased_estimators_are_the_sample_variance_less_v(
    table, variance
):
    yi, _ = table
    vi = np.full(len(yi), variance)
    expected = max(0.0, np.var(yi, ddof=1) - variance)
    for method in UNBIASED:
        assert TAU2[method](yi, vi) == pytest.approx(expected, rel=1e-9, abs=1e-10), method
    assert TAU2["ML"](yi, vi) == pytest.approx(max(0.0, np.var(yi) - variance), abs=1e-10)


@given(table=tables())
def test_weighted_moments_contain_dersimonian_laird_and_hedges(table):
    yi, vi = table
    ones = np.ones(len(yi))
    assert TAU2_OF_WEIGHTS["GENQ"](yi, vi, 1 / vi) == pytest.approx(TAU2["DL"](yi, vi), abs=1e-9)
    assert TAU2_OF_WEIGHTS["GENQ"](yi, vi, ones) == pytest.approx(TAU2["HE"](yi, vi), abs=1e-9)
    assert tau2_se("GENQ", yi, vi, 0.1, ones) == pytest.approx(tau2_se("HE", yi, vi, 0.1))


@given(table=tables(max_size=8), variance=numbers(0.01, 2), weight=numbers(0.1, 9))
def test_with_equal_variances_the_two_median_estimators_agree(table, variance, weight):
    yi, _ = table
    vi = np.full(len(yi), variance)
    generalised = TAU2_OF_WEIGHTS["GENQM"](yi, vi, np.full(len(yi), weight))
    assert generalised == pytest.approx(TAU2["PMM"](yi, vi), rel=1e-7, abs=1e-8)


@given(table=tables())
def test_when_q_is_below_its_expectation_the_moment_estimators_are_zero(table):
    yi, vi = table
    assume(cochran_q(yi, vi) < len(yi) - 1)
    assert [TAU2[method](yi, vi) for method in ("DL", "PM", "EB", "HS")] == [0, 0, 0, 0]


@given(table=tables())
def test_paule_mandel_solves_its_equation(table):
    yi, vi = table
    tau2 = TAU2["PM"](yi, vi)
    assume(tau2 > 0)
    assert generalised_q(yi, vi, tau2) == pytest.approx(len(yi) - 1, rel=1e-9)


@pytest.mark.parametrize("kind", ["ML", "REML"])
@given(table=tables(), others=st.lists(st.floats(0, 30), min_size=5, max_size=5))
def test_no_other_tau2_is_likelier(kind, table, others):
    yi, vi = table
    best = log_likelihood(kind, yi, vi, TAU2[kind](yi, vi))
    for other in others:
        assert log_likelihood(kind, yi, vi, other) <= best + 1e-9


@pytest.mark.parametrize("kind", ["ML", "REML"])
@given(table=tables(), tau2=numbers(0.01, 3))
def test_the_score_is_twice_the_slope_of_the_likelihood(kind, table, tau2):
    yi, vi = table
    step = 1e-5 * tau2
    rise = log_likelihood(kind, yi, vi, tau2 + step) - log_likelihood(kind, yi, vi, tau2 - step)
    slope = score(kind, yi, vi, np.array([tau2]))[0]
    assert slope == pytest.approx(rise / step, rel=1e-4, abs=1e-4)  # a difference quotient


def test_two_maxima_the_higher_one_is_taken():
    # two precise studies far apart and many vague ones between them: the likelihood rises,
    # falls and rises again; whichever peak is found, no point of a fine grid may lie above it
    yi = np.array([-1.0, 1.0, 0.0, 0.0, 0.0])
    vi = np.array([1e-4, 1e-4, 25.0, 25.0, 25.0])
    for kind in ("ML", "REML"):
        grid = np.concatenate([[0], np.geomspace(1e-7, 100, 2000)])
        best = log_likelihood(kind, yi, vi, TAU2[kind](yi, vi))
        assert best >= max(log_likelihood(kind, yi, vi, tau2) for tau2 in grid) - 1e-9


@given(table=tables(), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_q_at_its_profile_limits_is_the_chi_square_quantile(table, level):
    yi, vi = table
    low, high = q_profile(yi, vi, level)
    df = len(yi) - 1
    assert 0 <= low <= high
    if low > 0:
        assert generalised_q(yi, vi, low) == pytest.approx(chdtri(df, (1 - level) / 2), rel=1e-8)
    if high > 0:
        assert generalised_q(yi, vi, high) == pytest.approx(chdtri(df, (1 + level) / 2), rel=1e-8)


@pytest.mark.parametrize("kind", ["ML", "REML"])
@given(table=tables())
def test_the_likelihood_falls_by_half_a_quantile_at_its_profile_limits(kind, table):
    yi, vi = table
    tau2 = TAU2[kind](yi, vi)
    low, high = profile_limits(kind, yi, vi, tau2)
    best, drop = log_likelihood(kind, yi, vi, tau2), chdtri(1, 0.05) / 2
    assert low <= tau2 <= high
    assert best - log_likelihood(kind, yi, vi, high) == pytest.approx(drop, abs=1e-8)
    if low > 0:
        assert best - log_likelihood(kind, yi, vi, low) == pytest.approx(drop, abs=1e-8)


@pytest.mark.parametrize("method", TAU2)
def test_identical_effects_have_no_variance_between_them(method):
    assert TAU2[method](np.full(5, 0.3), np.array([0.01, 0.04, 0.09, 0.16, 0.25])) == 0


@pytest.mark.parametrize("method", TAU2)
@pytest.mark.parametrize("variances", [(1e-12, 1.0, 1e12), (1e-30, 1e-30, 1e-30), (1e30,) * 3])
def test_variances_of_any_size_give_a_finite_answer(method, variances):
    found = TAU2[method](np.array([0.1, 0.4, 0.9]), np.array(variances))
    assert np.isfinite(found)
    assert found >= 0


@pytest.mark.parametrize("method", ["DL", "HE", "SJ", "ML", "REML", "PM", "PMM"])
def test_five_thousand_studies(method):
    rng = np.random.default_rng(20)
    vi = np.exp(rng.normal(-3, 1, 5000))
    yi = rng.normal(0.2, np.sqrt(vi + 0.09))
    # the standard error of τ² is about 0.002 here; ten of them leave no room for a slip
    assert TAU2[method](yi, vi) == pytest.approx(0.09, abs=0.02)


@pytest.mark.parametrize("k", [2, 3, 8, 40, 41, 200, 3000])
@pytest.mark.parametrize("p", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_with_equal_weights_the_quadratic_form_is_chi_square(k, p):
    q = chdtri(k - 1, 1 - p)
    assert quadratic_form_cdf(q, np.ones(k), np.ones(k)) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("k", [4, 60])
def test_the_quadratic_form_is_the_weighted_chi_squares_of_its_eigenvalues(k):
    rng = np.random.default_rng(k)
    ai, si = np.exp(rng.normal(0, 1.5, (2, k)))
    matrix = np.diag(ai) - np.outer(ai, ai) / ai.sum()
    root = np.sqrt(si)
    eigenvalues = np.linalg.eigvalsh(root[:, None] * matrix * root)
    draws = rng.chisquare(1, (200_000, k)) @ eigenvalues
    for q in np.quantile(draws, [0.1, 0.5, 0.9]):
        # 200,000 draws: standard error of a share 0.0011
        assert quadratic_form_cdf(q, ai, si) == pytest.approx((draws <= q).mean(), abs=0.005)


def test_the_normal_limit_of_the_quadratic_form_is_chi_square_for_one_eigenvalue():
    # two effects leave one eigenvalue, whatever the weights
    ai, si = np.array([3.0, 0.2]), np.array([0.5, 7.0])
    only = (ai[0] * ai[1] / ai.sum()) * si.sum()
    assert quadratic_form_cdf(2.0, ai, si) == pytest.approx(chdtr(1, 2.0 / only), abs=1e-10)


def test_effects_too_far_apart_to_compute_with_are_refused():
    with pytest.raises(ConvergenceError, match="misplaced decimal"):
        tau2_where_q_is(np.array([-1e160, 1e160]), np.ones(2), 1.0)
