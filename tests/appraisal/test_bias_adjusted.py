"""Bias-adjusted estimates: printed values, the closed form against the model itself, refusals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.appraisal.bias_adjusted import SCENARIOS, adjust_bias, tipping_point
from evidence.appraisal.bias_sets import bias_of
from evidence.appraisal.body import Body, BodyStudy, Mismatch
from evidence.appraisal.body_from_records import body_study
from evidence.appraisal.expected import probability_of_benefit
from evidence.appraisal.facts import Facts
from evidence.appraisal.reliability import RANGE_SETS
from evidence.appraisal.shared_bias import combine, flaws_of
from evidence.appraisal.standardise import Standardised
from evidence.errors import OptionError, SynthesisError
from evidence.records.base import UNKNOWN
from evidence.records.families import FAMILIES
from evidence.records.outcome import ArmResult, Design, Outcome
from evidence.records.reported import Reported
from evidence.records.study import Interest, Study

CLEAN = Facts(
    structure="two_arms",
    control="full",
    randomised="yes",
    sequence_sound="yes",
    concealment_sound="yes",
    participant_blind="yes",
    assessor_blind="yes",
    kind="live_expert_grade",
    family=FAMILIES["wrinkle_grade"],
    n=(30, 30),
    attrition=0.0,
    registered="primary",
)


def body(*studies: BodyStudy, **fields) -> Body:
    fields = {"outcome": "tone", "design": "randomised", **fields}
    return Body(studies=studies, **fields)


def study(name="a", yi=0.5, se=0.2622, flaws=(), **fields) -> BodyStudy:
    return BodyStudy(study=name, yi=yi, vi=se**2, n=fields.pop("n", 60), flaws=flaws, **fields)


def sets(found):
    return {row.bias_set: row for row in (*found.sets, *found.scenarios)}


# SMD 0.50, MID 0.20: se of 30 + 30 and of 200 + 200 people, d²/2N included
@pytest.mark.parametrize(
    ("se", "flag", "bias_set", "mean", "sd", "above_mid", "above_null"),
    [
        (0.2622, None, "none", 0.50, 0.262, 0.87, 0.97),
        (0.2622, "blinding_grade", "robes2018", 0.40, 0.299, 0.75, 0.91),
        (0.2622, "blinding_self_report", "withintrial", 0.33, 0.352, 0.64, 0.83),
        (0.2622, "blinding_self_report", "withintrial, upper", -0.06, 0.339, 0.22, 0.43),
        (math.sqrt(0.01 + 0.25 / 800), "blinding_grade", "robes2018", 0.40, 0.177, 0.88, 0.99),
    ],
)
def test_worked_values_of_one_parallel_trial(se, flag, bias_set, mean, sd, above_mid, above_null):
    found = sets(adjust_bias(body(study(se=se, flaws=(flag,) if flag else ()), mid=0.2)))[bias_set]
    assert found.estimate == pytest.approx(mean, abs=0.005)
    assert found.se == pytest.approx(sd, abs=0.0006)  # printed to three digits from a rounded se
    assert found.pr_above(0.2) == pytest.approx(above_mid, abs=0.005)
    assert found.pr_above(0.0) == pytest.approx(above_null, abs=0.005)


def test_posterior_of_the_test_vector():
    found = sets(adjust_bias(body(study(flaws=("blinding_grade",)))))["robes2018"]
    assert found.estimate == pytest.approx(0.404, abs=5e-4)
    assert found.se == pytest.approx(0.2995, abs=5e-5)
    assert found.pr_above(0.2) == pytest.approx(0.752, abs=5e-4)


def test_floor_of_one_study_and_of_endlessly_many():
    (flaw,) = flaws_of(("blinding_grade",))
    assert math.sqrt(flaw.shared + flaw.own) == pytest.approx(0.145, abs=5e-4)
    many = [study(str(i), se=1e-3, flaws=("blinding_grade",)) for i in range(4000)]
    found = sets(adjust_bias(body(*many), tau2="EE"))["robes2018"]
    assert found.se == pytest.approx(0.110, abs=5e-4)
    assert found.floor == pytest.approx(math.hypot(0.033, 0.105))


def test_tipping_point_of_one_arm():
    found = tipping_point(20, 4, 10)
    assert found.tip == 10
    assert found.tip_lower == pytest.approx(2.16, abs=5e-3)


def covariance(flags_by_study, own, tau2, bias_set="robes2018"):
    """Means and covariance of the results by the model as written, mu apart."""
    k = len(own)
    mean, cov = np.zeros(k), np.diag(np.asarray(own, dtype=float) + tau2)
    for flag in {flag for flags in flags_by_study for flag in flags}:
        row = bias_of(flag, bias_set)
        has = np.array([flag in flags for flags in flags_by_study], dtype=float)
        mean += max(0.0, row.mean) * has
        cov += row.kappa**2 * np.diag(has) + (row.se**2 + row.phi**2) * np.outer(has, has)
    return mean, cov


FLAGS = (("sequence", "blinding_grade"), ("blinding_grade",), (), ("concealment", "sequence"))
YI, SE = (0.6, 0.35, 0.1, 0.5), (0.2, 0.15, 0.3, 0.25)


@pytest.mark.parametrize("bias_set", RANGE_SETS)
def test_joint_weighting_is_the_posterior_of_the_model(bias_set):
    studies = [study(str(i), YI[i], SE[i], FLAGS[i]) for i in range(4)]
    found = sets(adjust_bias(body(*studies), tau2="EE", weighting="joint"))[bias_set]
    mean, cov = covariance(FLAGS, np.square(SE), 0.0, bias_set)
    precision = np.linalg.inv(cov)
    variance = 1 / precision.sum()
    assert found.se == pytest.approx(math.sqrt(variance))
    assert found.estimate == pytest.approx(variance * (precision @ (np.array(YI) - mean)).sum())


@pytest.mark.parametrize("weighting", ["own", "joint"])
@pytest.mark.parametrize("bias_set", RANGE_SETS)
def test_standard_error_is_that_of_the_weighted_mean_in_the_model(bias_set, weighting):
    studies = [study(str(i), YI[i], SE[i], FLAGS[i]) for i in range(4)]
    found = sets(adjust_bias(body(*studies), tau2="REML", weighting=weighting))[bias_set]
    weights = np.array(found.weights)
    mean, cov = covariance(FLAGS, np.square(SE), found.tau2, bias_set)
    assert weights.sum() == pytest.approx(1)
    assert found.bias == pytest.approx(weights @ mean)
    assert found.se == pytest.approx(math.sqrt(weights @ cov @ weights))


def test_closed_form_matches_simulation_of_the_four_lines_of_the_model():
    """Biases drawn as the model says; the pooled error's mean and SD are those computed."""
    studies = [study(str(i), YI[i], SE[i], FLAGS[i]) for i in range(4)]
    found = sets(adjust_bias(body(*studies), tau2="EE"))["robes2018"]
    rng, draws = np.random.default_rng(20200917), 400_000
    total = rng.normal(0, SE, size=(draws, 4))
    for flag in ("sequence", "concealment", "blinding_grade"):
        row = bias_of(flag, "robes2018")
        common = rng.normal(row.mean, math.hypot(row.phi, row.se), size=draws)
        for i, flags in enumerate(FLAGS):
            if flag in flags:
                total[:, i] += common + rng.normal(0, row.kappa, size=draws)
    error = total @ np.array(found.weights)
    assert error.mean() == pytest.approx(found.bias, abs=4 * found.se / math.sqrt(draws))
    assert error.std() == pytest.approx(found.se, rel=4 / math.sqrt(2 * draws))


