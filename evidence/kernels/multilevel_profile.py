"""Profile-likelihood limits of variance components: one is held, all others are maximised again.

Hardy & Thompson (1996), Stat Med 15:619–629; Viechtbauer & López-López (2022), Res Synth Methods
13:697–715, https://doi.org/10.1002/jrsm.1562.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from evidence._typing import Matrix, Vector
from evidence.errors import ConvergenceError
from evidence.kernels.box_newton import Slopes, minimise
from evidence.kernels.likelihood import Likelihood
from evidence.kernels.multilevel import Model, joined, slopes
from evidence.kernels.structures import STRUCTURES, Structure, exchangeable, lowest_exchangeable

DOUBLINGS = 60  # of a variance, before its upper limit is called absent


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A component to hold: its model, where it is in θ, θ at the maximum, and its range.

    `of_value` takes the component to its element of θ, `to_value` takes it back.
    """

    model: Model
    index: int
    theta: Vector
    low: float
    high: float
    of_value: Callable[[float], float] = float
    to_value: Callable[[float], float] = float
    others: tuple[Vector, ...] = ()  # further points to climb from


def hold(model: Model, theta: Vector, term: int, kind: str, at: int | tuple[int, int]) -> Held:
    """Rewrite a term so that the component asked for is one of its parameters.

    Parameters
    ----------
    model, theta : Model and array of shape (m,)
        The model at its maximum.
    term : int
        Which term.
    kind : {"variance", "correlation"}
        What is held.
    at : int or pair of int
        Inner level of the variance; pair of levels of the correlation.

    Examples
    --------
    >>> from evidence.kernels.multilevel import Term, prepare
    >>> each = Term(np.arange(2), np.zeros(2, dtype=int), STRUCTURES["ID"], np.zeros(1))
    >>> model = prepare(np.array([-1.0, 2.0]), np.array([0.04, 0.09]), np.ones((2, 1)), (each,))
    >>> held = hold(model, np.array([4.435]), 0, "variance", 0)
    >>> held.index, held.low, held.high
    (0, 0.0, inf)
    """
    own = model.split(theta)
    structure, positions = model.terms[term].structure, model.terms[term].positions
    q = len(positions)
    g = structure.covariance(own[term], positions)
    index = 0
    root, angle = (math.sqrt, lambda x: x * x), (math.asin, math.sin)
    scale: tuple[Callable[[float], float], Callable[[float], float]] = (float, float)
    if structure.name == "CS":
        structure, own[term] = _natural_cs(), _natural_theta(g)
        index = 0 if kind == "variance" else 1
    elif structure.name == "UN":
        first, second = (at, (at + 1) % q) if isinstance(at, int) else at
        structure = _natural_un(first, second, q)
        own[term] = _un_theta(g, first, second)
        index, scale = (0, root) if kind == "variance" else (2, angle)
    elif structure.name in ("HCS", "HAR"):
        level = at if isinstance(at, int) else at[0]
        index, scale = (level, root) if kind == "variance" else (q, scale)
    elif structure.name in ("AR", "CAR"):
        index = 0 if kind == "variance" else 1
    elif structure.name == "DIAG":
        index = at if isinstance(at, int) else at[0]
    before = sum(len(part) for part in own[:term])
    terms = list(model.terms)
    terms[term] = replace(terms[term], structure=structure)
    same = structure is model.terms[term].structure
    kept = [
        [made if same or i != term else None for i, made in enumerate(part.slopes)]
        for part in model.parts
    ]
    parts = tuple(
        replace(part, slopes=tuple(made), all_slopes=joined(made))
        for part, made in zip(model.parts, kept, strict=True)
    )
    changed = replace(model, terms=tuple(terms), parts=parts)
    low, high = (float(wall[index]) for wall in structure.bounds(q))
    if structure.name == "UN":
        low, high = (0.0, math.inf) if kind == "variance" else (-1.0, 1.0)
    joint = np.concatenate(own)
    others: list[Vector] = []
    if kind == "correlation" and structure.name in ("HCS", "HAR", "UN"):
        # held at a correlation that does not fit, one of the variances may have to vanish
        for level in range(2 if structure.name == "UN" else q):
            other = joint.copy()
            other[before + level] *= 0.05
            others.append(other)
    turned = {"HCS": q, "HAR": q, "AR": 1, "CAR": 1, "UN": 2}.get(structure.name)
    if kind == "variance" and turned is not None:  # and the correlation may have to turn round
        for rho in (-0.9, 0.9):
            other = joint.copy()
            other[before + turned] = math.asin(rho) if structure.name == "UN" else rho
            others.append(other)
    return Held(changed, before + index, joint, low, high, *scale, tuple(others))


