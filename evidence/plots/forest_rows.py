"""Rows of a forest plot: what each study says, and what they say together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from evidence.errors import EvidenceError
from evidence.plots.rows import records, take, take_number, take_text

ForestKind = Literal[
    "study", "point", "listed", "pooled", "prediction",
    "heading", "subgroup", "test", "adjusted", "range",
]  # fmt: skip
Side = Literal["left", "right", "neither", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One line of a forest plot, on the scale that is printed (ratios, not their logs).

    `kind` is "study" (value and interval), "point" (value alone), "listed" (neither: `note` says
    what is known), "pooled" or "prediction". `weight` is a share of 1. `favours` is the side of
    the line of no effect on which all of the interval lies, or the value where there is none.
    """

    label: str
    kind: ForestKind
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    weight: float | None = None
    detail: str = ""
    basis: str = ""
    note: str = ""
    favours: Side = ""


def forest_rows(
    studies: object,
    *,
    pooled: object = None,
    log: bool | None = None,
    level: float = 0.95,
    null: float | None = None,
    pooled_label: str = "All studies together",
    prediction_label: str = "Range for the next study's true effect",
) -> list[ForestRow]:
    """Rows of a forest plot.

    Parameters
    ----------
    studies : Effects, data frame, or iterable of mappings or objects
        With `label` (or `study`), and where known `estimate` (or `yi`), `ci_low` and `ci_high`
        (or `sei` or `vi`: normal limits are then computed), `weight` (any unit; otherwise that of
        `pooled`), `detail` (people or events, in words), `basis`, `note`. With both `study` and
        `label`, as in `Effects.frame`, the study names the row and the label is its basis.
    pooled : mapping or object, optional
        With `estimate`, `ci_low`, `ci_high` and, where there are any, `pi_low`, `pi_high` and
        `weights` by study. Weights go to the rows of the same name; to rows of repeated or other
        names by position, if there are as many.
    log : bool, optional
        The values are logarithms of ratios; the rows hold the ratios. Otherwise what `pooled`
        says of itself as `log_scale`, else what all of `studies` say as `log`, or False.
    level : float
        Confidence level of limits that are computed here.
    null : float, optional
        No effect, on the printed scale; 1 when `log`, else 0.
    pooled_label, prediction_label : str
        What the last rows are called.

    Raises
    ------
    EvidenceError
        Limits on the wrong sides of a value, or only one limit.

    Examples
    --------
    >>> rows = forest_rows(
    ...     [{"label": "Kim 2019", "estimate": 0.5, "ci_low": 0.1, "ci_high": 0.9, "weight": 3},
    ...      {"label": "Brand 2021", "estimate": 0.8},
    ...      {"label": "Shop page", "note": "direction only"}],
    ...     pooled={"estimate": 0.5, "ci_low": 0.1, "ci_high": 0.9})
    >>> [(row.kind, row.favours) for row in rows]
    [('study', 'right'), ('point', 'right'), ('listed', ''), ('pooled', 'right')]
    """
    table = records(studies)
    if log is None:
        log = is_log(table, pooled)
    zero = null if null is not None else (1.0 if log else 0.0)
    turn: Callable[[float], float] = math.exp if log else float
    z = NormalDist().inv_cdf(0.5 + level / 2)
    weights = _weights(table, pooled)
    total = sum(weight or 0.0 for weight in weights)
    rows: list[ForestRow] = []
    for row, weight in zip(table, weights, strict=True):
        value, low, high = triple(row, turn, z)
        rows.append(
            ForestRow(
                label=_name(row),
                kind="listed" if value is None else "point" if low is None else "study",
                estimate=value,
                ci_low=low,
                ci_high=high,
                weight=weight / total if weight is not None and total > 0 else None,
                detail=take_text(row, "detail", "n"),
                basis=_basis(row),
                note=take_text(row, "note"),
                favours=side_of(value, low, high, zero),
            )
        )
    if pooled is not None:
        value, low, high = triple(pooled, turn, z)
        if value is None:
            raise EvidenceError("a pooled row needs an estimate.")
        rows.append(
            ForestRow(
                label=pooled_label,
                kind="pooled" if low is not None else "point",
                estimate=value,
                ci_low=low,
                ci_high=high,
                detail=take_text(pooled, "detail"),
                basis=take_text(pooled, "basis"),
                favours=side_of(value, low, high, zero),
            )
        )
        pi_low, pi_high = take_number(pooled, "pi_low"), take_number(pooled, "pi_high")
        if pi_low is not None and pi_high is not None:
            low, high = turn(pi_low), turn(pi_high)
            rows.append(
                ForestRow(
                    label=prediction_label,
                    kind="prediction",
                    ci_low=low,
                    ci_high=high,
                    favours=side_of(low, low, high, zero),
                )
            )
    return rows