def test_the_same_flaws_everywhere_are_added_once_after_pooling():
    """Then both weightings agree, and the shared variance is added whole."""
    studies = [study(str(i), YI[i], SE[i], ("blinding_grade",)) for i in range(4)]
    own, joint = (
        sets(adjust_bias(body(*studies), tau2="EE", weighting=how))["robes2018"]
        for how in ("own", "joint")
    )
    assert own.weights == pytest.approx(joint.weights)
    spread = [se**2 + 0.094**2 for se in SE]
    assert own.se**2 == pytest.approx(1 / sum(1 / v for v in spread) + 0.033**2 + 0.105**2)


def test_of_one_study_it_is_the_probability_of_benefit():
    facts = replace(
        CLEAN, sequence_sound="unknown", assessor_blind="no", attrition=0.2, control="untreated"
    )
    found = adjust_bias(body(study(flaws=facts), mid=0.2))
    single = probability_of_benefit(
        facts, Standardised(y=0.5, scale=1, unit="SMD", rule="", vi=0.2622**2), mid=0.2
    )
    for row, one in zip(found.sets, single.sets, strict=True):
        assert (row.bias_set, row.estimate, row.se) == (
            one.bias_set,
            pytest.approx(one.mean),
            pytest.approx(one.sd),
        )
        assert row.pr_above(0.2) == pytest.approx(one.above_mid)


