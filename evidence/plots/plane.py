"""A panel with a number on each axis: axes, cutting at its edges, labels that miss each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from evidence.messages import capital, say
from evidence.plots.bands import KEY_WIDTH, Panel
from evidence.plots.lanes import NARROW, axis_name, tick
from evidence.plots.scale import Scale, limits, linear_ticks, log_ticks, tick_label, ticks
from evidence.plots.svg import INK, SMALL, coordinate, segment, tag, text_width, words, wrap

if TYPE_CHECKING:
    import matplotlib.axis as mpl_axis

SAMPLE = 36.0
POINT = 5.0

LEAST, MOST = 1e-6, 1e6
"""No axis of ratios goes beyond these."""

Pixel = tuple[float, float]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What one axis shows: its ends, its name, and how it runs; `log` is for ratios."""

    low: float
    high: float
    name: str
    log: bool = False
    turned: bool = False  # the upright axis: the smallest value is at the top
    unit: str = ""

    def scale(self, start: float, stop: float) -> Scale:
        """Its values on these pixels."""
        return Scale(low=self.low, high=self.high, start=start, stop=stop, log=self.log)


def plane(
    x: Axis,
    y: Axis,
    *,
    width: float,
    tall: tuple[float, float] = (340.0, 260.0),
    margin: float = 10.0,
    above: float = 0.0,
    beside: bool = True,
) -> Panel:
    """Axes, ticks and faint lines.

    Parameters
    ----------
    x, y : Axis
        What is shown.
    width : float
        Pixels of the whole drawing.
    tall : (wide, narrow)
        Height of the panel beside its key, and of a narrow one.
    margin : float
        Pixels kept free right of the panel.
    above : float
        Pixels kept free between the name of the upright axis and the panel.
    beside : bool
        Whether the key stands beside a wide panel.

    Examples
    --------
    >>> x, y = Axis(low=0.0, high=1.0, name="SMD"), Axis(low=0.0, high=0.5, name="SE", turned=True)
    >>> at = plane(x, y, width=800.0)
    >>> at.y.at(0.0) < at.y.at(0.5), ">SMD<" in "".join(at.drawn), ">SE<" in "".join(at.drawn)
    (True, True, True)
    """
    keyed = beside and width >= NARROW
    heads = wrap(y.name, width, SMALL)
    top = 11.0 + 15 * len(heads) + above
    base = top + tall[width < NARROW]
    up = y.scale(top, base) if y.turned else y.scale(base, top)
    steps = _spread(up, 7, lambda _: SMALL + 6)
    names = [tick_label(v) + y.unit for v in steps]
    left = max(text_width(name, SMALL) for name in names) + 12
    right = width - (KEY_WIDTH + 24 if keyed else 0.0) - margin
    across = x.scale(left, right)

    drawn = [segment(left, up.at(v), right, up.at(v), "p-grid") for v in steps]
    drawn += [
        words(left - 8, up.at(v) + 4.5, name, anchor="end", size=SMALL)
        for v, name in zip(steps, names, strict=True)
    ]
    drawn.append(segment(left, base, right, base, "p-axis"))
    for value in _spread(across, 8, lambda v: text_width(tick_label(v) + x.unit, SMALL) + 10):
        at = across.at(value)
        drawn.append(segment(at, top, at, base, "p-grid"))
        drawn += tick(at, base, tick_label(value) + x.unit, width)
    drawn.append(axis_name(across, base, x.name))
    drawn.append(words(0.0, 12, heads, size=SMALL, ink="p-muted", line=15.0))
    lines = len(wrap(x.name, right - left + 16, SMALL))
    return Panel(
        x=across,
        y=up,
        drawn=tuple(drawn),
        key_x=width - KEY_WIDTH if keyed else 0.0,
        key_width=KEY_WIDTH if keyed else width,
        bottom=base + 31 + 15 * lines,
    )


def _spread(scale: Scale, most: int, need: Callable[[float], float]) -> list[float]:
    """As many ticks as leave their labels room; of a short log axis evenly spaced ones."""
    for many in range(most, 2, -1):
        found = ticks(scale, many)
        if scale.log and len(found) < 3:
            found = linear_ticks(scale.low, scale.high, many)
        at = sorted(scale.at(v) for v in found)
        gap = min((b - a for a, b in pairwise(at)), default=math.inf)
        if gap >= max((need(v) for v in found), default=0.0):
            return found
    return log_ticks(scale.low, scale.high, 2) if scale.log else ticks(scale, 2)


