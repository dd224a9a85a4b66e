"""The multilevel model: effects with a known sampling covariance and structured random effects.

y = Xβ + Σ Zu + e, with Var(e) = V known and Var(y) = M(θ) = V + the covariances of all terms. The
coefficients are profiled out; the (restricted) likelihood is a function of θ alone, with exact
gradient and Hessian. Everything is a sum over independent blocks of rows.

Harville (1977), JASA 72:320–338; Lindstrom & Bates (1988), JASA 83:1014–1022; for meta-analysis
Konstantopoulos (2011), Res Synth Methods 2:61–76, https://doi.org/10.1002/jrsm.35.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector
from evidence.kernels.blocks import Codes, Stack, connected, nonzero_pairs, padded, stacks
from evidence.kernels.box_newton import Slopes
from evidence.kernels.likelihood import FitStatistics, Likelihood
from evidence.kernels.structures import Structure, curvatures

FLAT = ("ID", "DIAG", "CS")  # structures linear in θ: their slopes are made once


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """Random effects of the `inner` levels within the `outer` groups, both numbered from 0.

    `positions` has one number per inner level: where it lies, for the autoregressive structures.
    """

    outer: Codes
    inner: Codes
    structure: Structure
    positions: Vector

    @property
    def bounds(self) -> tuple[Vector, Vector]:
        """The box of this term's θ."""
        return self.structure.bounds(len(self.positions))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One stack of blocks: padded V, design, effects, and where each term's G goes."""

    stack: Stack
    v: Matrix  # (B, n, n)
    q: Matrix  # (B, n, p): orthonormal design
    y: Matrix  # (B, n): effects less their ordinary least-squares fit
    places: tuple[NDArray[np.intp], ...]  # per term (B, n, n): element of G, or its size: none
    slopes: tuple[Matrix | None, ...]  # per term (m, B, n, n), where the structure is linear
    all_slopes: Matrix | None  # those of all terms, when all are linear


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model made ready: `y` and `x` as given, rows sorted into independent blocks."""

    y: Vector
    x: Matrix
    terms: tuple[Term, ...]
    block: Codes
    start: Vector  # coefficients of ordinary least squares, on the orthonormal design
    triangle: Matrix  # X = Q · triangle
    parts: tuple[_Part, ...]

    @property
    def freedom(self) -> int:
        """Rows less coefficients."""
        return len(self.y) - int(self.x.shape[1])

    @property
    def bounds(self) -> tuple[Vector, Vector]:
        """The box of all terms' θ, end to end."""
        boxes = [term.bounds for term in self.terms] or [(np.empty(0), np.empty(0))]
        return np.concatenate([b[0] for b in boxes]), np.concatenate([b[1] for b in boxes])

    def split(self, theta: Vector) -> list[Vector]:
        """Each term's own θ."""
        ends = np.cumsum([len(term.bounds[0]) for term in self.terms])
        return np.split(theta, ends[:-1]) if self.terms else []


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Generalised least squares at one θ; `squares` is (y − Xβ)ᵀ M⁻¹ (y − Xβ)."""

    coefficients: Vector
    vcov: Matrix
    squares: float
    log_likelihood: float


@dataclass(frozen=True, slots=True, eq=False)
class _Factored:
    """Everything of one θ that value and derivatives share."""

    w: list[Matrix]  # M⁻¹ per part
    z: list[Matrix]  # M⁻¹ Q
    u: list[Matrix]  # M⁻¹ (y − Xβ)
    inner: Matrix  # (Qᵀ M⁻¹ Q)⁻¹
    b: Vector
    squares: float
    value: float  # minus the log-likelihood


def prepare(y: Vector, v: Vector | Matrix, x: Matrix, terms: tuple[Term, ...]) -> Model:
    """Sort the rows into blocks and lay everything out for the evaluations to come.

    Parameters
    ----------
    y : array of shape (k,)
        Effects.
    v : array of shape (k,) or (k, k)
        Sampling variances, or their covariance matrix.
    x : array of shape (k, p)
        Design, of full column rank.
    terms : tuple of Term
        Random effects; none for the model with sampling error only.

    Examples
    --------
    >>> model = prepare(np.array([0.1, 0.3, 0.8]), np.full(3, 0.04), np.ones((3, 1)), ())
    >>> model.freedom, model.terms
    (2, ())
    """
    edges = nonzero_pairs(v) if v.ndim == 2 else None
    block = connected(len(y), [term.outer for term in terms], edges)
    q, triangle = np.linalg.qr(x)
    start = q.T @ y
    rest = y - q @ start
    parts = []
    for stack in stacks(block):
        places, slopes = [], []
        for term in terms:
            size = len(term.positions)
            inner = term.inner[stack.rows]
            place = np.where(
                stack.same_group(term.outer), inner[:, :, None] * size + inner[:, None, :], size**2
            )
            places.append(place)
            flat = term.structure.name in FLAT
            theta = np.empty(0)
            slopes.append(
                _spread(term.structure.slopes(theta, term.positions), place) if flat else None
            )
        parts.append(
            _Part(
                stack,
                padded(stack, v),
                stack.of_rows(q),
                stack.of_rows(rest),
                tuple(places),
                tuple(slopes),
                joined(slopes),
            )
        )
    return Model(y, x, terms, block, start, triangle, tuple(parts))


def joined(slopes: Sequence[Matrix | None]) -> Matrix | None:
    """Slopes of all terms end to end, when there are any and every one is there.

    >>> one = np.ones((1, 1, 2, 2))
    >>> joined([one, one]).shape, joined([one, None])
    ((2, 1, 2, 2), None)
    """
    known = [made for made in slopes if made is not None]
    return np.concatenate(known) if known and len(known) == len(slopes) else None


def _spread(g: Matrix, place: NDArray[np.intp]) -> Matrix:
    """Elements of G, shape (…, q, q), laid where they belong: (…, B, n, n), zero elsewhere."""
    flat = g.reshape(*g.shape[:-2], -1)
    padding = np.zeros((*flat.shape[:-1], 1))
    return np.take(np.concatenate([flat, padding], axis=-1), place, axis=-1)


def _covariances(model: Model, theta: Vector) -> list[Matrix]:
    own = model.split(theta)
    return [t.structure.covariance(own[i], t.positions) for i, t in enumerate(model.terms)]


def _factor(model: Model, kind: Likelihood, theta: Vector) -> _Factored | None:
    """Factor M(θ) and fit the coefficients; None where M is not positive definite."""
    p = model.x.shape[1]
    ws, zs, log_m = [], [], 0.0
    a, c = np.zeros((p, p)), np.zeros(p)
    try:
        for part, m in zip(model.parts, _blocks(model, theta), strict=True):
            factor = np.linalg.cholesky(m)
            log_m += 2 * float(np.log(np.diagonal(factor, axis1=1, axis2=2)).sum())
            w = np.asarray(np.linalg.inv(m), dtype=np.float64)
            z = w @ part.q
            flat = z.reshape(-1, p)
            a += part.q.reshape(-1, p).T @ flat
            c += flat.T @ part.y.ravel()
            ws.append(w)
            zs.append(z)
        root = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.inv(root)
    inner = half.T @ half
    b = inner @ c
    us, squares = [], 0.0
    for part, w in zip(model.parts, ws, strict=True):
        r = part.y - part.q @ b
        u = (w @ r[:, :, None])[:, :, 0]
        squares += float(r.ravel() @ u.ravel())
        us.append(u)
    value = 0.5 * (log_m + squares)
    if kind == "REML":  # Q is orthonormal, so that log|XᵀX| is in already
        value += float(np.log(np.diag(root)).sum()) + 0.5 * model.freedom * math.log(2 * math.pi)
    else:
        value += 0.5 * len(model.y) * math.log(2 * math.pi)
    return _Factored(ws, zs, us, inner, b, squares, value) if math.isfinite(value) else None


def log_likelihood(model: Model, kind: Likelihood, theta: Vector) -> float:
    """Log-likelihood at θ, the coefficients at their estimates; −∞ where M is not definite.

    The restricted likelihood carries its constant ½ log|XᵀX|.

    >>> y, v = np.array([-1.0, 2.0]), np.array([2.224722, 2.274722])
    >>> log_likelihood(prepare(y, v, np.ones((2, 1)), ()), "ML", np.empty(0))
    -3.6487
    """
    found = _factor(model, kind, theta)
    return -math.inf if found is None else -found.value


def weighted_fit(model: Model, kind: Likelihood, theta: Vector) -> Weighted:
    """Coefficients and their covariance at θ.

    Examples
    --------
    >>> y, v = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> weighted_fit(prepare(y, v, np.ones((3, 1)), ()), "REML", np.empty(0)).coefficients
    array([0.3])
    """
    found = _factor(model, kind, theta)
    if found is None:
        raise np.linalg.LinAlgError("the covariance is not positive definite")
    back = np.linalg.inv(model.triangle)
    return Weighted(
        back @ (model.start + found.b), back @ found.inner @ back.T, found.squares, -found.value
    )


def fit_statistics(
    model: Model, fitted: Weighted, kind: Likelihood, parameters: int
) -> FitStatistics:
    """Information criteria with k observations for ML and k − p for REML.

    The deviance of the full likelihood is against a mean of its own for every effect.

    >>> model = prepare(np.array([0.1, 0.3, 0.8]), np.full(3, 0.04), np.ones((3, 1)), ())
    >>> found = fit_statistics(model, weighted_fit(model, "REML", np.empty(0)), "REML", 1)
    >>> found.aic + 2 * found.log_likelihood, found.parameters
    (2.0, 1)
    """
    n = len(model.y) if kind == "ML" else model.freedom
    value, saturated = fitted.log_likelihood, 0.0
    if kind == "ML":
        pivots = [np.diagonal(np.linalg.cholesky(p.v), axis1=1, axis2=2) for p in model.parts]
        logs = sum(float(np.log(some).sum()) for some in pivots)
        saturated = -logs - 0.5 * n * math.log(2 * math.pi)
    enough = max(n, parameters + 2)
    return FitStatistics(
        likelihood=kind,
        log_likelihood=value,
        deviance=-2 * (value - saturated),
        aic=-2 * value + 2 * parameters,
        bic=-2 * value + parameters * math.log(n),
        aicc=-2 * value + 2 * parameters * enough / (enough - parameters - 1),
        parameters=parameters,
    )


def covariance(model: Model, theta: Vector) -> Matrix:
    """M(θ) in full, shape (k, k), rows in the order given.

    >>> from evidence.kernels.structures import STRUCTURES
    >>> shared = Term(np.array([0, 0, 1]), np.zeros(3, dtype=int), STRUCTURES["ID"], np.zeros(1))
    >>> model = prepare(np.array([0.1, 0.3, 0.8]), np.full(3, 0.5), np.ones((3, 1)), (shared,))
    >>> covariance(model, np.array([0.25])).tolist()
    [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 0.75]]
    """
    return _full(model, _blocks(model, theta))


def precision(model: Model, theta: Vector) -> Matrix:
    """M(θ)⁻¹ in full, exactly zero between blocks.

    >>> model = prepare(np.array([0.1, 0.3]), np.array([0.5, 0.25]), np.ones((2, 1)), ())
    >>> precision(model, np.empty(0)).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    return _full(model, [np.asarray(np.linalg.inv(m)) for m in _blocks(model, theta)])


