"""What the two paper formats share: column widths, drawings for paper, clean text, dates."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import pairwise

from evidence.plots.svg import FONT, escape, text_width
from evidence.report.document import Cell, Figure, Table, plain_text

INK = "#1a1f26"
TONES = {
    "positive": "#00664a",
    "caution": "#7a5200",
    "negative": "#a8330a",
    "neutral": "#4a5561",
    "unknown": "#5b3f9e",
    "verdict": "#0072b2",
    "warning": "#7a5200",
    "note": "#4a5561",
}
"""Colour of each kind of badge and callout: those of the page in light colours."""

ROOM = 482.0
"""Width of the text on A4 between margins of 20 mm, in points."""
TALLEST = 640.0
"""Height that a drawing may take on a page, its caption below it, in points."""
PADDING = 9.0
"""What a cell keeps free to its left and right together, in points."""
NARROW = 0.88
"""How wide the bold text of a document is, against the plain DejaVu Sans that drawings count on."""


def clean(text: str) -> str:
    r"""Text on one line, without the characters that XML and PDF forbid.

    Spaces at the ends stay, for running text is made of pieces.

    >>> clean("a\x00b\n c ")
    'ab c '
    """
    flat = re.sub(r"\s+", " ", text)
    return "".join(c for c in flat if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))


def clean_code(text: str) -> str:
    r"""The same for text whose lines and spaces matter.

    >>> clean_code("a\t\x07b\r\nc")
    'a    b\nc'
    """
    lines = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    return "\n".join(
        "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
        for line in lines
    ).rstrip("\n")


def shares(table: Table, size: float = 9.0, room: float = ROOM) -> tuple[list[float], float]:
    """Width of each column, and the text size at which the longest words fit.

    Every column gets its longest word; what is left goes to those with more to say, at most
    what they would need on one line.

    Parameters
    ----------
    table : Table
        Any number of columns.
    size : float
        Text size wanted, in points; no smaller than two thirds of it is returned.
    room : float
        Width of the page, in points.

    Returns
    -------
    widths : list of float, shape (columns,)
        Points; their sum is `room`, or less where the whole table fits in less.
    size : float
        Text size in points.

    Examples
    --------
    >>> from evidence.report.document import Column
    >>> table = Table("t", (Column("Study"), Column("n", "number")), (("Kim and Lee", "12"),))
    >>> widths, size = shares(table, room=300)
    >>> sum(widths) < 300, widths[0] > widths[1], size
    (True, True, 9.0)
    """
    if not table.columns:
        return [], size
    texts = [[_shown(cell) for cell in column] for column in zip(*table.rows, strict=True)] or [
        [] for _ in table.columns
    ]
    needs, wants, weights = [], [], []
    for column, shown in zip(table.columns, texts, strict=True):
        heading, whole = column.label, column.kind != "text"
        lengths = [_width(text) * size for text in shown]
        need = max([_longest_word(heading), *(_longest_word(text, whole) for text in shown)]) * size
        needs.append(need)
        wants.append(max([need, _width(heading) * size, *lengths]))
        mean = (sum(x * x for x in lengths) / len(lengths)) ** 0.5 if lengths else 0.0
        weights.append(max(mean - need, 1.0))
    room -= PADDING * len(needs)
    if (fit := room / sum(needs)) < 1:
        size = round(max(size * fit, size * 2 / 3), 2)
        widths = [need * fit for need in needs]
    else:
        widths = _filled(needs, wants, weights, room)
    return [round(width + PADDING, 2) for width in widths], size


def _filled(
    needs: list[float], wants: list[float], weights: list[float], room: float
) -> list[float]:
    """Widths from `needs` up to `wants`: the spare room by weight, none to those who have all."""
    widths = list(needs)
    for _ in needs:
        spare = room - sum(widths)
        hungry = [i for i, want in enumerate(wants) if widths[i] < want - 0.01]
        if spare < 0.1 or not hungry:
            break
        total = sum(weights[i] for i in hungry)
        for i in hungry:
            widths[i] = min(wants[i], widths[i] + spare * weights[i] / total)
    return widths


def _shown(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return cell
    return ("✓ " if cell.badge else "") + plain_text(cell.text)


def _longest_word(text: str, whole: bool = False) -> float:
    """Width of the longest word in text sizes; numbers and badges are kept whole up to a length."""
    if whole and len(text) <= 24:
        return _width(text)
    words = re.split(r"[\s\u200b]+|(?<=[⺀-￯])", breakable(text))
    return max((_width(word[:15] if word.isalpha() else word) for word in words), default=0.0)


def _width(text: str) -> float:
    """Width of bold text in text sizes, with a little to spare."""
    return text_width(text, NARROW) + 0.1 if text else 0.0


def breakable(text: str, longest: int = 14) -> str:
    r"""Words above a length with places to end a line: after marks, else every twelve letters.

    >>> breakable("shiseido_retinol2019").split("\u200b"), breakable("short words stay")
    (['shiseido_', 'retinol2019'], 'short words stay')
    >>> breakable("a" * 30).count("\u200b")
    2
    """

    def broken(found: re.Match[str]) -> str:
        pieces = re.split(r"(?<=[/._?&=,;:-])(?=\w)", found.group(0))
        return "\u200b".join(
            "\u200b".join(piece[i : i + 12] for i in range(0, len(piece), 12))
            if len(piece) > 24
            else piece
            for piece in pieces
        )

    return re.sub(rf"[^\s⺀-￯]{{{longest + 1},}}", broken, text)


def drawings(figure: Figure) -> tuple[list[str], float]:
    """The wide drawing in ink, in a font that every installation has, and its width in points.

    A drawing is shown at most in its own size. One that would shrink below two thirds to fit on a
    page is cut between its lines of text into several, from top to bottom.

    >>> size = 'viewBox="0 0 400 200" width="400" height="200"'
    >>> svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}/>'
    >>> figure = Figure(svg, title="Scores", description="", table=Table("Scores", (), ()))
    >>> parts, width = drawings(figure)
    >>> len(parts), width  # 400 pixels are 300 points
    (1, 300.0)
    """
    svg = figure.svg.replace("currentColor", INK).replace(escape(FONT), "DejaVu Sans")
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)" width="[\d.]+" height="[\d.]+"', svg)
    if found is None:
        return [svg], ROOM
    wide, high = float(found.group(1)), float(found.group(2))
    width = min(ROOM, wide * 0.75)
    if TALLEST * wide / high >= width * 2 / 3:
        return [svg], round(min(width, TALLEST * wide / high), 2)
    edges = _edges(svg, high, TALLEST * wide / width)
    return [
        svg.replace(
            found.group(0),
            f'viewBox="0 {top:g} {wide:g} {end - top:g}" width="{wide:g}" height="{end - top:g}"',
        )
        for top, end in pairwise(edges)
    ], round(width, 2)


def _edges(svg: str, high: float, tallest: float) -> list[float]:
    """Where to cut: no piece higher than `tallest`, and no line of text cut through if possible."""
    lines = sorted({float(y) for y in re.findall(r'<t(?:ext|span)[^>]* y="([\d.]+)"', svg)})
    edges = [0.0]
    while high - edges[-1] > tallest:
        limit = edges[-1] + tallest
        free = [y + 6 for y in lines if edges[-1] < y < limit - 6]
        free = [y for y in free if not any(y - 3 < line < y + 13 for line in lines)]
        edges.append(max(free, default=limit))
    return [*edges, high]


def alt_text(figure: Figure) -> str:
    """What stands for the drawing where it cannot be seen.

    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    >>> table = Table("Scores", (), ())
    >>> alt_text(Figure(svg, title="Scores", description="One study.", table=table))
    'Scores. One study.'
    """
    title, said = clean(figure.title), clean(figure.description)
    return title + ("" if title.endswith((".", "?", "!", "。")) else ".") + f" {said}"


def day(text: str) -> date | None:
    """The date of the document, where it is one.

    >>> day("2025-03-01"), day("March")
    (datetime.date(2025, 3, 1), None)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
