"""Meta-regression kernels: against simpler methods where theory says they agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import chdtr
from statsmodels.regression.linear_model import WLS
from strategies import numbers, tables

from evidence.kernels import heterogeneity, likelihood, tau2
from evidence.kernels.chi_square_mixture import mixture_cdf
from evidence.kernels.inference import mean_test
from evidence.kernels.many_fits import fit_many
from evidence.kernels.quadratic_form import quadratic_form_cdf
from evidence.kernels.regression import coefficients, orthonormal, redundant_columns, wald
from evidence.kernels.regression_fit import fit, residual_typical_variance
from evidence.kernels.regression_likelihood import fit_statistics, log_likelihood, maximise, score
from evidence.kernels.regression_tau2 import TAU2, TAU2_OF_WEIGHTS, estimate, tau2_se


def column_of_ones(k):
    return np.full((k, 1), k**-0.5)


@st.composite
def regressions(draw, min_size=5, max_size=12):
    """Effects, variances and a design of intercept, a number and a group that are independent."""
    yi, vi = draw(tables(min_size=min_size, max_size=max_size, variance=(0.01, 3.0)))
    k = len(yi)
    number = np.array(draw(st.lists(numbers(-5, 5), min_size=k, max_size=k)))
    x = np.column_stack([np.ones(k), number, np.arange(k) % 2])
    assume(np.linalg.svd(x, compute_uv=False)[-1] > 0.3)
    return yi, vi, x


@pytest.mark.parametrize("method", TAU2)
@given(table=tables())
def test_without_moderators_each_estimator_is_the_one_of_a_mean(method, table):
    yi, vi = table
    alone = tau2.TAU2[method](yi, vi)
    # likelihoods flat to the last digits have maxima known to half of them
    assert TAU2[method](yi, vi, column_of_ones(len(yi))) == pytest.approx(alone, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("method", TAU2_OF_WEIGHTS)
@given(table=tables(max_size=8), data=st.data())
def test_estimators_with_weights_too(method, table, data):
    yi, vi = table
    k = len(yi)
    ai = np.array(data.draw(st.lists(numbers(0.1, 3), min_size=k, max_size=k)))
    alone = tau2.TAU2_OF_WEIGHTS[method](yi, vi, ai)
    ours = TAU2_OF_WEIGHTS[method](yi, vi, column_of_ones(k), ai)
    assert ours == pytest.approx(alone, rel=1e-6, abs=1e-7)  # the distribution is known to 1e-9


@pytest.mark.parametrize("method", [name for name in TAU2 if name != "EE"])
@given(table=tables(), value=numbers(0, 2))
def test_standard_errors_of_tau2_too(method, table, value):
    yi, vi = table
    alone = tau2.tau2_se(method, yi, vi, value)
    ours = tau2_se(method, yi, vi, column_of_ones(len(yi)), value)
    assert ours == pytest.approx(alone, rel=1e-6, abs=1e-9)


@given(table=tables(), value=numbers(0, 2))
def test_mean_fit_statistics_and_typical_variance_too(table, value):
    yi, vi = table
    basis = orthonormal(np.ones((len(yi), 1)))
    for kind in ("ML", "REML"):
        ours = fit_statistics(kind, yi, vi, basis, value)
        alone = likelihood.fit_statistics(kind, yi, vi, value)
        assert ours.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-9, abs=1e-9)
        assert (ours.aicc, ours.bic) == pytest.approx((alone.aicc, alone.bic), rel=1e-9, abs=1e-9)
    ours = fit(yi, vi, basis, "fixed", "HKSJ", fixed=value)
    alone = mean_test(yi, vi, value, "HKSJ")
    assert ours.beta[0] == pytest.approx(alone.estimate, rel=1e-9, abs=1e-9)
    assert ours.se[0] == pytest.approx(alone.se, rel=1e-7, abs=1e-9)
    typical = heterogeneity.typical_variance(vi)
    assert residual_typical_variance(vi, basis.q) == pytest.approx(typical, rel=1e-7)


# SJ starts from the crude variance of the effects, moderators or not
@pytest.mark.parametrize("method", [name for name in TAU2 if name != "SJ"])
@settings(max_examples=30)
@given(case=regressions(), slope=numbers(-2, 2))
def test_tau2_does_not_see_what_moderators_explain_nor_their_units(method, case, slope):
    yi, vi, x = case
    mixed = x @ np.array([[2.0, 0.5, 0.0], [0.0, -3.0, 0.0], [1.0, 0.0, 0.1]])
    before = estimate(method, yi, vi, orthonormal(x).q)
    after = estimate(method, yi + slope * x[:, 1], vi, orthonormal(mixed).q)
    assert after == pytest.approx(before, rel=1e-5, abs=1e-7)


@settings(max_examples=50)
@given(case=regressions(), value=numbers(0, 2))
def test_coefficients_are_those_of_statsmodels(case, value):
    yi, vi, x = case
    ours = coefficients(orthonormal(x), yi, vi + value)
    theirs = WLS(yi, x, weights=1 / (vi + value)).fit()
    assert ours.beta == pytest.approx(theirs.params, rel=1e-7, abs=1e-8)
    assert ours.vcov == pytest.approx(theirs.normalized_cov_params, rel=1e-7, abs=1e-9)


@settings(max_examples=50)
@given(case=regressions(), kind=st.sampled_from(["ML", "REML"]))
def test_no_tau2_on_a_fine_grid_is_likelier_than_the_maximum(case, kind):
    yi, vi, x = case
    basis = orthonormal(x)
    best = maximise(kind, yi, vi, basis.q)
    top = log_likelihood(kind, yi, vi, basis, best)
    for other in np.concatenate([[0.0], np.geomspace(1e-5, 100, 300)]):
        assert log_likelihood(kind, yi, vi, basis, other) <= top + 1e-9


@settings(max_examples=50)
@given(case=regressions(), kind=st.sampled_from(["ML", "REML"]), value=numbers(0.1, 2))
def test_the_score_is_twice_the_slope_of_the_likelihood(case, kind, value):
    yi, vi, x = case
    basis, h = orthonormal(x), 1e-4 * value
    up, down = (log_likelihood(kind, yi, vi, basis, value + d) for d in (h, -h))
    slope = score(kind, yi, vi, basis.q, value) / 2
    assert slope == pytest.approx((up - down) / (2 * h), rel=1e-4, abs=1e-4)


def test_two_peaks_of_the_restricted_likelihood_are_both_seen():
    """A cluster of precise studies apart from an imprecise, scattered one: the higher peak wins."""
    yi = np.array([0.0, 0.01, -0.01, 0.02, 3.0, -3.0, 2.5, -2.0])
    vi = np.array([1e-4, 1e-4, 1e-4, 1e-4, 4.0, 4.0, 4.0, 4.0])
    q, basis = column_of_ones(8), orthonormal(np.ones((8, 1)))
    found = maximise("REML", yi, vi, q)
    grid = np.concatenate([[0.0], np.geomspace(1e-7, 100, 4000)])
    top = max(log_likelihood("REML", yi, vi, basis, t) for t in grid)
    assert log_likelihood("REML", yi, vi, basis, found) >= top


@given(n=st.integers(1, 60), size=numbers(0.1, 5), x=numbers(0.1, 3))
def test_equal_terms_make_a_chi_square(n, size, x):
    found = mixture_cdf(x * n * size, np.full(n, size))
    assert found == pytest.approx(chdtr(n, x * n), abs=1e-8)


@settings(max_examples=40)
@given(table=tables(min_size=3), x=numbers(0.2, 3), data=st.data())
def test_the_mixture_of_a_mean_is_the_quadratic_form(table, x, data):
    si = table[1]
    ai = np.array(data.draw(st.lists(numbers(0.1, 3), min_size=len(si), max_size=len(si))))
    maker = np.diag(ai) - np.outer(ai, ai) / ai.sum()
    root = np.sqrt(si)
    spectrum = np.linalg.eigvalsh(root[:, None] * maker * root)[1:]
    q = x * spectrum.sum()
    assert mixture_cdf(q, spectrum) == pytest.approx(quadratic_form_cdf(q, ai, si), abs=1e-7)


def test_redundant_columns_are_named_in_order():
    k = np.arange(1.0, 7.0)
    x = np.column_stack([np.ones(6), k + 1990, 2 * k, k**2, 0 * k])
    assert redundant_columns(x) == [2, 4]


@given(scale=st.lists(st.floats(1e-6, 1e6), min_size=3, max_size=3))
def test_the_wald_statistic_does_not_depend_on_units(scale):
    beta = np.array([1.0, 2.0, -1.0])
    vcov = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, -0.4], [0.1, -0.4, 3.0]])
    d = np.array(scale)
    plain = beta[1:] @ np.linalg.solve(vcov[1:, 1:], beta[1:])
    assert wald(beta * d, vcov * np.outer(d, d), [1, 2]) == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("method", TAU2)
@settings(max_examples=25, deadline=None)
@given(case=regressions(max_size=8), seed=st.integers(0, 10_000))
def test_many_fits_are_the_single_fits(method, case, seed):
    yi, vi, x = case
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(len(yi)), (5, 1)), axis=1)
    basis = orthonormal(x)
    found = fit_many(method, yi[order], vi[order], basis.q)
    for row, one in enumerate(order):
        alone = fit(yi[one], vi[one], basis, method, "HKSJ")
        assert found.tau2[row] == pytest.approx(alone.tau2, rel=1e-5, abs=1e-7)
        beta = np.linalg.solve(basis.r, found.gamma[row])
        assert beta == pytest.approx(alone.beta, rel=1e-4, abs=1e-6)
        assert found.factor[row] == pytest.approx(alone.factor, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("method", TAU2)
@settings(max_examples=15, deadline=None)
@given(table=tables(min_size=3, max_size=6))
def test_many_subsets_are_the_single_subsets(method, table):
    yi, vi = table
    k = len(yi)
    keep = np.array([[(n >> j) & 1 for j in range(k)] for n in range(1, 2**k)], dtype=float)
    wide = [np.broadcast_to(one, keep.shape) for one in (yi, vi)]
    found = fit_many(method, *wide, column_of_ones(k), keep)
    for row, chosen in enumerate(keep.astype(bool)):
        if chosen.sum() > 1:
            alone = tau2.TAU2[method](yi[chosen], vi[chosen])
            assert found.tau2[row] == pytest.approx(alone, rel=1e-5, abs=1e-7)
        else:
            assert found.tau2[row] == 0
