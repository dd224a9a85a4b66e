"""Two groups and an event: ratios, differences and associations of a 2x2 table.

Rows are people with the event and without it in the first group (`ai`, `bi`) and in the second
(`ci`, `di`). Which cells a constant is added to, and which effects use it, is said once, in
`Table.read`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from evidence._typing import Vector
from evidence.effects.options import Options, needs_adding

YiVi = tuple[Vector, Vector]

LOGISTIC_SD = float(np.pi / np.sqrt(3))  # SD of the standard logistic distribution
NORMAL_SD = 1.65  # Cox & Snell (1989): log odds per SD of a normal variable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Counts of k tables, each field of shape (k,)."""

    a: Vector
    b: Vector
    c: Vector
    d: Vector

    @property
    def n1(self) -> Vector:
        """People in the first group."""
        return self.a + self.b

    @property
    def n2(self) -> Vector:
        """People in the second group."""
        return self.c + self.d

    @property
    def n(self) -> Vector:
        """People in both groups."""
        return self.n1 + self.n2

    @property
    def log_odds_variance(self) -> Vector:
        """Sum of the reciprocal cells, the variance of the log odds ratio (Woolf 1955)."""
        return 1 / self.a + 1 / self.b + 1 / self.c + 1 / self.d

    @classmethod
    def read(cls, columns: Mapping[str, Vector], options: Options, *, adjusted: bool) -> Table:
        """The table of the given columns, with the constant added when `adjusted`."""
        a, c = columns["ai"], columns["ci"]
        b = columns["bi"] if "bi" in columns else columns["n1i"] - a
        d = columns["di"] if "di" in columns else columns["n2i"] - c
        if options.drop00:
            empty = ((a == 0) & (c == 0)) | ((b == 0) & (d == 0))
            a, b, c, d = (np.where(empty, np.nan, cell) for cell in (a, b, c, d))
        if adjusted:
            zero = (a == 0) | (b == 0) | (c == 0) | (d == 0)
            extra = options.add * needs_adding(zero, options.to)
            a, b, c, d = (cell + extra for cell in (a, b, c, d))
        return cls(a=a, b=b, c=c, d=d)


def on_adjusted(effect: Callable[[Table], YiVi]) -> Callable[[Mapping[str, Vector], Options], YiVi]:
    """A measure that takes the table after the constant was added.

    >>> counts = {"ai": 0.0, "bi": 9.0, "ci": 4.0, "di": 5.0}
    >>> c = {name: np.array([count]) for name, count in counts.items()}
    >>> on_adjusted(lambda t: (t.a, t.n))(c, Options())
    (array([0.5]), array([20.]))
    """
    return lambda columns, options: effect(Table.read(columns, options, adjusted=True))


def on_counts(effect: Callable[[Table], YiVi]) -> Callable[[Mapping[str, Vector], Options], YiVi]:
    """A measure that takes the counts as they are: it stays finite with a zero cell.

    >>> counts = {"ai": 0.0, "bi": 9.0, "ci": 4.0, "di": 5.0}
    >>> c = {name: np.array([count]) for name, count in counts.items()}
    >>> on_counts(lambda t: (t.a, t.n))(c, Options())
    (array([0.]), array([18.]))
    """
    return lambda columns, options: effect(Table.read(columns, options, adjusted=False))


def log_risk_ratio(t: Table) -> YiVi:
    """Log of the ratio of two risks (Katz et al. 1978).

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> log_risk_ratio(t)
    (array([-0.8893]), array([0.3256]))
    """
    return np.log(t.a / t.n1) - np.log(t.c / t.n2), 1 / t.a - 1 / t.n1 + 1 / t.c - 1 / t.n2


def log_odds_ratio(t: Table) -> YiVi:
    """Log of the ratio of two odds (Woolf 1955).

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> log_odds_ratio(t)
    (array([-0.9387]), array([0.3571]))
    """
    return np.log(t.a * t.d / (t.b * t.c)), t.log_odds_variance


