"""Signals of how a result came about: comparison, people, blinding, money, source.

Each function gives the sentence of its signal, or an empty string.
"""

# ruff: noqa: ARG001 - one shape for every row of a table

from __future__ import annotations

import re

from evidence.integrity.facts_of_record import (
    NOT_PEOPLE,
    SIDES,
    analysed,
    controlled,
    enrolled,
    labels_of,
    smallest_group,
    stated_people,
    text_of,
    uncontrolled,
)
from evidence.integrity.signal import Signal
from evidence.messages import listed, say, sentence
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.reported import value_of
from evidence.records.study import Study

FEW = 25
"""People per group below which chance alone moves a mean by 0.4 SD or more (95 %)."""

UNEQUAL = 1.4
_SOME_LOST, _MANY_LOST = 0.05, 0.20


def _one_group(study: Study, outcome: Outcome) -> str:
    if not uncontrolled(outcome):
        return ""
    return "Everybody used the product: the change cannot be told from what happens without it."


def _no_vehicle(study: Study, outcome: Outcome) -> str:
    if outcome.design.comparator not in ("active", "competitor"):
        return ""
    return "It was compared with another active product; what both share cannot be seen."


def _untreated(study: Study, outcome: Outcome) -> str:
    if outcome.design.comparator not in ("untreated", "untreated_site"):
        return ""
    if outcome.design.kind == "exposure":
        return ""
    return "The comparison is with no treatment, not with the vehicle."


def _exposure(study: Study, outcome: Outcome) -> str:
    if outcome.design.kind != "exposure":
        return ""
    return "People were not given this by chance: those who have it differ in other ways."


def _not_people(study: Study, outcome: Outcome) -> str:
    words = text_of(outcome) + outcome.instrument.casefold()
    if outcome.design.kind in NOT_PEOPLE:
        return "The result was read in cells or excised skin, not in people."
    if re.search(r"\b(ex vivo|explants?|in vitro|fibroblasts?)\b", words):
        return "The words speak of cells or excised skin."
    return ""


def _design_unstated(study: Study, outcome: Outcome) -> str:
    if outcome.design.kind is not UNKNOWN:
        return ""
    return "Nothing says how the study was made."


def _allocation(study: Study, outcome: Outcome) -> str:
    if not controlled(outcome) or outcome.design.randomised is not UNKNOWN:
        return ""
    return "Nothing says whether chance decided who got what."


def _not_randomised(study: Study, outcome: Outcome) -> str:
    if not controlled(outcome) or outcome.design.randomised != "no":
        return ""
    return "Chance did not decide who got what."


def _not_blinded(study: Study, outcome: Outcome) -> str:
    blind = outcome.design.blinding
    if blind.participant == "no" and blind.assessor == "no":
        return "Neither the people nor those who read the result were blind."
    if blind.participant == "no" or blind.assessor == "no":
        if blind.participant == "no":
            return "The people knew what was used."
        return "The readers knew what was used."
    return ""


def _one_side_blind(study: Study, outcome: Outcome) -> str:
    blind = outcome.design.blinding
    if blind.assessor != "yes" or blind.participant is not UNKNOWN or not controlled(outcome):
        return ""
    return "The readers were blind; nothing says that those who used it were."


def _self_report(study: Study, outcome: Outcome) -> str:
    if outcome.kind != "self_report" or outcome.design.blinding.participant == "yes":
        return ""
    return "People judged themselves, and nothing says that they were blind."


def _no_people(study: Study, outcome: Outcome) -> str:
    if stated_people(outcome) or outcome.design.kind in NOT_PEOPLE:
        return ""
    return "No number of people is printed."


def _lost(outcome: Outcome) -> float | None:
    after, before = analysed(outcome), enrolled(outcome)
    if not after or not before or _is_subset(outcome) or _used_by_part(outcome):
        return None
    return 1 - after / before


def _some_lost(study: Study, outcome: Outcome) -> str:
    lost = _lost(outcome)
    if lost is None or not _SOME_LOST < lost <= _MANY_LOST:
        return ""
    return say("{share} % of those enrolled are not in the result.", share=f"{100 * lost:.0f}")


def _many_lost(study: Study, outcome: Outcome) -> str:
    lost = _lost(outcome)
    if lost is None or lost <= _MANY_LOST:
        return ""
    return say(
        "{share} % of those enrolled are not in the result: it is of those who stayed.",
        share=f"{100 * lost:.0f}",
    )


def _few(study: Study, outcome: Outcome) -> str:
    people = smallest_group(outcome)
    if people is None or people >= FEW:
        return ""
    return say(
        "{n} people in the smaller group: chance alone moves such a mean far.", n=f"{people:g}"
    )


