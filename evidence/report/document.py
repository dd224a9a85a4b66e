"""A report as plain blocks: what is said, in which order, and nothing about how it looks.

A `Document` holds no HTML. Every renderer walks the same blocks, so that the page, the Markdown
and the JSON say the same in the same order, and `to_data` is the document itself as plain data.
The blocks themselves live in `blocks.py` and are named here too.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar, TypeAlias

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.report.blocks import BADGES as BADGES
from evidence.report.blocks import CALLOUTS as CALLOUTS
from evidence.report.blocks import Badge as Badge
from evidence.report.blocks import BadgeKind as BadgeKind
from evidence.report.blocks import Block as Block
from evidence.report.blocks import Bullets as Bullets
from evidence.report.blocks import Callout as Callout
from evidence.report.blocks import CalloutKind as CalloutKind
from evidence.report.blocks import Cell as Cell
from evidence.report.blocks import CellKind as CellKind
from evidence.report.blocks import CodeBlock as CodeBlock
from evidence.report.blocks import Column as Column
from evidence.report.blocks import Data as Data
from evidence.report.blocks import Details as Details
from evidence.report.blocks import Emphasis as Emphasis
from evidence.report.blocks import Figure as Figure
from evidence.report.blocks import KeyValues as KeyValues
from evidence.report.blocks import Links as Links
from evidence.report.blocks import Paragraph as Paragraph
from evidence.report.blocks import Reference as Reference
from evidence.report.blocks import References as References
from evidence.report.blocks import Section as Section
from evidence.report.blocks import Span as Span
from evidence.report.blocks import Table as Table
from evidence.report.blocks import Text as Text
from evidence.report.blocks import WhatIf as WhatIf
from evidence.report.escape import csv_text

SCHEMA = "evidence/report/1"
Scalar: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report.

    Attributes
    ----------
    title : str
        The claim as typed, or the name of the audit: the one heading of the first level.
    verdict : Text
        The sentence that answers it; `verdict_badge` is its kind in a word or two.
    status : tuple
        (term, text): certainty, best estimate, number of studies and people.
    lang : str
        Language of the words: "en", "ja" or "zh", with a region if need be ("zh-Hans").
    date : str
        ISO date, or nothing: no clock is read.
    made_by : str
        Program and version.

    Raises
    ------
    EvidenceError
        Two places have one anchor, a link leads nowhere, or an anchor is not plain.

    Examples
    --------
    >>> doc = Document(title="Reduces wrinkles by 20 %", verdict="We do not know.",
    ...                blocks=(Section("Studies", (Paragraph("One."),), anchor="studies"),))
    >>> to_data(doc)["blocks"][0]["anchor"]
    'studies'
    """

    title: str
    lang: str = "en"
    subtitle: str = ""
    verdict: Text = ""
    verdict_badge: Badge | None = None
    status: tuple[tuple[str, Text], ...] = ()
    date: str = ""
    made_by: str = ""
    blocks: tuple[Block, ...] = ()

    RESERVED: ClassVar[str] = "ev-"

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise EvidenceError("a document needs a title.")
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", self.lang):
            raise EvidenceError(f"lang={self.lang!r} is not a language tag such as en or zh-Hans.")
        places: set[str] = set()
        wanted: set[str] = set()
        for part in _walk((self.verdict, self.status, self.blocks)):
            anchor = getattr(part, "anchor", "")
            if isinstance(part, Span | Cell):
                wanted.add(anchor)
            elif isinstance(part, Links):
                wanted.update(to for _, to in part.items)
            elif anchor:
                if not re.fullmatch(r"[^\s\"'<>&#%]+", anchor) or anchor.startswith(self.RESERVED):
                    raise EvidenceError(
                        f"anchor {anchor!r} has a space or mark in it, or begins with 'ev-', "
                        "which is kept for the page itself; `anchor_for` makes a plain one."
                    )
                if anchor in places:
                    raise EvidenceError(f"anchor {anchor!r} is used twice.")
                places.add(anchor)
        lost = sorted(wanted - places - {""})
        if lost:
            raise EvidenceError(f"links lead nowhere: {', '.join(map(repr, lost[:5]))}.")


def _walk(part: Any) -> Iterator[Any]:
    """Every dataclass in the tree, in reading order."""
    if isinstance(part, tuple):
        for inner in part:
            yield from _walk(inner)
    elif is_dataclass(part):
        yield part
        for f in fields(part):
            value = getattr(part, f.name)
            if not isinstance(value, str):
                yield from _walk(value)


