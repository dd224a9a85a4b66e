"""A meta-regression fitted at once: coefficients, τ², residual heterogeneity, omnibus test, R²."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc, fdtrc

from evidence._typing import Matrix, Vector
from evidence.kernels.inference import Test
from evidence.kernels.regression import (
    Basis,
    coefficients,
    orthonormal,
    project,
    quadratic,
    trace,
    wald,
)
from evidence.kernels.regression_tau2 import estimate
from evidence.kernels.tau2 import Tau2Method


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What one weighted regression gives. `factor` is Hartung and Knapp's, 1 without it."""

    beta: Vector  # (p,)
    vcov: Matrix  # (p, p), with the factor in it
    bare: Matrix  # (p, p), without
    tau2: float
    factor: float
    q: float  # residual heterogeneity, weights 1/v
    q_df: int
    df: int | None  # of t and F; None: normal and chi-square

    @property
    def se(self) -> Vector:
        """Standard errors of the coefficients, shape (p,)."""
        return np.sqrt(np.diag(self.vcov))


def fit(
    yi: Vector,
    vi: Vector,
    basis: Basis,
    method: Tau2Method | Literal["fixed"],
    test: Test,
    *,
    ai: Vector | None = None,
    fixed: float = 0.0,
) -> Fit:
    """Fit effects (k,) with sampling variances (k,) on a basis of the design matrix (k, p).

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances.
    basis : Basis
        Of the design matrix; k > p, or k = p for a fixed τ² and the test "z".
    method : str
        Estimator of τ², or "fixed" to take `fixed`.
    test : {"z", "t", "HKSJ", "HKSJ-adhoc"}
        t and HKSJ on k − p degrees of freedom.
    ai : array of shape (k,), optional
        Weights instead of 1/(v + τ²).

    References
    ----------
    Knapp & Hartung (2003), Stat Med 22:2693–2710. https://doi.org/10.1002/sim.1482

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> yi, vi = np.array([0.1, 0.2, 0.6, 0.5]), np.full(4, 0.02)
    >>> found = fit(yi, vi, orthonormal(x), "EE", "HKSJ")
    >>> found.beta.tolist(), found.factor
    ([0.11, 0.16], 1.05)
    """
    k, p = len(yi), len(basis)
    tau2 = fixed if method == "fixed" else estimate(method, yi, vi, basis.q, ai)
    si = vi + tau2
    made = coefficients(basis, yi, si, ai)
    factor = 1.0
    if test in ("HKSJ", "HKSJ-adhoc"):
        factor = quadratic(project(basis.q, 1 / si), yi) / (k - p)
        if test == "HKSJ-adhoc":
            factor = max(1.0, factor)
    return Fit(
        beta=made.beta,
        vcov=factor * made.vcov,
        bare=made.vcov,
        tau2=tau2,
        factor=factor,
        q=quadratic(project(basis.q, 1 / vi), yi),
        q_df=k - p,
        df=None if test == "z" else k - p,
    )


def residual_typical_variance(vi: Vector, q: Matrix) -> float:
    """The "typical" sampling variance (k − p) / tr(P) with weights 1/v.

    References
    ----------
    Higgins & Thompson (2002), Stat Med 21:1539–1558. https://doi.org/10.1002/sim.1186

    Examples
    --------
    >>> residual_typical_variance(np.full(3, 0.04), np.full((3, 1), 3**-0.5))
    0.04
    """
    return int(q.shape[0] - q.shape[1]) / trace(project(q, 1 / vi))


@dataclass(frozen=True, slots=True, kw_only=True)
class Omnibus:
    """That some coefficients are all zero: chi-square when `df2` is None, else F."""

    statistic: float
    df1: int
    df2: int | None
    pvalue: float


def omnibus(found: Fit, columns: Sequence[int]) -> Omnibus:
    """Wald test of several coefficients together, as chi-square or F by the test of the fit.

    Effects that lie on the fit exactly leave Hartung and Knapp no error: the statistic then is
    infinite, or not a number where the coefficients are zero too.

    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> found = fit(np.array([0.1, 0.2, 0.6, 0.5]), np.full(4, 0.02), orthonormal(x), "EE", "z")
    >>> tested = omnibus(found, [1])
    >>> tested.statistic, tested.df1, tested.df2
    (6.4, 1, None)
    """
    plain = wald(found.beta, found.bare, list(columns))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.float64(plain) / found.factor)
    return omnibus_of(statistic, len(columns), found.df)


def omnibus_of(statistic: float, count: int, df: int | None) -> Omnibus:
    """A Wald statistic of `count` coefficients as chi-square, or divided by `count` as F.

    >>> omnibus_of(3.84, 1, None).pvalue, omnibus_of(4.96, 1, 10).pvalue
    (0.05, 0.05)
    """
    if df is None:
        pvalue = float(chdtrc(count, statistic))
        return Omnibus(statistic=statistic, df1=count, df2=None, pvalue=pvalue)
    value = statistic / count
    return Omnibus(statistic=value, df1=count, df2=df, pvalue=float(fdtrc(count, df, value)))


def r2_of_tau2(without: float, with_moderators: float) -> float:
    """Share of τ² that the moderators account for, in percent; 0 when negative or nothing to share.

    References
    ----------
    Raudenbush (1994), in: Cooper & Hedges (eds), The Handbook of Research Synthesis, chapter 20;
    López-López et al. (2014), Br J Math Stat Psychol 67:30–48. https://doi.org/10.1111/bmsp.12002

    Examples
    --------
    >>> r2_of_tau2(0.4, 0.1)
    75.0
    """
    return max(0.0, 100 * (without - with_moderators) / without) if without > 0 else 0.0


def adjusted_r2(yi: Vector, vi: Vector, x: Matrix) -> float:
    """Adjusted R² of the weighted regression, in percent, never below 0: that of equal effects.

    Against the weighted mean; an intercept is added where the columns of `x` do not hold one.

    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> adjusted_r2(np.array([0.1, 0.2, 0.6, 0.5]), np.full(4, 0.02), x)
    62.9412
    """
    wi = 1 / vi
    basis = orthonormal(x).q
    ones = np.full(len(yi), len(yi) ** -0.5)
    left = ones - basis @ (basis.T @ ones)
    if float(left @ left) > 1e-16:
        basis = np.linalg.qr(np.column_stack([basis, left])).Q
    p = basis.shape[1]
    total = quadratic(project(ones[:, None], wi), yi)
    if total == 0 or len(yi) <= p:
        return 0.0
    unexplained = quadratic(project(basis, wi), yi) / total
    adjusted = 1 - unexplained * (len(yi) - 1) / (len(yi) - p)
    return max(0.0, 100 * adjusted) if math.isfinite(adjusted) else 0.0
