"""What the evidence map draws: shades, circles by number of studies, marks of direction, a list.

Below the width of a page the grid becomes a list: every ingredient with its outcomes below it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evidence.formatting import number
from evidence.messages import listed, say, say_n
from evidence.plots.evidence_map_rows import MapCell, MapDirection
from evidence.plots.svg import (
    LINE,
    SMALL,
    coordinate,
    diamond,
    group,
    polygon,
    segment,
    tag,
    text_width,
    words,
    wrap,
)

SHADES: tuple[tuple[float, str], ...] = (
    (10.0, "p-shade-0"),
    (20.0, "p-shade-1"),
    (40.0, "p-shade-2"),
    (60.0, "p-shade-3"),
    (101.0, "p-shade-4"),
)
"""Shade of a cell by its best reliability: the first limit that lies above it."""
DARK = ("p-shade-3", "p-shade-4")
LARGEST = 19.0
"""Pixels from the middle of the largest circle to its edge."""

MARKERS: Mapping[MapDirection, str] = {
    "mostly favourable": "^",
    "mixed": "D",
    "mostly no difference": "_",
    "against": "v",
    "uncontrolled only": "o",
}
"""Marks of direction for matplotlib, as `direction_mark` draws them."""


def shade(best: float | None) -> str:
    """Class of a cell by its best score.

    >>> shade(None), shade(9.9), shade(20.0), shade(100.0)
    ('p-shade-none', 'p-shade-0', 'p-shade-2', 'p-shade-4')
    """
    if best is None:
        return "p-shade-none"
    return next(name for limit, name in SHADES if best < limit)


def radius(studies: int, most: int) -> float:
    """Of the circle of a number of studies: its area grows with the number.

    >>> radius(1, 4) * 2 == radius(4, 4) == LARGEST
    True
    """
    return LARGEST * math.sqrt(studies / most)


def direction_mark(direction: MapDirection, x: float, y: float, ink: str = "p-ink") -> str:
    """Ten pixels wide: up, down, a diamond, two bars, a ring. Filled, so any text colour will do.

    >>> direction_mark("", 0.0, 0.0)
    ''
    """
    if direction == "mostly favourable":
        return polygon(((x - 5, y + 4), (x + 5, y + 4), (x, y - 5)), ink)
    if direction == "against":
        return polygon(((x - 5, y - 4), (x + 5, y - 4), (x, y + 5)), ink)
    if direction == "mixed":
        return diamond(x, y, 5.0, 5.0, ink)
    if direction == "mostly no difference":
        return "".join(
            tag("rect", {"x": x - 5, "y": y + d, "width": 10.0, "height": 2.5, "class": ink})
            for d in (-4.0, 1.5)
        )
    if direction == "uncontrolled only":
        edges = "".join(f"M{'L'.join(_circle(x, y, r))}Z" for r in (5.0, 3.0))
        return tag("path", {"d": edges, "fill-rule": "evenodd", "class": ink})
    return ""


def _circle(x: float, y: float, r: float) -> list[str]:
    turns = [i * math.pi / 8 for i in range(16)]
    return [f"{coordinate(x + r * math.cos(t))} {coordinate(y + r * math.sin(t))}" for t in turns]


def cell_words(cell: MapCell, best_word: str, not_scored: str) -> str:
    """A cell in a sentence, for the pointer.

    >>> cell = MapCell(ingredient="retinol", family="wrinkles", studies=2, best=41.0,
    ...                direction="mixed")
    >>> cell_words(cell, "best", "not scored")
    'retinol, wrinkles: 2 studies, best 41, mixed'
    """
    best = (
        say("{word} {score}", word=best_word, score=number(cell.best, 0))
        if cell.best is not None
        else not_scored
    )
    count = say_n(cell.studies, "{n} study", "{n} studies")
    parts = [count, best, *([cell.direction] if cell.direction else [])]
    return say(
        "{ingredient}, {family}: {said}",
        ingredient=cell.ingredient,
        family=cell.family,
        said=listed(parts, ", "),
    )


def bubble(
    cell: MapCell,
    x: float,
    y: float,
    w: float,
    h: float,
    most: int,
    best_word: str,
    not_scored: str,
) -> str:
    """A circle by number of studies, shaded by the best score; numbers below, the way beside.

    >>> cell = MapCell(ingredient="retinol", family="wrinkles", studies=2, best=41.0)
    >>> ">2 · 41<" in bubble(cell, 0.0, 0.0, 60.0, 60.0, 2, "best", "not scored")
    True
    """
    r = radius(cell.studies, most)
    middle, up = x + w / 2, y + LARGEST + 4
    below = (
        f"{cell.studies} · {number(cell.best, 0)}" if cell.best is not None else (f"{cell.studies}")
    )
    return group(
        cell_words(cell, best_word, not_scored),
        tag("circle", {"cx": middle, "cy": up, "r": r, "class": shade(cell.best)}),
        direction_mark(cell.direction, min(middle + LARGEST + 7, x + w - 6), y + 9),
        words(middle, y + h - 5, below, anchor="middle", size=SMALL),
    )  # fmt: skip


def map_list(
    rows: Sequence[MapCell], *, best_word: str, not_scored: str, width: float
) -> tuple[list[str], float]:
    """The cells one below the other, and where they end.

    >>> cells = [MapCell(ingredient="retinol", family="wrinkles", studies=2, best=None)]
    >>> drawn, end = map_list(cells, best_word="best", not_scored="not scored", width=288.0)
    >>> ">2 studies, not scored<" in "".join(drawn), "".join(drawn).count("<circle")
    (True, 1)
    """
    most = max(row.studies for row in rows)
    drawn: list[str] = []
    y, x = 0.0, 2 * LARGEST + 12
    for name in dict.fromkeys(row.ingredient for row in rows):
        lines = wrap(name, width / 1.06)
        drawn.append(words(0.0, y + 16, lines, bold=True))
        y += len(lines) * LINE + 8
        for cell in (row for row in rows if row.ingredient == name):
            family = wrap(cell.family, width - x)
            count = say_n(cell.studies, "{n} study", "{n} studies")
            best = (
                say("{word} {score}", word=best_word, score=number(cell.best, 0))
                if cell.best is not None
                else not_scored
            )
            parts = [count, best, *([cell.direction] if cell.direction else [])]
            said = wrap(listed(parts, ", "), width - x - 16, SMALL)
            tall = len(family) * LINE + len(said) * 15 + 8
            height = max(tall, 2 * radius(cell.studies, most) + 6)
            middle = y + height / 2
            top = middle - tall / 2 + 4
            r = radius(cell.studies, most)
            beside = top + len(family) * LINE
            mark = direction_mark(cell.direction, x + 5, beside + 8)
            drawn += [
                group(
                    cell_words(cell, best_word, not_scored),
                    tag("circle", {"cx": LARGEST + 2, "cy": middle, "r": r,
                                   "class": shade(cell.best)}),
                    mark,
                ),
                words(x, top + 12, family),
                words(x + (16 if mark else 0), beside + 12, said, size=SMALL, ink="p-muted",
                      line=15.0),
                segment(0.0, y + height, width, y + height, "p-grid"),
            ]  # fmt: skip
            y += height
        y += 6
    return drawn, y


def direction_legend(
    found: Sequence[MapDirection], y: float, width: float
) -> tuple[list[str], float]:
    """The marks that occur, with their words, and where they end.

    >>> drawn, end = direction_legend(["against", "mixed", "against"], 0.0, 800.0)
    >>> "".join(drawn).count("<text"), end
    (2, 22.0)
    """
    drawn: list[str] = []
    x = 0.0
    for direction in MARKERS:
        if direction not in found:
            continue
        need = 20 + text_width(direction, SMALL) + 16
        if x and x + need - 16 > width:
            x, y = 0.0, y + 20
        drawn += [direction_mark(direction, x + 7, y + 7)]
        drawn.append(words(x + 20, y + 11, direction, size=SMALL))
        x += need
    return drawn, y + 22
