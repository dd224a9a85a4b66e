"""Kenward–Roger: the error of a random-effects mean that pays for estimating τ²."""

from __future__ import annotations

import math

from evidence._typing import Vector


def kenward_roger(vi: Vector, tau2: float) -> tuple[float, float]:
    """Adjusted standard error of the mean, and its degrees of freedom.

    With W₁, W₂, W₃ the sums of w, w², w³ for w = 1/(v + τ²), the expected information on τ² in the
    restricted likelihood is I = W₂/2 − W₃/W₁ + (W₂/W₁)²/2; the variance of the mean is
    1/W₁ + 2 (W₃ − W₂²/W₁) / (W₁² I), and the degrees of freedom are 2 I / (variance · W₂)². They
    take that adjusted variance, as R's meta does; with the plain 1/W₁ they would be larger.

    Parameters
    ----------
    vi : array of shape (k,)
        Sampling variances; k at least 2.
    tau2 : float
        Between-study variance, by restricted maximum likelihood.

    Returns
    -------
    (float, float)
        The standard error is never below the plain one W₁^−½.

    References
    ----------
    Kenward & Roger (1997), Biometrics 53:983–997. https://doi.org/10.2307/2533558
    Partlett & Riley (2017), Stat Med 36:301–317. https://doi.org/10.1002/sim.7140

    Examples
    --------
    Equal variances: the plain error, and k − 1 degrees of freedom.

    >>> import numpy as np
    >>> kenward_roger(np.full(5, 0.2), 0.3)
    (0.3162, 4.0)
    """
    # relative to the largest weight, so that cubes of variances far from 1 can be held
    scale = float(vi.min()) + tau2
    wi = scale / (vi + tau2)
    w1, w2, w3 = float(wi.sum()), float(wi @ wi), float((wi * wi) @ wi)
    information = w2 / 2 - w3 / w1 + (w2 / w1) ** 2 / 2
    variance = 1 / w1 + 2 * (w3 - w2 * w2 / w1) / (w1 * w1 * information)
    return math.sqrt(variance * scale), 2 * information / (variance * w2) ** 2
