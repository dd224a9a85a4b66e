"""What a printed number stands for: the exact set of values that print as it.

Fractions throughout, so that no binary rounding ever decides a check.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from evidence.errors import OptionError

Mode = Literal["up_or_down", "half_up", "half_down", "half_even", "floor", "ceiling", "any"]
"""How the writer rounded. `up_or_down` allows a tie to go either way; `any` allows everything
that shares the printed digits: rounded, cut off or rounded up."""

MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Box:
    """An interval of fractions, each end in it or not."""

    low: Fraction
    high: Fraction
    low_in: bool = True
    high_in: bool = True

    def __contains__(self, value: Fraction | int) -> bool:
        above = value > self.low or (self.low_in and value == self.low)
        below = value < self.high or (self.high_in and value == self.high)
        return above and below

    def meets(self, other: Box) -> bool:
        """Whether some value lies in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return low < high or (low == high and low in self and low in other)


def box_of(text: str, mode: Mode = "up_or_down") -> Box:
    """The values that print as `text`.

    Parameters
    ----------
    text
        A number as printed, with all its digits: "5.10" is not "5.1".
    mode
        How it was rounded, stated for positive numbers and mirrored for negative ones.

    Raises
    ------
    OptionError
        For another mode.
    decimal.InvalidOperation
        When `text` is not a number.

    Examples
    --------
    >>> box_of("0.5") == Box(Fraction(45, 100), Fraction(55, 100))
    True
    >>> Fraction(25, 10) in box_of("2", "half_up"), Fraction(25, 10) in box_of("2", "half_even")
    (False, True)
    >>> box_of("-1", "floor")
    Box(low=Fraction(-2, 1), high=Fraction(-1, 1), low_in=False, high_in=True)
    """
    if mode not in MODES:
        raise OptionError("rounding", mode, MODES)
    number = Decimal(text)
    size = Fraction(abs(number))
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{text!r} is not a finite number")
    unit = Fraction(10) ** min(0, exponent)
    half = unit / 2
    even = int(size / unit) % 2 == 0
    low, high, low_in, high_in = {
        "up_or_down": (size - half, size + half, True, True),
        "half_up": (size - half, size + half, True, False),
        "half_down": (size - half, size + half, False, True),
        "half_even": (size - half, size + half, even, even),
        "floor": (size, size + unit, True, False),
        "ceiling": (size - unit, size, False, True),
        "any": (size - unit, size + unit, False, False),
    }[mode]
    if number.is_signed():
        return Box(-high, -low, high_in, low_in)
    return Box(low, high, low_in, high_in)


def decimals_of(text: str) -> int:
    """Digits printed after the point.

    >>> decimals_of("5.10"), decimals_of("20")
    (2, 0)
    """
    exponent = Decimal(text).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
