"""The matrix of a specification curve: which analysis made which choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.formatting import number
from evidence.messages import capital, say
from evidence.plots.multiverse_rows import ChoiceRow, SpecificationRow, choice_rows
from evidence.plots.svg import SMALL, coordinate, group, segment, tag, text_width, words, wrap

MOST_VALUES = 8
"""Values of one choice that get a line each; the others of it share one."""
STEP = 2.0
"""Pixels of a column at least."""
MEDIAN_HEAD = "median; significant"
SIGNIFICANT, NOT_SIGNIFICANT = "significant", "not significant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Neighbours in rank that are drawn as one; a single analysis where there is room."""

    x: float
    rows: tuple[SpecificationRow, ...]

    @property
    def significant(self) -> bool:
        """Whether most of them are."""
        return sum(row.significant for row in self.rows) * 2 > len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the matrix: a value of a choice, or several that share it."""

    label: str
    said: str
    values: frozenset[tuple[str, str]]  # empty: the line of what is significant
    head: str = ""


def columns_of(rows: Sequence[SpecificationRow], first: float, last: float) -> list[Column]:
    """Analyses by rank, several to a column where they would lie closer than `STEP`.

    >>> row = SpecificationRow(rank=1, estimate=0.2, ci_low=0.1, ci_high=0.3, significant=True,
    ...                        primary=False, same_sign=True, choices=())
    >>> [(column.x, len(column.rows)) for column in columns_of([row] * 4, 0.0, 100.0)]
    [(12.5, 1), (37.5, 1), (62.5, 1), (87.5, 1)]
    >>> [len(column.rows) for column in columns_of([row] * 100, 0.0, 30.0)][:3]
    [7, 7, 7]
    """
    most = max(1, int((last - first) / STEP))
    per = -(-len(rows) // most)
    cut = [tuple(rows[i : i + per]) for i in range(0, len(rows), per)]
    step = (last - first) / len(cut)
    return [Column(x=first + (i + 0.5) * step, rows=part) for i, part in enumerate(cut)]


def path_of(lines: Sequence[Sequence[tuple[float, float]]]) -> str:
    """Many lines as the `d` of one path.

    >>> path_of([((0, 0), (0, 5)), ((9, 0), (9, 2.5))])
    'M0 0L0 5M9 0L9 2.5'
    """
    return "".join(
        "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in line) for line in lines
    )


def lines_of(
    rows: Sequence[SpecificationRow],
    found: Sequence[ChoiceRow],
    names: Mapping[str, str],
    digits: int,
) -> list[Line]:
    """Lines of the matrix: what is significant, then the values of each choice.

    Of a choice with many values those that move the median most keep a line of their own.

    >>> from evidence.plots.multiverse_rows import multiverse_rows
    >>> done = [{"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "pvalue": 0.01, "test": "z"},
    ...         {"estimate": 0.2, "ci_low": -0.1, "ci_high": 0.5, "pvalue": 0.2, "test": "HKSJ"}]
    >>> rows = multiverse_rows(done)
    >>> [(line.head, line.label, line.said) for line in lines_of(rows, choice_rows(rows), {}, 1)]
    [('', 'significant', '50 %'), ('Test', 'z', '0.4; 100 %'), ('', 'HKSJ', '0.2; 0 %')]
    """
    whole = found[0]
    share = f"{number(100 * whole.share_significant, 0)} %"
    lines = [Line(label=SIGNIFICANT, said=share, values=frozenset())]
    for choice in dict.fromkeys(row.choice for row in found[1:]):
        own = [row for row in found if row.choice == choice]
        kept, shared = own, []
        if len(own) > MOST_VALUES + 1:
            moved = sorted(own[1:], key=lambda row: -abs(row.median - whole.median))
            kept = [own[0], *(row for row in own[1:] if row in moved[: MOST_VALUES - 1])]
            shared = [row for row in own if row not in kept]
        head = capital(names.get(choice, choice))
        lines += [
            _line(row.value, row, [row], "" if i else head, digits) for i, row in enumerate(kept)
        ]
        if shared:
            values = {(row.choice, row.value) for row in shared}
            together = choice_rows([row for row in rows if values & set(row.choices)])[0]
            label = say("{n} others", n=len(shared))
            lines.append(_line(label, together, shared, "", digits))
    return lines


def _line(label: str, found: ChoiceRow, of: Sequence[ChoiceRow], head: str, digits: int) -> Line:
    said = f"{number(found.median, digits)}; {number(100 * found.share_significant, 0)} %"
    values = frozenset((row.choice, row.value) for row in of)
    return Line(label=label, said=said, values=values, head=head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What was drawn, where it ends, and the heights where an upright line crosses no text."""

    drawn: tuple[str, ...]
    bands: tuple[tuple[float, float], ...]
    bottom: float


def matrix_of(
    lines: Sequence[Line],
    columns: Sequence[Column],
    *,
    y: float,
    label_w: float,
    left: float,
    right: float,
    width: float,
) -> Matrix:
    """One line per value, a tick where an analysis chose it; its median and share beside.

    With a `label_w` of 0 the words stand above the ticks.

    >>> line = Line(label="REML", said="0.4; 100 %", values=frozenset({("tau2", "REML")}))
    >>> drawn = matrix_of([line], [], y=0.0, label_w=60.0, left=70.0, right=300.0, width=400.0)
    >>> drawn.bands, drawn.bottom
    (((0.0, 18.0),), 22.0)
    """
    top = y
    step = columns[1].x - columns[0].x if len(columns) > 1 else 12.0
    thick = min(8.0, max(1.0, 0.7 * step))
    drawn: list[str] = []
    bands: list[tuple[float, float]] = []
    for i, line in enumerate(lines):
        if line.head:
            heads = wrap(line.head, width - 150, SMALL)
            drawn.append(words(0.0, y + 13, heads, size=SMALL, bold=True, line=15.0))
            if i == 1:  # above the first value
                drawn.append(words(width, y + 13, MEDIAN_HEAD, anchor="end", size=SMALL,
                                   ink="p-muted"))  # fmt: skip
            y += 15 * len(heads) + 4
        room = label_w or width - text_width(line.said, SMALL) - 8
        label = wrap(line.label, room, SMALL, most=2)
        drawn.append(words(0.0, y + 12, label, size=SMALL, line=15.0))
        drawn.append(words(width, y + 12, line.said, anchor="end", size=SMALL, ink="p-muted"))
        middle = y + 8 if label_w else y + 15.0 * len(label) + 8
        bands.append((middle - 7, middle + 7))
        drawn.append(segment(left, middle, right, middle, "p-grid"))
        marks = [
            ((c.x, middle - 5.5 * share), (c.x, middle + 5.5 * share))
            for c in columns
            if (share := _share(c, line.values))
        ]
        path = {"d": path_of(marks), "class": "p-line", "stroke-width": thick}
        name = say("{value}: {said}", value=line.label, said=line.said)
        drawn.append(group(name, *([tag("path", path)] if marks else [])))
        y += max(18.0, 15.0 * len(label) + 3) if label_w else 15.0 * len(label) + 20
    return Matrix(drawn=tuple(drawn), bands=((top, y),) if label_w else tuple(bands), bottom=y + 4)


def _share(column: Column, values: frozenset[tuple[str, str]]) -> float:
    """How many of the analyses in a column chose one of the values, 0 to 1."""
    chosen = (bool(values & set(row.choices)) if values else row.significant for row in column.rows)
    return sum(chosen) / len(column.rows)
