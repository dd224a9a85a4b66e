"""Rows of a specification curve: every analysis from the lowest estimate to the highest."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from evidence.errors import EvidenceError
from evidence.plots.rows import records, take, take_number

CHOICES = ("effects", "estimator", "test", "excluded")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationRow:
    """One analysis: its result on the printed scale (ratios, not logs), and what was chosen.

    `rank` counts from the lowest estimate, 1. `choices` holds a value for every choice that
    varies between the analyses. `primary` is the one that the others are held against.
    """

    rank: int
    estimate: float
    ci_low: float
    ci_high: float
    significant: bool
    primary: bool
    same_sign: bool
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRow:
    """Analyses that share one value of one choice; with both empty, all of them.

    Shares run from 0 to 1.
    """

    choice: str
    value: str
    analyses: int
    median: float
    low: float
    high: float
    share_significant: float
    share_same_sign: float


def multiverse_rows(
    result: object, *, log: bool = False, choices: Sequence[str] = CHOICES
) -> list[SpecificationRow]:
    """Analyses that could be done, from the lowest estimate to the highest.

    Parameters
    ----------
    result : Multiverse, data frame, or iterable of mappings
        From `evidence.multiverse`; or lines with `estimate`, `ci_low`, `ci_high`, `significant`
        (or `pvalue`, held against 0.05) and the choices. The first line is the primary analysis.
    log : bool
        The estimates are logs of ratios; the rows hold the ratios.
    choices : sequence of str
        Names of the columns that hold choices; one that never varies is left out.

    Raises
    ------
    EvidenceError
        Estimates in different measures, which have no common scale; nothing that could be done;
        or a primary analysis that could not.

    Examples
    --------
    >>> from evidence.synthesis.multiverse import multiverse
    >>> effects = {"yi": [0.4, 0.3, 0.8, 0.1], "vi": [0.02, 0.03, 0.05, 0.04]}
    >>> rows = multiverse_rows(multiverse(effects, estimators=["DL"], tests=["z"]))
    >>> [(row.rank, row.estimate, row.primary, row.choices) for row in rows][1:3]
    [(2, 0.38, True, (('excluded', 'nothing'),)), (3, 0.39, False, (('excluded', '1'),))]
    """
    if take(result, "comparable") is False:
        raise EvidenceError(
            "the analyses are in different measures, so their estimates have no common scale; "
            "draw those of one measure at a time."
        )
    table = records(result)
    known = [(i, row) for i, row in enumerate(table) if take_number(row, "estimate") is not None]
    if not known:
        raise EvidenceError("nothing to draw: no analysis could be done.")
    if known[0][0] != 0:
        raise EvidenceError("the first analysis, which the others are held against, has no result.")
    turn: Callable[[float], float] = math.exp if log else float
    first = take_number(table[0], "estimate") or 0.0
    varied = [
        name for name in choices if len({str(take(row, name, default="")) for _, row in known}) > 1
    ]
    ordered = sorted(known, key=lambda item: (take_number(item[1], "estimate") or 0.0, item[0]))
    return [_row(row, i == 0, rank, turn, first, varied)
            for rank, (i, row) in enumerate(ordered, start=1)]  # fmt: skip


def _row(
    row: Any,
    primary: bool,
    rank: int,
    turn: Callable[[float], float],
    first: float,
    varied: Sequence[str],
) -> SpecificationRow:
    estimate, low, high = (take_number(row, name) for name in ("estimate", "ci_low", "ci_high"))
    if estimate is None or low is None or high is None:
        raise EvidenceError(f"analysis {rank}: an estimate needs both limits of its interval.")
    significant = take(row, "significant")
    if significant is None:
        p = take_number(row, "pvalue")
        significant = p is not None and p < 0.05
    return SpecificationRow(
        rank=rank,
        estimate=turn(estimate),
        ci_low=turn(low),
        ci_high=turn(high),
        significant=bool(significant),
        primary=primary,
        same_sign=_sign(estimate) == _sign(first),
        choices=tuple((name, str(take(row, name, default=""))) for name in varied),
    )


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def choice_rows(rows: Sequence[SpecificationRow]) -> list[ChoiceRow]:
    """Median, range and share significant of all analyses, then of each value of each choice.

    The value of the primary analysis comes first, the others by their median.

    Examples
    --------
    >>> rows = multiverse_rows([
    ...     {"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "pvalue": 0.01, "test": "z"},
    ...     {"estimate": 0.2, "ci_low": -0.1, "ci_high": 0.5, "pvalue": 0.2, "test": "HKSJ"}])
    >>> [(row.value, row.median, row.share_significant) for row in choice_rows(rows)]
    [('', 0.3, 0.5), ('z', 0.4, 1.0), ('HKSJ', 0.2, 0.0)]
    """
    if not rows:
        return []
    found = [_of("", "", rows)]
    main = dict(next((row for row in rows if row.primary), rows[0]).choices)
    for name in main:
        values = dict.fromkeys(dict(row.choices)[name] for row in rows)
        own = [
            _of(name, value, [row for row in rows if (name, value) in row.choices])
            for value in values
        ]
        found += sorted(own, key=lambda row: (row.value != main[row.choice], row.median))
    return found


def _of(choice: str, value: str, rows: Sequence[SpecificationRow]) -> ChoiceRow:
    estimates = [row.estimate for row in rows]
    return ChoiceRow(
        choice=choice,
        value=value,
        analyses=len(rows),
        median=median(estimates),
        low=min(estimates),
        high=max(estimates),
        share_significant=sum(row.significant for row in rows) / len(rows),
        share_same_sign=sum(row.same_sign for row in rows) / len(rows),
    )
