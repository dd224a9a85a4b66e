"""Arrangements of effects under which a hypothesis would leave the data as likely as they are."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector

TIE = 1e-8  # statistics closer than this to the observed one, relatively, are equal to it


def sign_flips(k: int) -> Matrix:
    """All 2^(k−1) ways to flip signs of k effects, up to flipping all of them; shape (n, k).

    The first row flips none. A two-sided statistic does not change when all signs do.

    Examples
    --------
    >>> sign_flips(3).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [1.0, -1.0, 1.0], [1.0, -1.0, -1.0]]
    """
    number = np.arange(2 ** (k - 1), dtype=np.int64)[:, None]
    bits = (number >> np.arange(k - 1, -1, -1, dtype=np.int64)) & 1
    return np.where(bits == 1, -1.0, 1.0)


def arrangements(x: Matrix) -> int:
    """How many different ways there are to deal effects out to the rows of `x`.

    >>> arrangements(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]))
    12
    """
    sizes = np.unique(x, axis=0, return_counts=True)[1]
    return math.factorial(len(x)) // math.prod(math.factorial(int(size)) for size in sizes)


def deal(x: Matrix) -> NDArray[np.intp]:
    """Every different way to deal effects out to the rows of `x`.

    Rows of `x` that are the same take their effects in order, since swapping them changes nothing.

    Parameters
    ----------
    x : array of shape (k, p)
        The design matrix.

    Returns
    -------
    array of shape (n, k)
        Entry (i, j) is the number of the effect that row j of `x` gets in arrangement i.

    Examples
    --------
    >>> deal(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])).tolist()
    [[0, 1, 2], [0, 2, 1], [1, 2, 0]]
    """
    groups = np.unique(x, axis=0, return_inverse=True)[1].reshape(-1)
    k = len(x)
    given = np.zeros((1, k), dtype=np.intp)
    free = np.arange(k, dtype=np.intp)[None]
    for group in range(int(groups.max()) + 1):
        rows = np.flatnonzero(groups == group)
        left = free.shape[1]
        chosen = np.array(list(combinations(range(left), len(rows))), dtype=np.intp)
        others = np.array(
            [[i for i in range(left) if i not in set(one)] for one in chosen.tolist()],
            dtype=np.intp,
        ).reshape(len(chosen), left - len(rows))
        given = np.repeat(given, len(chosen), axis=0)
        given[:, rows] = free[:, chosen].reshape(len(given), len(rows))
        free = free[:, others].reshape(len(given), left - len(rows))
    return given


def share_as_far(statistics: Vector, observed: float) -> float:
    """Share of statistics at least as large as the observed one, ties counted.

    >>> share_as_far(np.array([1.0, 2.0, 3.0, 2.0]), 2.0)
    0.75
    """
    margin = TIE * max(1.0, abs(observed)) if np.isfinite(observed) else 0.0
    return float(np.mean(statistics >= observed - margin))
