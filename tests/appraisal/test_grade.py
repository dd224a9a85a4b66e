"""GRADE: the published cut-offs, every coded default at its edge, and what never may happen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.appraisal.body import Body, BodyStudy, Mismatch
from evidence.appraisal.grade import grade
from evidence.appraisal.grade_rules import SETTINGS, STARTS, information_size
from evidence.appraisal.summary_of_findings import COLUMNS, summary_of_findings
from evidence.errors import OptionError, SynthesisError

ORDER = ("Very low", "Low", "Moderate", "High")


def study(name="a", yi=0.5, vi=0.002, **fields) -> BodyStudy:
    fields = {"n": 300, "rob": "Low", "sponsor_funded": False, "flaws": (), **fields}
    return BodyStudy(study=name, yi=yi, vi=vi, **fields)


def sound(**fields) -> Body:
    fields = {
        "outcome": "tone",
        "design": "randomised",
        "studies": tuple(study(name) for name in "abcd"),
        "mid": 0.2,
        "registry_searched": True,
        **fields,
    }
    return Body(**fields)


def changed(body: Body, which="abcd", **fields) -> Body:
    studies = tuple(replace(s, **fields) if s.study in which else s for s in body.studies)
    return replace(body, studies=studies)


def domain(certainty, name):
    return next(row for row in certainty.domains if row.domain == name)


def rank(body, **options):
    return ORDER.index(grade(body, **options).level)


# --- starts


@pytest.mark.parametrize(
    ("design", "start", "level"),
    [
        ("randomised", "classic", "High"),
        ("randomised", "robins_i", "High"),
        ("nonrandomised", "classic", "Low"),
        ("nonrandomised", "robins_i", "High"),
        ("single_arm", "classic", "Very low"),
    ],
)
def test_bodies_start_where_the_column_says(design, start, level):
    found = grade(sound(design=design), start=start)
    assert found.start_level == found.level == level


@pytest.mark.parametrize("design", ["survey", "in_vitro", "ex_vivo", "testimonial"])
def test_other_evidence_is_not_rated(design):
    found = grade(sound(design=design))
    assert found.level is None
    assert found.reasons[0].startswith("not rated")
    assert design not in STARTS["classic"]


def test_the_lack_of_randomisation_is_never_counted_twice():
    serious = changed(sound(design="nonrandomised"), rob="Serious")
    with pytest.raises(SynthesisError, match="twice"):
        grade(serious)
    assert grade(serious, start="robins_i").level == "Low"
    with pytest.raises(SynthesisError, match="ROBINS-I"):
        grade(changed(sound(design="nonrandomised"), rob="High"), start="robins_i")
    with pytest.raises(SynthesisError, match="RoB 2"):
        grade(changed(sound(), rob="Critical"))


@pytest.mark.parametrize(
    ("judgement", "down"),
    [
        ("Low", 0),
        ("Low except for uncontrolled confounding", 1),
        ("Moderate", 1),
        ("Serious", 2),
        ("Critical", 3),
        (None, 3),
    ],
)
def test_robins_judgement_of_most_of_the_weight(judgement, down):
    found = grade(changed(sound(design="nonrandomised"), rob=judgement), start="robins_i")
    assert domain(found, "risk_of_bias").down == down
    half = grade(changed(sound(design="nonrandomised"), "ab", rob=judgement), start="robins_i")
    assert domain(half, "risk_of_bias").down == 0  # half is not more than half


# --- risk of bias


@pytest.mark.parametrize(("high", "down"), [("", 0), ("a", 0), ("ab", 0), ("abc", 1), ("abcd", 1)])
def test_weight_at_high_risk(high, down):
    """Four equal weights; the low-risk half alone stays on the same side."""
    found = domain(grade(changed(sound(), high, rob="High")), "risk_of_bias")
    assert found.down == down
    assert found.reason


def test_between_a_quarter_and_a_half_the_low_risk_studies_decide():
    body = changed(sound(), "ab", rob="High", yi=0.6)
    crossing = changed(body, "cd", yi=0.15)
    assert domain(grade(body), "risk_of_bias").down == 0
    found = domain(grade(crossing), "risk_of_bias")
    assert found.down == 1
    assert "move across" in found.reason


def test_every_study_high_in_two_domains_is_two_levels():
    assert domain(grade(changed(sound(), rob="High", high_domains=2)), "risk_of_bias").down == 2
    three = changed(changed(sound(), rob="High", high_domains=2), "d", high_domains=1)
    assert domain(grade(three), "risk_of_bias").down == 1


def test_what_nobody_judged_counts_against():
    found = domain(grade(changed(sound(), "abc", rob=None)), "risk_of_bias")
    assert found.down == 1
    assert "75 % not judged" in found.reason


# --- inconsistency


def test_results_on_both_sides_with_intervals_that_barely_overlap():
    apart = changed(changed(sound(), "ab", yi=0.15), "cd", yi=0.3)
    assert domain(grade(changed(apart, vi=0.0004)), "inconsistency").down == 1
    overlapping = changed(apart, vi=0.1)
    assert domain(grade(overlapping), "inconsistency").down == 0
    one_side = changed(sound(), "ab", yi=1.5)  # I² is near 100 % and all of it benefit
    assert grade(one_side).pooled.i2 > 90
    assert domain(grade(one_side), "inconsistency").down == 0


def test_a_further_study_that_may_help_or_harm_costs_two():
    body = changed(sound(), "ab", yi=-0.6)
    found = grade(body)
    assert found.pooled.pi_low < -0.2 < 0.2 < found.pooled.pi_high
    assert domain(found, "inconsistency").down == 2
    assert domain(grade(replace(body, mid=None)), "inconsistency").down == 1


def test_a_lone_light_study_is_no_inconsistency():
    studies = (*(study(name) for name in "abcd"), study("e", yi=-1.0, vi=0.05))
    body = sound(studies=studies)
    found = domain(grade(body, tau2="EE"), "inconsistency")
    assert found.down == 0
    assert "1 % of the weight" in found.reason


def test_one_study_is_not_assessable():
    found = domain(grade(sound(studies=(study(n=2000),))), "inconsistency")
    assert (found.down, found.reason) == (0, "one result: not assessable")


# --- indirectness


def test_one_level_per_serious_mismatch_two_at_most():
    kinds = ("surrogate", "duration", "population")
    for k in range(4):
        listed = tuple(Mismatch(kind, "said so") for kind in kinds[:k])
        assert domain(grade(sound(mismatches=listed)), "indirectness").down == min(2, k)
    slight = (Mismatch("population", "a few men", serious=False),)
    assert domain(grade(sound(mismatches=slight)), "indirectness").down == 0


def test_baseline_as_comparator_counts_only_where_the_start_has_not():
    baseline = (Mismatch("baseline_comparator", "change from baseline"),)
    assert domain(grade(sound(mismatches=baseline)), "indirectness").down == 1
    single = grade(sound(mismatches=baseline, design="single_arm"))
    assert domain(single, "indirectness").down == 0


# --- imprecision


@pytest.mark.parametrize(
    ("estimate", "se", "down"),
    [
        (0.5, 0.05, 0),  # clear
        (0.3, 0.08, 1),  # 0.14 to 0.46 has the MID inside
        (0.25, 0.15, 2),  # −0.04 to 0.54: MID and null
        (0.1, 0.2, 3),  # −0.29 to 0.49: both MIDs and null
        (0.0, 0.05, 0),  # around nothing, and clearly too small to matter
        (0.0, 0.2, 3),
    ],
)
def test_thresholds_inside_the_interval(estimate, se, down):
    body = sound(studies=(study(yi=estimate, vi=se**2, n=2000),))
    found = domain(grade(body), "imprecision")
    assert found.down == down
    assert " to " in found.reason


def test_of_an_effect_of_any_size_the_null_decides():
    body = sound(studies=(study(yi=0.3, vi=0.08**2, n=2000),))
    assert domain(grade(body, target="null"), "imprecision").down == 0
    null = sound(studies=(study(yi=0.05, vi=0.05**2, n=2000),))
    assert domain(grade(null, target="null"), "imprecision").down == 1
    assert domain(grade(replace(null, mid=None)), "imprecision").down == 1


@pytest.mark.parametrize(("n", "down"), [(786, 0), (785, 1), (262, 1), (261, 2)])
def test_clear_intervals_are_held_to_the_information_size(n, down):
    body = sound(studies=(study(n=n),))  # MID 0.2: 786 people, a third is 262
    assert domain(grade(body), "imprecision").down == down


@pytest.mark.parametrize(("n", "down"), [(400, 0), (399, 1)])
def test_without_a_mid_the_rule_of_thumb_is_400_people(n, down):
    body = sound(studies=(study(n=n),), mid=None)
    assert domain(grade(body), "imprecision").down == down


def test_information_sizes_as_printed():
    assert [information_size(d) for d in (0.2, 0.3, 0.5)] == [786, 350, 126]
    assert [information_size(0.5, rho=rho) for rho in (0.5, 0.8)] == [32, 13]
    paired = sound(studies=(study(yi=0.9, n=32),), mid=0.5, rho=0.5)
    assert domain(grade(paired), "imprecision").down == 0


def test_the_mid_of_an_odds_ratio_is_turned_into_sds():
    body = sound(studies=(study(yi=3.0, n=126),), measure="OR", mid=0.905)
    assert "of 126 needed (for 0.5 SD)" in domain(grade(body), "imprecision").reason


def test_no_number_of_people_is_very_low_with_the_reason():
    found = grade(changed(sound(), n=None))
    assert found.level == "Very low"
    assert "the number of people is not stated" in domain(found, "imprecision").reason
    assert found.pooled is None


# --- publication bias


@pytest.mark.parametrize(
    ("sponsor", "searched", "n", "down"),
    [
        (True, None, 100, 1),
        (None, None, 100, 1),  # funding not stated
        (False, None, 100, 0),
        (True, True, 100, 0),
        (True, None, 900, 0),  # each larger than the information size
    ],
)
def test_small_sponsored_studies_without_a_registry_search(sponsor, searched, n, down):
    body = changed(sound(registry_searched=searched), sponsor_funded=sponsor, n=n)
    assert domain(grade(body), "publication_bias").down == down


def test_two_thirds_of_the_weight_is_enough():
    body = sound(studies=tuple(study(name) for name in "abc"), registry_searched=False)
    two = changed(body, "ab", sponsor_funded=True)
    assert domain(grade(two), "publication_bias").down == 1
    assert domain(grade(changed(two, "b", sponsor_funded=False)), "publication_bias").down == 0


@pytest.mark.parametrize(("estimate", "down"), [(0.3, 0), (0.1, 1), (-0.4, 1)])
def test_a_selection_model_that_moves_across_the_threshold(estimate, down):
    found = domain(grade(sound(selection_estimate=estimate)), "publication_bias")
    assert found.down == down


# --- Pollock


@pytest.mark.parametrize(("n", "down"), [(200, 0), (199, 1), (150, 1), (100, 1), (99, 2)])
def test_pollock_imprecision(n, down):
    body = sound(studies=(study(n=n),))
    assert domain(grade(body, rules="pollock"), "imprecision").down == down


def test_pollock_risk_of_bias_and_inconsistency():
    body = changed(sound(), "d", rob="Some concerns")
    assert domain(grade(body, rules="pollock"), "risk_of_bias").down == 0  # 75 % of participants
    two = changed(body, "c", rob="Some concerns")
    assert domain(grade(two, rules="pollock"), "risk_of_bias").down == 1
    apart = changed(sound(), "ab", yi=1.5)
    assert domain(grade(apart, rules="pollock"), "inconsistency").down == 1
    assert domain(grade(sound(), rules="pollock"), "inconsistency").down == 0


# --- rating up


@pytest.mark.parametrize(
    ("log_ratio", "level"), [(0.5, "Low"), (0.75, "Moderate"), (-0.75, "Moderate"), (1.7, "High")]
)
def test_large_risk_ratios_rate_up(log_ratio, level):
    """ln 2 is 0.69, ln 5 is 1.61."""
    studies = tuple(study(name, yi=log_ratio) for name in "abcd")
    body = sound(design="nonrandomised", measure="RR", studies=studies, mid=None)
    assert grade(body).level == level


def test_rating_up_needs_a_reason_and_none_to_rate_down():
    body = sound(design="nonrandomised", dose_response="more for twice the dose")
    assert grade(body).level == "Moderate"
    assert grade(replace(body, opposing_confounding="users were older")).level == "High"
    assert grade(changed(body, rob="High")).level == "Very low"
    assert not grade(changed(body, rob="High")).ups
    assert grade(sound(dose_response="more for twice the dose")).ups == ()
    large = changed(sound(design="nonrandomised"), yi=2.0)
    assert grade(large).level == "Low"  # no rule for continuous outcomes


# --- the whole


CONCERNS = {
    "mismatch": lambda body: replace(
        body, mismatches=(*body.mismatches, Mismatch("other", "another concern"))
    ),
    "all high": lambda body: changed(body, "abcd", rob="High"),
    "all high in two domains": lambda body: changed(body, rob="High", high_domains=2),
    "funding not stated": lambda body: changed(body, sponsor_funded=None),
    "no registry search": lambda body: replace(body, registry_searched=None),
    "people not stated": lambda body: changed(body, n=None),
    "fewer people": lambda body: replace(
        body, studies=tuple(replace(s, n=s.n and min(s.n, 20)) for s in body.studies)
    ),
    "selection model across": lambda body: replace(body, selection_estimate=opposite(body)),
}


def opposite(body) -> float:
    pooled = grade(body, tau2="DL").pooled
    return 9.0 if pooled is None or pooled.estimate <= 0 else -9.0


@st.composite
def bodies(draw) -> Body:
    studies = tuple(
        study(
            name,
            yi=draw(st.floats(-1, 1.5)),
            vi=draw(st.sampled_from([0.001, 0.01, 0.1])),
            n=draw(st.sampled_from([20, 200, 2000, None])),
            rob=draw(st.sampled_from(["Low", "Some concerns", "High", None])),
            sponsor_funded=draw(st.sampled_from([True, False, None])),
            high_domains=draw(st.integers(0, 3)),
        )
        for name in "abcd"[: draw(st.integers(1, 4))]
    )
    return sound(
        studies=studies,
        design=draw(st.sampled_from(["randomised", "nonrandomised", "single_arm"])),
        mid=draw(st.sampled_from([None, 0.2])),
        registry_searched=draw(st.sampled_from([True, False, None])),
        selection_estimate=draw(st.sampled_from([None, 0.1, 0.5])),
        dose_response=draw(st.sampled_from(["", "a gradient"])),
    )


@pytest.mark.parametrize("rules", ["core", "pollock"])
@pytest.mark.parametrize("concern", CONCERNS)
@settings(max_examples=30)
@given(body=bodies())
def test_a_concern_more_never_raises_certainty(concern, rules, body):
    if "high" in concern:  # to be judged high in one domain clears nobody of two
        body = changed(body, high_domains=0)
    options = {"rules": rules, "tau2": "DL"}
    assert rank(CONCERNS[concern](body), **options) <= rank(body, **options)


@given(bodies(), st.randoms(use_true_random=False))
def test_order_of_studies_does_not_matter(body, random):
    studies = list(body.studies)
    random.shuffle(studies)
    one, two = (grade(each, tau2="DL") for each in (body, replace(body, studies=tuple(studies))))
    assert one.level == two.level
    assert [row.down for row in one.domains] == [row.down for row in two.domains]


@given(bodies())
def test_every_level_has_its_reasons(body):
    found = grade(body, tau2="DL")
    assert len(found.domains) == 5
    assert all(row.reason and row.rule and row.source for row in found.domains)
    assert found.level == "High" or found.reasons
    start = ORDER.index(found.start_level)
    total = start - found.downs + sum(row.down for row in found.ups)
    assert ORDER.index(found.level) == max(0, min(3, total))
    assert len(found.to_frame()) == 5 + len(found.ups)


def test_settings_override_project_choices():
    loose = SETTINGS._replace(high_share_free=1.0)
    body = changed(sound(), rob="High")
    assert domain(grade(body, settings=loose), "risk_of_bias").down == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rules": "cinema"}, "rules"),
        ({"start": "robins"}, "start"),
        ({"target": "claim"}, "target"),
    ],
)
def test_unknown_options_are_refused(options, words):
    with pytest.raises(OptionError, match=words):
        grade(sound(), **options)


def test_a_target_without_a_mid_and_a_mismatch_without_a_reason_are_refused():
    with pytest.raises(OptionError, match="mid"):
        grade(sound(mid=None), target="mid")
    with pytest.raises(SynthesisError, match="reason"):
        sound(mismatches=(Mismatch("surrogate", " "),))


# --- summary of findings


@pytest.mark.parametrize(
    ("rob", "n", "words"),
    [
        ("Low", 300, "improves tone"),
        ("High", 300, "probably improves tone"),
        ("High", 100, "may improve tone"),
        ("High", 20, "the evidence about tone is very uncertain"),
    ],
)
def test_phrases_follow_certainty(rob, n, words):
    (row,) = summary_of_findings([changed(sound(), rob=rob, n=n)]).to_dict("records")
    assert row["phrase"] == words
    assert bool(row["reasons"]) == (row["certainty"] != "High")


def test_phrases_follow_direction():
    harm = changed(sound(), yi=-0.5)
    little = changed(sound(), yi=0.01)
    phrases = summary_of_findings([harm, little])["phrase"].tolist()
    assert phrases == ["worsens tone", "makes little or no difference to tone"]


def test_summary_holds_effect_adjusted_range_and_probability():
    body = changed(sound(), flaws=("blinding_self_report",), vi=0.02)
    (row,) = summary_of_findings([body]).to_dict("records")
    assert tuple(row) == COLUMNS
    assert (row["k"], row["n"]) == (4, 1200)
    assert row["adjusted_low"] == pytest.approx(0.5 - 0.17)
    assert row["adjusted_high"] == pytest.approx(0.5)
    assert 0.5 < row["probability_low"] < row["probability_high"] < 1
    assert row["threshold"] == 0.2


def test_summary_says_what_could_not_be_adjusted_and_never_averages():
    bodies_ = [
        sound(),
        sound(outcome="lines", design="single_arm"),
        sound(outcome="depth", measure="MD"),
        sound(outcome="cells", design="in_vitro"),
    ]
    frame = summary_of_findings(bodies_).set_index("outcome")
    assert frame["certainty"].tolist() == ["High", "Very low", "High", "not rated"]
    assert "no concurrent control" in frame.loc["lines", "not_adjusted"]
    assert "measure='MD'" in frame.loc["depth", "not_adjusted"]
    assert frame.loc[["lines", "depth", "cells"], "probability_low"].isna().all()


def test_shown_short_and_escaped():
    body = sound(outcome="<b>", mismatches=(Mismatch("surrogate", "<i>hydration</i>"),))
    found = grade(body)
    shown = found._repr_html_()
    assert "&lt;i&gt;hydration" in shown
    assert "<i>" not in shown
    assert repr(found) == "<Certainty of <b>: Moderate>"
    assert found.words == "probably"
    assert "not rated" in grade(sound(design="survey"))._repr_html_()
