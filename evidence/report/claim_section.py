"""One claim of an audit as a section: verdict first, then what it rests on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from evidence.appraisal.components import COMPONENTS
from evidence.appraisal.reliability import A_SCALES
from evidence.effects.names import measure_title
from evidence.formatting import interval, number, plural
from evidence.plots.contrast import contrast_rows, contrast_svg
from evidence.plots.forest import forest_rows, forest_svg
from evidence.plots.lanes import SLIM
from evidence.plots.probability import probability_rows, probability_svg
from evidence.plots.waterfall import waterfall_rows, waterfall_svg
from evidence.records.base import UNKNOWN
from evidence.records.published import Published
from evidence.report.document import (
    Badge,
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Details,
    Figure,
    KeyValues,
    Paragraph,
    Section,
    Span,
    Table,
    anchor_for,
    rows_table,
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
from evidence.synthesis.pool import Pooled
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.judge import Bearing

NARROW = SLIM  # the drawing that fits a phone
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
    ]
    if row.own is not None:
        blocks += own_blocks(row)
    if row.direct:
        blocks.append(_results_table(row.direct, f"{claim.id}: real results that bear on it"))
        blocks += _forests(row)
        blocks.append(_pooled(row))
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
        ("Kind of claim", row.kind.title),
        ("Evidence offered", claim.evidence_offered or "none"),
        ("Speaks of", f"{claim.ingredient or 'no ingredient'}; {claim.outcome or 'no outcome'}"),
        ("Read as", subject.why_none or f"{_names(row)}; {families or 'any outcome'}"),
        ("Would need", row.kind.needs),
    ]
    if claim.section or claim.source:
        items.insert(0, ("Where", f"{claim.source}, {claim.section}".strip(", ")))
    if claim.note:
        items.append(("Remark in the file", claim.note))
    if place is not None:
        items.append(("Read from", (Span(place_words(place), emphasis="code"),)))
    return items


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


def _forests(row: ClaimAudit) -> list[Block]:
    """One forest of effects between arms, one of bare changes; each only if it has a mark."""
    groups: dict[tuple[str, bool, str], list[Bearing]] = {}
    for item in row.direct:
        effect = item.assessment.effects.between
        if effect.yi is not None:
            groups.setdefault((effect.measure, effect.log, effect.unit), []).append(item)
    blocks: list[Block] = []
    for (measure, log, unit), items in groups.items():
        if not any(item.assessment.effects.between.ci_low is not None for item in items):
            continue
        pooled = row.pooled if row.pooled is not None and row.pooled.measure == measure else None
        blocks.append(_forest(row, items, measure, log, unit, pooled))
    changes = [
        item
        for item in row.direct
        if item.assessment.effects.treated.yi is not None
        and item.assessment.effects.treated.unit == "%"
    ]
    if len(changes) >= 2:
        blocks.append(_changes(row, changes))
    return blocks


def _forest(
    row: ClaimAudit,
    items: Sequence[Bearing],
    measure: str,
    log: bool,
    unit: str,
    pooled: Pooled | None,
) -> Figure:
    weights = {} if pooled is None else dict(pooled.weights)
    table = []
    for item in items:
        effect = item.assessment.effects.between
        used = effect in row.pooled_from
        table.append(
            {
                "label": f"{item.match.study.id}: {item.match.outcome.name or ''}".rstrip(": "),
                "estimate": effect.yi,
                "ci_low": effect.ci_low,
                "ci_high": effect.ci_high,
                "weight": weights.get(item.match.study.id) if used else None,
                "detail": people_words(item.assessment),
                "basis": effect.basis.label,
            }
        )
    rows = forest_rows(table, pooled=pooled, log=log)
    name = measure_title(measure)
    title = f"{row.claim.id}: effects between groups, {name}"
    lower = any(item.assessment.effects.between.better == "lower" for item in items)
    sides = ("favours the product", "favours the comparator")
    if items[0].match.outcome.design.kind == "exposure":
        sides = ("less with the exposure", "more with the exposure")
    favours = sides if lower else (sides[1], sides[0])
    desc = f"{len(items)} results with an interval or a value; the line marks no effect."
    shape = {"log": log, "measure": f"{name} {unit}".strip(), "favours": favours}
    return Figure(
        forest_svg(rows, title=title, desc=desc, **shape),  # type: ignore[arg-type]
        title=title,
        description=desc,
        narrow=forest_svg(rows, title=title, desc=desc, width=NARROW, **shape),  # type: ignore[arg-type]
        table=rows_table(
            f"{title}: the numbers",
            rows,
            {
                "label": "Study",
                "estimate": "Effect",
                "ci_low": "Low",
                "ci_high": "High",
                "detail": "People",
                "basis": "Rests on",
            },
        ),
    )


def _changes(row: ClaimAudit, items: Sequence[Bearing]) -> Figure:
    table = []
    for item in items:
        effect = item.assessment.effects.treated
        table.append(
            {
                "label": f"{item.match.study.id}: {item.match.outcome.name or ''}".rstrip(": "),
                "estimate": effect.yi,
                "ci_low": effect.ci_low,
                "ci_high": effect.ci_high,
                "detail": people_words(item.assessment),
                "basis": effect.basis.label,
                "note": design_words(item.match.outcome),
            }
        )
    rows = forest_rows(table)
    title = f"{row.claim.id}: changes from baseline"
    desc = (
        "Percent changes within the product's own arm. They hold whatever else changed too, so "
        "they are not effects of the product and are not pooled."
    )
    shape = {"measure": "Change from baseline, %", "digits": 1, "heads": ("Study", "People", "")}
    return Figure(
        forest_svg(rows, title=title, desc=desc, **shape),  # type: ignore[arg-type]
        title=title,
        description=desc,
        narrow=forest_svg(rows, title=title, desc=desc, width=NARROW, **shape),  # type: ignore[arg-type]
        table=rows_table(
            f"{title}: the numbers",
            rows,
            {
                "label": "Study",
                "estimate": "Change, %",
                "ci_low": "Low",
                "ci_high": "High",
                "detail": "People",
                "basis": "Rests on",
            },
            digits=1,
        ),
    )


def _pooled(row: ClaimAudit) -> Block:
    pooled = row.pooled
    if pooled is None:
        return Paragraph(("No pooled estimate: ", row.why_not_pooled, "."), role="body")
    effect = row.pooled_from[0]
    from dataclasses import replace

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
        _waterfall(row),
        _components(row),
        _raises(row),
    ]
    if done.expected is not None:
        blocks += _expected(row)
    else:
        blocks.append(Paragraph(f"No expected true effect: {done.expected_reason}."))
    blocks.append(Paragraph(f"Probability of benefit: not shown; {done.probability.reason}."))
    return blocks


def _waterfall(row: ClaimAudit) -> Figure:
    assert row.own is not None  # its caller checked
    result = row.own.reliability
    titles = {name: about.title for name, about in COMPONENTS.items()}
    parts = [part for part in result.lost if part.points_lost > 0]
    rows = waterfall_rows(
        [
            {"name": p.name, "status": p.status, "points_lost": p.points_lost, "note": p.why}
            for p in parts
        ],
        value=result.value or 0.0,
        low=result.low,
        high=result.high,
        labels=titles,
    )
    title = f"{row.claim.id}: where the points went"
    desc = f"From 100 down to {result}."
    return Figure(
        waterfall_svg(rows, title=title, desc=desc),
        title=title,
        description=desc,
        narrow=waterfall_svg(rows, title=title, desc=desc, width=NARROW),
        table=rows_table(
            f"{title}: the numbers",
            rows,
            {"label": "Step", "points_lost": "Points lost", "after": "Left", "note": "Why"},
            digits=1,
        ),
    )


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
    digits, unit = 1, f" {seen.unit}"
    shown = f"{number(seen.estimate, digits)}{unit} ({interval(seen.ci_low, seen.ci_high, digits)})"
    title = f"{row.claim.id}: claimed and expected"
    desc = f"Claimed {number(seen.claim, digits)}{unit}; expected true effect {shown}."
    rows = contrast_rows(
        claimed=seen.claim,
        expected=(seen.estimate, seen.ci_low, seen.ci_high),
        basis="scenario" if seen.scenario else "",
    )
    pictured = {"unit": unit, "axis_label": f"improvement,{unit}", "benefit": "higher"}
    curve = probability_rows(
        mean=seen.estimate, sd=seen.sd_smd * seen.scale, mid=seen.mid, claimed=seen.claim
    )
    curve_title = f"{row.claim.id}: how likely is an effect of at least this size"
    curve_desc = (
        f"Chance of any benefit {seen.pr_above_zero:.2f}; of at least the claimed "
        f"{number(seen.claim, digits)}{unit} {seen.pr_at_least_claim:.4f}."
    )
    return [
        Figure(
            contrast_svg(rows, title=title, desc=desc, **pictured),  # type: ignore[arg-type]
            title=title,
            description=desc,
            narrow=contrast_svg(rows, title=title, desc=desc, width=NARROW, **pictured),  # type: ignore[arg-type]
            table=rows_table(
                f"{title}: the numbers",
                rows,
                {
                    "label": "What",
                    "estimate": "Value",
                    "ci_low": "Low",
                    "ci_high": "High",
                    "basis": "Basis",
                },
                digits=digits,
            ),
        ),
        Bullets(
            (
                f"Expected true effect {shown}, where positive is benefit: a scenario, because it "
                "assumes what the claim leaves out.",
                curve_desc,
                *(
                    f"Assumed: {word}."
                    for word in (*seen.assumptions, *row.own.reliability.assumed)
                ),
                *((f"{row.own.outcome.note.capitalize()}.",) if row.own.outcome.note else ()),
            )
        ),
        Figure(
            probability_svg(curve, title=curve_title, desc=curve_desc, unit=unit),
            title=curve_title,
            description=curve_desc,
            narrow=probability_svg(
                curve, title=curve_title, desc=curve_desc, unit=unit, width=NARROW
            ),
            table=rows_table(
                f"{curve_title}: the marked points",
                [point for point in curve if point.mark],
                {"mark": "Mark", "threshold": "At least", "probability": "Probability"},
                digits=4,
            ),
        ),
    ]
