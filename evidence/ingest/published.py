"""Published tables (pooled results, ratings, benchmarks) to `Published` rows.

A table is recognised by the columns it must have; what each column means is a table below.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evidence.errors import RecordError
from evidence.records.base import UNKNOWN, Place
from evidence.records.published import Published, PublishedKind
from evidence.records.reported import Number, Reported


class Layout(NamedTuple):
    """A kind of table: the columns it must have, and which column fills which field."""

    kind: PublishedKind
    needs: frozenset[str]
    fields: dict[str, tuple[str, ...]]  # field -> columns, joined with ", " when several


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "pooled_result",
        frozenset({"meta_id", "comparison", "outcome", "pooled"}),
        {
            "id": ("meta_id",),
            "comparison": ("comparison",),
            "outcome": ("outcome",),
            "n_studies": ("n_studies",),
            "n_people": ("n_participants",),
            "measure": ("measure",),
            "estimate": ("pooled",),
            "ci_low": ("ci_low",),
            "ci_high": ("ci_high",),
            "statement": ("test",),
            "note": ("notes",),
        },
    ),
    Layout(
        "pooled_result",
        frozenset({"analysis", "comparison", "effect", "model"}),
        {
            "id": ("analysis",),
            "comparison": ("comparison",),
            "outcome": ("outcome", "timepoint"),
            "n_studies": ("n_studies",),
            "n_people": ("n_participants",),
            "measure": ("measure",),
            "estimate": ("effect",),
            "ci_low": ("ci_low",),
            "ci_high": ("ci_high",),
            "statement": ("model",),
        },
    ),
    Layout(
        "study_estimate",
        frozenset({"study", "contrast", "effect", "adjusted_for"}),
        {
            "id": ("study",),
            "comparison": ("contrast",),
            "outcome": ("outcome",),
            "n_people": ("n_total",),
            "measure": ("measure",),
            "estimate": ("effect",),
            "ci_low": ("ci_low",),
            "ci_high": ("ci_high",),
            "note": ("adjusted_for",),
        },
    ),
    Layout(
        "certainty_rating",
        frozenset({"comparison", "grade", "reasons"}),
        {
            "id": ("comparison",),
            "comparison": ("comparison",),
            "outcome": ("outcome",),
            "n_studies": ("n_studies",),
            "n_people": ("n_participants",),
            "statement": ("grade",),
            "note": ("reasons",),
        },
    ),
    Layout(
        "control_response",
        frozenset({"study_id", "control", "responders_pct"}),
        {
            "id": ("study_id",),
            "comparison": ("control",),
            "outcome": ("outcome",),
            "statement": ("responders_pct", "mean_change", "pct_change"),
            "note": ("design",),
        },
    ),
    Layout(
        "arm_means",
        frozenset({"substance", "parameter", "baseline_mean", "final_mean"}),
        {
            "id": ("study",),
            "comparison": ("substance",),
            "outcome": ("parameter",),
            "n_people": ("n",),
            "measure": ("unit",),
            "statement": ("baseline_mean", "final_mean"),
            "note": ("remark",),
        },
    ),
    Layout(
        "reporting_quality",
        frozenset({"item", "n_reporting", "n_trials"}),
        {
            "id": ("item",),
            "outcome": ("item",),
            "n_studies": ("n_trials",),
            "statement": ("pct",),
            "note": ("field",),
        },
    ),
)
_NUMBERS = ("n_studies", "n_people", "estimate", "ci_low", "ci_high")
_LABELS = {
    "responders_pct": "{}% of people responded",
    "mean_change": "mean change {}",
    "pct_change": "changed by {}%",
    "baseline_mean": "from {}",
    "final_mean": "to {}",
    "pct": "{}% reported it",
    "grade": "GRADE: {}",
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PublishedTable:
    """The rows of one file."""

    file: str
    kind: PublishedKind
    rows: tuple[Published, ...]

    def __repr__(self) -> str:
        rows = f"{len(self.rows)} {'row' if len(self.rows) == 1 else 'rows'}"
        return f"<PublishedTable of {self.file}: {rows}, {self.kind.replace('_', ' ')}>"


def layout_of(path: Path) -> Layout | None:
    r"""The layout of a CSV file by its header, or None when it is no published table.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "meta.csv"
    ...     _ = path.write_text("meta_id,comparison,outcome,pooled\n1,retinol,wrinkles,0.3\n")
    ...     layout_of(path).kind
    'pooled_result'
    """
    if path.suffix.lower() != ".csv":
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = frozenset(next(csv.reader([file.readline(100_000)]), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return next((layout for layout in LAYOUTS if layout.needs <= header), None)


def read_published(path: Path | str) -> PublishedTable:
    r"""Read one published table.

    Raises
    ------
    RecordError
        The file is none of the known tables, or a number in it is no number.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "meta.csv"
    ...     _ = path.write_text("meta_id,comparison,outcome,pooled\n1,retinol,wrinkles,0.3\n")
    ...     row, = read_published(path).rows
    >>> row.comparison, row.estimate.text
    ('retinol', '0.3')
    """
    path = Path(path)
    layout = layout_of(path)
    if layout is None:
        known = "; ".join(", ".join(sorted(row.needs)) for row in LAYOUTS)
        raise RecordError(f"not a published table; needs one of these sets of columns: {known}",
                          source=path.name)  # fmt: skip
    text = path.read_text(encoding="utf-8-sig")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = list(reader.fieldnames or ())
    rows, line = [], 2
    for cells in reader:
        rows.append(_row(layout, cells, path.name, line, header))
        line = reader.line_num + 1
    return PublishedTable(file=path.name, kind=layout.kind, rows=tuple(rows))


def _row(
    layout: Layout, cells: dict[str, str], file: str, line: int, header: list[str]
) -> Published:
    values: dict[str, object] = {}
    for field, columns in layout.fields.items():
        if field in _NUMBERS:
            values[field] = _number(cells.get(columns[0]) or "", file, line, columns[0], header)
        else:
            parts = [
                _LABELS.get(column, "{}").format(cells[column])
                for column in columns
                if cells.get(column)
            ]
            values[field] = ", ".join(parts)
    place = Place(file=file, line=line)
    return Published(
        kind=layout.kind,
        url=cells.get("source_url") or "",
        place=place,
        **values,
    )


def _number(text: str, file: str, line: int, column: str, header: list[str]) -> Number:
    if not text.strip():
        return UNKNOWN
    place = Place(file=file, line=line, column=header.index(column) + 1, field=column)
    try:
        return Reported.parse(text, place=place)
    except ValueError as error:
        raise RecordError(
            f"{text!r} is not a number", source=file, row=line, field=column
        ) from error
