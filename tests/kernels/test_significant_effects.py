"""p-uniform, p-uniform* and z-curve against truncated distributions and slow searches."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import ecdf, irwinhall, kstest, norm, truncnorm

from evidence.errors import ConvergenceError
from evidence.kernels.p_uniform import (
    critical_z,
    estimate_uniform,
    judge_sum,
    log_conditional_p,
    sum_cdf,
    uniform_statistic,
)
from evidence.kernels.uniform_star import ConditionalLikelihood, fit_uniform_star
from evidence.kernels.z_curve import CEILING, component_densities, fit_mixture, rates

CRITICAL = 1.959963984540054
YI, SEI = np.array([0.5, 0.9, 0.7, 0.45]), np.array([0.2, 0.3, 0.25, 0.21])


def conditional_p(mu):
    cut = CRITICAL * SEI
    return truncnorm((cut - mu) / SEI, np.inf, loc=mu, scale=SEI).sf(YI)


@pytest.mark.parametrize("mu", [-0.5, 0.0, 0.4])
def test_statistics_are_those_of_truncated_normal_tails(mu):
    p = conditional_p(mu)
    assert np.exp(log_conditional_p(YI, SEI, CRITICAL, mu)) == pytest.approx(p, rel=1e-9)

    def statistic(kind):
        return uniform_statistic(kind, YI, SEI, CRITICAL, mu)

    assert statistic("P") == pytest.approx(p.sum(), rel=1e-9)
    assert statistic("LNP") == pytest.approx(-np.log(p).sum(), rel=1e-9)
    assert statistic("LN1MINP") == pytest.approx(-np.log1p(-p).sum(), rel=1e-9)
    assert statistic("KS") == pytest.approx(kstest(p, "uniform").statistic, rel=1e-9)
    # Anderson and Darling's distance as the integral that defines it
    below = ecdf(p).cdf.evaluate
    steps = [0.0, *np.sort(p), 1.0]
    distance = len(p) * sum(
        quad(lambda x: (below(x) - x) ** 2 / (x * (1 - x)), a, b)[0]
        for a, b in zip(np.nextafter(steps[:-1], 1), np.nextafter(steps[1:], 0), strict=True)
    )
    assert statistic("AD") == pytest.approx(distance, rel=1e-6)  # what quad reaches at the ends


@pytest.mark.parametrize("k", [1, 2, 3, 8, 20])
def test_a_sum_of_uniforms(k):
    for value in (-0.5, 0.0, 0.2 * k, 0.5 * k, 0.77 * k, float(k), k + 1.0):
        assert sum_cdf("P", k, value) == pytest.approx(irwinhall.cdf(value, k), abs=1e-9)


def test_sums_of_many_and_of_logarithms():
    assert sum_cdf("P", 26, 11.0) == pytest.approx(norm.cdf(-2 / math.sqrt(26 / 12)), rel=1e-12)
    assert sum_cdf("P", 25, 11.0) == pytest.approx(irwinhall.cdf(11.0, 25), abs=1e-7)
    assert sum_cdf("LNP", 2, 1.5) == pytest.approx(1 - math.exp(-1.5) * 2.5, rel=1e-12)
    assert sum_cdf("LN1MINP", 2, 1.5) == sum_cdf("LNP", 2, 1.5)


@pytest.mark.parametrize("kind", ["P", "LNP", "LN1MINP"])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_estimate_and_limits_put_the_sum_where_it_belongs(kind, level):
    estimate, low, high = estimate_uniform(kind, YI, SEI, CRITICAL, level)

    def at(mu):
        return uniform_statistic(kind, YI, SEI, CRITICAL, mu)

    middle = len(YI) / 2 if kind == "P" else len(YI)
    assert at(estimate) == pytest.approx(middle, rel=1e-9)
    assert low < estimate < high
    tails = [sum_cdf(kind, len(YI), at(limit)) for limit in (low, high)]
    tail = (1 - level) / 2
    wanted = [1 - tail, tail] if kind == "LNP" else [tail, 1 - tail]
    assert tails == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("kind", ["KS", "AD"])
def test_the_least_distance_is_the_least_on_a_fine_grid(kind):
    estimate, low, high = estimate_uniform(kind, YI, SEI, CRITICAL, 0.95)
    assert math.isnan(low)
    assert math.isnan(high)

    def at(mu):
        return uniform_statistic(kind, YI, SEI, CRITICAL, mu)

    lowest = min(at(mu) for mu in np.linspace(-4, 1.5, 4001))
    assert at(estimate) <= lowest + 1e-9


def test_effects_too_near_the_threshold_have_no_estimate():
    with pytest.raises(ConvergenceError, match="by the method LN1MINP"):
        estimate_uniform("LN1MINP", CRITICAL * SEI * (1 + 1e-14), SEI, CRITICAL, 0.95)


def test_a_sum_is_judged_on_the_side_of_no_effect():
    z, p = judge_sum("P", 12, 4.0)
    assert (z, p) == pytest.approx((-2.0, norm.cdf(-2)), rel=1e-12)
    assert judge_sum("LNP", 2, 1.5) == pytest.approx((1.5, math.exp(-1.5) * 2.5), rel=1e-12)
    found = judge_sum("LN1MINP", 2, 1.5)
    assert found == pytest.approx((1.5, 1 - math.exp(-1.5) * 2.5), rel=1e-12)
    assert critical_z(0.1) == pytest.approx(norm.isf(0.05), rel=1e-12)


effects = np.array([0.1, 0.35, 0.5, 0.75, 0.9])
variances = np.array([0.04, 0.02, 0.05, 0.04, 0.09])


def conditional(mu, tau2):
    """Log density of each effect given on which side of its threshold it fell."""
    sd, edge = np.sqrt(variances + tau2), CRITICAL * np.sqrt(variances)
    chance = np.where(effects > edge, norm.logsf(edge, mu, sd), norm.logcdf(edge, mu, sd))
    return float((norm.logpdf(effects, mu, sd) - chance).sum())


@pytest.mark.parametrize("point", [(0.2, 0.0), (0.6, 0.1), (-0.4, 0.3)])
def test_the_conditional_likelihood_and_its_derivatives(point):
    surface = ConditionalLikelihood(effects, variances, CRITICAL)
    at, h = np.array(point) + np.array([0, 0.01]), 1e-5
    value, gradient, hessian = surface(at)
    assert value == pytest.approx(conditional(*at), rel=1e-10)
    for i, step in enumerate(h * np.eye(2)):
        up, down = surface(at + step), surface(at - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-6)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / (2 * h), rel=1e-6)


def highest(function, *edges):
    """Of a smooth function, looked at between neighbouring edges."""
    return max(
        -minimize_scalar(lambda x: -function(x), bounds=ends, method="bounded",
                         options={"xatol": 1e-9}).fun
        for ends in pairwise(edges)
    )  # fmt: skip


def test_uniform_star_reaches_the_top_and_its_limits_lie_where_the_profile_falls():
    found = fit_uniform_star(effects, variances, CRITICAL, 0.9)
    slow = minimize(
        lambda at: -conditional(at[0], abs(at[1])), [0.3, 0.05], method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12},
    )  # fmt: skip
    assert found.log_likelihood == pytest.approx(-slow.fun, abs=1e-9)
    assert (found.mu, found.tau2) == pytest.approx((slow.x[0], abs(slow.x[1])), abs=1e-6)

    def profile_mu(mu):
        inside = highest(lambda tau2: conditional(mu, tau2), 0, 0.05, 0.3, 2)
        return max(inside, conditional(mu, 0.0))

    def profile_tau2(tau2):
        return highest(lambda mu: conditional(mu, tau2), -9, -1, 0.5, 2)

    drop = 0.5 * norm.isf(0.05) ** 2
    for limit in (found.mu_low, found.mu_high):
        assert profile_mu(limit) == pytest.approx(found.log_likelihood - drop, abs=1e-6)
    high = profile_tau2(found.tau2_high)
    assert high == pytest.approx(found.log_likelihood - drop, abs=1e-6)
    assert found.mu_low < found.mu < found.mu_high
    assert found.tau2_low <= found.tau2 < found.tau2_high
    ratio_mu = 2 * (found.log_likelihood - profile_mu(0.0))
    assert found.ratio_mu == pytest.approx(ratio_mu, abs=1e-6)
    assert found.pvalue_mu == pytest.approx(2 * norm.sf(math.sqrt(found.ratio_mu)), rel=1e-9)
    assert found.pvalue_tau2 == pytest.approx(norm.sf(math.sqrt(found.ratio_tau2)), rel=1e-9)
    ratio_tau2 = 2 * (found.log_likelihood - profile_tau2(0.0))
    assert found.ratio_tau2 == pytest.approx(max(0.0, ratio_tau2), abs=1e-6)


def test_a_spread_beyond_doubt_has_a_lower_limit_too():
    yi, vi = np.array([-1.0, -0.5, 0.0, 1.0, 2.0, 3.5]), np.full(6, 0.01)
    found = fit_uniform_star(yi, vi, CRITICAL, 0.95)
    assert 0 < found.tau2_low < found.tau2 < found.tau2_high
    edge = CRITICAL * 0.1

    def likelihood(mu, tau2):
        sd = math.sqrt(0.01 + tau2)
        chance = np.where(yi > edge, norm.logsf(edge, mu, sd), norm.logcdf(edge, mu, sd))
        return float((norm.logpdf(yi, mu, sd) - chance).sum())

    for limit in (found.tau2_low, found.tau2_high):
        top = highest(lambda mu, limit=limit: likelihood(mu, limit), -20, -2, 1, 10)
        fallen = found.log_likelihood - 0.5 * norm.isf(0.025) ** 2
        assert top == pytest.approx(fallen, abs=1e-6)


def test_components_are_densities_between_threshold_and_ceiling():
    for mean in range(7):
        area = quad(lambda z, m=mean: component_densities(np.array([z]), CRITICAL)[0, m],
                    CRITICAL, CEILING)[0]  # fmt: skip
        assert area == pytest.approx(1, abs=1e-9)
    one = component_densities(np.array([2.5]), CRITICAL)[0]
    for mean in (0, 3):
        folded = norm.pdf(2.5, mean) + norm.pdf(-2.5, mean)
        inside = norm.cdf(CEILING, mean) - norm.cdf(CRITICAL, mean)
        inside += norm.cdf(-CRITICAL, mean) - norm.cdf(-CEILING, mean)
        assert one[mean] == pytest.approx(folded / inside, rel=1e-12)


def test_weights_of_the_mixture_are_what_em_creeps_up_to():
    z = np.array([2.0, 2.2, 2.3, 2.9, 3.1, 3.3, 4.0, 4.8])
    density = component_densities(z, CRITICAL)
    weights = np.full(7, 1 / 7)
    for _ in range(20_000):
        shares = weights * density
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    found = fit_mixture(z, CRITICAL)
    assert found.weights[0] @ np.ones(7) == pytest.approx(1, rel=1e-12)
    likelihoods = [np.log(density @ w).sum() for w in (found.weights[0], weights)]
    assert likelihoods[0] >= likelihoods[1] - 1e-9
    assert found.weights[0] == pytest.approx(weights, abs=2e-3)  # how far EM has come


def test_counts_are_repeated_values():
    z = np.array([2.0, 2.4, 3.5, 5.0])
    counts = np.array([[1.0, 1, 1, 1], [2.0, 0, 1, 3], [0.0, 0, 4, 0]])
    found = fit_mixture(z, CRITICAL, counts)
    for row, count in zip(found.weights, counts.astype(int), strict=True):
        alone = fit_mixture(np.repeat(z, count), CRITICAL).weights[0]
        assert row == pytest.approx(alone, abs=1e-6)
    assert found.rounds >= fit_mixture(z, CRITICAL).rounds >= 1


def test_rates_are_averages_over_what_was_tried():
    """Two components, one beyond the ceiling: significant and replicated, by their chances."""
    weights = np.array([[0.4, 0, 0, 0.6, 0, 0, 0]])
    discovery, replication = rates(weights, np.array([0.1]), CRITICAL)
    power = {m: norm.sf(CRITICAL, m) + norm.cdf(-CRITICAL, m) for m in (0, 3)}
    found = {0: 0.9 * 0.4, 3: 0.9 * 0.6}
    tried = sum(found[m] / power[m] for m in found) + 0.1
    assert discovery[0] == pytest.approx(1 / tried, rel=1e-12)
    same = {m: (norm.sf(CRITICAL, m) ** 2 + norm.cdf(-CRITICAL, m) ** 2) / power[m] for m in found}
    assert replication[0] == pytest.approx(0.1 + sum(found[m] * same[m] for m in found), rel=1e-12)