def is_log(studies: object, pooled: object = None) -> bool:
    """Whether the values are logarithms: `pooled` says so, or without it each of the studies.

    >>> is_log([{"log": True}, {"log": True}]), is_log([{"log": True}], {"log_scale": False})
    (True, False)
    """
    said = take(pooled, "log_scale")
    if said is not None:
        return bool(said)
    table = records(studies)
    return bool(table) and all(bool(take(row, "log", default=False)) for row in table)


def _name(row: object) -> str:
    return take_text(row, "study", "label")


def _basis(row: object) -> str:
    """What the row rests on: where a study is named, its `label` is that of the number."""
    both = take(row, "study") is not None
    return take_text(row, "basis", *(("label",) if both else ()))


def _weights(table: Sequence[object], pooled: object) -> list[float | None]:
    """Each row's own weight, else the one that the pooled result gives its study."""
    own = [take_number(row, "weight") for row in table]
    by_study = take(pooled, "weights")
    items = getattr(by_study, "items", None)
    if items is None:
        return own
    given = [(str(name), take_number({"w": share}, "w")) for name, share in items()]
    names, known = [_name(row) for row in table], [name for name, _ in given]
    as_many = len(names) == len(known) and not any(weight is not None for weight in own)
    if as_many and (names == known or not set(names) & set(known)):
        return [share for _, share in given]
    # a name that stands twice on either side says nothing about which weight is whose
    once = {
        name: share for name, share in given if known.count(name) == 1 and names.count(name) == 1
    }
    return [
        weight if weight is not None else once.get(name)
        for name, weight in zip(names, own, strict=True)
    ]


def triple(
    row: object, turn: Callable[[float], float], z: float
) -> tuple[float | None, float | None, float | None]:
    """Value and limits of one input row, checked, on the printed scale.

    `turn` takes a value to that scale; `z` makes limits of a standard error.

    >>> triple({"yi": 0.0, "vi": 0.25}, math.exp, 1.96)
    (1.0, 0.3753, 2.6645)
    >>> triple({"estimate": 0.4, "ci_low": 0.1}, float, 1.96)
    Traceback (most recent call last):
        ...
    evidence.errors.EvidenceError: a row: one limit of the interval is missing; give both or none.
    """
    name = _name(row) or "a row"
    value = take_number(row, "estimate", "yi")
    low, high = take_number(row, "ci_low"), take_number(row, "ci_high")
    if (low is None) != (high is None):
        raise EvidenceError(f"{name}: one limit of the interval is missing; give both or none.")
    if low is not None and high is not None and (value is None or not low <= value <= high):
        raise EvidenceError(f"{name}: the value {value} does not lie between {low} and {high}.")
    if low is None and value is not None:
        sei, vi = take_number(row, "sei"), take_number(row, "vi")
        se = sei if sei is not None else math.sqrt(vi) if vi is not None and vi >= 0 else None
        if se is not None:
            low, high = value - z * se, value + z * se
    value, low, high = (None if v is None else turn(v) for v in (value, low, high))
    return value, low, high


def side_of(value: float | None, low: float | None, high: float | None, null: float) -> Side:
    """On which side of no effect all of an interval lies, or the value without one.

    >>> side_of(0.4, 0.1, 0.7, 0.0), side_of(0.4, -0.1, 0.9, 0.0), side_of(0.8, None, None, 1.0)
    ('right', 'neither', 'left')
    """
    if value is None:
        return ""
    if low is None or high is None:
        return "left" if value < null else "right" if value > null else "neither"
    return "left" if high < null else "right" if low > null else "neither"
