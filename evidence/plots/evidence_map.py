"""What has been studied: ingredients against families of outcomes, counted and shaded."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import say, sentences
from evidence.plots.evidence_map_marks import (
    DARK,
    LARGEST,
    MARKERS,
    SHADES,
    bubble,
    cell_words,
    direction_legend,
    direction_mark,
    map_list,
)
from evidence.plots.evidence_map_marks import shade as shade
from evidence.plots.evidence_map_rows import MapCell as MapCell
from evidence.plots.evidence_map_rows import MapDirection
from evidence.plots.evidence_map_rows import evidence_map_rows as evidence_map_rows
from evidence.plots.lanes import NARROW
from evidence.plots.legend import legend_below
from evidence.plots.svg import INK, SIZE, SMALL, group, picture, tag, text_width, words, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BELOW = "Below each circle: studies · best reliability."


def evidence_map_svg(
    rows: Sequence[MapCell],
    *,
    title: str,
    desc: str,
    families: Sequence[str] | None = None,
    best_word: str = "best",
    not_scored: str = "not scored",
    legend: str = "best reliability in the cell:",
    sized: bool = False,
    width: float = 840.0,
) -> str:
    """The grid as SVG: the number of studies, and below it the best score.

    Where the cells have a direction, a mark in their upper right corner says which.

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
    sized : bool
        Circles whose area is the number of studies, in place of filled cells.
    width : float
        640 to 960 pixels for a page. A narrow one (`SLIM`) gets a list with circles.

    Examples
    --------
    >>> cells = evidence_map_rows([{"ingredient": "retinol", "family": "wrinkles", "study": "a",
    ...                             "direction": "in favour"}])
    >>> "mostly favourable" in evidence_map_svg(cells, title="Studied", desc="One", sized=True)
    True
    """
    if not rows:
        raise EvidenceError("nothing to draw: no ingredient has a study.")
    if width < NARROW:
        drawn, y = map_list(rows, best_word=best_word, not_scored=not_scored, width=width)
    else:
        drawn, y = _grid(rows, families, best_word, not_scored, sized, width)
    below, end = _legend(y + 14, legend, not_scored, width)
    drawn += below
    directions = [row.direction for row in rows if row.direction]
    if directions:
        below, end = direction_legend(directions, end, width)
        drawn += below
    if sized or width < NARROW:
        most = max(row.studies for row in rows)
        area = say("The area of a circle is the number of studies, {n} in the largest.", n=most)
        said = sentences(area, BELOW if width >= NARROW else "")
        lines = wrap(said, width, SMALL)
        drawn.append(words(0.0, end + 11, lines, size=SMALL, ink="p-muted", line=15.0))
        end += 15 * len(lines) + 6
    return picture(drawn, width=width, height=end, title=title, desc=desc)


def _grid(
    rows: Sequence[MapCell],
    families: Sequence[str] | None,
    best_word: str,
    not_scored: str,
    sized: bool,
    width: float,
) -> tuple[list[str], float]:
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
    least = 2 * LARGEST + 26 if sized else 44.0
    most = max(row.studies for row in rows)
    for name in ingredients:
        lines = wrap(name, label_w, most=3)
        height = max(least, len(lines) * 16.0 + 10)
        drawn.append(words(0.0, y + height / 2 - len(lines) * 8 + 12, lines))
        for col, family in enumerate(columns):
            found = next((r for r in rows if r.ingredient == name and r.family == family), None)
            x = left + col * cell_w
            if sized:
                box = {"x": x + 1, "y": y + 1, "width": cell_w - 2, "height": height - 2, "rx": 3.0}
                drawn.append(tag("rect", {**box, "class": "p-grid"}))
                if found is not None:
                    drawn.append(bubble(found, x, y, cell_w, height, most, best_word, not_scored))
            else:
                drawn.append(_cell(found, x, y, cell_w, height, best_word, not_scored))
        y += height
    return drawn, y


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
    ink = "p-ink" if cell.best is None else "p-on-dark" if kind in DARK else "p-on-light"
    below = "" if cell.best is None else f"{best_word} {number(cell.best, 0)}"
    if text_width(below, SMALL) > w - 6:
        below = "" if cell.best is None else number(cell.best, 0)
    middle, base = x + w / 2, y + h / 2 + (5 if not below else -2)
    return group(
        cell_words(cell, best_word, not_scored),
        tag("rect", {**box, "class": kind}),
        words(middle, base, str(cell.studies), anchor="middle", ink=ink, bold=True),
        words(middle, base + 16, below, anchor="middle", size=SMALL, ink=ink) if below else "",
        direction_mark(cell.direction, x + w - 11, y + 11, ink),
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
    rows: Sequence[MapCell],
    ax: Axes | None = None,
    *,
    not_scored: str = "not scored",
    sized: bool = False,
) -> Axes:
    """The same grid with matplotlib; returns the Axes drawn on.

    Cells without a score are hatched; with `sized` they are circles whose area is the number of
    studies. Columns are named above them, the legend is below.

    >>> from matplotlib.figure import Figure
    >>> cells = evidence_map_rows([{"ingredient": "retinol", "family": "wrinkles", "study": "a"},
    ...                            {"ingredient": "retinol", "family": "wrinkles", "study": "b"}])
    >>> ax = evidence_map(cells, Figure().add_subplot())
    >>> [name.get_text() for name in ax.get_yticklabels()], [text.get_text() for text in ax.texts]
    (['retinol'], ['2'])
    """
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    target = plt.gca() if ax is None else ax
    families = list(dict.fromkeys(row.family for row in rows))
    ingredients = list(dict.fromkeys(row.ingredient for row in rows))
    most = max((row.studies for row in rows), default=1)
    for row in rows:
        x, y = families.index(row.family), ingredients.index(row.ingredient)
        kind = shade(row.best)
        look = _fill(kind)
        if sized:
            area = 1500 * row.studies / most
            target.scatter([x], [y], s=area, facecolor=look["facecolor"],
                           edgecolor=look["edgecolor"], hatch=look["hatch"])  # fmt: skip
        else:
            target.add_patch(Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, linewidth=0.8, **look))
        if row.direction:
            target.plot(
                [x + 0.36], [y - 0.34], MARKERS[row.direction],
                **_mark(row.direction, "white" if kind in DARK and not sized else "black"),
            )  # fmt: skip
        target.text(
            x,
            y,
            str(row.studies),
            ha="center",
            va="center",
            color="white" if kind in DARK else "black",
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
    low = 0.0
    handles: list[Any] = []
    for limit, kind in SHADES:
        said = f"{low:.0f}–{min(limit, 100.0):.0f}"
        handles.append(Rectangle((0, 0), 1, 1, label=said, **_fill(kind)))
        low = limit
    handles.append(Rectangle((0, 0), 1, 1, label=not_scored, **_fill(shade(None))))
    for direction in MARKERS:
        if any(row.direction == direction for row in rows):
            look = _mark(direction, "black")
            handles.append(
                Line2D([], [], marker=MARKERS[direction], linestyle="none", label=direction, **look)
            )
    legend_below(
        target, handles, inches=0.1, columns=3, title="number: studies; shade: best reliability"
    )
    return target


FEW, LETTERS = 5, 14
"""Up to so many columns, and so long words, are named without turning the text."""


def _mark(direction: MapDirection, colour: str) -> dict[str, Any]:
    """Look of a mark of direction; the ring alone is not filled."""
    hollow = direction == "uncontrolled only"
    return {"color": colour, "markerfacecolor": "none" if hollow else colour, "markersize": 6}


def _fill(kind: str) -> dict[str, Any]:
    """Filling, edge and hatching of a cell; nothing but the unscored is hatched."""
    ink = INK[kind]
    unscored = ink["fill"] == "none"
    return {
        "facecolor": "white" if unscored else ink["fill"],
        "edgecolor": ink["stroke"],
        "hatch": "////" if unscored else None,
    }
