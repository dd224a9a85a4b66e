"""What results of the precision lens share: a basis, a plain sentence, checks of the inputs."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evidence.effects.labelled import Labelled
from evidence.errors import EffectError


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens(Labelled):
    """A result with what it rests on (`basis`, `label`) and the `sentence` that says it."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


def number(name: str, value: object) -> float:
    """A finite number, or an error that names it.

    >>> number("se", 2)
    2.0
    """
    if isinstance(value, str | bool) or not hasattr(value, "__float__"):
        raise EffectError(f"{name} is {value!r}: a number is needed.", missing=(name,))
    found = float(value)
    if not math.isfinite(found):
        raise EffectError(f"{name} is {found}, which is not a number.", missing=(name,))
    return found


def positive(name: str, value: object) -> float:
    """A number above zero, or an error that names it.

    >>> positive("se", 2)
    2.0
    >>> positive("se", 0)
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: se is 0: it must be above 0.
    """
    found = number(name, value)
    if found <= 0:
        raise EffectError(f"{name} is {found:g}: it must be above 0.")
    return found


def share(name: str, value: object) -> float:
    """A number strictly between 0 and 1, or an error that names it.

    >>> share("level", 0.95)
    0.95
    >>> share("level", 95)
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: level is 95: it must lie between 0 and 1.
    """
    found = number(name, value)
    if not 0 < found < 1:
        raise EffectError(f"{name} is {found:g}: it must lie between 0 and 1.")
    return found


def exact_p(name: str, value: object) -> float:
    """An exact p value in (0, 1], or an error that says what is there instead.

    >>> exact_p("p", 0.012)
    0.012
    """
    if isinstance(value, str) and value.strip()[:1] in tuple("<>≤≥"):
        raise EffectError(f"{name} is {value!r}, a threshold; an exact p value is needed.")
    found = number(name, value)
    if found == 0:
        raise EffectError(
            f"{name} is 0: a printed 0.000 means below 0.0005, which is a threshold and not an "
            "exact p value."
        )
    if not 0 < found <= 1:
        raise EffectError(f"{name} is {found:g}: a p value lies between 0 and 1.")
    return found


def count(name: str, value: object, least: int = 0) -> int:
    """A whole number of at least `least`, or an error that names it.

    >>> count("n", 54.0)
    54
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        found = operator.index(value)  # type: ignore[arg-type]  # the error is what is wanted
    except TypeError:
        found = None
    if found is None or isinstance(value, bool) or found < least:
        raise EffectError(f"{name} is {value!r}: a whole number of at least {least} is needed.")
    return found


def listed(name: str, values: object) -> list[Any]:
    """The values of a list that holds some, or an error that names it.

    >>> listed("ps", (0.01, 0.04))
    [0.01, 0.04]
    >>> listed("ps", [])
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: ps is []: a list is needed.
    """
    if (
        isinstance(values, str | Mapping)
        or not isinstance(values, Iterable)
        or not (found := list(values))
    ):
        raise EffectError(f"{name} is {values!r}: a list is needed.", missing=(name,))
    return found


def as_printed(value: float) -> Fraction:
    """The decimal number that a float was written as, so that .03 · 5/3 is .05 and no hair more.

    >>> as_printed(0.03) * 5 / 3 == as_printed(0.05)
    True
    """
    return Fraction(str(float(value)))


def percent(value: float) -> str:
    """A share in words.

    >>> percent(0.289), percent(0.0021), percent(2e-7), percent(1.0)
    ('29 %', '0.2 %', 'less than 0.1 %', '100 %')
    """
    if 0 < value < 0.001:
        return "less than 0.1 %"
    if 0.995 <= value < 1:
        return "more than 99 %"
    return f"{100 * value:.1f} %" if 0 < value < 0.0095 else f"{100 * value:.0f} %"


def brief(value: float) -> str:
    """A number in three digits, with a real minus.

    >>> brief(-12.6584), brief(1234.0)
    ('−12.7', '1234')
    """
    digits = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return digits.replace("-", "−")
