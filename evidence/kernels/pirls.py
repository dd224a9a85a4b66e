"""Where lme4 sets out from: fixed and random effects fitted together, given their spread.

lme4 (Bates, Mächler, Bolker & Walker 2015, J Stat Softw 67(1), https://doi.org/10.18637/jss.v067.i01)
fits a generalised linear mixed model in two rounds. In the first, coefficients and random effects
are found together by penalised iteratively reweighted least squares, and only the standard
deviations are optimised. The linear predictor at its end is where every search for a mode starts in
the second round, so that round's numbers depend on it in the fourth digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.mixed import LME4_TOLERANCE, STEPS, Mixed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstRound:
    """Its end: shared parameters (p + q,), own ones (k,), linear predictor (k, r)."""

    shared: Vector
    own: Vector
    eta: Matrix


def first_round(model: Mixed, eta: Matrix) -> FirstRound:
    """Fit by penalised least squares, choosing the standard deviations by Laplace's method.

    Parameters
    ----------
    model : Mixed
        With `peak`.
    eta : array of shape (k, r)
        Linear predictor to start from, such as that of the shares with 1/2 added.

    Examples
    --------
    >>> from evidence.kernels.cumulants import binomial
    >>> model = Mixed(y=np.array([[2.0], [5.0], [9.0]]), cumulant=binomial(np.full((3, 1), 10.0)),
    ...               offset=np.zeros((3, 1)), x=np.ones((3, 1, 1)), z=np.ones((3, 1, 1)))
    >>> first_round(model, np.zeros((3, 1))).shared.round(2).tolist()
    [0.18, 1.24]
    """
    q = model.sizes[1]

    def loss(sd: Vector) -> float:
        return _joint(model, eta, np.abs(sd))[1]

    found = minimize(
        loss, np.ones(q), method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-8, "maxfev": 2000 * q},
    )  # fmt: skip
    if not found.success:
        raise ConvergenceError(
            "the first round of the fit did not settle. Use the default laplace='converged'."
        )
    return _joint(model, eta, np.abs(found.x))[0]


def with_path(model: Mixed, eta: Matrix) -> tuple[Mixed, FirstRound]:
    """The model that searches its modes from where the first round ends, and that round.

    >>> from evidence.kernels.cumulants import binomial
    >>> model = Mixed(y=np.array([[2.0], [5.0], [9.0]]), cumulant=binomial(np.full((3, 1), 10.0)),
    ...               offset=np.zeros((3, 1)), x=np.ones((3, 1, 1)), z=np.ones((3, 1, 1)))
    >>> changed, start = with_path(model, np.zeros((3, 1)))
    >>> np.array_equal(changed.path, start.eta), int(start.eta[:, 0].argmax())
    (True, 2)
    """
    start = first_round(model, eta)
    return replace(model, path=start.eta), start


def _joint(model: Mixed, eta: Matrix, sd: Vector) -> tuple[FirstRound, float]:
    """Coefficients and random effects together; and −2 log-likelihood by Laplace's method."""
    k, p, q = len(eta), *model.sizes
    scaled = model.z * sd
    local = scaled if model.own is None else np.concatenate([scaled, model.own[..., None]], axis=2)
    penalty = np.zeros(local.shape[2])
    penalty[:q] = 1.0
    use = np.ones_like(model.y) if model.use is None else model.use
    before = np.inf
    for _ in range(STEPS):
        _, mean, variance = model.cumulant(eta)
        weight = variance * use
        work = weight * (eta - model.offset) + (model.y - mean) * use
        inner = np.einsum("kr,krs,krt->kst", weight, local, local) + np.diag(penalty)
        logdet = float(np.log(np.linalg.det(inner[:, :q, :q])).sum())
        if model.own is not None:  # a study whose own effect has no data keeps it at zero
            inner[:, q, q] += inner[:, q, q] == 0
        crossed = np.einsum("kr,krs,krp->ksp", weight, local, model.x)
        right = np.einsum("krs,kr->ks", local, work)
        solved = np.linalg.solve(inner, np.concatenate([crossed, right[..., None]], axis=2))
        information = np.einsum("kr,krp,krt->pt", weight, model.x, model.x) - np.einsum(
            "ksp,kst->pt", crossed, solved[..., :p]
        )
        target = np.einsum("krp,kr->p", model.x, work) - np.einsum(
            "ksp,ks->p", crossed, solved[..., p]
        )
        beta = np.linalg.solve(information, target)
        effects = solved[..., p] - solved[..., :p] @ beta
        eta = model.offset + model.x @ beta + (local * effects[:, None, :]).sum(axis=-1)
        squares = float(np.square(effects[:, :q]).sum())
        fitted = float((use * (model.y * eta - model.cumulant(eta)[0])).sum())
        deviance = 2 * model.peak - 2 * fitted + squares
        if abs(before - deviance) < LME4_TOLERANCE * abs(deviance):
            own = effects[:, q] if model.own is not None else np.zeros(k)
            return FirstRound(shared=np.concatenate([beta, sd]), own=own, eta=eta), (
                deviance + logdet
            )
        before = deviance
    return FirstRound(shared=np.concatenate([np.zeros(p), sd]), own=np.zeros(k), eta=eta), np.inf
