"""What is left of a change in one arm against what its vehicle might have done: bands and rugs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evidence.effects.standing import Standing
from evidence.effects.uncontrolled import CONDITIONAL
from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import capital, listed, say
from evidence.plots.bands import (
    SHAPES,
    STROKES,
    Entry,
    Panel,
    band,
    key,
    panel,
    rug_tick,
    shape,
    value_line,
)
from evidence.plots.legend import BLUE, ORANGE, legend_below
from evidence.plots.svg import SMALL, group, picture, segment, text_width, words, wrap
from evidence.plots.tipping_rows import TippingRow as TippingRow
from evidence.plots.tipping_rows import tipping_rows as tipping_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VEHICLE_NAME = "change that the vehicle alone is assumed to make (%)"
SEEN_NAME = "seen in vehicle arms"
REGRESSION_NAME = "regression to the mean alone"
STRIP = 40.0


def tipping_svg(
    rows: Sequence[TippingRow],
    *,
    title: str,
    desc: str,
    axis_label: str = VEHICLE_NAME,
    seen_label: str = SEEN_NAME,
    regression_label: str = REGRESSION_NAME,
    width: float = 800.0,
) -> str:
    """The bands as SVG, with both rugs below them and where their values come from.

    Parameters
    ----------
    rows : sequence of TippingRow
        From `tipping_rows`.
    title, desc : str
        Name and description of the image.
    axis_label, seen_label, regression_label : str
        What the horizontal axis and the rugs show.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> from evidence.effects.recover import recover
    >>> from evidence.effects.standing import standing
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> found = standing(recover(Study(id="serum", outcomes=(one,)), one), better="lower")
    >>> rows = tipping_rows(found)
    >>> svg = tipping_svg(rows, title="No control", desc="Bands of net change")
    >>> "vehicle known exactly" in svg, "−12.7" in svg
    (True, True)
    """
    curves = _curves(rows)
    rugs = [
        (name, found, ink)
        for name, kind, ink in (
            (seen_label, "seen", "p-line"),
            (regression_label, "regression", "p-claim-line"),
        )
        if (found := [row for row in rows if row.kind == kind])
    ]
    at = panel(
        _across(curves),
        _heights(curves),
        width=width,
        names=(axis_label, _upright(rows)),
        rugs=STRIP * len(rugs),
    )
    drawn = [*at.drawn]
    for i, (supposing, curve) in enumerate(curves.items()):
        drawn.append(
            band(
                at,
                [_limits(row) for row in curve],
                i,
                say("vehicle {supposing}", supposing=supposing),
            )
        )
    drawn.append(value_line([(at.x.at(x), at.y.at(y)) for x, y in _middle(curves)]))
    zero = at.y.at(0.0)
    drawn.append(group("no net change", segment(at.x.start, zero, at.x.stop, zero, "p-line")))
    for i, row in enumerate(_tips(rows)):
        if row.supported and row.vehicle_percent is not None:
            drawn.append(group(_tip_words(row), shape(i, at.x.at(row.vehicle_percent), zero)))
    for i, (name, found, ink) in enumerate(rugs):
        drawn += _rug(name, found, ink, at, at.y.start + i * STRIP)
    entries, end = key(_entries(rows), at)
    y = max(at.bottom, end) + 14
    for text in _footers(rows, seen_label, regression_label):
        lines = wrap(text, width, SMALL)
        drawn.append(words(0.0, y, lines, size=SMALL, ink="p-muted", line=15.0))
        y += 15 * len(lines) + 5
    return picture([*drawn, *entries], width=width, height=y - 4, title=title, desc=desc)


def _curves(rows: Sequence[TippingRow]) -> dict[str, list[TippingRow]]:
    """Points of each band by what is supposed of the vehicle."""
    curves: dict[str, list[TippingRow]] = {}
    for row in rows:
        if row.kind == "band":
            curves.setdefault(row.supposing, []).append(row)
    if not curves:
        raise EvidenceError("nothing to draw: no row has a net effect.")
    return curves


def _limits(row: TippingRow) -> tuple[float, float, float]:
    if row.vehicle_percent is None or row.ci_low is None or row.ci_high is None:
        raise EvidenceError("a point of a band needs a vehicle response and both limits.")
    return row.vehicle_percent, row.ci_low, row.ci_high


def _middle(curves: Mapping[str, list[TippingRow]]) -> list[tuple[float, float]]:
    """The net effect, the same whatever is supposed."""
    curve = next(iter(curves.values()))
    return [(_limits(row)[0], row.net_percent or 0.0) for row in curve]


def _across(curves: Mapping[str, list[TippingRow]]) -> tuple[float, float]:
    """From a vehicle that does nothing to one that does it all."""
    curve = next(iter(curves.values()))
    return _limits(curve[0])[0], _limits(curve[-1])[0]


def _heights(curves: Mapping[str, list[TippingRow]]) -> tuple[float, float]:
    limits = [x for curve in curves.values() for row in curve for x in _limits(row)[1:]]
    low, high = min(0.0, *limits), max(0.0, *limits)
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def _tips(rows: Sequence[TippingRow]) -> list[TippingRow]:
    return [row for row in rows if row.kind == "tip"]


def _upright(rows: Sequence[TippingRow]) -> str:
    level = next((row.level for row in rows if row.level is not None), 0.95)
    return say("net change (%), {level} % interval", level=f"{100 * level:g}")


def _tip_words(row: TippingRow) -> str:
    if not row.supported:
        return say("vehicle {supposing}: {note}", supposing=row.supposing, note=row.note)
    return say(
        "the net interval touches zero, vehicle {supposing} ({label})",
        supposing=row.supposing,
        label=row.label,
    )


def _entries(rows: Sequence[TippingRow]) -> list[Entry]:
    entries = [
        Entry(
            kind="band",
            head=f"{number(row.vehicle_percent, 1)} %" if row.supported else "no support",
            said=_tip_words(row),
            i=i,
            marked=row.supported is True,
        )
        for i, row in enumerate(_tips(rows))
    ]
    said = "what the vehicle would leave of the change"
    return [*entries, Entry(kind="value", head="net change", said=said)]


def _rug(name: str, rows: Sequence[TippingRow], ink: str, at: Panel, y: float) -> list[str]:
    """Values on a strip of their own; those beyond the axis are counted in words."""
    inside, beyond = _split(rows, (at.x.low, at.x.high))
    said = say("{name} ({n} beyond)", name=name, n=beyond) if beyond else name
    x = max(0.0, min(at.x.start, at.x.stop - text_width(said, SMALL)))
    drawn = [words(x, y + 17, said, size=SMALL, ink="p-muted")]
    for row, percent in inside:
        mark = rug_tick(at.x.at(percent), y + 29, ink)
        drawn.append(
            group(say("{name}: {value}", name=f"{number(percent, 1)} %", value=row.note), mark)
        )
    return drawn


def _split(
    rows: Sequence[TippingRow], across: tuple[float, float]
) -> tuple[list[tuple[TippingRow, float]], int]:
    """Rows whose value is on the axis, and how many lie beyond it."""
    valued = [(row, row.vehicle_percent) for row in rows if row.vehicle_percent is not None]
    low, high = min(across), max(across)
    inside = [(row, percent) for row, percent in valued if low <= percent <= high]
    return inside, len(valued) - len(inside)


def _footers(rows: Sequence[TippingRow], seen_label: str, regression_label: str) -> list[str]:
    """Where the values of the rugs come from, those without a number too, and the condition."""
    footers: list[str] = []
    seen = [row for row in rows if row.kind == "seen"]
    if seen:
        said = listed(_seen_words(row) for row in seen)
        footers.append(say("{name}: {said}.", name=capital(seen_label), said=said))
    regression = [row for row in rows if row.kind == "regression"]
    if regression:
        weak, strong = (
            pick(regression, key=lambda row: abs(row.vehicle_percent or 0.0)) for pick in (min, max)
        )
        footers.append(
            say(
                "{name}, in percent: {weak} ({weak_note}) to {strong} ({strong_note}); {label}.",
                name=capital(regression_label),
                weak=number(weak.vehicle_percent, 1),
                weak_note=weak.note,
                strong=number(strong.vehicle_percent, 1),
                strong_note=strong.note,
                label=strong.label,
            )
        )
    return [*footers, say("Every net value {condition}.", condition=CONDITIONAL)]


def _seen_words(row: TippingRow) -> str:
    value = (
        "no percent printed"
        if row.vehicle_percent is None
        else (f"{number(row.vehicle_percent, 1)} %")
    )
    return say("{note}, {value} ({source})", note=row.note, value=value, source=row.source)


def tipping(rows_or_standing: Sequence[TippingRow] | Standing, ax: Axes | None = None) -> Axes:
    """The same bands and rugs with matplotlib.

    Parameters
    ----------
    rows_or_standing : sequence of TippingRow, or Standing
        What is drawn; rows are made of a `Standing` first.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from evidence.effects.recover import recover
    >>> from evidence.effects.standing import standing
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> found = standing(recover(Study(id="serum", outcomes=(one,)), one), better="lower")
    >>> ax = tipping(found, Figure().add_subplot())
    >>> [entry.get_text() for entry in ax.get_legend().get_texts()][:2]
    ['−12.7 %: touches zero, vehicle known exactly', '−9.6 %: touches zero, vehicle from an arm of
    the same size']
    """
    import matplotlib.pyplot as plt

    given = rows_or_standing
    rows = tipping_rows(given) if isinstance(given, Standing) else given
    curves = _curves(rows)
    target = plt.gca() if ax is None else ax
    handles: list[Any] = []
    for i, (row, curve) in enumerate(zip(_tips(rows), curves.values(), strict=True)):
        limits = [_limits(point) for point in curve]
        xs, low, high = ([limit[j] for limit in limits] for j in range(3))
        target.fill_between(xs, low, high, color=BLUE, alpha=0.14, linewidth=0)
        for edge in (low, high):
            target.plot(xs, edge, STROKES[i], color=BLUE, linewidth=1.2)
        marks = [row.vehicle_percent] if row.supported and row.vehicle_percent is not None else []
        target.plot(marks, [0.0] * len(marks), SHAPES[i], color=BLUE, zorder=3)
        tip = f"{number(row.vehicle_percent, 1)} %: touches zero" if marks else "no support"
        handles += target.plot(
            [],
            [],
            STROKES[i] + (SHAPES[i] if marks else ""),
            color=BLUE,
            label=f"{tip}, vehicle {row.supposing}",
        )
    target.plot(*zip(*_middle(curves), strict=True), color=BLUE, linewidth=2)
    target.axhline(0.0, color="0.3", linewidth=1)
    across = _across(curves)
    floor, ceiling = _heights(curves)
    step = 0.06 * (ceiling - floor)
    lines = 0
    for kind, name, colour in (
        ("seen", SEEN_NAME, "0.3"),
        ("regression", REGRESSION_NAME, ORANGE),
    ):
        found = [row for row in rows if row.kind == kind]
        if not found:
            continue
        lines += 1
        inside, beyond = _split(found, across)
        said = name + (f" ({beyond} beyond the axis)" if beyond else "")
        handles += target.plot(
            [percent for _, percent in inside],
            [floor - step * (lines - 0.5)] * len(inside),
            linestyle="none",
            marker="|",
            markersize=9,
            color=colour,
            label=said,
        )
    if lines:
        target.axhline(floor, color="0.8", linewidth=0.8)
    target.set_xlim(*across)
    target.set_ylim(floor - step * lines, ceiling)
    target.set_xlabel(VEHICLE_NAME)
    target.set_ylabel(_upright(rows))
    legend_below(target, handles, inches=0.55, columns=1)
    return target
