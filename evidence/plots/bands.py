"""Bands over an assumed value: the panel, the marks and the key that such drawings share.

A band is told from the next by the dashes of its edges and the shape of its mark, not by colour;
bands that lie in each other grow darker inwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from evidence.plots.lanes import NARROW, axis_name, roomy_ticks, tick
from evidence.plots.scale import Scale, tick_label, ticks
from evidence.plots.svg import (
    INK,
    SMALL,
    diamond,
    group,
    polygon,
    segment,
    tag,
    text_width,
    words,
    wrap,
)

KEY_WIDTH = 280.0
SAMPLE = 48.0

DASHES: tuple[str | None, ...] = (None, "9 4", "4 3", "1.5 3")
"""Edges of the bands, in order."""
STROKES = ("-", "--", "-.", ":")
"""The same for matplotlib."""
SHAPES = ("o", "s", "D", "^")
"""Marks of the bands for matplotlib, as `shape` draws them."""

Limit = tuple[float, float, float]
"""A place on the horizontal axis, and the lower and upper limit there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Scales of a drawing, its axes drawn, and where the key goes."""

    x: Scale
    y: Scale
    drawn: tuple[str, ...]
    key_x: float
    key_width: float
    bottom: float

    @property
    def wide(self) -> bool:
        """Whether the key stands beside the panel."""
        return self.key_x > 0


def panel(
    across: tuple[float, float],
    upright: tuple[float, float],
    *,
    width: float,
    names: tuple[str, str],
    margin: float = 12.0,
    top: float = 26.0,
    rugs: float = 0.0,
) -> Panel:
    """Axes, ticks and faint lines.

    Parameters
    ----------
    across : (first, last)
        Left and right end of the horizontal axis; the first may be the larger.
    upright : (low, high)
        Ends of the vertical axis.
    width : float
        Pixels of the whole drawing.
    names : (across, upright)
        What is on the axes.
    margin : float
        Pixels kept free right of the axis, for the names of the bands.
    top : float
        Pixels kept free above.
    rugs : float
        Pixels kept free between the panel and the horizontal axis.

    Examples
    --------
    >>> at = panel((0.0, 1.0), (-40.0, 20.0), width=800.0, names=("spread", "change, %"))
    >>> at.wide, at.y.at(20.0), at.y.at(-40.0)
    (True, 26.0, 326.0)
    >>> panel((0.0, 1.0), (-40.0, 20.0), width=288.0, names=("spread", "change, %")).wide
    False
    """
    wide = width >= NARROW
    low, high = upright
    tall = 300.0 if wide else 240.0
    y = Scale(low=low, high=high, start=top + tall, stop=top)
    steps = ticks(y, 7)
    left = max(text_width(tick_label(v), SMALL) for v in steps) + 12
    right = width - (KEY_WIDTH + 24 if wide else 0.0) - margin
    x = Scale(low=across[0], high=across[1], start=left, stop=right)
    base = top + tall + rugs

    drawn = [segment(left, y.at(v), right, y.at(v), "p-grid") for v in steps]
    drawn += [
        words(left - 8, y.at(v) + 4.5, tick_label(v), anchor="end", size=SMALL) for v in steps
    ]
    ordered = Scale(low=min(across), high=max(across), start=left, stop=right)
    drawn.append(segment(left, base, right, base, "p-axis"))
    for value in roomy_ticks(ordered):
        drawn.append(segment(x.at(value), top, x.at(value), top + tall, "p-grid"))
        drawn += tick(x.at(value), base, tick_label(value), width)
    drawn.append(axis_name(x, base, names[0]))
    drawn.append(words(0.0, 12, names[1], size=SMALL, ink="p-muted"))
    lines = len(wrap(names[0], right - left + 16, SMALL))
    return Panel(
        x=x,
        y=y,
        drawn=tuple(drawn),
        key_x=width - KEY_WIDTH if wide else 0.0,
        key_width=KEY_WIDTH if wide else width,
        bottom=base + 31 + 15 * lines,
    )


def band(at: Panel, limits: Sequence[Limit], i: int, name: str) -> str:
    """The i-th band, its edges dashed in its own way.

    >>> at = panel((0.0, 1.0), (-40.0, 20.0), width=800.0, names=("spread", "change, %"))
    >>> drawn = band(at, [(0.0, -20.0, -20.0), (1.0, -35.0, -5.0)], 0, "correlation 0.5")
    >>> drawn.count("<path"), "<title>correlation 0.5</title>" in drawn
    (3, True)
    """
    lower = [f"{at.x.at(x):.2f} {at.y.at(low):.2f}" for x, low, _ in limits]
    upper = [f"{at.x.at(x):.2f} {at.y.at(high):.2f}" for x, _, high in limits]
    wash = f"M{'L'.join(upper)}L{'L'.join(reversed(lower))}Z"
    return group(
        name,
        tag("path", {"d": wash, "class": "p-main-wash"}),
        *(_edge(f"M{'L'.join(edge)}", i) for edge in (upper, lower)),
    )


def _edge(path: str, i: int) -> str:
    dash = DASHES[i % len(DASHES)]
    return tag(
        "path",
        {"d": path, "class": "p-main-line", "stroke-width": 1.5, "stroke-dasharray": dash},
    )


def shape(i: int, x: float, y: float) -> str:
    """The mark of the i-th band: circle, square, diamond, triangle.

    >>> [shape(i, 0.0, 0.0).split()[0] for i in range(4)]
    ['<circle', '<rect', '<polygon', '<polygon']
    """
    kind = SHAPES[i % len(SHAPES)]
    if kind == "o":
        return tag("circle", {"cx": x, "cy": y, "r": 5.5, "class": "p-main"})
    if kind == "s":
        box = {"x": x - 5, "y": y - 5, "width": 10.0, "height": 10.0, "class": "p-main"}
        return tag("rect", box)
    if kind == "D":
        return diamond(x, y, 6.5, 6.5, "p-main")
    return polygon(((x - 6, y + 5), (x, y - 6.5), (x + 6, y + 5)), "p-main")


def value_line(points: Sequence[tuple[float, float]]) -> str:
    """The line in the middle of the bands, through pixels.

    >>> "M0.00 5.00L10.00 5.00" in value_line([(0.0, 5.0), (10.0, 5.0)])
    True
    """
    path = "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
    return tag("path", {"d": f"M{path}", "class": "p-main-line", "stroke-width": 3.0})


def grey_wash(x: float, y: float, width: float, height: float) -> str:
    """A grey area that follows the colours of the page.

    >>> 'width="30" height="40"' in grey_wash(10.0, 20.0, 30.0, 40.0)
    True
    """
    box = {"x": x, "y": y, "width": width, "height": height}
    # `p-dots` is the one class with a fill of grey and no line, whatever the page says
    return tag("rect", {**INK["p-dots"], **box, "class": "p-dots", "fill-opacity": 0.2})


def end_names(at: Panel, ends: Sequence[tuple[float, str]]) -> list[str]:
    """Names right of the bands' ends; none at all where they would run into each other.

    >>> at = panel((0.0, 1.0), (0.0, 30.0), width=800.0, names=("spread", "change, %"))
    >>> len(end_names(at, [(10.0, "r 0.3"), (20.0, "r 0.5")]))
    2
    >>> end_names(at, [(10.0, "r 0.3"), (10.5, "r 0.5")])
    []
    """
    heights = sorted(at.y.at(value) for value, _ in ends)
    if any(b - a < SMALL + 1 for a, b in pairwise(heights)):
        return []
    x = at.x.stop + 5
    return [words(x, at.y.at(value) + 4.5, name, size=SMALL, ink="p-muted") for value, name in ends]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the key: what is drawn, what is printed large, what is said below it."""

    kind: Literal["band", "value", "wash", "line"]
    head: str
    said: str = ""
    i: int = 0
    marked: bool = True


