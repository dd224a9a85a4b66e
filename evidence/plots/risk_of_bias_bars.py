"""Risk of bias by domain: which share of the weight lies at each level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import listed, say, say_n, sentences
from evidence.plots.lanes import NARROW, Lane, axis, lay
from evidence.plots.legend import legend_below
from evidence.plots.risk_levels import (
    LOOKS,
    RiskLevel,
    by_level,
    risk_legend,
    risk_mark,
    risk_sign,
)
from evidence.plots.scale import Scale
from evidence.plots.svg import SMALL, group, picture, tag, words, wrap
from evidence.plots.traffic_light_rows import OVERALL, RiskCell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BY_WEIGHT = "share of the weight, %"
BY_COUNT = "share of the results, %"
DOMAIN = "Domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBar:
    """The share of one domain's weight at one level.

    `share` runs from 0 to 1, of the weight where `weighted`, else of the number of results;
    `results` counts those at the level, `left_out` those of the domain that have no weight.
    """

    tool: str
    domain: str
    name: str
    level: RiskLevel
    word: str
    share: float
    results: int
    weighted: bool
    left_out: int = 0


def risk_of_bias_bars_rows(
    cells: Sequence[RiskCell], *, weighted: bool | None = None
) -> list[RiskBar]:
    """Shares by tool, domain and level, best level first.

    Parameters
    ----------
    cells : sequence of RiskCell
        From `traffic_light_rows`, with weights where the shares are to be those of weight.
    weighted : bool, optional
        Whether results count by their weight. Otherwise they do where at least one has a weight;
        results without one are then left out of the shares, and counted.

    Raises
    ------
    EvidenceError
        Weights are asked for and no result of a domain has one above zero.

    Examples
    --------
    >>> from evidence.plots.traffic_light_rows import traffic_light_rows
    >>> cells = traffic_light_rows([{"study": "a", "D1": "Low", "weight": 3.0},
    ...                             {"study": "b", "D1": "High", "weight": 1.0}])
    >>> [(bar.word, bar.share) for bar in risk_of_bias_bars_rows(cells)]
    [('Low', 0.75), ('High', 0.25)]
    >>> [bar.share for bar in risk_of_bias_bars_rows(cells, weighted=False)]
    [0.5, 0.5]
    """
    if weighted is None:
        weighted = any(cell.weight is not None for cell in cells)
    domains: dict[tuple[str, str], list[RiskCell]] = {}
    for cell in cells:
        domains.setdefault((cell.tool, cell.domain), []).append(cell)
    ordered = sorted(domains.items(), key=lambda item: item[0][1] == OVERALL)
    tools = list(dict.fromkeys(cell.tool for cell in cells))
    ordered.sort(key=lambda item: tools.index(item[0][0]))
    return [bar for _, found in ordered for bar in _bars(found, weighted)]


def _bars(cells: Sequence[RiskCell], weighted: bool) -> list[RiskBar]:
    known = [cell for cell in cells if cell.weight is not None] if weighted else list(cells)
    total = sum(_weight(cell, weighted) for cell in known)
    first = cells[0]
    if total <= 0:
        raise EvidenceError(f"{first.domain}: no result has a weight; use weighted=False.")
    return [
        RiskBar(
            tool=first.tool,
            domain=first.domain,
            name=next((cell.name for cell in cells if cell.name), ""),
            level=level,
            word=word,
            share=sum(_weight(cell, weighted) for cell in at) / total,
            results=len(at),
            weighted=weighted,
            left_out=len(cells) - len(known),
        )
        for level, word in by_level((cell.level, cell.word) for cell in known)
        for at in [[cell for cell in known if cell.level == level]]
    ]


def _weight(cell: RiskCell, weighted: bool) -> float:
    return (cell.weight or 0.0) if weighted else 1.0


def risk_of_bias_bars_svg(
    rows: Sequence[RiskBar], *, title: str, desc: str, width: float = 800.0
) -> str:
    """The shares as SVG: a bar of 100 % for each domain, with the shares in words.

    Parameters
    ----------
    rows : sequence of RiskBar
        From `risk_of_bias_bars_rows`.
    title, desc : str
        Name and description of the image.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> from evidence.plots.traffic_light_rows import traffic_light_rows
    >>> cells = traffic_light_rows([{"study": "a", "D1": "Low"}, {"study": "b", "D1": "High"}])
    >>> svg = risk_of_bias_bars_svg(risk_of_bias_bars_rows(cells), title="Bias", desc="Two studies")
    >>> "High 50, Low 50" in svg, "no weights were used" in svg
    (True, True)
    """
    if not rows:
        raise EvidenceError("nothing to draw: no result has a judgement.")
    lanes: list[Lane] = []
    drawn_at: list[list[RiskBar]] = []
    tools = dict.fromkeys(row.tool for row in rows)
    for tool in tools:
        if len(tools) > 1:
            lanes.append(Lane(label=tool, strong=True, span=True))
            drawn_at.append([])
        for bars in _by_domain([row for row in rows if row.tool == tool]):
            first = bars[0]
            lanes.append(
                Lane(
                    label=first.name or first.domain,
                    numbers=_numbers(bars),
                    strong=first.domain == OVERALL,
                    rule=first.domain == OVERALL,
                )
            )
            drawn_at.append(bars)
    unit = BY_WEIGHT if rows[0].weighted else BY_COUNT
    laid = lay(lanes, width=width, heads=(DOMAIN, "", unit, ""))
    scale = Scale(low=0.0, high=100.0, start=laid.start, stop=laid.stop)
    marks = axis(scale, laid, unit)
    half = 10.0 if width >= NARROW else 9.0
    for bars, y in zip(drawn_at, laid.marks, strict=True):
        left = 0.0
        for bar in bars:
            marks.append(_segment(bar, scale, left, y, half))
            left += 100 * bar.share
    y = laid.bottom + 50
    legend, y = risk_legend(((row.level, row.word) for row in rows), y, width)
    lines = wrap(foot(rows), width, SMALL)
    marks.append(words(0.0, y + 12, lines, size=SMALL, ink="p-muted", line=15.0))
    height = y + 15 * len(lines) + 4
    return picture([*laid.texts, *marks, *legend], width=width, height=height, title=title,
                   desc=desc)  # fmt: skip


def _by_domain(rows: Sequence[RiskBar]) -> list[list[RiskBar]]:
    found: dict[str, list[RiskBar]] = {}
    for row in rows:
        found.setdefault(row.domain, []).append(row)
    return list(found.values())


def _numbers(bars: Sequence[RiskBar]) -> str:
    """Percents in words, the worst level first; their unit is on the axis."""
    said = [
        say("{word} {share}", word=bar.word, share=number(100 * bar.share, 0))
        for bar in reversed(bars)
    ]
    return listed(said, ", ")


def _segment(bar: RiskBar, scale: Scale, left: float, y: float, half: float) -> str:
    a, b = scale.at(left), scale.at(left + 100 * bar.share)
    look = LOOKS[bar.level]
    ink = "p-shade-none" if look.shape in ("hollow", "dot") else look.ink
    # a gap of a pixel between neighbours, whatever their colours
    box = {"x": a + 0.5, "y": y - half, "width": max(b - a - 1, 0.5), "height": 2 * half}
    name = say_n(
        bar.results, "{domain}: {word}, {share} %, {n} result",
        "{domain}: {word}, {share} %, {n} results", domain=bar.domain, word=bar.word,
        share=number(100 * bar.share, 1),
    )  # fmt: skip
    sign = [_sign(bar.level, (a + b) / 2, y, half - 2)] if b - a > 2 * half else []
    return group(name, tag("rect", {**box, "class": ink}), *sign)


def _sign(level: RiskLevel, x: float, y: float, r: float) -> str:
    """The sign alone where its outline would not show on its own colour."""
    return (
        risk_sign(level, x, y, r)
        if LOOKS[level].sign_ink == "p-risk-sign"
        else risk_mark(level, x, y, r)
    )


def foot(rows: Sequence[RiskBar]) -> str:
    """What the shares are shares of, in a sentence or two.

    >>> from evidence.plots.traffic_light_rows import traffic_light_rows
    >>> cells = traffic_light_rows([{"study": "a", "D1": "Low", "weight": 3.0},
    ...                             {"study": "b", "D1": "High"}])
    >>> foot(risk_of_bias_bars_rows(cells, weighted=True))
    'Results count by their weight. 1 result without a weight is left out.'
    >>> foot(risk_of_bias_bars_rows(cells, weighted=False))
    'Every result counts the same: no weights were used.'
    """
    if not rows[0].weighted:
        return sentences("Every result counts the same: no weights were used.")
    left_out = max(row.left_out for row in rows)
    if not left_out:
        return sentences("Results count by their weight.")
    said = say_n(
        left_out, "{n} result without a weight is left out.",
        "{n} results without a weight are left out.",
    )  # fmt: skip
    return sentences("Results count by their weight.", said)


def risk_of_bias_bars(rows: Sequence[RiskBar], ax: Axes | None = None) -> Axes:
    """The same shares with matplotlib; returns the Axes drawn on.

    >>> from matplotlib.figure import Figure
    >>> from evidence.plots.traffic_light_rows import traffic_light_rows
    >>> cells = traffic_light_rows([{"study": "a", "D1": "Low"}, {"study": "b", "D1": "High"}])
    >>> ax = risk_of_bias_bars(risk_of_bias_bars_rows(cells), Figure().add_subplot())
    >>> [float(bar.get_width()) for bar in ax.patches], ax.get_yticklabels()[0].get_text()
    ([50.0, 50.0], 'D1')
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    if not rows:
        raise EvidenceError("nothing to draw: no result has a judgement.")
    target = plt.gca() if ax is None else ax
    tools = list(dict.fromkeys(row.tool for row in rows))
    names: list[str] = []
    for tool in tools:
        for bars in _by_domain([row for row in rows if row.tool == tool]):
            left = 0.0
            for bar in bars:
                look = LOOKS[bar.level]
                target.barh(
                    len(names), 100 * bar.share, left=left, color=look.colour, hatch=look.hatch,
                    edgecolor="0.25",
                )  # fmt: skip
                left += 100 * bar.share
            name = bars[0].name or bars[0].domain
            names.append(f"{tool}: {name}" if len(tools) > 1 else name)
    target.set_yticks(range(len(names)), names)
    target.set_ylim(len(names) - 0.5, -0.5)
    target.set_xlim(0, 100)
    target.set_xlabel(BY_WEIGHT if rows[0].weighted else BY_COUNT)
    handles = [
        Patch(facecolor=LOOKS[level].colour, hatch=LOOKS[level].hatch, edgecolor="0.25", label=said)
        for level, said in by_level((row.level, row.word) for row in rows)
    ]
    legend_below(target, handles, inches=0.5, columns=2)
    return target
