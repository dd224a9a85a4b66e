"""Cluster-robust variances of weighted least squares, and tests that hold with few clusters.

The coefficients are M XᵀW y with M = (XᵀWX)⁻¹. Residuals e_j of cluster j are spread by an
adjustment A_j before they are squared: V = M (Σ_j X_jᵀ W_j A_j e_j e_jᵀ A_jᵀ W_j X_j) M. Weights
W and working covariance Φ are diagonal, or matrices that are zero between clusters; with W = Φ⁻¹
this is the usual random-effects or multilevel model. Everything is done cluster by cluster: no
matrix of all rows by all rows is made from diagonal weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.special import fdtrc, stdtr, stdtrit

from evidence._typing import Matrix, Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.diagonal_or_dense import (
    cluster_blocks,
    dense,
    inverse,
    square_root,
    times,
    total,
)

Correction: TypeAlias = Literal["CR0", "CR1", "CR1p", "CR1S", "CR2", "CR3"]
"""None; m/(m − 1); m/(m − p); m(n − 1)/((m − 1)(n − p)); bias-reduced; close to the jackknife."""

EMPTY = 1e-12  # an eigenvalue this far below those of Φ² is a direction without residual


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterRobust:
    """A robust covariance of p coefficients, with what its degrees of freedom rest on.

    `inner`, `outer` and `within` have shape (m, p, p), one matrix per cluster: Xᵀ L, XᵀWΦ L and
    Lᵀ Φ L, where L = A W X M carries residuals to coefficients. `spread` is M XᵀWΦWX M.
    """

    correction: Correction
    vcov: Matrix
    n_clusters: int
    n_rows: int
    bread: Matrix = field(repr=False)
    inner: NDArray[np.float64] = field(repr=False)
    outer: NDArray[np.float64] = field(repr=False)
    within: NDArray[np.float64] = field(repr=False)
    spread: Matrix = field(repr=False)

    @property
    def se(self) -> Vector:
        """Robust standard errors, shape (p,)."""
        return np.sqrt(np.diag(self.vcov))


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustWald:
    """An approximate Hotelling test: `statistic` is F on `df1` and `df2` degrees of freedom.

    `statistic` and `pvalue` are NaN where `df2` is not positive: too few clusters for the test.
    """

    statistic: float
    df1: int
    df2: float
    pvalue: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobustTests:
    """t tests of single coefficients, each field of shape (p,)."""

    statistic: Vector
    df: Vector
    pvalue: Vector
    ci_low: Vector
    ci_high: Vector


def cluster_robust(
    X: Matrix,
    residuals: Vector,
    clusters: NDArray[np.generic],
    *,
    weights: Vector | Matrix,
    covariance: Vector | Matrix | None = None,
    correction: Correction = "CR2",
) -> ClusterRobust:
    """Robust covariance of the coefficients of a weighted least-squares fit.

    Parameters
    ----------
    X : array of shape (n, p)
        Design of full column rank.
    residuals : array of shape (n,)
        y − Xb of the fit with these weights.
    clusters : array of shape (n,)
        Which rows belong together; rows of a cluster need not be adjacent.
    weights : array of shape (n,) or (n, n)
        Weights of the fit, symmetric; as a matrix, zero between clusters.
    covariance : array of shape (n,) or (n, n), optional
        Working covariance, up to a factor; 1/weights or the inverse of the weights when left out.
    correction : str
        How residuals, or the whole, are enlarged; see `Correction`.

    Raises
    ------
    OptionError
        For an unknown correction.
    SynthesisError
        With fewer than two clusters, a singular design, or weights that join clusters.

    References
    ----------
    Bell & McCaffrey (2002), Surv Methodol 28:169–181; Pustejovsky & Tipton (2018), J Bus Econ Stat
    36:672–683. https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> X, y, w = np.ones((4, 1)), np.array([0.1, 0.3, 0.8, 0.9]), np.array([50.0, 40, 30, 20])
    >>> e = y - w @ y / w.sum()
    >>> cluster_robust(X, e, np.array([1, 1, 2, 3]), weights=w).se
    array([0.2747])
    """
    if correction not in ADJUSTMENTS:
        raise OptionError("correction", correction, ADJUSTMENTS)
    names, codes = np.unique(np.asarray(clusters), return_inverse=True)
    n, p, m = X.shape[0], X.shape[1], len(names)
    if m < 2:
        raise SynthesisError(f"{m} cluster: robust errors rest on differences between clusters.")
    rows = [np.flatnonzero(codes == j) for j in range(m)]
    wj = cluster_blocks("weights", weights, rows)
    phij = (
        [inverse(w) for w in wj]
        if covariance is None
        else cluster_blocks("covariance", covariance, rows)
    )
    xj = [X[r] for r in rows]
    weighted = [times(w, x) for w, x in zip(wj, xj, strict=True)]
    bread = _bread(total([x.T @ wx for x, wx in zip(xj, weighted, strict=True)]))
    carried = [times(f, wx) for f, wx in zip(phij, weighted, strict=True)]
    spread = bread @ total([wx.T @ c for wx, c in zip(weighted, carried, strict=True)]) @ bread

    inner, outer, within = np.empty((m, p, p)), np.empty((m, p, p)), np.empty((m, p, p))
    scores = np.empty((m, p))
    for j in range(m):
        cluster = _Cluster(
            x=xj[j], phi=phij[j], wx=weighted[j], carried=carried[j], bread=bread, spread=spread
        )
        load = ADJUSTMENTS[correction](cluster) @ bread  # L: rows of the cluster by coefficients
        inner[j] = xj[j].T @ load
        outer[j] = carried[j].T @ load
        within[j] = load.T @ times(phij[j], load)
        scores[j] = load.T @ residuals[rows[j]]
    return ClusterRobust(
        correction=correction,
        vcov=_factor(correction, n, m, p) * (scores.T @ scores),
        n_clusters=m,
        n_rows=n,
        bread=bread,
        inner=inner,
        outer=outer,
        within=within,
        spread=spread,
    )


def satterthwaite(robust: ClusterRobust) -> Vector:
    """Degrees of freedom of each coefficient's robust variance; shape (p,).

    The variance is a quadratic form of the outcome; its mean and variance under the working
    covariance are those of a multiple of chi-square with this many degrees of freedom.

    References
    ----------
    Satterthwaite (1946), Biometrics 2:110–114; Pustejovsky & Tipton (2018), J Bus Econ Stat
    36:672–683. https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> X, y, w = np.ones((4, 1)), np.array([0.1, 0.3, 0.8, 0.9]), np.array([50.0, 40, 30, 20])
    >>> e = y - w @ y / w.sum()
    >>> satterthwaite(cluster_robust(X, e, np.array([1, 1, 2, 3]), weights=w))
    array([1.487])
    """
    p = len(robust.bread)
    found = np.empty(p)
    for c in range(p):
        u = _cross(robust, np.eye(p)[:, [c]])[:, :, 0, 0]
        whole, squares = np.trace(u), float(np.square(u).sum())
        found[c] = whole * whole / squares if squares > 0 else np.nan
    return found


def coefficient_tests(
    coef: Vector, robust: ClusterRobust, df: Vector, *, level: float = 0.95
) -> RobustTests:
    """Test single coefficients with robust errors by t, with their intervals.

    Parameters
    ----------
    coef, df : arrays of shape (p,)
        Coefficients and their degrees of freedom.
    robust : ClusterRobust
        Their robust covariance.
    level : float
        Confidence level.

    Examples
    --------
    >>> X, y, w = np.ones((4, 1)), np.array([0.1, 0.3, 0.8, 0.9]), np.array([50.0, 40, 30, 20])
    >>> b = np.array([w @ y / w.sum()])
    >>> robust = cluster_robust(X, y - b, np.array([1, 1, 2, 3]), weights=w)
    >>> coefficient_tests(b, robust, satterthwaite(robust)).pvalue
    array([0.304])
    """
    se = robust.se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = coef / se
    half = stdtrit(df, 1 - (1 - level) / 2) * se
    return RobustTests(
        statistic=statistic,
        df=df,
        pvalue=2 * stdtr(df, -np.abs(statistic)),
        ci_low=coef - half,
        ci_high=coef + half,
    )


def wald_test(coef: Vector, robust: ClusterRobust, contrasts: Matrix) -> RobustWald:
    """Test that several combinations of coefficients are zero, by the approximate Hotelling T².

    Parameters
    ----------
    coef : array of shape (p,)
        Coefficients.
    robust : ClusterRobust
        Their robust covariance.
    contrasts : array of shape (q, p)
        Combinations tested together; of full row rank.

    References
    ----------
    Tipton & Pustejovsky (2015), J Educ Behav Stat 40:604–634, test "HTZ".
    https://doi.org/10.3102/1076998615606099

    Examples
    --------
    >>> X, y, w = np.ones((4, 1)), np.array([0.1, 0.3, 0.8, 0.9]), np.array([50.0, 40, 30, 20])
    >>> b = np.array([w @ y / w.sum()])
    >>> robust = cluster_robust(X, y - b, np.array([1, 1, 2, 3]), weights=w)
    >>> wald_test(b, robust, np.eye(1)).df2
    1.487
    """
    contrasts = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    q = len(contrasts)
    u = _cross(robust, contrasts.T)
    mean = np.einsum("iist->st", u)
    values, vectors = np.linalg.eigh((mean + mean.T) / 2)
    if not values[0] > EMPTY * values[-1]:
        raise SynthesisError(
            f"the {q} contrasts cannot be tested together: the clusters do not vary in {q} "
            "independent directions. Test fewer contrasts."
        )
    root = (vectors / np.sqrt(values)) @ vectors.T
    v = np.einsum("as,ijst,tb->ijab", root, u, root, optimize=True)
    diagonal = np.einsum("ijss->ijs", v)
    variance = np.einsum("ijs,ijt->", diagonal, diagonal) + np.einsum("ijst,ijts->", v, v)
    eta = q * (q + 1) / float(variance)
    shift = contrasts @ coef
    squared = float(shift @ solve(contrasts @ robust.vcov @ contrasts.T, shift, assume_a="sym"))
    df2 = eta - q + 1
    if not df2 > 0:
        return RobustWald(statistic=float("nan"), df1=q, df2=df2, pvalue=float("nan"))
    statistic = df2 / (eta * q) * squared
    return RobustWald(statistic=statistic, df1=q, df2=df2, pvalue=float(fdtrc(q, df2, statistic)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cluster:
    """One cluster: design, covariance (vector or matrix), W X, Φ W X; the fit's M and spread."""

    x: Matrix
    phi: Vector | Matrix
    wx: Matrix
    carried: Matrix
    bread: Matrix
    spread: Matrix


