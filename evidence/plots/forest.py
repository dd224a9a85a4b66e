"""Forest plot: every study's result on one axis, with what they say together.

A study with a value but no interval is drawn hollow and says so; a study that printed no value is
listed in words. Neither is left out: what cannot be drawn is part of the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from evidence.messages import say
from evidence.plots.forest_groups import adjusted_rows as adjusted_rows
from evidence.plots.forest_groups import heterogeneity_row as heterogeneity_row
from evidence.plots.forest_groups import subgroup_rows as subgroup_rows
from evidence.plots.forest_marks import (
    TOGETHER,
    axis_limits,
    favours_below,
    lane_of,
    marks_of,
)
from evidence.plots.forest_rows import ForestRow as ForestRow
from evidence.plots.forest_rows import forest_rows as forest_rows
from evidence.plots.forest_rows import is_log
from evidence.plots.lanes import NARROW, axis, lay, upright
from evidence.plots.legend import BLUE
from evidence.plots.plane import ratio_axis
from evidence.plots.rows import records
from evidence.plots.scale import Scale
from evidence.plots.svg import SMALL, picture, words, wrap

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

    Examples
    --------
    >>> rows = forest_rows([{"label": "Kim 2019", "yi": 0.4, "ci_low": 0.1, "ci_high": 0.7},
    ...                     {"label": "Sato 2021", "note": "no number printed"}])
    >>> svg = forest_svg(rows, title="Wrinkles", desc="Two studies", favours=("worse", "better"))
    >>> "0.40 (0.10 to 0.70)" in svg, "no number printed" in svg, "better" in svg
    (True, True, True)
    """
    zero = null if null is not None else (1.0 if log else 0.0)
    lanes = [lane_of(row, digits, no_interval, rows, i) for i, row in enumerate(rows)]
    has_detail = any(row.detail for row in rows)
    has_weight = any(row.weight is not None for row in rows)
    laid = lay(
        lanes,
        width=width,
        heads=(
            heads[0],
            heads[1] if has_detail else "",
            say("{measure} ({level} % CI)", measure=measure, level=f"{100 * level:.0f}"),
            heads[2] if has_weight else "",
        ),
    )
    low, high = axis_limits(rows, zero, log)
    scale = Scale(low=low, high=high, start=laid.start, stop=laid.stop, log=log)
    bottom = laid.bottom + 4

    drawn = axis(scale, laid, "" if width >= NARROW else measure)
    drawn += upright(laid, scale.at(zero), "p-axis")
    together = next((row for row in rows if row.kind == "pooled"), None)
    if together is not None and together.estimate is not None:
        drawn += upright(laid, scale.at(together.estimate), "p-main-line", dash="5 4")
    heaviest = _heaviest(rows)
    for row, lane, y in zip(rows, lanes, laid.marks, strict=True):
        drawn += marks_of(row, lane, y, scale, heaviest, favours)
    y = bottom + (22 if width >= NARROW else 40)
    if any(favours):
        below, y = favours_below(favours, scale, zero, y + 4, width)
        drawn += below
    if footer:
        lines = wrap(footer, width, SMALL)
        drawn.append(words(0.0, y + 16, lines, size=SMALL, ink="p-muted", line=15.0))
        y += len(lines) * 15 + 6
    return picture([*laid.texts, *drawn], width=width, height=y + 8, title=title, desc=desc)


def _heaviest(rows: Sequence[ForestRow]) -> float:
    """The weight of the heaviest study; subgroups have more."""
    return max((row.weight or 0.0 for row in rows if row.kind == "study"), default=0.0)


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

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = forest([{"label": "Kim", "yi": 0.4, "vi": 0.04}, {"label": "Sato", "yi": -0.1}],
    ...             Figure().add_subplot())
    >>> [name.get_text().splitlines()[-1] for name in ax.get_yticklabels()]
    ['Kim', '(no interval can be computed)']
    >>> [round(float(end), 3) for end in ax.lines[0].get_xdata()]
    [0.008, 0.792]
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
    heaviest = _heaviest(rows)
    for i, row in enumerate(rows):
        _draw(target, row, i, heaviest)
    target.axvline(1.0 if log else 0.0, color="0.4", linewidth=1)
    if log:
        target.set_xscale("log")
        ratio_axis(target.xaxis, *target.get_xlim())
    target.set_yticks(range(len(rows)), [_ylabel(row) for row in rows])
    for i, (row, label) in enumerate(zip(rows, target.get_yticklabels(), strict=True)):
        if row.kind == "heading":
            label.set_fontweight("bold")
        if row.kind == "test":  # beside the axes it would push them aside
            target.text(0.01, i, row.label, transform=target.get_yaxis_transform(), va="center",
                        fontsize="x-small", bbox=_PLATE, clip_on=True)  # fmt: skip
    target.set_ylim(len(rows) - 0.5, -0.5)
    return target


_PLATE: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}


def _draw(target: Axes, row: ForestRow, i: int, heaviest: float) -> None:
    """Marks of one row at height `i`."""
    low, high, value = row.ci_low, row.ci_high, row.estimate
    if row.kind in TOGETHER and low is not None and high is not None and value is not None:
        tall = 0.25 if row.kind == "pooled" else 0.18
        face = "none" if row.kind == "adjusted" else BLUE
        target.fill(
            [low, value, high, value], [i, i - tall, i, i + tall], facecolor=face, edgecolor=BLUE
        )
        if row.kind == "pooled":
            target.axvline(value, color=BLUE, linestyle="--", linewidth=1)
        return
    if low is not None and high is not None:
        wide = row.kind in ("prediction", "range")
        target.plot(
            [low, high], [i, i], color=BLUE if wide else "0.25",
            linewidth=5 if row.kind == "range" else None,
        )  # fmt: skip
    if value is None:
        return
    if row.kind == "point":
        target.plot([value], [i], "o", markerfacecolor="none", markeredgecolor=BLUE)
    else:
        share = (row.weight or 0.0) / heaviest if heaviest > 0 else 0.3
        target.scatter([value], [i], s=max(12.0, 120 * share), marker="s", color=BLUE)


def _is_pooled(given: object) -> bool:
    if isinstance(given, Mapping):
        return "estimate" in given
    return hasattr(given, "estimate") and not hasattr(given, "columns")


def _ylabel(row: ForestRow) -> str:
    if row.kind == "test":
        return ""
    if row.kind == "heading":
        return shorten(row.label, 44, placeholder="…")
    if row.kind == "point":
        return f"{row.label}\n({NO_INTERVAL})"
    return (
        f"{row.label}\n({row.note or 'no magnitude printed'})"
        if row.kind == "listed"
        else row.label
    )
