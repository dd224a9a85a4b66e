"""Numbers to words: one precision, real minus signs, and "no number" said in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

MINUS = "−"


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


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """Limits as "low to high".

    >>> interval(-0.1, 0.3)
    '−0.10 to 0.30'
    """
    return f"{number(low, digits)} to {number(high, digits)}"


def estimate(
    value: float | None, low: float | None, high: float | None, digits: int = 2, unit: str = ""
) -> str:
    """An estimate with its limits; the limits are left out when there are none.

    >>> estimate(0.5, 0.1, 0.9)
    '0.50 (0.10 to 0.90)'
    >>> estimate(-20, None, None, 0, " %")
    '−20 %'
    """
    limits = "" if low is None or high is None else f" ({interval(low, high, digits)})"
    return f"{number(value, digits)}{unit}{limits}"


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
    return "1 person" if n == 1 else f"{n:,.0f} people"


def html_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", foot: str = ""
) -> str:
    """A small escaped table for notebooks, readable in light and dark.

    >>> "&lt;b&gt;" in html_table(["a"], [["<b>"]])
    True
    """
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    note = f"<p><small>{escape(foot)}</small></p>" if foot else ""
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{note}"


def plural(n: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "study", "studies"), plural(2, "study", "studies")
    ('1 study', '2 studies')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"