def _plain(cluster: _Cluster) -> Matrix:
    """A W X with A the identity."""
    return cluster.wx


def _bias_reduced(cluster: _Cluster) -> Matrix:
    """A W X with A = Dᵀ (D B Dᵀ)^−½ D, DᵀD = Φ and B the covariance of the residuals.

    Under the working covariance the adjusted residuals then have the covariance Φ.
    """
    x, root = cluster.x, square_root(cluster.phi)
    cross = cluster.carried @ cluster.bread @ x.T
    residual = dense(cluster.phi) - cross - cross.T + x @ cluster.spread @ x.T
    scaled = times(root, times(root, residual).T)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    size = float(np.abs(times(root, times(root, dense(cluster.phi)).T)).max())
    kept = values > EMPTY * size
    scale = np.where(kept, np.where(kept, values, 1.0) ** -0.5, 0.0)
    return times(root, (vectors * scale) @ (vectors.T @ times(root, cluster.wx)))


def _jackknife(cluster: _Cluster) -> Matrix:
    """Transpose of A, times W X, with A = (I − H)⁻¹, H the hat matrix within the cluster."""
    hat = cluster.x @ cluster.bread @ cluster.wx.T
    values = np.linalg.svd(np.eye(len(hat)) - hat, compute_uv=False)
    if not values[-1] > EMPTY * values[0]:
        raise SynthesisError(
            "CR3 cannot be computed: one cluster alone determines a coefficient. Use CR2."
        )
    return np.asarray(np.linalg.solve(np.eye(len(hat)) - hat.T, cluster.wx))