_SUBSET = re.compile(
    r"\b(subgroups?|subset|(men|women|right|left)\b[\w ]* only|only after excluding|under-\d+)",
)


def _is_subset(outcome: Outcome) -> bool:
    """Less than half of everybody, with the cause in the choice of people and not in loss."""
    after, before = analysed(outcome), enrolled(outcome)
    return bool(after and before and after < before / 2 and not _used_by_part(outcome))


def _subset(study: Study, outcome: Outcome) -> str:
    if found := _SUBSET.search(text_of(outcome)):
        return say('The words say that it is of a part: "{words}".', words=found[0])
    if _is_subset(outcome):
        return say(
            "{n} of {enrolled} people: fewer than half.",
            n=f"{analysed(outcome):g}",
            enrolled=f"{enrolled(outcome):g}",
        )
    return ""


def _unequal(study: Study, outcome: Outcome) -> str:
    if outcome.control is None or outcome.design.kind in SIDES:
        return ""
    for name in ("n", "n_randomised"):
        first, second = (value_of(getattr(arm, name)) for arm in (outcome.treated, outcome.control))
        if first and second and max(first, second) >= UNEQUAL * min(first, second):
            return say("Groups of {first} and {second}.", first=f"{first:g}", second=f"{second:g}")
    return ""


def _sizes(study: Study, outcome: Outcome) -> str:
    if not controlled(outcome) or outcome.design.kind in SIDES:
        return ""
    if outcome.design.pooled_analysis == "yes":
        return ""
    arms = (outcome.treated, outcome.control)
    if any(n is not UNKNOWN for arm in arms if arm for n in (arm.n, arm.n_randomised, arm.total)):
        return ""
    total = analysed(outcome) or enrolled(outcome)
    if total is None:
        return ""
    return say("{n} people in all; nothing says how many were in each group.", n=f"{total:g}")


_SEVERAL_ARMS = re.compile(r"\b(two|three|four|five|\d) [\w ]*arms pooled|arms? pooled\b")


def _arms_not_shown(study: Study, outcome: Outcome) -> str:
    if found := _SEVERAL_ARMS.search(labels_of(outcome)):
        return say('An arm is several put together: "{words}".', words=found[0])
    if outcome.control is None or outcome.design.kind in (*SIDES, "exposure"):
        return ""
    for name, total in (("n", outcome.n_total), ("n_randomised", outcome.n_total_randomised)):
        first, second = (value_of(getattr(arm, name)) for arm in (outcome.treated, outcome.control))
        everybody = value_of(total)
        if first and second and everybody and first + second < 0.9 * everybody:
            return say(
                "The arms shown hold {n} of {all} people.",
                n=f"{first + second:g}",
                all=f"{everybody:g}",
            )
    return ""


def _used_by_part(outcome: Outcome) -> bool:
    """Sides of one person, each product used by fewer people than took part."""
    used, everybody = value_of(outcome.treated.n), enrolled(outcome)
    sides = outcome.design.kind in SIDES and outcome.n_total is UNKNOWN
    return bool(sides and used and everybody and used < everybody)


def _part_of_people(study: Study, outcome: Outcome) -> str:
    if outcome.design.kind not in SIDES:
        return ""
    if _used_by_part(outcome):
        return say(
            "Used on a side by {n} of {all} people.",
            n=outcome.treated.n,
            all=f"{enrolled(outcome):g}",
        )
    if re.search(r"round[- ]robin|incomplete block", text_of(outcome)):
        return "Each person used some of the products."
    return ""


def _across_groups(study: Study, outcome: Outcome) -> str:
    if outcome.design.kind not in SIDES or outcome.control is None:
        return ""
    for name in ("n", "n_randomised"):
        first, second = (value_of(getattr(arm, name)) for arm in (outcome.treated, outcome.control))
        everybody = enrolled(outcome) or analysed(outcome)
        if first and second and everybody and first + second == everybody:
            return say(
                "{first} and {second} make {all}: different people, not two sides.",
                first=f"{first:g}",
                second=f"{second:g}",
                all=f"{everybody:g}",
            )
    return ""


def _interest(study: Study, outcome: Outcome) -> str:
    money = study.interest
    said = [
        *(["the maker paid"] if money.funding == "industry" else []),
        *(["authors have an interest"] if money.conflicts == "yes" else []),
        *(["authors are employed by the sponsor"] if money.authors_employed == "yes" else []),
        *(["the page read is a vendor's"] if study.source_kind == "vendor_page" else []),
    ]
    return sentence(listed(said)) if said else ""


def _secondary(study: Study, outcome: Outcome) -> str:
    return _SECONDARY.get(str(study.source_kind), "")


