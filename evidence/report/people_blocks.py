"""What a result means for 100 people: two arrays of the same people, or why none is drawn."""

from __future__ import annotations

from evidence.effects.effect import ratio_of_log
from evidence.effects.shares import Measure, Share, share_given, share_of_counts, share_with
from evidence.messages import listed, say, sentence
from evidence.plots.icon_array import icon_array_svg
from evidence.plots.icon_array_rows import IconRow, icon_array_rows, why_not
from evidence.records.reported import value_of
from evidence.report.claim_figures import drawn
from evidence.report.document import Block, Paragraph
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.bodies import RatedBody
from evidence.verdict.judge import Bearing

SUPPOSED_SHARE = 0.2
"""People who get noticeably better without the product, where no comparator arm says how many;
a supposition to make a difference in SDs visible, named as such beside every picture of it."""
_MEASURES: dict[str, Measure] = {"RR": "RR", "OR": "OR", "RD": "RD"}


def people_blocks(row: ClaimAudit) -> list[Block]:
    """Icon arrays of the controlled body with the best design; a sentence where none is drawn.

    A share that the comparator arms print is used as it is; a difference in SDs is shown on a
    supposed share, and says so.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"]
    >>> people_blocks(row)[0].text
    'Not drawn: the certainty of the evidence is very low, so we do not know what the product
    does, and a picture of people would look like knowledge.'
    """
    if not row.direct:
        return []
    body = next((one for one in row.bodies if one.certainty.pooled is not None), None)
    if body is None or body.certainty.level is None:
        return [_none("no effect between groups can be pooled")]
    made = _counted(row, body) or _supposed(body)
    refused = why_not(made)
    if refused:
        return [Paragraph(sentence(refused))]
    outcome = listed((family.title for family in row.subject.families), ", ")
    return [
        drawn(
            icon_array_svg,
            made,
            title=say("{id}: what it means for 100 people", id=row.claim.id),
            desc=_said(made),
            columns={
                "arm": "Array",
                "state": "State",
                "people": "People",
                "share": "Share",
                "low": "Lower limit",
                "high": "Upper limit",
                "basis": "Rests on",
            },
            outcome=say("noticeably better: {outcome}", outcome=outcome or row.claim.outcome),
        ),
        *_assumptions(made),
    ]


def _none(why: str) -> Paragraph:
    return Paragraph(say("No picture of 100 people: {why}.", why=why))


def _supposed(body: RatedBody) -> list[IconRow]:
    pooled = body.certainty.pooled
    assert pooled is not None  # its caller checked
    without = share_given(SUPPOSED_SHARE, label="imputed")
    better = share_with(without, "SMD", pooled.estimate, pooled.ci_low, pooled.ci_high)
    return icon_array_rows(without, better, certainty=body.certainty.level)


def _counted(row: ClaimAudit, body: RatedBody) -> list[IconRow]:
    """Where the pooled effect is a ratio or difference of counts that the arms print."""
    pooled = row.pooled
    measure = None if pooled is None else _MEASURES.get(pooled.measure)
    if pooled is None or measure is None:
        return []
    without = _usual(body.members)
    if without is None:
        return []
    numbers = (pooled.estimate, pooled.ci_low, pooled.ci_high)
    if measure != "RD":
        first, low, high = (ratio_of_log(x) for x in numbers)
    else:
        first, low, high = numbers
    share = share_with(without, measure, first, low, high)
    unwanted = row.pooled_from[0].better == "lower"
    return icon_array_rows(without, share, certainty=body.certainty.level, harm=unwanted)


def _usual(members: tuple[Bearing, ...]) -> Share | None:
    events = people = 0
    for member in members:
        arm = member.match.outcome.control
        if arm is None:
            continue
        happened, n = value_of(arm.events), value_of(arm.n)
        if happened is not None and n is not None:
            events, people = events + round(happened), people + round(n)
    return share_of_counts(events, people) if people else None


def _said(rows: list[IconRow]) -> str:
    counts = {
        arm: sum(
            row.people or 0 for row in rows if row.arm == arm and row.state in ("anyway", "because")
        )
        for arm in ("without", "with")
    }
    return say(
        "{without} of 100 people without the product, {with_it} of 100 with it.",
        without=counts["without"],
        with_it=counts["with"],
    )


def _assumptions(rows: list[IconRow]) -> list[Block]:
    lines = list(dict.fromkeys(row.assumptions for row in rows if row.assumptions))
    if any(row.basis == "imputed" for row in rows):
        lines.insert(0, say("that {n} of 100 get noticeably better without the product",
                            n=round(100 * SUPPOSED_SHARE)))  # fmt: skip
    if not lines:
        return []
    return [Paragraph(sentence(say("Assumed: {what}", what=listed(lines))), role="small")]
