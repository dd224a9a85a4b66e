"""One claim of an audit as a section: verdict first, then what it rests on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from evidence.formatting import interval, number, plural
from evidence.messages import capital, listed, say, say_n, sentence, sentences
from evidence.records.base import UNKNOWN
from evidence.records.published import Published
from evidence.report.certainty_section import LEVEL_INSIDE, certainty_blocks
from evidence.report.claim_figures import (
    forest_figures,
)
from evidence.report.claim_summary import summary_block
from evidence.report.claim_wording import wording_blocks
from evidence.report.document import (
    Badge,
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Details,
    KeyValues,
    Paragraph,
    Section,
    Span,
    Table,
    anchor_for,
)
from evidence.report.own_study import own_blocks
from evidence.report.people_blocks import people_blocks
from evidence.report.pooled_figures import pooled_figures
from evidence.report.wording import (
    DIRECTION_BADGE,
    VERDICT_BADGE,
    design_words,
    effect_words,
    measure_words,
    people_words,
    place_words,
    printed_scale,
    score_words,
    week_words,
)
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.judge import Bearing

_CLOSENESS = {
    "other_outcome": "same ingredient, other outcome",
    "related_ingredient": "other ingredient of its class, same outcome",
}


def anchor_of(claim_id: str) -> str:
    """Where a claim stands in the document.

    >>> anchor_of("A1")
    'claim-A1'
    """
    return f"claim-{_plain(claim_id)}"


def study_anchor(study_id: str) -> str:
    """Where a study stands in the document.

    >>> study_anchor("kim2019")
    'study-kim2019'
    """
    return f"study-{_plain(study_id)}"


def _plain(name: str) -> str:
    """A name as part of an anchor: itself when it is plain, else its words and a digest."""
    if re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        return name
    return f"{anchor_for(name)}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def claim_section(row: ClaimAudit) -> Section:
    """The section of one claim among several.

    >>> from evidence.verdict.cases import audit_of
    >>> section = claim_section(audit_of("retinol lowers wrinkle depth")["1"])
    >>> section.title, section.badge.text
    ('1 retinol lowers wrinkle depth', 'no evidence offered')
    """
    claim, verdict = row.claim, row.verdict
    blocks: list[Block] = [
        Paragraph(verdict.sentence, role="body"),
        *([summary_block(row)] if row.direct else []),
        about_claim(row),
        *wording_blocks(row),
        *own_blocks(row),
        *(people_blocks(row) if row.pooled is not None else ()),
        *result_blocks(row),
        *certainty_blocks(row),
        *context_blocks(row),
        Paragraph(verdict.would_change, role="small"),
    ]
    return Section(
        f"{claim.id} {claim.text}",
        tuple(blocks),
        anchor=anchor_of(claim.id),
        badge=Badge(verdict.word, VERDICT_BADGE[verdict.word]),
    )


def result_blocks(row: ClaimAudit) -> list[Block]:
    """The results that bear on a claim, drawn, and pooled where they can be.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol lowers wrinkle depth", TRIAL)["1"]
    >>> [type(block).__name__ for block in result_blocks(row)]
    ['Figure', 'Paragraph', 'Table']
    """
    if not row.direct:
        return []
    caption = say("{id}: real results that bear on it", id=row.claim.id)
    return [
        *forest_figures(row),
        _pooled(row),
        *pooled_figures(row),
        _results_table(row.direct, caption),
    ]


def context_blocks(row: ClaimAudit) -> list[Block]:
    """Results near the claim, and what published tables say of it; neither changes a verdict.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol raises hydration", TRIAL)["1"]
    >>> [block.summary for block in context_blocks(row)]
    ['1 result near the claim, shown as context only']
    """
    blocks: list[Block] = []
    near = [item for item in row.bearings if item.match.closeness != "bears"]
    if near:
        title = say_n(
            len(near),
            "{n} result near the claim, shown as context only",
            "{n} results near the claim, shown as context only",
        )
        caption = say("{id}: results on other outcomes or related ingredients", id=row.claim.id)
        blocks.append(Details(title, (_results_table(near, caption, near=True),)))
    if row.published:
        caption = say("{id}: published tables that speak of it", id=row.claim.id)
        blocks.append(_published(row.published, caption))
    return blocks


def about_claim(row: ClaimAudit) -> KeyValues:
    """What the claim is, how it was read, and what it would need.

    >>> from evidence.verdict.cases import audit_of
    >>> facts = dict(about_claim(audit_of("retinol lowers wrinkle depth")["1"]).items)
    >>> facts["Kind of claim"], facts["Read as"]
    ('measured, ingredient', 'retinol; wrinkle depth, roughness, replica or profilometry')
    """
    return KeyValues(tuple(_facts(row)))


def _facts(row: ClaimAudit) -> list[tuple[str, str | tuple[str | Span, ...]]]:
    claim, subject = row.claim, row.subject
    place = next(iter(claim.places.values()), None)
    families = listed((family.title for family in subject.families), ", ")
    items: list[tuple[str, str | tuple[str | Span, ...]]] = [
        ("Kind of claim", listed(row.types.names, ", ")),
        ("Strongest reasons", listed(reason for reason in verdict_reasons(row) if reason)),
        ("Evidence offered", claim.evidence_offered or "none"),
        ("Speaks of", listed((claim.ingredient or "no ingredient", claim.outcome or "no outcome"))),
        ("Read as", subject.why_none or listed((_names(row), families or "any outcome"))),
        ("Would need", row.types.minimum.needs),
    ]
    items += [
        (say("Does {moderator} matter", moderator=one.moderator), one.answer)
        for one in row.moderation
    ]
    if claim.section or claim.source:
        where = [part for part in (claim.source, claim.section) if part]
        items.insert(0, ("Where", listed(where, ", ")))
    if claim.note:
        items.append(("Remark in the file", claim.note))
    if place is not None:
        items.append(("Read from", (Span(place_words(place), emphasis="code"),)))
    return items


def verdict_reasons(row: ClaimAudit) -> tuple[str, ...]:
    """The three strongest reasons of the verdict, the certainty of the evidence among them.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> verdict_reasons(audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"])[2]
    'certainty of the evidence: very low'
    """
    reasons = list(row.verdict.reasons)
    if row.certainty is not None and row.certainty.level is not None:
        level = LEVEL_INSIDE[row.certainty.level]
        reasons.insert(2, say("certainty of the evidence: {level}", level=level))
    return tuple(reasons[:3])


def _names(row: ClaimAudit) -> str:
    from evidence.records.ingredients import title_of

    return title_of(row.subject.concepts)


def _results_table(rows: Sequence[Bearing], caption: str, *, near: bool = False) -> Table:
    cells = []
    for item in rows:
        done, outcome = item.assessment, item.match.outcome
        between = done.effects.between
        shown = (
            say("{measure} {effect}", measure=measure_words(between), effect=effect_words(between))
            if between.yi is not None
            else item.direction_why
        )
        change = done.effects.treated
        if change.yi is not None and between.yi is None:
            more = say("change from baseline {effect}", effect=effect_words(change))
            shown = listed((shown, more))
        measured = listed((outcome.name or outcome.domain, week_words(outcome)), ", ")
        why = (
            _CLOSENESS[item.match.closeness]
            if near
            else say("same {reason}", reason=item.match.reason)
        )
        differs = listed(item.match.indirectness) or "nothing named"
        cells.append(
            (
                Cell(item.match.study.id, anchor=study_anchor(item.match.study.id)),
                say(
                    "{design}; people: {people}",
                    design=design_words(outcome),
                    people=people_words(done),
                ),
                sentences(say("{text}.", text=measured), sentence(shown)),
                Cell(item.direction, badge=DIRECTION_BADGE[item.direction]),
                Cell(score_words(done.reliability), sort=done.reliability.value or -1.0),
                say("{why}. Differs: {differs}.", why=capital(why), differs=differs),
            )
        )
    return Table(
        caption,
        (
            Column("Study"),
            Column("Design"),
            Column("Result", wide=True),
            Column("Direction", "badge"),
            Column("Score", "number", title="reliability, 0 to 100, with its range"),
            Column("Match with the claim", wide=True),
        ),
        tuple(cells),
        narrow="cards",
    )


def _pooled(row: ClaimAudit) -> Block:
    pooled = row.pooled
    if pooled is None:
        return Paragraph(say("No pooled estimate: {why}.", why=row.why_not_pooled), role="body")
    effect = row.pooled_from[0]
    combined = replace(effect, yi=pooled.estimate, ci_low=pooled.ci_low, ci_high=pooled.ci_high)
    value, low, high = printed_scale(combined)
    words = say(
        "{measure} {value} ({limits}) from {studies}; between-study variance {tau2} ({method}), "
        "I² {i2} %.",
        measure=measure_words(effect),
        value=number(value),
        limits=interval(low, high),
        studies=plural(pooled.k, "study", "studies"),
        tau2=number(pooled.tau2, 3),
        method=pooled.tau2_method,
        i2=number(pooled.i2, 0),
    )
    notes = tuple(pooled.notes)
    return Callout(
        "note", "Pooled estimate", (Paragraph(words), *((Bullets(notes),) if notes else ()))
    )


def _published(rows: Sequence[Published], caption: str) -> Table:
    return Table(
        caption,
        (
            Column("Comparison"),
            Column("Outcome"),
            Column("Studies", "number"),
            Column("People", "number"),
            Column("What it says"),
            Column("Remarks", wide=True),
        ),
        tuple(
            (
                row.comparison or row.id,
                row.outcome,
                "–" if row.n_studies is UNKNOWN else row.n_studies.text,
                "–" if row.n_people is UNKNOWN else row.n_people.text,
                _said(row),
                row.note,
            )
            for row in rows
        ),
        note="Printed by others; shown as context, never pooled with the studies above.",
        narrow="cards",
    )


def _said(row: Published) -> str:
    parts: list[str] = []
    if row.estimate is not UNKNOWN:
        if row.ci_low is not UNKNOWN and row.ci_high is not UNKNOWN:
            limits = say("{low} to {high}", low=row.ci_low.text, high=row.ci_high.text)
            parts.append(say("{measure} {value} ({limits})", measure=row.measure,
                             value=row.estimate.text, limits=limits))  # fmt: skip
        else:
            parts.append(say("{measure} {effect}", measure=row.measure, effect=row.estimate.text))
    elif row.measure:
        parts.append(row.measure)
    if row.statement:
        parts.append(row.statement)
    return listed(parts)
