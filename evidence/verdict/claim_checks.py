"""Checks of the study behind a claim: design, people, blinding, match with what is claimed."""

from __future__ import annotations

import re
from dataclasses import replace

from evidence.appraisal.assess import Assessment
from evidence.appraisal.rob2 import rob2
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.families import FAMILIES, family_of, group_of
from evidence.records.ingredients import concepts_in
from evidence.records.reported import value_of
from evidence.verdict.claim_facts import (
    Answer,
    Case,
    Fact,
    Said,
    fact,
    of_both,
    of_result,
    reply,
    three,
)
from evidence.verdict.claim_numbers import better_than_control
from evidence.verdict.claim_words import EXPOSURES

PEOPLE = (
    "parallel", "within_person", "crossover", "cluster", "nonrandomised_controlled",
    "single_arm_prepost", "survey", "exposure",
)  # fmt: skip
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


@of_result
def linked(done: Assessment) -> Answer:
    """Whether a study stands behind the claim that somebody else can look up.

    >>> from evidence.verdict.cases import case_of
    >>> [linked(case_of("softer skin", study={"doi": doi})).said for doi in ("10.1/x", "")]
    ['yes', 'unknown']
    """
    study = done.study
    place = study.doi or study.pmid or study.registry_id or study.url
    shown = (fact("study.doi", place), fact("study.source_kind", study.source_kind))
    if done.outcome.design.kind == "testimonial":
        return Answer("no", "a testimonial is no study", shown)
    if place or str(study.source_kind).startswith("primary"):
        return Answer("yes", "a study that can be looked up", shown)
    return Answer("unknown", "the study is described, but nothing says where it can be read", shown)


def comparator_of(done: Assessment) -> str | Unknown:
    """What it was compared with; a design of one arm has nothing but its baseline.

    >>> from evidence.verdict.cases import case_of
    >>> comparator_of(case_of("softer skin", design="single-arm").done)
    'baseline_only'
    >>> comparator_of(case_of("softer skin", design="parallel", comparator="vehicle").done)
    'vehicle'
    """
    seen = done.outcome.design.comparator
    alone = done.outcome.design.kind in ("single_arm_prepost", "survey")
    return "baseline_only" if seen is UNKNOWN and alone else seen


@of_result
def in_people(done: Assessment) -> Answer:
    """Whether it was measured in people.

    >>> from evidence.verdict.cases import case_of
    >>> in_people(case_of("fewer wrinkles", design="in-vitro")).why
    'no test in people: in vitro'
    >>> in_people(case_of("fewer wrinkles", design="survey")).why
    'tested in people'
    """
    kind = done.outcome.design.kind
    said = three(kind, PEOPLE, ("in_vitro", "ex_vivo", "testimonial"))
    return reply(
        said, "tested in people", say("no test in people: {kind}", kind=fact("", kind).value),
        "the design is not stated", fact("outcome.design.kind", kind),
    )  # fmt: skip


@of_result
def controlled(done: Assessment) -> Answer:
    """Whether a concurrent control stands behind the number.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("fewer wrinkles", design="parallel", comparator="vehicle")
    >>> controlled(case).said, controlled(case_of("fewer wrinkles", design="single-arm")).said
    ('yes', 'no')
    """
    control, design = done.facts.control, done.outcome.design
    why = done.facts.control_why
    return reply(
        three(control, ("full", "untreated"), ("none",)), "a concurrent control",
        why or "no concurrent control", why or "comparator not stated",
        fact("outcome.design.comparator", design.comparator),
    )  # fmt: skip


@of_result
def randomised(done: Assessment) -> Answer:
    """Whether allocation was by chance.

    >>> from evidence.verdict.cases import case_of
    >>> [randomised(case_of("fewer wrinkles", design=design)).why
    ...     for design in ("parallel", "survey")]
    ['randomisation not stated', 'not randomised']
    """
    said = done.facts.randomised
    if said == "unknown" and done.facts.single_arm and done.facts.control == "none":
        said = "no"
    return reply(
        said, "randomised", "not randomised", "randomisation not stated",
        fact("outcome.design.randomised", done.outcome.design.randomised),
    )  # fmt: skip


