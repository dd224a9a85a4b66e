"""One group: proportions (`xi ni`), means (`mi sdi ni`), rates (`xi ti`), and rates of two groups.

A proportion gets the constant once among those with and once among those without the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import ndtri

from evidence._typing import Vector
from evidence.effects.options import Options, hedges_factor, needs_adding

YiVi = tuple[Vector, Vector]
Columns = Mapping[str, Vector]


def on_counts(effect: Callable[[Vector, Vector], YiVi]) -> Callable[[Columns, Options], YiVi]:
    """A proportion measure that stays finite with none or all."""
    return lambda columns, _: effect(columns["xi"], columns["ni"])


def on_adjusted(effect: Callable[[Vector, Vector], YiVi]) -> Callable[[Columns, Options], YiVi]:
    """A proportion measure that takes the counts after the constant was added."""

    def adjusted(columns: Columns, o: Options) -> YiVi:
        x, n = columns["xi"], columns["ni"]
        extra = o.add * needs_adding((x == 0) | (x == n), o.to)
        return effect(x + extra, n + 2 * extra)

    return adjusted


def proportion(x: Vector, n: Vector) -> YiVi:
    """x/n with its binomial variance."""
    p = x / n
    return p, p * (1 - p) / n


def log_proportion(x: Vector, n: Vector) -> YiVi:
    """ln(x/n)."""
    return np.log(x / n), 1 / x - 1 / n


def logit_proportion(x: Vector, n: Vector) -> YiVi:
    """ln(x/(n - x))."""
    return np.log(x / (n - x)), 1 / x + 1 / (n - x)


def probit_proportion(x: Vector, n: Vector) -> YiVi:
    """Normal quantile of x/n."""
    p = x / n
    z = ndtri(p)
    return np.asarray(z, dtype=float), 2 * np.pi * p * (1 - p) * np.exp(z**2) / n


def arcsine_proportion(x: Vector, n: Vector) -> YiVi:
    """Arcsine square root of x/n."""
    return np.arcsin(np.sqrt(x / n)), 1 / (4 * n)


def double_arcsine_proportion(x: Vector, n: Vector) -> YiVi:
    """Half the sum of two arcsines (Freeman & Tukey 1950)."""
    yi = (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2
    return yi, 1 / (4 * n + 2)


def mean(c: Columns, _: Options) -> YiVi:
    """The mean itself."""
    return c["mi"] + 0.0, c["sdi"] ** 2 / c["ni"]


def standardised_mean(c: Columns, o: Options) -> YiVi:
    """Mean over SD, corrected as g is."""
    g = hedges_factor(c["ni"] - 1, o.correct) * c["mi"] / c["sdi"]
    return g, 1 / c["ni"] + g**2 / (2 * c["ni"])


def log_mean(c: Columns, _: Options) -> YiVi:
    """Log of the mean."""
    return np.log(c["mi"]), c["sdi"] ** 2 / (c["ni"] * c["mi"] ** 2)


def log_sd(c: Columns, o: Options) -> YiVi:
    """Log of the SD (Nakagawa et al. 2015)."""
    f = 1 / (2 * (c["ni"] - 1))
    return np.log(c["sdi"]) + (f if o.correct else 0), f


def log_cv(c: Columns, o: Options) -> YiVi:
    """Log of the coefficient of variation (Nakagawa et al. 2015)."""
    f = 1 / (2 * (c["ni"] - 1))
    cv = c["sdi"] / c["mi"]
    return np.log(cv) + (f if o.correct else 0), f + cv**2 / c["ni"]


def _one_rate(c: Columns, o: Options) -> tuple[Vector, Vector]:
    x = c["xi"]
    return x + o.add * needs_adding(x == 0, o.to), c["ti"]


def rate(c: Columns, o: Options) -> YiVi:
    """Events per time."""
    x, t = _one_rate(c, o)
    return x / t, x / t**2


def log_rate(c: Columns, o: Options) -> YiVi:
    """Log of events per time."""
    x, t = _one_rate(c, o)
    return np.log(x / t), 1 / x


def root_rate(c: Columns, _: Options) -> YiVi:
    """Square root of events per time."""
    return np.sqrt(c["xi"] / c["ti"]), 1 / (4 * c["ti"])


def double_root_rate(c: Columns, _: Options) -> YiVi:
    """Half the sum of two roots (Freeman & Tukey 1950)."""
    x, t = c["xi"], c["ti"]
    return (np.sqrt(x / t) + np.sqrt((x + 1) / t)) / 2, 1 / (4 * t)


def _two_rates(c: Columns, o: Options) -> tuple[Vector, Vector]:
    x1, x2 = c["x1i"], c["x2i"]
    if o.drop00:
        none = (x1 == 0) & (x2 == 0)
        x1, x2 = np.where(none, np.nan, x1), np.where(none, np.nan, x2)
    extra = o.add * needs_adding((x1 == 0) | (x2 == 0), o.to)
    return x1 + extra, x2 + extra


def log_rate_ratio(c: Columns, o: Options) -> YiVi:
    """Log of the ratio of two rates."""
    x1, x2 = _two_rates(c, o)
    return np.log(x1 / c["t1i"]) - np.log(x2 / c["t2i"]), 1 / x1 + 1 / x2


def rate_difference(c: Columns, o: Options) -> YiVi:
    """Difference of two rates."""
    x1, x2 = _two_rates(c, o)
    t1, t2 = c["t1i"], c["t2i"]
    return x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2


def root_rate_difference(c: Columns, _: Options) -> YiVi:
    """Difference of the roots of two rates."""
    t1, t2 = c["t1i"], c["t2i"]
    return np.sqrt(c["x1i"] / t1) - np.sqrt(c["x2i"] / t2), 1 / (4 * t1) + 1 / (4 * t2)
