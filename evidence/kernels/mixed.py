"""Likelihood of counts with normal random effects per study, integrated and maximised.

Study i has r counts y with linear predictors η = offset + Xβ + xγ_i + Σ_q z_q s_q u_q. β is shared,
γ_i is the study's own fixed effect (where the model has one), u is standard normal and s_q are the
standard deviations of the random effects. The integral over u is taken by Laplace's method or, for
a single random effect, by Gauss–Hermite quadrature centred at the mode of the integrand.

Gradients are exact (complex step, through the mode by one further Newton step); the Hessian is the
central difference of exact gradients. Parameters of different studies meet only through β and s, so
each Newton step eliminates the γ first: the work grows with k, not with its cube.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.cumulants import Array, Cumulant
from evidence.kernels.quadrature import gauss_hermite, log_sum_exp

COMPLEX_STEP = 1e-30
STEP = 2e-5  # for differences of exact gradients: error about STEP² ~ 4e-10
CLOSE = 1e-9  # relative rise that a Newton step promises: near enough for full steps
POLISHING = 3  # full steps taken then: the number of right digits doubles with each
IDLE = 1e-9  # information below which a study's own parameter is left where it is
LONGEST = 4.0  # of a Newton step, on the log scale
STEPS = 200  # of a search for the mode of an integrand
LME4_TOLERANCE = 1e-7  # its default, `tolPwrss`
VAGUE = 1e4  # variance of a log odds or log rate: one event and one non-event already give 2
FAR = 100.0  # on the log scale no coefficient is as large as this

UNBOUNDED = (
    "the likelihood keeps rising as a coefficient grows without bound: in one group nobody, or "
    "everybody, has the event. Use Mantel–Haenszel or Peto, or add studies."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixed:
    """The model: `y`, `offset`, `use` (k, r); `x` (k, r, p); `own` (k, r) or None; `z` (k, r, q).

    `use` is 1, or 0 for a count that is left out. `points` is the number of quadrature points, 1
    for Laplace. `constant` is what the log-likelihood has besides yη − b.

    With `path`, an η of shape (k, r), Laplace's method stops as lme4 does: the mode is approached
    from there by reweighted least squares until the penalised deviance, 2·`peak` − 2 log of the
    integrand, changes by less than a part in 10⁷; the curvature is that before the last step.
    """

    y: Matrix
    cumulant: Cumulant
    offset: Matrix
    x: NDArray[np.float64]
    z: NDArray[np.float64]
    own: Matrix | None = None
    use: Matrix | None = None
    points: int = 1
    constant: float = 0.0
    path: Matrix | None = None
    peak: float = 0.0  # largest possible sum of yη − b

    @property
    def sizes(self) -> tuple[int, int]:
        """Numbers of shared coefficients and of random effects."""
        return self.x.shape[2], self.z.shape[2]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedFit:
    """A maximum: `shared` are β then s, `own` the γ of shape (k,), zero where there are none.

    `information` is minus the Hessian of β and s with γ eliminated; `own_information` of shape
    (k,) and `between` of shape (k, p + q) are its other parts, before elimination.
    """

    shared: Vector
    own: Vector
    log_likelihood: float
    free: NDArray[np.bool_]
    information: Matrix
    own_information: Vector
    between: Matrix
    iterations: int

    def covariance(self) -> Matrix:
        """Inverse of the information of the free shared parameters; NaN for the others."""
        found = np.full_like(self.information, np.nan)
        rows = np.ix_(self.free, self.free)
        found[rows] = np.linalg.inv(self.information[rows])
        return found


def contributions(model: Mixed, shared: Array, own: Array, mode: Array) -> tuple[Array, Array]:
    """Log-likelihood of each study, and the mode of its integrand.

    Parameters
    ----------
    shared : array of shape (p + q,)
        β, then s.
    own : array of shape (k,)
        γ.
    mode : array of shape (k, q)
        Where the search for the mode starts; with complex parameters, the mode at their real part.

    Returns
    -------
    (array of shape (k,), array of shape (k, q))

    Examples
    --------
    >>> from evidence.kernels.cumulants import poisson
    >>> model = Mixed(y=np.array([[3.0]]), cumulant=poisson, offset=np.zeros((1, 1)),
    ...               x=np.ones((1, 1, 1)), z=np.zeros((1, 1, 0)))
    >>> contributions(model, np.log([3.0]), np.zeros(1), np.zeros((1, 0)))[0]
    array([0.2958])
    """
    p, _ = model.sizes
    base = model.offset + model.x @ shared[:p]
    if model.own is not None:
        base = base + model.own * own[:, None]
    if not model.sizes[1]:
        return _height(model, base, model.z, mode), mode
    scaled = model.z * shared[p:]
    if model.path is not None:
        return _unfinished(model, model.path, base, scaled)
    if np.iscomplexobj(base) or np.iscomplexobj(scaled):
        gradient, curvature = _slope(model, base, scaled, mode)
        mode = mode + np.linalg.solve(curvature, gradient[..., None])[..., 0]
    else:
        mode = _mode(model, base, scaled, mode)
    curvature = _slope(model, base, scaled, mode)[1]
    if model.points == 1:
        return _height(model, base, scaled, mode) - 0.5 * np.log(np.linalg.det(curvature)), mode
    nodes, log_weights = gauss_hermite(model.points)
    width = curvature[:, 0, 0] ** -0.5
    places = mode + width[:, None] * nodes[:, None, None]
    heights = _height(model, base, scaled, places)
    summed = log_sum_exp(heights + (nodes * nodes / 2 + log_weights)[:, None])
    return summed + np.log(width), mode


def linear_predictor(model: Mixed, shared: Vector, own: Vector, mode: Matrix) -> Matrix:
    """The η of every count, of shape (k, r), at random effects `mode` of shape (k, q).

    >>> from evidence.kernels.cumulants import poisson
    >>> model = Mixed(y=np.array([[3.0]]), cumulant=poisson, offset=np.ones((1, 1)),
    ...               x=np.ones((1, 1, 1)), z=np.zeros((1, 1, 0)))
    >>> linear_predictor(model, np.array([2.0]), np.zeros(1), np.zeros((1, 0)))
    array([[3.]])
    """
    p = model.sizes[0]
    eta = model.offset + model.x @ shared[:p]
    if model.own is not None:
        eta = eta + model.own * own[:, None]
    return np.asarray(eta + (model.z * shared[p:] * mode[:, None, :]).sum(axis=-1))


def log_likelihood(model: Mixed, shared: Vector, own: Vector) -> float:
    """Log-likelihood at these parameters.

    >>> from evidence.kernels.cumulants import poisson
    >>> model = Mixed(y=np.array([[3.0]]), cumulant=poisson, offset=np.zeros((1, 1)),
    ...               x=np.ones((1, 1, 1)), z=np.zeros((1, 1, 0)))
    >>> log_likelihood(model, np.zeros(1), np.zeros(1))
    -1.0
    """
    start = np.zeros((len(model.y), model.sizes[1]))
    return model.constant + float(contributions(model, shared, own, start)[0].sum())


def maximise(
    model: Mixed,
    shared: Vector,
    own: Vector,
    *,
    fixed: Iterable[int] = (),
    steps: int = 200,
) -> MixedFit:
    """The parameters with the highest likelihood near a start.

    Parameters
    ----------
    shared, own : arrays of shape (p + q,) and (k,)
        Where to start.
    fixed : iterable of int
        Shared parameters that stay where they are.
    steps : int
        Newton steps allowed.

    Raises
    ------
    ConvergenceError
        When a coefficient runs off to infinity, or the steps are used up.

    Examples
    --------
    >>> from evidence.kernels.cumulants import poisson
    >>> model = Mixed(y=np.array([[3.0], [5.0]]), cumulant=poisson, offset=np.zeros((2, 1)),
    ...               x=np.ones((2, 1, 1)), z=np.zeros((2, 1, 0)))
    >>> np.exp(maximise(model, np.zeros(1), np.zeros(2)).shared)
    array([4.])
    """
    free = np.ones(len(shared), dtype=bool)
    free[list(fixed)] = False
    mode = np.zeros((len(model.y), model.sizes[1]))
    start = _Point(shared=shared, own=own, mode=mode, value=0.0)
    point = _moved_to(model, start, shared, own)
    final = 0
    for step in range(1, steps + 1):
        slopes = _slopes(model, point, free)
        move, own_move, decrement = slopes.newton()
        if final == POLISHING:
            return _result(model, point, slopes, step)
        if final or decrement < CLOSE * max(1.0, abs(point.value)):
            # so near the top every step gains more digits than the likelihood can show
            point = _moved_to(model, point, point.shared + move, point.own + own_move)
            final += 1
            continue
        higher = _climb(model, point, move, own_move)
        if higher is None:
            break
        point = higher
        if np.abs(point.shared).max() > FAR:
            raise ConvergenceError(UNBOUNDED)
    raise ConvergenceError(
        "the likelihood did not settle on a maximum. Try another model, or tau2='EE'."
    )


def _result(model: Mixed, point: _Point, slopes: _Slopes, iterations: int) -> MixedFit:
    fit = MixedFit(
        shared=point.shared,
        own=point.own,
        log_likelihood=model.constant + point.value,
        free=slopes.free,
        information=slopes.eliminated(),
        own_information=slopes.own_information,
        between=slopes.between,
        iterations=iterations,
    )
    p = model.sizes[0]
    variances = np.diag(fit.covariance())[:p][slopes.free[:p]]
    if not (variances < VAGUE).all():
        raise ConvergenceError(UNBOUNDED)
    return fit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Point:
    """Parameters, the modes of the integrands there, and the log-likelihood."""

    shared: Vector
    own: Vector
    mode: Matrix
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Slopes:
    """Gradient of the log-likelihood, and minus its Hessian in parts; q and p free alone count."""

    free: NDArray[np.bool_]
    gradient: Vector
    own_gradient: Vector
    information: Matrix
    own_information: Vector
    between: Matrix

    def _own_inverse(self) -> Vector:
        size = np.abs(self.own_information)
        return np.divide(1.0, size, out=np.zeros_like(size), where=size > IDLE)

    def eliminated(self) -> Matrix:
        """Information of the shared parameters once the studies' own have been maximised over."""
        return self.information - (self.between.T * self._own_inverse()) @ self.between

    def newton(self) -> tuple[Vector, Vector, float]:
        """Step of the shared and the own parameters uphill, and twice the rise it promises."""
        inverse = self._own_inverse()
        rest = self.gradient - self.between.T @ (inverse * self.own_gradient)
        move = np.zeros_like(rest)
        if self.free.any():
            rows = np.ix_(self.free, self.free)
            values, vectors = np.linalg.eigh(self.eliminated()[rows])
            floor = max(float(np.abs(values).max()) * 1e-10, 1e-300)
            bent = np.maximum(np.abs(values), floor)  # uphill even where the surface is not bowed
            move[self.free] = vectors @ ((vectors.T @ rest[self.free]) / bent)
        own = inverse * (self.own_gradient - self.between @ move)
        return move, own, float(self.gradient @ move + self.own_gradient @ own)


