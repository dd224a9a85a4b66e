"""Effects from what papers print instead: intervals, tests, p values, ratios without counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from evidence._typing import Vector
from evidence.effects.effect import html_table
from evidence.errors import EffectError, OptionError
from evidence.messages import say

if TYPE_CHECKING:
    import pandas as pd

PrintedScale: TypeAlias = Literal["log", "none"]
"""Ratios, whose logs are analysed; or effects that are analysed as they are printed."""

ASYMMETRIC = 0.10  # of the width: an estimate further off the middle was rounded or misread


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaldEffects:
    """Effects with sampling variances worked back from printed results; each shape (k,).

    `rule` says for each row what was used: "ci", "statistic", "pvalue", or "" where nothing was
    printed and `vi` is NaN.
    """

    yi: Vector
    vi: Vector
    rule: tuple[str, ...]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per effect."""
        import pandas as pd

        return pd.DataFrame({"yi": self.yi, "vi": self.vi, "rule": list(self.rule)})

    def _repr_html_(self) -> str:
        return html_table(self.to_frame())


def wald_effects(
    estimate: ArrayLike,
    *,
    ci_low: ArrayLike | None = None,
    ci_high: ArrayLike | None = None,
    statistic: ArrayLike | None = None,
    pvalue: ArrayLike | None = None,
    n: ArrayLike | None = None,
    level: float = 0.95,
    scale: PrintedScale = "none",
) -> WaldEffects:
    """Work the sampling variance of estimates back from intervals, statistics or p values.

    For each row the first that is printed is used: both limits, then the statistic, then the
    two-sided p value. The variance is ((high − low) / 2q)², (estimate / statistic)² or
    (estimate / q(p))², q being a quantile of the normal, or of t on n − 1 degrees of freedom.

    Parameters
    ----------
    estimate : array of shape (k,)
        As printed; ratios with scale="log".
    ci_low, ci_high, statistic, pvalue : arrays of shape (k,), optional
        As printed, NaN or None where not. A statistic tests the logarithm of a ratio.
    n : array of shape (k,), optional
        People; with them quantiles are those of t on n − 1 degrees of freedom.
    level : float
        Level of the limits.
    scale : {"none", "log"}
        "log" takes logarithms of estimate and limits first.

    Raises
    ------
    OptionError
        For an unknown scale.
    EffectError
        For limits in the wrong order, ratios that are not positive, p values outside (0, 1], or
        an estimate of exactly zero with only a test to go by.

    References
    ----------
    Cochrane Handbook (2024), sections 6.5.2.2 and 6.3.2.

    Examples
    --------
    >>> found = wald_effects([0.65], ci_low=[0.45], ci_high=[0.94], scale="log")
    >>> found.yi, found.vi
    (array([-0.4308]), array([0.0353]))
    """
    if scale not in ("log", "none"):
        raise OptionError("scale", scale, ("log", "none"))
    if not 0 < level < 1:
        raise EffectError(f"level={level!r} is not between 0 and 1.")
    raw = _column("estimate", estimate)
    k = len(raw)
    columns = {
        name: np.full(k, np.nan) if given is None else _column(name, given, k)
        for name, given in (
            ("ci_low", ci_low), ("ci_high", ci_high), ("statistic", statistic),
            ("pvalue", pvalue), ("n", n),
        )
    }  # fmt: skip
    yi = _on_scale("estimate", raw, scale)
    low, high = (_on_scale(name, columns[name], scale) for name in ("ci_low", "ci_high"))
    vi, rules, notes = np.full(k, np.nan), [], []
    for i in range(k):
        df = columns["n"][i] - 1
        if df < 1:
            raise EffectError(f"row {i + 1}: n = {columns['n'][i]:g} leaves no degrees of freedom.")
        if not math.isnan(low[i]) and not math.isnan(high[i]):
            vi[i] = _from_limits(i, low[i], high[i], df, level)
            rules.append("ci")
            off = abs((low[i] + high[i]) / 2 - yi[i]) / (high[i] - low[i])
            if off > ASYMMETRIC:
                notes.append(
                    say(
                        "row {row}: the estimate lies {share} % of the width off the middle of "
                        "its limits; check them, and whether scale={scale} is right.",
                        row=i + 1,
                        share=f"{100 * off:.0f}",
                        scale=repr(scale),
                    )
                )
            continue
        z = abs(columns["statistic"][i])
        rule = "statistic"
        if math.isnan(z):
            z, rule = _from_p(i, columns["pvalue"][i], df), "pvalue"
        if math.isnan(z) or math.isnan(yi[i]):
            rules.append("")
            continue
        if z == 0 or yi[i] == 0:
            raise EffectError(
                f"row {i + 1}: an estimate or statistic of zero does not determine an error; a "
                "confidence interval would."
            )
        vi[i] = (yi[i] / z) ** 2
        rules.append(rule)
    return WaldEffects(yi=yi, vi=vi, rule=tuple(rules), notes=tuple(notes))


