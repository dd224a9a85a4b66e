"""Spreads from other numbers: worked values, and that degraded numbers still hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidence.effects.recover_spread import (
    Groups,
    digitised_bar,
    r_from_p_and_sds,
    sd_change_from_r,
    se_or_sd,
    total_n_only,
)
from evidence.effects.reported import (
    p_limits,
    se_from_ci,
    se_from_f,
    se_from_p,
    se_from_t,
    se_limits_from_p,
    statistic_of_p,
)
from evidence.errors import EffectError, OptionError

SAGGING = {
    "mean_pre": 1.10, "sd_pre": 0.21, "mean_post": 1.02, "sd_post": 0.21, "n": 57, "p": 0.012,
    "mean_decimals": 2, "sd_decimals": 2, "p_decimals": 3,
}  # fmt: skip


class TestWorkedNumbers:
    """Section 2 of the specification, to the digits it prints."""

    def test_an_exact_p(self):
        se = se_from_p(-0.08, 0.012, df=Groups(kind="paired", n=57).df)
        assert (round(se, 4), round(Groups(kind="paired", n=57).sd_of(se), 4)) == (0.0308, 0.2326)

    @pytest.mark.parametrize(("low", "high", "sd"), [(-2.06, -1.22, 1.241), (-0.17, 0.01, 0.266)])
    def test_an_interval_per_arm(self, low, high, sd):
        groups = Groups(kind="paired", n=36)
        found = groups.sd_of(se_from_ci(low, high, df=groups.df).se)
        assert found == pytest.approx(sd, abs=5e-4)

    def test_the_change_of_two_sds(self):
        found = sd_change_from_r(30, 26, r_range=(0.3, 0.9))
        assert [round(x, 1) for x in found.interval] == [13.1, 33.3]
        assert (found.absolute, found.label) == ((4, 56), "bounded")

    def test_a_correlation_and_its_rounding(self):
        found = r_from_p_and_sds(**SAGGING)
        assert (round(found.sd_change, 3), round(found.r, 3)) == (0.233, 0.387)
        assert [round(x, 3) for x in found.interval] == [0.175, 0.558]
        assert found.admissible

    def test_plus_or_minus(self):
        found = se_or_sd(19.42, 1.04, 29, (0.15, 0.60))
        assert (found.verdict, round(found.cv_if_sd, 3), round(found.cv_if_se, 3)) == (
            "se", 0.054, 0.288,
        )  # fmt: skip

    def test_a_total_of_people(self):
        assert [round(x, 3) for x in total_n_only(60).interval] == [0.258, 0.274]


estimates = st.floats(0.05, 50).flatmap(lambda x: st.sampled_from([x, -x]))
errors = st.floats(0.02, 20)
paired = st.integers(3, 300).map(lambda n: Groups(kind="paired", n=n))
two_groups = st.tuples(st.integers(2, 200), st.integers(2, 200)).map(
    lambda n: Groups(kind="independent", n1=n[0], n2=n[1])
)
groups_of_people = st.one_of(paired, two_groups)


def p_of(t: float, df: float) -> float:
    from scipy.special import stdtr

    return 2 * float(stdtr(df, -abs(t)))


class TestDegradedNumbersHoldTheTruth:
    @given(estimates, errors, groups_of_people)
    def test_an_exact_p(self, estimate, se, groups):
        p = p_of(estimate / se, groups.df)
        assume(1e-300 < p < 1 - 1e-6)
        assert se_from_p(estimate, p, df=groups.df) == pytest.approx(se, rel=1e-5)
        assert se_from_p(estimate, p / 2, df=groups.df, one_sided=True) == pytest.approx(
            se, rel=1e-5
        )

    @given(estimates, errors, groups_of_people, st.integers(2, 4))
    def test_a_rounded_p(self, estimate, se, groups, decimals):
        p = round(p_of(estimate / se, groups.df), decimals)
        low, high = se_limits_from_p(estimate, p_limits("=", p, decimals=decimals), df=groups.df)
        assert low * (1 - 1e-9) <= se
        assert high is None or se <= high * (1 + 1e-9)

    @given(estimates, errors, groups_of_people, st.sampled_from([0.05, 0.01, 0.001]))
    def test_a_threshold(self, estimate, se, groups, alpha):
        p = p_of(estimate / se, groups.df)
        assume(abs(p - alpha) > 1e-9)
        low, high = se_limits_from_p(
            estimate, p_limits("<" if p < alpha else ">", alpha), df=groups.df
        )
        assert low * (1 - 1e-9) <= se
        assert high is None or se <= high * (1 + 1e-9)

    @given(estimates, errors, groups_of_people, st.sampled_from([0.9, 0.95, 0.99]))
    def test_an_interval(self, estimate, se, groups, level):
        half = statistic_of_p(1 - level, df=groups.df) * se
        found = se_from_ci(
            estimate - half, estimate + half, estimate=estimate, level=level, df=groups.df
        )
        assert found.se == pytest.approx(se, rel=1e-6)
        assert not found.lopsided

    @given(st.floats(0.2, 5), st.floats(0.05, 1.5))
    def test_an_interval_of_a_ratio(self, ratio, se):
        half = statistic_of_p(0.05) * se
        ends = ratio * math.exp(-half), ratio * math.exp(half)
        assert se_from_ci(*ends, estimate=ratio, log=True).se == pytest.approx(se, rel=1e-6)

    @given(estimates, errors)
    def test_a_statistic(self, estimate, se):
        t = estimate / se
        assert se_from_t(estimate, t) == pytest.approx(se, rel=1e-9)
        assert se_from_f(estimate, t * t) == pytest.approx(se, rel=1e-9)

    @given(errors, groups_of_people)
    def test_an_sd_of_a_standard_error(self, sd, groups):
        if groups.kind == "paired":
            se = sd / math.sqrt(groups.n)
        else:
            se = sd * math.sqrt(1 / groups.n1 + 1 / groups.n2)
        assert groups.sd_of(se) == pytest.approx(sd, rel=1e-9)

    @given(errors, errors, st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
    def test_two_sds_and_a_range_of_r(self, s0, s1, r, below, above):
        spread = math.sqrt(max(0.0, s0**2 + s1**2 - 2 * r * s0 * s1))
        assert sd_change_from_r(s0, s1, r=r).sd == pytest.approx(spread, abs=1e-6)
        r_range = (max(-1.0, r - below), min(1.0, r + above))
        low, high = sd_change_from_r(s0, s1, r_range=r_range).interval
        least, most = sd_change_from_r(s0, s1).interval
        assert least - 1e-6 <= low <= spread + 1e-6
        assert spread - 1e-6 <= high <= most + 1e-6

    @given(
        st.floats(1, 20), st.floats(-3, 3), st.floats(0.3, 3), st.floats(0.3, 3),
        st.floats(-0.5, 0.95), st.integers(5, 100), st.integers(1, 2),
    )  # fmt: skip
    def test_a_correlation_behind_rounded_numbers(self, m0, change, s0, s1, r, n, decimals):
        sd = math.sqrt(s0**2 + s1**2 - 2 * r * s0 * s1)
        p = p_of(change / sd * math.sqrt(n), n - 1)
        shown = [round(x, decimals) for x in (m0, m0 + change)]
        printed_p = round(p, 3)
        assume(0 < printed_p < 1 and shown[0] != shown[1])
        found = r_from_p_and_sds(
            mean_pre=shown[0], mean_post=shown[1],
            sd_pre=round(s0, decimals), sd_post=round(s1, decimals), n=n, p=printed_p,
            mean_decimals=decimals, sd_decimals=decimals, p_decimals=3,
        )  # fmt: skip
        assert found.admissible
        assert found.interval[0] - 1e-6 <= r <= found.interval[1] + 1e-6

    @given(
        st.floats(-50, 50), st.floats(1, 200), st.integers(0, 800), st.integers(50, 900),
        st.floats(0, 1), st.floats(0, 1), st.floats(-1.4, 1.4), st.floats(-1.4, 1.4),
    )  # fmt: skip
    def test_a_bar_read_within_the_error_of_reading(
        self, low, span, first, pixels, at, length, off_bar, off_whisker
    ):
        per_pixel = span / pixels
        value, spread = low + at * span, length * span
        bar = first + (value - low) / per_pixel + off_bar
        whisker = first + (value + spread - low) / per_pixel + off_whisker
        found = digitised_bar(
            axis=(low, low + span), axis_pixels=(first, first + pixels),
            bar_pixel=bar, whisker_pixel=whisker,
        )  # fmt: skip
        slack = 1e-6 * (abs(low) + span)
        assert abs(found.mean - value) <= 1.4 * per_pixel + slack
        # two readings, each within 1.4 pixels, are within 2√2 of their difference
        assert found.spread_interval[0] - slack <= spread <= found.spread_interval[1] + slack

    @given(st.integers(4, 400), st.floats(1, 3), st.data())
    def test_any_allowed_split_of_a_total(self, total, ratio, data):
        smallest = math.ceil(total / (1 + ratio))
        n1 = data.draw(st.integers(smallest, total - smallest)) if 2 * smallest <= total else 0
        assume(n1)
        found = total_n_only(total, max_allocation_ratio=ratio)
        se = math.sqrt(1 / n1 + 1 / (total - n1))
        assert found.interval[0] - 1e-12 <= se <= found.interval[1] + 1e-12
        assert found.smaller_arm[0] <= min(n1, total - n1) <= found.smaller_arm[1]

    @given(
        st.floats(1, 100), st.floats(0.05, 1.5), st.integers(2, 200), st.sampled_from(["sd", "se"])
    )
    def test_a_spread_is_never_taken_for_the_other_when_it_is_plausible(self, mean, cv, n, kind):
        sd = mean * cv
        spread = sd if kind == "sd" else sd / math.sqrt(n)
        found = se_or_sd(mean, spread, n, (cv * 0.999, cv * 1.5))
        assert found.verdict in (kind, "ambiguous")


def test_no_draw_inside_the_box_leaves_the_interval_of_r():
    rng = np.random.default_rng(1)
    found = r_from_p_and_sds(**SAGGING)
    m0, s0, m1, s1 = (
        SAGGING[name] + rng.uniform(-0.005, 0.005, 4000)
        for name in ("mean_pre", "sd_pre", "mean_post", "sd_post")
    )
    p = SAGGING["p"] + rng.uniform(-0.0005, 0.0005, 4000)
    t = np.array([statistic_of_p(x, df=56) for x in p])
    sd = np.abs(m1 - m0) / t * math.sqrt(57)
    r = (s0**2 + s1**2 - sd**2) / (2 * s0 * s1)
    assert found.interval[0] <= r.min()
    assert r.max() <= found.interval[1]


class TestEdges:
    def test_numbers_that_allow_no_correlation(self):
        found = r_from_p_and_sds(**SAGGING | {"sd_pre": 0.05, "sd_post": 0.05})
        assert (found.admissible, found.interval) == (False, None)
        assert found.r < -1

    def test_means_that_may_have_been_equal(self):
        # 1.03 and 1.02 to two decimals: the change may be anything from 0 to 0.02
        found = r_from_p_and_sds(**SAGGING | {"mean_pre": 1.03, "p": 0.9})
        assert found.interval[1] == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"p": 0}, {"p": 1}, {"p": 1.2}, {"mean_post": 1.10}, {"sd_pre": 0}, {"sd_post": -0.1},
            {"n": 1},
        ],
    )  # fmt: skip
    def test_no_correlation_follows(self, wrong):
        with pytest.raises(EffectError):
            r_from_p_and_sds(**SAGGING | wrong)

    @pytest.mark.parametrize(("r", "sd"), [(1, 0), (-1, 60)])
    def test_a_perfect_correlation(self, r, sd):
        found = sd_change_from_r(30, 30, r=r)
        assert (found.sd, found.degenerate) == (sd, sd == 0)

    def test_an_sd_of_zero(self):
        assert sd_change_from_r(0, 26, r=0.3).sd == 26

    def test_an_assumed_correlation_makes_it_imputed(self):
        assert sd_change_from_r(30, 26, r=0.6, r_label="imputed").label == "imputed"
        assert sd_change_from_r(30, 26, r=0.6).label == "derived"

    @pytest.mark.parametrize("wrong", [(-1, 2, 0.5), (1, 2, 1.5), (1, 2, -1.01)])
    def test_impossible_sds_and_correlations(self, wrong):
        with pytest.raises(EffectError):
            sd_change_from_r(wrong[0], wrong[1], r=wrong[2])

    @pytest.mark.parametrize(
        ("sizes", "says"),
        [
            ({"kind": "paired", "n": 1}, "one person"),
            ({"kind": "paired"}, "None"),
            ({"kind": "paired", "n": 0}, "at least 1"),
            ({"kind": "paired", "n": math.nan}, "at least 1"),
            ({"kind": "independent", "n1": 1, "n2": 1}, "one person"),
            ({"kind": "independent", "n1": 10}, "None"),
        ],
    )
    def test_too_few_people(self, sizes, says):
        with pytest.raises(EffectError, match=says):
            Groups(**sizes)

    def test_an_unknown_kind_of_groups(self):
        with pytest.raises(OptionError, match="paired"):
            Groups(kind="crossed", n=10)

    @pytest.mark.parametrize("n", [1, 0, 10.5])
    def test_people_that_cannot_be_split(self, n):
        with pytest.raises(EffectError, match="cannot be split"):
            total_n_only(n)

    def test_an_odd_total_at_a_ratio_of_one(self):
        with pytest.raises(EffectError, match="more evenly"):
            total_n_only(31, max_allocation_ratio=1)
        assert total_n_only(30, max_allocation_ratio=1).smaller_arm == (15, 15)

    @pytest.mark.parametrize(
        ("plausible", "verdict"),
        [((0.04, 0.6), "ambiguous"), ((0.5, 0.6), "neither"), ((0.04, 0.1), "sd")],
    )
    def test_every_verdict_on_a_spread(self, plausible, verdict):
        assert se_or_sd(19.42, 1.04, 29, plausible).verdict == verdict

    def test_a_printed_label_is_contradicted_only_by_a_decision(self):
        assert se_or_sd(19.42, 1.04, 29, (0.15, 0.6), printed="sd").contradicted
        assert not se_or_sd(19.42, 1.04, 29, (0.15, 0.6), printed="se").contradicted
        assert not se_or_sd(19.42, 1.04, 29, (0.04, 0.6), printed="sd").contradicted

    @pytest.mark.parametrize("wrong", [(0, 1, 10), (5, -1, 10), (5, 1, 0)])
    def test_a_spread_of_nothing(self, wrong):
        with pytest.raises(EffectError, match="coefficient of variation"):
            se_or_sd(*wrong, (0.1, 0.5))

    def test_two_readings_off_in_opposite_directions(self):
        found = digitised_bar(
            axis=(0, 50), axis_pixels=(400, 100), bar_pixel=220, whisker_pixel=196
        )
        assert found.spread_interval == pytest.approx((4 - 2**0.5 / 3, 4 + 2**0.5 / 3))

    def test_an_axis_needs_two_points(self):
        with pytest.raises(EffectError, match="calibrate"):
            digitised_bar(axis=(0, 50), axis_pixels=(100, 100), bar_pixel=20, whisker_pixel=10)

    def test_a_whisker_within_the_error_of_reading_may_be_nothing(self):
        found = digitised_bar(
            axis=(0, 50), axis_pixels=(400, 100), bar_pixel=220, whisker_pixel=219
        )
        assert found.spread_interval[0] == 0
