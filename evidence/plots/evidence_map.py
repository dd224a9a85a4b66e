"""What has been studied: ingredients against families of outcomes, counted and shaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.plots.legend import legend_below
from evidence.plots.rows import records, take, take_number
from evidence.plots.svg import INK, SIZE, SMALL, group, picture, tag, text_width, words, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHADES: tuple[tuple[float, str], ...] = (
    (10.0, "p-shade-0"),
    (20.0, "p-shade-1"),
    (40.0, "p-shade-2"),
    (60.0, "p-shade-3"),
    (101.0, "p-shade-4"),
)
"""Shade of a cell by its best reliability: the first limit that lies above it."""

_DARK = ("p-shade-3", "p-shade-4")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapCell:
    """Studies of one ingredient on one family of outcomes, and the best score among them."""

    ingredient: str
    family: str
    studies: int
    best: float | None


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
        One per result, with `ingredient`, `family`, `study` and, where scored, `reliability`.
    ingredients, families : sequence of str, optional
        Order of the rows and columns, and which are shown. Otherwise those with most studies
        first, then by name.

    Examples
    --------
    >>> evidence_map_rows([
    ...     {"ingredient": "retinol", "family": "wrinkles", "study": "Kafi", "reliability": 41.0},
    ...     {"ingredient": "retinol", "family": "wrinkles", "study": "Kafi", "reliability": 12.0}])
    [MapCell(ingredient='retinol', family='wrinkles', studies=1, best=41.0)]
    """
    names: dict[tuple[str, str], set[str]] = {}
    best: dict[tuple[str, str], float] = {}
    for i, entry in enumerate(records(entries)):
        key = (str(take(entry, "ingredient", default="")), str(take(entry, "family", default="")))
        names.setdefault(key, set()).add(str(take(entry, "study", default=i)))
        score = take_number(entry, "reliability", "best")
        if score is not None:
            best[key] = max(score, best.get(key, score))
    rows = list(ingredients) if ingredients is not None else _busiest(names, 0)
    columns = list(families) if families is not None else _busiest(names, 1)
    return [
        MapCell(ingredient=row, family=col, studies=len(names[row, col]), best=best.get((row, col)))
        for row in rows
        for col in columns
        if (row, col) in names
    ]


def _busiest(names: Mapping[tuple[str, str], set[str]], axis: int) -> list[str]:
    together: dict[str, set[str]] = {}
    for key, studies in names.items():
        together.setdefault(key[axis], set()).update(studies)
    return sorted(together, key=lambda name: (-len(together[name]), name))


def evidence_map_svg(
    rows: Sequence[MapCell],
    *,
    title: str,
    desc: str,
    families: Sequence[str] | None = None,
    best_word: str = "best",
    not_scored: str = "not scored",
    legend: str = "best reliability in the cell:",
    width: float = 840.0,
) -> str:
    """The grid as SVG: the number of studies, and below it the best score.

    Parameters
    ----------
    rows : sequence of MapCell
        From `evidence_map_rows`.
    title, desc : str
        Name and description of the image.
    families : sequence of str, optional
        Order of the columns; otherwise as they first occur.
    best_word, not_scored, legend : str
        Words.
    width : float
        640 to 960 pixels.
    """
    if not rows:
        raise EvidenceError("nothing to draw: no ingredient has a study.")
    columns = (
        list(families) if families is not None else list(dict.fromkeys(r.family for r in rows))
    )
    ingredients = list(dict.fromkeys(row.ingredient for row in rows))
    label_w = min(0.26 * width, max(text_width(name) * 1.05 for name in ingredients))
    left = label_w + 12
    cell_w = min(120.0, (width - left) / len(columns))
    turned = any(text_width(word, SMALL) > cell_w - 6 for name in columns for word in name.split())
    drawn, top = _heads(columns, left, cell_w, turned)
    y = top
    for name in ingredients:
        lines = wrap(name, label_w, most=3)
        height = max(44.0, len(lines) * 16.0 + 10)
        drawn.append(words(0.0, y + height / 2 - len(lines) * 8 + 12, lines))
        for col, family in enumerate(columns):
            found = next((r for r in rows if r.ingredient == name and r.family == family), None)
            x = left + col * cell_w
            drawn.append(_cell(found, x, y, cell_w, height, best_word, not_scored))
        y += height
    below, end = _legend(y + 14, legend, not_scored, width)
    return picture([*drawn, *below], width=width, height=end, title=title, desc=desc)


def shade(best: float | None) -> str:
    """Class of a cell by its best score.

    >>> shade(None), shade(9.9), shade(20.0), shade(100.0)
    ('p-shade-none', 'p-shade-0', 'p-shade-2', 'p-shade-4')
    """
    if best is None:
        return "p-shade-none"
    return next(name for limit, name in SHADES if best < limit)


