"""The interval of a percent change against the spread that nobody printed: one band per r."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evidence.effects.recover import Recovered
from evidence.errors import EvidenceError
from evidence.formatting import interval, number
from evidence.messages import say
from evidence.plots.bands import (
    SHAPES,
    STROKES,
    Entry,
    Panel,
    band,
    end_names,
    grey_wash,
    key,
    panel,
    shape,
    value_line,
)
from evidence.plots.legend import BLUE, GREY, ORANGE, legend_below
from evidence.plots.scale import tick_label
from evidence.plots.sensitivity_rows import SensitivityRow as SensitivityRow
from evidence.plots.sensitivity_rows import sensitivity_rows as sensitivity_rows
from evidence.plots.svg import group, picture, segment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CV_NAME = "assumed coefficient of variation between people (SD/mean)"


def sensitivity_svg(
    rows: Sequence[SensitivityRow],
    *,
    title: str,
    desc: str,
    axis_label: str = CV_NAME,
    width: float = 800.0,
) -> str:
    """The bands as SVG, explained beside them (below when narrow).

    Parameters
    ----------
    rows : sequence of SensitivityRow
        From `sensitivity_rows`.
    title, desc : str
        Name and description of the image.
    axis_label : str
        What the horizontal axis shows.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> from evidence.effects.recover import recover
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> rows = sensitivity_rows(recover(Study(id="serum", outcomes=(one,)), one))
    >>> svg = sensitivity_svg(rows, title="Spread not printed", desc="Four bands")
    >>> [f"<title>correlation {r}</title>" in svg for r in (0.3, 0.5, 0.7, 0.9)]
    [True, True, True, True]
    """
    curves = _curves(rows)
    percent, last = rows[0].percent, max(row.cv for row in rows if row.kind == "band")
    at = panel(
        (0.0, last),
        _heights(curves),
        width=width,
        names=(axis_label, _upright(rows)),
        margin=42.0,
    )
    drawn = [*_region(rows, at), *at.drawn]
    for i, (r, curve) in enumerate(curves.items()):
        limits = [(row.cv, row.ci_low, row.ci_high) for row in curve]
        drawn.append(band(at, limits, i, say("correlation {r}", r=f"{r:g}")))
    zero, height = at.y.at(0.0), at.y.at(percent)
    drawn.append(value_line([(at.x.start, height), (at.x.stop, height)]))
    drawn.append(group("no change", segment(at.x.start, zero, at.x.stop, zero, "p-line")))
    drawn += _median(rows, at)
    for i, row in enumerate(row for row in rows if row.kind == "touches"):
        if row.cv <= last:
            drawn.append(group(_touch_words(row, last), shape(i, at.x.at(row.cv), zero)))
    towards = [
        (c[-1].ci_high if percent < 0 else c[-1].ci_low, f"r {r:g}") for r, c in curves.items()
    ]
    drawn += end_names(at, towards)
    entries, end = key(_entries(rows, last), at)
    height = max(at.bottom, end)
    return picture([*drawn, *entries], width=width, height=height, title=title, desc=desc)


def _curves(rows: Sequence[SensitivityRow]) -> dict[float, list[SensitivityRow]]:
    """Points of each band by correlation."""
    if not rows:
        raise EvidenceError("nothing to draw: there are no rows.")
    last = max(row.cv for row in rows if row.kind == "band")
    return {
        r: [row for row in rows if row.r == r and row.cv <= last]
        for r in dict.fromkeys(row.r for row in rows)
    }


def _heights(curves: dict[float, list[SensitivityRow]]) -> tuple[float, float]:
    """Ends of the vertical axis: every limit and zero."""
    limits = [x for curve in curves.values() for row in curve for x in (row.ci_low, row.ci_high)]
    low, high = min(0.0, *limits), max(0.0, *limits)
    margin = 0.04 * (high - low or 1.0)
    return low - margin, high + margin


def _upright(rows: Sequence[SensitivityRow]) -> str:
    return say("change from baseline (%), {level} % interval", level=f"{100 * rows[0].level:g}")


def _region(rows: Sequence[SensitivityRow], at: Panel) -> list[str]:
    ends = _region_ends(rows)
    if ends is None:
        return []
    a, b = at.x.at(ends[0]), at.x.at(ends[1])
    high, low = at.y.stop, at.y.start
    area = grey_wash(a, high, b - a, low - high)
    return [group(_region_words(rows), area, *(segment(x, high, x, low, "p-axis") for x in (a, b)))]


def _median(rows: Sequence[SensitivityRow], at: Panel) -> list[str]:
    row = next((row for row in rows if row.kind == "median"), None)
    if row is None:
        return []
    x = at.x.at(row.cv)
    line = segment(x, at.y.stop, x, at.y.start, "p-claim-line", "7 3 2 3")
    return [group(say("{name}: {value}", name=_median_words(row), value=f"{row.cv:g}"), line)]


def _region_ends(rows: Sequence[SensitivityRow]) -> tuple[float, float] | None:
    found = [row.cv for row in rows if row.kind == "region"]
    return (min(found), max(found)) if found else None


def _region_words(rows: Sequence[SensitivityRow]) -> str:
    inside = [row for row in rows if row.label == "bounded"]
    said = "plausible for this outcome (bounded)"
    if not inside:
        return said
    worst = max(inside, key=_length)
    best = min(inside, key=_length)
    return say(
        "{said}: at worst {worst}, at best {best}",
        said=said,
        worst=interval(worst.ci_low, worst.ci_high, 1),
        best=interval(best.ci_low, best.ci_high, 1),
    )


def _length(row: SensitivityRow) -> float:
    return row.ci_high - row.ci_low


def _median_words(row: SensitivityRow) -> str:
    return say("median of the prior {prior} (imputed)", prior=row.prior)


def _touch_words(row: SensitivityRow, last: float) -> str:
    if row.cv > last:
        return say("correlation {r}: interval reaches zero, beyond the axis", r=f"{row.r:g}")
    return say("correlation {r}: interval reaches zero", r=f"{row.r:g}")


def _entries(rows: Sequence[SensitivityRow], last: float) -> list[Entry]:
    entries = [
        Entry(
            kind="band",
            head=f"CV {number(row.cv, 2)}",
            said=_touch_words(row, last),
            i=i,
            marked=row.cv <= last,
        )
        for i, row in enumerate(row for row in rows if row.kind == "touches")
    ]
    said = "the change from baseline itself"
    entries.append(
        Entry(kind="value", head=f"{tick_label(round(rows[0].percent, 2))} %", said=said)
    )
    if (ends := _region_ends(rows)) is not None:
        head = say("CV {low} to {high}", low=tick_label(ends[0]), high=tick_label(ends[1]))
        entries.append(Entry(kind="wash", head=head, said=_region_words(rows)))
    if (row := next((row for row in rows if row.kind == "median"), None)) is not None:
        entries.append(Entry(kind="line", head=f"CV {tick_label(row.cv)}", said=_median_words(row)))
    return entries


def sensitivity(
    rows_or_recovered: Sequence[SensitivityRow] | Recovered, ax: Axes | None = None
) -> Axes:
    """The same bands with matplotlib.

    Parameters
    ----------
    rows_or_recovered : sequence of SensitivityRow, or Recovered
        What is drawn; rows are made of a `Recovered` first.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from evidence.effects.recover import recover
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> ax = sensitivity(recover(Study(id="serum", outcomes=(one,)), one), Figure().add_subplot())
    >>> ax.get_legend().get_texts()[0].get_text()
    'r = 0.3: reaches zero at CV 0.68'
    """
    import matplotlib.pyplot as plt

    given = rows_or_recovered
    rows = sensitivity_rows(given) if isinstance(given, Recovered) else given
    curves = _curves(rows)
    target = plt.gca() if ax is None else ax
    last = max(row.cv for row in rows if row.kind == "band")
    others: list[Any] = []
    if (ends := _region_ends(rows)) is not None:
        span = target.axvspan(*ends, color=GREY, alpha=0.2, linewidth=0)
        span.set_label(f"CV {ends[0]:g} to {ends[1]:g}: plausible (bounded)")
        others.append(span)
    if (row := next((row for row in rows if row.kind == "median"), None)) is not None:
        said = f"CV {row.cv:g}: {_median_words(row)}"
        others.append(target.axvline(row.cv, color=ORANGE, linestyle="-.", label=said))
    handles: list[Any] = []
    touching = [row for row in rows if row.kind == "touches"]
    for i, (row, curve) in enumerate(zip(touching, curves.values(), strict=True)):
        xs = [point.cv for point in curve]
        low, high = [point.ci_low for point in curve], [point.ci_high for point in curve]
        target.fill_between(xs, low, high, color=BLUE, alpha=0.14, linewidth=0)
        for edge in (low, high):
            target.plot(xs, edge, STROKES[i], color=BLUE, linewidth=1.2)
        inside = row.cv <= last
        marks = [row.cv] if inside else []
        said = f"r = {row.r:g}: reaches zero at CV {row.cv:.2f}" + (
            "" if inside else " (beyond the axis)"
        )
        target.plot(marks, [0.0] * len(marks), SHAPES[i], color=BLUE, zorder=3)
        handles += target.plot(
            [], [], STROKES[i] + (SHAPES[i] if inside else ""), color=BLUE, label=said
        )
    target.axhline(rows[0].percent, color=BLUE, linewidth=2)
    target.axhline(0.0, color="0.3", linewidth=1)
    target.set_xlim(0.0, last)
    target.set_ylim(*_heights(curves))
    target.set_xlabel(CV_NAME)
    # two lines that hang from the top: one line is longer than a small figure is tall
    target.set_ylabel(_upright(rows).replace(", ", "\n"), loc="top")
    legend_below(target, [*handles, *others], inches=0.55, columns=1)
    return target
