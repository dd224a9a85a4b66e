"""Cumulative forest plot: what all studies said together each time one more was known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evidence.effects.effect import ratio_of_log
from evidence.errors import EvidenceError
from evidence.formatting import estimate, number
from evidence.messages import say
from evidence.plots.lanes import NARROW, Lane, axis, lay, upright, whisker
from evidence.plots.legend import BLUE, GREY
from evidence.plots.plane import axis_words, ratio_axis, ratio_limits, rows_of
from evidence.plots.scale import Scale, limits
from evidence.plots.svg import group, picture, polygon, tag
from evidence.synthesis.effect_table import EffectSource, effect_table
from evidence.synthesis.pool import LOG_MEASURES
from evidence.synthesis.refits import Refits, cumulate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HALF = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeRow:
    """The first `k` studies pooled, on the scale that is printed (ratios, not logs).

    `added` is the study that joined last and `order` what it was sorted by, as text. `i2` is in
    percent; None while one study is alone.
    """

    added: str
    order: str
    k: int
    estimate: float
    ci_low: float
    ci_high: float
    level: float
    pvalue: float | None
    tau2: float | None
    i2: float | None
    ratio: bool = False


def cumulative_rows(
    effects: EffectSource | Refits,
    order: str | Sequence[Any] | None = None,
    *,
    log: bool | None = None,
    **options: Any,
) -> list[CumulativeRow]:
    """Rows of a cumulative forest plot, from the first study alone to all of them.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping, or Refits
        What is pooled, or what `cumulate` made of it.
    order : str or sequence of length k, optional
        What to sort by, ascending: values such as years, or the name of a column. Not given: the
        order of the rows.
    log : bool, optional
        The effects are logarithms of ratios; the rows hold the ratios. Otherwise what the measure
        of the effects says; `Refits` do not know theirs.
    **options
        Of `evidence.synthesis.pool.pool`: tau2, test, level, fixed_tau2.

    Raises
    ------
    EvidenceError
        `Refits` that leave studies out instead, or an order for what is in one already.

    References
    ----------
    Lau et al. (1992), N Engl J Med 327:248–254. https://doi.org/10.1056/NEJM199207233270406
    Lau, Schmid & Chalmers (1995), J Clin Epidemiol 48:45–57.
    https://doi.org/10.1016/0895-4356(94)00106-Z

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05], "year": [2021, 2010, 2015]}
    >>> rows = cumulative_rows(table, "year", tau2="EE", test="z")
    >>> [(row.order, row.k, round(row.estimate, 4)) for row in rows]
    [('2010', 1, 0.3), ('2015', 2, 0.4875), ('2021', 3, 0.3)]
    """
    if isinstance(effects, Refits):
        refits, measure = effects, effects.whole.measure
        if order is not None or options:
            raise EvidenceError("order and options belong to cumulate(), which has run already.")
        if refits.kind != "cumulative":
            raise EvidenceError(f"these refits are {refits.kind}; make them with cumulate().")
    else:
        refits, measure = cumulate(effects, order, **options), effect_table(effects).measure
    ratio = measure in LOG_MEASURES if log is None else log
    turn: Callable[[float], float] = ratio_of_log if ratio else float
    named: list[Any] = list(refits.frame.itertuples())
    sorted_by = _sorted_by(effects, order, len(named))
    return [
        CumulativeRow(
            added=str(row.Index),
            order=by,
            k=int(row.k),
            estimate=turn(row.estimate),
            ci_low=turn(row.ci_low),
            ci_high=turn(row.ci_high),
            level=refits.whole.level,
            pvalue=_known(row.pvalue),
            tau2=_known(row.tau2),
            i2=_known(row.i2),
            ratio=ratio,
        )
        for row, by in zip(named, sorted_by, strict=True)
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _sorted_by(effects: Any, order: Any, k: int) -> list[str]:
    """What each row was sorted by, in that order."""
    if order is None:
        return [""] * k
    if isinstance(order, str):
        columns = effects if hasattr(effects, "keys") else effects.frame
        order = columns[order]
    values = sorted(order)
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in values]


def cumulative_svg(
    rows: Sequence[CumulativeRow],
    *,
    title: str,
    desc: str,
    measure: str = "Effect",
    null: float | None = None,
    digits: int = 2,
    heads: tuple[str, str, str] = ("Study added", "Studies", "I²"),
    width: float = 800.0,
) -> str:
    """The rows as SVG, the last one as a diamond.

    Parameters
    ----------
    rows : sequence of CumulativeRow
        From `cumulative_rows`.
    title, desc : str
        Name and description of the image.
    measure : str
        What is on the axis, with its unit.
    null : float, optional
        Where the line of no effect stands; 1 for ratios, else 0.
    digits : int
        Decimals of the printed numbers.
    heads : tuple of str
        Headings of the columns of studies, of their number, and of heterogeneity.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05], "study": ["A", "B", "C"]}
    >>> rows = cumulative_rows(table, tau2="EE", test="z")
    >>> svg = cumulative_svg(rows, title="As they came", desc="Three studies", measure="SMD")
    >>> svg.count("<polygon"), ">+ C<" in svg
    (1, True)
    """
    low, high, zero = _across(rows, null)
    level = rows[0].level
    lanes = [_lane(row, i, len(rows), digits, width) for i, row in enumerate(rows)]
    name = axis_words(measure, ratio=rows[0].ratio)
    shown = measure if rows[0].ratio else name  # the numbers of a log axis are no logs
    numbers = say("{measure} ({level} % CI)", measure=shown, level=f"{100 * level:g}")
    laid = lay(lanes, width=width, heads=(heads[0], heads[1], numbers, heads[2]))
    scale = Scale(low=low, high=high, start=laid.start, stop=laid.stop, log=rows[0].ratio)
    drawn = axis(scale, laid, "" if width >= NARROW else name)
    drawn += upright(laid, scale.at(zero), "p-axis")
    drawn += upright(laid, scale.at(rows[-1].estimate), "p-main-line", dash="5 4")
    for i, (row, lane, y) in enumerate(zip(rows, lanes, laid.marks, strict=True)):
        drawn += _mark(row, f"{lane.label}: {lane.numbers}", y, scale, i == len(rows) - 1)
    y = laid.bottom + (26 if width >= NARROW else 44)
    return picture([*laid.texts, *drawn], width=width, height=y + 8, title=title, desc=desc)


def _across(rows: Sequence[CumulativeRow], null: float | None) -> tuple[float, float, float]:
    """Ends of the axis, and no effect: the widest early intervals may be cut."""
    if not rows:
        raise EvidenceError("nothing to draw: there are no rows.")
    zero = null if null is not None else (1.0 if rows[0].ratio else 0.0)
    last = rows[-1]
    points = [*(row.estimate for row in rows), last.ci_low, last.ci_high, zero]
    spans = [(row.ci_low, row.ci_high) for row in rows]
    low, high = ratio_limits(points, spans) if last.ratio else limits(points, spans)
    return low, high, zero


def _lane(row: CumulativeRow, i: int, rows: int, digits: int, width: float) -> Lane:
    i2 = "" if row.i2 is None else f"{row.i2:.0f} %"
    if width < NARROW:  # no column says what the number is
        i2 = i2 and f"I² {i2}"
    return Lane(
        label=_label(row, i),
        detail=str(row.k) if width >= NARROW else "",
        numbers=estimate(row.estimate, row.ci_low, row.ci_high, digits),
        tail=i2,
        strong=i == rows - 1,
    )


def _label(row: CumulativeRow, i: int) -> str:
    shown = row.added if row.order in ("", *row.added.split()) else f"{row.added} ({row.order})"
    return f"+ {shown}" if i else shown


def _mark(row: CumulativeRow, name: str, y: float, scale: Scale, last: bool) -> list[str]:
    x = scale.at(row.estimate)
    if last:
        a, b = scale.at(row.ci_low), scale.at(row.ci_high)
        corners = ((a, y), (x, y - 8), (b, y), (x, y + 8))
        return [group(name, polygon(corners, "p-main"))]
    drawn = whisker(scale, row.ci_low, row.ci_high, y)
    if not scale.cuts(row.estimate):
        box = {"x": x - HALF, "y": y - HALF, "width": 2 * HALF, "height": 2 * HALF}
        drawn.append(tag("rect", {**box, "class": "p-main"}))
    return [group(name, *drawn)]


def cumulative_forest(
    rows_or_effects: Any,
    ax: Axes | None = None,
    *,
    measure: str = "Effect",
    null: float | None = None,
    **options: Any,
) -> Axes:
    """The same rows with matplotlib.

    Parameters
    ----------
    rows_or_effects : sequence of CumulativeRow, or what `cumulative_rows` takes
        What is drawn.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    measure : str
        What is on the axis.
    null : float, optional
        Where the line of no effect stands; 1 for ratios, else 0.
    **options
        Of `cumulative_rows`: `order` for instance.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05], "study": ["A", "B", "C"]}
    >>> ax = cumulative_forest(table, Figure().add_subplot(), tau2="DL", test="z")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['A', '+ B', '+ C']
    """
    import matplotlib.pyplot as plt

    rows = rows_of(rows_or_effects, CumulativeRow) or cumulative_rows(rows_or_effects, **options)
    target = plt.gca() if ax is None else ax
    low, high, zero = _across(rows, null)
    edge = plt.rcParams["axes.edgecolor"]
    for i, row in enumerate(rows[:-1]):
        target.plot([row.ci_low, row.ci_high], [i, i], color=edge)
        target.plot([row.estimate], [i], "s", color=BLUE)
    last, i = rows[-1], len(rows) - 1
    target.fill(
        [last.ci_low, last.estimate, last.ci_high, last.estimate],
        [i, i - 0.25, i, i + 0.25],
        color=BLUE,
    )
    target.axvline(last.estimate, color=BLUE, linestyle="--", linewidth=1)
    target.axvline(zero, color=GREY, linewidth=1)
    if last.ratio:
        target.set_xscale("log")
        ratio_axis(target.xaxis, low, high)
    target.set_xlim(low, high)
    name = axis_words(measure, ratio=last.ratio)
    target.set_xlabel(f"{name} ({number(100 * last.level, 0)} % CI)")
    target.set_yticks(range(len(rows)), [_label(row, i) for i, row in enumerate(rows)])
    for text in target.get_yticklabels():
        text.set_parse_math(False)  # a name with a $ is no formula
    target.set_ylim(len(rows) - 0.5, -0.5)
    return target
