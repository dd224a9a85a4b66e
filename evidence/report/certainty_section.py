"""How certain the evidence behind a claim is: GRADE per body, risk of bias of its trials."""

from __future__ import annotations

from dataclasses import replace

from evidence.appraisal.summary_of_findings import phrase
from evidence.appraisal.words import DOMAIN_WORDS
from evidence.formatting import estimate, number
from evidence.messages import capital, listed, say, say_n, sentence
from evidence.plots.risk_of_bias_bars import risk_of_bias_bars_rows, risk_of_bias_bars_svg
from evidence.plots.traffic_light_rows import traffic_light_rows
from evidence.report.claim_figures import adjusted_figure, drawn
from evidence.report.document import (
    BadgeKind,
    Block,
    Bullets,
    Cell,
    Column,
    Details,
    Figure,
    Paragraph,
    Table,
)
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.bodies import RatedBody

DESIGNS = {
    "randomised": "controlled, randomised",
    "nonrandomised": "controlled, not randomised",
    "single_arm": "before and after, no control",
}
LEVEL_BADGE: dict[str, BadgeKind] = {
    "High": "positive",
    "Moderate": "positive",
    "Low": "caution",
    "Very low": "negative",
}
LEVEL_INSIDE = {
    "High": "high",
    "Moderate": "moderate",
    "Low": "low",
    "Very low": "very low",
    "not rated": "not rated",
}
"""Levels as they stand inside a sentence."""
JUDGEMENT_BADGE: dict[str, BadgeKind] = {
    "Low": "positive",
    "Some concerns": "caution",
    "High": "negative",
}


def certainty_blocks(row: ClaimAudit) -> list[Block]:
    """One line per body of evidence, the reasons behind each, and the trials' domains.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> blocks = certainty_blocks(audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"])
    >>> [cell if isinstance(cell, str) else cell.text for cell in blocks[0].rows[0][:3]]
    ['controlled, randomised', '2', 'Very low']
    """
    if not row.bodies:
        return []
    table = Table(
        say(
            "{id}: certainty of the evidence (GRADE), one body per kind of design", id=row.claim.id
        ),
        (
            Column("Design"),
            Column("Studies", "number"),
            Column("Certainty", "badge"),
            Column("After allowing for bias", wide=True),
        ),
        tuple(_line(body) for body in row.bodies),
        note="Bodies of different design are never pooled. A flaw that is only unknown counts "
        "against a body as long as nobody reports the fact.",
        narrow="cards",
    )
    blocks: list[Block] = [table]
    for body in row.bodies:
        blocks.append(_profile(row, body))
        drawing = adjusted_figure(row.claim.id, body, DESIGNS.get(body.design, body.design))
        if drawing is not None:
            blocks.append(drawing)
        if body.rob2:
            blocks.append(_trials(row, body))
    return blocks


def _line(body: RatedBody) -> tuple[Cell | str, ...]:
    found = body.certainty
    level = found.level or "not rated"
    return (
        Cell(DESIGNS.get(body.design, body.design)),
        str(len(body.members)),
        Cell(level, badge=LEVEL_BADGE.get(level, "unknown"), title=phrase(found)),
        _adjusted(body),
    )


def _profile(row: ClaimAudit, body: RatedBody) -> Details:
    """The evidence profile of one body: every domain with the fact behind it."""
    found = body.certainty
    design = DESIGNS.get(body.design, body.design)
    level = found.level or "not rated"
    moved = [(domain, -domain.down) for domain in found.domains]
    moved += [(domain, domain.down) for domain in found.ups if domain.down]
    lines = [
        (
            capital(DOMAIN_WORDS[domain.domain]),
            Cell(number(levels, 0, sign=True), sort=float(levels)),
            sentence(domain.reason) if domain.reason else "–",
            domain.rule,
            domain.source,
        )
        for domain, levels in moved
    ]
    if found.start_level is not None:
        start = say("Start: {level}", level=LEVEL_INSIDE[found.start_level])
        lines.insert(0, (start, Cell("–"), sentence(found.start_reason), "", ""))
    table = Table(
        say("{id}: evidence profile, {design}", id=row.claim.id, design=design),
        (
            Column("Domain"),
            Column("Levels", "number"),
            Column("Fact", wide=True),
            Column("Rule"),
            Column("Source"),
        ),
        tuple(lines),
        note=found.reason,
        narrow="cards",
    )
    title = say("Why {level}: {design}", level=LEVEL_INSIDE[level], design=design)
    return Details(title, (table,))


