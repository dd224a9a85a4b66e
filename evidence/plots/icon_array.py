"""Icon arrays: the same 100 people without and with the product, side by side.

Whoever the product makes a difference to stands in a frame: a whole one for those who have the
outcome because of it, a dashed one for those whom it takes the outcome from. Colour repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evidence.effects.shares import Share as Share
from evidence.effects.shares import share_given as share_given
from evidence.effects.shares import share_of_counts as share_of_counts
from evidence.effects.shares import share_reaching as share_reaching
from evidence.effects.shares import share_with as share_with
from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import say
from evidence.plots.icon_array_rows import (
    HUNDRED,
    Arm,
    IconRow,
    IconState,
    people_of,
    why_not,
)
from evidence.plots.icon_array_rows import icon_array_rows as icon_array_rows
from evidence.plots.lanes import NARROW
from evidence.plots.legend import BLUE, GREY, ORANGE, legend_below
from evidence.plots.svg import (
    SMALL,
    coordinate,
    group,
    picture,
    tag,
    text_width,
    words,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PITCH, TALL = 20.0, 23.0  # pixels from one person to the next, across and down
SIDE, DEEP = 10 * PITCH, 10 * TALL

ARMS: Mapping[Arm, str] = {"without": "Without the product", "with": "With the product"}
STATES: Mapping[IconState, str] = {
    "anyway": "have it with or without the product",
    "because": "have it because of the product",
    "spared": "would have had it, but not with the product",
    "not": "do not have it",
}
"""Words of the legend; "it" is the outcome."""
OF = "of 100"
NET = "Numbers are net: a product may help some people and set others back."


def icon_array_svg(
    rows: Sequence[IconRow],
    *,
    title: str,
    desc: str,
    outcome: str,
    arms: Mapping[Arm, str] = ARMS,
    states: Mapping[IconState, str] = STATES,
    width: float = 800.0,
) -> str:
    """The rows as SVG: two arrays of 100 people, with the counts in words beside them.

    Parameters
    ----------
    rows : sequence of IconRow
        From `icon_array_rows`.
    title, desc : str
        Name and description of the image.
    outcome : str
        What the people have or reach, as a heading: "at least 1 grade fewer wrinkles".
    arms, states : mapping
        Words for the arrays and for the states.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Raises
    ------
    EvidenceError
        The rows may not be drawn; the message is their reason.

    Examples
    --------
    >>> rows = icon_array_rows(share_given(0.3), share_given(0.7), certainty="Low")
    >>> svg = icon_array_svg(rows, title="Wrinkles", desc="70 and 30", outcome="fewer wrinkles")
    >>> "With the product: 40 of 100 have it because of the product" in svg
    True
    """
    check_drawable(rows)
    lines = wrap(outcome, width / 1.06)
    drawn = [words(0.0, 13, lines, bold=True)]
    y = 16.0 * len(lines) + 12
    wide = width >= NARROW
    block = (width - 28) / 2 if wide else width
    ends = []
    for i, arm in enumerate(ARMS):
        own = [row for row in rows if row.arm == arm]
        x = i * (block + 28) if wide else 0.0
        if wide:
            drawn += _people(own, x, y, arms[arm], states)
            said, end = _beside(own, arms[arm], x + SIDE + 14, y, block - SIDE - 14)
            ends.append(max(y + DEEP, end))
        else:
            said, end = _beside(own, arms[arm], 0.0, y, width)
            drawn += _people(own, (width - SIDE) / 2, end + 8, arms[arm], states)
            y = end + 8 + DEEP + 16
            ends.append(y)
        drawn += said
    legend, y = _legend(rows, max(ends) + 14, width, states)
    for text in _feet(rows):
        lines = wrap(text, width, SMALL)
        drawn.append(words(0.0, y + 12, lines, size=SMALL, ink="p-muted", line=15.0))
        y += 15 * len(lines) + 4
    return picture([*drawn, *legend], width=width, height=y + 4, title=title, desc=desc)


def check_drawable(rows: Sequence[IconRow]) -> None:
    """Rows that count people, which those of very uncertain evidence do not.

    Raises
    ------
    EvidenceError
        With the reason.

    Examples
    --------
    >>> rows = icon_array_rows(share_given(0.3), share_given(0.7), certainty="Very low")
    >>> check_drawable(rows)
    Traceback (most recent call last):
        ...
    evidence.errors.EvidenceError: not drawn: the certainty of the evidence is very low, so we do
    not know what the product does, and a picture of people would look like knowledge
    """
    if reason := why_not(list(rows)):
        raise EvidenceError(reason)
    if not rows:
        raise EvidenceError("nothing to draw: there are no people.")


def _people(
    rows: Sequence[IconRow], x: float, y: float, arm: str, states: Mapping[IconState, str]
) -> list[str]:
    """The array, its people in the order of the rows from the upper left on."""
    drawn, first = [], 0
    for row in rows:
        count = row.people or 0
        places = [
            (x + PITCH * (i % 10 + 0.5), y + TALL * (i // 10 + 0.5))
            for i in range(first, first + count)
        ]
        name = say("{arm}: {n} of 100 {state}", arm=arm, n=count, state=states[row.state])
        drawn.append(group(name, *_glyphs(row.state, row.harm, places)))
        first += count
    return drawn


def _glyphs(state: IconState, harm: bool, places: Sequence[tuple[float, float]]) -> list[str]:
    """People as one path of heads and one of bodies, so that 200 of them stay small."""
    solid = state in ("anyway", "because")
    marked = state in ("because", "spared")
    # wanted outcomes gained and unwanted ones spared are for the better
    better = (state == "because") != harm
    ink = "p-inherent" if not marked else "p-main-line" if better else "p-claim-line"
    figure = "p-line" if state == "anyway" else "p-inherent" if state != "because" else ink
    head, body, top = (7.0, 9.0, 3.0) if solid else (4.5, 3.0, 0.5)
    drawn = [
        _strokes([((x, y - 6), (x + 0.01, y - 6)) for x, y in places], figure, head),
        _strokes([((x, y + top), (x, y + 6)) for x, y in places], figure, body),
    ]
    if marked:
        a, b = PITCH / 2 - 1.5, TALL / 2 - 1
        frames = [
            ((x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b), (x - a, y - b))
            for x, y in places
        ]
        drawn.append(_strokes(frames, ink, 1.5, "3 2" if state == "spared" else None))
    return drawn


def _strokes(
    lines: Sequence[Sequence[tuple[float, float]]], ink: str, wide: float, dash: str | None = None
) -> str:
    path = "".join(
        "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in line) for line in lines
    )
    round_ends = None if dash else "round"
    return tag(
        "path",
        {
            "d": path,
            "class": ink,
            "stroke-width": wide,
            "stroke-linecap": round_ends,
            "stroke-dasharray": dash,
        },
    )


def _beside(
    rows: Sequence[IconRow], arm: str, x: float, y: float, room: float
) -> tuple[list[str], float]:
    """The counts in words, and where they end."""
    first = rows[0]
    lines = wrap(arm, room / 1.06)
    drawn = [words(x, y + 13, lines, bold=True)]
    y += 16 * len(lines) + 4
    count = str(people_of(first.share)) if first.share >= 0.005 or not first.share else "<1"
    drawn.append(words(x, y + 26, count, size=28.0, bold=True))
    after = text_width(count, 28.0) * 1.06 + 8
    if after + text_width(OF, SMALL) <= room:
        drawn.append(words(x + after, y + 26, OF, size=SMALL))
    else:
        drawn.append(words(x, y + 43, OF, size=SMALL))
        y += 17
    y += 36
    for text in _said(rows):
        lines = wrap(text, room, SMALL)
        drawn.append(words(x, y + 12, lines, size=SMALL, ink="p-muted", line=15.0))
        y += 15 * len(lines) + 3
    return drawn, y


def _said(rows: Sequence[IconRow]) -> list[str]:
    first = rows[0]
    said: list[str] = []
    if first.low is not None and first.high is not None:
        low, high = (number(HUNDRED * limit, 0) for limit in (first.low, first.high))
        said.append(say("interval {low} to {high}", low=low, high=high))
    for row in rows:
        n = row.people or 0
        if row.state == "because":
            said.append(say("{n} more because of the product", n=n))
        if row.state == "spared":
            said.append(say("{n} fewer because of the product", n=n))
    if first.arm == "with" and not any(row.state in ("because", "spared") for row in rows):
        said.append("no difference of one person or more")
    said.append(say("share: {label}", label=first.basis))
    return said


def _legend(
    rows: Sequence[IconRow], y: float, width: float, states: Mapping[IconState, str]
) -> tuple[list[str], float]:
    drawn: list[str] = []
    x = 0.0
    for state in STATES:
        if not any(row.state == state for row in rows):
            continue
        text = states[state]
        lines = wrap(text, width - 28, SMALL)
        need = 26 + max(text_width(line, SMALL) for line in lines)
        if x and x + need > width:
            x, y = 0.0, y + 28
        drawn += _glyphs(state, rows[0].harm, [(x + 10, y + 12)])
        drawn.append(words(x + 26, y + 16, lines, size=SMALL, line=15.0))
        x += need + 18
        y += 15 * (len(lines) - 1)
    return drawn, y + 32


def _feet(rows: Sequence[IconRow]) -> list[str]:
    certainty = rows[0].certainty
    feet: list[str] = [
        say("Certainty of the evidence: {level}.", level=certainty)
        if certainty
        else "The certainty of the evidence was not rated."
    ]
    found = dict.fromkeys(row.assumptions for row in rows if row.assumptions)
    if any(row.state in ("because", "spared") for row in rows):
        feet.append(NET)
    return [*feet, *(say("Supposing that {assumptions}.", assumptions=text) for text in found)]


def icon_array(
    rows: Sequence[IconRow],
    ax: Axes | None = None,
    *,
    arms: Mapping[Arm, str] = ARMS,
    states: Mapping[IconState, str] = STATES,
) -> Axes:
    """The same people with matplotlib; returns the Axes drawn on.

    Parameters
    ----------
    rows : sequence of IconRow
        From `icon_array_rows`.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    arms, states : mapping
        Words for the arrays and for the states.

    Raises
    ------
    EvidenceError
        The rows may not be drawn; the message is their reason.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> rows = icon_array_rows(share_given(0.3), share_given(0.7), certainty="Low")
    >>> ax = icon_array(rows, Figure().add_subplot())
    >>> [text.get_text().splitlines()[-1] for text in ax.texts]
    ['30 of 100', '70 of 100']
    >>> [len(dots.get_offsets()) for dots in ax.collections]
    [30, 70, 30, 40, 30]
    """
    import matplotlib.pyplot as plt

    check_drawable(rows)
    target = plt.gca() if ax is None else ax
    shown: dict[IconState, Any] = {}
    for i, arm in enumerate(ARMS):
        own = [row for row in rows if row.arm == arm]
        first, left = 0, 12.0 * i
        for row in own:
            count = row.people or 0
            at = range(first, first + count)
            better = (row.state == "because") != row.harm
            colour = BLUE if better else ORANGE
            marker, face, edge = {
                "anyway": ("o", "0.25", "0.25"),
                "because": ("s", colour, colour),
                "spared": ("X", "white", colour),
                "not": (".", GREY, GREY),
            }[row.state]
            shown[row.state] = target.scatter(
                [left + j % 10 for j in at], [j // 10 for j in at],
                s=20 if row.state == "not" else 70, marker=marker, facecolor=face, edgecolor=edge,
                label=states[row.state],
            )  # fmt: skip
            first += count
        said = f"{arms[arm]}\n{people_of(own[0].share)} of 100"
        target.text(left - 0.4, -1.0, said, ha="left", weight="bold")
    target.set_xlim(-1, 22)
    target.set_ylim(9.8, -3.2)
    target.set_aspect("equal")
    target.set_axis_off()
    handles = [shown[state] for state in STATES if state in shown]
    legend_below(target, handles, inches=0.1, columns=1)
    return target