@of_result
def assessor_blind(done: Assessment) -> Answer:
    """Whether whoever produced the value was blind.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("fewer wrinkles", design="parallel", blinded="participants")
    >>> assessor_blind(case).why, participants_blind(case).why
    ('assessor not blind', 'participants blind')
    """
    return reply(
        done.facts.assessor_blind, "assessor blind", "assessor not blind",
        "blinding of the assessor not stated",
        fact("outcome.design.blinding.assessor", done.outcome.design.blinding.assessor),
    )  # fmt: skip


@of_result
def participants_blind(done: Assessment) -> Answer:
    """Whether the people did not know which product they used.

    >>> from evidence.verdict.cases import case_of
    >>> participants_blind(case_of("fewer wrinkles", design="parallel", blinded="assessor")).why
    'participants not blind'
    >>> participants_blind(case_of("fewer wrinkles", design="parallel")).why
    'blinding of participants not stated'
    """
    return reply(
        done.facts.participant_blind, "participants blind", "participants not blind",
        "blinding of participants not stated",
        fact("outcome.design.blinding.participant", done.outcome.design.blinding.participant),
    )  # fmt: skip


def _kind(done: Assessment) -> tuple[object, Fact]:
    kind = done.facts.kind
    return kind, fact("outcome.kind", kind)


@of_both
def by_instrument_or_blind_grader(case: Case, done: Assessment) -> Answer:
    """Whether an instrument, or a grader who was blind, produced the value.

    >>> from evidence.verdict.cases import case_of
    >>> by_instrument_or_blind_grader(case_of("fewer wrinkles", kind="instrument")).said
    'yes'
    >>> by_instrument_or_blind_grader(case_of("fewer wrinkles", kind="live_expert_grade")).why
    'graded by an expert: blinding of the assessor not stated'
    """
    kind, shown = _kind(done)
    if kind == "live_expert_grade":
        seen = assessor_blind(case)
        why = say("graded by an expert: {why}", why=seen.why)
        return Answer(seen.said, why, (shown, *seen.facts))
    said = three(kind, ("instrument", "photo_blinded_grade"), ("self_report",))
    return reply(
        said, "read by an instrument or a blind grader", "people's own opinion is no measurement",
        "how the value was produced is not stated", shown,
    )  # fmt: skip


@of_both
def by_blind_grader(case: Case, done: Assessment) -> Answer:
    """Whether somebody blind judged how skin looks.

    >>> from evidence.verdict.cases import case_of
    >>> kinds = ("photo_blinded_grade", "instrument", "self_report")
    >>> [by_blind_grader(case_of("fewer wrinkles", kind=kind)).said for kind in kinds]
    ['yes', 'unknown', 'no']
    """
    kind, shown = _kind(done)
    if kind == "instrument":
        why = "an instrument, whose reading need not be what the eye sees"
        return Answer("unknown", why, (shown,))
    return by_instrument_or_blind_grader(case)


@of_result
def no_opinion(done: Assessment) -> Answer:
    """Whether the number rests on something else than people's own opinion.

    >>> from evidence.verdict.cases import case_of
    >>> no_opinion(case_of("20 % fewer wrinkles", kind="self_report")).why
    "an objective number from people's own opinions"
    """
    kind, shown = _kind(done)
    said = three(kind, ("instrument", "photo_blinded_grade", "live_expert_grade"), ("self_report",))
    return reply(
        said, "not read from people's opinions", "an objective number from people's own opinions",
        "how the value was produced is not stated", shown,
    )  # fmt: skip


@of_result
def perception_test(done: Assessment) -> Answer:
    """Whether people who used the product were asked, and how many.

    >>> from evidence.verdict.cases import case_of
    >>> perception_test(case_of("82 % agreed", kind="self_report", n=["50"])).said
    'yes'
    >>> perception_test(case_of("82 % agreed", kind="self_report")).said
    'unknown'
    """
    kind, shown = _kind(done)
    people = fact("outcome.n", None if done.facts.n is None else f"{sum(done.facts.n):g}")
    asked = three(kind, ("self_report",), ("instrument", "photo_blinded_grade"))
    if asked == "yes" and done.facts.n is None:
        asked = "unknown"
    return reply(
        asked, "people who used it were asked", "what people feel was not asked",
        "whether and how many people were asked is not stated", shown, people,
    )  # fmt: skip


