"""The claimed effect next to what is to be expected of it, on one axis in the outcome's unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evidence.errors import EvidenceError, OptionError
from evidence.formatting import number
from evidence.messages import say
from evidence.plots.lanes import Lane, arrow, axis, lay, upright, whisker
from evidence.plots.scale import Scale, limits
from evidence.plots.svg import SMALL, diamond, group, picture, tag, text_width, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ContrastKind = Literal["claimed", "reported", "expected"]
Benefit = Literal["lower", "higher"]

KINDS: tuple[ContrastKind, ...] = ("claimed", "reported", "expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastRow:
    """One effect in the outcome's own unit, signed as the outcome is measured."""

    label: str
    kind: ContrastKind
    estimate: float
    ci_low: float | None = None
    ci_high: float | None = None
    basis: str = ""


def contrast_rows(
    *,
    claimed: float | None = None,
    reported: tuple[float, float | None, float | None] | None = None,
    expected: tuple[float, float, float] | None = None,
    basis: str = "",
    labels: tuple[str, str, str] = ("Claimed", "As reported", "Expected true effect"),
) -> list[ContrastRow]:
    """Rows to compare: the claim, the result as reported, and the expected true effect.

    Parameters
    ----------
    claimed : float, optional
        The change that is claimed.
    reported, expected : tuple of 3 floats, optional
        Value, lower and upper limit.
    basis : str
        What the expected effect rests on.
    labels : tuple of str
        What the three are called.

    Raises
    ------
    EvidenceError
        None is given, or limits do not enclose their value.

    Examples
    --------
    >>> [row.kind for row in contrast_rows(claimed=-20, expected=(-0.9, -14.8, 12.9))]
    ['claimed', 'expected']
    """
    rows = []
    if claimed is not None:
        rows.append(ContrastRow(label=labels[0], kind="claimed", estimate=float(claimed)))
    for kind, label, given in (
        ("reported", labels[1], reported),
        ("expected", labels[2], expected),
    ):
        if given is None:
            continue
        value, low, high = given
        if (low is None) != (high is None) or (
            low is not None and high is not None and not low <= value <= high
        ):
            raise EvidenceError(f"{label}: limits {low} to {high} do not enclose {value}.")
        rows.append(
            ContrastRow(
                label=label,
                kind="expected" if kind == "expected" else "reported",
                estimate=value,
                ci_low=low,
                ci_high=high,
                basis=basis if kind == "expected" else "",
            )
        )
    if not rows:
        raise EvidenceError("nothing to compare: give the claimed or the expected effect.")
    return rows


def contrast_svg(
    rows: Sequence[ContrastRow],
    *,
    title: str,
    desc: str,
    unit: str = "",
    digits: int = 1,
    benefit: Benefit = "higher",
    benefit_label: str = "more benefit",
    axis_label: str = "",
    no_effect: str = "no effect",
    width: float = 720.0,
) -> str:
    """The rows as SVG, with the line of no effect and an arrow towards more benefit.

    Parameters
    ----------
    rows : sequence of ContrastRow
        From `contrast_rows`.
    title, desc : str
        Name and description of the image.
    unit : str
        Printed after numbers, with its space: " %".
    digits : int
        Decimals of the numbers.
    benefit : {"lower", "higher"}
        Which direction is better for the person.
    benefit_label, axis_label, no_effect : str
        Words of the axis.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> rows = contrast_rows(claimed=-20, expected=(-0.9, -14.8, 12.9))
    >>> svg = contrast_svg(rows, title="Claim", desc="Expected", unit=" %", benefit="lower")
    >>> "Claimed: −20.0 %" in svg, "−0.9 % (−14.8 to +12.9)" in svg
    (True, True)
    """
    if benefit not in ("lower", "higher"):
        raise OptionError("benefit", benefit, ("lower", "higher"))
    lanes = [
        Lane(label=row.label, sub=row.basis, numbers=_numbers(row, unit, digits), strong=True)
        for row in rows
    ]
    laid = lay(lanes, width=width, top=22.0)
    points = [0.0, *(row.estimate for row in rows)]
    spans = [
        (row.ci_low, row.ci_high)
        for row in rows
        if row.ci_low is not None and row.ci_high is not None
    ]
    points += [v for span in spans for v in span]  # two or three rows: nothing need be cut
    low, high = limits(points, spans)
    scale = Scale(low=low, high=high, start=laid.start, stop=laid.stop)
    bottom = laid.bottom + 4
    named = axis_label or _change_words(unit)
    drawn = axis(scale, laid, named)
    x = scale.at(0.0)
    drawn += upright(laid, x, "p-line")
    drawn += _directions(scale, x, benefit, benefit_label, no_effect, width)
    for row, lane, y in zip(rows, lanes, laid.marks, strict=True):
        drawn.append(
            group(
                say("{name}: {value}", name=row.label, value=lane.numbers), *_marks(row, scale, y)
            )
        )
    height = bottom + (46 if named else 28)
    return picture([*laid.texts, *drawn], width=width, height=height, title=title, desc=desc)


