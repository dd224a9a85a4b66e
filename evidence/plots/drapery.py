"""Drapery plot: p value functions of the studies, of the pooled result and of a further study.

Each function stands over the value that its study found and falls to both sides; where it crosses
the line at 0.05 lie the limits of the 95 % interval, and so for every other level.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evidence.errors import EvidenceError
from evidence.formatting import interval
from evidence.messages import listed, say
from evidence.plots.bands import Panel, value_line
from evidence.plots.drapery_rows import DraperyRow as DraperyRow
from evidence.plots.drapery_rows import drapery_rows as drapery_rows
from evidence.plots.legend import BLUE, GREY, ORANGE, legend_below
from evidence.plots.plane import (
    Axis,
    Item,
    area,
    axis_words,
    curve,
    frame,
    key,
    pixels,
    plane,
    ratio_axis,
    ratio_limits,
    rows_of,
    stroke,
    swatch,
)
from evidence.plots.point_labels import Placed, draw_explained, spread
from evidence.plots.scale import limits, tick_label
from evidence.plots.svg import SMALL, group, picture, segment, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = (0.05,)
"""Two-sided p at which a line is drawn."""
P_NAME = "two-sided p value"
WASH = 0.16
CROWD = 40
"""With more functions than this those of the studies are hair lines."""
ABOVE, BETWEEN = 30.0, 6.0
"""Pixels for the numbers of the studies, and between two of them."""
PREDICTION_DASH = "5 4"
LEVEL_DASH = "7 3 2 3"


def drapery_svg(
    rows: Sequence[DraperyRow],
    *,
    title: str,
    desc: str,
    measure: str = "Effect",
    levels: Sequence[float] = LEVELS,
    width: float = 800.0,
) -> str:
    """The functions as SVG; studies carry numbers, and a list below says whose they are.

    Parameters
    ----------
    rows : sequence of DraperyRow
        From `drapery_rows`.
    title, desc : str
        Name and description of the image.
    measure : str
        What is on the horizontal axis, with its unit.
    levels : sequence of float
        Two-sided p at which a line is drawn.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> rows = drapery_rows({"yi": [0.1, 0.5], "vi": [0.04, 0.04]}, pvalues=[1, 0.5, 0.05])
    >>> svg = drapery_svg(rows, title="Drapery", desc="Two studies", levels=[0.05])
    >>> svg.count("<title>p = 0.05</title>")
    1
    """
    functions = _functions(rows)
    x, y = _axes(rows, measure)
    at = plane(x, y, width=width, above=ABOVE)
    drawn = [*at.drawn]
    null = 1.0 if rows[0].ratio else 0.0
    if x.low <= null <= x.high:
        drawn += curve(pixels(at, [(null, 0.0), (null, 1.0)]), at, "p-axis")
    for p in levels:
        line = curve(pixels(at, [(x.low, p), (x.high, p)]), at, "p-claim-line", dash=LEVEL_DASH)
        drawn.append(group(say("p = {p}", p=tick_label(p)), *line))
    thin = 1.0 if len(functions) <= CROWD else 0.5
    for function in functions:
        drawn.append(group(_said(function), *_draped(function, at, thin)))
    studies = [function for function in functions if function[0].kind == "study"]
    numbers, labels = _numbers(studies, at)
    drawn += numbers
    entries, end = key(_items(functions, levels), at)
    names = [function[0].label for function in studies]
    below, end = draw_explained(names, labels, max(at.bottom, end), width)
    return picture([*drawn, *entries, *below], width=width, height=end + 4, title=title, desc=desc)


def _functions(rows: Sequence[DraperyRow]) -> list[list[DraperyRow]]:
    """The rows of each function; studies first, the pooled result last and so on top."""
    found: dict[tuple[int, int], list[DraperyRow]] = {}
    for row in rows:
        found.setdefault((_ORDER.index(row.kind), row.number), []).append(row)
    if not found:
        raise EvidenceError("nothing to draw: there are no rows.")
    return [found[place] for place in sorted(found)]


_ORDER = ("study", "prediction", "pooled")


def _axes(rows: Sequence[DraperyRow], measure: str) -> tuple[Axis, Axis]:
    """All estimates, and where p is 0.05 unless that would squash the rest."""
    ratio = rows[0].ratio
    points = [row.low for row in rows if row.p == 1]
    at = min({row.p for row in rows}, key=lambda p: abs(p - 0.05))
    spans = [(row.low, row.high) for row in rows if row.p == at]
    low, high = ratio_limits(points, spans) if ratio else limits(points, spans)
    return Axis(low=low, high=high, name=axis_words(measure, ratio=ratio), log=ratio), Axis(
        low=0.0, high=1.0, name=P_NAME
    )


def _curve(function: Sequence[DraperyRow]) -> list[tuple[float, float]]:
    """The function from its left foot over its top to its right foot."""
    left = [(row.low, row.p) for row in reversed(function)]
    return [*left, *((row.high, row.p) for row in function if row.p < 1)]


def _draped(function: Sequence[DraperyRow], at: Panel, thin: float) -> list[str]:
    line = pixels(at, _curve(function))
    if function[0].kind == "study":
        return curve(line, at, "p-inherent", thick=thin)
    if function[0].kind == "pooled":
        return curve(line, at, "p-main-line", thick=3.0)
    ground = [(x, at.y.start) for x in (line[-1][0], line[0][0])]
    wash = area([*line, *ground], at, "p-main-wash", WASH)
    return [*wash, *curve(line, at, "p-main-line", dash=PREDICTION_DASH)]


def _said(function: Sequence[DraperyRow]) -> str:
    """What the function is of, with its interval nearest to the usual one."""
    row = min(function, key=lambda row: abs(row.p - 0.05))
    return say(
        "{name}: {level} % interval {limits}",
        name=row.label,
        level=tick_label(round(100 * (1 - row.p), 6)),
        limits=interval(row.low, row.high),
    )


def _numbers(
    studies: Sequence[Sequence[DraperyRow]], at: Panel
) -> tuple[list[str], list[Placed | None]]:
    """Numbers in a row above the tops, each led to its own; the narrowest where not all fit."""
    left, top, right, _ = frame(at)
    kept: list[int] = []
    taken = 0.0
    for i in sorted(range(len(studies)), key=lambda i: studies[i][-1].high - studies[i][-1].low):
        taken += text_width(str(studies[i][0].number), SMALL) + BETWEEN
        if taken <= right - left:
            kept.append(i)
    tops = {i: at.x.at(studies[i][0].low) for i in kept}
    kept.sort(key=lambda i: (tops[i], i))
    texts = [str(studies[i][0].number) for i in kept]
    wide = [text_width(text, SMALL) + BETWEEN for text in texts]
    places = spread([tops[i] for i in kept], wide, left, right)
    labels: list[Placed | None] = [None] * len(studies)
    drawn: list[str] = []
    for i, text, x in zip(kept, texts, places, strict=True):
        spot = Placed(text=text, x=x, y=top - ABOVE + 10, anchor="middle")
        labels[i] = spot
        drawn += [segment(tops[i], top, x, spot.y + 3, "p-axis"), spot.draw()]
    return drawn, labels


def _named(functions: Sequence[Sequence[DraperyRow]], levels: Sequence[float]) -> dict[str, str]:
    """Words of the key by what they explain."""
    names: dict[str, str] = {}
    for function in functions:
        row = function[0]
        names[row.kind] = "study, numbered at its top" if row.kind == "study" else row.label
    if levels:
        names["level"] = say(
            "p = {p}: limits of the {level} % interval",
            p=listed([tick_label(p) for p in levels], ", "),
            level=listed([tick_label(round(100 * (1 - p), 6)) for p in levels], ", "),
        )
    return names


def _items(functions: Sequence[Sequence[DraperyRow]], levels: Sequence[float]) -> list[Item]:
    samples: dict[str, Any] = {
        "study": stroke("p-inherent"),
        "pooled": lambda x, y: [value_line([(x - 13, y), (x + 13, y)])],
        "prediction": lambda x, y: [
            *swatch("p-main-wash", WASH)(x, y),
            *stroke("p-main-line", PREDICTION_DASH)(x, y - 7),
        ],
        "level": stroke("p-claim-line", LEVEL_DASH),
    }
    names = _named(functions, levels)
    return [Item(sample=samples[name], text=names[name]) for name in samples if name in names]


def drapery(
    rows_or_effects: Any,
    ax: Axes | None = None,
    *,
    measure: str = "Effect",
    levels: Sequence[float] = LEVELS,
    **options: Any,
) -> Axes:
    """The same functions with matplotlib.

    Parameters
    ----------
    rows_or_effects : sequence of DraperyRow, or effects
        What is drawn; rows are made of effects first.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    measure : str
        What is on the horizontal axis.
    levels : sequence of float
        Two-sided p at which a line is drawn.
    **options
        Of `drapery_rows`, with effects: `pooled` for instance.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = drapery({"yi": [0.1, 0.5], "vi": [0.04, 0.04]}, Figure().add_subplot())
    >>> [float(end) for end in ax.get_ylim()], len(ax.lines)
    ([0.0, 1.0], 5)
    """
    import matplotlib.pyplot as plt

    rows = rows_of(rows_or_effects, DraperyRow) or drapery_rows(rows_or_effects, **options)
    target = plt.gca() if ax is None else ax
    functions = _functions(rows)
    x, y = _axes(rows, measure)
    names = _named(functions, levels)
    handles: dict[str, Any] = {}
    look: dict[str, dict[str, Any]] = {
        "study": {"color": GREY, "linewidth": 1},
        "prediction": {"color": BLUE, "linestyle": "--"},
        "pooled": {"color": BLUE, "linewidth": 3},
    }
    for function in functions:
        kind = function[0].kind
        line = _curve(function)
        xs, ys = [point[0] for point in line], [point[1] for point in line]
        drawn = target.plot(xs, ys, label=names[kind], **look[kind])
        handles.setdefault(kind, drawn[0])
        if kind == "prediction":
            target.fill_between(xs, ys, color=BLUE, alpha=WASH, linewidth=0)
    target.axvline(1.0 if x.log else 0.0, color=GREY, linewidth=1)
    for p in levels:
        drawn = [target.axhline(p, color=ORANGE, linestyle="-.", label=names["level"])]
        handles["level"] = drawn[0]
    if x.log:
        target.set_xscale("log")
        ratio_axis(target.xaxis, x.low, x.high)
    target.set_xlim(x.low, x.high)
    target.set_ylim(0.0, 1.0)
    target.set_xlabel(x.name)
    target.set_ylabel(y.name)
    legend_below(target, list(handles.values()), inches=0.55, columns=1)
    return target
