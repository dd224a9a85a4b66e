"""Which column of a table is which: the layout, recognised by its headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from evidence.ingest.tables import Grid, shown
from evidence.messages import say
from evidence.records.codebook import Column, Scope, match_header, suggest_header
from evidence.records.codes import finding
from evidence.records.finding import Finding

_UNUSED = re.compile(r"^row\.(D[1-5]|overall)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which column of a grid is which."""

    name: str  # trials, template, long, claims
    scope: Scope
    columns: tuple[Column | None, ...]


def layout_of(grid: Grid, findings: list[Finding]) -> Layout:
    r"""Recognise the layout of a grid by its headers; unknown columns become notes.

    >>> import io
    >>> from evidence.ingest.detect import load
    >>> from evidence.ingest.tables import read_grid
    >>> table, findings = "study,outcome,colour\na,TEWL,red\n", []
    >>> found = layout_of(read_grid(load(io.StringIO(table))), findings)
    >>> found.scope, [column and column.target for column in found.columns]
    ('wide', ['study.id', 'row.outcome', None])
    >>> findings[0].code, findings[0].field
    ('EV110', 'colour')
    """
    scope = _scope(grid.header)
    columns = tuple(match_header(header, scope) for header in grid.header)
    names = {column.name for column in columns if column}
    name = scope if scope != "wide" else (
        "trials" if {"outcome_domain", "row_id"} <= names else "template")  # fmt: skip
    for i, (header, column) in enumerate(zip(grid.header, columns, strict=True)):
        where = partial(
            finding,
            file=grid.name,
            line=grid.header_line,
            column=i + 1 if grid.header_line else None,
            field=header,
            cell=grid.header_refs[i] if grid.header_refs else "",
        )
        if column is None and header.strip():
            near = suggest_header(header, scope)
            told = say(
                'column "{column}" is not in the codebook and was not read.', column=shown(header)
            )
            hint = say("Did you mean {guess}?", guess=near) if near else ""
            findings.append(where("EV110", told, suggestion=hint))
        elif column is None:
            if any(line.values[i].strip() for line in grid.lines):
                told = say("column {n} has no header and was not read.", n=i + 1)
                findings.append(where("EV110", told))
        elif _UNUSED.match(column.target):
            told = say("{column} is kept as a remark and not used.", column=header)
            findings.append(where("EV116", told))
        elif column.bare and scope == "wide":
            told = say("{column} names no arm and was read as the tested product's.", column=header)
            hint = say("Name it {name}.", name=f"{column.name}_t")
            findings.append(where("EV135", told, suggestion=hint))
    return Layout(name=name, scope=scope, columns=columns)


def _scope(header: tuple[str, ...]) -> Scope:
    claims = [c.target for c in (match_header(h, "claims") for h in header) if c]
    wide = [c for c in (match_header(h, "wide") for h in header) if c]
    if "claim.text" in claims and not any(c.target == "study.id" for c in wide):
        return "claims"
    long = [c for c in (match_header(h, "long") for h in header) if c]
    if any(c.target == "row.arm" for c in long) and not any(
        c.target.startswith("control.") for c in wide
    ):
        return "long"
    return "wide"
