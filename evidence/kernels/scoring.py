"""The restricted likelihood climbed by Fisher scoring, and left when a step has become small.

Programs that stop early give a τ² that is off in the fifth decimal; to reproduce their digits one
has to stop where they do. `evidence.kernels.likelihood.maximise` goes to the top.
"""

from __future__ import annotations

import numpy as np

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.tau2 import hedges
from evidence.kernels.wls import trace, trace_squared_with, weighted_mean

ROUNDS = 100


def scored_reml(yi: Vector, vi: Vector, stop: float) -> float:
    """τ² after Fisher scoring from the Hedges estimate, until a step is at most `stop`.

    Parameters
    ----------
    yi, vi : arrays of shape (k,)
        Effects and sampling variances, k at least 2.
    stop : float
        Largest last step, in units of τ².

    Raises
    ------
    ConvergenceError
        When a hundred steps do not suffice.

    References
    ----------
    Viechtbauer (2005), J Educ Behav Stat 30:261–293. https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> scored_reml(yi, vi, 1e-2), scored_reml(yi, vi, 1e-12)
    (0.0869, 0.0860)
    """
    tau2, ones = hedges(yi, vi), np.ones(len(yi))
    for _ in range(ROUNDS):
        wi = 1 / (vi + tau2)
        rest = yi - weighted_mean(yi, wi)
        step = (float((wi * wi) @ (rest * rest)) - trace(wi)) / trace_squared_with(wi, ones)
        while tau2 + step < 0:
            step /= 2
            if abs(step) < 1e-300:
                break
        tau2 += step
        if abs(step) <= stop:
            return max(0.0, tau2)
    raise ConvergenceError(
        f"Fisher scoring did not come to steps of {stop:g} in {ROUNDS} rounds; leave the step out "
        "to search for the highest likelihood instead."
    )
