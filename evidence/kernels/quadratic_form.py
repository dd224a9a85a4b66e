"""Distribution of a weighted sum of squares about a weighted mean, under normal effects.

yᵀ P y is distributed as Σ λ χ²₁ with λ the eigenvalues of P S. Its Laplace transform
|I + 2 s P S|^(−1/2) needs no eigenvalues: by the matrix determinant lemma the determinant is
Π(1 + 2 s a σ²) times the a-weighted mean of 1/(1 + 2 s a σ²), a sum over k terms for each s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Vector
from evidence.errors import ConvergenceError

AGREEMENT = 1e-9  # two resolutions must agree to this before a probability is believed
CHUNK = 500_000  # elements of the (nodes, k) table made at a time
FEW = 40  # up to this many effects the transform decays too slowly for the straight line


def quadratic_form_cdf(q: float, ai: Vector, si: Vector) -> float:
    """P(yᵀ P y ≤ q) for independent normal effects with variances `si` and a common mean.

    Few effects: the transform is inverted along Talbot's contour, which converges exponentially
    because all singularities lie on the negative real axis. Many effects: the characteristic
    function falls off like a Gaussian and a trapezoidal sum on the real line is as good.

    Parameters
    ----------
    q : float
        Where to evaluate; 0 or more.
    ai, si : arrays of shape (k,)
        Weights and variances, all positive.

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
    With equal weights and unit variances it is the chi-square distribution on k − 1 df:

    >>> quadratic_form_cdf(2.0, np.ones(3), np.ones(3))
    0.6321
    """
    if q <= 0:
        return 0.0
    # in units of the mean, so that contour and step need no scale of their own
    di = ai * si
    shares = ai / ai.sum()
    mean = float(di @ (1 - shares))
    routes = (_talbot, _trapezoid) if len(ai) <= FEW else (_trapezoid, _talbot)
    for route in routes:
        for coarse, fine in ((24, 32), (64, 96), (200, 400), (2000, 4000)):
            first, second = (route(q / mean, di / mean, shares, n) for n in (coarse, fine))
            if abs(first - second) <= AGREEMENT:
                return min(1.0, max(0.0, second))
            if route is _talbot:
                break  # more nodes only add rounding error
    raise ConvergenceError(
        f"the distribution of Q could not be computed at {q:g}; use tau2='GENQ' or 'PM', which "
        "need its mean only."
    )


def _transform(s: NDArray[np.complex128], di: Vector, shares: Vector) -> NDArray[np.complex128]:
    """|I + 2 s P S|^(−1/2) at each s; principal branches, which fit because zeros interlace."""
    logs = np.empty(len(s), dtype=np.complex128)
    step = max(1, CHUNK // len(di))
    for start in range(0, len(s), step):
        part = slice(start, start + step)
        factors = 1 + 2 * s[part, None] * di
        logs[part] = np.log(factors).sum(axis=1) + np.log((1 / factors) @ shares)
    value: NDArray[np.complex128] = np.exp(-0.5 * logs)
    return value


def _talbot(x: float, di: Vector, shares: Vector, nodes: int) -> float:
    """Inverse Laplace transform of F(s)/s on Weideman's modified Talbot contour."""
    angle = (2 * np.arange(nodes // 2) + 1) * np.pi / nodes
    slope = 0.6407 * angle
    s = nodes / x * (0.5017 * angle / np.tan(slope) - 0.6122 + 0.2645j * angle)
    ds = nodes / x * (0.5017 / np.tan(slope) - 0.5017 * slope / np.sin(slope) ** 2 + 0.2645j)
    terms = np.exp(s * x) * _transform(s.astype(np.complex128), di, shares) / s * ds
    return float(2 / nodes * terms.imag.sum())


def _trapezoid(x: float, di: Vector, shares: Vector, nodes: int) -> float:
    """Gil-Pelaez inversion by the midpoint rule; x and di in units of the mean."""
    variance = 2 * float(np.square(di).sum())  # at least that of the form
    period = 2 * (abs(x - 1) + 12 * np.sqrt(variance) + 40 * float(di.max()))
    t = (np.arange(nodes) + 0.5) * 2 * np.pi / period
    value = _transform(np.asarray(-1j * t, dtype=np.complex128), di, shares) * np.exp(-1j * t * x)
    if abs(value[-1]) > AGREEMENT / 10:
        return float("nan")  # not yet decayed: more nodes
    return float(0.5 - (value.imag / (np.arange(nodes) + 0.5)).sum() / np.pi)
