"""The document as Markdown, to be read as it is or turned into something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
from evidence.report.escape import markdown
from evidence.report.words import words_for


def render_text(document: Document) -> str:
    r"""The document as Markdown: verdict first, figures as their descriptions and tables.

    Markup in texts is escaped, so that what is read is what was written. Embedded files are
    named, not included; the HTML page and the JSON hold them.

    >>> from evidence.report.document import Document
    >>> print(render_text(Document(title="Reduces *wrinkles*", verdict="We do not know.")))
    # Reduces \*wrinkles\*
    <BLANKLINE>
    > **Verdict:** We do not know.
    <BLANKLINE>
    """
    word = words_for(document.lang)
    parts = [f"# {markdown(document.title)}"]
    if document.subtitle:
        parts.append(markdown(document.subtitle))
    if document.verdict:
        badge = document.verdict_badge
        kind = f" ({markdown(badge.text)})" if badge else ""
        parts.append(f"> **{word['verdict']}{kind}:** {_text(document.verdict)}")
    if document.status:
        parts.append(_key_values(KeyValues(document.status)))
    if document.date:
        parts.append(document.date)
    parts += [_block(block, 1, word) for block in document.blocks]
    if document.made_by:
        parts.append(markdown(word["made_by"].format(program=document.made_by)))
    return "\n\n".join(part for part in parts if part) + "\n"


Words = Mapping[str, str]


def _block(block: Block, level: int, word: Words) -> str:
    plain = _PLAIN.get(type(block))
    return plain(block) if plain else _NESTED[type(block)](block, level, word)


def _text(text: Text) -> str:
    if isinstance(text, str):
        return markdown(text)
    lead = "" if not text else " " if plain_text(text)[:1].isspace() else ""
    return lead + "".join(_span(part) for part in text).strip()


def _span(part: str | Span) -> str:
    if isinstance(part, str):
        return _kept(part)
    inner = _kept(part.text)
    if part.emphasis == "code":
        inner = _code(part.text)
    elif part.emphasis and inner.strip():
        mark = {"strong": "**", "em": "*"}[part.emphasis]
        inner = f"{mark}{inner.strip()}{mark}"
    if part.url:
        return f"[{inner}](<{re.sub(r'[<>]', '', part.url)}>)"
    return f"[{inner}](#{part.anchor})" if part.anchor else inner


def _kept(text: str) -> str:
    """Escaped, with one space kept at either end where there was any."""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and text.strip() else ""
    return before + markdown(text) + after


def _code(text: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{' '.join(text.split())}{pad}{fence}"


def _paragraph(block: Paragraph) -> str:
    return _text(block.text)


def _bullets(block: Bullets) -> str:
    listed = enumerate(block.items, 1)
    return "\n".join(f"{f'{i}.' if block.ordered else '-'} {_text(item)}" for i, item in listed)


def _key_values(block: KeyValues) -> str:
    return "\n".join(f"- **{markdown(term)}:** {_text(text)}" for term, text in block.items)


def _table(block: Table) -> str:
    head = "| " + " | ".join(markdown(column.label) for column in block.columns) + " |"
    marks = ("---:" if column.kind == "number" else "---" for column in block.columns)
    lines = [f"*{markdown(block.caption)}*", "", head, "| " + " | ".join(marks) + " |"]
    for row in block.rows:
        lines.append("| " + " | ".join(_cell(cell) for cell in row) + " |")
    if block.note:
        lines += ["", markdown(block.note)]
    return _anchor(block.anchor) + "\n".join(lines)


def _cell(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return markdown(cell)
    text = _text(cell.text)
    return f"[{text}](#{cell.anchor})" if cell.anchor and text else text


def _figure(block: Figure) -> str:
    title, said = markdown(block.title), markdown(block.description)
    return f"{_anchor(block.anchor)}**{title}**\n\n{said}\n\n{_table(block.table)}"


def _links(block: Links) -> str:
    listed = "\n".join(f"- [{markdown(text)}](#{anchor})" for text, anchor in block.items)
    return f"**{markdown(block.title)}**\n\n{listed}" if block.title else listed


def _code_block(block: CodeBlock) -> str:
    runs = (len(run) for run in re.findall("`+", block.code))
    fence = "`" * max(3, 1 + max(runs, default=0))
    language = re.sub(r"[^\w+-]", "", block.language)
    label = f"**{markdown(block.label)}**\n\n" if block.label else ""
    return f"{label}{fence}{language}\n{block.code.rstrip()}\n{fence}"


def _data(block: Data) -> str:
    said = f": {markdown(block.description)}" if block.description else ""
    return f"- {_code(block.name)} ({block.media}){said}"


def _references(block: References) -> str:
    lines = []
    for i, item in enumerate(block.items, 1):
        where = f" <{re.sub(r'[<>]', '', item.url)}>" if item.url else ""
        lines.append(f"{i}. {_anchor(item.anchor, inline=True)}{_text(item.text)}{where}")
    return "\n".join(lines)


def _badge(block: Badge) -> str:
    return f"**{markdown(block.text)}**"


def _callout(block: Callout, level: int, word: Words) -> str:
    inner = _joined(block.blocks, level, word)
    head = f"**{word[block.kind]}: {markdown(block.title)}**"
    whole = f"{head}\n\n{inner}" if inner else head
    return "\n".join(f"> {line}".rstrip() for line in whole.split("\n"))


def _details(block: Details, level: int, word: Words) -> str:
    return f"**{markdown(block.summary)}**\n\n{_joined(block.blocks, level, word)}"


def _section(block: Section, level: int, word: Words) -> str:
    badge = f" ({markdown(block.badge.text)})" if block.badge else ""
    head = f"{'#' * min(6, level + 1)} {markdown(block.title)}{badge}"
    note = [markdown(block.note)] if block.note else []
    inner = _joined(block.blocks, level + 1, word)
    return "\n\n".join(
        part for part in (_anchor(block.anchor).rstrip(), head, *note, inner) if part
    )


def _joined(blocks: Sequence[Block], level: int, word: Words) -> str:
    return "\n\n".join(_block(block, level, word) for block in blocks)


def _anchor(anchor: str, *, inline: bool = False) -> str:
    # an anchor has no markup in it: the document refuses it otherwise
    return f'<a id="{anchor}"></a>{"" if inline else chr(10) * 2}' if anchor else ""


_PLAIN: Mapping[type, Callable[[Any], str]] = {
    Paragraph: _paragraph,
    Bullets: _bullets,
    KeyValues: _key_values,
    Table: _table,
    Figure: _figure,
    WhatIf: lambda block: _table(block.table),
    Links: _links,
    CodeBlock: _code_block,
    Data: _data,
    References: _references,
    Badge: _badge,
}

_NESTED: Mapping[type, Callable[[Any, int, Words], str]] = {
    Callout: _callout,
    Details: _details,
    Section: _section,
}
