"""The array engine of `evidence.kernels.ragged`: each step for all groups at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.likelihood import Likelihood, maximise
from evidence.kernels.ragged_peaks import DIGITS, single_peaks
from evidence.kernels.ragged_rows import (
    DL,
    EE,
    ESTIMATE,
    FULL,
    HE,
    HS,
    HSK,
    NOT_CONVERGED,
    PM,
    PMM,
    RESTRICTED,
    SJ,
    SQUARES,
    TAU2,
    TRACE,
    VARIANCE,
    Groups,
    Offsets,
    Q,
    States,
)

Estimator = Callable[[Groups, Vector, Vector, Vector, Vector], Vector]
"""Groups, target of Q, Q, Σw and tr P at τ² = 0, all of shape (m,): τ² of shape (m,)."""


def pool_groups(
    yi: Vector,
    vi: Vector,
    offsets: Offsets,
    method: int,
    targets: Vector,
    out: Matrix,
    status: States,
) -> None:
    """Fill `out`; the same contract as `ragged_jit.pool_groups`.

    >>> from evidence.kernels.ragged_rows import DL, empty_answer
    >>> yi, vi = np.array([0.1, 0.3, 0.8, 0.4]), np.array([0.02, 0.03, 0.05, 0.1])
    >>> out, status = empty_answer(2), np.zeros(2, dtype=np.int8)
    >>> pool_groups(yi, vi, np.array([0, 3, 4]), DL, np.array([2.0, 0.0]), out, status)
    >>> out[ESTIMATE].round(4).tolist(), out[TAU2].round(4).tolist(), status.tolist()
    ([0.3683, 0.4], [0.0775, 0.0], [0, 0])
    """
    sizes = np.diff(offsets)
    usable = status == 0
    alone = np.flatnonzero(usable & (sizes == 1))
    row = offsets[:-1][alone]
    out[ESTIMATE, alone], out[VARIANCE, alone] = yi[row], vi[row]
    out[SQUARES, alone] = out[TAU2, alone] = out[Q, alone] = out[TRACE, alone] = 0.0

    several = usable & (sizes > 1)
    where = np.flatnonzero(several)
    if not len(where):
        return
    groups, origin, half = _laid_out(yi, vi, offsets, several)
    zero = np.zeros(len(where))
    mean, total, q, trace = groups.squares(zero)
    squares, tau2 = q, zero
    if method in (FULL, RESTRICTED):
        tau2 = _most_likely(groups, full=method == FULL)
    elif method != EE:
        tau2 = ESTIMATORS[method](groups, targets[where], q, total, trace)
    if method != EE:
        mean_, total_, squares_, _ = groups.squares(tau2)
        above = tau2 > 0
        mean, total = np.where(above, mean_, mean), np.where(above, total_, total)
        squares = np.where(above, squares_, squares)
    failed = np.isnan(tau2)
    status[where[failed]] = NOT_CONVERGED
    columns = {
        ESTIMATE: origin + np.ldexp(mean, half),
        VARIANCE: np.ldexp(1 / total, 2 * half),
        SQUARES: squares,
        TAU2: np.ldexp(tau2, 2 * half),
        Q: q,
        TRACE: np.ldexp(trace, -2 * half),
    }
    for index, column in columns.items():
        out[index, where[~failed]] = column[~failed]


def _laid_out(
    yi: Vector, vi: Vector, offsets: Offsets, several: np.ndarray
) -> tuple[Groups, Vector, np.ndarray]:
    """The groups about their most precise study, that study's effect, and log2 of the unit."""
    sizes = np.diff(offsets)
    inside = np.repeat(several, sizes)
    y, v, sizes = yi[inside], vi[inside], sizes[several]
    starts = np.cumsum(sizes) - sizes
    vj = np.minimum.reduceat(v, starts)
    # the first row that has the smallest variance
    row = np.arange(len(v))
    first = np.minimum.reduceat(np.where(v == np.repeat(vj, sizes), row, len(v)), starts)
    origin = y[first]
    half = np.frexp(vj)[1] // 2
    others = np.ones(len(v), dtype=np.bool_)
    others[first] = False
    by_row = np.repeat(half, sizes)
    u = np.ldexp(y - np.repeat(origin, sizes), -by_row)[others]
    less = sizes - 1
    groups = Groups(
        u=u,
        v=np.ldexp(v, -2 * by_row)[others],
        starts=np.cumsum(less) - less,
        sizes=less,
        vj=np.ldexp(vj, -2 * half),
    )
    return groups, origin, half


