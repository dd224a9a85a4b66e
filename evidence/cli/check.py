"""`evidence check`: what cannot be right, or was converted, in files of studies and claims.

Reading findings come first, then printed figures that do not go together. Signals of design and
reporting are many and no fault, so that they are listed only when asked for, and in JSON.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

from cyclopts import Parameter

from evidence.cli.integrity import finding_line, findings_of, tree_of
from evidence.cli.lines import Line, plain
from evidence.cli.options import (
    FailOnOption,
    Format,
    JsonOption,
    LangOption,
    OutputOption,
    QuietOption,
    exit_status,
)
from evidence.cli.output import complain, emit, write
from evidence.cli.output import say as remark
from evidence.cli.terminal import waiting
from evidence.errors import OptionError, RecordError
from evidence.formatting import plural
from evidence.messages import listed, say, say_n, sentences, speaking
from evidence.records.finding import Finding, Severity

if TYPE_CHECKING:
    from evidence.ingest.reading import ClaimReading, Reading
    from evidence.integrity.found import IntegrityReport

SCHEMA = "evidence/check/1"

CheckFormat: TypeAlias = Literal["table", "json", "jsonl", "csv", "md", "github"]
From: TypeAlias = Literal["csv", "tsv", "xlsx", "json", "jsonl", "yaml", "parquet"]

OPTIONS = ("--format", "--json", "--output", "--fail-on", "--from", "--lang", "--signals",
           "--quiet")  # fmt: skip

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
    lang: LangOption = "en",
    quiet: QuietOption = False,
) -> int:
    """Check study files for what cannot be right, cell by cell and figure against figure.

    Each finding names its place as file:line:column and its code, which `evidence explain`
    explains. A row with an error is set aside by every command; the others go on.
    """
    if not files:
        complain("check needs at least one file: evidence check studies.csv")
        return 2
    for name in files:  # a lone hyphen is a file, so the parser lets unknown options through
        if name.startswith("-") and name != "-":
            raise OptionError("option", name, OPTIONS)
    form = "json" if json else format
    with speaking(lang):
        with waiting("checking", quiet=quiet):
            found = _read(files, from_, signals=signals)
        _print(found, form, output)
        if form != "table":
            for text in _told(found):
                remark(text, quiet=quiet)
    if found.useless == len(files):
        return 2
    return max(exit_status([item.severity for item in found.findings], fail_on),
               int(bool(found.useless) and fail_on != "never"))  # fmt: skip


@dataclass(slots=True)
class Found:
    """What the files gave: findings, rows by what became of them, checks of printed figures."""

    files: int
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    figures: IntegrityReport | None = None
    useless: int = 0  # files of which nothing could be used


def _read(files: Sequence[str], form: From | None, *, signals: bool) -> Found:
    from evidence.ingest.read import read_any

    found = Found(len(files))
    reports: list[IntegrityReport] = []
    for name in files:
        try:
            reading = read_any(name, format=form)
        except RecordError as error:
            found.useless += 1
            told = getattr(error, "findings", ())
            found.findings += [*told, *([] if told else [_as_finding(error)])]
            complain(str(error))
            continue
        found.findings += reading.findings
        if (report := _integrity(reading)) is not None:
            found.findings += findings_of(report, reading.findings, signals=signals)
            reports.append(report)
        impossible = _impossible(reading)
        found.findings += impossible
        found.counts.update(
            read=reading.read,
            used=reading.used - len(impossible),
            set_aside=reading.set_aside + len(impossible),
        )
    found.figures = _joined(reports)
    return found


def _impossible(reading: Reading | ClaimReading) -> tuple[Finding, ...]:
    """Results whose figures cannot be, which every command sets aside."""
    from evidence.ingest.reading import Reading

    if not isinstance(reading, Reading):
        return ()
    from evidence.appraisal.assess import impossible_results

    return impossible_results(reading.studies)


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


def _print(found: Found, form: CheckFormat, output: Path | None) -> None:
    if form == "github":
        write("".join(f"{_annotation(item)}\n" for item in found.findings), output)
        return
    rows: list[dict[str, object]] = [
        {name: getattr(item, name) for name in _FIELDS} for item in found.findings
    ]
    summary = {
        "files": found.files,
        **{name: found.counts[name] for name in ("read", "used", "set_aside")},
        **{f"{severity}s": n for severity, n in _by_severity(found.findings).items()},
    }
    emit(
        {
            "findings": rows,
            "integrity": None if found.figures is None else tree_of(found.figures),
            "summary": summary,
        },
        _FORMS[form],
        schema=SCHEMA,
        rows=rows,
        text=lambda: _lines(found),
        wrap=None,
        output=output,
    )


_FORMS: dict[str, Format] = {name: name for name in get_args(Format)}


def _by_severity(findings: list[Finding]) -> dict[Severity, int]:
    counted = Counter(item.severity for item in findings)
    return {severity: counted[severity] for severity in get_args(Severity)}


def _lines(found: Found) -> Iterator[Line]:
    """One line per finding; many of one kind in one column are told once more as a number."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for item in found.findings:
        key = (item.file, item.code, item.field)
        seen[key] += 1
        if seen[key] <= _SAME or item.severity == "error":
            yield finding_line(item)
    for (file, code, column), n in seen.items():
        if n > _SAME and not any(f.code == code and f.severity == "error" for f in found.findings):
            more = (
                say("… and {n} more in {field}", n=n - _SAME, field=column)
                if column
                else say("… and {n} more", n=n - _SAME)
            )
            yield Line(more, f"{file}: {code}", 4, "note")
    for text in _told(found):
        yield Line(text, left=0)


def _told(found: Found) -> Iterator[str]:
    """The counts: of checks where there were studies, then of findings."""
    if (figures := found.figures) is not None:
        hidden = len(figures.signals)
        more = say_n(
            hidden,
            "{n} signal of design and reporting: --signals.",
            "{n} signals of design and reporting: --signals.",
        )
        yield sentences(figures.summary, more if hidden else "")
    yield _summary(found.findings, found.counts)


def _summary(findings: list[Finding], counts: Counter[str]) -> str:
    numbers = _by_severity(findings)
    told = listed((_COUNTED[severity](n) for severity, n in numbers.items() if n), ", ")
    what: dict[str, object] = {"told": told or "no findings", "rows": plural(counts["read"], "row")}
    if counts["read"]:
        used, aside = counts["used"], counts["set_aside"]
        counted = say(
            "{told} in {rows} ({used} used, {aside} set aside).", **what, used=used, aside=aside
        )
    else:
        counted = say("{told} in {rows}.", **what)
    worst = min(findings, key=lambda item: get_args(Severity).index(item.severity), default=None)
    following = say("Next: evidence explain {code}", code=worst.code) if worst else ""
    return sentences(counted, following)


_COUNTED: dict[Severity, Callable[[int], str]] = {
    "error": lambda n: say_n(n, "{n} error", "{n} errors"),
    "warning": lambda n: say_n(n, "{n} warning", "{n} warnings"),
    "note": lambda n: say_n(n, "{n} note", "{n} notes"),
}


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