def smallest_pivot(model: Model) -> float:
    """How far V is from singular: its smallest squared pivot as a part of the variance there.

    1 for independent effects; 0, or NaN, where some combination of effects has no sampling error.

    >>> v = np.array([[1.0, 0.6], [0.6, 1.0]])
    >>> smallest_pivot(prepare(np.array([0.1, 0.3]), v, np.ones((2, 1)), ()))
    0.64
    """
    least = 1.0
    for part in model.parts:
        try:
            pivots = np.diagonal(np.linalg.cholesky(part.v), axis1=1, axis2=2)
        except np.linalg.LinAlgError:
            return 0.0
        least = min(least, float((pivots**2 / np.diagonal(part.v, axis1=1, axis2=2)).min()))
    return least


def _blocks(model: Model, theta: Vector) -> list[Matrix]:
    gs, found = None, []
    for part in model.parts:
        if part.all_slopes is not None:
            rates = part.all_slopes
            found.append(part.v + (theta @ rates.reshape(len(theta), -1)).reshape(part.v.shape))
            continue
        m, gs = part.v.copy(), _covariances(model, theta) if gs is None else gs
        for g, place in zip(gs, part.places, strict=True):
            m += _spread(g, place)
        found.append(m)
    return found


def _full(model: Model, blocks: list[Matrix]) -> Matrix:
    out = np.zeros((len(model.y), len(model.y)))
    for part, m in zip(model.parts, blocks, strict=True):
        pairs = part.stack.filled[:, :, None] & part.stack.filled[:, None, :]
        rows = np.broadcast_to(part.stack.rows[:, :, None], m.shape)
        columns = np.broadcast_to(part.stack.rows[:, None, :], m.shape)
        out[rows[pairs], columns[pairs]] = m[pairs]
    return out