@of_both
def product_tested(case: Case, done: Assessment) -> Answer:
    """Whether the product claimed is the one tested.

    >>> from evidence.verdict.cases import case_of
    >>> claim = {"ingredient": "0.1 % retinol"}
    >>> product_tested(case_of("less wrinkles", study={"claim": claim, "product": "cream A"})).why
    'another formula than the one claimed was tested'
    """
    claimed, tested = case.claim.ingredient, done.study.product
    shown = (fact("claim.ingredient", claimed), fact("study.product", tested))
    if not claimed or not tested:
        return Answer("unknown", "which product was tested is not stated", shown)
    if claimed.strip().lower() == tested.strip().lower():
        return Answer("yes", "the product itself was tested", shown)
    if concepts_in(claimed) - EXPOSURES:
        return Answer("no", "another formula than the one claimed was tested", shown)
    return Answer("unknown", "whether this is the product claimed is for a reader to say", shown)


@of_both
def ingredient_present(case: Case, done: Assessment) -> Answer:
    """Whether the ingredient named is on the list of what was tested.

    >>> from evidence.records.study import Ingredient
    >>> from evidence.verdict.cases import case_of
    >>> facts = {"ingredients": (Ingredient(name="niacinamide"),)}
    >>> ingredient_present(case_of("niacinamide evens the tone", study=facts)).said
    'yes'
    >>> ingredient_present(case_of("retinol evens the tone", study=facts)).why
    'not listed: retinol'
    """
    named = concepts_in(case.claim.ingredient or case.claim.text) - EXPOSURES
    on_list = ", ".join(item.name for item in done.study.ingredients)
    shown = (
        fact("claim.ingredient", ", ".join(sorted(named))),
        fact("study.ingredients", on_list),
    )
    if not named or not on_list:
        return Answer("unknown", "the list of ingredients is not at hand", shown)
    if product_tested(case).said == "no":
        return Answer("unknown", "the list at hand is that of another product", shown)
    missing = named - concepts_in(on_list)
    if not missing:
        return Answer("yes", "the ingredient is listed", shown)
    names = listed(sorted(missing), ", ")
    return Answer("no", say("not listed: {names}", names=names), shown)


@of_both
def dose_matches(case: Case, done: Assessment) -> Answer:
    """Whether the concentration claimed is the one tested.

    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Ingredient
    >>> from evidence.verdict.cases import case_of
    >>> tested = (Ingredient(name="retinol", percent=Reported.parse("0.4")),)
    >>> facts = {"claim": {"ingredient": "0.1 % retinol"}, "ingredients": tested}
    >>> dose_matches(case_of("fewer wrinkles", study=facts)).why
    'another concentration'
    """
    claimed = [float(text) for text in _PERCENT.findall(case.claim.ingredient)]
    tested = [value_of(item.percent) for item in done.study.ingredients]
    known = [value for value in tested if value is not None]
    shown = (
        fact("claim.ingredient", case.claim.ingredient),
        fact("study.ingredients.percent", ", ".join(f"{value:g} %" for value in known)),
    )
    if not claimed or not known:
        return Answer("unknown", "the concentration claimed or tested is not stated", shown)
    same = any(abs(a - b) < 1e-9 for a in claimed for b in known)
    return reply("yes" if same else "no", "the concentration tested", "another concentration", "",
                 *shown)  # fmt: skip


@of_both
def outcome_matches(case: Case, done: Assessment) -> Answer:
    """Whether what is claimed is what was measured.

    >>> from evidence.verdict.cases import case_of
    >>> facts = {"claim": {"outcome": "wrinkles"}}
    >>> [outcome_matches(case_of("it works", study=facts, outcome=name)).said
    ...     for name in ("wrinkle depth", "hydration", "mood")]
    ['yes', 'no', 'unknown']
    """
    claimed = family_of(case.claim.outcome, case.claim.text)
    tested = FAMILIES.get(done.outcome.family, FAMILIES["unlisted"])
    shown = (fact("claim.outcome", claimed.title), fact("outcome.family", tested.title))
    if "unlisted" in (claimed.id, tested.id):
        same: Said = "yes" if case.claim.outcome == done.outcome.name != "" else "unknown"
    else:
        same = "yes" if group_of(claimed) == group_of(tested) else "no"
        if same == "no" and "wrinkle" in claimed.id and "wrinkle" in tested.id:
            same = "yes"  # "wrinkles", measure not said
    return reply(same, "the outcome claimed was measured", "another outcome was measured",
                 "whether the outcome claimed was measured is not known", *shown)  # fmt: skip


