"""How certain the evidence behind a claim is: GRADE per body, risk of bias of its trials."""

from __future__ import annotations

from evidence.appraisal.summary_of_findings import phrase
from evidence.formatting import interval, number, plural
from evidence.report.document import (
    BadgeKind,
    Block,
    Bullets,
    Cell,
    Column,
    Details,
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
JUDGEMENT_BADGE: dict[str, BadgeKind] = {
    "Low": "positive",
    "Some concerns": "caution",
    "High": "negative",
}


def certainty_blocks(row: ClaimAudit) -> list[Block]:
    """One line per body of evidence, the reasons behind each, and the trials' domains."""
    if not row.bodies:
        return []
    table = Table(
        f"{row.claim.id}: certainty of the evidence (GRADE), one body per kind of design",
        (
            Column("Design"),
            Column("Studies", "number"),
            Column("Certainty", "badge"),
            Column("After allowing for bias", wide=True),
            Column("Why", wide=True),
        ),
        tuple(_line(body) for body in row.bodies),
        note="Bodies of different design are never pooled. A flaw that is only unknown counts "
        "against a body as long as nobody reports the fact.",
        narrow="cards",
    )
    blocks: list[Block] = [table]
    for body in row.bodies:
        if body.rob2:
            blocks.append(_trials(row, body))
    return blocks


def _line(body: RatedBody) -> tuple[Cell | str, ...]:
    found = body.certainty
    level = found.level or "not rated"
    reasons = [reason if len(reason) < 220 else reason[:217] + "…" for reason in found.reasons]
    return (
        Cell(DESIGNS.get(body.design, body.design)),
        str(len(body.members)),
        Cell(level, badge=LEVEL_BADGE.get(level, "unknown"), title=phrase(found)),
        _adjusted(body),
        "; ".join(reasons) + ".",
    )


def _adjusted(body: RatedBody) -> str:
    if body.adjusted is None:
        return f"No estimate: {body.why_not_adjusted}."
    shown = next((one for one in body.adjusted.sets if one.bias_set == "robes2018"), None)
    if shown is None:
        return "No estimate."
    spread = body.adjusted.probability_range()
    words = f"{number(shown.estimate)} ({interval(shown.ci_low, shown.ci_high)}) SD"
    if spread is not None:
        low, high = spread
        words += f"; probability of a benefit {low:.2f} to {high:.2f} over the bias sets"
    if body.adjusted.assumption_driven:
        words += ": driven by the assumption about bias"
    return words


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
                " to ".join(dict.fromkeys((judged.reachable[0], judged.reachable[-1])))
                if judged.reachable
                else "–",
                str(judged.n_no_information),
            )
        )
    known = [
        f"{member.match.study.id}: {flaw.why} ({flaw.fact}: {flaw.printed})"
        for member in body.members
        for flaw in body.rob2[member.match.outcome.id].flaws
    ]
    table = Table(
        f"{row.claim.id}: risk of bias of the randomised results (RoB 2)",
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
    blocks: list[Block] = [table]
    if known:
        blocks.append(Paragraph("Known to speak against the results:"))
        blocks.append(Bullets(tuple(known)))
    return Details(
        f"Risk of bias of {plural(len(body.members), 'randomised result')}", tuple(blocks)
    )
