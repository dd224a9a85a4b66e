"""The blocks a report is made of: frozen, plain, and without a word of markup."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Literal, TypeAlias

from evidence.errors import EvidenceError, OptionError
from evidence.report.escape import safe_svg

Emphasis = Literal["", "strong", "em", "code"]
BadgeKind = Literal["positive", "caution", "negative", "neutral", "unknown"]
CalloutKind = Literal["verdict", "warning", "note"]
CellKind = Literal["text", "number", "badge"]

BADGES: tuple[BadgeKind, ...] = ("positive", "caution", "negative", "neutral", "unknown")
CALLOUTS: tuple[CalloutKind, ...] = ("verdict", "warning", "note")
KINDS: tuple[CellKind, ...] = ("text", "number", "badge")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of running text: emphasised, in another language, or leading somewhere.

    `anchor` leads to a place in this document, `url` to an http(s) address outside of it.
    """

    text: str
    _: KW_ONLY
    emphasis: Emphasis = ""
    anchor: str = ""
    url: str = ""
    lang: str = ""

    def __post_init__(self) -> None:
        if self.emphasis not in ("", "strong", "em", "code"):
            raise OptionError("emphasis", self.emphasis, ("", "strong", "em", "code"))
        _check_url(self.url)


Text: TypeAlias = str | tuple[str | Span, ...]
"""Plain text, or pieces of it; never markup."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A word or two with a kind; the symbol that goes with the kind makes colour unnecessary."""

    text: str
    kind: BadgeKind = "neutral"

    def __post_init__(self) -> None:
        if self.kind not in BADGES:
            raise OptionError("kind", self.kind, BADGES)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `role` "lead" is larger, "small" is smaller."""

    text: Text
    _: KW_ONLY
    role: Literal["body", "lead", "small"] = "body"
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; numbered when `ordered`."""

    items: tuple[Text, ...]
    _: KW_ONLY
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Terms and what they are."""

    items: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and whether it holds text, numbers (right-aligned) or badges.

    `wide` is for sentences: the column takes the room that the others leave.
    """

    label: str
    kind: CellKind = "text"
    _: KW_ONLY
    title: str = ""
    wide: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise OptionError("kind", self.kind, KINDS)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with more than text: `anchor` leads to a place here, `sort` orders the column."""

    text: Text
    _: KW_ONLY
    anchor: str = ""
    badge: BadgeKind | Literal[""] = ""
    sort: float | str | None = None
    title: str = ""
    lang: str = ""

    def __post_init__(self) -> None:
        if self.badge and self.badge not in BADGES:
            raise OptionError("badge", self.badge, BADGES)


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `header` is the column that names the row (None: none does).

    `filterable` offers a search field and a choice per badge column; `narrow` says what becomes
    of it on a narrow screen: it scrolls in its own frame, or each row becomes a card.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    _: KW_ONLY
    header: int | None = 0
    filterable: bool = False
    narrow: Literal["scroll", "cards"] = "scroll"
    note: str = ""
    anchor: str = ""

    def __post_init__(self) -> None:
        if not self.caption:
            raise EvidenceError("a table needs a caption.")
        for i, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise EvidenceError(
                    f"table {self.caption!r}: row {i} has {len(row)} cells "
                    f"for {len(self.columns)} columns."
                )


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its name, its description and its data.

    `svg` comes from `evidence.plots`; `narrow` is the same drawing 288 pixels wide, shown
    on narrow screens where it is given (otherwise the wide one scrolls in its own frame).
    """

    svg: str
    _: KW_ONLY
    title: str
    description: str
    table: Table
    narrow: str = ""
    anchor: str = ""

    def __post_init__(self) -> None:
        safe_svg(self.svg)
        if self.narrow:
            safe_svg(self.narrow)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: the word a control stands at, and what is read."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A number or a choice that the reader may change; untouched, it is as reported.

    `reported` is said of it as long as it is untouched, `was` once it is not; `at` is where a
    number then stands, `low` to `high` the reach of its slider, `least` to `most` what may be
    typed.
    """

    name: str
    label: str
    reported: str
    was: str = ""
    unit: str = ""
    at: float | None = None
    known: bool = False
    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    least: float = 0.0
    most: float = 1e6
    options: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A fixed text or a template with named places, which the page fills itself."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Controls that move the numbers of one result; `table` stands for them everywhere else.

    `model` holds, as JSON, every number the page needs to compute what the package would.
    """

    title: str
    lead: str
    controls: tuple[Control, ...]
    words: tuple[Word, ...]
    model: str
    table: Table


@dataclass(frozen=True, slots=True)
class Links:
    """Ways to other places in this document: (text, anchor)."""

    items: tuple[tuple[str, str], ...]
    _: KW_ONLY
    title: str = ""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Something to copy, as it is typed."""

    code: str
    _: KW_ONLY
    label: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """A file inside the report: `csv_data` and `json_data` make one."""

    name: str
    media: Literal["text/csv", "application/json"]
    content: str
    _: KW_ONLY
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """One source; its address is printed, and only here."""

    text: Text
    _: KW_ONLY
    url: str = ""
    anchor: str = ""
    lang: str = ""

    def __post_init__(self) -> None:
        _check_url(self.url)


@dataclass(frozen=True, slots=True)
class References:
    """The numbered list of sources."""

    items: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """Something that must not be missed."""

    kind: CalloutKind
    title: str
    blocks: tuple[Block, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in CALLOUTS:
            raise OptionError("kind", self.kind, CALLOUTS)


@dataclass(frozen=True, slots=True)
class Details:
    """Something for the reader who wants to know more; printed open."""

    summary: str
    blocks: tuple[Block, ...]
    _: KW_ONLY
    open: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading; its level is how deep it stands. `collapsed` opens on a click.

    `lang` is the language of the title, where it is another than the document's.
    """

    title: str
    blocks: tuple[Block, ...]
    _: KW_ONLY
    anchor: str = ""
    badge: Badge | None = None
    note: str = ""
    collapsed: bool = False
    lang: str = ""


Block: TypeAlias = (
    Paragraph
    | Bullets
    | KeyValues
    | Table
    | Figure
    | WhatIf
    | Links
    | CodeBlock
    | Data
    | References
    | Badge
    | Callout
    | Details
    | Section
)


def _check_url(url: str) -> None:
    if url and not re.match(r"https?://[^\s]+$", url):
        raise EvidenceError(f"{url!r} is not an address that begins with https:// or http://.")
