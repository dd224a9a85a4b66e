"""Options every test run knows, and the count of reference cases printed at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings

# the clock of a busy machine is nobody's bug; the same examples for everybody
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

HERE = Path(__file__).parent
# looked through for examples, two files of this name would be one module
collect_ignore_glob = ["conftest.py", "*/conftest.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reference-dir",
        default=str(HERE / "reference" / "data"),
        metavar="DIR",
        help="folder of reference cases: every *.json.gz and *.json directly in it is run",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line per family, read from the reports so that it also works with workers."""
    reports = [r for some in terminalreporter.stats.values() for r in some]
    found = [
        value
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in getattr(report, "user_properties", ())
        if name == "reference"
    ]
    if not found:
        return
    terminalreporter.section("reference cases")
    totals: dict[str, Counter[str]] = {}
    for tally in sorted(found, key=lambda tally: (tally["folder"], tally["family"])):
        folder, counts = tally["folder"], Counter(tally["counts"])
        if tally["absent"]:
            terminalreporter.write_line(f"{folder}: absent, 0 cases run")
            continue
        totals.setdefault(folder, Counter()).update(counts)
        label = f"{folder}/{tally['family']}" if folder else tally["family"]
        terminalreporter.write_line(_line(label, counts, tally["disputed"]))
    for folder in sorted(totals, reverse=True):
        terminalreporter.write_line(_line(folder or "all", totals[folder]))


def _line(label: str, counts: Counter[str], disputed: Iterable[str] = ()) -> str:
    """Disputed cases agree but for the elements shown to be wrong: counted apart, and named."""
    apart = f", {counts['disputed']} disputed" if counts["disputed"] else ""
    named = f" ({', '.join(disputed)})" if disputed else ""
    return (
        f"{label}: {counts['passed']} passed, {counts['failed']} failed, "
        f"{counts['not supported yet']} not supported yet{apart}, {counts.total()} total{named}"
    )
