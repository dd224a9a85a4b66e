"""Points lost on the way from 100 to the reliability score, component by component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evidence.errors import EvidenceError
from evidence.formatting import MINUS, number
from evidence.messages import capital, listed, say
from evidence.plots.lanes import NARROW, Lane, axis, lay, whisker
from evidence.plots.legend import BLUE, GREY, ORANGE, legend_below
from evidence.plots.rows import records, take, take_number, take_text
from evidence.plots.scale import Scale
from evidence.plots.svg import SMALL, group, picture, segment, tag, text_width, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

StepKind = Literal["start", "known", "unreported", "inherent", "end"]

STATUS: Mapping[str, str] = {
    "known": "known flaw",
    "unreported": "not reported",
    "inherent": "inherent in any study",
}
"""Why a component costs points, in words."""

_INK = {
    "start": "p-start",
    "known": "p-known",
    "unreported": "p-unreported",
    "inherent": "p-inherent",
    "end": "p-main",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallRow:
    """One step: points lost take the score from `before` down to `after`."""

    label: str
    kind: StepKind
    points_lost: float
    before: float
    after: float
    low: float | None = None  # range of the score, on the last row alone
    high: float | None = None
    note: str = ""


def waterfall_rows(
    components: object,
    *,
    value: float,
    low: float | None = None,
    high: float | None = None,
    labels: Mapping[Any, str] | None = None,
    start_label: str = "A perfect result",
    end_label: str = "Reliability",
) -> list[WaterfallRow]:
    """Steps from 100 to the score, in the order given.

    Parameters
    ----------
    components : data frame, or iterable of mappings or objects
        With `name`, `status` ("known", "unreported" or "inherent") and `points_lost`.
    value : float
        The score, 0 to 100.
    low, high : float, optional
        Its range.
    labels : mapping, optional
        Words for component names; otherwise the name with spaces.
    start_label, end_label : str
        What the first and the last row are called.

    Raises
    ------
    EvidenceError
        The points lost do not add up to 100 − score, one of them is negative, or a status is
        unknown.

    Examples
    --------
    >>> rows = waterfall_rows(
    ...     [{"name": "no_control", "status": "known", "points_lost": 60.0},
    ...      {"name": "sampling", "status": "inherent", "points_lost": 25.0}], value=15.0)
    >>> [(row.label, row.after) for row in rows]
    [('A perfect result', 100.0), ('no control', 40.0), ('sampling', 15.0), ('Reliability', 15.0)]
    """
    left = 100.0
    rows = [
        WaterfallRow(label=start_label, kind="start", points_lost=0.0, before=100.0, after=left)
    ]
    for component in records(components):
        name = take_text(component, "name", "component")
        status = take(component, "status")
        lost = take_number(component, "points_lost")
        if status not in STATUS:
            raise EvidenceError(f"{name}: status {status!r} is not one of {', '.join(STATUS)}.")
        if lost is None or lost < -1e-9:
            raise EvidenceError(f"{name}: points lost must be zero or more, not {lost}.")
        after = left - lost
        rows.append(
            WaterfallRow(
                label=(labels or {}).get(name, name.replace("_", " ")),
                kind=status,
                points_lost=lost,
                before=left,
                after=after,
                note=take_text(component, "note", "reason"),
            )
        )
        left = after
    if abs(left - value) > 1e-6 * 100:
        raise EvidenceError(
            f"points lost add up to {100 - left:.4f}, but a score of {value:.4f} "
            f"has lost {100 - value:.4f}."
        )
    rows.append(
        WaterfallRow(
            label=end_label,
            kind="end",
            points_lost=0.0,
            before=value,
            after=value,
            low=low,
            high=high,
        )
    )
    return rows


def waterfall_svg(
    rows: Sequence[WaterfallRow],
    *,
    title: str,
    desc: str,
    status: Mapping[str, str] = STATUS,
    axis_label: str = "points of 100",
    range_word: str = "range",
    width: float = 800.0,
) -> str:
    """The steps as SVG: three fillings say why, so that colour is not needed.

    Parameters
    ----------
    rows : sequence of WaterfallRow
        From `waterfall_rows`.
    title, desc : str
        Name and description of the image.
    status : mapping
        Words for "known", "unreported", "inherent", printed under each step.
    axis_label, range_word : str
        Words of the axis and of the range.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> lost = [{"name": "no_control", "status": "known", "points_lost": 60.0}]
    >>> rows = waterfall_rows(lost, value=40.0)
    >>> svg = waterfall_svg(rows, title="Score", desc="From 100 to 40")
    >>> svg.count("<g><title>"), "no control" in svg.lower()
    (3, True)
    """
    lanes = [_lane(row, status, range_word) for row in rows]
    kinds = [kind for kind in STATUS if any(row.kind == kind for row in rows)]
    legend, top = _legend(kinds, status, width)
    laid = lay(lanes, width=width, top=top)
    scale = Scale(low=0.0, high=100.0, start=laid.start, stop=laid.stop)
    bottom = laid.bottom + 4
    drawn = axis(scale, laid, axis_label)
    for i, (row, lane, y) in enumerate(zip(rows, lanes, laid.marks, strict=True)):
        full = row.kind in ("start", "end")
        a, b = scale.at(0.0 if full else row.after), scale.at(row.before)
        half = 9.0 if width >= NARROW else 7.0
        bar: dict[str, object] = {
            "x": a,
            "y": y - half,
            "width": max(b - a, 1.5),
            "height": 2 * half,
        }
        marks = [tag("rect", {**bar, "class": _INK[row.kind]})]
        if row.kind in ("unreported", "inherent"):
            pattern = {**bar, "fill": f"url(#KEY-{row.kind})", "stroke": "none"}
            marks.insert(0, tag("rect", pattern))
        if row.low is not None and row.high is not None:
            marks += whisker(scale, row.low, row.high, y + half + 5, "p-line")
        drawn.append(group(say("{name}: {value}", name=row.label, value=lane.numbers), *marks))
        if i + 1 < len(rows) and width >= NARROW:  # narrow: it would cross the texts
            x = scale.at(row.after)
            drawn.append(segment(x, y + half, x, laid.marks[i + 1] - half, "p-axis", dash="2 3"))
    return picture(
        [*legend, *laid.texts, *drawn],
        width=width,
        height=bottom + 46,
        title=title,
        desc=desc,
        defs=_PATTERNS,
    )


_PATTERNS = tag(
    "pattern",
    {
        "id": "KEY-unreported",
        "width": 6,
        "height": 6,
        "patternUnits": "userSpaceOnUse",
        "patternTransform": "rotate(45)",
    },
    tag("line", {"x1": 1.5, "y1": 0.0, "x2": 1.5, "y2": 6.0, "class": "p-claim-line"}),
) + tag(
    "pattern",
    {"id": "KEY-inherent", "width": 6, "height": 6, "patternUnits": "userSpaceOnUse"},
    tag("circle", {"cx": 2.0, "cy": 2.0, "r": 1.2, "class": "p-dots"}),
)


def _lane(row: WaterfallRow, status: Mapping[str, str], range_word: str) -> Lane:
    if row.kind == "start":
        return Lane(label=row.label, numbers="100", strong=True)
    if row.kind == "end":
        spread = (
            say(
                "{range} {low}–{high}",
                range=range_word,
                low=number(row.low, 0),
                high=number(row.high, 0),
            )
            if row.low is not None and row.high is not None
            else ""
        )
        return Lane(
            label=row.label, sub=spread, numbers=number(row.after, 0), strong=True, rule=True
        )
    said = listed((p for p in (status[row.kind], row.note) if p), " · ")
    return Lane(label=capital(row.label), sub=said, numbers=_points(row.points_lost))


def _points(lost: float) -> str:
    if lost == 0:
        return "0"
    return MINUS + (
        number(lost, 0) if lost >= 0.95 else number(lost, 1) if lost >= 0.05 else "<0.1"
    )


def _legend(
    kinds: Sequence[str], status: Mapping[str, str], width: float
) -> tuple[list[str], float]:
    drawn: list[str] = []
    x, y = 0.0, 2.0
    for kind in kinds:
        need = 24 + text_width(status[kind], SMALL) + 20
        if x and x + need - 20 > width:
            x, y = 0.0, y + 20
        box: dict[str, object] = {"x": x + 1, "y": y, "width": 16.0, "height": 12.0}
        if kind != "known":
            drawn.append(tag("rect", {**box, "fill": f"url(#KEY-{kind})", "stroke": "none"}))
        drawn.append(tag("rect", {**box, "class": _INK[kind]}))
        drawn.append(words(x + 24, y + 10.5, status[kind], size=SMALL))
        x += need
    return drawn, (y + 26 if kinds else 0.0)


def waterfall(
    rows: Sequence[WaterfallRow],
    ax: Axes | None = None,
    *,
    status: Mapping[str, str] = STATUS,
) -> Axes:
    """The same steps with matplotlib; returns the Axes drawn on.

    `status` holds the words of the legend, which is below the axis.

    >>> from matplotlib.figure import Figure
    >>> lost = [{"name": "no_control", "status": "known", "points_lost": 60.0}]
    >>> rows = waterfall_rows(lost, value=40.0)
    >>> ax = waterfall(rows, Figure().add_subplot())
    >>> [(float(bar.get_x()), float(bar.get_width())) for bar in ax.patches]
    [(0.0, 100.0), (40.0, 60.0), (0.0, 40.0)]
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    target = plt.gca() if ax is None else ax
    for i, row in enumerate(rows):
        full = row.kind in ("start", "end")
        left, right = (0.0 if full else row.after), row.before
        target.barh(
            i,
            right - left,
            left=left,
            **_FILL[row.kind],
        )
        if row.low is not None and row.high is not None:
            target.plot([row.low, row.high], [i, i], color="black", marker="|")
    target.set_yticks(range(len(rows)), [capital(row.label) for row in rows])
    target.set_ylim(len(rows) - 0.5, -0.5)
    target.set_xlim(0, 100)
    target.set_xlabel("points of 100")
    kinds = [kind for kind in STATUS if any(row.kind == kind for row in rows)]
    handles = [Patch(label=status[kind], **_FILL[kind]) for kind in kinds]
    if handles:
        legend_below(target, handles, inches=0.5, columns=len(handles))
    return target


_FILL: Mapping[str, dict[str, Any]] = {
    "start": {"facecolor": GREY, "edgecolor": GREY},
    "known": {"facecolor": ORANGE, "edgecolor": ORANGE},
    "unreported": {"facecolor": "white", "edgecolor": ORANGE, "hatch": "////"},
    "inherent": {"facecolor": "white", "edgecolor": GREY, "hatch": "...."},
    "end": {"facecolor": BLUE, "edgecolor": BLUE},
}
"""Fillings that differ without colour, as in the SVG."""