def _moment(groups: Groups, target: Vector, q: Vector, total: Vector, trace: Vector) -> Vector:  # noqa: ARG001
    return np.maximum(0.0, (q - groups.sizes) / trace)


def _hunter_schmidt(
    groups: Groups,
    target: Vector,  # noqa: ARG001
    q: Vector,
    total: Vector,
    trace: Vector,  # noqa: ARG001
) -> Vector:
    return np.maximum(0.0, (q - (groups.sizes + 1)) / total)


def _hunter_schmidt_k(
    groups: Groups,
    target: Vector,  # noqa: ARG001
    q: Vector,
    total: Vector,
    trace: Vector,  # noqa: ARG001
) -> Vector:
    k = groups.sizes + 1
    return np.maximum(0.0, (k / groups.sizes * q - k) / total)


def _deviations(groups: Groups) -> Vector:
    """Sum of squares of the effects about their plain mean."""
    mean = groups.total(groups.u) / (groups.sizes + 1)
    return mean * mean + groups.total(np.square(groups.u - groups.spread(mean)))


def _hedges(groups: Groups, *_: Vector) -> Vector:
    typical = (groups.total(groups.v) + groups.vj) / (groups.sizes + 1)
    return np.maximum(0.0, _deviations(groups) / groups.sizes - typical)


def _sidik_jonkman(groups: Groups, *_: Vector) -> Vector:
    crude = _deviations(groups) / (groups.sizes + 1)
    return np.where(crude > 0, crude * groups.squares(crude)[2] / groups.sizes, 0.0)


def _where_q_is(groups: Groups, target: Vector, q: Vector, *_: Vector) -> Vector:
    """The root of Q(τ²) = target by Newton's steps on 1/Q, which is concave: none passes it."""
    tau2 = np.zeros(len(groups))
    above = q > target
    active, left = np.flatnonzero(above), groups.only(above)
    tau2[active] = np.nan
    t, target = np.zeros(len(active)), target[above]
    for _step in range(200):
        if not len(active):
            break
        wj, w = 1 / (left.vj + t), 1 / (left.v + left.spread(t))
        wu = w * left.u
        mean = left.total(wu) / (left.total(w) + wj)
        slope = left.total(wu * wu) - 2 * mean * left.total(w * wu)
        slope += mean * mean * (left.total(w * w) + wj * wj)
        now = wj * mean * mean + left.total(w * np.square(left.u - left.spread(mean)))
        step = (now / target - 1) * now / slope
        t = np.maximum(t + step, 0.0)
        done = ~(step >= t * DIGITS)
        tau2[active[done]] = t[done]
        active, left, t, target = active[~done], left.only(~done), t[~done], target[~done]
    return tau2


ESTIMATORS: dict[int, Estimator] = {
    DL: _moment,
    HE: _hedges,
    HS: _hunter_schmidt,
    HSK: _hunter_schmidt_k,
    SJ: _sidik_jonkman,
    PM: _where_q_is,
    PMM: _where_q_is,
}


def _most_likely(groups: Groups, *, full: bool) -> Vector:
    """τ² of the highest likelihood; the plain search for groups that may have several peaks."""
    kind: Likelihood = "ML" if full else "REML"
    tau2, shown = single_peaks(groups, full=full)
    for i in np.flatnonzero(~shown):
        rows = slice(groups.starts[i], groups.starts[i] + groups.sizes[i])
        try:
            tau2[i] = maximise(
                kind, np.append(0.0, groups.u[rows]), np.append(groups.vj[i], groups.v[rows])
            )
        except ConvergenceError:
            tau2[i] = np.nan
    return tau2
