"""Combination of independent one-sided p values: one function per method, listed in `METHODS`.

Each takes p values strictly between 0 and 1 unless it says otherwise, as an array of shape (k,),
and gives a `Combined`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.special import bdtrc, betainc, betaincinv, chdtrc, chdtri, ndtr, ndtri, stdtr, stdtrit

from evidence._typing import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """A combined p value; `statistic` and `df` where the method has them."""

    pvalue: float
    statistic: float | None = None
    df: float | None = None
    bound: float | None = None  # an upper bound for p, or the critical p value; see the method


def fisher(p: Vector) -> Combined:
    """Fisher: −2 Σ ln p is chi-square on 2k df. A p of 1 is welcome.

    References
    ----------
    Fisher (1932), Statistical Methods for Research Workers, 4th edition, section 21.1.

    Examples
    --------
    >>> fisher(np.array([0.01, 0.2, 0.7])).pvalue
    0.0408
    """
    statistic, df = float(-2 * np.log(p).sum()), 2 * len(p)
    return Combined(pvalue=float(chdtrc(df, statistic)), statistic=statistic, df=df)


def stouffer(p: Vector, weights: Vector | None = None) -> Combined:
    """Stouffer: weighted sum of normal quantiles over the root of the summed squared weights.

    References
    ----------
    Stouffer et al. (1949), The American Soldier I, page 45; Lipták (1958), Magy Tud Akad Mat
    Kut Int Közl 3:171–197.

    Examples
    --------
    >>> stouffer(np.array([0.01, 0.2, 0.7])).statistic
    1.526
    """
    wi = np.ones(len(p)) if weights is None else weights
    z = float(wi @ -ndtri(p) / math.sqrt(float(wi @ wi)))
    return Combined(pvalue=float(ndtr(-z)), statistic=z)


def edgington(p: Vector) -> Combined:
    """Edgington: the sum of p values against the Irwin–Hall distribution, exactly.

    The alternating sum is taken in whole numbers, so that nothing cancels. `bound` is the first
    term Sᵏ/k!, which is never below the p value and can exceed 1. A p of 0 or 1 is welcome.

    References
    ----------
    Edgington (1972), J Psychol 80:351–363. https://doi.org/10.1080/00223980.1972.9924813

    Examples
    --------
    >>> edgington(np.array([0.01, 0.2, 0.7])).pvalue
    0.1256
    """
    k, total = len(p), sum((Fraction(float(x)) for x in p), Fraction(0))
    first = math.exp(k * math.log(total) - math.lgamma(k + 1)) if total else 0.0
    lower = 2 * total <= k  # the shorter of the two sums; the density is symmetric
    part = _irwin_hall(total if lower else k - total, k)
    value = float(part if lower else 1 - part)
    return Combined(pvalue=value, statistic=float(total), bound=first)


def _irwin_hall(s: Fraction, k: int) -> Fraction:
    """P(sum of k uniforms ≤ s)."""
    top, bottom = s.numerator, s.denominator
    terms = range(top // bottom + 1)
    whole = sum((-1) ** j * math.comb(k, j) * (top - j * bottom) ** k for j in terms)
    return Fraction(whole, math.factorial(k) * bottom**k)


def mean_of_p(p: Vector) -> Combined:
    """The mean of p values against a normal distribution; of four p values or more.

    References
    ----------
    Edgington (1972), J Psychol 82:207–211. https://doi.org/10.1080/00223980.1972.9916947

    Examples
    --------
    >>> mean_of_p(np.array([0.01, 0.2, 0.7, 0.1])).statistic
    1.715
    """
    z = (0.5 - float(p.mean())) * math.sqrt(12 * len(p))
    return Combined(pvalue=float(ndtr(-z)), statistic=z)


def logit_of_p(p: Vector) -> Combined:
    """Sum of log odds of p against t on 5k + 4 df.

    References
    ----------
    Mudholkar & George (1979), in: Rustagi (ed), Symposium on Optimizing Methods in Statistics,
    345–366; Becker (1994), in: Cooper & Hedges (eds), The Handbook of Research Synthesis, 215–230.

    Examples
    --------
    >>> logit_of_p(np.array([0.01, 0.2, 0.7])).statistic
    1.728
    """
    k = len(p)
    scale = math.sqrt(k * math.pi**2 * (5 * k + 2) / (3 * (5 * k + 4)))
    t, df = float((np.log1p(-p) - np.log(p)).sum()) / scale, 5 * k + 4
    return Combined(pvalue=float(stdtr(df, -t)), statistic=t, df=df)


def minimum(p: Vector) -> Combined:
    """Tippett: 1 − (1 − smallest p)ᵏ. A p of 0 or 1 is welcome.

    References
    ----------
    Tippett (1931), The Methods of Statistics.

    Examples
    --------
    >>> minimum(np.array([0.01, 0.2, 0.7])).pvalue
    0.0297
    """
    smallest = float(p.min())
    value = 1.0 if smallest == 1 else -math.expm1(len(p) * math.log1p(-smallest))
    return Combined(pvalue=value, statistic=smallest)


def maximum(p: Vector) -> Combined:
    """Largest p to the power k. A p of 0 or 1 is welcome.

    References
    ----------
    Becker (1994), in: Cooper & Hedges (eds), The Handbook of Research Synthesis, 215–230.

    Examples
    --------
    >>> maximum(np.array([0.01, 0.2, 0.7])).pvalue
    0.343
    """
    largest = float(p.max())
    return Combined(pvalue=largest ** len(p), statistic=largest)


def wilkinson(p: Vector, rank: int, alpha: float = 0.05) -> Combined:
    """The r-th smallest p against its beta distribution.

    `bound` is the critical value: the r-th smallest p at which the combined one would be `alpha`.

    References
    ----------
    Wilkinson (1951), Psychol Bull 48:156–158. https://doi.org/10.1037/h0059111

    Examples
    --------
    >>> wilkinson(np.array([0.01, 0.2, 0.7]), 2).pvalue
    0.104
    """
    k, at = len(p), float(np.sort(p)[rank - 1])
    return Combined(
        pvalue=float(betainc(rank, k - rank + 1, at)),
        statistic=at,
        bound=float(betaincinv(rank, k - rank + 1, alpha)),
    )


def votes(p: Vector, cut: float = 0.5) -> Combined:
    """Counting votes: how many p values lie below a cut, against a fair coin.

    Values at the cut, and between the cut and its mirror 1 − cut, do not vote.

    References
    ----------
    Becker (1994), in: Cooper & Hedges (eds), The Handbook of Research Synthesis, 215–230.

    Examples
    --------
    >>> votes(np.array([0.01, 0.2, 0.7])).pvalue
    0.5
    """
    mirror = max(cut, 1 - cut)
    below, above = int((p < min(cut, 1 - cut)).sum()), int((p > mirror).sum())
    cast = below + above
    value = 1.0 if below == 0 else float(bdtrc(below - 1, cast, 0.5))
    return Combined(pvalue=value, statistic=float(below), df=float(cast))


def inverse_chi_square(p: Vector, df: float) -> Combined:
    """Sum of chi-square quantiles on `df` degrees of freedom each; Fisher's method with df = 2.

    References
    ----------
    Lancaster (1961), Aust J Stat 3:20–33. https://doi.org/10.1111/j.1467-842X.1961.tb00058.x

    Examples
    --------
    >>> inverse_chi_square(np.array([0.01, 0.2, 0.7]), 4).pvalue
    0.0440
    """
    statistic, total = float(chdtri(df, p).sum()), df * len(p)
    return Combined(pvalue=float(chdtrc(total, statistic)), statistic=statistic, df=total)


def inverse_t(p: Vector, df: float) -> Combined:
    """Sum of t quantiles on `df` > 2 degrees of freedom each, against a normal distribution.

    References
    ----------
    Becker (1994), in: Cooper & Hedges (eds), The Handbook of Research Synthesis, 215–230.

    Examples
    --------
    >>> inverse_t(np.array([0.01, 0.2, 0.7]), 20).statistic
    1.564
    """
    z = float(-stdtrit(df, p).sum()) / math.sqrt(len(p) * df / (df - 2))
    return Combined(pvalue=float(ndtr(-z)), statistic=z, df=df)


def truncated_product(p: Vector, cut: float) -> Combined:
    """The product of those p values that are at most `cut`, against its distribution.

    `statistic` is ln of the product, 0 when no p is small enough; the p value then is 1.

    References
    ----------
    Zaykin, Zhivotovsky, Westfall & Weir (2002), Genet Epidemiol 22:170–185.
    https://doi.org/10.1002/gepi.0042

    Examples
    --------
    >>> truncated_product(np.array([0.01, 0.2, 0.7]), 0.05).pvalue
    0.0343
    """
    small = p[p <= cut]
    if not len(small):
        return Combined(pvalue=1.0, statistic=0.0)
    k, log_w, log_cut = len(p), float(np.log(small).sum()), math.log(cut)
    value = 0.0
    for count in range(1, k + 1):
        chosen = float(bdtrc(count - 1, k, cut) - (bdtrc(count, k, cut) if count < k else 0.0))
        # given `count` small ones, −ln(product) + count·ln(cut) is gamma with shape `count`
        excess = count * log_cut - log_w
        value += chosen if excess <= 0 else chosen * float(chdtrc(2 * count, 2 * excess))
    return Combined(pvalue=min(1.0, value), statistic=log_w)
