"""Axes: where a value goes, and which ticks are printed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_low

from evidence.errors import EvidenceError
from evidence.formatting import number

LOG_TICKS = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values `low` to `high` on pixels `start` to `stop`; `log` for ratios."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def at(self, value: float) -> float:
        """Pixel of a value, kept inside the axis.

        >>> Scale(low=0, high=10, start=100, stop=200).at(2.5)
        125.0
        >>> Scale(low=0.1, high=10, start=0, stop=100, log=True).at(1)
        50.0
        """
        low, high, v = (
            (math.log(self.low), math.log(self.high), math.log(value) if value > 0 else -math.inf)
            if self.log
            else (self.low, self.high, value)
        )
        share = min(1.0, max(0.0, (v - low) / (high - low)))
        return self.start + share * (self.stop - self.start)

    def cuts(self, value: float) -> bool:
        """Whether a value lies outside the axis."""
        return value < self.low or value > self.high


def nice_step(span: float, most: int = 6) -> float:
    """The smallest 1, 2 or 5 times a power of ten that cuts `span` into at most `most` steps.

    >>> nice_step(47), nice_step(0.9, 4)
    (10.0, 0.5)
    """
    base = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1, 2, 5, 10):
        if span / (base * factor) <= most * (1 + 1e-9):
            return base * factor
    raise AssertionError("ten times the power of ten below always suffices")


def linear_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from `low` to `high`.

    >>> linear_ticks(-13, 22)
    [-10.0, 0.0, 10.0, 20.0]
    """
    step = nice_step(high - low, most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Ticks 0.1 0.2 0.5 1 2 5 10 and so on; powers of ten alone on a long axis.

    >>> log_ticks(0.15, 6)
    [0.2, 0.5, 1.0, 2.0, 5.0]
    """
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    every = [round(m * 10.0**p, 12) for p in powers for m in LOG_TICKS]
    inside = [t for t in every if low * (1 - 1e-9) <= t <= high * (1 + 1e-9)]
    if len(inside) <= most:
        return inside
    tens = [t for t in inside if abs(math.log10(t) - round(math.log10(t))) < 1e-9]
    return tens[:: math.ceil(len(tens) / most)]


def ticks(scale: Scale, most: int = 6) -> list[float]:
    """Ticks for an axis of either kind.

    >>> ticks(Scale(low=0.5, high=2.0, start=0.0, stop=100.0, log=True))
    [0.5, 1.0, 2.0]
    >>> ticks(Scale(low=0.5, high=2.0, start=0.0, stop=100.0))
    [0.5, 1.0, 1.5, 2.0]
    """
    if scale.log:
        return log_ticks(scale.low, scale.high, most + 1)
    return linear_ticks(scale.low, scale.high, most)


def tick_label(value: float) -> str:
    """A tick with no more decimals than it needs.

    >>> tick_label(-0.5), tick_label(10.0), tick_label(0.05)
    ('−0.5', '10', '0.05')
    """
    for digits in range(7):
        if math.isclose(value, round(value, digits), rel_tol=1e-9, abs_tol=1e-9):
            return number(value, digits)
    return number(value, 7)


def limits(
    points: Iterable[float], intervals: Iterable[tuple[float, float]], *, log: bool = False
) -> tuple[float, float]:
    """Ends of an axis that shows every point, and intervals unless they would squash the rest.

    An interval may reach beyond the points by at most their own range, or by the width of the
    middle interval where that is wider; what is longer is drawn cut, with an arrowhead.

    Raises
    ------
    EvidenceError
        Nothing to show, or a ratio that is not positive.

    Examples
    --------
    >>> limits([0.0, 1.0], [(-0.5, 0.5), (0.2, 90.0)])
    (-0.6, 2.1)
    """
    turn = math.log if log else float
    try:
        at = [turn(p) for p in points]
        spans = [(turn(low), turn(high)) for low, high in intervals]
    except ValueError:
        raise EvidenceError("a ratio on a log axis must be positive.") from None
    if not at:
        raise EvidenceError("nothing to draw: no row has a value.")
    low, high = min(at), max(at)
    reach = max([high - low, *([median_low(b - a for a, b in spans)] if spans else [])])
    if reach <= 1e-12 + 1e-9 * max(abs(low), abs(high)):  # one value, in effect
        reach = abs(high) or 1.0
    first = max(low - reach, min([low, *(a for a, _ in spans)]))
    last = min(high + reach, max([high, *(b for _, b in spans)]))
    if first == last:
        first, last = first - reach / 2, last + reach / 2
    margin = 0.04 * (last - first)
    first, last = first - margin, last + margin
    return (math.exp(first), math.exp(last)) if log else (first, last)
