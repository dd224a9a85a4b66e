"""Small SVG writer: the same input gives the same bytes, and nothing in it needs a script.

Marks carry a class (`p-main`, `p-muted`, ...) and a plain colour as fallback. A page may give the
class another colour, for instance through a CSS variable that follows its colour scheme; a file on
its own keeps the fallback, which stands out 3 : 1 from white and from near-black.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

from evidence.messages import spoken

Anchor = Literal["start", "middle", "end"]

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',sans-serif"
SIZE = 13.0
"""Text size; the drawing is shown at its own width, never smaller than 12/13 of it."""
SMALL = 12.0
LINE = 16.0

INK: Mapping[str, Mapping[str, str]] = {
    # Okabe & Ito (2008), "Color universal design"; blue, vermillion and green, darkened where thin
    "p-ink": {"fill": "currentColor"},
    "p-muted": {"fill": "currentColor", "fill-opacity": "0.75"},
    "p-axis": {"stroke": "currentColor", "stroke-opacity": "0.7", "fill": "none"},
    "p-grid": {"stroke": "currentColor", "stroke-opacity": "0.2", "fill": "none"},
    "p-line": {"stroke": "currentColor", "fill": "none", "stroke-width": "1.5"},
    "p-main": {"fill": "#0072B2", "stroke": "#0072B2"},
    "p-main-line": {"fill": "none", "stroke": "#0072B2", "stroke-width": "2"},
    "p-main-wash": {"fill": "#0072B2", "fill-opacity": "0.14", "stroke": "none"},
    "p-hollow": {"fill": "none", "stroke": "#0072B2", "stroke-width": "2"},
    "p-point": {"fill": "#0072B2", "stroke": "currentColor"},  # its rim stands out from any shade
    "p-claim": {"fill": "#D55E00", "stroke": "#D55E00"},
    "p-claim-line": {"fill": "none", "stroke": "#D55E00", "stroke-width": "2"},
    "p-known": {"fill": "#D55E00", "stroke": "#D55E00"},
    "p-unreported": {"fill": "none", "stroke": "#D55E00", "stroke-width": "1.5"},
    "p-inherent": {"fill": "none", "stroke": "#767F89", "stroke-width": "1.5"},
    "p-dots": {"fill": "#767F89", "stroke": "none"},
    "p-start": {"fill": "#767F89", "stroke": "#767F89"},
    "p-shade-none": {"fill": "none", "stroke": "#767F89"},
    "p-shade-0": {"fill": "#E8F1F8", "stroke": "#767F89"},
    "p-shade-1": {"fill": "#C3DDEE", "stroke": "#767F89"},
    "p-shade-2": {"fill": "#8CBEDF", "stroke": "#767F89"},
    "p-shade-3": {"fill": "#1F77B4", "stroke": "#767F89"},
    "p-shade-4": {"fill": "#0B4A7A", "stroke": "#767F89"},
    "p-on-light": {"fill": "#10151B"},
    "p-on-dark": {"fill": "#FFFFFF"},
    # levels of risk of bias; each also has a shape and a sign of its own
    "p-risk-low": {"fill": "#008A62", "stroke": "#008A62"},
    "p-risk-ring": {"fill": "none", "stroke": "#008A62", "stroke-width": "2"},
    "p-risk-some": {"fill": "#A67300", "stroke": "#A67300"},
    "p-risk-high": {"fill": "#D55E00", "stroke": "#D55E00"},
    "p-risk-critical": {"fill": "#A63D8F", "stroke": "#A63D8F"},
    "p-risk-sign": {"fill": "none", "stroke": "#FFFFFF", "stroke-width": "2"},
}
"""What each class looks like where no page says otherwise."""

# Advance widths of U+0020 to U+007E in hundredths of the text size: those of DejaVu Sans, the
# widest of the common system fonts, so that what fits here fits everywhere.
_WIDTHS = (
    "32 40 46 84 64 95 78 27 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 "
    "53 100 68 69 70 77 63 58 77 75 29 29 66 56 86 75 79 60 79 69 63 61 73 68 99 69 61 69 39 34 "
    "39 84 50 50 61 63 55 63 62 35 63 63 28 28 58 28 97 63 61 63 63 41 52 39 63 59 82 59 59 52 64 "
    "34 64 84"
)
_ADVANCE = {chr(32 + i): int(width) / 100 for i, width in enumerate(_WIDTHS.split())}


def escape(text: object) -> str:
    """Text safe between tags and inside quoted attributes; control characters are dropped.

    >>> escape('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    kept = "".join(c for c in str(text) if c in "\t\n" or unicodedata.category(c) not in _UNFIT)
    return (
        kept.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


_UNFIT = ("Cc", "Cs", "Cn")


def coordinate(value: float) -> str:
    """A coordinate with at most two decimals.

    >>> coordinate(1.0), coordinate(-0.001), coordinate(2.345)
    ('1', '0', '2.35')
    """
    if not math.isfinite(value):
        raise ValueError(f"a coordinate must be a number, not {value!r}")
    text = f"{value + 1e-9:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tag(name: str, attributes: Mapping[str, object] | None = None, *children: str) -> str:
    """One element; `class` brings the fallback colours of `INK` with it.

    >>> tag("circle", {"r": 2.50, "id": None}), tag("title", None, "a &lt; b")
    ('<circle r="2.5"/>', '<title>a &lt; b</title>')
    """
    given = dict(attributes or {})
    shown = {**INK.get(str(given.get("class", "")), {}), **given}
    inside = "".join(
        f' {key}="{coordinate(value) if isinstance(value, float) else escape(value)}"'
        for key, value in shown.items()
        if value is not None
    )
    return f"<{name}{inside}>{''.join(children)}</{name}>" if children else f"<{name}{inside}/>"


def group(title: str, *children: str) -> str:
    """Marks that belong together, named for the pointer.

    >>> group("Kim: n < 5", "<circle/>")
    '<g><title>Kim: n &lt; 5</title><circle/></g>'
    """
    return tag("g", None, tag("title", None, escape(spoken(title))), *children)


def text_width(text: str, size: float = SIZE) -> float:
    """Width that `text` needs at most, in pixels.

    >>> round(text_width("wrinkles", 100)), text_width("皺", 100)
    (414, 100.0)
    """
    return _width(spoken(text), size)


def _width(text: str, size: float) -> float:
    total = 0.0
    for c in text:
        if c in _ADVANCE:
            total += _ADVANCE[c]
        elif unicodedata.east_asian_width(c) in "WF":
            total += 1.0
        elif not unicodedata.combining(c):
            total += 0.64
    return total * size


def wrap(text: str, width: float, size: float = SIZE, *, most: int = 0) -> list[str]:
    """Lines no wider than `width`; words that do not fit are cut, CJK breaks anywhere.

    Parameters
    ----------
    text : str
        Runs of white space count as one space.
    width : float
        Pixels available.
    size : float
        Text size in pixels.
    most : int
        At most so many lines, the last one ending in "…" when something is left out; 0 is any.

    Examples
    --------
    >>> wrap("reduces the look of wrinkles", 110)
    ['reduces the look', 'of wrinkles']
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(spoken(text)):
        if _width(line + piece.rstrip(), size) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.strip())
            line = ""
        while _width(piece.rstrip(), size) > width and len(piece) > 1:
            cut = _fitting(piece, width, size)
            lines.append(piece[:cut])
            piece = piece[cut:]
        line = piece
    if line.strip() or not lines:
        lines.append(line.strip())
    if most and len(lines) > most:
        last = lines[most - 1]
        while last and _width(last + "…", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + "…"]
    return lines


def _pieces(text: str) -> Iterable[str]:
    """Words with the space after them; each wide character is a piece of its own."""
    word = ""
    for c in " ".join(text.split()):
        if unicodedata.east_asian_width(c) in "WF":
            if word:
                yield word
                word = ""
            yield c
        elif c == " ":
            yield word + c
            word = ""
        else:
            word += c
    if word:
        yield word


def _fitting(piece: str, width: float, size: float) -> int:
    cut = 1
    while cut < len(piece) and _width(piece[: cut + 1], size) <= width:
        cut += 1
    while cut < len(piece) and cut > 1 and unicodedata.combining(piece[cut]):
        cut -= 1  # an accent stays with its letter
    return cut


def direction(text: str) -> str:
    """Direction of a text: "rtl" where its first directed letter runs leftwards, else "".

    >>> direction("يقلل التجاعيد"), direction("20 % less"), direction("皺")
    ('rtl', '', '')
    """
    for c in text:
        kind = unicodedata.bidirectional(c)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return ""
    return ""


def words(
    x: float,
    y: float,
    text: str | Iterable[str],
    *,
    anchor: Anchor = "start",
    size: float = SIZE,
    ink: str = "p-ink",
    bold: bool = False,
    line: float = LINE,
) -> str:
    """Text with its first baseline at `y`; several lines go downwards.

    >>> words(0.0, 12.0, "n < 5").endswith(">n &lt; 5</text>")
    True
    >>> words(0.0, 12.0, ["two", "lines"]).count("<tspan")
    2
    """
    lines = [spoken(text)] if isinstance(text, str) else list(text)
    leftwards = direction(" ".join(lines)) == "rtl"
    if leftwards:  # such a text starts at its right end; its place stays the same
        anchor = "end" if anchor == "start" else "start" if anchor == "end" else anchor
    shared: dict[str, object] = {
        "x": x,
        "y": y,
        "class": ink,
        "direction": "rtl" if leftwards else None,
        "text-anchor": anchor if anchor != "start" else None,
        "font-size": size if size != SIZE else None,
        "font-weight": "600" if bold else None,
    }
    if len(lines) == 1:
        return tag("text", shared, escape(lines[0]))
    spans = (
        tag("tspan", {"x": x, "dy": line if i else None}, escape(part))
        for i, part in enumerate(lines)
    )
    return tag("text", shared, *spans)


def segment(x1: float, y1: float, x2: float, y2: float, ink: str, dash: str | None = None) -> str:
    """A straight line.

    >>> segment(0.0, 5.0, 10.0, 5.0, "")
    '<line x1="0" y1="5" x2="10" y2="5" class=""/>'
    """
    where = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return tag("line", {**where, "class": ink, "stroke-dasharray": dash})


def polygon(points: Iterable[tuple[float, float]], ink: str) -> str:
    """A closed shape.

    >>> polygon([(0.0, 0.0), (10.0, 0.0), (5.0, 8.66)], "")
    '<polygon points="0,0 10,0 5,8.66" class=""/>'
    """
    where = " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in points)
    return tag("polygon", {"points": where, "class": ink})


def diamond(x: float, y: float, half_width: float, half_height: float, ink: str) -> str:
    """A diamond about a point.

    >>> diamond(10.0, 10.0, 5.0, 3.0, "")
    '<polygon points="5,10 10,7 15,10 10,13" class=""/>'
    """
    a, b = half_width, half_height
    return polygon(((x - a, y), (x, y - b), (x + a, y), (x, y + b)), ink)


def picture(
    children: Iterable[str], *, width: float, height: float, title: str, desc: str, defs: str = ""
) -> str:
    """A whole drawing: an image with a name and a description.

    `KEY` in `defs` and `children` becomes a name made from the drawing's own content, so that the
    ids of two drawings on one page do not meet.

    >>> line = segment(0.0, 0.0, 9.0, 9.0, "p-axis")
    >>> svg = picture([line], width=10.0, height=10.0, title="A line", desc="From 0 to 9")
    >>> svg.startswith("<svg"), 'viewBox="0 0 10 10"' in svg, ">A line</title>" in svg
    (True, True, True)
    """
    title, desc = spoken(title), spoken(desc)
    body = (tag("defs", None, defs) if defs else "") + "".join(children)
    whole = f"{title}\0{desc}\0{width}\0{height}\0{body}"
    key = "ev-" + hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:12]
    w, h = coordinate(width), coordinate(height)
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {w} {h}",
        "width": w,
        "height": h,
        "role": "img",
        "aria-labelledby": f"{key}-title {key}-desc",
        "font-family": FONT,
        "font-size": SIZE,
        "fill": "currentColor",
    }
    return tag(
        "svg",
        attributes,
        tag("title", {"id": f"{key}-title"}, escape(title)),
        tag("desc", {"id": f"{key}-desc"}, escape(desc)),
        body.replace("KEY", key),
    )
