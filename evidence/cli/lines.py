"""Lines for people: a title on the left and words that wrap beside it, in the language spoken.

Widths are those of a terminal, where an East Asian character takes two columns; such text breaks
between any two characters, but no line begins with a closing mark or ends with an opening one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from evidence.messages import spoken

LEFT = 17
"""Width of the left column."""
WIDTH = 100
"""Columns that prose may take; longer lines are hard to read."""

Tone: TypeAlias = Literal["", "error", "warning", "note", "good"]
"""How the title of a line is coloured on a terminal; words never hang on it."""


class Line(NamedTuple):
    """Words, and what stands before them; `left` is where lines after the first begin."""

    text: str = ""
    title: str = ""
    left: int = LEFT
    tone: Tone = ""


class Piece(NamedTuple):
    """One line as it is printed: the title with the space after it, and the words."""

    title: str
    text: str
    tone: Tone = ""


# Characters that a terminal obeys (C0, C1), that turn the direction of writing round, that start
# a line, or that cannot be seen or encoded (Unicode TR9, TR36).
UNSAFE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufeff"
    "\\U000e0000-\\U000e007f]"
)
_OPENING = "（「『【《〈〔［"
_CLOSING = "、。，．；：？！）」』】》〉〕］％…ーァィゥェォッャュョ々～"
_WIDE = (
    "\u2e80-\u303f\u3041-\u30ff\u3105-\u318f\u31f0-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3"
    "\uf900-\ufaff\uff01-\uff60"
)
# a number is not parted from its percent sign
_WORD = re.compile(r"( *)([^ ]+(?: %[^ ]*)*)")
_UNIT = re.compile(
    rf"\[[^\[\] ]{{1,12}}\][{_CLOSING}]*|"  # the label of a number stays whole
    f"[{_OPENING}]*(?:[^{_WIDE}{_CLOSING}]+|[{_WIDE}])[{_CLOSING}]*|[{_OPENING}{_CLOSING}]+"
)


def plain(text: object, *, multiline: bool = False) -> str:
    r"""Text that a terminal shows as it is: control and direction characters become visible.

    `multiline` keeps line breaks and tabs, for whole texts of our own making; a value in a
    sentence or a cell stays on its line.

    >>> print(plain("red \x1b[31malert\x07"))
    red \x1b[31malert\x07
    >>> print(plain("a\u202eb\nreliability 100"))
    a\u202eb\nreliability 100
    """
    kept = "\n\t" if multiline else ""
    return UNSAFE.sub(lambda found: found[0] if found[0] in kept else _escape(found[0]), str(text))


def _escape(ch: str) -> str:
    return ch.encode("unicode_escape", "surrogatepass").decode("ascii")


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal.

    >>> width_of("serum"), width_of("保湿"), width_of("e\u0301")
    (5, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(ch) for ch in text)


def pad(text: str, width: int) -> str:
    """A text with spaces after it up to so many columns; a longer one keeps one space.

    >>> pad("保湿", 6) + "|", pad("hydration", 6) + "|"
    ('保湿  |', 'hydration |')
    """
    return text + " " * max(width - width_of(text), 1)


def _columns(ch: str) -> int:
    if unicodedata.category(ch) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def wrap(text: str, width: int, first: int | None = None) -> list[str]:
    """A text as lines of at most `width` columns; `first` is the room on the first one.

    A word that is longer than a line, such as a path, stays whole.

    >>> wrap("a change of −20.0 % was seen", 14)
    ['a change of', '−20.0 % was', 'seen']
    >>> wrap("保湿の効果は、示されず。", 12)
    ['保湿の効果', 'は、示され', 'ず。']
    """
    lines: list[str] = []
    now, used, room = "", 0, width if first is None else first
    for space, word in _WORD.findall(text):
        for index, unit in enumerate(_UNIT.findall(word) or [word]):
            gap = space if not index else ""
            taken = width_of(unit)
            if now and used + len(gap) + taken > room:
                lines.append(now)
                now, used, room, gap = "", 0, width, ""
            gap = gap if now else ""
            now += gap + unit
            used += len(gap) + taken
    return [*lines, now] if now or not lines else lines


def pieces(lines: Iterable[Line], width: int | None = WIDTH) -> Iterator[Piece]:
    """Lines as they are printed; without a width none is wrapped.

    >>> [piece.title + piece.text for piece in pieces([Line("all of it is well", "check", 8)], 20)]
    ['check   all of it is', '        well']
    """
    for line in lines:
        title = plain(spoken(line.title))
        if line.left:
            title = pad(title, line.left) if title else " " * line.left
        words = plain(spoken(line.text))
        if width is None:
            yield Piece(title, words, line.tone)
            continue
        room = max(width - line.left, 16)
        first, *rest = wrap(words, room, max(width - width_of(title), 8))
        yield Piece(title, first, line.tone)
        yield from (Piece(" " * line.left, text) for text in rest)


def told(lines: Iterable[Line], width: int | None = WIDTH) -> str:
    """Lines as plain text.

    >>> print(told([Line("15 of 100", "reliability")]), end="")
    reliability      15 of 100
    """
    return "".join(f"{piece.title}{piece.text}".rstrip() + "\n" for piece in pieces(lines, width))
