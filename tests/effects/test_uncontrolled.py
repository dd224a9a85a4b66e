"""Changes without a control: regression to the mean, vehicles, E-values, two tests within arms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress, ttest_ind_from_stats, ttest_rel
from scipy.stats import t as student

from evidence.effects.e_value import e_value
from evidence.effects.mee_chua import rtm_mee_chua, rtm_mee_chua_scan
from evidence.effects.percent_scale import percent_change_paired
from evidence.effects.regression_to_mean import (
    rtm_from_selected_mean,
    rtm_other_variable,
    rtm_table,
    rtm_truncation,
)
from evidence.effects.uncontrolled import (
    drift_flags,
    drift_together,
    left_by_drift,
    net_effect_table,
    vehicle_subtraction,
    vehicle_tipping_point,
)
from evidence.effects.within_arm_tests import (
    ArmChange,
    Statement,
    contrast_of_within_arm_tests,
)
from evidence.errors import EffectError, OptionError
from evidence.records.base import UNKNOWN

BEFORE = [58, 62, 55, 70, 66, 61, 59, 64, 73, 57]
AFTER = [50, 57, 53, 60, 61, 55, 52, 60, 63, 54]

correlations = st.floats(0, 0.99)
sides = st.sampled_from(["above", "below"])


def test_the_worked_regression_to_the_mean():
    found = rtm_truncation(3.0, 1.5, 0.6, cutoff=3.5)
    assert found.expected_baseline_of_selected == pytest.approx(4.53, abs=5e-3)
    assert found.expected_change_from_regression == pytest.approx(-0.61, abs=5e-3)
    assert found.as_percent_of_selected_baseline == pytest.approx(-13.5, abs=0.05)
    low = rtm_truncation(0.65, 0.08, 0.8, cutoff=0.60, select="below")
    assert low.as_percent_of_selected_baseline == pytest.approx(3.6, abs=0.05)


@pytest.mark.parametrize(
    ("share", "printed"),
    [(0.5, (-10.9, -6.5, -2.2)), (0.25, (-15.4, -9.2, -3.1)), (0.16, (-17.4, -10.4, -3.5))],
)
def test_the_table_of_percents_with_no_product(share, printed):
    (row,) = rtm_table(0.35, shares=[share]).percent
    assert row == pytest.approx(printed, abs=0.0501)


def test_strong_selection_and_noisy_readings_could_make_the_whole_of_a_claim():
    ((noisy, steadier),) = rtm_table(0.5, r=(0.5, 0.7), shares=[0.16]).percent
    assert noisy == pytest.approx(-21.6, abs=0.05)
    assert steadier == pytest.approx(-13.0, abs=0.05)
    assert "worst 16 %" in rtm_table(0.5)._repr_html_()


def test_no_severity_asked_for_nothing_expected():
    found = rtm_truncation(3, 1.5, 0.6, cutoff=None)
    assert found.expected_change_from_regression == 0
    assert found.expected_baseline_of_selected == 3
    assert rtm_other_variable(
        3, 1.5, entry_z=None, r_entry_baseline=0.6, r_entry_followup=0.5
    ).expected_change_from_regression == 0  # fmt: skip


@given(r=correlations, cutoff=st.floats(-8, 8), select=sides)
def test_entry_by_the_measurement_is_entry_by_another_that_equals_it(r, cutoff, select):
    same = rtm_truncation(10, 2, r, cutoff=10 + 2 * cutoff, select=select)
    other = rtm_other_variable(
        10, 2, entry_z=cutoff, r_entry_baseline=1, r_entry_followup=r, select=select
    )
    known = rtm_from_selected_mean(10, same.expected_baseline_of_selected, r)
    for found in (other, known):
        assert found.expected_change_from_regression == pytest.approx(
            same.expected_change_from_regression, abs=1e-9
        )
    towards = -1 if select == "above" else 1
    assert towards * same.expected_change_from_regression >= 0


@given(r=st.floats(0.05, 0.99), cutoff=st.floats(-3, 3))
def test_more_readings_at_entry_regress_less(r, cutoff):
    changes = [
        abs(rtm_truncation(0, 1, r, cutoff=cutoff, readings=k).expected_change_from_regression)
        for k in (1, 2, 4, 8)
    ]
    assert changes == sorted(changes, reverse=True)


@pytest.mark.parametrize(("r", "k", "cutoff"), [(0.6, 3, 0.5), (0.3, 2, 0.0)])
def test_entry_by_the_mean_of_several_readings_against_a_simulation(r, k, cutoff):
    rng = np.random.default_rng(20240517)
    covariance = np.full((k + 1, k + 1), r) + (1 - r) * np.eye(k + 1)
    readings = rng.multivariate_normal(np.zeros(k + 1), covariance, size=400_000)
    entry = readings[:, :k].mean(axis=1)
    let_in = entry >= cutoff
    change = (readings[:, k] - entry)[let_in]
    error = change.std() / math.sqrt(let_in.sum())
    found = rtm_truncation(0, 1, r, cutoff=cutoff, readings=k)
    assert found.expected_change_from_regression == pytest.approx(change.mean(), abs=4 * error)
    assert found.expected_baseline_of_selected == pytest.approx(entry[let_in].mean(), abs=0.01)


def test_far_cutoffs_stay_finite():
    far = rtm_truncation(0, 1, 0.5, cutoff=60)
    assert far.expected_baseline_of_selected == pytest.approx(60 + 1 / 60, abs=1e-4)
    assert rtm_truncation(1, 1, 0.5, cutoff=-60).expected_change_from_regression == 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: rtm_truncation(3, 0, 0.5, cutoff=3),
        lambda: rtm_truncation(3, 1, 1.1, cutoff=3),
        lambda: rtm_truncation(3, 1, 0.5, cutoff=3, readings=0),
        lambda: rtm_truncation(3, 1, -0.5, cutoff=3, readings=3),
        lambda: rtm_truncation(3, 1, 0.5, cutoff=math.inf),
        lambda: rtm_truncation(3, 1, 0.5, cutoff=3, select="beyond"),
        lambda: rtm_table(0.35, shares=[1.0]),
        lambda: rtm_table(2, shares=[0.01], select="below"),
    ],
)
def test_impossible_selections_are_errors(wrong):
    with pytest.raises((EffectError, OptionError)):
        wrong()
    assert rtm_truncation(-5, 1, 0.5, cutoff=-5).as_percent_of_selected_baseline is None


def test_the_worked_change_beyond_regression():
    found = rtm_mee_chua(BEFORE, AFTER, population_mean=50)
    assert found.naive_change == pytest.approx(-6.0)
    assert found.effect_beyond_regression == pytest.approx(-1.87, abs=5e-3)
    assert found.p_one_sided == pytest.approx(0.14, abs=5e-3)
    at_60 = rtm_mee_chua(BEFORE, AFTER, population_mean=60)
    assert at_60.effect_beyond_regression == pytest.approx(-5.17, abs=5e-3)
    assert at_60.p_one_sided < 0.001
    other = rtm_mee_chua(BEFORE, AFTER, population_mean=50, expect_change="increase")
    assert other.p_one_sided == pytest.approx(1 - found.p_one_sided)


@given(mu=st.floats(30, 90))
def test_the_test_is_that_of_the_intercept(mu):
    line = linregress(np.array(BEFORE) - mu, AFTER)
    found = rtm_mee_chua(BEFORE, AFTER, population_mean=mu)
    assert found.effect_beyond_regression == pytest.approx(line.intercept - mu)
    assert found.se == pytest.approx(line.intercept_stderr)


def test_the_scan_says_where_the_effect_vanishes():
    scan = rtm_mee_chua_scan(BEFORE, AFTER, population_means=[45, 50, 55, 60])
    gone = rtm_mee_chua(BEFORE, AFTER, population_mean=scan.vanishes_at)
    assert gone.effect_beyond_regression == pytest.approx(0, abs=1e-9)
    assert [row.population_mean for row in scan.rows] == [45, 50, 55, 60]
    assert scan.label == "bounded"


@given(r=st.floats(-0.9, 0.9), mu=st.floats(-5, 5))
def test_regression_alone_leaves_no_effect(r, mu):
    before = [mu + x for x in (1.0, 2.0, 2.5, 4.0)]
    after = [mu + r * (b - mu) for b in before]
    found = rtm_mee_chua(before, after, population_mean=mu)
    assert found.effect_beyond_regression == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("before", "after"),
    [([1, 2], [1, 2]), ([1, 2, 3], [1, 2]), ([2, 2, 2], [1, 2, 3]), ([1, 2, math.nan], [1, 2, 3])],
)
def test_readings_that_no_line_fits_are_errors(before, after):
    with pytest.raises(EffectError):
        rtm_mee_chua(before, after, population_mean=0)


def test_readings_on_a_line_and_parallel_ones_have_no_test():
    found = rtm_mee_chua_scan([1, 2, 3], [2, 3, 4], population_means=[0])
    assert (found.vanishes_at, found.rows[0].t, found.rows[0].p_one_sided) == (None, None, None)
    with pytest.raises(EffectError, match="at least one"):
        rtm_mee_chua_scan(BEFORE, AFTER, population_means=[])


def test_the_worked_subtraction_of_a_vehicle():
    found = vehicle_subtraction(
        -20, se_ln=0.05, vehicle_percent=-8, vehicle_se_ln=0.03, vehicle_tau_ln=0.06,
        better="lower",
    )  # fmt: skip
    assert found.net_percent == pytest.approx(-13.0, abs=0.05)
    assert found.ci_net_percent == pytest.approx((-26.2, 2.5), abs=0.0501)
    assert found.prob_net_benefit == pytest.approx(0.95, abs=5e-3)
    assert found.label == "imputed"
    assert str(found).startswith("if the vehicle does −8.0 %")
    assert any("external control" in said for said in found.basis.assumptions)


# net effect of −20 % (se .0437, τ .06) by the response to the vehicle
NET = {
    0: (-20.0, -30.8, -7.5),
    -2.8: (-17.7, -28.8, -4.8),
    -5: (-15.8, -27.2, -2.6),
    -8: (-13.0, -24.8, 0.6),
    -12: (-9.1, -21.4, 5.1),
}


def test_the_table_of_net_effects():
    table = net_effect_table(-20, se_ln=0.0437, better="lower")
    assert [row.vehicle_percent for row in table.rows] == [*NET, -20]
    for row in table.rows[:-1]:
        shown = (row.net_percent, *row.ci_net_percent)
        assert shown == pytest.approx(NET[row.vehicle_percent], abs=0.0501)
    assert table.rows[-1].net_percent == pytest.approx(0, abs=1e-9)
    assert table.rows[-1].prob_net_benefit == pytest.approx(0.5)
    assert table.label == "imputed"
    assert "no allowance" in table._repr_html_()


@pytest.mark.parametrize(("tau", "tip"), [(0, -11.8), (0.06, -6.8)])
def test_the_worked_tipping_points(tau, tip):
    found = vehicle_tipping_point(-20, se_ln=0.05, vehicle_tau_ln=tau, better="lower")
    assert found.tipping_point_percent == -20
    assert found.tipping_ci_percent == pytest.approx(tip, abs=0.05)
    assert found.label == ("imputed" if tau else "derived")


@pytest.mark.parametrize(
    ("cv", "r", "tips"), [(0.35, 0.6, (-12.7, -9.6, -7.4)), (0.5, 0.4, (-6.9, -0.8, -3.1))]
)
def test_tipping_points_for_a_known_an_equally_large_and_a_typical_vehicle(cv, r, tips):
    se = percent_change_paired(
        mean_pre=100, sd_pre=100 * cv, mean_post=80, sd_post=80 * cv, r=r, n=50
    ).se_ln
    for (vehicle_se, tau), tip in zip(((0, 0), (se, 0), (0, 0.06)), tips, strict=True):
        found = vehicle_tipping_point(
            -20, se_ln=se, vehicle_se_ln=vehicle_se, vehicle_tau_ln=tau, better="lower"
        )
        assert found.tipping_ci_percent == pytest.approx(tip, abs=0.0501)


@given(
    percent=st.floats(-80, 150),
    se=st.floats(0.001, 0.5),
    tau=st.floats(0, 0.3),
    better=st.sampled_from(["lower", "higher"]),
)
def test_at_the_tipping_point_the_net_interval_touches_zero(percent, se, tau, better):
    tip = vehicle_tipping_point(percent, se_ln=se, vehicle_tau_ln=tau, better=better)
    net = vehicle_subtraction(
        percent, se_ln=se, vehicle_percent=tip.tipping_ci_percent, vehicle_tau_ln=tau, better=better
    )
    touching = net.ci_net_percent[1] if better == "lower" else net.ci_net_percent[0]
    assert touching == pytest.approx(0, abs=1e-7)
    assert net.prob_net_benefit == pytest.approx(0.975, abs=1e-6)


def test_a_change_without_support_has_none_to_lose():
    found = vehicle_tipping_point(-5, se_ln=0.05, better="lower")
    assert not found.supported
    assert "does nothing" in str(found)
    assert vehicle_tipping_point(0, se_ln=0.05, better="lower").fraction_of_observed_change is None
    assert "−12 %" in str(vehicle_tipping_point(-20, se_ln=0.05, better="lower"))


@pytest.mark.parametrize(
    ("drifts", "together", "left"), [((-5, -8), -12.6, -8.5), ((-8, -12), -19.0, -1.2)]
)
def test_drifts_add_up_on_the_log_scale(drifts, together, left):
    assert drift_together(*drifts) == pytest.approx(together, abs=0.05)
    assert left_by_drift(-20, *drifts) == pytest.approx(left, abs=0.05)


def test_a_study_run_with_care_has_no_drift_flag():
    assert not drift_flags(
        dates_stated=True, acclimatisation_stated=True, usual_products_stopped=False
    )
    everything = drift_flags(
        dates_stated=False, acclimatisation_stated=False, usual_products_stopped=True
    )
    assert list(everything) == [
        "season_uncontrolled", "acclimatisation_not_stated", "washout_baseline"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: vehicle_subtraction(-100, se_ln=0.05, vehicle_percent=0, better="lower"),
        lambda: vehicle_subtraction(-20, se_ln=-0.05, vehicle_percent=0, better="lower"),
        lambda: vehicle_subtraction(
            -20, se_ln=0, vehicle_percent=0, vehicle_tau_ln=0, better="lower"
        ),
        lambda: vehicle_tipping_point(-130, se_ln=0.05, better="lower"),
        lambda: vehicle_tipping_point(-20, se_ln=0.05, better=UNKNOWN),
        lambda: net_effect_table(-20, se_ln=0.05, better="lower", vehicle_percents=[]),
    ],
)
def test_what_nothing_can_be_subtracted_from_is_refused(wrong):
    with pytest.raises(EffectError):
        wrong()


def test_the_worked_e_value():
    found = e_value("SMD", 0.5, se=0.2)
    assert found.evalue_point == pytest.approx(2.53, abs=5e-3)
    assert found.evalue_ci == pytest.approx(1.44, abs=5e-3)
    assert e_value("RR", 3.9).evalue_point == pytest.approx(7.26, abs=5e-3)  # VanderWeele & Ding
    assert e_value("RR", 3.9).evalue_ci is None


@given(rr=st.floats(0.1, 10), width=st.floats(1.01, 4))
def test_an_e_value_does_not_ask_which_group_comes_first(rr, width):
    there = e_value("RR", rr, ci_low=rr / width, ci_high=rr * width)
    back = e_value("RR", 1 / rr, ci_low=1 / (rr * width), ci_high=width / rr)
    assert back.evalue_point == pytest.approx(there.evalue_point)
    assert back.evalue_ci == pytest.approx(there.evalue_ci)
    assert 1 <= there.evalue_ci <= there.evalue_point


def test_an_e_value_of_one_arm_is_refused_and_points_elsewhere():
    with pytest.raises(EffectError, match="vehicle_tipping_point"):
        e_value("SMD", 0.5, se=0.2, comparison="one_arm")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: e_value("RR", 0),
        lambda: e_value("RR", 2, ci_low=2.5, ci_high=3),
        lambda: e_value("RR", 2, ci_low=3, ci_high=1),
        lambda: e_value("RR", 2, se=0.1),
        lambda: e_value("SMD", 0.5, ci_low=0, ci_high=1),
        lambda: e_value("OR", 2),
        lambda: e_value("RR", 2, comparison="survey"),
    ],
)
def test_e_values_of_something_else_are_errors(wrong):
    with pytest.raises((EffectError, OptionError)):
        wrong()


def test_significant_here_and_not_there_is_no_difference():
    found = contrast_of_within_arm_tests(
        ArmChange(change=-20, n=30, p=Statement(operator="=", p=0.01)),
        ArmChange(change=-12, n=30, p=Statement(operator="=", p=0.08)),
    )
    assert (found.label, found.decision) == ("derived", "no_difference_shown")
    assert found.se_interval == (found.se, found.se)


@given(
    changes=st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
    sds=st.tuples(st.floats(0.5, 20), st.floats(0.5, 20)),
    ns=st.tuples(st.integers(3, 80), st.integers(3, 80)),
)
def test_sds_of_change_give_the_test_of_welch(changes, sds, ns):
    (a, b), (s, t), (n, m) = changes, sds, ns
    found = contrast_of_within_arm_tests(
        ArmChange(change=a, n=n, sd=s), ArmChange(change=b, n=m, sd=t)
    )
    wanted = ttest_ind_from_stats(a, s, n, b, t, m, equal_var=False)
    assert found.p_interval == pytest.approx((wanted.pvalue, wanted.pvalue), rel=1e-6)


@given(
    changes=st.tuples(st.floats(0.5, 9), st.floats(0.5, 9)),
    errors=st.tuples(st.floats(0.1, 6), st.floats(0.1, 6)),
    ns=st.tuples(st.integers(4, 80), st.integers(4, 80)),
    exact=st.booleans(),
)
def test_what_statements_leave_open_holds_the_truth(changes, errors, ns, exact):
    """Two arms with known errors, printed as "p < a", "ns" or an exact p."""
    known = [ArmChange(change=c, n=n, se=e) for c, e, n in zip(changes, errors, ns, strict=True)]
    degraded = []
    for arm in known:
        p = 2 * float(student.sf(arm.change / arm.se, arm.n - 1))
        said = Statement(operator="<", p=0.05) if p < 0.05 else Statement(operator="ns")
        if exact and 1e-12 < p < 1:
            said = Statement(operator="=", p=p)
        degraded.append(ArmChange(change=arm.change, n=arm.n, p=said))
    truth, found = (contrast_of_within_arm_tests(*arms) for arms in (known, degraded))
    low, high = found.se_interval
    assert low <= truth.se * (1 + 1e-6)
    assert high is None or truth.se <= high * (1 + 1e-6)
    assert found.p_interval[0] <= truth.p_interval[0] * (1 + 1e-5)
    assert found.p_interval[1] >= truth.p_interval[1] * (1 - 1e-5)
    if found.ci_widest is not None:
        assert found.ci_widest[0] <= truth.ci_widest[0] + 1e-4
        assert found.ci_widest[1] >= truth.ci_widest[1] - 1e-4
    if found.decision != "undecided":
        assert found.decision == truth.decision


def test_limits_are_safe_when_the_small_arm_carries_the_error():
    few, many = 10 / student.isf(0.025, 4) * 0.999, 0.01
    truth = contrast_of_within_arm_tests(
        ArmChange(change=10, n=5, se=few), ArmChange(change=0.1, n=60, se=many)
    )
    threshold = Statement(operator="<", p=0.05)
    found = contrast_of_within_arm_tests(
        ArmChange(change=10, n=5, p=threshold), ArmChange(change=0.1, n=60, p=threshold)
    )
    assert found.ci_widest[0] <= truth.ci_widest[0]
    assert found.ci_widest[1] >= truth.ci_widest[1]
    assert found.p_interval[1] >= truth.p_interval[1]
    assert 'treated: p = "< 0.05"' in found.spread.inputs


def test_exact_p_of_people_gives_their_own_standard_error():
    p = ttest_rel(AFTER, BEFORE).pvalue
    change = float(np.mean(AFTER) - np.mean(BEFORE))
    still = ArmChange(change=0.0, n=10, se=0.0)
    found = contrast_of_within_arm_tests(
        ArmChange(change=change, n=10, p=Statement(operator="=", p=float(p))), still
    )
    se = np.std(np.array(AFTER) - np.array(BEFORE), ddof=1) / math.sqrt(10)
    assert found.se == pytest.approx(se, rel=1e-9)


def test_thresholds_bound_and_silence_refuses():
    sure = ArmChange(change=-20, n=50, p=Statement(operator="<", p=0.001))
    other = ArmChange(change=-2, n=50, p=Statement(operator="<", p=0.05))
    bounded = contrast_of_within_arm_tests(sure, other)
    assert (bounded.label, bounded.se, bounded.decision) == ("bounded", None, "differ")
    assert bounded.se_interval[1] == pytest.approx(
        math.hypot(20 / student.isf(0.0005, 49), 2 / student.isf(0.025, 49))
    )
    ns = contrast_of_within_arm_tests(sure, ArmChange(change=-2, n=50, p=Statement(operator="ns")))
    assert (ns.se_interval[1], ns.ci_widest, ns.decision) == (None, None, "undecided")
    silent = contrast_of_within_arm_tests(sure, ArmChange(change=-2))
    assert (silent.label, silent.difference, silent.decision) == ("refused", -18, "undecided")
    assert "nothing printed" in silent.spread.reason
    assert silent.basis.label == "derived"


def test_zeros_and_stars_are_limits():
    zero = ArmChange(change=-20, n=50, p=Statement(operator="=", p=0.0, decimals=3))
    other = ArmChange(change=-1, n=50, se=1.0)
    found = contrast_of_within_arm_tests(zero, other)
    assert found.se_interval[0] == 1.0
    assert found.se_interval[1] == pytest.approx(math.hypot(20 / student.isf(0.00025, 49), 1))
    stars = Statement(operator="stars", p=0.01, grid=(0.05, 0.01, 0.001))
    (low, high) = contrast_of_within_arm_tests(
        ArmChange(change=12, n=20, p=stars), ArmChange(change=0, n=20, se=0)
    ).se_interval
    assert (low, high) == pytest.approx((3.09, 4.19), abs=5e-3)


def test_labels_inherit_the_weakest():
    found = contrast_of_within_arm_tests(
        ArmChange(change=-20, n=50, sd=35, labels={"sd": "imputed"}),
        ArmChange(change=-2, n=50, p=Statement(operator="<", p=0.05)),
    )
    assert found.label == "imputed"
    assert "treated: sd = 35 (imputed)" in found.spread.inputs
    unused = ArmChange(change=-20, n=50, se=5, sd=35, labels={"sd": "imputed"})
    assert contrast_of_within_arm_tests(unused, unused).label == "derived"
    with pytest.raises(OptionError, match="cv"):
        contrast_of_within_arm_tests(
            ArmChange(change=-20, n=50, se=5, labels={"cv": "imputed"}), unused
        )


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (ArmChange(change=0, n=50, p=Statement(operator="<", p=0.05)), "estimate of 0"),
        (ArmChange(change=-2, p=Statement(operator="<", p=0.05)), "number of people"),
        (ArmChange(change=-2, n=50, p=Statement(operator="=", p=1.2)), "p = 1.2"),
        (ArmChange(change=-2, n=50, p=Statement(operator="=", p=1.0)), "p = 1"),
        (ArmChange(change=-2, n=50, p=Statement(operator="stars", p=1.2)), "probability"),
        (ArmChange(change=-2, n=1, sd=3), "at least 2"),
        (ArmChange(change=-2, n=50, sd=-3), "cannot be negative"),
    ],
)
def test_statements_that_cannot_be_are_errors(arm, said):
    with pytest.raises(EffectError, match=said):
        contrast_of_within_arm_tests(arm, ArmChange(change=-1, n=50, se=1))
