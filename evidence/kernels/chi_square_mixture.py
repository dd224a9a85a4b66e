"""Distribution of a weighted sum of chi-square variables, Σ λ χ²₁ with all λ positive.

The Laplace transform Π(1 + 2 λ s)^(−1/2) is inverted along Talbot's contour: its singularities lie
on the negative real axis, so the sum converges exponentially. For many terms the transform falls
off like a Gaussian, and the midpoint rule on the imaginary axis is as good.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Vector
from evidence.errors import ConvergenceError

AGREEMENT = 1e-9  # two resolutions must agree to this before a probability is believed
FEW = 40  # up to this many terms the transform decays too slowly for the straight line


def mixture_cdf(q: float, weights: Vector) -> float:
    """P(Σ λ χ²₁ ≤ q).

    Parameters
    ----------
    q : float
        Where to evaluate; 0 or more.
    weights : array of shape (n,)
        The λ, all positive.

    Raises
    ------
    ConvergenceError
        When two resolutions disagree.

    References
    ----------
    Talbot (1979), J Inst Math Appl 23:97–120; Weideman (2006), SIAM J Numer Anal 44:2342–2362;
    Davies (1973), Biometrika 60:415–417.

    Examples
    --------
    >>> mixture_cdf(2.0, np.ones(2))
    0.6321
    """
    if q <= 0:
        return 0.0
    mean = float(weights.sum())
    x, scaled = q / mean, weights / mean
    routes = (_talbot, _midpoint) if len(weights) <= FEW else (_midpoint, _talbot)
    for route in routes:
        for coarse, fine in ((24, 32), (64, 96), (200, 400), (2000, 4000)):
            first, second = route(x, scaled, coarse), route(x, scaled, fine)
            if abs(first - second) <= AGREEMENT:
                return min(1.0, max(0.0, second))
            if route is _talbot:
                break  # more nodes only add rounding error
    raise ConvergenceError(
        f"the distribution of Q could not be computed at {q:g}; use tau2='GENQ' or 'PM', which "
        "need its mean only."
    )


def _transform(s: NDArray[np.complex128], weights: Vector) -> NDArray[np.complex128]:
    value: NDArray[np.complex128] = np.exp(-0.5 * np.log(1 + 2 * s[:, None] * weights).sum(axis=1))
    return value


def _talbot(x: float, weights: Vector, nodes: int) -> float:
    angle = (2 * np.arange(nodes // 2) + 1) * np.pi / nodes
    slope = 0.6407 * angle
    s = nodes / x * (0.5017 * angle / np.tan(slope) - 0.6122 + 0.2645j * angle)
    ds = nodes / x * (0.5017 / np.tan(slope) - 0.5017 * slope / np.sin(slope) ** 2 + 0.2645j)
    terms = np.exp(s * x) * _transform(s.astype(np.complex128), weights) / s * ds
    return float(2 / nodes * terms.imag.sum())


def _midpoint(x: float, weights: Vector, nodes: int) -> float:
    spread = float(np.sqrt(2 * np.square(weights).sum()))
    period = 2 * (abs(x - 1) + 12 * spread + 40 * float(weights.max()))
    t = (np.arange(nodes) + 0.5) * 2 * np.pi / period
    value = _transform(np.asarray(-1j * t, dtype=np.complex128), weights) * np.exp(-1j * t * x)
    if abs(value[-1]) > AGREEMENT / 10:
        return float("nan")  # not yet decayed: more nodes
    return float(0.5 - (value.imag / (np.arange(nodes) + 0.5)).sum() / np.pi)
