"""A report on one claim: the answer first, then everything it rests on, in a fixed order."""

from __future__ import annotations

from dataclasses import replace

from evidence.appraisal.summary_of_findings import phrase
from evidence.formatting import estimate
from evidence.messages import capital, listed, say, say_n, sentence
from evidence.report.certainty_section import DESIGNS, LEVEL_BADGE, certainty_blocks
from evidence.report.claim_section import (
    about_claim,
    context_blocks,
    result_blocks,
)
from evidence.report.claim_summary import summary_block
from evidence.report.claim_wording import wording_blocks
from evidence.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    Paragraph,
    Section,
    Table,
    Text,
)
from evidence.report.own_study import own_blocks
from evidence.report.people_blocks import people_blocks
from evidence.report.wording import measure_words, people_count, printed_scale, reliability_words
from evidence.verdict.audit import Audit, ClaimAudit
from evidence.verdict.bodies import RatedBody


def one_claim_status(row: ClaimAudit) -> tuple[tuple[str, Text], ...]:
    """Certainty, best estimate, studies and people: the line below the answer.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> one_claim_status(audit_of("retinol lowers wrinkle depth", TRIAL)["1"])[1:]
    (('Best estimate', 'none: see the results'), ('Studies', '1 (40 people)'))
    """
    level = row.certainty.level if row.certainty else None
    lines: list[tuple[str, Text]] = [
        ("Certainty (GRADE)", level or "not rated"),
        ("Best estimate", _best_estimate(row)),
        ("Studies", say("{studies} ({people} people)", studies=_studies(row), people=_people(row))),
    ]
    if row.own is not None:
        score = reliability_words(row.own.reliability)
        lines.append(("Reliability of the study it describes", score))
    return tuple(lines)


def _best_estimate(row: ClaimAudit) -> str:
    if row.pooled is None:
        return "none: see the results"
    effect = row.pooled_from[0]
    combined = replace(
        effect, yi=row.pooled.estimate, ci_low=row.pooled.ci_low, ci_high=row.pooled.ci_high
    )
    shown = estimate(*printed_scale(combined))
    if not effect.unit:
        return say("{measure} {effect}", measure=measure_words(effect), effect=shown)
    return say(
        "{measure} {effect} {unit}", measure=measure_words(effect), effect=shown, unit=effect.unit
    )


def _studies(row: ClaimAudit) -> int:
    return len({item.match.study.id for item in row.direct})


def _people(row: ClaimAudit) -> str:
    most: dict[str, int] = {}
    for item in row.direct:
        study = item.match.study.id
        most[study] = max(most.get(study, 0), people_count(item.assessment) or 0)
    total = sum(most.values())
    return f"{total:,}" if total else "not stated"


def one_claim_sections(row: ClaimAudit) -> list[Block]:
    """The sections of a report on a single claim, down to the results; studies follow them.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol lowers wrinkle depth", TRIAL)["1"]
    >>> [section.anchor for section in one_claim_sections(row)]
    ['plain', 'people', 'summary', 'results', 'certainty', 'claim']
    """
    sections = [
        _section("In short", "plain", _short(row)),
        _section("What it means for 100 people", "people", people_blocks(row)),
        _section("Summary of findings", "summary", [_findings(row)] if row.bodies else []),
        _section("The study that the claim describes", "own", own_blocks(row)),
        _section("What studies found", "results", [*result_blocks(row), *context_blocks(row)]),
        _section("How certain it is", "certainty", certainty_blocks(row)),
        _section("The claim, word by word", "claim", [about_claim(row), *wording_blocks(row)]),
    ]
    return [section for section in sections if section.blocks]


def _section(title: str, anchor: str, blocks: list[Block]) -> Section:
    return Section(title, tuple(blocks), anchor=anchor)


def _short(row: ClaimAudit) -> list[Block]:
    lines = summary_block(row).blocks if row.direct else (Bullets(
        tuple(sentence(reason) for reason in row.verdict.reasons)
    ),)  # fmt: skip
    return [*lines, Paragraph(row.verdict.would_change)]


def _findings(row: ClaimAudit) -> Table:
    """One row per body of evidence, and one for harms even where nobody counted them."""
    outcome = listed((family.title for family in row.subject.families), ", ")
    lines = [_finding(outcome or row.claim.outcome, body) for body in row.bodies]
    silent = ("Harms", "–", "–", "0", Cell("not rated", badge="unknown"), "Nobody counted them.")
    return Table(
        "Summary of findings, one body of evidence per kind of design",
        (
            Column("Outcome"),
            Column("Design"),
            Column("Effect (95 % interval)", wide=True),
            Column("Studies (people)", "number"),
            Column("Certainty", "badge"),
            Column("What happens", wide=True),
        ),
        (*lines, silent),
        note="Bodies of different design are never pooled; the reasons for each certainty stand "
        "below.",
        narrow="cards",
    )


def _finding(outcome: str, body: RatedBody) -> tuple[Cell | str, ...]:
    found = body.certainty
    pooled = found.pooled
    level = found.level or "not rated"
    people = sum(people_count(member.assessment) or 0 for member in body.members)
    shown: str = "none can be given"
    if pooled is not None:
        shown = say(
            "{effect} SD, positive is benefit",
            effect=estimate(pooled.estimate, pooled.ci_low, pooled.ci_high),
        )
    return (
        capital(outcome),
        DESIGNS.get(body.design, body.design),
        shown,
        say(
            "{studies} ({people})",
            studies=len(body.members),
            people=f"{people:,}" if people else "not stated",
        ),
        Cell(level, badge=LEVEL_BADGE.get(level, "unknown")),
        sentence(phrase(found)),
    )


def only_near(audit: Audit, row: ClaimAudit) -> tuple[Audit, str]:
    """The audit with the studies that bear on the claim or are near it, and who was left out.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> other = TRIAL | {"study": {"product": "niacinamide serum"}}
    >>> audit = audit_of("retinol lowers wrinkle depth", TRIAL, other)
    >>> near, left_out = only_near(audit, audit["1"])
    >>> [study.id for study in near.studies], left_out
    (['s1'], '1 study in the data tests other ingredients or outcomes and is not listed.')
    """
    wanted = {item.match.study.id for item in row.bearings}
    kept = tuple(study for study in audit.studies if study.id in wanted)
    left = len(audit.studies) - len(kept)
    if not left:
        return audit, ""
    said = say_n(
        left,
        "{n} study in the data tests other ingredients or outcomes and is not listed.",
        "{n} studies in the data test other ingredients or outcomes and are not listed.",
    )
    return replace(audit, studies=kept), said
