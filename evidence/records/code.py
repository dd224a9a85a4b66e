"""The shape of a finding code, and sources that many codes share."""

from __future__ import annotations

from typing import NamedTuple

from evidence.records.finding import Severity


class Code(NamedTuple):
    """One kind of finding."""

    code: str
    title: str
    severity: Severity
    what: str
    why: str
    fix: str
    source: str


OWN = "this project's rule"
HANDBOOK = "Cochrane Handbook for Systematic Reviews of Interventions, chapter 6"
