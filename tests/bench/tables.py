"""Tables of figures: the same for the terminal and the page, with a list of what is not met."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

MET, NOT_MET = "met", "not met"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Cells are ready to print; a row whose last cell is `NOT_MET` is listed again at the end."""

    title: str
    how: str
    columns: list[str]
    rows: list[list[str]]
    notes: list[str]

    def unmet(self) -> list[str]:
        """One line for each row that falls short, from its cells."""
        lines = []
        for row in self.rows:
            if row[-1] == NOT_MET:
                cells = zip(self.columns[1:-1], row[1:-1], strict=True)
                shown = ", ".join(f"{name} {cell}" for name, cell in cells if cell)
                lines.append(f"{self.title}, {row[0]}: {shown}")
        return lines


def verdict(value: float, wanted: float, *, at_most: bool = False) -> str:
    """Whether a figure is as wanted.

    >>> verdict(19.6, 20), verdict(2.9, 3, at_most=True)
    ('not met', 'met')
    """
    return MET if (value <= wanted if at_most else value >= wanted) else NOT_MET


def times(ratio: float) -> str:
    """A ratio in as many digits as it deserves.

    >>> times(8123.4), times(61.42), times(2.345)
    ('8,123×', '61×', '2.3×')
    """
    return f"{ratio:,.0f}×" if ratio >= 10 else f"{ratio:.1f}×"


def as_text(table: Table) -> str:
    """The table in columns of equal width."""
    lines = [table.columns, *table.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]
    body = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([table.title, *body, *table.notes, ""])


def as_markdown(table: Table) -> str:
    """The table as a section of the page."""
    rule = ["---", *["---:"] * (len(table.columns) - 1)]
    lines = [f"| {' | '.join(line)} |" for line in (table.columns, rule, *table.rows)]
    notes = [f"\n{note}" for note in table.notes]
    return "\n".join([f"## {table.title}\n", f"{table.how}\n", *lines, *notes, ""])


def show(tables: Callable[[], list[Table]]) -> None:
    """What a script here does when run: print its tables, as JSON when asked with --json."""
    found = tables()
    if "--json" in sys.argv:
        print(json.dumps([asdict(table) for table in found]))
    else:
        print("\n".join(as_text(table) for table in found))