@of_both
def population_matches(case: Case, done: Assessment) -> Answer:
    """Whether the people studied are those spoken to.

    >>> from evidence.verdict.cases import case_of
    >>> facts = {"claim": {"population": "Women over 40"}, "population": "women over 40"}
    >>> population_matches(case_of("fewer wrinkles", study=facts)).said
    'yes'
    """
    claimed, studied = case.claim.population, done.study.population
    shown = (fact("claim.population", claimed), fact("study.population", studied))
    if claimed and claimed.strip().lower() == studied.strip().lower():
        return Answer("yes", "the people claimed were studied", shown)
    return Answer("unknown", "whether the people studied are those spoken to is not known", shown)


@of_both
def measured_at_time(case: Case, done: Assessment) -> Answer:
    """Whether it was measured at the time claimed, or later.

    >>> from evidence.records.reported import Reported
    >>> from evidence.verdict.cases import case_of
    >>> facts = {"claim": {"week": Reported.parse("4")}}
    >>> [measured_at_time(case_of("soft skin", study=facts, weeks=week)).said
    ...     for week in ("2", "8")]
    ['no', 'yes']
    """
    claimed, read = value_of(case.claim.week), value_of(done.outcome.week)
    shown = (
        fact("claim.week", case.claim.duration or case.claim.week),
        fact("outcome.week", None if read is None else say("{n} weeks", n=f"{read:g}")),
    )
    if claimed is None and not case.claim.duration and "duration" not in case.types:
        return Answer("yes", "no duration is claimed", shown)
    if claimed is None or read is None:
        return Answer("unknown", "the time claimed or measured is not stated in weeks", shown)
    said: Said = "yes" if read >= claimed - 1e-9 else "no"
    return reply(said, "measured at the time claimed", "measured earlier than claimed", "", *shown)


@of_result
def prespecified(done: Assessment) -> Answer:
    """Whether the outcome was fixed before the results were seen.

    >>> from evidence.verdict.cases import case_of
    >>> prespecified(case_of("fewer wrinkles", registered="primary")).why
    'registered before the start'
    """
    seen = done.outcome.reporting.registered
    said = three(seen, ("primary", "secondary"), ("no",))
    return reply(said, "registered before the start", "not registered", "registration not stated",
                 fact("outcome.reporting.registered", seen))  # fmt: skip


@of_both
def low_risk(case: Case, done: Assessment) -> Answer:
    """Whether no domain of risk of bias is High for certain, and no check of figures says stop.

    >>> from evidence.verdict.cases import case_of
    >>> low_risk(case_of("fewer wrinkles", design="single-arm", n=["30"])).said
    'no'
    >>> low_risk(case_of("fewer wrinkles", design="parallel", randomised="yes", n=["30", "30"])).why
    'risk of bias high only through what is not stated'
    """
    seen = rob2(done.study, done.outcome)
    shown = [fact("rob2.overall", seen.overall)]
    integrity = done.integrity
    if integrity is not None and integrity.status == "stop":
        shown.append(fact("integrity.status", "stop"))
        return Answer("no", "its printed figures cannot all be right", tuple(shown))
    if seen.overall is None:
        alone = done.facts.control == "none" or in_people(case).said == "no"
        why = say("no trial that can be judged so: {why}", why=seen.reason)
        return Answer("no" if alone else "unknown", why, tuple(shown))
    if seen.overall != "High":
        words = say("risk of bias: {judgement}", judgement=seen.overall)
        return Answer("yes", words, tuple(shown))
    if seen.reachable != ("High",):
        return Answer("unknown", "risk of bias high only through what is not stated", tuple(shown))
    return Answer("no", "risk of bias high", tuple(shown))


@of_result
def head_to_head(done: Assessment) -> Answer:
    """Whether the two that are compared were compared in one study.

    >>> from evidence.verdict.cases import case_of
    >>> [head_to_head(case_of("better than X", comparator=name)).said
    ...     for name in ("competitor", "vehicle")]
    ['yes', 'no']
    """
    seen = comparator_of(done)
    said = three(
        seen,
        ("competitor", "active"),
        ("vehicle", "placebo", "untreated", "untreated_site", "baseline_only", "none"),
    )
    return reply(said, "compared head to head", "not compared with the other product",
                 "comparator not stated", fact("outcome.design.comparator", seen))  # fmt: skip


