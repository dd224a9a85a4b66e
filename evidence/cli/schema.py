"""`evidence schema`: the JSON Schema of the records and the columns of the tables."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from evidence.cli.options import FormatOption, JsonOption, OutputOption, chosen
from evidence.cli.output import emit
from evidence.records.codebook import Column, Scope, columns

SCHEMA = "evidence/schema/1"

_LISTS: dict[str, Scope] = {"studies": "wide", "arms": "long", "claims": "claims"}


def schema(
    *,
    table: Annotated[
        Literal["studies", "arms", "claims", "all"],
        Parameter(help="Which columns: one row per comparison, one row per arm, claims, or all."),
    ] = "all",
    format: FormatOption = "json",
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Print the JSON Schema of the records, and the columns a table may have.

    `--format json` has both; the other forms list the columns with what each takes.
    """
    form = chosen(format, json)
    names = list(_LISTS) if table == "all" else [table]
    rows = [_row(name, column) for name in names for column in columns(_LISTS[name])]
    data: dict[str, object] = {"columns": rows}
    if form == "json":
        from evidence.records.claim import Claim
        from evidence.records.study import Study

        data = {
            "study": Study.model_json_schema(),
            "claim": Claim.model_json_schema(),
            "columns": rows,
        }
    brief = ("table", "column", "takes", "unit", "description")
    shown = [{key: row[key] for key in brief} for row in rows] if form in ("table", "md") else rows
    emit(data, form, schema=SCHEMA, rows=shown, output=output)


def _row(table: str, column: Column) -> dict[str, object]:
    kind, _, name = column.kind.partition(":")
    words: tuple[str, ...] = ()
    if name:
        from evidence.ingest.words import words_of

        words = words_of(name)
    return {
        "table": table,
        "column": column.name,
        "group": column.group,
        "takes": TAKES.get(kind, kind),
        "words": "; ".join(words),
        "unit": column.unit,
        "description": column.description,
        "example": column.example,
        "also": "; ".join(column.synonyms),
        "field": column.target,
    }


TAKES = {
    "text": "words",
    "list": "words with semicolons",
    "year": "a year",
    "whole": "a whole number",
    "number": "a number",
    "positive": "a number above zero",
    "percent": "0 to 100",
    "change": "a percent with its sign",
    "share": "a share, 0.05 or 5%",
    "week": "weeks",
    "duration": "a time in words or weeks",
    "p": "a p value: 0.03, <0.05, NS",
    "corr": "-1 to 1",
    "level": "0.95 or 95%",
    "choice": "one of a list",
    "open": "one of a list, or words",
}
"""What each kind of column takes, in words."""
