"""The document as DOCX: headings, tables and lists that Word knows as such.

Drawings are inside twice: as SVG, and as PNG (drawn by typst) for programs that show no SVG.
"""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import Any

from evidence.errors import MissingPieceError
from evidence.report.document import Document, plain_text
from evidence.report.paper import clean, day

_UNTRUE = ("/metadata/thumbnail", "/extended-properties")
"""Parts of the empty file that tell of another program and another page."""


def render_docx(document: Document) -> bytes:
    """The whole report as DOCX; the same document gives the same bytes.

    Raises
    ------
    MissingPieceError
        A package is not installed: python-docx, or typst where there are drawings.
    OptionError
        The language of the document has no words yet.

    Examples
    --------
    >>> from evidence.report.document import Document
    >>> render_docx(Document(title="Reduces wrinkles by 20 %"))[:2]
    b'PK'
    """
    try:
        import docx
        from docx.shared import Mm
    except ImportError as error:
        raise MissingPieceError("a report as DOCX", "python-docx", "report") from error
    from evidence.report.docx_blocks import new_pen, write_document, write_margins
    from evidence.report.docx_xml import set_styles, settled

    word = docx.Document()
    page = word.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(20)
    set_styles(word, document.lang)
    pen = new_pen(word, document.lang)
    _set_properties(word, document)
    write_margins(pen, document)
    write_document(pen, document)
    out = io.BytesIO()
    word.save(out)
    return settled(out.getvalue())


def _set_properties(word: Any, document: Document) -> None:
    """Title, author and language; the date of the document, or none: no clock is read."""
    about = word.core_properties
    about.title = clean(document.title)[:255]
    about.subject = clean(plain_text(document.verdict))[:255]
    about.author = about.last_modified_by = clean(document.made_by)[:255]
    about.comments = ""
    about.language = document.lang
    when = day(document.date)
    if when is not None:
        about.created = about.modified = datetime.combine(when, time())
    else:
        for child in list(about._element):
            if child.tag.endswith(("}created", "}modified")):
                about._element.remove(child)
    relations = word.part.package.rels
    for key in [key for key, to in relations.items() if to.reltype.endswith(_UNTRUE)]:
        del relations[key]
