"""Between-study variance when studies give several dependent effects: moment estimators.

Two working models: the effects of a study share their sampling errors with correlation ρ
("CORR"), or are independent given a study effect and an effect of their own ("HIER").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector
from evidence.errors import SynthesisError

Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DependentVariances:
    """Between-study variance, within-study variance (HIER alone), and the weights they give.

    `q` is the weighted sum of squares that τ² rests on and `q_mean` what it is expected to be
    without variation between studies.
    """

    tau2: float
    omega2: float | None
    q: float
    q_mean: float
    weights: Vector


def correlated_effects(
    yi: Vector, vi: Vector, X: Matrix, study: Codes, rho: float
) -> DependentVariances:
    """Moment estimate under correlated effects; all effects of a study weigh the same.

    Parameters
    ----------
    yi, vi : arrays of shape (n,)
        Effects and sampling variances.
    X : array of shape (n, p)
        Design of full column rank.
    study : array of shape (n,)
        Numbers of the studies, from 0.
    rho : float
        Assumed correlation of sampling errors within a study.

    References
    ----------
    Hedges, Tipton & Johnson (2010), Res Synth Methods 1:39–65, section 3.1.
    https://doi.org/10.1002/jrsm.5

    Examples
    --------
    >>> y, v = np.array([0.1, 0.3, 0.8, 0.9]), np.array([0.02, 0.03, 0.05, 0.02])
    >>> correlated_effects(y, v, np.ones((4, 1)), np.array([0, 0, 1, 2]), 0.8).tau2
    0.1445
    """
    size = np.bincount(study)
    mean = np.bincount(study, vi) / size
    wi = (1 / (size * mean))[study]
    bread, residual = _fit(yi, X, wi)
    sums = _sums(X, study)
    per_study = 1 / (size * mean)
    own = np.einsum("n,np,nq->pq", wi / size[study], X, X)
    shared = np.einsum("j,jp,jq->pq", per_study / size, sums, sums) - own
    squared = np.einsum("j,jp,jq->pq", per_study**2, sums, sums)
    q = float(wi @ residual**2)
    q_mean = len(size) - float(np.trace(bread @ (own + rho * shared)))
    tau2 = max(0.0, (q - q_mean) / float(wi.sum() - np.trace(bread @ squared)))
    weights = (1 / (size * (mean + tau2)))[study]
    return DependentVariances(tau2=tau2, omega2=None, q=q, q_mean=q_mean, weights=weights)


def hierarchical_effects(yi: Vector, vi: Vector, X: Matrix, study: Codes) -> DependentVariances:
    """Moment estimates of τ² between and ω² within studies under hierarchical effects.

    Two quadratic forms of the residuals, Σw e² and the squared sums of e within studies, are set
    to their expectations, which are linear in τ² and ω². Without variation within studies the
    first form alone gives τ².

    Parameters
    ----------
    yi, vi, X, study
        As for `correlated_effects`.

    Raises
    ------
    SynthesisError
        When no study has more than one effect.

    References
    ----------
    Hedges, Tipton & Johnson (2010), Res Synth Methods 1:39–65, section 3.2.
    https://doi.org/10.1002/jrsm.5

    Examples
    --------
    >>> y, v = np.array([0.1, 0.9, 1.8, 2.9]), np.array([0.02, 0.03, 0.05, 0.02])
    >>> found = hierarchical_effects(y, v, np.ones((4, 1)), np.array([0, 0, 1, 1]))
    >>> found.tau2, found.omega2
    (1.065, 1.123)
    """
    size = np.bincount(study)
    if size.max() < 2:
        raise SynthesisError(
            "every study has one effect, so variation within studies cannot be told from variation "
            "between them. Use working='CORR', or pool the effects as independent."
        )
    wi = 1 / vi
    n, p = X.shape
    bread, residual = _fit(yi, X, wi)
    left = wi[:, None] * X  # WX
    sums, weighted_sums = _sums(X, study), _sums(left, study)
    within = sums.T @ sums  # XᵀJX
    spread = left.T @ left  # XᵀWWX
    between = weighted_sums.T @ weighted_sums  # XᵀWJWX
    # traces of RᵀARB, R = I − XMXᵀW, for A = J (all pairs within a study) and A = W
    forms_j = (
        float((size**2).sum()) - 2 * _trace(bread, sums.T @ (size[:, None] * weighted_sums))
        + _trace(bread, within, bread, between),
        n - 2 * _trace(bread, sums.T @ weighted_sums) + _trace(bread, within, bread, spread),
        float(vi.sum()) - 2 * _trace(bread, sums.T @ sums) + _trace(bread, within),
    )  # fmt: skip
    forms_w = (
        float(wi.sum()) - _trace(bread, between),
        float(wi.sum()) - _trace(bread, spread),
        float(n - p),
    )
    pairs = float(np.square(np.bincount(study, residual)).sum()) - forms_j[2]
    squares = float(wi @ residual**2)
    excess = squares - forms_w[2]
    determinant = forms_j[1] * forms_w[0] - forms_w[1] * forms_j[0]
    omega2 = max(0.0, (pairs * forms_w[0] - excess * forms_j[0]) / determinant)
    tau2 = max(0.0, (excess - omega2 * forms_w[1]) / forms_w[0])
    return DependentVariances(
        tau2=tau2, omega2=omega2, q=squares, q_mean=forms_w[2], weights=1 / (vi + tau2 + omega2)
    )


def _fit(yi: Vector, X: Matrix, wi: Vector) -> tuple[Matrix, Vector]:
    """(XᵀWX)⁻¹ and the residuals."""
    root = np.sqrt(wi)
    q, r = np.linalg.qr(root[:, None] * X)
    inverse = np.linalg.inv(r)
    return inverse @ inverse.T, yi - X @ (inverse @ (q.T @ (root * yi)))


def _sums(values: Matrix, study: Codes) -> Matrix:
    """Sums within studies; shape (m, p)."""
    return np.stack([np.bincount(study, column) for column in values.T], axis=1)


def _trace(*factors: Matrix) -> float:
    product = factors[0]
    for factor in factors[1:]:
        product = product @ factor
    return float(np.trace(product))
