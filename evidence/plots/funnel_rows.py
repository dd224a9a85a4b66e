"""Rows of a funnel plot: the studies, the contours of significance, the limits to be expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evidence.effects.effect import ratio_of_log
from evidence.errors import EvidenceError
from evidence.plots.rows import take_number
from evidence.synthesis import funnel as synthesis
from evidence.synthesis.effect_table import EffectSource, effect_table
from evidence.synthesis.funnel import CONTOURS
from evidence.synthesis.pool import LOG_MEASURES
from evidence.synthesis.small_study import RegressionTest
from evidence.synthesis.trim_fill import TrimFill

FunnelKind = Literal["study", "filled", "contour", "expected", "centre", "line"]

LINES = {
    "sei": "regression on the standard error (Egger, PET)",
    "vi": "regression on the variance (PEESE)",
}
"""The lines that can be drawn against the standard error, by their predictor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelRow:
    """A study, or one place of a line; effects on the scale that is printed (ratios, not logs).

    `kind` is "study" or "filled" (with `estimate`, `pvalue` and its `band` of significance),
    "contour" or "expected" (with `low` and `high` at that standard error, for `level`), "centre"
    or "line" (with `estimate`). `sei` is of the log for ratios. `ratio` says that these are ratios.
    """

    kind: FunnelKind
    label: str
    sei: float
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    pvalue: float | None = None
    band: str = ""
    ratio: bool = False


def funnel_rows(
    effects: EffectSource,
    *,
    contours: Sequence[float] = CONTOURS,
    pooled: object = None,
    filled: TrimFill | None = None,
    line: RegressionTest | None = None,
    level: float = 0.95,
    log: bool | None = None,
) -> list[FunnelRow]:
    """Rows of a contour-enhanced funnel plot.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, optionally `study`.
    contours : increasing levels
        0.95 is the contour of a two-sided p of 0.05 about no effect.
    pooled : mapping, object or float, optional
        With `estimate`, on the scale of the effects: where the funnel stands. Not given: the
        equal-effects mean.
    filled : TrimFill, optional
        From `trim_fill`: the studies that it fills in.
    line : RegressionTest, optional
        From `regression_test` or `pet_peese`, on "sei" or "vi".
    level : float
        Share of studies expected between the limits, did their true effects not differ.
    log : bool, optional
        The effects are logarithms of ratios; the rows hold the ratios. Otherwise what their
        measure says.

    Returns
    -------
    list of FunnelRow
        Studies, those filled in, then the lines from a standard error of 0 down to a little more
        than the largest.

    Raises
    ------
    EvidenceError
        The line is drawn on something else than the standard error or variance.

    References
    ----------
    Peters et al. (2008), J Clin Epidemiol 61:991–996.
    https://doi.org/10.1016/j.jclinepi.2007.11.010
    Sterne & Egger (2001), J Clin Epidemiol 54:1046–1055.
    https://doi.org/10.1016/S0895-4356(01)00377-8

    Examples
    --------
    >>> rows = funnel_rows({"yi": [0.1, 0.4, 0.6], "vi": [0.04, 0.04, 0.04]})
    >>> [(row.estimate, row.band) for row in rows if row.kind == "study"]
    [(0.1, 'p > 0.1'), (0.4, '0.01 < p < 0.05'), (0.6, 'p < 0.01')]
    >>> [round(row.high, 3) for row in rows if row.kind == "contour" and row.sei > 0]
    [0.345, 0.412, 0.541]
    """
    table = effect_table(effects)
    ratio = table.measure in LOG_MEASURES if log is None else log
    turn: Callable[[float], float] = ratio_of_log if ratio else float
    centre = _centre(pooled)
    points: list[Any] = list(
        synthesis.funnel_rows(effects, contours=contours, filled=filled).itertuples()
    )
    lines: list[Any] = list(
        synthesis.funnel_lines(effects, contours=contours, centre=centre, level=level).itertuples()
    )
    expected = [row for row in lines if row.line == "expected"]
    deepest = float(expected[-1].sei)
    middle = (expected[0].low + expected[0].high) / 2  # both are the centre at sei 0
    rows = [
        FunnelRow(
            kind=row.kind,
            label=row.study,
            sei=row.sei,
            estimate=turn(row.yi),
            pvalue=row.pvalue,
            band=row.band,
            ratio=ratio,
        )
        for row in points
    ]
    rows += [
        FunnelRow(
            kind=row.line,
            label="",
            sei=row.sei,
            low=turn(row.low),
            high=turn(row.high),
            level=row.level,
            ratio=ratio,
        )
        for row in lines
    ]
    name = "pooled estimate" if pooled is not None else "equal-effects mean"
    rows += [
        FunnelRow(kind="centre", label=name, sei=sei, estimate=turn(middle), ratio=ratio)
        for sei in (0.0, deepest)
    ]
    return rows + [
        FunnelRow(kind="line", label=LINES[predictor], sei=sei, estimate=turn(value), ratio=ratio)
        for predictor, sei, value in _line(line, deepest)
    ]


def _centre(pooled: object) -> float | None:
    if pooled is None or isinstance(pooled, int | float):
        return None if pooled is None else float(pooled)
    centre = take_number(pooled, "estimate")
    if centre is None:
        raise EvidenceError("the pooled result has no estimate for the funnel to stand at.")
    return centre


def _line(line: RegressionTest | None, deepest: float) -> list[tuple[str, float, float]]:
    """Predictor, standard error and value; a line on the variance is a curve here."""
    if line is None:
        return []
    if line.predictor not in LINES:
        raise EvidenceError(
            f"a line on {line.predictor!r} cannot be drawn against the standard error; fit it "
            "with predictor='sei' or 'vi'."
        )
    power, points = (1, 2) if line.predictor == "sei" else (2, 41)
    depths = [float(sei) for sei in np.linspace(0.0, deepest, points)]
    return [(line.predictor, sei, line.intercept + line.slope * sei**power) for sei in depths]
