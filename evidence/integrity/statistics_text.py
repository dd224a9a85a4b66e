"""Test statistics in running text against the p value printed beside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

from evidence.errors import EffectError
from evidence.integrity.printed_p import (
    TYPING_ERROR,
    Compared,
    Interval,
    PrintedP,
    p_of_t,
    read_p,
    significance_changes,
)
from evidence.integrity.printed_sets import values_of
from evidence.messages import say, sentences
from evidence.records.rounding import Box

Statistic = Literal["t", "F", "Z", "Chi2", "r"]

_CORRECTED = "The p was corrected for several tests (Bonferroni) or for sphericity (Huynh–Feldt)."
_ONE_SIDED = "The test was one-sided, which is not said here."
_OTHER_DF = "The degrees of freedom were rounded or are of another test, such as Welch's."
_CUT = "The p was cut off, not rounded."

_NUMBER = r"[+−–-]?\s?(?:[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]*[.,]?[0-9]+)"
_DF = r"[0-9]+(?:\.[0-9]+)?"
_COUNT = r"n\s*=\s*[0-9]+"
_P = r"[0-9]*[.,]?[0-9]+(?:e[+−–-]?[0-9]+)?"
_REPORT = re.compile(
    r"(?<![\w.])(?:"
    rf"(?P<F>F)\s*\(\s*(?P<df1>{_DF})\s*[,;]\s*(?P<df2>{_DF})\s*\)"
    rf"|(?P<r>r)\s*\(\s*(?P<dfr>{_DF})\s*\)"
    rf"|(?P<t>t)\s*\(\s*(?P<dft>{_DF})\s*\)"
    r"|(?P<Chi2>(?:χ|chi)[\s-]*(?:2|²|\^2|squared?)|X(?:2|²|\^2))"
    rf"\s*\(\s*(?:{_COUNT}\s*[,;]\s*)?(?P<dfc>{_DF})\s*(?:[,;]\s*{_COUNT}\s*)?\)"
    r"|(?P<Z>z)(?:[ -](?:score|value))?"
    r")"
    rf"\s*(?P<op>[<>=])\s*(?P<value>{_NUMBER})"
    r"\s*[,;)]?\s*\(?\s*"
    r"(?:(?:(?:one|two|1|2)[ -](?:sided|tailed)\s*)?p(?:[ -]?value)?\s*"
    rf"(?P<p_op>[<>=≤≥]|<=|>=)\s*(?P<p>{_P})"
    r"|(?:p\s*=?\s*)?(?P<ns>n\.?\s?s\b\.?))",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(r"\b(?:one|1)[\s-]?(?:sided|tailed)|\bdirectional\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticP(Compared):
    """A test statistic with its p value, and the p value that follows from it.

    `computed_p` is two-sided, from the statistic as printed; `p_interval` is over its rounding;
    both None for a statistic that cannot exist. `error` says that the printed p is not among
    them, `decision_error` that significance changes with it. `found` is the text that was read.
    """

    verdict: Literal["consistent", "inconsistent"]
    type: Statistic
    df: tuple[float, ...]
    value: str
    printed_p: str
    computed_p: float | None
    p_interval: Interval | None
    error: bool
    decision_error: bool
    one_sided: bool
    found: str


def statistic_versus_p(
    text: str, *, alpha: float = 0.05, p_equal_alpha_significant: bool = True
) -> StatisticP:
    """Whether the one test reported in a text has the p value printed beside it.

    Parameters
    ----------
    text : str
        Such as "t(28) = 2.20, p = .03"; t, F, χ², r and z are read, a one-sided test when the
        text says so.
    alpha : float
        Level of significance.
    p_equal_alpha_significant : bool
        Whether p = alpha counts as significant.

    Returns
    -------
    StatisticP
        `inconsistent` when no value that rounds to the printed statistic has a p that prints as
        the one given; "ns" is read as p > alpha. The idea is statcheck's [1]_.

    Raises
    ------
    EffectError
        When the text reports no such test, or several: see `statistics_in`.
    OptionError
        For an alpha that is not between 0 and 1.

    References
    ----------
    .. [1] Nuijten et al. (2016), Behav Res Methods 48:1205–1226.
       https://doi.org/10.3758/s13428-015-0664-2

    Examples
    --------
    >>> found = statistic_versus_p("t(28) = 2.20, p = .03")
    >>> found.error, found.decision_error, found.computed_p
    (True, False, 0.0362)
    >>> print(statistic_versus_p("t(49) = 1.70, p < .05"))
    These numbers cannot all be right: t(49) = 1.70 gives p = 0.095 to 0.096, not p < .05.
    Significance at 0.05 changes with it. It would fit if the test was one-sided.
    """
    found = statistics_in(text, alpha=alpha, p_equal_alpha_significant=p_equal_alpha_significant)
    if len(found) != 1:
        if not found:
            raise EffectError(
                say(
                    "{text} reports no test with a p value; one such as 't(28) = 2.20, p = .03' is "
                    "needed.",
                    text=repr(text),
                )
            )
        raise EffectError(
            say(
                "{text} reports {n} tests with a p value; one such as 't(28) = 2.20, p = .03' is "
                "needed.",
                text=repr(text),
                n=len(found),
            )
        )
    return found[0]


def statistics_in(
    text: str, *, alpha: float = 0.05, p_equal_alpha_significant: bool = True
) -> tuple[StatisticP, ...]:
    """Every test statistic in a text with its p value, as `statistic_versus_p` reads one.

    One announcement of one-sided tests holds for the whole text.

    Examples
    --------
    >>> text = "F(1, 40) = 5.12, p < .05, and z = 1.50, p = .13"
    >>> [(test.type, test.error) for test in statistics_in(text)]
    [('F', False), ('Z', False)]
    """
    read_p("ns", alpha)
    announced = bool(_ANNOUNCED.search(text))
    return tuple(
        _compared(match, alpha, p_equal_alpha_significant, announced)
        for match in _REPORT.finditer(text)
    )


def _compared(match: re.Match[str], alpha: float, equal: bool, announced: bool) -> StatisticP:
    kind = next(name for name in _P_OF if match[name])
    groups = {"F": ("df1", "df2"), "r": ("dfr",), "t": ("dft",), "Chi2": ("dfc",), "Z": ()}[kind]
    df_texts = tuple(match[name] for name in groups)
    df = tuple(map(float, df_texts))
    value = _plain(match["value"])
    box = values_of(value, "up_or_down", "the statistic")
    p_digits = "" if match["ns"] else _plain(match["p"])
    said = f"{match[0][: match.start('value') - match.start()]}{value}".replace("-", "−")
    printed_p = "ns" if match["ns"] else f"{match['p_op']}{p_digits}"
    shown_p = "ns" if match["ns"] else f"p {match['p_op']} {p_digits}"
    if impossible := _impossible(kind, df, box, p_digits):
        return StatisticP(
            verdict="inconsistent",
            reason="impossible",
            benign=(TYPING_ERROR,),
            sentence=say(
                "These numbers cannot all be right: {said}, {p}: {why}.",
                said=said,
                p=shown_p,
                why=impossible,
            ),
            type=kind,
            df=df,
            value=value,
            printed_p=printed_p,
            computed_p=None,
            p_interval=None,
            error=True,
            decision_error=False,
            one_sided=announced,
            found=match[0],
        )
    printed = read_p(printed_p, alpha)
    computed = _P_OF[kind](abs(float(Fraction(value))), df)
    interval = _p_interval(kind, df_texts, box, match["op"])
    halves = kind in ("t", "r", "Z") or df[0] == 1  # F and χ² with one df are squares
    half = (interval[0] / 2, interval[1] / 2)
    fits_half = halves and printed.allows(half)
    other_side = halves and printed.allows((1 - half[1], 1 - half[0]))
    one_sided = announced and (fits_half or other_side)
    error = not (printed.allows(interval) or one_sided)
    flips = error and printed.decision_changes(interval, alpha, equal=equal)
    would_fit = ("one_sided",) if error and fits_half else ()
    return StatisticP(
        verdict="inconsistent" if error else "consistent",
        reason="p" if error else "",
        would_fit=would_fit,
        benign=_benign(printed, interval, bool(would_fit)) if error else (),
        sentence=sentences(
            _sentence(
                said, printed, half if announced and fits_half else interval, error, flips, alpha
            ),
            "It would fit if the test was one-sided." if would_fit else "",
        ),
        type=kind,
        df=df,
        value=value,
        printed_p=printed_p,
        computed_p=computed,
        p_interval=interval,
        error=error,
        decision_error=flips,
        one_sided=announced,
        found=match[0],
    )


def _plain(text: str) -> str:
    """A number with a point: a comma is one, unless a point follows it."""
    text = text.replace("−", "-").replace("–", "-").replace(" ", "")
    return text.replace(",", "" if "." in text else ".")


def _impossible(kind: Statistic, df: tuple[float, ...], box: Box, p: str) -> str:
    """Why there is no such test; empty when there can be."""
    if any(some <= 0 for some in df):
        return "a test has at least one degree of freedom"
    if kind in ("F", "Chi2") and box.high < 0:
        return "F is never negative" if kind == "F" else "χ² is never negative"
    if kind == "r" and (box.low > 1 or box.high < -1):
        return "a correlation lies between −1 and 1"
    if p and float(p) > 1:
        return "a p value lies between 0 and 1"
    return ""


def _p_of_r(r: float, df: tuple[float, ...]) -> float:
    return 0.0 if r >= 1 else p_of_t(r * (df[0] / (1 - r * r)) ** 0.5, df[0])


def _p_of_f(f: float, df: tuple[float, ...]) -> float:
    from scipy.special import fdtrc

    return float(fdtrc(df[0], df[1], f))


def _p_of_chi2(chi2: float, df: tuple[float, ...]) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df[0], chi2))


_P_OF: dict[Statistic, Callable[[float, tuple[float, ...]], float]] = {
    "t": lambda t, df: p_of_t(t, df[0]),
    "F": _p_of_f,
    "Chi2": _p_of_chi2,
    "r": _p_of_r,
    "Z": lambda z, _: p_of_t(z, None),
}


def _p_interval(kind: Statistic, df: tuple[str, ...], box: Box, op: str) -> Interval:
    """The p values over the rounding of the statistic and of a fractional df.

    p falls as the size of the statistic grows.
    """
    ends = (abs(float(box.low)), abs(float(box.high)))
    if kind in ("F", "Chi2"):
        ends = (max(0.0, float(box.low)), float(box.high))
    least = 0.0 if 0 in box else min(ends)
    most = max(ends)
    dfs = list(product(*map(_df_range, df)))
    low = 0.0 if op == ">" else min(_P_OF[kind](most, some) for some in dfs)
    high = 1.0 if op == "<" else max(_P_OF[kind](least, some) for some in dfs)
    return low, high


def _df_range(text: str) -> tuple[float, ...]:
    """A whole df is exact; one with decimals, as Welch's, was rounded."""
    if "." not in text:
        return (float(text),)
    box = values_of(text, "up_or_down", "df")
    return float(box.low), float(text), float(box.high)


def _benign(printed: PrintedP, interval: Interval, one_sided: bool) -> tuple[str, ...]:
    found = [TYPING_ERROR, _CORRECTED, _OTHER_DF]
    if one_sided:
        found.insert(0, _ONE_SIDED)
    if printed.op == "=":
        unit = printed.high - printed.low
        middle = float(printed.digits)
        if interval[0] < middle + unit and interval[1] >= middle:
            found.insert(0, _CUT)
    return tuple(found)


def _sentence(
    said: str, printed: PrintedP, interval: Interval, error: bool, flips: bool, alpha: float
) -> str:
    if not error:
        return say(
            "{said} fits {printed}: it gives {p}.",
            said=said,
            printed=printed,
            p=printed.beside(interval),
        )
    return sentences(
        say(
            "These numbers cannot all be right: {said} gives {p}, not {printed}.",
            said=said,
            p=printed.beside(interval),
            printed=printed,
        ),
        significance_changes(alpha) if flips else "",
    )
