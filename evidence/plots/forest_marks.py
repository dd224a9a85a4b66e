"""Marks of a forest plot, row by row: squares, diamonds, bars, and the words beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evidence.errors import EvidenceError
from evidence.formatting import estimate, interval, number
from evidence.messages import listed, say
from evidence.plots.forest_rows import ForestKind, ForestRow
from evidence.plots.lanes import Lane, arrow, whisker
from evidence.plots.scale import Scale, limits
from evidence.plots.svg import SMALL, group, tag, text_width, words, wrap

TOGETHER: tuple[ForestKind, ...] = ("pooled", "subgroup", "adjusted")
"""Kinds drawn as a diamond from limit to limit."""


def lane_of(
    row: ForestRow, digits: int, no_interval: str, rows: Sequence[ForestRow], i: int
) -> Lane:
    """Texts of one row.

    >>> row = ForestRow(label="Kim", kind="study", estimate=0.4, ci_low=0.1, ci_high=0.7,
    ...                 weight=0.25)
    >>> lane = lane_of(row, 2, "no interval", [row], 0)
    >>> lane.label, lane.numbers, lane.tail
    ('Kim', '0.40 (0.10 to 0.70)', '25.0 %')
    >>> alone = ForestRow(label="Sato", kind="point", estimate=0.4)
    >>> lane_of(alone, 1, "no interval", [alone], 0).note
    'no interval'
    """
    if row.kind in ("heading", "test"):
        strong = row.kind == "heading"
        return Lane(label=row.label, strong=strong, span=True, rule=strong and i > 0)
    if row.kind in ("prediction", "range"):
        numbers: str = interval(row.ci_low, row.ci_high, digits)
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
        strong=row.kind in ("pooled", "subgroup"),
        rule=row.kind == "pooled" and i > 0 and rows[i - 1].kind != "pooled",
    )


def axis_limits(rows: Sequence[ForestRow], zero: float, log: bool) -> tuple[float, float]:
    """Ends of the axis: all values and what they say together, and intervals as far as they fit.

    >>> row = ForestRow(label="Kim", kind="study", estimate=0.4, ci_low=0.1, ci_high=0.7)
    >>> low, high = axis_limits([row], 0.0, False)
    >>> low < 0.0, high > 0.7
    (True, True)
    """
    points = [row.estimate for row in rows if row.estimate is not None]
    spans = [
        (row.ci_low, row.ci_high)
        for row in rows
        if row.ci_low is not None and row.ci_high is not None
    ]
    for row in rows:
        if row.kind in ("pooled", "range") and row.ci_low is not None and row.ci_high is not None:
            points += [row.ci_low, row.ci_high]
    if not points:
        raise EvidenceError("nothing to draw: no row has a value. List the studies in a table.")
    return limits([*points, zero], spans, log=log)


def marks_of(
    row: ForestRow,
    lane: Lane,
    y: float,
    scale: Scale,
    heaviest: float,
    favours: tuple[str, str],
) -> list[str]:
    """What is drawn of one row, named for the pointer; nothing for a row of words.

    >>> row = ForestRow(label="Kim", kind="study", estimate=0.4, ci_low=0.1, ci_high=0.7)
    >>> scale = Scale(low=-1.0, high=1.0, start=100.0, stop=300.0)
    >>> drawn = marks_of(row, Lane(label="Kim", numbers="0.40"), 20.0, scale, 0.0, ("", ""))
    >>> "<title>Kim: 0.40</title>" in drawn[0], drawn[0].count("<line"), drawn[0].count("<rect")
    (True, 3, 1)
    >>> marks_of(ForestRow(label="Sato", kind="listed"), Lane(label="Sato"), 0, scale, 0, ("", ""))
    []
    """
    named = {"left": favours[0], "right": favours[1], "neither": "either side", "": ""}
    numbers = listed([part for part in (lane.numbers, lane.note) if part], "; ")
    name: str = say("{label}: {numbers}", label=row.label, numbers=numbers)
    if side := named[row.favours]:
        name = say("{name} ({side})", name=name, side=side)
    low, high, value = row.ci_low, row.ci_high, row.estimate
    if row.kind in TOGETHER and low is not None and high is not None and value is not None:
        return [group(name, *_diamond(row.kind, scale, low, value, high, y))]
    if row.kind in ("prediction", "range") and low is not None and high is not None:
        a, b = scale.at(low), scale.at(high)
        half = 3.0 if row.kind == "prediction" else 6.0
        box = {"x": a, "y": y - half, "width": b - a, "height": 2 * half, "class": "p-main-wash"}
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


def _diamond(
    kind: ForestKind, scale: Scale, low: float, value: float, high: float, y: float
) -> list[str]:
    """Solid and large for all studies, smaller for a part of them, hollow where bias is off."""
    half = 8.0 if kind == "pooled" else 6.0
    ink = "p-hollow" if kind == "adjusted" else "p-main"
    a, b, x = scale.at(low), scale.at(high), scale.at(value)
    shape = f"M{a:.2f} {y:.2f}L{x:.2f} {y - half:.2f}L{b:.2f} {y:.2f}L{x:.2f} {y + half:.2f}Z"
    drawn = [tag("path", {"d": shape, "class": ink})]
    for cut, at, way in ((low < scale.low, a, 1), (high > scale.high, b, -1)):
        if cut:  # the axis ends before the interval does
            tip = f"M{at + 7 * way:.1f} {y - 6:.1f}L{at:.1f} {y:.1f}L{at + 7 * way:.1f} {y + 6:.1f}"
            drawn.append(tag("path", {"d": tip, "class": "p-line"}))
    return drawn


def favours_below(
    favours: tuple[str, str], scale: Scale, zero: float, y: float, width: float
) -> tuple[list[str], float]:
    """Both directions under the axis, each with an arrow; wrapped into its own half.

    >>> scale = Scale(low=-1.0, high=1.0, start=100.0, stop=300.0)
    >>> drawn, end = favours_below(("worse", "better"), scale, 0.0, 10.0, 400.0)
    >>> ">worse<" in "".join(drawn), ">better<" in "".join(drawn), end
    (True, True, 39.0)
    """
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
