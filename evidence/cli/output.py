"""Printing: tables for people, JSON and CSV for programs, files that are whole or not there.

Whatever comes from outside goes through `plain` on its way to a terminal.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from evidence.cli.lines import UNSAFE, WIDTH, Line, plain, told, width_of
from evidence.cli.terminal import Cells, is_terminal, show_lines, show_remark, show_table
from evidence.errors import EvidenceError
from evidence.files import write_whole
from evidence.formatting import MINUS
from evidence.messages import Message, spoken

if TYPE_CHECKING:
    from evidence.cli.options import Format

Row = Mapping[str, object]

_FORMULA_LEADS = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")


class OutputError(EvidenceError):
    """The output cannot be written where it was asked for."""


def complain(message: str) -> None:
    """Say something on standard error, each line with the program's name in front."""
    lines = spoken(message).splitlines() or [""]
    with suppress(OSError, ValueError):  # nobody may be listening
        print(*(f"evidence: {plain(line)}" for line in lines), sep="\n", file=sys.stderr)


def say(message: str, *, quiet: bool = False) -> None:
    """A remark on standard error, unless `--quiet`; what is wrong goes through `complain`."""
    if not quiet:
        show_remark(message)


def plain_data(value: object) -> object:
    """Any result as JSON knows it: NaN and infinity are null, sets are sorted, order is kept.

    >>> plain_data({"value": float("nan"), "arms": ("a", "b"), "n": {3, 1}})
    {'value': None, 'arms': ['a', 'b'], 'n': [1, 3]}
    """
    if isinstance(value, Enum):
        return plain_data(value.value)
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(plain_data(key)): plain_data(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain_data(item) for item in value), key=str)
    if isinstance(value, PurePath | date):
        return str(value)
    if hasattr(value, "columns") and callable(records := getattr(value, "to_dict", None)):
        return plain_data(records("records"))  # a frame
    for name in ("as_dict", "model_dump", "tolist"):  # our results, pydantic, numpy, a column
        if callable(method := getattr(value, name, None)) and not isinstance(value, type):
            return plain_data(method())
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain_data(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Iterable):
        return [plain_data(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def to_json(data: object, *, schema: str = "", indent: int | None = 2) -> str:
    """JSON text, with `{"schema": …}` in front when the data is an object.

    The text is UTF-8 as people write it; characters a terminal would obey are escaped.

    >>> print(to_json({"value": 0.5}, schema="evidence/score/1", indent=None))
    {"schema": "evidence/score/1", "value": 0.5}
    """
    tree = plain_data(data)
    if schema and isinstance(tree, dict):
        tree = {"schema": schema, **tree}
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=indent)
    return UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else _in_json(found[0]), text)


def _in_json(ch: str) -> str:
    return json.dumps(ch)[1:-1]


