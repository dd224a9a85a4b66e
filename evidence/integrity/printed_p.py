"""Printed p values, and the shape of what is said when figures are worked out a second time.

A printed p is a set: "p = .03" the values that round to it, "p < .05" all below, "ns" all above
alpha. Worked-out figures come as closed intervals over the rounding of what they are made from,
so that rounding alone never makes a contradiction.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, cast

from evidence.errors import EffectError, OptionError
from evidence.integrity.printed_sets import values_of
from evidence.messages import say
from evidence.records.rounding import Box, box_of, decimals_of
from evidence.records.vocabulary import POperator

Interval: TypeAlias = tuple[float, float]
"""Least and most of something, both in it."""

TYPING_ERROR = "A typing error in one of the figures."
OTHER_TEST = "The p is of another test: paired, adjusted for baseline, or of ranks."
OTHER_PEOPLE = "The figures are of different people or time points."
_DUST = 1e-9  # relative; far above the error of a p value in floats, far below a printed digit

_P = re.compile(
    r"\s*(?:p(?:[ -]?values?)?\s*)?(?P<op><=|>=|≤|≥|<|>|=)?\s*"
    r"(?P<number>[+−-]?[0-9]*[.]?[0-9]+(?:e[+−-]?[0-9]+)?)\s*",
    re.IGNORECASE | re.ASCII,
)
_NS = re.compile(r"\s*(?:p\s*=?\s*)?(?:n\.?\s?s\.?|not significant|non-?significant)\s*", re.I)
_OPS = {"≤": "<=", "≥": ">=", "": "="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What working figures out a second time found.

    `verdict` is one word; `reason` names what does not fit; `would_fit` names readings under
    which the figures agree; `benign` lists the harmless ways in which such figures arise;
    `sentence` says the result in plain words.
    """

    verdict: str
    reason: str
    would_fit: tuple[str, ...] = ()
    benign: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedP:
    """A p value as printed: the sign before it, its digits, and the values it stands for."""

    op: POperator
    digits: str
    low: float
    high: float

    def __str__(self) -> str:
        if self.op == "ns":
            return "“not significant”"
        sign = {"<=": "≤", ">=": "≥"}.get(self.op, self.op)
        return f"p {sign} {self.digits}"

    def beside(self, interval: Interval) -> str:
        """Other p values in words, with one decimal more than this one."""
        return p_words(interval, decimals_of(self.digits) + 1 if self.digits else 3)

    def allows(self, interval: Interval) -> bool:
        """Whether some p in the interval prints like this."""
        low, high = interval
        return low <= self.high * (1 + _DUST) and high * (1 + _DUST) >= self.low

    def significant(self, alpha: float, *, equal: bool = True) -> bool | None:
        """Whether it claims significance; None where it claims neither, as "p < .10".

        `equal` says whether p = alpha counts as significant.
        """
        if self.op == "ns":
            return False
        value = float(self.digits)
        if self.op == "=":
            return value <= alpha if equal else value < alpha
        if self.op == "<" or (self.op == "<=" and equal):
            return True if value <= alpha else None
        if self.op == "<=":
            return True if value < alpha else None
        return False if value >= alpha else None

    def decision_changes(self, interval: Interval, alpha: float, *, equal: bool = True) -> bool:
        """Whether all p of the interval lie on the other side of alpha."""
        said = self.significant(alpha, equal=equal)
        low, high = interval
        if said is None:
            return False
        if said:
            return low > alpha or (low == alpha and not equal)
        return high < alpha or (high == alpha and equal)


