"""Rows of a drapery plot: intervals of every level, for each study and for all together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from evidence.effects.effect import ratio_of_log
from evidence.errors import EvidenceError
from evidence.kernels.inference import quantile
from evidence.synthesis.effect_table import EffectSource, effect_table
from evidence.synthesis.pool import LOG_MEASURES, Pooled, pool

DraperyKind = Literal["study", "pooled", "prediction"]

PVALUES = (
    1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25,
    0.2, 0.17, 0.14, 0.12, 0.1, 0.08, 0.065, 0.05, 0.04, 0.03, 0.02, 0.014, 0.01, 0.005, 0.002,
    0.001,
)  # fmt: skip
"""Two-sided p at which the functions are given: closer where they bend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraperyRow:
    """Where one p value function has one value: values from `low` to `high` have a larger p.

    At `p` = 0.05 that is the 95 % interval, at `p` = 1 both are the estimate. Values are on the
    scale that is printed (ratios, not logs). `kind` is "study", "pooled" or "prediction";
    `number` counts the studies from 1 and is 0 for the others.
    """

    kind: DraperyKind
    number: int
    label: str
    p: float
    low: float
    high: float
    ratio: bool = False


def drapery_rows(
    effects: EffectSource,
    *,
    pooled: Pooled | None = None,
    prediction: bool = True,
    pvalues: Sequence[float] = PVALUES,
    log: bool | None = None,
) -> list[DraperyRow]:
    """Rows of a drapery plot.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, optionally `study`.
    pooled : Pooled, optional
        From `pool`; its test is that of its function. Not given: `pool(effects)`.
    prediction : bool
        Give the function of a further study's true effect too, where there are three studies or
        more and the model has a between-study variance.
    pvalues : falling numbers from 1
        Two-sided p at which each function is given.
    log : bool, optional
        The effects are logarithms of ratios; the rows hold the ratios. Otherwise what their
        measure says.

    Returns
    -------
    list of DraperyRow
        Studies in their order, then the pooled result, then the prediction; each by falling p.

    Raises
    ------
    EvidenceError
        The p values do not fall from 1.

    Notes
    -----
    For a study p(θ) = 2 Φ(−|y − θ| / √v); for the pooled result with its own standard error and
    its t distribution if it has one; for a further study with √(τ² + se²).

    References
    ----------
    Rücker & Schwarzer (2021), Res Synth Methods 12:8–19. https://doi.org/10.1002/jrsm.1410

    Examples
    --------
    >>> rows = drapery_rows({"yi": [0.1, 0.5], "vi": [0.04, 0.04]}, pvalues=[1, 0.05])
    >>> [(row.label, row.p, round(row.low, 3), round(row.high, 3)) for row in rows[:2]]
    [('1', 1.0, 0.1, 0.1), ('1', 0.05, -0.292, 0.492)]
    """
    levels = [float(p) for p in pvalues]
    if not levels or levels[0] != 1 or sorted(set(levels), reverse=True) != levels:
        raise EvidenceError("pvalues must fall, from 1 on.")
    if len(levels) < 2 or levels[-1] <= 0:
        raise EvidenceError("pvalues must fall from 1 to a number above 0.")
    table = effect_table(effects)
    whole = pool(effects) if pooled is None else pooled
    ratio = table.measure in LOG_MEASURES if log is None else log
    turn: Callable[[float], float] = ratio_of_log if ratio else float

    def function(
        kind: DraperyKind, label: str, middle: float, se: float, df: int | None, i: int = 0
    ) -> list[DraperyRow]:
        halves = [0.0 if p == 1 else quantile(1 - p, df) * se for p in levels]
        return [
            DraperyRow(
                kind=kind,
                number=i,
                label=label,
                p=p,
                low=turn(middle - half),
                high=turn(middle + half),
                ratio=ratio,
            )
            for p, half in zip(levels, halves, strict=True)
        ]

    rows: list[DraperyRow] = []
    for i, (study, yi, vi) in enumerate(zip(table.studies, table.yi, table.vi, strict=True), 1):
        rows += function("study", study, float(yi), math.sqrt(vi), None, i)
    rows += function("pooled", "pooled estimate", whole.estimate, whole.se, whole.df)
    if prediction and whole.pi_low is not None and whole.tau2 is not None:
        spread = math.sqrt(whole.tau2 + whole.se**2)
        name = "true effect of a further study"
        rows += function("prediction", name, whole.estimate, spread, whole.df)
    return rows
