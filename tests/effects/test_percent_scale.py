"""Percent changes: worked numbers, properties, and what is refused."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidence.effects.convert_percent import (
    mean_of_individual_percent,
    percent_readings,
    percent_se_to_log_se,
    percent_to_md_smd,
)
from evidence.effects.labelled import basis_of
from evidence.effects.paired_sides import (
    paired_sides_bounds,
    paired_sides_difference,
    second_period_refusal,
)
from evidence.effects.percent_between import (
    ArmMeans,
    between_arm_ratio_of_changes,
    direction_of_benefit,
    net_effect_from_percents,
)
from evidence.effects.percent_scale import log_ratio_independent, percent_change_paired
from evidence.errors import EffectError, OptionError
from evidence.records.base import UNKNOWN

cvs = st.floats(0.02, 0.9)
correlations = st.floats(-0.95, 0.999)
ratios = st.floats(0.2, 3)
people = st.integers(25, 500)


def change(percent=-20.0, cv=0.3, r=0.5, n=50, cv_post=None, **options):
    """A change of a mean of 100, by equal CVs unless another is given."""
    after = 100 + percent
    return percent_change_paired(
        mean_pre=100,
        sd_pre=100 * cv,
        mean_post=after,
        sd_post=after * (cv if cv_post is None else cv_post),
        r=r,
        n=n,
        **{"correction": "none", "vtype": "LS", **options},
    )


def test_the_worked_paired_change():
    figures = {"mean_pre": 100, "sd_pre": 30, "mean_post": 80, "sd_post": 26, "r": 0.7, "n": 50}
    plain = percent_change_paired(**figures)
    assert (plain.correction, plain.vtype) == ("none", "LS")
    assert plain.ln_ratio == pytest.approx(-0.2231, abs=5e-5)
    assert plain.se_ln == pytest.approx(0.0344, abs=5e-5)
    assert plain.ci_percent == pytest.approx((-25.2, -14.4), abs=0.05)
    corrected = percent_change_paired(**figures, correction="lajeunesse", vtype="LS2")
    assert corrected.percent == pytest.approx(-19.99, abs=0.005)
    assert corrected.headline_percent == pytest.approx(-20)
    assert corrected.ci_percent == pytest.approx((-25.2, -14.4), abs=0.05)


# 95 % intervals of −20 % in 50 people by CV and correlation
TABLE = {
    0.2: [(-25.1, -14.6), (-24.3, -15.4), (-23.4, -16.5), (-22.0, -18.0)],
    0.3: [(-27.5, -11.7), (-26.4, -13.1), (-25.0, -14.7), (-22.9, -17.0)],
    0.4: [(-29.8, -8.8), (-28.4, -10.6), (-26.6, -12.8), (-23.9, -15.9)],
    0.5: [(-32.1, -5.7), (-30.4, -8.1), (-28.1, -10.9), (-24.8, -14.9)],
    0.6: [(-34.3, -2.6), (-32.3, -5.5), (-29.7, -9.0), (-25.7, -13.8)],
    0.8: [(-38.5, 4.0), (-35.9, -0.1), (-32.6, -5.0), (-27.6, -11.7)],
}


@pytest.mark.parametrize("cv", TABLE)
def test_the_table_of_conditional_intervals(cv):
    for r, printed in zip((0.3, 0.5, 0.7, 0.9), TABLE[cv], strict=True):
        assert change(cv=cv, r=r).ci_percent == pytest.approx(printed, abs=0.0501)


@given(cv_pre=cvs, cv_post=cvs, r=correlations, ratio=ratios, n=people)
def test_before_and_after_may_be_exchanged(cv_pre, cv_post, r, ratio, n):
    options = {"r": r, "n": n, "correction": "lajeunesse", "vtype": "LS2"}
    assume(math.sqrt(n) / max(cv_pre, cv_post) > 3)
    there = percent_change_paired(
        mean_pre=10, sd_pre=10 * cv_pre, mean_post=10 * ratio, sd_post=10 * ratio * cv_post,
        **options,
    )  # fmt: skip
    back = percent_change_paired(
        mean_pre=ratio, sd_pre=ratio * cv_post, mean_post=1, sd_post=cv_pre, **options
    )
    assert back.ln_ratio == pytest.approx(-there.ln_ratio, abs=1e-12)
    assert back.var_ln == pytest.approx(there.var_ln, rel=1e-9)
    assert there.ci_percent[0] <= there.percent <= there.ci_percent[1]


@given(cv=cvs, ratio=ratios, n=people)
def test_uncorrelated_paired_means_are_independent_groups(cv, ratio, n):
    paired = change(100 * (ratio - 1), cv=cv, r=0, n=n)
    groups = log_ratio_independent(
        m1=ratio, sd1=ratio * cv, n1=n, m2=1, sd2=cv, n2=n, correction="none", vtype="LS"
    )
    assert (groups.ln_ratio, groups.var_ln) == pytest.approx((paired.ln_ratio, paired.var_ln))


def test_auto_corrects_small_and_spread_samples_and_shows_t_below_twenty():
    assert change(n=29, correction="auto").correction == "lajeunesse"
    assert change(n=30, correction="auto").correction == "none"
    assert change(n=60, cv=0.51, correction="auto").correction == "lajeunesse"
    few, enough = change(n=19, vtype="auto"), change(n=20, vtype="auto")
    assert (few.vtype, enough.vtype, change(n=30).ci_t_percent) == ("LS2", "LS", None)
    assert few.ci_t_percent[0] < few.ci_percent[0] < few.ci_percent[1] < few.ci_t_percent[1]


def test_a_perfect_correlation_of_equal_cvs_is_flagged_not_divided_by():
    found = change(r=1)
    assert found.var_ln == 0
    assert found.flags == ("degenerate",)
    assert found.ci_percent == pytest.approx((-20, -20))
    assert change(cv=0).flags == ("degenerate",)
    assert change(r=-1).se_ln == pytest.approx(2 * 0.3 / math.sqrt(50))
    assert change(percent=0).percent == 0


def test_a_change_of_unit_and_grades_are_flagged():
    micrometres = {"mean_pre": 212.0, "sd_pre": 60.0, "mean_post": 0.17, "sd_post": 0.05}
    assert "unit_change_suspected" in percent_change_paired(**micrometres, r=0.5, n=40).flags
    graded = change(scale="ordinal")
    assert graded.flags == ("ordinal_as_ratio",)
    assert graded.basis.assumptions
    few = log_ratio_independent(m1=5, sd1=1, n1=12, m2=6, sd2=1, n2=60)
    assert few.flags == ("small_arms",)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n": 1}, "at least 2 people"),
        ({"n": 12.5}, "whole number"),
        ({"r": 1.2}, "no correlation"),
        ({"mean_pre": 0}, "positive means"),
        ({"mean_post": -80}, "positive means"),
        ({"sd_post": -1}, "cannot be negative"),
        ({"mean_post": math.nan}, "not a number"),
        ({"sd_pre": 400}, "standard errors of zero"),
        ({"scale": "signed"}, "raw difference"),
        ({"labels": {"r": "refused"}}, "nothing can be made"),
    ],
)
def test_what_has_no_percent_change_is_refused(changed, said):
    figures = {"mean_pre": 100, "sd_pre": 30, "mean_post": 80, "sd_post": 26, "r": 0.7, "n": 50}
    with pytest.raises(EffectError, match=said):
        percent_change_paired(**{**figures, **changed})


@pytest.mark.parametrize(
    "option", [{"correction": "hedges"}, {"vtype": "HO"}, {"scale": "log"}, {"level": 95}]
)
def test_an_unknown_option_is_named(option):
    with pytest.raises(OptionError, match=next(iter(option))):
        change(**option)


def test_a_result_is_no_stronger_than_what_went_in():
    assert change().label == "derived"
    imputed = change(labels={"r": "imputed", "sd_post": "bounded"})
    assert imputed.label == "imputed"
    assert "r = 0.5 (imputed)" in imputed.basis.inputs
    with pytest.raises(OptionError, match="rr"):
        change(labels={"rr": "imputed"})
    with pytest.raises(OptionError, match="guessed"):
        basis_of("", "", {"r": 1}, {"r": "guessed"})


@pytest.mark.parametrize(
    ("cv", "r", "individual", "means"),
    [(0.3, 0.5, -16.6, None), (0.5, 0.6, -13.0, None),
     (0.2, 0.5, None, -21.5), (0.35, 0.5, None, -24.4), (0.5, 0.5, None, -28.0)],
)  # fmt: skip
def test_a_mean_of_individual_percents_is_not_the_percent_of_means(cv, r, individual, means):
    if individual is not None:
        found = mean_of_individual_percent(cv_pre=cv, cv_post=cv, r=r, ratio_of_means=0.8)
        assert found.mean_individual_percent_lognormal == pytest.approx(individual, abs=0.05)
    if means is not None:
        readings = percent_readings(-20, cv_pre=cv, r=r)
        assert readings.if_mean_of_individuals == pytest.approx(means, abs=0.05)
        assert (readings.if_percent_of_means, readings.label) == (-20, "bounded")


@given(c0=cvs, c1=cvs, r=correlations, ratio=ratios)
def test_the_other_reading_is_found_again(c0, c1, r, ratio):
    individual = mean_of_individual_percent(cv_pre=c0, cv_post=c1, r=r, ratio_of_means=ratio)
    printed = individual.mean_individual_percent_lognormal
    back = percent_readings(printed, cv_pre=c0, cv_post=c1, r=r)
    assert back.if_mean_of_individuals == pytest.approx(individual.percent_of_means, abs=1e-9)
    if c0 > r * c1:
        assert individual.gap_points_lognormal > 0


def test_cvs_that_no_lognormal_has_with_this_correlation_are_refused():
    with pytest.raises(EffectError, match="cannot go with"):
        mean_of_individual_percent(cv_pre=1.5, cv_post=1.5, r=-0.9, ratio_of_means=0.8)


def test_the_worked_standardised_change():
    found = percent_to_md_smd(-20, cv_pre=0.35, r=0.5, n=50, mean_pre=200)
    assert (found.smcr_d, found.smcc_d) == pytest.approx((-0.571, -0.623), abs=5e-4)
    assert (found.smcr_g, found.smcc_g) == pytest.approx((-0.563, -0.614), abs=5e-4)
    assert found.md == pytest.approx(-40)
    assert found.sd_change == pytest.approx(found.md / found.smcc_d)
    assert percent_to_md_smd(-20, cv_pre=0.35, r=0.5, n=50).md is None


@pytest.mark.parametrize(
    "wrong",
    [{"cv_pre": 0}, {"n": 2}, {"percent": -100}, {"percent": -130}, {"mean_pre": -3},
     {"percent": 0, "r": 1}],
)  # fmt: skip
def test_what_cannot_be_standardised_is_refused(wrong):
    with pytest.raises(EffectError):
        percent_to_md_smd(**{"percent": -20, "cv_pre": 0.35, "r": 0.5, "n": 50, **wrong})


def test_the_worked_se_of_a_percent():
    found = percent_se_to_log_se(-20, se_percent_points=4.2, n=50, cv_pre=0.35)
    assert found.r_implied == pytest.approx(0.575, abs=5e-4)
    assert found.se_ln == pytest.approx(0.0456, abs=5e-5)
    assert found.ci_percent == pytest.approx((-26.8, -12.5), abs=0.05)


def test_an_impossible_triple_is_flagged_and_not_clipped():
    found = percent_se_to_log_se(-20, se_percent_points=9.95, n=50, cv_pre=0.30)
    assert found.r_implied == pytest.approx(-2.4, abs=0.05)
    assert (found.admissible, found.se_ln, found.ci_percent) == (False, None, None)
    assert found.label == "refused"
    assert "cannot all be right" in found.reason


@given(cv=cvs, r=st.floats(-1, 1), ratio=ratios, n=people)
def test_a_degraded_se_gives_back_correlation_and_log_se(cv, r, ratio, n):
    truth = change(100 * (ratio - 1), cv=cv, r=r, n=n)
    k = cv * math.sqrt(1 + ratio**2 - 2 * ratio * r)
    found = percent_se_to_log_se(
        100 * (ratio - 1), se_percent_points=100 * k / math.sqrt(n), n=n, cv_pre=cv
    )
    assert found.admissible
    assert found.r_implied == pytest.approx(r, abs=1e-9)
    assert found.se_ln == pytest.approx(truth.se_ln, abs=1e-7)


TREATED = ArmMeans(mean_pre=100, sd_pre=30, mean_post=80, sd_post=26, r=0.7, n=30)
CONTROL = ArmMeans(mean_pre=98, sd_pre=29, mean_post=91, sd_post=28, r=0.7, n=30)


def test_the_worked_difference_between_arms():
    found = between_arm_ratio_of_changes(TREATED, CONTROL, labels={"r": "imputed"})
    assert found.net_percent == pytest.approx(-13.8, abs=0.05)
    assert found.ci_net_percent == pytest.approx((-23.6, -2.8), abs=0.05)
    assert found.label == "imputed"
    assert "control.r = 0.7 (imputed)" in found.basis.inputs


def test_an_arm_against_itself_differs_in_nothing():
    found = between_arm_ratio_of_changes(TREATED, TREATED)
    assert (found.net_percent, found.difference_points) == (0, 0)


@pytest.mark.parametrize(
    ("treated", "control", "better", "points", "net"),
    [(-20, -8, "lower", 12, 13.0), (15, 6, "higher", 9, 8.5), (-3, -7, "lower", -4, -4.3)],
)
def test_the_worked_net_effects(treated, control, better, points, net):
    found = net_effect_from_percents(treated, control, better=better)
    assert found.benefit_points == points
    assert found.benefit_net_percent == pytest.approx(net, abs=0.05)


def test_no_direction_no_benefit():
    net = net_effect_from_percents(-20, -8, better=UNKNOWN)
    assert (net.benefit_points, net.benefit_net_percent) == (None, None)
    assert net.difference_points == -12
    assert "not known" in net.reason
    size = direction_of_benefit(18, better=UNKNOWN, reported_as="improvement")
    assert (size.change_percent, size.benefit_percent, size.label) == (None, None, "refused")
    signed = direction_of_benefit(-18, better=UNKNOWN, reported_as="signed_change")
    assert (signed.change_percent, signed.benefit_percent, signed.label) == (-18, None, "derived")


@given(value=st.floats(0.1, 99), better=st.sampled_from(["lower", "higher"]), flip=st.booleans())
def test_an_improvement_is_always_a_benefit(value, better, flip):
    found = direction_of_benefit(value, better=better, reported_as="improvement")
    assert found.benefit_percent == value
    assert found.benefit_ln_ratio > 0
    signed = direction_of_benefit(found.change_percent, better=better, reported_as="signed_change")
    assert (signed.ratio, signed.benefit_percent) == (found.ratio, found.benefit_percent)


def test_a_printed_minus_stays_and_a_contradiction_is_flagged():
    found = direction_of_benefit(-20, better="lower", reported_as="improvement")
    assert (found.change_percent, found.benefit_percent, found.flags) == (-20, 20, ())
    odd = direction_of_benefit(-20, better="higher", reported_as="improvement")
    assert (odd.benefit_percent, odd.flags) == (-20, ("sign_contradicts_word",))


def test_falls_of_everything_and_more():
    all_gone = direction_of_benefit(100, better="lower", reported_as="improvement")
    assert (all_gone.benefit_percent, all_gone.benefit_ln_ratio) == (100, None)
    with pytest.raises(EffectError, match="more than 100 %"):
        direction_of_benefit(130, better="lower", reported_as="improvement")
    assert direction_of_benefit(130, better="higher", reported_as="improvement").ratio == 2.3
    for percent in (-100, -130):
        with pytest.raises(EffectError, match="100 %"):
            net_effect_from_percents(-20, percent, better="lower")
    with pytest.raises(OptionError, match="better"):
        direction_of_benefit(1, better="up", reported_as="improvement")
    with pytest.raises(OptionError, match="reported_as"):
        direction_of_benefit(1, better="lower", reported_as="boost")


def test_the_worked_split_face():
    found = paired_sides_difference(-2.19, -0.51, n=29, sd_t=3.4, sd_c=3.1, r=0.5)
    assert found.se == pytest.approx(0.605, abs=5e-4)
    assert found.se_if_wrongly_independent == pytest.approx(0.854, abs=5e-4)


@given(r=st.floats(0, 0.9), sd_t=st.floats(0.1, 9), sd_c=st.floats(0.1, 9), n=people)
def test_bounds_hold_the_se_of_every_correlation_in_them(r, sd_t, sd_c, n):
    truth = paired_sides_difference(-2, -1, n=n, sd_t=sd_t, sd_c=sd_c, r=r)
    found = paired_sides_bounds(-2, -1, n=n, sd_t=sd_t, sd_c=sd_c)
    low, high = found.se_interval
    assert low - 1e-12 <= truth.se <= high + 1e-12
    assert found.ci_widest[0] - 1e-9 <= truth.ci[0] <= found.ci_narrowest[0] + 1e-9
    assert found.label == "bounded"


def test_sides_without_a_spread():
    with pytest.raises(EffectError, match="paired_sides_bounds"):
        paired_sides_difference(-2, -1, n=20, sd_t=3, sd_c=3)
    still = paired_sides_difference(-2, -1, n=20, sd_t=3, sd_c=3, r=1)
    assert (still.se, still.t, still.pvalue, still.flags) == (0, None, None, ("degenerate",))
    with pytest.raises(EffectError, match="in order"):
        paired_sides_bounds(-2, -1, n=20, sd_t=3, sd_c=3, r_range=(0.9, 0))
    with pytest.raises(EffectError, match="at least 2"):
        paired_sides_difference(-2, -1, n=1, sd_diff=3)


def test_the_second_period_of_a_crossover():
    assert "no wash-out" in second_period_refusal(None, period_effect_reported=True)
    assert "shorter" in second_period_refusal(3.9, period_effect_reported=True)
    assert "period effect" in second_period_refusal(4, period_effect_reported=False)
    assert second_period_refusal(4, period_effect_reported=True) == ""


def test_nothing_heavy_is_imported_before_it_is_needed():
    rooms = ["percent_scale", "percent_between", "convert_percent", "paired_sides", "responders",
             "responder_reference", "regression_to_mean", "mee_chua", "uncontrolled", "e_value",
             "within_arm_tests"]  # fmt: skip
    imports = "; ".join(f"import evidence.effects.{room}" for room in rooms)
    code = f"{imports}; import sys; print([m for m in ('numpy', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
