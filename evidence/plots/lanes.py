"""Rows of label, marks and numbers: the layout that most of the drawings share.

From 520 pixels on, a row is one line with columns; below that, the label and the numbers stand
above the marks, so that a drawing 288 pixels wide can be read on a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evidence.messages import spoken
from evidence.plots.scale import Scale, tick_label, ticks
from evidence.plots.svg import LINE, SIZE, SMALL, Anchor, segment, tag, text_width, words, wrap

NARROW = 520.0
SLIM = 288.0
"""Width of a drawing for a screen of 320 pixels: what its margins leave."""
GAP = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Texts of one row; `note` stands in small letters under the numbers, or in their place.

    With `span` the label alone runs over the whole width: bold where `strong`, else small.
    """

    label: str
    sub: str = ""
    detail: str = ""
    numbers: str = ""
    tail: str = ""
    note: str = ""
    strong: bool = False
    rule: bool = False  # a line above it
    span: bool = False  # a line of words without marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Where everything went: `texts` drawn, the height of each row's marks, the marks' room."""

    texts: tuple[str, ...]
    marks: tuple[float, ...]
    bands: tuple[tuple[float, float], ...]  # heights where a vertical line crosses no text
    width: float
    start: float
    stop: float
    top: float
    bottom: float


def lay(
    lanes: Sequence[Lane],
    *,
    width: float,
    top: float = 0.0,
    heads: tuple[str, str, str, str] = ("", "", "", ""),
) -> Laid:
    """Place the texts of the rows, and say where the marks go.

    Parameters
    ----------
    lanes : sequence of Lane
        In the order they are read.
    width : float
        Pixels of the whole drawing.
    top : float
        Pixels kept free above.
    heads : tuple of 4 str
        What stands above label, detail, numbers and tail, where there is room for columns.

    Examples
    --------
    >>> lanes, heads = [Lane(label="Kim", numbers="0.40")], ("Study", "", "SMD", "")
    >>> wide, narrow = lay(lanes, width=800.0, heads=heads), lay(lanes, width=288.0, heads=heads)
    >>> ">SMD<" in "".join(wide.texts), ">SMD<" in "".join(narrow.texts)
    (True, False)
    >>> wide.start > narrow.start, narrow.marks[0] > wide.marks[0]
    (True, True)
    """
    return _stacked(lanes, width, top) if width < NARROW else _columns(lanes, width, top, heads)


def _columns(
    lanes: Sequence[Lane], width: float, top: float, heads: tuple[str, str, str, str]
) -> Laid:
    def need(texts: Sequence[str], most: float) -> float:
        widest = max((text_width(t) * 1.06 for t in texts if t), default=0.0)
        return min(most, widest)

    label_w = max(
        need([lane.label for lane in lanes] + [heads[0]], 0.27 * width),
        min(0.24 * width, need([lane.sub for lane in lanes], 0.24 * width)),
    )
    detail_w = need([heads[1], *(lane.detail for lane in lanes)], 0.13 * width)
    numbers_w = max(
        need([heads[2], *(lane.numbers for lane in lanes)], 0.25 * width),
        need([lane.note for lane in lanes], 0.16 * width),
    )
    tail_w = need([heads[3], *(lane.tail for lane in lanes)], 0.10 * width)

    x_detail = label_w + GAP
    start = x_detail + (detail_w + GAP if detail_w else 0.0)
    x_tail = width - 1
    x_numbers = x_tail - (tail_w + GAP if tail_w else 0.0)
    stop = x_numbers - (numbers_w + GAP if numbers_w else 0.0)

    texts: list[str] = []
    y = top
    if any(heads):
        tall = max(
            len(wrap(h, w, SMALL))
            for h, w in zip(heads, (label_w, detail_w, numbers_w, tail_w), strict=True)
            if h
        )
        places: tuple[tuple[float, float, Anchor], ...] = (
            (0.0, label_w, "start"),
            (x_detail, detail_w, "start"),
            (x_numbers, numbers_w, "end"),
            (x_tail, tail_w, "end"),
        )
        for head, (x, room, anchor) in zip(heads, places, strict=True):
            if head:
                lines = wrap(head, room, SMALL)
                texts.append(
                    words(
                        x,
                        y + 13,
                        lines,
                        anchor=anchor,
                        size=SMALL,
                        ink="p-muted",
                        line=15.0,
                    )
                )
        y += tall * 15.0 + 6
        texts.append(segment(0.0, y, width, y, "p-grid"))
        y += 4
    marks: list[float] = []
    bands: list[tuple[float, float]] = []
    first = begun = y
    for lane in lanes:
        if lane.rule:
            texts.append(segment(0.0, y + 1, width, y + 1, "p-grid"))
            y += 4
        if lane.span:
            if y > begun + 4:  # more than the room of a rule
                bands.append((begun, y))
            said, height = _spanning(lane, y, width)
            texts.append(said)
            marks.append(y + height / 2)
            y = begun = y + height
            continue
        label = wrap(lane.label, label_w, SIZE * (1.06 if lane.strong else 1), most=4)
        sub = wrap(lane.sub, label_w, SMALL, most=3) if lane.sub else []
        detail = wrap(lane.detail, detail_w, most=3) if lane.detail else []
        numbers = wrap(lane.numbers, numbers_w, most=3) if lane.numbers else []
        note = wrap(lane.note, numbers_w, SMALL, most=3) if lane.note else []
        right_h = len(numbers) * LINE + len(note) * 15
        left_h = len(label) * LINE + len(sub) * 15
        height = max(left_h, len(detail) * LINE, right_h) + 12
        middle = y + height / 2
        base = middle - left_h / 2 + 12
        texts.append(words(0.0, base, label, bold=lane.strong))
        if sub:
            below = base + len(label) * LINE - 0.5
            texts.append(words(0.0, below, sub, size=SMALL, ink="p-muted", line=15.0))
        if detail:
            texts.append(words(x_detail, _first(middle, detail), detail))
        base = middle - right_h / 2 + 12
        if numbers:
            texts.append(words(x_numbers, base, numbers, anchor="end", bold=lane.strong))
        if note:
            below = base + len(numbers) * LINE - 0.5
            texts.append(
                words(x_numbers, below, note, anchor="end", size=SMALL, ink="p-muted", line=15.0)
            )
        if lane.tail:
            texts.append(words(x_tail, middle + 4.5, lane.tail, anchor="end"))
        marks.append(middle)
        y += height
    return Laid(
        texts=tuple(texts),
        marks=tuple(marks),
        bands=(*bands, (begun, y + 4)) if y > begun else tuple(bands),
        width=width,
        start=start,
        stop=stop,
        top=first,
        bottom=y,
    )


