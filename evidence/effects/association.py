"""Correlations (`ri ni`), reliability (`ai mi ni`), tetrachoric correlation of a 2x2 table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import gammaln, ndtr, ndtri, owens_t

from evidence._typing import Vector
from evidence.effects.options import Options, weighted_mean
from evidence.effects.two_by_two import Table

YiVi = tuple[Vector, Vector]
Columns = Mapping[str, Vector]


def correlation(c: Columns, o: Options) -> YiVi:
    """Pearson correlation; vtype AV uses the mean r of all rows in the variance.

    >>> correlation({"ri": np.array([0.5]), "ni": np.array([28.0])}, Options())
    (array([0.5]), array([0.0208]))
    """
    r, n = c["ri"], c["ni"]
    centre = np.full_like(r, weighted_mean(r, n)) if o.vtype == "AV" else r
    return r + 0.0, (1 - centre**2) ** 2 / (n - 1)


def unbiased_correlation(c: Columns, o: Options) -> YiVi:
    """Minimum-variance unbiased correlation (Olkin & Pratt 1958, doi 10.1214/aoms/1177706717).

    >>> unbiased_correlation({"ri": np.array([0.5]), "ni": np.array([28.0])}, Options())
    (array([0.5077]), array([0.0204]))
    """
    r, n = c["ri"], c["ni"]
    yi = r * _hypergeometric(0.5, (n - 2) / 2, 1 - r**2)
    if o.vtype == "UB":
        square = 1 - (n - 3) / (n - 2) * (1 - r**2) * _hypergeometric(1.0, n / 2, 1 - r**2)
        return yi, yi**2 - square
    centre = np.full_like(r, weighted_mean(yi, n)) if o.vtype == "AV" else yi
    return yi, (1 - centre**2) ** 2 / (n - 1)


def _hypergeometric(a: float, c: Vector, z: Vector) -> Vector:
    """2F1(a, a; c; z) for 0 <= z <= 1, summed term by term.

    scipy's `hyp2f1` overflows to NaN for large c, as for n = 338 people.
    """
    return np.array([_series(a, *row) for row in zip(c, z, strict=True)], dtype=float)


def _series(a: float, c: float, z: float) -> float:
    if not (c > 0 and 0 <= z <= 1):
        return np.nan
    if z == 1:  # Gauss
        spare = c - 2 * a
        return np.nan if spare <= 0 else np.exp(gammaln(c) + gammaln(spare) - 2 * gammaln(c - a))
    total, term = 0.0, 1.0
    for start in range(0, 2_000_000, 2_000):
        k = np.arange(start, start + 2_000)
        terms = term * np.cumprod((a + k) ** 2 / ((c + k) * (k + 1)) * z)
        total += float(terms.sum())
        term = float(terms[-1])
        if term < 1e-17 * total or term == 0:
            return 1 + total
    return np.nan


def z_correlation(c: Columns, _: Options) -> YiVi:
    """Fisher's z.

    >>> z_correlation({"ri": np.array([0.5]), "ni": np.array([28.0])}, Options())
    (array([0.5493]), array([0.04]))
    """
    return np.arctanh(c["ri"]), 1 / (c["ni"] - 3)


def alpha(c: Columns, _: Options) -> YiVi:
    """Cronbach's alpha of `mi` items in `ni` people (van Zyl et al. 2000).

    >>> c = {"ai": np.array([0.8]), "mi": np.array([10.0]), "ni": np.array([102.0])}
    >>> alpha(c, Options())
    (array([0.8]), array([0.0008889]))
    """
    a, m, n = c["ai"], c["mi"], c["ni"]
    return a + 0.0, 2 * m * (1 - a) ** 2 / ((m - 1) * (n - 2))


def alpha_cube_root(c: Columns, _: Options) -> YiVi:
    """1 - (1 - alpha)^(1/3) (Hakstian & Whalen 1976).

    >>> c = {"ai": np.array([0.8]), "mi": np.array([10.0]), "ni": np.array([102.0])}
    >>> alpha_cube_root(c, Options())
    (array([0.4152]), array([0.0008398]))
    """
    a, m, n = c["ai"], c["mi"], c["ni"]
    vi = 18 * m * (n - 1) * (1 - a) ** (2 / 3) / ((m - 1) * (9 * n - 11) ** 2)
    return 1 - np.cbrt(1 - a), vi


def alpha_log(c: Columns, _: Options) -> YiVi:
    """-ln(1 - alpha) (Bonett 2002).

    >>> c = {"ai": np.array([0.8]), "mi": np.array([10.0]), "ni": np.array([102.0])}
    >>> alpha_log(c, Options())
    (array([1.6094]), array([0.0222]))
    """
    a, m, n = c["ai"], c["mi"], c["ni"]
    return -np.log(1 - a), 2 * m / ((m - 1) * (n - 2))


_SEARCH_XTOL = 2.0**-13
"""The root of the root of the machine precision, where the reference implementation stops."""


def _lower_quadrant(h: float, k: float, r: float) -> float:
    """P(X < h, Y < k) of the bivariate normal with correlation r, |r| < 1, by Owen's T."""
    root = np.sqrt(1 - r**2)
    if h == 0 and k == 0:
        return float(0.25 + np.arcsin(r) / (2 * np.pi))
    if h == 0 or k == 0:
        x = k if h == 0 else h
        # one threshold at the median: T(0, ±∞) takes the place of the missing term
        at_zero = np.sign(x) * 0.25
        return float(
            (0.5 + ndtr(x)) / 2 - owens_t(x, -r / root) - at_zero - (0.5 if x < 0 else 0.0)
        )
    both = 0.0 if h * k > 0 else 0.5
    return float(
        (ndtr(h) + ndtr(k)) / 2
        - owens_t(h, (k / h - r) / root)
        - owens_t(k, (h / k - r) / root)
        - both
    )


