"""What a claim says, what it may say, what could be said instead, and the rules of markets."""

from __future__ import annotations

import re

from evidence.messages import say
from evidence.report.document import (
    BadgeKind,
    Block,
    Callout,
    Cell,
    Column,
    Details,
    Paragraph,
    Table,
)
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.market_names import Market
from evidence.verdict.markets import RULES, RuleResult, in_one_line

STANDS: dict[str, BadgeKind] = {"yes": "positive", "no": "negative", "unknown": "unknown"}
STATUS: dict[str, BadgeKind] = {
    "met": "positive",
    "not met": "negative",
    "unknown": "unknown",
    "not applicable": "neutral",
}
_ADDRESS = re.compile(r"\(?https?://[^\s)]+\)?")
"""Addresses are too long for a column: the whole source is in the cell's title."""


def wording_blocks(row: ClaimAudit) -> list[Block]:
    """The honest rewording, the words that need more than there is, and the markets' rules.

    >>> from evidence.verdict.cases import audit_of
    >>> blocks = wording_blocks(audit_of("retinol erases wrinkles, guaranteed")["1"])
    >>> [cell if isinstance(cell, str) else cell.text for cell in blocks[1].rows[-1][:2]]
    ['“guaranteed”', 'no']
    """
    blocks: list[Block] = [
        Callout("note", "What could be said instead", (Paragraph(row.suggested),)),
    ]
    if row.wording:
        blocks.append(_words(row))
    blocks += [_standard(row, market, rules) for market, rules in row.standards.items()]
    return blocks


def _words(row: ClaimAudit) -> Table:
    return Table(
        say("{id}: its words", id=row.claim.id),
        (
            Column("Words"),
            Column("Do they stand?", "badge"),
            Column("They stand on", wide=True),
            Column("Here", wide=True),
            Column("Instead", wide=True),
            Column("Rule"),
        ),
        tuple(
            (
                f"“{found.words}”",
                Cell(found.stands, badge=STANDS[found.stands], title=found.why),
                found.stands_on,
                found.stands_why,
                found.instead,
                found.rule,
            )
            for found in row.wording
        ),
        narrow="cards",
    )


def _standard(row: ClaimAudit, market: Market, rules: tuple[RuleResult, ...]) -> Details:
    info = RULES[market]
    table = Table(
        say("{id}: {rules}", id=row.claim.id, rules=info.title),
        (
            Column("Rule"),
            Column("Asks for", wide=True),
            Column("Result", "badge"),
            Column("Why", wide=True),
            Column("Source", wide=True),
        ),
        tuple(
            (
                rule.id,
                rule.requirement,
                Cell(rule.status, badge=STATUS[rule.status]),
                say("{why} ({study})", why=rule.why, study=rule.study) if rule.study else rule.why,
                Cell(_without_address(rule.source), title=rule.source),
            )
            for rule in rules
        ),
        note=info.note,
        narrow="cards",
    )
    summary = say("{rules}: {result}", rules=info.title, result=in_one_line(rules))
    return Details(summary, (table,))


def _without_address(source: str) -> str:
    """A source without addresses; one that has none stays a sentence that can be translated."""
    return _ADDRESS.sub("", source).strip(" ;") if "://" in source else source
