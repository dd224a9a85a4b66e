"""Printing: tables for people, JSON and CSV for programs, files that are whole or not there.

Whatever comes from outside goes through `plain` on its way to a terminal.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from evidence.errors import EvidenceError
from evidence.files import write_whole
from evidence.formatting import MINUS

if TYPE_CHECKING:
    from evidence.cli.options import Format

Row = Mapping[str, object]

# Characters that a terminal obeys (C0, C1), that turn the direction of writing round, that start
# a line, or that cannot be seen or encoded (Unicode TR9, TR36).
_UNSAFE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufeff"
    "\\U000e0000-\\U000e007f]"
)
_FORMULA_LEADS = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")


class OutputError(EvidenceError):
    """The output cannot be written where it was asked for."""


def plain(text: object, *, multiline: bool = False) -> str:
    r"""Text that a terminal shows as it is: control and direction characters become visible.

    `multiline` keeps line breaks and tabs, for whole texts of our own making; a value in a
    sentence or a cell stays on its line.

    >>> print(plain("red \x1b[31malert\x07"))
    red \x1b[31malert\x07
    >>> print(plain("a\u202eb\nreliability 100"))
    a\u202eb\nreliability 100
    """
    kept = "\n\t" if multiline else ""
    return _UNSAFE.sub(lambda found: found[0] if found[0] in kept else _escape(found[0]), str(text))


def _escape(ch: str) -> str:
    return ch.encode("unicode_escape", "surrogatepass").decode("ascii")


def complain(message: str) -> None:
    """Say something on standard error, each line with the program's name in front."""
    lines = message.splitlines() or [""]
    with suppress(OSError, ValueError):  # nobody may be listening
        print(*(f"evidence: {plain(line)}" for line in lines), sep="\n", file=sys.stderr)


def say(message: str, *, quiet: bool = False) -> None:
    """A remark on standard error, unless `--quiet`; what is wrong goes through `complain`."""
    if not quiet:
        print(plain(message, multiline=True), file=sys.stderr)


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
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else _in_json(found[0]), text)


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
    header = _header(rows)
    lines = [header, ["---"] * len(header)]
    lines += [[_cell(row.get(name)) for name in header] for row in rows]
    lines[0] = [plain(name) for name in header]
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
    header = _header(rows)
    columns = [[plain(name), *(_cell(row.get(name)) for row in rows)] for name in header]
    widths = [max(map(_width, column)) for column in columns]
    to_right = [_is_numeric(row.get(name) for row in rows) for name in header]
    lines = (
        "  ".join(
            _pad(cell, width, right)
            for cell, width, right in zip(line, widths, to_right, strict=True)
        )
        for line in zip(*columns, strict=True)
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


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
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", MINUS)
    if isinstance(value, int):
        return str(value).replace("-", MINUS)
    return plain(value if isinstance(value, str) else to_json(value, indent=None))


def _width(text: str) -> int:
    """Columns a text takes in a terminal: East Asian wide characters take two."""
    return sum(
        0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1
        for ch in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def emit(
    data: object,
    form: Format,
    *,
    schema: str,
    rows: Sequence[Row] | None = None,
    text: str | Callable[[], str] | None = None,
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
    text : str or callable, optional
        What `--format table` prints instead of the rows, written for people.
    output : Path, optional
        The file; None or `-` is standard output.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    if form == "json":
        return write(to_json(data, schema=schema) + "\n", output)
    if form == "table" and text is not None:
        return write(plain(text() if callable(text) else text, multiline=True), output)
    if rows is None:
        tree = plain_data(data)
        rows = [tree if isinstance(tree, dict) else {"value": tree}]
    if form == "jsonl":
        return write(
            "".join(to_json(row, schema=schema, indent=None) + "\n" for row in rows), output
        )
    return write(_ROW_FORMS[form](rows), output)


_ROW_FORMS: dict[str, Callable[[Sequence[Row]], str]] = {
    "csv": to_csv,
    "md": to_markdown,
    "table": to_table,
}


def write(content: str | bytes, output: Path | None = None) -> None:
    """Write to standard output, or to a file that is either complete or left as it was."""
    if output is None or str(output) == "-":
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


def _print(content: str | bytes) -> None:
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
        return
    sys.stdout.write(content if content.endswith("\n") or not content else f"{content}\n")
