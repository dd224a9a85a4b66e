"""One group measured twice, or two sides of everybody: columns `m1i sd1i m2i sd2i ni ri`.

Effects are first minus second. For a change from baseline put the follow-up first, except in
measures standardised by the first SD (SMCR, SMCRH), which need the baseline first and give the
change with its sign reversed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from evidence._typing import Vector
from evidence.effects.options import Options, hedges_factor

YiVi = tuple[Vector, Vector]
Columns = Mapping[str, Vector]


def change_variance(c: Columns) -> Vector:
    """Variance of the individual differences: s1² + s2² - 2 r s1 s2.

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> change_variance(c)
    array([13.])
    """
    s1, s2 = c["sd1i"], c["sd2i"]
    return s1**2 + s2**2 - 2 * c["ri"] * s1 * s2


def mean_change(c: Columns, _: Options) -> YiVi:
    """Raw mean change.

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> mean_change(c, Options())
    (array([2.]), array([0.52]))
    """
    return c["m1i"] - c["m2i"], change_variance(c) / c["ni"]


def smd_of_change(c: Columns, o: Options) -> YiVi:
    """Change over the SD of change (Gibbons et al. 1993).

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> smd_of_change(c, Options())
    (array([0.5372]), array([0.0458]))
    """
    n = c["ni"]
    g = hedges_factor(n - 1, o.correct) * (c["m1i"] - c["m2i"]) / np.sqrt(change_variance(c))
    return g, 1 / n + g**2 / (2 * n)


def _by_first_sd(c: Columns, o: Options) -> Vector:
    return hedges_factor(c["ni"] - 1, o.correct) * (c["m1i"] - c["m2i"]) / c["sd1i"]


def smd_by_first(c: Columns, o: Options) -> YiVi:
    """Change over the first SD, equal SDs assumed in `vi` (Becker 1988).

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> smd_by_first(c, Options())
    (array([0.6456]), array([0.0483]))
    """
    g, n = _by_first_sd(c, o), c["ni"]
    return g, 2 * (1 - c["ri"]) / n + g**2 / (2 * n)


def smd_by_first_unequal(c: Columns, o: Options) -> YiVi:
    """Change over the first SD, SDs free (Bonett 2008, doi 10.1037/1082-989X.13.2.99).

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> smd_by_first_unequal(c, Options())
    (array([0.6456]), array([0.0689]))
    """
    g, f = _by_first_sd(c, o), c["ni"] - 1
    return g, change_variance(c) / (c["sd1i"] ** 2 * f) + g**2 / (2 * f)


def _by_mean_variance(c: Columns, o: Options) -> tuple[Vector, Vector]:
    s2 = (c["sd1i"] ** 2 + c["sd2i"] ** 2) / 2
    df = 2 * (c["ni"] - 1) / (1 + c["ri"] ** 2)
    return hedges_factor(df, o.correct) * (c["m1i"] - c["m2i"]) / np.sqrt(s2), s2


def smd_by_both(c: Columns, o: Options) -> YiVi:
    """Change over the root of the mean variance (Cousineau 2020).

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> smd_by_both(c, Options())
    (array([0.5546]), array([0.0438]))
    """
    g, _ = _by_mean_variance(c, o)
    n, r = c["ni"], c["ri"]
    return g, 2 * (1 - r) / n + g**2 * (1 + r**2) / (4 * n)


def smd_by_both_unequal(c: Columns, o: Options) -> YiVi:
    """Change over the root of the mean variance, SDs free (Bonett 2008).

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> smd_by_both_unequal(c, Options())
    (array([0.5546]), array([0.0475]))
    """
    g, s2 = _by_mean_variance(c, o)
    v1, v2, f = c["sd1i"] ** 2, c["sd2i"] ** 2, c["ni"] - 1
    of_spread = (v1**2 + v2**2 + 2 * c["ri"] ** 2 * v1 * v2) / (8 * s2**2 * f)
    return g, change_variance(c) / (s2 * f) + g**2 * of_spread


def log_ratio_of_paired_means(c: Columns, o: Options) -> YiVi:
    """ln(m1/m2) of the same people (Lajeunesse 2011, doi 10.1890/11-0423.1), bias-corrected.

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> log_ratio_of_paired_means(c, Options())
    (array([0.1804]), array([0.0049]))
    """
    same_sign = np.where(c["m1i"] * c["m2i"] > 0, c["m1i"] / c["m2i"], np.nan)
    cv1, cv2 = c["sd1i"] / c["m1i"], c["sd2i"] / c["m2i"]
    yi = np.log(same_sign)
    if o.correct:
        yi = yi + (cv1**2 - cv2**2) / (2 * c["ni"])
    return yi, (cv1**2 + cv2**2 - 2 * c["ri"] * cv1 * cv2) / c["ni"]


def percent_change(c: Columns, _: Options) -> YiVi:
    """100 (m1/m2 - 1) in percent of the second mean, uncorrected; delta method.

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> percent_change(c, Options())
    (array([20.]), array([70.56]))
    """
    _yi, v = log_ratio_of_paired_means(c, Options(correct=False))
    ratio = c["m1i"] / c["m2i"]
    return 100 * (ratio - 1), (100 * ratio) ** 2 * v


def log_paired_variability_ratio(c: Columns, _: Options) -> YiVi:
    """ln(sd1/sd2) of the same people.

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> log_paired_variability_ratio(c, Options())
    (array([-0.2877]), array([0.03125]))
    """
    return np.log(c["sd1i"] / c["sd2i"]), (1 - c["ri"] ** 2) / (c["ni"] - 1)


def log_paired_cv_ratio(c: Columns, o: Options) -> YiVi:
    """Log of the ratio of two coefficients of variation of the same people.

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> log_paired_cv_ratio(c, Options())
    (array([-0.4681]), array([0.03615]))
    """
    cv1, cv2, r, n = c["sd1i"] / c["m1i"], c["sd2i"] / c["m2i"], c["ri"], c["ni"]
    vi = (1 - r**2) / (n - 1) + (cv1**2 + cv2**2 - 2 * r * cv1 * cv2) / n
    yi = np.log(cv1) - np.log(cv2)
    if o.correct:
        yi = yi - (cv1**2 - cv2**2) / (2 * n)
    return yi, vi


def common_language_paired(c: Columns, _: Options) -> YiVi:
    """P(first > second) of two normal outcomes of different people, estimated from pairs.

    >>> paired = {"m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 4.0, "ni": 25.0, "ri": 0.5}
    >>> c = {name: np.array([value]) for name, value in paired.items()}
    >>> common_language_paired(c, Options())
    (array([0.6554]), array([0.003234]))
    """
    v1, v2, n, r = c["sd1i"] ** 2, c["sd2i"] ** 2, c["ni"], c["ri"]
    total = v1 + v2
    x = (c["m1i"] - c["m2i"]) / np.sqrt(total)
    of_spread = (v1**2 + v2**2 + 2 * r**2 * v1 * v2) / (2 * total**2 * (n - 1))
    of_means = change_variance(c) / ((n - 1) * total)
    vi = np.exp(-(x**2)) / (2 * np.pi) * (of_means + x**2 * of_spread)
    return np.asarray(ndtr(x), dtype=float), vi
