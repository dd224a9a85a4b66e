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
    """A proportion measure that stays finite with none or all.

    >>> on_counts(proportion)({"xi": np.array([0.0]), "ni": np.array([20.0])}, Options())
    (array([0.]), array([0.]))
    """
    return lambda columns, _: effect(columns["xi"], columns["ni"])


def on_adjusted(effect: Callable[[Vector, Vector], YiVi]) -> Callable[[Columns, Options], YiVi]:
    """A proportion measure that takes the counts after the constant was added.

    >>> on_adjusted(proportion)({"xi": np.array([0.0]), "ni": np.array([9.0])}, Options())
    (array([0.05]), array([0.00475]))
    """

    def adjusted(columns: Columns, o: Options) -> YiVi:
        x, n = columns["xi"], columns["ni"]
        extra = o.add * needs_adding((x == 0) | (x == n), o.to)
        return effect(x + extra, n + 2 * extra)

    return adjusted


def proportion(x: Vector, n: Vector) -> YiVi:
    """x/n with its binomial variance.

    >>> proportion(np.array([5.0]), np.array([20.0]))
    (array([0.25]), array([0.009375]))
    """
    p = x / n
    return p, p * (1 - p) / n


def log_proportion(x: Vector, n: Vector) -> YiVi:
    """ln(x/n).

    >>> log_proportion(np.array([5.0]), np.array([20.0]))
    (array([-1.3863]), array([0.15]))
    """
    return np.log(x / n), 1 / x - 1 / n


def logit_proportion(x: Vector, n: Vector) -> YiVi:
    """ln(x/(n - x)).

    >>> logit_proportion(np.array([5.0]), np.array([20.0]))
    (array([-1.0986]), array([0.2667]))
    """
    return np.log(x / (n - x)), 1 / x + 1 / (n - x)


def probit_proportion(x: Vector, n: Vector) -> YiVi:
    """Normal quantile of x/n.

    >>> probit_proportion(np.array([5.0]), np.array([20.0]))
    (array([-0.6745]), array([0.0928]))
    """
    p = x / n
    z = ndtri(p)
    return np.asarray(z, dtype=float), 2 * np.pi * p * (1 - p) * np.exp(z**2) / n


def arcsine_proportion(x: Vector, n: Vector) -> YiVi:
    """Arcsine square root of x/n.

    >>> arcsine_proportion(np.array([5.0]), np.array([20.0]))
    (array([0.5236]), array([0.0125]))
    """
    return np.arcsin(np.sqrt(x / n)), 1 / (4 * n)


