"""Specification curve: every defensible analysis in order of its estimate, its choices below.

Hundreds of analyses stay one path per kind of mark. Beyond what the width can show apart,
neighbours in rank share a column: its interval is then the widest of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evidence.errors import EvidenceError
from evidence.formatting import estimate, interval, number
from evidence.messages import say, say_n, sentences
from evidence.plots.lanes import NARROW
from evidence.plots.legend import BLUE, GREY, ORANGE, legend_below
from evidence.plots.multiverse_matrix import (
    NOT_SIGNIFICANT,
    SIGNIFICANT,
    Column,
    columns_of,
    lines_of,
    matrix_of,
    path_of,
)
from evidence.plots.multiverse_rows import ChoiceRow, SpecificationRow, choice_rows
from evidence.plots.multiverse_rows import multiverse_rows as multiverse_rows
from evidence.plots.plane import ratio_axis
from evidence.plots.scale import Scale, limits, tick_label, ticks
from evidence.plots.svg import SMALL, group, picture, polygon, segment, tag, text_width, words, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES: Mapping[str, str] = {
    "effects": "effect measure",
    "estimator": "estimator of tau²",
    "test": "test of the mean",
    "excluded": "left out",
}
"""What the choices are called; others go by their own name."""
MAIN = "main analysis"
_TALL = 240.0


def multiverse_svg(
    rows: Sequence[SpecificationRow],
    *,
    title: str,
    desc: str,
    log: bool = False,
    null: float | None = None,
    measure: str = "Estimate",
    digits: int = 2,
    names: Mapping[str, str] | None = None,
    width: float = 800.0,
) -> str:
    """The analyses as SVG: estimates with intervals above, a matrix of their choices below.

    Parameters
    ----------
    rows : sequence of SpecificationRow
        From `multiverse_rows`.
    title, desc : str
        Name and description of the image.
    log : bool
        Logarithmic axis, for ratios.
    null : float, optional
        Where the line of no effect stands; 1 when `log`, else 0.
    measure : str
        What is estimated, with its unit.
    digits : int
        Decimals of the printed medians.
    names : mapping, optional
        Words for the choices.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> done = [{"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "pvalue": 0.01, "test": "z"},
    ...         {"estimate": 0.2, "ci_low": -0.1, "ci_high": 0.5, "pvalue": 0.2, "test": "HKSJ"}]
    >>> svg = multiverse_svg(multiverse_rows(done), title="All analyses", desc="Two")
    >>> "median 0.30" in svg, ">z<" in svg, ">HKSJ<" in svg
    (True, True, True)
    """
    if not rows:
        raise EvidenceError("nothing to draw: no analysis could be done.")
    zero = null if null is not None else (1.0 if log else 0.0)
    found = choice_rows(rows)
    lines = lines_of(rows, found, {**NAMES, **(names or {})}, digits)
    wide = width >= NARROW
    label_w = min(0.3 * width, max(text_width(x.label, SMALL) for x in lines) * 1.04) if wide else 0
    tail_w = max(text_width(x.said, SMALL) for x in lines) + 14 if wide else 0.0

    drawn, y = _heading(found[0], measure, digits, width)
    low, high = limits(
        [*(row.estimate for row in rows), zero], [(r.ci_low, r.ci_high) for r in rows], log=log
    )
    scale = Scale(low=low, high=high, start=y + _TALL, stop=y + 8, log=log)
    steps = ticks(scale, 6)
    axis_w = max(text_width(tick_label(v), SMALL) for v in steps) + 8
    left = max(label_w + 14, axis_w)
    right = width - max(tail_w, 6.0)
    columns = columns_of(rows, left + 4, right - 4)
    for value in steps:
        at = scale.at(value)
        drawn.append(segment(left, at, right, at, "p-grid"))
        label = words(left - 6, at + 4.5, tick_label(value), anchor="end", size=SMALL)
        drawn.append(label)
    drawn.append(segment(left, scale.at(zero), right, scale.at(zero), "p-axis"))
    at = scale.at(found[0].median)
    name = say("median {median}", median=number(found[0].median, digits))
    drawn.append(group(name, segment(left, at, right, at, "p-main-line", "5 4")))
    drawn += _curve(columns, scale)
    matrix = matrix_of(
        lines, columns, y=y + _TALL + 14, label_w=label_w, left=left, right=right, width=width
    )
    drawn += _primary(columns, y, [(y, y + _TALL), *matrix.bands], scale, digits)
    drawn += matrix.drawn
    legend, y = _legend(columns, matrix.bottom + 10, width)
    drawn += legend
    for text in _feet(rows, columns, scale):
        said = wrap(text, width, SMALL)
        drawn.append(words(0.0, y + 12, said, size=SMALL, ink="p-muted", line=15.0))
        y += 15 * len(said) + 4
    return picture(drawn, width=width, height=y + 2, title=title, desc=desc)


def _heading(found: ChoiceRow, measure: str, digits: int, width: float) -> tuple[list[str], float]:
    said = sentences(
        say_n(
            found.analyses, "{n} analysis: median {median}, estimates {range}.",
            "{n} analyses: median {median}, estimates {range}.",
            median=number(found.median, digits), range=interval(found.low, found.high, digits),
        ),
        say(
            "{significant} % are significant, {sign} % have the sign of the main one.",
            significant=number(100 * found.share_significant, 0),
            sign=number(100 * found.share_same_sign, 0),
        ),
    )  # fmt: skip
    lines = wrap(said, width)
    drawn = [words(0.0, 13, lines)]
    y = 16.0 * len(lines) + 8
    names = wrap(measure, width, SMALL)
    drawn.append(words(0.0, y + 12, names, size=SMALL, ink="p-muted", line=15.0))
    return drawn, y + 15 * len(names) + 14


def _curve(columns: Sequence[Column], scale: Scale) -> list[str]:
    """Intervals and estimates: one path per kind, so that hundreds stay small."""
    thin = columns[1].x - columns[0].x < 6 if len(columns) > 1 else False
    drawn = []
    for significant, ink in ((False, "p-inherent"), (True, "p-main-line")):
        found = [column for column in columns if column.significant == significant]
        if not found:
            continue
        spans = [
            (c.x, scale.at(min(r.ci_low for r in c.rows)), scale.at(max(r.ci_high for r in c.rows)))
            for c in found
        ]
        whiskers = path_of([((x, low), (x, high)) for x, low, high in spans])
        line = {"d": whiskers, "class": ink, "stroke-width": 1.0, "stroke-opacity": "0.55"}
        points = [
            ((c.x, scale.at(c.rows[0].estimate)), (c.x + 0.01, scale.at(c.rows[-1].estimate)))
            for c in found
        ]
        # round ends make a dot of one estimate, and a short bar of those that share a column
        dots = {
            "d": path_of(points), "class": ink, "stroke-width": 3.0 if thin else 6.0,
            "stroke-linecap": "round",
        }  # fmt: skip
        name = SIGNIFICANT if significant else NOT_SIGNIFICANT
        drawn.append(group(name, tag("path", line), tag("path", dots)))
    return drawn


def _primary(
    columns: Sequence[Column],
    top: float,
    bands: Sequence[tuple[float, float]],
    scale: Scale,
    digits: int,
) -> list[str]:
    """The main analysis: a line through everything, a triangle above it and a ring about it."""
    found = [(c.x, row) for c in columns for row in c.rows if row.primary]
    drawn = []
    for x, row in found:
        numbers = estimate(row.estimate, row.ci_low, row.ci_high, digits)
        path = path_of([((x, high), (x, low)) for high, low in bands])
        line = {"d": path, "class": "p-claim-line", "stroke-width": 1.0}
        ring = {"cx": x, "cy": scale.at(row.estimate), "r": 6.0, "class": "p-claim-line"}
        triangle = polygon(((x - 6, top - 8), (x + 6, top - 8), (x, top + 2)), "p-claim")
        name = say("main analysis: {numbers}", numbers=numbers)
        drawn.append(group(name, tag("path", line), triangle, tag("circle", ring)))
    return drawn


def _legend(columns: Sequence[Column], y: float, width: float) -> tuple[list[str], float]:
    """The marks that occur, and where they end."""
    drawn = [polygon(((3, y + 3), (15, y + 3), (9, y + 13)), "p-claim")]
    drawn.append(words(20.0, y + 12.5, MAIN, size=SMALL))
    x = 20 + text_width(MAIN, SMALL) + 14
    for significant, ink, text in (
        (True, "p-main-line", SIGNIFICANT),
        (False, "p-inherent", NOT_SIGNIFICANT),
    ):
        if any(column.significant == significant for column in columns):
            need = 20 + text_width(text, SMALL)
            if x + need > width:
                x, y = 0.0, y + 20
            drawn.append(segment(x + 9, y, x + 9, y + 16, ink))
            drawn.append(words(x + 20, y + 12.5, text, size=SMALL))
            x += need + 14
    return drawn, y + 22


def _feet(rows: Sequence[SpecificationRow], columns: Sequence[Column], scale: Scale) -> list[str]:
    feet: list[str] = []
    several = max(len(column.rows) for column in columns)
    if several > 1:
        feet.append(say("Each column holds up to {n} analyses next to each other in rank.",
                        n=several))  # fmt: skip
    cut = sum(scale.cuts(row.ci_low) or scale.cuts(row.ci_high) for row in rows)
    if cut:
        feet.append(say_n(cut, "{n} interval reaches beyond the axis.",
                          "{n} intervals reach beyond the axis."))  # fmt: skip
    return feet


def specification_curve(
    rows: Sequence[SpecificationRow],
    ax: Axes | None = None,
    *,
    log: bool = False,
    null: float | None = None,
) -> Axes:
    """The curve with matplotlib, without the matrix; returns the Axes drawn on.

    `choice_rows` gives medians and shares by choice, which the SVG prints beside its matrix.

    >>> from matplotlib.figure import Figure
    >>> done = [{"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "pvalue": 0.01, "test": "z"},
    ...         {"estimate": 0.2, "ci_low": -0.1, "ci_high": 0.5, "pvalue": 0.2, "test": "HKSJ"}]
    >>> ax = specification_curve(multiverse_rows(done), Figure().add_subplot())
    >>> [entry.get_text() for entry in ax.get_legend().get_texts()][:2]
    ['significant (50 %); dashed: median', 'not significant']
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    if not rows:
        raise EvidenceError("nothing to draw: no analysis could be done.")
    target = plt.gca() if ax is None else ax
    zero = null if null is not None else (1.0 if log else 0.0)
    for significant, colour, marker in ((False, GREY, "o"), (True, BLUE, "s")):
        part = [row for row in rows if row.significant == significant]
        ranks = [row.rank for row in part]
        low, high = ([getattr(row, name) for row in part] for name in ("ci_low", "ci_high"))
        target.vlines(ranks, low, high, color=colour, linewidth=min(0.8, 200 / len(rows)),
                      alpha=0.55)  # fmt: skip
        target.plot(
            ranks, [row.estimate for row in part], marker, color=colour, markersize=3,
            markerfacecolor=colour if significant else "none",
        )  # fmt: skip
    for row in rows:
        if row.primary:
            target.axvline(row.rank, color=ORANGE, linewidth=1)
    target.axhline(zero, color="0.4", linewidth=1)
    target.axhline(choice_rows(rows)[0].median, color=BLUE, linestyle="--", linewidth=1)
    if log:
        target.set_yscale("log")
        ratio_axis(target.yaxis, *target.get_ylim())
    target.set_xlabel("analyses, from the lowest estimate to the highest")
    whole = choice_rows(rows)[0]
    share = number(100 * whole.share_significant, 0)
    handles = [
        Patch(color=BLUE, label=f"{SIGNIFICANT} ({share} %); dashed: median"),
        Patch(color=GREY, label=NOT_SIGNIFICANT),
        Patch(color=ORANGE, label=MAIN),
    ]
    legend_below(target, handles, inches=0.5, columns=1)
    return target
