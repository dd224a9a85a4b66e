"""Cells of an evidence map: how many studies, the best score, and which way the results point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evidence.errors import OptionError
from evidence.plots.rows import records, take, take_number

MapDirection = Literal[
    "mostly favourable", "mixed", "mostly no difference", "against", "uncontrolled only", ""
]

IN_FAVOUR, AGAINST, NO_DIFFERENCE = "in favour", "against", "no difference shown"
UNCONTROLLED = "uncontrolled"
DIRECTIONS = (IN_FAVOUR, NO_DIFFERENCE, AGAINST, UNCONTROLLED, "not readable")
"""Words that a result may bring, as `evidence.verdict.judge` says them."""
MOSTLY = 2 / 3
"""Share of the controlled results from which on they mostly point one way: a project choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapCell:
    """Studies of one ingredient on one family of outcomes, and the best score among them.

    `direction` says which way the results point that have a control, counted, not weighed; empty
    where none is known.
    """

    ingredient: str
    family: str
    studies: int
    best: float | None
    direction: MapDirection = ""


def evidence_map_rows(
    entries: object,
    *,
    ingredients: Sequence[str] | None = None,
    families: Sequence[str] | None = None,
) -> list[MapCell]:
    """Cells of the grid that have a study, ordered by ingredient, then family.

    Parameters
    ----------
    entries : data frame, or iterable of mappings or objects
        One per result, with `ingredient`, `family`, `study` and, where known, `reliability` and
        `direction` (a word of `DIRECTIONS`).
    ingredients, families : sequence of str, optional
        Order of the rows and columns, and which are shown. Otherwise those with most studies
        first, then by name.

    Raises
    ------
    OptionError
        Another word for a direction.

    Examples
    --------
    >>> evidence_map_rows([
    ...     {"ingredient": "retinol", "family": "wrinkles", "study": "Kafi", "reliability": 41.0},
    ...     {"ingredient": "retinol", "family": "wrinkles", "study": "Kafi", "reliability": 12.0}])
    [MapCell(ingredient='retinol', family='wrinkles', studies=1, best=41.0, direction='')]
    """
    names: dict[tuple[str, str], set[str]] = {}
    best: dict[tuple[str, str], float] = {}
    ways: dict[tuple[str, str], list[str]] = {}
    for i, entry in enumerate(records(entries)):
        key = (str(take(entry, "ingredient", default="")), str(take(entry, "family", default="")))
        names.setdefault(key, set()).add(str(take(entry, "study", default=i)))
        score = take_number(entry, "reliability", "best")
        if score is not None:
            best[key] = max(score, best.get(key, score))
        ways.setdefault(key, []).append(str(take(entry, "direction", default="")))
    rows = list(ingredients) if ingredients is not None else _busiest(names, 0)
    columns = list(families) if families is not None else _busiest(names, 1)
    return [
        MapCell(
            ingredient=row,
            family=col,
            studies=len(names[row, col]),
            best=best.get((row, col)),
            direction=direction_of(ways[row, col]),
        )
        for row in rows
        for col in columns
        if (row, col) in names
    ]


def _busiest(names: Mapping[tuple[str, str], set[str]], axis: int) -> list[str]:
    together: dict[str, set[str]] = {}
    for key, studies in names.items():
        together.setdefault(key[axis], set()).update(studies)
    return sorted(together, key=lambda name: (-len(together[name]), name))


def direction_of(ways: Sequence[str]) -> MapDirection:
    """Which way most results with a control point: two thirds of them, or it is mixed.

    Raises
    ------
    OptionError
        A word that is none of `DIRECTIONS`.

    Examples
    --------
    >>> direction_of(["in favour", "in favour", "no difference shown", "uncontrolled"])
    'mostly favourable'
    >>> direction_of(["in favour", "against"]), direction_of(["uncontrolled"]), direction_of([])
    ('mixed', 'uncontrolled only', '')
    """
    for way in ways:
        if way and way not in DIRECTIONS:
            raise OptionError("direction", way, DIRECTIONS)
    counts = Counter(ways)
    controlled = counts[IN_FAVOUR] + counts[NO_DIFFERENCE] + counts[AGAINST]
    if not controlled:
        return "uncontrolled only" if counts[UNCONTROLLED] else ""
    mostly: tuple[tuple[str, MapDirection], ...] = (
        (IN_FAVOUR, "mostly favourable"),
        (AGAINST, "against"),
        (NO_DIFFERENCE, "mostly no difference"),
    )
    for word, said in mostly:
        if counts[word] >= MOSTLY * controlled - 1e-9:
            return said
    return "mixed"
