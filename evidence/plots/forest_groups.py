"""Further rows of a forest plot: subgroups with their test, heterogeneity, bias taken off.

Each function gives rows that are put together with those of `forest_rows`:
``[*subgroup_rows(...), *adjusted_rows(...)]``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from evidence import formatting
from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import listed, say, say_n
from evidence.plots.forest_rows import (
    ForestKind,
    ForestRow,
    forest_rows,
    is_log,
    side_of,
    triple,
)
from evidence.plots.rows import records, take, take_number

if TYPE_CHECKING:
    from evidence.appraisal.bias_adjusted import Adjusted, BiasAdjusted

BIAS_HEADING = "With the expected bias taken off"
RANGE_LABEL = "Lowest to highest of the sets"


def subgroup_rows(
    studies: object,
    *,
    by: str | Sequence[Any],
    subgroups: object,
    pooled: object = None,
    log: bool | None = None,
    level: float = 0.95,
    null: float | None = None,
) -> list[ForestRow]:
    """Rows of a forest plot by subgroup, with the test between the subgroups at the end.

    Parameters
    ----------
    studies, pooled, log, level, null
        As for `forest_rows`.
    by : str or sequence
        The subgroup of each study, or the column that has it.
    subgroups : Subgroups, mapping or object
        From `evidence.pool_subgroups`; or with `by`, `levels`, `frame` (a line per level with
        `k`, `estimate`, `ci_low`, `ci_high`, and where known `tau2`, `i2`, `q`), `statistic`,
        `df1`, `df2` and `pvalue`.

    Returns
    -------
    list of ForestRow
        For each level a heading, its studies, their diamond and its heterogeneity; then what all
        say together, their heterogeneity, and the test.

    Raises
    ------
    EvidenceError
        A study of a level that was not pooled, or other lengths.

    Examples
    --------
    >>> from evidence.synthesis.subgroup import pool_subgroups
    >>> studies = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03]}
    >>> way = ["oral", "oral", "topical", "topical"]
    >>> parts = pool_subgroups(studies, way, tau2="DL", test="z")
    >>> listed_ = [{"label": name, "yi": y, "vi": v} for name, y, v in
    ...            zip("abcd", studies["yi"], studies["vi"])]
    >>> rows = subgroup_rows(listed_, by=way, subgroups=parts)
    >>> [(row.kind, row.label) for row in rows][:3], rows[-1].label
    ([('heading', 'oral'), ('study', 'a'), ('study', 'b')], 'Test for subgroup differences (group):
    chi² 7.97 on 1 df, p = 0.005')
    """
    table = records(studies)
    if log is None:
        log = is_log(table, pooled)
    zero = null if null is not None else (1.0 if log else 0.0)
    turn: Callable[[float], float] = math.exp if log else float
    z = NormalDist().inv_cdf(0.5 + level / 2)
    of = _levels_of(table, by)
    levels = [str(one) for one in take(subgroups, "levels", default=())]
    if missing := [one for one in of if one not in levels]:
        raise EvidenceError(
            f"a study belongs to {missing[0]!r}, which was not pooled. Pooled: {', '.join(levels)}."
        )
    rows = forest_rows(table, pooled=pooled, log=log, level=level, null=null)
    own, after = rows[: len(table)], rows[len(table) :]
    found: list[ForestRow] = []
    for name, part in zip(levels, records(take(subgroups, "frame", default=())), strict=True):
        members = [row for row, level_ in zip(own, of, strict=True) if level_ == name]
        value, low, high = triple(part, turn, z)
        k = take_number(part, "k") or len(members)
        weights = [row.weight for row in members if row.weight is not None]
        found += [
            ForestRow(label=name, kind="heading"),
            *members,
            ForestRow(
                label="Subtotal",
                kind="subgroup" if low is not None else "point",
                estimate=value,
                ci_low=low,
                ci_high=high,
                weight=sum(weights) if weights else None,
                detail=say_n(k, "{n} study", "{n} studies", n=f"{k:.0f}"),
                favours=side_of(value, low, high, zero),
            ),
        ]
        if spread := heterogeneity_words(part):
            found.append(ForestRow(label=spread, kind="test"))
    found += after
    if spread := heterogeneity_words(pooled):
        found.append(ForestRow(label=spread, kind="test"))
    return [*found, ForestRow(label=_between(subgroups), kind="test")]


def _levels_of(table: Sequence[object], by: str | Sequence[Any]) -> list[str]:
    values = [take(row, by) for row in table] if isinstance(by, str) else list(by)
    if len(values) != len(table):
        raise EvidenceError(f"lengths differ: {len(table)} studies and {len(values)} subgroups.")
    return [str(value) for value in values]


def _between(subgroups: object) -> str:
    statistic, df1, df2, p = (
        take_number(subgroups, name) for name in ("statistic", "df1", "df2", "pvalue")
    )
    name = str(take(subgroups, "by", default="group"))
    if df2 is None:
        return say(
            "Test for subgroup differences ({by}): chi² {value} on {df} df, {p}",
            by=name, value=number(statistic), df=number(df1, 0), p=formatting.pvalue(p),
        )  # fmt: skip
    return say(
        "Test for subgroup differences ({by}): F {value} on {df1} and {df2} df, {p}",
        by=name, value=number(statistic), df1=number(df1, 0), df2=number(df2, 0),
        p=formatting.pvalue(p),
    )  # fmt: skip


def heterogeneity_words(pooled: object) -> str:
    """How much the effects differ, in a line; empty where one effect leaves nothing to say.

    Parameters
    ----------
    pooled : Pooled, mapping or object
        With any of `k`, `tau2`, `i2` (percent) with `i2_ci_low` and `i2_ci_high`, `q`, `q_df`
        (otherwise k − 1) and `q_pvalue`.

    Examples
    --------
    >>> heterogeneity_words({"k": 7, "tau2": 0.3132, "i2": 92.22, "q": 152.233, "q_pvalue": 1e-9})
    'Heterogeneity: tau² 0.313, I² 92 %, Q 152.23 on 6 df, p < 0.001'
    """
    tau2, i2, q, df, k, p = (
        take_number(pooled, name) for name in ("tau2", "i2", "q", "q_df", "k", "q_pvalue")
    )
    low, high = take_number(pooled, "i2_ci_low"), take_number(pooled, "i2_ci_high")
    if df is None and k is not None:
        df = k - 1
    if df is not None and df < 1:
        return ""
    parts: list[str] = []
    if tau2 is not None:
        parts.append(f"tau² {number(tau2, 3)}")
    if i2 is not None:
        known = low is not None and high is not None
        limits = f" ({number(low, 0)}–{number(high, 0)})" if known else ""
        parts.append(f"I² {number(i2, 0)} %{limits}")
    if q is not None and df is not None:
        parts.append(say("Q {value} on {df} df", value=number(q), df=number(df, 0)))
    if p is not None:
        parts.append(formatting.pvalue(p))
    return say("Heterogeneity: {parts}", parts=listed(parts, ", ")) if parts else ""


def heterogeneity_row(pooled: object) -> list[ForestRow]:
    """The same as a row for the foot of a forest plot; none where there is nothing to say.

    >>> [row.label for row in heterogeneity_row({"tau2": 0.04, "i2": 31.0})]
    ['Heterogeneity: tau² 0.040, I² 31 %']
    """
    said = heterogeneity_words(pooled)
    return [ForestRow(label=said, kind="test")] if said else []


def adjusted_rows(
    adjusted: BiasAdjusted, *, log: bool = False, flip: bool = False, null: float | None = None
) -> list[ForestRow]:
    """Rows with the expected bias taken off: one per bias set, and from lowest to highest.

    Parameters
    ----------
    adjusted : BiasAdjusted
        From `evidence.appraisal.bias_adjusted.adjust_bias`; positive is a benefit there.
    log : bool
        Its values are logs of ratios; the rows hold the ratios.
    flip : bool
        The other rows have a benefit below no effect: the values are turned over.
    null : float, optional
        No effect, on the printed scale; 1 when `log`, else 0.

    Returns
    -------
    list of ForestRow
        A heading, the sets, the scenarios that stand beside them, and their range; or a line with
        the reason why nothing was adjusted.

    Examples
    --------
    >>> from evidence.appraisal.bias_adjusted import adjust_bias
    >>> from evidence.appraisal.body import Body, BodyStudy
    >>> study = BodyStudy(study="a", yi=0.5, vi=0.2622**2, n=60, flaws=("blinding_grade",))
    >>> rows = adjusted_rows(adjust_bias(Body(outcome="tone", design="randomised",
    ...                                       studies=(study,))))
    >>> rows[0].kind, rows[2].label, rows[2].estimate, rows[-1].kind
    ('heading', 'robes2018', 0.404, 'range')
    """
    if adjusted.reason:
        said = say("Not adjusted for bias: {reason}", reason=adjusted.reason)
        return [ForestRow(label=said, kind="test")]
    zero = null if null is not None else (1.0 if log else 0.0)
    sign = -1.0 if flip else 1.0

    def turn(value: float) -> float:
        return math.exp(sign * value) if log else sign * value

    rows = [ForestRow(label=BIAS_HEADING, kind="heading")]
    rows += [_adjusted(row, turn, zero) for row in adjusted.sets]
    rows += [_adjusted(row, turn, zero, "beside the range") for row in adjusted.scenarios]
    span = adjusted.estimate_range()
    if span is not None and len(adjusted.sets) > 1:
        low, high = sorted(turn(value) for value in span)
        rows.append(
            ForestRow(
                label=RANGE_LABEL,
                kind="range",
                ci_low=low,
                ci_high=high,
                favours=side_of(low, low, high, zero),
            )
        )
    return rows


def _adjusted(
    row: Adjusted, turn: Callable[[float], float], zero: float, note: str = ""
) -> ForestRow:
    kind: ForestKind = "adjusted"
    low, high = sorted((turn(row.ci_low), turn(row.ci_high)))
    value = turn(row.estimate)
    return ForestRow(
        label=row.bias_set,
        kind=kind,
        estimate=value,
        ci_low=low,
        ci_high=high,
        basis="imputed" if row.bias or row.floor else "",  # one set takes nothing off
        note=note,
        favours=side_of(value, low, high, zero),
    )
