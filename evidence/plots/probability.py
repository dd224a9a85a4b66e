"""How probable it is that the true effect reaches a threshold, for every threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from evidence.errors import EvidenceError
from evidence.messages import listed, say
from evidence.plots.lanes import NARROW, axis_name, roomy_ticks, tick
from evidence.plots.scale import Scale, tick_label
from evidence.plots.svg import SMALL, diamond, group, picture, segment, tag, words, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityRow:
    """Pr(true effect ≥ `threshold`); `mark` names the thresholds that mean something."""

    threshold: float
    probability: float
    mark: str = ""


def probability_rows(
    *,
    mean: float,
    sd: float,
    mid: float | None = None,
    claimed: float | None = None,
    points: int = 81,
    zero_label: str = "any benefit at all",
    mid_label: str = "smallest difference that matters",
    claimed_label: str = "the claimed effect",
) -> list[ProbabilityRow]:
    """The curve for a normal belief about the true effect, larger meaning more benefit.

    Parameters
    ----------
    mean, sd : float
        Of the belief, in the unit that is printed; turn the sign first where lower is better.
    mid : float, optional
        Smallest difference that matters.
    claimed : float, optional
        The effect claimed.
    points : int
        Points of the curve, evenly spaced; the marks come in addition.
    zero_label, mid_label, claimed_label : str
        What the marks are called.

    Returns
    -------
    list of ProbabilityRow
        By rising threshold, from the smaller of mean − 3 sd and the lowest mark, to the larger of
        mean + 3 sd and the highest.

    Raises
    ------
    EvidenceError
        The standard deviation is not positive, or a value is not a number.

    Examples
    --------
    A claim of 20 % less wrinkle depth whose expected true effect is 0.9 % with sd 7.07:

    >>> rows = probability_rows(mean=0.93, sd=7.07, claimed=20.0)
    >>> [(row.mark, round(row.probability, 4)) for row in rows if row.mark]
    [('any benefit at all', 0.5523), ('the claimed effect', 0.0035)]
    """
    given = [v for v in (mean, sd, mid, claimed) if v is not None]
    if not all(math.isfinite(v) for v in given) or sd <= 0:
        raise EvidenceError(f"a belief needs a mean and a positive sd, not {mean} and {sd}.")
    marks: dict[float, str] = {0.0: zero_label}
    for threshold, label in ((mid, mid_label), (claimed, claimed_label)):
        if threshold is not None:
            at = float(threshold)
            marks[at] = listed((marks[at], label)) if at in marks else label
    low, high = min(mean - 3 * sd, *marks), max(mean + 3 * sd, *marks)
    even = [low + (high - low) * i / (points - 1) for i in range(points)]
    standard = NormalDist()
    return [
        ProbabilityRow(
            threshold=t, probability=standard.cdf((mean - t) / sd), mark=marks.get(t, "")
        )
        for t in sorted({*even, *marks})
    ]


def percent(probability: float) -> str:
    """A probability as a percentage that never says 0 or 100.

    >>> percent(0.552), percent(0.0035), percent(0.9999)
    ('55 %', '0.4 %', '>99.9 %')
    """
    share = probability * 100
    if share < 0.1:
        return "<0.1 %"
    if share > 99.9:
        return ">99.9 %"
    return f"{share:.0f} %" if 1 <= share <= 99 else f"{share:.1f} %"


def probability_svg(
    rows: Sequence[ProbabilityRow],
    *,
    title: str,
    desc: str,
    unit: str = "",
    axis_label: str = "true effect at least",
    probability_label: str = "probability",
    width: float = 800.0,
) -> str:
    """The curve as SVG, its marks explained beside it (below it when narrow).

    Parameters
    ----------
    rows : sequence of ProbabilityRow
        From `probability_rows`.
    title, desc : str
        Name and description of the image.
    unit : str
        Printed after thresholds, with its space: " %", " SMD".
    axis_label, probability_label : str
        Words of the axes.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> rows = [ProbabilityRow(threshold=0.0, probability=0.9, mark="any benefit"),
    ...         ProbabilityRow(threshold=1.0, probability=0.2)]
    >>> svg = probability_svg(rows, title="How likely", desc="A curve", unit=" mm")
    >>> ">90 %<" in svg, "any benefit (0 mm or more)" in svg
    (True, True)
    """
    if len(rows) < 2:
        raise EvidenceError("a curve needs at least two points.")
    wide = width >= NARROW
    legend_w = 250.0 if wide else width
    left, top, tall = 52.0, 26.0, 230.0 if wide else 190.0
    right = width - (legend_w + 30 if wide else 12)
    bottom = top + tall
    scale = Scale(low=rows[0].threshold, high=rows[-1].threshold, start=left, stop=right)

    def height(p: float) -> float:
        return bottom - p * tall

    drawn = [segment(left, bottom, right, bottom, "p-axis")]
    for value in roomy_ticks(scale):
        x = scale.at(value)
        drawn.insert(0, segment(x, top, x, bottom, "p-grid"))
        drawn += tick(x, bottom, tick_label(value), width)
    drawn.append(axis_name(scale, bottom, say("{name} …{unit}", name=axis_label, unit=_in(unit))))
    for share in (0, 25, 50, 75, 100):
        y = height(share / 100)
        drawn.insert(0, segment(left, y, right, y, "p-grid"))
        drawn.append(words(left - 8, y + 4.5, f"{share} %", anchor="end", size=SMALL))
    drawn.append(words(0.0, 12, probability_label, size=SMALL, ink="p-muted"))
    path = "L".join(f"{scale.at(r.threshold):.2f} {height(r.probability):.2f}" for r in rows)
    wash = f"M{left:.2f} {bottom:.2f}L{path}L{right:.2f} {bottom:.2f}Z"
    drawn.append(tag("path", {"d": wash, "class": "p-main-wash"}))
    drawn.append(tag("path", {"d": f"M{path}", "class": "p-main-line"}))

    lx, ly = (width - legend_w, top + 8) if wide else (0.0, bottom + 50)
    for i, row in enumerate(r for r in rows if r.mark):
        x, y = scale.at(row.threshold), height(row.probability)
        name = _mark_words(row, unit)
        drawn.append(group(name, segment(x, y, x, bottom, "p-axis", dash="3 3"), _marker(i, x, y)))
        drawn.append(_marker(i, lx + 8, ly + 7))
        drawn.append(words(lx + 24, ly + 12, percent(row.probability), bold=True))
        at = f"{tick_label(round(row.threshold, 4))}{unit}"
        said = say("{mark} ({at} or more)", mark=row.mark, at=at)
        lines = wrap(said, legend_w - 24, SMALL)
        drawn.append(words(lx + 24, ly + 28, lines, size=SMALL, ink="p-muted", line=15.0))
        ly += 28 + len(lines) * 15 + 8
    end = max(bottom + 46, ly)
    return picture(drawn, width=width, height=end, title=title, desc=desc)


def _mark_words(row: ProbabilityRow, unit: str) -> str:
    return say(
        "{mark} ({at}): {probability}",
        mark=row.mark,
        at=f"{tick_label(round(row.threshold, 4))}{unit}",
        probability=percent(row.probability),
    )


def _in(unit: str) -> str:
    return f" ({unit.strip()})" if unit.strip() else ""


def _marker(i: int, x: float, y: float) -> str:
    """A shape for each mark, so that they differ without colour."""
    if i == 0:
        return tag("circle", {"cx": x, "cy": y, "r": 5.5, "class": "p-main"})
    if i == 1:
        box = {"x": x - 5, "y": y - 5, "width": 10.0, "height": 10.0, "class": "p-main"}
        return tag("rect", box)
    return diamond(x, y, 6.5, 6.5, "p-claim")


def probability(rows: Sequence[ProbabilityRow], ax: Axes | None = None, *, unit: str = "") -> Axes:
    """The same curve with matplotlib; returns the Axes drawn on.

    >>> from matplotlib.figure import Figure
    >>> rows = [ProbabilityRow(threshold=0.0, probability=0.9, mark="any benefit"),
    ...         ProbabilityRow(threshold=1.0, probability=0.2)]
    >>> ax = probability(rows, Figure().add_subplot(), unit=" mm")
    >>> ax.get_xlabel(), ax.get_legend().get_texts()[0].get_text()
    ('true effect at least (mm)', 'any benefit (0 mm): 90 %')
    """
    import matplotlib.pyplot as plt

    target = plt.gca() if ax is None else ax
    target.plot([r.threshold for r in rows], [r.probability for r in rows], color="#0072B2")
    for marker, row in zip("osD", (r for r in rows if r.mark), strict=False):
        label = _mark_words(row, unit)
        target.plot([row.threshold], [row.probability], marker, color="#0072B2", label=label)
    target.set_ylim(0, 1)
    target.set_xlabel(f"true effect at least{_in(unit)}")
    target.set_ylabel("probability")
    if any(row.mark for row in rows):
        target.legend(fontsize="small")
    return target
