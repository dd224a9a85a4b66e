"""`evidence init`: a folder to start from; nothing in it is ever overwritten."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from evidence.cli.options import JsonOption
from evidence.cli.output import emit, say, write
from evidence.errors import EvidenceError
from evidence.records.codebook import Column, Scope, columns

STUDIES: tuple[dict[str, str], ...] = (
    {
        "study": "example_2024", "year": "2024", "source": "table 2", "product": "serum A",
        "active": "niacinamide 5%", "comparator": "vehicle", "outcome": "wrinkle depth",
        "instrument": "PRIMOS", "kind": "instrument", "unit": "µm", "direction": "lower",
        "week": "12", "design": "parallel", "randomised": "computer", "concealed": "central",
        "blinded_participant": "yes", "blinded_assessor": "yes", "arm_t": "serum A",
        "arm_c": "vehicle", "n_t": "40", "n_c": "41", "mean_t": "60.2", "sd_t": "12.5",
        "mean_c": "66.8", "sd_c": "13.1", "p": "0.023", "funder": "industry",
        "registered": "primary", "notes": "invented; delete this row",
    },
    {
        "study": "example_2019", "year": "2019", "source": "abstract", "product": "cream B",
        "active": "retinol 0.1%", "comparator": "none", "outcome": "wrinkle depth",
        "instrument": "PRIMOS", "unit": "µm", "direction": "lower", "week": "8",
        "design": "single-arm", "n_t": "50", "pct_change_t": "-20", "p": "<0.05",
        "notes": "invented; delete this row",
    },
)  # fmt: skip
"""Two invented rows that show what a cell may hold."""

CLAIMS: tuple[dict[str, str], ...] = (
    {
        "id": "C1", "text": "reduces wrinkle depth by 20 % in 8 weeks", "source": "label",
        "ingredient": "retinol", "outcome": "wrinkle depth", "type": "efficacy", "value": "20",
        "unit": "percent reduction", "weeks": "8", "note": "invented; delete this row",
    },
)  # fmt: skip

SETTINGS = """\
# Settings of evidence in this folder and below. A flag on the command line goes first, then
# EVIDENCE_* variables, then this file. Remove the # in front of a line to set it.

# tau2 = "REML"        # between-study variance: DL, PM, REML, …
# test = "HKSJ"        # interval of the pooled effect
# level = 0.95
# fail_on = "error"    # what makes a command exit with 1: error, warning, never
# lang = "en"          # language of the words for people: en, ja, zh
"""


def init(
    directory: Annotated[str, Parameter(help="Folder to write into; made when missing.")] = ".",
    *,
    as_json: JsonOption = False,
) -> int:
    """Make a starter folder: tables to fill in, settings, a notebook.

    Writes studies.csv, studies.xlsx with drop-downs, claims.csv, evidence.toml and start.ipynb.
    A file that is already there is an error and stays as it is; then nothing is written.
    """
    folder = Path(directory)
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        raise EvidenceError(
            f"{folder / there[0]} is already there and is not overwritten; "
            "give another folder: evidence init my-product"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvidenceError(f"{folder}: cannot be made: {error.strerror}") from error
    for name, make in FILES.items():
        write(make(), folder / name)
    if as_json:
        written = [str(folder / name) for name in FILES]
        emit({"folder": folder, "written": written}, "json", schema="evidence/init/1")
    say(f"wrote {', '.join(FILES)} in {folder}. Next: evidence check {folder / 'studies.csv'}")
    return 0


def starter_columns(scope: Scope = "wide") -> tuple[Column, ...]:
    """The columns of the tables that are written, in order.

    >>> [column.name for column in starter_columns("claims")][:2]
    ['id', 'text']
    """
    return tuple(column for column in columns(scope) if column.starter)


def _table(scope: Scope, rows: tuple[dict[str, str], ...]) -> str:
    buffer = io.StringIO()
    header = [column.name for column in starter_columns(scope)]
    writer = csv.DictWriter(buffer, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _workbook() -> bytes:
    """The Excel twin: same columns, drop-downs where a column takes one of a list, all text."""
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    from evidence.ingest.words import words_of

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "studies"
    sheet.freeze_panes = "B2"
    for i, column in enumerate(starter_columns(), start=1):
        head = sheet.cell(1, i, column.name)
        head.font = Font(bold=True)
        head.comment = Comment(f"{column.description}. Example: {column.example}", "evidence")
        letter = get_column_letter(i)
        sheet.column_dimensions[letter].width = max(10, len(column.name) + 2)
        for j, row in enumerate(STUDIES, start=2):
            sheet.cell(j, i, row.get(column.name) or None)
        for j in range(2, 202):  # text keeps 5.10 and never becomes a date
            sheet.cell(j, i).number_format = "@"
        kind, _, name = column.kind.partition(":")
        if kind != "choice":
            continue
        listed = ""
        for word in words_of(name):  # Excel allows 255 characters in a list
            if len(listed) + len(word) < 250:
                listed += f",{word}" if listed else word
        rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True,
                              showErrorMessage=False)  # fmt: skip
        rule.add(f"{letter}2:{letter}201")
        sheet.add_data_validation(rule)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_STEPS: tuple[tuple[str, str, str], ...] = (
    (
        "read",
        "Read the two tables beside this notebook.",
        'import evidence as ev\n\nstudies = ev.read("studies.csv")\n'
        'claims = ev.read_claims("claims.csv")\nstudies',
    ),
    (
        "findings",
        "What is wrong in them, row by row; nothing is printed when nothing is.",
        "for finding in (*studies.findings, *claims.findings):\n    print(finding)",
    ),
    ("check", "Can the printed numbers all be right?", "ev.check_studies(studies)"),
    (
        "assess",
        "What the first result is worth.",
        "ev.assess(studies[0], studies[0].outcomes[0])",
    ),
    (
        "audit",
        "Hold every claim against the studies.",
        "audit = ev.audit(claims, studies)\naudit[claims[0].id]",
    ),
    ("report", "The whole as a page to read.", 'ev.compose_report(audit).save("report.html")'),
)
"""The starter notebook: the name of a step, a line about it, and its code."""


def _notebook() -> str:
    def prose(name: str, text: str) -> dict[str, object]:
        return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}

    def code(name: str, text: str) -> dict[str, object]:
        return {"cell_type": "code", "execution_count": None, "id": name, "metadata": {},
                "outputs": [], "source": text}  # fmt: skip

    steps = [
        cell
        for name, line, source in _STEPS
        for cell in (prose(f"about-{name}", line), code(name, source))
    ]
    tree = {
        "cells": [prose("title", "# What do my studies say?"), *steps],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(tree, indent=1) + "\n"


FILES: dict[str, Callable[[], str | bytes]] = {
    "studies.csv": lambda: _table("wide", STUDIES),
    "claims.csv": lambda: _table("claims", CLAIMS),
    "evidence.toml": lambda: SETTINGS,
    "studies.xlsx": _workbook,
    "start.ipynb": _notebook,
}
"""What is written, and how each is made."""