def _moved_to(model: Mixed, point: _Point, shared: Vector, own: Vector) -> _Point:
    """The point at other parameters; its modes are searched from where they were."""
    values, mode = contributions(model, shared, own, point.mode)
    return _Point(shared=shared, own=own, mode=mode, value=float(values.sum()))


def _climb(model: Mixed, point: _Point, move: Vector, own_move: Vector) -> _Point | None:
    """The point that a step, or a part of it, leads up to; None when nothing is higher."""
    longest = max(float(np.abs(move).max(initial=0)), float(np.abs(own_move).max(initial=0)))
    size = min(1.0, LONGEST / longest) if longest > 0 else 1.0
    while size > 1e-9:
        trial = _moved_to(model, point, point.shared + size * move, point.own + size * own_move)
        if trial.value > point.value:
            return trial
        size /= 3
    return None


def _slopes(model: Mixed, point: _Point, free: NDArray[np.bool_]) -> _Slopes:
    """Gradient by complex steps, Hessian by central differences of that gradient."""
    k, n = len(model.y), len(free)
    places = [*np.flatnonzero(free), *([n] if model.own is not None else [])]  # n: the own ones
    gradient = np.zeros((n + 1, k))
    hessian = np.zeros((n + 1, n + 1, k))
    gradient[places] = _gradient(model, point.shared, point.own, point.mode, places)
    for d in places:
        sides = []
        for sign in (1.0, -1.0):
            shared, own = _moved(point.shared, point.own, d, sign * STEP)
            _, mode = contributions(model, shared, own, point.mode)
            sides.append(_gradient(model, shared, own, mode, places))
        hessian[d, places] = (sides[0] - sides[1]) / (2 * STEP)
    hessian = (hessian + hessian.transpose(1, 0, 2)) / 2
    return _Slopes(
        free=free,
        gradient=gradient[:n].sum(axis=1),
        own_gradient=gradient[n],
        information=-hessian[:n, :n].sum(axis=2),
        own_information=-hessian[n, n],
        between=-hessian[n, :n].T,
    )