def ratio_axis(axis: mpl_axis.Axis, low: float, high: float) -> None:
    """Plain numbers on a log axis of matplotlib, as many as an SVG would have.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> ax.set_xscale("log")
    >>> ratio_axis(ax.xaxis, 0.5, 5.0)
    >>> [float(value) for value in ax.xaxis.get_majorticklocs()]
    [0.5, 1.0, 2.0, 5.0]
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    across = Scale(low=low, high=high, start=0.0, stop=300.0, log=True)
    found = _spread(across, 8, lambda v: text_width(tick_label(v), SMALL) + 10)
    axis.set_major_locator(FixedLocator(found))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_label(value)))
    axis.set_minor_locator(NullLocator())


def axis_words(measure: str, *, ratio: bool) -> str:
    """The name of an axis of effects; of a ratio by its id, also whether its logs are shown.

    >>> axis_words("RR", ratio=True), axis_words("RR", ratio=False), axis_words("SMD", ratio=False)
    ('Risk ratio, log scale', 'Log risk ratio', 'SMD')
    """
    from evidence.effects.measures import MEASURES  # both load what most drawings do without
    from evidence.synthesis.pool import LOG_MEASURES

    if measure not in LOG_MEASURES:
        return measure
    title = "hazard ratio" if measure == "HR" else MEASURES[measure].title.removeprefix("log ")
    if ratio:
        return capital(say("{measure}, log scale", measure=title))
    return capital(say("log {measure}", measure=title))


def ratio_limits(
    points: Iterable[float], spans: Iterable[tuple[float, float]]
) -> tuple[float, float]:
    """As `limits` for ratios, no farther than anybody would read.

    >>> ratio_limits([0.5, 1.0], [(0.2, 1e300)])
    (0.108, 1000000.0)
    """
    low, high = limits(map(_read, points), [(_read(a), _read(b)) for a, b in spans], log=True)
    return max(low, LEAST), min(high, MOST)


def _read(ratio: float) -> float:
    return min(max(ratio, LEAST), MOST)


def axis_ends(
    values: Sequence[float], *, log: bool = False, margin: float = 0.04
) -> tuple[float, float]:
    """Ends of an axis that shows all values, with some room beyond them.

    >>> axis_ends([0.0, 1.0]), axis_ends([2.0])
    ((-0.04, 1.04), (1.0, 3.0))
    """
    at = [math.log(_read(v)) for v in values] if log else list(values)
    low, high = min(at), max(at)
    room = margin * (high - low)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-300):
        room = 0.5 * abs(low) or 0.5
    low, high = low - room, high + room
    return (math.exp(low), math.exp(high)) if log else (low, high)


def pixel(scale: Scale, value: float) -> float:
    """Where a value goes, also beyond the axis; `Scale.at` keeps it inside.

    >>> scale = Scale(low=0.0, high=10.0, start=100.0, stop=200.0)
    >>> pixel(scale, 5.0), pixel(scale, 15.0), scale.at(15.0)
    (150.0, 250.0, 200.0)
    """
    low, high = scale.low, scale.high
    if scale.log:
        low, high, value = math.log(low), math.log(high), math.log(max(value, 5e-324))
    share = min(1e6, max(-1e6, (value - low) / (high - low)))
    return scale.start + share * (scale.stop - scale.start)


def pixels(at: Panel, points: Sequence[tuple[float, float]]) -> list[Pixel]:
    """Points of the panel as pixels, also beyond its edges.

    >>> at = plane(Axis(low=0.0, high=1.0, name=""), Axis(low=0.0, high=1.0, name=""), width=800.0)
    >>> pixels(at, [(0.0, 0.0)]) == [(at.x.start, at.y.start)]
    True
    """
    return [(pixel(at.x, x), pixel(at.y, y)) for x, y in points]


Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def frame(at: Panel) -> Box:
    """The edges of the panel.

    >>> x, y = Scale(low=0, high=1, start=9, stop=99), Scale(low=0, high=1, start=50, stop=5)
    >>> frame(Panel(x=x, y=y, drawn=(), key_x=0, key_width=0, bottom=0))
    (9, 5, 99, 50)
    """
    return at.x.start, min(at.y.start, at.y.stop), at.x.stop, max(at.y.start, at.y.stop)


def cut_area(points: Sequence[Pixel], box: Box) -> list[Pixel]:
    """The part of a closed shape inside a box, edge by edge (Sutherland & Hodgman 1974).

    >>> cut_area([(0, 0), (4, 0), (4, 4)], (0, 0, 2, 9))
    [(2.0, 2.0), (0, 0), (2.0, 0.0)]
    """
    kept = list(points)
    for axis, limit, sign in ((0, box[0], 1), (1, box[1], 1), (0, box[2], -1), (1, box[3], -1)):
        given, kept = kept, []
        for a, b in zip([*given[-1:], *given[:-1]], given, strict=True):
            inside = [sign * (p[axis] - limit) >= 0 for p in (a, b)]
            if inside[0] != inside[1]:
                kept.append(_between(a, b, (limit - a[axis]) / (b[axis] - a[axis])))
            if inside[1]:
                kept.append(b)
    return kept


def cut_line(points: Sequence[Pixel], box: Box) -> list[list[Pixel]]:
    """The parts of a line inside a box (Liang & Barsky 1984).

    >>> cut_line([(0, 0), (4, 4)], (1, 0, 9, 2))
    [[(1.0, 1.0), (2.0, 2.0)]]
    """
    parts: list[list[Pixel]] = []
    for a, b in pairwise(points):
        first, last = 0.0, 1.0
        for axis in (0, 1):
            way = b[axis] - a[axis]
            for limit, sign in ((box[axis], 1), (box[axis + 2], -1)):
                gap = sign * (limit - a[axis])
                if way == 0:
                    last = last if gap <= 0 else -1.0
                elif sign * way > 0:
                    first = max(first, gap / (sign * way))
                else:
                    last = min(last, gap / (sign * way))
        if first > last:
            continue
        start, stop = _between(a, b, first), _between(a, b, last)
        if parts and first == 0 and parts[-1][-1] == a:
            parts[-1].append(stop)
        else:
            parts.append([start, stop])
    return parts


def _between(a: Pixel, b: Pixel, share: float) -> Pixel:
    if share in (0, 1):  # the very point, so that parts of a line meet
        return b if share else a
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def path(points: Sequence[Pixel], *, closed: bool = False) -> str:
    """The points as the data of an SVG path.

    >>> path([(0.0, 0.0), (10.0, 2.5)]), path([(0.0, 0.0), (10.0, 2.5)], closed=True)
    ('M0 0L10 2.5', 'M0 0L10 2.5Z')
    """
    joined = "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points)
    return f"M{joined}{'Z' if closed else ''}"


def area(points: Sequence[Pixel], at: Panel, ink: str, opacity: float) -> list[str]:
    """A filled shape without an edge, cut at the panel; `p-dots` is grey, `p-main-wash` blue.

    >>> at = plane(Axis(low=0.0, high=1.0, name=""), Axis(low=0.0, high=1.0, name=""), width=800.0)
    >>> left, top, right, bottom = frame(at)
    >>> area([(left, top), (right, top), (right, bottom)], at, "p-dots", 0.2)[0][:6]
    '<path '
    >>> area([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], at, "p-dots", 0.2)
    []
    """
    corners = cut_area(points, frame(at))
    if len(corners) < 3:
        return []
    return [tag("path", {"d": path(corners, closed=True), **_wash(ink, opacity)})]


def swatch(
    ink: str, opacity: float, *, edged: bool = False, dash: str | None = None
) -> Callable[[float, float], list[str]]:
    """A sample of an area, if need be with the line on its inner edge.

    >>> [mark.split()[0] for mark in swatch("p-dots", 0.2, edged=True)(20.0, 10.0)]
    ['<rect', '<rect', '<line']
    """

    def drawn(x: float, y: float) -> list[str]:
        box = {"x": x - 13, "y": y - 7, "width": 26.0, "height": 14.0}
        edge = [segment(x - 13, y - 7, x - 13, y + 7, "p-axis", dash)] if edged else []
        sample = tag("rect", {**box, **_wash(ink, opacity)})
        return [sample, tag("rect", {**box, "class": "p-grid"}), *edge]

    return drawn


def _wash(ink: str, opacity: float) -> dict[str, object]:
    # the page says the colour of a class and not how dense it is
    return {**INK[ink], "class": ink, "fill-opacity": f"{opacity:g}"}


def stroke(ink: str, dash: str | None = None) -> Callable[[float, float], list[str]]:
    """A sample of a line.

    >>> stroke("p-axis")(20.0, 10.0) == [segment(7.0, 10.0, 33.0, 10.0, "p-axis")]
    True
    """
    return lambda x, y: [segment(x - 13, y, x + 13, y, ink, dash)]


def curve(
    points: Sequence[Pixel],
    at: Panel,
    ink: str,
    *,
    dash: str | None = None,
    thick: float | None = None,
) -> list[str]:
    """A line through points, cut at the panel.

    >>> at = plane(Axis(low=0.0, high=1.0, name=""), Axis(low=0.0, high=1.0, name=""), width=800.0)
    >>> len(curve(pixels(at, [(0.2, 0.2), (0.8, 0.8)]), at, "p-axis"))
    1
    >>> curve(pixels(at, [(2.0, 0.2), (3.0, 0.8)]), at, "p-axis")
    []
    """
    parts = cut_line(points, frame(at))
    if not parts:
        return []
    look: dict[str, object] = {"class": ink, "stroke-dasharray": dash}
    if thick is not None:
        look["stroke-width"] = thick
    return [tag("path", {"d": "".join(path(part) for part in parts), **look})]


def dot(x: float, y: float, radius: float = POINT) -> str:
    """A study: a disk with a rim that stands out from any shade.

    >>> 'cx="10" cy="20" r="3"' in dot(10.0, 20.0, 3.0)
    True
    """
    return tag("circle", {"cx": x, "cy": y, "r": radius, "class": "p-point"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of the key: a sample drawn about (x, y), and what it is."""

    sample: Callable[[float, float], Sequence[str]]
    text: str


