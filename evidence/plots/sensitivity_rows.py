"""The interval of a percent change against the spread that nobody printed.

One band per correlation of before and after. Inside the plausible region of an outcome the bands
are bounds: nothing in them is preferred. Anywhere else, and at the median of the prior, the spread
is an assumption, and the interval is imputed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evidence.effects.bounds import se_of_log, smallest_cv_that_undoes
from evidence.effects.effect import Label, quantile
from evidence.effects.labelled import log_of_percent
from evidence.effects.percent_scale import few_df, percent_limits
from evidence.effects.printed import N_MISSING
from evidence.effects.recover import GRADED, Recovered
from evidence.errors import EffectError, EvidenceError
from evidence.plots.bands import SHAPES

SensitivityKind = Literal["band", "region", "median", "touches"]

CORRELATIONS = (0.3, 0.5, 0.7, 0.9)
"""Correlations of before and after that are drawn."""
BEYOND = 1.5
"""The axis ends at so many times the largest plausible coefficient of variation."""
FARTHEST = 2.0
"""A point that touches zero is shown up to so many times the largest plausible one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRow:
    """The interval of one percent change at one assumed spread.

    `kind` is "band" (a point of the curve), "region" (an end of the plausible region), "median"
    (that of the prior) or "touches" (where the interval reaches zero, also when that is beyond
    the axis). `cv` is SD/mean, `ci_low` and `ci_high` are in percent. `label` is "bounded" inside
    the plausible region and "imputed" elsewhere; `prior` is the source of region and median.
    """

    r: float
    cv: float
    kind: SensitivityKind
    percent: float
    ci_low: float
    ci_high: float
    level: float
    label: Label
    prior: str


def sensitivity_rows(
    recovered: Recovered, *, correlations: Sequence[float] = CORRELATIONS, points: int = 61
) -> list[SensitivityRow]:
    """The interval at every assumed coefficient of variation, for each correlation.

    Parameters
    ----------
    recovered : Recovered
        From `recover`: a percent change with its people, whose spread is not printed.
    correlations : sequence of float
        Of before and after, each from −1 to below 1; one band each, at most four.
    points : int
        Points of each curve, evenly spaced from 0; the marks come in addition.

    Returns
    -------
    list of SensitivityRow
        By correlation as given, then by rising coefficient of variation. The curves end beyond
        the plausible region (or the prior's 97.5 % quantile, where no region has been drawn).

    Raises
    ------
    EffectError
        The percent or the people are missing, the spread is printed, so that none needs to be
        assumed, or no spread has been seen for outcomes of this kind.

    Notes
    -----
    se(L) = c √(2(1 − r)/n) on L = ln(1 + percent/100): Senior et al. (2020),
    doi 10.1002/jrsm.1423. Bounds after Manski (2003), doi 10.1007/b97478. The region is that of the
    outcome; a printed p value may leave less of it, which the steps of `recovered` say.

    Examples
    --------
    >>> from evidence.effects.recover import recover
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> rows = sensitivity_rows(recover(Study(id="serum", outcomes=(one,)), one))
    >>> [(row.r, round(row.cv, 2)) for row in rows if row.kind == "touches"]
    [(0.3, 0.68), (0.5, 0.81), (0.7, 1.04), (0.9, 1.8)]
    >>> worst = next(row for row in rows if row.r == 0.3 and row.cv == 0.6)
    >>> worst.label, round(worst.ci_low, 1), round(worst.ci_high, 1)
    ('bounded', -34.3, -2.6)
    """
    percent, n = _given(recovered)
    prior, level = recovered.prior, recovered.level
    if not 1 <= len(correlations) <= len(SHAPES) or len({*correlations}) < len(correlations):
        raise EvidenceError(f"one to {len(SHAPES)} different correlations can be drawn.")
    if points < 2:
        raise EvidenceError("a curve needs at least two points.")
    log_ratio = log_of_percent("percent", percent)
    df = few_df(n)
    touching = {r: smallest_cv_that_undoes(percent, n, r, level=level, df=df) for r in correlations}
    last = _last(recovered, touching.values())
    shown: list[tuple[float, SensitivityKind]] = [
        *((last * i / (points - 1), "band") for i in range(points)),
        *((cv, "region") for cv in prior.cv_bounds or ()),
        *((cv, "median") for cv in (prior.cv_median,) if cv is not None),
    ]

    def at(r: float, cv: float, kind: SensitivityKind) -> SensitivityRow:
        low, high = percent_limits(log_ratio, se_of_log(cv, r, n) ** 2, level, df)
        return SensitivityRow(
            r=r,
            cv=cv,
            kind=kind,
            percent=percent,
            ci_low=low,
            ci_high=high,
            level=level,
            label=_label(recovered, cv, r, kind),
            prior=prior.id,
        )

    return [
        at(r, cv, kind)
        for r in correlations
        for cv, kind in sorted([*shown, (touching[r], "touches")])
    ]


def _given(recovered: Recovered) -> tuple[float, float]:
    """Percent and people, or why there is nothing to assume a spread for."""
    percent, n, prior = recovered.percent, recovered.n, recovered.prior

    def refused(reason: str, *missing: str) -> EffectError:
        return EffectError(
            f"no interval to draw against an assumed spread: {reason}.",
            study=recovered.study,
            missing=missing,
        )

    if percent is None:
        raise refused(recovered.effect.reason or "no percent change is printed", "percent")
    if recovered.effect.vi is not None:
        raise refused("its error follows from what is printed, so that nothing is assumed")
    if recovered.step("sd_change_from_r") is not None:
        raise refused("both SDs are printed, so that the coefficient of variation is known")
    if n is None:
        raise refused(N_MISSING, "n")
    if prior.family == "wrinkle_grade":
        raise refused(GRADED)
    if prior.cv_median is None and prior.cv_bounds is None:
        raise refused("no spread has been seen for outcomes of this kind")
    return percent, n


def _last(recovered: Recovered, touching: Iterable[float]) -> float:
    """Where the curves end."""
    prior = recovered.prior
    if prior.cv_bounds is not None:
        most = prior.cv_bounds[1]
    else:
        half = quantile(0.95, None) * (prior.cv_log_sd or 0.0)
        most = (prior.cv_median or 0.0) * math.exp(half)
    shown = [1.08 * cv for cv in touching if cv <= FARTHEST * most]
    return max(BEYOND * most, *shown) if shown else BEYOND * most


def _label(recovered: Recovered, cv: float, r: float, kind: SensitivityKind) -> Label:
    bounds, (low, high) = recovered.prior.cv_bounds, recovered.prior.r_bounds
    if kind == "median" or bounds is None:  # to prefer one value is to assume it
        return "imputed"
    inside = bounds[0] <= cv <= bounds[1] and low <= r <= high
    return "bounded" if inside else "imputed"
