"""Tables of every format to one grid of text cells that knows where each cell stood."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from evidence.ingest.detect import MAX_BYTES, Source, refuse
from evidence.messages import listed, say
from evidence.records.codebook import match_header, normalise
from evidence.records.codes import finding
from evidence.records.finding import Finding

MAX_TEXT = 32_767  # characters of a cell, as in a spreadsheet
_SHOWN = 60  # characters of a value that a message quotes
_HEADER_WITHIN = 10  # lines in which the header is looked for
_BLANK_ROWS = 1_000  # blank spreadsheet rows after which the rest is taken to be blank


class Trouble(NamedTuple):
    """Why a cell or line cannot be used: the code of its finding, the reason, a hint."""

    code: str
    reason: str
    suggestion: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table: its texts, its line, and what is wrong with it already."""

    values: tuple[str, ...]
    number: int | None = None
    refs: tuple[str, ...] = ()  # spreadsheet cell or JSON pointer of each value
    trouble: Trouble | None = None
    cell_trouble: Mapping[int, Trouble] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A header and its lines."""

    name: str
    header: tuple[str, ...]
    lines: Sequence[Line]
    findings: list[Finding]
    header_line: int | None = 1
    header_refs: tuple[str, ...] = ()


def read_grid(source: Source) -> Grid:
    r"""The table in a CSV, TSV, Excel or Parquet source.

    >>> import io
    >>> from evidence.ingest.detect import load
    >>> grid = read_grid(load(io.StringIO("study,outcome\nKim 2019,TEWL\n")))
    >>> grid.header, grid.lines[0].values, grid.lines[0].number
    (('study', 'outcome'), ('Kim 2019', 'TEWL'), 2)
    """
    readers = {"csv": _delimited, "tsv": _delimited, "xlsx": _excel, "parquet": _parquet}
    return readers[source.format](source)


def shown(text: str) -> str:
    r"""A value as a message quotes it: short, on one line.

    >>> shown("two\n lines"), len(shown("a" * 500)) < 100
    ('two lines', True)
    """
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"


# --------------------------------------------------------------------------- CSV and TSV


def _delimited(source: Source) -> Grid:
    delimiter, notes = _delimiter(source)
    lines = [line for line in _split(source.text, delimiter) if any(v.strip() for v in line.values)]
    return _with_header(source.name, lines, [*source.findings, *notes])


def _delimiter(source: Source) -> tuple[str, list[Finding]]:
    """The separator under which most headers are known; the name's own wins a tie."""
    expected = "\t" if source.format == "tsv" else ","
    candidates = [expected, *(d for d in (",", ";", "\t", "|") if d != expected)]
    head = [line for line in source.text[:100_000].splitlines() if line.strip()][:_HEADER_WITHIN]
    scores = [max((_known(line.split(d)) for line in head), default=0) for d in candidates]
    best = candidates[scores.index(max(scores))]
    if best == expected:
        return best, []
    note = finding("EV112", _SEPARATED[best], file=source.name, value=best)
    return best, [note]


_SEPARATED = {
    ",": "cells are separated by commas.",
    ";": "cells are separated by semicolons.",
    "\t": "cells are separated by tabs.",
    "|": "cells are separated by bars.",
}


def _known(cells: Iterable[str]) -> int:
    """How many of these are headers of the codebook."""
    words = [cell.strip().strip('"') for cell in cells if len(cell) < 80]
    return sum(
        1 for word in words
        if match_header(word) or match_header(word, "long") or match_header(word, "claims")
    )  # fmt: skip


def _split(text: str, delimiter: str) -> Iterator[Line]:
    """Records of a delimited text with the physical line each one starts on."""
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield Line(values=tuple(next(reader)), number=number)
        except StopIteration:
            return
        except csv.Error as error:
            reason = str(error)
            if "unexpected end" in reason:
                told = "opens a quote that never closes: the file ends inside it"
                yield Line(values=("?",), number=number, trouble=Trouble("EV105", told))
                return
            code = "EV107" if "field limit" in reason else "EV119"
            told = "has a cell longer than any table has" if code == "EV107" else (
                "cannot be split into cells: a quote is not doubled or not closed")  # fmt: skip
            yield Line(values=("?",), number=number, trouble=Trouble(code, told))