@pytest.mark.parametrize("kind", ["live_expert_grade", "self_report", "instrument"])
def test_flags_and_records_with_the_same_flaws_agree(kind):
    flag = {
        "live_expert_grade": "blinding_grade",
        "self_report": "blinding_self_report",
        "instrument": "blinding_objective",
    }[kind]
    facts = replace(CLEAN, kind=kind, assessor_blind="no", concealment_sound="unknown")
    one = adjust_bias(body(study(flaws=facts)))
    two = adjust_bias(body(study(flaws=("concealment", flag))))
    assert [row.estimate for row in one.sets] == pytest.approx([row.estimate for row in two.sets])
    assert [row.se for row in one.sets] == pytest.approx([row.se for row in two.sets])
    assert len(one.scenarios) == len(two.scenarios) == (kind == "self_report")


@pytest.mark.parametrize(("measure", "cv", "scale"), [("OR", None, 1.81), ("ROM", 0.35, 0.35)])
def test_other_scales_multiply_every_bias(measure, cv, scale):
    plain = adjust_bias(body(study(flaws=("blinding_grade",), yi=0.5, se=0.2)))
    other = adjust_bias(
        body(
            study(flaws=("blinding_grade",), yi=0.5 * scale, se=0.2 * scale), measure=measure, cv=cv
        )
    )
    for one, two in zip(plain.sets, other.sets, strict=True):
        assert two.estimate == pytest.approx(scale * one.estimate)
        assert two.se == pytest.approx(scale * one.se)


FLAG_SETS = st.sets(st.sampled_from(["sequence", "concealment", "incomplete_data"])).flatmap(
    lambda chosen: st.sampled_from([None, "blinding_grade", "blinding_self_report"]).map(
        lambda blind: (*sorted(chosen), *([blind] if blind else []))
    )
)


@given(
    flags=FLAG_SETS,
    yi=st.floats(-1, 2),
    se=st.floats(0.02, 0.8),
    added=st.sampled_from(["sequence", "concealment", "incomplete_data", "blinding_grade"]),
    below=st.floats(0, 2),
)
def test_a_flaw_more_never_raises_estimate_or_probability(flags, yi, se, added, below):
    """The probability at thresholds up to the estimate; above it, doubt draws it towards half."""
    if added in flags or (added.startswith("blinding") and any("blinding" in f for f in flags)):
        flags = tuple(flag for flag in flags if not flag.startswith("blinding") and flag != added)
    before = adjust_bias(body(study(yi=yi, se=se, flaws=flags)))
    after = adjust_bias(body(study(yi=yi, se=se, flaws=(*flags, added))))
    for one, two in zip(before.sets, after.sets, strict=True):
        threshold = one.estimate - below
        assert two.estimate <= one.estimate + 1e-12
        assert two.se >= one.se - 1e-12
        assert two.pr_above(threshold) <= one.pr_above(threshold) + 1e-12


@given(st.permutations(range(4)), st.sampled_from(["own", "joint"]))
def test_order_of_studies_does_not_matter(order, weighting):
    studies = [study(str(i), YI[i], SE[i], FLAGS[i]) for i in range(4)]
    plain, moved = (
        adjust_bias(body(*listed), weighting=weighting)
        for listed in (studies, [studies[i] for i in order])
    )
    for one, two in zip(plain.sets, moved.sets, strict=True):
        assert (two.estimate, two.se) == pytest.approx((one.estimate, one.se), rel=1e-6)


def test_many_flawed_studies_meet_a_ceiling():
    def se(k):
        flawed = [study(str(i), se=0.1, flaws=("blinding_grade",)) for i in range(k)]
        return sets(adjust_bias(body(*flawed), tau2="EE"))["robes2018"].se

    assert se(1) > se(10) > se(200) > math.hypot(0.033, 0.105)