def slopes(model: Model, kind: Likelihood, theta: Vector) -> Slopes | None:
    """Minus the log-likelihood with gradient, observed and expected Hessian; None outside.

    With P = W − W X (XᵀWX)⁻¹ Xᵀ W, u = P y and Dᵢ = ∂M/∂θᵢ, and W in place of P in the traces
    for the full likelihood:

        gᵢ = ½ tr(P Dᵢ) − ½ uᵀ Dᵢ u
        expected Hᵢⱼ = ½ tr(P Dᵢ P Dⱼ)
        observed Hᵢⱼ = uᵀ Dᵢ P Dⱼ u − ½ tr(P Dᵢ P Dⱼ) + ½ ⟨P − uuᵀ, ∂²M/∂θᵢ∂θⱼ⟩

    >>> from evidence.kernels.structures import STRUCTURES
    >>> each = Term(np.arange(2), np.zeros(2, dtype=int), STRUCTURES["ID"], np.zeros(1))
    >>> y, v = np.array([-1.0, 2.0]), np.array([0.04, 0.09])
    >>> model = prepare(y, v, np.ones((2, 1)), (each,))
    >>> slopes(model, "REML", np.array([4.4])).gradient < 0
    array([ True])
    >>> slopes(model, "REML", np.array([4.5])).gradient > 0
    array([ True])
    """
    found = _factor(model, kind, theta)
    if found is None:
        return None
    own, m = model.split(theta), len(theta)
    p = model.x.shape[1]
    restricted = kind == "REML"
    gradient = np.zeros(m)
    sums = [np.zeros(len(term.positions) ** 2 + 1) for term in model.terms]
    traces, cross = np.zeros((m, m)), np.zeros((m, m))
    by_x, by_ux = np.zeros((m, p, p)), np.zeros((m, p))
    quadratic = np.zeros((m, m))
    for part, w, z, u in zip(model.parts, found.w, found.z, found.u, strict=True):
        weight = w - z @ found.inner @ z.transpose(0, 2, 1) if restricted else w
        weight = weight - u[:, :, None] * u[:, None, :]
        if part.all_slopes is not None:
            d = part.all_slopes
        else:
            for total, place in zip(sums, part.places, strict=True):
                total += np.bincount(place.ravel(), weight.ravel(), minlength=len(total))
            d = np.concatenate(
                [
                    _spread(t.structure.slopes(own[i], t.positions), part.places[i])
                    if (made := part.slopes[i]) is None
                    else made
                    for i, t in enumerate(model.terms)
                ]
            )
        gradient += 0.5 * (d.reshape(m, -1) @ weight.ravel())
        wd = w @ d
        rows = wd.reshape(m, -1)
        traces += rows @ wd.transpose(0, 1, 3, 2).reshape(m, -1).T
        du = d @ u[:, :, None]
        wdu = w @ du
        quadratic += du.reshape(m, -1) @ wdu.reshape(m, -1).T
        by_ux += du.reshape(m, -1) @ z.reshape(-1, p)
        if restricted:
            dz = d @ z
            wdz = w @ dz
            cross += (dz @ found.inner).reshape(m, -1) @ wdz.reshape(m, -1).T
            by_x += z.reshape(-1, p).T @ dz.reshape(m, -1, p)
    quadratic -= by_ux @ found.inner @ by_ux.T
    if restricted:
        ix = found.inner @ by_x
        traces += -2 * cross + np.einsum("ipr,jrp->ij", ix, ix)
    expected = 0.25 * (traces + traces.T)
    observed = 0.5 * (quadratic + quadratic.T) - expected
    at = 0
    for term, part_of_theta, total in zip(model.terms, own, sums, strict=True):
        size = len(part_of_theta)
        if term.structure.name not in FLAT:
            g2 = curvatures(term.structure, part_of_theta, term.positions)
            own_place = slice(at, at + size)
            observed[own_place, own_place] += 0.5 * (g2.reshape(size, size, -1) @ total[:-1])
        at += size
    return Slopes(found.value, gradient, observed, expected)
