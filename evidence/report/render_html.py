"""The document as one HTML file that asks nothing of any network.

Style, drawings, data and a small script are inside it; without the script the page is complete.
The content security policy lets nothing else run, and every text goes through autoescaping.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from itertools import count

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evidence.plots.svg import direction, escape
from evidence.report.document import (
    Block,
    Cell,
    Data,
    Document,
    Section,
    Text,
    WhatIf,
    _snake,
    _walk,
    plain_text,
)
from evidence.report.words import SIGNS, words_for


def render_html(document: Document) -> str:
    """The whole page; the same document gives the same bytes.

    Raises
    ------
    OptionError
        The language of the document has no words yet.

    Examples
    --------
    >>> from evidence.report.document import Document
    >>> page = render_html(Document(title="<b> reduces wrinkles"))
    >>> page.splitlines()[0], "<b>" in page
    ('<!doctype html>', False)
    """
    changing = any(isinstance(part, WhatIf) for part in _walk(document.blocks))
    script = _script(changing)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    numbers: dict[str, count[int]] = {}

    def ids(kind: str) -> str:
        return f"{Document.RESERVED}{kind}-{next(numbers.setdefault(kind, count(1)))}"

    def drawing(svg: str) -> Markup:
        # two figures may hold the same drawing, but no two elements the same id
        key = re.search(r'aria-labelledby="(ev-[0-9a-f]{12})-title', svg)
        return Markup(svg.replace(key.group(1), ids("figure")) if key else svg)

    return (
        _environment()
        .get_template("page.html")
        .render(
            doc=document,
            word=words_for(document.lang),
            contents=_contents(document.blocks),
            policy=policy,
            style=Markup(_style(changing)),
            script=Markup(script),
            signs=SIGNS,
            ids=ids,
            drawing=drawing,
        )
    )


def _contents(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    return [(b.title, b.anchor) for b in blocks if isinstance(b, Section) and b.anchor]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.report"),
        autoescape=True,
        trim_blocks=False,
        undefined=StrictUndefined,
        finalize=_clean,
    )
    environment.filters.update(
        kind=lambda block: _snake(type(block).__name__),
        as_cell=lambda cell: cell if isinstance(cell, Cell) else Cell(cell),
        direction=_direction,
        data_link=data_link,
        words_of=lambda block: {word.name: word.text for word in block.words},
        as_json=lambda words: json.dumps(words, ensure_ascii=False, sort_keys=True),
        plain_number=lambda value: format(value, ".10g"),
    )
    return environment


def _clean(value: object) -> object:
    """Text without the control characters that HTML forbids; markup made here stays itself."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup(escape(value))
    return value


def _direction(text: Text) -> str:
    return direction(plain_text(text))


def data_link(data: Data) -> str:
    """The file as a `data:` address.

    >>> data_link(Data("a.csv", "text/csv", "a"))
    'data:text/csv;charset=utf-8;base64,77u/YQ=='
    """
    # a spreadsheet takes a CSV file for UTF-8 only when it begins with this mark
    content = ("\ufeff" + data.content) if data.media == "text/csv" else data.content
    encoded = base64.b64encode(content.encode("utf-8")).decode()
    return f"data:{data.media};charset=utf-8;base64,{encoded}"


@cache
def _style(changing: bool) -> str:
    plain = Environment(loader=PackageLoader("evidence.report"), autoescape=False)
    names = ("style.css", "what_if.css") if changing else ("style.css",)
    return "".join(plain.get_template(name).render() for name in names)


@cache
def _script(changing: bool) -> str:
    """The script of the page; what moves numbers comes only with a block that has some."""
    folder = files("evidence.report") / "templates"
    names = ("script.js", "what_if.js") if changing else ("script.js",)
    return "".join((folder / name).read_text(encoding="utf-8") for name in names)