_SECONDARY = {
    "secondary_page": "Read in a secondary page, not in the report itself.",
    "vendor_page": "Read in a vendor page, not in the report itself.",
    "news": "Read in a news, not in the report itself.",
    "marketing_text": "Read in a marketing text, not in the report itself.",
}


def _unregistered(study: Study, outcome: Outcome) -> str:
    if outcome.reporting.registered != "no":
        return ""
    if not study.registry_id:
        return "Not registered before enrolment."
    return say("Not registered before enrolment ({number} came later).", number=study.registry_id)


def _enrolled_unstated(study: Study, outcome: Outcome) -> str:
    if outcome.design.kind in (*NOT_PEOPLE, "exposure", "survey") or enrolled(outcome) is not None:
        return ""
    people = analysed(outcome)
    if not people:
        return ""
    return say("{n} analysed; nothing says how many began.", n=f"{people:g}")


_FORMS = (
    (re.compile(r"NCT", re.I), re.compile(r"NCT\d{8}", re.I)),
    (re.compile(r"ACTRN", re.I), re.compile(r"ACTRN\d{14}", re.I)),
    (re.compile(r"ISRCTN", re.I), re.compile(r"ISRCTN\d{8}", re.I)),
    (re.compile(r"UMIN", re.I), re.compile(r"UMIN\d{9}", re.I)),
)


def _registry(study: Study, outcome: Outcome) -> str:
    number = study.registry_id.strip()
    for lead, whole in _FORMS:
        if lead.match(number) and not whole.fullmatch(number):
            return say('"{number}" does not have the form of its registry.', number=number)
    return ""


def _at_hand(study: Study, outcome: Outcome) -> str:
    if not re.search(r"\bconvenience\b", study.population.casefold()):
        return ""
    return "The people were a convenience sample."


_ARM_SIZE = ("treated.n", "control.n", "treated.n_randomised", "control.n_randomised")
_TOTALS = ("n_total", "n_total_randomised")

DESIGN_SIGNALS = (
    Signal("EV409", "exposure", _exposure, ("design.kind",)),
    Signal("EV412", "one_group", _one_group, ("design.kind", "design.comparator")),
    Signal("EV413", "no_vehicle", _no_vehicle, ("design.comparator", "control.label")),
    Signal("EV414", "untreated_comparator", _untreated, ("design.comparator",)),
    Signal("EV421", "people_unstated", _no_people, _TOTALS),
    Signal("EV422", "some_lost", _some_lost, _TOTALS),
    Signal("EV423", "many_lost", _many_lost, _TOTALS),
    Signal("EV424", "few_people", _few, (*_TOTALS, *_ARM_SIZE)),
    Signal("EV425", "subset", _subset, (*_TOTALS, "name", "site")),
    Signal("EV431", "self_report_not_blind", _self_report, ("kind", "design.blinding.participant")),
    Signal("EV434", "registry_number", _registry, ("study.registry_id",)),
    Signal("EV435", "not_people", _not_people, ("design.kind", "name", "instrument")),
    Signal("EV437", "arms_not_shown", _arms_not_shown, (*_TOTALS, *_ARM_SIZE, "treated.label")),
    Signal("EV449", "not_blinded", _not_blinded,
           ("design.blinding.participant", "design.blinding.assessor")),
    Signal("EV450", "interest", _interest,
           ("study.interest.funding", "study.interest.conflicts", "study.interest.authors_employed",
            "study.source_kind")),
    Signal("EV451", "secondary_source", _secondary, ("study.source_kind",)),
    Signal("EV452", "design_unstated", _design_unstated, ("design.kind",)),
    Signal("EV453", "allocation_unstated", _allocation, ("design.kind", "design.randomised")),
    Signal("EV454", "not_registered_before", _unregistered,
           ("reporting.registered", "study.registry_id")),
    Signal("EV458", "group_sizes_unstated", _sizes, (*_TOTALS, *_ARM_SIZE)),
    Signal("EV459", "unequal_groups", _unequal, _ARM_SIZE),
    Signal("EV460", "convenience_sample", _at_hand, ("study.population",)),
    Signal("EV469", "part_of_people", _part_of_people,
           ("design.kind", "treated.n", "n_total_randomised", "site")),
    Signal("EV470", "across_groups", _across_groups, ("design.kind", *_TOTALS, *_ARM_SIZE)),
    Signal("EV476", "not_randomised", _not_randomised, ("design.kind", "design.randomised")),
    Signal("EV481", "enrolled_unstated", _enrolled_unstated, _TOTALS),
    Signal("EV477", "participants_not_said_blind", _one_side_blind,
           ("design.blinding.participant", "design.blinding.assessor")),
)  # fmt: skip