def key(entries: Sequence[Entry], at: Panel) -> tuple[list[str], float]:
    """The key beside the panel, or below it when narrow, and where it ends.

    >>> at = panel((0.0, 1.0), (0.0, 30.0), width=800.0, names=("spread", "change, %"))
    >>> drawn, end = key([Entry(kind="value", head="20 %", said="printed")], at)
    >>> [">20 %<" in "".join(drawn), ">printed<" in "".join(drawn)], end - at.y.stop
    ([True, True], 32.0)
    """
    x, y = at.key_x, (at.y.stop - 8 if at.wide else at.bottom + 12)
    room = at.key_width - SAMPLE
    drawn: list[str] = []
    for entry in entries:
        drawn += _sample(entry, x, y + 8)
        heads = wrap(entry.head, room / 1.06)
        drawn.append(words(x + SAMPLE, y + 12, heads, bold=True))
        y += 16 * len(heads)
        if entry.said:
            lines = wrap(entry.said, room, SMALL)
            drawn.append(words(x + SAMPLE, y + 11.5, lines, size=SMALL, ink="p-muted", line=15.0))
            y += 15 * len(lines)
        y += 9
    return drawn, y


def _sample(entry: Entry, x: float, y: float) -> list[str]:
    if entry.kind == "wash":
        return [grey_wash(x, y - 6, 38.0, 12.0)]
    if entry.kind == "line":
        return [segment(x + 19, y - 8, x + 19, y + 8, "p-claim-line", "7 3 2 3")]
    if entry.kind == "value":
        return [value_line([(x, y), (x + 38, y)])]
    line = _edge(f"M{x:.2f} {y:.2f}L{x + 38:.2f} {y:.2f}", entry.i)
    return [line, shape(entry.i, x + 19, y)] if entry.marked else [line]


def rug_tick(x: float, y: float, ink: str, half: float = 6.0) -> str:
    """One value of a rug.

    >>> rug_tick(10.0, 50.0, "p-line") == segment(10.0, 44.0, 10.0, 56.0, "p-line")
    True
    """
    return segment(x, y - half, x, y + half, ink)
