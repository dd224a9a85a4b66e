"""The document as PDF, tagged for screen readers (PDF/UA-1), through typst.

The words travel as data: a fixed template reads them from a JSON file, so no text of a user is
ever read as markup. Fonts come with typst and matplotlib, and from the machine where a script
needs one that neither has.
"""

from __future__ import annotations

import atexit
import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from evidence.errors import EvidenceError, MissingPieceError
from evidence.report.document import (
    CodeBlock,
    Data,
    Document,
    Figure,
    Reference,
    Section,
    Table,
    WhatIf,
    plain_text,
    to_data,
)
from evidence.report.paper import (
    INK,
    ROOM,
    TONES,
    alt_text,
    breakable,
    clean,
    clean_code,
    day,
    drawings,
    shares,
)
from evidence.report.words import SIGNS, words_for

FONTS = ("Libertinus Serif", "DejaVu Sans")
"""The first comes with typst, the second with matplotlib: the same pages on every machine."""
CJK_FONTS = {
    "ja": ("Noto Serif CJK JP", "Noto Sans CJK JP", "IPAexMincho", "IPAexGothic", "Yu Gothic"),
    "zh": ("Noto Serif CJK SC", "Noto Sans CJK SC", "Source Han Serif SC", "Microsoft YaHei"),
}
CJK_FALLBACK = ("Droid Sans Fallback", "Hiragino Sans", "PingFang SC")
STANDARD = "ua-1"
UNTITLED = "–"
"""Stands for a heading without a letter in it, which the standard does not allow."""


def render_pdf(document: Document) -> bytes:
    """The whole report as PDF/UA-1; the same document and fonts give the same bytes.

    A symbol that no font has (an emoji, say) is printed as its name in brackets.

    Raises
    ------
    MissingPieceError
        The package typst is not installed.
    EvidenceError
        Letters of a script for which no font was found, naming them and what would help.
    OptionError
        The language of the document has no words yet.

    Examples
    --------
    >>> from evidence.report.document import Document
    >>> render_pdf(Document(title="Reduces #wrinkles by 20 %"))[:5]
    b'%PDF-'
    """
    source = _template()
    data = _data(document)
    known: dict[str, str] = {}
    while True:
        try:
            return _compile(source, _replaced(data, known), pdf_standards=STANDARD)
        except _typst().TypstError as error:
            lacking = _lacking(error) - set(known)
            if not lacking:
                raise
            known |= _names(lacking)


def render_typst(document: Document) -> tuple[str, str]:
    """The typst source and the JSON it reads as `document.json`.

    >>> source, data = render_typst(Document(title="#panic()"))
    >>> "#panic()" in source, json.loads(data)["title"]
    (False, '#panic()')
    """
    return _template(), _json(_data(document))


def svg_to_png(svg: str, width: float, *, ppi: float = 192.0) -> bytes:
    """A drawing as PNG, for formats that need one; the same drawing gives the same bytes.

    Parameters
    ----------
    svg : str
        The drawing.
    width : float
        Shown width, in points.
    ppi : float
        Pixels per inch.

    Examples
    --------
    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
    >>> png = svg_to_png(svg, 6, ppi=72)
    >>> int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    (6, 6)
    """
    source = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"
        '#let it = json("document.json")\n'
        '#image(bytes(it.svg), format: "svg", width: it.width * 1pt)\n'
    )
    return _compile(source, {"svg": svg, "width": width}, format="png", ppi=ppi)


def _compile(source: str, data: dict[str, Any], **options: Any) -> bytes:
    made = _typst().compile(
        {"main.typ": source.encode(), "document.json": _json(data).encode()},
        font_paths=fonts(),
        **{"format": "pdf", **options},
    )
    return bytes(made)


def _typst() -> Any:
    try:
        import typst
    except ImportError as error:
        raise MissingPieceError("a report as PDF or DOCX", "typst", "report") from error
    return typst


@cache
def _template() -> str:
    return (files("evidence.report") / "templates" / "report.typ").read_text(encoding="utf-8")


