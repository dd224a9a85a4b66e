"""What a text says in words against what its tables say in numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from evidence.errors import EffectError, OptionError
from evidence.integrity.printed_p import TYPING_ERROR, Compared, read_p
from evidence.integrity.printed_sets import either, shown_as_printed, value_of, whole
from evidence.messages import listed, say
from evidence.records.vocabulary import Better

_Fit = Literal["consistent", "inconsistent", "not_testable"]

_OTHER_PLACE = "The text and the table are of different time points, people or analyses."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated(Compared):
    """A count in the text, or abstract, against the one in a table."""

    verdict: Literal["consistent", "dropouts_or_subset", "inconsistent"]
    stated: int
    table: int


def n_stated(stated: int, table: int) -> Stated:
    """The number of people in the text against the number in the table.

    Parameters
    ----------
    stated, table : int
        People, all arms together.

    Returns
    -------
    Stated
        `dropouts_or_subset` when the table has fewer, `inconsistent` when it has more.

    Raises
    ------
    EffectError
        For what is not a whole number above 0.

    Examples
    --------
    >>> n_stated(50, 46).verdict
    'dropouts_or_subset'
    >>> print(n_stated(46, 50))
    These numbers cannot all be right: the text has 46 people and the table 50.
    """
    stated, table = whole(stated, "n in the text"), whole(table, "n in the table")
    verdict: Literal["consistent", "dropouts_or_subset", "inconsistent"] = "inconsistent"
    if table <= stated:
        verdict = "consistent" if table == stated else "dropouts_or_subset"
    return Stated(
        verdict=verdict,
        reason={"consistent": "", "inconsistent": "n"}.get(verdict, verdict),
        benign={
            "inconsistent": (
                TYPING_ERROR,
                "The text has the people analysed and the table those enrolled.",
                "The table counts sides or sites.",
            ),
            "dropouts_or_subset": ("The text has the people enrolled and the table those seen.",),
        }.get(verdict, ()),
        sentence={
            "consistent": say("The text and the table have the same {n} people.", n=table),
            "dropouts_or_subset": say(
                "The text has {stated} people and the table {n}: people lost or a part of them.",
                stated=stated,
                n=table,
            ),
            "inconsistent": say(
                "These numbers cannot all be right: the text has {stated} people and the table "
                "{n}.",
                stated=stated,
                n=table,
            ),
        }[verdict],
        stated=stated,
        table=table,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeksStated(Compared):
    """A time in the text against the times a table has."""

    verdict: _Fit
    stated: str
    table: tuple[str, ...]


def weeks_stated(stated: str, table: Iterable[str]) -> WeeksStated:
    """The time point in the text against those in the table, in one unit.

    Parameters
    ----------
    stated : str
        As printed, "12".
    table : iterable of str
        All times that the table has.

    Returns
    -------
    WeeksStated
        `inconsistent` when the table does not have it; `not_testable` for a table without times.

    Raises
    ------
    EffectError
        For what is not a printed number.

    Examples
    --------
    >>> print(weeks_stated("12", ["4", "8"]))
    These numbers cannot all be right: the text has week 12 and the table week 4 or 8.
    """
    times = tuple(table)
    found = value_of(stated) in {value_of(time) for time in times}
    verdict: _Fit = "consistent" if found else "inconsistent" if times else "not_testable"
    return WeeksStated(
        verdict=verdict,
        reason="weeks" if verdict == "inconsistent" else "",
        benign=(TYPING_ERROR, _OTHER_PLACE, "The times are counted from different days.")
        if verdict == "inconsistent"
        else (),
        sentence={
            "consistent": say("The text and the table have week {week}.", week=stated),
            "not_testable": "The table names no time point.",
            "inconsistent": say(
                "These numbers cannot all be right: the text has week {stated} and the table week "
                "{weeks}.",
                stated=stated,
                weeks=either(times),
            ),
        }[verdict],
        stated=stated,
        table=times,
    )


# verbs and what follows from them; not "lower face", "hair fall", "hair growth", "dropouts"
_UP = (
    r"increas|rose\b|risen|rises?\b|gained|higher (?:than|after|at)|boost|rais(?:e|ing)|elevat|"
    r"augment"
)
_DOWN = (
    r"decreas|reduc|fell\b|fallen|dropp|declin|lower(?:ed|ing|s\b| than| after| at)|lessen|"
    r"diminish|minimi[sz]|shrank|shrunk"
)
_GOOD = r"improv|better (?:than|after|at)|ameliorat|enhanc"
_BAD = r"worse|deteriorat|impair"
_DIRECTION = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN})|(?P<good>{_GOOD})|(?P<bad>{_BAD}))", re.IGNORECASE
)
_NEGATED = re.compile(
    r"\b(?:no|not|nor|without|never|neither|didn.t|failed|lack|prevent\w*|non)\b", re.IGNORECASE
)


def direction_in_words(text: str, better: Better | None = None) -> int | None:
    """+1 for words that say a value went up, −1 for down; None for none, for both, or "no …".

    Parameters
    ----------
    text : str
        A phrase on one result.
    better : {"lower", "higher"}, optional
        Which way is an improvement; without it "improved" has no direction.

    Examples
    --------
    >>> direction_in_words("wrinkle depth was reduced")
    -1
    >>> words = "elasticity improved"
    >>> direction_in_words(words), direction_in_words(words, "higher")
    (None, 1)
    >>> direction_in_words("no reduction was seen")
    """
    if better not in (None, "lower", "higher"):
        raise OptionError("better", better, ("lower", "higher"))
    if _NEGATED.search(text):
        return None
    good = {"higher": 1, "lower": -1, None: None}[better]
    signs: dict[str, int | None] = {
        "up": 1,
        "down": -1,
        "good": good,
        "bad": None if good is None else -good,
    }
    found = {signs[match.lastgroup or ""] for match in _DIRECTION.finditer(text)}
    known = found - {None}
    return known.pop() if len(known) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignVersusWord(Compared):
    """A signed change against the words for it; `stated` is +1 up, −1 down, None for neither."""

    verdict: _Fit
    stated: int | None
    change: str


def sign_versus_word(
    change: str, words: str, *, better: Better | None = None, signed: bool = False
) -> SignVersusWord:
    """Whether the sign of a change goes with the words that describe it.

    A change without a printed sign beside "reduced by" is read as its size: no contradiction.

    Parameters
    ----------
    change : str
        Value after less value before, or its percent, from a table, as printed.
    words : str
        The phrase on this result.
    better : {"lower", "higher"}, optional
        Which way is an improvement.
    signed : bool
        The table prints a minus where values fell, so that no sign means a rise.

    Returns
    -------
    SignVersusWord
        `not_testable` where the words say no direction, the change prints as zero, or it may be a
        size.

    Raises
    ------
    EffectError
        When the change is not a printed number.
    OptionError
        For another `better`.

    Examples
    --------
    >>> print(sign_versus_word("+2.1", "wrinkle depth was reduced"))
    These cannot all be right: the text says that the value went down, and the table has +2.1.
    >>> sign_versus_word("-20", "wrinkles improved", better="lower").verdict
    'consistent'
    """
    value = value_of(change)
    stated = direction_in_words(words, better)
    verdict: _Fit = "not_testable"
    with_sign = signed or change.strip()[:1] in ("+", "-", "−")
    if stated is not None and value != 0 and (with_sign or stated > 0):
        verdict = "consistent" if stated * value > 0 else "inconsistent"
    figure = shown_as_printed(change)
    if stated == 1:
        against = say(
            "These cannot all be right: the text says that the value went up, and the table has "
            "{change}.",
            change=figure,
        )
    else:
        against = say(
            "These cannot all be right: the text says that the value went down, and the table has "
            "{change}.",
            change=figure,
        )
    return SignVersusWord(
        verdict=verdict,
        reason="sign" if verdict == "inconsistent" else "",
        would_fit=("other_sign",) if verdict == "inconsistent" else (),
        benign=(
            "The table has before less after, or the size of the change.",
            "The scale runs the other way.",
            _OTHER_PLACE,
            TYPING_ERROR,
        )
        if verdict == "inconsistent"
        else (),
        sentence={
            "consistent": say(
                "The text and the change of {change} go the same way.", change=figure
            ),
            "not_testable": "The words or the number say no direction.",
            "inconsistent": against,
        }[verdict],
        stated=stated,
        change=change,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignificanceVersusP(Compared):
    """Words on significance against the printed p; `stated` None where the text has no word."""

    verdict: _Fit
    stated: bool | None
    printed_p: str


_SIGNIFICANT = re.compile(r"\b(?P<no>non-?|in)?significan(?:t|tly|ce)\b", re.IGNORECASE)


def significance_versus_p(words: str, p: str, *, alpha: float = 0.05) -> SignificanceVersusP:
    """Whether "significant" in the text goes with the p in the table.

    Parameters
    ----------
    words : str
        The phrase on this result.
    p : str
        As printed: "0.04", "<0.001", "ns".
    alpha : float
        Level of significance; p = alpha goes with either word.

    Returns
    -------
    SignificanceVersusP
        `not_testable` where either says nothing on significance.

    Raises
    ------
    EffectError
        For what is no p value.
    OptionError
        For an alpha that is not between 0 and 1.

    Examples
    --------
    >>> print(significance_versus_p("a significant reduction", "0.08"))
    These cannot all be right: the text says significant, and the table has p = 0.08.
    """
    printed = read_p(p, alpha)
    claimed = printed.significant(alpha)
    at_alpha = printed.op == "=" and printed.low <= alpha <= printed.high
    said = {not (m["no"] or _NEGATED.search(words)) for m in _SIGNIFICANT.finditer(words)}
    stated = said.pop() if len(said) == 1 else None
    verdict: _Fit = "not_testable"
    if stated is not None and claimed is not None:
        verdict = "consistent" if at_alpha or stated == claimed else "inconsistent"
    word = "significant" if stated else "not significant"
    return SignificanceVersusP(
        verdict=verdict,
        reason="significance" if verdict == "inconsistent" else "",
        benign=(
            "The word means large, not tested.",
            "The text and the p are of different comparisons or a corrected level.",
            TYPING_ERROR,
        )
        if verdict == "inconsistent"
        else (),
        sentence={
            "consistent": say("“{word}” goes with {printed}.", word=word, printed=printed),
            "not_testable": "The words or the p say nothing on significance.",
            "inconsistent": say(
                "These cannot all be right: the text says {word}, and the table has {printed}.",
                word=word,
                printed=printed,
            ),
        }[verdict],
        stated=stated,
        printed_p=p,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesNamed(Compared):
    """Outcomes of the conclusion that no result is printed for."""

    verdict: _Fit
    not_measured: tuple[str, ...]


def outcomes_named(concluded: Iterable[str], measured: Iterable[str]) -> OutcomesNamed:
    """Whether every outcome that a conclusion names was measured.

    Parameters
    ----------
    concluded, measured : iterable of str
        Outcomes by one set of names, such as those of the codebook; case does not matter.

    Returns
    -------
    OutcomesNamed
        `inconsistent` when some are not among the measured ones; `not_testable` when the
        conclusion names none.

    Raises
    ------
    EffectError
        When a name is empty.

    Examples
    --------
    >>> outcomes_named(["Hydration", "pores"], ["hydration", "TEWL"]).not_measured
    ('pores',)
    """
    named, known = list(concluded), {name.strip().casefold() for name in measured}
    if "" in known or not all(name.strip() for name in named):
        raise EffectError("an outcome has an empty name.")
    missing = tuple(dict.fromkeys(name for name in named if name.strip().casefold() not in known))
    verdict: _Fit = "not_testable" if not named else "inconsistent" if missing else "consistent"
    return OutcomesNamed(
        verdict=verdict,
        reason="not_measured" if missing else "",
        benign=(
            "The outcome has another name in the results.",
            "Its results are printed elsewhere.",
        )
        if missing
        else (),
        sentence={
            "consistent": "Every outcome of the conclusion has a result.",
            "not_testable": "The conclusion names no outcome.",
            "inconsistent": say(
                "The conclusion names {outcomes}, and no result of it is here.",
                outcomes=listed(missing, ", "),
            ),
        }[verdict],
        not_measured=missing,
    )
