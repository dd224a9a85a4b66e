"""Figures that appear twice: rows of a table, arms of different studies, percents of different n.

A repeat is a reason to ask, never a proof: few digits repeat by chance, and one study may be
printed in many places.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from evidence.formatting import plural
from evidence.integrity.printed_p import TYPING_ERROR, Compared
from evidence.integrity.printed_sets import all_of, value_of, whole
from evidence.messages import listed, say, sentences

Repeated = Literal["consistent", "repeated", "not_testable"]

_CHANCE = "Figures of few digits repeat by chance."
_SAME_PEOPLE = "The rows are of the same people: a time point or control printed twice."


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRows(Compared):
    """Repeats within one table: places of equal rows, and values with how often they appear."""

    verdict: Repeated
    identical_rows: tuple[tuple[int, ...], ...]
    repeated_values: dict[str, int]


def duplicate_rows(
    rows: Sequence[Sequence[str | None]],
    *,
    min_repeat: int = 2,
    min_significant_digits: int = 3,
) -> DuplicateRows:
    """Rows of a table with the same figures, and long figures that appear several times.

    Parameters
    ----------
    rows : sequence of sequences of str or None
        A row per outcome, arm or time point, such as its mean and SD, as printed; None for what
        is not. A row of fewer than two figures is not compared as a row.
    min_repeat : int
        From how many times on a value or row is named.
    min_significant_digits : int
        Values with fewer digits are not counted; sign, point and leading zeros are no digits.

    Returns
    -------
    DuplicateRows
        `repeated` when there are any; `not_testable` for fewer than two rows.

    Raises
    ------
    EffectError
        For a figure that is not a printed number, or a limit that is not a whole number.

    Examples
    --------
    >>> found = duplicate_rows([("41.2", "12.1"), ("47.8", "13.4"), ("41.2", "12.1")])
    >>> found.identical_rows, found.repeated_values
    (((0, 2),), {'41.2': 2, '12.1': 2})
    >>> print(found)
    Rows 1 and 3 have the same figures. That may be right: see whether they are the same people.
    """
    least = whole(min_repeat, "min_repeat", 2)
    digits = whole(min_significant_digits, "min_significant_digits")
    places: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    values: Counter[str] = Counter()
    for place, row in enumerate(rows):
        cells = tuple(None if cell is None else _printed(cell) for cell in row)
        printed = [cell for cell in cells if cell is not None]
        values.update(cell for cell in printed if significant_digits(cell) >= digits)
        if len(printed) > 1:
            places[cells].append(place)
    same = tuple(tuple(found) for found in places.values() if len(found) >= least)
    often = {value: count for value, count in values.items() if count >= least}
    verdict: Repeated = "repeated" if same or often else "consistent"
    if len(rows) < 2:
        verdict = "not_testable"
    return DuplicateRows(
        verdict=verdict,
        reason="rows" if same else "values" if often else "",
        benign=(_SAME_PEOPLE, _CHANCE, TYPING_ERROR) if verdict == "repeated" else (),
        sentence=_rows_sentence(verdict, same, often),
        identical_rows=same,
        repeated_values=often,
    )


def _printed(cell: str) -> str:
    value_of(cell)  # an error names what is no number
    return cell.strip().replace("−", "-")


def significant_digits(text: str) -> int:
    """Digits without sign, point and leading zeros.

    >>> significant_digits("-0.080"), significant_digits("12.1"), significant_digits("0.00")
    (2, 3, 0)
    """
    return len(text.strip().lstrip("+-−").replace(".", "").lstrip("0"))


def _rows_sentence(
    verdict: Repeated, same: tuple[tuple[int, ...], ...], often: dict[str, int]
) -> str:
    if verdict == "not_testable":
        return "Fewer than two rows: nothing can repeat."
    if verdict == "consistent":
        return "No rows and no long figures repeat."
    if same:
        return say(
            "Rows {rows} have the same figures. That may be right: see whether they are the same "
            "people.",
            rows=listed(all_of(place + 1 for place in group) for group in same),
        )
    times = (say("{value} ({n} times)", value=value, n=count) for value, count in often.items())
    return say("Figures repeat: {figures}. That may be chance.", figures=listed(times, ", "))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFigures:
    """The printed figures of one arm, in one order for all arms: n, mean, SD and so on."""

    study: str
    figures: tuple[str | None, ...]
    product: str = ""
    arm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReusedArms(Compared):
    """Arms of different studies or products with the same figures, group by group."""

    verdict: Repeated
    groups: tuple[tuple[ArmFigures, ...], ...]


def reused_arms(
    arms: Sequence[ArmFigures], *, min_figures: int = 2, min_significant_digits: int = 5
) -> ReusedArms:
    """Arms of different studies, or of different products, that have the same figures.

    Parameters
    ----------
    arms : sequence of ArmFigures
        Figures as printed.
    min_figures : int
        Arms with fewer printed figures are left out.
    min_significant_digits : int
        Of all figures of an arm together; with fewer, equal arms are to be expected.

    Returns
    -------
    ReusedArms
        `repeated` when there are any; `not_testable` when fewer than two arms have enough digits.

    Raises
    ------
    EffectError
        For a figure that is not a printed number.

    Examples
    --------
    >>> one = ArmFigures(study="A 2019", product="serum", figures=("41.2", "12.1"))
    >>> two = ArmFigures(study="B 2021", product="cream", figures=("41.2", "12.1"))
    >>> print(reused_arms([one, two]))
    The same figures (41.2, 12.1) are printed for A 2019 (serum) and B 2021 (cream). That may be
    right: see whether they are the same people.
    """
    least = whole(min_figures, "min_figures")
    enough = whole(min_significant_digits, "min_significant_digits")
    groups: defaultdict[tuple[str | None, ...], list[ArmFigures]] = defaultdict(list)
    for arm in arms:
        cells = tuple(None if cell is None else _printed(cell) for cell in arm.figures)
        printed = [cell for cell in cells if cell is not None]
        if len(printed) >= least and sum(map(significant_digits, printed)) >= enough:
            groups[cells].append(arm)
    same = tuple(
        tuple(group)
        for group in groups.values()
        if len({(arm.study, arm.product) for arm in group}) > 1
    )
    verdict: Repeated = "repeated" if same else "consistent"
    if sum(map(len, groups.values())) < 2:
        verdict = "not_testable"
    return ReusedArms(
        verdict=verdict,
        reason="arms" if same else "",
        benign=(
            "One study is reported in several places, or sold with several products.",
            "One control arm serves several comparisons.",
            _CHANCE,
        )
        if same
        else (),
        sentence={
            "repeated": sentences(
                *map(_arms_sentence, same),
                "That may be right: see whether they are the same people.",
            ),
            "consistent": "No arms of different studies or products have the same figures.",
            "not_testable": "Fewer than two arms have enough digits to compare.",
        }[verdict],
        groups=same,
    )


def _arms_sentence(group: tuple[ArmFigures, ...]) -> str:
    cells = (cell.replace("-", "−") for cell in group[0].figures if cell is not None)
    return say(
        "The same figures ({figures}) are printed for {arms}.",
        figures=listed(cells, ", "),
        arms=all_of(f"{arm.study} ({arm.product})" if arm.product else arm.study for arm in group),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPercents:
    """The percents of one study, as printed, of its n people."""

    study: str
    n: int
    percents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdenticalPercents(Compared):
    """Pairs of studies of different n that print the same percents, with those percents."""

    verdict: Repeated
    pairs: tuple[tuple[str, str, tuple[str, ...]], ...]


def identical_percents(
    studies: Sequence[StudyPercents], *, min_shared: int = 3
) -> IdenticalPercents:
    """Studies of different numbers of people that print the same percents.

    Parameters
    ----------
    studies : sequence of StudyPercents
        Percents as printed, without the sign.
    min_shared : int
        How many percents two studies must share, each as often as both print it, to be named;
        0 and 100 are not counted.

    Returns
    -------
    IdenticalPercents
        `repeated` when there are such pairs; `not_testable` when no two studies of different n
        print so many percents.

    Raises
    ------
    EffectError
        For a percent that is not a printed number, or an n that is not a whole number above 0.

    Examples
    --------
    >>> one = StudyPercents(study="A", n=30, percents=("87", "93", "80"))
    >>> two = StudyPercents(study="B", n=45, percents=("87", "80", "93"))
    >>> print(identical_percents([one, two]))
    A (n = 30) and B (n = 45) print the same percents: 80, 87, 93. That may be chance or one study
    printed twice.
    """
    shared_by = whole(min_shared, "min_shared")
    counted = [
        Counter(text for text in map(_printed, study.percents) if value_of(text) not in (0, 100))
        for study in studies
    ]
    n = [whole(study.n, f"{study.study}: n") for study in studies]
    compared = 0
    pairs: list[tuple[str, str, tuple[str, ...]]] = []
    said: list[str] = []
    for i, j in combinations(range(len(studies)), 2):
        if n[i] == n[j] or min(counted[i].total(), counted[j].total()) < shared_by:
            continue
        compared += 1
        both = tuple(sorted((counted[i] & counted[j]).elements(), key=value_of))
        if len(both) >= shared_by:
            pairs.append((studies[i].study, studies[j].study, both))
            said.append(
                say(
                    "{one} (n = {n1}) and {two} (n = {n2}) print the same percents: {percents}.",
                    one=studies[i].study,
                    n1=n[i],
                    two=studies[j].study,
                    n2=n[j],
                    percents=listed(both, ", "),
                )
            )
    verdict: Repeated = "repeated" if pairs else "consistent" if compared else "not_testable"
    return IdenticalPercents(
        verdict=verdict,
        reason="percents" if pairs else "",
        benign=(
            "One study is reported twice, with people enrolled and people analysed.",
            "Percents of small groups take few values and repeat by chance.",
        )
        if pairs
        else (),
        sentence={
            "repeated": sentences(*said, "That may be chance or one study printed twice."),
            "consistent": say(
                "No percents repeat in {pairs} of studies.", pairs=plural(compared, "pair")
            ),
            "not_testable": "No two studies of different n print enough percents to compare.",
        }[verdict],
        pairs=tuple(pairs),
    )
