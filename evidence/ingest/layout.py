"""Which column of a table is which: the layout, recognised by its headers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.ingest.tables import Grid, shown
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
    """Recognise the layout of a grid by its headers; unknown columns become notes."""
    scope = _scope(grid.header)
    columns = tuple(match_header(header, scope) for header in grid.header)
    names = {column.name for column in columns if column}
    name = scope if scope != "wide" else (
        "trials" if {"outcome_domain", "row_id"} <= names else "template")  # fmt: skip
    for i, (header, column) in enumerate(zip(grid.header, columns, strict=True)):
        ordinal = i + 1 if grid.header_line else None
        place = {"file": grid.name, "line": grid.header_line, "column": ordinal, "field": header,
                 "cell": grid.header_refs[i] if grid.header_refs else ""}  # fmt: skip
        if column is None and header.strip():
            near = suggest_header(header, scope)
            findings.append(finding("EV110", f'column "{shown(header)}" is not in the codebook '
                            "and was not read.", suggestion=f"Did you mean {near}?" if near else "",
                            **place))  # type: ignore[arg-type]  # fmt: skip
        elif column is None:
            if any(line.values[i].strip() for line in grid.lines):
                findings.append(finding("EV110", f"column {i + 1} has no header and was not read.",
                                        **place))  # type: ignore[arg-type]  # fmt: skip
        elif _UNUSED.match(column.target):
            findings.append(finding("EV116", f"{header} is kept as a remark and not used.",
                                    **place))  # type: ignore[arg-type]  # fmt: skip
        elif column.bare and scope == "wide":
            findings.append(finding("EV135", f"{header} names no arm and was read as the tested "
                            f"product's.", suggestion=f"Name it {column.name}_t.",
                            **place))  # type: ignore[arg-type]  # fmt: skip
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