@of_result
def parts_compared(done: Assessment) -> Answer:
    """Whether the combination was held against each of its parts.

    >>> from evidence.verdict.cases import case_of
    >>> parts_compared(case_of("more than its parts", comparator="vehicle")).why
    'the combination was not held against its parts'
    """
    seen = comparator_of(done)
    said = three(seen, (), ("vehicle", "placebo", "untreated", "untreated_site", "baseline_only",
                            "none"))  # fmt: skip
    return reply(said, "", "the combination was not held against its parts",
                 "whether each part was tested alone is not recorded",
                 fact("outcome.design.comparator", seen))  # fmt: skip


@of_result
def reactions_counted(done: Assessment) -> Answer:
    """Whether reactions were counted, in a known number of people.

    >>> from evidence.verdict.cases import case_of
    >>> facts = {"harms": "redness in 2"}
    >>> reactions_counted(case_of("does not irritate", study=facts, n=["50"])).said
    'yes'
    >>> reactions_counted(case_of("does not irritate", study=facts)).said
    'unknown'
    """
    shown = (fact("study.harms", done.study.harms), fact("outcome.n", done.facts.n and "stated"))
    said: Said = "yes" if done.study.harms and done.facts.n else "unknown"
    return reply(said, "reactions reported", "", "reactions or the number of people not stated",
                 *shown)  # fmt: skip


@of_result
def more_than_ten(done: Assessment) -> Answer:
    """Whether more than ten people were tested.

    >>> from evidence.verdict.cases import case_of
    >>> [more_than_ten(case_of("fewer wrinkles", n=[n])).said for n in ("10", "11")]
    ['no', 'yes']
    """
    n = None if done.facts.n is None else sum(done.facts.n)
    shown = fact("outcome.n", None if n is None else f"{n:g}")
    said: Said = "unknown" if n is None else "yes" if n > 10 else "no"
    return reply(said, "more than ten people", "ten people or fewer", "how many people not stated",
                 shown)  # fmt: skip


@of_result
def people_described(done: Assessment) -> Answer:
    """Whether it says who was tested.

    >>> from evidence.verdict.cases import case_of
    >>> people_described(case_of("fewer wrinkles", study={"population": "women, 40 to 60"})).said
    'yes'
    """
    seen = done.study.population
    return reply("yes" if seen else "unknown", "it says who was tested", "",
                 "who was tested is not stated", fact("study.population", seen))  # fmt: skip


def _beside(case: Case) -> tuple[tuple[str, Said], ...]:
    """Studies of the body that bear on the claim, and whether each beat its control."""
    return tuple(
        (row.match.study.id, better_than_control(replace(case, done=row.assessment)).said)
        for row in case.body or ()
        if row.match.closeness == "bears" and row.assessment.facts.control in ("full", "untreated")
    )


def body_agrees(case: Case) -> Answer:
    """Whether no controlled result found that bears on the claim speaks against it.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("fewer wrinkles")
    >>> body_agrees(case).why, body_agrees(replace(case, body=())).said
    ('other results were not looked for', 'yes')
    """
    if case.body is None:
        return Answer("unknown", "other results were not looked for")
    seen = _beside(case)
    bad = sum(said == "no" for _, said in seen)
    shown = Fact("body", say("{n} controlled results bear on it, {bad} do not favour it",
                             n=len(seen), bad=bad))  # fmt: skip
    if bad:
        return Answer("no", "other results do not favour it", (shown,))
    return Answer("yes", "no result found speaks against it", (shown,))


def replicated(case: Case) -> Answer:
    """Whether two studies or more favour it against a control.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("fewer wrinkles")
    >>> replicated(case).said, replicated(replace(case, body=())).why
    ('unknown', 'not repeated')
    """
    if case.body is None:
        return Answer("unknown", "whether it was repeated is not known")
    good = {name for name, said in _beside(case) if said == "yes"}
    shown = Fact("body", say("{n} studies favour it against a control", n=len(good)))
    said: Said = "yes" if len(good) >= 2 else "no"
    return reply(said, "repeated in two studies or more", "not repeated", "", shown)
