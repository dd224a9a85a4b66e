"""Findings on their way out: as lines for people, and integrity items as a tree for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evidence.cli.lines import Line
from evidence.messages import say, sentences
from evidence.records.codes import finding
from evidence.records.finding import Finding, Severity

if TYPE_CHECKING:
    from evidence.integrity.found import IntegrityReport, Item, Status

SEVERITY: dict[Status, Severity] = {"stop": "warning", "query": "warning", "note": "note"}
"""A stop is a warning too: no check of figures sets a row aside, it asks for a look."""


def findings_of(
    report: IntegrityReport, told: Iterable[Finding] = (), *, signals: bool = False
) -> list[Finding]:
    """What did not pass, as findings; left out where reading said the same of the same row."""
    seen = {(item.code, item.file, item.line) for item in told}
    listed = [item for item in report.items if item.status in SEVERITY]
    if signals:
        listed += report.signals
    made = [_finding(item) for item in listed]
    return [item for item in made if (item.code, item.file, item.line) not in seen]


def _finding(item: Item) -> Finding:
    place = item.place
    whom = item.outcome or item.study
    told = say("{whom}: {found}", whom=whom, found=item.sentence) if whom else item.sentence
    ways = sentences(*item.benign[:2])  # the first two; JSON has them all
    return finding(
        item.code,
        told,
        severity=SEVERITY[item.status],
        file=place.file if place else "",
        line=place.line if place else None,
        column=place.column if place else None,
        field=place.field if place else "",
        suggestion=say("Harmless ways there: {ways}", ways=ways) if ways else "",
    )


def tree_of(report: IntegrityReport) -> dict[str, object]:
    """The report as JSON holds it: counts, and every item with every field."""
    return {
        "status": report.status,
        "possible": report.possible,
        "run": report.run,
        "counts": report.counts,
        "items": [item.as_dict() for item in report.items],
        "signals": [item.as_dict() for item in report.signals],
    }


def finding_line(item: Finding) -> Line:
    """A finding for people: its place and code, then what it is and what would help."""
    lead = f"{item.where}: " if item.where else ""
    return Line(sentences(item.message, item.suggestion), f"{lead}{item.code}", 4, item.severity)