@cache
def fonts(*, system: bool = True) -> Any:
    """The fonts of typst, DejaVu Sans of matplotlib (not imported for it), those of the machine.

    typst takes whole folders, and matplotlib's also holds a font of placeholder boxes for every
    character there is, with which nothing would ever be missing: so the four files are copied.

    >>> "DejaVu Sans" in {font.family for font in fonts(system=False).fonts()}
    True
    """
    folder = TemporaryDirectory(prefix="evidence-fonts-")
    atexit.register(folder.cleanup)
    spec = find_spec("matplotlib")
    if spec is not None and spec.origin is not None:
        shipped = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
        for file in shipped.glob("DejaVuSans*.ttf"):
            copyfile(file, Path(folder.name) / file.name)
    return _typst().Fonts(include_system_fonts=system, font_paths=[folder.name])


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _data(document: Document) -> dict[str, Any]:
    """The document as plain data, with what the template cannot work out itself."""
    data: dict[str, Any] = _prepared(to_data(document), document)
    tags = document.lang.split("-")
    base = tags[0].lower()
    cjk = [*CJK_FONTS.get(base, ()), *(f for lang in CJK_FONTS for f in CJK_FONTS[lang])]
    when = day(document.date)
    title = clean(document.title).strip() or UNTITLED
    return data | {
        "title": title,
        "running": title if len(title) <= 110 else title[:109] + "…",
        "plain_verdict": clean(plain_text(document.verdict)),
        "day": when and {"year": when.year, "month": when.month, "day": when.day},
        "sections": sum(isinstance(b, Section) and bool(b.anchor) for b in document.blocks),
        "word": dict(words_for(document.lang)),
        "signs": dict(SIGNS),
        "tones": TONES,
        "ink": INK,
        "fonts": [*FONTS, *dict.fromkeys(cjk), *CJK_FALLBACK],
        "tongue": {
            "lang": base,
            "region": next((t for t in tags[1:] if len(t) == 2), None),
            "script": next((t.lower() for t in tags[1:] if len(t) == 4), None),
        },
    }


_KEPT = frozenset(("anchor", "url", "block", "kind", "media", "emphasis", "lang", "role"))
"""Fields that are names or addresses, not words."""


def _prepared(data: Any, block: Any, names: set[str] | None = None, longest: int = 40) -> Any:
    """Plain data walked beside the blocks it was made from: words cleaned, widths added.

    Words break where a line needs it; those longer than `longest` are told where they may.
    """
    taken = set() if names is None else names
    if isinstance(data, list):
        return [_prepared(d, b, taken, longest) for d, b in zip(data, block, strict=True)]
    if isinstance(data, str):
        return breakable(clean(data), longest)
    if not isinstance(data, dict):
        return data
    if isinstance(block, WhatIf):
        block = block.table  # as `to_data` has it: paper moves nothing
    if isinstance(block, Table):
        longest = 14
    made = {
        key: value if key in _KEPT else _prepared(value, getattr(block, key), taken, longest)
        for key, value in data.items()
        if key != "schema"
    }
    return made | _added(block, taken)


def _added(block: Any, taken: set[str]) -> dict[str, Any]:
    if isinstance(block, Table):
        widths, size = shares(block)
        return {"widths": widths, "size": size, "full": sum(widths) > 0.9 * ROOM}
    if isinstance(block, Figure):
        parts, width = drawings(block)
        return {"svg": "", "narrow": "", "parts": parts, "width": width, "alt": alt_text(block)}
    if isinstance(block, Data):
        mark = "\ufeff" if block.media == "text/csv" else ""
        return {"content": mark + block.content, "file": _file_name(block.name, taken)}
    if isinstance(block, CodeBlock):
        return {"code": clean_code(block.code)}
    if isinstance(block, Section) and not clean(block.title).strip():
        return {"title": UNTITLED}
    if isinstance(block, Reference):
        return {"shown": breakable(clean(block.url))}
    return {}


def _file_name(name: str, taken: set[str]) -> str:
    """A plain name of a file, used once in the document."""
    plain = re.sub(r"[^\w.-]+", "_", name).lstrip(".") or "data"
    stem, dot, suffix = plain.rpartition(".")
    i = 1
    while plain in taken:
        i += 1
        plain = f"{stem}-{i}{dot}{suffix}" if stem else f"{suffix}-{i}"
    taken.add(plain)
    return plain


def _lacking(error: Exception) -> set[str]:
    """The characters that the PDF was refused for; none when it was refused for something else."""
    told = re.findall(
        r'text `"(.*?)"` could not be displayed', str(getattr(error, "diagnostic", ""))
    )
    return {c for text in told for c in _unescaped(text) if not c.isspace()}


def _unescaped(text: str) -> Iterator[str]:
    for code, plain in re.findall(r"\\u\{([0-9a-f]+)\}|(\\.|.)", text):
        yield chr(int(code, 16)) if code else plain[-1]


def _names(lacking: set[str]) -> dict[str, str]:
    letters = sorted(c for c in lacking if unicodedata.category(c)[0] in "LM")
    if letters:
        raise EvidenceError(
            f"the PDF needs a font with {' '.join(letters[:12])}, which this machine lacks. "
            "Install one (for Japanese and Chinese on Debian: apt install fonts-droid-fallback), "
            "or save as .html."
        )
    return {c: f"[{unicodedata.name(c, f'U+{ord(c):04X}').lower()}]" for c in lacking}


def _replaced(data: Any, names: dict[str, str]) -> Any:
    """The same data with each character in `names` written out; files inside it stay."""
    if not names:
        return data
    if isinstance(data, str):
        return "".join(names.get(c, c) for c in data)
    if isinstance(data, list):
        return [_replaced(inner, names) for inner in data]
    if isinstance(data, dict):
        kept = _KEPT | {"content", "file"}
        return {k: v if k in kept else _replaced(v, names) for k, v in data.items()}
    return data
