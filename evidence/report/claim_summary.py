"""What is known about one claim in a few plain sentences, for a reader who stops there."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.appraisal.grade import Certainty
from evidence.appraisal.words import DOMAIN_WORDS
from evidence.messages import listed, say, say_n, sentences
from evidence.records.base import UNKNOWN
from evidence.records.ingredients import title_of
from evidence.records.study import Study
from evidence.report.certainty_section import LEVEL_INSIDE
from evidence.report.document import Bullets, Callout
from evidence.report.wording import people_count
from evidence.verdict.audit import ClaimAudit


def summary_block(row: ClaimAudit) -> Callout:
    """The answer, how sure it is, what limits it, how current it is, who paid, and harms.

    For a claim that at least one result bears on.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> block = summary_block(audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"])
    >>> block.blocks[0].items[1]
    'Certainty (GRADE): very low. It rests on 2 studies with at least 80 people, 2 with a control.'
    """
    studies = tuple({item.match.study.id: item.match.study for item in row.direct}.values())
    lines = (
        _answer(row),
        _rests_on(row, len(studies)),
        _limits(row.certainty),
        _years(studies),
        _money(studies),
        "No result here counts harms; that nothing is reported is no sign of safety.",
    )
    return Callout("note", "In short", (Bullets(tuple(line for line in lines if line)),))


def _answer(row: ClaimAudit) -> str:
    """Whole sentences by certainty and direction: does, probably does, may, we do not know."""
    found = row.certainty
    names = {
        "ingredient": title_of(row.subject.concepts) or row.claim.ingredient,
        "outcome": listed((family.title for family in row.subject.families), ", ")
        or row.claim.outcome,
    }
    if found is None or found.level is None:
        return say("What {ingredient} does to {outcome} could not be rated.", **names)
    if found.level == "Very low" or found.pooled is None:
        if row.verdict.word == "supported if reworded":
            return say(
                "Studies point in favour of {ingredient}, but so uncertainly that we do not know "
                "whether it changes {outcome}.",
                **names,
            )
        return say("We do not know whether {ingredient} changes {outcome}.", **names)
    limit = found.threshold or 0.0
    zone = 1 if found.pooled.estimate > limit else -1 if found.pooled.estimate < -limit else 0
    match found.level, zone:
        case "High", 1:
            return say("{ingredient} improves {outcome}.", **names)
        case "High", 0:
            return say("{ingredient} makes little or no difference to {outcome}.", **names)
        case "High", _:
            return say("{ingredient} worsens {outcome}.", **names)
        case "Moderate", 1:
            return say("{ingredient} probably improves {outcome}.", **names)
        case "Moderate", 0:
            return say("{ingredient} probably makes little or no difference to {outcome}.", **names)
        case "Moderate", _:
            return say("{ingredient} probably worsens {outcome}.", **names)
        case _, 1:
            return say("{ingredient} may improve {outcome}.", **names)
        case _, 0:
            return say("{ingredient} may make little or no difference to {outcome}.", **names)
        case _:
            return say("{ingredient} may worsen {outcome}.", **names)


def _rests_on(row: ClaimAudit, studies: int) -> str:
    controlled = {
        item.match.study.id
        for item in row.direct
        if item.assessment.facts.control in ("full", "untreated")
    }
    counts: dict[str, int] = {}
    for item in row.direct:
        n = people_count(item.assessment) or 0
        counts[item.match.study.id] = max(n, counts.get(item.match.study.id, 0))
    people = sum(counts.values())
    level = "not rated" if row.certainty is None else row.certainty.level or "not rated"
    return sentences(
        say("Certainty (GRADE): {level}.", level=LEVEL_INSIDE[level]),
        say_n(
            studies,
            "It rests on {n} study with at least {people} people, {controlled} with a control.",
            "It rests on {n} studies with at least {people} people, {controlled} with a control.",
            people=f"{people:,}",
            controlled=len(controlled),
        ),
    )


def _limits(found: Certainty | None) -> str:
    if found is None or found.level is None:
        return ""
    costly = sorted((row for row in found.domains if row.down), key=lambda row: -row.down)
    if not costly:
        return "Nothing lowers the certainty."
    names = listed((DOMAIN_WORDS[row.domain] for row in costly), ", ")
    return say("What limits it, heaviest first: {domains}.", domains=names)


def _years(studies: Sequence[Study]) -> str:
    years = sorted(study.year for study in studies if study.year is not UNKNOWN)
    if not years:
        return "No study says when it was published."
    if years[0] == years[-1]:
        return say("Published in {year}.", year=years[0])
    return say("Published from {first} to {last}.", first=years[0], last=years[-1])


def _money(studies: Sequence[Study]) -> str:
    paid = sum(study.interest.funding in ("industry", "mixed") for study in studies)
    silent = sum(study.interest.funding is UNKNOWN for study in studies)
    if not silent:
        return say("Industry paid for {paid} of {n} studies.", paid=paid, n=len(studies))
    return say(
        "Industry paid for {paid} of {n} studies; {silent} do not say who paid.",
        paid=paid,
        n=len(studies),
        silent=silent,
    )
