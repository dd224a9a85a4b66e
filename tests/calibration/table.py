"""The table and the picture of a calibration run, and the table read back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args
from xml.sax.saxutils import escape

import numpy as np
from simulate import TARGETS, Check, Kind, Scored


class Row(NamedTuple):
    """What a run found of one check; coverage in percent. Monte Carlo errors beside both."""

    rule: str
    data: str
    kind: Kind
    coverage: float
    error: float
    bias: float
    bias_error: float
    width: float
    unit: str
    studies: int

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.data}"

    @property
    def verdict(self) -> str:
        """Below or above the target by more than twice the Monte Carlo error, or met."""
        low, high = (100 * x for x in TARGETS[self.kind])
        if self.kind == "shown":
            return ""
        if self.coverage + 2 * self.error < low:
            return "**below**"
        return "**above**" if self.coverage - 2 * self.error > high else "met"


def row(check: Check, scored: Scored) -> Row:
    """Summarise the studies of one check."""
    k = len(scored.covered)
    share = float(scored.covered.mean())
    return Row(
        rule=check.rule,
        data=check.data,
        kind=check.kind,
        coverage=100 * share,
        error=100 * math.sqrt(share * (1 - share) / k),
        bias=float(np.nanmean(scored.error)),
        bias_error=float(np.nanstd(scored.error)) / math.sqrt(k),
        width=float(np.median(scored.width)),
        unit=check.unit,
        studies=k,
    )


TITLES: dict[Kind, str] = {
    "exact": "Exact rules: 94 to 96 %",
    "bound": "Bounds: at least 95 %",
    "assumed": "Assumed values, where the assumption holds: 93 to 97 %",
    "shown": "No target: assumptions that fail, selection, and points that claim no interval",
}
HEAD = (
    "| rule | data | coverage, % | ± | bias | median width | unit | studies | |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: | --- |\n"
)


def as_markdown(rows: Sequence[Row]) -> str:
    """One table per kind of claim."""
    parts = []
    for kind in get_args(Kind):
        lines = [_line(r) for r in rows if r.kind == kind]
        if lines:
            parts.append(f"## {TITLES[kind]}\n\n{HEAD}" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _line(r: Row) -> str:
    cells = (
        f"`{r.rule}`", r.data, f"{r.coverage:.1f}", f"{r.error:.1f}",
        f"{_number(r.bias)} ± {_number(r.bias_error)}",
        _number(r.width), r.unit, str(r.studies), r.verdict,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    if math.isinf(value):
        return "∞"
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def read_markdown(text: str) -> dict[str, tuple[float, int]]:
    """Name of each row to its coverage in percent and the number of studies."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) >= 8:
            name = f"{cells[0].strip('`')}: {cells[1]}"
            found[name] = float(cells[2]), int(cells[7])
    return found


# the picture: names to the left, coverage from LEAST to 100 to the right
LEAST, LABELS, WIDTH, STEP = 85.0, 520, 360, 13
COLOURS: dict[Kind, str] = {
    "exact": "#1b6ca8", "bound": "#2d7d46", "assumed": "#8a5a00", "shown": "#666666",
}  # fmt: skip


def as_svg(rows: Iterable[Row]) -> str:
    """A dot per check on the band of its target; ◂ stands for a coverage off the left edge."""
    shown: list[str] = []
    y = 18
    for kind in get_args(Kind):
        shown.append(f'<text x="8" y="{y + 4}" font-weight="bold">{escape(TITLES[kind])}</text>')
        for r in rows:
            if r.kind == kind:
                y += STEP
                shown.extend(_drawn(r, y))
        y += 2 * STEP
    ticks = [_tick(x, y - STEP) for x in (85, 90, 95, 100)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LABELS + WIDTH + 20} {y + 6}" '
        'font-family="sans-serif" font-size="9.5">\n<title>Coverage of nominal 95 % intervals'
        '</title>\n<rect width="100%" height="100%" fill="#ffffff"/>\n'
        + "\n".join([*ticks, *shown])
        + "\n</svg>\n"
    )


def _x(coverage: float) -> float:
    return LABELS + WIDTH * (max(coverage, LEAST) - LEAST) / (100 - LEAST)


def _tick(coverage: int, bottom: int) -> str:
    x = _x(coverage)
    return (
        f'<path d="M{x:.1f} 24V{bottom}" stroke="#dddddd"/>'
        f'<text x="{x:.1f}" y="{bottom + 11}" text-anchor="middle">{coverage} %</text>'
    )


def _drawn(r: Row, y: int) -> list[str]:
    colour = COLOURS[r.kind]
    parts = [f'<text x="8" y="{y + 3}">{escape(r.name)}</text>']
    if r.kind != "shown":
        low, high = (_x(100 * x) for x in TARGETS[r.kind])
        parts.append(
            f'<rect x="{low:.1f}" y="{y - 5}" width="{high - low:.1f}" height="10" '
            f'fill="{colour}" opacity=".15"/>'
        )
    x = _x(r.coverage)
    if r.coverage < LEAST:
        parts.append(f'<text x="{x:.1f}" y="{y + 3}" fill="{colour}">◂ {r.coverage:.1f}</text>')
    else:
        spread = 2 * r.error * WIDTH / (100 - LEAST)
        left, right = max(x - spread, _x(LEAST)), min(x + spread, _x(100))
        parts.append(f'<path d="M{left:.1f} {y}H{right:.1f}" stroke="{colour}"/>')
        fill = colour if "**" not in r.verdict else "#c0222b"
        parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="3" fill="{fill}"/>')
    return parts