def test_the_curve_falls_and_holds_every_set():
    found = adjust_bias(body(study(flaws=("blinding_self_report",))))
    frame = found.curve([-0.5, 0.0, 0.2, 1.0])
    assert list(frame.columns) == ["threshold", "set", "probability", "in_range"]
    assert set(frame["set"]) == {*RANGE_SETS, *SCENARIOS}
    assert not frame.loc[frame["set"].isin(list(SCENARIOS)), "in_range"].any()
    for _, one in frame.groupby("set"):
        assert one["probability"].is_monotonic_decreasing
    assert len(found.curve()) == 61 * (len(RANGE_SETS) + len(SCENARIOS))


def test_range_leaves_the_upper_scenario_out_and_says_when_the_set_decides():
    found = adjust_bias(body(study(se=0.05, yi=0.35, flaws=("blinding_self_report",)), mid=0.2))
    rows = {row.bias_set: row.pr_above(0.2) for row in found.sets}
    assert found.probability_range() == (min(rows.values()), max(rows.values()))
    assert found.assumption_driven
    assert sets(found)["withintrial, upper"].pr_above(0.2) < min(rows.values())
    assert not adjust_bias(body(study(), mid=0.2)).assumption_driven
    assert found.headline == ("mid", 0.2)


def test_every_probability_says_which_side():
    found = sets(adjust_bias(body(study(yi=-0.5, se=0.1))))["none"]
    assert found.against(0.0)
    assert not found.against(-0.5)
    frame = adjust_bias(body(study(yi=0.5, se=0.1), mid=0.7)).to_frame()
    assert frame["against"].all()


def test_one_arm_has_no_probability_but_a_tipping_point():
    facts = replace(CLEAN, structure="before_after", control="none", single_arm=True, n=(50,))
    found = adjust_bias(
        body(study(yi=20, se=4, flaws=facts, n=50), design="single_arm", claim=10.0)
    )
    assert not found.sets
    assert found.probability_range() is None
    assert found.curve().empty
    assert "control" in found.reason
    (tip,) = found.tips
    assert (tip.tip, tip.tip_lower) == pytest.approx((10, 2.16), abs=5e-3)
    assert "2.16" in repr(found)


def test_what_cannot_be_adjusted_is_left_out_with_the_reason():
    found = adjust_bias(
        body(
            study("fine"),
            BodyStudy(study="no spread", yi=0.5, n=20, flaws=()),
            BodyStudy(study="no n", yi=0.5, vi=0.1, flaws=()),
            study("maximum", unusable="a maximum, no mean"),
            study("unjudged", flaws=None),
        )
    )
    assert found.studies == ("fine",)
    assert dict(found.left_out) == {
        "no spread": "no variance is printed and none can be derived",
        "no n": "the number of people is not stated",
        "maximum": "a maximum, no mean",
        "unjudged": "its risk of bias is not judged",
    }
    none = adjust_bias(body(study("unjudged", flaws=None)))
    assert none.reason == "unjudged: its risk of bias is not judged"
    assert none.to_frame().empty


@pytest.mark.parametrize("design", ["survey", "in_vitro", "ex_vivo", "testimonial"])
def test_other_evidence_has_no_probability(design):
    assert not adjust_bias(body(study(), design=design)).sets