def key(items: Sequence[Item], at: Panel) -> tuple[list[str], float]:
    """The key beside the panel, or below it when narrow, and where it ends.

    >>> at = plane(Axis(low=0.0, high=1.0, name=""), Axis(low=0.0, high=1.0, name=""), width=800.0)
    >>> drawn, end = key([Item(sample=stroke("p-axis"), text="no effect")], at)
    >>> [part.split()[0] for part in drawn], ">no effect<" in drawn[1]
    (['<line', '<text'], True)
    """
    x, y = at.key_x, (frame(at)[1] if at.wide else at.bottom + 12)
    drawn: list[str] = []
    for item in items:
        lines = wrap(item.text, at.key_width - SAMPLE, SMALL)
        drawn += item.sample(x + 14, y + 8)
        drawn.append(words(x + SAMPLE, y + 12, lines, size=SMALL, line=15.0))
        y += 15 * len(lines) + 8
    return drawn, y


def rows_of(given: object, kind: type[Row]) -> list[Row] | None:
    """What is given, where it is rows already.

    >>> axis = Axis(low=0.0, high=1.0, name="SMD")
    >>> len(rows_of([axis, axis], Axis)), rows_of([axis, "no row"], Axis)
    (2, None)
    """
    if not isinstance(given, list | tuple):
        return None
    rows = [row for row in given if isinstance(row, kind)]
    return rows if len(rows) == len(given) else None


def notes(texts: Sequence[str], y: float, width: float) -> tuple[list[str], float]:
    """Sentences below a drawing, and where they end.

    >>> drawn, end = notes(["The mean is of all studies."], 100.0, 800.0)
    >>> len(drawn), end
    (1, 120.0)
    """
    drawn = []
    for text in texts:
        lines = wrap(text, width, SMALL)
        drawn.append(words(0.0, y + 12, lines, size=SMALL, ink="p-muted", line=15.0))
        y += 15 * len(lines) + 5
    return drawn, y
