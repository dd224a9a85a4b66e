"""A document written to a file, in the format its name ends with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from evidence.errors import EvidenceError, MissingPieceError, OptionError
from evidence.files import write_whole
from evidence.report.document import Document
from evidence.report.render_json import render_json
from evidence.report.render_text import render_text

PIECES: Mapping[str, Mapping[str, str]] = {
    ".pdf": {"typst": "typst"},
    ".docx": {"docx": "python-docx", "typst": "typst"},
}
"""Formats that need optional packages: the module of each, and the package it comes with."""


def _html(document: Document) -> str:
    from evidence.report.render_html import render_html  # brings Jinja2

    return render_html(document)


def _pdf(document: Document) -> bytes:
    from evidence.report.render_typst import render_pdf

    return render_pdf(document)


def _docx(document: Document) -> bytes:
    from evidence.report.render_docx import render_docx

    return render_docx(document)


RENDERERS: Mapping[str, Callable[[Document], str | bytes]] = {
    ".html": _html,
    ".pdf": _pdf,
    ".docx": _docx,
    ".md": render_text,
    ".json": render_json,
}


def save(document: Document, path: str | os.PathLike[str]) -> Path:
    """Write the document as .html, .pdf, .docx, .md or .json; all of it, or nothing.

    Parameters
    ----------
    document : Document
        What is written.
    path : path
        Its suffix chooses the format. An older file there is replaced at once, never half.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    EvidenceError
        A folder that is not there or not writable, or a PDF in a script without a font here.
    MissingPieceError
        PDF or DOCX without the packages of the extra `report`.
    OptionError
        Another suffix.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     made = save(Document(title="It works", verdict="No."), Path(folder) / "report.md")
    ...     made.name, made.read_text().splitlines()[0]
    ('report.md', '# It works')
    """
    target = Path(path)
    made = RENDERERS[check_format(target)](document)
    try:
        write_whole(target, made if isinstance(made, bytes) else made.encode("utf-8"))
    except OSError as error:
        raise EvidenceError(f"{target}: cannot be written: {error.strerror or error}.") from error
    return target


def check_format(target: Path) -> str:
    """The suffix of a format that is written; raises as `save` does, before any work is done.

    >>> check_format(Path("report.HTML"))
    '.html'
    >>> check_format(Path("report.odt"))
    Traceback (most recent call last):
        ...
    evidence.errors.OptionError: format='.odt' is not one of .html, .pdf, .docx, .md, .json. Did
    you mean '.md'?
    """
    suffix = target.suffix.lower()
    if suffix not in RENDERERS:
        raise OptionError("format", suffix or target.name, RENDERERS)
    for module, package in PIECES.get(suffix, {}).items():
        if find_spec(module) is None:
            raise MissingPieceError(f"a report as {suffix}", package, "report")
    return suffix
