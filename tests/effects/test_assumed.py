"""Values from elsewhere: worked numbers, and that they agree with what they approximate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.effects.assumed import pooled_cv, rubin_combine, sd_by_log_regression
from evidence.effects.percent_scale import percent_limits
from evidence.effects.prior_interval import prior_propagation_paired, prior_r_propagation
from evidence.effects.recover_spread import Groups
from evidence.errors import EffectError
from evidence.records.priors import PRIORS, prior_of

PAIRED = Groups(kind="paired", n=50)


def spread(family: str, **more: float) -> dict[str, float]:
    prior = prior_of(family)
    return {
        "cv_median": prior.cv_median, "cv_log_sd": prior.cv_log_sd,
        "r_centre": prior.r_centre, "r_fisher_sd": prior.r_fisher_sd,
    } | more  # fmt: skip


def interval(found) -> list[float]:
    return [round(found.ci_low, 1), round(found.ci_high, 1)]


class TestWorkedNumbers:
    """Sections 3.3 and 7 of the specification, to the digits it prints."""

    def test_a_prior_of_both(self):
        found = prior_propagation_paired(-20, 50, **spread("wrinkle_depth", cv_log_sd=0.35))
        assert [round(x, 4) for x in found.se] == [0.0178, 0.0437, 0.1016]
        assert interval(found) == [-28.2, -10.8]

    @pytest.mark.parametrize(("n", "expected"), [(50, [-28.9, -10.0]), (40, [-29.9, -8.7])])
    def test_retinol(self, n, expected):
        assert interval(prior_propagation_paired(-20, n, **spread("wrinkle_depth"))) == expected

    @pytest.mark.parametrize(
        ("n", "expected"), [(10, [4.0, 27.2]), (20, [7.1, 23.5]), (60, [10.4, 19.8])]
    )
    def test_peptides(self, n, expected):
        assert interval(prior_propagation_paired(15, n, **spread("elasticity"))) == expected

    @pytest.mark.parametrize(
        ("family", "low", "high"), [("wrinkle_depth", 0.14, 0.85), ("elasticity", 0.06, 0.31)]
    )
    def test_the_central_range_of_a_prior(self, family, low, high):
        prior = prior_of(family)
        ends = [prior.cv_median * math.exp(z * 1.96 * prior.cv_log_sd) for z in (-1, 1)]
        assert [round(x, 2) for x in ends] == [low, high]

    def test_the_central_range_of_a_correlation(self):
        ends = [math.tanh(math.atanh(0.6) + z * 1.96 * 0.35) for z in (-1, 1)]
        assert [round(x, 2) for x in ends] == [0.01, 0.88]


def test_the_interval_of_a_prior_is_that_of_many_draws():
    """A mixture of normals, by 400 000 draws: an error of 0.1 points."""
    rng = np.random.default_rng(2)
    prior = prior_of("wrinkle_depth")
    first, second, third = rng.standard_normal((3, 400_000))
    cv = prior.cv_median * np.exp(prior.cv_log_sd * first)
    r = np.tanh(np.arctanh(prior.r_centre) + prior.r_fisher_sd * second)
    se = cv * np.sqrt(2 * (1 - r) / 50)
    found = prior_propagation_paired(-20, 50, **spread("wrinkle_depth"))
    drawn = 100 * np.expm1(math.log(0.8) + se * third)
    assert (found.ci_low, found.ci_high) == pytest.approx(
        np.quantile(drawn, [0.025, 0.975]), abs=0.15
    )
    assert found.se == pytest.approx(np.quantile(se, [0.025, 0.5, 0.975]), rel=0.01)


@given(st.floats(-80, 150), st.integers(3, 300), st.floats(0.05, 1), st.floats(-0.5, 0.95))
def test_a_prior_without_spread_is_the_normal_interval(percent, n, cv, r):
    """Nothing unknown is left, and c √(2(1 − r)/n) is the standard error."""
    variance = 2 * cv**2 * (1 - r) / n
    expected = percent_limits(math.log1p(percent / 100), variance)
    one = prior_propagation_paired(percent, n, cv_median=cv, cv_log_sd=0, r_centre=r, r_fisher_sd=0)
    two = prior_r_propagation(percent, n, cv_pre=cv, cv_post=cv, r_centre=r, r_fisher_sd=0)
    for found in (one, two):
        assert (found.ci_low, found.ci_high) == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert found.se == pytest.approx([math.sqrt(variance)] * 3, rel=1e-6)


@settings(max_examples=25)  # a quadrature of 841 points and 52 bisections each
@given(
    st.floats(0.05, 1), st.floats(0, 0.8), st.floats(-0.2, 0.9), st.floats(0, 0.6),
    st.floats(0.05, 0.5),
)  # fmt: skip
def test_a_wider_prior_gives_a_wider_interval(cv, log_sd, r, z_sd, more):
    def width(log_sd: float, z_sd: float) -> float:
        found = prior_propagation_paired(
            -20, 30, cv_median=cv, cv_log_sd=log_sd, r_centre=r, r_fisher_sd=z_sd
        )
        return found.ci_high - found.ci_low

    assert width(log_sd + more, z_sd) > width(log_sd, z_sd)


@given(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(-0.2, 0.9), st.floats(0.05, 0.6))
def test_a_prior_of_r_lies_between_its_extremes(c0, c1, r, z_sd):
    found = prior_r_propagation(10, 25, cv_pre=c0, cv_post=c1, r_centre=r, r_fisher_sd=z_sd)
    least, middle, most = found.se
    assert abs(c0 - c1) / 5 - 1e-12 <= least < middle < most <= (c0 + c1) / 5 + 1e-12
    assert middle == pytest.approx(math.sqrt(c0**2 + c1**2 - 2 * r * c0 * c1) / 5, rel=1e-9)
    widest = percent_limits(math.log(1.1), ((c0 + c1) / 5) ** 2)
    assert widest[0] <= found.ci_low < 10 < found.ci_high <= widest[1]


@given(st.lists(st.tuples(st.floats(5, 100), st.integers(5, 99)), min_size=3), st.floats(0.05, 1))
def test_arms_of_one_cv_give_it_back(arms, cv):
    means, people = zip(*arms, strict=True)
    found = pooled_cv([cv * m for m in means], means, people, PAIRED, r=0.5)
    assert (found.cv, found.rms) == pytest.approx((cv, cv))
    assert found.vi == pytest.approx(cv**2 / 50)


def test_two_groups_take_no_correlation():
    found = pooled_cv([3, 4, 5], [10, 10, 10], [1, 1, 2], Groups(kind="independent", n1=20, n2=30))
    assert found.cv == pytest.approx((0.3 + 0.4 + 2 * 0.5) / 4)
    assert found.rms == pytest.approx(math.sqrt((0.09 + 0.16 + 2 * 0.25) / 4))
    assert found.vi == pytest.approx(found.cv**2 * (1 / 20 + 1 / 30))


def test_a_prediction_is_that_of_numpy():
    means, sds = [12, 19.4, 33, 47.8, 61, 100], [4.1, 5.6, 9.9, 13.4, 16, 30]
    slope, intercept = np.polyfit(np.log(means), np.log(sds), 1)
    found = sd_by_log_regression(means, sds, 80)
    assert (found.intercept, found.slope) == pytest.approx((intercept, slope))
    assert found.sd == pytest.approx(math.exp(intercept + slope * math.log(80)))


def test_a_prediction_interval_is_that_of_statsmodels():
    from statsmodels.api import OLS, add_constant

    means, sds = [12, 19.4, 33, 47.8, 61, 100], [4.1, 5.6, 9.9, 13.4, 16, 30]
    fit = OLS(np.log(sds), add_constant(np.log(means))).fit()
    at = fit.get_prediction([[1.0, math.log(80)]])
    found = sd_by_log_regression(means, sds, 80)
    assert found.residual_sd == pytest.approx(math.sqrt(fit.scale))
    assert np.log(found.interval) == pytest.approx(at.conf_int(obs=True, alpha=0.05)[0])


@given(st.floats(-2, 2), st.floats(0.2, 2), st.floats(0, 1))
def test_arms_on_a_line_give_it_back(intercept, slope, at):
    means = [10.0, 15.0, 30.0, 60.0, 100.0]
    sds = [math.exp(intercept + slope * math.log(m)) for m in means]
    new = 10 ** (1 + at)
    found = sd_by_log_regression(means, sds, min(max(new, 10.0), 100.0))
    assert found.sd == pytest.approx(math.exp(intercept) * new**slope, rel=1e-6)
    assert found.interval == pytest.approx((found.sd, found.sd), rel=1e-5)


def test_rubins_rules_by_hand():
    """Within .004, between .0061/3, total .004 + 4/3 · .0061/3; df 2 (1 + .004/.002711…)²."""
    found = rubin_combine([0.14, 0.10, 0.19], [0.004, 0.005, 0.003])
    extra = 4 / 3 * 0.0061 / 3
    assert found.between == pytest.approx(0.0061 / 3)
    assert found.total_variance == pytest.approx(0.004 + extra)
    assert found.df == pytest.approx(2 * (1 + 0.004 / extra) ** 2)


@given(st.floats(-5, 5), st.floats(0.01, 5), st.integers(2, 30))
def test_data_sets_that_agree_add_nothing(estimate, variance, m):
    found = rubin_combine([estimate] * m, [variance] * m)
    assert (found.estimate, found.total_variance) == pytest.approx((estimate, variance))
    assert found.df == math.inf


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 5)), min_size=2, max_size=30))
def test_the_total_variance_is_at_least_that_within(pairs):
    estimates, variances = zip(*pairs, strict=True)
    found = rubin_combine(estimates, variances)
    assert found.total_variance >= found.within
    assert found.ci_low <= found.estimate <= found.ci_high
    assert found.df >= len(pairs) - 1


class TestRefusals:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"percent": -100}, {"percent": -120}, {"n": 0}, {"cv_median": 0}, {"cv_log_sd": -1},
            {"r_centre": 1}, {"r_centre": -1}, {"r_fisher_sd": -0.1}, {"n": math.nan},
        ],
    )  # fmt: skip
    def test_a_prior_that_is_none(self, wrong):
        with pytest.raises(EffectError):
            prior_propagation_paired(**{"percent": -20, "n": 50} | spread("elasticity") | wrong)

    @pytest.mark.parametrize(
        "wrong",
        [{"percent": -100}, {"n": 0}, {"cv_pre": 0}, {"cv_post": -1}, {"r_centre": 1}],
    )
    def test_a_prior_of_r_that_is_none(self, wrong):
        fine = {"percent": -20, "n": 50, "cv_pre": 0.3, "cv_post": 0.3, "r_centre": 0.6}
        with pytest.raises(EffectError):
            prior_r_propagation(**fine | {"r_fisher_sd": 0.35} | wrong)

    def test_too_few_arms(self):
        with pytest.raises(EffectError, match="takes 3"):
            pooled_cv([3, 4], [10, 10], [20, 20], PAIRED, r=0.5)
        with pytest.raises(EffectError, match="takes 5"):
            sd_by_log_regression([10, 20, 30, 40], [3, 6, 9, 12], 25)

    def test_lists_of_different_lengths(self):
        with pytest.raises(EffectError, match="3 SDs, 2 means"):
            pooled_cv([3, 4, 5], [10, 10], [20, 20, 20], PAIRED, r=0.5)

    @pytest.mark.parametrize("r", [None, 1.2])
    def test_a_paired_target_without_its_correlation(self, r):
        with pytest.raises(EffectError, match="correlation"):
            pooled_cv([3, 4, 5], [10, 10, 10], [20, 20, 20], PAIRED, r=r)

    @pytest.mark.parametrize(("sd", "mean"), [([3, 4, -5], [10] * 3), ([3, 4, 5], [10, 0, 10])])
    def test_arms_that_cannot_be(self, sd, mean):
        with pytest.raises(EffectError, match="positive"):
            pooled_cv(sd, mean, [20] * 3, PAIRED, r=0.5)

    @pytest.mark.parametrize("new", [5, 70])
    def test_a_line_is_not_carried_beyond_its_arms(self, new):
        with pytest.raises(EffectError, match="beyond"):
            sd_by_log_regression([10, 20, 30, 40, 60], [3, 6, 9, 12, 18], new)

    def test_no_line_through_one_mean(self):
        with pytest.raises(EffectError, match="one mean"):
            sd_by_log_regression([10] * 5, [3, 4, 5, 4, 3], 10)

    @pytest.mark.parametrize(
        ("estimates", "variances"), [([0.1], [0.01]), ([0.1, 0.2], [0.01]), ([1, 2], [1, -1])]
    )
    def test_rubin_needs_two_with_variances(self, estimates, variances):
        with pytest.raises(EffectError, match="Rubin"):
            rubin_combine(estimates, variances)


@pytest.mark.parametrize("version", PRIORS)
def test_every_prior_names_what_was_seen_and_can_be_used(version):
    for family, prior in PRIORS[version].items():
        assert (prior.family, prior.version) == (family, version)
        assert prior.seen
        assert prior.r_bounds[0] < prior.r_centre < prior.r_bounds[1]
        if prior.cv_median is not None:
            found = prior_propagation_paired(
                -20, 30, cv_median=prior.cv_median, cv_log_sd=prior.cv_log_sd,
                r_centre=prior.r_centre, r_fisher_sd=prior.r_fisher_sd,
            )  # fmt: skip
            assert found.ci_low < -20 < found.ci_high