def _with_header(name: str, lines: list[Line], notes: list[Finding]) -> Grid:
    """The first line with two known headers is the header; what stands above it is skipped."""
    if not lines:
        raise refuse("EV103", "the file has no cells.", name)
    at = next((i for i, line in enumerate(lines[:_HEADER_WITHIN])
               if not line.trouble and _known(line.values) >= 2), 0)  # fmt: skip
    if lines[at].trouble:
        raise refuse("EV105", f"its first line {lines[at].trouble.reason}.", name)  # type: ignore[union-attr]
    if at:
        notes.append(
            finding(
                "EV136",
                say(
                    "the header is on line {line}; {n} line(s) above it were skipped.",
                    line=lines[at].number,
                    n=at,
                ),
                file=name,
            )
        )
    header = tuple(cell.strip() for cell in lines[at].values)
    body = [_fit(line, len(header)) for line in lines[at + 1 :]]
    return Grid(name=name, header=header, lines=body, findings=notes,
                header_line=lines[at].number, header_refs=lines[at].refs)  # fmt: skip


def _fit(line: Line, width: int) -> Line:
    """A line of the header's length, with the trouble of not having had it."""
    values, trouble = line.values, line.trouble
    if trouble is None and len(values) > width and any(v.strip() for v in values[width:]):
        trouble = Trouble("EV115", say("has {n} cells under {width} headers",
                                        n=len(values), width=width),
                          "Quote the cell that holds the separator.")  # fmt: skip
    elif trouble is None and len(values) < width:
        trouble = Trouble(
            "EV115",
            say(
                "has {n} cells under {width} headers; the rest was read as blank",
                n=len(values),
                width=width,
            ),
            warning=True,
        )
    if trouble is None and any(len(value) > MAX_TEXT for value in values):
        trouble = Trouble("EV107", say("has a cell longer than {n} characters", n=f"{MAX_TEXT:,}"))
    values = (*values[:width], *[""] * (width - len(values)))
    return Line(values=values, number=line.number, refs=line.refs, trouble=trouble,
                cell_trouble=line.cell_trouble)  # fmt: skip


# --------------------------------------------------------------------------- Excel


def _excel(source: Source) -> Grid:
    import openpyxl

    _refuse_bomb(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True)
            sheets = {sheet.title: list(_cells(sheet)) for sheet in book.worksheets}
            book.close()
            values: dict[str, dict[tuple[int, int], Any]] = {}
            if any(kind == "f" for rows in sheets.values() for row in rows for *_, kind in row):
                stored = openpyxl.load_workbook(
                    io.BytesIO(source.data), read_only=True, data_only=True
                )
                values = {
                    sheet.title: {(r, c): text for row in _cells(sheet) for r, c, text, _ in row}
                    for sheet in stored.worksheets
                }
                stored.close()
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise refuse("EV105", f"the workbook is damaged: {error}.", source.name) from None
    except Exception as error:  # openpyxl raises whatever its parser met in a broken part
        raise refuse("EV105", f"the workbook is damaged: {type(error).__name__}.",
                     source.name) from None  # fmt: skip
    lines = {title: _sheet_lines(title, rows, values.get(title, {}))
             for title, rows in sheets.items()}  # fmt: skip
    filled = {title: found for title, found in lines.items() if found}
    if not filled:
        raise refuse("EV103", "the workbook has no filled cell.", source.name)
    title = max(filled, key=lambda name: (
        max(_known(line.values) for line in filled[name][:_HEADER_WITHIN]) >= 2,
        normalise(name) in ("studies", "claims", "extraction"),
        -list(filled).index(name),
    ))  # fmt: skip
    notes = list(source.findings)
    others = [name for name in filled if name != title]
    if others:
        notes.append(finding("EV118", say("sheet {sheet} was read; not read: {others}.",
                                          sheet=repr(title), others=listed(others, ", ")),
                             file=source.name, value=", ".join(others)))  # fmt: skip
    return _with_header(source.name, filled[title], notes)


def _refuse_bomb(source: Source) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError):
        raise refuse("EV105", "the workbook is cut short: its archive has no end.",
                     source.name) from None  # fmt: skip
    if size > 4 * MAX_BYTES:
        raise refuse("EV107", f"the workbook unpacks to {size / 2**20:,.0f} MB.", source.name)


