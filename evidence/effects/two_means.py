"""Two independent groups of a continuous outcome: differences, ratios, spreads, overlap.

Columns: `m1i sd1i n1i` of the first group, `m2i sd2i n2i` of the second. A standardised
difference may be given instead as `di`, as a t statistic `ti`, or as a two-sided p value `pi`
whose sign is that of the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from evidence._typing import Vector
from evidence.effects.options import Options, hedges_factor, weighted_mean

YiVi = tuple[Vector, Vector]
Columns = Mapping[str, Vector]


def pooled_variance(c: Columns) -> Vector:
    """Variance within the two groups, n1 + n2 - 2 degrees of freedom.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> pooled_variance(c)
    array([12.5])
    """
    df = c["n1i"] + c["n2i"] - 2
    return ((c["n1i"] - 1) * c["sd1i"] ** 2 + (c["n2i"] - 1) * c["sd2i"] ** 2) / df


def mean_difference(c: Columns, o: Options) -> YiVi:
    """Raw difference; vtype HO assumes one variance in both groups.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> mean_difference(c, Options())
    (array([2.]), array([1.25]))
    """
    if o.vtype == "HO":
        vi = pooled_variance(c) * (1 / c["n1i"] + 1 / c["n2i"])
    else:
        vi = c["sd1i"] ** 2 / c["n1i"] + c["sd2i"] ** 2 / c["n2i"]
    return c["m1i"] - c["m2i"], vi


def cohen_d(c: Columns) -> Vector:
    """Standardised difference, uncorrected, from whatever determines it.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> cohen_d(c)
    array([0.5657])
    """
    if "di" in c:
        return c["di"]
    root = np.sqrt(1 / c["n1i"] + 1 / c["n2i"])
    if "ti" in c:
        return c["ti"] * root
    if "pi" in c:
        t = stdtrit(c["n1i"] + c["n2i"] - 2, np.abs(c["pi"]) / 2)
        return np.asarray(-np.sign(c["pi"]) * t * root, dtype=float)
    return (c["m1i"] - c["m2i"]) / np.sqrt(pooled_variance(c))


def smd(c: Columns, o: Options) -> YiVi:
    """Hedges' g with a choice of four variances (Hedges 1981, 1983).

    vtype LS puts g into the large-sample formula, LS2 puts d there and multiplies by J², UB is
    the unbiased estimate, AV uses the mean g of all rows, weighted by sample size.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> smd(c, Options())
    (array([0.5544]), array([0.1038]))
    """
    n, df = c["n1i"] + c["n2i"], c["n1i"] + c["n2i"] - 2
    d = cohen_d(c)
    j = hedges_factor(df, o.correct)
    g = j * d
    base = 1 / c["n1i"] + 1 / c["n2i"]
    if o.vtype == "LS2":
        return g, j**2 * (base + d**2 / (2 * n))
    if o.vtype == "UB":
        exact = hedges_factor(df)
        return g, base + (1 - (df - 2) / (df * exact**2)) * g**2
    if o.vtype == "AV":
        return g, base + weighted_mean(g, n) ** 2 / (2 * n)
    return g, base + g**2 / (2 * n)


def smd_unequal(c: Columns, o: Options) -> YiVi:
    """Difference over the root of the mean variance (Bonett 2009, doi 10.3102/1076998607309472).

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> smd_unequal(c, Options())
    (array([0.5544]), array([0.1096]))
    """
    v1, v2, f1, f2 = c["sd1i"] ** 2, c["sd2i"] ** 2, c["n1i"] - 1, c["n2i"] - 1
    s2 = (v1 + v2) / 2
    g = hedges_factor(f1 + f2, o.correct) * (c["m1i"] - c["m2i"]) / np.sqrt(s2)
    vi = g**2 * (v1**2 / f1 + v2**2 / f2) / (8 * s2**2) + (v1 / f1 + v2 / f2) / s2
    return g, vi


def _glass(c: Columns, o: Options) -> Vector:
    return hedges_factor(c["n2i"] - 1, o.correct) * (c["m1i"] - c["m2i"]) / c["sd2i"]


def smd_glass(c: Columns, o: Options) -> YiVi:
    """Difference over the SD of the second group, equal variances assumed in `vi`.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> smd_glass(c, Options())
    (array([0.4800]), array([0.1058]))
    """
    g = _glass(c, o)
    return g, 1 / c["n1i"] + 1 / c["n2i"] + g**2 / (2 * c["n2i"])


def smd_glass_unequal(c: Columns, o: Options) -> YiVi:
    """Difference over the SD of the second group, variances free (Bonett 2008).

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> smd_glass_unequal(c, Options())
    (array([0.4800]), array([0.0883]))
    """
    g = _glass(c, o)
    f1, f2 = c["n1i"] - 1, c["n2i"] - 1
    return g, c["sd1i"] ** 2 / (c["sd2i"] ** 2 * f1) + 1 / f2 + g**2 / (2 * f2)


def log_ratio_of_means(c: Columns, o: Options) -> YiVi:
    """ln(m1/m2), by default with Lajeunesse's second-order correction (doi 10.1890/14-2402.1).

    vtype HO assumes one variance in both groups, AV one coefficient of variation per group in
    all rows.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> log_ratio_of_means(c, Options())
    (array([0.1799]), array([0.0111]))
    """
    cv1, cv2 = c["sd1i"] / c["m1i"], c["sd2i"] / c["m2i"]
    v1, v2 = cv1**2, cv2**2
    same_sign = np.where(c["m1i"] * c["m2i"] > 0, c["m1i"] / c["m2i"], np.nan)
    yi = np.log(same_sign)
    if o.correct:
        yi = yi + (v1 / c["n1i"] - v2 / c["n2i"]) / 2
    if o.vtype == "HO":
        s2 = pooled_variance(c)
        v1, v2 = s2 / c["m1i"] ** 2, s2 / c["m2i"] ** 2
    elif o.vtype == "AV":
        v1 = np.full_like(yi, weighted_mean(cv1, c["n1i"]) ** 2)
        v2 = np.full_like(yi, weighted_mean(cv2, c["n2i"]) ** 2)
    return yi, v1 / c["n1i"] + v2 / c["n2i"]


def log_variability_ratio(c: Columns, o: Options) -> YiVi:
    """ln(sd1/sd2) (Nakagawa et al. 2015, doi 10.1111/2041-210X.12309).

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> log_variability_ratio(c, Options())
    (array([-0.2877]), array([0.0526]))
    """
    f1, f2 = 1 / (2 * (c["n1i"] - 1)), 1 / (2 * (c["n2i"] - 1))
    yi = np.log(c["sd1i"] / c["sd2i"]) + (f1 - f2 if o.correct else 0)
    return yi, f1 + f2


def log_cv_ratio(c: Columns, o: Options) -> YiVi:
    """Log of the ratio of two coefficients of variation (Nakagawa et al. 2015).

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> log_cv_ratio(c, Options())
    (array([-0.4676]), array([0.0638]))
    """
    f1, f2 = 1 / (2 * (c["n1i"] - 1)), 1 / (2 * (c["n2i"] - 1))
    cv1, cv2 = c["sd1i"] / c["m1i"], c["sd2i"] / c["m2i"]
    yi = np.log(cv1) - np.log(cv2)
    if o.correct:
        yi = yi + f1 - f2 - (cv1**2 / c["n1i"] - cv2**2 / c["n2i"]) / 2
    return yi, f1 + f2 + cv1**2 / c["n1i"] + cv2**2 / c["n2i"]


def smd_to_log_odds(sd: float) -> Callable[[Columns, Options], YiVi]:
    """d, uncorrected, times the SD of a latent variable: an estimate of the log odds ratio.

    >>> c = {"di": np.array([0.5]), "n1i": np.array([20.0]), "n2i": np.array([20.0])}
    >>> smd_to_log_odds(1.65)(c, Options())
    (array([0.825]), array([0.2808]))
    """

    def scaled(c: Columns, _: Options) -> YiVi:
        n1, n2 = c["n1i"], c["n2i"]
        d = cohen_d(c)
        return d * sd, sd**2 * (1 / n1 + 1 / n2 + d**2 / (2 * (n1 + n2)))

    return scaled


def point_biserial(c: Columns, o: Options) -> YiVi:
    """Correlation of group and outcome; vtype CS when group sizes were not fixed in advance.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> point_biserial(c, Options())
    (array([0.2787]), array([0.0215]))
    """
    n1, n2 = c["n1i"], c["n2i"]
    n = n1 + n2
    d = cohen_d(c)
    h = (n - 2) / n1 + (n - 2) / n2
    r = d / np.sqrt(d**2 + h)
    if o.vtype == "CS":
        return r, (1 - r**2) ** 2 * (n * r**2 / (4 * n1 * n2) + (2 - 3 * r**2) / (2 * n))
    return r, h**2 / (h + d**2) ** 3 * (1 / n1 + 1 / n2 + d**2 / (2 * n))


def z_point_biserial(c: Columns, o: Options) -> YiVi:
    """Point-biserial correlation on Fisher's z scale.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> z_point_biserial(c, Options())
    (array([0.2863]), array([0.0252]))
    """
    r, v = point_biserial(c, o)
    return np.arctanh(r), v / (1 - r**2) ** 2


def biserial(c: Columns, o: Options) -> YiVi:
    """Biserial correlation with Soper's variance (Jacobs & Viechtbauer 2017, 10.1002/jrsm.1218).

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> biserial(c, Options())
    (array([0.3493]), array([0.0328]))
    """
    n = c["n1i"] + c["n2i"]
    p = c["n1i"] / n
    q, z = 1 - p, ndtri(p)
    f = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    r = np.sqrt(p * q) / f * point_biserial(c, o)[0]
    inside = np.clip(r, -1, 1)
    shape = 1.5 + (1 + p * z / f) * (1 - q * z / f)
    return r, (inside**4 - shape * inside**2 + p * q / f**2) / (n - 1)


def z_biserial(c: Columns, o: Options) -> YiVi:
    """Biserial correlation on Fisher's z scale; missing when it is beyond ±1.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> z_biserial(c, Options())
    (array([0.3646]), array([0.0426]))
    """
    r, v = biserial(c, o)
    return np.arctanh(r), v / (1 - r**2) ** 2


def common_language(c: Columns, _: Options) -> YiVi:
    """P(first > second) of two normal outcomes, spreads free; delta-method variance.

    >>> means = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20.0, "m2i": 10.0, "sd2i": 4.0, "n2i": 20.0}
    >>> c = {name: np.array([value]) for name, value in means.items()}
    >>> common_language(c, Options())
    (array([0.6554]), array([0.007446]))
    """
    v1, v2 = c["sd1i"] ** 2, c["sd2i"] ** 2
    total = v1 + v2
    x = (c["m1i"] - c["m2i"]) / np.sqrt(total)
    of_spread = (v1**2 / (c["n1i"] - 1) + v2**2 / (c["n2i"] - 1)) / (2 * total**2)
    density2 = np.exp(-(x**2)) / (2 * np.pi)
    of_means = v1 / (c["n1i"] - 1) + v2 / (c["n2i"] - 1)
    vi = density2 * (of_means / total + x**2 * of_spread)
    return np.asarray(ndtr(x), dtype=float), vi
