"""The whole numbers behind a printed mean, share or standard deviation.

What every granularity check needs: which integers fit a printed figure, how many figures would
fit by luck, and the shape of an answer. Integers and fractions only.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Literal

from evidence.errors import EffectError
from evidence.messages import listed, say
from evidence.records.rounding import Box, Mode, box_of, decimals_of

Verdict = Literal[
    "consistent",
    "consistent_only_if_truncated_or_rounded_up",
    "inconsistent",
    "not_informative",
    "not_testable",
]

MOST_LOST = 1000
"""A smaller n is looked for at most this many people below the printed one."""

MOST_TOTALS = 10_000
"""More totals that fit one mean are not gone through."""

_LARGEST = 10**9
_PRINTED = re.compile(r"[+-]?(?=\.?[0-9])[0-9]{0,15}(\.[0-9]{0,15})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one check found.

    `reason` names what does not fit, `rounding` is the mode that was allowed for, `benign` lists
    the harmless ways in which such figures arise, `sentence` says the result in plain words.
    """

    verdict: Verdict
    reason: str
    n: int
    rounding: Mode
    benign: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def values_of(text: str, rounding: Mode, name: str) -> Box:
    """The values that print as `text`; a printed zero may come from either side of zero.

    Parameters
    ----------
    text : str
        The number as printed, with all its digits.
    rounding : Mode
        How it was rounded.
    name : str
        What the number is, for the error.

    Raises
    ------
    EffectError
        When `text` is not a number written with a point.
    OptionError
        For another mode.

    Examples
    --------
    >>> values_of("0.0", "floor", "the mean")
    Box(low=Fraction(-1, 10), high=Fraction(1, 10), low_in=False, high_in=False)
    """
    plain = _plain(text, name)
    box = box_of(plain, rounding)
    if Fraction(plain) == 0:
        high, high_in = (-box.low, box.low_in) if plain.startswith("-") else (box.high, box.high_in)
        return Box(-high, high, high_in, high_in)
    return box


def _plain(text: str, name: str) -> str:
    """The number with a plain minus, or an error that names it."""
    if not isinstance(text, str):
        raise EffectError(
            f"{name} is {text!r}: give it as text, as printed; 5.10 and 5.1 say different things."
        )
    plain = text.strip().replace("−", "-")
    if not _PRINTED.fullmatch(plain):
        point = " Write the decimals after a point." if "," in text else ""
        raise EffectError(f"{name} is {text!r}, which is not a printed number.{point}")
    return plain


def value_of(text: str) -> Fraction:
    """The number itself, as printed.

    >>> value_of("5.10")
    Fraction(51, 10)
    """
    return Fraction(_plain(text, "the number"))


def decimals_in(text: str) -> int:
    """Digits printed after the point.

    >>> decimals_in("5.10"), decimals_in("5")
    (2, 0)
    """
    return decimals_of(_plain(text, "the number"))


def shown_as_printed(text: str) -> str:
    """The number with its digits and a real minus.

    >>> shown_as_printed(" -5.10")
    '−5.10'
    """
    return text.strip().replace("-", "−")


def variances_of(text: str, rounding: Mode) -> Box:
    """The variances whose root prints as the standard deviation `text`.

    Examples
    --------
    >>> variances_of("0.4", "up_or_down") == Box(Fraction(49, 400), Fraction(81, 400))
    True
    """
    box = values_of(text, rounding, "the SD")
    if value_of(text) < 0:
        raise EffectError(f"the SD is {text!r}: a standard deviation is not negative.")
    if box.low < 0:
        return Box(Fraction(0), box.high**2, True, box.high_in)
    return Box(box.low**2, box.high**2, box.low_in, box.high_in)


def scaled(box: Box, factor: Fraction | int, shift: Fraction | int = 0) -> Box:
    """The box of factor·x + shift, the factor being positive.

    >>> scaled(Box(Fraction(1), Fraction(2)), 3, 1) == Box(Fraction(4), Fraction(7))
    True
    """
    return Box(box.low * factor + shift, box.high * factor + shift, box.low_in, box.high_in)


def integers_in(box: Box, parts: Fraction | int = 1) -> range:
    """The integers T with T/parts in the box.

    Examples
    --------
    >>> integers_in(box_of("5.21"), 28)
    range(146, 147)
    >>> list(integers_in(box_of("3.19"), 28))
    []
    """
    low, high = box.low * parts, box.high * parts
    first, last = ceil(low), floor(high)
    first += first == low and not box.low_in
    last -= last == high and not box.high_in
    return range(first, max(first, last + 1))


