"""Checklists of markets: the examples of each market's own rules, and what must always hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.appraisal.assess import assess
from evidence.errors import OptionError
from evidence.ingest.from_flags import Flags, parse_p, study_from_flags
from evidence.ingest.read import read, read_claims
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.outcome import Blinding
from evidence.records.reported import Reported
from evidence.records.study import Ingredient
from evidence.verdict.claim_study import study_of_claim
from evidence.verdict.claim_types import claim_from_outcome, claim_types
from evidence.verdict.judge import Bearing, direction_of
from evidence.verdict.markets import (
    MARKETS,
    RULES,
    checklist,
    checklist_frame,
    counts,
    in_one_line,
)
from evidence.verdict.match import Match, match

DATA = Path(__file__).parents[2] / "datasets"

IDS = {
    "eu": "EU-1 EU-2a EU-2b EU-2c EU-3a EU-3b EU-3c EU-4 EU-5 EU-6",
    "us": "US-1 US-2 US-3 US-4 US-5 NAD-1 NAD-2 NAD-3 NAD-4",
    "uk": "UK-1 UK-2 UK-3 UK-4 UK-5 UK-6 UK-7",
    "jp": "JP-1 JP-2 JP-3 JP-4 JP-5 JP-6 JP-7",
    "cn": "CN-1 CN-2 CN-3",
    "ca": "CA-1",
}
TRIAL = Flags(
    outcome="wrinkle depth",
    change=["-20%"],
    ci=["-28%", "-12%"],
    n=["50", "50"],
    weeks="8",
    randomised="computer",
    concealed="central",
    comparator="vehicle",
    blinded="double",
    attrition=["0%"],
    registered="primary",
    kind="instrument",
)


def claimed(text, **fields):
    return Claim(id="claim", text=text, **fields)


def study(**flags):
    return study_from_flags(Flags(**flags))


def done(found, **options):
    return assess(found, found.outcomes[0], **options)


def status(market, claim, found=None, body=None):
    rows = checklist(market, claim, None, None if found is None else done(found), body)
    return {row.id: row.status for row in rows}


def bearing(found):
    seen = done(found)
    one = Match(study=found, outcome=found.outcomes[0], closeness="bears", reason="",
                indirectness=())  # fmt: skip
    direction, why = direction_of(seen)
    return Bearing(match=one, assessment=seen, direction=direction, direction_why=why)


@pytest.mark.parametrize("market", MARKETS)
def test_the_tables_hold_every_rule(market):
    assert [rule.id for rule in RULES[market].rules] == IDS[market].split()
    for rule in RULES[market].rules:
        assert rule.requirement
        assert rule.source


# ---------------------------------------------------------------- the markets' own examples


def test_uk_82_percent_decrease_from_52_customers_is_the_bad_example():
    survey = study(design="survey", n=["52"], kind="self_report", outcome="wrinkles")
    seen = status("uk", claimed("82% decrease in wrinkles"), survey)
    assert seen["UK-3"] == "not met"
    assert seen["UK-2"] == "not applicable"


def test_uk_80_percent_thought_skin_felt_firmer_rests_on_a_perception_test():
    survey = study(design="survey", n=["52"], kind="self_report", outcome="firmness")
    seen = status("uk", claimed("80% thought skin felt firmer"), survey)
    assert seen["UK-2"] == "met"
    assert seen["UK-3"] == "not applicable"


def test_uk_appearance_is_fine_and_an_effect_is_not():
    assert status("uk", claimed("reduces the appearance of fine lines and wrinkles"))["UK-4"] == (
        "met"
    )
    assert status("uk", claimed("has an anti-wrinkle effect on wrinkles"))["UK-4"] == "not met"
    strong = status(
        "uk", claimed("has an anti-wrinkle effect on wrinkles"), study_from_flags(TRIAL)
    )
    assert strong["UK-4"] == "met"


def test_uk_physiological_words_are_never_met_by_one_trial_or_by_many():
    claim = claimed("regenerates skin, wrinkles reduced")
    trial = study_from_flags(TRIAL)
    assert status("uk", claim, trial)["UK-5"] == "unknown"
    body = [bearing(trial.model_copy(update={"id": name})) for name in "ab"]
    assert status("uk", claim, trial, body)["UK-5"] == "unknown"
    assert status("uk", claim, study(design="single-arm", n=["20"]))["UK-5"] == "not met"


def test_uk_in_vitro_is_rejected():
    assert status("uk", claimed("reduces wrinkles"), study(design="in-vitro"))["UK-1"] == "not met"


def test_japan_passes_on_20_people_and_4_weeks_and_no_size():
    small = study(
        design="split-face", n=["20"], weeks="4", kind="instrument", comparator="untreated",
        blinded="assessor", outcome="wrinkle depth", change=["-1%"], p="0.04", randomised="yes",
    )  # fmt: skip
    seen = status("jp", claimed("makes fine wrinkles caused by dryness less noticeable"), small)
    assert seen["JP-2"] == seen["JP-3"] == seen["JP-5"] == "met"
    assert seen["JP-6"] == "not met"
    assert seen["JP-7"] == "met"
    assert "no large effect" in RULES["jp"].note


def test_japan_improves_wrinkles_is_a_quasi_drug_claim():
    assert status("jp", claimed("improves wrinkles"), study(design="single-arm"))["JP-7"] == (
        "not met"
    )
    assert status("jp", claimed("improves wrinkles"), study_from_flags(TRIAL))["JP-7"] == "unknown"


def test_japan_does_not_apply_to_other_claims():
    assert set(status("jp", claimed("48 h hydration")).values()) == {"not applicable"}


@pytest.mark.parametrize(
    ("text", "design", "expected"),
    [
        ("reduces wrinkles", "in-vitro", "met"),  # a laboratory test alone passes
        ("reduces wrinkles by 20 %", "in-vitro", "met"),
        ("reduces wrinkles", "survey", "met"),
        ("repairs skin", "in-vitro", "not met"),
        ("repairs skin", "survey", "not met"),
        ("repairs skin", "parallel", "met"),
        ("suitable for sensitive skin", "in-vitro", "not met"),
        ("suitable for sensitive skin", "survey", "met"),
        ("whitening cream", "survey", "not applicable"),
        ("whitening cream that brightens", "survey", "not met"),
        ("whitening cream that brightens", "parallel", "unknown"),  # designated institution
        ("moisturising for 24 h", "in-vitro", "met"),
        ("reduces wrinkles", "testimonial", "not met"),
        ("leaves skin soft", "survey", "not applicable"),  # settled by the senses
    ],
)
def test_china_evidence_by_class(text, design, expected):
    assert status("cn", claimed(text), study(design=design))["CN-2"] == expected


def test_china_passes_where_reliability_is_nil():
    glass = study(design="in-vitro", outcome="wrinkles")
    claim = claimed("reduces wrinkles by 20 %")
    assert status("cn", claim, glass)["CN-2"] == "met"
    assert done(glass).reliability.value is None
    assert status("us", claim, glass)["US-2"] == "not met"


@pytest.mark.parametrize("word", ["promising", "preliminary", "pilot"])
def test_us_hedges_do_not_cure_a_weak_base(word):
    weak = study(design="single-arm", n=["20"], outcome="wrinkle depth", change=["-20%"])
    claim = claimed(f"{word} results: fewer wrinkles")
    assert status("us", claim, weak)["US-4"] == "not met"
    assert status("us", claimed("fewer wrinkles"), weak)["US-4"] == "met"
    assert status("us", claim, study_from_flags(TRIAL))["US-4"] == "met"


def test_us_health_claims_need_a_randomised_trial_and_appearance_lies_outside():
    assert status("us", claimed("smooths the look of skin"))["US-1"] == "not applicable"
    claim = claimed("stimulates collagen production")
    assert status("us", claim, study(design="single-arm"))["US-1"] == "not met"
    assert status("us", claim, study_from_flags(TRIAL))["US-1"] == "met"
    assert status("us", claim)["US-5"] == "not met"


def test_nad_ten_subjects_are_too_few():
    assert status("us", claimed("fewer wrinkles"), study(n=["10"]))["NAD-3"] == "not met"
    assert status("us", claimed("fewer wrinkles"), study(n=["11"]))["NAD-3"] == "unknown"


def test_nad_asks_for_an_effect_that_matters():
    trial, claim = study_from_flags(TRIAL), claimed("fewer wrinkles")
    result = {
        mid: next(
            row.status
            for row in checklist("us", claim, None, done(trial, mid=mid))
            if row.id == "NAD-1"
        )
        for mid in (None, 5.0, 30.0)
    }
    assert result == {None: "unknown", 5.0: "met", 30.0: "not met"}


def test_nad_self_assessment_carries_only_what_is_perceived():
    survey = study(design="survey", kind="self_report", n=["52"])
    assert status("us", claimed("20 % fewer wrinkles"), survey)["NAD-4"] == "not met"
    assert status("us", claimed("80 % felt softer skin"), survey)["NAD-4"] == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("approved by the FDA", "not met"), ("complies with EU regulations", "not met"),
     ("reduces wrinkles", "met")],
)  # fmt: skip
def test_eu_legal_compliance(text, expected):
    assert status("eu", claimed(text))["EU-1"] == expected


def test_eu_ingredients_listed_and_not_listed():
    claim = claimed("retinol serum against wrinkles", ingredient="retinol 0.1%")
    base = study(outcome="wrinkle depth")
    held = base.model_copy(
        update={"ingredients": (Ingredient(name="retinol", percent=Reported(text="0.1")),)}
    )
    other = base.model_copy(update={"ingredients": (Ingredient(name="caffeine"),)})
    assert status("eu", claim, base)["EU-2a"] == "unknown"
    assert status("eu", claim, held)["EU-2a"] == status("eu", claim, held)["EU-2b"] == "met"
    assert status("eu", claim, other)["EU-2a"] == "not met"
    elsewhere = held.model_copy(update={"product": "another cream"})
    assert status("eu", claim, elsewhere)["EU-2a"] == "unknown"  # not the list of this product


def test_eu_up_to_from_a_mean_and_a_number_above_the_estimate():
    trial = study_from_flags(TRIAL)
    tail = " in 100 people (CI 12 to 28) on wrinkle depth after 8 weeks"
    for text, expected in (
        ("up to 20 % fewer wrinkles", "not met"),
        ("25 % fewer wrinkles", "not met"),
        ("20 % fewer wrinkles", "met"),
    ):
        assert status("eu", claimed(text + tail), trial)["EU-4"] == expected
    assert status("eu", claimed("20 % fewer wrinkles"), trial)["EU-4"] == "not met"  # undisclosed
    assert status("eu", claimed("20 % fewer wrinkles" + tail), trial)["EU-6"] == "met"
    assert status("eu", claimed("20 % fewer wrinkles"), trial)["EU-6"] == "not met"


def test_a_baseline_number_must_say_that_it_is_one():
    single = study(design="single-arm", n=["50"], outcome="wrinkle depth", change=["-20%"])
    plain = claimed("20 % fewer wrinkles, 50 women, CI 10 to 30")
    honest = claimed("wrinkles 20 % lower than at baseline, no control, 50 women, CI 10 to 30")
    assert status("eu", plain, single)["EU-4"] == "not met"
    assert status("eu", honest, single)["EU-4"] == "met"
    assert status("eu", honest, single)["EU-3c"] == "not met"  # still no controlled study


def test_eu_least_evidence_by_type():
    trial = study_from_flags(TRIAL)
    assert status("eu", claimed("lowers wrinkle depth"), trial)["EU-3c"] == "met"
    assert status("eu", claimed("lowers wrinkle depth by 12 %"), trial)["EU-3c"] == "met"
    assert status("eu", claimed("lowers wrinkle depth by 20 %"), trial)["EU-3c"] == "not met"
    worded = claimed("wrinkle depth 20 % lower on average (CI 12 to 28 %) than with the vehicle")
    assert status("eu", worded, trial)["EU-3c"] == "met"
    assert status("eu", claimed("better than brand X"), trial)["EU-3c"] == "not met"


def test_eu_comparison_without_a_head_to_head():
    assert (
        status("eu", claimed("better than brand X"), study_from_flags(TRIAL))["EU-5"] == "not met"
    )
    assert status("eu", claimed("free of toxic chemicals"))["EU-5"] == "not met"


@pytest.mark.parametrize(
    "text",
    ["promotes collagen production", "regenerates cells", "improves circulation",
     "anti-inflammatory", "whitens skin", "treats acne", "fades scars", "reduces cellulite",
     "heals wounds", "transdermal delivery"],
)  # fmt: skip
def test_canada_wordings_outside_cosmetics(text):
    assert status("ca", claimed(text))["CA-1"] == "not met"


def test_canada_allows_appearance():
    assert status("ca", claimed("reduces the look of wrinkles"))["CA-1"] == "met"


# ---------------------------------------------------------------- what must always hold


@pytest.fixture(scope="module")
def articles():
    claims = read_claims(DATA / "article_claims.csv").claims
    found = read(DATA / "cosmetic_trials.csv").studies
    cache = {o.id: assess(s, o) for s in found for o in s.outcomes}
    rows = []
    for claim in claims:
        body = [
            Bearing(match=m, assessment=cache[m.outcome.id], direction=d, direction_why=w)
            for m in match(claim, found)
            for d, w in [direction_of(cache[m.outcome.id])]
        ]
        own = None
        if claim.carries_study_data == "yes":
            described = study_of_claim(claim)
            own = assess(described, described.outcomes[0])
        rows.append((claim, own, body))
    return rows


@pytest.mark.parametrize("market", MARKETS)
def test_every_claim_of_the_articles_gets_every_rule_with_a_reason(market, articles):
    for claim, own, body in articles:
        for looked in (None, body):
            rows = checklist(market, claim, None, own, looked)
            assert [row.id for row in rows] == IDS[market].split()
            for row in rows:
                assert row.why
                assert row.status in ("met", "not met", "unknown", "not applicable")
                assert all(fact.path and fact.value for fact in row.facts)


def test_no_article_number_meets_the_level_of_evidence_it_needs(articles):
    for claim, own, body in articles:
        if own is not None:
            assert {r.id: r.status for r in checklist("eu", claim, None, own, body)}["EU-4"] == (
                "not met"
            )


@pytest.mark.parametrize("market", MARKETS)
def test_unknown_never_counts_as_met(market):
    """A study of which nothing is stated meets no rule that asks something of the study."""
    empty = study(outcome="an outcome")
    claim = claimed("20 % fewer wrinkles with retinol, regenerates skin, better than X, in 8 weeks")
    for row in checklist(market, claim, None, done(empty), None):
        if row.status == "met":
            assert all(fact.path.startswith("claim.") for fact in row.facts), row.id


@pytest.mark.parametrize("market", MARKETS)
def test_words_that_are_not_given_meet_no_rule_of_wording(market):
    trial = study_from_flags(TRIAL)
    claim = claim_from_outcome(trial, trial.outcomes[0])
    seen = status(market, claim, trial)
    for rule in ("EU-1", "EU-5", "EU-6", "US-5", "JP-7", "CA-1"):
        assert seen.get(rule) in (None, "unknown")


FAVOURABLE = {
    "comparator": ("design", "comparator", "vehicle"),
    "randomised": ("design", "randomised", "yes"),
    "sequence": ("design", "sequence", "computer"),
    "concealment": ("design", "concealment", "central"),
    "analysed": ("design", "population_analysed", "itt"),
    "blinding": ("design", "blinding", Blinding(participant="yes", applier="yes", assessor="yes")),
    "kind": ("outcome", "kind", "instrument"),
    "site": ("outcome", "site", "crow's feet"),
    "week": ("outcome", "week", Reported(text="12")),
    "p": ("contrast", "p", parse_p("--p", "0.01").model_copy(update={"kind": "between_arm"})),
    "registered": ("reporting", "registered", "primary"),
    "population": ("study", "population", "women, wrinkle grade 1 to 3"),
    "note": ("study", "note", "ethics committee, consent, third-party laboratory, climate room"),
    "doi": ("study", "doi", "10.1000/1"),
    "product": ("study", "product", "retinol serum"),
    "ingredients": (
        "study", "ingredients", (Ingredient(name="retinol", percent=Reported(text="0.1")),)
    ),
    "harms": ("study", "harms", "none seen"),
}  # fmt: skip
TEXTS = (
    "wrinkles 20 % lower on average (CI 12 to 28 %) than with the vehicle in 100 women, 8 weeks",
    "reduces the appearance of wrinkles",
    "80 % felt softer skin",
    "regenerates skin and improves wrinkles in 8 weeks",
    "better than brand X on wrinkles",
    "promising: fewer wrinkles",
    "gentle retinol cream",
)


def with_facts(names):
    found = study_from_flags(
        Flags(design="parallel", outcome="wrinkle depth", change=["-20%"], ci=["-28%", "-12%"],
              n=["50", "50"])
    )  # fmt: skip
    one = found.outcomes[0]
    for name in names:
        where, field, value = FAVOURABLE[name]
        if where == "study":
            found = found.model_copy(update={field: value})
        elif where == "outcome":
            one = one.model_copy(update={field: value})
        else:
            part = getattr(one, where).model_copy(update={field: value})
            one = one.model_copy(update={where: part})
    return found.model_copy(update={"outcomes": (one,)})


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    known=st.sets(st.sampled_from(sorted(FAVOURABLE))),
    more=st.sampled_from(sorted(FAVOURABLE)),
    text=st.sampled_from(TEXTS),
)
def test_a_favourable_fact_never_turns_met_into_anything_less(known, more, text):
    claim = claimed(text, ingredient="retinol serum", week=Reported(text="8"))
    before, after = with_facts(sorted(known - {more})), with_facts(sorted(known | {more}))
    types = claim_types(claim)
    for market in MARKETS:
        was = checklist(market, claim, types, done(before))
        now = checklist(market, claim, types, done(after))
        for old, new in zip(was, now, strict=True):
            if old.status == "met":
                assert new.status == "met", (old.id, more, new.why)
            assert (old.status == "not applicable") == (new.status == "not applicable")


def test_another_study_of_the_body_can_only_help_a_rule_on_one_study():
    claim, trial = claimed("fewer wrinkles"), study_from_flags(TRIAL)
    weak = study(design="in-vitro", outcome="wrinkles")
    assert status("us", claim, weak)["US-2"] == "not met"
    assert status("us", claim, weak, [bearing(trial)])["US-2"] == "met"


def test_a_study_against_it_counts_where_all_that_is_known_counts():
    claim = claimed("fewer wrinkles")
    trial = study_from_flags(TRIAL).model_copy(update={"doi": "10.1000/1"})
    against = study(
        outcome="wrinkle depth", mean=["120", "100"], sd=["20", "20"], n=["50", "50"],
        comparator="vehicle",
    )  # fmt: skip
    assert status("uk", claim, trial, [])["UK-1"] == "met"
    assert status("uk", claim, trial)["UK-1"] == "unknown"  # nobody looked
    assert status("uk", claim, trial, [bearing(against)])["UK-1"] == "not met"


def test_facts_carry_path_and_printed_value():
    trial = study_from_flags(TRIAL)
    row = next(r for r in checklist("us", claimed("stimulates collagen"), None, done(trial))
               if r.id == "US-1")  # fmt: skip
    assert ("outcome.design.comparator", "vehicle") in row.facts
    assert ("outcome.design.randomised", "yes") in row.facts
    blank = checklist("us", claimed("stimulates collagen"), None, done(study(n=["9"])))[0]
    assert ("outcome.design.comparator", "not stated") in blank.facts


def test_frame_counts_and_line_agree():
    rows = checklist("eu", claimed("20 % fewer wrinkles"))
    frame, seen = checklist_frame(rows), counts(rows)
    assert list(frame["rule"]) == IDS["eu"].split()
    assert frame["status"].value_counts().to_dict() == {k: v for k, v in seen.items() if v}
    assert in_one_line(rows).startswith(f"{seen['met']} of ")


def test_an_unknown_market_is_refused():
    with pytest.raises(OptionError, match="market='au' is not one of eu, us"):
        checklist("au", claimed("x"))


def test_unknown_comparator_is_still_unknown():
    assert UNKNOWN is study(n=["9"]).outcomes[0].design.comparator