def double_arcsine_proportion(x: Vector, n: Vector) -> YiVi:
    """Half the sum of two arcsines (Freeman & Tukey 1950).

    >>> double_arcsine_proportion(np.array([5.0]), np.array([20.0]))
    (array([0.5368]), array([0.0122]))
    """
    yi = (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2
    return yi, 1 / (4 * n + 2)


def mean(c: Columns, _: Options) -> YiVi:
    """The mean itself.

    >>> c = {"mi": np.array([10.0]), "sdi": np.array([2.0]), "ni": np.array([16.0])}
    >>> mean(c, Options())
    (array([10.]), array([0.25]))
    """
    return c["mi"] + 0.0, c["sdi"] ** 2 / c["ni"]


def standardised_mean(c: Columns, o: Options) -> YiVi:
    """Mean over SD, corrected as g is.

    >>> c = {"mi": np.array([10.0]), "sdi": np.array([2.0]), "ni": np.array([16.0])}
    >>> standardised_mean(c, Options())
    (array([4.7450]), array([0.7661]))
    """
    g = hedges_factor(c["ni"] - 1, o.correct) * c["mi"] / c["sdi"]
    return g, 1 / c["ni"] + g**2 / (2 * c["ni"])


def log_mean(c: Columns, _: Options) -> YiVi:
    """Log of the mean.

    >>> c = {"mi": np.array([10.0]), "sdi": np.array([2.0]), "ni": np.array([16.0])}
    >>> log_mean(c, Options())
    (array([2.3026]), array([0.0025]))
    """
    return np.log(c["mi"]), c["sdi"] ** 2 / (c["ni"] * c["mi"] ** 2)


def log_sd(c: Columns, o: Options) -> YiVi:
    """Log of the SD (Nakagawa et al. 2015).

    >>> c = {"mi": np.array([10.0]), "sdi": np.array([2.0]), "ni": np.array([16.0])}
    >>> log_sd(c, Options())
    (array([0.7265]), array([0.0333]))
    """
    f = 1 / (2 * (c["ni"] - 1))
    return np.log(c["sdi"]) + (f if o.correct else 0), f


def log_cv(c: Columns, o: Options) -> YiVi:
    """Log of the coefficient of variation (Nakagawa et al. 2015).

    >>> c = {"mi": np.array([10.0]), "sdi": np.array([2.0]), "ni": np.array([16.0])}
    >>> log_cv(c, Options())
    (array([-1.5761]), array([0.0358]))
    """
    f = 1 / (2 * (c["ni"] - 1))
    cv = c["sdi"] / c["mi"]
    return np.log(cv) + (f if o.correct else 0), f + cv**2 / c["ni"]


def _one_rate(c: Columns, o: Options) -> tuple[Vector, Vector]:
    x = c["xi"]
    return x + o.add * needs_adding(x == 0, o.to), c["ti"]


def rate(c: Columns, o: Options) -> YiVi:
    """Events per time.

    >>> rate({"xi": np.array([8.0]), "ti": np.array([2.0])}, Options())
    (array([4.]), array([2.]))
    """
    x, t = _one_rate(c, o)
    return x / t, x / t**2


def log_rate(c: Columns, o: Options) -> YiVi:
    """Log of events per time.

    >>> log_rate({"xi": np.array([8.0]), "ti": np.array([2.0])}, Options())
    (array([1.3863]), array([0.125]))
    """
    x, t = _one_rate(c, o)
    return np.log(x / t), 1 / x


def root_rate(c: Columns, _: Options) -> YiVi:
    """Square root of events per time.

    >>> root_rate({"xi": np.array([8.0]), "ti": np.array([2.0])}, Options())
    (array([2.]), array([0.125]))
    """
    return np.sqrt(c["xi"] / c["ti"]), 1 / (4 * c["ti"])


def double_root_rate(c: Columns, _: Options) -> YiVi:
    """Half the sum of two roots (Freeman & Tukey 1950).

    >>> double_root_rate({"xi": np.array([8.0]), "ti": np.array([2.0])}, Options())
    (array([2.0607]), array([0.125]))
    """
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
    """Log of the ratio of two rates.

    >>> events = {"x1i": 8.0, "t1i": 2.0, "x2i": 4.0, "t2i": 4.0}
    >>> c = {name: np.array([value]) for name, value in events.items()}
    >>> log_rate_ratio(c, Options())
    (array([1.3863]), array([0.375]))
    """
    x1, x2 = _two_rates(c, o)
    return np.log(x1 / c["t1i"]) - np.log(x2 / c["t2i"]), 1 / x1 + 1 / x2


def rate_difference(c: Columns, o: Options) -> YiVi:
    """Difference of two rates.

    >>> events = {"x1i": 8.0, "t1i": 2.0, "x2i": 4.0, "t2i": 4.0}
    >>> c = {name: np.array([value]) for name, value in events.items()}
    >>> rate_difference(c, Options())
    (array([3.]), array([2.25]))
    """
    x1, x2 = _two_rates(c, o)
    t1, t2 = c["t1i"], c["t2i"]
    return x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2


def root_rate_difference(c: Columns, _: Options) -> YiVi:
    """Difference of the roots of two rates.

    >>> events = {"x1i": 8.0, "t1i": 2.0, "x2i": 4.0, "t2i": 4.0}
    >>> c = {name: np.array([value]) for name, value in events.items()}
    >>> root_rate_difference(c, Options())
    (array([1.]), array([0.1875]))
    """
    t1, t2 = c["t1i"], c["t2i"]
    return np.sqrt(c["x1i"] / t1) - np.sqrt(c["x2i"] / t2), 1 / (4 * t1) + 1 / (4 * t2)