def clipped(numbers: range, low: int, high: int) -> range:
    """The part of a run of integers that lies in [low, high].

    >>> clipped(range(146, 150), 148, 200), list(clipped(range(3), 5, 9))
    (range(148, 150), [])
    """
    first = max(numbers.start, low)
    return range(first, max(first, min(numbers.stop, high + 1)))


def share_that_fits(parts: int, endings: int, rounding: Mode) -> float:
    """Share of printable endings that some T/parts prints as: the chance to pass by luck.

    Parameters
    ----------
    parts : int
        The denominator: people times items.
    endings : int
        How many endings a printed value can have: 10 to the number of decimals for a mean, a
        hundred times that for a percent.
    rounding : Mode
        How values were rounded.

    Returns
    -------
    float
        In (0, 1]; 1 means that every printed value fits and the check says nothing.

    Notes
    -----
    Let g be the greatest common divisor of parts and endings. An ending e fits when e·parts lies
    within a distance of some multiple of `endings`; in units of g these residues run once over
    all numbers, so that counting endings is counting residues.

    Examples
    --------
    >>> share_that_fits(28, 100, "up_or_down"), share_that_fits(8, 100, "half_up")
    (0.28, 0.08)
    >>> share_that_fits(8, 100, "up_or_down")  # four ties print in two ways
    0.12
    """
    shared = gcd(parts, endings)
    fitting = parts
    if rounding == "up_or_down" and parts // shared % 2 == 0:
        fitting = parts + shared
    if rounding == "any":
        fitting = 2 * parts - shared
    return min(fitting, endings) / endings


def smaller_n(n: int, fits: Callable[[int], bool]) -> tuple[int, ...]:
    """The n from n − 1 down to n − ⌈n/10⌉ that would fit, largest first.

    >>> smaller_n(30, lambda n: n % 7 == 0)  # from 29 down to 27
    (28,)
    """
    lost = min(-(-n // 10), MOST_LOST)
    return tuple(fewer for fewer in range(n - 1, max(0, n - lost - 1), -1) if fits(fewer))


def whole(value: object, name: str, least: int | None = 1) -> int:
    """A whole number of at least `least` and below a billion, or an error that names it.

    >>> whole(28, "n")
    28
    >>> whole(28.5, "n")
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: n is 28.5: a whole number of at least 1 is needed.
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # the error is what is wanted
    except TypeError:
        number = None
    too_small = number is not None and least is not None and number < least
    if number is None or isinstance(value, bool) or too_small or abs(number) > _LARGEST:
        limit = "" if least is None else f" of at least {least}"
        raise EffectError(f"{name} is {value!r}: a whole number{limit} is needed.")
    return number


def scale_limits(
    scale_min: int | None, scale_max: int | None, items: int
) -> tuple[int | None, int | None]:
    """Least and most that one person can sum to over the items; None where there is no limit.

    >>> scale_limits(0, 4, items=3), scale_limits(1, None, items=1)
    ((0, 12), (1, None))
    """
    low = None if scale_min is None else whole(scale_min, "scale_min", None) * items
    high = None if scale_max is None else whole(scale_max, "scale_max", None) * items
    if low is not None and high is not None and low >= high:
        raise EffectError(f"the scale runs from {scale_min} to {scale_max}: it has no room.")
    return low, high


def would_fit_with(fewer: tuple[int, ...]) -> str:
    """The sentence that names a smaller n; empty where none fits.

    >>> would_fit_with((29, 28)), would_fit_with(())
    ('It would fit if n were 29 or 28.', '')
    """
    return say("It would fit if n were {n}.", n=either(fewer[:5])) if fewer else ""


def either(words: Iterable[object]) -> str:
    """Some alternatives in words.

    >>> either([29, 28, 27])
    '29, 28 or 27'
    """
    *some, last = [word if isinstance(word, str) else str(word) for word in words] or [""]
    return say("{some} or {last}", some=listed(some, ", "), last=last) if some else last


def all_of(words: Iterable[object]) -> str:
    """Several things in words.

    >>> all_of([3, 4, 5])
    '3, 4 and 5'
    """
    *some, last = words
    return listed([listed(some, ", "), last], " and ") if some else listed([last], ", ")


def shown(value: Fraction | float, decimals: int) -> str:
    """A number with so many decimals and a real minus.

    >>> shown(Fraction(-7, 2), 2)
    '−3.50'
    """
    return f"{float(value):.{decimals}f}".replace("-", "−")