def read_p(text: str, alpha: float = 0.05) -> PrintedP:
    """A p value as papers print it.

    Parameters
    ----------
    text : str
        "0.04", "=.04", "<0.001", "p > .05", "ns".
    alpha : float
        What "not significant" is above.

    Returns
    -------
    PrintedP
        With the closed interval of p values that print so, within [0, 1].

    Raises
    ------
    EffectError
        When it is not a p value, or not between 0 and 1.
    OptionError
        For an alpha that is not between 0 and 1.

    Examples
    --------
    >>> p = read_p(".03")
    >>> p.low, p.high, p.allows((0.034, 0.06))
    (0.025, 0.035, True)
    >>> read_p("p < .05").allows((0.06, 0.07))
    False
    """
    if not 0 < alpha < 1:
        raise OptionError("alpha", alpha, ("a number between 0 and 1",))
    if not isinstance(text, str):
        raise EffectError(f"p is {text!r}: give it as text, as printed; 0.040 is not 0.04.")
    if _NS.fullmatch(text):
        return PrintedP(op="ns", digits="", low=alpha, high=1.0)
    found = _P.fullmatch(text)
    if not found:
        hint = " Write the decimals after a point." if "," in text else ""
        raise EffectError(f"p is {text!r}, which is not a p value such as 0.04 or <0.001.{hint}")
    digits = found["number"].replace("−", "-")
    if "e" in digits.lower():
        digits = f"{Decimal(digits):f}"
    op = cast("POperator", _OPS.get(found["op"] or "", found["op"]))
    box = box_of(digits)
    if not 0 <= Fraction(digits) <= 1:
        raise EffectError(f"p is {text!r}: a p value lies between 0 and 1.")
    low, high = {
        "=": (float(box.low), float(box.high)),
        "<": (0.0, float(digits)),
        "<=": (0.0, float(box.high)),
        ">": (float(digits), 1.0),
        ">=": (float(box.low), 1.0),
    }[op]
    return PrintedP(op=op, digits=digits, low=max(0.0, low), high=min(1.0, high))


def p_of_t(t: float, df: float | None) -> float:
    """Two-sided p of a t statistic, of a normal one when `df` is None.

    >>> p_of_t(2.20, 28), p_of_t(-1.5, None), p_of_t(math.inf, 5)
    (0.0362, 0.1336, 0.0)
    """
    from scipy.special import ndtr, stdtr  # only a p value needs it

    return float(2 * (ndtr(-abs(t)) if df is None else stdtr(df, -abs(t))))


def box_around(value: str | float, half_unit: float | None, name: str) -> Box:
    """The values a figure stands for: by its digits, or by half a unit stated beside it.

    >>> box_around("1.20", None, "the limit") == box_around(1.2, 0.005, "the limit")
    True
    """
    if half_unit is None:
        if not isinstance(value, str):
            raise EffectError(
                f"{name} is {value!r}: give it as text, as printed, or say half_unit, half the "
                "unit it was rounded to."
            )
        return values_of(value, "up_or_down", name)
    if not (math.isfinite(float(value)) and math.isfinite(half_unit) and half_unit >= 0):
        raise EffectError(f"{name} is {value!r} ± {half_unit!r}: finite numbers are needed.")
    middle, half = Fraction(str(value)), Fraction(str(half_unit))
    return Box(middle - half, middle + half)


def p_words(interval: Interval, decimals: int = 3) -> str:
    """A p interval in words, with at least three and at most so many decimals.

    >>> p_words((0.0358, 0.0366)), p_words((0.0, 0.0004)), p_words((1.9e-9, 3.3e-9))
    ('p = 0.036 to 0.037', 'p < 0.001', 'p < 0.001')
    >>> p_words((0.00011, 0.00012), 4)
    'p = 0.0001'
    """
    low, high = interval
    digits = min(max(3, decimals), 15)
    if high < 10.0**-digits:
        return f"p < {10.0**-digits:.{digits}f}"
    first, last = f"{low:.{digits}f}", f"{high:.{digits}f}"
    return f"p = {first}" if first == last else say("p = {low} to {high}", low=first, high=last)


def significance_changes(alpha: float) -> str:
    """The sentence that a contradiction changes what is significant.

    >>> significance_changes(0.05)
    'Significance at 0.05 changes with it.'
    """
    return say("Significance at {alpha} changes with it.", alpha=f"{alpha:g}")
