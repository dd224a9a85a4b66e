"""Begg's rank correlation of effects with their variances."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evidence import formatting as say
from evidence.errors import SynthesisError
from evidence.kernels.rank_test import kendall
from evidence.kernels.wls import weighted_mean
from evidence.synthesis.effect_table import EffectSource, effect_table
from evidence.synthesis.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RankTest(Shown):
    """Kendall's correlation of standardised effects with their variances.

    `score` is concordant minus discordant pairs, `statistic` the score over its error.
    """

    k: int
    tau: float | None
    score: float
    score_se: float
    statistic: float | None
    pvalue: float | None
    exact: bool
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The test and how p was found."""
        how = "exact" if self.exact else "normal approximation"
        return f"Begg–Mazumdar rank correlation (k = {self.k}, {how})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Correlation and p."""
        yield "Kendall's tau", f"{say.number(self.tau, 3)}, {say.pvalue(self.pvalue)}"
        yield "score", f"{say.number(self.score, 0)} (SE {say.number(self.score_se)})"


def rank_test(effects: EffectSource, *, exact: bool | None = None) -> RankTest:
    """Rank correlation of effects, standardised about their mean, with their variances.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`.
    exact : bool, optional
        Exact p values instead of the normal approximation; not given: up to 400 effects. With
        ties the approximation is used; when `exact` was asked for, a note says so.

    References
    ----------
    Begg & Mazumdar (1994), Biometrics 50:1088–1101. https://doi.org/10.2307/2533446

    Examples
    --------
    >>> found = rank_test({"yi": [0.2, 0.3, 0.7, 0.9], "vi": [0.01, 0.02, 0.05, 0.09]})
    >>> found.tau, found.pvalue
    (1.0, 0.083)
    """
    table = effect_table(effects)
    if len(table) < 2:
        raise SynthesisError("one effect cannot be ranked; the rank test needs two or more.")
    yi, vi = table.yi, table.vi
    wi = 1 / vi
    left = vi - 1 / wi.sum()  # variance of an effect about the mean it is part of
    found = kendall((yi - weighted_mean(yi, wi)) / np.sqrt(left), vi, exact=exact)
    notes = []
    if not found.exact and exact is True:
        notes.append("ties: there is no exact p value; the normal approximation was used.")
    if math.isnan(found.tau):
        notes.append("effects or variances are all alike: no correlation can be told.")
    return RankTest(
        k=len(table),
        tau=_number(found.tau),
        score=found.score,
        score_se=found.score_se,
        statistic=found.score / found.score_se if found.score_se > 0 else None,
        pvalue=_number(found.pvalue),
        exact=found.exact,
        notes=tuple(notes),
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
