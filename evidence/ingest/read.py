"""Files in, studies or claims out: `read` and `read_claims`.

Good rows go on; a row with an error is set aside with a finding that says why, and is counted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from evidence.ingest.arithmetic import check_arithmetic
from evidence.ingest.assemble import build_claims, build_studies, number_rows
from evidence.ingest.detect import load, refuse
from evidence.ingest.interpret import interpret
from evidence.ingest.layout import Layout, layout_of
from evidence.ingest.longform import to_wide
from evidence.ingest.reading import ClaimReading, Reading
from evidence.ingest.rows import Row, parse_line
from evidence.ingest.tables import Grid, grid_of_mappings, read_grid
from evidence.ingest.trees import Items, are_records, read_tree, validate
from evidence.records.claim import Claim
from evidence.records.codebook import suggest_header
from evidence.records.finding import Finding
from evidence.records.study import Study

Input = str | Path | IO[bytes] | IO[str]
"""A path, `-` for standard input, or an open stream."""


def read(source: Input, *, format: str | None = None) -> Reading:
    r"""Read studies from a file or a stream.

    Parameters
    ----------
    source : str, Path or stream
        CSV, TSV, Excel (.xlsx), JSON, JSON Lines, YAML or Parquet; `-` is standard input.
    format : str, optional
        Name of the format when neither the content nor the name says it.

    Returns
    -------
    Reading
        A sequence of `Study`, with the findings and the counts of rows.

    Raises
    ------
    RecordError
        When nothing in it can be used: not opened, empty, damaged, of a format that is not read,
        without a required column, or with an error in every row.
    OptionError
        When `format` is no known format.

    Examples
    --------
    >>> import io
    >>> table = "study,outcome,n_t,n_c\nKim 2019,wrinkle depth,40,41\nLi 2020,TEWL,4O,40\n"
    >>> reading = read(io.StringIO(table))
    >>> len(reading), reading.set_aside, str(reading.findings[-1])
    (1, 1, 'stream:3:3: EV214 n_t = "4O" is not a whole number. Did you mean 40 (letter O)?')
    """
    reading = read_any(source, format=format)
    if isinstance(reading, ClaimReading):
        raise refuse("EV108", "this is a table of claims; read it with read_claims, or give it as "
                     "--claims.", reading.source)  # fmt: skip
    return reading


def read_claims(source: Input, *, format: str | None = None) -> ClaimReading:
    r"""Read claims from a file or a stream; formats, errors and findings as for `read`.

    Examples
    --------
    >>> import io
    >>> claims = read_claims(io.StringIO("id,text\nC1,reduces wrinkles by 20 % in 4 weeks\n"))
    >>> claims[0].text
    'reduces wrinkles by 20 % in 4 weeks'
    """
    reading = read_any(source, format=format)
    if isinstance(reading, Reading):
        raise refuse("EV108", "no column holds a claim in words (text); this is a table of "
                     "studies.", reading.source)  # fmt: skip
    return reading


def read_any(source: Input, *, format: str | None = None) -> Reading | ClaimReading:
    r"""Read studies or claims, whichever the file holds.

    >>> import io
    >>> [type(read_any(io.StringIO(text))).__name__
    ...     for text in ("study,outcome\na,TEWL\n", "id,text\nC1,fewer wrinkles\n")]
    ['Reading', 'ClaimReading']
    """
    if isinstance(source, str) and source == "-":
        source = sys.stdin.buffer
    loaded = load(source, format=format)
    try:
        if loaded.format in ("json", "jsonl", "yaml"):
            items = read_tree(loaded)
            if are_records(items.objects):
                return _from_records(items, loaded.name)
            if set(items.objects[0]) >= {"id", "text"} and _are_claim_records(items):
                return _claims_from_records(items, loaded.name)
            grid = grid_of_mappings(loaded.name, items.objects, items.findings,
                                    pointer=items.pointer, numbers=items.numbers)  # fmt: skip
            return _from_grid(grid, extra=items.bad)
        return _from_grid(read_grid(loaded))
    except RecursionError:
        raise refuse("EV105", "is nested too deeply.", loaded.name) from None


# --------------------------------------------------------------------------- tables


def _from_grid(grid: Grid, *, extra: int = 0) -> Reading | ClaimReading:
    findings = list(grid.findings)
    layout = layout_of(grid, findings)
    _require_columns(grid, layout)
    if not grid.lines:
        raise refuse("EV104", "there is a header and no row.", grid.name)
    rows = [parse_line(grid, layout, line) for line in grid.lines]
    total = len(rows) + extra
    if layout.scope == "claims":
        claims = build_claims(rows)
        findings += [item for row in rows for item in row.findings]
        _require_some(claims, findings, grid.name, total)
        return ClaimReading(source=grid.name, layout="claims", read=total, used=len(claims),
                            set_aside=total - len(claims), findings=tuple(findings),
                            claims=tuple(claims))  # fmt: skip
    for row in rows:
        _require_cells(row)
    studies, used, notes = _studies_of(rows, layout)
    findings += [*(item for row in rows for item in row.findings), *notes]
    _require_some(studies, findings, grid.name, total)
    return Reading(source=grid.name, layout=layout.name, read=total, used=used,
                   set_aside=total - used, findings=tuple(findings),
                   studies=tuple(studies))  # fmt: skip


def _studies_of(rows: list[Row], layout: Layout) -> tuple[list[Study], int, list[Finding]]:
    """Studies, the number of lines that went into them, and findings about whole studies."""
    good = [row for row in rows if not row.is_set_aside]
    pairs = to_wide(good) if layout.scope == "long" else [(row, [row]) for row in good]
    for row, _ in pairs:
        interpret(row)
        check_arithmetic(row)
    number_rows([row for row, _ in pairs])
    studies, notes = build_studies([row for row, _ in pairs if not row.is_set_aside])
    for wide, members in pairs:
        if wide is not members[0]:
            members[0].findings += wide.findings
    used: set[int] = set()
    for wide, members in pairs:
        if not wide.is_set_aside:
            used |= {id(member) for member in members}
    return studies, len(used), notes


def _require_columns(grid: Grid, layout: Layout) -> None:
    targets = {column.target for column in layout.columns if column}
    found = ", ".join(header for header in grid.header[:12] if header.strip())
    needs = {"text": {"claim.text"}} if layout.scope == "claims" else {
        "study": {"study.id"}, "outcome": {"row.outcome", "outcome.domain", "row.detail"},
    }  # fmt: skip
    lowered = {header.strip().lower() for header in grid.header}
    for mark, name in (("experimental mean", "RevMan data rows"), ("data type", "RevMan 5 CSV")):
        if mark in lowered and ("giv mean" in lowered or "comparison number" in lowered):
            raise refuse("EV102", f"{name} files are not read yet; write one row per comparison "
                         "with the columns of evidence schema.", grid.name)  # fmt: skip
    for name, any_of in needs.items():
        if targets & any_of:
            continue
        scope = layout.scope
        near = next((h for h in grid.header if suggest_header(h, scope) == name), "")
        hint = f' Is it "{near}"?' if near else ""
        raise refuse(
            "EV108", f"no column for the {name}; found: {found[:300].rstrip('.')}.{hint}", grid.name
        )


def _require_cells(row: Row) -> None:
    if row.is_set_aside:
        return
    if not row.text("study.id"):
        row.say("EV201", "the row names no study.")
    elif not any(row.text(p) for p in ("row.outcome", "outcome.domain", "row.detail")):
        row.say("EV201", "the row names no outcome.")


def _require_some(
    records: Sequence[object], findings: list[Finding], name: str, total: int
) -> None:
    if records:
        return
    errors = [item for item in findings if item.severity == "error"]
    first = f" First: {errors[0]}" if errors else ""
    error = refuse("EV109", f"none of {total} row(s) can be used.{first}", name)
    error.findings = tuple(findings)  # type: ignore[attr-defined]
    raise error


# --------------------------------------------------------------------------- records


def _from_records(items: Items, name: str) -> Reading:
    studies, findings = validate(Study, items, name)
    total = len(items.objects) + items.bad
    _require_some(studies, findings, name, total)
    return Reading(source=name, layout="records", read=total, used=len(studies),
                   set_aside=total - len(studies), findings=tuple(findings),
                   studies=tuple(studies))  # fmt: skip


def _are_claim_records(items: Items) -> bool:
    return all(set(item) <= set(Claim.model_fields) and not isinstance(item.get("value"), str)
               and "study" not in item for item in items.objects) and any(
        isinstance(item.get("places"), dict) or isinstance(item.get("checkable_against"), list)
        for item in items.objects
    )  # fmt: skip


def _claims_from_records(items: Items, name: str) -> ClaimReading:
    claims, findings = validate(Claim, items, name)
    total = len(items.objects) + items.bad
    _require_some(claims, findings, name, total)
    return ClaimReading(source=name, layout="records", read=total, used=len(claims),
                        set_aside=total - len(claims), findings=tuple(findings),
                        claims=tuple(claims))  # fmt: skip
