"""Bubble plot of a meta-regression: studies as disks as large as their weight, and the line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import say
from evidence.plots.bands import Panel
from evidence.plots.bubble_rows import BubbleRow as BubbleRow
from evidence.plots.bubble_rows import bubble_rows as bubble_rows
from evidence.plots.legend import BLUE, GREY, legend_below
from evidence.plots.plane import (
    Axis,
    Item,
    Pixel,
    area,
    axis_ends,
    axis_words,
    curve,
    key,
    pixels,
    plane,
    ratio_axis,
    ratio_limits,
    rows_of,
    stroke,
    swatch,
)
from evidence.plots.scale import limits, tick_label
from evidence.plots.svg import group, picture, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST, SMALLEST = 16.0, 2.5
"""Radius of the heaviest disk, and of the smallest that can still be seen."""
WASH = 0.16
PREDICTION_DASH = "5 4"


def bubble_svg(
    rows: Sequence[BubbleRow],
    *,
    title: str,
    desc: str,
    measure: str = "Effect",
    moderator: str = "",
    prediction: bool = True,
    width: float = 800.0,
) -> str:
    """The disks and the line as SVG, the key beside them (below when narrow).

    Parameters
    ----------
    rows : sequence of BubbleRow
        From `bubble_rows`.
    title, desc : str
        Name and description of the image.
    measure : str
        What is on the upright axis, with its unit.
    moderator : str
        What is on the horizontal axis, with its unit; its name in the model otherwise.
    prediction : bool
        Draw the limits for a further study's true effect, where the rows have them.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> from evidence.synthesis.regression import regress
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03], "weeks": [2, 4, 8, 8]}
    >>> rows = bubble_rows(regress(table, moderators=["weeks"]))
    >>> svg = bubble_svg(rows, title="Weeks", desc="Four studies", measure="SMD")
    >>> svg.count("<g><title>"), ">weeks<" in svg, ">SMD<" in svg
    (4, True, True)
    """
    x, y = _axes(rows, measure, moderator, prediction)
    at = plane(x, y, width=width)
    drawn = [*at.drawn]
    if y.low <= _null(rows) <= y.high:
        drawn += curve(pixels(at, [(x.low, _null(rows)), (x.high, _null(rows))]), at, "p-axis")
    drawn += area(_around(rows, at), at, "p-main-wash", WASH)
    if prediction:
        for limit in ("pi_low", "pi_high"):
            drawn += curve(_line(rows, at, limit), at, "p-main-line", dash=PREDICTION_DASH)
    drawn += curve(_line(rows, at, "estimate"), at, "p-main-line", thick=2.5)
    # the heavy ones first, so that none hides a light one
    studies = sorted(_studies(rows), key=lambda row: -(row.weight or 0.0))
    for row in studies:
        disk = _disk(at.x.at(row.x), at.y.at(row.estimate), _radius(row, studies))
        drawn.append(group(_said(row), disk))
    entries, end = key(_items(rows, prediction), at)
    height = max(at.bottom, end) + 2
    return picture([*drawn, *entries], width=width, height=height, title=title, desc=desc)


def _disk(x: float, y: float, radius: float) -> str:
    look = {"class": "p-point", "fill-opacity": "0.55"}
    return tag("circle", {"cx": x, "cy": y, "r": radius, **look})


def _studies(rows: Sequence[BubbleRow]) -> list[BubbleRow]:
    found = [row for row in rows if row.kind == "study"]
    if not found or len(found) == len(rows):
        raise EvidenceError("nothing to draw: studies and the fitted line are needed.")
    return found


def _radius(row: BubbleRow, studies: Sequence[BubbleRow]) -> float:
    """The area follows the weight."""
    heaviest = max(other.weight or 0.0 for other in studies)
    largest = LARGEST if len(studies) <= 40 else 0.6 * LARGEST
    return max(SMALLEST, largest * math.sqrt((row.weight or 0.0) / heaviest))


def _axes(
    rows: Sequence[BubbleRow], measure: str, moderator: str, prediction: bool
) -> tuple[Axis, Axis]:
    """All studies and the limits, unless these would squash the rest."""
    ratio = rows[0].ratio if rows else False
    points = [row.estimate for row in _studies(rows)]
    spans = []
    for row in rows:
        for low, high in (
            (row.ci_low, row.ci_high),
            (row.pi_low, row.pi_high) if prediction else (None, None),
        ):
            if low is not None and high is not None:
                spans.append((low, high))
    low, high = ratio_limits(points, spans) if ratio else limits(points, spans)
    first, last = axis_ends([row.x for row in rows], margin=0.06)
    return (
        Axis(low=first, high=last, name=moderator or rows[0].moderator),
        Axis(low=low, high=high, name=axis_words(measure, ratio=ratio), log=ratio),
    )


def _null(rows: Sequence[BubbleRow]) -> float:
    return 1.0 if rows[0].ratio else 0.0


def _line(rows: Sequence[BubbleRow], at: Panel, name: str) -> list[Pixel]:
    found = [(row.x, getattr(row, name)) for row in rows if row.kind == "fit"]
    return pixels(at, [(x, value) for x, value in found if value is not None])


def _around(rows: Sequence[BubbleRow], at: Panel) -> list[Pixel]:
    return [*_line(rows, at, "ci_low"), *reversed(_line(rows, at, "ci_high"))]


def _said(row: BubbleRow) -> str:
    return say(
        "{study}: {value} at {moderator} {x}, weight {share} %",
        study=row.label,
        value=number(row.estimate, 2),
        moderator=row.moderator,
        x=tick_label(round(row.x, 4)),
        share=number(100 * (row.weight or 0.0), 1),
    )


def _named(rows: Sequence[BubbleRow], prediction: bool) -> dict[str, str]:
    """Words of the key by what they explain."""
    fit = next(row for row in rows if row.kind == "fit")
    level = tick_label(round(100 * (fit.level or 0.0), 6))
    names = {
        "study": "study; its area follows its weight",
        "fit": "mean effect by the meta-regression",
        "mean": say("{level} % interval of the mean effect", level=level),
    }
    if prediction and fit.pi_low is not None:
        names["further"] = say("{level} % of further studies' true effects", level=level)
    return names


def _items(rows: Sequence[BubbleRow], prediction: bool) -> list[Item]:
    samples: dict[str, Any] = {
        "study": lambda x, y: [_disk(x - 6, y, 7.0), _disk(x + 8, y, 4.0)],
        "fit": stroke("p-main-line"),
        "mean": swatch("p-main-wash", WASH),
        "further": stroke("p-main-line", PREDICTION_DASH),
    }
    names = _named(rows, prediction)
    return [Item(sample=samples[name], text=text) for name, text in names.items()]


def bubble(
    rows_or_fit: Any,
    ax: Axes | None = None,
    *,
    measure: str = "Effect",
    prediction: bool = True,
    **options: Any,
) -> Axes:
    """The same disks and line with matplotlib.

    Parameters
    ----------
    rows_or_fit : sequence of BubbleRow, or RegressionFit
        What is drawn; rows are made of a fit first.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    measure : str
        What is on the upright axis.
    prediction : bool
        Draw the limits for a further study's true effect.
    **options
        Of `bubble_rows`, with a fit: `moderator` for instance.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from evidence.synthesis.regression import regress
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03], "weeks": [2, 4, 8, 8]}
    >>> ax = bubble(regress(table, moderators=["weeks"]), Figure().add_subplot(), measure="SMD")
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('weeks', 'SMD')
    """
    import matplotlib.pyplot as plt

    rows = rows_of(rows_or_fit, BubbleRow) or bubble_rows(rows_or_fit, **options)
    target = plt.gca() if ax is None else ax
    x, y = _axes(rows, measure, "", prediction)
    names = _named(rows, prediction)
    fit = [row for row in rows if row.kind == "fit"]
    xs = [row.x for row in fit]
    wash = target.fill_between(
        xs,
        [row.ci_low or 0.0 for row in fit],
        [row.ci_high or 0.0 for row in fit],
        color=BLUE,
        alpha=WASH,
        linewidth=0,
        label=names["mean"],
    )
    lines = target.plot(xs, [row.estimate for row in fit], color=BLUE, label=names["fit"])
    if "further" in names:
        for limit, label in (("pi_low", None), ("pi_high", names["further"])):
            edge = target.plot(xs, [getattr(row, limit) for row in fit], "--", color=BLUE)
            edge[0].set_label(label or "_")
            lines += edge if label else []
    target.axhline(_null(rows), color=GREY, linewidth=1)
    studies = sorted(_studies(rows), key=lambda row: -(row.weight or 0.0))
    target.scatter(
        [row.x for row in studies],
        [row.estimate for row in studies],
        s=[(2 * _radius(row, studies)) ** 2 for row in studies],
        facecolor=BLUE,
        edgecolor=plt.rcParams["axes.edgecolor"],
        alpha=0.6,
        zorder=3,
    )
    sample = target.plot([], [], "o", color=BLUE, alpha=0.6, label=names["study"])
    if y.log:
        target.set_yscale("log")
        ratio_axis(target.yaxis, y.low, y.high)
    target.set_xlim(x.low, x.high)
    target.set_ylim(y.low, y.high)
    target.set_xlabel(x.name)
    target.set_ylabel(y.name)
    handles: list[Any] = [*sample, *lines, wash]
    legend_below(target, handles, inches=0.55, columns=1)
    return target
