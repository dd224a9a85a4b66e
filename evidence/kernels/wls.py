"""Weighted means, and traces of the matrix that takes a weighted mean away.

For weights a the residual maker on the weighted scale is P = diag(a) − a aᵀ / Σa, so that
yᵀ P y is the weighted sum of squares about the weighted mean. Everything needed of P is a sum
over k terms; no k × k matrix is ever made.
"""

from __future__ import annotations

import numpy as np

from evidence._typing import Vector


def weighted_mean(yi: Vector, ai: Vector) -> float:
    """Mean of `yi` with weights `ai`, both of shape (k,).

    Taken about the heaviest value: equal effects give exactly that value, and a weight beyond
    all others costs no digits.

    Examples
    --------
    >>> weighted_mean(np.array([1.0, 4.0]), np.array([2.0, 1.0]))
    2.0
    """
    centre = yi[int(ai.argmax())]
    return float(centre + ai @ (yi - centre) / ai.sum())


def weighted_squares(yi: Vector, ai: Vector) -> float:
    """Sum of squares of `yi` about its weighted mean, each square weighted by `ai`.

    Examples
    --------
    >>> weighted_squares(np.array([1.0, 4.0]), np.array([2.0, 1.0]))
    6.0
    """
    return float(ai @ np.square(yi - weighted_mean(yi, ai)))


def trace(ai: Vector) -> float:
    """Trace of P.

    Summed as a · (weight of all others), so that one dominating weight costs no digits.

    Examples
    --------
    >>> trace(np.ones(5)), trace(np.array([1e20, 1.0]))
    (4.0, 2.0)
    """
    return float(ai @ _others(ai))


def trace_with(ai: Vector, si: Vector) -> float:
    """Trace of P S with S = diag(s): the expectation of yᵀ P y under independent variances s.

    Examples
    --------
    >>> trace_with(np.ones(5), np.full(5, 2.0))
    8.0
    """
    return float((ai * si) @ _others(ai))


def trace_squared_with(ai: Vector, si: Vector) -> float:
    """Trace of P S P S; the variance of yᵀ P y under normal effects is twice this number.

    Examples
    --------
    >>> trace_squared_with(np.ones(5), np.full(5, 2.0))
    16.0
    """
    shares, largest = ai / ai.sum(), int(ai.argmax())
    scaled = ai * si
    diagonal = np.square(scaled * _others(ai)).sum()
    # products of two different terms, those with the heaviest taken apart
    rest = shares * scaled
    heaviest, rest[largest] = rest[largest], 0.0
    pairs = max(0.0, float(rest.sum() ** 2 - rest @ rest))
    return float(diagonal + 2 * heaviest * rest.sum() + pairs)


def _others(ai: Vector) -> Vector:
    """Share of the weight that all the others have, without cancellation for the heaviest."""
    total, largest = ai.sum(), int(ai.argmax())
    others = total - ai
    others[largest] = ai[:largest].sum() + ai[largest + 1 :].sum()
    return np.asarray(others / total)
