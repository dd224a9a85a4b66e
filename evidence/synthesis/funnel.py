"""The rows of a contour-enhanced funnel plot: a point per study, and the lines around them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from evidence.errors import SynthesisError
from evidence.kernels.inference import quantile, two_sided
from evidence.kernels.wls import weighted_mean
from evidence.synthesis.effect_table import EffectSource, check_level, effect_table
from evidence.synthesis.trim_fill import TrimFill

CONTOURS = (0.90, 0.95, 0.99)


def funnel_rows(
    effects: EffectSource,
    *,
    contours: Sequence[float] = CONTOURS,
    filled: TrimFill | None = None,
) -> pd.DataFrame:
    """One row per study: where it lies, and in which band of significance.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, optionally `study`.
    contours : increasing levels
        0.95 is the contour of a two-sided p of 0.05.
    filled : TrimFill, optional
        Adds the studies filled in, with `kind` "filled".

    Returns
    -------
    DataFrame
        Columns study, yi, sei, z, pvalue (two-sided), band ("p < 0.01", …, "p > 0.1") and
        kind ("study" or "filled").

    References
    ----------
    Peters et al. (2008), J Clin Epidemiol 61:991–996.
    https://doi.org/10.1016/j.jclinepi.2007.11.010

    Examples
    --------
    >>> rows = funnel_rows({"yi": [0.1, 0.4, 0.6], "vi": [0.04, 0.04, 0.04]})
    >>> rows["band"].to_list()
    ['p > 0.1', '0.01 < p < 0.05', 'p < 0.01']
    """
    levels = _levels(contours)
    table = effect_table(effects)
    points = pd.DataFrame(
        {"study": table.studies, "yi": table.yi, "sei": np.sqrt(table.vi), "kind": "study"}
    )
    if filled is not None and len(filled.filled):
        extra = pd.DataFrame(
            {
                "study": filled.filled["study"],
                "yi": filled.filled["yi"],
                "sei": np.sqrt(filled.filled["vi"]),
                "kind": "filled",
            }
        )
        points = pd.concat([points, extra], ignore_index=True)
    points["z"] = points["yi"] / points["sei"]
    points["pvalue"] = [two_sided(float(z), None) for z in points["z"]]
    points["band"] = [_band(float(p), levels) for p in points["pvalue"]]
    return points[["study", "yi", "sei", "z", "pvalue", "band", "kind"]]


def funnel_lines(
    effects: EffectSource,
    *,
    contours: Sequence[float] = CONTOURS,
    centre: float | None = None,
    level: float = 0.95,
    points: int = 2,
) -> pd.DataFrame:
    """The lines of the funnel: contours about zero, and the limits expected about the centre.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        As for `funnel_rows`; they set how far down the lines go.
    contours : increasing levels
        Of the contours about zero.
    centre : float, optional
        Not given: the equal-effects mean.
    level : float
        Of the limits about the centre, without heterogeneity.
    points : int
        Standard errors at which each line is given, from 0 down to the largest.

    Returns
    -------
    DataFrame
        Columns line ("contour" or "expected"), level, sei, low, high.

    Examples
    --------
    >>> lines = funnel_lines({"yi": [0.1, 0.4], "vi": [0.04, 0.04]}, contours=[0.95])
    >>> lines.query("line == 'contour'")["high"].to_list()
    [0.0, 0.41]
    """
    levels = _levels(contours)
    check_level(level)
    if points < 2:
        raise SynthesisError(f"a line needs at least 2 points, not {points}.")
    table = effect_table(effects)
    mean = weighted_mean(table.yi, 1 / table.vi) if centre is None else float(centre)
    sei = np.linspace(0, float(np.sqrt(table.vi.max())) * 1.05, points)
    asked = [("contour", one, 0.0) for one in levels] + [("expected", level, mean)]
    frames = [
        pd.DataFrame(
            {
                "line": name,
                "level": one,
                "sei": sei,
                "low": about - quantile(one, None) * sei,
                "high": about + quantile(one, None) * sei,
            }
        )
        for name, one, about in asked
    ]
    return pd.concat(frames, ignore_index=True)


def _levels(contours: Sequence[float]) -> tuple[float, ...]:
    levels = tuple(contours)
    for level in levels:
        check_level(level)
    if not levels or list(levels) != sorted(set(levels)):
        raise SynthesisError(f"contours={contours!r} must be increasing levels such as 0.9, 0.95.")
    return tuple(float(level) for level in levels)


def _band(p: float, levels: tuple[float, ...]) -> str:
    cuts = [round(1 - level, 10) for level in levels]  # falling
    if p > cuts[0]:
        return f"p > {cuts[0]:g}"
    for upper, lower in pairwise(cuts):
        if p > lower:
            return f"{lower:g} < p < {upper:g}"
    return f"p < {cuts[-1]:g}"
