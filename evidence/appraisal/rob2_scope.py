"""Which results RoB 2 is for, which tool fits the others, and what a design adds to say."""

from __future__ import annotations

from typing import NamedTuple

from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome, said


class OutOfScope(NamedTuple):
    """Why RoB 2 does not apply, and what does."""

    reason: str
    fits: str


BEFORE_AFTER = "the NIH questions for before-after studies"
ROBINS_I = "ROBINS-I, or where no contrast of the arms can be had the NIH before-after questions"
_NOBODY = "no risk-of-bias tool: it is no study of people"
FITS: dict[str, str] = {
    "nonrandomised_controlled": ROBINS_I,
    "single_arm_prepost": BEFORE_AFTER,
    "survey": "the checks of a survey: neutral scale, blind product, source of the panel",
    "exposure": "ROBINS-E, which is not offered here",
    "in_vitro": _NOBODY,
    "ex_vivo": _NOBODY,
    "testimonial": "none: one person's word",
}
"""The tool for designs that are never randomised trials."""

_QUASI = ("alternation", "date", "record_no")


def out_of_scope(outcome: Outcome) -> OutOfScope | None:
    """Why RoB 2 does not apply to a result, or None where it does.

    It applies where allocation is said to be by chance, whatever the method, and where it went
    by alternation, dates or record numbers, which question 1.1 then answers with no.

    >>> out_of_scope(Outcome(id="a", name="TEWL")).reason
    'nothing says that anything was compared'
    """
    design = outcome.design
    if design.kind in FITS:
        return OutOfScope(say("the design is {kind}", kind=said(design.kind)), FITS[design.kind])
    if design.comparator in ("baseline_only", "none"):
        return OutOfScope("nothing is compared but the same people before", BEFORE_AFTER)
    if design.randomised == "yes" or design.sequence in _QUASI:
        return None
    unstated = design.randomised is UNKNOWN and design.sequence is UNKNOWN
    if unstated and design.kind is UNKNOWN and design.comparator is UNKNOWN:
        return OutOfScope("nothing says that anything was compared", BEFORE_AFTER)
    if unstated:
        return OutOfScope("nothing says that allocation was by chance", ROBINS_I)
    if design.randomised is UNKNOWN and design.sequence not in ("choice", "availability", "none"):
        return None  # a method of chance is stated
    return OutOfScope("allocation was not by chance", ROBINS_I)


def remarks(outcome: Outcome) -> tuple[str, ...]:
    """What a reader must know beside the judgements, by design.

    >>> from evidence.records.plain import outcome_of
    >>> remarks(outcome_of("TEWL", design={"kind": "crossover", "unit_of_count": "sites"}))
    ('domain S is judged by an interim project rule', 'n counts sites, not people')
    """
    design = outcome.design
    found: list[str] = []
    if design.kind == "within_person":
        found.append(
            "sides of one person: tables of parallel trials; the record does not hold whether "
            "both sides were treated at the same time, nor whether product could spread across"
        )
        if outcome.contrast.kind == "between_group":
            found.append(
                "sides compared as if they were different people: question 2.6 stands, but the "
                "standard error has to be recomputed with a correlation within persons"
            )
    if outcome.contrast.kind == "within_group":
        found.append(
            "each arm is tested against its own start; a contrast between the arms, where it can "
            "be computed, is another result and is judged by answering 2.6 and 2.7 anew"
        )
    if design.kind == "crossover":
        found.append("domain S is judged by an interim project rule")
    if design.kind == "cluster":
        found.append("domain D1b is judged by an interim project rule")
    if design.unit_of_count is not UNKNOWN and design.unit_of_count != "people":
        found.append(say("n counts {unit}, not people", unit=said(design.unit_of_count)))
    return tuple(found)