def test_designs_are_never_mixed():
    with pytest.raises(SynthesisError, match="never one body"):
        body(study(flaws=CLEAN), study("b", flaws=replace(CLEAN, randomised="unknown")))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: body(), SynthesisError, "at least one"),
        (lambda: body(study(), study()), SynthesisError, "count once"),
        (lambda: body(study(se=0.0)), SynthesisError, "above zero"),
        (lambda: body(study(yi=math.nan)), SynthesisError, "finite"),
        (lambda: body(study(n=-1)), SynthesisError, "above zero"),
        (lambda: body(study(flaws=("blindness",))), OptionError, "flag"),
        (
            lambda: body(study(flaws=("blinding_grade", "blinding_objective"))),
            SynthesisError,
            "one blinding flag",
        ),
        (lambda: body(study(), mid=-0.2), OptionError, "mid"),
        (lambda: body(study(), design="random"), OptionError, "design"),
        (lambda: body(study(rob="hihg")), OptionError, "rob"),
        (lambda: adjust_bias(body(study(), measure="MD")), OptionError, "measure"),
        (lambda: adjust_bias(body(study(), measure="ROM")), OptionError, "variation"),
        (lambda: adjust_bias(body(study()), weighting="all"), OptionError, "weighting"),
        (lambda: adjust_bias(body(study()), bias_sets=("robes",)), OptionError, "robes2018"),
        (lambda: adjust_bias(body(study()), level=95), OptionError, "level"),
    ],
)
def test_bad_input_is_refused_in_words(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_every_set_is_a_row_and_the_table_shows_three_thresholds():
    frame = adjust_bias(body(study(), mid=0.2, claim=0.4)).to_frame()
    assert frame["bias_set"].tolist() == ["unadjusted", *RANGE_SETS]
    assert {"above_null", "above_mid", "at_least_claim"} <= set(frame.columns)
    assert (frame["above_null"] > frame["above_mid"]).all()
    assert (frame["above_mid"] > frame["at_least_claim"]).all()


@given(st.lists(FLAG_SETS, min_size=1, max_size=5), st.floats(0, 0.5))
def test_variances_add_up(flags, tau2):
    listed = [flaws_of(each) for each in flags]
    found = combine([0.05] * len(flags), listed, tau2)
    assert sum(found.weights) == pytest.approx(1)
    assert found.variance == found.own + found.shared
    assert found.own >= (0.05 + tau2) / len(flags) - 1e-12


def trial(name, funding, *, lower=False):
    arms = {
        side: ArmResult(n=Reported(text="40"), mean=Reported(text=mean), sd=Reported(text="3.0"))
        for side, mean in (("treated", "12.1"), ("control", "13.6"))
    }
    outcome = Outcome(
        id=f"{name}.1",
        name="wrinkle depth",
        family="wrinkle_depth",
        kind="instrument",
        better="lower" if lower else "higher",
        statistic="mean",
        design=Design(kind="parallel", comparator="vehicle", randomised="yes"),
        **arms,
    )
    return Study(id=name, interest=Interest(funding=funding), outcomes=(outcome,))


@pytest.mark.parametrize("lower", [True, False])
def test_records_become_members_of_a_body(lower):
    """Difference −1.5 in SDs of 3 and Hedges' correction 1 − 3/(4·78 − 1): 0.4952."""
    records = [trial("a", "industry", lower=lower), trial("b", UNKNOWN, lower=lower)]
    studies = [body_study(one, one.outcomes[0], rob="Some concerns") for one in records]
    sign = 1 if lower else -1
    assert [one.yi for one in studies] == pytest.approx([sign * 0.4952] * 2, abs=5e-5)
    assert [one.n for one in studies] == [80, 80]
    assert [one.sponsor_funded for one in studies] == [True, None]
    assert body(*studies).pooled_studies == tuple(studies)
    robes = sets(adjust_bias(body(*studies)))["robes2018"]
    # sequence, concealment and the blinding of an instrument are not described
    assert robes.bias == pytest.approx(0.034 + 0.028 + 0.028)
    stopped = body_study(records[0], records[0].outcomes[0], stop="numbers cannot all be right")
    assert body(stopped).left_out == (("a", "numbers cannot all be right"),)


def test_shown_short_and_escaped():
    found = adjust_bias(body(study(flaws=("blinding_self_report",)), outcome="<b>tone</b>"))
    shown = found._repr_html_()
    assert "&lt;b&gt;tone" in shown
    assert "<b>" not in shown
    assert "withintrial, upper" in shown
    assert "0.33 to 0.50 over the sets" in repr(found)


@pytest.mark.parametrize(
    ("rho", "mismatch", "error", "words"),
    [
        (1.0, "surrogate", OptionError, "rho"),
        (0.5, "surogate", OptionError, "surrogate"),
    ],
)
def test_correlations_and_mismatches_are_checked(rho, mismatch, error, words):
    with pytest.raises(error, match=words):
        body(study(), rho=rho, mismatches=(Mismatch(mismatch, "because"),))
    assert BodyStudy(study="a").why_not_pooled() == "no effect can be computed"
