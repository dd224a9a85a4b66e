"""GOSH plot: every subset of the studies pooled, its estimate against its heterogeneity.

One heap says that no study decides; several heaps say that a study or a group of them does. Many
subsets are drawn as cells, darker where there are more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import say, say_n
from evidence.plots.bands import Panel
from evidence.plots.gosh_rows import GoshRow as GoshRow
from evidence.plots.gosh_rows import gosh_rows as gosh_rows
from evidence.plots.lanes import NARROW
from evidence.plots.legend import BLUE, ORANGE, legend_below
from evidence.plots.plane import (
    Axis,
    Item,
    axis_ends,
    axis_words,
    frame,
    key,
    path,
    pixel,
    plane,
    ratio_axis,
    rows_of,
    swatch,
)
from evidence.plots.svg import INK, diamond, group, picture, segment, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OPACITIES = (0.26, 0.42, 0.6, 0.8, 1.0)
"""Of cells, from those with the fewest subsets to those with the most."""
I2_NAME = "heterogeneity, I²"
BAR = 0.6
STRIP, GAP = 52.0, 6.0
"""Pixels of a histogram, and between it and the panel."""


def gosh_svg(
    rows: Sequence[GoshRow],
    *,
    title: str,
    desc: str,
    measure: str = "Effect",
    width: float = 800.0,
) -> str:
    """The subsets as SVG with their histograms, the key beside them (below when narrow).

    Parameters
    ----------
    rows : sequence of GoshRow
        From `gosh_rows`.
    title, desc : str
        Name and description of the image.
    measure : str
        What is on the horizontal axis, with its unit.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> from evidence.synthesis.gosh import pool_subsets
    >>> rows = gosh_rows(pool_subsets({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}))
    >>> svg = gosh_svg(rows, title="Subsets", desc="Seven subsets of three studies")
    >>> "all 7 subsets of 3 studies" in svg, "all studies together: 0.37, I² 74 %" in svg
    (True, True)
    """
    x, y = _axes(rows, measure)
    strip = STRIP if width >= NARROW else 0.7 * STRIP
    at = plane(x, y, width=width, margin=strip + GAP, above=strip)
    drawn = [*at.drawn, *_histograms(rows, at, strip - GAP)]
    for low, high, opacity in _steps(rows):
        cells = [row for row in rows if row.kind == "cell" and low <= row.count <= high]
        drawn.append(group(_cell_words(low, high), _cells(cells, at, opacity)))
    dots = [row for row in rows if row.kind == "subset"]
    if dots:
        drawn.append(group(_subset_words(rows[0]), _dots(dots, at)))
    for row in rows:
        if row.kind == "whole":
            (px, _), (py, _) = _place(row, at)
            drawn.append(group(_whole_words(row), diamond(px, py, 7.0, 7.0, "p-claim")))
    entries, end = key(_items(rows), at)
    height = max(at.bottom, end) + 2
    return picture([*drawn, *entries], width=width, height=height, title=title, desc=desc)


def _axes(rows: Sequence[GoshRow], measure: str) -> tuple[Axis, Axis]:
    ends = [end for row in rows for end in (row.estimate_low, row.estimate_high) if end is not None]
    if not ends:
        raise EvidenceError("nothing to draw: there are no rows.")
    low, high = axis_ends(ends, log=rows[0].ratio)
    return (
        Axis(low=low, high=high, name=axis_words(measure, ratio=rows[0].ratio), log=rows[0].ratio),
        Axis(low=-2.0, high=102.0, name=I2_NAME, unit=" %"),
    )


def _place(row: GoshRow, at: Panel) -> tuple[tuple[float, float], tuple[float, float]]:
    """Pixels of its limits, along the estimate and along I²; of a whole axis where it has none."""
    x = [pixel(at.x, end) for end in (row.estimate_low, row.estimate_high) if end is not None]
    y = [pixel(at.y, end) for end in (row.i2_low, row.i2_high) if end is not None]
    return (
        (x[0], x[-1]) if x else (at.x.start, at.x.stop),
        (y[0], y[-1]) if y else (at.y.start, at.y.stop),
    )


def _box(left: float, right: float, low: float, high: float) -> str:
    return path([(left, low), (right, low), (right, high), (left, high)], closed=True)


def _cells(cells: Sequence[GoshRow], at: Panel, opacity: float) -> str:
    """One shape for all cells of a shade: thousands of elements would weigh too much."""
    boxes = []
    for row in cells:
        (left, right), (low, high) = _place(row, at)
        boxes.append(_box(left, right, low, high))
    return tag("path", {"d": "".join(boxes), **_wash(opacity), "shape-rendering": "crispEdges"})


def _wash(opacity: float) -> dict[str, object]:
    return {**INK["p-main-wash"], "class": "p-main-wash", "fill-opacity": f"{opacity:g}"}


def _dots(dots: Sequence[GoshRow], at: Panel) -> str:
    """All subsets as one line of round stops."""
    stops = []
    for row in dots:
        (x, _), (y, _) = _place(row, at)
        stops.append(path([(x, y), (x + 0.01, y)]))
    look = {"stroke-linecap": "round", "stroke-width": 4.5, "stroke-opacity": "0.75"}
    return tag("path", {"d": "".join(stops), "class": "p-main-line", **look})


def _histograms(rows: Sequence[GoshRow], at: Panel, deep: float) -> list[str]:
    """Of estimates above the panel, of I² right of it."""
    _, top, right, _ = frame(at)
    drawn = []
    for kind, name in (("estimate", "how many subsets have which estimate"), ("i2", _I2_BARS)):
        bars = [row for row in rows if row.kind == kind]
        most = max((row.count for row in bars), default=0) or 1
        boxes = []
        for row in bars:
            (left, stop), (low, high) = _place(row, at)
            tall = deep * row.count / most
            if row.count and kind == "estimate":
                boxes.append(_box(left, stop, top - GAP, top - GAP - tall))
            elif row.count:
                boxes.append(_box(right + GAP, right + GAP + tall, low, high))
        shape = tag("path", {"d": "".join(boxes), **_wash(BAR)})
        drawn.append(group(name, shape))
    drawn.append(segment(at.x.start, top - GAP, right, top - GAP, "p-grid"))
    drawn.append(segment(right + GAP, top, right + GAP, at.y.start, "p-grid"))
    return drawn


_I2_BARS = "how many subsets have which I²"


def _steps(rows: Sequence[GoshRow]) -> list[tuple[int, int, float]]:
    """Shades of the cells: fewest and most subsets in a cell, evenly spaced in logs."""
    most = max((row.count for row in rows if row.kind == "cell"), default=0)
    if not most:
        return []
    shades = len(OPACITIES)
    ends = sorted({round(most ** (i / shades)) for i in range(1, shades + 1)})
    return [
        (low, high, opacity)
        for low, high, opacity in zip(
            [1, *(end + 1 for end in ends)], ends, OPACITIES[-len(ends) :], strict=False
        )
    ]


def _cell_words(low: int, high: int) -> str:
    if low == high:
        return say_n(low, "{n} subset in a cell", "{n} subsets in a cell")
    return say("{low} to {high} subsets in a cell", low=f"{low:,}", high=f"{high:,}")


def _subset_words(row: GoshRow) -> str:
    """What the subsets are: all of them, or a sample, which is said."""
    words = {"subsets": f"{row.subsets:,}", "studies": row.studies}
    if row.exact:
        return say("all {subsets} subsets of {studies} studies", **words)
    return say(
        "{subsets} random subsets of {studies} studies (seed {seed})", **words, seed=row.seed
    )


def _whole_words(row: GoshRow) -> str:
    return say(
        "all studies together: {estimate}, I² {i2} %",
        estimate=number(row.estimate_low, 2),
        i2=number(row.i2_low, 0),
    )


def _items(rows: Sequence[GoshRow]) -> list[Item]:
    steps = _steps(rows)
    sample = swatch("p-main-wash", BAR) if steps else _dot_sample
    items = [Item(sample=sample, text=_subset_words(rows[0]))]
    items += [
        Item(sample=swatch("p-main-wash", opacity), text=_cell_words(low, high))
        for low, high, opacity in steps
    ]
    items += [
        Item(sample=lambda x, y: [diamond(x, y, 7.0, 7.0, "p-claim")], text=_whole_words(row))
        for row in rows
        if row.kind == "whole"
    ]
    return items


def _dot_sample(x: float, y: float) -> list[str]:
    look = {"stroke-linecap": "round", "stroke-width": 4.5, "stroke-opacity": "0.75"}
    stops = "".join(path([(x + dx, y + dy), (x + dx + 0.01, y + dy)]) for dx, dy in _SCATTER)
    return [tag("path", {"d": stops, "class": "p-main-line", **look})]


_SCATTER = ((-8, 2), (0, -3), (7, 3))


def gosh(
    rows_or_found: Any, ax: Axes | None = None, *, measure: str = "Effect", **options: Any
) -> Axes:
    """The same subsets and histograms with matplotlib.

    Parameters
    ----------
    rows_or_found : sequence of GoshRow, or Gosh
        What is drawn; rows are made of a `Gosh` first.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise. The histograms are two more axes inside its frame.
    measure : str
        What is on the horizontal axis.
    **options
        Of `gosh_rows`, with a `Gosh`.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from evidence.synthesis.gosh import pool_subsets
    >>> found = pool_subsets({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="EE")
    >>> ax = gosh(found, Figure().add_subplot())
    >>> len(ax.collections[0].get_offsets()), len(ax.child_axes)
    (7, 2)
    """
    import matplotlib.pyplot as plt
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Patch, Rectangle

    rows = rows_of(rows_or_found, GoshRow) or gosh_rows(rows_or_found, **options)
    target = plt.gca() if ax is None else ax
    x, y = _axes(rows, measure)
    if x.log:
        target.set_xscale("log")
        ratio_axis(target.xaxis, x.low, x.high)
    handles: list[Any] = []
    dots = [row for row in rows if row.kind == "subset"]
    if dots:
        xs, ys = zip(*(_corner(row) for row in dots), strict=True)
        said = _subset_words(rows[0])
        handles.append(target.scatter(xs, ys, s=12, color=BLUE, alpha=0.5, label=said))
    else:
        handles.append(Patch(facecolor=BLUE, alpha=BAR, label=_subset_words(rows[0])))
    for low, high, opacity in _steps(rows):
        cells = [row for row in rows if row.kind == "cell" and low <= row.count <= high]
        boxes = [
            Rectangle(_corner(row), _long(row.estimate_low, row.estimate_high), _i2_long(row))
            for row in cells
        ]
        said = _cell_words(low, high)
        target.add_collection(PatchCollection(boxes, facecolor=BLUE, alpha=opacity, linewidth=0))
        handles.append(Patch(facecolor=BLUE, alpha=opacity, label=said))
    for row in rows:
        if row.kind == "whole":
            px, py = _corner(row)
            handles += target.plot([px], [py], "D", color=ORANGE, label=_whole_words(row))
    target.set_xlim(x.low, x.high)
    target.set_ylim(y.low, y.high)
    target.set_xlabel(x.name)
    target.set_ylabel(f"{I2_NAME} (%)")
    above = target.inset_axes((0.0, 1.02, 1.0, 0.16), sharex=target)
    beside = target.inset_axes((1.02, 0.0, 0.12, 1.0), sharey=target)
    for row in rows:
        if row.kind == "estimate" and row.estimate_low is not None:
            long = _long(row.estimate_low, row.estimate_high)
            above.bar(row.estimate_low, row.count, long, align="edge", color=BLUE, alpha=BAR)
        elif row.kind == "i2" and row.i2_low is not None:
            beside.barh(row.i2_low, row.count, _i2_long(row), align="edge", color=BLUE, alpha=BAR)
    for extra in (above, beside):
        extra.set_axis_off()
    legend_below(target, handles, inches=0.55, columns=1)
    return target


def _corner(row: GoshRow) -> tuple[float, float]:
    return row.estimate_low or 0.0, row.i2_low or 0.0


def _long(low: float | None, high: float | None) -> float:
    return (high or 0.0) - (low or 0.0)


def _i2_long(row: GoshRow) -> float:
    return _long(row.i2_low, row.i2_high)