def limits(held: Held, kind: Likelihood, maximum: float, level: float) -> tuple[float, float]:
    """Values where the profile has fallen by half a chi-square quantile; ∞ where it never does.

    Raises
    ------
    ConvergenceError
        When the other components cannot be maximised with this one held.

    Examples
    --------
    >>> from evidence.kernels.multilevel import Term, log_likelihood, prepare
    >>> each = Term(np.arange(2), np.zeros(2, dtype=int), STRUCTURES["ID"], np.zeros(1))
    >>> model = prepare(np.array([-1.0, 2.0]), np.array([0.04, 0.09]), np.ones((2, 1)), (each,))
    >>> top = np.array([4.435])
    >>> low, high = limits(hold(model, top, 0, "variance", 0), "REML",
    ...                    log_likelihood(model, "REML", top), 0.95)
    >>> low < 4.435 < high, round(low, 2)
    (True, 0.6)
    """
    drop = 0.5 * float(chdtri(1, 1 - level))
    box_low, box_high = held.model.bounds
    estimate = min(max(held.to_value(float(held.theta[held.index])), held.low), held.high)
    seen: dict[float, Vector] = {estimate: held.theta}

    def at(theta: Vector) -> Slopes | None:
        return slopes(held.model, kind, theta)

    def above(value: float) -> float:
        fixed = held.of_value(value)
        low, high = box_low.copy(), box_high.copy()
        low[held.index] = high[held.index] = fixed
        start = seen[min(seen, key=lambda x: abs(x - value))].copy()
        start[held.index] = fixed
        # beside the warm start one away from every wall, where a search could be stuck
        inside = np.where(
            np.isfinite(box_low) & (start <= box_low + 1e-8), start + _nudge(held), start
        )
        inside[held.index] = fixed
        found = [
            end
            for end in (minimise(at, begin, low, high) for begin in (start, inside, *held.others))
            if end is not None and end.converged
        ]
        if not found:
            raise ConvergenceError(
                f"the {kind} profile cannot be computed at {value:g}: the other variance "
                "components have no maximum there. Use a simpler structure."
            )
        best = min(found, key=lambda end: end.at.value)
        seen[value] = best.theta
        return -best.at.value - (maximum - drop)

    low_limit = held.low
    if estimate > held.low and above(held.low) < 0:
        low_limit = _root(above, held.low, estimate)
    if math.isfinite(held.high):
        if estimate >= held.high or above(held.high) >= 0:
            return low_limit, held.high
        return low_limit, _root(above, estimate, held.high)
    upper = max(2 * estimate, _unit(held.model))
    last = estimate
    for _ in range(DOUBLINGS):
        if above(upper) < 0:
            return low_limit, _root(above, last, upper)
        last, upper = upper, 2 * upper
    return low_limit, math.inf


def _unit(model: Model) -> float:
    return min(float(np.diagonal(part.v, axis1=1, axis2=2).min()) for part in model.parts)


def _nudge(held: Held) -> float:
    return 0.1 * _unit(held.model)


def _root(above: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(above, low, high, xtol=1e-9 * max(abs(low), abs(high)), rtol=1e-9))


def _natural_theta(g: Matrix) -> Vector:
    tau2 = float(g[0, 0])
    return np.array([tau2, float(g[0, 1]) / tau2 if tau2 > 0 else 0.0])


def _natural_cs() -> Structure:
    """Exchangeable with θ = (τ², ρ)."""

    def slopes_of(theta: Vector, positions: Vector) -> Matrix:
        r, dr = exchangeable(float(theta[1]), positions)
        return np.stack([r, theta[0] * dr])

    return replace(
        STRUCTURES["CS"],
        name="CS (τ², ρ)",
        bounds=lambda q: (np.array([0.0, lowest_exchangeable(q)]), np.array([np.inf, 1.0])),
        covariance=lambda theta, positions: theta[0] * exchangeable(float(theta[1]), positions)[0],
        slopes=slopes_of,
    )


def _order(first: int, second: int, q: int) -> list[int]:
    return [first, second, *(i for i in range(q) if i not in (first, second))]


def _natural_un(first: int, second: int, q: int) -> Structure:
    """Unstructured with the pair in front: θ = (τ₁, τ₂, arcsin ρ, rows of the factor below)."""
    order = _order(first, second, q)
    back = np.argsort(order)
    place = np.ix_(back, back)

    def factor(theta: Vector) -> Matrix:
        out = np.zeros((q, q))
        out[np.tril_indices(q)] = np.concatenate([np.zeros(3), theta[3:]])
        out[0, 0] = theta[0]
        out[1, :2] = theta[1] * np.array([math.sin(theta[2]), math.cos(theta[2])])
        return out

    def covariance(theta: Vector, positions: Vector) -> Matrix:  # noqa: ARG001
        root = factor(theta)
        return np.asarray((root @ root.T)[place])

    def slopes_of(theta: Vector, positions: Vector) -> Matrix:  # noqa: ARG001
        root, out = factor(theta), []
        sine, cosine = math.sin(theta[2]), math.cos(theta[2])
        for i, (row, column) in enumerate(zip(*np.tril_indices(q), strict=True)):
            change = np.zeros((q, q))
            if i == 0:
                change[0, 0] = 1
            elif i == 1:
                change[1, :2] = sine, cosine
            elif i == 2:
                change[1, :2] = theta[1] * cosine, -theta[1] * sine
            else:
                change[row, column] = 1
            half = change @ root.T
            out.append((half + half.T)[place])
        return np.array(out)

    size = q * (q + 1) // 2
    low, high = np.full(size, -math.inf), np.full(size, math.inf)
    low[:2] = 0.0  # a standard deviation below zero would turn the sign of ρ
    return replace(
        STRUCTURES["UN"],
        bounds=lambda q: (low.copy(), high.copy()),  # noqa: ARG005
        covariance=covariance,
        slopes=slopes_of,
    )


def _un_theta(g: Matrix, first: int, second: int) -> Vector:
    order = _order(first, second, len(g))
    sorted_g = g[np.ix_(order, order)]
    q = len(g)
    # a factor of a matrix that may be singular: of its square root, made triangular
    values, vectors = np.linalg.eigh(sorted_g)
    upper = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T)[1]
    root: Matrix = (upper * np.where(np.diag(upper) < 0, -1.0, 1.0)[:, None]).T
    theta: Vector = root[np.tril_indices(q)].copy()
    theta[0] = math.sqrt(max(float(sorted_g[0, 0]), 0.0))
    theta[1] = math.sqrt(max(float(sorted_g[1, 1]), 0.0))
    theta[2] = math.atan2(float(root[1, 0]), float(root[1, 1]))
    return theta
