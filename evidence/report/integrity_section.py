"""Whether the printed figures can all be right: every check that is not a plain pass, once."""

from __future__ import annotations

from evidence.integrity.checks_of_studies import check_studies
from evidence.integrity.found import Item, Status
from evidence.messages import sentences
from evidence.report.claim_section import study_anchor
from evidence.report.document import BadgeKind, Block, Cell, Column, Paragraph, Section, Table
from evidence.verdict.audit import Audit

_BADGE: dict[Status, BadgeKind] = {"stop": "negative", "query": "caution", "note": "neutral"}


def integrity_section(audit: Audit) -> Section:
    """The checks of all studies: how many were possible, and those that ask for a look.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> odd = TRIAL | {"p": "0.9"}
    >>> section = integrity_section(audit_of("retinol lowers wrinkle depth", odd))
    >>> [cell if isinstance(cell, str) else cell.text for cell in section.blocks[1].rows[0][:2]]
    ['s1', 'query']
    """
    found = check_studies(audit.studies)
    shown = [item for item in found.items if item.status in _BADGE]
    blocks: list[Block] = [
        Paragraph(
            sentences(
                found.summary,
                "A check asks whether figures that are printed can all be right. What does not fit "
                "is most often a typing error, people lost, or another rounding; nothing here says "
                "more than that the figures should be looked at.",
            )
        )
    ]
    if shown:
        blocks.append(
            Table(
                "Figures to look at",
                (
                    Column("Study"),
                    Column("Check", "badge"),
                    Column("What was found", wide=True),
                    Column("What would explain it", wide=True),
                    Column("Code"),
                ),
                tuple(_row(item) for item in shown),
                narrow="cards",
            )
        )
    return Section("Do the printed figures fit?", tuple(blocks), anchor="integrity", collapsed=True)


def _row(item: Item) -> tuple[Cell | str, ...]:
    return (
        Cell(item.study, anchor=study_anchor(item.study)),
        Cell(item.status, badge=_BADGE[item.status]),
        item.sentence,
        sentences(*item.benign[:3]) or "–",
        item.code,
    )
