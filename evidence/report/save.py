"""A document written to a file, in the format its name ends with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from evidence.errors import EvidenceError, OptionError
from evidence.files import write_whole
from evidence.report.document import Document
from evidence.report.render_json import render_json
from evidence.report.render_text import render_text

LATER = (".pdf", ".docx")
"""Formats that are planned and not written yet."""


def _html(document: Document) -> str:
    from evidence.report.render_html import render_html  # brings Jinja2

    return render_html(document)


RENDERERS: Mapping[str, Callable[[Document], str]] = {
    ".html": _html,
    ".md": render_text,
    ".json": render_json,
}


def save(document: Document, path: str | os.PathLike[str]) -> Path:
    """Write the document as .html, .md or .json; all of it, or nothing.

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
        PDF or DOCX, which are not written yet, or a folder that is not there or not writable.
    OptionError
        Another suffix.
    """
    target = Path(path)
    content = RENDERERS[check_format(target)](document).encode("utf-8")
    try:
        write_whole(target, content)
    except OSError as error:
        raise EvidenceError(f"{target}: cannot be written: {error.strerror or error}.") from error
    return target


def check_format(target: Path) -> str:
    """The suffix of a format that is written; raises as `save` does, before any work is done."""
    suffix = target.suffix.lower()
    if suffix in LATER:
        raise EvidenceError(
            f"{target.name}: {suffix} is not written yet. Save {target.with_suffix('.html').name} "
            "instead and print it from a browser: the page is laid out for paper."
        )
    if suffix not in RENDERERS:
        raise OptionError("format", suffix or target.name, RENDERERS)
    return suffix