def _adjusted(body: RatedBody) -> str:
    if body.adjusted is None:
        return say("No estimate: {why}.", why=body.why_not_adjusted)
    shown = next((one for one in body.adjusted.sets if one.bias_set == "robes2018"), None)
    if shown is None:
        return "No estimate."
    spread = body.adjusted.probability_range()
    words: list[str] = [
        say("{shown} SD", shown=estimate(shown.estimate, shown.ci_low, shown.ci_high))
    ]
    if spread is not None:
        low, high = (f"{value:.2f}" for value in spread)
        words.append(
            say("probability of a benefit {low} to {high} over the bias sets", low=low, high=high)
        )
    if body.adjusted.assumption_driven:
        words.append("driven by the assumption about bias")
    return listed(words)


def _trials(row: ClaimAudit, body: RatedBody) -> Details:
    cells: list[tuple[Cell | str, ...]] = []
    for member in body.members:
        judged = body.rob2[member.match.outcome.id]
        overall = judged.overall or "not judged"
        cells.append(
            (
                member.match.study.id,
                *(
                    Cell(domain.judgement, badge=JUDGEMENT_BADGE[domain.judgement])
                    for domain in judged.domains[:5]
                ),
                Cell(overall, badge=JUDGEMENT_BADGE.get(overall, "unknown")),
                listed(dict.fromkeys((judged.reachable[0], judged.reachable[-1])), " to ")
                if judged.reachable
                else "–",
                str(judged.n_no_information),
            )
        )
    known = [
        say(
            "{id}: {why} ({fact}: {printed})",
            id=member.match.study.id,
            why=flaw.why,
            fact=flaw.fact,
            printed=flaw.printed,
        )
        for member in body.members
        for flaw in body.rob2[member.match.outcome.id].flaws
    ]
    table = Table(
        say("{id}: risk of bias of the randomised results (RoB 2)", id=row.claim.id),
        (
            Column("Study"),
            Column("Randomisation", "badge"),
            Column("Deviations", "badge"),
            Column("Missing data", "badge"),
            Column("Measurement", "badge"),
            Column("Selection", "badge"),
            Column("Overall", "badge"),
            Column("Could still be"),
            Column("Not reported", "number"),
        ),
        tuple(cells),
        note="High here mostly says that facts are not reported: the last two columns show what "
        "could be reached if they were known, and how many questions have no answer.",
        narrow="cards",
    )
    blocks: list[Block] = [table, _bars(row, body)]
    if known:
        blocks.append(Paragraph("Known to speak against the results:"))
        blocks.append(Bullets(tuple(known)))
    return Details(
        say_n(
            len(body.members),
            "Risk of bias of {n} randomised result",
            "Risk of bias of {n} randomised results",
        ),
        tuple(blocks),
    )


def _bars(row: ClaimAudit, body: RatedBody) -> Figure:
    """How much of the weight stands at each level, domain by domain."""
    pooled = body.certainty.pooled
    judged = [body.rob2[member.match.outcome.id] for member in body.members]
    weights = None if pooled is None else dict(pooled.weights)
    bars = risk_of_bias_bars_rows(traffic_light_rows(judged, weights=weights))
    weighted = any(bar.weighted for bar in bars)
    return drawn(
        risk_of_bias_bars_svg,
        bars,
        title=say("{id}: risk of bias by domain", id=row.claim.id),
        desc="Share of the weight at each level."
        if weighted
        else "Share of the results at each level.",
        columns={"name": "Domain", "word": "Judgement", "share": "Share", "results": "Results"},
        table_rows=[replace(bar, name=bar.name or bar.domain) for bar in bars],
    )
