"""Robust variances against definitions that need no clever algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import OptionError, SynthesisError
from evidence.kernels.sandwich import ADJUSTMENTS, cluster_robust, satterthwaite, wald_test


def problem(seed, n=14, p=2, m=5, *, dense=False):
    """Design, outcome, clusters and a working covariance that is zero between clusters."""
    random = np.random.default_rng(seed)
    clusters = np.concatenate([np.arange(m), random.integers(0, m, n - m)])
    X = np.column_stack([np.ones(n), random.normal(size=(n, p - 1))])
    covariance = np.diag(random.uniform(0.3, 2.0, n))
    if dense:
        covariance = covariance + 0.6 * (clusters[:, None] == clusters)
    return X, random.normal(size=n), clusters, covariance


def fit(X, y, weights):
    bread = np.linalg.inv(X.T @ weights @ X)
    hat = X @ bread @ X.T @ weights
    return bread @ X.T @ weights @ y, y - hat @ y, bread, hat


@given(seed=st.integers(0, 10_000), dense=st.booleans(), inverse=st.booleans())
@settings(max_examples=40, deadline=None)
def test_cr2_is_unbiased_when_the_working_model_is_true(seed, dense, inverse):
    X, _, clusters, phi = problem(seed, dense=dense)
    weights = np.linalg.inv(phi) if inverse else np.diag(1 / np.diag(phi))
    _, _, bread, hat = fit(X, np.zeros(len(X)), weights)
    n, p = X.shape
    truth = bread @ X.T @ weights @ phi @ weights @ X @ bread
    # V is quadratic in y, so its mean is the sum over the columns of a root of the covariance
    mean = np.zeros((p, p))
    root = np.linalg.cholesky(phi)
    for i in range(n):
        e = (np.eye(n) - hat) @ root[:, i]
        mean += cluster_robust(X, e, clusters, weights=weights, covariance=phi).vcov
    np.testing.assert_allclose(mean, truth, rtol=1e-7, atol=1e-9)


@given(seed=st.integers(0, 10_000), dense=st.booleans())
@settings(max_examples=6, deadline=None)
def test_satterthwaite_df_are_twice_the_squared_mean_over_the_variance(seed, dense):
    X, y, clusters, phi = problem(seed, n=9, m=4, dense=dense)
    weights = np.linalg.inv(phi)
    _, _, _, hat = fit(X, y, weights)
    n = len(X)
    robust = cluster_robust(X, y, clusters, weights=weights, covariance=phi)
    root = np.linalg.cholesky(phi)

    def variance(u):  # the robust variance of the slope, a quadratic form of u ~ N(0, I)
        e = (np.eye(n) - hat) @ root @ u
        return cluster_robust(X, e, clusters, weights=weights, covariance=phi).vcov[1, 1]

    unit = np.eye(n)
    form = np.array([
        [(variance(unit[i] + unit[j]) - variance(unit[i] - unit[j])) / 4 for j in range(n)]
        for i in range(n)
    ])  # fmt: skip
    expected = np.trace(form) ** 2 / np.trace(form @ form)
    assert satterthwaite(robust)[1] == pytest.approx(expected, rel=1e-6)


@given(seed=st.integers(0, 10_000))
def test_cr3_is_the_jackknife_about_the_full_estimate(seed):
    X, y, clusters, phi = problem(seed)
    weights = np.linalg.inv(phi)
    coef, residuals, _, _ = fit(X, y, weights)
    robust = cluster_robust(X, residuals, clusters, weights=np.diag(weights), correction="CR3")
    total = np.zeros((2, 2))
    for name in np.unique(clusters):
        rest = clusters != name
        left = fit(X[rest], y[rest], weights[np.ix_(rest, rest)])[0] - coef
        total += np.outer(left, left)
    np.testing.assert_allclose(robust.vcov, total, rtol=1e-7, atol=1e-12)


@given(seed=st.integers(0, 10_000), correction=st.sampled_from(sorted(ADJUSTMENTS)))
def test_order_of_rows_and_form_of_the_weights_do_not_matter(seed, correction):
    X, y, clusters, phi = problem(seed)
    weights = 1 / np.diag(phi)
    order = np.random.default_rng(seed).permutation(len(y))
    plain = cluster_robust(X, y, clusters, weights=weights, correction=correction)
    moved = cluster_robust(
        X[order], y[order], clusters[order], weights=np.diag(weights[order]),
        covariance=np.diag(1 / weights[order]), correction=correction,
    )  # fmt: skip
    np.testing.assert_allclose(moved.vcov, plain.vcov, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(satterthwaite(moved), satterthwaite(plain), rtol=1e-8)


def test_singletons_of_equal_weight_give_hc2():
    X, y, _, _ = problem(3)
    _, residuals, bread, hat = fit(X, y, np.eye(len(y)))
    robust = cluster_robust(X, residuals, np.arange(len(y)), weights=np.ones(len(y)))
    scaled = residuals**2 / (1 - np.diag(hat))
    np.testing.assert_allclose(
        robust.vcov, bread @ (X.T * scaled) @ X @ bread, rtol=1e-10, atol=1e-14
    )


def test_one_contrast_is_the_squared_t_with_satterthwaite_df():
    X, y, clusters, phi = problem(8)
    coef, residuals, _, _ = fit(X, y, np.linalg.inv(phi))
    robust = cluster_robust(X, residuals, clusters, weights=1 / np.diag(phi))
    found = wald_test(coef, robust, np.array([[0.0, 1.0]]))
    assert found.statistic == pytest.approx((coef[1] / robust.se[1]) ** 2, rel=1e-10)
    assert found.df2 == pytest.approx(satterthwaite(robust)[1], rel=1e-10)


def test_too_few_clusters_for_a_joint_test_give_no_number():
    X, y, clusters, phi = problem(2, n=9, p=4, m=4)
    coef, residuals, _, _ = fit(X, y, np.linalg.inv(phi))
    robust = cluster_robust(X, residuals, clusters, weights=1 / np.diag(phi))
    found = wald_test(coef, robust, np.eye(4)[1:])
    assert found.df2 <= 0
    assert np.isnan(found.statistic)
    assert np.isnan(found.pvalue)


def test_what_cannot_be_done_is_said():
    X, y, clusters, phi = problem(1)
    weights = 1 / np.diag(phi)
    with pytest.raises(SynthesisError, match="differences between clusters"):
        cluster_robust(X, y, np.zeros(len(y)), weights=weights)
    with pytest.raises(OptionError, match="CR2"):
        cluster_robust(X, y, clusters, weights=weights, correction="CR9")
    with pytest.raises(SynthesisError, match="join rows of different clusters"):
        cluster_robust(X, y, clusters, weights=np.ones((len(y), len(y))))
    with pytest.raises(SynthesisError, match="singular"):
        cluster_robust(X[:, [0, 0]], y, clusters, weights=weights)
    with pytest.raises(SynthesisError, match="more than 2 clusters"):
        cluster_robust(X, y, clusters % 2, weights=weights, correction="CR1p")
