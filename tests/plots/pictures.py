"""What every SVG drawing owes its reader, checked on the drawing itself."""

import re
import xml.etree.ElementTree as ET

from evidence.plots.svg import INK, text_width

NS = "{http://www.w3.org/2000/svg}"


def flaws(svg: str, *, title: str, desc: str) -> list[str]:
    """Everything wrong with a drawing: not named, not inside its frame, not plain."""
    root = ET.fromstring(svg)
    found = []
    named = [root.find(f".//*[@id='{i}']").text for i in root.get("aria-labelledby").split()]
    if root.get("role") != "img" or named != [title, desc]:
        found.append(f"named {named}")
    if re.search(r"<script|\son\w+=|href=|<style|<image|<foreignObject", svg):
        found.append("not plain")
    unknown = set(re.findall(r'class="([^"]+)"', svg)) - set(INK)
    if unknown:
        found.append(f"classes without a colour: {unknown}")
    _, _, wide, tall = map(float, root.get("viewBox").split())
    for text in root.iter(f"{NS}text"):
        found += _text_flaws(text, wide, tall)
    for x, y in _places(root):
        if not (-0.5 <= x <= wide + 0.5 and -0.5 <= y <= tall + 0.5):
            found.append(f"a mark at {x}, {y}, outside {wide} by {tall}")
    return found


def _text_flaws(text, wide, tall):
    size = float(text.get("font-size", "13"))
    spans = list(text.iter(f"{NS}tspan"))
    lines = [span.text or "" for span in spans] or [text.text or ""]
    y = float(text.get("y"))
    found = [f"small: {lines}"] if size < 12 else []
    for line, span in zip(lines, spans or [text], strict=True):
        y += float(span.get("dy", "0"))
        x, w = float(text.get("x")), text_width(line, size)
        x -= {"start": 0, "middle": w / 2, "end": w}[text.get("text-anchor", "start")]
        if not (x >= -1 and x + w <= wide + 1 and 0 < y <= tall):
            found.append(f"outside: {line!r} from {x:.0f} to {x + w:.0f} at {y:.0f}")
    return found


def _places(root):
    """Corners of every mark."""
    for mark in root.iter():
        kind = mark.tag.removeprefix(NS)
        at = {key: float(mark.get(key)) for key in _CORNERS.get(kind, ())}
        if kind == "rect":
            yield at["x"], at["y"]
            yield at["x"] + at["width"], at["y"] + at["height"]
        elif kind == "circle":
            yield at["cx"] - at["r"], at["cy"] - at["r"]
            yield at["cx"] + at["r"], at["cy"] + at["r"]
        elif kind == "line":
            yield at["x1"], at["y1"]
            yield at["x2"], at["y2"]
        elif kind in ("path", "polygon"):
            numbers = re.findall(r"-?[\d.]+", mark.get("d") or mark.get("points"))
            yield from zip(map(float, numbers[::2]), map(float, numbers[1::2]), strict=True)


_CORNERS = {
    "rect": ("x", "y", "width", "height"),
    "circle": ("cx", "cy", "r"),
    "line": ("x1", "y1", "x2", "y2"),
}


def overlaps(svg: str) -> list[tuple[str, str]]:
    """Pairs of lines of text that run into each other."""
    boxes = []
    for text in ET.fromstring(svg).iter(f"{NS}text"):
        size = float(text.get("font-size", "13"))
        y = float(text.get("y"))
        spans = list(text.iter(f"{NS}tspan"))
        for span in spans or [text]:
            y += float(span.get("dy", "0"))
            x, w = float(text.get("x")), 0.9 * text_width(span.text or "", size)
            x -= {"start": 0, "middle": w / 2, "end": w}[text.get("text-anchor", "start")]
            boxes.append((span.text or "", x, x + w, y - 0.7 * size, y))
    return [
        (a[0], b[0])
        for i, a in enumerate(boxes)
        for b in boxes[:i]
        if a[1] < b[2] and b[1] < a[2] and a[3] < b[4] and b[3] < a[4]
    ]


def printed_text(svg: str) -> str:
    """The words that can be read, in the order drawn, without hidden names."""
    return " ".join(
        part
        for text in ET.fromstring(svg).iter(f"{NS}text")
        for part in ((text.text or ""), *(span.text or "" for span in text.iter(f"{NS}tspan")))
        if part
    )
