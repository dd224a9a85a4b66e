"""Numbers to words: one precision, real minus signs, and "no number" said in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import escape

from evidence.messages import Message, say, say_n

MINUS = "−"
_NUMERIC = re.compile(r"–|[−+-]?[\d.,]*(e[+-]?\d+)?( ?%)?")


def number(value: float | None, digits: int = 2, *, sign: bool = False) -> str:
    """A number with a fixed precision and a typographic minus; "–" when there is none.

    >>> number(-0.5), number(0.001, 2), number(1.5, 1, sign=True), number(None)
    ('−0.50', '0.00', '+1.5', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{abs(value):,.{digits}f}"
    negative = value < 0 and any(ch in "123456789" for ch in text)
    lead = MINUS if negative else "+" if sign and any(ch in "123456789" for ch in text) else ""
    return lead + text


def interval(low: float | None, high: float | None, digits: int = 2) -> Message:
    """Limits as "low to high".

    >>> interval(-0.1, 0.3)
    '−0.10 to 0.30'
    """
    return say("{low} to {high}", low=number(low, digits), high=number(high, digits))


def estimate(
    value: float | None, low: float | None, high: float | None, digits: int = 2, unit: str = ""
) -> Message:
    """An estimate with its limits; the limits are left out when there are none.

    >>> estimate(0.5, 0.1, 0.9)
    '0.50 (0.10 to 0.90)'
    >>> estimate(-20, None, None, 0, " %")
    '−20 %'
    """
    if low is None or high is None:
        return say("{value}{unit}", value=number(value, digits), unit=unit)
    limits = interval(low, high, digits)
    return say("{value}{unit} ({limits})", value=number(value, digits), unit=unit, limits=limits)


def pvalue(p: float | None) -> str:
    """A p value as papers print it.

    >>> pvalue(0.04), pvalue(0.0004), pvalue(None)
    ('p = 0.040', 'p < 0.001', 'p not given')
    """
    if p is None or math.isnan(p):
        return "p not given"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def people(n: float | None) -> str:
    """A number of people in words.

    >>> people(1), people(1200), people(None)
    ('1 person', '1,200 people', 'number of people not stated')
    """
    if n is None:
        return "number of people not stated"
    return say_n(n, "{n} person", "{n} people", n=f"{n:,.0f}")


def html_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", foot: str = ""
) -> str:
    """A small escaped table for notebooks, readable in light and dark; words stand to the left.

    >>> "&lt;b&gt;" in html_table(["a"], [["<b>"]])
    True
    """
    lines = [tuple(row) for row in rows]
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    ways = [_way(column) for column in zip(*lines, strict=True)] or [""] * len(head)
    heads = "".join(
        f'<th scope="col"{way}>{escape(name)}</th>' for name, way in zip(head, ways, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{way}>{escape(cell)}</td>" for cell, way in zip(row, ways, strict=True))
        + "</tr>"
        for row in lines
    )
    note = f"<p><small>{escape(foot)}</small></p>" if foot else ""
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{note}"


def _way(column: Sequence[str]) -> str:
    """Notebooks set every cell to the right, which suits numbers alone."""
    numbers = any(column) and all(_NUMERIC.fullmatch(cell) for cell in column)
    return "" if numbers else ' style="text-align:left"'


def plural(n: int, one: str, many: str = "") -> Message:
    """A count with its noun; the catalogues hold "{n} studies".

    >>> plural(1, "study", "studies"), plural(2, "study", "studies")
    ('1 study', '2 studies')
    """
    return say_n(n, f"{{n}} {one}", f"{{n}} {many or one + 's'}")
