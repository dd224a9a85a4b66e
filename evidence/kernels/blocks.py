"""Rows that can be handled apart: the independent blocks of a covariance matrix, stacked.

A covariance of k effects from many studies is block diagonal once its rows are sorted. Blocks of
similar size are padded to one size and stacked, shape (B, n, n), so that one call of a batched
routine factors all of them; the padding is an identity that touches nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector

Codes = NDArray[np.intp]
"""Group numbers of shape (k,), from 0."""

WASTE = 30_000  # products of one multiplication spent on padding that cost less than one more call


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """B blocks of at most n rows: `rows` has shape (B, n), −1 where it is padding."""

    rows: Codes

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Where there is a row, shape (B, n)."""
        return self.rows >= 0

    def of_rows(self, values: Matrix) -> Matrix:
        """Values per row, shape (k, …), as (B, n, …) with zeros in the padding."""
        out: Matrix = values[self.rows]
        out[~self.filled] = 0
        return out

    def same_group(self, codes: Codes) -> NDArray[np.bool_]:
        """Which pairs of rows share a group, shape (B, n, n); the padding shares none."""
        own = codes[self.rows]
        pairs = self.filled[:, :, None] & self.filled[:, None, :]
        shared: NDArray[np.bool_] = (own[:, :, None] == own[:, None, :]) & pairs
        return shared


def connected(k: int, groupings: list[Codes], edges: tuple[Codes, Codes] | None = None) -> Codes:
    """Number the blocks: rows in one group, or joined by an edge, are in one block.

    Parameters
    ----------
    k : int
        Number of rows.
    groupings : list of arrays of shape (k,)
        Group numbers, from 0.
    edges : two arrays of row numbers, optional
        Pairs of rows whose covariance is not zero, each pair both ways round.

    Examples
    --------
    >>> connected(4, [np.array([0, 0, 1, 2])], (np.array([2, 3]), np.array([3, 2]))).tolist()
    [0, 0, 1, 1]
    """
    label = np.arange(k)
    while True:
        before = label
        for codes in groupings:
            lowest = np.full(int(codes.max()) + 1, k)
            np.minimum.at(lowest, codes, label)
            label = lowest[codes]
        if edges is not None and len(edges[0]):
            label = label.copy()
            np.minimum.at(label, edges[0], label[edges[1]])
        label = label[label]  # a row's label is a row, whose own label may be lower still
        if np.array_equal(label, before):
            return np.asarray(np.unique(label, return_inverse=True)[1], dtype=np.intp)


def stacks(block: Codes) -> list[Stack]:
    """Blocks sorted into stacks of similar size.

    >>> [stack.rows.tolist() for stack in stacks(np.array([0, 1, 1, 2]))]
    [[[1, 2], [0, -1], [3, -1]]]
    """
    sizes = np.bincount(block)
    order = np.argsort(block, kind="stable")
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    ranked = np.argsort(-sizes, kind="stable")
    found, start = [], 0
    while start < len(ranked):
        n = int(sizes[ranked[start]])
        stop, waste = start, 0
        while stop < len(ranked):
            waste += n**3 - int(sizes[ranked[stop]]) ** 3
            if waste > WASTE:
                break
            stop += 1
        chosen = ranked[start:stop]
        place = np.arange(n)
        inside = place < sizes[chosen][:, None]
        at = np.where(inside, first[chosen][:, None] + place, 0)
        found.append(Stack(np.where(inside, order[at], -1)))
        start = stop
    return found


def nonzero_pairs(v: Matrix) -> tuple[Codes, Codes]:
    """Pairs of different rows with a covariance, each both ways round.

    >>> nonzero_pairs(np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    (array([0, 1]), array([1, 0]))
    """
    rows, columns = np.nonzero(v)
    off = rows != columns
    return rows[off], columns[off]


def padded(stack: Stack, v: Vector | Matrix) -> Matrix:
    """The blocks of a covariance (k × k, or its diagonal), with ones on the padding's diagonal.

    >>> padded(Stack(np.array([[0, 1], [2, -1]])), np.array([0.1, 0.2, 0.3])).tolist()
    [[[0.1, 0.0], [0.0, 0.2]], [[0.3, 0.0], [0.0, 1.0]]]
    """
    b, n = stack.rows.shape
    out = np.zeros((b, n, n))
    place = np.arange(n)
    if v.ndim == 1:
        out[:, place, place] = stack.of_rows(v)
    else:
        out = v[stack.rows[:, :, None], stack.rows[:, None, :]]
        out[~(stack.filled[:, :, None] & stack.filled[:, None, :])] = 0
    diagonal = out[:, place, place]
    diagonal[~stack.filled] = 1
    out[:, place, place] = diagonal
    return out
