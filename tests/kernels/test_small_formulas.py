"""Single formulas beside their textbook form or another program's."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from evidence.errors import ConvergenceError
from evidence.kernels import pvalue_combination as combine
from evidence.kernels.likelihood import log_likelihood, maximise, profile_limits, score
from evidence.kernels.regression import (
    coefficients,
    orthonormal,
    project,
    quadratic,
    residual,
    trace,
    trace_squared_with,
    trace_with,
)
from evidence.kernels.regression_fit import adjusted_r2
from evidence.kernels.scoring import scored_reml
from evidence.kernels.tau2 import generalised_median, tau2_se

YI = np.array([0.1, 0.9, 0.2, 1.5, 0.8, -0.3, 1.1])
VI = np.array([0.04, 0.02, 0.09, 0.05, 0.01, 0.2, 0.03])
XI = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0])
X = np.column_stack([np.ones(7), XI])
P = np.array([0.01, 0.2, 0.7, 0.04])


def test_adjusted_r2_of_statsmodels():
    trend = 0.3 * XI + np.array([0.1, -0.1, 0.05, 0.02, -0.04, 0.1, 0.0])
    wanted = 100 * sm.WLS(trend, X, weights=1 / VI).fit().rsquared_adj
    assert wanted > 50
    assert adjusted_r2(trend, VI, X) == pytest.approx(wanted, rel=1e-9)
    assert adjusted_r2(trend, VI, X[:, 1:]) == pytest.approx(wanted, rel=1e-9)  # intercept added
    assert adjusted_r2(np.array([1.0, 1, -1, -1, 0, 1, -1]), np.ones(7), X) == 0
    assert adjusted_r2(np.full(7, 0.4), VI, X) == 0
    assert adjusted_r2(YI[:2], VI[:2], X[:2]) == 0


def test_projections_as_matrices():
    w = 1 / (VI + 0.1)
    p = np.diag(w) - np.diag(w) @ X @ np.linalg.inv(X.T @ np.diag(w) @ X) @ X.T @ np.diag(w)
    found, s = project(orthonormal(X).q, w), VI + 0.3
    assert quadratic(found, YI) == pytest.approx(YI @ p @ YI, rel=1e-10)
    assert residual(found, YI) == pytest.approx(p @ YI / np.sqrt(w), rel=1e-9, abs=1e-12)
    assert trace(found) == pytest.approx(np.trace(p), rel=1e-10)
    assert trace_with(found, s) == pytest.approx(np.trace(p * s), rel=1e-10)
    ps = p * s
    assert trace_squared_with(found, s) == pytest.approx(np.trace(ps @ ps), rel=1e-10)
    a = np.arange(1.0, 8)
    bread = np.linalg.inv(X.T @ np.diag(a) @ X) @ X.T @ np.diag(a)
    weighted = coefficients(orthonormal(X), YI, s, a)
    assert weighted.beta == pytest.approx(bread @ YI)
    assert weighted.vcov == pytest.approx(bread @ np.diag(s) @ bread.T)
    assert weighted.root @ weighted.root.T == pytest.approx(weighted.vcov)
    plain = coefficients(orthonormal(X), YI, s)
    assert plain.vcov == pytest.approx(np.linalg.inv(X.T @ np.diag(1 / s) @ X))
    assert plain.root @ plain.root.T == pytest.approx(plain.vcov)


def test_statistics_of_combined_p_values():
    assert (combine.maximum(P).statistic, combine.minimum(P).statistic) == (0.7, 0.01)
    assert combine.maximum(P).pvalue == pytest.approx(0.7**4)
    none = combine.truncated_product(P, 0.001)
    assert (none.pvalue, none.statistic) == (1.0, 0.0)
    assert combine.truncated_product(P, 0.05).statistic == pytest.approx(math.log(0.01 * 0.04))
    assert combine.truncated_product(P, 1.0).pvalue == pytest.approx(
        stats.combine_pvalues(P, "fisher").pvalue, rel=1e-9
    )
    second = combine.wilkinson(P, 2)
    assert (second.statistic, second.pvalue) == (0.04, pytest.approx(stats.beta(2, 3).cdf(0.04)))
    assert combine.wilkinson(np.full(4, second.bound), 2).pvalue == pytest.approx(0.05)
    half = combine.edgington(np.array([0.25, 0.75]))
    assert (half.pvalue, half.statistic) == (0.5, 1.0)
    for k in (3, 4, 7):
        p = np.linspace(0.05, 0.9, k)
        found = combine.edgington(p)
        assert found.pvalue == pytest.approx(stats.irwinhall.cdf(p.sum(), k), abs=1e-9)
        assert found.bound == pytest.approx(p.sum() ** k / math.factorial(k))
    voted = combine.votes(np.array([0.01, 0.2, 0.5, 0.7, 0.3]))
    assert (voted.statistic, voted.df, voted.pvalue) == (3, 4, pytest.approx(5 / 16))
    none_below = combine.votes(np.array([0.6, 0.9]))
    assert (none_below.statistic, none_below.df, none_below.pvalue) == (0, 2, 1)
    strict = combine.votes(np.array([0.05, 0.2, 0.96]), 0.1)
    assert (strict.statistic, strict.df) == (1, 2)
    mean = combine.mean_of_p(P)
    assert mean.statistic == pytest.approx((0.5 - P.mean()) * math.sqrt(48))
    assert mean.pvalue == pytest.approx(stats.norm.sf(mean.statistic))
    odds = combine.logit_of_p(P)
    assert odds.pvalue == pytest.approx(stats.t(24).sf(odds.statistic))
    assert odds.pvalue == pytest.approx(
        stats.combine_pvalues(P, "mudholkar_george").pvalue, rel=1e-6
    )
    t = combine.inverse_t(P, 20)
    assert t.statistic == pytest.approx(stats.t(20).isf(P).sum() / math.sqrt(4 * 20 / 18))
    chi = combine.inverse_chi_square(P, 3)
    assert (chi.statistic, chi.df) == (pytest.approx(stats.chi2(3).isf(P).sum()), 12)


@pytest.mark.parametrize("kind", ["ML", "REML"])
def test_limits_and_top_of_the_likelihood(kind):
    found = maximise(kind, YI, VI)
    low, high = profile_limits(kind, YI, VI, found, 0.9)
    top = log_likelihood(kind, YI, VI, found)
    for limit in (low, high):
        fallen = log_likelihood(kind, YI, VI, limit)
        assert fallen == pytest.approx(top - stats.chi2.ppf(0.9, 1) / 2, rel=1e-9)
    assert low < found < high
    at, h = np.array([0.0, 0.1, 0.7]), 1e-6
    slopes = [(log_likelihood(kind, YI, VI, t + h) - log_likelihood(kind, YI, VI, t - h)) / h
              for t in at]  # fmt: skip
    assert score(kind, YI, VI, at) == pytest.approx(np.array(slopes), rel=1e-6, abs=1e-7)
    w = 1 / (VI + 0.1)
    mean = w @ YI / w.sum()
    full = stats.norm.logpdf(YI, mean, np.sqrt(VI + 0.1)).sum()
    contrasts = 0.5 * math.log(7) - 0.5 * math.log(w.sum()) + 0.5 * math.log(2 * math.pi)
    wanted = full if kind == "ML" else full + contrasts
    assert log_likelihood(kind, YI, VI, 0.1) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("method", ["DL", "HE", "HS", "HSk", "PM"])
def test_standard_errors_of_tau2_are_those_of_quadratic_forms(method):
    """Var(yᵀPy) = 2 tr(PSPS), over the slope of its expectation or of the estimating equation."""
    tau2, k = 0.2, 7
    s = VI + tau2
    a = {"DL": 1 / VI, "HE": np.ones(k), "HS": 1 / VI, "HSk": 1 / VI, "PM": 1 / s}[method]
    p = np.diag(a) - np.outer(a, a) / a.sum()
    ps = p * s
    scale = {
        "DL": np.trace(p), "HE": k - 1.0, "HS": a.sum(), "HSk": a.sum() * (k - 1) / k,
        "PM": a.sum() * (k - 1) / k,
    }[method]  # fmt: skip
    wanted = math.sqrt(2 * np.trace(ps @ ps)) / scale
    assert tau2_se(method, YI, VI, tau2) == pytest.approx(wanted, rel=1e-10)


def test_fisher_scoring_stops_where_it_is_told_and_ends_at_the_top():
    assert scored_reml(YI, VI, 1e-12) == pytest.approx(maximise("REML", YI, VI), rel=1e-8)
    tau2 = max(0.0, np.var(YI, ddof=1) - VI.mean())
    path = []
    for _ in range(3):  # by matrices
        w = 1 / (VI + tau2)
        p = np.diag(w) - np.outer(w, w) / w.sum()
        step = (YI @ p @ p @ YI - np.trace(p)) / np.trace(p @ p)
        tau2 += step
        path.append((abs(step), tau2))
    for size, at in path[:2]:
        assert scored_reml(YI, VI, size * (1 + 1e-9)) == pytest.approx(at, rel=1e-9)
    assert scored_reml(np.array([0.1, 0.11, 0.1]), np.ones(3), 1e-6) == pytest.approx(0, abs=2e-6)
    with pytest.raises(ConvergenceError, match="steps of -1"):
        scored_reml(YI, VI, -1.0)


def test_the_median_unbiased_tau2_is_at_the_median_by_simulation():
    """The sum of squares under the τ² found lies below the one observed as often as above."""
    ai = 1 / (VI + 0.1)
    tau2 = generalised_median(YI, VI, ai)
    rng = np.random.default_rng(1)
    y = rng.normal(0, np.sqrt(VI + tau2), (200_000, 7))
    mean = y @ ai / ai.sum()
    q = ((y - mean[:, None]) ** 2) @ ai
    centre = YI @ ai / ai.sum()
    observed = ai @ (YI - centre) ** 2
    assert (q <= observed).mean() == pytest.approx(0.5, abs=0.005)  # 4.5 standard errors
    assert generalised_median(np.full(7, 0.2), VI, ai) == 0