def _tetrachoric_row(cells: Vector) -> tuple[float, float]:
    """Correlation of two normal variables cut into the table, and its variance."""
    a, b, c, d = cells
    n = cells.sum()
    if not np.isfinite(n) or min(a + b, c + d, a + c, b + d) <= 0:
        return np.nan, np.nan
    if min(a, b, c, d) == 0:  # the likelihood rises to the edge and has no curvature there
        return (-1.0 if 0 in (a, d) else 1.0), np.nan

    from scipy.optimize import fminbound  # 0.1 s that nothing else here needs

    def misfit(cuts: Vector) -> float:
        h, k, r = cuts
        both = _lower_quadrant(h, k, r)
        row, col = float(ndtr(h)), float(ndtr(k))
        shares = np.array([both, row - both, col - both, 1 - row - col + both])
        return -float(cells @ np.log(np.maximum(shares, 1e-300)))

    h, k = float(ndtri((a + b) / n)), float(ndtri((a + c) / n))
    r = float(fminbound(lambda r: misfit(np.array([h, k, r])), -1, 1, xtol=_SEARCH_XTOL))
    best, steps = np.array([h, k, r]), 1e-3 * np.eye(3)
    information = np.array(
        [[_curvature(misfit, best, one, other) for other in steps] for one in steps]
    )
    return r, float(np.linalg.inv(information)[2, 2])


def _curvature(f: Callable[[Vector], float], x: Vector, one: Vector, other: Vector) -> float:
    """Second derivative in two directions by central differences."""
    crossed = f(x + one + other) - f(x + one - other) - f(x - one + other) + f(x - one - other)
    return float(crossed / (4 * np.abs(one).sum() * np.abs(other).sum()))


def tetrachoric(columns: Columns, o: Options) -> YiVi:
    """Tetrachoric correlation, maximum likelihood (Pearson 1900).

    >>> counts = {"ai": 40.0, "bi": 10.0, "ci": 10.0, "di": 40.0}
    >>> c = {name: np.array([count]) for name, count in counts.items()}
    >>> tetrachoric(c, Options())
    (array([0.8090]), array([0.005455]))
    """
    t = Table.read(columns, o, adjusted=False)
    rows = [_tetrachoric_row(cells) for cells in np.stack([t.a, t.b, t.c, t.d], axis=1)]
    both = np.array(rows, dtype=float).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def z_tetrachoric(columns: Columns, o: Options) -> YiVi:
    """Tetrachoric correlation on Fisher's z scale.

    >>> counts = {"ai": 40.0, "bi": 10.0, "ci": 10.0, "di": 40.0}
    >>> c = {name: np.array([count]) for name, count in counts.items()}
    >>> z_tetrachoric(c, Options())
    (array([1.1242]), array([0.0457]))
    """
    r, v = tetrachoric(columns, o)
    return np.arctanh(r), v / (1 - r**2) ** 2
