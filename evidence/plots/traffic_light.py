"""Traffic light: the risk of bias of every result, domain by domain.

A level is told by the outline and the sign of its mark; the colour repeats it. Each tool has a
table of its own, because its domains and words are its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from evidence.appraisal.rob2_tables import TABLES
from evidence.errors import EvidenceError
from evidence.messages import say
from evidence.plots.lanes import NARROW
from evidence.plots.legend import legend_below
from evidence.plots.risk_levels import LOOKS, by_level, risk_legend, risk_mark
from evidence.plots.risk_of_bias_bars import RiskBar as RiskBar
from evidence.plots.risk_of_bias_bars import risk_of_bias_bars as risk_of_bias_bars
from evidence.plots.risk_of_bias_bars import risk_of_bias_bars_rows as risk_of_bias_bars_rows
from evidence.plots.risk_of_bias_bars import risk_of_bias_bars_svg as risk_of_bias_bars_svg
from evidence.plots.svg import LINE, SMALL, group, picture, segment, text_width, words, wrap
from evidence.plots.traffic_light_rows import OVERALL, RiskCell
from evidence.plots.traffic_light_rows import traffic_light_rows as traffic_light_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ORDER: dict[str, int] = {name: i for i, name in enumerate(TABLES)}
_LEAST, _MOST = 24.0, 56.0  # pixels of a column


class _Column(NamedTuple):
    domain: str
    name: str
    x: float  # its middle
    width: float


class _Panel(NamedTuple):
    """A tool's results, and as many of its domains as stand beside each other."""

    tool: str
    studies: tuple[str, ...]
    columns: tuple[_Column, ...]


def traffic_light_svg(
    rows: Sequence[RiskCell],
    *,
    title: str,
    desc: str,
    head: str = "Study",
    width: float = 800.0,
) -> str:
    """The cells as SVG: one table per tool, its domains explained below, then the legend.

    Parameters
    ----------
    rows : sequence of RiskCell
        From `traffic_light_rows`.
    title, desc : str
        Name and description of the image.
    head : str
        What stands above the names.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> cells = traffic_light_rows([{"study": "Kim", "D1": "Low", "D2": "High"}])
    >>> "<title>Kim, D2: High</title>" in traffic_light_svg(cells, title="Bias", desc="One study")
    True
    """
    if not rows:
        raise EvidenceError("nothing to draw: no result has a judgement.")
    label_w = 0.0
    if width >= NARROW:
        widest = max(text_width(name) for name in [head, *(row.study for row in rows)])
        label_w = min(0.36 * width, 1.04 * widest) + 16
    drawn: list[str] = []
    y = 0.0
    tools = dict.fromkeys(row.tool for row in rows)
    for tool in tools:
        own = [row for row in rows if row.tool == tool]
        if tool:
            drawn.append(words(0.0, y + 13, tool, bold=True))
            y += 22
        panels = _panels(tool, own, label_w, width)
        for panel in panels:
            parts, y = _table(panel, own, y, label_w, width, head)
            drawn += parts
        parts, y = _key([c for panel in panels for c in panel.columns], y, width)
        drawn += parts
    legend, y = risk_legend(((row.level, row.word) for row in rows), y + 4, width)
    return picture([*drawn, *legend], width=width, height=y, title=title, desc=desc)


def columns_of(rows: Sequence[RiskCell]) -> list[tuple[str, str]]:
    """Domains and what they are about, in the order of their tool, the overall one last.

    >>> cells = traffic_light_rows([{"study": "Kim", "Overall": "High", "D1": "Low", "D2": "High"}])
    >>> [domain for domain, _ in columns_of(cells)]
    ['D1', 'D2', 'Overall']
    """
    names: dict[str, str] = {}
    for row in rows:
        names[row.domain] = names.get(row.domain) or row.name
    known = all(name in _ORDER or name == OVERALL for name in names)
    rank = {name: _ORDER.get(name, 0) if known else i for i, name in enumerate(names)}
    return sorted(names.items(), key=lambda item: (item[0] == OVERALL, rank[item[0]]))


def _panels(tool: str, rows: Sequence[RiskCell], label_w: float, width: float) -> list[_Panel]:
    """Columns that fit beside the names; the others begin again below."""
    domains = columns_of(rows)
    least = [max(_LEAST, text_width(name, SMALL) * 1.08 + 6) for name, _ in domains]
    lines: list[list[int]] = [[]]
    for i, need in enumerate(least):
        if lines[-1] and sum(least[j] for j in lines[-1]) + need > width - label_w:
            lines.append([])
        lines[-1].append(i)
    studies = tuple(dict.fromkeys(row.study for row in rows))
    found = []
    for line in lines:
        spare = (width - label_w - sum(least[i] for i in line)) / len(line)
        x, columns = label_w, []
        for i in line:
            wide = min(max(least[i], _MOST), least[i] + spare)
            columns.append(_Column(*domains[i], x + wide / 2, wide))
            x += wide
        found.append(_Panel(tool, studies, tuple(columns)))
    return found


