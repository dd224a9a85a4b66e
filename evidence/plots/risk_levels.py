"""Levels of risk of bias: their words in each tool, and a mark that needs no colour to be read.

Every level has an outline and a sign of its own: a plus in a circle, an exclamation mark in a
triangle, a cross in a square, a bar in an octagon, a question mark in a hollow square.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from evidence.errors import OptionError
from evidence.messages import listed
from evidence.plots.svg import SMALL, coordinate, polygon, tag, text_width, words

RiskLevel = Literal[
    "low", "low_except", "some", "high", "critical", "no_information", "not_applicable"
]

Stroke = tuple[tuple[float, float], ...]


class Look(NamedTuple):
    """How a level is drawn.

    `strokes` are the lines of its sign in a square from −1 to 1; `marker`, `colour`, `sign` and
    `hatch` are the same for matplotlib.
    """

    ink: str
    shape: Literal["circle", "triangle", "square", "octagon", "hollow", "dot"]
    strokes: tuple[Stroke, ...]
    sign_ink: str
    marker: str
    colour: str
    sign: str
    hatch: str


_PLUS: tuple[Stroke, ...] = (((-0.5, 0), (0.5, 0)), ((0, -0.5), (0, 0.5)))
_BANG: tuple[Stroke, ...] = (((0, -0.32), (0, 0.22)), ((0, 0.55), (0, 0.57)))
_CROSS: tuple[Stroke, ...] = (((-0.42, -0.42), (0.42, 0.42)), ((-0.42, 0.42), (0.42, -0.42)))
_BAR: tuple[Stroke, ...] = (((-0.55, 0), (0.55, 0)),)
_QUERY: tuple[Stroke, ...] = (
    ((-0.3, -0.3), (-0.2, -0.5), (0.05, -0.57), (0.28, -0.45), (0.3, -0.22), (0, 0.02), (0, 0.2)),
    ((0, 0.53), (0, 0.55)),
)

LOOKS: Mapping[RiskLevel, Look] = {
    "low": Look("p-risk-low", "circle", _PLUS, "p-risk-sign", "o", "#008A62", "+", ""),
    "low_except": Look("p-risk-ring", "circle", _PLUS, "p-risk-ring", "o", "white", "+", "++"),
    "some": Look("p-risk-some", "triangle", _BANG, "p-risk-sign", "^", "#A67300", "!", "///"),
    "high": Look("p-risk-high", "square", _CROSS, "p-risk-sign", "s", "#D55E00", "×", "xxx"),
    "critical": Look("p-risk-critical", "octagon", _BAR, "p-risk-sign", "8", "#A63D8F", "–", "--"),
    "no_information": Look("p-inherent", "hollow", _QUERY, "p-line", "s", "white", "?", "..."),
    "not_applicable": Look("p-dots", "dot", (), "", ".", "#767F89", "", ""),
}
"""Levels from best to worst, then those that are none."""

WORDS: Mapping[str, RiskLevel] = {
    "low": "low",
    "low risk": "low",
    "yes": "low",
    "low except for uncontrolled confounding": "low_except",
    "some concerns": "some",
    "moderate": "some",
    "unclear": "no_information",
    "high": "high",
    "high risk": "high",
    "serious": "high",
    "no": "high",
    "critical": "critical",
    "no information": "no_information",
    "not reported": "no_information",
    "cannot determine": "no_information",
    "no judgement": "no_information",
    "ni": "no_information",
    "not applicable": "not_applicable",
    "na": "not_applicable",
    "n/a": "not_applicable",
}
"""Words of RoB 2, ROBINS-I and of the NIH questions (where yes speaks for the study)."""


def level_of(word: str) -> RiskLevel:
    """The level that a word of a tool stands for.

    Raises
    ------
    OptionError
        A word of no tool that is known here.

    Examples
    --------
    >>> level_of("Some concerns"), level_of("Serious"), level_of("not reported")
    ('some', 'high', 'no_information')
    """
    found = WORDS.get(" ".join(word.casefold().split()))
    if found is None:
        raise OptionError("judgement", word, WORDS)
    return found


def risk_mark(level: RiskLevel, x: float, y: float, r: float) -> str:
    """The mark of a level about a point, `r` pixels to each side.

    >>> risk_mark("not_applicable", 10.0, 10.0, 8.0).startswith("<circle")
    True
    """
    look = LOOKS[level]
    if look.shape == "dot":
        return tag("circle", {"cx": x, "cy": y, "r": 2.5, "class": look.ink})
    outline = _outline(look.shape, look.ink, x, y, r)
    # the triangle's middle lies below that of its box
    triangle = look.shape == "triangle"
    return outline + (
        risk_sign(level, x, y + 0.22 * r, 0.82 * r) if triangle else risk_sign(level, x, y, r)
    )


def risk_sign(level: RiskLevel, x: float, y: float, r: float) -> str:
    """The sign of a level without its outline.

    >>> risk_sign("low", 0.0, 0.0, 10.0).count("M"), risk_sign("high", 0.0, 0.0, 10.0).count("M")
    (2, 2)
    """
    look = LOOKS[level]
    path = "".join(
        "M" + "L".join(f"{coordinate(x + r * a)} {coordinate(y + r * b)}" for a, b in stroke)
        for stroke in look.strokes
    )
    line = {"d": path, "class": look.sign_ink, "stroke-width": 2.0, "stroke-linecap": "round"}
    return tag("path", line)


def _outline(shape: str, ink: str, x: float, y: float, r: float) -> str:
    if shape == "circle":
        return tag("circle", {"cx": x, "cy": y, "r": r, "class": ink})
    if shape == "triangle":
        corners = ((x, y - r), (x + 1.08 * r, y + 0.92 * r), (x - 1.08 * r, y + 0.92 * r))
        return polygon(corners, ink)
    if shape == "octagon":
        turns = [math.pi / 8 + i * math.pi / 4 for i in range(8)]
        return polygon(((x + r * math.cos(t), y + r * math.sin(t)) for t in turns), ink)
    half = 0.88 * r
    box = {"x": x - half, "y": y - half, "width": 2 * half, "height": 2 * half, "class": ink}
    return tag("rect", {**box, "rx": 1.5})


def risk_legend(
    found: Iterable[tuple[RiskLevel, str]], y: float, width: float
) -> tuple[list[str], float]:
    """The marks with the words that were found for them, and where the legend ends.

    Parameters
    ----------
    found : iterable of (level, word)
        In any order and as often as they occur.
    y : float
        Its upper edge.
    width : float
        Pixels it may take; entries go on the next line.

    Examples
    --------
    >>> drawn, end = risk_legend([("high", "High"), ("low", "Low"), ("high", "High")], 0.0, 400.0)
    >>> "".join(drawn).count("<text"), ">Low<" in drawn[1], ">High<" in drawn[3]
    (2, True, True)
    """
    drawn: list[str] = []
    x, y = 0.0, y + 10
    for level, said in by_level(found):
        need = 26 + text_width(said, SMALL)
        if x and x + need > width:
            x, y = 0.0, y + 24
        drawn += [risk_mark(level, x + 10, y, 8.5), words(x + 25, y + 4.5, said, size=SMALL)]
        x += need + 18
    return drawn, y + 14


def by_level(found: Iterable[tuple[RiskLevel, str]]) -> list[tuple[RiskLevel, str]]:
    """Levels that occur, best first, each with all the words that stand for it.

    >>> by_level([("some", "Moderate"), ("low", "Low"), ("some", "Some concerns")])
    [('low', 'Low'), ('some', 'Moderate, Some concerns')]
    """
    seen: dict[RiskLevel, dict[str, None]] = {level: {} for level in LOOKS}
    for level, word in found:
        seen[level][word] = None
    return [(level, _one_or(list(said))) for level, said in seen.items() if said]


def _one_or(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else listed(said, ", ")