def to_data(document: Document) -> dict[str, Any]:
    """The document as plain data: dictionaries, lists, text, numbers, true, false, null.

    Every block names its kind under `block`; a number that is not finite is null.

    >>> document = Document(title="It works", blocks=(Paragraph("We do not know."),))
    >>> to_data(document)["blocks"][0]["text"]
    'We do not know.'
    """
    return {"schema": SCHEMA, **_plain(document)}


def _plain(value: Any) -> Any:
    if isinstance(value, WhatIf):  # plain data moves nothing: its table says the same
        return _plain(value.table)
    if is_dataclass(value) and not isinstance(value, type):
        inner = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        if isinstance(value, Document):
            return inner
        return {"block": _snake(type(value).__name__), **inner}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def plain_text(text: Text) -> str:
    """The words alone.

    >>> plain_text(("It ", Span("may", emphasis="em"), " help."))
    'It may help.'
    """
    if isinstance(text, str):
        return text
    return "".join(part if isinstance(part, str) else part.text for part in text)


def anchor_for(text: str, taken: Iterable[str] = ()) -> str:
    """An anchor made from words, not among those `taken`; letters of any script are kept.

    >>> anchor_for("Kim & Lee 2019: wrinkles"), anchor_for("毛穴"), anchor_for("A", ["a"])
    ('kim-lee-2019-wrinkles', '毛穴', 'a-2')
    """
    flat = unicodedata.normalize("NFC", text).casefold()
    base = re.sub(r"[\W_]+", "-", flat).strip("-")[:60].strip("-") or "part"
    if base.startswith(Document.RESERVED):
        base = "x-" + base
    known, name, i = set(taken), base, 1
    while name in known:
        i += 1
        name = f"{base}-{i}"
    return name


def csv_data(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Scalar]],
    *,
    description: str = "",
) -> Data:
    r"""Rows as a CSV file inside the report; text that a spreadsheet would run is quoted.

    >>> csv_data("t.csv", ["study", "note"], [["Kim", "=1+1"], ["Lee", None]]).content
    "study,note\r\nKim,'=1+1\r\nLee,\r\n"
    """
    return Data(name, "text/csv", csv_text(columns, rows), description=description)


def json_data(name: str, value: object, *, description: str = "") -> Data:
    r"""Plain data as a JSON file inside the report; keys sorted, no NaN.

    >>> json_data("a.json", {"b": float("nan"), "a": 1}).content
    '{\n "a": 1,\n "b": null\n}\n'
    """
    content = json.dumps(
        _finite(value), ensure_ascii=False, sort_keys=True, allow_nan=False, indent=1
    )
    return Data(name, "application/json", content + "\n", description=description)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rows_table(
    caption: str,
    rows: Sequence[Any],
    columns: Mapping[str, str],
    *,
    digits: int = 2,
    header: int | None = 0,
    note: str = "",
) -> Table:
    """A table of plain rows, such as those a drawing was made from.

    Parameters
    ----------
    caption : str
        What the table holds.
    rows : sequence of dataclasses or mappings
        One per line.
    columns : mapping
        Attribute to heading, in order. A column all of whose values are numbers is aligned as one.
    digits : int
        Decimals; whole numbers have none.
    header : int, optional
        The column that names the row.
    note : str
        Below the table.

    Examples
    --------
    >>> table = rows_table("Scores", [{"label": "Kim", "value": 12.5}],
    ...                    {"label": "Study", "value": "Score"}, digits=1)
    >>> table.columns[1].kind, table.rows[0][1].text
    ('number', '12.5')
    """

    def value(row: Any, name: str) -> Any:
        return row.get(name) if isinstance(row, Mapping) else getattr(row, name)

    def numeric(name: str) -> bool:
        seen = [v for row in rows if (v := value(row, name)) is not None]
        return bool(seen) and all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in seen
        )

    def cell(v: Any, is_number: bool) -> Cell | str:
        if v is None:
            return "–"
        if is_number:
            return Cell(number(v, 0 if isinstance(v, int) else digits), sort=float(v))
        return v if isinstance(v, str) else str(v)

    kinds = {name: numeric(name) for name in columns}
    return Table(
        caption,
        tuple(Column(label, "number" if kinds[n] else "text") for n, label in columns.items()),
        tuple(tuple(cell(value(row, n), kinds[n]) for n in columns) for row in rows),
        header=header,
        note=note,
    )
