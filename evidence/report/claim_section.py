"""One claim of an audit as a section: verdict first, then what it rests on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.reliability import A_SCALES
from evidence.formatting import interval, number, plural
from evidence.records.base import UNKNOWN
from evidence.records.published import Published
from evidence.report.certainty_section import certainty_blocks
from evidence.report.claim_figures import (
    chances,
    contrast_figure,
    forest_figures,
    probability_figure,
    sensitivity_figures,
    waterfall_figure,
)
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
    """Where a claim stands in the document."""
    return f"claim-{_plain(claim_id)}"


def study_anchor(study_id: str) -> str:
    """Where a study stands in the document."""
    return f"study-{_plain(study_id)}"


def _plain(name: str) -> str:
    """A name as part of an anchor: itself when it is plain, else its words and a digest."""
    if re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        return name
    return f"{anchor_for(name)}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def claim_section(row: ClaimAudit) -> Section:
    """The section of one claim."""
    claim, verdict = row.claim, row.verdict
    blocks: list[Block] = [
        Paragraph(verdict.sentence, role="body"),
        KeyValues(tuple(_facts(row))),
        *wording_blocks(row),
    ]
    if row.own is not None:
        blocks += own_blocks(row)
    if row.direct:
        blocks.append(_results_table(row.direct, f"{claim.id}: real results that bear on it"))
        blocks += forest_figures(row)
        blocks.append(_pooled(row))
        blocks += certainty_blocks(row)
    near = [item for item in row.bearings if item.match.closeness != "bears"]
    if near:
        title = plural(len(near), "result") + " near the claim, shown as context only"
        caption = f"{claim.id}: results on other outcomes or related ingredients"
        blocks.append(Details(title, (_results_table(near, caption, near=True),)))
    if row.published:
        blocks.append(_published(row.published, f"{claim.id}: published tables that speak of it"))
    blocks.append(Paragraph(verdict.would_change, role="small"))
    return Section(
        f"{claim.id} {claim.text}",
        tuple(blocks),
        anchor=anchor_of(claim.id),
        badge=Badge(verdict.word, VERDICT_BADGE[verdict.word]),
    )


def _facts(row: ClaimAudit) -> list[tuple[str, str | tuple[str | Span, ...]]]:
    claim, subject = row.claim, row.subject
    place = next(iter(claim.places.values()), None)
    families = ", ".join(family.title for family in subject.families)
    items: list[tuple[str, str | tuple[str | Span, ...]]] = [
        ("Kind of claim", ", ".join(row.types.names)),
        ("Strongest reasons", "; ".join(reason for reason in verdict_reasons(row) if reason)),
        ("Evidence offered", claim.evidence_offered or "none"),
        ("Speaks of", f"{claim.ingredient or 'no ingredient'}; {claim.outcome or 'no outcome'}"),
        ("Read as", subject.why_none or f"{_names(row)}; {families or 'any outcome'}"),
        ("Would need", row.types.minimum.needs),
    ]
    items += [(f"Does {one.moderator} matter", one.answer) for one in row.moderation]
    if claim.section or claim.source:
        items.insert(0, ("Where", f"{claim.source}, {claim.section}".strip(", ")))
    if claim.note:
        items.append(("Remark in the file", claim.note))
    if place is not None:
        items.append(("Read from", (Span(place_words(place), emphasis="code"),)))
    return items


def verdict_reasons(row: ClaimAudit) -> tuple[str, ...]:
    """The three strongest reasons of the verdict, the certainty of the evidence among them."""
    reasons = list(row.verdict.reasons)
    if row.certainty is not None and row.certainty.level is not None:
        reasons.insert(2, f"certainty of the evidence: {row.certainty.level.lower()}")
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
            f"{measure_words(between)} {effect_words(between)}"
            if between.yi is not None
            else item.direction_why
        )
        change = done.effects.treated
        if change.yi is not None and between.yi is None:
            shown += f"; change from baseline {effect_words(change)}"
        differs = "; ".join(item.match.indirectness)
        why = _CLOSENESS[item.match.closeness] if near else f"same {item.match.reason}"
        result = f"{outcome.name or outcome.domain}, {week_words(outcome)}. {shown[:1].upper()}"
        cells.append(
            (
                Cell(item.match.study.id, anchor=study_anchor(item.match.study.id)),
                f"{design_words(outcome)}; people: {people_words(done)}",
                f"{result}{shown[1:]}.",
                Cell(item.direction, badge=DIRECTION_BADGE[item.direction]),
                Cell(score_words(done.reliability), sort=done.reliability.value or -1.0),
                f"{why[:1].upper()}{why[1:]}. Differs: {differs or 'nothing named'}.",
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
        return Paragraph(("No pooled estimate: ", row.why_not_pooled, "."), role="body")
    effect = row.pooled_from[0]
    combined = replace(effect, yi=pooled.estimate, ci_low=pooled.ci_low, ci_high=pooled.ci_high)
    value, low, high = printed_scale(combined)
    words = (
        f"{measure_words(effect)} {number(value)} ({interval(low, high)}) from "
        f"{plural(pooled.k, 'study', 'studies')}; between-study variance {number(pooled.tau2, 3)} "
        f"({pooled.tau2_method}), I² {number(pooled.i2, 0)} %."
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
    parts = []
    if row.estimate is not UNKNOWN:
        limits = ""
        if row.ci_low is not UNKNOWN and row.ci_high is not UNKNOWN:
            limits = f" ({row.ci_low.text} to {row.ci_high.text})"
        parts.append(f"{row.measure} {row.estimate.text}{limits}")
    elif row.measure:
        parts.append(row.measure)
    if row.statement:
        parts.append(row.statement)
    return "; ".join(parts)


def own_blocks(row: ClaimAudit) -> list[Block]:
    """The study a claim describes, taken through the score."""
    done = row.own
    if done is None:
        return []
    result = done.reliability
    if result.value is None or result.low is None or result.high is None:
        return [Callout("warning", f"Not scored: {result.reason}")]
    blocks: list[Block] = [
        Callout(
            "note",
            f"Reliability of the study it describes: {result}",
            (
                Paragraph(
                    "About this share of what such studies report is the product's true effect; "
                    "the rest is noise, missing control, bias and selection."
                ),
            ),
        ),
        waterfall_figure(row.claim.id, result),
        _components(row),
        _raises(row),
        *_standing(row),
        *sensitivity_figures(row.claim.id, done.standing),
    ]
    if done.expected is not None:
        blocks += _expected(row)
    else:
        blocks.append(Paragraph(f"No expected true effect: {done.expected_reason}."))
    blocks.append(Paragraph(f"Probability of benefit: not shown; {done.probability.reason}."))
    return blocks


def _standing(row: ClaimAudit) -> list[Block]:
    """What can be said of the change it claims and what not, each with its label."""
    assert row.own is not None  # its caller checked
    seen = row.own.standing
    if seen.recovered.percent is None:
        return []
    rows = [
        (Cell(name), sentence.text[:1].upper() + sentence.text[1:], sentence.label)
        for name, sentences in (("yes", seen.said), ("no", seen.not_said))
        for sentence in sentences
    ]
    supposed = [
        (
            "hypothetical",
            f"With {one.n} people the interval would be {interval(*one.widest, 1)} at worst, "
            f"{interval(*one.narrowest, 1)} at best",
            "bounded",
        )
        for one in seen.supposed
    ]
    return [
        Table(
            f"{row.claim.id}: what can be said of the change, and what not",
            (Column("Can it be said?"), Column("Sentence", wide=True), Column("Label")),
            (*rows, *supposed),
            note="reported: printed; derived: algebra; bounded: an interval, no point in it "
            "preferred; imputed: under a named prior; refused: not identifiable.",
            narrow="cards",
        )
    ]


def _components(row: ClaimAudit) -> Details:
    assert row.own is not None  # its caller checked
    result = row.own.reliability
    a = A_SCALES[result.a_scale].a
    table = Table(
        f"{row.claim.id}: components of the score",
        (
            Column("Component"),
            Column("Status"),
            Column("Mean bias, SD", "number"),
            Column("Variance", "number"),
            Column("Points lost", "number"),
            Column("Why", wide=True),
            Column("Rests on", wide=True),
        ),
        tuple(
            (
                COMPONENTS[part.name].title,
                part.status,
                number(part.mean, 3),
                number(part.variance, 4),
                number(part.points_lost, 1),
                part.why,
                part.source or COMPONENTS[part.name].source,
            )
            for part in result.components
        ),
        note=f"B = {number(result.b, 3)}, S² = {number(result.s2, 4)}, A = {a:g}: "
        f"R = 100 A² / (A² + S² + B²) = {number(result.value, 1)}. Bias set {result.bias_set}.",
        narrow="cards",
    )
    return Details("Recompute the score by hand", (table,))


def _raises(row: ClaimAudit) -> Table:
    assert row.own is not None  # its caller checked
    result = row.own.reliability
    people = result.n_for_small_sampling
    return Table(
        f"{row.claim.id}: what would raise the score",
        (
            Column("If", wide=True),
            Column("Now"),
            Column("Score", "number"),
            Column("Gain", "number"),
        ),
        tuple(
            (
                gain.fact,
                "not reported" if gain.status == "unknown" else "known not to be so",
                number(gain.value, 1),
                number(gain.gain, 1, sign=True),
            )
            for gain in result.would_raise
        ),
        note=""
        if people is None
        else f"With {people:,} people, chance would cost fewer than 5 points.",
        narrow="cards",
    )


def _expected(row: ClaimAudit) -> list[Block]:
    assert row.own is not None  # its caller checked
    seen = row.own.expected
    assert seen is not None  # its caller checked
    shown = f"{number(seen.estimate, 1)} {seen.unit} ({interval(seen.ci_low, seen.ci_high, 1)})"
    assumed = dict.fromkeys((*seen.assumptions, *row.own.reliability.assumed))
    note = row.own.outcome.note
    return [
        contrast_figure(row.claim.id, seen),
        Bullets(
            (
                f"Expected true effect {shown}, where positive is benefit"
                + (": a scenario, for it assumes what the claim leaves out." if assumed else "."),
                chances(seen),
                *(f"Assumed: {word}." for word in assumed),
                *((f"{note.capitalize()}.",) if note else ()),
            )
        ),
        probability_figure(row.claim.id, seen),
    ]