def _spanning(lane: Lane, y: float, width: float) -> tuple[str, float]:
    """Words over the whole width, and the height that they take."""
    if lane.strong:
        lines = wrap(lane.label, width, SIZE * 1.06)
        return words(0.0, y + 16, lines, bold=True), len(lines) * LINE + 8
    lines = wrap(lane.label, width, SMALL)
    said = words(0.0, y + 14, lines, size=SMALL, ink="p-muted", line=15.0)
    return said, len(lines) * 15.0 + 8


def _first(middle: float, lines: Sequence[str]) -> float:
    return middle - len(lines) * LINE / 2 + 12


def _stacked(lanes: Sequence[Lane], width: float, top: float) -> Laid:
    texts: list[str] = []
    marks: list[float] = []
    bands: list[tuple[float, float]] = []
    y = top
    for i, lane in enumerate(lanes):
        if i:
            texts.append(segment(0.0, y, width, y, "p-grid"))
            y += 6
        if lane.span:
            said, height = _spanning(lane, y - 4, width)
            texts.append(said)
            y += height - 4
            marks.append(y)
            continue
        label = wrap(lane.label, width, SIZE * (1.06 if lane.strong else 1), most=4)
        texts.append(words(0.0, y + 12, label, bold=lane.strong))
        y += len(label) * LINE
        for part, ink in (
            (" · ".join(spoken(p) for p in (lane.detail, lane.sub) if p), "p-muted"),
            (" · ".join(spoken(p) for p in (lane.numbers, lane.tail) if p), "p-ink"),
            (lane.note, "p-muted"),
        ):
            if part:
                lines = wrap(part, width, SMALL, most=4)
                texts.append(words(0.0, y + 11.5, lines, size=SMALL, ink=ink, line=15.0))
                y += len(lines) * 15
        if lane.numbers:
            bands.append((y + 3, y + 29))
            marks.append(y + 15)
            y += 32
        else:  # nothing to mark
            marks.append(y)
            y += 8
    bands.append((y, y + 4))
    return Laid(
        texts=tuple(texts),
        marks=tuple(marks),
        bands=tuple(bands),
        width=width,
        start=8.0,
        stop=width - 8,
        top=top,
        bottom=y,
    )


