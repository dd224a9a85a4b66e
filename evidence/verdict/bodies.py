"""The bodies of evidence behind a claim: results of one class of design, rated by GRADE.

Randomised, other controlled and uncontrolled results are never one body. Each study gives one
result: the registered or named primary one, else the latest reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from evidence.appraisal.bias_adjusted import BiasAdjusted, adjust_bias
from evidence.appraisal.body import (
    Body,
    BodyStudy,
    DesignClass,
    Judgement,
    Mismatch,
    MismatchKind,
    design_of,
)
from evidence.appraisal.body_from_records import body_study
from evidence.appraisal.facts import read_facts
from evidence.appraisal.grade import Certainty, grade
from evidence.appraisal.rob2 import RoB2, rob2
from evidence.appraisal.robins_i import robins_i
from evidence.appraisal.tools import Tool, tools_for
from evidence.errors import EvidenceError
from evidence.messages import listed
from evidence.records.base import UNKNOWN
from evidence.verdict.judge import Bearing

CLASSES: dict[Tool, DesignClass] = {
    "rob2": "randomised",
    "robins_i": "nonrandomised",
    "nih_before_after": "single_arm",
}
"""The class of design that each risk-of-bias tool is for; others are not rated."""

MISMATCHES: tuple[tuple[str, MismatchKind], ...] = (
    ("another formula", "formula_or_dose"),
    ("a combination", "formula_or_dose"),
    ("another concentration", "formula_or_dose"),
    ("concentration not given", "formula_or_dose"),
    ("by mouth", "formula_or_dose"),
    ("in place of", "surrogate"),
    ("read at", "duration"),
    ("people", "population"),
    ("compared with", "other"),
)
"""Words of a match's differences and the kind of mismatch they are, first that fits."""
NOT_INDIRECT = ("no control", "compared with placebo", "comparator not stated")
"""Differences that the design already carries: they are not counted twice."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RatedBody:
    """One body of evidence behind a claim: its certainty and its bias-adjusted estimates.

    `members` are the results it is made of, one per study; `adjusted` is None, with
    `why_not_adjusted`, where nothing can be pooled.
    """

    design: DesignClass
    members: tuple[Bearing, ...]
    rob2: dict[str, RoB2]
    certainty: Certainty
    adjusted: BiasAdjusted | None
    why_not_adjusted: str

    def __repr__(self) -> str:
        level = self.certainty.level or self.certainty.reason
        return f"<RatedBody: {len(self.members)} {self.design}, {level}>"


def rated_bodies(bearings: Sequence[Bearing], *, outcome: str = "") -> tuple[RatedBody, ...]:
    """Rate the results that bear on a claim, one body per class of design, best design first.

    Parameters
    ----------
    bearings
        Matched results; those that bear directly are taken.
    outcome
        What the claim speaks of, for the title of each rating.

    Returns
    -------
    tuple of RatedBody
        Empty where no result bears on the claim.

    Examples
    --------
    >>> from evidence.verdict.cases import case_of
    >>> from evidence.verdict.match import Match
    >>> done = case_of("fewer wrinkles", design="parallel", randomised="yes", comparator="vehicle",
    ...     outcome="wrinkle depth", n=["20", "20"], mean=["6", "8"], sd=["3", "3"]).done
    >>> match = Match(study=done.study, outcome=done.outcome, closeness="bears", reason="",
    ...     indirectness=())
    >>> row = Bearing(match=match, assessment=done, direction="in favour", direction_why="")
    >>> [(body.design, len(body.members), body.certainty.level) for body in rated_bodies([row])]
    [('randomised', 1, 'Very low')]
    """
    groups: dict[DesignClass, dict[str, Bearing]] = {}
    for row in bearings:
        if row.match.closeness != "bears":
            continue
        tool = tools_for(row.match.study, row.match.outcome).tool
        if tool not in CLASSES:
            continue
        # what cannot be contrasted is a change, however its people were allocated
        of_class = groups.setdefault(design_of(read_facts(row.match.study, row.match.outcome)), {})
        study = row.match.study.id
        if study not in of_class or _rank(row) > _rank(of_class[study]):
            of_class[study] = row
    order = [design for design in get_args(DesignClass) if design in groups]
    return tuple(_rated(design, tuple(groups[design].values()), outcome) for design in order)


def _rank(row: Bearing) -> tuple[int, int, float]:
    """Which of a study's results speaks for it: registered, named primary, latest."""
    outcome = row.match.outcome
    registered = {"primary": 2, "secondary": 1}.get(str(outcome.reporting.registered), 0)
    named = int(outcome.reporting.named_primary == "yes")
    week = -1.0 if outcome.week is UNKNOWN else outcome.week.value
    return registered, named, week


def _rated(design: DesignClass, members: tuple[Bearing, ...], outcome: str) -> RatedBody:
    judged = (
        {row.match.outcome.id: rob2(row.match.study, row.match.outcome) for row in members}
        if design == "randomised"
        else {}
    )
    body = Body(
        outcome=outcome or "the outcome claimed",
        design=design,
        studies=tuple(_member(row, design, judged.get(row.match.outcome.id)) for row in members),
        mismatches=_mismatches(members),
    )
    adjusted, why = None, ""
    try:
        adjusted = adjust_bias(body)
        why = adjusted.reason
    except EvidenceError as error:
        why = error.sentence
    return RatedBody(
        design=design,
        members=members,
        rob2=judged,
        # ROBINS-I already holds the lack of randomisation: that column starts at High
        certainty=grade(body, start="robins_i" if design == "nonrandomised" else "classic"),
        adjusted=adjusted if adjusted is not None and not why else None,
        why_not_adjusted=why,
    )


def _member(row: Bearing, design: DesignClass, judged: RoB2 | None) -> BodyStudy:
    rob: Judgement | None = None
    high = 0
    if design == "nonrandomised":
        rob = robins_i(row.match.study, row.match.outcome).overall
    if judged is not None and judged.overall is not None:
        rob = judged.overall
        high = sum(domain.judgement == "High" for domain in judged.domains)
    integrity = row.assessment.integrity
    stop = "" if integrity is None else integrity.stop_reason(row.match.outcome.id)
    return body_study(row.match.study, row.match.outcome, rob=rob, high_domains=high, stop=stop)


def _mismatches(members: Sequence[Bearing]) -> tuple[Mismatch, ...]:
    """Differences from the claim that every member shares, one per kind, with who differs how."""
    found: dict[MismatchKind, list[str]] = {}
    for row in members:
        kinds = {kind_of_mismatch(text): text for text in row.match.indirectness}
        for kind, text in kinds.items():
            if kind is not None:
                found.setdefault(kind, []).append(text)
    return tuple(
        Mismatch(kind, listed(dict.fromkeys(texts)))
        for kind, texts in found.items()
        if len(texts) == len(members)
    )


def kind_of_mismatch(text: str) -> MismatchKind | None:
    """The kind of a difference between study and claim; None where the design carries it.

    >>> kind_of_mismatch("another formula than the one claimed"), kind_of_mismatch("no control")
    ('formula_or_dose', None)
    """
    if text in NOT_INDIRECT:
        return None
    return next((kind for word, kind in MISMATCHES if word in text), "other")
