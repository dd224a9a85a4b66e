"""What the commands lend to the page, so that both say the same.

The page is a floor below the command line and cannot import it; `evidence.cli.serve` hands over
the very functions that `evidence score`, `check` and `doctor` call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from evidence.records.finding import Finding
from evidence.serve.fields import Flag, Score

if TYPE_CHECKING:
    from evidence.integrity.found import IntegrityReport


class Verbs(NamedTuple):
    """Functions of the commands.

    `score` takes arguments of `evidence score` and gives what it prints; `score_options` and
    `report_options` are the bias set and the scale that settings name; `findings_of` puts a
    report of integrity checks as findings, leaving out those told already; `code_hash` says which
    code made a report; `tell` writes a line to standard error.
    """

    flags: Mapping[str, Flag]
    score: Score
    score_options: Mapping[str, Any]
    report_options: Mapping[str, Any]
    findings_of: Callable[[IntegrityReport, Iterable[Finding]], list[Finding]]
    code_hash: Callable[[], str]
    tell: Callable[[str], None]