ADJUSTMENTS: dict[str, Callable[[_Cluster], Matrix]] = {
    "CR0": _plain,
    "CR1": _plain,
    "CR1p": _plain,
    "CR1S": _plain,
    "CR2": _bias_reduced,
    "CR3": _jackknife,
}
"""How each correction spreads the residuals of a cluster."""


def _factor(correction: Correction, n: int, m: int, p: int) -> float:
    """What the whole is multiplied by: n rows, m clusters, p coefficients."""
    if (correction == "CR1p" and m <= p) or (correction == "CR1S" and n <= p):
        raise SynthesisError(
            f"{correction} needs more than {p} {'clusters' if correction == 'CR1p' else 'rows'}: "
            f"the model has {p} coefficients. Use a simpler model, or CR2."
        )
    if correction == "CR1":
        return m / (m - 1)
    if correction == "CR1p":
        return m / (m - p)
    return m * (n - 1) / ((m - 1) * (n - p)) if correction == "CR1S" else 1.0


def _cross(robust: ClusterRobust, directions: Matrix) -> NDArray[np.float64]:
    """Covariances, under the working model, of the clusters' shares in these directions.

    Of shape (m, m, q, q): what cluster i adds along direction s, with cluster j along t.
    """
    m, q = robust.n_clusters, directions.shape[1]
    inner, outer = robust.inner @ directions, robust.outer @ directions
    mixed = np.einsum("ias,ab,jbt->ijst", outer, robust.bread, inner, optimize=True)
    common = np.einsum("ias,ab,jbt->ijst", inner, robust.spread, inner, optimize=True)
    u: NDArray[np.float64] = common - mixed - mixed.transpose(1, 0, 3, 2)
    own = np.arange(m)
    u[own, own] += np.einsum("as,iab,bt->ist", directions, robust.within, directions).reshape(
        m, q, q
    )
    return u


def _bread(information: Matrix) -> Matrix:
    """Inverse of XᵀWX, columns scaled so that units do not decide whether it is singular."""
    scale = np.sqrt(np.diag(information))
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise SynthesisError("a column of the design is zero or not finite.")
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if not values[0] > 1e-13 * values[-1]:
        raise SynthesisError(
            "the design is singular: its columns depend on each other. Leave one out."
        )
    return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale))
