"""A printed number: its digits, its unit, its qualifier and where it was read."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Self

from pydantic import Field, model_validator

from evidence.records.base import UNKNOWN, Place, Qualifier, Record, Unknown

_QUALIFIERS: dict[str, Qualifier] = {
    "up to": "up to",
    "about": "about",
    "approximately": "about",
    "approx.": "about",
    "approx": "about",
    "ca.": "about",
    "~": "about",
    "≈": "about",
    "on average": "on average",
    "more than": "more than",
    "over": "more than",
    ">": "more than",
    "less than": "less than",
    "under": "less than",
    "<": "less than",
    "at least": "at least",
    "≥": "at least",
    ">=": "at least",
}
_WORDS = "|".join(re.escape(word) for word in sorted(_QUALIFIERS, key=len, reverse=True))
_LEAD = re.compile(rf"^\s*({_WORDS})\s*", re.IGNORECASE)


class Reported(Record):
    """A number as printed. `text` keeps the digits: "5.10" and "5.1" are different data.

    >>> Reported.parse("5.10").decimals
    2
    >>> Reported.parse("up to 20 %").qualifier
    'up to'
    """

    text: str = Field(description="the number's digits as printed, sign included, no unit")
    unit: str = Field("", description="unit as printed or assumed by the column; % for percent")
    qualifier: Qualifier = Field("", description="word that changes its meaning: up to, about, …")
    place: Place | None = Field(None, description="where it was read")

    @model_validator(mode="before")
    @classmethod
    def _from_digits(cls, given: object) -> object:
        """A text or a whole number alone is the number as printed; a float has lost its digits."""
        if isinstance(given, str) or (isinstance(given, int) and not isinstance(given, bool)):
            read = cls.parse(str(given))
            return {"text": read.text, "unit": read.unit, "qualifier": read.qualifier}
        if isinstance(given, dict | cls):
            return given
        if given is None:
            raise ValueError('nothing stands here; write "unknown" or leave it out')
        raise ValueError(f'{given!r} is not a number as printed; write it as text, such as "5.10"')

    @model_validator(mode="after")
    def _is_a_number(self) -> Self:
        try:
            finite = Decimal(self.text).is_finite() and math.isfinite(float(self.text))
        except InvalidOperation:
            finite = False
        if not finite:
            raise ValueError(f"{self.text!r} is not a finite number")
        return self

    @classmethod
    def parse(cls, text: str, *, unit: str = "", place: Place | None = None) -> Reported:
        """Read one printed number, with an optional qualifier before and % after it.

        Raises ValueError when no single number is there.
        """
        rest = text.strip().replace("−", "-")
        qualifier: Qualifier = ""
        if found := _LEAD.match(rest):
            qualifier, rest = _QUALIFIERS[found.group(1).lower()], rest[found.end() :]
        if rest.endswith(("%", "％")):
            rest, unit = rest[:-1].strip(), "%"
        return cls(text=rest.strip().removeprefix("+"), unit=unit, qualifier=qualifier, place=place)

    @property
    def value(self) -> float:
        """The number as a float, without its unit."""
        return float(self.text)

    @property
    def decimals(self) -> int:
        """Digits printed after the point."""
        exponent = Decimal(self.text).as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    @property
    def rounding_unit(self) -> float:
        """Size of the last printed digit; the number stands for value ± half of it."""
        return float(10.0**-self.decimals)

    def __str__(self) -> str:
        lead = f"{self.qualifier} " if self.qualifier else ""
        tail = "" if not self.unit else f" {self.unit}"
        return f"{lead}{self.text}{tail}"


Number = Reported | Unknown
"""A printed number, or UNKNOWN when the source does not print it."""


def value_of(number: Number) -> float | None:
    """The float of a printed number, None for UNKNOWN.

    >>> value_of(Reported(text="12.10")), value_of(UNKNOWN)
    (12.1, None)
    """
    return None if number is UNKNOWN else number.value