def to_csv(rows: Sequence[Row]) -> str:
    """CSV text; a cell of text that a spreadsheet would run as a formula gets a ' in front.

    >>> print(to_csv([{"name": "=1+1", "change": "-20", "se": None}]), end="")
    name,change,se
    '=1+1,-20,
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    header = _header(rows)
    writer.writerow([_csv_cell(name) for name in header])
    writer.writerows([_csv_cell(row.get(name)) for name in header] for row in rows)
    return buffer.getvalue()


def _csv_cell(value: object) -> object:
    value = plain_data(value)
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    text = plain(value if isinstance(value, str) else to_json(value, indent=None), multiline=True)
    return f"'{text}" if text.startswith(_FORMULA_LEADS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def to_markdown(rows: Sequence[Row]) -> str:
    """A pipe table; markup in the cells is escaped."""
    cells = _cells(rows)
    lines = [cells.names, ["---"] * len(cells.names), *cells.rows]
    return "".join(f"| {' | '.join(_markdown_cell(cell) for cell in line)} |\n" for line in lines)


def _markdown_cell(text: str) -> str:
    for mark in ("\\", "|", "<", "`", "*", "_", "["):
        text = text.replace(mark, f"\\{mark}" if mark != "<" else "&lt;")
    return text


def to_table(rows: Sequence[Row]) -> str:
    """Aligned columns of plain text: numbers to the right, words to the left.

    >>> print(to_table([{"study": "Kim 2019", "k": 3}, {"study": "Li", "k": 12}]), end="")
    study      k
    Kim 2019   3
    Li        12
    """
    cells = _cells(rows)
    widths = [max(map(width_of, column)) for column in zip(cells.names, *cells.rows, strict=True)]
    lines = (
        "  ".join(
            _pad(cell, width, right)
            for cell, width, right in zip(line, widths, cells.numbers, strict=True)
        )
        for line in (cells.names, *cells.rows)
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _cells(rows: Sequence[Row]) -> Cells:
    """A table as it is shown, in the language spoken."""
    header = _header(rows)
    return Cells(
        names=[plain(spoken(name)) for name in header],
        rows=[
            list(line)
            for line in zip(*(_column(row.get(n) for row in rows) for n in header), strict=True)
        ]
        if header
        else [[] for _ in rows],
        numbers=[_is_numeric(row.get(name) for row in rows) for name in header],
    )


def _header(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _is_numeric(values: Iterable[object]) -> bool:
    return all(
        value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        for value in values
    )


def _cell(value: object) -> str:
    value = plain_data(value)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return spoken("yes" if value else "no")
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", MINUS)
    if isinstance(value, int):
        return str(value).replace("-", MINUS)
    if not isinstance(value, str):
        return plain(to_json(value, indent=None))
    # a single word is a code or a name, which stay as they are
    return plain(spoken(value) if isinstance(value, Message) or " " in value else value)


def _column(values: Iterable[object]) -> list[str]:
    """The cells of a column; fractions get the decimals of the longest one, so that they align."""
    kept = list(values)
    cells = [_cell(value) for value in kept]
    fractions = [isinstance(value, float) and math.isfinite(value) for value in kept]
    shown = [cell for cell, is_one in zip(cells, fractions, strict=True) if is_one]
    if not shown or any("e" in cell for cell in shown):
        return cells
    decimals = max(len(cell.partition(".")[2]) for cell in shown)
    return [
        f"{value:.{decimals}f}".replace("-", MINUS) if isinstance(value, float) and is_one else cell
        for value, cell, is_one in zip(kept, cells, fractions, strict=True)
    ]


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - width_of(text))
    return space + text if right else text + space


def emit(
    data: object,
    form: Format,
    *,
    schema: str,
    rows: Sequence[Row] | None = None,
    text: Callable[[], Iterable[Line]] | None = None,
    wrap: int | None = WIDTH,
    output: Path | None = None,
) -> None:
    """Print one command's answer in the form asked for.

    Parameters
    ----------
    data : mapping or result
        What `--format json` prints, after its schema.
    form : {"table", "json", "jsonl", "csv", "md"}
        The form.
    schema : str
        For instance `evidence/score/1`; fields are only added within a version.
    rows : sequence of mappings, optional
        The tidy rows for jsonl, csv, md and table; the data itself when it is left out.
    text : callable, optional
        The lines that `--format table` prints instead of the rows, written for people.
    wrap : int, optional
        Columns at which lines wrap where they go to no terminal; None leaves them whole.
    output : Path, optional
        The file; None or `-` is standard output.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    if form == "json":
        return write(to_json(data, schema=schema) + "\n", output)
    shown = form == "table" and _is_stdout(output) and is_terminal()
    if form == "table" and text is not None:
        return show_lines(text()) if shown else write(told(text(), wrap), output)
    if rows is None:
        tree = plain_data(data)
        rows = [tree if isinstance(tree, dict) else {"value": tree}]
    if form == "jsonl":
        return write(
            "".join(to_json(row, schema=schema, indent=None) + "\n" for row in rows), output
        )
    if shown:
        return show_table(_cells(rows))
    return write(_ROW_FORMS[form](rows), output)


_ROW_FORMS: dict[str, Callable[[Sequence[Row]], str]] = {
    "csv": to_csv,
    "md": to_markdown,
    "table": to_table,
}


def write(content: str | bytes, output: Path | None = None) -> None:
    """Write to standard output, or to a file that is either complete or left as it was."""
    if _is_stdout(output) or output is None:
        return _print(content)
    target = output.resolve()
    if target.is_dir():
        raise OutputError(f"{output} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise OutputError(f"{output}: there is no folder {output.parent}; make it first")
    raw = content.encode() if isinstance(content, str) else content
    try:
        write_whole(target, raw)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror}") from error
    return None


def _is_stdout(output: Path | None) -> bool:
    return output is None or str(output) == "-"


def _print(content: str | bytes) -> None:
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
        return
    sys.stdout.write(content if content.endswith("\n") or not content else f"{content}\n")
