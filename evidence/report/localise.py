"""A document in the language of its reader; what others have typed stays as they typed it."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from evidence.errors import OptionError
from evidence.messages import LANGUAGES, base_language, is_known, translate
from evidence.report.document import Cell, Document, Paragraph, Reference, Section, Span, Table

D = TypeVar("D")

KEPT = frozenset(
    ("anchor", "url", "lang", "svg", "narrow", "code", "language", "name", "media", "content",
     "kind", "emphasis", "role", "sort", "made_by", "date", "id")
)  # fmt: skip
"""Fields that hold no words for a reader, or words that must not change."""

_FOREIGN = re.compile(r"[A-Za-z]{2,}[^A-Za-z]+[A-Za-z]{2,}")
"""Two words in Latin letters: more than a name, a unit or a code."""
_OWN_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def check_language(lang: str) -> None:
    """Raise `OptionError` for a language that the catalogues do not have.

    >>> check_language("zh-Hans")
    >>> check_language("fr")
    Traceback (most recent call last):
        ...
    evidence.errors.OptionError: lang='fr' is not one of en, ja, zh.
    """
    try:
        base_language(lang)
    except ValueError:
        raise OptionError("lang", lang, LANGUAGES) from None


def localise(document: Document, lang: str, *, typed: str = "en") -> Document:
    """The same document in another language.

    Parameters
    ----------
    document : Document
        In English; its texts remember how they were made (`evidence.messages`). Its drawings
        were made while that language was spoken.
    lang : str
        "en", "ja" or "zh".
    typed : str
        The language of what others have typed, so that a reading voice can change to it.

    Raises
    ------
    OptionError
        There is no such language.

    Examples
    --------
    >>> localise(Document(title="Serum A", verdict="Not stated"), "ja").lang
    'ja'
    """
    check_language(lang)
    if base_language(lang) == "en":
        return document
    return replace(_localised(document, lang, typed), lang=lang)


def _localised(part: D, lang: str, typed: str) -> D:
    if not is_dataclass(part):
        return part
    changed: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name in KEPT or (field.name == "badge" and isinstance(value, str)):
            continue
        new = _value(value, lang, typed)
        if new is not value:
            changed[field.name] = new
    if isinstance(part, Span) and part.emphasis == "code":
        changed.pop("text", None)
    elif isinstance(part, Cell | Paragraph | Reference | Span) and not part.lang:
        if isinstance(part.text, str) and _is_foreign(part.text, lang):
            changed["lang"] = typed
    elif isinstance(part, Table):
        rows = changed.get("rows", part.rows)
        changed["rows"] = tuple(
            tuple(
                Cell(new, lang=typed)
                if isinstance(new, str) and isinstance(old, str) and _is_foreign(old, lang)
                else new
                for old, new in zip(line, shown, strict=True)
            )
            for line, shown in zip(part.rows, rows, strict=True)
        )
    elif isinstance(part, Section) and not part.lang and _is_foreign(part.title, lang):
        changed["lang"] = typed
    return replace(part, **changed) if changed else part  # type: ignore[type-var]  # a dataclass


def _value(value: Any, lang: str, typed: str) -> Any:
    if isinstance(value, str):
        return translate(value, lang)
    if isinstance(value, tuple):
        return tuple(_value(inner, lang, typed) for inner in value)
    return _localised(value, lang, typed)


def _is_foreign(text: str, lang: str) -> bool:
    """Whether a text stays in another language than the document's."""
    return (
        not is_known(text, lang)
        and _FOREIGN.search(text) is not None
        and _OWN_SCRIPT.search(text) is None
    )
