"""Names beside points, placed so that none runs into another; numbers where no name fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.messages import listed, say
from evidence.plots.plane import Box, Pixel, notes
from evidence.plots.svg import SMALL, Anchor, text_width, words, wrap

GAP = 18.0
CLEAR = 2.5
"""Kept free on both sides of a text."""

# steps from the point to its text, the best first
_WAYS: tuple[tuple[int, int], ...] = (
    (1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A text at its place: `x`, `y` and `anchor` of its baseline."""

    text: str
    x: float
    y: float
    anchor: Anchor

    def draw(self) -> str:
        """The text."""
        return words(self.x, self.y, self.text, anchor=self.anchor, size=SMALL)

    def room(self, size: float) -> Box:
        """What the text covers."""
        wide = text_width(self.text, size)
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return left, self.y - 0.78 * size, left + wide, self.y + 0.22 * size


def place_labels(
    points: Sequence[Pixel],
    *texts: Sequence[str],
    box: Box,
    wait: Sequence[float] = (),
    radius: float = 5.0,
    size: float = SMALL,
) -> list[Placed | None]:
    """A place for a text beside each point; None where there is no free one.

    Parameters
    ----------
    points : sequence of (x, y)
        Pixels.
    *texts : sequences of str
        What each point is best called, then what else it may be called where that does not fit.
    box : (left, top, right, bottom)
        Texts stay inside.
    wait : sequence of float, optional
        Points with the larger number choose later; not given: in the order they come.
    radius : float
        Of the points, which no text covers.
    size : float
        Of the texts, in the unit of the points.

    Examples
    --------
    >>> box = (0, 0, 200, 100)
    >>> [spot.anchor for spot in place_labels([(50, 50), (52, 50)], ["Kim", "Brand"], box=box)]
    ['end', 'start']
    >>> place_labels([(50, 50)] * 9, ["Kim 2019 and others"] * 9, ["1"] * 9, box=box)[8] is None
    True
    """
    taken: list[Box] = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    order = sorted(range(len(points)), key=lambda i: (wait[i] if wait else 0, i))
    placed: list[Placed | None] = [None] * len(points)
    for names in texts:
        for i in order:
            spot = placed[i] or _free(i, points, names[i], box, taken, radius, size)
            if spot is not None and placed[i] is None:
                placed[i] = spot
                left, top, right, bottom = spot.room(size)
                taken.append((left - CLEAR, top, right + CLEAR, bottom))
    return placed


def _free(
    i: int,
    points: Sequence[Pixel],
    text: str,
    box: Box,
    taken: Sequence[Box],
    radius: float,
    size: float,
) -> Placed | None:
    """The first place beside its point where a text meets nothing and cannot be mistaken."""
    far = radius + 3
    for dx, dy in _WAYS:
        x = points[i][0] + dx * far * (0.8 if dy else 1)
        y = points[i][1] + 0.36 * size + dy * (far + (0 if dx else 0.38 * size))
        anchor: Anchor = "start" if dx > 0 else "end" if dx < 0 else "middle"
        spot = Placed(text=text, x=x, y=y, anchor=anchor)
        room = spot.room(size)
        inside = room[0] >= box[0] and room[1] >= box[1] and room[2] <= box[2] and room[3] <= box[3]
        if (
            inside
            and not any(_meet(room, other) for other in taken)
            and _nearest(room, points) == i
        ):
            return spot
    return None


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _nearest(room: Box, points: Sequence[Pixel]) -> int:
    """The point that a reader would take a text to belong to."""

    def gap(point: Pixel) -> float:
        across = max(room[0] - point[0], point[0] - room[2], 0.0)
        upright = max(room[1] - point[1], point[1] - room[3], 0.0)
        return across**2 + upright**2

    return min(range(len(points)), key=lambda i: gap(points[i]))


def spread(places: Sequence[float], wide: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of texts in a row, as near to their places as their widths allow.

    Parameters
    ----------
    places : rising numbers
        Where each text would best stand.
    wide : sequence of float
        What each needs; together no more than `high` − `low`.
    low, high : float
        Ends of the row.

    Examples
    --------
    >>> spread([10, 50, 51], [8, 8, 8], 0, 100)
    [10.0, 46.5, 54.5]
    """
    before = [sum(wide[:i]) + wide[i] / 2 for i in range(len(wide))]
    # without their widths the places must only rise: pool those that do not (PAVA)
    blocks: list[tuple[float, int]] = []
    for place, offset in zip(places, before, strict=True):
        blocks.append((place - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    risen = [value for value, n in blocks for _ in range(n)]
    last = high - sum(wide)
    return [min(max(v, low), last) + offset for v, offset in zip(risen, before, strict=True)]


def text_columns(texts: Sequence[str], y: float, width: float) -> tuple[list[str], float]:
    """Short texts in as many columns as there is room for, read downwards, and where they end.

    >>> drawn, end = text_columns(["1 Kim", "2 Sato", "3 Ali"], 0.0, 130.0)
    >>> len(drawn), end
    (3, 34.0)
    >>> text_columns(["1 Kim", "2 Sato", "3 Ali"], 0.0, 800.0)[1]
    17.0
    """
    widest = max(text_width(text, SMALL) for text in texts) + GAP
    columns = max(1, min(len(texts), int((width + GAP) // widest)))
    deep = -(-len(texts) // columns)
    drawn: list[str] = []
    end = y
    for j in range(columns):
        at, left = y, j * (width + GAP) / columns
        for text in texts[j * deep : (j + 1) * deep]:
            lines = wrap(text, (width + GAP) / columns - GAP, SMALL)
            drawn.append(words(left, at + 12, lines, size=SMALL, line=15.0))
            at += 15 * len(lines) + 2
        end = max(end, at)
    return drawn, end


def explained(names: Sequence[str], labels: Sequence[Placed | None]) -> tuple[list[str], str]:
    """What has to be said below: who carries a number, and who carries nothing.

    >>> said = explained(["Kim", "Lee"], [Placed(text="1", x=0, y=0, anchor="end"), None])
    >>> said[0], said[1]
    (['1: Kim'], 'Not marked, too close to others: Lee.')
    """
    pairs = list(zip(names, labels, strict=True))
    numbered = [f"{spot.text}: {name}" for name, spot in pairs if spot and spot.text != name]
    left = [name for name, spot in pairs if spot is None]
    if not left:
        return numbered, ""
    return numbered, say("Not marked, too close to others: {studies}.", studies=listed(left))


def draw_explained(
    names: Sequence[str], labels: Sequence[Placed | None], y: float, width: float
) -> tuple[list[str], float]:
    """The same below a drawing, and where it ends.

    >>> at = Placed(text="1", x=5.0, y=5.0, anchor="start")
    >>> drawn, end = draw_explained(["Kim 2019"], [at], 100.0, 800.0)
    >>> ["1" in text and "Kim 2019" in text for text in drawn]
    [True]
    """
    numbered, left = explained(names, labels)
    drawn: list[str] = []
    if numbered:
        drawn, y = text_columns(numbered, y + 8, width)
    if left:
        below, y = notes([left], y + 8, width)
        drawn = [*drawn, *below]
    return drawn, y
