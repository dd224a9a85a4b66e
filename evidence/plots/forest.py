"""Forest plot: every study's result on one axis, with what they say together.

A study with a value but no interval is drawn hollow and says so; a study that printed no value is
listed in words. Neither is left out: what cannot be drawn is part of the evidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evidence.errors import EvidenceError
from evidence.formatting import estimate, number
from evidence.plots.forest_rows import ForestRow as ForestRow
from evidence.plots.forest_rows import forest_rows as forest_rows
from evidence.plots.forest_rows import is_log
from evidence.plots.lanes import NARROW, Lane, arrow, axis, lay, upright, whisker
from evidence.plots.rows import records
from evidence.plots.scale import Scale, limits
from evidence.plots.svg import SMALL, group, picture, tag, text_width, words, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_INTERVAL = "no interval can be computed"


def forest_svg(
    rows: Sequence[ForestRow],
    *,
    title: str,
    desc: str,
    log: bool = False,
    null: float | None = None,
    measure: str = "Effect",
    level: float = 0.95,
    digits: int = 2,
    favours: tuple[str, str] = ("", ""),
    footer: str = "",
    heads: tuple[str, str, str] = ("Study", "People", "Weight"),
    no_interval: str = NO_INTERVAL,
    width: float = 800.0,
) -> str:
    """The rows as SVG.

    Parameters
    ----------
    rows : sequence of ForestRow
        At least one must have a value.
    title, desc : str
        Name and description of the image.
    log : bool
        Logarithmic axis, for ratios.
    null : float, optional
        Where the line of no effect stands; 1 when `log`, else 0.
    measure : str
        What is on the axis, with its unit.
    level : float
        Confidence level of the intervals, for the heading.
    digits : int
        Decimals of the printed numbers, the same in every row.
    favours : tuple of str
        What lies to the left and to the right of no effect.
    footer : str
        A line below, for heterogeneity.
    heads : tuple of str
        Headings of the label, detail and weight columns.
    no_interval : str
        Printed where a value stands alone.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.
    """
    zero = null if null is not None else (1.0 if log else 0.0)
    lanes = [_lane(row, digits, no_interval, rows, i) for i, row in enumerate(rows)]
    has_detail = any(row.detail for row in rows)
    has_weight = any(row.weight is not None for row in rows)
    laid = lay(
        lanes,
        width=width,
        heads=(
            heads[0],
            heads[1] if has_detail else "",
            f"{measure} ({level:.0%} CI)".replace("%", " %"),
            heads[2] if has_weight else "",
        ),
    )
    low, high = _limits(rows, zero, log)
    scale = Scale(low=low, high=high, start=laid.start, stop=laid.stop, log=log)
    bottom = laid.bottom + 4

    drawn = axis(scale, laid, "" if width >= NARROW else measure)
    drawn += upright(laid, scale.at(zero), "p-axis")
    together = next((row for row in rows if row.kind == "pooled"), None)
    if together is not None and together.estimate is not None:
        drawn += upright(laid, scale.at(together.estimate), "p-main-line", dash="5 4")
    heaviest = max((row.weight or 0.0 for row in rows), default=0.0)
    for row, lane, y in zip(rows, lanes, laid.marks, strict=True):
        drawn += _marks(row, lane, y, scale, heaviest, favours)
    y = bottom + (22 if width >= NARROW else 40)
    if any(favours):
        below, y = _favours(favours, scale, zero, y + 4, width)
        drawn += below
    if footer:
        lines = wrap(footer, width, SMALL)
        drawn.append(words(0.0, y + 16, lines, size=SMALL, ink="p-muted", line=15.0))
        y += len(lines) * 15 + 6
    return picture([*laid.texts, *drawn], width=width, height=y + 8, title=title, desc=desc)


def _lane(row: ForestRow, digits: int, no_interval: str, rows: Sequence[ForestRow], i: int) -> Lane:
    if row.kind == "prediction":
        numbers = f"{number(row.ci_low, digits)} to {number(row.ci_high, digits)}"
    elif row.kind == "point":
        numbers = number(row.estimate, digits)
    elif row.kind == "listed":
        numbers = ""
    else:
        numbers = estimate(row.estimate, row.ci_low, row.ci_high, digits)
    return Lane(
        label=row.label,
        sub=row.basis,
        detail=row.detail,
        numbers=numbers,
        tail="" if row.weight is None else f"{row.weight * 100:.1f} %",
        note=no_interval
        if row.kind == "point"
        else (row.note or "no magnitude printed")
        if row.kind == "listed"
        else row.note,
        strong=row.kind == "pooled",
        rule=row.kind == "pooled" and i > 0 and rows[i - 1].kind != "pooled",
    )


def _limits(rows: Sequence[ForestRow], zero: float, log: bool) -> tuple[float, float]:
    points = [row.estimate for row in rows if row.estimate is not None]
    spans = [
        (row.ci_low, row.ci_high)
        for row in rows
        if row.ci_low is not None and row.ci_high is not None
    ]
    for row in rows:
        if row.kind == "pooled" and row.ci_low is not None and row.ci_high is not None:
            points += [row.ci_low, row.ci_high]
    if not points:
        raise EvidenceError("nothing to draw: no row has a value. List the studies in a table.")
    return limits([*points, zero], spans, log=log)


def _marks(
    row: ForestRow,
    lane: Lane,
    y: float,
    scale: Scale,
    heaviest: float,
    favours: tuple[str, str],
) -> list[str]:
    named = {"left": favours[0], "right": favours[1], "neither": "either side", "": ""}
    side = named[row.favours]
    name = f"{row.label}: {'; '.join(p for p in (lane.numbers, lane.note) if p)}"
    name += f" ({side})" if side else ""
    low, high, value = row.ci_low, row.ci_high, row.estimate
    if row.kind == "pooled" and low is not None and high is not None and value is not None:
        a, b, x = scale.at(low), scale.at(high), scale.at(value)
        shape = f"M{a:.2f} {y:.2f}L{x:.2f} {y - 8:.2f}L{b:.2f} {y:.2f}L{x:.2f} {y + 8:.2f}Z"
        return [group(name, tag("path", {"d": shape, "class": "p-main"}))]
    if row.kind == "prediction" and low is not None and high is not None:
        a, b = scale.at(low), scale.at(high)
        box = {"x": a, "y": y - 3, "width": b - a, "height": 6.0, "class": "p-main-wash"}
        return [group(name, tag("rect", box), *whisker(scale, low, high, y, "p-main-line"))]
    if value is None:
        return []
    x = scale.at(value)
    if row.kind == "point" or low is None or high is None:
        ring = tag("circle", {"cx": x, "cy": y, "r": 5.5, "class": "p-hollow"})
        return [group(name, ring)]
    side_px = 16 * math.sqrt((row.weight or 0.0) / heaviest) if heaviest > 0 else 9.0
    side_px = max(4.0, side_px)
    square = {
        "x": x - side_px / 2,
        "y": y - side_px / 2,
        "width": side_px,
        "height": side_px,
        "class": "p-main",
    }
    return [group(name, *whisker(scale, low, high, y), tag("rect", square))]


def _favours(
    favours: tuple[str, str], scale: Scale, zero: float, y: float, width: float
) -> tuple[list[str], float]:
    """Both directions under the axis, each with an arrow; wrapped into its own half."""
    x = scale.at(zero)
    drawn: list[str] = []
    depth = 0
    for text, way in zip(favours, (-1, 1), strict=True):
        if not text:
            continue
        end = scale.start if way < 0 else scale.stop
        if abs(end - x) > 16:
            drawn.append(arrow(x + 8 * way, x + way * min(70.0, abs(end - x)), y + 6))
        # room beyond the axis may be used: the columns beside it are empty down here
        room = max(60.0, (x - 8) if way < 0 else (width - x - 8))
        lines = wrap(text, min(room, 230.0), SMALL)
        widest = max(text_width(line, SMALL) for line in lines)
        at = min(max(x + 8 * way, widest if way < 0 else 0.0), width if way < 0 else width - widest)
        drawn.append(
            words(at, y + 24, lines, anchor="end" if way < 0 else "start", size=SMALL, line=15.0)
        )
        depth = max(depth, len(lines))
    return drawn, y + 14 + depth * 15


def forest(
    rows_or_pooled: object,
    ax: Axes | None = None,
    *,
    pooled: object = None,
    log: bool | None = None,
) -> Axes:
    """The same rows with matplotlib.

    Parameters
    ----------
    rows_or_pooled : sequence of ForestRow, what `forest_rows` takes, or a pooled result
        Effects, for instance. A pooled result alone is drawn as one row.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    pooled : mapping or object, optional
        The pooled result that goes with studies.
    log : bool, optional
        Logarithmic axis, for ratios; values that are not rows yet are then logs. Otherwise what
        the pooled result, or else all studies, say of themselves.

    Returns
    -------
    matplotlib Axes
    """
    import matplotlib.pyplot as plt

    if _is_pooled(rows_or_pooled):
        table, pooled = [], rows_or_pooled
    else:
        table = records(rows_or_pooled)
    if log is None:
        log = is_log(table, pooled)
    drawn = [row for row in table if isinstance(row, ForestRow)]
    rows = drawn or forest_rows(table, pooled=pooled, log=log)
    target = plt.gca() if ax is None else ax
    heaviest = max((row.weight or 0.0 for row in rows), default=0.0)
    blue = "#0072B2"
    for i, row in enumerate(rows):
        low, high, value = row.ci_low, row.ci_high, row.estimate
        if row.kind == "pooled" and low is not None and high is not None and value is not None:
            target.fill([low, value, high, value], [i, i - 0.25, i, i + 0.25], color=blue)
            target.axvline(value, color=blue, linestyle="--", linewidth=1)
            continue
        if low is not None and high is not None:
            target.plot([low, high], [i, i], color=blue if row.kind == "prediction" else "0.25")
        if value is None:
            continue
        if row.kind == "point":
            target.plot([value], [i], "o", markerfacecolor="none", markeredgecolor=blue)
        else:
            share = (row.weight or 0.0) / heaviest if heaviest > 0 else 0.3
            target.scatter([value], [i], s=max(12.0, 120 * share), marker="s", color=blue)
    target.axvline(1.0 if log else 0.0, color="0.4", linewidth=1)
    if log:
        target.set_xscale("log")
    target.set_yticks(range(len(rows)), [_ylabel(row) for row in rows])
    target.set_ylim(len(rows) - 0.5, -0.5)
    return target


def _is_pooled(given: object) -> bool:
    if isinstance(given, Mapping):
        return "estimate" in given
    return hasattr(given, "estimate") and not hasattr(given, "columns")


def _ylabel(row: ForestRow) -> str:
    if row.kind == "point":
        return f"{row.label}\n({NO_INTERVAL})"
    return (
        f"{row.label}\n({row.note or 'no magnitude printed'})"
        if row.kind == "listed"
        else row.label
    )