def _table(
    panel: _Panel, rows: Sequence[RiskCell], y: float, label_w: float, width: float, head: str
) -> tuple[list[str], float]:
    drawn = [
        words(c.x, y + 13, c.domain, anchor="middle", size=SMALL, ink="p-muted")
        for c in panel.columns
    ]
    if label_w:
        drawn.append(words(0.0, y + 13, head, size=SMALL, ink="p-muted"))
    last = panel.columns[-1]
    end = max(last.x + last.width / 2, label_w) if label_w else width
    y += 20
    first = y
    drawn.append(segment(0.0, y, end, y, "p-grid"))
    cells = {(row.study, row.domain): row for row in rows}
    r = min(11.0, min(c.width for c in panel.columns) / 2 - 1.5)
    for study in panel.studies:
        lines = wrap(study, label_w - 14 if label_w else width, most=3)
        if label_w:
            height = max(30.0, len(lines) * LINE + 10)
            middle = y + height / 2
            drawn.append(words(0.0, middle - len(lines) * LINE / 2 + 12, lines))
        else:
            height = len(lines) * LINE + 34
            middle = y + len(lines) * LINE + 18
            drawn.append(words(0.0, y + 15, lines))
        for column in panel.columns:
            cell = cells.get((study, column.domain))
            if cell is not None:  # a tool may not ask this of every design
                drawn.append(group(_said(cell), risk_mark(cell.level, column.x, middle, r)))
        y += height
        drawn.append(segment(0.0, y, end, y, "p-grid"))
    if label_w and last.domain == OVERALL and len(panel.columns) > 1:
        x = last.x - last.width / 2
        drawn.append(segment(x, first, x, y, "p-grid"))
    return drawn, y + 12


def _said(cell: RiskCell) -> str:
    where = (
        say("{study}, {domain} ({name})", study=cell.study, domain=cell.domain, name=cell.name)
        if cell.name
        else say("{study}, {domain}", study=cell.study, domain=cell.domain)
    )
    if cell.note:
        return say("{where}: {word}; {note}", where=where, word=cell.word, note=cell.note)
    return say("{where}: {word}", where=where, word=cell.word)


def _key(columns: Sequence[_Column], y: float, width: float) -> tuple[list[str], float]:
    """What the domains are about, in two columns where there is room."""
    named = [c for c in columns if c.name]
    if not named:
        return [], y
    beside = 2 if width >= NARROW and len(named) > 3 else 1
    room = width / beside - (16 if beside > 1 else 0)
    indent = max(text_width(c.domain, SMALL) for c in named) + 10
    drawn: list[str] = []
    deepest = y
    per = -(-len(named) // beside)
    for i in range(beside):
        x, at = i * width / beside, y
        for c in named[i * per : (i + 1) * per]:
            lines = wrap(c.name, room - indent, SMALL)
            drawn.append(words(x, at + 12, c.domain, size=SMALL, bold=True))
            drawn.append(words(x + indent, at + 12, lines, size=SMALL, ink="p-muted", line=15.0))
            at += 15 * len(lines) + 2
        deepest = max(deepest, at)
    return drawn, deepest + 10


def traffic_light(rows: Sequence[RiskCell], ax: Axes | None = None) -> Axes:
    """The same cells with matplotlib; returns the Axes drawn on.

    Columns of several tools stand beside each other, named with the tool.

    >>> from matplotlib.figure import Figure
    >>> cells = traffic_light_rows([{"study": "Kim", "D1": "Low", "D2": "High"}])
    >>> ax = traffic_light(cells, Figure().add_subplot())
    >>> [name.get_text() for name in ax.get_xticklabels()], [sign.get_text() for sign in ax.texts]
    (['D1', 'D2'], ['+', '×'])
    """
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    if not rows:
        raise EvidenceError("nothing to draw: no result has a judgement.")
    target = plt.gca() if ax is None else ax
    tools = list(dict.fromkeys(row.tool for row in rows))
    columns = [
        (tool, name)
        for tool in tools
        for name, _ in columns_of([row for row in rows if row.tool == tool])
    ]
    studies = list(dict.fromkeys(row.study for row in rows))
    for row in rows:
        x, y = columns.index((row.tool, row.domain)), studies.index(row.study)
        look = LOOKS[row.level]
        target.scatter([x], [y], s=190, marker=look.marker, color=look.colour, edgecolor="0.35")
        hollow = look.colour == "white"
        target.text(
            x, y, look.sign, ha="center", va="center", color="black" if hollow else "white",
            weight="bold",
        )  # fmt: skip
    named = [f"{tool}\n{name}" if len(tools) > 1 else name for tool, name in columns]
    target.set_xticks(range(len(columns)), named)
    target.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    target.set_yticks(range(len(studies)), studies)
    target.tick_params(axis="both", length=0)
    target.set_xlim(-0.5, len(columns) - 0.5)
    target.set_ylim(len(studies) - 0.5, -0.5)
    handles: list[Any] = [
        Line2D(
            [], [], linestyle="none", marker=LOOKS[level].marker, markersize=9,
            color=LOOKS[level].colour, markeredgecolor="0.35",
            label=f"{LOOKS[level].sign} {said}".strip(),
        )
        for level, said in by_level((row.level, row.word) for row in rows)
    ]  # fmt: skip
    legend_below(target, handles, inches=0.1, columns=2)
    return target
