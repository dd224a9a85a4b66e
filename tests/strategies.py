"""Hypothesis strategies: tables of effects."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Floats of a few digits: no denormals, no differences below what a paper prints."""
    return st.floats(low, high).map(lambda x: round(x, 4))


@st.composite
def tables(draw, min_size: int = 2, max_size: int = 12, variance=(0.001, 3.0)):
    """Effects and sampling variances as a pair of arrays."""
    k = draw(st.integers(min_size, max_size))
    yi = draw(st.lists(numbers(-3, 3), min_size=k, max_size=k))
    vi = draw(st.lists(numbers(*variance), min_size=k, max_size=k))
    return np.array(yi), np.array(vi)