def _cells(sheet: Any) -> Iterator[list[tuple[int, int, str, str]]]:
    """Filled cells of a sheet by row: row, column, text, and `f` for a formula."""
    sheet.reset_dimensions()
    blank = 0
    for row in sheet.iter_rows():
        found = [
            (cell.row, cell.column, _cell_text(cell), cell.data_type)
            for cell in row
            if cell.value is not None and str(cell.value).strip()
        ]
        blank = 0 if found else blank + 1
        if blank > _BLANK_ROWS:
            return
        yield found


def _cell_text(cell: Any) -> str:
    """A cell as it is shown: digits by its number format, dates as dates."""
    value = cell.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        shown = re.fullmatch(r"(?:#,##)?0(?:\.(0+))?(%?)", str(cell.number_format).split(";")[0])
        if shown and (shown.group(1) or shown.group(2)):
            decimals = len(shown.group(1) or "")
            scaled = value * 100 if shown.group(2) else value
            text = f"{scaled:.{decimals}f}"
            if abs(float(text) - scaled) <= 1e-9 * max(1.0, abs(scaled)):
                return text + shown.group(2)
            return f"{scaled:.12g}{shown.group(2)}"
        return f"{value:.15g}"
    return str(value)


def _sheet_lines(
    title: str, rows: list[list[tuple[int, int, str, str]]], stored: dict[tuple[int, int], Any]
) -> list[Line]:
    from openpyxl.utils import get_column_letter

    width = max((cell[1] for row in rows for cell in row), default=0)
    refs = [get_column_letter(i + 1) for i in range(width)]
    lines = []
    for row in rows:
        if not row:
            continue
        values, trouble = [""] * width, {}
        for r, c, text, kind in row:
            shown = stored.get((r, c), "") if kind == "f" else text
            if kind == "f" and shown == "":
                trouble[c - 1] = Trouble("EV117", "is a formula without a stored value",
                                         "Open and save it in a spreadsheet program.")  # fmt: skip
            values[c - 1] = str(shown)
        number = row[0][0]
        lines.append(Line(values=tuple(values), number=number, cell_trouble=trouble,
                          refs=tuple(f"{title}!{ref}{number}" for ref in refs)))  # fmt: skip
    return lines


# --------------------------------------------------------------------------- Parquet and mappings


def _parquet(source: Source) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(source.data))
        if file.metadata.num_rows * max(1, file.metadata.num_columns) > 2_000_000:
            raise refuse("EV107", "has more than two million cells; use evidence batch.",
                         source.name)  # fmt: skip
        rows = file.read().to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = str(error).splitlines()[0][:120]
        raise refuse("EV105", f"the Parquet file is damaged: {reason}.", source.name) from None
    if not rows:
        raise refuse("EV104", "there is a header and no row.", source.name)
    return grid_of_mappings(source.name, rows, source.findings, pointer="row ", lines=True)


def grid_of_mappings(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    notes: list[Finding],
    *,
    pointer: str = "/",
    lines: bool = False,
    numbers: Sequence[int] | None = None,
) -> Grid:
    """A grid from rows that name their own cells; `pointer` leads to the list of rows.

    >>> grid = grid_of_mappings("a.json", [{"study": "a", "n": 20}, {"study": "b"}], [])
    >>> grid.header, [line.values for line in grid.lines]
    (('study', 'n'), [('a', '20'), ('b', '')])
    """
    header = tuple(dict.fromkeys(str(key) for row in rows for key in row))
    found = []
    for i, row in enumerate(rows):
        cells = {str(key): value for key, value in row.items()}
        texts = {key: _plain_text(value) for key, value in cells.items()}
        trouble = {
            header.index(key): Trouble("EV218", "is a nested object where one value belongs")
            for key, text in texts.items() if text is None
        }  # fmt: skip
        refs = () if numbers else tuple(
            f"row {i + 1}, {key}" if lines else f"{pointer}{i}/{key}" for key in header
        )  # fmt: skip
        line = Line(values=tuple(texts.get(key) or "" for key in header), refs=refs,
                    number=numbers[i] if numbers else None, cell_trouble=trouble)  # fmt: skip
        if any(len(value) > MAX_TEXT for value in line.values):
            line = _fit(line, len(header))
        found.append(line)
    return Grid(name=name, header=header, lines=found, findings=list(notes), header_line=None)


def _plain_text(value: Any) -> str | None:
    """One value as text; None for what is no single value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if value != value else f"{value:.15g}"
    if isinstance(value, (list, tuple)):
        parts = [_plain_text(part) for part in value]
        return None if None in parts else "; ".join(str(part) for part in parts)
    return None if isinstance(value, Mapping) else str(value)
