"""What `evidence pool` pools: tables with yi and vi as they are, study files by their effects."""

from __future__ import annotations

import math
import sys
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from evidence.errors import RecordError, SynthesisError
from evidence.ingest.cells import CellError, is_missing, parse_number, plain
from evidence.ingest.detect import Source, load
from evidence.ingest.tables import Grid, Line, grid_of_mappings, read_grid
from evidence.ingest.trees import read_tree
from evidence.messages import say
from evidence.records.codes import finding
from evidence.records.finding import Finding

Row = Mapping[str, object]
SPREADS = {"vi": "vi", "sei": "sei", "se": "sei"}
"""Columns that say how sure an effect is; standard errors are squared."""


@dataclass(slots=True)
class Effects:
    """Rows with study, yi, vi and whatever else the table says; and what was set aside."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    read: int = 0
    set_aside: int = 0

    def add(self, other: Effects) -> None:
        """Take over what another file gave."""
        self.rows += other.rows
        self.refused += other.refused
        self.findings += other.findings
        self.read += other.read
        self.set_aside += other.set_aside


def effects_of_file(file: str, *, format: str | None, measure: str, outcome: str | None) -> Effects:
    """The effects of one file, computed when it holds studies; `-` is standard input.

    Raises
    ------
    RecordError
        When the file cannot be read.
    """
    source = load(sys.stdin.buffer if file == "-" else Path(file), format=format)
    grid = _grid(source)
    if grid is not None and "yi" in _names(grid):
        return _of_table(grid, outcome)
    return _of_studies(source, file, format, measure, outcome)


def _grid(source: Source) -> Grid | None:
    """The file as a table, when it is one."""
    if source.format in ("csv", "tsv", "xlsx", "parquet"):
        return read_grid(source)
    items = read_tree(source)
    if items.objects and all("yi" in row for row in items.objects):
        return grid_of_mappings(
            source.name,
            items.objects,
            items.findings,
            pointer=items.pointer,
            lines=source.format == "jsonl",
            numbers=items.numbers,
        )
    return None


def _names(grid: Grid) -> list[str]:
    return [name.strip().casefold() for name in grid.header]


def _of_table(grid: Grid, outcome: str | None) -> Effects:
    names = _names(grid)
    spread = next((name for name in SPREADS if name in names), None)
    if spread is None:
        raise RecordError(
            f"EV108 has yi and no column {', '.join(SPREADS)}: an effect cannot be weighted "
            "without its variance or standard error.",
            source=grid.name,
        )
    found = Effects(findings=list(grid.findings))
    for number, line in enumerate(grid.lines, start=1):
        words = {name: value.strip() for name, value in zip(names, line.values, strict=False)}
        if outcome is not None and words.get("outcome") != outcome:
            continue
        found.read += 1
        try:
            if line.trouble is not None:
                raise CellError(line.trouble.code, line.trouble.reason, line.trouble.suggestion)
            yi = _number("yi", words)
            vi = _variance(spread, words)
        except CellError as error:
            found.findings.append(_finding(grid, line, names, error))
            found.set_aside += 1
            continue
        kept = {name: value for name, value in words.items() if name not in SPREADS}
        found.rows.append({**kept, "study": words.get("study") or str(number), "yi": yi, "vi": vi})
    return found


def _number(name: str, words: Mapping[str, str]) -> float:
    """A cell as a plain number; `CellError` names the column."""
    text = words[name]
    if is_missing(text):
        raise CellError("EV201", say("{name} is missing", name=name))
    try:
        parsed = parse_number(text)
        if parsed.unit or parsed.qualifier or parsed.spread or parsed.low:
            raise CellError(
                "EV213",
                "is more than a number",
                "Give the effect alone, on the scale that is pooled, such as a log ratio.",
            )
        value = parsed.value
    except CellError as error:
        try:
            value = float(plain(text)[0])  # 1e-05, as programs print it
        except ValueError:
            reason = say('{name} = "{text}" {reason}', name=name, text=text, reason=error.reason)
            raise CellError(error.code, reason, error.suggestion) from error
    if not math.isfinite(value):
        raise CellError("EV213", say('{name} = "{text}" is not finite', name=name, text=text))
    return value


def _variance(name: str, words: Mapping[str, str]) -> float:
    value = _number(name, words)
    if value <= 0:
        reason = say("{name} = {text} is not above zero", name=name, text=words[name])
        raise CellError("EV203", reason,
                        "Give the unrounded standard error, or leave the study out.")  # fmt: skip
    return value if SPREADS[name] == "vi" else value * value


def _finding(grid: Grid, line: Line, names: list[str], error: CellError) -> Finding:
    column = next((i for i, name in enumerate(names) if error.reason.startswith(f"{name} ")), None)
    return finding(
        error.code,
        say("{reason}; the row is set aside.", reason=error.reason),
        severity="error",
        file=grid.name,
        line=line.number,
        column=None if column is None else column + 1,
        field="" if column is None else names[column],
        suggestion=error.suggestion,
        cell=line.refs[column] if column is not None and column < len(line.refs) else "",
    )


def _of_studies(
    source: Source, file: str, format: str | None, measure: str, outcome: str | None
) -> Effects:
    """Effects computed from study records."""
    import io

    from evidence.effects.from_record import compute_effects
    from evidence.ingest.read import read

    # standard input can be read once; a file is read again under its own name
    reading = read(io.BytesIO(source.data) if file == "-" else Path(file), format=format)
    done = compute_effects(reading.studies, measure=measure or "SMD", outcome=outcome)
    about = {(study.id, one.id): one for study in reading.studies for one in study.outcomes}

    def named(rows: list[dict[Hashable, Any]]) -> Iterator[Row]:
        """Rows with the outcome in words, which results of several studies share."""
        for row in rows:
            one = about[row["study"], row["outcome"]]
            words = one.domain or one.name or one.id
            extra = {"outcome": words, "result": one.id, "family": one.family}
            yield {str(name): value for name, value in row.items()} | extra

    return Effects(
        rows=list(named(done.frame.to_dict("records"))),
        refused=list(named(done.refused.to_dict("records"))),
        findings=list(reading.findings),
        read=reading.read,
        set_aside=reading.set_aside,
    )


def grouped(rows: list[Row], by: str | None) -> dict[str, list[Row]]:
    """Rows by the value of a column, in the order they are met; all under "" without one.

    Raises
    ------
    SynthesisError
        When no row has the column, or different outcomes would be pooled as one.
    """
    if by is None:
        outcomes = list(dict.fromkeys(str(row.get("outcome", "")) for row in rows))
        if len(outcomes) > 1:
            raise SynthesisError(
                f"these are effects on {len(outcomes)} outcomes ({', '.join(outcomes[:4])}"
                f"{', …' if len(outcomes) > 4 else ''}), which one mean cannot describe; use "
                "--by outcome, or --outcome with the name of one."
            )
        return {"": rows}
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if by not in row:
            near = get_close_matches(by, row, n=1, cutoff=0.6)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise SynthesisError(
                f"--by {by}: there is no such column; found {', '.join(row)}.{hint}"
            )
        groups.setdefault(str(row[by]), []).append(row)
    return groups
