"""Weights and covariances that are diagonal, given as a vector, or dense, given as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector
from evidence.errors import SynthesisError


def cluster_blocks(name: str, given: Vector | Matrix, rows: list[NDArray[np.intp]]) -> list[Matrix]:
    """The part of each cluster, refused when it leaves anything out.

    Parameters
    ----------
    name : str
        What it is called in the message.
    given : array of shape (n,) or (n, n)
        Weights or covariances.
    rows : list of arrays
        Row numbers of each cluster.

    Examples
    --------
    >>> rows = [np.array([0, 2]), np.array([1])]
    >>> cluster_blocks("weights", np.array([0.1, 0.2, 0.3]), rows)
    [array([0.1, 0.3]), array([0.2])]
    >>> cluster_blocks("covariances", np.ones((3, 3)), rows)
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: the covariances join rows of different clusters; clusters must
    contain every group of rows that the model treats as correlated.
    """
    given = np.asarray(given, dtype=np.float64)
    if given.ndim == 1:
        return [given[r] for r in rows]
    found = [given[np.ix_(r, r)] for r in rows]
    whole = float(np.abs(given).sum())
    if whole - sum(float(np.abs(block).sum()) for block in found) > 1e-10 * whole:
        raise SynthesisError(
            f"the {name} join rows of different clusters; clusters must contain every group of "
            "rows that the model treats as correlated."
        )
    return found


def dense(a: Vector | Matrix) -> Matrix:
    """The whole matrix.

    >>> dense(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    return np.diag(a) if a.ndim == 1 else a


def times(a: Vector | Matrix, b: Matrix) -> Matrix:
    """The product A B.

    >>> times(np.array([1.0, 2.0]), np.ones((2, 1)))
    array([[1.],
           [2.]])
    """
    return np.asarray(a[:, None] * b if a.ndim == 1 else a @ b, dtype=np.float64)


def inverse(a: Vector | Matrix) -> Matrix:
    """The inverse, in the same form.

    >>> inverse(np.array([1.0, 2.0]))
    array([1. , 0.5])
    """
    return np.asarray(1 / a if a.ndim == 1 else np.linalg.inv(a), dtype=np.float64)


def square_root(a: Vector | Matrix) -> Matrix:
    """Symmetric root of a covariance, in the same form.

    >>> square_root(np.array([1.0, 4.0]))
    array([1., 2.])
    """
    if a.ndim == 1:
        return np.sqrt(a)
    values, vectors = np.linalg.eigh((a + a.T) / 2)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def total(parts: list[Matrix]) -> Matrix:
    """Sum of matrices of one shape.

    >>> total([np.eye(2), 2 * np.eye(2)]).tolist()
    [[3.0, 0.0], [0.0, 3.0]]
    """
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)