def delta_method(
    yi: ArrayLike, vi: ArrayLike, function: Callable[[Vector], Vector]
) -> tuple[Vector, Vector]:
    """Transformed effects and their variances f′(y)² v.

    The derivative is taken by central differences, extrapolated to a step of zero.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    function : callable
        Takes an array to an array, smooth at `yi`; for instance that of a row of
        `evidence.effects.convert_scales.TRANSFORMATIONS`.

    Raises
    ------
    EffectError
        When lengths differ, a variance is negative, or the function has no value at an effect.

    References
    ----------
    Oehlert (1992), Am Stat 46:27–29. https://doi.org/10.1080/00031305.1992.10475842
    Ridders (1982), Adv Eng Softw 4:75–76 (the derivative).

    Examples
    --------
    >>> delta_method([0.12], [0.01], np.exp)
    (array([1.1275]), array([0.0127]))
    """
    y = _column("yi", yi)
    v = _column("vi", vi, len(y))
    if (v < 0).any():
        raise EffectError("a variance is negative.")
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found = np.asarray(function(y), dtype=np.float64)
        slope = _derivative(function, y)
    if (~np.isfinite(found) & np.isfinite(y)).any():
        raise EffectError("the function has no finite value at one of the effects.")
    return found, slope**2 * v


def _derivative(function: Callable[[Vector], Vector], y: Vector) -> Vector:
    """Richardson's extrapolation of central differences; of each row the steadiest entry."""
    step = np.maximum(np.abs(y), 1e-2) * 0.02
    best, error = np.full(len(y), np.nan), np.full(len(y), np.inf)
    previous: list[Vector] = []
    for _ in range(8):
        row = [(function(y + step) - function(y - step)) / (2 * step)]
        for order, older in enumerate(previous, start=1):
            factor = 4.0**order
            row.append((factor * row[-1] - older) / (factor - 1))
            change = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - older))
            better = change < error
            best, error = np.where(better, row[-1], best), np.where(better, change, error)
        previous, step = row, step / 2
    return best


def _from_limits(row: int, low: float, high: float, df: float, level: float) -> float:
    if not high > low:
        raise EffectError(f"row {row + 1}: the limits {low:g} and {high:g} are not in order.")
    return ((high - low) / (2 * _quantile(1 - (1 - level) / 2, df))) ** 2


def _from_p(row: int, p: float, df: float) -> float:
    if math.isnan(p):
        return math.nan
    if not 0 < p <= 1:
        raise EffectError(
            f"row {row + 1}: p = {p:g} is not between 0 and 1. A printed 0.000 is a bound, not a "
            "p value."
        )
    return -_quantile(p / 2, df)


def _quantile(p: float, df: float) -> float:
    return float(ndtri(p) if math.isnan(df) else stdtrit(df, p))


def _on_scale(name: str, values: Vector, scale: PrintedScale) -> Vector:
    if scale == "none":
        return values
    if (values <= 0).any():
        row = int(np.flatnonzero(values <= 0)[0])
        raise EffectError(
            f"row {row + 1}: {name} = {values[row]:g} is no ratio; it must be above 0."
        )
    return np.asarray(np.log(values), dtype=np.float64)


def _column(name: str, values: ArrayLike, k: int | None = None) -> Vector:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EffectError(f"{name} must be numbers: {error}.") from error
    column = np.atleast_1d(column)
    if column.ndim != 1 or (k is not None and len(column) != k):
        raise EffectError(f"{name} must be one column of {k or 'some'} numbers.")
    return column