def _gradient(
    model: Mixed, shared: Vector, own: Vector, mode: Matrix, places: Sequence[int]
) -> Matrix:
    """Derivative of each study's log-likelihood by each parameter; shape (len(places), k)."""
    return np.array([
        contributions(model, *_moved(shared, own, d, 1j * COMPLEX_STEP), mode)[0].imag
        / COMPLEX_STEP
        for d in places
    ])  # fmt: skip


def _moved(shared: Vector, own: Vector, place: int, by: complex) -> tuple[Array, Array]:
    """The parameters with one of them moved; the place after the last shared one moves all γ."""
    if place == len(shared):
        return shared, own + by
    step = np.zeros(len(shared), dtype=type(by))
    step[place] = by
    return shared + step, own


def _unfinished(model: Mixed, eta: Array, base: Array, scaled: Array) -> tuple[Array, Array]:
    """Laplace's method with the search for the mode stopped as lme4 stops it; see `Mixed`."""
    before = np.inf
    for _ in range(STEPS):
        _, mean, variance = model.cumulant(eta)
        work = variance * (eta - base) + model.y - mean
        if model.use is not None:
            work, variance = work * model.use, variance * model.use
        curvature = np.einsum("kr,krs,krt->kst", variance, scaled, scaled) + np.eye(scaled.shape[2])
        mode = np.linalg.solve(curvature, np.einsum("krs,kr->ks", scaled, work)[..., None])[..., 0]
        eta = base + (scaled * mode[:, None, :]).sum(axis=-1)
        height = _height(model, base, scaled, mode)
        deviance = 2 * model.peak - 2 * float(height.real.sum())
        if abs(before - deviance) < LME4_TOLERANCE * abs(deviance):
            return height - 0.5 * np.log(np.linalg.det(curvature)), mode
        before = deviance
    raise ConvergenceError(
        "reweighted least squares does not settle. Use the default laplace='converged'."
    )


