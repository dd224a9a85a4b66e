"""The score of a body: what it shares with the score of one study, and where more study helps."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.appraisal.body import Body, BodyStudy
from evidence.appraisal.body_reliability import score_body
from evidence.appraisal.facts import Facts
from evidence.appraisal.reliability import RANGE_SETS, score_facts
from evidence.errors import OptionError, SynthesisError
from evidence.records.base import UNKNOWN
from evidence.records.families import FAMILIES

SOUND = Facts(
    structure="two_arms",
    control="full",
    randomised="yes",
    sequence_sound="yes",
    concealment_sound="yes",
    participant_blind="yes",
    assessor_blind="yes",
    kind="instrument",
    family=FAMILIES["wrinkle_depth"],
    n=(25, 25),
    attrition=0.0,
    registered="primary",
)
UNCLEAR = Facts(
    structure="two_arms",
    control="full",
    randomised="yes",
    kind="live_expert_grade",
    family=FAMILIES["wrinkle_grade"],
    n=(25, 25),
)
BEFORE_AFTER = Facts(
    structure="before_after",
    control="none",
    single_arm=True,
    n=(50,),
    kind="instrument",
    family=FAMILIES["wrinkle_depth"],
)
NOT_RANDOMISED = replace(UNCLEAR, randomised="no")
DESIGNS = {
    "randomised": [SOUND, UNCLEAR, replace(UNCLEAR, kind=UNKNOWN), replace(SOUND, attrition=0.4)],
    "single_arm": [BEFORE_AFTER, replace(BEFORE_AFTER, n=(200,), attrition=0.0)],
    "nonrandomised": [NOT_RANDOMISED, replace(NOT_RANDOMISED, control="untreated", n=(90, 80))],
}


def body(*facts: Facts, design="randomised", yi=None) -> Body:
    studies = tuple(
        BodyStudy(study=f"study {i}", flaws=one, yi=None if yi is None else yi[i])
        for i, one in enumerate(facts)
    )
    return Body(outcome="wrinkles", design=design, studies=studies)


@pytest.mark.parametrize("bias_set", RANGE_SETS)
@pytest.mark.parametrize(
    ("design", "facts"), [(design, facts) for design, listed in DESIGNS.items() for facts in listed]
)
def test_a_body_of_one_is_that_study(design, facts, bias_set):
    whole = score_body(body(facts, design=design), bias_set=bias_set)
    one = score_facts(facts, bias_set=bias_set)
    assert whole.value == pytest.approx(one.value)
    assert (whole.b, whole.s2) == pytest.approx((one.b, one.s2))
    assert (whole.low, whole.high) == pytest.approx((one.low, one.high))
    assert not whole.without


def test_two_sound_trials_score_as_one_of_twice_the_size():
    """R of 100 + 100 sound people is 75.8; four trials of 25 + 25 are as good."""
    assert score_body(body(*[SOUND] * 4)).value == pytest.approx(75.8, abs=0.05)


def test_fifty_before_after_studies_score_no_better_than_one_endless_one():
    endless = score_facts(replace(BEFORE_AFTER, n=(math.inf,))).value
    fifty = score_body(body(*[BEFORE_AFTER] * 50, design="single_arm"))
    assert fifty.value <= endless
    assert fifty.ceiling < 17  # "nor 17 when the outcome was free to choose"
    assert fifty.ceiling == pytest.approx(fifty.value, abs=0.1)


def test_variance_without_a_control_is_shared_whole_and_without_randomisation_by_half():
    parts = {
        part.name: part
        for part in score_body(body(*[BEFORE_AFTER] * 4, design="single_arm")).components
    }
    assert parts["no_control"].variance == pytest.approx(0.30**2)
    assert parts["no_control"].mean == pytest.approx(0.20)
    assert parts["sampling"].variance == pytest.approx(2 * 0.4 / 50 / 4)
    parts = {
        part.name: part
        for part in score_body(body(*[NOT_RANDOMISED] * 4, design="nonrandomised")).components
    }
    assert parts["not_randomised"].variance == pytest.approx(0.2**2 * (0.5 + 0.5 / 4))
    assert parts["not_randomised"].mean == pytest.approx(0.10)


@given(
    st.sampled_from(sorted(DESIGNS)),
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
    st.sampled_from(["cosmetic", "skin_trials"]),
)
def test_losses_add_up_and_bounds_hold(design, chosen, a_scale):
    listed = [DESIGNS[design][i % len(DESIGNS[design])] for i in chosen]
    found = score_body(body(*listed, design=design), a_scale=a_scale)
    assert 0 < found.low <= found.value <= found.high < 100
    assert sum(part.points_lost for part in found.components) == pytest.approx(100 - found.value)
    assert sum(part.mean for part in found.components) == pytest.approx(found.b)
    assert sum(part.variance for part in found.components) == pytest.approx(found.s2)
    assert all(part.points_lost >= 0 for part in found.components)
    assert found.ceiling >= found.value


def test_a_worse_study_may_lower_the_score_and_is_named():
    worse = replace(UNCLEAR, n=(400, 400))
    found = score_body(body(SOUND, SOUND, worse))
    assert [row.study for row in found.lowered_by] == ["study 2"]
    without = found.lowered_by[0].value
    assert without == pytest.approx(score_body(body(SOUND, SOUND)).value)
    assert without > found.value


@given(st.permutations(range(4)))
def test_order_of_studies_does_not_matter(order):
    facts, yi = [SOUND, UNCLEAR, *DESIGNS["randomised"][2:]], [0.1, 0.9, -0.2, 0.4]
    plain = score_body(body(*facts, yi=yi))
    moved = score_body(body(*[facts[i] for i in order], yi=[yi[i] for i in order]))
    assert moved.value == pytest.approx(plain.value, rel=1e-6)


def test_effects_enter_through_their_spread_alone():
    facts = [SOUND] * 4
    same = score_body(body(*facts, yi=[0.3] * 4))
    moved = score_body(body(*facts, yi=[1.3] * 4))
    spread = score_body(body(*facts, yi=[-1.0, 1.6, 0.0, 0.9]))
    assert same.tau2 == 0
    assert moved.value == pytest.approx(same.value)
    assert spread.tau2 > 0
    assert spread.value < same.value
    assert "between_studies" in {part.name for part in spread.components}
    assert score_body(body(*facts)).value == pytest.approx(same.value)
    assert "not counted" in score_body(body(*facts)).assumed[0]


@pytest.mark.parametrize("flaw", [{"sequence_sound": "no"}, {"assessor_blind": "no"}])
def test_a_flaw_in_every_study_lowers_it_in_no_set_raises(flaw):
    facts = [SOUND, replace(SOUND, n=(60, 60)), replace(SOUND, n=(10, 12))]
    for bias_set in RANGE_SETS:
        before = score_body(body(*facts), bias_set=bias_set).value
        after = score_body(body(*(replace(one, **flaw) for one in facts)), bias_set=bias_set).value
        assert after <= before + 1e-9


def test_endless_studies_are_scored_too():
    endless = replace(SOUND, n=(math.inf, math.inf))
    assert score_body(body(endless, endless)).value == pytest.approx(100)


@pytest.mark.parametrize("others", ["single_arm", "nonrandomised"])
def test_designs_are_never_one_body(others):
    with pytest.raises(SynthesisError, match="never one body"):
        body(SOUND, DESIGNS[others][0])


def test_what_is_not_scored_says_why():
    unusable = BodyStudy(study="x", flaws=SOUND, unusable="integrity check at stop")
    found = score_body(Body(outcome="tone", design="randomised", studies=(unusable,)))
    assert found.value is None
    assert "integrity check at stop" in str(found)
    flags = BodyStudy(study="x", flaws=("sequence",))
    assert "record" in score_body(Body(outcome="t", design="randomised", studies=(flags,))).reason
    vitro = Body(outcome="t", design="in_vitro", studies=(flags,))
    assert score_body(vitro).value is None
    with pytest.raises(OptionError, match="a_scale"):
        score_body(body(SOUND), a_scale="cosmetics")
    with pytest.raises(OptionError, match="bias_set"):
        score_body(body(SOUND), bias_set="robes")


def test_shown_short_and_escaped():
    named = [
        BodyStudy(study=name, flaws=facts)
        for name, facts in (("a", SOUND), ("b", SOUND), ("<i>", replace(UNCLEAR, n=(400, 400))))
    ]
    found = score_body(Body(outcome="<b>", design="randomised", studies=tuple(named)))
    shown = found._repr_html_()
    assert "without &lt;i&gt;" in shown
    assert "<i>" not in shown
    assert "of 100 (range" in repr(found)
    assert found.to_frame()["points_lost"].is_monotonic_decreasing


def test_registered_studies_average_out_their_own_bias_alone():
    """One endless study keeps the spread between trials, 0.05² + 0.039²; many average it out."""
    registered = replace(BEFORE_AFTER, registered="primary")
    many = score_body(body(*[registered] * 400, design="single_arm"))
    endless = replace(registered, n=(math.inf,))
    assert score_facts(endless).s2 - many.s2 == pytest.approx(0.05**2 + 0.039**2, abs=1e-4)
    assert many.b == pytest.approx(score_facts(endless).b)