def upright(laid: Laid, x: float, ink: str, dash: str | None = None) -> list[str]:
    """A vertical line through all the rows, left out where it would cross a text.

    >>> laid = lay([Lane(label="Kim"), Lane(label="Sato")], width=288.0)
    >>> len(upright(laid, 100.0, "p-axis")) == len(laid.bands)
    True
    """
    return [segment(x, high, x, low, ink, dash) for high, low in laid.bands]


def axis(scale: Scale, laid: Laid, label: str = "") -> list[str]:
    """The horizontal axis below the rows, its ticks, and faint lines through the rows.

    >>> laid = lay([Lane(label="Kim")], width=800.0)
    >>> drawn = axis(Scale(low=0.0, high=1.0, start=laid.start, stop=laid.stop), laid, "SMD")
    >>> [f">{text}<" in "".join(drawn) for text in ("0", "0.2", "1", "SMD")]
    [True, True, True, True]
    """
    y = laid.bottom + 4
    grid: list[str] = []
    drawn = [segment(scale.start, y, scale.stop, y, "p-axis")]
    for value in roomy_ticks(scale):
        x = scale.at(value)
        grid += upright(laid, x, "p-grid")
        drawn += tick(x, y, tick_label(value), laid.width)
    if label:
        drawn.append(axis_name(scale, y, label))
    return [*grid, *drawn]


def roomy_ticks(scale: Scale) -> list[float]:
    """As many ticks, up to eight, as leave their labels room to be read.

    >>> roomy_ticks(Scale(low=0.0, high=100.0, start=0.0, stop=400.0))
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    >>> roomy_ticks(Scale(low=0.0, high=100.0, start=0.0, stop=60.0))
    [0.0, 50.0, 100.0]
    """
    for most in range(7, 2, -1):
        values = ticks(scale, most)
        at = [scale.at(v) for v in values]
        gap = min((b - a for a, b in pairwise(at)), default=scale.stop - scale.start)
        if gap >= max((text_width(tick_label(v), SMALL) for v in values), default=0.0) + 10:
            return values
    return ticks(scale, 2)


def tick(x: float, y: float, label: str, width: float) -> list[str]:
    """One tick with its label, which stays inside the drawing.

    >>> line, name = tick(2.0, 100.0, "−40", 400.0)
    >>> 'x1="2"' in line, 'x="2"' in name
    (True, False)
    """
    half = text_width(label, SMALL) / 2
    at = min(max(x, half), width - half)
    name = words(at, y + 18, label, anchor="middle", size=SMALL)
    return [segment(x, y, x, y + 5, "p-axis"), name]


def axis_name(scale: Scale, y: float, label: str) -> str:
    """What is on the axis, below its ticks.

    >>> name = axis_name(Scale(low=0.0, high=1.0, start=100.0, stop=300.0), 50.0, "SMD")
    >>> 'x="200" y="85"' in name, name.endswith(">SMD</text>")
    (True, True)
    """
    lines = wrap(label, scale.stop - scale.start + 16, SMALL)
    middle = (scale.start + scale.stop) / 2
    return words(middle, y + 35, lines, anchor="middle", size=SMALL, ink="p-muted", line=15.0)


def whisker(scale: Scale, low: float, high: float, y: float, ink: str = "p-line") -> list[str]:
    """An interval as a line, ending in an arrowhead where the axis cuts it.

    >>> scale = Scale(low=0.0, high=1.0, start=0.0, stop=100.0)
    >>> [part.split()[0] for part in whisker(scale, 0.2, 9.0, 50.0)]
    ['<line', '<line', '<path']
    """
    a, b = scale.at(low), scale.at(high)
    drawn = [segment(a, y, b, y, ink)]
    for cut, x, way in ((low < scale.low, a, 1), (high > scale.high, b, -1)):
        if cut:
            points = f"M{x + 6 * way:.1f} {y - 4:.1f}L{x:.1f} {y:.1f}L{x + 6 * way:.1f} {y + 4:.1f}"
            drawn.append(tag("path", {"d": points, "class": ink}))
        else:
            drawn.append(segment(x, y - 4, x, y + 4, ink))
    return drawn


def arrow(x1: float, x2: float, y: float, ink: str = "p-axis") -> str:
    """An arrow from `x1` to `x2`.

    >>> "M94.0 46.0L100.0 50.0L94.0 54.0" in arrow(20.0, 100.0, 50.0)
    True
    """
    way = 1 if x2 > x1 else -1
    tip = f"M{x2 - 6 * way:.1f} {y - 4:.1f}L{x2:.1f} {y:.1f}L{x2 - 6 * way:.1f} {y + 4:.1f}"
    return segment(x1, y, x2, y, ink) + tag("path", {"d": tip, "class": ink})