def _heads(
    columns: Sequence[str], left: float, cell_w: float, turned: bool
) -> tuple[list[str], float]:
    if not turned:
        wrapped = [wrap(name, cell_w - 6, SMALL) for name in columns]
        tall = max(len(lines) for lines in wrapped)
        return [
            words(
                left + (i + 0.5) * cell_w,
                14 + (tall - len(lines)) * 15,
                lines,
                anchor="middle",
                size=SMALL,
                line=15.0,
            )
            for i, lines in enumerate(wrapped)
        ], tall * 15.0 + 10
    wrapped = [wrap(name, 150.0, SMALL, most=max(1, int(cell_w // 15))) for name in columns]
    deep = max(text_width(line, SMALL) for lines in wrapped for line in lines) + 8
    drawn = []
    for i, lines in enumerate(wrapped):
        x = left + (i + 0.5) * cell_w + 4 - (len(lines) - 1) * 7.5
        turn = f"translate({x:.1f} {deep - 4:.1f}) rotate(-90)"
        text = words(0.0, 0.0, lines, size=SMALL, line=15.0)
        drawn.append(tag("g", {"transform": turn}, text))
    return drawn, deep + 4


def _cell(
    cell: MapCell | None,
    x: float,
    y: float,
    w: float,
    h: float,
    best_word: str,
    not_scored: str,
) -> str:
    box = {"x": x + 1, "y": y + 1, "width": w - 2, "height": h - 2, "rx": 3.0}
    if cell is None:
        # an empty cell is a fact too: nobody looked
        return tag("rect", {**box, "class": "p-grid"})
    kind = shade(cell.best)
    ink = "p-ink" if cell.best is None else "p-on-dark" if kind in _DARK else "p-on-light"
    below = "" if cell.best is None else f"{best_word} {number(cell.best, 0)}"
    if text_width(below, SMALL) > w - 6:
        below = "" if cell.best is None else number(cell.best, 0)
    middle, base = x + w / 2, y + h / 2 + (5 if not below else -2)
    said = f"{best_word} {number(cell.best, 0)}" if cell.best is not None else not_scored
    count = f"{cell.studies} {'study' if cell.studies == 1 else 'studies'}"
    return group(
        f"{cell.ingredient}, {cell.family}: {count}, {said}",
        tag("rect", {**box, "class": kind}),
        words(middle, base, str(cell.studies), anchor="middle", ink=ink, bold=True),
        words(middle, base + 16, below, anchor="middle", size=SMALL, ink=ink) if below else "",
    )


def _legend(y: float, legend: str, not_scored: str, width: float) -> tuple[list[str], float]:
    steps: list[tuple[str, str]] = []
    low = 0.0
    for limit, name in SHADES:
        steps.append((name, f"{low:.0f}–{min(limit, 100.0):.0f}"))
        low = limit
    steps.append(("p-shade-none", not_scored))
    drawn = [words(0.0, y + 11, legend, size=SMALL, ink="p-muted")]
    x = text_width(legend, SMALL) + 14
    for name, text in steps:
        need = 22 + text_width(text, SMALL) + 14
        if x + need > width:
            x, y = 0.0, y + 22
        box = {"x": x + 1, "y": y, "width": 15.0, "height": 13.0, "rx": 2.0, "class": name}
        drawn += [tag("rect", box), words(x + 22, y + 11, text, size=SMALL)]
        x += need
    return drawn, y + 24 + (SIZE - SMALL)


def evidence_map(
    rows: Sequence[MapCell], ax: Axes | None = None, *, not_scored: str = "not scored"
) -> Axes:
    """The same grid with matplotlib; returns the Axes drawn on.

    Cells without a score are hatched. Columns are named above them, the legend is below.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    target = plt.gca() if ax is None else ax
    families = list(dict.fromkeys(row.family for row in rows))
    ingredients = list(dict.fromkeys(row.ingredient for row in rows))
    for row in rows:
        x, y = families.index(row.family), ingredients.index(row.ingredient)
        kind = shade(row.best)
        look = _fill(kind)
        target.add_patch(Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, linewidth=0.8, **look))
        target.text(
            x,
            y,
            str(row.studies),
            ha="center",
            va="center",
            color="white" if kind in _DARK else "black",
            # a number must be read through the hatching
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0} if look["hatch"] else None,
        )
    turned = len(families) > FEW or any(len(w) > LETTERS for name in families for w in name.split())
    named = [fill(name, 24 if turned else LETTERS) for name in families]
    target.set_xticks(range(len(families)), named, rotation=90 if turned else 0, fontsize="small")
    target.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    target.set_yticks(range(len(ingredients)), [fill(name, 28) for name in ingredients])
    target.tick_params(axis="both", length=0)
    target.set_xlim(-0.5, len(families) - 0.5)
    target.set_ylim(len(ingredients) - 0.5, -0.5)
    low, handles = 0.0, []
    for limit, kind in SHADES:
        said = f"{low:.0f}–{min(limit, 100.0):.0f}"
        handles.append(Rectangle((0, 0), 1, 1, label=said, **_fill(kind)))
        low = limit
    handles.append(Rectangle((0, 0), 1, 1, label=not_scored, **_fill(shade(None))))
    legend_below(
        target, handles, inches=0.1, columns=3, title="number: studies; shade: best reliability"
    )
    return target


FEW, LETTERS = 5, 14
"""Up to so many columns, and so long words, are named without turning the text."""


def _fill(kind: str) -> dict[str, Any]:
    """Filling, edge and hatching of a cell; nothing but the unscored is hatched."""
    ink = INK[kind]
    unscored = ink["fill"] == "none"
    return {
        "facecolor": "white" if unscored else ink["fill"],
        "edgecolor": ink["stroke"],
        "hatch": "////" if unscored else None,
    }
