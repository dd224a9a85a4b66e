"""The blocks of a document written into a Word file, one function each; imports python-docx."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph as Line

from evidence.plots.svg import direction
from evidence.report.document import (
    Badge,
    Block,
    Bullets,
    Callout,
    Cell,
    CodeBlock,
    Data,
    Details,
    Document,
    Figure,
    KeyValues,
    Links,
    Paragraph,
    References,
    Section,
    Span,
    Table,
    Text,
    WhatIf,
    plain_text,
)
from evidence.report.docx_xml import (
    MUTED,
    colour,
    link,
    mark,
    picture,
    restart,
    set_table,
    speak,
    turn,
)
from evidence.report.docx_xml import field as page_field
from evidence.report.paper import ROOM, TONES, alt_text, clean, clean_code, drawings, shares
from evidence.report.render_typst import svg_to_png
from evidence.report.words import SIGNS, words_for

_RUN = qn("w:r")
WIDER_FONT = 1.2  # DejaVu Sans beside Calibri
MOST_SLACK = 1.4
"""How much wider a table may become than its words need."""


@dataclass(frozen=True, slots=True)
class Pen:
    """The Word file being written, and what its parts are called.

    `styles` maps the name of a style to its id; `names` maps an anchor to its bookmark, whose
    name may hold few characters.
    """

    word: Word
    says: Mapping[str, str]
    styles: Mapping[str, str]
    names: dict[str, str] = field(default_factory=dict)
    marks: count[int] = field(default_factory=lambda: count(1))
    figures: count[int] = field(default_factory=lambda: count(1))

    def line(self, style: str = "Normal") -> Line:
        """A new paragraph at the end."""
        line = self.word.add_paragraph()
        self.dress(line._p, style)
        return line

    def dress(self, paragraph: Any, style: str) -> None:
        """Give a paragraph its style; looking names up one by one takes python-docx long."""
        if style != "Normal":
            paragraph.style = self.styles[style]

    def name(self, anchor: str) -> str:
        """The bookmark of an anchor."""
        return self.names.setdefault(anchor, f"place_{len(self.names) + 1}")

    def place(self, line: Line, anchor: str) -> None:
        """Let links to the anchor end at this paragraph."""
        if anchor:
            mark(line, self.name(anchor), next(self.marks))


def write_document(pen: Pen, document: Document) -> None:
    """Title, verdict, status, contents, and every block in order.

    >>> from docx import Document as new_word
    >>> word = new_word()
    >>> write_document(new_pen(word, "en"), Document(title="It works", blocks=(Paragraph("No."),)))
    >>> [line.text for line in word.paragraphs]
    ['It works', 'No.']
    """
    if document.subtitle:
        _said(pen, pen.line("Subtitle"), document.subtitle)
    _said(pen, pen.line("Title"), document.title)
    if document.verdict:
        badge = document.verdict_badge
        style = f"Callout {badge.kind if badge else 'neutral'}"
        line = pen.line(style)
        _run(line, pen.says["verdict"] + "   ", strong=True, color=MUTED)
        if badge:
            _badge(line, badge.text, badge.kind)
        line.paragraph_format.keep_with_next = True
        verdict = pen.line(style)
        _said(pen, verdict, document.verdict)
        for run in verdict._p.iter(_RUN):
            _size(run, 13)
    if document.status:
        _key_values(pen, KeyValues(document.status))
    if document.date:
        _said(pen, pen.line("Small"), document.date)
    contents = [(b.title, b.anchor) for b in document.blocks if isinstance(b, Section) and b.anchor]
    if len(contents) > 1:
        _links(pen, Links(tuple(contents), title=pen.says["contents"]))
    _blocks(pen, document.blocks, 1)


def write_margins(pen: Pen, document: Document) -> None:
    """The title above every page but the first, the program and the page number below each.

    >>> from docx import Document as new_word
    >>> word = new_word()
    >>> write_margins(new_pen(word, "en"), Document(title="It works", made_by="evidence"))
    >>> word.sections[0].header.paragraphs[0].text, word.sections[0].footer.paragraphs[0].text
    ('It works', 'evidence ·  / ')
    """
    section = pen.word.sections[0]
    section.different_first_page_header_footer = True
    _run(section.header.paragraphs[0], clean(document.title), color=MUTED, size=8)
    for footer in (section.footer, section.first_page_footer):
        line = footer.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        made_by = clean(document.made_by)
        _run(line, made_by + " · " if made_by else "", color=MUTED, size=8)
        page_field(line, "PAGE")
        _run(line, " / ", color=MUTED, size=8)
        page_field(line, "NUMPAGES")


def new_pen(word: Word, lang: str) -> Pen:
    """A pen for an empty file whose styles are set.

    >>> from docx import Document as new_word
    >>> new_pen(new_word(), "ja").says["verdict"]
    '判定'
    """
    names = {str(style.name): style.style_id for style in word.styles}
    return Pen(word, words_for(lang), names)


def _run(
    line: Line, text: str, *, strong: bool = False, color: str = "", size: float = 0, lang: str = ""
) -> Any:
    run = line.add_run(text)
    if strong:
        run.bold = True
    if color:
        run.font.color.rgb = colour(color)
    if size:
        run.font.size = Pt(size)
    speak(run, lang)
    return run


def _said(
    pen: Pen, line: Line, text: Text, *, strong: bool = False, lang: str = "", anchor: str = ""
) -> None:
    """Running text into a paragraph; `anchor` makes the whole of it a way to a place."""
    for part in (text,) if isinstance(text, str) else text:
        span = Span(part) if isinstance(part, str) else part
        run = _run(
            line,
            clean(span.text),
            strong=strong or span.emphasis == "strong",
            lang=span.lang or lang,
        )
        if span.emphasis == "em":
            run.italic = True
        if span.emphasis == "code":
            run.font.name = "Consolas"
        to = span.anchor or anchor
        if span.url or to:
            link(line, run, url=span.url, bookmark="" if span.url else pen.name(to))
    if direction(plain_text(text)) == "rtl":
        turn(line)


def _badge(line: Line, text: str, kind: str) -> None:
    _run(line, f"{SIGNS[kind]}\u00a0{clean(text)}", strong=True, color=TONES[kind])


def _blocks(pen: Pen, blocks: Iterable[Block], level: int) -> None:
    for block in blocks:
        if isinstance(block, Section):
            _section(pen, block, level)
        elif isinstance(block, Callout):
            _callout(pen, block, level)
        elif isinstance(block, Details):
            _said(pen, pen.line("Summary"), block.summary)
            _blocks(pen, block.blocks, level)
        else:
            _PLAIN[type(block)](pen, block)


def _section(pen: Pen, block: Section, level: int) -> None:
    line = pen.line(f"Heading {min(level, 6)}")
    _said(pen, line, block.title, lang=block.lang)
    pen.place(line, block.anchor)
    if block.badge or block.note:
        aside = pen.line("Small Before")
        if block.badge:
            _badge(aside, block.badge.text, block.badge.kind)
        if block.note:
            _run(aside, ("   " if block.badge else "") + clean(block.note))
    _blocks(pen, block.blocks, level + 1)


def _callout(pen: Pen, block: Callout, level: int) -> None:
    style = f"Callout {block.kind}"
    line = pen.line(style)
    _run(line, pen.says[block.kind] + "   ", strong=True, color=TONES[block.kind])
    _said(pen, line, block.title, strong=True)
    line.paragraph_format.keep_with_next = bool(block.blocks)
    body: Any = pen.word.element.body
    before = len(body)
    _blocks(pen, block.blocks, level)
    for inner in list(body)[before - 1 :]:  # the last child is the page itself
        if inner.tag == qn("w:p") and inner.style is None:
            pen.dress(inner, style)


def _paragraph(pen: Pen, block: Paragraph) -> None:
    line = pen.line({"lead": "Lead", "small": "Small"}.get(block.role, "Normal"))
    _said(pen, line, block.text, lang=block.lang)


def _bullets(pen: Pen, block: Bullets) -> None:
    lines = [pen.line("List Number" if block.ordered else "List Bullet") for _ in block.items]
    for line, item in zip(lines, block.items, strict=True):
        _said(pen, line, item)
    if block.ordered:
        restart(pen.word, lines)


def _key_values(pen: Pen, block: KeyValues) -> None:
    for term, text in block.items:
        line = pen.line()
        line.paragraph_format.left_indent = Pt(12)
        line.paragraph_format.first_line_indent = Pt(-12)
        line.paragraph_format.space_after = Pt(2)
        _run(line, clean(term) + ": ", strong=True)
        _said(pen, line, text)


def _table(pen: Pen, block: Table) -> None:
    caption = pen.line("Caption")
    _said(pen, caption, block.caption)
    pen.place(caption, block.anchor)
    if block.columns:
        _grid(pen, block)
    # two tables in a row would grow together without a paragraph between them
    after = pen.line("Small")
    if block.note:
        _said(pen, after, block.note)


def _grid(pen: Pen, block: Table) -> None:
    widths, size = shares(block, room=ROOM / WIDER_FONT)
    # a word processor without our font takes a wider one; small tables get more room still
    widths = [width * min(MOST_SLACK, ROOM / sum(widths)) for width in widths]
    made = pen.word.add_table(rows=1 + len(block.rows), cols=len(block.columns))
    set_table(made, widths, clean(block.caption), row_names=block.header == 0)
    heads = tuple(Cell(column.label) for column in block.columns)
    for i, (row, cells) in enumerate(zip(made._tbl.tr_lst, (heads, *block.rows), strict=True)):
        for j, (place, cell) in enumerate(zip(row.tc_lst, cells, strict=True)):
            line = Line(place.p_lst[0], made)
            pen.dress(line._p, "Table Text")
            _cell(pen, line, cell, strong=i == 0 or j == block.header)
            if block.columns[j].kind == "number":
                line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if size < 9:
                for run in line._p.iter(_RUN):
                    _size(run, size)


def _cell(pen: Pen, line: Line, given: Cell | str, *, strong: bool) -> None:
    cell = Cell(given) if isinstance(given, str) else given
    if cell.badge:
        _badge(line, plain_text(cell.text), cell.badge)
    else:
        _said(pen, line, cell.text, strong=strong, lang=cell.lang, anchor=cell.anchor)


def _size(run: Any, size: float) -> None:
    run.get_or_add_rPr().sz_val = Pt(round(size * 2) / 2)


def _figure(pen: Pen, block: Figure) -> None:
    title = pen.line("Caption")
    _said(pen, title, block.title)
    pen.place(title, block.anchor)
    _said(pen, pen.line("Small Before"), block.description)
    parts, width = drawings(block)
    for i, svg in enumerate(parts):
        alt = alt_text(block) + (f" ({i + 1}/{len(parts)})" if len(parts) > 1 else "")
        run = pen.line().add_run()
        picture(run, svg, svg_to_png(svg, width), width, alt, next(pen.figures))
    _table(pen, block.table)


def _links(pen: Pen, block: Links) -> None:
    if block.title:
        _said(pen, pen.line("Summary"), block.title)
    for text, anchor in block.items:
        line = pen.line()
        line.paragraph_format.space_after = Pt(2)
        _said(pen, line, text, anchor=anchor)


def _code_block(pen: Pen, block: CodeBlock) -> None:
    if block.label:
        _said(pen, pen.line("Small Before"), block.label)
    line = pen.line("Code Block")
    for i, code in enumerate(clean_code(block.code).split("\n")):
        run = line.add_run()
        if i:
            run.add_break()
        run.add_text(code)


def _data(pen: Pen, block: Data) -> None:
    line = pen.line()
    _run(line, clean(pen.says["elsewhere"].format(name=block.name)))
    _run(line, f" ({block.media}) {clean(block.description)}", color=MUTED, size=9)


def _references(pen: Pen, block: References) -> None:
    lines = []
    for item in block.items:
        line = pen.line("List Number")
        _said(pen, line, item.text, lang=item.lang)
        if item.url:
            line.add_run(" ")
            link(line, _run(line, clean(item.url)), url=item.url)
        pen.place(line, item.anchor)
        lines.append(line)
    if lines:
        restart(pen.word, lines)


def _badge_block(pen: Pen, block: Badge) -> None:
    _badge(pen.line(), block.text, block.kind)


_PLAIN: Mapping[type, Callable[[Pen, Any], None]] = {
    Paragraph: _paragraph,
    Bullets: _bullets,
    KeyValues: _key_values,
    Table: _table,
    Figure: _figure,
    WhatIf: lambda pen, block: _table(pen, block.table),
    Links: _links,
    CodeBlock: _code_block,
    Data: _data,
    References: _references,
    Badge: _badge_block,
}
