"""Contour-enhanced funnel plot: effects against their standard errors, and what is significant.

The contours lie about no effect and tell whether studies are lacking where results would not have
been significant; the limits lie about the pooled estimate and tell how far studies would scatter
if chance alone moved them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from evidence.errors import EvidenceError
from evidence.formatting import number, pvalue
from evidence.messages import say, say_n
from evidence.plots.bands import DASHES, STROKES, Panel
from evidence.plots.funnel_rows import FunnelKind
from evidence.plots.funnel_rows import FunnelRow as FunnelRow
from evidence.plots.funnel_rows import funnel_rows as funnel_rows
from evidence.plots.legend import BLUE, GREY, ORANGE, legend_below
from evidence.plots.plane import (
    Axis,
    Item,
    Pixel,
    area,
    axis_ends,
    axis_words,
    curve,
    dot,
    frame,
    key,
    pixels,
    plane,
    ratio_axis,
    rows_of,
    stroke,
    swatch,
)
from evidence.plots.scale import tick_label
from evidence.plots.svg import group, picture, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DENSEST, THINNEST = 0.42, 0.10
"""Grey of the first and of the last band of significance."""
EXPECTED_DASH, LINE_DASH = "5 4", "8 3 2 3"


def funnel_svg(
    rows: Sequence[FunnelRow],
    *,
    title: str,
    desc: str,
    measure: str = "Effect",
    width: float = 800.0,
) -> str:
    """The funnel as SVG, its key beside it (below it when narrow).

    Parameters
    ----------
    rows : sequence of FunnelRow
        From `funnel_rows`.
    title, desc : str
        Name and description of the image.
    measure : str
        What is on the horizontal axis, with its unit.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> rows = funnel_rows({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]})
    >>> svg = funnel_svg(rows, title="Funnel", desc="Three studies", measure="SMD")
    >>> svg.count("<g><title>1:"), ">SMD<" in svg
    (1, True)
    """
    across, upright = _axes(rows, measure)
    at = plane(across, upright, width=width)
    drawn: list[str] = []
    for i, bands in enumerate(_bands(rows, at)):
        for corners in bands:
            drawn += area(corners, at, "p-dots", _grey(i, len(_levels(rows))))
    drawn += at.drawn
    for i, level in enumerate(_levels(rows)):
        left, right = (
            curve(edge, at, "p-axis", dash=DASHES[i % 4]) for edge in _edges(rows, level, at)
        )
        drawn.append(group(_contour(level), *left, *right))
    drawn += curve(pixels(at, [(_null(rows), 0.0), (_null(rows), upright.high)]), at, "p-axis")
    for edge in _edges(rows, None, at):
        drawn += curve(edge, at, "p-main-line", dash=EXPECTED_DASH)
    for kind, ink, dash in (
        ("centre", "p-main-line", None),
        ("line", "p-claim-line", LINE_DASH),
    ):
        drawn += curve(pixels(at, _points(rows, kind)), at, ink, dash=dash)
    studies = [row for row in rows if row.kind in ("study", "filled")]
    radius = 5.0 if len(studies) <= 60 else 3.5
    for row in studies:
        x, y = at.x.at(row.estimate or 0.0), at.y.at(row.sei)
        drawn.append(group(_said(row), _mark(row.kind, x, y, radius)))
    entries, end = key(_items(rows), at)
    height = max(at.bottom, end) + 2
    return picture([*drawn, *entries], width=width, height=height, title=title, desc=desc)


def _mark(kind: FunnelKind, x: float, y: float, radius: float = 5.0) -> str:
    if kind == "study":
        return dot(x, y, radius)
    return tag("circle", {"cx": x, "cy": y, "r": radius, "class": "p-line"})


def _axes(rows: Sequence[FunnelRow], measure: str) -> tuple[Axis, Axis]:
    """Wide enough for the studies, no effect and the limits; a line may be cut."""
    studies = [row.estimate for row in rows if row.kind in ("study", "filled")]
    limits = [limit for row in rows if row.kind == "expected" for limit in (row.low, row.high)]
    values = [value for value in (*studies, *limits, _null(rows)) if value is not None]
    if not studies:
        raise EvidenceError("nothing to draw: no row is a study.")
    ratio = rows[0].ratio
    low, high = axis_ends(values, log=ratio)
    name = "standard error of the log ratio" if ratio else "standard error"
    deepest = max(row.sei for row in rows)
    return (
        Axis(low=low, high=high, name=axis_words(measure, ratio=ratio), log=ratio),
        Axis(low=0.0, high=deepest, name=name, turned=True),
    )


def _null(rows: Sequence[FunnelRow]) -> float:
    return 1.0 if rows and rows[0].ratio else 0.0


def _levels(rows: Sequence[FunnelRow]) -> list[float]:
    found = [row.level for row in rows if row.kind == "contour" and row.level is not None]
    return list(dict.fromkeys(found))


def _grey(i: int, bands: int) -> float:
    """Dense next to the white middle, where p is close to the first level, and paler outwards."""
    share = i / (bands - 1) if bands > 1 else 0.5
    return round(DENSEST + share * (THINNEST - DENSEST), 3)


def _points(rows: Sequence[FunnelRow], kind: str) -> list[tuple[float, float]]:
    return [
        (row.estimate, row.sei) for row in rows if row.kind == kind and row.estimate is not None
    ]


def _edges(rows: Sequence[FunnelRow], level: float | None, at: Panel) -> list[list[Pixel]]:
    """Both sides of one contour, or of the limits that are expected."""
    found = [
        row
        for row in rows
        if row.kind == ("expected" if level is None else "contour")
        and (level is None or row.level == level)
    ]
    sides: list[list[Pixel]] = []
    for side in ("low", "high"):
        at_depth = [(getattr(row, side), row.sei) for row in found]
        sides.append(pixels(at, [(value, sei) for value, sei in at_depth if value is not None]))
    return sides


def _bands(rows: Sequence[FunnelRow], at: Panel) -> list[list[list[Pixel]]]:
    """Corners of the bands between neighbouring contours, and beyond the last: left and right."""
    contours = [_edges(rows, level, at) for level in _levels(rows)]
    left, _, right, _ = frame(at)
    bands: list[list[list[Pixel]]] = []
    for i, sides in enumerate(contours):
        band: list[list[Pixel]] = []
        for side, edge in enumerate(sides):
            if i + 1 < len(contours):
                outer = contours[i + 1][side]
            else:
                outer = [((left, right)[side], y) for _, y in edge]
            band.append([*edge, *reversed(outer)])
        bands.append(band)
    return bands


def _said(row: FunnelRow) -> str:
    return say(
        "{study}: {value}, standard error {sei}, {p}",
        study=row.label,
        value=number(row.estimate, 2),
        sei=number(row.sei, 3),
        p=pvalue(row.pvalue),
    )


def _contour(level: float) -> str:
    return say("p = {p}", p=_p(level))


def _p(level: float) -> str:
    return tick_label(round(1 - level, 10))


def _band_names(rows: Sequence[FunnelRow]) -> list[str]:
    """Of the white middle, then of the bands outwards."""
    levels = _levels(rows)
    if not levels:
        return []
    inner = [
        say("p from {low} to {high}", low=_p(outer), high=_p(level))
        for level, outer in pairwise(levels)
    ]
    return [
        say("p above {p}", p=_p(levels[0])),
        *inner,
        say("p below {p}", p=_p(levels[-1])),
    ]


def _named(rows: Sequence[FunnelRow]) -> dict[str, str]:
    """Words of the key by what they explain, apart from the bands."""
    names = {"study": "study", "null": "no effect"}
    if filled := sum(row.kind == "filled" for row in rows):
        names["filled"] = say_n(
            filled, "{n} study filled in (trim and fill)", "{n} studies filled in (trim and fill)"
        )
    for row in rows:
        if row.kind == "centre":
            names["centre"] = say("{name}: {value}", name=row.label, value=number(row.estimate, 2))
        if row.kind == "line":
            names["line"] = row.label
        if row.kind == "expected":
            names["expected"] = say(
                "{level} % of studies are expected within, if their true effects do not differ",
                level=tick_label(round(100 * (row.level or 0.0), 6)),
            )
    return names


def _items(rows: Sequence[FunnelRow]) -> list[Item]:
    names = _named(rows)
    samples: dict[str, Any] = {
        "study": lambda x, y: [_mark("study", x, y)],
        "filled": lambda x, y: [_mark("filled", x, y)],
        "centre": stroke("p-main-line"),
        "expected": stroke("p-main-line", EXPECTED_DASH),
        "line": stroke("p-claim-line", LINE_DASH),
        "null": stroke("p-axis"),
    }
    items = [Item(sample=samples[name], text=names[name]) for name in samples if name in names]
    bands = len(_levels(rows))
    for i, name in enumerate(_band_names(rows)):
        grey = _grey(i - 1, bands) if i else 0.0
        edge = DASHES[(i - 1) % 4] if i else None
        sample = swatch("p-dots", grey, edged=i > 0, dash=edge)
        items.append(Item(sample=sample, text=name))
    return items


def funnel(
    rows_or_effects: Any, ax: Axes | None = None, *, measure: str = "Effect", **options: Any
) -> Axes:
    """The same funnel with matplotlib.

    Parameters
    ----------
    rows_or_effects : sequence of FunnelRow, or effects
        What is drawn; rows are made of effects first.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    measure : str
        What is on the horizontal axis.
    **options
        Of `funnel_rows`, with effects.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = {"yi": [0.1, 0.4, 0.6], "vi": [0.01, 0.04, 0.09]}
    >>> ax = funnel(table, Figure().add_subplot(), contours=[0.95])
    >>> ax.get_xlabel(), bool(ax.yaxis_inverted())
    ('Effect', True)
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    rows = rows_of(rows_or_effects, FunnelRow) or funnel_rows(rows_or_effects, **options)
    target = plt.gca() if ax is None else ax
    x, y = _axes(rows, measure)
    names, bands = _named(rows), _band_names(rows)
    handles: list[Any] = []
    levels = _levels(rows)
    for i, level in enumerate(levels):
        found = [row for row in rows if row.kind == "contour" and row.level == level]
        outer = [
            row for row in rows if row.kind == "contour" and row.level in levels[i + 1 : i + 2]
        ]
        depth = [row.sei for row in found]
        grey = _grey(i, len(levels))
        for side, edge in (("low", x.low), ("high", x.high)):
            near = [getattr(row, side) for row in found]
            far = [getattr(row, side) for row in outer] or [edge] * len(near)
            target.fill_betweenx(depth, near, far, color=GREY, alpha=grey, linewidth=0)
            target.plot(near, depth, STROKES[i % 4], color=GREY, linewidth=1)
        handles.append(Patch(facecolor=GREY, alpha=grey, label=bands[i + 1]))
    target.axvline(_null(rows), color=GREY, linewidth=1)
    expected = [row for row in rows if row.kind == "expected"]
    for side in ("low", "high"):
        limits = [getattr(row, side) for row in expected]
        target.plot(limits, [row.sei for row in expected], "--", color=BLUE, linewidth=1.5)
    drawn: list[Any] = []
    for kind, style in (("centre", "-"), ("expected", "--"), ("line", "-.")):
        points = _points(rows, kind)
        if kind in names:
            colour = ORANGE if kind == "line" else BLUE
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            drawn += target.plot(xs, ys, style, color=colour, label=names[kind])
    edge = plt.rcParams["axes.edgecolor"]
    for kind, face in (("study", BLUE), ("filled", "none")):
        points = _points(rows, kind)
        if points:
            marks = target.scatter(
                [p[0] for p in points],
                [p[1] for p in points],
                facecolor=face,
                edgecolor=edge,
                zorder=3,
                label=names[kind],
            )
            drawn.append(marks)
    if x.log:
        target.set_xscale("log")
        ratio_axis(target.xaxis, x.low, x.high)
    target.set_xlim(x.low, x.high)
    target.set_ylim(y.high, y.low)
    target.set_xlabel(x.name)
    target.set_ylabel(y.name)
    legend_below(target, [*drawn, *handles], inches=0.55, columns=1)
    return target