def _numbers(row: ContrastRow, unit: str, digits: int) -> str:
    value = number(row.estimate, digits, sign=True) + unit
    if row.ci_low is None or row.ci_high is None:
        return (
            value
            if row.kind == "claimed"
            else say("{value}; no interval can be computed", value=value)
        )
    limits = say(
        "{low} to {high}",
        low=number(row.ci_low, digits, sign=True),
        high=number(row.ci_high, digits, sign=True),
    )
    return say("{value} ({limits})", value=value, limits=limits)


def _change_words(unit: str) -> str:
    return say("change ({unit})", unit=unit.strip()) if unit.strip() else ""


def _marks(row: ContrastRow, scale: Scale, y: float) -> list[str]:
    x = scale.at(row.estimate)
    if row.kind == "claimed":
        return [diamond(x, y, 8, 8, "p-claim")]
    dot = tag(
        "circle",
        {"cx": x, "cy": y, "r": 6.0, "class": "p-main" if row.ci_low is not None else "p-hollow"},
    )
    if row.ci_low is None or row.ci_high is None:
        return [dot]
    a, b = scale.at(row.ci_low), scale.at(row.ci_high)
    band = {"x": a, "y": y - 7, "width": b - a, "height": 14.0, "class": "p-main-wash"}
    line = whisker(scale, row.ci_low, row.ci_high, y, "p-main-line")
    return [*([tag("rect", band)] if row.kind == "expected" else []), *line, dot]


def _directions(
    scale: Scale, x: float, benefit: Benefit, benefit_label: str, no_effect: str, width: float
) -> list[str]:
    """Above the rows: an arrow towards benefit, and the name of the line of no effect."""
    way = -1 if benefit == "lower" else 1
    half = text_width(no_effect, SMALL) / 2
    end = scale.start if way < 0 else scale.stop
    need = text_width(benefit_label, SMALL) + half + 48
    drawn = []
    if abs(end - x) >= need or (x + way * need > 0 and x + way * need < width):
        drawn.append(
            words(min(max(x, half), width - half), 12, no_effect, anchor="middle", size=SMALL)
        )
        text_at = x + way * (half + 16)
        anchor: Literal["start", "end"] = "start" if way > 0 else "end"
        drawn.append(words(text_at, 12, benefit_label, anchor=anchor, size=SMALL, ink="p-muted"))
        tip = text_at + way * (text_width(benefit_label, SMALL) + 6)
        drawn.append(arrow(tip, tip + way * 22, 8))
        return drawn
    # no room beside the line: the arrow goes to the other end of the drawing
    text = say("{name} {arrow}", name=benefit_label, arrow="←" if way < 0 else "→")
    drawn.append(
        words(
            0.0 if x > width / 2 else width,
            12,
            text,
            anchor="start" if x > width / 2 else "end",
            size=SMALL,
            ink="p-muted",
        )
    )
    drawn.append(words(min(max(x, half), width - half), 12, no_effect, anchor="middle", size=SMALL))
    return drawn


def contrast(
    rows: Sequence[ContrastRow],
    ax: Axes | None = None,
    *,
    unit: str = "",
    benefit: Benefit = "higher",
    benefit_label: str = "more benefit",
) -> Axes:
    """The same rows with matplotlib; returns the Axes drawn on.

    Parameters
    ----------
    rows : sequence of ContrastRow
        From `contrast_rows`.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    unit : str
        Unit of the axis.
    benefit : {"lower", "higher"}
        Which direction is better for the person; said with an arrow at that end of the axis.
    benefit_label : str
        Words beside the arrow.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> rows = contrast_rows(claimed=-20, expected=(-0.9, -14.8, 12.9))
    >>> ax = contrast(rows, Figure().add_subplot(), benefit="lower")
    >>> [name.get_text() for name in ax.get_yticklabels()], ax.texts[0].get_text()
    (['Claimed', 'Expected true effect'], '← more benefit')
    """
    import matplotlib.pyplot as plt

    if benefit not in ("lower", "higher"):
        raise OptionError("benefit", benefit, ("lower", "higher"))
    target = plt.gca() if ax is None else ax
    for i, row in enumerate(rows):
        colour = "#D55E00" if row.kind == "claimed" else "#0072B2"
        if row.ci_low is not None and row.ci_high is not None:
            target.plot([row.ci_low, row.ci_high], [i, i], color=colour)
        target.plot([row.estimate], [i], "D" if row.kind == "claimed" else "o", color=colour)
    target.axvline(0.0, color="0.3", linewidth=1)
    target.set_yticks(range(len(rows)), [row.label for row in rows])
    target.set_ylim(len(rows) - 0.5, -1.0)  # room for the arrow above the first row
    higher = benefit == "higher"
    target.text(
        0.99 if higher else 0.01,
        -0.7,
        f"{benefit_label} →" if higher else f"← {benefit_label}",
        transform=target.get_yaxis_transform(),
        ha="right" if higher else "left",
        va="center",
        fontsize="small",
    )
    if unit.strip():
        target.set_xlabel(_change_words(unit))
    return target