def risk_difference(columns: Mapping[str, Vector], options: Options) -> YiVi:
    """Difference of two risks; vtype UB divides by n - 1, AV uses the risks of all rows.

    >>> counts = {"ai": 4.0, "n1i": 10.0, "ci": 1.0, "n2i": 10.0}
    >>> c = {name: np.array([count]) for name, count in counts.items()}
    >>> risk_difference(c, Options())
    (array([0.3]), array([0.033]))
    """
    t = Table.read(columns, options, adjusted=True)
    p1, p2 = t.a / t.n1, t.c / t.n2
    yi = p1 - p2
    m1, m2 = t.n1, t.n2
    if options.vtype == "UB":
        m1, m2 = t.n1 - 1, t.n2 - 1
    elif options.vtype == "AV":
        rows = np.isfinite(yi)
        p1 = np.full_like(yi, t.a[rows].sum() / t.n1[rows].sum())
        p2 = np.full_like(yi, t.c[rows].sum() / t.n2[rows].sum())
    return yi, p1 * (1 - p1) / m1 + p2 * (1 - p2) / m2


def arcsine_difference(t: Table) -> YiVi:
    """Difference of arcsine square-root risks (Rücker et al. 2009).

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> arcsine_difference(t)
    (array([-0.1038]), array([0.003831]))
    """
    yi = np.arcsin(np.sqrt(t.a / t.n1)) - np.arcsin(np.sqrt(t.c / t.n2))
    return yi, 1 / (4 * t.n1) + 1 / (4 * t.n2)


def peto_odds_ratio(t: Table) -> YiVi:
    """Log odds ratio by one step from the null: (O - E)/V, variance 1/V (Yusuf et al. 1985).

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> peto_odds_ratio(t)
    (array([-0.8604]), array([0.2828]))
    """
    with_event, without = t.a + t.c, t.b + t.d
    expected = with_event * t.n1 / t.n
    v = with_event * without * t.n1 * t.n2 / (t.n**2 * (t.n - 1))
    return (t.a - expected) / v, 1 / v


def phi(t: Table) -> YiVi:
    """Phi coefficient with its large-sample variance (Yule 1912).

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> phi(t)
    (array([-0.1001]), array([0.003182]))
    """
    row1, row2 = t.n1 / t.n, t.n2 / t.n
    col1, col2 = (t.a + t.c) / t.n, (t.b + t.d) / t.n
    scale = np.sqrt(row1 * row2 * col1 * col2)
    yi = (t.a * t.d - t.b * t.c) / (t.n**2 * scale)
    skew = (row1 - row2) * (col1 - col2) / scale
    unequal = (row1 - row2) ** 2 / (row1 * row2) + (col1 - col2) ** 2 / (col1 * col2)
    vi = (1 - yi**2 + yi * (1 + yi**2 / 2) * skew - 0.75 * yi**2 * unequal) / t.n
    return yi, vi


def fisher_z(effect: Callable[[Table], YiVi]) -> Callable[[Table], YiVi]:
    """The same association on Fisher's z scale, variance by the delta method.

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> fisher_z(lambda t: (np.array([0.5]), np.array([0.01])))(t)
    (array([0.5493]), array([0.0178]))
    """

    def transformed(t: Table) -> YiVi:
        r, v = effect(t)
        return np.arctanh(r), v / (1 - r**2) ** 2

    return transformed


def yule_q(t: Table) -> YiVi:
    """Yule's Q, (OR - 1)/(OR + 1).

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> yule_q(t)
    (array([-0.4377]), array([0.0584]))
    """
    odds = t.a * t.d / (t.b * t.c)
    yi = (odds - 1) / (odds + 1)
    return yi, (1 - yi**2) ** 2 * t.log_odds_variance / 4


def yule_y(t: Table) -> YiVi:
    """Yule's Y, (√OR - 1)/(√OR + 1).

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> yule_y(t)
    (array([-0.2305]), array([0.0200]))
    """
    root = np.sqrt(t.a * t.d / (t.b * t.c))
    yi = (root - 1) / (root + 1)
    return yi, (1 - yi**2) ** 2 * t.log_odds_variance / 16


