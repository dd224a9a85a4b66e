"""What must hold of the score, whatever the study."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.appraisal.components import COMPONENTS, Scenario, components_of
from evidence.appraisal.facts import Facts
from evidence.appraisal.reliability import RANGE_SETS, score_facts
from evidence.records.base import UNKNOWN
from evidence.records.families import FAMILIES

SAID = st.sampled_from(["yes", "no", "unknown"])
KINDS = st.sampled_from(
    ["instrument", "photo_blinded_grade", "live_expert_grade", "self_report", UNKNOWN]
)
PEOPLE = st.integers(16, 2000)


@st.composite
def facts(draw) -> Facts:
    structure = draw(st.sampled_from(["two_arms", "two_sides", "before_after"]))
    control = (
        draw(st.sampled_from(["none", "unknown"]))
        if structure == "before_after"
        else draw(st.sampled_from(["full", "untreated"]))
    )
    n = draw(PEOPLE)
    return Facts(
        structure=structure,
        control=control,
        randomised=draw(SAID),
        sequence_sound=draw(SAID),
        concealment_sound=draw(SAID),
        same_side=structure == "two_sides",
        carry_over=draw(SAID) if structure == "two_sides" else "no",
        participant_blind=draw(SAID),
        assessor_blind=draw(SAID),
        single_arm=structure == "before_after",
        kind=draw(KINDS),
        family=FAMILIES[draw(st.sampled_from(sorted(FAMILIES)))],
        within_24h=draw(st.booleans()),
        n=draw(st.sampled_from([None, (n, n) if structure == "two_arms" else (n,)])),
        n_enrolled_only=draw(st.booleans()),
        analysis=draw(st.sampled_from(["final", "change", "adjusted"])),
        counted=draw(st.sampled_from(["mean", "responders"])),
        share=draw(st.none() | st.floats(0, 1)),
        r=draw(st.none() | st.floats(0, 0.95)),
        attrition=draw(st.none() | st.floats(0, 0.9)),
        registered=draw(st.sampled_from(["primary", "secondary", "no", "unknown"])),
        named_primary=draw(SAID),
        measured=draw(st.none() | st.integers(1, 60)),
        unit=draw(st.sampled_from(["people", "sides", "readings"])),
    )


@given(facts(), st.sampled_from(["cosmetic", "skin_trials"]), st.sampled_from(RANGE_SETS))
def test_score_and_losses_are_in_bounds_and_add_up(one, a_scale, bias_set):
    result = score_facts(one, a_scale=a_scale, bias_set=bias_set)
    assert 0 < result.value < 100
    assert result.low <= result.value <= result.high
    assert all(part.points_lost >= 0 for part in result.components)
    assert sum(part.points_lost for part in result.components) == pytest.approx(100 - result.value)


@given(facts(), st.integers(1, 50))
def test_more_people_never_lower_it(one, times):
    if one.n is None:
        return
    more = replace(one, n=tuple(n * times for n in one.n))
    assert score_facts(more).value >= score_facts(one).value - 1e-9


FLAWS = {
    "sequence": {"sequence_sound": "no"},
    "concealment": {"concealment_sound": "no"},
    "participants knew": {"participant_blind": "no"},
    "assessor knew": {"assessor_blind": "no"},
    "not randomised": {"randomised": "no"},
    "carry-over": {"carry_over": "yes"},
    "not registered": {"registered": "no"},
    "sides counted as people": {"unit": "sides"},
}
FAVOURS = {
    "sequence": {"sequence_sound": "yes"},
    "concealment": {"concealment_sound": "yes"},
    "both blind": {"participant_blind": "yes", "assessor_blind": "yes"},
    "no losses": {"attrition": 0.0},
    "registered primary": {"registered": "primary"},
    "named as primary": {"named_primary": "yes"},
    "instrument": {"kind": "instrument"},
}


@pytest.mark.parametrize("flaw", FLAWS)
@given(one=facts(), bias_set=st.sampled_from(RANGE_SETS))
def test_adding_a_known_flaw_never_raises_it(flaw, one, bias_set):
    if flaw == "carry-over" and one.structure != "two_sides":
        return  # there is no second period to carry into
    if flaw == "sides counted as people" and one.unit != "people":
        return  # another flaw of that kind is there already
    worse = replace(one, **FLAWS[flaw])
    before, after = (score_facts(f, bias_set=bias_set).value for f in (one, worse))
    assert after <= before + 1e-9


@pytest.mark.parametrize("favour", FAVOURS)
@given(one=facts(), bias_set=st.sampled_from(RANGE_SETS))
def test_learning_a_favourable_fact_never_lowers_it(favour, one, bias_set):
    if favour == "instrument" and one.kind is not UNKNOWN:
        return  # it is another study, not a fact learned about this one
    better = replace(one, **FAVOURS[favour])
    before, after = (score_facts(f, bias_set=bias_set).value for f in (one, better))
    assert after >= before - 1e-9


@given(facts(), st.floats(0.05, 0.9))
def test_losing_people_never_raises_it(one, lost):
    none, some = replace(one, attrition=0.0), replace(one, attrition=lost)
    assert score_facts(some).value <= score_facts(none).value + 1e-9


@given(st.lists(facts(), min_size=2, max_size=5))
def test_order_does_not_depend_on_the_scale_of_true_effects(several):
    def order(a_scale):
        values = [score_facts(one, a_scale=a_scale).value for one in several]
        return sorted(range(len(values)), key=lambda i: (round(values[i], 9), i))

    assert order("cosmetic") == order("skin_trials")


@given(facts())
def test_every_component_is_explained_and_ordered(one):
    names = [part.name for part in components_of(one, Scenario())]
    assert names == [name for name in COMPONENTS if name in names]
    assert all(part.why for part in components_of(one, Scenario()))


@given(facts())
def test_what_would_raise_it_does(one):
    result = score_facts(one)
    gains = [row.gain for row in result.would_raise]
    assert gains == sorted(gains, reverse=True)
    assert all(row.gain > 0 and row.value > result.value for row in result.would_raise)


@pytest.mark.parametrize("randomised", ["yes", "unknown"])
@settings(max_examples=200)
@given(
    family=st.sampled_from(sorted(FAMILIES)),
    kind=KINDS,
    bias_set=st.sampled_from(RANGE_SETS),
    n=st.integers(30, 400),
    late=st.booleans(),
)
def test_a_parallel_trial_with_everything_unclear_beats_the_same_people_before_and_after(
    randomised, family, kind, bias_set, n, late
):
    people = n if randomised == "yes" else max(n, 50)
    shared = {"kind": kind, "family": FAMILIES[family], "within_24h": not late}
    trial = Facts(
        structure="two_arms",
        control="full",
        randomised=randomised,
        n=(people / 2, people / 2),
        **shared,
    )
    single = Facts(structure="before_after", control="none", single_arm=True, n=(people,), **shared)
    one, two = (score_facts(f, bias_set=bias_set).value for f in (single, trial))
    assert two > one
