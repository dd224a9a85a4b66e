"""`evidence check`: what cannot be right, or was converted, in files of studies and claims.

Reading findings come first, then printed figures that do not go together. Signals of design and
reporting are many and no fault, so that they are listed only when asked for, and in JSON.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

from cyclopts import Parameter

from evidence.cli.options import (
    FailOnOption,
    Format,
    JsonOption,
    OutputOption,
    QuietOption,
    exit_status,
)
from evidence.cli.output import complain, emit, plain, say, write
from evidence.errors import OptionError, RecordError
from evidence.records.finding import Finding, Severity

if TYPE_CHECKING:
    from evidence.ingest.reading import ClaimReading, Reading
    from evidence.integrity.found import IntegrityReport

SCHEMA = "evidence/check/1"

CheckFormat: TypeAlias = Literal["table", "json", "jsonl", "csv", "md", "github"]
From: TypeAlias = Literal["csv", "tsv", "xlsx", "json", "jsonl", "yaml", "parquet"]

OPTIONS = ("--format", "--json", "--output", "--fail-on", "--from", "--signals", "--quiet")

_FIELDS = ("code", "severity", "file", "line", "column", "cell", "field", "value", "message",
           "suggestion")  # fmt: skip
_SAME = 20  # findings of one kind in one column that are listed one by one for people
_CODED = re.compile(r"(?:^|: )(EV\d{3}) (.*)$", re.DOTALL)
_GITHUB: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def check(
    *files: Annotated[
        str,
        Parameter(
            help="Files of studies or claims; - is standard input.", allow_leading_hyphen=True
        ),
    ],
    format: Annotated[
        CheckFormat, Parameter(help="Shape of the output; github prints workflow annotations.")
    ] = "table",
    json: JsonOption = False,
    output: OutputOption = None,
    fail_on: FailOnOption = "error",
    from_: Annotated[
        From | None, Parameter(name="--from", help="Format, when neither content nor name says it.")
    ] = None,
    signals: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="List signals of design and reporting too, as notes.",
        ),
    ] = False,
    quiet: QuietOption = False,
) -> int:
    """Check study files for what cannot be right, cell by cell and figure against figure.

    Each finding names its place as file:line:column and its code, which `evidence explain`
    explains. A row with an error is set aside by every command; the others go on.
    """
    from evidence.ingest.read import read_any

    if not files:
        complain("check needs at least one file: evidence check studies.csv")
        return 2
    findings: list[Finding] = []
    counts: Counter[str] = Counter()
    reports: list[IntegrityReport] = []
    useless = 0
    for name in files:  # a lone hyphen is a file, so the parser lets unknown options through
        if name.startswith("-") and name != "-":
            raise OptionError("option", name, OPTIONS)
    for name in files:
        try:
            reading = read_any(name, format=from_)
        except RecordError as error:
            useless += 1
            found = getattr(error, "findings", ())
            findings += [*found, *([] if found else [_as_finding(error)])]
            complain(str(error))
            continue
        findings += reading.findings
        if (report := _integrity(reading)) is not None:
            from evidence.cli.integrity import findings_of

            findings += findings_of(report, reading.findings, signals=signals)
            reports.append(report)
        counts.update(read=reading.read, used=reading.used, set_aside=reading.set_aside)
    form = "json" if json else format
    figures = _joined(reports)
    _print(findings, counts, figures, len(files), form, output)
    if form != "table":
        say(_told(findings, counts, figures), quiet=quiet)
    if useless == len(files):
        return 2
    return max(exit_status([item.severity for item in findings], fail_on),
               int(bool(useless) and fail_on != "never"))  # fmt: skip


def _integrity(reading: Reading | ClaimReading) -> IntegrityReport | None:
    """Every check of printed figures, where the file holds studies."""
    from evidence.ingest.reading import Reading

    if not isinstance(reading, Reading):
        return None
    from evidence.integrity.checks_of_studies import check_studies

    return check_studies(reading.studies)


def _joined(reports: list[IntegrityReport]) -> IntegrityReport | None:
    if not reports:
        return None
    from evidence.integrity.found import joined

    return joined(reports)


def _print(
    findings: list[Finding], counts: Counter[str], figures: IntegrityReport | None, files: int,
    form: CheckFormat, output: Path | None,
) -> None:  # fmt: skip
    if form == "github":
        write("".join(f"{_annotation(item)}\n" for item in findings), output)
        return
    rows: list[dict[str, object]] = [
        {name: getattr(item, name) for name in _FIELDS} for item in findings
    ]
    summary = {
        "files": files,
        **{name: counts[name] for name in ("read", "used", "set_aside")},
        **{f"{severity}s": n for severity, n in _by_severity(findings).items()},
    }
    from evidence.cli.integrity import tree_of

    emit(
        {
            "findings": rows,
            "integrity": None if figures is None else tree_of(figures),
            "summary": summary,
        },
        _FORMS[form],
        schema=SCHEMA,
        rows=rows,
        text=lambda: _text(findings, counts, figures),
        output=output,
    )


_FORMS: dict[str, Format] = {name: name for name in get_args(Format)}


def _by_severity(findings: list[Finding]) -> dict[Severity, int]:
    counted = Counter(item.severity for item in findings)
    return {severity: counted[severity] for severity in get_args(Severity)}


def _text(findings: list[Finding], counts: Counter[str], figures: IntegrityReport | None) -> str:
    """One line per finding; many of one kind in one column are told once more as a number."""
    seen: Counter[tuple[str, str, str]] = Counter()
    lines = []
    for item in findings:
        key = (item.file, item.code, item.field)
        seen[key] += 1
        if seen[key] <= _SAME or item.severity == "error":
            lines.append(plain(item))
    lines += [
        f"{plain(file)}: {code} … and {n - _SAME} more{f' in {plain(field)}' if field else ''}"
        for (file, code, field), n in seen.items()
        if n > _SAME and not any(f.code == code and f.severity == "error" for f in findings)
    ]
    return "\n".join([*lines, _told(findings, counts, figures)]) + "\n"


def _told(findings: list[Finding], counts: Counter[str], figures: IntegrityReport | None) -> str:
    """The counts: of checks where there were studies, then of findings."""
    last = _summary(findings, counts)
    if figures is None:
        return last
    hidden = len(figures.signals)
    more = f" {hidden} signals of design and reporting: --signals." if hidden else ""
    return f"{figures.summary}{more}\n{last}"


def _summary(findings: list[Finding], counts: Counter[str]) -> str:
    told = ", ".join(
        f"{n} {severity}{'' if n == 1 else 's'}"
        for severity, n in _by_severity(findings).items()
        if n
    )
    rows = f"{counts['read']} row{'' if counts['read'] == 1 else 's'}"
    aside = f" ({counts['used']} used, {counts['set_aside']} set aside)"
    worst = min(findings, key=lambda item: get_args(Severity).index(item.severity), default=None)
    following = f" Next: evidence explain {worst.code}" if worst else ""
    return f"{told or 'no findings'} in {rows}{aside if counts['read'] else ''}.{following}"


def _as_finding(error: RecordError) -> Finding:
    """A refusal of a whole file as a finding, so that programs see it too."""
    text = str(error)
    found = _CODED.search(text)
    code, message = found.groups() if found else ("EV101", text)
    return Finding(code=code, severity="error", message=message, file=error.source,
                   line=error.row, field=error.field)  # fmt: skip


def _annotation(item: Finding) -> str:
    """A workflow command: https://docs.github.com/actions, "Workflow commands"."""
    where = {"file": item.file, "line": item.line, "col": item.column, "title": item.code}
    told = ",".join(f"{key}={_property(value)}" for key, value in where.items() if value)
    message = f"{item.cell}: {item.message}" if item.cell else item.message
    words = f"{message} {item.suggestion}".strip()
    return f"::{_GITHUB[item.severity]} {told}::{_data(words)}"


def _data(text: str) -> str:
    return plain(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")