def probit_difference(t: Table) -> YiVi:
    """Difference of two normal quantiles of the risks, an estimate of the SMD.

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> probit_difference(t)
    (array([-0.4341]), array([0.0725]))
    """
    p1, p2 = t.a / t.n1, t.c / t.n2
    z1, z2 = ndtri(p1), ndtri(p2)
    vi = 2 * np.pi * (p1 * (1 - p1) * np.exp(z1**2) / t.n1 + p2 * (1 - p2) * np.exp(z2**2) / t.n2)
    return z1 - z2, vi


def odds_to_smd(sd: float) -> Callable[[Table], YiVi]:
    """Log OR divided by the SD of a latent variable: logistic π/√3, or 1.65 for a normal one.

    >>> t = Table(a=np.array([4.0]), b=np.array([119.0]), c=np.array([11.0]), d=np.array([128.0]))
    >>> odds_to_smd(LOGISTIC_SD)(t)
    (array([-0.5175]), array([0.1086]))
    """

    def scaled(t: Table) -> YiVi:
        yi, vi = log_odds_ratio(t)
        return yi / sd, vi / sd**2

    return scaled


def paired_risk_difference(t: Table) -> YiVi:
    """Difference of two marginal risks of matched pairs (a, d concordant; b, c discordant).

    >>> t = Table(a=np.array([20.0]), b=np.array([12.0]), c=np.array([4.0]), d=np.array([14.0]))
    >>> paired_risk_difference(t)
    (array([0.16]), array([0.005888]))
    """
    first, second = t.b / t.n, t.c / t.n
    return first - second, (first * (1 - first) + 2 * first * second + second * (1 - second)) / t.n


def paired_risk_ratio(t: Table) -> YiVi:
    """Log ratio of two marginal risks of matched pairs.

    >>> t = Table(a=np.array([20.0]), b=np.array([12.0]), c=np.array([4.0]), d=np.array([14.0]))
    >>> paired_risk_ratio(t)
    (array([0.2877]), array([0.0208]))
    """
    first, second = t.a + t.b, t.a + t.c
    return np.log(first / second), (t.b + t.c) / (first * second)


def paired_odds_ratio(t: Table) -> YiVi:
    """Log ratio of two marginal odds of matched pairs.

    >>> t = Table(a=np.array([20.0]), b=np.array([12.0]), c=np.array([4.0]), d=np.array([14.0]))
    >>> paired_odds_ratio(t)
    (array([0.6554]), array([0.1024]))
    """
    p1, p2 = (t.a + t.b) / t.n, (t.a + t.c) / t.n
    q1, q2 = p1 * (1 - p1), p2 * (1 - p2)
    shared = (t.a * t.d - t.b * t.c) / t.n**2
    vi = (1 / q1 + 1 / q2 - 2 * shared / (q1 * q2)) / t.n
    return np.log(p1 / (1 - p1)) - np.log(p2 / (1 - p2)), vi


def conditional_odds_ratio(t: Table) -> YiVi:
    """Log ratio of the discordant pairs.

    >>> t = Table(a=np.array([20.0]), b=np.array([12.0]), c=np.array([4.0]), d=np.array([14.0]))
    >>> conditional_odds_ratio(t)
    (array([1.0986]), array([0.3333]))
    """
    return np.log(t.b / t.c), 1 / t.b + 1 / t.c


def paired_peto(t: Table) -> YiVi:
    """Peto's one step for discordant pairs: (O - E)/V with V = (b + c)/4.

    >>> t = Table(a=np.array([20.0]), b=np.array([12.0]), c=np.array([4.0]), d=np.array([14.0]))
    >>> paired_peto(t)
    (array([1.]), array([0.25]))
    """
    v = (t.b + t.c) / 4
    return (t.b - t.c) / 2 / v, 1 / v