def _height(model: Mixed, base: Array, scaled: Array, u: Array) -> Array:
    """Log of the integrand, Σ(yη − b) − u²/2, at u of shape (..., k, q)."""
    eta = base + (scaled * u[..., None, :]).sum(axis=-1)
    value = model.y * eta - model.cumulant(eta)[0]
    if model.use is not None:
        value = value * model.use
    height: Array = value.sum(axis=-1) - (u * u).sum(axis=-1) / 2
    return height


def _slope(model: Mixed, base: Array, scaled: Array, u: Array) -> tuple[Array, Array]:
    """Gradient of that by u, of shape (k, q), and minus its Hessian, of shape (k, q, q)."""
    eta = base + (scaled * u[:, None, :]).sum(axis=-1)
    _, mean, variance = model.cumulant(eta)
    off = model.y - mean
    if model.use is not None:
        off, variance = off * model.use, variance * model.use
    gradient = (off[..., None] * scaled).sum(axis=1) - u
    curvature = np.einsum("kr,krs,krt->kst", variance, scaled, scaled)
    return gradient, curvature + np.eye(u.shape[1])


def _mode(model: Mixed, base: Matrix, scaled: Matrix, u: Matrix) -> Matrix:
    """Where the integrand is largest: Newton's method, halving any step that leads down.

    The integrand is log-concave, so there is one mode and the search cannot miss it.
    """
    height = _height(model, base, scaled, u)
    for _ in range(STEPS):
        gradient, curvature = _slope(model, base, scaled, u)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        if (np.abs(step) <= 1e-13 * (1 + np.abs(u))).all():
            return u
        size = np.ones(len(u))
        for _ in range(60):
            trial = u + size[:, None] * step
            new = _height(model, base, scaled, trial)
            # below rounding a step is as good as none: take it
            worse = new < height - 1e-12 * (1 + np.abs(height))
            if not worse.any():
                break
            size = np.where(worse, size / 2, size)
        if (np.abs(trial - u) <= 1e-12 * (1 + np.abs(u))).all():
            return trial
        u, height = trial, new
    raise ConvergenceError("the random effects of a study cannot be located. Check its counts.")
